"""Frontiers: what can be had of several measures at once, and what provably cannot.

Each measure is to be maximised or minimised. A frontier holds *achievable* points (inner side) and *cuts* (outer side):
a cut n·m ≤ β, with n_k ≥ 0 for a measure to be maximised and n_k ≤ 0 for one to be minimised, holds for every
achievable m. No achievable point beats the set {m : n·m ≤ β for all cuts}; ``epsilon`` bounds the distance between the
two sides, and is 0 where the frontier is exact. Where the achievable set is not convex, cuts alone are too far out:
*exclusions* are corners that no achievable m betters in every measure at once, the steps of an outer staircase.

Between two points lies everything on their chord if decisions can be *mixed* (randomised, or the set is convex);
without mixing only what the points dominate. The hypervolume of the dominated set differs accordingly: that of the hull
(with mixing) or of the staircase (without).

References: M. Ehrgott, *Multicriteria Optimization* (2005); E. Zitzler and L. Thiele, "Multiobjective evolutionary
algorithms", IEEE Transactions on Evolutionary Computation 3 (1999), for the hypervolume.
"""

from __future__ import annotations

import html
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal, final

from gametheory.certificates.certificate import Certificate
from gametheory.errors import SpecificationError, UnsupportedError
from gametheory.games.tables import data_frame
from gametheory.games.values import compared_by
from gametheory.optimize.design import number_text, plain_data

__all__ = ["Cut", "Exclusion", "Frontier", "FrontierPoint"]

Number = Fraction | float
Sense = Literal["max", "min"]


@final
@compared_by("measures", "decision", "prices")
@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class FrontierPoint:
    """An achievable combination of measures.

    Attributes
    ----------
    measures : tuple of Fraction or float
    decision : object
        What achieves it.
    prices : mapping from str to Fraction or float
        Shadow prices of the constraints that bind there, for the objective of the certificate.
    certificate : Certificate or None
        Evidence that no achievable point dominates it.
    """

    measures: tuple[Number, ...]
    decision: Any = None
    prices: Mapping[str, Number] = field(default_factory=dict)
    certificate: Certificate | None = None


@final
@compared_by("normal", "bound")
@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Cut:
    """A half-space ``normal``·measures ≤ ``bound`` that holds all achievable points, with its evidence."""

    normal: tuple[Number, ...]
    bound: Number
    certificate: Certificate | None = None


@final
@compared_by("corner")
@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Exclusion:
    """No achievable point is strictly better than ``corner`` in every measure; ``None``: whatever it is in that measure."""

    corner: tuple[Number | None, ...]
    certificate: Certificate | None = None

    def excludes(self, measures: Sequence[Number], senses: Sequence[Sense]) -> bool:
        """Whether a combination of measures is strictly better than the corner, and so not achievable."""
        return all(
            limit is None or (_number(value) > limit if sense == "max" else _number(value) < limit)
            for value, limit, sense in zip(measures, self.corner, senses, strict=True)
        )


