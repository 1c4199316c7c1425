"""The best Nash equilibrium of a bimatrix game for an objective of the players' payoffs, by branch and bound.

In an equilibrium player 2's payoff v = max_j (Bᵀx)_j is a matter of x alone, and player 1's one of y alone. Every action
is a best reply or not played; in a case where that is decided for some actions, sets of labels say so,

    maximise ±v   subject to   x ∈ Δ,  v ≥ (Bᵀx)_j for all j,  v = (Bᵀx)_j for supposed best replies j,  x_i = 0 for
                               actions i not played,

and its like for y bound the objective Σ_i c_i u_i or min_i c_i u_i, or show that there is no such strategy. If both
solutions are best replies to each other they are the best equilibrium of the case; else the search branches on an action
that is played although it is no best reply, and goes on with the case of the largest bound.

Floats propose (HiGHS), rationals decide: every case is closed by integer weights, the rounded dual solution, whose worth
is evaluated exactly, or those of an exact linear programme where that is not enough. The result is the tree of a
:class:`~gametheory.certificates.payoff_bounds.EquilibriumBoundCertificate`, also where the search is stopped.

Cases are as in T. Sandholm, A. Gilpin and V. Conitzer (2005), *Mixed-integer programming methods for finding Nash
equilibria*, AAAI, whose binary variables (formulation 1) they fix; the two linear programmes of a case are what their
relaxation falls apart into. Complexity: exponential in the worst case; for uniformly random payoffs a few hundred cases
at 20×20, each some tenths of a millisecond.
"""

from __future__ import annotations

import heapq
import math
import time
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from gametheory.certificates.payoff_bounds import EquilibriumBoundCertificate, PayoffCases
from gametheory.certificates.programme import LinearProgramme
from gametheory.certificates.pure_completeness import pure_equilibrium_mask
from gametheory.equilibria.bimatrix import Strategy, strategy_of
from gametheory.errors import InfeasibleError
from gametheory.games.normal_form import NormalFormGame
from gametheory.optimize.exact import solve_exact
from gametheory.optimize.linear_model import LinearModel

__all__ = ["SearchOutcome", "best_equilibrium"]

Array = NDArray[Any]
Weights = tuple[tuple[int, int], ...]
Integers = tuple[int, ...]

NEAR = 1e-9
"""Bounds that differ by less, as a share of the objective's span, are compared in rationals."""

BITS = 40


@final
@dataclass(frozen=True, slots=True)
class SearchOutcome:
    """The best equilibrium found, its value, and the tree that bounds all others."""

    strategies: tuple[Strategy, Strategy] | None
    value: Fraction | None
    certificate: EquilibriumBoundCertificate
    stopped: str


@final
@dataclass(slots=True)
class _View:
    """What is known about one player's strategies with given labels."""

    value: float  # ± the other player's payoff is at most this, from 0 to 1 between its smallest and its largest payoff
    strategy: Array  # where that is attained
    weights: Weights  # evidence for ``bound``, or, where ``empty``, that there is no such strategy
    bound: Fraction | None  # of the objective's term, exactly, by the weights; ``None`` without weights
    empty: bool = False
    exact_strategy: Integers | None = None


@final
@dataclass(slots=True)
class _Node:
    labels: tuple[int, int]
    views: tuple[_View, _View]
    value: float = 0.0
    step: tuple[Any, ...] = ()
    parts: tuple[_Node, ...] = field(default=())


def best_equilibrium(
    game: NormalFormGame,
    *,
    coefficients: tuple[Fraction, Fraction],
    combination: Literal["sum", "smallest"],
    sense: Literal["max", "min"],
    enough: Fraction | None = None,
    max_branches: int,
    time_limit: float | None,
) -> SearchOutcome:
    """Search a two-player game; stop early at an equilibrium whose objective is ``enough``."""
    cases = PayoffCases(game.exact(), coefficients, combination, sense)
    search = _Search(game, cases, None if enough is None else enough * cases.turn)
    stopped = search.run(max_branches, math.inf if time_limit is None else time.monotonic() + time_limit)
    certificate = EquilibriumBoundCertificate(
        coefficients=coefficients,
        combination=combination,
        sense=sense,
        bound=search.exact_bound() * cases.turn,
        steps=search.steps(),
        game=game.exact(),
    )
    value = None if search.best is None else search.best * cases.turn
    return SearchOutcome(search.strategies, value, certificate, stopped)


