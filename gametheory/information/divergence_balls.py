"""The most that can be gained while staying within a divergence of honest behaviour: stealth, with both bounds proved.

    maximise r·q   subject to   D(q, p) ≤ δ,   q ≥ 0,   Σ q = 1

for rewards r, a baseline p and one of five divergences. p is what the overseer expects, q what is done, and δ how much
evidence q leaves per observation; the same number is the worst-case expectation of distributionally robust optimisation.
For any multipliers the Lagrangian dual bounds the maximum from above:

    Kullback–Leibler      λδ + λ ln Σ p exp(r/λ)                              q ∝ p exp(r/λ)        (exponential tilting)
    chi-squared           λδ + ν + λ Σ p φ((r − ν)/λ), φ(s) = s + s²/4 from −2 on, else −1    q = p (1 + (r − ν)/2λ)⁺
    Bhattacharyya         ν − c²/Σ p/(ν − r), ν > max r                       q ∝ p/(ν − r)²,  c = e^−δ ≤ Σ √(q p)
    squared Hellinger     the same with c = 1 − δ
    total variation       λδ + max r − λ/2 + Σ p max{r − max r + λ/2, −λ/2}   mass moved from the least r to the largest

Floats propose the multipliers; chi-squared and total variation have closed forms. Both bounds are then evaluated in
rationals, logarithms and exponentials between two rationals: the upper one from the dual, the lower one at a rational q
whose divergence provably keeps the budget (mixed with a little p where rounding went beyond it; all five are convex in
q). Whatever the floats did, the bracket holds.

References: J. C. Duchi, P. W. Glynn and H. Namkoong, "Statistics of robust optimization", Math. Oper. Res. 46 (2021);
A. Ben-Tal et al., "Robust solutions of optimization problems affected by uncertain probabilities", Management Science 59
(2013); C. Cachin, "An information-theoretic model for steganography", Inf. and Comp. 192 (2004).
Complexity: a hundred passes over the outcomes in floats and a few in rationals. For further constraints on q use
:mod:`gametheory.optimize.divergence_budgets`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import RationalArray, exact, exact_text, read_array
from gametheory.certificates.divergence_balls import (
    LEAST_EXPONENT,
    BallDivergence,
    DivergenceBudget,
    bound_in_ball,
)
from gametheory.certificates.elementary import Unit, exponential_bracket, square_root_bracket
from gametheory.errors import CertificateError, SpecificationError
from gametheory.games.tables import data_frame
from gametheory.games.values import compared_by
from gametheory.information.distributions import Kind, read_distribution

__all__ = ["BallDivergence", "LargestExpectation", "largest_expectation"]

Floats = NDArray[np.float64]
Rationals = list[Fraction]
Pair = tuple[Fraction, Fraction]

_ZERO, _ONE = Fraction(0), Fraction(1)


@final
@compared_by("arithmetic", "divergence", "unit", "exact_budget", "exact_lower", "exact_upper", "exact_distribution")
@dataclass(frozen=True, slots=True, eq=False, kw_only=True, repr=False)
class LargestExpectation:
    """The largest expectation within a divergence of a baseline, between two rationals.

    Attributes
    ----------
    exact_lower, exact_upper : Fraction
        The law found gains the first; none within the budget gains more than the second.
    exact_distribution : RationalArray
        A law within the budget that gains ``exact_lower``.
    price, level : Fraction
        The multipliers λ and ν of the dual that prove ``exact_upper`` (0 where a dual has no use for one).
    shadow_price : float
        What one more unit of budget gains, to first order; infinite at a budget of 0.
    divergence, unit, exact_budget :
        The question; the unit is ``None`` for divergences that have none.
    exact_rewards, exact_baseline : RationalArray
    arithmetic : "exact" or "float"
    """

    exact_lower: Fraction
    exact_upper: Fraction
    exact_distribution: RationalArray
    price: Fraction
    level: Fraction
    shadow_price: float
    divergence: BallDivergence
    unit: Unit | None
    exact_budget: Fraction
    exact_rewards: RationalArray
    exact_baseline: RationalArray
    arithmetic: Kind

    @property
    def distribution(self) -> NDArray[Any]:
        """The law found: fractions for exact data, else floats."""
        found = self.exact_distribution
        return found.fractions() if self.arithmetic == "exact" else found.floats()

    @property
    def lower(self) -> float:
        return float(self.exact_lower)

    @property
    def upper(self) -> float:
        return float(self.exact_upper)

    def __float__(self) -> float:
        return self.lower

    def verify(self) -> Literal[True]:
        """Check both bounds in rationals, without the search that found them.

        Raises
        ------
        CertificateError
            Naming the bound that does not hold.
        """
        claim = f"the largest expectation lies between {self.lower:.12g} and {self.upper:.12g}"
        q, p, r = (x.fractions().tolist() for x in (self.exact_distribution, self.exact_baseline, self.exact_rewards))
        budget = DivergenceBudget.of(self.divergence, self.exact_budget, self.unit)
        violation = ""
        if min(q) < 0 or sum(q) != 1:
            violation = "the law is no probability distribution"
        elif not budget.keeps(q, p):
            violation = "the law is not proved to keep the budget"
        elif _inner(r, q) != self.exact_lower:
            violation = f"the law gains {float(_inner(r, q)):.12g}"
        elif bound_in_ball(budget, r, p, self.price, self.level) > self.exact_upper:
            violation = "the multipliers prove a weaker upper bound"
        if violation:
            raise CertificateError(f"{claim}: not established; {violation}", claim=claim, violation=violation)
        return True

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data, rationals as ``"p/q"``."""
        return {
            "lower": exact_text(self.exact_lower),
            "upper": exact_text(self.exact_upper),
            "divergence": self.divergence,
            "unit": self.unit,
            "budget": exact_text(self.exact_budget),
            "shadow_price": "infinite" if self.shadow_price == math.inf else self.shadow_price,
            "distribution": [exact_text(x) for x in self.exact_distribution.fractions().tolist()],
        }

    def to_frame(self) -> Any:
        """A pandas table of the outcomes: reward, baseline and law."""
        columns = (self.exact_rewards, self.exact_baseline, self.exact_distribution)
        return data_frame(zip(*(x.floats().tolist() for x in columns), strict=True), ["reward", "baseline", "law"])

    def __repr__(self) -> str:
        unit = f" {self.unit}" if self.unit else ""
        gap = float(self.exact_upper - self.exact_lower)
        return (
            f"LargestExpectation(certified: {self.lower:.10g}, gap {gap:.1g}, {self.divergence} ≤ "
            f"{float(self.exact_budget):g}{unit}, shadow price {self.shadow_price:.6g})"
        )

    def _repr_html_(self) -> str:
        return f"<code>{escape(repr(self))}</code>"


