"""Float, rational and symbolic scalars, and what a tolerance means.

The scalar type of the data decides the arithmetic:

* ``"exact"``: integers, :class:`fractions.Fraction`, :class:`decimal.Decimal` and strings such as ``"1/3"`` or ``"0.1"``
  (which means 1/10). Stored as integer numerators over one denominator, in machine integers while they fit.
* ``"float"``: a float anywhere. A float is a rational number, :func:`exact` gives it without loss, so that results on
  float data too can be certified. A fraction or a string beside a float is refused: which one is exact?
* ``"symbolic"``: an expression with free symbols anywhere (sympy's, recognised without importing sympy).

**Tolerance** means one thing: the largest admissible gain from deviation divided by that player's payoff span.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from gametheory.errors import SpecificationError, UndecidedError

__all__ = [
    "DEFAULT_TOLERANCE",
    "Arithmetic",
    "RationalArray",
    "Verdict",
    "exact",
    "exact_text",
    "integer_text",
    "judge",
    "parse_rational",
    "read_array",
]

Arithmetic = Literal["float", "exact", "symbolic"]
Array = NDArray[Any]

DEFAULT_TOLERANCE = Fraction(1, 10**9)
"""Below this share of a player's payoff span, a gain in a game of floats is not told from rounding."""

MAX_DIGITS = 4000
"""Longest decimal number read from text: Python refuses to read integers of more than 4,300 digits."""

MAX_HEXADECIMAL = 200_000
"""Longest number read in hexadecimal, which takes time in proportion to its length."""

_DECIMAL_BITS = 2048  # about 616 digits: below the least limit (640) that an interpreter can set for int to str
_HEXADECIMAL = re.compile(r"[+-]?(?:0x[0-9a-f]+|\d+)(?:/(?:0x[0-9a-f]+|\d+))?")
_RATIONAL = re.compile(r"[+-]?(?:\d+/\d+|\d+\.?\d*(?:[eE][+-]?\d{1,3})?|\.\d+(?:[eE][+-]?\d{1,3})?)")
_MACHINE = 2**62


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
        raise SpecificationError(f"{where}: found {stripped!r}, whose denominator is zero; write p/q with q > 0") from None


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
        if not math.isfinite(value):
            raise SpecificationError(f"{where}: found {value}; only finite numbers are allowed")
        return Fraction(value) if isinstance(value, Decimal) else Fraction(float(value))
    if isinstance(value, str):
        return parse_rational(value, where=where)
    numerator, denominator = getattr(value, "p", None), getattr(value, "q", None)
    if numerator is not None and denominator is not None and not callable(numerator):  # sympy and flint rationals
        return Fraction(int(numerator), int(denominator))
    raise SpecificationError(f"{where}: found {value!r} of type {type(value).__name__}; write a number")


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


def _is_symbolic(value: Any) -> bool:
    return bool(getattr(value, "free_symbols", None)) or (
        hasattr(value, "free_symbols") and not getattr(value, "is_Rational", False)
    )


