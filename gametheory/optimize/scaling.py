"""Floats for a rational linear programme, scaled so that a solver's absolute tolerances mean something.

Columns are measured in units of 2^(k_j − g), rows multiplied by 2^(r_i), the objective by 2^s:

    A'_ij = A_ij 2^(r_i + k_j),   c'_j = c_j 2^(k_j + s),   b'_i = b_i 2^(r_i + g)
    x_j = 2^(k_j − g) x'_j,   y_i = 2^(r_i − s) y'_i

Powers of two lose nothing, so that the only error is the rounding of each number to a float, once. Exponents come from
a few passes that centre the logarithms of every row and column (Curtis–Reid in spirit, min and max instead of means);
a matrix whose entries already lie within a factor of 2²⁰ of each other is scaled by one common factor only. Numbers
far outside the range of floats (10^±400) are welcome, as mantissa and exponent are kept apart until the end.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import RationalArray
from gametheory.certificates.programme import LinearProgramme

__all__ = ["ScaledProgramme", "distinct_entries", "scaled_programme"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_WIDE = 20  # entries within this many powers of two of each other need no scaling of single rows
_LARGE = 10  # costs and right-hand sides up to this power of two are left alone


@final
@dataclass(frozen=True, slots=True, eq=False)
class ScaledProgramme:
    """Arrays for a solver that minimises or maximises, and the exponents that lead back; see the module.

    The matrix is stored by rows, without zeros and without a column twice in a row.
    """

    cost: Floats
    row_start: Ints
    column_index: Ints
    coefficients: Floats
    row_lower: Floats
    row_upper: Floats
    column_lower: Floats
    column_upper: Floats
    row_exponent: Ints
    column_exponent: Ints
    objective_exponent: int
    side_exponent: int

    def primal(self, scaled: Floats) -> Floats:
        """Values of the columns from scaled ones."""
        return _ldexp(scaled, self.column_exponent - self.side_exponent)

    def row_duals(self, scaled: Floats) -> Floats:
        """Multipliers of the rows from scaled ones."""
        return _ldexp(scaled, self.row_exponent - self.objective_exponent)

    def reduced_costs(self, scaled: Floats) -> Floats:
        """Reduced costs of the columns from scaled ones."""
        return _ldexp(scaled, -self.column_exponent - self.objective_exponent)

    def value(self, scaled: float) -> float:
        """Objective (without its constant) from a scaled one."""
        return float(_ldexp(np.array(scaled), np.array(-self.objective_exponent - self.side_exponent)))


def scaled_programme(programme: LinearProgramme) -> ScaledProgramme:
    """Round a rational programme to scaled floats; columns that must be integral keep their unit."""
    start, index, values = distinct_entries(programme)
    mantissa, exponent = _split(values)
    rows = np.repeat(np.arange(programme.num_rows), np.diff(start))
    fixed = np.zeros(programme.num_columns, dtype=bool)
    fixed[sorted(programme.integer)] = True
    row_exponent, column_exponent = _exponents(
        mantissa, exponent, rows, index, programme.num_rows, programme.num_columns, fixed
    )
    cost_m, cost_e = _split(programme.objective)
    side_m, side_e = _split(programme.right_hand_side)
    lower_m, lower_e = _split_bounds(programme.lower)
    upper_m, upper_e = _split_bounds(programme.upper)
    objective_exponent = _centring([(cost_m, cost_e + column_exponent)])
    side_exponent = 0
    if not programme.integer:
        sides = [(side_m, side_e + row_exponent)]
        sides += [(m, e - column_exponent) for m, e in ((lower_m, lower_e), (upper_m, upper_e))]
        side_exponent = _centring(sides)
    side = _ldexp(side_m, side_e + row_exponent + side_exponent)
    senses = np.array(programme.row_sense, dtype=object)
    return ScaledProgramme(
        cost=_ldexp(cost_m, cost_e + column_exponent + objective_exponent),
        row_start=start,
        column_index=index,
        coefficients=_ldexp(mantissa, exponent + row_exponent[rows] + column_exponent[index]),
        row_lower=np.where(senses == "<=", -np.inf, side),
        row_upper=np.where(senses == ">=", np.inf, side),
        column_lower=_bound_floats(programme.lower, lower_m, lower_e - column_exponent + side_exponent, -np.inf),
        column_upper=_bound_floats(programme.upper, upper_m, upper_e - column_exponent + side_exponent, np.inf),
        row_exponent=row_exponent,
        column_exponent=column_exponent,
        objective_exponent=objective_exponent,
        side_exponent=side_exponent,
    )


def distinct_entries(programme: LinearProgramme) -> tuple[Ints, Ints, RationalArray]:
    """Row starts, columns and coefficients of the matrix, columns rising in each row, no zeros and no entry twice."""
    rows, columns = programme.entry_rows(), programme.column_index
    values = programme.coefficients
    key = rows * max(programme.num_columns, 1) + columns
    order = np.argsort(key, kind="stable")
    if len(key) > 1 and bool(np.any(np.diff(key[order]) == 0)):
        distinct, place = np.unique(key, return_inverse=True)
        totals = [0] * len(distinct)
        for k, a in zip(place.tolist(), values.numerators.tolist(), strict=True):
            totals[k] += a
        values = RationalArray.of_integers(np.array(totals, dtype=object), values.denominator)
        rows, columns = distinct // programme.num_columns, distinct % programme.num_columns
        order = np.arange(len(distinct))
    order = order[np.array([x != 0 for x in values.numerators[order].tolist()], dtype=bool)]
    start = np.zeros(programme.num_rows + 1, dtype=np.int64)
    start[1:] = np.cumsum(np.bincount(rows[order], minlength=programme.num_rows))
    return start, columns[order], RationalArray.of_integers(values.numerators[order], values.denominator)


def _exponents(
    mantissa: Floats,
    exponent: Ints,
    rows: Ints,
    columns: Ints,
    num_rows: int,
    num_columns: int,
    fixed: NDArray[np.bool_],
) -> tuple[Ints, Ints]:
    row_exponent, column_exponent = np.zeros(num_rows), np.zeros(num_columns)
    if not len(mantissa):
        return row_exponent.astype(np.int64), column_exponent.astype(np.int64)
    logs = np.log2(np.abs(mantissa)) + exponent
    if logs.max() - logs.min() <= _WIDE:
        if max(abs(logs.max()), abs(logs.min())) > _LARGE:
            row_exponent[:] = -(logs.max() + logs.min()) / 2
    else:
        for _ in range(4):
            row_exponent = -_middle(logs + column_exponent[columns], rows, num_rows)
            column_exponent = -_middle(logs + row_exponent[rows], columns, num_columns)
            column_exponent[fixed] = 0
    return np.rint(row_exponent).astype(np.int64), np.rint(column_exponent).astype(np.int64)


def _middle(logs: Floats, groups: Ints, count: int) -> Floats:
    """Half of minimum plus maximum in each group; 0 for an empty group."""
    low, high = np.full(count, np.inf), np.full(count, -np.inf)
    np.minimum.at(low, groups, logs)
    np.maximum.at(high, groups, logs)
    empty = high < low
    low[empty] = high[empty] = 0
    middle: Floats = (low + high) / 2
    return middle


def _centring(parts: list[tuple[Floats, Ints]]) -> int:
    """The power of two that brings the largest of these numbers near 1, or 0 if it is not far from it."""
    exponents = np.concatenate([e[m != 0] for m, e in parts])
    if not len(exponents) or abs(int(exponents.max())) <= _LARGE:
        return 0
    return -int(exponents.max())


def _split(array: RationalArray) -> tuple[Floats, Ints]:
    """Mantissas and exponents, value = mantissa · 2^exponent."""
    bottom, bottom_exponent = _integer_split(array.denominator)
    if array.numerators.dtype != object:
        top, top_exponent = np.frexp(array.numerators.astype(np.float64))
        return top / bottom, top_exponent.astype(np.int64) - bottom_exponent
    pairs = [_integer_split(int(x)) for x in array.numerators]
    tops = np.array([m for m, _ in pairs], dtype=np.float64)
    return tops / bottom, np.array([e for _, e in pairs], dtype=np.int64) - bottom_exponent


def _integer_split(value: int) -> tuple[float, int]:
    """A whole number as m · 2^e with ½ ≤ |m| ≤ 1."""
    size = value.bit_length()
    shift = size - 64
    if shift > 0:  # 64 leading bits are more than a float keeps
        value = -(-value >> shift) if value < 0 else value >> shift
        return value / 2.0**64, size
    return value / 2.0**size, size


def _split_bounds(bounds: tuple[Any, ...]) -> tuple[Floats, Ints]:
    mantissa, exponent = np.zeros(len(bounds)), np.zeros(len(bounds), dtype=np.int64)
    for j, bound in enumerate(bounds):
        if bound:
            top, top_exponent = _integer_split(bound.numerator)
            bottom, bottom_exponent = _integer_split(bound.denominator)
            mantissa[j], exponent[j] = top / bottom, top_exponent - bottom_exponent
    return mantissa, exponent


def _bound_floats(bounds: tuple[Any, ...], mantissa: Floats, exponent: Ints, infinite: float) -> Floats:
    result = _ldexp(mantissa, exponent)
    for j, bound in enumerate(bounds):
        if bound is None:
            result[j] = infinite
    return result


def _ldexp(mantissa: Floats, exponent: Ints) -> Floats:
    with np.errstate(over="ignore", under="ignore"):
        result: Floats = np.ldexp(mantissa, np.clip(exponent, -10_000, 10_000).astype(np.int32))
    return result
