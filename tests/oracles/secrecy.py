"""Limited secrecy by closed forms and by sampling; imports nothing of the package. Bits throughout."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
from oracles.team_play import payoff_table


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


# -- evidence of certificates, in fractions and floats -------------------------------------------------------------------

HAIR = 1e-10


def _is_law(vector: Any) -> bool:
    return bool(vector) and min(vector) >= 0 and sum(vector) == 1


def _channel(data: Any) -> Any:
    values = [Fraction(int(x), int(data["entries"]["denominator"])) for x in data["entries"]["numerators"]]
    return np.array([*values, None], dtype=object)[:-1].reshape(data["shape"])


def _largest_score(scores: Any, per_nat: float, plays: str) -> float:
    """max Σ d φ + μ H(d), in nats; for products on a fine grid of the first member's two actions, or of more at random."""
    if plays == "pure" or per_nat <= 0:
        return float(scores.max())
    if plays == "joint" or scores.ndim == 1:
        top = float(scores.max())
        return top + per_nat * math.log(float(np.exp((scores - top) / per_nat).sum()))
    rng = np.random.default_rng(0)
    mixes = [
        np.concatenate([rng.dirichlet(np.full(m, 0.5), 400), np.linspace(np.eye(m)[0], np.eye(m)[-1], 400)])
        for m in scores.shape[:-1]
    ]
    faced, own = scores[None], 0.0
    for x in mixes:
        faced = np.einsum("za,za...->z...", x, np.broadcast_to(faced, (len(x), *faced.shape[1:])))
        own = own - (x * np.log(np.where(x > 0, x, 1.0))).sum(axis=1)
    top = faced.max(axis=1)
    best = top + per_nat * np.log(np.exp((faced - top[:, None]) / per_nat).sum(axis=1))
    return float((best + per_nat * own).max())


