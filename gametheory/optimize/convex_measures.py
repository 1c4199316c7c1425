"""Frontiers of convex and geometric programmes written in cvxpy, to a stated distance.

    minimise (or maximise)  (f_1(x), …, f_p(x))   subject to convex constraints

with f_k convex where minimised, concave where maximised. Two measures: the sandwich of :mod:`.convex_sandwich` with

    min Σ w_k f_k(x)   as oracle, its bound the value less the duality gap that the solver reports.

Three and more: Benson's outer approximation (:mod:`.outer_approximation`), whose programme for a vertex v is here

    min s − δ Σ t_k   subject to   f_k(x) + t_k ≤ v_k + s,  t ≥ 0;

with δ = 0 its multipliers w say where to ask the oracle for a cut, and a small δ > 0 afterwards improves a point that is only
weakly nondominated. With ``scale="logarithmic"`` everything is done for the logarithms of
positive measures, convex in the logarithms of the variables for geometric programmes (posynomials); ε is then relative: a
combination is within a factor of e^ε.

Bounds and points are a solver's, so the frontier says *numerical*: right up to the violations and gaps of its solutions,
about 1e-8 of the scale of the problem. Choose ``epsilon`` above 1e-6 of it.

References: as :mod:`.convex_sandwich` and :mod:`.outer_approximation`; S. Boyd, S.-J. Kim, L. Vandenberghe and A. Hassibi, "A
tutorial on geometric programming", Optimization and Engineering 8 (2007).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any, Literal, final

import numpy as np

from gametheory.arithmetic import exact
from gametheory.errors import SolverError, SpecificationError
from gametheory.optimize.convex import ConvexSolution, solve_convex
from gametheory.optimize.convex_sandwich import Support, sandwich_frontier
from gametheory.optimize.frontier import Cut, Frontier, FrontierPoint
from gametheory.optimize.objectives import Sense, inner, read_senses
from gametheory.optimize.outer_approximation import Shortfall, Vertex, outer_approximation

__all__ = ["convex_frontier"]

_STEEP = 1e-4  # weight of the other measure at an end: no point there that is only weakly nondominated
_NOISE = 1e-6  # multipliers below are taken for rounding errors of 0
_ALIKE = Fraction(1, 100)  # of epsilon: points this close count as one
_LARGEST = 300.0  # logarithm


def convex_frontier(
    objectives: Sequence[Any],
    constraints: Sequence[Any] = (),
    *,
    epsilon: Any,
    scale: Literal["linear", "logarithmic"] = "linear",
    senses: Sequence[Sense] | None = None,
    measures: Sequence[str] | None = None,
    decision: Callable[[], Any] | None = None,
    solvers: Sequence[str] = ("CLARABEL",),
    progress: Callable[[int, float], None] | None = None,
) -> Frontier:
    """The frontier of two or more convex measures within ``epsilon``.

    Parameters
    ----------
    objectives : sequence of scalar cvxpy expressions
        Convex where minimised, concave where maximised; logarithmic scale: positive, log-log convex or concave.
    constraints : sequence of cvxpy constraints
    epsilon : number > 0
        Two measures: Euclidean distance, in the common units of the measures; more: every nondominated combination is within
        ε in each measure of a mixture. Logarithmic scale: of the logarithms.
    scale : "linear" or "logarithmic"
    senses, measures : sequences, optional
        By default all are minimised.
    decision : callable, optional
        Reads a decision from the variables after a solve; by default their values by name.
    solvers : sequence of str
        cvxpy's names, tried in this order; of those that report both objectives (Clarabel, SCS).
    progress : callable, optional
        Called now and then as ``progress(solves, distance)``, with the distance of the vertex looked at last.

    Returns
    -------
    Frontier
        With ``mixing`` (mixtures of decisions are decisions); numerical. Logarithmic scale: its measures *are* the natural
        logarithms, named ``"log <measure>"``.

    Raises
    ------
    InfeasibleError, UnboundedError
        Numerically so.
    SolverError
        A solve failed, or the solver's gaps are larger than ``epsilon``; ``best`` is what there is.
    SpecificationError
        Not convex by cvxpy's rules; an epsilon that is not positive.

    Examples
    --------
    >>> import cvxpy
    >>> x = cvxpy.Variable(2, name="x")
    >>> frontier = convex_frontier([x[0], x[1]], [cvxpy.norm(x - 1) <= 1], epsilon=1e-3)
    >>> frontier.epsilon <= 1e-3, abs(frontier.hypervolume((1, 1)) - math.pi / 4) < 1e-3
    (True, True)
    """
    goal = exact(epsilon, where="epsilon")
    if goal <= 0:
        raise SpecificationError(f"epsilon: found {epsilon}; write a number > 0")
    if scale not in ("linear", "logarithmic"):
        raise SpecificationError(f"scale: found {scale!r}; write 'linear' or 'logarithmic'")
    if len(objectives) < 2:
        raise SpecificationError(f"objectives: found {len(objectives)}; write two or more cvxpy expressions")
    read, names = read_senses(len(objectives), senses, measures)
    if scale == "logarithmic":
        names = tuple(f"log {name}" for name in names)
    task = _Programmes(objectives, list(constraints), read, scale == "logarithmic", decision, solvers, float(goal))
    if len(objectives) == 2:
        return sandwich_frontier(task.oracle, epsilon=goal, senses=read, measures=names, progress=progress)
    return _approximated(task, goal, names, progress)


def _approximated(
    task: _Programmes, goal: Fraction, names: tuple[str, ...], progress: Callable[[int, float], None] | None
) -> Frontier:
    count = len(names)

    def distance(found: Support, place: Sequence[Fraction]) -> Fraction:
        """How far a point is from being at least as good, in the worst measure."""
        return max(exact(y) - v for y, v in zip(task.turned(found.measures), place, strict=True))

    supports = [task.support([Fraction(int(j == k)) for j in range(count)]) for k in range(count)]
    lowest = [exact(found.bound) for found in supports]
    table = [[exact(x) for x in task.turned(found.measures)] for found in supports]
    task.widths = [float(max(row[k] for row in table) - lowest[k]) for k in range(count)]
    wanted = goal * (1 - 2 * _ALIKE)

    def shortfall(vertex: Vertex) -> Shortfall:
        reached, weights = task.diagonal(vertex)
        away = distance(reached, vertex)
        if progress is not None:
            progress(task.solves, float(away))
        if away <= wanted:
            better, _ = task.diagonal([exact(y) for y in task.turned(reached.measures)], improve=True)
            supports.append(better if distance(better, vertex) <= wanted else reached)
            return Shortfall(away, None)
        supports.append(task.support(weights))
        return Shortfall(away, None, tuple(weights), exact(supports[-1].bound))

    vertices, cuts, facets = outer_approximation(lowest, shortfall, epsilon=wanted)
    units = [tuple(Fraction(int(j == k)) for j in range(count)) for k in range(count)]
    lines = [*zip(units, lowest, strict=True), *((cut.normal, cut.bound) for cut in cuts)]
    points: list[Support] = []
    for found in sorted(supports, key=lambda found: sum(task.turned(found.measures))):
        if all(distance(other, [exact(y) for y in task.turned(found.measures)]) > goal * _ALIKE for other in points):
            points.append(found)
    return Frontier(
        measures=names,
        senses=task.senses,
        points=tuple(FrontierPoint(measures=found.measures, decision=found.decision) for found in points),
        outer=tuple(
            Cut(normal=tuple(0 - float(w) for w in task.turned(lines[k][0])), bound=-float(lines[k][1])) for k in facets
        ),
        epsilon=float(max(min(distance(found, corner.vertex) for found in points) for corner in vertices)),
        mixing=True,
    )


@final
class _Programmes:
    """The programmes for weights and for vertices, written once with parameters; in logarithms where asked."""

    def __init__(
        self,
        objectives: Sequence[Any],
        constraints: list[Any],
        senses: tuple[Sense, ...],
        logarithmic: bool,
        decision: Callable[[], Any] | None,
        solvers: Sequence[str],
        goal: float,
    ) -> None:
        import cvxpy

        self.senses, self.logarithmic, self.solvers, self.goal = senses, logarithmic, solvers, goal
        self.objectives = objectives
        self.constraints = constraints
        self.solves = 0
        self.widths: list[float] = []
        count = len(objectives)
        self._read = decision or self._values
        if logarithmic:
            turned = [f if sense == "min" else f**-1 for f, sense in zip(objectives, senses, strict=True)]
            good = [bool(f.is_log_log_convex()) for f in turned]
        else:
            turned = [f if sense == "min" else -f for f, sense in zip(objectives, senses, strict=True)]
            good = [bool(f.is_convex()) for f in turned]
        for k, (f, fine) in enumerate(zip(objectives, good, strict=True)):
            if not fine or f.size != 1:
                wanted = "log-log convex" if logarithmic else "convex"
                raise SpecificationError(
                    f"objectives[{k}]: not {wanted} and scalar by cvxpy's rules, turned to minimisation; rewrite it, or use "
                    "another scale"
                )
        self.turned_objectives = turned
        self.weights = [cvxpy.Parameter(nonneg=True) for _ in range(count)]
        self.vertex = cvxpy.Parameter(count, pos=True) if logarithmic else cvxpy.Parameter(count)
        self.slack_price = cvxpy.Parameter(nonneg=True)
        if logarithmic:
            levels = [cvxpy.Variable(pos=True) for _ in range(count)]
            step, room = cvxpy.Variable(pos=True), [cvxpy.Variable(pos=True) for _ in range(count)]
            total = levels[0] ** self.weights[0]
            spare = step
            for level, weight in zip(levels[1:], self.weights[1:], strict=True):
                total = total * level**weight
            for r in room:
                spare = spare * r**self.slack_price
            below = [f <= level for f, level in zip(turned, levels, strict=True)]
            self.rows = [f <= self.vertex[k] * step * r for k, (f, r) in enumerate(zip(turned, room, strict=True))]
            rooms = [r <= 1 for r in room]
        else:
            step, room = cvxpy.Variable(), [cvxpy.Variable(nonneg=True) for _ in range(count)]
            total = sum(w * f for w, f in zip(self.weights, turned, strict=True))
            spare = step - self.slack_price * sum(room)
            below, rooms = [], []
            self.rows = [f + r <= self.vertex[k] + step for k, (f, r) in enumerate(zip(turned, room, strict=True))]
        self.weighted = cvxpy.Problem(cvxpy.Minimize(total), [*constraints, *below])
        self.along = cvxpy.Problem(cvxpy.Minimize(spare), [*constraints, *self.rows, *rooms])

    def turned(self, values: Sequence[Any]) -> tuple[Any, ...]:
        return tuple(x if sense == "min" else -x for x, sense in zip(values, self.senses, strict=True))

    def oracle(self, weights: tuple[Any, ...]) -> Support:
        """Of the sandwich: weights have the signs of the senses."""
        return self.support([abs(w) for w in weights])

    def support(self, weights: Sequence[Any]) -> Support:
        """The best point for weights ≥ 0; where one of them is 0, that of slightly positive ones with the bound of these."""
        bound, point = self._weighted(weights)
        steep = _STEEP
        while min(weights) == 0:
            _, near = self._weighted([float(w) * (1 - steep * len(weights)) + steep for w in weights])
            if inner(list(map(float, weights)), self.turned(near.measures)) <= float(bound) + self.goal / 4:
                return Support(measures=near.measures, bound=bound, decision=near.decision)
            if steep < 1e-7:
                break
            steep /= 10
        return Support(measures=point.measures, bound=bound, decision=point.decision)

    def _weighted(self, weights: Sequence[Any]) -> tuple[float, Support]:
        for parameter, w in zip(self.weights, weights, strict=True):
            parameter.value = float(w)
        solution = self._solve(self.weighted)
        assert solution.gap is not None, "checked by _solve"
        measures = self._measures()
        reached = inner([float(w) for w in weights], self.turned(measures))
        value = math.log(solution.value) if self.logarithmic else solution.value
        bound = min(value, reached) - solution.gap
        return bound, Support(measures=measures, bound=bound, decision=self._read())

    def diagonal(self, vertex: Sequence[Fraction], *, improve: bool = False) -> tuple[Support, list[Fraction]]:
        """A point near the diagonal through a vertex, and the weights of the line there."""
        place = np.array([float(v) for v in vertex])
        self.vertex.value = np.exp(np.minimum(place, _LARGEST)) if self.logarithmic else place
        price = min(1e-3, self.goal / (4 * len(self.senses) * max(*self.widths, self.goal)))
        self.slack_price.value = price if improve else 0.0
        self._solve(self.along)
        measures = self._measures()
        duals = [max(0.0, float(row.dual_value)) for row in self.rows]
        if sum(duals) <= 0:
            raise SolverError(
                "the solver gave no multipliers for a vertex of the outer set; name another solver",
                status="no multipliers",
                solver=self.solvers[0],
                best=measures,
            )
        shares = [w / sum(duals) for w in duals]
        weights = [Fraction(round(w * 2**30) if w > _NOISE else 0, 2**30) for w in shares]  # short: they become corners
        return Support(measures=measures, bound=-math.inf, decision=self._read()), weights

    def _solve(self, problem: Any) -> ConvexSolution:
        self.solves += 1
        solution = solve_convex(problem, solvers=self.solvers)
        if solution.gap is None:
            raise SolverError(
                f"{solution.solver} reports no dual objective, so there is no bound; name CLARABEL or SCS as the solver",
                status="no bound",
                solver=solution.solver,
                best=solution,
            )
        return solution

    def _measures(self) -> tuple[float, ...]:
        values = [float(np.asarray(f.value).reshape(())) for f in self.objectives]
        return tuple(math.log(x) for x in values) if self.logarithmic else tuple(values)

    def _values(self) -> dict[str, Any]:
        variables = {v.id: v for part in (*self.objectives, *self.constraints) for v in part.variables()}
        return {v.name(): np.array(v.value) for v in variables.values()}
