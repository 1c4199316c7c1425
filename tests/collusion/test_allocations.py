"""Core, least core, nucleolus, Shapley and Banzhaf values, coalition structures: published numbers, theorems, brute force."""

from __future__ import annotations

import copy
import json
import random
from fractions import Fraction
from itertools import permutations
from math import comb, factorial

import numpy as np
import pytest
from oracles import coalitional as oracle

from gametheory import collusion
from gametheory.certificates import read_certificate
from gametheory.errors import InfeasibleError, SpecificationError
from gametheory.games import CoalitionalGame
from gametheory.games.coalitional import coalition_number


def worths_of(game: CoalitionalGame) -> oracle.Worths:
    return {s: game.worths[coalition_number(s)] for s in oracle.nonempty(game.num_players)}


def random_game(rng: random.Random, n: int | None = None, *, high: int | None = None) -> CoalitionalGame:
    """Few values make ties; monotone, superadditive or neither."""
    n = n or rng.choice([2, 3, 3, 4])
    high = high or rng.choice([1, 3, 9])
    kind = rng.choice(["any", "any", "sizes", "simple"])
    worths = [0]
    for number in range(1, 2**n):
        size = number.bit_count()
        if kind == "simple":
            worths.append(int(rng.random() < 0.2 * size))
        else:
            worths.append(rng.randint(-high, high) * (size**2 if kind == "sizes" else 1))
    return CoalitionalGame(worths)


def bankruptcy(estate: int) -> CoalitionalGame:
    claims = (100, 200, 300)
    return CoalitionalGame.from_function(
        lambda s: max(estate - sum(c for i, c in enumerate(claims) if i not in s), 0), 3
    )


# -- published numbers -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("estate", "shares"), [(100, ("100/3",) * 3), (200, (50, 75, 75)), (300, (50, 100, 150))])
def test_the_talmud_divides_estates_by_the_nucleolus(estate: int, shares: tuple[object, ...]) -> None:
    """R. Aumann and M. Maschler (1985), "Game theoretic analysis of a bankruptcy problem from the Talmud"."""
    found = collusion.nucleolus(bankruptcy(estate))
    assert found.payoffs == tuple(Fraction(x) for x in shares)  # type: ignore[arg-type]
    assert found.verify()


def test_gloves() -> None:
    """One right and two left gloves: the core is one point; the Shapley value leaves 1/6 to each left one."""
    gloves = CoalitionalGame.from_function(lambda s: min(len(s & {0, 1}), len(s & {2})), 3)
    assert collusion.core_allocation(gloves).payoffs == collusion.nucleolus(gloves).payoffs == (0, 0, 1)
    assert collusion.shapley_value(gloves).payoffs == (Fraction(1, 6), Fraction(1, 6), Fraction(2, 3))


def test_airport_game() -> None:
    """S. Littlechild and G. Owen (1973): each pays an equal share of every piece of runway it needs."""
    costs = (1, 3, 4, 10)
    game = CoalitionalGame.from_function(lambda s: -max(costs[i] for i in s), 4)
    shares, paid = [], Fraction(0)
    for k, cost in enumerate(costs):
        paid += Fraction(cost - (costs[k - 1] if k else 0), len(costs) - k)
        shares.append(-paid)
    assert collusion.shapley_value(game).payoffs == tuple(shares)
    assert bool(collusion.is_in_core(game, shares))


def test_security_council() -> None:
    """15 members, 9 votes, 5 vetoes: 421/2145 for a permanent member, 4/2145 for another (derived by counting too)."""
    council = CoalitionalGame.from_function(lambda s: int(len(s) >= 9 and s >= {0, 1, 2, 3, 4}), 15)
    value = collusion.shapley_value(council)
    # An elected member is decisive if all 5 permanent and exactly 3 of the other 9 elected ones came before.
    elected = Fraction(comb(9, 3) * factorial(8) * factorial(6), factorial(15))
    assert set(value.payoffs[5:]) == {elected} == {Fraction(4, 2145)}
    assert set(value.payoffs[:5]) == {(1 - 10 * elected) / 5} == {Fraction(421, 2145)}


