"""Bayesian games against sums over type and action profiles written out in fractions."""

from __future__ import annotations

import itertools
import pickle
from fractions import Fraction
from math import prod
from typing import Any

import numpy as np
import pytest

from gametheory.errors import SpecificationError, UnsupportedError
from gametheory.games.bayesian import BayesianGame
from gametheory.games.behavioural import (
    bayes_regrets,
    behavioural_from_agents,
    behavioural_profile,
    ex_ante_payoffs,
    exact_behavioural_profile,
    interim_payoffs,
)
from gametheory.games.profiles import deviation_payoffs, expected_payoffs, regrets


def random_game(seed: int, num_types: tuple[int, ...], num_actions: tuple[int, ...], *, big: int = 1) -> BayesianGame:
    """Correlated prior with zeros and small or huge fractions as payoffs."""
    rng = np.random.default_rng(seed)
    weights = rng.integers(0, 4, num_types)
    weights.reshape(-1)[0] += 1
    total = int(weights.sum())
    prior = np.empty(num_types, dtype=object)
    for t in np.ndindex(*num_types):
        prior[t] = Fraction(int(weights[t]), total)
    shape = (len(num_types), *num_types, *num_actions)
    payoffs = np.empty(shape, dtype=object)
    for index in np.ndindex(*shape):
        payoffs[index] = Fraction(int(rng.integers(-9, 10)) * big, int(rng.integers(1, 4)))
    return BayesianGame(payoffs.tolist(), prior.tolist())


def random_strategies(seed: int, game: BayesianGame) -> list[list[list[Fraction]]]:
    rng = np.random.default_rng(seed)
    profile = []
    for k, m in zip(game.num_types, game.num_actions, strict=True):
        rows = []
        for _ in range(k):
            row = rng.integers(0, 5, m)
            row[0] += 1
            rows.append([Fraction(int(x), int(row.sum())) for x in row])
        profile.append(rows)
    return profile


def brute_interim(game: BayesianGame, profile: Any, player: int, own: int) -> list[Fraction]:
    """The definition, term by term."""
    n = game.num_players
    payoffs = game.exact().payoffs
    prior = game.exact().prior
    total = sum((prior[t] for t in np.ndindex(*game.num_types) if t[player] == own), Fraction(0))
    result = []
    for action in range(game.num_actions[player]):
        value = Fraction(0)
        for t in np.ndindex(*game.num_types):
            if t[player] != own:
                continue
            for a in itertools.product(*map(range, game.num_actions)):
                if a[player] == action:
                    weight = prod((profile[j][t[j]][a[j]] for j in range(n) if j != player), start=Fraction(1))
                    value += prior[t] / total * weight * payoffs[(player, *t, *a)]
        result.append(value)
    return result


SIZES = [((2,), (3,)), ((2, 2), (2, 3)), ((3, 1), (2, 2)), ((2, 2, 2), (2, 2, 2)), ((1, 2, 3), (3, 1, 2))]


@pytest.mark.parametrize(("num_types", "num_actions"), SIZES)
@pytest.mark.parametrize("big", [1, 10**17, 10**40])
def test_interim_payoffs_and_regrets_are_the_written_out_sums(
    num_types: tuple[int, ...], num_actions: tuple[int, ...], big: int
) -> None:
    for seed in range(3):
        game = random_game(seed, num_types, num_actions, big=big)
        profile = random_strategies(seed, game)
        all_regrets = bayes_regrets(game, profile)
        ex_ante = [Fraction(0)] * game.num_players
        for i, own in game.agents():
            expected = brute_interim(game, profile, i, own)
            assert list(interim_payoffs(game, profile, i, own)) == expected
            value = sum((p * u for p, u in zip(profile[i][own], expected, strict=True)), Fraction(0))
            assert all_regrets[i][own] == max(expected) - value
            ex_ante[i] += game.type_probabilities(i)[own] * value
        assert list(ex_ante_payoffs(game, profile)) == ex_ante


