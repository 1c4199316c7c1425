"""Logarithms, exponentials and square roots of rationals, each between two rationals.

    ln(2^k m) = k ln 2 + 2 artanh((m − 1)/(m + 1)),   artanh z = z + z³/3 + z⁵/5 + …,   1/√2 ≤ m ≤ √2 up to rounding

    exp x = 2^k exp(x − k ln 2),   √x from the integer square root.

Evaluated in integers over 2^−160 rounded to the safe side, and returned over 2^−120 (logarithms, square roots: that is
the width of the bracket, up to a few units) or with a relative width of 2^−100 (exponentials). A :class:`Bracket` is the
result of a measure that is no rational number: two rationals with the number between them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from html import escape
from typing import Any, Literal, final

from gametheory.arithmetic import exact_text
from gametheory.certificates.encoding import brief
from gametheory.certificates.entropy import exponential_bounds
from gametheory.errors import SpecificationError

__all__ = ["Bracket", "Unit", "exponential_bracket", "logarithm_bracket", "per_unit", "square_root_bracket"]

Unit = Literal["bits", "nats"]
Pair = tuple[Fraction, Fraction]

_BITS = 160
_ONE = 1 << _BITS
_OUT = 120
_LARGEST = 100_000  # exponents beyond this have tens of thousands of digits
_SQUARE_ROOT_OF_HALF = Fraction(181, 256)


@final
@dataclass(frozen=True, slots=True, repr=False)
class Bracket:
    """A real number between two rationals.

    Attributes
    ----------
    exact_lower, exact_upper : Fraction or math.inf
        The number is at least the first and at most the second; both are infinite where it is.
    unit : str
        ``"bits"``, ``"nats"``, … or ``""``.

    Examples
    --------
    >>> low, high = square_root_bracket(Fraction(2))
    >>> Bracket(low, high)
    Bracket(certified: 1.414213562373, within 8e-37)
    """

    exact_lower: Fraction | float
    exact_upper: Fraction | float
    unit: str = ""

    def __post_init__(self) -> None:
        if self.exact_lower > self.exact_upper:
            raise SpecificationError(
                f"bracket: found the bounds {float(self.exact_lower)} > {float(self.exact_upper)}; write the lower first"
            )

    @property
    def is_exact(self) -> bool:
        """Whether the number is a known rational (or infinite)."""
        return self.exact_lower == self.exact_upper

    @property
    def lower(self) -> float:
        """The largest float that is surely not above the number."""
        return _rounded(self.exact_lower, up=False)

    @property
    def upper(self) -> float:
        """The least float that is surely not below the number."""
        return _rounded(self.exact_upper, up=True)

    @property
    def width(self) -> float:
        return 0.0 if self.is_exact else _rounded(Fraction(self.exact_upper) - Fraction(self.exact_lower), up=True)

    def __float__(self) -> float:
        return float(self.exact_lower if self.is_exact else Fraction(self.exact_lower + self.exact_upper) / 2)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data, rationals as ``"p/q"``."""
        bounds = [x if isinstance(x, float) else exact_text(x) for x in (self.exact_lower, self.exact_upper)]
        lower, upper = ("infinite" if x == math.inf else x for x in bounds)
        return {"lower": lower, "upper": upper, "unit": self.unit}

    def __repr__(self) -> str:
        unit = f" {self.unit}" if self.unit else ""
        if self.is_exact:
            shown = "infinite" if self.exact_lower == math.inf else brief(Fraction(self.exact_lower))
            return f"Bracket(certified: {shown}{unit}, exact)"
        return f"Bracket(certified: {float(self):.13g}{unit}, within {self.width:.1g})"

    def _repr_html_(self) -> str:
        return f"<code>{escape(repr(self))}</code>"


def logarithm_bracket(x: Fraction) -> Pair:
    """Rationals around ln x, for x > 0.

    Examples
    --------
    >>> low, high = logarithm_bracket(Fraction(2))
    >>> float(low), high - low < Fraction(1, 2**117)
    (0.6931471805599453, True)
    """
    if x <= 0:
        raise SpecificationError(f"x: found {brief(x)}; a logarithm needs a number > 0")
    if x == 1:
        return Fraction(0), Fraction(0)
    k = x.numerator.bit_length() - x.denominator.bit_length()
    m = x / Fraction(2) ** k
    if m < _SQUARE_ROOT_OF_HALF:
        m, k = m * 2, k - 1
    elif m > 2 * _SQUARE_ROOT_OF_HALF:
        m, k = m / 2, k + 1
    low, high = _twice_artanh((m - 1) / (m + 1))
    if k:
        two = _logarithm_of_two()
        low, high = low + k * two[k < 0], high + k * two[k > 0]
    return Fraction(low >> _BITS - _OUT, 1 << _OUT), Fraction(-(-high >> _BITS - _OUT), 1 << _OUT)