def test_three_player_majority_has_no_core() -> None:
    majority = CoalitionalGame.from_function(lambda s: int(len(s) >= 2), 3)
    with pytest.raises(InfeasibleError) as error:
        collusion.core_allocation(majority)
    proof = error.value.certificate
    assert proof.verify()
    assert sum(w * majority.worth(s) for s, w in proof.balanced_weights()) == Fraction(3, 2)
    for i in range(3):
        assert sum(w for s, w in proof.balanced_weights() if i in s) == 1
    structure = collusion.coalition_structure(majority)
    assert not structure.is_stable
    assert "falls short by at least 1/3" in structure.describe()


@pytest.mark.parametrize(
    ("quota", "votes"), [(3, (2, 1, 1, 1)), (5, (3, 2, 2, 1, 1)), (4, (3, 1, 1, 1, 1)), (2, (1, 1, 1))]
)
def test_homogeneous_weights_are_the_nucleolus(quota: int, votes: tuple[int, ...]) -> None:
    """B. Peleg (1968): of a constant-sum homogeneous weighted majority game (apex games among them)."""
    game = CoalitionalGame.from_function(lambda s: int(sum(votes[i] for i in s) >= quota), len(votes))
    assert collusion.nucleolus(game).payoffs == tuple(Fraction(v, sum(votes)) for v in votes)


def test_myerson_value_of_a_star() -> None:
    """R. Myerson (1977): with the pairwise majority game, cutting the link between 1 and 2 makes 0 the broker."""
    majority = CoalitionalGame.from_function(lambda s: int(len(s) >= 2), 3)
    assert collusion.shapley_value(majority).payoffs == (Fraction(1, 3),) * 3
    star = collusion.shapley_value(majority, network=[(0, 1), (0, 2)])
    assert star.payoffs == (Fraction(2, 3), Fraction(1, 6), Fraction(1, 6))


# -- theorems ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(24))
def test_the_nucleolus_by_kohlbergs_criterion(seed: int) -> None:
    rng = random.Random(seed)
    game = random_game(rng)
    n, worths = game.num_players, worths_of(game)
    pre = collusion.nucleolus(game, allocations="all")
    assert oracle.is_nucleolus(worths, n, list(pre.payoffs), imputations=False)
    least = collusion.least_core(game)
    assert least.largest_excess == pre.largest_excess
    assert float(least.largest_excess) == pytest.approx(oracle.least_excess(worths, n), abs=1e-8)  # type: ignore[arg-type]
    by_member = collusion.least_core(game, excess="member")
    assert float(by_member.largest_excess) == pytest.approx(  # type: ignore[arg-type]
        oracle.least_excess(worths, n, by_member=True), abs=1e-8
    )
    if sum(worths[frozenset([i])] for i in range(n)) <= worths[frozenset(range(n))]:
        x = collusion.nucleolus(game)
        assert oracle.is_nucleolus(worths, n, list(x.payoffs), imputations=True)
    else:
        with pytest.raises(InfeasibleError):
            collusion.nucleolus(game)
    # no allocation nearby is lexicographically better
    best = oracle.sorted_excesses(worths, n, np.array(pre.payoffs, dtype=float))
    noise = np.random.default_rng(seed)
    for _ in range(50):
        step = noise.normal(size=n) * 10.0 ** -noise.integers(1, 4)
        other = oracle.sorted_excesses(worths, n, np.array(pre.payoffs, dtype=float) + step - step.mean())
        differ = next((k for k in range(len(best)) if abs(other[k] - best[k]) > 1e-9), None)
        assert differ is None or other[differ] > best[differ]


