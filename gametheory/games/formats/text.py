"""Text of game files: limits, decoding, tokens with their places, and numbers read exactly.

A reader here takes untrusted text. Whatever is in it, the reader ends with a game or with one
:class:`~gametheory.errors.SpecificationError` that names the place (``file.nfg: line 3, column 7``). So sizes are
checked before anything is allocated: a file has at most 64 MB, a game at most 31 players, and payoffs are refused whose
common denominator has more than 2^17 bits or whose numerators would fill more than 256 MiB (a small file can ask for
much: n fractions with different prime denominators have a common denominator of n times their digits, and that for each
of n entries).

Time and memory are linear in the length of the text.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import RationalArray
from gametheory.errors import SpecificationError
from gametheory.games.formats.rationals import RationalTable, plain_integers, read_number
from gametheory.games.memory import refuse_if_too_large

__all__ = [
    "MAX_BYTES",
    "MAX_PLAYERS",
    "Scanner",
    "Source",
    "checked_labels",
    "decoded",
    "numbered_if_unnamed",
    "read_source",
    "refuse_huge_game",
    "refuse_long_output",
    "shown",
    "shown_path",
]

MAX_BYTES = 64 * 2**20
"""Largest game file that is read or written."""

MAX_PLAYERS = 31
"""Most players of a game in a file: a payoff tensor has an axis more, and numpy's older arrays have at most 32."""

Source = str | os.PathLike[str] | IO[str] | IO[bytes]

