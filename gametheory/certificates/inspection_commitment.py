"""What an inspector who commits to a schedule can reach, and no more, re-checked in rationals.

In the game of :mod:`.inspection` with one intended violation the inspector announces the probabilities of inspecting after
every history of inspections; the inspectee sees inspections as they are made, and replies. Let P(n, m) be the set of pairs
(inspector's payoff, inspectee's payoff) from a state on that some commitment and best reply give, public lotteries over
commitments allowed. It is the convex hull of two kinds of pairs, with p the probability of inspecting now, (u₁, w₁) ∈
P(n − 1, m − 1) and (u₂, w₂) ∈ P(n − 1, m) what is committed to after legal conduct:

    legal     p (u₁, w₁) + (1 − p) (u₂, w₂)   if   p w₁ + (1 − p) w₂  ≥  p e_caught + (1 − p) e_undetected,
    violate   p (i_caught, e_caught) + (1 − p) (i_undetected, e_undetected)   if ≥ holds the other way round,

P(0, m) = {(0, 0)}. All conditions are linear in (p, p·(u₁, w₁), (1 − p)·(u₂, w₂)), so that P is a polygon with rational
vertices: those of the two neighbours that keep the legal condition, and the points between one that keeps it and one that
breaks it. The best that the inspector can commit to is the largest u in P. Evidence is the recursion itself, in rationals.

Reference: B. von Stengel 2016, "Recursive inspection games", Mathematics of Operations Research 41, section 6 (leadership);
M. Maschler 1966, "A price leadership method for solving the inspector's non-constant-sum game", Naval Research Logistics 13.
Complexity: for each state the square of the number of vertices.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, final

from gametheory.certificates.encoding import brief, fail
from gametheory.certificates.inspection import InspectionTerms
from gametheory.certificates.rationals import expect_keys, rational_from_json, rational_to_json
from gametheory.errors import SpecificationError
from gametheory.games.normal_form import NormalFormGame

__all__ = ["Commitment", "InspectionCommitmentCertificate", "commitment_sets"]

Point = tuple[Fraction, Fraction]
Position = tuple[int, int]
"""Periods and inspections left."""

_KEYS = (
    *("kind", "periods", "inspections", "violations", "inspector_caught", "inspectee_caught", "inspector_undetected"),
    *("inspectee_undetected", "value"),
)


@final
@dataclass(frozen=True, slots=True, eq=False)
class Commitment:
    """A vertex of P and how it comes about.

    Attributes
    ----------
    payoffs : pair of Fraction
        (inspector, inspectee).
    violates : bool
        Whether the inspectee violates now.
    inspection_probability : Fraction
    after_inspection, after_none : tuple of (probability, Commitment)
        What is committed to after legal conduct; with more than one entry it is drawn, and announced.
    """

    payoffs: Point
    violates: bool
    inspection_probability: Fraction
    after_inspection: tuple[tuple[Fraction, Commitment], ...] = ()
    after_none: tuple[tuple[Fraction, Commitment], ...] = ()


_END = Commitment((Fraction(0), Fraction(0)), False, Fraction(0))


def commitment_sets(terms: InspectionTerms) -> dict[Position, list[Commitment]]:
    """The vertices of P for every position."""
    found: dict[Position, list[Commitment]] = {(0, 0): [_END]}
    for n in range(1, terms.periods + 1):
        for m in range(min(terms.inspections, n) + 1):
            unused = found[n - 1, min(m, n - 1)]
            used = found[n - 1, m - 1] if m else []
            found[n, m] = _hull([*_legal(terms, used, unused), *_violating(terms, used, unused)])
    return found


def _legal(terms: InspectionTerms, used: list[Commitment], unused: list[Commitment]) -> list[Commitment]:
    # Each vertex of a neighbour, what legal conduct gains the inspectee there, and whether it follows an inspection.
    vertices = [(v, v.payoffs[1] - terms.inspectee_caught[0], True) for v in used]
    vertices += [(v, v.payoffs[1] - terms.inspectee_undetected[0], False) for v in unused]
    result = [_legal_point([(Fraction(1), v, inspected)]) for v, slack, inspected in vertices if slack >= 0]
    for v, slack, inspected in vertices:
        for w, lack, also in vertices:
            if slack > 0 > lack:
                t = slack / (slack - lack)
                result.append(_legal_point([(1 - t, v, inspected), (t, w, also)]))
    return result


def _legal_point(parts: list[tuple[Fraction, Commitment, bool]]) -> Commitment:
    """The mixture of vertices, each with its weight and whether it follows an inspection."""
    u, w = (sum((t * v.payoffs[k] for t, v, _ in parts), Fraction(0)) for k in (0, 1))
    probability = sum((t for t, _, inspected in parts if inspected), Fraction(0))
    after = [
        tuple((t / share, v) for t, v, was in parts if was == inspected)
        for inspected, share in ((True, probability), (False, 1 - probability))
    ]
    return Commitment((u, w), False, probability, after[0], after[1])


def _violating(terms: InspectionTerms, used: list[Commitment], unused: list[Commitment]) -> list[Commitment]:
    def pays(v: Commitment) -> Fraction:
        return v.payoffs[1]

    # What would follow legal conduct, which is not played, is as bad for the inspectee as can be.
    worst = [min(group, key=pays) if group else None for group in (used, unused)]
    ends: list[tuple[Fraction, Fraction]] = []
    for q, after, own in ((1, worst[0], terms.inspectee_caught[0]), (0, worst[1], terms.inspectee_undetected[0])):
        if after is not None:
            ends.append((Fraction(q), own - pays(after)))
    chosen = [p for p, gain in ends if gain >= 0]
    if len(ends) == 2 and min(ends[0][1], ends[1][1]) < 0 < max(ends[0][1], ends[1][1]):
        chosen.append(ends[1][1] / (ends[1][1] - ends[0][1]))
    result = []
    for p in chosen:
        payoffs = (
            p * terms.inspector_caught[0] + (1 - p) * terms.inspector_undetected[0],
            p * terms.inspectee_caught[0] + (1 - p) * terms.inspectee_undetected[0],
        )
        threats = [((Fraction(1), v),) if v is not None else () for v in worst]
        result.append(Commitment(payoffs, True, p, threats[0], threats[1]))
    return result


def _hull(points: list[Commitment]) -> list[Commitment]:
    """Vertices of the convex hull; of equal points one without a lottery, if there is one."""
    best: dict[Point, Commitment] = {}
    for point in points:
        known = best.get(point.payoffs)
        if known is None or (_draws(known) and not _draws(point)):
            best[point.payoffs] = point
    ordered = [best[key] for key in sorted(best)]
    if len(ordered) < 3:
        return ordered
    sides = []
    for sequence in (ordered, ordered[::-1]):
        side: list[Commitment] = []
        for point in sequence:
            while len(side) > 1 and _turn(side[-2].payoffs, side[-1].payoffs, point.payoffs) <= 0:
                side.pop()
            side.append(point)
        sides += side[:-1]
    return sides


def _draws(point: Commitment) -> bool:
    return len(point.after_inspection) > 1 or len(point.after_none) > 1


def _turn(a: Point, b: Point, c: Point) -> Fraction:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


@final
@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class InspectionCommitmentCertificate:
    """The claim that the best an inspector can commit to is worth ``value``; see the module.

    Attributes
    ----------
    terms : InspectionTerms
        With one violation.
    value : Fraction

    Examples
    --------
    In a zero-sum game commitment is worth nothing: 2 periods, 1 inspection, −1/3 (M. Dresher 1962).

    >>> terms = InspectionTerms(
    ...     periods=2, inspections=1, violations=1, inspector_caught=(Fraction(1),), inspectee_caught=(Fraction(-1),),
    ...     inspector_undetected=(Fraction(-1),), inspectee_undetected=(Fraction(1),))
    >>> InspectionCommitmentCertificate(terms=terms, value=Fraction(-1, 3)).verify()
    True
    """

    terms: InspectionTerms
    value: Fraction

    @property
    def game_digest(self) -> str:
        """Empty: the certificate states the game itself."""
        return ""

    @property
    def claim(self) -> str:
        """The claim in words."""
        return (
            f"the best that an inspector can commit to with {self.terms.inspections} inspections in {self.terms.periods} "
            f"periods is worth {brief(self.value)}, ties broken in its favour"
        )

    def verify(self, game: NormalFormGame | None = None) -> Literal[True]:
        """Go through the recursion; ``game`` plays no part.

        Raises
        ------
        CertificateError
            The terms are malformed or the value is another.
        """
        flaw = self.terms.flaw()
        if flaw is not None:
            fail(self.claim, flaw)
        if self.terms.violations != 1:
            fail(self.claim, "the recursion holds for one violation")
        periods, inspections, _ = self.terms.start
        found = max(point.payoffs[0] for point in commitment_sets(self.terms)[periods, inspections])
        if found != self.value:
            fail(self.claim, f"it is worth {brief(found)}")
        return True

    def to_dict(self) -> dict[str, Any]:
        """JSON data with everything needed to check it elsewhere."""
        return {"kind": "inspection commitment", **self.terms.to_dict(), "value": rational_to_json(self.value)}

    @classmethod
    def from_dict(cls, data: Any) -> InspectionCommitmentCertificate:
        """Read what :meth:`to_dict` wrote; :class:`~gametheory.errors.SpecificationError` for anything else."""
        expect_keys(data, _KEYS, where="certificate")
        if data["kind"] != "inspection commitment":
            raise SpecificationError(f"certificate.kind: found {data['kind']!r}; write 'inspection commitment'")
        return cls(
            terms=InspectionTerms.from_dict(data), value=rational_from_json(data["value"], where="certificate.value")
        )

    def __repr__(self) -> str:
        return f"InspectionCommitmentCertificate({self.claim})"
