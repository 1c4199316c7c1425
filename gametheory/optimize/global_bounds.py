"""Global bounds on a max-min of multilinear functions, by subdividing simplices (in floats).

    maximise  min_b u_b(x)    over x = (x_1, …, x_k),  x_i ∈ Δ_{m_i},      u_b(x) = Σ_a u[b, a] ∏_i x_i(a_i)

The problem is not concave and NP-hard for k ≥ 2. **From below**, sequential linear programming: all u_b are linearised
at x and improved within a trust region, from several starts; where it stops, first-order conditions hold. **From
above**, branch and bound over products of simplices C_1 × … × C_k, at the root the whole. The concave envelope of
min_b u_b over a cell is the value of the matrix game whose columns are the choices of one vertex of each C_i: one small
linear programme, whose dual weights q on the b's bound min_b u_b by Σ_b q_b u_b, largest at vertices. The next cell is
the one with the largest bound, split at the middle of an edge: a long one, and between vertices that the programme mixes.
The error on a cell is quadratic in its diameter.

What is returned is a proposal: floats choose splits and weights, and the caller recomputes both bounds in rationals
(:func:`gametheory.certificates.team_bounds.leaf_bounds`). Weights are whole numbers over 2³⁰ when they are used here, so
that nothing is lost when they are written down.

Complexity: at each cell a linear programme of num_b + 1 rows and ∏ m_i columns (0.5 ms while that is below 100); the
number of cells is exponential in Σ (m_i − 1) at worst.

References: B. von Stengel and D. Koller (1997), *Team-maxmin equilibria*, Games and Economic Behavior 21; R. Horst and
H. Tuy, *Global Optimization* (1996); F. Palacios-Gomez, L. Lasdon and M. Engquist (1982), *Nonlinear
optimization by successive linear programming*, Management Science 28.
"""

from __future__ import annotations

import heapq
import itertools
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, final

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic.limits import check_count, check_seconds
from gametheory.errors import SpecificationError
from gametheory.games.memory import refuse_if_too_large
from gametheory.games.profiles import contract
from gametheory.optimize.linear import LinearModel

__all__ = ["MultilinearBounds", "Progress", "bound_multilinear_maximin"]

Floats = NDArray[np.float64]
Split = tuple[int, int, int]
Progress = Callable[[int, float, float], None]
"""Called now and then with the number of cells bounded so far and the best value and bound."""

_UNIT = 2**30
_STARTS = 6
_EARLY = 8  # cells whose mixture is improved whether or not it beats the best point
_LINEARISATIONS = 60
_SMALLEST_RADIUS = 1e-10
_MARGIN = 0.98  # cells are closed a little within the gap: the rest is for rounding the best point to rationals


@final
@dataclass(frozen=True, slots=True, eq=False)
class MultilinearBounds:
    """What the search proposes.

    Attributes
    ----------
    point : tuple of arrays, shapes (m_i,)
        The best strategies found.
    value, bound : float
        Their value, and the largest bound on what is left.
    splits : tuple of (factor, vertex, vertex) or None
        The subdivision in preorder, ``None`` for a leaf; the child that replaces the first vertex comes first.
    weights : tuple of tuples of int
        For each leaf, in the same order, numerators of the weights on the functions u_b.
    cells : int
        Cells that were bounded.
    stopped : "gap", "cells" or "time"
    """

    point: tuple[Floats, ...]
    value: float
    bound: float
    splits: tuple[Split | None, ...]
    weights: tuple[tuple[int, ...], ...]
    cells: int
    stopped: Literal["gap", "cells", "time"]

    def __repr__(self) -> str:
        return f"MultilinearBounds(numerical: {self.value:.8g} to {self.bound:.8g}, {self.cells} cells)"


@final
@dataclass(frozen=True, slots=True, eq=False)
class _Cell:
    """An open cell: the vertices of each simplex (as rows), the mixture that attains its bound, and its weights."""

    node: int
    simplices: tuple[Floats, ...]
    marginals: tuple[Floats, ...]
    weights: tuple[int, ...]


def bound_multilinear_maximin(
    table: Floats,
    *,
    gap: float,
    max_cells: int,
    time_limit: float | None = None,
    progress: Progress | None = None,
) -> MultilinearBounds:
    """Enclose max_x min_b u_b(x) between a point and a subdivision of the strategy sets.

    Parameters
    ----------
    table : float array, shape (num_b, m_1, …, m_k)
        u[b, a], scaled to lie between 0 and 1.
    gap : float
        Largest difference between bound and value that is asked for; positive.
    max_cells : int
        At least 1: the whole is a cell.
    time_limit : float, optional
        Seconds ≥ 0. With a limit on time, what is returned depends on the machine.
    progress : callable, optional

    Returns
    -------
    MultilinearBounds

    Raises
    ------
    SpecificationError
        A limit or gap out of range, or cells that would not fit the memory at hand.

    Examples
    --------
    >>> match = np.zeros((2, 2, 2))
    >>> match[0, 0, 0] = match[1, 1, 1] = 1
    >>> found = bound_multilinear_maximin(match, gap=1e-3, max_cells=1000)
    >>> round(found.value, 6), found.stopped
    (0.25, 'gap')
    """
    if not gap > 0:
        raise SpecificationError(f"gap: found {gap}; write a positive number")
    check_count("max_cells", max_cells)
    check_seconds("time_limit", time_limit)
    sizes = table.shape[1:]
    # A child shares all simplices but one with its parent.
    refuse_if_too_large(max_cells, 1000 + 8 * (max(sizes) ** 2 + sum(sizes)), f"max_cells: {max_cells:,} cells")
    deadline = math.inf if time_limit is None else time.perf_counter() + time_limit
    search = _Search(table)
    top, stopped = search.run(gap * _MARGIN, max_cells, deadline, progress)
    splits, weights = search.tree()
    return MultilinearBounds(search.point, search.value, top, splits, weights, search.cells, stopped)


