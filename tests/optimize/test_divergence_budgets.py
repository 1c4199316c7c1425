"""Divergence budgets in cvxpy against the bounds proved for a linear objective, prices included."""

from __future__ import annotations

import cvxpy
import numpy as np
import pytest

from gametheory.errors import SpecificationError
from gametheory.information import largest_expectation
from gametheory.optimize import divergence_budget, solve_convex

P = [0.5, 0.25, 0.15, 0.07, 0.03]
R = [0, 1, 2, 4, 10]
DIVERGENCES = (
    ("kullback-leibler", "nats"),
    ("kullback-leibler", "bits"),
    ("bhattacharyya", "bits"),
    ("squared hellinger", None),
    ("chi-squared", None),
    ("total variation", None),
)


@pytest.mark.parametrize(("divergence", "unit"), DIVERGENCES)
@pytest.mark.parametrize("baseline", [P, [0.5, 0.3, 0.2, 0.0, 0.0]])
def test_the_cone_programme_lands_in_the_bracket(divergence: str, unit: str | None, baseline: list[float]) -> None:
    q = cvxpy.Variable(5, nonneg=True)
    rows = divergence_budget(q, baseline, divergence=divergence, budget=0.05, unit=unit)  # type: ignore[arg-type]
    found = solve_convex(cvxpy.Problem(cvxpy.Maximize(np.array(R) @ q), [*rows, cvxpy.sum(q) == 1]))
    proved = largest_expectation(R, baseline, divergence=divergence, budget=0.05, unit=unit)  # type: ignore[arg-type]
    assert found.value == pytest.approx(proved.lower, abs=2e-5)
    assert float(rows[0].dual_value) == pytest.approx(proved.shadow_price, rel=2e-3)


def test_a_budget_may_be_a_decision() -> None:
    q, budget = cvxpy.Variable(5, nonneg=True), cvxpy.Variable(nonneg=True)
    rows = divergence_budget(q, P, divergence="kullback-leibler", budget=budget, unit="nats")
    problem = cvxpy.Problem(cvxpy.Maximize(np.array(R) @ q - 6.0636796 * budget), [*rows, cvxpy.sum(q) == 1])
    solve_convex(problem)
    assert float(budget.value) == pytest.approx(0.1, abs=1e-4)


def test_refusals() -> None:
    q = cvxpy.Variable(5)
    for arguments, message in (
        ({"baseline": [0.25] * 4, "divergence": "chi-squared", "budget": 1}, "shape"),
        ({"baseline": [0.5] * 5, "divergence": "chi-squared", "budget": 1}, "sum to"),
        ({"baseline": P, "divergence": "kullback-leibler", "budget": 1}, "unit"),
        ({"baseline": P, "divergence": "chi-squared", "budget": 1, "unit": "nats"}, "no unit"),
        ({"baseline": P, "divergence": "chi-squared", "budget": -1}, "≥ 0"),
        ({"baseline": P, "divergence": "bhattacharyya", "budget": cvxpy.Variable(), "unit": "nats"}, "exponential"),
        ({"baseline": P, "divergence": "wasserstein", "budget": 1}, "divergence"),
    ):
        with pytest.raises(SpecificationError, match=message):
            divergence_budget(q, **arguments)
