"""The search for two polygons around and inside the equilibrium payoffs of a repeated game of two players.

In scaled units (:class:`~gametheory.certificates.payoff_sweeps.ScaledStage`), everything proposed in floats and decided in
rationals:

1. The operator of Abreu and Sannikov is iterated in floats, constraints held with a little tolerance, then with a little to
   spare (at a critical discount factor the two differ), and its fixed point traced to rationals (:mod:`.payoff_set_exact`).
2. If these generate themselves, and sweeps from the hull of the stage payoffs lead to them, the set is known exactly.
3. Otherwise rational guesses with small denominators are tried in the same way.
4. Otherwise the operator B with slack η in all constraints and continuations from a set that is a little smaller (larger) has
   a fixed point strictly inside (around) the set, which stays self-generating (an outer set) when it is rounded. η goes up from
   10⁻¹² until the rationals agree.

Sweeps go as far as they are shown: from the hull of the stage payoffs at once if possible, else over iterates of B that are
halved until each step is shown.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from gametheory.certificates.payoff_sweeps import (
    AXES,
    Pair,
    ScaledStage,
    box,
    convex_hull,
    outward_normals,
    support,
    sweep_violation,
)
from gametheory.certificates.self_generation import SustainedPoint
from gametheory.errors import SolverError
from gametheory.games.normal_form import NormalFormGame
from gametheory.repeated.payoff_set_exact import (
    FloatSet,
    exact_vertices,
    nearest_profiles,
    simple_vertices,
    sustained_points,
)

__all__ = ["Sandwich", "float_fixed_point", "float_stage", "quick_stage", "sandwich"]

Floats = NDArray[np.float64]
Polygon = tuple[Pair, ...]
ZERO = (Fraction(0), Fraction(0))
_UNMET = Fraction(2)  # more than all continuations can give, in scaled units
_IMPATIENT = Fraction(10**200)
_MOST = 2**62
_TOLERANCES = (1e-12, -1e-12, 1e-9)
_SLACKS = (1e-12, 1e-11, 1e-10, 1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2)


@final
@dataclass(frozen=True, slots=True)
class Sandwich:
    """What is proved, in scaled units.

    Attributes
    ----------
    points : tuple of SustainedPoint
        Vertices of the inner polygon with their play; profiles are row-major numbers.
    chain : tuple of polygons
        From the hull of the stage payoffs (left out) to the outer polygon (last).
    empty : bool
        Nothing can be played with continuations in the last polygon.
    """

    points: tuple[SustainedPoint, ...]
    chain: tuple[Polygon, ...]
    empty: bool = False


@final
@dataclass(frozen=True, slots=True)
class FloatStage:
    """A scaled stage game in floats: a row for each profile, in row-major order."""

    payoffs: Floats
    needs: Floats
    minmax: Floats
    delta: float


def float_stage(stage: ScaledStage) -> FloatStage:
    """The scaled stage game in floats; needs that cannot be met are infinite."""
    needs = [(np.inf, np.inf) if pair is None else tuple(float(min(x, _UNMET)) for x in pair) for pair in stage.needs]
    return FloatStage(
        np.array([[float(x), float(y)] for x, y in stage.payoffs]),
        np.array(needs),
        np.array([float(x) for x in stage.minmax]),
        float(stage.discount),
    )


def quick_stage(game: NormalFormGame, discount: Fraction) -> FloatStage:
    """The same in floats from the start; differences are taken first, so that payoffs far from 0 lose nothing."""
    tables = game.numerators
    if tables.dtype == object or discount == 0 or float(np.abs(tables).max()) > 1e18:
        return float_stage(ScaledStage.of(game.exact(), discount))
    factor = float(min((1 - discount) / discount, _IMPATIENT))
    best = [tables[i].max(axis=i, keepdims=True) for i in range(2)]
    lows = tables.min(axis=(1, 2))
    spans = (tables.max(axis=(1, 2)) - lows).astype(np.float64)
    spans[spans == 0] = 1.0
    payoffs = [(tables[i] - lows[i]).reshape(-1) / spans[i] for i in range(2)]
    needs = [(best[i] - tables[i]).reshape(-1) * (factor / spans[i]) for i in range(2)]
    minmax = [(best[i].min() - lows[i]) / spans[i] for i in range(2)]
    return FloatStage(np.column_stack(payoffs), np.column_stack(needs), np.array(minmax), float(discount))


def float_fixed_point(floats: FloatStage, tolerance: float, most: int) -> FloatSet | None:
    """The fixed point of Abreu and Sannikov's operator, without vertices if it is empty; ``None`` if not reached."""
    from gametheory.equilibria.compilation import announced_if_slow
    from gametheory.repeated.payoff_set_kernels import shrink

    with announced_if_slow(shrink):
        vertices, continuations, labels, _, reached = shrink(
            floats.payoffs, floats.needs, floats.minmax, floats.delta, tolerance, min(most, _MOST)
        )
    if not reached:
        return None
    if not len(labels):
        vertices = vertices[:0]
    return FloatSet(vertices, continuations, tuple(labels[:, 0].tolist()), tuple(labels[:, 1].tolist()))