def largest_expectation(
    rewards: Any, baseline: Any, *, divergence: BallDivergence, budget: Any, unit: Unit | None = None
) -> LargestExpectation:
    """The largest expected reward of any law whose divergence from a baseline keeps a budget, bounded from both sides.

    Parameters
    ----------
    rewards : array_like, shape (number of outcomes,)
    baseline : array_like, shape (number of outcomes,)
        The honest law p.
    divergence : {"kullback-leibler", "bhattacharyya", "squared hellinger", "chi-squared", "total variation"}
        D(q‖p); −ln Σ √(q p); 1 − Σ √(q p); Σ (q − p)²/p; ½ Σ |q − p|.
    budget : number ≥ 0
        Per observation: n independent ones have n times the Kullback–Leibler or Bhattacharyya divergence of one.
    unit : "bits" or "nats"
        Of the budget, for the first two divergences; the others have none.

    Returns
    -------
    LargestExpectation

    Raises
    ------
    SpecificationError
        A unit that is missing or of no use, a negative budget, vectors of different lengths.

    Examples
    --------
    Five kinds of act, worse and rarer; a budget of 0.1 nats buys nearly twice the honest harm of 1.13:

    >>> p, r = ["0.5", "0.25", "0.15", "0.07", "0.03"], [0, 1, 2, 4, 10]
    >>> found = largest_expectation(r, p, divergence="kullback-leibler", budget="0.1", unit="nats")
    >>> round(found.lower, 8), round(found.upper, 8), round(found.shadow_price, 7), found.verify()
    (2.17343936, 2.17343936, 6.0636796, True)

    Names: worst-case expectation over a divergence ball; distributionally robust bound; stealth attack.
    """
    kind, read = read_array(rewards, where="rewards")
    if kind == "symbolic" or len(read.shape) != 1 or len(read) == 0:
        raise SpecificationError("rewards: found no vector of numbers; write one number for every outcome")
    exact_rewards = read if isinstance(read, RationalArray) else RationalArray.from_floats(read)
    baseline_kind, exact_baseline = read_distribution(baseline, where="baseline", size=len(exact_rewards))
    limit = DivergenceBudget.of(divergence, exact(budget, where="budget"), unit)
    r, p = exact_rewards.fractions().tolist(), exact_baseline.fractions().tolist()
    law, price, level, slope = _solved(limit, r, p)
    lower, upper = _inner(r, law), bound_in_ball(limit, r, p, price, level)
    return LargestExpectation(
        exact_lower=lower,
        exact_upper=max(lower, upper),
        exact_distribution=RationalArray.from_fractions(law),
        price=price,
        level=level,
        shadow_price=slope,
        divergence=divergence,
        unit=unit,
        exact_budget=limit.given,
        exact_rewards=exact_rewards,
        exact_baseline=exact_baseline,
        arithmetic="exact" if kind == baseline_kind == "exact" else "float",
    )


