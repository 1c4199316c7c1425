"""Testing as signals arrive: Wald's sequential probability ratio test, how often it errs and how long it takes.

Signals are independent with the law p (honest) or q (attack). The test multiplies likelihood ratios q(s)/p(s), starting
from 1, and stops at the first time that the product Λ is ≥ A (alarm) or ≤ B (acquittal), B < 1 < A.

* **Thresholds** A = (1 − β)/α and B = β/(1 − α) give error rates α' ≤ α/(1 − β), β' ≤ β/(1 − α), α' + β' ≤ α + β (Wald).
* **Optimality**: no test with error rates at most those of a sequential probability ratio test has a smaller expected
  number of signals, honest or under attack (Wald and Wolfowitz).
* **Any** sequential test with error rates ≤ α, β has E_q[N] ≥ d(1 − β, α)/D(q‖p) and E_p[N] ≥ d(α, 1 − β)/D(p‖q) with
  d(x, y) = x ln(x/y) + (1 − x) ln((1 − x)/(1 − y)). *Wald's approximation* takes these for equalities; it neglects by
  how much Λ passes the thresholds.

The exact numbers are those of a Markov chain on the values of Λ, which are rational. Where finitely many lie between
the thresholds (likelihood ratios that are powers of one number) its linear equations are solved in rationals. Otherwise
the law of Λ is followed forward for as long as it matters, in integers rounded down: what is absorbed bounds the error
rates from below, what is not yet absorbed (or was rounded off) bounds what is missing. What remains takes in expectation
at most (span + largest step)/divergence further signals (Wald's identity), so every number is bracketed.

References: A. Wald, *Sequential Analysis* (1947), chapters 3 and appendix A; A. Wald and J. Wolfowitz, "Optimum character
of the sequential probability ratio test", Ann. Math. Stat. 19 (1948). Complexity: the chain has one state per value of
Λ between the thresholds (up to 400 solved exactly); followed forward, a step per signal and possible value,
comfortable for up to three signals whose likelihood ratios have no common base (or more where many products coincide).
"""

from __future__ import annotations

import math
import operator
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Any, final

from gametheory.arithmetic import exact, exact_text
from gametheory.certificates.elementary import Bracket, logarithm_bracket
from gametheory.certificates.encoding import brief
from gametheory.errors import SolverError, SpecificationError
from gametheory.games.tables import data_frame
from gametheory.information.distributions import Kind, read_distribution, read_probability
from gametheory.information.divergences import kullback_leibler_divergence

__all__ = [
    "SequentialTest",
    "WaldApproximation",
    "least_expected_samples",
    "sequential_test",
    "wald_approximation",
    "wald_thresholds",
]

Rationals = list[Fraction]
Step = tuple[Fraction, Fraction]

_BITS = 160
_EXACT_STATES = 400
_NEAR = 1e-8  # logarithms nearer to a threshold are compared exactly
_MOST_VISITS = 3_000_000  # states visited forward, over all steps


