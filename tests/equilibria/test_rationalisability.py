"""Rationalisable actions: published answers, the definition by brute force, and what follows from equilibria."""

from __future__ import annotations

import random
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from oracles.rationalisability import (
    is_best_reply,
    is_product,
    rationalisable,
    to_a_distribution,
    to_a_product,
    to_a_profile,
)
from paper_games import PAPER_GAMES

from gametheory.certificates import read_certificate
from gametheory.equilibria import (
    Rationalisability,
    iterated_elimination,
    nash_equilibrium,
    pure_nash_equilibria,
    rationalisable_actions,
)
from gametheory.errors import SpecificationError, UnsupportedError
from gametheory.games import NormalFormGame

BELIEFS: Any = ("pure", "independent", "correlated")
F = Fraction


def checked(found: Rationalisability) -> Rationalisability:
    """The certificate holds, also when read back, and so does every belief by its definition."""
    game = found.game
    assert found.certificate.verify(game)
    assert read_certificate(found.certificate.to_dict()).verify(game)
    payoffs = game.exact().payoffs
    for i, own in enumerate(found.actions):
        others = [found.actions[j] for j in range(game.num_players) if j != i]
        for a in own:
            belief = found.belief(i, a)
            assert is_best_reply(payoffs, i, a, belief)
            for rest, p in np.ndenumerate(belief):
                assert p == 0 or all(k in kept for k, kept in zip(rest, others, strict=True))
            if found.beliefs == "independent":
                assert is_product(belief)
            if found.beliefs == "pure":
                assert max(belief.flat) == 1
    removed = {key for gone in found.rounds for key in gone}
    everything = {(i, a) for i, m in enumerate(game.num_actions) for a in range(m)}
    sets = {(i, a) for part in (found.actions, found.undecided) for i, own in enumerate(part) for a in own}
    assert removed | sets == everything
    assert not removed & sets
    return found


def random_game(rng: random.Random, sizes: tuple[int, ...], high: int) -> NormalFormGame:
    return NormalFormGame.from_function(lambda *_: [rng.randint(0, high) for _ in sizes], sizes)


def common_interest(matrices: list[list[list[int]]]) -> NormalFormGame:
    """Three players with one payoff; the third chooses the matrix."""
    table = np.moveaxis(np.array(matrices), 0, 2)
    labels = [["U", "D"], ["L", "R"], [f"M{k + 1}" for k in range(len(matrices))]]
    return NormalFormGame(np.stack([table] * 3), actions=labels)


# -- published -----------------------------------------------------------------------------------------------------------


def test_bernheim() -> None:
    """Bernheim (1984); Osborne and Rubinstein (1994), Figure 57.1: {a1, a2, a3} × {b1, b2, b3}, b4 first, then a4."""
    game = NormalFormGame.from_bimatrix(
        [[0, 2, 7, 0], [5, 3, 5, 0], [7, 2, 0, 0], [0, 0, 0, 10]],
        [[7, 5, 0, 1], [2, 3, 2, 1], [0, 5, 7, 1], [0, -2, 0, -1]],
    )
    for beliefs in ("correlated", "independent"):
        found = checked(rationalisable_actions(game, beliefs=beliefs))
        assert found.actions == ((0, 1, 2), (0, 1, 2))
        assert found.rounds == (((1, 3),), ((0, 3),))
    assert [e.profile for e in pure_nash_equilibria(game)] == [(1, 1)]  # far fewer than what is rationalisable


def test_correlated_beliefs_allow_more() -> None:
    """Osborne and Rubinstein (1994), Figure 58.1: M2 is a best reply to (U, L) or (D, R), but to no product."""
    game = common_interest([[[8, 0], [0, 0]], [[4, 0], [0, 4]], [[0, 0], [0, 8]], [[3, 3], [3, 3]]])
    correlated = checked(rationalisable_actions(game))
    assert correlated.actions == ((0, 1), (0, 1), (0, 1, 2, 3))
    assert correlated.belief(2, "M2").tolist() == [[F(1, 2), 0], [0, F(1, 2)]]
    independent = checked(rationalisable_actions(game, beliefs="independent"))
    assert independent.actions == ((0, 1), (0, 1), (0, 2, 3))
    assert independent.decided
    assert len(independent.certificate.rounds[0][0].mixtures) > 1  # no single mixture is evidence
    assert independent == rationalisable_actions(game, beliefs="independent")
    with pytest.raises(SpecificationError, match="no belief"):
        independent.belief("Player 3", "M2")


