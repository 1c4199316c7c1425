"""The cheapest policy where threats add up: blocking rules "any" and "transfer".

What moving must cost, x ≥ 0, obeys linear inequalities. For pure deviations to outcomes above the limit ℓ they are those of
:mod:`gametheory.oversight.incentives`. With shared randomness a coalition that can do harm above ℓ must not gain by any
distribution p with E_p H ≥ ℓ; by duality that is the case iff there is a μ_S ≥ 0 with

    transfer: Σ_{i moves in a} x_i ≥ Σ_{i∈S} g_i(a) + μ_S (H(a) − ℓ)
    any: 1[i moves in a] (x_i − g_i(a)) ≥ μ_{S,i} (H(a) − ℓ), for each member i

for every joint action a of S: linear in (x, μ), so that the cheapest policy is a linear programme there too. Its rows are
generated as they are violated.

Let M(y) = min { w Σ x_i : the inequalities, x_i ≤ y cap_i }. It is convex and never rises with y = q − f, and so is M(y)/y.
A policy with that rate costs c(f + y) + M(y)/y, and multipliers of the programme at one y, which show M ≥ α − βy for all y,
bound it from below by c(f + y) + α/y − β. The search for the cheapest rate works with two of these bounds, one falling and
one rising; it ends at an end of the interval, at a kink of M, which is rational (both bounds are mixed so that their sum is
lowest there), or on one piece, where the minimum is that of c y + α/y (:mod:`.rates`).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from gametheory.certificates.policy_harm import reached_harm
from gametheory.certificates.programme import LinearProgramme
from gametheory.certificates.threats import Threat
from gametheory.errors import InfeasibleError, SolverError
from gametheory.oversight.incentives import incentives
from gametheory.tradeoffs.question import CheapestPolicy, Limit, Question, threat_text
from gametheory.tradeoffs.rates import cheapest_rate

__all__ = ["cheapest_priced"]

Array = NDArray[Any]
_ROUNDS = 500


def cheapest_priced(question: Question, limit: Limit) -> CheapestPolicy:
    """The cheapest policy that keeps harm within a limit under "any" or "transfer"."""
    return _Search(question, limit).run()


@final
@dataclass(frozen=True, slots=True)
class _Row:
    """Σ_{i in movers} x_i − slope · μ_group ≥ required, the play that demands it, and its threat without weight."""

    movers: tuple[int, ...]
    required: Fraction
    slope: Fraction
    group: int | None
    threat: Threat


@final
@dataclass(frozen=True, slots=True, eq=False)
class _Line:
    """M(y) ≥ α − βy for every y, from multipliers of rows; ``value``: M where it was computed, ``None``: infeasible."""

    alpha: Fraction
    beta: Fraction
    weights: dict[_Row, Fraction]
    value: Fraction | None
    costs: dict[int, Fraction]

    def at(self, y: Fraction) -> Fraction:
        return self.alpha - self.beta * y

    def is_tight(self, other: _Line, y: Fraction) -> bool:
        """Whether this line, computed at y, has the value that another line has there."""
        return self.value is not None and self.value == other.at(y)


@final
class _Search:
    def __init__(self, question: Question, limit: Limit) -> None:
        self.question, self.limit = question, limit
        self.groups: list[_Group] = []
        self.rows: list[_Row] = []
        if limit.value is None:
            return
        if question.coordination == "pure":
            self.rows = _pure_rows(question, limit)
        else:
            self.groups = _groups(question, limit, limit.value)
            self.rows = [row for group in self.groups if (row := group.violated({}, Fraction(0))) is not None]

    def run(self) -> CheapestPolicy:
        question, levers = self.question, self.question.levers
        first = levers.detection_rate[0]
        base_line = self._line(Fraction(0)) if self.rows else None
        if base_line is None or base_line.value is not None:
            return self._answer(levers.detection_cost * first, Fraction(0), {}, None)
        low, high = question.advantages
        if high <= 0:
            return self._nothing(base_line)
        c = levers.detection_cost
        right = self._line(high)
        if right.value is None:
            return self._nothing(right)
        if right.alpha >= c * high * high:
            return self._found(high, right, right.weights, right.alpha, right.beta)
        left: _Line | None = None
        left_y, right_y = low, high
        if low > 0:
            left = self._line(low)
            if left.value is not None and left.alpha <= c * low * low:
                return self._found(low, left, left.weights, left.alpha, left.beta)
        for _ in range(_ROUNDS):
            kink = _crossing(left, right, left_y)
            if right.alpha >= c * kink * kink:
                y, bound = cheapest_rate(c, right.alpha, kink, right_y, question.gap)
                base = right
            elif left is not None and left.value is not None and left.alpha <= c * kink * kink:
                y, bound = cheapest_rate(c, left.alpha, left_y, kink, question.gap)
                base = left
            else:
                y, bound, base = kink, Fraction(0), None
            line = self._line(y)
            if base is not None and line.is_tight(base, y):
                return self._answer(c * levers.false_alarm_rate + bound - base.beta, y, line.costs, base.weights)
            if base is None and line.is_tight(right, y):
                assert left is not None, "a kink lies between two lines"
                return self._at_kink(y, line, left, right)
            if line.value is not None and line.alpha == c * y * y:
                return self._found(y, line, line.weights, line.alpha, line.beta)
            if line.value is None or line.alpha > c * y * y:
                left, left_y = line, y
            else:
                right, right_y = line, y
        raise SolverError(
            f"the cheapest detection rate was not found in {_ROUNDS} rounds; fix the rate in the levers",
            status="rounds",
            solver="policy_frontier",
        )

    def _found(
        self, y: Fraction, line: _Line, weights: dict[_Row, Fraction], alpha: Fraction, beta: Fraction
    ) -> CheapestPolicy:
        """The optimum at y, where the line's bound is lowest (in the interval) and attained."""
        levers = self.question.levers
        cost = levers.detection_cost * (levers.false_alarm_rate + y) + alpha / y - beta
        return self._answer(cost, y, line.costs, weights)

    def _at_kink(self, y: Fraction, line: _Line, left: _Line, right: _Line) -> CheapestPolicy:
        """Mix the two bounds so that c y + α/y is lowest at y."""
        wanted = self.question.levers.detection_cost * y * y
        if left.value is None:
            share, other = (wanted - right.alpha) / left.alpha, Fraction(1)
        else:
            share = (wanted - right.alpha) / (left.alpha - right.alpha)
            other = 1 - share
        weights = {row: other * weight for row, weight in right.weights.items()}
        for row, weight in left.weights.items():
            weights[row] = weights.get(row, Fraction(0)) + share * weight
        mixed = self._bound_of(weights, self.question.levers.unit_cost, None, {})
        return self._found(y, line, weights, mixed.alpha, mixed.beta)

    def _answer(
        self, bound: Fraction, y: Fraction, costs: dict[int, Fraction], weights: dict[_Row, Fraction] | None
    ) -> CheapestPolicy:
        question, levers = self.question, self.question.levers
        threats, prices = self._evidence(weights or {}, y)
        policy = question.without_deposits() if weights is None else question.policy(y, costs)
        cost = levers.cost(policy, question.game.num_players)
        return CheapestPolicy(self.limit, bound, policy, cost, prices, threats)

    def _nothing(self, line: _Line) -> CheapestPolicy:
        threats, _ = self._evidence(line.weights, Fraction(0))
        return CheapestPolicy(self.limit, None, threats=threats)

    def _evidence(self, weights: dict[_Row, Fraction], y: Fraction) -> tuple[tuple[Threat, ...], dict[str, Fraction]]:
        """The threats with their multipliers, those of one coalition joined, and the price of each."""
        joined: dict[Any, list[tuple[tuple[int, ...], Fraction]]] = {}
        for row, weight in weights.items():
            if weight > 0:
                joint = row.threat.plays[0][0]
                key = (row.threat.coalition, row.threat.member, None if row.group is not None else joint)
                joined.setdefault(key, []).append((joint, weight))
        threats = tuple(Threat(s, tuple(sorted(plays)), member) for (s, member, _), plays in joined.items())
        prices: dict[str, Fraction] = {}
        if y > 0:
            for threat in threats:
                name = threat_text(self.question, threat)
                mass = sum((weight for _, weight in threat.plays), Fraction(0))
                prices[name] = prices.get(name, Fraction(0)) + mass / y
        return threats, prices

    # -- the programme at one rate ---------------------------------------------------------------------------------

    def _line(self, y: Fraction) -> _Line:
        """M(y) with multipliers; rows are added until none is violated."""
        while True:
            line, point, slopes = self._solve(y)
            if line.value is None:
                return line
            fresh = [row for k, g in enumerate(self.groups) if (row := g.violated(point, slopes[k])) is not None]
            if not fresh:
                return line
            self.rows += fresh

    def _solve(self, y: Fraction) -> tuple[_Line, dict[int, Fraction], list[Fraction]]:
        from gametheory.optimize.exact import solve_exact

        question = self.question
        n, price = question.game.num_players, question.levers.unit_cost
        upper: list[Fraction | None] = [
            Fraction(0) if y <= 0 else (None if cap is None else y * cap) for cap in question.caps
        ]
        rows: list[Any] = []
        for k, row in enumerate(self.rows):
            entries: dict[int, Fraction] = dict.fromkeys(row.movers, Fraction(1))
            if row.group is not None and row.slope:
                entries[n + row.group] = -row.slope
            rows.append((f"row {k}", entries, ">=", row.required))
        programme = LinearProgramme.from_rows(
            "min",
            [price] * n + [Fraction(0)] * len(self.groups),
            rows,
            upper=[*upper, *[None] * len(self.groups)],
            name="policy cost",
        )
        try:
            solution = solve_exact(programme)
        except InfeasibleError as error:
            multipliers = error.certificate.multipliers
            weights = {row: -multipliers[k] for k, row in enumerate(self.rows) if multipliers[k] < 0}
            return self._bound_of(weights, Fraction(0), None, {}), {}, []
        weights = {row: solution.row_duals[k] for k, row in enumerate(self.rows) if solution.row_duals[k] > 0}
        point = {i: solution.primal[i] for i in range(n) if solution.primal[i]}
        slopes = [solution.primal[n + k] for k in range(len(self.groups))]
        line = self._bound_of(weights, price, solution.value, point)
        assert line.at(y) == solution.value, "the multipliers do not prove the optimum"
        return line, point, slopes

    def _bound_of(
        self, weights: dict[_Row, Fraction], price: Fraction, value: Fraction | None, costs: dict[int, Fraction]
    ) -> _Line:
        alpha, cover = Fraction(0), [Fraction(0)] * self.question.game.num_players
        for row, weight in weights.items():
            alpha += weight * row.required
            for i in row.movers:
                cover[i] += weight
        beta = Fraction(0)
        for k, cap in zip(cover, self.question.caps, strict=True):
            if k > price and cap is not None:
                beta += (k - price) * cap
        return _Line(alpha, beta, weights, value, costs)


