"""The smallest coalition that blocks a profile of a polymatrix game, by local tables.

At a profile σ let F_i(x) be what action x pays player i against its neighbours' parts of σ. If a coalition S plays τ, its
member i gains

    g_i(τ) = F_i(τ_i) − u_i(σ) + Σ_{j ∈ N(i) ∩ S} C_ij(τ_i, τ_j),      C_ij(x, y) = A_ij(x, y) − E A_ij(x, σ_j):

a term of its own and one for each edge inside S.

**Only connected coalitions matter.** If S has no edge between its parts S_1 and S_2, the gains of S_1 depend on τ_{S_1}
alone. So if S blocks, a part of it blocks: under "all" and "some" no member of a part loses, and some part has a strict
gainer; under "any" the part of the gainer; under "transfer" gains sum to more than zero in one part if they do over both. By
induction a connected component of S blocks, and is no larger. The same holds for expected gains, however members draw τ.

Under "any" the smallest blocking coalition is a player i and neighbours who move for its good: for each action x the
largest of the max_y C_ij(x, y) are added to F_i(x) − u_i(σ) until the sum is positive; no list of coalitions is needed.

Complexity: for coalitions of k players on a network of degree d about n (e d)^(k−1) connected sets, each with k m^k numbers;
under "any" O(Σ_i m_i Σ_{j ∈ N(i)} m_j) for all sizes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from gametheory.certificates.gains import Blocking
from gametheory.certificates.movers import Deviation
from gametheory.errors import SpecificationError
from gametheory.games.memory import refuse_if_too_large
from gametheory.games.polymatrix import PolymatrixGame

__all__ = ["LocalGains", "best_for_set", "connected_sets", "harmful_neighbour", "largest_total", "least_blocking_set"]

Array = NDArray[Any]
Integers = NDArray[np.int64]

_MACHINE = 2**62
_NUMBERS = 2**20
"""Numbers that are held at a time."""


@final
@dataclass(frozen=True, slots=True, eq=False, init=False)
class LocalGains:
    """A pure or mixed profile of an exact polymatrix game, from which deviations are measured.

    Attributes
    ----------
    own : array of integers, shape (n, M)
        F_i(x) − u_i(σ) over ``denominator``; entries beyond m_i mean nothing.
    inside : array of integers, shape (2 E + 1, M, M)
        C_ij of edge e and side s at 2 e + s; the last one is zero: that of players who are no neighbours.
    """

    game: PolymatrixGame
    own: Array
    inside: Array
    denominator: int
    stay: tuple[int, ...]  # what each player plays, the first of several
    keys: Integers  # n i + j of all directed edges, sorted
    order: Integers  # where each of them stands in ``inside``

    def __init__(self, game: PolymatrixGame, profile: Any) -> None:
        payoffs, weights, scale = game.field(profile)
        size = max((int(np.abs(part).max()) for part in (game.tables, game.own) if part.size), default=0)
        degree = int(np.bincount(game.pairs.reshape(-1), minlength=1).max()) if game.num_edges else 0
        # A gain is at most twice a payoff in size, a sum of gains n times that.
        machine = payoffs.dtype != object and 2 * game.num_players * size * (degree + 1) * scale**2 < _MACHINE
        dtype: Any = np.int64 if machine else object
        payoffs, weights, tables = payoffs.astype(dtype), weights.astype(dtype), game.tables.astype(dtype, copy=False)
        own = payoffs * scale - (payoffs * weights).sum(axis=1, keepdims=True)
        inside = np.zeros((2 * game.num_edges + 1, *tables.shape[2:]), dtype=dtype)
        for side in (0, 1):
            against = (tables[:, side] * weights[game.pairs[:, 1 - side]][:, None, :]).sum(axis=2, keepdims=True)
            inside[side:-1:2] = (tables[:, side] * scale - against) * scale
        directed = np.stack([game.pairs, game.pairs[:, ::-1]], axis=1).reshape(-1, 2)
        keys = directed[:, 0] * game.num_players + directed[:, 1]
        order = np.argsort(keys, kind="stable")
        set_field = object.__setattr__
        for name, value in (
            ("game", game),
            ("own", own),
            ("inside", inside),
            ("denominator", game.denominator * scale**2),
            ("stay", tuple((weights > 0).argmax(axis=1).tolist())),
            ("keys", keys[order]),
            ("order", order),
        ):
            set_field(self, name, value)

    def edge_places(self, i: Integers, j: Integers) -> Integers:
        """Where C_ij stands in ``inside``, for arrays of players."""
        wanted = i * self.game.num_players + j
        place = np.minimum(np.searchsorted(self.keys, wanted), max(len(self.keys) - 1, 0))
        found = self.keys[place] == wanted if len(self.keys) else np.zeros(wanted.shape, dtype=bool)
        last = len(self.inside) - 1
        return np.where(found, self.order[place] if len(self.order) else last, last)

    def gains(self, sets: Integers) -> Array:
        """Gains of the members of R coalitions of k players, for all their joint actions: shape (R, k, M, …, M)."""
        rows, k = sets.shape
        width = self.own.shape[1]
        result = np.zeros((rows, k, *(width,) * k), dtype=self.own.dtype)
        for p in range(k):
            result[:, p] += self.own[sets[:, p]].reshape(rows, *_axes(k, width, p))
            for q in range(k):
                if q != p:
                    terms = self.inside[self.edge_places(sets[:, p], sets[:, q])]
                    ordered = terms if p < q else terms.transpose(0, 2, 1)
                    result[:, p] += ordered.reshape(rows, *_axes(k, width, p, q))
        return result

    def allowed(self, sets: Integers) -> NDArray[np.bool_]:
        """Whether each joint action is one of these players': shape (R, M, …, M)."""
        rows, k = sets.shape
        width = self.own.shape[1]
        exists = np.arange(width) < np.array(self.game.num_actions)[:, None]
        result = np.ones((rows, *(width,) * k), dtype=bool)
        for p in range(k):
            result &= exists[sets[:, p]].reshape(rows, *_axes(k, width, p))
        return result

    def best(self, sets: Integers, blocking: Blocking) -> tuple[Array, Integers]:
        """What each coalition gains (at least 0, over ``denominator``), and the place of its best joint action."""
        rows = len(sets)
        gains = self.gains(sets)
        if blocking == "all":
            values = gains.min(axis=1)
        elif blocking == "any":
            values = gains.max(axis=1)
        else:
            values = gains.sum(axis=1)
            if blocking == "some":
                values = np.where(gains.min(axis=1) >= 0, values, 0)
        values = np.where(self.allowed(sets), np.maximum(values, 0), 0).reshape(rows, -1)
        place = values.argmax(axis=1)
        return values[np.arange(rows), place], place

    def check_members(self, members: tuple[int, ...]) -> None:
        """Refuse what is no coalition in increasing order of index."""
        if not members or list(members) != sorted(set(members)) or not 0 <= members[0] <= members[-1] < len(self.own):
            raise SpecificationError(
                f"coalition: found {members[:20]}; write one or more players from 0 to {len(self.own) - 1}, in increasing order"
            )

    def table(self, members: tuple[int, ...]) -> Array:
        """Gains of the members of one coalition for all their joint actions: shape (|S|, m_S…)."""
        k, width = len(members), self.own.shape[1]
        refuse_if_too_large((k + 2) * width**k, 16, "what the joint deviations of the coalition gain")
        sizes = [self.game.num_actions[i] for i in members]
        cut = (slice(None), *(slice(m) for m in sizes))
        return np.asarray(self.gains(np.array([members], dtype=np.int64))[0][cut])

    def components(self, members: tuple[int, ...]) -> list[tuple[int, ...]]:
        """The connected components of a coalition, by their lowest members."""
        inside = set(members)
        around: dict[int, list[int]] = {i: [] for i in members}
        for i, j in self.game.pairs[np.isin(self.game.pairs, np.array(members)).all(axis=1)].tolist():
            around[i].append(j)
            around[j].append(i)
        found = []
        while inside:
            front = [min(inside)]
            inside.remove(front[0])
            component = []
            while front:
                i = front.pop()
                component.append(i)
                fresh = [j for j in around[i] if j in inside]
                inside.difference_update(fresh)
                front += fresh
            found.append(tuple(sorted(component)))
        return found

    def joint_action(self, place: int, size: int) -> tuple[int, ...]:
        """The joint action at a place of the table of all."""
        return tuple(int(x) for x in np.unravel_index(place, (self.own.shape[1],) * size))


