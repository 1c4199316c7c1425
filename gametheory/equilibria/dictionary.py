"""Condensed simplex dictionaries of a best-response polytope, in integers.

Player 1's best-response polytope, for positive payoffs B of player 2, is

    P = {x ∈ R^d : x ≥ 0, s = 1 − Bᵀx ≥ 0}.

Its d + e variables w are labelled. A *dictionary* expresses the basic ones by the d nonbasic ones,

    δ · w_basic = β − T w_nonbasic,        δ > 0, β ≥ 0, all integers,

and stands for the vertex with w_nonbasic = 0. Pivots are fraction-free (Edmonds 1967, Bareiss 1968): the division by
the old δ is exact, entries are minors of the starting matrix. A dictionary also stands for a face: the points of P at
which the variables in ``closed`` (a bit mask of labels) vanish; its other nonbasic variables are *free*.

:meth:`Dictionary.close` makes one more variable vanish, by primal simplex pivots of the largest decrease (Bland's
rule while there is none), or finds the row that proves that it cannot.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import final

__all__ = ["DEAD", "IMPLIED", "Dictionary", "reduced_weights"]

Weights = tuple[tuple[int, int], ...]

IMPLIED = -1.0
DEAD = 100.0


@final
class Dictionary:
    """A vertex of P and a face that contains it; mutable, private to the searches of this chapter."""

    __slots__ = ("_outlook", "basic", "closed", "delta", "nonbasic", "rows")

    rows: list[list[int]]
    basic: list[int]
    nonbasic: list[int]
    delta: int
    closed: int
    _outlook: dict[int, float] | None

    def __init__(
        self, rows: list[list[int]], basic: list[int], nonbasic: list[int], delta: int = 1, closed: int = 0
    ) -> None:
        self.rows, self.basic, self.nonbasic, self.delta, self.closed = rows, basic, nonbasic, delta, closed
        self._outlook = None

    @classmethod
    def start(cls, matrix: Sequence[Sequence[int]], own: Sequence[int], other: Sequence[int]) -> Dictionary:
        """The vertex 0 of {x ≥ 0 : xᵀM ≤ 1} for a positive d × e matrix M; x is labelled by ``own``, s by ``other``."""
        return cls([[*column, 1] for column in zip(*matrix, strict=True)], list(other), list(own))

    def copy(self) -> Dictionary:
        """Another one with the same rows, which are replaced, never changed in place."""
        return Dictionary(self.rows[:], self.basic[:], self.nonbasic[:], self.delta, self.closed)

    def pivot(self, r: int, c: int) -> None:
        """Exchange the basic variable of row r and the nonbasic variable of column c."""
        delta, rows, pivot_row = self.delta, self.rows, self.rows[r]
        p = pivot_row[c]
        sign = -1 if p < 0 else 1
        p *= sign
        for i, row in enumerate(rows):
            if i == r:
                continue
            f = row[c] * sign
            if f:
                new = [(p * t - f * u) // delta for t, u in zip(row, pivot_row, strict=True)]
                new[c] = -f
                rows[i] = new
            elif p != delta:
                rows[i] = [p * t // delta for t in row]
        new = [-t for t in pivot_row] if sign < 0 else pivot_row[:]
        new[c] = sign * delta
        rows[r] = new
        self.delta = p
        self.basic[r], self.nonbasic[c] = self.nonbasic[c], self.basic[r]
        self._outlook = None

    def close(self, label: int) -> int:
        """Pass to the part of the face where the variable ``label`` vanishes.

        Returns
        -------
        int
            −1, or the row that proves that part to be empty: its β is positive and no free coefficient is.
        """
        bit = 1 << label
        self._outlook = None
        if label in self.nonbasic:
            self.closed |= bit
            return -1
        r = self.basic.index(label)
        while True:
            row = self.rows[r]
            entering = [q for q in self.free() if row[q] > 0]
            if not entering:
                if row[-1]:
                    return r
                for q in self.free():  # w_label = Σ (coefficients ≥ 0) · (free): it vanishes at this vertex
                    if row[q]:
                        self.pivot(r, q)
                        break
                self.closed |= bit
                return -1
            leaving, c = self._largest_decrease(r, entering)
            self.pivot(leaving, c)
            if leaving == r:
                self.closed |= bit
                return -1

    def _largest_decrease(self, r: int, entering: list[int]) -> tuple[int, int]:
        """Row and column of the pivot that lowers row r's variable most; Bland's rule where none lowers it at once."""
        row, best, top, bottom = self.rows[r], (-1, -1), 0, 1
        for q in entering:
            i = self._leaving(r, q)
            if i == r:
                return r, q
            gain, scale = row[q] * self.rows[i][-1], self.rows[i][q]
            if gain * bottom > top * scale:
                best, top, bottom = (i, q), gain, scale
        if best[0] >= 0:
            return best
        c = min(entering, key=self.nonbasic.__getitem__)
        return self._leaving(r, c), c

    def _leaving(self, preferred: int, c: int) -> int:
        """Row of the smallest ratio β/T in column c; of equal ones ``preferred``, else the smallest label."""
        best, top, bottom = preferred, self.rows[preferred][-1], self.rows[preferred][c]
        for i, row in enumerate(self.rows):
            t = row[c]
            if t > 0 and i != preferred:
                gap = row[-1] * bottom - top * t
                if gap < 0 or (gap == 0 and best != preferred and self.basic[i] < self.basic[best]):
                    best, top, bottom = i, row[-1], t
        return best

    def free(self) -> list[int]:
        """Columns whose variable may become positive on the face."""
        closed = self.closed
        return [q for q, label in enumerate(self.nonbasic) if not closed >> label & 1]

    def outlook(self) -> dict[int, float]:
        """How hard it looks to make each basic variable vanish: DEAD is impossible, IMPLIED holds on the whole face.

        Between them 1/(number of ways to lower it), 0 if it vanishes here. Labels not listed are nonbasic.
        """
        if self._outlook is None:
            free, result = self.free(), {}
            for label, row in zip(self.basic, self.rows, strict=True):
                if row[-1]:
                    ways = sum(row[q] > 0 for q in free)
                    result[label] = 1 / ways if ways else DEAD
                else:
                    result[label] = 0.0 if any(row[q] < 0 for q in free) else IMPLIED
            self._outlook = result
        return self._outlook

    def positive(self) -> list[int]:
        """Labels of the variables that are positive at this vertex."""
        return [label for label, row in zip(self.basic, self.rows, strict=True) if row[-1]]

    def point(self, own: Sequence[int]) -> tuple[int, ...]:
        """The variables labelled ``own`` at this vertex, as integers without common factor."""
        value = {label: row[-1] for label, row in zip(self.basic, self.rows, strict=True)}
        numbers = [value.get(label, 0) for label in own]
        common = math.gcd(*numbers)
        return tuple(x // common for x in numbers) if common > 1 else tuple(numbers)

    def domination(self, r: int, slacks: range) -> Weights:
        """Why the variable w_k of row r cannot vanish (β > 0) or cannot be positive (β = 0) on the face.

        The weights λ are integers on slacks, so on the other player's actions: they sum to zero, are negative only on
        closed slacks or, if β > 0, on w_k, and Σ_j B_ij λ_j ≥ 0 for every i with x_i not closed. So the mixture with
        the positive weights is at least as good as the one with the negative weights, all of them to be best replies.

        * β > 0: row r says δ w_k + Σ T_q w_q = β with T_q ≤ 0 for free q. Its coefficients μ on slacks sum to β; λ is
          −μ with β added on one slack, and then all Σ_j B_ij λ_j > 0: strictly better, so they cannot all be best
          replies.
        * β = 0: row r says δ w_k + Σ T_q w_q = 0 with T_q ≥ 0 for free q. λ = μ has λ_k > 0: w_k is a best reply as
          well.

        Returns
        -------
        tuple of (action of the other player, weight)
        """
        row, k = self.rows[r], self.basic[r]
        weights = {q: t for q, t in zip(self.nonbasic, row, strict=False) if t and q in slacks}
        if k in slacks:
            weights[k] = self.delta
        if row[-1]:
            weights = {q: -t for q, t in weights.items()}
            weights[min(weights, key=weights.__getitem__)] += row[-1]
        return reduced_weights([(label - slacks.start, w) for label, w in weights.items()])


def reduced_weights(weights: Sequence[tuple[int, int]]) -> Weights:
    """The weights that are not 0, without common factor, in order of the actions."""
    common = math.gcd(*(w for _, w in weights))
    return tuple((action, w // common) for action, w in sorted(weights) if w)
