"""Which payoffs repetition can sustain: all subgame perfect equilibria, at a given patience.

Players have a common discount factor δ and see each other's actions; equilibria are in pure actions, with a public coin thrown
before every period, which makes the set V(δ) of their payoffs (discounted averages) convex. It is the largest bounded set with
V = B(V), where

    B(W) = co ∪_a {(1 − δ) u(a) + δ w : w ∈ W,  (1 − δ) u_i(a) + δ w_i ≥ (1 − δ) max_b u_i(b, a_−i) + δ min_W w'_i  for all i}.

What is returned is a polytope inside V and one around it, each with a certificate, and whether they are the same. An inner set
is proved by self-generation, W ⊆ B(W): each vertex comes with its action profile and continuation. With two players the outer
set is proved by sweeps (:mod:`gametheory.certificates.payoff_sweeps`), and the two are equal wherever the vertices depend on
each other in finitely many rational steps; vertices can also be irrational, as in Abreu and Sannikov's example. With three or
more players the sandwich of Judd, Yeltekin and Conklin is used (:mod:`.self_generation`).

References: D. Abreu and Y. Sannikov 2014, "An algorithm for two-player repeated games with perfect monitoring", Theoretical
Economics 9; K. Judd, S. Yeltekin and J. Conklin 2003, "Computing supergame equilibria", Econometrica 71; D. Abreu, D. Pearce
and E. Stacchetti 1990, "Toward a theory of discounted repeated games with imperfect monitoring", Econometrica 58.

Complexity (two players): each iteration a pass over the profiles that can still be played; the proof some hundred rational
numbers per profile.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import exact
from gametheory.arithmetic.limits import check_count, check_seconds
from gametheory.certificates.payoff_set_bounds import PayoffSetBoundCertificate
from gametheory.certificates.payoff_sweeps import Pair, ScaledStage, convex_hull, outward_normals, support
from gametheory.certificates.self_generation import SelfGenerationCertificate, SustainedPoint
from gametheory.errors import SolverError, SpecificationError, UnsupportedError
from gametheory.games.normal_form import NormalFormGame
from gametheory.repeated.payoff_set_result import Halfspace, PayoffSet, Point
from gametheory.repeated.payoff_set_search import Sandwich, float_fixed_point, quick_stage, sandwich
from gametheory.repeated.repeated_game import RepeatedGame, read_discount, seen_stage

__all__ = ["PayoffSet", "abreu_sannikov", "payoff_set"]


def payoff_set(
    game: NormalFormGame | RepeatedGame,
    discount: Any = None,
    *,
    gap: Any = "1e-6",
    max_iterations: int = 20_000,
    time_limit: float | None = None,
    progress: Callable[[str], Any] | None = None,
) -> PayoffSet:
    """The payoffs of all subgame perfect equilibria in pure actions with a public coin.

    Parameters
    ----------
    game : NormalFormGame or RepeatedGame
        The stage game, exact or of floats, which count as the rationals that they are.
    discount : number, 0 ≤ δ < 1
        May be left out for a :class:`RepeatedGame`.
    gap : number > 0
        The largest distance between the inner and the outer polytope that counts as an answer, as a share of the largest
        payoff span of a player.
    max_iterations : int
        Limit on iterations of the operator, in floats.
    time_limit : float, optional
        Seconds.
    progress : callable, optional
        Is told in words what is being done.

    Returns
    -------
    PayoffSet
        ``.empty`` where no such equilibrium exists; ``.exact`` where the set is known.

    Raises
    ------
    SolverError
        The gap asked for, or the limits, are not kept; ``best`` is the :class:`PayoffSet` with what is proved: everything in
        its inner polytope (which may be empty) is an equilibrium payoff, nothing outside the outer one is, and ``verify()``
        re-checks both. With three players and patience near 1 that is common: of random 2×2×2 games a third end so.
    UnsupportedError
        Actions are not seen, or there is one player.

    Examples
    --------
    A prisoner's dilemma with payoffs 9, 1, 10, 3:

    >>> stage = NormalFormGame.from_bimatrix([[9, 1], [10, 3]], [[9, 10], [1, 3]], actions=[["C", "D"]] * 2)
    >>> found = payoff_set(stage, "3/4")
    >>> found
    PayoffSet(δ = 3/4, certified, exact: 4 vertices, dimension 2)
    >>> [tuple(map(str, v)) for v in found.vertices]
    [('3', '3'), ('39/4', '3'), ('9', '9'), ('3', '39/4')]
    >>> payoff_set(stage, "1/8").vertices == ((3, 3),)
    True
    """
    stage, delta = _read(game, discount)
    share = exact(gap, where="gap")
    if share <= 0:
        raise SpecificationError(f"gap: found {gap}; write a number > 0, a share of the payoff span")
    check_count("max_iterations", max_iterations)
    check_seconds("time_limit", time_limit)
    if stage.num_players > 2:
        from gametheory.repeated.self_generation import payoff_set_sandwich

        def told(directions: int, profiles: int) -> None:
            if progress is not None:
                progress(f"{directions} directions and {profiles} profiles left")

        result: PayoffSet = payoff_set_sandwich(stage, delta, gap=share, time_limit=time_limit, progress=told)
        return result
    exact_game = stage.exact()
    scaled = ScaledStage.of(exact_game, delta)
    try:
        proved = sandwich(scaled, max_iterations=max_iterations, time_limit=time_limit, progress=progress)
    except SolverError as error:
        error.best = _result(stage, exact_game, scaled, error.best)
        raise
    result = _result(stage, exact_game, scaled, proved)
    if result.gap is None or result.gap > share * max(scaled.span):
        raise SolverError(
            f"payoff_set: the set is proved only between two polygons, {result!r}; .best has them, or allow a larger gap=, or "
            "more max_iterations=",
            status="gap",
            solver="payoff_set",
            best=result,
        )
    return result


def abreu_sannikov(
    game: NormalFormGame | RepeatedGame, discount: Any = None, *, max_iterations: int = 20_000
) -> NDArray[np.float64]:
    """The vertices of the set of equilibrium payoffs of two players in floats: fast, and not proved.

    Parameters
    ----------
    discount : number, 0 ≤ δ < 1
        May be left out for a :class:`RepeatedGame`.

    Returns
    -------
    array, shape (number of vertices, 2)
        Anticlockwise; no rows if there is no equilibrium in pure actions.

    Raises
    ------
    SolverError
        The fixed point is not reached within ``max_iterations``.

    Examples
    --------
    >>> stage = NormalFormGame.from_bimatrix([[8, 3], [0, 5]], [[5, 3], [0, 8]])
    >>> abreu_sannikov(stage, 0.8).round(6).tolist()
    [[5.0, 5.0], [8.0, 5.0], [5.0, 8.0]]
    """
    stage, delta = _read(game, discount)
    if stage.num_players != 2:
        raise UnsupportedError(f"abreu_sannikov: found {stage.num_players} players; use payoff_set for three or more")
    check_count("max_iterations", max_iterations)
    found = float_fixed_point(quick_stage(stage, delta), 1e-12, max_iterations)
    if found is None:
        raise SolverError(
            f"abreu_sannikov: no fixed point after {max_iterations} iterations; allow more, or use payoff_set, which gives "
            "bounds",
            status="iteration limit",
            solver="abreu_sannikov",
        )
    tables = stage.numerators.reshape(2, -1)
    lows, spans = tables.min(axis=1), tables.max(axis=1) - tables.min(axis=1)
    columns = [found.vertices[:, i] * float(spans[i]) + float(lows[i]) for i in range(2)]
    vertices: NDArray[np.float64] = np.column_stack(columns) / float(stage.denominator)
    return vertices


def _read(game: NormalFormGame | RepeatedGame, discount: Any) -> tuple[NormalFormGame, Fraction]:
    stage = seen_stage(game)
    if stage.num_players < 2:
        raise UnsupportedError("game: one player has no one to be kept in line by; the best action is the answer")
    return stage, read_discount(game, discount)


def _result(stage: NormalFormGame, exact_game: NormalFormGame, scaled: ScaledStage, proved: Sandwich) -> PayoffSet:
    columns = stage.num_actions[1]
    outer_scaled = () if proved.empty else proved.chain[-1]
    outer = tuple(scaled.unscaled(v) for v in outer_scaled)
    points = tuple(
        SustainedPoint(scaled.unscaled(_pair(p.payoff)), divmod(p.profile[0], columns), p.lottery)
        for p in proved.points
    )
    inner = tuple(p.payoff for p in points)
    same = set(inner) == set(outer)
    return PayoffSet(
        game=stage,
        discount=scaled.discount,
        inner=inner,
        outer=outer,
        halfspaces=_halfspaces(outer),
        exact=same,
        gap=Fraction(0) if same else _distance(inner, outer),
        inner_certificate=SelfGenerationCertificate(game=exact_game, discount=scaled.discount, points=points)
        if points
        else None,
        outer_certificate=PayoffSetBoundCertificate(
            game=exact_game,
            discount=scaled.discount,
            polygons=tuple(tuple(scaled.unscaled(v) for v in polygon) for polygon in proved.chain),
            empty=proved.empty,
        ),
        method="Abreu-Sannikov",
    )


def _pair(v: Point) -> Pair:
    return v[0], v[1]


def _halfspaces(polygon: tuple[Pair, ...]) -> tuple[Halfspace, ...]:
    """The sides of a polygon, and for a point or a segment those of its box too."""
    if not polygon:
        return ()
    axes = ((1, 0), (0, 1), (-1, 0), (0, -1)) if len(polygon) < 3 else ()
    normals = dict.fromkeys([*outward_normals(polygon), *axes])
    return tuple(((Fraction(w[0]), Fraction(w[1])), support(w, polygon)) for w in normals)


def _distance(inner: tuple[Point, ...], outer: tuple[Pair, ...]) -> Fraction | None:
    """At least the Hausdorff distance between a polygon and one around it, from the vertices of the latter."""
    if not inner:
        return None
    corners = convex_hull(_pair(v) for v in inner)
    square = max(
        min(_square(v, corners[k - 1], corners[k]) for k in range(len(corners))) for v in outer if v not in corners
    )
    bits = 2 ** max(0, 80 + square.denominator.bit_length() - square.numerator.bit_length())
    return Fraction(math.isqrt(square.numerator * bits * bits // square.denominator) + 1, bits)


def _square(v: Pair, p: Pair, q: Pair) -> Fraction:
    """Squared distance of a point outside from a segment."""
    dx, dy = q[0] - p[0], q[1] - p[1]
    length = dx * dx + dy * dy
    share = (
        min(max(((v[0] - p[0]) * dx + (v[1] - p[1]) * dy) / length, Fraction(0)), Fraction(1))
        if length
        else Fraction(0)
    )
    return (v[0] - p[0] - share * dx) ** 2 + (v[1] - p[1] - share * dy) ** 2
