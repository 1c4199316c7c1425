"""Geometric programmes in logarithms, as sparse arrays.

    minimise    Σ_k c_k exp(E_k · z)
    subject to  Σ_{k in row r} d_k exp(D_k · z) ≤ 1   for every row r,     l ≤ z ≤ u

with c, d > 0: the geometric programme in x = exp(z), which is convex in z (Duffin, Peterson and Zener 1967). All terms are
one vector expression, so that writing the model takes no longer than writing its matrices. Variables whose bounds agree are
put in as constants: a solver for cones needs room between bounds.

The answer is numerical, as all of :mod:`gametheory.optimize.convex`.

References: R. J. Duffin, E. L. Peterson and C. Zener (1967), *Geometric Programming*; S. Boyd, S.-J. Kim, L. Vandenberghe and
A. Hassibi (2007), *A tutorial on geometric programming*, Optimization and Engineering 8.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from gametheory.errors import SpecificationError
from gametheory.games.tables import data_frame
from gametheory.games.values import compared_by
from gametheory.optimize.convex import ConvexSolution, solve_convex

__all__ = ["GeometricSolution", "Posynomials", "solve_geometric"]

Floats = NDArray[np.float64]


@final
@dataclass(frozen=True, slots=True, eq=False)
class Posynomials:
    """Sums of terms c_k exp(E_k · z), one sum for each row.

    Attributes
    ----------
    exponents : scipy sparse array, shape (num_terms, num_variables)
    logarithms : float array, shape (num_terms,)
        ln c_k.
    rows : int array, shape (num_terms,)
        The row that each term belongs to; all 0 for an objective.
    """

    exponents: Any
    logarithms: Floats
    rows: NDArray[np.int64]

    def __post_init__(self) -> None:
        terms = self.exponents.shape[0]
        if self.logarithms.shape != (terms,) or self.rows.shape != (terms,):
            raise SpecificationError(f"posynomials: write a logarithm and a row for each of {terms} terms")
        if not np.isfinite(self.logarithms).all():
            raise SpecificationError("posynomials: found a coefficient that is not positive and finite; leave it out")

    def values(self, point: Floats) -> Floats:
        """The sums at z, one for each row."""
        weights = np.exp(self.exponents @ point + self.logarithms)
        return np.bincount(self.rows, weights=weights).astype(np.float64)


@final
@compared_by("value", "point", "multipliers", "solver")
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class GeometricSolution:
    """An optimum in floats.

    Attributes
    ----------
    value : float
    point : float array, shape (num_variables,)
        z, the logarithms of the variables.
    multipliers : float array, shape (num_rows,), ≥ 0
        By how much the value falls when the right-hand side of a row grows, per unit.
    solver : str
    violation : float
        The largest violation of a row or bound.
    modelling_seconds, solving_seconds : float
    """

    value: float
    point: Floats
    multipliers: Floats
    solver: str
    violation: float
    modelling_seconds: float
    solving_seconds: float

    def __float__(self) -> float:
        return self.value

    def __repr__(self) -> str:
        return f"GeometricSolution(numerical: value={self.value:.10g}, {self.solver}, violation={self.violation:.2g})"

    def _repr_html_(self) -> str:
        return f"<code>{escape(repr(self))}</code>"

    def to_frame(self) -> Any:
        """A pandas table of the variables x = exp(z)."""
        return data_frame(enumerate(np.exp(self.point).tolist()), ["variable", "value"])

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data."""
        return {
            "status": "numerical",
            "value": self.value,
            "point": self.point.tolist(),
            "multipliers": self.multipliers.tolist(),
            "solver": self.solver,
            "violation": self.violation,
        }