@final
@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class SequentialTest:
    """How a sequential probability ratio test performs.

    Attributes
    ----------
    lower, upper : Fraction
        The thresholds B < 1 < A on the likelihood ratio.
    false_alarm_rate, miss_rate : Bracket
        Exact where finitely many likelihood ratios lie between the thresholds.
    honest_samples, attack_samples : Bracket
        Expected number of signals until it stops, by who is watched.
    num_states : int
        Likelihood ratios between the thresholds in the exact chain; 0 if it was followed forward.
    arithmetic : "exact" or "float"
    """

    lower: Fraction
    upper: Fraction
    false_alarm_rate: Bracket
    miss_rate: Bracket
    honest_samples: Bracket
    attack_samples: Bracket
    num_states: int
    arithmetic: Kind = "exact"

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data, rationals as ``"p/q"``."""
        numbers = {name: bracket.to_dict() for name, bracket in self._listed()}
        return {"lower": exact_text(self.lower), "upper": exact_text(self.upper), **numbers}

    def to_frame(self) -> Any:
        """A pandas table of the four numbers, between two bounds."""
        rows = [[name, bracket.lower, bracket.upper] for name, bracket in self._listed()]
        return data_frame(rows, ["number", "lower", "upper"])

    def _listed(self) -> list[tuple[str, Bracket]]:
        names = ("false_alarm_rate", "miss_rate", "honest_samples", "attack_samples")
        return [(name, getattr(self, name)) for name in names]

    def __repr__(self) -> str:
        errors = f"{float(self.false_alarm_rate):.4g}, misses {float(self.miss_rate):.4g}"
        times = f"{float(self.honest_samples):.6g} honest, {float(self.attack_samples):.6g} under attack"
        return f"SequentialTest(certified: false alarms {errors}; signals {times})"

    def _repr_html_(self) -> str:
        rows = "".join(f"<tr><td>{name}</td><td>{escape(repr(bracket))}</td></tr>" for name, bracket in self._listed())
        return f"<table>{rows}</table>"


@final
@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class WaldApproximation:
    """Expected numbers of signals by Wald's approximation, which neglects the excess over the thresholds.

    Attributes
    ----------
    lower, upper : Fraction
        Thresholds B and A on the likelihood ratio.
    honest_samples, attack_samples : float
        Numerical; also lower bounds for every test with these error rates (:func:`least_expected_samples`).
    """

    lower: Fraction
    upper: Fraction
    honest_samples: float
    attack_samples: float

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data, rationals as ``"p/q"``."""
        return {
            "lower": exact_text(self.lower),
            "upper": exact_text(self.upper),
            "honest_samples": self.honest_samples,
            "attack_samples": self.attack_samples,
        }

    def __repr__(self) -> str:
        return (
            f"WaldApproximation(numerical: {self.honest_samples:.7g} signals honest, {self.attack_samples:.7g} under "
            f"attack; thresholds {brief(self.lower)}, {brief(self.upper)})"
        )

    def _repr_html_(self) -> str:
        return f"<p>{escape(repr(self))}</p>"


def wald_thresholds(*, false_alarm_rate: Any, miss_rate: Any) -> tuple[Fraction, Fraction]:
    """Thresholds B = β/(1 − α) and A = (1 − β)/α for the error rates aimed at.

    Raises
    ------
    SpecificationError
        Unless both rates are positive and sum to less than 1.

    Examples
    --------
    >>> [str(x) for x in wald_thresholds(false_alarm_rate="0.01", miss_rate="0.01")]
    ['1/99', '99']
    """
    alpha, beta = _rates(false_alarm_rate, miss_rate)
    return beta / (1 - alpha), (1 - beta) / alpha


def wald_approximation(honest: Any, attack: Any, *, false_alarm_rate: Any, miss_rate: Any) -> WaldApproximation:
    """Wald's approximation of the expected numbers of signals at given error rates.

    Examples
    --------
    >>> wald_approximation(["1/2", "1/2"], ["3/5", "2/5"], false_alarm_rate="0.01", miss_rate="0.01")
    WaldApproximation(numerical: 220.627 signals honest, 223.6455 under attack; thresholds 1/99, 99)
    """
    rates: dict[str, Any] = {"false_alarm_rate": false_alarm_rate, "miss_rate": miss_rate}
    lower, upper = wald_thresholds(**rates)
    when_honest, attacked = least_expected_samples(honest, attack, **rates)
    return WaldApproximation(
        lower=lower, upper=upper, honest_samples=float(when_honest), attack_samples=float(attacked)
    )


