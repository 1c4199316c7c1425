"""The index of components of equilibria by perturbing the payoffs: brute force on a nearby game without ties.

Every payoff is changed by a random rational of up to ``size``. All equilibria of the changed game are found by brute
force; each has the index (−1)^{k+1} sign det A_IJ sign det B_IJ (payoffs shifted to be positive), and belongs to the
component of the original game that is nearest in the largest difference of probabilities: a linear programme for each
maximal Nash subset and player. Nothing here comes from the package under test.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from oracles.nash import components, extreme_equilibria, is_generic_at, maximal_nash_subsets
from scipy.optimize import linprog


def determinant(rows) -> Fraction:
    """By elimination, in rationals."""
    rows = [[Fraction(x) for x in row] for row in rows]
    result = Fraction(1)
    while rows:
        k = next((k for k, row in enumerate(rows) if row[0]), None)
        if k is None:
            return Fraction(0)
        result *= rows[k][0] * (1 if k % 2 == 0 else -1)
        pivot = rows.pop(k)
        rows = [[x - row[0] / pivot[0] * p for x, p in zip(row[1:], pivot[1:], strict=True)] for row in rows]
    return result


def index_at(A, B, x, y) -> int:
    """The index of an equilibrium without ties, by the determinants of the payoffs in its support."""
    own = [i for i, p in enumerate(x) if p]
    other = [j for j, q in enumerate(y) if q]
    result = (-1) ** (len(own) + 1)
    for payoffs in (A, B):
        low = min(map(min, payoffs))
        result *= 1 if determinant([[payoffs[i][j] - low + 1 for j in other] for i in own]) > 0 else -1
    return result


def distance(point, vertices) -> float:
    """The largest difference of a coordinate between the point and the nearest mixture of the vertices."""
    V = np.array(vertices, dtype=float)
    c = np.zeros(len(V) + 1)
    c[-1] = 1
    rows = np.hstack([np.vstack([V.T, -V.T]), -np.ones((2 * V.shape[1], 1))])
    bounds = np.concatenate([np.array(point, dtype=float), -np.array(point, dtype=float)])
    total = [[1.0] * len(V) + [0.0]]
    return float(linprog(c, A_ub=rows, b_ub=bounds, A_eq=total, b_eq=[1.0]).fun)


def component_indices(A, B, rng, size=Fraction(1, 10**5)) -> dict[frozenset, int] | None:
    """The index of each component, a set of extreme equilibria; ``None`` if the nearest one is not clear enough."""
    equilibria = extreme_equilibria(A, B)
    groups = components(equilibria)
    subsets = maximal_nash_subsets(equilibria)
    of_subset = [(next(g for g in groups if (min(xs), min(ys)) in g), sorted(xs), sorted(ys)) for xs, ys in subsets]
    near_A, near_B = (
        [[Fraction(u) + size * Fraction(rng.randint(-(10**6), 10**6), 10**6) for u in row] for row in payoffs]
        for payoffs in (A, B)
    )
    result = dict.fromkeys(groups, 0)
    for x, y in extreme_equilibria(near_A, near_B):
        if not is_generic_at(near_A, near_B, x, y):
            return None
        distances = dict.fromkeys(groups, 2.0)
        for group, xs, ys in of_subset:
            distances[group] = min(distances[group], max(distance(x, xs), distance(y, ys)))
        nearest = min(groups, key=distances.__getitem__)
        others = [d for group, d in distances.items() if group != nearest]
        if distances[nearest] > 1e-2 or min(others, default=2.0) < 5e-2:
            return None
        result[nearest] += index_at(near_A, near_B, x, y)
    return result
