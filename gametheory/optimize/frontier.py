"""Frontiers: what can be had of several measures at once, and what provably cannot.

Each measure is to be maximised or minimised. A frontier holds *achievable* points (inner side) and *cuts* (outer side):
a cut n·m ≤ β, with n_k ≥ 0 for a measure to be maximised and n_k ≤ 0 for one to be minimised, holds for every
achievable m. No achievable point beats the set {m : n·m ≤ β for all cuts}; ``epsilon`` bounds the distance between the
two sides, and is 0 where the frontier is exact. Where the achievable set is not convex, cuts alone are too far out:
*exclusions* are corners that no achievable m betters in every measure at once, the steps of an outer staircase.

Between two points lies everything on their chord if decisions can be *mixed* (randomised, or the set is convex);
without mixing only what the points dominate. The hypervolume of the dominated set differs accordingly: that of the hull
(with mixing) or of the staircase (without; :mod:`.hypervolume`).

A set that is a union of convex ones, such as what a leader achieves over the followers' replies, has a frontier with
*jumps*: ``edges`` are the chords that are achieved without any mixing, a point with ``attained=False`` is a limit of the
frontier that does not belong to it, and ``cells`` are the outer sets of the convex ones, one of which holds each achievable
m.

Reference: M. Ehrgott, *Multicriteria Optimization* (2005).
"""

from __future__ import annotations

import html
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal, final

from gametheory.arithmetic import exact
from gametheory.certificates.certificate import Certificate
from gametheory.errors import SpecificationError, UnsupportedError
from gametheory.games.tables import data_frame
from gametheory.games.values import compared_by
from gametheory.optimize.design import number_text, plain_data
from gametheory.optimize.hypervolume import chain_area, hull_volume, staircase_volume

__all__ = ["Cut", "Edge", "Exclusion", "Frontier", "FrontierPoint", "nondominated"]

Number = Fraction | float
Sense = Literal["max", "min"]


