"""The label search compiled, exactly, in machine integers: as far as they reach.

The tree and the dictionaries of :mod:`gametheory.equilibria.label_search` and
:mod:`gametheory.equilibria.dictionary`, δ · w_basic = β − T w_nonbasic with integer entries, here of 64 bits. What is
exact stays exact: entries are kept below 2^56, and

* (p t − f u)/δ of a pivot is an integer. Its residue modulo 2^{64−s}, 2^s the largest power of two in δ, follows from
  the wrapped difference and the inverse of the odd part of δ; the value in floats shows that it is small enough to be
  told from its residue, or that the pivot *overflows*.
* The sign of a b − c d is that of its value in floats if that is above 2^62, which is more than twice the rounding error;
  otherwise the wrapped difference is the difference.

Floats only choose among pivots that are all right. A branch in which a pivot overflows is reported to the caller, who
searches it in integers of any length.

A dictionary is an array ``T`` (e, d + 1), a row after the other and β last, and integers ``I``: for each of the L labels
its row r or −1 − q for column q; the labels of the rows (e) and of the columns (d); for each label whether it is closed
(L); the number of the owner's labels closed; δ.
"""

# All kernels stand in one file: numba's cache on disk does not notice that a function called from another file changed.

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from gametheory.equilibria.compilation import compiled