@final
class _Search:
    """Maximises turn · objective; a heap of open cases."""

    def __init__(self, game: NormalFormGame, cases: PayoffCases, enough: Fraction | None) -> None:
        self.game, self.exact_game, self.cases, self.enough = game, game.exact(), cases, enough
        lows = [Fraction(int(g.min())) for g in cases.gains]
        spans = [Fraction(int(g.max() - g.min())) for g in cases.gains]
        terms = [abs(c) * span for c, span in zip(cases.coefficient, spans, strict=True)]
        bases = [c * low for c, low in zip(cases.coefficient, lows, strict=True)]
        self.scale = sum(terms, Fraction(0)) or Fraction(1)
        self.base = sum(bases, Fraction(0)) if cases.sums is not None else bases[0]
        self.factors = [float(term / self.scale) for term in terms]
        self.offsets = [0.0 if cases.sums is not None else float((b - self.base) / self.scale) for b in bases]
        self.sides = (_Side(cases, 0, lows[0], spans[0]), _Side(cases, 1, lows[1], spans[1]))
        self.sums = sum(f * side.directed for f, side in zip(self.factors, self.transposed_sides(), strict=True))
        self.best: Fraction | None = None
        self.best_value = -math.inf
        self.strategies: tuple[Strategy, Strategy] | None = None
        self.open: list[tuple[float, int, _Node]] = []
        self.count = 0
        self.root = self._node((0, 0))

    def transposed_sides(self) -> list[Any]:
        return [self.sides[0], _Transposed(self.sides[1].directed.T)]

    def run(self, max_branches: int, deadline: float) -> str:
        """Branch until all cases are closed; why it stopped before that, or nothing."""
        self._try_pure()
        self._push(self.root)
        while self.open:
            if self.best is not None and self.enough is not None and self.best >= self.enough:
                return "enough"
            if self.count >= max_branches or time.monotonic() > deadline:
                return "branches" if self.count >= max_branches else "time"
            node = heapq.heappop(self.open)[2]
            if not self._closed(node):
                for part in self._branch(node):
                    if not (part.step or self._certainly_closed(part)):
                        self._push(part)
        return ""

    def exact_bound(self) -> Fraction:
        """No equilibrium has more: the largest bound of a leaf that is still open, or the best value found."""
        bounds = [bound for _, _, node in self.open if (bound := self._exact_bound(node)) is not None]
        return max([*bounds, *([] if self.best is None else [self.best])])

    def steps(self) -> tuple[tuple[Any, ...], ...]:
        """The tree in preorder."""
        result, waiting = [], [self.root]
        while waiting:
            node = waiting.pop()
            result.append(node.step or ("bounded", node.views[0].weights, node.views[1].weights))
            waiting += reversed(node.parts)
        return tuple(result)

    def _push(self, node: _Node) -> None:
        heapq.heappush(self.open, (-node.value, self.count, node))
        self.count += 1

    def _node(self, labels: tuple[int, int]) -> _Node:
        views = (self.sides[0].view(labels[0]), self.sides[1].view(labels[1]))
        node = _Node(labels, views)
        for player, view in enumerate(views):
            if view.empty:
                node.step = ("empty", player, view.weights)
                return node
        rows, columns = (self.sides[p].mask(labels[p]) for p in (0, 1))
        bounds = []
        for p, (own, others) in enumerate(((rows, columns), (columns, rows))):
            trivial = float(self.sides[p].directed[np.ix_(own, others)].max())
            bounds.append(self.offsets[p] + self.factors[p] * min(views[p].value, trivial))
        if self.cases.sums is not None:
            node.value = min(sum(bounds), float(self.sums[np.ix_(rows, columns)].max()))
        else:
            node.value = min(bounds) if self.cases.turn > 0 else max(bounds)
        return node

    def _certainly_closed(self, node: _Node) -> bool:
        return node.value < self.best_value - NEAR and self._closed(node)

    def _closed(self, node: _Node) -> bool:
        """Whether the evidence closes the case; near ties the evidence is made exact first, and tried as equilibria."""
        if node.step:
            return True
        if node.value > self.best_value + NEAR and not self._looks_stable(node):
            return False
        if node.value < self.best_value - NEAR and self._is_bounded(node):
            return True
        node.views = (self.sides[0].exact_view(node.labels[0]), self.sides[1].exact_view(node.labels[1]))
        for player, view in enumerate(node.views):
            if view.empty:  # in floats it was not
                node.step = ("empty", player, view.weights)
                return True
        self._try(node.views)
        return self._is_bounded(node)

    def _is_bounded(self, node: _Node) -> bool:
        """Whether the case's evidence shows that nothing in it is better than the best equilibrium found."""
        if self.best is None:
            return False
        bound = self._exact_bound(node)
        if bound is not None and bound > self.best:
            return False
        node.step = ("bounded", node.views[0].weights, node.views[1].weights)
        return True

    def _exact_bound(self, node: _Node) -> Fraction | None:
        bounds = [
            Fraction(0) if c == 0 else view.bound for c, view in zip(self.cases.coefficient, node.views, strict=True)
        ]
        if None not in bounds and self.best is not None:  # most often that is enough, and quick
            quick = self._combined([b for b in bounds if b is not None])
            if quick <= self.best:
                return quick
        bound = self.cases.bound(node.labels, (node.views[0].weights, node.views[1].weights))
        return None if bound is None else bound * self.cases.turn

    def _combined(self, bounds: list[Fraction]) -> Fraction:
        if self.cases.sums is not None:
            return sum(bounds, Fraction(0))
        return min(bounds) if self.cases.turn > 0 else max(bounds)

    def _looks_stable(self, node: _Node) -> bool:
        return float(self._violations(node).max()) <= NEAR

    def _violations(self, node: _Node) -> Array:
        """For each label its action's probability times how much worse than the best reply it is; −1 where decided."""
        x, y = node.views[0].strategy, node.views[1].strategy
        found = []
        for own, other, side in ((x, y, self.sides[1]), (y, x, self.sides[0])):
            payoffs = other @ side.gain
            found.append(own * (payoffs.max() - payoffs))
        decided = node.labels[0] | node.labels[1]
        result = np.concatenate(found)
        result[[k for k in range(len(result)) if decided >> k & 1]] = -1.0
        return result

    def _branch(self, node: _Node) -> tuple[_Node, ...]:
        """Split the case on the undecided action that is most wrongly played."""
        label = int(np.argmax(self._violations(node)))
        node.step = ("split", label)
        first, second = self.cases.parts(node.labels, label)
        node.parts = (self._node(first), self._node(second))
        return node.parts

    def _try_pure(self) -> None:
        A, B = self.exact_game.numerators
        for i, j in np.argwhere(pure_equilibrium_mask(self.exact_game.numerators)).tolist():
            bounds = [c * int(u) for c, u in zip(self.cases.coefficient, (B[i, j], A[i, j]), strict=True)]
            value = self._combined(bounds)
            if self.best is None or value > self.best:
                self._try_pair(_unit(i, len(A)), _unit(j, len(A[0])))

    def _try(self, views: tuple[_View, _View]) -> None:
        x, y = views[0].exact_strategy, views[1].exact_strategy
        if x is not None and y is not None:
            self._try_pair(x, y)

    def _try_pair(self, x_weights: Integers, y_weights: Integers) -> None:
        x, y = (strategy_of(self.game, self.exact_game, p, w) for p, w in ((0, x_weights), (1, y_weights)))
        if not (x.support <= y.best_replies and y.support <= x.best_replies):
            return
        unit = self.exact_game.denominator
        pairs = zip(self.cases.coefficient, (x.best_payoff, y.best_payoff), strict=True)
        value = self._combined([c * u * unit for c, u in pairs])
        if self.best is None or value > self.best:
            self.best, self.strategies = value, (x, y)
            self.best_value = float((value - self.base) / self.scale)


