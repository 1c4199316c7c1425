"""A question about policies, read and checked once; and the cheapest policy that answers a part of it.

Everything is in terms of what moving costs: x_i = y d_i with y = q − f. A *threat* is a joint deviation (or a distribution
over several) that does too much harm to be allowed to pay; what it demands of x is written out in
:mod:`gametheory.certificates.policy_cost`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal, final

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import RationalArray
from gametheory.certificates.gains import Blocking, StatusQuo
from gametheory.certificates.policy_cost import PolicyCostCertificate
from gametheory.certificates.policy_harm import PolicyHarmCertificate
from gametheory.certificates.threats import CaseSplit, Threat
from gametheory.games.coalitions import Coalition, coalition_label
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.values import compared_by
from gametheory.oversight.policy import Policy
from gametheory.tradeoffs.levers import Levers

__all__ = ["CheapestPolicy", "Limit", "Question", "threat_text"]


@final
@dataclass(frozen=True, slots=True)
class Limit:
    """Harm stays below ``value``, or (not ``strict``) at most at it; ``None``: whatever it is."""

    value: Fraction | None
    strict: bool = True

    def allows(self, harm: Fraction) -> bool:
        """Whether a harm keeps within the limit."""
        return self.value is None or harm < self.value or (harm == self.value and not self.strict)


@final
@compared_by("game", "target", "harm", "levers", "blocking", "coordination", "coalitions", "gap")
@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """Game, target, levers and measures, all exact.

    Attributes
    ----------
    harm : RationalArray, shape (num_profiles,)
    gap : Fraction
        By how much a policy may cost more than the bound on its cost, in units of utility.
    """

    game: NormalFormGame
    target: tuple[int, ...]
    harm: RationalArray
    levers: Levers
    blocking: Blocking
    coordination: Literal["pure", "correlated"]
    coalitions: tuple[Coalition, ...]
    gap: Fraction
    status_quo: StatusQuo

    @property
    def caps(self) -> tuple[Fraction | None, ...]:
        return self.levers.caps(self.game.num_players)

    @property
    def advantages(self) -> tuple[Fraction, Fraction]:
        """The smallest (≥ 0) and the largest y = q − f."""
        low, high = self.levers.detection_rate
        return max(low - self.levers.false_alarm_rate, Fraction(0)), high - self.levers.false_alarm_rate

    @property
    def target_harm(self) -> Fraction:
        found: Fraction = self.harm[int(np.ravel_multi_index(self.target, self.game.num_actions))]
        return found

    def marked(self, limit: Limit) -> NDArray[np.bool_]:
        """The outcomes that do more harm than the limit allows, shape ``num_actions``."""
        if limit.value is None:
            return np.zeros(self.game.num_actions, dtype=np.bool_)
        harms = self.harm.numerators.astype(object) * limit.value.denominator
        edge = limit.value.numerator * self.harm.denominator
        return np.asarray(harms >= edge if limit.strict else harms > edge, dtype=np.bool_).reshape(
            self.game.num_actions
        )

    def policy(self, advantage: Fraction, costs: Mapping[int, Fraction]) -> Policy:
        """The policy with y = ``advantage`` under which moving costs ``costs``."""
        deposits = [costs.get(i, Fraction(0)) / advantage for i in range(self.game.num_players)]
        return Policy(advantage + self.levers.false_alarm_rate, self.levers.false_alarm_rate, deposits)

    def without_deposits(self) -> Policy:
        """The cheapest policy of all: the smallest rate, no deposits."""
        return Policy(self.levers.detection_rate[0], self.levers.false_alarm_rate, [0] * self.game.num_players)

    def certificate(
        self,
        limit: Limit,
        bound: Fraction | None,
        threats: Sequence[Threat] = (),
        splits: Sequence[CaseSplit] = (),
        policy: PolicyHarmCertificate | None = None,
    ) -> PolicyCostCertificate:
        """The claim that keeping within the limit costs at least ``bound``, with its evidence."""
        return PolicyCostCertificate(
            target=self.target,
            harm=self.harm,
            rates=self.levers.detection_rate,
            detection_cost=self.levers.detection_cost,
            false_alarm_rate=self.levers.false_alarm_rate,
            deposit_caps=self.caps,
            deposit_cost=self.levers.deposit_cost,
            blocking=self.blocking,
            coordination=self.coordination,
            coalitions=self.coalitions,
            limit=limit.value,
            strict=limit.strict,
            bound=bound,
            threats=tuple(threats),
            splits=tuple(splits),
            policy=policy,
            game=self.game,
        )


@final
@compared_by("limit", "bound", "policy", "cost", "prices")
@dataclass(frozen=True, slots=True, eq=False)
class CheapestPolicy:
    """The cheapest policy that keeps harm within a limit.

    Attributes
    ----------
    limit : Limit
    bound : Fraction or None
        Every such policy costs at least this; ``None``: there is none, whatever the budget.
    policy : Policy or None
        One that costs at most ``gap`` more than the bound; ``None`` if none is known within the budget.
    cost : Fraction or None
        What it costs.
    prices : mapping from str to Fraction
        By deviation: what a unit more of its gain would cost.
    threats, splits
        The evidence for the bound.
    """

    limit: Limit
    bound: Fraction | None
    policy: Policy | None = None
    cost: Fraction | None = None
    prices: Mapping[str, Fraction] = field(default_factory=dict)
    threats: tuple[Threat, ...] = ()
    splits: tuple[CaseSplit, ...] = ()


def threat_text(question: Question, threat: Threat) -> str:
    """A threat by name: ``"{Ana, Ben}: Ana plays leak, Ben stays"``, or the shares of several joint actions."""
    game, members = question.game, sorted(threat.coalition)

    def play(joint: tuple[int, ...]) -> str:
        return ", ".join(
            f"{game.players[i]} stays" if k == question.target[i] else f"{game.players[i]} plays {game.actions[i][k]}"
            for i, k in zip(members, joint, strict=True)
        )

    label = coalition_label(game, threat.coalition)
    whose = "" if threat.member is None else f" (gain of {game.players[threat.member]})"
    if len(threat.plays) == 1:
        return f"{label}: {play(threat.plays[0][0])}{whose}"
    mass = sum((weight for _, weight in threat.plays), Fraction(0))
    shares = " or ".join(f"{play(joint)} ({100 * float(weight / mass):.3g} %)" for joint, weight in threat.plays)
    return f"{label}: {shares}{whose}"
