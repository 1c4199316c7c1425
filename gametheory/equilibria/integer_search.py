"""The leaves of the label search, walked in machine integers where they suffice and in longer ones elsewhere.

The tree is that of :func:`gametheory.equilibria.label_search.leaves`, exact and with the same evidence, compiled
(:mod:`gametheory.equilibria.integer_kernels`). A branch in which a number outgrows 56 bits is left to integers of any
length; for payoffs that are small integers, as in most degenerate games, that is rare up to some 25 actions.

Complexity: a few microseconds a branch, against a hundred in integers of any length.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gametheory.equilibria.compilation import announced_if_slow
from gametheory.equilibria.dictionary import Dictionary, reduced_weights
from gametheory.equilibria.integer_kernels import DONE, LARGEST, LEAF, OVERFLOW, PRODUCT, SPLIT, search_in_integers
from gametheory.equilibria.label_search import Face, Faces, Limits, Step, branch, leaves
from gametheory.games.memory import refuse_if_too_large

__all__ = ["machine_leaves"]

Integers = NDArray[np.int64]

STEPS_AT_ONCE = 2**18
WORK_AT_ONCE = 5_000_000  # dictionary entries looked at between two glances at the clock: some tens of milliseconds


def machine_leaves(root: Faces, limits: Limits, steps: list[Step] | None = None) -> Iterator[Faces]:
    """What :func:`~gametheory.equilibria.label_search.leaves` yields and writes down, in the same order.

    Raises
    ------
    SearchLimit
        At one of the limits.
    """
    if max(_largest(face) for face in root) >= LARGEST:
        yield from leaves(root, limits, steps)
        return
    m, n = len(root[0].own), len(root[1].own)
    labels = m + n
    entries = (labels + 1) * (m * (n + 1) + n * (m + 1) + 7 * labels)
    if entries > 2**20:  # to ask how much memory there is takes as long as a small game
        refuse_if_too_large(entries, 8, "the stacks of simplex dictionaries")
    stacks = _Stack(root[0]), _Stack(root[1])
    had, strict = np.full(labels, -1, np.int64), np.zeros(labels, np.int64)
    for side, face in enumerate(root):
        for k in range(labels):
            if face.labels >> k & 1:
                had[k] = side
            strict[k] |= face.strict >> k & 1
    frames, written = np.zeros((labels + 1, 4), np.int64), np.empty(0 if steps is None else STEPS_AT_ONCE, np.int64)
    state = np.array([-1, 0, 0, 0, 0, 0])
    arrays: tuple[Any, ...] = (*stacks[0].arrays, *stacks[1].arrays, frames, had, strict, written, state)
    ended = -1
    while ended != DONE:
        limits.check(int(state[2]))
        state[3] = min(state[2] + WORK_AT_ONCE // (m * n) + 1, limits.max_branches)
        with announced_if_slow(search_in_integers):
            ended = search_in_integers(*arrays)
        if steps is not None:
            steps.extend(_steps(written[: state[1]].tolist()))
            state[1] = 0
        if ended == LEAF:
            x, y = (stack.face(int(slot), had, strict) for stack, slot in zip(stacks, state[4:6], strict=True))
            yield x, y
        elif ended == OVERFLOW:
            x_slot, y_slot, label, stage = frames[state[0]].tolist()
            had[label] = -1
            faces = stacks[0].face(x_slot, had, strict), stacks[1].face(y_slot, had, strict)
            below = branch(faces, label, stage == 1)
            if isinstance(below[0], Face):
                yield from leaves(below, limits, steps)
            elif steps is not None:
                steps.append(below)


def _largest(face: Face) -> int:
    return max(face.dictionary.delta, max(max(map(abs, row)) for row in face.dictionary.rows))


class _Stack:
    """Room for the dictionaries of one player's polytope on a path through the tree."""

    def __init__(self, face: Face) -> None:
        dictionary, self.own, self.other = face.dictionary, face.own, face.other
        d, e = len(face.own), len(face.other)
        labels = d + e
        self.player = 0 if face.own.start == 0 else 1
        T = np.empty((labels + 1, e, d + 1), np.int64)
        I = np.zeros((labels + 1, 3 * labels + 2), np.int64)  # noqa: E741
        T[0] = dictionary.rows
        I[0, dictionary.basic], I[0, dictionary.nonbasic] = range(e), [-1 - q for q in range(d)]
        I[0, labels : 2 * labels] = dictionary.basic + dictionary.nonbasic
        I[0, 2 * labels : 3 * labels] = [dictionary.closed >> k & 1 for k in range(labels)]
        I[0, 3 * labels] = sum(dictionary.closed >> k & 1 for k in face.own)
        I[0, 3 * labels + 1] = dictionary.delta
        self.arrays = T, I, np.empty((labels + 1, labels))

    def face(self, slot: int, had: Integers, strict: Integers) -> Face:
        """The face in a slot, as the search in integers of any length has it."""
        T, I, _ = self.arrays  # noqa: E741
        labels, e = len(had), len(self.other)
        dictionary = Dictionary(
            T[slot].tolist(),
            I[slot, labels : labels + e].tolist(),
            I[slot, labels + e : 2 * labels].tolist(),
            int(I[slot, 3 * labels + 1]),
            _bits(I[slot, 2 * labels : 3 * labels]),
        )
        slacks = slice(self.other.start, self.other.stop)
        return Face(
            dictionary,
            self.own,
            self.other,
            _bits(had == self.player),
            _bits(strict[slacks]) << self.other.start,
        )


def _bits(flags: NDArray[Any]) -> int:
    return sum(1 << int(k) for k in np.flatnonzero(flags))


def _steps(numbers: list[int]) -> Iterator[Step]:
    """What the kernel wrote, as steps of a certificate."""
    at = 0
    while at < len(numbers):
        if numbers[at] == PRODUCT:
            yield ("product",)
            at += 1
        elif numbers[at] == SPLIT:
            yield ("split", numbers[at + 1])
            at += 2
        else:
            end = at + 3 + 2 * numbers[at + 2]
            weights = list(zip(numbers[at + 3 : end : 2], numbers[at + 4 : end : 2], strict=True))
            yield ("empty", numbers[at + 1], reduced_weights(weights))
            at = end
