"""Programmes freed of common parts, for solvers that compute in floats.

If e·x = β is a row and every entry of another row a agrees with μ e up to little (payoffs 10¹² + small, with Σ x = 1),
the row (a − μ e)·x ≤ b − μ β says the same and its numbers are small: what distinguishes the columns is no longer below
the precision of floats. Feasible points are the same, and since the activity only moves by the constant μ β, so are the
bases: basic rows stay basic, bounds stay bounds. The same holds for the objective. A free column that then carries the
common part (the value of the game) is measured from there.
"""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import RationalArray
from gametheory.certificates.programme import LinearProgramme
from gametheory.errors import SpecificationError

__all__ = ["without_common_parts"]

_SMALL = 1e-4  # a spread below this share of the common part is worth the trouble
_EQUATIONS = 8  # the longest equations are tried


def without_common_parts(programme: LinearProgramme) -> LinearProgramme:
    """A programme with the same bases and smaller numbers; ``programme`` itself where there is nothing to gain.

    Feasible points are the same but for free columns, which may be shifted.
    """
    given = programme
    equations = [r for r, sense in enumerate(programme.row_sense) if sense == "=="]
    lengths = np.diff(programme.row_start)
    equations = sorted(equations, key=lambda r: (-int(lengths[r]), r))[:_EQUATIONS]
    for r in equations:
        if lengths[r] > 1:
            programme = _without_multiples(programme, r)
    return programme if programme is given else _recentred(programme)


def _recentred(programme: LinearProgramme) -> LinearProgramme:
    """Free columns measured from where most right-hand sides put them, if they agree on it."""
    rows = programme.entry_rows()
    sides = programme.right_hand_side.fractions()
    constant = programme.constant
    for j in range(programme.num_columns):
        if programme.lower[j] is not None or programme.upper[j] is not None:
            continue
        entries = [(int(rows[k]), programme.coefficients[int(k)]) for k in np.flatnonzero(programme.column_index == j)]
        places = sorted(sides[r] / a for r, a in entries if a)
        if not places:
            continue
        low, high = places[0], places[-1]
        if high - low > Fraction(_SMALL) * max(abs(low), abs(high)):
            continue
        shift = (low + high) / 2
        for r, a in entries:
            sides[r] -= a * shift
        constant += programme.objective[j] * shift
    return replace(programme, right_hand_side=RationalArray.from_fractions(sides), constant=constant)


def _without_multiples(programme: LinearProgramme, equation: int) -> LinearProgramme:
    own = slice(int(programme.row_start[equation]), int(programme.row_start[equation + 1]))
    try:
        entries, costs = programme.coefficients.floats(), programme.objective.floats()
    except (OverflowError, SpecificationError):
        return programme  # numbers beyond floats: left to the rational method
    sums = np.zeros(programme.num_columns)
    np.add.at(sums, programme.column_index[own], entries[own])
    divisors = np.where(sums == 0, np.nan, sums)
    with np.errstate(all="ignore"):
        length = int(np.count_nonzero(sums))
        multiples = _multiples(
            entries / divisors[programme.column_index], programme.entry_rows(), programme.num_rows, length
        )
        gain = _multiples(costs / divisors, np.zeros(programme.num_columns, dtype=np.int64), 1, length)[0]
    multiples[equation] = np.nan
    chosen = {int(r): _short(multiples[r]) for r in np.flatnonzero(np.isfinite(multiples))}
    if not chosen and not np.isfinite(gain):
        return programme
    row = {j: a for j, a in programme.row(equation).items() if a}
    side = programme.right_hand_side[equation]
    changes: dict[str, Any] = {}
    if chosen:
        values, sides = programme.coefficients.fractions(), programme.right_hand_side.fractions()
        for r, mu in chosen.items():
            for k in range(int(programme.row_start[r]), int(programme.row_start[r + 1])):
                values[k] -= mu * row.get(int(programme.column_index[k]), 0)
            sides[r] -= mu * side
        changes = {
            "coefficients": RationalArray.from_fractions(values),
            "right_hand_side": RationalArray.from_fractions(sides),
        }
    if np.isfinite(gain):
        mu = _short(gain)
        objective = programme.objective.fractions()
        for j, a in row.items():
            objective[j] -= mu * a
        changes["objective"] = RationalArray.from_fractions(objective)
        changes["constant"] = programme.constant + mu * side
    return replace(programme, **changes)


def _multiples(ratios: NDArray[np.float64], rows: NDArray[np.int64], count: int, length: int) -> NDArray[np.float64]:
    """The common ratio of each row to the equation, where it has all its columns and nearly one ratio; else NaN."""
    known = np.isfinite(ratios)
    low, high = np.full(count, np.inf), np.full(count, -np.inf)
    np.minimum.at(low, rows[known], ratios[known])
    np.maximum.at(high, rows[known], ratios[known])
    covered = np.bincount(rows[known], minlength=count) == length
    size = np.maximum(np.abs(low), np.abs(high))
    fits = covered & (size > 0) & (high - low <= _SMALL * size) & (high > low)
    return np.where(fits, (low + high) / 2, np.nan)


def _short(value: float) -> Fraction:
    """A rational near ``value`` with few digits, so that the rows do not grow longer than they were."""
    exponent = math.frexp(value)[1] - 40
    return Fraction(round(math.ldexp(value, -exponent))) * (Fraction(2) ** exponent)
