"""How rules are chosen: environments, mechanisms, optimal design; each part is loaded when it is first used.

======================= ==============================================================================================
``environment``         who knows what, and what can be decided: ``Environment``
``mechanism``           lotteries and payments for every profile of reports: ``Mechanism``
``incentives``          who gains by lying or staying out: ``is_incentive_compatible``, ``incentive_regret``, …
``contracts``           what to pay for hidden actions, alone and in teams: ``cheapest_contract``, ``is_enforced``
``contract_rows``       the rows of contracts: ``contract_programme``
``optimal_contracts``   which actions to aim at, and at what wages: ``optimal_contract``
``sharing``             sharing what a team produces: ``linear_sharing``, ``balanced_sharing``
``combinatorial_agency``whom to pay when only joint success is seen: ``contract_envelope``, ``optimal_contracted_set``
``constraints``         what a design must obey: ``BayesianIC``, ``InterimParticipation``, ``BudgetBalance``, …
``variables``           columns and named rows of design programmes: ``MechanismVariables``, ``Rows``
``programme``           automated design as a linear programme: ``mechanism_programme``, ``Objective``
``implementation``      payments that make players choose what is wanted: ``k_implementation``
``border``              which interim rules are implementable: ``is_implementable``, ``interim_implementation``
``interim``             the best auction in reduced form: ``optimal_reduced_form``
``optimal``             the best mechanism, certified: ``optimal_mechanism``
``elicitation``         proper scoring rules with the smallest payments: ``minimal_scoring_rule``, ``is_proper``
``peer_settings``       who sees what when nobody will know the truth: ``PeerSetting``
``peer_rows``           the rows of peer prediction: ``peer_prediction_programme``
``peer_prediction``     truth paid for by what peers report: ``minimal_peer_prediction``, ``reporting_equilibria``
``determinant_information``truth over several tasks without a prior: ``determinant_payment``, ``is_dominantly_truthful``
======================= ==============================================================================================
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

_HOMES = {
    "BayesianIC": "constraints",
    "BudgetBalance": "constraints",
    "CombinatorialAgency": "combinatorial_agency",
    "Constraint": "variables",
    "Contract": "contracts",
    "ContractEnvelope": "combinatorial_agency",
    "ContractedSet": "combinatorial_agency",
    "DominantStrategyIC": "constraints",
    "Efficiency": "constraints",
    "Environment": "environment",
    "ExPostIC": "constraints",
    "ExPostParticipation": "constraints",
    "InterimParticipation": "constraints",
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
    "Unaccountability": "combinatorial_agency",
    "balanced_sharing": "sharing",
    "balanced_sharing_programme": "sharing",
    "border_excess": "border",
    "budget_deficit": "incentives",
    "cheapest_contract": "contracts",
    "combinatorial_agency_programme": "combinatorial_agency",
    "contract_envelope": "combinatorial_agency",
    "contract_gain": "contracts",
    "contract_programme": "contract_rows",
    "contracted_game": "contracts",
    "determinant_payment": "determinant_information",
    "expected_determinant_payment": "determinant_information",
    "implementation_cost": "implementation",
    "implementation_programme": "implementation",
    "incentive_regret": "incentives",
    "interim_implementation": "border",
    "is_budget_balanced": "incentives",
    "is_dominantly_truthful": "determinant_information",
    "is_enforced": "contracts",
    "is_implementable": "border",
    "is_implemented": "implementation",
    "is_incentive_compatible": "incentives",
    "is_individually_rational": "incentives",
    "is_proper": "elicitation",
    "is_truthful": "peer_prediction",
    "k_implementation": "implementation",
    "linear_sharing": "sharing",
    "mechanism_programme": "programme",
    "minimal_peer_prediction": "peer_prediction",
    "minimal_scoring_rule": "elicitation",
    "optimal_contract": "optimal_contracts",
    "optimal_contract_programme": "optimal_contracts",
    "optimal_contracted_set": "combinatorial_agency",
    "optimal_mechanism": "optimal",
    "optimal_reduced_form": "interim",
    "participation_shortfall": "incentives",
    "peer_prediction_programme": "peer_rows",
    "price_of_unaccountability": "combinatorial_agency",
    "read_constraint": "constraints",
    "reduced_form_programme": "interim",
    "report_payoffs": "mechanism",
    "reporting_equilibria": "peer_prediction",
    "reporting_game": "peer_prediction",
    "reporting_margin": "peer_prediction",
    "scoring_rule_programme": "elicitation",
    "truth_margin": "elicitation",
    "undominated_actions": "implementation",
}

__all__ = [
    "BayesianIC",
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
    "InterimParticipation",
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
    "balanced_sharing",
    "balanced_sharing_programme",
    "border_excess",
    "budget_deficit",
    "cheapest_contract",
    "combinatorial_agency_programme",
    "contract_envelope",
    "contract_gain",
    "contract_programme",
    "contracted_game",
    "determinant_payment",
    "expected_determinant_payment",
    "implementation_cost",
    "implementation_programme",
    "incentive_regret",
    "interim_implementation",
    "is_budget_balanced",
    "is_dominantly_truthful",
    "is_enforced",
    "is_implementable",
    "is_implemented",
    "is_incentive_compatible",
    "is_individually_rational",
    "is_proper",
    "is_truthful",
    "k_implementation",
    "linear_sharing",
    "mechanism_programme",
    "minimal_peer_prediction",
    "minimal_scoring_rule",
    "optimal_contract",
    "optimal_contract_programme",
    "optimal_contracted_set",
    "optimal_mechanism",
    "optimal_reduced_form",
    "participation_shortfall",
    "peer_prediction_programme",
    "price_of_unaccountability",
    "read_constraint",
    "reduced_form_programme",
    "report_payoffs",
    "reporting_equilibria",
    "reporting_game",
    "reporting_margin",
    "scoring_rule_programme",
    "truth_margin",
    "undominated_actions",
]

if TYPE_CHECKING:
    from gametheory.mechanisms.border import border_excess, interim_implementation, is_implementable
    from gametheory.mechanisms.combinatorial_agency import (
        CombinatorialAgency,
        ContractEnvelope,
        ContractedSet,
        Unaccountability,
        combinatorial_agency_programme,
        contract_envelope,
        optimal_contracted_set,
        price_of_unaccountability,
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
    from gametheory.mechanisms.implementation import (
        Promises,
        implementation_cost,
        implementation_programme,
        is_implemented,
        k_implementation,
        undominated_actions,
    )
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
    from gametheory.mechanisms.variables import Constraint, MechanismVariables, Rows


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(f"gametheory.mechanisms.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'gametheory.mechanisms' has no attribute {name!r}; it offers {', '.join(__all__)}")


def __dir__() -> list[str]:
    return sorted(__all__)
