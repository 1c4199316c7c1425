"""Convex programmes through cvxpy, with no silent compromise.

Second-order cones, semidefinite matrices, exponential cones, geometric programmes. cvxpy chooses a solver by itself,
returns numbers with the status ``optimal_inaccurate``, and writes whatever a solver stopped at into the variables. Here
the solvers are named, only ``optimal`` passes, a second solver is tried before giving up, and after a failure the
variables are empty. The answer is numerical: its largest violation of a constraint, recomputed from the values, is
reported, and the duality gap where the solver gives one.

For linear programmes use :mod:`gametheory.optimize.exact`, which proves its answer; for large semidefinite ones put
``"SCS"`` first and expect three to five digits.

References: S. Diamond and S. Boyd, "CVXPY", Journal of Machine Learning Research 17 (2016); P. Goulart and Y. Chen,
"Clarabel" (2024); B. O'Donoghue et al., "Conic optimization via operator splitting", Journal of Optimization Theory and
Applications 169 (2016).
"""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Literal, final

import numpy as np

from gametheory.errors import InfeasibleError, SolverError, SpecificationError, UnboundedError
from gametheory.games.tables import data_frame
from gametheory.games.values import compared_by

__all__ = ["ConvexSolution", "solve_convex"]


@final
@compared_by("value", "status", "solver", "gap", "violation", "attempts")
@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ConvexSolution:
    """An optimum in floats; the variables of the problem hold the point.

    Attributes
    ----------
    value : float
    status : "optimal"
    solver : str
        The solver whose answer this is.
    gap : float or None
        Primal minus dual objective in size, as the solver reports it (in logarithms for a geometric programme); ``None``
        where it does not.
    violation : float
        The largest violation of a constraint at the point, recomputed.
    attempts : tuple of (solver, status)
        All that were tried, the successful one last.
    seconds : float
    """

    value: float
    status: Literal["optimal"]
    solver: str
    gap: float | None
    violation: float
    attempts: tuple[tuple[str, str], ...]
    seconds: float

    def __float__(self) -> float:
        return self.value

    def __repr__(self) -> str:
        gap = "gap not reported" if self.gap is None else f"gap={self.gap:.2g}"
        return (
            f"ConvexSolution(numerical: value={self.value:.10g}, {self.solver}, {gap}, violation={self.violation:.2g})"
        )

    def _repr_html_(self) -> str:
        return f"<code>{escape(repr(self))}</code>"

    def to_frame(self) -> Any:
        """A pandas table of the solvers tried."""
        return data_frame(self.attempts, ["solver", "status"])

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data."""
        return {
            "status": self.status,
            "value": self.value,
            "solver": self.solver,
            "gap": self.gap,
            "violation": self.violation,
            "attempts": [list(attempt) for attempt in self.attempts],
            "seconds": self.seconds,
        }


def solve_convex(
    problem: Any,
    *,
    solvers: Sequence[str] = ("CLARABEL", "SCS"),
    options: Mapping[str, Mapping[str, Any]] | None = None,
    warm_start: bool = False,
) -> ConvexSolution:
    """Solve a cvxpy problem with the first of the named solvers that reaches an optimum.

    Parameters
    ----------
    problem : cvxpy.Problem
        Convex by the rules of disciplined programming (or geometric, which is recognised).
    solvers : sequence of str
        cvxpy's names, tried in this order.
    options : mapping from solver to mapping of its own options, optional
    warm_start : bool
        Whether a solver may start from the last solution of the same problem.

    Returns
    -------
    ConvexSolution

    Raises
    ------
    InfeasibleError, UnboundedError
        A solver found the problem to be so, numerically.
    SolverError
        No solver reached ``optimal``; ``best`` is a tuple of all (solver, status). The variables are empty.
    SpecificationError
        The problem is not convex by cvxpy's rules, or no solver is named.

    Examples
    --------
    >>> import cvxpy
    >>> x = cvxpy.Variable(2)
    >>> solution = solve_convex(cvxpy.Problem(cvxpy.Minimize(cvxpy.norm(x)), [x[0] + x[1] == 2]))
    >>> solution.solver, round(solution.value ** 2, 6)
    ('CLARABEL', 2.0)
    """
    import cvxpy

    if isinstance(solvers, str) or not solvers:
        raise SpecificationError(
            f"solvers: found {solvers!r}; write a list of cvxpy's solver names, such as ['CLARABEL']"
        )
    geometric = bool(problem.is_dgp()) and not bool(problem.is_dcp())
    if not geometric and not problem.is_dcp():
        raise SpecificationError(
            "problem: not convex by cvxpy's rules; rewrite the part that problem.is_dcp() refuses, or use a global method"
        )
    started = time.perf_counter()
    attempts: list[tuple[str, str]] = []
    for solver in solvers:
        own = dict((options or {}).get(solver, {}))
        try:
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", message="Solution may be inaccurate")  # an error below, not a warning
                # What problem.solve does, but for the solver's own answer, which has the dual objective.
                data, chain, inverse = problem.get_problem_data(solver, gp=geometric, solver_opts=own)
                raw = chain.solve_via_data(problem, data, warm_start=warm_start, verbose=False, solver_opts=own)
                problem.unpack_results(raw, chain, inverse)
            status = str(problem.status)
        except cvxpy.error.SolverError as error:
            status = f"failed: {str(error).splitlines()[0]}" if str(error) else "failed"
        attempts.append((solver, status))
        if status == cvxpy.OPTIMAL:
            value = float(problem.value)
            violation = _violation(problem)
            if math.isfinite(value) and math.isfinite(violation):
                return ConvexSolution(
                    value=value,
                    status="optimal",
                    solver=solver,
                    gap=_gap(raw),
                    violation=violation,
                    attempts=tuple(attempts),
                    seconds=time.perf_counter() - started,
                )
            attempts[-1] = (solver, "optimal, but not finite")
        if status == cvxpy.INFEASIBLE:
            _clear(problem)
            raise InfeasibleError(f"{solver}: no point meets all constraints, numerically; relax one of them")
        if status == cvxpy.UNBOUNDED:
            _clear(problem)
            raise UnboundedError(f"{solver}: the objective has no bound, numerically; add the constraint that it lacks")
    _clear(problem)
    listed = ", ".join(f"{solver}: {status}" for solver, status in attempts)
    raise SolverError(
        f"no solver reached an optimum ({listed}); rescale the data, name other solvers, or pass options",
        status=attempts[-1][1],
        solver=attempts[-1][0],
        best=tuple(attempts),
    )


def _violation(problem: Any) -> float:
    worst = 0.0
    for constraint in problem.constraints:
        worst = max(worst, float(np.max(np.abs(constraint.violation()), initial=0.0)))
    return worst


def _gap(raw: Any) -> float | None:
    """The difference of the two objectives in the solver's own answer, if it has them."""
    info = raw.get("info") if isinstance(raw, Mapping) else None
    if isinstance(info, Mapping):  # SCS
        pair = [info.get(key) for key in ("pobj", "dobj")]
    else:
        pair = [getattr(raw, key, None) for key in ("obj_val", "obj_val_dual")]  # Clarabel
    if any(x is None or not math.isfinite(float(x)) for x in pair):
        return None
    return abs(float(pair[0]) - float(pair[1]))  # type: ignore[arg-type]  # both are numbers here


def _clear(problem: Any) -> None:
    """A number in a variable would look like an answer."""
    for variable in problem.variables():
        variable.value = None
