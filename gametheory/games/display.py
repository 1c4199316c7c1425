r"""How a game is shown: aligned text, HTML and LaTeX.

One player's game is a column; two players' a bimatrix, rows for the first; with more players there is a bimatrix for
every choice of the others. In HTML and LaTeX a payoff is underlined where the player's action is a best response to the
rest of the profile (exactly; not for expressions), so that a cell with all payoffs underlined is a pure Nash equilibrium.

What is shown is bounded: beyond 4,096 payoffs only a summary, labels cut at 40 characters, numbers of more than 20
characters rounded and marked ≈. Labels are data, not markup: ``<script>``, ``\input{x}`` and terminal control codes come
out as the characters that they are.
"""

from __future__ import annotations

import html
from dataclasses import dataclass
from decimal import Context, Decimal
from fractions import Fraction
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import RationalArray

if TYPE_CHECKING:
    from gametheory.games.normal_form import NormalFormGame

__all__ = ["game_html", "game_latex", "game_text", "latex_text", "printable"]

MAX_PAYOFFS = 4096
MAX_LABEL = 40
MAX_NUMBER = 20
MAX_LISTED = 20

_LATEX = {
    "\\": r"\backslash ",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "~": r"{\sim}",
    "^": r"\hat{}",
    "<": "{<}",
    ">": "{>}",
}
"""LaTeX's own characters in mathematics mode, where TeX and MathJax agree on them (inside ``\\text`` they do not)."""


@dataclass(frozen=True, slots=True)
class _Slice:
    """A bimatrix: the profiles in which the players after the second do as the heading says."""

    heading: str
    corner: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    payoffs: list[list[list[Any]]]  # [row][column][player]
    best: list[list[list[bool]]]


def game_text(game: NormalFormGame) -> str:
    """The game as aligned text; a summary if it has more than 4,096 payoffs."""
    if _is_large(game):
        return "\n".join(_summary(game))
    parts = []
    for part in _slices(game):
        table = [[part.corner, *part.columns]]
        for label, cells in zip(part.rows, part.payoffs, strict=True):
            table.append([label, *(", ".join(map(_number, cell)) for cell in cells)])
        widths = [max(len(row[k]) for row in table) for k in range(len(table[0]))]
        lines = [
            "  ".join(
                [row[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(row[1:], widths[1:], strict=True))]
            ).rstrip()
            for row in table
        ]
        parts.append("\n".join([part.heading, *lines] if part.heading else lines))
    return "\n\n".join(parts)


def game_html(game: NormalFormGame) -> str:
    """The game as HTML tables, best responses underlined; a summary if it has more than 4,096 payoffs."""
    if _is_large(game):
        return "<div>" + "<br>".join(html.escape(line) for line in _summary(game)) + "</div>"
    title = f"<p><b>{html.escape(printable(game.title))}</b></p>" if game.title else ""
    return f"<div>{title}" + "".join(map(_html_table, _slices(game))) + "</div>"


def game_latex(game: NormalFormGame) -> str:
    """The game as a LaTeX array in mathematics mode (amsmath), best responses underlined; large games as a summary."""
    if _is_large(game):
        lines = [latex_text(line) for line in _summary(game)]
        return r"$\begin{array}{l}" + r" \\ ".join(lines) + r"\end{array}$"
    arrays = [_latex_array(part) for part in _slices(game)]
    if len(arrays) == 1:
        return f"${arrays[0]}$"
    return r"$\begin{array}{c}" + r" \\[2ex] ".join(arrays) + r"\end{array}$"


def printable(label: str, limit: int = MAX_LABEL) -> str:
    """A label on one line: control characters as escapes, cut at ``limit`` characters."""
    shown = label if len(label) <= limit else label[: limit - 1] + "…"
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in shown)


def latex_text(text: str) -> str:
    r"""Text in mathematics mode: every character of LaTeX's own comes out as itself.

    Examples
    --------
    >>> print(latex_text("50% off"))
    \text{50}\%\text{ off}
    """
    runs = (_LATEX.get(run) or rf"\text{{{run}}}" for run in _runs(text))
    return "".join(runs) or r"\text{}"


def _runs(text: str) -> list[str]:
    """Special characters one by one, the others in runs."""
    runs: list[str] = []
    for c in text:
        if c in _LATEX or not runs or runs[-1] in _LATEX:
            runs.append(c)
        else:
            runs[-1] += c
    return runs


def _is_large(game: NormalFormGame) -> bool:
    return game.numerators.size > MAX_PAYOFFS


def _summary(game: NormalFormGame) -> list[str]:
    size = "×".join(map(str, game.num_actions[:MAX_LISTED])) + ("×…" if game.num_players > MAX_LISTED else "")
    lines = [printable(game.title)] if game.title else []
    plural = "" if game.num_players == 1 else "s"
    lines.append(
        f"{game.num_players} player{plural}, {size} actions ({game.num_profiles:,} profiles), {game.arithmetic}"
    )
    for i, name in enumerate(game.players[:MAX_LISTED]):
        actions = ", ".join(printable(label) for label in game.actions[i][:3])
        actions += f", … ({game.num_actions[i]} actions)" if game.num_actions[i] > 3 else ""
        lines.append(f"{printable(name)}: {actions}; {_range(game, i)}")
    if game.num_players > MAX_LISTED:
        lines.append(f"… and {game.num_players - MAX_LISTED} more players")
    return lines