def sandwich(
    stage: ScaledStage,
    *,
    max_iterations: int,
    time_limit: float | None,
    progress: Callable[[str], Any] | None,
) -> Sandwich:
    """The best pair of polygons that can be proved: equal if possible."""
    return _Search(stage, max_iterations, time_limit, progress).run()


@final
class _Search:
    def __init__(
        self,
        stage: ScaledStage,
        max_iterations: int,
        time_limit: float | None,
        progress: Callable[[str], Any] | None,
    ) -> None:
        self.stage, self.floats, self.most = stage, float_stage(stage), max_iterations
        self.hull = convex_hull(stage.payoffs)
        self.deadline = None if time_limit is None else time.monotonic() + time_limit
        self.say = progress or (lambda text: None)
        self.points: tuple[SustainedPoint, ...] = ()
        self.chain: tuple[Polygon, ...] = (self.hull,)

    def run(self) -> Sandwich:
        if all(self.stage.is_dead(needs, *box(self.hull)) for needs in self.stage.needs):
            return Sandwich((), (), True)
        seen: set[Polygon] = set()
        found: FloatSet | None = None
        for tolerance in _TOLERANCES:
            proposed = float_fixed_point(self.floats, tolerance, self.most)
            self._check_time()
            if proposed is None:
                continue
            found = found if found is not None and len(found.vertices) else proposed
            if not len(proposed.vertices):
                chain = self._empty_chain()
                if chain is not None:
                    return Sandwich((), chain, True)
                continue
            for target in (exact_vertices(self.stage, proposed), simple_vertices(proposed)):
                if target is None or target in seen:
                    continue
                seen.add(target)
                self.say(f"fixed point with {len(target)} vertices: proving")
                points = sustained_points(self.stage, target, nearest_profiles(proposed, target))
                if points is None:
                    continue
                self.points = points
                chain = self._chain_to(target)
                if chain is not None:
                    return Sandwich(points, chain)
        self._approximate(found)
        return Sandwich(self.points, self.chain)

    # -- what is not reached in finitely many rational steps ---------------------------------------------------------

    def _approximate(self, found: FloatSet | None) -> None:
        self.say("no rational fixed point: approximating from inside and outside")
        start = np.array([[float(x), float(y)] for x, y in self.hull]) if found is None else found.vertices
        if len(start) and not self.points:
            centre = start.mean(axis=0)
            for slack in _SLACKS:
                points = self._inside(start, centre, slack)
                if points is not None:
                    self.points = points
                    break
        for slack in _SLACKS:
            iterates = self._iterates(slack)
            if iterates is None or not len(iterates[-1]):
                continue
            chain = _Steps(self, iterates, slack, ()).chain(len(iterates) - 1)
            if chain is not None:
                self.chain = chain
                break

    def _inside(self, start: Floats, centre: Floats, slack: float) -> tuple[SustainedPoint, ...] | None:
        """A self-generating polygon: the fixed point of B with slack, rounded, and stage payoffs that sustain themselves."""
        polygon, profiles = self._converged(start, slack, centre)
        if not len(polygon):
            return None
        grid = _grid(slack)
        rounded = [self.rounded(v, grid) for v in polygon]
        corners = convex_hull(rounded)
        proposed = {v: int(a) for v, a in zip(rounded, profiles, strict=True)}
        if sustained_points(self.stage, corners, [proposed[v] for v in corners]) is None:
            return None
        stationary = [
            (u, needs, a)
            for a, (u, needs) in enumerate(zip(self.stage.payoffs, self.stage.needs, strict=True))
            if needs
        ]
        for equilibria in (True, False):  # stage equilibria sustain themselves, and can make punishments harsher
            least = box(corners)[0]
            for u, needs, a in stationary:
                if needs == ZERO if equilibria else all(u[i] >= least[i] + needs[i] for i in range(2)):
                    proposed[u] = a
            corners = convex_hull([*corners, *(v for v in proposed)])
        return sustained_points(self.stage, corners, [proposed[v] for v in corners])

    def _converged(self, start: Floats, slack: float, centre: Floats) -> tuple[Floats, NDArray[np.int64]]:
        polygon = start
        profiles = np.empty(0, dtype=np.int64)
        for _ in range(self.most):
            following, profiles = self._generate(polygon, slack, centre)
            self._check_time()
            still = len(following) == len(polygon) and bool(np.abs(following - polygon).max() < slack * 1e-4)
            polygon = following
            if still or not len(polygon):
                break
        return polygon, profiles

    def _generate(self, polygon: Floats, slack: float, centre: Floats) -> Any:
        from gametheory.repeated.payoff_set_kernels import generate

        f = self.floats
        return generate(polygon, f.payoffs, f.needs, f.minmax, f.delta, slack, centre)

    def _iterates(self, slack: float) -> list[Floats] | None:
        """Iterates of B with room to spare, from the hull of the stage payoffs until they stand still or nothing is left."""
        polygon = np.array([[float(x), float(y)] for x, y in self.hull])
        iterates = [polygon]
        for _ in range(self.most):
            following, _ = self._generate(polygon, -slack, self.floats.minmax)
            iterates.append(following)
            if not len(following):
                return iterates
            if len(following) == len(polygon) and float(np.abs(following - polygon).max()) < slack * 1e-3:
                return iterates
            polygon = following
            self._check_time()
        return None

    # -- sweeps ----------------------------------------------------------------------------------------------------

    def _chain_to(self, target: Polygon) -> tuple[Polygon, ...] | None:
        """Polygons by which sweeps lead to the target."""
        if self.shown(self.hull, target):
            return (target,)
        for slack in (1e-2, 1e-4, 1e-6, 1e-8, 1e-10):
            iterates = self._iterates(slack)
            if iterates is None or not len(iterates[-1]):
                continue
            steps = _Steps(self, iterates, slack, target)
            if not self.shown(steps.polygon(len(iterates) - 1), target):
                continue
            chain = steps.chain(len(iterates) - 1)
            if chain is not None and self.shown(chain[-1], target):
                return (*chain, target)
        return None

    def _empty_chain(self) -> tuple[Polygon, ...] | None:
        """Polygons by which sweeps lead to one where nothing can be played."""
        for slack in (1e-3, 1e-6, 1e-9, 1e-12):
            iterates = self._iterates(slack)
            if iterates is None or len(iterates[-1]):
                continue
            steps = _Steps(self, iterates, slack, ())
            for k in range(len(iterates) - 1):
                polygon = intersection(self.hull, steps.polygon(k))
                point = (_centre(polygon),)
                dead = all(self.stage.is_dead(needs, point[0], point[0]) for needs in self.stage.needs)
                if dead and self.shown(polygon, point):
                    chain = steps.chain(k)
                    if chain is not None and self.shown((self.hull, *chain)[-1], point):
                        return (*chain, point)
        return None

    def shown(self, before: Polygon, after: Polygon) -> bool:
        self._check_time()
        return sweep_violation(self.stage, before, after) is None

    def rounded(self, v: Any, grid: int) -> Pair:
        """A point of a grid near the floats; if all stage payoffs are on a line, one on that line."""
        if len(self.hull) > 2:
            return Fraction(round(float(v[0]) * grid), grid), Fraction(round(float(v[1]) * grid), grid)
        p, q = self.hull[0], self.hull[-1]
        axis = 0 if p[0] != q[0] else 1
        if p == q:
            return p
        share = Fraction(round((float(v[axis]) - float(p[axis])) / float(q[axis] - p[axis]) * grid), grid)
        return p[0] + share * (q[0] - p[0]), p[1] + share * (q[1] - p[1])

    def _check_time(self) -> None:
        if self.deadline is not None and time.monotonic() > self.deadline:
            raise SolverError(
                "payoff_set: the time limit is reached; .best has what is proved so far, or allow more seconds",
                status="time limit",
                solver="payoff_set",
                best=Sandwich(self.points, self.chain),
            )


