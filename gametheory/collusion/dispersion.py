"""Dispersion: how long stealth lasts, and what many agents do that no single test notices.

* **Time.** Tests that tell the play q from the honest play p at error rates α, β need d(1 − β, α)/D(q‖p) observations on
  average if they may stop early (Wald), with d(x, y) = x ln(x/y) + (1 − x) ln((1 − x)/(1 − y)); fixed samples between two
  known numbers. :func:`time_to_detection`
* **Square roots.** To second order D(q‖p) is half the variance of q/p under p, so that a total divergence of δ nats over n
  rounds buys a gain of c √(nδ), c² = 2 min_y Var_p(Σ y_b u_b) over mixes y of the adversary's best replies to p.
  :func:`square_root_law`; in bits passed over a channel c = √(2/χ²(Q₁‖Q₀)) D(P₁‖P₀). :func:`covert_throughput`
* **Many agents.** n of them share a volume V, noise of standard deviation s at each. Within a divergence ε per test, local
  tests let V = n s √(2ε) pass and one pooled test s √(2nε): oversight that looks at agents one by one lets √n times as much
  pass. :func:`dispersed_volume`. With thresholds on counts: :func:`split_below_thresholds`, and :func:`gaussian_evasion`.

References: A. Wald, *Sequential Analysis* (1947); M. R. Bloch, "Covert communication over noisy channels: a resolvability
perspective", IEEE Trans. Inf. Theory 62 (2016), and L. Wang, G. W. Wornell and L. Zheng, "Fundamental limits of
communication with low probability of detection", ibid. (the constant of the channel); P. Wolfe, "Finding the nearest point in
a polytope", Math. Programming 11 (1976).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from statistics import NormalDist
from typing import Any, Literal, final

from gametheory.arithmetic import RationalArray, exact, read_array
from gametheory.arithmetic.limits import check_count
from gametheory.certificates.elementary import Bracket, Unit, logarithm_bracket, per_unit, square_root_bracket
from gametheory.errors import SpecificationError
from gametheory.games.tables import data_frame
from gametheory.information.detection_samples import chernoff_information, samples_needed
from gametheory.information.distributions import read_distribution
from gametheory.information.divergences import chi_squared_divergence, kullback_leibler_divergence
from gametheory.information.sequential import least_expected_samples

__all__ = [
    "DetectionTime",
    "Oversight",
    "covert_throughput",
    "dispersed_volume",
    "gaussian_evasion",
    "square_root_law",
    "time_to_detection",
]

Oversight = Literal["local", "pooled"]
Rationals = list[Fraction]
_ZERO, _ONE = Fraction(0), Fraction(1)


@final
@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class DetectionTime:
    """How many observations it takes to tell an attack from honest play.

    Attributes
    ----------
    honest, attack : Bracket
        What any test that may stop early needs on average, by which of the two goes on.
    necessary, sufficient : int
        For a fixed number of observations with α + β the sum of the error rates: fewer than the first do not do, the second do.
    divergence : Bracket
        D(attack‖honest) of one observation, in nats.
    chernoff : Bracket
        The exponent, in nats, at which α + β decays with the number of observations.
    false_alarm_rate, miss_rate : Fraction
    """

    honest: Bracket
    attack: Bracket
    necessary: int
    sufficient: int
    divergence: Bracket
    chernoff: Bracket
    false_alarm_rate: Fraction
    miss_rate: Fraction

    def __float__(self) -> float:
        return float(self.attack)

    def _listed(self) -> list[tuple[str, Bracket]]:
        names = ("honest", "attack", "divergence", "chernoff")
        return [(name, getattr(self, name)) for name in names]

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data, rationals as ``"p/q"``."""
        numbers = {name: bracket.to_dict() for name, bracket in self._listed()}
        return {**numbers, "necessary": self.necessary, "sufficient": self.sufficient}

    def to_frame(self) -> Any:
        """A pandas table of the numbers, between two bounds."""
        rows = [[name, bracket.lower, bracket.upper] for name, bracket in self._listed()]
        return data_frame([*rows, ["fixed sample", self.necessary, self.sufficient]], ["number", "lower", "upper"])

    def __repr__(self) -> str:
        return (
            f"DetectionTime(certified: on average at least {float(self.attack):.6g} observations under attack, "
            f"{float(self.honest):.6g} when honest; fixed {self.necessary:,} to {self.sufficient:,})"
        )

    def _repr_html_(self) -> str:
        return f"<code>{escape(repr(self))}</code>"


