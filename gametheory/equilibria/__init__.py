"""What is stable, one shot, no coalitions."""

from gametheory.equilibria.batch import (
    BatchEquilibria,
    BatchEquilibrium,
    batch_nash_equilibria,
    batch_nash_equilibrium,
)
from gametheory.equilibria.bayesian import (
    bayes_nash_equilibria,
    bayes_nash_equilibrium,
    bayes_nash_regret,
    bayesian_stackelberg_equilibrium,
    is_bayes_nash_equilibrium,
    pure_bayes_nash_equilibria,
)
from gametheory.equilibria.bayesian_commitment import (
    bayesian_commitment,
    bayesian_commitment_payoff,
    bayesian_commitment_shortfall,
    is_optimal_bayesian_commitment,
)
from gametheory.equilibria.bayesian_commitment_result import BayesianCommitment
from gametheory.equilibria.commitment import StackelbergEquilibrium, commitment_payoff
from gametheory.equilibria.correlated import (
    CorrelatedEquilibrium,
    correlated_equilibrium,
    correlated_regret,
    is_correlated_equilibrium,
)
from gametheory.equilibria.correlated_entropy import MaximumEntropyEquilibrium, maximum_entropy_correlated_equilibrium
from gametheory.equilibria.correlated_interior import CorrelatedInterior, correlated_interior
from gametheory.equilibria.correlated_polytope import CorrelatedPolytope, correlated_polytope
from gametheory.equilibria.correlated_range import CorrelatedPayoffRange, correlated_payoff_range
from gametheory.equilibria.dominance import DominatedAction, Elimination, dominated_actions, iterated_elimination
from gametheory.equilibria.dynamics import fictitious_play, multiplicative_weights, regret_matching
from gametheory.equilibria.efficiency import (
    EfficiencyRatio,
    is_pareto_optimal,
    pareto_dominates,
    pareto_optimal_profiles,
    price_of_anarchy,
    price_of_correlation,
    price_of_stability,
)
from gametheory.equilibria.equilibrium import Equilibrium, EquilibriumSet
from gametheory.equilibria.evolutionary_stability import evolutionarily_stable_strategies, is_evolutionarily_stable
from gametheory.equilibria.learned_play import LearnedPlay
from gametheory.equilibria.moran import MoranProcess
from gametheory.equilibria.moran_chain import Absorption, StationaryPopulation, absorption, stationary_distribution
from gametheory.equilibria.moran_fixation import (
    Fixation,
    fixation_probability,
    is_finite_population_stable,
    third_share_advantage,
    weak_selection_slope,
)
from gametheory.equilibria.moran_rare_mutation import SmallMutationLimit, small_mutation_limit
from gametheory.equilibria.moran_simulation import MoranSimulation, simulate_moran
from gametheory.equilibria.multiplayer import (
    logit_path_equilibrium,
    multiplayer_equilibrium,
    support_search_equilibrium,
)
from gametheory.equilibria.multiplayer_search import multiplayer_equilibria
from gametheory.equilibria.nash import (
    is_nash_equilibrium,
    iterate_nash_equilibria,
    nash_equilibria,
    nash_equilibrium,
    nash_regret,
)
from gametheory.equilibria.pure import pure_nash_equilibria
from gametheory.equilibria.quantal_response import (
    QuantalResponse,
    QuantalResponseBranch,
    quantal_response_branch,
    quantal_response_equilibrium,
)
from gametheory.equilibria.quantal_response_fit import QuantalResponseFit, fit_quantal_response
from gametheory.equilibria.rationalisability import rationalisable_actions
from gametheory.equilibria.rationalisability_results import Rationalisability
from gametheory.equilibria.regions import equilibrium_region
from gametheory.equilibria.replicator import ReplicatorPath, replicator_dynamics
from gametheory.equilibria.selection import OptimalEquilibrium, optimal_nash_equilibrium
from gametheory.equilibria.stackelberg import (
    is_stackelberg_equilibrium,
    stackelberg_equilibrium,
    stackelberg_regret,
)
from gametheory.equilibria.symmetric_pure import pure_nash_counts
from gametheory.equilibria.team_play import team_maxmin, team_maxmin_correlated
from gametheory.equilibria.team_results import TeamMaxmin, TeamMaxminCorrelated
from gametheory.equilibria.value_of_commitment import (
    ValueOfCommitment,
    ValueOfInformation,
    value_of_commitment,
    value_of_information,
)
from gametheory.equilibria.zero_sum import Maximin, ZeroSumEquilibrium, maximin, zero_sum_equilibrium

