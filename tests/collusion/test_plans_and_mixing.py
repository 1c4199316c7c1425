"""Coalitions against correlated profiles, ex ante and interim; independent mixing between certified bounds."""

from __future__ import annotations

import json
import random
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from oracles import coalitions as oracle
from oracles import plans
from seeds import seeds

from gametheory import collusion
from gametheory.certificates import read_certificate
from gametheory.certificates.two_by_two_mixing import two_by_two_mixing
from gametheory.errors import SpecificationError, UndecidedError
from gametheory.games import NormalFormGame

RULES = ("all", "some", "any", "transfer")
WAYS = ("pure", "independent", "correlated")
CHICKEN = NormalFormGame.from_bimatrix([[6, 2], [7, 0]], [[6, 7], [2, 0]])


def reread(certificate: object) -> bool:
    return bool(read_certificate(json.dumps(certificate.to_dict())).verify())  # type: ignore[attr-defined]


def threshold_coordination(n: int) -> NormalFormGame:
    def payoff(*a: int) -> tuple[int, ...]:
        if sum(a) == 0:
            return (1,) * n
        return tuple(2 * x for x in a) if sum(a) == 2 else (0,) * n

    return NormalFormGame.from_function(payoff, [2] * n)


def random_game(rng: random.Random, sizes: tuple[int, ...], *, floats: bool = False) -> NormalFormGame:
    high = rng.choice([1, 2, 4])
    tensor = np.array([rng.randint(-high, high) for _ in range(len(sizes) * int(np.prod(sizes)))])
    tensor = tensor.reshape(len(sizes), *sizes)
    return NormalFormGame(tensor / 4.0 if floats else tensor)


def random_distribution(rng: random.Random, sizes: tuple[int, ...], support: int) -> dict[tuple[int, ...], Fraction]:
    profiles = rng.sample(list(product(*map(range, sizes))), support)
    weights = [rng.randint(1, 3) for _ in profiles]
    return {a: Fraction(w, sum(weights)) for a, w in zip(profiles, weights, strict=True)}


# -- published numbers ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("advice", "payoff", "gain"),
    [
        ({(0, 0): "1/2", (0, 1): "1/4", (1, 0): "1/4"}, Fraction(21, 4), Fraction(3, 4)),
        ({(0, 0): "1/3", (0, 1): "1/3", (1, 0): "1/3"}, Fraction(5), Fraction(1)),
    ],
)
def test_chicken(advice: dict[tuple[int, int], str], payoff: Fraction, gain: Fraction) -> None:
    """Aumann (1974): nobody leaves alone; together both get 6 by swerving whatever they are told, 6 − payoff more each."""
    assert 6 - payoff == gain
    for player in (0, 1):
        assert collusion.coalition_gain(CHICKEN, advice, [player], blocking="all") == 0
    assert [collusion.coalition_margin(CHICKEN, advice, [i], blocking="all") <= 0 for i in (0, 1)] == [True, True]
    if gain == Fraction(3, 4):
        assert [collusion.coalition_margin(CHICKEN, advice, [i], blocking="all").value for i in (0, 1)] == [0, 0]
    for coordination in WAYS:
        found = collusion.coalition_gain(CHICKEN, advice, [0, 1], blocking="all", coordination=coordination)
        assert found == gain
        assert found.gains == (gain, gain)
        assert found.verify()
        assert reread(found.witness)
        assert reread(found.certificate)
        # Nobody gains from what each is told to do once it is known that one shall dare, or that both swerve.
        later = collusion.coalition_gain(
            CHICKEN, advice, [0, 1], blocking="all", coordination=coordination, timing="interim"
        )
        assert later == 0
    assert collusion.coalition_margin(CHICKEN, advice, [0, 1], blocking="all") == gain
    assert int(collusion.resilience(CHICKEN, advice)) == 1
    assert int(collusion.resilience(CHICKEN, advice, timing="interim")) == 2
    broken = collusion.is_strong_correlated_equilibrium(CHICKEN, advice, timing="ex_ante")
    assert (broken.status, broken.gain) == ("no", gain)
    assert collusion.is_strong_correlated_equilibrium(CHICKEN, advice, timing="ex_ante", size=1)
    assert collusion.is_strong_correlated_equilibrium(CHICKEN, advice, timing="interim")
    assert collusion.largest_coalition_gain(CHICKEN, advice, coordination="correlated") == gain


