"""What must be held back: the incentive constraints of deterrence.

A joint deviation from a pure target a* leads to another profile a. Its *movers* are M = {i : a_i ≠ a*_i}; the coalition
S ⊇ M that agrees to it may have members who stay put. Member i gains g_i = u_i(a) − u_i(a*) before forfeits, and a mover
pays c_i d_i more than by complying, c_i = q_i − f_i, d_i its deposit. With x_i = c_i d_i ≥ 0 the coalition does not block iff

=============  ====================================================================================================
``blocking``   condition on x, for every outcome a and every allowed coalition S ⊇ M
=============  ====================================================================================================
``"transfer"`` Σ_{i∈M} x_i ≥ Σ_{i∈S} g_i
``"any"``      x_i ≥ g_i for every mover i (a bystander's gain is not counted: no fine reaches who complies)
``"all"``      x_i ≥ g_i for some mover i, unless a member who stays has g_i ≤ 0
``"some"``     x_i > g_i for some mover i, or x_i = g_i for every mover and g_i = 0 for every member who stays, unless a
               member who stays has g_i < 0
=============  ====================================================================================================

Constraints that others imply are dropped, by exact comparison: under "transfer" the largest right-hand side for each M is
kept, under "any" the largest gain of each player, under "all" and "some" those that are maximal (a constraint is implied by
one with fewer movers, each of whom gains at least as much).

Shared randomness changes nothing under "transfer" and "any": expected gains are linear, so that pure deviations decide
(under "any", what a member gains counts in the outcomes in which it moves). Complexity: Σ_S ∏_{i∈S} m_i gains.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, product
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from gametheory.certificates.gains import Blocking, StatusQuo
from gametheory.errors import SpecificationError
from gametheory.games.coalitions import Coalition, coalition_label
from gametheory.games.coalitions import coalitions as all_coalitions
from gametheory.games.memory import refuse_if_too_large
from gametheory.games.normal_form import NormalFormGame

__all__ = ["Incentive", "allowed_coalitions", "incentives", "read_outcomes"]

Array = NDArray[Any]


@final
@dataclass(frozen=True, slots=True)
class Incentive:
    """A joint deviation that pays somebody unless movers are held back.

    Attributes
    ----------
    coalition : frozenset of int
        Who agrees to it.
    movers : tuple of int
        Who moves away from the target, in increasing order of index.
    outcome : tuple of int
        The action profile that results.
    payers : tuple of int
        Whose forfeits can hold it back: the movers, or under "any" the one mover that this constraint is about.
    gains : tuple of Fraction
        What each of the payers gains before forfeits, in units of payoff.
    required : Fraction
        "transfer": the sum of all members' gains; otherwise the least of ``gains``.
    closed : bool
        Under "some": whether it is also held back when every mover just loses its gain (nobody who stays gains).
    """

    coalition: Coalition
    movers: tuple[int, ...]
    outcome: tuple[int, ...]
    payers: tuple[int, ...]
    gains: tuple[Fraction, ...]
    required: Fraction
    closed: bool = False

    def describe(self, game: NormalFormGame) -> str:
        """The deviation by name: ``"{Ana, Ben}: Ana plays leak, Ben plays leak"``."""
        return f"{coalition_label(game, self.coalition)}: {moves_text(game, self.coalition, self.outcome, self.movers)}"


def moves_text(game: NormalFormGame, coalition: Iterable[int], outcome: Sequence[int], movers: Iterable[int]) -> str:
    """What each member plays, movers by action, the others as staying."""
    moving = set(movers)
    return ", ".join(
        f"{game.players[i]} plays {game.actions[i][outcome[i]]}" if i in moving else f"{game.players[i]} stays"
        for i in sorted(coalition)
    )


def allowed_coalitions(game: NormalFormGame, coalitions: Iterable[Iterable[int]] | None) -> tuple[Coalition, ...]:
    """The coalitions that may form, all of them by default, by size and then lexicographically."""
    return all_coalitions(game.num_players, members=coalitions)


def read_outcomes(game: NormalFormGame, outcomes: Any) -> NDArray[np.bool_] | None:
    """Marked outcomes as a boolean array of shape ``num_actions``, from one, or from flat indices; ``None``: all.

    Raises
    ------
    SpecificationError
        Another shape, entries that are no booleans, or indices out of range.
    """
    if outcomes is None:
        return None
    try:
        given = np.asarray(outcomes)
    except ValueError:
        raise SpecificationError(f"outcomes: found {outcomes!r}; write booleans of shape {game.num_actions}") from None
    if given.dtype == np.bool_ and given.shape == game.num_actions:
        return given
    if given.ndim == 1 and (given.dtype.kind in "iu" or not given.size):
        marked = np.zeros(game.num_profiles, dtype=np.bool_)
        if given.size and not 0 <= int(given.min()) <= int(given.max()) < game.num_profiles:
            raise SpecificationError(f"outcomes: an index lies outside 0 … {game.num_profiles - 1}; take existing ones")
        marked[given.astype(np.int64)] = True
        return marked.reshape(game.num_actions)
    raise SpecificationError(
        f"outcomes: found an array of shape {given.shape} and type {given.dtype}; write booleans of shape "
        f"{game.num_actions}, true where a deviation that leads there must be deterred"
    )


def incentives(
    game: NormalFormGame,
    target: tuple[int, ...],
    *,
    blocking: Blocking,
    coalitions: Sequence[Coalition],
    outcomes: NDArray[np.bool_] | None = None,
) -> tuple[Incentive, ...]:
    """The incentive constraints of an exact game that no other implies, by movers and then by outcome.

    Parameters
    ----------
    game : NormalFormGame
        An exact game.
    target : tuple of n action indices
    coalitions : sequence of frozensets
        The coalitions that may form.
    outcomes : boolean array of shape ``num_actions``, optional
        Only deviations to marked outcomes; by default all.

    Returns
    -------
    tuple of Incentive
        Those that already hold without deposits are left out.

    Examples
    --------
    >>> prisoners = NormalFormGame.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]], actions=[["C", "D"]] * 2)
    >>> family = allowed_coalitions(prisoners, None)
    >>> for found in incentives(prisoners, (0, 0), blocking="transfer", coalitions=family):
    ...     print(found.describe(prisoners), found.required)
    {Player 1}: Player 1 plays D 2
    {Player 2}: Player 2 plays D 2
    """
    status_quo = StatusQuo(game, target)
    groups = _moves(status_quo, target, coalitions, outcomes, blocking)
    if blocking == "transfer":
        return tuple(found for group in groups if (found := _largest_sum(group)) is not None)
    if blocking == "any":
        return _largest_gains(groups, game.num_players)
    return tuple(_maximal([live for group in groups for live in _live(group, strict=blocking == "all")]))


@final
@dataclass(frozen=True, slots=True, eq=False)
class _Moves:
    """All deviations with the same movers: gains (n, K) over a denominator, outcomes (K, n), who else may agree.

    Where every subset of ``pool`` may form, ``coalitions`` is left empty: whoever gains then joins.
    """

    movers: tuple[int, ...]
    coalitions: tuple[Coalition, ...]
    pool: Coalition | None
    gains: Array
    denominator: int
    outcomes: NDArray[np.int64]

    def gain(self, players: Iterable[int], k: int) -> tuple[Fraction, ...]:
        return tuple(Fraction(int(self.gains[i, k]), self.denominator) for i in players)

    def outcome(self, k: int) -> tuple[int, ...]:
        return tuple(int(a) for a in self.outcomes[k])


def _moves(
    status_quo: StatusQuo,
    target: tuple[int, ...],
    coalitions: Sequence[Coalition],
    outcomes: NDArray[np.bool_] | None,
    blocking: Blocking,
) -> Iterator[_Moves]:
    game = status_quo.game
    family = frozenset(coalitions)
    pool = frozenset[int]().union(*family)
    complete = len(family) == 2 ** len(pool) - 1
    for movers in _mover_sets(coalitions):
        others = [[k for k in range(game.num_actions[i]) if k != target[i]] for i in movers]
        if not all(others):
            continue
        moving = np.array(list(product(*others)), dtype=np.int64)
        reached = np.tile(np.array(target, dtype=np.int64), (len(moving), 1))
        reached[:, list(movers)] = moving
        if outcomes is not None:
            kept = outcomes[tuple(reached.T)]
            moving, reached = moving[kept], reached[kept]
        if not len(moving):
            continue
        agreeing: tuple[Coalition, ...] = ()
        if blocking in ("all", "any") and frozenset(movers) in family:
            agreeing = (frozenset(movers),)  # others who agree would only be more to please, or are not counted
        elif not complete:
            agreeing = tuple(s for s in coalitions if s.issuperset(movers))
        table, denominator = status_quo.changes(movers)
        gains = table[(slice(None), *moving.T)]
        yield _Moves(movers, agreeing, pool if complete else None, gains, denominator, reached)


def _mover_sets(coalitions: Sequence[Coalition]) -> list[tuple[int, ...]]:
    """Every nonempty subset of a coalition, by size and then lexicographically."""
    largest: list[Coalition] = []
    for coalition in sorted(coalitions, key=len, reverse=True):
        if not any(coalition <= other for other in largest):
            largest.append(coalition)
    refuse_if_too_large(sum(2 ** len(s) for s in largest), 2_000, "the list of sets of players who may move together")
    found = {m for s in largest for k in range(1, len(s) + 1) for m in combinations(sorted(s), k)}
    return sorted(found, key=lambda m: (len(m), m))


def _largest_sum(group: _Moves) -> Incentive | None:
    movers = list(group.movers)
    best: tuple[int, int, Coalition] | None = None
    if group.pool is not None:
        rest = sorted(group.pool.difference(movers))
        sums = group.gains[movers].sum(axis=0) + np.maximum(group.gains[rest], 0).sum(axis=0)
        k = int(sums.argmax())
        best = int(sums[k]), k, frozenset(movers).union(i for i in rest if group.gains[i, k] > 0)
    for coalition in group.coalitions:
        sums = group.gains[sorted(coalition)].sum(axis=0)
        k = int(sums.argmax())
        if best is None or int(sums[k]) > best[0]:
            best = int(sums[k]), k, coalition
    if best is None or best[0] <= 0:
        return None
    total, k, coalition = best
    gains = group.gain(movers, k)
    return Incentive(coalition, group.movers, group.outcome(k), group.movers, gains, Fraction(total, group.denominator))


def _largest_gains(groups: Iterable[_Moves], num_players: int) -> tuple[Incentive, ...]:
    best: dict[int, Incentive] = {}
    for group in groups:
        for i in group.movers:
            k = int(group.gains[i].argmax())
            gain = Fraction(int(group.gains[i, k]), group.denominator)
            if gain > 0 and (i not in best or gain > best[i].required):
                best[i] = Incentive(group.coalitions[0], group.movers, group.outcome(k), (i,), (gain,), gain)
    return tuple(best[i] for i in range(num_players) if i in best)


def _live(group: _Moves, *, strict: bool) -> Iterator[Incentive]:
    """Deviations that block without deposits: all members gain ("all", strict), or none loses and one gains ("some")."""
    movers = list(group.movers)
    own = group.gains[movers]
    tempted = own.min(axis=0) > 0 if strict else own.min(axis=0) >= 0
    for k in np.flatnonzero(tempted).tolist():
        mover_gains = bool(own[:, k].max() > 0)
        coalition, closed = _agreeing(group, k, mover_gains, strict=strict)
        if coalition is not None:
            gains = group.gain(movers, k)
            yield Incentive(coalition, group.movers, group.outcome(k), group.movers, gains, min(gains), closed)


def _agreeing(group: _Moves, k: int, mover_gains: bool, *, strict: bool) -> tuple[Coalition | None, bool]:
    """A coalition that blocks by deviation ``k``, and under "some" whether nobody who stays gains in any of them."""
    movers = frozenset(group.movers)
    options: Iterable[Coalition] = group.coalitions
    if group.pool is not None and not options:
        gaining = [i for i in sorted(group.pool - movers) if group.gains[i, k] > 0]
        options = [movers] if strict or not gaining else [movers | {gaining[0]}]
    closed: Coalition | None = None
    for coalition in options:
        stay = [int(group.gains[i, k]) for i in coalition - movers]
        if strict:
            if all(x > 0 for x in stay):
                return coalition, False
        elif all(x >= 0 for x in stay):
            if any(stay):
                return coalition, False
            if closed is None and mover_gains:
                closed = coalition
    return closed, closed is not None


def _maximal(found: Sequence[Incentive]) -> Iterator[Incentive]:
    """The constraints that no other implies; of two that imply each other the first."""
    kept: list[tuple[Incentive, dict[int, Fraction]]] = []
    for one in found:  # fewer movers come first
        own = dict(zip(one.movers, one.gains, strict=True))
        if not any(_implies(other, theirs, one, own) for other, theirs in kept):
            kept = [pair for pair in kept if not _implies(one, own, *pair)]
            kept.append((one, own))
    return (one for one, _ in kept)


def _implies(one: Incentive, gains: dict[int, Fraction], other: Incentive, other_gains: dict[int, Fraction]) -> bool:
    """Whether holding ``one`` back holds ``other`` back: its movers move there too, and gain no less here."""
    if not all(i in other_gains and gain >= other_gains[i] for i, gain in gains.items()):
        return False
    if not one.closed:
        return True
    # ``one`` may be held back with equality, so that some mover must gain more here, or equality must do there too.
    return any(gain > other_gains[i] for i, gain in gains.items()) or (one.movers == other.movers and other.closed)
