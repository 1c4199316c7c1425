"""How fast a linear cascade grows: rational bounds on the spectral abscissa of a Metzler matrix.

A Metzler matrix M has no negative entry off its diagonal. Its spectral abscissa α(M), the largest real part of an
eigenvalue, is itself an eigenvalue, and the long-run growth rate of dx/dt = M x; where the diagonal too is nonnegative it is
the spectral radius (O. Perron 1907, G. Frobenius 1912). Let the nodes be sorted into blocks such that M_ij ≠ 0 only if
block(i) ≤ block(j), as strongly connected components are; then α(M) is the largest one of the diagonal blocks. Evidence
(L. Collatz 1942, H. Wielandt 1950):

    v > 0  with  Σ_{j in the block of i} M_ij v_j ≤ upper · v_i  for all i    ⇒    α(M) ≤ upper,
    w ≥ 0, w ≠ 0  with  Σ_j M_ij w_j ≥ lower · w_i  for all i                ⇒    α(M) ≥ lower.

Everything is recomputed in integers. Complexity: two passes over the entries.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import RationalArray
from gametheory.certificates.encoding import brief, fail, indices_from_json
from gametheory.certificates.rationals import (
    expect_keys,
    rational_array_from_json,
    rational_array_to_json,
    rational_from_json,
    rational_to_json,
)
from gametheory.errors import SpecificationError
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.values import compared_by

__all__ = ["MetzlerMatrix", "SpectralCertificate"]

Array = NDArray[Any]
Integers = NDArray[np.int64]

_KEYS = ("kind", "size", "rows", "columns", "entries", "blocks", "upper_vector", "lower_vector", "lower", "upper")
_MACHINE = 2**62


@final
@compared_by("size", "rows", "columns", "entries")
@dataclass(frozen=True, slots=True, eq=False, repr=False)
class MetzlerMatrix:
    """A square matrix of rationals without negative entries off the diagonal, by its entries other than 0.

    Attributes
    ----------
    size : int, ≥ 1
    rows, columns : int arrays, shape (num_entries,), sorted by row and then by column
    entries : RationalArray, shape (num_entries,), none 0
    """

    size: int
    rows: Integers
    columns: Integers
    entries: RationalArray

    def __post_init__(self) -> None:
        for name in ("rows", "columns"):
            array = np.array(getattr(self, name), dtype=np.int64)
            array.setflags(write=False)
            object.__setattr__(self, name, array)
        rows, columns, numbers = self.rows, self.columns, self.entries.numerators
        if self.size < 1 or not rows.shape == columns.shape == numbers.shape or rows.ndim != 1:
            raise SpecificationError("matrix: write a size ≥ 1 and as many rows and columns as entries")
        if len(rows) and (min(rows.min(), columns.min()) < 0 or max(rows.max(), columns.max()) >= self.size):
            raise SpecificationError(f"matrix: found an index outside; indices run from 0 to {self.size - 1}")
        if ((rows[1:] < rows[:-1]) | ((rows[1:] == rows[:-1]) & (columns[1:] <= columns[:-1]))).any():
            raise SpecificationError("matrix: the entries must be sorted by row, then by column, each once")
        if (numbers == 0).any() or ((numbers < 0) & (rows != columns)).any():
            raise SpecificationError(
                "matrix: found 0, or a negative entry off the diagonal; leave out the one, the other "
                "makes it no Metzler matrix"
            )

    def __reduce__(self) -> tuple[Any, ...]:
        return MetzlerMatrix, (self.size, self.rows, self.columns, self.entries)

    @classmethod
    def from_entries(cls, size: int, rows: Any, columns: Any, entries: RationalArray) -> MetzlerMatrix:
        """The same from entries in any order, zeros among them; each place once."""
        rows, columns = np.asarray(rows, dtype=np.int64), np.asarray(columns, dtype=np.int64)
        kept = np.flatnonzero(entries.numerators != 0)
        order = kept[np.lexsort((columns[kept], rows[kept]))]
        return cls(size, rows[order], columns[order], entries[order])

    @property
    def is_nonnegative(self) -> bool:
        """Whether the diagonal too is nonnegative: then the spectral abscissa is the spectral radius."""
        return not bool((self.entries.numerators < 0).any())

    def digest(self) -> str:
        """SHA-256 of the matrix, the same for equal matrices."""
        numbers = " ".join(map(str, self.entries.numerators.tolist()))
        text = f"{self.size};{self.rows.tolist()};{self.columns.tolist()};{numbers};{self.entries.denominator}"
        return hashlib.sha256(text.encode()).hexdigest()

    def __repr__(self) -> str:
        return f"MetzlerMatrix({self.size:,}×{self.size:,}, {len(self.rows):,} entries)"


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class SpectralCertificate:
    """The claim that lower ≤ α(M) ≤ upper, with vectors that prove it; see the module.

    Attributes
    ----------
    matrix : MetzlerMatrix
    blocks : tuple of int, one for each node
        An entry leads from a block to itself or to a block of a larger number.
    upper_vector : RationalArray, shape (size,), > 0
    lower_vector : RationalArray, shape (size,), ≥ 0 and not 0
    lower, upper : Fraction

    Examples
    --------
    A star of three leaves: the radius is √3, between 12/7 and 7/4.

    >>> star = MetzlerMatrix(
    ...     4, [0, 0, 0, 1, 2, 3], [1, 2, 3, 0, 0, 0], RationalArray.of_integers([1] * 6))
    >>> v = RationalArray.of_integers([7, 4, 4, 4])
    >>> SpectralCertificate(matrix=star, blocks=(0,) * 4, upper_vector=v, lower_vector=v,
    ...     lower=Fraction(12, 7), upper=Fraction(7, 4)).verify()
    True
    """

    matrix: MetzlerMatrix
    blocks: tuple[int, ...]
    upper_vector: RationalArray
    lower_vector: RationalArray
    lower: Fraction
    upper: Fraction

    @property
    def game_digest(self) -> str:
        """Empty: the claim is about a matrix, which the certificate carries."""
        return ""

    @property
    def claim(self) -> str:
        """The claim in words."""
        name = "radius" if self.matrix.is_nonnegative else "abscissa"
        size = f"{self.matrix.size:,}×{self.matrix.size:,} matrix with digest {self.matrix.digest()[:12]}…"
        if self.lower == self.upper:
            return f"the spectral {name} of the {size} is exactly {brief(self.lower)}"
        return f"the spectral {name} of the {size} lies between {brief(self.lower)} and {brief(self.upper)}"

    def verify(self, game: NormalFormGame | None = None) -> Literal[True]:
        """Recompute both bounds in integers; ``game`` plays no part.

        Raises
        ------
        CertificateError
            If an entry leads back to an earlier block, or a row breaks a bound; the message names it.
        """
        M = self.matrix
        for name, vector in (("upper_vector", self.upper_vector), ("lower_vector", self.lower_vector)):
            if vector.shape != (M.size,):
                fail(self.claim, f"{name} has shape {vector.shape}, not ({M.size},)")
        if len(self.blocks) != M.size:
            fail(self.claim, f"there are {len(self.blocks)} numbers of blocks for {M.size} rows")
        blocks = np.array(self.blocks, dtype=np.int64)
        back = np.flatnonzero(blocks[M.rows] > blocks[M.columns])
        if len(back):
            fail(self.claim, f"the entry [{M.rows[back[0]]}, {M.columns[back[0]]}] leads back to an earlier block")
        v, w = self.upper_vector.numerators, self.lower_vector.numerators
        if (v <= 0).any():
            fail(self.claim, f"upper_vector[{int(np.flatnonzero(v <= 0)[0])}] is not positive")
        if (w < 0).any() or not (w != 0).any():
            fail(self.claim, "lower_vector is negative somewhere, or 0 everywhere")
        inside = blocks[M.rows] == blocks[M.columns]
        high = _exceeds(_product(M, v, inside), v, M.entries.denominator, self.upper)
        if (high > 0).any():
            fail(self.claim, f"row {int(np.flatnonzero(high > 0)[0])} exceeds the upper bound")
        low = _exceeds(_product(M, w, np.ones(len(inside), dtype=bool)), w, M.entries.denominator, self.lower)
        if (low < 0).any():
            fail(self.claim, f"row {int(np.flatnonzero(low < 0)[0])} falls short of the lower bound")
        return True

    def to_dict(self) -> dict[str, Any]:
        """JSON data with everything needed to check it elsewhere."""
        return {
            "kind": "spectral abscissa",
            "size": self.matrix.size,
            "rows": self.matrix.rows.tolist(),
            "columns": self.matrix.columns.tolist(),
            "entries": rational_array_to_json(self.matrix.entries),
            "blocks": list(self.blocks),
            "upper_vector": rational_array_to_json(self.upper_vector),
            "lower_vector": rational_array_to_json(self.lower_vector),
            "lower": rational_to_json(self.lower),
            "upper": rational_to_json(self.upper),
        }

    @classmethod
    def from_dict(cls, data: Any) -> SpectralCertificate:
        """Read what :meth:`to_dict` wrote; :class:`~gametheory.errors.SpecificationError` for anything else."""
        expect_keys(data, _KEYS, where="certificate")
        if data["kind"] != "spectral abscissa":
            raise SpecificationError(f"certificate.kind: found {data['kind']!r}; write 'spectral abscissa'")
        if type(data["size"]) is not int:
            raise SpecificationError(f"certificate.size: found {data['size']!r}; write an integer ≥ 1")
        matrix = MetzlerMatrix(
            data["size"],
            np.array(indices_from_json(data["rows"], where="certificate.rows"), dtype=np.int64),
            np.array(indices_from_json(data["columns"], where="certificate.columns"), dtype=np.int64),
            rational_array_from_json(data["entries"], where="certificate.entries"),
        )
        return cls(
            matrix=matrix,
            blocks=indices_from_json(data["blocks"], where="certificate.blocks"),
            upper_vector=rational_array_from_json(data["upper_vector"], where="certificate.upper_vector"),
            lower_vector=rational_array_from_json(data["lower_vector"], where="certificate.lower_vector"),
            lower=rational_from_json(data["lower"], where="certificate.lower"),
            upper=rational_from_json(data["upper"], where="certificate.upper"),
        )

    def __repr__(self) -> str:
        return f"SpectralCertificate({self.claim})"


def _size(numbers: Array) -> int:
    return max(int(numbers.max()), -int(numbers.min()), 1) if numbers.size else 1


def _product(matrix: MetzlerMatrix, vector: Array, chosen: Any) -> Array:
    """Σ_j M_ij v_j over the chosen entries, times the common denominator; machine integers where they provably do."""
    rows, columns = matrix.rows[chosen], matrix.columns[chosen]
    numbers: Array = matrix.entries.numerators[chosen]
    longest = int(np.bincount(rows).max()) if len(rows) else 1
    if longest * _size(numbers) * _size(vector) >= _MACHINE:
        numbers, vector = numbers.astype(object), vector.astype(object)
    terms = numbers * vector[columns]
    total = np.zeros(matrix.size, dtype=terms.dtype)
    np.add.at(total, rows, terms)
    return total


def _exceeds(total: Array, vector: Array, denominator: int, bound: Fraction) -> Array:
    """The sign of total / denominator − bound · vector."""
    left, right = bound.denominator, bound.numerator * denominator
    if max(left * _size(total), abs(right) * _size(vector)) >= _MACHINE:
        total, vector = total.astype(object), vector.astype(object)
    excess: Array = total * left - vector * right
    return excess
