"""Limited secrecy by closed forms and by sampling; imports nothing of the package. Bits throughout."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np


def entropy(law: Any) -> float:
    p = np.asarray(law, dtype=float).reshape(-1)
    p = p[p > 0]
    return float(-(p * np.log2(p)).sum())


def root(f: Callable[[float], float], low: float, high: float) -> float:
    """Where a function that is negative at ``low`` and positive at ``high`` vanishes."""
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if f(middle) < 0 else (low, middle)
    return (low + high) / 2


def small_branch(bits: float) -> float:
    """The x ≤ 1/2 of binary entropy ``bits``."""
    return root(lambda x: entropy([x, 1 - x]) - bits, 0.0, 0.5)


def matching_mutual_information(bits: float) -> float:
    """Two members who must both name the adversary's choice of two: (1 − e)/2 with 1 − h(e) = bits."""
    return (1 - small_branch(1 - bits)) / 2


def matching_wyner(bits: float) -> float:
    """The same with a stationary rate and both sides alike: bits = 1 + h(2v) − 2 h((1 − √(4v − 1))/2) (Wyner 1975)."""

    def needed(v: float) -> float:
        a = (1 - math.sqrt(max(4 * v - 1, 0.0))) / 2
        return 1 + entropy([2 * v, 1 - 2 * v]) - 2 * entropy([a, 1 - a]) - bits

    return root(needed, 0.25, 0.5)


def matching_forecast(m: int) -> float:
    """Nature uniform on m values, 1 if all three match: h(v) + (1 − v) log₂(m² − 1) = log₂ m (Gossner et al. 2006)."""
    return root(lambda v: math.log2(m) - entropy([v, 1 - v]) - (1 - v) * math.log2(m * m - 1), 1 / m, 1.0)


def law_of(weights: Any, plays: Any) -> Any:
    """Σ_k λ_k ⊗_i x_{k,i}."""
    total: Any = 0.0
    for weight, play in zip(weights, plays, strict=True):
        joint = np.ones(())
        for x in play:
            joint = np.multiply.outer(joint, np.array([float(p) for p in x]))
        total = total + float(weight) * joint
    return total


def key_cost(weights: Any, plays: Any, channel: Any) -> float:
    """H(S) − H(S | a) − H(a | k)."""
    law, rows = law_of(weights, plays).reshape(-1), np.asarray(channel, dtype=float)
    own = sum(
        float(w) * sum(entropy([float(p) for p in x]) for x in play) for w, play in zip(weights, plays, strict=True)
    )
    return entropy(law @ rows) - float(law @ [entropy(row) for row in rows]) - own


def total_correlation(law: Any) -> float:
    axes = range(np.ndim(law))
    return sum(entropy(law.sum(axis=tuple(k for k in axes if k != i))) for i in axes) - entropy(law)


def guaranteed(table: Any, law: Any) -> float:
    u = np.asarray(table, dtype=float)
    return float((u.reshape(len(u), -1) @ np.asarray(law).reshape(-1)).min())


def hull(points: Any, budget: float) -> float:
    """The largest value of a mixture of (cost, value) points of average cost at most the budget."""
    best = max((v for c, v in points if c <= budget), default=-math.inf)
    below = [(c, v) for c, v in points if c < budget]
    for c, v in points:
        if c > budget:
            best = max([best, *(w + (budget - b) / (c - b) * (v - w) for b, w in below)])
    return best


def sampled_rates(table: Any, channel: Any, count: int, seed: int) -> list[tuple[float, float]]:
    """(cost, value) of random stages: draws of up to four values, members' mixes from nearly pure to uniform."""
    rng = np.random.default_rng(seed)
    sizes = np.shape(table)[1:]
    points = []
    for _ in range(count):
        k = int(rng.integers(1, 5))
        weights = rng.dirichlet(np.ones(k))
        plays = [[rng.dirichlet(np.full(m, rng.choice([0.1, 0.5, 2.0]))) for m in sizes] for _ in range(k)]
        points.append((key_cost(weights, plays, channel), guaranteed(table, law_of(weights, plays))))
    return points


def mutual_information_grid(table: Any, budget: float, points: int) -> float:
    """The best of all 2 × 2 laws whose probabilities are multiples of 1/points and that are within the budget."""
    steps = np.arange(points + 1)
    a, b, c = (x.reshape(-1) for x in np.meshgrid(steps, steps, steps, indexing="ij"))
    kept = a + b + c <= points
    laws = np.stack([a, b, c, points - a - b - c], axis=1)[kept] / points

    def entropies(p: Any) -> Any:
        return -(p * np.log2(np.where(p > 0, p, 1.0))).sum(axis=1)

    rows = np.stack([laws[:, 0] + laws[:, 1], laws[:, 2] + laws[:, 3]], axis=1)
    columns = np.stack([laws[:, 0] + laws[:, 2], laws[:, 1] + laws[:, 3]], axis=1)
    within = entropies(rows) + entropies(columns) - entropies(laws) <= budget + 1e-12
    values = (laws @ np.asarray(table, dtype=float).reshape(len(table), 4).T).min(axis=1)
    return float(values[within].max())
