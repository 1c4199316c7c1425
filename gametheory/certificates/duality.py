"""Bounds on linear programmes from multipliers, and proofs that one has no point or no bound.

For  max c·x + c₀  over  {A x ≤, ≥, = b,  l ≤ x ≤ u}  take a multiplier y_r for every row, y_r ≥ 0 where the row is
``<=``, y_r ≤ 0 where it is ``>=``, any sign where it is ``==``. With the reduced costs d = c − yᵀA every feasible x has

    c·x  =  yᵀA x + d·x  ≤  y·b + Σ_j max {d_j l_j, d_j u_j},

a finite bound if u_j is finite wherever d_j > 0 and l_j wherever d_j < 0 (weak duality; in a minimum all signs turn).
A feasible point whose objective equals the bound shows that the bound is the optimum (:class:`DualityCertificate`).

**Farkas.** With the same signs, min {yᵀA x : l ≤ x ≤ u} > y·b proves that no x is feasible
(:class:`FarkasCertificate`).
**Unbounded.** A feasible point and a direction that keeps every row and bound and improves the objective
(:class:`UnboundedCertificate`).

``verify()`` checks this arithmetic in integers; that the rows are those of the game is a second question, answered by
``verify_against`` with a programme rebuilt from the game. For a mixed-integer programme the bounds of the relaxation
hold, and points must be integral. Complexity: one pass over the stored entries.

References: J. Farkas, "Theorie der einfachen Ungleichungen", J. reine angew. Math. 124 (1902); A. Schrijver, *Theory of
Linear and Integer Programming* (1986), corollary 7.1d and section 7.4.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, NoReturn, final

from gametheory.arithmetic import RationalArray
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

__all__ = ["DualityCertificate", "FarkasCertificate", "UnboundedCertificate", "weak_duality_bound"]


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False)
class DualityCertificate:
    """The optimum of a linear programme is ``value``, or (without ``primal``) is no better than ``value``.

    Attributes
    ----------
    programme : LinearProgramme
        Carried whole, so that the arithmetic can be checked anywhere.
    value : Fraction
    multipliers : RationalArray, shape (num_rows,)
        Derivatives of the bound by the right-hand sides: ≥ 0 for a ``<=`` row of a maximum.
    primal : RationalArray, shape (num_columns,), or None
        A feasible point that attains ``value``.

    Examples
    --------
    >>> wyndor = LinearProgramme.from_rows(
    ...     "max", [3, 5], [("plant 1", {0: 1}, "<=", 4), ("plant 2", {1: 2}, "<=", 12),
    ...                     ("plant 3", {0: 3, 1: 2}, "<=", 18)], name="wyndor")
    >>> prices = RationalArray.from_values(["0", "3/2", "1"])
    >>> certificate = DualityCertificate(wyndor, Fraction(36), prices, RationalArray.of_integers([2, 6]))
    >>> certificate.claim
    'the maximum of wyndor is exactly 36'
    >>> certificate.verify()
    True
    """

    programme: LinearProgramme
    value: Fraction
    multipliers: RationalArray
    primal: RationalArray | None = None

    @property
    def claim(self) -> str:
        """The claim in words."""
        if self.primal is not None:
            return f"the {_extreme(self.programme)} of {_title(self.programme)} is exactly {brief(self.value)}"
        relation = "most" if self.programme.sense == "max" else "least"
        return f"the {_extreme(self.programme)} of {_title(self.programme)} is at {relation} {brief(self.value)}"

    @property
    def game_digest(self) -> str:
        """Digest of the game that the programme was built from."""
        return self.programme.game_digest

    def verify(self, game: NormalFormGame | None = None) -> Literal[True]:
        """Check the multipliers, the bound and the point exactly; with ``game`` also its digest.

        That the rows are the game's own is checked by :meth:`verify_against`.

        Raises
        ------
        CertificateError
            Naming the row or column where the evidence breaks.
        """
        _check_game(self.claim, self.programme, game)
        bound = weak_duality_bound(self.programme, self.multipliers, claim=self.claim)
        if bound != self.value:
            _refuse(self.claim, f"the multipliers bound the objective by {brief(bound)}, not by {brief(self.value)}")
        if self.primal is not None:
            _check_point(self.claim, self.programme, self.primal)
            attained = self.programme.objective_at(self.primal)
            if attained != self.value:
                _refuse(self.claim, f"the point attains {brief(attained)}, not {brief(self.value)}")
        return True

    def verify_against(self, programme: LinearProgramme) -> Literal[True]:
        """Check that the programme carried here is ``programme``, rebuilt from the game, entry by entry."""
        return _same_programme(self.claim, self.programme, programme)

    def to_dict(self) -> dict[str, Any]:
        """JSON data with everything needed to check it elsewhere."""
        return {
            "kind": "duality",
            "programme": self.programme.to_dict(),
            "value": rational_to_json(self.value),
            "multipliers": rational_array_to_json(self.multipliers),
            "primal": None if self.primal is None else rational_array_to_json(self.primal),
        }

    @classmethod
    def from_dict(cls, data: Any) -> DualityCertificate:
        """Read what :meth:`to_dict` wrote; :class:`~gametheory.errors.SpecificationError` for anything else."""
        _expect(data, "duality", ("programme", "value", "multipliers", "primal"))
        primal = data["primal"]
        return cls(
            LinearProgramme.from_dict(data["programme"]),
            rational_from_json(data["value"], where="certificate.value"),
            rational_array_from_json(data["multipliers"], where="certificate.multipliers"),
            None if primal is None else rational_array_from_json(primal, where="certificate.primal"),
        )

    def __repr__(self) -> str:
        return f"DualityCertificate({self.claim})"


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False)
class FarkasCertificate:
    """No point meets all rows and bounds of a linear programme.

    Attributes
    ----------
    programme : LinearProgramme
    multipliers : RationalArray, shape (num_rows,)
        ≥ 0 for ``<=`` rows, ≤ 0 for ``>=`` rows: they add up to an inequality that no point within the bounds meets.
        A lower bound above its upper bound is evidence by itself.

    Examples
    --------
    >>> apart = LinearProgramme.from_rows("max", [0], [("at most 1", {0: 1}, "<=", 1), ("at least 2", {0: 1}, ">=", 2)])
    >>> FarkasCertificate(apart, RationalArray.of_integers([1, -1])).verify()
    True
    """

    programme: LinearProgramme
    multipliers: RationalArray

    @property
    def claim(self) -> str:
        """The claim in words."""
        return f"no point meets all rows and bounds of {_title(self.programme)}"

    @property
    def game_digest(self) -> str:
        """Digest of the game that the programme was built from."""
        return self.programme.game_digest

    def verify(self, game: NormalFormGame | None = None) -> Literal[True]:
        """Check the contradiction exactly; with ``game`` also its digest."""
        _check_game(self.claim, self.programme, game)
        contradiction(self.programme, self.multipliers, claim=self.claim)
        return True

    def verify_against(self, programme: LinearProgramme) -> Literal[True]:
        """Check that the programme carried here is ``programme``, rebuilt from the game, entry by entry."""
        return _same_programme(self.claim, self.programme, programme)

    def to_dict(self) -> dict[str, Any]:
        """JSON data with everything needed to check it elsewhere."""
        multipliers = rational_array_to_json(self.multipliers)
        return {"kind": "farkas", "programme": self.programme.to_dict(), "multipliers": multipliers}

    @classmethod
    def from_dict(cls, data: Any) -> FarkasCertificate:
        """Read what :meth:`to_dict` wrote; :class:`~gametheory.errors.SpecificationError` for anything else."""
        _expect(data, "farkas", ("programme", "multipliers"))
        return cls(
            LinearProgramme.from_dict(data["programme"]),
            rational_array_from_json(data["multipliers"], where="certificate.multipliers"),
        )

    def __repr__(self) -> str:
        return f"FarkasCertificate({self.claim})"


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False)
class UnboundedCertificate:
    """The objective of a linear programme has no bound.

    Attributes
    ----------
    programme : LinearProgramme
    point : RationalArray, shape (num_columns,)
        Feasible.
    ray : RationalArray, shape (num_columns,)
        Keeps every row and bound for ever and improves the objective.
    """

    programme: LinearProgramme
    point: RationalArray
    ray: RationalArray

    @property
    def claim(self) -> str:
        """The claim in words."""
        return f"the {_extreme(self.programme)} of {_title(self.programme)} is unbounded"

    @property
    def game_digest(self) -> str:
        """Digest of the game that the programme was built from."""
        return self.programme.game_digest

    def verify(self, game: NormalFormGame | None = None) -> Literal[True]:
        """Check the point and the ray exactly; with ``game`` also its digest."""
        programme = self.programme
        _check_game(self.claim, programme, game)
        _check_point(self.claim, programme, self.point)
        _check_length(self.claim, "ray", self.ray, programme.num_columns)
        for j, direction in enumerate(self.ray.numerators.tolist()):
            for bound, worse in ((programme.lower[j], direction < 0), (programme.upper[j], direction > 0)):
                if bound is not None and worse:
                    _refuse(self.claim, f"the ray leaves the bound {bound} of column {programme.column_names[j]!r}")
        for r, change in enumerate(programme.row_activities(self.ray).numerators.tolist()):
            if (change > 0 and programme.row_sense[r] != ">=") or (change < 0 and programme.row_sense[r] != "<="):
                _refuse(self.claim, f"the ray leaves row {programme.row_names[r]!r}")
        gain = programme.objective_at(self.ray) - programme.constant
        if not (gain > 0 if programme.sense == "max" else gain < 0):
            _refuse(self.claim, f"along the ray the objective changes by {brief(gain)}, which is no improvement")
        return True

    def verify_against(self, programme: LinearProgramme) -> Literal[True]:
        """Check that the programme carried here is ``programme``, rebuilt from the game, entry by entry."""
        return _same_programme(self.claim, self.programme, programme)

    def to_dict(self) -> dict[str, Any]:
        """JSON data with everything needed to check it elsewhere."""
        return {
            "kind": "unbounded",
            "programme": self.programme.to_dict(),
            "point": rational_array_to_json(self.point),
            "ray": rational_array_to_json(self.ray),
        }

    @classmethod
    def from_dict(cls, data: Any) -> UnboundedCertificate:
        """Read what :meth:`to_dict` wrote; :class:`~gametheory.errors.SpecificationError` for anything else."""
        _expect(data, "unbounded", ("programme", "point", "ray"))
        return cls(
            LinearProgramme.from_dict(data["programme"]),
            rational_array_from_json(data["point"], where="certificate.point"),
            rational_array_from_json(data["ray"], where="certificate.ray"),
        )

    def __repr__(self) -> str:
        return f"UnboundedCertificate({self.claim})"


def weak_duality_bound(programme: LinearProgramme, multipliers: RationalArray, *, claim: str = "") -> Fraction:
    """The bound on the objective that row multipliers prove, reduced costs absorbed by finite column bounds.

    Raises
    ------
    CertificateError
        If a multiplier has the wrong sign for its row, or a reduced cost meets an infinite bound.
    """
    turn = 1 if programme.sense == "max" else -1
    _check_signs(claim, programme, multipliers, turn)
    combined, objective = programme.combined_rows(multipliers), programme.objective
    total = programme.constant + _inner(multipliers, programme.right_hand_side)
    denominator = combined.denominator * objective.denominator
    pairs = zip(objective.numerators.tolist(), combined.numerators.tolist(), strict=True)
    for j, (own, covered) in enumerate(pairs):
        reduced = own * combined.denominator - covered * objective.denominator
        if reduced:
            bound = programme.upper[j] if reduced * turn > 0 else programme.lower[j]
            if bound is None:
                side, cost = "upper" if reduced * turn > 0 else "lower", brief(Fraction(reduced, denominator))
                _refuse(
                    claim,
                    f"column {programme.column_names[j]!r} has the reduced cost {cost} and no {side} bound for it",
                )
            if bound:
                total += Fraction(reduced * bound.numerator, denominator * bound.denominator)
    return total


def contradiction(programme: LinearProgramme, multipliers: RationalArray, *, claim: str = "") -> Fraction:
    """By how much the rows, added up with ``multipliers``, fail at every point within the bounds; positive.

    Raises
    ------
    CertificateError
        If they do not contradict the bounds.
    """
    _check_signs(claim, programme, multipliers, 1)
    for low, high in zip(programme.lower, programme.upper, strict=True):
        if low is not None and high is not None and low > high:
            return low - high
    combined = programme.combined_rows(multipliers)
    least = Fraction(0)
    for j, coefficient in enumerate(combined.numerators.tolist()):
        if coefficient:
            bound = programme.lower[j] if coefficient > 0 else programme.upper[j]
            if bound is None:
                side = "lower" if coefficient > 0 else "upper"
                _refuse(
                    claim, f"the sum of the rows falls without limit: {programme.column_names[j]!r} has no {side} bound"
                )
            least += Fraction(coefficient, combined.denominator) * bound
    excess = least - _inner(multipliers, programme.right_hand_side)
    if excess <= 0:
        _refuse(
            claim,
            f"the rows add up to an inequality that a point within the bounds meets, with {brief(-excess)} to spare",
        )
    return excess


def _inner(left: RationalArray, right: RationalArray) -> Fraction:
    pairs = zip(left.numerators.tolist(), right.numerators.tolist(), strict=True)
    return Fraction(sum(x * y for x, y in pairs if x and y), left.denominator * right.denominator)


def _check_signs(claim: str, programme: LinearProgramme, multipliers: RationalArray, turn: int) -> None:
    _check_length(claim, "multipliers", multipliers, programme.num_rows)
    for r, multiplier in enumerate(multipliers.numerators.tolist()):
        sense = programme.row_sense[r]
        if (sense == "<=" and multiplier * turn < 0) or (sense == ">=" and multiplier * turn > 0):
            _refuse(
                claim,
                f"row {programme.row_names[r]!r} ({sense}) has the multiplier {brief(multipliers[r])}: wrong sign",
            )


def _check_length(claim: str, what: str, values: RationalArray, length: int) -> None:
    if values.shape != (length,):
        _refuse(claim, f"{what}: {values.shape} numbers where {length} are needed")


def _check_point(claim: str, programme: LinearProgramme, point: RationalArray) -> None:
    _check_length(claim, "point", point, programme.num_columns)
    violation = programme.infeasibility(point)
    if violation is not None:
        _refuse(claim, f"the point is not feasible: {violation}")


def _check_game(claim: str, programme: LinearProgramme, game: NormalFormGame | None) -> None:
    if game is not None and game.exact().digest() != programme.game_digest:
        _refuse(claim, "the programme was built from another game: the digests differ")


def _same_programme(claim: str, carried: LinearProgramme, rebuilt: LinearProgramme) -> Literal[True]:
    difference = carried.difference(rebuilt)
    if difference is not None:
        _refuse(claim, f"the programme in the certificate is not the rebuilt one; {difference}")
    return True


def _refuse(claim: str, violation: str) -> NoReturn:
    place = f"{claim}: not established; " if claim else ""
    raise CertificateError(f"{place}{violation}. Do not rely on it; solve again", claim=claim, violation=violation)


def _expect(data: Any, kind: str, keys: tuple[str, ...]) -> None:
    expect_keys(data, ("kind", *keys), where="certificate")
    if data["kind"] != kind:
        raise SpecificationError(f"certificate.kind: found {data['kind']!r}; this reader takes {kind!r}")


def _extreme(programme: LinearProgramme) -> str:
    return "maximum" if programme.sense == "max" else "minimum"


def _title(programme: LinearProgramme) -> str:
    name = programme.name or "the linear programme"
    listed = ", ".join(f"{key}={value}" for key, value in programme.arguments.items())
    return f"{name}({listed})" if 0 < len(listed) <= 120 else name
