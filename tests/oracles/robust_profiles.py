"""Robust correlated profiles by brute force, from the definitions: every plan of every coalition is written down.

Payoffs are dictionaries from action profiles to tuples. Nothing here is shared with the package; optimisation is SciPy's.
"""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, linprog, milp


def profiles(sizes):
    return list(itertools.product(*(range(m) for m in sizes)))


def _with(profile, players, actions):
    changed = list(profile)
    for i, a in zip(players, actions, strict=True):
        changed[i] = a
    return tuple(changed)


def _joint(sizes, players):
    return list(itertools.product(*(range(sizes[i]) for i in players)))


def plans(sizes, players, timing="ex_ante"):
    """Every map from what the players are told to what they play; interim: those that move at one thing told only."""
    told = _joint(sizes, players)
    if timing == "interim":
        return [{a: b} for a in told for b in told if a != b]
    return [dict(zip(told, plays, strict=True)) for plays in itertools.product(told, repeat=len(told))]


def gain_rows(payoffs, sizes, members, plan, faulty=(), faulty_plan=None):
    """For each member the numbers whose expectation is its gain, over the action profiles in order."""
    rows = []
    for i in members:
        row = []
        for a in profiles(sizes):
            told_faulty = tuple(a[j] for j in faulty)
            amid = _with(a, faulty, (faulty_plan or {}).get(told_faulty, told_faulty))
            told = tuple(a[j] for j in members)
            after = _with(amid, members, plan.get(told, told))
            row.append(payoffs[after][i] - payoffs[amid][i])
        rows.append(row)
    return rows


def families(n, size, faulty):
    """Pairs of a coalition and a disjoint faulty set."""
    for k in range(1, size + 1):
        for members in itertools.combinations(range(n), k):
            others = [i for i in range(n) if i not in members]
            for t in range(min(faulty, len(others)) + 1):
                for bad in itertools.combinations(others, t):
                    yield members, bad


def damage_rows(payoffs, sizes, faulty):
    """Rows whose expectation must not be positive: what a bystander loses by a plan of the faulty."""
    n = len(sizes)
    for t in range(1, min(faulty, n - 1) + 1):
        for bad in itertools.combinations(range(n), t):
            for plan in plans(sizes, bad):
                for i in set(range(n)) - set(bad):
                    yield [
                        payoffs[a][i] - payoffs[_with(a, bad, plan[tuple(a[j] for j in bad)])][i]
                        for a in profiles(sizes)
                    ]


def linear_rows(payoffs, sizes, size, faulty, blocking):
    """Every row under "any" and "transfer", for pure plans that move at one thing told and all plans of the faulty."""
    rows = list(damage_rows(payoffs, sizes, faulty))
    for members, bad in families(len(sizes), size, faulty):
        for bad_plan in plans(sizes, bad) if bad else [{}]:
            for plan in plans(sizes, members, "interim"):
                gains = gain_rows(payoffs, sizes, members, plan, bad, bad_plan)
                rows += gains if blocking == "any" else [[sum(column) for column in zip(*gains, strict=True)]]
    return rows


def best_linear(objective, rows):
    """max of the objective over distributions with all rows ≤ 0, in floats; ``None`` if there is none."""
    count = len(objective)
    unique = sorted({tuple(map(float, row)) for row in rows})
    found = linprog(
        -np.array(objective, dtype=float),
        A_ub=np.array(unique) if unique else None,
        b_ub=np.zeros(len(unique)) if unique else None,
        A_eq=np.ones((1, count)),
        b_eq=[1],
    )
    return -found.fun if found.status == 0 else None


def alternatives(payoffs, sizes, size, faulty, timing):
    """Under "all" and "some": the members' gains for every pure plan of every coalition (faulty play fixed plans)."""
    for members, bad in families(len(sizes), size, faulty):
        for bad_plan in plans(sizes, bad) if bad else [{}]:
            for plan in plans(sizes, members, "interim" if len(members) == 1 else timing):
                yield gain_rows(payoffs, sizes, members, plan, bad, bad_plan)


