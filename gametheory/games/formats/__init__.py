"""Files of games, read and written.

==========  ==========================================================================  ================================
format      what it is                                                                  a game of floats is read back as
==========  ==========================================================================  ================================
``"json"``  this package's own form; keeps title, names, exact numbers and floats       the same game
``"nfg"``   Gambit's strategic games, payoff and outcome forms; keeps title and names   ``game.exact()``
``"gam"``   GAMUT's and GameTracer's payoff lists; keeps no names                       ``game.exact()``, numbered
``"csv"``   a table with a row for each action profile; keeps names                     ``game.exact()``
==========  ==========================================================================  ================================

Reading is safe on untrusted files: at most 64 MB, sizes foreseen before memory is taken, and whatever is wrong ends in
one :class:`~gametheory.errors.SpecificationError` that names file, line and column, or key. Nothing in a file is run.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO, Literal, get_args

from gametheory.errors import SpecificationError
from gametheory.games.formats.gam import game_from_gam, game_to_gam
from gametheory.games.formats.json_data import game_from_dict, game_from_json, game_to_dict, game_to_json
from gametheory.games.formats.nfg import game_from_nfg, game_to_nfg
from gametheory.games.formats.table import game_from_csv, game_to_csv, read_csv_game
from gametheory.games.formats.text import MAX_BYTES, Source, decoded, read_source, shown, shown_path
from gametheory.games.normal_form import NormalFormGame

__all__ = [
    "GameFormat",
    "game_from_csv",
    "game_from_dict",
    "game_from_gam",
    "game_from_json",
    "game_from_nfg",
    "game_from_text",
    "game_to_csv",
    "game_to_dict",
    "game_to_gam",
    "game_to_json",
    "game_to_nfg",
    "game_to_text",
    "read_csv_game",
    "read_game",
    "write_game",
]

GameFormat = Literal["json", "nfg", "gam", "csv"]

_READERS = {"json": game_from_json, "nfg": game_from_nfg, "gam": game_from_gam, "csv": game_from_csv}
_WRITERS = {"json": game_to_json, "nfg": game_to_nfg, "gam": game_to_gam, "csv": game_to_csv}
_SUFFIXES = ", ".join(f".{name}" for name in get_args(GameFormat))


def read_game(source: Source, *, format: GameFormat | None = None) -> NormalFormGame:  # noqa: A002 - the field's word
    """Read a game from a file.

    Parameters
    ----------
    source : path or open file
        A path (a string is always a path), or a file open for reading, in text or binary mode.
    format : "json", "nfg", "gam" or "csv", optional
        By default the path's suffix says; for an open file, its name's suffix or else its first characters.

    Raises
    ------
    SpecificationError
        The file cannot be read or is malformed; the message names line and column, or the key.

    Examples
    --------
    >>> import io
    >>> read_game(io.StringIO('NFG 1 R "One" { "Ann" } { 2 }  3 4'))
    NormalFormGame('One', 1 player, 2, exact)
    """
    chosen = None if format is None else _checked_format(format)
    if chosen is None and isinstance(source, (str, os.PathLike)):
        chosen = _format_of_path(os.fspath(source))
    text, name = read_source(source)
    suffix = Path(name).suffix[1:].lower()
    if chosen is None and suffix in _READERS:
        chosen = _checked_format(suffix)
    return game_from_text(text, format=chosen, name=name)


def game_from_text(
    text: str | bytes,
    *,
    format: GameFormat | None = None,  # noqa: A002 - the field's word
    name: str = "text",
) -> NormalFormGame:
    """Read a game from the content of a file.

    Parameters
    ----------
    text : str or bytes
        At most 64 MB; bytes are UTF-8.
    format : "json", "nfg", "gam" or "csv", optional
        By default the first characters say: ``{`` is JSON, ``NFG`` Gambit's form, a digit or ``#`` GAMUT's. For a
        table it must be given.
    name : str
        What error messages call the text.

    Examples
    --------
    >>> game_from_text('{"schema_version": 1, "kind": "normal-form", "payoffs": [[1, 2]]}')
    NormalFormGame(1 player, 2, exact)
    """
    content = decoded(text, name)
    chosen = _format_of_text(content, name) if format is None else _checked_format(format)
    return _READERS[chosen](content, name=name)


def game_to_text(game: NormalFormGame, *, format: GameFormat) -> str:  # noqa: A002 - the field's word
    """Write a game as text in one of the formats (see the module for what each keeps)."""
    return _WRITERS[_checked_format(format)](game)


def write_game(
    game: NormalFormGame,
    target: str | os.PathLike[str] | IO[str],
    *,
    format: GameFormat | None = None,  # noqa: A002 - the field's word
) -> None:
    """Write a game to a file (in place of one that is there), in a format that its suffix names.

    Parameters
    ----------
    game : NormalFormGame
        Exact or of floats.
    target : path or file open for writing text
        For an open file ``format`` must be given.
    format : "json", "nfg", "gam" or "csv", optional
        By default the path's suffix says.

    Raises
    ------
    SpecificationError
        The format is not known, the file would be longer than 64 MB, or it cannot be written.
    UnsupportedError
        If the game is symbolic.
    """
    if isinstance(target, (str, os.PathLike)):
        path = Path(target)
        text = game_to_text(game, format=_format_of_path(os.fspath(target)) if format is None else format)
        try:
            data = text.encode("utf-8")
        except UnicodeEncodeError as error:
            found = shown(text[error.start])
            raise SpecificationError(
                f"{path.name}: a name holds {found}, half of a surrogate pair; rename it"
            ) from None
        if len(data) > MAX_BYTES:
            raise SpecificationError(
                f"{path.name}: would be longer than {MAX_BYTES // 2**20} MB, the longest file that is read"
            )
        try:
            path.write_bytes(data)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise SpecificationError(f"{shown_path(str(path))}: {reason}; give a path that can be written") from None
        return
    if format is None:
        raise SpecificationError("format: none is given; write one of 'json', 'nfg', 'gam' and 'csv' for an open file")
    target.write(game_to_text(game, format=format))


def _checked_format(name: str) -> GameFormat:
    for known in get_args(GameFormat):
        if name == known:
            return known  # type: ignore[no-any-return]  # get_args has no type
    raise SpecificationError(f"format: found {shown(name)}; write one of {', '.join(map(repr, get_args(GameFormat)))}")


def _format_of_path(path: str) -> GameFormat:
    suffix = Path(path).suffix[1:].lower()
    if suffix not in _READERS:
        raise SpecificationError(
            f"{shown_path(path)}: the suffix names no format of games ({_SUFFIXES}); pass format=, and for a text itself "
            "use game_from_text"
        )
    return _checked_format(suffix)


def _format_of_text(text: str, name: str) -> GameFormat:
    start = text[:4096].lstrip()
    if start.startswith("{"):
        return "json"
    if start.startswith("NFG"):
        return "nfg"
    if start[:1] == "#" or (start[:1].isascii() and start[:1].isdigit()):
        return "gam"
    raise SpecificationError(
        f"{name}: found {shown(start[:12]) if start else 'no text'} at the beginning, where JSON has '{{', a Gambit "
        "file NFG and a GAMUT file a number; pass format= if it is one of 'json', 'nfg', 'gam', 'csv'"
    )
