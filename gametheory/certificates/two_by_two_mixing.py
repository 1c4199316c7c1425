"""Two deviators with two actions each who mix independently: their largest gain, exactly.

Let x and y be the probabilities with which the two play their second action. Each gain is bilinear,

    g_k(x, y) = a_k + b_k x + c_k y + d_k x y,      (x, y) ∈ [0, 1]²,  k = 1, 2.

**all:** max min(g_1, g_2).  **some:** max {g_1 + g_2 : g_1, g_2 ≥ 0}, at least 0. An optimum lies at one of few points:

1. *On the boundary* the gains are linear: a corner, or on an edge the point where g_1 = g_2 ("some": where a g_k = 0).
2. *Inside*, all: where g_1 ≠ g_2 the smaller one would have a local maximum inside, so that it is constant (a bilinear
   function has saddles only), and a corner is as good. Where g_1 = g_2, some h = q g_1 + (1 − q) g_2 is stationary
   (F. John 1948): x = −c/d, y = −b/d with the coefficients of h, and g_1 = g_2 there is a quadratic equation in q.
   Inside, some: with no constraint binding, a corner is as good; with both, the sum is 0; with g_k = 0 binding,
   h = g_1 + g_2 + λ g_k is stationary and g_k = 0 is a quadratic equation in λ.
3. *Where d = 0* for that h, it is constant, and g_1 − v (in "some": g_k and the sum, on g_k = 0) has a zero on the
   boundary: a bilinear function with one sign at all corners has that sign inside. *Where the equation holds for every
   q or λ*, the two functions share a line on which they are constant, or on which the sum is linear; the line ends on
   the boundary, or where both gains are 0.

So the optimum lies in ℚ or in ℚ(√D). It is evaluated without rounding and reported as a rational where it is one, and
otherwise between two rationals 2⁻⁸⁰ of the largest gain apart or closer; its sign is never in doubt.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, final

__all__ = ["PairMixing", "two_by_two_mixing"]

Bilinear = tuple[Fraction, Fraction, Fraction, Fraction]
"""a + b x + c y + d x y."""

_BITS = 96


@final
@dataclass(frozen=True, slots=True)
class PairMixing:
    """The largest gain of two deviators with two actions each.

    Attributes
    ----------
    lower, upper : Fraction
        Equal where the optimum is rational. Both are 0 if nothing above 0 can be had.
    point : (x, y) or None
        Probabilities of second actions that gain ``lower``; ``None`` where that is 0.
    """

    lower: Fraction
    upper: Fraction
    point: tuple[Fraction, Fraction] | None


def two_by_two_mixing(gains: Any, denominator: int, blocking: Literal["all", "some"]) -> PairMixing:
    """The largest gain of a pair that mixes independently; staying put, worth 0, is allowed.

    Parameters
    ----------
    gains : integers, shape (2, 2, 2)
        ``gains[k, i, j] / denominator`` is what member k gains when the first plays i and the second j.
    denominator : int
    blocking : "all" or "some"

    Examples
    --------
    One gains 2 if the second alone moves, the other 1 if the first alone does. The optimum is 6 − 4√2 = 0.343…:

    >>> found = two_by_two_mixing([[[0, 2], [0, 0]], [[0, 0], [1, 0]]], 1, "all")
    >>> float(found.lower) == float(found.upper), round(float(found.lower), 9)
    (True, 0.343145751)
    """
    g = [_bilinear(gains[k], denominator) for k in range(2)]
    best: list[tuple[_Surd, _Surd, _Surd]] = []
    for x, y in _candidates(g, blocking):
        if x.sign() < 0 or (x - _ONE).sign() > 0 or y.sign() < 0 or (y - _ONE).sign() > 0:
            continue
        first, second = (_at(f, x, y) for f in g)
        if blocking == "all":
            value = first if (first - second).sign() <= 0 else second
        elif first.sign() < 0 or second.sign() < 0:
            continue
        else:
            value = first + second
        if value.sign() > 0:
            best.append((value, x, y))
    if not best:
        return PairMixing(Fraction(0), Fraction(0), None)
    bits = _BITS
    while True:
        bounds = [value.enclosure(bits) for value, _, _ in best]
        upper = max(high for _, high in bounds)
        tried = [_rational_point(g, blocking, x, y, bits) for _, x, y in best]
        lower, point = max(tried, key=lambda pair: pair[0])
        if lower > 0 and upper - lower <= Fraction(1, 2**80) * upper:
            return PairMixing(lower, upper, point)
        bits *= 2
        assert bits < 2**20, "near a point that gains something there is a rational one"


def _bilinear(table: Any, denominator: int) -> Bilinear:
    (p, q), (r, s) = ([Fraction(int(v), denominator) for v in row] for row in table)
    return p, r - p, q - p, s - r - q + p


def _candidates(g: list[Bilinear], blocking: str) -> Iterator[tuple[_Surd, _Surd]]:
    zero, one = Fraction(0), Fraction(1)
    for x in (zero, one):
        for y in (zero, one):
            yield _Surd(x), _Surd(y)
    level = [_difference(*g)] if blocking == "all" else g
    for a, b, c, d in level:
        for end in (zero, one):
            if c + d * end:
                yield _Surd(end), _Surd(-(a + b * end) / (c + d * end))
            if b + d * end:
                yield _Surd(-(a + c * end) / (b + d * end)), _Surd(end)
    if blocking == "all":
        # h = g_2 + q (g_1 − g_2), and the condition g_1 − g_2 = 0
        yield from _stationary(g[1], level[0])
    else:
        total: Any = tuple(p + q for p, q in zip(*g, strict=True))
        for f in g:
            yield from _stationary(total, f)


def _difference(first: Bilinear, second: Bilinear) -> Bilinear:
    a, b, c, d = (p - q for p, q in zip(first, second, strict=True))
    return a, b, c, d


def _stationary(start: Bilinear, level: Bilinear) -> Iterator[tuple[_Surd, _Surd]]:
    """Points with level = 0 at which start + q · level is stationary for some q."""
    (_, b0, c0, d0), (a1, b1, c1, d1) = start, level
    # x = −c/d, y = −b/d with b = b0 + q b1, …; level · d² = a1 d² − (b1 c + c1 b) d + d1 b c, a quadratic in q.
    constant = a1 * d0 * d0 - (b1 * c0 + c1 * b0) * d0 + d1 * b0 * c0
    linear = 2 * a1 * d0 * d1 - (2 * b1 * c1 * d0 + (b1 * c0 + c1 * b0) * d1) + d1 * (b0 * c1 + b1 * c0)
    square = a1 * d1 * d1 - 2 * b1 * c1 * d1 + d1 * b1 * c1
    for q in _roots(square, linear, constant):
        b, c, d = (_Surd(p) + q * _Surd(s) for p, s in ((b0, b1), (c0, c1), (d0, d1)))
        if d.sign():
            inverse = d.inverse()
            yield -c * inverse, -b * inverse


def _roots(square: Fraction, linear: Fraction, constant: Fraction) -> Iterator[_Surd]:
    if not square:
        if linear:
            yield _Surd(-constant / linear)
        return
    discriminant = linear * linear - 4 * square * constant
    if discriminant < 0:
        return
    # √(p/q) = √(p q) / q
    radicand, below = discriminant.numerator * discriminant.denominator, discriminant.denominator
    for sign in (1, -1):
        yield _Surd(-linear / (2 * square), sign / (2 * square * below), radicand)


def _at(f: Bilinear, x: _Surd, y: _Surd) -> _Surd:
    a, b, c, d = f
    return _Surd(a) + _Surd(b) * x + _Surd(c) * y + _Surd(d) * x * y


def _rational_point(
    g: list[Bilinear], blocking: str, x: _Surd, y: _Surd, bits: int
) -> tuple[Fraction, tuple[Fraction, Fraction] | None]:
    """Rational probabilities next to a point, and what they gain; 0 and ``None`` where a member would lose."""
    best: tuple[Fraction, tuple[Fraction, Fraction] | None] = (Fraction(0), None)
    for u in set(x.enclosure(bits)):
        for v in set(y.enclosure(bits)):
            if not (0 <= u <= 1 and 0 <= v <= 1):
                continue
            first, second = (a + b * u + c * v + d * u * v for a, b, c, d in g)
            value = min(first, second) if blocking == "all" else first + second
            if value > best[0] and (blocking == "all" or min(first, second) >= 0):
                best = value, (u, v)
    return best


@final
@dataclass(frozen=True, slots=True)
class _Surd:
    """r + s √n with rationals r, s and a whole number n ≥ 0; two of them meet only if n is the same or s is 0."""

    r: Fraction
    s: Fraction = Fraction(0)
    n: int = 0

    def __post_init__(self) -> None:
        root = math.isqrt(self.n)
        if self.s and root * root == self.n:
            object.__setattr__(self, "r", self.r + self.s * root)
            object.__setattr__(self, "s", Fraction(0))
        if not self.s:
            object.__setattr__(self, "n", 0)

    def _radicand(self, other: _Surd) -> int:
        assert not self.n or not other.n or self.n == other.n, "two points are never mixed"
        return self.n or other.n

    def __add__(self, other: _Surd) -> _Surd:
        return _Surd(self.r + other.r, self.s + other.s, self._radicand(other))

    def __neg__(self) -> _Surd:
        return _Surd(-self.r, -self.s, self.n)

    def __sub__(self, other: _Surd) -> _Surd:
        return self + -other

    def __mul__(self, other: _Surd) -> _Surd:
        n = self._radicand(other)
        return _Surd(self.r * other.r + self.s * other.s * n, self.r * other.s + self.s * other.r, n)

    def inverse(self) -> _Surd:
        norm = self.r * self.r - self.s * self.s * self.n
        return _Surd(self.r / norm, -self.s / norm, self.n)

    def sign(self) -> int:
        if not self.s or not self.r or (self.r > 0) == (self.s > 0):
            lead = self.s or self.r
            return (lead > 0) - (lead < 0)
        larger = self.r * self.r > self.s * self.s * self.n
        lead = self.r if larger else self.s
        return 1 if lead > 0 else -1

    def enclosure(self, bits: int) -> tuple[Fraction, Fraction]:
        """Two rationals around the number, equal where it is rational."""
        if not self.s:
            return self.r, self.r
        scale = 1 << bits
        # |s| √n = √(s² n); floor of its multiple of 2^bits
        square = self.s * self.s * self.n
        low = math.isqrt(square.numerator * scale * scale // square.denominator)
        if self.s > 0:
            return self.r + Fraction(low, scale), self.r + Fraction(low + 1, scale)
        return self.r - Fraction(low + 1, scale), self.r - Fraction(low, scale)


_ONE = _Surd(Fraction(1))
