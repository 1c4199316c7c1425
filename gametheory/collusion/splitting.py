"""Splitting below thresholds: a volume of harmful acts shared among agents, against alarms at counts, local or pooled.

Each of n agents does h harmless acts, each of which leaves a trace with probability r, and k_i harmful ones, Σ k_i = V, each of
which does so with probability q, all independently. A local monitor raises an alarm when an agent leaves t traces or more; a
pooled one when all together leave T. The attack goes unnoticed with probability

    ∏_i f(k_i),  f(k) = P(Bin(k, q) + Bin(h, r) < t)      or      P(Bin(V, q) + Bin(n h, r) < T),

whatever the split in the second case. In the first the best split is even where f is log-concave, which is checked in
integers, not assumed. Probabilities are exact.

The two are compared at equal false alarms: unless T is given, it is the least for which the pooled monitor raises no more of
them than the local ones together. References: local tests against pooled ones, R. R. Tenney and N. R. Sandell, "Detection with
distributed sensors", IEEE Trans. Aerosp. Electron. Syst. 17 (1981). Complexity: V numbers with O(t²) products; of long integers
where rates have long denominators.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Any, final

from gametheory.arithmetic import exact_text
from gametheory.arithmetic.limits import check_count
from gametheory.errors import SpecificationError, UnsupportedError
from gametheory.games.tables import data_frame
from gametheory.information.distributions import read_probability

__all__ = ["SplitAttack", "Thresholds", "largest_unnoticed_volume", "split_below_thresholds"]

_ZERO, _ONE = Fraction(0), Fraction(1)
MAX_WORK = 30_000_000
"""Products of numbers of 64 bits."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """Monitors that count traces, and what leaves them.

    Attributes
    ----------
    num_agents : int ≥ 1
    trace_rate : Fraction
        The probability that a harmful act leaves a trace.
    harmless_acts : int ≥ 0
        Per agent.
    harmless_rate : Fraction
        The probability that a harmless act leaves a trace.
    local : int ≥ 1
        Traces of one agent that raise an alarm.
    pooled : int ≥ 1
        Traces of all agents that raise one.
    """

    num_agents: int
    trace_rate: Fraction
    harmless_acts: int
    harmless_rate: Fraction
    local: int
    pooled: int

    @classmethod
    def of(
        cls,
        *,
        num_agents: int,
        trace_rate: Any,
        local_threshold: int,
        pooled_threshold: int | None = None,
        harmless_acts: int = 0,
        harmless_rate: Any = 0,
    ) -> Thresholds:
        """Read and check; without a pooled threshold the least with no more false alarms than the local ones together.

        Examples
        --------
        >>> Thresholds.of(num_agents=20, trace_rate="0.3", local_threshold=3, harmless_acts=5, harmless_rate="0.05").pooled
        11
        """
        n, local = check_count("num_agents", num_agents), check_count("local_threshold", local_threshold)
        acts = check_count("harmless_acts", harmless_acts, least=0)
        rate, harmless = (
            read_probability(trace_rate, where="trace_rate"),
            read_probability(harmless_rate, where="harmless_rate"),
        )
        _refuse(n * acts + local, rate, harmless, n * acts)
        if pooled_threshold is not None:
            pooled = check_count("pooled_threshold", pooled_threshold)
        else:
            quiet = _below(local, (acts, harmless)) ** n
            pooled = max(_least_threshold(n * acts, harmless, quiet), local)
        return cls(
            num_agents=n,
            trace_rate=rate,
            harmless_acts=acts,
            harmless_rate=harmless,
            local=local,
            pooled=pooled,
        )

    def local_silence(self, volume: int) -> Fraction:
        """f: the probability that an agent with so many harmful acts raises no local alarm."""
        return _below(self.local, (volume, self.trace_rate), (self.harmless_acts, self.harmless_rate))

    def pooled_silence(self, volume: int) -> Fraction:
        """The probability that so many harmful acts of all agents raise no pooled alarm."""
        acts = self.num_agents * self.harmless_acts
        return _below(self.pooled, (volume, self.trace_rate), (acts, self.harmless_rate))


@final
@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class SplitAttack:
    """The best split of a volume, and how likely it is to go unnoticed; all numbers are exact.

    Attributes
    ----------
    volume : int
    split : tuple of int, one for each agent
        The best against local thresholds.
    local_evasion, pooled_evasion : Fraction
        The probability of no alarm under the attack.
    local_false_alarms, pooled_false_alarms : Fraction
        That of any alarm without it.
    thresholds : Thresholds
    """

    volume: int
    split: tuple[int, ...]
    local_evasion: Fraction
    pooled_evasion: Fraction
    local_false_alarms: Fraction
    pooled_false_alarms: Fraction
    thresholds: Thresholds

    def __float__(self) -> float:
        return float(self.local_evasion)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data, rationals as ``"p/q"``."""
        names = ("local_evasion", "pooled_evasion", "local_false_alarms", "pooled_false_alarms")
        numbers = {name: exact_text(getattr(self, name)) for name in names}
        return {"volume": self.volume, "split": list(self.split), "pooled_threshold": self.thresholds.pooled, **numbers}

    def to_frame(self) -> Any:
        """A pandas table of the two monitors: threshold, evasion, false alarms."""
        rows = [
            ["local", self.thresholds.local, float(self.local_evasion), float(self.local_false_alarms)],
            ["pooled", self.thresholds.pooled, float(self.pooled_evasion), float(self.pooled_false_alarms)],
        ]
        return data_frame(rows, ["monitor", "threshold", "evasion", "false_alarms"])

    def __repr__(self) -> str:
        return (
            f"SplitAttack(exact: {self.volume:,} acts of {self.thresholds.num_agents:,} agents; no alarm with probability "
            f"{float(self.local_evasion):.6g} (local), {float(self.pooled_evasion):.6g} (pooled))"
        )

    def _repr_html_(self) -> str:
        return f"<code>{escape(repr(self))}</code>"


