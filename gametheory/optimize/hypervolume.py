"""Volume of what a set of points dominates, all measures minimised, up to a reference r.

    staircase   vol {y ≤ r : y ≥ p for some point p}                    decisions cannot be mixed
    hull        vol {y ≤ r : y ≥ some mixture of the points}            they can
    chain       between the two, for two measures: some neighbours are joined by their chord, others not

Exact for rationals, and as exact as the input for floats, which are rationals too. The staircase is cut into slices along
the last measure, each a staircase in one dimension less; the hull is cut into simplices (:mod:`.double_description`).
Complexity: n log n for two measures; the staircase n ** (p − 1) for p of them, the hull as the double description method.

References: E. Zitzler and L. Thiele, "Multiobjective evolutionary algorithms", IEEE Transactions on Evolutionary
Computation 3 (1999); L. While, P. Hingston, L. Barone and S. Huband, "A faster algorithm for calculating hypervolume",
IEEE Transactions on Evolutionary Computation 10 (2006), for the slices.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from fractions import Fraction

from gametheory.optimize.double_description import clipped_volume

__all__ = ["chain_area", "hull_volume", "lower_hull", "staircase_volume"]

Point = tuple[Fraction, ...]


def staircase_volume(points: Sequence[Point], reference: Sequence[Fraction]) -> Fraction:
    """Volume of what at least one of the points betters.

    Examples
    --------
    >>> staircase_volume([(0, 1, 1), (1, 0, 1), (1, 1, 0)], (2, 2, 2))
    Fraction(4, 1)
    """
    inside = [p for p in points if all(x < limit for x, limit in zip(p, reference, strict=True))]
    if not inside:
        return Fraction(0)
    if len(reference) == 1:
        return Fraction(reference[0] - min(inside)[0])
    if len(reference) == 2:
        return chain_area(inside, reference, chords=())
    ordered = sorted(inside, key=lambda p: p[-1])
    levels = [*(p[-1] for p in ordered), reference[-1]]
    total = Fraction(0)
    for k, (start, end) in enumerate(itertools.pairwise(levels)):
        if end > start:
            total += (end - start) * staircase_volume([p[:-1] for p in ordered[: k + 1]], reference[:-1])
    return total


def hull_volume(points: Sequence[Point], reference: Sequence[Fraction]) -> Fraction:
    """Volume of what at least one mixture of the points betters.

    Examples
    --------
    >>> hull_volume([(0, 1, 1), (1, 0, 1), (1, 1, 0)], (1, 1, 1))
    Fraction(1, 6)
    """
    if len(reference) == 2:
        corners = lower_hull(sorted(points))  # type: ignore[arg-type]  # pairs
        return chain_area(corners, reference, chords=list(itertools.pairwise(corners)))
    return clipped_volume(points, reference)


def lower_hull(points: Sequence[tuple[Fraction, Fraction]]) -> list[tuple[Fraction, Fraction]]:
    """Falling part of the lower convex hull of sorted pairs, from the leftmost point to the lowest."""
    hull: list[tuple[Fraction, Fraction]] = []
    for x, y in points:
        if hull and y >= hull[-1][1]:
            continue
        while len(hull) >= 2:
            (x0, y0), (x1, y1) = hull[-2:]
            if (y1 - y0) * (x - x0) < (y - y0) * (x1 - x0):
                break
            hull.pop()
        hull.append((x, y))
    return hull


def chain_area(
    points: Sequence[Point], reference: Sequence[Fraction], *, chords: Sequence[tuple[Point, Point]]
) -> Fraction:
    """Area of what points and falling ``chords`` dominate; chords end in points, and neither betters the other.

    Examples
    --------
    >>> chain_area([(0, 3), (1, 1), (3, 0)], (3, 3), chords=[((0, 3), (1, 1))])
    Fraction(5, 1)
    """
    right, top = reference
    lowest: dict[Fraction, Fraction] = {}
    for x, y in points:
        lowest[x] = min(y, lowest.get(x, y))
    waiting = sorted(chords, reverse=True)
    total, level = Fraction(0), None
    for x0, x1 in itertools.pairwise([*sorted(lowest), right] if lowest else []):
        level = lowest[x0] if level is None else min(level, lowest[x0])
        while waiting and waiting[-1][1][0] <= x0:
            waiting.pop()
        if waiting and waiting[-1][0][0] <= x0:
            (a, high), (b, low) = waiting[-1]
            slope = Fraction(low - high) / (b - a)
            total += _below(x0, high + slope * (x0 - a), x1, high + slope * (x1 - a), right, top)
        else:
            total += _below(x0, level, x1, level, right, top)
    return total


def _below(x0: Fraction, y0: Fraction, x1: Fraction, y1: Fraction, right: Fraction, top: Fraction) -> Fraction:
    """Area between a falling or level segment and the level ``top`` above it, left of ``right``."""
    if x1 > right:
        y1 = y0 + (y1 - y0) * Fraction(right - x0) / (x1 - x0) if x0 < right else y0
        x1 = right
    if x1 <= x0 or y1 >= top:
        return Fraction(0)
    if y0 > top:
        x0, y0 = x0 + (x1 - x0) * Fraction(y0 - top) / (y0 - y1), top
    return Fraction((x1 - x0) * ((top - y0) + (top - y1))) / 2
