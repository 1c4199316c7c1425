"""Linear bounds on equilibrium payoffs, shrunk until they hold each other up: the outer half of a sandwich.

The payoffs lie in W = {v : λ_j·v ≤ c_j}, at first the feasible payoffs. One step replaces c_j by

    max_a  max { λ_j·v : v = (1 − δ) u(a) + δ Σ_y π(y | a) w(y),  w(y) ∈ W,  λ_j·w(y) ≤ λ_j·v,  nobody gains by leaving a },

over the profiles a that are left, and leaves out those for which no continuation in W deters. The condition λ_j·w(y) ≤ λ_j·v,
without which this is the operator of Abreu, Pearce and Stacchetti with hyperplanes (Judd, Yeltekin and Conklin 2003), holds at
the payoff with the largest λ_j·v; with it a profile never counts for more than λ_j·u(a) (the idea of Abreu and Sannikov 2014),
and bounds that play alone sets are reached in one step instead of in the limit. Only profiles with λ_j·u(a) above the best
bound so far need their programme solved.

Steps are taken in floats. What they find is then proved in fractions (:mod:`gametheory.certificates.payoff_cuts`): where the
steps have settled, the multipliers give a linear system whose solution is the limit itself.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from gametheory.certificates.payoff_cuts import Cut, Reason, Round, StageAndSignals
from gametheory.certificates.programme import LinearProgramme
from gametheory.errors import InfeasibleError
from gametheory.optimize.exact import solve_exact
from gametheory.optimize.linear_model import LinearModel

__all__ = ["OuterPayoffs", "exact_solution"]

Vector = tuple[Fraction, ...]
Floats = NDArray[np.float64]
Row = tuple[str, int, int]
"""("cut", number, signal) or ("incentive", player, action)."""

_TINY = 1e-11
_NEAR = 1e-9
_GRID = 2**44
_MOST_STEPS = 200
_FEW_STEPS = 12


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
        programme = self._programme(a)
        if not programme.incentives:
            return True
        held = programme.updated(self.floats, self.bounds, self.worst, self.version)
        held.change_cost(np.zeros(programme.size))
        return held.run() != "infeasible"

    def _programme(self, a: int) -> ProfileProgramme:
        if a not in self.programmes:
            self.programmes[a] = ProfileProgramme(self.model, a)
        return self.programmes[a]

    def _solve(self, a: int, j: int) -> LinearModel | None:
        programme = self._programme(a)
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
        programme = self._programme(a)
        if not programme.incentives:
            return np.inf
        held = self._solve(a, j)
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
                held = self._solve(a, j)
                if held is None:
                    continue
                programme = self._programme(a)
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
            programme = self._programme(a)
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

    # -- proofs ----------------------------------------------------------------------------------------------------------

    def rounds(self) -> tuple[tuple[Round, ...], bool]:
        """What was found, proved in fractions, and whether that is all of it.

        The bounds at which profiles are left out, and the last ones, are proved in one round where they hold each other up,
        else step by step as they were found.
        """
        proofs: list[Round] = []
        known: list[tuple[int, Fraction]] = []  # for each direction the number of its latest cut, and the bound
        left, start = list(range(self.model.num_profiles)), 0

        def direct(bounds: Floats, *, settled: bool) -> bool:
            offset = sum(len(part.cuts) for part in proofs)
            found = self._round(left, bounds, offset, known, settled=settled)
            if found is not None:
                known[:] = [(offset + j, cut.bound) for j, cut in enumerate(found.cuts)]
                proofs.append(found)
            return found is not None

        def replay(first: int, last: int) -> None:
            for step in range(first, last):
                count = len(self.history[min(step, len(self.history) - 1)])
                proofs.extend(self._replayed(left, count, known, sum(len(part.cuts) for part in proofs)))

        def reach(first: int, last: int, bounds: Floats, *, settled: bool) -> bool:
            """Prove the bounds after some steps, with as few steps as it takes until they hold each other up.

            Steps in fractions can be slower than those in floats were, so that more of them are taken where the last is final.
            """
            step, stride = first, 1
            while not direct(bounds, settled=settled):
                end = min(step + stride, first + _MOST_STEPS if settled else last)
                if step >= end or self.out_of_time():
                    return False
                replay(step, end)
                step, stride = end, 2 * stride
            return True

        direct(self.initial, settled=True)
        for event in self.events:
            end = event.step
            if end > start:
                if end - start >= 2:
                    reach(start, end - 1, self.history[end - 2], settled=False)
                replay(end - 1, end)
            if len(known) < event.count:  # directions added since bound what play alone gives
                offset = sum(len(part.cuts) for part in proofs)
                fresh = [self._plain_cut(j, left) for j in range(len(known), event.count)]
                known += [(offset + k, cut.bound) for k, cut in enumerate(fresh)]
                proofs.append(Round(tuple(fresh), ({},) * len(fresh)))
            proven: dict[int, Reason] = {}
            for more in range(_FEW_STEPS):  # steps in fractions can be slower than those in floats were
                waiting = [a for a in event.excluded if a not in proven]
                found = {a: self._exclusion(a, known) for a in waiting}
                proven |= {a: reason for a, reason in found.items() if reason is not None}
                if len(proven) == len(event.excluded) or self.out_of_time():
                    break
                if more < _FEW_STEPS - 1:
                    replay(end, end + 1)
            proofs[-1] = Round(proofs[-1].cuts, proofs[-1].reasons, {**proofs[-1].excluded, **proven})
            left, start = [a for a in left if a not in proven], end
            if len(proven) < len(event.excluded):
                self.doubtful |= set(event.excluded) - set(proven)
                return tuple(proofs), False
        whole = not left or reach(start, len(self.history), self.bounds, settled=True)
        return tuple(proofs), whole

    def _plain_cut(self, j: int, left: Sequence[int]) -> Cut:
        """max λ_j·u(a) over the profiles that are left."""
        normal = self.normals[j]
        tops = (sum((x * y for x, y in zip(normal, self.model.payoffs[a], strict=True)), Fraction(0)) for a in left)
        return Cut(normal, max(tops))

    def _replayed(self, left: Sequence[int], count: int, known: list[tuple[int, Fraction]], offset: int) -> list[Round]:
        """One step from known bounds: a round for each that it lowers, from what is known when its turn comes."""
        known += [(-1, Fraction(0))] * (count - len(known))  # directions that are new, or the first step
        floats = np.array([float(bound) for _, bound in known])
        rounds: list[Round] = []
        for j in range(count):
            number, before = known[j]
            ready = all(place >= 0 for place, _ in known[:count])
            places = [*known[:j], (offset + len(rounds), before), *known[j + 1 :]]  # the own bound: the one to be
            kept: dict[int, Reason] = {}
            values: list[Fraction] = []
            for a in left:
                value = sum((x * y for x, y in zip(self.normals[j], self.model.payoffs[a], strict=True)), Fraction(0))
                if ready and (not values or value > max(values)):
                    reason = self._reason(a, j, floats, count)
                    at = None if reason is None else self._own_bound(a, j, reason, value, known)
                    if reason is not None and at is not None and at < value:
                        value, kept[a] = at, _placed(reason, places)
                tempted = self._tempted(a, j)
                if tempted is not None and -tempted[0] < value:
                    value, kept[a] = -tempted[0], tempted[1]
                values.append(value)
            bound = _upwards(max(values), _GRID) if kept else max(values)
            if number < 0 or bound < before:
                known[j] = (offset + len(rounds), bound)
                floats[j] = float(bound)
                rounds.append(Round((Cut(self.normals[j], bound),), (kept,)))
        return rounds

    def _own_bound(
        self, a: int, j: int, reason: Reason, payoff: Fraction, known: Sequence[tuple[int, Fraction]]
    ) -> Fraction | None:
        """The least c with c ≥ constant + own multiples of c + multiples of known bounds; ``None`` if there is none."""
        constant, parts = self._sum(a, reason)
        own = sum((z for k, _, z in reason.cuts if k == j), Fraction(0))
        if (own if j >= self.model.num_players else parts.get(j, Fraction(0))) >= 1:
            return None
        others = sum((z * known[k][1] for k, z in parts.items()), Fraction(0)) - own * known[j][1]
        return (constant + (1 - self.model.discount) * payoff + others) / (1 - own)

    def _round(
        self,
        left: Sequence[int],
        bounds: Floats,
        offset: int,
        known: Sequence[tuple[int, Fraction]],
        *,
        settled: bool,
    ) -> Round | None:
        """All bounds together, each a little above where it stands, or at the limit itself."""
        count = len(bounds)
        options = [self._options(j, left, bounds, count, known) for j in range(count)]
        weights = self._weights(options)
        if weights is None:
            return None
        exact = self._limit(options, bounds) if settled else None
        slack = 1e-12
        while exact is None and slack < 1e-3:
            tried = [_upwards(float(b) + slack * float(w), _GRID) for b, w in zip(bounds[:count], weights, strict=True)]
            exact = tried if _holds(options, tried) else None
            slack *= 16
        if exact is None:
            return None
        reasons: list[dict[int, Reason]] = []
        for j in range(count):
            kept = {}
            for option in options[j]:
                if option.reason is not None and option.payoff > exact[j]:
                    places = known if option.old else [(offset + k, c) for k, c in enumerate(exact)]
                    kept[option.profile] = _placed(option.reason, places)
            reasons.append(kept)
        cuts = tuple(Cut(self.normals[j], exact[j], _upwards(float(weights[j]), 1024)) for j in range(count))
        return Round(cuts, tuple(reasons))

    def _options(
        self, j: int, left: Sequence[int], bounds: Floats, count: int, known: Sequence[tuple[int, Fraction]]
    ) -> list[_Option]:
        """What each profile allows λ_j·v to be, as a constant and multiples of the bounds, or of known ones where these do."""
        result = []
        normal = self.normals[j]
        for a in left:
            top = float(self.payoffs[a] @ self.floats[j])
            if top < bounds[j] - _NEAR:
                continue
            payoff = sum((x * y for x, y in zip(normal, self.model.payoffs[a], strict=True)), Fraction(0))
            option = _Option(a, payoff, payoff, {}, None)
            if top > bounds[j] + 1e-13:
                tempted = self._tempted(a, j)
                if tempted is not None and -float(tempted[0]) <= bounds[j] + 1e-13:
                    reason: Reason | None = tempted[1]
                else:
                    reason = self._reason(a, j, bounds, count)
                if reason is not None:
                    constant, multiples = self._sum(a, reason)
                    constant += (1 - self.model.discount) * payoff
                    option = _Option(a, payoff, constant, multiples, reason)
                    if all(k < len(known) for k, _, _ in reason.cuts):
                        ready = constant + sum((z * known[k][1] for k, _, z in reason.cuts), Fraction(0))
                        _, threats = self._sum(a, Reason((), reason.incentives))
                        if float(ready) + sum(float(z) * bounds[k] for k, z in threats.items()) < bounds[j] - 1e-7:
                            option = _Option(a, payoff, ready, threats, reason, old=True)
            result.append(option)
        return result

    def _tempted(self, a: int, j: int) -> tuple[Fraction, Reason] | None:
        """Where actions are seen: what player j could have by deviating from a, and that nobody gets less where a is played."""
        if not self.model.perfect or j >= self.model.num_players:
            return None
        for i, b, _, gain in self._programme(a).incentives:
            if i == j:
                return self.model.payoffs[a][i] + gain, Reason((), ((i, b, Fraction(1)),))
        return None

    def _sum(self, a: int, reason: Reason) -> tuple[Fraction, dict[int, Fraction]]:
        constant, multiples = Fraction(0), dict[int, Fraction]()
        for k, _, z in reason.cuts:
            multiples[k] = multiples.get(k, Fraction(0)) + z
        rows = {(i, b): gain for i, b, _, gain in self.model.deviations(a)}
        for i, b, q in reason.incentives:
            constant -= q * (1 - self.model.discount) * rows[i, b]
            if self.model.perfect:
                multiples[i] = multiples.get(i, Fraction(0)) + q * self.model.discount  # cut i is −e_i
        return constant, multiples

    def _reason(self, a: int, j: int, bounds: Floats, count: int) -> Reason | None:
        """Exact multipliers, from the support of those that floats find."""
        # directions that came later bound nothing yet
        then = np.append(bounds[:count], np.full(len(self.normals) - count, np.inf))
        saved, self.bounds, self.version = self.bounds, then, self.version + 1
        try:
            programme = self._programme(a)
            held = self._solve(a, j)
            if held is None:
                return None
            duals = held.solution().row_duals
        finally:
            self.bounds, self.version = saved, self.version + 1
        support = [row for row, d in zip(programme.rows, duals, strict=True) if abs(d) > 1e-10]
        columns = [self._column(a, row) for row in support]
        target = self._target(a, j)
        solved = exact_solution(columns, target)
        if solved is None or min(solved, default=Fraction(0)) < 0:
            return self._exact_reason(a, j, bounds, count)
        return _reason_of(support, solved)

    def _column(self, a: int, row: Row) -> list[Fraction]:
        """What one unit of a multiplier contributes to the identity, by signal and player."""
        programme = self._programme(a)
        column = [Fraction(0)] * programme.size
        kind, k, y = row
        if kind == "cut":
            place = programme.place[y]
            column[place : place + self.model.num_players] = list(self.normals[k])
        else:
            coefficients = next(c for i, b, c, _ in programme.incentives if (i, b) == (k, y))
            for signal, x in coefficients.items():
                column[programme.place[signal] + k] = -x
        return column

    def _target(self, a: int, j: int) -> list[Fraction]:
        programme = self._programme(a)
        return [self.model.discount * p * x for p in programme.signals.values() for x in self.normals[j]]

    def _exact_reason(self, a: int, j: int | None, bounds: Any, count: int) -> Reason | None:
        """min Σ z c − Σ q (…) subject to the identity, solved in fractions; ``None`` if it has no solution."""
        programme = self._programme(a)
        rows = [("cut", k, y) for k in range(count) for y in programme.place] + [
            ("incentive", i, b) for i, b, _, _ in programme.incentives
        ]
        costs = []
        known = {(i, b): gain for i, b, _, gain in programme.incentives}
        for kind, k, y in rows:
            if kind == "cut":
                costs.append(Fraction(bounds[k]))
            else:
                threat = self.model.discount * Fraction(bounds[k]) if self.model.perfect else Fraction(0)
                costs.append(threat - (1 - self.model.discount) * known[k, y])
        columns = [self._column(a, row) for row in rows]
        target = [Fraction(0)] * programme.size if j is None else self._target(a, j)
        equations: list[Any] = [
            (f"identity {e}", {r: column[e] for r, column in enumerate(columns) if column[e]}, "==", target[e])
            for e in range(programme.size)
        ]
        upper = None
        if j is None:  # a contradiction: any multiple of it is one
            upper = [Fraction(1)] * len(rows)
        try:
            solved = solve_exact(LinearProgramme.from_rows("min", costs, equations, upper=upper))
        except InfeasibleError:
            return None
        values = [solved.primal[r] for r in range(len(rows))]
        if j is None and solved.value >= 0:
            return None
        return _reason_of(rows, values)

    def _exclusion(self, a: int, known: Sequence[tuple[int, Fraction]]) -> Reason | None:
        reason = self._exact_reason(a, None, [bound for _, bound in known], len(known))
        return None if reason is None else _placed(reason, known)

    def _weights(self, options: Sequence[Sequence[_Option]]) -> Floats | None:
        """Weights w with w_j = 1 + max Σ Z w; ``None`` if the bounds hold each other up too loosely."""
        count = len(options)
        rows = [
            [(np.array(list(o.multiples), dtype=int), np.array([float(x) for x in o.multiples.values()])) for o in part]
            for part in options
        ]
        weights = np.ones(count)
        for _ in range(2000):
            fresh = np.array([max([1.0, *(1 + float(z @ weights[k]) for k, z in part if len(k))]) for part in rows])
            if fresh.max() > 1e9:
                return None
            if np.all(fresh < weights + 0.5):  # then weights exceed Σ Z w by a half, with room for rounding
                return weights
            weights = np.maximum(fresh, weights)
        return None

    def _limit(self, options: Sequence[Sequence[_Option]], bounds: Floats) -> list[Fraction] | None:
        """The exact solution of c_j = constant + Σ Z c with the profile that is best for each j, if it is the limit."""
        policy = []
        for part in options:
            if not part:
                return None
            policy.append(
                max(part, key=lambda o: float(o.constant) + sum(float(z) * bounds[k] for k, z in o.multiples.items()))
            )
        solved = _linear_system(policy)
        if solved is None or any(abs(float(c) - b) > 1e-7 for c, b in zip(solved, bounds, strict=False)):
            return None
        return solved if _holds(options, solved) else None


@dataclass(frozen=True)
class _Option:
    profile: int
    payoff: Fraction
    constant: Fraction
    multiples: Mapping[int, Fraction]
    reason: Reason | None
    old: bool = False


def _upwards(x: float | Fraction, parts: int) -> Fraction:
    """The next multiple of 1/parts."""
    return Fraction(math.ceil(x * parts), parts)


def _holds(options: Sequence[Sequence[_Option]], bounds: Sequence[Fraction]) -> bool:
    return all(
        option.constant + sum((z * bounds[k] for k, z in option.multiples.items()), Fraction(0)) <= bounds[j]
        or option.payoff <= bounds[j]
        for j, part in enumerate(options)
        for option in part
    )


def _linear_system(policy: Sequence[_Option]) -> list[Fraction] | None:
    """c = constant + Z c: what depends on known numbers first, the rest by elimination."""
    known: dict[int, Fraction] = {}
    waiting = list(range(len(policy)))
    while True:
        ready = [j for j in waiting if all(k in known for k in policy[j].multiples)]
        if not ready:
            break
        for j in ready:
            known[j] = policy[j].constant + sum((z * known[k] for k, z in policy[j].multiples.items()), Fraction(0))
        waiting = [j for j in waiting if j not in known]
    if waiting:
        place = {j: r for r, j in enumerate(waiting)}
        columns = [[Fraction(int(r == s)) for r in range(len(waiting))] for s in range(len(waiting))]
        right = []
        for j in waiting:
            value = policy[j].constant
            for k, z in policy[j].multiples.items():
                if k in known:
                    value += z * known[k]
                else:
                    columns[place[k]][place[j]] -= z
            right.append(value)
        solved = exact_solution(columns, right)
        if solved is None:
            return None
        known |= dict(zip(waiting, solved, strict=True))
    return [known[j] for j in range(len(policy))]


def exact_solution(columns: Sequence[Sequence[Fraction]], target: Sequence[Fraction]) -> list[Fraction] | None:
    """The only x with Σ x_k column_k = target; ``None`` if there is none, or more than one."""
    width = len(columns)
    rows = [[*(column[e] for column in columns), target[e]] for e in range(len(target))]
    pivots = 0
    for k in range(width):
        found = next((r for r in range(pivots, len(rows)) if rows[r][k]), None)
        if found is None:
            return None
        rows[pivots], rows[found] = rows[found], rows[pivots]
        lead = rows[pivots][k]
        rows[pivots] = [x / lead for x in rows[pivots]]
        for r in range(len(rows)):
            share = rows[r][k]
            if r != pivots and share:
                rows[r] = [x - share * y if y else x for x, y in zip(rows[r], rows[pivots], strict=True)]
        pivots += 1
    if any(row[width] for row in rows[pivots:]):
        return None
    return [rows[k][width] for k in range(width)]


def _reason_of(rows: Sequence[Row], values: Sequence[Fraction]) -> Reason:
    pairs = [(row, x) for row, x in zip(rows, values, strict=True) if x]
    return Reason(
        tuple((k, y, x) for (kind, k, y), x in pairs if kind == "cut"),
        tuple((k, y, x) for (kind, k, y), x in pairs if kind == "incentive"),
    )


def _placed(reason: Reason, known: Sequence[tuple[int, Fraction]]) -> Reason:
    """Multipliers of directions as multipliers of their latest cuts."""
    return Reason(tuple((known[k][0], y, z) for k, y, z in reason.cuts), reason.incentives)


def _sparse(entries: Sequence[Mapping[int, float]]) -> tuple[list[int], list[int], list[float]]:
    start, index, values = [0], list[int](), list[float]()
    for row in entries:
        index += list(row)
        values += list(row.values())
        start.append(len(index))
    return start, index, values
