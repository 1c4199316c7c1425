"""Memory is predicted before it is allocated."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from gametheory.errors import SpecificationError

__all__ = ["available_memory", "memory_limit", "refuse_if_too_large"]

_NEGLIGIBLE = 2**14  # bytes for which the system is not asked what is left: that costs more than the work
_LIMIT: ContextVar[int | None] = ContextVar("memory_limit", default=None)


def available_memory() -> int:
    """Bytes of memory available to this process, as far as the system tells; 8 GiB where it does not."""
    found = 8 * 2**30
    try:
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                found = int(line.split()[1]) * 1024
        # A container may be allowed less than the machine has; "max" means that it is not.
        limit = Path("/sys/fs/cgroup/memory.max").read_text(encoding="ascii").strip()
        if limit != "max":
            used = int(Path("/sys/fs/cgroup/memory.current").read_text(encoding="ascii"))
            found = min(found, max(int(limit) - used, 0))
    except OSError:
        pass  # not Linux, or no such limit: what was found so far is what is promised
    return found


@contextmanager
def memory_limit(limit: int) -> Iterator[None]:
    """Within this context, predictions above ``limit`` bytes are refused: for input that nobody has read yet.

    Examples
    --------
    >>> with memory_limit(2**20):
    ...     refuse_if_too_large(200_000, 8, "the table")
    Traceback (most recent call last):
    gametheory.errors.SpecificationError: the table would need 0.00149 GiB (200,000 entries); at most 1 MiB is allowed
        here. Take fewer players or actions, or a compact form of the game
    """
    token = _LIMIT.set(limit)
    try:
        yield
    finally:
        _LIMIT.reset(token)


def refuse_if_too_large(entries: int, bytes_each: int, what: str) -> None:
    """Raise, before any work, if ``entries`` numbers would take more than half of the available memory.

    Inside :func:`memory_limit` its limit holds too.

    Raises
    ------
    SpecificationError
        The message names the size and the way out.
    """
    needed, limit = entries * bytes_each, _LIMIT.get()
    if limit is not None and needed > limit:
        allowed = f"at most {limit / 2**20:.3g} MiB is allowed here"
    elif needed > _NEGLIGIBLE and needed > (available := available_memory()) // 2:
        allowed = f"at most half of the {available / 2**30:.3g} GiB available is used"
    else:
        return
    # Sizes with thousands of digits do occur: a player with many types has exponentially many strategies.
    size = (
        f"{needed / 2**30:.3g} GiB ({entries:,} entries)" if needed < 2**200 else f"2^{needed.bit_length() - 1} bytes"
    )
    raise SpecificationError(
        f"{what} would need {size}; {allowed}. Take fewer players or actions, or a compact form of the game"
    )
