"""All Nash equilibria of a two-player game, certified one by one and as a set.

(x, y) is a Nash equilibrium iff every action in the support of x is a best reply to y and every action in the support
of y is a best reply to x. The set of all of them is a finite union of products of faces of the best-response
polytopes; its extreme points, the *extreme equilibria*, and the products, the *maximal Nash subsets*, are found by
:mod:`gametheory.equilibria.label_search` in integers: also for a game of floats, each of which is a rational number.
Where that would take long, :mod:`gametheory.equilibria.float_search` finds the same in floats, leaves branches with ties
to integers, and decides each equilibrium in rationals; the members are certified then, their completeness is not.
If payoffs sum to one constant, there is nothing to search: :mod:`gametheory.equilibria.constant_sum`.

An equilibrium is *degenerate* if one of its strategies has more pure best replies than actions in its support. If none
is, the equilibria are isolated and odd in number (Lemke and Howson 1964; the indices, each ±1, sum to 1).

References: C. E. Lemke and J. T. Howson (1964), *Equilibrium points of bimatrix games*, J. SIAM 12, 413-423;
B. von Stengel (2002), *Computing equilibria for two-person games*, Handbook of Game Theory 3, chapter 45.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from operator import mul
from typing import Any, Literal, cast, final

import numpy as np
from numpy.typing import NDArray

from gametheory.certificates.completeness import BimatrixCompletenessCertificate
from gametheory.certificates.deviations import DeviationCertificate
from gametheory.equilibria.components import connected_components, maximal_products
from gametheory.equilibria.equilibrium import Equilibrium, EquilibriumSet
from gametheory.equilibria.label_search import (
    FaceEvidence,
    Found,
    Limits,
    SearchLimit,
    Step,
    Walk,
    label_search,
    leaves,
    whole_polytopes,
)
from gametheory.equilibria.presentation import mix_text
from gametheory.equilibria.vertices import extreme_pairs
from gametheory.errors import SolverError
from gametheory.games.normal_form import NormalFormGame

__all__ = [
    "CERTIFIED_SIZE",
    "Completeness",
    "SearchIn",
    "bimatrix_equilibria",
    "iterate_bimatrix_equilibria",
    "mixed_equilibrium",
    "strategy_of",
]

Array = NDArray[Any]
Product = tuple[frozenset[int], frozenset[int]]
Pair = tuple[tuple[int, ...], tuple[int, ...]]
METHOD = "label search in integers"
METHOD_CONSTANT_SUM = "optimal strategies of a constant-sum game, in integers"
METHOD_IN_FLOATS = "label search in floats, branches in doubt in integers, each equilibrium decided in rationals"
ZERO = Fraction(0)

Completeness = Literal["certified", "numerical", "auto"]
SearchIn = Literal["auto", "floats", "integers"]

CERTIFIED_SIZE = 100
"""Pure profiles up to which ``"auto"`` certifies completeness: 10×10, some hundredths of a second to a fifth of one."""

_WAITING = 1000  # branches in doubt that wait, each a path of m + n labels at most
_SMALL = 25  # pure profiles up to which integers take milliseconds, and loading compiled code would take longer


@final
@dataclass(frozen=True, slots=True)
class Strategy:
    """A mixed strategy with what the other player can get against it."""

    probabilities: tuple[Fraction, ...]
    vector: Array  # the same, as the equilibrium shows it exactly
    shown: Array  # floats for a game of floats
    support: frozenset[int]
    best_replies: frozenset[int]
    best_payoff: Fraction

    @property
    def degenerate(self) -> bool:
        return len(self.best_replies) > len(self.support)


def strategy_of(game: NormalFormGame, exact_game: NormalFormGame, player: int, weights: tuple[int, ...]) -> Strategy:
    """The strategy of ``player`` with these integer weights, and the other player's best replies in ``exact_game``."""
    total = sum(weights)
    probabilities = tuple([Fraction(w, total) if w else ZERO for w in weights])
    vector = np.empty(len(weights), dtype=object)
    vector[:] = probabilities
    support = [k for k, w in enumerate(weights) if w]
    table = exact_game.numerators[1 - player]
    part = (table[support] if player == 0 else table[:, support].T).tolist()
    played = [weights[k] for k in support]
    payoffs = [sum(map(mul, played, column)) for column in zip(*part, strict=True)]
    best = max(payoffs)
    return Strategy(
        probabilities,
        vector,
        np.array([float(p) for p in probabilities]) if game.arithmetic == "float" else vector,
        frozenset(support),
        frozenset([k for k, u in enumerate(payoffs) if u == best]),
        Fraction(best, total * exact_game.denominator),
    )


