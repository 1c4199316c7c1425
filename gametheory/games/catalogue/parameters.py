"""Parameters of named games: numbers of one arithmetic, with the conditions that make the game what its name says.

Integers, fractions and strings such as ``"1/3"`` are exact, one float makes all of them floats (a fraction beside a
float is refused, as in a payoff table), and an expression with free symbols stays an expression. A condition on
symbols is not decided here: it is an assumption of whoever uses them.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from gametheory.arithmetic import exact
from gametheory.errors import SpecificationError

__all__ = ["count", "decreasing", "labels", "not_increasing", "numbers", "numeric", "positive"]


def numbers(**values: Any) -> tuple[Any, ...]:
    """Each value as a fraction, or as a float if any is a float, or as the expression that it is."""
    read = {name: value if _is_symbolic(value) else exact(value, where=name) for name, value in values.items()}
    floats = [name for name, value in values.items() if isinstance(value, float)]
    if not floats:
        return tuple(read.values())
    for name, value in read.items():
        if not isinstance(value, Fraction):
            raise SpecificationError(
                f"{floats[0]}: found a float beside the expression {name}={value}; write '1/2', not 0.5"
            )
        if not isinstance(values[name], float) and value.denominator != 1:
            raise SpecificationError(
                f"{name}: found the exact number {value} beside the float {floats[0]}={values[floats[0]]}; write all "
                "parameters exactly ('1/3', 2) or all as floats"
            )
    return tuple(float(value) for value in read.values())


def numeric(game: str, **values: Any) -> tuple[Any, ...]:
    """:func:`numbers`, refusing expressions: the payoffs of this game depend on which number is larger."""
    for name, value in values.items():
        if _is_symbolic(value):
            raise SpecificationError(
                f"{name}: found the expression {value}; the payoffs of {game} depend on which of several numbers is larger, "
                "so write a number"
            )
    return numbers(**values)


def decreasing(game: str, **values: Any) -> None:
    """Demand that the values, in this order, strictly decrease; expressions are taken at their word."""
    for (first, a), (second, b) in itertools.pairwise(values.items()):
        if not _is_symbolic(a) and not _is_symbolic(b) and a <= b:
            order = " > ".join(values)
            raise SpecificationError(f"{first}: found {first}={a} and {second}={b}; {game} needs {order}")


def not_increasing(game: str, **values: Any) -> None:
    """Demand that the values, in this order, do not increase; expressions are taken at their word."""
    for (first, a), (second, b) in itertools.pairwise(values.items()):
        if not _is_symbolic(a) and not _is_symbolic(b) and a < b:
            order = " ≥ ".join(values)
            raise SpecificationError(f"{first}: found {first}={a} and {second}={b}; {game} needs {order}")


def positive(game: str, **values: Any) -> None:
    """Demand that every value is greater than zero; expressions are taken at their word."""
    for name, value in values.items():
        if not _is_symbolic(value) and value <= 0:
            raise SpecificationError(f"{name}: found {value}; {game} needs {name} > 0")


def count(name: str, value: Any, *, least: int) -> int:
    """A whole number of at least ``least``."""
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise SpecificationError(f"{name}: found {value!r}; write a whole number ≥ {least}")
    return value


def labels(values: Sequence[Any]) -> list[str]:
    """Numbers as labels: ``"3"``, ``"1/3"``, ``"1.4664687"``."""
    return [f"{value:.8g}" if isinstance(value, float) else str(value) for value in values]


def _is_symbolic(value: Any) -> bool:
    return bool(getattr(value, "free_symbols", None))
