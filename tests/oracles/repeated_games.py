"""Equilibrium payoffs of repeated games by other means: polygons clipped and hulls taken in fractions, and play looked up.

Nothing here uses the package's solvers. Only two players, or checks of given sets.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from fractions import Fraction

Point = tuple[Fraction, ...]
Payoffs = Mapping[tuple[int, ...], Point]


def hull(points: Sequence[Point]) -> list[Point]:
    """Corners of the convex hull in the plane (Andrew's monotone chain)."""
    ordered = sorted(set(points))
    if len(ordered) < 3:
        return ordered

    def half(sequence: Sequence[Point]) -> list[Point]:
        chain: list[Point] = []
        for p in sequence:
            while len(chain) > 1:
                (ax, ay), (bx, by) = chain[-2], chain[-1]
                if (bx - ax) * (p[1] - ay) - (by - ay) * (p[0] - ax) > 0:
                    break
                chain.pop()
            chain.append(p)
        return chain[:-1]

    return half(ordered) + half(ordered[::-1])


def clip(polygon: Sequence[Point], axis: int, least: Fraction) -> list[Point]:
    """The part of a convex polygon (or segment, or point) with coordinate ``axis`` at least ``least``."""
    kept = [p for p in polygon if p[axis] >= least]
    for p, q in itertools.combinations(polygon, 2):  # all pairs: the hull is taken afterwards
        if (p[axis] - least) * (q[axis] - least) < 0:
            share = (least - p[axis]) / (q[axis] - p[axis])
            kept.append(tuple(a + share * (b - a) for a, b in zip(p, q, strict=True)))
    return hull(kept)


def one_step(payoffs: Payoffs, delta: Fraction, polygon: Sequence[Point]) -> list[Point]:
    """B(W) of a two-player game in which actions are seen."""
    worst = [min(p[i] for p in polygon) for i in range(2)]
    found: list[Point] = []
    for a, u in payoffs.items():
        part = list(polygon)
        for i in range(2):
            best = max(
                v[i]
                for b, v in payoffs.items()
                if all(x == y for j, (x, y) in enumerate(zip(a, b, strict=True)) if j != i)
            )
            if delta == 0 and best > u[i]:
                part = []
            elif delta:
                part = clip(part, i, worst[i] + (1 - delta) / delta * (best - u[i]))
        found += [tuple((1 - delta) * x + delta * y for x, y in zip(u, w, strict=True)) for w in part]
    return hull(found)


def sustained(
    payoffs: Payoffs,
    delta: Fraction,
    points: Sequence[Point],
    plays: Sequence[tuple[tuple[int, ...], Sequence[tuple[int, Fraction]]]],
) -> bool:
    """Whether each point is its profile followed by its lottery over points, and no one-shot deviation pays; n players."""
    worst = [min(p[i] for p in points) for i in range(len(points[0]))]
    for point, (a, lottery) in zip(points, plays, strict=True):
        if sum(p for _, p in lottery) != 1 or any(p < 0 for _, p in lottery):
            return False
        for i, value in enumerate(point):
            later = sum((p * points[k][i] for k, p in lottery), Fraction(0))
            if value != (1 - delta) * payoffs[a][i] + delta * later:
                return False
            for b, u in payoffs.items():
                alone = all(x == y for j, (x, y) in enumerate(zip(a, b, strict=True)) if j != i)
                if alone and (1 - delta) * u[i] + delta * worst[i] > value:
                    return False
    return True


def within(halfspaces: Sequence[tuple[Point, Fraction]], point: Point) -> bool:
    return all(sum((x * y for x, y in zip(w, point, strict=True)), Fraction(0)) <= bound for w, bound in halfspaces)
