"""Hostile scenario files: bombs, escapes, and a long campaign of mutants, each ending in one clear error or a scenario.

Memory is measured in processes of their own: the high-water mark above what had been used before the file was read.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from audit.bombs import TEXTS
from audit.mutations import prepare_folder

from gametheory.audit import read_scenario, scenario_from_text
from gametheory.errors import SpecificationError

HERE = Path(__file__).parent
MEMORY = 256 * 2**20


def run(arguments: list[str], *, seconds: float) -> str:
    environment = {**os.environ, "PYTHONPATH": str(HERE.parents[1])}
    done = subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, timeout=seconds, env=environment, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def campaign(seed: int, count: int) -> None:
    report = json.loads(run([str(HERE / "fuzz_reading.py"), str(seed), str(count)], seconds=550))
    assert not report["failures"], "\n".join(report["failures"])
    outcomes = report["outcomes"]
    assert sum(outcomes.values()) == count
    for kind in ("bytes", "lines", "tokens", "keys", "values"):
        assert outcomes[f"{kind}: refused"] > count / 30, outcomes
        assert outcomes[f"{kind}: valid"] > 0, outcomes
    assert report["memory"] < MEMORY


def test_fifteen_hundred_mutants() -> None:
    campaign(1, 1500)


@pytest.mark.slow
def test_twenty_thousand_mutants() -> None:
    campaign(2, 20_000)


# -- bombs -------------------------------------------------------------------------------------------------------------------

REFUSED_BEFORE_PARSING = r"levels are allowed|bytes are allowed|longer than 1 MB|keys and lists"


def bomb(name: str) -> None:
    outcome, memory = json.loads(run([str(HERE / "bombs.py"), name], seconds=200))
    assert memory < MEMORY, f"{name}: {memory / 2**20:.0f} MB; {outcome[:200]}"
    assert outcome == "a scenario" or (outcome.startswith("bomb: ") and len(outcome) < 700), outcome


@pytest.mark.parametrize("name", ["one key of 2,000 parts", "headers of 16 parts", "a large grid"])
def test_bomb(name: str) -> None:
    bomb(name)


@pytest.mark.slow
@pytest.mark.parametrize("name", TEXTS)
def test_every_bomb(name: str) -> None:
    bomb(name)


@pytest.mark.parametrize("format_", ["toml", "json"])
def test_structure_is_limited_before_the_parser_sees_the_text(format_: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def parser(*_: object, **__: object) -> None:
        raise AssertionError("the text was parsed")

    monkeypatch.setattr("tomllib.loads", parser)
    monkeypatch.setattr("json.loads", parser)
    texts = {
        "toml": [
            "a.a" + ".a" * 15 + " = 1",
            "a = " + "[" * 16,
            "[a.a.a.a.a.a.a.a]\nb.b.b.b.b.b.b.b.b = 1",
            "'" + "x" * 4096,
        ],
        "json": ["[" * 18, "{" + '"a":{' * 17, '"' + "x" * 4096, " " * 4000 + "\n" + "\n" * 1_000_000],
    }[format_]
    texts += [("x = 1\n" if format_ == "toml" else "1,\n") * 400_000]
    texts += ["a = [\n" + "[],\n" * 101_000 if format_ == "toml" else "[\n" + "[],\n" * 101_000]
    for text in texts:
        with pytest.raises(SpecificationError, match=REFUSED_BEFORE_PARSING):
            scenario_from_text(text, format=format_)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    [
        "title = '''" + "[" * 100 + "'''",
        'title = """' + "a.a.a.a." * 100 + '"""',
        'title = """ a "" b """" ',
        "# " + "[" * 100 + "{" * 100,
        'title = "' + "[" * 100 + '\\"' + "{" * 100 + '"',
        "title = '" + "a." * 100 + "'",
        'description = """\n' + "[[x.y.z]]\n" * 100 + '"""',
    ],
)
def test_strings_and_comments_have_no_structure(text: str) -> None:
    with pytest.raises(SpecificationError, match=r"schema_version' is missing|at the end|line \d"):
        scenario_from_text(text)


# -- nothing is executed, written or reached ---------------------------------------------------------------------------------


def test_hostile_files_execute_nothing() -> None:
    seen = run([str(HERE / "audit_hook.py")], seconds=300)
    assert "open" in seen  # the hook was alive


MINIMAL = 'schema_version = 1\ngame = {{file = {path}}}\ntarget = {{profile = ["1", "1"]}}\n'


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("../small.nfg", r"'\.\.' is not allowed"),
        ("games/../../small.nfg", r"'\.\.' is not allowed"),
        ("/etc/passwd", "a path below the scenario's folder"),
        ("C:\\\\x.nfg", "a path below the scenario's folder"),
        ("C:x.nfg", "a path below the scenario's folder"),
        ("\\\\\\\\host\\\\x.nfg", "a path below the scenario's folder"),
        ("//host/x.nfg", "a path below the scenario's folder"),
        ("games/small.txt", r"must end in \.nfg"),
        ("games/none.nfg", "no such file"),
        ("games/small.nfg/x.nfg", "no such file"),
        ("games", "must end in"),
        ("folder.nfg", "not a regular file"),
        ("pipe.nfg", "not a regular file"),
        ("link.nfg", "a link out of the scenario's folder"),
        ("linked/small.nfg", "a link out of the scenario's folder"),
        ("loop.nfg", "no such file"),
        ("long.nfg", "longer than 4 MB"),
        ("scenario.json", "game.file: scenario.json"),
        ("x" * 295 + ".nfg", "no such file"),
    ],
)
def test_files_outside_the_folder_are_not_read(path: str, message: str, tmp_path: Path) -> None:
    folder = tmp_path / "scenario"
    folder.mkdir()
    prepare_folder(tmp_path)
    prepare_folder(folder)
    (folder / "folder.nfg").mkdir()
    os.mkfifo(folder / "pipe.nfg")
    (folder / "link.nfg").symlink_to(tmp_path / "games" / "small.nfg")
    (folder / "linked").symlink_to(tmp_path / "games")
    (folder / "loop.nfg").symlink_to(folder / "loop.nfg")
    (folder / "long.nfg").write_bytes(b" " * 4_000_001)
    (folder / "scenario.json").write_text("{}")
    (folder / "deal.toml").write_text(MINIMAL.format(path=f'"{path}"'))
    with pytest.raises(SpecificationError, match=message) as caught:
        read_scenario(folder / "deal.toml")
    assert str(caught.value).startswith("deal.toml: game")
    assert "small" not in message or len(str(caught.value)) < 300


def test_files_inside_the_folder_are_read(tmp_path: Path) -> None:
    prepare_folder(tmp_path)
    (tmp_path / "inner.nfg").symlink_to(tmp_path / "games" / "small.nfg")
    for path in ("games/small.nfg", "./games/small.nfg", "inner.nfg"):
        (tmp_path / "deal.toml").write_text(MINIMAL.format(path=f'"{path}"'))
        assert read_scenario(tmp_path / "deal.toml").game.num_actions == (2, 3)
    with pytest.raises(SpecificationError, match="no folder to find games in"):
        scenario_from_text(MINIMAL.format(path='"games/small.nfg"'))


def test_scenario_files_must_be_regular(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.toml")
    for name, message in [
        ("pipe.toml", "not a regular file"),
        ("none.toml", "No such file"),
        ("null\x00.toml", "null"),
        ("deal.yaml", "neither a packaged scenario"),
        ("secret-colusion", "did you mean 'secret-collusion'"),
    ]:
        with pytest.raises(SpecificationError, match=message):
            read_scenario(tmp_path / name if "." in name else name)
    (tmp_path / "folder.toml").mkdir()
    with pytest.raises(SpecificationError, match=r"directory|regular file"):
        read_scenario(tmp_path / "folder.toml")
    (tmp_path / "long.json").write_bytes(b" " * 1_000_001)
    with pytest.raises(SpecificationError, match="longer than 1 MB"):
        read_scenario(tmp_path / "long.json")
