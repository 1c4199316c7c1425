"""From a search in floats to certified bounds: what limited secrecy is worth, in one stage or in the long run.

:func:`secrecy_value` answers for any kind of secrecy of :mod:`gametheory.certificates.secrecy`: it drives
:class:`~gametheory.collusion.secrecy_search.SecrecySearch`, rounds stages and prices to rationals, and verifies the certificate.

In the long run the value is the concave envelope V(R) = max {Σ α_i v_i : Σ α_i c_i ≤ R} over stages, and two stages suffice.
Its dual V(R) = min_μ [μR + max (v − μc)] gives the price of a nat: stages found so far have an upper hull; at its slope over R the
search looks for a better stage, and when it proves that there is none, the bound is that of the hull.
"""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import RationalArray
from gametheory.certificates.elementary import logarithm_bracket
from gametheory.certificates.secrecy import (
    Horizon,
    Plays,
    Price,
    SecrecyCertificate,
    Stage,
    cut_channels,
    logarithm_sum,
    shows_everything,
    stage_cost,
    stage_mean,
)
from gametheory.collusion.secrecy_search import FloatPrice, FloatStage, Proof, SecrecySearch
from gametheory.equilibria.team_results import TeamMaxminCorrelated
from gametheory.errors import CertificateError
from gametheory.games.normal_form import NormalFormGame

__all__ = ["SecrecyQuestion", "SecrecyValue", "secrecy_value"]

Floats = NDArray[np.float64]
Progress = Callable[[int, float, float], None]
Stopped = Literal["gap", "cells", "time"]

_LN2 = math.log(2)
_SIMPLE = (1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 100, 1000)
_FINE = 2**40
_STEPS = (Fraction(0), *(Fraction(1, 10**k) for k in range(11, 2, -1)), Fraction(1))
_NEGLIGIBLE = 1e-9  # of the span: what a simpler play may secure less
_COST_ROUNDING = 1e-7  # nats
_EASY = 4  # joint actions that are seen in full
_PRICES = 40  # prices tried in the long run


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
    starts: tuple[tuple[tuple[Fraction, ...], ...], ...]
    gap: Fraction
    max_cells: int
    deadline: float
    tell: Progress


@final
@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class SecrecyValue:
    """Certified bounds, the stages that attain the lower, what ended the search, and the price of a further bit (long run)."""

    lower: Fraction
    upper: Fraction
    stages: tuple[Stage, ...]
    stopped: Stopped
    cells: int
    marginal_price: tuple[Fraction, Fraction] | None
    certificate: SecrecyCertificate


def secrecy_value(question: SecrecyQuestion) -> SecrecyValue:
    """What a team secures with limited secrecy, between certified bounds."""
    whole = _unlimited(question)
    if whole is not None:
        return whole
    search = _Driver(question)
    if question.horizon == "one stage":
        return search.one_stage()
    return search.long_run(_best_cut(question))


def _best_cut(question: SecrecyQuestion) -> tuple[int, Proof] | None:
    """The member and the proof of the best bound by the correlation of one member with the others, where the bound itself may be out of reach."""
    sizes = question.table.shape[1:]
    hard = question.plays == "independent" and shows_everything(question.channels[0]) and math.prod(sizes) > _EASY
    if not hard or len(sizes) < 2:
        return None
    found = []
    cuts = range(1 if len(sizes) == 2 else len(sizes))
    for i in cuts:
        now = time.perf_counter()
        channels = cut_channels(sizes, i)
        relaxed = replace(
            question,
            plays="joint",
            channels=channels,
            deadline=now + (question.deadline - now) / (len(cuts) - i + 1) if question.deadline < math.inf else math.inf,
        )
        _, proof, _ = _Driver(relaxed).proved(math.inf)
        assert proof is not None, "without a bound there is a proof"
        found.append((i, proof))
    return min(found, key=lambda entry: _bound(entry[1], float(question.bits) * _LN2))


def _bound(proof: Proof, budget: float) -> float:
    """What a proof for one price bounds the value by, on the scaled table."""
    return proof.bound + proof.prices[0].per_nat * budget


