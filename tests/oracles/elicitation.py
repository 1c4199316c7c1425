"""Peer prediction and scoring rules by brute force over all profiles of signals; floats, written from the definitions.

Imports nothing of the package.
"""

from __future__ import annotations

import itertools

import numpy as np
from scipy.optimize import linprog


def signal_profiles(prior, likelihoods, agents):
    """{(s_1, …, s_N): probability}, signals independent given the type."""
    width = len(likelihoods[0])
    table = {}
    for seen in itertools.product(range(width), repeat=agents):
        table[seen] = sum(p * float(np.prod([row[s] for s in seen])) for p, row in zip(prior, likelihoods, strict=True))
    return table


def counts(reports, width):
    return tuple(reports.count(s) for s in range(width))


def peer_cost(
    prior, likelihoods, agents, *, margin, participation, coalition_size=0, kind="symmetric", coalition_margin=0.0
):
    """The least expected payment of an agent, payments ≥ 0 by own report and counts of peers' reports; None if infeasible."""
    width = len(likelihoods[0])
    table = signal_profiles(prior, likelihoods, agents)
    columns = {}
    for r in range(width):
        for peers in itertools.product(range(width), repeat=agents - 1):
            columns.setdefault((r, counts(peers, width)), len(columns))

    def expected(reporting, agents_counted, weight=lambda seen: 1.0):
        """Sum of what these agents are paid when signals ``seen`` are reported as ``reporting(seen)``."""
        row = np.zeros(len(columns))
        for seen, p in table.items():
            told = reporting(seen)
            for i in agents_counted:
                row[columns[told[i], counts(told[:i] + told[i + 1 :], width)]] += p * weight(seen)
        return row

    def truth(seen):
        return seen

    honest = expected(truth, [0])
    rows, sides = [], []
    for s in range(width):

        def after(seen, s=s):
            return float(seen[0] == s)

        total = sum(p for seen, p in table.items() if seen[0] == s)
        own = expected(truth, [0], after)
        rows.append(-own)
        sides.append(-participation * total)
        for r in range(width):
            if r != s:
                rows.append(expected(lambda seen, r=r: (r, *seen[1:]), [0], after) - own)
                sides.append(-margin * total)
    for size in range(2, coalition_size + 1):
        members = range(size)
        maps = list(itertools.product(range(width), repeat=width))
        everyone = expected(truth, members)
        plans = [(m,) * size for m in maps] if kind == "symmetric" else list(itertools.product(maps, repeat=size))
        for plan in plans:
            if all(m == tuple(range(width)) for m in plan):
                continue
            told = expected(
                lambda seen, plan=plan: tuple(m[s] for m, s in zip(plan, seen, strict=False)) + seen[len(plan) :],
                members,
            )
            rows.append(told - everyone)
            sides.append(-coalition_margin * size)
    found = linprog(honest, A_ub=rows, b_ub=sides)
    return found.fun if found.status == 0 else None


def scoring_cost(joint, *, margin, cost):
    """The least expected payment of a proper rule that pays for looking, payments ≥ 0; ``None`` if infeasible."""
    joint = np.array(joint, dtype=float)
    signals, outcomes = joint.shape
    rows, sides = [], []
    honest = joint.ravel()
    for s in range(signals):
        for r in range(signals):
            if r != s:
                row = np.zeros((signals, outcomes))
                row[r] += joint[s]
                row[s] -= joint[s]
                rows.append(row.ravel())
                sides.append(-margin * joint[s].sum())
    for r in range(signals):
        blind = np.zeros((signals, outcomes))
        blind[r] = joint.sum(axis=0)
        rows.append(blind.ravel() - honest)
        sides.append(-cost)
    found = linprog(honest, A_ub=rows, b_ub=sides)
    return found.fun if found.status == 0 else None
