"""Claims: what a complete one reports, and that each obligation fails when it should."""

from __future__ import annotations

import json
import subprocess
import sys
from fractions import Fraction

import pytest
import sympy as sp
import z3

from gametheory.errors import CertificateError, SolverError, SpecificationError, UnsupportedError
from gametheory.symbolic import Claim, Exists, Induction, Twin, indifference, reals

d, c, p, delta, n, total = reals("d c p delta n total")
COOPERATE, DEFECT = c / (1 - delta), d + delta * p / (1 - delta)
THRESHOLD = (d - c) / (d - p)


def grim(**changes):
    parts = {
        "id": "grim",
        "title": "Grim trigger",
        "assumptions": [delta >= 0, delta < 1, d > p],
        "statement": sp.Equivalent(COOPERATE >= DEFECT, delta >= THRESHOLD),
        "threshold": THRESHOLD,
        "derivation": lambda: indifference(COOPERATE, DEFECT, delta),
        "twins": [Twin("strictly", statement=sp.Equivalent(COOPERATE >= DEFECT, delta > THRESHOLD))],
        "source": "Friedman 1971",
        "not_shown": "the one-shot deviation principle",
    }
    return Claim(**(parts | changes))


def test_a_complete_claim_reports_every_obligation():
    report = grim().check()
    names = [o.name for o in report.obligations]
    assert names == ["well-defined", "satisfiable", "proved", "derived", "refuted twin: strictly"]
    assert report.grade == "C"
    assert repr(report).startswith("ClaimReport(grim: proved, grade C, 5 obligations, z3 ")
    model = report.counterexamples["strictly"]
    assert model[delta] == (model[d] - model[c]) / (model[d] - model[p])
    data = json.loads(json.dumps(report.to_dict()))
    assert data["status"] == "proved"
    assert {Fraction(v) for v in data["obligations"][-1]["model"].values()} == {
        Fraction(str(v)) for v in model.values()
    }


def test_obligations_can_be_discharged_one_by_one():
    obligations = grim().obligations()
    assert [str(o) for o in obligations] == [o.name for o in grim().check().obligations]
    assert obligations[2].check().evidence.startswith("z3 ")
    assert repr(obligations[2]) == "Obligation(grim: proved)"


def test_a_false_claim_is_refuted_with_its_counterexample():
    claim = grim(assumptions=[delta >= 0, delta < 1, sp.Ne(d, p)], threshold=None, derivation=None)
    with pytest.raises(CertificateError, match="claim grim: the claim is false at") as caught:
        claim.check()
    assert "delta = " in caught.value.violation


def test_a_vacuous_claim_is_refused():
    with pytest.raises(CertificateError, match="no values satisfy the assumptions"):
        grim(assumptions=[delta >= 0, delta < 1, d > p, d < p]).check()


def test_an_undefined_claim_is_refused():
    with pytest.raises(CertificateError, match=r"the denominator .* vanishes at"):
        grim(assumptions=[delta >= 0, delta <= 1, d > p]).check()


def test_a_derivation_must_give_the_threshold():
    with pytest.raises(CertificateError, match="the derivation gives"):
        grim(derivation=lambda: (d - c) / d).check()
    with pytest.raises(SpecificationError, match="does not occur in the statement"):
        grim(threshold=(d - c) / d)
    with pytest.raises(SpecificationError, match="threshold and derivation together"):
        grim(derivation=None)


def test_a_true_twin_is_reported():
    claim = grim(twins=[Twin("impatient", without=[delta >= 0])])  # true also for negative δ
    with pytest.raises(CertificateError, match="the twin 'impatient' is true"):
        claim.check()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"twins": []}, "found no twin"),
        ({"twins": [Twin("same")]}, "it is the claim itself"),
        ({"twins": [Twin("unknown", without=[c > p])]}, "is not an assumption to drop"),
        ({"twins": [Twin("part", part="step", statement=c > p)]}, "write one of"),
        ({"statement": sp.Eq(delta * d - d * delta, 0), "threshold": None, "derivation": None}, "nothing to prove"),
    ],
)
def test_malformed_claims_are_refused(changes, message):
    with pytest.raises(SpecificationError, match=message):
        grim(**changes)


def test_undecided_is_an_error(monkeypatch):
    """A prover that gives up proves nothing (whether z3 does depends on the machine, so it is made to here)."""
    monkeypatch.setattr("gametheory.symbolic.smt.z3.Solver.check", lambda self, *conditions: z3.unknown)
    proved = next(o for o in grim().obligations() if o.kind == "proved")
    with pytest.raises(SolverError, match="is undecided"):
        proved.check(timeout=1)


def gauss(**changes):
    """1 + 2 + … + n = n(n + 1)/2."""
    parts = {
        "base": sp.Eq(total, n * (n + 1) / 2),
        "base_given": [sp.Eq(n, 1), sp.Eq(total, 1)],
        "step": sp.Eq(total + n + 1, (n + 1) * (n + 2) / 2),
        "step_given": [sp.Eq(total, n * (n + 1) / 2)],
    }
    hypothesis = parts["step_given"]
    twins = [Twin("no hypothesis", part="step", without=hypothesis)]
    return grim(
        assumptions=[n >= 1],
        statement=Induction(**(parts | changes)),
        threshold=None,
        derivation=None,
        twins=changes.pop("twins", twins),
    )


def test_induction_needs_base_and_step():
    report = gauss().check()
    assert report.grade == "I"
    assert [o.name for o in report.obligations[:6]] == [
        f"{kind} ({part})" for part in ("base", "step") for kind in ("well-defined", "satisfiable", "proved")
    ]
    with pytest.raises(CertificateError, match="the claim is false at n = 1"):
        gauss(base_given=[sp.Eq(n, 1), sp.Eq(total, 2)]).check()
    with pytest.raises(CertificateError, match="the claim is false"):
        gauss(step=sp.Eq(total + n, (n + 1) * (n + 2) / 2)).check()


def test_displays_are_escaped_and_readable():
    claim = grim(title="<script>alert(1)</script>", source="<b>")
    page = claim.check()._repr_html_()
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert r"\delta" in claim.latex()
    quantified = grim(
        statement=Exists((n,), n > d, where=n > 0), threshold=None, derivation=None, twins=[Twin("t", statement=n > d)]
    )
    assert quantified.latex().count(r"\exists") == 1
    assert repr(quantified.statement) == "∃ n with n > 0: n > d"


def test_a_frame_has_a_row_for_each_obligation():
    pytest.importorskip("pandas")
    frame = grim().check().to_frame()
    assert list(frame.columns) == ["obligation", "evidence"]
    assert len(frame) == 5


def test_indifference_is_the_unique_solution():
    assert sp.simplify(indifference(COOPERATE, DEFECT, delta) - THRESHOLD) == 0
    assert indifference(2 * n, n + 3, n) == 3
    with pytest.raises(UnsupportedError, match="degree 2"):
        indifference(n**2, c, n)
    with pytest.raises(UnsupportedError, match="degree 0"):
        indifference(d, c, n)
    with pytest.raises(SpecificationError, match="exact number"):
        indifference(0.5 * n, c, n)


def test_the_chapter_is_light_until_used():
    code = (
        "import sys, gametheory.symbolic as s; assert not {'sympy', 'z3'} & set(sys.modules); "
        "s.prove; assert 'z3' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
