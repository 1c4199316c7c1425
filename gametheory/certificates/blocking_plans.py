"""Which coalitions block a correlated profile: for each, and each thing that it can be told, its best plan.

With h_i[a_S, b_S, a_T, b_T] from :mod:`.joint_plans` a plan's gain is a sum over what the coalition S and the faulty T are
told. So, under "any" and "transfer", ex ante and interim agree, mixing does not help, and each a_S can be looked at alone.
Under "all" and "some" a coalition of two or more members needs evidence that it does not block. With pure plans everything
is looked at: interim each a_S and b_S; ex ante an exact dynamic programme over a_S keeps the sums of gains that none
dominates. With shared randomness the evidence is weights w on the members,

    all: w ≥ 0, Σ w = 1,     some: w > 0,     with  Σ_i w_i g_i ≤ 0 for every plan

(interim: for every plan at a_S, weights for each a_S). "All" is the minimax theorem, "some" that of Stiemke. Such weights
also answer faulty players who randomise (``faulty_play="correlated"``), one choice for each pure plan of the coalition.

Complexity: a pass over the table; ex ante under pure "all" and "some" the number of undominated sums, at worst |A_S|^|A_S|.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from gametheory.certificates.joint_plans import Deviation, Group, Joint, Move, RobustnessNotion, group_of, plan_table
from gametheory.errors import SpecificationError
from gametheory.games.memory import refuse_if_too_large
from gametheory.games.normal_form import NormalFormGame

__all__ = ["Answer", "Violation", "violations", "weighted_excess"]

Array = NDArray[Any]
_MOST_PLANS = 50_000


@final
@dataclass(frozen=True, slots=True)
class Violation:
    """A deviation that blocks, or hurts: ``who`` gains (or is the victim), ``None`` where the rule speaks of all members.

    ``size`` is the gain as the rule measures it, over the denominators of the game and of the profile.
    """

    deviation: Deviation
    who: int | None
    size: int | float
    group: Group | None = None


Answer = Callable[[Group, Array], Violation | None]
"""Given a group that needs weights and its table h (members, told, plays), a violation, or ``None``: it does not block."""


def violations(
    game: NormalFormGame, weights: Array, robustness: RobustnessNotion, answer: Answer, *, least: float = 0
) -> Iterator[Violation]:
    """Every way in which a profile fails: for each coalition, and each thing it can be told, its best deviation.

    Parameters
    ----------
    weights : array, shape (num_profiles,)
        The profile in integers or floats.
    answer : callable
        Decides the groups that need weights.
    least : float
        Gains up to this size do not count (for floats).
    """
    for faulty in robustness.faulty_sets(game.num_players):
        yield from _damages(game, weights, faulty, least)
    for coalition in robustness.coalitions:
        members = tuple(sorted(coalition))
        for faulty in robustness.faulty_sets(game.num_players, members):
            table = plan_table(game, weights, members, members, faulty)
            case = _Case(game.num_actions, members, faulty, table, robustness)
            if robustness.is_linear(members):
                yield from case.inequalities(least)
            elif robustness.coordination == "correlated":
                yield from case.weighted(answer)
            elif faulty and robustness.faulty_play == "correlated":
                yield from case.amid_mixing(answer)
            else:
                yield from case.single(least)


def _damages(game: NormalFormGame, weights: Array, faulty: Joint, least: float) -> Iterator[Violation]:
    victims = tuple(i for i in range(game.num_players) if i not in faulty)
    losses = -plan_table(game, weights, faulty, victims)[..., 0, 0]
    for k, i in enumerate(victims):
        for told, plays in np.argwhere(losses[k] > least):
            move = (_joint(game.num_actions, faulty, told), _joint(game.num_actions, faulty, plays))
            yield Violation(Deviation((), (), faulty, (move,)), i, losses[k, told, plays])


def _joint(shape: Joint, players: Joint, number: Any) -> Joint:
    return tuple(int(k) for k in np.unravel_index(int(number), [shape[i] for i in players])) if players else ()


@final
@dataclass(frozen=True, slots=True)
class _Case:
    """A coalition amid a faulty set, with its table."""

    shape: Joint
    members: Joint
    faulty: Joint
    table: Array
    robustness: RobustnessNotion

    def moves(self, plan: dict[int, int]) -> tuple[Move, ...]:
        pairs = [(_joint(self.shape, self.members, a), _joint(self.shape, self.members, b)) for a, b in plan.items()]
        return tuple(sorted(pair for pair in pairs if pair[0] != pair[1]))

    def faulty_moves(self, plan: Sequence[int]) -> tuple[Move, ...]:
        pairs = [(_joint(self.shape, self.faulty, a), _joint(self.shape, self.faulty, b)) for a, b in enumerate(plan)]
        return tuple(pair for pair in pairs if pair[0] != pair[1])

    def inequalities(self, least: float) -> Iterator[Violation]:
        """The rules that are linear: the faulty do what suits the coalition most, for each thing that they are told."""
        each = self.robustness.blocking == "any" or len(self.members) == 1
        tables = self.table if each else self.table.sum(axis=0)[None]
        for k, table in enumerate(tables):
            who = self.members[k] if self.robustness.blocking == "any" else None
            best = table.max(axis=3).sum(axis=2)
            plays = best.argmax(axis=1)
            for told in np.flatnonzero(best[np.arange(len(best)), plays] > least):
                b = int(plays[told])
                amid = self.faulty_moves(table[told, b].argmax(axis=1).tolist())
                deviation = Deviation(self.members, self.moves({int(told): b}), self.faulty, amid)
                if deviation.moves:
                    yield Violation(deviation, who, best[told, b])

    def faulty_plans(self) -> Iterator[tuple[int, ...]]:
        """Plans of the faulty: what they do when told what they never are does not matter."""
        sizes = [
            range(self.table.shape[3]) if (self.table[:, :, :, a] != 0).any() else (a,)
            for a in range(self.table.shape[3])
        ]
        _refuse_many(math.prod(map(len, sizes)), f"plans of the faulty {self.faulty}")
        return itertools.product(*sizes)

    def amid(self) -> Iterator[tuple[tuple[Move, ...], Array]]:
        """For each plan of the faulty the members' gains (members, told, plays)."""
        for plan in self.faulty_plans():
            gains = self.table[:, :, :, np.arange(len(plan)), list(plan)].sum(axis=3)
            yield self.faulty_moves(plan), gains

    def single(self, least: float) -> Iterator[Violation]:
        """Pure plans, pure faulty play."""
        for amid, gains in self.amid():
            if self.robustness.timing == "interim":
                values = _rule_values(gains.reshape(len(gains), -1), self.robustness.blocking).reshape(gains.shape[1:])
                for told in np.flatnonzero(values.max(axis=1) > least):
                    b = int(values[told].argmax())
                    yield self._found({int(told): b}, amid, values[told, b])
            else:
                found = _best_plan(gains, self.robustness.blocking)
                if found is not None and found[0] > least:
                    yield self._found(found[1], amid, found[0])

    def _found(self, plan: dict[int, int], amid: tuple[Move, ...], size: Any) -> Violation:
        deviation = Deviation(self.members, self.moves(plan), self.faulty, amid)
        return Violation(deviation, None, size, group_of(self.robustness, deviation))

    def weighted(self, answer: Answer) -> Iterator[Violation]:
        """Shared randomness: one choice of weights for all plans (interim: for each thing that the members are told)."""
        for amid, gains in self.amid():
            if self.robustness.timing == "ex_ante":
                found = answer(Group(self.members, None, None, self.faulty, amid), gains)
                if found is not None:
                    yield found
                continue
            for a in np.flatnonzero((gains != 0).any(axis=(0, 2))):
                told = _joint(self.shape, self.members, a)
                found = answer(Group(self.members, None, told, self.faulty, amid), gains[:, a : a + 1])
                if found is not None:
                    yield found

    def amid_mixing(self, answer: Answer) -> Iterator[Violation]:
        """Pure plans amid faulty players who randomise: one choice of weights for each plan of the coalition."""
        told = self.table.shape[1]
        plans: Iterator[dict[int, int]]
        if self.robustness.timing == "interim":
            plans = ({a: b} for a in range(told) for b in range(told) if a != b)
        else:
            heard = [a for a in range(told) if (self.table[:, a] != 0).any()]
            _refuse_many(told ** len(heard), f"plans of the coalition {self.members}")
            plans = (
                dict(zip(heard, plays, strict=True)) for plays in itertools.product(range(told), repeat=len(heard))
            )
        for plan in plans:
            moves = self.moves(plan)
            if moves:
                gains = self.table[:, list(plan), list(plan.values())].sum(axis=1)
                found = answer(Group(self.members, moves, None, self.faulty, None), gains)
                if found is not None:
                    yield found


