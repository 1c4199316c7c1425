"""The spectral radius of a network, between certified bounds, and on which side of a threshold it lies.

A cascade with linear growth dx/dt = M x (M_ij ≥ 0 for i ≠ j: a Metzler matrix) dies out if the spectral abscissa α(M) is
negative and grows if it is positive; for a nonnegative matrix α is the spectral radius ρ. α(M) is the largest of α over the
strongly connected components (blocks) of M, and in each the Perron vector v > 0 gives

    min_i (M v)_i / v_i  ≤  α  ≤  max_i (M v)_i / v_i        (Collatz and Wielandt)

for any v > 0, with equality for the exact one. v is searched in floats by Noda's iteration (small blocks) or Arnoldi's and
power iterations (large ones), rounded to rationals, and the bounds are evaluated exactly; they are usually 1e-14 apart.

A threshold τ inside the bounds of a block B is decided in rationals: if (τ − B) y = 1 has a solution y > 0 then α < τ; if
(τ − B) v = 0 for some v > 0 then α = τ; in all other cases α > τ, and the positive part of −y shows it. So equality, too, is
decided, though α is irrational in general. Blocks of more than :data:`MAX_EXACT` nodes stay undecided within the bounds.

References: L. Collatz (1942); H. Wielandt (1950); T. Noda (1971), *Note on the computation of the maximal eigenvalue of a
non-negative irreducible matrix*, Numerische Mathematik 17; A. Berman and R. J. Plemmons (1994), *Nonnegative Matrices in the
Mathematical Sciences*, theorem 6.2.3.
Complexity: O(n³) for a block of n ≤ 120 nodes, beyond that some hundred passes over the arcs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import RationalArray, exact, exact_text
from gametheory.certificates.encoding import brief
from gametheory.certificates.spectral import MetzlerMatrix, SpectralCertificate
from gametheory.errors import SpecificationError
from gametheory.games.tables import data_frame
from gametheory.games.values import compared_by
from gametheory.networks.network import read_network

__all__ = [
    "MAX_EXACT",
    "SpectralAbscissa",
    "SpectralComparison",
    "compare_spectral_abscissa",
    "metzler_matrix",
    "spectral_abscissa",
    "spectral_radius",
]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Relation = Literal["below", "equal", "above", "undecided"]

MAX_EXACT = 250
"""Nodes of a strongly connected block up to which a threshold within its bounds is decided in rationals."""

_DENSE = 120  # nodes of a block up to which it is solved densely
_SMOOTHING = 2000  # passes of the power iteration at most


@final
@compared_by("lower", "upper", "matrix")
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class SpectralAbscissa:
    """A number between rational bounds: the spectral abscissa of a matrix, its radius if the matrix is nonnegative.

    Attributes
    ----------
    lower, upper : Fraction
    certificate : SpectralCertificate
        The matrix and the vectors that prove the bounds.
    """

    lower: Fraction
    upper: Fraction
    certificate: SpectralCertificate

    @property
    def matrix(self) -> MetzlerMatrix:
        return self.certificate.matrix

    @property
    def is_exact(self) -> bool:
        return self.lower == self.upper

    def __float__(self) -> float:
        return float((self.lower + self.upper) / 2)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data, rationals as ``"p/q"``."""
        return {
            "status": "certified",
            "lower": exact_text(self.lower),
            "upper": exact_text(self.upper),
            "certificate": self.certificate.to_dict(),
        }

    def to_frame(self) -> Any:
        """A pandas table with one row."""
        return data_frame([[self.lower, self.upper]], ["lower", "upper"])

    def __repr__(self) -> str:
        kind = "radius" if self.matrix.is_nonnegative else "abscissa"
        if self.is_exact:
            return f"SpectralAbscissa(certified: spectral {kind} {brief(self.lower)} exactly)"
        width = float(self.upper - self.lower)
        return f"SpectralAbscissa(certified: spectral {kind} {float(self):.12g}, bounds {width:.1e} apart)"

    def _repr_html_(self) -> str:
        return f"<p>{escape(repr(self))}</p>"


