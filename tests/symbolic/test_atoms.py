"""Many small questions to the prover."""

from fractions import Fraction as F

import pytest

from gametheory.errors import SolverError
from gametheory.symbolic.atoms import AtomSolver

X, Y = ((0,), 1), ((1,), 1)


def test_models_are_rational_and_satisfy_what_was_asked():
    solver = AtomSolver(timeout=10)
    circle = [((0, 0), 1), ((1, 1), 1), ((), -2)]  # x² + y² = 2
    solver.assume(solver.atom(circle, strict=False))
    solver.assume(solver.atom([(m, -c) for m, c in circle], strict=False))
    x, y = solver.find(solver.atom([X, ((1,), -1)], strict=True), num_variables=2)
    assert x * x + y * y == 2
    assert x > y
    assert isinstance(x, F)


def test_assumptions_grow_and_questions_leave_nothing_behind():
    solver = AtomSolver(timeout=10)
    positive, negative = solver.atom([X], strict=True), solver.atom([((0,), -1)], strict=True)
    assert solver.excluded(positive, negative) is True
    assert solver.excluded(positive) is False
    assert solver.last_values(1)[0] > 0
    solver.assume(negative)
    assert solver.excluded(positive) is True
    assert solver.last_values(1) is None
    assert solver.find(positive, num_variables=1) is None


def test_cores_are_minimal():
    solver = AtomSolver(timeout=10)
    # x > 0, y > 0, x + y > 1 against x + y < 0: any of the last alone suffices, or the first two.
    literals = [solver.atom(t, strict=True) for t in ([X], [Y], [((2,), 1)], [X, Y, ((), -1)])]
    core = solver.core(literals, solver.atom([((0,), -1), ((1,), -1)], strict=True))
    assert core in ([3], [0, 1])
    assert solver.core(literals[:1]) is None


def test_irrational_values_alone_are_said_to_be_so():
    solver = AtomSolver(timeout=10)
    square = [((0, 0), 1), ((), -2)]
    with pytest.raises(SolverError, match="no rational ones") as caught:
        solver.find(
            solver.atom(square, strict=False), solver.atom([(m, -c) for m, c in square], strict=False), num_variables=1
        )
    assert caught.value.status == "irrational"
