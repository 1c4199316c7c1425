"""Cheapest rates: closed forms, another optimiser, theorems, and a certificate that is told lies."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

import networkx as nx
import numpy as np
import pytest
from lies import lies
from scipy.optimize import minimize

from gametheory.certificates import read_certificate
from gametheory.errors import CertificateError, GameTheoryError, InfeasibleError, SolverError, SpecificationError
from gametheory.networks import Network, cheapest_rates

EIGHT = [
    [0, 1, 0, 0, 1, 0, 0, 1],
    [1, 0, 1, 0, 0, 0, 0, 0],
    [0, 1, 0, 1, 1, 0, 1, 1],
    [0, 0, 1, 0, 1, 0, 1, 1],
    [1, 0, 1, 1, 0, 0, 0, 1],
    [0, 0, 0, 0, 0, 0, 0, 1],
    [0, 0, 1, 1, 0, 0, 0, 1],
    [1, 0, 1, 1, 1, 1, 1, 0],
]


def slsqp(
    A: np.ndarray,
    beta_bounds: tuple[float, float],
    gamma_bounds: tuple[float, float],
    cost: Any,
    margin: float = 0.0,
    starts: int = 3,
) -> float:
    """The least cost found by sequential quadratic programming on the eigenvalue itself, from several starts."""
    n = len(A)
    best = np.inf
    rng = np.random.default_rng(0)

    def slack(x: np.ndarray) -> float:
        return -margin - max(np.linalg.eigvals(np.diag(x[:n]) @ A - np.diag(x[n:])).real)

    bounds = [beta_bounds] * n + [gamma_bounds] * n
    for _ in range(starts):
        start = np.array([rng.uniform(lo, lo + 0.3 * (hi - lo)) for lo, hi in bounds])
        start[n:] = gamma_bounds[1]
        found = minimize(
            cost,
            start,
            bounds=bounds,
            constraints={"type": "ineq", "fun": slack},
            options={"maxiter": 500, "ftol": 1e-12},
        )
        if found.success and slack(found.x) > -1e-7:
            best = min(best, found.fun)
    return float(best)


def contains(result: Any, value: float, *, within: float = 1e-7) -> bool:
    return float(result.lower) - within * abs(value) <= value <= float(result.upper) + within * abs(value)


# -- closed forms ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(5))
def test_without_binding_bounds_the_least_cost_is_twice_the_edges_over_delta(seed: int) -> None:
    # β_i = δ / deg(i) makes diag(β) A / δ a random walk, whose left and right vectors are deg and 1: by symmetry of A the
    # conditions of Karush, Kuhn and Tucker for Σ 1/β_i hold, so that the least cost is Σ deg(i) / δ = 2 m / δ.
    graph = nx.connected_watts_strogatz_graph(10, 4, 0.5, seed=seed)
    delta = Fraction(3, 2)
    rates = cheapest_rates(graph, transmission_bounds=("1/100", 10), recovery_bounds=(delta, delta))
    least = 2 * graph.number_of_edges() / delta
    assert rates.lower <= least <= rates.upper
    assert rates.gap < 1e-6
    assert np.allclose(rates.transmission.floats(), [1.5 / d for _, d in sorted(graph.degree)], rtol=1e-3)
    assert rates.shadow_price == pytest.approx(float(least / delta), rel=1e-4)  # minus the derivative of 2 m / δ
    assert rates.certificate.verify()


def test_published_numbers() -> None:
    complete = cheapest_rates(nx.complete_graph(6), transmission_bounds=(0.1, 0.9), recovery_bounds=(2, 2))
    star = cheapest_rates(nx.star_graph(4), transmission_bounds=(0.05, 0.9), recovery_bounds=(0.5, 0.5))
    eight = cheapest_rates(EIGHT, transmission_bounds=(0.02, 0.9), recovery_bounds=(1, 1))
    for rates, known in ((complete, 15), (star, 16), (eight, 28.01111111)):
        assert contains(rates, known)
        assert rates.gap < 1e-6
    assert star.transmission.floats() == pytest.approx([0.125, 0.5, 0.5, 0.5, 0.5], rel=1e-4)
    assert eight.at_bounds() == ("transmission of 5 at its upper bound",)


def test_weighted_and_directed_networks() -> None:
    # A directed cycle with weights w: ρ = (Π β_i w_i)^{1/n}. Least Σ 1/β_i at equal β: β = δ / (Π w)^{1/n}.
    network = Network.from_edges([(0, 1, 2), (1, 2, "1/4"), (2, 0, 2)], directed=True)
    rates = cheapest_rates(network, transmission_bounds=("1/100", 10), recovery_bounds=(1, 1))
    assert contains(rates, 3.0)
    # A tail that leads into and out of the cycle costs what it must: nothing is demanded of it.
    tail = Network.from_edges([(0, 1, 2), (1, 2, "1/4"), (2, 0, 2), (3, 0, 5), (1, 4, 5)], directed=True)
    longer = cheapest_rates(tail, transmission_bounds=("1/100", 10), recovery_bounds=(1, 1))
    assert contains(longer, 3.0 + 2 / 10)
    assert longer.certificate.verify()


# -- another optimiser -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
def test_against_sequential_quadratic_programming(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = 4
    A = rng.integers(0, 2, (n, n)) * rng.integers(1, 4, (n, n))
    A = np.where(np.eye(n) > 0, 0, np.maximum(A, np.roll(np.eye(n), 1, axis=1))).astype(int)  # strongly connected
    c, d = rng.uniform(0.5, 2, n).round(2), rng.uniform(0.5, 2, n).round(2)
    rates = cheapest_rates(
        Network.from_adjacency(A, directed=True),
        transmission_bounds=(0.05, 1.0),
        recovery_bounds=(0.2, 2.0),
        transmission_cost=[(c, -1)],
        recovery_cost=[(d, 1), (1, 2)],
        margin=0.1,
    )
    other = slsqp(A, (0.05, 1.0), (0.2, 2.0), lambda x: (c / x[:n]).sum() + (d * x[n:] + x[n:] ** 2).sum(), margin=0.1)
    assert float(rates.lower) <= other * (1 + 1e-9)
    assert contains(rates, other, within=1e-4)
    assert rates.gap < 1e-6


def test_recovery_cost_below_a_ceiling_against_sequential_quadratic_programming() -> None:
    A = nx.to_numpy_array(nx.path_graph(4))
    rates = cheapest_rates(
        A, transmission_bounds=(0.1, 0.8), recovery_bounds=(0.1, 0.9), recovery_cost=[(2, -1)], ceiling=1, margin="1/20"
    )
    other = slsqp(A, (0.1, 0.8), (0.1, 0.9), lambda x: (1 / x[:4]).sum() + (2 / (1 - x[4:])).sum(), margin=0.05)
    assert contains(rates, other, within=1e-4)
    assert rates.gap < 1e-6
    assert rates.certificate.verify()


# -- theorems ----------------------------------------------------------------------------------------------------------


def test_the_decay_is_tight_and_the_rates_are_within_bounds() -> None:
    rates = cheapest_rates(EIGHT, transmission_bounds=(0.02, 0.9), recovery_bounds=(1, 1))
    beta = rates.transmission.floats()
    assert max(abs(np.linalg.eigvals(np.diag(beta) @ np.array(EIGHT)))) == pytest.approx(1, abs=1e-8)
    assert rates.certificate.held.upper <= 0
    assert beta.min() >= 0.02
    assert beta.max() <= 0.9


def test_scaling_and_monotonicity() -> None:
    costs = {}
    for delta in (Fraction(1, 2), Fraction(1), Fraction(2)):
        bounds = (Fraction(1, 50) * delta, Fraction(9, 10) * delta)
        costs[delta] = cheapest_rates(EIGHT, transmission_bounds=bounds, recovery_bounds=(delta, delta))
    # All rates times δ: the cost Σ 1/β is divided by δ.
    for delta, rates in costs.items():
        assert contains(rates, 28.011111111 / float(delta))
    fixed = [
        float(cheapest_rates(EIGHT, transmission_bounds=(0.02, 0.9), recovery_bounds=(d, d)).upper)
        for d in (0.5, 1, 1.5, 3)
    ]
    assert fixed == sorted(fixed, reverse=True)


def test_relabelling_changes_nothing() -> None:
    order = [3, 1, 7, 0, 2, 6, 5, 4]
    turned = np.array(EIGHT)[np.ix_(order, order)]
    a, b = (
        cheapest_rates(matrix, transmission_bounds=(0.02, 0.9), recovery_bounds=(1, 1)) for matrix in (EIGHT, turned)
    )
    assert float(a) == pytest.approx(float(b), rel=1e-7)


def test_where_nothing_spreads_the_cheapest_rates_are_free() -> None:
    line = Network.from_edges([(0, 1), (1, 2)], directed=True)
    rates = cheapest_rates(line, transmission_bounds=(0.1, 0.5), recovery_bounds=(0.1, 1), recovery_cost=[(1, 1)])
    assert contains(rates, 3 * 2 + 0.3)
    assert rates.shadow_price == pytest.approx(0, abs=1e-6)


# -- refusals ----------------------------------------------------------------------------------------------------------


def test_infeasible_with_evidence() -> None:
    with pytest.raises(InfeasibleError, match="decays too slowly") as caught:
        cheapest_rates(EIGHT, transmission_bounds=("1/2", 1), recovery_bounds=(1, 1))
    certificate = caught.value.certificate
    assert certificate.lower > 0
    assert certificate.verify()
    with pytest.raises(SolverError, match="no room to spare"):
        cheapest_rates(nx.complete_graph(3), transmission_bounds=("1/2", 1), recovery_bounds=(1, 1))


@pytest.mark.parametrize(
    "changes",
    [
        {"transmission_bounds": (0, 1)},
        {"transmission_bounds": (1, "1/2")},
        {"transmission_bounds": ([0.1, 0.2], 1)},
        {"recovery_bounds": ("1/10", 1), "margin": "1/10"},
        {"margin": -1},
        {"transmission_cost": [(-1, -1)]},
        {"transmission_cost": [(1, 0)]},
        {"transmission_cost": [(1, 0.5)]},
        {"transmission_cost": [1]},
        {"transmission_cost": []},
        {"recovery_cost": [(1, -1)]},
        {"recovery_cost": [(1, 1)], "ceiling": 2},
        {"ceiling": "1/2"},
        {"margin": float("nan")},
    ],
)
def test_what_is_refused(changes: dict[str, Any]) -> None:
    given = {"transmission_bounds": ("1/100", 1), "recovery_bounds": (1, 1), **changes}
    with pytest.raises(SpecificationError):
        cheapest_rates(nx.path_graph(3), **given)


# -- lies --------------------------------------------------------------------------------------------------------------


def test_results_can_be_written_and_read_back() -> None:
    rates = cheapest_rates(nx.path_graph(3), transmission_bounds=("1/100", 2), recovery_bounds=(1, 1))
    assert read_certificate(json.dumps(rates.certificate.to_dict())).verify()
    json.dumps(rates.to_dict())
    assert len(rates.to_frame()) == 3
    assert "certified" in repr(rates)


def test_lies_about_rates_are_not_believed() -> None:
    base = cheapest_rates(
        nx.path_graph(3), transmission_bounds=("1/10", 2), recovery_bounds=("1/2", 2), recovery_cost=[(1, 1)]
    ).certificate.to_dict()
    believed = 0
    for what, data in lies([base], 400, 11):
        try:
            certificate: Any = read_certificate(data)
            certificate.verify()
        except GameTheoryError:
            continue
        believed += 1
        problem = certificate.problem
        A = np.zeros((3, 3))
        A[problem.network.rows, problem.network.columns] = problem.network.entries.floats()
        beta, gamma = certificate.transmission.floats(), certificate.recovery.floats()
        assert max(np.linalg.eigvals(np.diag(beta) @ A - np.diag(gamma)).real) <= -float(problem.margin) + 1e-9, what

        def cost(x: np.ndarray, problem: Any = problem) -> float:
            parts = problem.cost_parts([Fraction(v) for v in x[:3]], [Fraction(v) for v in x[3:]])
            return float(sum(f + g for f, _, g, _ in parts))

        assert cost(np.r_[beta, gamma]) <= float(certificate.upper) * (1 + 1e-12), what
        # Points near these rates that contain the cascade too must not undercut the lower bound.
        rng = np.random.default_rng(1)
        for _ in range(20):
            point = np.r_[beta, gamma] * np.exp(rng.normal(0, 0.05, 6))
            low = np.r_[problem.transmission_lower.floats(), problem.recovery_lower.floats()]
            high = np.r_[problem.transmission_upper.floats(), problem.recovery_upper.floats()]
            point = np.clip(point, low, high)
            growth = max(np.linalg.eigvals(np.diag(point[:3]) @ A - np.diag(point[3:])).real)
            if growth <= -float(problem.margin):
                assert cost(point) >= float(certificate.lower) * (1 - 1e-9), what
    assert believed


def test_a_lower_bound_that_is_too_good_is_refused() -> None:
    rates = cheapest_rates(nx.star_graph(4), transmission_bounds=("1/20", 2), recovery_bounds=("1/2", "1/2"))
    data = rates.certificate.to_dict()
    for key, value in (("lower", "161/10"), ("upper", "159/10")):
        with pytest.raises(CertificateError):
            read_certificate({**data, key: value}).verify()
