"""Correlated equilibria of symmetric games by orbit: one column for each multiset of actions.

A game is symmetric when u_i(s) = u(s_i; the multiset of the others' actions) for every player i. Profiles with the same
counts k of actions are one **orbit** O; C(n + m − 1, m − 1) orbits take the place of mⁿ profiles. With x_O the
probability of the orbit, spread evenly over its profiles,

    maximise Σ_O x_O c(O)   subject to   x ≥ 0,  Σ_O x_O = 1,  and for all actions a ≠ b

        Σ_O x_O k_a(O) (u(a; O − a) − u(b; O − a)) ≥ 0      "each player told a plays b", summed over the players

    coarse, for every b:  Σ_O x_O Σ_a k_a(O) (u(a; O − a) − u(b; O − a)) ≥ 0      "each player always plays b".

**Theorem.** If c is the same on all profiles of an orbit, the maximum is that over all correlated equilibria. *Proof.*
≤: spread evenly, x is a symmetric distribution, for which the sum over the players is n times the row of each. ≥: let y ≥
0 be optimal multipliers of the programme above, V its value. Give every player's row (i, a, b) of the whole programme
the multiplier y(a, b). Its dual constraint at a profile s of orbit O is Σ_i Σ_b y(s_i, b) (u_i(s) − u_i(b, s_−i)) + c(s)
≤ V, and since k_a(O) players play a this is the dual constraint of x_O. So V bounds the whole programme. ∎ For fairness,
c = Σ_i u_i / n: the smallest payoff is at most the mean, and equal to it where play is symmetric.

Complexity: the number of orbits times m² entries; the game itself is read once, to see that it is symmetric.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import RationalArray
from gametheory.certificates.programme import LinearProgramme
from gametheory.equilibria.correlated_programme import linear_objective
from gametheory.equilibria.rows import block, payoff_programme, refuse_large_programme, sum_to_one
from gametheory.errors import SpecificationError
from gametheory.games.normal_form import NormalFormGame

__all__ = ["spread_over_profiles", "symmetric_correlated_equilibrium_programme"]

Array = NDArray[Any]


def symmetric_correlated_equilibrium_programme(
    game: NormalFormGame, *, objective: Any = "welfare", coarse: bool = False
) -> LinearProgramme:
    """The linear programme over orbits; the row builder ``"symmetric_correlated_equilibrium"``.

    Parameters
    ----------
    game : NormalFormGame
        Symmetric; the rows are named by the first player's actions.
    objective : "welfare", "fairness", n equal weights, or an array that does not change when players swap actions
    coarse : bool

    Raises
    ------
    SpecificationError
        If game or objective are not symmetric.

    Examples
    --------
    >>> game = NormalFormGame.from_bimatrix([[6, 2], [7, 0]], [[6, 7], [2, 0]], actions=[["dove", "hawk"]] * 2)
    >>> programme = symmetric_correlated_equilibrium_programme(game)
    >>> programme.column_names, programme.row_names[1:]
    (('2 × dove', '1 × dove, 1 × hawk', '2 × hawk'), ('each player told dove plays hawk', 'each player told hawk plays dove'))
    """
    game = game.exact()
    check_symmetric(game)
    n, m = game.num_players, game.num_actions[0]
    count = math.comb(n + m - 1, m - 1)
    refuse_large_programme(count * (1 + (m if coarse else m * m)), "symmetric correlated equilibrium")
    orbits = _orbits(n, m)
    coefficients, plain = _orbit_objective(game, objective, orbits)
    own = game.numerators[0]
    losses = np.zeros((m, m, count), dtype=object)  # of those who are told a and play b, summed over the players
    for k, profile in enumerate(orbits):
        for a, players in Counter(profile).items():
            others = list(profile)
            others.remove(a)
            stays = int(own[(a, *others)])
            for b in range(m):
                losses[a, b, k] = players * (stays - int(own[(b, *others)]))
    actions = game.actions[0]
    if coarse:
        table, names = losses.sum(axis=0), [f"each player always plays {b}" for b in actions]
    else:
        told, plays = np.nonzero(~np.eye(m, dtype=bool))
        table = losses[told, plays]
        names = [f"each player told {actions[a]} plays {actions[b]}" for a, b in zip(told, plays, strict=True)]
    columns = np.arange(count, dtype=np.int64)
    listed = [", ".join(f"{k} × {actions[a]}" for a, k in sorted(Counter(profile).items())) for profile in orbits]
    return payoff_programme(
        game,
        [sum_to_one(columns, game.denominator), block(table, columns, names)],
        name="symmetric_correlated_equilibrium",
        arguments={"objective": plain, "coarse": bool(coarse)},
        objective=coefficients,
        column_names=listed,
    )


def check_symmetric(game: NormalFormGame) -> None:
    """Refuse a game in which players are not interchangeable."""
    first, advice = game.numerators[0], "leave out symmetric=True"
    if len(set(game.num_actions)) > 1:
        raise SpecificationError(f"symmetric: the players have {game.num_actions} actions, not equally many; {advice}")
    for axis in range(1, game.num_players - 1):
        if not np.array_equal(first, np.swapaxes(first, axis, axis + 1)):
            pair = " and ".join(game.players[axis : axis + 2])
            raise SpecificationError(
                f"symmetric: {game.players[0]}'s payoff changes when {pair} swap actions; {advice}"
            )
    for i in range(1, game.num_players):
        if not np.array_equal(game.numerators[i], np.swapaxes(first, 0, i)):
            pair = f"{game.players[0]} and {game.players[i]}"
            raise SpecificationError(f"symmetric: {pair} have different payoffs in swapped places; {advice}")


def spread_over_profiles(game: NormalFormGame, orbits: RationalArray) -> RationalArray:
    """Probabilities of the profiles in C order, each orbit's shared evenly among its profiles."""
    n, m = game.num_players, game.num_actions[0]
    profiles = _orbits(n, m)
    sizes = [math.factorial(n) // math.prod(math.factorial(k) for k in Counter(p).values()) for p in profiles]
    common = math.lcm(*sizes)
    shares = np.empty(len(sizes), dtype=object)
    shares[:] = [int(x) * (common // size) for x, size in zip(orbits.numerators.tolist(), sizes, strict=True)]
    places = np.ravel_multi_index(np.array(profiles).T, game.num_actions)  # rising, as the profiles are in order
    each = np.sort(np.indices(game.num_actions, dtype=np.int16).reshape(n, -1), axis=0)
    orbit = np.searchsorted(places, np.ravel_multi_index(tuple(each), game.num_actions))
    return RationalArray.of_integers(shares[orbit], common * orbits.denominator)


def _orbits(num_players: int, num_actions: int) -> list[tuple[int, ...]]:
    """One profile of each orbit, actions rising, in lexicographic order."""
    return list(itertools.combinations_with_replacement(range(num_actions), num_players))


def _orbit_objective(game: NormalFormGame, objective: Any, orbits: list[tuple[int, ...]]) -> tuple[RationalArray, Any]:
    if isinstance(objective, str) and objective == "fairness":
        welfare, _ = linear_objective(game, "welfare")
        whole, plain = RationalArray.of_integers(welfare.numerators, welfare.denominator * game.num_players), objective
    else:
        whole, plain = linear_objective(game, objective)
    table = whole.numerators.reshape(game.num_actions)
    for axis in range(game.num_players - 1):
        if not np.array_equal(table, np.swapaxes(table, axis, axis + 1)):
            pair = " and ".join(game.players[axis : axis + 2])
            raise SpecificationError(
                f"objective: it changes when {pair} swap actions; leave out symmetric=True, or take 'welfare' or 'fairness'"
            )
    return RationalArray.of_integers(table[tuple(np.array(orbits).T)], whole.denominator), plain
