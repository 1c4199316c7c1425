"""One central monitor or several: what detects more when monitors can be captured, and it depends on how.

n independent sensors have signal laws h_i when all is well and f_i under attack. Systems with the same false alarm rate α
when nobody is captured:

* *central*: one monitor sees all signals and makes the most powerful test of Πh_i against Πf_i (Neyman and Pearson);
* *k of n*: every sensor makes its own most powerful test at a common rate a, and k alarms make one; a solves
  P(Binomial(n, a) ≥ k) = α;
* sensors that pass their signals on to a rule that is best against capture: :mod:`.fusion_rules`.

Who is captured never alarms. **Which capture** changes the answer, so it is asked. ``"random"``: each monitor with a
probability c; the central one keeps (1 − c) of its rate. Where single sensors are weak that is more than a vote keeps, for
every c; where they are strong a vote of one beats it (perfect sensors: 1 − cⁿ against 1 − c; as c → 1 a vote of one with
sensors of power b wins iff n b exceeds the central power). ``"adversarial"``: t monitors of the attacker's choice; the
central monitor keeps nothing for t ≥ 1, a vote of k keeps something iff k ≤ n − t.

Rates are exact, or between rationals where a or Φ is irrational (:mod:`gametheory.certificates.normal_law`).

References: Z. Chair and P. K. Varshney, "Optimal data fusion in multiple sensor detection systems", IEEE Trans. Aerospace
22 (1986); P. K. Varshney, *Distributed Detection and Data Fusion* (1997), chapter 3; see also
:mod:`gametheory.information.monitor_fusion`. Complexity: votes O(n²); the central test has Π m_i signals, fewer where
likelihood ratios coincide.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Any, final

from gametheory.arithmetic import exact, exact_text
from gametheory.arithmetic.reading import check_list
from gametheory.certificates.elementary import Bracket, square_root_bracket
from gametheory.certificates.encoding import brief
from gametheory.certificates.normal_law import normal_cdf_bracket, normal_quantile_bracket
from gametheory.errors import SpecificationError
from gametheory.games.memory import refuse_if_too_large
from gametheory.games.tables import data_frame
from gametheory.information.detection_curves import roc_curve
from gametheory.information.distributions import read_distribution, read_probability
from gametheory.information.monitor_fusion import Capture, vote_rate

__all__ = ["MonitorPlacement", "PlacedMonitors", "compare_gaussian_monitors", "compare_monitors"]

Law = list[Fraction]
Pair = tuple[Fraction, Fraction]
_HALVINGS = 110


@final
@dataclass(frozen=True, slots=True)
class PlacedMonitors:
    """One system: its name, and its detection rate when nobody is captured and under capture."""

    name: str
    detection_rate: Bracket
    under_capture: Bracket


@final
@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class MonitorPlacement:
    """Central and voting monitors of the same false alarm rate, compared under capture.

    Attributes
    ----------
    false_alarm_rate : Fraction
    capture : "none", "random" or "adversarial"
    captured : Fraction or None
        The probability of each capture, or the number of captures.
    systems : tuple of PlacedMonitors
        ``"central"``, ``"1 of n"``, ….
    """

    false_alarm_rate: Fraction
    capture: Capture
    captured: Fraction | None
    systems: tuple[PlacedMonitors, ...]

    def __getitem__(self, name: str) -> PlacedMonitors:
        for system in self.systems:
            if system.name == name:
                return system
        raise SpecificationError(
            f"system: found {name!r}; the systems are {', '.join(system.name for system in self.systems)}"
        )

    @property
    def best(self) -> tuple[str, ...]:
        """The systems that detect most under capture; several where they are equal or their brackets overlap."""
        floor = max(system.under_capture.exact_lower for system in self.systems)
        return tuple(system.name for system in self.systems if system.under_capture.exact_upper >= floor)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data, rationals as ``"p/q"``."""
        return {
            "false_alarm_rate": exact_text(self.false_alarm_rate),
            "capture": self.capture,
            "captured": None if self.captured is None else exact_text(self.captured),
            "best": list(self.best),
            "systems": {
                system.name: {
                    "detection_rate": system.detection_rate.to_dict(),
                    "under_capture": system.under_capture.to_dict(),
                }
                for system in self.systems
            },
        }

    def to_frame(self) -> Any:
        """A pandas table: detection rates of each system without and under capture, in floats."""
        rows = [(x.name, float(x.detection_rate), float(x.under_capture)) for x in self.systems]
        return data_frame(rows, ["system", "detection_rate", "under_capture"])

    def __repr__(self) -> str:
        how = (
            "no capture" if self.capture == "none" else f"{self.capture} capture {brief(self.captured or Fraction(0))}"
        )
        listed = ", ".join(f"{system.name} {float(system.under_capture):.6g}" for system in self.systems)
        return f"MonitorPlacement(certified: {how}: {listed}; best: {', '.join(self.best)})"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{escape(x.name)}</td><td>{float(x.detection_rate):.6g}</td><td>{float(x.under_capture):.6g}</td></tr>"
            for x in self.systems
        )
        head = "<tr><th>system</th><th>detection rate</th><th>under capture</th></tr>"
        return f"<table><caption>{escape(repr(self))}</caption>{head}{rows}</table>"


