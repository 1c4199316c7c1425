"""Square systems of a basis in integers: K x = b and Kᵀ y = c for a sparse regular matrix K.

Rows with one column left and columns with one row left are eliminated first, again and again: K is then a lower
triangle, a dense core and an upper triangle, up to permutations, and only the core goes to FLINT (Dixon lifting or
several primes). The core of a matrix game is dense, that of incentive constraints often empty.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, final

__all__ = ["Entries", "Kernel", "peel", "pivot_columns"]

_PRIME = 2**61 - 1  # below FLINT's limb, to find independent rows and columns of a singular kernel
Entries = list[tuple[int, int]]
"""A row as (column, coefficient) pairs, or a column as (row, coefficient) pairs."""


@final
@dataclass(frozen=True, slots=True, eq=False)
class Peeled:
    """Row singletons in order, column singletons in order, and what is left."""

    first: list[tuple[int, int, int]]
    last: list[tuple[int, int, int]]
    rows: list[int]
    columns: list[int]


def peel(rows: Sequence[int], columns: Sequence[int], by_row: Any, by_column: Any) -> Peeled:
    """Eliminate, as long as there are any, rows with one column left and columns with one row left."""
    open_rows, open_columns = set(rows), set(columns)
    row_count = {r: sum(j in open_columns for j, _ in by_row[r]) for r in rows}
    column_count = {j: sum(r in open_rows for r, _ in by_column[j]) for j in columns}
    waiting = [(True, r) for r in rows if row_count[r] == 1] + [(False, j) for j in columns if column_count[j] == 1]
    first: list[tuple[int, int, int]] = []
    last: list[tuple[int, int, int]] = []
    while waiting:
        is_row, k = waiting.pop()
        if is_row:
            if k not in open_rows or row_count[k] != 1:
                continue
            r = k
            j, a = next((j, a) for j, a in by_row[r] if j in open_columns)
            first.append((r, j, a))
        else:
            if k not in open_columns or column_count[k] != 1:
                continue
            j = k
            r, a = next((r, a) for r, a in by_column[j] if r in open_rows)
            last.append((r, j, a))
        open_rows.discard(r)
        open_columns.discard(j)
        for other, _ in by_column[j]:
            if other in open_rows:
                row_count[other] -= 1
                if row_count[other] == 1:
                    waiting.append((True, other))
        for other, _ in by_row[r]:
            if other in open_columns:
                column_count[other] -= 1
                if column_count[other] == 1:
                    waiting.append((False, other))
    return Peeled(first, last, sorted(open_rows), sorted(open_columns))


def _dense(rows: Sequence[int], columns: Sequence[int], by_row: Any, *, modulus: int = 0) -> list[int]:
    """The entries of a submatrix in row-major order."""
    place = {j: k for k, j in enumerate(columns)}
    table = [0] * (len(rows) * len(columns))
    for i, r in enumerate(rows):
        for j, a in by_row[r]:
            if j in place:
                table[i * len(columns) + place[j]] = a % modulus if modulus else a
    return table


def pivot_columns(rows: Sequence[int], columns: Sequence[int], by_row: list[Entries]) -> list[int]:
    """Positions of columns that are independent modulo the prime."""
    from flint import nmod_mat

    echelon, rank = nmod_mat(len(rows), len(columns), _dense(rows, columns, by_row, modulus=_PRIME), _PRIME).rref()
    found, column = [], 0
    for row in range(rank):
        while int(echelon[row, column]) == 0:
            column += 1
        found.append(column)
    return found


@final
class Kernel:
    """The regular square matrix K = A_IJ, solved as triangle, dense core, triangle."""

    def __init__(self, rows: list[int], columns: list[int], by_row: list[Entries], by_column: list[Entries]) -> None:
        self.rows, self.columns = rows, columns
        self.position = {j: k for k, j in enumerate(columns)}
        place = set(rows)
        self.by_row = {r: [(j, a) for j, a in by_row[r] if j in self.position] for r in rows}
        self.by_column = {j: [(r, a) for r, a in by_column[j] if r in place] for j in columns}
        self.peeled = peel(rows, columns, self.by_row, self.by_column)
        self.core: Any = None
        if self.peeled.rows:
            from flint import fmpz_mat

            size = len(self.peeled.rows)
            self.core = fmpz_mat(size, size, _dense(self.peeled.rows, self.peeled.columns, self.by_row))

    def solve(self, side: list[int]) -> tuple[list[int], int]:
        """K x = side, as integers over one positive denominator, in the order of the columns."""
        return self._solved(side, self.rows, self.columns, self.by_row, self.peeled, transposed=False)

    def solve_transposed(self, side: list[int]) -> tuple[list[int], int]:
        """Kᵀ y = side, as integers over one positive denominator, in the order of the rows."""
        turned = Peeled(
            [(j, r, a) for r, j, a in self.peeled.last],
            [(j, r, a) for r, j, a in self.peeled.first],
            self.peeled.columns,
            self.peeled.rows,
        )
        return self._solved(side, self.columns, self.rows, self.by_column, turned, transposed=True)

    def _solved(
        self,
        side: list[int],
        rows: list[int],
        columns: list[int],
        by_row: Mapping[int, Entries],
        peeled: Peeled,
        *,
        transposed: bool,
    ) -> tuple[list[int], int]:
        known: dict[int, Fraction] = {}
        wanted = dict(zip(rows, side, strict=True))

        def remainder(r: int) -> Fraction:
            total = Fraction(wanted[r])
            for j, a in by_row[r]:
                value = known.get(j)
                if value:
                    total -= a * value
            return total

        for r, j, a in peeled.first:
            known[j] = remainder(r) / a
        if self.core is not None:
            from flint import fmpz_mat

            remainders = [remainder(r) for r in peeled.rows]
            if any(remainders):
                scale = math.lcm(1, *(v.denominator for v in remainders))
                right = fmpz_mat(len(remainders), 1, [v.numerator * (scale // v.denominator) for v in remainders])
                matrix = self.core.transpose() if transposed else self.core
                numerators, denominator = matrix.solve(right).numer_denom()
                bottom = int(denominator) * scale
                for j, v in zip(peeled.columns, numerators.entries(), strict=True):
                    known[j] = Fraction(int(v), bottom)
        for r, j, a in reversed(peeled.last):
            known[j] = remainder(r) / a
        values = [known.get(j, Fraction(0)) for j in columns]
        bottom = math.lcm(1, *(v.denominator for v in values))
        return [v.numerator * (bottom // v.denominator) for v in values], bottom
