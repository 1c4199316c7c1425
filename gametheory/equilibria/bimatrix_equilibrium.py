"""One Nash equilibrium of a bimatrix game of any size, found in floats and decided in rationals.

(x, y) is an equilibrium iff every action in the support of either strategy is a best reply to the other one. Supports I
of x and J of y with |I| = |J| determine the strategies, except in degenerate games:

    Σ_{i ∈ I} x_i B_ij is the same for all j ∈ J, Σ x_i = 1;        Σ_{j ∈ J} A_ij y_j the same for all i ∈ I, Σ y_j = 1.

These two systems are solved in rationals (python-flint), and the solution is an equilibrium iff x, y ≥ 0 and nobody has
a better reply, which integers decide. How I and J were found does not matter then. Up to 25 pure profiles a path in
integers ends the search before anything is compiled. Otherwise the stages are, a pure equilibrium having been looked for:

1. Lemke-Howson paths in floats from all labels, up to 40 pivots each and a few longer ones (:mod:`.lemke_howson_floats`);
   small supports come after them, as random games seldom get any further. If all actions could be played, m = n, that is
   tried as well. Where the end of a path is nearly an equilibrium, ties that floats cannot tell apart are settled in
   integers (:mod:`.nearby_equilibrium`).
2. Supports of two actions each (:mod:`.small_supports`).
3. If payoffs sum to one constant, a linear programme (:mod:`.zero_sum`).
4. Paths in floats from priors of small regret (:mod:`.prior_paths`), for the hard games, in turns with further
   Lemke-Howson paths, which are allowed twice as many pivots with every turn, as are those from priors.
5. After a minute, or half of the time limit, or where floats keep being wrong, also: paths in integers from all labels,
   ties broken lexicographically, each up to a number of pivots that doubles, and a mixed-integer programme
   (:mod:`.support_programme`) up to 60 actions. A path in integers ends, whatever the game is: without a time limit there
   is always an answer. Where its dictionaries do not fit into memory, ever new paths in floats, from other priors with
   other perturbations, take its place.

Complexity: finding an equilibrium is PPAD-complete (X. Chen, X. Deng and S.-H. Teng 2009, J. ACM 56), and no method is
known that is not exponential on some games (R. Savani and B. von Stengel 2006, *Hard-to-solve bimatrix games*,
Econometrica 74, 397-429). For random payoffs hundredths of a second at 1000×1000; for opposed ones, normal with the
correlation −0.7, up to half a minute at 200×200 and minutes or more at 300×300.
"""

from __future__ import annotations

import math
import time
from collections.abc import Generator, Iterator
from itertools import count, islice
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import RationalArray
from gametheory.equilibria.bimatrix import Strategy, mixed_equilibrium, strategy_of
from gametheory.equilibria.equilibrium import Equilibrium
from gametheory.equilibria.lemke_howson import lemke_howson
from gametheory.equilibria.zero_sum import zero_sum_equilibrium
from gametheory.errors import SolverError, SpecificationError, UnsupportedError
from gametheory.games.memory import refuse_if_too_large
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.profiles import regrets

__all__ = ["bimatrix_equilibrium"]

SMALL = 25
"""Pure profiles up to which nothing is compiled."""

MAX_REFUTED = 20
"""After so many ends of paths that were no equilibria, paths of that kind are left."""

FIRST_TURNS = 3
"""Of Lemke-Howson paths alone, with 10, 20 and 40 pivots."""

HEAD_START = 2
"""Turns of paths from priors before Lemke-Howson paths have further ones."""

FLOATS_ALONE = 60.0
"""Seconds after which integers are tried as well, or half of the time limit if that is less."""

FIRST_ROUND = 100
"""Pivots in integers after which the next label is tried for the first time."""

PROGRAMME_SIZE = 60
"""Actions of both players up to which mixed-integer programming is tried."""

FULL_SUPPORTS = 100
"""Actions up to which all of them are tried as the support: a system of 100 integers of 53 bits takes some 0.1 s."""

Floats = NDArray[np.float64]
Profile = tuple[Floats, Floats]
Supports = tuple[list[int], list[int]]


class _Found(NamedTuple):
    strategies: tuple[Strategy, Strategy]
    method: str


_Stage = Iterator[_Found | None]
"""Equilibria, and ``None`` wherever another stage may have its turn."""


