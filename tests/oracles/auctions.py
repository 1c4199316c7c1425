"""Auctions and rings by brute force: nothing here knows of the package.

Everything is written out profile by profile, in fractions where it is a sum and with SciPy's linear programmes where it is
an optimum.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from scipy.optimize import linprog

Values = Sequence[Sequence[Any]]


def ring_revenue(
    values: Values, prior: Any, *, individual: bool, ring: str, participation: bool, reallocation: bool
) -> float:
    """The best revenue from one item and two or more bidders, the ring of everybody: a linear programme in floats.

    Columns for every profile of types: q_1, …, q_n (sum at most 1) and free transfers t_1, …, t_n. ``individual``: Bayesian
    incentive compatibility and interim participation of each. ``ring``: "none"; "weak" (own allocation when it tells the truth)
    or "strong" (it reallocates then too, if it can at all). ``participation``: the ring may stay away.
    """
    n, sizes = len(values), [len(v) for v in values]
    prior = np.array(prior, dtype=float)
    profiles = list(itertools.product(*map(range, sizes)))
    place = {theta: k for k, theta in enumerate(profiles)}

    def q(theta: tuple[int, ...], i: int) -> int:
        return 2 * n * place[theta] + i

    def t(theta: tuple[int, ...], i: int) -> int:
        return 2 * n * place[theta] + n + i

    columns = 2 * n * len(profiles)
    cost = np.zeros(columns)
    rows: list[np.ndarray] = []
    sides: list[float] = []
    for theta in profiles:
        row = np.zeros(columns)
        for i in range(n):
            cost[t(theta, i)] = -prior[theta]
            row[q(theta, i)] = 1
        rows.append(row)
        sides.append(1)

    def changed(theta: tuple[int, ...], i: int, k: int) -> tuple[int, ...]:
        return (*theta[:i], k, *theta[i + 1 :])

    if individual:
        for i in range(n):
            for k in range(sizes[i]):
                mine = [theta for theta in profiles if theta[i] == k]
                honest = np.zeros(columns)
                for theta in mine:
                    honest[q(theta, i)] += prior[theta] * float(values[i][k])
                    honest[t(theta, i)] -= prior[theta]
                rows.append(-honest)
                sides.append(0)
                for r in range(sizes[i]):
                    lie = np.zeros(columns)
                    for theta in mine:
                        told = changed(theta, i, r)
                        lie[q(told, i)] += prior[theta] * float(values[i][k])
                        lie[t(told, i)] -= prior[theta]
                    if r != k:
                        rows.append(lie - honest)
                        sides.append(0)
    if ring != "none":
        for theta in profiles:

            def worth(told: tuple[int, ...], best: bool, theta: tuple[int, ...] = theta) -> np.ndarray:
                own = [float(values[i][theta[i]]) for i in range(n)]
                row = np.zeros(columns)
                for i in range(n):
                    row[q(told, i)] = max(own) if best else own[i]
                    row[t(told, i)] = -1
                return row

            truth = worth(theta, reallocation and ring == "strong")
            for told in profiles:
                if told != theta:
                    rows.append(worth(told, reallocation) - truth)
                    sides.append(0)
            if participation:
                rows.append(-truth)
                sides.append(0)
    bounds = [(0, 1) if j % (2 * n) < n else (None, None) for j in range(columns)]
    found = linprog(cost, A_ub=np.array(rows), b_ub=np.array(sides), bounds=bounds, method="highs")
    assert found.status == 0, found.message
    return float(-found.fun)


def hull_slopes(values: Sequence[Any], probabilities: Sequence[Any]) -> list[Fraction]:
    """Ironed virtual values as left slopes of the least concave majorant of the revenue curve, chord by chord."""
    v, f = [Fraction(x) for x in values], [Fraction(x) for x in probabilities]
    demand = [sum(f[k:], Fraction(0)) for k in range(len(v) + 1)]
    revenue = [v[k] * demand[k] for k in range(len(v))] + [Fraction(0)]

    def hull(k: int) -> Fraction:
        best = revenue[k]
        for a, b in itertools.combinations(range(len(demand)), 2):
            if a <= k <= b:
                share = (demand[k] - demand[b]) / (demand[a] - demand[b])
                best = max(best, share * revenue[a] + (1 - share) * revenue[b])
        return best

    return [(hull(k) - hull(k + 1)) / f[k] for k in range(len(v))]


def posted_ring_price(m: int) -> Fraction:
    """max_k (k/m)(1 − ((k − 1)/m)²): the best price for a ring of two whose values are uniform on {1/m, …, 1}."""
    return max(Fraction(k, m) * (1 - Fraction(k - 1, m) ** 2) for k in range(1, m + 1))


def all_assignments(num_bidders: int, num_items: int) -> list[tuple[frozenset[int], ...]]:
    """Every way to give each item to a bidder or to nobody."""
    result = []
    for owners in itertools.product(range(num_bidders + 1), repeat=num_items):
        result.append(tuple(frozenset(k for k in range(num_items) if owners[k] == i) for i in range(num_bidders)))
    return result


def bundle_value(bids: dict[frozenset[int], Fraction], bundle: frozenset[int]) -> Fraction:
    """The best bid on a part of the bundle."""
    return max((x for s, x in bids.items() if s <= bundle), default=Fraction(0))


def vcg(bids: Sequence[dict[frozenset[int], Fraction]], num_items: int) -> tuple[Fraction, list[Fraction]]:
    """Welfare of the best assignment, and what each bidder's presence costs the others where it is unique in its payments."""

    def best(members: Sequence[int]) -> Fraction:
        found = Fraction(0)
        for assignment in all_assignments(len(members), num_items):
            found = max(found, sum((bundle_value(bids[i], assignment[k]) for k, i in enumerate(members)), Fraction(0)))
        return found

    everybody = list(range(len(bids)))
    return best(everybody), [best([j for j in everybody if j != i]) for i in everybody]


