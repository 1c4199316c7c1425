"""Records into games: wide and long, files and tables, pooled players, exclusions, and one clear error for each odd log."""

from __future__ import annotations

import json
import pickle

import numpy as np
import pytest

from gametheory.empirical import EmpiricalGame, read_records
from gametheory.errors import SpecificationError, UnsupportedError

WIDE = [
    {"run": 1, "a": "C", "b": "C", "ua": 3, "ub": 3, "end": "success"},
    {"run": 2, "a": "C", "b": "C", "ua": 2, "ub": 4, "end": "success"},
    {"run": 3, "a": "C", "b": "D", "ua": 0, "ub": 5, "end": "success"},
    {"run": 4, "a": "D", "b": "C", "ua": 5, "ub": 0, "end": "success"},
    {"run": 5, "a": "D", "b": "D", "ua": 1, "ub": 1, "end": "success"},
    {"run": 6, "a": "D", "b": "D", "ua": None, "ub": None, "end": "token limit"},
]
MAPPING = {"players": ["Ann", "Bob"], "strategies": ["a", "b"], "payoffs": ["ua", "ub"]}
KEYS = {**MAPPING, "run": "run", "status": "end"}


def long_of(rows):
    return [
        {"episode": r["run"], "who": who, "plays": r[s], "gets": r[u], "end": r["end"]}
        for r in rows
        for who, s, u in (("Ann", "a", "ua"), ("Bob", "b", "ub"))
    ]


def test_wide_and_long_tables_and_files_give_the_same_game(tmp_path) -> None:
    game = EmpiricalGame.from_records(WIDE, **KEYS)
    assert repr(game) == "EmpiricalGame(Ann, Bob; 2×2 strategies, 5 runs in 4 of 4 profiles, 1 runs excluded)"
    assert game.counts.tolist() == [[2, 1], [1, 1]]
    assert game.means[:, 0, 0].tolist() == [2.5, 3.5]
    assert game.standard_errors[0, 0, 0] == pytest.approx(0.5)
    assert np.isnan(game.standard_errors[0, 1, 1])
    assert game.excluded[1, 1] == {"token limit": 1}
    assert game.game().payoffs.tolist() == [[[2.5, 0], [5, 1]], [[3.5, 5], [0, 1]]]
    long = {"players": "who", "strategies": "plays", "payoffs": "gets", "run": "episode", "status": "end"}
    assert EmpiricalGame.from_records(long_of(WIDE), **long) == game
    finished = WIDE[:5]
    lines = tmp_path / "runs.jsonl"
    lines.write_text("\n".join(map(json.dumps, WIDE)) + "\n\n")
    table = tmp_path / "runs.csv"
    table.write_text(
        "\ufeff" + "run,a,b,ua,ub,end\n" + "".join(",".join(map(str, r.values())) + "\n" for r in finished)
    )
    listed = tmp_path / "runs.json"
    listed.write_text(json.dumps(WIDE))
    assert EmpiricalGame.from_records(lines, **KEYS) == EmpiricalGame.from_records(str(listed), **KEYS) == game
    assert EmpiricalGame.from_records(table, **KEYS) == EmpiricalGame.from_records(finished, **KEYS)
    assert next(where for where, _ in read_records(table)) == "runs.csv: line 2"


def test_pandas_and_polars(tmp_path) -> None:
    pandas, polars = pytest.importorskip("pandas"), pytest.importorskip("polars")
    game = EmpiricalGame.from_records(WIDE, **KEYS)
    assert EmpiricalGame.from_records(pandas.DataFrame(WIDE), **KEYS) == game
    assert EmpiricalGame.from_records(polars.DataFrame(WIDE), **KEYS) == game


def test_exchangeable_players_are_pooled() -> None:
    game = EmpiricalGame.from_records(WIDE, **KEYS, symmetric=True)
    assert game.counts.tolist() == [[2, 2], [2, 1]]
    assert game.means[:, 0, 0].tolist() == [3, 3]
    assert game.means[:, 0, 1].tolist() == [0, 5]
    assert game.means[:, 1, 0].tolist() == [5, 0]
    assert game.samples[0, 0].tolist() == [[3, 3], [3, 3]]
    three = [{"s1": "x", "s2": "y", "s3": "x", "p1": 1, "p2": 2, "p3": 3}]
    pooled = EmpiricalGame.from_records(
        three, players=["1", "2", "3"], strategies=["s1", "s2", "s3"], payoffs=["p1", "p2", "p3"], symmetric=True
    )
    assert {cell: runs.tolist() for cell, runs in pooled.samples.items()} == {
        (0, 0, 1): [[2, 2, 2]], (0, 1, 0): [[2, 2, 2]], (1, 0, 0): [[2, 2, 2]],
    }  # fmt: skip
    assert len(pooled.missing) == 5