@pytest.mark.parametrize("n", [3, 4, 5])
def test_three_can_gain_only_by_drawing_lots(n: int) -> None:
    """Abraham et al. (2006): a triple gains 1/3 each by shared randomness, nothing purely or by independent mixing."""
    game, zero, three = threshold_coordination(n), (0,) * n, [0, 1, 2]
    values = [collusion.coalition_gain(game, zero, three, blocking="all", coordination=how).value for how in WAYS]
    assert values == [0, 0, Fraction(1, 3)]
    found = collusion.coalition_gain(game, zero, three, blocking="all", coordination="independent")
    assert not found.proof  # the subdivision itself shows 0, no prover is trusted
    assert found.verify()
    assert reread(found.certificate)
    assert int(collusion.resilience(game, zero, coordination="independent")) == 1
    assert int(collusion.immunity(game, zero)) == 0
    assert collusion.robustness(game, zero).pairs == ((1, 0),)


@pytest.mark.parametrize("n", [3, 4, 5])
def test_bargaining(n: int) -> None:
    """Nobody gains by leaving, with any coordination; one leaver harms all others (Halpern 2008)."""

    def payoff(*a: int) -> tuple[int, ...]:
        return (2,) * n if sum(a) == 0 else tuple(1 if x else 0 for x in a)

    game = NormalFormGame.from_function(payoff, [2] * n)
    for how in WAYS:
        assert int(collusion.resilience(game, (0,) * n, coordination=how)) == n
    found = collusion.robustness(game, (0,) * n)
    assert (found.pairs, int(found.immunity)) == (((n, 0),), 0)
    assert found.verify()


def test_an_irrational_gain_of_a_pair() -> None:
    """One gains 2 if only the other moves, the other 1 if only the first does: 6 − 4√2, as for weights 1 and 2 in team play."""
    game = NormalFormGame.from_bimatrix([[0, 2], [0, 0]], [[0, 0], [1, 0]])
    found = collusion.coalition_gain(game, (0, 0), [0, 1], blocking="all", coordination="independent")
    assert found.lower < found.upper
    for bound, side in ((found.lower, -1), (found.upper, 1)):
        # v = 6 − 4√2 is the smaller root of v² − 12 v + 4: the polynomial is positive below it and negative above
        assert side * (bound * bound - 12 * bound + 4) < 0
    assert float(found) == pytest.approx(6 - 4 * 2**0.5, abs=1e-15)
    assert found > 0
    with pytest.raises(UndecidedError, match="lower"):
        _ = found.value
    assert found.verify()
    assert reread(found.witness)
    assert reread(found.certificate)
    assert collusion.coalition_gain(game, (0, 0), [0, 1], blocking="all", coordination="correlated") == Fraction(2, 3)


