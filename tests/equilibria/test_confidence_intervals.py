"""Clopper–Pearson intervals: the tails at their ends, and how often they hold the probability."""

from __future__ import annotations

import math
from typing import Any

import pytest

from gametheory.equilibria.confidence_intervals import proportion_interval
from gametheory.errors import SpecificationError


def tail(p: float, total: int, counts: range) -> float:
    return sum(math.comb(total, j) * p**j * (1 - p) ** (total - j) for j in counts)


@pytest.mark.parametrize("confidence", [0.5, 0.95, 0.999])
@pytest.mark.parametrize("total", [1, 7, 30])
def test_ends_have_the_tails_of_their_definition(total: int, confidence: float) -> None:
    for count in range(total + 1):
        low, high = proportion_interval(count, total, confidence)
        assert low <= count / total <= high
        if count:
            assert tail(low, total, range(count, total + 1)) == pytest.approx((1 - confidence) / 2)
        if count < total:
            assert tail(high, total, range(count + 1)) == pytest.approx((1 - confidence) / 2)


def test_the_probability_is_held_at_least_as_often_as_stated() -> None:
    intervals = [proportion_interval(k, 20, 0.9) for k in range(21)]
    for p in (0.01, 0.1, 0.33, 0.5, 0.97):
        held = sum(tail(p, 20, range(k, k + 1)) for k, (low, high) in enumerate(intervals) if low <= p <= high)
        assert held >= 0.9


@pytest.mark.parametrize("confidence", [0, 1, 1.0, math.nan, "0.95", True])
def test_a_confidence_is_between_zero_and_one(confidence: Any) -> None:
    with pytest.raises(SpecificationError, match="confidence"):
        proportion_interval(1, 2, confidence)
