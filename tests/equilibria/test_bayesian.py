"""Bayes–Nash equilibria and commitment against types: published numbers, reductions, interim regrets."""

from __future__ import annotations

import itertools
import math
import random
from fractions import Fraction

import numpy as np
import pytest

from gametheory.equilibria import (
    bayes_nash_equilibria,
    bayes_nash_equilibrium,
    bayes_nash_regret,
    bayesian_stackelberg_equilibrium,
    is_bayes_nash_equilibrium,
    nash_equilibria,
    pure_bayes_nash_equilibria,
    stackelberg_equilibrium,
)
from gametheory.errors import SpecificationError, UndecidedError, UnsupportedError
from gametheory.games.bayesian import BayesianGame
from gametheory.games.behavioural import behavioural_from_agents
from gametheory.games.normal_form import NormalFormGame


def random_bayesian(
    rng: random.Random, num_types: tuple[int, ...], num_actions: tuple[int, ...], high: int, *, holes: bool = False
) -> BayesianGame:
    weights = [rng.randint(0 if holes else 1, 4) for _ in range(int(np.prod(num_types)))]
    weights[0] += 1
    prior = np.array([Fraction(w, sum(weights)) for w in weights], dtype=object).reshape(num_types)
    return BayesianGame.from_function(
        lambda t, a: [rng.randint(0, high) for _ in num_types], num_types, num_actions, prior.tolist()
    )


def interim_regret(game: BayesianGame, strategies: list[list[list[Fraction]]]) -> Fraction:
    """The largest gain of a type, term by term from the definition."""
    worst = Fraction(0)
    n = game.num_players
    for i in range(n):
        for own in range(game.num_types[i]):
            paid = dict.fromkeys(range(game.num_actions[i]), Fraction(0))
            total = Fraction(0)
            for t in itertools.product(*map(range, game.num_types)):
                if t[i] != own:
                    continue
                total += game.prior[t]
                for a in itertools.product(*map(range, game.num_actions)):
                    weight = game.prior[t]
                    for j in range(n):
                        if j != i:
                            weight *= strategies[j][t[j]][a[j]]
                    paid[a[i]] += weight * Fraction(int(game.numerators[(i, *t, *a)]), game.denominator)
            if total:
                earned = sum((p * paid[a] for a, p in enumerate(strategies[i][own])), Fraction(0))
                worst = max(worst, (max(paid.values()) - earned) / total)
    return worst


def rows(profile: tuple[np.ndarray, ...]) -> list[list[list[Fraction]]]:
    return [array.tolist() for array in profile]


# -- published numbers
# ---------------------------------------------------------------------------------------------------


def cournot_with_private_cost() -> BayesianGame:
    """Gibbons (1992), section 3.1.A: price 12 − q_1 − q_2, cost of firm 1 is 3, of firm 2 it is 6 or 0, equally likely."""
    first, second = ["2", "5/2", "3", "7/2", "4"], ["1", "3/2", "2", "4", "9/2", "5"]

    def profit(t: tuple[int, ...], a: tuple[int, ...]) -> list[Fraction]:
        q, r = Fraction(first[a[0]]), Fraction(second[a[1]])
        return [q * (12 - q - r - 3), r * (12 - q - r - (6, 0)[t[1]])]

    return BayesianGame.from_function(
        profit, (1, 2), (5, 6), [["1/2", "1/2"]], actions=[first, second], types=[["3"], ["high", "low"]]
    )


def test_cournot_competition_with_a_private_cost() -> None:
    """q_1 = (a − 2c + θc_H + (1 − θ)c_L) / 3 = 3, q_2(H) = (a − 2c_H + c) / 3 + (1 − θ)(c_H − c_L) / 6 = 3/2, q_2(L) = 9/2."""
    game = cournot_with_private_cost()
    found = [
        [member.game.actions[i][k] for i, k in enumerate(member.profile)] for member in pure_bayes_nash_equilibria(game)
    ]
    assert ["3", "3/2", "9/2"] in found
    assert is_bayes_nash_equilibrium(game, [["3"], ["3/2", "9/2"]])
    verdict = is_bayes_nash_equilibrium(game, [["3"], ["2", "9/2"]])
    assert verdict.status == "no"
    assert verdict.witness == ("Player 2", "high")
    assert verdict.gain == Fraction(1, 4)  # (3 − r) r: 9/4 at 3/2, 2 at 2
    assert bayes_nash_regret(game, [["3"], ["2", "9/2"]]) == Fraction(1, 4)


