"""Exact frontiers of two linear objectives against published vertices and against enumeration."""

from __future__ import annotations

import itertools
import random
from dataclasses import replace
from fractions import Fraction

import pytest
from optimize_examples import COSTS, covering
from oracles.linear import inequalities, outcome, plain, solve_square

from gametheory.certificates import LinearProgramme
from gametheory.errors import InfeasibleError, SolverError, SpecificationError, UnboundedError
from gametheory.optimize import bi_objective_frontier, solve_exact, weighted_programme


def extreme_nondominated(programme: LinearProgramme, costs) -> list[tuple[Fraction, Fraction]]:
    """Image of all vertices, then the corners of the lower left hull; for bounded programmes, both minimised."""
    system = inequalities(plain(programme))
    images = set()
    for chosen in itertools.combinations(system, programme.num_columns):
        x = solve_square([list(a) for a, _ in chosen], [b for _, b in chosen])
        if x is not None and all(sum(p * q for p, q in zip(a, x, strict=True)) <= b for a, b in system):
            images.add(tuple(sum(Fraction(p) * q for p, q in zip(c, x, strict=True)) for c in costs))
    points = sorted(images)
    kept = []
    for p in points:
        dominated = any(q != p and q[0] <= p[0] and q[1] <= p[1] for q in points)
        inside = any(  # on or above the chord of two others
            a[0] < p[0] < b[0] and (p[1] - a[1]) * (b[0] - a[0]) >= (b[1] - a[1]) * (p[0] - a[0])
            for a, b in itertools.combinations(points, 2)
        )
        if not dominated and not inside:
            kept.append(p)
    return kept


def test_a_covering_programme_with_known_vertices() -> None:
    frontier = bi_objective_frontier(covering(), COSTS)
    expected = [("24", "92"), ("483/17", "1403/34"), ("63/2", "49/2"), ("384/11", "12"), ("592/15", "148/15")]
    assert [point.measures for point in frontier] == [tuple(map(Fraction, pair)) for pair in expected]
    assert frontier.verify()
    assert frontier.status == "certified"
    assert frontier.epsilon == 0
    rates = frontier.exchange_rates()
    assert all(a < b < 0 for a, b in itertools.pairwise(rates))
    assert frontier.is_beyond((Fraction(24), Fraction(91)))
    assert not frontier.is_beyond((Fraction(24), Fraction(92)))


def test_small_programmes_agree_with_enumeration() -> None:
    rng = random.Random(1)
    sizes = []
    while len(sizes) < 60:
        columns, rows = rng.randint(2, 3), rng.randint(1, 3)
        table = [
            (f"r{r}", {j: rng.randint(0, 4) for j in range(columns)}, ">=", rng.randint(0, 6)) for r in range(rows)
        ]
        programme = LinearProgramme.from_rows("min", [0] * columns, table, upper=[rng.randint(1, 4)] * columns)
        if outcome(plain(programme))[0] == "infeasible":
            with pytest.raises(InfeasibleError):
                bi_objective_frontier(programme, [[1] * columns] * 2)
            continue
        costs = [[rng.randint(-2, 4) for _ in range(columns)] for _ in range(2)]
        frontier = bi_objective_frontier(programme, costs)
        assert [point.measures for point in frontier] == extreme_nondominated(programme, costs)
        assert frontier.verify()
        sizes.append(len(frontier))
    assert max(sizes) >= 3
    assert min(sizes) == 1


def test_a_maximised_measure_is_a_minimised_one_turned() -> None:
    turned = bi_objective_frontier(covering(), [COSTS[0], [-c for c in COSTS[1]]], senses=("min", "max"))
    straight = bi_objective_frontier(covering(), COSTS)
    assert [p.measures for p in turned] == [(p.measures[0], -p.measures[1]) for p in straight]
    assert turned.verify()
    reference = (Fraction(50), Fraction(100))
    assert turned.hypervolume((50, -100)) == straight.hypervolume(reference)


def test_each_point_is_optimal_for_the_weights_of_its_certificate() -> None:
    programme = covering()
    for point in bi_objective_frontier(programme, COSTS):
        weights = [Fraction(w) for w in point.certificate.programme.arguments["weights"]]
        assert min(weights) > 0
        value = sum(w * m for w, m in zip(weights, point.measures, strict=True))
        from_scratch = [sum(w * c for w, c in zip(weights, column, strict=True)) for column in zip(*COSTS, strict=True)]
        again = LinearProgramme.from_rows(
            "min",
            from_scratch,
            [(programme.row_names[r], programme.row(r), ">=", programme.right_hand_side[r]) for r in range(8)],
            upper=[20] * 6,
        )
        assert solve_exact(again).value == value
        objectives = [type(programme.objective).of_integers(c) for c in COSTS]
        rebuilt = weighted_programme(programme, objectives, ("min", "min"), weights)
        assert point.certificate.verify_against(rebuilt)


def test_collinear_vertices_are_one_edge() -> None:
    """Three columns with costs (0, 2), (1, 1), (2, 0): the middle one is no corner."""
    programme = LinearProgramme.from_rows("min", [0, 0, 0], [("one", {0: 1, 1: 1, 2: 1}, "==", 1)])
    frontier = bi_objective_frontier(programme, [[0, 1, 2], [2, 1, 0]], decision=lambda x: x)
    assert [point.measures for point in frontier] == [(0, 2), (2, 0)]
    assert len(frontier.outer) == 3


def test_objectives_that_agree_have_one_best_point() -> None:
    frontier = bi_objective_frontier(covering(), [COSTS[0], [2 * c for c in COSTS[0]]])
    assert [point.measures for point in frontier] == [(24, 48)]
    assert frontier.verify()


def test_refusals() -> None:
    programme = covering()
    with pytest.raises(SpecificationError, match="objectives"):
        bi_objective_frontier(programme, [COSTS[0]])
    with pytest.raises(SpecificationError, match="integer"):
        bi_objective_frontier(replace(programme, integer=frozenset({0})), COSTS)
    with pytest.raises(SolverError, match="time limit"):
        bi_objective_frontier(programme, COSTS, time_limit=0)
    with pytest.raises(UnboundedError, match="no bound") as caught:
        bi_objective_frontier(LinearProgramme.from_rows("min", [0], []), [[1], [-1]])
    assert caught.value.ray.verify()
