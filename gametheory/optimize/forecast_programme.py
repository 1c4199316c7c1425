"""The convex programme of a forecaster and a partner who talk through their actions, in floats.

    maximise  Σ Q(i, j, k) g(i, j, k)    subject to    Σ_jk Q(i, j, k) = μ₀(i),    H(Q_K) − H(Q) + H(μ₀) ≤ 0

H(Q_K) − H(Q) = Σ Q(i, j, k) ln (Q(i, j, k) / Q_K(k)) is convex: exponential cones. Meaning and evidence:
:mod:`gametheory.certificates.forecast`.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from gametheory.optimize.convex import solve_convex

__all__ = ["solve_forecast"]

Floats = NDArray[np.float64]


def solve_forecast(payoff: Floats, prior: Floats) -> tuple[Floats, float, Floats]:
    """Q, the multiplier of the entropy's constraint (per nat) and those of nature's law, up to their common sign.

    Parameters
    ----------
    payoff : float array, shape (states, forecaster's actions, partner's actions)
    prior : float array, shape (states,)

    Raises
    ------
    SolverError
        If no solver reaches the optimum.

    Examples
    --------
    >>> Q, per_nat, _ = solve_forecast(np.ones((1, 1, 1)), np.ones(1))
    >>> round(float(Q[0, 0, 0]), 6)
    1.0
    """
    import cvxpy

    states, own, partner = payoff.shape
    flat = payoff.reshape(states * own, partner)
    q = cvxpy.Variable(flat.shape, nonneg=True)
    sums = cvxpy.sum(q, axis=0, keepdims=True)
    given = cvxpy.sum(cvxpy.rel_entr(q, np.ones((states * own, 1)) @ sums))
    nature_entropy = -sum(p * math.log(p) for p in prior.tolist() if p > 0)
    nature = np.kron(np.eye(states), np.ones((1, own))) @ cvxpy.sum(q, axis=1) == prior
    enough = given + nature_entropy <= 0
    solve_convex(cvxpy.Problem(cvxpy.Maximize(cvxpy.sum(cvxpy.multiply(flat, q))), [nature, enough]))
    values = np.maximum(np.asarray(q.value, dtype=np.float64), 0).reshape(payoff.shape)
    price = float(np.asarray(enough.dual_value).reshape(-1)[0])
    return values, price, np.asarray(nature.dual_value, dtype=np.float64).reshape(-1)
