"""The frontier of security against utility that an overseer faces.

A policy within the levers (:mod:`.levers`) has

    harm      the worst that a joint deviation does which pays an allowed coalition under it, or the target itself
              (:mod:`.policy_harm`), to be minimised;
    utility   U(a*) − cost: the utility measure at the target less audits, deposits, and false alarms borne by the honest,
              to be maximised.

The frontier consists of the policies that no other betters in both. For a level ℓ let C(ℓ) be the least cost at which harm
stays below ℓ; C never rises with ℓ.

*Pure deviations*: harm takes finitely many values, so that C is a staircase with one step for each; every step is solved on
its own, exactly, also where the rate is a lever and multiplies the deposits; only where the cheapest rate is irrational, or
the least cost is an infimum ("some"), does the policy found cost a little more than the bound, by at most ``gap``.

*Correlated deviations*: harm is an expectation and C varies with ℓ, continuously or by jumps. C is evaluated at chosen
levels; between neighbours ℓ < ℓ' lies a rectangle about which is known only that harm in [ℓ, ℓ') costs between C(ℓ') and
C(ℓ). It is halved until its width or its height is within ``gap``. So the frontier has an achievable inner staircase and an
outer one (``exclusions``), and ``epsilon`` bounds the smaller side of the rectangles left.

References: G. Becker 1968, "Crime and punishment: an economic approach", Journal of Political Economy 76 (rate against
fine); J. Blocki, N. Christin, A. Datta, A. Procaccia and A. Sinha 2013, "Audit games", IJCAI (both as levers).

Complexity: a programme for each step; "any" and "transfer" linear programmes in n variables, "all" and "some" a search over
who is held back in each deviation.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, final

import numpy as np

from gametheory.arithmetic import RationalArray, exact
from gametheory.certificates.gains import Blocking, StatusQuo
from gametheory.certificates.policy_cost import PolicyCostCertificate
from gametheory.certificates.policy_harm import PolicyHarmCertificate
from gametheory.collusion.joint_deviations import Coordination, check_rules
from gametheory.errors import InfeasibleError, SpecificationError
from gametheory.games.normal_form import NormalFormGame
from gametheory.optimize.frontier import Exclusion, Frontier, FrontierPoint
from gametheory.oversight.incentives import allowed_coalitions
from gametheory.tradeoffs.held_back import cheapest_held_back
from gametheory.tradeoffs.levers import Levers
from gametheory.tradeoffs.policy_harm import policy_harm, read_measure
from gametheory.tradeoffs.priced_gains import cheapest_priced
from gametheory.tradeoffs.question import CheapestPolicy, Limit, Question
from gametheory.tradeoffs.rates import simplest_between

__all__ = ["policy_frontier"]

_MAX_LEVELS = 400

Corner = tuple[Fraction | None, Fraction | None]
"""Harm and utility; ``None``: whatever it is."""


def policy_frontier(
    game: NormalFormGame,
    target: Any,
    *,
    levers: Levers,
    harm: Any,
    utility: Any,
    blocking: Blocking,
    coordination: Coordination = "pure",
    coalitions: Iterable[Iterable[int]] | None = None,
    gap: Any = None,
    measures: tuple[str, str] = ("harm", "utility"),
) -> Frontier:
    """The policies that no other betters in harm and utility, with proofs that nothing lies beyond.

    Parameters
    ----------
    game : NormalFormGame
    target : sequence of n actions (index or label)
        What everybody should play.
    levers : Levers
        What the overseer may choose, and what it costs.
    harm : array of shape ``num_actions``
        Of each outcome, larger is worse; exact or float.
    utility : array of shape ``num_actions``
        Of each outcome, in the units of the costs.
    blocking : "all", "some", "any" or "transfer"
        When a deviation pays a coalition; under "any" only members who move are counted.
    coordination : "pure" or "correlated"
        Whether coalitions share randomness.
    coalitions : iterable of sets of int, optional
        The coalitions that may form; by default all.
    gap : number > 0, optional
        How closely the frontier is found, as a share of the range of each measure: of harm from the target's to the largest,
        of utility from that of the cheapest policy to that of the dearest on the frontier. By default 1/1000, and 1/20 with
        correlated coordination: harm then varies continuously and every step of that size is computed, which for three
        players of two actions takes seconds at 1/20 and minutes at 1/1000.
    measures : pair of str
        Names of harm and utility, for reports.

    Returns
    -------
    Frontier
        Measures (harm, utility), senses (min, max), without mixing. Each point has its
        :class:`~gametheory.oversight.Policy` as decision, prices by coalition and deviation (utility lost per unit more of
        that deviation's gain), and a certificate that the policy's harm is what it is and that less harm costs more.
        ``exclusions`` are the steps of the certified outer staircase.

    Raises
    ------
    InfeasibleError
        The budget does not even pay for the smallest rate of detection.
    SpecificationError, UnsupportedError, SolverError
        Malformed input; independent mixing; a search that did not end.

    Examples
    --------
    Two of three agents who leak share 4, and a leak by all three is worse. Audits find one leak in two.

    >>> def payoff(*a):
    ...     return [Fraction(4, sum(a)) * x if sum(a) >= 2 else 0 for x in a]
    >>> game = NormalFormGame.from_function(payoff, [2] * 3, actions=[["honest", "leak"]] * 3)
    >>> leaked = [[[a + b + c if a + b + c > 1 else 0 for c in (0, 1)] for b in (0, 1)] for a in (0, 1)]
    >>> frontier = policy_frontier(
    ...     game, ["honest"] * 3, levers=Levers("1/2", deposit_cost="1/10"), harm=leaked,
    ...     utility=[[[5 - a - b - c for c in (0, 1)] for b in (0, 1)] for a in (0, 1)], blocking="transfer")
    >>> frontier
    Frontier(certified, exact: min harm, max utility; 3 points, 4 exclusions, no mixing)
    >>> for point in frontier:
    ...     print(*point.measures, point.decision)
    0 19/5 Policy(detection_rate=1/2, false_alarm_rate=0, deposits=(4, 4, 4))
    2 21/5 Policy(detection_rate=1/2, false_alarm_rate=0, deposits=(8, 0, 0))
    3 5 Policy(detection_rate=1/2, false_alarm_rate=0, deposits=(0, 0, 0))
    >>> frontier.verify()
    True
    """
    check_rules(blocking, coordination)
    default = Fraction(1, 20) if coordination == "correlated" else Fraction(1, 1000)
    share = default if gap is None else exact(gap, where="gap")
    if share <= 0:
        raise SpecificationError(f"gap: found {gap}; write a number > 0, a share of the range of each measure")
    source = game.exact()
    profile = source.action_indices(target)
    levers.caps(source.num_players)
    table = read_measure(source, utility, "utility")
    question = Question(
        game=source,
        target=profile,
        harm=read_measure(source, harm, "harm"),
        levers=levers,
        blocking=blocking,
        coordination="correlated" if coordination == "correlated" else "pure",
        coalitions=allowed_coalitions(source, coalitions),
        gap=share,
        status_quo=StatusQuo(source, profile),
    )
    best = table[int(np.ravel_multi_index(profile, source.num_actions))]
    return _Staircase(question, best, share).frontier(measures)


@final
@dataclass(frozen=True, slots=True, eq=False)
class _Step:
    """A level with its cheapest policy, and the harm that this policy leaves."""

    answer: CheapestPolicy
    harm: Fraction | None
    evidence: PolicyHarmCertificate | None


@final
class _Staircase:
    def __init__(self, question: Question, best: Fraction, share: Fraction) -> None:
        self.question, self.best, self.share = question, best, share
        self.steps: list[_Step] = []

    def frontier(self, measures: tuple[str, str]) -> Frontier:
        levers, harm = self.question.levers, self.question.target_harm
        cheapest = levers.detection_cost * levers.detection_rate[0]
        if levers.budget is not None and cheapest > levers.budget:
            raise InfeasibleError(
                f"budget: the smallest rate of detection costs {cheapest}, more than {levers.budget}; raise the budget or "
                "allow a smaller rate"
            )
        self.steps.append(_Step(CheapestPolicy(Limit(harm), None), None, None))  # nothing does less than the target
        free = self._solve(Limit(None))
        assert free.harm is not None, "the policy without deposits is within the budget"
        if free.harm > harm and self.question.coordination == "pure":
            self._climb(free.harm)
        elif free.harm > harm:
            self._refine(free.harm)
        return self._assemble(measures)

    def _dearest(self, limit: Limit) -> _Step:
        """Solve the dearest step, and turn the share into units of utility by what it costs."""
        levers, answer = self.question.levers, _cheapest(self.question, limit)
        cheapest, dearest = levers.detection_cost * levers.detection_rate[0], answer.bound
        if dearest is None:
            dearest = levers.budget if levers.budget is not None else levers.detection_cost * levers.detection_rate[1]
        if dearest > cheapest:
            self.question = replace(self.question, gap=self.share * (dearest - cheapest))
        is_exact = answer.bound is None or answer.cost == answer.bound
        return self._solve(limit, answer if is_exact else None)

    def _climb(self, highest: Fraction) -> None:
        """Pure deviations: every value of harm above the target's that is in reach."""
        values = [Fraction(int(x), self.question.harm.denominator) for x in np.unique(self.question.harm.numerators)]
        levels = [value for value in values if self.question.target_harm < value <= highest]
        first = self._dearest(Limit(levels[0]))
        if len(levels) > 1:
            self._between(levels, 0, first, len(levels) - 1, self._solve(Limit(levels[-1])))

    def _refine(self, highest: Fraction) -> None:
        """Correlated deviations: levels where coalitions are at their worst, then halves of what is still open."""
        lowest = self.question.target_harm
        self._dearest(Limit(lowest, strict=False))
        self._solve(Limit(highest))
        hopeless: set[tuple[Fraction, Fraction | None, Fraction | None]] = set()
        for _ in range(_MAX_LEVELS):
            worst, where = self.share, None
            for start, end, height in _open_rectangles(self._points(), [corner for corner, _ in self._corners()]):
                assert end is not None, "beyond the harm of the free policy nothing is open"
                size = (end - start) / (highest - lowest)
                if height is not None:
                    size = min(size, height / self.question.gap * self.share)
                if size > worst and (start, end, height) not in hopeless:
                    worst, where = size, (start, end, height)
            if where is None:
                return
            start, end, _ = where
            assert end is not None
            hopeless.add(where)  # a rectangle that its own half leaves as it was stays as it is
            self._solve(Limit(_middle(start, end)))

    def _between(self, levels: list[Fraction], i: int, low: _Step, k: int, high: _Step) -> None:
        """Solve the levels between two that are solved; where their bounds agree there is nothing between."""
        if k - i < 2 or low.answer.bound == high.answer.bound:
            return
        middle = (i + k) // 2
        step = self._solve(Limit(levels[middle]))
        self._between(levels, i, low, middle, step)
        self._between(levels, middle, step, k, high)

    def _solve(self, limit: Limit, known: CheapestPolicy | None = None) -> _Step:
        """The cheapest policy within a limit and the budget, and the harm that it leaves."""
        question, budget = self.question, self.question.levers.budget
        answer = _cheapest(question, limit) if known is None else known
        if answer.bound is not None and answer.cost is not None and budget is not None and answer.cost > budget:
            if answer.bound < budget:
                tighter = replace(question, gap=(budget - answer.bound) / 2)
                answer = _cheapest(tighter, limit)
            if answer.cost is not None and answer.cost > budget:
                answer = replace(answer, policy=None, cost=None)
        harm = evidence = None
        if answer.policy is not None:
            found = policy_harm(
                question.game,
                answer.policy,
                question.target,
                harm=_shaped(question),
                blocking=question.blocking,
                coordination=question.coordination,
                coalitions=question.coalitions,
            )
            harm, evidence = found.value, found.certificate
        step = _Step(answer, harm, evidence)
        self.steps.append(step)
        return step

    # -- assembling ------------------------------------------------------------------------------------------------

    def _points(self) -> list[tuple[Fraction, Fraction, _Step]]:
        """Harm and utility of the policies that no other betters, by harm."""
        points: list[tuple[Fraction, Fraction, _Step]] = []
        for step in sorted((step for step in self.steps if step.harm is not None), key=_by_harm):
            harm, cost = _by_harm(step)
            if not points or self.best - cost > points[-1][1]:
                points.append((harm, self.best - cost, step))
        return points

    def _assemble(self, measures: tuple[str, str]) -> Frontier:
        points, corners = self._points(), self._corners()
        rectangles = _open_rectangles(points, [corner for corner, _ in corners])
        sides = [
            min(x for x in (None if end is None else end - start, height) if x is not None)
            for start, end, height in rectangles
        ]
        return Frontier(
            measures=measures,
            senses=("min", "max"),
            points=tuple(
                FrontierPoint(
                    measures=(harm, utility),
                    decision=step.answer.policy,
                    prices=step.answer.prices,
                    certificate=self._certificate(step, corners),
                )
                for harm, utility, step in points
            ),
            exclusions=tuple(Exclusion(corner=corner, certificate=self._bound(step)) for corner, step in corners),
            epsilon=max(sides, default=Fraction(0)),
            mixing=False,
        )

    def _corners(self) -> list[tuple[Corner, _Step]]:
        """The outer staircase: of two levels with the same bound the higher, and none that another implies."""
        budget = self.question.levers.budget
        found: list[tuple[Corner, _Step]] = []
        for step in sorted((step for step in self.steps if step.answer.limit.strict), key=_by_limit, reverse=True):
            bound = step.answer.bound
            unaffordable = bound is None or (budget is not None and bound > budget)
            utility = None if unaffordable or bound is None else self.best - bound
            last = found[-1][0][1] if found else None
            if not found or (last is not None and (utility is None or utility < last)):
                found.append(((step.answer.limit.value, utility), step))
        return found[::-1]

    def _certificate(self, step: _Step, corners: list[tuple[Corner, _Step]]) -> PolicyCostCertificate:
        """That the policy's harm is what it is, and what less harm than the next step costs."""
        assert step.answer.bound is not None, "a step with a policy has a bound"
        utility = self.best - step.answer.bound
        source = next((other for (_, top), other in corners if top == utility), step)
        return self._bound(source, step.evidence)

    def _bound(self, step: _Step, policy: PolicyHarmCertificate | None = None) -> PolicyCostCertificate:
        answer = step.answer
        return self.question.certificate(answer.limit, answer.bound, answer.threats, answer.splits, policy)


def _middle(start: Fraction, end: Fraction) -> Fraction:
    """A short number in the middle half of an interval."""
    quarter, base = (end - start) / 4, math.floor(start)
    return base + simplest_between(start + quarter - base, end - quarter - base)


def _cheapest(question: Question, limit: Limit) -> CheapestPolicy:
    return (cheapest_held_back if question.blocking in ("all", "some") else cheapest_priced)(question, limit)


def _by_harm(step: _Step) -> tuple[Fraction, Fraction]:
    assert step.harm is not None
    assert step.answer.cost is not None
    return step.harm, step.answer.cost


def _by_limit(step: _Step) -> tuple[int, Fraction]:
    value = step.answer.limit.value
    return (1, Fraction(0)) if value is None else (0, value)


def _shaped(question: Question) -> RationalArray:
    shape = question.game.num_actions
    return RationalArray.of_integers(question.harm.numerators.reshape(shape), question.harm.denominator)


def _open_rectangles(
    points: Sequence[tuple[Fraction, Fraction, Any]], corners: Sequence[Corner]
) -> list[tuple[Fraction, Fraction | None, Fraction | None]]:
    """What lies between the two staircases: (harm from, harm to, height), ``None`` for a side without end.

    From one point to the next the utility of the first is achieved; from one corner to the next utility is at most that of
    the second.
    """
    found: list[tuple[Fraction, Fraction | None, Fraction | None]] = []
    k, achieved = 0, None  # points before k lie at or left of where we are; the last of them has this utility
    for (start, _), (right, top) in itertools.pairwise(corners):
        assert start is not None, "the corner without a limit comes last"
        while start is not None and (right is None or start < right):
            while k < len(points) and points[k][0] <= start:
                achieved = points[k][1]
                k += 1
            ends = [x for x in (right, points[k][0] if k < len(points) else None) if x is not None]
            end = min(ends, default=None)
            if top is not None and (achieved is None or achieved < top):
                found.append((start, end, None if achieved is None else top - achieved))
            start = end
    return found
