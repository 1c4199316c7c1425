"""The smallest coalition that blocks a pure profile, from one pass over the profiles that can be reached.

Let a be a profile, M(a) the players who play something else in it than in σ, and g_i(a) = u_i(a) − u_i(σ). A coalition S
reaches a iff S ⊇ M(a), and its other members, who stay put, change nothing but their own share of the gains. So the least
size of a coalition that blocks σ by way of a follows from the vector g(a) alone:

* all: |M| if g_i > 0 for all i ∈ M, else none;
* some: none if g_i < 0 for some i ∈ M; |M| if Σ_M g_i > 0; |M| + 1 if an outsider gains; else none;
* any: |M| if a mover gains, |M| + 1 if only an outsider does, else none;
* transfer: |M| + r with the least r such that Σ_M g_i and the r largest positive gains of outsiders sum to more than 0.

Complexity: n numbers for each of the Σ_{j ≤ k} C(n, j) (m − 1)^j profiles with at most k movers, while a look at every
joint action of every coalition takes |S| for each of Σ_{j ≤ k} C(n, j) m^j: for all sizes n m^n against about
n m (m + 1)^(n−1).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gametheory.certificates.gains import Blocking
from gametheory.games.memory import refuse_if_too_large
from gametheory.games.normal_form import NormalFormGame

__all__ = ["Deviation", "least_blocking_coalition", "least_blocking_sizes", "smallest_coalition"]

Array = NDArray[Any]

_MACHINE = 2**62
_PART = 2**15


class Deviation(NamedTuple):
    """A coalition, in increasing order of index, and an action for each member."""

    members: tuple[int, ...]
    actions: tuple[int, ...]


def least_blocking_sizes(gains: Array, moves: NDArray[np.bool_], blocking: Blocking) -> NDArray[np.int64]:
    """The least size of a coalition that blocks by each of R joint deviations; n + 1 where none does.

    Parameters
    ----------
    gains : array of integers, shape (n, R)
        What every player gains, mover or not.
    moves : array of bool, shape (n, R)
        Who plays something else; at least one player in each column.
    """
    n = len(gains)
    movers = moves.sum(axis=0)
    if blocking in ("all", "some"):
        worst = np.where(moves, gains, gains.max(axis=0)).min(axis=0)
        if blocking == "all":
            return np.where(worst > 0, movers, n + 1)
    if blocking in ("any", "some"):
        lowest = gains.min()
        own = np.where(moves, gains, lowest).max(axis=0)
        others = np.where(moves, lowest, gains).max(axis=0)
        sizes = np.where(own > 0, movers, np.where((others > 0) & (movers < n), movers + 1, n + 1))
        return sizes if blocking == "any" else np.where(worst >= 0, sizes, n + 1)
    total = np.where(moves, gains, 0).sum(axis=0)
    helpful = -np.sort(-np.where(moves | (gains < 0), 0, gains), axis=0)
    sizes = np.where(total > 0, movers, n + 1)
    for joined in range(1, n + 1):
        total = total + helpful[joined - 1]
        sizes = np.where((sizes > n) & (total > 0) & (movers + joined <= n), movers + joined, sizes)
    return sizes


def smallest_coalition(gains: Array, moves: NDArray[np.bool_], size: int, blocking: Blocking) -> tuple[int, ...]:
    """A coalition of the least size that blocks by one joint deviation (a column of both): movers and who must join."""
    inside = [int(i) for i in np.flatnonzero(moves)]
    outside = [i for i in range(len(gains)) if not moves[i]]
    if blocking == "transfer":
        outside.sort(key=lambda i: (-int(gains[i]), i))
    else:
        outside = [i for i in outside if gains[i] > 0]
    return tuple(sorted(inside + outside[: size - len(inside)]))


def least_blocking_coalition(
    game: NormalFormGame, profile: tuple[int, ...], blocking: Blocking, max_size: int
) -> Deviation | None:
    """A smallest coalition of at most ``max_size`` members that blocks a pure profile, with a deviation by which it does.

    Among coalitions of that size the lexicographically first of those that the deviations give.

    Parameters
    ----------
    game : NormalFormGame
        An exact game.
    profile : tuple of n int
    """
    best: tuple[int, tuple[int, ...], int] | None = None
    for columns, gains, moves in _reachable(game, profile, max_size):
        sizes = least_blocking_sizes(gains, moves, blocking)
        least = int(sizes.min())
        if least > (max_size if best is None else best[0]):
            continue
        for c in np.flatnonzero(sizes == least):
            found = least, smallest_coalition(gains[:, c], moves[:, c], least, blocking), int(columns[c])
            best = found if best is None else min(best, found)
    if best is None:
        return None
    played = np.unravel_index(best[2], game.num_actions)
    return Deviation(best[1], tuple(int(played[i]) for i in best[1]))


def _reachable(
    game: NormalFormGame, profile: tuple[int, ...], max_size: int
) -> Iterator[tuple[NDArray[np.int64], Array, NDArray[np.bool_]]]:
    """Profiles with 1 to ``max_size`` movers: their places in the table, all gains there, and who moves, by parts."""
    n, sizes = game.num_players, game.num_actions
    count = math.prod(sizes)
    if count > 10**6:
        refuse_if_too_large(count, 9, "the list of profiles with few movers")
    movers = np.zeros(sizes, dtype=np.int8)
    for i, (m, played) in enumerate(zip(sizes, profile, strict=True)):
        other = np.ones(m, dtype=np.int8)
        other[played] = 0
        movers += other.reshape([m if j == i else 1 for j in range(n)])
    flat = movers.reshape(-1)
    reached = np.flatnonzero((flat > 0) & (flat <= max_size))
    table = game.numerators.reshape(n, -1)
    before = table[:, np.ravel_multi_index(profile, sizes)][:, None]
    machine = table.dtype != object and 2 * n * max(int(table.max()), -int(table.min()), 1) < _MACHINE
    strides = np.array([math.prod(sizes[i + 1 :]) for i in range(n)])[:, None]
    for start in range(0, len(reached), _PART):
        columns = reached[start : start + _PART]
        gains = table[:, columns] if machine else table[:, columns].astype(object)
        moves = columns // strides % np.array(sizes)[:, None] != np.array(profile)[:, None]
        yield columns, gains - (before if machine else before.astype(object)), moves