def test_commitment_against_two_types() -> None:
    """The leader of DOBSS's example against two types, each with probability 1/2: 7/2 at an even commitment."""
    A, first, second = [[2, 4], [1, 3]], [[1, 0], [0, 2]], [[1, 0], [0, 1]]
    game = BayesianGame.from_function(
        lambda t, a: (A[a[0]][a[1]], (first, second)[t[1]][a[0]][a[1]]),
        num_types=(1, 2),
        num_actions=(2, 2),
        prior=[["1/2", "1/2"]],
    )
    found = bayesian_stackelberg_equilibrium(game)
    assert found.value == Fraction(7, 2)
    assert found.commitment.tolist() == [Fraction(1, 2)] * 2
    assert found.certificate.verify(game.strategic_form())
    # By hand: with x on the first action, type 1 answers R iff x ≤ 2/3, type 2 iff x ≤ 1/2; 3 + x when both do, 2 + x
    # when one does, 1 + x when none does: best at 1/2 (7/2 > 2 + 2/3 > 2).
    for x in (Fraction(k, 12) for k in range(13)):
        replies = (x <= Fraction(2, 3)) + (x <= Fraction(1, 2))
        assert 1 + replies + x <= found.exact_value
    weak = bayesian_stackelberg_equilibrium(game, ties="weak", epsilon="1/50")
    assert (weak.value, weak.attained) == (Fraction(7, 2), False)
    assert weak.shortfall <= Fraction(1, 50)


def test_one_type_each_is_the_complete_information_game() -> None:
    rng = random.Random(2)
    for _ in range(10):
        game = random_bayesian(rng, (1, 1), (3, 3), 3)
        normal = NormalFormGame(game.payoffs.reshape(2, 3, 3).tolist())
        members = {tuple(x for v in e.probabilities() for x in v) for e in bayes_nash_equilibria(game)}
        assert members == {tuple(x for v in e.probabilities() for x in v) for e in nash_equilibria(normal)}
        leader = bayesian_stackelberg_equilibrium(game)
        assert leader.exact_value == stackelberg_equilibrium(normal).exact_value


# -- all of them
# -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("num_types", [(1, 2), (2, 2), (2, 1)])
@pytest.mark.parametrize("high", [1, 9])
def test_every_member_is_an_equilibrium_and_no_pure_one_is_missing(num_types: tuple[int, ...], high: int) -> None:
    rng = random.Random(f"{num_types}{high}")
    for trial in range(6):
        game = random_bayesian(rng, num_types, (2, 2), high, holes=trial % 2 == 1)
        found = bayes_nash_equilibria(game)
        assert found.completeness == "certified"
        assert found.certificate is not None
        assert found.certificate.verify(game.strategic_form())
        assert sorted(k for members in found.components for k in members) == list(range(len(found)))
        members = set()
        for equilibrium in found:
            assert equilibrium.certificate is not None
            assert equilibrium.certificate.verify(game.agent_form())
            strategies = behavioural_from_agents(game, equilibrium.exact_profile)
            assert interim_regret(game, rows(strategies)) == 0
            assert bayes_nash_regret(game, strategies) == 0
            assert is_bayes_nash_equilibrium(game, strategies)
            members.add(tuple(x for v in equilibrium.probabilities() for x in v))
        assert len(members) == len(found)
        for pure in pure_bayes_nash_equilibria(game):
            assert tuple(x for v in pure.probabilities() for x in v) in members


def test_regret_against_the_definition() -> None:
    rng = random.Random(4)
    for num_types, num_actions in (((2, 2), (2, 3)), ((3, 1), (2, 2)), ((2, 1, 2), (2, 2, 2))):
        for trial in range(6):
            game = random_bayesian(rng, num_types, num_actions, 5, holes=trial % 2 == 0)
            strategies = []
            for k, m in zip(num_types, num_actions, strict=True):
                weights = [[rng.randint(1, 3) for _ in range(m)] for _ in range(k)]
                strategies.append([[Fraction(w, sum(row)) for w in row] for row in weights])
            expected = interim_regret(game, strategies)
            assert bayes_nash_regret(game, strategies) == expected
            assert (is_bayes_nash_equilibrium(game, strategies).status == "yes") == (expected == 0)


