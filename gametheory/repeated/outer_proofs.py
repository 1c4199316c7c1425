"""Proofs in fractions of the bounds that :mod:`.outer_payoffs` finds in floats.

Where the bounds have settled, the multipliers of the programmes give, for each direction, c_j ≥ constant + Σ Z_jk c_k for every
profile; the profile that is best for each j gives a linear system, whose solution is the limit itself if all other profiles
agree. Multipliers are solved for in fractions on the rows that floats find binding. One round of
:class:`~gametheory.certificates.payoff_cuts.PayoffCutsCertificate` holds them all, if weights w with w_j > Σ Z_jk w_k exist;
where they do not, or profiles are left out on the way, single steps are proved first, each from what is known, until they do.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, final

import numpy as np

from gametheory.certificates.payoff_cuts import Cut, Reason, Round
from gametheory.certificates.programme import LinearProgramme
from gametheory.errors import InfeasibleError
from gametheory.optimize.exact import solve_exact
from gametheory.repeated.outer_payoffs import Floats, OuterPayoffs, Row

__all__ = ["proved_rounds"]

_NEAR = 1e-9
_GRID = 2**44
_MOST_STEPS = 200
_FEW_STEPS = 12


def proved_rounds(search: OuterPayoffs) -> tuple[tuple[Round, ...], bool]:
    """What was found, proved in fractions, and whether that is all of it.

    The bounds at which profiles are left out, and the last ones, are proved in one round where they hold each other up, else
    step by step as they were found. Profiles that fractions do not leave out are noted as doubtful.
    """
    return _Proofs(search).rounds()


@final
class _Proofs:
    """The rounds of one search."""

    def __init__(self, search: OuterPayoffs) -> None:
        self.search, self.model = search, search.model

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
                count = len(self.search.history[min(step, len(self.search.history) - 1)])
                proofs.extend(self._replayed(left, count, known, sum(len(part.cuts) for part in proofs)))

        def reach(first: int, last: int, bounds: Floats, *, settled: bool) -> bool:
            """Prove the bounds after some steps, with as few steps as it takes until they hold each other up.

            Steps in fractions can be slower than those in floats were, so that more of them are taken where the last is final.
            """
            step, stride = first, 1
            while not direct(bounds, settled=settled):
                end = min(step + stride, first + _MOST_STEPS if settled else last)
                if step >= end or self.search.out_of_time():
                    return False
                replay(step, end)
                step, stride = end, 2 * stride
            return True

        direct(self.search.initial, settled=True)
        for event in self.search.events:
            end = event.step
            if end > start:
                if end - start >= 2:
                    reach(start, end - 1, self.search.history[end - 2], settled=False)
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
                if len(proven) == len(event.excluded) or self.search.out_of_time():
                    break
                if more < _FEW_STEPS - 1:
                    replay(end, end + 1)
            proofs[-1] = Round(proofs[-1].cuts, proofs[-1].reasons, {**proofs[-1].excluded, **proven})
            left, start = [a for a in left if a not in proven], end
            if len(proven) < len(event.excluded):
                self.search.doubtful |= set(event.excluded) - set(proven)
                return tuple(proofs), False
        whole = not left or reach(start, len(self.search.history), self.search.bounds, settled=True)
        return tuple(proofs), whole

    def _plain_cut(self, j: int, left: Sequence[int]) -> Cut:
        """max λ_j·u(a) over the profiles that are left."""
        normal = self.search.normals[j]
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
                value = sum(
                    (x * y for x, y in zip(self.search.normals[j], self.model.payoffs[a], strict=True)), Fraction(0)
                )
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
                rounds.append(Round((Cut(self.search.normals[j], bound),), (kept,)))
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
        cuts = tuple(Cut(self.search.normals[j], exact[j], _upwards(float(weights[j]), 1024)) for j in range(count))
        return Round(cuts, tuple(reasons))

    def _options(
        self, j: int, left: Sequence[int], bounds: Floats, count: int, known: Sequence[tuple[int, Fraction]]
    ) -> list[_Option]:
        """What each profile allows λ_j·v to be, as a constant and multiples of the bounds, or of known ones where these do."""
        result = []
        normal = self.search.normals[j]
        for a in left:
            top = float(self.search.payoffs[a] @ self.search.floats[j])
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
        for i, b, _, gain in self.search.programme(a).incentives:
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
        then = np.append(bounds[:count], np.full(len(self.search.normals) - count, np.inf))
        saved, self.search.bounds, self.search.version = self.search.bounds, then, self.search.version + 1
        try:
            programme = self.search.programme(a)
            held = self.search.solve(a, j)
            if held is None:
                return None
            duals = held.solution().row_duals
        finally:
            self.search.bounds, self.search.version = saved, self.search.version + 1
        support = [row for row, d in zip(programme.rows, duals, strict=True) if abs(d) > 1e-10]
        columns = [self._column(a, row) for row in support]
        target = self._target(a, j)
        solved = exact_solution(columns, target)
        if solved is None or min(solved, default=Fraction(0)) < 0:
            return self._exact_reason(a, j, bounds, count)
        return _reason_of(support, solved)

    def _column(self, a: int, row: Row) -> list[Fraction]:
        """What one unit of a multiplier contributes to the identity, by signal and player."""
        programme = self.search.programme(a)
        column = [Fraction(0)] * programme.size
        kind, k, y = row
        if kind == "cut":
            place = programme.place[y]
            column[place : place + self.model.num_players] = list(self.search.normals[k])
        else:
            coefficients = next(c for i, b, c, _ in programme.incentives if (i, b) == (k, y))
            for signal, x in coefficients.items():
                column[programme.place[signal] + k] = -x
        return column

    def _target(self, a: int, j: int) -> list[Fraction]:
        programme = self.search.programme(a)
        return [self.model.discount * p * x for p in programme.signals.values() for x in self.search.normals[j]]

    def _exact_reason(self, a: int, j: int | None, bounds: Any, count: int) -> Reason | None:
        """min Σ z c − Σ q (…) subject to the identity, solved in fractions; ``None`` if it has no solution."""
        programme = self.search.programme(a)
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
