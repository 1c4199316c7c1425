"""Proof that systems of polynomial inequalities have no real solution: an identity that a reader can expand.

A system S has constraints p_i ≥ 0, p_i > 0 or p_i = 0 in real variables x. A refutation of S writes

    Σ_k λ_k · Π_k(x) · q_k(x)²  +  Σ_j e_j(x) · r_j(x)  =  0   for all x,

with λ_k > 0, each Π_k a product of constraints ≥ 0 and > 0, polynomials q_k, each e_j a constraint = 0, r_j any
polynomial, and at least one k whose Π_k has strict factors alone (or none: Π_k = 1) and q_k = 1. At a solution every
summand would be ≥ 0 and that one > 0: there is none. Degree one is the lemma of Farkas; products without squares are
Handelman's and Krivine's; squares make it the Positivstellensatz of Krivine and Stengle, by which a refutation exists
whenever S has no solution.

What the systems say about a claim (they are the cases in which it would fail) is a second question, answered by
:meth:`RefutationCertificate.verify_against` with systems that are derived from the claim anew.

References: J.-L. Krivine, *Anneaux préordonnés*, J. Anal. Math. 12 (1964); G. Stengle, *A Nullstellensatz and a
Positivstellensatz in semialgebraic geometry*, Math. Ann. 207 (1974); D. Handelman, Pacific J. Math. 132 (1988).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, final

from gametheory.certificates.encoding import fail
from gametheory.certificates.polynomials import (
    Polynomial,
    added,
    multiplied,
    polynomial_from_json,
    polynomial_text,
    polynomial_to_json,
    scaled,
)
from gametheory.certificates.rationals import expect_keys, rational_from_json, rational_to_json
from gametheory.errors import SpecificationError
from gametheory.games.normal_form import NormalFormGame

__all__ = ["PolynomialSystem", "Refutation", "RefutationCertificate", "Summand"]

Relation = Literal[">=", ">", "=="]
_RELATIONS = (">=", ">", "==")


@final
@dataclass(frozen=True, slots=True)
class PolynomialSystem:
    """Constraints p_i ≥ 0, p_i > 0 or p_i = 0 that shall have no common solution.

    Attributes
    ----------
    constraints : tuple of pairs (polynomial, relation)
    """

    constraints: tuple[tuple[Polynomial, Relation], ...]

    @property
    def key(self) -> frozenset[tuple[frozenset[tuple[tuple[int, ...], Fraction]], Relation]]:
        """The constraints as a set, in whatever order they stand."""
        return frozenset((frozenset(p.items()), relation) for p, relation in self.constraints)

    def text(self, names: Sequence[str]) -> str:
        """The constraints in one line."""
        return ", ".join(f"{polynomial_text(p, names)} {relation} 0" for p, relation in self.constraints) or "nothing"


@final
@dataclass(frozen=True, slots=True)
class Summand:
    """λ · ∏ constraints · q²: ``factors`` lists constraints by place, with repetition; ``square`` is q (``None``: 1)."""

    weight: Fraction
    factors: tuple[int, ...]
    square: Polynomial | None = None


@final
@dataclass(frozen=True, slots=True)
class Refutation:
    """The two sums of the identity; ``equalities`` pairs the place of a constraint = 0 with its multiplier r."""

    summands: tuple[Summand, ...]
    equalities: tuple[tuple[int, Polynomial], ...] = ()

    @property
    def family(self) -> str:
        """``"Farkas"``, ``"Handelman"`` or ``"sum of squares"``."""
        if any(s.square is not None for s in self.summands):
            return "sum of squares"
        linear = all(len(s.factors) <= 1 for s in self.summands)
        return "Farkas" if linear and all(not any(map(sum, r)) for _, r in self.equalities) else "Handelman"


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False)
class RefutationCertificate:
    """None of the systems has a real solution.

    Attributes
    ----------
    subject : str
        What follows from it, in words.
    variables : tuple of str
    systems : tuple of PolynomialSystem
    refutations : tuple of Refutation
        One for each system.

    Examples
    --------
    No x has x ≥ 1 and −x > 0: the sum of the two is −1 > 0.

    >>> one = Fraction(1)
    >>> system = PolynomialSystem((({(1,): one, (0,): -one}, ">="), ({(1,): -one}, ">")))
    >>> proof = Refutation((Summand(one, (0,)), Summand(one, (1,)), Summand(one, ())))
    >>> RefutationCertificate("x >= 1 implies x >= 0", ("x",), (system,), (proof,)).verify()
    True
    """

    subject: str
    variables: tuple[str, ...]
    systems: tuple[PolynomialSystem, ...]
    refutations: tuple[Refutation, ...]

    @property
    def claim(self) -> str:
        """The claim in words."""
        cases = "the case" if len(self.systems) == 1 else f"none of the {len(self.systems)} cases"
        verb = "has no real solution" if len(self.systems) == 1 else "has a real solution"
        return f"{cases} in which this would fail {verb}: {self.subject}"

    @property
    def game_digest(self) -> str:
        """Empty: the claim is about no single game."""
        return ""

    @property
    def family(self) -> str:
        """The strongest kind of identity used."""
        ranked = ("Farkas", "Handelman", "sum of squares")
        return max((r.family for r in self.refutations), key=ranked.index, default="Farkas")

    def verify(self, game: NormalFormGame | None = None) -> Literal[True]:
        """Expand every identity in fractions.

        Raises
        ------
        CertificateError
            Naming the case and what breaks: a weight that is not positive, a sum that is not zero, no strict summand.
        """
        if game is not None:
            fail(self.claim, "it is about no single game; verify it without one")
        if len(self.refutations) != len(self.systems):
            fail(self.claim, f"{len(self.systems)} cases have {len(self.refutations)} refutations")
        for case, (system, refutation) in enumerate(zip(self.systems, self.refutations, strict=True), 1):
            violation = _violation(system, refutation, self.variables)
            if violation:
                fail(self.claim, f"case {case}: {violation}")
        return True

    def verify_against(self, variables: Sequence[str], systems: Sequence[PolynomialSystem]) -> Literal[True]:
        """Check that these are the cases, derived from the claim anew; their order does not matter."""
        if tuple(variables) != self.variables:
            fail(self.claim, f"it speaks of {', '.join(self.variables)}, the claim of {', '.join(variables)}")
        carried = [system.key for system in self.systems]
        for case, system in enumerate(systems, 1):
            if system.key not in carried:
                fail(self.claim, f"case {case} of the claim is not covered: {system.text(self.variables)}")
        return True

    def to_dict(self) -> dict[str, Any]:
        """JSON data with everything needed to check it elsewhere."""
        return {
            "kind": "refutation",
            "subject": self.subject,
            "variables": list(self.variables),
            "cases": [
                {
                    "constraints": [[polynomial_to_json(p), relation] for p, relation in system.constraints],
                    "summands": [
                        [
                            rational_to_json(s.weight),
                            list(s.factors),
                            None if s.square is None else polynomial_to_json(s.square),
                        ]
                        for s in refutation.summands
                    ],
                    "equalities": [[place, polynomial_to_json(r)] for place, r in refutation.equalities],
                }
                for system, refutation in zip(self.systems, self.refutations, strict=True)
            ],
        }

    @classmethod
    def from_dict(cls, data: Any) -> RefutationCertificate:
        """Read what :meth:`to_dict` wrote; nothing is believed before :meth:`verify`."""
        expect_keys(data, ("kind", "subject", "variables", "cases"), where="certificate")
        if data["kind"] != "refutation":
            raise SpecificationError(f"certificate.kind: found {str(data['kind'])[:60]!r}; this reads 'refutation'")
        variables = data["variables"]
        if not isinstance(variables, list) or not all(isinstance(v, str) for v in variables):
            raise SpecificationError(f"certificate.variables: found {str(variables)[:60]}; write a list of names")
        if len(set(variables)) != len(variables):
            raise SpecificationError("certificate.variables: found a name twice; name each variable once")
        if not isinstance(data["subject"], str):
            raise SpecificationError("certificate.subject: found no text; write what follows")
        if not isinstance(data["cases"], list):
            raise SpecificationError("certificate.cases: found no list; write one object for each case")
        read = [_case(case, len(variables), f"certificate.cases[{k}]") for k, case in enumerate(data["cases"])]
        return cls(data["subject"], tuple(variables), tuple(s for s, _ in read), tuple(r for _, r in read))

    def __repr__(self) -> str:
        return f"RefutationCertificate({self.subject}: {len(self.systems)} cases, {self.family})"


def _violation(system: PolynomialSystem, refutation: Refutation, names: Sequence[str]) -> str:
    constraints = system.constraints
    total: Mapping[tuple[int, ...], Fraction] = {}
    strict = False
    one = {(0,) * len(names): Fraction(1)}
    for summand in refutation.summands:
        if summand.weight <= 0:
            return f"a weight is {summand.weight}, not positive"
        product: Polynomial = one
        for place in summand.factors:
            if not 0 <= place < len(constraints):
                return f"a summand uses constraint {place}, of {len(constraints)}"
            if constraints[place][1] == "==":
                return f"a summand multiplies by the equality {place}, whose sign is unknown"
            product = multiplied(product, constraints[place][0])
        if summand.square is not None:
            product = multiplied(product, multiplied(summand.square, summand.square))
        elif all(constraints[place][1] == ">" for place in summand.factors):
            strict = True
        total = added(total, scaled(product, summand.weight))
    for place, multiplier in refutation.equalities:
        if not 0 <= place < len(constraints) or constraints[place][1] != "==":
            return f"constraint {place} is no equality"
        total = added(total, multiplied(constraints[place][0], multiplier))
    if total:
        return f"the sum is {polynomial_text(total, names)[:200]}, not 0"
    return "" if strict else "no summand is strictly positive"


def _case(data: Any, num_variables: int, where: str) -> tuple[PolynomialSystem, Refutation]:
    expect_keys(data, ("constraints", "summands", "equalities"), where=where)
    constraints: list[tuple[Polynomial, Relation]] = []
    for k, entry in enumerate(_entries(data["constraints"], 2, f"{where}.constraints")):
        if entry[1] not in _RELATIONS:
            raise SpecificationError(f"{where}.constraints[{k}]: found {entry[1]!r}; write one of {_RELATIONS}")
        place = f"{where}.constraints[{k}]"
        constraints.append((polynomial_from_json(entry[0], num_variables, where=place), entry[1]))
    summands = []
    for k, (weight, factors, square) in enumerate(_entries(data["summands"], 3, f"{where}.summands")):
        place = f"{where}.summands[{k}]"
        if not isinstance(factors, list) or len(factors) > 64 or any(type(f) is not int for f in factors):
            raise SpecificationError(f"{place}: found no list of at most 64 places; name constraints by their place")
        root = None if square is None else polynomial_from_json(square, num_variables, where=place)
        summands.append(Summand(rational_from_json(weight, where=place), tuple(factors), root))
    equalities = []
    for k, (index, multiplier) in enumerate(_entries(data["equalities"], 2, f"{where}.equalities")):
        place = f"{where}.equalities[{k}]"
        if type(index) is not int:
            raise SpecificationError(f"{place}: found {index!r}; name the equality by its place")
        equalities.append((index, polynomial_from_json(multiplier, num_variables, where=place)))
    return PolynomialSystem(tuple(constraints)), Refutation(tuple(summands), tuple(equalities))


def _entries(data: Any, length: int, where: str) -> list[Any]:
    if not isinstance(data, list) or any(not isinstance(entry, list) or len(entry) != length for entry in data):
        raise SpecificationError(f"{where}: found no list of {length}-tuples; write what to_dict() writes")
    return data
