"""What coalitions gain by plans against a correlated profile, in integers.

Under a correlated profile μ a mediator draws an action profile and tells each player its part. A coalition S pools what
its members are told, a_S, and a **plan** η says what they play instead; the others obey. Faulty players T may meanwhile
follow a plan ζ of their own. Then member i of S gains

    g_i(η | ζ) = Σ_a μ(a) [u_i(η(a_S), ζ(a_T), a_rest) − u_i(a_S, ζ(a_T), a_rest)],

a sum over what S and T are told, so that one table h_i[a_S, b_S, a_T, b_T] per pair (S, T) answers every question here.

* ``timing="ex_ante"``: the coalition commits to a plan before it is told anything (Moreno and Wooders 1996; Ray 1996).
* ``timing="interim"``: its members know a_S, and nothing else, when they decide what to play (in the spirit of Einy and
  Peleg 1995): plans that move at one a_S only, and gains conditional on it.

Which plans block is for :mod:`.blocking_plans`. **Immunity** to t faulty players: no plan of at most t players lowers the
expected payoff of another.

References: D. Moreno and J. Wooders (1996), *Coalition-proof equilibrium*, Games and Economic Behavior 17; I. Ray (1996),
*Coalition-proof correlated equilibrium: a definition*, Games and Economic Behavior 17; E. Einy and B. Peleg (1995),
*Coalition-proof communication equilibria*; I. Abraham, D. Dolev, R. Gonen and J. Halpern (2006), *Distributed computing
meets game theory*, PODC. Complexity: for each pair (S, T) the square of |A_S| · |A_T|.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
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
    "RobustnessNotion",
    "deviation_changes",
    "deviation_text",
    "group_of",
    "plan_table",
    "profile_weights",
]

Array = NDArray[Any]
Joint = tuple[int, ...]
Move = tuple[Joint, Joint]
"""What a set of players is told, and what it plays instead; one entry for each player in increasing order of index."""
FaultyPlay = Literal["pure", "correlated"]
Timing = Literal["ex_ante", "interim"]

_MACHINE = 2**62


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
class RobustnessNotion:
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


def group_of(robustness: RobustnessNotion, deviation: Deviation) -> Group | None:
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


# -- words -------------------------------------------------------------------------------------------------------------------


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
