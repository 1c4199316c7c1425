"""The frontier of two convex measures between chords and supporting lines, to a guaranteed distance.

Let P be everything that is at least something achievable (both measures minimised), a convex set. An *oracle* takes weights
w ≥ 0, Σ w = 1, and gives an achievable point and a number β with w·m ≥ β for all achievable m. The points make an inner
set, the hull and all it betters; the lines an outer polygon. The two are furthest apart at a vertex v of the polygon. With
π(v) the nearest inner point, the oracle is asked for the weights π(v) − v: either a point or a line comes between. It ends
when every vertex is within ε of the inner set; then every nondominated combination is within ε (Euclidean distance) of a
mixture of the points.

What it proves is as good as the bounds: exact ones with certificates make a certified frontier, those of a numerical solver
a numerical one. ε is computed in rationals from the points and lines that are returned, and rounded up, so that the oracle's
rounding errors are in it. Where the logarithms of the measures are convex (geometric programmes), the oracle may give
logarithms; ε is then relative, a factor of e^ε.

Complexity: O(ε^(−1/2)) calls, of the oracle, for smooth frontiers.

References: R. Burkard, H. Hamacher and G. Rote, "Sandwich approximation of univariate convex functions with an application
to separable convex programming", Naval Research Logistics 38 (1991); G. Rote, "The convergence rate of the sandwich
algorithm for approximating convex functions", Computing 48 (1992).
"""

from __future__ import annotations

import bisect
import heapq
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, final

from gametheory.arithmetic import exact
from gametheory.certificates.certificate import Certificate
from gametheory.errors import SolverError, SpecificationError
from gametheory.optimize.frontier import Cut, Frontier, FrontierPoint
from gametheory.optimize.hypervolume import lower_hull
from gametheory.optimize.objectives import Sense, inner, read_senses
from gametheory.optimize.planar_hulls import Polygon, nearest, nearest_exactly

__all__ = ["Oracle", "Support", "sandwich_frontier"]

Number = Fraction | float
Pair = tuple[Fraction, Fraction]
Line = tuple[Pair, Fraction]
_ALIKE = Fraction(1, 100)  # of epsilon: points of an oracle in floats that are this close count as one


@final
@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Support:
    """An oracle's answer to weights w: an achievable point, and a bound on all of them.

    Attributes
    ----------
    measures : pair of Fraction or float
        Achievable, and nondominated or nearly so.
    bound : Fraction or float
        w·m ≥ bound for every achievable m.
    decision : object
        What achieves the measures.
    prices : mapping from str to Fraction or float
        Of the constraints that bind.
    certificate : Certificate or None
        Of the bound; and of the point, if it attains the bound.
    """

    measures: tuple[Number, ...]
    bound: Number
    decision: Any = None
    prices: Mapping[str, Number] = field(default_factory=dict)
    certificate: Certificate | None = None


Oracle = Callable[[tuple[Number, ...]], Support]


