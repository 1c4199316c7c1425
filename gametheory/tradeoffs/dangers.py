"""Threats that are still to be held back, under the blocking rules "all" and "some".

A threat is a joint deviation, or a distribution p over several, that does too much harm to be allowed to pay (see
:mod:`gametheory.certificates.policy_cost`). With P_i the probability that i moves and G_i what i gains on average it fails
when moving costs some mover at least its threshold, x_i ≥ t_i = G_i/P_i (under "some": more, or every mover its own).

Pure threats are the incentive constraints of :mod:`gametheory.oversight.incentives`, those that others imply left out. With
shared randomness there are infinitely many; a linear programme for each coalition finds one that still pays.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from gametheory.certificates.policy_harm import reached_harm
from gametheory.certificates.programme import LinearProgramme
from gametheory.certificates.threats import TOGETHER, Threat
from gametheory.errors import InfeasibleError
from gametheory.games.values import compared_by
from gametheory.oversight.incentives import incentives
from gametheory.tradeoffs.question import Limit, Question

__all__ = ["NOTHING", "Book", "Danger", "Demand", "Oracle", "oracles_of", "pure_dangers"]

Array = NDArray[Any]
Demand = tuple[Fraction, bool]
"""What moving must cost at least, and whether it must cost more."""

NOTHING: Demand = (Fraction(0), False)


@final
@dataclass(frozen=True, slots=True)
class Danger:
    """A threat with its movers' thresholds, and whether holding all of them at theirs is enough ("some")."""

    threat: Threat
    thresholds: tuple[tuple[int, Fraction], ...]
    together: bool

    def ways(self, strict: bool) -> list[tuple[int, tuple[tuple[int, Demand], ...]]]:
        """The cases: who is held back, and what that demands."""
        found: list[tuple[int, tuple[tuple[int, Demand], ...]]] = [(i, ((i, (t, strict)),)) for i, t in self.thresholds]
        if self.together:
            found.append((TOGETHER, tuple((i, (t, False)) for i, t in self.thresholds)))
        return found

    def fails(self, lower: Mapping[int, Demand], strict: bool) -> bool:
        """Whether bounds on what moving costs hold it back."""
        return any(all(lower.get(i, NOTHING) >= demand for i, demand in needed) for _, needed in self.ways(strict))


