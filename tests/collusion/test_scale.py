"""Coalitions without a payoff tensor: identical agents by counts, players on networks, all sizes in one pass."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction
from typing import Any

import networkx as nx
import numpy as np
import pytest
from oracles.coalitions import correlated_gain as brute_correlated_gain
from oracles.coalitions import gains as brute_gains
from oracles.coalitions import nonempty_sets, pure_gain, table
from seeds import seeds

from gametheory.certificates import CoalitionBoundCertificate, ResilienceCertificate, read_certificate
from gametheory.certificates.local_moves import LocalGains, best_for_set, connected_sets, least_blocking_set
from gametheory.certificates.movers import least_blocking_coalition
from gametheory.collusion import coalition_gain, immunity, is_resilient, resilience
from gametheory.errors import CertificateError, SpecificationError, UnsupportedError
from gametheory.games import NormalFormGame, PolymatrixGame, SymmetricGame, coalitions, halpern_coordination
from gametheory.games.counts import count_vectors, num_count_vectors, place_table, places

RULES = ("all", "some", "any", "transfer")


def agents_in_order(counts: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(a for a, c in enumerate(counts) for _ in range(c))


def members_in_order(counts: tuple[int, ...], coalition: tuple[int, ...]) -> list[int]:
    starts = np.cumsum([0, *counts[:-1]])
    return [int(start) + k for start, s in zip(starts, coalition, strict=True) for k in range(s)]


def random_symmetric(rng: np.random.Generator) -> tuple[SymmetricGame, tuple[int, ...]]:
    """A small game full of ties, at counts where the agents are often better off than elsewhere."""
    while True:
        n, m = int(rng.integers(1, 7)), int(rng.integers(1, 5))
        if m**n <= 260:
            break
    payoffs = rng.integers(-2, 3, size=(m, num_count_vectors(n - 1, m)))
    counts = tuple(int(x) for x in rng.choice(count_vectors(n, m)))
    if rng.random() < 0.7:
        for a in range(m):
            if counts[a]:
                others = np.array(counts)
                others[a] -= 1
                payoffs[a, int(places(others, place_table(n - 1, m)))] = rng.integers(1, 3)
    denominator = int(rng.choice([1, 3]))
    return SymmetricGame([[Fraction(int(x), denominator) for x in row] for row in payoffs], n), counts


def random_network(rng: np.random.Generator, *, mixed: float = 0.3) -> tuple[PolymatrixGame, Any]:
    n = int(rng.integers(1, 6))
    sizes = [int(x) for x in rng.integers(1, 4, size=n)]
    edges = {}
    for i, j in itertools.combinations(range(n), 2):
        if rng.random() < 0.5:
            a, b = (i, j) if rng.random() < 0.5 else (j, i)
            shape = (sizes[a], sizes[b])
            edges[a, b] = (rng.integers(-2, 2, size=shape), rng.integers(-2, 2, size=shape))
    own = {i: rng.integers(-1, 2, size=sizes[i]) for i in range(n) if rng.random() < 0.5}
    game = PolymatrixGame(edges, sizes, own=own)
    profiles = list(itertools.product(*map(range, sizes)))
    profile: Any = profiles[int(rng.integers(len(profiles)))]
    if rng.random() < 0.6:
        profile = max(profiles, key=lambda a: sum(game.payoff(*a)))
    if rng.random() < mixed:
        profile = tuple(a if rng.random() < 0.5 else [Fraction(1, sizes[i])] * sizes[i] for i, a in enumerate(profile))
    return game, profile


def resilience_by_brute_force(game: NormalFormGame, profile: tuple[int, ...], rule: str) -> int:
    u = table(game.payoffs, game.num_actions)
    for members in nonempty_sets(range(game.num_players), game.num_players):
        if pure_gain(brute_gains(u, game.num_actions, profile, members), rule) > 0:
            return len(members) - 1
    return game.num_players


# -- games in normal form: every coalition in one pass ----------------------------------------------------------------------


@pytest.mark.parametrize("seed", seeds(30, slow=60))
def test_one_pass_over_profiles_decides_for_all_coalitions(seed: int) -> None:
    rng = np.random.default_rng(seed)
    sizes = tuple(int(x) for x in rng.integers(1, 4, size=int(rng.integers(1, 5))))
    payoffs = rng.integers(-2, 2, size=(len(sizes), *sizes))
    profile = tuple(int(rng.integers(m)) for m in sizes)
    payoffs[(slice(None), *profile)] += 1
    large = seed % 5 == 0  # beyond machine integers
    game = NormalFormGame(payoffs.astype(object) * 10**30 if large else payoffs)
    for rule in RULES:
        found = resilience(game, profile, blocking=rule)
        assert int(found) == resilience_by_brute_force(game, profile, rule)
        assert isinstance(found.certificate, ResilienceCertificate)
        assert found.verify()
        listed = resilience(game, profile, blocking=rule, coalitions=[list(s) for s in coalitions(len(sizes))])
        assert int(listed) == int(found)
        if found.witness is not None:
            assert len(found.witness.members) == int(found) + 1
            assert found.witness.gain > 0
        for size in range(len(sizes) + 1):
            assert (is_resilient(game, profile, size, blocking=rule).status == "yes") == (size <= int(found))


def test_a_largest_size_leaves_larger_coalitions_out() -> None:
    game = halpern_coordination(num_players=5)
    assert int(resilience(game, (0,) * 5, blocking="transfer")) == 1
    assert int(resilience(game, (0,) * 5, blocking="transfer", coalitions=1)) == 5
    found = resilience(game, (0,) * 5, coalitions=1)
    assert found.certificate.size == 1
    with pytest.raises(SpecificationError, match="coalitions"):
        resilience(game, (0,) * 5, coalitions=0)


def test_floats_without_a_tolerance_are_asked_coalition_by_coalition() -> None:
    game = NormalFormGame.symmetric([[1.0, 0.0], [1.0 + 1e-12, 0.5]])
    assert resilience(game, (0, 0)).lower == 0
    assert resilience(game, (0, 0)).upper == 2
    assert int(resilience(game, (0, 0), tol=0)) == 0
    assert int(resilience(game.exact(), (0, 0))) == 0


def test_coalitions_of_four_among_twelve_and_among_eight() -> None:
    """A game built to withstand every coalition of four, and one that a particular four break."""
    for n, m in ((12, 2), (8, 4)):
        rng = np.random.default_rng(n)
        payoffs = rng.integers(-9, 0, size=(n, *(m,) * n))
        payoffs[(slice(None), *(0,) * n)] = 0
        four = tuple(sorted(int(i) for i in rng.choice(n, 4, replace=False)))
        joint = tuple(m - 1 if i in four else 0 for i in range(n))
        for rule in RULES:
            assert int(resilience(NormalFormGame(payoffs), (0,) * n, blocking=rule, coalitions=4)) == n
        payoffs[(slice(None), *joint)] = [1 if i in four else -9 for i in range(n)]
        for rule in RULES:
            found = resilience(NormalFormGame(payoffs), (0,) * n, blocking=rule, coalitions=4)
            assert int(found) == 3
            assert found.witness is not None
            assert found.witness.members == four
            assert found.verify()


def test_ties_among_the_smallest_are_broken_by_index() -> None:
    game = halpern_coordination(num_players=6)
    for rule in RULES:
        found = least_blocking_coalition(game, (0,) * 6, rule, 6)
        assert found is not None
        assert found.members == (0, 1)


# -- identical agents ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", seeds(30, slow=60))
def test_counts_agree_with_the_tensor(seed: int) -> None:
    game, counts = random_symmetric(np.random.default_rng(seed))
    tensor, profile = game.normal_form(), agents_in_order(counts)
    u = table(tensor.payoffs, tensor.num_actions)
    smallest = dict.fromkeys(RULES, game.num_players)
    for members in nonempty_sets(range(game.num_players), game.num_players):
        gains = brute_gains(u, tensor.num_actions, profile, members)
        for rule in RULES:
            if pure_gain(gains, rule) > 0:
                smallest[rule] = min(smallest[rule], len(members) - 1)
    for rule in RULES:
        found = resilience(game, counts, blocking=rule)
        assert int(found) == smallest[rule], (rule, counts)
        assert found.verify()
        if found.witness is not None:
            assert found.witness.gain > 0
            assert len(found.witness.members) == int(found) + 1
    harmed = immunity(game, counts)
    assert int(harmed) == int(immunity(tensor, profile))
    if harmed.play is not None:
        assert sum(harmed.play.values()) == int(harmed) + 1


@pytest.mark.parametrize("seed", range(40))
def test_gains_of_one_coalition_of_agents(seed: int) -> None:
    rng = np.random.default_rng(seed)
    game, counts = random_symmetric(rng)
    coalition = tuple(int(rng.integers(c + 1)) for c in counts)
    if not any(coalition):
        coalition = counts
    tensor = game.normal_form()
    u = table(tensor.payoffs, tensor.num_actions)
    gains = brute_gains(u, tensor.num_actions, agents_in_order(counts), members_in_order(counts, coalition))
    for rule in RULES:
        found = coalition_gain(game, counts, coalition, blocking=rule)
        assert found == pure_gain(gains, rule), (rule, counts, coalition)
        assert found.verify()
        assert (found.deviation is None) == (found == 0)
        if found.witness is not None:
            assert found.witness.gain == found.value
            assert read_certificate(found.to_dict()["witness"]).verify()
        assert read_certificate(found.to_dict()["certificate"]).verify()


@pytest.mark.parametrize("seed", range(25))
def test_shared_randomness_of_agents(seed: int) -> None:
    rng = np.random.default_rng(seed)
    while True:
        game, counts = random_symmetric(rng)
        coalition = tuple(int(rng.integers(c + 1)) for c in counts)
        if 1 <= sum(coalition) <= 3 and game.num_actions <= 3:
            break
    tensor = game.normal_form()
    members = members_in_order(counts, coalition)
    gains = brute_gains(table(tensor.payoffs, tensor.num_actions), tensor.num_actions, agents_in_order(counts), members)
    for rule in RULES:
        found = coalition_gain(game, counts, coalition, blocking=rule, coordination="correlated")
        assert found == brute_correlated_gain(gains, rule), (rule, counts, coalition)
        assert found.verify()
        assert found >= coalition_gain(game, counts, coalition, blocking=rule)
        if found.witness is not None:
            assert found.witness.gain == found.value


def coordination(n: int) -> SymmetricGame:
    """Halpern: all 0 pays 1 each, exactly two 1s pay those two 2, else nothing."""
    return SymmetricGame.from_function(lambda a, c: 2 * (c[1] == 1) if a else int(c[1] == 0), n, 2, actions=["0", "1"])


@pytest.mark.parametrize("n", [3, 5, 1000])
def test_halpern_coordination(n: int) -> None:
    """Abraham et al. 2006: a Nash equilibrium that pairs break; three share it by lot (1/3 each), more do not sum to a gain."""
    game, all_zero = coordination(n), (n, 0)
    assert game.regret(all_zero) == 0
    for rule in RULES:
        found = resilience(game, all_zero, blocking=rule)
        assert int(found) == 1
        assert found.verify()
    assert coalition_gain(game, all_zero, (2, 0), blocking="all") == 1
    assert coalition_gain(game, all_zero, (3, 0), blocking="all") == 0
    assert coalition_gain(game, all_zero, (3, 0), blocking="all", coordination="correlated") == Fraction(1, 3)
    # Two of k get 2 instead of 1 and the others nothing: 2 − (k − 2) = 4 − k in sum.
    for k in range(2, min(n, 6) + 1):
        assert coalition_gain(game, all_zero, (k, 0), blocking="transfer") == max(4 - k, 0)
        shared = coalition_gain(game, all_zero, {"0": k}, blocking="some", coordination="correlated")
        assert shared == max(4 - k, 0)
    assert int(resilience(game, all_zero, coordination="correlated")) == 1
    assert int(immunity(game, all_zero)) == 0
    assert immunity(game, all_zero).damage == 1


@pytest.mark.parametrize("n", [3, 4, 5, 1000])
def test_halpern_bargaining(n: int) -> None:
    """All stay and get 2; a leaver gets 1, who then stays nothing: resilient to all, immune to none."""
    game = SymmetricGame.from_function(lambda a, c: 1 if a else 2 * (c[1] == 0), n, 2, actions=["stay", "leave"])
    for rule, how in itertools.product(RULES, ("pure", "correlated")):
        found = resilience(game, (n, 0), blocking=rule, coordination=how)
        assert int(found) == n
        assert found.verify()
        assert is_resilient(game, (n, 0), n, blocking=rule, coordination=how)
    harmed = immunity(game, {"stay": n})
    assert int(harmed) == 0
    assert harmed.damage == 2
    assert harmed.victim == 0
    # From "all leave" only everybody together gains: 1 each.
    assert int(resilience(game, (0, n))) == n - 1


@pytest.mark.parametrize(("n", "factor"), [(10, 3), (1000, 7), (1000, 999)])
def test_public_goods(n: int, factor: int) -> None:
    """A contribution of 1 is multiplied by r < n and shared by all: k free riders who contribute gain k r/n − 1 each, so that
    the smallest coalition has ⌊n / r⌋ + 1 members, by any rule; a bystander gains as soon as anybody contributes."""
    good = SymmetricGame.from_function(
        lambda a, c: Fraction((c[1] + a) * factor, n) - a, n, 2, actions=["ride", "give"]
    )
    nobody = (n, 0)
    assert good.regret(nobody) == 0
    for rule in ("all", "transfer"):
        # With payments j givers among k members gain j (k r/n − 1): the same threshold.
        assert int(resilience(good, nobody, blocking=rule)) == n // factor
    # A giver loses 1 − r/n and each of its fellow members gains r/n: "any" needs one giver and one who rides on.
    assert int(resilience(good, nobody, blocking="any")) == 1
    for k in (2, n // factor + 1, n):
        expected = max(Fraction(k * factor, n) - 1, Fraction(0))
        assert coalition_gain(good, nobody, (k, 0), blocking="all") == expected
        assert coalition_gain(good, nobody, (k, 0), blocking="transfer") == k * expected


@pytest.mark.parametrize(("n", "seats"), [(8, 5), (150, 100), (1000, 600)])
def test_el_farol(n: int, seats: int) -> None:
    """Going pays 1 if at most ``seats`` go, −1 otherwise, staying 0: exactly ``seats`` going is a Nash equilibrium that nobody
    breaks but by changing places, which only "any" calls a gain."""
    bar = SymmetricGame.from_function(
        lambda a, c: 0 if a == 0 else 1 if c[1] < seats else -1, n, 2, actions=["home", "bar"]
    )
    full = (n - seats, seats)
    for rule in ("all", "some", "transfer"):
        assert int(resilience(bar, full, blocking=rule)) == n
    # Under "any" one who is out and one who is in swap places: the first gains.
    assert int(resilience(bar, full, blocking="any")) == 1
    assert bar.regret((n - seats - 2, seats + 2)) == 1
    assert int(resilience(bar, (n, 0))) == 0


@pytest.mark.parametrize("n", [6, 300])
def test_congestion(n: int) -> None:
    """Two roads, delay the number of users: nobody breaks the even split (Holzman and Law-Yone 1997: with one resource for
    each player strong equilibria exist), but two who stay on a road can pay a third to leave it, 1 + 1 − 1 > 0."""
    roads = SymmetricGame.from_function(lambda a, c: -(c[a] + 1), n, 2)
    even = (n // 2, n - n // 2)
    for rule in ("all", "some"):
        assert int(resilience(roads, even, blocking=rule)) == n
    assert int(resilience(roads, even, blocking="transfer")) == 2
    assert int(resilience(roads, (n, 0))) == 0


@pytest.mark.parametrize(("n", "threshold"), [(7, 3), (1000, 400), (1000, 1000)])
def test_threshold_attack(n: int, threshold: int) -> None:
    """An attack pays 1 each if at least k take part, −1 if fewer: obedience withstands exactly k − 1."""
    attack = SymmetricGame.from_function(
        lambda a, c: 0 if a == 0 else 1 if c[1] + 1 >= threshold else -1, n, 2, actions=["obey", "attack"]
    )
    for rule in ("all", "some", "transfer"):
        found = resilience(attack, (n, 0), blocking=rule)
        assert int(found) == threshold - 1
        assert found.witness is not None
        assert found.witness.plays == ((((0, 1, threshold),), Fraction(1)),)
    assert coalition_gain(attack, (n, 0), (threshold, 0), blocking="transfer") == threshold


def test_three_actions_and_a_thousand_agents() -> None:
    """Half a million vectors of counts: agents of three teams who lose by any change, but for one planted plot."""
    others = count_vectors(999, 3)
    table_of = place_table(999, 3)
    rng = np.random.default_rng(5)
    payoffs = rng.integers(-50, 0, size=(3, len(others)))
    here, there = (500, 300, 200), (480, 290, 230)  # 20 of the first and 10 of the second join the third
    for counts, pay in ((here, 1), (there, 2)):
        for a in range(3):
            rest = np.array(counts)
            rest[a] -= 1
            payoffs[a, int(places(rest, table_of))] = pay
    game = SymmetricGame(payoffs, 1000)
    for rule in ("all", "some"):
        found = resilience(game, here, blocking=rule)
        assert int(found) == 29
        assert found.witness is not None
        assert found.witness.plays == ((((0, 2, 20), (1, 2, 10)), Fraction(1)),)
        assert found.verify()
        assert int(resilience(game, here, blocking=rule, coalitions=29)) == 1000


def test_what_counts_do_not_decide_is_refused() -> None:
    game = coordination(10)
    with pytest.raises(UnsupportedError, match="float"):
        resilience(SymmetricGame([[0.5, 0.0], [1.0, 0.25]], 2), (2, 0))
    with pytest.raises(UnsupportedError, match="independent"):
        resilience(game, (10, 0), coordination="independent")
    with pytest.raises(UnsupportedError, match="same action"):
        resilience(game, (9, 1), coordination="correlated")
    with pytest.raises(UnsupportedError, match="tol"):
        resilience(game, (10, 0), tol=0.1)
    with pytest.raises(SpecificationError, match="largest size"):
        resilience(game, (10, 0), coalitions=[[0, 1]])
    with pytest.raises(SpecificationError, match="sum to 9"):
        resilience(game, (9, 0))
    with pytest.raises(SpecificationError, match="coalition"):
        coalition_gain(game, (10, 0), (9, 1), blocking="all")
    with pytest.raises(UnsupportedError, match="independent"):
        coalition_gain(game, (10, 0), (2, 0), blocking="all", coordination="independent")


# -- networks -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", seeds(16, slow=40))
def test_networks_agree_with_the_tensor(seed: int) -> None:
    game, profile = random_network(np.random.default_rng(seed))
    tensor = game.normal_form()
    listed = [sorted(s) for s in coalitions(game.num_players)]
    for rule in RULES:
        found = resilience(game, profile, blocking=rule)
        assert int(found) == int(resilience(tensor, profile, blocking=rule, coalitions=listed)), (rule, profile)
        assert found.verify()
        if found.witness is not None:
            assert found.witness.gain > 0
            assert len(found.witness.members) == int(found) + 1
        for members in listed:
            gain = coalition_gain(game, profile, members, blocking=rule)
            assert gain.value == coalition_gain(tensor, profile, members, blocking=rule).value, (rule, members)
            assert gain.verify()
    ours, theirs = immunity(game, profile), immunity(tensor, profile)
    assert int(ours) == int(theirs)
    assert ours.damage == theirs.damage or int(ours) > 0


@pytest.mark.parametrize("seed", range(12))
def test_shared_randomness_on_networks(seed: int) -> None:
    game, profile = random_network(np.random.default_rng(1000 + seed))
    tensor = game.normal_form()
    for members in coalitions(game.num_players, max_size=min(3, game.num_players)):
        for rule in RULES:
            found = coalition_gain(game, profile, members, blocking=rule, coordination="correlated")
            assert (
                found.value == coalition_gain(tensor, profile, members, blocking=rule, coordination="correlated").value
            )
            assert found.verify()


@pytest.mark.parametrize("seed", seeds(20, slow=40))
def test_only_connected_coalitions_matter(seed: int) -> None:
    """If a coalition without an edge between two of its parts blocks, one of its connected components does."""
    rng = np.random.default_rng(2000 + seed)
    game, profile = random_network(rng, mixed=0)
    local = LocalGains(game, profile)
    tensor = game.normal_form()
    u = table(tensor.payoffs, tensor.num_actions)
    for members in coalitions(game.num_players):
        parts = local.components(tuple(sorted(members)))
        for rule in RULES:
            whole = pure_gain(brute_gains(u, tensor.num_actions, profile, sorted(members)), rule)
            each = [pure_gain(brute_gains(u, tensor.num_actions, profile, part), rule) for part in parts]
            together = {"all": min(each), "any": max(each)}.get(rule, sum(each))
            assert whole == together
            assert best_for_set(local, tuple(sorted(members)), rule)[0] == whole * local.denominator
            if whole > 0:
                assert max(each) > 0


def test_the_theorem_is_about_edges_inside_the_coalition() -> None:
    """Without the edges the claim fails: in a game that is not a polymatrix game on this network two strangers block."""
    game = halpern_coordination(num_players=4)
    pairs = [(0, 1), (1, 2), (2, 3)]
    assert int(resilience(game, (0,) * 4, coalitions=[[0], [1], [2], [3], [0, 2]])) == 1
    connected = coalitions(4, connected=pairs, max_size=2)
    assert frozenset({0, 2}) not in connected


@pytest.mark.parametrize("seed", range(10))
def test_connected_sets(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 9))
    edges = {pair: ([[0]], [[0]]) for pair in itertools.combinations(range(n), 2) if rng.random() < 0.35}
    game = PolymatrixGame(edges, [1] * n)
    found = [tuple(row) for level in connected_sets(game, n) for row in level.tolist()]
    assert found == [tuple(sorted(s)) for s in coalitions(n, connected=list(edges))]


def test_large_coalitions_by_elimination() -> None:
    """Stag hunt on trees and grids: all who hunt hares gain by hunting stags together, 1 for each end of an edge."""
    stag = ([[4, 0], [3, 3]], [[4, 3], [0, 3]])
    for network in (nx.path_graph(60), nx.balanced_tree(3, 3), nx.grid_2d_graph(5, 8)):
        game = PolymatrixGame.from_network(network, stag, actions=["stag", "hare"])
        everybody = range(game.num_players)
        hares = (1,) * game.num_players
        found = coalition_gain(game, hares, everybody, blocking="transfer")
        assert found == 2 * network.number_of_edges()
        assert found.deviation == (0,) * game.num_players
        assert found.verify()
        assert coalition_gain(game, (0,) * game.num_players, everybody, blocking="transfer") == 0
        # One player's best: all its neighbours hunt with it.
        assert coalition_gain(game, hares, everybody, blocking="any") == max(d for _, d in network.degree)


def test_stag_hunt_on_a_network_of_a_thousand() -> None:
    """On a cycle a hare hunter gets 3 from each of two neighbours; with stags 4 from each who joins. So two must join for one
    to gain ("any"), and in a row of k the ends lose: only all together gain each. With payments k in a row gain
    8 (k − 1) − 6 k = 2 k − 8, so that five are needed."""
    cycle = nx.cycle_graph(1000)
    game = PolymatrixGame.from_network(cycle, ([[4, 0], [3, 3]], [[4, 3], [0, 3]]), actions=["stag", "hare"])
    hares, stags = ("hare",) * 1000, ("stag",) * 1000
    assert int(resilience(game, hares, blocking="any")) == 2
    assert int(resilience(game, hares, blocking="transfer", coalitions=6)) == 4
    assert int(resilience(game, hares, blocking="transfer", coalitions=4)) == 1000
    for rule in ("all", "some"):
        assert int(resilience(game, hares, blocking=rule, coalitions=6)) == 1000
    for rule in RULES:
        found = resilience(game, stags, blocking=rule, coalitions=4)
        assert int(found) == 1000
        assert found.verify()


def test_questions_about_networks_that_are_refused() -> None:
    game = PolymatrixGame.from_network(nx.path_graph(30), ([[1, 0], [0, 1]], [[1, 0], [0, 1]]))
    with pytest.raises(SpecificationError, match="coalitions=4"):
        resilience(game, (0,) * 30)
    with pytest.raises(UnsupportedError, match="correlated"):
        resilience(game, (0,) * 30, coordination="correlated", coalitions=2)
    with pytest.raises(SpecificationError, match="joint deviations"):
        coalition_gain(game, (0,) * 30, range(30), blocking="all", coordination="correlated")
    with pytest.raises(UnsupportedError, match="float"):
        resilience(PolymatrixGame({(0, 1): ([[0.5]], [[0.5]])}), (0, 0))
    with pytest.raises(SpecificationError, match="once"):
        coalition_gain(game, (0,) * 30, [1, 1], blocking="any")
    assert is_resilient(game, (0,) * 30, 0)
    assert is_resilient(game, (0,) * 30, 3, blocking="transfer")


def test_evidence_travels() -> None:
    """What is written to JSON is read and checked elsewhere, with the game that it carries or another that is the same."""
    path = PolymatrixGame(
        {(1, 0): ([[1, 0], [0, "1/2"]], [[1, 0], [0, 1]])}, players=["Ana", "Ben"], own={1: [0, "1/3"]}
    )
    for game, profile in (
        (coordination(30), (30, 0)),
        (path, (1, 1)),
        (halpern_coordination(num_players=3), (0, 0, 0)),
    ):
        found = resilience(game, profile, blocking="transfer")
        data = found.to_dict()
        again = read_certificate(data["certificate"])
        assert again.verify()
        assert again.verify(game)
        assert again.claim == found.certificate.claim
        if data["witness"] is not None:
            assert read_certificate(data["witness"]).verify(game)
        with pytest.raises(CertificateError):
            again.verify(coordination(31))
        with pytest.raises(CertificateError, match="a coalition does"):
            ResilienceCertificate(found.certificate.profile, game.num_players, "any", game.exact()).verify()
    with pytest.raises(CertificateError, match="gains 1"):
        CoalitionBoundCertificate((30, 0), (2, 0), "all", "pure", Fraction(1, 2), (), coordination(30)).verify()


def test_results_work_as_numbers_and_tables() -> None:
    game = coordination(100)
    gain = coalition_gain(game, (100, 0), (3, 0), blocking="all", coordination="correlated")
    assert float(gain) == pytest.approx(1 / 3)
    assert gain > 0
    assert gain < 1
    assert bool(gain)
    assert gain.to_frame()["members"].sum() > 0
    assert "certified" in repr(gain)
    assert gain._repr_html_().startswith("<code>")
    harmed = immunity(game, (100, 0))
    assert harmed == 0
    assert list(harmed.to_frame().columns) == ["from", "to", "agents"]
    found = resilience(game, (100, 0))
    assert list(found.to_frame()["agents"]) == [2]
    assert "2 from 0 to 1" in repr(found)
    assert math.isclose(float(found), 1.0)


def test_a_wider_local_search_finds_the_same() -> None:
    """Barabási–Albert networks with hubs: what the kernel finds first is what brute force over connected sets finds."""
    network = nx.barabasi_albert_graph(40, 2, seed=3)
    rng = np.random.default_rng(3)
    edges = {
        (int(i), int(j)): (rng.integers(-3, 2, size=(2, 2)), rng.integers(-3, 2, size=(2, 2))) for i, j in network.edges
    }
    game = PolymatrixGame(edges)
    profile = tuple(0 for _ in range(40))
    local = LocalGains(game, profile)
    for rule in RULES:
        found = least_blocking_set(game, profile, rule, 3)
        first = next(
            (
                sorted(s)
                for s in coalitions(40, max_size=3, connected=network)
                if best_for_set(local, tuple(sorted(s)), rule)[0]
            ),
            None,
        )
        assert (found is None) == (first is None)
        if found is not None and first is not None:
            assert len(found[0].members) == len(first)