def sandwich_frontier(
    oracle: Oracle,
    *,
    epsilon: Any,
    senses: Sequence[Sense] | None = None,
    measures: Sequence[str] | None = None,
    max_calls: int = 10_000,
    progress: Callable[[int, float], None] | None = None,
) -> Frontier:
    """The frontier of two convex measures within a distance of ``epsilon``.

    Parameters
    ----------
    oracle : function of two weights
        Weights are ≥ 0 for a minimised measure and ≤ 0 for a maximised one, with absolute values that add up to 1: the oracle
        minimises w·m. They are Fractions as long as all its answers are, else floats. (1, 0) and (0, 1) come first.
    epsilon : number ≥ 0
        Distance to be reached, in the common units of the measures; 0 needs an oracle that is exact and a polygon.
    senses, measures : pairs, optional
        By default both measures are minimised.
    max_calls : int
        Of the oracle.
    progress : callable, optional
        Called as ``progress(calls, distance)`` with the distance reached so far.

    Returns
    -------
    Frontier
        With ``mixing``; ``epsilon`` is the distance reached. Points are corners of the inner hull.

    Raises
    ------
    SolverError
        ``max_calls`` was reached, or the oracle's bounds are further from its points than ``epsilon``; ``best`` is the
        frontier so far.

    Examples
    --------
    The disk of radius 1 around (1, 1), whose point for the weights w is (1, 1) − w/|w|:

    >>> def disk(w):
    ...     size = math.hypot(*w)
    ...     return Support(measures=(1 - w[0] / size, 1 - w[1] / size), bound=w[0] + w[1] - size)
    >>> frontier = sandwich_frontier(disk, epsilon=1e-4)
    >>> frontier.epsilon <= 1e-4, abs(frontier.hypervolume((1, 1)) - math.pi / 4) < 1e-4
    (True, True)
    """
    goal = exact(epsilon, where="epsilon")
    if goal < 0:
        raise SpecificationError(f"epsilon: found {epsilon}; write a number ≥ 0")
    read, names = read_senses(2, senses, measures)
    task = _Task(oracle, read, names, goal)
    while True:
        vertex, square = task.furthest()
        target = goal if task.is_exact else goal * (1 - 2 * _ALIKE)
        if progress is not None:
            progress(len(task.calls), math.sqrt(square))
        if square <= target * target:
            found = task.frontier()
            if found.epsilon <= goal:
                return found
            raise SolverError(
                f"the oracle's points refute its bounds: what is left is {float(found.epsilon):.3g}; ask its solver for more "
                "digits, or raise epsilon",
                status="inconsistent oracle",
                solver="sandwich",
                best=found,
            )
        if len(task.calls) >= max_calls:
            raise SolverError(
                f"{max_calls} calls of the oracle left a distance of {math.sqrt(square):.3g}; raise max_calls or epsilon",
                status="call limit",
                solver="sandwich",
                best=task.frontier(),
            )
        if not task.refine(vertex):
            raise SolverError(
                f"the oracle's bound is {math.sqrt(square):.3g} away from its points; ask its solver for more digits, or raise "
                "epsilon",
                status="no progress",
                solver="sandwich",
                best=task.frontier(),
            )


