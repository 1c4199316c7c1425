"""One mixed Nash equilibrium of a game with three or more players.

Every finite game has one (J. Nash 1951), with three or more players often in irrational probabilities, so that the
evidence is a box that provably holds exactly one equilibrium of a given support
(:mod:`gametheory.certificates.enclosures`). Where two players mix over two actions each and the others play pure they are
rational: :mod:`gametheory.equilibria.two_by_two` goes through all of these at once. Two independent methods look for the
others:

* :func:`logit_path_equilibrium` follows logit quantal responses from uniform play (T. L. Turocy 2005). Along the path
  the actions of the limit's support separate from the others (log p falls in proportion to λ outside it, and is bounded
  inside), so that Newton's method on the equations of the supposed support ends the path early. Further paths start
  from random play.
* :func:`support_search_equilibrium` goes through the supports, balanced and small ones first (R. Porter, E. Nudelman and
  Y. Shoham 2008), leaves out those with a conditionally dominated action, and tries Newton's method from several points
  on the others.

Complexity: along the path O(n² ∏ m_i + (Σ m_i)³) a step, some fifty steps for random games of 3 × 20 actions; the
supports are ∏ (2^{m_i} − 1), so that the search is for small games. Neither method finds all equilibria.

References
----------
T. L. Turocy (2005), *A dynamic homotopy interpretation of the logistic quantal response equilibrium correspondence*,
Games and Economic Behavior 51, 243-263. R. Porter, E. Nudelman and Y. Shoham (2008), *Simple search methods for finding
a Nash equilibrium*, Games and Economic Behavior 63, 642-662.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic.limits import check_count
from gametheory.equilibria.equilibrium import Equilibrium
from gametheory.equilibria.logit_path import PathPoint, PayoffTables, follow, payoff_slopes, payoff_tables
from gametheory.equilibria.support_systems import (
    SupportSolution,
    certified,
    epsilon_equilibrium,
    is_float_equilibrium,
    normalised_payoffs,
    solved_support,
)
from gametheory.equilibria.two_by_two import two_by_two_solutions
from gametheory.errors import SolverError, UnsupportedError
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.profiles import regrets

__all__ = ["logit_path_equilibrium", "multiplayer_equilibrium", "support_search_equilibrium"]

Array = NDArray[Any]
Support = tuple[tuple[int, ...], ...]

MAX_STARTS = 12
"""Default of ``max_starts``."""

MAX_SUPPORTS = 20_000
"""Default of ``max_supports``: all of them for 3 × 4 actions, and for 5 × 3."""

SMALL_REGRET = 1e-9
"""Where no exact equilibrium can be proved, a profile with regrets up to this share of the spans is an answer."""

MAX_CANDIDATES = 50
"""Pairs of two actions that are certified in vain, in a degenerate game, before the path is followed."""

LAST_PRECISION = 1e8
NEWTON_STARTS = 4


def multiplayer_equilibrium(game: NormalFormGame) -> Equilibrium:
    """One Nash equilibrium of a game with any number of players, certified.

    Tried are supports of two actions for two players and one for the others, then the path, then the other supports.

    Parameters
    ----------
    game : NormalFormGame
        Any number of players, exact or of floats.

    Returns
    -------
    Equilibrium
        With a certificate that it is exact (no gain from deviating, at rational probabilities), or that exactly one
        equilibrium lies within a box around ``exact_profile``. Where neither can be given, because the equations of its
        support are singular and no solution is seen to be rational, the concept is ``"epsilon-Nash"`` and the
        certificate states the largest gain, at most 1e-9 of a span.

    Raises
    ------
    SolverError
        If no profile with so small a gain was found; ``best`` is the best one, with its exact epsilon.
    UnsupportedError
        If the payoffs have free symbols.

    Examples
    --------
    R. F. Nau, S. Gomez Canovas and P. Hansen (2004), *On the geometry of Nash equilibria and correlated equilibria*,
    International Journal of Game Theory 32, section 4: integer payoffs, one equilibrium, and it is irrational.

    >>> payoffs = {(0, 0, 0): (3, 0, 2), (1, 0, 0): (0, 1, 0), (0, 1, 0): (0, 2, 0), (1, 1, 0): (1, 0, 0),
    ...            (0, 0, 1): (1, 0, 0), (1, 0, 1): (0, 3, 0), (0, 1, 1): (0, 1, 0), (1, 1, 1): (2, 0, 3)}
    >>> game = NormalFormGame.from_profiles(payoffs)
    >>> equilibrium = multiplayer_equilibrium(game)
    >>> equilibrium
    Equilibrium(Nash, certified: 0.619233 1 + 0.380767 2 | 0.479804 1 + 0.520196 2 | 0.378825 1 + 0.621175 2; ...)
    >>> equilibrium.certificate
    EnclosureCertificate(within 5.16988e-26 of (0.619233 1 + 0.380767 2, ...) there is exactly one Nash equilibrium ...)
    >>> equilibrium.certificate.verify(game)
    True
    """
    exact_game, payoffs = _prepared(game)
    best: list[tuple[float, tuple[Array, ...]]] = []
    tables = payoff_tables(payoffs)
    attempts = itertools.chain(
        _two_by_two_attempts(game, exact_game, payoffs),
        _path_attempts(game, exact_game, payoffs, tables, range(2), best),
        _support_attempts(game, exact_game, payoffs, 2_000, best),
        _path_attempts(game, exact_game, payoffs, tables, range(2, MAX_STARTS), best),
        _support_attempts(game, exact_game, payoffs, MAX_SUPPORTS, best, skip=2_000),
    )
    return _first(game, attempts, best, "small supports, then logit path, then support search")


def logit_path_equilibrium(game: NormalFormGame, *, max_starts: int = MAX_STARTS) -> Equilibrium:
    """A Nash equilibrium where the path of logit quantal responses leads, from uniform and then from random play.

    Parameters
    ----------
    max_starts : int
        Number of paths tried, ≥ 1: the first from uniform play, the others from play drawn with fixed seeds.

    Returns
    -------
    Equilibrium
        As :func:`multiplayer_equilibrium` returns it.

    Raises
    ------
    SolverError
        If no path leads to a profile that can be certified, or to one with gains up to 1e-9 of the spans.
    SpecificationError
        If ``max_starts`` is no positive integer.
    UnsupportedError
        If the payoffs have free symbols.

    Examples
    --------
    >>> game = NormalFormGame.zero_sum([[0, -1, 2], [1, 0, -1], [-1, 1, 0]])
    >>> print(logit_path_equilibrium(game).describe())
    1/4 1 + 5/12 2 + 1/3 3 | 1/3 1 + 5/12 2 + 1/4 3
    """
    check_count("max_starts", max_starts)
    exact_game, payoffs = _prepared(game)
    best: list[tuple[float, tuple[Array, ...]]] = []
    attempts = _path_attempts(game, exact_game, payoffs, payoff_tables(payoffs), range(max_starts), best)
    return _first(game, attempts, best, "logit path")


def support_search_equilibrium(game: NormalFormGame, *, max_supports: int = MAX_SUPPORTS) -> Equilibrium:
    """A Nash equilibrium found by going through the supports, balanced and small ones first.

    Parameters
    ----------
    max_supports : int
        Number of supports looked at, ≥ 1.

    Returns
    -------
    Equilibrium
        As :func:`multiplayer_equilibrium` returns it.

    Raises
    ------
    SolverError
        If none of them has an equilibrium that can be certified.
    SpecificationError
        If ``max_supports`` is no positive integer.
    UnsupportedError
        If the payoffs have free symbols.

    Examples
    --------
    >>> game = NormalFormGame.zero_sum([[0, -1, 2], [1, 0, -1], [-1, 1, 0]])
    >>> print(support_search_equilibrium(game).describe())
    1/4 1 + 5/12 2 + 1/3 3 | 1/3 1 + 5/12 2 + 1/4 3
    """
    check_count("max_supports", max_supports)
    exact_game, payoffs = _prepared(game)
    best: list[tuple[float, tuple[Array, ...]]] = []
    attempts = _support_attempts(game, exact_game, payoffs, max_supports, best)
    return _first(game, attempts, best, "support search")


def _prepared(game: NormalFormGame) -> tuple[NormalFormGame, Array]:
    if game.arithmetic == "symbolic":
        raise UnsupportedError("the payoffs have free symbols, so the equilibria depend on them; substitute values")
    exact_game = game.exact()
    return exact_game, normalised_payoffs(exact_game)


def _first(
    game: NormalFormGame, attempts: Iterator[Equilibrium], best: list[tuple[float, tuple[Array, ...]]], solver: str
) -> Equilibrium:
    """The first certified equilibrium, else the best profile if it is good enough."""
    for found in attempts:
        return found
    if not best:
        raise SolverError(
            f"{solver}: no profile was found at all; raise the limits, or use correlated_equilibrium",
            status="limit",
            solver=solver,
        )
    vectors = min(best, key=lambda pair: pair[0])[1]
    nearest = epsilon_equilibrium(game, vectors, f"{solver}, uncertified limit")
    spans = [game.payoff_span(i) for i in range(game.num_players)]
    gains = regrets(game, nearest.exact_profile)
    regret = float(max(gain / span if span else gain for gain, span in zip(gains, spans, strict=True)))
    if regret <= SMALL_REGRET:
        return nearest
    raise SolverError(
        f"{solver}: no Nash equilibrium was found; at the best profile (in .best) a deviation gains {regret:.3g} of a "
        "player's payoff span. Raise the limits, or use correlated_equilibrium",
        status="limit",
        solver=solver,
        best=nearest,
    )


# -- along the path ----------------------------------------------------------------------------------------------------


def _path_attempts(
    game: NormalFormGame,
    exact_game: NormalFormGame,
    payoffs: Array,
    tables: PayoffTables,
    starts: range,
    best: list[tuple[float, tuple[Array, ...]]],
) -> Iterator[Equilibrium]:
    """Certified equilibria at the ends of paths; the best profiles seen are added to ``best``."""
    for start in starts:
        bias = np.random.default_rng(start).normal(size=tables.starts[-1]) if start else None
        method = "logit path" if bias is None else f"logit path, start {start}"
        point = None
        for point, support in _support_guesses(tables, follow(tables, bias)):
            if support is None:
                continue
            p = np.exp(point.logs)
            vectors = [p[a:b] for a, b in itertools.pairwise(tables.starts)]
            solution = solved_support(payoffs, support, _starting_parts(support, vectors), rounds=12, longest=1.0)
            if solution is not None and is_float_equilibrium(payoffs, solution):
                found = certified(game, exact_game, solution, method)
                if found is not None:
                    yield found
                _remember(best, tables, payoffs, solution)
        if point is not None:
            p = np.exp(point.logs)
            best.append(
                (_regret(tables, p), tuple(p[a:b] / p[a:b].sum() for a, b in itertools.pairwise(tables.starts)))
            )


def _support_guesses(tables: PayoffTables, path: Iterator[PathPoint]) -> Iterator[tuple[PathPoint, Support | None]]:
    """Points of the path, with the supposed support of the limit where it is worth a try.

    Outside the support log p ≈ −λ · (loss), so that its derivative by log λ is about itself; inside it tends to zero.
    """
    last: Array | None = None
    tried: dict[bytes, float] = {}
    for point in path:
        if point.precision > LAST_PRECISION:
            return
        inside = (point.logs > -1.2) | (point.precision * point.slope > 0.5 * point.logs)
        key = inside.tobytes()
        steady = last is not None and bool(np.array_equal(inside, last))
        last = inside
        support = None
        if steady and point.precision > 4.0 * tried.get(key, 0.5):
            tried[key] = point.precision
            support = tuple(
                tuple(int(k) for k in np.flatnonzero(inside[a:b])) for a, b in itertools.pairwise(tables.starts)
            )
            if not all(support):
                support = None
        yield point, support


def _starting_parts(support: Support, vectors: list[Array]) -> list[Array]:
    parts = [vector[list(own)] for own, vector in zip(support, vectors, strict=True)]
    return [part / part.sum() for part in parts]


def _remember(
    best: list[tuple[float, tuple[Array, ...]]], tables: PayoffTables, payoffs: Array, solution: SupportSolution
) -> None:
    p = np.zeros(tables.starts[-1])
    for start, own, part in zip(tables.starts, solution.support, solution.parts, strict=False):
        p[[start + k for k in own]] = part
    best.append((_regret(tables, p), tuple(p[a:b] for a, b in itertools.pairwise(tables.starts))))


def _regret(tables: PayoffTables, p: Array) -> float:
    u, _ = payoff_slopes(tables, p)
    return max(float(u[a:b].max() - u[a:b] @ p[a:b]) for a, b in itertools.pairwise(tables.starts))


# -- two players over two actions each ---------------------------------------------------------------------------------


def _two_by_two_attempts(game: NormalFormGame, exact_game: NormalFormGame, payoffs: Array) -> Iterator[Equilibrium]:
    for solution in itertools.islice(two_by_two_solutions(payoffs), MAX_CANDIDATES):
        found = certified(game, exact_game, solution, "two players mix over two actions")
        if found is not None:
            yield found


# -- through the supports ----------------------------------------------------------------------------------------------


def _support_attempts(
    game: NormalFormGame,
    exact_game: NormalFormGame,
    payoffs: Array,
    max_supports: int,
    best: list[tuple[float, tuple[Array, ...]]],
    *,
    skip: int = 0,
) -> Iterator[Equilibrium]:
    """Certified equilibria of one support after the other."""
    rng = np.random.default_rng(0)
    for support in itertools.islice(supports(game.num_actions), skip, max_supports):
        if conditionally_dominated(payoffs, support):
            continue
        for start in range(NEWTON_STARTS if any(len(own) > 1 for own in support) else 1):
            parts = [
                np.full(len(own), 1 / len(own)) if start == 0 else rng.dirichlet(np.ones(len(own))) for own in support
            ]
            solution = solved_support(payoffs, support, parts)
            if solution is not None and is_float_equilibrium(payoffs, solution):
                found = certified(game, exact_game, solution, "support search")
                if found is not None:
                    yield found
                    break


def supports(num_actions: tuple[int, ...]) -> Iterator[Support]:
    """All supports, those with sizes alike first, then the smaller ones; in lexicographic order for given sizes."""
    # Of very many size vectors only the balanced ones are ever reached.
    few = math.prod(num_actions) <= 10**5
    vectors = itertools.product(*(range(1, m + 1) for m in num_actions)) if few else _balanced(num_actions)
    for sizes in sorted(vectors, key=lambda sizes: (max(sizes) - min(sizes), sum(sizes), sizes)):
        choices = [itertools.combinations(range(m), size) for m, size in zip(num_actions, sizes, strict=True)]
        yield from itertools.product(*(list(choice) for choice in choices))


def _balanced(num_actions: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    for size in range(1, max(num_actions) + 1):
        yield tuple(min(size, m) for m in num_actions)


def conditionally_dominated(payoffs: Array, support: Support) -> bool:
    """Whether an action of the support is worse than another of that player at every profile of the supports."""
    for i, own in enumerate(support):
        axes = [tuple(range(m)) if j == i else support[j] for j, m in enumerate(payoffs.shape[1:])]
        table = np.moveaxis(payoffs[i][np.ix_(*axes)], i, 0)
        table = table.reshape(len(table), -1)
        for k in own:
            if bool(((table - table[k]) > 1e-12).all(axis=1).any()):
                return True
    return False
