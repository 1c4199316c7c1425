"""What is played."""

from gametheory.games.catalogue import (
    battle_of_the_sexes,
    chicken,
    commitment_game,
    deadlock,
    entry_deterrence,
    hawk_dove,
    inspection_game,
    matching_pennies,
    prisoners_dilemma,
    stag_hunt,
)
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
    "battle_of_the_sexes",
    "chicken",
    "commitment_game",
    "correlated_profile",
    "deadlock",
    "deviation_payoffs",
    "entry_deterrence",
    "exact_mixed_profile",
    "expected_payoffs",
    "hawk_dove",
    "inspection_game",
    "matching_pennies",
    "mixed_profile",
    "prisoners_dilemma",
    "pure_profile",
    "regrets",
    "stag_hunt",
]
