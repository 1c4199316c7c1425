"""One Nash equilibrium of a bimatrix game of any size, found in floats and decided in rationals.

(x, y) is an equilibrium iff every action in the support of either strategy is a best reply to the other one. Supports I
of x and J of y with |I| = |J| at the end of a Lemke-Howson path determine their strategies:

    Σ_{i ∈ I} x_i B_ij is the same for all j ∈ J, Σ x_i = 1;        Σ_{j ∈ J} A_ij y_j the same for all i ∈ I, Σ y_j = 1.

These two systems are solved in rationals (python-flint), and the solution is an equilibrium iff x, y ≥ 0 and nobody has
a better reply, which integers decide. How I and J were found does not matter then:

1. Up to 25 pure profiles: the path of player 1's first action, in integers (:mod:`.lemke_howson`).
2. Else the ends of paths in floats, restarted from all labels (:mod:`.lemke_howson_floats`), until one is an
   equilibrium. If all actions could be played, m = n, that is tried as well: there are games with no other
   equilibrium on which all paths are exponentially long (R. Savani and B. von Stengel 2006, *Hard-to-solve bimatrix
   games*, Econometrica 74, 397-429).
3. Where floats keep being wrong: paths in integers from all labels, each up to a number of pivots that doubles.

Complexity: finding an equilibrium is PPAD-complete (X. Chen, X. Deng and S.-H. Teng 2009, J. ACM 56), and no method is
known that is not exponential on some games. For random payoffs hundredths of a second at 1000×1000.
"""

from __future__ import annotations

import math
import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gametheory.equilibria.bimatrix import Strategy, mixed_equilibrium, strategy_of
from gametheory.equilibria.equilibrium import Equilibrium
from gametheory.equilibria.lemke_howson import lemke_howson
from gametheory.errors import SolverError
from gametheory.games.memory import refuse_if_too_large
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.profiles import regrets

__all__ = ["bimatrix_equilibrium"]

SMALL = 25
"""Pure profiles up to which nothing is compiled."""

MAX_REFUTED = 20
"""After so many ends of paths that were no equilibria, floats are left for integers."""

FLOATS_ALONE = 300.0
"""Seconds after which integers are tried where there is no time limit; else it is half of that."""

FIRST_ROUND = 100
"""Pivots in integers after which the next label is tried for the first time."""

FICTITIOUS_ROUNDS = 10_000

FULL_SUPPORTS = 100
"""Actions up to which all of them are tried as the support: a system of 100 integers of 53 bits takes some 0.1 s."""


def bimatrix_equilibrium(game: NormalFormGame, *, time_limit: float | None) -> Equilibrium:
    """One equilibrium of a two-player game, certified; see ``nash_equilibrium``."""
    exact_game = game.exact()
    A, B = exact_game.numerators
    started = time.monotonic()
    deadline = math.inf if time_limit is None else started + time_limit
    if game.num_profiles <= SMALL:
        return _in_integers(game, exact_game, deadline)
    from gametheory.equilibria.lemke_howson_floats import float_supports  # numba takes a second to load

    floats_deadline = started + (2 * FLOATS_ALONE if time_limit is None else time_limit) / 2
    for refuted, (supports, label) in enumerate(float_supports(A, B, floats_deadline)):
        if refuted == MAX_REFUTED:
            break
        pair = _strategies(game, exact_game, supports)
        if pair is not None:
            return mixed_equilibrium(game, exact_game, *pair, f"Lemke–Howson in floats, label {label} dropped")
        if refuted == 0 and len(A) == len(A.T) <= FULL_SUPPORTS:
            every = list(range(len(A)))
            pair = _strategies(game, exact_game, (every, every))
            if pair is not None:
                return mixed_equilibrium(game, exact_game, *pair, "all actions played")
    return _in_integers(game, exact_game, deadline)