def evidence_is_false(data: dict[str, Any]) -> bool:
    """Whether the evidence of a ``secrecy`` certificate surely fails to establish its claim, by more than a hair."""
    table = payoff_table(data)
    sizes = [data["game"]["num_actions"][i] for i in data["team"]]
    size, rivals = math.prod(sizes), data["game"]["num_actions"][data["adversary"]]
    if table is None or Fraction(data["bits"]) < 0:
        return True
    u = np.array([[table[(b, *a)] for a in np.ndindex(*sizes)] for b in range(rivals)], dtype=object)
    plays, bits = data["plays"], float(Fraction(data["bits"]))
    channels = [_channel(part) for part in data["channels"]]
    places = np.indices(tuple(sizes)).reshape(len(sizes), -1)
    own = [np.eye(m, dtype=int)[places[i]] for i, m in enumerate(sizes)]
    wanted = {"pure": [np.eye(size, dtype=int)], "joint": own}.get(plays)
    if wanted is not None and (
        len(wanted) != len(channels)
        or any(a.shape != b.shape or (a != b).any() for a, b in zip(wanted, channels, strict=True))
    ):
        return True
    if plays == "independent" and len(channels) != 1:
        return True
    if any(w.shape[0] != size or not all(map(_is_law, w.tolist())) for w in channels):
        return True
    shares = [Fraction(stage["share"]) for stage in data["stages"]]
    if not _is_law(shares) or (data["horizon"] == "one stage" and len(shares) != 1):
        return True
    spent, secured = 0.0, Fraction(0)
    for share, stage in zip(shares, data["stages"], strict=True):
        weights = [Fraction(x) for x in stage["weights"]]
        rows = [[[Fraction(p) for p in x] for x in play] for play in stage["plays"]]
        form = sizes if plays == "independent" else [size]
        if not _is_law(weights) or len(weights) != len(rows):
            return True
        if any([len(x) for x in play] != list(form) or not all(map(_is_law, play)) for play in rows):
            return True
        if plays == "pure" and any(max(play[0]) != 1 for play in rows):
            return True
        law: Any = 0
        for weight, play in zip(weights, rows, strict=True):
            joint = np.array(weight, dtype=object)
            for x in play:
                joint = np.multiply.outer(joint, np.array([*x, None], dtype=object)[:-1])
            law = law + joint.reshape(-1)
        secured += share * min((u @ law).tolist())
        kept = sum(
            float(w) * sum(entropy([float(p) for p in x]) for x in play) for w, play in zip(weights, rows, strict=True)
        )
        for w in channels:
            lost = sum(float(p) * entropy([float(x) for x in row]) for p, row in zip(law, w.tolist(), strict=True))
            spent += float(share) * (entropy([float(x) for x in law @ w]) - lost)
        spent -= float(share) * kept
    if secured < Fraction(data["lower"]) or spent > bits + HAIR:
        return True
    if data["cut"] is not None:
        shown = channels[0] != 0
        if (
            plays != "independent"
            or not ((shown.sum(0) == 1).all() and (shown.sum(1) == 1).all())
            or data["cut"] >= len(sizes)
        ):
            return True
        rest = [i for i in range(len(sizes)) if i != data["cut"]]
        numbers = np.zeros(size, dtype=int)
        for i in rest:
            numbers = numbers * sizes[i] + places[i]
        channels, plays = [own[data["cut"]], np.eye(size // sizes[data["cut"]], dtype=int)[numbers]], "joint"
    return _upper_is_false(data, u, sizes, channels, plays)


def _upper_is_false(data: dict[str, Any], u: Any, sizes: Any, channels: Any, plays: str) -> bool:
    used = set(data["leaves"])
    if not used or max(used) >= len(data["prices"]):
        return True
    if data["horizon"] == "long run" and len({Fraction(data["prices"][k]["per_nat"]) for k in used}) > 1:
        return True
    for k in used:
        price = data["prices"][k]
        per_nat, mix = Fraction(price["per_nat"]), [Fraction(x) for x in price["mix"]]
        paid = [np.array([*map(Fraction, row), None], dtype=object)[:-1] for row in price["signals"]]
        if (
            per_nat < 0
            or len(mix) != len(u)
            or not _is_law(mix)
            or [len(x) for x in paid] != [w.shape[1] for w in channels]
        ):
            return True
        scores = np.array(mix, dtype=object) @ u
        for w, row in zip(channels, paid, strict=True):
            noise = [float(per_nat) * math.log(2) * entropy([float(x) for x in line]) for line in w.tolist()]
            scores = scores - w @ row + np.array(noise)
        largest = _largest_score(scores.astype(float).reshape(sizes), float(per_nat), plays)
        if largest > float(Fraction(price["score"])) + HAIR:
            return True
        if float(Fraction(price["score"])) + float(per_nat) * math.log(2) * float(Fraction(data["bits"])) > (
            float(Fraction(data["upper"])) + HAIR
        ):
            return True
    waiting = [
        [np.array([[Fraction(int(a == b)) for a in range(w.shape[1])] for b in range(w.shape[1])]) for w in channels]
    ]
    leaves = list(data["leaves"])
    for split in data["splits"]:
        if not waiting:
            return True
        cell = waiting.pop()
        if split is not None:
            j, a, b = split
            if j >= len(cell) or max(a, b) >= len(cell[j]) or a == b:
                return True
            middle = (cell[j][a] + cell[j][b]) / 2
            for replaced in (b, a):
                child = cell[j].copy()
                child[replaced] = middle
                waiting.append([*cell[:j], child, *cell[j + 1 :]])
            continue
        if not leaves:
            return True
        price = data["prices"][leaves.pop(0)]
        for corners, row in zip(cell, price["signals"], strict=True):
            for corner in corners.tolist():
                held = float(Fraction(price["per_nat"])) * math.log(2) * entropy([float(x) for x in corner])
                if held < float(sum(x * Fraction(y) for x, y in zip(corner, row, strict=True))) - HAIR:
                    return True
    return bool(waiting or leaves)
