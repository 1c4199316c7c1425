"""Joint deviations, resilience, immunity, robustness, strong and coalition-proof equilibria."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import permutations, product

import numpy as np
import pytest
from oracles import coalitions as oracle
from paper_games import PAPER_GAMES
from seeds import seeds

from gametheory import collusion
from gametheory.errors import SpecificationError, UndecidedError
from gametheory.games import NormalFormGame
from gametheory.games.coalitions import coalitions

RULES = ("all", "some", "any", "transfer")


def halpern_coordination(n: int) -> NormalFormGame:
    def payoff(*a: int) -> tuple[int, ...]:
        if sum(a) == 0:
            return (1,) * n
        return tuple(2 * x for x in a) if sum(a) == 2 else (0,) * n

    return NormalFormGame.from_function(payoff, [2] * n)


def random_game(rng: random.Random, *, players: int | None = None, floats: bool = False) -> NormalFormGame:
    n = players or rng.choice([2, 2, 3, 3, 4])
    sizes = [rng.choice([2, 2, 3]) if n < 4 else 2 for _ in range(n)]
    high = rng.choice([2, 3, 9])  # small ranges make ties common
    numbers = [rng.randint(-high, high) for _ in range(n * int(np.prod(sizes)))]
    tensor = np.array(numbers).reshape(n, *sizes)
    return NormalFormGame(tensor / 8.0 if floats else tensor)


def random_profile(rng: random.Random, game: NormalFormGame) -> tuple[int, ...]:
    return tuple(rng.randrange(m) for m in game.num_actions)


@pytest.mark.parametrize("n", [3, 4, 5])
def test_threshold_coordination_of_abraham_et_al(n: int) -> None:
    """A pair gains 1 each; three can only by drawing lots; payments help three, not four (Halpern 2008)."""
    game, zero = halpern_coordination(n), (0,) * n
    assert int(collusion.resilience(game, zero)) == 1
    assert collusion.coalition_gain(game, zero, [0, 1], blocking="all") == 1
    if n >= 3:
        three = [0, 1, 2]
        assert collusion.coalition_gain(game, zero, three, blocking="all") == 0
        drawn = collusion.coalition_gain(game, zero, three, blocking="all", coordination="correlated")
        assert drawn == Fraction(1, 3)
        assert drawn.verify()
        assert collusion.coalition_gain(game, zero, three, blocking="transfer") == 1
        assert collusion.coalition_gain(game, zero, [0, 1], blocking="transfer") == 2
    for size in range(4, n + 1):
        assert collusion.coalition_gain(game, zero, range(size), blocking="transfer") == 0
    assert int(collusion.immunity(game, zero)) == 0
    assert collusion.immunity(game, zero).damage == 1


@pytest.mark.parametrize("n", [3, 4, 5])
def test_bargaining_of_halpern(n: int) -> None:
    def payoff(*a: int) -> tuple[int, ...]:
        return (2,) * n if sum(a) == 0 else tuple(1 if x else 0 for x in a)

    game, stay = NormalFormGame.from_function(payoff, [2] * n), (0,) * n
    for rule in ("all", "any"):
        for coordination in ("pure", "correlated"):
            assert int(collusion.resilience(game, stay, blocking=rule, coordination=coordination)) == n
    assert int(collusion.immunity(game, stay)) == 0
    assert collusion.immunity(game, stay).damage == 2
    assert bool(collusion.is_robust(game, stay, n, 0))
    assert not bool(collusion.is_robust(game, stay, 1, 1))


@pytest.mark.parametrize("paper", PAPER_GAMES.values(), ids=PAPER_GAMES)
def test_published_answers(paper: object) -> None:
    game = paper.game  # type: ignore[attr-defined]
    if paper.strong_nash is not None:  # type: ignore[attr-defined]
        found = tuple(e.profile for e in collusion.strong_nash_equilibria(game))
        assert found == paper.strong_nash  # type: ignore[attr-defined]
    if paper.coalition_proof is not None:  # type: ignore[attr-defined]
        found = tuple(e.profile for e in collusion.coalition_proof_nash_equilibria(game))
        assert found == paper.coalition_proof  # type: ignore[attr-defined]
    for profile, size in (paper.resilience or {}).items():  # type: ignore[attr-defined]
        assert int(collusion.resilience(game, profile)) == size
    for profile, size in (paper.immunity or {}).items():  # type: ignore[attr-defined]
        assert int(collusion.immunity(game, profile)) == size


def test_overseer_toy() -> None:
    """Complying is the only pure equilibrium; the two agents gain 2 each by cheating together."""
    paper = next(p for p in PAPER_GAMES.values() if "overseer" in p.name.lower())
    found = collusion.resilience(paper.game, (0, 0, 0))
    assert int(found) == 1
    assert found.witness is not None
    assert (found.witness.members, found.witness.gains) == ((0, 1), (2, 2))


@pytest.mark.parametrize("seed", seeds(50, slow=120))
def test_gains_agree_with_brute_force(seed: int) -> None:
    rng = random.Random(seed)
    game = random_game(rng, floats=seed % 3 == 0)
    u = oracle.table(game.exact().payoffs, game.num_actions)
    profile = random_profile(rng, game)
    for members in oracle.nonempty_sets(range(game.num_players), min(3, game.num_players)):
        options = oracle.gains(u, game.num_actions, profile, members)
        for rule in RULES:
            pure = collusion.coalition_gain(game, profile, members, blocking=rule)
            assert pure == oracle.pure_gain(options, rule)
            assert pure.verify()
            correlated = collusion.coalition_gain(game, profile, members, blocking=rule, coordination="correlated")
            assert correlated == oracle.correlated_gain(options, rule)
            assert correlated.verify()
            assert correlated >= pure
            assert sum(correlated.gains) >= 0 or rule == "any"
        any_, all_, transfer = (
            collusion.coalition_gain(game, profile, members, blocking=r) for r in ("any", "all", "transfer")
        )
        assert any_ >= all_
        assert transfer.value >= len(members) * all_.value


@pytest.mark.parametrize("seed", seeds(30, slow=60))
def test_margins_agree_with_brute_force(seed: int) -> None:
    rng = random.Random(1000 + seed)
    game = random_game(rng)
    u = oracle.table(game.payoffs, game.num_actions)
    profile = random_profile(rng, game)
    for members in oracle.nonempty_sets(range(game.num_players), 3):
        options = oracle.gains(u, game.num_actions, profile, members)
        stay = tuple(profile[i] for i in members)
        moves = [gain for joint, gain in options.items() if joint != stay]
        harmless = [sum(gain) for gain in moves if min(gain) >= 0]
        expected = {
            "all": max(map(min, moves)),
            "any": max(map(max, moves)),
            "transfer": max(map(sum, moves)),
            "some": max(harmless) if harmless else max(map(min, moves)),
        }
        for rule in RULES:
            found = collusion.coalition_margin(game, profile, members, blocking=rule)
            assert found == expected[rule]
            assert found.verify()
            blocked = collusion.coalition_gain(game, profile, members, blocking=rule) > 0
            assert blocked == (found > 0)


@pytest.mark.parametrize("seed", seeds(35, slow=100))
def test_resilience_immunity_and_stable_profiles_agree_with_brute_force(seed: int) -> None:
    rng = random.Random(2000 + seed)
    game = random_game(rng, floats=seed % 4 == 0)
    n, sizes = game.num_players, game.num_actions
    u = oracle.table(game.exact().payoffs, sizes)
    nash = oracle.nash(u, sizes)
    proof = oracle.coalition_proof(u, sizes)
    assert [e.profile for e in collusion.coalition_proof_nash_equilibria(game)] == sorted(proof)
    for rule in RULES:
        expected = [a for a in nash if oracle.resilience(u, sizes, a, rule, "pure") == n]
        found = collusion.strong_nash_equilibria(game, blocking=rule)
        assert [e.profile for e in found] == expected
        assert all(e.certificate is not None and e.certificate.verify() for e in found)
        if rule == "all":
            assert set(expected) <= set(proof) <= set(nash)
    for profile in [random_profile(rng, game), *nash[:2]]:
        immune = collusion.immunity(game, profile)
        assert int(immune) == oracle.immunity(u, sizes, profile)
        for rule in RULES:
            for coordination in ("pure", "correlated"):
                result = collusion.resilience(game, profile, blocking=rule, coordination=coordination)
                assert int(result) == oracle.resilience(u, sizes, profile, rule, coordination)
                assert result.verify()
                assert (result.witness is None) == (int(result) == n)
        assert (int(collusion.resilience(game, profile)) >= 1) == (profile in nash)


@pytest.mark.parametrize("seed", seeds(20, slow=40))
def test_robustness_agrees_with_brute_force(seed: int) -> None:
    rng = random.Random(3000 + seed)
    game = random_game(rng, players=3)
    u = oracle.table(game.payoffs, game.num_actions)
    profile = (oracle.nash(u, game.num_actions) or [random_profile(rng, game)])[0]
    for k, t in product(range(4), range(3)):
        for rule in RULES:
            pure = collusion.is_robust(game, profile, k, t, blocking=rule, faulty_play="pure")
            assert bool(pure) == oracle.is_robust_pure(u, game.num_actions, profile, k, t, rule)
            mixed = collusion.is_robust(game, profile, k, t, blocking=rule)
            assert not (mixed.status == "yes" and pure.status == "no")


def test_a_mixture_of_faulty_play_can_break_what_no_fixed_play_breaks() -> None:
    """The faulty player's coin leaves both members a gain of 1/2, heads or tails only one of them."""

    def payoff(a: int, b: int, faulty: int) -> tuple[int, int, int]:
        if (a, b) != (1, 1):
            return (0, 0, 0)
        return (2, -1, 0) if faulty == 0 else (-1, 2, 0)

    game = NormalFormGame.from_function(payoff, [2, 2, 2])
    profile = (0, 0, 0)
    pair = [[0, 1]]
    assert bool(collusion.is_robust(game, profile, 2, 1, faulty_play="pure", coalitions=pair))
    broken = collusion.is_robust(game, profile, 2, 1, coalitions=pair)
    assert broken.status == "no"
    assert broken.gain == Fraction(1, 2)
    assert broken.witness["certificate"].verify()
    both = collusion.is_robust(game, profile, 2, 1, coordination="correlated", coalitions=pair)
    assert (both.status, both.gain) == ("no", Fraction(1, 2))


