"""Stackelberg equilibria: the best commitment of a leader, with proof that no other is better.

The leader commits to a mixed strategy x, the followers see it and reply. With BR(x) the pure best replies, the leader's
value is

    strong (ties broken for the leader)      V = max_x max_{r ∈ BR(x)} u_L(x, r),
    weak (ties broken against it)            W = sup_x min_{r ∈ BR(x)} u_L(x, r) ≤ V.

V is attained: each reply's cell of commitments is a polytope, and the best over all of them is found by one small
linear programme for each reply (multiple linear programmes: Conitzer and Sandholm 2006). W may not be attained. Let D
be the replies whose cell has an interior, and E(r) the replies that pay the follower as r does whatever the leader
plays; then

    W = max_{r ∈ D} max_{x ∈ X(r)} min_{s ∈ E(r)} u_L(x, s)

(von Stengel and Zamir 2010): inside a cell of D all best replies are in E(r), and the cells of D
cover the simplex. A commitment within ε of W lies on the segment from a maximiser towards the interior of its cell.

Several followers must be told how they play: ``"independent"``: a pure Nash equilibrium among them, the leader's
favourite; ``"correlated"``: the leader draws its own action and recommends one to each follower, who obeys because it
pays (one linear programme: Conitzer and Korzhyk 2011); ``"coalition"``: as one follower who is paid their sum. With one
follower all three have the same strong value.

References: B. von Stengel and S. Zamir (2010), Leadership games with convex strategy sets, Games Econ. Behav. 69; V.
Conitzer and T. Sandholm (2006), Computing the optimal strategy to commit to, EC'06; V. Conitzer and D. Korzhyk (2011),
Commitment to correlated strategies, AAAI-11.

Complexity: one linear programme in m_L columns for each profile of replies. A mixed equilibrium among independent
followers is not considered: finding the best commitment is then NP-hard.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import Verdict, exact, judge
from gametheory.certificates.duality import DualityCertificate
from gametheory.equilibria.commitment import StackelbergEquilibrium, commitment_payoff
from gametheory.equilibria.commitment_cells import (
    Followers,
    ReplyCells,
    Ties,
    refuse_large_cells,
    refuse_several_independent,
    reply_cells,
    stackelberg_interior_programme,
    stackelberg_programme,
)
from gametheory.equilibria.commitment_search import (
    CellSearch,
    attaining_commitment,
    best_replies,
    commitment_towards,
    leader_payoff,
    vector,
)
from gametheory.equilibria.correlated import correlated_equilibrium_programme
from gametheory.errors import InfeasibleError, SpecificationError, UnsupportedError
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.profiles import exact_mixed_profile, expected_payoffs, regrets

__all__ = [
    "is_stackelberg_equilibrium",
    "stackelberg_equilibrium",
    "stackelberg_regret",
]

Array = NDArray[Any]


def stackelberg_equilibrium(
    game: NormalFormGame,
    *,
    leader: int | str = 0,
    ties: Ties = "strong",
    followers: Followers | None = None,
    epsilon: Fraction | float | str = Fraction(1, 1000),
) -> StackelbergEquilibrium:
    """Find the leader's best commitment, exactly, certified over all replies.

    Parameters
    ----------
    leader : int or str
        Who commits.
    ties : "strong" or "weak"
        What followers who are indifferent do: what the leader likes best, or least. A strong value that needs
        favourable ties is no security guarantee.
    followers : "independent", "correlated" or "coalition"
        How several followers play, see the module; needed for three or more players, without effect on the value for
        two. ``"weak"`` needs one follower or ``"coalition"``.
    epsilon : number > 0
        Weak only, where the value is a supremum that no commitment attains: how far below it, in payoff units, the
        returned commitment may be.

    Returns
    -------
    StackelbergEquilibrium

    Raises
    ------
    SpecificationError
        Three or more players without ``followers``; an epsilon that is not positive.
    UnsupportedError
        ``ties="weak"`` with several independent or correlated followers; free symbols in the payoffs.
    InfeasibleError
        ``"independent"`` followers that have no pure equilibrium after any commitment.

    Examples
    --------
    Commitment is worth more than the equilibrium payoff 1 and the pure commitment's 2 (the standard example of
    leadership, von Stengel and Zamir 2010):

    >>> game = NormalFormGame.from_bimatrix([[1, 3], [0, 2]], [[1, 0], [0, 1]], actions=[["T", "B"], ["L", "R"]])
    >>> stackelberg_equilibrium(game)
    StackelbergEquilibrium(strong, certified: value 5/2; Player 1 commits to 1/2 T + 1/2 B; Player 2 replies R)
    >>> weak = stackelberg_equilibrium(game, ties="weak", epsilon="1/100")
    >>> print(weak.value, weak.attained, weak.shortfall, [str(p) for p in weak.commitment], weak.reply)
    5/2 False 1/100 ['49/100', '51/100'] {'Player 2': 'R'}
    """
    margin = exact(epsilon, where="epsilon")
    if margin <= 0:
        raise SpecificationError(f"epsilon: found {epsilon}; write a number > 0, in payoff units")
    if ties not in ("strong", "weak"):
        raise SpecificationError(f"ties: found {ties!r}; write 'strong' (for the leader) or 'weak' (against it)")
    if followers == "correlated":
        if ties == "weak":
            raise UnsupportedError(
                "ties='weak' with recommendations is not treated; use followers='coalition' or ties='strong'"
            )
        return _correlated_commitment(game, leader)
    cells = reply_cells(game, leader, followers)
    refuse_large_cells(cells, math.prod(cells.shape))
    how: Followers = "independent" if followers is None else followers
    if game.num_players == 2:
        followers = None  # one follower: both ways of playing are the same rows
    if ties == "strong":
        return _strong(game, cells, followers, how)
    refuse_several_independent(cells)
    return _weak(game, cells, followers, how, margin)


def _strong(
    game: NormalFormGame, cells: ReplyCells, followers: Followers | None, how: Followers
) -> StackelbergEquilibrium:
    search = CellSearch.over(cells, range(len(cells.replies)), weak=False)
    if search.commitment is None:
        raise InfeasibleError(
            "after no commitment do the independent followers have a pure equilibrium; use followers='correlated', "
            "under which one always exists"
        )
    programme = stackelberg_programme(game, leader=cells.leader, followers=followers)
    certificate = search.certificate(programme, len(search.commitment))
    return _result(game, cells, search.commitment, search.reply, how, "strong", search.value, True, certificate)


def _weak(
    game: NormalFormGame, cells: ReplyCells, followers: Followers | None, how: Followers, epsilon: Fraction
) -> StackelbergEquilibrium:
    from gametheory.optimize.exact import solve_exact

    inner: dict[int, Array] = {}
    exclusions = []
    m = cells.game.num_actions[cells.leader]
    for group in cells.equivalents:
        programme = stackelberg_interior_programme(game, leader=cells.leader, followers=followers, reply=group[0])
        solution = solve_exact(programme)
        if solution.value > 0:
            inner[group[0]] = vector([solution.primal[i] for i in range(m)])
        else:
            exclusions.append(solution.certificate)
    listed = sorted(inner)
    search = CellSearch.over(cells, listed, weak=True)
    assert search.commitment is not None, "the cells with an interior cover the simplex"
    programme = stackelberg_programme(game, leader=cells.leader, followers=followers, ties="weak", replies=listed)
    certificate = search.certificate(programme, m + 1)
    x = next((y for y in (attaining_commitment(cells, r, search.value) for r in listed) if y is not None), None)
    attained = x is not None
    if x is None:
        x = commitment_towards(
            cells, search.commitment, inner[listed[search.position]], search.reply, search.value, epsilon
        )
    return _result(
        game, cells, x, _worst_reply(cells, x), how, "weak", search.value, attained, certificate, tuple(exclusions)
    )


def _worst_reply(cells: ReplyCells, x: Array) -> int:
    return min(best_replies(cells, x), key=lambda r: leader_payoff(cells, x, r))


def _result(
    game: NormalFormGame,
    cells: ReplyCells,
    x: Array,
    reply: int,
    followers: Followers,
    ties: Ties,
    value: Fraction,
    attained: bool,
    certificate: DualityCertificate,
    exclusions: tuple[DualityCertificate, ...] = (),
) -> StackelbergEquilibrium:
    vectors = []
    chosen = dict(zip(cells.others, cells.replies[reply], strict=True))
    for j, m in enumerate(game.num_actions):
        strategy = x if j == cells.leader else vector([Fraction(int(k == chosen[j])) for k in range(m)])
        vectors.append(strategy)
    return _finished(game, cells.leader, tuple(vectors), followers, ties, value, attained, certificate, exclusions)


def _finished(
    game: NormalFormGame,
    leader: int,
    profile: tuple[Array, ...] | Array,
    followers: Followers,
    ties: Ties,
    value: Fraction,
    attained: bool,
    certificate: DualityCertificate,
    exclusions: tuple[DualityCertificate, ...] = (),
) -> StackelbergEquilibrium:
    payoffs = tuple(expected_payoffs(game.exact(), profile))
    shown: tuple[Array, ...] | Array = profile
    if game.arithmetic == "float":
        shown = (
            profile.astype(np.float64)
            if isinstance(profile, np.ndarray)
            else tuple(v.astype(np.float64) for v in profile)
        )
    return StackelbergEquilibrium(
        game=game,
        leader=leader,
        ties=ties,
        followers=followers,
        profile=shown,
        exact_profile=profile,
        payoffs=tuple(map(float, payoffs)) if game.arithmetic == "float" else payoffs,
        value=float(value) if game.arithmetic == "float" else value,
        exact_value=value,
        attained=attained,
        shortfall=value - payoffs[leader],
        certificate=certificate,
        exclusions=exclusions,
    )


def _correlated_commitment(game: NormalFormGame, leader: int | str) -> StackelbergEquilibrium:
    from gametheory.optimize.exact import solve_exact

    index = game.player_index(leader)
    others = [j for j in range(game.num_players) if j != index]
    weights = [int(j == index) for j in range(game.num_players)]
    solution = solve_exact(correlated_equilibrium_programme(game, objective=weights, obedient=others))
    profile = vector([solution.primal[k] for k in range(game.num_profiles)]).reshape(game.num_actions)
    return _finished(game, index, profile, "correlated", "strong", solution.value, True, solution.certificate)


def stackelberg_regret(
    game: NormalFormGame,
    profile: Any,
    *,
    leader: int | str = 0,
    ties: Ties = "strong",
    followers: Followers | None = None,
) -> Fraction:
    """How far a mixed profile is from a Stackelberg equilibrium, exact, ≥ 0, in payoff units.

    The largest of: what the leader's commitment falls short of its value (strong: at the reply given; weak: at its
    worst best reply), and what a follower gains by another reply (``"coalition"``: the followers' sum by another joint
    reply).

    Parameters
    ----------
    game : NormalFormGame
        Exact or of floats (which count as the rationals that they are).
    profile : sequence
        For each player an action or a probability vector.
    leader : int or str
    ties, followers
        As in :func:`stackelberg_equilibrium`.

    Returns
    -------
    Fraction
        0 iff the profile is a Stackelberg equilibrium.

    Raises
    ------
    SpecificationError
        If the profile does not fit the game, the leader is unknown, ``ties`` or ``followers`` is none of the words allowed,
        or several followers come without ``followers``.
    UnsupportedError
        If the payoffs have free symbols.
    """
    return max(Fraction(0), *_shortfalls(game, profile, leader, ties, followers))


def is_stackelberg_equilibrium(
    game: NormalFormGame,
    profile: Any,
    *,
    leader: int | str = 0,
    ties: Ties = "strong",
    followers: Followers | None = None,
    tol: float | Fraction | None = None,
) -> Verdict:
    """Decide whether a mixed profile is a best commitment with best replies to it.

    Parameters
    ----------
    profile : sequence of actions or probability vectors, one for each player
        For several ``"independent"`` followers the value is the best over pure replies.
    tol : float or Fraction, optional
        Largest shortfall or gain allowed as a share of the player's payoff span.

    Returns
    -------
    Verdict
        ``.witness`` names who can do better.

    Raises
    ------
    SpecificationError
        If the profile does not fit the game, the leader is unknown, ``ties`` or ``followers`` is none of the words allowed,
        or several followers come without ``followers``, or ``tol`` is negative.
    UnsupportedError
        If the payoffs have free symbols.

    Examples
    --------
    >>> game = NormalFormGame.from_bimatrix([[1, 3], [0, 2]], [[1, 0], [0, 1]])
    >>> is_stackelberg_equilibrium(game, (["1/2", "1/2"], 1))
    Verdict(yes, gain=0)
    >>> is_stackelberg_equilibrium(game, (0, 0))
    Verdict(no, gain=3/2, witness='Player 1')
    """
    gains = _shortfalls(game, profile, leader, ties, followers)
    floats = game.arithmetic == "float" or any(
        isinstance(x, (float, np.floating)) for part in profile if not isinstance(part, (str, int)) for x in part
    )
    index = game.player_index(leader)
    others = [j for j in range(game.num_players) if j != index]
    parties = [[index], others] if followers == "coalition" else [[index], *([j] for j in others)]
    return judge(
        gains,
        [sum((game.payoff_span(j) for j in party), Fraction(0)) for party in parties],
        tol=tol,
        arithmetic="float" if floats else "exact",
        witness=lambda k: " and ".join(game.players[j] for j in parties[k]),
        question=f"{ties} Stackelberg equilibrium",
    )


def _shortfalls(
    game: NormalFormGame, profile: Any, leader: int | str, ties: Ties, followers: Followers | None
) -> list[Fraction]:
    """The leader's shortfall, then what each follower (or the coalition) gains by another reply."""
    cells = reply_cells(game, leader, followers)
    vectors = exact_mixed_profile(game, profile)
    value = stackelberg_equilibrium(game, leader=leader, ties=ties, followers=followers).exact_value
    x = vectors[cells.leader]
    paid = (
        expected_payoffs(cells.game, vectors)[cells.leader]
        if ties == "strong"
        else commitment_payoff(game, list(x), leader=leader, ties="weak", followers=followers)
    )
    if cells.together:
        options = [
            sum((p * int(u) for p, u in zip(x, cells.coalition_payoffs[:, r], strict=True)), Fraction(0))
            / cells.game.denominator
            for r in range(len(cells.replies))
        ]
        current = sum((expected_payoffs(cells.game, vectors)[j] for j in cells.others), Fraction(0))
        return [value - paid, max(options) - current]
    own = regrets(game, vectors)
    return [value - paid, *(own[j] for j in cells.others)]
