"""Untrusted files: whatever is in them, reading ends in a game or in one SpecificationError that names the place."""

from __future__ import annotations

import io
import itertools
import random
import subprocess
import sys
from pathlib import Path

import pytest

from gametheory.errors import SpecificationError
from gametheory.games import NormalFormGame, game_from_dict, game_from_text, memory, read_game
from gametheory.games.formats import rationals
from gametheory.games.formats import text as text_module

JSON = '{"schema_version": 1, "kind": "normal-form", "payoffs": '
NFG = 'NFG 1 R "t" { "a" "b" } '


def primes(count: int, start: int) -> list[int]:
    sieve = bytearray([1]) * (start + 40 * count)
    for p in range(2, int(len(sieve) ** 0.5) + 1):
        sieve[p * p :: p] = bytes(len(range(p * p, len(sieve), p)))
    return list(itertools.islice((p for p in range(start, len(sieve)) if sieve[p]), count))


BAD = [
    # JSON: numbers
    ("json", JSON + "[[1, NaN]]}", r"g\.json: payoffs\[0, 1\]: found NaN; write a finite number"),
    ("json", JSON + "[[1, -Infinity]]}", r"payoffs\[0, 1\]: found -Infinity"),
    ("json", JSON + "[[1e400, 1]]}", r"payoffs\[0, 0\]: found 1e400"),
    ("json", JSON + f"[[{'7' * 5000}]]}}", r"payoffs\[0, 0\]: found 7+… \(5,000 characters\); .* 4,000 digits"),
    ("json", JSON + f'[["{"7" * 5000}"]]}}', r"payoffs\[0, 0\]: found '7+…'"),
    ("json", JSON + "[[true, 1]]}", r"payoffs\[0, 0\]: found a truth value"),
    ("json", JSON + "[[null]]}", r"payoffs\[0, 0\]: found null"),
    ("json", JSON + '[["1/0"]]}', r"payoffs\[0, 0\]: found '1/0'; write an integer, 'p/q' \(q > 0\)"),
    ("json", JSON + '[["1/3", 0.5]]}', r"payoffs\[0, 0\]: found the exact number '1/3' beside floats"),
    ("json", JSON + f"[[{10**400}, 0.5]]}}", r"payoffs\[0, 0\]: found an integer of 400 digits beside floats"),
    ("json", JSON + '[["abc"]]}', r"payoffs\[0, 0\]: found 'abc'"),
    # JSON: shapes
    ("json", JSON + "[[[1, 2], [3, 4]], [[1, 2], [3]]]}", r"payoffs\[1, 1\]: found 1 entries; expected a list of 2"),
    ("json", JSON + "[[[1, 2], [3, 4]], [[1, 2], 3]]}", r"payoffs\[1, 1\]: found 3; expected a list of 2 entries"),
    ("json", JSON + "[[1, [2]]]}", r"payoffs\[0, 1\]: found a list"),
    ("json", JSON + "[[]]}", "no list empty"),
    ("json", JSON + "[]}", "no list empty"),
    ("json", JSON + "3}", "found 3; write for each of 1 to 31 players"),
    ("json", JSON + '{"a": 1}}', "found an object"),
    ("json", JSON + "[[1], [2]]}", "found tables of 2 players, each nested 1 deep"),
    ("json", JSON + "[" * 40 + "1" + "]" * 40 + "}", "line 1, column .*: nested deeper than 34 levels"),
    ("json", "[" * 100_000, "nested deeper than 34 levels"),
    ("json", '{"a":' * 100_000, "nested deeper than 34 levels"),
    # JSON: keys
    ("json", JSON + '[[1]], "playres": ["a"]}', "unknown key 'playres'; did you mean 'players'"),
    ("json", JSON + '[[1]], "' + "x" * 10_000 + '": 1}', "unknown key 'x+…'; the keys are schema_version, kind"),
    ("json", JSON + '[[1]], "payoffs": [[2]]}', "found the key 'payoffs' twice"),
    ("json", '{"kind": "normal-form", "payoffs": [[1]]}', "the key 'schema_version' is missing"),
    (
        "json",
        '{"schema_version": 2, "kind": "normal-form", "payoffs": [[1]]}',
        "schema_version: found 2; this package reads version 1",
    ),
    (
        "json",
        '{"schema_version": true, "kind": "normal-form", "payoffs": [[1]]}',
        "schema_version: found a truth value",
    ),
    ("json", '{"schema_version": 1, "kind": "bayesian", "payoffs": [[1]]}', "kind: found 'bayesian'"),
    ("json", JSON + '[[1, 2]], "actions": [["a", "a"]]}', r"actions\[0\]\[1\]: found 'a' twice"),
    ("json", JSON + '[[1, 2]], "actions": [["a"]]}', r"actions\[0\]: found 1 names, expected 2, as many"),
    ("json", JSON + '[[1, 2]], "actions": ["ab"]}', r"actions\[0\]: found 'ab'; write a list of names"),
    ("json", JSON + '[[1, 2]], "players": "a"}', "players: found 'a'; write a list of names"),
    ("json", JSON + '[[1, 2]], "players": [7]}', r"players\[0\]: found 7; write a string"),
    ("json", JSON + '[[1, 2]], "players": ["\\ud800"]}', r"players\[0\]: found half of a surrogate pair"),
    ("json", JSON + '[[1, 2]], "title": null}', "title: found null"),
    ("json", "[1, 2]", "found a list; write an object"),
    ("json", '{"a": 1,}', "line 1, column .*: found .* this is not JSON"),
    ("json", '{\n "a": 1\n "b"', r"g\.json: line 3, column 2: found '\"'; this is not JSON"),
    ("json", "", "line 1, column 1: found the end of the text; this is not JSON"),
    ("json", JSON + "[[1]]} x", "this is not JSON"),
    # nfg: header and names
    ("nfg", "", r"g\.nfg: line 1, column 1: found the end of the text; expected NFG"),
    ("nfg", 'EFG 2 R "t" { "a" }', "line 1, column 1: found 'EFG'; expected NFG"),
    ("nfg", 'NFG 2 R "t"', "column 5: found '2'; expected version 1"),
    ("nfg", 'NFG 1 X "t"', "column 7: found 'X'; expected R or D"),
    ("nfg", 'NFG 1 R { "a" }', "column 9: found '{'; expected the title in quotes"),
    ("nfg", 'NFG 1 R "t\n{ 1 }', "line 1, column 9: .*; expected the closing quote"),
    ("nfg", 'NFG 1 R "t"\n\n  { 1 }', "line 3, column 5: found '1'; expected the player names"),
    ("nfg", 'NFG 1 R "t" { }', "column 15: found '}'; expected the player names"),
    ("nfg", 'NFG 1 R "t" { "a" "a" } { 1 1 } 1 1', "column 19: found 'a' twice; names must differ"),
    ("nfg", NFG + '{ { "x" "x" } { "y" } } 1 2 3 4', "column 33: found 'x' twice"),
    ("nfg", NFG + "{ 2 }", "found '}'; expected the actions of player 2 of 2"),
    ("nfg", NFG + "{ 2 2 2 } 1 2", "found '2'; expected '}' after the actions of all 2 players"),
    ("nfg", NFG + "{ 0 2 }", "found '0'; expected how many actions player 1 has, a whole number from 1"),
    ("nfg", NFG + "{ -1 2 }", "found '-1'"),
    ("nfg", NFG + "{ 1_0 2 }", "found '1_0'"),
    ("nfg", NFG + '{ { "x" } 2 }', "found '2'; expected '{' and the action names"),
    ("nfg", 'NFG 1 R "t" { ' + '"" ' * 40 + "} { " + "1 " * 40 + "} " + "0 " * 40, "found 40 players; at most 31"),
    # nfg: payoffs
    ("nfg", NFG + "{ 2 1 }\n1 2 3", "expected 4 payoffs of a 2×1 game"),
    ("nfg", NFG + "{ 2 1 }\n1 2 300000000", "found the end of the text; expected payoff 4 of 4"),
    ("nfg", NFG + "{ 2 1 }", "expected the payoffs, or '{'"),
    ("nfg", NFG + "{ 2 1 }\n1 2\n3 x4", "line 3, column 3: found 'x4'; expected payoff 4 of 4, an integer"),
    ("nfg", NFG + "{ 2 1 }\n1 2 3 4 5", "line 2, column 9: found '5'; expected the end of the text"),
    ("nfg", NFG + "{ 2 1 } 1 2 , 3 4", "found ','; expected payoff 3 of 4"),
    ("nfg", NFG + "{ 2 1 } 1 2 nan 4", "found 'nan'"),
    ("nfg", NFG + "{ 2 1 } 1 2 inf 4", "found 'inf'"),
    ("nfg", NFG + "{ 2 1 } 1 2 1e9999 4", "found '1e9999'"),
    ("nfg", NFG + "{ 2 1 } 1 2 1/0 4", "found '1/0'"),
    ("nfg", NFG + "{ 2 1 } 1 2 1_0 4", "found '1_0'"),
    ("nfg", NFG + "{ 2 1 } 1 2 ٣ 4", "found '٣'"),
    ("nfg", NFG + "{ 2 1 } 1 2 0x1f 4", "found '0x1f'"),
    ("nfg", NFG + f"{{ 2 1 }} 1 2 {'7' * 5000} 4", "found '7+…'"),
    ("nfg", NFG + "{ 60000000 60000000 }\n1 2", r"found 3 characters; expected 7\.2e\+15 payoffs"),
    ("nfg", NFG + "{ 99999999999999999999 1 }\n1 2", "found '9+'; expected how many actions"),
    # nfg: outcomes
    (
        "nfg",
        NFG + '{ 2 1 } { { "o" 1 2 } } 1 2',
        "found '2'; expected outcome number 2 of 2, a whole number from 0 to 1",
    ),
    ("nfg", NFG + '{ 2 1 } { { "o" 1 2 } } 1 -1', "found '-1'; expected outcome number 2 of 2"),
    ("nfg", NFG + '{ 2 1 } { { "o" 1 } } 1 1', "found '}'; expected the payoff to player 2"),
    ("nfg", NFG + '{ 2 1 } { { "o" 1, 2, 3 } } 1 1', "found '3'; expected '}' after the outcome's 2 payoffs"),
    ("nfg", NFG + '{ 2 1 } { { "o" 1,, 2 } } 1 1', "found ','; expected the payoff to player 2"),
    ("nfg", NFG + "{ 2 1 } { { 1 2 } } 1 1", "found '1'; expected the outcome's name"),
    ("nfg", NFG + '{ 2 1 } { { "o" 1 2 } ', "found the end of the text; expected '{' and another outcome"),
    # gam
    ("gam", "", "found the end of the text; expected the number of players"),
    ("gam", "# only a comment", "expected the number of players"),
    ("gam", "x", "found 'x'; expected the number of players"),
    ("gam", "40 " + "1 " * 80, "found 40 players; expected at most 31"),
    ("gam", "2\n2", "line 2, column 2: found the end of the text; expected how many actions player 2 has"),
    ("gam", "2\n2 1\n1 2 3", "expected the 4 payoffs of 2 players"),
    ("gam", "2\n2 1\n1 2 3 4 5", "line 3, column 9: found '5'; expected the end"),
    ("gam", "2\n2 1\n1 2 3 {", "line 3, column 7: found '{'; expected payoff 4 of 4"),
    ("gam", '2\n2 1\n1 2 3 "4"', "line 3, column 7: found .* expected payoff 4 of 4"),
    # csv
    ("csv", "", "found 0 lines"),
    ("csv", "a,payoff a\n", "found 1 lines; write a header and a row"),
    ("csv", "a,b\n1,2\n", r"line 1: found the columns 'a', 'b'; write a column for each player's actions"),
    ("csv", "a,payoff a\nx,1,2\n", "line 2: found 3 cells, expected 2"),
    ("csv", "a,payoff a\nx,1\ny,z\n", "line 3, column 'payoff a': found 'z'"),
    ("csv", "a,payoff a\nx,1\ny,\n", "line 3, column 'payoff a': found ''"),
    ("csv", "a,payoff a\nx,1\nx,1\n", r"line 3: found the profile \('x'\) again, first at g\.csv: line 2"),
    ("csv", "a,b,payoff a,payoff b\nx,x,1,1\ny,y,1,1\n", r"2 rows of a 2×2 game; the profile \('x', 'y'\) is missing"),
    ("csv", 'a,payoff a\n"x,1\n', "line 2: this is not CSV"),
    ("csv", 'a,payoff a\n"x"y,1\n', "line 2: this is not CSV"),
    ("csv", "a,payoff a\nx," + "1" * 200_000, "line 2: this is not CSV"),
    ("csv", "a,a,payoff a,payoff a\nx,y,1,2\n", "player 2: found 'a' twice"),
]


