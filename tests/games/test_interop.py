"""Converters: every payoff lands at the same profile, judged by the other package's own lookup."""

from __future__ import annotations

import itertools
import sys
import types
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gametheory.errors import SpecificationError, UnsupportedError
from gametheory.games import NormalFormGame, interop
from gametheory.games.formats import game_from_gam, game_from_nfg, game_to_gam, game_to_nfg

SHAPES = [(4,), (2, 3), (3, 2), (2, 2), (2, 3, 4), (2, 2, 2), (3, 1, 2, 2)]


def different(shape: tuple[int, ...], kind: str = "exact") -> NormalFormGame:
    """A game whose payoffs all differ, so that every transposition or rotation of axes is another game."""
    numbers = np.arange(len(shape) * int(np.prod(shape))).reshape(len(shape), *shape)
    return NormalFormGame(numbers if kind == "exact" else numbers / 8 - 1.3)


def profiles(game: NormalFormGame) -> list[tuple[int, ...]]:
    return list(itertools.product(*map(range, game.num_actions)))


@st.composite
def small_games(draw: st.DrawFn, players: int | None = None) -> NormalFormGame:
    shape = draw(st.lists(st.integers(1, 3), min_size=players or 1, max_size=players or 4))
    count = len(shape) * int(np.prod(shape))
    kind = draw(st.sampled_from(["integers", "fractions", "floats"]))
    numbers = {
        "integers": st.integers(-(2**40), 2**40),
        "fractions": st.fractions(max_denominator=50),
        "floats": st.floats(-1e6, 1e6),
    }[kind]
    entries = np.empty(count, dtype=object)
    entries[:] = draw(st.lists(numbers, min_size=count, max_size=count))
    return NormalFormGame(entries.reshape(len(shape), *shape))


# -- nashpy ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [shape for shape in SHAPES if len(shape) == 2])
def test_nashpy_finds_every_payoff_at_its_profile(shape: tuple[int, int]) -> None:
    game = different(shape)
    other = interop.to_nashpy(game)
    for i, j in profiles(game):
        row, column = np.eye(shape[0])[i], np.eye(shape[1])[j]
        assert tuple(other[row, column]) == game.payoff(i, j)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(small_games(players=2))
def test_nashpy_and_back(game: NormalFormGame) -> None:
    assert interop.from_nashpy(interop.to_nashpy(game)) == game.to_float()


def test_integer_matrices_of_nashpy_are_exact() -> None:
    import nashpy

    game = interop.from_nashpy(nashpy.Game([[3, 0], [5, 1]]), actions=[["C", "D"], ["C", "D"]])
    assert game.arithmetic == "exact"
    assert game.payoff("D", "C") == (5, -5)


# -- QuantEcon ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", SHAPES)
def test_quantecon_finds_every_payoff_at_its_profile(shape: tuple[int, ...]) -> None:
    pytest.importorskip("quantecon")
    game = different(shape)
    other = interop.to_quantecon(game)
    assert other.nums_actions == shape
    for profile in profiles(game):
        found = other[profile] if len(shape) > 1 else [other.players[0].payoff_array[profile]]
        assert tuple(found) == game.payoff(*profile)
        for i, player in enumerate(other.players):  # own action first, then the others in cyclic order
            assert player.payoff_array[profile[i:] + profile[:i]] == game.payoff(*profile)[i]


def test_quantecon_transposes_the_second_matrix() -> None:
    pytest.importorskip("quantecon")
    A, B = np.arange(6).reshape(2, 3), np.arange(10, 16).reshape(2, 3)
    players = interop.to_quantecon(NormalFormGame.from_bimatrix(A, B)).players
    assert (players[0].payoff_array == A).all()
    assert (players[1].payoff_array == B.T).all()


@settings(max_examples=40, deadline=None, derandomize=True)
@given(small_games())
def test_quantecon_and_back(game: NormalFormGame) -> None:
    pytest.importorskip("quantecon")
    assert interop.from_quantecon(interop.to_quantecon(game)) == game.to_float()


@pytest.mark.parametrize("shape", SHAPES)
def test_gam_files_mean_the_same_to_quantecon(shape: tuple[int, ...]) -> None:
    quantecon = pytest.importorskip("quantecon.game_theory")
    if not hasattr(quantecon, "GAMWriter"):
        pytest.skip("this release of QuantEcon writes no .gam files")
    game = different(shape)
    assert game_from_gam(quantecon.GAMWriter.to_string(interop.to_quantecon(game))) == game
    read = quantecon.GAMReader.from_string(game_to_gam(different(shape, "float")))
    assert interop.from_quantecon(read) == different(shape, "float")


