"""Coalitions amid faulty players who mix; the harm that joint deviations add."""

from __future__ import annotations

import json
import random
from fractions import Fraction
from itertools import combinations, product

import numpy as np
import pytest
from oracles import coalitions as oracle
from oracles import plans
from seeds import seeds

from gametheory import collusion
from gametheory.certificates import read_certificate
from gametheory.errors import SpecificationError, UnsupportedError
from gametheory.games import NormalFormGame

RULES = ("all", "some", "any", "transfer")
WAYS = ("pure", "independent", "correlated")


def reread(certificate: object) -> bool:
    return bool(read_certificate(json.dumps(certificate.to_dict())).verify())  # type: ignore[attr-defined]


def random_game(rng: random.Random, sizes: tuple[int, ...]) -> NormalFormGame:
    high = rng.choice([1, 2, 4])
    tensor = np.array([rng.randint(-high, high) for _ in range(len(sizes) * int(np.prod(sizes)))])
    return NormalFormGame(tensor.reshape(len(sizes), *sizes))


def immune_game(rng: random.Random, n: int) -> NormalFormGame:
    """At all 0 nobody is hurt by others: u_i is a bonus, negative or positive, for own moves, and more for joint ones."""

    def payoff(*a: int) -> tuple[int, ...]:
        return tuple(bonus[(i, a)] if a[i] else 0 for i in range(n))

    bonus = {(i, a): rng.randint(-3, 1) for i in range(n) for a in product(range(2), repeat=n)}
    return NormalFormGame.from_function(payoff, [2] * n)


def amid(
    u: dict, sizes: tuple[int, ...], a: tuple[int, ...], members: tuple[int, ...], faulty: tuple[int, ...]
) -> dict:
    """Members' gains for every joint action of theirs and of the faulty."""
    table = {}
    for play in product(*(range(sizes[i]) for i in faulty)):
        base = oracle.replaced(a, faulty, play)
        for joint, gains in oracle.gains(u, sizes, base, members).items():
            table[(joint, play)] = gains
    return table


def sampled_block(rng: random.Random, table: dict, rule: str, mixes: tuple[bool, bool]) -> bool:
    """Whether random joint distributions of the coalition and of the faulty block; sides that do not mix are enumerated."""
    mine, theirs = sorted({k[0] for k in table}), sorted({k[1] for k in table})

    def draws(actions: list, mixing: bool) -> list[dict]:
        sure = [{x: Fraction(1)} for x in actions]
        if not mixing:
            return sure
        rows = []
        for _ in range(12):
            weights = [rng.randint(0, 3) for _ in actions]
            if sum(weights):
                rows.append({x: Fraction(w, sum(weights)) for x, w in zip(actions, weights, strict=True)})
        return sure + rows

    for p, q in product(draws(mine, mixes[0]), draws(theirs, mixes[1])):
        size = len(next(iter(table.values())))
        gains = [sum(x * y * table[(c, t)][k] for c, x in p.items() for t, y in q.items()) for k in range(size)]
        if oracle.blocks(gains, rule):
            return True
    return False


@pytest.mark.parametrize("seed", range(6))
def test_no_draw_blocks_where_the_answer_is_yes(seed: int) -> None:
    rng = random.Random(seed)
    n = 3
    game = immune_game(rng, n) if seed % 2 else random_game(rng, (2, 2, 2))
    u = oracle.table(game.payoffs, game.num_actions)
    a = (0, 0, 0)
    for rule, how, play in product(("all", "some"), WAYS, WAYS):
        for k, t in ((2, 1), (1, 2)):
            found = collusion.is_robust(game, a, k, t, blocking=rule, coordination=how, faulty_play=play, max_cells=60)
            if found.status == "no":
                if "immunity" in found.witness:
                    assert oracle.immunity(u, game.num_actions, a) < t
                    continue
                assert found.witness["gain"] == found.gain > 0
                assert found.witness["certificate"].gain == found.gain
                assert found.witness["certificate"].verify()
                assert reread(found.witness["certificate"])
            elif found.status == "yes":
                for size in range(t + 1):
                    for faulty in combinations(range(n), size):
                        rest = [i for i in range(n) if i not in faulty]
                        for members in oracle.nonempty_sets(rest, min(k, len(rest))):
                            table = amid(u, game.num_actions, a, members, faulty)
                            mixes = (how == "correlated", play == "correlated")
                            assert not sampled_block(rng, table, rule, mixes)


