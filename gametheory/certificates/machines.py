"""A machine that plays a repeated game, and what follows from its states, in rationals.

The players' automata together are a machine with states s = 0, 1, …: in s player i plays the distribution f_i(s), everybody
sees an observation y (the actions, or a public signal drawn from π(· | a)), and the machine moves to τ(s, y). With an error
rate ε each player's action is, independently, replaced by one of its other actions, drawn uniformly.

Complexity: :meth:`Play.expected` looks at every profile that is played and every signal that it may lead to.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, final

from gametheory.arithmetic import RationalArray
from gametheory.certificates.encoding import indices_from_json, rationals_from_json
from gametheory.certificates.rationals import (
    expect_keys,
    rational_array_from_json,
    rational_array_to_json,
    rational_to_json,
)
from gametheory.errors import SpecificationError
from gametheory.games.monitoring import Monitoring
from gametheory.games.normal_form import NormalFormGame

__all__ = [
    "Machine",
    "Play",
    "Table",
    "machine_from_json",
    "machine_to_json",
    "monitoring_from_json",
    "monitoring_to_json",
    "table_from_json",
    "table_to_json",
]

Vector = tuple[Fraction, ...]
Table = tuple[Vector, ...]


@final
@dataclass(frozen=True, slots=True)
class Machine:
    """The players' automata as one.

    Attributes
    ----------
    plays : tuple, for each state for each player a tuple of Fractions
        f_i(s), the distribution of the action that is meant.
    transitions : tuple, for each state a tuple of int
        τ(s, y) for every observation y: action profiles in row-major order, or signals.
    initial : int
    """

    plays: tuple[Table, ...]
    transitions: tuple[tuple[int, ...], ...]
    initial: int


@final
class Play:
    """What follows from a state of a machine, in rationals: payoffs of a period and chances of the next states.

    Parameters
    ----------
    game : NormalFormGame
    machine : Machine
    monitoring : Monitoring or None
        ``None``: the actions are seen.
    tremble : Fraction in [0, 1)
    """

    __slots__ = ("machine", "num_actions", "num_signals", "payoffs", "signals", "strides", "tremble")

    def __init__(
        self, game: NormalFormGame, machine: Machine, monitoring: Monitoring | None, tremble: Fraction
    ) -> None:
        exact = game.exact()
        self.machine, self.tremble, self.num_actions = machine, tremble, exact.num_actions
        self.strides = tuple(math.prod(self.num_actions[i + 1 :]) for i in range(exact.num_players))
        columns = exact.numerators.reshape(exact.num_players, -1).T.tolist()
        self.payoffs: list[Vector] = [tuple(Fraction(x, exact.denominator) for x in column) for column in columns]
        self.signals: list[dict[int, Fraction]] | None = None
        self.num_signals = len(self.payoffs)
        if monitoring is not None:
            seen = monitoring.exact()
            self.num_signals = seen.num_signals
            rows = seen.numerators.reshape(-1, seen.num_signals).tolist()
            self.signals = [{y: Fraction(x, seen.denominator) for y, x in enumerate(row) if x} for row in rows]

    def meant(self, state: int, player: int) -> Vector:
        """What is played when the machine's action is meant: f_i(s) with trembles."""
        return self._with_errors(self.machine.plays[state][player])

    def _with_errors(self, vector: Vector) -> Vector:
        if self.tremble == 0 or len(vector) == 1:
            return vector
        other = self.tremble / (len(vector) - 1)
        return tuple((1 - self.tremble) * p + other * (1 - p) for p in vector)

    def expected(
        self, state: int, player: int | None = None, action: int = 0
    ) -> tuple[list[Fraction], dict[int, Fraction]]:
        """Payoffs of the period and chances of the next states; with ``player`` when that player means ``action``."""
        vectors = [self.meant(state, i) for i in range(len(self.num_actions))]
        if player is not None:
            wanted = tuple(Fraction(int(k == action)) for k in range(self.num_actions[player]))
            vectors[player] = self._with_errors(wanted)
        supports = [
            [(k * stride, p) for k, p in enumerate(v) if p] for v, stride in zip(vectors, self.strides, strict=True)
        ]
        pay = [Fraction(0)] * len(self.num_actions)
        following: dict[int, Fraction] = {}
        moves = self.machine.transitions[state]
        for chosen in itertools.product(*supports):
            place, weight = sum(k for k, _ in chosen), math.prod((p for _, p in chosen), start=Fraction(1))
            pay = [total + weight * x for total, x in zip(pay, self.payoffs[place], strict=True)]
            if self.signals is None:
                following[moves[place]] = following.get(moves[place], Fraction(0)) + weight
            else:
                for y, p in self.signals[place].items():
                    following[moves[y]] = following.get(moves[y], Fraction(0)) + weight * p
        return pay, following

    def possible(self, observation: int) -> bool:
        """Whether some action profile leads to the observation."""
        return self.signals is None or any(observation in row for row in self.signals)

    def check(self) -> None:
        """Refuse a machine that does not fit the game and the signals."""
        machine, states = self.machine, len(self.machine.plays)
        if not states or len(machine.transitions) != states or not 0 <= machine.initial < states:
            raise SpecificationError(
                "the machine needs transitions for each of its states, and one of these as initial"
            )
        for s, (table, moves) in enumerate(zip(machine.plays, machine.transitions, strict=True)):
            if tuple(map(len, table)) != self.num_actions or any(min(v) < 0 or sum(v) != 1 for v in table):
                raise SpecificationError(
                    f"state {s} does not say with which probabilities each player plays each action"
                )
            if len(moves) != self.num_signals or not all(0 <= t < states for t in moves):
                raise SpecificationError(f"state {s} does not say where each of {self.num_signals} observations leads")


