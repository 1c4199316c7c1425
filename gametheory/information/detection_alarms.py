"""What an alarm means where attacks are rare: the base rate decides.

With prevalence π, detection rate d and false alarm rate f, an alarm is true with probability (Bayes)

    precision = π d / (π d + (1 − π) f),

and for every true alarm there are (1 − π) f / (π d) false ones. At a prevalence of 1 in 1,000 a monitor with d = 99 %
and f = 1 % raises ten false alarms for every true one. All numbers are rational.

Reference: S. Axelsson, "The base-rate fallacy and the difficulty of intrusion detection", ACM Trans. Inf. Syst. Secur. 3
(2000).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Any, final

from gametheory.arithmetic import exact_text
from gametheory.certificates.encoding import brief
from gametheory.errors import SpecificationError
from gametheory.games.tables import data_frame
from gametheory.information.distributions import read_probability

__all__ = ["BaseRates", "base_rates", "false_alarm_rate_for_precision"]


@final
@dataclass(frozen=True, slots=True, repr=False)
class BaseRates:
    """What alarms and silence of a monitor mean at a prevalence of attacks; all fractions.

    Attributes
    ----------
    prevalence, false_alarm_rate, detection_rate : Fraction
    alarm_rate : Fraction
        Probability of an alarm.
    precision : Fraction
        Probability of an attack given an alarm.
    missed_share : Fraction
        Probability of an attack given silence.
    false_alarms_per_detection : Fraction
        Expected false alarms for every true one.
    """

    prevalence: Fraction
    false_alarm_rate: Fraction
    detection_rate: Fraction

    @property
    def alarm_rate(self) -> Fraction:
        return self.prevalence * self.detection_rate + (1 - self.prevalence) * self.false_alarm_rate

    @property
    def precision(self) -> Fraction:
        return self.prevalence * self.detection_rate / self._positive(self.alarm_rate, "an alarm")

    @property
    def missed_share(self) -> Fraction:
        return self.prevalence * (1 - self.detection_rate) / self._positive(1 - self.alarm_rate, "silence")

    @property
    def false_alarms_per_detection(self) -> Fraction:
        true = self._positive(self.prevalence * self.detection_rate, "a true alarm")
        return (1 - self.prevalence) * self.false_alarm_rate / true

    def _positive(self, probability: Fraction, event: str) -> Fraction:
        if not probability:
            raise SpecificationError(f"{event} never occurs at these rates; nothing can be said of what it means")
        return probability

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data, rationals as ``"p/q"``."""
        return {name: exact_text(value) for name, value in self._listed()}

    def to_frame(self) -> Any:
        """A pandas table of the rates."""
        return data_frame([[name, float(value)] for name, value in self._listed()], ["rate", "value"])

    def _listed(self) -> list[tuple[str, Fraction]]:
        names = ("prevalence", "false_alarm_rate", "detection_rate", "alarm_rate")
        found = [(name, getattr(self, name)) for name in names]
        if self.alarm_rate:
            found.append(("precision", self.precision))
        if self.alarm_rate != 1:
            found.append(("missed_share", self.missed_share))
        if self.prevalence * self.detection_rate:
            found.append(("false_alarms_per_detection", self.false_alarms_per_detection))
        return found

    def __repr__(self) -> str:
        meaning = f"precision {brief(self.precision)}" if self.alarm_rate else "no alarms"
        return f"BaseRates(exact: prevalence {brief(self.prevalence)}, {meaning})"

    def _repr_html_(self) -> str:
        rows = "".join(f"<tr><td>{name}</td><td>{escape(brief(value))}</td></tr>" for name, value in self._listed())
        return f"<table>{rows}</table>"


def base_rates(*, prevalence: Any, false_alarm_rate: Any, detection_rate: Any) -> BaseRates:
    """What an alarm means at a prevalence of attacks.

    Parameters
    ----------
    prevalence, false_alarm_rate, detection_rate : number in [0, 1]
        Floats count as the rationals that they are; ``"0.01"`` is 1/100.

    Examples
    --------
    >>> rates = base_rates(prevalence="1/1000", false_alarm_rate="0.01", detection_rate="0.99")
    >>> rates, str(rates.false_alarms_per_detection)
    (BaseRates(exact: prevalence 1/1000, precision 11/122), '111/11')
    """
    return BaseRates(
        read_probability(prevalence, where="prevalence"),
        read_probability(false_alarm_rate, where="false_alarm_rate"),
        read_probability(detection_rate, where="detection_rate"),
    )


def false_alarm_rate_for_precision(*, prevalence: Any, detection_rate: Any, precision: Any) -> Fraction:
    """The largest false alarm rate at which alarms are true with a given probability, at most 1.

    Examples
    --------
    Half of all alarms true at one attack in 1,000: one false alarm in 1,000 at best.

    >>> str(false_alarm_rate_for_precision(prevalence="1/1000", detection_rate=1, precision="1/2"))
    '1/999'
    """
    pi, rate, wanted = (
        read_probability(value, where=name)
        for name, value in (("prevalence", prevalence), ("detection_rate", detection_rate), ("precision", precision))
    )
    if pi == 1 or wanted == 0:
        return Fraction(1)
    return min(pi * rate * (1 - wanted) / ((1 - pi) * wanted), Fraction(1))
