"""Adversarial team games: closed forms, published brackets, brute force, invariances and honest limits."""

from __future__ import annotations

import itertools
import json
import math
import pickle
from fractions import Fraction as F
from typing import Any

import numpy as np
import pytest
from oracles.linear import best_vertex, plain
from oracles.team_play import three_of_two, two_by_two
from paper_games import team_game_3x3x3

from gametheory.certificates import certificate_to_json, read_certificate, verify_certificate
from gametheory.equilibria import maximin, nash_regret, team_maxmin, team_maxmin_correlated
from gametheory.equilibria.team_play import team_maxmin_correlated_programme
from gametheory.errors import GameTheoryWarning, SpecificationError, UnsupportedError
from gametheory.games import NormalFormGame

GAP = F(1, 10**4)


def team_game(table: Any, *, adversary_first: bool = False) -> NormalFormGame:
    """A zero-sum team game from ``table[adversary][member]…``; the adversary is the last player unless said."""
    u = np.array(table, dtype=object)
    members = u.ndim - 1
    if adversary_first:
        return NormalFormGame([(-u).tolist(), *[u.tolist()] * members])
    u = np.moveaxis(u, 0, -1)
    return NormalFormGame([*[u.tolist()] * members, (-u).tolist()])


def matching(weights: list[Any], members: int) -> NormalFormGame:
    """The team earns w_k if all members and the adversary play k, else nothing."""
    m = len(weights)
    u = np.zeros((m,) * (members + 1), dtype=object)
    for k in range(m):
        u[(k,) * (members + 1)] = weights[k]
    return team_game(u)


def both(game: NormalFormGame, **options: Any) -> tuple[Any, Any]:
    members = range(game.num_players - 1)
    rival = game.num_players - 1
    found = team_maxmin(game, team=members, adversary=rival, **options)
    correlated = team_maxmin_correlated(game, team=members, adversary=rival)
    for certificate in (found.certificate, correlated.certificate):
        assert read_certificate(certificate_to_json(certificate)).verify(game)
    assert found.lower <= found.upper
    assert found.lower <= correlated.exact_value
    return found, correlated


# -- closed forms ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("members", "m"), [(2, 2), (2, 3), (3, 2), (4, 2), pytest.param(3, 3, marks=pytest.mark.slow)])
def test_matching_is_worth_a_power_of_its_size(members: int, m: int) -> None:
    """TME = m^-(n-1) and TMECor = 1/m: the ratio m^(n-2) is the largest possible (Basilico et al. 2017)."""
    found, correlated = both(matching([1] * m, members))
    assert found.lower == F(1, m**members)
    assert found.upper - found.lower <= GAP
    assert found.stopped == "gap"
    assert correlated.value == F(1, m)
    assert found.largest_gain == 0


@pytest.mark.parametrize(
    ("weights", "members"), [((1, 2), 2), ((1, 2, 4), 2), ((1, 3), 3), ((2, 5), 4), ((F(1, 3), F(1, 2)), 2)]
)
def test_weighted_matching_has_a_closed_form(weights: tuple[Any, ...], members: int) -> None:
    """TME = (Σ w_k^(-1/t))^-t for t members, by the inequality of the means; TMECor = 1 / Σ 1/w_k."""
    found, correlated = both(matching(list(weights), members))
    tme = sum(float(w) ** (-1 / members) for w in weights) ** -members
    assert float(found.lower) == pytest.approx(tme, rel=1e-8)
    assert float(found.lower) <= tme + 1e-12 <= float(found.upper) + 2e-12
    assert found.gap <= GAP
    assert correlated.value == 1 / sum(1 / F(w) for w in weights)


def test_an_irrational_value_is_enclosed() -> None:
    """Weights 1 and 2: TME = 6 - 4√2, decided exactly by squaring."""
    found, correlated = both(matching([1, 2], 2), gap=1e-6)
    for bound, sign in ((found.lower, -1), (found.upper, 1)):
        root = (6 - bound) / 4  # the bound is below 6 - 4√2 if this is above √2
        assert (2 - root**2) * sign > 0
    assert found.upper - found.lower <= F(2, 10**6)
    assert correlated.value == F(2, 3)
    assert 2 / 3 / float(found.lower) == pytest.approx(1.942809, abs=1e-6)


