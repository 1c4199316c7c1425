"""Audits against the worst equilibrium: certified values, grids of policies, and what coordination costs the principal."""

from __future__ import annotations

import itertools
import json
import pickle
import random
from fractions import Fraction as F
from typing import Any

import numpy as np
import pytest
import sympy
from oracles.inspection import worst_equilibrium_value

from gametheory.audit.evidence import row_builders
from gametheory.certificates import AuditedAgentsCertificate, read_certificate, verify_certificate
from gametheory.errors import InfeasibleError, SolverError, SpecificationError, UnsupportedError
from gametheory.games import NormalFormGame
from gametheory.oversight import AuditedAgents, audit_outcomes, best_case_audit, worst_case_audit

REPORTS = NormalFormGame([[[0, 0], [1, 2]], [[0, 1], [0, 2]]], actions=[["honest", "misreport"]] * 2)
LOSSES = [[0, -1], [-1, -2]]


def reports(budget: Any, **rest: Any) -> AuditedAgents:
    return AuditedAgents.of_penalties(
        REPORTS, violations=["misreport"] * 2, penalty=3, principal=LOSSES, budget=budget, **rest
    )


def random_model(rng: random.Random, **rest: Any) -> AuditedAgents:
    shape = rng.choice([(2, 2), (2, 2), (2, 3), (2, 2, 2)])
    size = (len(shape), *shape)

    def table(low: int, high: int, *more: int) -> Any:
        dims = (*more,) if more else size
        return np.array([rng.randint(low, high) for _ in range(int(np.prod(dims)))], dtype=object).reshape(dims)

    levers = rng.randint(1, 2)
    return AuditedAgents(
        NormalFormGame(table(-2, 3)),
        table(-4, 1, levers, *size),
        table(-3, 3, *shape),
        principal_effects=table(-1, 1, levers, *shape),
        costs=[rng.randint(0, 2) for _ in range(levers)],
        budget=F(rng.randint(0, 4), 2),
        **rest,
    )


def certified(design: Any) -> AuditedAgentsCertificate:
    found = read_certificate(json.dumps(design.certificate.to_dict()))
    assert isinstance(found, AuditedAgentsCertificate)
    assert found.verify()
    return found


def unplayable(model: AuditedAgents) -> AuditedAgentsCertificate | None:
    """The proof that no policy leaves a pure equilibrium, if there is one."""
    try:
        worst_case_audit(model)
    except InfeasibleError as error:
        error.certificate.verify()
        found: AuditedAgentsCertificate = error.certificate
        return found
    return None


def test_two_reporters() -> None:
    """Derived by hand: each honest alone needs 1/3; to break the joint lie one needs more than 2/3, the other then 1/3."""
    values = {F(0): -2, F(2, 3): -2, F(7, 10): -1, F(1): -1, F(6, 5): 0, F(2): 0}
    for budget, value in values.items():
        design = worst_case_audit(reports(budget))
        assert design.value == value
        assert certified(design).bound == value
    assert best_case_audit(reports("2/3")).value == 0
    assert best_case_audit(reports("1/3")).value == -2
    paid = worst_case_audit(reports(1, recovery="1/2"))  # audits of misreports give something back
    assert paid.value > -1


def test_a_supremum_that_is_not_attained() -> None:
    """Audits cost the principal 1/10 each: to be rid of the joint lie costs a little more than (2/3 + 1/3)/10."""
    model = AuditedAgents(
        REPORTS,
        [[[[0, 0], [-3, -3]], [[0, 0], [0, 0]]], [[[0, 0], [0, 0]], [[0, -3], [0, -3]]]],
        LOSSES,
        principal_effects=np.full((2, 2, 2), F(-1, 10), dtype=object),
        budget=2,
    )
    design = worst_case_audit(model, epsilon="1/500")
    assert design.value == F(-1, 10)
    assert not design.attained
    proof = certified(design)
    assert F(-1, 10) - F(1, 500) <= proof.value < F(-1, 10)  # type: ignore[operator]
    assert design.profile == "honest, honest"
    assert any("leaves" in name for name in design.binding)


def test_adaptive_audits_do_as_well_with_half_the_budget() -> None:
    """Whoever misreports alone, or both, is audited after the reports are in; the budget is spent where there is something."""
    for budget in ("1/2", "2/3", "7/10", 1):
        plain, adaptive = worst_case_audit(reports(budget)), worst_case_audit(reports(budget, adaptive=True))
        assert adaptive.value >= plain.value
        certified(adaptive)
    assert worst_case_audit(reports("7/10")).value == -1
    assert worst_case_audit(reports("7/10", adaptive=True)).value == 0


