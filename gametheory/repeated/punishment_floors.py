"""How low an equilibrium can hold anybody at a discount factor: outer bounds by set iteration, with a certificate.

The iteration of :mod:`gametheory.certificates.punishment_floors`, on payoffs that are normalised to [0, 1] for each
player (so that units change nothing): floors f, ceilings c of directions of small whole numbers and, for two players, of
the edges of the payoff polygon, and profiles that are dropped. All the small linear programmes share their matrix, so
that the vertices of their duals, the sets of n directions with the objective in their cone, are listed once; each sweep
is then a few products of matrices. Sweeps are in floats; the certificate repeats them in rationals, rounded to the safe
side, and is trimmed to the steps that its conclusion uses. A floor that some profile's best reply attains is kept
exactly.

Complexity: sets × directions × profiles per sweep; about δ^k of the error is left after k sweeps.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from gametheory.certificates.play_paths import PositionPayoffs
from gametheory.certificates.punishment_floors import FloorStep, Multipliers, PunishmentFloorCertificate
from gametheory.games.normal_form import NormalFormGame

__all__ = ["Floors", "StageTable", "punishment_floors"]

Floats = NDArray[np.float64]
_TIGHT = 1e-11
"""Rounding that bounds in floats leave on the safe side."""
_LEAST = 1e-9
"""Improvements smaller than this share of the payoff span are not recorded."""
_MAX_EDGES = 12
_TURNS = 3
"""Two players: directions with whole numbers up to this one."""
_BITS = 44


@final
class StageTable:
    """The exact stage game as arrays: normalised payoffs and gains by profile, and the directions to bound."""

    def __init__(self, game: NormalFormGame) -> None:
        self.game = game.exact()
        n, self.count = game.num_players, game.num_profiles
        self.table = PositionPayoffs(self.game)
        flat = self.game.numerators.reshape(n, -1)
        denominator = self.game.denominator
        low = [int(row.min()) for row in flat]
        span = [int(row.max()) - bottom or 1 for row, bottom in zip(flat, low, strict=True)]
        self.least = tuple(Fraction(x, denominator) for x in low)
        self.spans = tuple(Fraction(x, denominator) for x in span)
        best = [
            np.broadcast_to(self.game.numerators[i].max(axis=i, keepdims=True), self.game.num_actions).reshape(-1)
            for i in range(n)
        ]
        self.payoffs = _normalised(flat, low, span)
        self.best = _normalised(np.array(best), low, span)
        self.gains = self.best - self.payoffs
        self._best = best
        self.directions = _directions(n, self.payoffs)

    def exact_best(self, player: int, a: int) -> Fraction:
        """What a player's best reply to the others' part of a profile pays."""
        return Fraction(int(self._best[player][a]), self.game.denominator)

    def profile(self, a: int) -> tuple[int, ...]:
        """The profile at a place of the payoff table."""
        return tuple(map(int, np.unravel_index(a, self.game.num_actions)))

    def place(self, profile: tuple[int, ...]) -> int:
        """The place of a profile in the payoff table."""
        return int(np.ravel_multi_index(profile, self.game.num_actions))


def _normalised(numerators: Any, low: list[int], span: list[int]) -> Floats:
    columns = [[(int(x) - m) / s for x in row] for row, m, s in zip(numerators, low, span, strict=True)]
    return np.array(columns, dtype=np.float64).T


def _directions(n: int, payoffs: Floats) -> tuple[tuple[int, ...], ...]:
    units = [tuple(int(i == j) for j in range(n)) for i in range(n)]
    if n == 1 or n > 7:
        return tuple(units)
    if n > 3:  # more would make the lists of duals long
        return (*units, (1,) * n)
    size = _TURNS if n == 2 else 1
    mixed = [
        d for d in itertools.product(range(-size, size + 1), repeat=n) if math.gcd(*d) == 1 and sum(map(abs, d)) > 1
    ]
    return tuple(dict.fromkeys([*units, *mixed, *(_edges(payoffs) if n == 2 else [])]))


def _edges(payoffs: Floats) -> list[tuple[int, int]]:
    """Normals of the polygon of payoffs, in small whole numbers; a rounded one is a direction as good."""
    points = sorted(set(map(tuple, payoffs.tolist())))
    if len(points) < 3:
        return []
    hull: list[tuple[float, ...]] = []
    for turn in (points, points[::-1]):
        start = len(hull)
        for p in turn:
            while len(hull) >= start + 2 and _turns_right(hull[-2], hull[-1], p):
                hull.pop()
            hull.append(p)
        hull.pop()
    found = []
    for (x, y), (s, t) in zip(hull, hull[1:] + hull[:1], strict=True):
        normal = (t - y, x - s)
        length = math.hypot(*normal)
        found.append((length, tuple(round(120 * c / max(map(abs, normal))) for c in normal)))
    longest = sorted(found, reverse=True)[:_MAX_EDGES]
    return [(a // g, b // g) for _, (a, b) in longest for g in [math.gcd(a, b)]]


def _turns_right(p: Any, q: Any, r: Any) -> bool:
    return bool((q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0]) <= 1e-12)


@final
@dataclass(frozen=True, slots=True)
class _Duals:
    """Multipliers of directions and then of the players' least payoffs: for each objective, and those of contradictions."""

    ceilings: tuple[Floats, ...]
    floors: tuple[Floats, ...]
    contradictions: Floats


