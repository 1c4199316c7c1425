"""The inoculation game: published numbers, brute force, theorems, and certificates that are told lies."""

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
from gametheory.equilibria import nash_equilibria, pure_nash_equilibria
from gametheory.errors import CertificateError, GameTheoryError, SpecificationError, UnsupportedError
from gametheory.networks.inoculation import (
    InoculationGame,
    inoculation_dynamics,
    inoculation_equilibria,
    inoculation_regret,
    is_inoculation_equilibrium,
)
from gametheory.networks.inoculation_efficiency import inoculation_optimum, inoculation_prices
from gametheory.networks.inoculation_malice import price_of_malice
from gametheory.networks.network import Network


def numbered(graph: nx.Graph) -> nx.Graph:
    return nx.convert_node_labels_to_integers(graph, ordering="sorted")


def sizes(graph: nx.Graph, exposed: set[int]) -> dict[int, int]:
    """Sizes of the components of the exposed nodes, by node."""
    return {i: len(part) for part in nx.connected_components(graph.subgraph(exposed)) for i in part}


def subsets(n: int) -> Any:
    return itertools.chain.from_iterable(itertools.combinations(range(n), k) for k in range(n + 1))


def brute_force(graph: nx.Graph, cost: Fraction, loss: Fraction) -> dict[str, Any]:
    """Social cost of every set, and the pure equilibria, straight from the definition of a Nash equilibrium."""
    n = len(graph)

    def pays(i: int, inoculated: frozenset[int]) -> Fraction:
        return cost if i in inoculated else loss * sizes(graph, set(range(n)) - inoculated)[i] / n

    total = {frozenset(s): sum(pays(i, frozenset(s)) for i in range(n)) for s in subsets(n)}
    stable = {s for s in total if all(pays(i, s) <= pays(i, s ^ {i}) for i in range(n))}
    return {"cost": total, "equilibria": stable}


# Star of nine nodes, cycle of eight, grids: exhaustive search, twice; on the star by hand as well (below).
PUBLISHED = [
    (nx.star_graph(8), "9/8", "2", "2", "9"),
    (nx.star_graph(8), "2", "25/9", "25/9", "77/9"),
    (nx.cycle_graph(8), "2", "5", "21/4", "7"),
    (nx.grid_2d_graph(3, 3), "2", "46/9", "7", "77/9"),
    (nx.grid_2d_graph(3, 4), "4", "8", "8", "12"),
]


@pytest.mark.parametrize(("graph", "loss", "optimum", "best", "worst"), PUBLISHED)
def test_optimum_best_and_worst_equilibrium(graph: nx.Graph, loss: str, optimum: str, best: str, worst: str) -> None:
    game = InoculationGame(numbered(graph), 1, loss)
    prices = inoculation_prices(game)
    assert prices.optimum.is_optimal
    found = prices.optimum.upper, prices.best.social_cost, prices.worst.social_cost
    assert found == (Fraction(optimum), Fraction(best), Fraction(worst))
    assert prices.anarchy == Fraction(worst) / Fraction(optimum)
    assert prices.stability == Fraction(best) / Fraction(optimum)


def test_price_of_anarchy_of_stars_is_half_their_size() -> None:
    # Aspnes, Chang and Yampolskiy (2006), theorem 6: with L = n / (n − 1), so t = n − 1, the price is n / 2.
    for n in (5, 8, 12):
        prices = inoculation_prices(InoculationGame(nx.star_graph(n - 1), 1, Fraction(n, n - 1)))
        assert prices.anarchy == Fraction(n, 2)


