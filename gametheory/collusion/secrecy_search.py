"""The search behind long-run rates, mutual information and limited randomness: branch and bound on signal laws, in floats.

    maximise  min_b u_b(D)    within a budget on    Σ_j [H(W_j D) − H(W_j | D)] − Σ_k λ_k H(d_k),     D = Σ_k λ_k d_k

with d_k pure, products or any (:mod:`gametheory.certificates.secrecy`). The entropies H(W_j D) of what is seen make the cost
non-convex. On a simplex of laws with corners v, H(Σ_v β_v v) ≥ Σ_v β_v H(v) with an error of second order: the relaxed problem
is a linear programme over mixtures of plays, solved by generating columns; its duals are a price of secrecy, a mix of the
adversary and a vector of signal prices, which bound everything in the cell, and often in many others. A cell with a larger
bound than asked for is split at the edge where the entropy is missed most.

Lower bounds: with −ln q·s ≥ H(s) in place of the entropy, q the law at hand, the same programme is conservative, and improves a
play step by step (the convex–concave procedure).

What is returned is a proposal; :mod:`.secrecy_values` turns it into rationals.

References: R. Horst and H. Tuy (1996), *Global Optimization*; A. L. Yuille and A. Rangarajan (2003), *The concave–convex
procedure*, Neural Computation 15. Complexity: a linear programme of some hundred columns and a row for each signal and each
action of the adversary, several times in each cell; the number of cells is exponential in the number of signals at worst.
"""

from __future__ import annotations

import heapq
import itertools
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, final

import numpy as np
from numpy.typing import NDArray

from gametheory.certificates.secrecy_stages import Plays
from gametheory.certificates.team_bounds import Split
from gametheory.collusion.secrecy_programme import Column, Solved, solve_restricted
from gametheory.collusion.secrecy_scores import Play, best_plays, entropies, score_bound
from gametheory.errors import SolverError

__all__ = ["FloatPrice", "FloatStage", "Proof", "SecrecySearch"]

Floats = NDArray[np.float64]
Cell = tuple[Floats, ...]
"""For each channel the corners of a simplex of signal laws, as rows."""

_GRID = 2.0**40
_MARGIN = 2.0**-38
_ROUNDS = 60  # programmes in a cell
_IMPROVEMENTS = 40
_SCORE_CELLS = 40_000
_FIRST = 256  # pure plays among the columns from the start
_KEPT = 600  # columns
_ALIKE = 1e-9


@final
@dataclass(frozen=True, slots=True, eq=False)
class FloatStage:
    """A mixture of plays, what it secures (on the scaled table) and what it costs in nats."""

    weights: Floats
    plays: tuple[Play, ...]
    value: float
    cost: float


@final
@dataclass(frozen=True, slots=True, eq=False)
class FloatPrice:
    """Price per nat, mix in units of 2^−30, a vector of prices for each channel's signals, the score that no play exceeds."""

    per_nat: float
    mix: tuple[int, ...]
    signals: tuple[Floats, ...]
    score: float


@final
@dataclass(frozen=True, slots=True, eq=False)
class Proof:
    """A subdivision in preorder with the price of each leaf, and the bound that they prove."""

    splits: tuple[Split | None, ...]
    leaves: tuple[int, ...]
    prices: tuple[FloatPrice, ...]
    bound: float
    score_cells: int
    cells: int
    stopped: Literal["gap", "cells", "time", "improved"]


@dataclass(slots=True, eq=False)
class _Node:
    cell: Cell
    bound: float
    price: int
    split: Split | None = None
    children: tuple[int, int] | None = None
    wanted: Split | None = None


