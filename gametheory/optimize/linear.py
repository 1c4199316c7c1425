"""Linear and mixed-integer programmes in floats, through HiGHS.

    maximise or minimise  c·x + c₀   subject to   A x  ≤, ≥ or =  b,   l ≤ x ≤ u

:func:`solve_linear` and :func:`solve_milp` take a :class:`~gametheory.certificates.programme.LinearProgramme`;
:class:`~gametheory.optimize.linear_model.LinearModel` takes arrays and is solved again and again with other costs or
bounds, from the last basis.

**One sign for duals.** The dual of a row is the derivative of the optimal value by its right-hand side, and a reduced
cost the derivative by the bound at which the column rests, for the programme *as stated*. So in a maximum a binding
``<=`` row has a dual ≥ 0 and a binding ``>=`` row a dual ≤ 0; in a minimum the reverse. At a degenerate optimum the
two one-sided derivatives differ and the dual is one number between them.

Answers are numerical: :func:`gametheory.optimize.exact.solve_exact` turns the basis into rational certificates.
References: Q. Huangfu and J. A. J. Hall, "Parallelizing the dual revised simplex method", Mathematical Programming
Computation 10 (2018).
"""

from __future__ import annotations

import time

import numpy as np

from gametheory.certificates.programme import LinearProgramme
from gametheory.errors import SolverError, SpecificationError, UnboundedError
from gametheory.optimize.linear_model import (
    Basis,
    LinearModel,
    LinearSolution,
    MixedIntegerSolution,
    Presolve,
    failure,
    frozen,
)
from gametheory.optimize.scaling import ScaledProgramme, scaled_programme

__all__ = ["Basis", "LinearModel", "LinearSolution", "MixedIntegerSolution", "solve_linear", "solve_milp"]


def solve_linear(
    programme: LinearProgramme,
    *,
    time_limit: float | None = None,
    warm_start: Basis | None = None,
    presolve: Presolve = "off",
) -> LinearSolution:
    """Solve a linear programme in floats.

    Parameters
    ----------
    programme : LinearProgramme
        Scaled by powers of two before it is rounded to floats, so payoffs of size 1e-9 or 1e9 do no harm.
    time_limit : float, optional
        Seconds ≥ 0.
    warm_start : Basis, optional
        The basis of a solution of a programme with as many rows and columns.
    presolve : "off" or "on"

    Returns
    -------
    LinearSolution
        An optimal basic solution with duals in the convention of the module.

    Raises
    ------
    InfeasibleError, UnboundedError
        Numerically so; ``solve_exact`` proves it. The ray is an array of floats.
    SolverError
        Stopped early or failed; ``best`` is a feasible :class:`LinearSolution` if one was reached.
    SpecificationError
        The programme has integer columns: use :func:`solve_milp`.

    Examples
    --------
    The Wyndor Glass example of Hillier and Lieberman, *Introduction to Operations Research*, section 3.1:

    >>> wyndor = LinearProgramme.from_rows(
    ...     "max", [3, 5], [("plant 1", {0: 1}, "<=", 4), ("plant 2", {1: 2}, "<=", 12),
    ...                     ("plant 3", {0: 3, 1: 2}, "<=", 18)])
    >>> solution = solve_linear(wyndor)
    >>> solution.value, [float(y) for y in solution.row_duals]
    (36.0, [0.0, 1.5, 1.0])
    """
    if programme.integer:
        raise SpecificationError(
            f"{programme!r}: solve_linear takes no integer columns; use solve_milp, or drop them for the relaxation"
        )
    scaled = scaled_programme(programme)
    model = model_of(programme, scaled, presolve=presolve)
    try:
        solution = model.solve(time_limit=time_limit, warm_start=warm_start)
    except UnboundedError as error:
        raise UnboundedError(str(error), ray=None if error.ray is None else scaled.primal(error.ray)) from None
    except SolverError as error:
        best = None if error.best is None else _unscaled(programme, scaled, error.best)
        raise SolverError(str(error), status=error.status, solver=error.solver, best=best) from None
    return _unscaled(programme, scaled, solution)


def solve_milp(
    programme: LinearProgramme, *, time_limit: float | None = None, presolve: Presolve = "on"
) -> MixedIntegerSolution:
    """Solve a mixed-integer programme in floats by branch and cut, to a relative gap of zero.

    Raises
    ------
    InfeasibleError, UnboundedError
        Numerically so.
    SolverError
        Stopped early; ``best`` is a feasible :class:`MixedIntegerSolution` with its gap, if one was reached.

    Examples
    --------
    >>> knapsack = LinearProgramme.from_rows(
    ...     "max", [5, 4, 3], [("weight", {0: 2, 1: 3, 2: 1}, "<=", 5)], upper=[1, 1, 1], integer=frozenset({0, 1, 2}))
    >>> solve_milp(knapsack)
    MixedIntegerSolution(optimal, numerical: value=9, gap=0)
    """
    started = time.perf_counter()
    scaled = scaled_programme(programme)
    model = model_of(programme, scaled, presolve=presolve)
    status = model.run(time_limit=time_limit)
    integer = np.array(sorted(programme.integer), dtype=np.int64)
    reached = model.is_feasible()
    found = model.mixed_integer("optimal" if status == "optimal" else "stopped", integer, started) if reached else None
    if found is not None:
        offset = float(programme.constant)
        found = MixedIntegerSolution(
            scaled.value(found.value) + offset,
            scaled.value(found.bound) + offset,
            found.gap,
            frozen(scaled.primal(found.primal)),
            found.status,
            found.seconds,
        )
    if status != "optimal" or found is None:
        raise failure(status, found, None)
    return found


def model_of(programme: LinearProgramme, scaled: ScaledProgramme, *, presolve: Presolve = "off") -> LinearModel:
    """The model that HiGHS holds for a scaled programme."""
    integer = None
    if programme.integer:
        integer = np.zeros(programme.num_columns, dtype=bool)
        integer[sorted(programme.integer)] = True
    return LinearModel(
        programme.sense,
        scaled.cost,
        scaled.row_start,
        scaled.column_index,
        scaled.coefficients,
        scaled.row_lower,
        scaled.row_upper,
        scaled.column_lower,
        scaled.column_upper,
        integer=integer,
        presolve=presolve,
    )


def _unscaled(programme: LinearProgramme, scaled: ScaledProgramme, solution: LinearSolution) -> LinearSolution:
    return LinearSolution(
        value=scaled.value(solution.value) + float(programme.constant),
        primal=frozen(scaled.primal(solution.primal)),
        row_duals=frozen(scaled.row_duals(solution.row_duals)),
        reduced_costs=frozen(scaled.reduced_costs(solution.reduced_costs)),
        basis=solution.basis,
        status=solution.status,
        seconds=solution.seconds,
    )
