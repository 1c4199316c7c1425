"""Compiled periods of Q-learning; what the numbers mean stands in :mod:`gametheory.repeated.q_learning`.

Q-values of player i in state s stand at ``first[i] + s · m_i``. ``greedy[i, s]`` is the action with the largest of them, the
lowest index among equals, kept up to date entry by entry, so that a period costs O(n) and not O(Σ m_i). Random numbers are
xoshiro256++ in unsigned 64-bit integers, so that a run is the same on every machine and for any number of threads.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from gametheory.equilibria.compilation import compiled

__all__ = ["learn"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Words = NDArray[np.uint64]


@compiled
def rotated(x: Any, k: Any) -> Any:
    """An unsigned 64-bit word rotated to the left."""
    return (x << k) | (x >> (np.uint64(64) - k))


@compiled
def uniform(words: Words) -> float:
    """The next number in [0, 1) of xoshiro256++ (Blackman and Vigna 2021)."""
    result = rotated(words[0] + words[3], np.uint64(23)) + words[0]
    shifted = words[1] << np.uint64(17)
    words[2] ^= words[0]
    words[3] ^= words[1]
    words[1] ^= words[2]
    words[0] ^= words[3]
    words[2] ^= shifted
    words[3] = rotated(words[3], np.uint64(45))
    return float(result >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@compiled
def learn(
    payoffs: Floats,
    counts: Integers,
    strides: Integers,
    first: Integers,
    values: Floats,
    greedy: Integers,
    clock: Floats,
    place: Integers,
    words: Words,
    shift: int,
    rate: float,
    discount: float,
    decay: float,
    stable_for: int,
    periods: int,
) -> bool:
    """Play ``periods`` periods in place; whether greedy play has not changed for ``stable_for`` of them.

    ``payoffs`` has a row per player over flat profiles, ``clock`` the exploration rate, ``place`` the state, the periods
    played and those since greedy play changed last; the next state is the profile, or with ``shift`` (state · shift +
    profile) modulo the number of states.
    """
    n = len(counts)
    states = greedy.shape[1]
    state, played, stable = place[0], place[1], place[2]
    explore = clock[0]
    actions = np.empty(n, dtype=np.int64)
    for _ in range(periods):
        profile = 0
        for i in range(n):
            if uniform(words) < explore:
                actions[i] = min(int(uniform(words) * counts[i]), counts[i] - 1)
            else:
                actions[i] = greedy[i, state]
            profile += actions[i] * strides[i]
        following = (state * shift + profile) % states if shift else profile
        stable += 1
        for i in range(n):
            base = first[i] + state * counts[i]
            best_later = values[first[i] + following * counts[i] + greedy[i, following]]
            k = base + actions[i]
            before = values[k]
            values[k] = (1 - rate) * before + rate * (payoffs[i, profile] + discount * best_later)
            best = greedy[i, state]
            if actions[i] == best:
                if values[k] >= before:
                    continue
                top = 0  # the best may have fallen below another
                for a in range(1, counts[i]):
                    if values[base + a] > values[base + top]:
                        top = a
                if top != best:
                    greedy[i, state] = top
                    stable = 0
            elif values[k] > values[base + best] or (values[k] == values[base + best] and actions[i] < best):
                greedy[i, state] = actions[i]
                stable = 0
        state = following
        explore *= decay
        played += 1
        if stable >= stable_for:
            break
    place[0], place[1], place[2] = state, played, stable
    clock[0] = explore
    return bool(stable >= stable_for)
