"""Nested numbers as an array, and which arithmetic they ask for."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic.rational_array import RationalArray
from gametheory.arithmetic.scalars import exact
from gametheory.errors import SpecificationError

__all__ = ["Arithmetic", "check_flag", "check_list", "read_array"]

Arithmetic = Literal["float", "exact", "symbolic"]
Array = NDArray[Any]


def check_list(name: str, values: Any) -> list[Any]:
    """The entries of a list, tuple, array or other iterable; text and mappings are none. The error names the argument.

    Examples
    --------
    >>> check_list("coalitions", 3)
    Traceback (most recent call last):
    ...
    gametheory.errors.SpecificationError: coalitions: found 3; write a list
    """
    scalar = isinstance(values, np.ndarray) and not values.ndim
    if isinstance(values, (str, bytes, Mapping)) or scalar or not isinstance(values, Iterable):
        raise SpecificationError(f"{name}: found {values!r}; write a list")
    return list(values)


def check_flag(name: str, value: Any) -> None:
    """``True`` or ``False``: a word such as "no" would count as true.

    Examples
    --------
    >>> check_flag("randomised", "no")
    Traceback (most recent call last):
    ...
    gametheory.errors.SpecificationError: randomised: found 'no'; write True or False
    """
    if not isinstance(value, (bool, np.bool_)):
        raise SpecificationError(f"{name}: found {value!r}; write True or False")


def read_array(values: Any, *, where: str = "array") -> tuple[Arithmetic, Any]:
    """Read nested numbers into an array and name its arithmetic.

    Parameters
    ----------
    values : array_like or RationalArray
        Nested sequences or an array of integers, floats, fractions, decimals, rational strings or expressions.
    where : str
        How error messages name the place.

    Returns
    -------
    (kind, array)
        ``("exact", RationalArray)``, ``("float", float64 array)`` or ``("symbolic", object array)``.

    Raises
    ------
    SpecificationError
        Ragged nesting, NaN or infinity, booleans, text that is no rational, or fractions beside floats; the message
        names the entry.

    Examples
    --------
    >>> read_array([[1, "1/3"]])
    ('exact', RationalArray(shape=(1, 2), denominator=3))
    """
    if isinstance(values, RationalArray):
        return "exact", values
    mask = getattr(values, "mask", None)  # of a masked array; numpy loads that module on use only
    if isinstance(values, np.ndarray) and mask is not None and np.any(mask):
        index = tuple(int(k) for k in np.argwhere(np.broadcast_to(mask, values.shape))[0])
        raise SpecificationError(f"{where}{_brackets(index)}: found a masked entry; give every number")
    if isinstance(values, np.ndarray):
        values = np.asarray(values)  # matrices and other subclasses index in their own ways
    if isinstance(values, np.ndarray) and values.dtype.kind in "iu":
        return "exact", RationalArray.of_integers(values)
    if isinstance(values, np.ndarray) and values.dtype.kind == "f":
        if values.dtype.itemsize > 8:
            raise SpecificationError(f"{where}: found dtype {values.dtype}; convert to float64 or to fractions first")
        floats = np.add(values, 0.0, dtype=np.float64, order="C")  # −0 becomes 0: equal arrays have equal bytes
        if not np.isfinite(floats).all():
            index = tuple(int(k) for k in np.argwhere(~np.isfinite(floats))[0])
            raise SpecificationError(
                f"{where}{_brackets(index)}: found {floats[index]}; only finite numbers are allowed"
            )
        return "float", floats
    if isinstance(values, (list, tuple)) and any(isinstance(row, RationalArray) for row in values):
        values = [row.fractions() if isinstance(row, RationalArray) else row for row in values]
    shape = _nested_shape(values, where)
    flat = list(_leaves(values, len(shape)))
    return _classified(flat, shape, where)


def _classified(flat: list[Any], shape: tuple[int, ...], where: str) -> tuple[Arithmetic, Any]:
    def place(k: int) -> str:
        return where + _brackets(tuple(int(i) for i in np.unravel_index(k, shape))) if shape else where

    floats = [k for k, x in enumerate(flat) if isinstance(x, (float, np.floating))]
    symbolic = [k for k, x in enumerate(flat) if _is_symbolic(x)]
    if symbolic:
        for k in floats:
            raise SpecificationError(
                f"{place(k)}: found the float {flat[k]} beside an expression; write '1/2', not 0.5"
            )
        values = [x if hasattr(x, "free_symbols") else exact(x, where=place(k)) for k, x in enumerate(flat)]
        expressions = _object_array(values, shape)
        expressions.setflags(write=False)
        return "symbolic", expressions
    if floats and all(type(x) in (float, np.float64) for x in flat):
        return read_array(np.array(flat, dtype=np.float64).reshape(shape), where=where)
    if not floats:
        if all(type(x) is int for x in flat):
            return "exact", RationalArray.of_integers(_object_array(flat, shape))
        values = [exact(x, where=place(k)) for k, x in enumerate(flat)]
        return "exact", RationalArray.from_fractions(_object_array(values, shape))
    numbers = []
    for k, x in enumerate(flat):
        value = exact(x, where=place(k))
        if isinstance(x, (str, Fraction, Decimal)):
            raise SpecificationError(
                f"{place(k)}: found the exact number {x!r} beside floats; write all entries exactly ('1/3', 2) "
                "or all as floats"
            )
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if not math.isfinite(number) or Fraction(number) != value:
            raise SpecificationError(f"{place(k)}: {x} is not a float without loss; write all entries exactly")
        numbers.append(number + 0.0)
    return "float", np.array(numbers, dtype=np.float64).reshape(shape)


def _object_array(values: list[Any], shape: tuple[int, ...]) -> Array:
    result = np.empty(len(values), dtype=object)
    result[:] = values
    return result.reshape(shape)


def _brackets(index: Sequence[int]) -> str:
    return "[" + ", ".join(map(str, index)) + "]" if len(index) else ""


def _is_nested(values: Any) -> bool:
    return isinstance(values, (list, tuple, range)) or (isinstance(values, np.ndarray) and values.ndim > 0)


def _nested_shape(values: Any, where: str) -> tuple[int, ...]:
    shape: list[int] = []
    level = values
    while _is_nested(level):
        if isinstance(level, np.ndarray):
            shape.extend(level.shape)
            break
        if len(shape) >= 64:
            raise SpecificationError(f"{where}: nested deeper than 64 levels; give one array with an axis per player")
        shape.append(len(level))
        if len(level) == 0:
            break
        level = level[0]
    number = np.isscalar(values) or isinstance(values, (Fraction, Decimal, np.ndarray)) or _is_symbolic(values)
    if not shape and not number:
        raise SpecificationError(f"{where}: found {type(values).__name__}; give nested lists or an array of numbers")
    _check_shape(values, tuple(shape), (), where)
    return tuple(shape)


def _check_shape(values: Any, shape: tuple[int, ...], path: tuple[int, ...], where: str) -> None:
    if isinstance(values, np.ndarray) and values.ndim:
        if values.shape != shape:
            raise SpecificationError(f"{where}{_brackets(path)}: found shape {values.shape}, expected {shape}")
        return
    if not shape:
        if _is_nested(values):
            raise SpecificationError(
                f"{where}{_brackets(path)}: found a list where a number was expected (ragged table)"
            )
        return
    if not _is_nested(values):
        raise SpecificationError(
            f"{where}{_brackets(path)}: found {values!r} where a list of {shape[0]} entries was expected (ragged table)"
        )
    if len(values) != shape[0]:
        raise SpecificationError(
            f"{where}{_brackets(path)}: found {len(values)} entries, expected {shape[0]} as in the first row (ragged table)"
        )
    if len(shape) > 1 or any(map(_is_nested, values)):
        for k, part in enumerate(values):
            _check_shape(part, shape[1:], (*path, k), where)


def _leaves(values: Any, depth: int) -> Iterator[Any]:
    if isinstance(values, np.ndarray):
        yield from (x.item() if isinstance(x, np.generic) and x.dtype != object else x for x in values.flat)
    elif depth == 0:
        yield values
    else:
        for part in values:
            yield from _leaves(part, depth - 1)


def _is_symbolic(value: Any) -> bool:
    return bool(getattr(value, "free_symbols", None)) or (
        hasattr(value, "free_symbols") and not getattr(value, "is_Rational", False)
    )
