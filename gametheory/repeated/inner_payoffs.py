"""Payoffs that sustain themselves, found near the corners of an outer polytope: the inner half of a sandwich.

A finite set P of payoffs is self-generating if each of its points is a first action profile followed, after every signal, by
payoffs in the hull of P from which nobody gains by deviating. From any candidates the largest such subset is left when points
that fail are struck out until none does; each point asks for one linear programme in fractions for each profile that could be
played there. The candidates are the corners of the outer polytope and, where corners are only approximated, points moved from
them a little towards the middle, beside those that sustain themselves exactly (stage equilibria among them).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from gametheory.certificates.payoff_cuts import StageAndSignals
from gametheory.certificates.programme import LinearProgramme
from gametheory.errors import InfeasibleError
from gametheory.optimize.exact import solve_exact
from gametheory.optimize.linear_model import LinearModel
from gametheory.repeated.outer_payoffs import needed_incentives

__all__ = [
    "Play",
    "grown",
    "largest_self_generating",
    "longest_denominator",
    "play_at",
    "simplest_between",
    "stage_equilibria",
    "sustained_around",
]

Vector = tuple[Fraction, ...]
Lottery = tuple[tuple[int, Fraction], ...]
Floats = NDArray[np.float64]
Play = tuple[int, dict[int, Lottery]]
"""The number of a profile, and after each signal a lottery over points."""

_SHORT = 2**48
_MOST_POINTS = 150


def stage_equilibria(model: StageAndSignals) -> list[Vector]:
    """Payoffs of the pure equilibria of the stage game; each sustains itself."""
    found: dict[Vector, None] = {}
    for a, payoff in enumerate(model.payoffs):
        if all(gain <= 0 for *_, gain in model.deviations(a)):
            found[payoff] = None
    return list(found)


def longest_denominator(model: StageAndSignals) -> int:
    """Payoffs with longer denominators than this are approximations of others, or cost more than they are worth."""
    longest = max(x.denominator for payoff in model.payoffs for x in payoff)
    return _SHORT * (longest * model.discount.denominator) ** 2


def play_at(model: StageAndSignals, target: Vector, points: Sequence[Vector], profiles: Sequence[int]) -> Play | None:
    """A profile and continuations in the hull of ``points`` that give ``target``, from which nobody gains by deviating."""
    worst = [min(v[i] for v in points) for i in range(model.num_players)]
    table = np.array([[float(x) for x in v] for v in points])
    for a in profiles:
        found = _exact_play(model, target, points, table, worst, a)
        if found is not None:
            return a, found
    return None


def never() -> bool:
    """Where no time limit is set."""
    return False


def largest_self_generating(
    model: StageAndSignals,
    candidates: Sequence[Vector],
    profiles: Sequence[int],
    *,
    late: Callable[[], bool] = never,
) -> dict[Vector, Play]:
    """The largest self-generating subset of the candidates, with play at each point; lotteries number its points.

    Nothing if it gets ``late`` before that is known.
    """
    points = list(dict.fromkeys(candidates))
    while points:
        plays = []
        for v in points:
            if late():
                return {}
            plays.append(play_at(model, v, points, profiles))
        kept = [v for v, play in zip(points, plays, strict=True) if play is not None]
        if len(kept) == len(points):
            return {v: play for v, play in zip(points, plays, strict=True) if play is not None}
        points = kept
    return {}


def grown(
    model: StageAndSignals,
    plays: dict[Vector, Play],
    directions: Callable[[Sequence[Vector]], Sequence[Vector]],
    profiles: Sequence[int],
    *,
    rounds: int = 12,
    longest: int | None = None,
    late: Callable[[], bool] = never,
) -> dict[Vector, Play]:
    """Add payoffs that the hull of a self-generating set sustains beyond itself, in directions asked for anew each round.

    What a set sustains, a larger one does: the points stay, and their number only grows. A payoff is found as the largest in a
    direction, in floats for each profile, then in fractions for the best.
    """
    plays, limit = dict(plays), longest or longest_denominator(model)
    for _ in range(rounds):
        points = list(plays)
        table = np.array([[float(x) for x in v] for v in points])
        worst = [min(v[i] for v in points) for i in range(model.num_players)]
        programmes = {a: _Hull(model, points, table, worst, a) for a in profiles}
        fresh: dict[Vector, Play] = {}
        for normal in directions(points):
            if late():
                break
            floats = np.array([float(x) for x in normal])
            reached = float((table @ floats).max())
            values = {a: programme.value(floats) for a, programme in programmes.items()}
            best = max(values, key=lambda a: values[a])
            if values[best] > reached + 1e-9:
                found = programmes[best].exact_point(normal)
                if found is not None and all(x.denominator <= limit for x in found[0]):
                    fresh[found[0]] = (best, found[1])
        fresh = {v: play for v, play in fresh.items() if v not in plays}
        if not fresh or len(plays) + len(fresh) > _MOST_POINTS:
            break
        plays |= fresh
    return plays


def sustained_around(
    model: StageAndSignals,
    sure: dict[Vector, Play],
    targets: Sequence[Vector],
    profiles: Sequence[int],
    *,
    late: Callable[[], bool] = never,
) -> dict[Vector, Play]:
    """A self-generating set whose hull holds a self-generating set and as many of the targets as it can.

    A target may be a mixture of payoffs that profiles followed by mixtures of ``sure`` and the targets give. If all are so,
    these payoffs and ``sure`` together are self-generating; targets that are not are struck out until all are. The first set
    alone if it gets ``late`` before that.
    """
    kept = [v for v in dict.fromkeys(targets) if v not in sure]
    while kept:
        points = [*sure, *kept]
        table = np.array([[float(x) for x in v] for v in points])
        worst = [min(v[i] for v in points) for i in range(model.num_players)]
        split = _Mixtures(model, points, table, worst, profiles)
        parts = {}
        for v in kept:
            if late():
                return sure
            parts[v] = split.of(v)
        failed = [v for v, found in parts.items() if found is None]
        if not failed:
            break
        kept = [v for v in kept if v not in failed]
    if not kept:
        return sure
    found: dict[Vector, Play] = {}
    for part in parts.values():
        for _, v, play in part or ():
            found.setdefault(v, play)
    corners = [*found, *(v for v in sure if v not in found)]
    number = {v: k for k, v in enumerate(corners)}
    shares: list[Lottery] = [((number[v], Fraction(1)),) for v in sure]
    shares += [tuple((number[q], share) for share, q, _ in parts[v] or ()) for v in kept]
    plays: dict[Vector, Play] = {}
    for v in corners:
        a, lotteries = found.get(v) or sure[v]
        plays[v] = (a, {y: _composed(lottery, shares) for y, lottery in lotteries.items()})
    return plays


@final
class _Mixtures:
    """How a payoff is a mixture of payoffs (1 − δ) u(a) + δ Σ π(y | a) w_a(y), w_a(y) mixtures of given points that deter."""

    def __init__(
        self,
        model: StageAndSignals,
        points: Sequence[Vector],
        table: Floats,
        worst: Sequence[Fraction],
        profiles: Sequence[int],
    ) -> None:
        self.model, self.points = model, points
        n, count = model.num_players, len(points)
        self.columns: list[dict[int, Fraction]] = []
        self.owner: list[tuple[int, int, int]] = []  # profile, signal (−1: the weight of the profile), point
        rows = n + 1
        self.equal = [True] * rows
        hulls = [_Hull(model, points, table, worst, a) for a in profiles]
        for hull in hulls:
            if not hull.possible:
                continue
            a = hull.a
            weight: dict[int, Fraction] = {n: Fraction(1)}
            for i, u in enumerate(model.payoffs[a]):
                weight[i] = (1 - model.discount) * u
            places = [dict[int, Fraction]() for _ in range(hull.size)]
            for y, place in hull.place.items():
                share = model.discount * model.signals(a)[y]
                for k, v in enumerate(points):
                    places[place + k] |= {i: share * x for i, x in enumerate(v) if share and x}
            for row, equal, side in hull.rows:
                for column, x in row.items():
                    if x:
                        places[column][rows] = x
                if side:
                    weight[rows] = -side
                self.equal.append(equal)
                rows += 1
            self.columns += [weight, *places]
            signals = [y for y in hull.place for _ in range(count)]
            self.owner += [(a, -1, 0), *((a, y, k % count) for k, y in enumerate(signals))]
        by_row: list[dict[int, float]] = [{} for _ in range(rows)]
        for column, entries in enumerate(self.columns):
            for r, x in entries.items():
                by_row[r][column] = float(x)
        start, index, values = [0], list[int](), list[float]()
        for entry in by_row:
            index += list(entry)
            values += list(entry.values())
            start.append(len(index))
        self.rows = rows
        self.held = LinearModel("max", np.zeros(len(self.columns)), start, index, values, *self._sides([0.0] * n))

    def _sides(self, target: Sequence[float]) -> tuple[list[float], list[float]]:
        low = [*target, 1.0, *([0.0] * (self.rows - len(target) - 1))]
        return low, [x if equal else np.inf for x, equal in zip(low, self.equal, strict=True)]

    def of(self, target: Vector) -> list[tuple[Fraction, Vector, Play]] | None:
        """Weights, payoffs and what is played at them (lotteries over the given points); ``None`` if there are none."""
        self.held.change_row_bounds(*self._sides([float(x) for x in target]))
        if self.held.run() != "optimal":
            return None
        used = np.flatnonzero(self.held.primal() > 1e-11).tolist()
        solved = self._exactly(target, used)
        if solved is None:
            solved = self._exactly(target, range(len(self.columns)))
        return None if solved is None else self._parts(solved)

    def _exactly(self, target: Vector, used: Sequence[int]) -> dict[int, Fraction] | None:
        sides = [*target, Fraction(1), *([Fraction(0)] * (self.rows - len(target) - 1))]
        by_row: list[dict[int, Fraction]] = [{} for _ in range(self.rows)]
        for place, column in enumerate(used):
            for number, x in self.columns[column].items():
                by_row[number][place] = x
        rows: list[Any] = []
        for r, (row, equal, side) in enumerate(zip(by_row, self.equal, sides, strict=True)):
            if row or side:
                rows.append((f"row {r}", row, "==" if equal else ">=", side))
        try:
            found = solve_exact(LinearProgramme.from_rows("max", [0] * len(used), rows))
        except InfeasibleError:
            return None
        return {column: found.primal[place] for place, column in enumerate(used) if found.primal[place]}

    def _parts(self, solved: dict[int, Fraction]) -> list[tuple[Fraction, Vector, Play]]:
        model, result = self.model, []
        weights = {self.owner[column][0]: x for column, x in solved.items() if self.owner[column][1] < 0}
        for a, weight in weights.items():
            lotteries: dict[int, list[tuple[int, Fraction]]] = {y: [] for y in model.signals(a)}
            for column, x in solved.items():
                owner, y, k = self.owner[column]
                if owner == a and y >= 0:
                    lotteries[y].append((k, x / weight))
            payoff = tuple(
                (1 - model.discount) * now
                + model.discount
                * sum(
                    (p * q * self.points[k][i] for y, p in model.signals(a).items() for k, q in lotteries[y]),
                    Fraction(0),
                )
                for i, now in enumerate(model.payoffs[a])
            )
            result.append((weight, payoff, (a, {y: tuple(lottery) for y, lottery in lotteries.items()})))
        return result


def _composed(lottery: Lottery, shares: Sequence[Lottery]) -> Lottery:
    """A lottery over lotteries as one."""
    total: dict[int, Fraction] = {}
    for k, p in lottery:
        for j, q in shares[k]:
            total[j] = total.get(j, Fraction(0)) + p * q
    return tuple(sorted(total.items()))


@final
class _Hull:
    """Payoffs that a profile followed by mixtures of given points sustains, as a programme in the mixtures."""

    def __init__(
        self, model: StageAndSignals, points: Sequence[Vector], table: Floats, worst: Sequence[Fraction], a: int
    ) -> None:
        self.model, self.points, self.table, self.a = model, points, table, a
        count = len(points)
        self.place = {y: k * count for k, y in enumerate(model.signals(a))}
        self.size = count * len(self.place)
        self.rows: list[tuple[dict[int, Fraction], bool, Fraction]] = []
        self.possible = True
        for place in self.place.values():
            self.rows.append(({place + k: Fraction(1) for k in range(count)}, True, Fraction(1)))
        for i, _, coefficients, gain in needed_incentives(model, a):
            row = {self.place[y] + k: x * v[i] for y, x in coefficients.items() for k, v in enumerate(points) if v[i]}
            side = (1 - model.discount) * gain + (model.discount * worst[i] if model.perfect else 0)
            if not any(row.values()):
                self.possible &= side <= 0
            else:
                self.rows.append((row, False, side))
        start, index, values, low, high = [0], list[int](), list[float](), list[float](), list[float]()
        for row, equal, side in self.rows:
            index += list(row)
            values += [float(x) for x in row.values()]
            start.append(len(index))
            low.append(float(side))
            high.append(float(side) if equal else np.inf)
        self.held = LinearModel("max", np.zeros(self.size), start, index, values, low, high)
        self.now = np.array([float((1 - model.discount) * x) for x in model.payoffs[a]])

    def value(self, normal: Floats) -> float:
        """The largest normal·v, −∞ if nothing deters."""
        if not self.possible:
            return -np.inf
        along = self.table @ normal
        shares = [float(self.model.discount * self.model.signals(self.a)[y]) for y in self.place]
        self.held.change_cost(np.concatenate([share * along for share in shares]))
        if self.held.run() != "optimal":
            return -np.inf
        return float(self.now @ normal) + self.held.value()

    def exact_point(self, normal: Vector) -> tuple[Vector, dict[int, Lottery]] | None:
        """A payoff that is largest in this direction, in fractions, and its lotteries."""
        model, count = self.model, len(self.points)
        along = [sum((x * y for x, y in zip(normal, v, strict=True)), Fraction(0)) for v in self.points]
        cost = [model.discount * p * x for p in model.signals(self.a).values() for x in along]
        rows: list[Any] = [(f"row {r}", row, "==" if eq else ">=", side) for r, (row, eq, side) in enumerate(self.rows)]
        try:
            found = solve_exact(LinearProgramme.from_rows("max", cost, rows))
        except InfeasibleError:
            return None
        lotteries = {
            y: tuple((k, found.primal[place + k]) for k in range(count) if found.primal[place + k])
            for y, place in self.place.items()
        }
        payoff = []
        for i, now in enumerate(model.payoffs[self.a]):
            later = sum(
                (p * q * self.points[k][i] for y, p in model.signals(self.a).items() for k, q in lotteries[y]),
                Fraction(0),
            )
            payoff.append((1 - model.discount) * now + model.discount * later)
        return tuple(payoff), lotteries


def _exact_play(
    model: StageAndSignals,
    target: Vector,
    points: Sequence[Vector],
    table: Floats,
    worst: Sequence[Fraction],
    a: int,
) -> dict[int, Lottery] | None:
    n, delta = model.num_players, model.discount
    payoff = model.payoffs[a]
    if delta == 0:
        if payoff != target or any(gain > 0 for *_, gain in model.deviations(a)):
            return None
        return {y: ((0, Fraction(1)),) for y in model.signals(a)}
    later = [(v - (1 - delta) * u) / delta for v, u in zip(target, payoff, strict=True)]
    floats = np.array([float(x) for x in later])
    if bool(np.any(floats < table.min(axis=0) - 1e-9) or np.any(floats > table.max(axis=0) + 1e-9)):
        return None
    if model.perfect:
        for i, _, _, gain in model.deviations(a):
            if (1 - delta) * gain > delta * (later[i] - worst[i]):
                return None
        for k, v in enumerate(points):
            if list(v) == later:
                return {0: ((k, Fraction(1)),)}
    return _solved(model, later, points, table, a, n)


def _solved(
    model: StageAndSignals, later: Sequence[Fraction], points: Sequence[Vector], table: Floats, a: int, n: int
) -> dict[int, Lottery] | None:
    """The lotteries by a linear programme: in floats whether there are any, then in fractions."""
    signals, count = model.signals(a), len(points)
    place = {y: k * count for k, y in enumerate(signals)}
    size = count * len(signals)
    rows: list[tuple[dict[int, Fraction], bool, Fraction]] = []
    for i in range(n):
        row = {place[y] + k: p * points[k][i] for y, p in signals.items() if p for k in range(count)}
        rows.append((row, True, later[i]))
    for y in signals:
        rows.append(({place[y] + k: Fraction(1) for k in range(count)}, True, Fraction(1)))
    if not model.perfect:
        for i, _, coefficients, gain in model.deviations(a):
            row = {place[y] + k: x * points[k][i] for y, x in coefficients.items() for k in range(count)}
            if not coefficients and gain > 0:
                return None
            if coefficients:
                rows.append((row, False, (1 - model.discount) * gain))
    start, index, values, low, high = [0], list[int](), list[float](), list[float](), list[float]()
    for row, equal, side in rows:
        index += list(row)
        values += [float(x) for x in row.values()]
        start.append(len(index))
        low.append(float(side) - 1e-9)
        high.append(float(side) + 1e-9 if equal else np.inf)
    if LinearModel("max", np.zeros(size), start, index, values, low, high).run() != "optimal":
        return None
    programme = LinearProgramme.from_rows(
        "max",
        [0] * size,
        [(f"row {r}", row, "==" if equal else ">=", side) for r, (row, equal, side) in enumerate(rows)],
    )
    try:
        found = solve_exact(programme)
    except InfeasibleError:
        return None
    return {y: tuple((k, found.primal[p + k]) for k in range(count) if found.primal[p + k]) for y, p in place.items()}


def simplest_between(low: Fraction, high: Fraction) -> Fraction:
    """The rational with the smallest denominator in [low, high], by the tree of Stern and Brocot.

    Examples
    --------
    >>> simplest_between(Fraction(21333332, 10**7), Fraction(21333334, 10**7))
    Fraction(32, 15)
    """
    whole = -((-low.numerator) // low.denominator)
    if whole <= high:
        return Fraction(whole)
    below = low.numerator // low.denominator
    return below + 1 / simplest_between(1 / (high - below), 1 / (low - below))
