"""Nash equilibria: all, one, how far off, and whether.

σ is a Nash equilibrium iff no player has a *regret*: max_{a_i} u_i(a_i, σ_{−i}) − u_i(σ) = 0 for every player i (J.
Nash 1950, 1951: one exists in every finite game). Every float is a rational number, so that answers for games of
floats are exact as well: ``profile`` shows floats, ``exact_profile`` holds the rational equilibrium of
``game.exact()``.

What is here: all pure equilibria and one mixed equilibrium for any number of players, all equilibria for one or two, all
isolated ones of small games with more. With three or more players probabilities can be irrational: then a box is
certified to hold exactly one equilibrium, and ``exact_profile`` is the box's centre, whose :func:`nash_regret` is exact.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from gametheory.arithmetic import Verdict, judge
from gametheory.arithmetic.limits import check_count, check_seconds
from gametheory.certificates.deviations import DeviationCertificate
from gametheory.certificates.pure_completeness import PureCompletenessCertificate
from gametheory.certificates.witnesses import WitnessCertificate
from gametheory.equilibria.bimatrix import (
    Completeness,
    SearchIn,
    bimatrix_equilibria,
    iterate_bimatrix_equilibria,
)
from gametheory.equilibria.bimatrix_equilibrium import bimatrix_equilibrium
from gametheory.equilibria.equilibrium import Equilibrium, EquilibriumSet
from gametheory.equilibria.multiplayer import multiplayer_equilibrium
from gametheory.equilibria.multiplayer_search import iterate_multiplayer_equilibria, multiplayer_equilibria
from gametheory.equilibria.pure import MAX_EQUILIBRIA, first_pure_profile
from gametheory.errors import SolverError, SpecificationError, UnsupportedError
from gametheory.games.memory import refuse_if_too_large
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.profiles import deviation_payoffs, exact_mixed_profile, mixed_profile, regrets

__all__ = [
    "MAX_BRANCHES",
    "TIME_LIMIT",
    "is_nash_equilibrium",
    "iterate_nash_equilibria",
    "nash_equilibria",
    "nash_equilibrium",
    "nash_regret",
]

MAX_BRANCHES = 500_000
"""Default of ``max_branches``: random games up to about 25×25 need fewer in floats, up to about 20×20 in integers."""

TIME_LIMIT = 600.0
"""Default of ``time_limit`` where all equilibria are asked for, in seconds."""


def nash_equilibria(
    game: NormalFormGame,
    *,
    completeness: Completeness = "auto",
    max_equilibria: int = MAX_EQUILIBRIA,
    max_branches: int = MAX_BRANCHES,
    time_limit: float | None = TIME_LIMIT,
) -> EquilibriumSet:
    """All Nash equilibria: the extreme ones, and how the others arise from them; all isolated ones of three or more players.

    One or two players: the answer is complete for degenerate games as well. Every equilibrium is a pair of mixtures of
    strategies of one of the ``maximal_nash_subsets``; ``components`` are the connected pieces of the set. If no member
    is degenerate, the members are all there is, and odd in number. Each member is certified; whether their completeness
    is, the answer's ``completeness`` says.

    Three or more players (:func:`~gametheory.equilibria.multiplayer_search.multiplayer_equilibria`): the members are all
    there is if the answer's ``completeness`` is ``"certified"``. Otherwise some equilibria are not isolated, or too
    nearly so: ``undecided`` lists the supports and boxes in which there may be more.

    Parameters
    ----------
    game : NormalFormGame
        Exact or of floats (whose equilibria are those of ``game.exact()``).
    completeness : {"auto", "certified", "numerical"}
        ``"certified"``: search in integers and keep the evidence that nothing is missing, for a stranger to re-check;
        12×12 takes half a second. ``"numerical"``: search in floats, a hundred times as fast there; branches are
        discarded by margins larger than all rounding errors, but no evidence is kept, so that the answer's
        ``completeness`` is ``"numerical"``. Branches with ties or too close to call are searched in integers all the
        same; games up to 5×5 are as a whole, and then the answer is ``"certified"``. ``"auto"``: certified up to 100
        pure profiles (10×10), else numerical. If payoffs sum to one constant, all three list the optimal strategies of both
        players, certified complete without a search. With three or more players all three certify completeness where it can
        be.
    max_equilibria, max_branches, time_limit : int, int, float or None
        Stop with an error when more extreme equilibria are found, more branches were looked at, or more seconds have
        passed: a game can have exponentially many equilibria, and a search more branches than that.

    Returns
    -------
    EquilibriumSet
        Members in decreasing lexicographic order of (x, y): the equilibria in which player 1 plays the first action
        come first.

    Raises
    ------
    SolverError
        At a limit; ``best`` holds the equilibria found until then.
    UnsupportedError
        Three or more players and more than 200,000 supports, or free symbols in the payoffs.

    Examples
    --------
    B. von Stengel (2007), *Equilibrium computation for two-player games in strategic and extensive form*, in
    Algorithmic Game Theory, chapter 3: a game with three equilibria.

    >>> game = NormalFormGame.from_bimatrix([[3, 3], [2, 5], [0, 6]], [[3, 2], [2, 6], [3, 1]])
    >>> equilibria = nash_equilibria(game)
    >>> equilibria
    EquilibriumSet(3 Nash equilibria in 3 components, certified, certified complete)
    >>> print(equilibria.ne_lines())
    NE,1,0,0,1,0
    NE,4/5,1/5,0,2/3,1/3
    NE,0,1/3,2/3,1/3,2/3

    With 3 in place of player 2's payoff 2 in the first row, player 2 is indifferent there and the game is degenerate:

    >>> game = NormalFormGame.from_bimatrix([[3, 3], [2, 5], [0, 6]], [[3, 3], [2, 6], [3, 1]])
    >>> equilibria = nash_equilibria(game)
    >>> equilibria.components, equilibria.certificate.verify()
    (((0, 1), (2,)), True)
    >>> equilibria.degeneracy
    'Degenerate: when Player 1 plays 1, Player 2 has 2 pure best replies (1, 2), more than the 1 action played.'
    """
    _one_of(completeness, "completeness", ("auto", "certified", "numerical"))
    _refuse_symbols(game)
    if game.num_players == 1:
        return _one_player(game, max_equilibria)
    if game.num_players > 2:
        return multiplayer_equilibria(
            game, max_equilibria=max_equilibria, max_branches=max_branches, time_limit=time_limit
        )
    _refuse_large_dictionaries(game)
    return bimatrix_equilibria(
        game,
        completeness=completeness,
        max_equilibria=max_equilibria,
        max_branches=max_branches,
        time_limit=time_limit,
    )


def iterate_nash_equilibria(
    game: NormalFormGame,
    *,
    search: SearchIn = "auto",
    max_branches: int | None = None,
    time_limit: float | None = None,
) -> Iterator[Equilibrium]:
    """The members of :func:`nash_equilibria` one at a time, as they are found: none twice, and no list of them kept.

    For games with more equilibria than can be listed, or to stop at the first that will do. With two players the search
    keeps the path to where it is, and nothing else, in memory; each equilibrium is given at one place of it, also where
    several maximal Nash subsets meet. That the generator ends says that there are no more; evidence of that, and the
    structure of the set, come with :func:`nash_equilibria` alone.

    Parameters
    ----------
    game : NormalFormGame
        Exact or of floats (whose equilibria are those of ``game.exact()``).
    search : {"auto", "floats", "integers"}
        For two players, how branches are looked at: in floats, where those in doubt (ties) are looked at in integers, or
        all in integers. The equilibria are the same, their order is not. ``"auto"``: integers up to 25 pure profiles.
    max_branches, time_limit : int or None, float or None
        Stop with an error when more branches were looked at or more seconds have passed since the first equilibrium was
        asked for; ``None`` is no limit.

    Yields
    ------
    Equilibrium
        Certified.

    Raises
    ------
    SolverError
        At a limit. With three or more players also at the end, if there may be more: some equilibria are not isolated.
    UnsupportedError
        Three or more players and more than 200,000 supports, or free symbols in the payoffs.

    Examples
    --------
    Three of the 2⁴⁰ − 1 equilibria of the identity game of 40 actions:

    >>> from itertools import islice
    >>> identity = [[int(i == j) for j in range(40)] for i in range(40)]
    >>> for e in islice(iterate_nash_equilibria(NormalFormGame.from_bimatrix(identity, identity)), 3):
    ...     print(len(e.support[0]), e.payoffs[0], e.certificate.verify())
    40 1/40 True
    39 1/39 True
    39 1/39 True
    """
    _one_of(search, "search", ("auto", "floats", "integers"))
    if max_branches is not None:
        check_count("max_branches", max_branches, least=0)
    check_seconds("time_limit", time_limit)
    _refuse_symbols(game)
    if game.num_players == 1:
        return iter(_one_player(game, game.num_profiles))
    if game.num_players > 2:
        return iterate_multiplayer_equilibria(game, max_branches=max_branches, time_limit=time_limit)
    _refuse_large_dictionaries(game)
    return iterate_bimatrix_equilibria(game, search=search, max_branches=max_branches, time_limit=time_limit)


def nash_equilibrium(game: NormalFormGame, *, time_limit: float | None = None) -> Equilibrium:
    """One Nash equilibrium, certified: the first pure one if there is one, else a mixed one.

    With two players the mixed one is where a path of C. E. Lemke and J. T. Howson (1964) or one from a prior (A. H. van den
    Elzen and A. J. J. Talman 1991) ends, found in floats with restarts and decided in rationals
    (:mod:`gametheory.equilibria.bimatrix_equilibrium`). Random games of 1000×1000 take a tenth of a second, games of
    strongly opposed interests a second at 150×150 and half a minute at 200×200; there are games on which every known method
    takes exponential time. With three or more players the mixed one is that of
    :func:`~gametheory.equilibria.multiplayer.multiplayer_equilibrium`: probabilities can be irrational, and then a box is
    certified to hold exactly one equilibrium.

    Parameters
    ----------
    game : NormalFormGame
        Exact or of floats (whose equilibria are those of ``game.exact()``).
    time_limit : float or None
        For two players: stop with an error after so many seconds. With ``None``, the default, the search goes on until it
        has an equilibrium, and in the end it has one.

    Returns
    -------
    Equilibrium
        With a certificate; its ``method`` says how it was found.

    Raises
    ------
    SolverError
        If none was found: at the time limit, or with three or more players. ``best`` is the nearest profile with its
        exact epsilon.
    UnsupportedError
        Free symbols in the payoffs.
    SpecificationError
        If the time limit is no number of seconds, or the payoffs in floats would not fit into memory.

    Examples
    --------
    >>> labels = [["rock", "paper", "scissors"]] * 2
    >>> game = NormalFormGame.zero_sum([[0, -1, 2], [1, 0, -1], [-1, 1, 0]], actions=labels)
    >>> print(nash_equilibrium(game).describe())
    1/4 rock + 5/12 paper + 1/3 scissors | 1/3 rock + 5/12 paper + 1/4 scissors
    """
    _refuse_symbols(game)
    check_seconds("time_limit", time_limit)
    pure = first_pure_profile(game)
    if pure is not None:
        vectors: Any = exact_mixed_profile(game, pure)
        floats = tuple(v.astype(float) for v in vectors)
        return Equilibrium(
            concept="Nash",
            game=game,
            profile=floats if game.arithmetic == "float" else vectors,
            exact_profile=vectors,
            payoffs=game.payoff(*pure),
            certificate=DeviationCertificate("nash", pure, game=game),
            method="maxima along each player's axis",
        )
    if game.num_players > 2:
        return multiplayer_equilibrium(game)
    return bimatrix_equilibrium(game, time_limit=time_limit)


def nash_regret(game: NormalFormGame, profile: Any) -> Fraction:
    """The largest regret of any player at a pure or mixed profile, exact, in units of payoff; 0 iff it is Nash.

    Floats are taken as the rationals that they are (and divided by their sum).

    Parameters
    ----------
    game : NormalFormGame
    profile : sequence
        For each player an action (index or label) or a probability vector.

    Returns
    -------
    Fraction

    Raises
    ------
    SpecificationError
        If the profile does not fit the game.
    UnsupportedError
        If the payoffs have free symbols.

    Examples
    --------
    >>> nash_regret(NormalFormGame.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]]), (0, 0))
    Fraction(2, 1)
    """
    return max(Fraction(r) for r in regrets(game, profile))


def is_nash_equilibrium(game: NormalFormGame, profile: Any, *, tol: float | Fraction | None = None) -> Verdict:
    """Whether no player gains by deviating alone from a pure or mixed profile.

    Parameters
    ----------
    game : NormalFormGame
    profile : sequence
        For each player an action (index or label) or a probability vector.
    tol : float or Fraction, optional
        Ask instead whether no gain exceeds ``tol`` times that player's payoff span. Without it, in a game of floats or
        for a profile of floats, a gain up to 1e-9 of the span is answered "within tolerance".

    Returns
    -------
    Verdict
        With the largest gain, exact, and as witness the deviation that has it: a certificate of its own.

    Raises
    ------
    SpecificationError
        If the profile does not fit the game, or ``tol`` is negative.
    UnsupportedError
        If the payoffs have free symbols.

    Examples
    --------
    >>> game = NormalFormGame.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]], actions=[["C", "D"], ["C", "D"]])
    >>> is_nash_equilibrium(game, ("D", "D"))
    Verdict(yes, gain=0)
    >>> verdict = is_nash_equilibrium(game, ("C", "C"))
    >>> verdict.gain, verdict.witness.members, verdict.witness.deviation
    (Fraction(2, 1), (0,), (1,))
    """
    exact_game, exact_profile = game.exact(), exact_mixed_profile(game, profile)
    gains = [Fraction(r) for r in regrets(exact_game, exact_profile)]

    def witness(player: int) -> WitnessCertificate:
        options = deviation_payoffs(exact_game, exact_profile, player)
        best = max(range(len(options)), key=options.__getitem__)
        return WitnessCertificate.of(exact_game, exact_profile, {player}, (best,), blocking="all")

    floats = game.arithmetic == "float" or _has_floats(game, profile)
    return judge(
        gains,
        [game.payoff_span(i) for i in range(game.num_players)],
        tol=tol,
        arithmetic="float" if floats else "exact",
        witness=witness,
        question="is it a Nash equilibrium?",
    )


def _has_floats(game: NormalFormGame, profile: Any) -> bool:
    return any(vector.dtype != object for vector in mixed_profile(game, profile))


def _one_of(value: str, name: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise SpecificationError(
            f"{name}: found {value!r}; write {', '.join(map(repr, allowed[:-1]))} or {allowed[-1]!r}"
        )


def _refuse_symbols(game: NormalFormGame) -> None:
    if not isinstance(game, NormalFormGame):
        raise SpecificationError(
            f"game: found {type(game).__name__}; build one with NormalFormGame.from_bimatrix(A, B) or NormalFormGame(payoffs)"
        )
    if game.arithmetic == "symbolic":
        raise UnsupportedError("the payoffs have free symbols, so the equilibria depend on them; substitute values")


def _refuse_large_dictionaries(game: NormalFormGame) -> None:
    refuse_if_too_large(2 * game.num_profiles, 100, "the two simplex dictionaries of Python integers")


def _one_player(game: NormalFormGame, max_equilibria: int) -> EquilibriumSet:
    """A decision: the best actions, and every mixture of them."""
    exact_game = game.exact()
    payoffs = exact_game.numerators[0]
    best = [k for k, u in enumerate(payoffs.tolist()) if u == payoffs.max()]
    if len(best) > max_equilibria:
        raise SolverError(
            f"{len(best):,} actions are optimal, more than max_equilibria={max_equilibria:,}; pass a larger one",
            status="limit",
            solver="largest payoff",
            best=best[:max_equilibria],
        )
    members, vectors = [], []
    for k in best:
        (vector,) = exact_mixed_profile(game, (k,))
        vectors.append(vector)
        members.append(
            Equilibrium(
                concept="Nash",
                game=game,
                profile=(vector.astype(float),) if game.arithmetic == "float" else (vector,),
                exact_profile=(vector,),
                payoffs=game.payoff(k),
                certificate=DeviationCertificate.nash(exact_game, (k,)),
                method="largest payoff",
            )
        )
    names = ", ".join(game.actions[0][k] for k in best[:8]) + (", …" if len(best) > 8 else "")
    return EquilibriumSet(
        game=game,
        concept="Nash",
        equilibria=tuple(members),
        components=(tuple(range(len(best))),),
        completeness="certified",
        certificate=PureCompletenessCertificate.of(exact_game, [(k,) for k in best]),
        extreme_strategies=(tuple(vectors),),
        maximal_nash_subsets=((tuple(range(len(best))),),),
        degenerate=len(best) > 1,
        degeneracy=f"Degenerate: {game.players[0]} has {len(best)} optimal actions ({names})." if len(best) > 1 else "",
        method="largest payoff",
    )