def test_integer_arrays_of_quantecon_are_exact() -> None:
    quantecon = pytest.importorskip("quantecon.game_theory")
    players = [
        quantecon.Player(np.array([[1, 2, 3], [4, 5, 6]])),
        quantecon.Player(np.array([[7, 8], [9, 10], [11, 12]])),
    ]
    game = interop.from_quantecon(quantecon.NormalFormGame(players), ["r", "c"])
    assert game == NormalFormGame.from_bimatrix([[1, 2, 3], [4, 5, 6]], [[7, 9, 11], [8, 10, 12]], ["r", "c"])


# -- pygambit -------------------------------------------------------------------------------------------------------

GAMBIT_NAMES = NormalFormGame(
    different((2, 3, 2)).numerators,
    ["2", "1", 'x "quoted"'],
    [["2", "1"], ["a\\b", "é{}", "3"], ["u", "v"]],
    title='A "title"',
)


@pytest.mark.parametrize("shape", SHAPES)
def test_pygambit_and_back_exactly(shape: tuple[int, ...]) -> None:
    pytest.importorskip("pygambit")
    for game in (different(shape), different(shape, "float"), NormalFormGame([["1/3", "-7/11"]])):
        assert interop.from_pygambit(interop.to_pygambit(game)) == game.exact()


def test_pygambit_keeps_names_and_reads_our_files() -> None:
    pygambit = pytest.importorskip("pygambit")
    import io

    made = interop.to_pygambit(GAMBIT_NAMES)
    back = interop.from_pygambit(made)
    assert (back, back.title) == (GAMBIT_NAMES, GAMBIT_NAMES.title)
    assert game_from_nfg(made.to_nfg()) == GAMBIT_NAMES
    for form in ("payoff", "outcome"):
        text = game_to_nfg(GAMBIT_NAMES, form=form)  # type: ignore[arg-type]
        assert interop.from_pygambit(pygambit.read_nfg(io.StringIO(text))) == GAMBIT_NAMES


class Labelled:
    """A player or strategy as in pygambit 16: an object with a label, which no sibling may have."""

    def __init__(self, label: str, siblings: list[Labelled], strategies: int = 0) -> None:
        self._label, self._siblings = label, siblings
        self.strategies: list[Labelled] = []
        for k in range(strategies):
            self.strategies.append(Labelled(str(k + 1), self.strategies))

    @property
    def label(self) -> str:
        return self._label

    @label.setter
    def label(self, label: str) -> None:
        if any(one is not self and one.label == label for one in self._siblings):
            raise ValueError("label is not unique")
        self._label = label


class GambitSixteen:
    """What the converters use of ``pygambit.Game`` of release 16."""

    def __init__(self, arrays: tuple[Any, ...], title: str) -> None:
        self.arrays, self.title = arrays, title
        self.players: list[Labelled] = []
        for i, m in enumerate(arrays[0].shape):
            self.players.append(Labelled(str(i + 1), self.players, m))

    @classmethod
    def from_arrays(cls, *arrays: Any, title: str) -> GambitSixteen:
        return cls(arrays, title)

    def to_arrays(self) -> list[Any]:
        return list(self.arrays)


