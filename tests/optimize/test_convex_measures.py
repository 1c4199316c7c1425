"""Frontiers of cvxpy programmes: balls, exponential cones, geometric programmes, against closed forms."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest

from gametheory.errors import InfeasibleError, SolverError, SpecificationError
from gametheory.optimize import convex_frontier

cvxpy = pytest.importorskip("cvxpy")


def test_the_disk_through_a_solver() -> None:
    x = cvxpy.Variable(2, name="x")
    frontier = convex_frontier([x[0], x[1]], [cvxpy.norm(x - 1) <= 1], epsilon=1e-3, measures=["a", "b"])
    assert frontier.epsilon <= 1e-3
    assert frontier.status == "numerical"
    assert 0 <= math.pi / 4 - frontier.hypervolume((1, 1)) < 1e-3
    for point in frontier:
        assert np.linalg.norm(point.decision["x"] - 1) <= 1 + 1e-6
        assert point.decision["x"] == pytest.approx(point.measures, abs=1e-12)
        assert not frontier.is_beyond(point.measures)
    for k in range(101):
        a = math.pi / 2 * k / 100
        assert not frontier.is_beyond((1 - math.cos(a) + 1e-7, 1 - math.sin(a) + 1e-7))


@pytest.mark.parametrize(("size", "epsilon"), [(3, 0.05), (3, 0.02), (4, 0.2)])
def test_the_ball_has_every_outer_vertex_within_epsilon(size, epsilon) -> None:
    """‖x − 1‖ ≤ 1: y is at least something in the ball iff ‖max(1 − y, 0)‖ ≤ 1."""
    x = cvxpy.Variable(size)
    told: list[tuple[int, float]] = []
    frontier = convex_frontier(list(x), [cvxpy.norm(x - 1) <= 1], epsilon=epsilon, progress=lambda *n: told.append(n))
    assert 0 < frontier.epsilon <= epsilon
    assert told
    points = np.array([p.measures for p in frontier])
    assert np.all(np.linalg.norm(points - 1, axis=1) <= 1 + 1e-6)
    cuts = [(-np.array(cut.normal), -cut.bound) for cut in frontier.outer]
    for w, bound in cuts:
        assert np.all(w >= 0)
        least = w.sum() - np.linalg.norm(w)  # of w·y over the ball
        assert least - 1e-4 <= bound <= least + 1e-7, "a supporting line"
    rng = np.random.default_rng(size)
    for _ in range(300):  # a random vertex of the outer set in a random direction
        direction = np.abs(rng.normal(size=size))
        direction /= direction.sum()
        true = 1 - direction / np.linalg.norm(direction)
        assert not frontier.is_beyond(tuple(true + 1e-6))
        # from the ball's surface the inner hull is at most epsilon away along the diagonal: some mixture is below
        assert hull_value(points, true + epsilon + 1e-9) <= 0


def hull_value(points: np.ndarray, target: np.ndarray) -> float:
    """min over mixtures of the largest excess above ``target``, by HiGHS."""
    from scipy.optimize import linprog

    count, size = points.shape
    rows = np.hstack([points.T, -np.ones((size, 1))])
    cost = np.zeros(count + 1)
    cost[-1] = 1
    done = linprog(
        cost,
        A_ub=rows,
        b_ub=target,
        A_eq=[[*np.ones(count), 0]],
        b_eq=[1],
        bounds=[*([(0, None)] * count), (None, None)],
    )
    return float(done.fun)


def test_maximised_concave_measures_and_an_exponential_cone() -> None:
    """Entropy against mean reward of a distribution: the frontier is the family of exponential tilts."""
    reward = np.array([0.0, 1.0, 3.0])
    p = cvxpy.Variable(3, nonneg=True, name="p")
    frontier = convex_frontier(
        [reward @ p, cvxpy.sum(cvxpy.entr(p))],
        [cvxpy.sum(p) == 1],
        senses=["max", "max"],
        epsilon=2e-3,
        measures=["reward", "entropy"],
    )
    assert frontier.epsilon <= 2e-3
    inner = [p.measures for p in frontier]
    for t in (0.0, 0.3, 1.0, 2.0):
        q = np.exp(t * reward)
        q /= q.sum()
        mean, entropy = float(reward @ q), float(-(q * np.log(q)).sum())
        assert not frontier.is_beyond((mean - 1e-6, entropy - 1e-6))
        best = float(np.interp(mean, [a for a, _ in inner], [b for _, b in inner]))
        slope = max(t, 1.0)
        assert entropy - best <= 2e-3 * math.hypot(1, slope)
    with pytest.raises(SpecificationError, match=r"objectives\[1\]"):
        convex_frontier([reward @ p, cvxpy.sum(cvxpy.entr(p))], [cvxpy.sum(p) == 1], epsilon=1e-2)


def test_a_geometric_programme_is_within_epsilon_in_logarithms() -> None:
    """A box of volume 1: minimise its floor h w and its walls 2 d (h + w); then h = w and the walls are 4/√floor."""
    h, w, d = (cvxpy.Variable(pos=True, name=n) for n in "hwd")
    limits = [h * w * d >= 1, h <= 10, w <= 10, h >= 0.1, w >= 0.1]
    frontier = convex_frontier(
        [h * w, 2 * d * (h + w)], limits, epsilon=1e-4, scale="logarithmic", measures=["floor", "walls"]
    )
    assert frontier.measures == ("log floor", "log walls")
    assert frontier.epsilon <= 1e-4
    for point in frontier:
        floor, walls = (math.exp(x) for x in point.measures)
        assert walls == pytest.approx(4 / math.sqrt(floor), rel=1e-5)
        sizes = point.decision
        assert float(sizes["h"] * sizes["w"]) == pytest.approx(floor, rel=1e-9)
    for floor in (0.02, 1.0, 50.0):
        assert frontier.is_beyond((math.log(floor), math.log(4 / math.sqrt(floor)) - 3e-4))
        assert not frontier.is_beyond((math.log(floor), math.log(4 / math.sqrt(floor)) + 1e-6))


def test_a_curved_geometric_programme_and_three_measures() -> None:
    """Two rates with 1/a + 1/b limited: minimise a and b; in logarithms log(e^−x + e^−y) ≤ 0, a smooth convex curve."""
    a, b = (cvxpy.Variable(pos=True, name=n) for n in "ab")
    frontier = convex_frontier([a, b], [1 / a + 1 / b <= 1, a <= 50, b <= 50], epsilon=1e-3, scale="logarithmic")
    assert len(frontier) > 5
    assert frontier.epsilon <= 1e-3
    for point in frontier:
        x, y = point.measures
        assert math.exp(-x) + math.exp(-y) == pytest.approx(1, abs=1e-6)
    c = cvxpy.Variable(pos=True, name="c")
    three = convex_frontier(
        [a, b, c], [1 / a + 1 / b + 1 / c <= 1, a <= 20, b <= 20, c <= 20], epsilon=0.1, scale="logarithmic"
    )
    assert 0 < three.epsilon <= 0.1
    rng = random.Random(1)
    for _ in range(100):
        shares = [rng.random() + 0.1 for _ in range(3)]
        true = [math.log(sum(shares) / s) for s in shares]
        assert not three.is_beyond(tuple(t + 1e-6 for t in true))
        assert hull_value(np.array([p.measures for p in three]), np.array(true) + 0.1 + 1e-6) <= 0


def test_refusals() -> None:
    x = cvxpy.Variable(2)
    with pytest.raises(SpecificationError, match="epsilon"):
        convex_frontier([x[0], x[1]], [cvxpy.norm(x) <= 1], epsilon=0)
    with pytest.raises(SpecificationError, match="scale"):
        convex_frontier([x[0], x[1]], [cvxpy.norm(x) <= 1], epsilon=1, scale="log")  # type: ignore[arg-type]
    with pytest.raises(SpecificationError, match="objectives"):
        convex_frontier([x[0]], [cvxpy.norm(x) <= 1], epsilon=1)
    with pytest.raises(SpecificationError, match=r"objectives\[0\]"):
        convex_frontier([cvxpy.sqrt(x[0]), x[1]], [cvxpy.norm(x) <= 1], epsilon=1)
    with pytest.raises(InfeasibleError):
        convex_frontier([x[0], x[1]], [cvxpy.norm(x) <= 1, x[0] >= 2], epsilon=1)
    with pytest.raises(SolverError, match="dual objective"):
        convex_frontier([x[0], x[1]], [x >= 0, x <= 1], epsilon=1e-3, solvers=["HIGHS"])