def split_below_thresholds(volume: int, thresholds: Thresholds) -> SplitAttack:
    """Split a volume of harmful acts among agents so that no alarm is as likely as can be.

    Parameters
    ----------
    volume : int ≥ 0
    thresholds : Thresholds

    Returns
    -------
    SplitAttack

    Raises
    ------
    UnsupportedError
        Too much arithmetic, or silence that is not log-concave, for which an even split need not be best.

    Examples
    --------
    Forty acts of twenty agents; alone nobody stands out, together they do:

    >>> watch = Thresholds.of(num_agents=20, trace_rate="0.3", local_threshold=3, harmless_acts=5, harmless_rate="0.05")
    >>> split_below_thresholds(40, watch)
    SplitAttack(exact: 40 acts of 20 agents; no alarm with probability 0.539148 (local), 0.0309 (pooled))
    """
    amount, n = check_count("volume", volume, least=0), thresholds.num_agents
    _refuse(thresholds.local + 1, thresholds.trace_rate, thresholds.harmless_rate, amount * (amount + 1) // 2)
    silence = [thresholds.local_silence(k) for k in range(amount + 1)]
    for k in range(1, amount):
        if silence[k] ** 2 < silence[k - 1] * silence[k + 1]:
            raise UnsupportedError(
                f"the probability of no local alarm is not log-concave in the volume (at {k}); an even split need not be best, "
                "use other thresholds"
            )
    each, more = divmod(amount, n)
    split = (each + 1,) * more + (each,) * (n - more)
    return SplitAttack(
        volume=amount,
        split=split,
        local_evasion=silence[min(each + 1, amount)] ** more * silence[each] ** (n - more),
        pooled_evasion=thresholds.pooled_silence(amount),
        local_false_alarms=1 - silence[0] ** n,
        pooled_false_alarms=1 - thresholds.pooled_silence(0),
        thresholds=thresholds,
    )


def largest_unnoticed_volume(thresholds: Thresholds, *, evasion: Any, most: int = 10_000) -> tuple[int, int]:
    """The largest volumes that go unnoticed with at least a given probability: under local thresholds, and under a pooled one.

    Parameters
    ----------
    evasion : number in (0, 1]
    most : int ≥ 1
        Larger volumes are not looked at.

    Returns
    -------
    (local, pooled) : tuple of int
        At most ``most``; 0 if not even one act does, −1 if false alarms alone are too frequent.

    Notes
    -----
    For local thresholds an even split is evaluated, which is best wherever :func:`split_below_thresholds` answers.

    Examples
    --------
    >>> watch = Thresholds.of(num_agents=20, trace_rate="0.3", local_threshold=3, harmless_acts=5, harmless_rate="0.05")
    >>> largest_unnoticed_volume(watch, evasion="1/2")
    (41, 18)
    """
    level, largest = read_probability(evasion, where="evasion"), check_count("most", most)
    if not level:
        raise SpecificationError("evasion: found 0; write a probability greater than 0")
    n = thresholds.num_agents
    _refuse(max(thresholds.pooled, thresholds.local), thresholds.trace_rate, thresholds.harmless_rate, 40 * largest)

    def local(volume: int) -> Fraction:
        each, more = divmod(volume, n)
        return thresholds.local_silence(each + 1) ** more * thresholds.local_silence(each) ** (n - more)

    return _last(local, level, largest), _last(thresholds.pooled_silence, level, largest)


def _last(falling: Callable[[int], Fraction], level: Fraction, most: int) -> int:
    """The largest number up to ``most`` at which a falling function is at least ``level``; −1 if none."""
    low, high = -1, 1
    while high <= most and falling(high) >= level:
        low, high = high, 2 * high
    high = min(high, most + 1)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if falling(middle) >= level else (low, middle)
    return low


def _below(threshold: int, *parts: tuple[int, Fraction]) -> Fraction:
    """P(sum of independent binomials < threshold), each given by its number and rate."""
    counts, total = [1], 1
    for number, rate in parts:
        a, b = rate.numerator, rate.denominator - rate.numerator
        terms = [math.comb(number, k) * a**k * b ** (number - k) for k in range(min(number, threshold - 1) + 1)]
        size = min(len(counts) + len(terms) - 1, threshold)
        counts = [
            sum(counts[i] * terms[k - i] for i in range(max(0, k - len(terms) + 1), min(k + 1, len(counts))))
            for k in range(size)
        ]
        total *= rate.denominator**number
    return Fraction(sum(counts), total)


def _least_threshold(number: int, rate: Fraction, silence: Fraction) -> int:
    """The least T with P(Bin(number, rate) < T) ≥ silence."""
    a, b = rate.numerator, rate.denominator - rate.numerator
    wanted, total = silence * rate.denominator**number, 0
    for k in range(number + 1):
        total += math.comb(number, k) * a**k * b ** (number - k)
        if total >= wanted:
            return k + 1
    return number + 1


def _refuse(threshold: int, rate: Fraction, harmless: Fraction, acts: int) -> None:
    digits = rate.denominator.bit_length() + harmless.denominator.bit_length()
    if threshold * max(acts, 1) * digits > 64 * MAX_WORK:
        raise UnsupportedError(
            f"thresholds and volumes: found {threshold:,} and {acts:,}, about {threshold * acts * digits // 64:,} products of "
            f"long integers, more than {MAX_WORK:,}; take smaller numbers, or rates with short denominators"
        )
