"""The cheapest detection rate when deposits grow as detection falls.

With y > 0 by how much detection exceeds false alarms, audits cost c y and the deposits that deter cost α/y, so that the
question is to minimise

    c y + α/y   over   low ≤ y ≤ high,

a convex function with its minimum 2√(αc) at y = √(α/c), which is irrational in general. Then the answer is a rational y
whose cost is at most ``gap`` above a rational lower bound; at either end, and where α/c is a square, it is exact.
"""

from __future__ import annotations

import math
from fractions import Fraction

__all__ = ["cheapest_rate", "simplest_between"]

_BITS = 80


def cheapest_rate(
    rate_cost: Fraction, alpha: Fraction, low: Fraction, high: Fraction, gap: Fraction
) -> tuple[Fraction, Fraction]:
    """A nearly cheapest y, and a lower bound on c y + α/y for every y in (0, ∞) from ``low`` to ``high``.

    Parameters
    ----------
    rate_cost, alpha : Fraction ≥ 0
        c and α.
    low, high : Fraction
        0 ≤ low ≤ high, high > 0.
    gap : Fraction > 0
        By how much the cost at y may exceed the bound.

    Returns
    -------
    (y, bound)

    Examples
    --------
    >>> [str(x) for x in cheapest_rate(Fraction(1), Fraction(1, 4), Fraction(0), Fraction(1), Fraction(1, 100))]
    ['1/2', '1']
    >>> y, bound = cheapest_rate(Fraction(1), Fraction(1, 2), Fraction(0), Fraction(1), Fraction(1, 100))
    >>> y, round(float(bound), 6), y + Fraction(1, 2) / y <= bound + Fraction(1, 100)
    (Fraction(2, 3), 1.414214, True)
    """
    if low > 0 and alpha <= rate_cost * low * low:
        return low, rate_cost * low + alpha / low
    if alpha >= rate_cost * high * high:
        return high, rate_cost * high + alpha / high
    if alpha == 0:  # low is 0, and detection costs: an infimum that y → 0 approaches
        return min(high, simplest_between(gap / rate_cost / 2, gap / rate_cost)), Fraction(0)
    square = alpha / rate_cost
    root = Fraction(math.isqrt(square.numerator), math.isqrt(square.denominator))
    if root * root == square:
        return root, 2 * rate_cost * root
    bound = _root_below(4 * alpha * rate_cost)
    middle = _root_below(square)
    # c (y − s)²/y is what y costs more than s = √(α/c): start from the width at which that is the gap.
    width = _root_below(gap * middle / rate_cost)
    while True:
        y = simplest_between(max(low, middle - width, middle / 2), min(high, middle + width))
        if rate_cost * y + alpha / y <= bound + gap:
            return y, bound
        width /= 2


def simplest_between(low: Fraction, high: Fraction) -> Fraction:
    """The fraction with the smallest denominator from ``low`` to ``high``, both ≥ 0 (the smallest of them).

    Examples
    --------
    >>> simplest_between(Fraction(31, 100), Fraction(7, 20))
    Fraction(1, 3)
    """
    whole = math.ceil(low)
    if whole <= high:
        return Fraction(whole)
    rest = simplest_between(1 / (high - (whole - 1)), 1 / (low - (whole - 1)))
    return whole - 1 + 1 / rest


def _root_below(value: Fraction) -> Fraction:
    """A rational at most √value, within a relative 2⁻⁸⁰ of it."""
    if value <= 0:
        return Fraction(0)
    shift = max(0, _BITS - (value.numerator.bit_length() - value.denominator.bit_length()) // 2)
    return Fraction(math.isqrt((value.numerator << (2 * shift)) // value.denominator), 1 << shift)