def _range(game: NormalFormGame, player: int) -> str:
    if game.arithmetic == "symbolic":
        return "payoffs with free symbols"
    own = game.numerators[player]
    low, high = own.min(), own.max()
    if game.arithmetic == "exact":
        low, high = Fraction(int(low), game.denominator), Fraction(int(high), game.denominator)
    return f"payoffs from {_number(low)} to {_number(high)}"


def _slices(game: NormalFormGame) -> list[_Slice]:
    names = [printable(name) for name in game.players]
    labels = [tuple(printable(label) for label in column) for column in game.actions]
    payoffs, best = _scalars(game), _best_responses(game)
    if game.num_players == 1:
        cells, flags = np.moveaxis(payoffs, 0, -1)[:, None], np.moveaxis(best, 0, -1)[:, None]
        return [_Slice("", names[0], labels[0], ("payoff",), cells.tolist(), flags.tolist())]
    result = []
    corner = f"{names[0]} \\ {names[1]}"
    for rest in product(*map(range, game.num_actions[2:])):
        chosen: Any = (slice(None), slice(None), slice(None), *rest)
        heading = ", ".join(f"{names[i]}: {labels[i][k]}" for i, k in enumerate(rest, start=2))
        cells, flags = (np.moveaxis(array[chosen], 0, -1).tolist() for array in (payoffs, best))
        result.append(_Slice(heading, corner, labels[0], labels[1], cells, flags))
    return result


def _scalars(game: NormalFormGame) -> NDArray[Any]:
    if game.arithmetic == "exact":
        return RationalArray(game.numerators, game.denominator).fractions()
    return game.numerators


def _best_responses(game: NormalFormGame) -> NDArray[np.bool_]:
    """Whether each player's action is a best response to the others', for every profile; never for expressions."""
    best = np.zeros(game.numerators.shape, dtype=bool)
    if game.arithmetic != "symbolic":
        for i in range(game.num_players):
            own = game.numerators[i]
            best[i] = own == own.max(axis=i, keepdims=True)
    return best


def _number(value: Any) -> str:
    """A payoff in at most about 20 characters: floats to 6 digits, long fractions rounded and marked."""
    if isinstance(value, Fraction):
        # Digits are counted from bits first: writing out a number of a million digits would take minutes.
        if value.numerator.bit_length() + value.denominator.bit_length() <= 4 * MAX_NUMBER:
            text = str(value)
            if len(text) <= MAX_NUMBER:
                return text
        return "≈" + _rounded(value)
    if isinstance(value, float):
        return f"{value:.6g}"
    return printable(str(value))


def _rounded(value: Fraction) -> str:
    """Six digits of a rational of any size."""
    shift = max(value.numerator.bit_length(), value.denominator.bit_length()) - 200
    if shift > 50_000:
        # The decimal digits of such a number take too long to find.
        exponent = value.numerator.bit_length() - value.denominator.bit_length()
        sign = "-" if value < 0 else ""
        return f"{sign}2^{exponent}"
    context = Context(prec=12, Emax=999999, Emin=-999999)
    quotient = context.divide(Decimal(value.numerator), Decimal(value.denominator))
    return str(quotient.normalize(Context(prec=6, Emax=999999, Emin=-999999))).lower()


def _html_table(part: _Slice) -> str:
    caption = f"<caption>{html.escape(part.heading)}</caption>" if part.heading else ""
    head = "".join(f'<th scope="col">{html.escape(label)}</th>' for label in part.columns)
    rows = []
    for label, cells, flags in zip(part.rows, part.payoffs, part.best, strict=True):
        shown = []
        for numbers, best in zip(cells, flags, strict=True):
            texts = [html.escape(_number(x)) for x in numbers]
            marked = [f"<u>{text}</u>" if mark else text for text, mark in zip(texts, best, strict=True)]
            shown.append(f"<td>{', '.join(marked)}</td>")
        rows.append(f'<tr><th scope="row">{html.escape(label)}</th>{"".join(shown)}</tr>')
    return (
        f"<table>{caption}<thead><tr><th>{html.escape(part.corner)}</th>{head}</tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table>"
    )


def _latex_array(part: _Slice) -> str:
    columns = "r|" + "c" * len(part.columns)
    head = " & ".join(latex_text(label) for label in (part.corner, *part.columns))
    lines = [head + r" \\ \hline"]
    for label, cells, flags in zip(part.rows, part.payoffs, part.best, strict=True):
        shown = [latex_text(label)]
        for numbers, best in zip(cells, flags, strict=True):
            texts = [_latex_number(x) for x in numbers]
            marked = [rf"\underline{{{text}}}" if mark else text for text, mark in zip(texts, best, strict=True)]
            shown.append(r",\, ".join(marked))
        lines.append(" & ".join(shown) + r" \\")
    array = rf"\begin{{array}}{{{columns}}}" + " ".join(lines) + r"\end{array}"
    return rf"\begin{{array}}{{c}}{latex_text(part.heading)} \\ {array}\end{{array}}" if part.heading else array


def _latex_number(value: Any) -> str:
    text = _number(value)
    if isinstance(value, Fraction) and "/" in text:
        sign = "-" if value < 0 else ""
        return rf"{sign}\tfrac{{{abs(value.numerator)}}}{{{value.denominator}}}"
    if isinstance(value, (float, Fraction)):
        approx, body = (r"\approx ", text[1:]) if text.startswith("≈") else ("", text)
        mantissa, mark, exponent = body.lower().partition("e")
        base, power, bits = body.partition("^")
        if power:
            return rf"{approx}{base}^{{{bits}}}"
        return approx + (rf"{mantissa} \times 10^{{{int(exponent)}}}" if mark else body)
    return latex_text(text)
