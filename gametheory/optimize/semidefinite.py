"""Linear programmes with a matrix that must stay positive semidefinite.

    minimise  c·x   subject to   C + Σ_k x_k A_k ⪰ 0,   l ≤ x ≤ u

with symmetric matrices C and A_k, these given by their entries. The multiplier of the matrix is a Z ⪰ 0 with
c·x ≥ −⟨Z, C⟩ + Σ_k min over the bounds of (c_k − ⟨Z, A_k⟩) x_k for all feasible x; its eigenvectors say in which directions the
matrix binds. The answer is numerical; whoever needs proof rounds Z to a sum of squares of rational vectors.

Reference: L. Vandenberghe and S. Boyd (1996), *Semidefinite programming*, SIAM Review 38.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from gametheory.errors import SpecificationError
from gametheory.games.tables import data_frame
from gametheory.games.values import compared_by
from gametheory.optimize.convex import solve_convex

__all__ = ["SemidefiniteSolution", "solve_semidefinite"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@final
@compared_by("value", "point", "multiplier", "solver")
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class SemidefiniteSolution:
    """An optimum in floats.

    Attributes
    ----------
    value : float
    point : float array, shape (num_variables,)
    multiplier : float array, shape (n, n)
        Z.
    solver : str
    """

    value: float
    point: Floats
    multiplier: Floats
    solver: str

    def __float__(self) -> float:
        return self.value

    def __repr__(self) -> str:
        return f"SemidefiniteSolution(numerical: value={self.value:.10g}, {self.solver})"

    def _repr_html_(self) -> str:
        return f"<code>{escape(repr(self))}</code>"

    def to_frame(self) -> Any:
        """A pandas table of the variables."""
        return data_frame(enumerate(self.point.tolist()), ["variable", "value"])

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data."""
        return {"status": "numerical", "value": self.value, "point": self.point.tolist(), "solver": self.solver}


def solve_semidefinite(
    cost: Floats,
    constant: Floats,
    entries: tuple[Integers, Integers, Integers, Floats],
    lower: Floats,
    upper: Floats,
) -> SemidefiniteSolution:
    """Solve a linear programme under one linear matrix inequality.

    Parameters
    ----------
    cost, lower, upper : float arrays, shape (num_variables,)
    constant : float array, shape (n, n), symmetric
        C.
    entries : (variable, row, column, value) arrays, shape (num_entries,)
        The entries of the matrices A_k, both triangles.

    Returns
    -------
    SemidefiniteSolution

    Raises
    ------
    InfeasibleError, UnboundedError, SolverError
        As :func:`~gametheory.optimize.convex.solve_convex`.
    SpecificationError
        A matrix is not symmetric.

    Examples
    --------
    The least x with [[x, 1], [1, x]] ⪰ 0 is 1:

    >>> diagonal = np.array([0, 0]), np.array([0, 1]), np.array([0, 1]), np.ones(2)
    >>> one = solve_semidefinite(np.ones(1), np.array([[0.0, 1], [1, 0]]), diagonal, np.zeros(1), np.full(1, 9.0))
    >>> round(one.value, 6)
    1.0
    """
    import cvxpy
    from scipy.sparse import csr_array

    n, count = len(constant), len(cost)
    variable, row, column, value = entries
    stacked = csr_array((value, (row * n + column, variable)), shape=(n * n, count))
    turned = csr_array((value, (column * n + row, variable)), shape=(n * n, count))
    if not np.array_equal(constant, constant.T) or abs(stacked - turned).max() > 0:
        raise SpecificationError("entries: the matrices must be symmetric; list the entries of both triangles")
    x = cvxpy.Variable(count)
    matrix = constant + cvxpy.reshape(stacked @ x, (n, n), order="C")
    positive = (matrix + matrix.T) / 2 >> 0
    problem = cvxpy.Problem(cvxpy.Minimize(cost @ x), [positive, x >= lower, x <= upper])
    found = solve_convex(problem)
    dual = np.asarray(positive.dual_value)
    return SemidefiniteSolution(
        value=found.value, point=np.asarray(x.value), multiplier=(dual + dual.T) / 2, solver=found.solver
    )
