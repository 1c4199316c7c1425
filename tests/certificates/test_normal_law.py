"""The normal law between rationals: against a published table, SciPy, symmetry and inversion."""

from __future__ import annotations

import itertools
import random
from fractions import Fraction

import pytest
from scipy.special import ndtr, ndtri

from gametheory.certificates.normal_law import normal_cdf_bracket, normal_quantile_bracket
from gametheory.errors import SpecificationError

F = Fraction

# Abramowitz and Stegun (1964), table 26.1, fifteen decimals.
TABLE = {"1/2": "0.691462461274013", "1": "0.841344746068543", "2": "0.977249868051821", "3": "0.998650101968370"}


@pytest.mark.parametrize("x", TABLE)
def test_the_published_table(x: str) -> None:
    low, high = normal_cdf_bracket(F(x))
    assert abs(low - F(TABLE[x])) <= F(1, 2 * 10**15) + F(1, 10**16)
    assert 0 < high - low < F(1, 2**90)


def test_against_scipy_and_by_symmetry() -> None:
    rng = random.Random(1)
    for x in [F(rng.uniform(-9, 9)) for _ in range(40)] + [F(0), F(18), F(37, 2), F(100), F(1, 10**9)]:
        low, high = normal_cdf_bracket(x)
        assert low <= high
        assert abs(float(low) - ndtr(float(x))) < 4e-16
        mirrored = normal_cdf_bracket(-x)
        assert (1 - high, 1 - low) == mirrored or x == 0
    low, high = normal_cdf_bracket(F(0))
    assert low <= F(1, 2) <= high


def test_the_function_rises() -> None:
    points = [F(k, 7) for k in range(-60, 61)]
    brackets = [normal_cdf_bracket(x) for x in points]
    assert all(a[1] < b[0] for a, b in itertools.pairwise(brackets))


def test_tiny_steps_are_seen() -> None:
    """The derivative at 0 is 1/√(2π), so the brackets are no wider than they say."""
    step = F(1, 2**60)
    slope = (normal_cdf_bracket(step)[0] - F(1, 2)) / step
    assert abs(slope - F("0.398942280401432677939946")) < F(1, 10**9)


def test_quantiles_invert() -> None:
    rng = random.Random(2)
    for p in [F(rng.random()) for _ in range(20)] + [F(1, 20), F(1, 10**9), 1 - F(1, 10**12)]:
        low, high = normal_quantile_bracket(p)
        assert normal_cdf_bracket(low)[0] <= p <= normal_cdf_bracket(high)[1]
        assert abs(float(low) - ndtri(float(p))) < 1e-12 * max(1, abs(ndtri(float(p)))) + 1e-4 * (p > F(99, 100))
        assert high - low < F(1, 2**40)
    for p in (F(0), F(1), F(1, 2**70)):
        with pytest.raises(SpecificationError, match="probability"):
            normal_quantile_bracket(p)
