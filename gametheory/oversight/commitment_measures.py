"""What a given commitment is worth against several followers: what is stable under it, its shortfall, its guarantee.

Stable profiles and their rules are those of :mod:`gametheory.oversight.commitment`. The guarantee is over all correlated
equilibria of the followers' game under x, among them all its Nash equilibria, mixed ones included:

    min { Σ_r p(r) u_L(x, r) : p a correlated equilibrium of the followers under x }.

Complexity: an enumeration of profiles and moves; one exact linear programme for the guarantee.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Literal

import numpy as np

from gametheory.arithmetic import RationalArray, Verdict, judge
from gametheory.certificates.followers import Blocking, Selection
from gametheory.equilibria.correlated import correlated_equilibrium_programme
from gametheory.errors import InfeasibleError, SolverError
from gametheory.games.normal_form import NormalFormGame
from gametheory.optimize.design import Design
from gametheory.optimize.exact import solve_exact
from gametheory.oversight.commitment import Family, commitment_against_followers, read_commitment, read_followers

__all__ = ["commitment_guarantee", "commitment_shortfall", "is_optimal_commitment", "stable_replies"]


def stable_replies(
    game: NormalFormGame,
    leader: int | str,
    commitment: Any,
    *,
    followers: Literal["independent", "coalition"],
    blocking: Blocking | None = None,
    coalitions: Family = None,
) -> tuple[tuple[tuple[str, ...], Fraction], ...]:
    """The followers' profiles that are stable under a commitment, by name, each with the leader's payoff, the best first.

    Parameters
    ----------
    commitment : action, or array_like of shape (m_L,)
    followers, blocking, coalitions
        As in :func:`~gametheory.oversight.commitment.commitment_against_followers`.
    """
    asked = read_followers(game, leader, followers, blocking, coalitions, "best")
    x = read_commitment(asked, commitment)
    found = sorted(((asked.payoff(asked.leader, r, x), r) for r in asked.stable(x)), key=lambda e: (-e[0], e[1]))
    names = [asked.game.actions[j] for j in asked.others]
    return tuple((tuple(own[k] for own, k in zip(names, asked.actions(r), strict=True)), payoff) for payoff, r in found)


def commitment_shortfall(
    game: NormalFormGame,
    leader: int | str,
    commitment: Any,
    *,
    followers: Literal["independent", "coalition"],
    blocking: Blocking | None = None,
    coalitions: Family = None,
    selection: Selection = "best",
) -> Fraction:
    """By how much a commitment falls short of the best, exact, ≥ 0, in units of the leader's payoff.

    Raises
    ------
    SpecificationError, UnsupportedError, SolverError
        As :func:`~gametheory.oversight.commitment.commitment_against_followers` does.
    InfeasibleError
        Under this commitment no profile is stable.
    """
    asked = read_followers(game, leader, followers, blocking, coalitions, selection)
    found = asked.worth(read_commitment(asked, commitment))
    if found is None:
        raise InfeasibleError("commitment: under it no profile of the followers is stable, so that it is worth nothing")
    best = commitment_against_followers(
        game, leader, followers=followers, blocking=blocking, coalitions=coalitions, selection=selection
    )
    if not best.complete:
        raise SolverError("the best commitment is not known; see commitment_against_followers", status="node limit")
    return best.upper - found[0]


def is_optimal_commitment(
    game: NormalFormGame,
    leader: int | str,
    commitment: Any,
    *,
    followers: Literal["independent", "coalition"],
    blocking: Blocking | None = None,
    coalitions: Family = None,
    selection: Selection = "best",
    tol: float | Fraction | None = None,
) -> Verdict:
    """Decide whether no commitment is worth more than this one.

    Parameters
    ----------
    tol : float or Fraction, optional
        Largest shortfall allowed as a share of the leader's payoff span.

    Raises
    ------
    As :func:`commitment_shortfall` does.
    """
    asked = read_followers(game, leader, followers, blocking, coalitions, selection)
    gap = commitment_shortfall(
        game, leader, commitment, followers=followers, blocking=blocking, coalitions=coalitions, selection=selection
    )
    return judge(
        [gap],
        [game.payoff_span(asked.leader)],
        tol=tol,
        arithmetic=game.arithmetic,
        witness=lambda _: game.players[asked.leader],
        question="best commitment",
    )


def commitment_guarantee(game: NormalFormGame, leader: int | str, commitment: Any) -> Design:
    """The least that a commitment is worth over all correlated equilibria of the followers, so over all mixed ones.

    Minimise Σ_r p(r) u_L(x, r) over p ≥ 0, Σ p = 1, with Σ_{r: r_f = a} p(r) (u_f(x, r) − u_f(x, r_−f, b)) ≥ 0 for every
    follower f and actions a, b.

    Returns
    -------
    Design
        ``.value``: the guarantee; ``.profile``: the equilibrium that is worst, the followers' profiles with probabilities. The
        certificate is about the followers' game under x, with the leader as a player who has one action.

    Raises
    ------
    SpecificationError, UnsupportedError
        The commitment is none, or the payoffs have free symbols.
    """
    asked = read_followers(game, leader, "independent", None, None, "worst")
    x = read_commitment(asked, commitment)
    replies = range(asked.num_replies)
    shape = tuple(1 if j == asked.leader else m for j, m in enumerate(game.num_actions))
    table = np.array([[asked.payoff(j, r, x) for r in replies] for j in range(game.num_players)], dtype=object)
    actions = [["commitment"] if j == asked.leader else labels for j, labels in enumerate(game.actions)]
    left = NormalFormGame(RationalArray.from_fractions(table.reshape(game.num_players, *shape)), game.players, actions)
    weights = [-int(j == asked.leader) for j in range(game.num_players)]
    solution = solve_exact(correlated_equilibrium_programme(left, objective=weights))
    profile = {asked.label(r): solution.primal[r] for r in replies if solution.primal[r]}
    return Design(
        value=-solution.value,
        decision={label: p for label, p in zip(game.actions[asked.leader], x, strict=True) if p},
        profile=profile,
        binding={name: -y for name, y in solution.binding.items() if name != "probabilities sum to one"},
        certificate=solution.certificate,
        name="guarantee of a commitment over all equilibria of the followers",
    )
