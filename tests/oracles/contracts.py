"""Contracts, contracted sets and promises by brute force: float programmes written from the definitions, and enumeration.

Imports nothing of the package. Games are mappings from profiles to payoff tuples, signals mappings from profiles to
probability tuples.
"""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
from scipy.optimize import linprog


def deviations(sizes, target, coalition):
    """Profiles that a coalition reaches from the target by moving somebody."""
    for moves in itertools.product(*(range(sizes[i]) for i in coalition)):
        profile = list(target)
        for i, a in zip(coalition, moves, strict=True):
            profile[i] = a
        if tuple(profile) != tuple(target):
            yield tuple(profile)


def contract_cost(payoffs, signals, sizes, target, *, coalitions=None, rule="any", budget=None):
    """The least expected wage bill (floats), wages ≥ 0; ``None`` if infeasible.

    coalitions=None: single agents. rule "transfer" or "any". budget: wages sum to exactly this after every signal.
    """
    n, width = len(sizes), len(next(iter(signals.values())))
    family = [(i,) for i in range(n)] if coalitions is None else coalitions
    rows, sides = [], []
    for members in family:
        for profile in deviations(sizes, target, members):
            groups = [members] if rule == "transfer" else [(i,) for i in members]
            for group in groups:
                row = np.zeros((n, width))
                side = 0.0
                for i in group:
                    for y in range(width):
                        row[i, y] += float(signals[profile][y] - signals[target][y])
                    side -= float(payoffs[profile][i] - payoffs[target][i])
                rows.append(row.ravel())
                sides.append(side)
    bill = np.array([[float(p) for p in signals[target]]] * n).ravel()
    equal = None if budget is None else np.tile(np.eye(width), n)
    found = linprog(
        bill,
        A_ub=rows or None,
        b_ub=sides or None,
        A_eq=equal,
        b_eq=None if budget is None else list(map(float, budget)),
    )
    return found.fun if found.status == 0 else None


def best_contracted_set(success, costs, value):
    """(profit, members) by trying every set; the first of equals by size."""
    n = len(costs)
    best = None
    for k in range(n + 1):
        for members in itertools.combinations(range(n), k):
            chance = success[tuple(int(i in members) for i in range(n))]
            paid = Fraction(0)
            for i in members:
                without = success[tuple(int(j in members and j != i) for j in range(n))]
                if without == chance:
                    break
                paid += costs[i] / (chance - without)
            else:
                profit = chance * (value - paid)
                if best is None or profit > best[0]:
                    best = (profit, members)
    return best


def implementation_cost_of_profile(payoffs, sizes, target):
    """Payments for every profile (floats) that make the target dominant, at the least cost at the target."""
    profiles = list(itertools.product(*map(range, sizes)))
    place = {x: k for k, x in enumerate(profiles)}
    n = len(sizes)
    cost = np.zeros(n * len(profiles))
    rows, sides = [], []
    for i in range(n):
        cost[i * len(profiles) + place[tuple(target)]] = 1
        for x in profiles:
            if x[i] != target[i]:
                good = (*x[:i], target[i], *x[i + 1 :])
                row = np.zeros(n * len(profiles))
                row[i * len(profiles) + place[good]] -= 1
                row[i * len(profiles) + place[x]] += 1
                rows.append(row)
                sides.append(float(payoffs[good][i] - payoffs[x][i]))
    return linprog(cost, A_ub=rows, b_ub=sides).fun


def implementation_cost_of_set(payoffs, sizes, targets):
    """The infimum over every rectangle R within the targets and every choice of dominators; exact, by enumeration."""
    n, wanted, best = len(sizes), set(targets), None
    subsets = [[s for k in range(1, m + 1) for s in itertools.combinations(range(m), k)] for m in sizes]
    for rectangle in itertools.product(*subsets):
        if not set(itertools.product(*rectangle)) <= wanted:
            continue
        outside = [(i, a) for i in range(n) for a in range(sizes[i]) if a not in rectangle[i]]
        for dominators in itertools.product(*(rectangle[i] for i, _ in outside)):
            # V_i(r, x_-i) is at least the gain of every action that r has to dominate, and payments add up
            worst = Fraction(0)
            for x in itertools.product(*rectangle):
                total = Fraction(0)
                for i in range(n):
                    need = Fraction(0)
                    for (j, a), r in zip(outside, dominators, strict=True):
                        if j == i and r == x[i]:
                            other = (*x[:i], a, *x[i + 1 :])
                            need = max(need, payoffs[other][i] - payoffs[x][i])
                    total += need
                worst = max(worst, total)
            best = worst if best is None else min(best, worst)
    return best