def solve_geometric(
    objective: Posynomials,
    constraints: Posynomials,
    lower: Floats,
    upper: Floats,
    *,
    solvers: Sequence[str] = ("CLARABEL", "SCS"),
    options: Mapping[str, Mapping[str, Any]] | None = None,
) -> GeometricSolution:
    """Solve a geometric programme that is given in logarithms.

    Parameters
    ----------
    objective, constraints : Posynomials
        Of the same variables; rows of the constraints are numbered from 0.
    lower, upper : float arrays, shape (num_variables,)
        Bounds of z; infinite where there is none.
    solvers, options
        As for :func:`~gametheory.optimize.convex.solve_convex`.

    Returns
    -------
    GeometricSolution

    Raises
    ------
    InfeasibleError, UnboundedError, SolverError
        As :func:`~gametheory.optimize.convex.solve_convex`.
    SpecificationError
        Shapes that disagree, bounds out of order.

    Examples
    --------
    The box of volume 1 with the least surface is the cube: min 2 (xy + yz + zx) with 1 / (xyz) ≤ 1.

    >>> from scipy.sparse import csr_array
    >>> pairs = csr_array(np.array([[1.0, 1, 0], [0, 1, 1], [1, 0, 1]]))
    >>> surface = Posynomials(pairs, np.log([2.0, 2, 2]), np.zeros(3, dtype=np.int64))
    >>> volume = Posynomials(csr_array(np.array([[-1.0, -1, -1]])), np.zeros(1), np.zeros(1, dtype=np.int64))
    >>> box = solve_geometric(surface, volume, np.full(3, -np.inf), np.full(3, np.inf))
    >>> round(box.value, 6), np.round(np.exp(box.point), 4).tolist()
    (6.0, [1.0, 1.0, 1.0])
    """
    import cvxpy
    from scipy.sparse import csr_array

    started = time.perf_counter()
    n = objective.exponents.shape[1]
    if constraints.exponents.shape[1] != n or lower.shape != (n,) or upper.shape != (n,):
        raise SpecificationError(f"found parts for different numbers of variables; write {n} columns and bounds each")
    if (lower > upper).any() or np.isnan(lower).any() or np.isnan(upper).any():
        raise SpecificationError("bounds: found a lower bound above its upper bound; write them in order")
    fixed = lower == upper
    free = np.flatnonzero(~fixed)
    constant = np.where(fixed, lower, 0.0)
    z = cvxpy.Variable(len(free))

    def terms(part: Posynomials) -> Any:
        matrix = csr_array(part.exponents)
        return matrix[:, free] @ z + (matrix @ constant + part.logarithms)

    # A solver's tolerances are absolute: the objective is measured in units of its value in the middle of the bounds.
    middle = np.where(
        np.isfinite(lower) & np.isfinite(upper), (np.maximum(lower, -700) + np.minimum(upper, 700)) / 2, 0
    )
    unit = float(np.log(objective.values(middle).sum()))
    cost = cvxpy.sum(cvxpy.exp(terms(objective) - unit))
    num_rows = int(constraints.rows.max()) + 1 if len(constraints.rows) else 0
    limits = []
    if num_rows:
        count = len(constraints.rows)
        gather = csr_array((np.ones(count), (constraints.rows, np.arange(count))), shape=(num_rows, count))
        limits.append(gather @ cvxpy.exp(terms(constraints)) <= 1)
    for bound, sign in ((lower, -1), (upper, 1)):
        kept = np.flatnonzero(np.isfinite(bound[free]))
        if len(kept):
            limits.append(sign * z[kept] <= sign * bound[free][kept])
    problem = cvxpy.Problem(cvxpy.Minimize(cost), limits)
    found: ConvexSolution = solve_convex(problem, solvers=solvers, options=options)
    point = constant.copy()
    point[free] = z.value
    duals = np.maximum(np.asarray(limits[0].dual_value), 0) * np.exp(unit) if num_rows else np.zeros(0)
    solving = float(problem.solver_stats.solve_time or 0)
    return GeometricSolution(
        value=float(objective.values(point).sum()),
        point=point,
        multipliers=duals,
        solver=found.solver,
        violation=found.violation,
        modelling_seconds=time.perf_counter() - started - solving,
        solving_seconds=solving,
    )
