"""Alternatives in a programme: rows of which at least one must hold.

Of the inequalities a_k · x ≤ b_k, k = 1, …, K, at least one is to hold. With binaries z_k and the largest value M_k that
a_k · x − b_k can take within the bounds of x,

    a_k · x ≤ b_k + M_k (1 − z_k),     Σ_k z_k ≥ 1

says just that (E. Balas 1998, Disjunctive programming, Discrete Applied Mathematics 89). The bounds of x must be finite where a
coefficient asks for them: a constant that is merely large would make the claim depend on it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from gametheory.errors import UnsupportedError

__all__ = ["at_least_one"]

Option = tuple[str, Mapping[int, Fraction], Fraction]
Bounds = Sequence[Fraction | None]


def at_least_one(
    name: str, options: Iterable[Option], *, lower: Bounds, upper: Bounds, first: int
) -> tuple[list[Any], list[str]]:
    """The rows that say that one of the options holds, and the names of the binaries that they add.

    Parameters
    ----------
    options : iterable of (name, {column: coefficient}, right-hand side)
        Inequalities ``≤``.
    lower, upper : sequences of Fraction or None
        Bounds of the columns that occur.
    first : int
        The column of the first new binary.

    Raises
    ------
    UnsupportedError
        A column that an option needs bounded is not.

    Examples
    --------
    >>> rows, binaries = at_least_one(
    ...     "x ≤ 1 or y ≤ 2", [("x ≤ 1", {0: Fraction(1)}, Fraction(1)), ("y ≤ 2", {1: Fraction(1)}, Fraction(2))],
    ...     lower=[Fraction(0)] * 2, upper=[Fraction(9)] * 2, first=2)
    >>> [(sense, str(side)) for _, _, sense, side in rows], binaries
    ([('<=', '9'), ('<=', '9'), ('>=', '1')], ['x ≤ 1', 'y ≤ 2'])
    """
    rows: list[Any] = []
    binaries: list[str] = []
    for text, entries, side in options:
        excess = -side
        for j, coefficient in entries.items():
            bound = upper[j] if coefficient > 0 else lower[j]
            if bound is None:
                raise UnsupportedError(
                    f"{text!r} is one of several alternatives, but what it is about has no bounds; give a cap on payments "
                    "(and a minimum)"
                )
            excess += coefficient * bound
        slack = max(excess, Fraction(0))
        rows.append((text, {**entries, first + len(binaries): slack}, "<=", side + slack))
        binaries.append(text)
    rows.append((name, dict.fromkeys(range(first, first + len(binaries)), 1), ">=", 1))
    return rows, binaries
