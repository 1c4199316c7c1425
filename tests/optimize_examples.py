"""Programmes that several tests of frontiers share."""

from __future__ import annotations

from gametheory.certificates import LinearProgramme

COVERING_A = [
    [7, 8, 1, 8, 5, 5],
    [6, 3, 9, 1, 3, 4],
    [6, 4, 2, 1, 1, 1],
    [2, 9, 2, 6, 7, 3],
    [3, 4, 3, 9, 2, 9],
    [8, 8, 2, 4, 6, 5],
    [6, 7, 6, 1, 9, 6],
    [9, 3, 4, 8, 2, 1],
]
COSTS = [[8, 7, 3, 1, 7, 6], [7, 1, 1, 5, 3, 4]]
"""Two objectives of the covering programme, both minimised."""


def covering() -> LinearProgramme:
    """A x ≥ b, 0 ≤ x ≤ 20: six columns, eight rows; the frontier of ``COSTS`` has five vertices."""
    sides = [27, 33, 22, 37, 26, 24, 30, 37]
    rows = [(f"row {i}", dict(enumerate(a)), ">=", b) for i, (a, b) in enumerate(zip(COVERING_A, sides, strict=True))]
    return LinearProgramme.from_rows("min", [0] * 6, rows, upper=[20] * 6, name="covering")