__all__ = [
    "Absorption",
    "BatchEquilibria",
    "BatchEquilibrium",
    "BayesianCommitment",
    "CorrelatedEquilibrium",
    "CorrelatedInterior",
    "CorrelatedPayoffRange",
    "CorrelatedPolytope",
    "DominatedAction",
    "EfficiencyRatio",
    "Elimination",
    "Equilibrium",
    "EquilibriumSet",
    "Fixation",
    "LearnedPlay",
    "Maximin",
    "MaximumEntropyEquilibrium",
    "MoranProcess",
    "MoranSimulation",
    "OptimalEquilibrium",
    "QuantalResponse",
    "QuantalResponseBranch",
    "QuantalResponseFit",
    "Rationalisability",
    "ReplicatorPath",
    "SmallMutationLimit",
    "StackelbergEquilibrium",
    "StationaryPopulation",
    "TeamMaxmin",
    "TeamMaxminCorrelated",
    "ValueOfCommitment",
    "ValueOfInformation",
    "ZeroSumEquilibrium",
    "absorption",
    "batch_nash_equilibria",
    "batch_nash_equilibrium",
    "bayes_nash_equilibria",
    "bayes_nash_equilibrium",
    "bayes_nash_regret",
    "bayesian_commitment",
    "bayesian_commitment_payoff",
    "bayesian_commitment_shortfall",
    "bayesian_stackelberg_equilibrium",
    "commitment_payoff",
    "correlated_equilibrium",
    "correlated_interior",
    "correlated_payoff_range",
    "correlated_polytope",
    "correlated_regret",
    "dominated_actions",
    "equilibrium_region",
    "evolutionarily_stable_strategies",
    "fictitious_play",
    "fit_quantal_response",
    "fixation_probability",
    "is_bayes_nash_equilibrium",
    "is_correlated_equilibrium",
    "is_evolutionarily_stable",
    "is_finite_population_stable",
    "is_nash_equilibrium",
    "is_optimal_bayesian_commitment",
    "is_pareto_optimal",
    "is_stackelberg_equilibrium",
    "iterate_nash_equilibria",
    "iterated_elimination",
    "logit_path_equilibrium",
    "maximin",
    "maximum_entropy_correlated_equilibrium",
    "multiplayer_equilibria",
    "multiplayer_equilibrium",
    "multiplicative_weights",
    "nash_equilibria",
    "nash_equilibrium",
    "nash_regret",
    "optimal_nash_equilibrium",
    "pareto_dominates",
    "pareto_optimal_profiles",
    "price_of_anarchy",
    "price_of_correlation",
    "price_of_stability",
    "pure_bayes_nash_equilibria",
    "pure_nash_counts",
    "pure_nash_equilibria",
    "quantal_response_branch",
    "quantal_response_equilibrium",
    "rationalisable_actions",
    "regret_matching",
    "replicator_dynamics",
    "simulate_moran",
    "small_mutation_limit",
    "stackelberg_equilibrium",
    "stackelberg_regret",
    "stationary_distribution",
    "support_search_equilibrium",
    "team_maxmin",
    "team_maxmin_correlated",
    "third_share_advantage",
    "value_of_commitment",
    "value_of_information",
    "weak_selection_slope",
    "zero_sum_equilibrium",
]