def _refuse_many(count: int, what: str) -> None:
    if count > _MOST_PLANS:
        raise SpecificationError(
            f"{what}: there are {count:,}, at most {_MOST_PLANS:,} are looked at; take fewer actions or smaller sets"
        )


def _rule_values(gains: Array, blocking: str) -> Array:
    """What a coalition of several members gains by each deviation, positive iff it blocks; gains (members, deviations)."""
    least = gains.min(axis=0)
    return np.asarray(least if blocking == "all" else np.where(least >= 0, gains.sum(axis=0), least))


def _best_plan(gains: Array, blocking: str) -> tuple[Any, dict[int, int]] | None:
    """The best pure plan of the coalition ex ante, or ``None`` if it does not block; gains (members, told, plays).

    Partial sums over what the members are told, without those that another dominates or that cannot become a gain.
    """
    heard = np.flatnonzero((gains != 0).any(axis=(0, 2)))
    best = gains.max(axis=2)[:, heard]
    reach = best.sum(axis=1).min()
    if gains.sum(axis=0).max(axis=1).sum() <= 0 or reach < 0 or (reach == 0 and blocking == "all"):
        return None
    sums = np.zeros((1, len(gains)), dtype=gains.dtype)
    parents: list[tuple[Array, Array]] = []
    for step, a in enumerate(heard):
        options = gains[:, a].T
        refuse_if_too_large(len(sums) * options.size, 100, "the undominated plans of a coalition")
        every = (sums[:, None, :] + options[None, :, :]).reshape(-1, len(gains))
        hope = every + best[:, step + 1 :].sum(axis=1)
        kept = np.flatnonzero((hope >= 0).all(axis=1) if blocking == "some" else (hope > 0).all(axis=1))
        kept = kept[_undominated(every[kept])]
        parents.append((kept // len(options), kept % len(options)))
        sums = every[kept]
        if not len(sums):
            return None
    values = _rule_values(sums.T, blocking)
    place = int(values.argmax())
    value = values[place]
    if value <= 0:
        return None
    plan = {}
    for a, (before, plays) in zip(heard[::-1], parents[::-1], strict=True):
        plan[int(a)] = int(plays[place])
        place = int(before[place])
    return value, plan


def _undominated(points: Array) -> Array:
    """Indices of the points that no other one is at least as large as in every entry; one of equals is kept."""
    order = sorted(range(len(points)), key=lambda k: tuple(points[k].tolist()), reverse=True)
    kept: list[int] = []
    if points.shape[1] == 2:
        height: Any = None
        for k in order:
            if height is None or points[k, 1] > height:
                kept.append(k)
                height = points[k, 1]
    else:
        front = np.empty_like(points)
        for k in order:
            if not (front[: len(kept)] >= points[k]).all(axis=1).any():
                front[len(kept)] = points[k]
                kept.append(k)
    return np.array(kept, dtype=np.int64)


def weighted_excess(gains: Array, weights: Sequence[int]) -> Any:
    """max over plans of the weighted sum of gains; gains (members, told, plays)."""
    total = sum(int(w) * row.astype(object) for w, row in zip(weights, gains, strict=True) if w)
    return np.asarray(total).max(axis=1).sum() if any(weights) else 0
