"""What a cell of a sweep is: parameters, a key that depends on nothing else, and a seed drawn from the key.

A cell is a mapping from names to plain values (text, booleans, integers, finite floats, fractions, and lists of them). Its key
is the SHA-256 of

    (schema of the store, name of the function, version, canonical JSON of the parameters),

so that the same question has the same key on every machine and in every order, and its seed is the key itself: results do
not depend on workers, chunks or interruptions. In JSON a fraction is ``{"fraction": "p/q"}``: 1/3 and "1/3" are two
values. Results are plain values too; one that is no mapping counts as ``{"value": …}``.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from gametheory.errors import SpecificationError

__all__ = ["canonical_json", "cell_key", "plain", "read_json"]

SCHEMA = 1
MAX_TEXT = 1_000_000

_FRACTION = re.compile(r"-?[0-9]+(/[0-9]+)?")


def plain(value: Any, where: str) -> Any:
    """The value in JSON's terms.

    Raises
    ------
    SpecificationError
        NaN, infinities, keys that are no text, or a type that is none of the plain ones.
    """
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, Fraction):
        return {"fraction": str(value)}
    if isinstance(value, float):
        if not math.isfinite(value):
            raise SpecificationError(f"{where}: found {value}; write a finite number, or text that says what it means")
        return float(value)
    if isinstance(value, Mapping):
        found = {}
        for key, entry in value.items():
            if not isinstance(key, str):
                raise SpecificationError(f"{where}: found the key {key!r}; names are text")
            found[key] = plain(entry, f"{where}.{key}")
        return found
    if isinstance(value, (list, tuple)):
        return [plain(entry, f"{where}[{k}]") for k, entry in enumerate(value)]
    if hasattr(value, "item") and getattr(value, "shape", None) == ():  # a scalar of numpy
        return plain(value.item(), where)
    if hasattr(value, "tolist"):
        return plain(value.tolist(), where)
    raise SpecificationError(
        f"{where}: found a {type(value).__name__}; write text, numbers, fractions, booleans, None, lists or mappings of them"
    )


def canonical_json(value: Any, where: str = "parameters", *, ordered: bool = False) -> str:
    """One text for each value: keys sorted (or in the order in which they stand, with ``ordered``), no blanks, no NaN."""
    text = json.dumps(
        plain(value, where), sort_keys=not ordered, separators=(",", ":"), allow_nan=False, ensure_ascii=False
    )
    if len(text) > MAX_TEXT:
        raise SpecificationError(f"{where}: found {len(text):,} characters; a cell or result has at most {MAX_TEXT:,}")
    return text


def read_json(text: str) -> Any:
    """What :func:`canonical_json` wrote, with fractions as fractions."""
    return json.loads(text, object_hook=_fraction)


def cell_key(function: str, version: str, parameters: str) -> str:
    """The key of a cell, from the name of the function, the version and the canonical parameters."""
    return hashlib.sha256("\0".join((str(SCHEMA), function, version, parameters)).encode()).hexdigest()


def _fraction(found: dict[str, Any]) -> Any:
    if set(found) == {"fraction"} and isinstance(found["fraction"], str) and _FRACTION.fullmatch(found["fraction"]):
        return Fraction(found["fraction"])
    return found
