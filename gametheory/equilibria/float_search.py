"""All Nash equilibria of a bimatrix game, found in floats where there are no ties, and decided in rationals.

The tree of :mod:`gametheory.equilibria.label_search`: branch on an action, a best reply or unplayed, with a face of
each player's best-response polytope on either side, until every label is had. Here it is walked in compiled floats, in
the rescaled payoffs 1 + (u − min)/(max − min). What the answer relies on is not rounded:

* A branch is discarded only with a mixture of actions that is better than supposed best replies by more than a bound of
  every rounding error.
* A leaf is a pair of supports of equal size k. Its only candidate solves the indifference conditions, k × k, in
  rationals (python-flint), and is an equilibrium iff its weights are positive and no other action is better.

A branch is *in doubt*, and left to the search in integers, if a strategy with more best replies than actions turns up, a
discard cannot be told from rounding, or a leaf is degenerate. A game is, if none of its branches is and the number of
equilibria is even, which cannot be (Lemke and Howson 1964). No equilibrium is found twice: a leaf says for each label
which of the two faces has it, and an equilibrium without ties has only one such leaf.

Reference: C. Audet, P. Hansen, B. Jaumard and G. Savard (2001), *Enumeration of all extreme equilibria of bimatrix
games*, SIAM J. Sci. Comput. 23, 323-338. Complexity: exponential in the worst case; for random payoffs a millisecond at
12×12, tens of milliseconds at 18×18, a second or so at 25×25.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import mul
from typing import Any, final

import numpy as np
from flint import fmpz_mat
from numpy.typing import NDArray

from gametheory.equilibria.bimatrix_kernels import DONE, DOUBT, NODES, search
from gametheory.equilibria.compilation import announced_if_slow
from gametheory.equilibria.integer_search import machine_leaves
from gametheory.equilibria.label_search import (
    Face,
    Faces,
    Found,
    Limits,
    SearchLimit,
    branch,
    label_search,
    positive_integers,
    whole_polytopes,
)
from gametheory.games.memory import refuse_if_too_large

__all__ = ["Doubtful", "Trail", "dictionary_stack", "float_label_search", "float_pairs"]

Rows = Sequence[Sequence[int]]
LEAVES_AT_ONCE = 1024
WORK_AT_ONCE = 10_000_000  # dictionary entries looked at between two glances at the clock: some tens of milliseconds


@final
@dataclass(frozen=True, slots=True)
class Doubtful:
    """A branch that floats do not decide: which labels are had, and by whose face (0 or 1), from the root on."""

    path: tuple[tuple[int, int], ...]


@final
class Trail:
    """Faces in integers on the path to a branch; the next branch shares the first part of it."""

    def __init__(self, root: Faces) -> None:
        self.path: list[tuple[int, int]] = []
        self.faces = [root]

    def to(self, doubtful: Doubtful) -> Faces | None:
        """The branch itself; ``None`` if it is empty."""
        shared = 0
        while shared < min(len(self.path), len(doubtful.path)) and self.path[shared] == doubtful.path[shared]:
            shared += 1
        del self.path[shared:], self.faces[shared + 1 :]
        for label, side in doubtful.path[shared:]:
            faces = self.faces[-1]
            below = branch(faces, label, (label in faces[0].own) == (side == 1))
            if not isinstance(below[0], Face):
                return None
            self.path.append((label, side))
            self.faces.append(below)
        return self.faces[-1]


Weights = tuple[int, ...]


def float_label_search(A: Rows, B: Rows, limits: Limits) -> Found | None:
    """The equilibria of the game with integer payoff matrices A and B, both m × n; ``None`` if that is in doubt.

    There is no evidence in ``steps`` and ``faces``.

    Raises
    ------
    SearchLimit
        At one of the limits.
    """
    found, trail, doubts = Found(), Trail(whole_polytopes(A, B)), 0
    try:
        for item in float_pairs(A, B, limits):
            if isinstance(item, Doubtful):
                doubts += 1
                root = trail.to(item)
                if root is not None:
                    label_search(root, limits, found, walk=machine_leaves)
            else:
                i, j = (own.setdefault(v, len(own)) for own, v in zip(found.strategies, item, strict=True))
                found.products.add((frozenset((i,)), frozenset((j,))))
                found.pairs.add((i, j))
                if len(found.pairs) > limits.max_equilibria:
                    raise SearchLimit("equilibria")
    except SearchLimit as limit:
        raise SearchLimit(str(limit), found) from None
    return found if doubts or len(found.pairs) % 2 else None


def float_pairs(A: Rows, B: Rows, limits: Limits) -> Iterator[tuple[Weights, Weights] | Doubtful]:
    """Equilibria as they are found, none twice, as integers without common factor, and the branches left in doubt.

    Raises
    ------
    SearchLimit
        At the limit of branches or time.
    """
    m, n = len(A), len(A[0])
    labels = m + n
    entries = (labels + 1) * 2 * (m + 1) * (n + 1)
    if entries > 2**20:  # to ask how much memory there is takes as long as a small game
        refuse_if_too_large(entries, 8, "the stacks of simplex dictionaries")
    A, B = positive_integers(A), positive_integers(B)
    frames, had, state = np.empty((labels + 1, 4), np.int64), np.empty(labels, np.int64), np.array([-1, 0, 0, 0])
    leaves = np.empty((LEAVES_AT_ONCE, labels), np.int64)
    stacks: tuple[Any, ...] = (
        *(np.ascontiguousarray(_rescaled(B).T), *dictionary_stack(m, n)),
        *(_rescaled(A), *dictionary_stack(n, m)),
        *(frames, had, leaves, np.empty(leaves.shape), state),
    )
    candidates = _Candidates(A, B)
    nodes_at_once = WORK_AT_ONCE // (m * n) + 1
    ended = NODES
    while ended != DONE:
        limits.check(int(state[2]))
        state[3] = min(state[2] + nodes_at_once, limits.max_branches)
        with announced_if_slow(search):
            ended = search(*stacks)
        for leaf in leaves[: state[1]].tolist():
            pair = candidates.decide(leaf)
            if pair is None:
                yield Doubtful(tuple((k, side) for k, side in enumerate(leaf) if side >= 0))
            elif pair:
                yield pair
        state[1] = 0
        if ended == DOUBT:
            *above, last = frames[: state[0] + 1, 2].tolist()
            first = frames[state[0], 3] == 1  # the branch where the action is a best reply, so on the other's face
            yield Doubtful((*((k, int(had[k])) for k in above), (last, int((last < m) == first))))


def dictionary_stack(d: int, e: int) -> tuple[NDArray[Any], ...]:
    """Room for the dictionaries on a path through the tree, and for what is known about them."""
    depth, labels = d + e + 1, d + e
    return (
        np.empty((depth, d + 1, e)),
        np.empty((depth, 2 * labels + d + 1), np.int64),
        np.empty((depth, labels + e)),
        np.empty((depth, d)),
    )


def _rescaled(positive: Rows) -> NDArray[np.float64]:
    """Integers from 1 up as floats from 1 to 2, each within two units in the last place."""
    span = max(map(max, positive)) - 1 or 1
    return np.array([[1.0 + (u - 1) / span for u in row] for row in positive])


class _Candidates:
    """Leaves decided in rationals; A and B are positive."""

    def __init__(self, A: Rows, B: Rows) -> None:
        self.rows = range(len(A))
        self.columns = range(len(A[0]))
        self.B, self.A_transposed = B, [list(column) for column in zip(*A, strict=True)]

    def decide(self, leaf: Sequence[int]) -> tuple[Weights, Weights] | tuple[()] | None:
        """The leaf's equilibrium if it has one; ``None`` if it is degenerate."""
        m = len(self.rows)
        rows = [i for i in self.rows if leaf[i] == 1]  # best replies to y, so that y's face has the label
        columns = [j for j in self.columns if leaf[m + j] == 0]
        strategies = []
        for payoffs, own, replies in ((self.B, rows, columns), (self.A_transposed, columns, rows)):
            weights = _indifference(payoffs, own, replies)
            if weights is None or 0 in weights:
                return None
            if min(weights) < 0:
                return ()
            part = [payoffs[i] for i in own]
            totals = [sum(map(mul, weights, column)) for column in zip(*part, strict=True)]
            best = max(totals)
            if best > totals[replies[0]]:
                return ()
            if totals.count(best) > len(replies):
                return None
            strategy = [0] * len(payoffs)
            for w, i in zip(weights, own, strict=True):
                strategy[i] = w
            strategies.append(tuple(strategy))
        return strategies[0], strategies[1]


def _indifference(payoffs: Rows, own: list[int], replies: list[int]) -> list[int] | None:
    """Integers w without common factor with Σ_{i ∈ own} w_i payoffs_ij the same and > 0 for j ∈ replies.

    ``None`` if there is no such w, or more than one.
    """
    if len(own) == 1:
        return [1]
    if len(own) == 2:  # where flint's objects take longer than the numbers
        (a, b), (r, t) = own, replies
        numbers = [payoffs[b][t] - payoffs[b][r], payoffs[a][r] - payoffs[a][t]]
        if sum(numbers) < 0:
            numbers = [-w for w in numbers]
        common = math.gcd(*numbers)
        return [w // common for w in numbers] if sum(numbers) else None
    try:
        solution = fmpz_mat([[payoffs[i][j] for i in own] for j in replies]).solve(
            fmpz_mat(len(replies), 1, [1] * len(replies))
        )
    except ZeroDivisionError:
        return None
    numbers = [int(w) for w in solution.numer_denom()[0].entries()]
    common = math.gcd(*numbers)
    return [w // common for w in numbers]
