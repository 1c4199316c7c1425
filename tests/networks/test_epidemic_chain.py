"""Markov chains of contagion: by hand, against dense equations in fractions, and against theory."""

from __future__ import annotations

import json
import math
import pickle
from fractions import Fraction as F
from typing import Any

import networkx as nx
import numpy as np
import pytest
from oracles import epidemics as oracle
from scipy.linalg import expm

from gametheory.errors import InfeasibleError, SpecificationError, UnsupportedError
from gametheory.networks import (
    Epidemic,
    Network,
    extinction_time,
    final_size,
    infection_probabilities,
    mean_field_path,
    quasi_stationary_distribution,
    reach_probability,
)


def complete_graph_extinction(n: int, beta: F, gamma: F, start: int) -> F:
    """SIS on K_n is a birth-and-death chain: from k to k − 1 it takes Σ_{j ≥ k} Π_{k ≤ i < j} λ_i / Π_{k ≤ i ≤ j} μ_i."""
    up = [beta * k * (n - k) for k in range(n + 1)]
    down = [gamma * k for k in range(n + 1)]
    total = F(0)
    for k in range(1, start + 1):
        term = 1 / down[k]
        for j in range(k, n + 1):
            total += term
            term = term * up[j] / down[min(j + 1, n)]
    return total


@pytest.mark.parametrize(("n", "beta", "gamma"), [(2, F(1), F(1)), (4, F(1, 3), F(1, 2)), (6, F(2, 5), F(1))])
def test_complete_graph_is_a_birth_and_death_chain(n: int, beta: F, gamma: F) -> None:
    epidemic = Epidemic(nx.complete_graph(n), beta, gamma)
    for start in range(n + 1):
        assert extinction_time(epidemic, range(start)).value == complete_graph_extinction(n, beta, gamma, start)


def random_epidemic(seed: int, *, model: Any, time: Any) -> tuple[Epidemic, Any, Any]:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 4 if model == "SIR" or time == "discrete" else 5))
    weights = rng.integers(0, 4, (n, n)) * (1 - np.eye(n, dtype=int))
    beta = [F(int(k), 12) for k in rng.integers(1, 4, n)]
    gamma = [F(int(k), 6) for k in rng.integers(1, 7, n)]
    epidemic = Epidemic(Network.from_adjacency(weights, directed=True), beta, gamma, model=model, time=time)
    B = [[beta[i] * int(weights[j, i]) for j in range(n)] for i in range(n)]
    return epidemic, B, gamma


@pytest.mark.parametrize("time", ["continuous", "discrete"])
@pytest.mark.parametrize("seed", range(8))
def test_sis_against_dense_equations(seed: int, time: Any) -> None:
    epidemic, B, gamma = random_epidemic(seed, model="SIS", time=time)
    n = epidemic.num_nodes
    rule = {"immune": False, "rounds": time == "discrete"}
    start = ("I", *"S" * (n - 1))
    assert extinction_time(epidemic, [0]).value == oracle.extinction_time(B, gamma, start, **rule)
    for size in range(n + 1):
        expected = oracle.hitting_probability(B, gamma, start, lambda s, k=size: s.count("I") >= k, **rule)
        assert reach_probability(epidemic, [0], size).value == expected
    floats = Epidemic(
        epidemic.network, epidemic.transmission.floats(), epidemic.recovery.floats(), model="SIS", time=time
    )
    assert extinction_time(floats, [0]).value == pytest.approx(float(extinction_time(epidemic, [0])), rel=1e-10)
    assert extinction_time(floats, [0]).status == "numerical"


@pytest.mark.parametrize("time", ["continuous", "discrete"])
@pytest.mark.parametrize("seed", range(8))
def test_sir_against_dense_equations(seed: int, time: Any) -> None:
    epidemic, B, gamma = random_epidemic(seed, model="SIR", time=time)
    n = epidemic.num_nodes
    rule = {"immune": True, "rounds": time == "discrete"}
    start = (*"S" * (n - 1), "I")
    found = final_size(epidemic, [n - 1])
    assert sum(found.probabilities) == 1
    assert found.duration == oracle.extinction_time(B, gamma, start, **rule) == extinction_time(epidemic, [n - 1]).value
    for size in range(n + 1):
        expected = oracle.hitting_probability(B, gamma, start, lambda s, k=size: n - s.count("S") >= k, **rule)
        assert found.at_least(size) == expected == reach_probability(epidemic, [n - 1], size).value
    for i in range(n):
        expected = oracle.hitting_probability(B, gamma, start, lambda s, i=i: s[i] != "S", **rule)
        assert found.node_probabilities[i] == expected