def _unlimited(question: SecrecyQuestion) -> SecrecyValue | None:
    """The answer where the distribution of an unlimited secret is within the budget."""
    law = question.tmecor.exact_distribution
    support = question.tmecor.support
    if question.plays == "joint":
        stage = Stage(Fraction(1), (Fraction(1),), ((tuple(law.reshape(-1).tolist()),),))
    else:
        sizes = law.shape
        stage = Stage(
            Fraction(1),
            tuple(law[index] for index in support),
            tuple(_unit_play(index, sizes, question.plays) for index in support),
        )
    if _within(question, (stage,)):
        price = _free_price(question)
        return _certified(question, (stage,), (price,), (None,), (0,), 0, "gap", 0, None)
    return None


def _unit_play(index: tuple[int, ...], sizes: Sequence[int], plays: Plays) -> tuple[tuple[Fraction, ...], ...]:
    if plays == "independent":
        return tuple(tuple(Fraction(int(a == k)) for a in range(m)) for m, k in zip(sizes, index, strict=True))
    at = int(np.ravel_multi_index(index, tuple(sizes)))
    return (tuple(Fraction(int(a == at)) for a in range(math.prod(sizes))),)


def _free_price(question: SecrecyQuestion) -> Price:
    """Secrecy for nothing: the bound of an unlimited secret, exactly."""
    signals = tuple((Fraction(0),) * channel.shape[1] for channel in question.channels)
    mix = tuple(question.tmecor.exact_adversary_strategy.tolist())
    return Price(Fraction(0), mix, signals, question.tmecor.exact_value)


def _within(question: SecrecyQuestion, stages: Sequence[Stage]) -> bool:
    terms = {Fraction(2): -question.bits}
    for stage in stages:
        for x, weight in stage_cost(stage, question.channels, question.table.shape[1:]).items():
            terms[x] = terms.get(x, Fraction(0)) + stage.share * weight
    return logarithm_sum(terms)[1] <= 0


def _certified(
    question: SecrecyQuestion,
    stages: tuple[Stage, ...],
    prices: tuple[Price, ...],
    splits: Any,
    leaves: tuple[int, ...],
    cells: int,
    stopped: Stopped,
    looked: int,
    marginal: tuple[Fraction, Fraction] | None,
    cut: int | None = None,
) -> SecrecyValue:
    """The value with its certificate, verified."""
    budget = question.bits * logarithm_bracket(Fraction(2))[1]
    for score_cells in (cells, 20 * cells + 10_000):
        upper = max(price.score + price.per_nat * budget for price in prices)
        certificate = SecrecyCertificate(
            team=question.team,
            adversary=question.adversary,
            plays=question.plays,
            channels=question.channels,
            horizon=question.horizon,
            bits=question.bits,
            stages=stages,
            prices=prices,
            splits=splits,
            leaves=leaves,
            cells=score_cells,
            lower=sum((stage.share * _secured(question, stage) for stage in stages), Fraction(0)),
            upper=upper,
            cut=cut,
            payoff=question.payoff,
            game=question.game,
        )
        try:
            certificate.verify()
        except CertificateError:
            # Floats and rationals disagree by a hair: a little more on every score, and more cells.
            slack = (upper - certificate.lower) / 100 + Fraction(1, 10**9)
            prices = tuple(replace(price, score=price.score + slack) for price in prices)
            continue
        return SecrecyValue(
            lower=certificate.lower,
            upper=upper,
            stages=stages,
            stopped=stopped,
            cells=looked,
            marginal_price=marginal,
            certificate=certificate,
        )
    certificate.verify()
    raise AssertionError("a certificate that fails raises")


def _secured(question: SecrecyQuestion, stage: Stage) -> Fraction:
    rows = question.table.fractions().reshape(question.table.shape[0], -1)
    least: Fraction = min((rows @ np.array(stage_mean(stage, question.table.shape[1:]), dtype=object)).tolist())
    return least


