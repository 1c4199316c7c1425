"""The sandwich on shapes with known frontiers: distance, order of the number of calls, exactness, honesty."""

from __future__ import annotations

import itertools
import math
import random
from dataclasses import replace
from fractions import Fraction as F

import pytest
from optimize_examples import COSTS, covering

from gametheory.errors import SolverError, SpecificationError
from gametheory.optimize import Support, bi_objective_frontier, sandwich_frontier, solve_exact, weighted_programme


def disk(w):
    """Radius 1 around (1, 1), both minimised."""
    size = math.hypot(*w)
    return Support(measures=(1 - w[0] / size, 1 - w[1] / size), bound=w[0] + w[1] - size)


def counted(oracle):
    def asked(w):
        asked.calls += 1
        assert sum(map(abs, w)) == pytest.approx(1)
        return oracle(w)

    asked.calls = 0
    return asked


def distance_to_hull(target, points) -> float:
    """From a point to all that is at least some mixture: by looking at every chord, and the rays at both ends."""
    x, y = target
    best = math.hypot(max(points[0][0] - x, 0), max(points[-1][1] - y, 0))
    best = min(best, *(math.hypot(max(a - x, 0), max(b - y, 0)) for a, b in points))
    for (a, b), (c, d) in itertools.pairwise(points):
        if (b - y) * (c - a) <= (x - a) * (b - d) and a <= x <= c:
            return 0.0
        share = min(1.0, max(0.0, ((x - a) * (c - a) + (y - b) * (d - b)) / ((c - a) ** 2 + (d - b) ** 2)))
        best = min(best, math.hypot(a + share * (c - a) - x, b + share * (d - b) - y))
    return best


@pytest.mark.parametrize(("epsilon", "usual"), [(1e-2, 15), (1e-3, 63), (1e-4, 127), (1e-5, 511)])
def test_the_disk_within_epsilon_and_calls_of_the_right_order(epsilon, usual) -> None:
    oracle = counted(disk)
    frontier = sandwich_frontier(oracle, epsilon=epsilon, measures=("x", "y"))
    assert 0 < frontier.epsilon <= epsilon
    assert oracle.calls <= usual + 2
    assert [p.measures for p in (frontier[0], frontier[-1])] == [(0, 1), (1, 0)]
    assert frontier.status == "numerical"
    points = [p.measures for p in frontier]
    worst = 0.0
    for k in range(1, 200):
        angle = math.pi / 2 * k / 200
        true = (1 - math.cos(angle), 1 - math.sin(angle))
        assert not frontier.is_beyond((true[0] + 1e-15, true[1] + 1e-15)), "cuts hold for all of the disk"
        worst = max(worst, distance_to_hull(true, points))
    assert worst <= frontier.epsilon
    assert all(not frontier.is_beyond(m) for m in points)


def test_disk_areas_with_and_without_mixing() -> None:
    """At 10⁻⁶ the hull misses less than 10⁻⁶ of π/4; at 10⁻⁴ the staircase of 65 points has 0.7792, of more points more."""
    fine = sandwich_frontier(disk, epsilon=1e-6)
    assert abs(fine.hypervolume((1, 1)) - math.pi / 4) < 1e-6
    coarse = sandwich_frontier(disk, epsilon=1e-4)
    assert 0.7853 < coarse.hypervolume((1, 1)) < math.pi / 4
    assert 0.7792 < coarse.hypervolume((1, 1), mixing=False) < 0.7835


def zdt1(w):
    """f₂ = 1 − √f₁ on [0, 1], convex: the point where w₁ = w₂ / (2 √f₁)."""
    x = 1.0 if w[0] == 0 else min(1.0, (w[1] / (2 * w[0])) ** 2)
    y = 1 - math.sqrt(x)
    return Support(measures=(x, y), bound=w[0] * x + w[1] * y)


def test_a_published_convex_front() -> None:
    frontier = sandwich_frontier(zdt1, epsilon=1e-5)
    volume = frontier.hypervolume((1.1, 1.1))
    assert volume < 263 / 300 < volume + 2e-5
    assert all(frontier.is_beyond((x, 1 - math.sqrt(x) - 1e-4)) for x in (0.1, 0.3, 0.7))


def test_the_dent_of_a_concave_front_is_not_claimed() -> None:
    """f₂ = 1 − f₁²: weighted sums find the two ends alone; with mixing their chord is the frontier."""

    def oracle(w):
        end = min([(0.0, 1.0), (1.0, 0.0)], key=lambda m: w[0] * m[0] + w[1] * m[1])
        return Support(measures=end, bound=w[0] * end[0] + w[1] * end[1])

    frontier = sandwich_frontier(oracle, epsilon=1e-6)
    assert [p.measures for p in frontier] == [(0, 1), (1, 0)]
    assert frontier.hypervolume((1.1, 1.1)) == pytest.approx(1.1**2 - 0.5)