def test_final_size_by_hand() -> None:
    """A star with the hub infected: given its infectious time T, leaves are infected independently with 1 − e^{−βT}."""
    for leaves in (1, 2, 3, 5):
        beta, gamma = F(2), F(3)
        found = final_size(Epidemic(nx.star_graph(leaves), beta, gamma, model="SIR"), [0])
        for k in range(leaves + 1):
            # E[C(m, k) (1 − x)^k x^{m−k}] with x = e^{−βT}, E x^j = γ / (γ + jβ).
            expected = math.comb(leaves, k) * sum(
                (-1) ** i * math.comb(k, i) * gamma / (gamma + (leaves - k + i) * beta) for i in range(k + 1)
            )
            assert found.probabilities[k + 1] == expected
    path = final_size(Epidemic(nx.path_graph(4), 2, 3, model="SIR"), [0])  # each step with probability β/(β + γ)
    p = F(2, 5)
    assert path.probabilities == (0, 1 - p, p * (1 - p), p**2 * (1 - p), p**3)
    assert path.node_probabilities == (1, p, p**2, p**3)
    assert path.mean == 1 + p + p**2 + p**3


def test_rounds_by_hand() -> None:
    """One node alone: geometric. Two nodes: recovered and infected again in one round."""
    assert extinction_time(Epidemic(nx.empty_graph(1), 0, "1/4", time="discrete"), [0]).value == 4
    pair = Epidemic(nx.path_graph(2), "1/2", 1, time="discrete")
    # From one: the other catches it or not. From both: each stays infected with 1/2, independently.
    # t1 = 1 + t1/2; t2 = 1 + t2/4 + t1/2.
    assert extinction_time(pair, [0]).value == 2
    assert extinction_time(pair, [0, 1]).value == F(8, 3)


@pytest.mark.parametrize("seed", range(4))
def test_transient_probabilities_against_the_exponential(seed: int) -> None:
    epidemic, B, gamma = random_epidemic(seed, model="SIS", time="continuous")
    n = epidemic.num_nodes
    states = oracle.reachable(B, gamma, ("I",) * n, immune=False, rounds=False)
    place = {s: k for k, s in enumerate(states)}
    Q = np.zeros((len(states),) * 2)
    for s, k in place.items():
        for to, rate in oracle.moves(B, gamma, s, immune=False, rounds=False).items():
            Q[k, place[to]] += float(rate)
            Q[k, k] -= float(rate)
    found = infection_probabilities(epidemic, range(n), [0, 0.5, 3])
    for k, t in enumerate((0, 0.5, 3)):
        row = expm(Q * t)[place[("I",) * n]]
        expected = [sum(p for s, p in zip(states, row, strict=True) if s[i] == "I") for i in range(n)]
        assert found[k] == pytest.approx(expected, abs=1e-10)


@pytest.mark.parametrize("time", ["continuous", "discrete"])
@pytest.mark.parametrize("seed", range(4))
def test_the_mean_field_bounds_the_chain_from_above(seed: int, time: Any) -> None:
    """Van Mieghem, Omic and Kooij 2009; Cator and Van Mieghem 2014."""
    graph = nx.gnp_random_graph(7, 0.5, seed=seed)
    epidemic = Epidemic(graph, 0.2, 0.3, time=time)
    times = [0, 1, 2, 5, 20]
    exact = infection_probabilities(epidemic, [0, 1], times)
    bound = mean_field_path(epidemic, times, initial=[0, 1]).infected
    assert (exact <= bound + 1e-8).all()
    assert (exact < bound - 1e-3).any()


def test_more_transmission_lasts_longer_and_reaches_further() -> None:
    """By coupling."""
    graph = nx.gnp_random_graph(5, 0.6, seed=1)
    rates = [F(k, 10) for k in range(1, 8)]
    times = [extinction_time(Epidemic(graph, b, 1), [0]).value for b in rates]
    chances = [reach_probability(Epidemic(graph, b, 1), [0], 4).value for b in rates]
    sizes = [final_size(Epidemic(graph, b, 1, model="SIR"), [0]).mean for b in rates]
    for values in (times, chances, sizes):
        assert values == sorted(set(values))


