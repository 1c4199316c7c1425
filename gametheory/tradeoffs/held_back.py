"""The cheapest policy where one member held back is enough: blocking rules "all" and "some".

A threat (see :mod:`gametheory.certificates.policy_cost`) fails as soon as *one* of its movers loses by it: x_i ≥ t_i (under
"some" x_i > t_i, or x_j ≥ t_j for every mover). The search keeps cases: lower bounds ℓ on x, some of them strict. A case
costs at least

    min { c q + (w/y) Σ_i ℓ_i  :  y = q − f within the levers,  ℓ_i ≤ y cap_i }

(:mod:`.rates`), plus what threats that still pay will cost: weights z_k ≥ 0 with Σ {z_k : t_ik ≤ t} ≤ t − ℓ_i for all i and t
(a dual solution of the covering problem, found greedily). The cheapest case is taken first; if ℓ itself keeps harm within
the limit it is optimal, otherwise a threat that still pays splits it by who is held back. Every optimum is such a case, so
that rate and deposits are found together.

Pure deviations: finitely many threats, those of :mod:`gametheory.oversight.incentives`; the search is exact. Under "some" a
strict bound can only be approached: cases of equal cost without one are preferred, otherwise x exceeds ℓ by so little that
it costs at most ``gap`` more. With shared randomness a threat is a distribution over joint actions with E H at or above the
limit, found by linear programmes; there are infinitely many, and a case is accepted when ℓ, raised by at most ``gap`` in
cost, leaves none.

Complexity: exponential in the number of threats in the worst case. After ``_MAX_CASES`` cases the bound is what was proved
until then, and the policy is one that is safe.
"""

from __future__ import annotations

import heapq
import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from gametheory.certificates.threats import TOGETHER, Case, CaseSplit, Threat
from gametheory.tradeoffs.dangers import NOTHING, Book, Danger, Demand, Oracle, oracles_of, pure_dangers
from gametheory.tradeoffs.question import CheapestPolicy, Limit, Question, threat_text
from gametheory.tradeoffs.rates import cheapest_rate, simplest_between

__all__ = ["cheapest_held_back"]

_MAX_CASES = 20_000
_MAX_CASES_CORRELATED = 400
_HALVINGS = 40
_MAX_WEIGHED = 60

Array = NDArray[Any]


def cheapest_held_back(question: Question, limit: Limit) -> CheapestPolicy:
    """The cheapest policy that keeps harm within a limit under "all" or "some"."""
    return _Search(question, limit).run()


@final
@dataclass(frozen=True, slots=True, eq=False)
class _Case:
    """Lower bounds, what earlier siblings dealt with, the danger that each bound comes from, and where it hangs."""

    lower: dict[int, Demand]
    excluded: dict[int, Fraction]
    reasons: dict[int, int]
    parent: tuple[int, int] | None
    advantage: Fraction

    @property
    def is_attained(self) -> bool:
        return not any(strict for _, strict in self.lower.values())


@final
@dataclass(slots=True)
class _Leaf:
    """A case in the tree: who is held back, what follows, and the weights that price it while nothing does."""

    who: int
    next: int
    weights: list[tuple[int, Fraction]]


