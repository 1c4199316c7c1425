"""Geometric and semidefinite programmes in arrays, and covers found along the way."""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.sparse import csr_array

from gametheory.errors import InfeasibleError, SpecificationError
from gametheory.optimize import Posynomials, cheapest_cover, solve_geometric, solve_semidefinite

FREE = np.full(2, np.inf)


def posynomial(exponents: list[list[float]], coefficients: list[float], rows: list[int]) -> Posynomials:
    return Posynomials(csr_array(np.array(exponents)), np.log(coefficients), np.array(rows, dtype=np.int64))


def test_one_term_of_each_by_hand() -> None:
    # min x + y with 1/(x y) ≤ 1: x = y = 1, and the multiplier is −dV/db of V(b) = 2/√b at b = 1.
    cost = posynomial([[1, 0], [0, 1]], [1, 1], [0, 0])
    row = posynomial([[-1, -1]], [1], [0])
    found = solve_geometric(cost, row, -FREE, FREE)
    assert found.value == pytest.approx(2, rel=1e-7)
    assert found.multipliers == pytest.approx([1], rel=1e-3)
    fixed = solve_geometric(cost, row, np.array([np.log(4), -np.inf]), np.array([np.log(4), np.inf]))
    assert fixed.value == pytest.approx(4.25, rel=1e-7)


@pytest.mark.parametrize("seed", range(4))
def test_random_programmes_against_quadratic_programming(seed: int) -> None:
    rng = np.random.default_rng(seed)
    cost = posynomial(rng.integers(-2, 3, (4, 2)).tolist(), rng.uniform(0.5, 2, 4).tolist(), [0] * 4)
    rows = posynomial(rng.integers(-2, 3, (5, 2)).tolist(), rng.uniform(0.05, 0.15, 5).tolist(), [0, 0, 0, 1, 1])
    bounds = np.full(2, -1.0), np.full(2, 1.0)
    slack = {"type": "ineq", "fun": lambda z: 1 - rows.values(z)}
    other = minimize(lambda z: cost.values(z)[0], np.zeros(2), bounds=[(-1, 1)] * 2, constraints=slack, tol=1e-12)
    assert solve_geometric(cost, rows, *bounds).value == pytest.approx(other.fun, rel=1e-6)


def test_what_is_refused() -> None:
    cost, row = posynomial([[1, 0], [0, 1]], [1, 1], [0, 0]), posynomial([[-1, -1]], [1], [0])
    with pytest.raises(SpecificationError, match="bounds"):
        solve_geometric(cost, row, FREE, -FREE)
    with pytest.raises(SpecificationError, match="variables"):
        solve_geometric(cost, row, -FREE[:1], FREE[:1])
    with pytest.raises(SpecificationError, match="coefficient"):
        Posynomials(csr_array(np.ones((1, 2))), np.array([-np.inf]), np.zeros(1, dtype=np.int64))
    with pytest.raises(InfeasibleError):
        solve_geometric(cost, row, -FREE, np.full(2, -1.0))


def test_largest_eigenvalue_as_a_semidefinite_programme() -> None:
    # min t with t I − S ⪰ 0 is the largest eigenvalue of S.
    S = np.random.default_rng(1).normal(size=(5, 5))
    S = S + S.T
    own = np.arange(5)
    found = solve_semidefinite(np.ones(1), -S, (own * 0, own, own, np.ones(5)), np.full(1, -50.0), np.full(1, 50.0))
    assert found.value == pytest.approx(np.linalg.eigvalsh(S).max(), abs=1e-6)
    assert np.trace(found.multiplier) == pytest.approx(1, abs=1e-5)
    with pytest.raises(SpecificationError, match="symmetric"):
        solve_semidefinite(np.ones(1), np.triu(S), (own * 0, own, own, np.ones(5)), np.zeros(1), np.ones(1))


@pytest.mark.parametrize("seed", range(6))
def test_covers_against_all_subsets(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = 8
    sets = [frozenset(rng.choice(n, size=3, replace=False).tolist()) for _ in range(10)]
    weights = [Fraction(int(w)) for w in rng.integers(1, 6, n)]
    asked: list[frozenset[int]] = []

    def broken(chosen: frozenset[int]) -> list[frozenset[int]]:
        asked.append(chosen)
        return [s for s in sets if not s & chosen][:1]

    cover = cheapest_cover(
        weights,
        broken,
        lambda chosen: frozenset(range(n)),
        lambda s: ({j: Fraction(1) for j in s}, Fraction(1)),
        name="sets",
    )
    every = itertools.chain.from_iterable(itertools.combinations(range(n), k) for k in range(n + 1))
    least = min(sum(weights[j] for j in s) for s in every if all(t & set(s) for t in sets))
    assert cover.lower == cover.upper == least
    assert cover.bound.verify()
    assert len(cover.rows) <= len(set(sets))
    assert asked
