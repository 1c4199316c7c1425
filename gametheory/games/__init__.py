"""What is played."""

from gametheory.games.normal_form import NormalFormGame
from gametheory.games.profiles import (
    correlated_profile,
    deviation_payoffs,
    exact_mixed_profile,
    expected_payoffs,
    mixed_profile,
    pure_profile,
    regrets,
)

__all__ = [
    "NormalFormGame",
    "correlated_profile",
    "deviation_payoffs",
    "exact_mixed_profile",
    "expected_payoffs",
    "mixed_profile",
    "pure_profile",
    "regrets",
]