@final
@dataclass(frozen=True, slots=True, eq=False)
class RationalArray:
    """An array of rationals: integer ``numerators`` (any shape) over one positive ``denominator``, in lowest terms.

    The numerators are machine integers (``int64``) while all are below 2**62 in size, else Python integers
    (``object``). Build one with :meth:`from_values`, :meth:`from_fractions` or :meth:`of_integers`.
    """

    numerators: Array
    denominator: int

    @classmethod
    def of_integers(cls, numerators: Any, denominator: int = 1) -> RationalArray:
        """Integer numerators over a positive denominator, reduced to lowest terms."""
        array = np.asarray(numerators)
        if array.dtype.kind not in "iu" and array.dtype != object:
            raise SpecificationError(f"numerators: found dtype {array.dtype}; write integers")
        if denominator <= 0:
            raise SpecificationError(f"denominator: found {denominator}; write a positive integer")
        if denominator > 1:
            common = math.gcd(denominator, *(int(x) for x in array.flat))
            if common > 1:
                array, denominator = array // common, denominator // common
        return cls(_frozen(_narrowed(array)), int(denominator))

    @classmethod
    def from_fractions(cls, values: Any) -> RationalArray:
        """An array (or nested list) of :class:`~fractions.Fraction` or ``int``, put over its least common denominator."""
        array = np.asarray(values, dtype=object)
        denominator = math.lcm(1, *(x.denominator for x in array.flat))
        numerators = np.empty(array.shape, dtype=object)
        numerators.reshape(-1)[:] = [x.numerator * (denominator // x.denominator) for x in array.flat]
        return cls(_frozen(_narrowed(numerators)), denominator)

    @classmethod
    def from_values(cls, values: Any, *, where: str = "array") -> RationalArray:
        """Any nested numbers, floats included, each taken as the exact rational that it is."""
        if isinstance(values, RationalArray):
            return values
        kind, array = read_array(values, where=where)
        if kind == "symbolic":
            raise SpecificationError(f"{where}: found an expression with free symbols; substitute numbers first")
        return array if isinstance(array, RationalArray) else cls.from_floats(array)

    @classmethod
    def from_floats(cls, array: Array) -> RationalArray:
        """The rationals that these finite floats are."""
        if bool(np.all(array == np.rint(array))) and float(np.abs(array).max(initial=0.0)) < _MACHINE:
            return cls.of_integers(array.astype(np.int64))
        fractions = np.empty(array.shape, dtype=object)
        fractions.reshape(-1)[:] = [Fraction(x) for x in array.reshape(-1).tolist()]
        return cls.from_fractions(fractions)

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(self.numerators.shape)

    def __getitem__(self, index: Any) -> Any:
        """A :class:`Fraction` for a full index, else a :class:`RationalArray` of the selected part."""
        part = self.numerators[index]
        if isinstance(part, np.ndarray):
            return RationalArray.of_integers(part, self.denominator)
        return Fraction(int(part), self.denominator)

    def __len__(self) -> int:
        return len(self.numerators)

    def fractions(self) -> Array:
        """An object array of :class:`~fractions.Fraction`."""
        result = np.empty(self.shape, dtype=object)
        result.reshape(-1)[:] = [Fraction(int(x), self.denominator) for x in self.numerators.flat]
        return result

    def floats(self) -> NDArray[np.float64]:
        """The nearest floats."""
        if self.numerators.dtype != object and self.denominator == 1:
            return self.numerators.astype(np.float64)
        result = np.empty(self.shape)
        try:
            result.reshape(-1)[:] = [int(x) / self.denominator for x in self.numerators.flat]
        except OverflowError:
            raise SpecificationError(
                "a number is too large for a float (1.8e308); rescale the payoffs by a common factor"
            ) from None
        return result

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, RationalArray):
            return NotImplemented
        return (
            self.shape == other.shape
            and self.denominator == other.denominator
            and bool(np.all(self.numerators == other.numerators))
        )

    def __hash__(self) -> int:
        return hash((self.shape, self.denominator, tuple(int(x) for x in self.numerators.flat)))

    def __repr__(self) -> str:
        return f"RationalArray(shape={self.shape}, denominator={self.denominator})"

    def __reduce__(self) -> tuple[Any, ...]:
        return RationalArray.of_integers, (self.numerators, self.denominator)


def _frozen(array: Array) -> Array:
    copy = np.array(array, copy=True, order="C")
    copy.setflags(write=False)
    return copy


def _narrowed(array: Array) -> Array:
    if array.dtype == np.int64 and array.size and int(array.min()) > -_MACHINE and int(array.max()) < _MACHINE:
        return array
    if array.size == 0:
        return array.astype(np.int64)
    if array.dtype.kind in "iu" and array.dtype != np.uint64 and array.dtype != np.int64:
        return array.astype(np.int64)
    numbers = [int(x) for x in array.flat]
    if -_MACHINE < min(numbers) and max(numbers) < _MACHINE:
        return np.array(numbers, dtype=np.int64).reshape(array.shape)
    result = np.empty(array.shape, dtype=object)
    result.reshape(-1)[:] = numbers
    return result


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
    if isinstance(values, np.ndarray) and values.dtype.kind in "iu":
        return "exact", RationalArray.of_integers(values)
    if isinstance(values, np.ndarray) and values.dtype.kind == "f":
        if values.dtype.itemsize > 8:
            raise SpecificationError(f"{where}: found dtype {values.dtype}; convert to float64 or to fractions first")
        floats = values.astype(np.float64)
        if not np.isfinite(floats).all():
            index = tuple(int(k) for k in np.argwhere(~np.isfinite(floats))[0])
            raise SpecificationError(
                f"{where}{_brackets(index)}: found {floats[index]}; only finite numbers are allowed"
            )
        return "float", floats
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
            raise SpecificationError(f"{place(k)}: found the float {flat[k]} beside an expression; write '1/2', not 0.5")
        values = [x if hasattr(x, "free_symbols") else exact(x, where=place(k)) for k, x in enumerate(flat)]
        return "symbolic", _frozen(_object_array(values, shape))
    if not floats:
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
            raise SpecificationError(f"{place(k)}: the integer {x} is not a float without loss; write all entries exactly")
        numbers.append(number)
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
    if not shape and not np.isscalar(values) and not isinstance(values, (Fraction, Decimal)) and not _is_symbolic(values):
        if not isinstance(values, np.ndarray):
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
            raise SpecificationError(f"{where}{_brackets(path)}: found a list where a number was expected (ragged table)")
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


@final
@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer to a yes/no question about stability, with the gain that decides it.

    Attributes
    ----------
    status : "yes", "no" or "within tolerance"
        ``bool()`` of the last raises :class:`~gametheory.errors.UndecidedError`: in a game of floats a gain that small may be rounding.
    gain : Fraction
        The largest gain of any deviation that was asked about, in payoff units, evaluated exactly.
    witness : object
        The deviation that gains most, or ``None`` when none gains.
    question : str
        What was asked, in words.
    """

    status: Literal["yes", "no", "within tolerance"]
    gain: Fraction
    witness: Any = None
    question: str = ""

    def __bool__(self) -> bool:
        if self.status == "within tolerance":
            raise UndecidedError(
                f"{self.question or 'the verdict'}: a deviation gains {float(self.gain):.3g}, which in a game of floats "
                "may be rounding; pass tol= (a share of the payoff span, such as 1e-9) or use game.exact() with an exact profile"
            )
        return self.status == "yes"

    def __repr__(self) -> str:
        witness = "" if self.witness is None else f", witness={self.witness!r}"
        return f"Verdict({self.status}, gain={self.gain}{witness})"


def judge(
    gains: Sequence[Fraction],
    spans: Sequence[Fraction],
    *,
    tol: float | Fraction | None,
    arithmetic: Arithmetic,
    witness: Callable[[int], Any] | None = None,
    question: str = "",
) -> Verdict:
    """Decide whether no deviation gains, from exact gains and the payoff span of whoever gains.

    ``tol=None`` asks for no gain at all; in a game of floats a gain within :data:`DEFAULT_TOLERANCE` of the span is then
    "within tolerance". With ``tol`` the question is gain ≤ tol · span. ``witness(k)`` names the deviation with gain ``k``.
    """
    limit = None if tol is None else exact(tol, where="tol")
    if limit is not None and limit < 0:
        raise SpecificationError(f"tol: found {tol}; write a number ≥ 0, a share of the payoff span")
    shares = [gain / span if span else gain for gain, span in zip(gains, spans, strict=True)]
    worst = max(range(len(shares)), key=lambda k: shares[k]) if shares else None
    if worst is None:
        return Verdict("yes", Fraction(0), None, question)
    gain, share = gains[worst], shares[worst]
    found = witness(worst) if witness is not None and gain > 0 else None
    status: Literal["yes", "no", "within tolerance"]
    if limit is not None:
        status = "yes" if share <= limit else "no"
    elif gain <= 0:
        status = "yes"
    else:
        status = "within tolerance" if arithmetic == "float" and share <= DEFAULT_TOLERANCE else "no"
    return Verdict(status, gain, found, question)
