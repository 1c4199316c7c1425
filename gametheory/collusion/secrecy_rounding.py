"""Stages of limited secrecy in rationals: what is asked, what stages cost and secure, and rational ones near those in floats.

A stage in floats is rounded to small denominators where it lies within 1e-6 of such a one, and finely. Rounding moves its cost
a little, so that it is then moved towards one that costs less, or shares its time with one, until the budget is
kept for certain.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import final

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import RationalArray
from gametheory.certificates.secrecy_stages import Horizon, Plays, Stage, logarithm_sum, stage_cost, stage_mean
from gametheory.collusion.secrecy_search import FloatStage
from gametheory.equilibria.team_results import TeamMaxminCorrelated
from gametheory.games.normal_form import NormalFormGame

__all__ = ["SecrecyQuestion", "best_mixture", "best_stage", "is_within", "secured", "unit_play"]

Floats = NDArray[np.float64]
Vector = tuple[Fraction, ...]

_SIMPLE = (1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 100, 1000)
_FINE = 2**40
_STEPS = (Fraction(0), *(Fraction(1, 10**k) for k in range(11, 2, -1)), Fraction(1))
_NEGLIGIBLE = Fraction(1, 10**9)  # of the payoff: what a simpler play may secure less
_COST_ROUNDING = 1e-7  # nats
_PAIRS = 4  # pairs of stages that are tried


@final
@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class SecrecyQuestion:
    """What is asked: a game, what may be played, what is seen, a budget, and when to stop.

    Attributes
    ----------
    game : NormalFormGame
        In rationals.
    team : tuple of int
    adversary : int
    payoff : RationalArray or None
    table : RationalArray, shape (num_adversary_actions, *team_actions)
    plays : "independent", "joint" or "pure"
    channels : tuple of RationalArray, each of shape (joint actions, signals)
    horizon : "one stage" or "long run"
    bits : Fraction
    tmecor : TeamMaxminCorrelated
        With an unlimited secret.
    starts : tuple of tuples of tuples of Fraction
        At least one play without a secret to start from, such as the team-maxmin profile: a mix for each member.
    gap : Fraction
        Share of the payoff span.
    max_cells : int
    deadline : float
    tell : callable
        Told cells and bounds on the table scaled to [0, 1].
    """

    game: NormalFormGame
    team: tuple[int, ...]
    adversary: int
    payoff: RationalArray | None
    table: RationalArray
    plays: Plays
    channels: tuple[RationalArray, ...]
    horizon: Horizon
    bits: Fraction
    tmecor: TeamMaxminCorrelated
    starts: tuple[tuple[Vector, ...], ...]
    gap: Fraction
    max_cells: int
    deadline: float
    tell: Callable[[int, float, float], None]

    @property
    def sizes(self) -> tuple[int, ...]:
        """Numbers of actions of the members."""
        sizes: tuple[int, ...] = self.table.shape[1:]
        return sizes


def is_within(question: SecrecyQuestion, stages: Sequence[Stage]) -> bool:
    """Whether stages are proved to keep the budget on average."""
    terms = {Fraction(2): -question.bits}
    for stage in stages:
        for x, weight in stage_cost(stage, question.channels, question.sizes).items():
            terms[x] = terms.get(x, Fraction(0)) + stage.share * weight
    return logarithm_sum(terms)[1] <= 0


def secured(question: SecrecyQuestion, stages: Sequence[Stage]) -> Fraction:
    """What stages secure on average."""
    rows = question.table.fractions().reshape(question.table.shape[0], -1)
    return sum(
        (s.share * min((rows @ np.array(stage_mean(s, question.sizes), dtype=object)).tolist()) for s in stages),
        Fraction(0),
    )


def unit_play(index: Sequence[int], sizes: Sequence[int], plays: Plays) -> tuple[Vector, ...]:
    """A pure joint action."""
    if plays == "independent":
        return tuple(tuple(Fraction(int(a == k)) for a in range(m)) for m, k in zip(sizes, index, strict=True))
    at = int(np.ravel_multi_index(tuple(index), tuple(sizes)))
    return (tuple(Fraction(int(a == at)) for a in range(math.prod(sizes))),)


def best_stage(question: SecrecyQuestion, found: FloatStage) -> Stage:
    """The best rational stage within the budget near one in floats."""
    return max(_feasible(question, found), key=lambda stage: secured(question, (stage,)))


def best_mixture(question: SecrecyQuestion, points: Sequence[FloatStage], budget: float) -> tuple[Stage, ...]:
    """One or two rational stages with shares such that they keep the budget, as good as those found in floats (nats)."""
    # What is at the budget counts as above it: rounded, it shares its time with a cheaper stage.
    below = [s for s in points if s.cost <= budget - _COST_ROUNDING]
    above = [s for s in points if s.cost > budget - _COST_ROUNDING]
    chosen: list[tuple[Stage, ...]] = []
    for single in sorted((s for s in points if s.cost <= budget + 1e-12), key=lambda s: -s.value)[:2]:
        chosen += [(stage,) for stage in _feasible(question, single)]
    pairs: list[tuple[float, FloatStage, FloatStage]] = []
    for cheap, dear in itertools.product(below, above):
        t = max(0.0, (budget - cheap.cost) / (dear.cost - cheap.cost))
        pairs.append(((1 - t) * cheap.value + t * dear.value, cheap, dear))
    pairs.sort(key=lambda entry: -entry[0])
    for _, cheap, dear in pairs[:_PAIRS]:
        for one, two in itertools.product(_rounded(cheap), _rounded(dear)):
            stages = _shared(question, one, two, budget)
            if stages is not None:
                chosen.append(stages)
    chosen += [(stage,) for stage in _alone(question)]
    values = [secured(question, stages) for stages in chosen]
    numerators = question.table.numerators
    span = Fraction(int(numerators.max()) - int(numerators.min()), question.table.denominator)
    close = [s for s, value in zip(chosen, values, strict=True) if value >= max(values) - span * _NEGLIGIBLE]
    return min(close, key=_length)


def _feasible(question: SecrecyQuestion, found: FloatStage) -> Iterator[Stage]:
    for stage in _rounded(found):
        for step in _STEPS:
            moved = _cheaper(stage, step, question)
            if is_within(question, (moved,)):
                yield moved
                break
    yield from _alone(question)


def _alone(question: SecrecyQuestion) -> Iterator[Stage]:
    """Stages without a secret: they cost nothing, or less where an overseer does not see all."""
    for play in question.starts:
        if question.plays == "independent":
            yield Stage(Fraction(1), (Fraction(1),), (play,))
        elif question.plays == "joint":
            yield Stage(Fraction(1), (Fraction(1),), ((_joint(play),),))
        else:
            yield Stage(Fraction(1), (Fraction(1),), (unit_play((0,) * len(question.sizes), question.sizes, "pure"),))


def _rounded(found: FloatStage) -> list[Stage]:
    """With the smallest denominators that fit, and finely."""
    stages: list[Stage] = []
    for largest in (*_SIMPLE, _FINE):
        if stages and largest != _FINE:
            continue
        weights = _vector(found.weights, largest)
        plays = [[_vector(x, largest) for x in play] for play in found.plays]
        whole = [tuple(x for x in play if x is not None) for play in plays]
        if weights is None or any(len(a) < len(b) for a, b in zip(whole, plays, strict=True)):
            continue
        kept = [k for k, w in enumerate(weights) if w]
        stages.append(Stage(Fraction(1), tuple(weights[k] for k in kept), tuple(whole[k] for k in kept)))
    return stages


def _vector(values: Floats, largest: int) -> Vector | None:
    """A rational law near one in floats, with denominators up to ``largest``; ``None`` if that is not within 1e-6."""
    if largest == _FINE:
        parts = [Fraction(math.floor(float(p) * _FINE), _FINE) for p in values]
        parts[int(np.argmax(values))] += 1 - sum(parts)
        return tuple(parts)
    parts = [Fraction(float(p)).limit_denominator(largest) for p in values]
    if sum(parts) != 1 or any(abs(float(a) - b) > 1e-6 for a, b in zip(parts, values, strict=True)):
        return None
    return tuple(parts)


def _shared(question: SecrecyQuestion, first: Stage, second: Stage, budget: float) -> tuple[Stage, ...] | None:
    """The two with as large a share of the second as the budget allows."""
    costs = [logarithm_sum(stage_cost(s, question.channels, question.sizes)) for s in (first, second)]
    low, high = (float(sum(pair)) / 2 for pair in costs)
    if high <= low:
        return None
    share = Fraction(min(1.0, max(0.0, (budget - low) / (high - low))))
    simple = [t for d in (12, 100, 10_000) if abs((t := share.limit_denominator(d)) - share) < Fraction(1, 10**6)]
    fine = [max(Fraction(0), Fraction(math.floor((share - step) * 2**50), 2**50)) for step in _STEPS]
    for t in (*simple, *fine):
        stages = tuple(s for s in (replace(first, share=1 - t), replace(second, share=t)) if s.share)
        if is_within(question, stages):
            return stages
    return None


def _cheaper(stage: Stage, t: Fraction, question: SecrecyQuestion) -> Stage:
    """The stage moved by t towards one that costs nothing."""
    if not t:
        return stage
    sizes = question.sizes
    if question.plays == "independent":
        centres = [
            [sum((w * p[i][a] for w, p in zip(stage.weights, stage.plays, strict=True)), Fraction(0)) for a in range(m)]
            for i, m in enumerate(sizes)
        ]
        plays = tuple(
            tuple(_between(x, centre, t) for x, centre in zip(play, centres, strict=True)) for play in stage.plays
        )
        return replace(stage, plays=plays)
    mean = stage_mean(stage, sizes)
    if question.plays == "joint":
        joint, axes = np.array(mean, dtype=object).reshape(sizes), range(len(sizes))
        own = [tuple(joint.sum(axis=tuple(k for k in axes if k != i)).tolist()) for i in axes]
        return replace(stage, plays=((_between(mean, _joint(own), t),),))
    top = max(range(len(mean)), key=mean.__getitem__)
    weights = _between(mean, [Fraction(int(a == top)) for a in range(len(mean))], t)
    kept = [a for a, p in enumerate(weights) if p]
    units = tuple((tuple(Fraction(int(a == b)) for b in range(len(mean))),) for a in kept)
    return Stage(stage.share, tuple(weights[a] for a in kept), units)


def _between(one: Sequence[Fraction], other: Sequence[Fraction], t: Fraction) -> Vector:
    return tuple((1 - t) * p + t * q for p, q in zip(one, other, strict=True))


def _joint(play: Sequence[Sequence[Fraction]]) -> Vector:
    total = [Fraction(1)]
    for vector in play:
        total = [p * q for p in total for q in vector]
    return tuple(total)


def _length(stages: Sequence[Stage]) -> int:
    """How long the numbers of stages are when they are written."""
    return sum(
        len(str(x))
        for stage in stages
        for x in (stage.share, *stage.weights, *(p for play in stage.plays for vector in play for p in vector))
    )
