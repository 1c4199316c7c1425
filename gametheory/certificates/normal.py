"""The normal distribution function at rationals, between two rationals.

    Φ(x) − 1/2 = φ(x) (x + x³/3 + x⁵/(3·5) + x⁷/(3·5·7) + …),      φ(x) = exp(−x²/2)/√(2π),

all of whose terms have one sign; beyond |x| = 16 from 0 ≤ Φ(−x) ≤ exp(−x²/2). Evaluated in integers over 2^−200 rounded to
the safe side; the bracket is narrower than 2^−90. Nothing but integers and fractions.

Reference: M. Abramowitz and I. Stegun (1964), *Handbook of Mathematical Functions*, 26.2.11.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache

from gametheory.certificates.elementary import exponential_bracket, square_root_bracket
from gametheory.certificates.encoding import brief
from gametheory.errors import SpecificationError

__all__ = ["normal_probability_bracket"]

Pair = tuple[Fraction, Fraction]
_BITS = 200
_ONE = 1 << _BITS
_FAR = 16
_LARGEST = 400
_OUT = 1 << 128


def normal_probability_bracket(x: Fraction) -> Pair:
    """Rationals around Φ(x), the probability that a standard normal number is at most x; for |x| ≤ 400.

    Examples
    --------
    >>> low, high = normal_probability_bracket(Fraction(-2))
    >>> float(low), high - low < Fraction(1, 2**90)
    (0.02275013194817921, True)
    """
    if abs(x) > _LARGEST:
        raise SpecificationError(f"x: found {brief(x)}; the normal distribution is bounded here for |x| ≤ {_LARGEST}")
    if x > 0:
        low, high = normal_probability_bracket(-x)
        return 1 - high, 1 - low
    if x == 0:
        return Fraction(1, 2), Fraction(1, 2)
    decay = exponential_bracket(-x * x / 2)
    if -x > _FAR:
        return Fraction(0), _rounded(decay[1], up=True)
    series = _series(-x)
    root = _root_of_two_pi()
    part = decay[0] * series[0] / root[1], decay[1] * series[1] / root[0]
    half = Fraction(1, 2)
    return _rounded(max(half - part[1], Fraction(0)), up=False), _rounded(half - part[0], up=True)


def _series(x: Fraction) -> Pair:
    """x + x³/3 + x⁵/15 + … for 0 < x ≤ 16."""
    bounds = []
    for up in (False, True):

        def divided(top: int, bottom: int, up: bool = up) -> int:
            return -(-top // bottom) if up else top // bottom

        own = divided(x.numerator << _BITS, x.denominator)
        square = divided(own * own, _ONE)
        term, total, k = own, own, 1
        # From where x² < k/2 on, every further term is less than half the one before: the tail is at most the last term.
        while term > 1 or k * _ONE < 2 * square:
            k += 2
            term = divided(term * square, _ONE * k)
            total += term
            if term <= 1 and k * _ONE >= 2 * square:
                break
        bounds.append(total + term + 1 if up else total)
    return Fraction(bounds[0], _ONE), Fraction(bounds[1], _ONE)


@cache
def _root_of_two_pi() -> Pair:
    """√(2π), by J. Machin's 16 arctan(1/5) − 4 arctan(1/239)."""
    five, large = _arctangent(5), _arctangent(239)
    low, high = 16 * five[0] - 4 * large[1], 16 * five[1] - 4 * large[0]
    return square_root_bracket(2 * Fraction(low, _ONE))[0], square_root_bracket(2 * Fraction(high, _ONE))[1]


def _arctangent(inverse: int) -> tuple[int, int]:
    """Integers around arctan(1/inverse) · 2^200."""
    power, total, k = _ONE // inverse, 0, 0
    while power:
        total += (-1) ** k * (power // (2 * k + 1))
        power //= inverse * inverse
        k += 1
    return total - 2 * k - 2, total + 2 * k + 2  # each term is off by less than 2, the tail by less than 1


def _rounded(x: Fraction, *, up: bool) -> Fraction:
    scaled = x.numerator * _OUT
    return Fraction(-(-scaled // x.denominator) if up else scaled // x.denominator, _OUT)
