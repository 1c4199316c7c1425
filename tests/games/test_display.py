"""Displays: what is shown is right, bounded, and harmless whatever the labels hold."""

from __future__ import annotations

import html
import re
from fractions import Fraction
from html.parser import HTMLParser
from itertools import product
from typing import Any

import numpy as np
import pytest
from paper_games import PAPER_GAMES

from gametheory.games import display
from gametheory.games.normal_form import NormalFormGame

NASTY = [
    "<script>alert(1)</script>",
    '<img src=x onerror="alert(1)">',
    r"\input{x}",
    r"$\def\a{\a\a}\a$",
    "a_b^c&d#e%f~g",
    "}{",
    "\x1b[31mred\x07",
    "two\nlines",
    "]]></td><td>",
    "\\",
    "ü – 数",
]


class Table(HTMLParser):
    """Collects the tags, the attributes and the cells of a piece of HTML."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.cells: list[str] = []
        self.underlined: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        assert not self._open, f"unclosed: {self._open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag != "br":
            self._open.append(tag)
        if tag in {"td", "th", "caption"}:
            self.cells.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if set(self._open) & {"td", "th", "caption"}:
            self.cells[-1] += data
        if self._open and self._open[-1] == "u":
            self.underlined.append(data)


def nasty_game(num_players: int) -> NormalFormGame:
    sizes = [len(NASTY)] + [2] * (num_players - 1)
    payoffs = np.arange(num_players * int(np.prod(sizes))).reshape(num_players, *sizes)
    players = NASTY[:num_players]
    return NormalFormGame(payoffs, players, [NASTY[:m] for m in sizes], title=NASTY[0])


@pytest.mark.parametrize("num_players", [1, 2, 3, 4])
def test_labels_are_data_in_html(num_players: int) -> None:
    game = nasty_game(num_players)
    table = Table(game._repr_html_())
    assert table.tags <= {"div", "p", "b", "table", "caption", "thead", "tbody", "tr", "th", "td", "u"}
    assert table.attributes <= {"scope"}
    assert "<script>alert(1)</script>" in table.cells
    assert "\x1b" not in game._repr_html_()


def latex_is_harmless(text: str) -> bool:
    """Only known commands, balanced braces, and mathematics opened and closed once."""
    commands = set(re.findall(r"\\([a-zA-Z]+|.)", text, flags=re.DOTALL))
    known = {"begin", "end", "text", "hline", "underline", "tfrac", "times", "approx", "backslash", "sim", "hat"}
    if commands - known - set(r"\{}$&#%_,"):
        return False
    stripped = re.sub(r"\\[\\{}$&#%_,]", "", text)
    if not (stripped.startswith("$") and stripped.endswith("$") and stripped.count("$") == 2):
        return False
    depth = 0
    for c in stripped:
        depth += (c == "{") - (c == "}")
        if depth < 0:
            return False
    inside = re.findall(r"\\text\{([^{}]*)\}", stripped)
    return depth == 0 and not any(set(run) & set(r"\$&#%_~^<>") for run in inside) and "<s" not in text


@pytest.mark.parametrize("num_players", [1, 2, 3, 4])
def test_labels_are_data_in_latex_and_text(num_players: int) -> None:
    game = nasty_game(num_players)
    latex = game._repr_latex_()
    assert latex_is_harmless(latex)
    assert r"\backslash \text{input}\{\text{x}\}" in latex
    assert not latex_is_harmless(latex.replace(r"\backslash \text{input}\{\text{x}\}", r"\text{\input{x}}"))
    text = str(game)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", text)
    assert r"two\nlines" in text


def test_summaries_escape_labels_too() -> None:
    game = NormalFormGame(np.zeros((2, 80, 80)), NASTY[:2], [[f"{NASTY[0]}{k}" for k in range(80)]] * 2, title=NASTY[2])
    assert Table(game._repr_html_()).tags == {"div", "br"}
    assert latex_is_harmless(game._repr_latex_())
    assert html.escape(NASTY[0]) in game._repr_html_()


@pytest.mark.parametrize("name", sorted(PAPER_GAMES))
def test_cells_with_every_payoff_underlined_are_the_pure_equilibria(name: str) -> None:
    entry = PAPER_GAMES[name]
    game = entry.game
    marked = []
    parts = re.findall(r"<td>(.*?)</td>", game._repr_html_())
    cells = iter(parts)
    for rest in product(*map(range, game.num_actions[2:])):
        for first, second in product(*map(range, game.num_actions[:2])):
            cell = next(cells)
            if cell.count("<u>") == game.num_players:
                marked.append((first, second, *rest))
    assert sorted(marked) == sorted(entry.pure_nash)
    latex_cells = re.findall(r"\\underline\{", game._repr_latex_())
    assert len(latex_cells) == game._repr_html_().count("<u>")


def test_text_of_each_number_of_players() -> None:
    one = NormalFormGame([["1/3", 2]], ["A"], [["x", "y"]])
    assert str(one) == "A  payoff\nx     1/3\ny       2"
    three = NormalFormGame(np.arange(24).reshape(3, 2, 2, 2))
    assert str(three).split("\n") == [
        "Player 3: 1",
        "Player 1 \\ Player 2          1          2",
        "1                     0, 8, 16  2, 10, 18",
        "2                    4, 12, 20  6, 14, 22",
        "",
        "Player 3: 2",
        "Player 1 \\ Player 2          1          2",
        "1                     1, 9, 17  3, 11, 19",
        "2                    5, 13, 21  7, 15, 23",
    ]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Fraction(-9, 4), "-9/4"),
        (Fraction(0), "0"),
        (Fraction(10**30), "≈1e+30"),
        (Fraction(-1, 3 * 10**30), "≈-3.33333e-31"),
        (Fraction(10**5000), "≈1e+5000"),
        (Fraction(123456789012345678901, 2), "≈6.17284e+19"),
        (Fraction(-(2**2_000_000)), "≈-2^2000000"),
        (0.1, "0.1"),
        (1e-9, "1e-09"),
        (1 / 3, "0.333333"),
    ],
)
def test_numbers_are_short(value: Any, shown: str) -> None:
    assert display._number(value) == shown


def test_numbers_in_latex() -> None:
    game = NormalFormGame([["-9/4", 10**30, 3]])
    assert r"-\tfrac{9}{4}" in game._repr_latex_()
    assert r"\approx 1 \times 10^{30}" in game._repr_latex_()
    assert r"1 \times 10^{-9}" in NormalFormGame([[1e-9, 2.0]])._repr_latex_()
    assert r"\approx 2^{2000000}" in NormalFormGame([[2**2_000_000, 3]])._repr_latex_()


def test_expressions_are_shown_and_not_underlined() -> None:
    sympy = pytest.importorskip("sympy")
    x = sympy.Symbol(r"\input{x}")
    game = NormalFormGame.from_bimatrix([[x, 0], [1, x + 1]], [[0, 1], [1, 0]])
    assert "<u>" not in game._repr_html_()
    assert latex_is_harmless(game._repr_latex_())
    assert r"\input{x} + 1" in str(game)
    large = NormalFormGame(np.full((2, 60, 60), x, dtype=object))
    assert "payoffs with free symbols" in str(large)


@pytest.mark.parametrize(
    "game",
    [
        NormalFormGame(np.zeros((2, 700, 700))),
        NormalFormGame(np.zeros((2, 700, 700), dtype=int)),
        NormalFormGame(np.zeros((14, *[2] * 14))),
        NormalFormGame(np.zeros((1, 200_000), dtype=int)),
        NormalFormGame(
            np.full((2, 40, 40), 10**3000, dtype=object), actions=[[f"{k}" + "x" * 5000 for k in range(40)]] * 2
        ),
        NormalFormGame(np.zeros((26, *[1] * 26), dtype=int)),
    ],
)
def test_displays_are_bounded(game: NormalFormGame, monkeypatch: pytest.MonkeyPatch) -> None:
    def converted(self: object) -> None:
        raise AssertionError("a large tensor was converted for display")

    if game.numerators.size > display.MAX_PAYOFFS:
        monkeypatch.setattr("gametheory.arithmetic.RationalArray.fractions", converted)
        monkeypatch.setattr("gametheory.arithmetic.RationalArray.floats", converted)
    for shown in (str(game), game._repr_html_(), game._repr_latex_(), repr(game)):
        assert len(shown) < 300_000


def test_summary_says_what_matters() -> None:
    game = NormalFormGame([[[k / 2 for k in range(100)] for _ in range(50)]] * 2, title="Big")
    assert str(game).split("\n") == [
        "Big",
        "2 players, 50×100 actions (5,000 profiles), float",
        "Player 1: 1, 2, 3, … (50 actions); payoffs from 0 to 49.5",
        "Player 2: 1, 2, 3, … (100 actions); payoffs from 0 to 49.5",
    ]
