"""The exact frontier of two linear objectives over one polyhedron.

    optimise (f_1(x), f_2(x)),  f_k(x) = c_k·x,   over   A x  ≤, ≥ or =  b,   l ≤ x ≤ u

Every nondominated point lies on an edge between extreme nondominated points, and each of these is the optimum of a
weighted sum with positive weights (Geoffrion 1968). *Dichotomy* (Aneja and Nair 1979): start from the two lexicographic
optima; for two neighbours a, b take the weights for which both are worth the same; either a better point lies between
them or the line through them is an edge. The V extreme points take at most 2V + 3 linear programmes, each solved
exactly; the optimum of an edge proves that nothing lies beyond it, and the edges together are the whole frontier.

References: Y. P. Aneja and K. P. K. Nair, "Bicriteria transportation problem", Management Science 25 (1979); M. Ehrgott,
*Multicriteria Optimization* (2005), chapters 3 and 6.
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
from gametheory.errors import SpecificationError, UnboundedError
from gametheory.optimize.design import chosen_columns
from gametheory.optimize.exact import ExactSolution, solve_exact
from gametheory.optimize.extension import Row, extended_programme
from gametheory.optimize.frontier import Cut, Frontier, FrontierPoint
from gametheory.optimize.linear_model import Basis
from gametheory.optimize.objectives import Objectives, Sense, row_prices

__all__ = ["bi_objective_frontier"]


def bi_objective_frontier(
    programme: LinearProgramme,
    objectives: Sequence[Sequence[Any]],
    *,
    senses: tuple[Sense, Sense] = ("min", "min"),
    measures: tuple[str, str] = ("first", "second"),
    decision: Callable[[RationalArray], Any] | None = None,
    time_limit: float | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Frontier:
    """All extreme nondominated points of two linear objectives, exactly, with a proof that there are no others.

    Parameters
    ----------
    programme : LinearProgramme
        Rows and bounds; its own objective does not count.
    objectives : two sequences of numbers, each of length num_columns
    senses : pair of "max" or "min"
    measures : pair of str
        Names of the objectives.
    decision : function of the primal point, optional
        What to report as the decision of a point; by default the columns that are not 0, by name.
    time_limit : float, optional
        Seconds for everything.
    progress : callable, optional
        Called as ``progress(edges, open)`` with the edges proved and the gaps between points that are still open.

    Returns
    -------
    Frontier
        With ``mixing`` and ``epsilon`` 0. Each point carries the certificate of a weighted sum with positive weights
        that it optimises; each cut is an edge, or the best value of one objective alone.

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
    >>> programme = LinearProgramme.from_rows("min", [0, 0], [("demand", {0: 1, 1: 2}, ">=", 2)])
    >>> frontier = bi_objective_frontier(programme, [[1, 0], [0, 1]])
    >>> [tuple(map(str, point.measures)) for point in frontier]
    [('0', '1'), ('2', '0')]
    >>> frontier.verify()
    True
    """
    if programme.integer:
        raise SpecificationError(f"{programme!r}: integer columns have no edges; drop them for the relaxation")
    if len(objectives) != 2:
        raise SpecificationError(f"objectives: found {len(objectives)}; write two, or use multi_objective_frontier")
    wanted = Objectives.read(programme, objectives, senses, measures)
    task = _Task(programme, wanted, None if time_limit is None else time.perf_counter() + time_limit)
    ends = [task.optimum((1, 0)), task.optimum((0, 1))]
    cuts = [task.cut((1, 0), ends[0]), task.cut((0, 1), ends[1])]
    left, right = (task.lexicographic(k, ends[k]) for k in (0, 1))
    vertices = [left]
    if left.values == right.values:  # one point is best in both
        solution = task.optimum((1, 1))
        proofs = [task.proof((1, 1), solution, left)]
        cuts.append(task.cut((1, 1), solution))
    else:
        edges = task.edges(left, right, progress)
        proofs = []
        for k, (weights, solution, start, end) in enumerate(edges):
            if k == 0:
                proofs.append(task.proof(weights, solution, start))
            proofs.append(task.proof(weights, solution, end))
            cuts.append(task.cut(weights, solution))
            vertices.append(end)
    report = decision or (lambda point: chosen_columns(programme.column_names, point))
    points = tuple(
        FrontierPoint(
            measures=wanted.at(vertex.point),
            decision=report(vertex.point),
            prices=row_prices(proof),
            certificate=proof,
        )
        for vertex, proof in zip(vertices, proofs, strict=True)
    )
    return Frontier(measures=wanted.measures, senses=wanted.senses, points=points, outer=tuple(cuts), mixing=True)


@final
@dataclass(frozen=True, slots=True, eq=False)
class _Vertex:
    """A point and its objectives, both turned to minimisation."""

    point: RationalArray
    values: tuple[Fraction, Fraction]


Edge = tuple[tuple[Fraction, Fraction], ExactSolution, _Vertex, _Vertex]


@final
class _Task:
    def __init__(self, programme: LinearProgramme, objectives: Objectives, deadline: float | None) -> None:
        self.programme, self.objectives, self.deadline = programme, objectives, deadline
        self.basis: Basis | None = None

    def remaining(self) -> float | None:
        return None if self.deadline is None else max(0.0, self.deadline - time.perf_counter())

    def optimum(self, weights: Sequence[Fraction | int]) -> ExactSolution:
        programme = self.objectives.weighted(self.programme, weights)
        try:
            solution = solve_exact(programme, time_limit=self.remaining(), warm_start=self.basis)
        except UnboundedError as error:
            raise UnboundedError(
                f"an objective has no bound, so the frontier has no end: {error}", ray=error.ray
            ) from None
        self.basis = solution.basis
        return solution

    def lexicographic(self, first: int, best: ExactSolution) -> _Vertex:
        """Best in one objective, and in the other among those."""
        other = self.objectives.weighted(self.programme, [first, 1 - first])
        at_best: Row = (f"objective {first + 1} at its best", self.objectives.row(first), "==", best.value)
        extended = extended_programme(other, [at_best], name=other.name)
        return self.vertex(solve_exact(extended, time_limit=self.remaining()).primal)

    def vertex(self, point: RationalArray) -> _Vertex:
        one, two = self.objectives.turned(self.objectives.at(point))
        return _Vertex(point, (one, two))

    def edges(self, left: _Vertex, right: _Vertex, progress: Callable[[int, int], None] | None) -> list[Edge]:
        """The edges from ``left`` to ``right`` in order; points that lie inside an edge are left out."""
        found: list[Edge] = []
        waiting = [(left, right)]
        while waiting:
            if progress is not None:
                progress(len(found), len(waiting))
            start, end = waiting.pop()
            steepness = (start.values[1] - end.values[1], end.values[0] - start.values[0])
            weights = (steepness[0] / sum(steepness), steepness[1] / sum(steepness))
            solution = self.optimum(weights)
            between = self.vertex(solution.primal)
            if _worth(weights, between) < _worth(weights, start):
                waiting += [(between, end), (start, between)]
            elif found and found[-1][0] == weights:
                found[-1] = (weights, solution, found[-1][2], end)
            else:
                found.append((weights, solution, start, end))
        return found

    def proof(self, weights: Sequence[Fraction | int], solution: ExactSolution, vertex: _Vertex) -> DualityCertificate:
        """The weighted sum's certificate with this vertex as the point that attains it."""
        certificate = replace(solution.certificate, primal=vertex.point)
        certificate.verify()
        return certificate

    def cut(self, weights: Sequence[Fraction | int], solution: ExactSolution) -> Cut:
        normal = tuple(-w for w in self.objectives.turned([Fraction(w) for w in weights]))
        return Cut(normal=normal, bound=-solution.value, certificate=solution.certificate)


def _worth(weights: Sequence[Fraction | int], vertex: _Vertex) -> Fraction:
    return weights[0] * vertex.values[0] + weights[1] * vertex.values[1]