@pytest.mark.parametrize("seed", range(20))
def test_coalitions_that_may_not_form_do_not_matter(seed: int) -> None:
    rng = random.Random(4000 + seed)
    game = random_game(rng, players=4)
    profile = random_profile(rng, game)
    u = oracle.table(game.payoffs, game.num_actions)
    allowed = coalitions(4, connected=[(0, 1), (1, 2), (2, 3)])
    found = collusion.resilience(game, profile, coalitions=allowed)
    assert int(found) == oracle.resilience(u, game.num_actions, profile, "all", "pure", allowed)
    assert int(found) >= int(collusion.resilience(game, profile))


@pytest.mark.parametrize("seed", range(20))
def test_relabelling_and_affine_changes(seed: int) -> None:
    rng = random.Random(5000 + seed)
    game = random_game(rng, players=3)
    profile = random_profile(rng, game)
    order = rng.choice(list(permutations(range(3))))
    tensor = game.payoffs
    relabelled = NormalFormGame(np.transpose(tensor[list(order)], [0, *(1 + i for i in order)]).tolist())
    scales = [Fraction(rng.randint(1, 5), rng.randint(1, 5)) for _ in range(3)]
    shifted = NormalFormGame([(tensor[i] * scales[i] + rng.randint(-9, 9)).tolist() for i in range(3)])
    common = NormalFormGame([(tensor[i] * scales[0] + rng.randint(-9, 9)).tolist() for i in range(3)])
    for rule in RULES:
        value = int(collusion.resilience(game, profile, blocking=rule))
        assert int(collusion.resilience(relabelled, [profile[i] for i in order], blocking=rule)) == value
        assert int(collusion.resilience(common, profile, blocking=rule)) == value
        if rule != "transfer":
            assert int(collusion.resilience(shifted, profile, blocking=rule)) == value
    assert int(collusion.immunity(shifted, profile)) == int(collusion.immunity(game, profile))


