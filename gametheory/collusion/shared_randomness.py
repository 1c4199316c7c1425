"""The best draw of a coalition with shared randomness, by one exact linear programme.

For each of R recommendations (one, if nobody is told anything) the members draw a joint action τ with probability p_r(τ),
which brings member i G_i(r, τ):

    all:   max t                          s.t.  Σ_r Σ_τ p_r(τ) G_i(r, τ) ≥ t  for every member,  Σ_τ p_r(τ) = 1,  p ≥ 0;
    some:  max Σ_i Σ_r Σ_τ p_r(τ) G_i(r, τ)   s.t.  each of these sums ≥ 0,                      Σ_τ p_r(τ) ≤ 1,  p ≥ 0.

What is missing to 1 is staying put. The multipliers of the members' rows show that no draw gains more. Complexity: one linear
programme with |S| + R rows and R · ∏_{j∈S} m_j columns; none where the multipliers are plain to see.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gametheory.certificates.gains import Blocking, coalition_value
from gametheory.certificates.programme import LinearProgramme

__all__ = ["best_draws", "correlated_gain", "plain_weights"]

Array = NDArray[Any]
JointAction = tuple[int, ...]
Duals = tuple[Fraction, ...]


def best_draws(
    gains: Array, denominator: int, blocking: Blocking
) -> tuple[Fraction, list[dict[int, Fraction]] | None, Duals]:
    """The best draws under "all" or "some": what they gain, the draws, and the members' multipliers.

    Parameters
    ----------
    gains : integers, shape (members, R, joint actions)

    Returns
    -------
    value, draws, multipliers
        For each recommendation a mapping from joint actions to probabilities; ``None`` where staying put is best.
    """
    from gametheory.optimize.exact import solve_exact

    plain = _plain_duals(gains, blocking)
    if plain is not None:
        return Fraction(0), None, plain
    members, count, width = gains.shape
    solution = solve_exact(_programme(gains, denominator, blocking))
    duals = tuple(abs(solution.row_duals[i]) for i in range(members))
    if solution.value <= 0:
        return Fraction(0), None, duals
    drawn = []
    for r in range(count):
        part = [(c, solution.primal[r * width + c]) for c in range(width)]
        drawn.append({c: p for c, p in part if p > 0})
    return solution.value, drawn, duals


def plain_weights(tensor: Array, blocking: Blocking) -> Duals | None:
    """Weights that show a gain of zero where they are plain to see, so that most coalitions need no programme."""
    return _plain_duals(tensor.reshape(len(tensor), 1, -1), blocking)


def correlated_gain(
    tensor: Array, denominator: int, blocking: Blocking
) -> tuple[Fraction, dict[JointAction, Fraction] | None, tuple[Fraction, ...], Duals]:
    """The best distribution over joint actions from the members' gains: value, distribution, gains and dual weights."""
    size = len(tensor)
    value, drawn, duals = best_draws(tensor.reshape(size, 1, -1), denominator, blocking)
    if drawn is None:
        return Fraction(0), None, (Fraction(0),) * size, duals
    draw = drawn[0]
    assert sum(draw.values()) == 1, "a distribution whose value is positive and could be scaled up was not optimal"
    flat = tensor.reshape(size, -1)
    gains = tuple(Fraction(sum((p * int(row[k]) for k, p in draw.items()), Fraction(0)), denominator) for row in flat)
    assert coalition_value(gains, blocking) == value, "the optimal distribution does not attain the optimum"
    return (
        value,
        {tuple(int(j) for j in np.unravel_index(k, tensor.shape[1:])): p for k, p in draw.items()},
        gains,
        duals,
    )


def _plain_duals(gains: Array, blocking: Blocking) -> Duals | None:
    members = len(gains)
    if blocking == "all":
        for i, row in enumerate(gains):
            if int(row.max(axis=1).sum()) <= 0:  # this member never gains
                return tuple(Fraction(int(j == i)) for j in range(members))
    if int(gains.sum(axis=0).max(axis=1).sum()) > 0:
        return None
    return (Fraction(0 if blocking == "some" else 1, members),) * members  # nor do the members together


def _programme(gains: Array, denominator: int, blocking: Blocking) -> LinearProgramme:
    members, count, width = gains.shape
    columns = count * width
    rows: list[Any] = []
    for i in range(members):
        row = {c: Fraction(int(x), denominator) for c, x in enumerate(gains[i].reshape(-1)) if x}
        if blocking == "all":
            row[columns] = Fraction(-1)
        rows.append((f"member {i} gains", row, ">=", 0))
    for r in range(count):
        ones = dict.fromkeys(range(r * width, (r + 1) * width), Fraction(1))
        rows.append((f"probabilities {r}", ones, "==" if blocking == "all" else "<=", 1))
    arguments = {"rule": blocking}
    if blocking == "all":
        lower: list[Any] = [0] * columns + [None]
        objective: list[Any] = [0] * columns + [1]
        return LinearProgramme.from_rows(
            "max", objective, rows, lower=lower, name="coalition_gain", arguments=arguments
        )
    sums = [Fraction(int(x), denominator) for x in gains.astype(object).sum(axis=0).reshape(-1)]
    return LinearProgramme.from_rows("max", sums, rows, name="coalition_gain", arguments=arguments)
