"""One Nash equilibrium of a bimatrix game by complementary pivoting, in integers.

Start at the artificial pair (0, 0) of the best-response polytopes, which has all labels, and drop one of them, k: its
variable enters the basis. Whatever label the variable that leaves carries is now had twice; drop it in the other
polytope, and so on, until k itself is picked up again: then all labels are had, by an equilibrium. Ties for leaving,
which occur in degenerate games only, are broken lexicographically, which is the same as perturbing the right-hand
sides by powers of an infinitesimal: no pair is visited twice, and the path ends.

References: C. E. Lemke and J. T. Howson (1964), *Equilibrium points of bimatrix games*, J. SIAM 12, 413-423;
B. von Stengel (2002), *Computing equilibria for two-person games*, Handbook of Game Theory 3, section 2.
Complexity: O(m n) integer operations a pivot; paths can be exponentially long (Savani and von Stengel 2006).
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence

from gametheory.equilibria.dictionary import Dictionary
from gametheory.equilibria.label_search import positive_integers

__all__ = ["lemke_howson"]


def lemke_howson(
    A: Sequence[Sequence[int]],
    B: Sequence[Sequence[int]],
    *,
    dropped: int = 0,
    max_pivots: float = math.inf,
    deadline: float = math.inf,
) -> tuple[tuple[int, ...], tuple[int, ...]] | None:
    """The equilibrium at the end of the path that starts by dropping a label, as integer weights of both players.

    ``None`` if the path has more than ``max_pivots`` pivots, or is not at its end when ``time.monotonic()`` is at the
    ``deadline``.

    Parameters
    ----------
    A, B : integer matrices, m × n
    dropped : int
        A row 0, …, m − 1 or, as m + j, a column.
    max_pivots, deadline : int, float
        Paths can be exponentially long.

    Examples
    --------
    >>> lemke_howson([[1, -1], [-1, 1]], [[-1, 1], [1, -1]])
    ((1, 1), (1, 1))
    """
    m, n = len(A), len(A[0])
    rows, columns = range(m), range(m, m + n)
    polytopes = (
        Dictionary.start(positive_integers(B), rows, columns),
        Dictionary.start(positive_integers([list(c) for c in zip(*A, strict=True)]), columns, rows),
    )
    slacks = (columns, rows)
    side, entering = (0 if dropped < m else 1), dropped
    pivots = 0
    while pivots < max_pivots and time.monotonic() < deadline:
        pivots += 1
        polytope = polytopes[side]
        c = polytope.nonbasic.index(entering)
        r = _lexicographic_row(polytope, c, slacks[side])
        leaving = polytope.basic[r]
        polytope.pivot(r, c)
        if leaving == dropped:
            return polytopes[0].point(rows), polytopes[1].point(columns)
        side, entering = 1 - side, leaving
    return None


def _lexicographic_row(polytope: Dictionary, c: int, slacks: range) -> int:
    """The row with the smallest perturbed ratio: its β, then its coefficients on the slacks, over its entry in c."""
    rows = polytope.rows
    tied = [i for i, row in enumerate(rows) if row[c] > 0]
    tied = _smallest(tied, [row[-1] for row in rows], c, rows)
    column_of = {label: q for q, label in enumerate(polytope.nonbasic)}
    for label in slacks:
        if len(tied) == 1:
            break
        q = column_of.get(label)
        values = (
            [row[q] for row in rows]
            if q is not None
            else [polytope.delta if basic == label else 0 for basic in polytope.basic]
        )
        tied = _smallest(tied, values, c, rows)
    return tied[0]


def _smallest(tied: list[int], values: list[int], c: int, rows: list[list[int]]) -> list[int]:
    """The rows of ``tied`` with the smallest value/entry in column c; the entries are positive."""
    best = [tied[0]]
    for i in tied[1:]:
        gap = values[i] * rows[best[0]][c] - values[best[0]] * rows[i][c]
        if gap < 0:
            best = [i]
        elif gap == 0:
            best.append(i)
    return best
