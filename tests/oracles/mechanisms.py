"""Mechanism design by brute force and by a programme written a second time; imports nothing of the package's solvers.

An environment is read from its attributes (labels, prior, valuations) alone. Rows are written by loops over agents, types and
reports, in floats for SciPy, so that they share no code with the package's blocks.
"""

from __future__ import annotations

import itertools
from fractions import Fraction
from typing import Any

import numpy as np
from scipy.optimize import linprog


def profiles(environment: Any) -> list[tuple[int, ...]]:
    return list(itertools.product(*(range(len(names)) for names in environment.types)))


def worth(environment: Any, i: int, o: int, theta: tuple[int, ...]) -> Fraction:
    table = environment.valuations[i]
    index = (o, theta[i]) if environment.private else (o, *theta)
    return Fraction(int(table.numerators[index]), table.denominator)


def chance(environment: Any, theta: tuple[int, ...]) -> Fraction:
    return Fraction(int(environment.prior.numerators[theta]), environment.prior.denominator)


def swapped(theta: tuple[int, ...], i: int, report: int) -> tuple[int, ...]:
    return (*theta[:i], report, *theta[i + 1 :])


def best_deterministic(environment: Any, *, bayesian: bool) -> Fraction | None:
    """The largest welfare of a truthful rule without payments, by trying every choice at every profile."""
    places = profiles(environment)
    agents, outcomes = range(len(environment.agents)), range(len(environment.outcomes))
    best = None
    for chosen in itertools.product(outcomes, repeat=len(places)):
        rule = dict(zip(places, chosen, strict=True))
        if all(gain(environment, rule, i, a, b, bayesian) <= 0 for i in agents for a, b in lies(environment, i)):
            total = sum(chance(environment, t) * worth(environment, i, rule[t], t) for t in places for i in agents)
            best = total if best is None else max(best, total)
    return best


def lies(environment: Any, i: int) -> list[tuple[int, int]]:
    return list(itertools.permutations(range(len(environment.types[i])), 2))


def gain(environment: Any, rule: Any, i: int, a: int, b: int, bayesian: bool) -> Fraction:
    """What reporting b at a gains without payments, on average or at the best profile of the others."""
    gains = []
    for t in profiles(environment):
        if t[i] == a:
            change = worth(environment, i, rule[swapped(t, i, b)], t) - worth(environment, i, rule[t], t)
            gains.append(chance(environment, t) * change if bayesian else change)
    return sum(gains, Fraction(0)) if bayesian else max(gains)


