"""Cheapest deposits by brute force in plain fractions, written from the definitions; imports no solver.

Everything speaks of *moving costs* x_i = (q_i − f_i) d_i, and of deposits d by player.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import combinations, product
from typing import Any

Profile = tuple[int, ...]
TINY = Fraction(1, 10**9)  # below every gap between deposits that the tests' small numbers make


def deviations(
    u: Any, num_actions: Sequence[int], target: Profile, coalitions: Sequence[frozenset[int]], outcomes: Any = None
) -> Iterator[tuple[frozenset[int], list[int], dict[int, Fraction]]]:
    """Coalition, movers and members' gains of every joint deviation in which somebody moves."""
    for members in coalitions:
        order = sorted(members)
        for joint in product(*(range(num_actions[i]) for i in order)):
            reached = list(target)
            for i, k in zip(order, joint, strict=True):
                reached[i] = k
            movers = [i for i in order if reached[i] != target[i]]
            if movers and (outcomes is None or outcomes[tuple(reached)]):
                yield members, movers, {i: u[tuple(reached)][i] - u[target][i] for i in order}


def blocks(net: dict[int, Fraction], movers: Sequence[int], rule: str) -> bool:
    if rule == "all":
        return all(x > 0 for x in net.values())
    if rule == "some":
        return all(x >= 0 for x in net.values()) and any(x > 0 for x in net.values())
    if rule == "any":
        return any(net[i] > 0 for i in movers)
    return sum(net.values()) > 0


def deters(found: Sequence[Any], rule: str, moving_costs: Sequence[Fraction]) -> bool:
    return not any(
        blocks({i: g - (moving_costs[i] if i in movers else 0) for i, g in gains.items()}, movers, rule)
        for _, movers, gains in found
    )


def cheapest(
    found: Sequence[Any],
    rule: str,
    rates: Sequence[Fraction],
    caps: Sequence[Fraction | None],
    weights: Sequence[Fraction],
) -> tuple[Fraction, bool] | None:
    """The infimum of Σ w_i d_i over deposits within the caps that deter, and whether it is attained; ``None``: none do.

    ``rates`` are q_i − f_i, any sign; ``weights`` are positive.
    """
    if rule == "transfer":
        return _transfer(found, rates, caps, weights)
    n = len(rates)
    options: list[set[tuple[Fraction, bool]]] = [{(Fraction(0), False)} for _ in range(n)]
    for _, movers, gains in found:
        for i in movers:
            if rates[i] > 0 and gains[i] >= 0:
                options[i].add((gains[i] / rates[i], False))
                if rule == "some":
                    options[i].add((gains[i] / rates[i], True))
    best: tuple[Fraction, bool] | None = None
    for choice in sorted(
        product(*map(sorted, options)), key=lambda c: sum(w * d for w, (d, _) in zip(weights, c, strict=True))
    ):
        cost = sum((w * d for w, (d, _) in zip(weights, choice, strict=True)), Fraction(0))
        if best is not None and cost > best[0]:
            break
        deposits = [d + TINY if more else d for d, more in choice]
        if any(cap is not None and d > cap for d, cap in zip(deposits, caps, strict=True)):
            continue
        if deters(found, rule, [r * d for r, d in zip(rates, deposits, strict=True)]):
            attained = not any(more for _, more in choice)
            best = cost, attained or (best is not None and best[1])
            if best[1]:
                break
    return best


def _transfer(
    found: Sequence[Any], rates: Sequence[Fraction], caps: Sequence[Fraction | None], weights: Sequence[Fraction]
) -> tuple[Fraction, bool] | None:
    """The best vertex of {d : Σ_M r_i d_i ≥ largest sum of gains, 0 ≤ d ≤ cap}."""
    n = len(rates)
    needed: dict[tuple[int, ...], Fraction] = {}
    for _, movers, gains in found:
        key = tuple(movers)
        needed[key] = max(needed.get(key, Fraction(0)), sum(gains.values()))
    rows = [([rates[i] if i in movers else Fraction(0) for i in range(n)], b) for movers, b in needed.items() if b > 0]
    rows += [([Fraction(int(j == i)) for j in range(n)], Fraction(0)) for i in range(n)]
    rows += [([Fraction(-int(j == i)) for j in range(n)], -cap) for i, cap in enumerate(caps) if cap is not None]
    best = None
    for tight in combinations(rows, n):
        point = solved([row for row, _ in tight], [b for _, b in tight])
        if point is None or any(sum(a * x for a, x in zip(row, point, strict=True)) < b for row, b in rows):
            continue
        cost = sum((w * x for w, x in zip(weights, point, strict=True)), Fraction(0))
        best = cost if best is None else min(best, cost)
    return None if best is None else (best, True)


def solved(matrix: list[list[Fraction]], right: list[Fraction]) -> list[Fraction] | None:
    size = len(matrix)
    rows = [[*row, b] for row, b in zip(matrix, right, strict=True)]
    for k in range(size):
        pivot = next((r for r in range(k, size) if rows[r][k] != 0), None)
        if pivot is None:
            return None
        rows[k], rows[pivot] = rows[pivot], rows[k]
        rows[k] = [x / rows[k][k] for x in rows[k]]
        for r in range(size):
            if r != k and rows[r][k] != 0:
                rows[r] = [x - rows[r][k] * y for x, y in zip(rows[r], rows[k], strict=True)]
    return [row[-1] for row in rows]