class _Driver:
    """One question on the scaled table."""

    def __init__(self, question: SecrecyQuestion) -> None:
        self.question = question
        numerators = question.table.numerators
        self.least = Fraction(int(numerators.min()), question.table.denominator)
        self.span = Fraction(int(numerators.max()) - int(numerators.min()), question.table.denominator)
        table = RationalArray.of_integers(
            numerators.astype(object) - int(numerators.min()), int(numerators.max()) - int(numerators.min())
        ).floats()
        self.budget = float(question.bits) * _LN2
        self.search = SecrecySearch(
            table, question.plays, [channel.floats() for channel in question.channels], self.budget
        )
        self.mix = np.array([float(x) for x in question.tmecor.exact_adversary_strategy])
        self.gap = float(question.gap) * 0.95

    def _starts(self) -> list[FloatStage]:
        """Stages to start from: no secret, an unlimited one, mixtures of the two, and some at random."""
        question, search = self.question, self.search
        sizes = search.sizes
        rng = np.random.default_rng(0)  # the same question has the same answer
        law = np.array(question.tmecor.exact_distribution, dtype=np.float64)
        alone = [tuple(np.array([float(p) for p in x]) for x in play) for play in question.starts]
        alone.append(tuple(np.full(m, 1 / m) for m in sizes))
        if question.plays == "independent":
            units = [tuple(np.eye(m)[k] for m, k in zip(sizes, index, strict=True)) for index in np.argwhere(law > 0)]
            weights = law[law > 0]
            stages = [search.stage(np.ones(1), [play]) for play in alone] + [search.stage(weights, units)]
            for shift in (0.1, 0.3):
                moved = [tuple((1 - shift) * x + shift / len(x) for x in unit) for unit in units]
                stages.append(search.stage(weights, moved))
            for _ in range(4):
                plays = [tuple(rng.dirichlet(np.full(m, 0.7)) for m in sizes) for _ in range(max(sizes))]
                stages.append(search.stage(rng.dirichlet(np.ones(len(plays))), plays))
            return stages
        flat = law.reshape(-1)
        products = [search.law(play) for play in alone]
        laws = [flat, *products, *((flat + p) / 2 for p in products), *rng.dirichlet(np.full(flat.size, 0.7), 4)]
        if question.plays == "joint":
            return [search.stage(np.ones(1), [(p,)]) for p in laws]
        return [search.stage(p, [(unit,) for unit in np.eye(flat.size)]) for p in laws]

    def one_stage(self) -> SecrecyValue:
        """Search within the budget."""
        search, question = self.search, self.question
        starts = [search.within(s) for s in self._starts()]
        best = max(starts, key=lambda s: s.value)
        for start in starts:
            if time.perf_counter() > question.deadline:
                break
            best = max(best, search.improved(start, None, least=self.gap / 10), key=lambda s: s.value)
        best = search.improved(best, None)
        kept = [best]
        proof = search.prove(
            best,
            gap=self.gap,
            per_nat=None,
            mix=self.mix,
            max_cells=question.max_cells,
            deadline=question.deadline,
            found=kept.append,
            tell=question.tell,
        )
        best = max(kept, key=lambda s: s.value)
        stage = max(self._feasible(best), key=lambda s: _secured(question, s))
        return self._answer((stage,), proof, proof.stopped, proof.cells, None, None)

    def long_run(self, cut: tuple[int, Proof] | None) -> SecrecyValue:
        """The hull of stages over the budget, proved; with a cut there is a bound already."""
        search = self.search
        known = math.inf if cut is None else _bound(cut[1], self.budget)
        points, proof, cells = self.proved(known)
        upper = math.inf if proof is None else _bound(proof, self.budget)
        best = max(points, key=lambda s: s.value - (proof.prices[0].per_nat if proof else 0.0) * s.cost)
        points.append(search.improved(search.within(best), None))
        stages = self._mixture(points)
        marginal = self._marginal(points, min(upper, known))
        if proof is None or upper > known:
            assert cut is not None, "without a cut there is a proof"
            stopped = "gap" if proof is None else proof.stopped
            return self._answer(stages, cut[1], stopped, cells, marginal, cut[0])
        return self._answer(stages, proof, proof.stopped, cells, marginal, None)

    def proved(self, known: float) -> tuple[list[FloatStage], Proof | None, int]:
        """Good stages, the best bound (``None`` where one that is known is close enough), and how many cells it took."""
        search, question = self.search, self.question
        points = self._starts()
        cells = 0
        best_proof: Proof | None = None
        tried: list[float] = []
        stuck = 0
        for _ in range(_PRICES):
            per_nat = self._slope(points, stuck)
            if not any(abs(per_nat - other) < 1e-9 for other in tried):
                tried.append(per_nat)
                before = max(s.value - per_nat * s.cost for s in points)
                ranked = sorted(points, key=lambda s: s.cost * per_nat - s.value)
                sources = points if len(tried) == 1 else _apart(ranked, 4)
                points = points + [search.improved(s, per_nat, least=self.gap / 50) for s in sources]
                after = max(s.value - per_nat * s.cost for s in points)
                if after > before + self.gap / 50 and time.perf_counter() < question.deadline:
                    continue
            best = max(points, key=lambda s: s.value - per_nat * s.cost)
            level = self._hull(points)
            if known - level <= self.gap:
                break
            proof = search.prove(
                best,
                gap=max(self.gap - (best.value - per_nat * best.cost + per_nat * self.budget - level), self.gap / 4),
                per_nat=per_nat,
                mix=self.mix,
                max_cells=question.max_cells - cells,
                deadline=question.deadline,
                found=points.append,
                tell=lambda n, low, high, done=cells, at=per_nat: question.tell(
                    done + n, low + at * self.budget, high + at * self.budget
                ),
            )
            cells += proof.cells
            if best_proof is None or _bound(proof, self.budget) < _bound(best_proof, self.budget):
                best_proof = proof
            reached = _bound(best_proof, self.budget) - self._hull(points)
            limit = proof.stopped in ("cells", "time")
            if (reached <= self.gap and proof.stopped != "improved") or limit:
                break
            stuck += proof.stopped != "improved"
        return points, best_proof, cells

    # -- the hull of stages in the plane of cost and value --------------------------------------------------------------

    def _hull(self, points: Sequence[FloatStage]) -> float:
        """The largest value of a mixture of stages within the budget."""
        below = [s for s in points if s.cost <= self.budget]
        above = [s for s in points if s.cost > self.budget]
        level = max((s.value for s in below), default=-math.inf)
        for s in below:
            for other in above:
                t = (self.budget - s.cost) / (other.cost - s.cost)
                level = max(level, (1 - t) * s.value + t * other.value)
        return level

    def _slope(self, points: Sequence[FloatStage], stuck: int) -> float:
        """A price of a nat that supports the hull at the budget."""
        level = self._hull(points)
        left = [(level - s.value) / (self.budget - s.cost) for s in points if s.cost < self.budget - 1e-9]
        right = [(s.value - level) / (s.cost - self.budget) for s in points if s.cost > self.budget + 1e-9]
        high = max(0.0, min(left)) if left else math.inf
        low = max(0.0, *right) if right else 0.0
        if high == math.inf:
            return max(low, 0.1) * 2.0 ** (stuck + 1)
        return (low + max(high, low)) / 2

    def _mixture(self, points: Sequence[FloatStage]) -> tuple[Stage, ...]:
        """Stages in rationals with shares such that they are within the budget, as good as the search found."""
        question = self.question
        # Rounding moves costs a little: what is at the budget counts as above it, and shares its time with a cheaper stage.
        below = [s for s in points if s.cost <= self.budget - _COST_ROUNDING]
        above = [s for s in points if s.cost > self.budget - _COST_ROUNDING]
        chosen: list[tuple[Fraction, tuple[Stage, ...]]] = []
        for single in sorted((s for s in points if s.cost <= self.budget + 1e-12), key=lambda s: -s.value)[:2]:
            chosen += [(_secured(question, stage), (stage,)) for stage in self._feasible(single)]
        pairs: list[tuple[float, FloatStage, FloatStage]] = []
        for s in below:
            for other in above:
                t = max(0.0, (self.budget - s.cost) / (other.cost - s.cost))
                pairs.append(((1 - t) * s.value + t * other.value, s, other))
        pairs.sort(key=lambda entry: -entry[0])
        for _, cheap, dear in pairs[:4]:
            for one, two in itertools.product(self._rounded(cheap), self._rounded(dear)):
                stages = self._shared(one, two)
                if stages is not None:
                    chosen.append((sum((s.share * _secured(question, s) for s in stages), Fraction(0)), stages))
        chosen += [(_secured(question, stage), (stage,)) for stage in self._alone()]
        best = max(value for value, _ in chosen)
        close = [stages for value, stages in chosen if value >= best - self.span * Fraction(_NEGLIGIBLE)]
        return min(close, key=_length)

    def _shared(self, first: Stage, second: Stage) -> tuple[Stage, ...] | None:
        """The two with as large a share of the second as the budget allows."""
        sizes = self.question.table.shape[1:]
        costs = [logarithm_sum(stage_cost(s, self.question.channels, sizes)) for s in (first, second)]
        low, high = (float(sum(pair)) / 2 for pair in costs)
        if high <= low:
            return None
        share = Fraction(min(1.0, max(0.0, (self.budget - low) / (high - low))))
        simple = [t for d in (12, 100, 10_000) if abs((t := share.limit_denominator(d)) - share) < Fraction(1, 10**6)]
        for t in (*simple, *(max(Fraction(0), Fraction(math.floor((share - step) * 2**50), 2**50)) for step in _STEPS)):
            stages = tuple(s for s in (replace(first, share=1 - t), replace(second, share=t)) if s.share)
            if _within(self.question, stages):
                return stages
        return None

    def _feasible(self, found: FloatStage) -> Iterator[Stage]:
        """Rational stages within the budget near one in floats."""
        for stage in self._rounded(found):
            for step in _STEPS:
                moved = _cheaper(stage, step, self.question)
                if _within(self.question, (moved,)):
                    yield moved
                    break
        yield from self._alone()

    def _alone(self) -> Iterator[Stage]:
        """Stages without a secret: they cost nothing, or less where an overseer does not see all."""
        size = math.prod(self.question.table.shape[1:])
        for play in self.question.starts:
            if self.question.plays == "independent":
                yield Stage(Fraction(1), (Fraction(1),), (play,))
            elif self.question.plays == "joint":
                yield Stage(Fraction(1), (Fraction(1),), ((_joint(play),),))
            else:
                unit = tuple(Fraction(int(a == 0)) for a in range(size))
                yield Stage(Fraction(1), (Fraction(1),), ((unit,),))

    def _rounded(self, found: FloatStage) -> list[Stage]:
        """The stage in rationals: with small denominators where that is within 1e-6, and finely."""
        stages: list[Stage] = []
        for largest in (*_SIMPLE, _FINE):
            weights = _vector(found.weights, largest)
            plays = [tuple(_vector(x, largest) for x in play) for play in found.plays]
            if weights is None or any(x is None for play in plays for x in play):
                continue
            kept = [k for k, w in enumerate(weights) if w]
            stage = Stage(Fraction(1), tuple(weights[k] for k in kept), tuple(plays[k] for k in kept))  # type: ignore[arg-type]
            stages.append(stage)
        return [stages[0], stages[-1]] if len(stages) > 1 else stages

    def _marginal(self, points: Sequence[FloatStage], upper: float) -> tuple[Fraction, Fraction] | None:
        """What a further bit is worth: slopes from the upper bound to stages on either side, with a margin for rounding."""
        left = [(upper - s.value) / (self.budget - s.cost) for s in points if s.cost < self.budget - 1e-6]
        right = [(s.value - upper) / (s.cost - self.budget) for s in points if s.cost > self.budget + 1e-6]
        if not left:
            return None
        unit = self.span * Fraction(_LN2)
        low, high = max(0.0, *right) if right else 0.0, min(left)
        return Fraction(max(0.0, low * (1 - 1e-9) - 1e-9)) * unit, Fraction(high * (1 + 1e-9) + 1e-9) * unit

    def _answer(
        self,
        stages: tuple[Stage, ...],
        proof: Proof,
        stopped: str,
        cells: int,
        marginal: tuple[Fraction, Fraction] | None,
        cut: int | None,
    ) -> SecrecyValue:
        prices = tuple(self._price(price) for price in proof.prices)
        splits, leaves = proof.splits, proof.leaves
        budget = self.question.bits * logarithm_bracket(Fraction(2))[1]
        if max(price.score + price.per_nat * budget for price in prices) >= self.question.tmecor.exact_value:
            prices, splits, leaves, cut = (_free_price(self.question),), (None,), (0,), None
        found = _certified(
            self.question,
            stages,
            prices,
            splits,
            leaves,
            8 * proof.score_cells + 200,
            "time" if stopped == "time" else "cells" if stopped == "cells" else "gap",
            cells,
            marginal,
            cut,
        )
        if found.stopped == "gap" and found.upper - found.lower > self.question.gap * self.span:
            return replace(found, stopped="cells")
        return found

    def _price(self, price: FloatPrice) -> Price:
        return Price(
            Fraction(price.per_nat) * self.span,
            tuple(Fraction(k, 2**30) for k in price.mix),
            tuple(tuple(Fraction(x) * self.span for x in vector.tolist()) for vector in price.signals),
            self.least + self.span * Fraction(price.score),
        )


