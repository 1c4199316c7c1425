"""Limits that stop a search: whole numbers of what is found or looked at, and seconds."""

from __future__ import annotations

import math
from numbers import Integral, Real
from typing import Any

from gametheory.errors import SpecificationError

__all__ = ["check_count", "check_seconds"]


_LONGEST = 1e18  # 31 billion years; longer whole numbers may not fit a float


def check_count(name: str, value: Any, *, least: int = 1, most: int | None = None) -> int:
    """A whole number from ``least`` to ``most``, as an ``int``; the error names the argument.

    Examples
    --------
    >>> check_count("max_equilibria", 0)
    Traceback (most recent call last):
    ...
    gametheory.errors.SpecificationError: max_equilibria: found 0; write a whole number ≥ 1
    """
    whole = not isinstance(value, bool) and isinstance(value, Integral)
    if not whole or value < least or (most is not None and value > most):
        allowed = f"≥ {least}" if most is None else f"from {least} to {most}"
        raise SpecificationError(f"{name}: found {value!r}; write a whole number {allowed}")
    return int(value)


def check_seconds(name: str, value: Any) -> None:
    """A number of seconds ≥ 0, or ``None`` for no limit; NaN would be neither reached nor passed.

    Examples
    --------
    >>> check_seconds("time_limit", float("nan"))
    Traceback (most recent call last):
    ...
    gametheory.errors.SpecificationError: time_limit: found nan; write seconds ≥ 0, or None
    """
    number = isinstance(value, Real) and not isinstance(value, bool)
    if value is not None and not (number and value >= 0 and (value <= _LONGEST or value == math.inf)):
        raise SpecificationError(f"{name}: found {value!r}; write seconds ≥ 0, or None")
