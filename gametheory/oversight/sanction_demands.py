"""What charges must do so that no coalition gains: demands, each met in one of several ways.

A *demand* is met if one of its *ways* is; a way is a list of inequalities  Σ_k a_k z_k ≥ g  in the overseer's levers z
(:mod:`.instruments`). Every left-hand side is nonnegative, because moving must cost no less than complying (rows of their own).
With x_i(b) the expected cost of playing b and F_i(b) the charge, both linear in z, a joint move of the coalition C with movers
M demands (see :mod:`gametheory.certificates.sanctions` for the rules):

* transfer: Σ_M x_i ≥ Σ_C g_i;    any: x_i ≥ g_i for every mover;    all: x_i ≥ g_i for some mover;
* some: x_i > g_i for some mover, or x_i ≥ g_i for every mover if nobody who stays gains;
* with bounties also, as a further way, that a mover breaks ranks: x_i + β r Σ_{j∈M∖i} F_j ≥ g_i − ĝ_i, ĝ_i what i gains if it
  alone complies. With transfers: Σ_M x_i + Σ_I (ĝ_i + β r Σ_{j∈M∖i} F_j) ≥ Σ_C g_i for some I ⊆ M, and, because an accomplice
  can inform for the coalition, (1 − β) r Σ_M F_j ≥ Σ_C g_i where C ≠ M.

Demands that others imply are left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from typing import Any, final

import numpy as np

from gametheory.certificates.gains import Blocking, StatusQuo
from gametheory.certificates.sanctions import JointMoves, joint_moves
from gametheory.games.coalitions import Coalition, coalition_label
from gametheory.games.memory import refuse_if_too_large
from gametheory.games.normal_form import NormalFormGame
from gametheory.oversight.instruments import Bounty

__all__ = ["Demand", "Inequality", "Side", "demands"]

Side = tuple[tuple[int, Fraction], ...]
"""A left-hand side: columns in increasing order with coefficients other than 0."""

Expressions = Mapping[tuple[int, int], Mapping[int, Fraction]]
"""By (player, action), a linear form in the levers."""

_MOST_COMPARED = 1_500


@final
@dataclass(frozen=True, slots=True)
class Inequality:
    """Σ_k a_k z_k ≥ level, or > where strict."""

    side: Side
    level: Fraction
    strict: bool = False

    def implies(self, other: Inequality) -> bool:
        """Whether it implies another with the same left-hand side."""
        return self.side == other.side and (
            self.level > other.level or (self.level == other.level and self.strict >= other.strict)
        )


Way = tuple[Inequality, ...]


@final
@dataclass(frozen=True, slots=True)
class Demand:
    """A joint move that must not pay: one of the ways must hold."""

    name: str
    ways: tuple[Way, ...]

    def implies(self, other: Demand) -> bool:
        """Whether whatever meets this meets the other."""
        return all(any(_way_implies(own, theirs) for theirs in other.ways) for own in self.ways)


def _way_implies(way: Way, other: Way) -> bool:
    return all(any(one.implies(two) for one in way) for two in other)


def demands(
    game: NormalFormGame,
    target: tuple[int, ...],
    *,
    blocking: Blocking,
    coalitions: tuple[Coalition, ...],
    faulty: int,
    costs: Expressions,
    charges: Expressions,
    bounty: Bounty | None,
) -> tuple[Demand, ...]:
    """The demands of all joint moves that would pay without sanctions and that no other demand implies.

    Parameters
    ----------
    costs, charges : mapping from (player, action) to {column: coefficient}
        x_i(b) and F_i(b) as linear forms in the levers.
    """
    work = sum(
        int(np.prod([game.num_actions[i] for i in c], dtype=object))
        * _plays(game, [j for j in range(game.num_players) if j not in c], faulty)
        for c in coalitions
    )
    refuse_if_too_large(work, 60 * game.num_players, "the joint moves of all coalitions amid faulty players")
    status_quo = StatusQuo(game, target)
    writer = _Writer(game, blocking, costs, charges, bounty)
    found: dict[tuple[Way, ...], Demand] = {}
    largest: dict[Side, Demand] = {}
    for moves in joint_moves(status_quo, target, coalitions, faulty):
        for demand in writer.demands(moves):
            if len(demand.ways) == 1 and len(demand.ways[0]) == 1 and not demand.ways[0][0].strict:
                only = demand.ways[0][0]
                known = largest.get(only.side)
                if known is None or known.ways[0][0].level < only.level:
                    largest[only.side] = demand
            else:
                found.setdefault(demand.ways, demand)
    listed = [*largest.values(), *found.values()]
    return tuple(_maximal(listed)) if len(listed) <= _MOST_COMPARED else tuple(listed)


def _plays(game: NormalFormGame, others: list[int], faulty: int) -> int:
    size = min(faulty, len(others))
    return sum(int(np.prod([game.num_actions[j] for j in t], dtype=object)) for t in combinations(others, size))


def _maximal(listed: list[Demand]) -> list[Demand]:
    """Without those that another implies; of two that imply each other the first stays."""
    kept: list[Demand] = []
    for one in sorted(listed, key=lambda demand: len(demand.ways)):
        if not any(other.implies(one) for other in kept):
            kept = [other for other in kept if not one.implies(other)] + [one]
    return kept


@final
@dataclass(frozen=True, slots=True, eq=False)
class _Writer:
    game: NormalFormGame
    blocking: Blocking
    costs: Expressions
    charges: Expressions
    bounty: Bounty | None

    def demands(self, moves: JointMoves) -> Iterator[Demand]:
        """What the moves of one coalition demand, those that pay nobody left out."""
        gains = moves.gains
        moving = moves.moves[:, :, None]
        if self.blocking == "transfer":
            alive = gains.sum(axis=0) > 0
        elif self.blocking == "any":
            alive = np.where(moving, gains, 0).max(axis=0) > 0
        elif self.blocking == "all":
            alive = gains.min(axis=0) > 0
        else:
            alive = (gains.min(axis=0) >= 0) & (gains.max(axis=0) > 0)
        for k in np.flatnonzero(alive.any(axis=1)).tolist():
            live = np.flatnonzero(alive[k]).tolist()
            if self.blocking == "transfer" and self.bounty is None:
                live = [max(live, key=lambda play: int(gains[:, k, play].sum()))]
            for play in live:
                yield from self._of_one(moves, k, play)

    def _of_one(self, moves: JointMoves, k: int, play: int) -> Iterator[Demand]:
        where = [(i, int(b)) for i, b in zip(moves.members, moves.joints[k].tolist(), strict=True)]
        movers = [m for m, moving in enumerate(moves.moves[:, k].tolist()) if moving]
        gains = [Fraction(int(x), moves.denominator) for x in moves.gains[:, k, play].tolist()]
        name = f"{coalition_label(self.game, moves.members)}: {moves.describe(self.game, k, play)}"
        alone = {m: Inequality(_side([self.costs[where[m]]]), gains[m]) for m in movers}
        if self.blocking == "any" and self.bounty is None:
            for m in movers:
                if gains[m] > 0:
                    yield Demand(f"{name} (gain of {self.game.players[where[m][0]]})", ((alone[m],),))
            return
        ways: list[Way] = []
        if self.blocking == "transfer":
            ways += self._shared(moves, k, play, where, movers, sum(gains, Fraction(0)))
            if self.bounty is not None and len(movers) < len(where):
                kept = (1 - self.bounty.share) * self.bounty.report_rate
                harvest = Inequality(_side([self.charges[where[m]] for m in movers], kept), sum(gains, Fraction(0)))
                yield Demand(f"{name}, and an accomplice informs", ((harvest,),))
        elif self.blocking == "any":
            ways.append(tuple(alone[m] for m in movers if gains[m] > 0))
        elif self.blocking == "all":
            ways += [(alone[m],) for m in movers]
        else:
            ways += [(Inequality(alone[m].side, gains[m], strict=True),) for m in movers]
            if not any(gains[m] for m in range(len(where)) if m not in movers):
                ways.append(tuple(alone[m] for m in movers if gains[m] > 0))
        if self.bounty is not None and self.blocking != "transfer":
            for m in movers:
                informed = Fraction(int(moves.informing[m, k, play]), moves.denominator)
                side = self._breaking(where, movers, m, [self.costs[where[m]]])
                ways.append((Inequality(side, gains[m] - informed),))
        met = [way for way in ways if all(one.level < 0 or (one.level == 0 and not one.strict) for one in way)]
        if not met:
            yield Demand(name, tuple(dict.fromkeys(ways)))

    def _shared(
        self,
        moves: JointMoves,
        k: int,
        play: int,
        where: list[tuple[int, int]],
        movers: list[int],
        total: Fraction,
    ) -> Iterator[Way]:
        """The ways of members who pay each other, by whom informing would reward."""
        costs = [self.costs[where[m]] for m in movers]
        yield (Inequality(_side(costs), total),)
        if self.bounty is None:
            return
        for size in range(1, len(movers) + 1):
            for tempted in combinations(movers, size):
                worth = sum(
                    (Fraction(int(moves.informing[m, k, play]), moves.denominator) for m in tempted), Fraction(0)
                )
                forms = list(costs)
                reward = self.bounty.share * self.bounty.report_rate
                for m in tempted:
                    forms += [_times(self.charges[where[j]], reward) for j in movers if j != m]
                yield (Inequality(_side(forms), total - worth),)

    def _breaking(
        self, where: list[tuple[int, int]], movers: list[int], who: int, forms: list[Mapping[int, Fraction]]
    ) -> Side:
        assert self.bounty is not None, "only a bounty makes anybody break ranks"
        reward = self.bounty.share * self.bounty.report_rate
        return _side([*forms, *(_times(self.charges[where[j]], reward) for j in movers if j != who)])


def _times(form: Mapping[int, Fraction], factor: Fraction) -> dict[int, Fraction]:
    return {column: a * factor for column, a in form.items()}


def _side(forms: Iterable[Mapping[int, Any]], factor: Fraction = Fraction(1)) -> Side:
    total: dict[int, Fraction] = {}
    for form in forms:
        for column, a in form.items():
            total[column] = total.get(column, Fraction(0)) + a * factor
    return tuple(sorted((column, a) for column, a in total.items() if a))
