"""Games as long tables: a row for each action profile, a column of actions and a column of payoffs for each player.

    Row,Column,payoff Row,payoff Column
    C,C,3,3
    C,D,0,5
    …

Every profile stands in exactly one row, in any order; a player's actions are ordered as they first appear. By default
the first n columns are the players' actions and the last n, headed ``payoff`` and the player's name, their payoffs;
other tables are read by naming their columns. CSV text holds exact numbers (``0.1`` is 1/10, ``1/3`` may be written).
Time and memory are linear in the number of rows.
"""

from __future__ import annotations

import csv
import io
import itertools
import math
import re
from collections.abc import Callable, Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import RationalArray
from gametheory.errors import SpecificationError
from gametheory.games.formats.rationals import RationalTable, fraction_digits, read_number
from gametheory.games.formats.text import (
    MAX_PLAYERS,
    Source,
    checked_labels,
    decoded,
    read_source,
    refuse_long_output,
    shown,
)
from gametheory.games.memory import refuse_if_too_large
from gametheory.games.normal_form import NormalFormGame

__all__ = ["game_from_csv", "game_to_csv", "profile_rows", "read_csv_game", "table_columns"]

PAYOFF_PREFIX = "payoff "

_SPECIAL = re.compile(r'[",\r\n]')


def read_csv_game(
    source: Source,
    *,
    action_columns: Sequence[str] | None = None,
    payoff_columns: Sequence[str] | None = None,
    players: Sequence[str] | None = None,
    delimiter: str = ",",
    title: str = "",
) -> NormalFormGame:
    """Read a game from a CSV file with a row for each action profile, exactly.

    Parameters
    ----------
    source : path or open file
        UTF-8, at most 64 MB, with a header.
    action_columns, payoff_columns : sequence of n str, optional
        The columns of the players' actions and payoffs, in player order; give both or none (see the module). Further
        columns are then left out.
    players : sequence of n distinct str, optional
        Names; by default the headings of the action columns.
    delimiter : str
        One character between cells.
    title : str
        Title of the game.

    Raises
    ------
    SpecificationError
        A cell is missing or no number, a profile is missing or given twice; the message names line and column.

    Examples
    --------
    >>> import io
    >>> table = io.StringIO("seller,buyer,price,value\\nlow,wait,1,2.5\\nlow,buy,3,1/3\\n")
    >>> read_csv_game(table, action_columns=["seller", "buyer"], payoff_columns=["price", "value"]).actions
    (('low',), ('wait', 'buy'))
    """
    text, name = read_source(source)
    return game_from_csv(
        text,
        name=name,
        action_columns=action_columns,
        payoff_columns=payoff_columns,
        players=players,
        delimiter=delimiter,
        title=title,
    )


def game_from_csv(
    text: str | bytes,
    *,
    name: str = "text",
    action_columns: Sequence[str] | None = None,
    payoff_columns: Sequence[str] | None = None,
    players: Sequence[str] | None = None,
    delimiter: str = ",",
    title: str = "",
) -> NormalFormGame:
    """Read a game from CSV text; the arguments are those of :func:`read_csv_game`.

    Examples
    --------
    >>> game_from_csv("Ann,Bob,payoff Ann,payoff Bob\\nL,l,1,2\\nL,r,3,4\\n")
    NormalFormGame(2 players, 1×2, exact)
    """
    content = decoded(text, name)
    if not isinstance(delimiter, str) or len(delimiter) != 1 or delimiter in '"\r\n':
        raise SpecificationError(f"delimiter: found {shown(delimiter)}; write one character, such as ',' or ';'")
    refuse_if_too_large(content.count(delimiter) + content.count("\n"), 320, f"{name}: the table")
    header, rows, lines = _csv_rows(content, name, delimiter)
    action_indices, payoff_indices = table_columns(header, action_columns, payoff_columns, f"{name}: line 1")
    labels = [[row[c] for row in rows] for c in action_indices]
    names = [header[c] for c in action_indices] if players is None else list(players)
    checked_labels(names, lambda k: f"{name}: player {k + 1}")

    def line(row: int) -> str:
        return f"{name}: line {lines[row]}"

    actions, order = profile_rows(labels, line, name)
    table = RationalTable(len(rows) * len(names), name)
    for row, cells in enumerate(rows):
        for c in payoff_indices:
            value = read_number(cells[c].strip())
            if value is None:
                place = f"{line(row)}, column {shown(header[c])}"
                raise SpecificationError(
                    f"{place}: found {shown(cells[c])}; write an integer, a fraction p/q or a decimal"
                )
            table.add([value])
    flat = table.result()
    tensor = flat.numerators.reshape(len(rows), len(names))[order].T.reshape(len(names), *map(len, actions))
    return NormalFormGame(RationalArray.of_integers(tensor, flat.denominator), names, actions, title=title)


