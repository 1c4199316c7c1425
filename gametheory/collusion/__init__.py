"""How agents conspire: what coalitions gain together, and which profiles withstand them.

Attack only: nothing here knows of oversight.
"""

from gametheory.collusion.coalition_gains import CoalitionGain
from gametheory.collusion.coalition_margins import coalition_margin
from gametheory.collusion.covert_results import CovertCurve, CovertPlay, CovertValue
from gametheory.collusion.immunity import Immunity, immunity
from gametheory.collusion.joint_deviations import coalition_gain
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
from gametheory.collusion.stable_profiles import (
    coalition_proof_nash_equilibria,
    is_coalition_proof,
    is_strong_nash_equilibrium,
    strong_nash_equilibria,
)

__all__ = [
    "CoalitionGain",
    "CovertCurve",
    "CovertPlay",
    "CovertValue",
    "Immunity",
    "LargestRobustSize",
    "MediatorThresholds",
    "Resilience",
    "RobustDesign",
    "coalition_gain",
    "coalition_margin",
    "coalition_proof_nash_equilibria",
    "covert_value",
    "covert_value_bound",
    "covert_value_curve",
    "immunity",
    "implementable_without_mediator",
    "is_coalition_proof",
    "is_punishment",
    "is_resilient",
    "is_robust",
    "is_strong_nash_equilibrium",
    "largest_robust_size",
    "mediator_thresholds",
    "punishment_exists",
    "resilience",
    "robust_correlated_equilibrium",
    "strong_nash_equilibria",
]
