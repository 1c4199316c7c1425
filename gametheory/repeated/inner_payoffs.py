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

__all__ = ["Play", "grown", "largest_self_generating", "play_at", "simplest_between", "stage_equilibria"]

Vector = tuple[Fraction, ...]
Lottery = tuple[tuple[int, Fraction], ...]
Floats = NDArray[np.float64]
Play = tuple[int, dict[int, Lottery]]
"""The number of a profile, and after each signal a lottery over points."""

_LONGEST = 2**48
_MOST_POINTS = 150


def stage_equilibria(model: StageAndSignals) -> list[Vector]:
    """Payoffs of the pure equilibria of the stage game; each sustains itself."""
    found: dict[Vector, None] = {}
    for a, payoff in enumerate(model.payoffs):
        if all(gain <= 0 for *_, gain in model.deviations(a)):
            found[payoff] = None
    return list(found)


def play_at(model: StageAndSignals, target: Vector, points: Sequence[Vector], profiles: Sequence[int]) -> Play | None:
    """A profile and continuations in the hull of ``points`` that give ``target`` and from which nobody gains by deviating."""
    worst = [min(v[i] for v in points) for i in range(model.num_players)]
    table = np.array([[float(x) for x in v] for v in points])
    for a in profiles:
        found = _exact_play(model, target, points, table, worst, a)
        if found is not None:
            return a, found
    return None


def largest_self_generating(
    model: StageAndSignals, candidates: Sequence[Vector], profiles: Sequence[int]
) -> dict[Vector, Play]:
    """The largest self-generating subset of the candidates, with play at each point; lotteries number its points."""
    points = list(dict.fromkeys(candidates))
    while points:
        plays = [play_at(model, v, points, profiles) for v in points]
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
) -> dict[Vector, Play]:
    """Add payoffs that the hull of a self-generating set sustains beyond itself, in directions asked for anew each round.

    What a set sustains, a larger one does: the points stay, and their number only grows. A payoff is found as the largest in a
    direction, in floats for each profile, then in fractions for the best.
    """
    plays = dict(plays)
    for _ in range(rounds):
        points = list(plays)
        table = np.array([[float(x) for x in v] for v in points])
        worst = [min(v[i] for v in points) for i in range(model.num_players)]
        programmes = {a: _Hull(model, points, table, worst, a) for a in profiles}
        fresh: dict[Vector, Play] = {}
        for normal in directions(points):
            floats = np.array([float(x) for x in normal])
            reached = float((table @ floats).max())
            values = {a: programme.value(floats) for a, programme in programmes.items()}
            best = max(values, key=lambda a: values[a])
            if values[best] > reached + 1e-9:
                found = programmes[best].exact_point(normal)
                if found is not None and all(x.denominator < _LONGEST for x in found[0]):
                    fresh[found[0]] = (best, found[1])
        fresh = {v: play for v, play in fresh.items() if v not in plays}
        if not fresh or len(plays) + len(fresh) > _MOST_POINTS:
            break
        plays |= fresh
    return plays


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