def _crossing(left: _Line | None, right: _Line, left_y: Fraction) -> Fraction:
    """Where the bound from the left meets that from the right."""
    if left is None:
        return Fraction(0)
    if left.value is None:
        return left.alpha / left.beta
    if left.beta == right.beta:
        return left_y  # one piece
    return (left.alpha - right.alpha) / (left.beta - right.beta)


def _pure_rows(question: Question, limit: Limit) -> list[_Row]:
    found = incentives(
        question.game,
        question.target,
        blocking=question.blocking,
        coalitions=question.coalitions,
        outcomes=question.marked(limit),
    )
    rows = []
    for one in found:
        joint = tuple(one.outcome[i] for i in sorted(one.coalition))
        member = one.payers[0] if question.blocking == "any" else None
        threat = Threat(one.coalition, ((joint, Fraction(1)),), member)
        rows.append(_Row(one.payers, one.required, Fraction(0), None, threat))
    return rows


@final
@dataclass(frozen=True, slots=True, eq=False)
class _Group:
    """The joint actions of a coalition, as seen by the rule (under "any": by one member)."""

    number: int
    coalition: frozenset[int]
    member: int | None
    members: tuple[int, ...]
    joints: Array  # (K, |S|)
    moves: Array  # (K, |S|), who pays
    gains: list[Fraction]  # (K,)
    excess: list[Fraction]  # (K,), harm above the limit

    def violated(self, costs: dict[int, Fraction], slope: Fraction) -> _Row | None:
        """The row that is violated most at x = ``costs`` and μ = ``slope``."""
        paid = [costs.get(i, Fraction(0)) for i in self.members]
        worst, where = Fraction(0), -1
        for k, (gain, excess) in enumerate(zip(self.gains, self.excess, strict=True)):
            left = gain + slope * excess - sum((x for x, m in zip(paid, self.moves[k], strict=True) if m), Fraction(0))
            if left > worst:
                worst, where = left, k
        if where < 0:
            return None
        movers = tuple(i for i, m in zip(self.members, self.moves[where], strict=True) if m)
        threat = Threat(self.coalition, ((tuple(self.joints[where].tolist()), Fraction(1)),), self.member)
        return _Row(movers, self.gains[where], self.excess[where], self.number, threat)


def _groups(question: Question, limit: Limit, edge: Fraction) -> list[_Group]:
    groups: list[_Group] = []
    for coalition in question.coalitions:
        members = tuple(sorted(coalition))
        table, denominator = question.status_quo.gains(members)
        joints = np.indices(table.shape[1:]).reshape(len(members), -1).T
        harms = reached_harm(question.harm, question.game, question.target, members, joints)
        if limit.allows(Fraction(int(harms.max()), question.harm.denominator)):
            continue
        excess = [Fraction(int(h), question.harm.denominator) - edge for h in harms]
        moves = joints != np.array([question.target[i] for i in members])
        flat = table.reshape(len(members), -1)
        for position, member in enumerate(members) if question.blocking == "any" else [(-1, None)]:
            if member is None:
                counted, gains = moves, [Fraction(int(x), denominator) for x in flat.sum(axis=0)]
            else:
                counted = moves & (np.array(members) == member)
                gains = [
                    Fraction(int(x), denominator) if away else Fraction(0)
                    for x, away in zip(flat[position].tolist(), moves[:, position].tolist(), strict=True)
                ]
            groups.append(_Group(len(groups), coalition, member, members, joints, counted, gains, excess))
    return groups
