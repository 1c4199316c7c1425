"""Thresholds of contagion on networks: closed forms, equality decided, numpy, theory; malformed input."""

from __future__ import annotations

import json
import math
import pickle
from fractions import Fraction as F
from typing import Any

import networkx as nx
import numpy as np
import pytest

from gametheory.errors import SpecificationError, UnboundedError, UndecidedError, UnsupportedError
from gametheory.networks import (
    Epidemic,
    Network,
    extinction_threshold,
    growth_rate,
    is_extinct,
    mean_field_path,
    reproduction_number,
)


@pytest.mark.parametrize(
    ("graph", "radius"),
    [(nx.star_graph(9), 3), (nx.complete_graph(5), 4), (nx.cycle_graph(8), 2), (nx.petersen_graph(), 3)],
)
@pytest.mark.parametrize("time", ["continuous", "discrete"])
def test_equal_rates_the_threshold_is_one_over_the_radius(graph: nx.Graph, radius: int, time: Any) -> None:
    beta = F(1, 10)
    hair = F(1, 10**20)
    at = beta * radius
    for gamma, dies in ((at - hair, False), (at, True), (at + hair, True)):
        verdict = is_extinct(Epidemic(graph, beta, gamma, time=time))
        assert bool(verdict) is dies
        assert verdict.witness.bounds.certificate.verify()
        assert verdict.gain == radius * beta - gamma
    assert extinction_threshold(Epidemic(graph, 1, 1)).lower == F(1, radius)
    assert reproduction_number(Epidemic(graph, beta, "1/7")).upper == radius * beta * 7
    assert growth_rate(Epidemic(graph, beta, "1/7", model="SIR")).lower == radius * beta - F(1, 7)


@pytest.mark.parametrize("seed", range(20))
def test_heterogeneous_rates_against_numpy(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 9))
    A = rng.random((n, n)) * (rng.random((n, n)) < 0.5)
    np.fill_diagonal(A, 0)
    beta, gamma = rng.random(n), rng.random(n) + 0.1
    epidemic = Epidemic(Network.from_adjacency(A, directed=True), beta, gamma)
    M = np.diag(beta) @ A.T - np.diag(gamma)
    expected = np.linalg.eigvals(M).real.max()
    found = growth_rate(epidemic)
    assert float(found) == pytest.approx(expected, abs=1e-9)
    assert found.certificate.verify()
    assert is_extinct(epidemic).status == ("no" if expected > 0 else "yes")
    ratio = float(np.abs(np.linalg.eigvals(np.diag(1 / gamma) @ np.diag(beta) @ A.T)).max())
    assert float(reproduction_number(epidemic)) == pytest.approx(ratio, abs=1e-8)
    assert (ratio > 1) == (expected > 0)
    if ratio > 1e-6:
        factor = extinction_threshold(epidemic)
        assert float(factor) == pytest.approx(1 / ratio, rel=1e-8)
        for scale, dies in ((factor.lower * F(99, 100), True), (factor.upper * F(101, 100), False)):
            scaled = [F(b) * scale for b in beta.tolist()]
            exact = Epidemic(epidemic.network.exact(), scaled, [F(g) for g in gamma.tolist()])
            assert bool(is_extinct(exact)) is dies


def test_direction_matters_for_who_but_not_for_the_threshold() -> None:
    arcs = [(0, 1), (1, 2), (2, 0), (2, 3)]
    rates = ["1/2", "1/3", "1/4", "1/5"]
    forward = Epidemic(Network.from_edges(arcs, directed=True), rates, 1)
    B = forward.transmission_matrix()
    entry = {(int(i), int(j)): x for i, j, x in zip(B.rows, B.columns, B.entries.fractions(), strict=True)}
    assert entry == {(1, 0): F(1, 3), (2, 1): F(1, 4), (0, 2): F(1, 2), (3, 2): F(1, 5)}
    assert float(growth_rate(forward)) == pytest.approx((1 / 24) ** (1 / 3) - 1)


def test_at_the_threshold_it_dies_out_unless_it_is_kept_for_ever() -> None:
    """Growth rate 0 exactly: a node that never recovers, or a token passed round a cycle, stays."""
    isolated = Network.from_edges([(0, 1)], nodes=3)
    assert not is_extinct(Epidemic(isolated, "1/10", [1, 1, 0]))
    two_critical = Network.from_edges([(0, 1), (1, 0), (1, 2), (2, 3), (3, 2)], directed=True)
    assert is_extinct(Epidemic(two_critical, 1, 1))
    cycle = Network.from_edges([(0, 1), (1, 2), (2, 0)], directed=True)
    assert is_extinct(Epidemic(cycle, 1, 1))
    token = Epidemic(cycle, 1, 1, time="discrete")
    assert not is_extinct(token)
    assert mean_field_path(token, [300, 301], initial=[0]).infected.tolist() == [[1, 0, 0], [0, 1, 0]]
    assert not is_extinct(Epidemic(nx.path_graph(2), 1, 1, time="discrete"))
    assert is_extinct(Epidemic(nx.path_graph(2), "1/2", "1/2", time="discrete"))
    halved = Network.from_edges([(0, 1), (0, 2, 1), (1, 3), (2, 3), (3, 0, "1/2")], directed=True)
    assert is_extinct(Epidemic(halved, 1, 1, time="discrete"))
    kept = mean_field_path(Epidemic(halved, 1, 1, time="discrete"), [3000], initial=[0]).prevalence[0]
    assert 0 < kept < 0.01


