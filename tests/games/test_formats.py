"""Files of games: what is written is read back, and each format means what its definition says."""

from __future__ import annotations

import io
import itertools
import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gametheory.errors import SpecificationError, UnsupportedError
from gametheory.games import NormalFormGame, read_csv_game, read_game, write_game
from gametheory.games.formats import (
    game_from_csv,
    game_from_dict,
    game_from_gam,
    game_from_json,
    game_from_nfg,
    game_from_text,
    game_to_csv,
    game_to_dict,
    game_to_gam,
    game_to_json,
    game_to_nfg,
    game_to_text,
)
from gametheory.games.formats import text as text_module
from gametheory.games.formats.rationals import RationalTable

# A game that every transposition or reversal of an axis changes: all its payoffs differ.
ASYMMETRIC = NormalFormGame(
    np.arange(72).reshape(3, 2, 3, 4),
    ["Ann", "Bob", "Cleo"],
    [["T", "B"], ["l", "c", "r"], ["w", "x", "y", "z"]],
    title="Asymmetric",
)

fixed = settings(deadline=None, derandomize=True)
awkward = st.text(
    st.one_of(st.sampled_from(list("\"\\{}[],;:# \n\r\t'1é∞𝛼")), st.characters(exclude_categories=["Cs"])), max_size=8
)
exact_numbers = st.one_of(
    st.integers(-9, 9),
    st.fractions(max_denominator=60),
    st.integers(-(10**40), 10**40),
    st.builds(Fraction, st.integers(-(10**25), 10**25), st.integers(1, 10**25)),
)
float_numbers = st.floats(allow_nan=False, allow_infinity=False)


@st.composite
def games(draw: st.DrawFn) -> NormalFormGame:
    shape = draw(st.lists(st.integers(1, 3), min_size=1, max_size=4))
    count = len(shape) * int(np.prod(shape))
    numbers = draw(st.sampled_from([exact_numbers, st.integers(-4, 4), float_numbers]))
    entries = np.empty(count, dtype=object)
    entries[:] = draw(st.lists(numbers, min_size=count, max_size=count))
    players = draw(st.lists(awkward, min_size=len(shape), max_size=len(shape), unique=True))
    actions = [draw(st.lists(awkward, min_size=m, max_size=m, unique=True)) for m in shape]
    return NormalFormGame(entries.reshape(len(shape), *shape), players, actions, title=draw(awkward))


@fixed
@given(games())
def test_json_keeps_everything(game: NormalFormGame) -> None:
    back = game_from_json(game_to_json(game))
    assert back == game
    assert back.title == game.title
    assert back.digest() == game.digest()


@fixed
@given(games())
def test_dict_is_plain_json_data(game: NormalFormGame) -> None:
    data = game_to_dict(game)
    assert game_from_dict(data) == game
    assert game_from_dict(json.loads(json.dumps(data, allow_nan=False))) == game


@fixed
@given(games(), st.sampled_from(["payoff", "outcome"]))
def test_nfg_keeps_exact_payoffs_names_and_title(game: NormalFormGame, form: str) -> None:
    back = game_from_nfg(game_to_nfg(game, form=form))  # type: ignore[arg-type]
    assert back == game.exact()
    assert back.title == game.title


@fixed
@given(games())
def test_gam_keeps_exact_payoffs(game: NormalFormGame) -> None:
    back = game_from_gam(game_to_gam(game))
    assert back.digest() == game.digest()
    assert back.players == tuple(f"Player {i + 1}" for i in range(game.num_players))


@fixed
@given(games())
def test_csv_keeps_exact_payoffs_and_names(game: NormalFormGame) -> None:
    headings = [*game.players, *(f"payoff {player}" for player in game.players)]
    if len(set(headings)) == len(headings):
        assert game_from_csv(game_to_csv(game)) == game.exact()


@settings(max_examples=30, deadline=None, derandomize=True)
@given(games(), st.sampled_from(["json", "nfg"]))
def test_text_and_utf8_bytes_with_a_mark_are_the_same(game: NormalFormGame, kind: str) -> None:
    text = game_to_text(game, format=kind)  # type: ignore[arg-type]
    for data in (text, text.encode(), b"\xef\xbb\xbf" + text.encode(), "\ufeff" + text):
        assert game_from_text(data) == game_from_text(text, format=kind)  # type: ignore[arg-type]


