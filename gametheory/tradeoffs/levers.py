"""What an overseer may choose, and what it costs.

A policy is a detection rate q, the same for all players, and a deposit d_i for each. Within the levers

    q₁ ≤ q ≤ q₂,      0 ≤ d_i ≤ cap_i,      cost(q, d) = c q + (w + f) Σ_i d_i  ≤  budget,

where c is the cost of a unit of detection rate, w that of a unit of deposit (capital that is tied up), and f the
false-alarm rate: whoever complies forfeits f d_i on average, which honest agents bear and which therefore counts as a cost.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, final

from gametheory.arithmetic import exact, exact_text
from gametheory.errors import SpecificationError
from gametheory.oversight.policy import Policy, per_player

__all__ = ["Levers"]


@final
@dataclass(frozen=True, slots=True, init=False)
class Levers:
    """The policies that an overseer can choose from.

    Parameters
    ----------
    detection_rate : number in [0, 1], or a pair of them
        Probability that who departs from the target is found out: fixed, or the smallest and the largest.
    detection_cost : number ≥ 0
        Cost of one unit of detection rate.
    false_alarm_rate : number in [0, 1]
        Probability that who complies is accused.
    deposit_caps : number ≥ 0, or one per player (None: no cap), optional
        The largest deposits; by default none has a cap.
    deposit_cost : number ≥ 0
        Cost of one unit of deposit, beside false alarms.
    budget : number ≥ 0, optional
        The most that a policy may cost, false alarms included.

    Raises
    ------
    SpecificationError
        A number out of range, or an empty interval of rates.

    Examples
    --------
    >>> levers = Levers(detection_rate=(0, "4/5"), detection_cost=2, deposit_caps=5, deposit_cost="1/20")
    >>> levers
    Levers(detection_rate=0…4/5 at 2, false_alarm_rate=0, deposits up to 5 at 1/20)
    >>> levers.cost(Policy("1/2", 0, [4, 0]), 2)
    Fraction(6, 5)
    """

    detection_rate: tuple[Fraction, Fraction]
    detection_cost: Fraction
    false_alarm_rate: Fraction
    deposit_caps: Fraction | tuple[Fraction | None, ...] | None
    deposit_cost: Fraction
    budget: Fraction | None

    def __init__(
        self,
        detection_rate: Any,
        *,
        detection_cost: Any = 0,
        false_alarm_rate: Any = 0,
        deposit_caps: Any = None,
        deposit_cost: Any = 1,
        budget: Any = None,
    ) -> None:
        rates = detection_rate if isinstance(detection_rate, (tuple, list)) else (detection_rate, detection_rate)
        if len(rates) != 2:
            raise SpecificationError(
                f"detection_rate: found {len(rates)} numbers; write one, or the smallest and largest"
            )
        low, high = (exact(q, where="detection_rate") for q in rates)
        if not 0 <= low <= high <= 1:
            raise SpecificationError(
                f"detection_rate: found {low} to {high}; write rates from 0 to 1, the smaller first"
            )
        false_alarm = exact(false_alarm_rate, where="false_alarm_rate")
        if not 0 <= false_alarm <= 1:
            raise SpecificationError(f"false_alarm_rate: found {false_alarm}; write a probability from 0 to 1")
        caps = _caps(deposit_caps)
        numbers = {"detection_cost": detection_cost, "deposit_cost": deposit_cost, "budget": budget}
        read = {name: None if value is None else exact(value, where=name) for name, value in numbers.items()}
        for name, value in read.items():
            if (value is None and name != "budget") or (value is not None and value < 0):
                raise SpecificationError(f"{name}: found {value}; write a number ≥ 0")
        set_field = object.__setattr__
        set_field(self, "detection_rate", (low, high))
        set_field(self, "false_alarm_rate", false_alarm)
        set_field(self, "deposit_caps", caps)
        for name, value in read.items():
            set_field(self, name, value)

    def caps(self, num_players: int) -> tuple[Fraction | None, ...]:
        """The largest deposit of each player; ``None`` where there is no cap."""
        if not isinstance(self.deposit_caps, tuple):
            return (self.deposit_caps,) * num_players
        if len(self.deposit_caps) != num_players:
            found = len(self.deposit_caps)
            raise SpecificationError(f"deposit_caps: found {found} entries; write one number, or {num_players}")
        return self.deposit_caps

    @property
    def unit_cost(self) -> Fraction:
        """What a unit of deposit costs, the false alarms borne by who complies included."""
        return self.deposit_cost + self.false_alarm_rate

    def cost(self, policy: Policy, num_players: int) -> Fraction:
        """What a policy costs: audits, deposits, and false alarms.

        Raises
        ------
        SpecificationError
            If the policy watches players at different rates.
        """
        rates = set(per_player(policy.detection_rate, num_players, "detection_rate"))
        if len(rates) > 1:
            raise SpecificationError("detection_rate: found several rates; levers watch all players at one rate")
        deposits = sum(per_player(policy.deposits, num_players, "deposits"), Fraction(0))
        return self.detection_cost * rates.pop() + self.unit_cost * deposits

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data; rationals are written ``"p/q"``."""

        def text(value: Fraction | None) -> str | None:
            return None if value is None else exact_text(value)

        caps = self.deposit_caps
        return {
            "detection_rate": [exact_text(q) for q in self.detection_rate],
            "detection_cost": exact_text(self.detection_cost),
            "false_alarm_rate": exact_text(self.false_alarm_rate),
            "deposit_caps": [text(cap) for cap in caps] if isinstance(caps, tuple) else text(caps),
            "deposit_cost": exact_text(self.deposit_cost),
            "budget": text(self.budget),
        }

    def __repr__(self) -> str:
        low, high = self.detection_rate
        rate = f"{low}" if low == high else f"{low}…{high}"
        caps = self.deposit_caps
        shown = (
            "(" + ", ".join("no cap" if cap is None else str(cap) for cap in caps) + ")"
            if isinstance(caps, tuple)
            else caps
        )
        deposits = "deposits without cap" if caps is None else f"deposits up to {shown}"
        budget = "" if self.budget is None else f", budget {self.budget}"
        return (
            f"Levers(detection_rate={rate} at {self.detection_cost}, false_alarm_rate={self.false_alarm_rate}, "
            f"{deposits} at {self.deposit_cost}{budget})"
        )


def _caps(caps: Any) -> Fraction | tuple[Fraction | None, ...] | None:
    if caps is None:
        return None
    listed = not isinstance(caps, str) and hasattr(caps, "__len__")
    read: list[Fraction | None] = []
    for i, cap in enumerate(caps if listed else [caps]):
        where = f"deposit_caps[{i}]" if listed else "deposit_caps"
        value = None if cap is None else exact(cap, where=where)
        if value is not None and value < 0:
            raise SpecificationError(f"{where}: found {value}; write a number ≥ 0, or None for no cap")
        read.append(value)
    return tuple(read) if listed else read[0]
