"""No allowed coalition gains by leaving the target, forfeits included.

At a pure target a* of an exact game, let whoever moves away lose the deposit d_i with probability q_i, and whoever
complies with probability f_i. A joint deviation of the coalition S to the profile a, some member moving, nets its member i

    h_i(a) = u_i(a) − u_i(a*) − (q_i − f_i) d_i · 1[a_i ≠ a*_i],        i ∈ S,

and the claim is that no listed coalition blocks by any pure joint deviation to a listed outcome:

    all: not every h_i > 0      some: not (every h_i ≥ 0 and one > 0)      transfer: Σ_i h_i ≤ 0
    any: h_i ≤ 0 for every member who moves (a bystander's gain is not counted: no fine reaches who complies).

Shared randomness changes nothing under "any" (what a member gains counts in the outcomes in which it moves) and "transfer".
Everything is recomputed in integers from the game. Complexity: every joint deviation of every listed coalition once.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from gametheory.certificates.encoding import (
    brief,
    check_carried_game,
    fail,
    game_of_certificate,
    game_to_check,
    game_to_json,
    indices_from_json,
    rationals_from_json,
)
from gametheory.certificates.gains import Blocking, StatusQuo, check_departures, check_each_player
from gametheory.certificates.rationals import rational_to_json
from gametheory.errors import SpecificationError
from gametheory.games.normal_form import NormalFormGame

__all__ = ["DeterrenceCertificate", "NetGains", "net_gains"]

Array = NDArray[Any]
_KEYS = (
    *("kind", "game_digest", "game", "target", "detection_rate", "false_alarm_rate", "deposits"),
    *("blocking", "coalitions", "outcomes"),
)
_MACHINE = 2**62


@final
@dataclass(frozen=True, slots=True, eq=False)
class NetGains:
    """What each pure joint deviation of one coalition nets its members, the one in which nobody moves left out.

    Attributes
    ----------
    members : tuple of int
        In increasing order of index.
    joints : int array, shape (K, |S|)
        What the members play.
    moves : bool array, shape (|S|, K)
        Who moves.
    numerators, denominator : int array of shape (|S|, K), int
        Net gains, in units of payoff.
    """

    members: tuple[int, ...]
    joints: NDArray[np.int64]
    moves: NDArray[np.bool_]
    numerators: Array
    denominator: int

    def values(self, blocking: Blocking) -> Array:
        """What the coalition nets by each deviation, over the denominator, shape (K,); positive iff it blocks by it.

        all: the least net gain; any: the largest of a mover; transfer: the sum; some: the sum where no member loses, and
        the least net gain, which is negative, elsewhere.
        """
        if blocking == "all":
            return np.asarray(self.numerators.min(axis=0))
        if blocking == "transfer":
            return np.asarray(self.numerators.sum(axis=0))
        if blocking == "any":
            # Somebody moves in every deviation, so that the least entry is never what is returned.
            least = self.numerators.min(axis=0)
            return np.asarray(np.where(self.moves, self.numerators, least).max(axis=0))
        if blocking == "some":
            least = self.numerators.min(axis=0)
            return np.asarray(np.where(least >= 0, self.numerators.sum(axis=0), least))
        raise SpecificationError(f"blocking: found {blocking!r}; write 'all', 'some', 'any' or 'transfer'")


def net_gains(
    status_quo: StatusQuo,
    target: Sequence[int],
    coalitions: Collection[Collection[int]],
    moving_costs: Sequence[Fraction],
    outcomes: NDArray[np.bool_] | None = None,
) -> Iterator[NetGains]:
    """Net gains of each coalition that has a deviation to a marked outcome, in the order given.

    Parameters
    ----------
    status_quo : StatusQuo
        The target in an exact game.
    target : sequence of n action indices
    coalitions : collection of collections of int
    moving_costs : sequence of n Fractions
        What moving costs each player more than complying.
    outcomes : bool array of shape ``num_actions``, optional
        Only deviations that lead to a marked outcome.
    """
    for coalition in coalitions:
        members = tuple(sorted(coalition))
        table, denominator = status_quo.gains(members)
        joints = np.indices(table.shape[1:]).reshape(len(members), -1).T
        moves = np.array([target[i] for i in members]).reshape(-1, 1) != joints.T
        kept = moves.any(axis=0)
        if outcomes is not None:
            reached = np.tile(np.array(target, dtype=np.int64), (len(joints), 1))
            reached[:, list(members)] = joints
            kept &= outcomes[tuple(reached.T)]
        if not kept.any():
            continue
        joints, moves = joints[kept], moves[:, kept]
        common = math.lcm(denominator, *(moving_costs[i].denominator for i in members))
        scale, costs = common // denominator, [int(moving_costs[i] * common) for i in members]
        gains = table.reshape(len(members), -1)[:, kept]
        largest = max(int(gains.max()), -int(gains.min()), 1) * scale + max(map(abs, costs))
        if gains.dtype == object or largest * len(members) >= _MACHINE:
            gains, paid = gains.astype(object), np.array(costs, dtype=object)
        else:
            paid = np.array(costs, dtype=np.int64)
        yield NetGains(members, joints, moves, gains * scale - np.where(moves, paid.reshape(-1, 1), 0), common)


@final
@dataclass(frozen=True, slots=True, repr=False)
class DeterrenceCertificate:
    """The claim that a policy makes leaving a pure target unprofitable for every listed coalition.

    Attributes
    ----------
    target : tuple of int
    detection_rate, false_alarm_rate : tuple of n Fractions in [0, 1]
    deposits : tuple of n Fractions ≥ 0
    blocking : "all", "some", "any" or "transfer"
        When a coalition blocks by a pure joint deviation: see the head of this module.
    coalitions : tuple of frozenset of int
    outcomes : tuple of int, or None
        Only deviations to these outcomes (indices of the flattened table of profiles) are claimed to be deterred;
        ``None``: all.
    game : NormalFormGame or None
        The exact game without the policy; without it ``verify`` needs it.
    stated_digest : str
        Digest of the game as read from a file, or where no game is carried.

    Examples
    --------
    >>> game = NormalFormGame.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]], actions=[["C", "D"]] * 2)
    >>> half, nothing = (Fraction(1, 2),) * 2, (Fraction(0),) * 2
    >>> family = tuple(map(frozenset, ([0], [1], [0, 1])))
    >>> DeterrenceCertificate((0, 0), half, nothing, (Fraction(4),) * 2, "transfer", family, None, game).verify()
    True
    >>> DeterrenceCertificate((0, 0), half, nothing, (Fraction(3),) * 2, "transfer", family, None, game).verify()
    Traceback (most recent call last):
    gametheory.errors.CertificateError: no listed coalition gains by leaving the target under 'transfer', forfeits included:
        when Player 1 play 'D' they net 1/2
    """

    target: tuple[int, ...]
    detection_rate: tuple[Fraction, ...]
    false_alarm_rate: tuple[Fraction, ...]
    deposits: tuple[Fraction, ...]
    blocking: Blocking
    coalitions: tuple[frozenset[int], ...]
    outcomes: tuple[int, ...] | None = None
    game: NormalFormGame | None = None
    stated_digest: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        if self.blocking not in ("all", "some", "any", "transfer"):
            raise SpecificationError(f"blocking: found {self.blocking!r}; write 'all', 'some', 'any' or 'transfer'")
        check_carried_game(self.game, self.stated_digest)

    @property
    def game_digest(self) -> str:
        """Digest of the game that the claim is about."""
        return self.stated_digest or (self.game.digest() if self.game is not None else "")

    @property
    def claim(self) -> str:
        """The claim in words."""
        where = "" if self.outcomes is None else f" for one of {len(self.outcomes)} outcomes"
        return f"no listed coalition gains by leaving the target{where} under {self.blocking!r}, forfeits included"

    def verify(self, game: NormalFormGame | None = None) -> Literal[True]:
        """Recompute every net gain exactly; with ``game`` also that the claim is about this game.

        Raises
        ------
        CertificateError
            Naming the coalition, what it plays and what it nets.
        """
        exact_game = game_to_check(self.claim, self.game, self.stated_digest, game)
        self._check_form(exact_game)
        marked = None
        if self.outcomes is not None:
            flat = np.zeros(exact_game.num_profiles, dtype=np.bool_)
            flat[list(self.outcomes)] = True
            marked = flat.reshape(exact_game.num_actions)
        costs = [(q - f) * d for q, f, d in zip(self.detection_rate, self.false_alarm_rate, self.deposits, strict=True)]
        for found in net_gains(StatusQuo(exact_game, self.target), self.target, self.coalitions, costs, marked):
            values = found.values(self.blocking)
            worst = int(values.argmax())
            if values[worst] > 0:
                names = ", ".join(exact_game.players[i] for i in found.members)
                played = ", ".join(
                    repr(exact_game.actions[i][k])
                    for i, k in zip(found.members, found.joints[worst].tolist(), strict=True)
                )
                netted = brief(Fraction(int(values[worst]), found.denominator))
                fail(self.claim, f"when {names} play {played} they net {netted}")
        return True

    def _check_form(self, game: NormalFormGame) -> None:
        check_departures(self.claim, game, self.target, self.coalitions)
        check_each_player(
            self.claim,
            game.num_players,
            rates={"detection_rate": self.detection_rate, "false_alarm_rate": self.false_alarm_rate},
            amounts={"deposits": self.deposits},
        )
        if self.outcomes is not None and any(not 0 <= k < game.num_profiles for k in self.outcomes):
            fail(self.claim, f"outcomes: an index lies outside 0 … {game.num_profiles - 1}")

    def to_dict(self) -> dict[str, Any]:
        """JSON data with everything needed to check it elsewhere."""
        return {
            "kind": "deterrence",
            "game_digest": self.game_digest,
            "game": None if self.game is None else game_to_json(self.game),
            "target": list(self.target),
            "detection_rate": [rational_to_json(x) for x in self.detection_rate],
            "false_alarm_rate": [rational_to_json(x) for x in self.false_alarm_rate],
            "deposits": [rational_to_json(x) for x in self.deposits],
            "blocking": self.blocking,
            "coalitions": [sorted(members) for members in self.coalitions],
            "outcomes": None if self.outcomes is None else list(self.outcomes),
        }

    @classmethod
    def from_dict(cls, data: Any) -> DeterrenceCertificate:
        """Read what :meth:`to_dict` wrote; :class:`~gametheory.errors.SpecificationError` for anything else."""
        game = game_of_certificate(data, _KEYS, "deterrence")
        if not isinstance(data["coalitions"], list):
            raise SpecificationError(f"certificate.coalitions: found {type(data['coalitions']).__name__}; write a list")
        coalitions = []
        for k, row in enumerate(data["coalitions"]):
            members = indices_from_json(row, where=f"certificate.coalitions[{k}]")
            if len(set(members)) != len(members):
                raise SpecificationError(f"certificate.coalitions[{k}]: a member is named twice; name each once")
            coalitions.append(frozenset(members))
        return cls(
            target=indices_from_json(data["target"], where="certificate.target"),
            detection_rate=rationals_from_json(data["detection_rate"], "certificate.detection_rate"),
            false_alarm_rate=rationals_from_json(data["false_alarm_rate"], "certificate.false_alarm_rate"),
            deposits=rationals_from_json(data["deposits"], "certificate.deposits"),
            blocking=data["blocking"],
            coalitions=tuple(coalitions),
            outcomes=None
            if data["outcomes"] is None
            else indices_from_json(data["outcomes"], where="certificate.outcomes"),
            game=game,
            stated_digest=data["game_digest"],
        )

    def __repr__(self) -> str:
        return f"DeterrenceCertificate({self.claim})"
