"""The principal's value under supervision for every efficiency of side contracts.

With s_i = k U_i the efficiency k enters the objective of :mod:`.supervision_programme` alone, so that the value is the largest
of functions that are linear in k: convex, falling, and for a piecewise linear surplus itself piecewise linear. Two optimal
contracts give lines that bound it from below; where they meet it is either on both, or a further contract is found. A quadratic
surplus has quantities that are linear in k between breakpoints of :mod:`.pooling`, and a value that is quadratic.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from itertools import pairwise
from typing import Any, Literal, final

from gametheory.arithmetic import exact, exact_text
from gametheory.certificates.duality import DualityCertificate
from gametheory.certificates.encoding import brief
from gametheory.errors import SpecificationError
from gametheory.games.tables import data_frame
from gametheory.games.values import compared_by
from gametheory.optimize.design import Design
from gametheory.oversight.supervision import contract_without_supervisor, schedule, supervision_contract
from gametheory.oversight.supervision_programme import (
    Quantities,
    SupervisedAgency,
    side_efficiency,
    supervision_programme,
)

__all__ = ["SupervisionPath", "SupervisionPiece", "supervision_path"]

_ZERO, _ONE = Fraction(0), Fraction(1)


@final
@compared_by("start", "end", "coefficients")
@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class SupervisionPiece:
    """The value between two breakpoints: c_0 + c_1 k + c_2 k² (c_2 = 0 unless the surplus is quadratic).

    ``certificates`` prove it at both ends and in the middle.
    """

    start: Fraction
    end: Fraction
    coefficients: tuple[Fraction, Fraction, Fraction]
    certificates: tuple[DualityCertificate, DualityCertificate, DualityCertificate]


@final
@compared_by("agency", "quantities", "pieces")
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class SupervisionPath:
    """The principal's value for every efficiency k of side contracts, from 0 to 1.

    Attributes
    ----------
    agency : SupervisedAgency
    quantities : "by type" or "by evidence"
    pieces : tuple of SupervisionPiece
    without_supervisor : Design
    """

    agency: SupervisedAgency
    quantities: Quantities
    pieces: tuple[SupervisionPiece, ...]
    without_supervisor: Design

    @property
    def breakpoints(self) -> tuple[Fraction, ...]:
        """Where the formula changes, with both ends."""
        return (self.pieces[0].start, *(piece.end for piece in self.pieces))

    def value(self, efficiency: Any) -> Fraction:
        """The principal's value at k."""
        k = side_efficiency(efficiency)
        c = next(piece for piece in self.pieces if k <= piece.end).coefficients
        return c[0] + c[1] * k + c[2] * k * k

    def worth(self, efficiency: Any) -> Fraction:
        """What the supervisor adds at k to the value without him."""
        return self.value(efficiency) - exact(self.without_supervisor.value)

    def verify(self) -> Literal[True]:
        """Check the certificates at the ends and in the middle of every piece against its formula.

        The value is convex in k, so that this proves a linear piece for all k on it. That a quadratic piece holds between the
        three points is the closed form of :mod:`.pooling`.

        Raises
        ------
        CertificateError
            From the first certificate that fails.
        SpecificationError
            If a formula says something else, or is about another agency.
        """
        for piece in self.pieces:
            for k, proof in zip(_three(piece.start, piece.end), piece.certificates, strict=True):
                proof.verify()
                tangents = proof.programme.arguments.get("tangents", ())
                proof.verify_against(
                    supervision_programme(
                        agency=self.agency, efficiency=k, quantities=self.quantities, tangents=tangents
                    )
                )
                if proof.value != self.value(k):
                    raise SpecificationError(f"at k = {k} the formula differs from what is proved; solve again")
        return True

    def __repr__(self) -> str:
        first, last, size = self.pieces[0].start, self.pieces[-1].end, len(self.pieces)
        evidence = "exact" if self.agency.surplus.curvature else "certified"
        return (
            f"SupervisionPath({evidence}: value {brief(self.value(first))} to {brief(self.value(last))} in {size} "
            f"piece{'s' * (size > 1)}, without a supervisor {brief(exact(self.without_supervisor.value))})"
        )

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{piece.start}</td><td>{piece.end}</td>{''.join(f'<td>{c}</td>' for c in piece.coefficients)}</tr>"
            for piece in self.pieces[:200]
        )
        head = "<tr><th>from</th><th>to</th><th>constant</th><th>k</th><th>k²</th></tr>"
        return f"<table><caption>{escape(repr(self))}</caption>{head}{rows}</table>"

    def to_frame(self) -> Any:
        """A pandas table with a row for each piece."""
        rows = [[piece.start, piece.end, *piece.coefficients] for piece in self.pieces]
        return data_frame(rows, ["start", "end", "constant", "linear", "quadratic"])

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data, rationals as ``"p/q"``."""
        return {
            "agency": self.agency.to_dict(),
            "quantities": self.quantities,
            "pieces": [
                {
                    "start": exact_text(piece.start),
                    "end": exact_text(piece.end),
                    "coefficients": [exact_text(c) for c in piece.coefficients],
                    "certificates": [proof.to_dict() for proof in piece.certificates],
                }
                for piece in self.pieces
            ],
            "without_supervisor": self.without_supervisor.to_dict(),
        }


def supervision_path(agency: SupervisedAgency, *, quantities: Quantities = "by type") -> SupervisionPath:
    """The principal's value as a function of the efficiency of side contracts, exactly, with all breakpoints.

    Parameters
    ----------
    agency : SupervisedAgency
    quantities : "by type" or "by evidence"

    Returns
    -------
    SupervisionPath

    Examples
    --------
    A quadratic surplus: the less efficient bribes are, the less the principal lets the costly type suffer for them.

    >>> from gametheory.oversight.supervision import Surplus
    >>> agency = SupervisedAgency.of(costs=["1/5", "2/5"], prior=["1/2", "1/2"], evidence=["3/5", 0],
    ...                              surplus=Surplus.quadratic(1, 1))
    >>> path = supervision_path(agency)
    >>> [str(path.worth(k)) for k in (0, "1/2", 1)], path.verify()
    (['69/2500', '129/10000', '0'], True)
    """

    def at(k: Fraction) -> Design:
        return supervision_contract(agency, efficiency=k, quantities=quantities)

    breaks = _quadratic_breaks(agency, quantities) if agency.surplus.curvature else _linear_breaks(agency, at)
    found: list[SupervisionPiece] = []
    for start, end in pairwise(breaks):
        designs = [at(k) for k in _three(start, end)]
        values = [exact(design.value) for design in designs]
        coefficients = _through(start, end, values)
        if found and found[-1].coefficients == coefficients:
            start = found.pop().start
            designs = [at(k) for k in _three(start, end)]
        one, two, three = (design.certificate for design in designs)
        assert isinstance(one, DualityCertificate)
        assert isinstance(two, DualityCertificate)
        assert isinstance(three, DualityCertificate)
        found.append(SupervisionPiece(start=start, end=end, coefficients=coefficients, certificates=(one, two, three)))
    return SupervisionPath(
        agency=agency,
        quantities=quantities,
        pieces=tuple(found),
        without_supervisor=contract_without_supervisor(agency),
    )


def _quadratic_breaks(agency: SupervisedAgency, quantities: Quantities) -> list[Fraction]:
    breaks = [_ZERO]
    while breaks[-1] < 1:
        step = schedule(agency, breaks[-1], quantities)[2]
        breaks.append(_ONE if step is None else min(_ONE, breaks[-1] + step))
    return breaks


def _linear_breaks(agency: SupervisedAgency, at: Callable[[Fraction], Design]) -> list[Fraction]:
    """Where the lines that optimal contracts give, value less k times the rents that are at stake, meet on the value."""

    def line(k: Fraction) -> tuple[Fraction, Fraction, Fraction]:
        design = at(k)
        stakes = zip(agency.prior, agency.evidence, design.decision.rents, strict=True)
        return k, exact(design.value), -sum((p * z * u for p, z, u in stakes), _ZERO)

    breaks, waiting = [_ZERO], [(line(_ZERO), line(_ONE))]
    while waiting:
        a, b = waiting.pop()
        (k, value, slope), (end, final_value, final_slope) = a, b
        if value + slope * (end - k) == final_value or final_value + final_slope * (k - end) == value:
            breaks.append(end)
            continue
        meeting = (final_value - value + slope * k - final_slope * end) / (slope - final_slope)
        middle = line(meeting)
        if middle[1] == value + slope * (meeting - k):
            breaks += [meeting, end]
        else:
            waiting += [(middle, b), (a, middle)]
    return breaks


def _three(start: Fraction, end: Fraction) -> tuple[Fraction, Fraction, Fraction]:
    return start, (start + end) / 2, end


def _through(start: Fraction, end: Fraction, values: list[Fraction]) -> tuple[Fraction, Fraction, Fraction]:
    """Coefficients of the parabola through the values at start, middle and end."""
    half = (end - start) / 2
    second = (values[0] - 2 * values[1] + values[2]) / (2 * half * half)
    first = (values[2] - values[0]) / (2 * half) - second * (start + end)
    return values[0] - first * start - second * start * start, first, second
