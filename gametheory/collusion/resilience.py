"""How large a coalition a profile withstands.

**Resilience** is the largest k ≤ n such that no allowed coalition of at most k players blocks the profile (see
:mod:`.joint_deviations` for the rules of blocking); 1-resilience is Nash equilibrium, n-resilience strong Nash equilibrium.

The profile may be pure, mixed or correlated; against a correlated one coalitions plan ex ante or at the interim
(:mod:`.correlated_deviations`). Where members mix independently a gain may only be enclosed: a coalition whose bounds are on
both sides of zero leaves the answer open between ``lower`` and ``upper``, and the profile is **ε-resilient** with the
``epsilon`` stated and certified.

On a game of floats every gain is evaluated exactly. With ``tol`` a gain counts from tol · (the largest payoff span among
the members) on; without it, a gain above zero and within the default tolerance leaves the answer open between ``lower``
and ``upper``.

References: I. Abraham, D. Dolev, R. Gonen and J. Halpern 2006, "Distributed computing meets game theory: robust
mechanisms for rational secret sharing and multiparty computation", PODC. Complexity: all joint deviations of all allowed
coalitions, Σ_{j≤k} C(n, j) m^j.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import total_ordering
from html import escape
from typing import Any, Literal, final

from gametheory.arithmetic import Verdict
from gametheory.arithmetic.limits import check_count
from gametheory.certificates.compact_games import AnyGame
from gametheory.certificates.count_witnesses import CountWitnessCertificate
from gametheory.certificates.encoding import brief, is_distribution
from gametheory.certificates.gains import Blocking
from gametheory.certificates.recommendations import Timing
from gametheory.certificates.resilience import ResilienceCertificate
from gametheory.collusion.coalition_gains import Coordination, GainWitness
from gametheory.collusion.coalition_questions import (
    CoalitionAnswer,
    CoalitionQuestion,
    Coalitions,
    GainCertificate,
    GainJudge,
    allowed_coalitions,
)
from gametheory.collusion.independent_deviations import Progress
from gametheory.collusion.joint_deviations import mixing_limits, read_rules
from gametheory.collusion.resilience_by_size import is_by_size, resilience_by_size
from gametheory.collusion.tested_profiles import exact_tested_profile
from gametheory.errors import UndecidedError
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.symmetric import SymmetricGame
from gametheory.games.tables import data_frame

__all__ = ["Resilience", "allowed_coalitions", "is_resilient", "resilience"]


@final
@total_ordering
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class Resilience:
    """The size of coalition that a profile withstands; ``int()`` of it works.

    Attributes
    ----------
    lower, upper : int
        Equal, unless in a game of floats a gain may be rounding (``tol=`` decides), or a gain by independent mixing is
        only enclosed; then ``int()`` raises.
    witness : WitnessCertificate, PlanWitnessCertificate, CountWitnessCertificate or None
        A smallest coalition that blocks, its joint deviation and gains; ``None`` if none does.
    certificate : DeviationCertificate, CoalitionPlanCertificate or ResilienceCertificate
        No allowed coalition of at most ``lower`` members gains (or gains more than the tolerance).
    relaxed : certificate of the same kind, or None
        Where ``lower < upper``: no allowed coalition of at most ``upper`` members gains more than its ``epsilon``.
    timing : "ex_ante", "interim" or None
        ``None`` unless the profile is correlated.
    proof : str
        Empty, unless real arithmetic proved of some coalition that it gains nothing while the certificate shows only that
        it gains at most its ``epsilon``.
    game, blocking, coordination
        What was asked.
    """

    game: AnyGame
    lower: int
    upper: int
    blocking: Blocking
    coordination: Coordination
    witness: GainWitness | CountWitnessCertificate | None
    certificate: GainCertificate | ResilienceCertificate
    relaxed: GainCertificate | None = None
    timing: Timing | None = None
    proof: str = ""

    @property
    def epsilon(self) -> Fraction:
        """No allowed coalition of at most ``upper`` members gains more, certified: ε-resilience in units of payoff."""
        return (self.relaxed or self.certificate).epsilon

    def verify(self) -> Literal[True]:
        """Re-check both sides of the evidence."""
        self.certificate.verify()
        if self.relaxed is not None:
            self.relaxed.verify()
        if self.witness is not None:
            self.witness.verify()
        return True

    def __int__(self) -> int:
        if self.lower != self.upper:
            why = "a gain in this game of floats may be rounding; pass tol= (a share of the payoff span, such as 1e-9)"
            if self.coordination == "independent":
                why = (
                    f"a coalition gains at most {brief(self.epsilon)}, if anything; pass tol= (a share of the payoff span), or "
                    "raise max_cells or time_limit"
                )
            raise UndecidedError(f"resilience: between {self.lower} and {self.upper}, because {why}")
        return self.lower

    __index__ = __int__

    def __float__(self) -> float:
        return float(int(self))

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Resilience):
            return (self.lower, self.upper) == (other.lower, other.upper)
        return self.lower == self.upper == other

    def __hash__(self) -> int:
        return hash(self.lower) if self.lower == self.upper else hash((self.lower, self.upper))

    def __lt__(self, other: Any) -> bool:
        return int(self) < int(other)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data."""
        return {
            "lower": self.lower,
            "upper": self.upper,
            "blocking": self.blocking,
            "coordination": self.coordination,
            "witness": None if self.witness is None else self.witness.to_dict(),
            "certificate": self.certificate.to_dict(),
            "relaxed": None if self.relaxed is None else self.relaxed.to_dict(),
            "timing": self.timing,
            "proof": self.proof,
        }

    def to_frame(self) -> Any:
        """A pandas table of the members of the smallest coalition that blocks, and their gains; empty if none does."""
        found = self.witness
        if isinstance(found, CountWitnessCertificate):
            return data_frame(found.rows(), ["probability", "from", "to", "agents"])
        if found is None or isinstance(self.game, SymmetricGame):
            return data_frame([], ["player", "gain"])
        rows = zip(sorted(found.members), found.gains, strict=True)
        return data_frame([[self.game.players[i], gain] for i, gain in rows], ["player", "gain"])

    def __repr__(self) -> str:
        number = str(self.lower) if self.lower == self.upper else f"{self.lower} to {self.upper}"
        why = "no allowed coalition blocks" if self.witness is None else self.witness.claim
        if self.lower < self.upper:
            why = f"no allowed coalition of up to {self.upper} gains more than {brief(self.epsilon)}"
        when = "" if self.timing is None else f", {self.timing.replace('_', ' ')}"
        by = f"; {self.proof}" if self.proof else ""
        return f"Resilience({number}, certified under {self.blocking!r}, {self.coordination}{when}: {why}{by})"

    def _repr_html_(self) -> str:
        return f"<code>{escape(repr(self))}</code>"


