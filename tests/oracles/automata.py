"""Automata by brute force: discounted sums along simulated distributions, and every stationary deviation in turn.

Nothing of the package is used: games are ``{(a_0, …): (u_0, …)}``, machines lists of (distribution of each player, {profile:
[(probability, next state), …]}).
"""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import product
from typing import Any

Game = dict[tuple[int, ...], tuple[Fraction, ...]]
Machine = list[tuple[list[list[Fraction]], dict[tuple[int, ...], list[tuple[Fraction, int]]]]]


def trembling(machine: Machine, error: Fraction) -> Machine:
    """Every action replaced by each of the others with probability error/(number of them)."""
    return [([trembled(v, error) for v in table], moves) for table, moves in machine]


def trembled(v: list[Fraction], error: Fraction) -> list[Fraction]:
    if len(v) == 1:
        return v
    error = Fraction(error)
    return [sum(p * (1 - error if j == k else error / (len(v) - 1)) for j, p in enumerate(v)) for k in range(len(v))]


def step(
    game: Game, machine: Machine, state: int, vectors: list[list[Fraction]]
) -> tuple[list[Fraction], list[Fraction]]:
    """Expected payoffs of a period and the distribution of the next state."""
    n = len(vectors)
    pay, following = [Fraction(0)] * n, [Fraction(0)] * len(machine)
    for profile in product(*(range(len(v)) for v in vectors)):
        weight = math.prod((vectors[i][a] for i, a in enumerate(profile)), start=Fraction(1))
        if weight:
            pay = [x + weight * u for x, u in zip(pay, game[profile], strict=True)]
            for p, t in machine[state][1][profile]:
                following[t] += weight * p
    return pay, following


def solve(matrix: list[list[Fraction]], right: list[Fraction]) -> list[Fraction]:
    """Gauss and Jordan in fractions."""
    rows = [[Fraction(x) for x in (*row, b)] for row, b in zip(matrix, right, strict=True)]
    for k in range(len(rows)):
        pivot = next(r for r in range(k, len(rows)) if rows[r][k])
        rows[k], rows[pivot] = rows[pivot], rows[k]
        rows[k] = [x / rows[k][k] for x in rows[k]]
        for r in range(len(rows)):
            if r != k and rows[r][k]:
                factor = rows[r][k]
                rows[r] = [x - factor * y for x, y in zip(rows[r], rows[k], strict=True)]
    return [row[-1] for row in rows]


def values(
    game: Game, machine: Machine, discount: Fraction, player: int, policy: Any = None, error: Any = 0
) -> list[Fraction]:
    """What a player earns from each state, following the machine or a policy (an action for each state)."""
    matrix, right = [], []
    for s, (table, _) in enumerate(machine):
        vectors = [list(v) for v in table]
        if policy is not None:
            m = len(vectors[player])
            vectors[player] = [Fraction(int(k == policy[s])) for k in range(m)]
        vectors = [trembled(v, Fraction(error)) for v in vectors]
        pay, following = step(game, machine, s, vectors)
        matrix.append([int(s == t) - discount * p for t, p in enumerate(following)])
        right.append((1 - discount) * pay[player])
    return solve(matrix, right)


def best_values(game: Game, machine: Machine, discount: Fraction, player: int, error: Any = 0) -> list[Fraction]:
    """The best over all stationary policies, at each state: by Blackwell's theorem the best over all strategies."""
    sizes = [len(table[player]) for table, _ in machine]
    found = [values(game, machine, discount, player, policy, error) for policy in product(*(range(m) for m in sizes))]
    return [max(column) for column in zip(*found, strict=True)]


def discounted_sum(game: Game, machine: Machine, discount: Fraction, periods: int, start: int = 0) -> list[float]:
    """(1 − δ) Σ δᵗ E u over some periods, in floats, the distribution of the state followed."""
    n = len(next(iter(game.values())))
    chain = [step(game, machine, s, machine[s][0]) for s in range(len(machine))]
    now, total, weight = [float(s == start) for s in range(len(machine))], [0.0] * n, 1 - float(discount)
    for _ in range(periods):
        for s, p in enumerate(now):
            total = [x + weight * p * float(u) for x, u in zip(total, chain[s][0], strict=True)]
        now = [sum(now[s] * float(chain[s][1][t]) for s in range(len(machine))) for t in range(len(machine))]
        weight *= float(discount)
    return total


def mean_sum(game: Game, machine: Machine, periods: int, start: int = 0) -> list[float]:
    """The average expected payoff of so many periods after as many, in floats."""
    n = len(next(iter(game.values())))
    chain = [step(game, machine, s, machine[s][0]) for s in range(len(machine))]
    now, total = [float(s == start) for s in range(len(machine))], [0.0] * n
    for t in range(2 * periods):
        if t >= periods:
            for s, p in enumerate(now):
                total = [x + p * float(u) / periods for x, u in zip(total, chain[s][0], strict=True)]
        now = [sum(now[s] * float(chain[s][1][k]) for s in range(len(machine))) for k in range(len(machine))]
    return total
