"""Strongly connected blocks of a Metzler matrix: bounds on the spectral abscissa of each, and its side of a threshold.

How vectors are found and thresholds decided is said in :mod:`gametheory.networks.spectral`.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import RationalArray
from gametheory.certificates.spectral import MetzlerMatrix

__all__ = ["Block", "Relation", "blocks"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Relation = Literal["below", "equal", "above", "undecided"]

_DENSE = 120  # nodes of a block up to which it is solved densely
_SMOOTHING = 2000  # passes of the power iteration at most


class Block:
    """A strongly connected block: its entries, and the best bounds so far with the integer vectors that prove them."""

    __slots__ = ("columns", "denominator", "lower", "lower_vector", "nodes", "numbers", "rows", "upper", "upper_vector")

    def __init__(self, nodes: Integers, rows: Integers, columns: Integers, numbers: Any, denominator: int) -> None:
        self.nodes, self.rows, self.columns = nodes, rows, columns  # rows and columns count within the block
        self.numbers, self.denominator = numbers, denominator
        self.lower_vector: list[int] = [1] * len(nodes)
        self.upper_vector = self.lower_vector
        self.lower, self.upper = self.ratios(self.lower_vector)
        if self.lower < self.upper:
            floats = self.float_vector()
            if floats is not None:
                for vector in _rational_guesses(floats):
                    self.offer(vector)
                    if self.lower == self.upper:
                        break

    def ratios(self, vector: list[int]) -> tuple[Fraction, Fraction]:
        """The least and the largest (B v)_i / v_i over v_i > 0; v ≥ 0."""
        v = np.array([*vector, None], dtype=object)[:-1]
        total = np.zeros(len(v), dtype=object)
        np.add.at(total, self.rows, self.numbers.astype(object) * v[self.columns])
        kept = np.flatnonzero(v != 0)
        total, v = total[kept], v[kept]
        least, most = _extreme_quotient(total, v, min), _extreme_quotient(total, v, max)
        return least / self.denominator, most / self.denominator

    def offer(self, vector: list[int]) -> None:
        """Keep a positive vector for each bound that it improves."""
        lower, upper = self.ratios(vector)
        if lower > self.lower:
            self.lower, self.lower_vector = lower, vector
        if upper < self.upper:
            self.upper, self.upper_vector = upper, vector

    def relation(self, limit: Fraction) -> Relation:
        if self.lower == self.upper == limit:
            return "equal"
        return "below" if self.upper < limit else "above" if self.lower > limit else "undecided"

    def float_vector(self) -> Floats | None:
        """An approximate Perron vector; None where floats give no positive one."""
        numbers = self.numbers.tolist()
        largest = max(max(numbers), -min(numbers))  # the vector does not depend on scale, and so no float overflows
        values = np.array([x / largest for x in numbers])
        n = len(self.nodes)
        found = _noda(values, self.rows, self.columns, n) if n <= _DENSE else _power(values, self.rows, self.columns, n)
        return found if np.isfinite(found).all() and (found > 0).all() else None

    def decide(self, limit: Fraction) -> Relation:
        """The relation to the limit in rationals, the bounds moved so that they show it."""
        from flint import fmpz_mat

        n, size = len(self.nodes), limit.denominator
        table = [[0] * n for _ in range(n)]
        for i in range(n):
            table[i][i] = limit.numerator * self.denominator
        for i, j, x in zip(self.rows.tolist(), self.columns.tolist(), self.numbers.tolist(), strict=True):
            table[i][j] -= int(x) * size
        matrix = fmpz_mat(table)
        if matrix.rank() == n:
            solved = [Fraction(int(x.p), int(x.q)) for x in matrix.solve(fmpz_mat([[1]] * n)).entries()]
            if min(solved) > 0:
                self.upper_vector = _integers(solved)
                self.upper = self.ratios(self.upper_vector)[1]
                return "below"
            self.lower_vector = _integers([max(-x, Fraction(0)) for x in solved])
            self.lower = self.ratios(self.lower_vector)[0]
            return "above"
        basis, nullity = matrix.nullspace()
        null = [int(basis[k, 0]) for k in range(n)]
        if nullity == 1 and (min(null) > 0 or max(null) < 0):
            self.lower_vector = self.upper_vector = [abs(x) for x in null]
            self.lower = self.upper = limit
            return "equal"
        # The limit is another eigenvalue, so that the abscissa lies above: a number between them shows it.
        between = (limit + self.upper) / 2
        while self.relation(limit) == "undecided" and self.decide(between) == "below":
            between = (limit + between) / 2
        return "above"


def blocks(matrix: MetzlerMatrix) -> Iterator[Block]:
    """The strongly connected blocks in an order in which entries lead forward, each with its bounds."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    n, rows, columns = matrix.size, matrix.rows, matrix.columns
    pattern = csr_array((np.ones(len(rows)), (rows, columns)), shape=(n, n))
    count, label = connected_components(pattern, directed=True, connection="strong")
    if count > 1:
        label = _topological(rows, columns, label.astype(np.int64), count)[label]
    by_block = np.argsort(label, kind="stable")
    ends = np.searchsorted(label[by_block], np.arange(count + 1))
    inside = np.flatnonzero(label[rows] == label[columns])
    inside = inside[np.argsort(label[rows[inside]], kind="stable")]
    borders = np.searchsorted(label[rows[inside]], np.arange(count + 1))
    local = np.empty(n, dtype=np.int64)
    local[by_block] = np.arange(n) - np.repeat(ends[:-1], np.diff(ends))
    for k in range(count):
        arcs = inside[borders[k] : borders[k + 1]]
        nodes, numbers = by_block[ends[k] : ends[k + 1]], matrix.entries.numerators[arcs]
        yield Block(nodes, local[rows[arcs]], local[columns[arcs]], numbers, matrix.entries.denominator)


