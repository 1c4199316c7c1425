"""What coalitions gain by plans against a correlated profile, in integers; and which coalitions block it.

Under a correlated profile μ a mediator draws an action profile and tells each player its part. A coalition S pools what
its members are told, a_S, and a **plan** η says what they play instead; the others obey. Faulty players T may meanwhile
follow a plan ζ of their own. Then member i of S gains

    g_i(η | ζ) = Σ_a μ(a) [u_i(η(a_S), ζ(a_T), a_rest) − u_i(a_S, ζ(a_T), a_rest)],

a sum over what S and T are told, so that one table h_i[a_S, b_S, a_T, b_T] per pair (S, T) answers every question here.

* ``timing="ex_ante"``: the coalition commits to a plan before it is told anything (Moreno and Wooders 1996; Ray 1996).
* ``timing="interim"``: its members know a_S, and nothing else, when they decide what to play (in the spirit of Einy and
  Peleg 1995): plans that move at one a_S only, and gains conditional on it.

Under "any" and "transfer" the two agree and mixing does not help, since plans are sums over a_S. Under "all" and "some" a
coalition of two or more members needs evidence that it does not block: with pure plans everything is looked at (ex ante by
an exact dynamic programme over a_S that keeps what is not dominated); with shared randomness, weights w on the members:

    all: w ≥ 0, Σ w = 1,     some: w > 0,     with  Σ_i w_i g_i ≤ 0 for every plan

(interim: weights for every a_S). The same weights answer faulty players who randomise (``faulty_play="correlated"``)
against pure plans of the coalition. **Immunity** to t faulty players: no plan of at most t players lowers the expected
payoff of another.

References: D. Moreno and J. Wooders (1996), *Coalition-proof equilibrium*, Games and Economic Behavior 17; I. Ray (1996),
*Coalition-proof correlated equilibrium: a definition*, Games and Economic Behavior 17; E. Einy and B. Peleg (1995),
*Coalition-proof communication equilibria*; I. Abraham, D. Dolev, R. Gonen and J. Halpern (2006), *Distributed computing
meets game theory*, PODC. Complexity: for each pair (S, T) the square of |A_S| · |A_T|; ex ante under pure "all" the number
of undominated sums, at worst |A_S|^|A_S|.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from gametheory.certificates.encoding import action_name, player_name
from gametheory.certificates.gains import Blocking, Coordination
from gametheory.errors import SpecificationError
from gametheory.games.memory import refuse_if_too_large
from gametheory.games.normal_form import NormalFormGame

__all__ = [
    "Deviation",
    "Group",
    "Joint",
    "Move",
    "Robustness",
    "Violation",
    "deviation_changes",
    "deviation_text",
    "group_of",
    "plan_table",
    "profile_weights",
    "violations",
    "weighted_excess",
]

Array = NDArray[Any]
Joint = tuple[int, ...]
Move = tuple[Joint, Joint]
"""What a set of players is told, and what it plays instead; one entry for each player in increasing order of index."""
FaultyPlay = Literal["pure", "correlated"]
Timing = Literal["ex_ante", "interim"]

_MACHINE = 2**62
_MOST_PLANS = 50_000


@final
@dataclass(frozen=True, slots=True, order=True)
class Deviation:
    """A plan of a coalition (``members``, ``moves``) amid a plan of faulty players; members empty: of the faulty alone.

    Told what no move names, everybody obeys.
    """

    members: Joint
    moves: tuple[Move, ...]
    faulty: Joint = ()
    faulty_moves: tuple[Move, ...] = ()


@final
@dataclass(frozen=True, slots=True)
class Group:
    """Deviations that one choice of weights on the members answers together.

    Attributes
    ----------
    members, faulty : tuple of int
    moves : tuple of moves, or None
        ``None``: every plan of the members (that moves at ``told``, if given).
    told : tuple of int or None
    faulty_moves : tuple of moves, or None
        ``None``: every plan of the faulty.
    """

    members: Joint
    moves: tuple[Move, ...] | None
    told: Joint | None
    faulty: Joint
    faulty_moves: tuple[Move, ...] | None

    @property
    def is_single(self) -> bool:
        """Whether the group is one deviation: then a member, not weights, says why it does not happen."""
        return self.moves is not None and self.faulty_moves is not None


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Robustness:
    """Which deviations a correlated profile must withstand.

    Attributes
    ----------
    coalitions : tuple of frozenset of int
    faulty : int
        Largest number of faulty players.
    blocking, coordination, timing, faulty_play : str
        See the head of this module.
    """

    coalitions: tuple[frozenset[int], ...]
    faulty: int
    blocking: Blocking
    coordination: Coordination
    timing: Timing
    faulty_play: FaultyPlay

    def __post_init__(self) -> None:
        for name, value, allowed in (
            ("blocking", self.blocking, ("all", "some", "any", "transfer")),
            ("coordination", self.coordination, ("pure", "correlated")),
            ("timing", self.timing, ("ex_ante", "interim")),
            ("faulty_play", self.faulty_play, ("pure", "correlated")),
        ):
            if value not in allowed:
                raise SpecificationError(f"{name}: found {value!r}; write one of {', '.join(map(repr, allowed))}")

    def faulty_sets(self, n: int, members: Joint = ()) -> Iterator[Joint]:
        """Sets of at most ``faulty`` players outside ``members`` (with members: also the empty set)."""
        others = [i for i in range(n) if i not in members]
        largest = min(self.faulty, len(others) if members else n - 1)
        for size in range(0 if members else 1, largest + 1):
            yield from itertools.combinations(others, size)

    def is_linear(self, members: Joint) -> bool:
        """Whether "the coalition does not block" is one set of linear inequalities in μ."""
        return len(members) == 1 or self.blocking in ("any", "transfer")

    def needs_weights(self, members: Joint, faulty: Joint) -> bool:
        """Whether weights, not single members, say why such a coalition does not block."""
        mixing = bool(faulty) and self.faulty_play == "correlated"
        return not self.is_linear(members) and (self.coordination == "correlated" or mixing)

    @property
    def in_words(self) -> str:
        """ "3 coalitions of up to 2 players under 'all', pure plans ex ante, amid up to 1 faulty player"."""
        largest = max(map(len, self.coalitions), default=0)
        count = f"{len(self.coalitions)} coalition{'s' * (len(self.coalitions) != 1)} of up to {largest} players"
        how = ""
        if self.blocking in ("all", "some"):
            plans = "pure plans" if self.coordination == "pure" else "plans with shared randomness"
            how = f", {plans} {'ex ante' if self.timing == 'ex_ante' else 'interim'}"
        amid = f", amid up to {self.faulty} faulty" if self.faulty else ""
        return f"{count} under {self.blocking!r}{how}{amid}"


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


def group_of(robustness: Robustness, deviation: Deviation) -> Group | None:
    """The group that a deviation belongs to; ``None`` if it is an inequality of its own."""
    members, faulty = deviation.members, deviation.faulty
    if robustness.is_linear(members) or not members:
        return None
    mixing = bool(faulty) and robustness.faulty_play == "correlated"
    if robustness.coordination == "pure":
        return Group(members, deviation.moves, None, faulty, None if mixing else deviation.faulty_moves)
    told = deviation.moves[0][0] if robustness.timing == "interim" and deviation.moves else None
    return Group(members, None, told, faulty, deviation.faulty_moves)


# -- tables --------------------------------------------------------------------------------------------------------------


def profile_weights(game: NormalFormGame, distribution: Sequence[tuple[Joint, Fraction]]) -> tuple[Array, int]:
    """Integer weights of the profiles in C order over a denominator.

    Raises
    ------
    SpecificationError
        A profile that does not exist or occurs twice, a probability that is not positive, or a sum that is not 1.
    """
    shape = game.num_actions
    denominator = math.lcm(1, *(p.denominator for _, p in distribution))
    weights = np.zeros(game.num_profiles, dtype=np.int64 if denominator < _MACHINE else object)
    seen = set()
    for profile, p in distribution:
        if len(profile) != len(shape) or any(not 0 <= a < m for a, m in zip(profile, shape, strict=True)):
            raise SpecificationError(f"profile: there is no action profile {profile}; write indices below {shape}")
        if profile in seen or p <= 0:
            raise SpecificationError(f"profile: {profile} has probability {p} or occurs twice; list positive ones once")
        seen.add(profile)
        weights[int(np.ravel_multi_index(profile, shape))] = p.numerator * (denominator // p.denominator)
    if sum(p for _, p in distribution) != 1:
        raise SpecificationError("profile: found probabilities that do not sum to 1; divide them by their sum")
    return weights, denominator


def plan_table(game: NormalFormGame, weights: Array, movers: Joint, players: Joint, bystanders: Joint = ()) -> Array:
    """h[i, a_S, b_S, a_T, b_T]: what ``players`` gain where S (``movers``) told a_S plays b_S, and T told a_T plays b_T.

    Joint actions are numbered in C order. Integers where ``weights`` are; floats where they are. For T empty the last two
    axes have length 1.
    """
    shape = game.num_actions
    moving, standing = (math.prod(shape[i] for i in part) for part in (movers, bystanders))
    refuse_if_too_large((2 + len(players)) * (moving * standing) ** 2, 8, f"the table of joint plans of {movers}")
    rest = [i for i in range(game.num_players) if i not in movers and i not in bystanders]
    order = (*movers, *bystanders, *rest)
    mass = weights.reshape(shape).transpose(order).reshape(moving * standing, -1)
    used = np.flatnonzero((mass != 0).any(axis=0))
    mass = mass[:, used]
    tables = []
    for i in players:
        payoffs = game.numerators[i].transpose(order).reshape(moving * standing, -1)[:, used]
        if weights.dtype.kind == "f":
            payoffs = payoffs.astype(np.float64)
        elif not _machine_safe(payoffs, mass):
            payoffs, mass = payoffs.astype(object), mass.astype(object)
        sums = (mass @ payoffs.T).reshape(moving, standing, moving, standing)
        obeying = np.einsum("atab->atb", sums) if sums.dtype != object else _diagonal(sums)
        tables.append((sums - obeying[:, :, None, :]).transpose(0, 2, 1, 3))
    return np.stack(tables)


def _diagonal(sums: Array) -> Array:
    count = len(sums)
    return np.stack([sums[a, :, a, :] for a in range(count)])


def _machine_safe(payoffs: Array, mass: Array) -> bool:
    if payoffs.dtype == object or mass.dtype == object or not payoffs.size:
        return False
    largest = max(abs(int(payoffs.max())), abs(int(payoffs.min())))
    # Sums over plans and members follow: eight bits for those.
    return largest * int(mass.sum()) < _MACHINE >> 8


def deviation_changes(game: NormalFormGame, deviation: Deviation, players: Joint) -> Array:
    """What ``players`` gain in each action profile: integers over the game's denominator, shape (players, num_profiles).

    For a deviation of the faulty alone it is what they *lose*.

    Raises
    ------
    SpecificationError
        Players or actions that do not exist, moves that are none or given twice, or players on both sides.
    """
    shape = game.num_actions
    here = np.array(np.unravel_index(np.arange(game.num_profiles), shape))
    if set(deviation.members) & set(deviation.faulty):
        raise SpecificationError(f"deviation: players of {deviation} are members and faulty at once")
    amid = _moved(shape, here, deviation.faulty, deviation.faulty_moves)
    there = _moved(shape, amid, deviation.members, deviation.moves) if deviation.members else here
    before, after = (np.ravel_multi_index(tuple(where), shape) for where in (amid, there))
    return np.stack([_difference(game.numerators[i].reshape(-1), after, before) for i in players])


def _difference(payoffs: Array, after: Array, before: Array) -> Array:
    if (
        payoffs.dtype != object
        and payoffs.size
        and max(abs(int(payoffs.max())), abs(int(payoffs.min()))) >= _MACHINE // 2
    ):
        payoffs = payoffs.astype(object)
    return np.asarray(payoffs[after] - payoffs[before])


def _moved(shape: Joint, where: Array, movers: Joint, moves: tuple[Move, ...]) -> Array:
    """The profiles that come of the plan: what the movers are told is their part of the profile."""
    if sorted(set(movers)) != list(movers) or any(not 0 <= i < len(shape) for i in movers):
        raise SpecificationError(f"deviation: found the players {movers}; write indices below {len(shape)} in order")
    sizes = [shape[i] for i in movers]
    told_before = set()
    result = where.copy()
    for told, plays in moves:
        if any(
            len(part) != len(movers) or any(not 0 <= k < m for k, m in zip(part, sizes, strict=True))
            for part in (told, plays)
        ):
            raise SpecificationError(f"deviation: {told} to {plays} are no joint actions of {movers}")
        if told in told_before or told == plays:
            raise SpecificationError(f"deviation: {told} occurs twice or moves nobody; write each move once")
        told_before.add(told)
        hit = np.ones(where.shape[1], dtype=bool)
        for i, k in zip(movers, told, strict=True):
            hit &= where[i] == k
        for i, k in zip(movers, plays, strict=True):
            result[i, hit] = k
    return result


# -- who blocks ----------------------------------------------------------------------------------------------------------

Answer = Callable[[Group, Array], Violation | None]
"""Given a group that needs weights and its table h (members, told, plays), a violation, or ``None``: it does not block."""


def violations(
    game: NormalFormGame, weights: Array, robustness: Robustness, answer: Answer, *, least: float = 0
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
    robustness: Robustness

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
    return least if blocking == "all" else np.where(least >= 0, gains.sum(axis=0), least)


def _best_plan(gains: Array, blocking: str) -> tuple[Any, dict[int, int]] | None:
    """The best pure plan of the coalition ex ante, or ``None`` if it does not block; gains (members, told, plays).

    Partial sums over what the members are told, without those that another dominates or that cannot become a gain.
    """
    heard = np.flatnonzero((gains != 0).any(axis=(0, 2)))
    best = gains.max(axis=2)[:, heard]
    total = gains.sum(axis=0).max(axis=1).sum()
    if total <= 0 or best.sum(axis=1).min() < (0 if blocking == "some" else 1e-300):
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


# -- words ---------------------------------------------------------------------------------------------------------------


def deviation_text(game: NormalFormGame | None, deviation: Deviation, who: int | None = None) -> str:
    """In words: "coalition {Ana, Ben} plays (high, high) when told (low, low)"."""

    def plan(movers: Joint, moves: tuple[Move, ...]) -> str:
        def named(joint: Joint) -> str:
            text = ", ".join(action_name(game, i, k) for i, k in zip(movers, joint, strict=False))
            return text if len(movers) == 1 else f"({text})"

        return ", ".join(f"plays {named(plays)} when told {named(told)}" for told, plays in moves)

    def label(players: Joint) -> str:
        return "{" + ", ".join(player_name(game, i) for i in players) + "}"

    amid = f"{label(deviation.faulty)} {plan(deviation.faulty, deviation.faulty_moves) or 'obeys'}"
    if not deviation.members:
        victim = "" if who is None else f", at the expense of {player_name(game, who)}"
        return f"faulty {amid}{victim}"
    own = plan(deviation.members, deviation.moves)
    gainer = ""
    if len(deviation.members) == 1:
        text = f"{player_name(game, deviation.members[0])} {own}"
    else:
        text = f"coalition {label(deviation.members)} {own}"
        gainer = "" if who is None else f", for {player_name(game, who)}"
    return text + (f" while faulty {amid}" if deviation.faulty_moves else "") + gainer
