"""No coalition gains more than ε amid faulty players, and no faulty players do harm.

At a profile of an exact game the claim is **t-immunity** (no t players lower the expected payoff of another) and that for
all listed coalitions C and all T with |T| ≤ t outside C, whatever T plays, C gains at most ε ≥ 0 under a blocking rule
against the profile in which T plays that. With σ pure or mixed, τ_C and τ_T joint actions,

    g_i(τ_C, τ_T) = u_i(τ_C, τ_T, σ_rest) − u_i(σ_C, τ_T, σ_rest),      i ∈ C.

Under "any" and "transfer", and for one member, pure plays of both decide, and the largest entry is recomputed. Under "all"
and "some" coalition and faulty players may each be pure, mix independently, or correlate; what is pure is enumerated, the
others are the factors of :mod:`.mixing_bounds`, which holds the evidence: one for each table that :func:`tables_amid` lists.

At a correlated profile the faulty follow a pure plan, an action for everything they can be told; each plan makes another
correlated profile, against which C plans (:mod:`.recommendations`).

Reference: I. Abraham, D. Dolev, R. Gonen and J. Halpern 2006, "Distributed computing meets game theory", PODC.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import combinations, product
from typing import Any, Literal, final

import numpy as np

from gametheory.certificates.coalition_plans import MEASURES, PlanCoordination, check_plan_evidence, coalition_from_json
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
    is_distribution,
    profile_from_json,
    profile_to_json,
)
from gametheory.certificates.gains import Blocking, StatusQuo
from gametheory.certificates.mixing_bounds import Cells, cells_from_json, cells_to_json
from gametheory.certificates.rationals import rational_from_json, rational_to_json
from gametheory.certificates.recommendations import (
    PlanTable,
    RecommendedPlay,
    Timing,
    plan_tables,
    status_quo_of,
)
from gametheory.errors import SpecificationError, UnsupportedError
from gametheory.games.normal_form import NormalFormGame

__all__ = ["AmidTable", "RobustnessCertificate", "harms", "tables_amid"]

JointAction = tuple[int, ...]

MAX_PLANS = 100_000
_WAYS = ("pure", "independent", "correlated")
_KEYS = (
    *("kind", "game_digest", "game", "profile", "timing", "faulty", "coalitions", "blocking", "coordination"),
    *("faulty_play", "epsilon", "evidence"),
)


@final
@dataclass(frozen=True, slots=True, eq=False)
class AmidTable:
    """The gains of a coalition amid faulty players, as far as they mix.

    Attributes
    ----------
    table : PlanTable
        The axes after the first two are factors that mix on their own (or, where ``how`` is "pure", do not).
    how : "pure", "independent" or "correlated"
        How the factors play.
    deviation, play : tuple of int, mapping or None
        What the coalition, or the faulty players, have fixed for this table.
    base : correlated profile, or None
        What is played under a plan of the faulty at a correlated profile.
    """

    table: PlanTable
    how: PlanCoordination
    deviation: JointAction | None = None
    play: Any = None
    base: Distribution | None = None


def tables_amid(
    game: NormalFormGame,
    profile: ExactProfile | Distribution,
    coalition: Collection[int],
    faulty: Collection[int],
    *,
    blocking: Blocking,
    coordination: PlanCoordination,
    faulty_play: PlanCoordination,
    timing: Timing = "ex_ante",
    status_quo: StatusQuo | RecommendedPlay | None = None,
) -> Iterator[AmidTable]:
    """The tables of gains of a coalition amid a set of faulty players, always in the same order.

    Raises
    ------
    UnsupportedError
        At a correlated profile: faulty players who mix under "all" or "some" against two and more members, or too many
        plans of theirs.
    """
    linear = blocking in ("any", "transfer") or len(coalition) == 1
    if is_distribution(profile):
        if faulty and faulty_play != "pure" and not linear:
            raise UnsupportedError(
                "faulty_play: at a correlated profile faulty players who mix over plans are not offered under 'all' and "
                "'some'; pass faulty_play='pure', or blocking='any', which is at least as demanding"
            )
        for plan, base in _faulty_plans(game, profile, sorted(faulty)):  # type: ignore[arg-type]
            for table in plan_tables(RecommendedPlay(game, base), coalition, timing):
                yield AmidTable(table, coordination, None, plan, base)
        return
    start = StatusQuo(game, profile) if status_quo is None else status_quo  # type: ignore[arg-type]
    assert isinstance(start, StatusQuo)
    gains, denominator = start.gains_amid(coalition, faulty)
    count = len(coalition)
    own, others = gains.shape[1 : 1 + count], gains.shape[1 + count :]
    free, held = math.prod(own), math.prod(others)

    def table_of(values: Any) -> PlanTable:
        return PlanTable(values[:, None], denominator, ((),), None)

    if linear or (coordination == "pure" and faulty_play == "pure") or (coordination == "pure" and held == 1):
        yield AmidTable(table_of(gains), "pure")
        return
    mine = own if coordination == "independent" else (free,)
    theirs = others if faulty_play == "independent" else (held,)
    if coordination == "pure":
        for k in range(free):
            fixed = tuple(int(j) for j in np.unravel_index(k, own))
            yield AmidTable(table_of(gains.reshape(count, free, *theirs)[:, k]), "independent", fixed)
    elif faulty_play == "pure" or held == 1:
        for k in range(held):
            play = tuple(int(j) for j in np.unravel_index(k, others)) if others else ()
            yield AmidTable(table_of(gains.reshape(count, *mine, held)[..., k]), "independent", None, play)
    else:
        yield AmidTable(table_of(gains.reshape(count, *mine, *theirs)), "independent")


def _faulty_plans(
    game: NormalFormGame, profile: Distribution, faulty: list[int]
) -> Iterator[tuple[dict[JointAction, JointAction], Distribution]]:
    """Every plan of the faulty for what they can be told, with the correlated profile that results."""
    told = sorted({tuple(a[i] for i in faulty) for a, _ in profile})
    joint = list(product(*(range(game.num_actions[i]) for i in faulty)))
    if len(joint) ** len(told) > MAX_PLANS:
        raise UnsupportedError(
            f"faulty: they have {len(joint):,}^{len(told)} plans, more than {MAX_PLANS:,}; take a smaller t, or a profile that "
            "tells them less"
        )
    for plays in product(joint, repeat=len(told)):
        plan = dict(zip(told, plays, strict=True))
        masses: dict[JointAction, Fraction] = {}
        for a, p in profile:
            changed = list(a)
            for i, k in zip(faulty, plan[tuple(a[i] for i in faulty)], strict=True):
                changed[i] = k
            masses[tuple(changed)] = masses.get(tuple(changed), Fraction(0)) + p
        yield plan, tuple(sorted(masses.items()))


def harms(status_quo: StatusQuo | RecommendedPlay, faulty: Collection[int]) -> bool:
    """Whether these players can lower the expected payoff of another."""
    game = status_quo.game
    if isinstance(status_quo, StatusQuo):
        table = status_quo.changes(faulty)[0]
    else:
        table = status_quo.changes(faulty, [game.numerators[i] for i in range(game.num_players)], game.denominator)[2]
    # At every recommendation obedience, a change of 0, is among what they can do.
    return any(int(table[i].min()) < 0 for i in range(game.num_players) if i not in faulty)


@final
@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class RobustnessCertificate:
    """The claim that a profile is immune to ``faulty`` players, and that amid them no listed coalition gains more than ε.

    Attributes
    ----------
    profile : tuple
        Pure, mixed or correlated.
    timing : "ex_ante", "interim" or None
        ``None`` unless the profile is correlated.
    faulty : int
        t, from 0 to n − 1.
    coalitions : tuple of frozenset of int
    blocking : "all", "some", "any" or "transfer"
    coordination, faulty_play : "pure", "independent" or "correlated"
        How members, and how faulty players, randomise.
    epsilon : Fraction
        In units of payoff, ≥ 0.
    evidence : tuple of Cells or None
        One for each table of :func:`tables_amid`: for each number of faulty players from 0 to t, each set of them, each
        coalition without any of them.

    Examples
    --------
    >>> prisoners = NormalFormGame.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]])
    >>> RobustnessCertificate(
    ...     game=prisoners, profile=(1, 1), timing=None, faulty=1, coalitions=(frozenset({0}), frozenset({1})), blocking="all",
    ...     coordination="pure", faulty_play="pure", epsilon=Fraction(0), evidence=(None,) * 4).verify()
    True
    """

    profile: ExactProfile | Distribution
    timing: Timing | None
    faulty: int
    coalitions: tuple[frozenset[int], ...]
    blocking: Blocking
    coordination: PlanCoordination
    faulty_play: PlanCoordination
    epsilon: Fraction
    evidence: tuple[Cells | None, ...]
    game: NormalFormGame | None = None
    stated_digest: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        for name, value, allowed in (
            ("blocking", self.blocking, tuple(MEASURES)),
            ("coordination", self.coordination, _WAYS),
            ("faulty_play", self.faulty_play, _WAYS),
            ("timing", self.timing, ("ex_ante", "interim") if is_distribution(self.profile) else (None,)),
        ):
            if value not in allowed:
                raise SpecificationError(f"{name}: found {value!r}; write one of {', '.join(map(repr, allowed))}")
        if self.epsilon < 0 or self.faulty < 0:
            raise SpecificationError("epsilon, faulty: found a negative number; write numbers ≥ 0")
        check_carried_game(self.game, self.stated_digest)

    @property
    def game_digest(self) -> str:
        """Digest of the game that the claim is about."""
        return self.stated_digest or (self.game.digest() if self.game is not None else "")

    @property
    def claim(self) -> str:
        """The claim in words."""
        largest = max(map(len, self.coalitions), default=0)
        return (
            f"at {describe_profile(self.game, self.profile)} no {self.faulty} faulty players lower another's payoff, and amid "
            f"them ({self.faulty_play} play), for {len(self.coalitions)} coalitions of up to {largest} ({self.coordination} "
            f"deviations), {MEASURES[self.blocking]} at most {brief(self.epsilon)}"
        )

    def verify(self, game: NormalFormGame | None = None) -> Literal[True]:
        """Recompute damages and tables of gains in integers, for ``game`` or the game carried, and check the evidence.

        Raises
        ------
        CertificateError
            If faulty players can do harm, a coalition may gain more than ``epsilon`` as far as the evidence goes, the
            evidence is malformed, or the game is another one.
        """
        checked = game_to_check(self.claim, self.game, self.stated_digest, game)
        try:
            status_quo = status_quo_of(checked, self.profile)
            n = checked.num_players
            if self.faulty >= n or not all(s and s <= set(range(n)) for s in self.coalitions):
                raise SpecificationError(
                    f"faulty, coalitions: the game has {n} players, and one must be left to be hurt"
                )
            for faulty in combinations(range(n), self.faulty) if self.faulty else ():
                if harms(status_quo, faulty):
                    names = ", ".join(checked.players[i] for i in faulty)
                    fail(self.claim, f"{names} can lower the payoff of another")
            asked = (
                (members, each.table, each.how)
                for members, faulty in self.pairs()
                for each in tables_amid(
                    checked,
                    self.profile,
                    members,
                    faulty,
                    blocking=self.blocking,
                    coordination=self.coordination,
                    faulty_play=self.faulty_play,
                    timing=self.timing or "ex_ante",
                    status_quo=status_quo,
                )
            )
            check_plan_evidence(self.claim, checked, asked, self.blocking, self.evidence, self.epsilon)
        except (SpecificationError, UnsupportedError) as error:
            fail(self.claim, str(error))
        return True

    def pairs(self) -> Iterator[tuple[frozenset[int], tuple[int, ...]]]:
        """Coalitions and sets of faulty players, in the order of the evidence."""
        first: Any = self.profile[0]
        players = range(len(first[0]) if is_distribution(self.profile) else len(self.profile))
        for size in range(self.faulty + 1):
            for faulty in combinations(players, size):
                for members in self.coalitions:
                    if members.isdisjoint(faulty):
                        yield members, faulty

    def to_dict(self) -> dict[str, Any]:
        """JSON data with everything needed to check it elsewhere."""
        return {
            "kind": "robustness",
            "game_digest": self.game_digest,
            "game": None if self.game is None else game_to_json(self.game),
            "profile": profile_to_json(self.profile),
            "timing": self.timing,
            "faulty": self.faulty,
            "coalitions": [sorted(members) for members in self.coalitions],
            "blocking": self.blocking,
            "coordination": self.coordination,
            "faulty_play": self.faulty_play,
            "epsilon": rational_to_json(self.epsilon),
            "evidence": [cells_to_json(cells) for cells in self.evidence],
        }

    @classmethod
    def from_dict(cls, data: Any) -> RobustnessCertificate:
        """Read what :meth:`to_dict` wrote; :class:`~gametheory.errors.SpecificationError` for anything else."""
        game = game_of_certificate(data, _KEYS, "robustness")
        for key in ("coalitions", "evidence"):
            if not isinstance(data[key], list):
                raise SpecificationError(f"certificate.{key}: found {type(data[key]).__name__}; write a list")
        if type(data["faulty"]) is not int:
            raise SpecificationError(
                f"certificate.faulty: found {str(data['faulty'])[:40]!r}; write a number of players"
            )
        return cls(
            profile=profile_from_json(data["profile"], ("pure", "mixed", "correlated")),
            timing=data["timing"],
            faulty=data["faulty"],
            coalitions=tuple(
                coalition_from_json(row, f"certificate.coalitions[{k}]") for k, row in enumerate(data["coalitions"])
            ),
            blocking=data["blocking"],
            coordination=data["coordination"],
            faulty_play=data["faulty_play"],
            epsilon=rational_from_json(data["epsilon"], where="certificate.epsilon"),
            evidence=tuple(
                cells_from_json(entry, f"certificate.evidence[{k}]") for k, entry in enumerate(data["evidence"])
            ),
            game=game,
            stated_digest=data["game_digest"],
        )

    def __repr__(self) -> str:
        return f"RobustnessCertificate({self.claim})"