@pytest.mark.parametrize("time", ["continuous", "discrete"])
def test_the_verdict_is_what_the_mean_field_does(time: Any) -> None:
    graph = nx.gnp_random_graph(12, 0.3, seed=5)
    for beta in (F(1, 30), F(1, 5)):
        epidemic = Epidemic(graph, beta, "1/4", time=time)
        late = mean_field_path(epidemic, [500], initial=range(12)).prevalence[0]
        assert (late < 1e-6) == bool(is_extinct(epidemic))


def test_floats_near_the_threshold_are_doubtful() -> None:
    near = Epidemic(nx.complete_graph(4), 0.1, 0.3 - 1e-12)
    with pytest.raises(UndecidedError, match=r"pass tol= .*'1/10'"):
        bool(is_extinct(near))
    assert is_extinct(near, tol=1e-9)
    assert not is_extinct(Epidemic(nx.complete_graph(4), 0.1, 0.2))
    exact = Epidemic(nx.complete_graph(4), "1/10", F(3, 10) - F(1, 10**12))
    assert is_extinct(exact, tol=1e-9)
    assert not is_extinct(exact)


def test_large_networks() -> None:
    graph = nx.barabasi_albert_graph(3000, 2, seed=0)
    epidemic = Epidemic(graph, 0.05, 1.0)
    assert is_extinct(epidemic)
    assert not is_extinct(Epidemic(graph, 0.2, 1.0))
    regular = Epidemic(nx.random_regular_graph(3, 2000, seed=0), "1/3", 1)
    assert bool(is_extinct(regular)) is True
    rng = np.random.default_rng(0)
    many = Epidemic(graph, rng.random(3000) * 0.01, rng.random(3000) + 0.5)
    assert is_extinct(many)
    with pytest.raises(UnsupportedError, match="common denominator"):
        reproduction_number(many)


BAD: dict[str, Any] = {
    "write 'SIS' or 'SIR'": lambda g: Epidemic(g, 1, 1, model="SEIR"),
    "'continuous' or 'discrete'": lambda g: Epidemic(g, 1, 1, time="rounds"),
    "rates are ≥ 0": lambda g: Epidemic(g, -1, 1),
    "one for each of 3 nodes": lambda g: Epidemic(g, [1, 2], 1),
    "nan": lambda g: Epidemic(g, math.nan, 1),
    "probabilities ≤ 1": lambda g: Epidemic(g, 1, 2, time="discrete"),
    "times weight": lambda g: Epidemic([[0, 2], [2, 0]], 1, 1, time="discrete"),
    "truth value": lambda g: Epidemic(g, True, 1),
    "tol: found": lambda g: is_extinct(Epidemic(g, 1, 1), tol=-1),
}


@pytest.mark.parametrize("message", BAD)
def test_malformed(message: str) -> None:
    with pytest.raises(SpecificationError, match=message):
        BAD[message](nx.path_graph(3))


def test_questions_without_an_answer() -> None:
    with pytest.raises(UnsupportedError, match="always ends"):
        is_extinct(Epidemic(nx.path_graph(3), 1, 1, model="SIR"))
    with pytest.raises(UnsupportedError, match="never recovers"):
        reproduction_number(Epidemic(nx.path_graph(3), 1, 0))
    with pytest.raises(UnboundedError, match="no cycle"):
        extinction_threshold(Epidemic(nx.path_graph(3, create_using=nx.DiGraph), 1, 1))


def test_results_are_values() -> None:
    epidemic = Epidemic(nx.path_graph(3), ["1/2", 1, 2], 0.5)
    again = pickle.loads(pickle.dumps(epidemic))  # noqa: S301  # our own bytes
    assert again == epidemic != Epidemic(nx.path_graph(3), 1, 0.5)
    assert hash(again) == hash(epidemic)
    assert epidemic.arithmetic == "float"
    measure = growth_rate(epidemic)
    assert measure == growth_rate(again)
    for result in (epidemic, measure, growth_rate(Epidemic(nx.path_graph(3), 1, 0))):
        json.dumps(result.to_dict(), allow_nan=False)
        assert type(result).__name__ in result._repr_html_()
        pytest.importorskip("pandas")
        assert len(result.to_frame())