@pytest.mark.parametrize("members", [2, 3, 4])
def test_the_cost_of_independence_for_binary_actions(members: int) -> None:
    """Payoffs ±1: TME = -(1 - 2^(1-t)), TMECor = 0 (Schulman and Vazirani 2017)."""
    u = np.full((2,) * (members + 1), -1, dtype=object)
    u[(0,) * (members + 1)] = u[(1,) * (members + 1)] = 1
    found, correlated = both(team_game(u))
    assert found.lower == F(2, 2**members) - 1
    assert correlated.value == 0
    assert found.gap <= GAP


def test_three_by_three_by_three() -> None:
    """The bracket [7.19994995, 7.20004995] of an integer game; the value is 36/5, and 22/3 with a shared secret."""
    game = team_game(team_game_3x3x3(), adversary_first=True)
    found = team_maxmin(game, team=[1, 2], adversary=0)
    assert found.lower == found.upper == F(36, 5)
    assert F("7.19994995") <= found.lower <= found.upper <= F("7.20004995")
    correlated = team_maxmin_correlated(game, team=[1, 2], adversary=0)
    assert correlated.value == F(22, 3)
    # profile and mix are a Nash equilibrium (von Stengel and Koller 1997)
    assert found.largest_gain == 0
    profile = [found.exact_adversary_strategy, *found.exact_profile]
    assert nash_regret(game, profile) == 0
    assert repr(found).startswith("TeamMaxmin(independent, certified: secures exactly 36/5; by 3 | 9/10 1 + 1/10 3")


def test_a_secret_with_as_many_values_as_actions_is_full_correlation() -> None:
    """Matching on three numbers: 1/9 without a secret, 1/3 with one of three values."""
    found, correlated = both(matching([1, 1, 1], 2))
    assert (found.lower, correlated.value) == (F(1, 9), F(1, 3))
    assert [p for p in correlated.distribution.flat if p] == [F(1, 3)] * 3
    assert list(correlated.adversary_strategy) == [F(1, 3)] * 3