def least_expected_samples(
    honest: Any, attack: Any, *, false_alarm_rate: Any, miss_rate: Any
) -> tuple[Bracket, Bracket]:
    """What any test with these error rates needs on average, sequential or not: when honest, and under attack.

    Examples
    --------
    >>> bounds = least_expected_samples(["1/2", "1/2"], ["3/5", "2/5"], false_alarm_rate="0.01", miss_rate="0.01")
    >>> [round(float(x), 4) for x in bounds]
    [220.627, 223.6455]
    """
    alpha, beta = _rates(false_alarm_rate, miss_rate)
    found = []
    # The alarm has one probability under the law watched, another under the other one: what it tells is what n signals tell.
    for first, second, law, other in ((alpha, 1 - beta, honest, attack), (1 - beta, alpha, attack, honest)):
        told = kullback_leibler_divergence([first, 1 - first], [second, 1 - second], unit="nats")
        each = kullback_leibler_divergence(law, other, unit="nats")
        if each.exact_lower == math.inf:
            found.append(Bracket(Fraction(0), Fraction(0)))  # one signal may settle it; this bound says nothing
        elif each.exact_lower <= 0:
            raise SpecificationError("attack: found the honest law; no number of signals tells the two apart")
        else:
            found.append(
                Bracket(
                    Fraction(told.exact_lower) / Fraction(each.exact_upper),
                    Fraction(told.exact_upper) / Fraction(each.exact_lower),
                )
            )
    return found[0], found[1]


def sequential_test(honest: Any, attack: Any, *, lower: Any, upper: Any, gap: float = 1e-9) -> SequentialTest:
    """Error rates and expected numbers of signals of the sequential probability ratio test with given thresholds.

    Parameters
    ----------
    honest, attack : array_like, shape (number of signals,)
    lower, upper : number
        Stop and acquit at a likelihood ratio ≤ ``lower`` < 1, stop and raise an alarm at one ≥ ``upper`` > 1.
    gap : float
        Largest width of the brackets (of the expected numbers: relative), where the chain is infinite.

    Returns
    -------
    SequentialTest

    Raises
    ------
    SpecificationError
        Equal laws, thresholds on the wrong side of 1.
    SolverError
        The gap was not reached within some millions of visits; ``best`` is the result so far.

    Examples
    --------
    A fair walk on the powers of 3/2: Λ moves up with probability 3/5 under attack, 2/5 when honest.

    >>> found = sequential_test(["2/5", "3/5"], ["3/5", "2/5"], lower="4/9", upper="9/4")
    >>> found.false_alarm_rate, found.attack_samples
    (Bracket(certified: 4/13, exact), Bracket(certified: 50/13, exact))

    Names: SPRT.
    """
    kind_p, p = read_distribution(honest, where="honest")
    kind_q, q = read_distribution(attack, where="attack", size=len(p))
    low, high = exact(lower, where="lower"), exact(upper, where="upper")
    if not 0 < low < 1 < high:
        raise SpecificationError(
            f"lower, upper: found {lower} and {upper}; write thresholds with 0 < lower < 1 < upper"
        )
    if p == q:
        raise SpecificationError("attack: found the honest law; no number of signals tells the two apart")
    pairs = list(zip(p.fractions().tolist(), q.fractions().tolist(), strict=True))
    kind: Kind = "exact" if kind_p == kind_q == "exact" else "float"
    ratios = sorted({y / x for x, y in pairs if x and y})
    states = _reachable(ratios, low, high)
    numbers: list[Bracket] = []
    for side in (0, 1):  # honest, attack
        law: dict[Fraction | None, Fraction] = {}
        for x, y in pairs:  # None: a signal that only an attack sends; 0: one that only honesty sends
            if (x, y)[side]:
                ratio = y / x if x else None
                law[ratio] = law.get(ratio, Fraction(0)) + (x, y)[side]
        numbers += _solved(states, law, low, high) if states else _followed(law, low, high, side, gap)
    alarms, honest_time, attack_alarms, attack_time = numbers
    result = SequentialTest(
        lower=low,
        upper=high,
        false_alarm_rate=alarms,
        miss_rate=Bracket(1 - attack_alarms.exact_upper, 1 - attack_alarms.exact_lower),
        honest_samples=honest_time,
        attack_samples=attack_time,
        num_states=len(states),
        arithmetic=kind,
    )
    wide = max(alarms.width, attack_alarms.width, *(t.width / max(t.lower, 1.0) for t in (honest_time, attack_time)))
    if wide > gap:
        raise SolverError(
            f"the brackets are {wide:.1g} wide, more than the gap {gap:g}; take gap={2 * wide:.1g} or thresholds nearer "
            "to 1, the result so far is in .best",
            status="gap not reached",
            solver="forward recursion",
            best=result,
        )
    return result