def resilience(
    game: AnyGame,
    profile: Any,
    *,
    blocking: Blocking = "all",
    coordination: Coordination = "pure",
    coalitions: Coalitions | None = None,
    timing: Timing = "ex_ante",
    tol: float | Fraction | None = None,
    gap: float | Fraction = 1e-4,
    max_cells: int = 2000,
    time_limit: float | None = None,
    progress: Progress | None = None,
) -> Resilience:
    """Largest k ≤ n such that no allowed coalition of at most k players blocks the profile.

    Where all coalitions up to a size may form and fix a joint action against a pure profile, none is listed: see
    :mod:`.resilience_by_size`. So thousands of identical agents, or of players on a network, are no obstacle.

    Parameters
    ----------
    game : NormalFormGame, SymmetricGame or PolymatrixGame
    profile : sequence of n entries, or array of shape num_actions
        For each player an action (index or label) or a probability vector; or a correlated profile. Of identical agents:
        how many play each action.
    blocking : "all", "some", "any" or "transfer"
        When a coalition blocks; see :mod:`.joint_deviations`.
    coordination : "pure", "independent" or "correlated"
        Whether its members fix a joint action, mix each on her own, or share randomness.
    coalitions : iterable of sets of players, int, or graph, optional
        The coalitions that may form: a list (:func:`gametheory.games.coalitions`; members by index or name), a largest
        size, or a graph with ``.edges`` in which coalitions must be connected; by default all.
    timing : "ex_ante" or "interim"
        At a correlated profile; see :mod:`.correlated_deviations`.
    tol : float, optional
        A gain of at most tol · (the largest payoff span among the members) does not count.
    gap, max_cells, progress
        For each coalition that mixes independently; see :func:`.coalition_gain`.
    time_limit : float, optional
        Seconds for all searches together; after them bounds are those of pure play and shared randomness.

    Returns
    -------
    Resilience

    Raises
    ------
    SpecificationError
        Unknown rule, player or action, a limit out of range, a profile that is none.
    UnsupportedError
        A symbolic game; a question that is not offered of identical agents or of players on a network.

    Examples
    --------
    Stag hunt: the pair cannot improve on hunting together, but it can on hunting hares.

    >>> game = NormalFormGame.from_bimatrix([[4, 0], [3, 3]], [[4, 3], [0, 3]], actions=[["stag", "hare"]] * 2)
    >>> int(resilience(game, ("stag", "stag"))), int(resilience(game, ("hare", "hare")))
    (2, 1)

    A thousand agents can leave (1 each), or stay and get 2 if all do (Halpern's bargaining game): nobody gains by leaving.

    >>> from gametheory.games import SymmetricGame
    >>> agents = SymmetricGame.from_function(lambda leaves, others: 1 if leaves else 2 * (others[1] == 0), 1000, 2)
    >>> int(resilience(agents, (1000, 0), blocking="any")), int(resilience(agents, (0, 1000)))
    (1000, 999)
    """
    read_rules(blocking, coordination, timing)
    limits = mixing_limits(gap, max_cells, time_limit, progress)
    given = exact_tested_profile(game.exact(), profile) if isinstance(game, NormalFormGame) else profile
    if not isinstance(game, NormalFormGame) or is_by_size(game, given, blocking, coordination, coalitions, tol):
        value, by_whom, evidence = resilience_by_size(game, given, blocking, coordination, coalitions, tol)
        return Resilience(
            game=game,
            lower=value,
            upper=value,
            blocking=blocking,
            coordination=coordination,
            witness=by_whom,
            certificate=evidence,
        )
    exact_game = game.exact()
    allowed = allowed_coalitions(game, coalitions)
    question = CoalitionQuestion(exact_game, given, blocking, coordination, timing, limits)
    judge = GainJudge.of(game, tol)
    lower = upper = game.num_players
    found: list[CoalitionAnswer] = []
    witness = None
    for members in allowed:
        if len(members) > upper:
            break
        each = question.ask(members)
        answer = judge(each.lower, members)
        if answer == "no" and judge(each.upper, members) != "no":
            answer = "within tolerance"
        if answer == "no" and blocking == "some" and judge.open:
            answer = question.nearly_harmless(members, judge)
        if answer != "no" and len(members) <= lower:
            lower = len(members) - 1
        if answer == "yes":
            upper = len(members) - 1
            witness = question.witness(each)
            break
        found.append(each)
    short = [each for each in found if len(each.members) <= lower]
    proved = sum(each.upper < each.bound for each in short)
    return Resilience(
        game=game,
        lower=lower,
        upper=upper,
        blocking=blocking,
        coordination=coordination,
        witness=witness,
        certificate=question.certificate(short),
        relaxed=None
        if lower == upper
        else question.certificate([each for each in found if len(each.members) <= upper]),
        timing=timing if is_distribution(given) else None,
        proof=f"of {proved} coalition{'s' * (proved > 1)} by real arithmetic" if proved else "",
    )


