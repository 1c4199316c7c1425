"""The complete nondominated set of an integer programme with several objectives.

    optimise (f_1(x), …, f_p(x)),  f_k(x) = c_k·x,   over   A x  ≤, ≥ or =  b,   l ≤ x ≤ u,   x_j integral for j in J

where the objectives have integral columns only. Then f_k takes values in g_k ℤ, the nondominated set is finite if each
objective has a bound, and f_k < u_k says f_k ≤ u_k − g_k. Weighted sums miss the points inside the hull. Instead the part of
the space that can still hold a point is kept as boxes {y < u}, at first one without limits. For a box

    minimise Σ_k f_k(x) / g_k   subject to   f_k(x) ≤ u_k − g_k for each k      (an ε-constraint in every objective)

either has no point, and the box is closed; or its optimum y is nondominated (what betters it would be in the box, with a
smaller sum), and every box that holds y is split into p, the k-th with u_k = y_k. Of two objectives N points take N programmes
and N + 1 proofs that a box is empty.

``evidence="certified"`` solves them in rationals, each with a tree of cases (:mod:`.exact_milp`): points and closed boxes
together prove that the list is complete. ``"numerical"`` leaves optima and emptiness to HiGHS; points are still checked in
rationals.

References: Y. Haimes, L. Lasdon and D. Wismer, "On a bicriterion formulation of the problems of integrated system
identification and system optimization", IEEE Transactions on Systems, Man and Cybernetics 1 (1971), for the ε-constraint; K.
Klamroth, R. Lacour and D. Vanderpooten, "On the representation of the search region in multi-objective optimization",
European Journal of Operational Research 245 (2015), for the boxes.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any, Literal, final

import numpy as np

from gametheory.arithmetic import RationalArray
from gametheory.certificates.branching import BranchingCertificate
from gametheory.certificates.programme import LinearProgramme
from gametheory.errors import InfeasibleError, SolverError, SpecificationError, UnboundedError, UnsupportedError
from gametheory.optimize.design import chosen_columns
from gametheory.optimize.exact import solve_exact
from gametheory.optimize.exact_milp import solve_exact_milp
from gametheory.optimize.extension import Row, extended_programme
from gametheory.optimize.frontier import Exclusion, Frontier, FrontierPoint, nondominated
from gametheory.optimize.linear import solve_milp
from gametheory.optimize.objectives import Objectives, Sense

__all__ = ["integer_frontier"]

Box = tuple[Fraction | None, ...]
"""All y below these limits; None is none."""


def integer_frontier(
    programme: LinearProgramme,
    objectives: Sequence[Sequence[Any]],
    *,
    senses: Sequence[Sense] | None = None,
    measures: Sequence[str] | None = None,
    evidence: Literal["certified", "numerical"] = "certified",
    decision: Callable[[RationalArray], Any] | None = None,
    max_nodes: int = 100_000,
    time_limit: float | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Frontier:
    """All nondominated points of two or more linear objectives of an integer programme.

    Parameters
    ----------
    programme : LinearProgramme
        Rows, bounds and integral columns; its own objective does not count. Columns that are not integral may occur in rows.
    objectives : sequences of numbers, each of length num_columns
        Numbers other than 0 in integral columns only.
    senses : sequence of "max" or "min", optional
        By default all are minimised.
    measures : sequence of str, optional
        Names of the objectives.
    evidence : "certified" or "numerical"
        Whether every optimum and every empty box is proved, or left to HiGHS.
    decision : function of the primal point, optional
        What to report as the decision of a point; by default the columns that are not 0, by name.
    max_nodes : int
        For each proof.
    time_limit : float, optional
        Seconds for everything.
    progress : callable, optional
        Called as ``progress(points, boxes)`` with the points found and the boxes that are open.

    Returns
    -------
    Frontier
        Without ``mixing``, ``epsilon`` 0. ``exclusions`` are the corners of the closed boxes.

    Raises
    ------
    InfeasibleError
        No integral point meets the rows and bounds.
    UnboundedError
        One of the objectives has no bound.
    UnsupportedError
        An objective with columns that are not integral.
    SolverError
        ``time_limit`` or ``max_nodes`` was reached; ``best`` is a list of the points found, (measures, primal).

    Examples
    --------
    Of the three nondominated points of a knapsack the middle one is below the chord of the others, so that no weighted sum
    finds it:

    >>> knapsack = LinearProgramme.from_rows(
    ...     "max", [0] * 3, [("weight", {0: 1, 1: 1, 2: 1}, "<=", 1)], upper=[1] * 3, integer=frozenset(range(3)))
    >>> frontier = integer_frontier(knapsack, [[9, 4, 0], [0, 4, 9]], senses=["max", "max"])
    >>> frontier
    Frontier(certified, exact: max objective 1, max objective 2; 3 points, 4 exclusions, no mixing)
    >>> [tuple(map(str, point.measures)) for point in frontier], frontier.verify()
    ([('0', '9'), ('4', '4'), ('9', '0')], True)
    """
    if evidence not in ("certified", "numerical"):
        raise SpecificationError(f"evidence: found {evidence!r}; write 'certified' or 'numerical'")
    wanted = Objectives.read(programme, objectives, senses, measures)
    search = _Search(programme, wanted, evidence == "certified", max_nodes, time_limit)
    search.refuse_unbounded()
    search.run(progress)
    if not search.points:
        (empty,) = search.closed.values()
        raise InfeasibleError("no integral point meets all rows and bounds; relax one of them", certificate=empty)
    report = decision or (lambda point: chosen_columns(programme.column_names, point))
    kept = nondominated([measures for measures, _, _ in search.points], ["min"] * len(objectives))
    return Frontier(
        measures=wanted.measures,
        senses=wanted.senses,
        points=tuple(
            FrontierPoint(measures=wanted.turned(values), decision=report(point), certificate=proof)
            for values, point, proof in (search.points[k] for k in kept)
        ),
        exclusions=tuple(
            Exclusion(corner=_turned_box(box, wanted), certificate=proof) for box, proof in search.closed.items()
        ),
        mixing=False,
    )


def _turned_box(box: Box, objectives: Objectives) -> Box:
    limits = objectives.turned([Fraction(0) if limit is None else limit for limit in box])
    return tuple(None if limit is None else value for limit, value in zip(box, limits, strict=True))


@final
class _Search:
    """Boxes still open and closed, and the points; objectives are turned to minimisation."""

    def __init__(
        self,
        programme: LinearProgramme,
        objectives: Objectives,
        certified: bool,
        max_nodes: int,
        time_limit: float | None,
    ) -> None:
        self.programme, self.objectives = programme, objectives
        self.certified, self.max_nodes = certified, max_nodes
        self.deadline = None if time_limit is None else time.perf_counter() + time_limit
        self.rows = [objectives.row(k) for k in range(len(objectives.costs))]
        self.steps = [self._step(k) for k in range(len(self.rows))]
        self.sum = objectives.weighted(programme, [1 / step for step in self.steps])
        self.open: list[Box] = [(None,) * len(self.rows)]
        self.closed: dict[Box, BranchingCertificate | None] = {}
        self.points: list[tuple[tuple[Fraction, ...], RationalArray, BranchingCertificate | None]] = []

    def _step(self, index: int) -> Fraction:
        """The greatest common divisor of what an objective can be."""
        for j in self.rows[index]:
            if j not in self.programme.integer:
                raise UnsupportedError(
                    f"objectives[{index}]: column {self.programme.column_names[j]!r} is not integral, so that there may be "
                    "infinitely many points; round that objective to a grid, or use bi_objective_frontier for each choice of "
                    "the integral columns and union_frontier for all of them"
                )
        cost = self.objectives.costs[index]
        return Fraction(math.gcd(*cost.numerators.tolist()) or 1, cost.denominator)

    def _remaining(self) -> float | None:
        return None if self.deadline is None else max(0.0, self.deadline - time.perf_counter())

    def refuse_unbounded(self) -> None:
        """By the relaxation: with rational data it has a bound iff the integer programme has, if that has a point."""
        for k in range(len(self.rows)):
            weights = [int(j == k) for j in range(len(self.rows))]
            relaxed = replace(self.objectives.weighted(self.programme, weights), integer=frozenset())
            try:
                solve_exact(relaxed, time_limit=self._remaining())
            except InfeasibleError:
                return  # the search will prove it for the integer programme
            except UnboundedError as error:
                raise UnboundedError(
                    f"objective {k + 1} has no bound, so the frontier has no end: {error}", ray=error.ray
                ) from None

    def run(self, progress: Callable[[int, int], None] | None) -> None:
        while self.open:
            if progress is not None:
                progress(len(self.points), len(self.open))
            box = self.open.pop()
            programme = self._within(box)
            try:
                point, proof = self._solve(programme)
            except InfeasibleError as error:
                self.closed[box] = error.certificate
                continue
            except SolverError as error:
                raise SolverError(
                    f"after {len(self.points)} points, {len(self.open) + 1} boxes open: {error}",
                    status=error.status,
                    solver=error.solver,
                    best=[(self.objectives.turned(values), found) for values, found, _ in self.points],
                ) from None
            values = self.objectives.turned(self.objectives.at(point))
            self.points.append((values, point, proof))
            self._split([box, *self.open], values)

    def _within(self, box: Box) -> LinearProgramme:
        rows: list[Row] = [
            (f"objective {k + 1} at most", self.rows[k], "<=", limit - self.steps[k])
            for k, limit in enumerate(box)
            if limit is not None
        ]
        name = f"{self.programme.name or 'programme'}, sum of objectives within a box"
        return extended_programme(self.sum, rows, name=name)

    def _solve(self, programme: LinearProgramme) -> tuple[RationalArray, BranchingCertificate | None]:
        if self.certified:
            solution = solve_exact_milp(programme, time_limit=self._remaining(), max_nodes=self.max_nodes)
            return solution.primal, solution.certificate
        found = solve_milp(programme, time_limit=self._remaining()).primal
        return _exactly(programme, found, self._remaining()), None

    def _split(self, boxes: list[Box], values: tuple[Fraction, ...]) -> None:
        """Replace every box that holds the point by those in which one objective is better."""
        parts: list[Box] = []
        for box in boxes:
            if all(limit is None or value < limit for value, limit in zip(values, box, strict=True)):
                parts += [(*box[:k], value, *box[k + 1 :]) for k, value in enumerate(values)]
            else:
                parts.append(box)
        parts = list(dict.fromkeys(parts))
        self.open = [
            box for box in parts if not any(other != box and _holds(other, box) for other in (*parts, *self.closed))
        ]


def _holds(outer: Box, inner: Box) -> bool:
    return all(a is None or (b is not None and b <= a) for a, b in zip(outer, inner, strict=True))


def _exactly(programme: LinearProgramme, found: Any, time_limit: float | None) -> RationalArray:
    """The rounded integral columns of a solution in floats, the others solved for: a point that is feasible exactly."""
    lower, upper = list(programme.lower), list(programme.upper)
    for j in programme.integer:
        lower[j] = upper[j] = Fraction(round(float(found[j])))
    fixed = replace(programme, integer=frozenset(), lower=tuple(lower), upper=tuple(upper))
    nothing = RationalArray.of_integers(np.zeros(programme.num_columns, dtype=np.int64))
    try:
        point = solve_exact(replace(fixed, objective=nothing), time_limit=time_limit).primal
    except InfeasibleError:
        point = nothing
    if programme.infeasibility(point) is not None:
        raise SolverError(
            "HiGHS's solution is not feasible in rationals; use evidence='certified', or rescale the rows",
            status="rounded solution infeasible",
            solver="HiGHS",
            best=found,
        )
    return point
