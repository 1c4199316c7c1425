"""Counterexamples: a plan that gains, from a correlated profile or by independent mixing.

At a profile (pure, mixed or correlated) a coalition S that follows a plan, at each recommendation a_S it lists a pure
joint action, a distribution over joint actions, or a mixture of each member's own, and obeys at the others, brings its
members the gains

    g_i = Σ_{a_S} Σ_τ η(τ|a_S) G_i(a_S, τ)

(:mod:`.recommendations`), or at the interim the same at one recommendation, divided by its probability. What the
coalition gains follows from the blocking rule (:mod:`.gains`). Everything is recomputed in fractions.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import product
from typing import Any, Literal, final

from gametheory.certificates.encoding import (
    Distribution,
    ExactProfile,
    action_name,
    brief,
    check_carried_game,
    describe_profile,
    fail,
    game_of_certificate,
    game_to_check,
    game_to_json,
    indices_from_json,
    is_distribution,
    player_name,
    profile_from_json,
    profile_to_json,
    rationals_from_json,
)
from gametheory.certificates.gains import Blocking, check_gain, coalition_value
from gametheory.certificates.rationals import rational_from_json, rational_to_json
from gametheory.certificates.recommendations import PlanTable, Timing, plan_tables, status_quo_of
from gametheory.errors import SpecificationError
from gametheory.games.normal_form import NormalFormGame

__all__ = ["PlanWitnessCertificate", "plan_gains"]

JointAction = tuple[int, ...]
Play = JointAction | Distribution | tuple[tuple[Fraction, ...], ...]
"""What a coalition plays: a joint action, a distribution over joint actions, or a mixture for each member."""

_KEYS = ("kind", "game_digest", "game", "profile", "timing", "coalition", "plan", "gains", "blocking", "gain")


@final
@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class PlanWitnessCertificate:
    """The claim that a plan brings the members of a coalition exactly ``gains``, and the coalition at least ``gain``.

    Attributes
    ----------
    profile : tuple
        The profile that is left: pure, mixed or correlated.
    timing : "ex_ante", "interim" or None
        ``None`` unless the profile is correlated. At the interim the plan has one recommendation.
    members : tuple of int
        The coalition, in increasing order of index.
    plan : tuple of (recommendation, play)
        What members do at the recommendations listed; at the others they obey. The recommendation is ``()`` at a pure or
        mixed profile. A play is a joint action, pairs of joint action and probability, or a mixture for each member.
    gains : tuple of Fraction
        What each member gains, in units of payoff.
    blocking : "all", "some", "any" or "transfer"
    gain : Fraction
        A lower bound on what the coalition gains; it blocks the profile if this is positive.
    game : NormalFormGame or None

    Examples
    --------
    >>> game = NormalFormGame.from_bimatrix([[6, 2], [7, 0]], [[6, 7], [2, 0]], actions=[["swerve", "dare"]] * 2)
    >>> advice = (((0, 0), Fraction(1, 2)), ((0, 1), Fraction(1, 4)), ((1, 0), Fraction(1, 4)))
    >>> witness = PlanWitnessCertificate.of(
    ...     game, advice, {0, 1}, {(0, 1): (0, 0), (1, 0): (0, 0)}, timing="ex_ante", blocking="all")
    >>> witness.gains, witness.verify()
    ((Fraction(3, 4), Fraction(3, 4)), True)
    """

    profile: ExactProfile | Distribution
    timing: Timing | None
    members: tuple[int, ...]
    plan: tuple[tuple[JointAction, Play], ...]
    gains: tuple[Fraction, ...]
    blocking: Blocking
    gain: Fraction
    game: NormalFormGame | None = None
    stated_digest: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        if self.blocking not in ("all", "some", "any", "transfer"):
            raise SpecificationError(f"blocking: found {self.blocking!r}; write 'all', 'some', 'any' or 'transfer'")
        allowed = ("ex_ante", "interim") if is_distribution(self.profile) else (None,)
        if self.timing not in allowed:
            raise SpecificationError(f"timing: found {self.timing!r}; write one of {', '.join(map(repr, allowed))}")
        check_carried_game(self.game, self.stated_digest)

    @classmethod
    def of(
        cls,
        game: NormalFormGame,
        profile: ExactProfile | Distribution,
        coalition: Collection[int],
        plan: Mapping[JointAction, Play],
        *,
        timing: Timing,
        blocking: Blocking,
    ) -> PlanWitnessCertificate:
        """The witness that a coalition gains by a plan; the gains are computed.

        Raises
        ------
        SpecificationError
            If profile, coalition or plan do not fit the game, or under "some" a member loses.
        """
        game = game.exact()
        kept: Timing | None = timing if is_distribution(profile) else None
        members = tuple(sorted(map(int, coalition)))
        ordered = tuple(sorted(plan.items()))
        gains = _gains(game, profile, kept, members, ordered)
        value = coalition_value(gains, blocking)
        if value is None:
            raise SpecificationError("plan: a member loses, which 'some' does not allow; use another plan or rule")
        return cls(
            profile=profile,
            timing=kept,
            members=members,
            plan=ordered,
            gains=gains,
            blocking=blocking,
            gain=value,
            game=game,
        )

    @property
    def game_digest(self) -> str:
        """Digest of the game that the claim is about."""
        return self.stated_digest or (self.game.digest() if self.game is not None else "")

    @property
    def claim(self) -> str:
        """The claim in words."""
        names = " and ".join(player_name(self.game, i) for i in self.members)
        verb = "gains" if len(self.members) == 1 else "gain"
        when = ", told what they are told," if self.timing == "interim" else ""
        return (
            f"from {describe_profile(self.game, self.profile)} {names}{when} {verb} {' and '.join(map(brief, self.gains))} by "
            f"{self._described()}: at least {brief(self.gain)} under {self.blocking!r}"
        )

    def _described(self) -> str:
        parts = []
        for told, play in self.plan[:4]:
            if is_distribution(play):
                how = f"drawing one of {len(play)} joint actions"
            elif all(isinstance(part, int) for part in play):
                how = self._actions(play)
            else:
                how = "mixing independently"
            parts.append(f"{how} when told {self._actions(told)}" if told else how)
        return "; ".join(parts) + ("; …" if len(self.plan) > 4 else "")

    def _actions(self, joint: Any) -> str:
        return "(" + ", ".join(action_name(self.game, i, k) for i, k in zip(self.members, joint, strict=False)) + ")"

    def verify(self, game: NormalFormGame | None = None) -> Literal[True]:
        """Recompute the members' gains in fractions, for ``game`` or the game carried.

        Raises
        ------
        CertificateError
            If a member's gain is another, the coalition gains less than ``gain``, or the game is another one.
        """
        checked = game_to_check(self.claim, self.game, self.stated_digest, game)
        try:
            gains = _gains(checked, self.profile, self.timing, self.members, self.plan)
        except SpecificationError as error:
            fail(self.claim, str(error))
        if gains != self.gains:
            fail(self.claim, f"the members gain {', '.join(map(brief, gains))}")
        check_gain(self.claim, gains, self.blocking, self.gain)
        return True

    def to_dict(self) -> dict[str, Any]:
        """JSON data with everything needed to check it elsewhere."""
        return {
            "kind": "plan witness",
            "game_digest": self.game_digest,
            "game": None if self.game is None else game_to_json(self.game),
            "profile": profile_to_json(self.profile),
            "timing": self.timing,
            "coalition": list(self.members),
            "plan": [[list(told), profile_to_json(play)] for told, play in self.plan],
            "gains": [rational_to_json(x) for x in self.gains],
            "blocking": self.blocking,
            "gain": rational_to_json(self.gain),
        }

    @classmethod
    def from_dict(cls, data: Any) -> PlanWitnessCertificate:
        """Read what :meth:`to_dict` wrote; SpecificationError if it is anything else."""
        game = game_of_certificate(data, _KEYS, "plan witness")
        if not isinstance(data["plan"], list):
            raise SpecificationError(f"certificate.plan: found {type(data['plan']).__name__}; write a list")
        plan = []
        for k, entry in enumerate(data["plan"]):
            where = f"certificate.plan[{k}]"
            if not isinstance(entry, list) or len(entry) != 2:
                raise SpecificationError(f"{where}: write [recommendation, play]")
            plan.append(
                (
                    indices_from_json(entry[0], where=f"{where}[0]"),
                    profile_from_json(entry[1], ("pure", "mixed", "correlated"), where=f"{where}[1]"),
                )
            )
        return cls(
            profile=profile_from_json(data["profile"], ("pure", "mixed", "correlated")),
            timing=data["timing"],
            members=indices_from_json(data["coalition"], where="certificate.coalition"),
            plan=tuple(plan),
            gains=rationals_from_json(data["gains"], "certificate.gains"),
            blocking=data["blocking"],
            gain=rational_from_json(data["gain"], where="certificate.gain"),
            game=game,
            stated_digest=data["game_digest"],
        )

    def __repr__(self) -> str:
        return f"PlanWitnessCertificate({self.claim})"


def plan_gains(table: PlanTable, plan: Collection[tuple[JointAction, Play]]) -> tuple[Fraction, ...]:
    """What each member gains by a plan, from a table of gains.

    Raises
    ------
    SpecificationError
        If a recommendation is unknown or listed twice, or a play is none of this coalition.
    """
    if len({told for told, _ in plan}) < len(plan):
        raise SpecificationError("plan: a recommendation is listed twice")
    totals = [Fraction(0)] * len(table.gains)
    for told, play in plan:
        if told not in table.told:
            raise SpecificationError(f"plan: the members are never told {list(told)}")
        r = table.told.index(told)
        for joint, probability in _drawn(play, table.sizes):
            for k in range(len(totals)):
                totals[k] += probability * int(table.gains[(k, r, *joint)])
    return tuple(total / table.denominator for total in totals)


def _drawn(play: Play, sizes: tuple[int, ...]) -> list[tuple[JointAction, Fraction]]:
    """The joint actions of positive probability."""
    pairs: list[tuple[Any, Fraction]]
    if is_distribution(play):
        pairs = list(play)  # type: ignore[arg-type]
    elif all(isinstance(part, int) for part in play):
        pairs = [(play, Fraction(1))]
    else:
        vectors: Any = play
        if len(vectors) != len(sizes) or any(
            len(v) != m or min(v) < 0 or sum(v) != 1 for v, m in zip(vectors, sizes, strict=True)
        ):
            raise SpecificationError("plan: write a vector of probabilities that sum to 1 for each member")
        pairs = []
        for joint in product(*([k for k, p in enumerate(v) if p] for v in vectors)):
            probability = Fraction(1)
            for v, k in zip(vectors, joint, strict=True):
                probability *= v[k]
            pairs.append((joint, probability))
    for joint, _ in pairs:
        if len(joint) != len(sizes) or not all(0 <= k < m for k, m in zip(joint, sizes, strict=True)):
            raise SpecificationError(f"plan: {list(joint)} is no joint action of this coalition")
    if len(dict(pairs)) < len(pairs) or min(p for _, p in pairs) < 0 or sum(p for _, p in pairs) != 1:
        raise SpecificationError("plan: write joint actions once each, with probabilities ≥ 0 that sum to 1")
    return pairs


def _gains(
    game: NormalFormGame,
    profile: ExactProfile | Distribution,
    timing: Timing | None,
    members: tuple[int, ...],
    plan: tuple[tuple[JointAction, Play], ...],
) -> tuple[Fraction, ...]:
    if list(members) != sorted(set(members)):
        raise SpecificationError("coalition: the members must be listed once each, in increasing order")
    if not plan or (timing != "ex_ante" and len(plan) != 1):
        raise SpecificationError("plan: one recommendation is needed (ex ante at a correlated profile one or more)")
    tables = plan_tables(status_quo_of(game, profile), members, timing or "ex_ante")
    for table in tables:
        if plan[0][0] in table.told:
            return plan_gains(table, plan)
    raise SpecificationError(f"plan: the members are never told {list(plan[0][0])}")
