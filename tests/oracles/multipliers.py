"""How small a row's multiplier can be in an optimal dual; floats, from the programme as plain data (:mod:`oracles.linear`).

Imports nothing of the package.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import linprog


def value_without(problem, dropped=None):
    """The optimal value in floats without one row; ``None`` if there is none."""
    sense, c, rows, lower, upper = problem
    sign = 1 if sense == "min" else -1
    kept = [row for r, row in enumerate(rows) if r != dropped]
    at_most = [(a, b) for a, s, b in kept if s == "<="] + [([-x for x in a], -b) for a, s, b in kept if s == ">="]
    equal = [(a, b) for a, s, b in kept if s == "=="]
    found = linprog(
        [sign * float(x) for x in c],
        A_ub=[list(map(float, a)) for a, _ in at_most] or None,
        b_ub=[float(b) for _, b in at_most] or None,
        A_eq=[list(map(float, a)) for a, _ in equal] or None,
        b_eq=[float(b) for _, b in equal] or None,
        bounds=[tuple(None if x is None else float(x) for x in pair) for pair in zip(lower, upper, strict=True)],
    )
    return sign * found.fun if found.status == 0 else None


def smallest_multiplier(problem, row, value):
    """min |y_row| over the optimal duals of a programme with columns bounded below by 0 and not above.

    The dual (of the minimisation; a maximisation is turned): max b·y with Aᵀy ≤ c, y ≥ 0 for ">=" rows, ≤ 0 for "<=".
    """
    sense, c, rows, lower, upper = problem
    assert all(x == 0 for x in lower)
    assert all(x is None for x in upper)
    sign = 1 if sense == "min" else -1
    a = np.array([[float(x) for x in row_] for row_, _, _ in rows])
    b = np.array([float(x) for _, _, x in rows])
    bounds = [{">=": (0, None), "<=": (None, 0), "==": (None, None)}[s] for _, s, _ in rows]
    goal = np.zeros(len(rows))
    goal[row] = 1 if rows[row][1] == ">=" else -1
    assert rows[row][1] != "=="
    slack = 1e-9 * (1 + abs(float(value)))
    found = linprog(
        goal,
        A_ub=np.vstack([a.T, -b[None, :]]),
        b_ub=[*(sign * float(x) for x in c), -sign * float(value) + slack],
        bounds=bounds,
    )
    assert found.status == 0, found.message
    return found.fun
