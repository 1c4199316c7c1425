"""From floats to rationals: the equilibrium payoffs of a repeated game of two players.

The vertices of the set are of four kinds (Abreu and Sannikov 2014). A *stationary* one is a stage payoff u(a). Any other is
(1 − δ) u(a) + δ w where w is promised so that an incentive constraint binds, w_i = P_i + needs_i(a), and lies on a side of
the set or, if both bind, anywhere in it. If the least payoff P_i is that of a vertex where i's own constraint binds, then
P_i = max_b u_i(b, a_−i), a number of the stage game.

:func:`exact_vertices` follows these dependences from what is known to what is not. Where they go in a circle the coordinates
are roots of polynomials, and nothing is returned. :func:`sustained_points` asks of any polygon whether it generates itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from gametheory.certificates.payoff_sweeps import Pair, ScaledStage, box, convex_hull
from gametheory.certificates.self_generation import SustainedPoint
from gametheory.repeated.payoff_set_result import weights_in_polygon

__all__ = ["FloatSet", "exact_vertices", "nearest_profiles", "simple_vertices", "sustained_points"]

STATIONARY, FIRST_BINDS, SECOND_BINDS, CORNER = 0, 1, 2, 3
"""The same numbers as in :mod:`.payoff_set_kernels`, which loads numba."""
_NEAR = 1e-7
_SMALL = 10**5


@final
@dataclass(frozen=True, slots=True)
class FloatSet:
    """Vertices in floats, anticlockwise and scaled, with the continuation, profile and kind of each."""

    vertices: NDArray[np.float64]
    continuations: NDArray[np.float64]
    profiles: tuple[int, ...]
    kinds: tuple[int, ...]


def exact_vertices(stage: ScaledStage, found: FloatSet) -> tuple[Pair, ...] | None:
    """The rational vertices that floats stand for, or ``None`` where they depend on each other in a circle."""
    tracing = _Tracing(stage, found)
    while tracing.advance():
        pass
    known = [v for v in tracing.known if v is not None]
    return convex_hull(known) if len(known) == len(tracing.known) else None


def simple_vertices(found: FloatSet) -> tuple[Pair, ...]:
    """The vertices as the rationals of small denominators next to them: a guess, for dependences that go in a circle."""
    return convex_hull(
        (Fraction(float(x)).limit_denominator(_SMALL), Fraction(float(y)).limit_denominator(_SMALL))
        for x, y in found.vertices
    )


def nearest_profiles(found: FloatSet, polygon: Sequence[Pair]) -> list[int]:
    """For each vertex of a polygon the profile of the nearest vertex in floats."""
    points = np.array([[float(x), float(y)] for x, y in polygon])
    apart = np.abs(points[:, None, :] - found.vertices[None, :, :]).max(axis=2)
    return [found.profiles[k] for k in apart.argmin(axis=1)]


@final
class _Tracing:
    """Vertices and least payoffs that are known so far."""

    def __init__(self, stage: ScaledStage, found: FloatSet) -> None:
        self.stage, self.found = stage, found
        self.known: list[Pair | None] = [None] * len(found.profiles)
        self.least: list[Fraction | None] = [None, None]
        self.gains = stage.discount / (1 - stage.discount)

    def advance(self) -> bool:
        """Whether something became known."""
        before = sum(v is None for v in (*self.known, *self.least))
        for i in range(2):
            if self.least[i] is None:
                self.least[i] = self._least(i)
        for k in range(len(self.known)):
            if self.known[k] is None:
                self.known[k] = self._vertex(k)
        return sum(v is None for v in (*self.known, *self.least)) < before

    def _least(self, i: int) -> Fraction | None:
        column = self.found.vertices[:, i]
        if float(column.min()) < float(self.stage.minmax[i]) + 1e-12:
            return self.stage.minmax[i]
        lowest = np.flatnonzero(column < column.min() + 1e-12)
        for k in lowest:
            profile, kind = self.found.profiles[k], self.found.kinds[k]
            needs = self.stage.needs[profile]
            if kind in (i + 1, CORNER) and needs is not None:
                return self.stage.payoffs[profile][i] + needs[i] * self.gains
            point = self.known[k]
            if kind == STATIONARY:
                return self.stage.payoffs[profile][i]
            if point is not None:
                return point[i]
        return None

    def _vertex(self, k: int) -> Pair | None:
        profile, kind = self.found.profiles[k], self.found.kinds[k]
        u, needs, delta = self.stage.payoffs[profile], self.stage.needs[profile], self.stage.discount
        if kind == STATIONARY:
            return u
        assert needs is not None, "only profiles that can be played have vertices"
        if kind == CORNER:
            if self.least[0] is None or self.least[1] is None:
                return None
            w = (self.least[0] + needs[0], self.least[1] + needs[1])
        else:
            axis = kind - 1
            threat = self.least[axis]
            line = self._side(k)
            if threat is None or line is None:
                return None
            (p, q), level = line, threat + needs[axis]
            if p[axis] == q[axis]:
                return None
            share = (level - p[axis]) / (q[axis] - p[axis])
            other = p[1 - axis] + share * (q[1 - axis] - p[1 - axis])
            w = (level, other) if axis == 0 else (other, level)
        return (1 - delta) * u[0] + delta * w[0], (1 - delta) * u[1] + delta * w[1]

    def _side(self, k: int) -> tuple[Pair, Pair] | None:
        """Two known points on the line of a side that holds the continuation of a vertex."""
        w, vertices, n = self.found.continuations[k], self.found.vertices, len(self.known)
        for a in range(n):
            b = (a + 1) % n
            if a == b or _distance(w, vertices[a], vertices[b]) > _NEAR:
                continue
            ends = [self._on_side(e, a, b) for e in (a, b)]
            if ends[0] is not None and ends[1] is not None and ends[0] != ends[1]:
                return ends[0], ends[1]
        return None

    def _on_side(self, end: int, a: int, b: int) -> Pair | None:
        """An end of a side, or the stage payoff of its profile if its continuation is on the side: that is on the line too."""
        point = self.known[end]
        if point is not None:
            return point
        w, vertices = self.found.continuations[end], self.found.vertices
        apart = float(np.abs(w - vertices[end]).max()) > _NEAR
        if apart and _distance(w, vertices[a], vertices[b]) <= 1e-12:
            return self.stage.payoffs[self.found.profiles[end]]
        return None


def _distance(w: Any, p: Any, q: Any) -> float:
    """From a point to a segment."""
    along = q - p
    length = float(along @ along)
    share = min(max(float((w - p) @ along) / length, 0.0), 1.0) if length else 0.0
    return float(np.abs(w - p - share * along).max())


def sustained_points(
    stage: ScaledStage, polygon: Sequence[Pair], proposals: Sequence[int] | None = None
) -> tuple[SustainedPoint, ...] | None:
    """Play and lotteries that generate every vertex of a polygon (anticlockwise) from it, in scaled units, or ``None``.

    ``proposals`` are profiles to try first, one for each vertex; without them, or where one fails, all are tried. Profiles are
    row-major numbers, as the only entry of each ``profile``.
    """
    least = box(polygon)[0]
    points = []
    for k, v in enumerate(polygon):
        point = None
        if proposals is not None:
            point = _sustained(stage, polygon, least, v, proposals[k])
        if point is None:
            candidates = (_sustained(stage, polygon, least, v, a) for a in range(len(stage.payoffs)))
            point = next((c for c in candidates if c is not None), None)
        if point is None:
            return None
        points.append(point)
    return tuple(points)


def _sustained(
    stage: ScaledStage, polygon: Sequence[Pair], least: Pair, v: Pair, profile: int
) -> SustainedPoint | None:
    u, needs, delta = stage.payoffs[profile], stage.needs[profile], stage.discount
    if needs is None:
        return None
    if delta:
        w = ((v[0] - (1 - delta) * u[0]) / delta, (v[1] - (1 - delta) * u[1]) / delta)
    elif v != u:
        return None
    else:
        w = v
    if w[0] < least[0] + needs[0] or w[1] < least[1] + needs[1]:
        return None
    lottery = weights_in_polygon(polygon, w)
    return None if lottery is None else SustainedPoint(v, (profile,), lottery)
