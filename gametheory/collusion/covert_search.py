"""Global bounds on mixtures of a few products, by subdividing simplices and probabilities (in floats).

    maximise  min_b Σ_k λ_k u_b(x_k)    over λ within a budget and products x_k of mixed strategies

**From below**, local searches from several starts and from what nodes propose (:mod:`.covert_mixtures`).

**From above**, branch and bound. A node confines some signals to products of simplices, and for entropy each λ_k to an
interval. Replacing λ_k x_k by any λ_k-weighted mixture of the vertices of its cell gives a linear programme: exact once
the cells of signals that matter are points, whatever λ is. Entropy is replaced by chords on the intervals. The dual
weights and the price of a bit are what the certificate needs (:mod:`gametheory.certificates.covert_bounds`). The next
node is the one with the largest bound; it is split where its own solution breaks the original problem most: an edge of a
signal that is mixed by correlating members, or a λ_k whose entropy is underestimated.

What is returned is a proposal; the caller recomputes both bounds in rationals. Complexity: a linear programme of about
n + K rows and K ∏ m_i columns at each node (a millisecond); the number of nodes is exponential in K Σ (m_i − 1) at worst.

References: R. Horst and H. Tuy (1996), *Global Optimization*; J. E. Falk and R. M. Soland (1969), *An algorithm for
separable nonconvex programming problems*, Management Science 15 (chords of concave terms).
"""

from __future__ import annotations

import heapq
import itertools
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, final

import numpy as np
from numpy.typing import NDArray

from gametheory.certificates.covert_bounds import CovertSplit
from gametheory.certificates.secret_budgets import Box, SecretBudget, cut_box
from gametheory.collusion.covert_mixtures import Mixture, MixtureClimb, Products, entropy, normalised
from gametheory.games.memory import refuse_if_too_large
from gametheory.games.profiles import contract
from gametheory.optimize.linear import LinearModel

__all__ = ["MixtureBounds", "bound_mixtures"]

Floats = NDArray[np.float64]
Row = tuple[Sequence[float], float, float]
"""Coefficients of the masses of blocks, and bounds on their sum."""

_UNIT = 2**30
_EARLY = 8  # nodes whose solution is improved whether or not it beats the best mixture
_MARGIN = 0.98  # nodes are closed a little within the gap: the rest is for rounding to rationals
_STEEPEST = 1e5  # price of a bit, in payoff spans, beyond which a node is taken to hold nothing within the budget
_TINY = 1e-12


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
    box: Box
    relaxed: _Relaxed


def bound_mixtures(
    table: Floats,
    budget: SecretBudget,
    known: Mixture,
    *,
    gap: float,
    max_cells: int,
    deadline: float = math.inf,
    progress: Callable[[int, float, float], None] | None = None,
) -> MixtureBounds:
    """Enclose the value between a mixture and a subdivision.

    Parameters
    ----------
    table : float array, shape (num_b, m_1, …, m_t)
        u[b, a], scaled to lie between 0 and 1.
    budget : SecretBudget
    known : Mixture
        One within the budget.
    gap : float
        Largest difference between bound and value that is asked for; positive.
    max_cells : int
    deadline : float
        In seconds of :func:`time.perf_counter`.
    progress : callable, optional
        Called now and then with the number of nodes bounded so far and the best value and bound.

    Raises
    ------
    SpecificationError
        If that many nodes would not fit the memory at hand.
    """
    sizes = table.shape[1:]
    refuse_if_too_large(max_cells, 1500 + 8 * (max(sizes) ** 2 + sum(sizes)), f"max_cells: {max_cells:,} cells")
    return _Search(table, budget, known, gap * _MARGIN).run(max_cells, deadline, progress)