@pytest.mark.parametrize("seed", range(12))
def test_equilibria_and_optimum_against_brute_force(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 9))
    graph = nx.gnp_random_graph(n, float(rng.choice([0, 0.2, 0.4, 0.7, 1])), seed=seed)
    cost, loss = Fraction(int(rng.integers(1, 4))), Fraction(int(rng.integers(1, 9)), int(rng.integers(1, 3)))
    game, known = InoculationGame(graph, cost, loss), brute_force(graph, cost, loss)
    found = inoculation_equilibria(game)
    assert {frozenset(e.inoculated) for e in found} == known["equilibria"]
    assert all(e.social_cost == known["cost"][frozenset(e.inoculated)] and e.certificate.verify() for e in found)
    optimum = inoculation_optimum(game)
    assert optimum.is_optimal
    assert optimum.upper == min(known["cost"].values())
    assert optimum.certificate.verify()
    for s in subsets(n):
        assert bool(is_inoculation_equilibrium(game, s)) == (frozenset(s) in known["equilibria"])
        assert (inoculation_regret(game, s) == 0) == (frozenset(s) in known["equilibria"])
        assert game.social_cost(s) == known["cost"][frozenset(s)] == sum(game.costs(s))


@pytest.mark.parametrize("seed", range(4))
def test_pure_equilibria_are_those_of_the_normal_form(seed: int) -> None:
    graph = nx.gnp_random_graph(6, 0.4, seed=seed)
    game = InoculationGame(graph, 1, Fraction(3 + seed, 2))
    table = game.normal_form()
    pure = {tuple(e.exact_profile) for e in pure_nash_equilibria(table)}
    ours = {tuple(0 if i in e.inoculated else 1 for i in range(6)) for e in inoculation_equilibria(game)}
    assert pure == ours


def test_mixed_equilibrium_of_two_neighbours() -> None:
    # One of two neighbours exposed alone pays L/2, both pay L: indifference at C = L/2 · (1 + p), p the other's risk.
    game = InoculationGame([[0, 1], [1, 0]], 1, "3/2").normal_form()
    mixed = [e for e in nash_equilibria(game) if all(0 < x < 1 for part in e.exact_profile for x in part)]
    assert [[tuple(part) for part in e.exact_profile] for e in mixed] == [[(Fraction(2, 3), Fraction(1, 3))] * 2]


