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
from typing import Any, Literal, final

from gametheory.arithmetic import RationalArray, exact
from gametheory.certificates.duality import DualityCertificate
from gametheory.certificates.programme import LinearProgramme, sparse_rows
from gametheory.certificates.rationals import rational_to_json
from gametheory.errors import SpecificationError, UnboundedError
from gametheory.optimize.design import chosen_columns
from gametheory.optimize.exact import ExactSolution, solve_exact
from gametheory.optimize.frontier import Cut, Frontier, FrontierPoint
from gametheory.optimize.linear_model import Basis

__all__ = ["bi_objective_frontier", "weighted_programme"]

Sense = Literal["max", "min"]


def bi_objective_frontier(
    programme: LinearProgramme,
    objectives: Sequence[Sequence[Any]],
    *,
    senses: tuple[Sense, Sense] = ("min", "min"),
    measures: tuple[str, str] = ("first", "second"),
    decision: Callable[[RationalArray], Any] | None = None,
    time_limit: float | None = None,
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
    if len(objectives) != 2 or any(len(c) != programme.num_columns for c in objectives):
        raise SpecificationError(f"objectives: write two sequences of {programme.num_columns} numbers, one per column")
    costs = [RationalArray.from_fractions([exact(x, where="objectives") for x in c]) for c in objectives]
    task = _Task(programme, costs, senses, None if time_limit is None else time.perf_counter() + time_limit)
    ends = [task.optimum((1, 0)), task.optimum((0, 1))]
    cuts = [task.cut((1, 0), ends[0]), task.cut((0, 1), ends[1])]
    left, right = (task.lexicographic(k, ends[k]) for k in (0, 1))
    vertices = [left]
    if left.values == right.values:  # one point is best in both
        solution = task.optimum((1, 1))
        proofs = [task.proof((1, 1), solution, left)]
        cuts.append(task.cut((1, 1), solution))
    else:
        edges = task.edges(left, right)
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
            measures=task.measures_at(vertex.point),
            decision=report(vertex.point),
            prices=_prices(proof),
            certificate=proof,
        )
        for vertex, proof in zip(vertices, proofs, strict=True)
    )
    return Frontier(measures=measures, senses=senses, points=points, outer=tuple(cuts), mixing=True)


def weighted_programme(
    programme: LinearProgramme,
    objectives: Sequence[RationalArray],
    senses: tuple[Sense, Sense],
    weights: Sequence[Fraction | int],
) -> LinearProgramme:
    """min Σ_k w_k (± c_k)·x over the rows of ``programme``, where a maximised objective counts negatively."""
    signed = [Fraction(w) if sense == "min" else -Fraction(w) for w, sense in zip(weights, senses, strict=True)]
    total = sum(w * c.fractions() for w, c in zip(signed, objectives, strict=True))
    return replace(
        programme,
        sense="min",
        objective=RationalArray.from_fractions(total),
        constant=Fraction(0),
        name=f"{programme.name or 'programme'}, weighted sum",
        arguments={**programme.arguments, "weights": [rational_to_json(w) for w in signed]},
    )


@final
@dataclass(frozen=True, slots=True, eq=False)
class _Vertex:
    """A point and its objectives, both turned to minimisation."""

    point: RationalArray
    values: tuple[Fraction, Fraction]


Edge = tuple[tuple[Fraction, Fraction], ExactSolution, _Vertex, _Vertex]


@final
class _Task:
    def __init__(
        self,
        programme: LinearProgramme,
        costs: list[RationalArray],
        senses: tuple[Sense, Sense],
        deadline: float | None,
    ) -> None:
        self.programme, self.costs, self.senses, self.deadline = programme, costs, senses, deadline
        self.basis: Basis | None = None

    def remaining(self) -> float | None:
        return None if self.deadline is None else max(0.0, self.deadline - time.perf_counter())

    def optimum(self, weights: Sequence[Fraction | int]) -> ExactSolution:
        programme = weighted_programme(self.programme, self.costs, self.senses, weights)
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
        weights = [(1, 0), (0, 1)]
        other = weighted_programme(self.programme, self.costs, self.senses, weights[1 - first])
        fixed = weighted_programme(self.programme, self.costs, self.senses, weights[first])
        _, index, values = sparse_rows([{j: c for j, c in enumerate(fixed.objective.fractions()) if c}])
        extended = replace(
            other,
            row_start=[*other.row_start.tolist(), len(other.column_index) + len(index)],  # type: ignore[arg-type]  # copied into an array
            column_index=[*other.column_index.tolist(), *index.tolist()],  # type: ignore[arg-type]  # copied into an array
            coefficients=RationalArray.from_fractions([*other.coefficients.fractions(), *values.fractions()]),
            row_sense=(*other.row_sense, "=="),
            right_hand_side=RationalArray.from_fractions([*other.right_hand_side.fractions(), best.value]),
            row_names=(*other.row_names, f"objective {first + 1} at its best"),
        )
        return self.vertex(solve_exact(extended, time_limit=self.remaining()).primal)

    def measures_at(self, point: RationalArray) -> tuple[Fraction, ...]:
        fractions = point.fractions()
        return tuple(
            sum((a * x for a, x in zip(c.fractions(), fractions, strict=True)), Fraction(0)) for c in self.costs
        )

    def vertex(self, point: RationalArray) -> _Vertex:
        one, two = (
            value if sense == "min" else -value
            for value, sense in zip(self.measures_at(point), self.senses, strict=True)
        )
        return _Vertex(point, (one, two))

    def edges(self, left: _Vertex, right: _Vertex) -> list[Edge]:
        """The edges from ``left`` to ``right`` in order; points that lie inside an edge are left out."""
        found: list[Edge] = []
        waiting = [(left, right)]
        while waiting:
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
        normal = tuple(-Fraction(w) if s == "min" else Fraction(w) for w, s in zip(weights, self.senses, strict=True))
        return Cut(normal=normal, bound=-solution.value, certificate=solution.certificate)


def _worth(weights: Sequence[Fraction | int], vertex: _Vertex) -> Fraction:
    return weights[0] * vertex.values[0] + weights[1] * vertex.values[1]


def _prices(proof: DualityCertificate) -> dict[str, Fraction]:
    return {
        proof.programme.row_names[r]: proof.multipliers[r]
        for r, y in enumerate(proof.multipliers.numerators.tolist())
        if y
    }
