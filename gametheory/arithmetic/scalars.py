"""Numbers one at a time: the rational that a value is, and the text of a rational."""

from __future__ import annotations

import contextlib
import operator
import re
from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np

from gametheory.errors import SpecificationError

__all__ = ["MAX_DIGITS", "MAX_HEXADECIMAL", "exact", "exact_text", "exact_vector", "integer_text", "parse_rational"]

MAX_DIGITS = 4000
"""Longest decimal number read from text: Python refuses to read integers of more than 4,300 digits."""

MAX_HEXADECIMAL = 200_000
"""Longest number read in hexadecimal, which takes time in proportion to its length."""

_DECIMAL_BITS = 2048  # about 616 digits: below the least limit (640) that an interpreter can set for int to str
_HEXADECIMAL = re.compile(r"[+-]?(?:0x[0-9a-f]+|\d+)(?:/(?:0x[0-9a-f]+|\d+))?", re.ASCII)
_RATIONAL = re.compile(r"[+-]?(?:\d+/\d+|\d+\.?\d*(?:[eE][+-]?\d{1,3})?|\.\d+(?:[eE][+-]?\d{1,3})?)", re.ASCII)


def parse_rational(text: str, *, where: str = "number") -> Fraction:
    """Read ``"3"``, ``"-1/3"``, ``"0.1"`` or ``"1e-3"`` as the exact rational that it denotes.

    Integers of more than 600 digits, as :func:`exact_text` writes them, are hexadecimal: ``"-0x1f/0x20"``.

    Raises
    ------
    SpecificationError
        If the text is anything else, longer than 4,000 characters (hexadecimal: 200,000), or has a zero denominator.

    Examples
    --------
    >>> parse_rational("0.1")
    Fraction(1, 10)
    """
    stripped = text.strip()
    if "0x" in stripped[:MAX_HEXADECIMAL] and len(stripped) <= MAX_HEXADECIMAL and _HEXADECIMAL.fullmatch(stripped):
        return _from_hexadecimal(stripped, where)
    if len(stripped) > MAX_DIGITS or not _RATIONAL.fullmatch(stripped):
        shown = stripped if len(stripped) <= 40 else stripped[:37] + "..."
        raise SpecificationError(f"{where}: found {shown!r}; write an integer, a fraction 'p/q' or a decimal number")
    try:
        return Fraction(stripped)
    except ZeroDivisionError:
        raise SpecificationError(
            f"{where}: found {stripped!r}, whose denominator is zero; write p/q with q > 0"
        ) from None


def _from_hexadecimal(text: str, where: str) -> Fraction:
    parts = text.split("/")
    if any(len(part) > MAX_DIGITS for part in parts if "0x" not in part):
        raise SpecificationError(f"{where}: found a decimal integer of over {MAX_DIGITS} digits; write it as 0x…")
    numerator, denominator = (int(part, 16 if "0x" in part else 10) for part in [*parts, "1"][:2])
    if denominator == 0:
        raise SpecificationError(f"{where}: found a fraction whose denominator is zero; write p/q with q > 0")
    return Fraction(numerator, denominator)


def exact(value: Any, *, where: str = "number") -> Fraction:
    """Return the rational number that ``value`` is, without loss.

    Accepts integers, floats, fractions, decimals, numpy numbers and the strings of :func:`parse_rational`.

    Raises
    ------
    SpecificationError
        If the value is a boolean, NaN, infinite, or not a number.

    Examples
    --------
    >>> exact(0.5), exact("1/3")
    (Fraction(1, 2), Fraction(1, 3))
    """
    if isinstance(value, Fraction):
        return value
    if isinstance(value, (bool, np.bool_)):
        raise SpecificationError(f"{where}: found the truth value {value}; write a number (0 or 1)")
    if isinstance(value, (int, np.integer)):
        return Fraction(int(value))
    if isinstance(value, (float, np.floating, Decimal)):
        if not (value.is_finite() if isinstance(value, Decimal) else np.isfinite(value)):
            raise SpecificationError(f"{where}: found {value}; only finite numbers are allowed")
        if isinstance(value, Decimal) and not -MAX_DIGITS <= value.adjusted() <= MAX_DIGITS:
            raise SpecificationError(f"{where}: found {value}; write a number of at most {MAX_DIGITS:,} digits")
        return Fraction(*value.as_integer_ratio())
    if isinstance(value, str):
        return parse_rational(value, where=where)
    numerator, denominator = getattr(value, "p", None), getattr(value, "q", None)
    if numerator is not None and denominator is not None and not callable(numerator):  # sympy and flint rationals
        return Fraction(int(numerator), int(denominator))
    if hasattr(value, "__index__"):  # the integers of other libraries
        with contextlib.suppress(TypeError):  # arrays of other numbers have it too
            return Fraction(operator.index(value))
    raise SpecificationError(f"{where}: found {value!r} of type {type(value).__name__}; write a number")


def exact_vector(values: Any, *, where: str = "numbers", count: int) -> tuple[Fraction, ...]:
    """Return so many rational numbers, each as :func:`exact` reads it.

    Raises
    ------
    SpecificationError
        If they are not listed, more or fewer, or one of them is not a number.

    Examples
    --------
    >>> exact_vector([1, "1/3"], where="payoffs", count=2)
    (Fraction(1, 1), Fraction(1, 3))
    """
    if isinstance(values, (str, bytes)) or not isinstance(values, Iterable):
        raise SpecificationError(f"{where}: found {values!r} of type {type(values).__name__}; write {count} numbers")
    listed = list(values)
    if len(listed) != count:
        raise SpecificationError(f"{where}: found {len(listed)} numbers, expected {count}")
    return tuple(exact(x, where=f"{where}[{k}]") for k, x in enumerate(listed))


def integer_text(value: int) -> str:
    """Write an integer in decimal digits, or in hexadecimal (``"-0x1f…"``) if it has more than about 600 of them.

    Python refuses to write integers of more than 4,300 digits (the limit can be set, down to 640); such numbers do
    occur as exact equilibria of games of floats.
    """
    value = int(value)
    return str(value) if value.bit_length() <= _DECIMAL_BITS else hex(value)


def exact_text(value: Fraction | int) -> str:
    """Write a rational as ``"p"`` or ``"p/q"``, the form used in certificates and files (see :func:`integer_text`)."""
    if value.denominator == 1:
        return integer_text(value.numerator)
    return f"{integer_text(value.numerator)}/{integer_text(value.denominator)}"
