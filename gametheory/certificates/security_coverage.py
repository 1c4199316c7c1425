"""The value of covering targets against an attacker who strikes where it pays most, by the level to which it is held.

Target t pays the attacker u_t uncovered and v_t < u_t covered, the defender d_t uncovered and e_t ≥ d_t covered. With m
interchangeable resources the coverages are 0 ≤ c ≤ 1, Σ c ≤ m. Holding the attacker to the level L at every target takes

    demand(L) = Σ_t max {0, u_t − L} / (u_t − v_t),      L ≥ max_t v_t.

The least level is L* ≥ max v with demand(L*) = m, or L* = max v if demand(max v) ≤ m. After any coverage the attacker gets at
least L*, so that a target attacked has u_t ≥ L* and is covered with at most (u_t − L*) / (u_t − v_t). Hence the defender gets
at most

    V = max {d_t + (e_t − d_t) (u_t − L*) / (u_t − v_t) : u_t ≥ L*},

and it gets V by covering every target with max {0, u_t − L*} / (u_t − v_t), ties broken for it. If ties are broken against it
the supremum is the same over u_t > L*: such a target is the attacker's only best reply once it is covered by a little less.

Reference: C. Kiekintveld et al. 2009, "Computing optimal randomized resource allocations for massive security games", AAMAS,
section 4 (ORIGAMI). Complexity: one pass over the targets once they are sorted, in integers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, final

from gametheory.certificates.encoding import brief, fail, rationals_from_json
from gametheory.certificates.rationals import expect_keys, rational_from_json, rational_to_json
from gametheory.errors import SpecificationError
from gametheory.games.normal_form import NormalFormGame

__all__ = ["CoverageCertificate", "attacked_value", "is_least_level", "least_level"]

Vector = tuple[Fraction, ...]
_VECTORS = ("defender_covered", "defender_uncovered", "attacker_covered", "attacker_uncovered")
_KEYS = ("kind", *_VECTORS, "num_resources", "ties", "level", "value")


def least_level(uncovered: Sequence[Fraction], covered: Sequence[Fraction], num_resources: int) -> Fraction:
    """L*: the least that the attacker can be held to; ``covered`` < ``uncovered`` at every target.

    Examples
    --------
    >>> least_level([Fraction(5), Fraction(4)], [Fraction(-1), Fraction(-2)], 1)
    Fraction(3, 2)
    """
    scale = math.lcm(*(x.denominator for x in (*uncovered, *covered)))
    pairs = sorted(
        ((int(u * scale), int(v * scale)) for u, v in zip(uncovered, covered, strict=True)), key=lambda pair: -pair[0]
    )
    floor = max(v for _, v in pairs)
    common = math.lcm(*(u - v for u, v in pairs))
    total = weight = 0  # over the targets held down so far: Σ u w and Σ w, w = common / (u − v)
    for k, (u, v) in enumerate(pairs):
        share = common // (u - v)
        total, weight = total + u * share, weight + share
        below = max(floor, pairs[k + 1][0]) if k + 1 < len(pairs) else floor
        if total - below * weight >= num_resources * common:
            return Fraction(total - num_resources * common, weight * scale)
        if below == floor:
            break
    return Fraction(floor, scale)


def is_least_level(
    level: Fraction, uncovered: Sequence[Fraction], covered: Sequence[Fraction], num_resources: int
) -> bool:
    """Whether a level is L*, by one sum."""
    scale = math.lcm(level.denominator, *(x.denominator for x in (*uncovered, *covered)))
    at, floor = int(level * scale), max(covered)
    held = [(int(u * scale) - at, int((u - v) * scale)) for u, v in zip(uncovered, covered, strict=True) if u > level]
    common = math.lcm(*(r for _, r in held))
    excess = sum(gap * (common // r) for gap, r in held) - num_resources * common
    return level >= floor and (excess == 0 or (excess < 0 and level == floor))


def attacked_value(covered: Fraction, uncovered: Fraction, probability: Fraction) -> Fraction:
    """What the defender gets if a target covered with this probability is attacked."""
    return uncovered + (covered - uncovered) * probability


@final
@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class CoverageCertificate:
    """The best that any coverage gives the defender is exactly ``value``.

    Attributes
    ----------
    defender_covered, defender_uncovered, attacker_covered, attacker_uncovered : tuple of Fraction, one per target
    num_resources : int ≥ 1
    ties : "strong" or "weak"
        Broken for the defender, or against it: then the claim is about the supremum.
    level : Fraction
        What the attacker can be held to.
    value : Fraction

    Examples
    --------
    >>> payoffs = {"defender_covered": (1, 2), "defender_uncovered": (-5, -6), "attacker_covered": (-1, -2),
    ...            "attacker_uncovered": (5, 4)}
    >>> exact = {name: tuple(map(Fraction, row)) for name, row in payoffs.items()}
    >>> CoverageCertificate(
    ...     **exact, num_resources=1, ties="strong", level=Fraction(3, 2), value=Fraction(-3, 2)).verify()
    True
    """

    defender_covered: Vector
    defender_uncovered: Vector
    attacker_covered: Vector
    attacker_uncovered: Vector
    num_resources: int
    ties: Literal["strong", "weak"]
    level: Fraction
    value: Fraction

    @property
    def game_digest(self) -> str:
        """Empty: the claim is about payoffs that the certificate carries."""
        return ""

    @property
    def claim(self) -> str:
        """The claim in words."""
        ties = "" if self.ties == "strong" else ", ties against the defender, as a supremum"
        return (
            f"covering {len(self.defender_covered)} targets with {self.num_resources} resources is worth exactly "
            f"{brief(self.value)}{ties}; the attacker is held to {brief(self.level)}"
        )

    def verify(self, game: NormalFormGame | None = None) -> Literal[True]:
        """Recompute the demand at the level, and the value over the targets that are worth attacking.

        Raises
        ------
        CertificateError
            If the payoffs are out of order, the level is not the least, or the value not the best.
        """
        count = len(self.defender_covered)
        if count == 0 or any(len(getattr(self, name)) != count for name in _VECTORS):
            fail(self.claim, "the payoffs are not those of the same targets")
        if self.num_resources < 1 or self.ties not in ("strong", "weak"):
            fail(self.claim, "there is no resource, or the rule for ties is unknown")
        table = list(zip(*(getattr(self, name) for name in _VECTORS), strict=True))
        for t, (e, d, v, u) in enumerate(table):
            if e < d or v >= u:
                fail(self.claim, f"covering target {t} does not help the defender and hurt the attacker")
        if not is_least_level(self.level, self.attacker_uncovered, self.attacker_covered, self.num_resources):
            fail(self.claim, f"{brief(self.level)} is not the least level")
        best = max(
            attacked_value(e, d, (u - self.level) / (u - v))
            for e, d, v, u in table
            if u > self.level or (u == self.level and self.ties == "strong")
        )
        if best != self.value:
            fail(self.claim, f"the best is {brief(best)}")
        return True

    def to_dict(self) -> dict[str, Any]:
        """JSON data with everything needed to check it elsewhere."""
        return {
            "kind": "security coverage",
            **{name: [rational_to_json(x) for x in getattr(self, name)] for name in _VECTORS},
            "num_resources": self.num_resources,
            "ties": self.ties,
            "level": rational_to_json(self.level),
            "value": rational_to_json(self.value),
        }

    @classmethod
    def from_dict(cls, data: Any) -> CoverageCertificate:
        """Read what :meth:`to_dict` wrote; :class:`~gametheory.errors.SpecificationError` for anything else."""
        expect_keys(data, _KEYS, where="certificate")
        if data["kind"] != "security coverage" or data["ties"] not in ("strong", "weak"):
            raise SpecificationError("certificate: write kind 'security coverage' and ties 'strong' or 'weak'")
        if type(data["num_resources"]) is not int:
            raise SpecificationError("certificate.num_resources: write a whole number")
        vectors = {name: rationals_from_json(data[name], f"certificate.{name}") for name in _VECTORS}
        return cls(
            **vectors,
            num_resources=data["num_resources"],
            ties=data["ties"],
            level=rational_from_json(data["level"], where="certificate.level"),
            value=rational_from_json(data["value"], where="certificate.value"),
        )

    def __repr__(self) -> str:
        return f"CoverageCertificate({self.claim})"