@pytest.mark.parametrize("seed", range(8))
def test_dynamics_improve_at_every_move_and_end_within_twice_the_nodes(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = 14
    graph = nx.gnm_random_graph(n, int(rng.integers(10, 30)), seed=seed)
    game = InoculationGame(graph, 1, Fraction(int(rng.integers(2, 8))))
    start = frozenset(np.flatnonzero(rng.random(n) < 0.5).tolist())
    path = inoculation_dynamics(game, start, order=rng.permutation(n).tolist())
    assert len(path.moves) <= 2 * n
    state, threshold = start, game.threshold

    def potential(inoculated: frozenset[int]) -> tuple[int, int]:
        exposed = sizes(graph, set(range(n)) - inoculated)
        return sum(s > threshold for s in exposed.values()), len(inoculated)

    for node, action in path.moves:
        moved = state | {node} if action == "inoculate" else state - {node}
        assert game.costs(moved)[node] < game.costs(state)[node]
        assert potential(moved) < potential(state)
        state = moved
    assert tuple(sorted(state)) == path.equilibrium.inoculated
    assert is_inoculation_equilibrium(game, state)


def test_dynamics_on_a_large_network() -> None:
    game = InoculationGame(nx.gnm_random_graph(2000, 6000, seed=1), 1, 100)
    for start in ("all", "nobody"):
        assert inoculation_dynamics(game, start).equilibrium.certificate.verify()
    costs = [Fraction(c) for c in game.costs(inoculation_dynamics(game).equilibrium.inoculated)]
    assert max(costs) <= 1  # in equilibrium nobody pays more than inoculation


def test_scaling_and_relabelling_change_nothing() -> None:
    graph = numbered(nx.grid_2d_graph(2, 4))
    base, scaled = InoculationGame(graph, 1, 3), InoculationGame(graph, "7/2", "21/2")
    shuffled = InoculationGame(nx.relabel_nodes(graph, {i: (3 * i + 1) % 8 for i in range(8)}), 1, 3)
    a, b, c = map(inoculation_prices, (base, scaled, shuffled))
    assert (a.anarchy, a.stability, a.num_equilibria) == (b.anarchy, b.stability, b.num_equilibria)
    assert (a.anarchy, a.stability, a.num_equilibria) == (c.anarchy, c.stability, c.num_equilibria)
    assert b.optimum.upper == a.optimum.upper * Fraction(7, 2)


def test_stopped_early_the_optimum_is_bracketed() -> None:
    game = InoculationGame(nx.random_regular_graph(3, 20, seed=2), 1, 6)
    whole = inoculation_optimum(game)
    part = inoculation_optimum(game, max_cases=5)
    assert whole.is_optimal
    assert not part.is_optimal
    assert part.lower <= whole.upper <= part.upper
    assert part.certificate.verify()
    assert "between" in repr(part)


# -- malice ------------------------------------------------------------------------------------------------------------


def malice_by_definition(graph: nx.Graph, cost: Fraction, loss: Fraction, b: int, afraid: bool) -> Fraction | None:
    """Every malicious set, every choice of the selfish, every best response tried."""
    n = len(graph)
    nodes = set(range(n))
    worst = None
    for malicious in itertools.combinations(range(n), b):
        selfish = nodes - set(malicious)
        for chosen in subsets(n):
            if not set(chosen) <= selfish:
                continue
            announced = set(chosen) | set(malicious)

            def perceived(i: int, protects: bool, announced: set[int] = announced) -> Fraction:
                if protects:
                    return cost
                said = announced - {i}
                fears = itertools.combinations(sorted(said), min(b, len(said))) if afraid else [()]
                return max(loss * sizes(graph, (nodes - said) | set(liars))[i] / n for liars in fears)

            if all(perceived(i, i in chosen) <= perceived(i, i not in chosen) for i in selfish):
                exposed = sizes(graph, nodes - set(chosen))
                total = sum(cost if i in chosen else loss * exposed[i] / n for i in selfish)
                worst = total if worst is None else max(worst, total)
    return worst


@pytest.mark.parametrize("afraid", [False, True])
@pytest.mark.parametrize("seed", range(5))
def test_price_of_malice_against_the_definition(seed: int, afraid: bool) -> None:
    rng = np.random.default_rng(seed)
    graph = nx.gnp_random_graph(6, 0.45, seed=seed)
    loss, b = Fraction(int(rng.integers(2, 9)), 2), 1 + seed % 2
    game = InoculationGame(graph, 1, loss)
    found = price_of_malice(game, b, awareness="risk-averse" if afraid else "oblivious")
    assert found.cost == malice_by_definition(graph, Fraction(1), loss, b, afraid)
    assert found.cost_without == malice_by_definition(graph, Fraction(1), loss, 0, False)
    assert found.value_per_node == found.cost / (6 - b) / (found.cost_without / 6)


def test_price_of_malice_on_a_star_by_hand() -> None:
    # n = 9, C = 1, L = 2, t = 9/2. Without malice the worst: hub and three leaves exposed, 5 + (2/9) 4² = 77/9. One liar at
    # the hub exposes all: eight leaves pay 2 each.
    game = InoculationGame(nx.star_graph(8), 1, 2)
    lie = price_of_malice(game, 1, awareness="oblivious")
    assert (lie.cost, lie.cost_without) == (16, Fraction(77, 9))
    assert lie.announced == lie.malicious == (0,)
    assert price_of_malice(game, 0, awareness="risk-averse").value == 1


def test_fear_can_improve_welfare() -> None:
    # Moscibroda, Schmid and Wattenhofer (2006): highly risk-averse players can be better off, together, with malicious ones.
    game = InoculationGame(nx.cycle_graph(8), 1, 4)
    brave, afraid = (price_of_malice(game, 2, awareness=how) for how in ("oblivious", "risk-averse"))
    assert brave.value == Fraction(37, 16)
    assert afraid.value == Fraction(3, 4)


# -- refusals, results and lies ----------------------------------------------------------------------------------------


def test_what_is_refused() -> None:
    star = nx.star_graph(3)
    with pytest.raises(SpecificationError, match="directed"):
        InoculationGame(nx.DiGraph([(0, 1)]), 1, 1)
    for cost, loss in ((0, 1), (1, -1), (float("nan"), 1), (True, 1)):
        with pytest.raises(SpecificationError):
            InoculationGame(star, cost, loss)
    game = InoculationGame(star, 1, 2)
    with pytest.raises(SpecificationError, match="order"):
        inoculation_dynamics(game, order=[0, 1])
    with pytest.raises(SpecificationError):
        game.social_cost([7])
    with pytest.raises(CertificateError, match="would"):
        game.equilibrium([])
    with pytest.raises(UnsupportedError, match="max_equilibria"):
        inoculation_equilibria(game, max_equilibria=1)
    with pytest.raises(SpecificationError, match="awareness"):
        price_of_malice(game, 1, awareness="brave")  # type: ignore[arg-type]
    with pytest.raises(SpecificationError, match="num_malicious"):
        price_of_malice(game, 4, awareness="oblivious")
    with pytest.raises(UnsupportedError, match="smaller"):
        price_of_malice(InoculationGame(nx.star_graph(24), 1, 2), 1, awareness="oblivious")


def test_results_can_be_written_and_read_back() -> None:
    prices = inoculation_prices(InoculationGame(nx.cycle_graph(6), 1, 2))
    for result in (prices, prices.optimum, prices.best, price_of_malice(prices.optimum.game, 1, awareness="oblivious")):
        json.dumps(result.to_dict())
        assert len(result.to_frame())
        assert repr(result).split("(")[0] in result._repr_html_()
    for certificate in (prices.optimum.certificate, prices.worst.certificate):
        assert read_certificate(json.dumps(certificate.to_dict())).verify()


def test_lies_about_equilibria_and_optima_are_not_believed() -> None:
    prices = inoculation_prices(InoculationGame(nx.cycle_graph(6), 1, 2))
    bases = [prices.optimum.certificate.to_dict(), prices.worst.certificate.to_dict()]
    believed = 0
    for what, data in lies(bases, 400, 5):
        try:
            certificate = read_certificate(data)
            certificate.verify()
        except GameTheoryError:
            continue
        believed += 1
        graph = nx.Graph(data["edges"])
        graph.add_nodes_from(range(data["num_nodes"]))
        known = brute_force(graph, Fraction(data["cost"]), Fraction(data["loss"]))
        chosen = frozenset(data["inoculated"])
        if data["kind"] == "inoculation equilibrium":
            assert chosen in known["equilibria"], what
            assert known["cost"][chosen] == Fraction(data["social_cost"]), what
        else:
            assert known["cost"][chosen] == Fraction(data["upper"]), what
            assert min(known["cost"].values()) >= Fraction(data["lower"]), what
    assert believed  # some changes leave the claim true


def test_names_that_are_numbers_do_not_mislead() -> None:
    """Node k is called k + 1: equilibria are found by position, whatever the names say."""
    names = [str(k + 1) for k in range(5)]
    game = InoculationGame(Network.from_edges(list(itertools.pairwise(names)), nodes=names), 1, 2)
    plain = InoculationGame(nx.path_graph(5), 1, 2)
    assert [e.inoculated for e in inoculation_equilibria(game)] == [e.inoculated for e in inoculation_equilibria(plain)]
    assert inoculation_prices(game).anarchy == inoculation_prices(plain).anarchy
    assert inoculation_dynamics(game).equilibrium.inoculated == inoculation_dynamics(plain).equilibrium.inoculated
    assert len(inoculation_equilibria(game)[0].to_frame()) == 5
