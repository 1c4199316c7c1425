"""Maximal products and connected components of unions of products."""

from __future__ import annotations

import random

from oracles.nash import components, extreme_equilibria, maximal_nash_subsets

from gametheory.equilibria.components import connected_components, maximal_products


def product(xs: str, ys: str) -> tuple[frozenset[int], frozenset[int]]:
    return frozenset(map(int, xs)), frozenset(map(int, ys))


def test_a_product_inside_another_is_dropped() -> None:
    square, edge, corner, other = product("01", "01"), product("0", "01"), product("1", "1"), product("2", "0")
    assert set(maximal_products([corner, square, edge, other, square])) == {square, other}


def test_crossing_products_are_both_kept() -> None:
    across, down = product("012", "0"), product("1", "012")
    assert set(maximal_products([across, down])) == {across, down}


def test_products_that_share_a_pair_are_connected() -> None:
    parts = [product("0", "0"), product("3", "34"), product("0", "01"), product("12", "1"), product("01", "1")]
    assert sorted(map(sorted, connected_components(parts))) == [
        [(0, 0), (0, 1), (1, 1), (2, 1)],
        [(3, 3), (3, 4)],
    ]


def test_sharing_a_strategy_of_one_player_is_not_enough() -> None:
    assert len(connected_components([product("0", "0"), product("0", "1")])) == 2


def test_products_of_random_games_against_cliques() -> None:
    """Start from single pairs and all maximal bicliques: the same subsets and components as the oracle's graph."""
    rng = random.Random(1)
    for _ in range(60):
        A, B = ([[rng.randint(0, 1) for _ in range(4)] for _ in range(4)] for _ in "AB")
        equilibria = extreme_equilibria(A, B)
        xs = {x: k for k, x in enumerate(sorted({x for x, _ in equilibria}))}
        ys = {y: k for k, y in enumerate(sorted({y for _, y in equilibria}))}
        subsets = {(frozenset(map(xs.get, a)), frozenset(map(ys.get, b))) for a, b in maximal_nash_subsets(equilibria)}
        singles = {(frozenset({xs[x]}), frozenset({ys[y]})) for x, y in equilibria}
        assert set(maximal_products(subsets | singles)) == subsets
        expected = {frozenset((xs[x], ys[y]) for x, y in group) for group in components(equilibria)}
        assert {frozenset(group) for group in connected_components(subsets)} == expected
