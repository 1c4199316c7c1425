"""Correlated profiles that no coalition leaves: strong correlated equilibrium, ex ante and interim.

A distribution μ over action profiles is a **strong correlated equilibrium** iff no coalition S that pools what the mediator
tells its members blocks μ by a plan (:mod:`gametheory.certificates.recommendations` for plans, timing, and what members
know). With S = {i} alone this is Aumann's correlated equilibrium, at either timing.

* ``timing="ex_ante"``: S agrees before it is told anything (Moreno and Wooders 1996; Ray 1996).
* ``timing="interim"``: S agrees after its members have told each other what they were told, and blocks if it does at some
  a_S of positive probability, in conditional expectation given a_S. Einy and Peleg (1995) are the first to let coalitions
  deviate at this stage; definitions there and in Bloch and Dutta (2009) restrict in addition what may be told or inferred.

Ex ante is the more demanding: what is stable ex ante is stable at the interim, and under "any" and "transfer" the two agree.

References: see :mod:`gametheory.certificates.recommendations`; R. Aumann 1974, *Journal of Mathematical Economics* 1.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from gametheory.arithmetic import Verdict
from gametheory.arithmetic.limits import check_count
from gametheory.certificates.encoding import is_distribution
from gametheory.certificates.gains import Blocking
from gametheory.certificates.recommendations import Timing
from gametheory.collusion.coalition_gains import CoalitionGain, Coordination
from gametheory.collusion.coalition_questions import CoalitionQuestion, Coalitions, allowed_coalitions
from gametheory.collusion.joint_deviations import deviation_of_plan, mixing_limits, read_rules
from gametheory.collusion.resilience import is_resilient
from gametheory.collusion.tested_profiles import exact_correlated_profile, exact_tested_profile
from gametheory.errors import SpecificationError
from gametheory.games.normal_form import NormalFormGame

__all__ = ["is_strong_correlated_equilibrium", "largest_coalition_gain"]


def is_strong_correlated_equilibrium(
    game: NormalFormGame,
    distribution: Any,
    *,
    timing: Timing,
    blocking: Blocking = "all",
    coordination: Coordination = "correlated",
    size: int | None = None,
    coalitions: Coalitions | None = None,
    tol: float | Fraction | None = None,
) -> Verdict:
    """Whether no coalition that pools its recommendations blocks a correlated profile.

    Parameters
    ----------
    distribution : array of shape num_actions, or mapping from pure profiles to probabilities
    timing : "ex_ante" or "interim"
        When coalitions agree and judge; see the head of this module.
    blocking : "all", "some", "any" or "transfer"
    coordination : "correlated", "pure" or "independent"
        Whether a plan may draw joint actions at random together.
    size : int, optional
        Coalitions of at most so many players; by default of any size.
    coalitions : iterable of sets of players, int, or graph, optional
        Which coalitions may form.
    tol : float, optional
        A gain of at most tol · (the largest payoff span among the members) does not count.

    Returns
    -------
    Verdict
        "no" with a smallest coalition that blocks as witness, a :class:`PlanWitnessCertificate`; the evidence for a "yes" is
        the certificate of :func:`.resilience`.

    Raises
    ------
    SpecificationError, UnsupportedError
        As :func:`.resilience`; or the distribution is none over the profiles of this game.

    Examples
    --------
    Chicken: an equilibrium worth 21/4 each, from which both gain 3/4 if they agree beforehand to swerve in any case. Once
    told who shall dare, that player does not agree; told both to swerve, there is nothing to gain.

    >>> chicken = NormalFormGame.from_bimatrix([[6, 2], [7, 0]], [[6, 7], [2, 0]])
    >>> advice = {(0, 0): "1/2", (0, 1): "1/4", (1, 0): "1/4"}
    >>> [is_strong_correlated_equilibrium(chicken, advice, timing=when).status for when in ("ex_ante", "interim")]
    ['no', 'yes']
    """
    given = exact_correlated_profile(game.exact(), distribution)
    return is_resilient(
        game,
        given,
        game.num_players if size is None else size,
        blocking=blocking,
        coordination=coordination,
        coalitions=coalitions,
        timing=timing,
        tol=tol,
    )


def largest_coalition_gain(
    game: NormalFormGame,
    profile: Any,
    *,
    size: int | None = None,
    blocking: Blocking = "all",
    coordination: Coordination = "pure",
    coalitions: Coalitions | None = None,
    timing: Timing = "ex_ante",
    gap: float | Fraction = 1e-4,
    max_cells: int = 2000,
    time_limit: float | None = None,
) -> CoalitionGain:
    """The most that any allowed coalition gains: how far a profile, correlated or not, is from being stable.

    The profile is ε-resilient exactly for ε of at least this number. Nondecreasing in ``size``.

    Parameters
    ----------
    size : int, optional
        Coalitions of at most so many players; by default of any size.
    profile, blocking, coordination, timing, gap, max_cells, time_limit
        As for :func:`.coalition_gain`; the time is for all coalitions together.
    coalitions : iterable of sets of players, int, or graph, optional
        Which coalitions may form.

    Returns
    -------
    CoalitionGain
        Of the coalition that gains most for certain (the smallest, with the lowest indices, among equals); ``upper`` and the
        certificate are about all allowed coalitions.

    Raises
    ------
    SpecificationError, UnsupportedError
        As :func:`.coalition_gain`; or no coalition is left.

    Examples
    --------
    >>> chicken = NormalFormGame.from_bimatrix([[6, 2], [7, 0]], [[6, 7], [2, 0]])
    >>> third = {(0, 0): "1/3", (0, 1): "1/3", (1, 0): "1/3"}
    >>> largest_coalition_gain(chicken, third, size=1).value, largest_coalition_gain(chicken, third).value
    (Fraction(0, 1), Fraction(1, 1))
    """
    if size is not None:
        check_count("size", size, most=game.num_players)
    allowed = [s for s in allowed_coalitions(game, coalitions) if size is None or len(s) <= size]
    if not allowed:
        raise SpecificationError("coalitions: none is left; allow at least one coalition")
    read_rules(blocking, coordination, timing)
    limits = mixing_limits(gap, max_cells, time_limit)
    given = exact_tested_profile(game.exact(), profile)
    question = CoalitionQuestion(game.exact(), given, blocking, coordination, timing, limits)
    answers = [question.ask(members) for members in allowed]
    best = max(answers, key=lambda each: each.lower)
    witness = None if best.deviation is None else question.witness(best)
    deviation = best.deviation
    if deviation is not None and not question.classic:
        deviation = deviation_of_plan(deviation)
    upper = max(each.upper for each in answers)
    certificate = question.certificate(answers)
    return CoalitionGain(
        game=game,
        coalition=best.members,
        lower=best.lower,
        upper=upper,
        deviation=deviation,
        gains=(Fraction(0),) * len(best.members) if witness is None else witness.gains,
        blocking=blocking,
        coordination=coordination,
        witness=witness,
        certificate=certificate,
        timing=timing if is_distribution(given) else None,
        proof="bounded by real arithmetic" if upper < certificate.epsilon else "",
    )