@pytest.mark.parametrize("seed", range(4))
def test_robustness_is_what_its_pairs_say(seed: int) -> None:
    """(k, t)-robust implies all smaller pairs; the certificate of each t is read back and holds."""
    rng = random.Random(50 + seed)
    game = immune_game(rng, 3)
    for rule, how in product(RULES, ("pure", "correlated")):
        found = collusion.robustness(game, (0, 0, 0), blocking=rule, coordination=how, max_cells=60)
        assert found.lower == tuple(sorted(found.lower, reverse=True))
        assert found.verify()
        for t, (low, high) in enumerate(zip(found.lower, found.upper, strict=True)):
            assert reread(found.certificates[t])
            for k in range(4):
                verdict = collusion.is_robust(game, (0, 0, 0), k, t, blocking=rule, coordination=how, max_cells=60)
                assert verdict.status == ("yes" if k <= low else "no" if k > high else "within tolerance")
        plain = int(collusion.resilience(game, (0, 0, 0), blocking=rule, coordination=how))
        assert found.lower[0] == found.upper[0] == plain
        assert int(found.immunity) == int(collusion.immunity(game, (0, 0, 0)))
        for weaker in ("pure", "independent"):
            if rule in ("any", "transfer"):
                same = collusion.robustness(game, (0, 0, 0), blocking=rule, coordination=how, faulty_play=weaker)
                assert same.lower == found.lower
            else:
                other = collusion.robustness(
                    game, (0, 0, 0), blocking=rule, coordination=how, faulty_play=weaker, max_cells=60
                )
                assert all(x >= y for x, y in zip(other.upper, found.lower, strict=True))


def test_faulty_players_and_members_who_both_mix() -> None:
    """With p for "1, 1" and q for the faulty one's first play the pair gains 11 p q − 1 and 11 (1 − p)(1 − q) − 1.

    A side that is pure makes one of them −1. With p + q = 1 both are at most 11/4 − 1, at p = q = 1/2.
    """

    def payoff(a: int, b: int, faulty: int) -> tuple[int, int, int]:
        if a != b or a == 0:
            return (0, 0, 0)
        return (10 if (a, faulty) == (1, 0) else -1, 10 if (a, faulty) == (2, 1) else -1, 0)

    game = NormalFormGame.from_function(payoff, [3, 3, 2])
    for coordination, faulty_play in product(WAYS, WAYS):
        found = collusion.is_robust(
            game,
            (0, 0, 0),
            2,
            1,
            coalitions=[[0, 1]],
            coordination=coordination,
            faulty_play=faulty_play,
            max_cells=100,
        )
        if coordination == "correlated" and faulty_play != "pure":
            assert (found.status, found.gain) == ("no", Fraction(7, 4))
            assert found.witness["play"] in ({(0,): Fraction(1, 2), (1,): Fraction(1, 2)}, ((Fraction(1, 2),) * 2,))
            assert found.witness["certificate"].verify()
            assert reread(found.witness["certificate"])
        elif "pure" in (coordination, faulty_play):
            assert found.status == "yes"
        else:  # who mixes alone also meets with 0s: 11 x² q − (x² + y²) for probabilities x, y of the two actions
            assert found.gain <= Fraction(7, 4)
    measured = collusion.robustness(game, (0, 0, 0), coalitions=[[0, 1]], coordination="correlated", max_faulty=1)
    assert (measured.lower, measured.upper) == ((3, 1), (3, 1))
    assert measured.verify()


@pytest.mark.parametrize("seed", range(4))
def test_correlated_profiles_amid_faulty_plans(seed: int) -> None:
    rng = random.Random(80 + seed)
    sizes = (2, 2, 2)
    game = random_game(rng, sizes)
    u = oracle.table(game.payoffs, sizes)
    profiles = rng.sample(list(product(range(2), repeat=3)), 2)
    mu = {profiles[0]: Fraction(1, 3), profiles[1]: Fraction(2, 3)}
    immune = plans.immunity(u, sizes, mu)
    assert int(collusion.immunity(game, mu)) == immune
    for rule in RULES:
        found = collusion.is_robust(game, mu, 2, 1, blocking=rule)
        expected = immune >= 1
        for faulty in ((), (0,), (1,), (2,)):
            told = plans.recommendations(mu, faulty)
            for plays in product(product(range(2), repeat=len(faulty)), repeat=len(told)):
                moved: dict = {}
                for a, p in mu.items():
                    after = oracle.replaced(a, faulty, plays[told.index(tuple(a[i] for i in faulty))])
                    moved[after] = moved.get(after, Fraction(0)) + p
                for members in oracle.nonempty_sets([i for i in range(3) if i not in faulty], 2):
                    expected &= plans.gain(u, sizes, moved, members, rule, "pure", "ex_ante") <= 0
        assert (found.status == "yes") == expected
    if immune >= 1:
        with pytest.raises(UnsupportedError, match="faulty_play"):
            collusion.is_robust(game, mu, 2, 1, faulty_play="correlated", coalitions=[[0, 1]])