# -- against brute force -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(10))
def test_plans_agree_with_brute_force(seed: int) -> None:
    rng = random.Random(seed)
    sizes = rng.choice([(2, 2), (2, 3), (2, 2, 2)])
    game = random_game(rng, sizes, floats=seed % 4 == 0)
    mu = random_distribution(rng, sizes, rng.choice([1, 2, 3] if sizes == (2, 2) else [1, 2]))
    u = oracle.table(game.exact().payoffs, sizes)
    n = len(sizes)
    assert int(collusion.immunity(game, mu)) == plans.immunity(u, sizes, mu)
    for members in oracle.nonempty_sets(range(n), n):
        for rule in RULES:
            assert collusion.coalition_margin(game, mu, members, blocking=rule) == plans.margin(
                u, sizes, mu, members, rule
            )
            for timing in ("ex_ante", "interim"):
                found = {
                    how: collusion.coalition_gain(
                        game, mu, members, blocking=rule, coordination=how, timing=timing, max_cells=40
                    )
                    for how in WAYS
                }
                for how in ("pure", "correlated"):
                    assert found[how] == plans.gain(u, sizes, mu, members, rule, how, timing), (members, rule, how)
                assert found["pure"].lower <= found["independent"].lower
                assert found["independent"].upper <= found["correlated"].upper
                for each in found.values():
                    assert each.verify()
                    assert (each.witness is None) == (each.lower == 0)
                    if each.witness is not None:
                        assert each.witness.gain == each.lower


@pytest.mark.parametrize("seed", range(5))
def test_resilience_of_correlated_profiles(seed: int) -> None:
    rng = random.Random(100 + seed)
    sizes = rng.choice([(2, 2), (2, 2, 2)])
    game = random_game(rng, sizes)
    mu = random_distribution(rng, sizes, 2)
    u = oracle.table(game.payoffs, sizes)
    for rule, how in product(RULES, ("pure", "correlated")):
        sizes_withstood = {}
        for timing in ("ex_ante", "interim"):
            blocked = [
                len(s)
                for s in oracle.nonempty_sets(range(len(sizes)), len(sizes))
                if plans.gain(u, sizes, mu, s, rule, how, timing) > 0
            ]
            found = collusion.resilience(game, mu, blocking=rule, coordination=how, timing=timing)
            assert int(found) == min(blocked, default=len(sizes) + 1) - 1
            assert found.verify()
            assert reread(found.certificate)
            sizes_withstood[timing] = int(found)
        assert sizes_withstood["ex_ante"] <= sizes_withstood["interim"]
        if rule in ("any", "transfer"):
            assert sizes_withstood["ex_ante"] == sizes_withstood["interim"]


@pytest.mark.parametrize("seed", range(6))
def test_a_product_of_pure_play_is_the_pure_profile(seed: int) -> None:
    rng = random.Random(200 + seed)
    sizes = (2, 2, 2)
    game = random_game(rng, sizes)
    a = tuple(rng.randrange(2) for _ in sizes)
    array = np.full(sizes, Fraction(0), dtype=object)
    array[a] = Fraction(1)
    for members, rule, how in product([(0,), (0, 1), (0, 1, 2)], RULES, ("pure", "correlated")):
        plain = collusion.coalition_gain(game, a, members, blocking=rule, coordination=how)
        for timing in ("ex_ante", "interim"):
            found = collusion.coalition_gain(game, array, members, blocking=rule, coordination=how, timing=timing)
            assert found.lower == plain.lower
    assert int(collusion.immunity(game, array)) == int(collusion.immunity(game, a))


# -- independent mixing --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", seeds(16, slow=40))
def test_pairs_in_closed_form(seed: int) -> None:
    """No point of a fine grid is better, and the bounds are attained and close together."""
    rng = random.Random(300 + seed)
    high = rng.choice([1, 2, 5])
    gains = [[[rng.randint(-high, high) for _ in range(2)] for _ in range(2)] for _ in range(2)]
    if seed % 2:
        gains[0][0][0] = gains[1][0][0] = 0
    table = {(i, j): (Fraction(gains[0][i][j]), Fraction(gains[1][i][j])) for i in range(2) for j in range(2)}
    for rule in ("all", "some"):
        found = two_by_two_mixing(gains, 1, rule)  # type: ignore[arg-type]
        assert plans.best_on_grid(table, (2, 2), rule, 20) <= found.upper
        assert found.upper - found.lower <= found.upper / 2**80
        if found.point is not None:
            x, y = found.point
            reached = plans.mixed_gains(table, [(1 - x, x), (1 - y, y)])
            assert min(0 <= p <= 1 for p in found.point)
            assert found.lower == (min(reached) if rule == "all" else sum(reached))
            assert rule == "all" or min(reached) >= 0
        else:
            assert found.upper == 0


