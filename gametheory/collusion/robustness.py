"""Coalitions amid faulty players.

A profile is **(k, t)-robust** iff it is t-immune (:mod:`.immunity`) and, for all disjoint C and T with |C| ≤ k and |T| ≤ t,
the coalition C does not block the profile in which T plays anything at all (:mod:`.joint_deviations` for the rules of
blocking). (k, 0)-robust is k-resilient, (0, t)-robust is t-immune.

What the faulty play matters: gains are linear in it, so that under "any" and "transfer" their fixed plays decide; under
"all" and "some" a mixture can leave every member a gain where no fixed play does. Where one side mixes jointly and the other
is pure that is one linear programme for each fixed play; where both mix, or several players mix independently, it is
multilinear and enclosed between certified bounds (:mod:`.independent_deviations`, with the faulty as factors too).

Reference: I. Abraham, D. Dolev, R. Gonen and J. Halpern 2006, "Distributed computing meets game theory", PODC. Complexity:
that of resilience times the joint plays of all sets of t players.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from typing import Any, cast, final

import numpy as np

from gametheory.arithmetic import Verdict
from gametheory.arithmetic.limits import check_count
from gametheory.certificates.encoding import Distribution, ExactProfile, brief, is_distribution
from gametheory.certificates.gains import Blocking
from gametheory.certificates.mixing_bounds import Cells
from gametheory.certificates.recommendations import Timing, status_quo_of
from gametheory.certificates.robustness import AmidTable, RobustnessCertificate, tables_amid
from gametheory.collusion.coalition_gains import Coordination
from gametheory.collusion.coalition_questions import Coalitions, allowed_coalitions
from gametheory.collusion.correlated_deviations import PlanGain, best_plan_of_table
from gametheory.collusion.immunity import immunity
from gametheory.collusion.independent_deviations import MixingLimits
from gametheory.collusion.joint_deviations import deviation_of_plan, mixing_limits, read_rules, witness_of_plan
from gametheory.collusion.robustness_results import FaultyPlay, Robustness
from gametheory.collusion.tested_profiles import exact_tested_profile
from gametheory.errors import SpecificationError
from gametheory.games.coalitions import Coalition
from gametheory.games.normal_form import NormalFormGame

__all__ = ["Robustness", "is_robust", "robustness"]


def is_robust(
    game: NormalFormGame,
    profile: Any,
    k: int,
    t: int,
    *,
    blocking: Blocking = "all",
    coordination: Coordination = "pure",
    faulty_play: FaultyPlay | None = None,
    coalitions: Coalitions | None = None,
    timing: Timing = "ex_ante",
    gap: float | Fraction = 1e-4,
    max_cells: int = 2000,
    time_limit: float | None = None,
) -> Verdict:
    """Whether the profile is (k, t)-robust: t-immune, and no coalition of k blocks it amid t faulty players.

    Parameters
    ----------
    k, t : int
        Sizes, 0 ≤ k ≤ n and 0 ≤ t ≤ n − 1.
    profile : sequence of n entries, or array of shape num_actions
        For each player an action (index or label) or a probability vector; or a correlated profile.
    faulty_play : "correlated", "independent" or "pure", optional
        What the faulty players may do: draw a joint action together, mix each on her own, or fix one. Under "any" and
        "transfer" the three agree, since gains are linear in what they play. Under "all" and "some" a mixture can leave
        every member a gain where no fixed play does. By default "correlated", at a correlated profile "pure" (plans).
    coalitions : iterable of sets of players, int, or graph, optional
        The coalitions that may form, as for :func:`.resilience`; by default all.
    timing : "ex_ante" or "interim"
        At a correlated profile.
    gap, max_cells, time_limit
        Where both sides mix, or players mix independently; see :func:`.coalition_gain`.

    Returns
    -------
    Verdict
        A "no" names in its witness what fails: ``{"immunity": …}``, or coalition, deviation, faulty players, their play,
        gain and certificate. "within tolerance" means that mixing on both sides leaves a gain enclosed: ``gain`` is a
        certified bound on it. Gains are evaluated exactly and strictly, also on floats. The evidence for a "yes" is in
        :func:`robustness`.

    Raises
    ------
    UnsupportedError
        At a correlated profile, faulty players who mix over plans under "all" or "some" against two and more members.

    Examples
    --------
    >>> def payoff(*a):
    ...     return (2, 2, 2) if sum(a) == 0 else tuple(1 if x else 0 for x in a)
    >>> game = NormalFormGame.from_function(payoff, [2, 2, 2])
    >>> is_robust(game, (0, 0, 0), 3, 0).status, is_robust(game, (0, 0, 0), 1, 1).status
    ('yes', 'no')
    """
    question = _Question.of(
        game, profile, blocking, coordination, faulty_play, timing, mixing_limits(gap, max_cells, time_limit)
    )
    for name, size, most in (("k", k, game.num_players), ("t", t, game.num_players - 1)):
        check_count(name, size, least=0, most=most)
    asked = f"is the profile ({k}, {t})-robust under {blocking!r}, {coordination}?"
    if t > 0:
        damage = immunity(game, profile)
        if damage.value < t:
            return Verdict("no", damage.damage, {"immunity": damage}, asked)
    allowed = [s for s in allowed_coalitions(game, coalitions) if len(s) <= k]
    largest = Fraction(0)
    for size in range(t + 1):
        for each in question.amid(allowed, size):
            if each.found.lower > 0:
                witness = question.witness(each)
                return Verdict("no", each.found.lower, witness, asked)
            largest = max(largest, each.found.upper)
    if largest > 0:
        doubt = (
            f"no coalition is known to gain amid faulty players who mix, and none gains more than {brief(largest)}; pass a "
            "smaller gap, a larger max_cells, or faulty_play='pure'"
        )
        return Verdict("within tolerance", largest, None, asked, doubt)
    return Verdict("yes", Fraction(0), None, asked)


def robustness(
    game: NormalFormGame,
    profile: Any,
    *,
    blocking: Blocking = "all",
    coordination: Coordination = "pure",
    faulty_play: FaultyPlay | None = None,
    coalitions: Coalitions | None = None,
    timing: Timing = "ex_ante",
    max_faulty: int | None = None,
    gap: float | Fraction = 1e-4,
    max_cells: int = 2000,
    time_limit: float | None = None,
) -> Robustness:
    """For every number of faulty players that do no harm, the size of coalition that the profile withstands amid them.

    Parameters
    ----------
    profile, blocking, coordination, faulty_play, coalitions, timing, gap, max_cells, time_limit
        As for :func:`is_robust`.
    max_faulty : int, optional
        Look at no more faulty players than this.

    Returns
    -------
    Robustness
        ``pairs`` is the frontier of (k, t).

    Raises
    ------
    SpecificationError, UnsupportedError
        As :func:`is_robust`; or ``max_faulty`` is no number of players.

    Examples
    --------
    Halpern's bargaining game: nobody gains by leaving, but a leaver harms those who stay.

    >>> def payoff(*a):
    ...     return (2, 2, 2) if sum(a) == 0 else tuple(1 if x else 0 for x in a)
    >>> game = NormalFormGame.from_function(payoff, [2, 2, 2])
    >>> found = robustness(game, (0, 0, 0))
    >>> found.pairs, int(found.immunity), found.verify()
    (((3, 0),), 0, True)
    """
    question = _Question.of(
        game, profile, blocking, coordination, faulty_play, timing, mixing_limits(gap, max_cells, time_limit)
    )
    n = game.num_players
    if max_faulty is not None:
        check_count("max_faulty", max_faulty, least=0, most=n - 1)
    immune = immunity(game, profile)
    allowed = allowed_coalitions(game, coalitions)
    lower, upper = [], []
    witnesses: list[dict[str, Any] | None] = []
    certificates = []
    low = high = n
    blocked: dict[str, Any] | None = None
    seen: list[_Amid] = []
    for t in range(min(immune.value, n - 1 if max_faulty is None else int(max_faulty)) + 1):
        for each in question.amid([s for s in allowed if len(s) <= high], t):
            if len(each.coalition) > high:
                continue
            if each.found.upper > 0:
                low = min(low, len(each.coalition) - 1)
            if each.found.lower > 0:
                high, blocked = len(each.coalition) - 1, question.witness(each)
            seen.append(each)
        lower.append(low)
        upper.append(high)
        witnesses.append(blocked)
        certificates.append(question.certificate([s for s in allowed if len(s) <= low], t, seen))
    return Robustness(
        game=game,
        immunity=immune,
        lower=tuple(lower),
        upper=tuple(upper),
        witnesses=tuple(witnesses),
        certificates=tuple(certificates),
        blocking=blocking,
        coordination=coordination,
        faulty_play=question.faulty_play,
    )


@final
@dataclass(frozen=True, slots=True)
class _Amid:
    """What one coalition gains from one table amid one set of faulty players."""

    coalition: Coalition
    faulty: tuple[int, ...]
    table: AmidTable
    found: PlanGain


@final
@dataclass(frozen=True, slots=True)
class _Question:
    game: NormalFormGame  # exact
    given: ExactProfile | Distribution
    blocking: Blocking
    coordination: Coordination
    faulty_play: FaultyPlay
    timing: Timing
    limits: MixingLimits

    @classmethod
    def of(
        cls,
        game: NormalFormGame,
        profile: Any,
        blocking: Blocking,
        coordination: Coordination,
        faulty_play: FaultyPlay | None,
        timing: Timing,
        limits: MixingLimits,
    ) -> _Question:
        read_rules(blocking, coordination, timing)
        if faulty_play not in (None, "pure", "independent", "correlated"):
            raise SpecificationError(f"faulty_play: found {faulty_play!r}; write 'pure', 'independent' or 'correlated'")
        exact_game = game.exact()
        given = exact_tested_profile(exact_game, profile)
        default: FaultyPlay = "pure" if is_distribution(given) else "correlated"
        return cls(exact_game, given, blocking, coordination, faulty_play or default, timing, limits)

    def amid(self, allowed: list[Coalition], size: int) -> Iterator[_Amid]:
        """Every table of every allowed coalition amid every set of ``size`` faulty players, in the certificate's order."""
        status_quo = status_quo_of(self.game, self.given)
        for faulty in combinations(range(self.game.num_players), size):
            for members in allowed:
                if members.isdisjoint(faulty):
                    for table in tables_amid(
                        self.game,
                        self.given,
                        members,
                        faulty,
                        blocking=self.blocking,
                        coordination=self.coordination,
                        faulty_play=self.faulty_play,
                        timing=self.timing,
                        status_quo=status_quo,
                    ):
                        found = best_plan_of_table(table.table, self.blocking, table.how, self.limits)
                        yield _Amid(members, faulty, table, found)

    def certificate(self, allowed: list[Coalition], t: int, seen: list[_Amid]) -> RobustnessCertificate:
        kept = [each for each in seen if each.coalition in set(allowed)]
        evidence: list[Cells | None] = [cells for each in kept for cells in each.found.evidence]
        return RobustnessCertificate(
            game=self.game,
            profile=self.given,
            timing=self.timing if is_distribution(self.given) else None,
            faulty=t,
            coalitions=tuple(allowed),
            blocking=self.blocking,
            coordination=self.coordination,
            faulty_play=self.faulty_play,
            epsilon=max((each.found.bound for each in kept), default=Fraction(0)),
            evidence=tuple(evidence),
        )

    def witness(self, each: _Amid) -> dict[str, Any]:
        """What blocks, with a certificate about the profile that the faulty players' play makes."""
        members, faulty = each.coalition, each.faulty
        assert each.found.plan is not None
        if each.table.base is not None:
            plan, play, base = each.found.plan, each.table.play, cast(Any, each.table.base)
        else:
            joint, play = self._read(each)
            base = cast(Any, self._amid(faulty, play))
            listed = tuple(sorted(joint.items())) if isinstance(joint, dict) else joint
            # Against a draw of the faulty the members, told their part of the profile, all do the same.
            plan = (
                {tuple(a[i] for i in sorted(members)): listed for a, _ in base}
                if is_distribution(base)
                else {(): listed}
            )
        timing: Timing = self.timing if is_distribution(self.given) else "ex_ante"
        deviation = deviation_of_plan(plan)
        if each.table.base is None and is_distribution(base):
            deviation = next(iter(deviation.values()))
        return {
            "coalition": members,
            "deviation": deviation,
            "faulty": frozenset(faulty),
            "play": play,
            "gain": each.found.lower,
            "certificate": witness_of_plan(self.game, base, members, plan, timing, self.blocking),
        }

    def _read(self, each: _Amid) -> tuple[Any, Any]:
        """What the coalition and the faulty play, from the factors of a table at a pure or mixed profile."""
        assert each.found.plan is not None
        own = tuple(self.game.num_actions[i] for i in sorted(each.coalition))
        others = tuple(self.game.num_actions[i] for i in each.faulty)
        play: Any = each.found.plan[()]
        sizes = each.table.table.sizes
        if all(isinstance(part, int) for part in play):
            vectors = [[Fraction(int(j == k)) for j in range(m)] for k, m in zip(play, sizes, strict=True)]
        else:
            vectors = [list(v) for v in play]
        if each.table.deviation is not None:
            mine: Any = each.table.deviation
        else:
            together = each.table.how != "pure" and self.coordination == "correlated"
            count = 1 if together else len(own)
            mine, vectors = _played(vectors[:count], own, together=together), vectors[count:]
        if each.table.play is not None:
            return mine, each.table.play
        together = each.table.how != "pure" and self.faulty_play != "independent"
        return mine, _played(vectors, others, together=together)

    def _amid(self, faulty: tuple[int, ...], play: Any) -> ExactProfile | Distribution:
        """The profile in which the faulty play that, and the others their part."""
        if isinstance(play, dict):
            pairs: dict[tuple[int, ...], Fraction] = {}
            for joint, p in play.items():
                fixed = self._amid(faulty, joint)
                for a, q in _product(self.game, fixed):
                    pairs[a] = pairs.get(a, Fraction(0)) + p * q
            return tuple(sorted(pairs.items()))
        base: list[Any] = list(self.given)
        for i, part in zip(faulty, play, strict=True):
            base[i] = part
        if all(isinstance(part, int) for part in base):
            return tuple(base)
        return tuple(
            tuple(Fraction(int(j == part)) for j in range(self.game.num_actions[i])) if isinstance(part, int) else part
            for i, part in enumerate(base)
        )


def _played(vectors: list[list[Fraction]], sizes: tuple[int, ...], *, together: bool) -> Any:
    """A joint action, a mapping from joint actions to probabilities, or a vector for each player."""
    if all(1 in vector for vector in vectors):
        indices = [vector.index(Fraction(1)) for vector in vectors]
        if together:
            return tuple(int(j) for j in np.unravel_index(indices[0], sizes)) if sizes else ()
        return tuple(indices)
    if together:
        return {tuple(int(j) for j in np.unravel_index(k, sizes)): p for k, p in enumerate(vectors[0]) if p}
    return tuple(map(tuple, vectors))


def _product(game: NormalFormGame, profile: ExactProfile | Distribution) -> Distribution:
    """A pure or mixed profile by its support."""
    pairs: list[tuple[tuple[int, ...], Fraction]] = [((), Fraction(1))]
    for i, part in enumerate(cast(Any, profile)):
        own = {part: Fraction(1)} if isinstance(part, int) else {k: p for k, p in enumerate(part) if p}
        assert all(k < game.num_actions[i] for k in own)
        pairs = [((*a, k), p * q) for a, p in pairs for k, q in own.items()]
    return tuple(pairs)
