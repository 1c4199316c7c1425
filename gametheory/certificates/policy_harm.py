"""The harm that can happen under an oversight policy.

At a pure target a* of an exact game let moving away cost player i, on average, x_i = (q_i − f_i) d_i more than complying
(detection rate, false-alarm rate, deposit). A coalition S that plays a ∈ ∏_{j∈S} A_j while the others stay at a* nets

    h_i(a) = u_i(a) − u_i(a*) − x_i · 1[a_i ≠ a*_i],        i ∈ S,

and a distribution p over such a is *profitable* for S when, with expectations over p,

    all: every h_i > 0        some: every h_i ≥ 0, one > 0        transfer: Σ_i h_i > 0
    any: h_i > 0 for a member i, where the outcomes count in which i moves (no fine reaches who complies).

With H : A → ℚ (larger is worse) the harm of the policy is the larger of H(a*) and the supremum of E_p H over the profitable
p of the coalitions listed; with coordination ``"pure"`` p is one joint action.

The claim is that this harm is at most ``value``. Pure deviations are enumerated. For shared randomness each coalition (under
"any" each of its members) brings multipliers (μ, λ_i) ≥ 0 with

    μ (H(a) − value) + Σ_i λ_i h_i(a) ≤ 0        for every a,

which bounds E_p H by ``value`` wherever the h_i are ≥ 0 on average if μ > 0, and shows that nothing is profitable if μ = 0
and Σ_i λ_i > 0 (under "some": every λ_i > 0). Coalitions that can do no harm above ``value`` bring none.

Complexity: every joint action of every listed coalition once.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal, NoReturn, final

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import RationalArray
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
from gametheory.certificates.gains import Blocking, Coordination, StatusQuo, check_departures, check_each_player
from gametheory.certificates.rationals import (
    rational_array_from_json,
    rational_array_to_json,
    rational_from_json,
    rational_to_json,
)
from gametheory.errors import SpecificationError
from gametheory.games.coalitions import coalition_label
from gametheory.games.normal_form import NormalFormGame

__all__ = ["PolicyHarmCertificate", "coalitions_from_json", "reached_harm"]

Array = NDArray[Any]
_RULES = ("all", "some", "any", "transfer")
_KEYS = (
    *("kind", "game_digest", "game", "target", "harm", "detection_rate", "false_alarm_rate", "deposits"),
    *("blocking", "coordination", "coalitions", "value", "multipliers"),
)


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class PolicyHarmCertificate:
    """The claim that no profitable joint deviation does more harm than ``value`` under a policy.

    Attributes
    ----------
    target : tuple of int
    harm : RationalArray, shape (num_profiles,)
        Of each outcome, in the order of the flattened table of profiles.
    detection_rate, false_alarm_rate, deposits : tuple of n Fractions
    blocking, coordination : str
    coalitions : tuple of frozenset of int
    value : Fraction
    multipliers : tuple of tuples of Fraction
        Shared randomness only: (μ, λ…) for each coalition, with one λ under "transfer" and one for each member under "all"
        and "some"; (μ, λ) for each member of each coalition under "any". Empty where nothing above ``value`` is in reach.
    game : NormalFormGame or None
        The exact game without the policy; without it ``verify`` needs it.

    Examples
    --------
    >>> game = NormalFormGame.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]], actions=[["C", "D"]] * 2)
    >>> half, nothing, four = ((Fraction(x, 2),) * 2 for x in (1, 0, 8))
    >>> PolicyHarmCertificate(
    ...     target=(0, 0), harm=RationalArray.of_integers([0, 1, 1, 2]), detection_rate=half, false_alarm_rate=nothing,
    ...     deposits=four, blocking="transfer", coordination="pure", coalitions=(frozenset({0}), frozenset({1})),
    ...     value=Fraction(0), game=game).verify()
    True
    """

    target: tuple[int, ...]
    harm: RationalArray
    detection_rate: tuple[Fraction, ...]
    false_alarm_rate: tuple[Fraction, ...]
    deposits: tuple[Fraction, ...]
    blocking: Blocking
    coordination: Coordination
    coalitions: tuple[frozenset[int], ...]
    value: Fraction
    multipliers: tuple[tuple[Fraction, ...], ...] = ()
    game: NormalFormGame | None = None
    stated_digest: str = field(default="")

    def __post_init__(self) -> None:
        if self.blocking not in _RULES:
            raise SpecificationError(f"blocking: found {self.blocking!r}; write 'all', 'some', 'any' or 'transfer'")
        if self.coordination not in ("pure", "correlated"):
            raise SpecificationError(f"coordination: found {self.coordination!r}; write 'pure' or 'correlated'")
        check_carried_game(self.game, self.stated_digest)

    @property
    def game_digest(self) -> str:
        """Digest of the game that the claim is about."""
        return self.stated_digest or (self.game.digest() if self.game is not None else "")

    @property
    def claim(self) -> str:
        """The claim in words."""
        how = "randomised jointly" if self.coordination == "correlated" else "pure"
        return (
            f"under the policy no joint deviation ({how}) that pays a listed coalition under {self.blocking!r} does more "
            f"harm than {brief(self.value)}"
        )

    def verify(self, game: NormalFormGame | None = None) -> Literal[True]:
        """Recompute net gains and harms exactly; with ``game`` also that the claim is about this game.

        Raises
        ------
        CertificateError
            Naming the coalition and what it plays.
        """
        checked = game_to_check(self.claim, self.game, self.stated_digest, game)
        self._check_form(checked)
        at_target = self.harm[int(np.ravel_multi_index(self.target, checked.num_actions))]
        if at_target > self.value:
            self._fail(f"the target itself does harm {brief(at_target)}")
        rates = zip(self.detection_rate, self.false_alarm_rate, self.deposits, strict=True)
        costs = tuple((q - f) * d for q, f, d in rates)
        status_quo = StatusQuo(checked, self.target)
        if self.coordination == "pure":
            self._verify_pure(status_quo, costs)
        else:
            self._verify_correlated(status_quo, costs)
        return True

    def _verify_pure(self, status_quo: StatusQuo, costs: tuple[Fraction, ...]) -> None:
        for found in net_gains(status_quo, self.target, self.coalitions, costs):
            paying = np.flatnonzero(found.values(self.blocking) > 0)
            if not len(paying):
                continue
            harms = reached_harm(self.harm, status_quo.game, self.target, found.members, found.joints[paying])
            worst = int(harms.argmax())
            if Fraction(int(harms[worst]), self.harm.denominator) > self.value:
                names = self._names(status_quo.game, found.members, found.joints[paying[worst]].tolist())
                self._fail(f"{names} pays, and does harm {brief(Fraction(int(harms[worst]), self.harm.denominator))}")

    def _verify_correlated(self, status_quo: StatusQuo, costs: tuple[Fraction, ...]) -> None:
        rows = iter(self.multipliers)
        for coalition in self.coalitions:
            members = tuple(sorted(coalition))
            table, denominator = status_quo.gains(members)
            joints = np.indices(table.shape[1:]).reshape(len(members), -1).T
            harms = reached_harm(self.harm, status_quo.game, self.target, members, joints)
            moves = (joints != np.array([self.target[i] for i in members])).T
            gains = table.reshape(len(members), -1).astype(object)
            for member in members if self.blocking == "any" else (None,):
                row = next(rows, None)
                if row is None:
                    self._fail(f"multipliers: too few rows; {coalition_label(status_quo.game, members)} has none")
                if not row:
                    worst = Fraction(int(harms.max()), self.harm.denominator)
                    if worst > self.value:
                        who = coalition_label(status_quo.game, members)
                        self._fail(f"{who} can do harm {brief(worst)}, without multipliers")
                    continue
                weights = self._weights(row, members, member)
                # Under "any" only the outcomes count in which the member moves; there is one weight above 0.
                nets = [
                    (w, gains[k], moves[k], costs[i])
                    for k, (i, w) in enumerate(zip(members, weights, strict=True))
                    if w
                ]
                worst_joint = self._violated(row[0], harms, nets, denominator)
                if worst_joint is not None:
                    played = self._names(status_quo.game, members, joints[worst_joint].tolist())
                    self._fail(f"multipliers: they do not hold for {played}")
        if next(rows, None) is not None:
            self._fail("multipliers: more rows than coalitions")

    def _weights(self, row: tuple[Fraction, ...], members: tuple[int, ...], member: int | None) -> tuple[Fraction, ...]:
        """λ for each member; refused where they prove nothing."""
        expected = 2 if self.blocking in ("any", "transfer") else 1 + len(members)
        if len(row) != expected or min(row) < 0:
            self._fail(f"multipliers: a row {[brief(x) for x in row]}; {expected} numbers ≥ 0 are needed")
        if self.blocking == "transfer":
            weights = (row[1],) * len(members)
        elif self.blocking == "any":
            weights = tuple(row[1] if i == member else Fraction(0) for i in members)
        else:
            weights = row[1:]
        enough = all(x > 0 for x in weights) if self.blocking == "some" else any(x > 0 for x in weights)
        if row[0] == 0 and not enough:
            self._fail("multipliers: zeros prove nothing")
        return weights

    def _violated(
        self, mu: Fraction, harms: Array, nets: list[tuple[Fraction, Array, Array, Fraction]], denominator: int
    ) -> int | None:
        """A joint action with μ (H − value) + Σ λ_i h_i > 0, over one denominator; ``None`` if there is none."""
        scale = math.lcm(
            mu.denominator * self.harm.denominator * self.value.denominator,
            *(w.denominator * denominator * cost.denominator for w, _, _, cost in nets),
        )
        total = harms.astype(object) * int(mu * scale / self.harm.denominator) - int(mu * self.value * scale)
        for weight, gains, moves, cost in nets:
            paid = moves.astype(object) * int(weight * cost * scale)
            net = gains * int(weight * scale / denominator) - paid
            total = total + (net * moves.astype(object) if self.blocking == "any" else net)
        worst = int(np.argmax(total))
        return worst if total[worst] > 0 else None

    def _check_form(self, game: NormalFormGame) -> None:
        check_departures(self.claim, game, self.target, self.coalitions)
        if self.harm.shape != (game.num_profiles,):
            self._fail(f"harm has the shape {self.harm.shape}, not ({game.num_profiles},)")
        check_each_player(
            self.claim,
            game.num_players,
            rates={"detection_rate": self.detection_rate, "false_alarm_rate": self.false_alarm_rate},
            amounts={"deposits": self.deposits},
        )

    def _names(self, game: NormalFormGame, members: tuple[int, ...], joint: list[int]) -> str:
        played = ", ".join(f"{game.players[i]}: {game.actions[i][k]}" for i, k in zip(members, joint, strict=True))
        return f"the joint action ({played})"

    def _fail(self, violation: str) -> NoReturn:
        fail(self.claim, violation)

    def to_dict(self) -> dict[str, Any]:
        """JSON data with everything needed to check it elsewhere."""
        return {
            "kind": "policy harm",
            "game_digest": self.game_digest,
            "game": None if self.game is None else game_to_json(self.game),
            "target": list(self.target),
            "harm": rational_array_to_json(self.harm),
            "detection_rate": [rational_to_json(x) for x in self.detection_rate],
            "false_alarm_rate": [rational_to_json(x) for x in self.false_alarm_rate],
            "deposits": [rational_to_json(x) for x in self.deposits],
            "blocking": self.blocking,
            "coordination": self.coordination,
            "coalitions": [sorted(members) for members in self.coalitions],
            "value": rational_to_json(self.value),
            "multipliers": [[rational_to_json(x) for x in row] for row in self.multipliers],
        }

    @classmethod
    def from_dict(cls, data: Any) -> PolicyHarmCertificate:
        """Read what :meth:`to_dict` wrote; :class:`~gametheory.errors.SpecificationError` for anything else."""
        game = game_of_certificate(data, _KEYS, "policy harm")
        if not isinstance(data["multipliers"], list):
            raise SpecificationError("certificate.multipliers: write a list of lists of rationals")
        return cls(
            target=indices_from_json(data["target"], where="certificate.target"),
            harm=rational_array_from_json(data["harm"], where="certificate.harm"),
            detection_rate=rationals_from_json(data["detection_rate"], "certificate.detection_rate"),
            false_alarm_rate=rationals_from_json(data["false_alarm_rate"], "certificate.false_alarm_rate"),
            deposits=rationals_from_json(data["deposits"], "certificate.deposits"),
            blocking=data["blocking"],
            coordination=data["coordination"],
            coalitions=coalitions_from_json(data["coalitions"]),
            value=rational_from_json(data["value"], where="certificate.value"),
            multipliers=tuple(
                rationals_from_json(row, f"certificate.multipliers[{k}]") for k, row in enumerate(data["multipliers"])
            ),
            game=game,
            stated_digest=data["game_digest"],
        )

    def __repr__(self) -> str:
        return f"PolicyHarmCertificate({self.claim})"


def reached_harm(
    harm: RationalArray, game: NormalFormGame, target: tuple[int, ...], members: tuple[int, ...], joints: Array
) -> Array:
    """Numerators of the harm where ``members`` play the rows of ``joints`` and the others stay, shape (len(joints),)."""
    profiles = np.tile(np.array(target, dtype=np.int64), (len(joints), 1))
    profiles[:, list(members)] = joints
    return np.asarray(harm.numerators[np.ravel_multi_index(tuple(profiles.T), game.num_actions)])


def coalitions_from_json(data: Any) -> tuple[frozenset[int], ...]:
    """The key ``coalitions`` of a certificate: lists of distinct members."""
    if not isinstance(data, list):
        raise SpecificationError(f"certificate.coalitions: found {type(data).__name__}; write a list")
    coalitions = []
    for k, row in enumerate(data):
        members = indices_from_json(row, where=f"certificate.coalitions[{k}]")
        if len(set(members)) != len(members):
            raise SpecificationError(f"certificate.coalitions[{k}]: a member is named twice; name each once")
        coalitions.append(frozenset(members))
    return tuple(coalitions)
