"""The optimum of a mixed-integer programme, proved by a tree of cases.

An inner node splits on an integral column, x_j ≤ k or x_j ≥ k + 1: every integral point is in one of the two. A leaf
closes its case with row multipliers, checked as in :mod:`.duality` on the programme with the bounds of the case: either
they contradict the bounds (Farkas), or they bound the objective by no more than the claimed value. Where all columns in
the objective are integral the objective takes values in c₀ + gℤ only, g the greatest common divisor of their
coefficients, and the bound is rounded to that lattice.

The size of the evidence is the size of the tree, which can be exponential in the number of integral columns.

References: A. H. Land and A. G. Doig, "An automatic method of solving discrete programming problems", Econometrica 28
(1960); K. Cheung, A. Gleixner and D. Steffy, "Verifying integer programming results", IPCO 2017.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Literal, final

from gametheory.arithmetic import RationalArray
from gametheory.certificates.duality import contradiction, weak_duality_bound
from gametheory.certificates.encoding import brief
from gametheory.certificates.programme import LinearProgramme
from gametheory.certificates.rationals import (
    expect_keys,
    rational_array_from_json,
    rational_array_to_json,
    rational_from_json,
    rational_to_json,
)
from gametheory.errors import CertificateError, SpecificationError
from gametheory.games.normal_form import NormalFormGame

__all__ = ["Branch", "BranchingCertificate", "Leaf", "rounded_bound"]


@final
@dataclass(frozen=True, slots=True, eq=False)
class Branch:
    """A case split: node ``below`` has x_column ≤ ``floor``, node ``above`` has x_column ≥ ``floor`` + 1."""

    column: int
    floor: int
    below: int
    above: int


@final
@dataclass(frozen=True, slots=True, eq=False)
class Leaf:
    """A closed case: ``multipliers`` of the rows that prove it ``"empty"`` or its objective ``"bounded"``."""

    kind: Literal["empty", "bounded"]
    multipliers: RationalArray


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False)
class BranchingCertificate:
    """The optimum of a mixed-integer programme is ``value``, or (both ``None``) no integral point is feasible.

    Attributes
    ----------
    programme : LinearProgramme
    value : Fraction or None
    primal : RationalArray, shape (num_columns,), or None
        A feasible point, integral where it must be, that attains ``value``.
    nodes : tuple of Branch or Leaf
        The tree; node 0 is the root, children come after their parents.
    """

    programme: LinearProgramme
    value: Fraction | None
    primal: RationalArray | None
    nodes: tuple[Branch | Leaf, ...]

    @property
    def claim(self) -> str:
        """The claim in words."""
        name = self.programme.name or "the mixed-integer programme"
        if self.value is None:
            return f"no integral point meets all rows and bounds of {name}"
        extreme = "maximum" if self.programme.sense == "max" else "minimum"
        return f"the {extreme} of {name} over integral points is exactly {brief(self.value)}"

    @property
    def game_digest(self) -> str:
        """Digest of the game that the programme was built from."""
        return self.programme.game_digest

    def verify(self, game: NormalFormGame | None = None) -> Literal[True]:
        """Check the point, that the cases cover all integral points, and every leaf; with ``game`` also its digest.

        Raises
        ------
        CertificateError
            Naming the node where the evidence breaks.
        """
        if game is not None and game.exact().digest() != self.game_digest:
            raise self._failure("the programme was built from another game: the digests differ")
        if (self.value is None) != (self.primal is None):
            raise self._failure("a value needs a point that attains it, and a point a value")
        if self.primal is not None:
            if self.primal.shape != (self.programme.num_columns,):
                raise self._failure(f"the point has shape {self.primal.shape}")
            violation = self.programme.infeasibility(self.primal)
            if violation is not None:
                raise self._failure(f"the point is not feasible: {violation}")
            attained = self.programme.objective_at(self.primal)
            if attained != self.value:
                raise self._failure(f"the point attains {brief(attained)}")
        for place, case, leaf in self._cases():
            self._check_leaf(place, case, leaf)
        return True

    def _cases(self) -> Iterator[tuple[int, LinearProgramme, Leaf]]:
        """The leaves with the programmes of their cases; refuses what is no tree."""
        waiting = [(0, self.programme.lower, self.programme.upper)]
        seen: set[int] = set()
        while waiting:
            place, lower, upper = waiting.pop()
            if not 0 <= place < len(self.nodes) or place in seen:
                raise self._failure(f"node {place} is missing or has two parents")
            seen.add(place)
            node = self.nodes[place]
            if isinstance(node, Leaf):
                yield place, replace(self.programme, lower=lower, upper=upper), node
                continue
            j = node.column
            if j not in self.programme.integer:
                raise self._failure(f"node {place} splits on column {j}, which need not be integral")
            high, low = upper[j], lower[j]
            below, above = Fraction(node.floor), Fraction(node.floor + 1)
            below = below if high is None or below < high else high
            above = above if low is None or above > low else low
            waiting.append((node.above, _with(lower, j, above), upper))
            waiting.append((node.below, lower, _with(upper, j, below)))

    def _check_leaf(self, place: int, case: LinearProgramme, leaf: Leaf) -> None:
        claim = f"{self.claim} (case {place})"
        if leaf.kind == "empty":
            contradiction(case, leaf.multipliers, claim=claim)
            return
        if self.value is None:
            raise self._failure(f"node {place} bounds an objective, but no point is claimed to exist")
        bound = rounded_bound(case, weak_duality_bound(case, leaf.multipliers, claim=claim))
        if bound > self.value if case.sense == "max" else bound < self.value:
            raise self._failure(f"node {place} bounds the objective by {brief(bound)} only")

    def verify_against(self, programme: LinearProgramme) -> Literal[True]:
        """Check that the programme carried here is ``programme``, rebuilt from the game, entry by entry."""
        difference = self.programme.difference(programme)
        if difference is not None:
            raise self._failure(f"the programme in the certificate is not the rebuilt one; {difference}")
        return True

    def _failure(self, violation: str) -> CertificateError:
        message = f"{self.claim}: not established; {violation}. Do not rely on it; solve again"
        return CertificateError(message, claim=self.claim, violation=violation)

    def to_dict(self) -> dict[str, Any]:
        """JSON data with everything needed to check it elsewhere."""
        nodes: list[dict[str, Any]] = []
        for node in self.nodes:
            if isinstance(node, Leaf):
                nodes.append({"leaf": node.kind, "multipliers": rational_array_to_json(node.multipliers)})
            else:
                floor = rational_to_json(node.floor)
                nodes.append({"column": node.column, "floor": floor, "below": node.below, "above": node.above})
        return {
            "kind": "branching",
            "programme": self.programme.to_dict(),
            "value": None if self.value is None else rational_to_json(self.value),
            "primal": None if self.primal is None else rational_array_to_json(self.primal),
            "nodes": nodes,
        }

    @classmethod
    def from_dict(cls, data: Any) -> BranchingCertificate:
        """Read what :meth:`to_dict` wrote; :class:`~gametheory.errors.SpecificationError` for anything else."""
        expect_keys(data, ("kind", "programme", "value", "primal", "nodes"), where="certificate")
        if data["kind"] != "branching" or not isinstance(data["nodes"], list):
            raise SpecificationError(
                f"certificate: found {data['kind']!r}; this reader takes 'branching' with a list of nodes"
            )
        value, primal = data["value"], data["primal"]
        return cls(
            LinearProgramme.from_dict(data["programme"]),
            None if value is None else rational_from_json(value, where="certificate.value"),
            None if primal is None else rational_array_from_json(primal, where="certificate.primal"),
            tuple(_node(node, f"certificate.nodes[{k}]") for k, node in enumerate(data["nodes"])),
        )

    def __repr__(self) -> str:
        return f"BranchingCertificate({self.claim}; {len(self.nodes)} nodes)"


def rounded_bound(programme: LinearProgramme, bound: Fraction) -> Fraction:
    """A bound on the objective, rounded to the values that it can take at integral points."""
    numerators = programme.objective.numerators.tolist()
    if any(c and j not in programme.integer for j, c in enumerate(numerators)) or not any(numerators):
        return bound
    step = Fraction(math.gcd(*numerators), programme.objective.denominator)
    steps = (bound - programme.constant) / step
    whole = math.floor(steps) if programme.sense == "max" else math.ceil(steps)
    return programme.constant + whole * step


def _with(bounds: tuple[Fraction | None, ...], index: int, value: Fraction) -> tuple[Fraction | None, ...]:
    return (*bounds[:index], value, *bounds[index + 1 :])


def _node(data: Any, where: str) -> Branch | Leaf:
    if isinstance(data, dict) and "leaf" in data:
        expect_keys(data, ("leaf", "multipliers"), where=where)
        if data["leaf"] not in ("empty", "bounded"):
            raise SpecificationError(f"{where}.leaf: found {data['leaf']!r}; write 'empty' or 'bounded'")
        return Leaf(data["leaf"], rational_array_from_json(data["multipliers"], where=f"{where}.multipliers"))
    expect_keys(data, ("column", "floor", "below", "above"), where=where)
    for key in ("column", "below", "above"):
        if type(data[key]) is not int or data[key] < 0:
            raise SpecificationError(f"{where}.{key}: found {data[key]!r}; write a whole number ≥ 0")
    floor = rational_from_json(data["floor"], where=f"{where}.floor")
    if floor.denominator != 1:
        raise SpecificationError(f"{where}.floor: found {data['floor']!r}; write an integer")
    return Branch(data["column"], int(floor), data["below"], data["above"])
