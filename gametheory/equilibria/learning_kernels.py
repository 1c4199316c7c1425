"""Compiled rounds of learning and steps of evolution, any number of players.

What the rules mean stands in :mod:`gametheory.equilibria.dynamics` and :mod:`gametheory.equilibria.replicator`.

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

__all__ = ["answer_own_regrets", "best_reply", "evolve", "match_regrets", "mix"]

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
def earn(payoffs: Floats, first: Integers, play: Floats, players: int, options: Floats) -> None:
    """What each action of the first ``players`` players earns against ``play``, into ``options``.

    ``payoffs`` has shape (n, rows, width): a row for each joint action of all but the last player, whose actions are the
    columns.
    """
    n, rows, width = payoffs.shape
    index = np.zeros(n, dtype=np.int64)
    options[:] = 0.0
    last = first[n - 1]
    for row in range(rows):
        if players == n:
            chance = 1.0
            for j in range(n - 1):
                chance *= play[first[j] + index[j]]
            if chance > 0:
                for k in range(width):
                    options[last + k] += chance * payoffs[n - 1, row, k]
        for i in range(min(players, n - 1)):
            others = 1.0
            for j in range(n - 1):
                if j != i:
                    others *= play[first[j] + index[j]]
            if others > 0:
                expected = 0.0
                for k in range(width):
                    expected += payoffs[i, row, k] * play[last + k]
                options[first[i] + index[i]] += others * expected
        for j in range(n - 2, -1, -1):
            index[j] += 1
            if index[j] < first[j + 1] - first[j]:
                break
            index[j] = 0


@compiled
def mix(payoffs: Floats, first: Integers, rates: Floats, gains: Floats, total: Floats, rounds: int) -> None:
    """Rounds in mixed strategies; ``payoffs`` as in :func:`earn`, ``total`` the sum of joint play in the same rows."""
    n, rows, width = payoffs.shape
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
        index[:] = 0
        for row in range(rows):
            chance = 1.0
            for j in range(n - 1):
                chance *= weights[first[j] + index[j]]
            for k in range(width):
                total[row, k] += chance * weights[first[n - 1] + k]
            for j in range(n - 2, -1, -1):
                index[j] += 1
                if index[j] < first[j + 1] - first[j]:
                    break
                index[j] = 0
        earn(payoffs, first, weights, n, options)
        for i in range(n):
            earned = 0.0
            for k in range(first[i], first[i + 1]):
                earned += weights[k] * options[k]
            for k in range(first[i], first[i + 1]):
                gains[k] += options[k] - earned


@compiled
def grow(
    payoffs: Floats,
    first: Integers,
    one: bool,
    births: Floats,
    shares: Floats,
    play: Floats,
    options: Floats,
    out: Floats,
) -> None:
    """The replicator equation: the derivative of ``shares`` into ``out``.

    ``one`` population plays all roles. ``births[i, c, a]`` is the share of the offspring of c that plays a, the first
    axis of length 0 without mutation. ``play`` and ``options`` are room for one number for each player and action.
    """
    m = first[1]
    if one:
        for k in range(len(play)):
            play[k] = shares[k % m]
        earn(payoffs, first, play, 1, options)
    else:
        play[:] = shares
        earn(payoffs, first, play, len(payoffs), options)
    for i in range(1 if one else len(payoffs)):
        low, high = first[i], first[i + 1]
        mean = 0.0
        for k in range(low, high):
            mean += shares[k] * options[k]
        for k in range(low, high):
            out[k] = shares[k] * ((options[k] if len(births) == 0 else 0.0) - mean)
        if len(births):
            for c in range(low, high):
                born = shares[c] * options[c]
                for k in range(low, high):
                    out[k] += born * births[i, c - low, k - low]


@compiled
def evolve(
    payoffs: Floats,
    first: Integers,
    one: bool,
    births: Floats,
    tableau: Floats,
    times: Floats,
    tol: float,
    max_steps: int,
    path: Floats,
    speed: Floats,
) -> tuple[float, float]:
    """Integrate from ``path[0]`` over ``times`` by an embedded pair whose last stage is the first of the next step.

    ``tableau`` has the rows of the stages and, last, the difference of the two orders. Returns the time reached (less
    than the last one if ``max_steps`` did not suffice) and the sum of estimated errors; ``speed`` becomes the derivative
    at the end.
    """
    size, order = path.shape[1], len(tableau)
    play, options = np.empty(first[-1]), np.empty(first[-1])
    stages = np.empty((order, size))
    state = path[0].copy()
    moved = state.copy()
    grow(payoffs, first, one, births, state, play, options, stages[0])
    now, error_sum, step, taken = times[0], 0.0, times[1] - times[0], 0
    for point in range(1, len(times)):
        end = times[point]
        while now < end:
            if taken == max_steps:
                path[point] = state
                return now, error_sum
            taken += 1
            last = now + step >= end
            width = end - now if last else step
            for k in range(1, order):
                for a in range(size):
                    change = 0.0
                    for j in range(k):
                        change += tableau[k - 1, j] * stages[j, a]
                    moved[a] = state[a] + width * change
                grow(payoffs, first, one, births, moved, play, options, stages[k])
            error, least = 0.0, 0.0
            for a in range(size):
                difference = 0.0
                for j in range(order):
                    difference += tableau[order - 1, j] * stages[j, a]
                error = max(error, width * abs(difference))
                least = min(least, moved[a])
            growth = 5.0 if error == 0 else min(5.0, max(0.2, 0.9 * (tol / error) ** 0.2))
            if error <= tol and least >= 0.0:
                for i in range(1 if one else len(payoffs)):
                    total = 0.0
                    for a in range(first[i], first[i + 1]):
                        total += moved[a]
                    for a in range(first[i], first[i + 1]):
                        state[a] = moved[a] / total
                stages[0] = stages[order - 1]
                now = end if last else now + width
                error_sum += error
                step = max(step, width * growth) if last else width * growth
            else:
                step = width * min(0.5, growth)
        path[point] = state
    speed[:] = stages[0]
    return now, error_sum