class SecrecySearch:
    """Stages that are good, and bounds on all of them.

    Parameters
    ----------
    table : array, shape (num_b, *sizes)
        Payoffs between 0 and 1.
    plays : "independent", "joint" or "pure"
    channels : sequence of arrays, shape (joint actions, signals)
    budget : float
        In nats.
    """

    def __init__(self, table: Floats, plays: Plays, channels: Sequence[Floats], budget: float) -> None:
        self.sizes = table.shape[1:]
        self.table = table.reshape(table.shape[0], -1)
        self.plays, self.channels, self.budget = plays, tuple(channels), budget
        self.noise: Floats = np.sum([entropies(w) for w in self.channels], axis=0)
        self.columns: list[Play] = []
        self.laws: list[Floats] = []
        self.rows: list[Column] = []
        self.prices: list[FloatPrice] = []
        self.score_cells = 0
        self.slack = 1e-6
        for index in itertools.islice(np.ndindex(*self.sizes), _FIRST):
            unit = tuple(np.eye(m)[k] for m, k in zip(self.sizes, index, strict=True))
            self._add(unit if plays == "independent" else (self.law(unit),))

    # -- plays ---------------------------------------------------------------------------------------------------------

    @staticmethod
    def law(play: Play) -> Floats:
        """The law of joint actions."""
        law = np.ones(1)
        for vector in play:
            law = np.multiply.outer(law, vector).reshape(-1)
        return law

    def _add(self, play: Play) -> bool:
        """Keep a play as a column unless there is one like it; whether it is new."""
        law = self.law(play)
        if self.laws and float(np.abs(np.array(self.laws) - law).max(axis=1).min()) < _ALIKE:
            return False
        gained = float(sum(entropies(x) for x in play) + law @ self.noise)
        self.columns.append(play)
        self.laws.append(law)
        self.rows.append((self.table @ law, gained, tuple(law @ w for w in self.channels)))
        return True

    def _trim(self, weights: Floats) -> None:
        """Forget columns that are neither used, nor recent, nor the first ones."""
        if len(self.columns) > _KEPT:
            order = np.argsort(-weights, kind="stable")[: _KEPT // 8].tolist()
            recent = range(len(self.columns) - _KEPT // 2, len(self.columns))
            kept = sorted({*range(min(len(self.columns), 64)), *order, *recent})
            self.columns = [self.columns[k] for k in kept]
            self.laws = [self.laws[k] for k in kept]
            self.rows = [self.rows[k] for k in kept]

    def stage(self, weights: Floats, plays: Sequence[Play]) -> FloatStage:
        """A mixture with its value and cost; plays of weight 0 are left out, one distribution is made of ``"joint"`` ones."""
        kept = [k for k in range(len(weights)) if weights[k] > 1e-10]
        share = np.array([weights[k] for k in kept])
        share = share / share.sum()
        chosen = tuple(plays[k] for k in kept)
        mean: Floats = np.sum([w * self.law(p) for w, p in zip(share, chosen, strict=True)], axis=0)
        if self.plays == "joint":
            share, chosen = np.ones(1), ((mean,),)
        seen = sum(float(entropies(mean @ w)) for w in self.channels) - float(mean @ self.noise)
        own = sum(float(w) * float(sum(entropies(x) for x in p)) for w, p in zip(share, chosen, strict=True))
        return FloatStage(share, chosen, float((self.table @ mean).min()), seen - own)

    def mean(self, stage: FloatStage) -> Floats:
        """D."""
        result: Floats = np.sum([w * self.law(p) for w, p in zip(stage.weights, stage.plays, strict=True)], axis=0)
        return result

    def within(self, stage: FloatStage) -> FloatStage:
        """The stage itself if it is within the budget, else the nearest that is on the way to one that costs nothing."""
        if stage.cost <= self.budget:
            return stage
        low, high = 0.0, 1.0
        for _ in range(45):
            middle = (low + high) / 2
            if self._cheaper(stage, middle).cost <= self.budget:
                high = middle
            else:
                low = middle
        return self._cheaper(stage, high)

    def _cheaper(self, stage: FloatStage, t: float) -> FloatStage:
        mean = self.mean(stage)
        if self.plays == "independent":
            centres = [
                np.sum([w * p[i] for w, p in zip(stage.weights, stage.plays, strict=True)], axis=0)
                for i in range(len(self.sizes))
            ]
            moved = [tuple((1 - t) * x + t * c for x, c in zip(p, centres, strict=True)) for p in stage.plays]
            return self.stage(stage.weights, moved)
        if self.plays == "joint":
            joint, axes = mean.reshape(self.sizes), range(len(self.sizes))
            own = tuple(joint.sum(axis=tuple(k for k in axes if k != i)) for i in axes)
            return self.stage(np.ones(1), [((1 - t) * mean + t * self.law(own),)])
        sharp = (1 - t) * mean
        sharp[int(np.argmax(mean))] += t
        return self.stage(sharp, [(unit,) for unit in np.eye(len(mean))])

    # -- the relaxed programme -----------------------------------------------------------------------------------------

    def _programme(self, corners: Sequence[Floats], levels: Sequence[Floats], per_nat: float | None) -> Solved:
        return solve_restricted(self.table, self.rows, corners, levels, self.budget, per_nat)

    def _scores(self, price: float, mix: Floats, signals: Sequence[Floats]) -> Floats:
        total = mix @ self.table + price * self.noise
        for w, paid in zip(self.channels, signals, strict=True):
            total = total - w @ paid
        return total.reshape(self.sizes)

    def _priced(self, solved: Solved) -> list[tuple[float, Play]]:
        used = np.argsort(-solved.weights)[:6] if self.plays == "independent" else np.zeros(0, dtype=np.intp)
        scores = self._scores(solved.price, solved.mix, solved.signals)
        return best_plays(scores, solved.price, self.plays, [self.columns[k] for k in used])

    # -- lower bounds --------------------------------------------------------------------------------------------------

    def improved(self, stage: FloatStage, per_nat: float | None, *, least: float = 1e-9) -> FloatStage:
        """A stage no worse, by the convex–concave procedure: within the budget, or for value − price · cost.

        It ends once a step gains less than ``least``.
        """

        def worth(s: FloatStage) -> float:
            return s.value if per_nat is None else s.value - per_nat * s.cost

        for play in stage.plays:
            self._add(play)
        for _ in range(_IMPROVEMENTS):
            mean = self.mean(stage)
            laws = [0.999999 * (mean @ w) + 1e-6 / w.shape[1] for w in self.channels]
            corners = [np.eye(len(law)) for law in laws]
            levels = [-np.log(law) for law in laws]
            better = stage
            for _ in range(_ROUNDS):
                try:
                    solved = self._programme(corners, levels, per_nat)
                except SolverError:  # too badly conditioned: what is at hand is kept
                    return stage
                if not solved.weights.sum() > 0:
                    return stage
                better = self.stage(solved.weights, self.columns)
                found = self._priced(solved)
                limit = solved.value - (solved.price * self.budget if per_nat is None else 0.0)
                if found[0][0] <= limit + max(1e-8, least / 4) or not sum(self._add(play) for _, play in found[:3]):
                    break
            self._trim(solved.weights)
            if per_nat is None:
                better = self.within(better)
            if worth(better) <= worth(stage) + least:
                return max((stage, better), key=worth)
            stage = better
        return stage

    # -- upper bounds --------------------------------------------------------------------------------------------------

    def prove(
        self,
        best: FloatStage,
        *,
        gap: float,
        per_nat: float | None,
        mix: Floats,
        max_cells: int,
        deadline: float,
        found: Callable[[FloatStage], None],
        tell: Callable[[int, float, float], None],
    ) -> Proof:
        """Bound value (within the budget) or value − price · cost of every stage, to ``gap`` above the best found.

        ``mix`` is any of the adversary's, the starting point of the bound. With a price the search ends early
        (``"improved"``) once a stage is found that is more than half the gap better.
        """

        def worth(s: FloatStage) -> float:
            return s.value if per_nat is None else s.value - per_nat * s.cost

        self.prices = []
        self.slack = max(gap / 20, 1e-8)
        first = top = worth(best)
        offset = self.budget if per_nat is None else 0.0
        root: Cell = tuple(np.eye(w.shape[1]) for w in self.channels)
        # Signals that cost nothing are a price on every cell.
        nothing = Solved(0.0, np.zeros(0), per_nat or 0.0, mix, tuple(np.zeros(w.shape[1]) for w in self.channels), ())
        number, _ = self._recorded(self._on_grid(root, [entropies(v) for v in root], nothing)[1], insist=False)
        nodes = [_Node(root, offset * self.prices[number].per_nat + self.prices[number].score, number)]
        waiting = [(-math.inf, 0)]
        stopped: Literal["gap", "cells", "time", "improved"] = "gap"
        looked = 0
        while waiting:
            key, number = heapq.heappop(waiting)
            node = nodes[number]
            if -key <= top + gap:
                continue
            if looked and (looked >= max_cells or time.perf_counter() > deadline):
                stopped = "cells" if looked >= max_cells else "time"
                break
            if node.wanted is not None:
                self._halve(node, nodes, waiting)
                continue
            looked += 1
            stage = self._bound(node, top + gap, per_nat, offset)
            if stage is not None:
                candidate = self.within(stage) if per_nat is None else stage
                if worth(candidate) > top + 1e-9:
                    candidate = self.improved(candidate, per_nat)
                    found(candidate)
                    top = max(top, worth(candidate))
                    if per_nat is not None and top > first + gap / 2:
                        stopped = "improved"
                        break
            if node.bound > top + gap and nodes[number].wanted is not None:
                heapq.heappush(waiting, (-node.bound, number))
            if looked % 20 == 0:
                tell(looked, top, max(-waiting[0][0], top + gap) if waiting else top + gap)
        splits, leaves = _preorder(nodes)
        used = sorted(set(leaves))
        renamed = {old: new for new, old in enumerate(used)}
        return Proof(
            splits,
            tuple(renamed[k] for k in leaves),
            tuple(self.prices[k] for k in used),
            max(offset * self.prices[k].per_nat + self.prices[k].score for k in used),
            self.score_cells,
            looked,
            stopped,
        )

    @staticmethod
    def _halve(node: _Node, nodes: list[_Node], waiting: list[tuple[float, int]]) -> None:
        assert node.wanted is not None
        node.split = j, a, b = node.wanted
        node.children = (len(nodes), len(nodes) + 1)
        for replaced in (a, b):
            corners = node.cell[j].copy()
            corners[replaced] = (node.cell[j][a] + node.cell[j][b]) / 2
            nodes.append(_Node((*node.cell[:j], corners, *node.cell[j + 1 :]), node.bound, node.price))
            heapq.heappush(waiting, (-node.bound, len(nodes) - 1))

    def _bound(self, node: _Node, target: float, per_nat: float | None, offset: float) -> FloatStage | None:
        """Bound a cell: its price and the split that is wanted next are noted; the stage that attains the relaxation."""
        levels = [entropies(v) for v in node.cell]
        known = self._known(node.cell, levels, target, offset)
        if known is not None:
            node.price = known
            node.bound = offset * self.prices[known].per_nat + self.prices[known].score
            return None
        stage = None
        for _ in range(_ROUNDS):
            try:
                solved = self._programme(node.cell, levels, per_nat)
            except SolverError:  # too badly conditioned: the bound of the parent stays, and smaller cells are tried
                break
            stage = self.stage(solved.weights, self.columns) if solved.weights.sum() > 0 else None
            plays = self._priced(solved)
            shift, grid = self._on_grid(node.cell, levels, solved)
            closes = offset * grid.per_nat + plays[0][0] + shift <= target - 2 * self.slack
            reached = solved.value - offset * solved.price
            if (
                not closes
                and solved.value <= target
                and plays[0][0] > reached + self.slack
                and sum(self._add(play) for _, play in plays[:4])
            ):
                continue
            number, better = self._recorded(grid, insist=closes)
            if better is not None and self._add(better):
                continue
            if better is None:
                proved = offset * grid.per_nat + self.prices[number].score
                if proved < node.bound:
                    node.bound, node.price = proved, number
            self._trim(solved.weights)
            node.wanted = self._split(node.cell, levels, solved.inside)
            return stage
        node.wanted = self._split(node.cell, levels, [np.zeros(len(v)) for v in node.cell])
        return stage

    def _known(self, cell: Cell, levels: Sequence[Floats], target: float, offset: float) -> int | None:
        """A price found elsewhere that closes this cell."""
        for number in range(len(self.prices) - 1, -1, -1):
            price = self.prices[number]
            if offset * price.per_nat + price.score <= target and all(
                bool(np.all(price.per_nat * level - v @ paid >= _MARGIN / 4))
                for v, level, paid in zip(cell, levels, price.signals, strict=True)
            ):
                return number
        return None

    def _on_grid(self, cell: Cell, levels: Sequence[Floats], solved: Solved) -> tuple[float, FloatPrice]:
        """Multipliers on a grid that hold on the cell, and by how much the score may rise by that."""
        rounded = math.ceil(solved.price * _GRID) / _GRID
        shares = np.floor(solved.mix * 2**30).astype(np.int64)
        shares[int(np.argmax(shares))] += 2**30 - int(shares.sum())
        paid, shift = [], 0.0
        for v, level, vector in zip(cell, levels, solved.signals, strict=True):
            excess = max(0.0, float(np.max(v @ vector - rounded * level)))
            down = excess + _MARGIN
            paid.append(np.floor((vector - down) * _GRID) / _GRID)
            shift += down + 1 / _GRID
        return shift + 1e-9, FloatPrice(rounded, tuple(int(x) for x in shares), tuple(paid), math.inf)

    def _recorded(self, price: FloatPrice, *, insist: bool) -> tuple[int, Play | None]:
        """Number of a price whose score is proved in floats; with ``insist`` a play instead that scores more than found."""
        scores = self._scores(price.per_nat, np.array(price.mix) / 2**30, price.signals)
        value, best = best_plays(scores, price.per_nat, self.plays, [])[0]
        slack = 1e-10
        if self.plays == "independent" and price.per_nat > 0 and scores.ndim > 1:
            slack = self.slack
            while True:
                proved, looked, better = score_bound(scores, price.per_nat, value + slack, _SCORE_CELLS)
                if proved:
                    self.score_cells = max(self.score_cells, looked)
                    break
                if better is None:
                    slack *= 4
                    continue
                value, best = best_plays(scores, price.per_nat, self.plays, [better])[0]
                if insist:
                    return -1, best
        limit = (math.ceil((value + slack) * _GRID) + 1) / _GRID
        self.prices.append(FloatPrice(price.per_nat, price.mix, price.signals, limit))
        return len(self.prices) - 1, None

    @staticmethod
    def _split(cell: Cell, levels: Sequence[Floats], inside: Sequence[Floats]) -> Split | None:
        """The edge along which the entropy of the laws at hand is missed most, else the longest; ``None`` for a point."""
        best: tuple[float, Split | None] = (1e-12, None)
        longest: tuple[float, Split | None] = (0.0, None)
        for j, (v, level, beta) in enumerate(zip(cell, levels, inside, strict=True)):
            weights = np.maximum(beta, 0)
            for a, b in itertools.combinations(range(len(v)), 2):
                length = float(((v[a] - v[b]) ** 2).sum())
                longest = max(longest, (length, (j, a, b)), key=lambda entry: entry[0])
                both = weights[a] + weights[b]
                if both > 1e-9:
                    law = (weights[a] * v[a] + weights[b] * v[b]) / both
                    lost = both * float(entropies(law)) - weights[a] * level[a] - weights[b] * level[b]
                    best = max(best, (lost, (j, a, b)), key=lambda entry: entry[0])
        return best[1] or longest[1]


def _preorder(nodes: list[_Node]) -> tuple[tuple[Split | None, ...], list[int]]:
    splits: list[Split | None] = []
    leaves: list[int] = []
    waiting = [0]
    while waiting:
        node = nodes[waiting.pop()]
        splits.append(node.split)
        if node.children is None:
            leaves.append(node.price)
        else:
            waiting.extend(reversed(node.children))
    return tuple(splits), leaves
