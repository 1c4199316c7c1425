"""Linear bounds on equilibrium payoffs, shrunk until they hold each other up: the outer half of a sandwich.

The payoffs lie in W = {v : λ_j·v ≤ c_j}, at first the feasible payoffs. One step replaces c_j by

    max_a  max { λ_j·v : v = (1 − δ) u(a) + δ Σ_y π(y | a) w(y),  w(y) ∈ W,  λ_j·w(y) ≤ λ_j·v,  nobody gains by leaving a },

over the profiles a that are left, and leaves out those for which no continuation in W deters. The condition λ_j·w(y) ≤ λ_j·v,
without which this is the operator of Abreu, Pearce and Stacchetti with hyperplanes (Judd, Yeltekin and Conklin 2003), holds at
the payoff with the largest λ_j·v; with it a profile never counts for more than λ_j·u(a) (the idea of Abreu and Sannikov 2014),
and bounds that play alone sets are reached in one step instead of in the limit. Only profiles with λ_j·u(a) above the best
bound so far need their programme solved.

Steps are taken in floats; :mod:`.outer_proofs` proves in fractions what they find.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import final

import numpy as np
from numpy.typing import NDArray

from gametheory.certificates.payoff_cuts import StageAndSignals
from gametheory.optimize.linear_model import LinearModel

__all__ = ["Floats", "OuterPayoffs", "Row", "needed_incentives"]

Vector = tuple[Fraction, ...]
Floats = NDArray[np.float64]
Row = tuple[str, int, int]
"""("cut", number, signal) or ("incentive", player, action)."""

_TINY = 1e-11


@final
class ProfileProgramme:
    """Continuations after one profile, as a programme in floats whose bounds and directions change."""

    def __init__(self, model: StageAndSignals, number: int) -> None:
        self.signals = model.signals(number)
        self.place = {y: k * model.num_players for k, y in enumerate(self.signals)}
        self.size = model.num_players * len(self.signals)
        self.incentives = needed_incentives(model, number)
        self.rows: list[Row] = [("incentive", i, b) for i, b, _, _ in self.incentives]
        self.entries: list[dict[int, float]] = [
            {self.place[y] + i: float(x) for y, x in coefficients.items()} for i, _, coefficients, _ in self.incentives
        ]
        self.gains = np.array([float((1 - model.discount) * gain) for *_, gain in self.incentives])
        self.players = np.array([i for i, *_ in self.incentives], dtype=int)
        self.discount = float(model.discount)
        self.perfect = model.perfect
        self.held: LinearModel | None = None
        self.cuts = 0
        self.version = -1

    def updated(self, normals: Floats, bounds: Floats, worst: Floats, version: int) -> LinearModel:
        """The programme with all cuts at these bounds."""
        if self.held is None:
            self._add(normals)
            start, index, values = _sparse(self.entries)
            low, high = self.limits(bounds, worst)
            free = np.full(self.size, np.inf)
            self.held = LinearModel("max", np.zeros(self.size), start, index, values, low, high, -free, free)
        else:
            if self.cuts < len(normals):
                before = len(self.rows)
                self._add(normals)
                start, index, values = _sparse(self.entries[before:])
                count = len(self.rows) - before
                self.held.add_rows(start, index, values, np.full(count, -np.inf), np.full(count, np.inf))
                self.version = -1
            if version != self.version:
                self.held.change_row_bounds(*self.limits(bounds, worst))
        self.version = version
        return self.held

    def _add(self, normals: Floats) -> None:
        for k in range(self.cuts, len(normals)):
            for y, place in self.place.items():
                self.rows.append(("cut", k, y))
                self.entries.append({place + i: x for i, x in enumerate(normals[k].tolist()) if x})
        self.cuts = len(normals)

    def limits(self, bounds: Floats, worst: Floats) -> tuple[Floats, Floats]:
        count = len(self.gains)
        low, high = np.full(len(self.rows), -np.inf), np.full(len(self.rows), np.inf)
        low[:count] = self.gains
        if self.perfect and count:
            low[:count] += self.discount * worst[self.players]
        high[count:] = np.repeat(bounds[: self.cuts], len(self.place))
        return low, high


def needed_incentives(model: StageAndSignals, number: int) -> list[tuple[int, int, dict[int, Fraction], Fraction]]:
    """The incentives that others do not imply: where actions are seen, the most tempting deviation of each player."""
    rows = model.deviations(number)
    if not model.perfect:
        return [row for row in rows if row[2] or row[3] > 0]
    best: dict[int, tuple[int, int, dict[int, Fraction], Fraction]] = {}
    for row in rows:
        if row[3] > 0 and (row[0] not in best or row[3] > best[row[0]][3]):
            best[row[0]] = row
    return list(best.values())


@dataclass
class _Event:
    """Profiles that the bounds after some steps leave out."""

    step: int
    count: int
    excluded: list[int]


@final
@dataclass
class OuterPayoffs:
    """Bounds in some directions, shrunk in floats; a changing object that :mod:`.self_generation` works with."""

    model: StageAndSignals
    normals: list[Vector]
    deadline: float | None = None
    bounds: Floats = field(init=False)
    initial: Floats = field(init=False)
    floats: Floats = field(init=False)
    payoffs: Floats = field(init=False)
    left: list[int] = field(init=False)
    events: list[_Event] = field(default_factory=list)
    history: list[Floats] = field(default_factory=list)
    doubtful: set[int] = field(default_factory=set)
    tried: set[int] = field(default_factory=set)
    programmes: dict[int, ProfileProgramme] = field(default_factory=dict)
    version: int = 0
    steps: int = 0

    def __post_init__(self) -> None:
        self.payoffs = np.array([[float(x) for x in row] for row in self.model.payoffs])
        self.left = list(range(self.model.num_profiles))
        self.bounds = np.zeros(0)
        given, self.normals = self.normals, []
        n = self.model.num_players
        for i in range(n):
            self.add(tuple(Fraction(-int(j == i)) for j in range(n)))
        for i in range(n):
            self.add(tuple(Fraction(int(j == i)) for j in range(n)))
        for normal in given:
            self.add(normal)
        self.initial = self.bounds.copy()

    def add(self, normal: Vector) -> bool:
        """Bound one more direction; ``False`` if it is there already."""
        if normal in self.normals:
            return False
        self.normals.append(normal)
        self.floats = np.array([[float(x) for x in row] for row in self.normals])
        top = float((self.payoffs[self.left] @ self.floats[-1]).max()) if self.left else -np.inf
        self.bounds = np.append(self.bounds, top)
        self.version += 1
        return True

    def out_of_time(self) -> bool:
        return self.deadline is not None and time.perf_counter() > self.deadline

    @property
    def worst(self) -> Floats:
        """What each player gets at least."""
        return -self.bounds[: self.model.num_players]

    def start_again(self) -> bool:
        """Forget all steps, where fractions did not leave out what floats did; whether there is something else to do."""
        if not self.doubtful - self.tried:
            return False
        self.tried |= self.doubtful
        self.left = list(range(self.model.num_profiles))
        self.bounds = np.array([float((self.payoffs @ normal).max()) for normal in self.floats])
        self.initial = self.bounds.copy()
        self.events, self.history = [], []
        self.version += 1
        return True

    def settle(self, limit: int) -> bool:
        """Steps until nothing changes; whether that was reached."""
        for _ in range(limit):
            if self.out_of_time():
                return False
            change = self.step()
            self.steps += 1
            if not self.left or change < _TINY:
                return True
        return False

    def step(self) -> float:
        """Leave out profiles, then shrink each bound; the largest change of a bound."""
        gone = [a for a in self.left if a not in self.doubtful and not self._can_be_played(a)]
        if gone:
            self.events.append(_Event(len(self.history), len(self.normals), gone))
            self.left = [a for a in self.left if a not in gone]
            if not self.left:
                return 0.0
        change = float(bool(gone))
        for j in range(len(self.normals)):
            best, before = -np.inf, self.bounds[j]
            tops = self.payoffs[self.left] @ self.floats[j]
            for k in np.argsort(-tops, kind="stable").tolist():
                if best >= tops[k] - 1e-13 or best >= before:
                    break
                best = max(best, min(float(tops[k]), self._value(self.left[k], j)))
            if best < before - 1e-13:
                self.bounds[j] = best
                self.version += 1
                change = max(change, before - best)
        self.history.append(self.bounds.copy())
        return change

    def _can_be_played(self, a: int) -> bool:
        programme = self.programme(a)
        if not programme.incentives:
            return True
        held = programme.updated(self.floats, self.bounds, self.worst, self.version)
        held.change_cost(np.zeros(programme.size))
        return held.run() != "infeasible"

    def programme(self, a: int) -> ProfileProgramme:
        if a not in self.programmes:
            self.programmes[a] = ProfileProgramme(self.model, a)
        return self.programmes[a]

    def solve(self, a: int, j: int) -> LinearModel | None:
        programme = self.programme(a)
        held = programme.updated(self.floats, self.bounds, self.worst, self.version)
        held.change_cost(self._cost(programme, j))
        return held if held.run() == "optimal" else None

    def _cost(self, programme: ProfileProgramme, j: int) -> Floats:
        cost = np.zeros(programme.size)
        n = self.model.num_players
        for y, place in programme.place.items():
            cost[place : place + n] = programme.discount * float(programme.signals[y]) * self.floats[j]
        return cost

    def _value(self, a: int, j: int) -> float:
        """How much λ_j·v can be if a is played first; infinite where the programme has no answer in floats."""
        programme = self.programme(a)
        if not programme.incentives:
            return np.inf
        held = self.solve(a, j)
        if held is None:
            return np.inf
        discount, known = programme.discount, np.inf
        if (
            programme.perfect and j < self.model.num_players
        ):  # nobody gets less than by deviating once, whatever follows
            tempted = [g for g, i in zip(programme.gains, programme.players, strict=True) if i == j]
            if tempted:
                known = -float(self.payoffs[a, j]) - tempted[0] / (1 - discount)
        now = (1 - discount) * float(self.payoffs[a] @ self.floats[j])
        if programme.perfect:
            return min(known, now + float(self._cost(programme, j) @ held.primal()))
        found = held.solution()
        own = sum(
            max(0.0, float(d))
            for row, d in zip(programme.rows, found.row_duals, strict=True)
            if row[0] == "cut" and row[1] == j
        )
        plain = now + found.value
        return min(plain, (plain - own * self.bounds[j]) / (1 - own)) if own < 1 - 1e-9 else plain

    # -- one step as a polytope -------------------------------------------------------------------------------------------

    def middle(self) -> Floats:
        """A payoff inside one more step: the mean of payoffs that are largest in each direction."""
        found = []
        for j in range(len(self.normals)):
            best, payoff = -np.inf, None
            for a in self.left:
                held = self.solve(a, j)
                if held is None:
                    continue
                programme = self.programme(a)
                point = (1 - programme.discount) * self.payoffs[a]
                primal = held.primal()
                for y, place in programme.place.items():
                    weight = programme.discount * float(programme.signals[y])
                    point = point + weight * primal[place : place + self.model.num_players]
                if point @ self.floats[j] > best:
                    best, payoff = float(point @ self.floats[j]), point
            if payoff is not None:
                found.append(payoff)
        result: Floats = np.mean(found, axis=0) if found else self.payoffs[self.left].mean(axis=0)
        return result

    def facet_towards(self, middle: Floats, corner: Floats) -> tuple[float, Floats] | None:
        """Normal of the facet of one more step through which the ray from the middle to the corner leaves it.

        max τ such that middle + τ (corner − middle) is a mixture of payoffs (1 − δ) u(a) + δ Σ π w_a(y), linear in the weights
        θ_a and in θ_a w_a; the multipliers of the n equations are the normal. With it how far the corner lies beyond;
        ``None`` if it is reached.
        """
        n = self.model.num_players
        entries: list[dict[int, float]] = [{0: float(corner[i] - middle[i])} for i in range(n)]
        low, high = (-middle).tolist(), (-middle).tolist()
        entries.append({})
        low.append(1.0)
        high.append(1.0)
        columns = 1
        free = [False]
        for a in self.left:
            programme = self.programme(a)
            programme.updated(self.floats, self.bounds, self.worst, self.version)
            rows_low, rows_high = programme.limits(self.bounds, self.worst)
            share = columns
            entries[n][share] = 1.0
            for i in range(n):
                entries[i][share] = -(1 - programme.discount) * float(self.payoffs[a, i])
            for y, place in programme.place.items():
                weight = programme.discount * float(programme.signals[y])
                for i in range(n):
                    if weight:
                        entries[i][share + 1 + place + i] = -weight
            for entry, least, most in zip(programme.entries, rows_low, rows_high, strict=True):
                row = {share + 1 + k: x for k, x in entry.items()}
                bound = most if math.isfinite(most) else least
                if bound:
                    row[share] = -float(bound)
                entries.append(row)
                low.append(-np.inf if math.isfinite(most) else 0.0)
                high.append(0.0 if math.isfinite(most) else np.inf)
            free += [False] + [True] * programme.size
            columns += 1 + programme.size
        start, index, values = _sparse(entries)
        cost = np.zeros(columns)
        cost[0] = 1.0
        lower = np.where(free, -np.inf, 0.0)
        upper = np.full(columns, np.inf)
        upper[0] = 2.0
        held = LinearModel("max", cost, start, index, values, low, high, lower, upper)
        if held.run() != "optimal":
            return None
        found = held.solution()
        normal = found.row_duals[:n]
        if found.value >= 1 - 1e-9 or not np.all(np.isfinite(normal)) or np.abs(normal).max() < 1e-12:
            return None
        beyond = (1 - found.value) * float(np.linalg.norm(corner - middle))
        return beyond, -normal if normal @ (corner - middle) < 0 else normal


def _sparse(entries: Sequence[Mapping[int, float]]) -> tuple[list[int], list[int], list[float]]:
    start, index, values = [0], list[int](), list[float]()
    for row in entries:
        index += list(row)
        values += list(row.values())
        start.append(len(index))
    return start, index, values