def compare_monitors(
    sensors: Sequence[Any], *, false_alarm_rate: Any, capture: Capture, captured: Any = None
) -> MonitorPlacement:
    """Central against voting monitors whose signals are finite.

    Parameters
    ----------
    sensors : sequence of pairs of laws (honest, attack)
        One for each sensor, over its own signals.
    false_alarm_rate : number in [0, 1]
        Of every system, when nobody is captured.
    capture : "none", "random" or "adversarial"
    captured : number in [0, 1], or int
        "random": the probability with which each monitor is captured; "adversarial": how many are.

    Returns
    -------
    MonitorPlacement

    Raises
    ------
    SpecificationError
        Malformed laws or rates; a joint law too large for the memory at hand.

    Examples
    --------
    >>> sensor = (["0.9", "0.1"], ["0.3", "0.7"])
    >>> compare_monitors([sensor] * 3, false_alarm_rate="0.028", capture="adversarial", captured=1)
    MonitorPlacement(certified: adversarial capture 1: central 0, 1 of 3 0.127556, 2 of 3 0.49, 3 of 3 0; best: 2 of 3)
    """
    pairs = read_sensors(sensors)
    rate = read_probability(false_alarm_rate, where="false_alarm_rate")
    curves = [roc_curve(honest, attack) for honest, attack in pairs]
    central = _joint_power(pairs, rate)
    powers: list[Callable[[Fraction], Pair]] = [lambda a, curve=curve: (curve.exact_power(a),) * 2 for curve in curves]  # type: ignore[misc]
    return _compared((central, central), powers, rate, capture, captured)


def compare_gaussian_monitors(
    shifts: Sequence[Any], *, false_alarm_rate: Any, capture: Capture, captured: Any = None
) -> MonitorPlacement:
    """Central against voting monitors of normal signals of unit variance, which an attack shifts; between certified bounds.

    Parameters
    ----------
    shifts : sequence of numbers
        By how many standard deviations an attack moves each sensor's signal.
    false_alarm_rate : number between 2^−50 and 1 − 2^−50
        Of every system, when nobody is captured.
    capture, captured :
        As for :func:`compare_monitors`.

    Examples
    --------
    Three sensors with shift 1.2. The central monitor is best until somebody chooses whom to capture.

    >>> shifts = ["1.2"] * 3
    >>> found = compare_gaussian_monitors(shifts, false_alarm_rate="0.05", capture="random", captured="0.2")
    >>> found.best, found["central"].under_capture, round(float(found["2 of 3"].under_capture), 6)
    (('central',), Bracket(certified: 0.5341705591143, within 8e-27), 0.397748)
    >>> compare_gaussian_monitors(shifts, false_alarm_rate="0.05", capture="adversarial", captured=1)
    MonitorPlacement(certified: adversarial capture 1: central 0, 1 of 3 0.325093, 2 of 3 0.290793, 3 of 3 0; best: 1 of 3)
    """
    moves = [exact(shift, where=f"shifts[{i}]") for i, shift in enumerate(check_list("shifts", shifts))]
    if not moves or min(moves) < 0:
        raise SpecificationError(f"shifts: found {list(shifts)!r}; write a number ≥ 0 for each sensor")
    rate = read_probability(false_alarm_rate, where="false_alarm_rate")
    total = square_root_bracket(sum((d * d for d in moves), Fraction(0)))
    powers: list[Callable[[Fraction], Pair]] = [lambda a, d=d: _gaussian_power(a, (d, d)) for d in moves]  # type: ignore[misc]
    return _compared(_gaussian_power(rate, total), powers, rate, capture, captured)


