"""The search behind team play, in floats: its point, its tree, its limits."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from gametheory.arithmetic import RationalArray
from gametheory.certificates.team_bounds import leaf_bounds
from gametheory.errors import SpecificationError
from gametheory.games.profiles import contract
from gametheory.optimize.global_bounds import bound_multilinear_maximin


@pytest.mark.parametrize("seed", range(8))
def test_point_and_tree_agree_with_what_is_reported(seed: int) -> None:
    rng = np.random.default_rng(seed)
    sizes = [(3, 3), (2, 2, 2), (4, 2), (3,), (2, 3, 2), (5, 1), (2, 2), (3, 4)][seed]
    numerators = rng.integers(0, 17, (3, *sizes))
    table = numerators / 16
    found = bound_multilinear_maximin(table, gap=1e-3, max_cells=5000)
    assert found.stopped == "gap"
    assert [len(x) for x in found.point] == list(sizes)
    assert all(abs(x.sum() - 1) < 1e-12 and x.min() >= 0 for x in found.point)
    assert float(contract(table, found.point).min()) == pytest.approx(found.value, abs=1e-15)
    assert len(found.splits) == found.cells == 2 * len(found.weights) - 1
    bounds = list(leaf_bounds(RationalArray.of_integers(numerators, 16), found.splits, found.weights))
    assert float(max(bounds)) == pytest.approx(found.bound, abs=1e-12)
    assert max(bounds) - Fraction(found.value) <= Fraction(1, 1000)


def test_a_larger_tree_bounds_no_worse() -> None:
    table = np.zeros((3, 3, 3))
    for k in range(3):
        table[k, k, k] = (1, 2, 4)[k] / 4
    bounds = []
    for cells in (1, 3, 10, 40, 160):
        found = bound_multilinear_maximin(table, gap=1e-6, max_cells=cells)
        assert found.stopped == "cells"
        assert found.cells <= cells
        bounds.append(found.bound)
    assert bounds == sorted(bounds, reverse=True)
    assert bounds[0] == pytest.approx(1 / 7)  # with correlation
    assert 0.205283153 / 4 <= bounds[-1] < bounds[0]


def test_limits_out_of_range() -> None:
    table = np.zeros((2, 2, 2))
    for options in ({"gap": 0.0}, {"max_cells": 0}, {"time_limit": -1.0}, {"max_cells": 10**13}):
        with pytest.raises(SpecificationError):
            bound_multilinear_maximin(table, **({"gap": 1e-3, "max_cells": 10} | options))
