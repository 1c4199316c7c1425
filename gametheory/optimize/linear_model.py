"""HiGHS holding one linear programme in arrays, for sweeps and as the engine of :mod:`.linear`.

    maximise or minimise  c·x   subject to   row_lower ≤ A x ≤ row_upper,   column_lower ≤ x ≤ column_upper

HiGHS runs silent, on one thread and repeats itself; it always minimises here, so that duals have one sign convention,
that of :mod:`.linear`. Simplex without presolve is the default: on the programmes of game theory (many columns, few
pivots) presolve costs more than the solve.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from html import escape
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic.limits import check_seconds
from gametheory.errors import InfeasibleError, SolverError, SpecificationError, UnboundedError
from gametheory.games.tables import data_frame
from gametheory.games.values import compared_by

__all__ = ["AT_LOWER", "AT_UPPER", "AT_ZERO", "BASIC", "Basis", "LinearModel", "LinearSolution", "MixedIntegerSolution"]

Floats = NDArray[np.float64]
Presolve = Literal["off", "on"]
AT_LOWER, BASIC, AT_UPPER, AT_ZERO = 0, 1, 2, 3


@final
@dataclass(frozen=True, slots=True, eq=False)
class Basis:
    """Where each column and row stands in a basic solution: 0 lower bound, 1 basic, 2 upper bound, 3 free at 0."""

    columns: NDArray[np.int8]
    rows: NDArray[np.int8]

    def __post_init__(self) -> None:
        for key in ("columns", "rows"):
            statuses = np.array(getattr(self, key), dtype=np.int8, copy=True)
            statuses.setflags(write=False)
            object.__setattr__(self, key, statuses)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Basis):
            return NotImplemented
        return np.array_equal(self.columns, other.columns) and np.array_equal(self.rows, other.rows)

    def __hash__(self) -> int:
        return hash((self.columns.tobytes(), self.rows.tobytes()))

    def __repr__(self) -> str:
        basic = int(np.sum(self.columns == BASIC))
        return f"Basis({basic} of {len(self.columns)} columns basic, {len(self.rows)} rows)"


@final
@compared_by("value", "primal", "row_duals", "reduced_costs", "basis", "status")
@dataclass(frozen=True, slots=True, eq=False)
class LinearSolution:
    """An optimal basic solution in floats.

    Attributes
    ----------
    value : float
        The objective, its constant included.
    primal : array, shape (num_columns,)
    row_duals, reduced_costs : arrays, shapes (num_rows,) and (num_columns,)
        Derivatives of the value, see the module.
    basis : Basis
    status : "optimal" or "stopped"
        "stopped" only inside :class:`~gametheory.errors.SolverError`: feasible, the best so far.
    seconds : float
    """

    value: float
    primal: Floats
    row_duals: Floats
    reduced_costs: Floats
    basis: Basis
    status: Literal["optimal", "stopped"]
    seconds: float

    def __repr__(self) -> str:
        return f"LinearSolution({self.status}, numerical: value={self.value:.10g}, {len(self.primal)} columns)"

    def _repr_html_(self) -> str:
        return f"<code>{escape(repr(self))}</code>"

    def to_frame(self) -> Any:
        """A pandas table of the columns: value and reduced cost."""
        rows = zip(range(len(self.primal)), self.primal.tolist(), self.reduced_costs.tolist(), strict=True)
        return data_frame(rows, ["column", "value", "reduced_cost"])

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data."""
        return {
            "status": self.status,
            "value": self.value,
            "primal": self.primal.tolist(),
            "row_duals": self.row_duals.tolist(),
            "reduced_costs": self.reduced_costs.tolist(),
            "seconds": self.seconds,
        }