@cache
def _duals(directions: tuple[tuple[int, ...], ...]) -> _Duals:
    n = len(directions[0])
    columns = np.array([*directions, *(-np.eye(n, dtype=int)).tolist()], dtype=np.float64).T
    bases = np.array(list(itertools.combinations(range(columns.shape[1]), n)))
    matrices = columns[:, bases].transpose(1, 0, 2)
    regular = np.abs(np.linalg.det(matrices)) > 1e-9
    bases, inverses = bases[regular], np.linalg.inv(matrices[regular])

    def spread(chosen: Any, weights: Floats) -> Floats:
        rows = np.zeros((len(chosen), columns.shape[1]))
        np.put_along_axis(rows, bases[chosen], np.maximum(weights, 0), axis=1)
        return rows

    def towards(objective: Any) -> Floats:
        weights = inverses @ np.asarray(objective, dtype=np.float64)
        chosen = np.flatnonzero(weights.min(axis=1) >= -1e-12)
        return _distinct(spread(chosen, weights[chosen]))

    rays = []
    for j in range(columns.shape[1]):
        weights = inverses @ -columns[:, j]
        chosen = np.flatnonzero(weights.min(axis=1) >= -1e-12)
        found = spread(chosen, weights[chosen])
        found[:, j] += 1
        rays.append(found / found.sum(axis=1, keepdims=True))
    contradictions = _distinct(np.concatenate(rays))
    return _Duals(tuple(towards(d) for d in directions), tuple(towards(-row) for row in np.eye(n)), contradictions)


def _distinct(rows: Floats) -> Floats:
    """The rows without repetition, up to rounding."""
    return rows[np.unique(np.round(rows, 10), axis=0, return_index=True)[1]]


@final
@dataclass(frozen=True, slots=True)
class _Record:
    """A step of the search: which multipliers it used for each profile that was left."""

    kind: str
    place: int
    value: Fraction | float
    left: NDArray[np.intp]
    plans: Floats


@final
@dataclass(frozen=True, slots=True)
class Floors:
    """What the iteration showed at a discount factor.

    Attributes
    ----------
    discount : Fraction
    floors : tuple of Fraction
        In payoff units, exact.
    left : tuple of int
        Places of the profiles that were not dropped.
    least : array, shape (profiles, players)
        Normalised: the least that each player can have when a profile is played now, as far as the bounds tell.
    """

    discount: Fraction
    floors: tuple[Fraction, ...]
    left: tuple[int, ...]
    least: Floats
    stage: StageTable
    records: tuple[_Record, ...]

    def certificate(self) -> PunishmentFloorCertificate:
        """The evidence, in rationals and without the steps that nothing depends on."""
        return _certificate(self)


def punishment_floors(
    stage: StageTable, discount: Fraction, *, max_sweeps: int = 400, check: Callable[[], None] | None = None
) -> Floors:
    """Certified lower bounds on what equilibria in pure actions with public lotteries pay, up to a discount factor."""
    duals, delta = _duals(stage.directions), float(discount)
    n, weight = len(stage.spans), (1 - delta) / delta
    directions = np.array(stage.directions, dtype=np.float64)
    left = np.arange(stage.count)
    ceilings, lowest = (stage.payoffs @ directions.T).max(axis=0), (stage.payoffs @ directions.T).min(axis=0)
    floors = np.array([stage.payoffs[:, i].min() for i in range(n)])
    exact: list[Fraction] = list(stage.least)
    least = np.zeros((stage.count, n))
    records: list[_Record] = []
    for _ in range(max_sweeps):
        if check is not None:
            check()
        before = (floors.copy(), ceilings.copy(), len(left))
        bounds = np.vstack([np.repeat(ceilings[:, None], len(left), axis=1), -(floors + weight * stage.gains[left]).T])
        gaps = duals.contradictions @ bounds
        dropped = gaps.min(axis=0) < -_LEAST
        for k in np.flatnonzero(dropped):
            ray = duals.contradictions[gaps[:, k].argmin()]
            records.append(_Record("drop", int(left[k]), 0.0, left[k : k + 1], ray[None]))
        left, bounds = left[~dropped], bounds[:, ~dropped]
        if not len(left):
            break
        for i in range(n):
            values = duals.floors[i] @ bounds
            worst = (1 - delta) * stage.payoffs[left, i] - delta * values.min(axis=0)
            least[left, i] = np.maximum(worst, stage.best[left, i])
            a = int(least[left, i].argmin())
            found = float(least[left[a], i])
            if found > floors[i] + _LEAST:
                own = stage.best[left[a], i] >= worst[a] - _LEAST
                value: Fraction | float = stage.exact_best(i, left[a]) if own else _rounded(found, -1)
                exact[i] = value if isinstance(value, Fraction) else stage.least[i] + stage.spans[i] * Fraction(value)
                floors[i] = float((exact[i] - stage.least[i]) / stage.spans[i])
                records.append(_Record("floor", i, value, left, duals.floors[i][values.argmin(axis=0)]))
                bounds[len(directions) + i] = -(floors[i] + weight * stage.gains[left, i])
        for e, direction in enumerate(directions):
            values = duals.ceilings[e] @ bounds
            reach = (1 - delta) * (stage.payoffs[left] @ direction) + delta * values.min(axis=0)
            found = float(reach.max())
            # Below all payoffs nothing is left, which the next sweep shows by contradictions.
            if lowest[e] - _LEAST < found < ceilings[e] - _LEAST:
                ceilings[e] = _rounded(found, 1)
                records.append(_Record("ceiling", e, ceilings[e], left, duals.ceilings[e][values.argmin(axis=0)]))
                bounds[e] = ceilings[e]
        if before[2] == len(left) and np.array_equal(before[0], floors) and np.array_equal(before[1], ceilings):
            break
    return Floors(discount, tuple(exact), tuple(map(int, left)), least, stage, tuple(records))