def test_mixed_profiles_gain_in_expectation() -> None:
    """At the mixed equilibrium of matching pennies nobody gains alone; a pair that pays each other gains nothing."""
    game = NormalFormGame.zero_sum([[1, -1], [-1, 1]])
    half = [["1/2", "1/2"], ["1/2", "1/2"]]
    for rule in ("all", "some", "transfer"):
        for coordination in ("pure", "correlated"):
            assert int(collusion.resilience(game, half, blocking=rule, coordination=coordination)) == 2
    assert int(collusion.resilience(game, half, blocking="any")) == 1
    stag = NormalFormGame.from_bimatrix([[4, 0], [3, 3]], [[4, 3], [0, 3]])
    mixed = [["3/4", "1/4"]] * 2
    assert int(collusion.resilience(stag, mixed)) == 1
    assert collusion.coalition_gain(stag, mixed, [0, 1], blocking="all") == 1


def test_rounding_is_not_a_gain_and_not_nothing() -> None:
    game = NormalFormGame.from_bimatrix([[0.1 + 0.2, 0.3], [0.3, 0.0]], [[1.0, 0.0], [0.0, 0.0]])
    found = collusion.resilience(game, (1, 0))
    assert (found.lower, found.upper) == (0, 2)
    with pytest.raises(UndecidedError, match="tol="):
        int(found)
    assert int(collusion.resilience(game, (1, 0), tol=1e-9, coalitions=[[0]])) == 2
    assert int(collusion.resilience(game, (1, 0), tol=0)) == 0
    open_question = collusion.is_resilient(game, (1, 0), 1, coalitions=[[0]])
    assert open_question.status == "within tolerance"
    assert open_question.gain == Fraction(0.1 + 0.2) - Fraction(0.3)