def test_quasi_stationary_distribution() -> None:
    """Two nodes by hand: the rate 2 − √2. In general a left eigenvector of dense Q."""
    pair = quasi_stationary_distribution(Epidemic(nx.path_graph(2), 1, 1))
    assert (2 - pair.upper) ** 2 < 2 < (2 - pair.lower) ** 2
    assert pair.certificate.verify()
    assert pair.mean == pytest.approx(math.sqrt(2))
    assert pair.size_probabilities == pytest.approx([0, 2 - math.sqrt(2), math.sqrt(2) - 1])
    for seed, time in ((1, "continuous"), (2, "discrete"), (3, "continuous")):
        epidemic = Epidemic(nx.complete_graph(4), 0.1 + 0.05 * seed, 0.4, time=time)
        found = quasi_stationary_distribution(epidemic)
        path = infection_probabilities(epidemic, range(4), [60, 61])
        still = path[1].sum() / path[0].sum()  # the decay of every probability is that of survival
        rate = 1 - still if time == "discrete" else -math.log(still)
        assert float(found.lower) == pytest.approx(rate, rel=1e-6)
        assert found.lower <= found.upper
        assert found.node_probabilities == pytest.approx([found.mean / 4] * 4)
        # From the quasi-stationary start, 1/rate is the expected time to extinction: between those from one and from all.
        assert (
            float(extinction_time(epidemic, [0])) < float(1 / found.upper) < float(extinction_time(epidemic, range(4)))
        )


def test_ten_nodes_in_floats() -> None:
    epidemic = Epidemic(nx.cycle_graph(10), 0.4, 1.0)
    found = extinction_time(epidemic, [0])
    assert found.residual < 1e-9
    assert 1 < found.value < 10
    assert final_size(Epidemic(nx.cycle_graph(10), 0.4, 1.0, model="SIR"), [0]).status == "numerical"


def test_nobody_infected() -> None:
    graph = nx.path_graph(3)
    assert extinction_time(Epidemic(graph, 1, 1), []).value == 0
    assert reach_probability(Epidemic(graph, 1, 1), [], 1).value == 0
    assert reach_probability(Epidemic(graph, 1, 1), [], 0).value == 1
    assert final_size(Epidemic(graph, 1, 1, model="SIR"), []).probabilities[0] == 1


def test_questions_without_an_answer() -> None:
    graph = nx.path_graph(3)
    for model in ("SIS", "SIR"):
        with pytest.raises(InfeasibleError, match="for ever"):
            extinction_time(Epidemic(graph, 1, [1, 0, 1], model=model), [0])
        assert extinction_time(Epidemic(graph, 0, [1, 0, 1], model=model), [0]).value == 1  # it is never infected
    with pytest.raises(UnsupportedError, match="floats"):
        extinction_time(Epidemic(nx.path_graph(9), 1, 1), [0])
    with pytest.raises(SpecificationError, match="GiB"):
        extinction_time(Epidemic(nx.path_graph(40), 1.0, 1.0), [0])
    with pytest.raises(SpecificationError, match="GiB"):
        final_size(Epidemic(nx.path_graph(40), 1.0, 1.0, model="SIR"), [0])
    with pytest.raises(UnsupportedError, match="no final size"):
        final_size(Epidemic(graph, 1, 1), [0])
    with pytest.raises(UnsupportedError, match="strongly connected"):
        quasi_stationary_distribution(Epidemic(nx.path_graph(3, create_using=nx.DiGraph), 1, 1))
    with pytest.raises(UnsupportedError, match="dwell"):
        quasi_stationary_distribution(Epidemic(graph, 1, 1, model="SIR"))
    with pytest.raises(UnsupportedError, match="SIS"):
        infection_probabilities(Epidemic(graph, 1, 1, model="SIR"), [0], [1])
    for times in ([], [1, 1], [-1]):
        with pytest.raises(SpecificationError, match="times"):
            infection_probabilities(Epidemic(graph, 1, 1), [0], times)
    with pytest.raises(SpecificationError, match="whole"):
        infection_probabilities(Epidemic(graph, 1, 1, time="discrete"), [0], [0.5])
    with pytest.raises(SpecificationError, match="size"):
        reach_probability(Epidemic(graph, 1, 1), [0], 4)
    with pytest.raises(SpecificationError, match="unknown node"):
        extinction_time(Epidemic(graph, 1, 1), ["z"])


def test_results_are_values() -> None:
    for make in (
        lambda b: extinction_time(Epidemic(nx.path_graph(3), b, 1), [0]),
        lambda b: final_size(Epidemic(nx.path_graph(3), b, 1, model="SIR"), [0]),
        lambda b: quasi_stationary_distribution(Epidemic(nx.path_graph(3), b, 1)),
    ):
        one, again, other = make(1), make(1), make(2)
        assert one == again != other
        assert hash(one) == hash(again)
        assert pickle.loads(pickle.dumps(one)) == one  # noqa: S301  # our own bytes
        json.dumps(one.to_dict(), allow_nan=False)
        assert type(one).__name__ in one._repr_html_()
        pytest.importorskip("pandas")
        assert len(one.to_frame())