def _apart(points: Sequence[FloatStage], count: int) -> list[FloatStage]:
    """The first few that differ in cost or value."""
    kept: list[FloatStage] = []
    for s in points:
        if all(abs(s.cost - o.cost) + abs(s.value - o.value) > 1e-3 for o in kept):
            kept.append(s)
        if len(kept) == count:
            break
    return kept


def _vector(values: Floats, largest: int) -> tuple[Fraction, ...] | None:
    """A rational law near one in floats, with denominators up to ``largest``; ``None`` if that is not within 1e-6."""
    if largest == _FINE:
        parts = [Fraction(math.floor(float(p) * _FINE), _FINE) for p in values]
        parts[int(np.argmax(values))] += 1 - sum(parts)
        return tuple(parts)
    parts = [Fraction(float(p)).limit_denominator(largest) for p in values]
    if sum(parts) != 1 or any(abs(float(a) - b) > 1e-6 for a, b in zip(parts, values, strict=True)):
        return None
    return tuple(parts)


def _cheaper(stage: Stage, t: Fraction, question: SecrecyQuestion) -> Stage:
    """The stage moved by t towards one that costs nothing."""
    if not t:
        return stage
    sizes = question.table.shape[1:]
    if question.plays == "independent":
        centres = [
            [sum((w * p[i][a] for w, p in zip(stage.weights, stage.plays, strict=True)), Fraction(0)) for a in range(m)]
            for i, m in enumerate(sizes)
        ]
        plays = tuple(
            tuple(
                tuple((1 - t) * p + t * c for p, c in zip(x, centre, strict=True))
                for x, centre in zip(play, centres, strict=True)
            )
            for play in stage.plays
        )
        return replace(stage, plays=plays)
    mean = stage_mean(stage, sizes)
    if question.plays == "joint":
        joint = np.array(mean, dtype=object).reshape(sizes)
        axes = range(len(sizes))
        own = tuple(tuple(joint.sum(axis=tuple(k for k in axes if k != i)).tolist()) for i in axes)
        return replace(stage, plays=((tuple((1 - t) * p + t * q for p, q in zip(mean, _joint(own), strict=True)),),))
    top = max(range(len(mean)), key=mean.__getitem__)
    weights = [(1 - t) * p + (t if a == top else 0) for a, p in enumerate(mean)]
    kept = [a for a, p in enumerate(weights) if p]
    units = tuple((tuple(Fraction(int(a == b)) for b in range(len(mean))),) for a in kept)
    return Stage(stage.share, tuple(weights[a] for a in kept), units)


def _joint(play: Sequence[Sequence[Fraction]]) -> tuple[Fraction, ...]:
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
