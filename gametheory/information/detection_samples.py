"""What n observations tell: exact errors by counting, bounds from both sides, exponents, and how many are needed.

A monitor that sees n independent signals loses nothing by keeping only how often each occurred (the *type*):
:func:`repeated_counts` is that channel, exact, with C(n + K − 1, K − 1) outputs for K signals, and every function of
single observations applies to it. Where that is too many, for the least sum of both error rates, α + β = 1 − TV,

    max {½ exp(−n D),  1 − √(nD/2),  1 − √(1 − ρ^(2n))}   ≤   α + β   ≤   exp(−n C)  ≤  ρ^n

with D the smaller of the two Kullback–Leibler divergences in nats (Bretagnolle and Huber; Pinsker), ρ the Bhattacharyya
coefficient (Le Cam) and C Chernoff's information

    C = max_{0≤s≤1} −ln Σ p^(1−s) q^s  =  min_m max {D(m‖p), D(m‖q)},

the exponent of α + β; at a fixed false alarm rate misses decay with exponent D(p‖q) (Stein). Both sides of C are
evaluated, the first at an s and the second at a law m between p and q, so that it is bracketed whatever the search did.

References: H. Chernoff, "A measure of asymptotic efficiency for tests of a hypothesis based on the sum of observations",
Ann. Math. Stat. 23 (1952); T. M. Cover and J. A. Thomas, *Elements of Information Theory* (2nd ed. 2006), theorems
11.8.3 and 11.9.1; A. B. Tsybakov, *Introduction to Nonparametric Estimation* (2009), section 2.4; W. Hoeffding,
"Probability inequalities for sums of bounded random variables", J. Amer. Stat. Assoc. 58 (1963).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import Any, Literal

import numpy as np

from gametheory.arithmetic import RationalArray, exact, read_array
from gametheory.certificates.elementary import (
    Bracket,
    Unit,
    exponential_bracket,
    logarithm_bracket,
    per_unit,
    square_root_bracket,
)
from gametheory.errors import SpecificationError
from gametheory.games.memory import refuse_if_too_large
from gametheory.information.distributions import Channel, read_channel, read_distribution, read_probability
from gametheory.information.divergence_balls import largest_expectation
from gametheory.information.divergences import (
    bhattacharyya_coefficient,
    kullback_leibler_divergence,
    total_variation,
)

__all__ = [
    "bayes_error",
    "chernoff_information",
    "hoeffding_bound",
    "power_within_budget",
    "repeated_counts",
    "samples_needed",
    "stein_exponent",
    "total_error",
]

Rationals = list[Fraction]
Pair = tuple[Fraction, Fraction]
_ZERO, _ONE = Fraction(0), Fraction(1)
_FARTHEST = 3000


def repeated_counts(channel: Any, num_samples: int) -> Channel:
    """How often each output occurs in n independent uses of a channel with the same input.

    Parameters
    ----------
    channel : Channel, Monitoring or array_like, shape (number of inputs, number of outputs)
    num_samples : int ≥ 1

    Returns
    -------
    Channel
        An output for every type: counts that sum to n.

    Raises
    ------
    SpecificationError
        If there are too many types for the memory at hand.

    Examples
    --------
    >>> twice = repeated_counts([["3/4", "1/4"], ["1/2", "1/2"]], 2)
    >>> twice.outputs, [str(x) for x in twice.probabilities[0]]
    (('2, 0', '1, 1', '0, 2'), ['9/16', '3/8', '1/16'])
    """
    read, n = read_channel(channel), _count(num_samples)
    sizes = read.num_outputs
    num_types = math.comb(n + sizes - 1, sizes - 1)
    bits = n * read.rows.denominator.bit_length()
    refuse_if_too_large(read.num_inputs * num_types, 100 + bits // 8, f"the types of {n} observations")
    powers = [[[x**k for k in range(n + 1)] for x in row] for row in read.rows.numerators.astype(object).tolist()]
    names, columns = [], []
    for counts in _types(n, sizes):
        names.append(", ".join(map(str, counts)))
        ways = math.factorial(n)
        for k in counts:
            ways //= math.factorial(k)
        columns.append([ways * math.prod(row[s][k] for s, k in enumerate(counts)) for row in powers])
    table = np.array(columns, dtype=object).T
    rows = RationalArray.of_integers(table, read.rows.denominator**n)
    exact_channel = Channel(rows, read.inputs, names)
    return exact_channel if read.arithmetic == "exact" else exact_channel.as_floats()


def bayes_error(prior: Any, channel: Any) -> Any:
    """The least probability of a wrong guess of the input from the output: 1 − Σ_y max_x prior(x) P(y | x).

    Parameters
    ----------
    prior : array_like, shape (number of inputs,)
    channel : Channel, Monitoring or array_like, shape (number of inputs, number of outputs)

    Returns
    -------
    Fraction or float
        A Fraction if both are exact.

    Examples
    --------
    >>> monitor = [["9/10", "1/10"], ["1/5", "4/5"]]
    >>> str(bayes_error(["9/10", "1/10"], monitor)), str(bayes_error(["9/10", "1/10"], repeated_counts(monitor, 2)))
    ('1/10', '9/200')
    """
    read = read_channel(channel)
    kind, weights = read_distribution(prior, where="prior", size=read.num_inputs)
    joint = weights.numerators.astype(object)[:, None] * read.rows.numerators.astype(object)
    right = Fraction(int(joint.max(axis=0).sum()), weights.denominator * read.rows.denominator)
    return 1 - right if kind == read.arithmetic == "exact" else float(1 - right)


def total_error(honest: Any, attack: Any, *, num_samples: int, method: Literal["exact", "bounds"]) -> Bracket:
    """The least sum of false alarm rate and miss rate of any test of n independent signals.

    Parameters
    ----------
    honest, attack : array_like, shape (number of signals,)
    num_samples : int ≥ 1
    method : "exact" or "bounds"
        Counting types (equal bounds), or the inequalities of this module, for any n.

    Returns
    -------
    Bracket

    Examples
    --------
    >>> total_error(["1/2", "1/2"], ["9/10", "1/10"], num_samples=2, method="exact")
    Bracket(certified: 11/25, exact)
    >>> found = total_error(["1/2", "1/2"], ["9/10", "1/10"], num_samples=20, method="bounds")
    >>> round(found.lower, 5), round(found.upper, 5)
    (0.00578, 0.10566)
    """
    pair, n = _pair_of_laws(honest, attack), _count(num_samples)
    if method == "exact":
        counts = repeated_counts(pair.exact(), n)
        value = 1 - Fraction(total_variation(counts.row(0), counts.row(1)))
        return Bracket(value, value)
    if method != "bounds":
        raise SpecificationError(f"method: found {method!r}; write 'exact' or 'bounds'")
    p, q = (pair.row(k) for k in (0, 1))
    rho = bhattacharyya_coefficient(p, q)
    overlap = _ZERO  # ρ^(2n), from below
    if rho.exact_lower > 0:
        exponent = 2 * n * logarithm_bracket(Fraction(rho.exact_lower))[0]
        overlap = min(exponential_bracket(exponent)[0], _ONE) if exponent > -_FARTHEST else _ZERO
    lower = [_ZERO, 1 - square_root_bracket(1 - overlap)[1]]
    for divergence in (kullback_leibler_divergence(p, q, unit="nats"), kullback_leibler_divergence(q, p, unit="nats")):
        if divergence.exact_upper != math.inf:
            evidence = n * Fraction(divergence.exact_upper)
            lower.append(1 - square_root_bracket(evidence / 2)[1])
            if evidence < _FARTHEST:
                lower.append(exponential_bracket(-evidence)[0] / 2)
    rate = chernoff_information(p, q, unit="nats").exact_lower
    if rate == math.inf:
        return Bracket(_ZERO, _ZERO)
    return Bracket(max(lower), exponential_bracket(-min(n * Fraction(rate), Fraction(_FARTHEST)))[1])


def samples_needed(honest: Any, attack: Any, *, total_error: Any) -> tuple[int, int]:
    """How many independent signals bring α + β down to a level: no fewer than the first number, and the second suffice.

    Parameters
    ----------
    honest, attack : array_like, shape (number of signals,)
    total_error : number in (0, 1)

    Returns
    -------
    (necessary, sufficient) : tuple of int

    Raises
    ------
    SpecificationError
        If the laws are equal: no number suffices.

    Examples
    --------
    >>> samples_needed(["1/2", "1/2"], ["3/5", "2/5"], total_error="1/50")
    (319, 771)
    """
    level = read_probability(total_error, where="total_error")
    if not 0 < level < 1:
        raise SpecificationError(f"total_error: found {total_error}; write a number between 0 and 1")
    pair = _pair_of_laws(honest, attack)
    p, q = (pair.row(k) for k in (0, 1))
    if p == q:
        raise SpecificationError("attack: found the honest law; no number of observations tells the two apart")
    rho = bhattacharyya_coefficient(p, q)
    if rho.exact_upper == 0:
        return 1, 1
    # Le Cam: 1 − √(1 − ρ^2n) ≤ level, so ρ^2n ≤ 1 − (1 − level)².
    enough = logarithm_bracket(1 - (1 - level) ** 2)[1]
    necessary = math.ceil(enough / (2 * logarithm_bracket(Fraction(rho.exact_lower))[0])) if enough < 0 else 1
    rate = Fraction(chernoff_information(p, q, unit="nats").exact_lower)
    sufficient = math.ceil(-logarithm_bracket(level)[0] / rate)
    return max(necessary, 1), max(sufficient, 1)


def stein_exponent(honest: Any, attack: Any, *, unit: Unit) -> Bracket:
    """D(honest‖attack): the rate at which misses decay with the number of signals, at any fixed false alarm rate.

    Examples
    --------
    >>> round(float(stein_exponent(["1/2", "1/2"], ["9/10", "1/10"], unit="nats")), 6)
    0.510826
    """
    return kullback_leibler_divergence(honest, attack, unit=unit)


def chernoff_information(honest: Any, attack: Any, *, unit: Unit) -> Bracket:
    """The rate at which the sum of false alarm and miss rates decays with the number of signals, bounded from both sides.

    Examples
    --------
    >>> round(float(chernoff_information(["1/2", "1/2"], ["9/10", "1/10"], unit="nats")), 8)
    0.11237745
    """
    pair = _pair_of_laws(honest, attack)
    both = [(x, y) for x, y in pair.rows.fractions().T.tolist() if x and y]
    if not both:
        return Bracket(math.inf, math.inf, per_unit((_ZERO, _ZERO), unit).unit)
    ratios = [(x, y, logarithm_bracket(y / x)) for x, y in both]

    def slope(s: float) -> float:
        """Derivative of ln Σ p^(1−s) q^s: the expected log-likelihood ratio under the law between p and q."""
        logs = [float(low) for _, _, (low, _) in ratios]
        top = max(math.log(x) + s * log for (x, _, _), log in zip(ratios, logs, strict=True))
        weights = [math.exp(math.log(x) + s * log - top) for (x, _, _), log in zip(ratios, logs, strict=True)]
        return sum(w * log for w, log in zip(weights, logs, strict=True)) / sum(weights)

    low, high = 0.0, 1.0
    if slope(low) >= 0:
        high = low
    elif slope(high) <= 0:
        low = high
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if slope(middle) < 0 else (low, middle)
    s = Fraction(low)
    terms = [(x * exponential_bracket(s * a)[0], x * exponential_bracket(s * b)[1]) for x, _, (a, b) in ratios]
    total = sum((b for _, b in terms), _ZERO)
    middle_law = [Fraction(round((a + b) * 2**100), 2**101) for a, b in terms]
    weight = sum(middle_law, _ZERO)
    farthest = max(
        sum(
            (
                m / weight * logarithm_bracket(m / weight / law[k])[1]
                for m, law in zip(middle_law, both, strict=True)
                if m
            ),
            _ZERO,
        )
        for k in (0, 1)
    )
    least = max(-logarithm_bracket(total)[1], _ZERO)
    return per_unit((least, max(farthest, least)), unit)


def hoeffding_bound(honest: Any, attack: Any, scores: Any, *, num_samples: int) -> Bracket:
    """Hoeffding's bound on each error rate of the mean score of n signals, compared with the middle of the two means.

    Both rates are at most exp(−n Δ² / (2 w²)) for scores in a range of width w whose means differ by Δ.

    Parameters
    ----------
    honest, attack : array_like, shape (number of signals,)
    scores : array_like, shape (number of signals,)
        The higher, the more suspicious.
    num_samples : int ≥ 1

    Returns
    -------
    Bracket
        Of the bound.

    Examples
    --------
    >>> round(float(hoeffding_bound(["9/10", "1/10"], ["1/2", "1/2"], [0, 1], num_samples=50)), 6)
    0.018316
    """
    pair, n = _pair_of_laws(honest, attack), _count(num_samples)
    kind, array = read_array(scores, where="scores")
    if kind == "symbolic" or array.shape != (pair.num_outputs,):
        raise SpecificationError(f"scores: found no vector of {pair.num_outputs} numbers; write one for every signal")
    values = RationalArray.from_values(array).fractions()
    means = (pair.rows.fractions() @ values).tolist()
    width = max(values) - min(values)
    if means[1] <= means[0]:
        raise SpecificationError("scores: found a mean under attack that is not above the honest one; turn the sign")
    exponent = n * ((means[1] - means[0]) / width) ** 2 / 2
    return (
        Bracket(*exponential_bracket(-exponent))
        if exponent < _FARTHEST
        else Bracket(_ZERO, exponential_bracket(Fraction(-_FARTHEST))[1])
    )


def power_within_budget(false_alarm_rate: Any, *, budget: Any, unit: Unit, num_samples: int = 1) -> Bracket:
    """The most power that any test of n signals has against an attack within a Kullback–Leibler budget per signal.

    The largest β with β ln(β/α) + (1 − β) ln((1 − β)/(1 − α)) ≤ n·budget: no test distinguishes more than the whole
    signal does (data processing), and some attack attains it.

    Parameters
    ----------
    false_alarm_rate : number in [0, 1]
    budget : number ≥ 0
        Bound on D(attack‖honest) of one signal.
    unit : "bits" or "nats"

    Examples
    --------
    >>> round(float(power_within_budget("0.05", budget="0.01", unit="nats")), 6)
    0.083648
    """
    rate, n = read_probability(false_alarm_rate, where="false_alarm_rate"), _count(num_samples)
    total = n * exact(budget, where="budget")
    found = largest_expectation([0, 1], [1 - rate, rate], divergence="kullback-leibler", budget=total, unit=unit)
    return Bracket(found.exact_lower, found.exact_upper)


def _pair_of_laws(honest: Any, attack: Any) -> Channel:
    kind_p, p = read_distribution(honest, where="honest")
    kind_q, q = read_distribution(attack, where="attack", size=len(p))
    rows = RationalArray.from_fractions([p.fractions().tolist(), q.fractions().tolist()])
    channel = Channel(rows, ["honest", "attack"])
    return channel if kind_p == kind_q == "exact" else channel.as_floats()


def _types(n: int, size: int) -> Iterator[tuple[int, ...]]:
    """All ways to write n as an ordered sum of ``size`` numbers ≥ 0, the first one falling."""
    if size == 1:
        yield (n,)
        return
    for k in range(n, -1, -1):
        for rest in _types(n - k, size - 1):
            yield (k, *rest)


def _count(num_samples: Any) -> int:
    if isinstance(num_samples, bool) or not hasattr(num_samples, "__index__") or num_samples < 1:
        raise SpecificationError(f"num_samples: found {num_samples!r}; write a whole number ≥ 1")
    return int(num_samples)
