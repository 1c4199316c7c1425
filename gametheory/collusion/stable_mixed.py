"""Mixed equilibria of two players that they do not leave together: the whole set, also where it is a continuum.

The set of all Nash equilibria is a finite union of products of faces; the part that is strong, or coalition-proof, is cut out
of each by conditions on the two payoffs (:mod:`gametheory.certificates.stable_pieces` has the theory). Here the
cuts are carried out: a face with its vertices is cut at a payoff along its edges. Two vertices are joined by an edge iff no
other vertex of the face has all labels that they share.

References: R. Aumann 1959; B. Bernheim, B. Peleg and M. Whinston 1987, "Coalition-proof Nash equilibria I", Journal of
Economic Theory 42; N. Gatti, M. Rocco and T. Sandholm 2013, "On the verification and computation of strong Nash equilibrium",
AAMAS. Complexity: that of all Nash equilibria, and the square of the number of a face's vertices.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np

from gametheory.certificates.completeness import BimatrixCompletenessCertificate
from gametheory.certificates.gains import Blocking
from gametheory.certificates.stable_pieces import Deviations, Interval, Stability, payoff_rectangles, stable_pieces
from gametheory.certificates.stable_sets import StableSetCertificate
from gametheory.collusion.stable_set import StablePiece, StableSet
from gametheory.equilibria.bimatrix import Completeness, mixed_equilibrium, strategy_of
from gametheory.equilibria.equilibrium import Equilibrium, EquilibriumSet
from gametheory.equilibria.nash import TIME_LIMIT, nash_equilibria
from gametheory.errors import UnsupportedError
from gametheory.games.normal_form import NormalFormGame

__all__ = ["nash_payoffs", "stable_mixed_equilibria"]

Vector = tuple[Fraction, ...]
METHOD = "conditions on the payoffs of each maximal Nash subset"


def stable_mixed_equilibria(
    game: NormalFormGame,
    *,
    concept: Stability,
    blocking: Blocking = "all",
    coordination: Deviations = "pure",
    completeness: Completeness = "auto",
    time_limit: float | None = TIME_LIMIT,
) -> StableSet:
    """All strong, or coalition-proof, Nash equilibria of two players in mixed strategies."""
    every = two_player_equilibria(game, completeness, time_limit)
    exact_game = game.exact()
    strategies, products = _faces(every)
    rectangles = payoff_rectangles(exact_game, strategies, products)
    pieces = stable_pieces(exact_game, rectangles, concept=concept, blocking=blocking, coordination=coordination)
    proof = None
    if isinstance(every.certificate, BimatrixCompletenessCertificate):
        proof = StableSetCertificate(
            concept=concept, blocking=blocking, coordination=coordination, pieces=pieces, nash=every.certificate
        )
    shown: list[StablePiece] = []
    members: dict[tuple[Vector, Vector], Equilibrium] = {}
    for k, of_first, of_second in pieces:
        intervals = (of_first, of_second)
        # Player 1's strategies decide what player 2 gets, and the other way round.
        sides = tuple(
            _cut(exact_game, player, [strategies[player][i] for i in products[k][player]], products[k], strategies, own)
            for player, own in ((0, of_second), (1, of_first))
        )
        shown.append(_shown(sides, intervals))
        for x, payoff_of_second in sides[0]:
            for y, payoff_of_first in sides[1]:
                if of_first.holds(payoff_of_first) and of_second.holds(payoff_of_second):
                    members.setdefault((x, y), _member(game, exact_game, x, y, concept))
    doubtful = any(interval.doubtful is not None for piece in pieces for interval in piece[1:])
    return StableSet(
        game=game,
        concept=concept,
        play="mixed",
        blocking=blocking,
        coordination=coordination,
        equilibria=tuple(members[key] for key in sorted(members, reverse=True)),
        pieces=tuple(shown),
        completeness="numerical" if proof is None or doubtful else "certified",
        certificate=proof,
        method=METHOD,
    )


def two_player_equilibria(
    game: NormalFormGame, completeness: Completeness = "auto", time_limit: float | None = TIME_LIMIT
) -> EquilibriumSet:
    """All Nash equilibria of a game of two players.

    Raises
    ------
    UnsupportedError
        Another number of players.
    """
    if game.num_players != 2:
        raise UnsupportedError(
            f"mixed strong and coalition-proof equilibria of {game.num_players} players are not computed, only of two; pass "
            "play='pure', or ask about one profile with is_strong_nash_equilibrium"
        )
    return nash_equilibria(game, completeness=completeness, time_limit=time_limit)


def nash_payoffs(
    game: NormalFormGame,
) -> list[tuple[tuple[Fraction, Fraction], tuple[Fraction, Fraction], Equilibrium]]:
    """For each maximal Nash subset the payoffs of players 1 and 2, and an equilibrium that pays the most to both."""
    every = two_player_equilibria(game)
    exact_game = game.exact()
    strategies, products = _faces(every)
    rectangles = payoff_rectangles(exact_game, strategies, products)
    result = []
    for k, (one, two) in enumerate(rectangles):
        point = (Interval(two[1], two[1]), Interval(one[1], one[1]))
        best = [
            _cut(exact_game, i, [strategies[i][j] for j in products[k][i]], products[k], strategies, point[i])[0][0]
            for i in (0, 1)
        ]
        result.append((one, two, _member(game, exact_game, best[0], best[1], "Nash")))
    return result


def _faces(every: EquilibriumSet) -> tuple[tuple[list[Vector], list[Vector]], list[Any]]:
    strategies = tuple([tuple(vector.tolist()) for vector in own] for own in every.extreme_strategies)
    return (strategies[0], strategies[1]), list(every.maximal_nash_subsets)


def _cut(
    game: NormalFormGame,
    player: int,
    vertices: Sequence[Vector],
    product: Any,
    strategies: tuple[list[Vector], list[Vector]],
    interval: Interval,
) -> list[tuple[Vector, Fraction]]:
    """Vertices of the part of a face where the *other* player's payoff is in the closed interval, with that payoff."""
    against = strategies[1 - player][product[1 - player][0]]
    table = game.numerators[1 - player].astype(object)
    line = table @ np.array(against, dtype=object) if player == 0 else np.array(against, dtype=object) @ table
    values = [
        Fraction(sum((p * u for p, u in zip(x, line, strict=True) if p), Fraction(0))) / game.denominator
        for x in vertices
    ]
    kept = [(x, u) for x, u in zip(vertices, values, strict=True) if interval.low <= u <= interval.high]
    below = [k for k, u in enumerate(values) if u < interval.low]
    above = [k for k, u in enumerate(values) if u > interval.low]
    if below and above:
        labels = [_labels(game, player, x) for x in vertices]
        for a in below:
            for b in above:
                common = labels[a] & labels[b]
                if any(common <= other for k, other in enumerate(labels) if k not in (a, b)):
                    continue
                weight = (interval.low - values[a]) / (values[b] - values[a])
                point = tuple(p + weight * (q - p) for p, q in zip(vertices[a], vertices[b], strict=True))
                kept.append((point, interval.low))
    return kept