def _solved(budget: DivergenceBudget, r: Rationals, p: Rationals) -> tuple[Rationals, Fraction, Fraction, float]:
    """A law within the budget, the multipliers λ and ν, and the shadow price."""
    absolute = budget.divergence in ("kullback-leibler", "chi-squared")
    top = max(x for x, w in zip(r, p, strict=True) if w or not absolute)
    if budget.divergence == "total variation":
        return _moved(r, p, budget.given, top)
    best = [w if x == top else _ZERO for x, w in zip(r, p, strict=True)]
    constant = all(x == top for x, w in zip(r, p, strict=True) if w or not absolute)
    if budget.given == 0 or constant:
        return p, _ZERO, top, 0.0 if constant else math.inf
    weight = sum(best, _ZERO)
    if not weight and not absolute and budget.bound[1] == 0:
        best[r.index(top)], weight = _ONE, _ONE
    if weight:
        sure = [x / weight for x in best]
        if budget.keeps(sure, p):
            return sure, _ZERO, top, 0.0
    if budget.divergence == "chi-squared":
        law, price, level, slope = _quadratic(r, p, budget.given)
        return _within(budget, law, p), price, level, slope
    span = top - min(r)
    # In [−1, 0], 0 at the best outcomes; those that no law within the budget plays count as such, with weight 0.
    scaled = np.array([float(min(x - top, _ZERO) / span) for x in r])
    weights = np.array([float(w) for w in p])
    proposal = _tilted if absolute else _affine
    law, price, level, slope = proposal(budget, scaled, weights, r, p, top, span)
    return _within(budget, law, p), price, level, slope * budget.scale


def _within(budget: DivergenceBudget, law: Rationals, p: Rationals) -> Rationals:
    """The law, or where it is not proved to keep the budget a mixture of it with the baseline that is."""
    total = sum(law, _ZERO)
    law = [x / total for x in law]
    if budget.keeps(law, p):
        return law
    low, high = budget.spent(law, p)
    share = (1 - budget.bound[1]) / (1 - low) if budget.is_affinity else budget.bound[0] / high
    return [y + share * (x - y) for x, y in zip(law, p, strict=True)]


def _moved(r: Rationals, p: Rationals, budget: Fraction, top: Fraction) -> tuple[Rationals, Fraction, Fraction, float]:
    """Mass is moved from the outcomes of least reward to one of the largest."""
    law, left = list(p), budget
    price = top - min(x for x, w in zip(r, p, strict=True) if w)
    for k in sorted(range(len(r)), key=lambda k: r[k]):
        if left == 0:
            break
        if r[k] == top:
            price = _ZERO  # everything is at the top already
            break
        if law[k]:
            taken = min(left, law[k])
            law[k] -= taken
            left -= taken
            price = top - r[k]
    law[r.index(top)] += budget - left
    return law, price, top, float(price)


