"""Equilibria in which two players mix over two actions each and the others play pure.

Let i and j mix while the others play r. When j plays c and d with probabilities 1 − q and q, player i's payoffs of his
actions a are lines in q, and i can mix over a and b only where these two cross on the upper envelope of the lines: at
a *corner* (a, b; c, d) with its q. So the equilibria wanted are the corners of player i's envelopes that are corners of
player j's as well, for the same four actions, and at which no other player k gains from leaving r_k. All envelopes for a
pair of players are followed at once, from q = 0 to the next crossing until none is left.

Random games of three or more players that have no pure equilibrium often have one of these, and its probabilities are
rational. Found here in floats; ties are not resolved, so that degenerate games may have more.

Complexity: for a pair of players one table of size ∏ m_k · (m_j − 1)/2 for each corner along an envelope (about 2 log m_i
in random games). R. Porter, E. Nudelman and Y. Shoham (2008), *Simple search methods for finding a Nash equilibrium*,
Games and Economic Behavior 63, 642-662, on small supports first.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gametheory.equilibria.support_systems import ADVANTAGE, SupportSolution

__all__ = ["two_by_two_solutions"]

Array = NDArray[Any]

MAX_TABLE = 10**6
"""Entries of the tables that are handled at a time."""

MAX_ENTRIES = 3 * 10**7
"""Games in which the tables of all pairs of players have more entries are not searched: those beyond 3 × 56 actions."""


def two_by_two_solutions(payoffs: Array) -> Iterator[SupportSolution]:
    """Such equilibria in floats, from payoffs with spans of at most one, shape (n, m_0, …, m_{n−1}).

    Examples
    --------
    Matching pennies, while a third player watches.

    >>> pennies = np.array([[1.0, 0.0], [0.0, 1.0]])[:, :, None]
    >>> (found,) = two_by_two_solutions(np.stack([pennies, 1 - pennies, pennies]))
    >>> found.support, [part.tolist() for part in found.parts]
    (((0, 1), (0, 1), (0,)), [[0.5, 0.5], [0.5, 0.5], [1.0]])
    """
    sizes = payoffs.shape[1:]
    pairs = [(i, j) for i, j in itertools.combinations(range(len(sizes)), 2) if sizes[i] > 1 and sizes[j] > 1]
    if sum(math.prod(sizes) * (sizes[i] + sizes[j]) // 2 for i, j in pairs) > MAX_ENTRIES:
        return
    for i, j in pairs:
        others = [k for k in range(len(sizes)) if k not in (i, j)]
        mine = payoffs[i].transpose([*others, i, j]).reshape(-1, sizes[i], sizes[j])
        theirs = payoffs[j].transpose([*others, j, i]).reshape(-1, sizes[j], sizes[i])
        step = max(1, MAX_TABLE // (sizes[i] * sizes[j] * max(sizes[i], sizes[j]) // 2))
        for first in range(0, len(mine), step):
            found = _meeting(mine[first : first + step], theirs[first : first + step])
            yield from _stable(payoffs, (i, j), others, first, *found)


def _corners(table: Array) -> tuple[Array, ...]:
    """The corners of the envelopes of lines in q, from payoffs of shape (R, m, m').

    Returns
    -------
    (r, a, b, c, d, q) : arrays, a < b and c < d
        When c and d are played with probabilities 1 − q and q, a and b are the best replies, 0 < q < 1.
    """
    c, d = np.triu_indices(table.shape[2], 1)
    level, slope = table[:, :, c].transpose(0, 2, 1), (table[:, :, d] - table[:, :, c]).transpose(0, 2, 1)
    r, pair = (part.reshape(-1) for part in np.indices(level.shape[:2]))
    level, slope = level.reshape(-1, table.shape[1]), slope.reshape(-1, table.shape[1])
    best = level.argmax(axis=1)
    found: list[tuple[Array, ...]] = []
    while len(best):
        rows = np.arange(len(best))
        steeper = slope - slope[rows, best, None]
        with np.errstate(divide="ignore", invalid="ignore"):
            crossing = np.where(steeper > 0, (level[rows, best, None] - level) / steeper, np.inf)
        following = crossing.argmin(axis=1)
        q = crossing[rows, following]
        kept = np.flatnonzero(q < 1)
        r, pair, level, slope, q = r[kept], pair[kept], level[kept], slope[kept], q[kept]
        last, best = best[kept], following[kept]
        mixed = q > 0  # at a tie where the envelope begins it is not
        found.append(tuple(x[mixed] for x in (r, np.minimum(last, best), np.maximum(last, best), c[pair], d[pair], q)))
    return tuple(np.concatenate(parts) for parts in zip(*found, strict=True))


def _meeting(mine: Array, theirs: Array) -> tuple[Array, ...]:
    """The corners (r, a, b, c, d) that both players' envelopes have, with p for b and q for d."""
    r, a, b, c, d, q = _corners(mine)
    other_r, other_c, other_d, other_a, other_b, p = _corners(theirs)
    shape = (len(mine), mine.shape[1], mine.shape[1], mine.shape[2], mine.shape[2])
    keys = np.ravel_multi_index((r, a, b, c, d), shape)
    other_keys = np.ravel_multi_index((other_r, other_a, other_b, other_c, other_d), shape)
    _, here, there = np.intersect1d(keys, other_keys, assume_unique=True, return_indices=True)
    return r[here], a[here], b[here], c[here], d[here], p[there], q[here]


def _stable(
    payoffs: Array, pair: tuple[int, int], others: list[int], first: int, r: Array, *corner: Array
) -> Iterator[SupportSolution]:
    """Those at which no other player gains from another action."""
    i, j = pair
    a, b, c, d, p, q = corner
    sizes = payoffs.shape[1:]
    played = np.unravel_index(r + first, [sizes[k] for k in others]) if others else ()
    stable = np.ones(len(r), dtype=np.bool_)
    for k, own in zip(others, played, strict=True):
        total = np.zeros((len(r), sizes[k]))
        for x, y, weight in ((a, c, (1 - p) * (1 - q)), (a, d, (1 - p) * q), (b, c, p * (1 - q)), (b, d, p * q)):
            index: list[Array] = [part[:, None] for part in _profile(len(sizes), pair, others, x, y, played)]
            index[k] = np.arange(sizes[k])[None, :]
            total += weight[:, None] * payoffs[k][tuple(index)]
        stable &= total.max(axis=1, initial=-np.inf) <= total[np.arange(len(r)), own] + ADVANTAGE
    for t in np.flatnonzero(stable).tolist():
        support: list[tuple[int, ...]] = [(int(part[t]),) for part in _profile(len(sizes), pair, others, a, c, played)]
        parts = [np.ones(1)] * len(sizes)
        support[i], support[j] = (int(a[t]), int(b[t])), (int(c[t]), int(d[t]))
        parts[i], parts[j] = np.array([1 - p[t], p[t]]), np.array([1 - q[t], q[t]])
        yield SupportSolution(tuple(support), tuple(parts), None)


def _profile(n: int, pair: tuple[int, int], others: list[int], x: Array, y: Array, played: Any) -> list[Array]:
    result: list[Array] = [x] * n
    result[pair[1]] = y
    for k, own in zip(others, played, strict=True):
        result[k] = own
    return result
