"""Published games in files: the Gambit project's examples and the 144 ordinal two-by-two games.

The data are found through the environment variable ``GAMETHEORY_DATA``; the tests skip where it is unset. Expected
payoffs are read off the files by hand (the comments say how), and all of them once more by a naive reader.
"""

from __future__ import annotations

import csv
import re
from fractions import Fraction
from pathlib import Path

import pytest

from gametheory.games import NormalFormGame, game_from_text, game_to_text, read_game, regrets, write_game
from gametheory.games.formats import game_to_nfg

NAMES = (
    "2x2x2",
    "2x2x2x2",
    "3x3x3",
    "6x6_game_with_75_eq",
    "8x8",
    "coord333",
    "coordination_4x4_outcome",
    "coordination_4x4_payoff",
    "deg1",
    "e04",
    "fig2",
    "oneill",
    "perfect1",
    "sec4",
    "sec5",
    "todd1",
    "winkels",
    "zero",
)


def published(folder: Path, name: str) -> NormalFormGame:
    return read_game(folder / "gambit-games" / f"{name}.nfg")


def naive_payoffs(text: str) -> dict[tuple[int, ...], tuple[Fraction, ...]]:
    """Every payoff of a well-formed ``.nfg`` text without escapes, by splitting and counting, player 1 fastest."""
    tokens = re.findall(r'"[^"]*"|[{}]|[^\s,{}"]+', text)
    position = tokens.index("{")
    players = tokens[position + 1 : tokens.index("}")]
    position = tokens.index("}") + 2
    sizes = []
    if tokens[position] == "{":
        for _ in players:
            end = tokens.index("}", position)
            sizes.append(end - position - 1)
            position = end + 1
    else:
        sizes = [int(tokens[position + i]) for i in range(len(players))]
        position += len(players)
    body = tokens[position + 1 :]
    if body[0].startswith('"'):
        body = body[1:]
    profiles = [()]
    for m in reversed(sizes):  # the last player slowest
        profiles = [(k, *rest) for rest in profiles for k in range(m)]
    n = len(players)
    if body[0] != "{":
        return {a: tuple(map(Fraction, body[n * r : n * r + n])) for r, a in enumerate(profiles)}
    outcomes: list[tuple[Fraction, ...]] = [(Fraction(0),) * n]
    position = 1
    while body[position] == "{":
        outcomes.append(tuple(map(Fraction, body[position + 2 : position + 2 + n])))
        position += n + 3
    return {a: outcomes[int(k)] for a, k in zip(profiles, body[position + 1 :], strict=True)}


def test_all_eighteen_files_are_there(data_folder: Path) -> None:
    assert sorted(path.stem for path in (data_folder / "gambit-games").glob("*.nfg")) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_gambit_games_agree_with_a_naive_reader_and_return(data_folder: Path, name: str, tmp_path: Path) -> None:
    path = data_folder / "gambit-games" / f"{name}.nfg"
    game = read_game(path)
    expected = naive_payoffs(path.read_text(encoding="utf-8"))
    assert game.num_profiles == len(expected)
    assert {profile: game.payoff(*profile) for profile in expected} == expected
    for form in ("payoff", "outcome"):
        again = game_from_text(game_to_nfg(game, form=form))  # type: ignore[arg-type]
        assert (again, again.title) == (game, game.title)
    for kind in ("json", "gam", "csv"):
        write_game(game, tmp_path / f"game.{kind}")
        again = read_game(tmp_path / f"game.{kind}")
        assert again.digest() == game.digest()
        if kind != "gam":
            assert again == game


@pytest.mark.parametrize(
    ("name", "profile", "payoffs"),
    [
        # Payoff form, pairs in the order (1,1), (2,1), (3,1), (1,2), …: "0 0 | -1 2 | -2 -2 | 0 0 | -1 0 | 3 -1".
        ("e04", (1, 0), (-1, 2)),
        ("e04", (2, 0), (-2, -2)),
        ("e04", (2, 1), (3, -1)),
        # Six actions against two: "1 1 | 1 0 | 3 -2 | 3 4 | 5/2 -1 | 5/2 6 | 3 2 | …".
        ("winkels", (2, 0), (3, -2)),
        ("winkels", (4, 0), (Fraction(5, 2), -1)),
        ("winkels", (0, 1), (3, 2)),
        # Outcome form, numbers 1 to 8 in order: (2,1,2) is the sixth, (2,2,1) the fourth.
        ("2x2x2", (0, 0, 0), (9, 8, 12)),
        ("2x2x2", (1, 1, 0), (9, 8, 2)),
        ("2x2x2", (1, 0, 1), (3, 4, 6)),
        # Outcomes carry the name of their profile, and the numbers "1 4 7 2 5 8 3 6 9" permute them.
        ("perfect1", (1, 0), (Fraction(3, 2), 1)),
        ("perfect1", (0, 2), (0, 1)),
        ("perfect1", (2, 0), (0, 1)),
        # Five rows: the sixth outcome, (-4, 0), is the first of column two.
        ("todd1", (0, 1), (-4, 0)),
        ("todd1", (2, 0), (12, 0)),
        # "9504 72336 | -111771 -461736 | …"
        ("6x6_game_with_75_eq", (0, 0), (9504, 72336)),
        ("6x6_game_with_75_eq", (1, 0), (-111771, -461736)),
        # Decimals are exact: the second outcome of four players is (4.225, 5.277, 4.837, 5.645).
        ("2x2x2x2", (1, 0, 0, 0), tuple(Fraction(x, 1000) for x in (4225, 5277, 4837, 5645))),
        ("sec4", ("Bottom", "Left", "1"), (0, 1, 0)),
    ],
)
def test_entries_read_off_by_hand(
    data_folder: Path, name: str, profile: tuple[int | str, ...], payoffs: tuple[Fraction, ...]
) -> None:
    assert published(data_folder, name).payoff(*profile) == payoffs


