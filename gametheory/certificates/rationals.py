"""Rational numbers in the JSON of certificates.

A rational p/q is the text ``"p/q"`` (``"p"`` when q = 1). Exact optima can have more digits than Python reads and writes
in decimal (4,300, or down to 640 where an interpreter is set so), so that an integer of more than about 600 digits is
written in hexadecimal: ``"-0x1f…"``. An array is
``{"denominator": "q", "numerators": [p, …]}``; a numerator is a JSON number while every reader of JSON keeps it
(below 2⁵³ in size), else text. Nothing is rounded on the way.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from gametheory.arithmetic import RationalArray, exact_text, integer_text
from gametheory.errors import SpecificationError

__all__ = [
    "expect_keys",
    "rational_array_from_json",
    "rational_array_to_json",
    "rational_from_json",
    "rational_to_json",
]

_LARGEST_JSON_NUMBER = 2**53
_MAX_HEXADECIMAL = 200_000  # characters; without a limit two long numbers keep a reader busy for hours
_INTEGER = re.compile(r"-?(?:0x[0-9a-f]+|[0-9]{1,640})")


def _integer(text: Any, where: str) -> int:
    if not isinstance(text, str) or len(text) > _MAX_HEXADECIMAL or not _INTEGER.fullmatch(text):
        shown = text if not isinstance(text, str) or len(text) <= 40 else text[:37] + "..."
        raise SpecificationError(f"{where}: found {shown!r}; write an integer as text, or 'p/q'")
    return int(text, 16) if "x" in text else int(text)


def rational_to_json(value: Fraction | int) -> str:
    """``"p/q"`` or ``"p"``, of any length."""
    return exact_text(value)


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
    numerators = [p if abs(p) < _LARGEST_JSON_NUMBER else integer_text(p) for p in map(int, array.numerators.tolist())]
    return {"denominator": integer_text(array.denominator), "numerators": numerators}


def rational_array_from_json(data: Any, *, where: str) -> RationalArray:
    """Read what :func:`rational_array_to_json` wrote; refuse anything else with the entry that is wrong."""
    expect_keys(data, ("denominator", "numerators"), where=where)
    denominator, numerators = _integer(data["denominator"], f"{where}.denominator"), data["numerators"]
    if denominator <= 0:
        raise SpecificationError(f"{where}.denominator: found a number that is not positive; write a positive integer")
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
