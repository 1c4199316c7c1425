"""Plans that certify what a hard audit budget is worth: by hand, and lies that are false are not believed."""

from __future__ import annotations

import json
import random
from fractions import Fraction
from typing import Any

import pytest
from lies import COSTLY_LIES, garbage, lies, on_intact_data
from oracles.control import hidden_harm, observed_harm

from gametheory.certificates import AuditPlanCertificate, read_certificate
from gametheory.certificates.audit_plans import AuditProblem
from gametheory.errors import CertificateError, SpecificationError
from gametheory.games import NormalFormGame
from gametheory.oversight import ControlAction, ControlGame, accept_audit_defer, budgeted_control

F = Fraction


def accepted(data: dict[str, Any]) -> bool:
    try:
        return read_certificate(json.dumps(data)).verify()
    except (SpecificationError, CertificateError):
        return False


def claim_holds(data: dict[str, Any]) -> bool:
    """Whether the bounds hold for the problem as stated, by SciPy and enumeration (which leaves 1e-7 open)."""
    read = [[[float(F(x)) for x in row] for row in data[name]] for name in ("attacks", "missed")]
    honest, audits = [float(F(x)) for x in data["honest"]], data["audits"]
    observed = data["counter"] == "observed"
    solve: Any = observed_harm if observed else hidden_harm
    found = solve(honest, *read, audits, data["steps"], data["budget"])
    truth = found if observed else [found]
    bounds = [[float(F(x)) for x in data[name]] for name in ("lower", "upper")]
    if any(len(own) != len(truth) for own in bounds):
        return False
    return all(low <= x + 1e-7 and high >= x - 1e-7 for x, low, high in zip(truth, *bounds, strict=True))


def bases() -> list[dict[str, Any]]:
    actions = [
        *accept_audit_defer(auditor_accuracy="3/4"),
        ControlAction("two", usefulness=1, detection_rate=1, audits=2),
    ]
    games = [
        ControlGame(["3/4", "1/4"], [["1/4", "3/4"], ["1/2", "1/2"]], harms=[1, 2], actions=actions[:2]),
        ControlGame(["2/3", "1/3"], ["1/3", "2/3"], actions=actions),
    ]
    made = []
    for game in games:
        for counter in ("observed", "hidden"):
            for precision in (None, 12):
                found = budgeted_control(game, steps=2, audits=1, counter=counter, precision=precision)  # type: ignore[arg-type]
                made.append(found.certificate.to_dict())
    return made


@on_intact_data
def other_counter(data: dict[str, Any], rng: random.Random) -> bool:
    data["counter"] = "hidden" if data["counter"] == "observed" else "observed"
    return True


@on_intact_data
def tighter(data: dict[str, Any], rng: random.Random) -> bool:
    name, sign = rng.choice([("lower", 1), ("upper", -1)])
    data[name][-1] = str(F(data[name][-1]) + sign * rng.choice([F(1, 3), F(1, 100), F(1, 10**5)]))
    return True


@on_intact_data
def looser(data: dict[str, Any], rng: random.Random) -> bool:
    name, sign = rng.choice([("lower", -1), ("upper", 1)])
    data[name][-1] = str(F(data[name][-1]) + sign * F(1, rng.choice([3, 100])))
    return True


@on_intact_data
def finer(data: dict[str, Any], rng: random.Random) -> bool:
    data["bits"] = rng.choice([None, 1, 8, 200])
    return True


@COSTLY_LIES
def test_lies_are_not_believed(count: int) -> None:
    true = bases()
    assert all(accepted(data) and claim_holds(data) for data in true)
    believed = refused = 0
    for what, data in lies(true, count, seed=5, special=[other_counter, tighter, looser, finer]):
        if accepted(data):
            believed += 1
            assert claim_holds(data), what
        else:
            refused += 1
    assert believed > count / 50
    assert refused > count / 2


def test_garbage_is_refused_with_a_reason() -> None:
    for k, base in enumerate(bases()[:4]):
        for data in garbage(base, 150, seed=k):
            accepted(data)  # whatever it is, nothing but our own errors is raised


def test_by_hand() -> None:
    """One audit in two steps, a blind monitor: audit now with 1/2; attack now with 1/2."""
    half, one, zero = F(1, 2), F(1), F(0)
    problem = AuditProblem(
        honest=(one,),
        attacks=((one,),),
        missed=((one, zero),),
        audits=(0, 1),
        steps=2,
        budget=1,
        counter="observed",
    )
    idle, audit, either = ((one, zero),), ((zero, one),), ((half, half),)
    attack = (((one, zero), (half, half)), ((zero, one), (one, zero)))
    plan = ((idle, either), (idle, audit))
    certificate = AuditPlanCertificate(
        problem=problem, plan=plan, attack=attack, bits=None, lower=(one, half), upper=(one, half)
    )
    with pytest.raises(
        CertificateError, match="lower bound 0"
    ):  # with no audit left the attacker of step 1 may wait in vain
        AuditPlanCertificate(
            problem=problem, plan=plan, attack=(attack[0], ((one, zero), (one, zero))), bits=None,
            lower=(one, half), upper=(one, half),
        ).verify()  # fmt: skip
    assert certificate.verify()
    assert certificate.claim == (
        "with at most 1 audits in 2 steps and an observed counter the least harm of the worst attack is exactly 1/2"
    )
    assert read_certificate(json.dumps(certificate.to_dict())) == certificate
    with pytest.raises(CertificateError, match="no game"):
        certificate.verify(NormalFormGame.from_bimatrix([[1]], [[1]]))
    spent = ((idle, audit), (idle, audit))
    with pytest.raises(CertificateError, match="upper bound 1"):
        AuditPlanCertificate(
            problem=problem, plan=spent, attack=attack, bits=None, lower=(one, half), upper=(one, half)
        ).verify()
    with pytest.raises(SpecificationError, match="2 of each"):
        AuditPlanCertificate(problem=problem, plan=plan, attack=attack, bits=None, lower=(), upper=(one, half))
    overdrawn = ((audit, either), (idle, audit))
    with pytest.raises(CertificateError, match="more audits than are left"):
        AuditPlanCertificate(
            problem=problem, plan=overdrawn, attack=attack, bits=None, lower=(one, half), upper=(one, half)
        ).verify()
