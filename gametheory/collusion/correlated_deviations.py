"""The best plan of a coalition against any profile: what the members are told, and what they then play.

For pure and mixed profiles there is one recommendation, the empty one; for correlated ones see
:mod:`gametheory.certificates.recommendations`, which defines ``timing``. In short: **ex ante** the members agree on a plan
for every pooled recommendation and judge it by its expectation; at the **interim** they know all of what they were told,
plan for that alone, and block if they do at some recommendation of positive probability.

============= ===================================================== =====================================================
coordination  under "any", "transfer", or alone                      under "all" and "some"
============= ===================================================== =====================================================
pure          the best joint action at each recommendation           exact: undominated sums, recommendation by recommendation
correlated    the same (linear in the distribution)                  exact: one linear programme with |told| · |A_S| columns
independent   the same (multilinear: a vertex is best)               enclosed (:mod:`.independent_deviations`); ex ante with
                                                                     two recommendations and more between pure and shared
============= ===================================================== =====================================================

References: D. Moreno and J. Wooders 1996; I. Ray 1996; E. Einy and B. Peleg 1995 (in full in the module named above).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import final

import numpy as np

from gametheory.certificates.coalition_plans import PlanCoordination, needs_evidence
from gametheory.certificates.gains import Blocking, StatusQuo, coalition_value
from gametheory.certificates.mixing_bounds import Cells
from gametheory.certificates.plan_witnesses import Play, plan_gains
from gametheory.certificates.recommendations import PlanTable, RecommendedPlay, Timing, plan_tables
from gametheory.collusion.independent_deviations import MixingLimits, enclose_mixing
from gametheory.collusion.shared_randomness import best_draws
from gametheory.errors import UnsupportedError
from gametheory.games.coalitions import Coalition

__all__ = ["PlanGain", "best_plan", "best_plan_of_table"]

JointAction = tuple[int, ...]
Plan = Mapping[JointAction, Play]


@final
@dataclass(frozen=True, slots=True)
class PlanGain:
    """What a coalition gains by its best plan, between two bounds.

    Attributes
    ----------
    lower, upper : Fraction
    plan : mapping from recommendations to plays, or None
        Gains ``lower``; ``None`` where that is 0.
    gains : tuple of Fraction
        What each member gains by it.
    evidence : tuple of Cells or None
        For each table of gains, that none gains more than ``bound``.
    bound : Fraction
        ``upper``, unless real arithmetic proved more than the evidence shows.
    """

    lower: Fraction
    upper: Fraction
    plan: Plan | None
    gains: tuple[Fraction, ...]
    evidence: tuple[Cells | None, ...]
    bound: Fraction


def best_plan(
    status_quo: StatusQuo | RecommendedPlay,
    coalition: Coalition,
    blocking: Blocking,
    coordination: PlanCoordination,
    timing: Timing,
    limits: MixingLimits,
) -> PlanGain:
    """The best plan of a coalition; at the interim, at the recommendation at which it gains most."""
    found = [
        best_plan_of_table(table, blocking, coordination, limits)
        for table in plan_tables(status_quo, coalition, timing)
    ]
    best = max(found, key=lambda each: each.lower)
    return PlanGain(
        best.lower,
        max(each.upper for each in found),
        best.plan,
        best.gains,
        tuple(cells for each in found for cells in each.evidence),
        max(each.bound for each in found),
    )


def best_plan_of_table(
    table: PlanTable, blocking: Blocking, coordination: PlanCoordination, limits: MixingLimits
) -> PlanGain:
    """The best plan from one table of gains."""
    members, count = table.gains.shape[:2]
    if not needs_evidence(members, blocking, coordination):
        try:
            numerator, pure = table.best_pure_plan(blocking)
        except UnsupportedError:  # too many pure plans: bounded by shared randomness
            return _between(table, blocking)
        value = Fraction(numerator, table.denominator)
        return _found(table, blocking, value, None if pure is None else _moves(table, pure), None)
    assert blocking in ("all", "some")
    if coordination == "correlated":
        value, drawn, duals = best_draws(table.flat, table.denominator, blocking)
        plan = None if drawn is None else _drawn_plan(table, drawn)
        return _found(table, blocking, value, plan, Cells.of_duals(duals, blocking))
    if count == 1:
        mixing = enclose_mixing(table.gains[:, 0], table.denominator, blocking, limits)
        plan = None if mixing.strategies is None else {table.told[0]: _simplest(mixing.strategies)}
        result = _found(table, blocking, mixing.lower, plan, mixing.cells)
        return PlanGain(result.lower, mixing.upper, result.plan, result.gains, result.evidence, mixing.bound)
    return _between(table, blocking)


def _between(table: PlanTable, blocking: Blocking) -> PlanGain:
    """Between a pure plan and shared randomness."""
    assert blocking in ("all", "some")
    value, drawn, duals = best_draws(table.flat, table.denominator, blocking)
    cells = Cells.of_duals(duals, blocking)
    if drawn is None:
        return _found(table, blocking, value, None, cells)
    try:
        pure = table.best_pure_plan(blocking)[1]
    except UnsupportedError:
        choice = [max(p, key=lambda k: p[k]) if p else None for p in drawn]
        pure = tuple(
            _joint(k, table.sizes) if k is not None else told for k, told in zip(choice, table.told, strict=True)
        )
    plan = None if pure is None else _moves(table, pure)
    gains = (Fraction(0),) * len(table.gains) if plan is None else plan_gains(table, list(plan.items()))
    reached = coalition_value(gains, blocking)
    if plan is None or reached is None or reached <= 0:
        return PlanGain(Fraction(0), value, None, (Fraction(0),) * len(table.gains), (cells,), value)
    return PlanGain(reached, value, plan, gains, (cells,), value)


def _found(table: PlanTable, blocking: Blocking, value: Fraction, plan: Plan | None, cells: Cells | None) -> PlanGain:
    """An exact answer; the plan is evaluated anew."""
    gains = (Fraction(0),) * len(table.gains) if plan is None else plan_gains(table, list(plan.items()))
    assert plan is None or coalition_value(gains, blocking) == value, "the plan does not gain what it should"
    return PlanGain(value, value, plan, gains, (cells,), value)


def _moves(table: PlanTable, pure: tuple[JointAction, ...]) -> Plan:
    """The plan without what is obedience."""
    stay = table.stay if table.told != ((),) else None
    return {
        told: joint
        for r, (told, joint) in enumerate(zip(table.told, pure, strict=True))
        if stay is None or joint != stay[r]
    }


def _joint(k: int, sizes: tuple[int, ...]) -> JointAction:
    return tuple(int(j) for j in np.unravel_index(k, sizes))


def _drawn_plan(table: PlanTable, drawn: list[dict[int, Fraction]]) -> Plan:
    """The plan of the distributions; what they leave of probability 1 is obedience."""
    plan: dict[JointAction, Play] = {}
    for told, part in zip(table.told, drawn, strict=True):
        play = {_joint(k, table.sizes): p for k, p in part.items()}
        rest = 1 - sum(part.values(), Fraction(0))
        if rest and table.told != ((),):
            play[told] = play.get(told, Fraction(0)) + rest
        else:
            assert rest == 0, "a distribution whose value is positive and could be scaled up was not optimal"
        sure = next(iter(play)) if len(play) == 1 else None
        if sure is None:
            plan[told] = tuple(sorted(play.items()))
        elif table.told == ((),) or sure != told:
            plan[told] = sure
    return plan


def _simplest(strategies: tuple[tuple[Fraction, ...], ...]) -> Play:
    """A joint action where all mixtures are sure."""
    if all(1 in vector for vector in strategies):
        return tuple(vector.index(Fraction(1)) for vector in strategies)
    return strategies