@final
class _Steps:
    """Iterates of B with room to spare as rational polygons around a target, and the sweeps that lead along them."""

    def __init__(self, search: _Search, iterates: Sequence[Floats], slack: float, target: Polygon) -> None:
        self.search, self.iterates, self.target = search, iterates, target
        self.grid = _grid(slack)

    def polygon(self, k: int) -> Polygon:
        """The k-th iterate, rounded."""
        if k == 0:
            return self.search.hull
        return convex_hull([*(self.search.rounded(v, self.grid) for v in self.iterates[k]), *self.target])

    def chain(self, last: int) -> tuple[Polygon, ...] | None:
        """Polygons from the hull of the stage payoffs (left out) into the ``last`` iterate, each shown from the one before."""
        return self._between(self.search.hull, 0, last)

    def _between(self, start: Polygon, first: int, last: int) -> tuple[Polygon, ...] | None:
        """At once, or by way of an iterate between."""
        if first == last:
            return ()
        after = intersection(start, self.polygon(last))
        if after == start:
            return ()
        if after and self.search.shown(start, after):
            return (after,)
        if last == first + 1:
            return None
        middle = (first + last) // 2
        head = self._between(start, first, middle)
        if head is None:
            return None
        rest = self._between((start, *head)[-1], middle, last)
        return None if rest is None else (*head, *rest)