def best_pure(payoffs, sizes, size, *, faulty, blocking, timing, objective, margin=0.0):
    """ "all" or "some" against pure plans as one mixed-integer programme with big numbers, in floats.

    ``margin``: under "some", by how much a member must lose; the optimum falls short of the supremum by a little.
    """
    count = len(profiles(sizes))
    listed = sorted({tuple(map(tuple, gains)) for gains in alternatives(payoffs, sizes, size, faulty, timing)})
    big = 1 + max(abs(float(x)) for gains in listed for row in gains for x in row)
    rows, uppers, columns = [], [], count
    choices = []
    for gains in listed:
        if all(x == 0 for row in gains for x in row):
            continue
        if len(gains) == 1:
            rows.append(({}, gains[0]))
            uppers.append(0.0)
            continue
        own = {}
        for row in gains:
            own[columns] = big
            rows.append(({columns: big}, row))
            uppers.append(big - (margin if blocking == "some" else 0.0))
            columns += 1
        if blocking == "some":
            for row in gains:  # nobody's payoff changes
                rows += [({columns: big}, row), ({columns: big}, [-x for x in row])]
                uppers += [big, big]
            own[columns] = big
            columns += 1
        choices.append(list(own))
    for row in damage_rows(payoffs, sizes, faulty):
        rows.append(({}, row))
        uppers.append(0.0)
    matrix = np.zeros((len(rows) + len(choices) + 1, columns))
    for r, (own, row) in enumerate(rows):
        matrix[r, :count] = [float(x) for x in row]
        for j, x in own.items():
            matrix[r, j] = x
    lower = np.full(len(matrix), -np.inf)
    upper = np.append(np.array(uppers), np.full(len(choices) + 1, np.inf))
    for k, own in enumerate(choices):
        matrix[len(rows) + k, own] = 1
        lower[len(rows) + k] = 1
    matrix[-1, :count] = 1
    lower[-1] = upper[-1] = 1
    integrality = np.append(np.zeros(count), np.ones(columns - count))
    cost = np.append(-np.array(objective, dtype=float), np.zeros(columns - count))
    found = milp(
        cost,
        constraints=LinearConstraint(matrix, lower, upper),
        integrality=integrality,
        bounds=Bounds(0, 1),
        options={"mip_rel_gap": 0.0},
    )
    return -found.fun if found.status == 0 else None


def blocks(payoffs, sizes, mu, members, *, blocking, coordination, timing, faulty=(), faulty_plan=None):
    """Whether a coalition blocks a profile (a dictionary of fractions), by every plan."""
    order = profiles(sizes)
    timing = "interim" if len(members) == 1 or blocking in ("any", "transfer") else timing

    def expected(plan):
        rows = gain_rows(payoffs, sizes, members, plan, faulty, faulty_plan)
        return [sum((mu.get(a, Fraction(0)) * x for a, x in zip(order, row, strict=True)), Fraction(0)) for row in rows]

    if coordination == "pure" or len(members) == 1 or blocking in ("any", "transfer"):
        return any(_gains(expected(plan), blocking) for plan in plans(sizes, members, timing))
    told = _joint(sizes, members)
    menus = [[expected({a: b}) for b in told] for a in told]
    return (
        any(_mixture_gains([menu], blocking) for menu in menus)
        if timing == "interim"
        else _mixture_gains(menus, blocking)
    )


def _gains(gains, blocking):
    if blocking == "all":
        return min(gains) > 0
    if blocking == "some":
        return min(gains) >= 0 and max(gains) > 0
    return max(gains) > 0 if blocking == "any" else sum(gains) > 0


def _mixture_gains(menus, blocking):
    """Whether choosing from each menu at random gains: a linear programme in floats."""
    size, columns = len(menus[0][0]), sum(map(len, menus))
    table = np.array([[float(x) for x in entry] for menu in menus for entry in menu]).T
    scale = max(np.abs(table).max(), 1e-12)
    table = table / scale
    equal = np.zeros((len(menus), columns + 1))
    place = 0
    for k, menu in enumerate(menus):
        equal[k, place : place + len(menu)] = 1
        place += len(menu)
    if blocking == "all":
        cost = np.append(np.zeros(columns), -1.0)
        rows = np.hstack([-table, np.ones((size, 1))])
    else:
        cost = np.append(-table.sum(axis=0), 0.0)
        rows = np.hstack([-table, np.zeros((size, 1))])
    found = linprog(
        cost,
        A_ub=rows,
        b_ub=np.zeros(size),
        A_eq=equal,
        b_eq=np.ones(len(menus)),
        bounds=[(0, None)] * columns + [(None, None)],
    )
    return -found.fun > 1e-9


def best_weights_on_a_grid(payoffs, sizes, objective, *, timing, points):
    """Two players under "all" with shared randomness, ex ante: the best over a grid of weights on the two."""
    assert (len(sizes), timing) == (2, "ex_ante")
    alone = [row for m in ((0,), (1,)) for p in plans(sizes, m, "interim") for row in gain_rows(payoffs, sizes, m, p)]
    together = [gain_rows(payoffs, sizes, (0, 1), p) for p in plans(sizes, (0, 1), "interim")]
    best = None
    for k in range(points + 1):
        w = k / points
        rows = alone + [[w * x + (1 - w) * y for x, y in zip(*gains, strict=True)] for gains in together]
        value = best_linear(objective, rows)
        best = value if best is None or (value is not None and value > best) else best
    return best
