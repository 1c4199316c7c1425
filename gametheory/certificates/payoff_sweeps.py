"""The steps that shrink a polygon around the equilibrium payoffs of a repeated game of two players, in integers.

Let V be the set of payoffs of subgame perfect equilibria in pure actions with perfect monitoring and a public coin, P_i its
least payoff of player i, minmax_i ≤ P_i the pure minmax value, and g_i(a) the best one-shot gain of i at a. For a direction λ
let M = max {λ·v : v ∈ V}, attained at an extreme point v = (1 − δ) u(a) + δ w with w ∈ V and δ (w_i − P_i) ≥ (1 − δ) g_i(a).
Since λ·w ≤ M,

    M ≤ λ·u(a)    and    M = (1 − δ) λ·u(a) + δ λ·w.                                                                     (1)

A **sweep** leads from a polygon A ⊇ V to a polygon B ⊆ A. With normals λ_f that describe both and the four directions of the
axes, W_t = {v : λ_f·v ≤ (1 − t) h_f(B) + t h_f(A) for all f} grows from B to A as t goes from 0 to 1. Suppose that for no t in
(0, 1], no action profile a and no f with h_f(B) < h_f(A) there is w ∈ W_t with

    w_i ≥ max(minmax_i, min W_t,i) + g_i(a) (1 − δ)/δ,    λ_f·u(a) ≥ h_f(t),    (1 − δ) λ_f·u(a) + δ λ_f·w ≥ h_f(t).     (2)

Then V ⊆ B: for the smallest t with V ⊆ W_t, if it is positive, some λ_f with h_f(B) < h_f(A) attains M = h_f(t), and (1) is
(2). Normals −e_i with h_f(B) ≥ −minmax_i need no proof.

For fixed a and f the largest λ_f·w is a concave function φ of t, and any multipliers y ≥ 0 with Σ y_g λ_g = λ_f bound it by a
line. From the largest t with λ_f·u(a) ≥ h_f(t) downward such lines are drawn, each from the multipliers that are best just
below t, until one stays below [h_f(t) − (1 − δ) λ_f·u(a)]/δ down to 0: Newton's method from the right, which ends as φ is made
of finitely many lines. The multipliers come from the dual simplex method with two rows.

Reference for the operator that is bounded: D. Abreu and Y. Sannikov 2014, "An algorithm for two-player repeated games with
perfect monitoring", Theoretical Economics 9. Cost: profiles × normals small programmes.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import final

from gametheory.games.normal_form import NormalFormGame

__all__ = ["AXES", "Pair", "ScaledStage", "box", "convex_hull", "outward_normals", "support", "sweep_violation"]

Pair = tuple[Fraction, Fraction]
Whole = tuple[int, int]
AXES: tuple[Whole, ...] = ((1, 0), (0, 1), (-1, 0), (0, -1))
"""The outward normals of a box."""
_MOST_LINES = 200


@final
@dataclass(frozen=True, slots=True)
class ScaledStage:
    """A stage game of two players in units in which each player's payoffs go from 0 to 1, with a discount factor.

    Attributes
    ----------
    payoffs : for each action profile, in row-major order, the pair u(a)
    needs : for each profile (1 − δ)/δ times the best one-shot gains, or ``None`` where they cannot be made up for (δ = 0)
    minmax : pure minmax values
    low, span : what a payoff of 0 and a difference of 1 are in the game's own units
    unit : a common denominator of payoffs, needs and minmax values
    """

    discount: Fraction
    payoffs: tuple[Pair, ...]
    needs: tuple[Pair | None, ...]
    minmax: Pair
    low: Pair
    span: Pair
    unit: int

    @classmethod
    def of(cls, game: NormalFormGame, discount: Fraction) -> ScaledStage:
        """Read an exact game of two players."""
        tables = [game.numerators[i].astype(object) for i in range(2)]
        best = [table.max(axis=i) for i, table in enumerate(tables)]
        lows = [int(table.min()) for table in tables]
        spans = [max(int(table.max()) - low, 1) for table, low in zip(tables, lows, strict=True)]
        columns = []
        for i, table in enumerate(tables):
            gains = (best[0][None, :] if i == 0 else best[1][:, None]) - table
            own = [Fraction(int(x) - lows[i], spans[i]) for x in table.flat]
            columns.append((own, [Fraction(int(x), spans[i]) for x in gains.flat]))
        factor = (1 - discount) / discount if discount else Fraction(0)
        needs = tuple(
            None if not discount and (g or h) else (factor * g, factor * h)
            for g, h in zip(columns[0][1], columns[1][1], strict=True)
        )
        values = [Fraction(int(best[i].min()) - lows[i], spans[i]) for i in range(2)]
        scale = game.denominator
        payoffs = tuple(zip(columns[0][0], columns[1][0], strict=True))
        numbers = [x for pair in (*payoffs, *(pair for pair in needs if pair), values) for x in pair]
        return cls(
            discount=discount,
            payoffs=payoffs,
            needs=needs,
            minmax=(values[0], values[1]),
            unit=math.lcm(*{x.denominator for x in numbers}),
            low=(Fraction(lows[0], scale), Fraction(lows[1], scale)),
            span=(Fraction(spans[0], scale), Fraction(spans[1], scale)),
        )

    def scaled(self, point: Sequence[Fraction]) -> Pair:
        """A payoff vector of the game in the units of this class."""
        return (point[0] - self.low[0]) / self.span[0], (point[1] - self.low[1]) / self.span[1]

    def unscaled(self, point: Pair) -> Pair:
        """The other way round."""
        return self.low[0] + self.span[0] * point[0], self.low[1] + self.span[1] * point[1]

    def is_dead(self, needs: Pair | None, low: Pair, high: Pair) -> bool:
        """Whether no continuation in a box deters deviations, when the box bounds punishments too."""
        return needs is None or any(max(self.minmax[i], low[i]) + needs[i] > high[i] for i in range(2))


def convex_hull(points: Iterable[Pair]) -> tuple[Pair, ...]:
    """The vertices of the hull of points in the plane, anticlockwise from the leftmost (lowest) one.

    Examples
    --------
    >>> square = convex_hull([(Fraction(x), Fraction(y)) for x in range(3) for y in range(3)])
    >>> [(int(x), int(y)) for x, y in square]
    [(0, 0), (2, 0), (2, 2), (0, 2)]
    """
    ordered = sorted(set(points))
    if len(ordered) < 3:
        return tuple(ordered)

    def chain(sequence: Iterable[Pair]) -> list[Pair]:
        kept: list[Pair] = []
        for p in sequence:
            while len(kept) > 1 and _turn(kept[-2], kept[-1], p) <= 0:
                kept.pop()
            kept.append(p)
        return kept[:-1]

    return tuple(chain(ordered) + chain(reversed(ordered)))


def _turn(a: Pair, b: Pair, c: Pair) -> Fraction:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def outward_normals(polygon: Sequence[Pair]) -> list[Whole]:
    """Primitive integer normals of the sides of a polygon given anticlockwise; of a segment both, of a point none."""
    if len(polygon) < 2:
        return []
    normals = []
    for k, (x, y) in enumerate(polygon):
        following = polygon[(k + 1) % len(polygon)]
        dx, dy = following[0] - x, following[1] - y
        common = math.lcm(dx.denominator, dy.denominator)
        p, q = int(dy * common), -int(dx * common)
        divisor = math.gcd(p, q)
        normals.append((p // divisor, q // divisor))
    return normals


def box(polygon: Sequence[Pair]) -> tuple[Pair, Pair]:
    """The least and the largest coordinates."""
    xs, ys = [x for x, _ in polygon], [y for _, y in polygon]
    return (min(xs), min(ys)), (max(xs), max(ys))


def support(normal: Whole, polygon: Sequence[Pair]) -> Fraction:
    """max {normal·v : v in the polygon}."""
    return max(normal[0] * x + normal[1] * y for x, y in polygon)


def sweep_violation(stage: ScaledStage, before: Sequence[Pair], after: Sequence[Pair]) -> tuple[int, Whole] | None:
    """Where the sweep from one polygon to another is not shown: number of the profile (−1: not inside) and the normal.

    Polygons are given by their vertices in scaled units, anticlockwise, each with at least one.
    """
    normals = list(dict.fromkeys([*AXES, *outward_normals(before), *outward_normals(after)]))
    low, high = [support(w, after) for w in normals], [support(w, before) for w in normals]
    for k, normal in enumerate(normals):
        if low[k] > high[k]:
            return -1, normal
    moving = [k for k in range(len(normals)) if low[k] < high[k] and not _is_floor(stage, normals[k], low[k])]
    unit = math.lcm(stage.unit, *(x.denominator for x in (*low, *high)))

    def whole(x: Fraction) -> int:
        return x.numerator * (unit // x.denominator)

    bottom, top = [whole(x) for x in low], [whole(x) for x in high]
    floors = whole(stage.minmax[0]), whole(stage.minmax[1])
    roofs = [top[i] - max(floors[i], -top[2 + i]) for i in range(2)]  # the most that can be lost by deviating
    for number, (u, needs) in enumerate(zip(stage.payoffs, stage.needs, strict=True)):
        if needs is None:
            continue
        need = whole(needs[0]), whole(needs[1])
        if need[0] > roofs[0] or need[1] > roofs[1]:
            continue
        x, y = whole(u[0]), whole(u[1])
        heights = [(k, normals[k][0] * x + normals[k][1] * y) for k in moving]
        above = [(k, height) for k, height in heights if height > bottom[k]]
        if not above:
            continue
        system = _Continuations.of(normals, bottom, top, floors, need)
        for k, height in above:
            if not system.stay_below(normals[k], (bottom[k], top[k]), height, stage.discount):
                return number, normals[k]
    return None


def _is_floor(stage: ScaledStage, normal: Whole, bound: Fraction) -> bool:
    """Whether a half-space only says that a player has at least its minmax value, which is always true."""
    return (normal == (-1, 0) and -bound <= stage.minmax[0]) or (normal == (0, -1) and -bound <= stage.minmax[1])


@final
@dataclass(frozen=True, slots=True)
class _Continuations:
    """Continuations w of one profile: normals[k]·w ≤ low[k] + t (high[k] − low[k]), all over one denominator.

    The first four normals are the directions of the axes, so that every direction is bounded.
    """

    normals: list[Whole]
    low: list[int]
    high: list[int]

    @classmethod
    def of(
        cls, normals: Sequence[Whole], low: Sequence[int], high: Sequence[int], floors: Whole, need: Whole
    ) -> _Continuations:
        """Sides of a polygon, raised by what must be lost by deviating on those that bound punishments."""
        raised = [-floors[0] - need[0], -floors[1] - need[1]]
        rows = [
            [*side[:2], side[2] - need[0], side[3] - need[1], *side[4:], *raised] for side in (list(low), list(high))
        ]
        return cls([*normals, (-1, 0), (0, -1)], *rows)

    def stay_below(self, objective: Whole, bounds: Whole, height: int, discount: Fraction) -> bool:
        """Whether (2) has no solution for one profile and normal; ``height`` is λ·u(a), ``bounds`` h_f(B) and h_f(A)."""
        bottom, rise = bounds[0], bounds[1] - bounds[0]
        share, whole = discount.numerator, discount.denominator
        t = min(Fraction(1), Fraction(height - bottom, rise))
        corner = (0 if objective[0] >= 0 else 2), (1 if objective[1] >= 0 else 3)

        def excess(value: Fraction, at: Fraction) -> Fraction:
            """(1 − δ) λ·u + δ · value − h_f(t), times the denominator of δ."""
            return (whole - share) * height + share * value - whole * (bottom + at * rise)

        for _ in range(_MOST_LINES):
            sides = [
                (lo * t.denominator + (hi - lo) * t.numerator, 0) for lo, hi in zip(self.low, self.high, strict=True)
            ]
            found = self._best(objective, sides, corner)
            if found is None:
                return True  # nor is there a continuation for smaller t
            gap = excess(self._value(objective, found, sides) / t.denominator, t)
            if gap >= 0:
                return False
            just_below = [(side[0], lo - hi) for side, lo, hi in zip(sides, self.low, self.high, strict=True)]
            corner_below = self._best(objective, just_below, found)
            if corner_below is None:
                return True
            corner = corner_below
            at_zero = excess(self._value(objective, corner, [(lo, 0) for lo in self.low]), Fraction(0))
            if at_zero <= 0:
                return True
            t = t * at_zero / (at_zero - gap)
        return False

    def _best(self, objective: Whole, sides: Sequence[Whole], corner: Whole) -> Whole | None:
        """Two rows whose multipliers prove the largest objective·w, or ``None`` if no w satisfies all rows.

        A side is a pair (b, s): b + s ε for an ε that is positive and smaller than any number. ``corner`` is where the dual
        simplex method begins; its multipliers must not be negative. Ties go to the first row (Bland's rule).
        """
        i, j = corner
        while True:
            (p1, q1), (p2, q2) = self.normals[i], self.normals[j]
            det = p1 * q2 - p2 * q1
            if det < 0:
                i, j = j, i
                (p1, q1), (p2, q2), det = (p2, q2), (p1, q1), -det
            (b1, s1), (b2, s2) = sides[i], sides[j]
            x, y = b1 * q2 - b2 * q1, p1 * b2 - p2 * b1
            dx, dy = s1 * q2 - s2 * q1, p1 * s2 - p2 * s1
            for k, (p, q) in enumerate(self.normals):
                slack = sides[k][0] * det - p * x - q * y
                if slack < 0 or (slack == 0 and sides[k][1] * det < p * dx + q * dy):
                    break
            else:
                return i, j
            weights = objective[0] * q2 - p2 * objective[1], p1 * objective[1] - objective[0] * q1
            shares = p * q2 - p2 * q, p1 * q - p * q1
            leaving = [m for m in range(2) if shares[m] > 0]
            if not leaving:
                return None
            if len(leaving) == 2:
                first, second = weights[0] * shares[1], weights[1] * shares[0]
                leaving = [0] if first < second or (first == second and i < j) else [1]
            i, j = (k, j) if leaving[0] == 0 else (i, k)

    def _value(self, objective: Whole, corner: Whole, sides: Sequence[Whole]) -> Fraction:
        (p1, q1), (p2, q2) = self.normals[corner[0]], self.normals[corner[1]]
        b1, b2 = sides[corner[0]][0], sides[corner[1]][0]
        x, y = b1 * q2 - b2 * q1, p1 * b2 - p2 * b1
        return Fraction(objective[0] * x + objective[1] * y, p1 * q2 - p2 * q1)
