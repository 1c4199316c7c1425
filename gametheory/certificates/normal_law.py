"""The normal distribution function and its inverse at rationals, each between two rationals.

    Φ(x) = 1/2 + φ(x) Σ_k x^{2k+1} / (1·3·5 ⋯ (2k+1)),   φ(x) = e^{−x²/2} / √(2π),   x ≥ 0;      Φ(−x) = 1 − Φ(x)

All terms are positive. They are added up in integers over 2^−160, rounded down for the lower bound and up for the upper one;
once 2k + 3 ≥ 2x² every term is at most half of the one before, so that what is left out is at most the last one. π comes
from Machin's formula. Beyond |x| = 18 the tail is bounded by e^{−x²/2}. Brackets are about 2^−95 wide.

Reference: M. Abramowitz and I. A. Stegun, *Handbook of Mathematical Functions* (1964), 26.2.11.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from statistics import NormalDist

from gametheory.certificates.elementary import exponential_bracket, square_root_bracket
from gametheory.certificates.encoding import brief
from gametheory.errors import SpecificationError

__all__ = ["normal_cdf_bracket", "normal_quantile_bracket"]

Pair = tuple[Fraction, Fraction]

_BITS = 160
_ONE = 1 << _BITS
_OUT = 128
_GRID = 1 << 112  # arguments are rounded to it, outwards
_FAR = 18


def normal_cdf_bracket(x: Fraction) -> Pair:
    """Rationals around Φ(x).

    Examples
    --------
    >>> low, high = normal_cdf_bracket(Fraction(49, 25))
    >>> round(float(low), 12), high - low < Fraction(1, 2**95)
    (0.975002104852, True)
    """
    if x < 0:
        low, high = normal_cdf_bracket(-x)
        return 1 - high, 1 - low
    if x > _FAR:
        return 1 - exponential_bracket(-Fraction(_FAR**2, 2))[1], Fraction(1)
    below, above = (
        Fraction(x.numerator * _GRID // x.denominator, _GRID),
        Fraction(-(-x.numerator * _GRID // x.denominator), _GRID),
    )
    return max(Fraction(1, 2), _on_grid(_half_and(below, up=False), up=False)), _on_grid(
        _half_and(above, up=True), up=True
    )


def normal_quantile_bracket(probability: Fraction) -> Pair:
    """Rationals around the x with Φ(x) = ``probability``, which lies strictly between 2^−60 and 1 − 2^−60.

    Examples
    --------
    >>> low, high = normal_quantile_bracket(Fraction(1, 20))
    >>> round(float(low), 12), high - low < Fraction(1, 2**80)
    (-1.644853626951, True)
    >>> normal_quantile_bracket(Fraction(1, 2))
    (Fraction(0, 1), Fraction(0, 1))
    """
    limit = Fraction(1, 2**60)
    if not limit < probability < 1 - limit:
        raise SpecificationError(f"probability: found {brief(probability)}; write a number between 2^-60 and 1 - 2^-60")
    if probability == Fraction(1, 2):
        return Fraction(0), Fraction(0)
    x = Fraction(NormalDist().inv_cdf(float(probability)))
    for _ in range(3):  # Newton's method from fifteen digits
        slope = _density(x)[0]
        x = Fraction(round((x + (probability - normal_cdf_bracket(x)[0]) / slope) * _GRID), _GRID)
    width = Fraction(1, 2**86)
    while normal_cdf_bracket(x - width)[1] > probability or normal_cdf_bracket(x + width)[0] < probability:
        width *= 4
    return x - width, x + width


def _half_and(x: Fraction, *, up: bool) -> Fraction:
    """1/2 + φ(x) Σ_k …, rounded to one side."""
    square = x * x
    term = _scaled(x, up=up)
    total = k = 0
    while term > 1 or 2 * k + 1 < 2 * square:
        total += term
        top = term * square.numerator
        bottom = square.denominator * (2 * k + 3)
        term = -(-top // bottom) if up else top // bottom
        k += 1
    return Fraction(1, 2) + _density(x)[up] * Fraction(total + (2 * term + 2 if up else 0), _ONE)


def _density(x: Fraction) -> Pair:
    low, high = exponential_bracket(-x * x / 2)
    roots = _root_of_two_pi()
    return low / roots[1], high / roots[0]


@cache
def _root_of_two_pi() -> Pair:
    fifth, small = _arctangent_of_inverse(5), _arctangent_of_inverse(239)
    low, high = (4 * (4 * fifth[side] - small[1 - side]) for side in (0, 1))
    return square_root_bracket(Fraction(2 * low, _ONE))[0], square_root_bracket(Fraction(2 * high, _ONE))[1]


def _arctangent_of_inverse(n: int) -> tuple[int, int]:
    """Integers around arctan(1/n) · 2^160: an alternating series, each term short by less than a unit."""
    power, total, k = _ONE // n, 0, 0
    while power:
        total += power // (2 * k + 1) * (-1) ** k
        power //= n * n
        k += 1
    return total - 2 * k - 2, total + 2 * k + 2


def _scaled(x: Fraction, *, up: bool) -> int:
    top = x.numerator << _BITS
    return -(-top // x.denominator) if up else top // x.denominator


def _on_grid(x: Fraction, *, up: bool) -> Fraction:
    top = x.numerator << _OUT
    return min(Fraction(1), Fraction(-(-top // x.denominator) if up else top // x.denominator, 1 << _OUT))
