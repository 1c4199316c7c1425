"""Brackets of logarithms, exponentials and square roots against Python's decimal arithmetic at 80 digits."""

from __future__ import annotations

import math
import random
from decimal import Decimal, localcontext
from fractions import Fraction as F

import pytest

from gametheory.certificates.elementary import (
    Bracket,
    exponential_bracket,
    logarithm_bracket,
    per_unit,
    square_root_bracket,
)
from gametheory.errors import SpecificationError


def decimal(x: F) -> Decimal:
    return Decimal(x.numerator) / Decimal(x.denominator)


def some_rationals(count: int) -> list[F]:
    rng = random.Random(7)
    found = [F(1, 2), F(2), F(181, 256), F(181, 128), F(10**40), F(1, 10**40), 1 + F(1, 10**30)]
    for _ in range(count):
        found.append(F(rng.randrange(1, 10 ** rng.randrange(1, 30)), rng.randrange(1, 10 ** rng.randrange(1, 30))))
    return found


def test_brackets_hold_the_number_and_are_narrow() -> None:
    with localcontext() as context:
        context.prec = 80
        for x in some_rationals(300):
            low, high = logarithm_bracket(x)
            assert low <= F(decimal(x).ln()) <= high
            assert high - low <= F(4, 2**120)
            low, high = square_root_bracket(x)
            assert low**2 <= x <= high**2
            assert high - low <= F(1, 2**120)


@pytest.mark.parametrize("x", [F(0), F(1), F(-1), F(1, 3), F(-700), F(64), F(65), F(5000, 7), F(-1, 10**12)])
def test_exponentials_have_small_relative_width(x: F) -> None:
    with localcontext() as context:
        context.prec = 400
        low, high = exponential_bracket(x)
        assert low <= F(decimal(x).exp()) <= high
        assert high - low <= low / 2**100


def test_what_has_no_value_is_refused() -> None:
    for function, x in ((logarithm_bracket, F(0)), (square_root_bracket, F(-1)), (exponential_bracket, F(10**6))):
        with pytest.raises(SpecificationError):
            function(x)
    with pytest.raises(SpecificationError, match="bits"):
        per_unit((F(1), F(1)), "bit")  # type: ignore[arg-type]
    with pytest.raises(SpecificationError, match="lower first"):
        Bracket(F(2), F(1))


def test_floats_of_a_bracket_are_rounded_outwards() -> None:
    low, high = logarithm_bracket(F(3))
    found = Bracket(low, high)
    assert F(found.lower) <= low <= high <= F(found.upper)
    assert math.nextafter(found.lower, 2) == found.upper
    assert not found.is_exact
    huge = Bracket(F(10**400), F(10**400))
    assert huge.upper == math.inf
    assert huge.lower < math.inf


def test_units() -> None:
    in_bits = per_unit(logarithm_bracket(F(8)), "bits")
    assert in_bits.exact_lower <= 3 <= in_bits.exact_upper
    assert in_bits.width < 1e-34
    below = per_unit(logarithm_bracket(F(1, 8)), "bits")
    assert below.exact_lower <= -3 <= below.exact_upper
    assert Bracket(math.inf, math.inf).to_dict() == {"lower": "infinite", "upper": "infinite", "unit": ""}
