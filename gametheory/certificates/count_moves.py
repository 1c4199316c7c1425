"""The smallest coalition of identical agents that blocks a profile of counts.

Let c be how many of n identical agents play each action, v_a what the agents of action a get at c, and v'_b what those of
action b get at other counts c'. A coalition is a flow f on pairs of actions: f_ab of its members leave a for b (f_aa stay).
It takes c to c' iff Σ_a f_ab − Σ_b f_ba = c'_b − c_b, it exists iff Σ_b f_ab ≤ c_a, and a member on (a, b) gains v'_b − v_a.
As gains are differences, a flow is decided by how many leave and arrive, and by which pairs it uses:

* any: some pair in use has v'_b > v_a; the other members only bring c' about;
* transfer: Σ f_ab (v'_b − v_a) > 0, so that agents who stay where v' > v join, the best off first;
* all: only pairs with v'_b > v_a are used. Leavers sorted by v and arrivals by v' can be matched iff for every x
  Σ_{a: v_a ≥ v_x} s_a ≤ Σ_{b: v'_b > v_x} t_b. Where that fails, more members must pass through an action r with
  v_r < v_x < v'_r (one leaves it, one comes): intervals that cover points, for which taking the longest is optimal;
* some: the same with v'_b ≥ v_a. If the smallest such way brings nobody a gain, one strictly better pair is required on top,
  which is tried pair by pair.

So each c' is decided in O(m²) (any, some: up to O(m⁴)) steps, all sizes of coalitions at once, and there are
C(n + m − 1, m − 1) of them, those with few movers first. Everything is compared in integers.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gametheory.certificates.gains import Blocking
from gametheory.games.counts import count_vectors
from gametheory.games.symmetric import Counts, SymmetricGame

__all__ = ["Flow", "least_blocking_flow", "least_harmful_flow", "matched"]

Array = NDArray[Any]
Integers = NDArray[np.int64]
Flow = dict[tuple[int, int], int]
"""How many members leave action a for action b, by (a, b)."""

_MACHINE = 2**62
_PART = 2**16


class _Moves(NamedTuple):
    """Ways from one vector of counts to R others."""

    before: Array  # (m,) what each action pays
    after: Array  # (R, m) what it pays then
    counts: Integers  # (m,) or (R, m): who may leave
    change: Integers  # (R, m)

    def forced(self, p: int, q: int) -> _Moves:
        """What is left to do once one member has gone from p to q."""
        change, counts = self.change.copy(), np.broadcast_to(self.counts, self.change.shape).copy()
        change[:, p] += 1
        change[:, q] -= 1
        counts[:, p] -= 1
        return _Moves(self.before, self.after, counts, change)

    @property
    def leave(self) -> Integers:
        return np.maximum(-self.change, 0)

    @property
    def arrive(self) -> Integers:
        return np.maximum(self.change, 0)

    @property
    def room(self) -> Integers:
        """Who of each action need not leave; below zero where the change is impossible."""
        return np.asarray(self.counts - self.leave)


def least_blocking_flow(game: SymmetricGame, counts: Counts, blocking: Blocking, max_size: int) -> Flow | None:
    """A smallest coalition of at most ``max_size`` agents that blocks a profile of counts, as a flow between actions.

    Parameters
    ----------
    game : SymmetricGame
        An exact game.
    counts : tuple of m int
    """
    best: tuple[int, _Moves] | None = None
    for least, moves in _ways(game, counts, max_size):
        if best is not None and best[0] < least:
            break
        sizes = _least_sizes(moves, blocking)
        k = int(sizes.argmin())
        if sizes[k] <= (max_size if best is None else best[0] - 1):
            row = slice(k, k + 1)
            best = int(sizes[k]), _Moves(moves.before, moves.after[row], moves.counts, moves.change[row])
    if best is None:
        return None
    flow = _flow(best[1], blocking)
    assert sum(flow.values()) == best[0], "the flow is not as small as the count says"
    return flow


def least_harmful_flow(game: SymmetricGame, counts: Counts, max_size: int) -> tuple[Flow, int] | None:
    """A smallest set of agents who can lower another's payoff by moving, with the action of one whom they harm most."""
    best: tuple[int, int, _Moves, int] | None = None
    for least, moves in _ways(game, counts, max_size):
        if best is not None and best[0] < least:
            break
        losses = np.where(moves.room > 0, moves.before - moves.after, 0)
        sizes = moves.arrive.sum(axis=1)
        harmful = np.flatnonzero(losses.max(axis=1) > 0)
        for k in harmful[sizes[harmful] == sizes[harmful].min()] if len(harmful) else ():
            victim = int(losses[k].argmax())
            row = _Moves(moves.before, moves.after[k : k + 1], moves.counts, moves.change[k : k + 1])
            key = int(sizes[k]), -int(losses[k, victim])
            if best is None or key < best[:2]:
                best = *key, row, victim
    if best is None:
        return None
    return matched(best[2].leave[0], best[2].arrive[0], best[2].before, best[2].after[0]), best[3]


