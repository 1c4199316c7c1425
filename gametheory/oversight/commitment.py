"""A leader commits against several followers, who act alone, hear recommendations, or collude.

The leader commits to x ∈ Δ(A_L). How the followers play changes its value by large factors:

* ``"independent"``: a pure Nash equilibrium r of the game that x leaves them;
* ``"correlated"``: the leader draws its own action and recommends one to each follower, who obeys because it pays;
* ``"coalition"``: a profile r that no allowed coalition S blocks by a joint move to s, with g_i the gain of member i:
  ``"transfer"``: Σ_{i∈S} g_i > 0, with side payments; by default only all followers together, as one who is paid their sum;
  ``"all"``, ``"some"``, ``"any"``: every member gains; none loses and one gains; one gains. By default all coalitions: under
  ``"all"`` the followers play a strong Nash equilibrium (Aumann 1959).

If several profiles are stable the followers are at the best or at the worst of them for the leader: with one follower the
strong and the weak Stackelberg value. The value is

    V = max_x max_{r stable under x} u_L(x, r)     or     V = sup_x min_{r stable under x} u_L(x, r),

the latter over x under which a profile is stable at all. Under ``"transfer"``, ``"any"`` and for independent followers the best
is one linear programme for each r; the rest is decided by cases, each condition "one of the members does not gain" being one
disjunction, in a tree that is the certificate (:mod:`gametheory.certificates.follower_commitment`).

What is covered. Coalitions move to pure joint actions: under ``"transfer"`` and ``"any"`` correlated moves add nothing, under
``"all"`` and ``"some"`` they could block more. Profiles are pure. Over mixed equilibria of independent followers the best
commitment is NP-hard to find; the value of ``"correlated"`` bounds it from above, and
:func:`~gametheory.oversight.commitment_measures.commitment_guarantee` bounds from below what a given commitment is worth in any
equilibrium of the followers, mixed or correlated.

References: V. Conitzer and T. Sandholm (2006), Computing the optimal strategy to commit to, EC'06; V. Conitzer and D. Korzhyk
(2011), Commitment to correlated strategies, AAAI-11; B. von Stengel and S. Zamir (2010), Leadership games with convex strategy
sets, Games Econ. Behav. 69; R. Aumann (1959), Acceptable points in general cooperative n-person games.

Complexity: a linear programme in m_L columns for each profile of the followers, and under a rule with disjunctions up to
exponentially many; with ``time_limit`` or ``max_nodes`` reached the bounds are certified all the same.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from typing import Any, Literal

import numpy as np

from gametheory.arithmetic import exact
from gametheory.arithmetic.limits import check_count, check_seconds
from gametheory.certificates.follower_commitment import FollowerCommitmentCertificate
from gametheory.certificates.followers import Blocking, Followers, Selection
from gametheory.equilibria.stackelberg import stackelberg_equilibrium
from gametheory.errors import InfeasibleError, SolverError, SpecificationError, UnsupportedError
from gametheory.games.coalitions import coalitions as listed_coalitions
from gametheory.games.coalitions import read_coalition
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.profiles import exact_mixed_profile
from gametheory.oversight.commitment_result import FollowerCommitment, LossFromCollusion
from gametheory.oversight.commitment_search import CommitmentSearch

__all__ = ["commitment_against_followers", "loss_from_collusion"]

Play = Literal["independent", "correlated", "coalition"]
Family = Iterable[Iterable[int | str]] | None


def commitment_against_followers(
    game: NormalFormGame,
    leader: int | str = 0,
    *,
    followers: Play,
    blocking: Blocking | None = None,
    coalitions: Family = None,
    selection: Selection = "best",
    epsilon: Fraction | float | str = Fraction(1, 1000),
    max_nodes: int = 20_000,
    time_limit: float | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> FollowerCommitment:
    """The leader's best commitment against several followers, exactly, certified over all that they may do.

    Parameters
    ----------
    game : NormalFormGame
        Exact or of floats (which count as the rationals that they are).
    leader : int or str
        Who commits.
    followers : "independent", "correlated" or "coalition"
        How the followers play, see the module.
    blocking : "transfer", "all", "some" or "any"
        When a coalition of followers leaves a profile; needed for ``"coalition"``, and only there.
    coalitions : iterable of coalitions, each of players by index or name, optional
        Which coalitions of followers may form; by default under ``"transfer"`` all followers together, else every one.
    selection : "best" or "worst"
        Which of several stable profiles the followers are at, for the leader. ``"worst"`` is the guarantee.
    epsilon : number > 0
        By how much, in payoff units, the commitment may fall short of a supremum that is not attained.
    max_nodes : int
    time_limit : float, optional
        Seconds ≥ 0. With either limit reached the result has ``complete=False`` and certified bounds.
    progress : callable, optional
        Called as ``progress(nodes done, nodes open)``.

    Returns
    -------
    FollowerCommitment

    Raises
    ------
    SpecificationError
        Words that are none of those allowed, a coalition that is not one of followers, a negative limit, a game too large.
    UnsupportedError
        ``"correlated"`` with ``selection="worst"``; free symbols in the payoffs.
    InfeasibleError
        After no commitment is any profile stable; ``certificate`` proves it.
    SolverError
        A limit was reached before any commitment was found.

    Examples
    --------
    Two guards watch a leader's machines. A guard who sleeps gains 1, and 1 more if the other sleeps too, less 4 if the leader
    checks. Alone each works if checks have probability 1/4; together, with side payments, they sleep below 1/2.

    >>> def payoffs(check, ann, bob):
    ...     return 2 * (ann + bob) - check, (1 - ann) * (2 - bob - 4 * check), (1 - bob) * (2 - ann - 4 * check)
    >>> guards = NormalFormGame.from_function(
    ...     payoffs, (2, 2, 2), ["Leader", "Ann", "Bob"], [["trust", "check"], ["sleep", "work"], ["sleep", "work"]])
    >>> alone = commitment_against_followers(guards, followers="independent")
    >>> alone.value, alone.reply, [str(p) for p in alone.commitment]
    (Fraction(15, 4), {'Ann': 'work', 'Bob': 'work'}, ['3/4', '1/4'])
    >>> commitment_against_followers(guards, followers="coalition", blocking="transfer").value
    Fraction(7, 2)
    """
    asked = read_followers(game, leader, followers, blocking, coalitions, selection)
    margin = exact(epsilon, where="epsilon")
    if margin <= 0:
        raise SpecificationError(f"epsilon: found {epsilon}; write a number > 0, in units of the leader's payoff")
    check_seconds("time_limit", time_limit)
    limit = check_count("max_nodes", max_nodes)
    if followers == "correlated":
        return _correlated(game, asked.leader)
    deadline = None if time_limit is None else time.perf_counter() + time_limit
    asked.refuse_if_too_large()
    search = CommitmentSearch(asked, deadline=deadline, max_nodes=limit, progress=progress)
    search.run()
    stated: dict[str, Any] = {
        "leader": asked.leader,
        "coalitions": asked.coalitions,
        "blocking": asked.blocking,
        "selection": asked.selection,
        "tree": search.tree(),
        "bound": search.upper,
        "game": asked.game,
    }
    if search.upper is None:
        certificate = FollowerCommitmentCertificate(commitment=None, reply=None, value=None, **stated)
        certificate.verify()
        raise InfeasibleError(
            f"{certificate.claim}; use followers='correlated', under which one always exists, or allow fewer coalitions",
            certificate=certificate,
        )
    if search.value is None:
        raise SolverError(
            f"after {search.count:,} nodes no commitment is found under which a profile is stable; none is worth more than "
            f"{float(search.upper):.6g}; raise time_limit or max_nodes",
            status="stopped",
            solver="branch and bound",
        )
    x = search.attaining() if search.complete else None
    x = search.approaching(margin) if x is None else x
    found = asked.worth(x)
    assert found is not None, "a profile is stable"
    lower, reply = found
    actions = asked.actions(reply)
    certificate = FollowerCommitmentCertificate(commitment=x, reply=actions, value=lower, **stated)
    certificate.verify()
    vectors: dict[int, Any] = {asked.leader: np.array(x, dtype=object)}
    for j, k in zip(asked.others, actions, strict=True):
        vectors[j] = np.array([Fraction(int(b == k)) for b in range(game.num_actions[j])], dtype=object)
    return FollowerCommitment(
        game=game,
        leader=asked.leader,
        followers=followers,
        blocking=asked.blocking,
        coalitions=asked.coalitions,
        selection=selection,
        exact_profile=tuple(vectors[j] for j in range(game.num_players)),
        lower=lower,
        upper=search.upper,
        attained=lower == search.upper,
        complete=search.complete,
        binding=search.prices(),
        certificate=certificate,
    )


def _correlated(game: NormalFormGame, leader: int) -> FollowerCommitment:
    found = stackelberg_equilibrium(game, leader=leader, followers="correlated")
    prices = {
        name: y
        for name, y in zip(
            found.certificate.programme.row_names, found.certificate.multipliers.fractions(), strict=True
        )
        if y and name != "probabilities sum to one"
    }
    return FollowerCommitment(
        game=game,
        leader=leader,
        followers="correlated",
        blocking="any",
        coalitions=(),
        selection="best",
        exact_profile=found.exact_profile,
        lower=found.exact_value,
        upper=found.exact_value,
        attained=True,
        complete=True,
        binding=prices,
        certificate=found.certificate,
    )


def loss_from_collusion(
    game: NormalFormGame,
    leader: int | str = 0,
    *,
    blocking: Blocking,
    coalitions: Family = None,
    selection: Selection = "best",
    max_nodes: int = 20_000,
    time_limit: float | None = None,
) -> LossFromCollusion:
    """What the leader loses when followers who would act alone collude.

    Under ``"best"`` and any rule without transfers the loss is at least 0 if single followers are among the coalitions:
    profiles that coalitions do not block are Nash equilibria. With transfers, and under ``"worst"``, collusion may also
    serve the leader.

    Parameters
    ----------
    blocking, coalitions, selection, max_nodes, time_limit
        As in :func:`commitment_against_followers`; the limits hold for each of the two searches.

    Returns
    -------
    LossFromCollusion

    Raises
    ------
    SpecificationError, UnsupportedError, InfeasibleError, SolverError
        As :func:`commitment_against_followers` does.
    """
    limits: dict[str, Any] = {"selection": selection, "max_nodes": max_nodes, "time_limit": time_limit}
    colluding = commitment_against_followers(
        game, leader, followers="coalition", blocking=blocking, coalitions=coalitions, **limits
    )
    alone = commitment_against_followers(game, leader, followers="independent", **limits)
    return LossFromCollusion(independent=alone, colluding=colluding)


def read_followers(
    game: NormalFormGame,
    leader: int | str,
    followers: str,
    blocking: str | None,
    coalitions: Family,
    selection: str,
) -> Followers:
    """What is asked, with defaults filled in."""
    exact_game, index = game.exact(), game.player_index(leader)
    if game.num_players < 2:
        raise SpecificationError("game: found one player; commitment needs a leader and at least one follower")
    if selection not in ("best", "worst"):
        raise SpecificationError(f"selection: found {selection!r}; write 'best' or 'worst' (for the leader)")
    others = [j for j in range(game.num_players) if j != index]
    if followers in ("independent", "correlated"):
        if blocking is not None or coalitions is not None:
            raise SpecificationError(
                f"blocking, coalitions: {followers} followers form none; write followers='coalition'"
            )
        if followers == "correlated" and selection == "worst":
            raise UnsupportedError(
                "selection='worst' with recommendations is not treated; take commitment_guarantee of a commitment"
            )
        return Followers(exact_game, index, tuple((j,) for j in others), "any", selection)  # type: ignore[arg-type]
    if followers != "coalition":
        raise SpecificationError(
            f"followers: found {followers!r}; write 'independent' (a pure equilibrium among them), 'correlated' (the leader "
            "recommends to each) or 'coalition' (they collude)"
        )
    if blocking not in ("transfer", "all", "some", "any"):
        raise SpecificationError(
            f"blocking: found {blocking!r}; say when colluding followers leave a profile: 'transfer' (their gains sum to more "
            "than 0: side payments), 'all' (all gain), 'some' (none loses, one gains) or 'any' (one gains)"
        )
    if coalitions is not None:
        family = _family(game, index, coalitions)
    elif blocking == "transfer":
        family = (tuple(others),)
    else:
        family = tuple(tuple(sorted(s)) for s in listed_coalitions(game.num_players, agents=others))
    return Followers(exact_game, index, family, blocking, selection)  # type: ignore[arg-type]


def _family(
    game: NormalFormGame, leader: int, coalitions: Iterable[Iterable[int | str]]
) -> tuple[tuple[int, ...], ...]:
    found = [read_coalition(game, s) for s in coalitions]
    if not found or any(leader in s for s in found):
        raise SpecificationError("coalitions: write at least one coalition, of followers only: the leader joins none")
    return tuple(tuple(sorted(s)) for s in listed_coalitions(game.num_players, members=found))


def read_commitment(asked: Followers, commitment: Any) -> Sequence[Fraction]:
    entries = [commitment if j == asked.leader else 0 for j in range(asked.game.num_players)]
    return tuple(exact_mixed_profile(asked.game, entries)[asked.leader])
