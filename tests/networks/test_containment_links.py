"""Cutting and weakening links: brute force over all sets of links, closed forms, theorems, and lies."""

from __future__ import annotations

import itertools
import json
from fractions import Fraction
from typing import Any

import networkx as nx
import numpy as np
import pytest
from lies import lies

from gametheory.certificates import read_certificate
from gametheory.errors import GameTheoryError, SpecificationError, UnsupportedError
from gametheory.networks import (
    Network,
    cheapest_link_cuts,
    cheapest_link_weakening,
    link_cut_frontier,
    spectral_radius,
)


def radius(n: int, links: Any, *, directed: bool) -> float:
    A = np.zeros((n, n))
    for i, j, w in links:
        A[i, j] = w
        if not directed:
            A[j, i] = w
    return float(np.abs(np.linalg.eigvals(A)).max())


def all_cuts(n: int, links: list[Any], losses: list[float], *, directed: bool) -> list[tuple[float, float]]:
    """(loss, radius) of every set of links that is cut."""
    found = []
    for cut in itertools.product((0, 1), repeat=len(links)):
        kept = [link for link, x in zip(links, cut, strict=True) if not x]
        found.append((sum(u for u, x in zip(losses, cut, strict=True) if x), radius(n, kept, directed=directed)))
    return found


@pytest.mark.parametrize("seed", range(6))
def test_cuts_against_all_sets_of_links(seed: int) -> None:
    rng = np.random.default_rng(seed)
    directed = bool(seed % 2)
    graph = nx.gnm_random_graph(5, 9 if directed else 8, seed=seed, directed=directed)
    links = [(i, j, int(rng.integers(1, 4))) for i, j in graph.edges]
    network = Network.from_edges(links, nodes=5, directed=directed)
    ordered = [(i, j, float(w)) for i, j, w in network.edges()]
    losses = rng.integers(1, 6, len(links)).tolist()
    known = all_cuts(5, ordered, losses, directed=directed)
    for threshold in (0.9, 1.7, 3.1):
        cuts = cheapest_link_cuts(network, threshold, losses=losses)
        assert cuts.is_optimal
        assert cuts.upper == min(loss for loss, rho in known if rho <= threshold)
        assert cuts.certificate.verify()
        assert float(spectral_radius(cuts.kept()).upper) <= threshold


def test_thresholds_that_are_attained_exactly() -> None:
    # Radius 1: a matching. Radius √k: stars with k leaves, at a threshold just above and just below.
    assert cheapest_link_cuts(nx.complete_graph(4), 1).upper == 4
    assert cheapest_link_cuts(nx.complete_graph(4), 0).upper == 6
    assert cheapest_link_cuts(nx.star_graph(9), 3).upper == 0
    assert cheapest_link_cuts(nx.star_graph(9), "29/10").upper == 1
    assert cheapest_link_cuts(nx.cycle_graph(5), 2).upper == 0
    assert cheapest_link_cuts(nx.cycle_graph(5), "1999/1000").upper == 1  # a path has radius 2 cos(π / 6)


def test_losses_by_pairs_and_their_counterweight() -> None:
    triangle = nx.cycle_graph(3)
    cheap = cheapest_link_cuts(triangle, "3/2", losses={(0, 1): 5, (1, 2): 1, (0, 2): 5})
    assert cheap.links == (("1", "2"),)
    scaled = cheapest_link_cuts(triangle, "3/2", losses={(0, 1): 50, (2, 1): 10, (2, 0): 50})
    assert scaled.upper == 10 * cheap.upper


def test_tighter_thresholds_cost_more() -> None:
    losses = [float(cheapest_link_cuts(nx.petersen_graph(), t).upper) for t in ("5/2", 2)]
    assert losses == sorted(losses)
    assert len(set(losses)) > 1


def test_stopped_early_the_loss_is_bracketed() -> None:
    whole = cheapest_link_cuts(nx.petersen_graph(), 2)
    stopped = cheapest_link_cuts(nx.petersen_graph(), 2, time_limit=0)
    assert whole.is_optimal
    assert stopped.lower <= whole.upper <= stopped.upper
    assert stopped.certificate.verify()


@pytest.mark.parametrize("directed", [False, True])
def test_frontier_against_all_sets_of_links(directed: bool) -> None:
    links = [(0, 1, 1), (1, 2, 1), (2, 0, 1), (2, 3, 1), (3, 1, 2), (0, 3, 1)]
    network = Network.from_edges(links, directed=directed)
    ordered = [(i, j, float(w)) for i, j, w in network.edges()]
    losses = [3, 1, 2, 2, 4, 1]
    frontier = link_cut_frontier(network, losses=losses)
    assert frontier.status == "certified"
    assert frontier.verify()
    known = all_cuts(4, ordered, losses, directed=directed)
    best = []
    for loss, rho in sorted(known):
        if not best or rho < best[-1][1] - 1e-8:
            best.append((loss, rho))
    assert [float(p.measures[0]) for p in frontier] == [loss for loss, _ in best]
    assert [float(p.measures[1]) for p in frontier] == pytest.approx([rho for _, rho in best], abs=1e-8)
    assert not any(frontier.is_beyond((loss, Fraction(rho) + Fraction(1, 10**8))) for loss, rho in known)


