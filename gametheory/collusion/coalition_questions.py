"""What each of many coalitions gains from one profile, and whether that counts.

:class:`CoalitionQuestion` holds the profile, the rules and the limits, and writes the evidence: for pure and mixed
profiles with pure or shared deviations a :class:`DeviationCertificate`, otherwise a :class:`CoalitionPlanCertificate`.
:class:`GainJudge` says whether a gain counts: in exact games whatever is positive; in games of floats what exceeds a
tolerance, or, where none is given, what exceeds the default tolerance, and up to that the answer is left open.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Literal, cast, final

import numpy as np

from gametheory.arithmetic import DEFAULT_TOLERANCE, exact
from gametheory.certificates.coalition_plans import CoalitionPlanCertificate
from gametheory.certificates.deviations import DeviationCertificate
from gametheory.certificates.encoding import Distribution, ExactProfile
from gametheory.certificates.gains import Blocking, StatusQuo
from gametheory.certificates.mixing_bounds import Cells
from gametheory.certificates.recommendations import RecommendedPlay, Timing, plan_tables, status_quo_of
from gametheory.certificates.witnesses import WitnessCertificate
from gametheory.collusion.coalition_gains import Coordination, GainWitness
from gametheory.collusion.correlated_deviations import best_plan, best_plan_of_table
from gametheory.collusion.independent_deviations import MixingLimits
from gametheory.collusion.joint_deviations import best_gain, is_classic, witness_of_plan
from gametheory.errors import SpecificationError
from gametheory.games.coalitions import Coalition, read_coalition
from gametheory.games.coalitions import coalitions as all_coalitions
from gametheory.games.normal_form import NormalFormGame

__all__ = [
    "CoalitionAnswer",
    "CoalitionQuestion",
    "Coalitions",
    "GainCertificate",
    "GainJudge",
    "allowed_coalitions",
]

Coalitions = Iterable[Iterable[int | str]] | int | Any
"""Which coalitions may form: a list, a largest size, or a graph (anything with ``.edges``) in which they are connected."""

Answer = Literal["no", "within tolerance", "yes"]
GainCertificate = DeviationCertificate | CoalitionPlanCertificate


def allowed_coalitions(game: NormalFormGame, coalitions: Coalitions | None) -> tuple[Coalition, ...]:
    """The coalitions that may form, ordered and checked: listed, by size, connected in a graph, or all of them."""
    n = game.num_players
    if coalitions is None:
        return all_coalitions(n)
    if hasattr(coalitions, "edges"):
        return all_coalitions(n, connected=coalitions)
    if isinstance(coalitions, (int, np.integer)) and not isinstance(coalitions, bool):
        return all_coalitions(n, max_size=int(coalitions))
    if isinstance(coalitions, str) or not isinstance(coalitions, Iterable):
        raise SpecificationError(
            f"coalitions: found {coalitions!r}; write a list of sets of players, a largest size, or a graph with edges"
        )
    listed = [
        read_coalition(game, s)
        if isinstance(s, Iterable) and not isinstance(s, str) and any(isinstance(i, str) for i in s)
        else s
        for s in map(_reread, coalitions)
    ]
    return all_coalitions(n, members=listed)


def _reread(coalition: Any) -> Any:
    """What can be looked at twice: an iterator cannot."""
    return (
        list(coalition)
        if isinstance(coalition, Iterable) and not isinstance(coalition, (str, frozenset))
        else coalition
    )


@final
@dataclass(frozen=True, slots=True)
class CoalitionAnswer:
    """What one coalition gains; ``weights`` is the evidence of a DeviationCertificate, ``cells`` of the other."""

    members: Coalition
    lower: Fraction
    upper: Fraction
    bound: Fraction
    deviation: Any
    weights: tuple[Fraction, ...] | None = None
    cells: tuple[Cells | None, ...] = ()


@final
class CoalitionQuestion:
    """The profile, the rules and the limits."""

    def __init__(
        self,
        game: NormalFormGame,
        given: ExactProfile | Distribution,
        blocking: Blocking,
        coordination: Coordination,
        timing: Timing,
        limits: MixingLimits,
    ) -> None:
        self.game, self.given, self.blocking, self.coordination = game, given, blocking, coordination
        self.timing, self.limits = timing, limits
        self.classic = is_classic(given, coordination)
        self.status_quo: StatusQuo | RecommendedPlay = status_quo_of(game, given)

    def ask(self, members: Coalition) -> CoalitionAnswer:
        if self.classic:
            status_quo = cast(StatusQuo, self.status_quo)
            value, deviation, _, weights = best_gain(status_quo, members, self.blocking, self.coordination)
            return CoalitionAnswer(members, value, value, value, deviation, weights)
        found = best_plan(self.status_quo, members, self.blocking, self.coordination, self.timing, self.limits)
        return CoalitionAnswer(members, found.lower, found.upper, found.bound, found.plan, None, found.evidence)

    def witness(self, found: CoalitionAnswer) -> GainWitness:
        if self.classic:
            return WitnessCertificate.of(self.game, self.given, found.members, found.deviation, blocking=self.blocking)
        return witness_of_plan(self.game, self.given, found.members, found.deviation, self.timing, self.blocking)

    def certificate(self, found: Sequence[CoalitionAnswer]) -> GainCertificate:
        epsilon = max((each.bound for each in found), default=Fraction(0))
        if not self.classic:
            return CoalitionPlanCertificate.of(
                self.game,
                self.given,
                [each.members for each in found],
                timing=self.timing,
                blocking=self.blocking,
                coordination=self.coordination,
                epsilon=epsilon,
                evidence=[cells for each in found for cells in each.cells],
            )
        weights = [each.weights for each in found if each.weights is not None]
        return DeviationCertificate.coalition(
            self.game,
            self.given,
            [each.members for each in found],
            blocking=self.blocking,
            coordination="correlated" if self.coordination == "correlated" else "pure",
            epsilon=epsilon,
            weights=weights or None,
        )

    def nearly_harmless(self, members: Coalition, judge: GainJudge) -> Answer:
        """Under "some" a loss within tolerance may be rounding, too: would the coalition gain if it were none?"""
        share = DEFAULT_TOLERANCE * judge.span(members)
        for table in plan_tables(self.status_quo, members, self.timing):
            slack = math.floor(share * table.denominator)
            kind = table.gains.dtype if slack < 2**60 else object
            shifted = table.gains.astype(kind, copy=True)
            shifted[:, 0] += slack  # a plan plays something at the first recommendation
            pure = best_plan_of_table(replace(table, gains=shifted), "some", self._alike(), self.limits)
            if pure.upper > share + Fraction(slack * len(members), table.denominator):
                return "within tolerance"
        return "no"

    def _alike(self) -> Literal["pure", "correlated"]:
        """Independent mixing is bounded by shared randomness."""
        return "pure" if self.coordination == "pure" else "correlated"


@final
@dataclass(frozen=True, slots=True)
class GainJudge:
    """Whether a gain counts."""

    spans: tuple[Fraction, ...]
    tol: Fraction | None
    open: bool  # a game of floats, asked without a tolerance

    @classmethod
    def of(cls, game: NormalFormGame, tol: float | Fraction | None) -> GainJudge:
        limit = None if tol is None else exact(tol, where="tol")
        if limit is not None and limit < 0:
            raise SpecificationError(f"tol: found {tol}; write a number ≥ 0, a share of the payoff span")
        spans = tuple(game.payoff_span(i) for i in range(game.num_players))
        return cls(spans, limit, tol is None and game.arithmetic == "float")

    def __call__(self, gain: Fraction, members: Coalition) -> Answer:
        if gain <= 0:
            return "no"
        if self.tol is not None:
            return "yes" if gain > self.tol * self.span(members) else "no"
        if self.open and gain <= DEFAULT_TOLERANCE * self.span(members):
            return "within tolerance"
        return "yes"

    def span(self, members: Coalition) -> Fraction:
        return max(self.spans[i] for i in members)