def is_resilient(
    game: AnyGame,
    profile: Any,
    size: int,
    *,
    blocking: Blocking = "all",
    coordination: Coordination = "pure",
    coalitions: Coalitions | None = None,
    timing: Timing = "ex_ante",
    tol: float | Fraction | None = None,
    gap: float | Fraction = 1e-4,
    max_cells: int = 2000,
    time_limit: float | None = None,
) -> Verdict:
    """Whether no allowed coalition of at most ``size`` players blocks the profile.

    Parameters
    ----------
    size : int, 0 ≤ size ≤ n
    profile, blocking, coordination, coalitions, timing, tol, gap, max_cells, time_limit
        As for :func:`resilience`.

    Returns
    -------
    Verdict
        "no" comes with a smallest coalition that blocks as witness (a :class:`WitnessCertificate`, or a
        :class:`PlanWitnessCertificate`) and its gain; otherwise the gain is the largest of any coalition asked about, or a
        certified bound on it (0 where only a loss may be rounding). "within tolerance" also where a gain by independent
        mixing is only enclosed.

    Raises
    ------
    SpecificationError, UnsupportedError
        As :func:`resilience`; or ``size`` is no number of players.

    Examples
    --------
    >>> game = NormalFormGame.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]])
    >>> is_resilient(game, (1, 1), 2).status
    'no'
    """
    check_count("size", size, least=0, most=game.num_players)
    question = f"is the profile {size}-resilient under {blocking!r}, {coordination}?"
    if size == 0 and not isinstance(game, NormalFormGame):
        return Verdict("yes", Fraction(0), None, question)
    found = resilience(
        game,
        profile,
        blocking=blocking,
        coordination=coordination,
        coalitions=_up_to(game, coalitions, int(size)),
        timing=timing,
        tol=tol,
        gap=gap,
        max_cells=max_cells,
        time_limit=time_limit,
    )
    if found.witness is not None:
        return Verdict("no", found.witness.gain, found.witness, question)
    if found.lower < game.num_players:
        doubt = ""
        if coordination == "independent":
            doubt = (
                f"by independent mixing no coalition is known to gain, and none gains more than {brief(found.epsilon)}; pass "
                "tol= (a share of the payoff span), or raise max_cells or time_limit"
            )
        return Verdict("within tolerance", found.epsilon, None, question, doubt)
    return Verdict("yes", Fraction(0) if found.proof else found.certificate.epsilon, None, question)


def _up_to(game: AnyGame, coalitions: Coalitions | None, size: int) -> Coalitions:
    """The coalitions that may form and have at most ``size`` members."""
    if size and (coalitions is None or (isinstance(coalitions, int) and not isinstance(coalitions, bool))):
        return size if coalitions is None else min(coalitions, size)
    if not isinstance(game, NormalFormGame):
        return coalitions  # refused there: it is a list or a graph
    return [s for s in allowed_coalitions(game, coalitions) if len(s) <= size]
