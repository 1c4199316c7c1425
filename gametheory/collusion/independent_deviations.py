"""The best independent mixing of a coalition, enclosed between certified bounds.

If the members of S randomise, each on her own, under "all" they gain max_x min_i g_i(x) and under "some"
max {Σ g_i(x) : g(x) ≥ 0}, with g multilinear in x ∈ ∏_{j∈S} Δ(A_j). This is not convex, and the optimum can be irrational:
under "all" it is a team-maxmin problem in which the "adversary" picks the member who gains least. In this order:

1. the best pure joint action (from below) and shared randomness, one linear programme (from above): often they agree;
2. for a pair with two actions each the closed form (:mod:`gametheory.certificates.two_by_two_mixing`);
3. branch and bound over products of simplices (:mod:`gametheory.optimize.global_bounds`) down to a gap; "some" by an exact
   penalty (:mod:`gametheory.certificates.mixing_bounds`). Where nothing above 0 is found the cells are refined until the
   bound is 0, as it becomes wherever each small step away from the status quo costs a member;
4. for few actions, if the bound is still above 0: the decision procedure for real arithmetic on "some member does not
   gain, whatever is mixed".

Both bounds are rational and re-checked by the certificate. What is not closed stays a bracket; no local optimum is ever
called the answer. The factors may be any players or groups that mix on their own: members, or a coalition and the faulty.

References: B. von Stengel and D. Koller (1997), *Team-maxmin equilibria*, Games and Economic Behavior 21. Complexity: at
worst exponential in the total number of actions of the factors.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import RationalArray
from gametheory.certificates.gains import best_joint_deviation, coalition_value
from gametheory.certificates.mixing_bounds import Cells, is_closed_form, mixing_bound, penalised
from gametheory.certificates.team_bounds import Split, leaf_bounds
from gametheory.certificates.two_by_two_mixing import two_by_two_mixing
from gametheory.collusion.shared_randomness import best_draws

__all__ = ["Mixing", "MixingLimits", "enclose_mixing"]

Array = NDArray[Any]
Rule = Literal["all", "some"]
Strategies = tuple[tuple[Fraction, ...], ...]
Progress = Callable[[int, float, float], None]

_DENOMINATORS = (1, 2, 4, 10, 100, 1000, 10**6, 2**40)
_FINEST = 1e-9
_INWARD = 1e-6  # how far inside the constraints of "some" points are sought, so that they can be rounded
_FEW_LEAVES = 200
_FEW_UNKNOWNS = 4
_PROVER_SECONDS = 5.0


@final
@dataclass(frozen=True, slots=True)
class MixingLimits:
    """How hard to try: ``gap`` as a share of the largest gain, cells for each question, and when to stop."""

    gap: float = 1e-4
    max_cells: int = 2000
    deadline: float = math.inf
    progress: Progress | None = None

    def seconds(self) -> float | None:
        """What is left, or ``None`` without a limit."""
        return None if self.deadline == math.inf else max(0.0, self.deadline - time.perf_counter())


@final
@dataclass(frozen=True, slots=True)
class Mixing:
    """Bounds on the best gain of factors that mix on their own.

    Attributes
    ----------
    lower, upper : Fraction
    strategies : tuple of tuples of Fraction, or None
        A mixture for each factor that gains ``lower``; ``None`` where that is 0.
    cells : Cells
        Evidence for ``bound``.
    bound : Fraction
        What the evidence shows: ``upper``, unless real arithmetic proved that the gain is 0.
    """

    lower: Fraction
    upper: Fraction
    strategies: Strategies | None
    cells: Cells
    bound: Fraction

    @property
    def proved(self) -> bool:
        """Whether real arithmetic, not the evidence, shows that nothing is gained."""
        return self.upper < self.bound


def enclose_mixing(gains: Array, denominator: int, blocking: Rule, limits: MixingLimits) -> Mixing:
    """Enclose the best gain of independent mixing.

    Parameters
    ----------
    gains : integers, shape (members, actions of each factor…)
        What each member gains, over ``denominator``.
    blocking : "all" or "some"

    Returns
    -------
    Mixing
    """
    numerator, joint = best_joint_deviation(gains, blocking)
    sizes = gains.shape[1:]
    pure = Fraction(numerator, denominator)
    strategies = None if joint is None else tuple(_vertex(k, m) for k, m in zip(joint, sizes, strict=True))
    value, drawn, duals = best_draws(gains.reshape(len(gains), 1, -1), denominator, blocking)
    cells = Cells.of_duals(duals, blocking)
    found = Mixing(pure, value, strategies, cells, value)
    active = [k for k, m in enumerate(sizes) if m > 1]
    if value == pure or not active:
        return found
    if len(active) == 1 and drawn is not None:
        own = tuple(drawn[0].get(k, Fraction(0)) for k in range(sizes[active[0]]))
        mixture = tuple(own if k == active[0] else (Fraction(1),) for k in range(len(sizes)))
        return replace(found, lower=value, strategies=mixture)
    if is_closed_form(sizes, len(gains)):
        pair = two_by_two_mixing(gains.tolist(), denominator, blocking)
        if pair.point is not None and pair.lower > pure:
            point = tuple((1 - p, p) for p in pair.point)
            return Mixing(pair.lower, pair.upper, point, Cells(), pair.upper)
        return Mixing(pure, pair.upper, strategies, Cells(), pair.upper)
    return _Search(gains, denominator, blocking, limits).run(found)


def _vertex(k: int, size: int) -> tuple[Fraction, ...]:
    return tuple(Fraction(int(j == k)) for j in range(size))


@final
class _Search:
    """Branch and bound from a first bracket."""

    def __init__(self, gains: Array, denominator: int, blocking: Rule, limits: MixingLimits) -> None:
        self.gains, self.denominator, self.blocking, self.limits = gains, denominator, blocking, limits
        self.scale = max(int(abs(gains).max()), 1)

    def run(self, first: Mixing) -> Mixing:
        found = first
        penalty = 0 if self.blocking == "all" else max(16, 4 * first.cells.penalty)
        if self.blocking == "some":
            found = self._searched(found, penalty, self.limits.gap, min(self.limits.max_cells, 60), inward=_INWARD)
        found = self._searched(found, penalty, self.limits.gap, self.limits.max_cells)
        if found.lower == 0 < found.upper:
            found = self._searched(found, penalty, _FINEST, self.limits.max_cells)
            if found.lower == 0 < found.upper and self._proved():
                found = replace(found, upper=Fraction(0))
        return found

    def _searched(self, found: Mixing, penalty: int, gap: float, max_cells: int, inward: float = 0.0) -> Mixing:
        """The bracket after one search; with ``inward`` only points are looked for."""
        from gametheory.optimize.global_bounds import bound_multilinear_maximin

        if time.perf_counter() > self.limits.deadline:
            return found
        floats = self.gains.astype(object) / Fraction(self.scale)
        table = np.array(floats, dtype=np.float64)
        if self.blocking == "some":
            total = table.sum(axis=0)
            table = np.concatenate([total[None], total[None] + penalty * (table - inward)])
        search = bound_multilinear_maximin(
            table, gap=gap, max_cells=max_cells, time_limit=self.limits.seconds(), progress=self._told()
        )
        for strategies in _roundings(search.point):
            gains = self.gains_of(strategies)
            value = coalition_value(gains, self.blocking)
            if value is not None and value > found.lower:
                found = replace(found, lower=value, strategies=strategies)
        if inward:
            return found
        functions = penalised(self.gains, self.blocking, penalty)
        rows = _sharpened(functions, search.splits, search.weights, nothing_found=found.lower == 0)
        cells = Cells(search.splits, rows, penalty)
        bound = mixing_bound(self.gains[:, None], self.denominator, self.blocking, cells)
        return replace(found, upper=bound, cells=cells, bound=bound) if bound < found.bound else found

    def _told(self) -> Progress | None:
        report, unit = self.limits.progress, self.scale / self.denominator
        if report is None:
            return None
        return lambda cells, low, high: report(cells, low * unit, high * unit)

    def gains_of(self, strategies: Strategies) -> tuple[Fraction, ...]:
        """What each member gains by a mixture of each factor."""
        values: Array = self.gains.astype(object)
        for strategy in reversed(strategies):
            vector = np.empty(len(strategy), dtype=object)
            vector[:] = strategy
            values = np.tensordot(values, vector, axes=([values.ndim - 1], [0]))
        return tuple(Fraction(x) / self.denominator for x in values.reshape(-1))

    def _proved(self) -> bool:
        """Whether real arithmetic shows that no mixing gains anything; only asked where there are few unknowns."""
        sizes = self.gains.shape[1:]
        if sum(m - 1 for m in sizes) > _FEW_UNKNOWNS or time.perf_counter() > self.limits.deadline:
            return False
        import sympy as sp

        from gametheory.symbolic import prove, reals

        vectors: list[list[Any]] = []
        assumptions: list[Any] = []
        for k, m in enumerate(sizes):
            symbols = reals(" ".join(f"x{k}_{j}" for j in range(1, m))) if m > 1 else ()
            own = list(symbols) if isinstance(symbols, (tuple, list)) else [symbols]
            first = 1 - sum(own)
            vectors.append([first, *own])
            assumptions += [x >= 0 for x in own] + ([first >= 0] if own else [])
        gains = []
        for table in self.gains.astype(object):
            total: Any = sp.Integer(0)
            for index in np.ndindex(*sizes):
                if table[index]:
                    total += int(table[index]) * sp.prod([vectors[k][j] for k, j in enumerate(index)])
            gains.append(sp.expand(total))
        fails = (
            [g <= 0 for g in gains] if self.blocking == "all" else [*(g < 0 for g in gains), sp.expand(sum(gains)) <= 0]
        )
        seconds = self.limits.seconds()
        limit = _PROVER_SECONDS if seconds is None else min(_PROVER_SECONDS, seconds)
        return limit > 0 and prove(assumptions, sp.Or(*fails), timeout=limit).status == "proved"


def _roundings(point: Sequence[Array]) -> Iterator[Strategies]:
    """Probability vectors near a point of floats, with denominators from small to large."""
    for largest in _DENOMINATORS:
        rounded = []
        for strategy in point:
            parts = [Fraction(p).limit_denominator(largest) for p in strategy.tolist()]
            parts[int(np.argmax(strategy))] += 1 - sum(parts)
            rounded.append(tuple(parts))
        if all(min(parts) >= 0 for parts in rounded):
            yield tuple(rounded)


def _sharpened(
    functions: Array, splits: tuple[Split | None, ...], weights: Sequence[tuple[int, ...]], *, nothing_found: bool
) -> tuple[tuple[Fraction, ...], ...]:
    """Weights on the leaves: simple ones where they are no worse, and exact ones where a leaf keeps the bound above 0."""
    table = RationalArray.of_integers(functions)
    simple = [_simple(row) for row in weights]
    fine, rough = list(leaf_bounds(table, splits, weights)), list(leaf_bounds(table, splits, simple))
    rows = [
        row if bound < other else small for row, small, bound, other in zip(weights, simple, fine, rough, strict=True)
    ]
    bounds = [min(pair) for pair in zip(fine, rough, strict=True)]
    result = [tuple(Fraction(x) for x in row) for row in rows]
    above = [k for k, bound in enumerate(bounds) if bound > 0]
    if nothing_found and 0 < len(above) <= _FEW_LEAVES:
        for k, matrix in enumerate(_leaf_matrices(functions, splits)):
            if bounds[k] > 0:
                value, _, duals = best_draws(matrix[:, None], 1, "all")
                if value < bounds[k]:
                    result[k] = duals
    return tuple(result)


def _simple(row: tuple[int, ...]) -> tuple[int, ...]:
    total = sum(row)
    shares = [Fraction(w, total).limit_denominator(1000) for w in row]
    scale = math.lcm(*(share.denominator for share in shares))
    return tuple(int(share * scale) for share in shares) if scale <= 10**6 and any(shares) else row


def _leaf_matrices(functions: Array, splits: Sequence[Split | None]) -> Iterator[Array]:
    """For each leaf the functions at the vertices of its cell, up to a factor: integers, shape (functions, vertices)."""
    waiting: list[Array] = [functions.astype(object)]
    for split in splits:
        values = waiting.pop()
        if split is None:
            yield values.reshape(len(values), -1)
            continue
        factor, first, second = split
        axis = 1 + factor
        middle = np.take(values, first, axis=axis) + np.take(values, second, axis=axis)
        for replaced in (second, first):
            child = values * 2
            child[(slice(None),) * axis + (replaced,)] = middle
            waiting.append(child)
