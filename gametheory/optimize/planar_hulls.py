"""Outer polygons and inner hulls in the plane, for :mod:`.convex_sandwich`; numbers of any one kind, floats or rationals."""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from typing import Any, final

from gametheory.optimize.objectives import inner

__all__ = ["Polygon", "nearest", "nearest_exactly"]


@final
class Polygon:
    """{m : w·m ≥ β for all lines (w, β)}, w ≥ 0; the first two lines are level and upright. Numbers of any one kind."""

    def __init__(self, lines: Sequence[Any]) -> None:
        self.lines = list(lines[:2])
        self.sides = [0, 1]  # lines from the steepest to the flattest, none of them implied by others
        self.slants = [lines[0][1] * 0, lines[0][1] * 0 + 1]
        self.vertices: list[Any] = [(lines[0][1] / lines[0][0][0], lines[1][1] / lines[1][0][1])]  # between two sides
        self.alive = set(self.vertices)
        for w, bound in lines[2:]:
            self.cut(w, bound)

    def cut(self, w: Any, bound: Any) -> list[Any]:
        """Add a line; the new vertices."""
        self.lines.append((w, bound))
        slant = w[1] / (w[0] + w[1])
        first = last = (
            min(bisect.bisect_right(self.slants, slant), len(self.vertices)) - 1
        )  # of those cut off, in order

        def is_off(k: int) -> bool:
            return 0 <= k < len(self.vertices) and bool(inner(w, self.vertices[k]) < bound)

        if not is_off(first):  # where the polygon is furthest in the direction of the line
            return []
        while is_off(first - 1):
            first -= 1
        while is_off(last + 1):
            last += 1
        before, after = self.lines[self.sides[first]], self.lines[self.sides[last + 1]]
        fresh = [_meeting(before, (w, bound)), _meeting((w, bound), after)]
        self.alive -= set(self.vertices[first : last + 1])
        self.alive |= set(fresh)
        self.vertices[first : last + 1] = fresh
        self.sides[first + 1 : last + 1] = [len(self.lines) - 1]
        self.slants[first + 1 : last + 1] = [slant]
        return fresh


def _meeting(one: Any, two: Any) -> Any:
    """Where two lines meet; if they are parallel, any point will do that is on the second."""
    (a, b), p = one
    (c, d), q = two
    determinant = a * d - b * c
    if determinant == 0:
        return (q / c, q * 0) if d == 0 else (q * 0, q / d)
    return (p * d - b * q) / determinant, (a * q - p * c) / determinant


def nearest(hull: Sequence[Any], vertex: Any) -> tuple[Any, Any, int]:
    """The nearest point of the inner set, its distance squared, and the edge that it is on (−1: beyond the ends)."""
    x, y = vertex
    left, last = hull[0], hull[-1]
    k = bisect.bisect_right(hull, x, key=lambda corner: corner[0])
    if x >= left[0] and y >= (last[1] if k == len(hull) else _height(hull, k, x)):
        return vertex, x * 0, -1
    best: tuple[Any, Any, int] | None = None
    for point in ((left[0], max(y, left[1])), (max(x, last[0]), last[1])):
        away = _square(point, vertex)
        if best is None or away < best[1]:
            best = point, away, -1
    assert best is not None, "two ends were tried"
    # The edges that face a point outside are neighbours, one of them above it, and distances along them fall, then rise.
    for order in (range(min(k, len(hull) - 1), 0, -1), range(max(k, 1), len(hull))):
        previous = None
        for j in order:
            point = _on_edge(hull, j, x, y)
            away = _square(point, vertex)
            if previous is not None and away > previous:
                break
            previous = away
            if away < best[1]:
                best = point, away, j
    return best


def nearest_exactly(hull: Sequence[Any], rounded: Sequence[Any], vertex: Any) -> Any:
    """Distance squared to the inner set, or a little more: to the nearest point of the edge that floats find nearest."""
    if len(set(rounded)) == len(hull):
        edge = nearest(rounded, (float(vertex[0]), float(vertex[1])))[2]
        if edge > 0:
            return _square(_on_edge(hull, edge, *vertex), vertex)
    return nearest(hull, vertex)[1]


def _height(hull: Sequence[Any], k: int, x: Any) -> Any:
    (x0, y0), (x1, y1) = hull[k - 1], hull[k]
    return y0 + (y1 - y0) * (x - x0) / (x1 - x0)


def _on_edge(hull: Sequence[Any], j: int, x: Any, y: Any) -> Any:
    """The nearest point to (x, y) on the edge from corner j − 1 to corner j."""
    (x0, y0), (x1, y1) = hull[j - 1], hull[j]
    dx, dy = x1 - x0, y1 - y0
    share = ((x - x0) * dx + (y - y0) * dy) / (dx * dx + dy * dy)
    if share <= 0:
        return hull[j - 1]
    return hull[j] if share >= 1 else (x0 + share * dx, y0 + share * dy)


def _square(one: Any, two: Any) -> Any:  # Fraction or float, as its arguments
    return (one[0] - two[0]) ** 2 + (one[1] - two[1]) ** 2
