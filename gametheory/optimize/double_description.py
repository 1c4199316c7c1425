"""Polyhedra by their corners, in integers: the double description method.

A pointed cone {r : a·r ≥ 0 for all rows a} is also the set of nonnegative combinations of its extreme rays. Adding a row
keeps the rays on its good side, and gives a new one on the row for each pair of *adjacent* rays on either side; two rays
are adjacent iff no third lies on all the rows on which both lie. A polyhedron is such a cone one dimension higher, with
rays (t, y): its vertices are the y/t with t > 0, its directions the y with t = 0.

What frontiers need of it are *upper sets*, which contain y + e_k with every y: their outer approximations by cuts w·y ≥ β
(:func:`upper_cone`), the hull of points (:func:`hull_cuts`) and the volume below a reference (:func:`clipped_volume`).

Everything is exact. The number of rays is that of vertices, which grows with the dimension as rows ** (dimension / 2);
each row compares pairs of rays. Comfortable for three measures up to hundreds of vertices, for four up to some hundred.

References: T. Motzkin, H. Raiffa, G. Thompson and R. Thrall, "The double description method", Contributions to the Theory
of Games II (1953); K. Fukuda and A. Prodon, "Double description method revisited" (1996), proposition 7; J. Cohen and T.
Hickey, "Two algorithms for determining volumes of convex polyhedra", Journal of the ACM 26 (1979).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import final

__all__ = ["Cone", "clipped_volume", "hull_cuts", "upper_cone", "upper_row"]

Vector = tuple[int, ...]
Point = tuple[Fraction, ...]


@final
@dataclass(frozen=True, slots=True)
class Cone:
    """{r : a·r ≥ 0 for all ``rows`` a}, pointed, by its extreme ``rays``; bit i of ``tight[k]``: ray k is on row i."""

    rows: tuple[Vector, ...]
    rays: tuple[Vector, ...]
    tight: tuple[int, ...]

    @classmethod
    def simplicial(cls, rows: Sequence[Sequence[Fraction | int]], rays: Sequence[Sequence[Fraction | int]]) -> Cone:
        """As many independent rows as dimensions, and rays of which the k-th is on all rows but the k-th."""
        count = len(rows)
        tight = tuple(((1 << count) - 1) ^ (1 << k) for k in range(count))
        return cls(tuple(map(_integers, rows)), tuple(map(_integers, rays)), tight)

    def cut(self, row: Sequence[Fraction | int]) -> Cone:
        """The part with ``row``·r ≥ 0."""
        whole = _integers(row)
        bit = 1 << len(self.rows)
        values = [_product(whole, ray) for ray in self.rays]
        kept = [
            (ray, mask | bit if value == 0 else mask)
            for ray, mask, value in zip(self.rays, self.tight, values, strict=True)
            if value >= 0
        ]
        above = [k for k, value in enumerate(values) if value > 0]
        below = [k for k, value in enumerate(values) if value < 0]
        enough = len(whole) - 2
        for p in above:
            for n in below:
                common = self.tight[p] & self.tight[n]
                if common.bit_count() < enough or any(
                    mask & common == common for k, mask in enumerate(self.tight) if k not in (p, n)
                ):
                    continue
                pair = zip(self.rays[p], self.rays[n], strict=True)
                kept.append((_primitive([values[p] * y - values[n] * x for x, y in pair]), common | bit))
        return Cone((*self.rows, whole), tuple(ray for ray, _ in kept), tuple(mask for _, mask in kept))

    def facets(self) -> list[int]:
        """The rows that no other row implies: those whose set of rays is not part of another's; of equal ones the first."""
        on = [sum(1 << k for k, mask in enumerate(self.tight) if mask >> i & 1) for i in range(len(self.rows))]
        return [
            i
            for i, own in enumerate(on)
            if own.bit_count() >= len(self.rows[i]) - 1
            and not any(own & other == own and (own != other or j < i) for j, other in enumerate(on) if j != i)
        ]

    def vertices(self) -> list[tuple[Point, int]]:
        """y/t for each ray (t, y) with t > 0, with the rows that it is on."""
        return [
            (tuple(Fraction(y, ray[0]) for y in ray[1:]), mask)
            for ray, mask in zip(self.rays, self.tight, strict=True)
            if ray[0] > 0
        ]


def upper_cone(lowest: Sequence[Fraction | int]) -> Cone:
    """The set {y ≥ lowest}; its rows are t ≥ 0 and y_k ≥ lowest_k, in this order.

    Examples
    --------
    >>> square = upper_cone([0, 0]).cut(upper_row([1, 1], 1))
    >>> sorted(tuple(map(str, vertex)) for vertex, _ in square.vertices())
    [('0', '1'), ('1', '0')]
    """
    units = [[int(j == k) for j in range(len(lowest))] for k in range(len(lowest))]
    rows: list[Sequence[Fraction | int]] = [[1, *([0] * len(lowest))]]
    rows += [[-low, *unit] for low, unit in zip(lowest, units, strict=True)]
    return Cone.simplicial(rows, [[1, *lowest], *([0, *unit] for unit in units)])


