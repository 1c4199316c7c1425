"""Divergence budgets as convex constraints: how far behaviour q may stray from a baseline p before it is noticed.

Each function returns cvxpy constraints on a vector q (a variable or an affine expression; that it is a distribution is
the caller's constraint) for a problem of :func:`gametheory.optimize.convex.solve_convex`:

    Kullback–Leibler    Σ (q ln(q/p) − q + p) ≤ δ          exponential cone
    Bhattacharyya       Σ √(q p) ≥ e^−δ                    second-order (power) cone
    squared Hellinger   1 − Σ √(q p) ≤ δ                   the same
    chi-squared         Σ (q − p)²/p ≤ δ                   second-order cone
    total variation     ½ Σ |q − p| ≤ δ                    linear

Where p is 0 the first and the fourth force q to be 0. The budget comes first among the constraints, so that
``constraints[0].dual_value`` is its shadow price, per unit of the budget as it was given. For a linear objective and no
constraint but the budget :func:`gametheory.information.largest_expectation` proves both bounds.

References: M. S. Lobo, L. Vandenberghe, S. Boyd and H. Lebret, "Applications of second-order cone programming", Linear
Algebra Appl. 284 (1998); V. Chandrasekaran and P. Shah, "Relative entropy optimization and its applications", Math.
Program. 161 (2017).
"""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import RationalArray, exact
from gametheory.errors import SpecificationError

__all__ = ["BudgetDivergence", "divergence_budget"]

BudgetDivergence = Literal["kullback-leibler", "bhattacharyya", "squared hellinger", "chi-squared", "total variation"]

_NATS = {"nats": 1.0, "bits": math.log(2)}


def divergence_budget(
    q: Any,
    baseline: Any,
    *,
    divergence: BudgetDivergence,
    budget: Any,
    unit: Literal["bits", "nats"] | None = None,
) -> list[Any]:
    """Constraints that keep q within a divergence of a baseline; the budget's own comes first.

    Parameters
    ----------
    q : cvxpy expression, shape (number of outcomes,)
        Affine.
    baseline : array_like, shape (number of outcomes,)
        Probabilities that sum to one.
    divergence : {"kullback-leibler", "bhattacharyya", "squared hellinger", "chi-squared", "total variation"}
        D(q‖p); −ln Σ √(q p); 1 − Σ √(q p); Σ (q − p)²/p; ½ Σ |q − p|.
    budget : number ≥ 0, or cvxpy parameter or variable
        A variable makes the budget itself a decision (not for ``"bhattacharyya"``, which needs its exponential).
    unit : "bits" or "nats"
        Of the budget, for the first two divergences; the others have none.

    Returns
    -------
    list of cvxpy constraints

    Raises
    ------
    SpecificationError
        A baseline that is no distribution or has another length than q, a unit missing or of no use, a negative budget.

    Examples
    --------
    >>> import cvxpy
    >>> from gametheory.optimize.convex import solve_convex
    >>> q, harm = cvxpy.Variable(5, nonneg=True), np.array([0, 1, 2, 4, 10])
    >>> stealthy = divergence_budget(
    ...     q, [0.5, 0.25, 0.15, 0.07, 0.03], divergence="kullback-leibler", budget=0.1, unit="nats"
    ... )
    >>> found = solve_convex(cvxpy.Problem(cvxpy.Maximize(harm @ q), [*stealthy, cvxpy.sum(q) == 1]))
    >>> round(found.value, 5), round(float(stealthy[0].dual_value), 3)
    (2.17344, 6.064)
    """
    import cvxpy

    p = _baseline(baseline)
    if getattr(q, "shape", None) != p.shape:
        raise SpecificationError(f"q: found shape {getattr(q, 'shape', None)}; write {p.shape}, as the baseline has")
    if divergence in ("kullback-leibler", "bhattacharyya"):
        if unit not in _NATS:
            raise SpecificationError(f"unit: found {unit!r}; write 'bits' or 'nats', the unit of the budget")
        scale = _NATS[unit]
    elif unit is not None:
        raise SpecificationError(f"unit: found {unit!r}; {divergence} has no unit, leave it out")
    else:
        scale = 1.0
    limit = budget if isinstance(budget, cvxpy.Expression) else _limit(budget)
    positive = p > 0
    outside = [q[~positive] == 0] if not positive.all() else []
    if divergence == "kullback-leibler":
        # rel_entr alone is Σ q ln(q/p); with − q + p it bounds an unnormalised q as well, and equals it for distributions.
        return [cvxpy.sum(cvxpy.kl_div(q[positive], p[positive])) / scale <= limit, *outside]
    if divergence == "chi-squared":
        deviations = cvxpy.multiply(1 / np.sqrt(p[positive]), q[positive] - p[positive])
        return [cvxpy.sum(cvxpy.square(deviations)) <= limit, *outside]
    if divergence == "total variation":
        return [cvxpy.norm1(q - p) / 2 <= limit]
    affinity = cvxpy.sum(cvxpy.multiply(np.sqrt(p[positive]), cvxpy.sqrt(q[positive])))
    if divergence == "squared hellinger":
        return [1 - affinity <= limit]
    if divergence == "bhattacharyya":
        if not isinstance(limit, float):
            raise SpecificationError(
                "budget: found a cvxpy expression; the Bhattacharyya budget enters through its exponential, so write a "
                "number, or 'squared hellinger' with the budget 1 − exp(−δ)"
            )
        # −ln ρ ≤ δ as a second-order cone, scaled so that its multiplier is the derivative by δ.
        return [(1 - affinity / math.exp(-limit * scale)) / scale <= 0]
    raise SpecificationError(
        f"divergence: found {divergence!r}; write 'kullback-leibler', 'bhattacharyya', 'squared hellinger', "
        "'chi-squared' or 'total variation'"
    )


def _baseline(baseline: Any) -> NDArray[np.float64]:
    read = RationalArray.from_values(baseline, where="baseline")
    if len(read.shape) != 1 or not len(read) or int(read.numerators.min()) < 0:
        raise SpecificationError("baseline: found no vector of numbers ≥ 0; write a probability for every outcome")
    floats = read.floats()
    if abs(math.fsum(floats) - 1) > 1e-9:
        raise SpecificationError(f"baseline: found probabilities that sum to {math.fsum(floats)}; they must sum to 1")
    return floats


def _limit(budget: Any) -> float:
    value = float(exact(budget, where="budget"))
    if value < 0:
        raise SpecificationError(f"budget: found {budget}; write a number ≥ 0")
    return value
