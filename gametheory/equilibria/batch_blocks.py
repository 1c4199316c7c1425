"""Blocks of bimatrix games handed to compiled kernels; what :mod:`gametheory.equilibria.batch` loads when it is used."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gametheory.equilibria.bimatrix_kernels import all_in_batch, one_in_batch
from gametheory.equilibria.compilation import announced_if_slow
from gametheory.equilibria.float_search import dictionary_stack

__all__ = ["all_of_each", "one_of_each"]

Floats = NDArray[np.float64]
Block = tuple[NDArray[Any], ...]
Blocks = Callable[[Callable[[int, int], Any]], list[Any]]


def one_of_each(A: Floats, B: Floats, tolerance: float, in_blocks: Blocks) -> Block:
    """x, y, regret and whether it is doubtful for each game; ``in_blocks(task)`` lists ``task(start, stop)``."""
    N, m, n = A.shape
    x, y, regret, doubtful = np.empty((N, m)), np.empty((N, n)), np.empty(N), np.empty(N, np.int64)

    def task(start: int, stop: int) -> None:
        k = slice(start, stop)
        T0, I0 = (table[0] for table in dictionary_stack(m, n)[:2])
        T1, I1 = (table[0] for table in dictionary_stack(n, m)[:2])
        one_in_batch(
            *(A[k], B[k], x[k], y[k], regret[k], doubtful[k], tolerance, 10 * (m + n)),
            *(np.empty((n, m)), T0, I0, np.empty((m, n)), T1, I1),
        )

    with announced_if_slow(one_in_batch):
        task(0, 0)  # compiled here, before threads ask for it
    in_blocks(task)
    return x, y, regret, doubtful.astype(bool)


def all_of_each(
    A: Floats, B: Floats, tolerance: float, max_equilibria: int, max_nodes: int, in_blocks: Blocks
) -> Block:
    """Counts, x, y, regrets and which games are doubtful; ``in_blocks(task)`` lists ``task(start, stop)``."""
    m, n = A.shape[1:]
    labels = m + n

    def task(start: int, stop: int) -> Block:
        N = stop - start
        counts, doubtful = np.empty(N, np.int64), np.empty(N, np.int64)
        frames, had, state = np.empty((labels + 1, 4), np.int64), np.empty(labels, np.int64), np.zeros(4, np.int64)
        leaves, points = np.empty((max_equilibria, labels), np.int64), np.empty((max_equilibria, labels))
        workspace: list[Any] = [np.empty((n, m)), *dictionary_stack(m, n), np.empty((m, n)), *dictionary_stack(n, m)]
        workspace += [frames, had, leaves, points, state, np.empty((2, 3), np.int64), np.empty((2, 3))]
        room = max_equilibria + 4 * N
        xs, ys, regrets = np.empty((room, m)), np.empty((room, n)), np.empty(room)
        parts: list[Block] = []
        done = 0
        while True:
            before = done
            done = all_in_batch(
                *(A[start:stop], B[start:stop], before, counts, doubtful, xs, ys, regrets, tolerance, max_nodes),
                *workspace,
            )
            used = int(counts[before:done].sum())
            parts.append((xs[:used].copy(), ys[:used].copy(), regrets[:used].copy()))
            if done == N:
                return counts, *(np.concatenate(tables) for tables in zip(*parts, strict=True)), doubtful.astype(bool)

    with announced_if_slow(all_in_batch):
        nothing = task(0, 0)  # compiled here, before threads ask for it
    results = in_blocks(task) or [nothing]
    return tuple(np.concatenate(tables) for tables in zip(*results, strict=True))
