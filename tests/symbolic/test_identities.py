"""Algebraic certificates: known theorems get one, false claims get none, and what is found is what the claim needs."""

from __future__ import annotations

import itertools
import random
from fractions import Fraction as F

import pytest
import sympy as sp

from gametheory.certificates import RefutationCertificate
from gametheory.errors import CertificateError, SpecificationError, UnsupportedError
from gametheory.symbolic import check_certificate, evaluate, find_certificate, prove, reals
from gametheory.symbolic.polynomial_cases import polynomial_cases

x, y, z, w = reals("x y z w")
E, alpha, beta, delta = reals("E alpha beta delta")
v1, v2, x1, x2, t1, t2 = reals("v1 v2 x1 x2 t1 t2")

THEOREMS = {
    "linear": ([x > y, y > z], x > z, "Farkas"),
    "privacy limits power (Kairouz, Oh and Viswanath 2015)": (
        [E >= 1, delta >= 0, 1 - beta <= E * alpha + delta, 1 - alpha <= E * beta + delta],
        1 - alpha - beta <= (E - 1 + 2 * delta) / (E + 1),
        "Farkas",
    ),
    "incentive compatible allocations are monotone (Myerson 1981)": (
        [v1 * x1 - t1 >= v1 * x2 - t2, v2 * x2 - t2 >= v2 * x1 - t1],
        (v2 - v1) * (x2 - x1) >= 0,
        "Farkas",
    ),
    "products": ([x > 0, y > 0], x * y + x > 0, "Handelman"),
    "affine latencies (Correa, Schulz and Stier-Moses 2004)": ([], x * y <= x**2 / 4 + y**2, "sum of squares"),
    "quadratic latencies": ([], sp.Rational(77, 200) * x**6 + y**6 >= x**4 * y**2, "sum of squares"),
    "means": ([x >= 0, y >= 0, z >= 0], x**3 + y**3 + z**3 >= 3 * x * y * z, "sum of squares"),
    "Cauchy and Schwarz": ([], (x * z + y * w) ** 2 <= (x**2 + y**2) * (z**2 + w**2), "sum of squares"),
    "Bernoulli": ([x >= -1], (1 + x) ** 5 >= 1 + 5 * x, "sum of squares"),
    "cases": ([], sp.Abs(x + y) <= sp.Abs(x) + sp.Abs(y), "Farkas"),
    "largest": ([x >= 0, y >= 0], sp.Max(x, y) <= x + y, "Farkas"),
    "Piecewise": ([], sp.Piecewise((x, x > 0), (-x, True)) >= 0, "Farkas"),
    "division": ([x > 0, y > x], 1 / x > 1 / y, "Farkas"),
    "equalities": ([sp.Eq(x**2, 2), x > 0, sp.Eq(y**2, 2), y > 0], sp.Eq(x, y), "Handelman"),
    "strict and equal": ([sp.Eq(x * y, 1), x > 0], y > 0, "Handelman"),
    "if then else": ([x > 0], sp.ITE(y > 0, x * y > 0, x * y <= 0), "Handelman"),
    "either": ([sp.Or(x > 1, x < -1)], x**2 > 1, "Handelman"),
    "not equal": ([sp.Ne(x, 0)], x**2 > 0, "Handelman"),
}


@pytest.mark.parametrize("name", THEOREMS)
def test_theorems_have_certificates_that_no_solver_is_needed_to_check(name, monkeypatch):
    assumptions, statement, family = THEOREMS[name]
    certificate = find_certificate(assumptions, statement, subject=name)
    assert certificate.family == family
    monkeypatch.setattr("gametheory.symbolic.refutation_search.LinearModel", None)
    monkeypatch.setattr("gametheory.symbolic.square_search.solve_semidefinite", None)
    read = RefutationCertificate.from_dict(certificate.to_dict())
    assert check_certificate(read, assumptions, statement)


FALSE = {
    "bound too tight": ([], x * y <= x**2 / 5 + y**2),
    "no assumption": ([], x**3 >= 0),
    "strict": ([], x**2 > 0),
    "wrong case": ([], sp.Max(x, y) <= x + y),
    "allowed only with equality": ([x >= y], x > y),
    "five sixths": ([x >= 0, y >= 0], y * (x + 1) <= sp.Rational(5, 3) * y**2 + x**2 / 3),
}


@pytest.mark.parametrize("name", FALSE)
def test_false_claims_have_none(name):
    assumptions, statement = FALSE[name]
    with pytest.raises(UnsupportedError, match="no identity"):
        find_certificate(assumptions, statement)


def test_a_denominator_that_may_vanish_and_quantifiers_are_refused():
    with pytest.raises(UnsupportedError, match="not zero"):
        find_certificate([x > 0], 1 / y > 0)
    from gametheory.symbolic import Exists

    with pytest.raises(UnsupportedError, match="witness"):
        find_certificate([x > 0], Exists((y,), y > x))


