"""Vertices, dimension and payoff ranges of sets of correlated equilibria: brute force, theorems, published counts."""

from __future__ import annotations

import json
import random
from collections import Counter
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from oracles.correlated import all_vertices

from gametheory.certificates import DualityCertificate
from gametheory.equilibria import (
    correlated_equilibrium,
    correlated_interior,
    correlated_payoff_range,
    correlated_polytope,
    correlated_regret,
    nash_equilibria,
)
from gametheory.equilibria.correlated_interior import correlated_interior_programme
from gametheory.equilibria.correlated_polytope import most_vertices
from gametheory.errors import SpecificationError, UnsupportedError
from gametheory.games import NormalFormGame
from gametheory.games.profiles import product_distribution

CHICKEN = NormalFormGame.from_bimatrix([[6, 2], [7, 0]], [[6, 7], [2, 0]])
SEXES = NormalFormGame.from_bimatrix([[2, 0], [0, 1]], [[1, 0], [0, 2]])
PENNIES = NormalFormGame.zero_sum([[1, -1], [-1, 1]])
DILEMMA = NormalFormGame.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]])


def random_game(rng: random.Random, shape: tuple[int, ...], high: int) -> NormalFormGame:
    return NormalFormGame.from_function(lambda *_: [rng.randint(0, high) for _ in shape], shape)


def corners(polytope: Any) -> set[tuple[Fraction, ...]]:
    return {tuple(vertex.exact_profile.reshape(-1)) for vertex in polytope.vertices}


def affine_dimension(points: set[tuple[Fraction, ...]]) -> int:
    """Rank of the differences, by elimination."""
    first, *others = [list(p) for p in points]
    rank, rows = 0, [[x - y for x, y in zip(p, first, strict=True)] for p in others]
    for k in range(len(first)):
        lead = next((r for r in rows if r[k]), None)
        if lead is None:
            continue
        rank += 1
        rows = [[x - r[k] / lead[k] * y for x, y in zip(r, lead, strict=True)] for r in rows if r is not lead]
    return rank


@pytest.mark.parametrize(
    ("game", "vertices", "dimension"),
    [(CHICKEN, 5, 3), (SEXES, 5, 3), (PENNIES, 1, 0), (DILEMMA, 1, 0)],
    ids=["chicken", "battle of the sexes", "matching pennies", "prisoner's dilemma"],
)
def test_published_polytopes(game: NormalFormGame, vertices: int, dimension: int) -> None:
    """Nau, Gomez Canovas and Hansen (2004): chicken and the battle of the sexes have five vertices, three of them Nash."""
    polytope = correlated_polytope(game)
    assert (len(polytope), polytope.dimension) == (vertices, dimension)
    assert corners(polytope) == all_vertices({a: game.payoff(*a) for a in np.ndindex(2, 2)})
    nash = {tuple(product_distribution(e.probabilities()).reshape(-1)) for e in nash_equilibria(game)}
    assert nash <= corners(polytope)
    assert len(nash) == (3 if vertices == 5 else 1)


def test_generic_two_by_two_games_have_one_or_five_vertices() -> None:
    """Calvó-Armengol (2006): one Nash equilibrium gives one vertex, three give five."""
    rng = random.Random(1)
    seen: Counter[tuple[int, int]] = Counter()
    for _ in range(120):
        game = random_game(rng, (2, 2), 10**6)
        polytope = correlated_polytope(game)
        seen[len(nash_equilibria(game)), len(polytope)] += 1
        assert polytope.dimension == (0 if len(polytope) == 1 else 3)
    assert set(seen) == {(1, 1), (3, 5)}


@pytest.mark.parametrize("coarse", [False, True])
@pytest.mark.parametrize("high", [1, 3, 50])
def test_vertices_by_brute_force(high: int, coarse: bool) -> None:
    rng = random.Random(f"{high}{coarse}")
    for shape, count in (((2, 2), 12), ((2, 3), 2)):
        for _ in range(count):
            game = random_game(rng, shape, high)
            polytope = correlated_polytope(game, coarse=coarse)
            expected = all_vertices({a: game.payoff(*a) for a in np.ndindex(*shape)}, coarse=coarse)
            assert corners(polytope) == expected
            assert len(polytope) == len(expected) <= most_vertices(game, coarse=coarse)
            assert polytope.dimension == affine_dimension(expected)
            assert all(
                vertex.certificate is not None and vertex.certificate.verify(game) for vertex in polytope.vertices
            )


@pytest.mark.slow
def test_three_players_by_brute_force() -> None:
    rng = random.Random(2)
    for high in (1, 20):
        game = random_game(rng, (2, 2, 2), high)
        assert corners(correlated_polytope(game)) == all_vertices({a: game.payoff(*a) for a in np.ndindex(2, 2, 2)})


@pytest.mark.parametrize("coarse", [False, True])
@pytest.mark.parametrize("shape", [(3, 3), (2, 4), (2, 2, 2), (3, 4)])
def test_optima_are_attained_at_vertices_and_dimensions_agree(shape: tuple[int, ...], coarse: bool) -> None:
    rng = random.Random(f"{shape}{coarse}")
    dimensions = set()
    for high in (1, 2, 3, 1000, 1000):
        game = random_game(rng, shape, high)
        polytope, interior = correlated_polytope(game, coarse=coarse), correlated_interior(game, coarse=coarse)
        assert polytope.dimension == int(interior)
        dimensions.add(polytope.dimension)
        for objective in ([1, *[0] * (len(shape) - 1)], [-1] * len(shape)):
            best = max(sum(w * u for w, u in zip(objective, payoffs, strict=True)) for payoffs in polytope.payoffs)
            assert correlated_equilibrium(game, objective=objective, coarse=coarse).exact_value == best
        for i in range(len(shape)):
            found = correlated_payoff_range(game, i, coarse=coarse)
            assert found.exact_lower == min(payoffs[i] for payoffs in polytope.payoffs)
            assert found.exact_upper == max(payoffs[i] for payoffs in polytope.payoffs)
    assert len(dimensions) > 1