def time_to_detection(honest: Any, attack: Any, *, false_alarm_rate: Any, miss_rate: Any) -> DetectionTime:
    """How many independent observations tell an attack from honest play, at given error rates.

    Parameters
    ----------
    honest, attack : array_like, equal shapes
        Probabilities of what is observed; of any shape, such as joint actions.
    false_alarm_rate, miss_rate : number in (0, 1)
        That sum to less than 1.

    Returns
    -------
    DetectionTime

    Raises
    ------
    SpecificationError
        Laws of different shapes, equal laws, rates out of range.

    Examples
    --------
    >>> time_to_detection(["1/2", "1/2"], ["2/5", "3/5"], false_alarm_rate="0.01", miss_rate="0.01")
    DetectionTime(certified: on average at least 223.646 observations under attack, 220.627 when honest; fixed 319 to 771)
    """
    p, q = _flat(honest, "honest"), _flat(attack, "attack")
    if len(p) != len(q):
        raise SpecificationError(f"attack: found {len(q)} probabilities; write {len(p)}, as many as honest has")
    alpha, beta = exact(false_alarm_rate, where="false_alarm_rate"), exact(miss_rate, where="miss_rate")
    when_honest, attacked = least_expected_samples(p, q, false_alarm_rate=alpha, miss_rate=beta)
    necessary, sufficient = samples_needed(p, q, total_error=alpha + beta)
    return DetectionTime(
        honest=when_honest,
        attack=attacked,
        necessary=necessary,
        sufficient=sufficient,
        divergence=kullback_leibler_divergence(q, p, unit="nats"),
        chernoff=chernoff_information(p, q, unit="nats"),
        false_alarm_rate=alpha,
        miss_rate=beta,
    )


def square_root_law(rewards: Any, honest: Any) -> Bracket:
    """The constant c of the square-root law: a total Kullback–Leibler divergence of δ nats over n rounds buys c √(nδ).

    Parameters
    ----------
    rewards : array_like, shape (outcomes,) or (actions of an adversary, outcomes)
        What each outcome is worth, after each action of an adversary who minimises.
    honest : array_like, shape (outcomes,)

    Returns
    -------
    Bracket
        In units of reward per √nat. As n grows with δ fixed, the gain over honest play divided by √(nδ) tends to it.

    Notes
    -----
    c² = 2 min_y yᵀ C y over mixes y of the adversary's actions that are best replies to the honest law, C the covariances of
    their rewards: the point nearest to 0 of a polytope, found exactly by Wolfe's method.

    Examples
    --------
    Two agents who are to match an adversary's bit, honest agents tossing coins; √(1/8) per √nat:

    >>> square_root_law([[1, 0, 0, 0], [0, 0, 0, 1]], ["1/4"] * 4)
    Bracket(certified: 0.3535533905933, within 8e-37)
    """
    _, p_array = read_distribution(honest, where="honest")
    p: Rationals = p_array.fractions().tolist()
    _, array = read_array(rewards, where="rewards")
    table = array if isinstance(array, RationalArray) else RationalArray.from_floats(array)
    rows = table.fractions()
    rows = rows[None, :] if len(table.shape) == 1 else rows
    if rows.ndim != 2 or rows.shape[1] != len(p) or not rows.shape[0]:
        raise SpecificationError(
            f"rewards: found shape {table.shape}; write rows of {len(p)} numbers, one for each outcome"
        )
    means = [_inner(p, row) for row in rows.tolist()]
    binding = [[x - mean for x in row] for row, mean in zip(rows.tolist(), means, strict=True) if mean == min(means)]
    covariances = [[sum((w * x * y for w, x, y in zip(p, a, b, strict=True)), _ZERO) for b in binding] for a in binding]
    low, high = square_root_bracket(2 * _least_square(covariances))
    return Bracket(low, high)


