"""Rational numbers in the JSON of certificates.

A rational p/q is the text ``"p/q"`` (``"p"`` when q = 1). Python reads and writes decimal integers of at most 4,300
digits, and exact optima can be longer, so that a longer integer is written in hexadecimal: ``"-0x1f…"``. An array is
``{"denominator": "q", "numerators": [p, …]}``; a numerator is a JSON number while every reader of JSON keeps it
(below 2⁵³ in size), else text. Nothing is rounded on the way.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from gametheory.arithmetic import RationalArray
from gametheory.errors import SpecificationError

__all__ = [
    "expect_keys",
    "rational_array_from_json",
    "rational_array_to_json",
    "rational_from_json",
    "rational_to_json",
]

_LARGEST_JSON_NUMBER = 2**53
_DECIMAL_BITS = 13_000  # about 3,900 digits
_INTEGER = re.compile(r"-?(?:0x[0-9a-f]+|[0-9]{1,4000})")


def _integer_text(value: int) -> str:
    return str(value) if value.bit_length() < _DECIMAL_BITS else hex(value)


def _integer(text: Any, where: str) -> int:
    if not isinstance(text, str) or not _INTEGER.fullmatch(text):
        shown = text if not isinstance(text, str) or len(text) <= 40 else text[:37] + "..."
        raise SpecificationError(f"{where}: found {shown!r}; write an integer as text, or 'p/q'")
    return int(text, 16) if "x" in text else int(text)


def rational_to_json(value: Fraction | int) -> str:
    """``"p/q"`` or ``"p"``, of any length."""
    value = Fraction(value)
    numerator = _integer_text(value.numerator)
    return numerator if value.denominator == 1 else f"{numerator}/{_integer_text(value.denominator)}"


def rational_from_json(data: Any, *, where: str) -> Fraction:
    """Read what :func:`rational_to_json` wrote.

    Raises
    ------
    SpecificationError
        If ``data`` is anything else: a float, a boolean, a number with blanks, a zero or negative denominator.
    """
    if not isinstance(data, str):
        raise SpecificationError(f"{where}: found {data!r}; write a rational as text, 'p/q'")
    numerator, slash, denominator = data.partition("/")
    bottom = _integer(denominator, where) if slash else 1
    if bottom <= 0:
        raise SpecificationError(f"{where}: found {data[:40]!r}; write p/q with q > 0")
    return Fraction(_integer(numerator, where), bottom)


def rational_array_to_json(array: RationalArray) -> dict[str, Any]:
    """One-dimensional array as ``{"denominator": "q", "numerators": [p, …]}``."""
    numerators = [p if abs(p) < _LARGEST_JSON_NUMBER else _integer_text(p) for p in map(int, array.numerators.tolist())]
    return {"denominator": _integer_text(array.denominator), "numerators": numerators}


def rational_array_from_json(data: Any, *, where: str) -> RationalArray:
    """Read what :func:`rational_array_to_json` wrote; refuse anything else with the entry that is wrong."""
    expect_keys(data, ("denominator", "numerators"), where=where)
    denominator, numerators = _integer(data["denominator"], f"{where}.denominator"), data["numerators"]
    if denominator <= 0:
        raise SpecificationError(f"{where}.denominator: found {denominator}; write a positive integer")
    if not isinstance(numerators, list):
        raise SpecificationError(f"{where}.numerators: found {type(numerators).__name__}; write a list of integers")
    values = np.empty(len(numerators), dtype=object)
    for k, x in enumerate(numerators):
        values[k] = x if type(x) is int else _integer(x, f"{where}.numerators[{k}]")
    return RationalArray.of_integers(values, denominator)


def expect_keys(data: Any, keys: Sequence[str], *, where: str) -> None:
    """Refuse data that is no JSON object with exactly these keys."""
    if not isinstance(data, dict):
        raise SpecificationError(
            f"{where}: found {type(data).__name__}; write an object with the keys {', '.join(keys)}"
        )
    for key in keys:
        if key not in data:
            raise SpecificationError(f"{where}: the key {key!r} is missing; write {', '.join(keys)}")
    for key in data:
        if key not in keys:
            raise SpecificationError(f"{where}: found the key {key!r}; the keys are {', '.join(keys)}")