# -- what each format means: written by hand, from the definitions -----------------------------------------------------


def test_nfg_payoff_form_runs_player_one_fastest() -> None:
    # The example of Gambit's own description of the format: profiles (1,1), (2,1), (3,1), (1,2), (2,2), (3,2).
    text = (
        'NFG 1 D "Selten (IJGT, 75), Figure 2, normal form" { "Player 1" "Player 2" } { 3 2 }\n1 1 0 2 0 2 1 1 0 3 2 0'
    )
    game = game_from_nfg(text)
    expected = {(0, 0): (1, 1), (1, 0): (0, 2), (2, 0): (0, 2), (0, 1): (1, 1), (1, 1): (0, 3), (2, 1): (2, 0)}
    assert {a: game.payoff(*a) for a in expected} == expected
    assert game.title == "Selten (IJGT, 75), Figure 2, normal form"
    assert game.actions == (("1", "2", "3"), ("1", "2"))


def test_nfg_outcome_form_with_commas_null_outcome_and_comment() -> None:
    text = """NFG 1 R "An \\"outcome\\" game" { "Row" "Column" }
    { { "up" "down" } { "left" "mid{dle}" "right" } }
    "a comment, { \\" } of any
    length"
    { { "win" 1/2, -3 } { "" 2.50 1e2 } { "loss" -1, +.5, } }
    1 2 3 0 3 1"""
    game = game_from_nfg(text)
    half = Fraction(1, 2)
    expected = {
        ("up", "left"): (half, -3),
        ("down", "left"): (Fraction(5, 2), 100),
        ("up", "mid{dle}"): (-1, half),
        ("down", "mid{dle}"): (0, 0),
        ("up", "right"): (-1, half),
        ("down", "right"): (half, -3),
    }
    assert {a: game.payoff(*a) for a in expected} == expected
    assert game.title == 'An "outcome" game'


def test_numbers_in_files_are_exact_whatever_the_declared_kind() -> None:
    for kind in "DR":
        game = game_from_nfg(f'NFG 1 {kind} "" {{ "a" }} {{ 5 }} 0.1 1/3 -2.50e-1 .5 5.')
        assert game.arithmetic == "exact"
        assert [x for (x,) in map(game.payoff, range(5))] == [
            Fraction(1, 10),
            Fraction(1, 3),
            Fraction(-1, 4),
            Fraction(1, 2),
            5,
        ]


def test_gam_lists_each_player_with_player_one_fastest() -> None:
    # GameTracer's order, by hand: player 1's block first; within it (1,1), (2,1), (3,1), (1,2), …
    game = game_from_gam("# made by hand\n2\n3 2\n\n0 1 2 3 4 5\n6 7.5 8 9 10 1/3\n")
    assert game.payoff(1, 0) == (1, Fraction(15, 2))
    assert game.payoff(0, 1) == (3, 9)
    assert game.payoff(2, 1) == (5, Fraction(1, 3))


@pytest.mark.parametrize("form", ["payoff", "outcome"])
def test_writers_place_every_payoff_of_an_asymmetric_game(form: str) -> None:
    """Read the written numbers with plain loops that follow the definition."""
    text = game_to_nfg(ASYMMETRIC, form=form)  # type: ignore[arg-type]
    body = text.split("\n\n")[1]
    if form == "payoff":
        rows = [tuple(map(int, line.split())) for line in body.strip().split("\n")]
    else:
        listed, used = body.rsplit("}\n", 1)
        outcomes = [tuple(map(int, line.split('"')[2].strip(" }").split(","))) for line in listed.split("\n")[1:-1]]
        rows = [outcomes[int(k) - 1] for k in used.split()]
    order = [(i, j, k) for k in range(4) for j in range(3) for i in range(2)]
    assert rows == [ASYMMETRIC.payoff(*profile) for profile in order]
    flat = list(map(int, game_to_gam(ASYMMETRIC).split()))[4:]
    assert flat == [ASYMMETRIC.payoff(*profile)[i] for i in range(3) for profile in order]
    lines = game_to_csv(ASYMMETRIC).strip().split("\n")
    assert lines[0] == "Ann,Bob,Cleo,payoff Ann,payoff Bob,payoff Cleo"
    for line, profile in zip(lines[1:], itertools.product(range(2), range(3), range(4)), strict=True):
        expected = [*ASYMMETRIC.action_labels(profile), *map(str, ASYMMETRIC.payoff(*profile))]
        assert line == ",".join(expected)


