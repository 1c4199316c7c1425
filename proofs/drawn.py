"""Drawn values, and the same values as fractions: what a proof's numeric check hands to the library's solvers."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from typing import Any

import sympy as sp

__all__ = ["fractions", "grid_sampler", "number", "table"]


def number(values: Any, symbol: Any) -> Fraction:
    """The drawn value of a symbol (or of an expression without symbols) as a fraction."""
    value = values[symbol] if symbol in values else sp.sympify(symbol, strict=True)
    return Fraction(int(value.p), int(value.q))


def fractions(values: Any, symbols: Iterable[Any]) -> list[Fraction]:
    return [number(values, symbol) for symbol in symbols]


def table(values: Any, rows: Sequence[Sequence[Any]]) -> list[list[Fraction]]:
    """A matrix of symbols as a matrix of fractions."""
    return [fractions(values, row) for row in rows]


def grid_sampler(symbols: Sequence[Any], low: int, high: int) -> Callable[[random.Random], Any]:
    """Integers from ``low`` to ``high`` for each symbol, so that ties and zeros are drawn often."""

    def draw(rng: random.Random) -> dict[Any, Any]:
        return {symbol: sp.Integer(rng.randint(low, high)) for symbol in symbols}

    return draw
