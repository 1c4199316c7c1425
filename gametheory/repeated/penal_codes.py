"""Simple penal codes: a stick and a carrot for each player, and the discount factors at which they deter.

D. Abreu 1988 (proposition 5): an outcome is that of a subgame-perfect equilibrium in pure actions iff it is supported by
a simple penal code with the worst equilibrium path of each player. The paths searched here are *sticks and carrots*: a
pure profile for T periods, then the target from its beginning, or another profile for ever. At a given δ the largest set
of such paths that support each other is found from above: start with all of them, punish each player by the worst one
left, remove those that do not hold, and repeat. For the paths that are found the set of δ at which they deter is exact.

:func:`optimal_stick_and_carrot` is the code in which everybody is punished by one path that returns to the target (D.
Abreu 1986): with Δ_i = u_i(a) − u_i(s) and T periods of s it is an equilibrium iff g_i(s) ≤ δ^T Δ_i and g_i(a) ≤ (δ + … +
δ^T) Δ_i for all i.

References: D. Abreu 1986, "Extremal equilibria of oligopolistic supergames", Journal of Economic Theory 39; D. Abreu 1988,
"On the theory of infinitely repeated games with discounting", Econometrica 56. Complexity: sticks × carrots × players for each
δ that is looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic.algebraic import polynomial, real_roots
from gametheory.arithmetic.limits import check_count
from gametheory.certificates.penal_codes import PenalCodeCertificate, discount_to_json
from gametheory.certificates.play_paths import (
    PlayPath,
    PositionPayoffs,
    deterrence_polynomial,
    value_polynomials,
)
from gametheory.errors import InfeasibleError, SpecificationError
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.profiles import pure_profile
from gametheory.games.tables import data_frame
from gametheory.games.values import compared_by
from gametheory.repeated.discount_sets import DiscountSet, Number, number_text, where
from gametheory.repeated.punishment_floors import StageTable
from gametheory.repeated.repeated_game import RepeatedGame, seen_stage

__all__ = ["SimpleCode", "StickAndCarrot", "code_set", "optimal_stick_and_carrot", "simple_code"]

Floats = NDArray[np.float64]
Profile = tuple[int, ...]
_ROUNDING = 1e-11
_MAX_CARROTS = 24
_MAX_PATHS = 400_000


@final
@compared_by("stage", "target", "stick", "periods", "discount")
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class StickAndCarrot:
    """One punishment for everybody: a profile for some periods, then back to the target; ``float()`` works.

    Attributes
    ----------
    stage : NormalFormGame
    target, stick : tuple of int
    periods : int
        How long the stick is played.
    discount : Fraction or AlgebraicNumber
        The least discount factor at which the target and the punishment deter every deviation; so does every larger one.
    certificate : PenalCodeCertificate
        At that discount factor.
    """

    stage: NormalFormGame
    target: Profile
    stick: Profile
    periods: int
    discount: Number
    certificate: PenalCodeCertificate

    def __float__(self) -> float:
        return float(self.discount)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data."""
        return {
            "target": list(self.stage.action_labels(self.target)),
            "stick": list(self.stage.action_labels(self.stick)),
            "periods": self.periods,
            "discount": discount_to_json(self.discount),
            "certificate": self.certificate.to_dict(),
        }

    def to_frame(self) -> Any:
        """A pandas table with a row for each player: what the target and the stick pay and tempt with."""
        table = PositionPayoffs(self.stage.exact())
        parts = [((p, Fraction(1)),) for p in (self.target, self.stick)]
        rows = [
            [name, *(f(part)[i] for part in parts for f in (table.payoffs, table.gains))]
            for i, name in enumerate(self.stage.players)
        ]
        return data_frame(rows, ["player", "target", "gain at the target", "stick", "gain at the stick"])

    def __repr__(self) -> str:
        stick = "(" + ", ".join(self.stage.action_labels(self.stick)) + ")"
        times = "once" if self.periods == 1 else f"{self.periods} times"
        return f"StickAndCarrot(certified: {stick} {times}, then the target, from δ = {number_text(self.discount)} on)"

    def _repr_html_(self) -> str:
        return f"<code>{escape(repr(self))}</code>"