@pytest.mark.parametrize(("kind", "text", "message"), BAD)
def test_each_fault_is_named_with_its_place(kind: str, text: str, message: str) -> None:
    with pytest.raises(SpecificationError, match=message) as caught:
        game_from_text(text, format=kind, name=f"g.{kind}")  # type: ignore[arg-type]
    assert str(caught.value).startswith(f"g.{kind}: ")
    assert len(str(caught.value)) < 600


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"NFG 1 R \n\xff", "g: line 2, byte 1: found byte 0xff, which is not UTF-8"),
        ('NFG 1 R "t"'.encode("utf-16"), "byte order mark of UTF-16"),
        ('NFG 1 R "t"'.encode("utf-16-be"), "found"),
        (b"\xff\xfe\x00\x00", "byte order mark"),
        (b"\xef\xbb\xbf", "expected NFG"),
        (b"NFG 1 R \x00", r"found '\\x00'; expected the title"),
    ],
)
def test_encodings(data: bytes, message: str) -> None:
    with pytest.raises(SpecificationError, match=message):
        game_from_text(data, format="nfg", name="g")


def test_an_open_file_with_another_encoding(tmp_path: Path) -> None:
    path = tmp_path / "g.nfg"
    path.write_bytes('NFG 1 R "é" { "a" } { 1 } 1'.encode("latin-1"))
    with path.open(encoding="utf-8") as opened, pytest.raises(SpecificationError, match="save the file as UTF-8"):
        read_game(opened)
    with pytest.raises(SpecificationError, match=r"g\.nfg: line 1, byte 10: found byte 0xe9"):
        read_game(path)
    closed = io.StringIO("x")
    closed.close()
    with pytest.raises(SpecificationError, match="cannot be read"):
        read_game(closed)


