"""Linear programmes in rational numbers, as data.

    maximise (or minimise)  c·x + c₀   subject to   A x  ≤, ≥ or =  b  (row by row),   l ≤ x ≤ u

with rational A, b, c, l, u; bounds may be infinite. Rows and columns have names. A programme is built by a pure function
of the chapter that needs it (the *row builder*), named by ``name`` and ``arguments``: a stranger rebuilds it from the game
and compares entry by entry. Nothing here solves anything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import RationalArray
from gametheory.errors import SpecificationError

__all__ = ["LinearProgramme", "Sense", "sparse_rows"]

Sense = Literal["<=", ">=", "=="]
Array = NDArray[Any]


@final
@dataclass(frozen=True, slots=True, eq=False)
class LinearProgramme:
    """A linear (or, with ``integer``, mixed-integer) programme with rational data and named rows.

    Attributes
    ----------
    sense : "max" or "min"
    objective : RationalArray, shape (num_columns,)
    row_start, column_index, coefficients : int arrays and RationalArray
        The matrix by rows (compressed sparse rows): row r has the entries ``row_start[r]:row_start[r + 1]``.
    row_sense : tuple of "<=", ">=", "=="
    right_hand_side : RationalArray, shape (num_rows,)
    lower, upper : tuple of Fraction or None
        Bounds of each column; ``None`` is infinite.
    row_names, column_names : sequence of str
    integer : frozenset of int
        Columns that must be integral.
    constant : Fraction
        Added to the objective.
    name, arguments : str, mapping
        The row builder that makes this programme, and what it was given, as JSON data.
    game_digest : str
        Digest of the game it was built from, or ``""``.
    """

    sense: Literal["max", "min"]
    objective: RationalArray
    row_start: NDArray[np.int64]
    column_index: NDArray[np.int64]
    coefficients: RationalArray
    row_sense: tuple[Sense, ...]
    right_hand_side: RationalArray
    lower: tuple[Fraction | None, ...]
    upper: tuple[Fraction | None, ...]
    row_names: Sequence[str]
    column_names: Sequence[str]
    integer: frozenset[int] = frozenset()
    constant: Fraction = Fraction(0)
    name: str = ""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    game_digest: str = ""

    def __post_init__(self) -> None:
        rows, columns = len(self.row_sense), len(self.objective)
        sizes = {
            "row_start": (len(self.row_start), rows + 1),
            "right_hand_side": (len(self.right_hand_side), rows),
            "row_names": (len(self.row_names), rows),
            "column_names": (len(self.column_names), columns),
            "lower": (len(self.lower), columns),
            "upper": (len(self.upper), columns),
            "coefficients": (len(self.coefficients), len(self.column_index)),
        }
        for key, (found, expected) in sizes.items():
            if found != expected:
                raise SpecificationError(f"linear programme {self.name!r}: {key} has {found} entries, expected {expected}")
        if len(self.column_index) and not 0 <= int(self.column_index.min()) <= int(self.column_index.max()) < columns:
            raise SpecificationError(f"linear programme {self.name!r}: a column index lies outside 0 … {columns - 1}")

    @property
    def num_rows(self) -> int:
        return len(self.row_sense)

    @property
    def num_columns(self) -> int:
        return len(self.objective)

    def row(self, index: int) -> dict[int, Fraction]:
        """One row as a mapping from column to coefficient; entries of a column given twice are added."""
        result: dict[int, Fraction] = {}
        for k in range(int(self.row_start[index]), int(self.row_start[index + 1])):
            column = int(self.column_index[k])
            result[column] = result.get(column, Fraction(0)) + self.coefficients[k]
        return result

    def __repr__(self) -> str:
        integral = f", {len(self.integer)} integral" if self.integer else ""
        return f"LinearProgramme({self.name or 'unnamed'}: {self.sense} over {self.num_columns} columns{integral}, {self.num_rows} rows)"


def sparse_rows(
    rows: Sequence[Mapping[int, Fraction | int]],
) -> tuple[NDArray[np.int64], NDArray[np.int64], RationalArray]:
    """``(row_start, column_index, coefficients)`` from rows given as mappings; for small programmes."""
    start = np.zeros(len(rows) + 1, dtype=np.int64)
    start[1:] = np.cumsum([len(row) for row in rows])
    columns = np.array([j for row in rows for j in row], dtype=np.int64)
    values = RationalArray.from_fractions([Fraction(x) for row in rows for x in row.values()])
    return start, columns, values
