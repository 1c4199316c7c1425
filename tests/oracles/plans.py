"""Plans of coalitions by brute force in plain fractions, written from the definitions; imports no solver of ours."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from typing import Any

from oracles import coalitions as joint

Profile = tuple[int, ...]


def recommendations(mu: dict[Profile, Fraction], members: tuple[int, ...]) -> list[Profile]:
    return sorted({tuple(a[i] for i in members) for a, p in mu.items() if p})


def plan_gains(
    u: Any, sizes: Any, mu: dict[Profile, Fraction], members: tuple[int, ...]
) -> dict[Any, tuple[Fraction, ...]]:
    """Expected gains of the members for every pure plan: what they play at each recommendation."""
    told = recommendations(mu, members)
    actions = list(product(*(range(sizes[i]) for i in members)))
    result = {}
    for plan in product(actions, repeat=len(told)):
        gains = [Fraction(0)] * len(members)
        for a, p in mu.items():
            after = joint.replaced(a, members, plan[told.index(tuple(a[i] for i in members))])
            gains = [g + p * (u[after][i] - u[a][i]) for g, i in zip(gains, members, strict=True)]
        result[plan] = tuple(gains)
    return result


def conditional(mu: dict[Profile, Fraction], members: tuple[int, ...], told: Profile) -> dict[Profile, Fraction]:
    kept = {a: p for a, p in mu.items() if tuple(a[i] for i in members) == told}
    total = sum(kept.values())
    return {a: p / total for a, p in kept.items()}


def gain(
    u: Any, sizes: Any, mu: dict[Profile, Fraction], members: tuple[int, ...], rule: str, how: str, timing: str
) -> Fraction:
    """The best plan: a distribution over pure plans is as good as a distribution at each recommendation."""
    solve = joint.pure_gain if how == "pure" else joint.correlated_gain
    if timing == "ex_ante":
        return solve(plan_gains(u, sizes, mu, members), rule)
    return max(
        solve(plan_gains(u, sizes, conditional(mu, members, told), members), rule)
        for told in recommendations(mu, members)
    )


def margin(u: Any, sizes: Any, mu: dict[Profile, Fraction], members: tuple[int, ...], rule: str) -> Fraction:
    """Ex ante, over pure plans that disobey somewhere."""
    stay = tuple(recommendations(mu, members))
    moves = [g for plan, g in plan_gains(u, sizes, mu, members).items() if plan != stay]
    harmless = [sum(g) for g in moves if min(g) >= 0]
    values = {"all": max(map(min, moves)), "any": max(map(max, moves)), "transfer": max(map(sum, moves))}
    values["some"] = max(harmless) if harmless else values["all"]
    return values[rule]


def immunity(u: Any, sizes: Any, mu: dict[Profile, Fraction]) -> int:
    n = len(sizes)
    for size in range(1, n):
        for faulty in joint.nonempty_sets(range(n), size):
            if len(faulty) < size:
                continue
            told = recommendations(mu, faulty)
            actions = list(product(*(range(sizes[i]) for i in faulty)))
            for plan in product(actions, repeat=len(told)):
                for i in set(range(n)) - set(faulty):
                    change = sum(
                        p * (u[joint.replaced(a, faulty, plan[told.index(tuple(a[j] for j in faulty))])][i] - u[a][i])
                        for a, p in mu.items()
                    )
                    if change < 0:
                        return size - 1
    return n - 1


def mixed_gains(table: dict[Profile, tuple[Fraction, ...]], vectors: Any) -> tuple[Fraction, ...]:
    """Members' gains when factors mix independently."""
    totals: list[Fraction] = [Fraction(0)] * len(next(iter(table.values())))
    for joint_action, gains in table.items():
        p = Fraction(1)
        for vector, k in zip(vectors, joint_action, strict=True):
            p *= vector[k]
        totals = [t + p * g for t, g in zip(totals, gains, strict=True)]
    return tuple(totals)


def grid(size: int, parts: int) -> list[tuple[Fraction, ...]]:
    """All probability vectors whose entries are multiples of 1/parts."""
    return [
        tuple(Fraction(k, parts) for k in counts)
        for counts in product(range(parts + 1), repeat=size)
        if sum(counts) == parts
    ]


def best_on_grid(table: dict[Profile, tuple[Fraction, ...]], sizes: Any, rule: str, parts: int) -> Fraction:
    """A lower bound on the best independent mixing."""
    best = Fraction(0)
    for vectors in product(*(grid(m, parts) for m in sizes)):
        gains = mixed_gains(table, vectors)
        if rule == "all":
            best = max(best, min(gains))
        elif min(gains) >= 0:
            best = max(best, sum(gains))
    return best