def matched(leave: Array, arrive: Array, before: Array, after: Array) -> Flow:
    """Leavers and arrivals paired in order of what they had and what they get: best for the member who gains least."""
    flow: Flow = {}
    left, open_places = [int(x) for x in leave], [int(x) for x in arrive]
    goals = sorted((b for b, t in enumerate(open_places) if t), key=lambda b: (int(after[b]), b))
    for a in sorted((a for a, s in enumerate(left) if s), key=lambda a: (int(before[a]), a)):
        while left[a]:
            b = next(b for b in goals if open_places[b])
            count = min(left[a], open_places[b])
            flow[a, b] = flow.get((a, b), 0) + count
            left[a] -= count
            open_places[b] -= count
    return flow


def _ways(game: SymmetricGame, counts: Counts, max_size: int) -> Iterator[tuple[int, _Moves]]:
    """All counts that at most ``max_size`` movers bring about, those at hand too (members may swap), by parts.

    Few movers come first: each part comes with a number of movers that neither it nor any later part falls below.
    """
    n, m = game.num_players, game.num_actions
    here = np.array(counts, dtype=np.int64)
    numerators = game.numerators
    size = max(int(numerators.max()), -int(numerators.min()), 1)
    machine = numerators.dtype != object and 2 * n * size < _MACHINE
    before = game.numerators_at(here[None])[0].astype(np.int64 if machine else object)
    done = -1
    while done < max_size:
        reach = min(max(4 * done, 4), max_size)
        targets = count_vectors(n, m, low=(here - reach).tolist(), high=(here + reach).tolist())
        movers = np.maximum(targets - here, 0).sum(axis=1)
        targets = targets[(movers > done) & (movers <= reach)]
        for start in range(0, len(targets), _PART):
            part = targets[start : start + _PART]
            after = game.numerators_at(part).astype(before.dtype, copy=False)
            yield done + 1, _Moves(before, after, here, part - here)
        done = reach


def _least_sizes(moves: _Moves, blocking: Blocking) -> Integers:
    """The least size of a coalition that blocks by each way; more than all agents where none does."""
    none = int(np.max(moves.counts.sum(axis=-1))) + 1
    if blocking == "all":
        sizes = _cover(moves, strict=True)[0]
        return np.where((sizes > 0) & (sizes < none), sizes, none)
    if blocking == "transfer":
        return np.minimum(_joined(moves)[0], none)
    sizes = np.full(len(moves.change), none, dtype=np.int64)
    rest = np.arange(len(sizes))
    if blocking == "some":  # a smallest way without a loss decides where it has a gain, and where there is none
        harmless, through = _cover(moves, strict=False)
        gains = _total(moves, through) > 0
        sizes = np.where(gains, harmless, none)
        rest = np.flatnonzero(~gains & (harmless < none))
    open_moves = _Moves(moves.before, moves.after[rest], moves.counts, moves.change[rest])
    for p, q in _pairs(moves) if len(rest) else ():
        sizes[rest] = np.minimum(sizes[rest], _by_pair(open_moves, p, q, blocking, none))
    return np.minimum(sizes, none)


def _total(moves: _Moves, through: Integers) -> Array:
    """The sum of all members' gains."""
    passing = ((moves.after - moves.before) * through).sum(axis=1)
    return np.asarray((moves.arrive * moves.after).sum(axis=1) - (moves.leave * moves.before).sum(axis=1) + passing)


def _pairs(moves: _Moves) -> list[tuple[int, int]]:
    m = len(moves.before)
    return [(p, q) for p in range(m) if np.max(moves.counts[..., p]) > 0 for q in range(m)]


