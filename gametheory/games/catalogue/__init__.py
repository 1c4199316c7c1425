"""The named games, each with its source."""

from gametheory.games.catalogue.two_by_two import (
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

__all__ = [
    "battle_of_the_sexes",
    "chicken",
    "commitment_game",
    "deadlock",
    "entry_deterrence",
    "hawk_dove",
    "inspection_game",
    "matching_pennies",
    "prisoners_dilemma",
    "stag_hunt",
]