def _topological(rows: Integers, columns: Integers, label: Integers, count: int) -> Integers:
    """A number for each block such that arcs between blocks lead to larger numbers (A. B. Kahn 1962)."""
    outside = label[rows] != label[columns]
    arcs = np.unique(np.stack([label[rows[outside]], label[columns[outside]]]), axis=1)
    starts = np.searchsorted(arcs[0], np.arange(count + 1)).tolist()
    targets = arcs[1].tolist()
    waiting = np.bincount(arcs[1], minlength=count).tolist()
    ready = [k for k in range(count) if not waiting[k]]
    number = np.empty(count, dtype=np.int64)
    for place in range(count):
        block = ready[place]
        number[block] = place
        for other in targets[starts[block] : starts[block + 1]]:
            waiting[other] -= 1
            if not waiting[other]:
                ready.append(other)
    return number


def _extreme_quotient(numerators: Any, denominators: Any, pick: Any) -> Fraction:
    """The least or the largest of a / b, b > 0. Floats sort them: rounding keeps order, so that only ties need fractions."""
    try:
        floats = np.array([a / b for a, b in zip(numerators, denominators, strict=True)])
        tied = np.flatnonzero(floats == pick(floats.min(), floats.max()))
    except OverflowError:
        tied = np.arange(len(numerators))
    return Fraction(pick(Fraction(a, b) for a, b in {(numerators[k], denominators[k]) for k in tied.tolist()}))


# -- vectors -----------------------------------------------------------------------------------------------------------


def _integers(values: list[Fraction]) -> list[int]:
    """A positive multiple of a vector in integers without a common divisor."""
    return [int(x) for x in RationalArray.from_fractions(values).numerators]


def _rational_guesses(vector: Floats) -> Iterator[list[int]]:
    """Integer vectors near a multiple of a positive vector: with small entries if there is one, then to full precision."""
    scaled = vector / vector.min()
    if scaled.max() < 1e6:
        for k in range(1, 61):
            near = np.rint(k * scaled)
            if np.abs(k * scaled - near).max() < 1e-6:
                yield [int(x) for x in near]
                break
    yield [int(x) for x in RationalArray.from_floats(vector).numerators]


def _noda(values: Floats, rows: Integers, columns: Integers, n: int) -> Floats:
    """Noda's iteration on an irreducible Metzler matrix: y = (σ − B)⁻¹ v with σ = max (B v) / v, quadratically convergent."""
    B = np.zeros((n, n))
    B[rows, columns] = values
    size = np.abs(B).sum(axis=1).max()
    v = best = np.ones(n)
    least = np.inf
    for _ in range(100):
        ratios = (B @ v) / v
        width = ratios.max() - ratios.min()
        stalled = width > least / 2
        if width < least:
            least, best = width, v
        if stalled and width <= 1e-9 * size:
            break  # rounding is all that is left
        try:
            y = np.linalg.solve((ratios.max() + 1e-16 * size) * np.eye(n) - B, v)
        except np.linalg.LinAlgError:  # σ is the eigenvalue to the last digit
            break
        y = np.abs(y) / np.abs(y).max()
        if not np.isfinite(y).all() or y.min() <= 0:
            break
        v = y
    return best


def _power(values: Floats, rows: Integers, columns: Integers, n: int) -> Floats:
    """Arnoldi's iteration for the vector, then power iterations for its small entries."""
    from scipy.sparse import csr_array
    from scipy.sparse.linalg import ArpackNoConvergence, eigs

    B = csr_array((values, (rows, columns)), shape=(n, n))
    v = np.ones(n)
    try:
        _, vectors = eigs(B, k=1, which="LR", v0=v, maxiter=3000)
        found = np.abs(vectors[:, 0].real)
        v = np.maximum(found / found.max(), 1e-12)
    except ArpackNoConvergence:
        pass  # the power iteration goes on from the vector of ones, and the bounds say how far it came
    best, least = v, np.inf
    diagonal = max(0.0, -float(values.min())) if len(values) else 0.0  # a shift by it makes the matrix nonnegative
    for step in range(_SMOOTHING):
        w = B @ v
        ratios = w / v
        width = ratios.max() - ratios.min()
        if width < least:
            least, best = width, v
        if width <= 1e-14 * (np.abs(ratios).max() + diagonal):
            break
        if step % 100 == 99 and width > 0.9 * least and step > 500:
            break
        shift = max(np.abs(ratios).max(), 1e-300) + diagonal  # more than nonnegative, so that periods are harmless
        v = w + shift * v
        v = v / v.max()
    return best
