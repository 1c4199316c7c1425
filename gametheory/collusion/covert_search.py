"""Global bounds on mixtures of a few products, by subdividing simplices and probabilities (in floats).

    maximise  min_b Σ_k λ_k u_b(x_k)    over λ within a budget and products x_k of mixed strategies

**From below**, alternating linear programmes: with the strategies of all members but one held, the problem is linear in
λ_k x_{k,i}, jointly for all k; entropy is held below its budget by its tangent H(λ) ≤ −Σ_k λ_k log₂ λ⁰_k (Gibbs), so that
each step stays feasible and never loses. Several starts; the result is a local optimum.

**From above**, branch and bound. A node confines some signals to products of simplices, and for entropy each λ_k to an
interval. Replacing λ_k x_k by any λ_k-weighted mixture of the vertices of its cell gives a linear programme: exact once
the cells of signals that matter are points, whatever λ is. Entropy is replaced by chords on the intervals. The dual
weights and the price of a bit are what the certificate needs (:mod:`gametheory.certificates.covert_bounds`). The next
node is the one with the largest bound; it is split where its own solution breaks the original problem most: an edge of a
signal that is mixed by correlating members, or a λ_k whose entropy is underestimated.

What is returned is a proposal; the caller recomputes both bounds in rationals. Complexity: a linear programme of about
n + K rows and K ∏ m_i columns at each node (a millisecond); the number of nodes is exponential in K Σ (m_i − 1) at worst.

References: R. Horst and H. Tuy (1996), *Global Optimization*; G. P. McCormick (1976), *Computability of global solutions
to factorable nonconvex programs: part I*, Mathematical Programming 10.
"""

from __future__ import annotations

import heapq
import itertools
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from gametheory.certificates.covert_bounds import CovertSplit
from gametheory.certificates.secret_budgets import SecretBudget
from gametheory.games.memory import refuse_if_too_large
from gametheory.games.profiles import contract
from gametheory.optimize.linear import LinearModel

__all__ = ["Mixture", "MixtureBounds", "MixtureSearch"]

Floats = NDArray[np.float64]
Products = tuple[tuple[Floats, ...], ...]

_UNIT = 2**30
_EARLY = 8  # nodes whose solution is improved whether or not it beats the best mixture
_LINEARISATIONS = 60
_SMALLEST_RADIUS = 1e-9
_MARGIN = 0.98  # nodes are closed a little within the gap: the rest is for rounding to rationals
_STEEPEST = 1e5  # price of a bit, in payoff spans, beyond which a node is taken to hold nothing within the budget
_TINY = 1e-12


@final
@dataclass(frozen=True, slots=True, eq=False)
class Mixture:
    """Weights of signals and the mixed strategies at each, ``rest`` the joint law of all others (min-entropy)."""

    value: float
    weights: Floats
    products: Products
    rest: Floats | None = None


@final
@dataclass(frozen=True, slots=True, eq=False)
class MixtureBounds:
    """What the search proposes: the best mixture, the tree in preorder, and at each leaf weights and a price."""

    mixture: Mixture
    splits: tuple[CovertSplit | None, ...]
    weights: tuple[tuple[int, ...], ...]
    prices: tuple[Fraction, ...]
    cells: int
    stopped: Literal["gap", "cells", "time"]


@final
@dataclass(frozen=True, slots=True, eq=False)
class _Relaxed:
    """A solution of a node's linear programme: mass and mixture of each block, and the dual."""

    value: float
    masses: Floats
    mixtures: tuple[Floats, ...]
    weights: tuple[int, ...]
    price: float


@final
@dataclass(frozen=True, slots=True, eq=False)
class _Node:
    """An open node: cells[k] the vertices (rows) of each member's simplex at signal k; the box of λ."""

    number: int
    cells: Products
    box: tuple[tuple[float, float], ...]
    relaxed: _Relaxed


