"""Followers of a committed leader who may act together: which of their profiles are stable, as linear rows of the commitment.

The definitions are those of :mod:`gametheory.certificates.follower_commitment`. With payoffs of followers linear in the
leader's mixed strategy x, "member i of coalition S does not gain by the move to s" is one row in x, and the rule of blocking
says which combinations of rows make a profile stable.

Complexity: profiles of the followers, coalitions and their joint moves are enumerated.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import product
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import RationalArray
from gametheory.certificates.programme import LinearProgramme, Sense
from gametheory.games.memory import refuse_if_too_large
from gametheory.games.normal_form import NormalFormGame

__all__ = ["Alternative", "Blocking", "Condition", "Followers", "Row", "Selection"]

Array = NDArray[Any]
Blocking = Literal["transfer", "all", "some", "any"]
Selection = Literal["best", "worst"]


@final
@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """``numerators``·x ≤ 0, or < 0 if ``strict``; with ``bounding`` the bound t ≤ −``numerators``·x."""

    numerators: Array
    name: str
    strict: bool = False
    bounding: bool = False


Alternative = tuple[Row, ...]
Condition = tuple[Alternative, ...]


@final
@dataclass(frozen=True, eq=False)
class Followers:
    """Who follows in an exact game, which coalitions of them may form, and which of their stable profiles they are at.

    Attributes
    ----------
    game : NormalFormGame
        Exact.
    leader : int
    coalitions : tuple of tuples of int
        Players, in rising order.
    blocking : "transfer", "all", "some" or "any"
    selection : "best" or "worst"
        For the leader.
    """

    game: NormalFormGame
    leader: int
    coalitions: tuple[tuple[int, ...], ...]
    blocking: Blocking
    selection: Selection

    def flaw(self) -> str | None:
        """What is wrong with the description, if anything."""
        n = self.game.num_players
        if not 0 <= self.leader < n or n < 2:
            return "there is no such leader, or nobody follows"
        allowed = set(range(n)) - {self.leader}
        if any(not s or list(s) != sorted(set(s)) or not set(s) <= allowed for s in self.coalitions):
            return "a coalition is not one of followers"
        if len(set(self.coalitions)) < len(self.coalitions) or not self.coalitions:
            return "a coalition is given twice, or there is none"
        if self.blocking not in ("transfer", "all", "some", "any") or self.selection not in ("best", "worst"):
            return "the rule of blocking or of selection is none"
        return None

    def refuse_if_too_large(self) -> None:
        """Refuse before any work what would not fit in memory."""
        moves = sum(math.prod(self.game.num_actions[i] for i in s) * len(s) for s in self.coalitions)
        blocks = self.num_replies * (self.num_replies if self.selection == "worst" else 1)
        refuse_if_too_large(blocks * moves * self.num_columns, 10, "the conditions of the followers' profiles")

    @cached_property
    def others(self) -> tuple[int, ...]:
        """The followers."""
        return tuple(j for j in range(self.game.num_players) if j != self.leader)

    @cached_property
    def shape(self) -> tuple[int, ...]:
        """Number of actions of each follower."""
        return tuple(self.game.num_actions[j] for j in self.others)

    @property
    def num_replies(self) -> int:
        """Number of the followers' profiles, which are indexed in C order."""
        return math.prod(self.shape)

    @property
    def num_columns(self) -> int:
        """Number of actions of the leader."""
        return self.game.num_actions[self.leader]

    @cached_property
    def _tables(self) -> tuple[Array, ...]:
        """Payoff numerators of each player, shape (leader's actions, replies)."""
        tables = (np.moveaxis(self.game.numerators[j], self.leader, 0) for j in range(self.game.num_players))
        return tuple(table.reshape(self.num_columns, -1).astype(object) for table in tables)

    def actions(self, reply: int) -> tuple[int, ...]:
        """The followers' actions."""
        return tuple(int(k) for k in np.unravel_index(reply, self.shape))

    def label(self, reply: int) -> str:
        """The followers' actions by name."""
        return ", ".join(self.game.actions[j][k] for j, k in zip(self.others, self.actions(reply), strict=True))

    def payoff(self, player: int, reply: int, x: Sequence[Fraction]) -> Fraction:
        """u_player(x, reply)."""
        return inner(self._tables[player][:, reply], x) / self.game.denominator

    def moves(self, reply: int) -> Iterator[tuple[tuple[int, ...], int]]:
        """Every coalition with every profile that it can move to; under "all" those that a smaller one covers left out."""
        at = dict(zip(self.others, self.actions(reply), strict=True))
        family = set(self.coalitions)
        for s in self.coalitions:
            for chosen in product(*(range(self.game.num_actions[i]) for i in s)):
                movers = tuple(i for i, k in zip(s, chosen, strict=True) if k != at[i])
                if not movers or (self.blocking == "all" and movers != s and movers in family):
                    continue
                moved = {**at, **dict(zip(s, chosen, strict=True))}
                yield s, int(np.ravel_multi_index([moved[j] for j in self.others], self.shape))

    def _gain(self, player: int, reply: int, other: int) -> Array:
        table = self._tables[player]
        return np.asarray(table[:, other] - table[:, reply])

    def stability(self, reply: int) -> Iterator[Condition]:
        """The conditions under which the profile is stable."""
        for s, other in self.moves(reply):
            gains = [self._gain(i, reply, other) for i in s]
            names = [self.game.players[i] for i in s]
            place = f"{' and '.join(names)} keep to ({self.label(reply)}), not ({self.label(other)})"
            each = [
                Row(g, place if len(s) == 1 else f"{place}: {name} does not gain")
                for g, name in zip(gains, names, strict=True)
            ]
            if self.blocking == "transfer":
                yield ((Row(_sum(gains), place),),)
            elif self.blocking == "any":
                yield (tuple(each),)
            elif self.blocking == "all":
                yield tuple((row,) for row in each)
            else:
                loses = [Row(g, f"{place}: {name} loses", strict=True) for g, name in zip(gains, names, strict=True)]
                yield (tuple(each), *((row,) for row in loses))

    def blocked(self, reply: int) -> Iterator[Alternative]:
        """The ways in which the profile can be blocked."""
        for s, other in self.moves(reply):
            gains = [self._gain(i, reply, other) for i in s]
            names = [self.game.players[i] for i in s]
            place = f"{' and '.join(names)} leave ({self.label(reply)}) for ({self.label(other)})"
            if self.blocking == "transfer":
                yield (Row(-_sum(gains), place, strict=True),)
                continue
            each = [Row(-g, f"{place}: {name} gains", strict=True) for g, name in zip(gains, names, strict=True)]
            if self.blocking == "any":
                yield from ((row,) for row in each)
            elif self.blocking == "all":
                yield tuple(each)
            else:
                rest = [Row(-g, f"{place}: {name} does not lose") for g, name in zip(gains, names, strict=True)]
                yield from ((each[k], *rest[:k], *rest[k + 1 :]) for k in range(len(s)))

    @cached_property
    def _blocked(self) -> tuple[tuple[Alternative, ...], ...]:
        """For each profile the ways in which it can be blocked that some commitment allows."""
        return tuple(
            tuple(option for option in self.blocked(reply) if not any(_never(row) for row in option))
            for reply in range(self.num_replies)
        )

    def bound_row(self, reply: int) -> Row:
        """t ≤ u_L(x, reply), in numerators."""
        name = f"{self.game.players[self.leader]}'s payoff at ({self.label(reply)})"
        return Row(-self._tables[self.leader][:, reply], name, bounding=True)

    def conditions(self, reply: int) -> tuple[tuple[Row, ...], tuple[Condition, ...]]:
        """With the followers at this profile: the rows that always count, and the conditions with a choice."""
        rows: list[Row] = [self.bound_row(reply)]
        choices: list[Condition] = []
        for condition in self.stability(reply):
            reduced = [tuple(row for row in option if row.strict or max(row.numerators) > 0) for option in condition]
            if not all(reduced):
                continue  # it holds whatever the leader does
            possible = tuple(option for option in reduced if not any(_never(row) for row in option))
            if len(possible) == 1:
                rows += possible[0]
            else:
                choices.append(possible)
        if self.selection == "worst":
            own = self._tables[self.leader]
            for other in range(self.num_replies):
                if other != reply and (own[:, other] < own[:, reply]).any():
                    if self._blocked[other]:
                        choices.append(((self.bound_row(other),), *self._blocked[other]))
                    else:
                        rows.append(self.bound_row(other))
        return tuple(rows), tuple(choices)

    def bounded(self, row: Row, x: Sequence[Fraction]) -> Fraction:
        """The leader's payoff of which a bounding row speaks."""
        return -inner(row.numerators, x) / self.game.denominator

    def holds(
        self,
        option: Alternative,
        x: Sequence[Fraction],
        towards: Sequence[Fraction] | None = None,
        level: Fraction | None = None,
    ) -> bool:
        """Whether all rows hold at x; with ``towards`` at all points soon after x on the way to it; bounds at ``level``."""
        for row in option:
            if row.bounding:
                if level is not None and self.bounded(row, x) < level:
                    return False
                continue
            value = inner(row.numerators, x)
            if value == 0 and towards is not None:
                value = inner(row.numerators, towards)
            if value > 0 or (value == 0 and row.strict):
                return False
        return True

    def stable(self, x: Sequence[Fraction], towards: Sequence[Fraction] | None = None) -> list[int]:
        """The profiles that are stable under x; with ``towards`` those under all points soon after x on the way to it."""
        found = []
        for reply in range(self.num_replies):
            if all(any(self.holds(option, x, towards) for option in condition) for condition in self.stability(reply)):
                found.append(reply)
        return found

    def worth(self, x: Sequence[Fraction]) -> tuple[Fraction, int] | None:
        """The leader's payoff at the stable profile that is selected, and that profile; ``None`` if none is stable."""
        found = [(self.payoff(self.leader, r, x), r) for r in self.stable(x)]
        if not found:
            return None
        return max(found, key=lambda e: (e[0], -e[1])) if self.selection == "best" else min(found)

    def programme(
        self, rows: Sequence[Row], kind: Literal["value", "margin"], *, at_least: Fraction | None = None
    ) -> LinearProgramme:
        """The programme of a node: the largest bound t over the closure of its rows, or the largest margin of the strict.

        Columns are the leader's probabilities and t, in payoff numerators, or the margin; with ``at_least`` every bounding row
        asks for that payoff.
        """
        m, own = self.num_columns, self._tables[self.leader]
        margin = kind == "margin"
        used = [row for row in rows if not (row.bounding and margin and at_least is None)]
        table, right = [[1] * m + [0]], [1]
        for row in used:
            entries, level = row.numerators.tolist(), Fraction(0)
            if row.bounding and at_least is not None:
                level = at_least * self.game.denominator
                entries = [level.denominator * u for u in entries]
            last = row.strict if margin else row.bounding and at_least is None
            table.append([*entries, int(last)])
            right.append(-level.numerator)
        dense = np.array(table, dtype=object)
        kept = np.asarray(dense != 0, dtype=bool)
        names = ["probabilities", *(row.name for row in used)]
        if len(set(names)) < len(names):  # labels may make two of them equal
            names = [f"{name} (row {r})" for r, name in enumerate(names)]
        equal: Sense = "=="
        below: Sense = "<="
        return LinearProgramme(
            sense="max",
            objective=RationalArray.of_integers([0] * m + [1]),
            row_start=np.concatenate([[0], np.cumsum(kept.sum(axis=1))]),
            column_index=np.broadcast_to(np.arange(m + 1), dense.shape)[kept],
            coefficients=RationalArray.of_integers(dense[kept]),
            row_sense=(equal, *(below for _ in used)),
            right_hand_side=RationalArray.of_integers(right),
            lower=(Fraction(0),) * m + (Fraction(0 if margin else int(own.min())),),
            upper=(Fraction(1),) * m + (Fraction(1 if margin else int(own.max())),),
            row_names=tuple(names),
            column_names=(*self.game.actions[self.leader], "margin" if margin else "payoff"),
            name=f"follower commitment, {kind}",
        )


def inner(numerators: Array, x: Sequence[Fraction]) -> Fraction:
    """Σ_i numerators_i x_i."""
    return sum((int(a) * p for a, p in zip(numerators, x, strict=True) if p), Fraction(0))


def _sum(gains: Sequence[Array]) -> Array:
    return np.asarray(np.sum(np.array(gains, dtype=object), axis=0))


def _never(row: Row) -> bool:
    """Whether a row without ``bounding`` holds at no commitment at all."""
    least = min(row.numerators)
    return bool(least > 0 or (least == 0 and row.strict))
