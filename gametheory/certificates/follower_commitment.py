"""The best commitment of a leader against followers who may act together: proofs of optimality.

After the leader commits to x ∈ Δ(A_L) the followers' payoffs are linear in x. A profile r of the followers is *stable* under x
if no coalition S of a given family blocks it; with g_i(x; s) = u_i(x, s) − u_i(x, r), S blocks by moving to a profile s that
differs from r only in actions of its members when

    "transfer"   Σ_{i∈S} g_i > 0,            "all"    g_i > 0 for all i ∈ S,
    "any"        g_i > 0 for some i ∈ S,     "some"   g_i ≥ 0 for all i ∈ S and g_i > 0 for one.

With single followers as the family, stable profiles are the pure Nash equilibria. The leader's worth of x is the best or the
worst u_L(x, r) over stable r; an x without any is not allowed. Its supremum over x need not be attained: under ``"worst"`` a
profile disappears only when somebody gains strictly.

**Evidence for an upper bound** is a tree for every profile r that the followers may be at. A *condition* is a list of
alternatives, each a list of linear rows, of which one must hold: that S does not block r by s; under ``"worst"`` also, for any
other profile, that it is blocked, or worth no less than the bound to the leader. Conditions with one alternative always count;
a branch has a child for each alternative of one other condition. At a leaf multipliers bound the leader's payoff over the
closure of the rows, or prove that they contradict each other, or that a strict one holds nowhere. **Evidence for the
commitment** is the enumeration of the profiles that are stable under it.

Complexity: a linear programme's rows for each leaf; profiles of the followers, coalitions and their joint moves are enumerated.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from itertools import product
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import RationalArray
from gametheory.certificates.duality import contradiction, weak_duality_bound
from gametheory.certificates.encoding import (
    brief,
    check_carried_game,
    fail,
    game_of_certificate,
    game_to_check,
    game_to_json,
    indices_from_json,
    list_from_json,
    rationals_from_json,
)
from gametheory.certificates.programme import LinearProgramme, Sense
from gametheory.certificates.rationals import rational_from_json, rational_to_json
from gametheory.errors import SpecificationError
from gametheory.games.memory import refuse_if_too_large
from gametheory.games.normal_form import NormalFormGame

__all__ = [
    "Alternative",
    "Blocking",
    "Condition",
    "FollowerCommitmentCertificate",
    "Followers",
    "Leaf",
    "Row",
    "Selection",
]

Array = NDArray[Any]
Vector = tuple[Fraction, ...]
Blocking = Literal["transfer", "all", "some", "any"]
Selection = Literal["best", "worst"]
Leaf = tuple[str, tuple[Fraction, ...]]
"""("branch", (condition,)), ("value", multipliers), ("margin", multipliers) or ("infeasible", multipliers)."""

_LEAVES = ("branch", "value", "margin", "infeasible")


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


@final
@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class FollowerCommitmentCertificate:
    """The claim that a commitment is worth ``value`` to the leader, and none more than ``bound``.

    Attributes
    ----------
    leader : int
    coalitions : tuple of tuples of int
        Of followers, those that may block.
    blocking : "transfer", "all", "some" or "any"
    selection : "best" or "worst"
    tree : tuple of Leaf
        In preorder, the tree of one reply after the other.
    bound : Fraction or None
        ``None``: no commitment leaves a stable profile.
    commitment : tuple of Fraction or None
    reply : tuple of int or None
        The followers' actions.
    value : Fraction or None
    game : NormalFormGame or None
    stated_digest : str
    """

    leader: int
    coalitions: tuple[tuple[int, ...], ...]
    blocking: Blocking
    selection: Selection
    tree: tuple[Leaf, ...]
    bound: Fraction | None
    commitment: Vector | None
    reply: tuple[int, ...] | None
    value: Fraction | None
    game: NormalFormGame | None = None
    stated_digest: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        check_carried_game(self.game, self.stated_digest)

    @property
    def game_digest(self) -> str:
        """Digest of the game that the claim is about."""
        return self.stated_digest or (self.game.digest() if self.game is not None else "")

    @property
    def claim(self) -> str:
        """The claim in words."""
        if max(map(len, self.coalitions), default=1) == 1:
            kind = "pure equilibrium of the followers"
        else:
            rule = {"transfer": "with transfers", "all": "all gain", "some": "none loses", "any": "any gains"}
            kind = f"profile that no coalition of followers blocks ({rule.get(self.blocking, '')})"
        if self.bound is None or self.value is None:
            return f"no commitment leaves a {kind}"
        earns = f"a commitment is worth {brief(self.value)} at the {self.selection} {kind}"
        return f"{earns}, and none is worth more" + ("" if self.bound == self.value else f" than {brief(self.bound)}")

    def verify(self, game: NormalFormGame | None = None) -> Literal[True]:
        """Enumerate the stable profiles under the commitment and go through the tree, exactly.

        Raises
        ------
        CertificateError
            The commitment is worth another amount, or a leaf proves less than the bound.
        """
        about = game_to_check("the best commitment against followers", self.game, self.stated_digest, game)
        who = Followers(about, self.leader, self.coalitions, self.blocking, self.selection)
        flaw = who.flaw()
        if flaw is not None:
            fail("the best commitment against followers", flaw)
        who.refuse_if_too_large()
        claim = self.claim
        stated = [part is None for part in (self.bound, self.commitment, self.reply, self.value)]
        if any(stated) != all(stated):
            fail(claim, "bound, commitment, reply and value must be stated together")
        if self.commitment is not None:
            self._check_commitment(who, self.commitment)
        left = iter(self.tree)
        for reply in range(who.num_replies):
            always, choices = who.conditions(reply)
            waiting: list[tuple[tuple[Row, ...], frozenset[int]]] = [(always, frozenset())]
            while waiting:
                rows, decided = waiting.pop()
                kind, numbers = next(left, ("", ()))
                if kind == "branch":
                    k = int(numbers[0]) if len(numbers) == 1 and numbers[0].denominator == 1 else -1
                    if not 0 <= k < len(choices) or k in decided:
                        fail(claim, "a branch is at no condition, or at one that was decided before")
                    waiting += [((*rows, *option), decided | {k}) for option in reversed(choices[k])]
                else:
                    self._check_leaf(who, rows, kind, numbers)
        if next(left, None) is not None:
            fail(claim, "the tree has parts left over")
        return True

    def _check_commitment(self, who: Followers, x: Vector) -> None:
        if len(x) != who.num_columns or min(x) < 0 or sum(x) != 1:
            fail(self.claim, "the commitment is no distribution over the leader's actions")
        found = who.worth(x)
        if found is None or found[0] != self.value:
            fail(self.claim, f"the commitment is worth {'nothing' if found is None else brief(found[0])}")
        if all(who.actions(r) != self.reply or who.payoff(who.leader, r, x) != self.value for r in who.stable(x)):
            fail(self.claim, "the reply is not the stable profile that is selected")

    def _check_leaf(self, who: Followers, rows: tuple[Row, ...], kind: str, numbers: Vector) -> None:
        claim = self.claim
        if kind not in ("value", "margin", "infeasible"):
            fail(claim, "the tree ends before its branches do")
        programme = who.programme(rows, "margin" if kind == "margin" else "value")
        multipliers = RationalArray.from_fractions(list(numbers))
        if kind == "infeasible":
            contradiction(programme, multipliers, claim=claim)
            return
        proved = weak_duality_bound(programme, multipliers, claim=claim)
        if kind == "value":
            most = proved / who.game.denominator
            if self.bound is None or most > self.bound:
                fail(claim, f"a leaf may be worth {brief(most)}")
        elif proved > 0 or not any(row.strict for row in rows):
            fail(claim, "the conditions of a leaf may be met")

    def to_dict(self) -> dict[str, Any]:
        """JSON data with everything needed to check it elsewhere."""
        return {
            "kind": "follower commitment",
            "game": None if self.game is None else game_to_json(self.game),
            "game_digest": self.game_digest,
            "leader": self.leader,
            "coalitions": [list(s) for s in self.coalitions],
            "blocking": self.blocking,
            "selection": self.selection,
            "tree": [[kind, [rational_to_json(y) for y in numbers]] for kind, numbers in self.tree],
            "bound": None if self.bound is None else rational_to_json(self.bound),
            "commitment": None if self.commitment is None else [rational_to_json(p) for p in self.commitment],
            "reply": None if self.reply is None else list(self.reply),
            "value": None if self.value is None else rational_to_json(self.value),
        }

    @classmethod
    def from_dict(cls, data: Any) -> FollowerCommitmentCertificate:
        """Read what :meth:`to_dict` wrote; :class:`~gametheory.errors.SpecificationError` for anything else."""
        keys = ("kind", "game", "game_digest", "leader", "coalitions", "blocking", "selection", "tree")
        game = game_of_certificate(data, (*keys, "bound", "commitment", "reply", "value"), "follower commitment")
        tree = []
        for k, leaf in enumerate(list_from_json(data["tree"], "certificate.tree")):
            if not isinstance(leaf, list) or len(leaf) != 2 or leaf[0] not in _LEAVES:
                raise SpecificationError(f"certificate.tree[{k}]: write [kind, numbers]")
            tree.append((leaf[0], rationals_from_json(leaf[1], f"certificate.tree[{k}]")))
        for key, words in (("blocking", ("transfer", "all", "some", "any")), ("selection", ("best", "worst"))):
            if data[key] not in words:
                raise SpecificationError(f"certificate.{key}: found {data[key]!r}; write one of {', '.join(words)}")
        bound, value = (
            None if data[key] is None else rational_from_json(data[key], where=f"certificate.{key}")
            for key in ("bound", "value")
        )
        commitment, reply = data["commitment"], data["reply"]
        return cls(
            leader=indices_from_json([data["leader"]], where="certificate.leader")[0],
            coalitions=tuple(
                indices_from_json(s, where=f"certificate.coalitions[{k}]")
                for k, s in enumerate(list_from_json(data["coalitions"], "certificate.coalitions"))
            ),
            blocking=data["blocking"],
            selection=data["selection"],
            tree=tuple(tree),
            bound=bound,
            commitment=None if commitment is None else rationals_from_json(commitment, "certificate.commitment"),
            reply=None if reply is None else indices_from_json(reply, where="certificate.reply"),
            value=value,
            game=game,
            stated_digest=data["game_digest"],
        )

    def __repr__(self) -> str:
        return f"FollowerCommitmentCertificate({self.claim})"