def test_transposed_games_are_told_apart_in_every_format() -> None:
    swapped = NormalFormGame(np.swapaxes(ASYMMETRIC.numerators, 1, 3))
    for kind in ("json", "nfg", "gam", "csv"):
        assert game_from_text(game_to_text(swapped, format=kind), format=kind).digest() != ASYMMETRIC.digest()
        assert game_from_text(game_to_text(ASYMMETRIC, format=kind), format=kind).digest() == ASYMMETRIC.digest()


def test_json_numbers_say_the_arithmetic() -> None:
    head = '{"schema_version": 1, "kind": "normal-form", "payoffs": '
    assert game_from_json(head + '[[1, "0.1", "-2/6"]]}').payoff(2) == (Fraction(-1, 3),)
    assert game_from_json(head + "[[1, 0.1]]}").arithmetic == "float"
    assert game_from_json(head + "[[1.0]]}").arithmetic == "float"
    big = NormalFormGame([[2**53, 2**53 + 1, -(10**700)]])
    assert game_to_dict(big)["payoffs"][0][:2] == [2**53, str(2**53 + 1)]
    assert game_from_json(game_to_json(big)) == big


def test_floats_return_bit_for_bit() -> None:
    values = np.array([[0.1, 5e-324, -1.7976931348623157e308, 1 / 3, 2.0**-1060, 1e22]])
    back = game_from_json(game_to_json(NormalFormGame(values)))
    assert back.numerators.tobytes() == values.tobytes()
    for write, read in ((game_to_nfg, game_from_nfg), (game_to_gam, game_from_gam), (game_to_csv, game_from_csv)):
        assert read(write(NormalFormGame(values))).digest() == NormalFormGame(values).digest()


def test_gam_writes_decimals_where_there_are_any() -> None:
    game = NormalFormGame([["1/8", "-3/40", "7/3", "-5", "0", "12345/1000"]])
    assert game_to_gam(game).split()[2:] == ["0.125", "-0.075", "7/3", "-5", "0", "12.345"]


@pytest.mark.parametrize(
    "label",
    ["\\", "\\\\", 'a"', '\\"', '"\\', "a\\b", "\\\n", "\\\\\n", "{", "", " ", "# no comment", "\x00", "NFG 1 R"],
)
def test_awkward_names_survive(label: str) -> None:
    game = NormalFormGame([[1, 2]], [label], [[label, "other"]], title=label)
    for form in ("payoff", "outcome"):
        back = game_from_nfg(game_to_nfg(game, form=form))  # type: ignore[arg-type]
        assert (back, back.title) == (game, label)
    assert game_from_json(game_to_json(game)) == game
    assert game_from_csv(game_to_csv(game)) == game


def test_empty_names_are_numbered() -> None:
    game = game_from_nfg('NFG 1 R "" { "" "" } { { "" "" } { "" } } 1 2 3 4')
    assert (game.players, game.actions) == (("1", "2"), (("1", "2"), ("",)))


def test_symbolic_games_are_refused() -> None:
    import sympy

    game = NormalFormGame([[sympy.Symbol("x"), 1]])
    for kind in ("json", "nfg", "gam", "csv"):
        with pytest.raises(UnsupportedError):
            game_to_text(game, format=kind)


# -- tables ---------------------------------------------------------------------------------------------------------


def test_csv_with_named_columns_in_any_order_of_rows() -> None:
    table = "id;buyer;price;seller;value\n7;buy;1,5;low;2\n8;wait;0;low;0\n\n9;wait;-1;high;1/3\n10;buy;4;high;0.1\n"
    columns = {"action_columns": ["seller", "buyer"], "payoff_columns": ["price", "value"], "delimiter": ";"}
    game = read_csv_game(io.StringIO(table.replace("1,5", "1.5")), players=["S", "B"], title="Market", **columns)
    assert game.players == ("S", "B")
    assert game.actions == (("low", "high"), ("buy", "wait"))
    assert game.payoff("low", "buy") == (Fraction(3, 2), 2)
    assert game.payoff("high", "wait") == (-1, Fraction(1, 3))
    with pytest.raises(SpecificationError, match=r"line 2, column 'price': found '1,5'"):
        game_from_csv(table, **columns)  # type: ignore[arg-type]