def _tilted(
    budget: DivergenceBudget, scaled: Floats, weights: Floats, r: Rationals, p: Rationals, top: Fraction, span: Fraction
) -> tuple[Rationals, Fraction, Fraction, float]:
    """q ∝ p exp(t r): the divergence from p rises with t."""

    mean = float(weights @ scaled)
    centred = scaled - mean

    def spent(t: float) -> float:
        grown = weights * np.exp(t * scaled)
        total = float(grown.sum())
        if t * -mean > 1:
            return float(t * (grown @ scaled) / total - math.log(total))
        # Near the baseline both terms are small, and their difference much smaller.
        return float(t * (grown @ centred) / total - math.log1p(weights @ np.expm1(t * centred)))

    t = _root(lambda t: spent(t) - float(budget.bound[0]))
    price = span / Fraction(t)
    exponents = [max((x - top) / price, LEAST_EXPONENT) for x in r]
    law = [w * _middle(exponential_bracket(s)) if w else _ZERO for w, s in zip(p, exponents, strict=True)]
    return law, price, top, float(price)


def _quadratic(r: Rationals, p: Rationals, budget: Fraction) -> tuple[Rationals, Fraction, Fraction, float]:
    """q = p (1/m + t (r − μ)) on the best outcomes A, of weight m and mean μ: the divergence 1/m − 1 + t² Σ_A p (r − μ)².

    The largest A on which q ≥ 0 at the t that spends the budget; everything but the square root is rational.
    """
    order = sorted((k for k, w in enumerate(p) if w), key=lambda k: r[k], reverse=True)
    mass = sum((p[k] for k in order), _ZERO)
    first = sum((p[k] * r[k] for k in order), _ZERO)
    second = sum((p[k] * r[k] ** 2 for k in order), _ZERO)
    while True:
        mean, last = first / mass, order[-1]
        square = (budget + 1 - 1 / mass) / (second / mass - mean**2) / mass  # t²
        if square * (mean - r[last]) ** 2 * mass**2 <= 1:
            break
        order.pop()
        mass, first, second = mass - p[last], first - p[last] * r[last], second - p[last] * r[last] ** 2
    slope = square_root_bracket(square)[0]
    level = mean - (1 / mass - 1) / slope
    law = [_ZERO] * len(p)
    for k in order:
        law[k] = p[k] * (1 + slope * (r[k] - level))
    price = 1 / (2 * slope)
    return law, price, level, float(price)


def _affine(
    budget: DivergenceBudget, scaled: Floats, weights: Floats, r: Rationals, p: Rationals, top: Fraction, span: Fraction
) -> tuple[Rationals, Fraction, Fraction, float]:
    """q ∝ p/(ν − r)²: the affinity with p rises with ν. The best outcomes may have no weight in p."""
    least = float(budget.bound[0])
    support = weights > 0
    s, w = scaled[support], weights[support]
    free = not bool(np.any(s == 0))

    def affinity(distance: float) -> float:
        near = w / (distance - s)
        return float(near.sum() / math.sqrt((near / (distance - s)).sum()))

    distance = 0.0
    if not free or affinity(0.0) < least:
        distance = 1 / _root(lambda t: least - affinity(1 / t))
    away = Fraction(distance) * span
    level = top + away
    law = [y / (level - x) ** 2 if y else _ZERO for x, y in zip(r, p, strict=True)]
    sums = sum((y / (level - x) for x, y in zip(r, p, strict=True) if y), _ZERO)
    if free and away == 0:  # the rest of the mass goes where the baseline has none
        factor = (budget.bound[1] / sums) ** 2
        law = [factor * x for x in law]
        law[r.index(top)] += 1 - sum(law, _ZERO)
    c = budget.bound[0]
    slope = 2 * c * c / sums if budget.divergence == "bhattacharyya" else 2 * c / sums
    return law, _ZERO, level, float(slope)


def _root(rising: Callable[[float], float]) -> float:
    """Where a rising function of t > 0 changes sign, by bisection of the logarithm; the ends if it does not."""
    low, high = 1e-40, 1e40
    for _ in range(110):
        middle = math.sqrt(low * high)
        if not low < middle < high:
            break
        low, high = (middle, high) if rising(middle) < 0 else (low, middle)
    return low


def _middle(bounds: Pair) -> Fraction:
    """A number of few digits between (or next to) two bounds."""
    # By bit lengths: e^−3000 is no float.
    scale = 2 ** (96 + max(bounds[1].denominator.bit_length() - bounds[1].numerator.bit_length() + 1, 0))
    return Fraction(round((bounds[0] + bounds[1]) / 2 * scale), scale)


def _inner(r: Rationals, q: Rationals) -> Fraction:
    return sum((x * y for x, y in zip(r, q, strict=True)), _ZERO)