def machine_to_json(machine: Machine) -> dict[str, Any]:
    """A machine as JSON data."""
    return {
        "plays": [table_to_json(table) for table in machine.plays],
        "transitions": [list(moves) for moves in machine.transitions],
        "initial": machine.initial,
    }


def machine_from_json(data: Any, where: str) -> Machine:
    """Read what :func:`machine_to_json` wrote; whether it fits a game is for :meth:`Play.check` to say."""
    expect_keys(data, ("plays", "transitions", "initial"), where=where)
    for key in ("plays", "transitions"):
        if not isinstance(data[key], list):
            raise SpecificationError(f"{where}.{key}: write a list with an entry for each state")
    plays = tuple(table_from_json(table, f"{where}.plays[{s}]") for s, table in enumerate(data["plays"]))
    moves = tuple(
        indices_from_json(row, where=f"{where}.transitions[{s}]") for s, row in enumerate(data["transitions"])
    )
    (initial,) = indices_from_json([data["initial"]], where=f"{where}.initial")
    return Machine(plays, moves, initial)


def monitoring_to_json(monitoring: Monitoring) -> dict[str, Any]:
    """The chances of public signals as JSON data, without the signals' names."""
    flat = RationalArray(monitoring.numerators.reshape(-1), monitoring.denominator)
    return {"num_actions": list(monitoring.num_actions), "probabilities": rational_array_to_json(flat)}


def monitoring_from_json(data: Any, where: str) -> Monitoring:
    """Read what :func:`monitoring_to_json` wrote."""
    expect_keys(data, ("num_actions", "probabilities"), where=where)
    shape = indices_from_json(data["num_actions"], where=f"{where}.num_actions")
    array = rational_array_from_json(data["probabilities"], where=f"{where}.probabilities")
    profiles = math.prod(shape)
    if not shape or profiles < 1 or len(array) < 1 or len(array) % profiles:
        raise SpecificationError(f"{where}: write as many probabilities for each of the action profiles")
    table = array.numerators.reshape(*shape, len(array) // profiles)
    return Monitoring(RationalArray(table, array.denominator))


def table_to_json(table: Table) -> list[list[str]]:
    """A vector of rationals for each state or player."""
    return [[rational_to_json(x) for x in row] for row in table]


def table_from_json(data: Any, where: str) -> Table:
    """Read what :func:`table_to_json` wrote."""
    if not isinstance(data, list):
        raise SpecificationError(f"{where}: write a list of lists of rationals")
    return tuple(rationals_from_json(row, f"{where}[{k}]") for k, row in enumerate(data))