def best_randomised(
    environment: Any,
    *,
    revenue: bool,
    bayesian: bool,
    participation: str | None,
    payments: bool = True,
    liability: float | None = None,
) -> tuple[str, float | None]:
    """Status and value of the linear programme over lotteries and payments, by SciPy."""
    places = profiles(environment)
    n, m = len(environment.agents), len(environment.outcomes)
    columns = {(t, o): k for k, (t, o) in enumerate(itertools.product(places, range(m)))}
    paid = (
        {(i, t): len(columns) + k for k, (i, t) in enumerate(itertools.product(range(n), places))} if payments else {}
    )
    size = len(columns) + len(paid)
    cost, rows, sides = np.zeros(size), [], []

    def utility(row: Any, weight: float, i: int, theta: Any, reports: Any) -> None:
        for o in range(m):
            row[columns[reports, o]] += weight * float(worth(environment, i, o, theta))
        if payments:
            row[paid[i, reports]] -= weight

    for i, t in itertools.product(range(n), places):
        p = float(chance(environment, t))
        if revenue:
            cost[paid[i, t]] -= p
        else:
            for o in range(m):
                cost[columns[t, o]] -= p * float(worth(environment, i, o, t))
    for i in range(n):
        for a, b in lies(environment, i):
            own = [t for t in places if t[i] == a]
            groups = [own] if bayesian else [[t] for t in own]
            for group in groups:
                row = np.zeros(size)
                for t in group:
                    p = float(chance(environment, t)) if bayesian else 1.0
                    utility(row, p, i, t, t)
                    utility(row, -p, i, t, swapped(t, i, b))
                rows.append(-row)
                sides.append(0.0)
        for a in range(len(environment.types[i])):
            own = [t for t in places if t[i] == a]
            floor = float(Fraction(int(environment.outside[i].numerators[a]), environment.outside[i].denominator))
            if participation is not None:
                for group in [own] if participation == "interim" else [[t] for t in own]:
                    row = np.zeros(size)
                    for t in group:
                        utility(row, float(chance(environment, t)) if participation == "interim" else 1.0, i, t, t)
                    total = sum(float(chance(environment, t)) for t in group) if participation == "interim" else 1.0
                    rows.append(-row)
                    sides.append(-floor * total)
            for t in own if liability is not None else []:
                row = np.zeros(size)
                utility(row, 1.0, i, t, t)
                rows.append(-row)
                sides.append(liability)
    equal = np.zeros((len(places), size))
    for k, t in enumerate(places):
        for o in range(m):
            equal[k, columns[t, o]] = 1
    bounds = [(0, None)] * len(columns) + [(None, None)] * len(paid)
    found = linprog(
        cost,
        A_ub=np.array(rows) if rows else None,
        b_ub=sides or None,
        A_eq=equal,
        b_eq=np.ones(len(places)),
        bounds=bounds,
    )
    status = {0: "optimal", 2: "infeasible", 3: "unbounded"}.get(found.status, found.message)
    return status, -found.fun if found.status == 0 else None


def least_multiplier(programme: Any, row: int, value: Fraction) -> float:
    """The least |y_row| over all optimal duals of a maximum, by SciPy: 0 iff the row can go without changing the value."""
    rows, columns = len(programme.row_sense), len(programme.lower)
    matrix = np.zeros((rows, columns))
    for r in range(rows):
        for k in range(int(programme.row_start[r]), int(programme.row_start[r + 1])):
            matrix[r, int(programme.column_index[k])] += (
                int(programme.coefficients.numerators[k]) / programme.coefficients.denominator
            )
    side = np.array([int(x) / programme.right_hand_side.denominator for x in programme.right_hand_side.numerators])
    cost = np.array([int(x) / programme.objective.denominator for x in programme.objective.numerators])
    free = [low is None for low in programme.lower]
    bounds = [{"<=": (0, None), ">=": (None, 0), "==": (None, None)}[sense] for sense in programme.row_sense]
    # columns x ≥ 0 need yᵀA ≥ c, free ones yᵀA = c
    upper = -matrix.T[[not x for x in free]]
    limits = -cost[[not x for x in free]]
    equal = np.vstack([matrix.T[free], side[None]])
    aims = np.append(cost[free], float(value))
    sign = -1.0 if programme.row_sense[row] == ">=" else 1.0
    goal = np.zeros(rows)
    goal[row] = sign
    found = linprog(goal, A_ub=upper, b_ub=limits, A_eq=equal, b_eq=aims, bounds=bounds)
    assert found.status == 0, found.message
    return float(found.fun)


def border_by_enumeration(environment: Any, interim: Any) -> Fraction:
    """The largest excess over all sets of types, one by one."""
    n = len(environment.types)
    types = [(i, k) for i in range(n) for k in range(len(environment.types[i]))]
    places = profiles(environment)
    marginal = {(i, k): sum((chance(environment, t) for t in places if t[i] == k), Fraction(0)) for i, k in types}
    worst = Fraction(0)
    for size in range(len(types) + 1):
        for chosen in itertools.combinations(types, size):
            won = sum((marginal[i, k] * interim[i][k] for i, k in chosen), Fraction(0))
            there = sum((chance(environment, t) for t in places if any(t[i] == k for i, k in chosen)), Fraction(0))
            worst = max(worst, won - there)
    return worst