@pytest.mark.parametrize("count", [12, pytest.param(200, marks=pytest.mark.slow)])
@pytest.mark.parametrize("without", ["worst", "excluded"])
def test_random_values_by_grids_of_policies(count: int, without: str) -> None:
    rng = random.Random(f"{count} {without}")
    attained = 0
    for _ in range(count):
        model = random_model(rng, without=without)
        data = model.terms.to_dict()
        grid = [
            x
            for x in itertools.product([F(k, 6) for k in range(7)], repeat=model.terms.num_levers)
            if sum(c * y for c, y in zip(model.terms.costs, x, strict=True)) <= model.terms.budget
        ]
        seen = [w for x in grid if (w := worst_equilibrium_value(data, x)) is not None]
        if without == "excluded" and not seen and (proof := unplayable(model)) is not None:
            assert proof.bound is None
            continue
        design = worst_case_audit(model)
        proof = certified(design)
        assert max(seen, default=design.value) <= design.value
        assert proof.policy is not None
        assert proof.value == worst_equilibrium_value(data, proof.policy)
        assert design.value - F(1, 1000) <= proof.value <= design.value  # type: ignore[operator]
        assert design.attained == (proof.value == design.value)
        attained += design.attained
        if without == "excluded":
            assert best_case_audit(model).value >= design.value
    assert attained


def test_random_adaptive_policies_never_do_worse() -> None:
    rng = random.Random(3)
    for _ in range(8):
        seed = rng.random()
        plain, adaptive = (random_model(random.Random(seed), adaptive=flag) for flag in (False, True))
        if adaptive.terms.num_profiles > 6:
            continue
        one, two = worst_case_audit(plain), worst_case_audit(adaptive)
        assert two.value >= one.value
        certified(two)


def test_more_budget_never_hurts() -> None:
    values = [worst_case_audit(reports(F(k, 6))).value for k in range(0, 13, 2)]
    assert values == sorted(values)


def test_outcomes_of_a_policy() -> None:
    found = audit_outcomes(reports(1), ["1/2", "1/2"])
    assert found.audited.label(found.equilibria[0]) == "honest, honest"
    assert (found.worst, found.best, found.correlated_worst) == (-2, 0, -2)
    assert found.certificate.verify()
    strict = audit_outcomes(reports(2), {"audit of Player 1": "3/4", "audit of Player 2": "3/4"})
    assert strict.correlated_worst == strict.worst == 0  # honesty is dominant: mixed equilibria are covered


def test_optimists_programme_is_rebuilt() -> None:
    design = best_case_audit(reports("2/3"))
    text = json.dumps(design.certificate.to_dict())  # type: ignore[union-attr]
    assert verify_certificate(read_certificate(text), row_builders=row_builders()).status == "verified"
    assert design.profile == "honest, honest"


def test_results_are_shown_and_kept() -> None:
    found = audit_outcomes(reports(1), ["1/2", "1/2"])
    json.dumps(found.to_dict(), allow_nan=False)
    assert pickle.loads(pickle.dumps(found)) == found  # noqa: S301  # our own bytes
    assert "<table>" in found._repr_html_()
    pytest.importorskip("pandas")
    assert found.to_frame()["principal"].tolist() == [0, -2]


def test_malformed_questions_are_refused() -> None:
    with pytest.raises(SpecificationError, match="effects"):
        AuditedAgents(REPORTS, [1, 2], LOSSES, budget=1)
    with pytest.raises(SpecificationError, match="principal"):
        AuditedAgents(REPORTS, np.zeros((1, 2, 2, 2)), [1, 2], budget=1)
    with pytest.raises(SpecificationError, match="budget is negative"):
        reports(-1)
    with pytest.raises(SpecificationError, match="costs"):
        reports(1, costs=[1])
    with pytest.raises(SpecificationError, match="without"):
        reports(1, without="nothing")
    with pytest.raises(SpecificationError, match="accuracy"):
        reports(1, accuracy=2)
    with pytest.raises(SpecificationError, match="epsilon"):
        worst_case_audit(reports(1), epsilon=0)
    with pytest.raises(SpecificationError, match="policy"):
        audit_outcomes(reports(1), [1])
    with pytest.raises(SolverError, match="max_nodes"):
        worst_case_audit(reports(1), max_nodes=1)
    symbolic = NormalFormGame([[sympy.Symbol("x"), 0]])
    with pytest.raises(UnsupportedError, match="symbols"):
        AuditedAgents(symbolic, np.zeros((1, 1, 2)), [0, 0], budget=1)
