"""Games on networks: payoffs, fields and regrets against the tensor, and what is refused."""

from __future__ import annotations

import itertools
import pickle
from fractions import Fraction
from typing import Any

import networkx as nx
import numpy as np
import pytest

from gametheory.errors import SpecificationError, UnsupportedError
from gametheory.games import PolymatrixGame, deviation_payoffs, expected_payoffs, regrets

AGREE = [[1, 0], [0, 1]]


def random_game(seed: int) -> PolymatrixGame:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 5))
    sizes = [int(x) for x in rng.integers(1, 4, size=n)]
    edges = {}
    for i, j in itertools.combinations(range(n), 2):
        if rng.random() < 0.7:
            a, b = (i, j) if rng.random() < 0.5 else (j, i)
            pair = rng.integers(-5, 6, size=(2, sizes[a], sizes[b]))
            edges[a, b] = tuple([[Fraction(int(x), 1 + seed % 3) for x in row] for row in part] for part in pair)
    own = {i: rng.integers(-3, 4, size=sizes[i]).tolist() for i in range(n) if rng.random() < 0.5}
    return PolymatrixGame(edges, sizes, own=own)


@pytest.mark.parametrize("seed", range(20))
def test_local_tables_agree_with_the_tensor(seed: int) -> None:
    game = random_game(seed)
    tensor = game.normal_form()
    rng = np.random.default_rng(100 + seed)
    for profile in itertools.product(*map(range, game.num_actions)):
        assert game.payoff(*profile) == tensor.payoff(*profile)
    for _ in range(4):
        profile = []
        for m in game.num_actions:
            weights = rng.integers(0, 3, size=m)
            weights[rng.integers(m)] += 1
            mixed = [Fraction(int(w), int(weights.sum())) for w in weights]
            profile.append(mixed if rng.random() < 0.6 else int(rng.integers(m)))
        assert list(game.expected_payoffs(profile)) == list(expected_payoffs(tensor, profile))
        assert list(game.regrets(profile)) == list(regrets(tensor, profile))
        for i in range(game.num_players):
            options = list(deviation_payoffs(tensor, profile, i))
            assert list(game.deviation_payoffs(profile, i)) == options
            assert game.best_responses(profile, i) == tuple(k for k, u in enumerate(options) if u == max(options))
    for i in range(game.num_players):
        assert game.payoff_span(i) == tensor.payoff_span(i)
    assert pickle.loads(pickle.dumps(game)) == game  # noqa: S301  # our own bytes


def test_an_edge_may_be_given_in_either_order() -> None:
    A, B = [[1, 2, 3], [4, 5, 6]], [[7, 8, 9], [10, 11, 12]]
    first = PolymatrixGame({(0, 1): (A, B)})
    second = PolymatrixGame({(1, 0): (np.array(B).T, np.array(A).T)})
    assert first == second
    assert first.digest() == second.digest()
    assert first.bimatrix(1, 0)[0].tolist() == np.array(B).T.tolist()
    assert first.payoff(1, 2) == (6, 12)


def test_large_integers_and_floats() -> None:
    large = PolymatrixGame({(0, 1): ([[10**25, 0]], [[1, 2]]), (1, 2): ([[5], [6]], [[10**30], [0]])})
    assert large.payoff(0, 0, 0) == (10**25, 6, 10**30)
    assert large.normal_form().payoff(0, 0, 0) == (10**25, 6, 10**30)
    floats = PolymatrixGame({(0, 1): ([[0.1, 2.0]], [[1, 2]])}, own={1: [0.5, 1]})
    assert floats.arithmetic == "float"
    assert floats.payoff(0, 0) == (0.1, 1.5)
    assert floats.exact().payoff(0, 0) == (Fraction(0.1), Fraction(3, 2))
    assert floats.digest() == floats.exact().digest()
    assert floats.regrets((0, 0))[0] == 0
    assert floats.normal_form().payoff(0, 0) == (0.1, 1.5)


def test_networks_of_thousands() -> None:
    """Matching with every neighbour: at agreement each gets its degree, and a lone dissenter loses it all."""
    network = nx.random_regular_graph(4, 2000, seed=1)
    game = PolymatrixGame.from_network(network, (AGREE, AGREE), actions=["red", "blue"])
    assert game.num_edges == 4000
    assert set(game.payoff(*[0] * 2000)) == {4}
    assert not any(game.regrets([0] * 2000))
    dissent = [1] + [0] * 1999
    assert game.regrets(dissent)[0] == 4
    half = [[Fraction(1, 2), Fraction(1, 2)]] * 2000
    assert set(game.expected_payoffs(half)) == {2}
    assert not any(game.regrets(half))


def test_nodes_without_an_edge_and_rules_by_edge() -> None:
    network = nx.Graph([("a", "b")])
    network.add_node("c")
    game = PolymatrixGame.from_network(network, lambda u, v: ([[1, 0], [0, 2]], AGREE))
    assert game.players == ("a", "b", "c")
    assert game.payoff(1, 1, 0) == (2, 1, 0)
    alone = PolymatrixGame.from_network(network, (AGREE, AGREE), own=lambda node: [0, 1 if node == "c" else 0])
    assert alone.payoff(0, 0, 1) == (1, 1, 1)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: PolymatrixGame({}), "at least one edge"),
        (lambda: PolymatrixGame({(0, 0): (AGREE, AGREE)}), "different players"),
        (lambda: PolymatrixGame({(0, 1): (AGREE, AGREE), (1, 0): (AGREE, AGREE)}), "once"),
        (lambda: PolymatrixGame({(0, 1): AGREE}), "shape"),
        (lambda: PolymatrixGame({(0, 1): (AGREE, [[1, 0]])}), "edges"),
        (lambda: PolymatrixGame({(0, 1): (AGREE, AGREE), (1, 2): ([[1]], [[1]])}), "must agree"),
        (lambda: PolymatrixGame({(0, 2): (AGREE, AGREE)}), "no edge"),
        (lambda: PolymatrixGame({(0, 1): ([[float("inf")]], [[1]])}), "finite"),
        (lambda: PolymatrixGame({(0, 1): ([["1/3"]], [[1]]), (1, 2): ([[0.5]], [[1]])}), "fractions"),
        (lambda: PolymatrixGame({(0, 1): (AGREE, AGREE)}, own={0: [[1]]}), "own"),
        (lambda: PolymatrixGame({(0, 1): (AGREE, AGREE)}, [2]), "does not exist"),
        (lambda: PolymatrixGame({(0, 1): (AGREE, AGREE)}, [2, 0]), "num_actions"),
        (lambda: PolymatrixGame({(0, 1): (AGREE, AGREE)}).payoff(0), "2 actions"),
        (lambda: PolymatrixGame({(0, 1): (AGREE, AGREE)}).regrets([0, [1, 1]]), "sum"),
        (lambda: PolymatrixGame({(0, 1): (AGREE, AGREE)}, [2] * 3).bimatrix(0, 2), "no neighbours"),
        (lambda: PolymatrixGame({(i, i + 1): (AGREE, AGREE) for i in range(40)}).normal_form(), "31"),
    ],
)
def test_what_is_refused(make: Any, message: str) -> None:
    with pytest.raises(SpecificationError, match=message):
        make()


def test_symbols_are_refused() -> None:
    import sympy

    with pytest.raises(UnsupportedError, match="symbols"):
        PolymatrixGame({(0, 1): ([[sympy.Symbol("x")]], [[1]])})
