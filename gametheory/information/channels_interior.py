"""Two convex programmes of mutual information, solved in floats by primal-dual interior points.

    capacity     max_p min_k I(p, W_k)   over distributions p with  C p ≤ B
    distortion   min_W Σ_x r_x D(W_x‖q)  or  min_W max_x D(W_x‖q)   over channels W and distributions q with  Σ A_k·W ≤ b_k

(natural logarithms). The first is concave in p. The second is jointly convex in (W, q); its optimal q is the output of W
under r, or under the worst input, which comes as the multipliers of the maximum. Newton's method on the perturbed
optimality conditions; in the second programme the entries of W, whose part of the Hessian is diagonal, are eliminated, so
that a step costs O(K² n m + (n + m + K)³). What is returned is a proposal: the callers certify it.

References: S. Boyd and L. Vandenberghe 2004, *Convex Optimization*, section 11.7; M. Chiang and S. Boyd 2004, "Geometric
programming duals of channel capacity and rate distortion", *IEEE Transactions on Information Theory* 50.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

__all__ = ["capacity_point", "distortion_point"]

Floats = NDArray[np.float64]
_STEPS = 200
_SMALL = 1e-15  # complementarity at which the iteration ends: the gap in nats is about this, times the number of rows


def capacity_point(channels: Sequence[Floats], costs: Floats, budgets: Floats) -> tuple[Floats, Floats, Floats]:
    """Input distribution p, weights of the channels, prices of the budgets.

    Parameters
    ----------
    channels : sequence of arrays of shape (n, m_k)
    costs : array, shape (J, n)
    budgets : array, shape (J,)
    """
    used = [w[:, w.sum(axis=0) > 0] for w in channels]
    entropies = [np.where(w > 0, w * np.log(np.where(w > 0, w, 1)), 0).sum(axis=1) for w in used]
    n, many, rows = used[0].shape[0], len(used), len(budgets)
    p, w = np.full(n, 1 / n), np.full(n, 1 / n)
    weights, gaps = np.full(many, 1 / many), np.full(many, 1.0)
    prices, slacks = np.ones(rows), np.maximum(budgets - costs @ p, 0.1)
    top: Any = 0.0
    beta: Any = 0.0
    size = n + 1 + many + rows + 1
    for _ in range(_STEPS):
        outputs = [np.maximum(p @ channel, 1e-300) for channel in used]
        each = np.array([h - c @ np.log(q) for h, c, q in zip(entropies, used, outputs, strict=True)])
        value = each @ p
        mu = (w @ p + weights @ gaps + prices @ slacks) / (n + many + rows)
        stationary = -(weights @ (each - 1)) + costs.T @ prices + beta - w
        open_gaps, open_rows = value - top - gaps, costs @ p + slacks - budgets
        open_sum, open_weights = p.sum() - 1, weights.sum() - 1
        error = max(_size(stationary), _size(open_gaps), _size(open_rows), abs(open_sum), abs(open_weights))
        if mu < _SMALL and error < 1e-10:
            break
        aim = 0.1 * mu if error < 1e3 * mu else mu  # complementarity must not outrun feasibility: steps would jam
        system, right = np.zeros((size, size)), np.zeros(size)
        a, b, c = n, n + 1, n + 1 + many
        hessian = sum(
            (z * (channel / q) @ channel.T for z, channel, q in zip(weights, used, outputs, strict=True)),
            np.zeros((n, n)),
        )
        system[:n, :n] = hessian + np.diag(w / p)
        system[:n, b:c] = -(each - 1).T
        system[a, b:c] = 1
        system[b:c, b:c] = -np.diag(gaps / weights)
        system[:n, c : c + rows] = costs.T
        system[c : c + rows, c : c + rows] = -np.diag(slacks / prices)
        system[:n, -1] = 1
        system = np.triu(system) + np.triu(system, 1).T
        right[:n] = -(stationary + w - aim / p)
        right[a] = -open_weights
        right[b:c] = open_gaps + gaps - aim / weights
        right[c : c + rows] = -(open_rows - slacks + aim / prices)
        right[-1] = -open_sum
        step = _solved(system, right)
        dp, dz, du = step[:n], step[b:c], step[c : c + rows]
        dw = aim / p - w - w / p * dp
        dg = aim / weights - gaps - gaps / weights * dz
        ds = aim / prices - slacks - slacks / prices * du
        length = _length([(p, dp), (w, dw), (weights, dz), (gaps, dg), (prices, du), (slacks, ds)])
        p, w, weights, gaps = p + length * dp, w + length * dw, weights + length * dz, gaps + length * dg
        prices, slacks = prices + length * du, slacks + length * ds
        top, beta = top + length * step[a], beta + length * step[-1]
    return p / p.sum(), weights / weights.sum(), prices


@final
@dataclass(frozen=True, slots=True, eq=False)
class DistortionPoint:
    """W, q, the input (the source, or the worst one), and what proves them best: logarithms ℓ and prices u.

    At the optimum W(y | x) = q(y) exp(ℓ(x) − Σ_k u_k A_k(x, y)/p(x)).
    """

    channel: Floats
    output: Floats
    inputs: Floats
    logarithms: Floats
    prices: Floats


def distortion_point(
    rows: Floats, budgets: Floats, source: Floats | None, allowed: NDArray[np.bool_]
) -> DistortionPoint:
    """The second programme of this module.

    Parameters
    ----------
    rows : array, shape (K, n, m)
    budgets : array, shape (K,)
    source : array of shape (n,), or None for the largest D(W_x‖q)
    allowed : array of bool, shape (n, m)
        Entries of W that may be positive, at least one in each row.
    """
    count, (n, m) = len(budgets), allowed.shape
    worst = source is None
    channel = allowed / allowed.sum(axis=1, keepdims=True)
    reduced = np.where(allowed, 1 / m, 0)
    p = np.full(n, 1 / n) if source is None else source
    # Outputs that no input of positive weight may have are left out: q is 1 there, so that it counts for nothing.
    live = allowed[p > 0].any(axis=0)
    q = np.where(live, p @ channel / (p @ channel).sum(), 1.0)
    gaps, prices = np.full(n, 1.0), np.ones(count)
    safe, flat = np.where(allowed, 1.0, 0), rows.reshape(count, n * m)
    slacks = np.maximum(budgets - flat @ channel.reshape(-1), 0.1)
    alpha, beta, top = np.zeros(n), 0.0, 1.0
    # Unknowns after W is eliminated: q, alpha, beta, prices, and for the largest D also p and top.
    qs, al, be = slice(0, m), slice(m, m + n), m + n
    pr = slice(m + n + 1, m + n + 1 + count)
    ps, to = slice(pr.stop, pr.stop + n), pr.stop + n
    size = pr.stop + (n + 1 if worst else 0)
    for _ in range(_STEPS):
        ratio = np.where(allowed, np.log(np.where(allowed, channel, 1)) - np.log(q), 0)
        each = (channel * ratio).sum(axis=1)
        gradient = (ratio + 1) * safe
        total = int(allowed.sum()) + count + (n if worst else 0)
        mu = ((channel * reduced).sum() + prices @ slacks + (p @ gaps if worst else 0)) / total
        pressed = (prices @ flat).reshape(n, m)
        stationary = (p[:, None] * gradient + alpha[:, None] + pressed) * safe - reduced
        output = np.where(live, -(p @ channel) / q + beta, 0)
        excess = q[live].sum() - 1
        open_rows = channel.sum(axis=1) - 1
        open_budgets = flat @ channel.reshape(-1) + slacks - budgets
        open_gaps = each - top + gaps if worst else np.zeros(n)
        error = max(
            *map(_size, (stationary, output, open_rows, open_budgets, open_gaps)),
            abs(excess),
            abs(p.sum() - 1) if worst else 0.0,
        )
        if mu < _SMALL and error < 1e-10:
            break
        aim = 0.1 * mu if error < 1e3 * mu else mu  # complementarity must not outrun feasibility: steps would jam
        curvature = np.where(allowed, (p[:, None] + reduced) / np.where(allowed, channel, 1), 1)
        d = safe / curvature
        rest = (stationary + reduced) * safe - np.where(allowed, aim / np.where(allowed, channel, 1), 0)
        system, right = np.zeros((size, size)), np.zeros(size)
        cross = -p[:, None] / q * safe  # second derivative in W and q
        moved = d * rest  # minus the step of W that the rest alone would take
        priced = rows * d
        system[qs, qs] = np.diag(np.where(live, (p @ channel) / q**2 - (d * cross**2).sum(axis=0), 1))
        system[qs, al] = -(d * cross).T
        system[qs, be] = live
        system[qs, pr] = -np.einsum("xy,kxy->yk", cross, priced)
        system[al, al] = -np.diag(d.sum(axis=1))
        system[al, pr] = -priced.sum(axis=2).T
        system[pr, pr] = -priced.reshape(count, n * m) @ flat.T - np.diag(slacks / prices)
        right[qs] = -output + (cross * moved).sum(axis=0)
        right[al] = -open_rows + moved.sum(axis=1)
        right[be] = -excess
        right[pr] = -(open_budgets - slacks + aim / prices) + flat @ moved.reshape(-1)
        if worst:
            system[qs, ps] = -(channel / q).T - (d * cross * gradient).T
            system[al, ps] = -np.diag((d * gradient).sum(axis=1))
            system[pr, ps] = -(priced * gradient).sum(axis=2)
            system[ps, ps] = -np.diag((d * gradient**2).sum(axis=1) + gaps / p)
            system[ps, to] = -1
            right[ps] = -(open_gaps - gaps + aim / p) + (gradient * moved).sum(axis=1)
            right[to] = -(1 - p.sum())
        system = np.triu(system) + np.triu(system, 1).T
        step = _solved(system, right)
        dq, da, du = step[qs], step[al], step[pr]
        dp = step[ps] if worst else np.zeros(n)
        pull = rest + cross * dq + da[:, None] * safe + (du @ flat).reshape(n, m) * safe
        dc = -d * (pull + gradient * dp[:, None])
        dr = np.where(allowed, (aim - reduced * dc) / np.where(allowed, channel, 1) - reduced, 0)
        ds = aim / prices - slacks - slacks / prices * du
        pairs: list[Any] = [(channel, dc), (reduced, dr), (q, dq), (prices, du), (slacks, ds)]
        dg = np.zeros(n)
        if worst:
            dg = aim / p - gaps - gaps / p * dp
            pairs += [(p, dp), (gaps, dg)]
        length = _length(pairs)
        channel, reduced, q = channel + length * dc, reduced + length * dr, q + length * dq
        alpha, beta, prices, slacks = (
            alpha + length * da,
            beta + length * step[be],
            prices + length * du,
            slacks + length * ds,
        )
        if worst:
            p, gaps, top = p + length * dp, gaps + length * dg, top + length * step[to]
    with np.errstate(divide="ignore", invalid="ignore"):
        logarithms = np.where(p > 0, -alpha / p - 1, 0.0)
    return DistortionPoint(channel, np.where(live, q, 0), p, logarithms, prices)


def _size(values: Floats) -> float:
    return float(np.abs(values).max(initial=0.0))


def _length(pairs: list[tuple[Floats, Floats]]) -> float:
    """The step that keeps every number positive, at most 1."""
    limit = 1.0
    for values, change in pairs:
        falling = change < 0
        if falling.any():
            limit = min(limit, 0.98 * float((-values[falling] / change[falling]).min()))
    return limit


def _solved(system: Floats, right: Floats) -> Floats:
    try:
        found: Any = np.linalg.solve(system, right)
    except np.linalg.LinAlgError:
        found = np.linalg.lstsq(system, right, rcond=None)[0]
    return np.asarray(found, dtype=np.float64)