def test_one_equilibrium_always_for_two_players() -> None:
    rng = random.Random(6)
    for _ in range(15):
        game = random_bayesian(rng, (2, 2), (2, 3), 9)
        found = bayes_nash_equilibrium(game)
        assert found.certificate is not None
        assert found.certificate.verify()
        assert bayes_nash_regret(game, behavioural_from_agents(game, found.exact_profile)) == 0


def test_pure_equilibria_of_three_players_by_enumeration() -> None:
    rng = random.Random(8)
    for _ in range(8):
        game = random_bayesian(rng, (2, 1, 2), (2, 2, 2), 3)
        agents = game.agents()
        expected = set()
        for choice in itertools.product(range(2), repeat=len(agents)):
            strategies = [[[Fraction(0)] * 2 for _ in range(k)] for k in game.num_types]
            for (i, k), a in zip(agents, choice, strict=True):
                strategies[i][k][a] = Fraction(1)
            if interim_regret(game, strategies) == 0:
                expected.add(choice)
        found = pure_bayes_nash_equilibria(game)
        assert {member.profile for member in found} == expected
        if expected:
            assert bayes_nash_equilibrium(game).profile in expected


# -- three players
# ---------------------------------------------------------------------------------------------------------


def jury(accuracy: Fraction) -> BayesianGame:
    """Feddersen and Pesendorfer (1998): three jurors, unanimity to convict, a signal each of whether he is guilty."""

    def likelihood(t: tuple[int, ...], state: int) -> Fraction:
        return Fraction(1, 2) * math.prod(accuracy if k == state else 1 - accuracy for k in t)

    def payoff(t: tuple[int, ...], a: tuple[int, ...]) -> list[Fraction]:
        guilty = likelihood(t, 0) / (likelihood(t, 0) + likelihood(t, 1))
        return [-(1 - guilty) if all(k == 0 for k in a) else -guilty] * 3

    prior = np.array([sum(likelihood(t, s) for s in (0, 1)) for t in np.ndindex(2, 2, 2)], dtype=object)
    votes = [["convict", "acquit"]] * 3
    return BayesianGame.from_function(payoff, (2, 2, 2), (2, 2, 2), prior.reshape(2, 2, 2).tolist(), actions=votes)


def test_a_jury_that_must_be_unanimous() -> None:
    """Feddersen and Pesendorfer (1998), *Convicting the innocent*, section 3: who has seen an innocent signal still votes to
    convict with probability (r p − (1 − p))/(p − r (1 − p)), r = ((1 − p)/p)^{1/2} for three jurors: 2/7 at p = 4/5."""
    game = jury(Fraction(4, 5))
    strategic = [[[1, 0], [Fraction(2, 7), Fraction(5, 7)]]] * 3
    assert is_bayes_nash_equilibrium(game, strategic)
    assert bayes_nash_regret(game, [[0, 1]] * 3) > 0  # to vote as one has seen is none
    one = bayes_nash_equilibrium(game)
    assert bayes_nash_regret(game, behavioural_from_agents(game, one.exact_profile)) == 0


def with_bystander(game: BayesianGame) -> BayesianGame:
    """A third player with one type and one action, whom nobody minds."""
    payoffs = np.concatenate([game.payoffs, np.zeros((1, *game.payoffs.shape[1:]), dtype=int)])
    k, m = game.num_types, game.num_actions
    return BayesianGame(payoffs.reshape(3, *k, 1, *m, 1).tolist(), game.prior.reshape(*k, 1).tolist())


@pytest.mark.parametrize("num_types", [(1, 2), (2, 2)])
def test_the_agent_form_finds_what_the_strategic_form_does(num_types: tuple[int, ...]) -> None:
    """With a bystander a two-player game is searched in the other way; where it is generic both lists are complete."""
    rng = random.Random(f"{num_types}")
    compared = 0
    for _ in range(6):
        game = random_bayesian(rng, num_types, (2, 2), 999)
        two, three = bayes_nash_equilibria(game), bayes_nash_equilibria(with_bystander(game))
        if two.degenerate:
            continue
        compared += 1
        assert three.completeness == "certified"
        assert three.certificate is not None
        assert three.certificate.verify(with_bystander(game).agent_form())
        assert {tuple(x for v in e.probabilities()[:-1] for x in v) for e in three} == {
            tuple(x for v in e.probabilities() for x in v) for e in two
        }
        assert {e.concept for e in three} == {"Bayes–Nash"}
    assert compared >= 3


