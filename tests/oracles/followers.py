"""A leader with two actions against several followers, by looking at every face of the interval of commitments, in fractions.

The points where some gain of a follower, some sum of gains or some difference of the leader's payoffs is 0 cut [0, 1] into
points and open intervals. On each the set of stable profiles and the order of the leader's payoffs are constant, so that the
leader's worth is linear there. Imports nothing of the package.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

Profile = tuple[int, ...]


def gains(tables: Any, family: Sequence[int], at: Profile, to: Profile, x: Fraction) -> list[Fraction]:
    """What each member gains; ``tables[f][i][profile]`` is follower f's payoff at the leader's action i."""

    def payoff(f: int, profile: Profile) -> Fraction:
        return (1 - x) * tables[f][0][profile] + x * tables[f][1][profile]

    return [payoff(f, to) - payoff(f, at) for f in family]


def blocks(values: Sequence[Fraction], rule: str) -> bool:
    if rule == "transfer":
        return sum(values) > 0
    if rule == "all":
        return min(values) > 0
    if rule == "any":
        return max(values) > 0
    return min(values) >= 0 and max(values) > 0


def profiles(shape: Sequence[int]) -> list[Profile]:
    return list(itertools.product(*map(range, shape)))


def stable(
    tables: Any, shape: Sequence[int], families: Iterable[Sequence[int]], rule: str, x: Fraction
) -> list[Profile]:
    """The profiles that no coalition blocks by a pure joint move."""
    everything = profiles(shape)
    found = []
    for at in everything:
        reached = [
            (family, to)
            for family in families
            for to in everything
            if to != at and all(a == b for f, (a, b) in enumerate(zip(at, to, strict=True)) if f not in family)
        ]
        if not any(blocks(gains(tables, family, at, to, x), rule) for family, to in reached):
            found.append(at)
    return found


def value(
    leader: Any, tables: Any, shape: Sequence[int], families: Sequence[Sequence[int]], rule: str, *, worst: bool
) -> tuple[Fraction, bool] | None:
    """The leader's supremum and whether a commitment attains it; ``None`` if no commitment leaves a stable profile."""
    points = {Fraction(0), Fraction(1)}
    for at, to in itertools.permutations(profiles(shape), 2):
        differences = [tuple(leader[i][to] - leader[i][at] for i in range(2))]
        for family in families:
            each = [tuple(tables[f][i][to] - tables[f][i][at] for i in range(2)) for f in family]
            differences += [*each, tuple(map(sum, zip(*each, strict=True)))]
        for low, high in differences:
            if low != high and 0 <= (root := Fraction(low, low - high)) <= 1:
                points.add(root)
    ordered = sorted(points)
    choose = min if worst else max
    best: Fraction | None = None
    attained = False

    def seen(found: Fraction, reached: bool) -> None:
        nonlocal best, attained
        if best is None or found > best:
            best, attained = found, reached
        elif found == best:
            attained = attained or reached

    def payoff(profile: Profile, x: Fraction) -> Fraction:
        return (1 - x) * leader[0][profile] + x * leader[1][profile]

    for x in ordered:
        there = stable(tables, shape, families, rule, x)
        if there:
            seen(choose(payoff(r, x) for r in there), True)
    for low, high in itertools.pairwise(ordered):
        there = stable(tables, shape, families, rule, (low + high) / 2)
        if there:
            ends = [choose(payoff(r, x) for r in there) for x in (low, high)]
            seen(max(ends), ends[0] == ends[1])
    return None if best is None else (best, attained)
