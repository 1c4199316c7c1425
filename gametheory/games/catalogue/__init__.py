"""The named games, each with its source, by theme, and found by name.

Every game is a function with keyword parameters; exact parameters give exact games. :func:`game_by_name` finds one by
the name that a person types, :func:`named_games` lists them.

>>> game_by_name("prisoners-dilemma", temptation="7/2")
NormalFormGame("Prisoner's dilemma", 2 players, 2×2, exact)
"""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from gametheory.errors import SpecificationError
from gametheory.games.catalogue.coalitional import (
    bernheim_peleg_whinston,
    cyclic_partnership,
    halpern_bargaining,
    halpern_coordination,
    overseer_toy,
    threshold_attack,
)
from gametheory.games.catalogue.contests import (
    colonel_blotto,
    diagonal_matching,
    rock_paper_scissors,
    shapley_game,
)
from gametheory.games.catalogue.markets import (
    bertrand_differentiated,
    bertrand_linear,
    bertrand_logit,
    cournot,
    logit_prices,
)
from gametheory.games.catalogue.social_dilemmas import (
    beauty_contest,
    coordination_game,
    el_farol,
    minimum_effort,
    minority_game,
    public_goods,
    tragedy_of_the_commons,
    travelers_dilemma,
    volunteers_dilemma,
)
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
from gametheory.games.normal_form import NormalFormGame

__all__ = [
    "battle_of_the_sexes",
    "beauty_contest",
    "bernheim_peleg_whinston",
    "bertrand_differentiated",
    "bertrand_linear",
    "bertrand_logit",
    "chicken",
    "colonel_blotto",
    "commitment_game",
    "coordination_game",
    "cournot",
    "cyclic_partnership",
    "deadlock",
    "diagonal_matching",
    "el_farol",
    "entry_deterrence",
    "game_by_name",
    "halpern_bargaining",
    "halpern_coordination",
    "hawk_dove",
    "inspection_game",
    "logit_prices",
    "matching_pennies",
    "minimum_effort",
    "minority_game",
    "named_games",
    "overseer_toy",
    "prisoners_dilemma",
    "public_goods",
    "rock_paper_scissors",
    "shapley_game",
    "stag_hunt",
    "threshold_attack",
    "tragedy_of_the_commons",
    "travelers_dilemma",
    "volunteers_dilemma",
]

_GAMES: tuple[Callable[..., NormalFormGame], ...] = (
    battle_of_the_sexes,
    beauty_contest,
    bernheim_peleg_whinston,
    bertrand_differentiated,
    bertrand_linear,
    bertrand_logit,
    chicken,
    colonel_blotto,
    commitment_game,
    coordination_game,
    cournot,
    cyclic_partnership,
    deadlock,
    diagonal_matching,
    el_farol,
    entry_deterrence,
    halpern_bargaining,
    halpern_coordination,
    hawk_dove,
    inspection_game,
    matching_pennies,
    minimum_effort,
    minority_game,
    overseer_toy,
    prisoners_dilemma,
    public_goods,
    rock_paper_scissors,
    shapley_game,
    stag_hunt,
    threshold_attack,
    tragedy_of_the_commons,
    travelers_dilemma,
    volunteers_dilemma,
)


def named_games() -> Mapping[str, Callable[..., NormalFormGame]]:
    """Every named game: its hyphenated name, such as ``"prisoners-dilemma"``, and the function that makes it."""
    return MappingProxyType({game.__name__.replace("_", "-"): game for game in _GAMES})


def game_by_name(name: str, **parameters: Any) -> NormalFormGame:
    """The game of this name, with its default parameters unless others are given.

    Parameters
    ----------
    name : str
        Hyphens, underscores, spaces, apostrophes and capitals make no difference.
    parameters
        Keyword parameters of the game's function.

    Raises
    ------
    SpecificationError
        If there is no such game or no such parameter; the message names those that are most alike.

    Examples
    --------
    >>> game_by_name("Rock_Paper_Scissors").num_actions
    (3, 3)
    """
    games = named_games()
    if not isinstance(name, str):
        raise SpecificationError(f"name: found {name!r}; write the name of a game, such as 'prisoners-dilemma'")
    key = "-".join(name.lower().replace("'", "").replace("’", "").replace("_", " ").replace("-", " ").split())
    if key not in games:
        hint = _did_you_mean(key, list(games))
        raise SpecificationError(f"name: found {name!r}, which is no named game; {hint}")
    allowed = list(inspect.signature(games[key]).parameters)
    for parameter in parameters:
        if parameter not in allowed:
            hint = _did_you_mean(parameter, allowed) if allowed else "it has none"
            raise SpecificationError(f"{key}: found the parameter {parameter!r}, which it has not; {hint}")
    return games[key](**parameters)


def _did_you_mean(word: str, known: list[str]) -> str:
    near = difflib.get_close_matches(word, known, n=3, cutoff=0.5)
    return f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(known)}"
