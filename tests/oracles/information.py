"""Capacities and rates by the iterations of Blahut and Arimoto and by cones; imports nothing of the package's solvers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np


def binary_entropy(p: float) -> float:
    """h(p) in bits."""
    return 0.0 if p in (0, 1) else -p * math.log2(p) - (1 - p) * math.log2(1 - p)


def divergences(channel: Any, output: Any) -> Any:
    """D(W_x‖q) in bits for every x."""
    w, q = np.asarray(channel, dtype=float), np.asarray(output, dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(w > 0, w * np.log2(w / q), 0).sum(axis=1)


def blahut_arimoto(channel: Any, *, steps: int = 20_000, gap: float = 1e-9) -> tuple[float, float]:
    """Lower and upper bounds on the capacity in bits, by the iteration of 1972."""
    w = np.asarray(channel, dtype=float)
    p = np.full(len(w), 1 / len(w))
    low = high = 0.0
    for _ in range(steps):
        d = divergences(w, p @ w)
        low, high = float(np.log2(p @ 2.0**d)), float(d.max())
        if high - low < gap:
            break
        p = p * 2.0**d
        p /= p.sum()
    return low, high


def distortion_at_slope(source: Any, distortion: Any, slope: float, *, steps: int = 5_000) -> tuple[float, float]:
    """A point (D, R(D)) of the rate–distortion function in bits, by Blahut's iteration at −R′(D) = slope (in nats)."""
    r, d = np.asarray(source, dtype=float), np.asarray(distortion, dtype=float)
    kernel, q = np.exp(-slope * d), np.full(d.shape[1], 1 / d.shape[1])
    for _ in range(steps):
        w = q * kernel
        w /= w.sum(axis=1, keepdims=True)
        q = r @ w
    return float((r[:, None] * w * d).sum()), float(r @ divergences(w, q))


def least_capacity_by_cones(distortion: Any, loads: Any, budgets: Any) -> float:
    """min_{W, q} max_x D(W_x‖q) in bits, as a programme of exponential cones."""
    import cvxpy

    d = np.asarray(distortion, dtype=float)
    n, m = d.shape
    w, q = cvxpy.Variable((n, m), nonneg=True), cvxpy.Variable(m, nonneg=True)
    rows = [cvxpy.sum(cvxpy.rel_entr(w[x], q)) for x in range(n)]
    used = cvxpy.sum(cvxpy.multiply(w, d), axis=1)
    limits = [np.asarray(a, dtype=float) @ used <= float(b) for a, b in zip(loads, budgets, strict=True)]
    return _least(cvxpy.maximum(*rows, *rows), [cvxpy.sum(w, axis=1) == 1, cvxpy.sum(q) == 1, *limits])


def capacity_by_cones(channel: Any, costs: Any = (), budgets: Any = ()) -> float:
    """max_p Σ h(pW) − Σ p h(W_x) in bits, as a programme of exponential cones."""
    import cvxpy

    w = np.asarray(channel, dtype=float)
    own = divergences(w, np.ones(w.shape[1])) * math.log(2)
    p = cvxpy.Variable(len(w), nonneg=True)
    limits = [np.asarray(c, dtype=float) @ p <= float(b) for c, b in zip(costs, budgets, strict=True)]
    return -_least(-cvxpy.sum(cvxpy.entr(w.T @ p)) - own @ p, [cvxpy.sum(p) == 1, *limits])


def _least(objective: Any, constraints: Any) -> float:
    import cvxpy

    from gametheory.optimize import solve_convex

    return solve_convex(cvxpy.Problem(cvxpy.Minimize(objective), constraints)).value / math.log(2)
