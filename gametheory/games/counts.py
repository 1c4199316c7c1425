"""Vectors of counts: how many of N agents play each of m actions.

The vectors c ∈ ℕ^m with Σ_j c_j = N number C(N + m − 1, m − 1). In lexicographic order the place of c is

    Σ_{j < m−1} [C(R_j + m − 1 − j, m − 1 − j) − C(R_{j+1} + m − 1 − j, m − 1 − j)],      R_j = N − c_0 − … − c_{j−1},

since the vectors that agree with c before j and are smaller there leave R_j − c_j + 1, …, R_j for the places after j.
Complexity: O(m) for a place, O(m) for each vector listed; the size of a list is predicted.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from gametheory.games.memory import refuse_if_too_large

__all__ = ["count_vectors", "num_count_vectors", "place_table", "places"]

Integers = NDArray[np.int64]


def num_count_vectors(total: int, parts: int) -> int:
    """How many vectors of ``parts`` counts sum to ``total``.

    Examples
    --------
    >>> num_count_vectors(1000, 3)
    501501
    """
    return math.comb(total + parts - 1, parts - 1)


def count_vectors(
    total: int, parts: int, *, low: Sequence[int] | None = None, high: Sequence[int] | None = None
) -> Integers:
    """All vectors of ``parts`` counts that sum to ``total``, within bounds, in lexicographic order: shape (R, parts).

    Examples
    --------
    >>> count_vectors(2, 2).tolist()
    [[0, 2], [1, 1], [2, 0]]
    >>> count_vectors(5, 3, low=(2, 0, 0), high=(3, 1, 5)).tolist()
    [[2, 0, 3], [2, 1, 2], [3, 0, 2], [3, 1, 1]]
    """
    least = np.zeros(parts, dtype=np.int64) if low is None else np.maximum(np.array(low, dtype=np.int64), 0)
    most = np.full(parts, total, dtype=np.int64) if high is None else np.minimum(np.array(high, dtype=np.int64), total)
    widths = sorted(max(int(b - a) + 1, 0) for a, b in zip(least, most, strict=True))
    refuse_if_too_large(min(num_count_vectors(total, parts), math.prod(widths[:-1])) * parts, 24, "the list of counts")
    columns: list[Integers] = []
    left = np.array([total], dtype=np.int64)
    for j in range(parts):
        start = np.maximum(least[j], left - most[j + 1 :].sum())
        stop = np.minimum(most[j], left - least[j + 1 :].sum())
        room = np.maximum(stop - start + 1, 0)
        rows = np.repeat(np.arange(len(left)), room)
        value = np.arange(len(rows)) - np.repeat(np.cumsum(room) - room, room) + start[rows]
        columns = [*(column[rows] for column in columns), value]
        left = left[rows] - value
    return np.stack(columns, axis=1)


def place_table(total: int, parts: int) -> Integers:
    """C(r + p, p) for p = parts − 1, …, 1 and r = 0, …, total: what :func:`places` adds up; shape (parts − 1, total + 1)."""
    table = np.ones((parts, total + 1), dtype=np.int64)
    for p in range(1, parts):
        table[p] = np.cumsum(table[p - 1])
    return table[:0:-1]


def places(vectors: Integers, table: Integers) -> Integers:
    """The place of each vector of counts, shape (..., parts), in the lexicographic order of its total.

    Examples
    --------
    >>> vectors = count_vectors(7, 4)
    >>> bool((places(vectors, place_table(7, 4)) == np.arange(len(vectors))).all())
    True
    """
    left = np.full(vectors.shape[:-1], table.shape[1] - 1, dtype=np.int64) if len(table) else None
    result = np.zeros(vectors.shape[:-1], dtype=np.int64)
    for j, row in enumerate(table):
        assert left is not None
        after = left - vectors[..., j]
        result += row[left] - row[after]
        left = after
    return result