_BATCH = 65536
_ENCODING_MARKS = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16", b"\x00\x00\xfe\xff": "UTF-32"}
_TOKEN = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[{},]|[^\s{},"]++|"', re.DOTALL | re.ASCII)


def shown(value: Any) -> str:
    """A found value for an error message: text cut to 40 characters, numbers, or the name of the type."""
    if isinstance(value, str):
        return repr(value) if len(value) <= 40 else repr(value[:36])[:-1] + "…'"
    if isinstance(value, int) and value.bit_length() > 130:
        return f"an integer of {value.bit_length() * 0.30103:,.0f} digits"
    return repr(value) if value is None or isinstance(value, (bool, int, float)) else type(value).__name__


def shown_path(path: str) -> str:
    """A path for an error message, its end if it is very long."""
    return repr(path) if len(path) <= 200 else repr("…" + path[-200:])


# -- sources --------------------------------------------------------------------------------------------------------


def read_source(source: Source) -> tuple[str, str]:
    """The text of a path or an open file, and the name that error messages use.

    Raises
    ------
    SpecificationError
        The file cannot be read, is longer than 64 MB, or is not UTF-8.
    """
    if isinstance(source, (str, os.PathLike)):
        name = os.fspath(source)
        try:
            with Path(name).open("rb") as file:
                data: Any = file.read(MAX_BYTES + 1)
        except (OSError, ValueError) as error:  # ValueError: a name with a null character
            reason = getattr(error, "strerror", None) or str(error)
            raise SpecificationError(
                f"{shown_path(name)}: {reason}; give the path of a game file (for a text itself use game_from_text)"
            ) from None
        return decoded(data, Path(name).name), Path(name).name
    if not callable(getattr(source, "read", None)):
        raise SpecificationError(f"source: found {type(source).__name__}; give a path or an open file")
    given = getattr(source, "name", None)
    name = Path(given).name if isinstance(given, str) else "text"
    try:
        data = source.read(MAX_BYTES + 1)
    except UnicodeDecodeError as error:
        raise SpecificationError(f"{name}: {error.reason} at byte {error.start}; save the file as UTF-8") from None
    except (OSError, ValueError) as error:
        raise SpecificationError(f"{name}: cannot be read ({error}); give an open, readable file") from None
    return decoded(data, name), name


def decoded(data: str | bytes, name: str) -> str:
    """Text from UTF-8 bytes or a string, without a byte order mark; at most 64 MB."""
    if not isinstance(data, (str, bytes, bytearray)):
        raise SpecificationError(f"{name}: found {type(data).__name__}; give text or UTF-8 bytes")
    if len(data) > MAX_BYTES:
        raise SpecificationError(f"{name}: is longer than {MAX_BYTES // 2**20} MB; build the game in Python")
    if isinstance(data, str):
        return data.removeprefix("\ufeff")
    for mark, encoding in _ENCODING_MARKS.items():
        if data.startswith(mark):
            raise SpecificationError(f"{name}: found the byte order mark of {encoding}; save the file as UTF-8")
    try:
        return bytes(data).decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        raise SpecificationError(
            f"{name}: line {line}, byte {column}: found byte 0x{data[error.start]:02x}, which is not UTF-8; save the "
            "file as UTF-8"
        ) from None


def refuse_huge_game(num_actions: Sequence[int], name: str) -> None:
    """Raise, before anything is allocated, if the payoffs or the actions' names would take too much memory."""
    refuse_if_too_large(len(num_actions) * math.prod(num_actions), 48, f"{name}: the payoff table")
    refuse_if_too_large(sum(num_actions), 200, f"{name}: the list of actions")


def refuse_long_output(num_payoffs: int, name: str) -> None:
    """Raise if so many payoffs cannot fit in a file that the readers accept (two characters each at least)."""
    if 2 * num_payoffs > MAX_BYTES:
        raise SpecificationError(
            f"{name}: {num_payoffs:,} payoffs need more than {MAX_BYTES // 2**20} MB, the longest file that is read; "
            "keep the payoffs as a numpy array (numpy.save(path, game.numerators)) instead"
        )


# -- labels ---------------------------------------------------------------------------------------------------------


def checked_labels(labels: Sequence[str], place: Callable[[int], str]) -> tuple[str, ...]:
    """The labels, all distinct and all Unicode text; ``place(k)`` names the k-th in the error message."""
    seen: set[str] = set()
    for k, label in enumerate(labels):
        if label in seen:
            raise SpecificationError(f"{place(k)}: found {shown(label)} twice; names must differ, rename one of them")
        if not label.isascii() and any("\ud800" <= c <= "\udfff" for c in label):
            raise SpecificationError(f"{place(k)}: found half of a surrogate pair; write a whole Unicode character")
        seen.add(label)
    return tuple(labels)


def numbered_if_unnamed(labels: Sequence[str]) -> list[str]:
    """The labels, or ``"1"``, ``"2"``, … where there are several and all are empty (no game has such names)."""
    if len(labels) > 1 and not any(labels):
        return [str(k + 1) for k in range(len(labels))]
    return list(labels)


# -- tokens ---------------------------------------------------------------------------------------------------------


class Scanner:
    """A cursor over the tokens of a text: braces, commas, quoted strings and words, separated by white space."""

    def __init__(self, text: str, name: str) -> None:
        self.text = text
        self.name = name
        self._tokens: Iterator[re.Match[str]] = _TOKEN.finditer(text)
        self._current: re.Match[str] | None = None
        self.advance()

    @property
    def symbol(self) -> str:
        """The current token as written, ``""`` at the end of the text."""
        return self._current[0] if self._current is not None else ""

    @property
    def position(self) -> int:
        """Where the current token starts."""
        return self._current.start() if self._current is not None else len(self.text)

    @property
    def is_string(self) -> bool:
        return self.symbol.startswith('"') and len(self.symbol) > 1

    def advance(self) -> None:
        """Move to the next token."""
        self._current = next(self._tokens, None)

    def place(self, position: int) -> str:
        """``"file: line 3, column 7"``."""
        line = self.text.count("\n", 0, position) + 1
        return f"{self.name}: line {line}, column {position - self.text.rfind(chr(10), 0, position)}"

    def error(self, expected: str, *, found: str | None = None, position: int | None = None) -> SpecificationError:
        """The error that something else than ``expected`` stands here."""
        where = self.position if position is None else position
        if found is None:
            found = shown(self.symbol) if self._current is not None else "the end of the text"
        return SpecificationError(f"{self.place(where)}: found {found}; expected {expected}")

    def take(self, token: str, expected: str) -> None:
        """Pass over one token, which must be ``token``."""
        if self.symbol != token:
            raise self.error(expected)
        self.advance()

    def string(self, expected: str) -> str:
        r"""Read a quoted string: ``\"`` is a quote, ``\\`` a backslash, a backslash before anything else is itself."""
        if not self.is_string:
            raise self.error("the closing quote of this name" if self.symbol == '"' else expected)
        content = re.sub(r'\\(["\\])', r"\1", self.symbol[1:-1])
        self.advance()
        return content

    def count(self, expected: str) -> int:
        """Read a positive integer, at most as large as a file is long."""
        word = self.symbol
        value = int(word) if re.fullmatch(r"[0-9]{1,18}", word) else 0
        if not 1 <= value <= MAX_BYTES:
            raise self.error(f"{expected}, a whole number from 1 to {MAX_BYTES:,}")
        self.advance()
        return value

    def _batches(self, count: int, what: str) -> Iterator[list[re.Match[str]]]:
        tokens = _TOKEN.finditer(self.text, self.position)
        done = 0
        while done < count:
            batch = list(islice(tokens, min(_BATCH, count - done)))
            if batch:
                yield batch
            done += len(batch)
            if len(batch) == 0:
                found, expected = "the end of the text", f"{what} {done + 1:,} of {count:,}"
                raise self.error(expected, found=found, position=len(self.text))
        self._tokens = tokens
        self.advance()

    def rationals(self, count: int, what: str) -> RationalArray:
        """Read ``count`` numbers, exactly: integers, fractions p/q or decimals; a flat array."""
        table = RationalTable(count, self.name)
        memo: dict[str, Fraction | int] = {}
        done = 0
        for batch in self._batches(count, what):
            words = [match[0] for match in batch]
            values = plain_integers(words)
            if values is None:
                values = []
                for k, word in enumerate(words):
                    value = memo.get(word)
                    if value is None:
                        value = read_number(word)
                        if value is None:
                            expected = f"{what} {done + k + 1:,} of {count:,}, an integer, a fraction p/q or a decimal"
                            raise self.error(expected, found=shown(word), position=batch[k].start())
                        if len(memo) < _BATCH:
                            memo[word] = value
                    values.append(value)
            table.add(values)
            done += len(batch)
        return table.result()

    def indices(self, count: int, largest: int, what: str) -> NDArray[np.int64]:
        """Read ``count`` integers from 0 to ``largest``."""
        result = np.empty(count, dtype=np.int64)
        done = 0
        for batch in self._batches(count, what):
            for k, match in enumerate(batch):
                word = match[0]
                if not (word.isascii() and word.isdigit() and len(word) <= 18 and int(word) <= largest):
                    expected = f"{what} {done + k + 1:,} of {count:,}, a whole number from 0 to {largest:,}"
                    raise self.error(expected, found=shown(word), position=match.start())
                result[done + k] = int(word)
            done += len(batch)
        return result
