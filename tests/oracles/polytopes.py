"""Optima of tiny linear programmes by looking at every vertex, in fractions: slow, and nothing to get wrong.

A bounded polytope {x : E x = f, G x ≥ h} without lines has its optima at vertices, and a vertex is the only solution of
the equations together with some of the inequalities made equations. Imports nothing of the package.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from fractions import Fraction
from math import lcm

Row = tuple[Sequence[Fraction | int], Fraction | int]
"""Coefficients and right-hand side."""


def solve_square(rows: Sequence[Row]) -> list[Fraction] | None:
    """The only solution of a square system, or ``None`` when it has none or many (Bareiss elimination in integers)."""
    size, last = len(rows), 1
    table = []
    for coefficients, right in rows:
        row = [Fraction(x) for x in (*coefficients, right)]
        scale = lcm(*(x.denominator for x in row))
        table.append([int(x * scale) for x in row])
    for column in range(size):
        pivot = next((r for r in range(column, size) if table[r][column]), None)
        if pivot is None:
            return None
        table[column], table[pivot] = table[pivot], table[column]
        lead = table[column]
        for r in range(size):
            if r != column:
                factor = table[r][column]
                table[r] = [(lead[column] * x - factor * y) // last for x, y in zip(table[r], lead, strict=True)]
        last = lead[column]
    return [Fraction(row[-1], row[k]) for k, row in enumerate(table)]


def independent(rows: Sequence[Row]) -> list[Row]:
    """A largest set of the rows, first ones preferred, whose coefficients are linearly independent."""
    kept: list[Row] = []
    reduced: list[list[Fraction]] = []
    for coefficients, right in rows:
        vector = [Fraction(x) for x in coefficients]
        for basis in reduced:
            lead = next(k for k, x in enumerate(basis) if x)
            if vector[lead]:
                factor = vector[lead] / basis[lead]
                vector = [x - factor * y for x, y in zip(vector, basis, strict=True)]
        if any(vector):
            reduced.append(vector)
            kept.append((coefficients, right))
    return kept


def vertices(equations: Sequence[Row], inequalities: Sequence[Row]) -> Iterator[tuple[Fraction, ...]]:
    """Every vertex, some of them more than once."""
    equations = independent(equations)
    size = len((*equations, *inequalities)[0][0])
    for tight in itertools.combinations(inequalities, size - len(equations)):
        point = solve_square([*equations, *tight])
        if point is not None and all(
            sum(c * x for c, x in zip(coefficients, point, strict=True)) >= right
            for coefficients, right in inequalities
        ):
            yield tuple(point)


def maximum(
    objective: Sequence[Fraction | int], equations: Sequence[Row], inequalities: Sequence[Row]
) -> Fraction | None:
    """The largest value of a linear function over the polytope; ``None`` when the polytope is empty."""
    values = (
        sum((c * x for c, x in zip(objective, v, strict=True)), Fraction(0)) for v in vertices(equations, inequalities)
    )
    return max(values, default=None)


def simplex(size: int) -> tuple[list[Row], list[Row]]:
    """Equations and inequalities of the probability vectors of this length."""
    unit = [[int(i == j) for j in range(size)] for i in range(size)]
    return [([1] * size, 1)], [(row, 0) for row in unit]