class _Task(NamedTuple):
    """What every stage needs to know."""

    game: NormalFormGame
    exact_game: NormalFormGame
    tables: tuple[Floats, Floats]
    deadline: float
    nearest: list[tuple[float, Profile]]
    """At most one profile, with its regret in the units of the tables: the best so far."""
    refuted: set[tuple[frozenset[int], frozenset[int]]]
    """Supports at the ends of paths in floats that were no equilibria."""


def bimatrix_equilibrium(game: NormalFormGame, *, time_limit: float | None) -> Equilibrium:
    """One equilibrium of a two-player game, certified; see ``nash_equilibrium``."""
    exact_game = game.exact()
    started = time.monotonic()
    deadline = math.inf if time_limit is None else started + time_limit
    if game.num_profiles <= SMALL:
        stages, nearest = _integer_paths(game, exact_game, deadline), []
    else:
        from gametheory.equilibria.lemke_howson_floats import unit_payoffs  # numba takes a second to load

        task = _Task(game, exact_game, unit_payoffs(*exact_game.numerators), deadline, [], set())
        alone = FLOATS_ALONE if time_limit is None else min(FLOATS_ALONE, time_limit / 2)
        stages, nearest = _stages(task, started + alone), task.nearest
    for found in stages:
        if found is not None:
            return mixed_equilibrium(game, exact_game, *found.strategies, found.method)
    raise _stopped(game, exact_game, nearest)


def _stages(task: _Task, alone_until: float) -> _Stage:
    """All stages in their order; those of the end in turns, until the deadline."""
    paths, priors = _float_paths(task), _prior_paths(task)
    yield from islice(paths, FIRST_TURNS)
    if time.monotonic() < task.deadline:
        yield from _small_supports(task)
        yield from _constant_sum(task)
    yield from islice(priors, HEAD_START)
    in_floats = [priors, paths]
    exact = [_integer_paths_or_new_ones(task), _programme(task)]
    while time.monotonic() < task.deadline:
        for stage in tuple(in_floats):
            if not (yield from _turn(stage)):
                in_floats.remove(stage)
        if len(in_floats) < 2 or time.monotonic() >= alone_until:
            for stage in tuple(exact):
                if not (yield from _turn(stage)):
                    exact.remove(stage)


def _turn(stage: _Stage) -> Generator[_Found | None, None, bool]:
    """The next item of a stage, and whether there was one."""
    for item in stage:
        yield item
        return True
    return False


def _float_paths(task: _Task) -> _Stage:
    """Lemke-Howson paths, and all actions as the support once the end of one was wrong."""
    from gametheory.equilibria.lemke_howson_floats import float_supports

    refuted = 0
    for end in float_supports(task.tables, task.deadline):
        if end is None:
            yield None
            continue
        supports, label = end
        yield from _checked_nearby(task, supports, f"Lemke–Howson in floats, label {label} dropped")
        refuted += 1
        if refuted == MAX_REFUTED:
            return
        m, n = task.game.num_actions
        if refuted == 1 and m == n <= FULL_SUPPORTS:
            yield from _checked(task, (list(range(m)), list(range(m))), "all actions played")


def _small_supports(task: _Task) -> _Stage:
    """Two actions each."""
    from gametheory.equilibria.small_supports import two_by_two_supports

    supports = two_by_two_supports(task.tables)
    if supports is not None:
        yield from _checked(task, supports, "supports of two actions")


def _constant_sum(task: _Task) -> _Stage:
    """A linear programme."""
    try:
        found = zero_sum_equilibrium(task.game)
    except (UnsupportedError, SpecificationError):  # payoffs do not sum to one constant; or the programme is too large
        return
    profile = [RationalArray.from_fractions(vector).numerators.tolist() for vector in found.exact_profile]
    yield _found(task, (tuple(profile[0]), tuple(profile[1])), "linear programme of a constant-sum game")


def _prior_paths(task: _Task, seed: int = 0) -> _Stage:
    """Paths from priors; the nearest profile on them is kept."""
    from gametheory.equilibria.prior_paths import prior_supports

    refuted = 0
    for end in prior_supports(task.tables, task.deadline, seed=seed):
        if end is None:
            yield None
            continue
        if not task.nearest or end.regret < task.nearest[0][0]:
            task.nearest[:] = [(end.regret, end.profile)]
        if end.supports is not None:
            yield from _checked_nearby(task, end.supports, "path from a prior in floats")
            refuted += 1
            if refuted == MAX_REFUTED:
                return


