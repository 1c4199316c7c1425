"""No leniency programme that deters a cartel costs less than a bound.

A programme has a conviction rate ρ ∈ [0, ρ̄], a fine F ∈ [0, F̄] and a reward W ∈ [0, W̄] for the member that reports; it costs
c_ρ ρ + c_F F + c_W W. Members with payoffs (π_C, π_D, π_N) who meet again with discount factor δ keep to their agreement iff

    f(ρ, F, W) = (C − N) − (D − N)(1 − δ s)  ≥  0,     C = π_C − ρF,   D = π_D + W,   N = π_N − φF,

s the probability that the cartel outlives a period; without leniency W = 0 and D = π_D − ρF. The programme **deters** iff
f ≤ −η for some member, η ≥ 0 the margin. f is multi-affine in (ρ, F) for every W and falls in W, so that over a box its least
value lies at a corner, and the least W that could deter anywhere in the box is the least that some corner needs. (Without
leniency, where conviction ends the cartel, the one further term δ s ρ²F is bounded at the lower corner.) Evidence for the
bound: bisections of [0, ρ̄] × [0, F̄] into boxes in each of which no programme deters, or the least that might costs no less.

Everything is recomputed in rationals. Complexity: four corners per box and member.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import Any, Literal, final

from gametheory.certificates.encoding import brief, fail
from gametheory.certificates.rationals import expect_keys, rational_from_json, rational_to_json
from gametheory.errors import SpecificationError
from gametheory.games.normal_form import NormalFormGame

__all__ = ["Box", "LeniencyCostCertificate", "LeniencyTerms", "halves", "incentive", "least_cost", "reward_cap"]

Vector = tuple[Fraction, ...]
Box = tuple[tuple[Fraction, Fraction], tuple[Fraction, Fraction]]
"""Ranges of the conviction rate and the fine."""

_VECTORS = ("collude", "deviate", "compete", "costs", "caps")
_NUMBERS = ("survival", "discount", "false_conviction_rate", "margin")
_FLAGS = ("conviction_ends_cartel", "leniency")
_KEYS = ("kind", *_VECTORS, *_NUMBERS, *_FLAGS, "reward_budget", "bisections", "bound")
_LEAF = -1


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class LeniencyTerms:
    """What a programme against a cartel may be, what it costs and whom it must deter; see the module.

    Attributes
    ----------
    collude, deviate, compete : tuple of Fraction, one per member
    survival : Fraction in (0, 1]
        Of the cartel after a period in which it is not convicted.
    discount : Fraction in [0, 1)
    false_conviction_rate : Fraction in [0, 1]
    conviction_ends_cartel : bool
    leniency : bool
        Whether a reporter pays nothing (and earns the reward); without it there is no reward.
    margin : Fraction ≥ 0
    costs, caps : tuple of three Fractions ≥ 0
        Of conviction rate, fine and reward.
    reward_budget : Fraction or None
        The reward is at most the fines of the other members plus this; ``None``: no such limit.
    """

    collude: Vector
    deviate: Vector
    compete: Vector
    survival: Fraction
    discount: Fraction
    false_conviction_rate: Fraction
    conviction_ends_cartel: bool
    leniency: bool
    margin: Fraction
    costs: Vector
    caps: Vector
    reward_budget: Fraction | None


def incentive(
    terms: LeniencyTerms, member: int, rate: Fraction, fine: Fraction, *, below: Box | None = None
) -> tuple[Fraction, Fraction]:
    """f as level − slope · W, slope > 0; with ``below`` the least of the levels at the corners of that box bounds f in it."""
    kept = terms.collude[member] - terms.compete[member]
    taken = terms.deviate[member] - terms.compete[member]
    false = terms.false_conviction_rate * fine
    lasting = terms.discount * terms.survival
    slope = 1 - lasting * (1 - rate if terms.conviction_ends_cartel else 1)
    level = kept - rate * fine + false - (taken + false) * slope
    if not terms.leniency:
        level += rate * fine * (1 - lasting)
        if terms.conviction_ends_cartel:
            r, f = (rate, fine) if below is None else (below[0][0], below[1][0])
            level += lasting * r * r * f
    return level, slope


def reward_cap(terms: LeniencyTerms, fine: Fraction) -> Fraction:
    """The largest reward that may be promised beside a fine."""
    if not terms.leniency:
        return Fraction(0)
    if terms.reward_budget is None:
        return terms.caps[2]
    return min(terms.caps[2], (len(terms.collude) - 1) * fine + terms.reward_budget)


def least_cost(terms: LeniencyTerms, box: Box) -> Fraction | None:
    """A bound below what any deterring programme in the box costs, ``None`` if it holds none."""
    needs = []
    kinds = list(zip(terms.collude, terms.deviate, terms.compete, strict=True))
    alike = sorted({kinds.index(kind) for kind in kinds})  # members with the same payoffs have the same incentive
    for member, rate, fine in product(alike, *box):
        level, slope = incentive(terms, member, rate, fine, below=box)
        needs.append((level + terms.margin) / slope)
    reward = max(Fraction(0), min(needs))
    if reward > reward_cap(terms, box[1][1]):
        return None
    return terms.costs[0] * box[0][0] + terms.costs[1] * box[1][0] + terms.costs[2] * reward


def halves(box: Box, axis: int) -> tuple[Box, Box]:
    """The box cut in the middle, across the conviction rate (0) or the fine (1)."""
    low, high = box[axis]
    middle = (low + high) / 2
    if axis == 0:
        return ((low, middle), box[1]), ((middle, high), box[1])
    return (box[0], (low, middle)), (box[0], (middle, high))


@final
@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class LeniencyCostCertificate:
    """The claim that no deterring programme within the caps costs less than the bound; ``None``: that there is none.

    Attributes
    ----------
    terms : LeniencyTerms
    bisections : tuple of int
        The boxes in preorder: 0 or 1, the axis that is halved, or −1 for a box that is not.
    bound : Fraction or None

    Examples
    --------
    Two sellers who share a profit of 1 at δ = 3/4, fines of at most 1: rates below 1/3 deter nobody.

    >>> half, one, zero = Fraction(1, 2), Fraction(1), Fraction(0)
    >>> terms = LeniencyTerms(
    ...     collude=(half, half), deviate=(one, one), compete=(zero, zero), survival=one, discount=Fraction(3, 4),
    ...     false_conviction_rate=zero, conviction_ends_cartel=False, leniency=False, margin=zero,
    ...     costs=(one, zero, zero), caps=(one, one, zero), reward_budget=None)
    >>> LeniencyCostCertificate(terms=terms, bisections=(0, 0, -1, -1, -1), bound=Fraction(1, 4)).verify()
    True
    """

    terms: LeniencyTerms
    bisections: tuple[int, ...]
    bound: Fraction | None

    @property
    def game_digest(self) -> str:
        """Empty: the claim is about payoffs that the certificate carries."""
        return ""

    @property
    def claim(self) -> str:
        """The claim in words."""
        what = "deters" if self.bound is None else f"that deters costs less than {brief(self.bound)}"
        return (
            f"no programme of convictions, fines and rewards within the caps {what}: {len(self.terms.collude)} members, "
            f"discount factor {brief(self.terms.discount)}"
        )

    def verify(self, game: NormalFormGame | None = None) -> Literal[True]:
        """Recompute the bound of every box; ``game`` plays no part.

        Raises
        ------
        CertificateError
            If the terms are malformed, the bisections are no tree, or a box holds a cheaper programme that might deter.
        """
        self._check_terms()
        terms = self.terms
        waiting: list[Box] = [((Fraction(0), terms.caps[0]), (Fraction(0), terms.caps[1]))]
        for k, axis in enumerate(self.bisections):
            if not waiting:
                fail(self.claim, f"the bisections end before entry {k}")
            box = waiting.pop()
            if axis in (0, 1):
                low, high = halves(box, axis)
                waiting += [high, low]
            elif axis != _LEAF:
                fail(self.claim, f"bisections[{k}] is {axis}, not 0, 1 or -1")
            else:
                cost = least_cost(terms, box)
                if cost is not None and (self.bound is None or cost < self.bound):
                    fail(self.claim, f"in box {k} a programme that costs about {float(cost):.6g} might deter")
        if waiting:
            fail(self.claim, f"{len(waiting)} boxes are left out")
        return True

    def _check_terms(self) -> None:
        terms, one = self.terms, 1
        if not len(terms.collude) == len(terms.deviate) == len(terms.compete) >= 1:
            fail(self.claim, "the payoffs are not those of the same members")
        if len(terms.costs) != 3 or len(terms.caps) != 3 or min(*terms.costs, *terms.caps, terms.margin) < 0:
            fail(self.claim, "a cost, a cap or the margin is missing or negative")
        within = 0 < terms.survival <= one and 0 <= terms.discount < one and 0 <= terms.false_conviction_rate <= one
        if not within or terms.caps[0] > one:
            fail(self.claim, "a probability or the discount factor is out of range")

    def to_dict(self) -> dict[str, Any]:
        """JSON data with everything needed to check it elsewhere."""
        terms, budget = self.terms, self.terms.reward_budget
        return {
            "kind": "leniency cost",
            **{name: [rational_to_json(x) for x in getattr(terms, name)] for name in _VECTORS},
            **{name: rational_to_json(getattr(terms, name)) for name in _NUMBERS},
            **{name: getattr(terms, name) for name in _FLAGS},
            "reward_budget": None if budget is None else rational_to_json(budget),
            "bisections": list(self.bisections),
            "bound": None if self.bound is None else rational_to_json(self.bound),
        }

    @classmethod
    def from_dict(cls, data: Any) -> LeniencyCostCertificate:
        """Read what :meth:`to_dict` wrote; :class:`~gametheory.errors.SpecificationError` for anything else."""
        expect_keys(data, _KEYS, where="certificate")
        if data["kind"] != "leniency cost":
            raise SpecificationError(f"certificate.kind: found {data['kind']!r}; write 'leniency cost'")
        parts: dict[str, Any] = {name: _vector(data[name], f"certificate.{name}") for name in _VECTORS}
        parts |= {name: rational_from_json(data[name], where=f"certificate.{name}") for name in _NUMBERS}
        for name in _FLAGS:
            if not isinstance(data[name], bool):
                raise SpecificationError(f"certificate.{name}: found {data[name]!r}; write true or false")
            parts[name] = data[name]
        axes = data["bisections"]
        if not isinstance(axes, list) or any(type(x) is not int for x in axes):
            raise SpecificationError("certificate.bisections: write a list of integers")
        parts["reward_budget"], bound = (
            None if data[name] is None else rational_from_json(data[name], where=f"certificate.{name}")
            for name in ("reward_budget", "bound")
        )
        return cls(terms=LeniencyTerms(**parts), bisections=tuple(axes), bound=bound)

    def __repr__(self) -> str:
        return f"LeniencyCostCertificate({self.claim})"


def _vector(data: Any, where: str) -> Vector:
    if not isinstance(data, Sequence) or isinstance(data, str):
        raise SpecificationError(f"{where}: write a list of rationals")
    return tuple(rational_from_json(x, where=f"{where}[{k}]") for k, x in enumerate(data))
