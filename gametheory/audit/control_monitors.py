"""Monitors in a scenario's ``[control]``: how often one sides with attackers, and where several stand.

``collusion`` says how often the monitor sides with an attack (a ``rate``, an interval of them, or ``switches`` of which one is
enough) and what it then says (``scoring``); see :mod:`gametheory.oversight.control_collusion`. ``monitors`` lists sensors (by
their laws, or by how far an attack moves a normal signal), their rate of false alarms, and how they are captured; see
:mod:`gametheory.oversight.monitor_placement`.

Sizes are limited: 12 sensors, some 20,000 joint signals, numbers of 256 bits.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, final

from gametheory.audit.observation import short_law
from gametheory.audit.places import Place, number_at, rate_at, short

__all__ = [
    "MonitorSwitch",
    "Monitors",
    "SidingMonitor",
    "read_collusion_table",
    "read_monitors_table",
]

MAX_SENSORS = 12
MAX_JOINT_SIGNALS = 20_000

Data = Mapping[str, Any]
Row = tuple[Fraction, ...]


@final
@dataclass(frozen=True, slots=True)
class MonitorSwitch:
    """What makes a monitor side with an attacker, how often on attacks and, by mistake, on honest work."""

    kind: Literal["self-recognition", "causal signal", "focal point"]
    rate: Fraction
    survival_rate: Fraction
    false_rate: Fraction


@final
@dataclass(frozen=True, slots=True)
class SidingMonitor:
    """A monitor that sides with attackers.

    Attributes
    ----------
    rates : tuple of one or two Fractions
        How often: a rate, or the ends of what is possible. Empty where ``switches`` say it.
    false_rate : Fraction
        The same on honest work, by mistake.
    switches : tuple of MonitorSwitch
        One that fires is enough.
    dependence : "independent", "nested" or "exclusive"
        How switches fire together.
    scoring : "honest", "worst" or a law of the score
        What the monitor then says.
    """

    rates: Row
    false_rate: Fraction
    switches: tuple[MonitorSwitch, ...]
    dependence: Literal["independent", "nested", "exclusive"]
    scoring: Literal["honest", "worst"] | Row

    def num_cases(self, scores: int) -> int:
        """How many laws of the score then stand for an attack type."""
        return max(1, len(self.rates)) * (scores if self.scoring == "worst" else 1)


@final
@dataclass(frozen=True, slots=True)
class Monitors:
    """Several sensors, whose signals one monitor sees together or each its own.

    Attributes
    ----------
    shifts : tuple of Fraction
        Normal signals: by how many standard deviations an attack moves each; empty where ``sensors`` say it.
    sensors : tuple of pairs of laws (honest, attack)
    false_alarm_rate : Fraction
    random_capture : Fraction or None
        The probability with which each monitor is captured.
    chosen_captures : int or None
        How many monitors an attacker captures who chooses which.
    """

    shifts: Row
    sensors: tuple[tuple[Row, Row], ...]
    false_alarm_rate: Fraction
    random_capture: Fraction | None
    chosen_captures: int | None


def read_collusion_table(table: Data, scores: int, place: Place) -> SidingMonitor:
    """How the monitor sides with attackers, from the checked data of ``[control.collusion]``."""
    scoring: Any = table.get("scoring", "honest")
    if isinstance(scoring, list):
        scoring = short_law(scoring, place / "scoring")
        if len(scoring) != scores:
            raise (place / "scoring").error(f"found {len(scoring)} probabilities; write {scores}, one for each score")
    switches = tuple(_switch(entry, place / "switches" / k) for k, entry in enumerate(table.get("switches", ())))
    false_rate = rate_at(place, table, "false_rate", 0)
    if scoring == "worst" and (false_rate or any(switch.false_rate for switch in switches)):
        raise (place / "scoring").error(
            "found 'worst' with a false_rate > 0: how honest work is then scored is not said; write a law of the score"
        )
    return SidingMonitor(
        rates=_rates(table["rate"], place / "rate") if "rate" in table else (),
        false_rate=short(place / "false_rate", false_rate),
        switches=switches,
        dependence=table.get("dependence", "independent"),
        scoring=scoring,
    )


def _rates(value: Any, place: Place) -> Row:
    if not isinstance(value, Mapping):
        return (short(place, number_at(place, value, least=0, most=1)),)
    low, high = (short(place / end, rate_at(place, value, end, 0)) for end in ("from", "to"))
    if low > high:
        raise place.error(f"found from = {low} and to = {high}; write the smaller first")
    return (low, high) if low < high else (low,)


def _switch(entry: Data, place: Place) -> MonitorSwitch:
    kind = entry["kind"]
    if "survival_rate" in entry and kind != "causal signal":
        raise (place / "survival_rate").error(f"found it with {kind!r}; only a causal signal has to survive")
    rate, survives, mistaken = (
        short(place / key, rate_at(place, entry, key, default))
        for key, default in (("rate", 0), ("survival_rate", 1), ("false_rate", 0))
    )
    return MonitorSwitch(kind, rate, survives, mistaken)


def read_monitors_table(table: Data, place: Place) -> Monitors:
    """The monitors that the checked data of ``[control.monitors]`` describe."""
    rate = short(place / "false_alarm_rate", rate_at(place, table, "false_alarm_rate", 0))
    shifts: Row = ()
    sensors: tuple[tuple[Row, Row], ...] = ()
    if "shifts" in table:
        shifts = tuple(
            short(place / "shifts" / k, number_at(place / "shifts" / k, value, least=0, most=20))
            for k, value in enumerate(table["shifts"])
        )
        if not Fraction(1, 10**12) <= rate <= 1 - Fraction(1, 10**12):
            raise (place / "false_alarm_rate").error(f"found {rate}; with shifts write a rate from 1e-12 to 1 - 1e-12")
    else:
        sensors = _sensors(table["sensors"], place / "sensors")
    captures = int(table["chosen_captures"]) if "chosen_captures" in table else None
    count = len(shifts) + len(sensors)
    if captures is not None and captures > count:
        raise (place / "chosen_captures").error(f"found {captures}; there are {count} sensors")
    captured = rate_at(place, table, "random_capture", 0) if "random_capture" in table else None
    if captured is not None:
        short(place / "random_capture", captured)
    return Monitors(shifts, sensors, rate, captured, captures)


def _sensors(table: Sequence[Data], place: Place) -> tuple[tuple[Row, Row], ...]:
    sensors: list[tuple[Row, Row]] = []
    joint = 1
    for k, entry in enumerate(table):
        laws = tuple(short_law(entry[key], place / k / key) for key in ("honest", "attack"))
        if len(laws[0]) != len(laws[1]):
            raise (place / k / "attack").error(f"found {len(laws[1])} probabilities; honest has {len(laws[0])}")
        count = int(entry.get("count", 1))
        joint *= math.comb(count + len(laws[0]) - 1, count)
        if joint > MAX_JOINT_SIGNALS or len(sensors) + count > MAX_SENSORS:
            raise place.error(
                f"found more than {MAX_SENSORS} sensors or {MAX_JOINT_SIGNALS:,} joint signals; write fewer sensors, or "
                "fewer signals of each"
            )
        sensors += [(laws[0], laws[1])] * count
    return tuple(sensors)
