"""Roots, signs and order of algebraic numbers against sympy."""

from __future__ import annotations

import itertools
import math
import pickle
import random
from fractions import Fraction as F

import pytest
import sympy as sp

from gametheory.arithmetic.algebraic import AlgebraicNumber, between, evaluate, polynomial, product, real_roots, sign_at
from gametheory.errors import SpecificationError


def by_sympy(p: tuple[F, ...]) -> sp.Poly:
    return sp.Poly([sp.Rational(c.numerator, c.denominator) for c in reversed(p)], sp.Symbol("x"))


@pytest.mark.parametrize("seed", range(30))
def test_roots_and_signs(seed: int) -> None:
    rng = random.Random(seed)
    p = polynomial([rng.randint(-4, 4) for _ in range(rng.randint(2, 7))])
    if seed % 3 == 0:
        p = product(p, polynomial([-rng.randint(0, 5), 5]))  # a rational root
    if seed % 5 == 0:
        p = product(p, p)  # multiple ones
    if len(p) < 2:
        return
    found = real_roots(p, 0, 1)
    expected = sorted({r for r in by_sympy(p).real_roots() if 0 <= r <= 1})
    assert len(found) == len(expected)
    for mine, root in zip(found, expected, strict=True):
        assert isinstance(mine, F) == bool(root.is_Rational)
        assert float(mine) == pytest.approx(float(root), abs=1e-14)
        q = polynomial([rng.randint(-4, 4) for _ in range(3)])
        value = by_sympy(q).eval(root).evalf(60) if q else sp.Integer(0)
        assert sign_at(q, mine) == (0 if abs(value) < sp.Rational(1, 10**40) else int(sp.sign(value)))
        assert sign_at(product(q, p), mine) == 0
    for a, b in itertools.pairwise(found):
        assert a < between(a, b) < b


def test_one_number_from_two_polynomials() -> None:
    (golden,) = real_roots(polynomial([-1, 1, 1]), 0, 1)
    (again,) = (
        x
        for x in real_roots(product(polynomial([-1, 1, 1]), polynomial([-3, 0, 7])), 0, 1)
        if x != real_roots(polynomial([-3, 0, 7]), 0, 1)[0]
    )
    assert isinstance(golden, AlgebraicNumber)
    assert isinstance(again, AlgebraicNumber)
    assert again == golden
    assert hash(again) == hash(golden)
    assert again <= golden
    assert not again < golden
    assert float(golden) == (math.sqrt(5) - 1) / 2
    assert golden != F(1, 2)
    assert F(1, 2) < golden < 1
    assert pickle.loads(pickle.dumps(golden)) == golden  # noqa: S301  # our own bytes
    low, high = golden.refined(F(1, 10**30))
    assert low < golden < high
    assert evaluate(polynomial([-1, 1, 1]), low) * evaluate(polynomial([-1, 1, 1]), high) < 0


@pytest.mark.parametrize(
    ("coefficients", "low", "high"),
    [
        ((-1, 2), F(0), F(1)),  # a fraction
        ((-1, 0, 2), F(0), F(1, 2)),  # no root
        ((1, -6, 6), F(0), F(1)),  # two
        ((1, -4, 4), F(0), F(1)),  # a double one
        ((-1, 0, 2, 0), F(0), F(1)),  # a leading zero
        ((-1, 0, 2), F(1), F(0)),
        ((-1.0, 0, 2), F(0), F(1)),
    ],
)
def test_what_isolates_no_root_is_refused(coefficients: tuple[int, ...], low: F, high: F) -> None:
    with pytest.raises(SpecificationError):
        AlgebraicNumber(coefficients, low, high)