def _programme(task: _Task) -> _Stage:
    """A mixed-integer programme, for 1 second, 2, 4, …"""
    from gametheory.equilibria.support_programme import programme_supports, strategies_within

    if sum(task.game.num_actions) > PROGRAMME_SIZE:
        return
    for turn in count():
        supports = programme_supports(task.tables, max(min(2.0**turn, task.deadline - time.monotonic()), 0.0))
        if supports is not None:
            weights = strategies_within(task.exact_game, supports)
            if weights is not None:
                yield _found(task, weights, "mixed-integer programme")
            return
        yield None


def _integer_paths_or_new_ones(task: _Task) -> _Stage:
    """Paths in integers; where they do not fit into memory, paths in floats that no stage before has tried, without end."""
    for seed in count(1):
        try:
            refuse_if_too_large(2 * task.game.num_profiles, 100, "the two simplex dictionaries of Python integers")
        except SpecificationError:
            if time.monotonic() >= task.deadline:
                return
            yield from _prior_paths(task, seed)
            yield None
            continue
        yield from _integer_paths(task.game, task.exact_game, task.deadline)
        return


def _integer_paths(game: NormalFormGame, exact_game: NormalFormGame, deadline: float) -> _Stage:
    """The path of the first label that is no longer than 100 pivots, else 200, …; another has its turn after 1 s, 2, …"""
    A, B = exact_game.numerators.tolist()
    max_pivots, share = FIRST_ROUND, 1.0
    until = time.monotonic() + share
    while True:
        for label in range(sum(game.num_actions)):
            now = time.monotonic()
            if now >= deadline:
                return
            if now >= until:
                yield None
                share *= 2
                until = time.monotonic() + share
            found = lemke_howson(A, B, dropped=label, max_pivots=max_pivots, deadline=deadline)
            if found is not None:
                pair = strategy_of(game, exact_game, 0, found[0]), strategy_of(game, exact_game, 1, found[1])
                yield _Found(pair, f"Lemke–Howson in integers, label {label} dropped")
        max_pivots *= 2


def _stopped(game: NormalFormGame, exact_game: NormalFormGame, nearest: list[tuple[float, Profile]]) -> SolverError:
    """What to raise at the time limit, with the nearest profile met."""
    from gametheory.equilibria.lemke_howson_floats import unit_payoffs, units
    from gametheory.equilibria.prior_paths import smoothed_equilibria
    from gametheory.equilibria.support_systems import epsilon_equilibrium

    A, B = exact_game.numerators
    x, y = nearest[0][1] if nearest else smoothed_equilibria(unit_payoffs(A, B))[0]
    # What the tables divide by, action by action, an equilibrium of theirs has in its weights.
    candidates = ((x, y), (x / units(B), y / units(A.T)))
    found = [epsilon_equilibrium(game, profile, "nearest profile on paths from priors") for profile in candidates]
    best = min(found, key=lambda e: max(regrets(game, e.exact_profile)))
    epsilon = float(max(regrets(game, best.exact_profile)))
    return SolverError(
        f"no equilibrium was found within the time limit, as all paths are long; pass a larger time_limit= or None, or take "
        f"the profile in this error's .best, at which nobody gains more than {epsilon:.3g}",
        status="limit",
        solver="Lemke–Howson and paths from priors",
        best=best,
    )


def _checked(task: _Task, supports: Supports, method: str) -> Iterator[_Found]:
    """The equilibrium of these supports, if there is one."""
    pair = _strategies(task.game, task.exact_game, supports)
    if pair is not None:
        yield _Found(pair, method)


def _checked_nearby(task: _Task, supports: Supports, method: str) -> Iterator[_Found]:
    """The same, or the one near them where ties that floats cannot tell apart were broken in a wrong way."""
    from gametheory.equilibria.nearby_equilibrium import nearby_supports

    yield from _checked(task, supports, method)
    key = frozenset(supports[0]), frozenset(supports[1])
    if key not in task.refuted:
        task.refuted.add(key)
        nearby = nearby_supports(task.exact_game, task.tables, supports, task.deadline)
        if nearby is not None:
            yield from _checked(task, nearby, f"{method}, ties settled in integers")


def _found(task: _Task, weights: tuple[tuple[int, ...], tuple[int, ...]], method: str) -> _Found:
    first, second = (strategy_of(task.game, task.exact_game, player, w) for player, w in enumerate(weights))
    return _Found((first, second), method)


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