def _compared(
    central: Pair, powers: list[Callable[[Fraction], Pair]], rate: Fraction, capture: Capture, captured: Any
) -> MonitorPlacement:
    count = len(powers)
    number = number_captured(capture, captured, count)
    kept = Fraction(1)
    if capture == "random":
        kept -= number or Fraction(0)
    elif capture == "adversarial" and number:
        kept = Fraction(0)
    given: Any = int(number) if capture == "adversarial" and number is not None else number  # exact, so that rates are
    systems = [PlacedMonitors("central", Bracket(*central), Bracket(kept * central[0], kept * central[1]))]
    for votes in range(1, count + 1):
        low, high = _local_rate(rate, count, votes)
        alarms = [power(low)[0] for power in powers], [power(high)[1] for power in powers]
        whole = Bracket(*_votes(alarms, votes, "none", None))
        systems.append(PlacedMonitors(f"{votes} of {count}", whole, Bracket(*_votes(alarms, votes, capture, given))))
    return MonitorPlacement(false_alarm_rate=rate, capture=capture, captured=number, systems=tuple(systems))


def _votes(alarms: tuple[Law, Law], votes: int, capture: Capture, captured: Any) -> Pair:
    """The rate of the vote at both ends of its sensors' brackets."""
    low, high = (vote_rate(rates, votes=votes, capture=capture, captured=captured) for rates in alarms)
    return low, high


def number_captured(capture: Capture, captured: Any, count: int) -> Fraction | None:
    """What was given, checked as :func:`vote_rate` checks it."""
    vote_rate([0] * count, votes=1, capture=capture, captured=captured)
    return None if captured is None else exact(captured, where="captured")


def _local_rate(rate: Fraction, count: int, votes: int) -> Pair:
    """Rationals around the false alarm rate a of each sensor with P(Binomial(n, a) ≥ k) = rate."""
    if rate in (0, 1) or count == 1:
        return rate, rate
    low, high = Fraction(0), Fraction(1)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        reached = vote_rate([middle] * count, votes=votes, capture="none")
        if reached == rate:
            return middle, middle
        low, high = (middle, high) if reached < rate else (low, middle)
    simple = high.limit_denominator(10**6)  # a rational rate that is not dyadic is found exactly
    if low < simple <= high and vote_rate([simple] * count, votes=votes, capture="none") == rate:
        return simple, simple
    return low, high


def _joint_power(pairs: list[tuple[Law, Law]], rate: Fraction) -> Fraction:
    """Power of the most powerful test of all signals together: signals with the same likelihood ratio are one."""
    merged: dict[Any, tuple[Fraction, Fraction]] = {Fraction(1): (Fraction(1), Fraction(1))}
    for honest, attack in pairs:
        refuse_if_too_large(len(merged) * len(honest), 500, "the joint law of the sensors")
        following: dict[Any, tuple[Fraction, Fraction]] = {}
        for (p, q), (x, y) in itertools.product(merged.values(), zip(honest, attack, strict=True)):
            key = (q * y) / (p * x) if p * x else math.inf
            before = following.get(key, (Fraction(0), Fraction(0)))
            if p * x or q * y:
                following[key] = (before[0] + p * x, before[1] + q * y)
        merged = following
    honest_law, attack_law = ([law[k] for law in merged.values()] for k in (0, 1))
    return roc_curve(honest_law, attack_law).exact_power(rate)


def _gaussian_power(rate: Fraction, shift: Pair) -> Pair:
    if rate in (0, 1):
        return rate, rate
    low, high = normal_quantile_bracket(rate)
    return normal_cdf_bracket(low + shift[0])[0], normal_cdf_bracket(high + shift[1])[1]


def read_sensors(sensors: Sequence[Any]) -> list[tuple[Law, Law]]:
    """A pair of laws for each sensor."""
    sensors = check_list("sensors", sensors)
    if not sensors:
        raise SpecificationError("sensors: found none; write a pair of laws (honest, attack) for each")
    return [_sensor(pair, i) for i, pair in enumerate(sensors)]


def _sensor(pair: Any, i: int) -> tuple[Law, Law]:
    if not isinstance(pair, (tuple, list)) or len(pair) != 2:
        raise SpecificationError(f"sensors[{i}]: found {pair!r}; write a pair of laws (honest, attack)")
    honest = read_distribution(pair[0], where=f"sensors[{i}], honest")[1].fractions().tolist()
    attack = read_distribution(pair[1], where=f"sensors[{i}], attack", size=len(honest))[1].fractions().tolist()
    return honest, attack
