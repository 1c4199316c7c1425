"""Covering programmes: the cheapest way to choose so that every row is covered.

    minimise Σ_j w_j x_j   subject to   Σ_j a_j x_j ≥ b for each row (a, b),   0 ≤ x ≤ 1 (whole numbers, or not)

Certificates about what must be cut, or who must be won over, prove such rows one by one, and rebuild the programme from them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from gametheory.certificates.programme import LinearProgramme, Sense

__all__ = ["CoveringRow", "covering_programme"]

CoveringRow = tuple[Mapping[int, Fraction], Fraction]
"""Coefficients by column, and the right-hand side."""


def covering_programme(
    weights: Sequence[Fraction], rows: Sequence[CoveringRow], *, whole: bool, name: str
) -> LinearProgramme:
    """The programme of these rows, whole numbers if ``whole``.

    Examples
    --------
    >>> covering_programme([Fraction(1)] * 2, [({0: Fraction(1), 1: Fraction(1)}, Fraction(1))], whole=True, name="either")
    LinearProgramme(either: min over 2 columns, 2 integral, 1 rows)
    """
    written: list[tuple[str, Mapping[int, Any], Sense, Any]] = [
        (f"row {k}", row, ">=", side) for k, (row, side) in enumerate(rows)
    ]
    count = len(weights)
    integer = frozenset(range(count)) if whole else frozenset()
    return LinearProgramme.from_rows("min", weights, written, upper=[1] * count, integer=integer, name=name)
