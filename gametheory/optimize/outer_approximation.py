"""Frontiers of several objectives by outer approximation of everything that can be bettered.

The *upper set* P = {y : y ≥ f(x) for some feasible x} of convex objectives f_1, …, f_p (all minimised) is convex, and its
boundary is the frontier. Benson's method holds an outer polyhedron, at first y ≥ (min f_1, …, min f_p). For a vertex v of it

    minimise s   subject to   f(x) ≤ v + s·1,  x feasible

tells how far v is from P along the diagonal. If s ≤ ε the vertex is done, and its f(x) ≤ v + s·1 is a point of the frontier.
Otherwise the multipliers w ≥ 0, Σ w = 1 of the rows f(x) ≤ v + s·1 are a supporting hyperplane, w·y ≥ w·v + s for all of
P, which cuts v off. In the end v + ε·1 ∈ P for every vertex v: every point of the outer polyhedron is within ε of P.

:func:`multi_objective_frontier` does this for linear objectives in rationals with ε = 0: the vertices are then those of P,
each with the decision that attains it and the certificate of a positive weighted sum that it optimises (the sum of the
hyperplanes that meet there). :mod:`.convex_measures` does it for convex ones in floats.

References: H. Benson, "An outer approximation algorithm for generating all efficient extreme points in the outcome set of a
multiple objective linear programming problem", Journal of Global Optimization 13 (1998); A. Löhne, *Vector Optimization with
Infimum and Supremum* (2011), chapter 4; A. Löhne, B. Rudloff and F. Ulus, "Primal and dual approximation algorithms for
convex vector optimization problems", Journal of Global Optimization 60 (2014).

Complexity: a programme for each vertex and each facet, and the double description method between them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, final

from gametheory.arithmetic import RationalArray
from gametheory.certificates.duality import DualityCertificate
from gametheory.certificates.programme import LinearProgramme
from gametheory.errors import SolverError, SpecificationError, UnboundedError
from gametheory.optimize.design import chosen_columns
from gametheory.optimize.double_description import Cone, upper_cone, upper_row
from gametheory.optimize.exact import solve_exact
from gametheory.optimize.extension import Row, extended_programme
from gametheory.optimize.frontier import Cut, Frontier, FrontierPoint
from gametheory.optimize.linear_model import Basis
from gametheory.optimize.objectives import Objectives, Sense, inner, row_prices

__all__ = ["Progress", "Reached", "Shortfall", "multi_objective_frontier", "outer_approximation"]

Vertex = tuple[Fraction, ...]
Progress = Callable[[int, int], None]
"""Called with the number of vertices that are done and of those that are open."""


@final
@dataclass(frozen=True, slots=True, eq=False)
class Shortfall:
    """How far a vertex v is from the upper set.

    Attributes
    ----------
    distance : Fraction
        The s of the programme, or a little more: f(x) ≤ v + s·1.
    reached : object
        The x, in whatever form.
    normal, bound : tuple of Fraction, Fraction
        A cut normal·y ≥ bound of the upper set with normal·v < bound if the distance is positive.
    evidence : object
        Of the cut.
    """

    distance: Fraction
    reached: Any
    normal: Vertex = ()
    bound: Fraction = Fraction(0)
    evidence: Any = None


@final
@dataclass(frozen=True, slots=True, eq=False)
class Reached:
    """A vertex of the outer polyhedron in the end.

    Attributes
    ----------
    vertex : tuple of Fraction
    shortfall : Shortfall
    cuts : tuple of int
        The cuts that meet there: the k-th of the first p is y_k ≥ its minimum.
    """

    vertex: Vertex
    shortfall: Shortfall
    cuts: tuple[int, ...]


def outer_approximation(
    lowest: Sequence[Fraction],
    shortfall: Callable[[Vertex], Shortfall],
    *,
    epsilon: Fraction,
    progress: Progress | None = None,
) -> tuple[list[Reached], list[Shortfall], list[int]]:
    """Cut the set y ≥ ``lowest`` down until each of its vertices is within ``epsilon`` of the upper set.

    Returns
    -------
    vertices, cuts, facets
        ``cuts`` in the order in which they were made; ``facets`` are those that no other cut implies, numbered with the p
        first bounds before them.
    """
    cone: Cone = upper_cone(lowest)
    cuts: list[Shortfall] = []
    done: dict[Vertex, Shortfall] = {}
    while True:
        corners = cone.vertices()
        waiting = [vertex for vertex, _ in corners if vertex not in done]
        if progress is not None:
            progress(len(corners) - len(waiting), len(waiting))
        if not waiting:
            break
        found = shortfall(waiting[0])
        if found.distance <= epsilon:
            done[waiting[0]] = found
            continue
        if inner(found.normal, waiting[0]) >= found.bound:
            raise SolverError(
                f"a vertex {float(found.distance):.3g} away from the frontier was not cut off; the solver's multipliers are "
                "not accurate enough for this epsilon: raise it, or rescale the objectives",
                status="no progress",
                solver="outer approximation",
                best=[vertex for vertex, _ in corners],
            )
        cuts.append(found)
        cone = cone.cut(upper_row(found.normal, found.bound))
    rows = range(1, len(cone.rows))  # the first says t ≥ 0
    vertices = [Reached(vertex, done[vertex], tuple(k - 1 for k in rows if mask >> k & 1)) for vertex, mask in corners]
    return vertices, cuts, [k - 1 for k in cone.facets() if k]


def multi_objective_frontier(
    programme: LinearProgramme,
    objectives: Sequence[Sequence[Any]],
    *,
    senses: Sequence[Sense] | None = None,
    measures: Sequence[str] | None = None,
    decision: Callable[[RationalArray], Any] | None = None,
    time_limit: float | None = None,
    progress: Progress | None = None,
) -> Frontier:
    """All extreme nondominated points of two or more linear objectives, exactly, with a proof that there are no others.

    Parameters
    ----------
    programme : LinearProgramme
        Rows and bounds; its own objective does not count.
    objectives : sequences of numbers, each of length num_columns
        For two of them :func:`~gametheory.optimize.bi_objective_frontier` needs fewer programmes.
    senses : sequence of "max" or "min", optional
        By default all are minimised.
    measures : sequence of str, optional
        Names of the objectives.
    decision : function of the primal point, optional
        What to report as the decision of a point; by default the columns that are not 0, by name.
    time_limit : float, optional
        Seconds for everything.
    progress : callable, optional
        Called as ``progress(done, open)`` with numbers of vertices.

    Returns
    -------
    Frontier
        With ``mixing`` and ``epsilon`` 0. Each point carries the certificate of a weighted sum with positive weights that
        it optimises; the cuts are the facets of what can be bettered.

    Raises
    ------
    InfeasibleError
        No point meets the rows and bounds.
    UnboundedError
        One of the objectives has no bound.
    SolverError
        The time limit was reached.

    Examples
    --------
    >>> rows = [("first", {0: 1, 1: 2, 2: 3}, ">=", 6), ("second", {0: 3, 1: 2, 2: 1}, ">=", 6)]
    >>> frontier = multi_objective_frontier(
    ...     LinearProgramme.from_rows("min", [0, 0, 0], rows), [[1, 0, 0], [0, 1, 0], [0, 0, 1]])
    >>> [tuple(map(str, point.measures)) for point in frontier]
    [('0', '0', '6'), ('0', '3', '0'), ('3/2', '0', '3/2'), ('6', '0', '0')]
    >>> frontier.verify()
    True
    """
    if programme.integer:
        raise SpecificationError(f"{programme!r}: integer columns have no facets; drop them, or use integer_frontier")
    wanted = Objectives.read(programme, objectives, senses, measures)
    task = _Task(programme, wanted, None if time_limit is None else time.perf_counter() + time_limit)
    ends = [task.lowest(k) for k in range(len(objectives))]
    vertices, cuts, facets = outer_approximation(
        [end.bound for end in ends], task.shortfall, epsilon=Fraction(0), progress=progress
    )
    cuts = [*ends, *cuts]
    report = decision or (lambda point: chosen_columns(programme.column_names, point))
    points = []
    for found in vertices:
        proof = task.proof([cuts[k] for k in found.cuts], found)
        points.append(
            FrontierPoint(
                measures=wanted.turned(found.vertex),
                decision=report(found.shortfall.reached),
                prices=row_prices(proof),
                certificate=proof,
            )
        )
    return Frontier(
        measures=wanted.measures,
        senses=wanted.senses,
        points=tuple(points),
        outer=tuple(task.cut(cuts[k]) for k in facets),
        mixing=True,
    )


@final
class _Task:
    """The linear programmes of Benson's method; weights count objectives turned to minimisation."""

    def __init__(self, programme: LinearProgramme, objectives: Objectives, deadline: float | None) -> None:
        self.programme, self.objectives, self.deadline = programme, objectives, deadline
        self.diagonal = self._diagonal()
        self.basis: Basis | None = None

    def remaining(self) -> float | None:
        return None if self.deadline is None else max(0.0, self.deadline - time.perf_counter())

    def weighted(self, weights: Sequence[Fraction | int]) -> LinearProgramme:
        return self.objectives.weighted(self.programme, weights)

    def lowest(self, index: int) -> Shortfall:
        """The bound y_index ≥ its minimum."""
        weights = tuple(Fraction(int(k == index)) for k in range(len(self.objectives.costs)))
        try:
            solution = solve_exact(self.weighted(weights), time_limit=self.remaining())
            return Shortfall(Fraction(0), solution.primal, weights, solution.value, solution.certificate)
        except UnboundedError as error:
            raise UnboundedError(
                f"an objective has no bound, so the frontier has no end: {error}", ray=error.ray
            ) from None

    def _diagonal(self) -> LinearProgramme:
        """min s over the rows and f_k(x) − s ≤ 0, whose right-hand sides are the vertex."""
        base = replace(self.weighted([0] * len(self.objectives.costs)), arguments={})
        step = base.num_columns
        rows: list[Row] = []
        for k in range(len(self.objectives.costs)):
            row = {**self.objectives.row(k), step: Fraction(-1)}
            rows.append((f"objective {k + 1} beyond the vertex", row, "<=", Fraction(0)))
        name = f"{self.programme.name or 'programme'}, along the diagonal"
        extended = extended_programme(base, rows, columns=[("step along the diagonal", None, None)], name=name)
        return replace(extended, objective=RationalArray.of_integers([0] * step + [1]))

    def shortfall(self, vertex: Vertex) -> Shortfall:
        sides = self.programme.right_hand_side.fractions().tolist()
        programme = replace(self.diagonal, right_hand_side=RationalArray.from_fractions([*sides, *vertex]))
        solution = solve_exact(programme, time_limit=self.remaining(), warm_start=self.basis)
        self.basis = solution.basis
        n, m = self.programme.num_columns, self.programme.num_rows
        point = RationalArray.from_fractions(solution.primal.fractions()[:n])
        if solution.value == 0:
            return Shortfall(Fraction(0), point)
        duals = solution.row_duals.fractions()
        weights = tuple(-Fraction(y) for y in duals[m:])  # a row <= of a minimum has a dual ≤ 0
        bound = solution.value + inner(weights, vertex)
        return Shortfall(solution.value, point, weights, bound, self.certificate(weights, bound, duals[:m], point))

    def certificate(
        self, weights: Vertex, bound: Fraction, multipliers: Any, point: RationalArray
    ) -> DualityCertificate:
        """That ``point`` minimises the weighted sum, and that it is ``bound`` there."""
        proof = DualityCertificate(self.weighted(weights), bound, RationalArray.from_fractions(multipliers), point)
        proof.verify()
        return proof

    def proof(self, cuts: Sequence[Shortfall], found: Reached) -> DualityCertificate:
        """Weights and multipliers of the cuts that meet at a vertex, added up: the vertex is best for positive weights."""
        weights = tuple(sum(column) / len(cuts) for column in zip(*(cut.normal for cut in cuts), strict=True))
        multipliers = sum(cut.evidence.multipliers.fractions() for cut in cuts) / len(cuts)
        return self.certificate(weights, inner(weights, found.vertex), multipliers, found.shortfall.reached)

    def cut(self, found: Shortfall) -> Cut:
        normal = tuple(-w for w in self.objectives.turned(found.normal))
        return Cut(normal=normal, bound=-found.bound, certificate=found.evidence)