def test_the_interface_of_release_sixteen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names are exchanged one at a time there, so that none may be taken on the way."""
    module = types.ModuleType("pygambit")
    module.Game = GambitSixteen  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "pygambit", module)
    made = interop.to_pygambit(GAMBIT_NAMES)
    assert isinstance(made, GambitSixteen)
    assert [player.label for player in made.players] == ["2", "1", 'x "quoted"']
    back = interop.from_pygambit(made)
    assert (back, back.title) == (GAMBIT_NAMES, GAMBIT_NAMES.title)


# -- OpenSpiel ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", SHAPES)
def test_openspiel_finds_every_payoff_at_its_profile(shape: tuple[int, ...]) -> None:
    pytest.importorskip("pyspiel")
    game = different(shape, "float")
    other = interop.to_openspiel(game)
    for profile in profiles(game):
        if len(shape) == 2:
            found = (other.row_utility(*profile), other.col_utility(*profile))
        else:
            found = tuple(other.player_utility(i, list(profile)) for i in range(len(shape)))
        assert found == game.payoff(*profile)
    assert interop.from_openspiel(other) == game
    assert interop.from_openspiel(interop.to_openspiel(GAMBIT_NAMES)).actions == GAMBIT_NAMES.actions


def test_games_of_openspiel() -> None:
    pyspiel = pytest.importorskip("pyspiel")
    game = interop.from_openspiel(pyspiel.load_game("matrix_rps"))
    assert game.payoff("Rock", "Paper") == (-1, 1)
    with pytest.raises(SpecificationError, match="extensive_to_tensor_game"):
        interop.from_openspiel(pyspiel.load_game("blotto"))


# -- pandas ---------------------------------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None, derandomize=True)
@given(small_games())
def test_frames_and_back(game: NormalFormGame) -> None:
    pytest.importorskip("pandas")
    assert interop.from_frame(interop.to_frame(game)) == game


def test_a_frame_has_a_row_for_each_profile() -> None:
    pytest.importorskip("pandas")
    frame = interop.to_frame(GAMBIT_NAMES)
    assert list(frame.columns)[3:] == ["payoff 2", "payoff 1", 'payoff x "quoted"']
    for _, row in frame.iterrows():
        assert tuple(row.iloc[3:]) == GAMBIT_NAMES.payoff(*row.iloc[:3])
    assert frame.iloc[:, 3:].dtypes.astype(str).tolist() == ["int64"] * 3
    assert interop.to_frame(different((2, 3), "float"))["payoff Player 2"].dtype == np.float64
    assert interop.to_frame(NormalFormGame([["1/3", 2]]))["payoff Player 1"].tolist() == [Fraction(1, 3), 2]


def test_frames_with_named_columns_in_any_order_of_rows() -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(
        {"run": [1, 2, 3, 4], "a": [1, 0, 1, 0], "b": ["x", "x", "y", "y"], "u": [1, 2, 3, 4], "v": ["1/3", 0, "2", 5]}
    )
    game = interop.from_frame(frame, action_columns=["a", "b"], payoff_columns=["u", "v"], players=["A", "B"])
    assert game.actions == (("1", "0"), ("x", "y"))
    assert game.payoff("1", "x") == (1, Fraction(1, 3))
    assert game.payoff("0", "y") == (4, 5)


def test_frames_that_are_no_games() -> None:
    pandas = pytest.importorskip("pandas")
    columns: dict[str, Any] = {"action_columns": ["a"], "payoff_columns": ["u"]}
    for data, message in (
        ({"a": ["x", "y"], "u": [1.0, float("nan")]}, "row 1, column 'u': no payoff"),
        ({"a": ["x", "y"], "u": [1, None]}, "row 1, column 'u': no payoff"),
        ({"a": ["x", "y"], "u": [1, pandas.NA]}, "row 1, column 'u': no payoff"),
        ({"a": ["x", "y"], "u": [True, False]}, "found the truth value True"),
        ({"a": ["x", "y"], "u": [1.0, float("inf")]}, "found inf"),
        ({"a": ["x", "y"], "u": ["one", "2"]}, "found 'one'"),
        ({"a": ["x", 1.5], "u": [1, 2]}, "row 1, column 'a': found 1.5; write an action's name"),
        ({"a": ["x", None], "u": [1, 2]}, "row 1, column 'a'"),
        ({"a": ["x", "x"], "u": [1, 2]}, r"row 1: found the profile \('x'\) again, first at frame: row 0"),
        ({"a": [], "u": []}, "found no rows"),
        ({"a": ["x"], "w": [1]}, "column 'u' must be there and be used once"),
    ):
        with pytest.raises(SpecificationError, match=message):
            interop.from_frame(pandas.DataFrame(data), **columns)
    with pytest.raises(SpecificationError, match=r"found list; give a pandas\.DataFrame"):
        interop.from_frame([1])
    with pytest.raises(SpecificationError, match="write a column for each player's actions"):
        interop.from_frame(pandas.DataFrame({"a": ["x"], "u": [1]}))
    with pytest.raises(SpecificationError, match="give both"):
        interop.from_frame(pandas.DataFrame({"a": ["x"], "u": [1]}), action_columns=["a"])


# -- all ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("convert", "module", "advice"),
    [
        (interop.to_nashpy, "nashpy", "pip install nashpy"),
        (interop.to_quantecon, "quantecon.game_theory", r"pip install 'gametheory-security\[interop\]'"),
        (interop.to_openspiel, "pyspiel", r"pip install 'gametheory-security\[interop\]'"),
        (interop.to_frame, "pandas", r"pip install 'gametheory-security\[interop\]'"),
        (interop.to_pygambit, "pygambit", "pip install --pre pygambit"),
    ],
)
def test_a_missing_package_is_named(convert: Any, module: str, advice: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(UnsupportedError, match=rf"needs the package {module.partition('.')[0]}, .*run {advice}"):
        convert(different((2, 2)))


def test_what_other_packages_do_not_have_is_refused() -> None:
    import sympy

    with pytest.raises(UnsupportedError, match="two players only, this one has 3; use to_quantecon"):
        interop.to_nashpy(different((2, 2, 2)))
    with pytest.raises(UnsupportedError, match="free symbols"):
        interop.to_nashpy(NormalFormGame.zero_sum([[sympy.Symbol("x")]]))
    for convert in (interop.from_nashpy, interop.from_quantecon, interop.from_pygambit, interop.from_openspiel):
        with pytest.raises(SpecificationError, match=r"^game: found object; give a"):
            convert(object())


def test_arrays_that_are_handed_out_are_copies() -> None:
    game = different((2, 3), "float")
    digest = game.digest()
    interop.to_nashpy(game).payoff_matrices[0][0, 0] = 99
    assert game.digest() == digest