def exponential_bracket(x: Fraction) -> Pair:
    """Rationals around e^x, for |x| ≤ 100,000.

    Examples
    --------
    >>> low, high = exponential_bracket(Fraction(1))
    >>> float(low), (high - low) / low < Fraction(1, 2**100)
    (2.718281828459045, True)
    """
    if abs(x) > _LARGEST:
        raise SpecificationError(f"x: found {brief(x)}; the exponential is bounded here for |x| ≤ {_LARGEST:,}")
    if x == 0:
        return Fraction(1), Fraction(1)
    two = _logarithm_of_two()
    k = round(x * _ONE / two[0])
    rest = [x - Fraction(k * bound, _ONE) for bound in (two if k < 0 else two[::-1])]
    low, high = exponential_bounds(rest[0])[0], exponential_bounds(rest[1])[1]
    return Fraction(low, 1 << 128) * Fraction(2) ** k, Fraction(high, 1 << 128) * Fraction(2) ** k


def square_root_bracket(x: Fraction) -> Pair:
    """Rationals around √x, for x ≥ 0; equal where the root is rational.

    Examples
    --------
    >>> square_root_bracket(Fraction(4, 9))
    (Fraction(2, 3), Fraction(2, 3))
    """
    if x < 0:
        raise SpecificationError(f"x: found {brief(x)}; a square root needs a number ≥ 0")
    top, bottom = math.isqrt(x.numerator), math.isqrt(x.denominator)
    if top * top == x.numerator and bottom * bottom == x.denominator:
        return Fraction(top, bottom), Fraction(top, bottom)
    floor = math.isqrt((x.numerator << 2 * _OUT) // x.denominator)
    return Fraction(floor, 1 << _OUT), Fraction(floor + 1, 1 << _OUT)


def per_unit(nats: Pair, unit: Unit) -> Bracket:
    """A bracket in nats, in the unit asked for.

    Raises
    ------
    SpecificationError
        If the unit is neither ``"bits"`` nor ``"nats"``.
    """
    if unit not in ("bits", "nats"):
        raise SpecificationError(f"unit: found {unit!r}; write 'bits' or 'nats'")
    low, high = nats
    if unit == "bits":
        two = [Fraction(bound, _ONE) for bound in _logarithm_of_two()]
        low, high = low / two[low >= 0], high / two[high < 0]
    return Bracket(_on_grid(low, up=False), _on_grid(high, up=True), unit)


def _on_grid(x: Fraction, *, up: bool) -> Fraction:
    """A multiple of 2^−120 next to x, so that sums of many brackets stay short; integers stay."""
    if x.denominator == 1:
        return x
    scaled = x.numerator << _OUT
    return Fraction(-(-scaled // x.denominator) if up else scaled // x.denominator, 1 << _OUT)


@cache
def _logarithm_of_two() -> tuple[int, int]:
    return _twice_artanh(Fraction(1, 3))


def _twice_artanh(z: Fraction) -> tuple[int, int]:
    """Integers around 2 artanh z · 2^160, for |z| ≤ 1/3."""
    if z < 0:
        low, high = _twice_artanh(-z)
        return -high, -low
    power = (z.numerator << _BITS) // z.denominator
    square = power * power >> _BITS
    total = odd = 0
    while power:
        total += power // (2 * odd + 1)
        power = power * square >> _BITS
        odd += 1
    # Every term is short by less than 4 units (z and z² rounded down, then the product and the quotient), the tail by 1.
    return 2 * total, 2 * (total + 4 * odd + 4)


def _rounded(x: Fraction | float, *, up: bool) -> float:
    if x in (math.inf, -math.inf):
        return float(x)
    try:
        near = float(x)
    except OverflowError:
        near = math.inf if x > 0 else -math.inf
    if up:
        return near if near >= x else math.nextafter(near, math.inf)
    return near if near <= x else math.nextafter(near, -math.inf)
