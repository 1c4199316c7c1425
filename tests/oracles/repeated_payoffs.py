"""Equilibrium payoffs of two-player repeated games by set iteration on polygons in floats, and penal codes by exact simulation.

Imports nothing of the solvers that it judges.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["best_gains", "code_holds", "is_sustained", "payoff_polygon", "playable", "threshold"]

Floats = NDArray[np.float64]


def _clipped(points: Floats, axis: int, least: float) -> Floats:
    """The part of a convex polygon where one coordinate is at least this."""
    kept = []
    for k, p in enumerate(points):
        q = points[(k + 1) % len(points)]
        here, there = p[axis] - least, q[axis] - least
        if here >= -1e-12:
            kept.append(p)
        if min(here, there) < -1e-12 and max(here, there) > 1e-12:
            kept.append(p + here / (here - there) * (q - p))
    return np.array(kept) if kept else np.zeros((0, 2))


def _hull(points: Floats) -> Floats:
    ordered = sorted(set(map(tuple, np.round(points, 13).tolist())))
    if len(ordered) < 3:
        return np.array(ordered)

    def half(sequence: list[Any]) -> list[Any]:
        found: list[Any] = []
        for p in sequence:
            while len(found) > 1:
                (x, y), (s, t) = found[-2], found[-1]
                if (s - x) * (p[1] - y) - (t - y) * (p[0] - x) > 1e-14:
                    break
                found.pop()
            found.append(p)
        return found[:-1]

    return np.array(half(ordered) + half(ordered[::-1]))


def _parts(A: Floats, B: Floats, delta: float, W: Floats) -> list[Floats]:
    """For each profile the continuations that it may have."""
    floors, weight = W.min(axis=0), (1 - delta) / delta
    gains = [(A.max(axis=0)[None] - A).ravel(), (B.max(axis=1)[:, None] - B).ravel()]
    found = []
    for k in range(A.size):
        part = _clipped(W, 0, floors[0] + weight * gains[0][k])
        found.append(_clipped(part, 1, floors[1] + weight * gains[1][k]) if len(part) else part)
    return found


def payoff_polygon(A: Floats, B: Floats, delta: float, iterations: int = 3000) -> Floats:
    """Vertices of the payoffs of equilibria in pure actions with a public coin; none if there is no equilibrium."""
    u = np.stack([A.ravel(), B.ravel()], axis=1)
    W = _hull(u)
    for _ in range(iterations):
        parts = [(1 - delta) * u[k] + delta * part for k, part in enumerate(_parts(A, B, delta, W)) if len(part)]
        if not parts:
            return np.zeros((0, 2))
        found = _hull(np.concatenate(parts))
        if len(found) == len(W) and np.abs(found - W).max() < 1e-11:
            return found
        W = found
    return W


def playable(A: Floats, B: Floats, delta: float) -> list[bool]:
    """For each profile, row by row, whether some equilibrium plays it after some history."""
    W = payoff_polygon(A, B, delta)
    return [len(part) > 0 for part in _parts(A, B, delta, W)] if len(W) else [False] * A.size


def best_gains(A: Floats, B: Floats, profile: tuple[int, int]) -> Floats:
    i, j = profile
    return np.array([A[:, j].max() - A[i, j], B[i].max() - B[i, j]])


def is_sustained(A: Floats, B: Floats, profile: tuple[int, int], delta: float) -> bool:
    """Whether the profile can be played for ever on the path of an equilibrium."""
    W = payoff_polygon(A, B, delta)
    if not len(W):
        return False
    gains, now = best_gains(A, B, profile), np.array([A[profile], B[profile]])
    deterred = (1 - delta) * gains <= delta * (now - W.min(axis=0)) + 1e-9
    return bool(deterred[gains > 1e-12].all())


def threshold(
    A: Floats, B: Floats, profile: tuple[int, int], low: float, high: float, steps: int
) -> tuple[float, float]:
    """Bisection of the discount factor from which on the profile is sustained."""
    for _ in range(steps):
        middle = (low + high) / 2
        low, high = (low, middle) if is_sustained(A, B, profile, middle) else (middle, high)
    return low, high


def code_holds(data: dict[str, Any], payoff: Any, num_actions: list[int], delta: Any, zero: Any = 0) -> bool:
    """Whether a penal code in the JSON of certificates is an equilibrium at δ: every state valued, every action tried.

    ``delta`` is a Fraction (then all is exact) or a number of many digits (then ``zero`` is what counts as nothing).
    """
    n = len(num_actions)
    one = delta * 0 + 1

    def position(entry: dict[str, Any]) -> list[tuple[tuple[int, ...], Any]]:
        if "pure" in entry:
            return [(tuple(entry["pure"]), one)]
        return [(tuple(a), one * Fraction(p).numerator / Fraction(p).denominator) for a, p in entry["correlated"]]

    def pays(lottery: Any, i: int) -> Any:
        return sum(p * payoff(a)[i] for a, p in lottery)

    states: list[tuple[Any, list[Any]]] = []  # what is played, and what follows is worth to each player
    worth: list[list[Any]] = []
    for path in data["paths"]:
        prefix, cycle = ([position(e) for e in path[part]] for part in ("prefix", "cycle"))
        length = len(cycle)
        turns = [
            [
                (1 - delta)
                * sum(delta**k * pays(cycle[(t + k) % length], i) for k in range(length))
                / (1 - delta**length)
                for i in range(n)
            ]
            for t in range(length)
        ]
        for t, lottery in enumerate(cycle):
            states.append((lottery, turns[(t + 1) % length]))
        value = turns[0]
        for lottery in reversed(prefix):
            states.append((lottery, value))
            value = [(1 - delta) * pays(lottery, i) + delta * value[i] for i in range(n)]
        worth.append(value)
    for stick in data["sticks"]:
        follows = [sum(Fraction(p) * worth[k][i] for k, p in stick["lottery"]) for i in range(n)]
        played = [(tuple(stick["profile"]), one)]
        states.append((played, follows))
        worth.append([(1 - delta) * pays(played, i) + delta * follows[i] for i in range(n)])
    for lottery, follows in states:
        for a, _ in lottery:
            for i in range(n):
                now = payoff(a)[i]
                best = max(payoff((*a[:i], b, *a[i + 1 :]))[i] for b in range(num_actions[i]))
                punished = worth[data["punishments"][i]][i]
                if best > now and (1 - delta) * (best - now) - delta * (follows[i] - punished) > zero:
                    return False
    return True
