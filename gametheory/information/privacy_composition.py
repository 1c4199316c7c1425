"""What several private outputs give away together: colluding observers, repeated queries.

k outputs about the same input, each (ε, δ)-differentially private, are together (kε, kδ)-private (basic composition) and
more (Kairouz, Oh and Viswanath 2015, theorem 3.3): exactly the pairs (ε', δ') with

    δ' ≥ 1 − (1 − δ)^k (1 − Σ_l C(k, l) (e^((k−l)ε) − e^(ε' + lε))⁺ / (1 + e^ε)^k),

whose corners are ε' = (k − 2i)ε for i = 0, …, ⌊k/2⌋. The bound is attained by k independent randomised responses, which
no private channels exceed even if each is chosen after seeing the outputs before; these k outputs are a binomial pair
of laws, and exact. *Advanced composition* is a simpler upper bound of order √k:

    ε' = ε √(2k ln(1/δ̃)) + kε(e^ε − 1),   δ' = kδ + δ̃                       (Dwork, Rothblum and Vadhan 2010)
    ε' = min {kε,  kε(e^ε − 1)/(e^ε + 1) + ε √(2k ln min {1/δ̃, e + ε√k/δ̃})},   δ' = 1 − (1 − δ)^k (1 − δ̃)   (theorem 3.4)

References: C. Dwork, G. Rothblum and S. Vadhan, "Boosting and differential privacy", FOCS 2010, theorem III.3; P. Kairouz,
S. Oh and P. Viswanath, "The composition theorem for differential privacy", ICML 2015 and IEEE Trans. Inf. Theory 63
(2017). Complexity: numbers of k digits, k of them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Any, Literal, final

import numpy as np

from gametheory.arithmetic import RationalArray, exact
from gametheory.certificates.elementary import (
    Bracket,
    exponential_bracket,
    logarithm_bracket,
    per_unit,
    square_root_bracket,
)
from gametheory.errors import SpecificationError
from gametheory.information.distributions import Channel, read_probability
from gametheory.information.privacy import read_loss

__all__ = [
    "ComposedPrivacy",
    "advanced_composition",
    "composed_delta",
    "composed_epsilon",
    "dominating_pair",
    "optimal_composition",
]

_ONE = Fraction(1)
_FEW = 64  # outputs; beyond, an irrational e^ε is rounded to fewer binary digits
_DIGITS = 72


@final
@dataclass(frozen=True, slots=True, repr=False)
class ComposedPrivacy:
    """A promise that several private outputs keep together.

    Attributes
    ----------
    epsilon : Bracket
        In nats.
    delta : Bracket
    """

    epsilon: Bracket
    delta: Bracket

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data, rationals as ``"p/q"``."""
        return {"epsilon": self.epsilon.to_dict(), "delta": self.delta.to_dict()}

    def __repr__(self) -> str:
        return f"ComposedPrivacy(certified: ε ≤ {self.epsilon.upper:.6g} nats, δ ≤ {self.delta.upper:.6g})"

    def _repr_html_(self) -> str:
        return f"<code>{escape(repr(self))}</code>"


def dominating_pair(count: int, *, epsilon: Any = None, ratio: Any = None, delta: Any = 0) -> Channel:
    """What ``count`` colluding observers of (ε, δ)-private outputs see at worst: two laws, of the number of "yes".

    Parameters
    ----------
    count : int ≥ 1
    epsilon : number ≥ 0, in nats; or ratio : number ≥ 1
    delta : number in [0, 1]

    Returns
    -------
    Channel
        Two inputs; an output for each number of randomised responses "1", and one for each input that is revealed.

    Examples
    --------
    >>> pair = dominating_pair(2, ratio=3)
    >>> pair.outputs, [str(x) for x in pair.probabilities[1]]
    (('0 of 2', '1 of 2', '2 of 2'), ['1/16', '3/8', '9/16'])
    """
    k, loss, shift = _count(count), _loss(count, epsilon, ratio)[0], read_probability(delta, where="delta")
    weights, total = _binomial(k, loss)
    revealed, whole = (shift.denominator**k - (x := shift.denominator - shift.numerator) ** k, shift.denominator**k)
    rows = [[w * x**k for w in weights], [w * x**k for w in weights[::-1]]]
    outputs = [f"{j} of {k}" for j in range(k + 1)]
    if shift:
        rows = [[*rows[0], revealed * total, 0], [*rows[1], 0, revealed * total]]
        outputs += ["surely 0", "surely 1"]
    table = np.empty((2, len(outputs)), dtype=object)
    table[:] = rows
    return Channel(RationalArray.of_integers(table, total * whole), ["0", "1"], outputs)


