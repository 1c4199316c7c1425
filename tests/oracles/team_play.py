"""Team play against an adversary by brute force; imports nothing of the package.

Two members with two actions each: for a fixed mix x of the first, min_b u_b(x, y) is concave and piecewise linear in
the second's y, so that its maximum is at an end or where two pieces cross. Over x it changes by at most the payoff span
times the change of x, so that a grid with step h brackets the maximum within span · h / 2.
"""

from __future__ import annotations

import itertools
from fractions import Fraction
from typing import Any

import numpy as np


def two_by_two(table: Any, points: int = 20_001) -> tuple[float, float]:
    """Bounds on max_x,y min_b of a table of shape (num_b, 2, 2), in floats."""
    u = np.array(table, dtype=float)
    x = np.linspace(0.0, 1.0, points)
    at = [u[:, 0, k, None] * x + u[:, 1, k, None] * (1 - x) for k in (0, 1)]  # (num_b, points): payoff if y is pure
    candidates = [np.zeros(points), np.ones(points)]
    for b, c in itertools.combinations(range(len(u)), 2):
        slope_b, slope_c = at[0][b] - at[1][b], at[0][c] - at[1][c]
        difference = slope_b - slope_c
        with np.errstate(divide="ignore", invalid="ignore"):
            crossing = (at[1][c] - at[1][b]) / difference
        candidates.append(np.where((difference != 0) & (crossing >= 0) & (crossing <= 1), crossing, 0.0))
    best = max(float((at[0] * y + at[1] * (1 - y)).min(axis=0).max()) for y in candidates)
    return best, best + float(u.max() - u.min()) / (points - 1) / 2


def three_of_two(table: Any, points: int = 301) -> tuple[float, float]:
    """Bounds on the max-min of a table of shape (num_b, 2, 2, 2): a grid in all three members."""
    u = np.array(table, dtype=float)
    x = np.linspace(0.0, 1.0, points)
    mix = np.stack([x, 1 - x])
    best = -np.inf
    for p in x:
        slice_ = u[:, 0] * p + u[:, 1] * (1 - p)
        best = max(best, float(np.einsum("bij,ix,jy->bxy", slice_, mix, mix, optimize=True).min(axis=0).max()))
    return best, best + 3 * float(u.max() - u.min()) / (points - 1) / 2


def payoff_table(data: dict[str, Any]) -> dict[tuple[int, ...], Fraction] | None:
    """From certificate data: the team's payoff by (adversary's action, members' actions …); ``None`` if ill-defined."""
    sizes = data["game"]["num_actions"]
    n, count = len(sizes), int(np.prod(sizes))
    players = list(range(n))
    if data["adversary"] not in players or data["team"] != [i for i in players if i != data["adversary"]] or n < 2:
        return None
    source = data["payoff"] or data["game"]["payoffs"]
    numbers = [Fraction(int(x), int(source["denominator"])) for x in source["numerators"]]
    if data["payoff"] is None:
        parts = [numbers[i * count : (i + 1) * count] for i in data["team"]]
        if any(part != parts[0] for part in parts):
            return None
        numbers = parts[0]
    if len(numbers) != count:
        return None
    table = {}
    for profile, value in zip(itertools.product(*map(range, sizes)), numbers, strict=True):
        table[(profile[data["adversary"]], *(profile[i] for i in data["team"]))] = value
    return table


def bounds_hold(data: dict[str, Any]) -> bool:
    """Whether the evidence of a ``team bounds`` certificate establishes its claim: vertices written out in fractions."""
    table = payoff_table(data)
    if table is None:
        return False
    sizes = [data["game"]["num_actions"][i] for i in data["team"]]
    rivals = range(data["game"]["num_actions"][data["adversary"]])

    def value(b: int, mixes: list[list[Fraction]]) -> Fraction:
        total = Fraction(0)
        for a in itertools.product(*map(range, sizes)):
            term = table[(b, *a)]
            for mix, k in zip(mixes, a, strict=True):
                term *= mix[k]
            total += term
        return total

    mixes = [[Fraction(p) for p in row] for row in data["strategies"]]
    if [len(mix) for mix in mixes] != sizes or any(min(mix) < 0 or sum(mix) != 1 for mix in mixes):
        return False
    if min(value(b, mixes) for b in rivals) < Fraction(data["lower"]):
        return False
    whole = [[[Fraction(int(j == k)) for j in range(m)] for k in range(m)] for m in sizes]
    splits, weights = list(data["splits"]), list(data["weights"])
    waiting = [whole]
    for split in splits:
        if not waiting:
            return False
        cell = waiting.pop()
        if split is None:
            if not weights:
                return False
            row = weights.pop(0)
            if len(row) != len(rivals) or min(row) < 0 or sum(row) <= 0:
                return False
            for vertices in itertools.product(*cell):
                payoff = sum(w * value(b, list(vertices)) for b, w in zip(rivals, row, strict=True)) / sum(row)
                if payoff > Fraction(data["upper"]):
                    return False
            continue
        if len(split) != 3:
            return False
        member, first, second = split
        if member >= len(sizes) or max(first, second) >= sizes[member] or first == second or min(split) < 0:
            return False
        middle = [(p + q) / 2 for p, q in zip(cell[member][first], cell[member][second], strict=True)]
        for replaced in (second, first):
            child = [list(simplex) for simplex in cell]
            child[member][replaced] = middle
            waiting.append(child)
    return not waiting and not weights