def covert_throughput(receiver: Any, warden: Any, *, budget: Any, num_uses: int = 1, unit: Unit = "bits") -> Bracket:
    """How much can be sent over n uses of a channel while a warden's total divergence is at most δ nats, to first order.

    Parameters
    ----------
    receiver, warden : array_like, shape (2, number of outputs)
        The laws P₀, P₁ that the receiver sees and Q₀, Q₁ that the warden sees when the sender is silent or not.
    budget : number ≥ 0
        δ, in nats.
    num_uses : int ≥ 1
    unit : "bits" or "nats"
        Of the result.

    Returns
    -------
    Bracket
        √(2nδ/χ²(Q₁‖Q₀)) D(P₁‖P₀): silence is broken in a share √(2δ/(n χ²)) of the uses.

    Raises
    ------
    SpecificationError
        Where no square-root law holds: the warden's laws are equal, or its Q₁ leaves the support of Q₀, or P₁ that of P₀.

    Examples
    --------
    Binary symmetric channels with error rate 0.1 to both, one nat in all:

    >>> noisy = [["0.9", "0.1"], ["0.1", "0.9"]]
    >>> round(float(covert_throughput(noisy, noisy, budget=1)), 8)
    1.34488528
    """
    (p0, p1), (q0, q1) = _pair(receiver, "receiver"), _pair(warden, "warden")
    delta, n = exact(budget, where="budget"), check_count("num_uses", num_uses)
    if delta < 0:
        raise SpecificationError(f"budget: found {budget}; write a number ≥ 0")
    seen = chi_squared_divergence(q1, q0)
    told = kullback_leibler_divergence(p1, p0, unit=unit)
    if seen in (0, math.inf) or told.exact_lower == math.inf:
        raise SpecificationError(
            "warden, receiver: the warden's laws are equal, or a law leaves the support of the silent one; the throughput is "
            "then linear in the number of uses, or of another order, and no square-root law holds"
        )
    low, high = square_root_bracket(2 * n * delta / exact(seen))
    return Bracket(low * Fraction(told.exact_lower), high * Fraction(told.exact_upper), unit)


def dispersed_volume(num_agents: int, *, noise: Any, budget: Any, unit: Unit, oversight: Oversight) -> Bracket:
    """The largest total that n agents can shift Gaussian readings by while each test stays within a divergence.

    Parameters
    ----------
    num_agents : int ≥ 1
        Their readings are independent, with equal standard deviations.
    noise : number > 0
        The standard deviation s of one reading.
    budget : number ≥ 0
        Kullback–Leibler divergence ε that a test may see: D = Σ v_i²/(2 s²) for shifts v_i.
    unit : "bits" or "nats"
    oversight : "local" or "pooled"
        A test for each agent, which sees v_i²/(2s²), or one of the sum of all readings, which sees V²/(2 n s²).

    Returns
    -------
    Bracket
        n s √(2ε), or s √(2nε): the ratio is √n, the price of looking at agents one by one. (A pooled test of all readings,
        not only of their sum, sees n (V/n)²/(2s²), the same, of an even split.)

    Examples
    --------
    >>> volumes = [dispersed_volume(100, noise=1, budget="0.02", unit="nats", oversight=how) for how in ("local", "pooled")]
    >>> [float(v) for v in volumes]
    [20.0, 2.0]
    """
    n, s, size = check_count("num_agents", num_agents), exact(noise, where="noise"), exact(budget, where="budget")
    if s <= 0 or size < 0:
        raise SpecificationError(f"noise, budget: found {noise} and {budget}; write a number > 0 and one ≥ 0")
    if oversight not in ("local", "pooled"):
        raise SpecificationError(f"oversight: found {oversight!r}; write 'local' or 'pooled'")
    # one unit of the budget in nats, between two rationals
    one = (_ONE, _ONE) if per_unit((_ZERO, _ZERO), unit).unit == "nats" else logarithm_bracket(Fraction(2))
    factor = 2 * size * s * s * (n * n if oversight == "local" else n)
    return Bracket(square_root_bracket(factor * one[0])[0], square_root_bracket(factor * one[1])[1])