def test_long_files_are_not_read_to_the_end(tmp_path: Path) -> None:
    path = tmp_path / "g.nfg"
    with path.open("wb") as file:
        file.truncate(2**40)  # takes no room on the disk
    with pytest.raises(SpecificationError, match=r"g\.nfg: is longer than 64 MB"):
        read_game(path)


def test_small_files_that_ask_for_huge_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    """n different prime denominators have a common one of n times their digits, for each of n entries."""
    fractions = [f"1/{p}" for p in primes(40_000, 100_000)]
    powers = [f"{k}e999" for k in range(1, 6000)]
    for words in (fractions, powers):
        if words is powers:  # numbers of 1,000 digits: 2 MB here, instead of the 256 MB that are allowed
            monkeypatch.setattr(rationals, "MAX_LONG_NUMBERS", 2**20)
        body = " ".join(words)
        texts = {
            "nfg": f'NFG 1 R "" {{ "a" }} {{ {len(words)} }} {body}',
            "gam": f"1\n{len(words)}\n{body}",
            "json": JSON + '[["' + '","'.join(words) + '"]]}',
            "csv": "a,payoff a\n" + "".join(f"{k},{word}\n" for k, word in enumerate(words)),
        }
        for kind, text in texts.items():
            with pytest.raises(
                SpecificationError, match=r"over their common denominator .* digits or more and would need"
            ):
                game_from_text(text, format=kind)  # type: ignore[arg-type]
    outcomes = " ".join(f'{{ "" {word} }}' for word in fractions)
    with pytest.raises(SpecificationError, match="over their common denominator"):
        game_from_text(f'NFG 1 R "" {{ "a" }} {{ 40000 }} {{ {outcomes} }} {"1 " * 40_000}', format="nfg")