@final
class Book:
    """The known dangers, and their thresholds as integers over one denominator."""

    def __init__(self, num_players: int, strict: bool, dangers: Iterable[Danger]) -> None:
        self.num_players, self.strict = num_players, strict
        self.dangers = list(dangers)
        self._tabulate()

    def add(self, danger: Danger) -> int:
        """Enter a danger; its number."""
        self.dangers.append(danger)
        self._tabulate()
        return len(self.dangers) - 1

    def _tabulate(self) -> None:
        values = [t for danger in self.dangers for _, t in danger.thresholds]
        self.scale = math.lcm(1, *(t.denominator for t in values))
        self.largest = max((int(t * self.scale) for t in values), default=0)
        # Room for the sums and differences that a search makes of them.
        dtype = np.int64 if self.largest < 2**59 else object
        self.table = np.zeros((len(self.dangers), self.num_players), dtype=dtype)
        self.moves = np.zeros(self.table.shape, dtype=np.bool_)
        self.together = np.array([danger.together for danger in self.dangers], dtype=np.bool_)
        for k, danger in enumerate(self.dangers):
            for i, t in danger.thresholds:
                self.table[k, i] = int(t * self.scale)
                self.moves[k, i] = True

    def integers(self, lower: Mapping[int, Demand]) -> tuple[Array, NDArray[np.bool_]]:
        """Bounds over the denominator of the book, of which they are multiples, and which are strict."""
        values = np.zeros(self.num_players, dtype=self.table.dtype)
        more = np.zeros(self.num_players, dtype=np.bool_)
        for i, (value, strict) in lower.items():
            values[i], more[i] = int(value * self.scale), strict
        return values, more

    def live(self, values: Array, more: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Which dangers the bounds do not hold back."""
        reached = np.asarray(self.table <= values, dtype=np.bool_)
        lost = reached & (more | np.asarray(self.table < values, dtype=np.bool_)) if self.strict else reached
        held = (lost & self.moves).any(axis=1) | (self.together & (reached | ~self.moves).all(axis=1))
        return np.asarray(~held)


def pure_dangers(question: Question, limit: Limit) -> list[Danger]:
    """The pure threats that no other implies."""
    found = incentives(
        question.game,
        question.target,
        blocking=question.blocking,
        coalitions=question.coalitions,
        outcomes=question.marked(limit),
    )
    dangers = []
    for one in found:
        joint = tuple(one.outcome[i] for i in sorted(one.coalition))
        thresholds = tuple(zip(one.payers, one.gains, strict=True))
        dangers.append(Danger(Threat(one.coalition, ((joint, Fraction(1)),)), thresholds, one.closed))
    return dangers


@final
@compared_by("rule", "members", "joints", "moves", "gains", "excess")
@dataclass(frozen=True, slots=True, eq=False)
class Oracle:
    """Finds a distribution over a coalition's joint actions that pays although it does too much harm."""

    rule: str
    members: tuple[int, ...]
    joints: Array  # (K, |S|)
    moves: Array  # (K, |S|)
    gains: list[list[Fraction]]  # |S| rows of K
    excess: list[Fraction]  # (K,), harm above the limit

    def danger(self, costs: Mapping[int, Fraction]) -> Danger | None:
        """A threat where moving costs ``costs``; ``None`` if none is left.

        max ν  s.t.  Σ_a p(a) h_i(a) ≥ ν for every member; under "some", where that is 0, then
        max Σ_i Σ_a p(a) h_i(a)  s.t.  each is ≥ 0; both with Σ_a p(a) (H(a) − ℓ) ≥ 0, Σ p = 1, p ≥ 0. The first finds
        threats that every member gains by, which demand more.
        """
        nets = [
            [g - (costs.get(i, Fraction(0)) if away else 0) for g, away in zip(row, self.moves[:, k], strict=True)]
            for k, (i, row) in enumerate(zip(self.members, self.gains, strict=True))
        ]
        sums = [sum(column, Fraction(0)) for column in zip(*nets, strict=True)]
        if max(sums) <= 0:
            return None
        weights = None
        if all(max(row) > 0 for row in nets):
            weights = self._best([Fraction(0)] * len(sums), nets, least=True)
        if weights is None and self.rule == "some":
            weights = self._best(sums, nets, least=False)
        return None if weights is None else self._threat(weights)

    def _best(
        self, objective: list[Fraction], nets: list[list[Fraction]], *, least: bool
    ) -> list[tuple[int, Fraction]] | None:
        """The best distribution, if its value is above 0; with ``least`` the value is what the member gains who gains least."""
        from gametheory.optimize.exact import solve_exact

        count = len(self.joints)
        rows: list[Any] = []
        for k, row in enumerate(nets):
            entries: dict[int, Fraction | int] = {c: x for c, x in enumerate(row) if x}
            if least:
                entries[count] = -1
            rows.append((f"member {k}", entries, ">=", 0))
        rows.append(("harm", {c: x for c, x in enumerate(self.excess) if x}, ">=", 0))
        rows.append(("probabilities", dict.fromkeys(range(count), 1), "==", 1))
        lower: list[Any] = [0] * count + [None] * least
        programme = LinearProgramme.from_rows(
            "max", objective + [Fraction(1)] * least, rows, lower=lower, name="threat"
        )
        try:
            solution = solve_exact(programme)
        except InfeasibleError:
            return None  # without ``least``: whatever does the harm costs a member more than it gains
        if solution.value <= 0:
            return None
        return [(c, solution.primal[c]) for c in range(count) if solution.primal[c] > 0]

    def _threat(self, weights: list[tuple[int, Fraction]]) -> Danger:
        thresholds = []
        stay = []
        for k, i in enumerate(self.members):
            gain = sum((p * self.gains[k][c] for c, p in weights), Fraction(0))
            moving = sum((p for c, p in weights if self.moves[c, k]), Fraction(0))
            if moving:
                thresholds.append((i, gain / moving))
            else:
                stay.append(gain)
        plays = tuple((tuple(self.joints[c].tolist()), p) for c, p in weights)
        together = self.rule == "some" and not any(stay)
        return Danger(Threat(frozenset(self.members), plays), tuple(thresholds), together)


def oracles_of(question: Question, limit: Limit, edge: Fraction) -> list[Oracle]:
    """An oracle for each coalition that can do more harm than the limit, ``edge``, allows."""
    found = []
    for coalition in question.coalitions:
        members = tuple(sorted(coalition))
        table, denominator = question.status_quo.gains(members)
        joints = np.indices(table.shape[1:]).reshape(len(members), -1).T
        harms = reached_harm(question.harm, question.game, question.target, members, joints)
        if limit.allows(Fraction(int(harms.max()), question.harm.denominator)):
            continue
        gains = [[Fraction(int(x), denominator) for x in row] for row in table.reshape(len(members), -1).tolist()]
        excess = [Fraction(int(h), question.harm.denominator) - edge for h in harms]
        moves = joints != np.array([question.target[i] for i in members])
        found.append(Oracle(question.blocking, members, joints, moves, gains, excess))
    return found
