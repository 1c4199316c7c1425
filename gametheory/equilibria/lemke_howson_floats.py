"""Lemke-Howson paths in floats, from every label, with restarts: candidates for the supports of an equilibrium.

Player i's best replies do not change when what it earns against an action of the other player is shifted, and supports
of equilibria do not when it is scaled. So both players' payoffs are brought to [1, 2], action by action of the other
one, which takes huge offsets and very different magnitudes out before anything is rounded. Ties, which occur in
degenerate games, are broken by perturbing the right-hand sides of the polytopes.

The lengths of the paths of a game are heavy-tailed, a handful to millions of pivots, so that restarts matter more than
the speed of a pivot (B. Codenotti, S. De Rossi and M. Pagan 2008, *An experimental analysis of Lemke-Howson
algorithm*, arXiv:0811.3247). Rounds r = 0, 1, … alternate between

* breadth: the paths of all labels, each for 10 · 2^r pivots at most, and
* depth: one path, of label 0 at first, for as many pivots more as the breadth took,

so that the work is about four times that of the better of the two: breadth in random games, depth in games close to
zero-sum, where all paths are long but none very.

What comes out are pairs of supports, of equal size k, for the caller to solve and check exactly. Memory: the payoffs
twice, and four arrays of min(m, n)² floats (two more for :mod:`.prior_paths`).
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import count
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gametheory.equilibria.compilation import announced_if_slow
from gametheory.equilibria.lemke_howson_kernels import follow_each
from gametheory.games.memory import refuse_if_too_large

__all__ = ["ends", "float_supports", "path_supports", "perturb", "polytope", "unit_payoffs", "units"]

Floats = NDArray[np.float64]
Polytope = tuple[NDArray[Any], ...]
Supports = tuple[list[int], list[int]]

FIRST_ROUND = 10
PERTURBATIONS = 1e-8, 1e-12
"""The first is far above rounding errors, the second far below near ties of 1e-10; rounds take turns."""

UNLIMITED = 2**62
WORK_AT_ONCE = 10**9  # payoffs looked at between two glances at the clock: some tenths of a second


def float_supports(tables: tuple[Floats, Floats], deadline: float) -> Iterator[tuple[Supports, int] | None]:
    """Pairs of supports at the ends of paths, each with the label dropped; ``None`` at the end of every round.

    ``tables`` are those of :func:`unit_payoffs`. Ends when the path of every label was followed to its end, or when
    ``time.monotonic()`` has reached the deadline.
    """
    labels = sum(tables[0].shape)
    at_once = WORK_AT_ONCE // tables[0].size + 1
    first, second, deep_first, deep_second = map(polytope, tables * 2)
    broad, deep = np.zeros(5, np.int64), np.zeros(5, np.int64)
    with announced_if_slow(follow_each):
        follow_each(first, second, broad, labels, 0, 0)  # compiled here
    perturb(deep_first, deep_second, PERTURBATIONS[0])
    for turn in count():
        perturb(first, second, PERTURBATIONS[turn % 2])
        broad[:] = 0
        while broad[0] < labels:
            if time.monotonic() >= deadline:
                return
            if follow_each(first, second, broad, labels, FIRST_ROUND << turn, at_once):
                yield ends(first, second), int(broad[0]) - 1
        until = deep[4] + broad[4]
        while deep[4] < until:
            if deep[0] == labels or time.monotonic() >= deadline:
                return
            if follow_each(deep_first, deep_second, deep, labels, UNLIMITED, min(at_once, until - deep[4])):
                yield ends(deep_first, deep_second), int(deep[0]) - 1
                perturb(deep_first, deep_second, PERTURBATIONS[deep[0] % 2])
        yield None


def path_supports(A: NDArray[Any], B: NDArray[Any], dropped: int, max_pivots: int) -> tuple[Supports, int] | None:
    """The supports at the end of the path of one label, and its number of pivots; ``None`` if it has more.

    ``dropped`` is a row 0, …, m − 1 or, as m + j, a column.

    Examples
    --------
    Matching pennies:

    >>> path_supports(np.array([[1, -1], [-1, 1]]), np.array([[-1, 1], [1, -1]]), 0, 100)
    (([0, 1], [0, 1]), 4)
    """
    first, second = map(polytope, unit_payoffs(A, B))
    perturb(first, second, PERTURBATIONS[0])
    path = np.array([dropped, 0, 0, 0, 0])
    with announced_if_slow(follow_each):
        ended = follow_each(first, second, path, dropped + 1, max_pivots, max_pivots)
    return (ends(first, second), int(path[4])) if ended else None


def unit_payoffs(A: NDArray[Any], B: NDArray[Any]) -> tuple[Floats, Floats]:
    """What each player's actions give the other one, a row for each action: integers to floats from 1 to 2 in every row."""
    entries = 2 * A.size + 6 * min(A.shape) ** 2
    if entries > 2**20:  # to ask how much memory there is takes as long as a small game
        refuse_if_too_large(entries, 8, "the payoffs in floats and the inverses of six bases")
    return _to_unit(B), _to_unit(A.T)


def _to_unit(payoffs: NDArray[Any]) -> Floats:
    """Integers, a row for each action of the owner, as floats from 1 to 2 in every row."""
    low = payoffs.min(axis=1, keepdims=True)
    span = payoffs.max(axis=1, keepdims=True) - low
    span[span == 0] = 1
    return np.ascontiguousarray(1.0 + ((payoffs - low) / span).astype(np.float64))


def units(payoffs: NDArray[Any]) -> Floats:
    """What payoffs are divided by for :func:`unit_payoffs`, row by row, over the largest of them; 1 for constant rows."""
    span = payoffs.max(axis=1) - payoffs.min(axis=1)
    result = (span / max(span.max(), 1)).astype(np.float64)
    result[result == 0.0] = 1.0
    return np.asarray(result)


def polytope(N: Floats) -> Polytope:
    """Room for the best-response polytope of a table, as the kernels have it."""
    d, e = N.shape
    k = min(d, e)
    return (
        *(N, np.empty(e), np.empty((k, k)), np.empty(k, np.int64), np.empty(k, np.int64)),
        *(np.empty(d, np.int64), np.empty(e, np.int64), np.empty(k), np.empty(e)),
        *(np.empty(k), np.empty(e), np.empty(k), np.zeros(2, np.int64)),
    )


def perturb(first: Polytope, second: Polytope, size: float, seed: int = 0) -> None:
    """Right-hand sides 1 + size · u, u uniform between ½ and 1: always the same ones for one seed."""
    rng = np.random.default_rng(seed)
    for h in (first[1], second[1]):
        h[:] = 1.0 + size * rng.uniform(0.5, 1.0, len(h))


def ends(first: Polytope, second: Polytope) -> Supports:
    """The supports at which a path has ended."""
    return sorted(first[3][: first[12][0]].tolist()), sorted(second[3][: second[12][0]].tolist())