@pytest.mark.parametrize("num_types", [(1, 1, 2), (2, 1, 2)])
def test_all_equilibria_of_three_players(num_types: tuple[int, ...]) -> None:
    """Each has no regret by the definition (or its box has little), the pure ones are there, their number is odd."""
    rng = random.Random(f"three{num_types}")
    for _ in range(3):
        game = random_bayesian(rng, num_types, (2, 2, 2), 99)
        found = bayes_nash_equilibria(game)
        assert found.completeness == "certified"
        assert len(found) % 2 == 1  # generic games (Wilson 1971; Harsanyi 1973)
        for member in found:
            assert member.certificate is not None
            assert member.certificate.verify(game.agent_form())
            strategies = behavioural_from_agents(game, member.exact_profile)
            assert interim_regret(game, rows(strategies)) < Fraction(1, 10**9)
        listed = {tuple(e.support) for e in found}
        for pure in pure_bayes_nash_equilibria(game):
            assert tuple((k,) for k in pure.profile) in listed


def test_one_mixed_equilibrium_of_three_players() -> None:
    """Pennies between two of three players, the third with two types: nothing is pure."""
    for floats in (False, True):
        one = 1.0 if floats else 1
        game = BayesianGame.from_function(
            lambda t, a, one=one: [one if a[0] == a[1] else -one, -one if a[0] == a[1] else one, one * (a[2] == t[2])],
            (1, 1, 2),
            (2, 2, 2),
            [[[0.5, 0.5]]] if floats else [[["1/2", "1/2"]]],
        )
        assert not len(pure_bayes_nash_equilibria(game))
        found = bayes_nash_equilibrium(game)
        assert found.certificate is not None
        assert found.certificate.verify(game.exact().agent_form())
        half, sure = [Fraction(1, 2)] * 2, [[1, 0], [0, 1]]
        assert [list(v) for v in found.exact_profile] == [half, half, *sure]
        assert (found.profile[0].dtype == np.float64) == floats
        assert found.concept == "Bayes–Nash"
        assert [list(v) for v in bayes_nash_equilibria(game)[0].exact_profile] == [half, half, *sure]


def test_commitment_to_types_is_worth_at_least_every_equilibrium() -> None:
    rng = random.Random(10)
    for _ in range(8):
        game = random_bayesian(rng, (1, 2), (2, 2), 5)
        best = bayesian_stackelberg_equilibrium(game).exact_value
        assert all(equilibrium.payoffs[0] <= best for equilibrium in bayes_nash_equilibria(game))


# -- floats and refusals
# ---------------------------------------------------------------------------------------------------


def test_games_of_floats_are_rational_games() -> None:
    rng = np.random.default_rng(3)
    prior = np.array([[0.25, 0.125], [0.5, 0.125]])
    game = BayesianGame(rng.random((2, 2, 2, 2, 2)), prior)
    for found in (*bayes_nash_equilibria(game), bayes_nash_equilibrium(game)):
        assert found.certificate is not None
        assert found.certificate.verify(game.exact().agent_form())
        assert found.profile[0].dtype == np.float64
        assert bayes_nash_regret(game, behavioural_from_agents(game.exact(), found.exact_profile)) == 0


def test_rounded_strategies_are_within_tolerance_until_tol_decides() -> None:
    third = 1 / 3
    game = BayesianGame.from_function(
        lambda t, a: [(1, -1)[a[0] != a[1]] * (2 if a[0] else 1), -(1, -1)[a[0] != a[1]] * (2 if a[0] else 1)],
        (1, 1),
        (2, 2),
        [[1]],
    )
    mixed = bayes_nash_equilibria(game)[0].exact_profile
    assert [list(v) for v in mixed] == [[Fraction(2, 3), Fraction(1, 3)], [Fraction(1, 2)] * 2]
    strategies = [[[1 - third, third]], [[0.5, 0.5]]]
    verdict = is_bayes_nash_equilibrium(game, strategies)
    assert verdict.status == "within tolerance"
    with pytest.raises(UndecidedError):
        bool(verdict)
    assert is_bayes_nash_equilibrium(game, strategies, tol=1e-9)


def test_what_is_refused() -> None:
    rng = random.Random(12)
    large = random_bayesian(rng, (3, 3, 3), (3, 3, 3), 1)
    with pytest.raises((SpecificationError, UnsupportedError)):
        bayes_nash_equilibria(large)
    two = random_bayesian(rng, (1, 2), (2, 2), 3)
    with pytest.raises(SpecificationError):
        bayes_nash_regret(two, [[0], [0]])
