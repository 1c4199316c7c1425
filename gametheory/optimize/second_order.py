"""Linear programmes with margins that a norm takes away, in floats.

    minimise  c·x   subject to   a_r·x − ‖B_r x‖₂ ≥ b_r  for all r,     0 ≤ x ≤ u

A row holds iff (a_r + B_rᵀ v)·x ≥ b_r for every ‖v‖₂ ≤ 1: rates that are known up to an ellipsoid. The answer is numerical, a
proposal for searches that prove their bounds by finitely many v.

Reference: A. Ben-Tal and A. Nemirovski 1999, "Robust solutions of uncertain linear programs", Operations Research Letters 25.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from gametheory.errors import SolverError
from gametheory.optimize.convex import solve_convex

__all__ = ["solve_second_order"]

Floats = NDArray[np.float64]

_CLOSE = {"tol_gap_abs": 1e-14, "tol_gap_rel": 1e-14, "tol_feas": 1e-12}


def solve_second_order(cost: Floats, rows: Sequence[tuple[Floats, Floats, float]], upper: Floats) -> Floats:
    """A cheapest point, shape (num_columns,).

    Parameters
    ----------
    cost, upper : float arrays, shape (num_columns,)
        ``upper`` may be infinite.
    rows : sequence of (a, B, b)
        Shapes (num_columns,) and (k, num_columns).

    Raises
    ------
    InfeasibleError, UnboundedError, SolverError
        As :func:`~gametheory.optimize.convex.solve_convex`.

    Examples
    --------
    >>> row = (np.array([0.4, 0.3, 0.5]), np.diag([0.1, 0.05, 0.2]), 12.0)
    >>> solve_second_order(np.ones(3), [row], np.full(3, np.inf)).round(3).tolist()
    [21.176, 0.0, 14.118]
    """
    import cvxpy

    x = cvxpy.Variable(len(cost))
    constraints = [x >= 0]
    bounded = np.isfinite(upper)
    if bounded.any():
        constraints.append(x[bounded] <= upper[bounded])
    constraints += [a @ x - cvxpy.norm(B @ x) >= b for a, B, b in rows]
    problem = cvxpy.Problem(cvxpy.Minimize(cost @ x), constraints)
    try:  # near an optimum a cone is flat: half of the digits of the objective are those of the point
        solve_convex(problem, solvers=("CLARABEL",), options={"CLARABEL": _CLOSE})
    except SolverError:
        solve_convex(problem)
    return np.maximum(np.asarray(x.value, dtype=np.float64), 0.0)