def optimal_stick_and_carrot(
    stage: NormalFormGame | RepeatedGame,
    target: Sequence[int | str],
    *,
    max_periods: int = 1,
    sticks: Iterable[Sequence[int | str]] | None = None,
) -> StickAndCarrot:
    """The punishment by one path for everybody, stick and then target, that needs the least patience.

    Parameters
    ----------
    stage : NormalFormGame or RepeatedGame
    target : pure profile, indices or labels
    max_periods : int ≥ 1
        The stick is played up to so many times in a row.
    sticks : iterable of pure profiles, optional
        Which profiles may be the stick; by default all. In a game that is symmetric, the symmetric ones give Abreu's
        symmetric punishments.

    Returns
    -------
    StickAndCarrot

    Raises
    ------
    InfeasibleError
        If no such path punishes at any discount factor.

    Examples
    --------
    Two firms with price 1 − Q and no costs: monopoly output 1/4 each, punished by one period of 5/12 each (Abreu 1986); 9/32
    is less than the 9/17 that reverting to the equilibrium 1/3 takes.

    >>> output = [Fraction(1, 4), Fraction(1, 3), Fraction(3, 8), Fraction(5, 12)]
    >>> cournot = NormalFormGame.from_function(
    ...     lambda a, b: [output[k] * (1 - output[a] - output[b]) for k in (a, b)], [4, 4],
    ...     actions=[[str(q) for q in output]] * 2)
    >>> optimal_stick_and_carrot(cournot, (0, 0))
    StickAndCarrot(certified: (5/12, 5/12) once, then the target, from δ = 9/32 on)
    """
    given = seen_stage(stage)
    game = given.exact()
    check_count("max_periods", max_periods)
    a = pure_profile(game, target)
    table = PositionPayoffs(game)
    allowed = None if sticks is None else [pure_profile(game, s) for s in sticks]
    if allowed is not None and not allowed:
        raise SpecificationError("sticks: found none; write pure profiles, or leave it out for all")
    now, tempting = table.payoffs(((a, Fraction(1)),)), table.gains(((a, Fraction(1)),))
    best: tuple[Number, int, Profile] | None = None
    for s in allowed if allowed is not None else map(tuple, np.ndindex(*game.num_actions)):
        part = ((tuple(map(int, s)), Fraction(1)),)
        lost = [u - v for u, v in zip(now, table.payoffs(part), strict=True)]
        wanted = table.gains(part)
        if any(x <= 0 and (g > 0 or h > 0) for x, g, h in zip(lost, tempting, wanted, strict=True)):
            continue
        for periods in range(1, max_periods + 1):
            found = _patience(periods, lost, tempting, wanted)
            if found is not None and (best is None or found < best[0]):
                best = (found, periods, part[0][0])
    if best is None:
        raise InfeasibleError(
            "stick and carrot: no profile of this length punishes a deviation and then its own; allow more periods, or ask "
            "critical_discount with punishment='optimal', which punishes each player by a path of its own"
        )
    discount, periods, stick = best
    code = PenalCodeCertificate(
        game=game,
        discount=discount,
        paths=(PlayPath.of([], [a]), PlayPath.of([stick] * periods, [a])),
        punishments=(1,) * game.num_players,
    )
    return StickAndCarrot(stage=given, target=a, stick=stick, periods=periods, discount=discount, certificate=code)


