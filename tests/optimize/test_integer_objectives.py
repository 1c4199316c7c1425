"""Complete nondominated sets against full enumeration."""

from __future__ import annotations

import functools
import itertools
import random
from dataclasses import replace
from fractions import Fraction as F

import pytest

from gametheory.certificates import LinearProgramme
from gametheory.errors import InfeasibleError, SolverError, SpecificationError, UnboundedError, UnsupportedError
from gametheory.optimize import Frontier, integer_frontier, solve_exact_milp

PROFITS = [[28, 19, 20, 27, 17, 23, 25, 7, 2, 9, 9, 26], [27, 1, 15, 24, 4, 24, 4, 14, 24, 9, 10, 9]]
WEIGHTS = [14, 5, 19, 9, 10, 10, 12, 11, 10, 19, 16, 16]


def knapsack() -> LinearProgramme:
    rows = [("weight", dict(enumerate(WEIGHTS)), "<=", 75)]
    return LinearProgramme.from_rows(
        "max", [0] * 12, rows, upper=[1] * 12, integer=frozenset(range(12)), name="knapsack"
    )


@functools.cache
def knapsack_frontier() -> Frontier:
    return integer_frontier(knapsack(), PROFITS, senses=["max", "max"], decision=lambda x: x)


def enumerated(programme: LinearProgramme, costs) -> set[tuple[F, ...]]:
    """Objectives, minimised, of every integral point; then those that no other betters."""
    ranges = [range(int(low), int(high) + 1) for low, high in zip(programme.lower, programme.upper, strict=True)]
    rows = [programme.row(r) for r in range(programme.num_rows)]
    found = set()
    for x in itertools.product(*ranges):
        sums = [sum(a * x[j] for j, a in row.items()) for row in rows]
        tests = zip(sums, programme.row_sense, programme.right_hand_side.fractions(), strict=True)
        if all(s <= b if sense == "<=" else s >= b if sense == ">=" else s == b for s, sense, b in tests):
            found.add(tuple(sum(F(c) * v for c, v in zip(cost, x, strict=True)) for cost in costs))
    return {y for y in found if not any(z != y and all(a <= b for a, b in zip(z, y, strict=True)) for z in found)}


@pytest.mark.parametrize("evidence", ["certified", "numerical"])
def test_a_knapsack_with_a_point_that_no_weighted_sum_finds(evidence) -> None:
    frontier = integer_frontier(knapsack(), PROFITS, senses=["max", "max"], evidence=evidence)
    measures = [p.measures for p in frontier]
    assert measures == [(107, 128), (115, 124), (132, 123), (142, 113), (147, 103), (148, 89)]
    assert frontier.hypervolume((0, 0)) == 18513
    assert frontier.hypervolume((0, 0), mixing=True) > 18513
    assert frontier.status == evidence
    on_hull = [
        m
        for m in measures
        if not any(  # below a chord
            a[0] < m[0] < b[0] and (m[1] - a[1]) * (b[0] - a[0]) < (b[1] - a[1]) * (m[0] - a[0])
            for a, b in itertools.combinations(measures, 2)
        )
    ]
    assert on_hull == [m for m in measures if m != (115, 124)]
    for point in frontier:
        chosen = [knapsack().column_names.index(name) for name in point.decision]
        assert sum(WEIGHTS[j] for j in chosen) <= 75
        assert tuple(sum(p[j] for j in chosen) for p in PROFITS) == point.measures
    if evidence == "certified":
        assert frontier.verify()


def test_exclusions_and_points_leave_nothing_open() -> None:
    """Every pair of whole numbers is dominated by a point, or inside an exclusion."""
    frontier = knapsack_frontier()
    for y in itertools.product(range(95, 160, 3), range(80, 140, 3)):
        dominated = any(p.measures[0] >= y[0] and p.measures[1] >= y[1] for p in frontier)
        assert dominated != frontier.is_beyond(y)