def gaussian_evasion(
    volume: float, *, num_agents: int, noise: float, false_alarm_rate: float, oversight: Oversight
) -> float:
    """The probability that an evenly split volume raises no alarm, where readings are Gaussian; numerical.

    Parameters
    ----------
    volume : float ≥ 0
        The total by which n readings are shifted; an even split is best against local tests, since ln Φ is concave.
    num_agents : int ≥ 1
    noise : float > 0
        Standard deviation of a reading.
    false_alarm_rate : float in (0, 1)
        The probability of any alarm without an attack: n local tests have 1 − (1 − α)^(1/n) each, the pooled one α.
    oversight : "local" or "pooled"

    Examples
    --------
    A hundred agents shift readings by 20 standard deviations in all; no single agent by more than a fifth of one:

    >>> [round(gaussian_evasion(20, num_agents=100, noise=1, false_alarm_rate=0.05, oversight=how), 4)
    ...  for how in ("local", "pooled")]
    [0.9027, 0.3612]
    """
    n, normal = check_count("num_agents", num_agents), NormalDist()
    if not (volume >= 0 and noise > 0 and 0 < false_alarm_rate < 1):
        raise SpecificationError(
            f"volume, noise, false_alarm_rate: found {volume}, {noise}, {false_alarm_rate}; write numbers ≥ 0, > 0, and "
            "between 0 and 1"
        )
    if oversight == "pooled":
        return normal.cdf(normal.inv_cdf(1 - false_alarm_rate) - volume / (noise * math.sqrt(n)))
    if oversight != "local":
        raise SpecificationError(f"oversight: found {oversight!r}; write 'local' or 'pooled'")
    quiet = math.exp(math.log1p(-false_alarm_rate) / n)
    each = normal.cdf(-normal.inv_cdf(-math.expm1(math.log1p(-false_alarm_rate) / n)) - volume / (n * noise))
    return each**n if volume else quiet**n


def _flat(law: Any, where: str) -> RationalArray:
    _, array = read_array(law, where=where)
    if isinstance(array, RationalArray):
        array = RationalArray.of_integers(array.numerators.reshape(-1), array.denominator)
    else:
        array = array.reshape(-1)
    return read_distribution(array, where=where)[1]


def _pair(laws: Any, where: str) -> tuple[RationalArray, RationalArray]:
    if not hasattr(laws, "__len__") or len(laws) != 2:
        raise SpecificationError(f"{where}: write two laws, when the sender is silent and when it is not")
    first, second = (read_distribution(law, where=f"{where}[{k}]")[1] for k, law in enumerate(laws))
    if len(first) != len(second):
        raise SpecificationError(
            f"{where}: found laws of {len(first)} and {len(second)} outputs; write as many in both"
        )
    return first, second


def _inner(a: Rationals, b: Rationals) -> Fraction:
    return sum((x * y for x, y in zip(a, b, strict=True)), _ZERO)


def _least_square(gram: list[Rationals]) -> Fraction:
    """The least squared norm in a polytope, from the inner products of its corners: Wolfe's method, exactly."""
    weights = {min(range(len(gram)), key=lambda k: gram[k][k]): _ONE}
    while True:
        inner = [sum((w * gram[k][j] for j, w in weights.items()), _ZERO) for k in range(len(gram))]
        square = sum((w * inner[k] for k, w in weights.items()), _ZERO)
        entering = min(range(len(gram)), key=lambda k: inner[k])
        if inner[entering] >= square:
            return square
        weights[entering] = _ZERO
        while True:
            corners = list(weights)
            target = dict(zip(corners, _affine_minimum(gram, corners), strict=True))
            if min(target.values()) >= 0:
                weights = {k: w for k, w in target.items() if w}
                break
            step = min(weights[k] / (weights[k] - target[k]) for k in corners if target[k] < 0)
            moved = {k: weights[k] + step * (target[k] - weights[k]) for k in corners}
            weights = {k: w for k, w in moved.items() if w}


def _affine_minimum(gram: list[Rationals], corners: list[int]) -> Rationals:
    """Weights, of any sign, of the point nearest to 0 in the affine hull of some corners."""
    size = len(corners)
    rows = [[*(gram[i][j] for j in corners), _ONE, _ZERO] for i in corners] + [[*([_ONE] * size), _ZERO, _ONE]]
    for k in range(size + 1):
        pivot = next(i for i in range(k, size + 1) if rows[i][k])
        rows[k], rows[pivot] = rows[pivot], rows[k]
        rows[k] = [x / rows[k][k] for x in rows[k]]
        for i in range(size + 1):
            if i != k and rows[i][k]:
                rows[i] = [x - rows[i][k] * y for x, y in zip(rows[i], rows[k], strict=True)]
    return [row[-1] for row in rows[:size]]