__all__ = ["DONE", "LARGEST", "LEAF", "NODES", "OVERFLOW", "PRODUCT", "SPLIT", "WRITTEN", "search_in_integers"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

DONE, NODES, LEAF, WRITTEN, OVERFLOW = 0, 1, 2, 3, 4
"""How a call ended: exhausted, at its number of nodes, at a leaf, with its list of steps full, at an overflow."""

LARGEST = 2**56
SPLIT, EMPTY, PRODUCT = 0, 1, 2
IMPLIED, DEAD = -1.0, 100.0
CERTAIN = 2.0**62
NEARLY_ONE = 1.0 + 1e-14  # a gain is larger only if it is not equal up to rounding: so ties break as in integers
NONE: Any = np.int64(-1)  # typed: a function is compiled anew for each literal number among its arguments
ZERO: Any = np.int64(0)
TWO: Any = np.uint64(2)  # unsigned numbers wrap; of signed ones the compiler assumes that they do not


@compiled
def sign_of_difference(a: int, b: int, c: int, d: int) -> int:
    """The sign of a b − c d, for numbers below 2^56."""
    rounded = float(a) * float(b) - float(c) * float(d)
    if rounded > CERTAIN:
        return 1
    if rounded < -CERTAIN:
        return -1
    exact = np.int64(np.uint64(a) * np.uint64(b) - np.uint64(c) * np.uint64(d))
    return 1 if exact > 0 else -1 if exact < 0 else 0


@compiled
def pivot(T: Integers, I: Integers, r: int, c: int) -> bool:  # noqa: E741
    """Exchange the variables of row r and column c; False if an entry would be too large, and then T is spoilt."""
    e, width = T.shape
    d = width - 1
    L = e + d
    delta = I[3 * L + 1]
    odd, shift = delta, 0
    while not odd & 1:
        odd >>= 1
        shift += 1
    whole, bits = np.uint64(odd), np.uint64(shift)
    inverse = whole
    for _ in range(6):  # Newton's method modulo 2^64, from 3 bits
        inverse *= TWO - whole * inverse
    limit = 2.0 ** (62 - shift)
    p = T[r, c]
    flip = 1
    if p < 0:
        p, flip = -p, -1
    scale, most, largest = 1.0 / float(delta), 0.0, ZERO
    for i in range(e):
        if i == r:
            continue
        f = T[i, c] * flip
        wrapped_p, wrapped_f = np.uint64(p), np.uint64(f)
        ratio, factor = float(p) * scale, float(f) * scale
        for j in range(width):
            t, u = T[i, j], T[r, j]
            most = max(most, abs(ratio * float(t) - factor * float(u)))
            residue = ((wrapped_p * np.uint64(t) - wrapped_f * np.uint64(u)) >> bits) * inverse
            T[i, j] = np.int64(residue << bits) >> shift
            largest = max(largest, abs(T[i, j]))
        T[i, c] = -f
    if most >= limit or largest >= LARGEST:
        return False
    if flip < 0:
        for j in range(width):
            T[r, j] = -T[r, j]
    T[r, c] = flip * delta
    I[3 * L + 1] = p
    leaving, entering = I[L + r], I[L + e + c]
    I[L + r], I[L + e + c] = entering, leaving
    I[entering], I[leaving] = r, -1 - c
    return True


@compiled
def leaving_row(T: Integers, I: Integers, preferred: int, c: int) -> int:  # noqa: E741
    """The row of the smallest ratio β/T in column c; of equal ones ``preferred``, else the smallest label."""
    e, width = T.shape
    L = e + width - 1
    best = preferred
    for i in range(e):
        if T[i, c] > 0 and i != preferred:
            gap = sign_of_difference(T[i, width - 1], T[best, c], T[best, width - 1], T[i, c])
            if gap < 0 or (gap == 0 and best != preferred and I[L + i] < I[L + best]):
                best = i
    return best


@compiled
def close(T: Integers, I: Integers, label: int) -> int:  # noqa: E741
    """Make the variable ``label`` vanish. −1: done, −2: overflow, else the row that proves that it cannot."""
    e, width = T.shape
    d = width - 1
    L = e + d
    while True:
        r = I[label]
        if r < 0:
            break
        best, row, column, first, falling = 0.0, NONE, NONE, NONE, NONE
        for q in range(d):
            if I[2 * L + I[L + e + q]] or T[r, q] == 0:
                continue
            if T[r, q] < 0:
                if falling < 0:
                    falling = q
                continue
            if first < 0 or I[L + e + q] < I[L + e + first]:
                first = q
            i = leaving_row(T, I, r, q)
            if i == r:
                row, column = r, q
                break
            gain = float(T[r, q]) * float(T[i, d]) / float(T[i, q])
            if gain > best * NEARLY_ONE:
                best, row, column = gain, i, q
        if first < 0:
            if T[r, d] > 0:
                return int(r)
            if falling >= 0 and not pivot(T, I, r, falling):  # it vanishes at this vertex
                return -2
            break
        if row < 0:  # Bland's rule
            row, column = leaving_row(T, I, r, first), first
        if not pivot(T, I, row, column):
            return -2
    I[2 * L + label] = 1
    return -1


@compiled
def outlook(T: Integers, I: Integers, score: Floats) -> None:  # noqa: E741
    """How hard it looks to make each variable vanish; see ``Dictionary.outlook``."""
    e, width = T.shape
    d = width - 1
    L = e + d
    for k in range(L):
        score[k] = 0.0
    for i in range(e):
        ways, rising = 0, False
        for q in range(d):
            if not I[2 * L + I[L + e + q]]:
                ways += T[i, q] > 0
                rising = rising or T[i, q] < 0
        if T[i, d] > 0:
            score[I[L + i]] = 1.0 / ways if ways else DEAD
        else:
            score[I[L + i]] = 0.0 if rising else IMPLIED


@compiled
def write_weights(
    T: Integers,
    I: Integers,  # noqa: E741
    r: int,
    first: int,
    player: int,
    steps: Integers,
    state: Integers,
) -> None:
    """The step of an empty branch, with the weights of ``Dictionary.domination``; slacks have labels from ``first``."""
    if not len(steps):
        return
    e, width = T.shape
    d = width - 1
    L = e + d
    at = state[1]
    steps[at], steps[at + 1] = EMPTY, player
    number, lowest = 0, NONE
    start = at + 3
    for q in range(d + 1 if r >= 0 else 0):  # the nonbasic variables, then that of the row
        label = I[L + e + q] if q < d else I[L + r]
        weight = T[r, q] if q < d else I[3 * L + 1]
        if not first <= label < first + e or weight == 0:
            continue
        if T[r, d] > 0:
            weight = -weight
        place = start + 2 * number
        steps[place], steps[place + 1] = label - first, weight
        if lowest < 0 or weight < steps[lowest]:
            lowest = place + 1
        number += 1
    if r >= 0 and T[r, d] > 0:
        steps[lowest] += T[r, d]
    steps[at + 2] = number
    state[1] = start + 2 * number


@compiled
def excluded(
    T: Integers,
    I: Integers,  # noqa: E741
    score: Floats,
    strict: Integers,
    first: int,
    player: int,
    steps: Integers,
    state: Integers,
) -> bool:
    """Whether an action that is to be no best reply is one everywhere on the face; then that is written down."""
    e, width = T.shape
    L = e + width - 1
    for i in range(e):
        k = I[L + i]
        if first <= k < first + e and strict[k] and score[k] == IMPLIED:
            write_weights(T, I, i, first, player, steps, state)
            return True
    return False


@compiled
def facet(
    T: Integers,
    I: Integers,  # noqa: E741
    score: Floats,
    strict: Integers,
    slot: int,
    label: int,
    first: int,
    player: int,
    steps: Integers,
    state: Integers,
) -> int:
    """Write the facet ``label`` of the face in ``slot`` into slot + 1. 1: done, 0: it is empty, −1: overflow."""
    e, width = T.shape[1:]
    d = width - 1
    L = e + d
    mine = not first <= label < first + e
    if mine and I[slot, 3 * L] == d - 1:
        write_weights(T[slot], I[slot], NONE, first, player, steps, state)
        return 0  # no action is left to play
    if score[slot, label] == DEAD:
        write_weights(T[slot], I[slot], I[slot, label], first, player, steps, state)
        return 0
    new = slot + 1
    T[new] = T[slot]
    I[new] = I[slot]
    row = close(T[new], I[new], label)
    if row == -2:
        return -1
    if row >= 0:
        write_weights(T[new], I[new], row, first, player, steps, state)
        return 0
    I[new, 3 * L] += mine
    outlook(T[new], I[new], score[new])
    return 0 if excluded(T[new], I[new], score[new], strict, first, player, steps, state) else 1


@compiled
def search_in_integers(
    T0: Integers,
    I0: Integers,
    score0: Floats,
    T1: Integers,
    I1: Integers,
    score1: Floats,
    frames: Integers,
    had: Integers,
    strict: Integers,
    steps: Integers,
    state: Integers,
) -> int:
    """Search on from ``state`` until an end that the result names.

    ``state``: depth, −1 before the start; steps written; nodes seen; nodes to stop at; at a leaf its two slots.
    ``frames`` (depth, 4) is the path: both slots, label, stage; at an overflow the branch is that of the last frame
    (stage 1: a best reply, 2: unplayed). ``had[label]`` says whose face has a label, −1 neither; ``strict[label]`` that
    it is to be no best reply. ``steps``, if it is not empty, is written from state[1] on: SPLIT and a label; PRODUCT;
    EMPTY, the player, a number, so many pairs of an action and a weight. Slot 0 holds both faces to start from.
    """
    n, m = T0.shape[1], T1.shape[1]
    L = m + n
    depth = state[0]
    if depth == -1:
        outlook(T0[0], I0[0], score0[0])
        outlook(T1[0], I1[0], score1[0])
        depth = 0
        frames[0, 0], frames[0, 1], frames[0, 2], frames[0, 3] = 0, 0, -1, 0
    while depth >= 0:
        state[0] = depth
        if len(steps) and state[1] + 2 * L + 10 > len(steps):
            return WRITTEN
        x, y, label, stage = frames[depth, 0], frames[depth, 1], frames[depth, 2], frames[depth, 3]
        if stage == 0:
            if state[2] >= state[3]:
                return NODES
            state[2] += 1
            best, best_rank, label = -1.0, 0, -1
            for k in range(L):
                if had[k] < 0:
                    a, b = score0[x, k], score1[y, k]
                    if a == IMPLIED or b == IMPLIED:
                        continue
                    rank = 2 * (a == DEAD or b == DEAD) + (a > 0.0 and b > 0.0)
                    if rank > best_rank or (rank == best_rank and a + b > best):
                        best, best_rank, label = a + b, rank, k
            if len(steps):
                steps[state[1]] = PRODUCT if label < 0 else SPLIT
                steps[state[1] + 1] = label
                state[1] += 1 if label < 0 else 2
            if label < 0:
                state[0], state[4], state[5] = depth - 1, x, y
                if depth == 0:
                    state[0] = -2
                return LEAF
            frames[depth, 2] = label
        else:
            had[label], strict[label] = -1, 0
            if stage == 2:
                depth -= 1
                continue
        frames[depth, 3] = stage + 1
        owner = 0 if label < m else 1
        side = 1 - owner if stage == 0 else owner  # a best reply is a matter of the other player's face
        if stage == 1:
            strict[label] = 1
            if owner == 0:
                outcome = 0 if excluded(T1[y], I1[y], score1[y], strict, ZERO, ZERO + 1, steps, state) else 1
            else:
                outcome = 0 if excluded(T0[x], I0[x], score0[x], strict, m, ZERO, steps, state) else 1
            if outcome == 0:
                continue
        if side == 0:
            outcome = facet(T0, I0, score0, strict, x, label, m, ZERO, steps, state)
        else:
            outcome = facet(T1, I1, score1, strict, y, label, ZERO, ZERO + 1, steps, state)
        if outcome < 0:
            strict[label] = 0
            return OVERFLOW
        if outcome > 0:
            had[label] = side
            depth += 1
            frames[depth, 0], frames[depth, 1] = x + (side == 0), y + (side == 1)
            frames[depth, 2], frames[depth, 3] = -1, 0
    return DONE
