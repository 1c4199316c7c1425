"""Stages of play under limited secrecy: what they cost, and the channels that show it, in rationals; see :mod:`.secrecy`.

Costs are sums Σ w ln x of logarithms of rationals. They are kept as such, so that equal ones cancel exactly.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any, Literal, final

import numpy as np

from gametheory.arithmetic import RationalArray
from gametheory.certificates.elementary import logarithm_bracket

__all__ = [
    "Horizon",
    "Plays",
    "Stage",
    "cut_channels",
    "logarithm_sum",
    "own_actions",
    "shows_everything",
    "stage_cost",
    "stage_mean",
]

Plays = Literal["independent", "joint", "pure"]
"""What is played given the secret draw: products, any distribution, pure actions."""

Horizon = Literal["one stage", "long run"]
Vector = tuple[Fraction, ...]

_SMALL_PRIMES = tuple(p for p in range(2, 200) if all(p % q for q in range(2, p)))


@final
@dataclass(frozen=True, slots=True)
class Stage:
    """A share of the rounds, the law of the secret draw, and for each value of it what is played.

    Attributes
    ----------
    share : Fraction
    weights : tuple of Fraction
        λ.
    plays : tuple of tuples of tuples of Fraction
        For products ``plays[k][i]`` is the mix of the i-th member; otherwise ``plays[k]`` is one distribution over joint
        actions in lexicographic order, in a tuple.
    """

    share: Fraction
    weights: Vector
    plays: tuple[tuple[Vector, ...], ...]


def stage_mean(stage: Stage, sizes: Sequence[int]) -> list[Fraction]:
    """D = Σ_k λ_k d_k over joint actions in lexicographic order."""
    total = [Fraction(0)] * math.prod(sizes)
    for weight, play in zip(stage.weights, stage.plays, strict=True):
        for a, p in enumerate(_product(play)):
            total[a] += weight * p
    return total


def stage_cost(stage: Stage, channels: Sequence[RationalArray], sizes: Sequence[int]) -> dict[Fraction, Fraction]:
    """c of the module's docstring as a sum Σ w ln x: the weight w of each logarithm."""
    terms: dict[Fraction, Fraction] = {}

    def add(law: Sequence[Fraction], times: Fraction) -> None:
        for p in law:
            if p:
                terms[p] = terms.get(p, Fraction(0)) - times * p

    mean = stage_mean(stage, sizes)
    for channel in channels:
        rows = channel.fractions()
        add((np.array(mean, dtype=object) @ rows).tolist(), Fraction(1))
        for p, row in zip(mean, rows.tolist(), strict=True):
            if p:
                add(row, -p)
    for weight, play in zip(stage.weights, stage.plays, strict=True):
        for vector in play:  # the entropy of a product is the sum of its factors'
            add(vector, -weight)
    return terms


def logarithm_sum(terms: dict[Fraction, Fraction]) -> tuple[Fraction, Fraction]:
    """Rationals around Σ w ln x; exactly 0 where small prime factors cancel.

    Examples
    --------
    >>> logarithm_sum({Fraction(1, 4): Fraction(1), Fraction(2): Fraction(2)})
    (Fraction(0, 1), Fraction(0, 1))
    """
    collected: dict[int, Fraction] = {}
    for x, weight in terms.items():
        for number, sign in ((x.numerator, 1), (x.denominator, -1)):
            for prime, power in _factors(number):
                collected[prime] = collected.get(prime, Fraction(0)) + sign * power * weight
    low = high = Fraction(0)
    for number, weight in collected.items():
        if weight:
            bounds = logarithm_bracket(Fraction(number))
            low += weight * bounds[weight < 0]
            high += weight * bounds[weight > 0]
    return low, high


def own_actions(sizes: Sequence[int], member: int) -> Any:
    """The channel that shows one member's action: a row of 0 and 1 for each joint action."""
    shown = np.indices(tuple(sizes)).reshape(len(sizes), -1)[member]
    return np.eye(sizes[member], dtype=np.int64)[shown]


def cut_channels(sizes: Sequence[int], member: int) -> tuple[RationalArray, RationalArray]:
    """The channels that show one member's action, and all others'."""
    rest = [m for i, m in enumerate(sizes) if i != member]
    places = np.indices(tuple(sizes)).reshape(len(sizes), -1)
    others = np.zeros(places.shape[1], dtype=np.int64)
    for i, m in enumerate(sizes):
        if i != member:
            others = others * m + places[i]
    shown = np.eye(math.prod(rest), dtype=np.int64)[others]
    return RationalArray.of_integers(own_actions(sizes, member)), RationalArray.of_integers(shown)


def shows_everything(channel: RationalArray) -> bool:
    """Whether each signal comes from one joint action alone, and each joint action has one signal."""
    shown = channel.numerators != 0
    return bool((shown.sum(axis=0) == 1).all() and (shown.sum(axis=1) == 1).all())


def _product(play: Sequence[Vector]) -> list[Fraction]:
    total = [Fraction(1)]
    for vector in play:
        total = [p * q for p in total for q in vector]
    return total


@cache
def _factors(number: int) -> tuple[tuple[int, int], ...]:
    """A product of powers that is the number: small primes, and what is left of it."""
    found = []
    for prime in _SMALL_PRIMES:
        power = 0
        while number % prime == 0:
            number, power = number // prime, power + 1
        if power:
            found.append((prime, power))
    return (*found, (number, 1)) if number > 1 else tuple(found)