def test_memory_is_foreseen(monkeypatch: pytest.MonkeyPatch) -> None:
    """A short outcome form of a large game, on a machine with little memory."""
    size = 600
    text = f'NFG 1 R "" {{ "a" "b" }} {{ {size} {size} }} {{ {{ "" 1 2 }} }} ' + "1 " * size**2
    with monkeypatch.context() as little:
        little.setattr(memory, "available_memory", lambda: 2**24)
        for kind, content in (("nfg", text), ("json", JSON + "[" + "[1]," * 10**5), ("csv", "a\n" * 10**6)):
            with pytest.raises(SpecificationError, match=r"g: the .* would need .* GiB .* fewer players or actions"):
                game_from_text(content, format=kind, name="g")  # type: ignore[arg-type]
    assert game_from_text(text, format="nfg").payoff(7, 8) == (1, 2)


def test_one_payoff_may_be_long_where_the_table_is_short() -> None:
    number = "1/" + "7" * 3990
    for kind, text in {"nfg": f'NFG 1 R "" {{ "a" }} {{ 1 }} {number}', "json": JSON + f'[["{number}"]]}}'}.items():
        game = game_from_text(text, format=kind)  # type: ignore[arg-type]
        assert game.denominator == int("7" * 3990)


def test_an_interpreter_with_a_lower_limit_of_digits() -> None:
    number = "7" * 3000
    before = sys.get_int_max_str_digits()
    try:
        sys.set_int_max_str_digits(1000)
        for kind, text in (
            ("nfg", f'NFG 1 R "" {{ "a" }} {{ 1 }} {number}'),
            ("gam", f"1 1 {number}"),
            ("json", JSON + f"[[{number}]]}}"),
            ("json", JSON + f'[["{number}"]]}}'),
            ("csv", f"a,payoff a\nx,{number}\n"),
        ):
            with pytest.raises(SpecificationError, match="found"):
                game_from_text(text, format=kind)  # type: ignore[arg-type]
    finally:
        sys.set_int_max_str_digits(before)