def test_sizes_are_checked() -> None:
    game = NormalFormGame.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]])
    with pytest.raises(SpecificationError, match="faulty_play"):
        collusion.is_robust(game, (1, 1), 1, 1, faulty_play="mixed")  # type: ignore[arg-type]
    with pytest.raises(SpecificationError, match="max_faulty"):
        collusion.robustness(game, (1, 1), max_faulty=2)


# -- the noncompositionality gap -----------------------------------------------------------------------------------------------


def brute_harm(game: NormalFormGame, a: tuple[int, ...], harm: np.ndarray, families: list, rule: str) -> Fraction:
    u = oracle.table(game.payoffs, game.num_actions)
    worst = Fraction(int(harm[a]))
    for members in families:
        for joint, gains in oracle.gains(u, game.num_actions, a, members).items():
            if oracle.blocks(gains, rule):
                worst = max(worst, Fraction(int(harm[oracle.replaced(a, members, joint)])))
    return worst


@pytest.mark.parametrize("seed", seeds(2, slow=5))
def test_the_gap_agrees_with_brute_force(seed: int) -> None:
    rng = random.Random(120 + seed)
    sizes = rng.choice([(2, 2), (2, 3), (2, 2, 2)])
    game = random_game(rng, sizes)
    a = tuple(rng.randrange(m) for m in sizes)
    harm = np.array([rng.randint(-3, 9) for _ in range(int(np.prod(sizes)))]).reshape(sizes)
    singles = [(i,) for i in range(len(sizes))]
    everyone = list(oracle.nonempty_sets(range(len(sizes)), len(sizes)))
    for rule in RULES:
        expected = brute_harm(game, a, harm, everyone, rule) - brute_harm(game, a, harm, singles, rule)
        pure = collusion.noncompositionality_gap(game, a, harm=harm, blocking=rule)
        assert pure == expected >= 0
        assert pure.attained
        assert pure.verify()
        shared = collusion.noncompositionality_gap(game, a, harm=harm, blocking=rule, coordination="correlated")
        assert shared.lower == shared.upper >= 0
        assert shared.together.best.value >= pure.together.best.value
        assert shared.verify()
        mixing = collusion.noncompositionality_gap(game, a, harm=harm, blocking=rule, coordination="independent")
        assert 0 <= mixing.lower <= mixing.upper == shared.upper
        assert collusion.noncompositionality_gap(game, a, harm=harm, blocking=rule, coalitions=1) == 0


def test_a_supremum_that_no_profitable_deviation_has() -> None:
    """The pair gains at (1, 1) alone and does harm at (0, 1), where it neither gains nor loses: harm 7 is a limit."""
    game = NormalFormGame.from_bimatrix([[0, 0], [-1, 1]], [[0, 0], [-1, 1]])
    harm = [[0, 7], [0, 1]]
    found = collusion.noncompositionality_gap(game, (0, 0), harm=harm, coordination="correlated")
    assert (found.value, found.attained) == (7, False)
    assert found.verify()
    pure = collusion.noncompositionality_gap(game, (0, 0), harm=harm)
    assert (pure.value, pure.attained) == (1, True)
    # Where nobody can gain strictly, harm that costs nothing is not done.
    idle = NormalFormGame.from_bimatrix([[0, 0], [-1, 0]], [[0, 0], [-1, 0]])
    assert collusion.noncompositionality_gap(idle, (0, 0), harm=harm, coordination="correlated") == 0


@pytest.mark.parametrize("k", [2, 3])
def test_two_teams_that_cannot_coordinate(k: int) -> None:
    """Schulman and Vazirani (2019): members of a team who each toss a coin forgo 1 − 2^(1−k); together they take it back.

    The team speaks its bit if its members are unanimous and is silent otherwise; against a silent opponent speech is worth 1.
    Alone no member of a team whose others toss coins gains; the team gains, and the opponent's loss is the harm.
    """

    def payoff(*a: int) -> tuple[int, ...]:
        spoken = len(set(a[:k])) == 1
        worth = int(spoken)
        return (*[worth] * k, -worth)

    game = NormalFormGame.from_function(payoff, [2] * k + [1])
    coins = (*[["1/2", "1/2"]] * k, 0)
    harm = [0] * k + [-1]
    found = collusion.noncompositionality_gap(game, coins, harm=harm)
    assert found.harm_alone == Fraction(2, 2**k)
    assert found == 1 - Fraction(2, 2**k)
    assert found.coalition == frozenset(range(k))
    assert found.verify()


def test_correlated_targets_are_refused() -> None:
    game = NormalFormGame.from_bimatrix([[6, 2], [7, 0]], [[6, 7], [2, 0]])
    with pytest.raises(UnsupportedError, match="target"):
        collusion.noncompositionality_gap(game, {(0, 0): 1}, harm=[[0, 1], [1, 2]])
