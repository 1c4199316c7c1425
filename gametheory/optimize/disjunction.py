"""The best point of a union of polytopes, proved by one linear programme.

    V = max over cases k of  max {c_k·x + γ_k : x in P_k},      P_k = {x : l ≤ x ≤ u,  A_k x ≤, ≥ or = b_k}

With a copy x_k and a weight λ_k ≥ 0 of every case, V is the optimum of one linear programme (Balas):

    max Σ_k (c_k·x_k + γ_k λ_k)   subject to   Σ_k λ_k = 1,   A_k x_k − b_k λ_k ≤, ≥ or = 0,   l λ_k ≤ x_k ≤ u λ_k.

It decomposes. A bound v is raised case by case: the optimum of max c_k·x_k + (γ_k − v) λ_k over the rows of case k with λ_k ≤ 1
is 0 if the case, perhaps empty, holds nothing better than v, and its multipliers then show so for v and all that is larger;
otherwise v rises by the optimum. The multipliers of all cases together prove V.

Every case must be bounded by its rows and bounds; the programme has as many columns and rows as all cases together.
Reference: E. Balas 1998, "Disjunctive programming: properties of the convex hull of feasible points", Discrete Applied
Mathematics 89, theorem 2.1.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, final

import numpy as np

from gametheory.arithmetic import RationalArray
from gametheory.arithmetic.limits import check_seconds
from gametheory.certificates.duality import DualityCertificate
from gametheory.certificates.programme import LinearProgramme, sparse_rows
from gametheory.errors import InfeasibleError, SolverError
from gametheory.games.memory import refuse_if_too_large
from gametheory.optimize.exact import solve_exact
from gametheory.optimize.extension import Row

__all__ = ["BestCase", "Case", "disjunctive_programme", "solve_disjunctive"]


@final
@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """A polytope with its own objective, over columns that all cases share.

    Attributes
    ----------
    name : str
        Distinct from the other cases' names.
    objective : mapping from column to Fraction
    constant : Fraction
    rows : sequence of (name, {column: coefficient}, "<=", ">=" or "==", right-hand side)
    """

    name: str
    objective: Mapping[int, Fraction]
    constant: Fraction
    rows: Sequence[Row]


@final
@dataclass(frozen=True, slots=True, eq=False)
class BestCase:
    """Where the optimum lies.

    Attributes
    ----------
    value : Fraction
    case : int
        Position of the best case, the first among equals.
    point : tuple of Fraction
        By column.
    binding : mapping from row name to Fraction
        Rows of that case with a shadow price other than 0: the derivative of its optimum by their right-hand sides.
    certificate : DualityCertificate
        About :func:`disjunctive_programme`.
    """

    value: Fraction
    case: int
    point: tuple[Fraction, ...]
    binding: Mapping[str, Fraction]
    certificate: DualityCertificate


def disjunctive_programme(
    cases: Sequence[Case],
    *,
    columns: Sequence[str],
    lower: Sequence[Fraction | None],
    upper: Sequence[Fraction | None],
    name: str,
    arguments: Mapping[str, Any],
) -> LinearProgramme:
    """The programme of the module: for every case a weight λ and a copy of the columns.

    Bounds of ``None`` are infinite: the rows of each case must then bound the column.

    Examples
    --------
    The larger of two intervals' right ends, [0, 1] and [2, 3]:

    >>> one, zero = Fraction(1), Fraction(0)
    >>> ends = [Case("left", {0: one}, zero, [("end", {0: one}, "<=", one)]),
    ...         Case("right", {0: one}, zero, [("begin", {0: one}, ">=", one * 2), ("end", {0: one}, "<=", one * 3)])]
    >>> disjunctive_programme(ends, columns=["x"], lower=[zero], upper=[None], name="intervals", arguments={})
    LinearProgramme(intervals: max over 4 columns, 4 rows)
    """
    width = 1 + len(columns)
    rows: list[Row] = [("one case", {k * width: Fraction(1) for k in range(len(cases))}, "==", Fraction(0))]
    objective: list[Fraction] = []
    for k, case in enumerate(cases):
        homogeneous = _homogeneous(case, lower, upper, columns)
        for row_name, row, sense, _ in homogeneous:
            rows.append((f"{case.name}: {row_name}", {k * width + j: a for j, a in row.items()}, sense, Fraction(0)))
        costs = [case.constant, *([Fraction(0)] * len(columns))]
        for j, c in case.objective.items():
            costs[1 + j] = c
        objective += costs
    floors = [Fraction(0), *(Fraction(0) if low == 0 else None for low in lower)]
    names = [f"{case.name}: {text}" for case in cases for text in ("weight", *columns)]
    rows[0] = (rows[0][0], rows[0][1], "==", Fraction(1))
    return _written(objective, rows, floors * len(cases), [None] * len(objective), names, name, arguments)


def solve_disjunctive(
    cases: Sequence[Case],
    *,
    columns: Sequence[str],
    lower: Sequence[Fraction | None],
    upper: Sequence[Fraction | None],
    below: Fraction,
    name: str,
    arguments: Mapping[str, Any],
    time_limit: float | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> BestCase:
    """The best point over all cases, exactly.

    Parameters
    ----------
    below : Fraction
        Less than the objective anywhere.
    time_limit : float, optional
        Seconds ≥ 0.
    progress : callable, optional
        Called as ``progress(cases done, cases)``.

    Raises
    ------
    InfeasibleError
        All cases are empty; ``certificate`` is a verified :class:`FarkasCertificate` about the programme.
    SolverError
        The time limit was reached.

    Examples
    --------
    >>> one, zero = Fraction(1), Fraction(0)
    >>> ends = [Case("left", {0: one}, zero, [("end", {0: one}, "<=", one)]),
    ...         Case("right", {0: one}, zero, [("begin", {0: one}, ">=", one * 2), ("end", {0: one}, "<=", one * 3)])]
    >>> best = solve_disjunctive(
    ...     ends, columns=["x"], lower=[zero], upper=[None], below=-one, name="intervals", arguments={})
    >>> best.value, ends[best.case].name, dict(best.binding), best.certificate.verify()
    (Fraction(3, 1), 'right', {'end': Fraction(1, 1)}, True)
    """
    check_seconds("time_limit", time_limit)
    entries = sum(len(row) + 1 for case in cases for _, row, _, _ in case.rows) + 3 * len(cases) * len(columns)
    refuse_if_too_large(entries, 400, f"the programme over {len(cases):,} cases")
    deadline = None if time_limit is None else time.perf_counter() + time_limit
    value, best, point = below, -1, ()
    binding: dict[str, Fraction] = {}
    multipliers: list[Fraction] = []
    floors = [Fraction(0), *(Fraction(0) if low == 0 else None for low in lower)]
    basis, shape = None, (0, 0)
    for k, case in enumerate(cases):
        if progress is not None:
            progress(k, len(cases))
        rows = _homogeneous(case, lower, upper, columns)
        objective = [case.constant - value, *([Fraction(0)] * len(columns))]
        for j, c in case.objective.items():
            objective[1 + j] = c
        ceilings = [Fraction(1), *([None] * len(columns))]
        programme = _written(objective, rows, floors, ceilings, ["weight", *columns], case.name, {})
        warm = basis if shape == (programme.num_rows, programme.num_columns) else None
        remaining = None if deadline is None else max(0.0, deadline - time.perf_counter())
        try:
            solution = solve_exact(programme, time_limit=remaining, warm_start=warm)
        except SolverError as error:
            found = None if best < 0 else (value, cases[best].name, point)
            raise SolverError(
                f"after {k} of {len(cases)} cases: {error}", status=error.status, solver=error.solver, best=found
            ) from None
        basis, shape = solution.basis, (programme.num_rows, programme.num_columns)
        multipliers += solution.row_duals.fractions().tolist()
        if solution.value > 0:
            value, best = value + solution.value, k
            point = tuple(solution.primal[1 + j] / solution.primal[0] for j in range(len(columns)))
            binding = {n: y for n, y in solution.binding.items() if n not in _bound_names(columns)}
    whole = disjunctive_programme(cases, columns=columns, lower=lower, upper=upper, name=name, arguments=arguments)
    if best < 0:
        nothing = RationalArray.of_integers(np.zeros(whole.num_columns, dtype=np.int64))
        _raise_empty(whole, nothing)
    primal = [Fraction(0)] * whole.num_columns
    start = best * (1 + len(columns))
    primal[start : start + 1 + len(columns)] = [Fraction(1), *point]
    certificate = DualityCertificate(
        whole, value, RationalArray.from_fractions([value, *multipliers]), RationalArray.from_fractions(primal)
    )
    certificate.verify()
    return BestCase(value, best, point, binding, certificate)


def _raise_empty(whole: LinearProgramme, nothing: RationalArray) -> None:
    from dataclasses import replace

    try:
        solve_exact(replace(whole, objective=nothing))
    except InfeasibleError as error:
        raise InfeasibleError(
            f"{whole.name}: every case is empty; relax a row that all of them have", certificate=error.certificate
        ) from None
    raise AssertionError("below: the objective is no larger than it anywhere, so that no case was found")


def _bound_names(columns: Sequence[str]) -> set[str]:
    return {f"{column} at least" for column in columns} | {f"{column} at most" for column in columns}


def _homogeneous(
    case: Case, lower: Sequence[Fraction | None], upper: Sequence[Fraction | None], columns: Sequence[str]
) -> list[Row]:
    """The rows of a case and the bounds of the columns, both against its weight, column 0."""
    rows: list[Row] = []
    for row_name, row, sense, side in case.rows:
        moved = {1 + j: a for j, a in row.items() if a}
        if side:
            moved[0] = -side
        rows.append((row_name, moved, sense, Fraction(0)))
    for j, (low, high) in enumerate(zip(lower, upper, strict=True)):
        if low is not None and low != 0:
            rows.append((f"{columns[j]} at least", {1 + j: Fraction(1), 0: -low}, ">=", Fraction(0)))
        if high is not None:
            rows.append((f"{columns[j]} at most", {1 + j: Fraction(1), 0: -high}, "<=", Fraction(0)))
    return rows


def _written(
    objective: Sequence[Fraction],
    rows: Sequence[Row],
    lower: Sequence[Fraction | None],
    upper: Sequence[Fraction | None],
    names: Sequence[str],
    name: str,
    arguments: Mapping[str, Any],
) -> LinearProgramme:
    """As ``LinearProgramme.from_rows`` does, without reading numbers that are fractions already."""
    start, index, values = sparse_rows([row for _, row, _, _ in rows])
    return LinearProgramme(
        sense="max",
        objective=RationalArray.from_fractions(list(objective)),
        row_start=start,
        column_index=index,
        coefficients=values,
        row_sense=tuple(row[2] for row in rows),
        right_hand_side=RationalArray.from_fractions([row[3] for row in rows]),
        lower=tuple(lower),
        upper=tuple(upper),
        row_names=tuple(row[0] for row in rows),
        column_names=tuple(names),
        name=name,
        arguments=arguments,
    )
