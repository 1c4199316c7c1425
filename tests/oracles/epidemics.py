"""Contagion on small networks, state by state: dictionaries of states and dense equations; nothing of the package is used.

``B[i][j]`` is the rate (or probability) at which j infects i, ``gamma[i]`` that at which i recovers. A state is a tuple of
``"S"``, ``"I"``, ``"R"``.
"""

from __future__ import annotations

import itertools
from fractions import Fraction
from typing import Any

State = tuple[str, ...]


def moves(B: Any, gamma: Any, state: State, *, immune: bool, rounds: bool) -> dict[State, Any]:
    """Rates (or the probabilities of a round) to every other state."""
    n = len(state)
    found: dict[State, Any] = {}
    if not rounds:
        for i in range(n):
            force = sum(B[i][j] for j in range(n) if state[j] == "I")
            if state[i] == "S":
                found[(*state[:i], "I", *state[i + 1 :])] = force
            elif state[i] == "I":
                found[(*state[:i], "R" if immune else "S", *state[i + 1 :])] = gamma[i]
        return {s: r for s, r in found.items() if r}
    options = []
    for i in range(n):
        escape = 1
        for j in range(n):
            if state[j] == "I":
                escape = escape * (1 - B[i][j])
        if state[i] == "S":
            options.append([("S", escape), ("I", 1 - escape)])
        elif state[i] == "R":
            options.append([("R", 1)])
        elif immune:
            options.append([("I", 1 - gamma[i]), ("R", gamma[i])])
        else:
            options.append([("I", 1 - gamma[i] * escape), ("S", gamma[i] * escape)])
    for outcome in itertools.product(*options):
        chance = 1
        for _, p in outcome:
            chance = chance * p
        to = tuple(letter for letter, _ in outcome)
        if chance and to != state:
            found[to] = found.get(to, 0) + chance
    return found


def solved(matrix: list[list[Fraction]], right: list[Fraction]) -> list[Fraction]:
    """Gauss's elimination in fractions."""
    n = len(matrix)
    table = [[Fraction(x) for x in row] + [Fraction(b)] for row, b in zip(matrix, right, strict=True)]
    for k in range(n):
        pivot = next(i for i in range(k, n) if table[i][k])
        table[k], table[pivot] = table[pivot], table[k]
        table[k] = [x / table[k][k] for x in table[k]]
        for i in range(n):
            if i != k and table[i][k]:
                factor = table[i][k]
                table[i] = [x - factor * y for x, y in zip(table[i], table[k], strict=True)]
    return [row[n] for row in table]


def reachable(B: Any, gamma: Any, start: State, **rule: bool) -> list[State]:
    found, waiting = {start}, [start]
    while waiting:
        for to in moves(B, gamma, waiting.pop(), **rule):
            if to not in found:
                found.add(to)
                waiting.append(to)
    return sorted(found)


def extinction_time(B: Any, gamma: Any, start: State, **rule: bool) -> Fraction:
    """Expected time until no node is infected."""
    states = [s for s in reachable(B, gamma, start, **rule) if "I" in s]
    place = {s: k for k, s in enumerate(states)}
    matrix = [[Fraction(0)] * len(states) for _ in states]
    for s, k in place.items():
        for to, rate in moves(B, gamma, s, **rule).items():
            matrix[k][k] += rate
            if to in place:
                matrix[k][place[to]] -= rate
    return solved(matrix, [Fraction(1)] * len(states))[place[start]] if states else Fraction(0)


def hitting_probability(B: Any, gamma: Any, start: State, goal: Any, **rule: bool) -> Fraction:
    """Probability to be in a state of the goal (a predicate) at some time."""
    if goal(start):
        return Fraction(1)
    states = [s for s in reachable(B, gamma, start, **rule) if "I" in s and not goal(s)]
    place = {s: k for k, s in enumerate(states)}
    matrix, right = [[Fraction(0)] * len(states) for _ in states], [Fraction(0)] * len(states)
    for s, k in place.items():
        for to, rate in moves(B, gamma, s, **rule).items():
            matrix[k][k] += rate
            if goal(to):
                right[k] += rate
            elif to in place:
                matrix[k][place[to]] -= rate
    return solved(matrix, right)[place[start]]