def _patience(
    periods: int, lost: Sequence[Fraction], tempting: Sequence[Fraction], wanted: Sequence[Fraction]
) -> Number | None:
    """The least δ with g_i(s) ≤ δ^T Δ_i and g_i(a) ≤ (δ + … + δ^T) Δ_i; both sides rise with δ."""
    least: Number = Fraction(0)
    for x, g, h in zip(lost, tempting, wanted, strict=True):
        for coefficients in ([-h, *([Fraction(0)] * (periods - 1)), x], [-g, *([x] * periods)]):
            if coefficients[0] == 0:
                continue
            roots = real_roots(polynomial(coefficients), 0, 1)
            if not roots or roots[0] == 1:
                return None
            least = max(least, roots[0])
    return least


@final
@dataclass(frozen=True, slots=True)
class SimpleCode:
    """A target and a path for each player, with the discount factors at which no one-shot deviation pays."""

    target: PlayPath
    punishments: tuple[PlayPath, ...]
    discounts: DiscountSet

    def certificate(self, game: NormalFormGame, discount: Number) -> PenalCodeCertificate:
        """The evidence at one of the discount factors."""
        paths = tuple(dict.fromkeys((self.target, *self.punishments)))
        places = tuple(paths.index(p) for p in self.punishments)
        return PenalCodeCertificate(game=game, discount=discount, paths=paths, punishments=places)


def code_set(
    table: PositionPayoffs, target: PlayPath, punishments: Sequence[PlayPath], player: int | None = None
) -> DiscountSet:
    """The discount factors at which a simple penal code deters every one-shot deviation (of one player, if named)."""
    paths = tuple(dict.fromkeys((target, *punishments)))
    conditions = []
    for i in range(len(punishments)) if player is None else (player,):
        punished, punished_by = value_polynomials(table, punishments[i], i)
        for path in paths:
            values, divisor = value_polynomials(table, path, i)
            for t, lottery in enumerate(path.positions):
                gain = table.gains(lottery)[i]
                if gain > 0:
                    follows = values[path.next_position(t)]
                    conditions.append(deterrence_polynomial(gain, follows, divisor, punished[0], punished_by))
    return where(list(dict.fromkeys(conditions)))


def simple_code(
    stage: StageTable, target: PlayPath, low: float, high: float, *, max_periods: int = 3
) -> SimpleCode | None:
    """The simple penal code of sticks and carrots that sustains the target at the least δ found in [low, high]."""
    family = _Family(stage, target, max_periods)
    best: SimpleCode | None = None
    top = min(high, 1 - 1e-9)
    for _ in range(6):
        grid = np.linspace(low, top, 25)
        start = next((k for k, d in enumerate(grid) if family.code(float(d)) is not None), None)
        if start is None:
            break
        below, above = float(grid[max(start - 1, 0)]), float(grid[start])
        while above - below > 1e-9 and start > 0:
            middle = (above + below) / 2
            below, above = (below, middle) if family.code(middle) is not None else (middle, above)
        paths = family.code(above)
        assert paths is not None
        discounts = code_set(stage.table, target, paths)
        if not discounts:
            break  # the float search erred by rounding
        found = SimpleCode(target, tuple(paths), discounts)
        if best is not None and not discounts.infimum < best.discounts.infimum:
            break
        best, top = found, float(discounts.infimum) - 1e-7
        if top <= low:
            break
    return best