@pytest.mark.parametrize("coarse", [False, True])
def test_the_interior_and_its_proof(coarse: bool) -> None:
    """Rows called equalities are so at every vertex; the others are strict at the interior point; the proof adds up."""
    rng = random.Random(f"interior{coarse}")
    for shape in ((2, 2), (3, 3), (2, 2, 2)):
        for high in (1, 2, 3, 100):
            game = random_game(rng, shape, high)
            interior = correlated_interior(game, coarse=coarse)
            programme = correlated_interior_programme(game, coarse=coarse)
            size = game.num_profiles
            inner = interior.equilibrium.exact_profile.reshape(-1)  # type: ignore[union-attr]
            points = corners(correlated_polytope(game, coarse=coarse))
            combined = [Fraction(0)] * size
            for r, name in enumerate(programme.row_names):
                row = [programme.row(r).get(j, Fraction(0)) for j in range(size)]
                at = [sum(c * p for c, p in zip(row, point, strict=True)) for point in points]
                strict = sum(c * p for c, p in zip(row, inner, strict=True)) > 0
                assert (name in interior.equalities) == (not strict) == (max(at) == 0)
                assert (interior.multipliers[r] >= 1) if not strict else (interior.multipliers[r] == 0)
                combined = [t + interior.multipliers[r] * c for t, c in zip(combined, row, strict=True)]
            for a, total in enumerate(combined):
                assert (inner[a] > 0) == (max(point[a] for point in points) > 0)
                assert total == 0 if inner[a] > 0 else total <= -1
            read = DualityCertificate.from_dict(json.loads(json.dumps(interior.certificate.to_dict())))
            assert read.verify(game)
            assert read.verify_against(programme)


def test_nash_equilibria_lie_on_the_boundary() -> None:
    """Nau, Gomez Canovas and Hansen (2004), proposition 1: so where the dimension is full, some row or profile binds."""
    rng = random.Random(6)
    full = 0
    for _ in range(200):
        game = random_game(rng, (rng.choice([2, 3]), rng.choice([2, 3])), 50)
        interior = correlated_interior(game)
        if not interior.full_dimensional:
            continue
        full += 1
        programme = correlated_interior_programme(game)
        for equilibrium in nash_equilibria(game):
            point = product_distribution(equilibrium.probabilities()).reshape(-1)
            rows = [
                sum(c * point[j] for j, c in programme.row(r).items() if j < len(point))
                for r in range(programme.num_rows)
            ]
            assert min(*point, *rows) == 0
    assert full >= 10


def test_payoff_ranges() -> None:
    found = correlated_payoff_range(CHICKEN, "Player 2", coarse=True)
    assert (found.lower, found.upper) == (2, 7)
    assert "certified" in repr(found)
    assert found.to_dict()["upper"] == "7"
    assert list(found.to_frame().columns) == ["for Player 2", "Player 1", "Player 2"]
    floats = NormalFormGame(np.random.default_rng(3).random((2, 3, 3)))
    found = correlated_payoff_range(floats, 0)
    assert isinstance(found.lower, float)
    for equilibrium in nash_equilibria(floats):
        assert found.lower - 1e-12 <= equilibrium.payoffs[0] <= found.upper + 1e-12
    coarse = correlated_payoff_range(floats, 0, coarse=True)
    assert coarse.exact_lower <= found.exact_lower <= found.exact_upper <= coarse.exact_upper
    with pytest.raises(SpecificationError):
        correlated_payoff_range(floats, 2)


def test_large_polytopes_are_refused_with_the_size() -> None:
    game = NormalFormGame(np.eye(5, dtype=int)[None].repeat(2, axis=0))
    with pytest.raises(UnsupportedError, match=r"25 columns and needs more than 24 vertices.*raise max_vertices"):
        correlated_polytope(game, max_vertices=24)
    with pytest.raises(UnsupportedError, match="needs more than 300 vertices"):
        correlated_polytope(game, max_vertices=300)
    for bad in (0, -1, 2.5, True):
        with pytest.raises(SpecificationError, match="max_vertices"):
            correlated_polytope(game, max_vertices=bad)  # type: ignore[arg-type]


def test_displays() -> None:
    game = NormalFormGame(CHICKEN.numerators, ["<b>", "c"], [["<i>", "x"]] * 2)
    polytope = correlated_polytope(game)
    assert "<i>" not in polytope._repr_html_()
    assert polytope.to_frame().shape == (5, 6)
    assert len(polytope.to_dict()["vertices"]) == 5
    assert correlated_regret(game, polytope.vertices[0].exact_profile) == 0
    interior = correlated_interior(game)
    assert "dimension 3 of 3" in interior._repr_html_()
    assert interior.to_dict()["dimension"] == 3
    assert interior.to_frame().shape[0] == 4
    single = NormalFormGame([[1, 1, 0]])
    assert (len(correlated_polytope(single)), int(correlated_interior(single))) == (2, 1)


@pytest.mark.parametrize("coarse", [False, True])
@pytest.mark.parametrize("num_players", [1, 2, 3])
def test_nobody_has_a_choice(num_players: int, coarse: bool) -> None:
    game = NormalFormGame(np.arange(num_players).reshape((num_players,) + (1,) * num_players))
    interior, polytope = correlated_interior(game, coarse=coarse), correlated_polytope(game, coarse=coarse)
    assert (int(interior), polytope.dimension, len(polytope)) == (0, 0, 1)
    assert interior.certificate.verify()