def test_a_certificate_covers_the_claim_it_was_made_for_and_no_stronger_one():
    certificate = find_certificate([x > y, y > z], x > z)
    assert check_certificate(certificate, [y > z, x > y], x > z)  # the order of assumptions is nobody's
    with pytest.raises(CertificateError, match="not covered"):
        check_certificate(certificate, [x > y, y > z], x > z + 1)
    with pytest.raises(CertificateError, match="not covered"):
        check_certificate(certificate, [x > y], x > z)


def test_random_statements_fail_exactly_where_a_case_holds():
    """The systems are the counterexamples: at random points one holds iff the statement fails (brute force)."""
    rng = random.Random(5)
    for _ in range(150):
        atoms = [_atom(rng) for _ in range(4)]
        assumptions = [sp.Or(atoms[0], atoms[1])]
        statement = rng.choice(
            [
                sp.Implies(atoms[1], atoms[2]),
                sp.Equivalent(atoms[2], atoms[3]),
                sp.And(atoms[2], sp.Or(atoms[3], sp.Not(atoms[1]))),
                sp.ITE(atoms[1], atoms[2], atoms[3]),
            ]
        )
        if statement in (sp.true, sp.false) or assumptions[0] in (sp.true, sp.false):
            continue
        cases = polynomial_cases(assumptions, statement, refuted=lambda system: False)
        for point in itertools.product((-2, -1, 0, 1, 2), repeat=2):
            values = {x: sp.Integer(point[0]), y: sp.Integer(point[1])}
            fails = evaluate(assumptions[0], values) and not evaluate(statement, values)
            by_name = dict(zip("xy", point, strict=True))
            assert fails == any(_solves(system, [by_name[v] for v in cases.variables]) for system in cases.systems)


def test_random_linear_claims_agree_with_the_prover():
    rng = random.Random(9)
    proved = 0
    for _ in range(120):
        assumptions = [_linear(rng) >= 0 for _ in range(3)] + [x >= 0, y >= 0]
        statement = _linear(rng) >= 0
        if any(isinstance(part, (bool, type(sp.true))) for part in (*assumptions, statement)):
            continue
        if sp.true in (*assumptions, statement) or sp.false in (*assumptions, statement):
            continue
        decision = prove(assumptions, statement)
        if decision.status == "proved":
            proved += 1
            assert check_certificate(find_certificate(assumptions, statement), assumptions, statement)
        else:
            with pytest.raises(UnsupportedError):
                find_certificate(assumptions, statement, max_factors=2)
    assert proved > 20


def _linear(rng):
    return rng.randint(-3, 3) * x + rng.randint(-3, 3) * y + rng.randint(-2, 3)


def _atom(rng):
    left = rng.choice([x, y, x * y, x - y, sp.Abs(x), sp.Max(x, y), x**2 - 1, 2 * x + y])
    return rng.choice([sp.Gt, sp.Ge, sp.Lt, sp.Le, sp.Eq, sp.Ne])(left, rng.randint(-1, 1))


def _solves(system, point):
    for polynomial, relation in system.constraints:
        value = F(0)
        for powers, c in polynomial.items():
            term = c
            for base, power in zip(point, powers, strict=True):
                term *= F(base) ** power
            value += term
        if not {">": value > 0, ">=": value >= 0, "==": value == 0}[relation]:
            return False
    return True


def test_a_denominator_that_cancels_must_not_vanish_either():
    x, y = reals("x y")
    statement = sp.Ge(1 / x + y, 1 / x, evaluate=False)
    with pytest.raises(UnsupportedError, match="the denominator x is not zero"):
        find_certificate([y > 0], statement)
    certificate = find_certificate([y > 0, x > 1], statement)
    assert check_certificate(certificate, [y > 0, x > 1], statement)
    with pytest.raises((UnsupportedError, CertificateError)):
        check_certificate(certificate, [y > 0], statement)


def test_a_certificate_of_another_kind_is_not_read():
    (x,) = reals("x")
    data = find_certificate([x > 1], x > 0).to_dict()
    with pytest.raises(SpecificationError, match="kind: found 'nash'"):
        RefutationCertificate.from_dict(data | {"kind": "nash"})


def test_the_denominator_of_an_equation_must_not_vanish_either():
    x, y = reals("x y")
    statement = sp.Implies(sp.Eq(2 / (x * y), 1), y > 0)
    assert find_certificate([x > 0, sp.Ne(y, 0)], statement).verify()
    with pytest.raises(UnsupportedError, match="the denominator y is not zero"):
        find_certificate([x > 0], statement)