@final
@compared_by("measures", "decision", "prices", "attained")
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
    attained : bool
        Whether it belongs to the frontier; else it is a limit of frontier points that does not (no decision reaches it, or
        at a jump another betters it), and ``decision`` is that of the closure.
    """

    measures: tuple[Number, ...]
    decision: Any = None
    prices: Mapping[str, Number] = field(default_factory=dict)
    certificate: Certificate | None = None
    attained: bool = True


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
@dataclass(frozen=True, slots=True)
class Edge:
    """The chord from one point to another, by their indices, belongs to the frontier without any mixing.

    ``attained``: its inside is achieved; else it is a limit only.
    """

    start: int
    end: int
    attained: bool = True


@final
@compared_by("measures", "senses", "points", "outer", "exclusions", "edges", "cells", "epsilon", "mixing")
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
    edges : tuple of Edge
        Chords between points that need no mixing.
    cells : tuple of tuples of Cut
        If given, every achievable combination meets all cuts of one of these; a cut 0·m ≤ β < 0 says that a cell is empty.
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
    edges: tuple[Edge, ...] = ()
    cells: tuple[tuple[Cut, ...], ...] = ()
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
        for k, cut in enumerate([*self.outer, *itertools.chain(*self.cells)]):
            if len(cut.normal) != count:
                raise SpecificationError(f"cut {k}: found a normal of {len(cut.normal)} numbers; write {count}")
        for k, exclusion in enumerate(self.exclusions):
            if len(exclusion.corner) != count:
                raise SpecificationError(f"exclusions[{k}]: found {len(exclusion.corner)} numbers; write {count}")
        for edge in self.edges:
            if edge.start == edge.end or not all(0 <= k < len(self.points) for k in (edge.start, edge.end)):
                raise SpecificationError(f"edges: found {edge}; write the indices of two of {len(self.points)} points")
        ordered = tuple(sorted(self.points, key=lambda point: point.measures))
        if self.edges and ordered != self.points:
            raise SpecificationError(
                "edges: their indices need points that are sorted by their measures; sort them first"
            )
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
        if any(_is_beyond(cut, measures) for cut in self.outer):
            return True
        if self.cells and all(any(_is_beyond(cut, measures) for cut in cuts) for cuts in self.cells):
            return True
        return any(exclusion.excludes(measures, self.senses) for exclusion in self.exclusions)

    def exchange_rates(self) -> tuple[Number, ...]:
        """Change of the second measure per unit of the first between neighbouring points, or along edges; two measures."""
        self._two_measures("exchange_rates")
        rates = []
        neighbours = itertools.pairwise(range(len(self.points)))
        pairs = [(edge.start, edge.end) for edge in self.edges] or neighbours
        for a, b in ((self.points[i].measures, self.points[j].measures) for i, j in pairs):
            rates.append((_number(b[1]) - _number(a[1])) / (_number(b[0]) - _number(a[0])))
        return tuple(rates)

    def hypervolume(self, reference: Sequence[Number], *, mixing: bool | None = None) -> Number:
        """Volume of the combinations that are at least as good as ``reference`` and dominated by the frontier.

        Parameters
        ----------
        reference : a number for each measure
            The worst combination that counts.
        mixing : bool, optional
            With mixing all mixtures of points count (hull), without only the points (staircase) and the edges; by default as
            the frontier says.

        Returns
        -------
        Fraction or float
            Exact where the points and the reference are.

        Raises
        ------
        UnsupportedError
            For edges among three or more measures.

        Examples
        --------
        >>> frontier = Frontier(
        ...     measures=("cost", "risk", "delay"), senses=("min",) * 3, mixing=True,
        ...     points=tuple(FrontierPoint(measures=m) for m in [(1, 0, 0), (0, 1, 0), (0, 0, 1)]))
        >>> print(frontier.hypervolume((1, 1, 1)), frontier.hypervolume((2, 2, 2), mixing=False))
        5/6 7
        """
        if len(reference) != len(self.measures):
            raise SpecificationError(f"reference: found {len(reference)} numbers; write {len(self.measures)}")
        turned = [self._turned(point.measures) for point in self.points]
        limit = self._turned(reference)
        if self.mixing if mixing is None else mixing:
            volume = hull_volume(turned, limit)
        elif self.edges:
            self._two_measures("hypervolume with edges")
            ends = [(turned[edge.start], turned[edge.end]) for edge in self.edges]
            chords = [(min(pair), max(pair)) for pair in ends]
            volume = chain_area(turned, limit, chords=chords)
        else:
            volume = staircase_volume(turned, limit)
        numbers = itertools.chain(reference, *(point.measures for point in self.points))
        return float(volume) if any(isinstance(x, float) for x in numbers) else volume

    def _turned(self, measures: Sequence[Number]) -> tuple[Fraction, ...]:
        """All measures as rationals to be minimised."""
        pairs = zip(measures, self.senses, strict=True)
        return tuple(exact(x, where="measures") * (1 if sense == "min" else -1) for x, sense in pairs)

    def _parts(self) -> list[FrontierPoint | Cut | Exclusion]:
        return [*self.points, *self.outer, *self.exclusions, *itertools.chain(*self.cells)]

    def _two_measures(self, what: str) -> None:
        if len(self.measures) != 2:
            raise UnsupportedError(
                f"{what}: {len(self.measures)} measures; only two are supported, take a pair of them"
            )

    def __repr__(self) -> str:
        names = ", ".join(f"{sense} {name}" for sense, name in zip(self.senses, self.measures, strict=True))
        is_exact = self.epsilon == 0 and self.status == "certified"
        exactly = "exact" if is_exact else f"epsilon={number_text(self.epsilon)}"
        mixing = "mixing" if self.mixing else "no mixing"
        outside = ", ".join(
            f"{len(parts)} {name}"
            for name, parts in (("cuts", self.outer), ("exclusions", self.exclusions), ("cells", self.cells))
            if parts
        )
        return f"Frontier({self.status}, {exactly}: {names}; {len(self)} points, {outside or 'no cuts'}, {mixing})"

    def _repr_html_(self) -> str:
        head = "".join(
            f"<th>{html.escape(name)} ({s})</th>" for name, s in zip(self.measures, self.senses, strict=True)
        )
        rows = "".join(
            "<tr>"
            + "".join(f"<td>{html.escape(number_text(x))}</td>" for x in point.measures)
            + ("</tr>" if point.attained else "<td>not attained</td></tr>")
            for point in self.points[:200]
        )
        more = f"<p>… {len(self) - 200} more points</p>" if len(self) > 200 else ""
        return f"<table><caption>{html.escape(repr(self))}</caption><tr>{head}</tr>{rows}</table>{more}"

    def to_frame(self) -> Any:
        """A pandas table with a row for each point and a column for each measure, and ``attained`` where one is not.

        Raises
        ------
        SpecificationError
            If pandas is not installed.
        """
        if all(point.attained for point in self.points):
            return data_frame([point.measures for point in self.points], self.measures)
        return data_frame([(*point.measures, point.attained) for point in self.points], [*self.measures, "attained"])

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data, rationals as ``"p/q"``."""

        def evidence(part: FrontierPoint | Cut | Exclusion) -> Any:
            return None if part.certificate is None else part.certificate.to_dict()

        def cut_data(cut: Cut) -> dict[str, Any]:
            normal, bound = plain_data(cut.normal), plain_data(cut.bound)
            return {"normal": normal, "bound": bound, "certificate": evidence(cut)}

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
                    "attained": point.attained,
                }
                for point in self.points
            ],
            "edges": [{"start": e.start, "end": e.end, "attained": e.attained} for e in self.edges],
            "outer": [cut_data(cut) for cut in self.outer],
            "cells": [[cut_data(cut) for cut in cuts] for cuts in self.cells],
            "exclusions": [
                {"corner": plain_data(part.corner), "certificate": evidence(part)} for part in self.exclusions
            ],
        }


