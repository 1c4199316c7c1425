"""The one contraction against sums over action profiles written out in fractions."""

from __future__ import annotations

import itertools
from fractions import Fraction
from math import prod
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from paper_games import PAPER_GAMES

from gametheory.arithmetic import RationalArray
from gametheory.errors import SpecificationError, UnsupportedError
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.profiles import (
    contract,
    correlated_profile,
    deviation_payoffs,
    exact_contract,
    exact_mixed_profile,
    expected_payoffs,
    is_pure_profile,
    mixed_profile,
    product_distribution,
    pure_profile,
    regrets,
)

Case = tuple[NormalFormGame, list[list[Fraction]]]


@st.composite
def cases(draw: st.DrawFn, max_players: int = 4, largest: int = 6) -> Case:
    """A game of fractions (sometimes huge ones) and a mixed profile, degenerate ones included."""
    sizes = draw(st.lists(st.integers(1, 3), min_size=1, max_size=max_players))
    count = len(sizes) * prod(sizes)
    scale = draw(st.sampled_from([1, 1, 2**61, 10**30]))
    numerators = draw(st.lists(st.integers(-largest, largest), min_size=count, max_size=count))
    denominators = draw(st.lists(st.integers(1, 4), min_size=count, max_size=count))
    values = np.empty(count, dtype=object)
    values[:] = [Fraction(a * scale, b) for a, b in zip(numerators, denominators, strict=True)]
    profile = []
    for m in sizes:
        weights = draw(st.lists(st.integers(0, 5), min_size=m, max_size=m).filter(any))
        profile.append([Fraction(w, sum(weights)) for w in weights])
    return NormalFormGame(values.reshape(len(sizes), *sizes)), profile


def brute_expected(game: NormalFormGame, profile: Any, i: int) -> Fraction:
    payoffs = game.payoffs
    return sum(
        (
            payoffs[(i, *a)] * prod((profile[j][k] for j, k in enumerate(a)), start=Fraction(1))
            for a in itertools.product(*map(range, game.num_actions))
        ),
        Fraction(0),
    )


def pure(m: int, k: int) -> list[Fraction]:
    return [Fraction(int(a == k)) for a in range(m)]


def brute_deviations(game: NormalFormGame, profile: Any, i: int) -> list[Fraction]:
    m = game.num_actions[i]
    return [brute_expected(game, [*profile[:i], pure(m, k), *profile[i + 1 :]], i) for k in range(m)]


@given(cases())
def test_payoffs_deviations_and_regrets_are_the_written_out_sums(case: Case) -> None:
    game, profile = case
    expected = [brute_expected(game, profile, i) for i in range(game.num_players)]
    assert list(expected_payoffs(game, profile)) == expected
    found = regrets(game, profile)
    for i in range(game.num_players):
        options = brute_deviations(game, profile, i)
        assert list(deviation_payoffs(game, profile, i)) == options
        assert found[i] == max(options) - expected[i] >= 0
    joint = product_distribution(mixed_profile(game, profile))
    assert joint.sum() == 1
    assert list(expected_payoffs(game, joint)) == expected


@given(cases(largest=3))
def test_floats_agree_with_fractions(case: Case) -> None:
    game, profile = case
    floats = NormalFormGame(game.float_payoffs())
    rounded = [[float(p) for p in vector] for vector in profile]
    scale = max(1.0, float(np.abs(floats.float_payoffs()).max()))
    for left, right in ((floats, rounded), (floats, profile), (game, rounded)):
        found = expected_payoffs(left, right)
        assert found.dtype == np.float64
        assert found == pytest.approx(expected_payoffs(game, profile).astype(float), abs=1e-12 * scale)
        for i in range(game.num_players):
            options = deviation_payoffs(left, right, i)
            assert options.dtype == np.float64
            assert options == pytest.approx(deviation_payoffs(game, profile, i).astype(float), abs=1e-12 * scale)
    # Regrets of floats are those of the rationals that the floats are, exactly.
    assert list(regrets(floats, rounded)) == list(regrets(floats.exact(), exact_mixed_profile(floats, rounded)))
    assert all(isinstance(x, Fraction) and x >= 0 for x in regrets(floats, rounded))