@final
@compared_by("measures", "senses", "points", "outer", "exclusions", "epsilon", "mixing")
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class Frontier:
    """The achievable combinations of measures that nothing achievable dominates.

    Attributes
    ----------
    measures : tuple of str
        Names, with units.
    senses : tuple of "max" or "min"
    points : tuple of FrontierPoint
        Sorted by the first measure, the best last if it is maximised.
    outer : tuple of Cut
        Together: nothing achievable lies beyond.
    exclusions : tuple of Exclusion
        An outer staircase, where the achievable set is not convex.
    epsilon : Fraction or float
        Bound on the gap between points (with their chords, if mixing is allowed) and the outer set, in the units of the
        measures; 0 for an exact frontier.
    mixing : bool
        Whether everything on a chord is achievable too.

    Examples
    --------
    >>> frontier = Frontier(
    ...     measures=("cost", "risk"), senses=("min", "min"), mixing=True,
    ...     points=tuple(FrontierPoint(measures=m) for m in [(0, 2), (1, 0)]))
    >>> frontier.hypervolume((2, 2)), frontier.hypervolume((2, 2), mixing=False)
    (Fraction(3, 1), Fraction(2, 1))
    """

    measures: tuple[str, ...]
    senses: tuple[Sense, ...]
    points: tuple[FrontierPoint, ...]
    outer: tuple[Cut, ...] = ()
    exclusions: tuple[Exclusion, ...] = ()
    epsilon: Number = Fraction(0)
    mixing: bool

    def __post_init__(self) -> None:
        count = len(self.measures)
        if len(self.senses) != count or any(sense not in ("max", "min") for sense in self.senses):
            raise SpecificationError(
                f"senses: found {self.senses!r}; write 'max' or 'min' for each of {count} measures"
            )
        for k, point in enumerate(self.points):
            if len(point.measures) != count:
                raise SpecificationError(f"points[{k}]: found {len(point.measures)} measures; write {count}")
        for k, cut in enumerate(self.outer):
            if len(cut.normal) != count:
                raise SpecificationError(f"outer[{k}]: found a normal of {len(cut.normal)} numbers; write {count}")
        for k, exclusion in enumerate(self.exclusions):
            if len(exclusion.corner) != count:
                raise SpecificationError(f"exclusions[{k}]: found {len(exclusion.corner)} numbers; write {count}")
        ordered = tuple(sorted(self.points, key=lambda point: point.measures))
        object.__setattr__(self, "points", ordered)

    def __len__(self) -> int:
        return len(self.points)

    def __iter__(self) -> Iterator[FrontierPoint]:
        return iter(self.points)

    def __getitem__(self, index: int) -> FrontierPoint:
        return self.points[index]

    @property
    def status(self) -> Literal["certified", "numerical"]:
        """Certified if every point, cut and exclusion carries its evidence."""
        evidence = [part.certificate for part in self._parts()]
        return "certified" if evidence and all(part is not None for part in evidence) else "numerical"

    def verify(self) -> Literal[True]:
        """Check every certificate, and that no point lies beyond a cut or an exclusion.

        Raises
        ------
        CertificateError
            From the first certificate that fails.
        SpecificationError
            If a part carries no certificate, or a point lies beyond a cut or an exclusion.
        """
        for part in self._parts():
            if part.certificate is None:
                raise SpecificationError("a point, cut or exclusion has no certificate; this frontier is numerical")
            part.certificate.verify()
        for k, point in enumerate(self.points):
            if self.is_beyond(point.measures):
                raise SpecificationError(f"points[{k}] lies beyond the outer set; the frontier contradicts itself")
        return True

    def is_beyond(self, measures: Sequence[Number]) -> bool:
        """Whether a combination of measures is provably not achievable: some cut or exclusion says so."""
        if len(measures) != len(self.measures):
            raise SpecificationError(f"measures: found {len(measures)} numbers; write {len(self.measures)}")
        if any(_inner(cut.normal, tuple(measures)) > cut.bound for cut in self.outer):
            return True
        return any(exclusion.excludes(measures, self.senses) for exclusion in self.exclusions)

    def exchange_rates(self) -> tuple[Number, ...]:
        """Change of the second measure per unit of the first between neighbouring points; two measures."""
        self._two_measures("exchange_rates")
        rates = []
        for a, b in itertools.pairwise([point.measures for point in self.points]):
            rates.append((_number(b[1]) - _number(a[1])) / (_number(b[0]) - _number(a[0])))
        return tuple(rates)

    def hypervolume(self, reference: Sequence[Number], *, mixing: bool | None = None) -> Number:
        """Area of the combinations that are at least as good as ``reference`` and dominated by the frontier.

        Parameters
        ----------
        reference : two numbers
            The worst combination that counts.
        mixing : bool, optional
            With mixing the chords count (hull), without only the points (staircase); by default as the frontier says.

        Returns
        -------
        Fraction or float
            Exact where the points and the reference are.

        Raises
        ------
        UnsupportedError
            For any number of measures but two.
        """
        self._two_measures("hypervolume")
        if len(reference) != 2:
            raise SpecificationError(f"reference: found {len(reference)} numbers; write two")
        turn = [1 if sense == "min" else -1 for sense in self.senses]
        right, top = (sign * _number(x) for sign, x in zip(turn, reference, strict=True))
        points: list[tuple[Number, Number]] = sorted(
            (turn[0] * _number(p.measures[0]), turn[1] * _number(p.measures[1])) for p in self.points
        )
        corners = _lower_hull(points) if (self.mixing if mixing is None else mixing) else _steps(points)
        area: Number = Fraction(0)
        for (x0, y0), (x1, y1) in zip(corners, [*corners[1:], (right, corners[-1][1])], strict=True) if corners else ():
            area += _area_below(x0, y0, min(x1, right), y0 + (y1 - y0) * _share(x0, x1, right), top)
        return area

    def _parts(self) -> list[FrontierPoint | Cut | Exclusion]:
        return [*self.points, *self.outer, *self.exclusions]

    def _two_measures(self, what: str) -> None:
        if len(self.measures) != 2:
            raise UnsupportedError(
                f"{what}: {len(self.measures)} measures; only two are supported, take a pair of them"
            )

    def __repr__(self) -> str:
        names = ", ".join(f"{sense} {name}" for sense, name in zip(self.senses, self.measures, strict=True))
        exactly = "exact" if self.epsilon == 0 else f"epsilon={number_text(self.epsilon)}"
        mixing = "mixing" if self.mixing else "no mixing"
        outside = ", ".join(
            f"{len(parts)} {name}" for name, parts in (("cuts", self.outer), ("exclusions", self.exclusions)) if parts
        )
        return f"Frontier({self.status}, {exactly}: {names}; {len(self)} points, {outside or 'no cuts'}, {mixing})"

    def _repr_html_(self) -> str:
        head = "".join(
            f"<th>{html.escape(name)} ({s})</th>" for name, s in zip(self.measures, self.senses, strict=True)
        )
        rows = "".join(
            "<tr>" + "".join(f"<td>{html.escape(number_text(x))}</td>" for x in point.measures) + "</tr>"
            for point in self.points[:200]
        )
        more = f"<p>… {len(self) - 200} more points</p>" if len(self) > 200 else ""
        return f"<table><caption>{html.escape(repr(self))}</caption><tr>{head}</tr>{rows}</table>{more}"

    def to_frame(self) -> Any:
        """A pandas table with a row for each point and a column for each measure.

        Raises
        ------
        SpecificationError
            If pandas is not installed.
        """
        return data_frame([point.measures for point in self.points], self.measures)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data, rationals as ``"p/q"``."""

        def evidence(part: FrontierPoint | Cut | Exclusion) -> Any:
            return None if part.certificate is None else part.certificate.to_dict()

        return {
            "status": self.status,
            "measures": list(self.measures),
            "senses": list(self.senses),
            "mixing": self.mixing,
            "epsilon": plain_data(self.epsilon),
            "points": [
                {
                    "measures": plain_data(point.measures),
                    "decision": plain_data(point.decision),
                    "prices": plain_data(point.prices),
                    "certificate": evidence(point),
                }
                for point in self.points
            ],
            "outer": [
                {"normal": plain_data(cut.normal), "bound": plain_data(cut.bound), "certificate": evidence(cut)}
                for cut in self.outer
            ],
            "exclusions": [
                {"corner": plain_data(part.corner), "certificate": evidence(part)} for part in self.exclusions
            ],
        }


def _inner(left: Sequence[Number], right: Sequence[Number]) -> Number:
    total: Number = Fraction(0)
    for x, y in zip(left, right, strict=True):
        total += _number(x) * _number(y)
    return total


def _number(value: Any) -> Number:
    """A rational stays one; whole numbers become one, so that areas are exact."""
    return Fraction(value) if isinstance(value, int) else value


def _steps(points: list[tuple[Number, Number]]) -> list[tuple[Number, Number]]:
    """Corners of the staircase for minimised measures: down at each point, level in between."""
    corners: list[tuple[Number, Number]] = []
    for x, y in points:
        if corners and y >= corners[-1][1]:
            continue
        if corners:
            corners.append((x, corners[-1][1]))
        corners.append((x, y))
    return corners


def _lower_hull(points: list[tuple[Number, Number]]) -> list[tuple[Number, Number]]:
    """Falling part of the lower convex hull, from the leftmost point to the lowest."""
    hull: list[tuple[Number, Number]] = []
    for x, y in points:
        if hull and y >= hull[-1][1]:
            continue
        while len(hull) >= 2:
            (x0, y0), (x1, y1) = hull[-2:]
            if (y1 - y0) * (x - x0) < (y - y0) * (x1 - x0):
                break
            hull.pop()
        hull.append((x, y))
    return hull


def _share(start: Number, end: Number, limit: Number) -> Number:
    """How much of the way from ``start`` to ``end`` lies before ``limit``, between 0 and 1."""
    if end <= limit or end == start:
        return Fraction(1)
    return max(Fraction(0), (limit - start) / (end - start))


def _area_below(x0: Number, y0: Number, x1: Number, y1: Number, top: Number) -> Number:
    """Area between a falling segment and the level ``top`` above it."""
    if x1 <= x0 or y1 >= top:
        return Fraction(0)
    if y0 > top:
        x0, y0 = x0 + (x1 - x0) * (y0 - top) / (y0 - y1), top
    return (x1 - x0) * ((top - y0) + (top - y1)) / 2