def connected_sets(game: PolymatrixGame, max_size: int) -> Iterator[Integers]:
    """All connected sets of 1, 2, …, ``max_size`` players, one array (R, k) for each size, rows in lexicographic order.

    Raises
    ------
    SpecificationError
        If the sets of a size do not fit into memory.
    """
    n = game.num_players
    ends = np.concatenate([game.pairs, game.pairs[:, ::-1]])
    ends = ends[np.lexsort((ends[:, 1], ends[:, 0]))]
    starts = np.searchsorted(ends[:, 0], np.arange(n + 1))
    level: Integers = np.arange(n, dtype=np.int64)[:, None]
    for size in range(1, max_size + 1):
        yield level
        if size == max_size or not len(level):
            return
        # Every connected set of one more player is a connected set and a neighbour of one of its members.
        degree = (starts[1:] - starts[:-1])[level].reshape(-1)
        refuse_if_too_large(int(degree.sum()) * (size + 1), 24, "the list of connected coalitions")
        rows = np.repeat(np.repeat(np.arange(len(level)), size), degree)
        offset = np.arange(len(rows)) - np.repeat(np.cumsum(degree) - degree, degree)
        joins = ends[np.repeat(starts[level.reshape(-1)], degree) + offset, 1]
        fresh = (level[rows] != joins[:, None]).all(axis=1)
        grown = np.sort(np.concatenate([level[rows[fresh]], joins[fresh, None]], axis=1), axis=1)
        level = _distinct_rows(grown, n)


