"""What oversight costs at least, if harm is to stay below a limit.

An overseer chooses a detection rate q ∈ [q₁, q₂] and deposits 0 ≤ d_i ≤ cap_i. With y = q − f (f: the false-alarm rate)
moving away from the target a* costs player i x_i = y d_i more than complying, and the policy costs

    c q + w Σ_i d_i        c: cost of detection,   w = cost of a unit of deposit + f (false alarms fall on who complies).

The claim is that every such policy under which harm (:mod:`.policy_harm`) stays below ``limit`` costs at least ``bound``, or
(``bound`` is ``None``) that there is none. The evidence consists of *threats*: joint deviations, or distributions p over
them, that do harm of at least ``limit`` on average, so that they must not pay. With P_i the probability that i moves and
G_i = E_p[u_i − u_i(a*)], harm below the limit requires

    transfer: Σ_i P_i x_i ≥ Σ_{i∈S} G_i        any: P_i x_i ≥ E_p[(u_i − u_i(a*)) · 1(i moves)] for the member i
    all: x_i ≥ G_i/P_i for some mover i        some: x_i > G_i/P_i for some mover i, or x_i ≥ G_i/P_i for every mover

(the last if nobody who stays gains). Under "transfer" and "any" the inequalities are added up: Σ_i K_i x_i ≥ α. As
x_i ≤ y cap_i, deposits cost at least α/y − β, β = Σ_i max(0, K_i − w) cap_i, and c q + α/y − β is bounded from below over
y exactly: where its minimum c f − β + 2√(αc) is irrational, by comparing squares. Under "all" and "some" a tree of cases
says which mover is held back in each threat, and a leaf costs at least c q + (w/y)(Σ_i ℓ_i + Σ_k z_k), ℓ_i the largest
demand on i on the way to it. Of two sibling cases the later may assume that the earlier does not hold. The weights z_k ≥ 0
of further threats are those for which, for every player i and threshold t > ℓ_i, raising x_i from ℓ_i to t costs no less
than the weights of the threats that it holds back: Σ {z_k : t_ik ≤ t} ≤ t − ℓ_i, since some mover holds back each of them.

Complexity: linear in the evidence, which can be exponential under "all" and "some".
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal, NoReturn, final

import numpy as np

from gametheory.arithmetic import RationalArray
from gametheory.certificates.encoding import (
    brief,
    check_carried_game,
    fail,
    game_of_certificate,
    game_to_check,
    game_to_json,
    indices_from_json,
    rationals_from_json,
)
from gametheory.certificates.gains import Blocking, Coordination, StatusQuo, check_departures
from gametheory.certificates.policy_harm import PolicyHarmCertificate, coalitions_from_json
from gametheory.certificates.rationals import (
    rational_array_from_json,
    rational_array_to_json,
    rational_from_json,
    rational_to_json,
)
from gametheory.certificates.threats import TOGETHER, CaseSplit, Threat, split_from_json, threat_from_json
from gametheory.errors import CertificateError, SpecificationError
from gametheory.games.normal_form import NormalFormGame

__all__ = ["PolicyCostCertificate", "costs_at_least"]

_RULES = ("all", "some", "any", "transfer")
_KEYS = (
    *("kind", "game_digest", "game", "target", "harm", "rates", "detection_cost", "false_alarm_rate"),
    *("deposit_caps", "deposit_cost", "blocking", "coordination", "coalitions", "limit", "strict", "bound"),
    *("threats", "splits", "policy"),
)


@final
@dataclass(frozen=True, slots=True)
class _Demands:
    """What a threat demands: probabilities of moving (where > 0) and gains, times the threat's weight."""

    moving: Mapping[int, Fraction]
    gains: Mapping[int, Fraction]

    @property
    def thresholds(self) -> dict[int, Fraction]:
        return {i: self.gains[i] / p for i, p in self.moving.items()}