def test_beliefs_between_the_profiles() -> None:
    """Osborne and Rubinstein (1994), section 4.1: a best reply to a mixture only is not point-rationalisable."""
    game = NormalFormGame.from_bimatrix([[3, 0], [2, 2], [0, 3]], [[0, 1], [0, 0], [1, 0]])
    assert checked(rationalisable_actions(game)).actions == ((0, 1, 2), (0, 1))
    assert checked(rationalisable_actions(game, beliefs="pure")).actions == ((0, 2), (0, 1))


def test_linear_duopoly() -> None:
    """Bernheim (1984), section 5: Cournot's equilibrium is all that two firms can rationalise; not so three."""

    def payoff(*outputs: int) -> list[int]:
        return [q * (12 - sum(outputs)) for q in outputs]

    duopoly = NormalFormGame.from_function(payoff, [13, 13])
    for beliefs in BELIEFS:
        found = checked(rationalisable_actions(duopoly, beliefs=beliefs))
        assert 4 in found.actions[0]
        assert set(found.actions[0]) <= {3, 4, 5}  # a grid has its neighbours as equilibria too
    triopoly = NormalFormGame.from_function(payoff, [7, 7, 7])
    for beliefs in BELIEFS:
        found = checked(rationalisable_actions(triopoly, beliefs=beliefs))
        assert set(range(7)) == set(found.actions[0])


def test_two_thirds_of_the_mean() -> None:
    """Moulin (1986): of guesses 1 … 5 by two players only 1 is left."""

    def payoff(*guess: int) -> list[Fraction]:
        target = F(2, 3) * F(sum(g + 1 for g in guess), 2)
        return [-abs(g + 1 - target) for g in guess]

    for beliefs in BELIEFS:
        assert checked(
            rationalisable_actions(NormalFormGame.from_function(payoff, [5, 5]), beliefs=beliefs)
        ).actions == (
            (0,),
            (0,),
        )


# -- brute force ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sizes", [(3,), (3, 2), (3, 3), (4, 2), (2, 2, 2), (2, 2, 3)])
def test_against_the_definition(sizes: tuple[int, ...]) -> None:
    rng = random.Random(str(sizes))
    oracles = {"pure": to_a_profile, "correlated": to_a_distribution}
    removed = 0
    for trial in range(12):
        game = random_game(rng, sizes, (1, 3, 9)[trial % 3])
        payoffs = game.exact().payoffs
        for beliefs in ("pure", "correlated"):
            found = checked(rationalisable_actions(game, beliefs=beliefs))
            assert [list(own) for own in found.actions] == rationalisable(payoffs, oracles[beliefs])
            removed += sum(map(len, found.rounds))
        assert found.actions == iterated_elimination(game).remaining
        if len(sizes) < 3:
            independent = checked(rationalisable_actions(game, beliefs="independent"))
            assert independent.actions == found.actions
    assert removed > 0


@pytest.mark.parametrize("sizes", [(2, 2, 5), (2, 6, 2), (2, 3, 4), (2, 2, 2, 4)])
def test_independent_beliefs_against_real_arithmetic(sizes: tuple[int, ...]) -> None:
    """One player has many options against few profiles, so that beliefs matter."""
    rng = random.Random(str(sizes))
    for trial in range(6):
        game = random_game(rng, sizes, (4, 30)[trial % 2])
        truth = rationalisable(game.exact().payoffs, to_a_product)
        found = checked(rationalisable_actions(game, beliefs="independent"))
        for own, open_ones, true in zip(found.actions, found.undecided, truth, strict=True):
            assert set(own) <= set(true) <= set(own) | set(open_ones)
        if trial % 2:
            assert found.decided


def test_options_that_need_coordination_against_real_arithmetic() -> None:
    """Two options that pay at one corner each, one that pays at both, a safe one: beliefs decide about the third."""
    rng = random.Random(3)
    differ = 0
    for _ in range(15):
        a, b, c, d = rng.randint(7, 9), rng.randint(3, 6), rng.randint(3, 6), rng.randint(7, 9)
        game = common_interest(
            [
                [[a, 0], [0, 0]],
                [[b, rng.randint(0, 1)], [rng.randint(0, 1), c]],
                [[0, 0], [0, d]],
                [[rng.randint(2, 4)] * 2] * 2,
            ]
        )
        truth = rationalisable(game.exact().payoffs, to_a_product)
        found = checked(rationalisable_actions(game, beliefs="independent"))
        assert found.decided
        assert [list(own) for own in found.actions] == truth
        differ += found.actions != rationalisable_actions(game).actions
    assert 0 < differ < 15


