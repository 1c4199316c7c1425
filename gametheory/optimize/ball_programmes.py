"""A linear programme over laws that stay within a divergence of a baseline, in floats.

    maximise c·(q, x)   subject to   A (q, x) ≤, ≥, = b,   bounds,   q ≥ 0,   Σ q = 1,   D(q, p) ≤ δ

A proposal for searches that prove their bounds (:mod:`gametheory.collusion.stealth_search`): the law and the multipliers of the
rows of this conic programme, with the sign convention of :mod:`.linear`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from gametheory.certificates.divergence_balls import BallDivergence
from gametheory.certificates.programme import LinearProgramme
from gametheory.optimize.convex import solve_convex
from gametheory.optimize.divergence_budgets import divergence_budget

__all__ = ["solve_in_ball"]


def solve_in_ball(
    programme: LinearProgramme, baseline: Any, *, divergence: BallDivergence, budget: Any, unit: Any = None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The law of a maximum, and a multiplier for each inequality, 0 for each equation: shapes (size,) and (num_rows,).

    Parameters
    ----------
    programme : LinearProgramme
        Its first columns are the outcomes of the baseline.
    baseline, divergence, budget, unit
        As in :func:`gametheory.optimize.divergence_budgets.divergence_budget`.

    Raises
    ------
    InfeasibleError, UnboundedError, SolverError
        As :func:`gametheory.optimize.convex.solve_convex`.

    Examples
    --------
    A reward of 3 for the second of two outcomes, which may have no more than 0.6 of the law:

    >>> capped = LinearProgramme.from_rows("max", [0, 3], [("cap", {1: 1}, "<=", "3/5")])
    >>> law, prices = solve_in_ball(capped, [0.5, 0.5], divergence="total variation", budget=0.2)
    >>> round(float(law[1]), 6), round(float(prices[0]), 6)
    (0.6, 3.0)
    """
    import cvxpy
    import scipy.sparse

    size = len(baseline)
    variable = cvxpy.Variable(programme.num_columns)
    shape = (programme.num_rows, programme.num_columns)
    entries = (programme.coefficients.floats(), programme.column_index, programme.row_start)
    activity = scipy.sparse.csr_array(entries, shape=shape) @ variable
    sides = programme.right_hand_side.floats()
    senses = np.array(programme.row_sense)
    budgeted = divergence_budget(variable[:size], baseline, divergence=divergence, budget=budget, unit=unit)
    constraints = [*budgeted, variable[:size] >= 0, cvxpy.sum(variable[:size]) == 1]
    rows: dict[str, Any] = {}
    for sense in ("<=", ">=", "=="):
        chosen = np.flatnonzero(senses == sense)
        if len(chosen):
            left, right = activity[chosen], sides[chosen]
            rows[sense] = left <= right if sense == "<=" else left >= right if sense == ">=" else left == right
    for j in range(size, programme.num_columns):
        low, high = programme.lower[j], programme.upper[j]
        constraints += [] if low is None else [variable[j] >= float(low)]
        constraints += [] if high is None else [variable[j] <= float(high)]
    objective = cvxpy.Maximize(programme.objective.floats() @ variable)
    solve_convex(cvxpy.Problem(objective, [*constraints, *rows.values()]))
    result = np.zeros(programme.num_rows)
    for sense, sign in (("<=", 1.0), (">=", -1.0)):
        if sense in rows:
            result[senses == sense] = sign * np.maximum(rows[sense].dual_value, 0)
    return np.asarray(variable.value[:size], dtype=np.float64), result
