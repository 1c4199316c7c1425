"""Floats through HiGHS: values, signs of duals, warm starts, outcomes that are no optimum."""

from __future__ import annotations

import random
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from oracles.linear import outcome, plain

from gametheory.certificates import LinearProgramme
from gametheory.errors import InfeasibleError, SolverError, SpecificationError, UnboundedError
from gametheory.optimize.linear import solve_linear, solve_milp
from gametheory.optimize.linear_model import LinearModel

COVERING_A = [
    [7, 8, 1, 8, 5, 5],
    [6, 3, 9, 1, 3, 4],
    [6, 4, 2, 1, 1, 1],
    [2, 9, 2, 6, 7, 3],
    [3, 4, 3, 9, 2, 9],
    [8, 8, 2, 4, 6, 5],
    [6, 7, 6, 1, 9, 6],
    [9, 3, 4, 8, 2, 1],
]
COVERING_B = [27, 33, 22, 37, 26, 24, 30, 37]
COVERING_C = [8, 7, 3, 1, 7, 6]


def covering(t: Fraction | int = 0) -> LinearProgramme:
    """Minimise c·x over A x ≥ b + t, 0 ≤ x ≤ 20."""
    rows = [
        (f"row {i}", dict(enumerate(a)), ">=", b + t)
        for i, (a, b) in enumerate(zip(COVERING_A, COVERING_B, strict=True))
    ]
    return LinearProgramme.from_rows("min", COVERING_C, rows, upper=[20] * 6, name="covering")


def random_programme(rng: random.Random, columns: int, rows: int, *, size: int = 4) -> LinearProgramme:
    """Small integers, so that ties, redundancy, infeasible and unbounded cases are common."""
    table = []
    for r in range(rows):
        entries = {j: rng.randint(-size, size) for j in range(columns) if rng.random() < 0.8}
        table.append((f"row {r}", entries, rng.choice(["<=", "<=", ">=", "=="]), rng.randint(-size, size)))
    lower = [rng.choice([0, 0, None, -2, 1]) for _ in range(columns)]
    upper = [rng.choice([None, None, 3, 1]) for _ in range(columns)]
    return LinearProgramme.from_rows(
        rng.choice(["max", "min"]),
        [rng.randint(-size, size) for _ in range(columns)],
        table,
        lower=lower,
        upper=upper,
        constant=rng.randint(-3, 3),
    )


@pytest.mark.parametrize(
    ("t", "value", "slope"),
    [(-20, Fraction(211, 34), Fraction(19, 34)), (0, 24, 1), (5, 30, Fraction(4, 3)), (20, 50, Fraction(4, 3))],
)
def test_value_and_shadow_prices_of_a_covering_programme(t, value, slope) -> None:
    solution = solve_linear(covering(t))
    assert solution.value == pytest.approx(float(value), rel=1e-9)
    assert solution.row_duals.sum() == pytest.approx(float(slope), rel=1e-9)
    assert np.all(solution.row_duals >= 0)


def test_duals_are_derivatives_by_finite_differences() -> None:
    rng = random.Random(5)
    checked = 0
    while checked < 40:
        programme = random_programme(rng, 4, 4)
        try:
            base = solve_linear(programme)
            step = 1e-4
            for r in range(4):
                moved = []
                for sign in (1, -1):
                    sides = programme.right_hand_side.fractions()
                    sides[r] += Fraction(sign * step)
                    moved.append(
                        solve_linear(
                            replace(programme, right_hand_side=type(programme.objective).from_fractions(sides))
                        )
                    )
                slopes = sorted([(moved[0].value - base.value) / step, (base.value - moved[1].value) / step])
                assert slopes[0] - 1e-6 <= base.row_duals[r] <= slopes[1] + 1e-6
        except (InfeasibleError, UnboundedError):
            continue
        checked += 1


def test_outcomes_agree_with_elimination() -> None:
    rng = random.Random(1)
    seen = {"optimal": 0, "infeasible": 0, "unbounded": 0}
    for _ in range(250):
        programme = random_programme(rng, rng.randint(1, 3), rng.randint(0, 4))
        if any(
            lo is not None and hi is not None and lo > hi
            for lo, hi in zip(programme.lower, programme.upper, strict=True)
        ):
            continue
        expected, value = outcome(plain(programme))
        seen[expected] += 1
        if expected == "infeasible":
            with pytest.raises(InfeasibleError):
                solve_linear(programme)
        elif expected == "unbounded":
            with pytest.raises(UnboundedError) as caught:
                solve_linear(programme)
            ray = np.array(caught.value.ray)
            gain = float(np.array([float(c) for c in programme.objective.fractions()]) @ ray)
            assert gain > 0 if programme.sense == "max" else gain < 0
        else:
            assert solve_linear(programme).value == pytest.approx(float(value + programme.constant), abs=1e-7)
    assert min(seen.values()) > 15


