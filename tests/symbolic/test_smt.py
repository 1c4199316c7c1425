"""The decision procedure: theorems and non-theorems, guards of division, exact models, random agreement with search."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest
import sympy as sp

from gametheory.errors import CertificateError, SolverError, SpecificationError, UnsupportedError
from gametheory.symbolic import Exists, Forall, evaluate, find_model, prove, reals, smt
from gametheory.symbolic.smt import undefined

x, y, z, w = reals("x y z w")


@pytest.mark.parametrize(
    ("assumptions", "statement"),
    [
        ([], x**2 + y**2 >= 2 * x * y),
        ([x >= 0, y >= 0, z >= 0], x**3 + y**3 + z**3 >= 3 * x * y * z),  # means
        ([], (x * z + y * w) ** 2 <= (x**2 + y**2) * (z**2 + w**2)),  # Cauchy and Schwarz
        ([x > 0, y > 0], 2 / (1 / x + 1 / y) <= (x + y) / 2),
        ([x >= -1], (1 + x) ** 5 >= 1 + 5 * x),  # Bernoulli
        ([], sp.Abs(x + y) <= sp.Abs(x) + sp.Abs(y)),
        ([], sp.Eq(sp.Max(x, y) + sp.Min(x, y), x + y)),
        ([], sp.Eq(sp.Max(x, y), (x + y + sp.Abs(x - y)) / 2)),
        ([sp.Ne(x, 0)], sp.Piecewise((1 / x, x > 0), (-1 / x, True)) > 0),
        ([x < 0, y < 0], sp.Equivalent(1 / x < 1 / y, x > y)),
        ([x > 1], x ** (-3) < 1),
        ([], Exists((x,), sp.Eq(x**3 + y * x, z))),
        ([y > 0], Exists((x,), sp.Eq(x**2, y), where=x < 0)),
        ([], Forall((x,), x + 1 / x >= 2, where=x > 0)),
        ([], Exists((x,), Forall((y,), x <= y, where=y >= 5))),
        ([], sp.Or(x > 0, sp.ITE(x < 0, x < 1, sp.Eq(x, 0)))),
    ],
    ids=str,
)
def test_theorems_are_proved(assumptions, statement):
    assert prove(assumptions, statement).status == "proved"


@pytest.mark.parametrize(
    ("assumptions", "statement"),
    [
        ([], x**2 > 0),
        ([], sp.Ne(x**2, 2)),
        ([sp.Eq(x**2, 2)], x > 0),
        ([sp.Eq(x**3, 2), sp.Eq(y**2, x), y > 0], sp.Ne((x * y) ** 2, 2)),
        ([sp.Ne(x, 0), sp.Ne(y, 0)], sp.Equivalent(1 / x < 1 / y, x > y)),
        ([x >= 0, y >= 0], x**2 + y**2 / 3 >= 2 * x * y),
        ([], sp.Max(x, y) >= sp.Abs(x)),
        ([], sp.Piecewise((x / y, sp.Ne(y, 0)), (0, True)) <= x),
        ([], Forall((y,), x < y, where=y > 1)),
        ([sp.Ne(x, 1)], sp.Implies(x > 0, 1 / (1 - x) > 0)),
    ],
    ids=str,
)
def test_models_refute_the_statement_as_written(assumptions, statement):
    decision = prove(assumptions, statement)
    assert decision.status == "refuted"
    assert decision.rechecked == "substitution"
    if not isinstance(statement, Forall):
        assert all(evaluate(assumption, decision.model) for assumption in assumptions)
        assert evaluate(statement, decision.model) is False


def test_irrational_models_are_exact():
    decision = prove([], sp.Ne(x**2, 2))
    assert decision.model[x] ** 2 - 2 == 0 or sp.minimal_polynomial(decision.model[x], z) == z**2 - 2
    assert prove([x > 0, sp.Eq(x**4, 2)], x <= 1).model[x].evalf(30) == sp.root(2, 4).evalf(30)


def test_false_quantified_statements_are_refuted_by_a_second_question():
    decision = prove([], Exists((x,), x**2 < y))
    assert (decision.status, decision.rechecked) == ("refuted", "second question")
    assert decision.model[y] <= 0
    assert prove([y > 1], Forall((x,), Exists((z,), x * z > y))).model[x] == 0


def test_a_denominator_that_may_vanish_is_no_theorem():
    with pytest.raises(SpecificationError, match="denominator y vanishes at"):
        prove([], x / y >= x / y - 1)
    assert prove([sp.Ne(y, 0)], x / y >= x / y - 1).status == "proved"
    what, model = undefined([x > y], 1 / (x - y - z) > 0)
    assert what == f"the denominator {x - y - z} vanishes"
    assert evaluate(x - y - z, model) == 0
    assert undefined([x > y], 1 / (x - y) > 0) is None


def test_what_stands_before_guards_division():
    assert prove([], sp.Implies(sp.Ne(y, 0), y / y**2 * y**2 <= y)).status == "proved"
    assert prove([], Exists((x,), 1 / x > y, where=x > 0)).status == "proved"
    with pytest.raises(SpecificationError, match="vanishes"):
        prove([], Exists((x,), 1 / x > y))  # what is 1/x > y at x = 0?
    # an assumption with a denominator is guarded by those without, in whatever order they come
    assert prove([1 / x > 1, x > 0], x < 1).status == "proved"
    with pytest.raises(SpecificationError, match="vanishes"):
        prove([1 / x > 1], sp.And(x < 1, x > 0))


def test_a_piecewise_must_cover_what_the_assumptions_allow():
    partial = sp.Piecewise((x, x > 0), (-x, x < 0))
    with pytest.raises(SpecificationError, match="no case of Piecewise"):
        prove([], partial >= -1)
    assert prove([sp.Ne(x, 0)], partial > 0).status == "proved"


def test_models_satisfy_all_conditions_and_inconsistency_is_seen():
    model = find_model([x > y, y > z, x * z > 1, x < 0])
    assert evaluate(sp.And(x > y, y > z, x * z > 1, x < 0), model) is True
    assert find_model([x > y, y > z, z > x]) is None
    assert find_model([1 / x > 2, x > 1]) is None


def test_undecided_is_said(monkeypatch):
    # Undecided after ten seconds too: a timer that fires late on a busy machine changes nothing.
    a, b, c, d, e, f = reals("a b c d e f")
    cubic = a**3 * c - b * d**3 + e**2 * f * c < 5 + e**4 + f**4 + a * b * d * f
    cone = c**2 + d**2 + a * c * e**2 >= b - f**2 * d
    hard = Forall((a, b), Exists((c, d), Forall((e, f), sp.And(cubic, cone))))
    decision = prove([z > y], hard, timeout=0.001)
    assert decision.status == "unknown"
    assert "timeout" in decision.reason or "canceled" in decision.reason
    monkeypatch.setattr(smt, "_ask", lambda *_: ("unknown", "timeout"))
    for undecided in (lambda: find_model([x > 0]), lambda: undefined([], 1 / x > 0)):
        with pytest.raises(SolverError, match="raise timeout="):
            undecided()
    assert prove([], x > 0).status == "unknown"


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        (0.5 * x > 1, "exact number"),
        ("x > 1", "build it from sympy"),
        (sp.Symbol("p", positive=True) > 1, "hidden assumptions"),
        (sp.Symbol("p") > 1, "not declared real"),
        (sp.Dummy("x", real=True) > 1, "Dummy"),
        (sp.Symbol("a b", real=True) > 1, "letters, digits"),
        (x + 1, "write a comparison"),
        (Exists((x,), Forall((x,), x > y)), "rename it"),
        (Exists((x,), Forall((y,), x > y, where=y > 0), where=x > y), "rename it"),
    ],
    ids=str,
)
def test_malformed_statements_are_refused(statement, message):
    with pytest.raises(SpecificationError, match=message):
        prove([], statement)


def test_text_is_never_evaluated(tmp_path):
    target = tmp_path / "written"
    evil = f"__import__('pathlib').Path({str(target)!r}).touch()"
    for attempt in (
        lambda: prove([evil], x > 0),
        lambda: prove(evil, x > 0),
        lambda: prove([], evil),
        lambda: find_model([evil]),
        lambda: evaluate(evil, {}),
        lambda: Exists((evil,), x > 0),
        lambda: Forall((x,), evil),
        lambda: reals(evil),
    ):
        with pytest.raises(SpecificationError):
            attempt()
    assert not target.exists()


@pytest.mark.parametrize(
    "statement",
    [sp.sqrt(x) > 1, sp.exp(x) > 1, x**y > 1, x**65 > 1, x > sp.pi, sp.Lt(x, sp.oo, evaluate=False)],
    ids=str,
)
def test_functions_outside_real_arithmetic_are_refused(statement):
    with pytest.raises(UnsupportedError, match="real arithmetic here means"):
        prove([], statement)


def test_quantified_variables_must_not_be_used_outside():
    with pytest.raises(SpecificationError, match="rename it"):
        prove([y > 0], Forall((y,), y > x))
    with pytest.raises(SpecificationError, match="no variables"):
        Forall((), x > 0)


def random_term(rng, depth):
    if depth == 0:
        return rng.choice([x, y, z, sp.Integer(rng.randint(-3, 3)), sp.Rational(rng.randint(-5, 5), rng.randint(1, 4))])
    a, b = random_term(rng, depth - 1), random_term(rng, depth - 1)
    kind = rng.randrange(8)
    if kind == 6:
        return sp.Piecewise((a, random_relation(rng, depth - 1)), (b, True))
    return [a + b, a - b, a * b, sp.Max(a, b), sp.Min(a, b), sp.Abs(a), None, a / b if b.is_Symbol else a + b][kind]


def random_relation(rng, depth):
    a, b = random_term(rng, depth), random_term(rng, depth)
    return rng.choice([sp.Lt, sp.Le, sp.Gt, sp.Ge, sp.Eq, sp.Ne])(a, b)


def random_statement(rng, depth):
    if depth == 0:
        return random_relation(rng, rng.randint(0, 2))
    a, b = random_statement(rng, depth - 1), random_statement(rng, depth - 1)
    return rng.choice([sp.And, sp.Or, sp.Implies, sp.Equivalent, lambda p, _: sp.Not(p)])(a, b)


def plain_value(node, point):
    """A third evaluator, over Python's fractions: the oracle."""
    if node in (sp.true, sp.false):
        return node == sp.true
    if node.is_Rational:
        return Fraction(int(node.p), int(node.q))
    if node.is_Symbol:
        return point[node]
    name = type(node).__name__
    if name == "Piecewise":
        return next(plain_value(v, point) for v, condition in node.args if plain_value(condition, point))
    if name == "ITE":
        return plain_value(node.args[1 if plain_value(node.args[0], point) else 2], point)
    if name == "Implies":
        return (not plain_value(node.args[0], point)) or plain_value(node.args[1], point)
    parts = [plain_value(part, point) for part in node.args]
    total = {
        "Add": sum,
        "And": all,
        "Or": any,
        "Max": max,
        "Min": min,
        "Not": lambda p: not p[0],
        "Equivalent": lambda p: len(set(p)) == 1,
        "Abs": lambda p: abs(p[0]),
        "Pow": lambda p: p[0] ** int(p[1]),
        "StrictLessThan": lambda p: p[0] < p[1],
        "LessThan": lambda p: p[0] <= p[1],
        "StrictGreaterThan": lambda p: p[0] > p[1],
        "GreaterThan": lambda p: p[0] >= p[1],
        "Equality": lambda p: p[0] == p[1],
        "Unequality": lambda p: p[0] != p[1],
    }
    if name == "Mul":
        result = Fraction(1)
        for part in parts:
            result *= part
        return result
    return total[name](parts)