def mixed_equilibrium(
    game: NormalFormGame, exact_game: NormalFormGame, x: Strategy, y: Strategy, method: str
) -> Equilibrium:
    """The pair (x, y) as a certified equilibrium; the supports are compared with the best replies once more.

    Raises
    ------
    SolverError
        If (x, y) is no equilibrium: a fault in the method that found it.
    """
    if not (x.support <= y.best_replies and y.support <= x.best_replies):
        raise SolverError(
            f"{method}: the pair found is no equilibrium; this is a fault in the solver, please report the game",
            status="wrong",
            solver=method,
            best=(x.vector, y.vector),
        )
    payoffs = (y.best_payoff, x.best_payoff)
    return Equilibrium(
        concept="Nash",
        game=game,
        profile=(x.shown, y.shown),
        exact_profile=(x.vector, y.vector),
        payoffs=tuple(map(float, payoffs)) if game.arithmetic == "float" else payoffs,
        certificate=DeviationCertificate("nash", (x.probabilities, y.probabilities), game=exact_game),
        method=method,
    )


def bimatrix_equilibria(
    game: NormalFormGame,
    *,
    completeness: Completeness,
    max_equilibria: int,
    max_branches: int,
    time_limit: float | None,
) -> EquilibriumSet:
    """All extreme equilibria of a two-player game with their structure; see ``nash_equilibria``."""
    exact_game = game.exact()
    A, B = exact_game.numerators[0].tolist(), exact_game.numerators[1].tolist()
    limits = Limits(max_equilibria, max_branches, time_limit)
    largest = {"certified": math.inf, "numerical": _SMALL, "auto": CERTIFIED_SIZE}[completeness]
    found, method = None, METHOD
    try:
        if game.num_profiles > _SMALL and _is_constant_sum(exact_game):
            from gametheory.equilibria.constant_sum import optimal_products

            method = METHOD_CONSTANT_SUM
            found = optimal_products(exact_game, limits)
        elif game.num_profiles > largest:
            from gametheory.equilibria.float_search import float_label_search  # numba takes a second to load

            found, method = float_label_search(A, B, limits), METHOD_IN_FLOATS
        if found is None:
            found, method = label_search(whole_polytopes(A, B), limits, walk=_walk(game)), METHOD
    except SearchLimit as limit:
        raise _stopped(game, exact_game, limit, max_equilibria, method) from None
    certified = method != METHOD_IN_FLOATS
    strategies, products, faces, steps = _ordered(game, exact_game, found)
    pairs = sorted({(i, j) for xs, ys in products for i in xs for j in ys})
    number = {pair: k for k, pair in enumerate(pairs)}
    members = tuple(mixed_equilibrium(game, exact_game, strategies[0][i], strategies[1][j], method) for i, j in pairs)
    subsets = sorted((tuple(sorted(xs)), tuple(sorted(ys))) for xs, ys in maximal_products(products))
    components = sorted(tuple(sorted(number[pair] for pair in group)) for group in connected_components(products))
    reason = _degeneracy(game, strategies)
    return EquilibriumSet(
        game=game,
        concept="Nash",
        equilibria=members,
        components=tuple(components),
        completeness="certified" if certified else "numerical",
        certificate=BimatrixCompletenessCertificate(
            (tuple(s.probabilities for s in strategies[0]), tuple(s.probabilities for s in strategies[1])),
            tuple(subsets),
            steps,
            faces,
            exact_game,
        )
        if certified
        else None,
        extreme_strategies=(tuple(s.vector for s in strategies[0]), tuple(s.vector for s in strategies[1])),
        maximal_nash_subsets=tuple(subsets),
        degenerate=bool(reason),
        degeneracy=reason,
        method=method,
    )


def iterate_bimatrix_equilibria(
    game: NormalFormGame, *, search: SearchIn, max_branches: int | None, time_limit: float | None
) -> Iterator[Equilibrium]:
    """The extreme equilibria of a two-player game as they are found; see ``iterate_nash_equilibria``."""
    exact_game = game.exact()
    A, B = exact_game.numerators[0].tolist(), exact_game.numerators[1].tolist()
    limits = Limits(sys.maxsize, sys.maxsize if max_branches is None else max_branches, time_limit)
    in_integers = search == "integers" or (search == "auto" and game.num_profiles <= _SMALL)
    method, count = METHOD if in_integers else METHOD_IN_FLOATS, 0
    try:
        if game.num_profiles > _SMALL and _is_constant_sum(exact_game):
            from gametheory.equilibria.constant_sum import optimal_faces

            method = METHOD_CONSTANT_SUM
            pairs = extreme_pairs(optimal_faces(exact_game), limits, walk=lambda root, _limits, _steps: iter([root]))
        elif in_integers:
            pairs = extreme_pairs(whole_polytopes(A, B), limits, walk=_walk(game))
        else:
            pairs = _mostly_in_floats(A, B, limits)
        for x, y in pairs:
            strategies = strategy_of(game, exact_game, 0, x), strategy_of(game, exact_game, 1, y)
            yield mixed_equilibrium(game, exact_game, *strategies, method)
            count += 1
    except SearchLimit as limit:
        raise SolverError(
            f"the search stopped at its limit of {limit} after {count:,} extreme equilibria, perhaps not all; pass a "
            "larger max_branches= or time_limit=, or ask for one equilibrium with nash_equilibrium",
            status="limit",
            solver=method,
        ) from None


