"""What auditing with a punishment level is worth, bracketed over all levels by a division of their interval.

Target t pays the adversary u_t unaudited and v_t − x audited, v_t < u_t, x ∈ [0, X] the punishment level; the defender d_t
unaudited and e_t ≥ d_t audited, less a x for the apparatus of punishment, a ≥ 0. With m audit resources let L(x) be the level
to which the adversary can be held (:mod:`.security_coverage`). The best over coverages at x is

    V(x) = max {d_t + (e_t − d_t) p_t(x) : u_t ≥ L(x)} − a x,       p_t(x) = (u_t − L(x)) / (u_t − v_t + x).

L is continuous and falls in x, so that targets only enter the maximum as x rises, and V jumps where a better one does. On
[x₁, x₂] every p_t is at most (u_t − L(x₂)) / (u_t − v_t + x₁) and at most 1, hence

    V(x) ≤ max {d_t + (e_t − d_t) min {1, (u_t − L(x₂)) / (u_t − v_t + x₁)} : u_t ≥ L(x₂)} − a x₁.

Evidence for an upper bound on max_x V: points 0 = x_0 < … < x_n = X such that the right side keeps within the bound on each
interval between them; for the lower bound: one level x and the target attacked there. No continuity is needed, so that the
best level may lie on a jump. With ties against the defender u_t > L replaces u_t ≥ L and the values are suprema.

Reference: J. Blocki, N. Christin, A. Datta, A. Procaccia and A. Sinha 2013, "Audit games", IJCAI. Complexity: one level per
point, each a pass over the sorted targets.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any, Literal, final

from gametheory.certificates.encoding import brief, fail, rationals_from_json
from gametheory.certificates.rationals import expect_keys, rational_from_json, rational_to_json
from gametheory.certificates.security_coverage import attacked_value, least_level
from gametheory.errors import SpecificationError
from gametheory.games.normal_form import NormalFormGame

__all__ = ["AuditGameCertificate", "AuditTerms", "audit_level", "interval_bound", "value_at"]

Vector = tuple[Fraction, ...]
Ties = Literal["strong", "weak"]
_VECTORS = ("defender_audited", "defender_unaudited", "adversary_audited", "adversary_unaudited")
_NUMBERS = ("punishment_cost", "max_punishment")


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class AuditTerms:
    """Payoffs by target, the cost of punishment and its largest level, the number of audit resources; see the module."""

    defender_audited: Vector
    defender_unaudited: Vector
    adversary_audited: Vector
    adversary_unaudited: Vector
    punishment_cost: Fraction
    max_punishment: Fraction
    num_resources: int

    def fault(self) -> str | None:
        """What is out of order, in words."""
        count = len(self.defender_audited)
        if count == 0 or any(len(getattr(self, name)) != count for name in _VECTORS):
            return "the payoffs are not those of the same targets"
        if self.num_resources < 1 or self.punishment_cost < 0 or self.max_punishment <= 0:
            return "there is no resource, a negative cost, or no punishment above 0 is allowed"
        rows = zip(*(getattr(self, name) for name in _VECTORS), strict=True)
        for t, (e, d, v, u) in enumerate(rows):
            if e < d or v >= u:
                return f"auditing target {t} does not help the defender and hurt the adversary"
        return None


def audit_level(terms: AuditTerms, x: Fraction) -> Fraction:
    """L(x): what the adversary can be held to at a punishment level."""
    audited = [v - x for v in terms.adversary_audited]
    return least_level(terms.adversary_unaudited, audited, terms.num_resources)


def value_at(terms: AuditTerms, x: Fraction, level: Fraction, ties: Ties) -> tuple[Fraction, int]:
    """V(x) and the target attacked (the first among equals), given L(x)."""
    values = {}
    rows = zip(*(getattr(terms, name) for name in _VECTORS), strict=True)
    for t, (e, d, v, u) in enumerate(rows):
        if u > level or (u == level and ties == "strong"):
            values[t] = attacked_value(e, d, min(Fraction(1), (u - level) / (u - v + x)))
    chosen = max(values, key=values.__getitem__)  # the target worth most unaudited is there: L is below that
    return values[chosen] - terms.punishment_cost * x, chosen


def interval_bound(terms: AuditTerms, low: Fraction, high: Fraction, level: Fraction, ties: Ties) -> Fraction:
    """The bound of the module on V over [low, high], given L(high)."""
    return value_at(terms, low, level, ties)[0]


@final
@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class AuditGameCertificate:
    """The best over all punishment levels is at least ``value``, reached at ``punishment``, and at most ``bound``.

    Attributes
    ----------
    terms : AuditTerms
    ties : "strong" or "weak"
    punishment, value : Fraction
        A level and what the defender gets there (weak: as a supremum).
    points : tuple of Fraction
        From 0 to the largest level, rising.
    bound : Fraction

    Examples
    --------
    >>> one = (Fraction(1),)
    >>> terms = AuditTerms(
    ...     defender_audited=(Fraction(0),), defender_unaudited=(Fraction(-1),), adversary_audited=(Fraction(0),),
    ...     adversary_unaudited=one, punishment_cost=Fraction(1), max_punishment=Fraction(1), num_resources=1)
    >>> AuditGameCertificate(terms=terms, ties="strong", punishment=Fraction(0), value=Fraction(0),
    ...                      points=(Fraction(0), Fraction(1)), bound=Fraction(0)).verify()
    True
    """

    terms: AuditTerms
    ties: Ties
    punishment: Fraction
    value: Fraction
    points: tuple[Fraction, ...]
    bound: Fraction

    @property
    def game_digest(self) -> str:
        """Empty: the claim is about payoffs that the certificate carries."""
        return ""

    @property
    def claim(self) -> str:
        """The claim in words."""
        ties = "" if self.ties == "strong" else " as a supremum, ties against the defender,"
        count = len(self.terms.defender_audited)
        return (
            f"auditing {count} targets with a punishment of at most {brief(self.terms.max_punishment)} is worth{ties} at least "
            f"{brief(self.value)} and at most {brief(self.bound)}"
        )

    def verify(self, game: NormalFormGame | None = None) -> Literal[True]:
        """Recompute the value at the level and the bound of every interval.

        Raises
        ------
        CertificateError
            If the payoffs are out of order, the points do not cover the interval, or a value is not what it should be.
        """
        fault = self.terms.fault()
        if fault is not None:
            fail(self.claim, fault)
        if self.ties not in ("strong", "weak"):
            fail(self.claim, "the rule for ties is unknown")
        top = self.terms.max_punishment
        if not 0 <= self.punishment <= top:
            fail(self.claim, f"the punishment {brief(self.punishment)} is out of range")
        found = value_at(self.terms, self.punishment, audit_level(self.terms, self.punishment), self.ties)
        if found[0] != self.value:
            fail(self.claim, "the value at the punishment level is another one")
        if len(self.points) < 2 or self.points[0] != 0 or self.points[-1] != top:
            fail(self.claim, "the points do not run from 0 to the largest punishment")
        for low, high in pairwise(self.points):
            if low >= high:
                fail(self.claim, f"the points do not rise at {brief(low)}")
            bound = interval_bound(self.terms, low, high, audit_level(self.terms, high), self.ties)
            if bound > self.bound:
                fail(self.claim, f"between {brief(low)} and {brief(high)} the value may be {float(bound):.6g}")
        return True

    def to_dict(self) -> dict[str, Any]:
        """JSON data with everything needed to check it elsewhere."""
        terms = self.terms
        return {
            "kind": "audit game",
            **{name: _texts(getattr(terms, name)) for name in _VECTORS},
            **{name: rational_to_json(getattr(terms, name)) for name in _NUMBERS},
            "num_resources": terms.num_resources,
            "ties": self.ties,
            **{name: rational_to_json(getattr(self, name)) for name in ("punishment", "value", "bound")},
            "points": _texts(self.points),
        }

    @classmethod
    def from_dict(cls, data: Any) -> AuditGameCertificate:
        """Read what :meth:`to_dict` wrote; :class:`~gametheory.errors.SpecificationError` for anything else."""
        own = ("punishment", "value", "bound")
        keys = ("kind", *_VECTORS, *_NUMBERS, "num_resources", "ties", *own, "points")
        expect_keys(data, keys, where="certificate")
        if data["kind"] != "audit game" or data["ties"] not in ("strong", "weak"):
            raise SpecificationError("certificate: write kind 'audit game' and ties 'strong' or 'weak'")
        if type(data["num_resources"]) is not int:
            raise SpecificationError("certificate.num_resources: write a whole number")
        parts: dict[str, Any] = {
            name: rationals_from_json(data[name], f"certificate.{name}") for name in (*_VECTORS, "points")
        }
        parts |= {name: rational_from_json(data[name], where=f"certificate.{name}") for name in (*_NUMBERS, *own)}
        terms = AuditTerms(
            num_resources=data["num_resources"], **{name: parts[name] for name in (*_VECTORS, *_NUMBERS)}
        )
        return cls(terms=terms, ties=data["ties"], points=parts["points"], **{name: parts[name] for name in own})

    def __repr__(self) -> str:
        return f"AuditGameCertificate({self.claim})"


def _texts(values: Iterable[Fraction]) -> list[str]:
    return [rational_to_json(x) for x in values]