def test_many_names_take_no_quadratic_time() -> None:
    """Fifty thousand actions: a scan of all earlier names for each would be a thousand million comparisons."""
    count = 50_000
    names = " ".join(f'"{k}"' for k in range(count))
    zeros = "0 " * count
    assert game_from_text(f'NFG 1 R "" {{ "a" }} {{ {{ {names} }} }} {zeros}', format="nfg").num_actions == (count,)
    keys = ", ".join(f'"{k}": 0' for k in range(count))
    with pytest.raises(SpecificationError, match="found the key '49999' twice"):
        game_from_text(f'{{{keys}, "49999": 1}}', format="json")


@pytest.mark.parametrize(
    "data",
    [
        None,
        3,
        [],
        "x",
        {},
        {1: 2},
        {"schema_version": 1, "kind": [], "payoffs": []},
        {"schema_version": 10**5000, "kind": 0, "payoffs": 0},
    ],
)
def test_data_that_is_no_game(data: object) -> None:
    with pytest.raises(SpecificationError, match=r"^evidence"):
        game_from_dict(data, where="evidence")


# -- mutated files --------------------------------------------------------------------------------------------------

SEEDS = {
    "json": [
        JSON
        + '[[["1/3", 2], [3, -4]], [[5, 6], ["0.5", 8]]], "players": ["a", "b\\n"], "actions": [["x", "y"], ["u", "v"]]}',
        JSON + '[[1.5, -2e-3, 0.0]], "title": "t"}',
    ],
    "nfg": [
        'NFG 1 R "t \\" q" { "a" "b" }\n{ { "x" "y" } { "u" "v" } }\n"comment"\n1 1/2 -3 4 .5 6e1 7 8',
        'NFG 1 D "t" { "a" "b" } { 2 2 }\n{ { "o" 1, 2 } { "" 3/4 -5, } }\n1 2 0 1',
    ],
    "gam": ["# c\n2\n2 3\n\n1 2 3 4 5 6\n-1 0.5 1/3 2e2 .5 9\n", "1\n2\n1 2"],
    "csv": ['a,b,payoff a,payoff b\nx,u,1,2\nx,"v,""",3/4,4\ny,u,-5,0.6\ny,"v,""",7,8\n', "a,payoff a\nx,1\ny,2\n"],
}
PIECES = [
    *'{}[]",:/\\.-+e#0123456789_ \n\r\t\x00',
    *('""', "NaN", "Infinity", "1e999", "1e-999", "1/0", "null", "true", "\\u", "\ud800", "٣", "é", "\ufeff", "\x1c"),
    *(
        "9" * 30,
        "9" * 5000,
        "{ " * 50,
        "[" * 50,
        '"' * 3,
        "payoff a",
        "schema_version",
        "NFG 1 R",
        "\n" * 5,
        "99999999",
    ),
]