def test_incomplete_tables_say_what_is_missing() -> None:
    game = EmpiricalGame.from_records(WIDE[:3], **KEYS, order=["C", "D", "E"])
    assert len(game.missing) == 7
    with pytest.raises(UnsupportedError, match=r"no run of \(C, E; D, C; D, D; D, E\) and 3 more"):
        game.game()
    part = game.restricted([["C"], ["D", "C"]])
    assert part.game().payoffs.tolist() == [[[0, 2.5]], [[5, 3.5]]]
    frame = game.to_frame()
    assert frame["runs"].tolist() == [2, 1, 0, 0, 0, 0, 0, 0, 0]
    assert json.loads(json.dumps(game.to_dict()))["profiles"][0]["standard_errors"] == [pytest.approx(0.5)] * 2


def test_values(tmp_path) -> None:
    game = EmpiricalGame.from_records(WIDE, **KEYS)
    assert pickle.loads(pickle.dumps(game)) == game  # noqa: S301 - our own value
    assert not game.samples[0, 0].flags.writeable
    named = [{**row, "a": "<script>"} for row in WIDE]
    assert "<script>" not in EmpiricalGame.from_records(named, **KEYS)._repr_html_()
    again = game.resampled(np.random.default_rng(1))
    assert (again.counts == game.counts).all()
    assert set(map(tuple, again.samples[0, 0].tolist())) <= {(3, 3), (2, 4)}
    pooled = EmpiricalGame.from_records(WIDE, **KEYS, symmetric=True).resampled(np.random.default_rng(1))
    assert pooled.samples[0, 1][:, ::-1].tolist() == pooled.samples[1, 0].tolist()


@pytest.mark.parametrize(
    ("records", "change", "message"),
    [
        ([], {}, "found no run"),
        (WIDE, {"payoffs": ["ua", "ubb"]}, r"no column 'ubb'; did you mean"),
        (WIDE, {"payoffs": ["ua"]}, "one column for each of 2"),
        (WIDE, {"payoffs": "ua"}, "one column for each of 2"),
        (WIDE, {"players": ["A", "A"]}, "name each player once"),
        (WIDE, {"status": None}, r"records\[5\].ua: found nothing"),
        ([*WIDE, WIDE[0]], {}, "run '1' occurs twice"),
        ([{**WIDE[0], "ua": float("nan")}], {}, "found nothing"),
        ([{**WIDE[0], "ua": float("inf")}], {}, "at most 1e100"),
        ([{**WIDE[0], "ua": "three"}], {}, "write a number"),
        ([{**WIDE[0], "ua": True}], {}, "found True"),
        ([{**WIDE[0], "a": ""}], {}, "found nothing"),
        (WIDE, {"order": ["C"]}, "'D' was played and is not listed"),
        (WIDE, {"order": ["C", "D", "D"]}, "twice"),
        (WIDE, {"order": [["C", "D"]]}, "one for each of 2"),
        (WIDE, {"players": "a"}, "records are long"),
        (long_of(WIDE), {"players": "who", "strategies": "plays", "payoffs": "gets", "run": None}, "run: found none"),
        (
            long_of(WIDE)[:3],
            {"players": "who", "strategies": "plays", "payoffs": "gets", "run": "episode"},
            "no record of Bob",
        ),
        (
            [*long_of(WIDE), long_of(WIDE)[0]],
            {"players": "who", "strategies": "plays", "payoffs": "gets", "run": "episode"},
            "two records of Ann",
        ),
        (3, {}, "give a list of mappings"),
        ([1], {}, r"records\[0\]: found a int"),
        ([{f"c{k}": k for k in range(2000)}], {}, "2,000 columns"),
    ],
)
def test_odd_records(records, change, message) -> None:
    with pytest.raises(SpecificationError, match=message):
        EmpiricalGame.from_records(records, **(KEYS | change))


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("x.csv", b"", "empty file"),
        ("x.csv", b"a,a\n1,2\n", "'a' twice"),
        ("x.csv", b"a,b\n1\n", "line 2: found 1 fields; the header names 2"),
        ("x.csv", b'a,b\n"1,2\n', "line"),
        ("x.csv", b"a,b\n\xff\xfe,2\n", "no UTF-8"),
        ("x.csv", "a,b\n1,2\n".encode("utf-16"), "no UTF-8"),
        ("x.csv", b"a,b\n\0,2\n", "zero byte"),
        ("x.csv", b"a," * 60_000 + b"z\n", "columns"),
        ("x.csv", b"a\n" + b"x" * 2_000_000, "1,000,000 characters"),
        ("x.jsonl", b'{"a": 1}\n{"a": 1, "a": 2}\n', "line 2: a key is given twice"),
        ("x.jsonl", b'{"a": NaN}\n', "found NaN"),
        ("x.jsonl", b"[1]\n", "one object a line"),
        ("x.jsonl", b'{"a": 1\n', "not JSON"),
        ("x.jsonl", b"[" * 100_000, "deeply|recursion|not JSON"),
        ("x.json", b"{}", "a list of objects"),
        ("x.json", b"[1]", "a list of objects"),
        ("x.txt", b"", "suffix '.txt'"),
    ],
)
def test_odd_files(tmp_path, name, content, message) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(SpecificationError, match=message):
        list(read_records(path))
    with pytest.raises(SpecificationError, match="no such file"):
        list(read_records(tmp_path / "absent.csv"))
