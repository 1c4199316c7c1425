"""Benson's method for linear objectives, against published vertices and enumeration in fractions."""

from __future__ import annotations

import random
from dataclasses import replace
from fractions import Fraction

import pytest
from oracles.linear import outcome, plain
from oracles.upper_images import facets, images, vertices

from gametheory.certificates import LinearProgramme
from gametheory.errors import InfeasibleError, SolverError, SpecificationError, UnboundedError
from gametheory.optimize import bi_objective_frontier, multi_objective_frontier, solve_exact


def covering_of_three() -> LinearProgramme:
    rows = [("first", {0: 1, 1: 2, 2: 3}, ">=", 6), ("second", {0: 3, 1: 2, 2: 1}, ">=", 6)]
    return LinearProgramme.from_rows("min", [0, 0, 0], rows)


def random_programme(rng: random.Random, columns: int) -> LinearProgramme:
    rows = [
        (f"r{r}", {j: rng.randint(0, 4) for j in range(columns)}, rng.choice([">=", ">=", "<="]), rng.randint(1, 6))
        for r in range(rng.randint(1, 3))
    ]
    return LinearProgramme.from_rows("min", [0] * columns, rows, upper=[rng.randint(1, 3) for _ in range(columns)])


def test_three_objectives_with_known_vertices() -> None:
    """Löhne's textbook shape: both rows bind at (3/2, 0, 3/2) alone; hull volume below (6, 6, 6) against a fine sum."""
    units = [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
    frontier = multi_objective_frontier(covering_of_three(), units, measures=["a", "b", "c"])
    assert [p.measures for p in frontier] == [(0, 0, 6), (0, 3, 0), (Fraction(3, 2), 0, Fraction(3, 2)), (6, 0, 0)]
    assert frontier.verify()
    assert (frontier.status, frontier.epsilon, frontier.mixing) == ("certified", 0, True)
    assert {tuple(-x for x in cut.normal) for cut in frontier.outer} == {
        *((1, 0, 0), (0, 1, 0), (0, 0, 1)),
        *((Fraction(1, 6), Fraction(1, 3), Fraction(1, 2)), (Fraction(1, 2), Fraction(1, 3), Fraction(1, 6))),
    }
    steps = 16
    inside = 0
    for i in range(steps):
        for j in range(steps):
            for k in range(steps):
                a, b, c = (Fraction(6 * (2 * t + 1), 2 * steps) for t in (i, j, k))
                inside += a + 2 * b + 3 * c >= 6 and 3 * a + 2 * b + c >= 6
    assert float(frontier.hypervolume((6, 6, 6))) == pytest.approx(inside * (6 / steps) ** 3, rel=1e-2)
    assert frontier.hypervolume((6, 6, 6), mixing=False) == 108 + Fraction(243, 2) - Fraction(
        243, 4
    )  # two boxes, less what is in both


@pytest.mark.parametrize(("count", "columns", "wanted"), [(2, 3, 8), (3, 3, 6), (3, 4, 1), (4, 3, 2)])
def test_random_programmes_agree_with_enumeration(count: int, columns: int, wanted: int) -> None:
    rng = random.Random(100 * count + columns)
    sizes = []
    while len(sizes) < wanted:
        programme = random_programme(rng, columns)
        costs = [[rng.randint(-2, 3) for _ in range(columns)] for _ in range(count)]
        if outcome(plain(programme))[0] == "infeasible":
            with pytest.raises(InfeasibleError):
                multi_objective_frontier(programme, costs)
            continue
        frontier = multi_objective_frontier(programme, costs)
        reached = images(plain(programme), costs)
        assert [p.measures for p in frontier] == vertices(reached)
        assert {(tuple(-x for x in cut.normal), -cut.bound) for cut in frontier.outer} == facets(reached)
        assert frontier.verify()
        sizes.append(len(frontier))
    assert max(sizes) >= 3


def test_maximised_objectives_and_decisions() -> None:
    rng = random.Random(3)
    programme = random_programme(rng, 4)
    costs = [[rng.randint(0, 4) for _ in range(4)] for _ in range(3)]
    straight = multi_objective_frontier(
        programme, costs, senses=["max", "min", "max"], decision=lambda x: x.fractions()
    )
    turned = multi_objective_frontier(programme, [[-c for c in costs[0]], costs[1], [-c for c in costs[2]]])
    assert sorted((-a, b, -c) for a, b, c in (p.measures for p in straight)) == [p.measures for p in turned]
    for point in straight:
        assert programme.infeasibility(type(programme.objective).from_fractions(list(point.decision))) is None
        for c, value in zip(costs, point.measures, strict=True):
            assert sum(a * x for a, x in zip(c, point.decision, strict=True)) == value


def test_no_weighted_sum_finds_a_point_beyond_the_outer_set_and_points_are_optimal() -> None:
    rng = random.Random(8)
    programme = random_programme(rng, 5)
    costs = [[rng.randint(-3, 5) for _ in range(5)] for _ in range(3)]
    frontier = multi_objective_frontier(programme, costs)
    assert len(frontier) >= 4
    for _ in range(25):
        weights = [Fraction(rng.randint(0, 6)) for _ in range(3)]
        total = [sum(w * c for w, c in zip(weights, column, strict=True)) for column in zip(*costs, strict=True)]
        solution = solve_exact(replace(programme, objective=type(programme.objective).from_fractions(total)))
        measures = tuple(sum(c * x for c, x in zip(cost, solution.primal.fractions(), strict=True)) for cost in costs)
        assert not frontier.is_beyond(measures)
        best = min(sum(w * m for w, m in zip(weights, p.measures, strict=True)) for p in frontier)
        assert best == solution.value
    for point in frontier:
        assert frontier.is_beyond(tuple(m - Fraction(1, 1000) for m in point.measures))
        weights = [Fraction(w) for w in point.certificate.programme.arguments["weights"]]
        assert min(weights) > 0


def test_two_objectives_agree_with_the_dichotomy() -> None:
    rng = random.Random(5)
    for _ in range(6):
        rows = [(f"r{r}", {j: rng.randint(1, 9) for j in range(6)}, ">=", rng.randint(10, 40)) for r in range(6)]
        programme = LinearProgramme.from_rows("min", [0] * 6, rows, upper=[20] * 6)
        costs = [[rng.randint(1, 9) for _ in range(6)] for _ in range(2)]
        one, two = multi_objective_frontier(programme, costs), bi_objective_frontier(programme, costs)
        assert [p.measures for p in one] == [p.measures for p in two]


def test_refusals_and_progress() -> None:
    units = [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
    programme = covering_of_three()
    told: list[tuple[int, int]] = []
    multi_objective_frontier(programme, units, progress=lambda done, waiting: told.append((done, waiting)))
    assert told[-1] == (4, 0)
    with pytest.raises(SolverError, match="time limit"):
        multi_objective_frontier(programme, units, time_limit=0)
    with pytest.raises(UnboundedError, match="no bound") as caught:
        multi_objective_frontier(programme, [[-1, 0, 0], *units[1:]])
    assert caught.value.ray.verify()
    with pytest.raises(SpecificationError, match="integer"):
        multi_objective_frontier(replace(programme, integer=frozenset({0})), units)
    with pytest.raises(SpecificationError, match="objectives"):
        multi_objective_frontier(programme, [[1, 0, 0]])
    with pytest.raises(SpecificationError, match="senses"):
        multi_objective_frontier(programme, units, senses=["min", "least", "min"])
    with pytest.raises(SpecificationError, match="measures"):
        multi_objective_frontier(programme, units, measures=["a"])