@given(cases(), st.randoms(use_true_random=False))
def test_relabelling_players_and_actions_relabels_the_answers(case: Case, random: Any) -> None:
    game, profile = case
    n = game.num_players
    players = list(range(n))
    random.shuffle(players)
    orders = [list(range(m)) for m in game.num_actions]
    for order in orders:
        random.shuffle(order)
    payoffs = game.payoffs[(slice(None), *np.ix_(*orders))][players].transpose(0, *(1 + np.array(players)))
    renamed = NormalFormGame(payoffs)
    moved = [[profile[i][k] for k in orders[i]] for i in players]
    before, after = regrets(game, profile), regrets(renamed, moved)
    assert [before[i] for i in players] == list(after)
    expected = expected_payoffs(game, profile)
    assert [expected[i] for i in players] == list(expected_payoffs(renamed, moved))


@given(cases(), st.fractions(Fraction(1, 9), 9), st.fractions(-9, 9))
def test_affine_changes_scale_regrets(case: Case, scale: Fraction, shift: Fraction) -> None:
    game, profile = case
    changed = NormalFormGame(game.payoffs * scale + shift)
    assert list(regrets(changed, profile)) == [scale * r for r in regrets(game, profile)]
    # Adding to a player's payoffs what depends on the others' actions alone changes no regret of that player.
    bonus = np.arange(prod(game.num_actions[1:])).reshape(1, *game.num_actions[1:])
    payoffs = game.payoffs
    payoffs[0] = payoffs[0] + bonus
    assert regrets(NormalFormGame(payoffs), profile)[0] == regrets(game, profile)[0]


@pytest.mark.parametrize("name", sorted(PAPER_GAMES))
def test_published_equilibria_have_no_regret(name: str) -> None:
    entry = PAPER_GAMES[name]
    game = entry.game
    for a in itertools.product(*map(range, game.num_actions)):
        assert (max(regrets(game, a)) == 0) == (a in entry.pure_nash)
    for profile in entry.nash or ():
        assert max(regrets(game, profile)) == 0
        if entry.value is not None:
            assert expected_payoffs(game, profile)[0] == entry.value


@pytest.mark.parametrize("size", [2**31, 2**61 - 1, 2**62 - 1, 2**62, 2**63 - 1, 2**63, 2**64, 10**30])
@pytest.mark.parametrize("denominator", [1, 2, 3, 2**20, 2**62, 3**50])
def test_no_sum_wraps_at_the_edge_of_the_machine(size: int, denominator: int) -> None:
    for sign in (1, -1):
        game = NormalFormGame(np.full((2, 2, 2), sign * size, dtype=object))
        profile = [[Fraction(1, denominator), 1 - Fraction(1, denominator)]] * 2
        assert list(expected_payoffs(game, profile)) == [sign * size] * 2
        assert list(deviation_payoffs(game, profile, 0)) == [sign * size] * 2
        assert list(regrets(game, profile)) == [0, 0]
        uniform = np.full((2, 2), Fraction(1, 4), dtype=object)
        assert list(expected_payoffs(game, uniform)) == [sign * size] * 2


def test_contraction_of_vectors_that_are_no_probabilities() -> None:
    tensor = RationalArray.of_integers(np.full((2, 2), 2**60))
    large = np.array([Fraction(2**10), Fraction(-(2**11))], dtype=object)
    assert exact_contract(tensor, [large, large]) == 2**60 * 2**20
    assert list(exact_contract(tensor, [large, large], keep=0)) == [2**60 * -(2**10)] * 2
    floats = contract(np.arange(24.0).reshape(2, 3, 4), [np.ones(3), np.ones(4)])
    assert floats.tolist() == [66.0, 210.0]


def test_expressions_go_through_the_same_contraction() -> None:
    sympy = pytest.importorskip("sympy")
    x, p, q = sympy.symbols("x p q")
    game = NormalFormGame.from_bimatrix([[x, 0], [1, 2]], [[1, x], [0, 3]])
    numbers = NormalFormGame.from_bimatrix([[5, 0], [1, 2]], [[1, 5], [0, 3]])
    profile, given_numbers = [[p, 1 - p], [q, 1 - q]], {x: 5, p: sympy.Rational(1, 3), q: sympy.Rational(1, 4)}
    values = [["1/3", "2/3"], ["1/4", "3/4"]]
    for mixed_game, mixed_play in ((game, profile), (game, values), (numbers, profile)):
        for found, exact in (
            (expected_payoffs(mixed_game, mixed_play), expected_payoffs(numbers, values)),
            (deviation_payoffs(mixed_game, mixed_play, 1), deviation_payoffs(numbers, values, 1)),
        ):
            assert [sympy.Rational(sympy.sympify(e).subs(given_numbers)) for e in found] == [
                sympy.Rational(y) for y in exact
            ]
    joint = np.array([[p, 0], [0, 1 - p]], dtype=object)
    assert sympy.expand(expected_payoffs(game, joint)[0] - (x * p + 2 * (1 - p))) == 0
    with pytest.raises(UnsupportedError, match="free symbols"):
        regrets(game, values)
    with pytest.raises(UnsupportedError, match="free symbols"):
        regrets(numbers, profile)


