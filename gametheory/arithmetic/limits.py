"""Limits that stop a search: whole numbers of what is found or looked at, and seconds."""

from __future__ import annotations

from numbers import Integral, Real
from typing import Any

from gametheory.errors import SpecificationError

__all__ = ["check_count", "check_seconds"]


def check_count(name: str, value: Any, *, least: int = 1) -> int:
    """A whole number ≥ ``least``, as an ``int``; the error names the argument.

    Examples
    --------
    >>> check_count("max_equilibria", 0)
    Traceback (most recent call last):
    ...
    gametheory.errors.SpecificationError: max_equilibria: found 0; write a whole number ≥ 1
    """
    if isinstance(value, bool) or not isinstance(value, Integral) or value < least:
        raise SpecificationError(f"{name}: found {value!r}; write a whole number ≥ {least}")
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
    if value is not None and not (number and value >= 0):
        raise SpecificationError(f"{name}: found {value!r}; write seconds ≥ 0, or None")
