"""Memory is predicted before it is allocated."""

from __future__ import annotations

from pathlib import Path

from gametheory.errors import SpecificationError

__all__ = ["available_memory", "refuse_if_too_large"]


def available_memory() -> int:
    """Bytes of memory available to this process, as far as the system tells; 8 GiB where it does not."""
    try:
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass  # not Linux: the fixed figure below is what is promised
    return 8 * 2**30


def refuse_if_too_large(entries: int, bytes_each: int, what: str) -> None:
    """Raise, before any work, if ``entries`` numbers would take more than half of the available memory."""
    needed, available = entries * bytes_each, available_memory()
    if needed > available // 2:
        raise SpecificationError(
            f"{what} would need {needed / 2**30:.3g} GiB ({entries:,} numbers); at most half of the {available / 2**30:.3g} GiB "
            "available is used. Take fewer players or actions, or a compact form of the game"
        )
