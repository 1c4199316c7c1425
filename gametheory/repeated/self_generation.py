"""Equilibrium payoffs of a repeated game between two polytopes that are proved: any number of players, seen or noisy actions.

From outside: bounds λ·v ≤ c in some directions, shrunk until they hold each other up (:mod:`.outer_payoffs`). From inside: the
corners of that polytope that sustain themselves (:mod:`.inner_payoffs`). If all do, the set is known exactly. Where a corner
does not, it is no equilibrium payoff: the facet through which the ray from the middle to it leaves one step of

    B(W) = co ∪_a { v : v = (1 − δ) u(a) + δ Σ_y π(y | a) w(y),  w(y) ∈ W,  nobody gains by deviating from a }

gives a new direction. So the directions follow the set, and the bounds do not stay away from it as those in fixed directions
do (for three contributors to a public good with u_i = 1 − a_i + (3/5) Σ a_j and δ = 1/2 the 26 directions of {−1, 0, 1}³
allow player 1 to have 11/5; it can have 32/15).

References: D. Abreu, D. Pearce and E. Stacchetti 1990, Econometrica 58; K. Judd, Ş. Yeltekin and J. Conklin 2003, "Computing
supergame equilibria", Econometrica 71; D. Abreu and Y. Sannikov 2014, "An algorithm for two-player repeated games with perfect
monitoring", Theoretical Economics 9.

Complexity: a step solves at most one programme for each direction and profile, of n variables for each signal; corners and
facets grow with the number of players n as directions ** (n / 2). Three players with a few actions take a second, four some.
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

from gametheory.arithmetic import RationalArray, exact
from gametheory.arithmetic.limits import check_count, check_seconds
from gametheory.certificates.payoff_cuts import Cut, PayoffCutsCertificate, Reason, Round, StageAndSignals
from gametheory.certificates.public_self_generation import PublicPoint, PublicSelfGenerationCertificate
from gametheory.certificates.self_generation import SelfGenerationCertificate, SustainedPoint
from gametheory.errors import SolverError, SpecificationError
from gametheory.games.monitoring import Monitoring
from gametheory.games.normal_form import NormalFormGame
from gametheory.optimize.linear_model import LinearModel
from gametheory.optimize.polytopes import hull_halfspaces, polytope_vertices
from gametheory.repeated.directions import listed_directions
from gametheory.repeated.inner_payoffs import (
    Play,
    grown,
    largest_self_generating,
    longest_denominator,
    simplest_between,
    stage_equilibria,
    sustained_around,
)
from gametheory.repeated.outer_payoffs import OuterPayoffs
from gametheory.repeated.outer_proofs import proved_rounds
from gametheory.repeated.payoff_set_result import PayoffSet
from gametheory.repeated.repeated_game import discount_factor, seen_stage

__all__ = ["Progress", "payoff_set_sandwich", "sandwich"]

Vector = tuple[Fraction, ...]
Floats = NDArray[np.float64]
Progress = Callable[[int, int], None]
"""Called with the number of directions and of profiles that are left."""

_STEPS = 3000
_AT_ONCE = 10
_EXPANSIONS = 20
_INWARDS = Fraction(1, 2000)
_SHORT_BITS = 40
_PULLS = tuple(Fraction(1, 10**k) for k in (8, 6, 5, 4, 3)) + tuple(
    Fraction(k, 1000) for k in (3, 10, 30, 60, 100, 200)
)


def payoff_set_sandwich(
    game: NormalFormGame,
    discount: Any,
    *,
    directions: Sequence[Sequence[Any]] | None = None,
    gap: Any = Fraction(1, 10**6),
    max_directions: int = 80,
    time_limit: float | None = None,
    progress: Progress | None = None,
) -> PayoffSet:
    """Enclose the subgame perfect equilibrium payoffs of a repeated game in which actions are seen, for any number of players.

    Parameters
    ----------
    game : NormalFormGame
        Floats count as the rationals that they are.
    discount : number, 0 ≤ δ < 1
    directions : sequence of vectors of n numbers, optional
        Bounded beside those of the feasible payoffs and of single players, from the start.
    gap : number > 0
        Distance between the two polytopes, as a share of the largest payoff span, at which refinement may end.
    max_directions : int ≥ 1
        No direction is added beyond as many.
    time_limit : float, optional
        Seconds; then the answer depends on the machine. What was sustained so far is proved even so, up to half a second more.
    progress : callable, optional

    Returns
    -------
    PayoffSet
        ``.exact``, or ``.inner``, ``.outer`` and ``.gap``.

    Raises
    ------
    SolverError
        A limit was reached before the gap; ``best`` is the sandwich as it stands, with its certificates.
    SpecificationError
        A number out of range.

    Examples
    --------
    Three contributors to a public good: at δ = 1/2 one of them can have 32/15.

    >>> from fractions import Fraction
    >>> game = NormalFormGame.from_function(lambda *a: [1 - x + Fraction(3, 5) * sum(a) for x in a], (2, 2, 2))
    >>> found = payoff_set_sandwich(game, "1/2")
    >>> found.exact, found.support([1, 0, 0])[1]
    (True, Fraction(32, 15))
    """
    return sandwich(
        seen_stage(game),
        None,
        discount,
        directions=directions,
        gap=gap,
        max_directions=max_directions,
        time_limit=time_limit,
        progress=progress,
    )


def sandwich(
    game: NormalFormGame,
    monitoring: Monitoring | None,
    discount: Any,
    *,
    directions: Sequence[Sequence[Any]] | None,
    gap: Any,
    max_directions: int,
    time_limit: float | None,
    progress: Progress | None,
) -> PayoffSet:
    """What :func:`payoff_set_sandwich` and :func:`~gametheory.repeated.public_perfect_payoffs` do."""
    delta = discount_factor(discount)
    wanted = exact(gap, where="gap")
    if wanted <= 0:
        raise SpecificationError(f"gap: found {gap}; write a share of the payoff span above 0")
    check_count("max_directions", max_directions)
    check_seconds("time_limit", time_limit)
    deadline = None if time_limit is None else time.perf_counter() + time_limit
    units = _Units.of(game)
    model = StageAndSignals(units.scaled, None if monitoring is None else monitoring.exact(), delta)
    given = [units.direction(d) for d in listed_directions(directions, game.num_players)]
    base = [*(_sized(normal) for normal, _ in hull_halfspaces(model.payoffs)), *given]
    search, plays = OuterPayoffs(model, base, deadline), dict[Vector, Play]()
    while True:
        state = _proved_state(search, plays)
        if progress is not None:
            progress(len(search.normals), len(search.left))
        if state.complete or not state.settled:
            break
        if len(state.plays) > len(plays) and len(state.plays) > 1:  # new facets: perhaps those of the set
            plays = state.plays
            facets = [_sized(normal) for normal, _ in hull_halfspaces(list(plays))]
            longest = longest_denominator(model)
            simple = all(x.denominator <= longest for normal in facets for x in normal)
            short = OuterPayoffs(model, [*base, *facets], deadline)
            if simple and len(short.normals) <= max_directions:
                other = _proved_state(short, plays)
                if other.complete:
                    search, state = short, other
                    break
        fresh = _facets(search, state)
        room = max_directions - len(search.normals)
        added = [search.add(normal) for normal in fresh[: max(room, 0)]]
        if not any(added):
            break
    found = _result(game, units, model, search, state, monitoring)
    span = max((size for size, used in zip(units.spans, units.used, strict=True) if used), default=Fraction(1))
    if not found.exact and (found.gap is None or found.gap > wanted * span):
        late = search.out_of_time()
        limit = f"time_limit={time_limit}" if late else f"max_directions={max_directions}"
        reached = "no equilibrium was found inside" if found.gap is None else f"a gap of {float(found.gap):.3g}"
        raise SolverError(
            f"the payoff set was enclosed with {reached}, {wanted * span} was asked for, when {limit} or the corners that "
            "could be told apart came to an end; the sandwich so far, certified, is in .best; raise the limits or the gap",
            status="time limit" if late else "limit",
            solver="self-generation",
            best=found,
        )
    return found


@final
@dataclass(frozen=True)
class _Units:
    """Payoffs from 0 to 1, of floats about that: u = offset + span · scaled, by player."""

    game: NormalFormGame
    scaled: NormalFormGame
    offsets: Vector
    spans: Vector
    used: tuple[bool, ...]

    @classmethod
    def of(cls, game: NormalFormGame) -> _Units:
        stage = game.exact()
        table = stage.numerators.reshape(stage.num_players, -1).astype(object)
        offsets, spans, used, rows = [], [], [], []
        for row in table:
            low, high = (Fraction(int(x), stage.denominator) for x in (row.min(), row.max()))
            size, span, offset = high - low, high - low, low
            if (
                max(size.numerator.bit_length(), size.denominator.bit_length()) > _SHORT_BITS
            ):  # floats: keep numbers short
                span = Fraction(2) ** (size.numerator.bit_length() - size.denominator.bit_length())
                offset = math.floor(low / span) * span
            span = span or Fraction(1)
            used.append(size > 0)
            offsets.append(offset)
            spans.append(span)
            rows.append([(Fraction(int(x), stage.denominator) - offset) / span for x in row])
        scaled = RationalArray.from_fractions(rows)
        shaped = RationalArray.of_integers(scaled.numerators.reshape(stage.numerators.shape), scaled.denominator)
        return cls(stage, NormalFormGame(shaped), tuple(offsets), tuple(spans), tuple(used))

    def direction(self, values: Vector) -> Vector:
        """A direction in scaled payoffs."""
        return _sized([x * s for x, s in zip(values, self.spans, strict=True)])

    def point(self, v: Vector) -> Vector:
        return tuple(m + s * x for m, s, x in zip(self.offsets, self.spans, v, strict=True))

    def rounds(self, rounds: Sequence[Round]) -> tuple[Round, ...]:
        """A proof about the scaled game as one about the game."""
        factors: list[Fraction] = []
        result = []
        for part in rounds:
            cuts = []
            for cut in part.cuts:
                plain = [x / s for x, s in zip(cut.normal, self.spans, strict=True)]
                normal = _sized(plain)
                lead = next(i for i, x in enumerate(plain) if x)
                factor = normal[lead] / plain[lead]
                shift = sum((x * m for x, m in zip(normal, self.offsets, strict=True)), Fraction(0))
                factors.append(factor)
                cuts.append(Cut(normal, factor * cut.bound + shift, factor * cut.weight))
            first = len(factors) - len(cuts)
            reasons = tuple(
                {a: self._reason(reason, factors, factors[first + j]) for a, reason in reasons.items()}
                for j, reasons in enumerate(part.reasons)
            )
            excluded = {a: self._reason(reason, factors, Fraction(1)) for a, reason in part.excluded.items()}
            result.append(Round(tuple(cuts), reasons, excluded))
        return tuple(result)

    def _reason(self, reason: Reason, factors: Sequence[Fraction], factor: Fraction) -> Reason:
        return Reason(
            tuple((k, y, z * factor / factors[k]) for k, y, z in reason.cuts),
            tuple((i, b, q * factor / self.spans[i]) for i, b, q in reason.incentives),
        )


@dataclass
class _State:
    """Where the search stands: what is proved from outside, its corners, and what sustains itself."""

    rounds: tuple[Round, ...]
    corners: list[Vector]
    plays: dict[Vector, Play]
    complete: bool
    settled: bool


def _proved_state(search: OuterPayoffs, plays: dict[Vector, Play]) -> _State:
    """Settle the bounds, prove them, and let what sustains itself grow towards their corners."""
    model = search.model
    while True:
        settled = search.settle(_STEPS)
        rounds, whole = proved_rounds(search)
        if whole or not search.start_again():
            break
    left = search.left
    certificate = PayoffCutsCertificate(
        game=model.stage, discount=model.discount, monitoring=model.monitoring, rounds=rounds
    )
    if not left and whole:
        return _State(rounds, [], {}, True, True)
    halfspaces = certificate.halfspaces
    box = _box(halfspaces, model.num_players)
    corners = polytope_vertices(halfspaces, box)
    known = set(plays)
    if not known.issuperset(corners):
        limit = longest_denominator(model)
        simple = [v for v in corners if all(x.denominator <= limit for x in v)]
        late, sure = search.out_of_time, list(dict.fromkeys([*plays, *stage_equilibria(model)]))
        wider = largest_self_generating(model, [*sure, *(v for v in simple if v not in sure)], left, late=late)
        plays = wider or largest_self_generating(model, sure, left)
    if plays and not plays.keys() >= set(corners):
        plays = grown(model, plays, lambda points: _unreached(search, points), left, late=search.out_of_time)
    return _State(rounds, corners, plays, plays.keys() >= set(corners), settled)


def _unreached(search: OuterPayoffs, points: Sequence[Vector]) -> list[Vector]:
    """The directions in which the points stay behind the bounds."""
    table = np.array([[float(x) for x in v] for v in points])
    reached = (search.floats @ table.T).max(axis=1)
    return [search.normals[j] for j in np.flatnonzero(reached < search.bounds - 1e-9)]


def _box(halfspaces: Sequence[tuple[Vector, Fraction]], n: int) -> list[tuple[Fraction, Fraction]]:
    bounds = dict(halfspaces)
    unit = [tuple(Fraction(int(i == j)) for i in range(n)) for j in range(n)]
    return [(-bounds[tuple(-x for x in e)], bounds[e]) for e in unit]


def _facets(search: OuterPayoffs, state: _State) -> list[Vector]:
    """New directions: the facets of one more step through which rays from the middle to the furthest corners leave it."""
    middle = search.middle()
    found = []
    for corner in state.corners:
        if corner not in state.plays and not search.out_of_time():
            facet = search.facet_towards(middle, np.array([float(x) for x in corner]))
            if facet is not None:
                found.append((facet[0], _short_normal(facet[1])))
    found.sort(key=lambda pair: -pair[0])
    fresh = dict.fromkeys(normal for _, normal in found if normal not in search.normals)
    return list(fresh)[:_AT_ONCE]


def _short_normal(normal: Floats) -> Vector:
    """A direction with short numbers: simple ratios where the floats are near, else rounded."""
    sized = normal / np.abs(normal).max()
    simple = [Fraction(float(x)).limit_denominator(2000) for x in sized]
    if max(abs(float(x) - y) for x, y in zip(simple, sized, strict=True)) < 1e-8:
        return _sized(simple)
    return _sized([Fraction(round(float(x) * 2**20), 2**20) for x in sized])


def _sized(values: Sequence[Fraction]) -> Vector:
    """The same direction with ±1 as its largest entry."""
    largest = max(abs(x) for x in values)
    return tuple(x / largest for x in values)


def _result(
    game: NormalFormGame,
    units: _Units,
    model: StageAndSignals,
    search: OuterPayoffs,
    state: _State,
    monitoring: Monitoring | None,
) -> PayoffSet:
    plays = _needed(search, state.plays, state.corners if state.complete else None)
    if not state.complete:
        plays = _inner(model, search, state)
    points = [units.point(v) for v in plays]
    corners = [units.point(v) for v in state.corners]
    stage = units.game
    outer = PayoffCutsCertificate(
        game=stage, discount=model.discount, monitoring=model.monitoring, rounds=units.rounds(state.rounds)
    )
    inner: Any = None
    if points and model.monitoring is None:
        inner = SelfGenerationCertificate(
            game=stage,
            discount=model.discount,
            points=tuple(
                SustainedPoint(v, model.profile(a), lotteries[0])
                for v, (a, lotteries) in zip(points, plays.values(), strict=True)
            ),
        )
    elif points and model.monitoring is not None:
        inner = PublicSelfGenerationCertificate(
            game=stage,
            discount=model.discount,
            monitoring=model.monitoring,
            points=tuple(
                PublicPoint(v, model.profile(a), tuple(sorted(lotteries.items())))
                for v, (a, lotteries) in zip(points, plays.values(), strict=True)
            ),
        )
    if inner is not None:
        inner.verify(stage)
    outer.verify(stage)
    return PayoffSet(
        game=game,
        discount=model.discount,
        inner=tuple(points),
        outer=tuple(corners),
        halfspaces=outer.halfspaces,
        exact=state.complete,
        gap=Fraction(0) if state.complete else _distance(corners, points, units.spans),
        inner_certificate=inner,
        outer_certificate=outer,
        method="self-generation and hyperplanes",
        **({} if monitoring is None else {"monitoring": monitoring}),
    )


def _inner(model: StageAndSignals, search: OuterPayoffs, state: _State) -> dict[Vector, Play]:
    """The best self-generating set around corners moved towards the middle by more and more."""
    best = sure = _needed(search, state.plays, None)
    reach, middle = _reach(best, state.corners), _mean(state.corners)
    for pull in _PULLS:
        if search.out_of_time() or reach < 2 * pull:
            break
        moved = [
            tuple(_near(c + pull * (m - c), pull / 100) for c, m in zip(v, middle, strict=True))
            for v in state.corners
            if v not in sure
        ]
        inside = [
            v for v in moved if all(low <= x <= high for x, (low, high) in zip(v, _extent(state.corners), strict=True))
        ]
        found = sustained_around(model, sure, inside, search.left, late=search.out_of_time)
        far = _reach(found, state.corners)
        if far < reach:
            best, reach = _needed(search, found, None), far
    return _expanded(model, search, state, sure, best, reach)


def _expanded(
    model: StageAndSignals,
    search: OuterPayoffs,
    state: _State,
    sure: dict[Vector, Play],
    best: dict[Vector, Play],
    reach: float,
) -> dict[Vector, Play]:
    """Steps of the operator from inside, each rounded a little inwards so that numbers stay short, while they gain much."""
    for _ in range(_EXPANSIONS):
        if not best or search.out_of_time() or reach < 1e-4:
            break
        late = search.out_of_time
        bigger = grown(
            model, best, lambda points: _unreached(search, points), search.left, rounds=1, longest=2**4000, late=late
        )
        middle = _mean(list(bigger))
        moved = [
            tuple(_near(c + _INWARDS * (m - c), _INWARDS / 100) for c, m in zip(v, middle, strict=True))
            for v in bigger
            if v not in sure
        ]
        found = _needed(search, sustained_around(model, sure, moved, search.left, late=late), None)
        far = _reach(found, state.corners)
        if far > 0.995 * reach:
            break
        best, reach = found, far
    return best


def _extent(points: Sequence[Vector]) -> list[tuple[Fraction, Fraction]]:
    return [(min(column), max(column)) for column in zip(*points, strict=True)]


def _near(x: Fraction, by: Fraction) -> Fraction:
    return simplest_between(x - by, x + by)


def _needed(search: OuterPayoffs, plays: dict[Vector, Play], corners: Sequence[Vector] | None) -> dict[Vector, Play]:
    """The corners of the hull alone; an extreme payoff that a set sustains is sustained by its extreme points."""
    if not plays:
        return plays
    if corners is None:
        facets = hull_halfspaces(list(plays))
        corners = polytope_vertices(facets, _extent(list(plays)))
    fewer = largest_self_generating(search.model, corners, search.left, late=search.out_of_time)
    return fewer if len(fewer) == len(corners) else plays


def _mean(points: Sequence[Vector]) -> Vector:
    return tuple(sum(column, Fraction(0)) / len(points) for column in zip(*points, strict=True))


def _reach(plays: dict[Vector, Play], corners: Sequence[Vector]) -> float:
    """The largest distance from a corner to the hull of the points, by coordinates."""
    if not plays:
        return math.inf
    ones = tuple(Fraction(1) for _ in corners[0])
    return max((distance for distance, _ in _nearest(corners, list(plays), ones)), default=0.0)


def _nearest(
    corners: Sequence[Vector], points: Sequence[Vector], spans: Sequence[Fraction]
) -> list[tuple[float, Floats]]:
    """For each corner the least largest difference of a coordinate (in spans) from a mixture of the points, and its weights."""
    n, count = len(spans), len(points)
    table = np.array([[float(x / s) for x, s in zip(v, spans, strict=True)] for v in points])
    entries, low, high = [dict[int, float]() for _ in range(2 * n)], [], []
    for i in range(n):
        entries[2 * i] = {k: table[k, i] for k in range(count)} | {count: -1.0}
        entries[2 * i + 1] = {k: table[k, i] for k in range(count)} | {count: 1.0}
    rows = [*entries, dict.fromkeys(range(count), 1.0)]
    start, index, values = [0], list[int](), list[float]()
    for row in rows:
        index += list(row)
        values += list(row.values())
        start.append(len(index))
    low, high = [-np.inf, -np.inf] * n + [1.0], [np.inf, np.inf] * n + [1.0]
    model = LinearModel("min", [0.0] * count + [1.0], start, index, values, low, high)
    result = []
    for v in corners:
        x = [float(c / s) for c, s in zip(v, spans, strict=True)]
        low = [bound for y in x for bound in (-np.inf, y)] + [1.0]
        high = [bound for y in x for bound in (y, np.inf)] + [1.0]
        model.change_row_bounds(low, high)
        if model.run() == "optimal":
            result.append((model.value(), model.primal()[:count]))
        else:  # any mixture bounds the distance: the nearest point
            distances = np.abs(table - np.array(x)).max(axis=1)
            nearest = int(np.argmin(distances))
            result.append((float(distances[nearest]), np.eye(count)[nearest]))
    return result


def _distance(corners: Sequence[Vector], points: Sequence[Vector], spans: Sequence[Fraction]) -> Fraction | None:
    """At least the Hausdorff distance between the hull of the corners and that of the points inside it."""
    if not points:
        return None
    largest = Fraction(0)
    for corner, (_, weights) in zip(corners, _nearest(corners, points, spans), strict=True):
        rounded = [Fraction(round(max(0.0, float(p)) * 2**48), 2**48) for p in weights]
        total = sum(rounded)
        mean = [
            sum((p * v[i] for p, v in zip(rounded, points, strict=True)), Fraction(0)) / total
            for i in range(len(corner))
        ]
        square = sum(((x - y) ** 2 for x, y in zip(corner, mean, strict=True)), Fraction(0))
        largest = max(largest, square)
    scale = 10**12
    root = math.isqrt(math.ceil(largest * scale * scale)) + 1 if largest else 0
    return Fraction(root, scale)