@pytest.mark.parametrize("factor", [Fraction(1, 10**9), Fraction(10**9), Fraction(10**60)])
def test_scale_of_the_payoffs_does_not_matter(factor) -> None:
    base = covering()
    from_fractions = type(base.objective).from_fractions
    scaled = replace(
        base,
        objective=from_fractions(base.objective.fractions() * factor),
        coefficients=from_fractions(base.coefficients.fractions() * factor),
        right_hand_side=from_fractions(base.right_hand_side.fractions() * factor),
    )
    assert solve_linear(scaled).value / float(factor) == pytest.approx(24, rel=1e-9)


def test_an_entry_given_twice_counts_with_its_sum() -> None:
    base = LinearProgramme.from_rows("max", [1], [("row", {0: 1}, "<=", 6)])
    twice = replace(
        base,
        row_start=np.array([0, 2]),
        column_index=np.array([0, 0]),
        coefficients=type(base.objective).of_integers([1, 2]),
    )
    assert solve_linear(twice).value == pytest.approx(2)


def test_sweep_of_right_hand_sides_from_the_last_basis() -> None:
    A = np.array(COVERING_A, dtype=float)
    start, index = np.arange(0, 49, 6), np.tile(np.arange(6), 8)
    model = LinearModel("min", COVERING_C, start, index, A.ravel(), COVERING_B, [np.inf] * 8, None, [20.0] * 6)
    for t in np.linspace(-20, 20, 41):
        model.change_row_bounds(np.array(COVERING_B) + t, [np.inf] * 8)
        assert model.solve().value == pytest.approx(solve_linear(covering(Fraction(float(t)))).value, rel=1e-9)
    model.change_cost([1.0] * 6)
    warm = model.solve()
    assert model.solve(warm_start=warm.basis).value == pytest.approx(warm.value)


def test_warm_start_of_another_shape_is_refused() -> None:
    basis = solve_linear(covering()).basis
    with pytest.raises(SpecificationError, match="same shape"):
        solve_linear(LinearProgramme.from_rows("max", [1], [("row", {0: 1}, "<=", 6)]), warm_start=basis)


def test_time_limit_raises_and_says_so() -> None:
    rng = np.random.default_rng(0)
    rows = [(f"row {r}", dict(enumerate(rng.integers(1, 100, 120).tolist())), "<=", 1000) for r in range(120)]
    programme = LinearProgramme.from_rows("max", rng.integers(1, 100, 120).tolist(), rows)
    with pytest.raises(SolverError, match="time limit") as caught:
        solve_linear(programme, time_limit=0)
    assert caught.value.solver == "HiGHS"
    with pytest.raises(SpecificationError, match="time_limit"):
        solve_linear(programme, time_limit=-1)


def test_knapsacks_agree_with_exhaustion() -> None:
    rng = random.Random(3)
    for _ in range(20):
        values, weights = [rng.randint(1, 20) for _ in range(7)], [rng.randint(1, 20) for _ in range(7)]
        limit = sum(weights) // 2
        programme = LinearProgramme.from_rows(
            "max",
            values,
            [("weight", dict(enumerate(weights)), "<=", limit)],
            upper=[1] * 7,
            integer=frozenset(range(7)),
        )
        best = max(
            sum(v for k, v in enumerate(values) if mask >> k & 1)
            for mask in range(128)
            if sum(w for k, w in enumerate(weights) if mask >> k & 1) <= limit
        )
        found = solve_milp(programme)
        assert found.value == pytest.approx(best)
        assert found.bound == pytest.approx(best)
        with pytest.raises(SpecificationError, match="solve_milp"):
            solve_linear(programme)


def test_integer_programmes_without_a_point() -> None:
    programme = LinearProgramme.from_rows("max", [1], [("half", {0: 2}, "==", 1)], integer=frozenset({0}))
    with pytest.raises(InfeasibleError):
        solve_milp(programme)
