"""Simulated contagion: inside intervals around exact chains, the same for any number of workers, bounded by theory."""

from __future__ import annotations

import json
import math
import pickle
from typing import Any

import networkx as nx
import numpy as np
import pytest

from gametheory.errors import SpecificationError, UnsupportedError
from gametheory.networks import (
    Epidemic,
    Network,
    extinction_time,
    final_size,
    infection_probabilities,
    mean_field_path,
    reach_probability,
    simulate_epidemic,
)

SURE = 0.9999  # of twenty-odd intervals none should miss; seeds are fixed besides


def inside(interval: tuple[float, float], value: Any) -> bool:
    return interval[0] <= float(value) <= interval[1]


def uneven(seed: int, **options: Any) -> Epidemic:
    """Directed, weighted, with rates of its own for each node."""
    rng = np.random.default_rng(seed)
    A = rng.random((5, 5)) * (rng.random((5, 5)) < 0.7)
    np.fill_diagonal(A, 0)
    return Epidemic(Network.from_adjacency(A, directed=True), rng.random(5) * 0.6, rng.random(5) * 0.5 + 0.3, **options)


EVEN = nx.gnp_random_graph(6, 0.5, seed=2)


@pytest.mark.parametrize("time", ["continuous", "discrete"])
@pytest.mark.parametrize("even", [True, False])
def test_sir_agrees_with_the_chain(time: Any, even: bool) -> None:
    epidemic = Epidemic(EVEN, 0.3, 0.5, model="SIR", time=time) if even else uneven(1, model="SIR", time=time)
    n = epidemic.num_nodes
    found = simulate_epidemic(
        epidemic, num_runs=8000, rng=1, initial=[0], share=3 / n, count="ever infected", times=[0, 1, 2]
    )
    exact = final_size(epidemic, [0])
    assert found.unfinished == 0
    assert inside(found.attack_rate_interval(SURE, method="student"), exact.mean / n)
    assert inside(found.goal_interval(SURE), exact.at_least(3))
    assert inside(found.extinction_time_interval(SURE), exact.duration)
    for k in range(1, n + 1):
        share = float((found.ever_infected == k).mean())
        p = exact.probabilities[k]
        assert abs(share - p) <= 5 * math.sqrt(p * (1 - p) / 8000) + 1e-9
    assert (found.levels[:, 0] == 1).all()


@pytest.mark.parametrize("time", ["continuous", "discrete"])
@pytest.mark.parametrize("even", [True, False])
def test_sis_agrees_with_the_chain(time: Any, even: bool) -> None:
    epidemic = Epidemic(EVEN, 0.1, 0.5, time=time) if even else uneven(3, time=time)
    n = epidemic.num_nodes
    times = [1, 2, 4]
    found = simulate_epidemic(
        epidemic, num_runs=8000, rng=2, initial=[0, 1], max_time=1e5, share=4 / n, count="infected", times=times
    )
    assert found.extinction_share == 1
    assert inside(found.extinction_time_interval(SURE), extinction_time(epidemic, [0, 1]))
    assert inside(found.goal_interval(SURE), reach_probability(epidemic, [0, 1], 4))
    exact = infection_probabilities(epidemic, [0, 1], times).mean(axis=1)
    for interval, value in zip(found.level_intervals(SURE, method="student"), exact, strict=True):
        assert inside(interval, value)
    bound = mean_field_path(epidemic, times, initial=[0, 1]).prevalence
    assert (found.levels.mean(axis=0) / n <= bound + 0.02).all()


def test_bernstein_holds_student_and_more() -> None:
    epidemic = Epidemic(EVEN, 0.3, 0.5, model="SIR")
    exact = float(final_size(epidemic, [0]).mean) / 6
    for seed in range(30):
        found = simulate_epidemic(epidemic, num_runs=200, rng=seed, initial=[0])
        wide, narrow = found.attack_rate_interval(), found.attack_rate_interval(method="student")
        assert 0 <= narrow[0] <= narrow[1] <= 1
        assert wide[0] < narrow[0] < narrow[1] < wide[1]
        assert inside(wide, exact)


@pytest.mark.parametrize("time", ["continuous", "discrete"])
def test_any_number_of_workers_gives_the_same(time: Any) -> None:
    graph = nx.gnm_random_graph(300, 900, seed=0)
    epidemic = Epidemic(graph, 0.2, 0.5, model="SIR", time=time)
    options: dict[str, Any] = {"num_runs": 100, "num_initial": 3, "times": [0, 1, 3]}
    one = simulate_epidemic(epidemic, rng=7, workers=1, **options)
    done: list[tuple[int, int]] = []
    three = simulate_epidemic(epidemic, rng=7, workers=3, progress=lambda a, b: done.append((a, b)), **options)
    assert one == three
    assert done[-1] == (100, 100)
    assert one == simulate_epidemic(epidemic, rng=np.random.default_rng(7), **options)
    assert one != simulate_epidemic(epidemic, rng=8, **options)


