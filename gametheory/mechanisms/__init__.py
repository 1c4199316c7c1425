"""How rules are chosen: environments, mechanisms, optimal design; each part is loaded when it is first used.

======================= ==============================================================================================
``environment``         who knows what, and what can be decided: ``Environment``
``mechanism``           lotteries and payments for every profile of reports: ``Mechanism``
``incentives``          who gains by lying or staying out: ``is_incentive_compatible``, ``incentive_regret``, …
``contracts``           what to pay for hidden actions, alone and in teams: ``cheapest_contract``, ``is_enforced``
``contract_rows``       the rows of contracts: ``contract_programme``
``optimal_contracts``   which actions to aim at, and at what wages: ``optimal_contract``
``sharing``             sharing what a team produces: ``linear_sharing``, ``balanced_sharing``
``combinatorial_agency``whom to pay when only joint success is seen: ``optimal_contracted_set``
``constraints``         what a design must obey: ``BayesianIC``, ``InterimParticipation``, ``BudgetBalance``, …
``variables``           columns and named rows of design programmes: ``MechanismVariables``, ``Rows``
``programme``           automated design as a linear programme: ``mechanism_programme``, ``Objective``
``implementation``      payments that make players choose what is wanted: ``k_implementation``
``border``              which interim rules are implementable: ``is_implementable``, ``interim_implementation``
``interim``             the best auction in reduced form: ``optimal_reduced_form``
``optimal``             the best mechanism, certified: ``optimal_mechanism``
``ironing``             what selling to a type adds to revenue, ironed: ``virtual_values``, ``reserve_price``
``auctions``            the auction of highest revenue in closed form: ``optimal_auction``, ``optimal_revenue``
``bidding``             sealed-bid auctions as games: ``Auction``, ``bidding_regret``, ``symmetric_bidding_equilibria``
``combinatorial_auctions`` who wins which bundle, and what for: ``vickrey_clarke_groves``
``groves``              efficient decisions and their budget: ``pivotal_mechanism``, ``expected_externality_mechanism``
``joint_misreports``    what a coalition tells a mechanism: ``JointMisreport``, ``misreport_gains``
``strategy_proofness``  who gains by lying together: ``is_group_strategy_proof``, ``best_coalition_misreport``
``elicitation``         proper scoring rules with the smallest payments: ``minimal_scoring_rule``, ``is_proper``
``peer_settings``       who sees what when nobody will know the truth: ``PeerSetting``
``peer_rows``           the rows of peer prediction: ``peer_prediction_programme``
``peer_prediction``     truth paid for by what peers report: ``minimal_peer_prediction``, ``reporting_equilibria``
``determinant_information``truth over several tasks without a prior: ``determinant_payment``, ``is_dominantly_truthful``
``implementation_rows`` the programmes of k-implementation: ``implementation_programme``
``contract_envelopes``  whom to contract for every value of success: ``contract_envelope``, ``price_of_unaccountability``
======================= ==============================================================================================
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

_HOMES = {
    "Auction": "bidding",
    "BayesianIC": "constraints",
    "Budget": "groves",
    "BudgetBalance": "constraints",
    "CombinatorialAgency": "combinatorial_agency",
    "Constraint": "variables",
    "Contract": "contracts",
    "ContractEnvelope": "contract_envelopes",
    "ContractedSet": "combinatorial_agency",
    "DominantStrategyIC": "constraints",
    "Efficiency": "constraints",
    "Environment": "environment",
    "ExPostIC": "constraints",
    "ExPostParticipation": "constraints",
    "GroupStrategyProofness": "joint_misreports",
    "InterimParticipation": "constraints",
    "JointMisreport": "joint_misreports",
    "LimitedLiability": "constraints",
    "LinearSharing": "sharing",
    "Mechanism": "mechanism",
    "MechanismVariables": "variables",
    "Misreport": "incentives",
    "Objective": "programme",
    "Payments": "elicitation",
    "PeerSetting": "peer_settings",
    "Promises": "implementation",
    "ReducedForm": "interim",
    "ReportingEquilibrium": "peer_prediction",
    "Rows": "variables",
    "Unaccountability": "contract_envelopes",
    "VickreyClarkeGroves": "combinatorial_auctions",
    "balanced_sharing": "sharing",
    "balanced_sharing_programme": "sharing",
    "best_coalition_misreport": "strategy_proofness",
    "bidding_regret": "bidding",
    "border_excess": "border",
    "budget_deficit": "incentives",
    "cheapest_contract": "contracts",
    "combinatorial_agency_programme": "combinatorial_agency",
    "contract_envelope": "contract_envelopes",
    "contract_gain": "contracts",
    "contract_programme": "contract_rows",
    "contracted_game": "contracts",
    "determinant_payment": "determinant_information",
    "efficient_outcomes": "groves",
    "expected_determinant_payment": "determinant_information",
    "expected_externality_mechanism": "groves",
    "expected_revenue": "bidding",
    "group_strategy_proofness": "strategy_proofness",
    "groves_mechanism": "groves",
    "implementation_cost": "implementation",
    "implementation_programme": "implementation_rows",
    "incentive_regret": "incentives",
    "interim_implementation": "border",
    "is_budget_balanced": "incentives",
    "is_dominantly_truthful": "determinant_information",
    "is_enforced": "contracts",
    "is_group_strategy_proof": "strategy_proofness",
    "is_implementable": "border",
    "is_implemented": "implementation",
    "is_incentive_compatible": "incentives",
    "is_individually_rational": "incentives",
    "is_proper": "elicitation",
    "is_truthful": "peer_prediction",
    "k_implementation": "implementation",
    "linear_sharing": "sharing",
    "mechanism_budget": "groves",
    "mechanism_programme": "programme",
    "minimal_peer_prediction": "peer_prediction",
    "minimal_scoring_rule": "elicitation",
    "misreport_gains": "joint_misreports",
    "optimal_auction": "auctions",
    "optimal_contract": "optimal_contracts",
    "optimal_contract_programme": "optimal_contracts",
    "optimal_contracted_set": "combinatorial_agency",
    "optimal_mechanism": "optimal",
    "optimal_reduced_form": "interim",
    "optimal_revenue": "auctions",
    "participation_shortfall": "incentives",
    "peer_prediction_programme": "peer_rows",
    "pivotal_mechanism": "groves",
    "price_of_unaccountability": "contract_envelopes",
    "read_constraint": "constraints",
    "reduced_form_programme": "interim",
    "report_payoffs": "mechanism",
    "reporting_equilibria": "peer_prediction",
    "reporting_game": "peer_prediction",
    "reporting_margin": "peer_prediction",
    "reserve_price": "ironing",
    "scoring_rule_programme": "elicitation",
    "symmetric_bidding_equilibria": "bidding",
    "truth_margin": "elicitation",
    "truthful_bidding": "bidding",
    "undominated_actions": "implementation",
    "units_environment": "auctions",
    "vickrey_clarke_groves": "combinatorial_auctions",
    "virtual_values": "ironing",
    "winner_determination_programme": "combinatorial_auctions",
}

__all__ = [
    "Auction",
    "BayesianIC",
    "Budget",
    "BudgetBalance",
    "CombinatorialAgency",
    "Constraint",
    "Contract",
    "ContractEnvelope",
    "ContractedSet",
    "DominantStrategyIC",
    "Efficiency",
    "Environment",
    "ExPostIC",
    "ExPostParticipation",
    "GroupStrategyProofness",
    "InterimParticipation",
    "JointMisreport",
    "LimitedLiability",
    "LinearSharing",
    "Mechanism",
    "MechanismVariables",
    "Misreport",
    "Objective",
    "Payments",
    "PeerSetting",
    "Promises",
    "ReducedForm",
    "ReportingEquilibrium",
    "Rows",
    "Unaccountability",
    "VickreyClarkeGroves",
    "balanced_sharing",
    "balanced_sharing_programme",
    "best_coalition_misreport",
    "bidding_regret",
    "border_excess",
    "budget_deficit",
    "cheapest_contract",
    "combinatorial_agency_programme",
    "contract_envelope",
    "contract_gain",
    "contract_programme",
    "contracted_game",
    "determinant_payment",
    "efficient_outcomes",
    "expected_determinant_payment",
    "expected_externality_mechanism",
    "expected_revenue",
    "group_strategy_proofness",
    "groves_mechanism",
    "implementation_cost",
    "implementation_programme",
    "incentive_regret",
    "interim_implementation",
    "is_budget_balanced",
    "is_dominantly_truthful",
    "is_enforced",
    "is_group_strategy_proof",
    "is_implementable",
    "is_implemented",
    "is_incentive_compatible",
    "is_individually_rational",
    "is_proper",
    "is_truthful",
    "k_implementation",
    "linear_sharing",
    "mechanism_budget",
    "mechanism_programme",
    "minimal_peer_prediction",
    "minimal_scoring_rule",
    "misreport_gains",
    "optimal_auction",
    "optimal_contract",
    "optimal_contract_programme",
    "optimal_contracted_set",
    "optimal_mechanism",
    "optimal_reduced_form",
    "optimal_revenue",
    "participation_shortfall",
    "peer_prediction_programme",
    "pivotal_mechanism",
    "price_of_unaccountability",
    "read_constraint",
    "reduced_form_programme",
    "report_payoffs",
    "reporting_equilibria",
    "reporting_game",
    "reporting_margin",
    "reserve_price",
    "scoring_rule_programme",
    "symmetric_bidding_equilibria",
    "truth_margin",
    "truthful_bidding",
    "undominated_actions",
    "units_environment",
    "vickrey_clarke_groves",
    "virtual_values",
    "winner_determination_programme",
]

if TYPE_CHECKING:
    from gametheory.mechanisms.auctions import optimal_auction, optimal_revenue, units_environment
    from gametheory.mechanisms.bidding import (
        Auction,
        bidding_regret,
        expected_revenue,
        symmetric_bidding_equilibria,
        truthful_bidding,
    )
    from gametheory.mechanisms.border import border_excess, interim_implementation, is_implementable
    from gametheory.mechanisms.combinatorial_agency import (
        CombinatorialAgency,
        ContractedSet,
        combinatorial_agency_programme,
        optimal_contracted_set,
    )
    from gametheory.mechanisms.combinatorial_auctions import (
        VickreyClarkeGroves,
        vickrey_clarke_groves,
        winner_determination_programme,
    )
    from gametheory.mechanisms.constraints import (
        BayesianIC,
        BudgetBalance,
        DominantStrategyIC,
        Efficiency,
        ExPostIC,
        ExPostParticipation,
        InterimParticipation,
        LimitedLiability,
        read_constraint,
    )
    from gametheory.mechanisms.contract_envelopes import (
        ContractEnvelope,
        Unaccountability,
        contract_envelope,
        price_of_unaccountability,
    )
    from gametheory.mechanisms.contract_rows import contract_programme
    from gametheory.mechanisms.contracts import Contract, cheapest_contract, contract_gain, contracted_game, is_enforced
    from gametheory.mechanisms.determinant_information import (
        determinant_payment,
        expected_determinant_payment,
        is_dominantly_truthful,
    )
    from gametheory.mechanisms.elicitation import (
        Payments,
        is_proper,
        minimal_scoring_rule,
        scoring_rule_programme,
        truth_margin,
    )
    from gametheory.mechanisms.environment import Environment
    from gametheory.mechanisms.groves import (
        Budget,
        efficient_outcomes,
        expected_externality_mechanism,
        groves_mechanism,
        mechanism_budget,
        pivotal_mechanism,
    )
    from gametheory.mechanisms.implementation import (
        Promises,
        implementation_cost,
        is_implemented,
        k_implementation,
        undominated_actions,
    )
    from gametheory.mechanisms.implementation_rows import implementation_programme
    from gametheory.mechanisms.incentives import (
        Misreport,
        budget_deficit,
        incentive_regret,
        is_budget_balanced,
        is_incentive_compatible,
        is_individually_rational,
        participation_shortfall,
    )
    from gametheory.mechanisms.interim import ReducedForm, optimal_reduced_form, reduced_form_programme
    from gametheory.mechanisms.ironing import reserve_price, virtual_values
    from gametheory.mechanisms.joint_misreports import GroupStrategyProofness, JointMisreport, misreport_gains
    from gametheory.mechanisms.mechanism import Mechanism, report_payoffs
    from gametheory.mechanisms.optimal import optimal_mechanism
    from gametheory.mechanisms.optimal_contracts import optimal_contract, optimal_contract_programme
    from gametheory.mechanisms.peer_prediction import (
        ReportingEquilibrium,
        is_truthful,
        minimal_peer_prediction,
        reporting_equilibria,
        reporting_game,
        reporting_margin,
    )
    from gametheory.mechanisms.peer_rows import peer_prediction_programme
    from gametheory.mechanisms.peer_settings import PeerSetting
    from gametheory.mechanisms.programme import Objective, mechanism_programme
    from gametheory.mechanisms.sharing import (
        LinearSharing,
        balanced_sharing,
        balanced_sharing_programme,
        linear_sharing,
    )
    from gametheory.mechanisms.strategy_proofness import (
        best_coalition_misreport,
        group_strategy_proofness,
        is_group_strategy_proof,
    )
    from gametheory.mechanisms.variables import Constraint, MechanismVariables, Rows


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(f"gametheory.mechanisms.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'gametheory.mechanisms' has no attribute {name!r}; it offers {', '.join(__all__)}")


def __dir__() -> list[str]:
    return sorted(__all__)