def best_misreport(
    utility: Callable[[int, tuple[int, ...], tuple[int, ...]], Fraction],
    sizes: Sequence[int],
    members: Sequence[int],
    blocking: str,
) -> Fraction:
    """What a coalition gains at most by reporting together: ``utility(i, reports, types)``, all types and joint reports."""
    best = Fraction(0)
    for types in itertools.product(*map(range, sizes)):
        for joint in itertools.product(*(range(sizes[i]) for i in members)):
            told = list(types)
            for i, r in zip(members, joint, strict=True):
                told[i] = r
            gains = [utility(i, tuple(told), types) - utility(i, types, types) for i in members]
            if blocking == "all":
                value = min(gains)
            elif blocking == "any":
                value = max(gains)
            elif blocking == "transfer":
                value = sum(gains, Fraction(0))
            else:
                value = sum(gains, Fraction(0)) if min(gains) >= 0 else Fraction(0)
            best = max(best, value)
    return best


def bidding_gain(
    values: Values,
    prior: Any,
    bids: Sequence[Sequence[Fraction]],
    grid: Sequence[Fraction],
    *,
    payment: str,
    reserve: Fraction = Fraction(0),
) -> Fraction:
    """The largest interim gain of any type by another bid; the item goes to a highest bid ≥ reserve, ties evenly.

    ``bids[i][k]`` is the bid of bidder i's type k; ``payment`` is "first price" or "second price".
    """
    n = len(values)
    sizes = [len(v) for v in values]

    def payoff(i: int, own: Fraction, others: list[Fraction], value: Fraction) -> Fraction:
        top = max(others, default=Fraction(-1))
        if own < reserve or own < top:
            return Fraction(0)
        share = Fraction(1, 1 + sum(1 for b in others if b == own))
        price = own if payment == "first price" else max(top, reserve)
        return share * (value - price)

    worst = Fraction(0)
    for i in range(n):
        for k in range(sizes[i]):
            weight = Fraction(0)
            earned = dict.fromkeys([*grid, bids[i][k]], Fraction(0))
            for types in itertools.product(*map(range, sizes)):
                if types[i] != k:
                    continue
                p = Fraction(prior[types])
                weight += p
                others = [bids[j][types[j]] for j in range(n) if j != i]
                for b in earned:
                    earned[b] += p * payoff(i, b, others, Fraction(values[i][k]))
            if weight:
                worst = max(worst, max(earned.values()) / weight - earned[bids[i][k]] / weight)
    return worst
