"""What two players get who mix independently: how much of one payoff is left when the other one is to exceed a number.

For payoff matrices A and B (m × n) and a number c the limit is

    F(c) = sup { xᵀB y : xᵀA y > c,  x ∈ Δ_m, y ∈ Δ_n },

so that some pair of independent mixtures pays both players more than (c, d) iff F(c) > d. The problem is not convex, but small:
with y fixed the pair of payoffs runs through the convex hull of m points of the plane, and whoever exceeds (c, d) there is on
an edge or below one, so that two rows suffice; then two columns do. In a 2 × 2 part, with row weight p and column weight q,

    f = f_0(p)(1 − q) + f_1(p) q  > 0,   g = g_0(p)(1 − q) + g_1(p) q   as large as can be,    f = xᵀAy − c, g = xᵀBy,

for fixed p the best q is an end of [0, 1] or the root of f, where g = (f_0 g_1 − f_1 g_0)/(f_0 − f_1). Between the roots of f_0
and f_1 signs do not change, and that quotient is extreme at ends or where a quadratic vanishes: F is a rational, or one
root of a quadratic, which is enclosed as narrowly as one asks. Everything in fractions, without a solver.

Complexity: C(m, 2) C(n, 2) parts, most of which a look at their corners rules out.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import combinations, pairwise

__all__ = ["Enclosure", "independent_improvement", "independent_limit"]

Matrix = Sequence[Sequence[Fraction]]
Line = tuple[Fraction, Fraction]
"""a + b p as (a, b)."""
Quad = tuple[Line, Line, Line, Line]
"""f_0, f_1, g_0, g_1 as functions of p."""
Enclosure = tuple[Fraction, Fraction]
"""Bounds on a number; equal where it is rational."""
Mixture = tuple[tuple[tuple[int, int], Fraction], ...]

ZERO, ONE = Fraction(0), Fraction(1)


def independent_limit(first: Matrix, second: Matrix, level: Fraction, *, bits: int = 64) -> Enclosure | None:
    """sup xᵀB y over xᵀA y > level; ``None`` if no pair of mixtures pays that.

    Parameters
    ----------
    first, second : m × n matrices of Fraction
        A and B.
    level : Fraction
    bits : int
        An irrational limit is enclosed within about 2^−bits of the payoffs' size.

    Examples
    --------
    Prisoner's dilemma: where player 1 gets more than 1, player 2 can still get nearly 13/3.

    >>> A = [[Fraction(3), Fraction(0)], [Fraction(5), Fraction(1)]]
    >>> B = [[Fraction(3), Fraction(5)], [Fraction(0), Fraction(1)]]
    >>> [str(x) for x in independent_limit(A, B, Fraction(1))]
    ['13/3', '13/3']
    """
    lower: Fraction | None = None
    upper: Fraction | None = None
    for corners in _parts(first, second):
        rows, columns = corners
        if max(first[i][j] for i in rows for j in columns) <= level:
            continue
        most = max(second[i][j] for i in rows for j in columns)
        if lower is not None and most <= lower:
            continue
        for low, high in _limits(_quad(first, second, corners, level), bits):
            lower = low if lower is None else max(lower, low)
            upper = high if upper is None else max(upper, high)
    return None if lower is None or upper is None else (lower, upper)


def independent_improvement(
    first: Matrix, second: Matrix, payoffs: tuple[Fraction, Fraction], *, strict: bool
) -> Mixture | None:
    """A pair of independent mixtures that pays both players more than ``payoffs``, or ``None`` if there is none.

    Parameters
    ----------
    strict : bool
        Both more; otherwise nobody less and one more.

    Returns
    -------
    tuple of ((row, column), probability), or None
        A product distribution on at most 2 × 2 profiles.

    Examples
    --------
    >>> A = [[Fraction(3), Fraction(0)], [Fraction(5), Fraction(1)]]
    >>> B = [[Fraction(3), Fraction(5)], [Fraction(0), Fraction(1)]]
    >>> independent_improvement(A, B, (Fraction(1), Fraction(1)), strict=True)
    (((0, 0), Fraction(1, 1)),)
    >>> independent_improvement(A, B, (Fraction(3), Fraction(3)), strict=True) is None
    True
    """
    level, other = payoffs
    for rows, columns in _parts(first, second):
        cells = [(i, j) for i in rows for j in columns]
        if max(first[i][j] for i, j in cells) < level or max(second[i][j] for i, j in cells) < other:
            continue
        quad = _quad(first, second, (rows, columns), level, other)
        found = _improving_point(quad, strict=strict)
        if found is not None:
            p, q = found
            weights = [(1 - p) * (1 - q), (1 - p) * q, p * (1 - q), p * q]
            corners = [(rows[0], columns[0]), (rows[0], columns[-1]), (rows[-1], columns[0]), (rows[-1], columns[-1])]
            return tuple((corner, w) for corner, w in zip(corners, weights, strict=True) if w)
    return None


def _parts(first: Matrix, second: Matrix) -> Iterator[tuple[tuple[int, ...], tuple[int, ...]]]:
    """Pairs of rows and pairs of columns; the only row or column where there is no pair."""
    m, n = len(first), len(first[0])
    row_pairs = list(combinations(range(m), min(m, 2)))
    column_pairs = list(combinations(range(n), min(n, 2)))
    for rows in row_pairs:
        for columns in column_pairs:
            yield rows, columns


def _quad(
    first: Matrix,
    second: Matrix,
    part: tuple[tuple[int, ...], tuple[int, ...]],
    level: Fraction,
    other: Fraction = ZERO,
) -> Quad:
    """f_0, f_1, g_0, g_1 of a part; its second row has weight p, its second column weight q."""
    rows, columns = part

    def line(matrix: Matrix, column: int, less: Fraction) -> Line:
        top, bottom = matrix[rows[0]][column] - less, matrix[rows[-1]][column] - less
        return top, bottom - top

    left, right = columns[0], columns[-1]
    return line(first, left, level), line(first, right, level), line(second, left, other), line(second, right, other)


def _at(line: Line, p: Fraction) -> Fraction:
    return line[0] + line[1] * p


def _root(line: Line) -> Fraction | None:
    """The root of a line that is not constant, if it lies inside (0, 1)."""
    if line[1] == 0:
        return None
    root = -line[0] / line[1]
    return root if 0 < root < 1 else None


def _intervals(lines: Sequence[Line]) -> list[tuple[Fraction, Fraction]]:
    """[0, 1] cut at the roots of the lines."""
    cuts = sorted({ZERO, ONE, *(root for root in map(_root, lines) if root is not None)})
    return list(pairwise(cuts))


def _limits(quad: Quad, bits: int) -> Iterator[Enclosure]:
    """Numbers whose largest is sup g over f > 0 in one part, each enclosed."""
    f0, f1, g0, g1 = quad
    for low, high in _intervals((f0, f1)):
        middle = (low + high) / 2
        left, right = _at(f0, middle), _at(f1, middle)
        if left <= 0 and right <= 0:
            continue
        for g, there in ((g0, left), (g1, right)):
            if there > 0:
                yield from ((_at(g, p), _at(g, p)) for p in (low, high))
        if left <= 0 or right <= 0:
            yield from _quotient_extremes(quad, low, high, bits)


def _quotient_extremes(quad: Quad, low: Fraction, high: Fraction, bits: int) -> Iterator[Enclosure]:
    """Ends and critical values of (f_0 g_1 − f_1 g_0)/(f_0 − f_1) on an interval within which f_0 ≠ f_1."""
    f0, f1, g0, g1 = quad
    n0 = f0[0] * g1[0] - f1[0] * g0[0]
    n1 = f0[0] * g1[1] + f0[1] * g1[0] - f1[0] * g0[1] - f1[1] * g0[0]
    n2 = f0[1] * g1[1] - f1[1] * g0[1]
    m0, m1 = f0[0] - f1[0], f0[1] - f1[1]

    def value(p: Fraction) -> Fraction:
        below = m0 + m1 * p
        # Where f_0 and f_1 vanish together the quotient is a line with a gap, closed by the ratio of derivatives.
        return (n0 + n1 * p + n2 * p * p) / below if below else (n1 + 2 * n2 * p) / m1

    for p in (low, high):
        yield value(p), value(p)
    if m1 == 0:
        if n2 and low < -n1 / (2 * n2) < high:
            yield value(-n1 / (2 * n2)), value(-n1 / (2 * n2))
        return
    # N'M − NM' = 0; at a root the quotient is N'/M' = (n1 + 2 n2 p)/m1.
    a, b, c = n2 * m1, 2 * n2 * m0, n1 * m0 - n0 * m1
    if a == 0:
        return  # the quotient is monotone: n2 = 0, and c is the sign of its slope
    discriminant = b * b - 4 * a * c
    if discriminant < 0:
        return
    for sign in (1, -1):
        ends = [(-b + sign * root) / (2 * a) for root in _square_root(discriminant, bits + _size(a, b, n1, n2, m1))]
        inside = sorted(ends)
        if inside[0] > low and inside[1] < high:
            values = sorted((n1 + 2 * n2 * p) / m1 for p in inside)
            yield values[0], values[1]
        elif inside[1] > low and inside[0] < high:
            # Too wide to tell from an end of the interval: the limit is between that end's value and these.
            values = sorted([*((n1 + 2 * n2 * p) / m1 for p in inside), value(low), value(high)])
            yield min(value(low), value(high)), values[-1]


def _square_root(x: Fraction, bits: int) -> Enclosure:
    """Bounds on the square root of a fraction ≥ 0 within 2^−bits; equal where it is rational."""
    top, bottom = math.isqrt(x.numerator), math.isqrt(x.denominator)
    if top * top == x.numerator and bottom * bottom == x.denominator:
        return Fraction(top, bottom), Fraction(top, bottom)
    scaled = math.isqrt((x.numerator << (2 * bits)) // x.denominator)
    return Fraction(scaled, 1 << bits), Fraction(scaled + 1, 1 << bits)


def _size(*numbers: Fraction) -> int:
    """Bits that divisions by, and products with, these numbers can cost."""
    return sum(abs(x.numerator).bit_length() + x.denominator.bit_length() for x in numbers)


def _improving_point(quad: Quad, *, strict: bool) -> tuple[Fraction, Fraction] | None:
    """(p, q) with f > 0 and g > 0, or with f ≥ 0, g ≥ 0 and not both 0; ``None`` if there is none.

    Between the roots of the four lines signs do not change. Where none of them is 0 throughout, f ≥ 0 and g ≥ 0 with one
    strict at some q means f > 0 and g > 0 at some q, and that is decided by f_0 g_1 − f_1 g_0 where signs differ.
    """
    for low, high in _intervals(quad):
        for p in (low, (low + high) / 2, high):
            q = _improving_weight(quad, p, strict=strict)
            if q is not None:
                return p, q
        crossing = _where_positive(quad, low, high)
        if crossing is not None:
            q = _improving_weight(quad, crossing, strict=strict)
            if q is not None:
                return crossing, q
    return None


def _improving_weight(quad: Quad, p: Fraction, *, strict: bool) -> Fraction | None:
    """A weight q of the second column that improves at row weight p: two lines in q on [0, 1]."""
    f0, f1, g0, g1 = (_at(line, p) for line in quad)
    low, high = ZERO, ONE
    for start, end in ((f0, f1), (g0, g1)):  # where start + (end − start) q ≥ 0
        if start < 0 and end < 0:
            return None
        if start < 0:
            low = max(low, start / (start - end))
        elif end < 0:
            high = min(high, start / (start - end))
    if low > high:
        return None
    for q in (low, high, (low + high) / 2):
        f, g = f0 + (f1 - f0) * q, g0 + (g1 - g0) * q
        if min(f, g) > 0 or (not strict and min(f, g) >= 0 and max(f, g) > 0):
            return q
    return None


def _where_positive(quad: Quad, low: Fraction, high: Fraction) -> Fraction | None:
    """A p inside the interval at which f and g can both be positive though each fails at one end of [0, 1]."""
    middle = (low + high) / 2
    f0, f1, g0, g1 = (_at(line, middle) for line in quad)
    if f0 > 0 > f1 and g0 < 0 < g1:
        sign = 1
    elif f0 < 0 < f1 and g0 > 0 > g1:
        sign = -1
    else:
        return None

    def determinant(p: Fraction) -> Fraction:
        a, b, c, d = (_at(line, p) for line in quad)
        return sign * (a * d - b * c)

    (_, a1), (_, b1), (_, c1), (_, d1) = quad
    curvature = sign * (a1 * d1 - b1 * c1)
    ends = [low, high]
    if curvature:
        slope = determinant(ONE) - determinant(ZERO) - curvature
        top = -slope / (2 * curvature)
        if low < top < high and determinant(top) > 0:
            return top
    for end in ends:
        if determinant(end) > 0:
            p = middle
            while determinant(p) <= 0:
                p = (p + end) / 2
            return p
    return None
