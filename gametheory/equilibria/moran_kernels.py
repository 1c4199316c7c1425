"""Compiled runs of the Moran process; what the rules mean stands in :mod:`gametheory.equilibria.moran_simulation`.

``A`` holds own payoffs, ``births[c, a]`` the share of the offspring of c that plays a, unless nothing ``mutates``. A run ends
when one strategy is left for ever, or after ``max_steps`` steps. Of run r ``lengths[r]`` becomes its number of steps,
``ends[r]`` the strategy that is left (−1 if several are) and ``shares[r]`` the sum, over the steps from ``burn_in`` on, of
the counts before the step. ``first`` numbers the run that comes first, so that a campaign may be cut into pieces.
"""

# All kernels stand in one file: numba's cache on disk does not notice that a function called from another file changed.

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from gametheory.equilibria.compilation import compiled

__all__ = ["run_on_graph", "run_well_mixed"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@compiled
def fit(earned: float, top: float, w: float, exponential: bool) -> float:
    """Fitness; exponential fitness is relative to that of payoff ``top``."""
    return math.exp(w * (earned - top)) if exponential else max(1.0 - w + w * earned, 0.0)


@compiled
def child(parent: int, births: Floats, mutates: bool, generator: np.random.Generator) -> int:
    """What the offspring of a parent plays."""
    if not mutates:
        return parent
    point = generator.random()
    last = parent
    for a in range(len(births)):
        if births[parent, a] > 0:
            last = a
            point -= births[parent, a]
            if point < 0:
                return a
    return last


@compiled
def run_well_mixed(
    A: Floats,
    w: float,
    exponential: bool,
    itself: bool,
    births: Floats,
    mutates: bool,
    initial: Integers,
    max_steps: int,
    burn_in: int,
    first: int,
    runs: int,
    lengths: Integers,
    ends: Integers,
    shares: Floats,
    generator: np.random.Generator,
) -> bool:
    """Runs in which everybody meets everybody. False if fitness was zero for all.

    Steps that change nothing are not gone through one by one: how many precede the next change is geometric.
    """
    m = len(initial)
    size = initial.sum()
    opponents = size if itself else size - 1
    parents, born = np.empty(m), np.empty(m)
    for run in range(first, first + runs):
        counts = initial.copy()
        now = 0
        left = -1
        for a in range(m):
            if counts[a] == size:
                left = a
        while now < max_steps and (mutates or left < 0):
            top = -np.inf
            for a in range(m):
                if counts[a] > 0:
                    earned = 0.0 if itself else -A[a, a]
                    for b in range(m):
                        earned += A[a, b] * counts[b]
                    parents[a] = earned / opponents
                    top = max(top, parents[a])
            total = 0.0
            for a in range(m):
                parents[a] = counts[a] * fit(parents[a], top, w, exponential) if counts[a] > 0 else 0.0
                total += parents[a]
            if total <= 0:
                return False
            for a in range(m):
                if mutates:
                    born[a] = 0.0
                    for c in range(m):
                        born[a] += parents[c] * births[c, a]
                else:
                    born[a] = parents[a]
                born[a] /= total
            move = 0.0
            for a in range(m):
                move += born[a] * (size - counts[a])
            move /= size
            wait = max_steps - now + 1.0
            if move >= 1:
                wait = 1.0
            elif move > 0:
                wait = min(wait, 1.0 + math.floor(math.log1p(-generator.random()) / math.log1p(-move)))
            before = min(now + int(wait), max_steps)
            weight = before - max(now, burn_in)
            if weight > 0:
                for a in range(m):
                    shares[run, a] += weight * counts[a]
            if now + int(wait) > max_steps:
                now = max_steps
                break
            now = before
            point = generator.random() * move * size
            gains, loses = -1, -1
            for a in range(m):
                for b in range(m):
                    if a != b and counts[b] > 0 and born[a] > 0:
                        if gains < 0 or point >= 0:
                            gains, loses = a, b
                        point -= born[a] * counts[b]
            counts[gains] += 1
            counts[loses] -= 1
            left = gains if counts[gains] == size else -1
        lengths[run] = now
        ends[run] = left
    return True


@compiled
def settle(
    node: int, A: Floats, start: Integers, neighbours: Integers, play: Integers, itself: bool, sums: bool
) -> float:
    """What the individual at a node earns from its neighbours."""
    earned = A[play[node], play[node]] if itself else 0.0
    for place in range(start[node], start[node + 1]):
        earned += A[play[node], play[neighbours[place]]]
    degree = start[node + 1] - start[node] + (1 if itself else 0)
    return earned if sums else earned / degree


@compiled
def run_on_graph(
    A: Floats,
    w: float,
    exponential: bool,
    itself: bool,
    births: Floats,
    mutates: bool,
    initial: Integers,
    max_steps: int,
    burn_in: int,
    first: int,
    runs: int,
    lengths: Integers,
    ends: Integers,
    shares: Floats,
    start: Integers,
    neighbours: Integers,
    sums: bool,
    death_first: bool,
    generator: np.random.Generator,
) -> bool:
    """Runs on a graph: node v's neighbours are ``neighbours[start[v]:start[v + 1]]``. False if fitness was zero for all."""
    m, size = len(initial), len(start) - 1
    play = np.empty(size, dtype=np.int64)
    earned, fitness = np.empty(size), np.empty(size)
    for run in range(first, first + runs):
        place = 0
        for a in range(m):
            for _ in range(initial[a]):
                play[place] = a
                place += 1
        for v in range(size - 1, 0, -1):  # who stands where is drawn anew
            u = min(int(generator.random() * (v + 1)), v)
            play[v], play[u] = play[u], play[v]
        counts = initial.copy()
        now, left = 0, -1
        for a in range(m):
            if counts[a] == size:
                left = a
        for v in range(size):
            earned[v] = settle(v, A, start, neighbours, play, itself, sums)
        while now < max_steps and (mutates or left < 0):
            if now >= burn_in:
                for a in range(m):
                    shares[run, a] += counts[a]
            now += 1
            low, high, dying = 0, size, -1
            if death_first:
                dying = min(int(generator.random() * size), size - 1)
                low, high = start[dying], start[dying + 1]
            top = -np.inf
            for place in range(low, high):
                top = max(top, earned[neighbours[place] if death_first else place])
            total = 0.0
            for place in range(low, high):
                fitness[place - low] = fit(earned[neighbours[place] if death_first else place], top, w, exponential)
                total += fitness[place - low]
            if total <= 0:
                return False
            point = generator.random() * total
            chosen = -1
            for place in range(low, high):
                if fitness[place - low] > 0:
                    if chosen < 0 or point >= 0:
                        chosen = place
                    point -= fitness[place - low]
            if death_first:
                parent = neighbours[chosen]
            else:
                parent = chosen
                degree = start[parent + 1] - start[parent]
                dying = neighbours[start[parent] + min(int(generator.random() * degree), degree - 1)]
            newcomer = child(play[parent], births, mutates, generator)
            if newcomer != play[dying]:
                counts[play[dying]] -= 1
                counts[newcomer] += 1
                left = newcomer if counts[newcomer] == size else -1
                play[dying] = newcomer
                earned[dying] = settle(dying, A, start, neighbours, play, itself, sums)
                for place in range(start[dying], start[dying + 1]):
                    v = neighbours[place]
                    earned[v] = settle(v, A, start, neighbours, play, itself, sums)
        lengths[run] = now
        ends[run] = left
    return True
