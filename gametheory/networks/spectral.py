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

from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import RationalArray, exact, exact_text
from gametheory.certificates.encoding import brief
from gametheory.certificates.spectral import MetzlerMatrix, SpectralCertificate
from gametheory.errors import SpecificationError
from gametheory.games.tables import data_frame
from gametheory.games.values import compared_by
from gametheory.networks.network import read_network
from gametheory.networks.spectral_blocks import Block, Relation, blocks

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

MAX_EXACT = 250
"""Nodes of a strongly connected block up to which a threshold within its bounds is decided in rationals."""


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
    read = metzler_matrix(matrix)
    return _bounds(read, list(blocks(read)))


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
    parts = list(blocks(read))
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


def _bounds(matrix: MetzlerMatrix, parts: list[Block]) -> SpectralAbscissa:
    best = max(parts, key=lambda part: part.lower)
    numbers = np.zeros(matrix.size, dtype=np.int64)
    above, below = (np.zeros(matrix.size, dtype=object) for _ in range(2))
    for k, part in enumerate(parts):
        numbers[part.nodes] = k
        above[part.nodes] = part.upper_vector
    below[best.nodes] = best.lower_vector
    lower, upper = best.lower, max(part.upper for part in parts)
    certificate = SpectralCertificate(
        matrix=matrix,
        blocks=tuple(numbers.tolist()),
        upper_vector=RationalArray.of_integers(above),
        lower_vector=RationalArray.of_integers(below),
        lower=lower,
        upper=upper,
    )
    return SpectralAbscissa(lower=lower, upper=upper, certificate=certificate)
