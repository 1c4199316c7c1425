"""CPU time of this process, side by side, and the table that comes out."""

from __future__ import annotations

import importlib.metadata
import platform
import statistics
import time
from collections.abc import Callable
from typing import Any

__all__ = ["cpu_seconds", "duration", "environment", "median_of"]


def cpu_seconds(work: Callable[[], Any], *, at_least: float = 0.2) -> tuple[float, Any]:
    """CPU seconds of one call of ``work``, the best of the calls that fit into ``at_least`` seconds, and its result."""
    best, spent = float("inf"), 0.0
    while True:
        start = time.process_time()
        result = work()
        taken = time.process_time() - start
        best, spent = min(best, taken), spent + taken
        if spent >= at_least:
            return best, result


def median_of(times: list[float]) -> float:
    return statistics.median(times)


def duration(seconds: float) -> str:
    """Seconds in the unit that suits them."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"


def environment(*packages: str) -> str:
    """What was measured: interpreter, processor, versions."""
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in packages)
    return f"Python {platform.python_version()}, {platform.machine()}, {versions}"