def _centre(polygon: Polygon) -> Pair:
    count = len(polygon)
    return sum((x for x, _ in polygon), Fraction(0)) / count, sum((y for _, y in polygon), Fraction(0)) / count


def _grid(slack: float) -> int:
    """Denominator, a power of two, that keeps rounding far below the slack, as far as floats go."""
    return 1 << min(54, max(20, round(-math.log2(slack)) + 12))


def intersection(first: Polygon, second: Polygon) -> Polygon:
    """The common part of two polygons given anticlockwise, exactly; empty if there is none.

    Examples
    --------
    >>> triangle = tuple((Fraction(x), Fraction(y)) for x, y in [(0, 0), (4, 0), (0, 4)])
    >>> point = ((Fraction(1), Fraction(1)),)
    >>> intersection(triangle, point) == point
    True
    """
    normals = dict.fromkeys([*AXES, *outward_normals(second)])
    kept = list(first)
    for w in normals:
        bound = support(w, second)
        heights = [w[0] * x + w[1] * y - bound for x, y in kept]
        if all(h <= 0 for h in heights):
            continue
        part: list[Pair] = []
        for k, p in enumerate(kept):
            following = (k + 1) % len(kept)
            q, a, b = kept[following], heights[k], heights[following]
            if a <= 0:
                part.append(p)
            if (a < 0 < b) or (b < 0 < a):
                share = a / (a - b)
                part.append((p[0] + share * (q[0] - p[0]), p[1] + share * (q[1] - p[1])))
        kept = part
    return convex_hull(kept)