def _by_pair(moves: _Moves, p: int, q: int, blocking: Blocking, none: int) -> Integers:
    """The least size where one member goes from p to q and gains."""
    gains = moves.after[:, q] > moves.before[p]
    if not gains.any():
        return np.full(len(moves.change), none, dtype=np.int64)
    rest = moves.forced(p, q)
    sizes = rest.arrive.sum(axis=1) if blocking == "any" else _cover(rest, strict=False)[0]
    return np.where(gains & (rest.room >= 0).all(axis=1) & (sizes < none), sizes + 1, none)


def _cover(moves: _Moves, *, strict: bool) -> tuple[Integers, Integers]:
    """The fewest members who bring the change about on pairs that gain (strictly, or do not lose), and who passes through."""
    before, after = moves.before, moves.after
    m, rows = len(before), len(after)
    leave, arrive, room = moves.leave, moves.arrive, moves.room
    through = np.zeros((rows, m), dtype=np.int64)
    possible = (room >= 0).all(axis=1)
    farthest = np.argsort(-after, axis=1, kind="stable")
    lines = np.arange(rows)
    for x in sorted((a for a in range(m) if np.max(moves.counts[..., a]) > 0), key=lambda a: before[a]):
        good = after > before[x] if strict else after >= before[x]
        above = np.array([bool(before[a] >= before[x]) for a in range(m)])
        need = leave[:, above].sum(axis=1) - np.where(good, arrive, 0).sum(axis=1)
        need -= np.where(good & ~above, through, 0).sum(axis=1)
        for p in range(m):
            a = farthest[:, p]
            free = np.where(good[lines, a] & ~above[a], room[lines, a] - through[lines, a], 0)
            taken = np.clip(need, 0, np.maximum(free, 0))
            through[lines, a] += taken
            need -= taken
        possible &= need <= 0
    everybody = int(np.max(moves.counts.sum(axis=-1))) + 1
    return np.where(possible, leave.sum(axis=1) + through.sum(axis=1), everybody), through


def _joined(moves: _Moves) -> tuple[Integers, Integers]:
    """The fewest members whose gains sum to more than zero, and how many of each action stay and gain with them."""
    before, after, room = moves.before, moves.after, moves.room
    rows, m = after.shape
    total = _total(moves, np.zeros_like(moves.change))
    rises = after - before
    staying = np.zeros((rows, m), dtype=np.int64)
    steepest = np.argsort(-rises, axis=1, kind="stable")
    lines = np.arange(rows)
    for p in range(m):
        a = steepest[:, p]
        rise = np.maximum(rises[lines, a], 0)
        enough = -total // np.maximum(rise, 1) + 1
        taken = np.where((total <= 0) & (rise > 0), np.minimum(enough, room[lines, a]), 0)
        staying[lines, a] += taken.astype(np.int64)
        total = total + taken * rise
    everybody = int(np.max(moves.counts.sum(axis=-1))) + 1
    sizes = moves.leave.sum(axis=1) + staying.sum(axis=1)
    return np.where(total > 0, sizes, everybody), staying


def _flow(moves: _Moves, blocking: Blocking) -> Flow:
    """The coalition behind the least size of a single way."""
    if blocking == "transfer":
        staying = _joined(moves)[1][0]
        flow = matched(moves.leave[0], moves.arrive[0], moves.before, moves.after[0])
        for a, count in enumerate(staying.tolist()):
            if count:
                flow[a, a] = flow.get((a, a), 0) + count
        return flow
    if blocking == "all":
        return _matched_through(moves, _cover(moves, strict=True)[1][0])
    if blocking == "some":
        through = _cover(moves, strict=False)[1]
        if _total(moves, through)[0] > 0:
            return _matched_through(moves, through[0])
    none = int(np.max(moves.counts.sum(axis=-1))) + 1
    p, q = min(_pairs(moves), key=lambda pair: int(_by_pair(moves, pair[0], pair[1], blocking, none)[0]))
    rest = moves.forced(p, q)
    none_through = np.zeros(len(moves.before), dtype=np.int64)
    flow = _matched_through(rest, _cover(rest, strict=False)[1][0] if blocking == "some" else none_through)
    flow[p, q] = flow.get((p, q), 0) + 1
    return flow


def _matched_through(moves: _Moves, through: Integers) -> Flow:
    return matched(moves.leave[0] + through, moves.arrive[0] + through, moves.before, moves.after[0])
