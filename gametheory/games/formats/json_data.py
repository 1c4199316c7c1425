"""This package's own JSON, which keeps everything: title, names, exact numbers and floats.

    {"schema_version": 1, "kind": "normal-form", "title": "…",
     "players": ["…", …], "actions": [["…", …], …], "payoffs": [[…], …]}

``payoffs`` has the shape (n, m_1, …, m_n): one nested table for each player. Integers and strings ``"p/q"`` (or
``"0.1"``, which is 1/10) make an exact game; JSON numbers with a point or an exponent are floats and make a game of
floats, which are written so that the same float is read back. Integers beyond 2^53 are written as strings, since most
JSON readers hold integers as floats.

Refused: NaN, Infinity and numbers beyond the floats, keys that are given twice or not known, fractions beside floats,
nesting deeper than a game needs (found before the text is parsed), integers of more than 4,000 digits.
"""

from __future__ import annotations

import difflib
import json
import math
import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from gametheory.arithmetic import MAX_DIGITS, RationalArray, exact_text, parse_rational, read_array
from gametheory.errors import SpecificationError
from gametheory.games.formats.rationals import RationalTable
from gametheory.games.formats.text import MAX_PLAYERS, checked_labels, decoded, refuse_long_output, shown
from gametheory.games.memory import refuse_if_too_large
from gametheory.games.normal_form import NormalFormGame

__all__ = ["game_from_dict", "game_from_json", "game_to_dict", "game_to_json"]

SCHEMA_VERSION = 1
KIND = "normal-form"
MAX_DEPTH = MAX_PLAYERS + 3

_KEYS = ("schema_version", "kind", "title", "players", "actions", "payoffs")
_REQUIRED = ("schema_version", "kind", "payoffs")
_BRACKETS = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[\[\]{}]|"', re.DOTALL)
_LARGEST_JSON_INTEGER = 2**53
_BATCH = 65536


class _Refused:
    """A number in JSON text that no payoff can be; its place is known only when the whole text is parsed."""

    def __init__(self, text: str) -> None:
        self.text = text if len(text) <= 40 else f"{text[:24]}… ({len(text):,} characters)"

    def __repr__(self) -> str:
        return self.text


def game_from_json(text: str | bytes, *, name: str = "text") -> NormalFormGame:
    """Read a game from JSON text in this package's own form.

    Parameters
    ----------
    text : str or bytes
        The content, at most 64 MB; bytes are UTF-8.
    name : str
        What error messages call it, such as the file's name.

    Raises
    ------
    SpecificationError
        The text is not JSON (the message names line and column) or not of this form (the message names the key).

    Examples
    --------
    >>> game_from_json('{"schema_version": 1, "kind": "normal-form", "payoffs": [[[0, "1/3"]], [[2, 3]]]}')
    NormalFormGame(2 players, 1×2, exact)
    """
    content = decoded(text, name)
    _refuse_deep_nesting(content, name)
    refuse_if_too_large(content.count(",") + content.count("[") + content.count("{"), 320, f"{name}: the parsed text")
    try:
        data = json.loads(
            content,
            parse_int=_integer,
            parse_float=_float,
            parse_constant=_Refused,
            object_pairs_hook=lambda pairs: _without_duplicates(pairs, name),
        )
    except json.JSONDecodeError as error:
        found = shown(content[error.pos]) if error.pos < len(content) else "the end of the text"
        place = f"{name}: line {error.lineno}, column {error.colno}"
        raise SpecificationError(f"{place}: found {found}; this is not JSON ({error.msg})") from None
    except RecursionError:
        raise SpecificationError(f"{name}: is nested too deeply; a game needs at most {MAX_DEPTH} levels") from None
    return game_from_dict(data, where=name)


def _integer(text: str) -> int | _Refused:
    try:
        return int(text) if len(text) <= MAX_DIGITS else _Refused(text)
    except ValueError:  # an interpreter whose own limit of digits was set lower
        return _Refused(text)


def _float(text: str) -> float | _Refused:
    value = float(text)
    return value if math.isfinite(value) else _Refused(text)


def _without_duplicates(pairs: list[tuple[str, Any]], name: str) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) < len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise SpecificationError(f"{name}: found the key {shown(twice)} twice in one object; write it once")
    return result


def _refuse_deep_nesting(text: str, name: str) -> None:
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return
    depth = 0
    for match in _BRACKETS.finditer(text):
        symbol = match[0]
        if symbol in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                line = text.count("\n", 0, match.start()) + 1
                column = match.start() - text.rfind("\n", 0, match.start())
                raise SpecificationError(
                    f"{name}: line {line}, column {column}: nested deeper than {MAX_DEPTH} levels; a game of at most "
                    f"{MAX_PLAYERS} players needs no more"
                )
        elif symbol in "]}":
            depth -= 1


