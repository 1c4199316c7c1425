"""Audits of the agents of a game: the table ``[audits]``, from its data to penalties, costs and a loss for each outcome.

The table says how many audits may be expected (``budget``), what an agent loses who is found to depart from the target
(``penalty``), what audits cost (``cost``, 1 each if nothing is said) and how often they find a departure (``accuracy``),
whether they may depend on what all agents did (``adaptive``), and what each outcome costs the designer (``loss``: an
expression, or the name of a measure; by default the number of agents who depart).

Sizes are limited: 64 outcomes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, final

import numpy as np

from gametheory.arithmetic import RationalArray
from gametheory.audit.places import Place, for_each, number_at, rate_at
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.profiles import PureProfile

__all__ = ["AuditTerms", "read_audits_table"]

MAX_PROFILES = 64

Data = Mapping[str, Any]
Loss = tuple[str, RationalArray]


@final
@dataclass(frozen=True, slots=True)
class AuditTerms:
    """What audits may cost and what they do.

    Attributes
    ----------
    budget : Fraction
        The most that expected audits may cost; for every outcome where they are adaptive.
    penalties, costs : tuple of Fraction
        For each player; penalties of players who are no agents are 0.
    accuracy : Fraction
        The probability that an audit finds a departure.
    adaptive : bool
    loss : (str, RationalArray)
        What the designer loses, in words and for each outcome.
    """

    budget: Fraction
    penalties: tuple[Fraction, ...]
    costs: tuple[Fraction, ...]
    accuracy: Fraction
    adaptive: bool
    loss: Loss


def read_audits_table(
    table: Data,
    game: NormalFormGame,
    target: PureProfile,
    *,
    agents: tuple[int, ...],
    measure: Callable[[Any, Place], Loss],
    place: Place,
) -> AuditTerms:
    """What the checked data of ``[audits]`` describe; ``measure`` reads a loss that is written out or named."""
    if game.num_profiles > MAX_PROFILES:
        raise place.error(
            f"found a game of {game.num_profiles:,} outcomes; at most {MAX_PROFILES} are allowed (describe fewer players or "
            "actions)"
        )
    return AuditTerms(
        budget=number_at(place / "budget", table["budget"], least=0),
        penalties=_each(table["penalty"], game, agents, 0, place / "penalty"),
        costs=_each(table.get("cost", 1), game, agents, 1, place / "cost"),
        accuracy=rate_at(place, table, "accuracy", 1),
        adaptive=table.get("adaptive", False),
        loss=measure(table["loss"], place / "loss") if "loss" in table else _departures(game, target, agents),
    )


def _each(value: Any, game: NormalFormGame, agents: tuple[int, ...], rest: int, place: Place) -> tuple[Fraction, ...]:
    """A number for every agent; ``rest`` for players who are none."""
    if isinstance(value, Mapping):
        given = for_each(place, value, game.players, among=agents)
        found = {i: number_at(at, number, least=0) for i, (number, at) in given.items()}
    else:
        found = dict.fromkeys(agents, number_at(place, value, least=0))
    return tuple(found.get(i, Fraction(rest)) for i in range(game.num_players))


def _departures(game: NormalFormGame, target: PureProfile, agents: tuple[int, ...]) -> Loss:
    counts = np.zeros(game.num_actions, dtype=np.int64)
    for profile in np.ndindex(*game.num_actions):
        counts[profile] = sum(profile[i] != target[i] for i in agents)
    return "agents who depart", RationalArray.of_integers(counts, 1)
