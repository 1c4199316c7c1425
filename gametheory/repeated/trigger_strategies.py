"""Trigger strategies under noisy public monitoring: keep to a target until a signal says otherwise.

Players see a public signal y ~ π(· | a) instead of the actions. They play the target a*; after the signal y they turn, with
probability x(y) and by a public coin, to a stage equilibrium for ever (*reversion*), and go on otherwise. With c_i = u_i(a*),
the reversion payoff P_i, a deviation j by which player i gains g_ij at once and that changes the signals to π_ij,

    v_i − P_i = (c_i − P_i) κ / (κ + Σ_y π(y) x(y)),    κ = (1 − δ)/δ,    and no deviation pays iff

    (c_i − P_i) Σ_y (π_ij(y) − π(y)) x(y)  ≥  g_ij (κ + Σ_y π(y) x(y))     for all i, j.

Everything but κ is linear in x ∈ [0, 1]^Y, so that two linear programmes, solved exactly, answer the two questions: the
**best payoff** at a discount factor, min Σ π x; and the smallest **discount factor** that sustains the target at all, max κ.
As δ → 1 the best payoff has a limit below c_i: with a binary alarm of false-alarm rate FP, detection rate TP and ℓ = TP/FP,

    v̄ = c − g/(ℓ − 1)     for every δ ≥ g / (g + (TP − FP) v̄),  P = 0:

errors cost the same however patient the players are. In a symmetric game with a symmetric target this is the best strongly
symmetric equilibrium whose worst continuation is the reversion; equilibria that treat players differently can do better
(:mod:`gametheory.repeated.limit_set`).

**Green–Porter**: without a public coin, an alarm is followed by T periods of reversion, then play starts afresh:
v − P = (1 − δ)(c − P)/(1 − δ(1 − p̂) − p̂ δ^{T+1}) with the alarm probability p̂, and the smallest T that deters is the best.

References: E. Green and R. Porter 1984, "Noncooperative collusion under imperfect price information", Econometrica 52; D.
Abreu, P. Milgrom and D. Pearce 1991, "Information and timing in repeated partnerships", Econometrica 59; G. Mailath and L.
Samuelson 2006, *Repeated Games and Reputations*, section 7.2.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Any, final

from gametheory.arithmetic import exact_text
from gametheory.certificates.certificate import Certificate
from gametheory.errors import InfeasibleError, SpecificationError
from gametheory.games.monitoring import Monitoring
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.tables import data_frame
from gametheory.games.values import compared_by
from gametheory.optimize.exact import solve_exact
from gametheory.repeated.repeated_game import discount_factor
from gametheory.repeated.trigger_programmes import (
    Temptations,
    Vector,
    question_arguments,
    trigger_payoff_programme,
    trigger_temptations,
    trigger_threshold_programme,
)

__all__ = ["TriggerEquilibrium", "green_porter", "trigger_equilibrium"]


@final
@compared_by("temptations", "payoffs", "discount", "reversion_probabilities", "periods")
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class TriggerEquilibrium:
    """The best equilibrium in trigger strategies of a target, exactly.

    Attributes
    ----------
    temptations : Temptations
        The question.
    payoffs : tuple of Fraction
        Discounted average of each player; as δ → 1 where ``discount`` is ``None``.
    discount : Fraction or None
    threshold : Fraction
        The smallest discount factor at which trigger strategies sustain the target.
    reversion_probabilities : mapping from signal to Fraction
        x(y) at ``discount``; in the limit x(y)/κ, the odds of reversion per unit of impatience.
    periods : int or None
        How long reversion lasts; ``None``: for ever.
    certificates : tuple of Certificate
        That no other probabilities give more, and that no smaller discount factor works.
    """

    temptations: Temptations
    payoffs: Vector
    discount: Fraction | None
    threshold: Fraction
    reversion_probabilities: dict[str, Fraction]
    periods: int | None = None
    certificates: tuple[Certificate, ...] = ()

    @property
    def loss(self) -> Vector:
        """What errors of the signal cost each player per period: c − v."""
        return tuple(c - v for c, v in zip(self.temptations.payoffs, self.payoffs, strict=True))

    def verify(self) -> bool:
        """Re-check optimality, and the incentives of every player from the stage game and the monitoring."""
        for certificate in self.certificates:
            certificate.verify()
        asked = trigger_temptations(
            self.temptations.stage,
            self.temptations.target,
            self.temptations.monitoring,
            reversion=self.temptations.reversion,
        )
        return asked == self.temptations

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data; rationals are written ``"p/q"``."""
        return {
            "target": list(self.temptations.stage.action_labels(self.temptations.target)),
            "payoffs": [exact_text(x) for x in self.payoffs],
            "discount": None if self.discount is None else exact_text(self.discount),
            "threshold": exact_text(self.threshold),
            "reversion_probabilities": {y: exact_text(p) for y, p in self.reversion_probabilities.items()},
            "periods": self.periods,
            "certificates": [certificate.to_dict() for certificate in self.certificates],
        }

    def to_frame(self) -> Any:
        """A pandas table with a row for each player."""
        asked = self.temptations
        rows = zip(asked.stage.players, asked.payoffs, self.payoffs, self.loss, asked.reversion, strict=True)
        return data_frame(rows, ["player", "target", "payoff", "loss to errors", "reversion"])

    def __repr__(self) -> str:
        at = "as δ → 1" if self.discount is None else f"at δ = {exact_text(self.discount)}"
        lasts = "" if self.periods is None else f", {self.periods} periods of reversion"
        status = "certified" if self.certificates else "exact"
        values = ", ".join(exact_text(x) for x in self.payoffs)
        since = exact_text(self.threshold)
        return f"TriggerEquilibrium({status}: payoffs ({values}) {at}{lasts}; sustained from δ = {since} on)"

    def _repr_html_(self) -> str:
        return f"<code>{escape(repr(self))}</code>"