def test_rules_and_names_are_checked() -> None:
    game = halpern_coordination(3)
    with pytest.raises(SpecificationError, match="blocking"):
        collusion.coalition_gain(game, (0, 0, 0), [0], blocking="most")  # type: ignore[arg-type]
    with pytest.raises(SpecificationError, match="coordination"):
        collusion.resilience(game, (0, 0, 0), coordination="mixed")  # type: ignore[arg-type]
    with pytest.raises(SpecificationError, match="player"):
        collusion.coalition_gain(game, (0, 0, 0), ["nobody"], blocking="all")
    with pytest.raises(SpecificationError, match="tol"):
        collusion.resilience(game, (0, 0, 0), tol=-1)
    with pytest.raises(SpecificationError, match="size"):
        collusion.is_resilient(game, (0, 0, 0), 4)
    with pytest.raises(SpecificationError, match=r"^t:"):
        collusion.is_robust(game, (0, 0, 0), 1, 3)


def test_results_work_as_numbers() -> None:
    game = halpern_coordination(3)
    found = collusion.resilience(game, (0, 0, 0))
    assert found == 1
    assert found < 2
    assert list(range(5))[found] == 1
    assert "certified" in repr(found)
    gain = collusion.coalition_gain(game, (0, 0, 0), [0, 1], blocking="all")
    assert float(gain) == 1.0
    assert gain.lower == gain.upper == 1
    assert gain.to_dict()["gains"] == {"Player 1": "1", "Player 2": "1"}


def test_many_players_are_quick_enough_to_ask() -> None:
    game = halpern_coordination(10)
    allowed = coalitions(10, max_size=4)
    assert int(collusion.resilience(game, (0,) * 10, blocking="any", coalitions=allowed)) == 1
    bargaining = NormalFormGame(
        np.stack(
            [
                np.fromfunction(lambda *a, i=i: 2 * (sum(a) == 0) + (a[i] > 0) * (sum(a) > 0), (2,) * 10).astype(int)
                for i in range(10)
            ]
        )
    )
    found = collusion.resilience(bargaining, (0,) * 10, coalitions=allowed)
    assert int(found) == 10
    assert found.verify()
