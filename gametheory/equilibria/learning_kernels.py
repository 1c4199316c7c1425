"""Compiled rounds of learning, any number of players; what the rules mean stands in :mod:`gametheory.equilibria.dynamics`.

Players' numbers lie one after the other: action b of player i is entry ``first[i] + b`` of totals and strategies, and
``first[n]`` is how many there are. ``table`` has each player's payoffs with its own action last: at the joint action a of
the others player i's row starts at ``start[i] + Σ_j step[i, j] a_j``. ``counts`` has an entry for each action profile,
``Σ_j stride[j] a_j``. All state is in arrays that are changed in place, so that a long run may be cut into pieces.
"""

# All kernels stand in one file: numba's cache on disk does not notice that a function called from another file changed.

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gametheory.equilibria.compilation import compiled

__all__ = ["answer_own_regrets", "best_reply", "match_regrets", "mix"]

Array = NDArray[Any]
Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@compiled
def drawn(weights: Floats, low: int, high: int, generator: np.random.Generator) -> int:
    """A place in [low, high) in proportion to its weight, one of weight 0 never; counted from ``low``."""
    total = 0.0
    last = low
    for k in range(low, high):
        total += weights[k]
        if weights[k] > 0:
            last = k
    point = generator.random() * total
    reached = 0.0
    for k in range(low, last):
        reached += weights[k]
        if point < reached:
            return k - low
    return last - low


@compiled
def weigh(gains: Floats, low: int, high: int, rate: float, weights: Floats) -> None:
    """Weights of the next action: exp(rate · gain), or for ``rate < 0`` what is positive of the gain (all, if nothing is)."""
    top = gains[low]
    for k in range(low + 1, high):
        top = max(top, gains[k])
    for k in range(low, high):
        if rate >= 0:
            weights[k] = math.exp(rate * (gains[k] - top))
        else:
            weights[k] = max(gains[k], 0.0) if top > 0 else 1.0


@compiled
def best_reply(
    table: Array,
    start: Integers,
    step: Integers,
    first: Integers,
    stride: Integers,
    totals: Array,
    counts: Integers,
    profile: Integers,
    rounds: int,
    random_ties: bool,
    generator: np.random.Generator,
) -> None:
    """Fictitious play: each answers the sum of the rows that it has met."""
    n = len(profile)
    chosen = profile.copy()
    for _ in range(rounds):
        place = 0
        for j in range(n):
            place += stride[j] * profile[j]
        counts[place] += 1
        for i in range(n):
            row = start[i]
            for j in range(n):
                row += step[i, j] * profile[j]
            low = first[i]
            size = first[i + 1] - low
            best = 0
            for b in range(size):
                totals[low + b] += table[row + b]
                if totals[low + b] > totals[low + best]:
                    best = b
            chosen[i] = best
            if random_ties:
                ties = 0
                for b in range(best, size):
                    if totals[low + b] == totals[low + best]:
                        ties += 1
                if ties > 1:
                    left = min(int(generator.random() * ties), ties - 1)
                    for b in range(best, size):
                        if totals[low + b] == totals[low + best]:
                            if left == 0:
                                chosen[i] = b
                            left -= 1
        for i in range(n):
            profile[i] = chosen[i]


@compiled
def match_regrets(
    table: Floats,
    start: Integers,
    step: Integers,
    first: Integers,
    stride: Integers,
    rates: Floats,
    gains: Floats,
    counts: Integers,
    rounds: int,
    generator: np.random.Generator,
) -> None:
    """Draw each action by its weight, then add to each what it would have gained."""
    n = len(stride)
    profile = np.zeros(n, dtype=np.int64)
    weights = np.empty(len(gains))
    for _ in range(rounds):
        place = 0
        for i in range(n):
            weigh(gains, first[i], first[i + 1], rates[i], weights)
            profile[i] = drawn(weights, first[i], first[i + 1], generator)
            place += stride[i] * profile[i]
        counts[place] += 1
        for i in range(n):
            row = start[i]
            for j in range(n):
                row += step[i, j] * profile[j]
            own = table[row + profile[i]]
            for b in range(first[i + 1] - first[i]):
                gains[first[i] + b] += table[row + b] - own


@compiled
def answer_own_regrets(
    table: Floats,
    start: Integers,
    step: Integers,
    first: Integers,
    stride: Integers,
    scales: Floats,
    gains: Floats,
    counts: Integers,
    profile: Integers,
    done: int,
    rounds: int,
    generator: np.random.Generator,
) -> None:
    """Hart and Mas-Colell's procedure; ``gains[i, j, k]`` is what k in place of j would have gained player i, in sum."""
    n = len(profile)
    chosen = profile.copy()
    chances = np.empty(gains.shape[2])
    for t in range(done + 1, done + rounds + 1):
        place = 0
        for j in range(n):
            place += stride[j] * profile[j]
        counts[place] += 1
        for i in range(n):
            own = profile[i]
            row = start[i]
            for j in range(n):
                row += step[i, j] * profile[j]
            size = first[i + 1] - first[i]
            rest = 1.0
            for b in range(size):
                gains[i, own, b] += table[row + b] - table[row + own]
                chances[b] = max(gains[i, own, b], 0.0) / (t * scales[i])
                rest -= chances[b]
            chances[own] = rest
            chosen[i] = drawn(chances, 0, size, generator)
        for i in range(n):
            profile[i] = chosen[i]


@compiled
def mix(payoffs: Floats, first: Integers, rates: Floats, gains: Floats, total: Floats, rounds: int) -> None:
    """Rounds in mixed strategies; ``payoffs`` and ``total`` in rows, one for each joint action of all but the last player.

    ``payoffs`` has shape (n, rows, actions of the last player), and so has ``total`` but for the player axis.
    """
    n = len(first) - 1
    rows, width = total.shape
    weights = np.empty(len(gains))
    options = np.empty(len(gains))
    index = np.zeros(n, dtype=np.int64)
    for _ in range(rounds):
        for i in range(n):
            weigh(gains, first[i], first[i + 1], rates[i], weights)
            sum_of_weights = 0.0
            for k in range(first[i], first[i + 1]):
                sum_of_weights += weights[k]
            for k in range(first[i], first[i + 1]):
                weights[k] /= sum_of_weights
        options[:] = 0.0
        index[:] = 0
        last = first[n - 1]
        for row in range(rows):
            chance = 1.0
            for j in range(n - 1):
                chance *= weights[first[j] + index[j]]
            if chance > 0:
                for k in range(width):
                    total[row, k] += chance * weights[last + k]
                    options[last + k] += chance * payoffs[n - 1, row, k]
            for i in range(n - 1):
                others = 1.0
                for j in range(n - 1):
                    if j != i:
                        others *= weights[first[j] + index[j]]
                if others > 0:
                    expected = 0.0
                    for k in range(width):
                        expected += payoffs[i, row, k] * weights[last + k]
                    options[first[i] + index[i]] += others * expected
            for j in range(n - 2, -1, -1):
                index[j] += 1
                if index[j] < first[j + 1] - first[j]:
                    break
                index[j] = 0
        for i in range(n):
            earned = 0.0
            for k in range(first[i], first[i + 1]):
                earned += weights[k] * options[k]
            for k in range(first[i], first[i + 1]):
                gains[k] += options[k] - earned
