"""Machine code for the inner loops of this chapter, made by numba and kept on disk.

A function marked :func:`compiled` is translated when it is called first (seconds) and loaded from the disk in later
processes (milliseconds). Two things to know. A kernel and all that it calls stand in one file, because the cache
notices a change of the file of the function that is called from Python, not of others. And this module imports numba,
which takes a second: import it, and modules of kernels, inside the functions that use them.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import numba

__all__ = ["announced_if_slow", "compiled", "compiled_loosely"]

F = TypeVar("F", bound=Callable[..., Any])

PATIENCE = 2.0
"""Seconds of compiling after which the user is told why nothing happens."""

_announced = threading.Event()


def compiled(function: F) -> F:
    """The function as machine code that runs without the interpreter's lock, kept on disk."""
    result: F = numba.njit(cache=True, nogil=True, error_model="numpy")(function)
    return result


def compiled_loosely(function: F) -> F:
    """The same where sums may be reordered and a·b + c rounded once: for choices, never for what is relied upon."""
    result: F = numba.njit(cache=True, nogil=True, error_model="numpy", fastmath=True)(function)
    return result


@contextmanager
def announced_if_slow(kernel: Any) -> Iterator[None]:
    """Say once, on standard error, when the first call of ``kernel`` inside this context compiles for over 2 s."""
    if kernel.overloads or _announced.is_set():  # compiled or loaded already
        yield
        return

    def announce() -> None:
        if not kernel.overloads and not _announced.is_set():
            _announced.set()
            print(
                "gametheory: compiling kernels for speed; this happens once, the result is kept on disk",
                file=sys.stderr,
            )

    timer = threading.Timer(PATIENCE, announce)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