def _csv_rows(text: str, name: str, delimiter: str) -> tuple[list[str], list[list[str]], list[int]]:
    """The header, the other rows that are not blank, and the line at which each of them ends."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows, lines = [], []
    try:
        for row in reader:
            if row:
                rows.append(row)
                lines.append(reader.line_num)
    except csv.Error as error:
        raise SpecificationError(f"{name}: line {reader.line_num}: this is not CSV ({error})") from None
    if len(rows) < 2:
        raise SpecificationError(f"{name}: found {len(rows)} lines; write a header and a row for each action profile")
    for row, line in zip(rows, lines, strict=True):
        if len(row) != len(rows[0]):
            raise SpecificationError(
                f"{name}: line {line}: found {len(row):,} cells, expected {len(rows[0]):,} as in the header"
            )
    return rows[0], rows[1:], lines[1:]


def table_columns(
    header: Sequence[str], action_columns: Sequence[str] | None, payoff_columns: Sequence[str] | None, where: str
) -> tuple[list[int], list[int]]:
    """Where the players' actions and payoffs stand among the columns of a table."""
    if (action_columns is None) != (payoff_columns is None):
        raise SpecificationError(f"{where}: give both action_columns and payoff_columns, or none of them")
    if action_columns is None or payoff_columns is None:
        half = len(header) // 2
        if half == 0 or list(header[half:]) != [PAYOFF_PREFIX + player for player in header[:half]]:
            found = ", ".join(map(shown, header[:8])) + (", …" if len(header) > 8 else "")
            raise SpecificationError(
                f"{where}: found the columns {found}; write a column for each player's actions and then as many headed "
                f"'{PAYOFF_PREFIX}' and the player, or pass action_columns and payoff_columns"
            )
        columns = list(range(2 * half))
    else:
        if len(action_columns) != len(payoff_columns) or not action_columns:
            raise SpecificationError(
                f"{where}: found {len(action_columns)} action_columns and {len(payoff_columns)} payoff_columns; write "
                "one of each for every player"
            )
        names = [*action_columns, *payoff_columns]
        for name in names:
            if header.count(name) != 1 or names.count(name) != 1:
                found = ", ".join(map(shown, header[:8])) + (", …" if len(header) > 8 else "")
                raise SpecificationError(
                    f"{where}: column {shown(name)} must be there and be used once; the columns are {found}"
                )
        columns = [header.index(name) for name in names]
        half = len(action_columns)
    if half > MAX_PLAYERS:
        raise SpecificationError(f"{where}: found {half:,} players; at most {MAX_PLAYERS} are read")
    return columns[:half], columns[half:]


def profile_rows(
    labels: Sequence[Sequence[str]], place: Callable[[int], str], name: str
) -> tuple[list[list[str]], NDArray[np.int64]]:
    """Each player's actions as they first appear, and the row of every profile, the last player's action fastest.

    ``labels[i][r]`` is player i's action in row r; ``place(r)`` names a row in error messages.
    """
    num_rows = len(labels[0])
    codes: list[dict[str, int]] = []
    profiles = np.empty((num_rows, len(labels)), dtype=np.int64)
    for i, column in enumerate(labels):
        code: dict[str, int] = {}
        profiles[:, i] = [code.setdefault(label, len(code)) for label in column]
        codes.append(code)
    actions = [list(code) for code in codes]
    for own in actions:
        checked_labels(own, lambda _: name)
    num_actions = [len(own) for own in actions]
    seen: dict[tuple[int, ...], int] = {}
    for row, profile in enumerate(map(tuple, profiles.tolist())):
        if profile in seen:
            first = place(seen[profile])
            named = ", ".join(shown(actions[i][k]) for i, k in enumerate(profile))
            raise SpecificationError(f"{place(row)}: found the profile ({named}) again, first at {first}; give it once")
        seen[profile] = row
    if len(seen) < math.prod(num_actions):
        gap = next(a for a in itertools.product(*map(range, num_actions)) if a not in seen)
        named = ", ".join(shown(actions[i][k]) for i, k in enumerate(gap))
        size = "×".join(map(str, num_actions[:8])) + ("×…" if len(num_actions) > 8 else "")
        raise SpecificationError(
            f"{name}: found {num_rows:,} rows of a {size} game; the profile ({named}) is missing, give every one once"
        )
    order = np.empty(num_rows, dtype=np.int64)
    order[np.ravel_multi_index(tuple(profiles.T), tuple(num_actions))] = np.arange(num_rows)
    return actions, order


def game_to_csv(game: NormalFormGame) -> str:
    """Write a game as a CSV table with a row for each action profile, exactly; its title is left out.

    Floats are written as the rationals that they are, so that reading gives ``game.exact()``.

    Raises
    ------
    SpecificationError
        Payoffs of more than 4,000 digits, or a file that would be longer than 64 MB.
    UnsupportedError
        If the game is symbolic.

    Examples
    --------
    >>> print(game_to_csv(NormalFormGame.from_bimatrix([["1/2", 0]], [[3, 4]], ["Ann", "Bob"], [["T"], ["L", "R"]])))
    Ann,Bob,payoff Ann,payoff Bob
    T,L,1/2,3
    T,R,0,4
    <BLANKLINE>
    """
    game = game.exact()
    refuse_long_output(game.num_players * game.num_profiles, ".csv")
    lines = [_row([*game.players, *(PAYOFF_PREFIX + player for player in game.players)])]
    payoffs = game.numerators.reshape(game.num_players, -1).T.tolist()
    for labels, row in zip(itertools.product(*game.actions), payoffs, strict=True):
        lines.append(_row([*labels, *(fraction_digits(Fraction(x, game.denominator), ".csv") for x in row)]))
    return "".join(lines)


def _row(cells: Sequence[str]) -> str:
    # Not every Python's csv writer quotes a carriage return, and the reader refuses one that is not quoted.
    quoted = ['"' + cell.replace('"', '""') + '"' if _SPECIAL.search(cell) else cell for cell in cells]
    return ",".join(quoted) + "\n"
