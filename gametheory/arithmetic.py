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
import operator
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
_HEXADECIMAL = re.compile(r"[+-]?(?:0x[0-9a-f]+|\d+)(?:/(?:0x[0-9a-f]+|\d+))?", re.ASCII)
_RATIONAL = re.compile(r"[+-]?(?:\d+/\d+|\d+\.?\d*(?:[eE][+-]?\d{1,3})?|\.\d+(?:[eE][+-]?\d{1,3})?)", re.ASCII)
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
        return Fraction(operator.index(value))
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
        if array.dtype == object:
            for x in array.flat:
                if not isinstance(x, (int, np.integer)) or isinstance(x, bool):
                    raise SpecificationError(
                        f"numerators: found {x!r}; write integers (from_fractions takes fractions)"
                    )
        elif array.dtype.kind not in "iu":
            raise SpecificationError(f"numerators: found dtype {array.dtype}; write integers")
        if denominator <= 0:
            raise SpecificationError(f"denominator: found {denominator}; write a positive integer")
        array, denominator = _narrowed(array), int(denominator)
        if denominator > 1:
            common = math.gcd(denominator, _common_divisor(array))
            if common > 1:
                # Dividing cannot leave the machine integers; a divisor too large for them means that all entries are 0.
                array = array // common if common < _MACHINE else _narrowed(array.astype(object) // common)
                denominator //= common
        return cls(_frozen(_narrowed(array)), denominator)

    @classmethod
    def from_fractions(cls, values: Any) -> RationalArray:
        """An array (or nested list) of :class:`~fractions.Fraction` or ``int``, put over its least common denominator."""
        array = np.asarray(values, dtype=object)
        for x in array.flat:
            if not isinstance(x, (Fraction, int, np.integer)) or isinstance(x, bool):
                raise SpecificationError(f"values: found {x!r}; write fractions or integers (from_values takes floats)")
        denominator = math.lcm(1, *(int(x.denominator) for x in array.flat))
        numerators = np.empty(array.shape, dtype=object)
        numerators.reshape(-1)[:] = [int(x.numerator) * (denominator // int(x.denominator)) for x in array.flat]
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
        floats = np.asarray(array, dtype=np.float64)
        if not np.isfinite(floats).all():
            raise SpecificationError("floats: found NaN or infinity; only finite numbers are allowed")
        if bool(np.all(floats == np.rint(floats))) and float(np.abs(floats).max(initial=0.0)) < _MACHINE:
            return cls.of_integers(floats.astype(np.int64))
        # A float is mantissa · 2^exponent; with odd mantissas the smallest exponent gives the least common denominator.
        fraction, exponent = np.frexp(floats)
        mantissa, exponent = (fraction * 2.0**53).astype(np.int64), exponent.astype(np.int64) - 53
        zeros = np.where(mantissa == 0, 0, np.frexp((mantissa & -mantissa).astype(np.float64))[1].astype(np.int64) - 1)
        mantissa, exponent = mantissa >> zeros, np.where(mantissa == 0, 0, exponent + zeros)
        lowest = min(int(exponent.min()), 0)
        shift = exponent - lowest
        if int((np.frexp(mantissa.astype(np.float64))[1] + shift).max()) < 62:
            return cls(_frozen(mantissa << shift), 2**-lowest)
        numerators = np.empty(floats.shape, dtype=object)
        pairs = zip(mantissa.reshape(-1).tolist(), shift.reshape(-1).tolist(), strict=True)
        numerators.reshape(-1)[:] = [m << k for m, k in pairs]
        return cls(_frozen(_narrowed(numerators)), 2**-lowest)

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
        if self.numerators.dtype != object and self.denominator <= 2**53 and self._largest() <= 2**53:
            return self.numerators / float(self.denominator)  # both are floats without loss, so this rounds once
        result = np.empty(self.shape)
        try:
            result.reshape(-1)[:] = [int(x) / self.denominator for x in self.numerators.flat]
        except OverflowError:
            raise SpecificationError(
                "a number is too large for a float (1.8e308); rescale the payoffs by a common factor"
            ) from None
        return result

    def _largest(self) -> int:
        return max(int(self.numerators.max()), -int(self.numerators.min())) if self.numerators.size else 0

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
    """Integers as ``int64`` if all are below 2**62 in size, else as Python integers."""
    if array.size == 0:
        return array.astype(np.int64)
    if int(array.min()) > -_MACHINE and int(array.max()) < _MACHINE:
        return array.astype(np.int64)
    result = np.empty(array.shape, dtype=object)
    result.reshape(-1)[:] = [int(x) for x in array.flat]
    return result


def _common_divisor(array: Array) -> int:
    """Greatest common divisor of integers as :func:`_narrowed` gives them; 0 if all are 0."""
    if array.dtype == np.int64:
        return int(np.gcd.reduce(array.reshape(-1))) if array.size else 0
    return math.gcd(*array.flat)


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
        floats = values.astype(np.float64) + 0.0  # −0 becomes 0: equal arrays have equal bytes
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
            raise SpecificationError(
                f"{place(k)}: found the float {flat[k]} beside an expression; write '1/2', not 0.5"
            )
        values = [x if hasattr(x, "free_symbols") else exact(x, where=place(k)) for k, x in enumerate(flat)]
        return "symbolic", _frozen(_object_array(values, shape))
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


@final
@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer to a yes/no question about stability, with the gain that decides it.

    Attributes
    ----------
    status : "yes", "no" or "within tolerance"
        ``bool()`` of the last raises :class:`~gametheory.errors.UndecidedError`: in a game of floats a gain that small
        may be rounding.
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
                "may be rounding; pass tol= (a share of the payoff span, such as 1e-9), or use game.exact() with an "
                "exact profile"
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
