"""Equilibrium payoffs of a repeated game of two players in floats: proposals, proved elsewhere.

Payoffs are scaled to [0, 1]; ``payoffs`` and ``needs`` have a row for each action profile, u(a) and (1 − δ)/δ times the best
one-shot gains. Polygons are given by their vertices anticlockwise, points and segments included.

* :func:`shrink` is the operator of Abreu and Sannikov (2014), from the hull of the stage payoffs to its fixed point: of the
  continuations of a profile only the stage payoff itself matters where it deters deviations, else those where an incentive
  constraint binds, at most four extreme points.
* :func:`generate` is one step of the operator B(W) with slack in the constraints and a set of continuations that is a little
  smaller, about a centre, or larger, by a square: its fixed points lie strictly inside or around the set, with room for
  rounding.

Kernels and what they call stand in this one file, as the cache of compiled code asks.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gametheory.equilibria.compilation import compiled

__all__ = ["CORNER", "FIRST_BINDS", "SECOND_BINDS", "STATIONARY", "generate", "hull_order", "shrink"]

STATIONARY, FIRST_BINDS, SECOND_BINDS, CORNER = 0, 1, 2, 3
"""How a vertex comes about: by its profile for ever, or by a continuation at which constraints bind."""

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
STILL = 1e-14  # largest change of a coordinate between iterates that count as equal
FLAT = 1e-14  # twice the area below which three points count as collinear
ON_LINE = 1e-13  # distance below which a vertex counts as on a line: a side along it must not be missed


@compiled
def hull_order(points: Floats, count: int) -> Integers:
    """Rows of the vertices of the hull of the first ``count`` points, anticlockwise from the leftmost."""
    order = np.argsort(points[:count, 0])
    for k in range(1, count):
        moved = order[k]
        j = k - 1
        while j >= 0 and points[order[j], 0] == points[moved, 0] and points[order[j], 1] > points[moved, 1]:
            order[j + 1] = order[j]
            j -= 1
        order[j + 1] = moved
    kept = np.empty(2 * count + 2, dtype=np.int64)
    size = 0
    for sweep in range(2):
        base = size
        for step in range(count):
            k = order[step] if sweep == 0 else order[count - 1 - step]
            while size - base > 1:
                ax, ay = points[kept[size - 2], 0], points[kept[size - 2], 1]
                bx, by = points[kept[size - 1], 0], points[kept[size - 1], 1]
                if (bx - ax) * (points[k, 1] - ay) - (by - ay) * (points[k, 0] - ax) > 0.0:
                    break
                size -= 1
            kept[size] = k
            size += 1
        size -= 1
    if size < 2:
        return kept[:1].copy()
    # Only now are near-duplicates and points nearly between two others dropped: in the scan above that would lose corners.
    dropped = True
    while dropped and size > 1:
        dropped = False
        for k in range(size):
            a, b, c = kept[(k + size - 1) % size], kept[k], kept[(k + 1) % size]
            ux, uy = points[b, 0] - points[a, 0], points[b, 1] - points[a, 1]
            vx, vy = points[c, 0] - points[b, 0], points[c, 1] - points[b, 1]
            same = abs(ux) + abs(uy) < FLAT
            if same or (size > 2 and ux * vy - uy * vx < FLAT and ux * vx + uy * vy > 0.0):
                for j in range(k, size - 1):
                    kept[j] = kept[j + 1]
                size -= 1
                dropped = True
                break
    return kept[:size].copy()


@compiled
def _range_on_line(polygon: Floats, axis: int, level: float) -> tuple[float, float]:
    """The least and the largest other coordinate on a line that meets the polygon, or nearly does."""
    n = len(polygon)
    other = 1 - axis
    low, high = np.inf, -np.inf
    nearest, distance = 0, np.inf
    a, s = polygon[n - 1, axis] - level, polygon[n - 1, other]
    for k in range(n):
        b, t = polygon[k, axis] - level, polygon[k, other]
        if a * b <= 0.0:
            if a == b:
                low, high = min(low, s, t), max(high, s, t)
            else:
                value = s + (t - s) * (a / (a - b))
                low, high = min(low, value), max(high, value)
        if abs(b) < ON_LINE:
            low, high = min(low, t), max(high, t)
        elif abs(b) < distance:
            nearest, distance = k, abs(b)
        a, s = b, t
    if low > high:
        return polygon[nearest, other], polygon[nearest, other]
    return low, high


@compiled
def _add_candidates(
    a: int,
    payoffs: Floats,
    needs: Floats,
    delta: float,
    tolerance: float,
    low: Floats,
    high: Floats,
    polygon: Floats,
    count: int,
    candidates: Floats,
    following: Floats,
    labels: Integers,
) -> int:
    """Write the payoffs of a profile that matter, and how they come about; the number of all written so far.

    ``low`` and ``high`` are the least and the largest coordinates of the polygon, the first ones raised to the minmax.
    """
    c0, c1 = low[0] + needs[a, 0], low[1] + needs[a, 1]
    # Whoever cannot gain need not be deterred: such a constraint holds for every continuation, rounding aside.
    allowed0 = tolerance if needs[a, 0] > 0.0 else abs(tolerance)
    allowed1 = tolerance if needs[a, 1] > 0.0 else abs(tolerance)
    if payoffs[a, 0] >= c0 - allowed0 and payoffs[a, 1] >= c1 - allowed1:
        candidates[count] = payoffs[a]
        following[count] = payoffs[a]
        labels[count, 0], labels[count, 1] = a, 0
        return count + 1
    first = count
    bottom, top = _range_on_line(polygon, 0, c0)
    if top >= c1 - allowed1 and c0 <= high[0] + allowed0:
        following[count, 0], following[count, 1] = c0, top
        labels[count, 1] = 1
        count += 1
        if top > max(bottom, c1):
            following[count, 0], following[count, 1] = c0, max(bottom, c1)
            labels[count, 1] = 1 if bottom >= c1 else 3
            count += 1
    left, right = _range_on_line(polygon, 1, c1)
    if right >= c0 - allowed0 and c1 <= high[1] + allowed1:
        following[count, 0], following[count, 1] = right, c1
        labels[count, 1] = 2
        count += 1
        if left > c0 and right > left:
            following[count, 0], following[count, 1] = left, c1
            labels[count, 1] = 2
            count += 1
    for k in range(first, count):
        labels[k, 0] = a
        for i in range(2):
            candidates[k, i] = (1 - delta) * payoffs[a, i] + delta * following[k, i]
    return count


@compiled
def _inside(polygon: Floats, order: Integers, x: float, y: float) -> bool:
    """Whether a point is in the hull of these rows of ``polygon``, a proper polygon."""
    p = order[len(order) - 1]
    for k in range(len(order)):
        q = order[k]
        px, py = polygon[p, 0], polygon[p, 1]
        if (polygon[q, 0] - px) * (y - py) - (polygon[q, 1] - py) * (x - px) < 0.0:
            return False
        p = q
    return True


@compiled
def shrink(
    payoffs: Floats, needs: Floats, minmax: Floats, delta: float, tolerance: float, most: int
) -> tuple[Floats, Floats, Integers, int, bool]:
    """Iterate to the fixed point.

    ``tolerance`` may be negative: constraints are then asked for with a little to spare.

    Returns
    -------
    vertices, shape (k, 2); their continuations, shape (k, 2); for each its profile and how it comes about, shape (k, 2);
    the number of iterations; whether the fixed point was reached.
    """
    m = len(payoffs)
    alive = np.arange(m)
    recent = np.full(m, -1, dtype=np.int64)  # in which iteration a profile was looked at last
    candidates, following = np.empty((4 * m + 4, 2)), np.empty((4 * m + 4, 2))
    labels = np.empty((4 * m + 4, 2), dtype=np.int64)
    low, high = np.empty(2), np.empty(2)
    order = hull_order(payoffs, m)
    polygon, continuations = payoffs[order].copy(), payoffs[order].copy()
    kinds = np.zeros((len(order), 2), dtype=np.int64)
    kinds[:, 0] = order
    for iteration in range(most):
        for i in range(2):
            low[i], high[i] = max(minmax[i], polygon[:, i].min()), polygon[:, i].max()
        left = 0
        for position in range(len(alive)):
            a = alive[position]
            if low[0] + needs[a, 0] <= high[0] + abs(tolerance) and low[1] + needs[a, 1] <= high[1] + abs(tolerance):
                alive[left] = a
                left += 1
            else:
                recent[a] = most  # never again
        alive = alive[:left]
        # The profiles of the last vertices first: what lies in the hull of their payoffs need not be sorted.
        count = 0
        for k in range(len(kinds)):
            a = kinds[k, 0]
            if recent[a] < iteration:
                recent[a] = iteration
                count = _add_candidates(
                    a, payoffs, needs, delta, tolerance, low, high, polygon, count, candidates, following, labels
                )
        order = hull_order(candidates, count) if count > 2 else np.empty(0, dtype=np.int64)
        for position in range(left):
            a = alive[position]
            if recent[a] < iteration:
                first = count
                count = _add_candidates(
                    a, payoffs, needs, delta, tolerance, low, high, polygon, count, candidates, following, labels
                )
                if len(order) > 2:
                    kept = first
                    for k in range(first, count):
                        if not _inside(candidates, order, candidates[k, 0], candidates[k, 1]):
                            candidates[kept], following[kept], labels[kept] = candidates[k], following[k], labels[k]
                            kept += 1
                    count = kept
        if count == 0:
            return polygon, np.empty((0, 2)), np.empty((0, 2), dtype=np.int64), iteration + 1, True
        order = hull_order(candidates, count)
        fresh = candidates[order]
        same = len(fresh) == len(polygon)
        if same:
            for k in range(len(fresh)):
                for i in range(2):
                    same = same and abs(fresh[k, i] - polygon[k, i]) < STILL
        polygon, continuations, kinds = fresh, following[order], labels[order]
        if same:
            return polygon, continuations, kinds, iteration + 1, True
    return polygon, continuations, kinds, most, False


@compiled
def _clip(polygon: Floats, axis: int, level: float) -> Floats:
    """The part of a polygon with ``axis`` coordinate at least ``level``."""
    n = len(polygon)
    kept = np.empty((2 * n + 2, 2))
    count = 0
    for k in range(n):
        p, q = polygon[k], polygon[(k + 1) % n]
        a, b = p[axis] - level, q[axis] - level
        if a >= 0.0:
            kept[count] = p
            count += 1
        if (a < 0.0 < b) or (b < 0.0 < a):
            share = a / (a - b)
            for i in range(2):
                kept[count, i] = p[i] + share * (q[i] - p[i])
            kept[count, axis] = level
            count += 1
    return kept[:count]


@compiled
def generate(
    polygon: Floats,
    payoffs: Floats,
    needs: Floats,
    minmax: Floats,
    delta: float,
    slack: float,
    centre: Floats,
) -> tuple[Floats, Integers]:
    """One step of B: the vertices, shape (k, 2), and the profile of each; none if nothing can be played.

    ``slack`` is added to what must be lost by deviating from a profile that tempts somebody. If it is positive, continuations
    are drawn by that share to the ``centre``, if negative they may be by as much outside, in each coordinate.
    """
    low0, low1 = max(minmax[0], polygon[:, 0].min()), max(minmax[1], polygon[:, 1].min())
    if slack >= 0.0:
        wide = centre + (1 - slack) * (polygon - centre)
    else:
        n = len(polygon)
        corners = np.empty((4 * n, 2))
        for k in range(4 * n):
            corners[k, 0] = polygon[k // 4, 0] + (slack if k % 4 < 2 else -slack)
            corners[k, 1] = polygon[k // 4, 1] + (slack if k % 2 == 0 else -slack)
        wide = corners[hull_order(corners, 4 * n)]
    high0, high1 = wide[:, 0].max(), wide[:, 1].max()
    candidates = np.empty((64, 2))
    profiles = np.empty(64, dtype=np.int64)
    count = 0
    for a in range(len(payoffs)):
        c0 = low0 + needs[a, 0] + (slack if needs[a, 0] > 0 or slack < 0 else 0.0)
        c1 = low1 + needs[a, 1] + (slack if needs[a, 1] > 0 or slack < 0 else 0.0)
        if c0 > high0 or c1 > high1:
            continue
        part = _clip(_clip(wide, 0, c0), 1, c1)
        if count + len(part) > len(candidates):
            grown, grown_profiles = (
                np.empty((2 * count + 2 * len(part), 2)),
                np.empty(2 * count + 2 * len(part), np.int64),
            )
            grown[:count], grown_profiles[:count] = candidates[:count], profiles[:count]
            candidates, profiles = grown, grown_profiles
        for k in range(len(part)):
            for i in range(2):
                candidates[count, i] = (1 - delta) * payoffs[a, i] + delta * part[k, i]
            profiles[count] = a
            count += 1
    if count == 0:
        return np.empty((0, 2)), np.empty(0, dtype=np.int64)
    order = hull_order(candidates, count)
    return candidates[order], profiles[order]
