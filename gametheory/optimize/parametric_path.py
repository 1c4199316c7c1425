"""The value of a linear programme as a function of one parameter, as :mod:`.parametric` finds it: lines between breakpoints."""

from __future__ import annotations

import bisect
import html
import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, final

from gametheory.arithmetic import RationalArray, exact
from gametheory.certificates.duality import DualityCertificate
from gametheory.certificates.rationals import rational_to_json
from gametheory.errors import SpecificationError
from gametheory.games.tables import data_frame
from gametheory.games.values import compared_by

__all__ = ["ParametricPath", "PathPiece"]


@final
@compared_by("start", "end", "start_value", "end_value", "slope")
@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class PathPiece:
    """z between two neighbouring breakpoints: a line.

    Attributes
    ----------
    start, end : Fraction
        Of the parameter.
    start_value, end_value : Fraction
    slope : Fraction
        Change of the optimal value per unit of the parameter.
    prices : mapping from row name to Fraction
        Duals of the rows, the same on the whole piece.
    certificates : pair of DualityCertificate
        That z is what it is at both ends, with the same multipliers and each end's optimal point: so it is on the line in
        between (mix the points; the multipliers' bound is linear in t).
    """

    start: Fraction
    end: Fraction
    start_value: Fraction
    end_value: Fraction
    slope: Fraction
    prices: Mapping[str, Fraction]
    certificates: tuple[DualityCertificate, DualityCertificate]


@final
@compared_by("parameter", "pieces")
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class ParametricPath:
    """The optimal value of a linear programme as a function of one parameter, certified.

    Attributes
    ----------
    parameter : str
        What t is.
    pieces : tuple of PathPiece
        From the least t to the largest; one of length 0 where there is but one t.
    """

    parameter: str
    pieces: tuple[PathPiece, ...]

    @property
    def breakpoints(self) -> tuple[Fraction, ...]:
        """Where the slope changes, with both ends."""
        ends = [self.pieces[0].start, *(piece.end for piece in self.pieces)]
        return tuple(dict.fromkeys(ends))

    def value(self, parameter: Any) -> Fraction:
        """z(t), exactly."""
        piece, t = self._piece(parameter)
        return piece.start_value + piece.slope * (t - piece.start)

    def point(self, parameter: Any) -> RationalArray:
        """An optimal x at t, shape (num_columns,): a mixture of those at the neighbouring breakpoints."""
        piece, t = self._piece(parameter)
        start, end = (proof.primal for proof in piece.certificates)
        assert start is not None, "a piece ends in optimal points"
        assert end is not None, "a piece ends in optimal points"
        if piece.start == piece.end:
            return start
        share = (t - piece.start) / (piece.end - piece.start)
        return RationalArray.from_fractions((1 - share) * start.fractions() + share * end.fractions())

    def slopes(self, parameter: Any) -> tuple[Fraction | None, Fraction | None]:
        """Left and right derivative of z at t; ``None`` beyond an end of the path."""
        piece, t = self._piece(parameter)
        index = self.pieces.index(piece)
        if t == piece.end:
            following = self.pieces[index + 1 : index + 2]
            left = piece.slope if piece.start < piece.end else None
            return left, following[0].slope if following else None
        if t > piece.start:
            return piece.slope, piece.slope
        return None, piece.slope

    def _piece(self, parameter: Any) -> tuple[PathPiece, Fraction]:
        """The first piece that ends at t or later."""
        t = exact(parameter, where="parameter")
        if not self.pieces[0].start <= t <= self.pieces[-1].end:
            raise SpecificationError(
                f"parameter: found {parameter}; the path goes from {self.pieces[0].start} to {self.pieces[-1].end}"
            )
        return self.pieces[bisect.bisect_left([piece.end for piece in self.pieces], t)], t

    def verify(self) -> Literal[True]:
        """Check every certificate, and that the pieces hang together.

        Raises
        ------
        CertificateError
            From the first certificate that fails.
        SpecificationError
            If a piece is not the line that its certificates prove.
        """
        for piece in self.pieces:
            one, two = piece.certificates
            one.verify()
            two.verify()
            values = (piece.start_value, piece.start_value + piece.slope * (piece.end - piece.start))
            proved = one.multipliers == two.multipliers and (one.value, two.value) == values
            if not proved or piece.end_value != two.value:
                raise SpecificationError(f"the piece from {piece.start} to {piece.end} is not the line that is proved")
        for a, b in itertools.pairwise(self.pieces):
            if (a.end, a.end_value) != (b.start, b.start_value):
                raise SpecificationError(f"the pieces do not meet at {a.end}; solve again")
        return True

    def __len__(self) -> int:
        return len(self.pieces)

    def __repr__(self) -> str:
        first, last = self.pieces[0], self.pieces[-1]
        return f"ParametricPath(certified: {len(self)} pieces, {self.parameter} from {first.start} to {last.end})"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{piece.start}</td><td>{piece.end}</td><td>{piece.start_value}</td><td>{piece.end_value}</td>"
            f"<td>{piece.slope}</td></tr>"
            for piece in self.pieces[:200]
        )
        head = "<tr><th>from</th><th>to</th><th>value</th><th>value</th><th>slope</th></tr>"
        return f"<table><caption>{html.escape(repr(self))}</caption>{head}{rows}</table>"

    def to_frame(self) -> Any:
        """A pandas table with a row for each piece."""
        rows = [[piece.start, piece.end, piece.start_value, piece.end_value, piece.slope] for piece in self.pieces]
        return data_frame(rows, ["start", "end", "start_value", "end_value", "slope"])

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data, rationals as ``"p/q"``."""
        names = ("start", "end", "start_value", "end_value", "slope")
        return {
            "parameter": self.parameter,
            "pieces": [
                {
                    **{name: rational_to_json(getattr(piece, name)) for name in names},
                    "prices": {name: rational_to_json(price) for name, price in piece.prices.items()},
                    "certificates": [proof.to_dict() for proof in piece.certificates],
                }
                for piece in self.pieces
            ],
        }
