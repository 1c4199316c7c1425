"""Sanctions by brute force in plain fractions, written from the definitions; imports no solver."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import combinations, product
from typing import Any

Profile = tuple[int, ...]


def situations(
    u: Any, num_actions: Sequence[int], target: Profile, coalitions: Sequence[frozenset[int]], faulty: int
) -> Iterator[tuple[list[int], list[int], Profile, Profile]]:
    """Members, movers, the profile without and with the joint move, amid every set of at most ``faulty`` others."""
    n = len(num_actions)
    for coalition in coalitions:
        members = sorted(coalition)
        others = [j for j in range(n) if j not in coalition]
        for size in range(min(faulty, len(others)) + 1):
            for chosen in combinations(others, size):
                for plays in product(*(range(num_actions[j]) for j in chosen)):
                    base = list(target)
                    for j, b in zip(chosen, plays, strict=True):
                        base[j] = b
                    for joint in product(*(range(num_actions[i]) for i in members)):
                        moved = list(base)
                        for i, a in zip(members, joint, strict=True):
                            moved[i] = a
                        movers = [i for i in members if moved[i] != target[i]]
                        if movers:
                            yield members, movers, tuple(base), tuple(moved)


def blocks(
    u: Any,
    target: Profile,
    situation: tuple[list[int], list[int], Profile, Profile],
    rule: str,
    charges: Sequence[Sequence[Fraction]],
    detection: Sequence[Sequence[Fraction]],
    accused: Sequence[Sequence[Fraction]],
    bounty: tuple[Fraction, Fraction] | None = None,
) -> bool:
    """Whether the coalition blocks by this move."""
    members, movers, base, moved = situation

    def paid(i: int) -> Fraction:
        if i not in movers:
            return Fraction(0)
        complying = sum(f * c for f, c in zip(accused[i], charges[i], strict=True))
        return detection[i][moved[i]] * charges[i][moved[i]] - complying

    gain = {i: Fraction(u[moved][i] - u[base][i]) for i in members}
    net = {i: gain[i] - paid(i) for i in members}
    if rule == "all":
        tempted = all(x > 0 for x in net.values())
    elif rule == "some":
        tempted = all(x >= 0 for x in net.values()) and any(x > 0 for x in net.values())
    elif rule == "any":
        tempted = any(net[i] > 0 for i in movers)
    else:
        tempted = sum(net.values()) > 0
    if bounty is None:
        return tempted
    share, rate = bounty
    worth = {}
    for i in movers:
        without = list(moved)
        without[i] = target[i]
        reward = share * rate * sum((charges[j][moved[j]] for j in movers if j != i), Fraction(0))
        worth[i] = u[tuple(without)][i] - u[base][i] + reward
    if rule != "transfer":
        return tempted and all(worth[i] < net[i] for i in movers)
    kept = sum(net.values()) - sum(max(Fraction(0), worth[i]) for i in movers)
    charged = rate * sum((charges[i][moved[i]] for i in movers), Fraction(0))
    return kept > 0 or (len(movers) < len(members) and sum(gain.values()) > (1 - share) * charged)
