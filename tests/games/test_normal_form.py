"""Games as values: construction, labels, equality, and every malformed table refused with its place."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from paper_games import PAPER_GAMES

from gametheory.errors import SpecificationError, UnsupportedError
from gametheory.games.normal_form import NormalFormGame


def games(*, max_players: int = 3, floats: bool = False) -> st.SearchStrategy[NormalFormGame]:
    """Small games with fractions (or floats) as payoffs."""
    entry = st.floats(-5, 5, width=16) if floats else st.fractions(-5, 5, max_denominator=6)

    def build(sizes: list[int]) -> st.SearchStrategy[NormalFormGame]:
        shape = (len(sizes), *sizes)
        count = int(np.prod(shape))
        return st.lists(entry, min_size=count, max_size=count).map(
            lambda values: NormalFormGame(np.array(values, dtype=float if floats else object).reshape(shape))
        )

    return st.lists(st.integers(1, 3), min_size=1, max_size=max_players).flatmap(build)


# -- constructors ------------------------------------------------------------------------------------------------------


@given(games())
def test_constructors_agree_on_the_same_table(game: NormalFormGame) -> None:
    table = {
        tuple(game.action_labels(a)): [game.payoffs[(i, *a)] for i in range(game.num_players)]
        for a in np.ndindex(*game.num_actions)
    }
    assert NormalFormGame.from_profiles(table) == game
    by_index = {
        tuple(a): [game.payoffs[(i, *a)] for i in range(game.num_players)] for a in np.ndindex(*game.num_actions)
    }
    assert NormalFormGame.from_profiles(by_index) == game
    assert NormalFormGame.from_function(lambda *a: game.payoff(*a), game.num_actions) == game
    assert NormalFormGame(game.payoffs.tolist()) == game
    if game.num_players == 2:
        assert NormalFormGame.from_bimatrix(*game.payoffs) == game


@given(games(floats=True))
def test_a_float_game_is_a_rational_game(game: NormalFormGame) -> None:
    exact = game.exact()
    assert exact.arithmetic == "exact"
    assert [Fraction(float(x)) for x in game.numerators.flat] == list(exact.payoffs.flat)
    assert exact.to_float() == game
    assert game.digest() == exact.digest()
    for i in range(game.num_players):
        assert game.payoff_span(i) == exact.payoff_span(i) == max(exact.payoffs[i].flat) - min(exact.payoffs[i].flat)


@given(games(), st.integers(1, 9))
def test_zero_sum_and_symmetric(game: NormalFormGame, scale: int) -> None:
    matrix = game.payoffs[0].reshape(game.num_actions[0], -1)
    zero_sum = NormalFormGame.zero_sum(matrix)
    assert not (zero_sum.numerators[0] + zero_sum.numerators[1]).any()
    size = min(matrix.shape)
    square = matrix[:size, :size]
    symmetric = NormalFormGame.symmetric(square)
    assert symmetric.payoffs[0].tolist() == symmetric.payoffs[1].T.tolist() == square.tolist()


def test_symmetric_games_of_three_players() -> None:
    payoff = np.empty((2, 2, 2), dtype=int)
    for a, b, c in np.ndindex(2, 2, 2):
        payoff[a, b, c] = 10 * a + (b + c)
    game = NormalFormGame.symmetric(payoff, actions=["x", "y"])
    for a in np.ndindex(2, 2, 2):
        for i in range(3):
            others = [a[j] for j in range(3) if j != i]
            assert game.payoff(*a)[i] == 10 * a[i] + sum(others)
    lopsided = payoff.copy()
    lopsided[0, 0, 1] = 7
    with pytest.raises(SpecificationError, match="axes 1 and 2 swap"):
        NormalFormGame.symmetric(lopsided)
    for shape in ((2,), (2, 3)):
        with pytest.raises(SpecificationError, match="one common length"):
            NormalFormGame.symmetric(np.zeros(shape))


def test_mixed_arithmetic_of_two_matrices() -> None:
    A, B = [["1/3", 1]], [[2, "1/2"]]
    assert NormalFormGame.from_bimatrix(A, B).payoff(0, 1) == (1, Fraction(1, 2))
    assert NormalFormGame.from_bimatrix([[1, 2]], [[0.5, 1.5]]).arithmetic == "float"
    with pytest.raises(SpecificationError, match="beside floats"):
        NormalFormGame.from_bimatrix(A, [[0.5, 1.5]])
    wide = NormalFormGame.from_bimatrix([[2**62 - 1]], [["1/3"]])
    assert wide.payoff(0, 0) == (2**62 - 1, Fraction(1, 3))


# -- value semantics ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "game",
    [
        NormalFormGame([["1/3", 2]], ["A"], [["x", "y"]], title="One"),
        NormalFormGame(np.arange(8).reshape(2, 2, 2) / 7),
        NormalFormGame([[[10**40, 1]], [[0, 1]]]),
    ],
)
def test_games_are_values(game: NormalFormGame) -> None:
    for twin in (pickle.loads(pickle.dumps(game)), copy.copy(game), copy.deepcopy(game)):  # noqa: S301
        assert twin == game
        assert hash(twin) == hash(game)
        assert twin.title == game.title
        assert twin.digest() == game.digest()
        assert not twin.numerators.flags.writeable
    assert {game: 1}[copy.deepcopy(game)] == 1
    with pytest.raises(ValueError, match="read-only"):
        game.numerators[(0,) * game.numerators.ndim] = 3
    with pytest.raises(AttributeError):
        game.title = "other"  # type: ignore[misc]
    assert game != 3
    assert (game == game.payoffs.tolist()) is False


def test_the_callers_array_is_copied() -> None:
    given_payoffs = np.zeros((2, 2, 2))
    game = NormalFormGame(given_payoffs)
    given_payoffs[0, 0, 0] = 9
    assert game.payoff(0, 0) == (0, 0)
    whole = np.zeros((2, 2, 2), dtype=np.int64)
    game = NormalFormGame(whole)
    whole[0, 0, 0] = 9
    assert game.payoff(0, 0) == (0, 0)


def test_minus_zero_is_zero() -> None:
    plus, minus = NormalFormGame([[0.0, 1.0]]), NormalFormGame([[-0.0, 1.0]])
    assert plus == minus
    assert hash(plus) == hash(minus)
    assert NormalFormGame.zero_sum([[0.0]]) == NormalFormGame.from_bimatrix([[0.0]], [[0.0]])


def test_equality_sees_everything_but_the_title() -> None:
    base = NormalFormGame([[[1, 2]], [[3, 4]]], title="a")
    assert base == NormalFormGame([[[1, 2]], [[3, 4]]], title="b")
    assert base != NormalFormGame([[[1, 2]], [[3, 5]]])
    assert base != NormalFormGame([[[1.0, 2.0]], [[3.0, 4.0]]])
    assert base != NormalFormGame([[[1, 2]], [[3, 4]]], ["x", "y"])
    assert base != NormalFormGame([[[1, 2]], [[3, 4]]], actions=[["x"], ["y", "z"]])
    assert base != NormalFormGame([[["1/2", 1]], [["3/2", 2]]])


def test_digest_ignores_labels_and_tells_shapes_apart() -> None:
    base = NormalFormGame([[[1, 2]], [[3, 4]]])
    assert base.digest() == NormalFormGame([[[1, 2]], [[3, 4]]], ["x", "y"], title="t").digest()
    assert base.digest() == NormalFormGame([[[1.0, 2.0]], [[3.0, 4.0]]]).digest()
    assert base.digest() != NormalFormGame([[[1], [2]], [[3], [4]]]).digest()
    assert base.digest() != NormalFormGame([[["1/2", 1]], [["3/2", 2]]]).digest()
    assert len({entry.game.digest() for entry in PAPER_GAMES.values()}) == len(PAPER_GAMES)


def test_digest_is_the_same_in_another_process() -> None:
    code = "from gametheory.games import prisoners_dilemma as g; print(g().digest())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    here = NormalFormGame.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]]).digest()
    assert done.stdout.strip() == here


def test_repr_is_one_line() -> None:
    assert repr(NormalFormGame([[1, 2]])) == "NormalFormGame(1 player, 2, exact)"
    assert repr(NormalFormGame(np.zeros((2, 2, 3)), title="Z")) == "NormalFormGame('Z', 2 players, 2×3, float)"


# -- labels ------------------------------------------------------------------------------------------------------------


def test_labels_and_indices_name_the_same() -> None:
    game = NormalFormGame(np.zeros((2, 2, 2), dtype=int), ["Row", "Column"], [["U", "D"], ["1", "0"]])
    assert game.player_index("Column") == game.player_index(1) == game.player_index(np.int64(1)) == 1
    assert game.action_index(1, "0") == 1  # a label, although it looks like an index
    assert game.action_index("Column", 0) == 0
    assert game.action_indices(("D", 1)) == (1, 1)
    assert game.action_labels((1, 1)) == ("D", "0")


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda g: g.player_index("Roww"), "found 'Roww'; the players are 'Row', 'Column'"),
        (lambda g: g.player_index(2), "found 2; indices run from 0 to 1"),
        (lambda g: g.player_index(-1), "found -1"),
        (lambda g: g.player_index(True), "found True"),
        (lambda g: g.player_index(0.0), "found 0.0"),
        (lambda g: g.action_index(0, "L"), "action of Row: found 'L'; the actions are 'U', 'D'"),
        (lambda g: g.action_index(0, 2), "found 2"),
        (lambda g: g.action_indices((0,)), "write 2 actions"),
        (lambda g: g.action_indices("UD"), "write 2 actions"),
        (lambda g: g.action_indices(3), "write 2 actions"),
        (lambda g: g.payoff(0, False), "found False"),
        (lambda g: g.payoff_span(5), "found 5"),
    ],
)
def test_what_does_not_exist_is_named(ask: Any, message: str) -> None:
    game = NormalFormGame(np.zeros((2, 2, 2), dtype=int), ["Row", "Column"], [["U", "D"], ["L", "R"]])
    with pytest.raises(SpecificationError, match=message):
        ask(game)


# -- malformed input ---------------------------------------------------------------------------------------------------

ZEROS = np.zeros((2, 2, 2), dtype=int)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: NormalFormGame(3), "payoffs: found shape"),
        (lambda: NormalFormGame([]), "payoffs: found shape"),
        (lambda: NormalFormGame("abc"), "payoffs: found 'abc'"),
        (lambda: NormalFormGame([[1, 2], [3, 4]]), r"zero_sum\(A\)"),
        (lambda: NormalFormGame(np.zeros((3, 2, 2))), "a player axis of length 3 before 2 action axes"),
        (lambda: NormalFormGame(np.zeros((2, 0, 2))), "at least one action"),
        (lambda: NormalFormGame([[[1, 2], [3]], [[1, 2], [3, 4]]]), r"payoffs\[0, 1\]: found 1 entries"),
        (lambda: NormalFormGame([[1.0, float("nan")]]), r"payoffs\[0, 1\]: found nan"),
        (lambda: NormalFormGame([[1, True]]), "truth value"),
        (lambda: NormalFormGame(ZEROS, ["a"]), "write 2 names"),
        (lambda: NormalFormGame(ZEROS, "ab"), "write 2 names"),
        (lambda: NormalFormGame(ZEROS, 2), "write 2 names"),
        (lambda: NormalFormGame(ZEROS, ["a", "a"]), r"players\[1\]: found 'a' twice"),
        (lambda: NormalFormGame(ZEROS, ["a", 1]), r"players\[1\]: found 1 of type int"),
        (lambda: NormalFormGame(ZEROS, actions=[["a", "b"]]), "write 2 lists"),
        (lambda: NormalFormGame(ZEROS, actions=[2, 2]), r"actions\[0\]: found 2"),
        (lambda: NormalFormGame(ZEROS, actions=2), "write 2 lists"),
        (lambda: NormalFormGame(ZEROS, actions=[["a"], ["a", "b"]]), r"actions\[0\]: found \['a'\]; write 2 names"),
        (lambda: NormalFormGame(ZEROS, actions=["ab", "cd"]), r"actions\[0\]: found 'ab'"),
        (lambda: NormalFormGame(ZEROS, actions=[["a", "b"], ["c", "c"]]), r"actions\[1\]\[1\]: found 'c' twice"),
        (lambda: NormalFormGame(ZEROS, title=3), "title: found 3"),
        (lambda: NormalFormGame.from_bimatrix([1, 2], [1, 2]), "A: found shape"),
        (lambda: NormalFormGame.from_bimatrix([[1, 2]], [[1], [2]]), "own-action-first"),
        (lambda: NormalFormGame.from_bimatrix([[1, 2]], [[1, float("inf")]]), r"B\[0, 1\]: found inf"),
        (lambda: NormalFormGame.from_profiles({}), "no profiles"),
        (lambda: NormalFormGame.from_profiles({("a",): [1], ("b", "c"): [1, 2]}), "tuple of 1 actions"),
        (lambda: NormalFormGame.from_profiles({"ab": [1, 2]}), "as a tuple"),
        (lambda: NormalFormGame.from_profiles({("a",): 3}), "found 3; write 1 payoffs"),
        (lambda: NormalFormGame.from_profiles({("a", "b"): [1]}), "write 2 payoffs"),
        (
            lambda: NormalFormGame.from_profiles({("a", "x"): [1, 1], ("b", "y"): [2, 2]}),
            r"2 profiles are missing.*'a', 'y'",
        ),
        (
            lambda: NormalFormGame.from_profiles({(1, "x"): [1, 1], ("b", "x"): [2, 2]}),
            "found 1 among the actions of player 0",
        ),
        (lambda: NormalFormGame.from_profiles({("a",): [1], (0,): [2]}, actions=[["a"]]), "given twice"),
        (lambda: NormalFormGame.from_profiles({("a",): [1]}, actions=[["b"]]), "found 'a'"),
        (lambda: NormalFormGame.from_profiles({("a",): [1]}, actions=[["a"], ["b"]]), "found 2 lists, expected 1"),
        (lambda: NormalFormGame.from_profiles({(-1,): [1]}), "found -1"),
        (lambda: NormalFormGame.from_function(lambda a: (a, a), [2]), r"payoff\(0,\): found 2 payoffs, expected 1"),
        (lambda: NormalFormGame.from_function(lambda a: a, [2]), r"payoff\(0,\): found 0; return a payoff"),
        (lambda: NormalFormGame.from_function(lambda a: (a,), [0]), "positive whole number"),
        (lambda: NormalFormGame.from_function(lambda a: (a,), [2.5]), "positive whole number"),
        (lambda: NormalFormGame.from_function(lambda *a: a, []), "positive whole number"),
        (lambda: NormalFormGame.from_function(lambda *a: a, [10**6] * 3), "the payoff table would need"),
    ],
)
def test_malformed_games_are_refused(make: Any, message: str) -> None:
    with pytest.raises(SpecificationError, match=message):
        make()


def test_keys_by_index_are_indices() -> None:
    """The order in which the keys come does not rename the actions."""
    game = NormalFormGame.from_profiles({(1, "x"): [1, 1], (0, "x"): [0, 0]})
    assert game.payoff(0, 0) == (0, 0)
    assert game.payoff(1, 0) == (1, 1)


def test_symbolic_games_say_what_they_cannot() -> None:
    sympy = pytest.importorskip("sympy")
    x = sympy.Symbol("x")
    game = NormalFormGame.from_bimatrix([[x, 0], [0, 1]], [[1, 0], [0, x]])
    assert game.arithmetic == "symbolic"
    assert game.payoff(0, 0) == (x, 1)
    assert pickle.loads(pickle.dumps(game)) == game  # noqa: S301
    assert NormalFormGame.zero_sum([[x]]).payoff(0, 0) == (x, -x)
    for ask in (game.exact, game.float_payoffs, game.digest, lambda: game.payoff_span(0), game.to_float):
        with pytest.raises(UnsupportedError, match="free symbols"):
            ask()