@final
class _Search:
    def __init__(self, question: Question, limit: Limit) -> None:
        self.question, self.limit = question, limit
        self.strict = question.blocking == "some"
        self.low, self.top = question.advantages
        dangers: list[Danger] = []
        self.oracles: list[Oracle] = []
        self.splits: list[tuple[int, list[_Leaf]]] = []
        if limit.value is not None:
            dangers = pure_dangers(question, limit)
            if question.coordination == "correlated":
                self.oracles = oracles_of(question, limit, limit.value)
        self.book = Book(question.game.num_players, self.strict, dangers)

    def run(self) -> CheapestPolicy:
        levers, n = self.question.levers, self.question.game.num_players
        if self._danger({}) is None:
            cheapest = self.question.without_deposits()
            cost = levers.cost(cheapest, n)
            return CheapestPolicy(self.limit, cost, cheapest, cost)
        order = itertools.count()
        waiting: list[tuple[Fraction, int, int, _Case]] = [(Fraction(0), 0, 0, _Case({}, {}, {}, None, self.top))]
        allowed = _MAX_CASES_CORRELATED if self.oracles else _MAX_CASES
        while waiting:
            bound, _, _, case = waiting[0]
            number = self._danger(case.lower)
            if number is None:
                # Of equal bounds those that are attained come first, so that no cheaper case and none as cheap is better.
                return self._solved(bound, case)
            if self.oracles and case.parent is not None:
                raised = next(self._raised(case, bound, everybody=True), None)
                if raised is not None and self._is_safe(raised[0]):
                    return self._answer(bound, case, raised)
            if len(self.splits) >= allowed:
                return self._answer(bound, case, self._safe(case))
            heapq.heappop(waiting)
            for child_bound, child in self._split(case, number):
                heapq.heappush(waiting, (child_bound, not child.is_attained, -next(order), child))
        return CheapestPolicy(self.limit, None, threats=self._threats(), splits=self._tree())

    def _solved(self, bound: Fraction, case: _Case) -> CheapestPolicy:
        """The answer where a case leaves no threat: at its bounds, or where one of them is strict just above."""
        if case.is_attained:
            costs = {i: value for i, (value, _) in case.lower.items()}
            return self._answer(bound, case, (costs, case.advantage))
        for raised in self._raised(case, bound, everybody=False):
            if self._is_safe(raised[0]):
                return self._answer(bound, case, raised)
        return self._answer(bound, case, None)

    # -- cases -----------------------------------------------------------------------------------------------------

    def _danger(self, lower: Mapping[int, Demand]) -> int | None:
        """A threat that the bounds do not hold back: of the known ones that with the fewest movers."""
        live = np.flatnonzero(self.book.live(*self.book.integers(lower)))
        if len(live):
            return int(live[self.book.moves[live].sum(axis=1).argmin()])
        costs = {i: value for i, (value, _) in lower.items()}
        for oracle in self.oracles:
            danger = oracle.danger(costs)
            if danger is not None and not danger.fails(lower, self.strict):
                return self.book.add(danger)
        return None

    def _is_safe(self, costs: Mapping[int, Fraction]) -> bool:
        """Whether nothing harmful pays when moving costs exactly this."""
        lower = {i: (value, False) for i, value in costs.items()}
        # (value, False) ≥ (t, True) iff value > t: who pays more than the threshold loses.
        if not all(danger.fails(lower, self.strict) for danger in self.book.dangers):
            return False
        for oracle in self.oracles:
            danger = oracle.danger(costs)
            if danger is not None:
                self.book.add(danger)
                return False
        return True

    def _split(self, case: _Case, number: int) -> Iterator[tuple[Fraction, _Case]]:
        """The cases of a threat that still pays, each without what the earlier ones deal with."""
        here = len(self.splits)
        danger = self.book.dangers[number]
        leaves: list[_Leaf] = []
        self.splits.append((number, leaves))
        if case.parent is not None:
            split, place = case.parent
            parent = self.splits[split][1][place]
            parent.next, parent.weights = here, []
        excluded = dict(case.excluded)
        for place, (who, needed) in enumerate(danger.ways(self.strict)):
            lower, reasons = dict(case.lower), dict(case.reasons)
            for i, demand in needed:
                if demand > lower.get(i, NOTHING):
                    lower[i], reasons[i] = demand, number
            weights, is_empty = self._weights(lower, excluded)
            leaves.append(_Leaf(who, -1, weights))
            found = None if is_empty else self._priced(lower, sum((z for _, z in weights), Fraction(0)))
            if found is not None:
                bound, advantage = found
                yield bound, _Case(lower, dict(excluded), reasons, (here, place), advantage)
            if who != TOGETHER:
                threshold = needed[0][1][0]
                excluded[who] = min(excluded.get(who, threshold), threshold)

    def _reaches(self, player: int, value: Fraction, excluded: Mapping[int, Fraction]) -> bool:
        """Whether moving can cost a player ``value``, with its cap and what earlier siblings deal with."""
        cap, known = self.question.caps[player], excluded.get(player)
        if cap is not None and value > self.top * cap:
            return False
        return known is None or value < known or (value == known and self.strict)

    def _weights(
        self, lower: Mapping[int, Demand], excluded: Mapping[int, Fraction]
    ) -> tuple[list[tuple[int, Fraction]], bool]:
        """Weights of the threats that a case leaves, each as large as the ones before allow; and whether it is empty."""
        if self.top <= 0:
            return [], True
        for i, (value, strict) in lower.items():
            cap, known = self.question.caps[i], excluded.get(i)
            if not self._reaches(i, value, excluded):
                return [], True
            if strict and (value == known or (cap is not None and value == self.top * cap)):
                return [], True
        book = self.book
        base, more = book.integers(lower)
        live = np.flatnonzero(book.live(base, more))
        if not len(live):
            return [], False
        table, able = book.table[live], book.moves[live] & self._within_reach(excluded)[live]
        if not able.any(axis=1).all():
            return [(int(live[able.any(axis=1).argmin()]), Fraction(0))], True  # nobody can be held back
        # A threat costs at least what its cheapest mover's threshold does; those with few ways and dear ones come first.
        beyond = table - base
        least = np.where(able, beyond, beyond.max() + 1).min(axis=1)
        order = np.lexsort((-least, able.sum(axis=1)))
        order = order[np.asarray(least[order] > 0, dtype=np.bool_)][:_MAX_WEIGHED]
        charged: list[list[tuple[int, int]]] = [[] for _ in range(book.num_players)]
        found: list[tuple[int, Fraction]] = []
        for k in order.tolist():
            ways = [(i, int(beyond[k, i])) for i in np.flatnonzero(able[k]).tolist()]
            weight = min(_room(t, charged[i]) for i, t in ways)
            if weight > 0:
                found.append((int(live[k]), Fraction(weight, book.scale)))
                for i, t in ways:
                    charged[i].append((t, weight))
        return found, False

    def _within_reach(self, excluded: Mapping[int, Fraction]) -> NDArray[np.bool_]:
        """Which thresholds the caps, and what earlier siblings deal with, allow to reach."""
        book = self.book
        result = np.ones(book.table.shape, dtype=np.bool_)
        for i in range(book.num_players):
            cap, known = self.question.caps[i], excluded.get(i)
            if cap is not None:
                edge = min(math.floor(self.top * cap * book.scale), book.largest)
                result[:, i] &= np.asarray(book.table[:, i] <= edge, dtype=np.bool_)
            if known is not None:
                edge = int(known * book.scale)  # a threshold itself
                within = book.table[:, i] <= edge if self.strict else book.table[:, i] < edge
                result[:, i] &= np.asarray(within, dtype=np.bool_)
        return result

    def _priced(self, lower: Mapping[int, Demand], more: Fraction) -> tuple[Fraction, Fraction] | None:
        """A lower bound on what a case costs and a y for it; ``None`` if the caps allow no rate."""
        question, low = self.question, self.low
        for i, (value, _) in lower.items():
            cap = question.caps[i]
            if cap:
                low = max(low, value / cap)
        levers = question.levers
        alpha = levers.unit_cost * (sum((value for value, _ in lower.values()), Fraction(0)) + more)
        y, bound = cheapest_rate(levers.detection_cost, alpha, low, self.top, question.gap / 2)
        return bound + levers.detection_cost * levers.false_alarm_rate, y

    # -- policies --------------------------------------------------------------------------------------------------

    def _raised(
        self, case: _Case, bound: Fraction, *, everybody: bool
    ) -> Iterator[tuple[dict[int, Fraction], Fraction]]:
        """Costs of moving a little above a case's bounds, with y, at most ``gap`` dearer than the bound; ever less so."""
        question, levers = self.question, self.question.levers
        players = range(question.game.num_players) if everybody else [i for i, (_, more) in case.lower.items() if more]
        raising = [i for i in players if question.caps[i] != 0]
        y, price = case.advantage, levers.unit_cost
        most = question.gap * y / (2 * price * max(len(raising), 1)) if price else question.gap
        step = simplest_between(most / 2, most)
        for _ in range(_HALVINGS):
            costs = {i: value for i, (value, _) in case.lower.items()}
            for i in raising:
                costs[i] = costs.get(i, Fraction(0)) + step
            needed = [x / cap for i, x in costs.items() if x and (cap := question.caps[i]) is not None]
            rate = max([y, *needed])
            if rate > self.top and everybody:
                # Who is at the cap already cannot be raised; the others can.
                rate = self.top
                for i, x in costs.items():
                    cap = question.caps[i]
                    costs[i] = x if cap is None else min(x, cap * rate)
            total = levers.detection_cost * (levers.false_alarm_rate + rate) + price * sum(costs.values()) / rate
            if rate <= self.top and total <= bound + question.gap:
                yield costs, rate
            step /= 2

    def _safe(self, case: _Case) -> tuple[dict[int, Fraction], Fraction] | None:
        """Costs of moving that leave no threat, between a case's bounds and the largest that make sense."""
        most: dict[int, Fraction] = {}
        for i in range(self.question.game.num_players):
            cap = self.question.caps[i]
            gains = self.question.status_quo.game
            span = gains.payoffs[i].max() - gains.payoffs[i].min()
            most[i] = span + 1 if cap is None else min(span + 1, cap * self.top)
        if not self._is_safe(most):
            return None
        low, high = Fraction(0), Fraction(1)
        start = {i: case.lower.get(i, NOTHING)[0] for i in most}
        for _ in range(12):
            middle = (low + high) / 2
            at = {i: start[i] + middle * (most[i] - start[i]) for i in most}
            low, high = (low, middle) if self._is_safe(at) else (middle, high)
        costs = {i: start[i] + high * (most[i] - start[i]) for i in most}
        return costs, self.top

    def _answer(
        self, bound: Fraction, case: _Case, found: tuple[dict[int, Fraction], Fraction] | None
    ) -> CheapestPolicy:
        threats, splits = self._threats(), self._tree()
        if found is None:
            return CheapestPolicy(self.limit, bound, threats=threats, splits=splits)
        costs, y = found
        levers = self.question.levers
        policy = self.question.policy(y, costs)
        prices: dict[str, Fraction] = {}
        for i, number in case.reasons.items():
            if case.lower[i][0] > 0 and levers.unit_cost:
                name = threat_text(self.question, self.book.dangers[number].threat)
                prices[name] = prices.get(name, Fraction(0)) + levers.unit_cost / y
        cost = levers.cost(policy, self.question.game.num_players)
        return CheapestPolicy(self.limit, bound, policy, cost, prices, threats, splits)

    def _used(self) -> dict[int, int]:
        """The dangers that the tree splits by or weighs, and the number of each in the evidence."""
        order: dict[int, int] = {}
        for number, leaves in self.splits:
            order.setdefault(number, len(order))
            for leaf in leaves:
                for k, _ in leaf.weights:
                    order.setdefault(k, len(order))
        return order

    def _threats(self) -> tuple[Threat, ...]:
        return tuple(self.book.dangers[number].threat for number in self._used())

    def _tree(self) -> tuple[CaseSplit, ...]:
        order = self._used()
        return tuple(
            CaseSplit(
                order[number],
                tuple(Case(leaf.who, leaf.next, tuple((order[k], z) for k, z in leaf.weights)) for leaf in leaves),
            )
            for number, leaves in self.splits
        )


def _room(threshold: int, charged: Sequence[tuple[int, int]]) -> int:
    """How much more a player can be charged for a threshold, so that none costs less than what is charged up to it."""
    room = threshold - sum(z for t, z in charged if t <= threshold)
    for above in {t for t, _ in charged if t > threshold}:
        room = min(room, above - sum(z for t, z in charged if t <= above))
    return room
