"""The only door to cvxpy: optimal or an error, never a number in between."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest

from gametheory.certificates import LinearProgramme
from gametheory.errors import InfeasibleError, SolverError, SpecificationError, UnboundedError
from gametheory.optimize import solve_convex, solve_exact

cvxpy = pytest.importorskip("cvxpy")


@pytest.mark.parametrize("solver", ["CLARABEL", "SCS"])
def test_closed_forms_of_each_cone(solver) -> None:
    x, p = cvxpy.Variable(3), cvxpy.Variable(4)
    ball = cvxpy.Problem(cvxpy.Maximize(x @ [1, 2, 2]), [cvxpy.norm(x) <= 1])
    entropy = cvxpy.Problem(cvxpy.Maximize(cvxpy.sum(cvxpy.entr(p))), [cvxpy.sum(p) == 1])
    matrix = cvxpy.Variable((3, 3), symmetric=True)
    eigenvalue = cvxpy.Problem(  # largest eigenvalue of the all-ones matrix
        cvxpy.Maximize(cvxpy.sum(matrix)), [matrix >> 0, cvxpy.trace(matrix) == 1]
    )
    for problem, expected in ((ball, 3.0), (entropy, math.log(4)), (eigenvalue, 3.0)):
        solution = solve_convex(problem, solvers=[solver])
        assert solution.value == pytest.approx(expected, abs=1e-4)
        assert solution.solver == solver
        assert solution.violation < 1e-3
        assert solution.attempts == ((solver, "optimal"),)


def test_geometric_programmes_are_recognised() -> None:
    """Least perimeter of a box of volume 8: the cube."""
    sides = cvxpy.Variable(3, pos=True)
    problem = cvxpy.Problem(cvxpy.Minimize(cvxpy.sum(sides)), [cvxpy.prod(sides) >= 8])
    assert solve_convex(problem).value == pytest.approx(6, rel=1e-6)


def test_linear_programmes_agree_with_the_exact_optimum() -> None:
    rng = random.Random(2)
    for _ in range(5):
        table = [[rng.randint(1, 9) for _ in range(4)] for _ in range(3)]
        sides, cost = [rng.randint(5, 20) for _ in range(3)], [rng.randint(1, 9) for _ in range(4)]
        rows = [(f"r{r}", dict(enumerate(a)), "<=", b) for r, (a, b) in enumerate(zip(table, sides, strict=True))]
        exact = solve_exact(LinearProgramme.from_rows("max", cost, rows)).value
        x = cvxpy.Variable(4, nonneg=True)
        problem = cvxpy.Problem(cvxpy.Maximize(x @ cost), [np.array(table) @ x <= sides])
        assert solve_convex(problem).value == pytest.approx(float(exact), rel=1e-6)


def test_infeasible_and_unbounded_are_errors_of_their_own() -> None:
    x = cvxpy.Variable()
    with pytest.raises(InfeasibleError):
        solve_convex(cvxpy.Problem(cvxpy.Minimize(x), [x >= 1, x <= 0]))
    with pytest.raises(UnboundedError):
        solve_convex(cvxpy.Problem(cvxpy.Minimize(x), [x <= 0]))


def test_a_second_solver_is_tried() -> None:
    x = cvxpy.Variable()
    problem = cvxpy.Problem(cvxpy.Minimize(cvxpy.exp(x)), [x >= 1])
    solution = solve_convex(problem, options={"CLARABEL": {"max_iter": 1}})
    assert solution.solver == "SCS"
    assert [name for name, _ in solution.attempts] == ["CLARABEL", "SCS"]
    assert solution.value == pytest.approx(math.e, abs=1e-3)
    missing = solve_convex(problem, solvers=["NO_SUCH_SOLVER", "CLARABEL"])
    assert missing.attempts[0][1].startswith("failed")


def test_an_inaccurate_answer_is_an_error_and_leaves_no_number_behind() -> None:
    x = cvxpy.Variable()
    problem = cvxpy.Problem(cvxpy.Minimize(cvxpy.exp(x)), [x >= 1])
    with pytest.raises(SolverError, match=r"CLARABEL.*SCS") as caught:
        solve_convex(problem, options={"CLARABEL": {"max_iter": 1}, "SCS": {"max_iters": 1}})
    assert len(caught.value.best) == 2
    assert x.value is None


def test_what_is_not_convex_is_refused() -> None:
    x = cvxpy.Variable()
    with pytest.raises(SpecificationError, match="not convex"):
        solve_convex(cvxpy.Problem(cvxpy.Maximize(x**2), [x <= 1]))
    with pytest.raises(SpecificationError, match="solvers"):
        solve_convex(cvxpy.Problem(cvxpy.Minimize(x**2)), solvers="CLARABEL")


def test_the_gap_is_that_of_the_two_objectives() -> None:
    """Clarabel and SCS report both; for a geometric programme it is one of logarithms."""
    x = cvxpy.Variable(2)
    problem = cvxpy.Problem(cvxpy.Minimize(cvxpy.norm(x) + 3), [x[0] + x[1] == 2])
    for solver in ("CLARABEL", "SCS"):
        solution = solve_convex(problem, solvers=[solver])
        assert solution.gap is not None
        assert solution.gap < 1e-4
        assert abs(solution.value - 2**0.5 - 3) < 1e-4
    y = cvxpy.Variable(pos=True)
    geometric = solve_convex(cvxpy.Problem(cvxpy.Minimize(y + 1 / y)))
    assert geometric.gap is not None
    assert abs(geometric.value - 2) < 1e-6
    linear = solve_convex(cvxpy.Problem(cvxpy.Maximize(x[0]), [x[0] <= 1]), solvers=["HIGHS"])
    assert linear.gap is None
