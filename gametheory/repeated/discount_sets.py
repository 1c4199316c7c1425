"""Sets of discount factors: where polynomial inequalities in δ hold.

Conditions for a path of play to be stable are polynomial inequalities in δ, so that the discount factors at which they
hold form finitely many intervals in [0, 1), with ends that are rational or algebraic. :func:`where` computes them exactly:
between neighbouring roots of the polynomials no sign changes, hence one look at each root and one between each two decide.

The set need not be an interval that reaches 1: along a cycle, patience also makes good times to come matter more now.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Any, final

from gametheory.arithmetic import exact_text
from gametheory.arithmetic.algebraic import AlgebraicNumber, Polynomial, between, real_roots, sign_at
from gametheory.certificates.penal_codes import discount_to_json
from gametheory.errors import InfeasibleError
from gametheory.games.tables import data_frame

__all__ = ["DiscountSet", "Interval", "Number", "number_text", "where"]

Number = Fraction | AlgebraicNumber
"""A discount factor, exact: rational or algebraic."""


@final
@dataclass(frozen=True, slots=True)
class Interval:
    """The discount factors between two ends, each in it or not."""

    lower: Number
    upper: Number
    closed_below: bool
    closed_above: bool

    def __contains__(self, discount: Number) -> bool:
        above = self.lower < discount or (self.closed_below and self.lower == discount)
        below = discount < self.upper or (self.closed_above and self.upper == discount)
        return above and below

    def __str__(self) -> str:
        if self.lower == self.upper:
            return "{" + number_text(self.lower) + "}"
        left, right = "[" if self.closed_below else "(", "]" if self.closed_above else ")"
        return f"{left}{number_text(self.lower)}, {number_text(self.upper)}{right}"


@final
@dataclass(frozen=True, slots=True)
class DiscountSet:
    """Finitely many disjoint intervals of discount factors in [0, 1), in order.

    Examples
    --------
    >>> some = DiscountSet.between(Fraction(1, 7), Fraction(1))
    >>> some, some.infimum, Fraction(1, 7) in some, Fraction(1, 8) in some
    (DiscountSet(exact: [1/7, 1)), Fraction(1, 7), True, False)
    """

    intervals: tuple[Interval, ...]

    @classmethod
    def between(cls, lower: Number, upper: Number, *, closed_below: bool = True) -> DiscountSet:
        """From ``lower`` on and below ``upper``."""
        return cls((Interval(lower, upper, closed_below, False),)) if lower < upper else cls(())

    def __contains__(self, discount: Number) -> bool:
        return any(discount in part for part in self.intervals)

    def __bool__(self) -> bool:
        return bool(self.intervals)

    @property
    def infimum(self) -> Number:
        """The greatest lower bound; in the set if :attr:`attained`.

        Raises
        ------
        InfeasibleError
            If the set is empty.
        """
        if not self.intervals:
            raise InfeasibleError("discount factors: the set is empty, it has no least element; look at bool() first")
        return self.intervals[0].lower

    @property
    def attained(self) -> bool:
        """Whether the infimum is in the set."""
        return bool(self.intervals) and self.intervals[0].closed_below

    @property
    def lasting(self) -> Number | None:
        """Where the last interval begins, if it reaches 1: from there on all discount factors are in the set."""
        if not self.intervals or self.intervals[-1].upper != 1:
            return None
        return self.intervals[-1].lower

    def intersection(self, *others: DiscountSet) -> DiscountSet:
        """The discount factors that are in all of the sets."""
        return _combined([self, *others], all)

    def union(self, *others: DiscountSet) -> DiscountSet:
        """The discount factors that are in one of the sets at least."""
        return _combined([self, *others], any)

    def complement(self) -> DiscountSet:
        """The other discount factors in [0, 1)."""
        return _combined([self], lambda flags: not any(flags))

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data; see :func:`discount_to_json` for algebraic ends."""
        return {
            "intervals": [
                {
                    "lower": discount_to_json(part.lower),
                    "upper": discount_to_json(part.upper),
                    "closed_below": part.closed_below,
                    "closed_above": part.closed_above,
                }
                for part in self.intervals
            ]
        }

    def to_frame(self) -> Any:
        """A pandas table with a row for each interval."""
        rows = [[part.lower, part.upper, part.closed_below, part.closed_above] for part in self.intervals]
        return data_frame(rows, ["lower", "upper", "closed_below", "closed_above"])

    def __str__(self) -> str:
        return " ∪ ".join(map(str, self.intervals)) or "no discount factor"

    def __repr__(self) -> str:
        return f"DiscountSet(exact: {self})"

    def _repr_html_(self) -> str:
        return f"<code>{escape(repr(self))}</code>"


def where(polynomials: Sequence[Polynomial], holds: Callable[[tuple[int, ...]], bool] | None = None) -> DiscountSet:
    """The δ in [0, 1) at which a condition on the signs of polynomials in δ holds; by default that none is negative.

    Examples
    --------
    >>> from gametheory.arithmetic.algebraic import polynomial
    >>> where([polynomial([1, -5, 5])])
    DiscountSet(exact: [0, 0.276393] ∪ [0.723607, 1))
    """
    condition = holds or (lambda signs: min(signs, default=0) >= 0)
    distinct = tuple(dict.fromkeys(polynomials))
    place = [distinct.index(p) for p in polynomials]

    def at(x: Number) -> bool:
        signs = [sign_at(p, x) for p in distinct]
        return condition(tuple(signs[k] for k in place))

    return _assembled(_sorted(root for p in distinct for root in real_roots(p, 0, 1)), at)


def _combined(sets: Sequence[DiscountSet], rule: Callable[[Iterable[bool]], bool]) -> DiscountSet:
    ends = _sorted(end for each in sets for part in each.intervals for end in (part.lower, part.upper))
    return _assembled(ends, lambda x: rule([x in each for each in sets]))


def _sorted(numbers: Iterable[Number]) -> list[Number]:
    found: list[Number] = []
    for x in sorted([*numbers, Fraction(0), Fraction(1)]):
        if not found or found[-1] != x:
            found.append(x)
    return found


def _assembled(ends: Sequence[Number], holds: Callable[[Number], bool]) -> DiscountSet:
    """The set from its values at the ends and between them; the last end is 1, which is no discount factor."""
    parts: list[Interval] = []
    for low, high in itertools.pairwise(ends):
        point, inside = holds(low), holds(between(low, high))
        touches = bool(parts) and parts[-1].upper == low
        if touches and not point:
            parts[-1] = Interval(parts[-1].lower, low, parts[-1].closed_below, False)
        if inside:
            if touches and point:
                parts[-1] = Interval(parts[-1].lower, high, parts[-1].closed_below, True)
            else:
                parts.append(Interval(low, high, point, True))
        elif point and not touches:
            parts.append(Interval(low, low, True, True))
    if parts and parts[-1].upper == 1:
        parts[-1] = Interval(parts[-1].lower, parts[-1].upper, parts[-1].closed_below, False)
    return DiscountSet(tuple(parts))


def number_text(x: Number) -> str:
    """A discount factor for a message: exact where that is short, else six digits."""
    text = exact_text(x) if isinstance(x, Fraction) else ""
    return text if 0 < len(text) <= 12 else f"{float(x):.6f}"