@final
@dataclass(frozen=True, slots=True)
class _Transposed:
    directed: Array


@final
class _Side:
    """One player's strategies by their labels: linear programmes in floats and, where asked for, in rationals."""

    def __init__(self, cases: PayoffCases, player: int, low: Fraction, span: Fraction) -> None:
        self.cases, self.player = cases, player
        c = cases.coefficient[player]
        self.direction = (c > 0) - (c < 0)
        self.table = cases.gains[player].tolist()
        unit = span or Fraction(1)
        self.gain = np.array([[float((u - low) / unit) for u in row] for row in self.table])
        self.directed = self.direction * self.gain
        self.size, self.replies = self.gain.shape
        self.own, self.other = cases.own[player], cases.other[player]
        self.views: dict[int, _View] = {}
        self.exact_views: dict[int, _View] = {}
        self.model, self.elastic = self._models()

    def _models(self) -> tuple[LinearModel, LinearModel]:
        """max ±v over strategies with given labels; and the least δ by which supposed best replies fall short."""
        d, e = self.size, self.replies
        rows = np.zeros((1 + 2 * e, d + 2))
        rows[0, :d] = 1
        rows[1 : 1 + e, :d] = rows[1 + e :, :d] = -self.gain.T
        rows[1:, d] = 1
        rows[1 + e :, d + 1] = -1
        column_lower = [0.0] * d + [-1.0, 0.0]
        models = []
        for sense, count, width in (("max", 1 + e, d + 1), ("min", 1 + 2 * e, d + 2)):
            part = rows[:count, :width]
            cost = [0.0] * (width - 1) + [float(self.direction) if sense == "max" else 1.0]
            models.append(
                LinearModel(
                    "max" if sense == "max" else "min",
                    cost,
                    np.concatenate([[0], np.cumsum((part != 0).sum(axis=1))]),
                    np.nonzero(part)[1],
                    part[part != 0],
                    [1.0] + [0.0] * (count - 1),
                    [1.0] + [np.inf] * (count - 1),
                    column_lower[:width],
                )
            )
        return models[0], models[1]

    def mask(self, bits: int) -> Array:
        """Actions that may be played."""
        return np.array([not bits >> label & 1 for label in self.own])

    def view(self, bits: int) -> _View:
        """What floats find, with evidence that is evaluated exactly."""
        known = self.views.get(bits)
        if known is None:
            known = self.views[bits] = self.exact_views.get(bits) or self._float_view(bits)
        return known

    def _float_view(self, bits: int) -> _View:
        played, replies = self.mask(bits), self._supposed(bits)
        if not played.any():
            return _View(-np.inf, np.zeros(self.size), (), None, empty=True)
        if not replies.any() and self.direction >= 0:
            return self._unbounded(played)
        upper = np.where(played, np.inf, 0.0)
        self.model.change_row_bounds(
            [1.0] + [0.0] * self.replies, np.concatenate([[1.0], np.where(replies, 0.0, np.inf)])
        )
        self.model.change_column_bounds([0.0] * self.size + [-1.0], [*upper, 2.0])
        status = self.model.run()
        if status == "optimal":
            found = self.model.solution()
            weights: Weights = ()
            bound = None
            if self.direction:
                weights = self._rounded(found.row_duals[1:], replies, self.direction)
                bound = self.cases.payoff_bound(bits, self.player, weights)
            return _View(found.value, np.maximum(found.primal[: self.size], 0.0), weights, bound)
        if status == "infeasible":
            self.elastic.change_row_bounds(
                [1.0] + [0.0] * self.replies + [-np.inf] * self.replies,
                np.concatenate([[1.0], [np.inf] * self.replies, np.where(replies, 0.0, np.inf)]),
            )
            self.elastic.change_column_bounds([0.0] * self.size + [-1.0, 0.0], [*upper, 2.0, np.inf])
            if self.elastic.run() == "optimal":
                duals = self.elastic.solution().row_duals[1:]
                weights = self._rounded(-(duals[: self.replies] + duals[self.replies :]), replies, 0)
                if not self.cases.emptiness_problem(bits, self.player, weights):
                    return _View(-np.inf, np.zeros(self.size), weights, None, empty=True)
        return self.exact_view(bits)  # floats cannot tell

    def exact_view(self, bits: int) -> _View:
        """The same from a linear programme in rationals."""
        known = self.exact_views.get(bits)
        if known is None:
            known = self.exact_views[bits] = self.views[bits] = self._exact_view(bits)
        return known

    def _exact_view(self, bits: int) -> _View:
        played, replies = self.mask(bits), self._supposed(bits)
        if not played.any():
            return _View(-np.inf, np.zeros(self.size), (), None, empty=True)
        if not replies.any() and self.direction >= 0:
            return self._unbounded(played)
        d = self.size
        rows: list[Any] = [("sum", dict.fromkeys(range(d), 1), "==", 1)]
        for j in range(self.replies):
            row = {i: -self.table[i][j] for i in range(d)}
            rows.append((f"reply {j}", {**row, d: 1}, "==" if replies[j] else ">=", 0))
        programme = LinearProgramme.from_rows(
            "max",
            [0] * d + [self.direction],
            rows,
            lower=[0] * d + [None],
            upper=[None if p else 0 for p in played] + [None],
        )
        try:
            solution = solve_exact(programme)
        except InfeasibleError as error:
            weights = self._integers([error.certificate.multipliers[j + 1] for j in range(self.replies)])
            return _View(-np.inf, np.zeros(d), weights, None, empty=True)
        weights = self._integers([solution.row_duals[j + 1] for j in range(self.replies)]) if self.direction else ()
        point = tuple(int(w) for w in solution.primal.numerators[:d])
        strategy = np.array([w / sum(point) for w in point])
        value = self.direction * float((strategy @ self.gain).max())
        bound = self.cases.payoff_bound(bits, self.player, weights) if self.direction else None
        return _View(value, strategy, weights, bound, exact_strategy=point)

    def _unbounded(self, played: Array) -> _View:
        """Without a supposed best reply only the payoffs themselves bound v: the strategy with the largest."""
        best = int(np.argmax(np.where(played, self.gain.max(axis=1), -1.0)))
        point = _unit(best, self.size)
        return _View(np.inf if self.direction else 0.0, np.array(point, dtype=float), (), None, exact_strategy=point)

    def _supposed(self, bits: int) -> Array:
        return np.array([bits >> label & 1 for label in self.other], dtype=bool)

    @staticmethod
    def _integers(values: list[Fraction]) -> Weights:
        scale = math.lcm(*(v.denominator for v in values))
        return tuple((j, int(v * scale)) for j, v in enumerate(values) if v)

    @staticmethod
    def _rounded(weights: Array, replies: Array, total: int) -> Weights:
        """Integers near 2^BITS · weights with the sum 2^BITS · total, positive on supposed best replies only."""
        numbers = [round(float(w) * 2**BITS) for w in weights]
        numbers = [w if reply else min(w, 0) for w, reply in zip(numbers, replies, strict=True)]
        free = np.flatnonzero(replies) if replies.any() else np.arange(len(numbers))
        change = int(max(free, key=lambda j: abs(numbers[j])))
        numbers[change] += total * 2**BITS - sum(numbers)
        return tuple((j, w) for j, w in enumerate(numbers) if w)


def _unit(k: int, size: int) -> Integers:
    return tuple(int(i == k) for i in range(size))
