"""How sharp an alarm must be to deter: the threshold of a normal signal, re-checked in rationals.

An inspector sees one signal and may raise an alarm. Payoffs (inspectee; inspector):

                          alarm                       no alarm
    legal                 −e₁ ; −e₂                   0 ; 0
    illegal               −b₁ ; −a₂                   d₁ ; −c₂

with 0 ≤ e₁ < b₁, d₁ > 0, 0 < e₂ ≤ a₂ < c₂. With false alarm rate α and miss rate β legal conduct is a best reply iff

    −e₁ α  ≥  −b₁ (1 − β) + d₁ β.

Let the signal be normal with unit variance and mean 0 if legal, μ > 0 if illegal. The best tests alarm above a threshold t
(Neyman and Pearson): α(t) = Φ(−t), β(t) = Φ(t − μ), and what legal conduct gains the inspectee,

    g(t) = (b₁ + d₁)(1 − β(t)) − e₁ α(t) − d₁,

first rises and then falls (its derivative has the sign of e₁/(b₁ + d₁) − exp(μ t − μ²/2)), from b₁ − e₁ > 0 to −d₁ < 0. So
it has one root t*, the thresholds that deter are those up to t*, and t* has the least false alarm rate. Evidence: two
rationals with g(low) ≥ 0 > g(high), signs proved by bounds on Φ (:mod:`.normal`).

Reference: R. Avenhaus, B. von Stengel and S. Zamir 2002, "Inspection games", Handbook of Game Theory 3, section 5.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, final

from gametheory.arithmetic import exact, exact_text
from gametheory.certificates.encoding import brief, fail
from gametheory.certificates.normal import normal_probability_bracket
from gametheory.certificates.rationals import expect_keys, rational_from_json, rational_to_json
from gametheory.errors import SpecificationError
from gametheory.games.normal_form import NormalFormGame

__all__ = ["AlarmGame", "AlarmThresholdCertificate", "legal_gain"]

_STAKES = ("falsely_accused", "caught", "undetected", "false_alarm_cost", "caught_cost", "undetected_cost")


@final
@dataclass(frozen=True, slots=True, init=False, repr=False)
class AlarmGame:
    """What is at stake when an inspector decides on a noisy signal; see the module.

    Parameters
    ----------
    falsely_accused, caught : number, 0 ≤ falsely_accused < caught
        e₁ and b₁: what an alarm costs the inspectee who is legal, and who is not.
    undetected : number > 0
        d₁: what the inspectee gains by a violation without alarm.
    false_alarm_cost, caught_cost, undetected_cost : number, 0 < false_alarm_cost ≤ caught_cost < undetected_cost
        e₂, a₂ and c₂: what the inspector loses by a false alarm, a violation with an alarm, and one without.

    Attributes
    ----------
    falsely_accused, caught, undetected, false_alarm_cost, caught_cost, undetected_cost : Fraction

    Raises
    ------
    SpecificationError
        Numbers that are not in this order: then there is nothing to deter, or alarms deter nobody.

    Examples
    --------
    >>> AlarmGame(falsely_accused=1, caught=9, undetected=10, false_alarm_cost=1, caught_cost=2, undetected_cost=10)
    AlarmGame(inspectee loses 1 falsely accused, 9 caught, gains 10 undetected; inspector loses 1, 2, 10)
    """

    falsely_accused: Fraction
    caught: Fraction
    undetected: Fraction
    false_alarm_cost: Fraction
    caught_cost: Fraction
    undetected_cost: Fraction

    def __init__(
        self,
        *,
        falsely_accused: Any,
        caught: Any,
        undetected: Any,
        false_alarm_cost: Any,
        caught_cost: Any,
        undetected_cost: Any,
    ) -> None:
        given = (falsely_accused, caught, undetected, false_alarm_cost, caught_cost, undetected_cost)
        for name, value in zip(_STAKES, given, strict=True):
            object.__setattr__(self, name, exact(value, where=name))
        if not 0 <= self.falsely_accused < self.caught or self.undetected <= 0:
            raise SpecificationError(
                f"inspectee: found losses of {falsely_accused} when falsely accused and {caught} when caught, and a gain of "
                f"{undetected} when undetected; write 0 ≤ falsely_accused < caught and undetected > 0"
            )
        if not 0 < self.false_alarm_cost <= self.caught_cost < self.undetected_cost:
            raise SpecificationError(
                f"inspector: found costs of {false_alarm_cost} (false alarm), {caught_cost} (caught) and {undetected_cost} "
                "(undetected); write 0 < false_alarm_cost ≤ caught_cost < undetected_cost"
            )

    def to_dict(self) -> dict[str, str]:
        """Plain JSON data, rationals as ``"p/q"``."""
        return {name: exact_text(getattr(self, name)) for name in _STAKES}

    def __repr__(self) -> str:
        own, other = [[brief(getattr(self, name)) for name in part] for part in (_STAKES[:3], _STAKES[3:])]
        return (
            f"AlarmGame(inspectee loses {own[0]} falsely accused, {own[1]} caught, gains {own[2]} undetected; inspector "
            f"loses {', '.join(other)})"
        )


def legal_gain(game: AlarmGame, shift: Fraction, threshold: Fraction) -> tuple[Fraction, Fraction]:
    """Bounds on g(t), what legal conduct gains the inspectee if alarms are raised above t."""
    missed = normal_probability_bracket(threshold - shift)
    quiet = normal_probability_bracket(threshold)
    stake = game.caught + game.undetected
    low, high = (
        stake * (1 - missed[not side]) - game.falsely_accused * (1 - quiet[side]) - game.undetected for side in (0, 1)
    )
    return low, high


@final
@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class AlarmThresholdCertificate:
    """The claim that the test with the least false alarm rate among those that deter has its threshold in [low, high).

    Attributes
    ----------
    game : AlarmGame
    shift : Fraction > 0
        μ, the mean of the signal of a violation.
    low, high : Fraction

    Examples
    --------
    >>> game = AlarmGame(
    ...     falsely_accused=1, caught=9, undetected=10, false_alarm_cost=1, caught_cost=2, undetected_cost=10)
    >>> AlarmThresholdCertificate(
    ...     game=game, shift=Fraction(2), low=Fraction("1.93"), high=Fraction("1.931")).verify()
    True
    """

    game: AlarmGame
    shift: Fraction
    low: Fraction
    high: Fraction

    @property
    def game_digest(self) -> str:
        """Empty: the certificate states the game itself."""
        return ""

    @property
    def claim(self) -> str:
        """The claim in words."""
        return (
            f"for a normal signal that a violation shifts by {brief(self.shift)}, the fewest false alarms that deter come "
            f"from alarms above a threshold between {float(self.low):.12g} and {float(self.high):.12g}"
        )

    def verify(self, game: NormalFormGame | None = None) -> Literal[True]:
        """Bound what legal conduct gains at both ends; ``game`` plays no part.

        Raises
        ------
        CertificateError
            The sign at an end is another, or cannot be told.
        """
        if self.shift <= 0:
            fail("the threshold of an alarm", "the shift is not positive")
        if max(abs(self.low), abs(self.high), abs(self.low - self.shift), abs(self.high - self.shift)) > 400:
            fail("the threshold of an alarm", "it is too far from 0 to be bounded")
        if legal_gain(self.game, self.shift, self.low)[0] < 0:
            fail(self.claim, "the lower threshold does not surely deter")
        if legal_gain(self.game, self.shift, self.high)[1] >= 0:
            fail(self.claim, "the upper threshold may deter")
        return True

    def to_dict(self) -> dict[str, Any]:
        """JSON data with everything needed to check it elsewhere."""
        return {
            "kind": "alarm threshold",
            **self.game.to_dict(),
            **{name: rational_to_json(getattr(self, name)) for name in ("shift", "low", "high")},
        }

    @classmethod
    def from_dict(cls, data: Any) -> AlarmThresholdCertificate:
        """Read what :meth:`to_dict` wrote; :class:`~gametheory.errors.SpecificationError` for anything else."""
        expect_keys(data, ("kind", *_STAKES, "shift", "low", "high"), where="certificate")
        if data["kind"] != "alarm threshold":
            raise SpecificationError(f"certificate.kind: found {data['kind']!r}; write 'alarm threshold'")
        numbers = {
            name: rational_from_json(data[name], where=f"certificate.{name}")
            for name in (*_STAKES, "shift", "low", "high")
        }
        return cls(
            game=AlarmGame(**{name: numbers[name] for name in _STAKES}),
            shift=numbers["shift"],
            low=numbers["low"],
            high=numbers["high"],
        )

    def __repr__(self) -> str:
        return f"AlarmThresholdCertificate({self.claim})"