# -- reading profiles --------------------------------------------------------------------------------------------------


def test_profiles_are_read_by_label_index_or_vector() -> None:
    game = PAPER_GAMES["battle_of_the_sexes"].game
    first, second = mixed_profile(game, ["football", [0.25, 0.75]])
    assert first.tolist() == [0, 1]
    assert second.tolist() == [0.25, 0.75]
    assert not first.flags.writeable
    assert not second.flags.writeable
    assert pure_profile(game, ("football", 0)) == (1, 0)
    assert is_pure_profile(("football", 0))
    assert not is_pure_profile(([1, 0], 0))
    assert not is_pure_profile((True, 0))
    assert mixed_profile(game, (1, np.int64(0)))[0].tolist() == [0, 1]


def test_floats_that_nearly_sum_to_one() -> None:
    game = PAPER_GAMES["rock_paper_scissors"].game
    thirds = [1 / 3, 1 / 3, 1 / 3 + 1e-10]
    vector = mixed_profile(game, [thirds, 0])[0]
    assert vector.sum() == pytest.approx(1, abs=1e-15)
    assert sum(exact_mixed_profile(game, [thirds, 0])[0]) == 1
    tiny = mixed_profile(game, [[1.0, -1e-17, 0.0], 0])[0]
    assert tiny.tolist() == [1.0, 0.0, 0.0]
    assert exact_mixed_profile(game, [[0.1, 0.2, 0.7], 0])[0].sum() == 1


@pytest.mark.parametrize(
    ("profile", "message"),
    [
        ([[1, 0]], "write 2 entries"),
        ("CD", "write 2 entries"),
        (7, "write 2 entries"),
        ([[1, 0], [1, 0, 0]], r"profile\[1\]: found shape \(3,\), expected \(2,\)"),
        ([[1, 0], ["1/2", "1/3"]], r"profile\[1\]: found probabilities that sum to 5/6"),
        ([[1, 0], [0.5, 0.5 + 1e-8]], "sum to 1.00000001"),
        ([[1, 0], ["3/2", "-1/2"]], r"profile\[1\]\[1\]: found -1/2"),
        ([[1, 0], [1.1, -0.1]], r"profile\[1\]\[1\]: found -0.1"),
        ([[1, 0], [float("nan"), 1]], r"profile\[1\]\[0\]: found nan"),
        ([[1, 0], [True, False]], "truth value"),
        ([[1, 0], 2], r"profile\[1\]: found 2"),
        ([[1, 0], True], r"profile\[1\]: found True"),
        ([[1, 0], "Z"], r"profile\[1\]: found 'Z'"),
        ([[1, 0], None], r"profile\[1\]: found NoneType"),
    ],
)
def test_malformed_profiles_are_refused(profile: Any, message: str) -> None:
    with pytest.raises(SpecificationError, match=message):
        mixed_profile(PAPER_GAMES["prisoners_dilemma"].game, profile)


@pytest.mark.parametrize(
    ("joint", "message"),
    [
        (np.full((2, 3), 1 / 6), r"expected \(2, 2\)"),
        (np.full((2, 2), 0.3), "sum to 1.2"),
        (np.array([[1.5, -0.5], [0, 0]]), r"distribution\[0, 1\]: found -0.5"),
    ],
)
def test_malformed_distributions_are_refused(joint: Any, message: str) -> None:
    game = PAPER_GAMES["prisoners_dilemma"].game
    with pytest.raises(SpecificationError, match=message):
        correlated_profile(game, joint)
    with pytest.raises(SpecificationError, match=message):
        expected_payoffs(game, joint)


def test_distributions_of_every_arithmetic() -> None:
    game = PAPER_GAMES["chicken"].game
    best = [["1/2", "1/4"], ["1/4", 0]]
    exact = correlated_profile(game, best)
    assert list(expected_payoffs(game, exact)) == [Fraction(21, 4)] * 2
    assert correlated_profile(game, RationalArray.from_values(best)).tolist() == exact.tolist()
    floats = expected_payoffs(game, exact.astype(float))
    assert floats.dtype == np.float64
    assert floats.tolist() == [5.25, 5.25]
    assert expected_payoffs(NormalFormGame(game.float_payoffs()), exact).tolist() == [5.25, 5.25]