@final
class MixtureSearch:
    """The tree so far, the open nodes, and the best mixture.

    Parameters
    ----------
    table : float array, shape (num_b, m_1, …, m_t)
        u[b, a], scaled to lie between 0 and 1.
    budget : SecretBudget
    """

    def __init__(self, table: Floats, budget: SecretBudget) -> None:
        self.table, self.budget = table, budget
        self.sizes = table.shape[1:]
        self.count = len(table)
        self.whole = table.reshape(self.count, -1)
        self.most = budget.most_signals(self.count)
        self.amount = float(budget.amount)
        self.least = 2.0**-self.amount if budget.notion == "min_entropy" else 0.0
        self.splits: list[CovertSplit | None] = []
        self.children: list[tuple[int, int] | None] = []
        self.evidence: list[tuple[tuple[int, ...], float]] = []
        self.open: list[tuple[float, int, _Node]] = []
        self.cells = 0
        self.mixture = Mixture(-math.inf, np.ones(1), ())

    # -- from above ------------------------------------------------------------------------------------------------

    def run(
        self,
        gap: float,
        max_cells: int,
        deadline: float,
        tell: Callable[[int, float, float], None],
        mixtures: Sequence[Mixture],
    ) -> MixtureBounds:
        """Search until the gap or a limit is reached, from mixtures that are known."""
        refuse_if_too_large(max_cells, 1500 + 8 * (max(self.sizes) ** 2 + sum(self.sizes)), f"{max_cells:,} cells")
        self.mixture = max(mixtures, key=lambda mixture: mixture.value)
        gap *= _MARGIN
        even = (_UNIT // self.count or 1,) * self.count
        box = tuple((float(low), float(high)) for low, high in self.budget.first_box(self.most))
        self._add((), box, _Relaxed(math.inf, np.ones(1), (np.full(self.whole.shape[1], 1.0),), even, 0.0), gap)
        for weights, products in self._starts():
            if not self.open or -self.open[0][0] <= self.mixture.value + gap or time.perf_counter() > deadline:
                break
            self.improve(weights, products)
        stopped: Literal["gap", "cells", "time"] = "gap"
        for step in itertools.count(1):
            if not self.open or -self.open[0][0] <= self.mixture.value + gap:
                break
            if self.cells + 2 > max_cells or time.perf_counter() > deadline:
                stopped = "cells" if self.cells + 2 > max_cells else "time"
                break
            if step % 64 == 0:
                tell(self.cells, self.mixture.value, -self.open[0][0])
            node = heapq.heappop(self.open)[2]
            self._try(node, improve=step <= _EARLY)
            self._split(node, gap)
        return self._proposal(stopped)

    def _split(self, node: _Node, gap: float) -> None:
        split = self._worst(node)
        numbers = []
        if len(split) == 2:
            signal, cut = split[0], float(split[1])
            boxes = [_cut(node.box, signal, cut, above) for above in (False, True)]
            parts = [(node.cells, box) for box in boxes]
        else:
            signal, member, first, second = split
            whole = tuple(np.eye(m) for m in self.sizes)
            cells = node.cells + (whole,) * (signal + 1 - len(node.cells))
            simplex = cells[signal][member]
            parts = []
            for replaced in (first, second):
                part = simplex.copy()
                part[replaced] = (simplex[first] + simplex[second]) / 2
                cell = (*cells[signal][:member], part, *cells[signal][member + 1 :])
                parts.append(((*cells[:signal], cell, *cells[signal + 1 :]), node.box))
        for cells, box in parts:
            numbers.append(len(self.splits))
            self._add(cells, box, node.relaxed, gap)
        self.splits[node.number], self.children[node.number] = split, (numbers[0], numbers[1])

    def _add(self, cells: Products, box: tuple[tuple[float, float], ...], parent: _Relaxed, gap: float) -> None:
        """Bound a node, and leave it open unless its bound is within the gap."""
        self.cells += 1
        number = len(self.splits)
        self.splits.append(None)
        self.children.append(None)
        self.evidence.append((parent.weights, parent.price))
        if self.budget.notion == "entropy" and _is_empty(box):
            return
        blocks = [self._payoffs(cell) for cell in cells]
        if self._quick_bound(blocks, parent.weights) <= self.mixture.value + gap:
            return
        relaxed = self._relax(blocks, box) or parent
        self.evidence[number] = (relaxed.weights, relaxed.price)
        if relaxed.value > self.mixture.value + gap:
            heapq.heappush(self.open, (-relaxed.value, number, _Node(number, cells, box, relaxed)))

    def _payoffs(self, cell: tuple[Floats, ...]) -> Floats:
        values = self.table
        for simplex in cell:
            values = np.tensordot(values, simplex, axes=([1], [1]))
        return values.reshape(self.count, -1)

    def _quick_bound(self, blocks: Sequence[Floats], weights: tuple[int, ...]) -> float:
        """The bound by known weights; infinite for entropy, where prices matter."""
        q = np.array(weights, dtype=np.float64)
        q /= q.sum()
        tops = [float((q @ block).max()) for block in blocks]
        whole = float((q @ self.whole).max())
        if self.budget.notion == "min_entropy":
            return self.least * (tops[0] if tops else whole) + (1 - self.least) * whole
        if self.budget.notion == "seed":
            totals = itertools.accumulate([*tops, *[whole] * (self.most - len(tops))])
            return max(total / j for j, total in enumerate(totals, 1))
        return math.inf

    def _relax(self, blocks: Sequence[Floats], box: tuple[tuple[float, float], ...]) -> _Relaxed | None:
        """The node's linear programme: blocks of columns are the open signals and, if there may be more, the whole."""
        m = len(blocks)
        notion = self.budget.notion
        columns = [*blocks, self.whole]
        rows: list[tuple[Sequence[float], float, float]] = [([1.0] * (m + 1), 1.0, 1.0)]
        price: Sequence[float] | None = None
        limit = 0.0
        if notion == "min_entropy" and m:
            rows.append(([1.0, 0.0], self.least, self.least))
        elif notion == "seed" and m:
            for k in range(m - 1):
                rows.append(([float(j == k) - float(j == k + 1) for j in range(m + 1)], 0.0, math.inf))
            rows.append(([0.0] * (m - 1) + [float(self.most - m), -1.0], 0.0, math.inf))
        elif notion == "entropy":
            slopes, limit = [], self.amount
            for k, (low, high) in enumerate(box[:m]):
                rows.append(([float(j == k) for j in range(m + 1)], low, high))
                slope = (_eta(high) - _eta(low)) / (high - low) if high > low else 0.0
                slopes.append(slope)
                limit -= _eta(low) - slope * low
            most = max(min(sum(high for _, high in box[m:]), 1 - sum(low for low, _ in box[:m])), 0.0)
            least = min(sum(low for low, _ in box[m:]), most)
            rows.append(([0.0] * m + [1.0], least, most))
            atom = min(box[m][1], most) if m < len(box) else 0.0
            price = [*slopes, -math.log2(atom) if atom > 0 else 0.0]
        return _solve(columns, rows, price, limit)

    # -- where to split --------------------------------------------------------------------------------------------

    def _worst(self, node: _Node) -> CovertSplit:
        """The split that touches what makes the node's solution infeasible in the original problem."""
        relaxed, cells = node.relaxed, node.cells
        best, chosen = -1.0, 0
        for k in range(min(len(cells) + 1, self.most)):
            mass, mixture = relaxed.masses[k], relaxed.mixtures[k]
            if k == len(cells):  # the first of the signals that have no cell yet
                mass = min(mass, node.box[k][1]) if self.budget.notion != "min_entropy" else self.least
            cell = cells[k] if k < len(cells) else tuple(np.eye(n) for n in self.sizes)
            lost = self._payoffs(cell) @ mixture - contract(self.table, _products(mixture, cell))
            width = max(float(np.ptp(simplex, axis=0).max()) for simplex in cell)
            score = mass * (float(np.abs(lost).max()) + 0.02 * width)
            if score > best:
                best, chosen = score, k
        if self.budget.notion == "entropy":
            cut, lost_value = self._worst_weight(node)
            if lost_value > best and cut is not None:
                return cut
        cell = cells[chosen] if chosen < len(cells) else tuple(np.eye(n) for n in self.sizes)
        return (chosen, *_edge(cell, _marginals(relaxed.mixtures[chosen], cell)))

    def _worst_weight(self, node: _Node) -> tuple[CovertSplit | None, float]:
        """The λ_k whose entropy is underestimated most, in payoff; it is cut where it stands, not too near an end."""
        masses = node.relaxed.masses
        excess = _entropy(masses) - self.amount
        # Where the chords let the solution exceed the budget unnoticed, a bit has no price yet, though it has a worth.
        price = max(min(node.relaxed.price, 4.0), 0.5 if excess > 0 else 0.02)
        best, found = 0.0, None
        for k in range(min(len(node.cells) + 1, self.most)):
            low, high = node.box[k]
            if high - low < 1e-9:
                continue
            mass = float(masses[k])
            if k < len(node.cells):
                chord = _eta(low) + (_eta(high) - _eta(low)) * (mass - low) / (high - low)
                lost = _eta(min(max(mass, low), high)) - chord
            else:
                mass = min(mass, high)
                lost = 0.5 * (high - max(mass, low))
            lost = price * max(lost, 0.05 * (high - low))
            if lost > best:
                margin = 0.2 * (high - low)
                cut = min(max(mass, low + margin), high - margin)
                best, found = lost, (k, Fraction(round(cut * _UNIT), _UNIT))
        return found, best

    # -- from below ------------------------------------------------------------------------------------------------

    def _try(self, node: _Node, *, improve: bool) -> None:
        """The products nearest to the node's solution, improved if they are better than the best so far."""
        cells = [*node.cells]
        masses = node.relaxed.masses[: len(cells)]
        if len(cells) < self.most:
            cells.append(tuple(np.eye(n) for n in self.sizes))
            masses = node.relaxed.masses
        if self.budget.notion == "min_entropy":
            masses = np.ones(1)
        products = tuple(_products(node.relaxed.mixtures[k], cell) for k, cell in enumerate(cells))
        weights = _distribution(masses)
        if self.budget.notion == "entropy":
            weights = self._within(weights)
        if not improve and self.budget.notion != "min_entropy":
            value = sum(w * contract(self.table, x) for w, x in zip(weights, products, strict=True))
            improve = float(np.min(value)) > self.mixture.value
        if improve:
            self.improve(weights, products)

    def _within(self, weights: Floats) -> Floats:
        """Weights moved towards the largest one until their entropy is within the budget."""
        if _entropy(weights) <= self.amount:
            return weights
        peak = np.eye(len(weights))[int(np.argmax(weights))]
        low, high = 0.0, 1.0
        for _ in range(50):
            middle = (low + high) / 2
            low, high = (
                (low, middle) if _entropy(weights + middle * (peak - weights)) <= self.amount else (middle, high)
            )
        moved: Floats = weights + high * (peak - weights)
        return moved

    def _starts(self) -> list[tuple[Floats, Products]]:
        """Random products with weights of several shapes, always the same."""
        rng = np.random.default_rng(0)
        starts = []
        for number in range(4 + 2 * self.most):
            k = self.most if self.budget.notion != "entropy" else 2 + number % max(self.most - 1, 1)
            sharpness = (1.0, 0.3)[number % 2]
            products = tuple(tuple(rng.dirichlet(np.full(n, sharpness)) for n in self.sizes) for _ in range(k))
            weights = _distribution(np.sort(rng.dirichlet(np.ones(k)))[::-1])
            starts.append((self._within(weights) if self.budget.notion == "entropy" else weights, products))
        return starts

    def improve(self, weights: Floats, products: Products) -> None:
        """Sequential linear programming from a mixture within the budget; keeps the best of all."""
        at, radius, model = self._valued(weights, products), 1.0, None
        for _ in range(_LINEARISATIONS):
            if model is None:
                model, origin = self._linearised(at)
            low, high = np.maximum(origin - radius, 0.0), origin + radius
            low[-1], high[len(at.weights) * (1 + sum(self.sizes)) :] = -np.inf, np.inf
            model.change_column_bounds(low, high)
            if model.run() != "optimal":
                break
            moved = self._moved(model.primal(), at)
            if moved.value > at.value + 1e-13:
                at, radius, model = moved, min(1.0, 2 * radius), None
            else:
                radius /= 4
            if radius < _SMALLEST_RADIUS:
                break
        if at.value > self.mixture.value:
            self.mixture = at

    def _valued(self, weights: Floats, products: Products, rest: Floats | None = None) -> Mixture:
        if self.budget.notion == "min_entropy":
            weights = np.array([self.least])
            if rest is None:
                rest = np.full(self.sizes, 1.0 / self.whole.shape[1])
        value = np.sum([w * contract(self.table, x) for w, x in zip(weights, products, strict=True)], axis=0)
        if rest is not None:
            value = value + (1 - self.least) * (self.whole @ rest.reshape(-1))
        return Mixture(float(value.min()), weights, products, rest)

    def _linearised(self, at: Mixture) -> tuple[LinearModel, Floats]:
        """max t, with Σ_k λ_k u_b(x_k) linearised in (λ, x), and H(λ) replaced by its tangent.

        Columns: λ, then all x_{k,i}, which a trust region confines, the law of the rest (min-entropy), and t. The
        model, and the point at which it is linearised.
        """
        num_signals, count = len(at.weights), self.count
        values = np.column_stack([contract(self.table, x) for x in at.products])
        slopes = [
            w * contract(self.table, x, i)
            for w, x in zip(at.weights, at.products, strict=True)
            for i in range(len(self.sizes))
        ]
        joint = [] if at.rest is None else [(1 - self.least) * self.whole]
        payoffs = np.hstack([values, *slopes, *joint, -np.ones((count, 1))])
        origin = np.concatenate([at.weights, *(x for row in at.products for x in row)])
        # Each u_b is linear in each factor: Σ_i ∇_i u_b(x)·x_i counts it once for each member.
        right = len(self.sizes) * (values @ at.weights)
        widths = [num_signals, *self.sizes * num_signals, *(block.shape[1] for block in joint), 1]
        sums = np.repeat(np.eye(len(widths))[:-1], widths, axis=1)
        matrix, lower, upper = (
            [payoffs, sums],
            [right, np.ones(len(sums))],
            [np.full(count, np.inf), np.ones(len(sums))],
        )
        if self.budget.notion == "min_entropy":
            lower[1][0] = upper[1][0] = self.least
        elif self.budget.notion == "entropy":
            tangent = np.zeros((1, payoffs.shape[1]))
            tangent[0, :num_signals] = -np.log2(np.maximum(at.weights, 1e-300))
            matrix.append(tangent)
            lower.append(np.array([-np.inf]))
            upper.append(np.array([max(self.amount, _entropy(at.weights))]))
        dense = np.vstack(matrix)
        cost = np.zeros(dense.shape[1])
        cost[-1] = 1.0
        model = LinearModel(
            *("max", cost, np.arange(len(dense) + 1) * len(cost), np.tile(np.arange(len(cost)), len(dense))),
            *(dense.reshape(-1), np.concatenate(lower), np.concatenate(upper)),
        )
        return model, np.append(origin, np.zeros(len(cost) - len(origin)))

    def _moved(self, primal: Floats, at: Mixture) -> Mixture:
        num_signals = len(at.weights)
        ends = np.cumsum([num_signals, *self.sizes * num_signals])
        weights, *parts = np.split(primal[: ends[-1]], ends[:-1])
        t = len(self.sizes)
        products = tuple(tuple(map(_distribution, parts[k * t : (k + 1) * t])) for k in range(num_signals))
        rest = None if at.rest is None else _distribution(primal[ends[-1] : -1]).reshape(self.sizes)
        weights = _distribution(weights)
        return self._valued(self._within(weights) if self.budget.notion == "entropy" else weights, products, rest)

    def _proposal(self, stopped: Literal["gap", "cells", "time"]) -> MixtureBounds:
        splits: list[CovertSplit | None] = []
        weights: list[tuple[int, ...]] = []
        prices: list[Fraction] = []
        waiting = [0]
        while waiting:
            number = waiting.pop()
            splits.append(self.splits[number])
            below = self.children[number]
            if below is None:
                row, price = self.evidence[number]
                weights.append(row)
                prices.append(Fraction(max(round(price * _UNIT), 0), _UNIT))
            else:
                waiting += [below[1], below[0]]
        return MixtureBounds(self.mixture, tuple(splits), tuple(weights), tuple(prices), self.cells, stopped)


def _solve(
    blocks: Sequence[Floats],
    rows: Sequence[tuple[Sequence[float], float, float]],
    price: Sequence[float] | None,
    limit: float,
) -> _Relaxed | None:
    """max t − P·s: Σ_k blocks[k] z_k ≥ t at each b, rows on the masses Σ z_k, price · masses ≤ limit + s; z, s ≥ 0.

    The slack s keeps the programme feasible, so that the dual price of a bit is at most P.
    """
    widths = [block.shape[1] for block in blocks]
    count, total = len(blocks[0]), sum(widths)
    masses = [list(coefficients) for coefficients, _, _ in rows] + ([list(price)] if price is not None else [])
    matrix = np.zeros((count + len(masses), total + 2))
    matrix[:count, :total] = np.hstack(blocks)
    matrix[:count, total] = -1.0
    matrix[count:, :total] = np.repeat(np.array(masses, dtype=np.float64), widths, axis=1)
    lower = np.concatenate([np.zeros(count), [low for _, low, _ in rows]])
    upper = np.concatenate([np.full(count, np.inf), [high for _, _, high in rows]])
    if price is not None:
        matrix[-1, total + 1] = -1.0
        lower, upper = np.append(lower, -np.inf), np.append(upper, limit)
    cost = np.zeros(total + 2)
    cost[total], cost[total + 1] = 1.0, -_STEEPEST
    start = np.arange(len(matrix) + 1) * (total + 2)
    index = np.tile(np.arange(total + 2), len(matrix))
    floor = np.zeros(total + 2)
    floor[total] = -np.inf
    model = LinearModel("max", cost, start, index, matrix.reshape(-1), lower, upper, floor)
    if model.run() != "optimal":
        return None
    solution = model.solution()
    weights = np.rint(np.maximum(-solution.row_duals[:count], 0.0) * _UNIT)
    if not bool(np.isfinite(weights).all()) or not weights.sum() > 0:
        return None
    parts = np.split(np.maximum(solution.primal[:total], 0.0), np.cumsum(widths)[:-1])
    mixtures = tuple(p / p.sum() if p.sum() > _TINY else np.full(len(p), 1.0 / len(p)) for p in parts)
    return _Relaxed(
        float(solution.value),
        np.array([float(p.sum()) for p in parts]),
        mixtures,
        tuple(int(w) for w in weights),
        max(float(solution.row_duals[-1]), 0.0) if price is not None else 0.0,
    )


def _marginals(mixture: Floats, cell: tuple[Floats, ...]) -> tuple[Floats, ...]:
    """How often the mixture of choices of vertices chooses each vertex of each simplex."""
    joint = mixture.reshape([len(simplex) for simplex in cell])
    axes = range(joint.ndim)
    return tuple(joint.sum(axis=tuple(j for j in axes if j != i)) for i in axes)


def _products(mixture: Floats, cell: tuple[Floats, ...]) -> tuple[Floats, ...]:
    """The members' strategies of a mixture, as if they were independent."""
    return tuple(_distribution(p @ simplex) for p, simplex in zip(_marginals(mixture, cell), cell, strict=True))


def _edge(cell: tuple[Floats, ...], marginals: tuple[Floats, ...]) -> tuple[int, int, int]:
    """The edge to split: its length, times up to three for vertices that the mixture chooses both."""
    best, chosen = -1.0, (0, 0, 0)
    for member, (simplex, weight) in enumerate(zip(cell, marginals, strict=True)):
        root = np.sqrt(np.maximum(weight, 0.0))
        for first, second in itertools.combinations(range(len(simplex)), 2):
            length = float(np.linalg.norm(simplex[first] - simplex[second]))
            score = length * (0.25 + float(root[first] * root[second]))
            if score > best:
                best, chosen = score, (member, first, second)
    return chosen


def _cut(box: tuple[tuple[float, float], ...], signal: int, cut: float, above: bool) -> tuple[tuple[float, float], ...]:
    if above:
        return tuple((max(low, cut) if k <= signal else low, high) for k, (low, high) in enumerate(box))
    return tuple((low, min(high, cut) if k >= signal else high) for k, (low, high) in enumerate(box))


def _is_empty(box: tuple[tuple[float, float], ...]) -> bool:
    lows, highs = sum(low for low, _ in box), sum(high for _, high in box)
    return lows > 1 or highs < 1 or any(low > high for low, high in box)


def _eta(p: float) -> float:
    return -p * math.log2(p) if p > 0 else 0.0


def _entropy(weights: Any) -> float:
    return sum(_eta(float(p)) for p in weights)


def _distribution(values: Floats) -> Floats:
    positive = np.maximum(values, 0.0)
    result: Floats = positive / positive.sum()
    return result
