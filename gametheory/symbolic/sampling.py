"""Drawing values that satisfy the assumptions of a claim.

Rejection fails on the polyhedra of six or seven ordered parameters: almost nothing drawn at random satisfies p < c < d. A slack
parametrisation writes each parameter as an expression of free, positive and unit quantities (c = p + s, s > 0) that satisfies
the assumptions by construction; the claim checks that it does.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import sympy as sp

from gametheory.errors import SpecificationError
from gametheory.symbolic.statements import Model, evaluate

__all__ = ["Sampler", "slack_sampler"]

Sampler = Callable[[random.Random], Model]


def slack_sampler(
    expressions: Mapping[Any, Any], *, positive: Sequence[Any] = (), unit: Sequence[Any] = (), free: Sequence[Any] = ()
) -> Sampler:
    """A function that draws exact values of symbols from expressions of independent quantities.

    Parameters
    ----------
    expressions : mapping of symbol to expression
        The parameters of the claim that depend on the quantities.
    positive, unit, free : sequences of symbols
        Independent quantities: positive rationals, rationals strictly between 0 and 1, any rationals. They are values of the
        claim's symbols, too.

    Examples
    --------
    >>> from gametheory.symbolic import reals
    >>> p, c, s = reals("p c s")
    >>> draw = slack_sampler({c: p + s}, free=[p], positive=[s])
    >>> values = draw(random.Random(1))
    >>> bool(values[c] > values[p])
    True
    """
    drawn = [*positive, *unit, *free]
    for symbol in expressions:
        if symbol in drawn:
            raise SpecificationError(f"expressions: {symbol} is drawn and computed; give it once")

    def draw(rng: random.Random) -> Model:
        values: dict[Any, Any] = {}
        for symbol in positive:
            values[symbol] = sp.Rational(rng.randint(1, 12), rng.randint(1, 6))
        for symbol in unit:
            bottom = rng.randint(2, 20)
            values[symbol] = sp.Rational(rng.randint(1, bottom - 1), bottom)
        for symbol in free:
            values[symbol] = sp.Rational(rng.randint(-12, 12), rng.randint(1, 4))
        for symbol, expression in expressions.items():
            values[symbol] = evaluate(expression, values)
        return MappingProxyType(values)

    return draw