def trigger_equilibrium(
    stage: NormalFormGame,
    target: Sequence[int | str],
    monitoring: Monitoring,
    *,
    reversion: Any,
    discount: Any = None,
) -> TriggerEquilibrium:
    """The best payoffs that trigger strategies with public randomisation sustain at a target, and from which δ on.

    Parameters
    ----------
    stage : NormalFormGame
    target : pure profile
        What players shall keep to.
    monitoring : Monitoring
        The public signal.
    reversion : profile
        The stage equilibrium that follows a bad signal.
    discount : number, 0 ≤ δ < 1, optional
        By default the limit δ → 1.

    Returns
    -------
    TriggerEquilibrium

    Raises
    ------
    InfeasibleError
        If the target is not sustained at this discount factor (at any, without one); ``certificate`` proves it.

    Examples
    --------
    The noisy prisoner's dilemma of Mailath and Samuelson (2006, section 7.2): the value is 7/4 from δ = 10/17 on.

    >>> from gametheory.games import NormalFormGame, Monitoring
    >>> game = NormalFormGame.from_bimatrix([[2, -1], [3, 0]], [[2, 3], [-1, 0]])
    >>> noisy = Monitoring.alarm(game, (0, 0), detection_rate=["1/2", "7/10"], false_alarm_rate="1/10")
    >>> trigger_equilibrium(game, (0, 0), noisy, reversion=(1, 1), discount="4/5")
    TriggerEquilibrium(certified: payoffs (7/4, 7/4) at δ = 4/5; sustained from δ = 10/17 on)
    """
    asked = trigger_temptations(stage, target, monitoring, reversion=reversion)
    delta = None if discount is None else discount_factor(discount)
    if not asked.deviations:  # nobody is tempted, and no signal need have consequences
        return TriggerEquilibrium(
            temptations=asked,
            payoffs=asked.payoffs,
            discount=delta,
            threshold=Fraction(0),
            reversion_probabilities=dict.fromkeys(asked.monitoring.signals, Fraction(0)),
        )
    question = question_arguments(asked)
    lowest = solve_exact(trigger_threshold_programme(asked.stage, **question))
    threshold = 1 / (1 + lowest.value)
    if lowest.value <= 0 or (delta is not None and delta < threshold):
        at = "any discount factor below 1" if lowest.value <= 0 else f"δ = {exact_text(delta or Fraction(0))}"
        raise InfeasibleError(
            f"trigger strategies do not sustain the target at {at}"
            + ("" if lowest.value <= 0 else f", only from δ = {exact_text(threshold)} on")
            + "; sharpen the monitoring, or name a harsher reversion",
            certificate=lowest.certificate,
        )
    # As δ → 1 the programme is in x/κ, so that κ counts as 1 there; δ = 0 is below every threshold.
    impatience = Fraction(1) if delta is None else (1 - delta) / delta
    at_discount = None if delta is None else exact_text(impatience)
    best = solve_exact(trigger_payoff_programme(asked.stage, impatience=at_discount, **question))
    kept = impatience / (impatience + best.value)
    return TriggerEquilibrium(
        temptations=asked,
        payoffs=tuple(p + (c - p) * kept for c, p in zip(asked.payoffs, asked.reversion, strict=True)),
        discount=delta,
        threshold=threshold,
        reversion_probabilities={y: best.primal[k] for k, y in enumerate(asked.monitoring.signals)},
        certificates=(best.certificate, lowest.certificate),
    )


