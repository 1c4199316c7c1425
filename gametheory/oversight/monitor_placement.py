"""One central monitor or several: what detects more when monitors can be captured, and it depends on how.

n independent sensors have signal laws h_i when all is well and f_i under attack. Systems with the same false alarm rate α
when nobody is captured:

* *central*: one monitor sees all signals and makes the most powerful test of Πh_i against Πf_i (Neyman and Pearson);
* *k of n*: every sensor makes its own most powerful test at a common rate a, and k alarms make one; a solves
  P(Binomial(n, a) ≥ k) = α;
* :func:`optimal_fusion`: sensors pass their signals on to a rule that is best against what capture does to them.

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
from gametheory.certificates.elementary import Bracket, square_root_bracket
from gametheory.certificates.encoding import brief
from gametheory.certificates.normal_law import normal_cdf_bracket, normal_quantile_bracket
from gametheory.errors import SpecificationError
from gametheory.games.memory import refuse_if_too_large
from gametheory.games.tables import data_frame
from gametheory.information.detection import NeymanPearsonTest, neyman_pearson_test
from gametheory.information.detection_curves import roc_curve
from gametheory.information.distributions import Channel, read_distribution, read_probability
from gametheory.information.monitor_fusion import Capture, vote_rate

__all__ = ["MonitorPlacement", "PlacedMonitors", "compare_gaussian_monitors", "compare_monitors", "optimal_fusion"]

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
    pairs = [_sensor(pair, i) for i, pair in enumerate(sensors)]
    if not pairs:
        raise SpecificationError("sensors: found none; write a pair of laws (honest, attack) for each")
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
    moves = [exact(shift, where=f"shifts[{i}]") for i, shift in enumerate(shifts)]
    if not moves or min(moves) < 0:
        raise SpecificationError(f"shifts: found {list(shifts)!r}; write a number ≥ 0 for each sensor")
    rate = read_probability(false_alarm_rate, where="false_alarm_rate")
    total = square_root_bracket(sum((d * d for d in moves), Fraction(0)))
    powers: list[Callable[[Fraction], Pair]] = [lambda a, d=d: _gaussian_power(a, (d, d)) for d in moves]  # type: ignore[misc]
    return _compared(_gaussian_power(rate, total), powers, rate, capture, captured)


def optimal_fusion(
    sensors: Sequence[Any],
    *,
    false_alarm_rate: Any,
    capture: Capture,
    captured: Any = None,
    quiet_signals: Sequence[int] | None = None,
) -> NeymanPearsonTest:
    """The rule that makes most of what independent sensors report when some may be captured, exactly, with a certificate.

    A captured sensor reports its quiet signal. Against random capture the rule is the likelihood ratio test of the mixed
    laws; against up to t chosen captures it maximises the least detection rate over all sets that may be captured, a linear
    programme. That the rule itself is out of reach of capture is assumed, as for votes.

    Parameters
    ----------
    sensors, false_alarm_rate, capture, captured :
        As for :func:`compare_monitors`.
    quiet_signals : sequence of int, optional
        Index of the signal that a captured sensor reports; by default 0 for each.

    Returns
    -------
    NeymanPearsonTest
        Over the joint signals ``"1, 1"``, ``"1, 2"``, …; ``power`` is the detection rate under capture, and
        ``least_favourable_attack`` the attacker's mix of sets to capture, in the order of their sizes.

    Examples
    --------
    Against one chosen capture no rule does much better than two votes of three, which keep 49/100:

    >>> sensor = (["0.9", "0.1"], ["0.3", "0.7"])
    >>> optimal_fusion([sensor] * 3, false_alarm_rate="0.028", capture="adversarial", captured=1)
    NeymanPearsonTest(certified: power 24451/49750 at false alarm rate 7/250)
    """
    pairs = [_sensor(pair, i) for i, pair in enumerate(sensors)]
    if not pairs:
        raise SpecificationError("sensors: found none; write a pair of laws (honest, attack) for each")
    quiet = [0] * len(pairs) if quiet_signals is None else list(quiet_signals)
    if len(quiet) != len(pairs) or any(not 0 <= s < len(pair[0]) for s, pair in zip(quiet, pairs, strict=False)):
        raise SpecificationError(
            f"quiet_signals: found {quiet}; write the index of a signal for each of {len(pairs)} sensors"
        )
    silent = [[Fraction(int(j == s)) for j in range(len(pair[0]))] for s, pair in zip(quiet, pairs, strict=True)]
    attacks = [pair[1] for pair in pairs]
    number = _captured(capture, captured, len(pairs))
    if capture == "adversarial":
        sets = [s for size in range(int(number or 0) + 1) for s in itertools.combinations(range(len(pairs)), size)]
        cases = [[silent[i] if i in taken else attacks[i] for i in range(len(pairs))] for taken in sets]
    else:
        c = number or Fraction(0)
        mixed = [[(1 - c) * x + c * y for x, y in zip(f, q, strict=True)] for f, q in zip(attacks, silent, strict=True)]
        sets, cases = [()], [mixed]
    size = math.prod(len(pair[0]) for pair in pairs)
    refuse_if_too_large(size * (len(cases) + 1), 200, "the joint laws of the sensors")
    names = [
        ", ".join(str(s + 1) for s in signals) for signals in itertools.product(*(range(len(p[0])) for p in pairs))
    ]
    honest = Channel([_product_law([pair[0] for pair in pairs])], outputs=names)
    under = Channel([_product_law(case) for case in cases], [_set_name(s) for s in sets], names)
    return neyman_pearson_test(honest, under, false_alarm_rate=false_alarm_rate)


def _compared(
    central: Pair, powers: list[Callable[[Fraction], Pair]], rate: Fraction, capture: Capture, captured: Any
) -> MonitorPlacement:
    count = len(powers)
    number = _captured(capture, captured, count)
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


def _captured(capture: Capture, captured: Any, count: int) -> Fraction | None:
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


def _sensor(pair: Any, i: int) -> tuple[Law, Law]:
    if not isinstance(pair, (tuple, list)) or len(pair) != 2:
        raise SpecificationError(f"sensors[{i}]: found {pair!r}; write a pair of laws (honest, attack)")
    honest = read_distribution(pair[0], where=f"sensors[{i}], honest")[1].fractions().tolist()
    attack = read_distribution(pair[1], where=f"sensors[{i}], attack", size=len(honest))[1].fractions().tolist()
    return honest, attack


def _product_law(laws: Sequence[Law]) -> Law:
    return [math.prod(chances, start=Fraction(1)) for chances in itertools.product(*laws)]


def _set_name(taken: tuple[int, ...]) -> str:
    return f"captured {', '.join(str(i + 1) for i in taken)}" if taken else "nobody captured"