@pytest.mark.parametrize("senses", [("max", "max"), ("min", "max"), ("max", "min")])
def test_maximised_measures_are_turned(senses) -> None:
    signs = [1 if s == "min" else -1 for s in senses]

    def oracle(w):
        assert all(x * s >= 0 for x, s in zip(w, signs, strict=True))
        found = disk([x * s for x, s in zip(w, signs, strict=True)])
        return replace(found, measures=tuple(x * s for x, s in zip(found.measures, signs, strict=True)))

    turned, straight = (sandwich_frontier(o, epsilon=1e-3, senses=s) for o, s in ((oracle, senses), (disk, None)))
    expected = sorted(tuple(x * s for x, s in zip(p.measures, signs, strict=True)) for p in straight)
    assert [p.measures for p in turned] == expected
    assert turned.epsilon == straight.epsilon


def test_an_exact_oracle_gives_an_exact_certified_frontier() -> None:
    programme = covering()
    objectives = [type(programme.objective).of_integers(c) for c in COSTS]

    def oracle(w):
        assert all(isinstance(x, F) for x in w)
        solution = solve_exact(weighted_programme(programme, objectives, ("min", "min"), w))
        measures = tuple(sum(c * x for c, x in zip(cost, solution.primal.fractions(), strict=True)) for cost in COSTS)
        return Support(
            measures=measures, bound=solution.value, decision=solution.primal, certificate=solution.certificate
        )

    frontier = sandwich_frontier(oracle, epsilon=0)
    exact = bi_objective_frontier(programme, COSTS)
    assert {p.measures for p in exact} <= {p.measures for p in frontier}
    assert frontier.hypervolume((60, 120)) == exact.hypervolume((60, 120))
    assert (frontier.epsilon, frontier.status) == (0, "certified")
    assert frontier.verify()
    for point in frontier:
        assert programme.infeasibility(point.decision) is None


def test_random_polygons_against_their_corners() -> None:
    rng = random.Random(7)
    for _ in range(20):
        corners = [(F(rng.randint(0, 60), 7), F(rng.randint(0, 60), 7)) for _ in range(rng.randint(1, 9))]

        def oracle(w, corners=corners):
            bound, best = min((w[0] * x + w[1] * y, (x, y)) for x, y in corners)
            return Support(measures=best, bound=bound)

        exact = sandwich_frontier(oracle, epsilon=0)
        assert exact.epsilon == 0
        for m in corners:
            assert not exact.is_beyond(m)
        floats = sandwich_frontier(
            lambda w, ask=oracle: replace(
                ask(w), measures=tuple(map(float, ask(w).measures)), bound=float(ask(w).bound)
            ),
            epsilon=1e-9,
        )
        assert float(exact.hypervolume((9, 9))) == pytest.approx(floats.hypervolume((9, 9)), abs=1e-6)


def test_loose_bounds_are_measured_and_too_loose_ones_refused() -> None:
    def loose(w):
        found = disk(w)
        return replace(found, bound=found.bound - 1e-3)

    frontier = sandwich_frontier(loose, epsilon=1e-2)
    assert 1e-3 < frontier.epsilon <= 1e-2
    with pytest.raises(SolverError, match="away from its points") as caught:
        sandwich_frontier(loose, epsilon=5e-4)
    assert caught.value.best.epsilon > 5e-4
    with pytest.raises(SolverError, match="max_calls") as caught:
        sandwich_frontier(disk, epsilon=1e-6, max_calls=20)
    assert 1e-6 < caught.value.best.epsilon < 1e-2


def test_bounds_that_points_refute_are_lowered() -> None:
    """A bound too high by 10⁻⁶ would declare points out of reach that the oracle itself has reached."""

    def wrong(w):
        found = disk(w)
        return replace(found, bound=found.bound + 1e-6)

    frontier = sandwich_frontier(wrong, epsilon=1e-3)
    assert all(not frontier.is_beyond(p.measures) for p in frontier)
    told: list[tuple[int, float]] = []
    sandwich_frontier(disk, epsilon=1e-3, progress=lambda calls, away: told.append((calls, away)))
    assert told[-1][1] <= 1e-3


def test_malformed_requests_are_refused() -> None:
    with pytest.raises(SpecificationError, match="epsilon"):
        sandwich_frontier(disk, epsilon=-1)
    with pytest.raises(SpecificationError, match="measures"):
        sandwich_frontier(lambda w: Support(measures=(1, 2, 3), bound=0), epsilon=1)
    with pytest.raises(SpecificationError):
        sandwich_frontier(lambda w: Support(measures=(math.nan, 2), bound=0), epsilon=1)
    with pytest.raises(SpecificationError, match="senses"):
        sandwich_frontier(disk, epsilon=1, senses=["min"])
