r"""Gambit's ``.nfg`` files, both forms.

    NFG 1 R "title" { "player 1" … "player n" } { m_1 … m_n } ["comment"]  body

with numbers of actions, or lists of names ``{ { "a" "b" } … }`` in their place. Action profiles are listed with
**player 1's action running fastest**: (1, 1, …), (2, 1, …), …. The body is

* *payoff form*: for each profile the n payoffs; or
* *outcome form*: ``{ { "name" u_1, …, u_n } … }`` (commas optional) and then for each profile the number of its
  outcome, counted from 1, where 0 stands for zero payoffs.

Numbers are exact: ``1.5``, ``3/2`` and ``15e-1`` denote the same rational, whether the file says ``R`` or ``D``.
Comments are read over. In a name ``\"`` is a quote and ``\\`` a backslash; a backslash before anything else is itself.
(In Gambit no name can end in a backslash, and a doubled backslash is read as three: avoid both in names.)

Reference: R. D. McKelvey, A. McLennan and T. Turocy, Gambit: file formats, "The strategic game (.nfg) file format".
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from fractions import Fraction
from typing import Literal

from gametheory.arithmetic import RationalArray
from gametheory.errors import SpecificationError
from gametheory.games.formats.rationals import RationalTable, decimal_digits, fraction_digits, read_number
from gametheory.games.formats.text import (
    MAX_PLAYERS,
    Scanner,
    checked_labels,
    decoded,
    numbered_if_unnamed,
    refuse_huge_game,
    refuse_long_output,
    shown,
)
from gametheory.games.normal_form import NormalFormGame

__all__ = ["game_from_nfg", "game_to_nfg"]


def game_from_nfg(text: str | bytes, *, name: str = "text") -> NormalFormGame:
    """Read a game from the text of a Gambit ``.nfg`` file, exactly.

    Parameters
    ----------
    text : str or bytes
        The content, at most 64 MB, payoff or outcome form; bytes are UTF-8.
    name : str
        What error messages call it, such as the file's name.

    Returns
    -------
    NormalFormGame
        An exact game. Players or actions that all have empty names are numbered.

    Raises
    ------
    SpecificationError
        The text is not of this form; the message names line and column.

    Examples
    --------
    >>> game = game_from_nfg('NFG 1 R "Prisoner" { "Row" "Column" } { 2 2 }  9 9  10 0  0 10  1 1')
    >>> [str(x) for x in game.payoff(1, 0)]
    ['10', '0']
    """
    scanner = Scanner(decoded(text, name), name)
    title = _header(scanner)
    players = _labels(scanner, "player")
    if len(players) > MAX_PLAYERS:
        raise SpecificationError(f"{name}: found {len(players):,} players; at most {MAX_PLAYERS} are read")
    actions = _actions(scanner, len(players))
    if scanner.is_string:  # the comment
        scanner.advance()
    num_actions = [m if isinstance(m, int) else len(m) for m in actions]
    flat = _outcome_body(scanner, num_actions) if scanner.symbol == "{" else _payoff_body(scanner, num_actions)
    if scanner.symbol:
        raise scanner.error("the end of the text: every action profile has its payoffs")
    # The last axis of the text runs fastest and is the player; then player 1's actions, and so on: all axes reversed.
    tensor = flat.numerators.reshape(*reversed(num_actions), len(players)).transpose()
    labels = [[str(k + 1) for k in range(m)] if isinstance(m, int) else m for m in actions]
    return NormalFormGame(RationalArray.of_integers(tensor, flat.denominator), players, labels, title=title)


def _header(scanner: Scanner) -> str:
    scanner.take("NFG", "NFG, the first word of a Gambit strategic game")
    scanner.take("1", "version 1 of the format")
    if scanner.symbol not in ("R", "D"):
        raise scanner.error("R or D, the kind of numbers")
    scanner.advance()
    return scanner.string("the title in quotes")


def _labels(scanner: Scanner, what: str) -> list[str]:
    """``{ "a" "b" }`` with distinct names, at least one."""
    scanner.take("{", f"'{{' and the {what} names in quotes")
    labels, positions = [], []
    while scanner.is_string or scanner.symbol == '"':
        positions.append(scanner.position)
        labels.append(scanner.string(f"a {what} name"))
    if not labels:
        raise scanner.error(f"the {what} names in quotes, at least one")
    scanner.take("}", f"another {what} name in quotes, or '}}'")
    labels = numbered_if_unnamed(labels)
    checked_labels(labels, lambda k: scanner.place(positions[k]))
    return labels


def _actions(scanner: Scanner, num_players: int) -> list[list[str] | int]:
    """``{ 2 3 }`` or ``{ { "a" "b" } { "x" } }``; numbers stay numbers until the text is known to be long enough."""
    scanner.take("{", "'{' and the actions of each player")
    named = scanner.symbol == "{"
    actions: list[list[str] | int] = []
    for i in range(num_players):
        if scanner.symbol == "}":
            raise scanner.error(f"the actions of player {i + 1} of {num_players}")
        actions.append(_labels(scanner, "action") if named else scanner.count(f"how many actions player {i + 1} has"))
    scanner.take("}", f"'}}' after the actions of all {num_players} players")
    return actions


def _refuse_if_text_is_short(scanner: Scanner, num_actions: list[int], count: int, what: str) -> None:
    left = len(scanner.text) - scanner.position
    if 2 * count > left + 1:
        size = "×".join(map(str, num_actions[:8])) + ("×…" if len(num_actions) > 8 else "")
        number = f"{count:,}" if count < 10**15 else f"{count:.3g}"
        raise scanner.error(f"{number} {what} of a {size} game", found=f"{left:,} characters")


def _payoff_body(scanner: Scanner, num_actions: list[int]) -> RationalArray:
    count = len(num_actions) * math.prod(num_actions)
    if not scanner.symbol:
        raise scanner.error("the payoffs, or '{' and a list of outcomes")
    _refuse_if_text_is_short(scanner, num_actions, count, "payoffs")
    refuse_huge_game(num_actions, scanner.name)
    return scanner.rationals(count, "payoff")


def _outcome_body(scanner: Scanner, num_actions: list[int]) -> RationalArray:
    num_players, num_profiles = len(num_actions), math.prod(num_actions)
    _refuse_if_text_is_short(scanner, num_actions, num_profiles, "outcome numbers")
    refuse_huge_game(num_actions, scanner.name)
    table = RationalTable(num_players * num_profiles, scanner.name)
    table.add([0] * num_players)  # outcome 0
    num_outcomes = 0
    scanner.take("{", "'{' and the list of outcomes")
    while scanner.symbol == "{":
        scanner.advance()
        scanner.string("the outcome's name in quotes (it may be empty)")
        table.add([_outcome_payoff(scanner, i) for i in range(num_players)])
        scanner.take("}", f"'}}' after the outcome's {num_players} payoffs")
        num_outcomes += 1
    scanner.take("}", "'{' and another outcome, or '}' after the last")
    outcomes = table.result()
    rows = scanner.indices(num_profiles, num_outcomes, "outcome number")
    payoffs = outcomes.numerators.reshape(-1, num_players)[rows]
    return RationalArray.of_integers(payoffs.reshape(-1), outcomes.denominator)


def _outcome_payoff(scanner: Scanner, player: int) -> Fraction | int:
    value = read_number(scanner.symbol)
    if value is None:
        raise scanner.error(f"the payoff to player {player + 1}, an integer, a fraction p/q or a decimal")
    scanner.advance()
    if scanner.symbol == ",":
        scanner.advance()
    return value


def game_to_nfg(game: NormalFormGame, *, form: Literal["payoff", "outcome"] = "payoff") -> str:
    """Write a game as the text of a Gambit ``.nfg`` file, exactly.

    Parameters
    ----------
    game : NormalFormGame
        Exact or of floats; floats are written as the rationals that they are, so that reading gives ``game.exact()``.
    form : "payoff" or "outcome"
        List the payoffs of every profile, or each different payoff vector once and then which profile has which.

    Raises
    ------
    SpecificationError
        Payoffs of more than 4,000 digits, or a file that would be longer than 64 MB.
    UnsupportedError
        If the game is symbolic.

    Examples
    --------
    >>> game = NormalFormGame.from_bimatrix([["1/2", 0]], [[3, 4]], actions=[["T"], ["L", "R"]], title="Small")
    >>> print(game_to_nfg(game))
    NFG 1 R "Small" { "Player 1" "Player 2" }
    { { "T" } { "L" "R" } }
    <BLANKLINE>
    1/2 3
    0 4
    <BLANKLINE>
    """
    game = game.exact()
    if form not in ("payoff", "outcome"):
        raise SpecificationError(f"form: found {shown(form)}; write 'payoff' or 'outcome'")
    refuse_long_output(game.num_players * game.num_profiles, ".nfg")
    names = " ".join(map(_quoted, game.players))
    actions = " ".join("{ " + " ".join(map(_quoted, labels)) + " }" for labels in game.actions)
    header = f"NFG 1 R {_quoted(game.title)} {{ {names} }}\n{{ {actions} }}\n\n"
    rows = game.numerators.transpose().reshape(-1, game.num_players).tolist()
    if form == "payoff":
        return header + "\n".join(" ".join(_words(row, game.denominator)) for row in rows) + "\n"
    numbers: dict[tuple[int, ...], int] = {}
    used = [numbers.setdefault(tuple(row), len(numbers) + 1) for row in rows]
    outcomes = [f'{{ "{k}" {", ".join(_words(row, game.denominator))} }}' for row, k in numbers.items()]
    return header + "{\n" + "\n".join(outcomes) + "\n}\n" + " ".join(map(str, used)) + "\n"


def _words(numerators: Iterable[int], denominator: int) -> list[str]:
    if denominator == 1:
        return [decimal_digits(x, ".nfg") for x in numerators]
    return [fraction_digits(Fraction(x, denominator), ".nfg") for x in numerators]


def _quoted(label: str) -> str:
    """A name in quotes; a backslash is doubled only where the reader would take it with what follows."""
    return '"' + re.sub(r'\\(?=["\\]|\Z)', r"\\\\", label).replace('"', r"\"") + '"'