def game_from_dict(data: Any, *, where: str = "game") -> NormalFormGame:
    """Read a game from JSON data (a mapping as :func:`game_to_dict` makes it).

    Parameters
    ----------
    data : mapping
        With the keys ``schema_version`` (1), ``kind`` ("normal-form") and ``payoffs``; ``title``, ``players`` and
        ``actions`` may be left out. Unknown keys are refused.
    where : str
        How error messages name the place of the mapping.

    Raises
    ------
    SpecificationError
        Something is missing, unknown, ragged or no number; the message names the key and the entry.

    Examples
    --------
    >>> game_from_dict({"schema_version": 1, "kind": "normal-form", "payofs": []})
    Traceback (most recent call last):
    gametheory.errors.SpecificationError: game: found the unknown key 'payofs'; did you mean 'payoffs'?
    """
    if not isinstance(data, Mapping):
        raise SpecificationError(f"{where}: found {_kind(data)}; write an object with the keys {', '.join(_REQUIRED)}")
    _check_keys(data, where)
    version, kind = data["schema_version"], data["kind"]
    if type(version) is not int or version != SCHEMA_VERSION:
        raise SpecificationError(
            f"{where}: schema_version: found {_kind(version)}; this package reads version {SCHEMA_VERSION}"
        )
    if kind != KIND:
        raise SpecificationError(f"{where}: kind: found {_kind(kind)}; write {KIND!r}")
    title = data.get("title", "")
    checked_labels(_strings([title], f"{where}: title", None), lambda _: f"{where}: title")
    shape, leaves = _flattened(data["payoffs"], f"{where}: payoffs")
    players = actions = None
    if "players" in data:
        players = _strings(data["players"], f"{where}: players", shape[0])
        checked_labels(players, lambda k: f"{where}: players[{k}]")
    if "actions" in data:
        actions = _action_names(data["actions"], f"{where}: actions", shape[1:])
    return NormalFormGame(_tensor(leaves, shape, where), players, actions, title=title)


def _check_keys(data: Mapping[Any, Any], where: str) -> None:
    for key in data:
        if key not in _KEYS:
            close = difflib.get_close_matches(key[:40], _KEYS, n=1) if isinstance(key, str) else []
            hint = f"did you mean {close[0]!r}?" if close else f"the keys are {', '.join(_KEYS)}"
            raise SpecificationError(f"{where}: found the unknown key {shown(key)}; {hint}")
    for key in _REQUIRED:
        if key not in data:
            raise SpecificationError(f"{where}: the key {key!r} is missing; the keys {', '.join(_REQUIRED)} are needed")


def _kind(value: Any) -> str:
    names = {
        dict: "an object",
        list: "a list",
        tuple: "a list",
        bool: "a truth value",
        type(None): "null",
    }
    return repr(value) if isinstance(value, _Refused) else names.get(type(value)) or shown(value)


def _strings(values: Any, where: str, count: int | None) -> list[str]:
    if not isinstance(values, (list, tuple)):
        raise SpecificationError(f"{where}: found {_kind(values)}; write a list of names")
    if count is not None and len(values) != count:
        raise SpecificationError(
            f"{where}: found {len(values):,} names, expected {count:,}, as many as the payoffs have"
        )
    for k, value in enumerate(values):
        if not isinstance(value, str):
            place = where if count is None else f"{where}[{k}]"
            raise SpecificationError(f"{place}: found {_kind(value)}; write a string")
    return list(values)


def _action_names(values: Any, where: str, num_actions: tuple[int, ...]) -> list[list[str]]:
    if not isinstance(values, (list, tuple)) or len(values) != len(num_actions):
        found = f"{len(values):,} lists" if isinstance(values, (list, tuple)) else _kind(values)
        raise SpecificationError(
            f"{where}: found {found}; write a list of {len(num_actions)} lists of names, one a player"
        )
    names = [_strings(part, f"{where}[{i}]", num_actions[i]) for i, part in enumerate(values)]
    for i, labels in enumerate(names):
        checked_labels(labels, lambda k, i=i: f"{where}[{i}][{k}]")  # type: ignore[misc]
    return names


