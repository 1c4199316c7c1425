"""Rationalisable sets from the definition: beliefs by vertices of polytopes, by real arithmetic, or one by one.

``payoffs`` is an object array of fractions of shape (n, m_0, …, m_{n−1}). Imports nothing of the package.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
from oracles.polytopes import Row, vertices

Sets = list[list[int]]
Decide = Callable[[np.ndarray, int], bool]
"""Whether an action is a best reply to some belief, from its advantages: a row for each action, then the others' axes."""


def to_a_profile(advantage: np.ndarray, action: int) -> bool:
    return any(all(x >= 0 for x in column) for column in advantage.reshape(len(advantage), -1).T)


def to_a_distribution(advantage: np.ndarray, action: int) -> bool:
    """Whether {μ ≥ 0, Σ μ = 1, Σ μ · advantage ≥ 0} has a vertex."""
    table = advantage.reshape(len(advantage), -1)
    if to_a_profile(table, action):
        return True
    size = table.shape[1]
    positive: list[Row] = [([int(k == j) for k in range(size)], 0) for j in range(size)]
    rows: list[Row] = [(list(row), 0) for row in table if any(row)]
    return next(iter(vertices([([1] * size, 1)], [*positive, *rows])), None) is not None


def to_a_product(advantage: np.ndarray, action: int) -> bool:
    """Whether independent mixtures with these expected advantages exist, by the decision procedure for real arithmetic."""
    import z3

    mixtures = [[z3.Real(f"p{j}_{k}") for k in range(m)] for j, m in enumerate(advantage.shape[1:])]
    solver = z3.SolverFor("QF_NRA")
    for mixture in mixtures:
        solver.add(z3.Sum(mixture) == 1, *(p >= 0 for p in mixture))
    for row in advantage:
        terms = [
            z3.Q(x.numerator, x.denominator) * z3.Product([mixtures[j][k] for j, k in enumerate(index)])
            for index, x in np.ndenumerate(row)
            if x
        ]
        if terms:
            solver.add(z3.Sum(terms) >= 0)
    answer = solver.check()
    assert answer != z3.unknown
    return bool(answer == z3.sat)


def rationalisable(payoffs: np.ndarray, decide: Decide) -> Sets:
    """Round by round, all players at once."""
    sizes = payoffs.shape[1:]
    sets = [list(range(m)) for m in sizes]
    while True:
        kept: Sets = []
        for i, own in enumerate(sets):
            axes = [range(sizes[i]) if j == i else sets[j] for j in range(len(sizes))]
            table = np.moveaxis(payoffs[i][np.ix_(*axes)], i, 0)
            kept.append([a for a in own if decide(table[[a]] - table, a)])
        if kept == sets:
            return sets
        sets = kept


def is_best_reply(payoffs: np.ndarray, player: int, action: int, belief: Any) -> bool:
    """Whether the action's expected payoff is largest under a distribution over the others' profiles."""
    others = [range(m) for j, m in enumerate(payoffs.shape[1:]) if j != player]
    expected = [
        sum(belief[rest] * payoffs[(player, *rest[:player], b, *rest[player:])] for rest in itertools.product(*others))
        for b in range(payoffs.shape[1 + player])
    ]
    return expected[action] == max(expected) and sum(belief.flat) == 1 and min(belief.flat) >= 0


def is_product(belief: np.ndarray) -> bool:
    """Whether a distribution is the product of its marginals."""
    marginals = [belief.sum(axis=tuple(k for k in range(belief.ndim) if k != j)) for j in range(belief.ndim)]
    return all(p == math.prod(marginals[j][k] for j, k in enumerate(index)) for index, p in np.ndenumerate(belief))
