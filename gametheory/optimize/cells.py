"""The frontier of a union of polyhedral cells: every cell's own, put together exactly, jumps kept.

A leader's commitments fall into cells, one for each reply of the followers; a designer's choices into cases. In a cell both
measures are linear over a polyhedron, so that its frontier is exact (:mod:`.bi_objective`); over all of them

    g(t) = min over cells c of  g_c(t),    g_c(t) = min {f_2(x) : f_1(x) ≤ t, x in cell c}   (both measures minimised)

is piecewise linear, but neither convex nor continuous: it falls by a jump where a better cell begins. Its falling parts and the
points at its jumps are the frontier. No weighted sum finds what lies in its dents, and no mixture may be claimed there: which
cell a decision falls into decides how others react to it.

Rows may be *strict* (followers who break ties against the leader leave a cell at its border). The frontier is that of the
closure: a point with ``attained=False`` is the end of a falling part that no decision reaches, or where something as good in
one measure is better in the other, or comes as near to that as one likes.

Complexity: each cell's frontier (two programmes for each of its vertices), all pairs of their pieces for the crossings, and
a programme for each point and edge of a cell with strict rows.

References: M. Ehrgott, *Multicriteria Optimization* (2005), chapter 3, for the nonconvex case; B. von Stengel and S. Zamir,
"Leadership games with convex strategy sets", Games and Economic Behavior 69 (2010), for cells of replies.
"""

from __future__ import annotations

import bisect
import itertools
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, final

from gametheory.arithmetic import RationalArray
from gametheory.certificates.certificate import Certificate
from gametheory.certificates.duality import DualityCertificate
from gametheory.certificates.programme import LinearProgramme
from gametheory.errors import InfeasibleError, SpecificationError
from gametheory.optimize.bi_objective import bi_objective_frontier
from gametheory.optimize.design import chosen_columns
from gametheory.optimize.exact import solve_exact
from gametheory.optimize.extension import Row, extended_programme
from gametheory.optimize.frontier import Cut, Edge, Frontier, FrontierPoint
from gametheory.optimize.objectives import Objectives, Sense, inner, read_senses, row_prices

__all__ = ["Cell", "union_frontier"]

Pair = tuple[Fraction, Fraction]


@final
@dataclass(frozen=True, slots=True, eq=False)
class Cell:
    """A polyhedron of decisions on which two measures are linear.

    Attributes
    ----------
    name : str
    programme : LinearProgramme
        Rows and bounds; its own objective does not count.
    objectives : two sequences of numbers, each of length num_columns
    strict : frozenset of str
        Names of rows, ``<=`` or ``>=``, that must hold strictly.
    """

    name: str
    programme: LinearProgramme
    objectives: Sequence[Sequence[Any]]
    strict: frozenset[str] = frozenset()


