"""Compiled runs of a contagion on a network; what the rules mean stands in :mod:`gametheory.networks.contagion`.

Arcs of node i are those numbered ``starts[i]`` to ``starts[i + 1] − 1``; ``rates`` holds their rates (or probabilities), and
``sums`` the rates added up within each node. A run goes on until nobody is infected or ``max_time``. It writes into
``record``: the time of extinction (infinite if there is none), how many were ever infected, the first time at which ``goal``
nodes were (infected at once, or ever, if ``ever_counts``; infinite if never), the largest number infected at once, and when;
and into ``levels`` the number of infected at each of ``times``.

In continuous time each infected node has an alarm, exponential with the total rate at which it does anything; the alarms
stand in a binary heap. When one rings the node recovers, or passes on infection along one of its arcs, in vain if the target is
not susceptible; by lack of memory the next alarm is drawn anew. This is Gillespie's process, with each event in time
logarithmic in the number of infected.
"""

# All kernels stand in one file: numba's cache on disk does not notice that a function called from another file changed.

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gametheory.equilibria.compilation import compiled

__all__ = ["run_continuous", "run_rounds"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@compiled
def sift_down(alarms: Floats, owners: Integers, size: int) -> None:
    """Restore the heap after its first alarm was replaced."""
    time, owner = alarms[0], owners[0]
    place = 0
    while True:
        child = 2 * place + 1
        if child >= size:
            break
        if child + 1 < size and alarms[child + 1] < alarms[child]:
            child += 1
        if alarms[child] >= time:
            break
        alarms[place], owners[place] = alarms[child], owners[child]
        place = child
    alarms[place], owners[place] = time, owner


@compiled
def sift_up(alarms: Floats, owners: Integers, place: int) -> None:
    """Restore the heap after an alarm was added at its end."""
    time, owner = alarms[place], owners[place]
    while place > 0:
        parent = (place - 1) // 2
        if alarms[parent] <= time:
            break
        alarms[place], owners[place] = alarms[parent], owners[parent]
        place = parent
    alarms[place], owners[place] = time, owner


@compiled
def chosen_arc(first: int, last: int, sums: Floats, even: bool, generator: np.random.Generator) -> int:
    """An arc of a node, in proportion to its rate."""
    if even:
        return min(first + int(generator.random() * (last - first)), last - 1)
    point = generator.random() * sums[last - 1]
    while last - first > 1:  # the first arc whose sum exceeds the point
        middle = (first + last - 1) // 2
        if sums[middle] > point:
            last = middle + 1
        else:
            first = middle + 1
    return first


@compiled
def run_continuous(
    starts: Integers,
    targets: Integers,
    sums: Floats,
    even: bool,
    recovery: Floats,
    immune: bool,
    initial: Integers,
    max_time: float,
    goal: int,
    ever_counts: bool,
    times: Floats,
    levels: Integers,
    record: Floats,
    generator: np.random.Generator,
) -> None:
    """One run in continuous time."""
    n = len(recovery)
    status = np.zeros(n, dtype=np.int8)  # 0 susceptible, 1 infected, 2 immune
    touched = np.zeros(n, dtype=np.bool_)
    alarms, owners = np.empty(n), np.empty(n, dtype=np.int64)
    size = infected = ever = seen = 0
    now = 0.0
    record[0], record[2], record[3], record[4] = np.inf, np.inf, 0.0, 0.0
    waiting = len(initial)  # those infected at time 0 come first, through the same door
    while True:
        fresh = -1
        if waiting > 0:
            waiting -= 1
            fresh = initial[waiting]
        else:
            if size == 0:
                break
            rings = alarms[0]
            if rings > max_time:
                break
            while seen < len(times) and times[seen] < rings:
                levels[seen] = infected
                seen += 1
            now = rings
            node = owners[0]
            first, last = starts[node], starts[node + 1]
            passing = sums[last - 1] if last > first else 0.0
            total = recovery[node] + passing
            if generator.random() * total < recovery[node]:
                status[node] = 2 if immune else 0
                infected -= 1
                size -= 1
                if size > 0:
                    alarms[0], owners[0] = alarms[size], owners[size]
                    sift_down(alarms, owners, size)
                if infected == 0:
                    record[0] = now
            else:
                alarms[0] = now + generator.standard_exponential() / total
                sift_down(alarms, owners, size)
                target = targets[chosen_arc(first, last, sums, even, generator)]
                if status[target] == 0:
                    fresh = target
        if fresh >= 0 and status[fresh] == 0:
            status[fresh] = 1
            infected += 1
            if not touched[fresh]:
                touched[fresh] = True
                ever += 1
            if infected > record[3]:
                record[3], record[4] = infected, now
            if record[2] == np.inf and (ever if ever_counts else infected) >= goal:
                record[2] = now
            first, last = starts[fresh], starts[fresh + 1]
            total = recovery[fresh] + (sums[last - 1] if last > first else 0.0)
            if total > 0:
                alarms[size], owners[size] = now + generator.standard_exponential() / total, fresh
                sift_up(alarms, owners, size)
                size += 1
    if infected == 0 and ever == 0:
        record[0] = 0.0
    while seen < len(times):
        levels[seen] = infected
        seen += 1
    record[1] = ever


@compiled
def run_rounds(
    starts: Integers,
    targets: Integers,
    rates: Floats,
    recovery: Floats,
    immune: bool,
    initial: Integers,
    max_time: float,
    goal: int,
    ever_counts: bool,
    times: Floats,
    levels: Integers,
    record: Floats,
    generator: np.random.Generator,
) -> None:
    """One run in discrete time: all recover and pass on at once."""
    n = len(recovery)
    status = np.zeros(n, dtype=np.int8)
    touched = np.zeros(n, dtype=np.bool_)
    leaves = np.zeros(n, dtype=np.bool_)
    hit = np.zeros(n, dtype=np.bool_)
    ill, following, caught = np.empty(n, dtype=np.int64), np.empty(n, dtype=np.int64), np.empty(n, dtype=np.int64)
    infected = ever = seen = 0
    for node in initial:
        if status[node] == 0:
            status[node] = 1
            touched[node] = True
            ill[infected] = node
            infected += 1
    ever = infected
    record[0], record[2], record[3], record[4] = np.inf, np.inf, float(infected), 0.0
    if infected >= goal:
        record[2] = 0.0
    now = 0.0
    while infected > 0:
        while seen < len(times) and times[seen] < now + 1:
            levels[seen] = infected
            seen += 1
        if now + 1 > max_time:
            break
        now += 1
        for k in range(infected):
            leaves[ill[k]] = generator.random() < recovery[ill[k]]
        new = 0
        for k in range(infected):
            node = ill[k]
            for place in range(starts[node], starts[node + 1]):
                target = targets[place]
                open_again = status[target] == 1 and leaves[target] and not immune
                if not hit[target] and (status[target] == 0 or open_again) and generator.random() < rates[place]:
                    hit[target] = True
                    caught[new] = target
                    new += 1
        kept = 0
        for k in range(infected):
            node = ill[k]
            if leaves[node] and not hit[node]:
                status[node] = 2 if immune else 0
            else:
                following[kept] = node
                kept += 1
            leaves[node] = False
        for k in range(new):
            node = caught[k]
            hit[node] = False
            if status[node] == 0:
                status[node] = 1
                following[kept] = node
                kept += 1
                if not touched[node]:
                    touched[node] = True
                    ever += 1
        ill, following = following, ill
        infected = kept
        if infected > record[3]:
            record[3], record[4] = infected, now
        if record[2] == np.inf and (ever if ever_counts else infected) >= goal:
            record[2] = now
    if infected == 0:
        record[0] = now
    while seen < len(times):
        levels[seen] = infected
        seen += 1
    record[1] = ever