@final
class _Search:
    """The tree so far, the open cells, and the best point."""

    def __init__(self, table: Floats) -> None:
        self.table = table
        self.sizes = table.shape[1:]
        self.splits: list[Split | None] = []
        self.children: list[tuple[int, int] | None] = []
        self.weights: list[tuple[int, ...]] = []
        self.open: list[tuple[float, int, _Cell]] = []
        self.cells = 0
        self.point: tuple[Floats, ...] = tuple(np.full(m, 1.0 / m) for m in self.sizes)
        self.value = -math.inf

    def run(
        self, gap: float, max_cells: int, deadline: float, progress: Progress | None
    ) -> tuple[float, Literal["gap", "cells", "time"]]:
        """Search until a limit; the largest bound that is left, and what ended it."""
        for start in self._starts():
            self._improve(start)
        even = tuple(_UNIT // self.table.shape[0] or 1 for _ in range(self.table.shape[0]))
        closed = self._add(tuple(np.eye(m) for m in self.sizes), even, gap)
        for step in itertools.count(1):
            if not self.open or -self.open[0][0] <= self.value + gap:
                return max(closed, -self.open[0][0] if self.open else -math.inf), "gap"
            if self.cells + 2 > max_cells:
                return max(closed, -self.open[0][0]), "cells"
            if time.perf_counter() > deadline:
                return max(closed, -self.open[0][0]), "time"
            if progress is not None and step % 64 == 0:
                progress(self.cells, self.value, max(closed, -self.open[0][0]))
            cell = heapq.heappop(self.open)[2]
            mixed = tuple(p @ simplex for p, simplex in zip(cell.marginals, cell.simplices, strict=True))
            if step <= _EARLY or self._value_at(mixed) > self.value:
                self._improve(mixed)
            factor, first, second = split = _edge(cell)
            middle = (cell.simplices[factor][first] + cell.simplices[factor][second]) / 2
            nodes = []
            for replaced in (first, second):
                part = cell.simplices[factor].copy()
                part[replaced] = middle
                nodes.append(len(self.splits))
                simplices = (*cell.simplices[:factor], part, *cell.simplices[factor + 1 :])
                closed = max(closed, self._add(simplices, cell.weights, gap))
            self.splits[cell.node], self.children[cell.node] = split, (nodes[0], nodes[1])
        raise AssertionError("the count has no end")

    def tree(self) -> tuple[tuple[Split | None, ...], tuple[tuple[int, ...], ...]]:
        """Splits and the weights of the leaves, in preorder."""
        splits: list[Split | None] = []
        weights: list[tuple[int, ...]] = []
        waiting = [0]
        while waiting:
            node = waiting.pop()
            splits.append(self.splits[node])
            below = self.children[node]
            if below is None:
                weights.append(self.weights[node])
            else:
                waiting += [below[1], below[0]]
        return tuple(splits), tuple(weights)

    def _add(self, simplices: tuple[Floats, ...], weights: tuple[int, ...], gap: float) -> float:
        """Bound a cell and leave it open unless its bound is within the gap; the bound of a closed cell, else −∞."""
        self.cells += 1
        node = len(self.splits)
        self.splits.append(None)
        self.children.append(None)
        payoffs = self.table
        for simplex in simplices:
            payoffs = np.tensordot(payoffs, simplex, axes=([1], [1]))
        matrix = payoffs.reshape(len(payoffs), -1)
        bound = _bound(matrix, weights)
        if bound > self.value + gap:
            marginals = tuple(np.full(m, 1.0 / m) for m in self.sizes)
            solved = _matrix_game(matrix)
            if solved is not None:  # else the parent's weights still bound the cell
                mixture, found = solved
                better = _bound(matrix, found)
                if better < bound:
                    bound, weights = better, found
                joint = mixture.reshape(self.sizes)
                axes = range(len(self.sizes))
                marginals = tuple(joint.sum(axis=tuple(j for j in axes if j != i)) for i in axes)
            if bound > self.value + gap:
                heapq.heappush(self.open, (-bound, node, _Cell(node, simplices, marginals, weights)))
        self.weights.append(weights)
        return bound if bound <= self.value + gap else -math.inf

    def _value_at(self, point: Sequence[Floats]) -> float:
        return float(contract(self.table, point).min())

    def _starts(self) -> list[tuple[Floats, ...]]:
        """The centre, the best pure profile, and a few random points, always the same."""
        worst = self.table.min(axis=0)
        best = np.unravel_index(int(np.argmax(worst)), worst.shape)
        rng = np.random.default_rng(0)
        return [
            self.point,
            tuple(np.eye(m)[int(k)] for m, k in zip(self.sizes, best, strict=True)),
            *(tuple(rng.dirichlet(np.ones(m)) for m in self.sizes) for _ in range(_STARTS)),
        ]

    def _improve(self, point: tuple[Floats, ...]) -> None:
        """Sequential linear programming from a point; keeps the best point of all."""
        value, radius, model = self._value_at(point), 1.0, None
        for _ in range(_LINEARISATIONS):
            at = np.concatenate(point)
            if model is None:
                model = self._linearised(point)
            model.change_column_bounds(
                np.append(np.maximum(at - radius, 0.0), -np.inf), np.append(np.minimum(at + radius, 1.0), np.inf)
            )
            if model.run() != "optimal":
                break
            solution = model.solution()
            ends = np.cumsum(self.sizes)[:-1]
            moved = tuple(_distribution(part) for part in np.split(solution.primal[:-1], ends))
            reached = self._value_at(moved)
            if reached > value + 1e-13:
                point, value, radius, model = moved, reached, min(1.0, 2 * radius), None
            else:
                radius /= 4
            if radius < _SMALLEST_RADIUS or solution.value <= value + 1e-13:
                break
        if value > self.value:
            self.point, self.value = point, value

    def _linearised(self, point: tuple[Floats, ...]) -> LinearModel:
        """max t subject to u_b(x) + Σ_i ∇_i u_b(x)·(y_i − x_i) ≥ t for all b and Σ y_i = 1 for all i."""
        count, columns = len(self.table), sum(self.sizes) + 1
        slopes = [contract(self.table, point, i) for i in range(len(self.sizes))]
        rows = np.hstack([*slopes, -np.ones((count, 1))])
        # Each u_b is linear in each factor, so that ∇_i u_b(x)·x_i = u_b(x).
        right = (len(self.sizes) - 1) * contract(self.table, point)
        start = np.concatenate([np.arange(count + 1) * columns, count * columns + np.cumsum(self.sizes)])
        index = np.concatenate([np.tile(np.arange(columns), count), np.arange(columns - 1)])
        ones = np.ones(len(self.sizes))
        return LinearModel(
            "max",
            np.append(np.zeros(columns - 1), 1.0),
            start,
            index,
            np.concatenate([rows.reshape(-1), np.ones(columns - 1)]),
            np.concatenate([right, ones]),
            np.concatenate([np.full(count, np.inf), ones]),
            np.append(np.zeros(columns - 1), -np.inf),
        )


def _edge(cell: _Cell) -> Split:
    """The edge to split: its length, times up to three for vertices that the cell's optimum mixes.

    The factor is bounded, so that along every branch all edges become short.
    """
    best, chosen = -1.0, (0, 0, 0)
    for factor, (simplex, weight) in enumerate(zip(cell.simplices, cell.marginals, strict=True)):
        root = np.sqrt(np.maximum(weight, 0.0))
        for first, second in itertools.combinations(range(len(simplex)), 2):
            length = float(np.linalg.norm(simplex[first] - simplex[second]))
            score = length * (0.25 + float(root[first] * root[second]))
            if score > best:
                best, chosen = score, (factor, first, second)
    return chosen


def _bound(matrix: Floats, weights: tuple[int, ...]) -> float:
    numbers = np.array(weights, dtype=np.float64)
    return float((numbers @ matrix).max()) / float(numbers.sum())


def _matrix_game(matrix: Floats) -> tuple[Floats, tuple[int, ...]] | None:
    """Optimal mixture of columns and whole-number weights of rows, where the columns' player maximises."""
    rows, columns = matrix.shape
    width = columns + 1
    model = LinearModel(
        "max",
        np.append(np.zeros(columns), 1.0),
        np.append(np.arange(rows + 1) * width, rows * width + columns),
        np.append(np.tile(np.arange(width), rows), np.arange(columns)),
        np.append(np.hstack([matrix, -np.ones((rows, 1))]).reshape(-1), np.ones(columns)),
        np.append(np.zeros(rows), 1.0),
        np.append(np.full(rows, np.inf), 1.0),
        np.append(np.zeros(columns), -np.inf),
    )
    if model.run() != "optimal":
        return None
    solution = model.solution()
    weights = np.rint(np.maximum(-solution.row_duals[:rows], 0.0) * _UNIT)
    if not bool(np.isfinite(weights).all()) or not weights.sum() > 0:
        return None
    return _distribution(solution.primal[:columns]), tuple(int(w) for w in weights)


def _distribution(values: Floats) -> Floats:
    positive = np.maximum(values, 0.0)
    result: Floats = positive / positive.sum()
    return result
