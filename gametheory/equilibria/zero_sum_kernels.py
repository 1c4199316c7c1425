"""Compiled kernel of predictive regret matching⁺ for matrix games; the rule is written out in
:mod:`gametheory.equilibria.zero_sum_play`.

The matrix is stored by rows and by columns, so that both products add up whole rows, those of weight zero left out:
about half of them, as strategies are sparse.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from gametheory.equilibria.compilation import compiled_loosely

__all__ = ["predictive_regret_matching"]

Array = NDArray[Any]
Floats = NDArray[np.float64]


@compiled_loosely
def combine(out: Array, rows: Array, weights: Array) -> None:
    """out = weights @ rows, four rows at a time."""
    m, n = rows.shape
    played = np.empty(m, dtype=np.int64)
    count = 0
    for i in range(m):
        if weights[i] != 0:
            played[count] = i
            count += 1
    out[:] = 0
    k = 0
    while k + 4 <= count:
        a, b, c, d = rows[played[k]], rows[played[k + 1]], rows[played[k + 2]], rows[played[k + 3]]
        p, q = weights[played[k]], weights[played[k + 1]]
        r, s = weights[played[k + 2]], weights[played[k + 3]]
        for j in range(n):
            out[j] += p * a[j] + q * b[j] + r * c[j] + s * d[j]
        k += 4
    while k < count:
        a, p = rows[played[k]], weights[played[k]]
        for j in range(n):
            out[j] += p * a[j]
        k += 1


@compiled_loosely
def respond(strategy: Array, regrets: Array, payoffs: Array, sign: float) -> None:
    """Add the regrets of the last round, then play what matches them if the last payoffs come again."""
    n = len(strategy)
    earned = 0.0
    for i in range(n):
        earned += payoffs[i] * strategy[i]
    total = 0.0
    for i in range(n):
        gain = sign * (payoffs[i] - earned)
        regrets[i] = max(regrets[i] + gain, 0.0)
        strategy[i] = max(regrets[i] + gain, 0.0)
        total += strategy[i]
    for i in range(n):
        strategy[i] = strategy[i] / total if total > 0 else 1.0 / n


@compiled_loosely
def predictive_regret_matching(
    by_row: Array, by_column: Array, rounds: int, target: float
) -> tuple[Floats, Floats, int, float]:
    """Weighted sums of the strategies of both players, the rounds played, and the gap of the averages.

    ``by_row`` holds the payoffs to the row player, ``by_column`` its transpose; it stops once the gap is ≤ ``target``.
    """
    m, n = by_row.shape
    x, y = np.full(m, 1.0 / m).astype(by_row.dtype), np.full(n, 1.0 / n).astype(by_row.dtype)
    row_regrets, column_regrets = np.zeros_like(x), np.zeros_like(y)
    row_payoffs, column_payoffs = np.zeros_like(x), np.zeros_like(y)
    combine(row_payoffs, by_column, y)
    rows, columns, conceded, secured = np.zeros(m), np.zeros(n), np.zeros(m), np.zeros(n)
    total = 0.0
    gap = np.inf
    played = 0
    while played < rounds and gap > target:
        played += 1
        weight = float(played) * float(played)
        total += weight
        respond(x, row_regrets, row_payoffs, 1.0)
        combine(column_payoffs, by_row, x)
        respond(y, column_regrets, column_payoffs, -1.0)
        combine(row_payoffs, by_column, y)
        # What averages secure and concede is the average of what the strategies do.
        least, most = np.inf, -np.inf
        for j in range(n):
            secured[j] += weight * column_payoffs[j]
            columns[j] += weight * y[j]
            least = min(least, secured[j])
        for i in range(m):
            conceded[i] += weight * row_payoffs[i]
            rows[i] += weight * x[i]
            most = max(most, conceded[i])
        gap = (most - least) / total
    return rows, columns, played, gap