def _is_constant_sum(exact_game: NormalFormGame) -> bool:
    totals = exact_game.numerators[0] + exact_game.numerators[1]
    return bool(np.all(totals == totals.flat[0]))


def _walk(game: NormalFormGame) -> Walk:
    """How to walk the tree in integers: compiled where that pays, as loading compiled code takes a second."""
    if game.num_profiles <= CERTIFIED_SIZE:
        return leaves
    from gametheory.equilibria.integer_search import machine_leaves

    return machine_leaves


def _mostly_in_floats(A: list[list[int]], B: list[list[int]], limits: Limits) -> Iterator[Pair]:
    """Floats first; branches in doubt wait, and the deepest one, which is the smallest, is searched first."""
    from gametheory.equilibria.float_search import Doubtful, Trail, float_pairs
    from gametheory.equilibria.integer_search import machine_leaves

    trail = Trail(whole_polytopes(A, B))
    waiting: list[Doubtful] = []

    def deepest() -> Iterator[Pair]:
        below = trail.to(waiting.pop(max(range(len(waiting)), key=lambda k: len(waiting[k].path))))
        if below is not None:
            yield from extreme_pairs(below, limits, walk=machine_leaves)

    for item in float_pairs(A, B, limits):
        if not isinstance(item, Doubtful):
            yield item
            continue
        waiting.append(item)
        if len(waiting) > _WAITING:
            yield from deepest()
    while waiting:
        yield from deepest()


def _strategies(game: NormalFormGame, exact_game: NormalFormGame, found: Found) -> tuple[list[Strategy], ...]:
    """Each player's strategies in the order in which they were found."""
    return tuple([strategy_of(game, exact_game, i, weights) for weights in found.strategies[i]] for i in (0, 1))


def _ordered(
    game: NormalFormGame, exact_game: NormalFormGame, found: Found
) -> tuple[
    tuple[list[Strategy], ...],
    list[Product],
    tuple[dict[int, FaceEvidence], dict[int, FaceEvidence]],
    tuple[Step, ...],
]:
    """Strategies in decreasing lexicographic order (the first action first); all else in these numbers."""
    before = _strategies(game, exact_game, found)
    after = tuple(sorted(own, key=lambda s: s.probabilities, reverse=True) for own in before)
    number = [_numbers(old, new) for old, new in zip(before, after, strict=True)]
    products = {(frozenset(number[0][i] for i in xs), frozenset(number[1][j] for j in ys)) for xs, ys in found.products}
    faces = [
        {bits: (number[i][vertex], alone, empty) for bits, (vertex, alone, empty) in found.faces[i].items()}
        for i in (0, 1)
    ]
    in_order = sorted(products, key=lambda product: (sorted(product[0]), sorted(product[1])))
    steps: list[Step] = []
    for step in found.steps:
        if step[0] == "interchangeable":
            _, i, j = cast(tuple[str, int, int], step)
            step = ("interchangeable", number[0][i], number[1][j])
        steps.append(step)
    return after, in_order, (faces[0], faces[1]), tuple(steps)


def _numbers(old: list[Strategy], new: list[Strategy]) -> list[int]:
    place = {id(s): k for k, s in enumerate(new)}
    return [place[id(s)] for s in old]


def _degeneracy(game: NormalFormGame, strategies: tuple[list[Strategy], ...]) -> str:
    """A sentence that names a strategy with more pure best replies than its support, the smallest; empty if none."""
    candidates = [(len(s.support), i, k) for i in (0, 1) for k, s in enumerate(strategies[i]) if s.degenerate]
    if not candidates:
        return ""
    _, i, k = min(candidates)
    strategy, other = strategies[i][k], 1 - i
    shown = [game.actions[other][a] for a in sorted(strategy.best_replies)]
    names = ", ".join(shown[:8]) + (", …" if len(shown) > 8 else "")
    size = len(strategy.support)
    return (
        f"Degenerate: when {game.players[i]} plays {mix_text(strategy.shown, game.actions[i])}, "
        f"{game.players[other]} has {len(shown)} pure best replies ({names}), more than the "
        f"{size} action{'s' if size > 1 else ''} played."
    )


def _stopped(
    game: NormalFormGame, exact_game: NormalFormGame, limit: SearchLimit, max_equilibria: int, method: str
) -> SolverError:
    """What to raise at a limit, with the equilibria found until then."""
    xs, ys = _strategies(game, exact_game, limit.found)
    pairs = sorted(limit.found.pairs)
    best = tuple(mixed_equilibrium(game, exact_game, xs[i], ys[j], method) for i, j in pairs[:max_equilibria])
    if str(limit) == "equilibria":
        message = (
            f"the game has more than max_equilibria={max_equilibria:,} extreme equilibria; pass a larger "
            "max_equilibria to list them all, or take those found so far from this error's .best"
        )
    else:
        message = (
            f"the search stopped at its limit of {limit} with {len(best):,} extreme equilibria found (in this error's "
            ".best), perhaps not all; pass a larger max_branches= or time_limit=, or ask for one equilibrium with "
            "nash_equilibrium"
        )
    return SolverError(message, status="limit", solver=method, best=best)
