"""How large a secret is: which laws of a signal a budget allows, and what a mixture within it can be worth at most.

A team draws a secret signal k with probability λ_k and plays the product x_k of mixed strategies. A budget restricts λ:

* ``"seed"``: at most K values;
* ``"min_entropy"``: max_k λ_k ≥ 2^−C. Such a mixture is 2^−C · x_1 + (1 − 2^−C) · D with D any distribution at all;
* ``"entropy"``: H(λ) = Σ_k η(λ_k) ≤ C with η(p) = −p log₂ p.

How many values are enough, against an adversary with n actions: what n payoffs u_b are at least is kept when λ moves to a
vertex of {λ : Σ_k λ_k u_b(x_k) ≥ t for all b, Σ_k λ_k = 1}, where at most n + 1 of them are positive, and H, which is
concave, is least at a vertex: n + 1 for entropy. Without a budget the vertex of the programme in (λ, t) has n of them, so
that a seed of n values is worth as much as any.

**Upper bounds.** If signal k is confined to a cell of strategies, then u_q(x_k) ≤ M_k, the largest payoff at a choice of
vertices (u_q = Σ_b q_b u_b for weights q ≥ 0 with sum 1); M_∞ is that of the whole. Signals are numbered so that
λ_1 ≥ λ_2 ≥ …; the first m have cells of their own. min_b E u_b ≤ Σ_k λ_k M_k, hence at most

* ``"seed"``: max_j (M_1 + … + M_j)/j over j ≤ K, as vertices of the ordered simplex are uniform on the first j;
* ``"min_entropy"``: L M_1 + (1 − L) M_∞ for any L ≤ 2^−C;
* ``"entropy"``, for λ_k between l_k and h_k, the rest of them together r ≤ R: for any price μ ≥ 0 of a bit

      min_ν { ν + μC + Σ_{k≤m} max_{p ∈ {l_k, h_k}} [p (M_k − ν) − μ η(p)] + max_{r ∈ {r_0, R}} r (M_∞ − ν − μρ) }

  by Lagrange: p (M_k − ν) − μ η(p) is convex in p, and as no single one of the rest exceeds c = min(h_{m+1}, R), they
  have an entropy of at least rρ, ρ = log₂ 1/c. The minimum is at a kink. No λ at all is left if the numbers h_1, h_2, …
  filled up in this order until they sum to 1 have an entropy above C: they majorise every other λ.

Logarithms and powers of two are bracketed by rationals on the safe side, and exact where they are rational.

References: A. W. Marshall, I. Olkin and B. C. Arnold (2011), *Inequalities*, 3.D.2 (entropy is Schur-concave); M. Valizadeh
and A. Gohari (2018), *Playing games with bounded entropy*. Complexity: O(m²) rational operations a leaf.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Literal, final

from gametheory.certificates.elementary import exponential_bracket, logarithm_bracket, per_unit
from gametheory.certificates.encoding import brief
from gametheory.errors import SpecificationError

__all__ = ["Box", "SecretBudget", "SecretNotion", "cut_box", "entropy_bits", "power_of_two", "rest_of"]

SecretNotion = Literal["seed", "min_entropy", "entropy"]
Pair = tuple[Fraction, Fraction]
Box = tuple[Pair, ...]
"""For each signal the least and the largest probability."""

MAX_AMOUNT = 64
_GRID = 80


@final
@dataclass(frozen=True, slots=True)
class SecretBudget:
    """A notion of the size of a secret, and a size.

    Attributes
    ----------
    notion : "seed", "min_entropy" or "entropy"
    amount : Fraction
        Bits, 0 to 64; for ``"seed"`` the number of values, a whole number ≥ 1.

    Examples
    --------
    >>> SecretBudget("entropy", Fraction(1)).violation([Fraction(1, 2), Fraction(1, 2)]) is None
    True
    >>> SecretBudget("min_entropy", Fraction(1)).violation([Fraction(1, 3)] * 3)
    'no value has a probability of 2^-1; the largest is 1/3'
    """

    notion: SecretNotion
    amount: Fraction

    def __post_init__(self) -> None:
        if self.notion not in ("seed", "min_entropy", "entropy"):
            raise SpecificationError(f"notion: found {self.notion!r}; write 'seed', 'min_entropy' or 'entropy'")
        if self.notion == "seed":
            if self.amount.denominator != 1 or self.amount < 1:
                raise SpecificationError(f"amount: found {brief(self.amount)} values; write a whole number ≥ 1")
        elif not 0 <= self.amount <= MAX_AMOUNT:
            raise SpecificationError(f"amount: found {brief(self.amount)}; write bits from 0 to {MAX_AMOUNT}")

    def __str__(self) -> str:
        if self.notion == "seed":
            return f"{self.amount} value{'s' if self.amount > 1 else ''}"
        return f"{brief(self.amount)} bits of {'entropy' if self.notion == 'entropy' else 'min-entropy'}"

    def violation(self, weights: Sequence[Fraction]) -> str | None:
        """What puts a law of the signal outside the budget, in words; ``None`` for nothing.

        Raises
        ------
        SpecificationError
            If the numbers are no probabilities.
        """
        if not weights or min(weights) < 0 or sum(weights) != 1:
            raise SpecificationError("weights: write probabilities ≥ 0 with sum 1")
        if self.notion == "seed":
            return None if len(weights) <= self.amount else f"there are {len(weights)} values"
        if self.notion == "min_entropy":
            if max(weights) >= power_of_two(-self.amount)[1]:
                return None
            return f"no value has a probability of 2^-{brief(self.amount)}; the largest is {brief(max(weights))}"
        most = sum((entropy_bits(p)[1] for p in weights), Fraction(0))
        return None if most <= self.amount else f"the entropy is up to {float(most):.12g} bits"

    def most_signals(self, num_adversary_actions: int) -> int:
        """How many signals a subdivision may need to speak of."""
        if self.notion == "min_entropy":
            return 1
        if self.notion == "seed":
            return min(self.amount.numerator, num_adversary_actions)
        return num_adversary_actions + 1

    def first_box(self, num_signals: int) -> Box:
        """Bounds on λ_1 ≥ λ_2 ≥ … before anything is subdivided; an entropy of C bits leaves λ_1 ≥ 2^−C."""
        first = Fraction(1, num_signals)
        if self.notion == "entropy":
            first = max(first, power_of_two(-self.amount)[0])
        return tuple((first if k == 0 else Fraction(0), Fraction(1, k + 1)) for k in range(num_signals))

    def bound(self, tops: Sequence[Fraction], whole: Fraction, price: Fraction, box: Box) -> Fraction | None:
        """The largest Σ_k λ_k M_k of the module's docstring; ``None`` if the box holds no law within the budget.

        Parameters
        ----------
        tops : sequence of Fraction
            M_1, …, M_m.
        whole : Fraction
            M_∞.
        price : Fraction
            Of a bit, ≥ 0; only for ``"entropy"``.
        box : Box
            Of all signals.
        """
        if self.notion == "min_entropy":
            least = power_of_two(-self.amount)[0]
            return least * (tops[0] if tops else whole) + (1 - least) * whole
        if self.notion == "seed":
            best, total = None, Fraction(0)
            for j in range(len(box)):
                total += tops[j] if j < len(tops) else whole
                best = total / (j + 1) if best is None else max(best, total / (j + 1))
            return best
        return self._entropy_bound(tops, whole, price, box)

    def _entropy_bound(self, tops: Sequence[Fraction], whole: Fraction, price: Fraction, box: Box) -> Fraction | None:
        if self.excludes(box):
            return None
        m = len(tops)
        terms: list[tuple[Fraction, list[Pair]]] = []
        for top, ends in zip(tops, box, strict=False):
            terms.append((top, [(p, price * entropy_bits(p)[0]) for p in ends]))
        least, most, cost = rest_of(box, m)
        if most > 0:
            terms.append((whole, [(r, price * r * cost) for r in (least, most)]))
        kinks = [
            top if first[0] == last[0] else top - (last[1] - first[1]) / (last[0] - first[0])
            for top, (first, last) in terms
        ]
        # ν + Σ max (p (M − ν) − cost) is convex and piecewise linear in ν, and falls nowhere without end.
        return min(
            nu + price * self.amount + sum(max(p * (top - nu) - cost for p, cost in ends) for top, ends in terms)
            for nu in kinks
        )

    def excludes(self, box: Box) -> bool:
        """Whether no law of the signal within the box is within the entropy."""
        left, total = Fraction(1), Fraction(0)
        for low, high in box:
            if low > high:
                return True
            part = min(high, left)
            total += entropy_bits(part)[0]
            left -= part
        return left > 0 or sum(low for low, _ in box) > 1 or total > self.amount


def rest_of(box: Box, opened: int) -> tuple[Fraction, Fraction, Fraction]:
    """Least and largest mass of the signals beyond the first ``opened``, and the least entropy of a unit of it."""
    rest = box[opened:]
    most = min(sum((high for _, high in rest), Fraction(0)), 1 - sum((low for low, _ in box[:opened]), Fraction(0)))
    if not rest or most <= 0:
        return Fraction(0), Fraction(0), Fraction(0)
    return min(sum((low for low, _ in rest), Fraction(0)), most), most, -_logarithm(min(rest[0][1], most))[1]


def cut_box(box: Box, signal: int, cut: Fraction, *, above: bool) -> Box:
    """The box with λ_signal ≥ cut (``above``) or ≤ cut, and what λ_1 ≥ λ_2 ≥ … makes of it."""
    if above:
        return tuple((max(low, cut) if k <= signal else low, high) for k, (low, high) in enumerate(box))
    return tuple((low, min(high, cut) if k >= signal else high) for k, (low, high) in enumerate(box))


@lru_cache(maxsize=4096)
def entropy_bits(p: Fraction) -> Pair:
    """Rationals around −p log₂ p, for 0 ≤ p ≤ 1; equal where it is rational.

    Examples
    --------
    >>> entropy_bits(Fraction(1, 4))
    (Fraction(1, 2), Fraction(1, 2))
    """
    if p == 0:
        return Fraction(0), Fraction(0)
    low, high = _logarithm(p)
    if low == high:
        return -p * low, -p * low
    return _on_grid(-p * high, up=False), _on_grid(-p * low, up=True)


@lru_cache(maxsize=4096)
def _logarithm(p: Fraction) -> Pair:
    """Rationals around log₂ p, for p > 0; equal for powers of two."""
    top, bottom = p.numerator, p.denominator
    if top & (top - 1) == 0 and bottom & (bottom - 1) == 0:
        exponent = Fraction(top.bit_length() - bottom.bit_length())
        return exponent, exponent
    bracket = per_unit(logarithm_bracket(p), "bits")
    return _on_grid(Fraction(bracket.exact_lower), up=False), _on_grid(Fraction(bracket.exact_upper), up=True)


@lru_cache(maxsize=256)
def power_of_two(exponent: Fraction) -> Pair:
    """Rationals around 2^exponent, for |exponent| ≤ 64; equal for whole numbers.

    Examples
    --------
    >>> low, high = power_of_two(Fraction(-1, 2))
    >>> low < high, float(low)
    (True, 0.7071067811865476)
    """
    if exponent.denominator == 1:
        exact = Fraction(2) ** int(exponent)
        return exact, exact
    ends = [exponential_bracket(exponent * bound) for bound in logarithm_bracket(Fraction(2))]
    places = _GRID + max(0, -math.floor(exponent))
    low, high = min(low for low, _ in ends), max(high for _, high in ends)
    return _on_grid(low, up=False, places=places), _on_grid(high, up=True, places=places)


def _on_grid(x: Fraction, *, up: bool, places: int = _GRID) -> Fraction:
    """A multiple of 2^−places next to x, so that sums stay short."""
    scaled = x.numerator << places
    return Fraction(-(-scaled // x.denominator) if up else scaled // x.denominator, 1 << places)