# -- paths and open files -------------------------------------------------------------------------------------------


def test_suffix_name_or_first_characters_choose_the_format(tmp_path: Path) -> None:
    for kind in ("json", "nfg", "gam", "csv"):
        path = tmp_path / f"game.{kind.upper()}"
        write_game(ASYMMETRIC, path)
        text = game_to_text(ASYMMETRIC, format=kind)
        assert path.read_bytes() == text.encode()
        assert read_game(path) == read_game(str(path)) == game_from_text(text, format=kind)
        with path.open("rb") as binary, path.open(encoding="utf-8") as opened:
            assert read_game(binary) == read_game(opened) == read_game(path)
        if kind != "csv":
            assert read_game(io.StringIO(text)) == read_game(io.BytesIO(text.encode())) == read_game(path)
        target = io.StringIO()
        write_game(ASYMMETRIC, target, format=kind)
        assert target.getvalue() == text
        plain = tmp_path / "game.txt"
        write_game(ASYMMETRIC, plain, format=kind)
        assert read_game(plain, format=kind) == read_game(path)


def test_what_cannot_be_written_or_found_is_said(tmp_path: Path) -> None:
    for action, message in (
        (lambda: read_game(tmp_path / "absent.nfg"), r"absent\.nfg.*No such file"),
        (lambda: read_game(tmp_path, format="nfg"), "directory"),
        (lambda: read_game("a\0b.nfg"), "null"),
        (lambda: read_game('NFG 1 R "" { "a" } { 1 } 1'), "game_from_text"),
        (lambda: read_game(tmp_path / "game.efg"), r"suffix names no format of games \(\.json, \.nfg, \.gam, \.csv\)"),
        (lambda: read_game(7), "found int; give a path or an open file"),  # type: ignore[arg-type]
        (lambda: read_game(io.StringIO("x"), format="xml"), "found 'xml'"),  # type: ignore[arg-type]
        (lambda: game_from_text("hello"), "'hello' at the beginning"),
        (lambda: game_from_text(""), "no text"),
        (lambda: game_from_text(3), "found int"),  # type: ignore[arg-type]
        (lambda: write_game(ASYMMETRIC, tmp_path / "no" / "game.nfg"), "No such file"),
        (lambda: write_game(ASYMMETRIC, io.StringIO()), "format: none is given"),
        (lambda: write_game(NormalFormGame([[1]], ["\ud800"]), tmp_path / "g.json"), "surrogate"),
        (lambda: write_game(NormalFormGame([[10**4500]]), tmp_path / "g.nfg"), "more digits"),
        (lambda: write_game(NormalFormGame([[1]]), tmp_path / "g.efg"), "suffix names no format"),
        (lambda: game_to_nfg(ASYMMETRIC, form="table"), "found 'table'"),  # type: ignore[arg-type]
        (lambda: game_to_text(ASYMMETRIC, format="x"), "found 'x'"),  # type: ignore[arg-type]
    ):
        with pytest.raises(SpecificationError, match=message):
            action()  # type: ignore[no-untyped-call]


def test_a_game_larger_than_any_file_is_refused_before_it_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_module, "MAX_BYTES", 100)
    for kind in ("json", "nfg", "gam", "csv"):
        with pytest.raises(SpecificationError, match="72 payoffs need more than"):
            game_to_text(ASYMMETRIC, format=kind)


def test_rational_table_against_plain_fractions() -> None:
    rng = np.random.default_rng(5)
    values = [
        Fraction(int(p), int(q)) for p, q in zip(rng.integers(-99, 99, 9000), rng.integers(1, 40, 9000), strict=True)
    ]
    values[5000] = Fraction(10**30, 7)
    table = RationalTable(len(values), "test")
    for start in range(0, len(values), 700):
        table.add(values[start : start + 700])
    assert table.result().fractions().tolist() == values
