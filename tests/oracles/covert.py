"""Secrets of limited size by brute force; imports nothing of the package.

Two members with two actions each. Grids over the first member's mixes, linear programmes or closed forms for the rest,
and Lipschitz constants turn values on the grid into brackets. :func:`evidence_holds` re-evaluates a certificate with its
vertices written out in fractions and logarithms in decimals of 50 digits.
"""

from __future__ import annotations

import itertools
import math
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Any

import numpy as np
from oracles.team_play import payoff_table
from scipy.optimize import linprog

HAIR = Decimal("1e-18")


def balanced_matching(m: int, t: int, values: int) -> Fraction:
    """What t agents secure who must all name the adversary's choice among m, with a secret of so many values.

    Let z_k(b) be the geometric mean of the members' probabilities of b at signal k: Σ_b z_k(b) ≤ 1 and the payoff at b
    is Σ_k λ_k z_k(b)^t. Put w_b = (λ_k^(1/t) z_k(b))_k ≥ 0; the payoff is the t-norm of w_b to the power t, and Σ_b w_b
    is at most (λ_k^(1/t))_k, of t-norm 1. If all m payoffs are at least v, shrink w_b to norms of exactly v^(1/t). With
    f_k = w_k^t the map f ↦ Σ_k (c_k + f_k^(1/t))^t is concave, so that on a simplex Σ f_k = v it is least at a vertex: the
    norm of the sum is least if every w_b lies on one axis. Then it is v Σ_k g_k^t to the power 1/t with g_k the number
    of b on axis k, hence v ≤ 1 / Σ_k g_k^t, largest for balanced g. Attained: signal k of weight g_k^t v, uniform on its
    g_k actions.
    """
    values = min(values, m)
    sizes = [m // values + (k < m % values) for k in range(values)]
    return Fraction(1, sum(g**t for g in sizes))


def binary_entropy(p: float) -> float:
    return -sum(x * math.log2(x) for x in (p, 1 - p) if x > 0)


def larger_branch(bits: float) -> float:
    """The ℓ in [1/2, 1] with binary entropy ``bits`` ≤ 1: no law of at most so much entropy has a smaller maximum."""
    low, high = 0.5, 1.0
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if binary_entropy(middle) > bits else (low, middle)
    return high


def largest_branch_mixture(table: Any, least: float, points: int = 81) -> tuple[float, float]:
    """Bounds on max least · u(x, y) + (1 − least) · u(D) against two actions of the adversary, shape (2, 2, 2)."""
    u = np.array(table, dtype=float)
    x = np.linspace(0.0, 1.0, points)
    mix = np.stack([x, 1 - x])
    first = least * np.einsum("bij,ix,jy->bxy", u, mix, mix)
    pure = (1 - least) * u.reshape(2, 4)
    best = np.full(first.shape[1:], -np.inf)
    for c, d in itertools.combinations_with_replacement(range(4), 2):
        # Along the segment from D = d to D = c both payoffs are linear; their minimum peaks at an end or a crossing.
        start, slope = first + pure[:, d, None, None], pure[:, c] - pure[:, d]
        with np.errstate(divide="ignore", invalid="ignore"):
            crossing = (start[1] - start[0]) / (slope[0] - slope[1])
        for w in (np.zeros_like(best), np.ones_like(best), np.where(np.isfinite(crossing), crossing.clip(0, 1), 0.0)):
            best = np.maximum(best, (start + slope[:, None, None] * w).min(axis=0))
    value = float(best.max())
    return value, value + least * float(np.ptp(u)) / (points - 1)


def two_values(table: Any, steps: int) -> tuple[float, float]:
    """Bounds on what a secret of two values is worth, table of shape (num_b, m_1, m_2).

    With the first member's mixes x_1, x_2 at both values held, the weights and the second member's mixes solve one linear
    programme in z_k = λ_k y_k. On the grid of multiples of 1/steps some point is within a total variation of
    m_1 / (4 steps) of any mix, and payoffs change by at most span times that.
    """
    u = np.array(table, dtype=float)
    count, m, other = u.shape
    grid = [np.array(x) / steps for x in itertools.product(range(steps + 1), repeat=m) if sum(x) == steps]
    best = -np.inf
    for pair in itertools.combinations_with_replacement(grid, 2):
        columns = np.hstack([np.einsum("bij,i->bj", u, x) for x in pair])
        found = linprog(
            [0] * (2 * other) + [-1],
            A_ub=np.hstack([-columns, np.ones((count, 1))]),
            b_ub=np.zeros(count),
            A_eq=[[1] * (2 * other) + [0]],
            b_eq=[1],
            bounds=[(0, None)] * (2 * other) + [(None, None)],
        )
        best = max(best, -found.fun)
    return best, best + float(np.ptp(u)) * m / steps / 4


def two_values_within(table: Any, bits: float, points: int = 15) -> float:
    """What two values of at most so much entropy secure on a grid: a lower bound for entropy, shape (num_b, 2, 2)."""
    u = np.array(table, dtype=float)
    grid = np.linspace(0.0, 1.0, points)
    best = -np.inf
    least = larger_branch(min(bits, 1.0))
    mixes = [(x, y) for x in grid for y in grid]
    payoffs = np.array([np.einsum("bij,i,j->b", u, [x, 1 - x], [y, 1 - y]) for x, y in mixes])
    for weight in np.linspace(least, 1.0, 4):
        both = weight * payoffs[:, None, :] + (1 - weight) * payoffs[None, :, :]
        best = max(best, float(both.min(axis=2).max()))
    return best


# -- certificates ------------------------------------------------------------------------------------------------------


def evidence_holds(data: dict[str, Any]) -> bool:
    """Whether the evidence of a ``covert bounds`` certificate establishes its claim."""
    with localcontext() as context:
        context.prec = 50
        return _holds(data)


def _decimal(x: Fraction) -> Decimal:
    return Decimal(x.numerator) / Decimal(x.denominator)


def _log2(x: Fraction) -> Decimal:
    return (Decimal(x.numerator).ln() - Decimal(x.denominator).ln()) / Decimal(2).ln()


def _eta(p: Fraction) -> Decimal:
    return -_decimal(p) * _log2(p) if p > 0 else Decimal(0)


def _holds(data: dict[str, Any]) -> bool:
    table = payoff_table(data)
    notion, amount = data["notion"], Fraction(data["amount"])
    if table is None or notion not in ("seed", "min_entropy", "entropy"):
        return False
    if (notion == "seed" and (amount.denominator != 1 or amount < 1)) or (notion != "seed" and not 0 <= amount <= 64):
        return False
    sizes = [data["game"]["num_actions"][i] for i in data["team"]]
    rivals = range(data["game"]["num_actions"][data["adversary"]])
    signal = [Fraction(p) for p in data["signal"]]
    if not signal or min(signal) < 0 or sum(signal) != 1 or len(signal) != len(data["strategies"]):
        return False
    if notion == "seed" and len(signal) > amount:
        return False
    if notion == "min_entropy" and _log2(max(signal)) < -_decimal(amount) - HAIR:
        return False
    if notion == "entropy" and sum(map(_eta, signal)) > _decimal(amount) + HAIR:
        return False

    def value(b: int, mixes: list[list[Fraction]]) -> Fraction:
        total = Fraction(0)
        for a in itertools.product(*map(range, sizes)):
            term = table[(b, *a)]
            for mix, k in zip(mixes, a, strict=True):
                term *= mix[k]
            total += term
        return total

    secured = dict.fromkeys(rivals, Fraction(0))
    for weight, row in zip(signal, data["strategies"], strict=True):
        mixes = [[Fraction(p) for p in mix] for mix in row]
        if [len(mix) for mix in mixes] != sizes or any(min(mix) < 0 or sum(mix) != 1 for mix in mixes):
            return False
        for b in rivals:
            secured[b] += weight * value(b, mixes)
    if min(secured.values()) < Fraction(data["lower"]):
        return False

    most = {"min_entropy": 1, "seed": min(amount, len(rivals)), "entropy": len(rivals) + 1}[notion]
    whole = [[[Fraction(int(j == k)) for j in range(m)] for k in range(m)] for m in sizes]
    box = [[Fraction(0), Fraction(1, k + 1)] for k in range(int(most))]
    if notion == "entropy":
        box[0][0] = max(Fraction(1, int(most)), Fraction((-_decimal(amount) * Decimal(2).ln()).exp()))
    waiting: list[Any] = [([], box)]
    weights, prices = list(data["weights"]), [Fraction(p) for p in data["prices"]]
    if len(weights) != len(prices):
        return False
    for split in data["splits"]:
        if not waiting:
            return False
        cells, box = waiting.pop()
        if split is None:
            if not weights:
                return False
            row, price = weights.pop(0), prices.pop(0)
            if len(row) != len(rivals) or min(row) < 0 or sum(row) <= 0 or price < 0:
                return False
            tops = [
                max(
                    sum(w * value(b, list(v)) for b, w in zip(rivals, row, strict=True)) / sum(row)
                    for v in itertools.product(*cell)
                )
                for cell in [*cells, whole]
            ]
            if _leaf(notion, amount, tops[:-1], tops[-1], price, box) > _decimal(Fraction(data["upper"])) + HAIR:
                return False
            continue
        signal_number = split[0]
        if not 0 <= signal_number < most:
            return False
        if len(split) == 2:
            cut = Fraction(split[1])
            above = [[max(x, cut), y] if k <= signal_number else [x, y] for k, (x, y) in enumerate(box)]
            below = [[x, min(y, cut)] if k >= signal_number else [x, y] for k, (x, y) in enumerate(box)]
            waiting += [(cells, above), (cells, below)]
            continue
        if len(split) != 4:
            return False
        _, member, first, second = split
        if member >= len(sizes) or max(first, second) >= sizes[member] or first == second or min(split) < 0:
            return False
        cells = [*cells, *[whole] * (signal_number + 1 - len(cells))]
        simplex = cells[signal_number][member]
        middle = [(p + q) / 2 for p, q in zip(simplex[first], simplex[second], strict=True)]
        for replaced in (second, first):
            moved = [*simplex[:replaced], middle, *simplex[replaced + 1 :]]
            cell = [*cells[signal_number][:member], moved, *cells[signal_number][member + 1 :]]
            waiting.append(([*cells[:signal_number], cell, *cells[signal_number + 1 :]], box))
    return not waiting and not weights


def _leaf(notion: str, amount: Fraction, tops: list[Fraction], whole: Fraction, price: Fraction, box: Any) -> Decimal:
    """The bound of a leaf; −∞ if it holds no law."""
    if notion == "seed":
        padded = [*tops, *[whole] * (len(box) - len(tops))]
        return max(_decimal(sum(padded[:j], Fraction(0)) / j) for j in range(1, len(padded) + 1))
    first = tops[0] if tops else whole
    if notion == "min_entropy":
        least = (-_decimal(amount) * Decimal(2).ln()).exp()
        return least * _decimal(first) + (1 - least) * _decimal(whole)
    box = [[low, max(low, high) if high > low - Fraction(HAIR) else high] for low, high in box]  # 2^−bits is rounded
    if any(low > high for low, high in box) or sum(low for low, _ in box) > 1 or sum(high for _, high in box) < 1:
        return Decimal("-Infinity")
    left, fullest = Fraction(1), Decimal(0)
    for _, high in box:
        fullest += _eta(min(high, left))
        left -= min(high, left)
    if fullest > _decimal(amount) + HAIR:
        return Decimal("-Infinity")
    lines: list[list[tuple[Decimal, Decimal]]] = []  # of each block, the points (p, p M − price · entropy)
    mu, m = _decimal(price), len(tops)
    for top, ends in zip(tops, box, strict=False):
        lines.append([(_decimal(p), _decimal(p * top) - mu * _eta(p)) for p in ends])
    largest = min(sum((high for _, high in box[m:]), Fraction(0)), 1 - sum((low for low, _ in box[:m]), Fraction(0)))
    if box[m:] and largest > 0:
        least_rest = min(sum((low for low, _ in box[m:]), Fraction(0)), largest)
        unit = -_log2(min(box[m][1], largest))
        lines.append([(_decimal(r), _decimal(r * whole) - mu * _decimal(r) * unit) for r in (least_rest, largest)])
    # max Σ gains with Σ p = 1 over segments: fill the steepest first.
    total = sum((ends[0][1] for ends in lines), Decimal(0))
    room = 1 - sum((ends[0][0] for ends in lines), Decimal(0))
    slopes = [((b[1] - a[1]) / (b[0] - a[0]), b[0] - a[0]) for a, b in lines if b[0] > a[0]]
    for slope, width in sorted(slopes, reverse=True):
        step = min(width, room)
        total += slope * step
        room -= step
    return total + mu * _decimal(amount)