def union_frontier(
    cells: Sequence[Cell],
    *,
    senses: tuple[Sense, Sense] = ("min", "min"),
    measures: tuple[str, str] = ("first", "second"),
    decision: Callable[[Cell, RationalArray], Any] | None = None,
    time_limit: float | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Frontier:
    """The frontier of two linear measures over a union of polyhedra, exactly.

    Parameters
    ----------
    cells : sequence of Cell
        All of them together are what can be decided: that they are all is the caller's claim. They may overlap or be empty.
    senses : pair of "max" or "min"
    measures : pair of str
    decision : function of the cell and the primal point, optional
        What to report as a decision; by default ``{"cell": name, "columns": those that are not 0}``.
    time_limit : float, optional
        Seconds for everything.
    progress : callable, optional
        Called as ``progress(cells done, cells)``.

    Returns
    -------
    Frontier
        Without ``mixing``; ``edges`` are achieved all the same, each inside one cell. Each point is certified to be best in
        its cell, and ``cells`` holds the certified outer set of each (for one without points, the proof that it is empty).

    Raises
    ------
    InfeasibleError
        All cells are empty.
    UnboundedError, SolverError
        A measure without bound; the time limit.

    Examples
    --------
    Two ways to protect a system: filters, whose cost falls with the risk accepted, or a new design for a fixed cost of 2:

    >>> filters = LinearProgramme.from_rows("min", [0, 0], [("filter", {0: 1, 1: 1}, ">=", 4)])
    >>> design = LinearProgramme.from_rows("min", [0], [("once", {0: 1}, "==", 1)])
    >>> frontier = union_frontier(
    ...     [Cell("filters", filters, [[1, 0], [0, 1]]), Cell("design", design, [[2], [1]])], measures=("cost", "risk"))
    >>> for point in frontier:
    ...     print(*point.measures, point.decision["cell"], point.attained)
    0 4 filters True
    2 1 design True
    2 2 filters False
    3 1 filters False
    4 0 filters True
    >>> [(edge.start, edge.end) for edge in frontier.edges]
    [(0, 2), (3, 4)]
    """
    if not cells:
        raise SpecificationError("cells: found none; write at least one")
    read_senses(2, senses, measures)
    deadline = None if time_limit is None else time.perf_counter() + time_limit
    chains, outer = [], []
    for k, cell in enumerate(cells):
        if progress is not None:
            progress(k, len(cells))
        chain = _Chain(cell, senses, deadline)
        outer.append(chain.outer)
        if chain.corners:
            chains.append(chain)
    if not chains:
        proofs = [cuts[0].certificate for cuts in outer]
        raise InfeasibleError("every cell is empty; relax the rows of one of them", certificate=proofs[0])
    report = decision or _columns
    segments, isolated = _lower_envelope(chains)
    points: dict[Pair, FrontierPoint] = {}
    for chain, place, is_limit in [
        *((chain, place, False) for chain, place in isolated),
        *((s.chain, end, is_limit) for s in segments for end, is_limit in zip((s.start, s.end), s.limits, strict=True)),
    ]:
        if place not in points or (not is_limit and not points[place].attained):
            points[place] = chain.point(place, is_limit, report)
    ordered = sorted(points.values(), key=lambda point: point.measures)
    index = {point.measures: k for k, point in enumerate(ordered)}
    edges = []
    for segment in segments:
        ends = sorted(index[points[place].measures] for place in (segment.start, segment.end))
        edges.append(Edge(ends[0], ends[1], segment.is_attained()))
    if progress is not None:
        progress(len(cells), len(cells))
    return Frontier(
        measures=measures,
        senses=senses,
        points=tuple(ordered),
        edges=tuple(sorted(edges, key=lambda edge: edge.start)),
        cells=tuple(outer),
        mixing=False,
    )


def _columns(cell: Cell, point: RationalArray) -> dict[str, Any]:
    return {"cell": cell.name, "columns": chosen_columns(cell.programme.column_names, point)}


@final
class _Chain:
    """The frontier of the closure of one cell, turned to minimisation: corners from the upper left to the lower right."""

    def __init__(self, cell: Cell, senses: tuple[Sense, Sense], deadline: float | None) -> None:
        self.cell, self.deadline = cell, deadline
        self.objectives = Objectives.read(cell.programme, cell.objectives, senses, None)
        self.corners: list[Pair] = []
        self.primal: list[RationalArray] = []
        self.proofs: list[Certificate | None] = []
        unknown = cell.strict - {
            name
            for name, sense in zip(cell.programme.row_names, cell.programme.row_sense, strict=True)
            if sense != "=="
        }
        if unknown:
            raise SpecificationError(
                f"cell {cell.name!r}: strict: found {sorted(unknown)}; name rows '<=' or '>=' of its programme"
            )
        self.outer = self._read()

    def _remaining(self) -> float | None:
        return None if self.deadline is None else max(0.0, self.deadline - time.perf_counter())

    def _read(self) -> tuple[Cut, ...]:
        nowhere = (Fraction(0), Fraction(0))
        if self.cell.strict:
            margin, _, proof = self._margin([])
            if margin <= 0:
                return (Cut(normal=nowhere, bound=Fraction(-1), certificate=proof),)
        try:
            frontier = bi_objective_frontier(
                self.cell.programme,
                self.cell.objectives,
                senses=(self.objectives.senses[0], self.objectives.senses[1]),
                decision=lambda point: point,
                time_limit=self._remaining(),
            )
        except InfeasibleError as error:
            return (Cut(normal=nowhere, bound=Fraction(-1), certificate=error.certificate),)
        for point in sorted(frontier, key=lambda point: self._turned(point.measures)):
            self.corners.append(self._turned(point.measures))
            self.primal.append(point.decision)
            self.proofs.append(point.certificate)
        return frontier.outer

    def _turned(self, measures: Sequence[Any]) -> Pair:
        one, two = self.objectives.turned(measures)
        return one, two

    def height(self, t: Fraction) -> Fraction | None:
        """g_c(t)."""
        k = bisect.bisect_right(self.corners, t, key=lambda corner: corner[0])
        if k == 0:
            return None
        if k == len(self.corners):
            return self.corners[-1][1]
        (x0, y0), (x1, y1) = self.corners[k - 1 : k + 1]
        return y0 + (y1 - y0) * (t - x0) / (x1 - x0)

    def pieces(self) -> list[tuple[Pair, Pair | None]]:
        """Segments from corner to corner, and the level part after the last (without an end)."""
        return [*itertools.pairwise(self.corners), (self.corners[-1], None)]

    def point(self, place: Pair, is_limit: bool, report: Callable[[Cell, RationalArray], Any]) -> FrontierPoint:
        """A point on the chain, with a decision that reaches it, or one of the closure."""
        primal, proof = self._closure(place)
        margin = Fraction(1)
        if self.cell.strict:
            margin, strictly, _ = self._margin(list(enumerate(place)))
            primal = strictly if margin > 0 else primal
        proof = replace(proof, primal=primal)
        proof.verify()
        return FrontierPoint(
            measures=self._turned(place),
            decision=report(self.cell, primal),
            prices=row_prices(proof),
            certificate=proof,
            attained=margin > 0 and not is_limit,
        )

    def is_attained(self, place: Pair) -> bool:
        return not self.cell.strict or self._margin(list(enumerate(place)))[0] > 0

    def _closure(self, place: Pair) -> tuple[RationalArray, DualityCertificate]:
        """A point of the closure with these measures, and a positive weighted sum that they optimise."""
        k = bisect.bisect_left(self.corners, place)
        if k < len(self.corners) and self.corners[k] == place:
            proof = self.proofs[k]
            assert isinstance(proof, DualityCertificate), "bi_objective_frontier certifies its points"
            return self.primal[k], proof
        (x0, _), (x1, _) = self.corners[k - 1 : k + 1]
        share = (place[0] - x0) / (x1 - x0)
        mixed = (1 - share) * self.primal[k - 1].fractions() + share * self.primal[k].fractions()
        measures = self._turned(place)
        edge = next(
            cut.certificate for cut in self.outer if all(cut.normal) and inner(cut.normal, measures) == cut.bound
        )
        assert isinstance(edge, DualityCertificate), "bi_objective_frontier certifies its edges"
        return RationalArray.from_fractions(mixed), edge

    def _margin(self, fixed: Sequence[tuple[int, Fraction]]) -> tuple[Fraction, RationalArray, Certificate]:
        """max s ≤ 1 by which the strict rows hold, with objectives fixed: the value, its point, its certificate."""
        programme = self.cell.programme
        n = programme.num_columns
        rows: list[Row] = [(f"margin of {name}", row, sense, side) for name, row, sense, side in self._strict_rows(n)]
        rows += [(f"objective {k + 1} as given", self.objectives.row(k), "==", value) for k, value in fixed]
        name = f"{programme.name or 'programme'}, margin of strict rows"
        extended = extended_programme(programme, rows, columns=[("margin", None, Fraction(1))], name=name)
        extended = replace(
            extended, sense="max", constant=Fraction(0), objective=RationalArray.of_integers([0] * n + [1])
        )
        try:
            solution = solve_exact(extended, time_limit=self._remaining())
        except InfeasibleError as error:
            return Fraction(-1), RationalArray.of_integers([0] * n), error.certificate
        return solution.value, RationalArray.from_fractions(solution.primal.fractions()[:n]), solution.certificate

    def _strict_rows(self, margin: int) -> list[Row]:
        programme = self.cell.programme
        found: list[Row] = []
        for r, name in enumerate(programme.row_names):
            if name in self.cell.strict:
                sense = programme.row_sense[r]
                step = Fraction(1 if sense == "<=" else -1)
                found.append((name, {**programme.row(r), margin: step}, sense, programme.right_hand_side[r]))
        return found


@final
@dataclass(frozen=True, slots=True, eq=False)
class _Segment:
    """A falling part of the envelope inside one edge of one cell; ``limits``: whether its ends are bettered by others."""

    chain: _Chain
    start: Pair
    end: Pair
    limits: tuple[bool, bool]

    def is_attained(self) -> bool:
        """Of its inside all or nothing is: a mixture of a strict point with points of the closure is strict."""
        (x0, y0), (x1, y1) = self.start, self.end
        return self.chain.is_attained(((x0 + x1) / 2, (y0 + y1) / 2))


def _lower_envelope(chains: Sequence[_Chain]) -> tuple[list[_Segment], list[tuple[_Chain, Pair]]]:
    """Falling segments of g from left to right, and the points where it jumps to (with a chain that goes through each)."""
    breaks = sorted({x for chain in chains for x, _ in chain.corners} | set(_crossings(chains)))
    segments: list[_Segment] = []
    jumps: list[tuple[_Chain, Pair]] = []
    level: Fraction | None = None  # of g just before a break
    is_level = False  # and whether it has been so since another point
    for k, t in enumerate(breaks):
        here = _lowest(chains, t)
        assert here, "some chain begins at the first break"
        value = here[0].height(t)
        assert value is not None, "a chain that is lowest has a height"
        if level is None or value < level:
            jumps += [(chain, (t, value)) for chain in here]
            if segments and segments[-1].end[0] == t:
                segments[-1] = replace(segments[-1], limits=(segments[-1].limits[0], True))
            is_level = False
        if k + 1 == len(breaks):
            break
        following = breaks[k + 1]
        middle = (t + following) / 2
        lowest = _lowest(chains, middle)
        chain = lowest[0]
        if len(lowest) > 1:
            height = chain.height(middle)
            assert height is not None, "the lowest chains have a height"
            chain = next((c for c in lowest if c.is_attained((middle, height))), chain)
        start, end = chain.height(t), chain.height(following)
        assert start is not None, "the chain goes on between breaks"
        assert end is not None, "the chain goes on between breaks"
        level = end
        if end == start:
            is_level = True
            continue
        last = segments[-1] if segments else None
        if last is not None and last.chain is chain and last.end == (t, start) and _straight(last, (following, end)):
            segments[-1] = replace(last, end=(following, end))
        else:
            segments.append(_Segment(chain, (t, start), (following, end), (is_level, False)))
        is_level = False
    return segments, jumps


def _lowest(chains: Sequence[_Chain], t: Fraction) -> list[_Chain]:
    heights = [(chain, chain.height(t)) for chain in chains]
    least = min(height for _, height in heights if height is not None)
    return [chain for chain, height in heights if height == least]


def _straight(segment: _Segment, end: Pair) -> bool:
    (x0, y0), (x1, y1) = segment.start, segment.end
    return (y1 - y0) * (end[0] - x1) == (end[1] - y1) * (x1 - x0)


def _crossings(chains: Sequence[_Chain]) -> set[Fraction]:
    """Where pieces of two chains meet: between breaks one chain is lowest throughout."""
    found: set[Fraction] = set()
    for one, two in itertools.combinations(chains, 2):
        for (p, p_end), (q, q_end) in itertools.product(one.pieces(), two.pieces()):
            slope_p = Fraction(0) if p_end is None else (p_end[1] - p[1]) / (p_end[0] - p[0])
            slope_q = Fraction(0) if q_end is None else (q_end[1] - q[1]) / (q_end[0] - q[0])
            if slope_p == slope_q:
                continue
            t = (q[1] - p[1] + slope_p * p[0] - slope_q * q[0]) / (slope_p - slope_q)
            low = max(p[0], q[0])
            highs = [end[0] for end in (p_end, q_end) if end is not None]
            if low <= t <= min(highs, default=t):
                found.add(t)
    return found