def test_the_two_files_of_the_coordination_game_are_one_game(data_folder: Path) -> None:
    outcome, payoff = (published(data_folder, f"coordination_4x4_{form}") for form in ("outcome", "payoff"))
    assert outcome.digest() == payoff.digest()
    assert outcome.actions[1] == ("2-1", "2-2", "2-3", "2-4")
    assert payoff.actions[1] == ("1", "2", "3", "4")


def test_published_facts_hold_of_the_games_read(data_folder: Path) -> None:
    """Statements in the files' own titles that the payoffs decide."""
    oneill = published(data_folder, "oneill")
    assert (oneill.numerators[0] == -oneill.numerators[1]).all()
    # O'Neill (1987): both play the joker with probability 2/5 and the other cards with 1/5. The joker is the action that
    # wins against one card alone: in the file's first column (1, -1, -1, -1), the first.
    joker_first = ["2/5", "1/5", "1/5", "1/5"]
    assert not any(regrets(oneill, [joker_first, joker_first]))
    assert any(regrets(oneill, [joker_first[::-1], joker_first[::-1]]))
    # Nau, Gomez Canovas and Hansen (2004), section 5: the pure equilibria of sec5 are three.
    sec5 = published(data_folder, "sec5")
    pure = [(i, j, k) for i in range(2) for j in range(2) for k in range(2) if not any(regrets(sec5, (i, j, k)))]
    assert len(pure) == 3
    # Random 8x8 game with 5 equilibria, 3 of them pure.
    eight = published(data_folder, "8x8")
    assert sum(not any(regrets(eight, (i, j))) for i in range(8) for j in range(8)) == 3
    # Three person 3x3x3 game with five equilibria, two of them pure.
    three = published(data_folder, "3x3x3")
    cells = [(i, j, k) for i in range(3) for j in range(3) for k in range(3)]
    assert sum(not any(regrets(three, a)) for a in cells) == 2
    # A coordination game: the three agreements are equilibria.
    coordination = published(data_folder, "coord333")
    assert all(not any(regrets(coordination, (k, k, k))) for k in range(3))


def ordinal_games(folder: Path) -> dict[int, NormalFormGame]:
    """The games by number; columns are named by row, column and player: r1_c2_p1."""
    result = {}
    with (folder / "llm-2x2-games" / "games.csv").open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file, delimiter=";"):
            matrices = [[[int(row[f"r{i}_c{j}_p{player}"]) for j in (1, 2)] for i in (1, 2)] for player in (1, 2)]
            result[int(row["game_number"])] = NormalFormGame.from_bimatrix(*matrices, title=row["game_name"])
    return result


def test_the_144_ordinal_games_load_and_return(data_folder: Path) -> None:
    games = ordinal_games(data_folder)
    assert sorted(games) == list(range(1, 145))
    strict = [g for g, game in games.items() if all({*own.reshape(-1)} == {1, 2, 3, 4} for own in game.numerators)]
    # As published, a player ranks two outcomes alike in 15 games (17 to 24, 58 to 60, 83, 84, 95 and 96).
    assert {*games} - {*strict} == {*range(17, 25), 58, 59, 60, 83, 84, 95, 96}
    for game in games.values():
        assert {*game.numerators.reshape(-1).tolist()} <= {1, 2, 3, 4}
        for kind in ("json", "nfg", "csv"):
            assert game_from_text(game_to_text(game, format=kind), format=kind) == game
        assert game_from_text(game_to_text(game, format="json")).title == game.title
        assert game_from_text(game_to_text(game, format="gam")) == game


def test_ordinal_games_read_off_by_hand(data_folder: Path) -> None:
    games = ordinal_games(data_folder)
    dilemma = games[67]  # 67;6;7;Prisoners' Dilemma;PD Family;3;3;1;4;4;1;2;2
    assert "Dilemma" in dilemma.title
    assert [dilemma.payoff(*a) for a in ((0, 0), (0, 1), (1, 0), (1, 1))] == [(3, 3), (1, 4), (4, 1), (2, 2)]
    assert [a for a in ((0, 0), (0, 1), (1, 0), (1, 1)) if not any(regrets(dilemma, a))] == [(1, 1)]
    stag = games[78]  # 78;7;6;Stag Hunt;Win-win;4;4;1;3;3;1;2;2
    assert [a for a in ((0, 0), (0, 1), (1, 0), (1, 1)) if not any(regrets(stag, a))] == [(0, 0), (1, 1)]
    first = games[1]  # 1;1;1;Hegemony;Unfair;3;4;2;3;4;2;1;1
    assert [first.payoff(*a) for a in ((0, 0), (0, 1), (1, 0), (1, 1))] == [(3, 4), (2, 3), (4, 2), (1, 1)]
    # 144 different games.
    assert len({game.digest() for game in games.values()}) == 144
