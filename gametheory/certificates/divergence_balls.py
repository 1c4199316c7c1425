"""Laws within a divergence of a baseline: what the budget holds, and what its Lagrangian dual bounds.

    D(q, p) ≤ δ   for laws q, a baseline p and one of five divergences:

Kullback–Leibler D(q‖p) = Σ q ln(q/p); Bhattacharyya −ln Σ √(q p); squared Hellinger 1 − Σ √(q p); chi-squared
Σ (q − p)²/p; total variation ½ Σ |q − p|. For a reward r and any multipliers the dual bounds max r·q over all such q:

    Kullback–Leibler      λδ + λ ln Σ p exp(r/λ)
    chi-squared           λδ + ν + λ Σ p φ((r − ν)/λ), φ(s) = s + s²/4 from −2 on, else −1
    Bhattacharyya         ν − c²/Σ p/(ν − r), ν > max r, c = e^−δ ≤ Σ √(q p)
    squared Hellinger     the same with c = 1 − δ
    total variation       λδ + max r − λ/2 + Σ p max{r − max r + λ/2, −λ/2}

Divergences and bounds are evaluated in rationals, logarithms, exponentials and roots between two of them: that a law keeps
its budget, and that no law gains more, is proved whatever proposed them.

References: J. C. Duchi, P. W. Glynn and H. Namkoong, "Statistics of robust optimization", Math. Oper. Res. 46 (2021);
A. Ben-Tal et al., "Robust solutions of optimization problems affected by uncertain probabilities", Management Science 59
(2013).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, final

from gametheory.certificates.elementary import (
    Unit,
    exponential_bracket,
    logarithm_bracket,
    square_root_bracket,
)
from gametheory.errors import CertificateError, SpecificationError

__all__ = ["LEAST_EXPONENT", "BallDivergence", "DivergenceBudget", "affine_bound", "bound_in_ball"]

BallDivergence = Literal["kullback-leibler", "bhattacharyya", "squared hellinger", "chi-squared", "total variation"]
Rationals = list[Fraction]
Pair = tuple[Fraction, Fraction]

_IN_UNITS = ("kullback-leibler", "bhattacharyya")
_RATIONAL = ("squared hellinger", "chi-squared", "total variation")
_ZERO, _ONE = Fraction(0), Fraction(1)
LEAST_EXPONENT = Fraction(-3000)
"""Exponentials of less than this are only bounded by that of this number."""


@final
@dataclass(frozen=True, slots=True)
class DivergenceBudget:
    """A budget as the mathematics takes it: ``bound`` is δ (in nats) or the least affinity c, between two rationals."""

    divergence: BallDivergence
    given: Fraction
    bound: Pair
    scale: float  # budget in nats per unit of the budget given

    @classmethod
    def of(cls, divergence: BallDivergence, budget: Fraction, unit: Unit | None) -> DivergenceBudget:
        if divergence not in (*_IN_UNITS, *_RATIONAL):
            raise SpecificationError(
                f"divergence: found {divergence!r}; write one of {', '.join(map(repr, (*_IN_UNITS, *_RATIONAL)))}"
            )
        if budget < 0:
            raise SpecificationError(f"budget: found {budget}; write a number ≥ 0")
        if divergence in _RATIONAL:
            if unit is not None:
                raise SpecificationError(f"unit: found {unit!r}; {divergence} has no unit, leave it out")
            least = max(1 - budget, _ZERO)
            bound = (least, least) if divergence == "squared hellinger" else (budget, budget)
            return cls(divergence, budget, bound, 1.0)
        if unit not in ("bits", "nats"):
            raise SpecificationError(f"unit: found {unit!r}; write 'bits' or 'nats', the unit of the budget")
        one = (_ONE, _ONE) if unit == "nats" else logarithm_bracket(Fraction(2))
        nats = (budget * one[0], budget * one[1])
        if divergence == "bhattacharyya":
            nats = (
                exponential_bracket(-min(nats[1], -LEAST_EXPONENT))[0],
                exponential_bracket(-min(nats[0], -LEAST_EXPONENT))[1],
            )
            nats = (_ZERO if budget > -LEAST_EXPONENT else nats[0], nats[1])
        return cls(divergence, budget, nats, float(one[0]))

    def keeps(self, q: Rationals, p: Rationals) -> bool:
        """Whether the divergence of q is proved to be within the budget."""
        low, high = self.spent(q, p)
        return low >= self.bound[1] if self.is_affinity else high <= self.bound[0]

    @property
    def is_affinity(self) -> bool:
        return self.divergence in ("bhattacharyya", "squared hellinger")

    def spent(self, q: Rationals, p: Rationals) -> Pair:
        """The divergence of q from p (the affinity of the two), between two rationals."""
        if q == p:
            return (_ONE, _ONE) if self.is_affinity else (_ZERO, _ZERO)
        if self.is_affinity:
            roots = [square_root_bracket(x * y) for x, y in zip(q, p, strict=True)]
            return sum((a for a, _ in roots), _ZERO), sum((b for _, b in roots), _ZERO)
        if self.divergence == "total variation":
            value = sum((abs(x - y) for x, y in zip(q, p, strict=True)), _ZERO) / 2
            return value, value
        pairs = [(x, y) for x, y in zip(q, p, strict=True) if y]
        if sum((x for x, _ in pairs), _ZERO) != 1:
            raise CertificateError("the law puts weight on outcomes that the baseline excludes")
        if self.divergence == "chi-squared":
            value = sum(((x - y) ** 2 / y for x, y in pairs), _ZERO)
            return value, value
        logs = [(x, logarithm_bracket(x / y)) for x, y in pairs if x]
        return sum((x * low for x, (low, _) in logs), _ZERO), sum((x * high for x, (_, high) in logs), _ZERO)


def bound_in_ball(budget: DivergenceBudget, r: Rationals, p: Rationals, price: Fraction, level: Fraction) -> Fraction:
    """What the multipliers prove: no law within the budget gains more."""
    support = [(x, w) for x, w in zip(r, p, strict=True) if w]
    reachable = [x for x, _ in support] if budget.divergence in ("kullback-leibler", "chi-squared") else r
    top = max(reachable)
    if budget.given == 0:
        return sum((x * w for x, w in support), _ZERO)  # the baseline is the only law
    if budget.is_affinity:
        if level < top or (level == top and any(x == top for x, _ in support)):
            return top
        return min(top, level - budget.bound[0] ** 2 / sum((w / (level - x) for x, w in support), _ZERO))
    if price <= 0:
        return top
    start, slope = affine_bound(budget, r, p, price, level)
    return min(top, start + slope * budget.given)


def affine_bound(
    budget: DivergenceBudget, r: Rationals, p: Rationals, price: Fraction, level: Fraction
) -> tuple[Fraction, Fraction]:
    """(a, b) such that no law within δ of the baseline gains more than a + b δ, whatever δ > 0 is.

    For Kullback–Leibler, chi-squared and total variation, a price > 0 and a budget > 0, whose unit is that of δ.
    """
    support = [(x, w) for x, w in zip(r, p, strict=True) if w]
    slope = price * budget.bound[1] / budget.given
    if budget.divergence == "total variation":
        top = max(r)
        start = top - price / 2 + sum((w * max(x - top + price / 2, -price / 2) for x, w in support), _ZERO)
    elif budget.divergence == "chi-squared":
        conjugates = ((w, max((x - level) / price, Fraction(-2))) for x, w in support)
        start = level + price * sum((w * (s + s * s / 4) for w, s in conjugates), _ZERO)
    else:
        top = max(x for x, _ in support)
        total = sum((w * exponential_bracket(max((x - top) / price, LEAST_EXPONENT))[1] for x, w in support), _ZERO)
        start = top + price * logarithm_bracket(total)[1]
    return start, slope