def _rounded(value: float, side: int) -> float:
    """A binary fraction of few digits on the safe side of a value."""
    scaled = (value + side * _TIGHT) * 2.0**_BITS
    return (math.ceil(scaled) if side > 0 else math.floor(scaled)) / 2.0**_BITS


def _certificate(found: Floors) -> PunishmentFloorCertificate:
    stage, n = found.stage, len(found.floors)
    count = len(stage.directions)
    kept = _used(found, count, n)
    vectors = tuple(tuple(k / s for k, s in zip(d, stage.spans, strict=True)) for d in stage.directions)
    shift = [sum((x * m for x, m in zip(v, stage.least, strict=True)), Fraction(0)) for v in vectors]
    plans: dict[Multipliers, int] = {}
    known: dict[bytes, int] = {}
    steps = []
    for record in kept:
        value = Fraction(record.value)
        if record.kind == "ceiling":
            value += shift[record.place]
        elif record.kind == "floor" and not isinstance(record.value, Fraction):
            value = stage.least[record.place] + stage.spans[record.place] * value
        used = []
        for row in record.plans:
            key = record.kind.encode() + record.place.to_bytes(4, "big") * (record.kind == "floor") + row.tobytes()
            if key not in known:
                known[key] = plans.setdefault(_exact_plan(row, record, stage), len(plans))
            used.append(known[key])
        steps.append(FloorStep(record.kind, record.place, value, tuple(used)))  # type: ignore[arg-type]
    excluded = tuple(sorted(set(range(stage.count)) - set(found.left)))
    return PunishmentFloorCertificate(
        game=stage.game,
        discount=found.discount,
        directions=vectors,
        plans=tuple(plans),
        steps=tuple(steps),
        floors=found.floors,
        excluded=excluded,
    )


def _exact_plan(row: Floats, record: _Record, stage: StageTable) -> Multipliers:
    """The multipliers in rationals, from where they are positive; in units of payoffs where they prove a player's floor."""
    n, count = len(stage.spans), len(stage.directions)
    objective = [0] * n
    scale = Fraction(1)
    if record.kind == "ceiling":
        objective = list(stage.directions[record.place])
    elif record.kind == "floor":
        objective[record.place], scale = -1, stage.spans[record.place]
    support = [k for k, y in enumerate(row.tolist()) if y > 1e-11]
    columns = [stage.directions[k] if k < count else tuple(-int(i == k - count) for i in range(n)) for k in support]
    if record.kind == "drop":  # any multiple will do
        *columns, fixed = columns
        objective = [-x for x in fixed]
    weights = [*_solved(columns, objective), *([Fraction(1)] if record.kind == "drop" else [])]
    return tuple((k, y * scale) for k, y in zip(support, weights, strict=True) if k < count and y > 0)


def _solved(columns: Sequence[Sequence[int]], objective: Sequence[int]) -> list[Fraction]:
    """The weights of independent columns that add up to the objective."""
    rows = [[Fraction(c[i]) for c in columns] + [Fraction(x)] for i, x in enumerate(objective)]
    for k in range(len(columns)):
        pivot = next(r for r in range(k, len(rows)) if rows[r][k] != 0)
        rows[k], rows[pivot] = rows[pivot], rows[k]
        rows[k] = [x / rows[k][k] for x in rows[k]]
        for r, other in enumerate(rows):
            if r != k and other[k] != 0:
                rows[r] = [x - other[k] * y for x, y in zip(other, rows[k], strict=True)]
    return [rows[k][-1] for k in range(len(columns))]


def _used(found: Floors, count: int, n: int) -> list[_Record]:
    """The steps that later ones or the conclusion depend on; every drop is part of the conclusion."""
    needed = {("floor", i) for i in range(n)}
    kept = []
    for record in reversed(found.records):
        if record.kind != "drop":
            if (record.kind, record.place) not in needed:
                continue
            needed.discard((record.kind, record.place))
        kept.append(record)
        uses = record.plans.max(axis=0) > 1e-11
        needed |= {("ceiling", e) for e in range(count) if uses[e]}
        needed |= {("floor", i) for i in range(n) if uses[count + i]}
    return kept[::-1]