def _labels(game: NormalFormGame, player: int, x: Vector) -> frozenset[tuple[str, int]]:
    """Actions not played, and best replies of the other player."""
    table = game.numerators[1 - player].astype(object)
    payoffs = (np.array(x, dtype=object) @ table if player == 0 else table @ np.array(x, dtype=object)).tolist()
    best = max(payoffs)
    unused = {("unused", i) for i, p in enumerate(x) if not p}
    return frozenset(unused | {("reply", j) for j, u in enumerate(payoffs) if u == best})


def _shown(sides: Any, intervals: tuple[Interval, Interval]) -> StablePiece:
    vectors = tuple(tuple(_vector(x) for x, _ in side) for side in sides)
    return StablePiece(strategies=(vectors[0], vectors[1]), payoffs=intervals)


def _vector(x: Vector) -> Any:
    vector = np.array(x, dtype=object)
    vector.setflags(write=False)
    return vector


def _member(game: NormalFormGame, exact_game: NormalFormGame, x: Vector, y: Vector, concept: str) -> Equilibrium:
    played = []
    for player, vector in enumerate((x, y)):
        scale = math.lcm(*(p.denominator for p in vector))
        played.append(strategy_of(game, exact_game, player, tuple(int(p * scale) for p in vector)))
    return replace(mixed_equilibrium(game, exact_game, played[0], played[1], METHOD), concept=concept)