def _rates(false_alarm_rate: Any, miss_rate: Any) -> tuple[Fraction, Fraction]:
    alpha = read_probability(false_alarm_rate, where="false_alarm_rate")
    beta = read_probability(miss_rate, where="miss_rate")
    if not (alpha > 0 and beta > 0 and alpha + beta < 1):
        raise SpecificationError(
            f"false_alarm_rate, miss_rate: found {alpha} and {beta}; write positive rates that sum to less than 1"
        )
    return alpha, beta


def _reachable(ratios: Sequence[Fraction], low: Fraction, high: Fraction) -> dict[Fraction, int]:
    """The likelihood ratios strictly between the thresholds that are reached, numbered; empty if there are too many."""
    found, waiting = {Fraction(1): 0}, deque([Fraction(1)])
    while waiting:
        value = waiting.popleft()
        for ratio in ratios:
            following = value * ratio
            if low < following < high and following not in found:
                if len(found) >= _EXACT_STATES:
                    return {}
                found[following] = len(found)
                waiting.append(following)
    return found


def _solved(
    states: dict[Fraction, int], law: dict[Fraction | None, Fraction], low: Fraction, high: Fraction
) -> list[Bracket]:
    """Alarm probability and expected time from the linear equations of the chain, in rationals."""
    from flint import fmpq, fmpq_mat

    def rational(x: Fraction) -> Any:
        return fmpq(x.numerator, x.denominator)

    size = len(states)
    matrix, sides = fmpq_mat(size, size), fmpq_mat(size, 2)
    for value, row in states.items():
        entries, alarm = {row: Fraction(1)}, Fraction(0)
        for ratio, probability in law.items():
            following = None if ratio is None else value * ratio
            if following is None or following >= high:
                alarm += probability
            elif following > low:
                column = states[following]
                entries[column] = entries.get(column, Fraction(0)) - probability
        for column, entry in entries.items():
            matrix[row, column] = rational(entry)
        sides[row, 0], sides[row, 1] = rational(alarm), rational(Fraction(1))
    solution = matrix.solve(sides)
    found = [Fraction(int(solution[0, k].p), int(solution[0, k].q)) for k in (0, 1)]
    return [Bracket(x, x) for x in found]


