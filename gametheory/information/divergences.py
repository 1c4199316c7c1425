"""How far apart two distributions are, and how much one variable says of another.

For distributions q and p over the same outcomes:

    Kullback–Leibler  D(q‖p) = Σ q ln (q/p)          total variation  ½ Σ |q − p|
    chi-squared       Σ (q − p)²/p                   Bhattacharyya    ρ = Σ √(q p),  Hellinger² = 1 − ρ
    Rényi, order α    ln Σ q^α p^(1−α) / (α − 1)     Jensen–Shannon   ½ D(q‖m) + ½ D(p‖m),  m = (q + p)/2

with 0 ln 0 = 0; D(q‖p) is infinite where q puts weight on an outcome that p excludes. The mutual information of input
and output of a channel is the average of D(row‖mean row) under the prior.

Total variation and chi-squared are rational: a Fraction for exact data, for floats the nearest float to the exact value.
The others are a :class:`~gametheory.certificates.elementary.Bracket` of two rationals some 1e-36 apart. Nothing here has
a default unit: a budget of 0.1 bits is one of 0.069 nats.

Each is monotone under post-processing (data processing inequality), and they bound one another: total variation is at
most √(D/2) in nats (Pinsker), at most √(1 − exp(−D)) (Bretagnolle and Huber), and between Hellinger² and √(2 Hellinger²).

References: T. M. Cover and J. A. Thomas, *Elements of Information Theory* (2nd ed. 2006), chapters 2 and 11; T. van Erven
and P. Harremoës, "Rényi divergence and Kullback–Leibler divergence", IEEE Trans. Inf. Theory 60 (2014); J. Bretagnolle
and C. Huber, "Estimation des densités: risque minimax", Z. Wahrscheinlichkeitstheorie 47 (1979).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from gametheory.arithmetic import exact
from gametheory.certificates.elementary import (
    Bracket,
    Unit,
    exponential_bracket,
    logarithm_bracket,
    per_unit,
    square_root_bracket,
)
from gametheory.errors import SpecificationError
from gametheory.information.distributions import Kind, read_channel, read_distribution

__all__ = [
    "bhattacharyya_coefficient",
    "chi_squared_divergence",
    "entropy",
    "hellinger_distance",
    "jensen_shannon_divergence",
    "kullback_leibler_divergence",
    "mutual_information",
    "renyi_divergence",
    "total_variation",
]

Pair = tuple[Fraction, Fraction]
Pairs = list[tuple[Fraction, Fraction]]


def entropy(distribution: Any, *, unit: Unit) -> Bracket:
    """Shannon entropy −Σ p ln p.

    Parameters
    ----------
    distribution : array_like, shape (number of outcomes,)
    unit : "bits" or "nats"

    Examples
    --------
    >>> entropy(["1/2", "1/4", "1/4"], unit="bits")
    Bracket(certified: 1.5 bits, within 2e-36)
    """
    _, p = read_distribution(distribution)
    return per_unit(_weighted((x, 1 / x) for x in p.fractions().tolist() if x), unit)


def kullback_leibler_divergence(q: Any, p: Any, *, unit: Unit) -> Bracket:
    """D(q‖p) = Σ q ln (q/p): what a sample of q says, on average, against p. Infinite unless q is within p's support.

    Parameters
    ----------
    q, p : array_like, shape (number of outcomes,)
        The law that samples follow, and the law that is believed.
    unit : "bits" or "nats"

    Examples
    --------
    >>> round(float(kullback_leibler_divergence(["1/2", "1/2"], ["3/4", "1/4"], unit="bits")), 6)
    0.207519
    >>> kullback_leibler_divergence([1, 0], [0, 1], unit="nats")
    Bracket(certified: infinite nats, exact)

    Names: relative entropy, information divergence.
    """
    _, pairs = _pairs(q, p)
    return _kullback_leibler(pairs, unit)


def total_variation(q: Any, p: Any) -> Any:
    """½ Σ |q − p|: the largest difference that any event makes, and of any test's detection and false-alarm rates.

    Returns
    -------
    Fraction or float
        In [0, 1]; a Fraction if both are exact.

    Examples
    --------
    >>> total_variation(["1/2", "1/2", 0], ["1/2", "1/4", "1/4"])
    Fraction(1, 4)

    Names: statistical distance, Kolmogorov distance.
    """
    kind, pairs = _pairs(q, p)
    value = sum((abs(x - y) for x, y in pairs), Fraction(0)) / 2
    return value if kind == "exact" else float(value)


def chi_squared_divergence(q: Any, p: Any) -> Any:
    """Pearson's Σ (q − p)²/p; infinite unless q is within p's support.

    Returns
    -------
    Fraction or float
        A Fraction if both are exact and it is finite.

    Examples
    --------
    >>> chi_squared_divergence(["1/2", "1/2"], ["3/4", "1/4"])
    Fraction(1, 3)
    """
    kind, pairs = _pairs(q, p)
    if any(x and not y for x, y in pairs):
        return math.inf
    value = sum(((x - y) ** 2 / y for x, y in pairs if y), Fraction(0))
    return value if kind == "exact" else float(value)


def bhattacharyya_coefficient(q: Any, p: Any) -> Bracket:
    """ρ = Σ √(q p), in [0, 1]: 1 for equal distributions, 0 for disjoint ones.

    With n independent samples it is ρ^n, and the least sum of a test's two error rates lies between 1 − √(1 − ρ^(2n))
    and ρ^n. Its logarithm, −ln ρ, is the Bhattacharyya distance.

    Examples
    --------
    >>> bhattacharyya_coefficient(["1/2", "1/2"], ["9/10", "1/10"])
    Bracket(certified: 0.8944271909999, within 2e-36)

    Names: fidelity (its square, for some authors), affinity.
    """
    _, pairs = _pairs(q, p)
    return Bracket(*_affinity(pairs))


def hellinger_distance(q: Any, p: Any) -> Bracket:
    """√(1 − Σ √(q p)), in [0, 1].

    Examples
    --------
    >>> hellinger_distance([1, 0], [0, 1])
    Bracket(certified: 1, exact)
    """
    _, pairs = _pairs(q, p)
    low, high = _affinity(pairs)
    return Bracket(square_root_bracket(max(1 - high, Fraction(0)))[0], square_root_bracket(1 - low)[1])


def renyi_divergence(q: Any, p: Any, *, order: Any, unit: Unit) -> Bracket:
    """Rényi's divergence of q from p of order α: ln Σ q^α p^(1−α) / (α − 1), with its limits at 0, 1 and infinity.

    Parameters
    ----------
    q, p : array_like, shape (number of outcomes,)
    order : number ≥ 0 or math.inf
        0: −ln of p's weight on q's support; 1: Kullback–Leibler; ∞: ln of the largest ratio q/p, the ε of pure
        differential privacy.
    unit : "bits" or "nats"

    Examples
    --------
    >>> renyi_divergence(["3/4", "1/4"], ["1/4", "3/4"], order=float("inf"), unit="nats")
    Bracket(certified: 1.098612288668 nats, within 8e-37)
    """
    _, pairs = _pairs(q, p)
    if not isinstance(order, str) and order == math.inf:
        if any(x and not y for x, y in pairs):
            return Bracket(math.inf, math.inf, per_unit(_ZERO, unit).unit)
        return per_unit(logarithm_bracket(max(x / y for x, y in pairs if x)), unit)
    alpha = exact(order, where="order")
    if alpha < 0:
        raise SpecificationError(f"order: found {order}; write a number ≥ 0, or math.inf")
    if alpha == 1:
        return _kullback_leibler(pairs, unit)
    both = [(x, y) for x, y in pairs if x and y]
    if not both or (alpha > 1 and any(x and not y for x, y in pairs)):
        return Bracket(math.inf, math.inf, per_unit(_ZERO, unit).unit)
    low = high = Fraction(0)
    for x, y in both:
        ratio = logarithm_bracket(x / y)
        low += y * exponential_bracket(alpha * ratio[0])[0]
        high += y * exponential_bracket(alpha * ratio[1])[1]
    if low <= 0:
        raise SpecificationError(f"order: found {order}, too large for these distributions; write a smaller one")
    bounds = sorted([logarithm_bracket(low)[0] / (alpha - 1), logarithm_bracket(high)[1] / (alpha - 1)])
    return per_unit((max(bounds[0], Fraction(0)), bounds[1]), unit)


def jensen_shannon_divergence(q: Any, p: Any, *, unit: Unit) -> Bracket:
    """½ D(q‖m) + ½ D(p‖m) with m = (q + p)/2, at most ln 2: the information of one sample about a fair choice of the two.

    Examples
    --------
    >>> round(float(jensen_shannon_divergence([1, 0], ["1/2", "1/2"], unit="bits")), 6)
    0.311278
    """
    _, pairs = _pairs(q, p)
    terms = [(x / 2, 2 * x / (x + y)) for x, y in pairs if x] + [(y / 2, 2 * y / (x + y)) for x, y in pairs if y]
    return _positive(_weighted(terms), unit)


def mutual_information(prior: Any, channel: Any, *, unit: Unit) -> Bracket:
    """I(X; Y) when the input has the distribution ``prior``: what the output says of the input, on average.

    Parameters
    ----------
    prior : array_like, shape (number of inputs,)
    channel : Channel, Monitoring or array_like, shape (number of inputs, number of outputs)
    unit : "bits" or "nats"

    Examples
    --------
    A bit seen through a binary symmetric channel: 1 − h(11/100).

    >>> noisy = [["89/100", "11/100"], ["11/100", "89/100"]]
    >>> round(float(mutual_information(["1/2", "1/2"], noisy, unit="bits")), 8)
    0.50008404
    """
    read = read_channel(channel)
    _, weights = read_distribution(prior, where="prior", size=read.num_inputs)
    prior_weights, rows = weights.fractions(), read.rows.fractions()
    mean = (prior_weights @ rows).tolist()
    terms = (
        (w * x, x / mean[k]) for w, row in zip(prior_weights, rows, strict=True) if w for k, x in enumerate(row) if x
    )
    return _positive(_weighted(terms), unit)


_ZERO = (Fraction(0), Fraction(0))


def _pairs(q: Any, p: Any) -> tuple[Kind, Pairs]:
    kind_q, left = read_distribution(q, where="q")
    kind_p, right = read_distribution(p, where="p", size=len(left))
    kind: Kind = "exact" if kind_q == kind_p == "exact" else "float"
    return kind, list(zip(left.fractions().tolist(), right.fractions().tolist(), strict=True))


def _weighted(terms: Iterable[Pair]) -> Pair:
    """Σ w ln x over pairs (w ≥ 0, x > 0), between two rationals."""
    low = high = Fraction(0)
    for weight, x in terms:
        bounds = logarithm_bracket(x)
        low, high = low + weight * bounds[0], high + weight * bounds[1]
    return low, high


def _positive(nats: Pair, unit: Unit) -> Bracket:
    """A bracket of a number that cannot be negative."""
    return per_unit((max(nats[0], Fraction(0)), max(nats[1], Fraction(0))), unit)


def _kullback_leibler(pairs: Pairs, unit: Unit) -> Bracket:
    if any(x and not y for x, y in pairs):
        return Bracket(math.inf, math.inf, per_unit(_ZERO, unit).unit)
    return _positive(_weighted((x, x / y) for x, y in pairs if x), unit)


def _affinity(pairs: Pairs) -> Pair:
    bounds = [square_root_bracket(x * y) for x, y in pairs]
    return sum((b[0] for b in bounds), Fraction(0)), min(sum((b[1] for b in bounds), Fraction(0)), Fraction(1))