# -- weakening ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("graph", "rho"),
    [(nx.complete_graph(5), 4), (nx.cycle_graph(7), 2), (nx.petersen_graph(), 3), (nx.star_graph(4), 2)],
)
def test_where_all_links_are_alike_all_are_weakened_alike(graph: nx.Graph, rho: int) -> None:
    # The problem is convex: averaging a solution over the symmetries of the graph is one, too.
    weaker = cheapest_link_weakening(graph, Fraction(rho, 2))
    least = Fraction(graph.number_of_edges(), 2)
    assert weaker.lower <= least <= weaker.upper
    assert float(weaker.upper - weaker.lower) < 1e-5
    assert weaker.certificate.verify()
    assert float(weaker.shadow_price or 0) == pytest.approx(graph.number_of_edges() / rho, rel=1e-4)


@pytest.mark.parametrize("seed", range(3))
def test_weakening_loses_no_more_than_cutting_and_grows_with_the_demand(seed: int) -> None:
    graph = nx.gnm_random_graph(6, 9, seed=seed)
    losses = np.random.default_rng(seed).integers(1, 5, 9).tolist()
    found = [cheapest_link_weakening(graph, t, losses=losses) for t in ("3/2", 2, "5/2")]
    for weaker, t in zip(found, ("3/2", 2, "5/2"), strict=True):
        cut = cheapest_link_cuts(graph, t, losses=losses)
        assert weaker.lower <= cut.upper
        assert weaker.lower <= weaker.upper
        assert float(spectral_radius(weaker.kept()).upper) <= float(Fraction(t)) + 1e-12
    assert [float(w) for w in found] == sorted((float(w) for w in found), reverse=True)


def test_nothing_to_do() -> None:
    for solve in (cheapest_link_cuts, cheapest_link_weakening):
        result = solve(nx.path_graph(4), 2)
        assert (result.lower, result.upper) == (0, 0)
        assert result.certificate.verify()


# -- refusals and lies -------------------------------------------------------------------------------------------------


def test_what_is_refused() -> None:
    with pytest.raises(SpecificationError, match="threshold"):
        cheapest_link_cuts(nx.path_graph(3), -1)
    with pytest.raises(SpecificationError, match="losses"):
        cheapest_link_cuts(nx.path_graph(3), 1, losses=[1, 2, 3])
    with pytest.raises(SpecificationError, match="losses"):
        cheapest_link_cuts(nx.path_graph(3), 1, losses={(0, 1): 1})
    with pytest.raises(SpecificationError, match="pairs of nodes"):
        cheapest_link_cuts(nx.path_graph(3), 1, losses={"0": 1, "1": 1})
    with pytest.raises(SpecificationError, match="rescale"):
        cheapest_link_cuts(nx.path_graph(3), 2**2000)
    with pytest.raises(SpecificationError, match="negative"):
        cheapest_link_cuts(nx.path_graph(3), 1, losses=-1)
    with pytest.raises(UnsupportedError, match="undirected"):
        cheapest_link_weakening(nx.DiGraph([(0, 1), (1, 0)]), 1)
    with pytest.raises(UnsupportedError, match="250"):
        cheapest_link_cuts(nx.path_graph(300), 1)
    with pytest.raises(SpecificationError, match="resolution"):
        link_cut_frontier(nx.path_graph(3), resolution=0)


def test_results_can_be_written_and_read_back() -> None:
    for result in (cheapest_link_cuts(nx.complete_graph(4), 2), cheapest_link_weakening(nx.complete_graph(4), 2)):
        json.dumps(result.to_dict())
        assert read_certificate(json.dumps(result.certificate.to_dict())).verify()
        assert len(result.to_frame()) == 6
        assert "certified" in repr(result)


def test_lies_about_links_are_not_believed() -> None:
    bases = [
        cheapest_link_cuts(nx.cycle_graph(4), "3/2").certificate.to_dict(),
        cheapest_link_cuts(nx.DiGraph([(0, 1), (1, 0), (1, 2), (2, 0)]), 1).certificate.to_dict(),
    ]
    believed = 0
    for what, data in lies(bases, 500, 3):
        try:
            certificate: Any = read_certificate(data)
            certificate.verify()
        except GameTheoryError:
            continue
        believed += 1
        problem = certificate.problem
        links = [(i, j, float(problem.weights[k])) for k, (i, j) in enumerate(problem.links)]
        losses = [float(problem.losses[k]) for k in range(len(links))]
        known = all_cuts(problem.num_nodes, links, losses, directed=problem.directed)
        least = min(loss for loss, rho in known if rho <= float(problem.threshold) + 1e-9)
        if problem.whole:
            assert float(certificate.lower) <= least + 1e-9, what
        assert float(certificate.upper) >= (least if problem.whole else float(certificate.lower)) - 1e-9, what
    assert believed


def test_a_number_of_rounds_gives_the_same_bracket_on_every_run() -> None:
    few = [cheapest_link_cuts(nx.star_graph(14), 3, max_rounds=5) for _ in range(2)]
    assert few[0] == few[1]
    assert few[0].lower < 5 <= few[0].upper  # nine leaves may stay: √9 = 3
    assert few[0].certificate.verify()