@pytest.mark.parametrize("seed", range(24))
def test_the_core_and_its_emptiness(seed: int) -> None:
    rng = random.Random(100 + seed)
    game = random_game(rng, rng.choice([2, 3, 4, 5]))
    answer = collusion.is_core_empty(game)
    shortfall = oracle.least_excess(worths_of(game), game.num_players)
    assert bool(answer) == (shortfall > 1e-9)
    assert answer.witness.verify()
    assert read_certificate(json.dumps(answer.witness.to_dict())).verify()
    if answer:
        assert float(answer.gain) == pytest.approx(shortfall, abs=1e-8)
        weights = answer.witness.balanced_weights()
        assert sum(w * game.worth(s) for s, w in weights) > game.worths[game.everyone]  # Bondareva and Shapley
        assert not bool(collusion.is_in_core(game, collusion.least_core(game).payoffs))
    else:
        assert bool(collusion.is_in_core(game, collusion.core_allocation(game).payoffs))
        assert bool(collusion.is_in_core(game, collusion.nucleolus(game).payoffs))


@pytest.mark.parametrize("seed", range(12))
def test_values_by_orders_and_their_axioms(seed: int) -> None:
    rng = random.Random(200 + seed)
    n = rng.choice([1, 2, 3, 4, 5])
    game, other = random_game(rng, n), random_game(rng, n)
    value = collusion.shapley_value(game).payoffs
    assert value == tuple(oracle.shapley(worths_of(game), n))
    assert collusion.banzhaf_value(game).payoffs == tuple(oracle.banzhaf(worths_of(game), n))
    assert sum(value) == game.worths[game.everyone]
    both = CoalitionalGame(game.worths.fractions() + other.worths.fractions())
    together = zip(value, collusion.shapley_value(other).payoffs, strict=True)
    assert collusion.shapley_value(both).payoffs == tuple(a + b for a, b in together)
    # A player who adds nothing gets nothing, one more player changes nobody's value.
    with_null = CoalitionalGame([*game.worths.fractions(), *game.worths.fractions()])
    assert collusion.shapley_value(with_null).payoffs == (*value, 0)


@pytest.mark.parametrize("seed", range(12))
def test_relabelling_and_strategic_equivalence(seed: int) -> None:
    rng = random.Random(300 + seed)
    n = 3
    game = random_game(rng, n)
    order = rng.choice(list(permutations(range(n))))
    renamed = CoalitionalGame.from_function(lambda s: game.worth(order[i] for i in s), n)
    scale, shift = Fraction(rng.randint(1, 5), 2), [Fraction(rng.randint(-4, 4)) for _ in range(n)]
    moved = CoalitionalGame.from_function(lambda s: scale * game.worth(s) + sum(shift[i] for i in s), n)
    solutions = [
        lambda g: collusion.nucleolus(g, allocations="all").payoffs,
        lambda g: collusion.shapley_value(g).payoffs,
        lambda g: collusion.banzhaf_value(g).payoffs,
    ]
    for solve in solutions:
        x = solve(game)
        assert solve(renamed) == tuple(x[order[i]] for i in range(n))
        assert solve(moved) == tuple(scale * x[i] + shift[i] for i in range(n))


@pytest.mark.parametrize("seed", range(16))
def test_structures_by_all_partitions(seed: int) -> None:
    rng = random.Random(400 + seed)
    n = rng.choice([2, 3, 4, 5])
    full = random_game(rng, n)
    listed = [s for s in oracle.nonempty(n) if len(s) == 1 or rng.random() < 0.7]
    game = CoalitionalGame(full.worths, allowed=listed)
    found = collusion.coalition_structure(game)
    worths = worths_of(full)
    best = oracle.best_partition(worths, list(range(n)), lambda s: s in listed)
    assert found.value == best == sum(game.worth(s) for s in found.coalitions)
    assert found.verify()
    if found.allocation is not None:
        assert all(sum(found.allocation[i] for i in s) >= worths[s] for s in listed)
        for blocks in oracle.partitions(list(range(n))):  # all best structures are stable with this allocation
            if all(s in listed for s in blocks) and sum(worths[s] for s in blocks) == best:
                assert all(sum(found.allocation[i] for i in s) == worths[s] for s in blocks)
    else:
        with_total = {**worths, frozenset(range(n)): best}
        family = {s for s in listed if len(s) < n}
        assert oracle.least_excess(with_total, n, family=family) > 0 or worths[frozenset(range(n))] > best


