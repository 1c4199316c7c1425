"""Real algebraic numbers: a root of an integer polynomial, told apart from its other roots by an interval.

A polynomial is the tuple of its coefficients, constant first, without a leading zero; () is 0. An
:class:`AlgebraicNumber` is a square-free integer polynomial p and rationals l < u with p(l) p(u) < 0 and exactly one root
of p in (l, u): it *is* that root. Signs of polynomials at it, and its order among rationals and other such numbers, are
decided exactly: common roots by greatest common divisors, the rest by halving the interval. Rational roots are returned as
fractions.

Roots in an interval are counted by Descartes' rule of signs after a Möbius transformation (Vincent, Collins and Akritas):
no sign change, no root; one, one; otherwise the interval is halved, which ends because p is square-free.

Reference: S. Basu, R. Pollack and M.-F. Roy 2006, *Algorithms in Real Algebraic Geometry*, chapters 2 and 10. Complexity:
O(d²) integer operations per interval, d the degree; meant for degrees up to a few dozen.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import total_ordering
from typing import final

from gametheory.arithmetic.scalars import exact_text
from gametheory.errors import SpecificationError

__all__ = [
    "AlgebraicNumber",
    "Polynomial",
    "between",
    "evaluate",
    "polynomial",
    "product",
    "real_roots",
    "sign_at",
    "total",
]

Polynomial = tuple[Fraction, ...]
Integers = tuple[int, ...]


@final
@total_ordering
@dataclass(frozen=True, slots=True, eq=False, repr=False)
class AlgebraicNumber:
    """The root of an integer polynomial in an interval that holds no other; ``float()`` and comparisons work.

    Attributes
    ----------
    polynomial : tuple of int
        Coefficients, constant first; square-free.
    lower, upper : Fraction
        The root lies strictly between them, and no other root does.

    Examples
    --------
    >>> root = real_roots(polynomial([-1, 0, 2]), 0, 1)[0]
    >>> root, root < Fraction(3, 4), float(root)
    (AlgebraicNumber(0.707107, a root of 2x² - 1), True, 0.7071067811865476)
    """

    polynomial: Integers
    lower: Fraction
    upper: Fraction

    def __post_init__(self) -> None:
        p = self.polynomial
        if len(p) < 3 or any(type(c) is not int for c in p) or p[-1] == 0:
            raise SpecificationError(
                f"polynomial: found {p!r}; write integers, constant first, of degree 2 or more (a root of less is a fraction)"
            )
        alone = self.lower < self.upper and evaluate(p, self.lower) * evaluate(p, self.upper) < 0
        if not alone or len(_divisor(p, _derivative(p))) > 1 or _sign_changes(p, self.lower, self.upper) != 1:
            raise SpecificationError(
                f"interval: ({self.lower}, {self.upper}) does not hold exactly one root of a square-free polynomial, or more "
                "cannot be told; write a smaller interval"
            )

    def refined(self, width: Fraction) -> tuple[Fraction, Fraction]:
        """An interval around the root that is no wider than this."""
        low, high = self.lower, self.upper
        rising = evaluate(self.polynomial, low) < 0
        while high - low > width:
            middle = (low + high) / 2
            value = evaluate(self.polynomial, middle)
            if value == 0:
                return middle, middle
            low, high = (middle, high) if (value < 0) == rising else (low, middle)
        return low, high

    def __float__(self) -> float:
        width = self.upper - self.lower
        low, high = self.refined(width / 2**40)
        while float(low) != float(high):
            low, high = self.refined((high - low) / 2**20)
        return float(low)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, (Fraction, int)):
            return sign_at((-Fraction(other), Fraction(1)), self) == 0
        if not isinstance(other, AlgebraicNumber):
            return NotImplemented
        return _compare(self, other) == 0

    def __lt__(self, other: object) -> bool:
        if isinstance(other, (Fraction, int)):
            return sign_at((-Fraction(other), Fraction(1)), self) < 0
        if not isinstance(other, AlgebraicNumber):
            return NotImplemented
        return _compare(self, other) < 0

    def __hash__(self) -> int:
        return hash(float(self))

    def __repr__(self) -> str:
        return f"AlgebraicNumber({float(self):.6g}, a root of {self.polynomial_text()})"

    def __str__(self) -> str:
        return f"{float(self):.6g} (a root of {self.polynomial_text()})"

    def polynomial_text(self) -> str:
        """The polynomial as it is written by hand."""
        terms = []
        for power in reversed(range(len(self.polynomial))):
            c = self.polynomial[power]
            if c:
                variable = "" if power == 0 else "x" if power == 1 else "x" + str(power).translate(_RAISED)
                size = "" if abs(c) == 1 and power else exact_text(Fraction(abs(c)))
                terms.append(("- " if c < 0 else "+ ") + size + variable)
        text = " ".join(terms)
        return text[2:] if text[0] == "+" else "-" + text[2:]


_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def polynomial(coefficients: Iterable[Fraction | int]) -> Polynomial:
    """A polynomial from its coefficients, constant first."""
    found = [Fraction(c) for c in coefficients]
    while found and found[-1] == 0:
        found.pop()
    return tuple(found)


def total(*terms: Sequence[Fraction]) -> Polynomial:
    """The sum of polynomials."""
    length = max(map(len, terms), default=0)
    return polynomial(sum((t[k] for t in terms if k < len(t)), Fraction(0)) for k in range(length))


def product(left: Sequence[Fraction], right: Sequence[Fraction]) -> Polynomial:
    """The product of two polynomials.

    Examples
    --------
    >>> [str(c) for c in product(polynomial([1, 1]), polynomial([1, -1]))]
    ['1', '0', '-1']
    """
    found = [Fraction(0)] * max(0, len(left) + len(right) - 1)
    for i, x in enumerate(left):
        if x:
            for j, y in enumerate(right):
                found[i + j] += x * y
    return polynomial(found)


def evaluate(p: Sequence[Fraction | int], x: Fraction) -> Fraction:
    """The value at a rational point."""
    value = Fraction(0)
    for c in reversed(p):
        value = value * x + c
    return value


def sign_at(p: Sequence[Fraction], x: Fraction | AlgebraicNumber) -> int:
    """The sign of a polynomial at a number, decided exactly.

    Examples
    --------
    >>> root = real_roots(polynomial([-1, 0, 2]), 0, 1)[0]
    >>> sign_at(polynomial([1, 0, -2]), root), sign_at(polynomial([-7, 10]), root)
    (0, 1)
    """
    if isinstance(x, Fraction):
        value = evaluate(p, x)
        return (value > 0) - (value < 0)
    q = _primitive(p)
    if not q:
        return 0
    common = _divisor(x.polynomial, q)
    if len(common) > 1 and evaluate(common, x.lower) * evaluate(common, x.upper) < 0:
        return 0
    low, high = x.lower, x.upper
    while True:
        least, most = _range(q, low, high)
        if least > 0 or most < 0:
            return 1 if least > 0 else -1
        low, high = x.refined((high - low) / 16)


def real_roots(
    p: Sequence[Fraction], low: Fraction | int, high: Fraction | int
) -> tuple[Fraction | AlgebraicNumber, ...]:
    """The distinct roots in [low, high], in order; rational ones as fractions. Of the polynomial 0 there are none.

    Examples
    --------
    >>> [str(x) for x in real_roots(polynomial([1, -6, 11, -6]), 0, 2)]
    ['1/3', '1/2', '1']
    """
    low, high = Fraction(low), Fraction(high)
    rest = _primitive(p)
    if len(rest) < 2:
        return ()
    rest = _quotient(rest, _divisor(rest, _derivative(rest)))
    rest = rest if rest[-1] > 0 else tuple(-c for c in rest)
    found: list[Fraction | AlgebraicNumber] = []
    for end in (low, high):
        if len(rest) > 1 and evaluate(rest, end) == 0 and end not in found:
            found.append(end)
            rest = _without(rest, end)
    waiting = [(low, high)]
    while waiting:
        left, right = waiting.pop()
        changes = _sign_changes(rest, left, right)
        if changes == 0:
            continue
        if changes == 1:
            found.append(_root(rest, left, right))
            continue
        middle = (left + right) / 2
        if evaluate(rest, middle) == 0:
            found.append(middle)
            rest = _without(rest, middle)
        waiting += [(left, middle), (middle, right)]
    return tuple(sorted(found))


def between(low: Fraction | AlgebraicNumber, high: Fraction | AlgebraicNumber) -> Fraction:
    """A rational strictly between two different numbers, low < high, of few digits."""
    width = Fraction(1)
    while True:
        left = low if isinstance(low, Fraction) else low.refined(width)[1]
        right = high if isinstance(high, Fraction) else high.refined(width)[0]
        if left < right:
            quarter = (right - left) / 4
            return _simplest(left + quarter, right - quarter)
        width /= 16


def _root(p: Integers, low: Fraction, high: Fraction) -> Fraction | AlgebraicNumber:
    """The only root of a square-free polynomial in (low, high), neither end a root."""
    if len(p) == 2:
        return Fraction(-p[0], p[1])
    number = AlgebraicNumber(p, low, high)
    # A rational root has a denominator that divides the leading coefficient: at most one such lies in a short interval.
    leading = abs(p[-1])
    low_end, high_end = number.refined(Fraction(1, 4 * leading * leading))
    guess = ((low_end + high_end) / 2).limit_denominator(leading)
    if evaluate(p, guess) == 0 and low < guess < high:
        return guess
    return number


def _without(p: Integers, root: Fraction) -> Integers:
    return _quotient(p, (-root.numerator, root.denominator))


def _compare(left: AlgebraicNumber, right: AlgebraicNumber) -> int:
    if left.polynomial == right.polynomial and (left.lower, left.upper) == (right.lower, right.upper):
        return 0
    low, high = max(left.lower, right.lower), min(left.upper, right.upper)
    if low < high:
        common = _divisor(left.polynomial, right.polynomial)
        # The ends are ends of isolating intervals: no root of either polynomial, unless of the other one.
        if len(common) > 1 and evaluate(common, low) * evaluate(common, high) < 0:
            return 0
    width = min(left.upper - left.lower, right.upper - right.lower)
    while True:
        a, b = left.refined(width), right.refined(width)
        if a[1] <= b[0] or b[1] <= a[0]:
            return -1 if a[1] <= b[0] else 1
        width /= 16


def _primitive(p: Sequence[Fraction | int]) -> Integers:
    """The multiple by a positive number with integer coefficients that have no common factor."""
    values = [Fraction(c) for c in p]
    while values and values[-1] == 0:
        values.pop()
    if not values:
        return ()
    scale = math.lcm(*(c.denominator for c in values))
    whole = [int(c * scale) for c in values]
    common = math.gcd(*whole)
    return tuple(c // common for c in whole)


def _derivative(p: Sequence[int]) -> Integers:
    return tuple(k * c for k, c in enumerate(p) if k)


def _remainder(p: Integers, q: Integers) -> Integers:
    rest = [Fraction(c) for c in p]
    while len(rest) >= len(q):
        factor = rest[-1] / q[-1]
        if factor:
            for k in range(1, len(q) + 1):
                rest[-k] -= factor * q[-k]
        rest.pop()
    return _primitive(rest)


def _divisor(p: Integers, q: Integers) -> Integers:
    """The greatest common divisor, primitive."""
    p, q = _primitive(p), _primitive(q)
    while q:
        p, q = q, _remainder(p, q)
    return p


def _quotient(p: Integers, q: Integers) -> Integers:
    """The exact quotient, up to a positive factor where q has a positive leading coefficient."""
    rest = [Fraction(c) for c in p]
    digits = []
    while len(rest) >= len(q):
        factor = rest[-1] / q[-1]
        digits.append(factor)
        for k in range(1, len(q) + 1):
            rest[-k] -= factor * q[-k]
        rest.pop()
    return _primitive(digits[::-1])


def _sign_changes(p: Integers, low: Fraction, high: Fraction) -> int:
    """Sign changes of (1 + x)^d p((low + high x)/(1 + x)): as many roots in (low, high), or an even number fewer."""
    moved = [Fraction(c) for c in p]
    width, degree = high - low, len(p) - 1
    for i in range(degree):  # p(x + low)
        for j in range(degree - 1, i - 1, -1):
            moved[j] += low * moved[j + 1]
    turned = [c * width**k for k, c in enumerate(moved)][::-1]  # x^d p(width/x + low)
    for i in range(degree):  # the same at x + 1
        for j in range(degree - 1, i - 1, -1):
            turned[j] += turned[j + 1]
    signs = [c > 0 for c in turned if c]
    return sum(a != b for a, b in itertools.pairwise(signs))


def _range(p: Integers, low: Fraction, high: Fraction) -> tuple[Fraction, Fraction]:
    """Bounds on the values over an interval, by Horner's rule on intervals."""
    least = most = Fraction(0)
    for c in reversed(p):
        ends = (least * low, least * high, most * low, most * high)
        least, most = min(ends) + c, max(ends) + c
    return least, most


def _simplest(low: Fraction, high: Fraction) -> Fraction:
    """The rational of least denominator in [low, high], low < high."""
    whole = math.ceil(low)
    if whole <= high:
        return Fraction(whole)
    floor = math.floor(low)
    rest = _simplest(1 / (high - floor), 1 / (low - floor))
    return floor + 1 / rest
