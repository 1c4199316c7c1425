"""No allowed coalition gains by leaving the target with shared randomness, forfeits included.

At a pure target a* of an exact game let moving cost player i the amount (q_i − f_i) d_i more than complying, so that the joint
action a_S of a coalition S nets its member i  h_i(a_S) = u_i(a_S, a*) − u_i(a*) − (q_i − f_i) d_i · 1[a_i ≠ a*_i]. Members who
share randomness draw a_S from a distribution p. The claim is that for no listed coalition and no p

    all: Σ_a p(a) h_i(a) > 0 for every member       some: Σ_a p(a) h_i(a) ≥ 0 for every member, and > 0 for one.

The evidence are weights ω of the members of each coalition with Σ_i ω_i h_i(a) ≤ 0 for every joint action a:

    all: ω ≥ 0, ω ≠ 0           some: ω_i > 0 for every member,

which no such p survives, and which exist whenever the claim is true (the alternatives of P. Gordan 1873 and E. Stiemke 1915).
Complexity: all joint actions of the listed coalitions once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal, final

import numpy as np

from gametheory.certificates.deterrence import net_gains
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
from gametheory.certificates.gains import StatusQuo, check_departures, check_each_player
from gametheory.certificates.policy_harm import coalitions_from_json
from gametheory.certificates.rationals import rational_to_json
from gametheory.errors import SpecificationError
from gametheory.games.normal_form import NormalFormGame

__all__ = ["CorrelatedDeterrenceCertificate"]

_KEYS = (
    *("kind", "game_digest", "game", "target", "detection_rate", "false_alarm_rate", "deposits"),
    *("blocking", "coalitions", "weights"),
)


@final
@dataclass(frozen=True, slots=True, repr=False)
class CorrelatedDeterrenceCertificate:
    """The claim that deposits deter coalitions that share randomness; see the module.

    Attributes
    ----------
    target : tuple of int
    detection_rate, false_alarm_rate : tuples of n Fractions in [0, 1]
    deposits : tuple of n Fractions ≥ 0
    blocking : "all" or "some"
    coalitions : tuple of frozenset of int
    weights : tuple of tuples of Fractions
        ω for each coalition, by member in increasing order.
    game : NormalFormGame or None
    stated_digest : str
        Digest of the game as read from a file, or where no game is carried.

    Examples
    --------
    >>> game = NormalFormGame.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]], actions=[["C", "D"]] * 2)
    >>> one, zero = Fraction(1), Fraction(0)
    >>> CorrelatedDeterrenceCertificate(
    ...     (0, 0), (one, one), (zero, zero), (Fraction(2),) * 2, "all", (frozenset({0}), frozenset({0, 1})),
    ...     ((one,), (one, one)), game).verify()
    True
    """

    target: tuple[int, ...]
    detection_rate: tuple[Fraction, ...]
    false_alarm_rate: tuple[Fraction, ...]
    deposits: tuple[Fraction, ...]
    blocking: Literal["all", "some"]
    coalitions: tuple[frozenset[int], ...]
    weights: tuple[tuple[Fraction, ...], ...]
    game: NormalFormGame | None = None
    stated_digest: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        if self.blocking not in ("all", "some"):
            raise SpecificationError(f"blocking: found {self.blocking!r}; write 'all' or 'some'")
        check_carried_game(self.game, self.stated_digest)

    @property
    def game_digest(self) -> str:
        """Digest of the game that the claim is about."""
        return self.stated_digest or (self.game.digest() if self.game is not None else "")

    @property
    def claim(self) -> str:
        """The claim in words."""
        who = "no listed coalition that shares randomness"
        return f"{who} gains by leaving the target under {self.blocking!r}, forfeits included"

    def verify(self, game: NormalFormGame | None = None) -> Literal[True]:
        """Recompute every net gain and weigh it; with ``game`` also that the claim is about this game.

        Raises
        ------
        CertificateError
            Naming the coalition and the joint action that its weights do not hold down.
        """
        checked = game_to_check(self.claim, self.game, self.stated_digest, game)
        self._check_form(checked)
        costs = [(q - f) * d for q, f, d in zip(self.detection_rate, self.false_alarm_rate, self.deposits, strict=True)]
        weights = dict(zip(self.coalitions, self.weights, strict=True))
        for found in net_gains(StatusQuo(checked, self.target), self.target, self.coalitions, costs):
            own = weights[frozenset(found.members)]
            scale = int(np.lcm.reduce(np.array([w.denominator for w in own], dtype=object)))
            weighed = sum(int(w * scale) * row.astype(object) for w, row in zip(own, found.numerators, strict=True))
            worst = int(np.argmax(weighed))
            if weighed[worst] > 0:
                names = ", ".join(
                    f"{checked.players[i]} plays {checked.actions[i][k]}"
                    for i, k in zip(found.members, found.joints[worst].tolist(), strict=True)
                )
                fail(
                    self.claim,
                    f"when {names} the weighted net gain is {brief(Fraction(int(weighed[worst]), found.denominator * scale))}",
                )
        return True

    def _check_form(self, game: NormalFormGame) -> None:
        check_departures(self.claim, game, self.target, self.coalitions)
        check_each_player(
            self.claim,
            game.num_players,
            rates={"detection_rate": self.detection_rate, "false_alarm_rate": self.false_alarm_rate},
            amounts={"deposits": self.deposits},
        )
        if len(set(self.coalitions)) != len(self.coalitions) or len(self.weights) != len(self.coalitions):
            fail(self.claim, "weights: one vector for each coalition, each listed once, is needed")
        for coalition, own in zip(self.coalitions, self.weights, strict=True):
            least = min(own, default=Fraction(0))
            if len(own) != len(coalition) or least < 0 or not any(own) or (self.blocking == "some" and least == 0):
                kind = "> 0" if self.blocking == "some" else "≥ 0, not all 0"
                fail(self.claim, f"weights of {sorted(coalition)}: a number {kind} for each member is needed")

    def to_dict(self) -> dict[str, Any]:
        """JSON data with everything needed to check it elsewhere."""
        return {
            "kind": "correlated deterrence",
            "game_digest": self.game_digest,
            "game": None if self.game is None else game_to_json(self.game),
            "target": list(self.target),
            "detection_rate": [rational_to_json(x) for x in self.detection_rate],
            "false_alarm_rate": [rational_to_json(x) for x in self.false_alarm_rate],
            "deposits": [rational_to_json(x) for x in self.deposits],
            "blocking": self.blocking,
            "coalitions": [sorted(members) for members in self.coalitions],
            "weights": [[rational_to_json(w) for w in own] for own in self.weights],
        }

    @classmethod
    def from_dict(cls, data: Any) -> CorrelatedDeterrenceCertificate:
        """Read what :meth:`to_dict` wrote; :class:`~gametheory.errors.SpecificationError` for anything else."""
        game = game_of_certificate(data, _KEYS, "correlated deterrence")
        if not isinstance(data["weights"], list):
            raise SpecificationError(f"certificate.weights: found {type(data['weights']).__name__}; write a list")
        return cls(
            target=indices_from_json(data["target"], where="certificate.target"),
            detection_rate=rationals_from_json(data["detection_rate"], "certificate.detection_rate"),
            false_alarm_rate=rationals_from_json(data["false_alarm_rate"], "certificate.false_alarm_rate"),
            deposits=rationals_from_json(data["deposits"], "certificate.deposits"),
            blocking=data["blocking"],
            coalitions=coalitions_from_json(data["coalitions"]),
            weights=tuple(
                rationals_from_json(own, f"certificate.weights[{k}]") for k, own in enumerate(data["weights"])
            ),
            game=game,
            stated_digest=data["game_digest"],
        )

    def __repr__(self) -> str:
        return f"CorrelatedDeterrenceCertificate({self.claim})"