@final
class _Search:
    """The tree so far, the open nodes, and the local search."""

    def __init__(self, table: Floats, budget: SecretBudget, known: Mixture, gap: float) -> None:
        self.table, self.budget, self.gap = table, budget, gap
        self.climb = MixtureClimb(table, budget, known)
        self.count, self.whole, self.most = len(table), self.climb.whole, self.climb.most
        self.amount, self.least = self.climb.amount, self.climb.least
        self.free = tuple(np.eye(m) for m in table.shape[1:])  # the cell of a signal that nothing confines
        self.splits: list[CovertSplit | None] = []
        self.children: list[tuple[int, int] | None] = []
        self.evidence: list[tuple[tuple[int, ...], float]] = []
        self.open: list[tuple[float, int, _Node]] = []

    def run(
        self, max_cells: int, deadline: float, progress: Callable[[int, float, float], None] | None
    ) -> MixtureBounds:
        even = (_UNIT // self.count or 1,) * self.count
        nothing = _Relaxed(math.inf, np.ones(1), (np.full(self.whole.shape[1], 1.0),), even, 0.0)
        self._add((), self.budget.first_box(self.most), nothing)
        for weights, products in self.climb.starts():
            if self._is_closed() or time.perf_counter() > deadline:
                break
            self.climb.improve(weights, products)
        stopped: Literal["gap", "cells", "time"] = "gap"
        for step in itertools.count(1):
            if self._is_closed():
                break
            if len(self.splits) + 2 > max_cells or time.perf_counter() > deadline:
                stopped = "cells" if len(self.splits) + 2 > max_cells else "time"
                break
            if progress is not None and step % 64 == 0:
                progress(len(self.splits), self.climb.best.value, -self.open[0][0])
            node = heapq.heappop(self.open)[2]
            self._try(node, always=step <= _EARLY)
            self._split(node)
        return self._proposal(stopped)

    def _is_closed(self) -> bool:
        return not self.open or -self.open[0][0] <= self.climb.best.value + self.gap

    def _split(self, node: _Node) -> None:
        split = self._worst(node)
        if len(split) == 2:
            parts = [(node.cells, cut_box(node.box, split[0], split[1], above=above)) for above in (False, True)]
        else:
            signal, member, first, second = split
            cells = node.cells + (self.free,) * (signal + 1 - len(node.cells))
            simplex = cells[signal][member]
            parts = []
            for replaced in (first, second):
                part = simplex.copy()
                part[replaced] = (simplex[first] + simplex[second]) / 2
                cell = (*cells[signal][:member], part, *cells[signal][member + 1 :])
                parts.append(((*cells[:signal], cell, *cells[signal + 1 :]), node.box))
        below = len(self.splits), len(self.splits) + 1
        for cells, box in parts:
            self._add(cells, box, node.relaxed)
        self.splits[node.number], self.children[node.number] = split, below

    def _add(self, cells: Products, box: Box, parent: _Relaxed) -> None:
        """Bound a node, and leave it open unless its bound is within the gap."""
        number = len(self.splits)
        self.splits.append(None)
        self.children.append(None)
        self.evidence.append((parent.weights, parent.price))
        if self.budget.notion == "entropy" and self.budget.excludes(box):
            return
        blocks = [self._payoffs(cell) for cell in cells]
        enough = self.climb.best.value + self.gap
        if self._quick_bound(blocks, parent.weights) <= enough:
            return
        relaxed = self._relax(blocks, box) or parent
        self.evidence[number] = (relaxed.weights, relaxed.price)
        if relaxed.value > enough:
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

    def _relax(self, blocks: Sequence[Floats], box: Box) -> _Relaxed | None:
        """The node's linear programme: a block of columns for each signal with a cell, and one for all others."""
        m = len(blocks)
        rows: list[Row] = [([1.0] * (m + 1), 1.0, 1.0)]
        price: Sequence[float] | None = None
        limit = self.amount
        unit = np.eye(m + 1)
        if self.budget.notion == "min_entropy" and m:
            rows.append((unit[0].tolist(), self.least, self.least))
        elif self.budget.notion == "seed" and m:
            rows += [((unit[k] - unit[k + 1]).tolist(), 0.0, math.inf) for k in range(m - 1)]
            rows.append((((self.most - m) * unit[m - 1] - unit[m]).tolist(), 0.0, math.inf))
        elif self.budget.notion == "entropy":
            ends = [(float(low), float(high)) for low, high in box]
            slopes = []
            for k, (low, high) in enumerate(ends[:m]):
                rows.append((unit[k].tolist(), low, high))
                slope = (entropy([high]) - entropy([low])) / (high - low) if high > low else 0.0
                slopes.append(slope)
                limit -= entropy([low]) - slope * low
            most = max(min(sum(high for _, high in ends[m:]), 1 - sum(low for low, _ in ends[:m])), 0.0)
            rows.append((unit[m].tolist(), min(sum(low for low, _ in ends[m:]), most), most))
            atom = min(ends[m][1], most) if m < len(ends) else 0.0  # no other signal is larger
            price = [*slopes, -math.log2(atom) if atom > 0 else 0.0]
        return _solve([*blocks, self.whole], rows, price, limit)

    # -- where to split --------------------------------------------------------------------------------------------

    def _worst(self, node: _Node) -> CovertSplit:
        """The split that touches what makes the node's solution infeasible in the original problem."""
        relaxed = node.relaxed
        cells = (*node.cells, self.free)[: self.most]
        best, chosen = -1.0, 0
        for k, cell in enumerate(cells):
            mass = float(relaxed.masses[k])
            if k == len(node.cells):  # the first of the signals that have no cell yet
                mass = self.least if self.budget.notion == "min_entropy" else min(mass, float(node.box[k][1]))
            mixture = relaxed.mixtures[k]
            lost = self._payoffs(cell) @ mixture - contract(self.table, _products(mixture, cell))
            width = max(float(np.ptp(simplex, axis=0).max()) for simplex in cell)
            score = mass * (float(np.abs(lost).max()) + 0.02 * width)
            if score > best:
                best, chosen = score, k
        if self.budget.notion == "entropy":
            cut, lost_value = self._worst_weight(node)
            if lost_value > best and cut is not None:
                return cut
        return (chosen, *_edge(cells[chosen], _marginals(relaxed.mixtures[chosen], cells[chosen])))

    def _worst_weight(self, node: _Node) -> tuple[CovertSplit | None, float]:
        """The λ_k whose entropy is underestimated most, in payoff; it is cut where it stands, not too near an end."""
        masses = node.relaxed.masses
        # Where the chords let the solution exceed the budget unnoticed, a bit has no price yet, though it has a worth.
        price = max(min(node.relaxed.price, 4.0), 0.5 if entropy(masses) > self.amount else 0.02)
        best, found = 0.0, None
        for k in range(min(len(node.cells) + 1, self.most)):
            low, high = map(float, node.box[k])
            if high - low < 1e-9:
                continue
            mass = min(max(float(masses[k]), low), high)
            if k < len(node.cells):
                chord = entropy([low]) + (entropy([high]) - entropy([low])) * (mass - low) / (high - low)
                lost = entropy([mass]) - chord
            else:
                lost = 0.5 * (high - mass)
            lost = price * max(lost, 0.05 * (high - low))
            if lost > best:
                margin = 0.2 * (high - low)
                cut = min(max(mass, low + margin), high - margin)
                best, found = lost, (k, Fraction(round(cut * _UNIT), _UNIT))
        return found, best

    def _try(self, node: _Node, *, always: bool) -> None:
        """The products nearest to the node's solution, improved if they are better than the best so far."""
        cells = (*node.cells, self.free)[: self.most]
        products = tuple(_products(x, cell) for x, cell in zip(node.relaxed.mixtures, cells, strict=False))
        weights = normalised(node.relaxed.masses[: len(cells)])
        if self.budget.notion == "entropy":
            weights = self.climb.within(weights)
        if not always and self.budget.notion != "min_entropy":
            payoffs = sum(w * contract(self.table, x) for w, x in zip(weights, products, strict=True))
            always = float(np.min(payoffs)) > self.climb.best.value
        if always:
            self.climb.improve(weights, products)

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
        return MixtureBounds(self.climb.best, tuple(splits), tuple(weights), tuple(prices), len(self.splits), stopped)


def _solve(
    blocks: Sequence[Floats], rows: Sequence[Row], price: Sequence[float] | None, limit: float
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
    return tuple(normalised(p @ simplex) for p, simplex in zip(_marginals(mixture, cell), cell, strict=True))


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