def _flattened(payoffs: Any, where: str) -> tuple[tuple[int, ...], list[Any]]:
    """The shape of nested lists, checked level by level, and their leaves in order."""
    shape: list[int] = []
    first = payoffs
    while isinstance(first, (list, tuple)):
        shape.append(len(first))
        if len(shape) > MAX_PLAYERS + 1 or not first:
            break
        first = first[0]
    if len(shape) < 2 or len(shape) > MAX_PLAYERS + 1 or 0 in shape:
        found = f"nested lists of lengths {shape}" if shape else _kind(payoffs)
        raise SpecificationError(
            f"{where}: found {found}; write for each of 1 to {MAX_PLAYERS} players a table nested as deeply as there "
            "are players, no list empty"
        )
    if shape[0] != len(shape) - 1:
        raise SpecificationError(
            f"{where}: found tables of {shape[0]:,} players, each nested {len(shape) - 1} deep; each player's table "
            "has one level for each player"
        )
    level: list[Any] = [payoffs]
    for depth, size in enumerate(shape):
        below: list[Any] = []
        for k, part in enumerate(level):
            if not isinstance(part, (list, tuple)) or len(part) != size:
                found = f"{len(part):,} entries" if isinstance(part, (list, tuple)) else _kind(part)
                place = where + _brackets(k, shape[:depth])
                raise SpecificationError(f"{place}: found {found}; expected a list of {size:,} entries (ragged table)")
            below.extend(part)
        level = below
    if not set(map(type, level)) <= {int, float, str}:
        k = next(k for k, leaf in enumerate(level) if type(leaf) not in (int, float, str))
        allowed = (
            "a finite number, at most 4,000 digits long" if isinstance(level[k], _Refused) else "a number or 'p/q'"
        )
        found = _kind(level[k])
        raise SpecificationError(f"{where}{_brackets(k, shape)}: found {found}; write {allowed}")
    return tuple(shape), level


def _brackets(position: int, shape: Sequence[int]) -> str:
    if not shape:
        return ""
    return "[" + ", ".join(str(int(k)) for k in np.unravel_index(position, tuple(shape))) + "]"


def _tensor(leaves: list[Any], shape: tuple[int, ...], where: str) -> Any:
    if float in set(map(type, leaves)):
        for k, leaf in enumerate(leaves):
            if type(leaf) is int and leaf.bit_length() > 1024:  # beyond the largest float
                place = f"{where}: payoffs{_brackets(k, shape)}"
                raise SpecificationError(f"{place}: found {shown(leaf)} beside floats; write all entries exactly")
        entries = np.empty(len(leaves), dtype=object)
        entries[:] = leaves
        return read_array(entries.reshape(shape), where=f"{where}: payoffs")[1]
    table = RationalTable(len(leaves), where)
    for start in range(0, len(leaves), _BATCH):
        batch = leaves[start : start + _BATCH]
        table.add([x if type(x) is int else _fraction(x, start + k, shape, where) for k, x in enumerate(batch)])
    flat = table.result()
    return RationalArray.of_integers(flat.numerators.reshape(shape), flat.denominator)


def _fraction(text: str, position: int, shape: tuple[int, ...], where: str) -> Fraction:
    try:
        return parse_rational(text)
    except ValueError:  # told again with the place, which is costly to name for each of many entries
        place = f"{where}: payoffs{_brackets(position, shape)}"
        raise SpecificationError(
            f"{place}: found {shown(text)}; write an integer, 'p/q' (q > 0) or a decimal number"
        ) from None


def game_to_dict(game: NormalFormGame) -> dict[str, Any]:
    """The game as plain JSON data: lists, strings, integers, and floats for a game of floats.

    Raises
    ------
    UnsupportedError
        If the game is symbolic.

    Examples
    --------
    >>> game_to_dict(NormalFormGame.zero_sum([["1/2", 0]]))["payoffs"]
    [[['1/2', 0]], [['-1/2', 0]]]
    """
    if game.arithmetic == "float":
        payoffs = game.numerators.tolist()
    else:
        game = game.exact()
        refuse_if_too_large(game.numerators.size, 128, "the game as JSON data")
        payoffs = _exact_data(game.numerators.tolist(), game.denominator)
    return {
        "schema_version": SCHEMA_VERSION,
        "kind": KIND,
        "title": game.title,
        "players": list(game.players),
        "actions": [list(labels) for labels in game.actions],
        "payoffs": payoffs,
    }


def _exact_data(numerators: Any, denominator: int) -> Any:
    if isinstance(numerators, list):
        return [_exact_data(part, denominator) for part in numerators]
    value = Fraction(numerators, denominator)
    if value.denominator == 1 and abs(value.numerator) <= _LARGEST_JSON_INTEGER:
        return value.numerator
    return exact_text(value)


def game_to_json(game: NormalFormGame) -> str:
    """Write a game as JSON text, without loss: reading gives an equal game with the same title.

    Raises
    ------
    SpecificationError
        If the file would be longer than 64 MB.
    UnsupportedError
        If the game is symbolic.

    Examples
    --------
    >>> print(game_to_json(NormalFormGame([["1/3", 2]], ["Ada"], [["rest", "work"]], title="Alone")))
    {
      "schema_version": 1,
      "kind": "normal-form",
      "title": "Alone",
      "players": ["Ada"],
      "actions": [["rest", "work"]],
      "payoffs": [
        ["1/3", 2]
      ]
    }
    <BLANKLINE>
    """
    refuse_long_output(game.numerators.size, ".json")
    data = game_to_dict(game)
    payoffs = ",\n".join("    " + json.dumps(table, ensure_ascii=False) for table in data.pop("payoffs"))
    lines = [f"  {json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}" for key, value in data.items()]
    return "{\n" + ",\n".join([*lines, f'  "payoffs": [\n{payoffs}\n  ]']) + "\n}\n"
