"""Iterative refinement: bases of better precision than floats alone give.

With one activity s per row as a column of its own, A x − s = 0, only bounds and costs carry data. At a point v̂ of (x, s)
and multipliers ŷ, both rational, the programme reads for the correction z = 2^p (v − v̂)

    max 2^q (c − Aᵀŷ, ŷ)·z   over   (A, −I) z = 0,   2^p (l − v̂) ≤ z ≤ 2^p (u − v̂).

Residuals are exact and only then rounded, so each round gains about as many digits as a solve in floats. First the costs
are magnified (p = 0, v̂ = 0), which makes the signs of the multipliers right, then the bounds, which makes the point
feasible. Corrections stay within a region of trust, so that what is large does not drown what is small. Nothing here is
relied upon: every basis is checked in rationals by the caller.

Where entries of very different size (1 and 1e-10) share rows, floats do not see the small ones in any round; the exact
simplex method then has the work, at some ten milliseconds a pivot.

Reference: A. Gleixner, D. Steffy and K. Wolter, "Iterative refinement for linear programming", INFORMS Journal on
Computing 28 (2016), algorithm 1.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import final

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import RationalArray
from gametheory.certificates.programme import LinearProgramme
from gametheory.optimize.linear_model import AT_LOWER, AT_UPPER, Basis, LinearModel, LinearSolution
from gametheory.optimize.scaling import ScaledProgramme

__all__ = ["Refinement"]

_ROUNDS = 8  # of magnified costs, and as many of magnified bounds
_GROWTH = 25  # each round magnifies by 2^25: about what a solve in floats gains
_REGION = 1e6  # corrections beyond this many magnified units would drown the residuals in rounding


@final
class Refinement:
    """Corrections of a float solution by the same programme with magnified exact residuals; see the module."""

    def __init__(self, programme: LinearProgramme, scaled: ScaledProgramme, model: LinearModel) -> None:
        self.programme, self.scaled = programme, scaled
        self.unit = (scaled.column_exponent - scaled.side_exponent).tolist()
        self.dual_unit = (scaled.row_exponent - scaled.objective_exponent).tolist()
        self.side_unit = (-scaled.row_exponent - scaled.side_exponent).tolist()
        self.size, self.turn = programme.num_columns, 1 if programme.sense == "max" else -1
        n, m = programme.num_columns, programme.num_rows
        self.model = LinearModel(
            programme.sense,
            np.concatenate([scaled.cost, np.zeros(m)]),
            scaled.row_start + np.arange(m + 1),
            np.insert(scaled.column_index, scaled.row_start[1:], n + np.arange(m)),
            np.insert(scaled.coefficients, scaled.row_start[1:], -1.0),
            np.zeros(m),
            np.zeros(m),
            np.concatenate([scaled.column_lower, scaled.row_lower]),
            np.concatenate([scaled.column_upper, scaled.row_upper]),
        )
        start, solution = model.basis(), model.solution()
        if start is not None:
            statuses = np.concatenate([start.columns, start.rows])
            self.model.set_basis(Basis(statuses, np.zeros(m, dtype=np.int8)))
        self.duals = self._rational(solution.row_duals, self.dual_unit)
        self.point = self._rational(np.zeros(n), self.unit)

    def bases(self, deadline: float | None) -> Iterator[Basis]:
        """The basis after each round, while the solver keeps up."""
        zoom, last = 0, None
        for _ in range(_ROUNDS):
            costs = self._costs()
            zoom = _zoom(zoom, _wrong_costs(costs, last, self.turn))
            self.model.change_cost(np.clip(_floats(costs, np.inf, zoom), -_REGION, _REGION))
            solution = self._solved(deadline)
            if solution is None:
                return
            self.duals = _sum(self.duals, self._rational(solution.row_duals, [e - zoom for e in self.dual_unit]))
            self.point = self._rational(solution.primal[: self.size], self.unit)
            last, previous = self._basis(solution), last
            if last == previous:
                break
            yield last
        self.model.change_cost(np.clip(_floats(self._costs(), np.inf, zoom), -_REGION, _REGION))
        zoom, last = 0, None
        for _ in range(_ROUNDS):
            lower, upper = self._bounds()
            zoom = _zoom(zoom, max([Fraction(0), *(x for x in lower if x), *(-x for x in upper if x)]))
            self.model.change_column_bounds(
                np.clip(_floats(lower, -np.inf, zoom), -_REGION, _REGION),
                np.clip(_floats(upper, np.inf, zoom), -_REGION, _REGION),
            )
            solution = self._solved(deadline)
            if solution is None:
                return
            moved = self._rational(solution.primal[: self.size], [e - zoom for e in self.unit])
            self.point = _sum(self.point, moved)
            last, previous = self._basis(solution), last
            if last == previous:
                return
            yield last

    def _solved(self, deadline: float | None) -> LinearSolution | None:
        limit = None if deadline is None else max(0.0, deadline - time.perf_counter())
        pivots = 5_000 + 10 * self.model.num_columns  # a round that needs more has lost its way
        status = self.model.run(time_limit=limit, iteration_limit=pivots)
        return self.model.solution() if status == "optimal" else None

    def _basis(self, solution: LinearSolution) -> Basis:
        return Basis(solution.basis.columns[: self.size], solution.basis.columns[self.size :])

    def _costs(self) -> list[Fraction]:
        """What the multipliers leave of the costs of columns and activities, in scaled units."""
        covered, scaled = self.programme.combined_rows(self.duals), self.scaled
        costs = []
        for j, exponent in enumerate(scaled.column_exponent.tolist()):
            left = self.programme.objective[j] - covered[j]
            costs.append(left * _power(exponent + scaled.objective_exponent))
        return costs + [self.duals[r] * _power(-exponent) for r, exponent in enumerate(self.dual_unit)]

    def _bounds(self) -> tuple[list[Fraction | None], list[Fraction | None]]:
        """The bounds of columns and activities from the point on, in scaled units."""
        programme = self.programme
        activities, sides = programme.row_activities(self.point), programme.right_hand_side
        lower: list[Fraction | None] = []
        upper: list[Fraction | None] = []
        for j, exponent in enumerate(self.unit):
            unit, value = _power(-exponent), self.point[j]
            low, high = programme.lower[j], programme.upper[j]
            lower.append(None if low is None else (low - value) * unit)
            upper.append(None if high is None else (high - value) * unit)
        for r, exponent in enumerate(self.side_unit):
            left = (sides[r] - activities[r]) * _power(-exponent)
            lower.append(None if programme.row_sense[r] == "<=" else left)
            upper.append(None if programme.row_sense[r] == ">=" else left)
        return lower, upper

    def _rational(self, values: NDArray[np.float64], exponents: list[int]) -> RationalArray:
        return RationalArray.from_fractions(
            [Fraction(v) * _power(e) for v, e in zip(values.tolist(), exponents, strict=True)]
        )


def _power(exponent: int) -> Fraction:
    return Fraction(1 << exponent) if exponent >= 0 else Fraction(1, 1 << -exponent)


def _wrong_costs(costs: list[Fraction], basis: Basis | None, turn: int) -> Fraction:
    """The largest cost of a basic variable, or of a nonbasic one on the improving side; all where there is no basis."""
    if basis is None:
        return max(map(abs, costs), default=Fraction(0))
    worst = Fraction(0)
    for cost, status in zip(costs, [*basis.columns.tolist(), *basis.rows.tolist()], strict=True):
        gain = cost * turn
        if (status == AT_LOWER and gain < 0) or (status == AT_UPPER and gain > 0):
            continue
        worst = max(worst, abs(gain))
    return worst


def _zoom(last: int, violation: Fraction) -> int:
    """The power of two that magnifies a violation to about one, at most so much more than the last."""
    if violation == 0:
        return last + _GROWTH
    wanted = violation.denominator.bit_length() - violation.numerator.bit_length()
    return max(0, min(last + _GROWTH, wanted))


def _floats(values: Sequence[Fraction | None], absent: float, zoom: int) -> NDArray[np.float64]:
    """Floats of residuals, magnified; beyond the range of floats they are infinite."""
    unit, far = _power(zoom), Fraction(10) ** 300
    result = np.full(len(values), absent)
    for k, value in enumerate(values):
        if value is not None:
            magnified = value * unit
            result[k] = float(magnified) if abs(magnified) < far else math.copysign(math.inf, magnified.numerator)
    return result


def _sum(left: RationalArray, right: RationalArray) -> RationalArray:
    a, b = left.numerators.astype(object) * right.denominator, right.numerators.astype(object) * left.denominator
    return RationalArray.of_integers(a + b, left.denominator * right.denominator)