# -- brute force -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(25))
def test_two_members_with_two_actions_against_a_grid(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rivals = int(rng.integers(1, 5))
    table = rng.integers(-3, 4, (rivals, 2, 2)) if seed % 2 else rng.choice([0, 1], (rivals, 2, 2))
    found, _ = both(team_game(table))
    low, high = two_by_two(table)
    assert float(found.upper) >= low - 1e-9
    assert float(found.lower) <= high + 1e-9
    span = max(int(np.ptp(table)), 1)
    assert float(found.upper) <= high + 1.01e-4 * span  # the bracket is closed, and around the right value
    assert float(found.lower) >= low - 1.01e-4 * span


@pytest.mark.parametrize("seed", range(4))
def test_three_members_with_two_actions_against_a_grid(seed: int) -> None:
    table = np.random.default_rng(100 + seed).integers(0, 5, (3, 2, 2, 2))
    found, _ = both(team_game(table))
    low, high = three_of_two(table, 101)
    assert low - 1e-4 * 4 - 1e-9 <= float(found.upper)
    assert float(found.lower) <= high + 1e-9
    assert float(found.lower) >= low - 1.01e-4 * 4


@pytest.mark.parametrize("seed", range(8))
def test_correlated_play_against_the_vertices_of_its_programme(seed: int) -> None:
    rng = np.random.default_rng(seed)
    game = team_game(rng.integers(-2, 3, (int(rng.integers(1, 4)), 2, 2)))
    rival = game.num_players - 1
    programme = team_maxmin_correlated_programme(game, team=[0, 1], adversary=rival)
    found = team_maxmin_correlated(game, team=[0, 1], adversary=rival)
    assert found.value == best_vertex(plain(programme))[0]
    against = np.tensordot(game.payoffs[0], found.exact_adversary_strategy, axes=([2], [0]))
    assert against.max() == found.value  # no joint action does better against the adversary's mix
    secured = np.tensordot(found.exact_distribution, game.payoffs[0], axes=2)
    assert secured.min() == found.value


# -- theorems ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(6))
def test_order_of_the_values(seed: int) -> None:
    """Pure ≤ independent ≤ correlated ≤ m^(n-2) · independent, the last for payoffs ≥ 0 (Basilico et al. 2017)."""
    rng = np.random.default_rng(seed)
    table = rng.integers(0, 6, (3, 3, 3))
    found, correlated = both(team_game(table))
    assert found.lower >= int(table.min(axis=0).max())
    assert found.upper <= correlated.value + F(1, 10**5)
    assert correlated.value <= 3 * found.upper


@pytest.mark.parametrize("seed", range(4))
def test_invariance(seed: int) -> None:
    """Names of players and actions, unit and origin of payoffs, copies of actions: none changes the value."""
    rng = np.random.default_rng(seed)
    table = rng.integers(0, 4, (3, 3, 2))
    span = int(np.ptp(table))
    found, correlated = both(team_game(table))

    other = team_maxmin(team_game(7 * table + 10**9), team=[0, 1], adversary=2)
    assert (other.lower, other.upper) == (7 * found.lower + 10**9, 7 * found.upper + 10**9)
    small = team_maxmin(team_game(table * F(1, 10**9)), team=[0, 1], adversary=2)
    assert (small.lower, small.upper) == (found.lower / 10**9, found.upper / 10**9)

    shuffled = np.swapaxes(table[rng.permutation(3)][:, rng.permutation(3)], 1, 2)
    copied = np.concatenate([table, table[:, :1]], axis=1)
    watched = np.concatenate([table, table[:1] + 1])  # a worse action for the adversary
    for changed in (shuffled, copied, watched):
        again, jointly = both(team_game(changed))
        assert again.lower <= found.upper
        assert found.lower <= again.upper
        assert again.upper - again.lower <= GAP * (span + 1)
        assert jointly.value == correlated.value
    first = team_maxmin(team_game(table, adversary_first=True), team=[2, 1], adversary=0)
    assert (first.lower, first.upper) == (found.lower, found.upper)


@pytest.mark.parametrize("seed", range(4))
def test_a_team_of_one_is_maximin(seed: int) -> None:
    table = np.random.default_rng(seed).integers(-4, 5, (3, 4))
    game = team_game(table)
    found, correlated = both(game)
    value = maximin(game, player=0).value
    assert correlated.value == value
    assert found.lower <= value <= found.upper
    assert found.cells == 1


def test_floats_are_the_rationals_that_they_are() -> None:
    table = np.random.default_rng(8).normal(size=(3, 3, 3)).round(3)
    game = NormalFormGame(np.stack([np.moveaxis(table, 0, -1)] * 2 + [-np.moveaxis(table, 0, -1)]))
    found, correlated = both(game)
    exactly = team_maxmin(game.exact(), team=[0, 1], adversary=2)
    assert (found.lower, found.upper) == (exactly.lower, exactly.upper)
    assert all(v.dtype == np.float64 for v in (*found.profile, found.adversary_strategy, correlated.distribution))
    assert isinstance(correlated.value, float)
    assert isinstance(found.lower, F)
    payoffs = exactly.game.payoffs[0]
    joint = np.multiply.outer(*found.exact_profile)
    assert np.tensordot(joint, payoffs, axes=2).min() == found.lower


# -- degenerate games --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(2, 2, 2), (1, 1, 1), (3, 1, 2), (1, 3, 3), (2, 1, 1, 1), (1, 1)])
def test_constant_payoffs(shape: tuple[int, ...]) -> None:
    found, correlated = both(team_game(np.full(shape, F(5, 7), dtype=object)))
    assert found.lower == found.upper == correlated.value == F(5, 7)
    assert found.gap == 0
    assert found.largest_gain == 0


def test_members_without_a_choice() -> None:
    table = np.random.default_rng(3).integers(0, 9, (4, 1, 3, 1))
    found, correlated = both(team_game(table))
    assert found.lower <= correlated.value <= found.upper
    assert found.cells == 1


def test_parity_is_worth_nothing() -> None:
    """The adversary guesses the parity: every value is 0 whatever the team shares."""
    u = np.zeros((2, 2, 2, 2), dtype=object)
    for a in itertools.product((0, 1), repeat=4):
        u[a] = 1 - 2 * (sum(a) % 2)
    found, correlated = both(team_game(u))
    assert found.lower == found.upper == correlated.value == 0


# -- the payoff --------------------------------------------------------------------------------------------------------


def test_another_payoff_beside_the_game() -> None:
    rng = np.random.default_rng(4)
    game = NormalFormGame(rng.integers(0, 5, (3, 2, 3, 2)), players=["a", "b", "c"])
    payoff = rng.integers(0, 5, (2, 3, 2))
    found = team_maxmin(game, team=["c", "a"], adversary="b", payoff=payoff)
    assert found.team == (0, 2)
    assert [len(x) for x in found.profile] == [2, 2]
    table = np.moveaxis(payoff, 1, 0)
    low, high = two_by_two(table)
    assert float(found.upper) >= low - 1e-9
    assert float(found.lower) <= high + 1e-9
    assert found.certificate.verify(game)
    correlated = team_maxmin_correlated(game, team=[0, 2], adversary=1, payoff=payoff)
    builders = {"team_maxmin_correlated": lambda g, arguments: team_maxmin_correlated_programme(g, **arguments)}
    for item in (correlated, team_maxmin_correlated(matching([1, 2], 2), team=[0, 1], adversary=2)):
        certificate = read_certificate(certificate_to_json(item.certificate))
        checked = verify_certificate(certificate, item.game.exact(), row_builders=builders)
        assert checked.status == "verified"
    floats = team_maxmin(game, team=[0, 2], adversary=1, payoff=payoff * 0.5)
    assert (floats.lower, floats.upper) == (found.lower / 2, found.upper / 2)
    assert floats.profile[0].dtype == np.float64


def test_what_is_refused() -> None:
    game = NormalFormGame(np.random.default_rng(0).integers(0, 5, (3, 2, 2, 2)), players=["a", "b", "c"])
    zeros = np.zeros((2, 2, 2), dtype=int)
    cases: list[tuple[dict[str, Any], str]] = [
        ({"team": [0, 1], "adversary": 2}, "a and b are paid differently at"),
        ({"team": [0], "adversary": 2, "payoff": zeros}, "b is on neither side"),
        ({"team": [0, 1, 2], "adversary": 2, "payoff": zeros}, "c is the adversary"),
        ({"team": [0, 0, 1], "adversary": 2, "payoff": zeros}, "a is named twice"),
        ({"team": "ab", "adversary": 2, "payoff": zeros}, "write a list of players"),
        ({"team": [0, 1], "adversary": "d", "payoff": zeros}, "d"),
        ({"team": [0, 1], "adversary": 2, "payoff": zeros[0]}, "expected \\(2, 2, 2\\)"),
        ({"team": [0, 1], "adversary": 2, "payoff": zeros.reshape(-1)}, "expected \\(2, 2, 2\\)"),
        ({"team": [0, 1], "adversary": 2, "payoff": np.full((2, 2, 2), np.nan)}, "finite"),
        ({"team": [0, 1], "adversary": 2, "payoff": [[[True, 0], [0, 0]]] * 2}, "truth value"),
    ]
    for arguments, message in cases:
        for function in (team_maxmin, team_maxmin_correlated):
            with pytest.raises(SpecificationError, match=message):
                function(game, **arguments)
    limits: list[dict[str, Any]] = [
        {"gap": 0},
        {"gap": 1e-9},
        {"gap": 2},
        {"gap": math.nan},
        {"max_cells": 0},
        {"max_cells": True},
        {"max_cells": 10.0},
        {"time_limit": -1},
        {"max_cells": 10**12},
    ]
    for options in limits:
        with pytest.raises(SpecificationError):
            team_maxmin(game, team=[0, 1], adversary=2, payoff=zeros, **options)
    import sympy

    symbolic = NormalFormGame([[[sympy.Symbol("x"), 1]], [[0, 1]]])
    for function in (team_maxmin, team_maxmin_correlated):
        with pytest.raises(UnsupportedError):
            function(symbolic, team=[0], adversary=1)


# -- limits and results ------------------------------------------------------------------------------------------------


def test_limits_are_told_and_the_bounds_hold() -> None:
    game = matching([1, 2, 4], 2)
    with pytest.warns(GameTheoryWarning, match="max_cells=1 with a gap of"):
        first = team_maxmin(game, team=[0, 1], adversary=2, max_cells=1)
    assert (first.stopped, first.cells) == ("cells", 1)
    assert first.upper == F(4, 7)  # one cell: the bound with correlation
    with pytest.warns(GameTheoryWarning, match="max_cells=50"):
        second = team_maxmin(game, team=[0, 1], adversary=2, max_cells=50)
    with pytest.warns(GameTheoryWarning, match="time_limit=0"):
        third = team_maxmin(game, team=[0, 1], adversary=2, time_limit=0)
    for found in (first, second, third):
        assert found.certificate.verify()
        assert found.gap > GAP
        assert found.lower <= F("0.205283154") <= found.upper
        assert "stopped by the limit on" in repr(found)
    assert second.upper < first.upper
    assert second.cells <= 50
    assert third.stopped == "time"


def test_progress_is_told_in_payoffs() -> None:
    seen: list[tuple[int, float, float]] = []
    found = team_maxmin(
        matching([10, 20, 40], 2), team=[0, 1], adversary=2, progress=lambda *report: seen.append(report)
    )
    assert len(seen) >= 1
    for cells, low, high in seen:
        assert cells <= found.cells
        assert low <= float(found.lower) + 1e-6 <= high + 2e-6


def test_results_as_values() -> None:
    game = matching([1, 1], 2)
    game = NormalFormGame(game.payoffs.tolist(), players=["<a>", "b", "c"])
    found, correlated = both(game)
    assert float(found) == 0.25
    assert float(correlated) == 0.5
    assert "secures exactly 1/4; by 1/2 1 + 1/2 2 | 1/2 1 + 1/2 2" in repr(found)
    for result in (found, correlated):
        json.dumps(result.to_dict(), allow_nan=False)
        again = pickle.loads(pickle.dumps(result))  # noqa: S301
        assert again.to_dict() == result.to_dict()
        assert not again.adversary_strategy.flags.writeable
        assert len(result.to_frame()) >= 2
    assert "<a>" not in found._repr_html_()
    assert "certified" in found._repr_html_()
    assert correlated.support == ((0, 0), (1, 1))
    with pytest.raises(ValueError, match="read-only"):
        found.profile[0][0] = F(0)


def test_the_same_again() -> None:
    game = team_game(np.random.default_rng(11).integers(0, 9, (3, 3, 3)))
    one, two = (team_maxmin(game, team=[0, 1], adversary=2).to_dict() for _ in range(2))
    assert one == two


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(12))
def test_random_games_of_four_players_with_three_actions(seed: int) -> None:
    """The gap of 1e-4 is reached, on payoffs with ties too, and the kernel agrees."""
    rng = np.random.default_rng(seed)
    table = rng.choice([-1, 0, 0, 1], (4, 3, 3, 3)) if seed % 2 else rng.integers(0, 100, (3, 3, 3, 3))
    found, correlated = both(team_game(table))
    assert found.stopped == "gap"
    assert found.gap <= GAP
    assert found.upper <= correlated.value + F(int(np.ptp(table)), 10**5)


@pytest.mark.slow
def test_noisy_matching_with_four_actions() -> None:
    rng = np.random.default_rng(5)
    for members, m in ((2, 4), (3, 3)):
        u = rng.integers(0, 30, (m,) * (members + 1))
        for k in range(m):
            u[(k,) * (members + 1)] += 100
        found, _ = both(team_game(u))
        assert found.stopped == "gap"
        assert found.gap <= GAP
