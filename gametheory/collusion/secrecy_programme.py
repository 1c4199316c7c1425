"""The linear programme at the heart of :mod:`.secrecy_search`, in floats.

    maximise  t    subject to    Σ_k λ_k u_b(d_k) ≥ t,    Σ_k λ_k W_j d_k = Σ_v β_jv v,    Σ_jv β_jv h_jv − Σ_k λ_k e_k ≤ R

over weights λ of the plays at hand and weights β of the corners of a cell for each channel j; h are entropies at the corners
(or logarithms of a law, which makes the programme conservative) and e_k = H(d_k) + Σ_j H(W_j | d_k). With a price μ the last
row moves into the objective. An overdraft of the budget and of each balance, at a very large price, keeps it feasible and
bounds the duals.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

__all__ = ["Column", "Solved", "solve_restricted"]

Floats = NDArray[np.float64]
Column = tuple[Floats, float, tuple[Floats, ...]]
"""What a play earns against each action of the adversary, e_k, and the law of each channel's signal."""

_LARGEST_PRICE = 1e4  # of a nat, in spans of the payoff: beyond it the budget is as good as none
_TINY = 1e-11  # coefficients that HiGHS would refuse


@final
@dataclass(frozen=True, slots=True, eq=False)
class Solved:
    """The restricted programme: value, weights of columns, price per nat, mix, signal prices, weights of corners."""

    value: float
    weights: Floats
    price: float
    mix: Floats
    signals: tuple[Floats, ...]
    inside: tuple[Floats, ...]


def solve_restricted(
    table: Floats,
    columns: Sequence[Column],
    corners: Sequence[Floats],
    levels: Sequence[Floats],
    budget: float,
    per_nat: float | None,
) -> Solved:
    """The programme restricted to the columns at hand.

    Parameters
    ----------
    table : array, shape (num_b, joint actions)
    columns : sequence of Column
    corners, levels : sequences of arrays, shapes (corners, signals) and (corners,), one for each channel
    budget : float
        In nats.
    per_nat : float or None
        A price in place of the budget.

    Raises
    ------
    SolverError
        If the programme is too badly conditioned.
    """
    from gametheory.optimize.linear_model import LinearModel

    count, rivals = len(columns), len(table)
    inner, signals = sum(map(len, corners)), sum(v.shape[1] for v in corners)
    at_value, balance = count + inner, rivals + 1
    matrix = np.zeros((balance + signals + 1, at_value + 2 + 2 * signals))
    matrix[:rivals, :count] = np.array([row[0] for row in columns]).T
    matrix[:rivals, at_value] = -1
    matrix[rivals, :count] = 1
    row, column = balance, count
    for j, (v, level) in enumerate(zip(corners, levels, strict=True)):
        size = v.shape[1]
        matrix[row : row + size, :count] = np.array([entry[2][j] for entry in columns]).T
        matrix[row : row + size, column : column + len(v)] = -v.T
        matrix[-1, column : column + len(v)] = level
        row, column = row + size, column + len(v)
    matrix[balance:-1, at_value + 2 : at_value + 2 + signals] = np.eye(signals)
    matrix[balance:-1, at_value + 2 + signals :] = -np.eye(signals)
    matrix[-1, :count] = [-entry[1] for entry in columns]
    cost = np.zeros(matrix.shape[1])
    cost[at_value] = 1
    cost[at_value + 1 :] = -_LARGEST_PRICE
    if per_nat is None:
        matrix[-1, at_value + 1] = -1
    else:
        cost -= per_nat * matrix[-1]
        matrix[-1] = 0
    matrix[np.abs(matrix) < _TINY] = 0
    places = matrix != 0
    free = np.zeros(matrix.shape[1])
    free[at_value] = -math.inf
    model = LinearModel(
        "max",
        cost,
        np.concatenate([[0], np.cumsum(places.sum(axis=1))]),
        np.nonzero(places)[1],
        matrix[places],
        np.concatenate([np.zeros(rivals), [1], np.zeros(signals), [-math.inf]]),
        np.concatenate([np.full(rivals, math.inf), [1], np.zeros(signals), [budget]]),
        free,
        np.full(matrix.shape[1], math.inf),
    )
    solution = model.solve()
    duals = solution.row_duals
    mix = np.maximum(-duals[:rivals], 0)
    ends = np.cumsum([v.shape[1] for v in corners])[:-1]
    return Solved(
        solution.value,
        np.maximum(solution.primal[:count], 0),
        max(0.0, float(duals[-1])) if per_nat is None else per_nat,
        mix / mix.sum() if mix.sum() > 0 else np.full(rivals, 1 / rivals),
        tuple(np.split(duals[balance:-1], ends)),
        tuple(np.split(solution.primal[count:at_value], np.cumsum([len(v) for v in corners])[:-1])),
    )
