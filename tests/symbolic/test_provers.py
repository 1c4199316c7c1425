"""Second provers asked for real: they agree with theorems, contradict false claims, and are missed with advice."""

from __future__ import annotations

import pytest
import sympy as sp

from gametheory.errors import SolverError
from gametheory.symbolic import Exists, Forall, installed_provers, missing_provers, provers, reals
from gametheory.symbolic.provers import second_opinions

x, y, z = reals("x y z")


@pytest.fixture(params=["cvc5", "yices"])
def prover(request, monkeypatch):
    """One prover alone, or the reason why it is not asked."""
    name = request.param
    if name not in installed_provers():
        pytest.skip(f"{name} is not installed: {missing_provers()[name]}")
    monkeypatch.setattr(provers, "_PROVERS", {name: provers._PROVERS[name]})
    return name


@pytest.mark.parametrize(
    ("assumptions", "statement"),
    [
        ([x > y, y > z], x > z),
        ([], x**2 + y**2 >= 2 * x * y),
        ([x > 0, y > x], 1 / x > 1 / y),
        ([], sp.Max(x, y) + sp.Min(x, y) >= x + y),
        ([], sp.Equivalent(sp.Abs(x) < 1, sp.And(x < 1, x > -1))),
    ],
)
def test_theorems_are_confirmed(prover, assumptions, statement):
    assert second_opinions(assumptions, statement, timeout=10) == (prover,)


@pytest.mark.parametrize(("assumptions", "statement"), [([], x**2 > 0), ([x > 0], 1 / x >= x), ([x >= y], x > y)])
def test_a_counterexample_is_an_alarm(prover, assumptions, statement):
    with pytest.raises(SolverError, match=f"{prover} finds a counterexample where z3 finds none"):
        second_opinions(assumptions, statement, timeout=10)


def test_what_a_prover_cannot_decide_counts_for_nothing(prover):
    cubic = x**3 * z - y * z**3 + x * y < 5 + x**4 + y**4
    hard = Forall((x,), Exists((y,), sp.And(cubic, y**2 + x * z >= z**2 * y)))
    assert set(second_opinions([z > 0], hard, timeout=0.01)) <= {prover}
    assert provers._read("") == provers._read("timeout") == "unknown"


def test_what_is_missing_is_said(monkeypatch):
    monkeypatch.setattr(provers.shutil, "which", lambda name: None)
    monkeypatch.setattr(provers.importlib.util, "find_spec", lambda name: None)
    assert installed_provers() == ()
    assert "gametheory-security[smt]" in missing_provers()["cvc5"]
    assert "yices-smt2 on the path" in missing_provers()["yices"]
    assert second_opinions([x > y], x >= y, timeout=1) == ()