def upper_row(normal: Sequence[Fraction | int], bound: Fraction | int) -> list[Fraction | int]:
    """The row of a cut normal·y ≥ bound."""
    return [-bound, *normal]


def hull_cuts(points: Sequence[Sequence[Fraction | int]]) -> list[tuple[Point, Fraction]]:
    """Facets (w, β) of the set of all that is at least some mixture of ``points``: w·y ≥ β, with w ≥ 0 and Σ w = 1.

    They are the extreme rays of {(β, w) : w ≥ 0, w·y ≥ β for each point y}.

    Examples
    --------
    >>> [tuple(map(str, (*w, b))) for w, b in hull_cuts([(0, 2), (2, 0), (2, 2)])]
    [('1', '0', '0'), ('0', '1', '0'), ('1/2', '1/2', '1')]
    """
    first, *others = points
    units = [[int(j == k) for j in range(len(first))] for k in range(len(first))]
    cone = Cone.simplicial(
        [[-1, *first], *([0, *unit] for unit in units)],
        [[-1, *([0] * len(first))], *([y, *unit] for y, unit in zip(first, units, strict=True))],
    )
    for point in others:
        cone = cone.cut([-1, *point])
    cuts = []
    for beta, *w in cone.rays:
        total = sum(w)
        if total:
            cuts.append((tuple(Fraction(x, total) for x in w), Fraction(beta, total)))
    return cuts


def clipped_volume(points: Sequence[Sequence[Fraction | int]], reference: Sequence[Fraction | int]) -> Fraction:
    """Volume of {y ≤ reference : y is at least some mixture of ``points``}.

    Examples
    --------
    >>> clipped_volume([(1, 0, 0), (0, 1, 0), (0, 0, 1)], (1, 1, 1))
    Fraction(5, 6)
    """
    if not points:
        return Fraction(0)
    lowest = [min(column) for column in zip(*points, strict=True)]
    cone = upper_cone(lowest)
    for normal, bound in hull_cuts(points):
        cone = cone.cut(upper_row(normal, bound))
    size = len(lowest)
    for k, limit in enumerate(reference):
        cone = cone.cut([limit, *(-int(j == k) for j in range(size))])
    corners = cone.vertices()
    if len(corners) <= size:
        return Fraction(0)
    total = Fraction(0)
    faces = [sum(1 << k for k, (_, mask) in enumerate(corners) if mask >> i & 1) for i in range(len(cone.rows))]
    for simplex in _simplices((1 << len(corners)) - 1, faces, size):
        start, *rest = (corners[k][0] for k in simplex)
        total += abs(_determinant([[x - x0 for x, x0 in zip(y, start, strict=True)] for y in rest]))
    return total / math.factorial(size)


def _simplices(face: int, faces: Sequence[int], dimension: int) -> Iterator[tuple[int, ...]]:
    """A face cut into simplices: its first vertex with each simplex of the facets that it is not on."""
    first = (face & -face).bit_length() - 1
    if dimension == 0:
        yield (first,)
        return
    parts = {face & other for other in faces} - {face, 0}
    for part in parts:
        if not part >> first & 1 and not any(part != other and part & other == part for other in parts):
            for simplex in _simplices(part, faces, dimension - 1):
                yield (first, *simplex)


def _determinant(matrix: list[list[Fraction]]) -> Fraction:
    size, result = len(matrix), Fraction(1)
    for j in range(size):
        pivot = next((i for i in range(j, size) if matrix[i][j]), None)
        if pivot is None:
            return Fraction(0)
        if pivot != j:
            matrix[j], matrix[pivot], result = matrix[pivot], matrix[j], -result
        result *= matrix[j][j]
        for i in range(j + 1, size):
            factor = matrix[i][j] / matrix[j][j]
            matrix[i] = [x - factor * y for x, y in zip(matrix[i], matrix[j], strict=True)]
    return result


def _integers(row: Sequence[Fraction | int]) -> Vector:
    scale = math.lcm(*(Fraction(x).denominator for x in row))
    return _primitive([int(x * scale) for x in row])


def _primitive(row: Sequence[int]) -> Vector:
    common = math.gcd(*row) or 1
    return tuple(x // common for x in row)


def _product(left: Vector, right: Vector) -> int:
    return sum(x * y for x, y in zip(left, right, strict=True))