def optimal_composition(
    count: int, *, epsilon: Any = None, ratio: Any = None, delta: Any = 0
) -> tuple[ComposedPrivacy, ...]:
    """The corners ((k − 2i)ε, δ_i) of what k private outputs promise together; no stronger promise holds for all.

    Parameters
    ----------
    As for :func:`dominating_pair`.

    Returns
    -------
    tuple of ComposedPrivacy
        From the largest ε (basic composition) to the smallest; brackets of δ are exact if ``ratio`` was given.

    Examples
    --------
    >>> [str(promise.delta.exact_lower) for promise in optimal_composition(3, ratio=3)]
    ['0', '3/8']
    """
    k, losses, shift = _count(count), _loss(count, epsilon, ratio), read_probability(delta, where="delta")
    tables = [_binomial(k, loss) for loss in losses]
    nats = logarithm_bracket(losses[0]) if epsilon is None else (exact(epsilon),) * 2
    found = []
    for i in range(k // 2 + 1):
        deltas = []
        for loss, (weights, total) in zip(losses, tables, strict=True):
            excess = sum(weights[:i]) - sum(weights[::-1][:i]) * loss ** (k - 2 * i)
            deltas.append(1 - (1 - shift) ** k * (1 - excess / total))
        factor = k - 2 * i
        found.append(
            ComposedPrivacy(Bracket(factor * nats[0], factor * nats[1], "nats"), Bracket(min(deltas), max(deltas)))
        )
    return tuple(found)


def composed_delta(
    count: int,
    *,
    epsilon: Any = None,
    ratio: Any = None,
    delta: Any = 0,
    total_epsilon: Any = None,
    total_ratio: Any = None,
) -> Bracket:
    """The least δ' such that k private outputs are (ε', δ')-private together, for any ε'.

    Parameters
    ----------
    count : int ≥ 1
    epsilon, ratio, delta :
        Of each output, as for :func:`dominating_pair`.
    total_epsilon : number ≥ 0, in nats; or total_ratio : number ≥ 1
        Of all together: ε' or e^ε'.

    Examples
    --------
    >>> composed_delta(3, ratio=3, total_ratio=3)
    Bracket(certified: 3/8, exact)
    """
    k, shift = _count(count), read_probability(delta, where="delta")
    totals = read_loss(total_epsilon, total_ratio)

    def least(loss: Fraction, total: Fraction) -> Fraction:
        weights, whole = _binomial(k, loss)
        pairs = zip(weights, weights[::-1], strict=True)
        excess = sum(max(x * total.denominator - y * total.numerator, 0) for x, y in pairs)
        return 1 - (1 - shift) ** k * (1 - Fraction(excess, whole * total.denominator))

    losses = _loss(count, epsilon, ratio)
    return Bracket(least(losses[0], totals[1]), least(losses[1], totals[0]))


def composed_epsilon(
    count: int, *, epsilon: Any = None, ratio: Any = None, delta: Any = 0, total_delta: Any
) -> Bracket:
    """The least ε' in nats such that k private outputs are (ε', δ')-private together, for a given δ'; may be infinite.

    Examples
    --------
    Ten answers at ε = 0.1: ε' is 1 at δ' = 0 and half of it at δ' = 1 in 100.

    >>> [round(float(composed_epsilon(10, epsilon="0.1", total_delta=x)), 4) for x in (0, "0.01")]
    [1.0, 0.4989]
    """
    k, shift = _count(count), read_probability(delta, where="delta")
    hidden = (1 - shift) ** k
    short = 1 - hidden - read_probability(total_delta, where="total_delta")
    if short > 0:
        return Bracket(math.inf, math.inf, "nats")
    if not hidden:
        return Bracket(Fraction(0), Fraction(0), "nats")
    bounds = [logarithm_bracket(_least_ratio(k, loss, short / hidden)) for loss in _loss(count, epsilon, ratio)]
    return per_unit((bounds[0][0], bounds[1][1]), "nats")


def advanced_composition(
    count: int,
    *,
    epsilon: Any = None,
    ratio: Any = None,
    delta: Any = 0,
    slack: Any,
    theorem: Literal["dwork rothblum vadhan", "kairouz oh viswanath"],
) -> ComposedPrivacy:
    """An upper bound on what k private outputs give away together, in closed form; :func:`composed_delta` is exact.

    Parameters
    ----------
    count, epsilon, ratio, delta :
        As for :func:`dominating_pair`.
    slack : number in (0, 1]
        δ̃, what is given up for the smaller ε'.
    theorem : {"dwork rothblum vadhan", "kairouz oh viswanath"}

    Examples
    --------
    >>> bound = advanced_composition(
    ...     100, epsilon="0.1", slack="1e-6", theorem="dwork rothblum vadhan"
    ... )
    >>> round(float(bound.epsilon), 4), str(bound.delta.exact_upper)
    (6.3082, '1/1000000')
    """
    k, shift, room = _count(count), read_probability(delta, where="delta"), read_probability(slack, where="slack")
    if not room:
        raise SpecificationError("slack: found 0; write a probability > 0")
    losses = read_loss(epsilon, ratio)
    nats = logarithm_bracket(losses[0]) if epsilon is None else (exact(epsilon),) * 2
    found = []
    for up in (0, 1):
        size, loss = nats[up], losses[up]
        inverse = logarithm_bracket(1 / room)[up]
        if theorem == "dwork rothblum vadhan":
            found.append(size * square_root_bracket(2 * k * inverse)[up] + k * size * (loss - 1))
        elif theorem == "kairouz oh viswanath":
            other = exponential_bracket(_ONE)[up] + size * square_root_bracket(Fraction(k))[up] / room
            least = min(inverse, logarithm_bracket(other)[up])
            drift = k * size * (loss - 1) / (loss + 1)
            found.append(min(k * size, drift + size * square_root_bracket(2 * k * max(least, Fraction(0)))[up]))
        else:
            raise SpecificationError(
                f"theorem: found {theorem!r}; write 'dwork rothblum vadhan' or 'kairouz oh viswanath'"
            )
    total = min(k * shift + room, _ONE) if theorem == "dwork rothblum vadhan" else 1 - (1 - shift) ** k * (1 - room)
    bracket = per_unit((found[0], found[1]), "nats")
    return ComposedPrivacy(bracket, Bracket(total, total))


def _binomial(count: int, loss: Fraction) -> tuple[list[int], int]:
    """C(k, j) a^(k−j) b^j for e^ε = a/b and their sum (a + b)^k: the law of randomised responses, in integers."""
    a, b = loss.numerator, loss.denominator
    weights = [math.comb(count, j) * a ** (count - j) * b**j for j in range(count + 1)]
    return weights, (a + b) ** count


def _least_ratio(count: int, loss: Fraction, short: Fraction) -> Fraction:
    """max {1, max_i (short + P(j ≤ i | 0)) / P(j ≤ i | 1)} over the sets of most telling outputs."""
    weights, total = _binomial(count, loss)
    best, below = short.denominator, short.denominator
    first = second = 0
    for x, y in zip(weights, weights[::-1], strict=True):
        if x <= y:
            break
        first, second = first + x, second + y
        needed, unit = short.numerator * total + short.denominator * first, short.denominator * second
        if needed * below > best * unit:
            best, below = needed, unit
    return Fraction(best, below)


def _loss(count: int, epsilon: Any, ratio: Any) -> tuple[Fraction, Fraction]:
    """Rationals around e^ε, of fewer digits where they are raised to high powers."""
    low, high = read_loss(epsilon, ratio)
    if low == high or count <= _FEW:
        return low, high
    scale = 2**_DIGITS
    return max(_ONE, Fraction(math.floor(low * scale), scale)), Fraction(math.ceil(high * scale), scale)


def _count(count: Any) -> int:
    if isinstance(count, bool) or not hasattr(count, "__index__") or count < 1:
        raise SpecificationError(f"count: found {count!r}; write a whole number ≥ 1")
    return int(count)