@pytest.mark.parametrize(("count", "wanted"), [(2, 12), (3, 4), (4, 3)])
def test_random_programmes_agree_with_full_enumeration(count, wanted) -> None:
    rng = random.Random(7 * count)
    sizes = []
    while len(sizes) < wanted:
        columns = rng.randint(2, 4)
        rows = [
            (f"r{r}", {j: rng.randint(-2, 4) for j in range(columns)}, rng.choice(["<=", ">="]), rng.randint(0, 7))
            for r in range(rng.randint(1, 2))
        ]
        programme = LinearProgramme.from_rows(
            "min",
            [0] * columns,
            rows,
            upper=[rng.randint(1, 3) for _ in range(columns)],
            integer=frozenset(range(columns)),
        )
        costs = [[F(rng.randint(-3, 3), rng.choice([1, 2])) for _ in range(columns)] for _ in range(count)]
        truth = enumerated(programme, costs)
        if not truth:
            with pytest.raises(InfeasibleError) as caught:
                integer_frontier(programme, costs)
            assert caught.value.certificate.verify()
            continue
        frontier = integer_frontier(programme, costs)
        assert [p.measures for p in frontier] == sorted(truth)
        assert frontier.verify()
        assert {p.measures for p in integer_frontier(programme, costs, evidence="numerical")} == truth
        sizes.append(len(truth))
    assert max(sizes) >= 4


def test_points_are_attained_by_solving_again_with_their_decision() -> None:
    frontier = knapsack_frontier()
    for point in frontier:
        fixed = replace(
            knapsack(),
            objective=type(point.decision).of_integers(PROFITS[0]),
            lower=tuple(point.decision.fractions()),
            upper=tuple(point.decision.fractions()),
        )
        assert solve_exact_milp(fixed).value == point.measures[0]


def test_columns_that_are_not_integral_may_help() -> None:
    """x whole, y ≥ x − 1/2 costs nothing in the objectives: what counts are the whole columns."""
    rows = [("cover", {0: 2, 1: 3, 2: 1}, ">=", 5), ("cap", {2: 1}, "<=", F(1, 2))]
    programme = LinearProgramme.from_rows("min", [0] * 3, rows, upper=[4, 4, 1], integer=frozenset({0, 1}))
    for evidence in ("certified", "numerical"):
        frontier = integer_frontier(programme, [[1, 0, 0], [0, 1, 0]], evidence=evidence)
        assert [p.measures for p in frontier] == [(0, 2), (1, 1), (3, 0)]
        for point in frontier:
            x = [point.decision.get(f"x{j}", 0) for j in range(3)]
            assert 2 * x[0] + 3 * x[1] + x[2] >= 5
            assert x[2] <= F(1, 2)


def test_refusals_limits_and_progress() -> None:
    programme = knapsack()
    with pytest.raises(UnsupportedError, match="not integral"):
        integer_frontier(replace(programme, integer=frozenset({0})), PROFITS)
    with pytest.raises(SpecificationError, match="evidence"):
        integer_frontier(programme, PROFITS, evidence="exact")  # type: ignore[arg-type]
    with pytest.raises(SolverError, match="nodes"):
        integer_frontier(programme, PROFITS, senses=["max", "max"], max_nodes=3)
    with pytest.raises(SolverError, match="time limit"):
        integer_frontier(programme, PROFITS, senses=["max", "max"], time_limit=0)
    free = LinearProgramme.from_rows(
        "min", [0, 0], [("r", {0: 1, 1: 1}, ">=", 0)], lower=[None, None], integer=frozenset({0, 1})
    )
    with pytest.raises(UnboundedError, match="objective 1") as caught:
        integer_frontier(free, [[1, 0], [0, 1]])
    assert caught.value.ray.verify()
    told: list[tuple[int, int]] = []
    unsolved = integer_frontier(
        programme, PROFITS, senses=["max", "max"], evidence="numerical", progress=lambda *n: told.append(n)
    )
    assert max(n for n, _ in told) == 6
    assert "epsilon=0" in repr(unsolved)
