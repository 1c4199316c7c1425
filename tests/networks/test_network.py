"""Networks: every form that is read says the same, and everything malformed is refused by name."""

from __future__ import annotations

import json
import math
import pickle
from fractions import Fraction as F
from typing import Any

import networkx as nx
import numpy as np
import pytest
from scipy import sparse

from gametheory.errors import SpecificationError
from gametheory.networks import Network, read_network


def test_every_form_is_the_same_network() -> None:
    graph = nx.Graph([(0, 1, {"weight": F(1, 3)}), (2, 1)])
    matrix = [[0, "1/3", 0], ["1/3", 0, 1], [0, 1, 0]]
    network = Network.from_networkx(graph)
    assert (
        network == Network.from_adjacency(matrix) == Network.from_edges([(1, 2), (0, 1, "1/3")]) == read_network(matrix)
    )
    assert read_network(network) is network
    assert hash(network) == hash(read_network(graph))
    assert network.arithmetic == "exact"
    assert network.edges() == [(0, 1, F(1, 3)), (1, 2, 1)]
    assert (network.num_nodes, network.num_edges, network.num_arcs) == (3, 2, 4)
    assert pickle.loads(pickle.dumps(network)) == network  # noqa: S301  # our own bytes
    data = json.loads(json.dumps(network.to_dict()))
    assert Network.from_edges(data["edges"], nodes=data["nodes"], directed=data["directed"]) == network
    assert Network.from_networkx(network.to_networkx()).edges() == network.edges()
    floats = Network.from_adjacency(np.array([[0, 0.5], [0.5, 0]]))
    assert floats.arithmetic == "float"
    assert floats.exact().edges() == [(0, 1, F(1, 2))]
    assert Network.from_adjacency(sparse.csr_array([[0, 0.5], [0.5, 0]])) == floats


def test_directions_and_zero_weights() -> None:
    network = Network.from_networkx(nx.DiGraph([(0, 1), (1, 2), (2, 0), (2, 3)]))
    assert network.directed
    assert network.adjacency().tolist() == nx.to_numpy_array(nx.DiGraph([(0, 1), (1, 2), (2, 0), (2, 3)])).tolist()
    assert (network.sparse_adjacency().toarray() == network.adjacency()).all()
    assert network.components() == ((0, 1, 2), (3,))
    assert network.subnetwork([3, 2]).edges() == [(0, 1, 1)]
    assert Network.from_edges([(0, 1, 0), (1, 2, 3)]).edges() == [(1, 2, 3)]
    assert Network.from_edges([], nodes=3).components() == ((0,), (1,), (2,))
    assert read_network(np.zeros((2, 2))).num_edges == 0
    assert not read_network([[0, 1], [1, 0]]).directed


@pytest.mark.parametrize("seed", range(5))
def test_random_graphs_round_trip(seed: int) -> None:
    rng = np.random.default_rng(seed)
    graph = nx.gnp_random_graph(12, 0.3, seed=seed, directed=bool(seed % 2))
    for u, v in graph.edges:
        graph.edges[u, v]["weight"] = float(rng.random())
    network = Network.from_networkx(graph)
    assert (network.adjacency() == nx.to_numpy_array(graph)).all()
    expected = nx.strongly_connected_components(graph) if seed % 2 else nx.connected_components(graph)
    assert set(network.components()) == {tuple(sorted(c)) for c in expected}


def test_nodes_are_named_without_guessing() -> None:
    network = Network.from_edges([("a", "b")])
    assert network.node_indices(["b", 0]) == (1, 0)
    with pytest.raises(SpecificationError, match=r"unknown node 'c'.*'a', 'b'"):
        network.node_index("c")
    with pytest.raises(SpecificationError, match="from 0 to 1"):
        network.node_index(2)
    odd = Network.from_networkx(nx.Graph([(2, 1)]))  # node 1 has the index 1, node 2 the index 0
    assert odd.node_index(1) == 1
    with pytest.raises(SpecificationError, match="write the name as text, '2'"):
        odd.node_index(2)
    shuffled = nx.Graph()
    shuffled.add_nodes_from([2, 0, 1])
    assert Network.from_networkx(shuffled).nodes == ("0", "1", "2")


BAD: dict[str, Any] = {
    "loop": lambda: Network.from_edges([(0, 0)]),
    "loop at": lambda: Network.from_adjacency([[1.0]]),
    "twice": lambda: Network.from_edges([(0, 1), (1, 0)]),
    "has weight -1": lambda: Network.from_edges([(0, 1, -1)]),
    "found nan": lambda: Network.from_adjacency([[0, math.nan], [1.0, 0]]),
    "only finite": lambda: Network.from_edges([(0, 1, math.inf)]),
    "truth value": lambda: Network.from_edges([(0, 1, True), (1, 2, 2)]),
    "square": lambda: Network.from_adjacency([[0, 1]]),
    "directed=True": lambda: Network.from_adjacency([[0, 1], [2, 0]]),
    "multigraph": lambda: Network.from_networkx(nx.MultiGraph([(0, 1), (0, 1)])),
    "Graph or DiGraph": lambda: Network.from_networkx([(0, 1)]),
    "free symbols": lambda: Network.from_adjacency([[0, __import__("sympy").Symbol("x")], [0, 0]]),
    "one kind": lambda: Network.from_edges([("a", 1)]),
    "write nodes=": lambda: Network.from_edges([]),
    "number ≥ 1": lambda: Network.from_edges([], nodes=0),
    "list of names": lambda: Network.from_edges([], nodes="ab"),
    "found 'a' twice": lambda: Network.from_edges([], nodes=["a", "a"]),
    "True or False": lambda: Network.from_edges([(0, 1)], directed="yes"),
    "write .node, node": lambda: Network.from_edges(["ab"]),
    "exact number": lambda: Network.from_edges([(0, 1, "1/3"), (1, 2, 0.5)]),
    "names for 2 rows": lambda: Network.from_adjacency([[0, 1], [1, 0]], nodes=["a"]),
    "name of a node": lambda: Network.from_edges([(0, 1)]).node_index(1.0),
    "grow from 0": lambda: Network(("a",), [0], [], [], True),
    "sorted and differ": lambda: Network(("a", "b", "c"), [0, 2, 2, 2], [2, 1], [1.0, 1.0], True),
    "a number > 0": lambda: Network(("a", "b"), [0, 1, 1], [1], [math.nan], True),
    "symmetric": lambda: Network(("a", "b"), [0, 1, 1], [1], [1.0], False),
}


@pytest.mark.parametrize("message", BAD)
def test_malformed_networks_are_refused(message: str) -> None:
    with pytest.raises(SpecificationError, match=message):
        BAD[message]()


def test_shown_without_harm() -> None:
    network = Network.from_edges([("<script>", "b", 0.5)])
    assert "<script>" not in network._repr_html_()
    assert "more" in Network.from_networkx(nx.cycle_graph(12))._repr_html_()
    assert repr(network) == "Network(undirected, 2 nodes, 1 edges, float weights)"
    pytest.importorskip("pandas")
    assert network.to_frame().iloc[0].tolist() == ["<script>", "b", 0.5]


def test_lists_of_pairs_are_sent_to_their_reader() -> None:
    """Pairs of nodes look like rows of a matrix; what cannot be one says where pairs are read."""
    for pairs in ([(0, 1), (1, 2)], [(0, 1), (1, 2), (2, 3)]):
        with pytest.raises(SpecificationError, match="from_edges"):
            read_network(pairs)
        assert Network.from_edges(pairs).num_nodes == len(pairs) + 1
