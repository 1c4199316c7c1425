"""The best point of a union of polytopes: against each polytope alone, vertex by vertex, and with all of them empty."""

from __future__ import annotations

import random
from fractions import Fraction
from typing import Any

import pytest
from oracles.polytopes import maximum
from seeds import seeds

from gametheory.errors import InfeasibleError, SolverError
from gametheory.optimize import solve_exact
from gametheory.optimize.disjunction import Case, solve_disjunctive

SHARED: dict[str, Any] = {
    "columns": ["x", "y"],
    "lower": [Fraction(0), Fraction(-2)],
    "upper": [Fraction(3), Fraction(3)],
    "below": Fraction(-100),
    "name": "union",
    "arguments": {},
}


def random_case(rng: random.Random, k: int) -> Case:
    rows = []
    for r in range(rng.randint(0, 3)):
        row = {j: Fraction(rng.randint(-3, 3)) for j in range(2)}
        rows.append((f"row {r}", row, rng.choice(["<=", ">=", "<=", ">=", "=="]), Fraction(rng.randint(-4, 4))))
    gains = {j: Fraction(rng.randint(-3, 3)) for j in range(2)}
    return Case(f"case {k}", gains, Fraction(rng.randint(-3, 3)), rows)


def alone(case: Case) -> Fraction | None:
    """The optimum of one case by enumeration of vertices."""
    inequalities: list[Any] = [([1, 0], 0), ([-1, 0], -3), ([0, 1], -2), ([0, -1], -3)]
    for _, row, sense, side in case.rows:
        dense = [row.get(j, Fraction(0)) for j in range(2)]
        if sense in (">=", "=="):
            inequalities.append((dense, side))
        if sense in ("<=", "=="):
            inequalities.append(([-a for a in dense], -side))
    best = maximum([case.objective.get(j, Fraction(0)) for j in range(2)], [], inequalities)
    return None if best is None else best + case.constant


@pytest.mark.parametrize("seed", seeds(60, slow=250))
def test_the_best_case_wins_and_the_whole_programme_proves_it(seed: int) -> None:
    rng = random.Random(seed)
    cases = [random_case(rng, k) for k in range(rng.randint(1, 4))]
    values = [alone(case) for case in cases]
    known = [v for v in values if v is not None]
    if not known:
        with pytest.raises(InfeasibleError) as caught:
            solve_disjunctive(cases, **SHARED)
        assert caught.value.certificate.verify()
        return
    best = solve_disjunctive(cases, **SHARED)
    assert best.value == max(known)
    assert values[best.case] == best.value
    assert values.index(best.value) == best.case
    assert best.certificate.verify()
    assert solve_exact(best.certificate.programme).value == best.value
    objective = cases[best.case].objective
    assert cases[best.case].constant + sum(objective.get(j, 0) * x for j, x in enumerate(best.point)) == best.value


def test_time_limit_and_progress() -> None:
    cases = [random_case(random.Random(1), k) for k in range(3)]
    seen: list[tuple[int, int]] = []
    solve_disjunctive(cases, **SHARED, progress=lambda done, of: seen.append((done, of)))
    assert seen == [(0, 3), (1, 3), (2, 3)]
    with pytest.raises(SolverError, match="0 of 3 cases"):
        solve_disjunctive(cases, **SHARED, time_limit=0)
