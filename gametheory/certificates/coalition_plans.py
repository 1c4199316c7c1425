"""No coalition gains more than ε by a plan: correlated profiles, and members who mix independently.

At a profile (pure, mixed or correlated) of an exact game the claim is that none of the listed coalitions gains more than
ε ≥ 0 under a blocking rule (:mod:`.gains`), at the timing and with the plans named (:mod:`.recommendations`):

* ``"pure"``: one joint action for each recommendation;
* ``"independent"``: members mix, each on her own, at each recommendation;
* ``"correlated"``: a distribution over joint actions for each recommendation.

Under "any" and "transfer", and for one player, all three gain the same, and the best pure plan is recomputed. So it is
for pure plans under "all" and "some", unless weights say more cheaply that even shared randomness gains no more. The
rest takes evidence (:mod:`.mixing_bounds`), one for each table of gains: one table for a coalition ex ante, one for each
of its recommendations at the interim.

(Pure and mixed profiles without independent mixing have :class:`.DeviationCertificate`.)
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal, final

from gametheory.arithmetic import exact
from gametheory.certificates.encoding import (
    Distribution,
    ExactProfile,
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
)
from gametheory.certificates.gains import Blocking
from gametheory.certificates.mixing_bounds import Cells, cells_from_json, cells_to_json, mixing_bound
from gametheory.certificates.rationals import rational_from_json, rational_to_json
from gametheory.certificates.recommendations import PlanTable, Timing, plan_tables, status_quo_of
from gametheory.errors import SpecificationError, UnsupportedError
from gametheory.games.normal_form import NormalFormGame

__all__ = [
    "MEASURES",
    "CoalitionPlanCertificate",
    "PlanCoordination",
    "check_plan_evidence",
    "coalition_from_json",
    "needs_evidence",
    "plan_bound",
]

PlanCoordination = Literal["pure", "independent", "correlated"]

_KEYS = (
    *("kind", "game_digest", "game", "profile", "timing", "coalitions", "blocking", "coordination", "epsilon"),
    "evidence",
)
MEASURES = {
    "all": "the member who gains least gains",
    "some": "without loss to a member the members gain together",
    "any": "a member gains",
    "transfer": "the members gain together",
}
PLANS = {
    "pure": "pure joint plans",
    "independent": "independent mixing",
    "correlated": "shared randomness over joint actions",
}


@final
@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class CoalitionPlanCertificate:
    """The claim that no listed coalition gains more than ``epsilon`` by a plan of the kind named.

    Attributes
    ----------
    profile : tuple
        Pure (indices), mixed (tuples of fractions) or correlated (pairs of profile and probability).
    timing : "ex_ante", "interim" or None
        When members judge; ``None`` unless the profile is correlated.
    coalitions : tuple of frozenset of int
    blocking : "all", "some", "any" or "transfer"
    coordination : "pure", "independent" or "correlated"
    epsilon : Fraction
        In units of payoff, ≥ 0.
    evidence : tuple of Cells or None
        One for each table of gains, coalition by coalition; ``None`` where the best pure plan is recomputed.
    game : NormalFormGame or None

    Examples
    --------
    Chicken: both gain 3/4 if they swerve whatever they are told, and no plan brings both of them more.

    >>> game = NormalFormGame.from_bimatrix([[6, 2], [7, 0]], [[6, 7], [2, 0]])
    >>> advice = (((0, 0), Fraction(1, 2)), ((0, 1), Fraction(1, 4)), ((1, 0), Fraction(1, 4)))
    >>> half = Cells((None,), ((Fraction(1, 2), Fraction(1, 2)),))
    >>> CoalitionPlanCertificate(
    ...     game=game, profile=advice, timing="ex_ante", coalitions=(frozenset({0, 1}),), blocking="all",
    ...     coordination="correlated", epsilon=Fraction(3, 4), evidence=(half,)).verify()
    True
    """

    profile: ExactProfile | Distribution
    timing: Timing | None
    coalitions: tuple[frozenset[int], ...]
    blocking: Blocking
    coordination: PlanCoordination
    epsilon: Fraction
    evidence: tuple[Cells | None, ...]
    game: NormalFormGame | None = None
    stated_digest: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        for name, value, allowed in (
            ("blocking", self.blocking, tuple(MEASURES)),
            ("coordination", self.coordination, tuple(PLANS)),
            ("timing", self.timing, ("ex_ante", "interim") if is_distribution(self.profile) else (None,)),
        ):
            if value not in allowed:
                raise SpecificationError(f"{name}: found {value!r}; write one of {', '.join(map(repr, allowed))}")
        if self.epsilon < 0:
            raise SpecificationError(f"epsilon: found {self.epsilon}; staying put gains 0, so write a number ≥ 0")
        check_carried_game(self.game, self.stated_digest)

    @classmethod
    def of(
        cls,
        game: NormalFormGame,
        profile: ExactProfile | Distribution,
        coalitions: Iterable[Collection[int]],
        *,
        timing: Timing,
        blocking: Blocking,
        coordination: PlanCoordination,
        epsilon: Fraction | int,
        evidence: Sequence[Cells | None],
    ) -> CoalitionPlanCertificate:
        """The certificate for ``game.exact()``; ``timing`` is dropped where the profile is not correlated."""
        return cls(
            profile=profile,
            timing=timing if is_distribution(profile) else None,
            coalitions=tuple(frozenset(map(int, members)) for members in coalitions),
            blocking=blocking,
            coordination=coordination,
            epsilon=exact(epsilon, where="epsilon"),
            evidence=tuple(evidence),
            game=game.exact(),
        )

    @property
    def game_digest(self) -> str:
        """Digest of the game that the claim is about."""
        return self.stated_digest or (self.game.digest() if self.game is not None else "")

    @property
    def claim(self) -> str:
        """The claim in words."""
        names = [" + ".join(player_name(self.game, i) for i in sorted(members)) for members in self.coalitions[:6]]
        listed = f"coalitions {'; '.join(names)}"
        if len(self.coalitions) > 6:
            listed = f"{len(self.coalitions)} coalitions listed"
        when = {None: "", "ex_ante": " before recommendations", "interim": " at any recommendation"}[self.timing]
        return (
            f"at {describe_profile(self.game, self.profile)}, by {PLANS[self.coordination]} of the {listed}{when}, "
            f"{MEASURES[self.blocking]} at most {brief(self.epsilon)}"
        )

    def verify(self, game: NormalFormGame | None = None) -> Literal[True]:
        """Recompute every table of gains in integers, for ``game`` or the game carried, and check the evidence.

        Raises
        ------
        CertificateError
            If a coalition may gain more than ``epsilon`` as far as the evidence goes, the evidence is malformed, the
            profile is none of this game, or the game is another one.
        """
        checked = game_to_check(self.claim, self.game, self.stated_digest, game)
        try:
            status_quo = status_quo_of(checked, self.profile)
            asked = (
                (members, table, self.coordination)
                for members in self.coalitions
                for table in plan_tables(status_quo, members, self.timing or "ex_ante")
            )
            check_plan_evidence(self.claim, checked, asked, self.blocking, self.evidence, self.epsilon)
        except (SpecificationError, UnsupportedError) as error:
            fail(self.claim, str(error))
        return True

    def to_dict(self) -> dict[str, Any]:
        """JSON data with everything needed to check it elsewhere."""
        return {
            "kind": "coalition plan",
            "game_digest": self.game_digest,
            "game": None if self.game is None else game_to_json(self.game),
            "profile": profile_to_json(self.profile),
            "timing": self.timing,
            "coalitions": [sorted(members) for members in self.coalitions],
            "blocking": self.blocking,
            "coordination": self.coordination,
            "epsilon": rational_to_json(self.epsilon),
            "evidence": [cells_to_json(cells) for cells in self.evidence],
        }

    @classmethod
    def from_dict(cls, data: Any) -> CoalitionPlanCertificate:
        """Read what :meth:`to_dict` wrote; :class:`~gametheory.errors.SpecificationError` for anything else."""
        game = game_of_certificate(data, _KEYS, "coalition plan")
        for key in ("coalitions", "evidence"):
            if not isinstance(data[key], list):
                raise SpecificationError(f"certificate.{key}: found {type(data[key]).__name__}; write a list")
        return cls(
            profile=profile_from_json(data["profile"], ("pure", "mixed", "correlated")),
            timing=data["timing"],
            coalitions=tuple(
                coalition_from_json(row, f"certificate.coalitions[{k}]") for k, row in enumerate(data["coalitions"])
            ),
            blocking=data["blocking"],
            coordination=data["coordination"],
            epsilon=rational_from_json(data["epsilon"], where="certificate.epsilon"),
            evidence=tuple(
                cells_from_json(entry, f"certificate.evidence[{k}]") for k, entry in enumerate(data["evidence"])
            ),
            game=game,
            stated_digest=data["game_digest"],
        )

    def __repr__(self) -> str:
        return f"CoalitionPlanCertificate({self.claim})"


def needs_evidence(members: int, blocking: Blocking, coordination: PlanCoordination) -> bool:
    """Whether the best pure plan does not decide what the coalition gains."""
    return members > 1 and blocking in ("all", "some") and coordination != "pure"


def plan_bound(
    table: PlanTable, blocking: Blocking, coordination: PlanCoordination, evidence: Cells | None
) -> Fraction:
    """The largest gain that a table of gains and the evidence leave possible.

    Raises
    ------
    SpecificationError
        If evidence is missing, or is none of this kind of plans.
    UnsupportedError
        If there are too many pure plans to recompute the best.
    """
    members = len(table.gains)
    if evidence is None:
        if needs_evidence(members, blocking, coordination):
            raise SpecificationError("evidence: none is given where members mix under 'all' or 'some'")
        return Fraction(table.best_pure_plan(blocking)[0], table.denominator)
    if blocking not in ("all", "some") or members == 1:
        raise SpecificationError("evidence: none is needed where pure plans decide; leave it out")
    if coordination == "independent":
        return mixing_bound(table.gains, table.denominator, blocking, evidence)
    if evidence.splits != (None,):
        raise SpecificationError(
            "evidence: plans that share randomness, or are pure, are bounded by one row of weights"
        )
    return mixing_bound(table.flat, table.denominator, blocking, evidence)


def check_plan_evidence(
    claim: str,
    game: NormalFormGame,
    tables: Iterable[tuple[Collection[int], PlanTable, PlanCoordination]],
    blocking: Blocking,
    evidence: Sequence[Cells | None],
    epsilon: Fraction,
) -> None:
    """Whether the evidence, one entry for each coalition's table of gains in order, leaves no gain above ``epsilon``.

    Raises
    ------
    CertificateError
        If a coalition may gain more as far as the evidence goes.
    SpecificationError
        If there are more entries than tables or fewer, or one does not fit its table.
    """
    waiting = list(reversed(evidence))
    for members, table, coordination in tables:
        if not waiting:
            raise SpecificationError("evidence: there are fewer entries than tables of gains")
        bound = plan_bound(table, blocking, coordination, waiting.pop())
        if bound > epsilon:
            names = ", ".join(game.players[i] for i in sorted(members))
            fail(claim, f"for {names} the evidence shows a gain of at most {brief(bound)} only")
    if waiting:
        raise SpecificationError("evidence: there are more entries than tables of gains")


def coalition_from_json(row: Any, where: str) -> frozenset[int]:
    """A coalition from a list of indices without repetition."""
    members = indices_from_json(row, where=where)
    if not members or len(set(members)) != len(members):
        raise SpecificationError(f"{where}: found {list(members)}; write at least one member, each once")
    return frozenset(members)
