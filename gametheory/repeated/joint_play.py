"""Automata as one machine: joint states, the chances of the next one, continuation payoffs.

The states of all automata together are a joint state s. Under the strategies the joint state is a Markov chain P (of zeros and
ones if nothing is random), with expected stage payoffs U(s), and discounted averages V = (1 − δ) U + δ P V, solved in rationals
(python-flint). Only joint states that some history reaches count; any action profile may occur in a history, a public signal if
some profile leads to it.

Errors of implementation (``tremble``): each player's action is, independently, with probability ε replaced by one of its other
actions, drawn uniformly.

Reference: G. Mailath and L. Samuelson 2006, *Repeated Games and Reputations*, section 2.3. Complexity: O(S³) operations on long
integers, S the number of joint states reached.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, final

import numpy as np

from gametheory.arithmetic import Arithmetic, exact
from gametheory.certificates.machines import Machine, Play
from gametheory.errors import SpecificationError
from gametheory.games.memory import refuse_if_too_large
from gametheory.games.monitoring import Monitoring
from gametheory.games.normal_form import NormalFormGame
from gametheory.repeated.automata import Automaton
from gametheory.repeated.repeated_game import RepeatedGame, check_signals, stage_game

__all__ = [
    "JointPlay",
    "Strategies",
    "continuation_values",
    "expected_play",
    "joint_play",
    "rational_solution",
    "solution",
]

Vector = tuple[Fraction, ...]
Chances = Mapping[int, Fraction]
Strategies = Automaton | Sequence[Automaton]
"""The automaton of a strategy profile, or one automaton for each player."""


@final
@dataclass(frozen=True, slots=True)
class JointPlay:
    """The automata as one machine on the joint states that some history reaches, the initial one first.

    Attributes
    ----------
    stage : NormalFormGame
        As given.
    monitoring : Monitoring or None
        Exact.
    tremble : Fraction
    machine : Machine
    states : tuple of tuple of str
        For each joint state the states of the automata.
    reached : tuple of (int, int)
        For each joint state but the first the one before it and the observation between, along a shortest history.
    play : Play
    """

    stage: NormalFormGame
    monitoring: Monitoring | None
    tremble: Fraction
    machine: Machine
    states: tuple[tuple[str, ...], ...]
    reached: tuple[tuple[int, int], ...]
    play: Play = field(compare=False)

    @property
    def arithmetic(self) -> Arithmetic:
        """ "float" if payoffs are: gains may then be rounding."""
        return self.stage.arithmetic

    def history(self, state: int) -> tuple[int, ...]:
        """Observations that lead to a joint state."""
        found = []
        while state:
            state, seen = self.reached[state - 1]
            found.append(seen)
        return tuple(reversed(found))

    def observation(self, y: int) -> str:
        """An observation in words."""
        if self.monitoring is not None:
            return self.monitoring.signals[y]
        profile = [int(k) for k in np.unravel_index(y, self.stage.num_actions)]
        return "(" + ", ".join(self.stage.action_labels(profile)) + ")"


def joint_play(
    game: NormalFormGame | RepeatedGame,
    strategies: Strategies,
    *,
    monitoring: Monitoring | None = None,
    tremble: Any = 0,
) -> JointPlay:
    """The automata as one machine, on the joint states that some history reaches.

    Parameters
    ----------
    game : NormalFormGame or RepeatedGame
    strategies : Automaton of all players, or one Automaton for each player
    monitoring : Monitoring, optional
        What the automata observe; by default a repeated game's own, or the actions.
    tremble : number in [0, 1)
        Error rate ε of each player's actions.

    Raises
    ------
    SpecificationError
        If an automaton is of another game, player or signal.
    """
    stage, seen = _stage(game, monitoring)
    error = exact(tremble, where="tremble")
    if not 0 <= error < 1:
        raise SpecificationError(f"tremble: found {tremble}; write an error rate ε with 0 ≤ ε < 1")
    automata = _checked(stage, strategies, seen)
    possible = list(range(stage.num_profiles))
    if seen is not None:
        rows = seen.numerators.reshape(-1, seen.num_signals)
        possible = [y for y in range(seen.num_signals) if rows[:, y].any()]
    width = stage.num_profiles if seen is None else seen.num_signals
    number = {tuple(a.initial for a in automata): 0}
    joint, reached, transitions = list(number), [], []
    for s, state in enumerate(joint):  # grows while it is walked through
        moves = [0] * width  # where observations that cannot occur lead does not matter
        for y in possible:
            target = tuple(a.transitions[k][y] for a, k in zip(automata, state, strict=True))
            if target not in number:
                number[target] = len(joint)
                joint.append(target)
                reached.append((s, y))
                refuse_if_too_large(len(joint) * (len(joint) + width), 48, "exact equations of the joint states")
            moves[y] = number[target]
        transitions.append(tuple(moves))
    plays = tuple(
        tuple(vector for a, k in zip(automata, state, strict=True) for vector in a.outputs[k]) for state in joint
    )
    names = tuple(tuple(a.states[k] for a, k in zip(automata, state, strict=True)) for state in joint)
    machine = Machine(plays, tuple(transitions), 0)
    return JointPlay(stage, seen, error, machine, names, tuple(reached), Play(stage, machine, seen, error))


def expected_play(joint: JointPlay) -> tuple[list[list[Fraction]], list[dict[int, Fraction]]]:
    """U and P: the payoffs of a period and the chances of the next joint state, from each."""
    found = [joint.play.expected(s) for s in range(len(joint.states))]
    return [pay for pay, _ in found], [following for _, following in found]


def continuation_values(joint: JointPlay, discount: Fraction) -> list[Vector]:
    """V at every joint state."""
    pay, chain = expected_play(joint)
    return solution(chain, discount, [[(1 - discount) * x for x in row] for row in pay])


def solution(chain: Sequence[Chances], factor: Fraction, right: Sequence[Sequence[Fraction]]) -> list[Vector]:
    """X with X = R + factor · P X, where that has one solution."""
    rows = [[Fraction(int(s == t)) for t in range(len(chain))] for s in range(len(chain))]
    for s, following in enumerate(chain):
        for t, p in following.items():
            rows[s][t] -= factor * p
    return rational_solution(rows, right)


def rational_solution(rows: Sequence[Sequence[Fraction]], right: Sequence[Sequence[Fraction]]) -> list[Vector]:
    """The solution of a regular system in rationals; each equation is written in integers first."""
    from flint import fmpz_mat

    whole, sides = [], []
    for row, side in zip(rows, right, strict=True):
        scale = math.lcm(*(x.denominator for x in itertools.chain(row, side)))
        whole.append([int(x * scale) for x in row])
        sides.append([int(x * scale) for x in side])
    solved = fmpz_mat(whole).solve(fmpz_mat(sides))
    return [tuple(Fraction(int(x.p), int(x.q)) for x in row) for row in solved.tolist()]


def _stage(game: Any, monitoring: Monitoring | None) -> tuple[NormalFormGame, Monitoring | None]:
    if isinstance(game, RepeatedGame):
        monitoring = game.monitoring if monitoring is None else monitoring
    game = stage_game(game)
    if monitoring is None:
        return game, None
    check_signals(game, monitoring)
    return game, monitoring.exact()


def _checked(stage: NormalFormGame, strategies: Any, monitoring: Monitoring | None) -> tuple[Automaton, ...]:
    """The automata, each for its player (or one for all)."""
    given = (strategies,) if isinstance(strategies, Automaton) else tuple(strategies)
    wanted: list[int | None] = [None] if isinstance(strategies, Automaton) else list(range(stage.num_players))
    if len(given) != len(wanted):
        raise SpecificationError(
            f"strategies: found {len(given)}; write {stage.num_players} automata, one for each player, or one for all"
        )
    signals = None if monitoring is None else monitoring.signals
    for k, (automaton, player) in enumerate(zip(given, wanted, strict=True)):
        where = f"strategies[{k}]"
        if not isinstance(automaton, Automaton):
            raise SpecificationError(f"{where}: found {type(automaton).__name__}; give an Automaton")
        if automaton.player != player:
            whose = "all players" if automaton.player is None else f"player {automaton.player}"
            need = "all players: pass one automaton for each player in a list" if player is None else f"player {player}"
            raise SpecificationError(f"{where}: found a strategy of {whose}; expected one of {need}")
        if automaton.actions != stage.actions:
            raise SpecificationError(
                f"{where}: found the actions {automaton.actions}; the game has {stage.actions}. Make it for this game"
            )
        if automaton.signals != signals:
            seen = "action profiles" if automaton.signals is None else f"the signals {', '.join(automaton.signals)}"
            what = "action profiles are" if signals is None else f"the signals {', '.join(signals)} are"
            raise SpecificationError(
                f"{where}: it observes {seen}, but {what} seen; pass the monitoring it was made for"
            )
    return given