def test_a_knife_edge_is_found_or_left_open() -> None:
    """M3 is a best reply at p = q = 1/2 only: 4pq ≤ 1, 4(1 − p)(1 − q) ≤ 1 and (1 − 2p)(1 − 2q) ≥ 0."""
    matrices = [[[4, 0], [0, 0]], [[0, 0], [0, 4]], [[1, 1], [1, 1]], [[0, 2], [2, 0]]]
    found = checked(rationalisable_actions(common_interest(matrices), beliefs="independent"))
    assert 2 in found.actions[2]
    interval = [[[2, 0], [0, 0]], [[0, 0], [0, 2]], [[1, 1], [1, 1]]]
    assert checked(rationalisable_actions(common_interest(interval), beliefs="independent")).decided


def test_what_cannot_be_decided_in_time_stays_open() -> None:
    game = common_interest([[[8, 0], [0, 0]], [[4, 0], [0, 4]], [[0, 0], [0, 8]], [[3, 3], [3, 3]]])
    found = checked(rationalisable_actions(game, beliefs="independent", max_cells=1))
    assert found.undecided == ((), (), (1,))
    assert not found.decided
    assert "undecided: M2 of Player 3" in repr(found)
    assert "M2" in found._repr_html_()


# -- theorems ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PAPER_GAMES)
def test_beliefs_are_nested_and_equilibria_survive(name: str) -> None:
    game = PAPER_GAMES[name].game
    if game.arithmetic == "symbolic":
        pytest.skip("payoffs with symbols")
    pure, independent, correlated = (checked(rationalisable_actions(game, beliefs=b)) for b in BELIEFS)
    for i in range(game.num_players):
        assert set(pure.actions[i]) <= set(independent.actions[i]) | set(independent.undecided[i])
        assert set(independent.actions[i]) <= set(correlated.actions[i])
    for equilibrium in pure_nash_equilibria(game):
        assert all(a in own for a, own in zip(equilibrium.profile, pure.actions, strict=True))
    support = nash_equilibrium(game).support
    assert all(
        set(own) <= set(kept) | set(maybe)
        for own, kept, maybe in zip(support, independent.actions, independent.undecided, strict=True)
    )


def test_games_of_floats_are_rational_games() -> None:
    rng = np.random.default_rng(4)
    for sizes in ((4, 3), (2, 2, 4), (3, 3, 3)):
        game = NormalFormGame(rng.random((len(sizes), *sizes)))
        for beliefs in BELIEFS:
            found = checked(rationalisable_actions(game, beliefs=beliefs))
            exact = rationalisable_actions(game.exact(), beliefs=beliefs)
            assert (found.actions, found.rounds) == (exact.actions, exact.rounds)


def test_renaming_players_renames_the_answer() -> None:
    rng = random.Random(9)
    for _ in range(3):
        game = random_game(rng, (2, 3, 4), 9)
        for beliefs in BELIEFS:
            found = rationalisable_actions(game, beliefs=beliefs)
            for order in [(1, 2, 0), (2, 1, 0)]:
                payoffs = np.stack([np.transpose(game.payoffs[i], order) for i in order])
                other = rationalisable_actions(NormalFormGame(payoffs.tolist()), beliefs=beliefs)
                assert other.actions == tuple(found.actions[i] for i in order)


# -- refusals and displays -----------------------------------------------------------------------------------------------


def test_bad_questions_are_refused() -> None:
    game = NormalFormGame([[1, 2]])
    with pytest.raises(SpecificationError, match="beliefs: found 'mixed'"):
        rationalisable_actions(game, beliefs="mixed")  # type: ignore[arg-type]
    for limit in (0, True, 2.5):
        with pytest.raises(SpecificationError, match="max_cells"):
            rationalisable_actions(game, max_cells=limit)  # type: ignore[arg-type]
    symbolic = NormalFormGame([[pytest.importorskip("sympy").Symbol("a"), 1]])
    with pytest.raises(UnsupportedError, match="free symbols"):
        rationalisable_actions(symbolic)


def test_displays() -> None:
    game = NormalFormGame.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]], actions=[["<C>", "D"]] * 2)
    found = checked(rationalisable_actions(game))
    assert repr(found) == "Rationalisability(correlated beliefs, certified: {D} × {D})"
    assert (
        "<C>"
        not in rationalisable_actions(
            NormalFormGame.from_bimatrix([[0, 1], [1, 0]], [[0, 1], [1, 0]], actions=[["<C>", "D"]] * 2)
        )._repr_html_()
    )
    assert found.to_dict()["rounds"] == [[["Player 1", "<C>"], ["Player 2", "<C>"]]]
    frame = found.to_frame()
    assert list(frame["rationalisable"]) == ["no", "yes", "no", "yes"]
    assert hash(found) == hash(rationalisable_actions(game))
