"""Quantifier elimination: published conditions, and random formulas against the prover at single points."""

from __future__ import annotations

import random

import pytest
import sympy as sp

from gametheory.errors import SpecificationError, UnsupportedError
from gametheory.symbolic import Claim, Exists, Forall, Twin, derived_condition, evaluate, prove, reals

d, c, p, delta, q, F, a, b, x, y = reals("d c p delta q F a b x y")
HALF = sp.Rational(1, 2)

CONDITIONS = {
    "folk theorem": (
        [d > c],
        Exists((delta,), c >= (1 - delta) * d + delta * p, where=sp.And(delta > 0, delta < 1)),
        [d, c, p],
        p < c,
    ),
    "least fine that some audit rate up to one half needs": (
        [],
        Exists((q,), (1 - q) - q * F <= 0, where=sp.And(q >= 0, q <= HALF)),
        [F],
        F >= 1,
    ),
    "tit for tat alternates where grim trigger fails": (
        [c > 1, c < 3],
        Exists((delta,), sp.And(delta * c >= 3 - c, delta < (3 - c) / 2), where=sp.And(delta > 0, delta < 1)),
        [c],
        c > 2,
    ),
    "discriminant": ([], Exists((x,), sp.Eq(x**2 + a * x + b, 0)), [a, b], a**2 >= 4 * b),
    "positive on the half line": ([x > 0], x + a / x >= 2, [a], a >= 1),
    "for all there is": ([], Forall((x,), Exists((y,), sp.And(y > x, a * y > b * x))), [a, b], None),
}


@pytest.mark.parametrize("name", CONDITIONS)
def test_conditions(name):
    assumptions, statement, free, expected = CONDITIONS[name]
    found = derived_condition(assumptions, statement, free=free)
    assert found.status == "proved" or name == "for all there is"
    if expected is not None:
        assert prove(found.given, sp.Equivalent(found.condition, expected)).status == "proved"
        assert evaluate(found.condition, found.inside)
        assert not evaluate(found.condition, found.outside)
    assert found.to_dict()["condition"] == str(found.condition)
    assert "$$" in found._repr_html_()


def test_a_claim_derives_its_threshold():
    claim = Claim(
        "grim",
        "t",
        [d > c, c > p, delta > 0, delta < 1],
        c >= (1 - delta) * d + delta * p,
        [Twin("x", without=[c > p])],
        "s",
        "n",
    )
    found = claim.derive([d, c, p, delta])
    assert prove(found.given, sp.Equivalent(found.condition, delta >= (d - c) / (d - p))).status == "proved"
    assert claim.derive([d, c, p]).condition is sp.false


def test_what_is_refused():
    with pytest.raises(SpecificationError, match="name unbound symbols"):
        derived_condition([], x > a, free=[y])
    with pytest.raises(SpecificationError, match="name unbound symbols"):
        derived_condition([], Exists((x,), x > a), free=[x])
    with pytest.raises(UnsupportedError, match="degree 3"):
        derived_condition([], x**3 + a * x + b > 0, free=[a, b])


@pytest.mark.parametrize(("seed", "count"), [(21, 10), pytest.param(22, 50, marks=pytest.mark.slow)])
def test_random_formulas_agree_with_the_prover_at_points(seed, count):
    rng = random.Random(seed)
    yes = no = 0
    for _ in range(count):
        atoms = [_atom(rng) for _ in range(3)]
        body = rng.choice(
            [sp.And(*atoms), sp.Or(sp.And(atoms[0], atoms[1]), atoms[2]), sp.And(atoms[0], sp.Or(*atoms[1:]))]
        )
        if body in (sp.true, sp.false) or x not in body.free_symbols:
            continue
        statement = rng.choice([Exists, Forall])((x,), body)
        free = sorted(body.free_symbols - {x}, key=str)
        if not free:
            continue
        found = derived_condition([], statement, free=free)
        for _ in range(10):
            values = {s: sp.Rational(rng.randint(-6, 6), rng.choice((1, 2))) for s in free}
            there = body.xreplace(values)
            holds = (
                bool(there)
                if there in (sp.true, sp.false)
                else prove([], type(statement)((x,), there)).status == "proved"
            )
            if there not in (sp.true, sp.false) and not there.free_symbols:
                holds = bool(there)
            assert bool(found.condition.xreplace(values)) == holds, (statement, values, found)
            yes, no = yes + holds, no + (not holds)
    assert min(yes, no) > count / 2


def _atom(rng):
    m, n, k = (rng.randint(-2, 2) for _ in range(3))
    left = rng.choice([m * x + n * a + k, a * x + n * b + k, m * x**2 + n * x + a, x**2 + a * x + b + k, m * x + a * b])
    return rng.choice([sp.Gt, sp.Ge, sp.Lt, sp.Le, sp.Eq, sp.Ne])(left, 0)
