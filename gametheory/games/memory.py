"""Memory is predicted before it is allocated."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from gametheory.errors import SpecificationError

__all__ = ["available_memory", "memory_limit", "refuse_if_too_large"]

_LIMIT: ContextVar[int | None] = ContextVar("memory_limit", default=None)


def available_memory() -> int:
    """Bytes of memory available to this process, as far as the system tells; 8 GiB where it does not."""
    try:
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass  # not Linux: the fixed figure below is what is promised
    return 8 * 2**30


@contextmanager
def memory_limit(limit: int) -> Iterator[None]:
    """Within this context, predictions above ``limit`` bytes are refused: for input that nobody has read yet.

    Examples
    --------
    >>> with memory_limit(10**6):
    ...     refuse_if_too_large(200_000, 8, "the table")
    Traceback (most recent call last):
    gametheory.errors.SpecificationError: the table would need 1.6 MB (200,000 numbers); at most 1 MB is allowed here. Take
        fewer players or actions, or a compact form of the game
    """
    token = _LIMIT.set(limit)
    try:
        yield
    finally:
        _LIMIT.reset(token)


def refuse_if_too_large(entries: int, bytes_each: int, what: str) -> None:
    """Raise, before any work, if ``entries`` numbers would take more than half of the available memory.

    Inside :func:`memory_limit` its limit holds instead, where it is lower.
    """
    needed, limit = entries * bytes_each, _LIMIT.get()
    if limit is not None and needed > limit:
        allowed = f"at most {_size(limit)} is allowed here"
    elif needed > (available := available_memory()) // 2:
        allowed = f"at most half of the {_size(available)} available is used"
    else:
        return
    raise SpecificationError(
        f"{what} would need {_size(needed)} ({_count(entries)} numbers); {allowed}. Take fewer players or actions, or a compact "
        "form of the game"
    )


def _size(number: int) -> str:
    for unit, name in ((10**9, "GB"), (10**6, "MB")):
        if number >= unit:
            return f"{number / unit:.3g} {name}" if number < 10**300 else f"{_count(number)} bytes"
    return f"{number:,} bytes"


def _count(number: int) -> str:
    # A number of more than 4,300 digits cannot be written out.
    return f"{number:,}" if number < 10**15 else f"about 2^{number.bit_length() - 1}"
