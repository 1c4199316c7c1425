"""How agents conspire: what coalitions gain together, and which profiles withstand them.

Attack only: nothing here knows of oversight.
"""

from gametheory.collusion.capabilities import (
    CapabilityModel,
    MinimalCoalitions,
    Recipe,
    SmallestCoalition,
    completed_recipes,
    harm_by_size,
    minimal_coalitions,
    smallest_coalition,
)
from gametheory.collusion.coalition_gains import CoalitionGain
from gametheory.collusion.coalition_margins import coalition_margin
from gametheory.collusion.covert_results import CovertCurve, CovertPlay, CovertValue
from gametheory.collusion.dispersion import (
    DetectionTime,
    covert_throughput,
    dispersed_volume,
    gaussian_evasion,
    square_root_law,
    time_to_detection,
)
from gametheory.collusion.hiding import HidingGame, hiding_game
from gametheory.collusion.immunity import Immunity, immunity
from gametheory.collusion.joint_deviations import coalition_gain
from gametheory.collusion.lotto import LottoGame, general_lotto
from gametheory.collusion.mediators import (
    MediatorThresholds,
    implementable_without_mediator,
    is_punishment,
    mediator_thresholds,
    punishment_exists,
)
from gametheory.collusion.resilience import Resilience, is_resilient, resilience
from gametheory.collusion.robust_design import (
    LargestRobustSize,
    RobustDesign,
    largest_robust_size,
    robust_correlated_equilibrium,
)
from gametheory.collusion.robustness import is_robust
from gametheory.collusion.secret_channels import covert_value, covert_value_bound, covert_value_curve
from gametheory.collusion.splitting import SplitAttack, Thresholds, largest_unnoticed_volume, split_below_thresholds
from gametheory.collusion.stable_profiles import (
    coalition_proof_nash_equilibria,
    is_coalition_proof,
    is_strong_nash_equilibrium,
    strong_nash_equilibria,
)
from gametheory.collusion.stealth import StealthValue, stealthy_harm, stealthy_team_value
from gametheory.collusion.stealth_frontier import stealth_frontier
from gametheory.collusion.swarms import BlottoGame, colonel_blotto

__all__ = [
    "BlottoGame",
    "CapabilityModel",
    "CoalitionGain",
    "CovertCurve",
    "CovertPlay",
    "CovertValue",
    "DetectionTime",
    "HidingGame",
    "Immunity",
    "LargestRobustSize",
    "LottoGame",
    "MediatorThresholds",
    "MinimalCoalitions",
    "Recipe",
    "Resilience",
    "RobustDesign",
    "SmallestCoalition",
    "SplitAttack",
    "StealthValue",
    "Thresholds",
    "coalition_gain",
    "coalition_margin",
    "coalition_proof_nash_equilibria",
    "colonel_blotto",
    "completed_recipes",
    "covert_throughput",
    "covert_value",
    "covert_value_bound",
    "covert_value_curve",
    "dispersed_volume",
    "gaussian_evasion",
    "general_lotto",
    "harm_by_size",
    "hiding_game",
    "immunity",
    "implementable_without_mediator",
    "is_coalition_proof",
    "is_punishment",
    "is_resilient",
    "is_robust",
    "is_strong_nash_equilibrium",
    "largest_robust_size",
    "largest_unnoticed_volume",
    "mediator_thresholds",
    "minimal_coalitions",
    "punishment_exists",
    "resilience",
    "robust_correlated_equilibrium",
    "smallest_coalition",
    "split_below_thresholds",
    "square_root_law",
    "stealth_frontier",
    "stealthy_harm",
    "stealthy_team_value",
    "strong_nash_equilibria",
    "time_to_detection",
]