def _followed(
    law: dict[Fraction | None, Fraction], low: Fraction, high: Fraction, side: int, gap: float
) -> list[Bracket]:
    """Alarm probability and expected time by following the law of Λ forward; masses are integers over 2^160."""
    one = 1 << _BITS
    longest = _remaining_time(law, low, high, side)
    at_once = [0, 0]  # acquittal, alarm: signals that only one of the two sends
    moves = []
    ratios = [ratio for ratio in law if ratio]
    base, vectors = _exponents(ratios)
    for ratio, vector in zip(ratios, vectors, strict=True):
        moves.append((vector, math.log(ratio), _floor(law[ratio])))
    for outcome, x in law.items():
        if not outcome:
            at_once[outcome is None] += _floor(x)
    bounds = (math.log(low), math.log(high))
    # States of less mass are dropped; 10 million of them would cost a quarter of the gap.
    least = int(one * Fraction(gap) / (40_000_000 * (1 + longest)))
    start = (0,) * len(base)
    mass: dict[tuple[int, ...], int] = {start: one}
    position = {start: 0.0}
    alarms = acquittals = lived = visits = 0
    missing = one
    while mass and visits < _MOST_VISITS and missing * (1 + longest) > Fraction(gap) / 2 * max(one, lived):
        lived += sum(mass.values())  # Σ_n P(N > n), from below
        visits += len(mass)
        following: dict[tuple[int, ...], int] = {}
        reached: dict[tuple[int, ...], float] = {}
        for state, weight in mass.items():
            here = position[state]
            acquittals += weight * at_once[0] >> _BITS
            alarms += weight * at_once[1] >> _BITS
            for vector, step, share in moves:
                part = weight * share >> _BITS
                there = here + step
                side_of = _side(there, bounds)
                if side_of is None:  # too near a threshold for floats
                    value = math.prod(
                        (b ** (a + c) for b, a, c in zip(base, state, vector, strict=True)), start=Fraction(1)
                    )
                    side_of = 1 if value >= high else -1 if value <= low else 0
                if side_of > 0:
                    alarms += part
                elif side_of < 0:
                    acquittals += part
                else:
                    target = tuple(map(operator.add, state, vector))
                    following[target] = following.get(target, 0) + part
                    reached[target] = there
        mass = {state: weight for state, weight in following.items() if weight > least}
        position = reached
        missing = one - alarms - acquittals
    # Whatever is not absorbed, wherever it was left, takes ``longest`` further signals on average at most.
    lost = Fraction(missing, one)
    return [
        Bracket(Fraction(alarms, one), Fraction(alarms, one) + lost),
        Bracket(Fraction(lived, one), Fraction(lived, one) + lost * longest),
    ]


def _floor(x: Fraction) -> int:
    return (x.numerator << _BITS) // x.denominator


def _side(position: float, bounds: tuple[float, float]) -> int | None:
    """1 above the upper threshold, −1 below the lower one, 0 between; ``None`` where rounding might decide."""
    if position > bounds[1] + _NEAR:
        return 1
    if position < bounds[0] - _NEAR:
        return -1
    return 0 if bounds[0] + _NEAR < position < bounds[1] - _NEAR else None


def _exponents(ratios: Sequence[Fraction]) -> tuple[list[Fraction], list[tuple[int, ...]]]:
    """Coprime integers and, for each ratio, their exponents: equal products of ratios have equal exponents."""
    base: list[int] = []
    waiting = [n for ratio in ratios for n in (ratio.numerator, ratio.denominator)]
    while waiting:
        number = waiting.pop()
        for k, known in enumerate(base):
            common = math.gcd(number, known)
            if common > 1:
                base.pop(k)
                waiting += [common, number // common, known // common]
                break
        else:
            if number > 1:
                base.append(number)
    vectors = [tuple(_power(r.numerator, b) - _power(r.denominator, b) for b in base) for r in ratios]
    return [Fraction(b) for b in base], vectors


def _power(number: int, factor: int) -> int:
    count = 0
    while number % factor == 0:
        number, count = number // factor, count + 1
    return count


def _remaining_time(law: dict[Fraction | None, Fraction], low: Fraction, high: Fraction, side: int) -> Fraction:
    """A bound on the expected number of further signals from anywhere between the thresholds."""
    if None in law or Fraction(0) in law:
        # Every signal stops it with at least this probability.
        return 1 / (law.get(None, Fraction(0)) + law.get(Fraction(0), Fraction(0)))
    steps = [(x, logarithm_bracket(ratio)) for ratio, x in law.items() if ratio is not None]
    drift = sum((x * (bounds[0] if side else bounds[1]) for x, bounds in steps), Fraction(0))
    # Wald's identity: drift · E[N] = E[ln Λ_N] − ln Λ_0, whose size is at most the span and the last step.
    farthest = max(max(-bounds[0], bounds[1]) for _, bounds in steps)
    span = logarithm_bracket(high)[1] - logarithm_bracket(low)[0]
    return Fraction(math.ceil((span + farthest) / abs(drift)))