def nondominated(points: Sequence[Sequence[Number]], senses: Sequence[Sense]) -> list[int]:
    """Indices of the points that no other betters in a measure without losing in another; of equal ones the first.

    Examples
    --------
    >>> nondominated([(0, 3), (1, 3), (2, 1), (2, 1)], ("min", "min"))
    [0, 2]
    """
    turned = [tuple(x if s == "min" else -x for x, s in zip(point, senses, strict=True)) for point in points]
    kept: list[int] = []
    lowest: Number | None = None  # for two measures it is enough to compare with the last kept
    for k in sorted(range(len(turned)), key=lambda k: turned[k]):
        point = turned[k]
        if len(senses) == 2:
            if lowest is not None and point[1] >= lowest:
                continue
            lowest = point[1]
        elif any(all(x <= y for x, y in zip(turned[j], point, strict=True)) for j in kept):
            continue
        kept.append(k)
    return sorted(kept)


def _is_beyond(cut: Cut, measures: Sequence[Number]) -> bool:
    """Whether a combination violates the cut; floats count as the rationals that they are."""
    if all(isinstance(x, float) for x in (*cut.normal, *measures)):
        products = [float(x) * float(y) for x, y in zip(cut.normal, measures, strict=True)]
        bound = float(cut.bound)
        excess, size = sum(products) - bound, sum(abs(x) for x in products) + abs(bound)
        if abs(excess) > 1e-12 * size:  # far more than rounding errors
            return bool(excess > 0)
    total = sum((exact(x) * exact(y) for x, y in zip(cut.normal, measures, strict=True)), Fraction(0))
    return total > exact(cut.bound)


def _number(value: Any) -> Number:
    """A rational stays one; whole numbers become one, so that areas are exact."""
    return Fraction(value) if isinstance(value, int) else value