@pytest.mark.parametrize("seed", range(9))
def test_independent_mixing_is_enclosed(seed: int) -> None:
    rng = random.Random(400 + seed)
    sizes = [(2, 3), (2, 2, 2), (3, 3)][seed % 3]
    game = random_game(rng, sizes)
    a = tuple(rng.randrange(m) for m in sizes)
    u = oracle.table(game.payoffs, sizes)
    members = tuple(range(len(sizes)))
    options = oracle.gains(u, sizes, a, members)
    for rule in ("all", "some"):
        found = collusion.coalition_gain(game, a, members, blocking=rule, coordination="independent", max_cells=400)
        assert oracle.pure_gain(options, rule) <= found.lower <= found.upper <= oracle.correlated_gain(options, rule)
        assert plans.best_on_grid(options, sizes, rule, 4) <= found.upper
        assert found.verify()
        assert found.certificate is not None
        assert found.certificate.epsilon == found.upper or (found.proof and found.upper == 0)
        if found.witness is not None:
            assert reread(found.witness)


def test_what_is_not_closed_says_so() -> None:
    """Two cells are not enough: the answer is a bracket, and every number that needs one value is refused."""
    rng = np.random.default_rng(5)
    for _ in range(50):
        tensor = rng.integers(-6, 7, size=(3, 3, 3, 3))
        tensor[:, 0, 0, 0] = 0
        game = NormalFormGame(tensor)
        found = collusion.coalition_gain(
            game, (0, 0, 0), [0, 1, 2], blocking="all", coordination="independent", max_cells=2
        )
        if found.lower < found.upper and found.lower > 0:
            break
    assert 0 < found.lower < found.upper
    assert " to " in repr(found)
    with pytest.raises(UndecidedError):
        float(found)
    with pytest.raises(UndecidedError):
        _ = found > (found.lower + found.upper) / 2
    assert found > 0
    assert found.to_dict()["gain"] == {"lower": str(found.lower), "upper": str(found.upper)}
    assert found.verify()


def test_epsilon_resilience_is_stated() -> None:
    """The triple of Abraham et al. with a copy of action 0 for each: two cells leave open whether it mixes with a gain."""

    def payoff(*a: int) -> tuple[int, ...]:
        ones = [int(k == 1) for k in a]
        return (1, 1, 1) if sum(ones) == 0 else tuple(2 * x for x in ones) if sum(ones) == 2 else (0, 0, 0)

    game = NormalFormGame.from_function(payoff, [3, 3, 3])
    asked = {"coordination": "independent", "coalitions": [[0, 1, 2]]}
    found = collusion.resilience(game, (0, 0, 0), max_cells=2, **asked)
    assert (found.lower, found.upper) == (2, 3)
    assert 0 < found.epsilon <= Fraction(1, 3)
    assert found.verify()
    assert reread(found.relaxed)
    with pytest.raises(UndecidedError, match="gains at most"):
        int(found)
    verdict = collusion.is_resilient(game, (0, 0, 0), 3, max_cells=2, **asked)
    assert (verdict.status, verdict.gain) == ("within tolerance", found.epsilon)
    with pytest.raises(UndecidedError, match="independent mixing"):
        bool(verdict)
    assert int(collusion.resilience(game, (0, 0, 0), max_cells=2, tol=1, **asked)) == 3
    closed = collusion.resilience(game, (0, 0, 0), **asked)
    assert (int(closed), closed.epsilon) == (3, 0)
    assert closed.verify()


