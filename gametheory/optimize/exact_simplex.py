"""The simplex method in rationals, from any starting basis.

The programme is read as  A x − s = 0,  l ≤ x ≤ u,  with one activity s_r per row, bounded by its right-hand side. A
basis makes one variable per row basic; the others rest at a bound (free ones at 0). With J the basic columns of x and I
the rows whose activity is *not* basic, |I| = |J|, and everything follows from the square kernel K = A_IJ:

    K x_J = s_I − A_IN x_N   (the point),     Kᵀ y_I = c_J   (the multipliers).

So only as many equations are solved as columns are basic, however many rows there are; rows and columns of K with one
entry left are eliminated first, the rest goes to FLINT (Dixon lifting or several primes).

Two phases, both finite. *Feasibility*: a basic variable outside its bounds leaves, a nonbasic one that can help enters;
if none can, the row is a Farkas proof. From multipliers of the right signs this is the dual simplex method, which keeps
them; from others, the lowest indices are taken until a point or such multipliers are met (Bland's rule; Dutertre and de
Moura, CAV 2006, theorem 1). *Optimality*: primal simplex, largest reduced cost. Both simplex methods turn to Bland's
rule from a degenerate step until the next step that moves. A good starting basis needs no pivot at all, and then this is
a check and two linear solves.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, final

import numpy as np

from gametheory.arithmetic import RationalArray
from gametheory.certificates.programme import LinearProgramme
from gametheory.errors import SolverError
from gametheory.optimize.basis_kernel import Entries, Kernel, peel, pivot_columns
from gametheory.optimize.linear_model import AT_LOWER, AT_UPPER, AT_ZERO, BASIC, Basis
from gametheory.optimize.scaling import distinct_entries

__all__ = ["ExactSimplex", "Outcome"]


@final
@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """Where the simplex method ended: ``primal`` and ``row_duals`` of an optimum, or evidence that there is none.

    Infeasible: ``row_duals`` are Farkas multipliers. Unbounded: ``primal`` is feasible and ``ray`` improves for ever.
    """

    status: Literal["optimal", "infeasible", "unbounded"]
    primal: RationalArray
    row_duals: RationalArray
    ray: RationalArray | None
    basis: Basis
    pivots: int


@final
class ExactSimplex:
    """A rational programme in integers, ready to be solved from several bases."""

    def __init__(self, programme: LinearProgramme) -> None:
        self.programme = programme
        n, m = self.columns, self.rows = programme.num_columns, programme.num_rows
        start, index, values = distinct_entries(programme)
        starts, columns, numerators = start.tolist(), index.tolist(), values.numerators.tolist()
        self.by_row: list[Entries] = []
        self.by_column: list[Entries] = [[] for _ in range(n)]
        self.factor: list[Fraction] = []  # row r is stored as factor · A_r, in integers without common divisor
        self.lower: list[Fraction | None] = list(programme.lower)
        self.upper: list[Fraction | None] = list(programme.upper)
        for r in range(m):
            entries = numerators[starts[r] : starts[r + 1]]
            common = math.gcd(*entries) or 1
            row = [(j, a // common) for j, a in zip(columns[starts[r] : starts[r + 1]], entries, strict=True)]
            self.by_row.append(row)
            for j, a in row:
                self.by_column[j].append((r, a))
            factor = Fraction(values.denominator, common)
            self.factor.append(factor)
            side = programme.right_hand_side[r] * factor
            self.lower.append(None if programme.row_sense[r] == "<=" else side)
            self.upper.append(None if programme.row_sense[r] == ">=" else side)
        self.fixed = [low is not None and low == high for low, high in zip(self.lower, self.upper, strict=True)]
        turn = 1 if programme.sense == "max" else -1  # always maximise inside
        self.cost = [turn * c for c in programme.objective.numerators.tolist()]
        self.turn = turn
        self.reached: Basis | None = None

    # -- the two phases --------------------------------------------------------------------------------------------

    def solve(
        self, basis: Basis | None, *, deadline: float | None = None, max_pivots: int | None = None
    ) -> Outcome | None:
        """Solve from ``basis`` (``None``: all rows basic).

        With ``max_pivots`` the answer is ``None`` if so many do not suffice (then ``reached`` is where they led), and at
        once from a basis whose point and multipliers are both off.
        """
        self.status = self._start(basis)
        pivots, degenerate = 0, False
        while True:
            if deadline is not None and time.perf_counter() > deadline:
                raise SolverError(
                    f"the exact simplex method stopped at the time limit after {pivots} pivots; raise time_limit",
                    status="time limit",
                    solver="exact simplex",
                )
            kernel = self._kernel()
            point = self._point(kernel)
            duals = self._duals(kernel)
            entering = self._entering(duals, bland=degenerate)
            dual_feasible = entering is None
            leaving = self._violated(point, largest=dual_feasible and not degenerate)
            if max_pivots is not None and (leaving is not None or entering is not None):
                if leaving is not None and entering is not None:
                    return None
                if pivots >= max_pivots:
                    self.reached = self._basis()
                    return None
            if leaving is not None:
                step = self._feasibility_step(kernel, *leaving, duals if dual_feasible else None)
                if isinstance(step, RationalArray):
                    return self._outcome("infeasible", point, step, None, pivots)
                degenerate = dual_feasible and not step
            elif entering is None:
                return self._outcome("optimal", point, self._row_duals(duals), None, pivots)
            else:
                moved = self._optimality_step(kernel, point, *entering)
                if isinstance(moved, RationalArray):
                    return self._outcome("unbounded", point, self._row_duals(duals), moved, pivots)
                degenerate = not moved
            pivots += 1

    def _violated(self, point: _Point, *, largest: bool) -> tuple[int, int] | None:
        """A basic variable outside its bounds, the lowest or the furthest, and the way it must move (1 up, −1 down)."""
        found, most = None, Fraction(0)
        for k, value in point.basic_values():
            low, high = self.lower[k], self.upper[k]
            if low is not None and value * low.denominator < low.numerator * point.denominator:
                way, gap = 1, low * point.denominator - value
            elif high is not None and value * high.denominator > high.numerator * point.denominator:
                way, gap = -1, value - high * point.denominator
            else:
                continue
            if gap > most:
                found, most = (k, way), gap
            if not largest:
                break
        return found

    def _feasibility_step(self, kernel: Kernel, leaving: int, way: int, duals: _Duals | None) -> RationalArray | bool:
        """Exchange ``leaving`` for a variable that can move it ``way``; a Farkas proof if there is none.

        Without ``duals`` the variable of lowest index enters, with them the one that keeps their signs (lowest index
        among equals); then the answer is whether the multipliers moved.
        """
        n = self.columns
        side = [0] * len(kernel.columns)
        row: Entries = []
        if leaving < n:
            side[kernel.position[leaving]] = 1
        else:
            row = self.by_row[leaving - n]
            for j, a in row:
                if j in kernel.position:
                    side[kernel.position[j]] = a
        weights, denominator = kernel.solve_transposed(side)  # of s_I in the leaving variable
        effect = [0] * n  # of the columns of x, times the denominator
        for j, a in row:
            effect[j] = a * denominator
        for r, w in zip(kernel.rows, weights, strict=True):
            if w:
                for j, a in self.by_row[r]:
                    effect[j] -= w * a
        by_row = dict(zip(kernel.rows, weights, strict=True))
        entering: int | None = None
        price, size = 0, 1  # |reduced cost| and |effect| of the entering variable
        for k, status in enumerate(self.status):
            if status == BASIC:
                continue
            pull = (effect[k] if k < n else by_row[k - n]) * way
            if pull and self._can_move(k, 1 if pull > 0 else -1):
                cost = 0 if duals is None else abs(duals.of(k))
                if entering is None or cost * size < price * abs(pull):
                    entering, price, size = k, cost, abs(pull)
                if duals is None:
                    break
        if entering is not None:
            self.status[entering] = BASIC
            self.status[leaving] = AT_LOWER if way > 0 else AT_UPPER
            return price > 0
        multipliers = [Fraction(0)] * self.rows
        for r, w in by_row.items():
            multipliers[r] = Fraction(w * way, denominator) * self.factor[r]
        if leaving >= n:
            multipliers[leaving - n] = -way * self.factor[leaving - n]
        return RationalArray.from_fractions(multipliers)

    def _can_move(self, k: int, way: int) -> bool:
        """Whether the nonbasic variable can leave its bound upwards (1) or downwards (−1)."""
        if self.status[k] == AT_ZERO:
            return True
        if self.fixed[k]:
            return False
        return (self.status[k] == AT_LOWER) == (way > 0)

    def _duals(self, kernel: Kernel) -> _Duals:
        weights, denominator = kernel.solve_transposed([self.cost[j] for j in kernel.columns])
        reduced = [c * denominator for c in self.cost]
        for r, w in zip(kernel.rows, weights, strict=True):
            if w:
                for j, a in self.by_row[r]:
                    reduced[j] -= w * a
        return _Duals(dict(zip(kernel.rows, weights, strict=True)), reduced, denominator)

    def _entering(self, duals: _Duals, *, bland: bool) -> tuple[int, int] | None:
        """A nonbasic variable whose move improves the objective, and its way."""
        best, size = None, 0
        for k, status in enumerate(self.status):
            if status == BASIC:
                continue
            gain = duals.of(k)
            way = 1 if gain > 0 else -1
            if gain and abs(gain) > size and self._can_move(k, way):
                best, size = (k, way), abs(gain)
                if bland:
                    break
        return best

    def _optimality_step(self, kernel: Kernel, point: _Point, entering: int, way: int) -> RationalArray | bool:
        """Move ``entering`` until a variable meets a bound: whether it moved at all, or the ray if nothing stops it."""
        n = self.columns
        side = [0] * len(kernel.rows)
        place = {r: i for i, r in enumerate(kernel.rows)}
        if entering < n:
            for r, a in self.by_column[entering]:
                if r in place:
                    side[place[r]] = -a * way
        else:
            side[place[entering - n]] = way
        direction, denominator = kernel.solve(side)
        change = dict(zip(kernel.columns, direction, strict=True))
        if entering < n:
            change[entering] = way * denominator
        activity: dict[int, int] = {}
        for j, d in change.items():
            if d:
                for r, a in self.by_column[j]:
                    activity[r] = activity.get(r, 0) + a * d
        moves = [(j, change[j]) for j in kernel.columns if change[j]]
        moves += [(n + r, d) for r, d in sorted(activity.items()) if d and self.status[n + r] == BASIC]
        step: Fraction | None = None
        leaving = entering
        if self.lower[entering] is not None and self.upper[entering] is not None and self.status[entering] != AT_ZERO:
            step = self.upper[entering] - self.lower[entering]  # type: ignore[operator]  # both are numbers here
        for k, d in sorted(moves):
            bound = self.upper[k] if d > 0 else self.lower[k]
            if bound is not None:
                room = (bound - Fraction(point.value(k), point.denominator)) / Fraction(d, denominator)
                if step is None or room < step or (room == step and k < leaving):
                    step, leaving = room, k
        if step is None:
            ray = [Fraction(0)] * n
            for j, d in change.items():
                ray[j] = Fraction(d, denominator)
            return RationalArray.from_fractions(ray)
        if leaving == entering:
            self.status[entering] = AT_UPPER if way > 0 else AT_LOWER
        else:
            self.status[leaving] = AT_UPPER if dict(moves)[leaving] > 0 else AT_LOWER
            self.status[entering] = BASIC
        return step > 0

    # -- the basis -------------------------------------------------------------------------------------------------

    def _start(self, basis: Basis | None) -> list[int]:
        """A status for every variable, from a basis that may be rounded, incomplete or singular."""
        n, m = self.columns, self.rows
        given = [AT_LOWER] * n + [BASIC] * m if basis is None else [*basis.columns.tolist(), *basis.rows.tolist()]
        self.status = [BASIC if s == BASIC else self._rest(k, s) for k, s in enumerate(given)]
        chosen = [j for j in range(n) if given[j] == BASIC]
        rows = [r for r in range(m) if given[n + r] != BASIC]
        if chosen or rows:
            keep_rows, keep_columns = self._independent(rows, chosen)
            for r in set(rows) - keep_rows:
                self.status[n + r] = BASIC
            for j in set(chosen) - keep_columns:
                self.status[j] = self._rest(j, AT_LOWER)
        return self.status

    def _rest(self, k: int, status: int) -> int:
        """Where a nonbasic variable can rest: as asked if that bound is finite, else at the other, else at 0."""
        order = (AT_UPPER, AT_LOWER) if status == AT_UPPER else (AT_LOWER, AT_UPPER)
        for choice in order:
            if (self.lower if choice == AT_LOWER else self.upper)[k] is not None:
                return choice
        return AT_ZERO

    def _independent(self, rows: Sequence[int], columns: Sequence[int]) -> tuple[set[int], set[int]]:
        """Rows and columns of a regular square part of full rank modulo a prime, hence regular over the rationals."""
        peeled = peel(rows, columns, self.by_row, self.by_column)
        keep_rows = {r for r, _, _ in (*peeled.first, *peeled.last)}
        keep_columns = {j for _, j, _ in (*peeled.first, *peeled.last)}
        if peeled.rows and peeled.columns:
            wide = [peeled.columns[k] for k in pivot_columns(peeled.rows, peeled.columns, self.by_row)]
            if wide:
                tall = [peeled.rows[k] for k in pivot_columns(wide, peeled.rows, self.by_column)]
                keep_rows |= set(tall)
                keep_columns |= set(wide)
        return keep_rows, keep_columns

    def _kernel(self) -> Kernel:
        n = self.columns
        columns = [j for j in range(n) if self.status[j] == BASIC]
        rows = [r for r in range(self.rows) if self.status[n + r] != BASIC]
        return Kernel(rows, columns, self.by_row, self.by_column)

    def _point(self, kernel: Kernel) -> _Point:
        """The basic solution of the current statuses."""
        n = self.columns
        resting = [self._resting_value(k) for k in range(n)]
        scale = math.lcm(1, *(v.denominator for v in resting if v))
        for r in kernel.rows:
            scale = math.lcm(scale, self._resting_value(n + r).denominator)
        values = [v.numerator * (scale // v.denominator) for v in resting]
        activity = self._activities(values)
        side = []
        for r in kernel.rows:
            value = self._resting_value(n + r)
            side.append(value.numerator * (scale // value.denominator) - activity[r])
        solved, denominator = kernel.solve(side)
        if denominator != 1:
            values = [v * denominator for v in values]
        for j, v in zip(kernel.columns, solved, strict=True):
            values[j] = v
        return _Point(values, self._activities(values), scale * denominator, self.status)

    def _resting_value(self, k: int) -> Fraction:
        status = self.status[k]
        bound = self.lower[k] if status == AT_LOWER else self.upper[k] if status == AT_UPPER else None
        return Fraction(0) if bound is None else bound

    def _activities(self, values: list[int]) -> list[int]:
        activity = [0] * self.rows
        for j, v in enumerate(values):
            if v:
                for r, a in self.by_column[j]:
                    activity[r] += a * v
        return activity

    def _row_duals(self, duals: _Duals) -> RationalArray:
        unit = Fraction(self.turn, duals.denominator * self.programme.objective.denominator)
        multipliers = [Fraction(0)] * self.rows
        for r, w in duals.rows.items():
            if w:
                multipliers[r] = w * unit * self.factor[r]
        return RationalArray.from_fractions(multipliers)

    def _outcome(
        self, status: Any, point: _Point, duals: RationalArray, ray: RationalArray | None, pivots: int
    ) -> Outcome:
        values = np.empty(self.columns, dtype=object)
        values[:] = point.values
        return Outcome(status, RationalArray.of_integers(values, point.denominator), duals, ray, self._basis(), pivots)

    def _basis(self) -> Basis:
        statuses = np.array(self.status, dtype=np.int8)
        return Basis(statuses[: self.columns], statuses[self.columns :])


@final
@dataclass(frozen=True, slots=True, eq=False)
class _Point:
    values: list[int]
    activities: list[int]
    denominator: int
    status: list[int]

    def value(self, k: int) -> int:
        n = len(self.values)
        return self.values[k] if k < n else self.activities[k - n]

    def basic_values(self) -> list[tuple[int, int]]:
        return [(k, self.value(k)) for k, status in enumerate(self.status) if status == BASIC]


@final
@dataclass(frozen=True, slots=True, eq=False)
class _Duals:
    rows: dict[int, int]
    reduced: list[int]
    denominator: int

    def of(self, k: int) -> int:
        """Reduced cost of a nonbasic variable: a column, or the activity of a row."""
        n = len(self.reduced)
        return self.reduced[k] if k < n else self.rows[k - n]
