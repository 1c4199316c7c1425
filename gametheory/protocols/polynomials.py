"""Utilities as pairs of polynomials: one canonical form for every term, so that equal utilities are found equal.

A term becomes (r, e) with r a polynomial in the constants and e a polynomial that is linear in the infinitesimals. A polynomial
is a mapping from monomials to non-zero fractions; a monomial is the sorted tuple of its variables with repetition, as variable
numbers. A division by a polynomial d that is no number multiplies by a new variable z with d·z = 1 ("d ≠ 0" becomes something
to prove): the quotient is exact, and equal quotients by the same d, up to a factor, share z.

Cost: a product of polynomials of s and t terms takes s·t multiplications. Limits: 500 terms, degree 24.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import gcd, lcm
from typing import final

from gametheory.certificates.polynomials import added, scaled
from gametheory.errors import SpecificationError, UnsupportedError
from gametheory.protocols.expressions import Names, Operation

__all__ = ["Monomial", "Polynomial", "PolynomialPair", "Polynomials", "primitive"]

Monomial = tuple[int, ...]
Polynomial = Mapping[Monomial, Fraction]
PolynomialPair = tuple[Polynomial, Polynomial]

MAX_TERMS = 500
MAX_DEGREE = 24
MAX_BITS = 16_384


def product(left: Polynomial, right: Polynomial, *, where: str = "utility") -> dict[Monomial, Fraction]:
    """left · right, within the limits of this module."""
    if len(left) * len(right) > MAX_TERMS**2:
        raise UnsupportedError(f"{where}: found a product of {len(left)} by {len(right)} terms; write it shorter")
    total: dict[Monomial, Fraction] = {}
    for one, a in left.items():
        for other, b in right.items():
            powers = tuple(sorted(one + other))
            total[powers] = total.get(powers, Fraction(0)) + a * b
    total = {powers: c for powers, c in total.items() if c}
    check_size(total, where)
    return total


def check_size(polynomial: Polynomial, where: str) -> None:
    """Refuse a polynomial that has grown beyond the limits of this module."""
    degree = max(map(len, polynomial), default=0)
    bits = max((max(c.numerator.bit_length(), c.denominator.bit_length()) for c in polynomial.values()), default=0)
    if len(polynomial) > MAX_TERMS or degree > MAX_DEGREE or bits > MAX_BITS:
        raise UnsupportedError(
            f"{where}: found a polynomial of {len(polynomial)} terms, degree {degree} and numbers of {bits} bits when brackets "
            f"are multiplied out; at most {MAX_TERMS}, {MAX_DEGREE} and {MAX_BITS:,} are allowed: name parts of it by a "
            "constant, and constrain that"
        )


def primitive(polynomial: Polynomial) -> tuple[tuple[Monomial, int], ...]:
    """The positive multiple with coprime integer coefficients, in a canonical order."""
    scale = lcm(*(c.denominator for c in polynomial.values()))
    whole = [(m, c.numerator * (scale // c.denominator)) for m, c in polynomial.items()]
    common = gcd(*(c for _, c in whole))
    return tuple(sorted((m, c // common) for m, c in whole))


@final
class Polynomials:
    """Turns terms over declared names into pairs of polynomials.

    Attributes
    ----------
    names : Names
    variables : list of str
        Constants, then infinitesimals, then one for each denominator.
    denominators : list of pairs (polynomial, where it was found)
        Of the variables after the names.
    """

    def __init__(self, names: Names) -> None:
        self.names = names
        self.variables: list[str] = [*names.constants, *names.infinitesimals]
        self.denominators: list[tuple[Polynomial, str]] = []
        self._number = {name: k for k, name in enumerate(self.variables)}
        self._reciprocals: dict[tuple[tuple[Monomial, int], ...], int] = {}

    def pair(self, term: Operation, *, where: str = "utility") -> PolynomialPair:
        """The pair of polynomials that a term is."""
        alone: Polynomial
        if term.sign == "number":
            return ({(): term.detail} if term.detail else {}), {}
        if term.sign == "name":
            k = self._number[term.detail]
            alone = {(k,): Fraction(1)}
            return (alone, {}) if k < len(self.names.constants) else ({}, alone)
        parts = [self.pair(part, where=where) for part in term.operands]
        real, small = parts[0]
        for other_real, other_small in parts[1:]:
            if term.sign in "+-":
                sign = Fraction(1 if term.sign == "+" else -1)
                real, small = added(real, scaled(other_real, sign)), added(small, scaled(other_small, sign))
            else:
                if term.sign == "/":
                    other_real = self._reciprocal(other_real, where)
                small = added(
                    product(small, other_real, where=where),
                    product(real, other_small, where=where),
                )
                real = product(real, other_real, where=where)
        check_size(real, where)
        check_size(small, where)
        return real, small

    def _reciprocal(self, divisor: Polynomial, where: str) -> Polynomial:
        if not divisor:
            raise SpecificationError(f"{where}: found a division by zero; write a denominator that is not zero")
        if len(divisor) == 1 and () in divisor:
            return {(): 1 / divisor[()]}
        key = primitive(divisor)
        factor = Fraction(key[0][1]) / divisor[key[0][0]]  # key = factor · divisor
        if key not in self._reciprocals:
            self._reciprocals[key] = len(self.variables)
            self.variables.append(f"1/({len(self.denominators) + 1})")
            self.denominators.append(({m: Fraction(c) for m, c in key}, where))
        return {(self._reciprocals[key],): factor}

    def text(self, polynomial: Polynomial) -> str:
        """The polynomial as a reader writes it."""
        parts = []
        for monomial, c in sorted(polynomial.items(), key=lambda term: (-len(term[0]), term[0])):
            names = [self._variable_text(k) for k in monomial]
            size = "" if abs(c) == 1 and names else str(abs(c))
            parts.append(("- " if c < 0 else "+ ") + "*".join([size, *names] if size else names))
        text = " ".join(parts) or "0"
        return "-" + text[2:] if text.startswith("- ") else text.removeprefix("+ ")

    def _variable_text(self, number: int) -> str:
        offset = number - len(self.names.constants) - len(self.names.infinitesimals)
        return self.variables[number] if offset < 0 else f"1/({self.text(self.denominators[offset][0])})"
