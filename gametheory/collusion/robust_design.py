"""The best correlated profile that no coalition breaks: what a mediator can recommend against collusion.

A mediator draws an action profile from μ and tells each player its part in private. μ is **robust** for a family of
coalitions if no single player gains by disobedience (so that it is a correlated equilibrium) and no coalition of the family
blocks it by pooling what its members are told and agreeing on a plan (definitions and timing:
:mod:`gametheory.certificates.joint_plans`). With ``faulty=t`` it is also immune to t players of unknown aims, and no
coalition blocks it while up to t players outside follow a plan of their own.

    maximise  Σ_a μ(a) c(a)   over robust μ

=============  =====================================================  ==================================================
``blocking``   the set of robust profiles                             how it is solved
=============  =====================================================  ==================================================
``"any"``      a polytope                                             a linear programme with cutting planes
``"transfer"`` a polytope                                             the same
``"all"``      a union of polytopes (pure plans); else bilinear       branch and bound over who holds a coalition back
``"some"``     the same, not closed: the optimum may be a supremum    the same with strict inequalities
=============  =====================================================  ==================================================

Every answer carries a :class:`~gametheory.certificates.RobustBoundCertificate`: a bound on all robust profiles from a tree of
cases closed by multipliers, and the proof that the profile found is one. That there is none is proved by a tree of
contradictions, which name the coalitions, what they are told and what they play.

References: D. Moreno and J. Wooders (1996), *Coalition-proof equilibrium*, Games and Economic Behavior 17, 80–112; I. Ray
(1996), *Coalition-proof correlated equilibrium: a definition*, Games and Economic Behavior 17, 56–79; E. Einy and B. Peleg
(1995), *Coalition-proof communication equilibria*; I. Abraham, D. Dolev, R. Gonen and J. Halpern (2006), *Distributed
computing meets game theory*, PODC.

Complexity: one variable for each action profile; a table of (|A_S| |A_T|)² numbers for each coalition S and faulty set T.
The tree can be exponential in the number of plans under "all" and "some".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import RationalArray, exact
from gametheory.arithmetic.limits import check_count, check_seconds
from gametheory.certificates.blocking_plans import violations
from gametheory.certificates.gains import Blocking
from gametheory.certificates.joint_plans import FaultyPlay, Joint, RobustnessNotion, Timing, deviation_text
from gametheory.certificates.robust_bounds import Objective, RobustBoundCertificate
from gametheory.certificates.robust_cases import Leaf
from gametheory.collusion.coalition_questions import Coalitions, allowed_coalitions
from gametheory.collusion.joint_deviations import Coordination
from gametheory.collusion.robust_results import LargestRobustSize, RobustDesign
from gametheory.collusion.robust_search import Found, Progress, RobustSearch
from gametheory.equilibria.correlated_programme import linear_objective
from gametheory.errors import InfeasibleError, SolverError, SpecificationError, UnsupportedError
from gametheory.games.coalitions import coalitions as listed_coalitions
from gametheory.games.normal_form import NormalFormGame
from gametheory.optimize.design import Design

__all__ = ["largest_robust_size", "robust_correlated_equilibrium"]

Array = NDArray[Any]
Sense = Literal["max", "min"]


def robust_correlated_equilibrium(
    game: NormalFormGame,
    *,
    size: int,
    blocking: Blocking,
    coordination: Coordination = "pure",
    timing: Timing = "ex_ante",
    faulty: int = 0,
    faulty_play: FaultyPlay = "correlated",
    objective: str | int | Sequence[Any] | Array | RationalArray = "welfare",
    sense: Sense = "max",
    coalitions: Coalitions | None = None,
    connected: Any = None,
    gap: float | Fraction = Fraction(1, 10**6),
    max_nodes: int = 2_000,
    time_limit: float | None = None,
    progress: Progress | None = None,
) -> RobustDesign:
    """The best correlated profile that no coalition of up to ``size`` players blocks.

    Parameters
    ----------
    size : int, 1 ≤ size ≤ n
        Single players always count as coalitions; with ``size=1`` this is the best correlated equilibrium.
    blocking : "all", "some", "any" or "transfer"
        When a coalition blocks; see :mod:`.joint_deviations`.
    coordination : "pure", "correlated" or "independent"
        Whether members randomise together. Under "any" and "transfer" it makes no difference.
    timing : "ex_ante" or "interim"
        When the coalition agrees: before it is told anything (a plan for everything its members may be told), or
        knowing what all its members are told and nothing else. Under "any" and "transfer" it makes no difference.
    faulty : int, 0 ≤ faulty ≤ n − 1
        The profile is also immune to so many faulty players, and coalitions do not block amid them.
    faulty_play : "correlated" or "pure"
        Whether faulty players randomise over their plans; matters under "all" and "some" only.
    objective : "welfare", "fairness", a player, n weights on players, or an array of shape ``game.num_actions``
        As for :func:`gametheory.equilibria.correlated_equilibrium`.
    sense : "max" or "min"
        "min" gives the worst robust profile.
    coalitions : iterable of sets of players, int, or graph, optional
        The coalitions of two and more that may form, as for :func:`.resilience`; by default all.
    connected : iterable of pairs of int, or a graph, optional
        Only coalitions that are connected in this network may form.
    gap : float
        Where weights have to be searched, how far the bound may stay above the value, as a share of the objective's range.
    max_nodes, time_limit, progress
        Limits of the search and its report (nodes, value, bound, in the search's units).

    Returns
    -------
    RobustDesign

    Raises
    ------
    InfeasibleError
        No profile is robust. ``certificate`` is a :class:`~gametheory.certificates.RobustBoundCertificate` without a bound;
        its ``blamed`` names the coalitions, what they are told and what they play.
    SolverError
        A limit was reached before any robust profile was found, nor its absence proved; ``best`` is a certificate of the
        bound reached.
    UnsupportedError
        Independent mixing under "all" and "some"; members and faulty players who both correlate under these.

    Examples
    --------
    Chicken: alone nobody leaves ½ (dove, dove) + ¼ (dove, hawk) + ¼ (hawk, dove), but the two together gain ¾ each by
    always playing dove. Against pure plans that would help both, the mediator has to give up some welfare.

    >>> game = NormalFormGame.from_bimatrix([[6, 2], [7, 0]], [[6, 7], [2, 0]], actions=[["dove", "hawk"]] * 2)
    >>> best = robust_correlated_equilibrium(game, size=2, blocking="all")
    >>> best
    RobustDesign(welfare, coalitions of up to 2, certified: 48/5)
    >>> best.certificate.verify()
    True
    >>> robust_correlated_equilibrium(game, size=2, blocking="any")
    Traceback (most recent call last):
        ...
    gametheory.errors.InfeasibleError: no correlated profile withstands 3 coalitions of up to 2 players under 'any'; ...
    """
    exact_game = game.exact()
    robustness = _robustness(
        exact_game, size, faulty, blocking, coordination, timing, faulty_play, coalitions, connected
    )
    words, stated = _objective(exact_game, objective, sense)
    share = exact(gap, where="gap")
    if share <= 0:
        raise SpecificationError(f"gap: found {gap}; write a positive share of the objective's range")
    check_count("max_nodes", max_nodes)
    check_seconds("time_limit", time_limit)

    def search(question: RobustnessNotion) -> RobustSearch:
        made = RobustSearch(
            exact_game,
            question,
            stated,
            sense,
            gap=share,
            max_nodes=max_nodes,
            time_limit=time_limit,
            progress=progress,
        )
        made.run()
        return made

    if blocking == "some" and coordination == "correlated":
        # Weights on the border of the simplex can leave "some" open; what no profile withstands with pure plans, none does.
        easier = search(replace(robustness, coordination="pure", faulty_play="pure"))
        if easier.found is None and not easier.stopped:
            return _result(game, easier, stated, sense, words, size)
    done = search(robustness)
    return _result(game, done, stated, sense, words, size)


def _robustness(
    game: NormalFormGame,
    size: int,
    faulty: int,
    blocking: Blocking,
    coordination: Coordination,
    timing: Timing,
    faulty_play: FaultyPlay,
    coalitions: Coalitions | None,
    connected: Any,
) -> RobustnessNotion:
    n = game.num_players
    for name, value, least, most in (("size", size, 1, n), ("faulty", faulty, 0, n - 1)):
        check_count(name, value, least=least, most=most)
    if coordination == "independent" and blocking in ("any", "transfer"):
        coordination = "pure"  # gains are linear in each member's mixture
    if coordination == "independent":
        raise UnsupportedError(
            f"coordination='independent': mixing apart is not convex under {blocking!r}; a profile that withstands "
            "'correlated' withstands it, and one that does not withstand 'pure' does not"
        )
    listed = None if coalitions is None else allowed_coalitions(game, coalitions)
    family = listed_coalitions(n, max_size=size, members=listed, connected=connected)
    alone = {frozenset([i]) for i in range(n)}
    together = [members for members in family if len(members) > 1]
    question = RobustnessNotion(
        coalitions=(*sorted(alone, key=min), *together),
        faulty=int(faulty),
        blocking=blocking,
        coordination=coordination,
        timing=timing,
        faulty_play=faulty_play,
    )
    both_mix = coordination == "correlated" and faulty_play == "correlated" and faulty > 0
    if both_mix and blocking in ("all", "some") and together:
        raise UnsupportedError(
            "coordination='correlated' amid faulty_play='correlated': the two distributions multiply; pass coordination='pure' "
            "or faulty_play='pure', which ask for less"
        )
    return question


def _objective(game: NormalFormGame, objective: Any, sense: str) -> tuple[str, Objective]:
    if sense not in ("max", "min"):
        raise SpecificationError(f"sense: found {sense!r}; write 'max' or 'min'")
    if isinstance(objective, str) and objective == "fairness":
        if sense == "min":
            raise SpecificationError(
                "sense: the smallest payoff can be maximised only; name a player to minimise one payoff"
            )
        return "smallest payoff", "fairness"
    if isinstance(objective, str) and objective == "welfare":
        return "welfare", "welfare"
    is_index = isinstance(objective, (int, np.integer)) and not isinstance(objective, bool)
    if is_index or (isinstance(objective, str) and objective in game.players):
        player = game.player_index(objective)
        weights = [int(i == player) for i in range(game.num_players)]
        return f"payoff of {game.players[player]}", linear_objective(game, weights)[0]
    return "weighted objective", linear_objective(game, objective)[0]


def _result(
    game: NormalFormGame, search: RobustSearch, objective: Objective, sense: Sense, words: str, size: int
) -> RobustDesign:
    exact_game, robustness = search.game, search.robustness
    turn = Fraction(1 if sense == "max" else -1, search.programme.numbers[1])
    found, bound = search.found, search.bound
    support: tuple[tuple[Joint, Fraction], ...] = () if found is None else _support(exact_game, found)
    if found is not None:
        bound = max(found.value, found.value if bound is None else bound)
    certificate = RobustBoundCertificate(
        robustness=robustness,
        objective=objective,
        sense=sense,
        bound=None if bound is None else bound * turn,
        nodes=tuple(search.nodes),
        profile=support,
        value=None if found is None else found.value * turn,
        weights=_evidence(search, found),
        game=exact_game,
    )
    certificate.verify()
    if found is None or bound is None:
        if bound is None:
            names = certificate.blamed
            blamed = "; ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")
            raise InfeasibleError(
                f"{certificate.claim}; among those that contradict each other: {blamed}. Allow smaller coalitions or fewer "
                "faulty players, or change payoffs",
                certificate=certificate,
            )
        raise SolverError(
            f"robust_correlated_equilibrium stopped ({search.stopped}) before it found a robust profile or proved that "
            "there is none; raise max_nodes or time_limit, or ask for less",
            status=search.stopped,
            solver="branch and bound",
            best=certificate,
        )
    value = found.value * turn
    floats = game.arithmetic == "float"
    profile = np.full(game.num_actions, Fraction(0), dtype=object)
    for place, p in support:
        profile[place] = p
    profile.setflags(write=False)
    design = Design(
        value=float(value) if floats else value,
        decision={", ".join(game.actions[i][k] for i, k in enumerate(place)): p for place, p in support},
        profile=profile.astype(np.float64) if floats else profile,
        attained=found.attained and found.value == bound,
        binding=_prices(exact_game, search, bound, turn),
        certificate=certificate,
        name=words,
    )
    ends = sorted((value, bound * turn))
    return RobustDesign(
        game=game,
        design=design,
        exact_profile=profile,
        lower=ends[0],
        upper=ends[1],
        size=size,
        faulty=robustness.faulty,
        remark=_remark(found, bound, search.stopped),
    )


def _support(game: NormalFormGame, found: Found) -> tuple[tuple[Joint, Fraction], ...]:
    places = np.flatnonzero(found.weights != 0)
    return tuple(
        (tuple(int(k) for k in np.unravel_index(a, game.num_actions)), Fraction(int(found.weights[a]), found.total))
        for a in places
    )


def _evidence(search: RobustSearch, found: Found | None) -> Any:
    """Weights of the groups that need them, where neither one member nor equal weights are enough."""
    if found is None:
        return ()
    search.cuts.oracle.weights.clear()
    blocked = next(violations(search.game, found.weights, search.robustness, search.cuts.oracle.answer), None)
    assert blocked is None, "the profile found is blocked"
    return tuple(
        (group, weights)
        for group, weights in search.cuts.oracle.weights.items()
        if len(set(weights)) > 1 and (search.robustness.blocking == "some" or max(weights) < 1)
    )


def _remark(found: Found, bound: Fraction, stopped: str) -> str:
    if found.value == bound:
        return ""
    if stopped:
        return f"the search was stopped at the {stopped}"
    return "a supremum, approached" if not found.attained else "the gap is closed within tolerance"


def _prices(game: NormalFormGame, search: RobustSearch, bound: Fraction, turn: Fraction) -> dict[str, Fraction]:
    """Multipliers of the first case that attains the bound, by name."""
    prices: dict[str, Fraction] = {}
    for node, value in zip(search.nodes, search.bounds, strict=True):
        if isinstance(node, Leaf) and value == bound:
            for term in node.terms:
                name = deviation_text(game, term.deviation, term.who)
                key = name if name not in prices else f"{name} ({len(prices)})"
                prices[key] = term.multiplier * (1 if turn > 0 else -1)
            break
    return prices


def largest_robust_size(game: NormalFormGame, *, blocking: Blocking, **options: Any) -> LargestRobustSize:
    """The largest k for which some correlated profile withstands all coalitions of up to k players.

    Parameters
    ----------
    blocking, **options
        As for :func:`robust_correlated_equilibrium`, except ``size``.

    Returns
    -------
    LargestRobustSize

    Raises
    ------
    SpecificationError, UnsupportedError
        As :func:`robust_correlated_equilibrium`.

    Notes
    -----
    Robust profiles for k + 1 are robust for k, so that sizes are tried from 1 on until there is none.

    Examples
    --------
    >>> game = NormalFormGame.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]], actions=[["C", "D"]] * 2)
    >>> int(largest_robust_size(game, blocking="all"))
    1
    """
    best: RobustDesign | None = None
    reached = 0
    for size in range(1, game.num_players + 1):
        try:
            best = robust_correlated_equilibrium(game, size=size, blocking=blocking, **options)
            reached = size
        except InfeasibleError as error:
            return LargestRobustSize(lower=reached, upper=size - 1, design=best, certificate=error.certificate)
        except SolverError:
            continue  # a larger size may still be shown to be impossible
    return LargestRobustSize(lower=reached, upper=game.num_players, design=best, certificate=None)
