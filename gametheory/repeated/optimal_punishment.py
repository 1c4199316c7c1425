"""The least patience at which any subgame-perfect equilibrium in pure actions sustains a target: a certified bracket.

Let v_i(δ) be the least payoff of player i in an equilibrium. A target is sustained at δ iff (1 − δ) g_i ≤ δ (V_i(next) −
v_i(δ)) at every position (D. Abreu 1988). With public lotteries the set of equilibrium payoffs grows with δ, so that
v_i(δ) falls: floors f ≤ v(δ̄) found at one δ̄ are floors at every δ ≤ δ̄, and no δ ≤ δ̄ sustains the target at which the
condition fails with f in the place of v. Where equilibria may not draw lots there are fewer of them, and the same floors
hold.

The bracket is closed from both sides: **above** by codes (reverting to a stage equilibrium; sticks and carrots, whose set
of δ is exact; sticks with lotteries at a rational δ; for two players the threats of a self-generating set of payoffs),
**below** by the pure minmax and then by floors at the best δ so far. If the sides meet, the answer is exact; else δ is
bisected until they are ``gap`` apart, or a discount factor resists both."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, final

from gametheory.arithmetic.algebraic import AlgebraicNumber
from gametheory.certificates.penal_codes import PenalCodeCertificate
from gametheory.certificates.play_paths import PlayPath
from gametheory.certificates.punishment_floors import PunishmentFloorCertificate
from gametheory.certificates.self_generation import SelfGenerationCertificate
from gametheory.certificates.threatened_paths import ThreatenedPathCertificate
from gametheory.equilibria.pure import pure_nash_equilibria
from gametheory.errors import CertificateError, SolverError
from gametheory.repeated.discount_sets import DiscountSet, Interval, Number, number_text
from gametheory.repeated.lottery_codes import lottery_code
from gametheory.repeated.minmax import minmax
from gametheory.repeated.payoff_sets import PayoffSet, payoff_set
from gametheory.repeated.penal_codes import SimpleCode, code_set, simple_code
from gametheory.repeated.punishment_floors import Floors, StageTable, punishment_floors
from gametheory.repeated.thresholds import PlayerThreshold, player_threshold

__all__ = ["Code", "OptimalBracket", "Progress", "decided_at", "optimal_bracket", "sustained_by_all"]

Code = PenalCodeCertificate | ThreatenedPathCertificate
Progress = Callable[[float, float], None]
"""Called with the bracket so far."""
_PROBES = (Fraction(1, 2), Fraction(4, 5), Fraction(19, 20), Fraction(99, 100), Fraction(999, 1000))


@final
@dataclass(frozen=True, slots=True)
class OptimalBracket:
    """What is known about the least discount factor that sustains a target.

    Attributes
    ----------
    lower : Fraction or AlgebraicNumber
        No smaller discount factor sustains it.
    code : PenalCodeCertificate, ThreatenedPathCertificate or None
        A code that does, at the least discount factor known; ``None`` if none does at any.
    thresholds : tuple of PlayerThreshold
        What the floors of punishment say about each player.
    floors : PunishmentFloorCertificate or None
        Evidence for the floors; ``None`` if they are the pure minmax values.
    sustaining : DiscountSet
        Discount factors known to sustain the target.
    """

    lower: Number
    code: Code | None
    thresholds: tuple[PlayerThreshold, ...]
    floors: PunishmentFloorCertificate | None
    sustaining: DiscountSet


@final
class _Search:
    """The best bounds so far."""

    def __init__(
        self, stage: StageTable, path: PlayPath, lotteries: bool, deadline: float | None, progress: Progress | None
    ) -> None:
        self.stage, self.path, self.lotteries = stage, path, lotteries
        self.deadline, self.progress = deadline, progress
        values = [minmax(stage.game, i, strategies="pure") for i in range(len(stage.spans))]
        self.thresholds = self.judged([v.lower for v in values], values)
        self.floors: Floors | None = None
        self.lower: Number = Fraction(0)
        self.code: Code | None = None
        self.simple: list[SimpleCode] = []
        self.sustained: list[DiscountSet] = []

    def judged(self, punished: Sequence[Fraction], evidence: Sequence[object]) -> tuple[PlayerThreshold, ...]:
        return tuple(
            player_threshold(self.stage.table, self.path, i, p, e)  # type: ignore[arg-type]
            for i, (p, e) in enumerate(zip(punished, evidence, strict=True))
        )

    @property
    def upper(self) -> Number:
        return Fraction(1) if self.code is None else self.code.discount

    def check(self) -> None:
        if self.deadline is not None and time.perf_counter() > self.deadline:
            raise SolverError(
                f"critical discount: the time limit was reached with the threshold between {number_text(self.lower)} and "
                f"{number_text(self.upper)} (.best); allow more time or a larger gap",
                status="time limit",
                solver="penal codes",
                best=(self.lower, self.upper),
            )

    def told(self) -> None:
        if self.progress is not None:
            self.progress(float(self.lower), float(self.upper))

    def offer(self, simple: SimpleCode | None) -> None:
        """A simple code, with its exact set of discount factors."""
        if simple is None or not simple.discounts:
            return
        self.simple.append(simple)
        self.sustained.append(simple.discounts)
        if self.code is None or simple.discounts.infimum < self.upper:
            self.code = simple.certificate(self.stage.game, simple.discounts.infimum)

    def lottery(self, floors: Floors) -> bool:
        """Whether a code with lotteries sustains the target where the floors were found."""
        code = lottery_code(self.stage, self.path, floors, check=self.check) if self.lotteries else None
        if code is not None and (self.code is None or floors.discount < self.upper):
            code.verify()
            self.code = code
            self.sustained.append(self._from(floors.discount))
        return code is not None

    def threat(self, discount: Fraction) -> bool:
        """Whether self-generating payoffs of two players threaten enough; the harshest such payoffs are close to the truth."""
        if not self.lotteries or len(self.stage.spans) != 2:
            return False
        left = None if self.deadline is None else max(0.0, self.deadline - time.perf_counter())
        try:
            threats = payoff_set(self.stage.game, discount, gap="1e-4", time_limit=left).inner_certificate
        except SolverError as stopped:
            self.check()
            threats = stopped.best.inner_certificate if isinstance(stopped.best, PayoffSet) else None
        if not isinstance(threats, SelfGenerationCertificate):
            return False
        code = ThreatenedPathCertificate(target=self.path, threats=threats)
        try:
            code.verify()
        except CertificateError:  # the threats are not harsh enough
            return False
        self.code = code
        self.sustained.append(self._from(discount))
        return True

    def _from(self, discount: Fraction) -> DiscountSet:
        if len(self.path.cycle) == 1:  # punishments only become harsher and the target stays what it is
            return DiscountSet.between(discount, Fraction(1))
        return DiscountSet((Interval(discount, discount, True, True),))

    def is_played(self, floors: Floors) -> bool:
        """Whether no profile of the target was dropped."""
        return {self.stage.place(a) for lottery in self.path.cycle for a, _ in lottery} <= set(floors.left)

    def raise_floor(self, discount: Fraction) -> Floors:
        """Set iteration at a discount factor, which bounds what smaller ones allow."""
        found = punishment_floors(self.stage, discount, check=self.check)
        thresholds = self.judged(found.floors, [None] * len(found.floors))
        below: Number = discount
        if self.is_played(found):
            allowed = sustained_by_all(thresholds)
            below = min(allowed.infimum, discount) if allowed else discount
        if below > self.lower or self.floors is None:
            self.lower, self.floors, self.thresholds = max(below, self.lower), found, thresholds
        return found


def sustained_by_all(thresholds: Sequence[PlayerThreshold]) -> DiscountSet:
    """The discount factors at which every player stays."""
    first, *rest = (t.sustaining for t in thresholds)
    return first.intersection(*rest) if rest else first


def optimal_bracket(
    stage: StageTable,
    path: PlayPath,
    *,
    lotteries: bool,
    gap: Fraction,
    time_limit: float | None,
    progress: Progress | None,
) -> OptimalBracket:
    """Bracket the least discount factor that sustains a path; see the head of this module."""
    deadline = None if time_limit is None else time.perf_counter() + time_limit
    search = _Search(stage, path, lotteries, deadline, progress)
    possible = sustained_by_all(search.thresholds)
    if not possible:
        return OptimalBracket(Fraction(1), None, search.thresholds, None, possible)
    search.lower = possible.infimum
    _stage_equilibria(search)
    if search.upper > search.lower:
        _sides_meet(search, gap)
    search.told()
    certificate = None if search.floors is None else search.floors.certificate()
    thresholds = search.thresholds
    if certificate is not None:
        certificate.verify()
        thresholds = search.judged(certificate.floors, [certificate] * len(certificate.floors))
    first, *rest = search.sustained
    sustaining = first.union(*rest) if rest else first
    if lotteries and len(path.cycle) == 1:
        sustaining = DiscountSet.between(search.upper, Fraction(1))
    return OptimalBracket(search.lower, search.code, thresholds, certificate, sustaining)


def _stage_equilibria(search: _Search) -> None:
    """Reverting for ever to the pure stage equilibrium that is worst for whoever deviated."""
    table, path = search.stage.table, search.path
    equilibria = [PlayPath.of([], [tuple(map(int, e.profile))]) for e in pure_nash_equilibria(search.stage.game)]
    n = len(search.stage.spans)
    if equilibria:
        worst = [min(equilibria, key=lambda q: table.payoffs(q.cycle[0])[i]) for i in range(n)]
        search.offer(SimpleCode(path, tuple(worst), code_set(table, path, worst)))
    if not any(g for lottery in path.cycle for g in table.gains(lottery)):
        search.offer(SimpleCode(path, (path,) * n, code_set(table, path, (path,) * n)))


def _sides_meet(search: _Search, gap: Fraction) -> None:
    search.offer(simple_code(search.stage, search.path, float(search.lower), float(search.upper)))
    search.told()
    if search.code is None:
        for probe in _PROBES:
            if probe > search.lower and search.lottery(search.raise_floor(probe)):
                break
    if search.code is None:
        raise SolverError(
            f"critical discount: the target may be sustained from δ = {number_text(search.lower)} on, but no penal code of "
            "the forms searched does at any discount factor up to 999/1000; ask for punishment='minmax' (a necessary "
            "bound), or give the payoffs of a punishment",
            status="no code found",
            solver="penal codes",
            best=(search.lower, Fraction(1)),
        )
    search.raise_floor(_rational_above(search.upper))
    while search.upper > search.lower:
        search.told()
        search.check()
        low = search.lower
        if isinstance(low, Fraction) and low > 0 and search.lottery(search.raise_floor(low)):
            break
        below, above = _rational_above(search.lower), _rational_above(search.upper)
        if above - below <= gap:
            break
        middle = ((below + above) / 2).limit_denominator(int(8 / (above - below)))
        floors = search.raise_floor(middle)
        if search.lower >= middle:
            continue
        if not search.lottery(floors):
            search.offer(simple_code(search.stage, search.path, float(search.lower), float(middle)))
            if search.upper > middle and not search.threat(middle):
                _raise_lower(search, middle, gap)
                break
        search.raise_floor(_rational_above(search.upper))


def _raise_lower(search: _Search, resisting: Fraction, gap: Fraction) -> None:
    """Bisect between the lower bound and a discount factor that neither side decided."""
    above = resisting
    while (width := above - _rational_above(search.lower)) > gap:
        middle = (above - width / 2).limit_denominator(int(8 / width))
        before = search.lower
        search.raise_floor(middle)
        if search.lower == before:
            above = middle


def _rational_above(discount: Number) -> Fraction:
    return discount.refined(Fraction(1, 2**60))[1] if isinstance(discount, AlgebraicNumber) else discount


def decided_at(
    stage: StageTable, path: PlayPath, discount: Fraction, *, lotteries: bool
) -> tuple[Literal["yes", "no", "open"], Code | PunishmentFloorCertificate | PlayerThreshold | None]:
    """Whether a path is sustained at one discount factor, with the code that does it or what excludes it."""
    search = _Search(stage, path, lotteries, None, None)
    if refused := _refusal(search.thresholds, discount):
        return "no", refused
    _stage_equilibria(search)
    if not any(discount in s for s in search.sustained) and discount > 0:
        search.offer(simple_code(stage, path, float(discount), float(discount) + 1e-10))
    for simple in search.simple:
        if discount in simple.discounts:
            return "yes", simple.certificate(stage.game, discount)
    if discount > 0:
        floors = search.raise_floor(discount)
        if not search.is_played(floors) or _refusal(search.judged(floors.floors, [None] * len(stage.spans)), discount):
            return "no", floors.certificate()
        if search.lottery(floors) or search.threat(discount):
            return "yes", search.code
    return "open", None


def _refusal(thresholds: Sequence[PlayerThreshold], discount: Fraction) -> PlayerThreshold | None:
    return next((t for t in thresholds if discount not in t.sustaining), None)
