"""Virtual values: uniform types in closed form, concave majorants chord by chord, revenue by posted prices."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from oracles.auctions import hull_slopes

from gametheory.errors import SpecificationError
from gametheory.mechanisms.ironing import reserve_price, virtual_values


@pytest.mark.parametrize("m", [1, 2, 3, 5, 10])
def test_uniform_types_have_virtual_value_two_k_minus_m_over_m(m: int) -> None:
    values, shares = [Fraction(k, m) for k in range(1, m + 1)], [Fraction(1, m)] * m
    expected = tuple(Fraction(2 * k - m, m) for k in range(1, m + 1))
    assert virtual_values(values, shares) == virtual_values(values, shares, ironed=False) == expected


def test_ironed_virtual_values_are_slopes_of_the_concave_majorant() -> None:
    rng = np.random.default_rng(1)
    changed = 0
    for _ in range(200):
        m = int(rng.integers(1, 7))
        values = sorted(rng.choice(30, size=m, replace=False).tolist())
        weights = rng.integers(1, 8, size=m).tolist()
        shares = [Fraction(w, sum(weights)) for w in weights]
        ironed, plain = virtual_values(values, shares), virtual_values(values, shares, ironed=False)
        assert list(ironed) == hull_slopes(values, shares)
        assert list(ironed) == sorted(ironed)
        changed += ironed != plain
        assert (
            sum(f * x for f, x in zip(shares, plain, strict=True)) == values[0]
        )  # all are sold to at the lowest value
    assert changed > 50


def test_the_reserve_is_the_lowest_price_of_highest_revenue() -> None:
    rng = np.random.default_rng(2)
    for _ in range(100):
        m, cost = int(rng.integers(1, 6)), Fraction(int(rng.integers(0, 12)), 2)
        values = sorted(rng.choice(np.arange(6, 30), size=m, replace=False).tolist())
        weights = rng.integers(1, 8, size=m).tolist()
        shares = [Fraction(w, sum(weights)) for w in weights]
        gains = [(v - cost) * sum(shares[k:], Fraction(0)) for k, v in enumerate(values)]
        assert reserve_price(values, shares, seller_value=cost) == values[gains.index(max(gains))]


@pytest.mark.parametrize(
    ("values", "shares", "place"),
    [
        ([2, 1], ["1/2", "1/2"], r"values\[1\]"),
        ([1, 1], ["1/2", "1/2"], r"values\[1\]"),
        ([1, 2], ["1/2", "1/3"], "sum to"),
        ([1, 2], [1, 0], r"probabilities\[1\]"),
        ([1, True], ["1/2", "1/2"], r"values\[1\]"),
        ([1, float("nan")], [0.5, 0.5], r"values\[1\]"),
        ([], [], "values"),
    ],
)
def test_malformed_values_are_refused(values: list, shares: list, place: str) -> None:
    with pytest.raises(SpecificationError, match=place):
        virtual_values(values, shares)


def test_nothing_to_sell_is_said() -> None:
    with pytest.raises(SpecificationError, match="more than the highest value"):
        reserve_price([1, 2], ["1/2", "1/2"], seller_value=3)