def green_porter(
    stage: NormalFormGame,
    target: Sequence[int | str],
    monitoring: Monitoring,
    *,
    alarms: Collection[int | str],
    reversion: Any,
    discount: Any,
) -> TriggerEquilibrium:
    """The best equilibrium in which an alarm is followed by T periods of reversion, then play starts afresh.

    Parameters
    ----------
    alarms : signals, by index or name
        Which signals start the reversion.
    discount : number, 0 ≤ δ < 1

    Returns
    -------
    TriggerEquilibrium
        ``.periods`` is the smallest T that deters, which is the best; ``None`` if reversion must last for ever.

    Raises
    ------
    InfeasibleError
        If even reversion for ever does not deter.

    Examples
    --------
    >>> from gametheory.games import NormalFormGame, Monitoring
    >>> game = NormalFormGame.from_bimatrix([[2, -1], [3, 0]], [[2, 3], [-1, 0]])
    >>> noisy = Monitoring.alarm(game, (0, 0), detection_rate=["1/2", "7/10"], false_alarm_rate="1/10")
    >>> found = green_porter(game, (0, 0), noisy, alarms=["alarm"], reversion=(1, 1), discount="4/5")
    >>> found.periods, round(float(found.payoffs[0]), 6)
    (2, 1.748252)
    """
    asked = trigger_temptations(stage, target, monitoring, reversion=reversion)
    delta = discount_factor(discount)
    if isinstance(alarms, str) or not isinstance(alarms, Collection):
        raise SpecificationError(f"alarms: found {alarms!r}; write a list of signals, by name or index")
    chosen = sorted({asked.monitoring.signal_index(y) for y in alarms})
    alarm = sum((asked.compliance[y] for y in chosen), Fraction(0))
    reach, lowest = Fraction(1), Fraction(0)  # the largest δ^T that deters, and the smallest δ at which T = ∞ does
    for i, _, gain, signals in asked.deviations:
        raised = sum((signals[y] for y in chosen), Fraction(0)) - alarm
        worth = (asked.payoffs[i] - asked.reversion[i]) * raised
        if worth <= 0 or worth <= gain * alarm:
            raise InfeasibleError(
                f"green_porter: the alarms do not deter {asked.stage.players[i]} at any discount factor below 1; choose alarms "
                "that deviations make likelier, or a harsher reversion"
            )
        lowest = max(lowest, gain / (gain * (1 - alarm) + worth))
        # δ (1 − z) worth ≥ gain (1 − δ(1 − alarm) − alarm δ z), z = δ^T
        short, slope = delta * worth - gain * (1 - delta * (1 - alarm)), delta * (worth - gain * alarm)
        reach = min(reach, short / slope if slope else Fraction(-1))
    if reach < 0:
        raise InfeasibleError(
            f"green_porter: even reversion for ever does not deter at δ = {exact_text(delta)}, only from δ = "
            f"{exact_text(lowest)} on; raise the discount factor"
        )
    periods = _periods(delta, reach)
    lost = delta ** (periods + 1) if periods is not None else Fraction(0)
    kept = (1 - delta) / (1 - delta * (1 - alarm) - alarm * lost)
    return TriggerEquilibrium(
        temptations=asked,
        payoffs=tuple(p + (c - p) * kept for c, p in zip(asked.payoffs, asked.reversion, strict=True)),
        discount=delta,
        threshold=lowest,
        reversion_probabilities={y: Fraction(int(k in chosen)) for k, y in enumerate(asked.monitoring.signals)},
        periods=periods,
    )


def _periods(delta: Fraction, reach: Fraction) -> int | None:
    """The smallest T with δ^T ≤ reach; ``None`` if there is none."""
    if reach >= 1:
        return 0
    if delta == 0:
        return 1
    if reach == 0:
        return None
    periods = max(1, math.floor(math.log(reach) / math.log(delta)) - 1)
    while delta**periods > reach:
        periods += 1
    return periods
