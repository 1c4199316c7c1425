"""Arrays of rationals: integers over one denominator.

A float is a rational number whose denominator is a power of two: m · 2^e with an odd integer m. So floats x_k = m_k ·
2^{e_k} are the integers x_k · 2^{−e} over 2^{−e} with e = min(0, min_k e_k), and that scaling is exact in floats
themselves while it does not overflow: a few passes over the array, no arithmetic of Python's integers. They are machine
integers while all are below 2^62 in size; where the exponents lie further apart they are Python's.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from gametheory.errors import SpecificationError

__all__ = ["RationalArray"]

Array = NDArray[Any]

_MACHINE = 2**62
_MANTISSA = np.int64(2**52 - 1)
_PART = 2**14


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
        return cls(_read_only(_narrowed(numerators)), denominator)

    @classmethod
    def from_values(cls, values: Any, *, where: str = "array") -> RationalArray:
        """Any nested numbers, floats included, each taken as the exact rational that it is."""
        from gametheory.arithmetic.reading import read_array  # which is written in terms of this class

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
        flat = np.ascontiguousarray(floats).reshape(-1)
        largest, lowest = _exponents(flat)
        places = max(-lowest, 0)
        if largest + places <= 62:
            numerators = np.empty(flat.shape, dtype=np.int64)
            for part in _parts(flat.size):
                numerators[part] = _scaled(flat[part], places)
        else:
            numerators = np.empty(flat.shape, dtype=object)
            for part in _parts(flat.size):
                numerators[part] = _python_integers(flat[part], largest, places)
        return cls(_read_only(numerators.reshape(floats.shape)), 2**places)

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


def _read_only(array: Array) -> Array:
    array.setflags(write=False)
    return array


def _frozen(array: Array) -> Array:
    return _read_only(np.array(array, copy=True, order="C"))


def _parts(size: int) -> Iterator[slice]:
    """Slices of a length that the processor's cache holds."""
    return (slice(start, start + _PART) for start in range(0, size, _PART))


def _exponents(flat: NDArray[np.float64]) -> tuple[int, int]:
    """Exponents that bound floats x = m · 2^e, m odd: the least k with |x| < 2^k for all x, and the least e.

    Raises
    ------
    SpecificationError
        If a number is not finite.
    """
    largest, least = 0.0, np.inf
    for part in _parts(flat.size):
        size = np.abs(flat[part])
        top = float(size.max())
        if not math.isfinite(top):
            raise SpecificationError("floats: found NaN or infinity; only finite numbers are allowed")
        largest = max(largest, top)
        bits = size.view(np.int64)
        digits = bits & _MANTISSA
        last = size - (bits ^ (digits & -digits)).view(np.float64)  # the last one of the binary digits, as a number
        last = np.where(digits == 0, size, last)
        least = min(least, float(last.min(where=last > 0, initial=np.inf)))
    if largest == 0:
        return 0, 0
    return math.frexp(largest)[1], math.frexp(least)[1] - 1


def _scaled(floats: NDArray[np.float64], places: int) -> NDArray[np.float64]:
    """x · 2^places, exact unless it overflows; 2^places itself may be too large for a float."""
    half = places // 2
    return floats * 2.0**half * 2.0 ** (places - half)


def _python_integers(floats: NDArray[np.float64], largest: int, places: int) -> list[int]:
    if largest + places <= 1024:
        return list(map(int, _scaled(floats, places).tolist()))
    mantissas, exponents = np.frexp(floats)
    integers, shifts = (
        (mantissas * 2.0**53).astype(np.int64).tolist(),
        (exponents.astype(np.int64) - 53 + places).tolist(),
    )
    return [m << k if k >= 0 else m >> -k for m, k in zip(integers, shifts, strict=True)]


def _narrowed(array: Array) -> Array:
    """Integers as ``int64`` if all are below 2**62 in size, else as Python integers."""
    if array.size == 0:
        return array.astype(np.int64)
    if int(array.min()) > -_MACHINE and int(array.max()) < _MACHINE:
        return array.astype(np.int64, copy=False)
    result = np.empty(array.shape, dtype=object)
    result.reshape(-1)[:] = [int(x) for x in array.flat]
    return result


def _common_divisor(array: Array) -> int:
    """Greatest common divisor of integers as :func:`_narrowed` gives them; 0 if all are 0."""
    if array.dtype == np.int64:
        return int(np.gcd.reduce(array.reshape(-1))) if array.size else 0
    return math.gcd(*array.flat)