@pytest.mark.parametrize("seed", seeds(3, slow=6))
def test_invariants(seed: int) -> None:
    """Any ≥ all, transfer ≥ |S| · all, correlated ≥ independent ≥ pure; gains grow with the size allowed."""
    rng = random.Random(500 + seed)
    sizes = rng.choice([(2, 2, 2), (2, 2, 2, 2)])
    game = random_game(rng, sizes)
    a = tuple(rng.randrange(2) for _ in sizes)
    half = tuple(("1/2", "1/2") for _ in sizes)
    order = rng.sample(range(len(sizes)), len(sizes))
    relabelled = NormalFormGame(np.transpose(game.payoffs[list(order)], [0, *(1 + i for i in order)]).tolist())
    scale = [rng.randint(1, 4) for _ in sizes]
    stretched = NormalFormGame([(game.payoffs[i] * scale[i] + rng.randint(-3, 3)).tolist() for i in range(len(sizes))])
    for profile in (a, half):
        pair = collusion.coalition_gain(game, profile, [0, 1], blocking="all", coordination="independent")
        assert (
            collusion.coalition_gain(game, profile, [0, 1], blocking="any", coordination="independent").value
            >= pair.lower
        )
        total = collusion.coalition_gain(game, profile, [0, 1], blocking="transfer", coordination="independent")
        assert total.value >= 2 * pair.lower
        own = [profile[i] for i in order]
        for rule in ("all", "any"):
            values = [
                collusion.largest_coalition_gain(game, profile, size=k, blocking=rule, coordination="correlated").value
                for k in range(1, len(sizes) + 1)
            ]
            assert values == sorted(values)
            for how in ("pure", "correlated"):
                size = int(collusion.resilience(game, profile, blocking=rule, coordination=how))
                assert int(collusion.resilience(relabelled, own, blocking=rule, coordination=how)) == size
                assert int(collusion.resilience(stretched, profile, blocking=rule, coordination=how)) == size


# -- families, profiles, refusals ----------------------------------------------------------------------------------------------


class Path:
    """A communication graph in which 0 and 2 do not talk."""

    edges = ((0, 1), (1, 2))


def test_coalitions_by_size_graph_and_name() -> None:
    game = threshold_coordination(3)
    zero = (0, 0, 0)
    assert int(collusion.resilience(game, zero, coalitions=1)) == 3
    assert int(collusion.resilience(game, zero, coalitions=Path())) == 1
    assert int(collusion.resilience(game, zero, coalitions=[["Player 1", "Player 3"]])) == 1
    assert collusion.largest_coalition_gain(game, zero, coalitions=Path(), size=1) == 0
    assert collusion.robustness(game, zero, coalitions=1).lower == (3,)
    assert collusion.is_robust(game, zero, 3, 0, coalitions=1)
    with pytest.raises(SpecificationError, match="coalitions"):
        collusion.resilience(game, zero, coalitions="all")


def test_profiles_are_read_with_suspicion() -> None:
    with pytest.raises(SpecificationError, match="sum"):
        collusion.resilience(CHICKEN, np.full((2, 2), Fraction(1, 2), dtype=object))
    with pytest.raises(SpecificationError, match="nested"):
        collusion.resilience(CHICKEN, [[[1, 0], [0, 0]], [[0, 0], [0, 0]]])
    with pytest.raises(SpecificationError, match="timing"):
        collusion.coalition_gain(CHICKEN, (0, 0), [0], blocking="all", timing="later")  # type: ignore[arg-type]
    with pytest.raises(SpecificationError, match="gap"):
        collusion.coalition_gain(CHICKEN, (0, 0), [0, 1], blocking="all", coordination="independent", gap=0)
    with pytest.raises(SpecificationError, match="max_cells"):
        collusion.coalition_gain(CHICKEN, (0, 0), [0, 1], blocking="all", coordination="independent", max_cells=0)
    floats = np.array([[0.5, 0.25], [0.25, 0.0]])
    assert collusion.coalition_gain(CHICKEN, floats, [0, 1], blocking="all") == Fraction(3, 4)
    mixed = ([0.5, 0.5], [0.5, 0.5])
    assert collusion.coalition_gain(CHICKEN, mixed, [0], blocking="all") == Fraction(1, 4)