@final
@dataclass(frozen=True, slots=True)
class _Bounds:
    """On what moving costs: lower bounds (and whether strict), and bounds below which earlier siblings leave it."""

    lower: Mapping[int, tuple[Fraction, bool]]
    excluded: Mapping[int, Fraction]


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class PolicyCostCertificate:
    """The claim that harm below a limit costs at least ``bound``; with ``policy`` also that this policy's harm is bounded.

    Attributes
    ----------
    target : tuple of int
    harm : RationalArray, shape (num_profiles,)
    rates : (Fraction, Fraction)
        Smallest and largest detection rate.
    detection_cost, false_alarm_rate, deposit_cost : Fraction
    deposit_caps : tuple with a Fraction or None for each player
    blocking, coordination : str
    coalitions : tuple of frozenset of int
    limit : Fraction or None
        ``None``: the claim is about every policy.
    strict : bool
        Whether harm stays below ``limit``, or (``False``) at most at it.
    bound : Fraction or None
        ``None``: there is no such policy.
    threats : tuple of Threat
    splits : tuple of CaseSplit
        "all" and "some": the tree of cases, its root first.
    policy : PolicyHarmCertificate or None
        A policy that the claim says something about, with its own harm.
    game : NormalFormGame or None

    Examples
    --------
    Harm among prisoners is only avoided with deposits of 4 each if one in two defections is found out.

    >>> game = NormalFormGame.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]], actions=[["C", "D"]] * 2)
    >>> alone = [Threat(frozenset({i}), (((1,), Fraction(1)),)) for i in (0, 1)]
    >>> half, zero, one = Fraction(1, 2), Fraction(0), Fraction(1)
    >>> certificate = PolicyCostCertificate(
    ...     target=(0, 0), harm=RationalArray.of_integers([0, 1, 1, 2]), rates=(half, half), detection_cost=zero,
    ...     false_alarm_rate=zero, deposit_caps=(None, None), deposit_cost=one, blocking="transfer", coordination="pure",
    ...     coalitions=(frozenset({0}), frozenset({1})), limit=one, strict=True, bound=Fraction(8), threats=tuple(alone),
    ...     game=game)
    >>> certificate.claim
    'every policy within the levers under which harm stays below 1 costs at least 8'
    >>> certificate.verify()
    True
    """

    target: tuple[int, ...]
    harm: RationalArray
    rates: tuple[Fraction, Fraction]
    detection_cost: Fraction
    false_alarm_rate: Fraction
    deposit_caps: tuple[Fraction | None, ...]
    deposit_cost: Fraction
    blocking: Blocking
    coordination: Coordination
    coalitions: tuple[frozenset[int], ...]
    limit: Fraction | None
    strict: bool
    bound: Fraction | None
    threats: tuple[Threat, ...] = ()
    splits: tuple[CaseSplit, ...] = ()
    policy: PolicyHarmCertificate | None = None
    game: NormalFormGame | None = None
    stated_digest: str = field(default="")

    def __post_init__(self) -> None:
        if self.blocking not in _RULES:
            raise SpecificationError(f"blocking: found {self.blocking!r}; write 'all', 'some', 'any' or 'transfer'")
        if self.coordination not in ("pure", "correlated"):
            raise SpecificationError(f"coordination: found {self.coordination!r}; write 'pure' or 'correlated'")
        check_carried_game(self.game, self.stated_digest)

    @property
    def game_digest(self) -> str:
        """Digest of the game that the claim is about."""
        return self.stated_digest or (self.game.digest() if self.game is not None else "")

    @property
    def claim(self) -> str:
        """The claim in words."""
        if self.limit is None:
            condition = ""
        elif self.strict:
            condition = f" under which harm stays below {brief(self.limit)}"
        else:
            condition = f" under which harm is at most {brief(self.limit)}"
        also = "" if self.policy is None else f"; {self.policy.claim}"
        if self.bound is None:
            return f"there is no policy within the levers{condition}{also}"
        return f"every policy within the levers{condition} costs at least {brief(self.bound)}{also}"

    # -- checking --------------------------------------------------------------------------------------------------

    def verify(self, game: NormalFormGame | None = None) -> Literal[True]:
        """Recompute what every threat demands and what that costs; with ``game`` also that the claim is about this game.

        Raises
        ------
        CertificateError
            Naming the threat or the case where the evidence breaks.
        """
        checked = game_to_check(self.claim, self.game, self.stated_digest, game)
        self._check_form(checked)
        if self.policy is not None:
            self._check_policy(checked)
        if self.bound is not None and self.bound <= self.detection_cost * self.rates[0]:
            return True
        at_target = self._harm_at(checked, (), ())
        if self.limit is not None and (at_target > self.limit or (self.strict and at_target == self.limit)):
            return True  # the target itself does so much harm
        status_quo = StatusQuo(checked, self.target)
        demands = [self._demands(status_quo, threat, k) for k, threat in enumerate(self.threats)]
        if self.blocking in ("any", "transfer"):
            self._verify_sum(demands)
        else:
            self._verify_cases(demands)
        return True

    def _verify_sum(self, demands: Sequence[_Demands]) -> None:
        alpha = sum((sum(part.gains.values(), Fraction(0)) for part in demands), Fraction(0))
        cover: dict[int, Fraction] = {}
        for part in demands:
            for i, probability in part.moving.items():
                cover[i] = cover.get(i, Fraction(0)) + probability
        top = self.rates[1] - self.false_alarm_rate
        if alpha <= 0:
            self._fail("the threats demand nothing")
        if top <= 0:
            return  # no deposit makes moving dearer, and the threats pay
        price = Fraction(0) if self.bound is None else self.deposit_cost + self.false_alarm_rate
        beta = Fraction(0)
        for i, k in cover.items():
            if k > price:
                cap = self.deposit_caps[i]
                if cap is None:
                    self._fail(
                        f"player {i} is charged {brief(k)} per unit, a unit costs {brief(price)}, and has no cap"
                    )
                beta += (k - price) * cap
        if self.bound is None:
            if alpha <= beta * top:
                self._fail("the largest deposits meet the demands of the threats added up")
        elif not self._bounded(self.bound + beta, alpha, self.rates[0] - self.false_alarm_rate, top):
            self._fail("the threats added up do not demand so much")

    def _bounded(self, bound: Fraction, alpha: Fraction, low: Fraction, high: Fraction) -> bool:
        shifted = bound - self.detection_cost * self.false_alarm_rate
        return costs_at_least(shifted, self.detection_cost, alpha, max(low, Fraction(0)), high)

    def _verify_cases(self, demands: Sequence[_Demands]) -> None:
        if not self.splits:
            self._fail("there is no tree of cases")
        seen = 0
        first = _Bounds({}, {})
        waiting: list[tuple[int, tuple[tuple[int, Fraction], ...], _Bounds]] = [(0, (), first)]
        while waiting:
            number, weights, bounds = waiting.pop()
            if number == -1:
                self._check_leaf(bounds, weights, demands)
                continue
            seen += 1
            if not 0 <= number < len(self.splits) or seen > len(self.splits):
                self._fail(f"splits: the tree names the split {number} that does not exist, or one twice")
            split = self.splits[number]
            if not 0 <= split.threat < len(demands):
                self._fail(f"splits[{number}]: there is no threat {split.threat}")
            part = demands[split.threat]
            thresholds = part.thresholds
            needed = set(thresholds)
            if self.blocking == "some" and not any(gain for i, gain in part.gains.items() if i not in thresholds):
                needed.add(TOGETHER)
            named = {case.who for case in split.cases}
            if not needed <= named <= needed | {TOGETHER}:
                self._fail(f"splits[{number}]: the cases {sorted(named)} are not {sorted(needed)}")
            excluded = dict(bounds.excluded)
            for case in split.cases:
                lower = dict(bounds.lower)
                strict = self.blocking == "some" and case.who != TOGETHER
                for i in thresholds if case.who == TOGETHER else (case.who,):
                    lower[i] = max(lower.get(i, (Fraction(0), False)), (thresholds[i], strict))
                waiting.append((case.next, case.weights, _Bounds(lower, dict(excluded))))
                if case.who != TOGETHER:
                    excluded[case.who] = min(excluded.get(case.who, thresholds[case.who]), thresholds[case.who])

    def _check_leaf(
        self, bounds: _Bounds, weights: tuple[tuple[int, Fraction], ...], demands: Sequence[_Demands]
    ) -> None:
        """A case costs enough, contradicts the caps, or was dealt with in an earlier sibling."""
        low, top = max(self.rates[0] - self.false_alarm_rate, Fraction(0)), self.rates[1] - self.false_alarm_rate
        if top <= 0:
            return  # no deposit makes moving dearer, and the first threat pays
        for i, (value, strict) in bounds.lower.items():
            if not self._reaches(i, value, bounds, top) or (strict and not self._exceeds(i, value, bounds, top)):
                return
            cap = self.deposit_caps[i]
            if cap:
                low = max(low, value / cap)
        steps: dict[int, list[tuple[Fraction, Fraction]]] = {}
        for k, weight in weights:
            if not 0 <= k < len(demands) or weight < 0:
                self._fail(
                    f"a case weighs the threat {k} with {brief(weight)}; write threats that exist and weights ≥ 0"
                )
            able = {i: t for i, t in demands[k].thresholds.items() if self._reaches(i, t, bounds, top)}
            if not able:
                return  # nobody can be held back
            for i, t in able.items():
                steps.setdefault(i, []).append((t, weight))
        for i, charged in steps.items():
            total, base = Fraction(0), bounds.lower.get(i, (Fraction(0), False))[0]
            for t, group in itertools.groupby(sorted(charged), key=lambda step: step[0]):
                total += sum((weight for _, weight in group), Fraction(0))
                if total > max(t - base, Fraction(0)):
                    self._fail(f"a case charges player {i} {brief(total)} for what {brief(t - base)} more hold back")
        if self.bound is None:
            self._fail(f"a case is left open: {self._case(bounds.lower)}")
        raised = sum((value for value, _ in bounds.lower.values()), Fraction(0)) + sum(
            (z for _, z in weights), Fraction(0)
        )
        alpha = (self.deposit_cost + self.false_alarm_rate) * raised
        if not self._bounded(self.bound, alpha, low, top):
            self._fail(f"a case costs less: {self._case(bounds.lower)}")

    def _reaches(self, player: int, value: Fraction, bounds: _Bounds, top: Fraction) -> bool:
        """Whether moving can cost a player ``value``, with its cap and what earlier siblings dealt with."""
        cap, known = self.deposit_caps[player], bounds.excluded.get(player)
        if cap is not None and value > top * cap:
            return False
        return known is None or value < known or (value == known and self.blocking == "some")

    def _exceeds(self, player: int, value: Fraction, bounds: _Bounds, top: Fraction) -> bool:
        """Whether moving can cost a player more than ``value``."""
        cap, known = self.deposit_caps[player], bounds.excluded.get(player)
        return (cap is None or value < top * cap) and (known is None or value < known)

    def _case(self, lower: Mapping[int, tuple[Fraction, bool]]) -> str:
        return ", ".join(f"moving costs player {i} {brief(value)}" for i, (value, _) in sorted(lower.items()))

    def _demands(self, status_quo: StatusQuo, threat: Threat, number: int) -> _Demands:
        """Check that a threat is harmful enough to matter, and weigh what its movers gain."""
        game, where = status_quo.game, f"threats[{number}]"
        members = tuple(sorted(threat.coalition))
        if threat.coalition not in self.coalitions:
            self._fail(f"{where}: the coalition {list(members)} is not listed")
        if not threat.plays or any(weight <= 0 for _, weight in threat.plays):
            self._fail(f"{where}: weights > 0 are needed")
        if (self.blocking == "any") != (threat.member is not None) or threat.member not in (None, *members):
            self._fail(f"{where}: a member is named under 'any', and only then")
        if self.coordination == "pure" and len(threat.plays) != 1:
            self._fail(f"{where}: pure coordination allows one joint action")
        table, denominator = status_quo.gains(members)
        stay = tuple(self.target[i] for i in members)
        mass, harm = Fraction(0), Fraction(0)
        moving = dict.fromkeys(members, Fraction(0))
        gains = dict.fromkeys(members, Fraction(0))
        for joint, weight in threat.plays:
            if len(joint) != len(members) or not all(
                0 <= k < game.num_actions[i] for i, k in zip(members, joint, strict=True)
            ):
                self._fail(f"{where}: {list(joint)} is no joint action of {list(members)}")
            mass += weight
            harm += weight * self._harm_at(game, members, joint)
            for position, (i, k, own) in enumerate(zip(members, joint, stay, strict=True)):
                if threat.member is not None and (i != threat.member or k == own):
                    continue
                moving[i] += weight * (k != own)
                gains[i] += weight * Fraction(int(table[(position, *joint)]), denominator)
        self._check_harm(status_quo.game, members, harm, mass, where)
        if self.blocking in ("all", "some"):
            least = min(gains.values())
            if (
                not any(moving.values())
                or least < 0
                or (least == 0 and self.blocking == "all")
                or not any(gains.values())
            ):
                self._fail(f"{where}: it does not pay without deposits")
        return _Demands({i: p for i, p in moving.items() if p}, gains)

    def _check_harm(
        self, game: NormalFormGame, members: tuple[int, ...], harm: Fraction, mass: Fraction, where: str
    ) -> None:
        if self.limit is None:
            return
        if harm < self.limit * mass:
            self._fail(f"{where}: its harm is {brief(harm / mass)}, below the limit")
        if not self.strict and harm == self.limit * mass:
            # Mixed with a little of something worse it would still pay, and do more harm than the limit.
            worse = self.coordination == "correlated" and any(
                self._harm_at(game, members, joint) > self.limit
                for joint in np.ndindex(*(game.num_actions[i] for i in members))
            )
            if not worse:
                self._fail(f"{where}: its harm is {brief(self.limit)}, which is allowed")

    def _harm_at(self, game: NormalFormGame, members: tuple[int, ...], joint: tuple[int, ...]) -> Fraction:
        profile = list(self.target)
        for i, k in zip(members, joint, strict=True):
            profile[i] = k
        found: Fraction = self.harm[int(np.ravel_multi_index(tuple(profile), game.num_actions))]
        return found

    def _check_policy(self, game: NormalFormGame) -> None:
        policy = self.policy
        assert policy is not None
        try:
            policy.verify(game)
        except CertificateError as error:
            self._fail(error.violation)
        for name in ("target", "harm", "blocking", "coordination", "coalitions"):
            if getattr(policy, name) != getattr(self, name):
                self._fail(f"policy: its {name} is another one")
        low, high = self.rates
        if not all(low <= q <= high for q in policy.detection_rate) or len(set(policy.detection_rate)) > 1:
            self._fail(f"policy: its detection rate lies outside {brief(low)} … {brief(high)}")
        if any(f != self.false_alarm_rate for f in policy.false_alarm_rate):
            self._fail("policy: its false-alarm rate is another one")
        if any(cap is not None and d > cap for d, cap in zip(policy.deposits, self.deposit_caps, strict=True)):
            self._fail("policy: a deposit exceeds its cap")

    def _check_form(self, game: NormalFormGame) -> None:
        n = game.num_players
        check_departures(self.claim, game, self.target, self.coalitions)
        if self.harm.shape != (game.num_profiles,):
            self._fail(f"harm has the shape {self.harm.shape}, not ({game.num_profiles},)")
        if len(self.rates) != 2 or not 0 <= self.rates[0] <= self.rates[1] <= 1:
            self._fail("rates: two numbers from 0 to 1 are needed, the smaller first")
        if not 0 <= self.false_alarm_rate <= 1 or self.detection_cost < 0 or self.deposit_cost < 0:
            self._fail("a probability from 0 to 1 and costs ≥ 0 are needed")
        if len(self.deposit_caps) != n or any(cap is not None and cap < 0 for cap in self.deposit_caps):
            self._fail(f"deposit_caps: {n} numbers ≥ 0 (or none) are needed")

    def _fail(self, violation: str) -> NoReturn:
        fail(self.claim, violation)

    # -- JSON ------------------------------------------------------------------------------------------------------

    def to_dict(self) -> dict[str, Any]:
        """JSON data with everything needed to check it elsewhere."""

        def optional(value: Fraction | None) -> str | None:
            return None if value is None else rational_to_json(value)

        return {
            "kind": "policy cost",
            "game_digest": self.game_digest,
            "game": None if self.game is None else game_to_json(self.game),
            "target": list(self.target),
            "harm": rational_array_to_json(self.harm),
            "rates": [rational_to_json(q) for q in self.rates],
            "detection_cost": rational_to_json(self.detection_cost),
            "false_alarm_rate": rational_to_json(self.false_alarm_rate),
            "deposit_caps": [optional(cap) for cap in self.deposit_caps],
            "deposit_cost": rational_to_json(self.deposit_cost),
            "blocking": self.blocking,
            "coordination": self.coordination,
            "coalitions": [sorted(members) for members in self.coalitions],
            "limit": optional(self.limit),
            "strict": self.strict,
            "bound": optional(self.bound),
            "threats": [threat.to_json() for threat in self.threats],
            "splits": [split.to_json() for split in self.splits],
            "policy": None if self.policy is None else self.policy.to_dict(),
        }

    @classmethod
    def from_dict(cls, data: Any) -> PolicyCostCertificate:
        """Read what :meth:`to_dict` wrote; :class:`~gametheory.errors.SpecificationError` for anything else."""
        game = game_of_certificate(data, _KEYS, "policy cost")

        def number(key: str) -> Fraction:
            return rational_from_json(data[key], where=f"certificate.{key}")

        def optional(value: Any, where: str) -> Fraction | None:
            return None if value is None else rational_from_json(value, where=where)

        for key in ("deposit_caps", "threats", "splits"):
            if not isinstance(data[key], list):
                raise SpecificationError(f"certificate.{key}: found {type(data[key]).__name__}; write a list")
        rates = rationals_from_json(data["rates"], "certificate.rates")
        if len(rates) != 2 or not isinstance(data["strict"], bool):
            raise SpecificationError("certificate: write two rates, and true or false for 'strict'")
        return cls(
            target=indices_from_json(data["target"], where="certificate.target"),
            harm=rational_array_from_json(data["harm"], where="certificate.harm"),
            rates=(rates[0], rates[1]),
            detection_cost=number("detection_cost"),
            false_alarm_rate=number("false_alarm_rate"),
            deposit_caps=tuple(
                optional(cap, f"certificate.deposit_caps[{i}]") for i, cap in enumerate(data["deposit_caps"])
            ),
            deposit_cost=number("deposit_cost"),
            blocking=data["blocking"],
            coordination=data["coordination"],
            coalitions=coalitions_from_json(data["coalitions"]),
            limit=optional(data["limit"], "certificate.limit"),
            strict=data["strict"],
            bound=optional(data["bound"], "certificate.bound"),
            threats=tuple(
                threat_from_json(part, where=f"certificate.threats[{k}]") for k, part in enumerate(data["threats"])
            ),
            splits=tuple(
                split_from_json(part, where=f"certificate.splits[{k}]") for k, part in enumerate(data["splits"])
            ),
            policy=None if data["policy"] is None else PolicyHarmCertificate.from_dict(data["policy"]),
            game=game,
            stated_digest=data["game_digest"],
        )

    def __repr__(self) -> str:
        return f"PolicyCostCertificate({self.claim})"


def costs_at_least(bound: Fraction, rate_cost: Fraction, alpha: Fraction, low: Fraction, high: Fraction) -> bool:
    """Whether c y + α/y ≥ ``bound`` for every y > 0 from ``low`` to ``high``, for c = ``rate_cost`` and α ≥ 0; exact.

    Examples
    --------
    >>> one, two = Fraction(1), Fraction(2)
    >>> costs_at_least(Fraction(28284, 10000), one, two, Fraction(0), two)  # the minimum is 2√2 = 2.82842…
    True
    >>> costs_at_least(Fraction(28285, 10000), one, two, Fraction(0), two)
    False
    """
    if low > high or bound <= 0 or bound * bound <= 4 * alpha * rate_cost:
        return True
    if alpha <= rate_cost * low * low:  # it rises from the left end; with low = 0 there is α = 0
        return rate_cost * low + (alpha / low if low else Fraction(0)) >= bound
    if alpha >= rate_cost * high * high:
        return rate_cost * high + alpha / high >= bound
    return False