@pytest.mark.parametrize(("num_types", "num_actions"), SIZES)
@pytest.mark.parametrize("big", [1, 10**17, 10**40])
def test_agent_form_and_strategic_form_are_the_same_game(
    num_types: tuple[int, ...], num_actions: tuple[int, ...], big: int
) -> None:
    for seed in range(2):
        game = random_game(seed, num_types, num_actions, big=big)
        profile = random_strategies(seed, game)
        agents = game.agents()
        agent_form = game.agent_form()
        agent_profile = [profile[i][k] for i, k in agents]
        interim = bayes_regrets(game, profile)
        assert list(regrets(agent_form, agent_profile)) == [interim[i][k] for i, k in agents]
        for index, (i, k) in enumerate(agents):
            options = deviation_payoffs(agent_form, agent_profile, index)
            assert list(options) == list(interim_payoffs(game, profile, i, k))
        # Kuhn: the mixed strategy that draws each type's action independently is equivalent.
        strategic = game.strategic_form()
        own_types = [[k for j, k in agents if j == i] for i in range(game.num_players)]
        mixed = [
            [
                prod((profile[i][k][a] for k, a in zip(own, plan, strict=True)), start=Fraction(1))
                for plan in itertools.product(range(game.num_actions[i]), repeat=len(own))
            ]
            for i, own in enumerate(own_types)
        ]
        assert list(expected_payoffs(strategic, mixed)) == list(ex_ante_payoffs(game, profile))


def test_float_game_agrees_with_its_exact_twin() -> None:
    game = random_game(5, (2, 3), (2, 2))
    floats = BayesianGame(game.payoffs.astype(float), game.prior.astype(float))
    assert floats.arithmetic == "float"
    profile = random_strategies(5, game)
    rounded = [[[float(x) for x in row] for row in rows] for rows in profile]
    for i, k in game.agents():
        assert interim_payoffs(floats, rounded, i, k) == pytest.approx(
            interim_payoffs(game, profile, i, k).astype(float)
        )
    assert ex_ante_payoffs(floats, rounded) == pytest.approx(ex_ante_payoffs(game, profile).astype(float))
    exact = floats.exact()
    assert exact.prior.sum() == 1
    assert Fraction(float(floats.numerators.flat[3])) == exact.payoffs.flat[3]
    assert all(isinstance(x, Fraction) for array in bayes_regrets(floats, rounded) for x in array)
    assert floats.agent_form().float_payoffs() == pytest.approx(game.agent_form().float_payoffs())
    assert floats.strategic_form().float_payoffs() == pytest.approx(game.strategic_form().float_payoffs())


def test_an_equilibrium_found_by_hand() -> None:
    """A challenger of unknown strength and a defender, solved by hand.

    Player 1 is strong (probability 1/3) or weak. Yielding pays it 0; fighting pays 2 against a yield, and against a
    fight 1 to the strong and -1 to the weak. Player 2 gets 0 from yielding; fighting pays 2 against a yield, and
    against a fight -2 if player 1 is strong and 1 if it is weak.
    """
    game = BayesianGame.from_function(
        lambda t, a: (
            (2 if a[1] == 0 else (1 if t[0] == 0 else -1)) if a[0] == 1 else 0,
            ((-2 if t[0] == 0 else 1) if a[0] == 1 else 2) if a[1] == 1 else 0,
        ),
        (2, 1),
        (2, 2),
        [["1/3"], ["2/3"]],
        types=[["strong", "weak"], ["-"]],
        actions=[["yield", "fight"], ["yield", "fight"]],
    )
    # The strong fights, the weak yields: fighting pays player 2 1/3 (-2) + 2/3 2 = 2/3 > 0.
    equilibrium = [["fight", "yield"], ["fight"]]
    assert list(interim_payoffs(game, equilibrium, 1, "-")) == [0, Fraction(2, 3)]
    assert [list(x) for x in bayes_regrets(game, equilibrium)] == [[0, 0], [0]]
    assert [list(x) for x in bayes_regrets(game, [["fight", "fight"], ["fight"]])] == [[0, 1], [0]]
    assert game.belief("Player 2", 0).tolist() == [Fraction(1, 3), Fraction(2, 3)]
    assert game.agent_form().players == ("Player 1: strong", "Player 1: weak", "Player 2")
    assert game.strategic_form().actions[0][1] == "strong: yield, weak: fight"


def test_types_of_probability_zero_are_no_agents() -> None:
    game = BayesianGame(np.arange(16).reshape(2, 2, 1, 2, 2), [[1], [0]])
    assert game.agents() == ((0, 0), (1, 0))
    assert game.agent_form().num_actions == (2, 2)
    assert game.strategic_form().num_actions == (2, 2)
    assert bayes_regrets(game, [[0, 1], [0]])[0][1] == 0
    with pytest.raises(SpecificationError, match="probability 0"):
        game.belief(0, 1)
    with pytest.raises(SpecificationError, match="probability 0"):
        interim_payoffs(game, [[0, 0], [0]], 0, 1)
    profile = behavioural_from_agents(game, [["1/2", "1/2"], 1])
    assert profile[0].tolist() == [[Fraction(1, 2), Fraction(1, 2)], [1, 0]]


