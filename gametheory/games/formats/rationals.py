"""Numbers of game files: read exactly, written exactly, and kept within bounds.

A rational table is stored as integer numerators over one common denominator. The denominator of n fractions can have n
times their digits, and every numerator is multiplied by it, so that a small file could ask for a huge table: what it would
take is known, and refused, before it is computed. Reading and writing take time linear in the digits.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from gametheory.arithmetic import MAX_DIGITS, RationalArray, parse_rational
from gametheory.errors import SpecificationError

__all__ = [
    "MAX_DENOMINATOR_BITS",
    "MAX_LONG_NUMBERS",
    "RationalTable",
    "decimal_digits",
    "fraction_digits",
    "plain_integers",
    "read_number",
]

MAX_LONG_NUMBERS = 2**28
"""Most bytes that payoffs may take whose numerators exceed machine integers."""

MAX_DENOMINATOR_BITS = 2**17
"""Longest common denominator of payoffs, about 39,000 digits (that of any game of floats has at most 1,074 bits)."""

_PACK = 4096
_NUMBER = re.compile(
    r"[+-]?(?:[0-9]++(?:/[0-9]++|\.?[0-9]*+(?:[eE][+-]?[0-9]{1,3})?)|\.[0-9]++(?:[eE][+-]?[0-9]{1,3})?)"
)


def decimal_digits(value: int, name: str) -> str:
    """An integer in decimal, refused beyond the 4,000 digits that readers accept."""
    try:
        text = str(value) if value.bit_length() < 3.3 * MAX_DIGITS else None
    except ValueError:  # an interpreter whose own limit was set lower
        text = None
    if text is None:
        raise SpecificationError(
            f"{name}: a payoff has more digits than this format's readers accept ({MAX_DIGITS:,}); write JSON, or round"
        )
    return text


def fraction_digits(value: Fraction, name: str) -> str:
    """A rational as ``p`` or ``p/q`` in decimal digits."""
    digits = decimal_digits(value.numerator, name)
    return digits if value.denominator == 1 else f"{digits}/{decimal_digits(value.denominator, name)}"


def read_number(word: str) -> Fraction | int | None:
    """The rational that a word denotes (integer, p/q or decimal, in ASCII digits), or ``None`` if it is no number."""
    if len(word) > MAX_DIGITS or not _NUMBER.fullmatch(word):
        return None
    try:
        return parse_rational(word)
    except ValueError:  # a zero denominator, or an interpreter with a lower limit of digits
        return None


class RationalTable:
    """Collects rationals over one common denominator of bounded size; at least ``count`` are expected."""

    def __init__(self, count: int, name: str) -> None:
        self._count = count
        self._name = name
        self._parts: list[RationalArray] = []
        self._pending: list[Fraction | int] = []
        self._seen = 0
        self._denominator = 1
        self._bits = 0

    def add(self, values: Sequence[Fraction | int]) -> None:
        """Append numbers, or raise if the whole table would take too much memory."""
        self._pending.extend(values)
        if len(self._pending) >= _PACK:
            self._pack()

    def _pack(self) -> None:
        values, self._pending = self._pending, []
        self._seen += len(values)
        self._count = max(self._count, self._seen)
        denominators = {x.denominator for x in values}
        for q in denominators:
            self._denominator = math.lcm(self._denominator, q)
            self._refuse_if_too_large()
        self._bits = max(self._bits, *(x.numerator.bit_length() for x in values))
        self._refuse_if_too_large()
        if denominators == {1}:
            try:
                part = RationalArray.of_integers(np.array(values, dtype=np.int64))
            except OverflowError:
                part = RationalArray.from_fractions(values)
        else:
            part = RationalArray.from_fractions(values)
        self._parts.append(part)

    def _refuse_if_too_large(self) -> None:
        own = self._denominator.bit_length()
        bits = own + self._bits  # a numerator over the common denominator has at most the digits of both
        size = self._count * (bits // 8 + 40)
        if own > MAX_DENOMINATOR_BITS or (bits > 62 and size > MAX_LONG_NUMBERS):
            raise SpecificationError(
                f"{self._name}: over their common denominator the {self._count:,} payoffs have {bits * 0.30103:,.0f} "
                f"digits or more and would need {size / 2**30:.3g} GiB; round the payoffs, or write floats in JSON"
            )

    def result(self) -> RationalArray:
        """All batches in order, a flat array."""
        if self._pending:
            self._pack()
        if not self._parts:
            return RationalArray.of_integers(np.zeros(0, dtype=np.int64))
        scaled = []
        for part in self._parts:
            factor = self._denominator // part.denominator
            if factor > 1:
                wide = part.numerators.astype(object) * factor
                scaled.append(RationalArray.of_integers(wide).numerators)
            else:
                scaled.append(part.numerators)
        return RationalArray.of_integers(np.concatenate(scaled), self._denominator)


def plain_integers(words: list[str]) -> list[Fraction | int] | None:
    """The words as integers if all are (``int`` alone would also take ``1_0`` and the digits of other scripts)."""
    joined = "".join(words)
    if not joined.isascii() or "_" in joined or max(map(len, words)) > MAX_DIGITS:
        return None
    try:
        return list(map(int, words))
    except ValueError:
        return None