def _in_integers(game: NormalFormGame, exact_game: NormalFormGame, deadline: float) -> Equilibrium:
    """The path of the first label that is no longer than 100 pivots, else 200, …"""
    A, B = exact_game.numerators.tolist()
    if game.num_profiles > SMALL:  # to ask how much memory there is takes as long as a small game
        refuse_if_too_large(2 * game.num_profiles, 100, "the two simplex dictionaries of Python integers")
    max_pivots = FIRST_ROUND
    while True:
        for label in range(sum(game.num_actions)):
            if time.monotonic() >= deadline:
                raise _stopped(game)
            found = lemke_howson(A, B, dropped=label, max_pivots=max_pivots, deadline=deadline)
            if found is not None:
                pair = strategy_of(game, exact_game, 0, found[0]), strategy_of(game, exact_game, 1, found[1])
                return mixed_equilibrium(game, exact_game, *pair, f"Lemke–Howson in integers, label {label} dropped")
        max_pivots *= 2


def _stopped(game: NormalFormGame) -> SolverError:
    from gametheory.equilibria.support_systems import epsilon_equilibrium

    best = epsilon_equilibrium(game, _fictitious_play(*game.float_payoffs()), "fictitious play")
    epsilon = float(max(regrets(game, best.exact_profile)))
    return SolverError(
        f"no equilibrium was found within the time limit, as all Lemke–Howson paths are long; pass a larger time_limit=, or "
        f"take the profile in this error's .best, at which nobody gains more than {epsilon:.3g}",
        status="limit",
        solver="Lemke–Howson",
        best=best,
    )


def _strategies(
    game: NormalFormGame, exact_game: NormalFormGame, supports: tuple[list[int], list[int]]
) -> tuple[Strategy, Strategy] | None:
    """The equilibrium in which these supports, of equal size, are indifferent; ``None`` if there is none."""
    rows, columns = supports
    if not rows:  # where rounding led a path astray
        return None
    A, B = exact_game.numerators[:, rows][:, :, columns]
    x, y = _indifferent(B.T), _indifferent(A)
    if x is None or y is None:
        return None
    whole = []
    for player, (weights, own) in enumerate(((x, rows), (y, columns))):
        vector = [0] * game.num_actions[player]
        for k, w in zip(own, weights, strict=True):
            vector[k] = w
        whole.append(strategy_of(game, exact_game, player, tuple(vector)))
    first, second = whole
    return (first, second) if first.support <= second.best_replies and second.support <= first.best_replies else None


def _fictitious_play(A: NDArray[np.float64], B: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
    """How often each action was a best reply to the play so far, at the round with the least regret seen."""
    counts = np.zeros(len(A)), np.zeros(len(A.T))
    payoffs = np.zeros(len(A)), np.zeros(len(A.T))
    best, result = math.inf, counts
    scale = [float(np.ptp(U)) or 1.0 for U in (A, B)]
    i = j = 0
    for t in range(1, FICTITIOUS_ROUNDS + 1):
        counts[0][i] += 1
        counts[1][j] += 1
        payoffs[0][:] += A[:, j]
        payoffs[1][:] += B[i]
        i, j = int(payoffs[0].argmax()), int(payoffs[1].argmax())
        regret = max((u.max() - u @ c / t) / t / s for u, c, s in zip(payoffs, counts, scale, strict=True))
        if regret < best:
            best, result = regret, (counts[0] / t, counts[1] / t)
    return result


def _indifferent(payoffs: NDArray[Any]) -> list[int] | None:
    """Integers w ≥ 0 without common factor for which the entries of payoffs · w > 0 are equal; ``None`` if none or many.

    The payoffs are square, and only their differences in a column matter.
    """
    from flint import fmpz_mat

    k = len(payoffs)
    positive = (payoffs - payoffs.min() + 1).ravel().tolist()
    try:
        solution = fmpz_mat(k, k, positive).solve(fmpz_mat(k, 1, [1] * k))
    except ZeroDivisionError:
        return None
    weights = [int(w) for w in solution.numer_denom()[0].entries()]
    if min(weights) < 0:
        return None
    common = math.gcd(*weights)
    return [w // common for w in weights]
