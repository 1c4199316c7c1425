"""The value of a linear programme as its right-hand sides move: every breakpoint, exactly.

    z(t) = min (or max) c·x   subject to   A x  ≤, ≥ or =  b + t·d,   l ≤ x ≤ u

is convex (concave for a maximum) and piecewise linear in t. An optimal dual y at t gives the line through (t, z(t)) of
slope d·y, below z everywhere (above, for a maximum). Two such lines meet at some t*; either z(t*) is on them, and then
both are z up to there, or the dual at t* is a new line between. So K pieces take at most 2K + 1 programmes, each solved
exactly from the last basis, whatever is degenerate. Slopes are shadow prices: left and right derivatives at each t.

:func:`epsilon_constraint_path` is the path of "minimise f_1 subject to f_2 ≤ t", the whole frontier of two linear
objectives by t, with the price of the constraint.

References: T. Gal, *Postoptimal Analyses, Parametric Programming, and Related Topics* (1979), chapter 3; B. Jansen, J. de
Jong, C. Roos and T. Terlaky, "Sensitivity analysis in linear programming: just be careful!", European Journal of
Operational Research 101 (1997), for slopes at breakpoints.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, final

from gametheory.arithmetic import RationalArray, exact
from gametheory.arithmetic.limits import check_seconds
from gametheory.certificates.programme import LinearProgramme
from gametheory.certificates.rationals import rational_to_json
from gametheory.errors import SpecificationError, UnboundedError
from gametheory.optimize.exact import ExactSolution, solve_exact
from gametheory.optimize.extension import Row, extended_programme
from gametheory.optimize.linear_model import Basis
from gametheory.optimize.objectives import Objectives, Sense, row_prices
from gametheory.optimize.parametric_path import ParametricPath, PathPiece

__all__ = ["epsilon_constraint_path", "right_hand_side_path"]


def right_hand_side_path(
    programme: LinearProgramme,
    direction: Mapping[str, Any],
    *,
    interval: tuple[Any, Any] = (None, None),
    parameter: str = "t",
    time_limit: float | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> ParametricPath:
    """The optimal value of a linear programme while right-hand sides move along ``direction``, with all breakpoints.

    Parameters
    ----------
    programme : LinearProgramme
        At t = 0.
    direction : mapping from row name to number
        What is added to the right-hand side of each row for t = 1.
    interval : pair of numbers or None
        From which t to which; ``None``: as far as the programme has a feasible point.
    parameter : str
        What t is, for reports.
    time_limit : float, optional
        Seconds for everything.
    progress : callable, optional
        Called as ``progress(pieces, open)`` with the pieces proved and the intervals that are still open.

    Returns
    -------
    ParametricPath

    Raises
    ------
    InfeasibleError
        No t in the interval has a feasible point, or a given end has none.
    UnboundedError
        The objective has no bound, or the programme is feasible for ever and ``interval`` leaves that end open.
    SolverError
        The time limit was reached.

    Examples
    --------
    The hours of the third plant in the Wyndor Glass example (Hillier and Lieberman, *Introduction to Operations Research*,
    section 3.1) are worth 3/2, then 1, then nothing:

    >>> wyndor = LinearProgramme.from_rows(
    ...     "max", [3, 5], [("plant 1", {0: 1}, "<=", 4), ("plant 2", {1: 2}, "<=", 12),
    ...                     ("plant 3", {0: 3, 1: 2}, "<=", 18)])
    >>> path = right_hand_side_path(wyndor, {"plant 3": 1}, interval=(-18, 12))
    >>> [(str(p.start), str(p.end), str(p.slope)) for p in path.pieces]
    [('-18', '-6', '5/2'), ('-6', '6', '1'), ('6', '12', '0')]
    >>> path.value(0), path.slopes(6), path.verify()
    (Fraction(36, 1), (Fraction(1, 1), Fraction(0, 1)), True)
    """
    if programme.integer:
        raise SpecificationError(
            f"{programme!r}: the value of an integer programme jumps; drop the integer columns to relax"
        )
    unknown = set(direction) - set(programme.row_names)
    if unknown or not direction:
        raise SpecificationError(f"direction: found {sorted(unknown) or 'no rows'}; name rows of the programme")
    check_seconds("time_limit", time_limit)
    steps = [exact(direction.get(name, 0), where=f"direction[{name!r}]") for name in programme.row_names]
    task = _Task(programme, steps, None if time_limit is None else time.perf_counter() + time_limit)
    low, high = (None if end is None else exact(end, where="interval") for end in interval)
    low = task.end("min") if low is None else low
    high = task.end("max") if high is None else high
    if low > high:
        raise SpecificationError(f"interval: found {low} to {high}; write the lesser end first")
    return ParametricPath(parameter=parameter, pieces=task.pieces(low, high, progress))


def epsilon_constraint_path(
    programme: LinearProgramme,
    objectives: Sequence[Sequence[Any]],
    *,
    senses: tuple[Sense, Sense] = ("min", "min"),
    measures: tuple[str, str] = ("first", "second"),
    time_limit: float | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> ParametricPath:
    """The best first objective for every level of the second, exactly, with the price of the level.

    The path of "optimise f_1 subject to f_2 ≤ t" (≥ for a maximised one), for t from the best f_2 to that of the best f_1;
    all of it is nondominated, and its breakpoints are the vertices of :func:`~gametheory.optimize.bi_objective_frontier`.

    Parameters
    ----------
    programme : LinearProgramme
        Rows and bounds; its own objective does not count.
    objectives : two sequences of numbers, each of length num_columns
    senses : pair of "max" or "min"
    measures : pair of str
        Names of the objectives; the constraint is the row ``"<second> at most t"`` (or at least).
    time_limit, progress : optional
        As for :func:`right_hand_side_path`.

    Raises
    ------
    InfeasibleError, UnboundedError, SolverError
        As :func:`right_hand_side_path`.

    Examples
    --------
    >>> programme = LinearProgramme.from_rows("min", [0, 0], [("demand", {0: 1, 1: 2}, ">=", 2)])
    >>> path = epsilon_constraint_path(programme, [[1, 0], [0, 1]], measures=("cost", "risk"))
    >>> path, path.value("1/4"), path.slopes("1/4")
    (ParametricPath(certified: 1 pieces, risk from 0 to 1), Fraction(3, 2), (Fraction(-2, 1), Fraction(-2, 1)))
    """
    if len(objectives) != 2:
        raise SpecificationError(f"objectives: found {len(objectives)}; write two")
    wanted = Objectives.read(programme, objectives, senses, measures)
    deadline = None if time_limit is None else time.perf_counter() + time_limit
    first, second = (
        replace(programme, sense=sense, objective=cost, constant=Fraction(0))
        for cost, sense in zip(wanted.costs, wanted.senses, strict=True)
    )
    lower = wanted.senses[1] == "min"
    best = solve_exact(second, time_limit=_remaining(deadline)).value
    at_best = dict(enumerate(wanted.costs[0].fractions()))
    top = solve_exact(first, time_limit=_remaining(deadline)).value
    held: Row = ("first objective at its best", at_best, "==", top)
    among = extended_programme(second, [held], name=programme.name)
    worst = solve_exact(among, time_limit=_remaining(deadline)).value
    name = f"{wanted.measures[1]} at {'most' if lower else 'least'} t"
    level: Row = (name, dict(enumerate(wanted.costs[1].fractions())), "<=" if lower else ">=", Fraction(0))
    constrained = extended_programme(first, [level], name=f"{programme.name or 'programme'}, second objective limited")
    ends = (best, worst) if lower else (worst, best)
    return right_hand_side_path(
        constrained,
        {name: 1},
        interval=ends,
        parameter=wanted.measures[1],
        time_limit=_remaining(deadline),
        progress=progress,
    )


def _remaining(deadline: float | None) -> float | None:
    return None if deadline is None else max(0.0, deadline - time.perf_counter())


@final
@dataclass(frozen=True, slots=True, eq=False)
class _Line:
    """Where it was found, the value there, and its slope."""

    at: Fraction
    value: Fraction
    slope: Fraction
    solution: ExactSolution

    def __call__(self, t: Fraction) -> Fraction:
        return self.value + self.slope * (t - self.at)


@final
class _Task:
    def __init__(self, programme: LinearProgramme, steps: list[Fraction], deadline: float | None) -> None:
        self.programme, self.steps, self.deadline = programme, steps, deadline
        self.sides: list[Fraction] = programme.right_hand_side.fractions().tolist()
        self.basis: Basis | None = None

    def at(self, t: Fraction) -> LinearProgramme:
        sides = [b + t * d for b, d in zip(self.sides, self.steps, strict=True)]
        return replace(
            self.programme,
            right_hand_side=RationalArray.from_fractions(sides),
            arguments={**self.programme.arguments, "t": rational_to_json(t)},
        )

    def end(self, sense: Sense) -> Fraction:
        """The least or largest t with a feasible point, by a programme in (x, t)."""
        programme, n = self.programme, self.programme.num_columns
        rows = []
        for r, step in enumerate(self.steps):
            row = {**programme.row(r), n: -step}
            rows.append((programme.row_names[r], row, programme.row_sense[r], self.sides[r]))
        moving = LinearProgramme.from_rows(
            sense,
            [0] * n + [1],
            rows,
            lower=[*programme.lower, None],
            upper=[*programme.upper, None],
            column_names=[*programme.column_names, "parameter"],
            name=f"{programme.name or 'programme'}, {sense} parameter",
        )
        try:
            return solve_exact(moving, time_limit=_remaining(self.deadline)).value
        except UnboundedError as error:
            raise UnboundedError(
                f"feasible for parameters without {'lower' if sense == 'min' else 'upper'} limit; give that end of interval",
                ray=error.ray,
            ) from None

    def line(self, t: Fraction) -> _Line:
        solution = solve_exact(self.at(t), time_limit=_remaining(self.deadline), warm_start=self.basis)
        self.basis = solution.basis
        slope = sum((y * d for y, d in zip(solution.row_duals.fractions(), self.steps, strict=True)), Fraction(0))
        return _Line(t, solution.value, slope, solution)

    def pieces(
        self, low: Fraction, high: Fraction, progress: Callable[[int, int], None] | None
    ) -> tuple[PathPiece, ...]:
        start = self.line(low)
        if low == high:
            return (self._piece(start, start, start),)
        found: list[tuple[_Line, _Line, _Line]] = []  # from, to, and the line between
        waiting = [(start, self.line(high))]
        while waiting:
            if progress is not None:
                progress(len(found), len(waiting))
            a, b = waiting.pop()
            on_a, on_b = a(b.at) == b.value, b(a.at) == a.value
            if on_a or on_b:
                line = a if on_a else b
                if found and found[-1][2].slope == line.slope:
                    found[-1] = (found[-1][0], b, line)
                else:
                    found.append((a, b, line))
                continue
            meeting = (b.value - a.value + a.slope * a.at - b.slope * b.at) / (a.slope - b.slope)
            middle = self.line(meeting)
            waiting += [(middle, b), (a, middle)]
        return tuple(self._piece(a, b, line) for a, b, line in found)

    def _piece(self, a: _Line, b: _Line, line: _Line) -> PathPiece:
        proofs = []
        for end in (a, b):
            own = end.solution.certificate
            proof = replace(own, multipliers=line.solution.row_duals, primal=own.primal)
            proof.verify()
            proofs.append(proof)
        return PathPiece(
            start=a.at,
            end=b.at,
            start_value=a.value,
            end_value=b.value,
            slope=line.slope,
            prices=row_prices(line.solution.certificate),
            certificates=(proofs[0], proofs[1]),
        )