def test_fair_loss_of_a_link() -> None:
    """Myerson's axiom: both ends of a link gain the same by it."""
    rng = random.Random(5)
    for _ in range(10):
        game = random_game(rng, 4)
        links = [(i, j) for i in range(4) for j in range(i) if rng.random() < 0.6]
        for link in links:
            without = collusion.shapley_value(game, network=[e for e in links if e != link]).payoffs
            full = collusion.shapley_value(game, network=links).payoffs
            assert full[link[0]] - without[link[0]] == full[link[1]] - without[link[1]]


# -- small and odd -----------------------------------------------------------------------------------------------------


def test_one_player_and_two() -> None:
    alone = CoalitionalGame([0, 5])
    assert collusion.nucleolus(alone).payoffs == collusion.core_allocation(alone).payoffs == (5,)
    assert collusion.shapley_value(alone).payoffs == (5,)
    with pytest.raises(SpecificationError, match="one player"):
        collusion.least_core(alone)
    pair = CoalitionalGame([0, 1, 2, 9])
    assert collusion.nucleolus(pair).payoffs == collusion.shapley_value(pair).payoffs == (4, 5)  # share the surplus


def test_families_that_say_too_little() -> None:
    apart = CoalitionalGame([0, 1, 1, 5, 0, 0, 0, 0], allowed=[{0, 1}])
    with pytest.raises(SpecificationError, match="may not form"):
        collusion.core_allocation(apart)
    with pytest.raises(SpecificationError, match="cannot form"):
        apart.worth({0, 2})
    with pytest.raises(SpecificationError, match="superadditive_cover"):
        collusion.shapley_value(apart)
    cover = apart.superadditive_cover()
    assert collusion.nucleolus(cover).payoffs == (Fraction(5, 2), Fraction(5, 2), 0)
    assert collusion.coalition_structure(apart).coalitions == (frozenset({0, 1}), frozenset({2}))


def test_a_family_of_singletons_determines_the_nucleolus() -> None:
    game = CoalitionalGame.from_table({(0,): 1, (1,): 0, (2,): 2, (0, 1, 2): 9}, 3)
    assert collusion.nucleolus(game).payoffs == (3, 2, 4)  # the surplus of 6 in equal parts
    assert collusion.least_core(game).largest_excess == -2


def test_malformed_games_are_refused() -> None:
    for worths in ([0, 1, 2], [1, 0], [0], [[0, 1]]):
        with pytest.raises(SpecificationError, match="worths"):
            CoalitionalGame(worths)
    for bad in ([0, float("nan")], [0, "x"], [0, True]):
        with pytest.raises(SpecificationError):
            CoalitionalGame(bad)
    with pytest.raises(SpecificationError, match="player 1 alone"):
        CoalitionalGame.from_table({(0,): 1, (0, 1): 2}, 2)
    with pytest.raises(SpecificationError, match="num_players"):
        CoalitionalGame.from_function(len, 99)
    with pytest.raises(SpecificationError, match="excess"):
        collusion.least_core(CoalitionalGame([0, 1, 1, 2]), excess="head")  # type: ignore[arg-type]
    with pytest.raises(SpecificationError, match="allocations"):
        collusion.nucleolus(CoalitionalGame([0, 1, 1, 2]), allocations="some")  # type: ignore[arg-type]
    with pytest.raises(SpecificationError, match="shape"):
        collusion.is_in_core(CoalitionalGame([0, 1, 1, 2]), [1])


def test_values_compare_and_travel() -> None:
    game = CoalitionalGame([0, 0.5, 0.25, 1], ["<b>", "c"])
    for value in (
        game,
        CoalitionalGame(game.worths, allowed=[{0}, {1}]),
        collusion.nucleolus(game),
        collusion.coalition_structure(game),
    ):
        again = copy.deepcopy(value)
        assert again == value
        assert hash(again) == hash(value)
    assert "<b>" not in collusion.nucleolus(game)._repr_html_()
    assert collusion.nucleolus(game)["c"] == Fraction(3, 8)
    assert list(collusion.nucleolus(game).to_frame()["payoff"]) == [Fraction(5, 8), Fraction(3, 8)]
    assert json.dumps(collusion.coalition_structure(game).to_dict())
    assert collusion.coalition_structure(game).to_frame().shape == (1, 2)