def mutated(text: str, rng: random.Random) -> str:
    """The text with one to four pieces put in, cut out, written over, doubled or moved."""
    for _ in range(rng.randint(1, 4)):
        i = rng.randint(0, len(text))
        j = min(len(text), i + rng.choice([0, 1, 1, 2, 5, 20]))
        kind = rng.randrange(5)
        if kind == 0:
            text = text[:i] + rng.choice(PIECES) + text[i:]
        elif kind == 1:
            text = text[:i] + text[j:]
        elif kind == 2:
            text = text[:i] + rng.choice(PIECES) + text[j:]
        elif kind == 3:
            text = text[:j] + text[i:j] + text[j:]
        else:
            k = rng.randint(0, len(text))
            text = (text[:i] + text[j:])[:k] + text[i:j] + (text[:i] + text[j:])[k:]
    return text


def campaign(count: int, seed: int) -> tuple[int, int]:
    """Read mutated files of all formats; how many were games, how many refused. Anything else is raised."""
    rng = random.Random(seed)
    games = refused = 0
    for _ in range(count):
        kind = rng.choice(list(SEEDS))
        text = mutated(rng.choice(SEEDS[kind]), rng)
        data: str | bytes = text
        if rng.random() < 0.2:
            encoded = bytearray(text.encode("utf-8", "surrogatepass"))
            if encoded and rng.random() < 0.5:
                encoded[rng.randrange(len(encoded))] = rng.randrange(256)
            data = bytes(encoded)
        try:
            game = game_from_text(data, format=kind, name=f"f.{kind}")  # type: ignore[arg-type]
        except SpecificationError as error:
            message = str(error)
            refused += 1
        else:
            assert isinstance(game, NormalFormGame)
            games += 1
            continue
        assert message.startswith(f"f.{kind}: "), (data, message)
        assert len(message) < 1000, data
    return games, refused


def test_mutated_files_are_games_or_refused() -> None:
    games, refused = campaign(3_000, seed=1)
    assert games > 200
    assert refused > 2000


@pytest.mark.slow
def test_twenty_thousand_mutated_files_are_games_or_refused() -> None:
    games, refused = campaign(20_000, seed=2)
    assert games + refused == 20_000


@pytest.mark.nightly
def test_a_million_mutated_files_are_games_or_refused() -> None:
    games, refused = campaign(1_000_000, seed=3)
    assert games + refused == 1_000_000


WATCHED = """
import pathlib, random, sys
sys.path.insert(0, sys.argv[1])
import test_formats_hostile as hostile
from gametheory.errors import SpecificationError
from gametheory.games import game_from_text, read_game

folder = pathlib.Path(sys.argv[2])
rng = random.Random(4)
paths = []
for k in range(1000):
    kind = rng.choice(list(hostile.SEEDS))
    path = folder / f"{k}.{kind}"
    text = hostile.mutated(rng.choice(hostile.SEEDS[kind]), rng)
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    paths.append(path)
for k, (kind, text, _) in enumerate(hostile.BAD):
    path = folder / f"bad-{k}.{kind}"
    path.write_text(text, encoding="utf-8")
    paths.append(path)
hostile.campaign(500, seed=0)
for path in paths[1000:]:  # modules that are loaded on first use are loaded now
    try:
        read_game(path)
    except SpecificationError:
        pass

seen = []
def watch(event, arguments):
    if event in ("exec", "compile", "import", "os.system", "os.exec", "os.fork", "subprocess.Popen", "socket.connect",
                 "pickle.find_class", "os.remove", "os.rename", "os.mkdir", "marshal.loads", "ctypes.dlopen"):
        seen.append((event, arguments[:1]))
    if event == "open":
        mode, flags = arguments[1], arguments[2]
        if (mode is not None and set(mode) & set("wax+")) or flags & 3:
            seen.append(("open", arguments))
sys.addaudithook(watch)
refused = 0
for path in paths:
    try:
        read_game(path)
    except SpecificationError:
        refused += 1
count = len(seen)
eval("1 + 1")  # the watch does see
assert len(seen) > count
assert not seen[:count], seen[:5]
print(len(paths), refused)
"""


def test_reading_hostile_files_executes_and_writes_nothing(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, str(Path(__file__).parent), str(tmp_path)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    read, refused = map(int, done.stdout.split())
    assert read == 1000 + len(BAD)
    assert 300 < refused < read


def test_limits_are_those_of_the_documentation() -> None:
    assert (text_module.MAX_BYTES, text_module.MAX_PLAYERS) == (64 * 2**20, 31)