@final
@compared_by("relation", "threshold", "bounds")
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class SpectralComparison:
    """On which side of a threshold a spectral abscissa lies.

    Attributes
    ----------
    relation : "below", "equal", "above" or "undecided"
        The last only if the threshold lies within the bounds and a block is too large for rationals.
    threshold : Fraction
    bounds : SpectralAbscissa
        Its bounds show the relation, unless undecided.
    critical : tuple of tuples of int
        If equal, the strongly connected components that attain the threshold.
    """

    relation: Relation
    threshold: Fraction
    bounds: SpectralAbscissa
    critical: tuple[tuple[int, ...], ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data, rationals as ``"p/q"``."""
        parts = {"relation": self.relation, "threshold": exact_text(self.threshold)}
        return {**parts, "critical": list(map(list, self.critical)), **self.bounds.to_dict()}

    def to_frame(self) -> Any:
        """A pandas table with one row."""
        row = [self.relation, self.threshold, self.bounds.lower, self.bounds.upper]
        return data_frame([row], ["relation", "threshold", "lower", "upper"])

    def __repr__(self) -> str:
        status = "numerical" if self.relation == "undecided" else "certified"
        return f"SpectralComparison({status}: {self.relation} {brief(self.threshold)}; {self.bounds!r})"

    def _repr_html_(self) -> str:
        return f"<p>{escape(repr(self))}</p>"


def spectral_radius(matrix: Any) -> SpectralAbscissa:
    """The spectral radius of a network or a nonnegative matrix, between certified bounds.

    Parameters
    ----------
    matrix : Network, networkx graph, or array_like of shape (n, n), entries ≥ 0
        Of a network its adjacency matrix.

    Raises
    ------
    SpecificationError
        No square matrix, or a negative entry.

    Examples
    --------
    The star of n nodes has radius √(n − 1), the path of five √3.

    >>> import networkx
    >>> spectral_radius(networkx.star_graph(9))
    SpectralAbscissa(certified: spectral radius 3 exactly)
    >>> path = spectral_radius(networkx.path_graph(5))
    >>> path.lower**2 < 3 < path.upper**2, path.certificate.verify()
    (True, True)
    """
    read = metzler_matrix(matrix)
    if not read.is_nonnegative:
        raise SpecificationError(
            "matrix: found a negative entry; use spectral_abscissa, which allows them on the diagonal"
        )
    return spectral_abscissa(read)


def spectral_abscissa(matrix: Any) -> SpectralAbscissa:
    """The largest real part of an eigenvalue of a Metzler matrix, between certified bounds.

    Parameters
    ----------
    matrix : MetzlerMatrix, Network, networkx graph, scipy sparse array, or array_like of shape (n, n)
        No negative entry off the diagonal.

    Raises
    ------
    SpecificationError
        No square matrix, or a negative entry off the diagonal.

    Examples
    --------
    >>> spectral_abscissa([[-1, 2], [2, -1]])
    SpectralAbscissa(certified: spectral abscissa 1 exactly)
    """
    return _bounds(*_searched(metzler_matrix(matrix)))


def compare_spectral_abscissa(matrix: Any, threshold: Any) -> SpectralComparison:
    """Whether the spectral abscissa of a Metzler matrix (the radius of a nonnegative one) is below, at or above a number.

    Parameters
    ----------
    matrix : as for :func:`spectral_abscissa`
    threshold : number
        A float means the rational that it is.

    Raises
    ------
    SpecificationError
        As :func:`spectral_abscissa`.

    Examples
    --------
    >>> import networkx
    >>> compare_spectral_abscissa(networkx.star_graph(9), 3).relation
    'equal'
    >>> compare_spectral_abscissa(networkx.path_graph(5), "1.7320508075688772935").relation
    'above'
    """
    read, limit = metzler_matrix(matrix), exact(threshold, where="threshold")
    _, parts = _searched(read)
    relations: list[Relation] = []
    for part in parts:
        relation = part.relation(limit)
        if relation == "undecided" and len(part.nodes) <= MAX_EXACT:
            relation = part.decide(limit)
        relations.append(relation)
    ordered: tuple[Relation, ...] = ("above", "undecided", "equal", "below")
    worst = next(r for r in ordered if r in relations)
    touched = tuple(tuple(p.nodes.tolist()) for p, r in zip(parts, relations, strict=True) if r == "equal")
    return SpectralComparison(
        relation=worst,
        threshold=limit,
        bounds=_bounds(read, parts),
        critical=touched if worst == "equal" else (),
    )


def metzler_matrix(matrix: Any) -> MetzlerMatrix:
    """The Metzler matrix that an array, a sparse array, a network (its adjacency matrix) or a graph is.

    Raises
    ------
    SpecificationError
        No square matrix, or a negative entry off the diagonal.
    """
    if isinstance(matrix, MetzlerMatrix):
        return matrix
    if hasattr(matrix, "tocoo"):
        entries = matrix.tocoo()
        entries.sum_duplicates()
        _refuse_not_square(entries.shape)
        return MetzlerMatrix.from_entries(
            entries.shape[0], entries.row, entries.col, RationalArray.from_values(entries.data, where="matrix")
        )
    if hasattr(matrix, "is_multigraph") or hasattr(matrix, "starts"):
        network = read_network(matrix)
        return MetzlerMatrix(network.num_nodes, network.sources, network.targets, network.exact_weights())
    array = RationalArray.from_values(matrix, where="matrix")
    _refuse_not_square(array.shape)
    rows, columns = np.nonzero(array.numerators)
    off = np.flatnonzero((array.numerators[rows, columns] < 0) & (rows != columns))
    if len(off):
        i, j = int(rows[off[0]]), int(columns[off[0]])
        raise SpecificationError(f"matrix[{i}, {j}]: found {array[i, j]}; entries off the diagonal are ≥ 0")
    return MetzlerMatrix(array.shape[0], rows, columns, array[rows, columns])


def _refuse_not_square(shape: tuple[int, ...]) -> None:
    if len(shape) != 2 or shape[0] != shape[1] or shape[0] == 0:
        raise SpecificationError(f"matrix: found shape {tuple(shape)}; write a square matrix")


# -- blocks ------------------------------------------------------------------------------------------------------------


class _Part:
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
        quotients = np.array([a / b for a, b in zip(total, v, strict=True)])  # each rounded correctly
        slack = 1e-12 * max(float(np.abs(quotients).max()), 1e-300)
        low = np.flatnonzero(quotients <= quotients.min() + slack)
        high = np.flatnonzero(quotients >= quotients.max() - slack)
        least = min({Fraction(total[k], v[k]) for k in low})
        most = max({Fraction(total[k], v[k]) for k in high})
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
        scale = self.denominator * max(abs(int(x)) for x in self.numbers)  # so that no float overflows
        values = np.array([int(x) * self.denominator / scale for x in self.numbers])
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


def _searched(matrix: MetzlerMatrix) -> tuple[MetzlerMatrix, list[_Part]]:
    """The strongly connected blocks in an order in which entries lead forward, each with its bounds."""
    entries = matrix.entries
    return matrix, [_Part(*part, entries.denominator) for part in _blocks(matrix)]


def _bounds(matrix: MetzlerMatrix, parts: list[_Part]) -> SpectralAbscissa:
    best = max(parts, key=lambda part: part.lower)
    blocks = np.zeros(matrix.size, dtype=np.int64)
    above, below = (np.zeros(matrix.size, dtype=object) for _ in range(2))
    for k, part in enumerate(parts):
        blocks[part.nodes] = k
        above[part.nodes] = part.upper_vector
    below[best.nodes] = best.lower_vector
    lower, upper = best.lower, max(part.upper for part in parts)
    certificate = SpectralCertificate(
        matrix=matrix,
        blocks=tuple(blocks.tolist()),
        upper_vector=RationalArray.of_integers(above),
        lower_vector=RationalArray.of_integers(below),
        lower=lower,
        upper=upper,
    )
    return SpectralAbscissa(lower=lower, upper=upper, certificate=certificate)


def _blocks(matrix: MetzlerMatrix) -> Iterator[tuple[Integers, Integers, Integers, Any]]:
    """Nodes, rows, columns and numerators of each strongly connected block, blocks in topological order."""
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
        yield by_block[ends[k] : ends[k + 1]], local[rows[arcs]], local[columns[arcs]], matrix.entries.numerators[arcs]


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
