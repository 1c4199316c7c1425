"""The command line as a user meets it."""

from __future__ import annotations

import json
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest

from gametheory.certificates import DualityCertificate, LinearProgramme
from gametheory.cli import main
from gametheory.equilibria.zero_sum import maximin_programme
from gametheory.games import NormalFormGame, game_by_name
from gametheory.optimize.exact import solve_exact

E04 = """NFG 1 R "Kreps-Wilson" { "Player 1" "Player 2" } { 3 2 }

0 0 -1 2 -2 -2 0 0 -1 0 3 -1
"""


@pytest.fixture
def game_file(tmp_path: Path) -> str:
    path = tmp_path / "e04.nfg"
    path.write_text(E04, encoding="utf-8")
    return str(path)


CONCEPTS = ["nash", "pure-nash", "one-nash", "correlated", "coarse-correlated", "stackelberg", "maximin", "dominated"]


@pytest.mark.parametrize("concept", CONCEPTS)
def test_every_answer_is_written_read_back_and_verified(
    concept: str, game_file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["solve", game_file, "--concept", concept]) == 0
    assert "certified" in capsys.readouterr().out
    assert main(["solve", game_file, "--concept", concept, "--json"]) == 0
    answer = tmp_path / "answer.json"
    answer.write_text(capsys.readouterr().out, encoding="utf-8")
    assert main(["verify", str(answer)]) == 0
    report = capsys.readouterr().out
    assert "arithmetic only" not in report  # the file carries the game, so that rows are rebuilt
    assert "without a solver" in report
    assert main(["verify", str(answer), "--game", game_file]) == 0
    assert main(["verify", str(answer), "--game", "examples:matching-pennies"]) == 3


def test_a_programme_without_its_game_is_arithmetic_only(
    game_file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["solve", game_file, "--concept", "maximin", "--json"])
    data = json.loads(capsys.readouterr().out)
    alone = tmp_path / "alone.json"
    alone.write_text(json.dumps(data["certificate"]), encoding="utf-8")
    assert main(["verify", str(alone)]) == 0
    assert "arithmetic only" in capsys.readouterr().out
    assert main(["verify", str(alone), "--game", game_file]) == 0
    assert "arithmetic only" not in capsys.readouterr().out


