"""What a scenario's text may be, checked before it is parsed.

A text of a few kilobytes can cost a parser gigabytes: a key of d dotted parts makes d nested tables, and n such keys n·d of
them (20,000 dots in one TOML key: 1.6 GB); d nested brackets cost the interpreter's stack. So a text is scanned first, in
one pass and with memory that does not depend on what it says: at most 1 MB, lines of at most 4,096 bytes, at most 16 levels
of keys and lists, at most 100,000 keys and brackets. The scan knows strings and comments, so that neither hides nor feigns
structure; a text that is no TOML or JSON may pass it and is refused by the parser.
"""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path
from typing import Literal

from gametheory.audit.wording import quoted
from gametheory.errors import SpecificationError

__all__ = ["MAX_BYTES", "check_text", "decoded_text", "read_bytes"]

MAX_BYTES = 1_000_000
MAX_LINE = 4_096
MAX_DEPTH = 16
MAX_PARTS = 100_000

_KEY = r"""(?:[A-Za-z0-9_+-]++|"(?:[^"\\\n]|\\.)*+"|'[^'\n]*+')"""
_DOTTED = rf"{_KEY}(?:[ \t]*+\.[ \t]*+{_KEY})*+"
_PART = re.compile(_KEY)
_TOML = re.compile(
    rf"""
      (?P<skip>\#[^\n]*+ | \"\"\"(?:[^"\\]|\\.|"(?!""))*+"{{3,5}} | '''(?:[^']|'(?!''))*+'{{3,5}} | [\s,=]++)
    | (?P<header>^[ \t]*+\[\[?+[ \t]*+{_DOTTED}[ \t]*+\]{{1,2}})
    | (?P<key>{_DOTTED})
    | (?P<open>[\[{{])
    | (?P<close>[\]}}])
    | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)
_JSON = re.compile(
    r"""(?P<skip>"(?:[^"\\]|\\.)*+"|[^\[\]{}:"]++)|(?P<open>[\[{])|(?P<close>[\]}])|(?P<other>.)""", re.DOTALL
)


def read_bytes(path: Path, most: int, what: str) -> bytes:
    """The content of a regular file of at most ``most`` bytes.

    Raises
    ------
    SpecificationError
        The file is missing, unreadable, too long, or not a regular file (a pipe would never end).
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except (OSError, ValueError) as error:  # ValueError: a name with a null character
        reason = getattr(error, "strerror", None) or str(error)
        raise SpecificationError(f"{quoted(str(path))}: {reason}; give the path of {what}") from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise SpecificationError(f"{quoted(str(path))}: is not a regular file; give the path of {what}")
    with os.fdopen(descriptor, "rb") as file:
        try:
            data = file.read(most + 1)
        except OSError as error:
            raise SpecificationError(f"{quoted(str(path))}: {error.strerror}; give the path of {what}") from None
    if len(data) > most:
        raise SpecificationError(
            f"{path.name}: is longer than {most / 1e6:g} MB, the most that is read of {what}; shorten it"
        )
    return data


def decoded_text(data: bytes, name: str) -> str:
    """UTF-8 text without a byte order mark, line ends as ``\\n``."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        found = f"byte 0x{data[error.start]:02x}"
        raise SpecificationError(
            f"{name}: line {line}: found {found}, which is not UTF-8; save the file as UTF-8"
        ) from None
    return text.removeprefix("\ufeff").replace("\r\n", "\n")


def check_text(text: str, format: Literal["toml", "json"], name: str) -> None:  # noqa: A002 - the field's word
    """Raise if a text exceeds a limit of this module; ``name`` is how messages call it.

    Examples
    --------
    >>> check_text("a" + ".a" * 20 + " = 1", "toml", "deep.toml")
    Traceback (most recent call last):
    gametheory.errors.SpecificationError: deep.toml: line 1: found keys nested 21 deep; at most 16 levels are allowed
    """
    if len(text) > MAX_BYTES or len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise SpecificationError(f"{name}: is longer than 1 MB, the most that is read of a scenario; shorten it")
    for number, line in enumerate(text.split("\n"), 1):
        if len(line) > MAX_LINE or len(line.encode("utf-8", "surrogatepass")) > MAX_LINE:
            raise SpecificationError(
                f"{name}: line {number}: found a line of {len(line):,} characters; at most {MAX_LINE:,} bytes are allowed "
                "(break lists after a comma)"
            )
    if format == "toml":
        _check_toml(text, name)
    else:
        _check_json(text, name)


def _refuse_depth(depth: int, text: str, position: int, name: str) -> None:
    if depth > MAX_DEPTH:
        line = text.count("\n", 0, position) + 1
        raise SpecificationError(
            f"{name}: line {line}: found keys nested {depth} deep; at most {MAX_DEPTH} levels are allowed"
        )


def _refuse_parts(parts: int, name: str) -> None:
    if parts > MAX_PARTS:
        raise SpecificationError(
            f"{name}: found more than {MAX_PARTS:,} keys and lists; put large tables of payoffs into a file (game.file)"
        )


def _check_toml(text: str, name: str) -> None:
    # The level of a key: parts of the header above it, of the keys and brackets around it, and its own.
    around: list[tuple[str, int]] = []
    base = own = parts = 0
    for match in _TOML.finditer(text):
        kind = match.lastgroup
        if kind == "skip" or kind == "other":
            continue
        start = match.start()
        if kind == "close":
            if around:
                _, base = around.pop()
                own = 0
        elif kind == "open":
            parts += 1
            around.append((match[0], base))
            base, own = base + own + (match[0] == "["), 0
            _refuse_depth(base, text, start, name)
        else:
            count = len(_PART.findall(match[0]))
            in_list = bool(around) and around[-1][0] == "["
            parts += 0 if in_list else count
            if kind == "header" and not around:
                base, own = count + match[0].count("[["), 0
                _refuse_depth(base, text, start, name)
            else:
                _refuse_depth(base + count, text, start, name)
                own = 0 if in_list else count
        _refuse_parts(parts, name)


def _check_json(text: str, name: str) -> None:
    depth = parts = 0
    for match in _JSON.finditer(text):
        kind = match.lastgroup
        if kind == "open":
            depth += 1
            parts += 1
            _refuse_depth(depth - 1, text, match.start(), name)
        elif kind == "close":
            depth -= 1
        elif match[0] == ":":
            parts += 1
        _refuse_parts(parts, name)
