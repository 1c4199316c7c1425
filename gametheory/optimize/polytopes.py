"""Bounded polytopes in any dimension, from points to half-spaces and back, in rationals.

The facets of the hull of points p are the extreme rays of {(β, w) : w·p ≤ β for each p}; the vertices of {w·y ≤ β for each
half-space} those of a cone one dimension higher (:mod:`.double_description`). A polytope of lower dimension is looked at in
its affine hull, whose equations are written as pairs of half-spaces: a point and a segment are polytopes like others.

Exact; the number of facets grows with the dimension as points ** (dimension / 2).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

from gametheory.optimize.double_description import Cone

__all__ = ["hull_halfspaces", "polytope_vertices"]

Point = tuple[Fraction, ...]
Halfspace = tuple[Point, Fraction]
Row = list[Fraction | int]


def hull_halfspaces(points: Sequence[Sequence[Fraction]]) -> list[Halfspace]:
    """The convex hull of at least one point as {y : w·y ≤ β for all (w, β)}; normals have coprime integer entries.

    Examples
    --------
    >>> [(tuple(map(int, w)), int(b)) for w, b in hull_halfspaces([(0, 0), (2, 0), (0, 2), (1, 1)])]
    [((1, 1), 2), ((-1, 0), 0), ((0, -1), 0)]
    >>> [(tuple(map(int, w)), int(b)) for w, b in hull_halfspaces([(3, 3), (9, 9)])]
    [((-1, 1), 0), ((1, -1), 0), ((1, 0), 9), ((-1, 0), -3)]
    """
    rows = [tuple(map(Fraction, p)) for p in dict.fromkeys(map(tuple, points))]
    first, size = rows[0], len(rows[0])
    differences = [[x - y for x, y in zip(p, first, strict=True)] for p in rows]
    columns, equations = _affine_hull(differences, size)
    found: list[Halfspace] = []
    for equation in equations:
        value = sum((a * x for a, x in zip(equation, first, strict=True)), Fraction(0))
        for sign in (1, -1):
            found.append(_scaled([sign * a for a in equation], sign * value))
    if columns:
        for normal, bound in _facets([[p[j] for j in columns] for p in rows]):
            wide = [Fraction(0)] * size
            for j, x in zip(columns, normal, strict=True):
                wide[j] = x
            found.append(_scaled(wide, bound))
    return found


def polytope_vertices(
    halfspaces: Sequence[tuple[Sequence[Fraction], Fraction]], box: Sequence[tuple[Fraction, Fraction]]
) -> list[Point]:
    """Vertices of {y : w·y ≤ β for all (w, β)} within a box (lowest, highest) by coordinates, sorted; none if it is empty.

    Examples
    --------
    >>> corners = polytope_vertices([((1, 1), Fraction(1))], [(Fraction(0), Fraction(2))] * 2)
    >>> [tuple(map(int, v)) for v in corners]
    [(0, 0), (0, 1), (1, 0)]
    """
    size = len(box)
    low = [bounds[0] for bounds in box]
    top = sum((bounds[1] for bounds in box), Fraction(1))
    room = top - sum(low, Fraction(0))
    if room <= 0:
        return []
    units = [[int(j == k) for j in range(size)] for k in range(size)]
    rows: list[Row] = [[-low[k], *units[k]] for k in range(size)]
    rows.append([top, *([-1] * size)])
    rays: list[Row] = [[1, *(low[j] + room * units[k][j] for j in range(size))] for k in range(size)]
    rays.append([1, *low])
    cone = Cone.simplicial(rows, rays)
    cuts: list[Row] = [[high, *(-u for u in unit)] for (_, high), unit in zip(box, units, strict=True)]
    cuts += [[bound, *(-x for x in normal)] for normal, bound in halfspaces]
    for cut in cuts:
        cone = cone.cut(cut)
        if not cone.rays:
            return []
    return sorted({point for point, _ in cone.vertices()})


def _affine_hull(differences: list[list[Fraction]], size: int) -> tuple[list[int], list[list[Fraction]]]:
    """Coordinates that tell the points apart, and equations of the linear hull of the differences."""
    basis: list[list[Fraction]] = []
    columns: list[int] = []
    for row in differences:
        rest = list(row)
        for column, known in zip(columns, basis, strict=True):
            if rest[column]:
                share = rest[column]
                rest = [x - share * y for x, y in zip(rest, known, strict=True)]
        pivot = next((j for j, x in enumerate(rest) if x), None)
        if pivot is None:
            continue
        lead = rest[pivot]
        rest = [x / lead for x in rest]
        basis = [[x - known[pivot] * y for x, y in zip(known, rest, strict=True)] for known in basis]
        basis.append(rest)
        columns.append(pivot)
    equations = []
    for j in range(size):
        if j in columns:
            continue
        row = [Fraction(0)] * size
        row[j] = Fraction(1)
        for column, known in zip(columns, basis, strict=True):
            row[column] = -known[j]
        equations.append(row)
    return sorted(columns), equations


def _facets(points: Sequence[Sequence[Fraction]]) -> list[tuple[list[Fraction], Fraction]]:
    """Facets of the hull of points that span their space."""
    size = len(points[0])
    chosen, inverse = _simplex(points)
    rows = [[Fraction(1), *(-x for x in points[k])] for k in chosen]
    cone = Cone.simplicial(rows, inverse)
    for k, p in enumerate(points):
        if k not in chosen:
            cone = cone.cut([1, *(-x for x in p)])
    return [([Fraction(x) for x in ray[1:]], Fraction(ray[0])) for ray in cone.rays if any(ray[1 : size + 1])]


def _simplex(points: Sequence[Sequence[Fraction]]) -> tuple[list[int], list[list[Fraction]]]:
    """Numbers of points that are the corners of a simplex, and the columns of the inverse of their rows (1, −p)."""
    size = len(points[0]) + 1
    basis: list[
        tuple[int, list[Fraction], list[Fraction]]
    ] = []  # pivot, reduced row, how it is made of the chosen rows
    chosen: list[int] = []
    for k, p in enumerate(points):
        rest = [Fraction(1), *(-x for x in p)]
        made = [Fraction(0)] * size
        made[len(chosen)] = Fraction(1)
        for pivot, known, how in basis:
            if rest[pivot]:
                share = rest[pivot]
                rest = [x - share * y for x, y in zip(rest, known, strict=True)]
                made = [x - share * y for x, y in zip(made, how, strict=True)]
        lead = next((j for j, x in enumerate(rest) if x), None)
        if lead is None:
            continue
        scale = rest[lead]
        rest, made = [x / scale for x in rest], [x / scale for x in made]
        reduced = []
        for pivot, known, how in basis:
            share = known[lead]
            reduced.append(
                (
                    pivot,
                    [x - share * y for x, y in zip(known, rest, strict=True)],
                    [x - share * y for x, y in zip(how, made, strict=True)],
                )
            )
        basis = [*reduced, (lead, rest, made)]
        chosen.append(k)
        if len(chosen) == size:
            break
    inverse_rows = {pivot: how for pivot, _, how in basis}  # row of the inverse for each coordinate
    return chosen, [[inverse_rows[j][k] for j in range(size)] for k in range(size)]


def _scaled(normal: Sequence[Fraction], bound: Fraction) -> Halfspace:
    scale = math.lcm(*(x.denominator for x in normal))
    whole = [int(x * scale) for x in normal]
    common = math.gcd(*whole)
    factor = Fraction(scale, common)
    return tuple(Fraction(x // common) for x in whole), bound * factor
