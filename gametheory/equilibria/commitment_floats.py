"""Reply cells that floats show to be out of the question, with rational multipliers that prove it.

Most reply cells hold nothing near the leader's best. For such a cell r HiGHS finds y ≥ 0 with

    u_L(i, r) + Σ_k y_k row_k(i)  ≤  W      for all actions i of the leader

in floats, where W is below the best value V by a share of the span of the payoffs. Rounded to multiples of a power of two,
y keeps V − u_L(i, r) − Σ_k y_k row_k(i) ≥ 0, which is checked in integers: a proof that the cell holds nothing better than V.
Cells near the best, and those where rounding fails, are left to exact linear programmes.

Complexity: one linear programme in floats for each cell, and a product of integers with its table.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from gametheory.equilibria.commitment_cells import ReplyCells
from gametheory.errors import SolverError

__all__ = ["DistantCells"]

Array = NDArray[Any]
_SHARE = 1e-6
"""Of the span of the leader's payoffs: cells that come closer to the best than this are solved exactly."""
_MACHINE = 2**62


@final
@dataclass(frozen=True, slots=True, eq=False)
class DistantCells:
    """Multipliers in floats of cells whose bound is below the best value found, by position in the list of replies.

    Attributes
    ----------
    cells : ReplyCells
    replies : sequence of int
    multipliers : mapping from position to float array
        ≥ 0, one per row of the cell.
    """

    cells: ReplyCells
    replies: Sequence[int]
    multipliers: dict[int, NDArray[np.float64]]

    @classmethod
    def among(cls, cells: ReplyCells, replies: Sequence[int]) -> DistantCells:
        """Search all cells once, with the best value so far as the bound to beat."""
        try:
            leader = cells.leader_payoffs.astype(np.float64)
        except OverflowError:  # numbers beyond floats: left to the exact method
            return cls(cells, replies, {})
        span = float(leader.max() - leader.min())
        if len(replies) < 2 or not 0 < span < np.inf:
            return cls(cells, replies, {})
        leader = (leader - leader.min()) / span  # from 0 to 1
        best, bounds, found = -1.0, {}, {}
        for position, reply in enumerate(replies):
            floor = best - _SHARE
            try:
                gain, duals = _searched(cells, reply, leader[:, reply] - floor, span)
            except (OverflowError, SolverError):
                continue
            bounds[position], found[position] = floor + gain, duals
            best = max(best, floor + gain)
        return cls(cells, replies, {k: y for k, y in found.items() if bounds[k] <= best - _SHARE / 2})

    def proof(self, position: int, value: Fraction) -> list[Fraction] | None:
        """Rational multipliers that show that the cell holds nothing better than ``value``; ``None`` if rounding fails."""
        duals = self.multipliers.get(position)
        if duals is None:
            return None
        cells, reply = self.cells, self.replies[position]
        table, _ = cells.rows(reply)
        span = int(cells.leader_payoffs.max()) - int(cells.leader_payoffs.min())
        most = max((abs(int(table.max())), abs(int(table.min())))) if table.size else 0
        bits = max(0, math.ceil(math.log2(16 * len(table) * max(most, 1) / (_SHARE * span))))
        rounded = np.rint(np.ldexp(duals, bits))
        largest = float(rounded.max(initial=0.0))
        if not largest < np.inf:
            return None
        if largest * max(most, 1) * max(len(table), 1) < _MACHINE and table.dtype != object:
            sums = (rounded.astype(np.int64) @ table).astype(object)
        else:
            whole = np.empty(len(rounded), dtype=object)
            whole[:] = [int(y) for y in rounded.tolist()]
            sums = whole @ table.astype(object)
        own = cells.leader_payoffs[:, reply].astype(object)
        limit = value * cells.game.denominator
        slack = [(limit.numerator - limit.denominator * int(u) << bits) - limit.denominator * int(s)
                 for u, s in zip(own, sums, strict=True)]  # fmt: skip
        if min(slack) < 0:
            return None
        return [Fraction(-int(y), 1 << bits) for y in rounded.tolist()]


def _searched(cells: ReplyCells, reply: int, objective: Array, span: float) -> tuple[float, NDArray[np.float64]]:
    """The most that the cone over the cell holds of the objective with mass at most 1, and the multipliers of its rows."""
    from gametheory.optimize.linear_model import LinearModel

    table, _ = cells.rows(reply)
    rows = table.astype(np.float64)
    size = np.abs(rows).max(axis=1, initial=0.0)
    size[size == 0] = 1.0
    dense = np.vstack([np.ones((1, rows.shape[1])), rows / size[:, None]])
    kept = dense != 0
    start = np.concatenate([[0], np.cumsum(kept.sum(axis=1))])
    columns = np.broadcast_to(np.arange(dense.shape[1]), dense.shape)[kept]
    lower = np.concatenate([[-np.inf], np.zeros(len(rows))])
    upper = np.concatenate([[1.0], np.full(len(rows), np.inf)])
    solution = LinearModel("max", objective, start, columns, dense[kept], lower, upper).solve()
    duals = np.maximum(-solution.row_duals[1:], 0.0) / size * span
    return max(solution.value, 0.0), duals