def test_random_statements_agree_with_search_in_fractions():
    """Proved: no point of a grid refutes. Refuted: the oracle agrees at the model, which it evaluates without 1/0."""
    rng = random.Random(2024)
    grid = [Fraction(k, 2) for k in (-3, -1, 0, 1, 2, 4)]
    counts = {"proved": 0, "refuted": 0, "undefined": 0}
    for _ in range(120):
        assumptions = [random_relation(rng, rng.randint(0, 1)) for _ in range(rng.randint(0, 2))]
        statement = random_statement(rng, rng.randint(0, 2))
        try:
            decision = prove(assumptions, statement, timeout=5)
        except SpecificationError:
            counts["undefined"] += 1
            continue
        counts[decision.status] += 1
        if decision.status == "refuted":
            assert decision.rechecked == "substitution"
            if all(value.is_Rational for value in decision.model.values()):
                point = {s: Fraction(int(v.p), int(v.q)) for s, v in decision.model.items()}
                assert all(plain_value(a, point) for a in assumptions)
                assert plain_value(statement, point) is False
            continue
        for _ in range(60):
            point = {s: rng.choice(grid) for s in (x, y, z)}
            if all(plain_value(a, point) for a in sorted(assumptions, key=divides)):
                assert plain_value(statement, point) is True
    assert counts["proved"] > 15
    assert counts["refuted"] > 60


def divides(node):
    return node.has(sp.Pow, sp.Piecewise)


def test_a_wrong_translation_would_be_noticed(monkeypatch):
    """Make the translation lie (< read as ≤): its model does not refute the statement, and that is an error, not an answer."""
    original = smt.Translation._comparison

    def lying(self, node):
        return original(self, sp.StrictLessThan(node.lhs, node.rhs) if isinstance(node, sp.LessThan) else node)

    monkeypatch.setattr(smt.Translation, "_comparison", lying)
    with pytest.raises(CertificateError, match="fails exact substitution"):
        prove([sp.Eq(x, 3)], sp.LessThan(x, 3))