def least_blocking_set(
    game: PolymatrixGame, profile: Any, blocking: Blocking, max_size: int
) -> tuple[Deviation, int] | None:
    """A smallest coalition of at most ``max_size`` players that blocks, its joint action, and what it gains.

    The coalition is connected, and the first of its size in lexicographic order (under "any": of the player with the
    lowest index who gains).
    """
    local = LocalGains(game, profile)
    if max_size < 1:
        return None
    if blocking == "any":
        return _least_for_one(local, max_size)
    width = local.own.shape[1]
    for sets in connected_sets(game, max_size):
        size = sets.shape[1]
        refuse_if_too_large((size + 2) * width**size, 16, "what the joint deviations of one coalition gain")
        step = max(_NUMBERS // (size * width**size), 1)
        for start in range(0, len(sets), step):
            part = sets[start : start + step]
            values, places = local.best(part, blocking)
            found = np.flatnonzero(values > 0)
            if len(found):
                k = int(found[0])
                members = tuple(int(i) for i in part[k])
                return Deviation(members, local.joint_action(int(places[k]), size)), int(values[k])
    return None


def best_for_set(local: LocalGains, members: tuple[int, ...], blocking: Blocking) -> tuple[int, Deviation | None]:
    """What a coalition gains by its best pure joint deviation (at least 0), and that deviation; ``None`` to stay put.

    Component by component. Under "all" a coalition gains what the component that gains least does, under "any" what the one
    that gains most does; under "some" and "transfer" gains add up, under "some" if no component must hurt a member.
    """
    found = [_best_for_component(local, part, blocking) for part in local.components(members)]
    values = [value for value, _ in found]
    total = min(values) if blocking == "all" else max(values) if blocking == "any" else sum(values)
    if total <= 0 or (blocking == "some" and min(values) < 0):
        return 0, None
    actions = {i: local.stay[i] for i in members}
    for value, deviation in found:
        if blocking != "any" or value == total:
            actions.update(zip(deviation.members, deviation.actions, strict=True))
    return total, Deviation(members, tuple(actions[i] for i in members))


def _best_for_component(local: LocalGains, members: tuple[int, ...], blocking: Blocking) -> tuple[int, Deviation]:
    """The largest gain over pure joint actions, below zero where all are worse; under "some" −1 if each hurts a member."""
    if blocking == "transfer":
        value, actions = largest_total(local, members)
        return value, Deviation(members, actions)
    if blocking == "any":
        return _best_for_one(local, members)
    table = local.table(members)
    values = table.min(axis=0)
    if blocking == "some":
        values = np.where(values >= 0, table.sum(axis=0), -1)
    place = int(values.argmax())
    joint = np.unravel_index(place, values.shape)
    return int(values.reshape(-1)[place]), Deviation(members, tuple(int(x) for x in joint))


def _best_for_one(local: LocalGains, members: tuple[int, ...]) -> tuple[int, Deviation]:
    """The most that one member gains with the help of all others."""
    best: tuple[int, Deviation] | None = None
    inside, sizes = set(members), local.game.num_actions
    neighbours = local.game.neighbours()
    for i in members:
        for x in range(sizes[i]):
            rows = {j: local.inside[2 * e + s, x, : sizes[j]] for j, e, s in neighbours[i] if j in inside}
            value = int(local.own[i, x]) + sum(int(row.max()) for row in rows.values())
            if best is None or value > best[0]:
                actions = {i: x} | {j: int(row.argmax()) for j, row in rows.items()}
                played = tuple(sorted(actions))
                best = value, Deviation(played, tuple(actions[j] for j in played))
    assert best is not None, "a coalition has members"
    return best


def largest_total(local: LocalGains, members: tuple[int, ...]) -> tuple[int, tuple[int, ...]]:
    """max_τ Σ_{i ∈ S} g_i(τ) over pure joint actions, and a τ that has it, by eliminating one member after the other.

    A member is replaced by what it can add for each joint action of the neighbours that are left; the one with the fewest
    of these goes next. Exponential in the largest number of them alone: 1 on trees, about √k on grids of k members.

    Raises
    ------
    SpecificationError
        If a table on the way does not fit into memory.
    """
    sizes = local.game.num_actions
    index = np.array(members, dtype=np.int64)
    ends = local.edge_places(index[:, None], index[None, :])
    factors: list[tuple[tuple[int, ...], Array]] = []
    for p, i in enumerate(members):
        factors.append(((p,), local.own[i, : sizes[i]]))
        for q in range(p):
            if ends[p, q] < len(local.inside) - 1:
                j = members[q]
                joint = (
                    local.inside[ends[q, p], : sizes[j], : sizes[i]]
                    + local.inside[ends[p, q], : sizes[i], : sizes[j]].T
                )
                factors.append(((q, p), joint))
    left, value, replies = set(range(len(members))), 0, []
    while left:
        around = {p: {q for scope, _ in factors if p in scope for q in scope} - {p} for p in left}
        p = min(left, key=lambda q: (len(around[q]), q))
        scope = (*sorted(around[p]), p)
        shape = tuple(sizes[members[q]] for q in scope)
        refuse_if_too_large(int(np.prod(shape, dtype=object)), 16, "a table of the elimination")
        table = np.zeros(shape, dtype=local.own.dtype)
        for own, factor in (entry for entry in factors if p in entry[0]):
            order = sorted(range(len(own)), key=lambda axis: scope.index(own[axis]))
            table = table + factor.transpose(order).reshape(
                [m if q in own else 1 for q, m in zip(scope, shape, strict=True)]
            )
        factors = [entry for entry in factors if p not in entry[0]]
        replies.append((p, scope[:-1], table.argmax(axis=-1)))
        if len(scope) > 1:
            factors.append((scope[:-1], table.max(axis=-1)))
        else:
            value += int(table.max())
        left.remove(p)
    played: dict[int, int] = {}
    for p, scope, reply in reversed(replies):
        played[p] = int(reply[tuple(played[q] for q in scope)])
    return value, tuple(played[p] for p in range(len(members)))


def harmful_neighbour(local: LocalGains, profile_weights: Array) -> tuple[int, int, int, int] | None:
    """The worst (loss, who, what it plays, whom it hurts) by one player; payoffs add up over edges, so one is enough.

    The loss is over ``denominator`` times the scale of the weights.
    """
    best: tuple[int, int, int, int] | None = None
    for e, pair in enumerate(local.game.pairs.tolist()):
        for side in (0, 1):
            victim, other = pair[side], pair[1 - side]
            change = profile_weights[victim] @ local.inside[2 * e + side][:, : local.game.num_actions[other]]
            y = int(change.argmin())
            if change[y] < 0 and (best is None or -change[y] > best[0]):
                best = -int(change[y]), other, y, victim
    return best


def _least_for_one(local: LocalGains, max_size: int) -> tuple[Deviation, int] | None:
    """Under "any": the fewest neighbours whose moves, with its own, bring some player a gain."""
    best: tuple[int, int, int, int] | None = None
    neighbours = local.game.neighbours()
    sizes = local.game.num_actions
    for i, around in enumerate(neighbours):
        for x in range(sizes[i]):
            helps = sorted((-int(local.inside[2 * e + side, x, : sizes[j]].max()), j) for j, e, side in around)
            total, joined = int(local.own[i, x]), 0
            while total <= 0 and joined < min(len(helps), max_size - 1) and helps[joined][0] < 0:
                total -= helps[joined][0]
                joined += 1
            if total > 0 and (best is None or joined + 1 < best[0]):
                best = joined + 1, i, x, total
    if best is None:
        return None
    size, i, x, total = best
    rows = {j: local.inside[2 * e + side, x, : sizes[j]] for j, e, side in neighbours[i]}
    helpful = sorted(rows, key=lambda j: (-int(rows[j].max()), j))
    actions = {i: x} | {j: int(rows[j].argmax()) for j in helpful[: size - 1]}
    members = tuple(sorted(actions))
    return Deviation(members, tuple(actions[j] for j in members)), total


def _axes(k: int, width: int, *own: int) -> list[int]:
    return [width if axis in own else 1 for axis in range(k)]


def _distinct_rows(rows: Integers, n: int) -> Integers:
    """Different rows of player indices, in lexicographic order."""
    if n ** rows.shape[1] >= 2**63:
        return np.unique(rows, axis=0)
    keys = np.zeros(len(rows), dtype=np.int64)
    for column in rows.T:
        keys = keys * n + column
    keys = np.unique(keys)
    result = np.empty((len(keys), rows.shape[1]), dtype=np.int64)
    for k in range(rows.shape[1] - 1, -1, -1):
        keys, result[:, k] = np.divmod(keys, n)
    return result
