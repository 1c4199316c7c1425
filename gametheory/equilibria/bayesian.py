"""Bayes–Nash equilibria of finite games of incomplete information.

Types t are drawn from a common prior p; a behavioural profile σ gives every type a distribution over its actions. It is
a Bayes–Nash equilibrium when no type of positive probability gains:

    max_{a_i} U_i(a_i | t_i, σ) − Σ_{a_i} σ_i(a_i | t_i) U_i(a_i | t_i, σ) = 0   for all i and t_i with p_i(t_i) > 0.

That is a Nash equilibrium of the **agent form**, whose players are the types. With two players all equilibria come from
the **strategic form** (a player chooses a map from types to actions): a mixed strategy over maps and the behavioural
strategy with the same probability of each action at each type earn every payoff alike (types are never forgotten: Kuhn
1953), so that the extreme equilibria of that two-player game give, one by one, behavioural profiles. Each is certified
in the agent form: no type gains.

With another number of players all is done in the agent form. There isolated equilibria are isolated; in the strategic
form a player of whom two types mix has a continuum of strategies over maps for each of them, in which a search for
isolated solutions has nothing to find.

References: J. Harsanyi (1967-68), Games with incomplete information played by "Bayesian" players, Management Science
14; H. W. Kuhn (1953), Extensive games and the problem of information.

Limits: the strategic form has m_i to the power of k_i strategies, the agent form as many profiles as their product, and
all its equilibria are searched up to 200,000 supports (three players with three types each and two actions have 19,683).
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import Verdict, judge
from gametheory.certificates.deviations import DeviationCertificate
from gametheory.equilibria.commitment import StackelbergEquilibrium
from gametheory.equilibria.commitment_cells import Followers, Ties
from gametheory.equilibria.equilibrium import Equilibrium, EquilibriumSet
from gametheory.equilibria.pure import pure_nash_equilibria
from gametheory.equilibria.stackelberg import stackelberg_equilibrium
from gametheory.games.bayesian import BayesianGame
from gametheory.games.behavioural import bayes_regrets
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.profiles import expected_payoffs

__all__ = [
    "bayes_nash_equilibria",
    "bayes_nash_equilibrium",
    "bayes_nash_regret",
    "bayesian_stackelberg_equilibrium",
    "is_bayes_nash_equilibrium",
    "pure_bayes_nash_equilibria",
]

Array = NDArray[Any]


def bayes_nash_equilibria(game: BayesianGame) -> EquilibriumSet:
    """All Bayes–Nash equilibria: with two players the extreme ones, certified and complete, else the isolated ones.

    Parameters
    ----------
    game : BayesianGame
        Types may be correlated.

    Returns
    -------
    EquilibriumSet
        Its game is the exact agent form, whose players are the types: ``game.behavioural(equilibrium.exact_profile)``
        is the profile by player and type. The equilibria are those of the extreme equilibria of the strategic form,
        each once; every Bayes–Nash equilibrium is a mixture of them within a maximal Nash subset. The certificate of
        completeness speaks of ``game.exact().strategic_form()``.

        With one, or three or more players they are those that
        :func:`~gametheory.equilibria.multiplayer_equilibria` finds in the agent form, of which the certificate of
        completeness then speaks; where equilibria are not isolated, completeness is numerical and ``undecided`` says where
        there may be more.

    Raises
    ------
    UnsupportedError
        Other than two players and more than 200,000 supports: use :func:`pure_bayes_nash_equilibria`.
    SolverError
        At the limits of :func:`~gametheory.equilibria.multiplayer_equilibria`.
    SpecificationError
        If the strategic or the agent form would not fit in memory.

    Examples
    --------
    The first player wants to match; the second wants to match with probability 2/3, else to mismatch, and knows which.

    >>> game = BayesianGame.from_function(
    ...     lambda t, a: (int(a[0] == a[1]), int((a[0] == a[1]) == (t[1] == 0))),
    ...     num_types=(1, 2), num_actions=(2, 2), prior=[["2/3", "1/3"]])
    >>> for equilibrium in bayes_nash_equilibria(game):
    ...     print(equilibrium.describe())
    1 | 1 | 2
    1/2 1 + 1/2 2 | 1/2 1 + 1/2 2 | 1/2 1 + 1/2 2
    1/2 1 + 1/2 2 | 1/4 1 + 3/4 2 | 1
    1/2 1 + 1/2 2 | 3/4 1 + 1/4 2 | 2
    2 | 2 | 1
    """
    from gametheory.equilibria.nash import nash_equilibria

    exact_game = game.exact()
    agent_form = exact_game.agent_form()
    if game.num_players != 2:
        return _isolated(game, agent_form)
    found = nash_equilibria(exact_game.strategic_form())
    place: dict[tuple[Any, ...], int] = {}
    members: list[Equilibrium] = []
    position = []
    for equilibrium in found:
        profile = _agent_profile(exact_game, equilibrium.probabilities())
        key = tuple(x for vector in profile for x in vector)
        if key not in place:
            place[key] = len(members)
            members.append(_equilibrium(game, agent_form, profile, "extreme equilibria of the strategic form"))
        position.append(place[key])
    return EquilibriumSet(
        game=agent_form,
        concept="Bayes–Nash",
        equilibria=tuple(members),
        components=_merged([{position[k] for k in component} for component in found.components]),
        completeness=found.completeness,
        certificate=found.certificate,
        degenerate=found.degenerate,
        degeneracy=f"In the strategic form: {found.degeneracy}" if found.degeneracy else "",
        method="extreme equilibria of the strategic form",
    )


def bayes_nash_equilibrium(game: BayesianGame) -> Equilibrium:
    """One Bayes–Nash equilibrium, certified in the exact agent form.

    Two players: from one Nash equilibrium of the strategic form. Else: the first pure one, or a mixed one of the agent
    form, as :func:`~gametheory.equilibria.multiplayer_equilibrium` finds it.

    Parameters
    ----------
    game : BayesianGame
        Any number of players, exact or of floats.

    Returns
    -------
    Equilibrium
        Of the agent form: an action, or probabilities, for each type of each player.

    Raises
    ------
    SolverError
        Other than two players, and no profile was found in which gains are at most 1e-9 of the spans.

    Examples
    --------
    >>> game = BayesianGame.from_function(
    ...     lambda t, a: (int(a[0] == a[1]), int((a[0] == a[1]) == (t[1] == 0))),
    ...     num_types=(1, 2), num_actions=(2, 2), prior=[["1/3", "2/3"]])
    >>> bayes_nash_equilibrium(game).certificate.verify()
    True
    """
    if game.num_players == 2:
        from gametheory.equilibria.nash import nash_equilibrium

        exact_game = game.exact()
        found = nash_equilibrium(exact_game.strategic_form())
        profile = _agent_profile(exact_game, found.probabilities())
        return _equilibrium(game, exact_game.agent_form(), profile, f"strategic form: {found.method}")
    pure = pure_bayes_nash_equilibria(game)
    if len(pure):
        return pure[0]
    from gametheory.equilibria.multiplayer import multiplayer_equilibrium

    return _of_types(game, multiplayer_equilibrium(pure.game))


def pure_bayes_nash_equilibria(game: BayesianGame) -> EquilibriumSet:
    """All pure Bayes–Nash equilibria, any number of players, certified and complete.

    Every pure profile of the agent form is looked at.

    Parameters
    ----------
    game : BayesianGame
        Any number of players, exact or of floats.

    Returns
    -------
    EquilibriumSet
        Its members are profiles of the agent form, an action for each type of each player.

    Raises
    ------
    SpecificationError
        If the agent form would not fit in memory.

    Examples
    --------
    >>> game = BayesianGame.from_function(
    ...     lambda t, a: (1 if a[0] == t[0] else 0, 1 if a[1] == 0 else 0),
    ...     num_types=(2, 1), num_actions=(2, 2), prior=[["1/3"], ["2/3"]])
    >>> [equilibrium.profile for equilibrium in pure_bayes_nash_equilibria(game)]
    [(0, 1, 0)]
    """
    agent_form = game.exact().agent_form()
    found = pure_nash_equilibria(agent_form)
    members = tuple(
        Equilibrium(
            concept="Bayes–Nash",
            game=agent_form,
            profile=member.profile,
            exact_profile=member.exact_profile,
            payoffs=tuple(map(float, member.payoffs)) if game.arithmetic == "float" else member.payoffs,
            certificate=member.certificate,
            method="every pure profile of the agent form",
        )
        for member in found
    )
    return EquilibriumSet(
        game=agent_form,
        concept="pure Bayes–Nash",
        equilibria=members,
        components=found.components,
        completeness=found.completeness,
        certificate=found.certificate,
        method="every pure profile of the agent form",
    )


def bayes_nash_regret(game: BayesianGame, strategies: Any) -> Fraction:
    """The largest interim gain of any type of positive probability, exact, ≥ 0, in payoff units.

    Parameters
    ----------
    strategies : sequence of n entries
        For each player an action or a vector of probabilities for each type; floats count as the rationals that they
        are.

    Returns
    -------
    Fraction
        0 iff the strategies are a Bayes–Nash equilibrium.

    Raises
    ------
    SpecificationError
        If the strategies do not fit the game.
    """
    return Fraction(max(max(gains) for gains in bayes_regrets(game, strategies)))


def is_bayes_nash_equilibrium(game: BayesianGame, strategies: Any, *, tol: float | Fraction | None = None) -> Verdict:
    """Decide whether no type of positive probability gains by another action.

    Parameters
    ----------
    strategies : sequence of n entries
        For each player an action or a vector of probabilities for each type.
    tol : float or Fraction, optional
        Largest interim gain allowed as a share of the player's payoff span over all type and action profiles.

    Returns
    -------
    Verdict
        ``.witness`` is ``(player, type)``, whoever gains most.

    Raises
    ------
    SpecificationError
        If the strategies do not fit the game, or ``tol`` is negative.
    """
    gains = bayes_regrets(game, strategies)
    exact_game = game.exact()
    spans = [Fraction(int(table.max()) - int(table.min()), exact_game.denominator) for table in exact_game.numerators]
    agents = [(i, k) for i in range(game.num_players) for k in range(game.num_types[i])]
    floats = game.arithmetic == "float" or _has_floats(strategies)
    return judge(
        [Fraction(gains[i][k]) for i, k in agents],
        [spans[i] for i, _ in agents],
        tol=tol,
        arithmetic="float" if floats else "exact",
        witness=lambda place: (game.players[agents[place][0]], game.types[agents[place][0]][agents[place][1]]),
        question="Bayes-Nash equilibrium",
    )


def bayesian_stackelberg_equilibrium(
    game: BayesianGame,
    *,
    leader: int | str = 0,
    ties: Ties = "strong",
    followers: Followers | None = None,
    epsilon: Fraction | float | str = Fraction(1, 1000),
) -> StackelbergEquilibrium:
    """The best commitment against followers who know their own types, exactly, certified over all replies.

    A reply is a map from types to actions, so that this is :func:`~gametheory.equilibria.stackelberg_equilibrium` of
    the exact strategic form (Harsanyi); a leader with types commits to a mixture of such maps, which is worth the same
    as the behavioural commitment with its probabilities.

    Parameters
    ----------
    leader, ties, followers, epsilon
        As in :func:`~gametheory.equilibria.stackelberg_equilibrium`.

    Returns
    -------
    StackelbergEquilibrium
        Of the exact strategic form, with its certificate.

    Raises
    ------
    SpecificationError, UnsupportedError, InfeasibleError, SolverError
        As :func:`~gametheory.equilibria.stackelberg_equilibrium` does.

    Notes
    -----
    One linear programme for each of the m^k replies of a follower with k types of positive probability.

    References: V. Conitzer and T. Sandholm (2006), Computing the optimal strategy to commit to, EC'06, section 5; P.
    Paruchuri et al. (2008), Playing games for security: an efficient exact algorithm for solving Bayesian Stackelberg
    games, AAMAS-08.

    Examples
    --------
    >>> A, first, second = [[2, 4], [1, 3]], [[1, 0], [0, 2]], [[1, 0], [0, 1]]
    >>> game = BayesianGame.from_function(
    ...     lambda t, a: (A[a[0]][a[1]], (first, second)[t[1]][a[0]][a[1]]),
    ...     num_types=(1, 2), num_actions=(2, 2), prior=[["1/2", "1/2"]])
    >>> best = bayesian_stackelberg_equilibrium(game)
    >>> print(best.value, [str(p) for p in best.commitment])
    7/2 ['1/2', '1/2']
    """
    return stackelberg_equilibrium(
        game.exact().strategic_form(), leader=leader, ties=ties, followers=followers, epsilon=epsilon
    )


def _isolated(game: BayesianGame, agent_form: NormalFormGame) -> EquilibriumSet:
    """The equilibria found in the agent form."""
    from gametheory.equilibria.multiplayer_search import multiplayer_equilibria

    found = multiplayer_equilibria(agent_form)
    return replace(
        found,
        concept="Bayes–Nash",
        equilibria=tuple(_of_types(game, member) for member in found),
        method=f"agent form: {found.method}",
    )


def _of_types(game: BayesianGame, member: Equilibrium) -> Equilibrium:
    """A Nash equilibrium of the exact agent form as one of a game, which may be of floats."""
    floats = game.arithmetic == "float"
    return replace(
        member,
        concept=member.concept.replace("Nash", "Bayes–Nash"),
        profile=tuple(v.astype(np.float64) for v in member.probabilities()) if floats else member.profile,
        payoffs=tuple(map(float, member.payoffs)) if floats else member.payoffs,
        method=f"agent form: {member.method}",
    )


def _agent_profile(game: BayesianGame, mixed: tuple[Array, ...]) -> tuple[Array, ...]:
    """The behavioural profile, an array for each agent, of a mixed profile of the strategic form."""
    agents = game.agents()
    result = []
    for i, x in enumerate(mixed):
        count = sum(1 for j, _ in agents if j == i)
        chosen = np.indices((game.num_actions[i],) * count).reshape(count, -1)
        for position in range(count):
            vector = np.full(game.num_actions[i], Fraction(0), dtype=object)
            for a in range(game.num_actions[i]):
                vector[a] = sum((p for p, b in zip(x, chosen[position], strict=True) if b == a), Fraction(0))
            vector.setflags(write=False)
            result.append(vector)
    return tuple(result)


def _equilibrium(
    game: BayesianGame, agent_form: NormalFormGame, profile: tuple[Array, ...], method: str
) -> Equilibrium:
    payoffs = expected_payoffs(agent_form, profile)
    floats = game.arithmetic == "float"
    return Equilibrium(
        concept="Bayes–Nash",
        game=agent_form,
        profile=tuple(v.astype(np.float64) for v in profile) if floats else profile,
        exact_profile=profile,
        payoffs=tuple(map(float, payoffs)) if floats else tuple(payoffs),
        certificate=DeviationCertificate.nash(agent_form, profile),
        method=method,
    )


def _merged(components: list[set[int]]) -> tuple[tuple[int, ...], ...]:
    """Unions of the sets that meet, each sorted, in order of their first member."""
    result: list[set[int]] = []
    for members in components:
        meeting = [other for other in result if other & members]
        result = [other for other in result if not other & members]
        result.append(set().union(members, *meeting))
    return tuple(sorted(tuple(sorted(members)) for members in result))


def _has_floats(strategies: Any) -> bool:
    if isinstance(strategies, np.ndarray) and strategies.dtype != object:
        return bool(strategies.dtype.kind == "f")
    if isinstance(strategies, (list, tuple, np.ndarray)):
        return any(_has_floats(part) for part in strategies)
    return isinstance(strategies, (float, np.floating))
