"""From a search in floats to certified bounds: what limited secrecy is worth, in one stage or in the long run.

:func:`secrecy_value` answers for any kind of secrecy of :mod:`gametheory.certificates.secrecy`: it drives
:class:`~gametheory.collusion.secrecy_search.SecrecySearch`, rounds stages and prices to rationals, and verifies the
certificate.

In the long run the value is the concave envelope V(R) = max {Σ α_i v_i : Σ α_i c_i ≤ R} over stages; two stages suffice.
Its dual V(R) = min_μ [μR + max (v − μc)] gives the price of a nat: stages found so far have an upper hull; at its slope
over R the search looks for a better stage, and when it proves that there is none, the bound is that of the hull.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal, final

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import RationalArray
from gametheory.certificates.elementary import logarithm_bracket
from gametheory.certificates.secrecy import SecrecyCertificate
from gametheory.certificates.secrecy_prices import Price
from gametheory.certificates.secrecy_stages import Stage, cut_channels, shows_everything
from gametheory.certificates.team_bounds import Split
from gametheory.collusion.secrecy_rounding import (
    SecrecyQuestion,
    best_mixture,
    best_stage,
    is_within,
    secured,
    unit_play,
)
from gametheory.collusion.secrecy_search import FloatPrice, FloatStage, Proof, SecrecySearch
from gametheory.errors import CertificateError

__all__ = ["SecrecyValue", "secrecy_value"]

Floats = NDArray[np.float64]
Stopped = Literal["gap", "cells", "time"]
Marginal = tuple[Fraction, Fraction] | None

_LN2 = math.log(2)
_EASY = 4  # joint actions that are seen in full
_PRICES = 40  # prices tried in the long run


@final
@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class SecrecyValue:
    """Certified bounds, the stages that attain the lower, what ended the search, and the price of a further bit.

    The price lies between two rationals in the long run and is ``None`` for one stage.
    """

    lower: Fraction
    upper: Fraction
    stages: tuple[Stage, ...]
    stopped: Stopped
    cells: int
    marginal_price: Marginal
    certificate: SecrecyCertificate


@final
@dataclass(frozen=True, slots=True, eq=False)
class _Evidence:
    """Prices and where they hold."""

    prices: tuple[Price, ...]
    splits: tuple[Split | None, ...]
    leaves: tuple[int, ...]
    score_cells: int
    cut: int | None


def secrecy_value(question: SecrecyQuestion) -> SecrecyValue:
    """What a team secures with limited secrecy, between certified bounds."""
    law, sizes = question.tmecor.exact_distribution, question.sizes
    support = question.tmecor.support
    if question.plays == "joint":
        whole = Stage(Fraction(1), (Fraction(1),), ((tuple(law.reshape(-1).tolist()),),))
    else:
        plays = tuple(unit_play(index, sizes, question.plays) for index in support)
        whole = Stage(Fraction(1), tuple(law[index] for index in support), plays)
    if is_within(question, (whole,)):
        return _certified(question, (whole,), _free(question), "gap", 0, None)
    driver = _Driver(question)
    if question.horizon == "one stage":
        return driver.one_stage()
    return driver.long_run(_best_cut(question))


def _free(question: SecrecyQuestion) -> _Evidence:
    """Secrecy for nothing: the bound of an unlimited secret, exactly."""
    signals = tuple((Fraction(0),) * channel.shape[1] for channel in question.channels)
    mix = tuple(question.tmecor.exact_adversary_strategy.tolist())
    return _Evidence((Price(Fraction(0), mix, signals, question.tmecor.exact_value),), (None,), (0,), 0, None)


def _best_cut(question: SecrecyQuestion) -> tuple[int, Proof] | None:
    """The member and the proof of the best bound by the correlation of one with the others, where no other may be in reach."""
    sizes = question.sizes
    hard = question.plays == "independent" and shows_everything(question.channels[0]) and math.prod(sizes) > _EASY
    if not hard or len(sizes) < 2:
        return None
    found = []
    cuts = range(1 if len(sizes) == 2 else len(sizes))
    for i in cuts:
        now = time.perf_counter()
        share = (question.deadline - now) / (len(cuts) - i + 1)
        relaxed = replace(
            question,
            plays="joint",
            channels=cut_channels(sizes, i),
            gap=question.gap / 4,  # what the search leaves open adds to what the cut gives away
            deadline=now + share,
        )
        _, proof, _ = _Driver(relaxed).proved(math.inf)
        assert proof is not None, "without a bound there is a proof"
        found.append((i, proof))
    return min(found, key=lambda entry: _bound(entry[1], float(question.bits) * _LN2))


def _bound(proof: Proof, budget: float) -> float:
    """What a proof for one price bounds the value by, on the scaled table."""
    return proof.bound + proof.prices[0].per_nat * budget


def _certified(
    question: SecrecyQuestion,
    stages: tuple[Stage, ...],
    evidence: _Evidence,
    stopped: Stopped,
    cells: int,
    marginal: Marginal,
) -> SecrecyValue:
    """The value with its certificate, verified."""
    budget = question.bits * logarithm_bracket(Fraction(2))[1]
    lower = secured(question, stages)
    score_cells = evidence.score_cells
    slack = Fraction(0)
    while True:
        prices = tuple(replace(price, score=price.score + slack) for price in evidence.prices)
        certificate = SecrecyCertificate(
            team=question.team,
            adversary=question.adversary,
            plays=question.plays,
            channels=question.channels,
            horizon=question.horizon,
            bits=question.bits,
            stages=stages,
            prices=prices,
            splits=evidence.splits,
            leaves=evidence.leaves,
            cells=score_cells,
            lower=lower,
            upper=max(price.score + price.per_nat * budget for price in prices),
            cut=evidence.cut,
            payoff=question.payoff,
            game=question.game,
        )
        try:
            certificate.verify()
        except CertificateError:
            if slack:
                raise
            # Floats and rationals may disagree by a hair: once more with a little on every score, and more cells.
            slack, score_cells = (certificate.upper - lower) / 100 + Fraction(1, 10**9), 20 * score_cells + 10_000
            continue
        return SecrecyValue(
            lower=lower,
            upper=certificate.upper,
            stages=stages,
            stopped=stopped,
            cells=cells,
            marginal_price=marginal,
            certificate=certificate,
        )


class _Driver:
    """One question on the table scaled to [0, 1]."""

    def __init__(self, question: SecrecyQuestion) -> None:
        self.question = question
        numerators = question.table.numerators.astype(object)
        least, most = int(numerators.min()), int(numerators.max())
        self.least, self.span = (Fraction(x, question.table.denominator) for x in (least, most - least))
        table = RationalArray.of_integers(numerators - least, max(most - least, 1)).floats()
        self.budget = float(question.bits) * _LN2
        channels = [channel.floats() for channel in question.channels]
        self.search = SecrecySearch(table, question.plays, channels, self.budget)
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
        pure = np.unravel_index(int(np.argmax(search.table.min(axis=0))), sizes)
        alone.append(tuple(np.eye(m)[k] for m, k in zip(sizes, pure, strict=True)))
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
        kept = [search.improved(best, None)]
        proof = search.prove(
            kept[0],
            gap=self.gap,
            per_nat=None,
            mix=self.mix,
            max_cells=question.max_cells,
            deadline=question.deadline,
            found=kept.append,
            tell=question.tell,
        )
        stage = best_stage(question, max(kept, key=lambda s: s.value))
        return self._answer((stage,), proof, proof.stopped, proof.cells, None, None)

    def long_run(self, cut: tuple[int, Proof] | None) -> SecrecyValue:
        """The hull of stages over the budget, proved; with a cut there is a bound already."""
        search = self.search
        known = math.inf if cut is None else _bound(cut[1], self.budget)
        points, proof, cells = self.proved(known)
        upper = math.inf if proof is None else _bound(proof, self.budget)
        per_nat = 0.0 if proof is None else proof.prices[0].per_nat
        best = max(points, key=lambda s: s.value - per_nat * s.cost)
        points.append(search.improved(search.within(best), None))
        stages = best_mixture(self.question, points, self.budget)
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

            def worth(s: FloatStage, price: float = per_nat) -> float:
                return s.value - price * s.cost

            if not any(abs(per_nat - other) < 1e-9 for other in tried):
                tried.append(per_nat)
                before = max(map(worth, points))
                sources = points if len(tried) == 1 else _apart(sorted(points, key=worth, reverse=True), 4)
                points = points + [search.improved(s, per_nat, least=self.gap / 50) for s in sources]
                if max(map(worth, points)) > before + self.gap / 50 and time.perf_counter() < question.deadline:
                    continue
            level = self._hull(points)
            if known - level <= self.gap:
                break
            best = max(points, key=worth)

            def tell(count: int, low: float, high: float, done: int = cells, price: float = per_nat) -> None:
                question.tell(done + count, low + price * self.budget, high + price * self.budget)

            proof = search.prove(
                best,
                gap=max(self.gap - (worth(best) + per_nat * self.budget - level), self.gap / 4),
                per_nat=per_nat,
                mix=self.mix,
                max_cells=question.max_cells - cells,
                deadline=question.deadline,
                found=points.append,
                tell=tell,
            )
            cells += proof.cells
            if best_proof is None or _bound(proof, self.budget) < _bound(best_proof, self.budget):
                best_proof = proof
            reached = _bound(best_proof, self.budget) - self._hull(points)
            if proof.stopped in ("cells", "time") or (reached <= self.gap and proof.stopped != "improved"):
                best_proof = replace(best_proof, stopped=proof.stopped)
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
        low = max(0.0, *right) if right else 0.0
        if not left:
            return max(low, 0.1) * 2.0 ** (stuck + 1)
        return (low + max(low, min(left))) / 2

    def _marginal(self, points: Sequence[FloatStage], upper: float) -> Marginal:
        """What a further bit is worth: slopes from the upper bound to stages on either side, with a margin for rounding."""
        left = [(upper - s.value) / (self.budget - s.cost) for s in points if s.cost < self.budget - 1e-6]
        right = [(s.value - upper) / (s.cost - self.budget) for s in points if s.cost > self.budget + 1e-6]
        if not left:
            return None
        unit = self.span * Fraction(_LN2)
        low, high = max(0.0, *right) if right else 0.0, min(left)
        return Fraction(max(0.0, low * (1 - 1e-9) - 1e-9)) * unit, Fraction(high * (1 + 1e-9) + 1e-9) * unit

    # -- the answer ----------------------------------------------------------------------------------------------------

    def _answer(
        self,
        stages: tuple[Stage, ...],
        proof: Proof,
        stopped: str,
        cells: int,
        marginal: Marginal,
        cut: int | None,
    ) -> SecrecyValue:
        question = self.question
        prices = tuple(self._price(price) for price in proof.prices)
        evidence = _Evidence(prices, proof.splits, proof.leaves, 8 * proof.score_cells + 200, cut)
        budget = question.bits * logarithm_bracket(Fraction(2))[1]
        if max(price.score + price.per_nat * budget for price in prices) >= question.tmecor.exact_value:
            evidence = _free(question)
        limit: Stopped = "time" if stopped == "time" else "cells" if stopped == "cells" else "gap"
        found = _certified(question, stages, evidence, limit, cells, marginal)
        if limit == "gap" and found.upper - found.lower > question.gap * self.span:
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