@final
class _Task:
    """Points and lines so far, turned to minimisation.

    While an oracle answers in floats so does the search; what is returned is measured in rationals.
    """

    def __init__(self, oracle: Oracle, senses: tuple[Sense, ...], names: tuple[str, ...], goal: Fraction) -> None:
        self.oracle, self.senses, self.names = oracle, senses, names
        self.alike = goal * _ALIKE
        self.calls: list[tuple[tuple[Number, ...], Support]] = []
        self.lines: list[Line] = []  # of each call: the weights, turned, and the bound
        self.points: dict[Pair, Support] = {}
        self.is_exact = True
        self.ask((Fraction(1), Fraction(0)))
        self.ask((Fraction(0), Fraction(1)))
        self._restart()

    def ask(self, weights: tuple[Number, Number]) -> None:
        turned = [w if sense == "min" else -w for w, sense in zip(weights, self.senses, strict=True)]
        asked: tuple[Number, ...] = tuple(turned if self.is_exact else map(float, turned))
        found = self.oracle(asked)
        if len(found.measures) != 2:
            raise SpecificationError(f"oracle: found {len(found.measures)} measures; return two")
        self.is_exact = self.is_exact and not any(isinstance(x, float) for x in (*found.measures, found.bound))
        self.calls.append((asked, found))
        self.lines.append((self._turned(asked), exact(found.bound, where="bound")))
        self.points.setdefault(self._turned(found.measures), found)

    def _turned(self, values: Sequence[Number]) -> Pair:
        one, two = (
            exact(x, where="oracle") * (1 if s == "min" else -1) for x, s in zip(values, self.senses, strict=True)
        )
        return one, two

    # -- the search, in the oracle's own numbers -------------------------------------------------------------------

    def _restart(self) -> None:
        self.searched_exactly = self.is_exact
        self.corners = sorted(self._number(point) for point in self.points)
        self.hull = lower_hull(self.corners)
        self.polygon = Polygon([(self._number(w), self._scalar(bound)) for w, bound in self.lines])
        self.heap: list[tuple[Number, Any]] = []
        for vertex in self.polygon.vertices:
            self._push(vertex)

    def _number(self, point: Pair) -> Any:
        return point if self.is_exact else (float(point[0]), float(point[1]))

    def _scalar(self, value: Fraction) -> Any:
        return value if self.is_exact else float(value)

    def _push(self, vertex: Any) -> None:
        heapq.heappush(self.heap, (-nearest(self.hull, vertex)[1], vertex))

    def furthest(self) -> tuple[Any, Number]:
        """The vertex furthest from the inner set, and its distance squared."""
        while True:
            square, vertex = self.heap[0]
            if vertex not in self.polygon.alive:
                heapq.heappop(self.heap)
                continue
            now = nearest(self.hull, vertex)[1]  # distances only fall: right if it is still the first
            if -square == now:
                return vertex, now
            heapq.heapreplace(self.heap, (-now, vertex))

    def refine(self, vertex: Any) -> bool:
        """Ask between a vertex and the inner set; whether anything came of it."""
        inside, square, _ = nearest(self.hull, vertex)
        one, two = inside[0] - vertex[0], inside[1] - vertex[1]
        known = len(self.points)
        self.ask((one / (one + two), two / (one + two)))
        if self.is_exact != self.searched_exactly:
            self._restart()
            return True
        if len(self.points) > known:
            bisect.insort(self.corners, self._number(next(reversed(self.points))))
            self.hull = lower_hull(self.corners)
        w, bound = self.lines[-1]
        for fresh in self.polygon.cut(self._number(w), self._scalar(bound)):
            self._push(fresh)
        return vertex not in self.polygon.alive or nearest(self.hull, vertex)[1] < square

    # -- the answer, in rationals ----------------------------------------------------------------------------------

    def frontier(self) -> Frontier:
        hull = lower_hull(sorted(self.points))
        if not self.is_exact:
            hull = _spread(hull, self.alike)
        rounded = [(float(x), float(y)) for x, y in hull]
        lines = self.lines
        if not self.is_exact:
            lines = [(w, _accepting(w, bound, hull, rounded)) for w, bound in lines]
        polygon = Polygon(lines)
        square = max(nearest_exactly(hull, rounded, vertex) for vertex in polygon.vertices)
        cuts = []
        for k in polygon.sides:
            asked, found = self.calls[k]
            bound = found.bound if lines[k] == self.lines[k] else float(lines[k][1])
            cuts.append(Cut(normal=tuple(0 - w for w in asked), bound=-bound, certificate=found.certificate))
        return Frontier(
            measures=self.names,
            senses=self.senses,
            points=tuple(self._point(self.points[corner]) for corner in hull),
            outer=tuple(cuts),
            epsilon=Fraction(0) if square == 0 else _root_above(square),
            mixing=True,
        )

    def _point(self, found: Support) -> FrontierPoint:
        weights, bound = next(line for line, (_, other) in zip(self.lines, self.calls, strict=True) if other is found)
        attains = inner(weights, self._turned(found.measures)) == bound
        return FrontierPoint(
            measures=found.measures,
            decision=found.decision,
            prices=found.prices,
            certificate=found.certificate if attains else None,
        )


def _spread(hull: Sequence[Pair], alike: Fraction) -> list[Pair]:
    """The corners without those that are very near to the one before."""
    kept = [hull[0]]
    for x, y in hull[1:]:
        if max(x - kept[-1][0], kept[-1][1] - y) > alike:
            kept.append((x, y))
    return kept


def _accepting(w: Pair, bound: Fraction, hull: Sequence[Pair], rounded: Sequence[Any]) -> Fraction:
    """The bound, lowered if rounding made it exceed what a point attains, so that no point is beyond a line."""
    one, two = float(w[0]), float(w[1])
    values = [one * x + two * y for x, y in rounded]
    close = min(values) + 1e-9 * (1 + max(map(abs, values)))
    least = min(inner(w, point) for point, value in zip(hull, values, strict=True) if value <= close)
    return bound if least >= bound else Fraction(_float_below(least))


def _float_below(value: Fraction) -> float:
    found = float(value)
    return found if Fraction(found) <= value else math.nextafter(found, -math.inf)


def _root_above(square: Fraction) -> float:
    """A float that is at least the root."""
    root = math.sqrt(square)
    while Fraction(root) ** 2 < square:
        root = math.nextafter(root, math.inf)
    return root
