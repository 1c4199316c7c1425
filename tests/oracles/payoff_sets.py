"""Equilibrium payoffs of repeated games of two players by set iteration: polygons clipped in fractions, from the definition.

B(W) is the hull over all pure profiles a of (1 − δ) u(a) + δ w with w in W and (1 − δ) (best_i − u_i(a)) ≤ δ (w_i − min W_i).
From any W ⊇ V the iterates decrease to V. Nothing of the package is imported.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from fractions import Fraction as F

Point = tuple[F, F]
Table = Sequence[Sequence[F]]


def hull(points: Sequence[Point]) -> list[Point]:
    """Gift wrapping: from each vertex to the one with all others to the left, the farthest of those on a line."""
    points = sorted(set(points))
    if len(points) < 2:
        return points
    ring = [points[0]]
    while True:
        here, best = ring[-1], None
        for p in points:
            if p == here:
                continue
            if best is None:
                best = p
                continue
            turn = (best[0] - here[0]) * (p[1] - here[1]) - (best[1] - here[1]) * (p[0] - here[0])
            farther = abs(p[0] - here[0]) + abs(p[1] - here[1]) > abs(best[0] - here[0]) + abs(best[1] - here[1])
            if turn < 0 or (turn == 0 and farther):
                best = p
        if best == ring[0] or best in ring:
            return ring
        ring.append(best)


def clipped(ring: list[Point], axis: int, level: F) -> list[Point]:
    """The part of a polygon with this coordinate at least ``level``: its vertices there, and all crossings of pairs."""
    kept = [p for p in ring if p[axis] >= level]
    for p, q in itertools.combinations(ring, 2):
        if (p[axis] - level) * (q[axis] - level) < 0:
            share = (level - p[axis]) / (q[axis] - p[axis])
            kept.append((p[0] + share * (q[0] - p[0]), p[1] + share * (q[1] - p[1])))
    return hull(kept)


def operator(A: Table, B: Table, delta: F, ring: list[Point]) -> list[Point]:
    """B(W) for W the hull of ``ring``."""
    worst = [min(p[i] for p in ring) for i in range(2)]
    found = []
    for r, c in itertools.product(range(len(A)), range(len(A[0]))):
        u = (A[r][c], B[r][c])
        best = (max(A[k][c] for k in range(len(A))), max(B[r]))
        if delta == 0:
            if best == u:
                found.append(u)
            continue
        part = ring
        for i in range(2):
            if part:
                part = clipped(part, i, worst[i] + (1 - delta) / delta * (best[i] - u[i]))
        found += [((1 - delta) * u[0] + delta * w[0], (1 - delta) * u[1] + delta * w[1]) for w in part]
    return hull(found)


def rounded_outwards(ring: list[Point], grid: int) -> list[Point]:
    """A polygon around this one with small numbers."""
    corners = []
    for x, y in ring:
        left, low = (x * grid).__floor__(), (y * grid).__floor__()
        corners += [(F(left + i, grid), F(low + j, grid)) for i in (0, 1) for j in (0, 1)]
    return hull(corners)


def around(A: Table, B: Table, delta: F, steps: int, grid: int) -> tuple[list[Point], bool]:
    """A polygon that contains V after at most so many steps, and whether it stands still but for the rounding."""
    ring = hull([(x, y) for row, other in zip(A, B, strict=True) for x, y in zip(row, other, strict=True)])
    for _ in range(steps):
        fresh = operator(A, B, delta, ring)
        if not fresh:
            return [], True
        fresh = rounded_outwards(fresh, grid)
        still = max(abs(support(fresh, w) - support(ring, w)) for w in DIRECTIONS) <= F(4, grid)
        ring = fresh
        if still:
            return ring, True
    return ring, False


DIRECTIONS = [(x, y) for x in range(-2, 3) for y in range(-2, 3) if (x, y) != (0, 0)]


def support(ring: Sequence[Point], direction: tuple[int, int]) -> F:
    return max(direction[0] * x + direction[1] * y for x, y in ring)


def inside(point: Point, ring: list[Point]) -> bool:
    """Whether a point is in the hull: adding it changes nothing."""
    return sorted(hull([*ring, point])) == sorted(hull(ring))
