"""A vertex of a matrix game solved and checked in integers.

Integer payoffs N to the row player, rows I and columns J, as many of each. With B = N − min N + 1 > 0 the vertex that
plays them is y_J = z/Σz, x_I = w/Σw where

    B_IJ z = 1,   B_IJᵀ w = 1,

and it is optimal iff z, w ≥ 0, B z ≤ 1 in every row and Bᵀw ≥ 1 in every column: then x secures, and y concedes, exactly
1/Σz + min N − 1. Both systems are solved by p-adic lifting (Dixon 1982, in python-flint): O(k³) for the inverse modulo a
prime and O(k²) for each digit, and numbers of about k log₂ max B bits for k = |I|.

References: L. S. Shapley and R. N. Snow (1950), "Basic solutions of discrete games"; J. D. Dixon (1982), "Exact solution
of linear equations using p-adic expansions", Numerische Mathematik 40.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

__all__ = ["ExactVertex", "exact_vertex"]

Array = NDArray[Any]


@final
@dataclass(frozen=True, slots=True, eq=False)
class ExactVertex:
    """Optimal strategies as integer weights, to be divided by their sums, and the value in units of the payoffs."""

    row: Array
    column: Array
    value: Fraction


def exact_vertex(payoffs: Array, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> ExactVertex | None:
    """The vertex that plays these rows and columns, if it is optimal.

    Parameters
    ----------
    payoffs : array of integers, shape (m, n)
        To the row player; machine or Python integers.
    rows, columns : arrays of int of one length

    Returns
    -------
    ExactVertex or None
        ``None`` where the system has no single solution, or the solution is not an optimal pair of strategies.

    Examples
    --------
    >>> found = exact_vertex(np.array([[3, -1], [-2, 1]]), np.array([0, 1]), np.array([0, 1]))
    >>> found.row.tolist(), found.column.tolist(), str(found.value)
    ([3, 4], [2, 5], '1/7')
    """
    from flint import fmpz_mat

    size, lift = len(rows), 1 - int(payoffs.min())

    def lifted(part: Array) -> Any:
        return fmpz_mat(*part.shape, [x + lift for x in part.reshape(-1).tolist()])

    block = lifted(payoffs[np.ix_(rows, columns)])
    ones = fmpz_mat(size, 1, [1] * size)
    try:
        weights = [matrix.solve(ones).numer_denom() for matrix in (block, block.transpose())]
    except ZeroDivisionError:
        return None
    (column, below), (row, above) = weights
    if min(column.entries()) < 0 or min(row.entries()) < 0:
        return None
    if max((lifted(payoffs[:, columns]) * column).entries()) > below:
        return None
    if min((row.transpose() * lifted(payoffs[rows])).entries()) < above:
        return None
    played = [int(v) for v in column.entries()]
    value = Fraction(int(below), sum(played)) - lift
    return ExactVertex(
        _spread([int(v) for v in row.entries()], rows, payoffs.shape[0]),
        _spread(played, columns, payoffs.shape[1]),
        value,
    )


def _spread(weights: list[int], places: NDArray[np.int64], size: int) -> Array:
    common = math.gcd(*weights)
    result = np.zeros(size, dtype=object)
    result[places] = [v // common for v in weights]
    return result