def test_large_network_follows_the_mean_field_bound() -> None:
    """10⁴ nodes: below the spectral threshold it dies out, above it nearly the giant component is reached."""
    graph = nx.random_regular_graph(4, 10_000, seed=1)
    below = simulate_epidemic(Epidemic(graph, 0.2, 1.0), num_runs=4, rng=0, num_initial=100, max_time=100)
    assert below.extinction_share == 1
    above = simulate_epidemic(Epidemic(graph, 1.0, 1.0), num_runs=4, rng=0, num_initial=100, max_time=20, times=[20])
    assert above.extinction_share == 0
    assert 0.6 < above.levels.mean() / 10_000 < 0.75  # mean field 3/4
    sir = simulate_epidemic(Epidemic(graph, 1.0, 1.0, model="SIR"), num_runs=4, rng=0, num_initial=10)
    # Locally a tree: each neighbour, if infected, passes it on with probability β / (β + γ) = 1/2, independently of the
    # others; g is the probability that a neighbour is not infected by its three others.
    g = 0.0
    for _ in range(200):
        g = (1 / 2 + g / 2) ** 3
    assert sir.attack_rate == pytest.approx(1 - (1 / 2 + g / 2) ** 4, abs=0.01)


def test_sure_things() -> None:
    """Certain transmission without recovery runs along the path, one node a round."""
    path = Epidemic(nx.path_graph(6), 1, 0, time="discrete")
    found = simulate_epidemic(path, num_runs=2, rng=0, initial=[0], max_time=10, share=1, times=range(8))
    assert found.levels.tolist() == [[1, 2, 3, 4, 5, 6, 6, 6]] * 2
    assert found.goal_times.tolist() == [5, 5]
    assert found.peak_times.tolist() == [5, 5]
    assert found.unfinished == 2
    still = simulate_epidemic(Epidemic(nx.empty_graph(3), 0, 0), num_runs=2, rng=0, initial=[1], max_time=5, times=[5])
    assert still.levels.tolist() == [[1], [1]]
    nobody = simulate_epidemic(Epidemic(EVEN, 1, 1), num_runs=2, rng=0, initial=[], max_time=5)
    assert nobody.extinction_times.tolist() == [0, 0]
    assert nobody.ever_infected.tolist() == [0, 0]
    token = Epidemic(nx.path_graph(2), 1, 1, time="discrete")
    hops = simulate_epidemic(token, num_runs=2, rng=0, initial=[0], max_time=9)
    assert (hops.unfinished, hops.peaks.tolist()) == (2, [1, 1])


def test_malformed() -> None:
    sis, sir = Epidemic(EVEN, 1, 1), Epidemic(EVEN, 1, 1, model="SIR")
    good: dict[str, Any] = {"num_runs": 4, "rng": 0, "initial": [0]}
    for epidemic, change in (
        (sis, {}),
        (sir, {"num_runs": 1}),
        (sir, {"rng": -1}),
        (sir, {"initial": None}),
        (sir, {"num_initial": 1}),
        (sir, {"initial": None, "num_initial": 7}),
        (sir, {"max_time": 0}),
        (sir, {"max_time": math.inf}),
        (sir, {"share": 0}),
        (sir, {"count": "dead"}),
        (sir, {"workers": 0}),
        (sir, {"times": [2, 1]}),
        (sir, {"times": [2], "max_time": 1}),
        (sir, {"num_runs": 10**12}),
    ):
        with pytest.raises(SpecificationError):
            simulate_epidemic(epidemic, **{**good, **change})
    found = simulate_epidemic(sis, **good, max_time=0.5)
    with pytest.raises(UnsupportedError, match="cut at max_time"):
        found.extinction_time_interval()
    with pytest.raises(SpecificationError, match="confidence"):
        found.goal_interval(2.0)
    with pytest.raises(SpecificationError, match="method"):
        found.attack_rate_interval(method="normal")
    never = simulate_epidemic(Epidemic(EVEN, 0, 1), **good, max_time=50.0)
    with pytest.raises(UnsupportedError, match="too few"):
        never.goal_time_interval()


def test_results_are_values() -> None:
    def make(seed: int) -> Any:
        return simulate_epidemic(Epidemic(EVEN, 1, 1, model="SIR"), num_runs=20, rng=seed, initial=[0], times=[1])

    one, again, other = make(0), make(0), make(1)
    assert one == again != other
    assert hash(one) == hash(again)
    copied = pickle.loads(pickle.dumps(one))  # noqa: S301  # our own bytes
    assert copied == one
    assert not copied.levels.flags.writeable
    json.dumps(one.to_dict(), allow_nan=False)
    assert "20 runs" in one._repr_html_()
    low, high = one.goal_time_interval()
    assert low < high
    pytest.importorskip("pandas")
    assert len(one.to_frame()) == 20


def test_intervals_of_shares_stay_between_zero_and_one() -> None:
    found = simulate_epidemic(Epidemic(nx.path_graph(50), 1.0, 1.0, model="SIR"), num_runs=3, rng=3, initial=[0])
    assert len(set(found.ever_infected.tolist())) > 1
    for method in ("student", "bernstein"):
        low, high = found.attack_rate_interval(method=method)  # type: ignore[arg-type]
        assert 0 <= low < high <= 1
    assert found.attack_rate_interval(method="student")[0] == 0