def test_a_changed_row_with_multipliers_that_fit_is_noticed_with_the_game(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Matching pennies claimed to be worth 1: the arithmetic of the doctored programme holds, the rows are not the game's."""
    main(["solve", "examples:matching-pennies", "--concept", "maximin", "--json"])
    data = json.loads(capsys.readouterr().out)
    programme = data["certificate"]["programme"]
    text = json.dumps(data["certificate"])
    main(["solve", "examples:matching-pennies", "--concept", "maximin", "--json"])
    assert json.dumps(json.loads(capsys.readouterr().out)["certificate"]) == text  # same input, same output
    pennies = game_by_name("matching-pennies")
    richer = maximin_programme(NormalFormGame.zero_sum([[2, 0], [0, 2]], pennies.players, pennies.actions))
    lie = dict(richer.to_dict(), game_digest=programme["game_digest"])
    solution = solve_exact(LinearProgramme.from_dict(lie))
    assert solution.value == Fraction(1)
    assert isinstance(solution.certificate, DualityCertificate)
    path = tmp_path / "lie.json"
    path.write_text(json.dumps(solution.certificate.to_dict()), encoding="utf-8")
    assert main(["verify", str(path)]) == 0
    assert "arithmetic only" in capsys.readouterr().out
    assert main(["verify", str(path), "--game", "examples:matching-pennies"]) == 3
    assert "row" in capsys.readouterr().err


def test_a_certificate_speaks_with_the_names_of_the_game_that_is_given(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Names are no part of what is certified: with the labels exchanged, defection would pass for cooperation."""
    main(["solve", "examples:prisoners-dilemma", "--concept", "one-nash", "--json"])
    answer = json.loads(capsys.readouterr().out)
    answer["certificate"]["game"]["actions"] = [["defect", "cooperate"]] * 2
    path = tmp_path / "renamed.json"
    for data, options in (
        (answer, []),  # the file states the game once more, with its names
        (answer["certificate"], ["--game", "examples:prisoners-dilemma"]),
    ):
        path.write_text(json.dumps(data), encoding="utf-8")
        assert main(["verify", str(path), *options]) == 0
        shown = capsys.readouterr().out
        assert "(defect, defect)" in shown
        assert "(cooperate, cooperate)" not in shown


@pytest.mark.parametrize("concept", ["one-nash", "maximin"])
def test_a_certificate_about_another_game_than_the_file_states_is_refused(
    concept: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["solve", "examples:prisoners-dilemma", "--concept", concept, "--json"])
    data = json.loads(capsys.readouterr().out)
    data["game"]["payoffs"][0][0][0] = 99
    path = tmp_path / "doctored.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    assert main(["verify", str(path)]) == 3
    assert "not the one that the file states" in capsys.readouterr().err
    assert main(["verify", str(path), "--game", "examples:prisoners-dilemma"]) == 3


def test_gambits_lines(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["solve", "examples:matching-pennies", "--lines"]) == 0
    assert capsys.readouterr().out == "NE,1/2,1/2,1/2,1/2\n"
    assert main(["solve", "examples:matching-pennies", "--lines", "-d", "3"]) == 0
    assert capsys.readouterr().out == "NE,0.500,0.500,0.500,0.500\n"
    assert main(["solve", "examples:matching-pennies", "--lines", "--concept", "maximin"]) == 2


def test_standard_input_and_a_fresh_process(tmp_path: Path) -> None:
    run = [sys.executable, "-m", "gametheory"]
    solved = subprocess.run(
        [*run, "solve", "-", "--json"], input=E04, capture_output=True, text=True, check=True, timeout=120
    )
    checked = subprocess.run(
        [*run, "verify", "-"], input=solved.stdout, capture_output=True, text=True, check=True, timeout=120
    )
    assert "verified" in checked.stdout
    lie = solved.stdout.replace('"3/5"', '"4/5"').replace('"2/5"', '"1/5"')
    refused = subprocess.run([*run, "verify", "-"], input=lie, capture_output=True, text=True, check=False, timeout=120)
    assert refused.returncode == 3
    assert "Traceback" not in refused.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["solve", "nowhere.nfg"], "nowhere.nfg"),
        (["solve", "examples:prisoner-dilemma"], "prisoners-dilemma"),
        (["solve", "examples:matching-pennies", "--set", "n"], "NAME=VALUE"),
        (["solve", "examples:public-goods", "--set", "num_players=4", "--set", "num_players=5"], "twice"),
        (["solve", "examples:matching-pennies", "--concept", "maximin", "--player", "Zoe"], "Zoe"),
        (["solve", "examples:matching-pennies", "--concept", "stackelberg", "--leader", "7"], "0 to 1"),
        (["solve", "examples:matching-pennies", "--concept", "correlated", "--objective", "1,2,3"], "objective"),
        (["solve", "examples:matching-pennies", "--player", "1"], "--concept nash"),
        (["solve", "examples:matching-pennies", "--concept", "maximin", "--ties", "weak"], "stackelberg"),
        (["solve", "examples:matching-pennies", "-d", "3"], "--lines"),
        (["solve", "examples:matching-pennies", "--lines", "-d", "-3"], "0 to 1000"),
        (["verify", "nowhere.json"], "nowhere.json"),
    ],
)
def test_mistakes_are_explained(arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    message = capsys.readouterr().err
    assert words in message
    assert message.startswith("gametheory: ")


@pytest.mark.parametrize("concept", ["nash", "one-nash", "pure-nash"])
def test_three_players(concept: str, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["solve", "examples:public-goods", "--set", "num_players=3", "--concept", concept]
    assert main([*arguments, "--lines"]) == 0
    assert capsys.readouterr().out == "NE,1,0,1,0,1,0\n"


@pytest.mark.parametrize("concept", CONCEPTS)
def test_names_in_a_file_cannot_steer_the_terminal(
    concept: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "hostile.nfg"
    names = '"\x1b[31mA" "B"} {{"u" "\x1b]0;title\x07"} {"v" "w"}}'
    path.write_text(f'NFG 1 R "\x1b[2J" {{{names} "" 1 2 3 4 5 6 7 8', encoding="utf-8")
    assert main(["solve", str(path), "--concept", concept]) == 0
    shown = capsys.readouterr().out
    assert all(c.isprintable() or c == "\n" for c in shown)
    assert "\\x1b" in shown


def test_no_answer_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["solve", "examples:matching-pennies", "--concept", "dominated"]) == 0
    assert "there is none" in capsys.readouterr().out


def test_examples_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["games"]) == 0
    names = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert len(names) >= 20
    assert "prisoners-dilemma" in names


def test_a_file_with_a_mistake_names_the_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "broken.nfg"
    path.write_text(E04.replace("3 -1\n", "3 x\n"), encoding="utf-8")
    assert main(["solve", str(path)]) == 2
    assert "line 3" in capsys.readouterr().err