def test_symbolic_payoffs_go_through_the_same_contraction() -> None:
    sympy = pytest.importorskip("sympy")
    x = sympy.Symbol("x")
    game = BayesianGame(
        [[[[[x, 0], [0, 1]]], [[[1, 0], [0, x]]]], [[[[0, 0], [0, 0]]], [[[0, 0], [0, 0]]]]], [["1/2"], ["1/2"]]
    )
    assert game.arithmetic == "symbolic"
    value = ex_ante_payoffs(game, [[0, 1], [["1/3", "2/3"]]])[0]
    assert sympy.simplify(value - (x / 6 + x / 3)) == 0
    with pytest.raises(UnsupportedError, match="symbols"):
        game.exact()


def test_value_semantics() -> None:
    game = random_game(1, (2, 2), (2, 2))
    twin = pickle.loads(pickle.dumps(game))  # noqa: S301
    assert twin == game
    assert hash(twin) == hash(game)
    assert twin.digest() == game.digest()
    assert not twin.numerators.flags.writeable
    assert not twin.prior.flags.writeable
    assert game != random_game(2, (2, 2), (2, 2))
    assert game.digest() != random_game(2, (2, 2), (2, 2)).digest()
    assert BayesianGame(game.payoffs.tolist(), game.prior, actions=[["a", "b"], ["c", "d"]]).digest() == game.digest()
    assert exact_behavioural_profile(game, [[[0.5, 0.5], 0], [1, [0.1, 0.9]]])[1][1].sum() == 1
    assert (game == 3) is False


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([[1, 2]], [1]), "found shape"),
        ((np.zeros((2, 2, 1, 2, 2), dtype=int), [["1/2"], ["1/3"]]), "sum to 5/6"),
        ((np.zeros((2, 2, 1, 2, 2), dtype=int), [["1/2", "1/2"]]), r"prior: found shape \(1, 2\), expected \(2, 1\)"),
        ((np.zeros((2, 2, 1, 2, 2), dtype=int), [["3/2"], ["-1/2"]]), "not negative"),
        ((np.full((2, 2, 1, 2, 2), 0.5), [["1/3"], ["2/3"]]), "both exactly"),
        ((np.full((2, 2, 1, 2, 2), np.nan), [[0.5], [0.5]]), "finite"),
        (([[[[["1/3"]]]], [[[["1/3"]]]]], [[1.0]]), "both exactly"),
        ((np.zeros((2, 2, 1, 2, 2), dtype=int), [[1], [0]], ["a", "a"]), "found 'a' twice"),
        ((np.zeros((2, 2, 1, 2, 2), dtype=int), [[1], [0]], None, [["a"], ["b"]]), r"types\[0\]"),
        ((np.zeros((2, 2, 1, 2, 2), dtype=int), [[1], [0]], None, None, [["a", "b"], ["b", 1]]), r"actions\[1\]\[1\]"),
    ],
)
def test_malformed_games_are_refused(arguments: tuple[Any, ...], message: str) -> None:
    with pytest.raises(SpecificationError, match=message):
        BayesianGame(*arguments)


@pytest.mark.parametrize(
    ("strategies", "message"),
    [
        ([[0, 0]], "expected 2"),
        ([[0], [0]], r"strategies\[0\]"),
        ([[0, 2], [0]], "indices run from 0 to 1"),
        ([[0, [0.5, 0.6]], [0]], r"strategies\[0\]\[1\]: found probabilities that sum to 1.1"),
        ([[0, True], [0]], "found True"),
        ("ab", "expected 2|found"),
    ],
)
def test_malformed_strategies_are_refused(strategies: Any, message: str) -> None:
    game = BayesianGame(np.zeros((2, 2, 1, 2, 2), dtype=int), [["1/2"], ["1/2"]])
    with pytest.raises(SpecificationError, match=message):
        behavioural_profile(game, strategies)


def test_too_large_forms_are_refused_before_they_are_built() -> None:
    game = BayesianGame(np.zeros((2, 40, 1, 2, 2)), np.full((40, 1), 1 / 40))
    with pytest.raises(SpecificationError, match="the agent form would need"):
        game.agent_form()
    with pytest.raises(SpecificationError, match="the strategic form would need"):
        game.strategic_form()