@final
class _Family:
    """Sticks and carrots in floats, payoffs normalised."""

    def __init__(self, stage: StageTable, target: PlayPath, max_periods: int) -> None:
        self.stage, self.target = stage, target
        table, n = stage.table, len(stage.spans)

        def normal(values: Sequence[Fraction], shift: bool) -> list[float]:
            pairs = zip(values, stage.least, stage.spans, strict=True)
            return [float((v - (m if shift else 0)) / s) for v, m, s in pairs]

        self.own = np.array([normal(table.payoffs(p), True) for p in target.cycle])
        self.temptations = np.array([normal(table.gains(p), False) for p in target.cycle])
        room = max(1, _MAX_PATHS // (stage.count * max_periods * n))
        self.carrots = _carrots(stage.payoffs, min(_MAX_CARROTS, room))
        self.periods = range(1, max_periods + 1)

    def code(self, delta: float) -> list[PlayPath] | None:
        """For each player the worst path, among those that support each other and the target; ``None`` without one."""
        u, g = self.stage.payoffs, self.stage.gains
        length = len(self.own)
        weights = delta ** np.arange(length) * (1 - delta) / (1 - delta**length)
        turns = np.array([weights @ np.roll(self.own, -t, axis=0) for t in range(length)])
        needs_target = (1 - delta) * self.temptations - delta * np.roll(turns, -1, axis=0)
        ends = np.vstack([turns[:1], u[self.carrots]])
        needs_ends = (1 - delta) * g - delta * u  # a profile for ever
        best: list[tuple[Floats, Floats]] = []
        for periods in self.periods:
            now, after = delta**periods, delta ** (periods - 1)
            worth = (1 - now) * u[:, None] + now * ends[None]
            first = (1 - after) * u[:, None] + after * ends[None]
            next_worst = np.minimum(first, ends[None])
            tempted = np.where(g[:, None] > 0, (1 - delta) * g[:, None] - delta * next_worst, -np.inf)
            best.append((worth, tempted))
        tempted_ends = np.where(g > 0, needs_ends, -np.inf)
        tempted_target = np.where(self.temptations > 0, needs_target, -np.inf)
        punished = np.minimum(np.min([w.min(axis=(0, 1)) for w, _ in best], axis=0), u.min(axis=0))
        while True:
            limit = -delta * punished + _ROUNDING
            if not (tempted_target <= limit).all():
                return None
            stays = (tempted_ends <= limit).all(axis=1)
            ends_hold = np.concatenate([[True], stays[self.carrots]])
            choices = [self._worst_stationary(stays, i) for i in range(u.shape[1])]
            for periods, (worth, tempted) in zip(self.periods, best, strict=True):
                holds = (tempted <= limit).all(axis=2) & ends_hold[None]
                for i in range(u.shape[1]):
                    values = np.where(holds, worth[:, :, i], np.inf)
                    k = int(values.argmin())
                    if values.flat[k] < choices[i][0] - _ROUNDING:
                        choices[i] = (float(values.flat[k]), self._path(k, periods))
            reached = np.array([value for value, _ in choices])
            if not np.isfinite(reached).all():
                return None
            if (reached <= punished + _ROUNDING).all():
                return [path for _, path in choices]
            punished = np.maximum(punished, reached)

    def _worst_stationary(self, stays: NDArray[np.bool_], player: int) -> tuple[float, PlayPath]:
        """The target itself punishes too (nobody needs to be punished by more than that where nobody is tempted)."""
        length = len(self.own)
        choice = (float("inf"), self.target)
        if length == 1 or not (self.temptations > 0).any():
            choice = (float(self.own[0, player]), self.target)
        values = np.where(stays, self.stage.payoffs[:, player], np.inf)
        k = int(values.argmin())
        return (float(values[k]), PlayPath.of([], [self.stage.profile(k)])) if values[k] < choice[0] else choice

    def _path(self, k: int, periods: int) -> PlayPath:
        stick, end = divmod(k, len(self.carrots) + 1)
        prefix = PlayPath.of([self.stage.profile(stick)] * periods, [(0,)]).prefix
        cycle = (
            self.target.cycle if end == 0 else PlayPath.of([], [self.stage.profile(int(self.carrots[end - 1]))]).cycle
        )
        return PlayPath(prefix, cycle)


def _carrots(payoffs: Floats, count: int) -> NDArray[np.intp]:
    """Profiles to end with: those that are best in sum, for the worst off, and for each player."""
    scores = [payoffs.sum(axis=1), payoffs.min(axis=1), *payoffs.T]
    order = np.array([np.argsort(-s, kind="stable") for s in scores]).T.reshape(-1)
    return np.array(list(dict.fromkeys(order.tolist()))[:count], dtype=np.intp)