@final
@compared_by("value", "bound", "primal", "status")
@dataclass(frozen=True, slots=True, eq=False)
class MixedIntegerSolution:
    """The best integer solution found in floats, and a bound on every other.

    Attributes
    ----------
    value, bound : float
        Objective of ``primal``; no feasible point is better than ``bound``.
    gap : float
        |value − bound| relative to the larger of 1 and |value|.
    primal : array, shape (num_columns,)
        Integral columns are rounded to whole numbers.
    status : "optimal" or "stopped"
    seconds : float
    """

    value: float
    bound: float
    gap: float
    primal: Floats
    status: Literal["optimal", "stopped"]
    seconds: float

    def __repr__(self) -> str:
        return f"MixedIntegerSolution({self.status}, numerical: value={self.value:.10g}, gap={self.gap:.2g})"

    def _repr_html_(self) -> str:
        return f"<code>{escape(repr(self))}</code>"

    def to_frame(self) -> Any:
        """A pandas table of the columns and their values."""
        return data_frame(enumerate(self.primal.tolist()), ["column", "value"])

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data; an infinite bound or gap is ``None``."""
        return {
            "status": self.status,
            "value": self.value,
            "bound": self.bound if math.isfinite(self.bound) else None,
            "gap": self.gap if math.isfinite(self.gap) else None,
            "primal": self.primal.tolist(),
            "seconds": self.seconds,
        }


@final
class LinearModel:
    """A linear programme in arrays, held by HiGHS, for sweeps: change costs or bounds and solve from the last basis.

    Parameters
    ----------
    sense : "max" or "min"
    cost : array, shape (num_columns,)
    row_start, column_index, coefficients : arrays
        The matrix by rows; no column twice in a row.
    row_lower, row_upper : arrays, shape (num_rows,)
        Infinite where absent.
    column_lower, column_upper : arrays, shape (num_columns,)
    integer : bool array, shape (num_columns,), optional
        Columns that must be integral.
    presolve : "off" or "on"

    Examples
    --------
    >>> model = LinearModel("max", [3, 5], [0, 1, 2, 4], [0, 1, 0, 1], [1, 2, 3, 2], [-np.inf] * 3, [4, 12, 18])
    >>> [float(x) for x in model.solve().row_duals]
    [0.0, 1.5, 1.0]
    >>> model.change_row_bounds([-np.inf] * 3, [4, 13, 18])
    >>> model.solve().value
    37.5
    """

    def __init__(
        self,
        sense: Literal["max", "min"],
        cost: Any,
        row_start: Any,
        column_index: Any,
        coefficients: Any,
        row_lower: Any,
        row_upper: Any,
        column_lower: Any = None,
        column_upper: Any = None,
        *,
        integer: Any = None,
        presolve: Presolve = "off",
    ) -> None:
        import highspy

        if sense not in ("max", "min"):
            raise SpecificationError(f"sense: found {sense!r}; write 'max' or 'min'")
        self._flip = -1.0 if sense == "max" else 1.0  # HiGHS always minimises here: one sign convention, ours
        cost = _floats(cost, "cost", None)
        self.num_columns, self.num_rows = len(cost), len(np.asarray(row_start)) - 1
        self._highs = highspy.Highs()
        options: dict[str, Any] = {
            "output_flag": False,
            "threads": 1,
            "parallel": "off",
            "random_seed": 0,
            "presolve": presolve,
            "small_matrix_value": 1e-12,
            "primal_feasibility_tolerance": 1e-9,
            "dual_feasibility_tolerance": 1e-9,
            "mip_rel_gap": 0.0,
            "mip_abs_gap": 1e-9,
        }
        for key, value in options.items():
            self._highs.setOptionValue(key, value)
        lower = _floats(0.0 if column_lower is None else column_lower, "column_lower", self.num_columns, infinite=True)
        upper = _floats(
            np.inf if column_upper is None else column_upper, "column_upper", self.num_columns, infinite=True
        )
        kinds = np.zeros(self.num_columns, dtype=np.int32)
        if integer is not None:
            kinds[np.asarray(integer, dtype=bool)] = 1
        entries = _floats(coefficients, "coefficients", None)
        status = self._highs.passModel(
            self.num_columns,
            self.num_rows,
            len(entries),
            int(highspy.MatrixFormat.kRowwise),
            int(highspy.ObjSense.kMinimize),
            0.0,
            self._flip * cost,
            lower,
            upper,
            _floats(row_lower, "row_lower", self.num_rows, infinite=True),
            _floats(row_upper, "row_upper", self.num_rows, infinite=True),
            np.asarray(row_start, dtype=np.int32),
            np.asarray(column_index, dtype=np.int32),
            entries,
            kinds,
        )
        if status == highspy.HighsStatus.kError:
            raise SolverError(
                "HiGHS refuses the programme: a bound is crossed or a coefficient lies outside 1e-12 … 1e15 in size; "
                "check the bounds, rescale the data, or use solve_exact",
                status="refused",
                solver="HiGHS",
            )

    def change_cost(self, cost: Any) -> None:
        """Replace the objective, shape (num_columns,)."""
        columns = np.arange(self.num_columns, dtype=np.int32)
        self._highs.changeColsCost(self.num_columns, columns, self._flip * _floats(cost, "cost", self.num_columns))

    def change_row_bounds(self, row_lower: Any, row_upper: Any) -> None:
        """Replace both bounds of every row, shape (num_rows,) each; infinite where absent."""
        lower = _floats(row_lower, "row_lower", self.num_rows, infinite=True)
        upper = _floats(row_upper, "row_upper", self.num_rows, infinite=True)
        self._highs.changeRowsBounds(self.num_rows, np.arange(self.num_rows, dtype=np.int32), lower, upper)

    def change_column_bounds(self, column_lower: Any, column_upper: Any) -> None:
        """Replace both bounds of every column, shape (num_columns,) each; infinite where absent."""
        lower = _floats(column_lower, "column_lower", self.num_columns, infinite=True)
        upper = _floats(column_upper, "column_upper", self.num_columns, infinite=True)
        self._highs.changeColsBounds(self.num_columns, np.arange(self.num_columns, dtype=np.int32), lower, upper)

    def add_rows(self, row_start: Any, column_index: Any, coefficients: Any, row_lower: Any, row_upper: Any) -> None:
        """Append rows, given as in the constructor; the last basis is kept, with the new rows basic."""
        import highspy

        count, entries = len(np.asarray(row_start)) - 1, _floats(coefficients, "coefficients", None)
        status = self._highs.addRows(
            count,
            _floats(row_lower, "row_lower", count, infinite=True),
            _floats(row_upper, "row_upper", count, infinite=True),
            len(entries),
            np.asarray(row_start, dtype=np.int32)[:-1],
            np.asarray(column_index, dtype=np.int32),
            entries,
        )
        if status == highspy.HighsStatus.kError:
            raise SolverError(
                "HiGHS refuses the rows: a bound is crossed or a coefficient lies outside 1e-12 … 1e15 in size; check "
                "the bounds, rescale the data, or use solve_exact",
                status="refused",
                solver="HiGHS",
            )
        self.num_rows += count

    def set_basis(self, basis: Basis) -> None:
        """Start the next solve from this basis."""
        import highspy

        if len(basis.columns) != self.num_columns or len(basis.rows) != self.num_rows:
            raise SpecificationError(
                f"warm_start: a basis of {len(basis.columns)} columns and {len(basis.rows)} rows, but the programme "
                f"has {self.num_columns} and {self.num_rows}; pass the basis of a programme of the same shape"
            )
        names = [getattr(highspy.HighsBasisStatus, key) for key in ("kLower", "kBasic", "kUpper", "kZero", "kNonbasic")]
        start = highspy.HighsBasis()
        start.col_status = [names[k] for k in basis.columns.tolist()]
        start.row_status = [names[k] for k in basis.rows.tolist()]
        start.valid = True
        self._highs.setBasis(start)

    def basis(self) -> Basis | None:
        """The basis after the last solve; ``None`` where HiGHS has none (stopped in presolve, mixed-integer)."""
        held = self._highs.getBasis()
        if not held.valid:
            return None
        columns = np.array([int(k) for k in held.col_status], dtype=np.int8)
        rows = np.array([int(k) for k in held.row_status], dtype=np.int8)
        return Basis(columns, rows)

    def run(self, *, time_limit: float | None = None, iteration_limit: int | None = None) -> str:
        """Solve and name what happened, without raising.

        Returns ``"optimal"``, ``"infeasible"``, ``"unbounded"``, ``"time limit"`` or HiGHS's own word.
        """
        import highspy

        check_seconds("time_limit", time_limit)
        limit = (
            np.inf if time_limit is None else self._highs.getRunTime() + time_limit
        )  # HiGHS counts all runs together
        self._highs.setOptionValue("time_limit", float(limit))
        self._highs.setOptionValue("simplex_iteration_limit", 2**31 - 1 if iteration_limit is None else iteration_limit)
        if self._highs.run() == highspy.HighsStatus.kError:
            # another user of HiGHS in this process may have started its scheduler with more threads
            highspy.Highs.resetGlobalScheduler(True)
            self._highs.run()
        status = self._highs.getModelStatus()
        known = {
            highspy.HighsModelStatus.kOptimal: "optimal",
            highspy.HighsModelStatus.kModelEmpty: "optimal",
            highspy.HighsModelStatus.kInfeasible: "infeasible",
            highspy.HighsModelStatus.kUnbounded: "unbounded",
            highspy.HighsModelStatus.kTimeLimit: "time limit",
        }
        return known.get(status) or str(self._highs.modelStatusToString(status)).lower()

    def solve(self, *, time_limit: float | None = None, warm_start: Basis | None = None) -> LinearSolution:
        """Solve to optimality from ``warm_start``, else from the last basis.

        Raises
        ------
        InfeasibleError, UnboundedError
            Numerically so; the latter with a float ``ray``.
        SolverError
            Stopped early; ``best`` is a feasible solution if one was reached.
        """
        started = time.perf_counter()
        if warm_start is not None:
            self.set_basis(warm_start)
        status = self.run(time_limit=time_limit)
        if status != "optimal":
            best = self._solution("stopped", started) if self.is_feasible() else None
            raise failure(status, best, self.ray() if status == "unbounded" else None)
        return self._solution("optimal", started)

    def ray(self) -> Floats | None:
        """After an unbounded run, a direction along which the objective improves for ever.

        HiGHS's own where it keeps one, else the best direction of the recession cone within the unit box.
        """
        _, exists, found = self._highs.getPrimalRay()
        if exists:
            return np.array(found, dtype=np.float64)
        held = self._highs.getLp()
        rows = [np.array(held.row_lower_), np.array(held.row_upper_)]
        columns = [np.array(held.col_lower_), np.array(held.col_upper_)]
        self.change_row_bounds(*_recession(rows, np.inf))
        self.change_column_bounds(*_recession(columns, 1.0))
        ray = np.array(self._highs.getSolution().col_value) if self.run() == "optimal" else None
        self.change_row_bounds(*rows)
        self.change_column_bounds(*columns)
        return ray

    def primal(self) -> Floats:
        """The columns after the last run, without the rest of a solution: for rounds of cutting planes."""
        return frozen(np.array(self._highs.getSolution().col_value, dtype=np.float64))

    def value(self) -> float:
        """The objective after the last run, without the rest of a solution."""
        return self._flip * float(self._highs.getInfo().objective_function_value)

    def is_feasible(self) -> bool:
        """Whether the last run reached a feasible point."""
        return int(self._highs.getInfo().primal_solution_status) == 2

    def solution(self) -> LinearSolution:
        """What the last :meth:`run`, which ended ``"optimal"``, found."""
        return self._solution("optimal", time.perf_counter())

    def _solution(self, status: Literal["optimal", "stopped"], started: float) -> LinearSolution:
        solution = self._highs.getSolution()
        slack = Basis(np.zeros(self.num_columns, dtype=np.int8), np.full(self.num_rows, BASIC, dtype=np.int8))

        def duals(values: Any, count: int) -> Floats:
            return frozen(self._flip * np.array(values) if solution.dual_valid else np.full(count, np.nan))

        return LinearSolution(
            value=self._flip * float(self._highs.getInfo().objective_function_value),
            primal=frozen(np.array(solution.col_value, dtype=np.float64)),
            row_duals=duals(solution.row_dual, self.num_rows),
            reduced_costs=duals(solution.col_dual, self.num_columns),
            basis=self.basis() or slack,
            status=status,
            seconds=time.perf_counter() - started,
        )

    def mixed_integer(
        self, status: Literal["optimal", "stopped"], integer: Any, started: float
    ) -> MixedIntegerSolution:
        info = self._highs.getInfo()
        primal = np.array(self._highs.getSolution().col_value, dtype=np.float64)
        primal[integer] = np.rint(primal[integer])
        value, bound = float(info.objective_function_value), float(info.mip_dual_bound)
        gap = abs(value - bound) / max(1.0, abs(value))
        return MixedIntegerSolution(
            self._flip * value, self._flip * bound, gap, frozen(primal), status, time.perf_counter() - started
        )


def failure(status: str, best: Any, ray: Any) -> Exception:
    if status == "infeasible":
        return InfeasibleError("no point meets all rows and bounds, numerically; solve_exact proves or refutes it")
    if status == "unbounded":
        return UnboundedError("the objective has no bound, numerically; solve_exact proves or refutes it", ray=ray)
    reached = "the best feasible point is in .best" if best is not None else "no feasible point was reached"
    advice = "raise time_limit" if status == "time limit" else "rescale the data, or use solve_exact"
    return SolverError(f"HiGHS stopped: {status}; {reached}; {advice}", status=status, solver="HiGHS", best=best)


def _recession(bounds: list[Floats], size: float) -> tuple[Floats, Floats]:
    lower, upper = bounds
    return np.where(np.isfinite(lower), 0.0, -size), np.where(np.isfinite(upper), 0.0, size)


def _floats(values: Any, where: str, length: int | None, *, infinite: bool = False) -> Floats:
    array = np.array(values, dtype=np.float64)
    if array.ndim == 0 and length is not None:
        array = np.full(length, float(array))
    if array.ndim != 1 or (length is not None and len(array) != length):
        raise SpecificationError(f"{where}: found shape {array.shape}; write {length or 'a row of'} numbers")
    bad = np.isnan(array) if infinite else ~np.isfinite(array)
    if bool(bad.any()):
        k = int(np.argmax(bad))
        raise SpecificationError(f"{where}[{k}]: found {array[k]}; only {'numbers' if infinite else 'finite numbers'}")
    return array


def frozen(array: Floats) -> Floats:
    array.setflags(write=False)
    return array
