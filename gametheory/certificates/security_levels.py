"""What a player can secure lies between two rationals; with two players and a constant sum, this is the game's value.

The security level of player i is v_i = max_x min_{a_−i} Σ_{a_i} x(a_i) u_i(a_i, a_−i) over strategies x ∈ Δ(A_i). The
evidence is a strategy x and a distribution y over the joint actions of the others (the *reply*):

    lower ≤ min_{a_−i} Σ_{a_i} x(a_i) u_i(a_i, a_−i)  ≤  v_i  ≤  max_{a_i} Σ_{a_−i} y(a_−i) u_i(a_i, a_−i) ≤ upper,

since whatever x is, against y it is paid an average of the numbers on the right (weak duality). In a game of two players
whose payoffs sum to one constant c, the other player secures at least c − upper by y, so that (x, y) is a Nash
equilibrium up to a gain of upper − lower (J. von Neumann 1928): ``"value"`` claims this too.

Everything is recomputed in integers. Complexity: two products of the payoff table and a vector.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
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
    player_name,
    rationals_from_json,
)
from gametheory.certificates.rationals import rational_from_json, rational_to_json
from gametheory.errors import SpecificationError
from gametheory.games.normal_form import NormalFormGame

__all__ = ["SecurityLevelCertificate"]

Array = NDArray[Any]
SecurityConcept = Literal["security level", "value"]

_CONCEPTS = ("security level", "value")
_KEYS = ("kind", "concept", "game_digest", "game", "player", "strategy", "reply", "lower", "upper")
_MACHINE = 2**62
_CHUNK = 2**20  # payoffs that are turned into Python integers at a time


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class SecurityLevelCertificate:
    """The claim that a player's security level lies between ``lower`` and ``upper``; see the module.

    Attributes
    ----------
    concept : "security level" or "value"
        ``"value"`` claims moreover that the game has two players and a constant sum.
    player : int
    strategy : tuple of Fraction, one for each action of the player
        Secures ``lower`` whatever the others do.
    reply : tuple of Fraction, one for each joint action of the others (in player order, the last changing fastest)
        Against it no action of the player gets more than ``upper``.
    lower, upper : Fraction
    game : NormalFormGame or None
        The exact game; without it ``verify`` needs it.

    Examples
    --------
    >>> game = NormalFormGame.zero_sum([[3, -1], [-2, 1]])
    >>> x, y = (Fraction(3, 7), Fraction(4, 7)), (Fraction(2, 7), Fraction(5, 7))
    >>> certificate = SecurityLevelCertificate(
    ...     concept="value", player=0, strategy=x, reply=y, lower=Fraction(1, 7), upper=Fraction(1, 7), game=game)
    >>> certificate.claim
    'the value of the game to Player 1 is exactly 1/7, and strategies are given that secure it'
    >>> certificate.verify()
    True
    """

    concept: SecurityConcept
    player: int
    strategy: tuple[Fraction, ...]
    reply: tuple[Fraction, ...]
    lower: Fraction
    upper: Fraction
    game: NormalFormGame | None = None
    stated_digest: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        if self.concept not in _CONCEPTS:
            raise SpecificationError(f"concept: found {self.concept!r}; write 'security level' or 'value'")
        check_carried_game(self.game, self.stated_digest)

    @property
    def game_digest(self) -> str:
        """Digest of the game that the claim is about."""
        return self.stated_digest or (self.game.digest() if self.game is not None else "")

    @property
    def claim(self) -> str:
        """The claim in words."""
        name = player_name(self.game, self.player)
        what = f"the value of the game to {name}" if self.concept == "value" else f"what {name} can secure"
        if self.lower == self.upper:
            number = brief(self.lower)
            where = f"is an exact rational, {number}" if number.startswith("about") else f"is exactly {number}"
        else:
            where = f"lies between {brief(self.lower)} and {brief(self.upper)}"
        return f"{what} {where}, and strategies are given that secure it"

    def verify(self, game: NormalFormGame | None = None) -> Literal[True]:
        """Recompute both guarantees in integers, for ``game`` or the game carried.

        Raises
        ------
        CertificateError
            If a strategy does not keep its promise (the message names the joint action or the action that breaks it) or
            is none of this game, if a sum of payoffs is not constant, or if the game is another one.
        """
        checked = game_to_check(self.claim, self.game, self.stated_digest, game)
        i = self.player
        if not 0 <= i < checked.num_players:
            fail(self.claim, f"there is no player {i}; the game has {checked.num_players}")
        if self.concept == "value":
            self._check_constant_sum(checked)
        table = np.moveaxis(checked.numerators[i], i, 0).reshape(checked.num_actions[i], -1)
        try:
            own, own_scale = _weights(self.strategy, table.shape[0], "strategy")
            others, others_scale = _weights(self.reply, table.shape[1], "reply")
        except SpecificationError as error:
            fail(self.claim, str(error))
        secured, conceded = _combined(table, own), _combined(table.T, others)
        worst, best = secured.index(min(secured)), conceded.index(max(conceded))
        low = Fraction(secured[worst], checked.denominator * own_scale)
        high = Fraction(conceded[best], checked.denominator * others_scale)
        if low < self.lower:
            fail(self.claim, f"when the others play {_joint(checked, i, worst)}, the strategy gets {brief(low)} only")
        if high > self.upper:
            fail(self.claim, f"against the reply {checked.actions[i][best]!r} gets {brief(high)}")
        return True

    def _check_constant_sum(self, game: NormalFormGame) -> None:
        if game.num_players != 2:
            fail(self.claim, f"the game has {game.num_players} players; only games of two have a value")
        first, second = game.numerators  # below 2^62 in size, if machine integers: the sum is one too
        totals = first + second
        if not bool(np.all(totals == totals.flat[0])):
            fail(self.claim, "the payoffs do not sum to one constant")

    def to_dict(self) -> dict[str, Any]:
        """JSON data with everything needed to check it elsewhere."""
        return {
            "kind": "security level",
            "concept": self.concept,
            "game_digest": self.game_digest,
            "game": None if self.game is None else game_to_json(self.game),
            "player": self.player,
            "strategy": [rational_to_json(p) for p in self.strategy],
            "reply": [rational_to_json(p) for p in self.reply],
            "lower": rational_to_json(self.lower),
            "upper": rational_to_json(self.upper),
        }

    @classmethod
    def from_dict(cls, data: Any) -> SecurityLevelCertificate:
        """Read what :meth:`to_dict` wrote; :class:`~gametheory.errors.SpecificationError` for anything else."""
        game = game_of_certificate(data, _KEYS, "security level")
        if type(data["player"]) is not int:
            raise SpecificationError(f"certificate.player: found {data['player']!r}; write the index of a player")
        return cls(
            concept=data["concept"],
            player=data["player"],
            strategy=rationals_from_json(data["strategy"], "certificate.strategy"),
            reply=rationals_from_json(data["reply"], "certificate.reply"),
            lower=rational_from_json(data["lower"], where="certificate.lower"),
            upper=rational_from_json(data["upper"], where="certificate.upper"),
            game=game,
            stated_digest=data["game_digest"],
        )

    def __repr__(self) -> str:
        carried = "" if self.game is not None else " (game not carried)"
        return f"SecurityLevelCertificate({self.claim}{carried})"


def _weights(probabilities: Sequence[Fraction], size: int, what: str) -> tuple[list[int], int]:
    """Probabilities as integers over their sum."""
    if len(probabilities) != size or any(type(p) not in (Fraction, int) for p in probabilities):
        raise SpecificationError(f"{what}: found {len(probabilities)} entries; write {size} fractions")
    scale = math.lcm(*(p.denominator for p in probabilities))
    weights = [p.numerator * (scale // p.denominator) for p in probabilities]
    if min(weights) < 0 or sum(weights) != scale:
        raise SpecificationError(f"{what}: the probabilities must be ≥ 0 and sum to 1")
    return weights, scale


def _combined(table: Array, weights: list[int]) -> list[int]:
    """weights @ table in integers; machine integers where they provably do."""
    played = [k for k, weight in enumerate(weights) if weight]
    if table.dtype != object:
        largest = max(int(table.max()), -int(table.min()), 1)
        if largest * sum(weights) < _MACHINE:
            machine: list[int] = (np.array(weights, dtype=np.int64) @ table).tolist()
            return machine
    total: Any = 0
    step = max(1, _CHUNK // table.shape[1])
    for start in range(0, len(played), step):
        rows = played[start : start + step]
        total = total + np.array([*(weights[k] for k in rows), None], dtype=object)[:-1] @ table[rows].astype(object)
    return [int(x) for x in total]


def _joint(game: NormalFormGame, player: int, place: int) -> str:
    others = [j for j in range(game.num_players) if j != player]
    actions = np.unravel_index(place, [game.num_actions[j] for j in others]) if others else ()
    return "(" + ", ".join(game.actions[j][int(k)] for j, k in zip(others, actions, strict=True)) + ")"
