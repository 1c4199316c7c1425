"""Polynomials in several variables with rational coefficients, exactly: just what checking an identity needs.

    p = Σ_α c_α x^α   is the mapping  α ↦ c_α,  α a tuple of exponents, c_α ≠ 0 a fraction.

The product of polynomials with s and t terms costs s·t multiplications of fractions. In JSON a polynomial is a list of pairs
``["p/q", [α_1, …, α_n]]``, sorted by exponents, no pair twice: one polynomial, one text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from gametheory.certificates.rationals import rational_from_json, rational_to_json
from gametheory.errors import SpecificationError

__all__ = [
    "Polynomial",
    "added",
    "multiplied",
    "polynomial_from_json",
    "polynomial_text",
    "polynomial_to_json",
    "scaled",
    "total_degree",
]

Polynomial = Mapping[tuple[int, ...], Fraction]

MAX_EXPONENT = 200


def added(left: Polynomial, right: Polynomial) -> dict[tuple[int, ...], Fraction]:
    """left + right."""
    total = dict(left)
    for powers, coefficient in right.items():
        value = total.get(powers, Fraction(0)) + coefficient
        if value:
            total[powers] = value
        else:
            total.pop(powers, None)
    return total


def scaled(polynomial: Polynomial, factor: Fraction) -> dict[tuple[int, ...], Fraction]:
    """factor · polynomial."""
    return {powers: factor * c for powers, c in polynomial.items()} if factor else {}


def multiplied(left: Polynomial, right: Polynomial) -> dict[tuple[int, ...], Fraction]:
    """left · right.

    Examples
    --------
    >>> x, y = {(1, 0): Fraction(1)}, {(0, 1): Fraction(1)}
    >>> polynomial_text(multiplied(added(x, y), added(x, scaled(y, Fraction(-1)))), ("x", "y"))
    'x^2 - y^2'
    """
    product: dict[tuple[int, ...], Fraction] = {}
    for one, a in left.items():
        for other, b in right.items():
            powers = tuple(i + j for i, j in zip(one, other, strict=True))
            product[powers] = product.get(powers, Fraction(0)) + a * b
    return {powers: c for powers, c in product.items() if c}


def total_degree(polynomial: Polynomial) -> int:
    """Largest sum of exponents; 0 for the polynomial 0."""
    return max((sum(powers) for powers in polynomial), default=0)


def polynomial_text(polynomial: Polynomial, names: Sequence[str]) -> str:
    """The polynomial as a reader writes it, highest powers first."""
    parts = []
    for powers, c in sorted(polynomial.items(), key=lambda term: (-sum(term[0]), [-p for p in term[0]])):
        letters = [n if p == 1 else f"{n}^{p}" for n, p in zip(names, powers, strict=True) if p]
        size = "" if abs(c) == 1 and letters else str(abs(c))
        body = "*".join([size, *letters] if size else letters)
        parts.append(("- " if c < 0 else "+ ") + body)
    if not parts:
        return "0"
    text = " ".join(parts)
    return text[2:] if text.startswith("+ ") else "-" + text[2:]


def polynomial_to_json(polynomial: Polynomial) -> list[Any]:
    """Sorted pairs of coefficient and exponents."""
    return [[rational_to_json(polynomial[powers]), list(powers)] for powers in sorted(polynomial)]


def polynomial_from_json(data: Any, num_variables: int, *, where: str) -> dict[tuple[int, ...], Fraction]:
    """Read what :func:`polynomial_to_json` wrote.

    Raises
    ------
    SpecificationError
        If the data are anything else: an exponent that is no natural number up to 200, a term twice, a coefficient 0.
    """
    if not isinstance(data, list):
        raise SpecificationError(f"{where}: found {type(data).__name__}; write a list of [coefficient, exponents]")
    found: dict[tuple[int, ...], Fraction] = {}
    for k, term in enumerate(data):
        place = f"{where}[{k}]"
        if not isinstance(term, list) or len(term) != 2 or not isinstance(term[1], list):
            raise SpecificationError(f"{place}: found no pair; write [coefficient, exponents]")
        powers = tuple(term[1])
        if len(powers) != num_variables or any(type(p) is not int or not 0 <= p <= MAX_EXPONENT for p in powers):
            raise SpecificationError(
                f"{place}: found exponents {list(powers)[:8]}; write {num_variables} integers from 0 to {MAX_EXPONENT}"
            )
        coefficient = rational_from_json(term[0], where=place)
        if powers in found or not coefficient:
            raise SpecificationError(f"{place}: found a term twice or with coefficient 0; write each power once")
        found[powers] = coefficient
    return found
