"""Coalitional games by brute force: worths in a dictionary from frozenset to Fraction, SciPy for linear programmes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import combinations, permutations
from typing import Any

import numpy as np
from scipy.optimize import linprog

Worths = dict[frozenset[int], Fraction]


def nonempty(n: int) -> list[frozenset[int]]:
    return [frozenset(s) for k in range(1, n + 1) for s in combinations(range(n), k)]


def shapley(worths: Worths, n: int) -> list[Fraction]:
    totals = [Fraction(0)] * n
    orders = list(permutations(range(n)))
    for order in orders:
        present: frozenset[int] = frozenset()
        for i in order:
            before = worths.get(present, Fraction(0))
            present |= {i}
            totals[i] += worths[present] - before
    return [t / len(orders) for t in totals]


def banzhaf(worths: Worths, n: int) -> list[Fraction]:
    values = []
    for i in range(n):
        others = [frozenset(s) for k in range(n) for s in combinations([j for j in range(n) if j != i], k)]
        values.append(sum((worths[s | {i}] - worths.get(s, Fraction(0)) for s in others), Fraction(0)) / len(others))
    return values


def partitions(players: list[int]) -> Iterator[list[frozenset[int]]]:
    if not players:
        yield []
        return
    first, rest = players[0], players[1:]
    for k in range(len(rest) + 1):
        for companions in combinations(rest, k):
            left = [i for i in rest if i not in companions]
            for others in partitions(left):
                yield [frozenset([first, *companions]), *others]


def best_partition(worths: Worths, players: list[int], allowed: Callable[[frozenset[int]], bool]) -> Fraction:
    return max(
        sum((worths[s] for s in blocks), Fraction(0)) for blocks in partitions(players) if all(map(allowed, blocks))
    )


def least_excess(worths: Worths, n: int, *, by_member: bool = False, family: Any = None) -> float:
    """min over allocations of the largest excess of a proper coalition (in the family)."""
    proper = [s for s in nonempty(n) if len(s) < n and (family is None or s in family)]
    rows = [[-float(i in s) for i in range(n)] + [-float(len(s) if by_member else 1)] for s in proper]
    found = linprog(
        [0.0] * n + [1.0],
        A_ub=rows,
        b_ub=[-float(worths[s]) for s in proper],
        A_eq=[[1.0] * n + [0.0]],
        b_eq=[float(worths[frozenset(range(n))])],
        bounds=[(None, None)] * (n + 1),
    )
    return float(found.fun)


def is_balanced(collection: list[frozenset[int]], held: list[int], n: int) -> bool:
    """Whether weights > 0 on the collection and ≥ 0 on the held players sum to 1 for every player."""
    columns = [*collection, *(frozenset([i]) for i in held)]
    size = len(columns)
    rows = []
    for i in range(n):
        rows.append([float(i in s) for s in columns] + [0.0])
    least = [[-float(k == c) for k in range(size)] + [1.0] for c in range(len(collection))]
    found = linprog(
        [0.0] * size + [-1.0],
        A_ub=least,
        b_ub=[0.0] * len(collection),
        A_eq=rows,
        b_eq=[1.0] * n,
        bounds=[(0, None)] * size + [(None, 1.0)],
    )
    return bool(found.status == 0 and -found.fun > 1e-7)


def is_nucleolus(worths: Worths, n: int, x: list[Fraction], *, imputations: bool, family: Any = None) -> bool:
    """Kohlberg's criterion, level by level, by linear programmes in floats."""
    if sum(x) != worths[frozenset(range(n))]:
        return False
    proper = [s for s in nonempty(n) if len(s) < n and (family is None or s in family)]
    excess = {s: worths[s] - sum((x[i] for i in s), Fraction(0)) for s in proper}
    held: list[int] = []
    if imputations:
        if any(x[i] < worths[frozenset([i])] for i in range(n)):
            return False
        held = [i for i in range(n) if x[i] == worths[frozenset([i])]]
    return all(
        is_balanced([s for s, e in excess.items() if e >= level], held, n) for level in sorted(set(excess.values()))
    )


def sorted_excesses(worths: Worths, n: int, x: np.ndarray) -> list[float]:
    return sorted(
        (float(worths[s]) - sum(x[i] for i in s) for s in nonempty(n) if len(s) < n),
        reverse=True,
    )
