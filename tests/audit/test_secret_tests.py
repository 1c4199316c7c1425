"""Audits of monitors who are paid for catching secret tests: Rahman's numbers, captured pairs, traces, games, and slips."""

from __future__ import annotations

import functools
import json
import re
from fractions import Fraction as F

import pytest

from gametheory.audit import AuditReport, audit_scenario, read_scenario, scenario_from_text
from gametheory.audit.evidence import row_builders
from gametheory.certificates import read_certificate, verify_certificate
from gametheory.certificates.duality import FarkasCertificate
from gametheory.errors import SpecificationError

PAIR = "[secret_tests]\nwork_cost = 1\nmonitoring_cost = 0.1\npayment_cap = 2\n"
GAME = """
[game]
players = ["Ann", "Eve"]
actions = {Ann = ["work", "shirk"], Eve = ["look", "rest"]}
[game.payoffs]
Ann = "-1 if plays(me, work) else 0"
Eve = "-0.1 if plays(me, look) else 0"
[target]
profile = ["work", "look"]
[secret_tests]
monitor = "Eve"
payment_cap = {Ann = 2, "*" = 2}
[secret_tests.signals]
nothing = "1 if plays(Eve, rest) else 0"
fine = "1 if plays(Eve, look) and plays(Ann, work) else 0"
bad = "1 - nothing - fine"
"""


def audited(table: str, require: str = "") -> AuditReport:
    return audit_scenario(scenario_from_text(f"schema_version = 1\n{table}\n[require]\n{require}", name="x.toml"))


def said(report: AuditReport, key: str = "secret-tests") -> str:
    section = report[key]
    return " ".join([*(finding.text for finding in section.findings), *section.open])


@functools.cache
def packaged() -> AuditReport:
    return audit_scenario(read_scenario("secret-tests"))


def rahman(cap: F, work: F = F(1), watching: F = F(1, 10)) -> tuple[F, F]:
    """Tests b and monitored work a, by hand. The worker, paid B for monitored work, works if B a = w (1 − b). The monitor, paid
    B for finding a test, loses nothing by resting and reporting work all the time if B b = m (a + b)."""
    tests = work * watching / (cap * (cap - watching) + work * watching)
    return tests, work * (1 - tests) / cap


def test_rahman_alone_and_captured() -> None:
    report = packaged()
    tests, monitored = rahman(F(2))
    assert (tests, monitored) == (F(1, 39), F(19, 39))
    assert float(tests) == pytest.approx(0.0256410256)
    assert float(monitored) == pytest.approx(0.4871794872)
    contract = report.results["secret_contract"]
    assert report.results["test_rate"] == contract.value == tests
    assert contract.decision.probability("monitor", "work") == monitored
    by_cap = report["secret-tests"].data["tests_by_cap"]
    assert [(F(cap), F(rate)) for cap, rate in by_cap] == [(c, rahman(F(c))[0]) for c in (2, 4, 6, 8, 12, 16)]
    # The captured pair: at every efficiency, and by a joint lie that the certificates name.
    assert report.results["withstood"]["shared"] is None
    low, high = report.results["withstood"]["separate"]
    assert low == 0 < high < F(1, 1000)
    refusals = [item for item in report.evidence if isinstance(item.certificate, FarkasCertificate)]
    assert len(refusals) == 5  # plans agreed on beforehand break no contract if all side payments are lost
    lie = "monitor and worker told (monitor, work) play (rest, shirk), having seen nothing, reporting work"
    assert f"rests on this lie: {lie}." in said(report)
    shared = [item for item in refusals if item.name.startswith("secret-tests-shared")]
    assert len(shared) == 3
    for item in shared:
        proof = item.certificate
        assert isinstance(proof, FarkasCertificate)
        used = {n for n, y in zip(proof.programme.row_names, proof.multipliers.numerators, strict=True) if y}
        assert lie in used
        again = read_certificate(json.loads(json.dumps(proof.to_dict())))
        assert verify_certificate(again, item.game, row_builders=row_builders()).status == "verified"
    assert {item.status for item in report.evidence} == {"verified"}
    assert [j.status for j in report.requirements] == ["holds", "fails"]
    assert "catch a lazy monitor, not a captured one" in report.to_text()
    assert "<svg" in report.to_html()
    json.dumps(report.to_dict())


def test_traces_that_nobody_can_hide() -> None:
    report = packaged()
    found = {(e["trace"], e["knowledge"]): e["efficiency"] for e in report["secret-tests"].data["withstood"]}
    assert found["1/5", "shared"] is found["0", "shared"] is None
    low, high = map(F, found["1/5", "separate"])
    assert F("0.931") < low < high < F("0.933")
    # A trace with probability w / B pays the worker for work without any monitor: 1/2 of the payment 2.
    assert found["1/2", "separate"] == found["1/2", "shared"] == ["1", "1"]
    own = audited(PAIR + "max_tests = 0.1\nefficiency = [1]\ntrace = 0.5", "test_rate = 0\nwithstood_efficiency = 1")
    assert [j.status for j in own.requirements] == ["holds", "holds"]
    assert "without any secret test" in said(own)
    partly = audited(
        PAIR + "max_tests = 0.1\nefficiency = 1\ntrace = 0.2\nknowledge = 'separate'", "withstood_efficiency = 0.5"
    )
    assert [j.status for j in partly.requirements] == ["holds"]
    assert "between 0.931" in said(partly)


def test_nobody_colludes_and_payments_that_are_too_small() -> None:
    alone = audited(PAIR, "test_rate = 0.02")
    assert [j.status for j in alone.requirements] == ["fails"]
    assert "collusion" not in alone["secret-tests"].data
    small = audited(PAIR.replace("payment_cap = 2", "payment_cap = 0.9"), "test_rate = 0.5")
    assert "No contract with payments of at most 0.9" in said(small)
    assert small["secret-tests"].data["tests_by_cap"][0] == ["9/10", None]
    assert F(small["secret-tests"].data["tests_by_cap"][1][1]) == rahman(F("1.8"))[0]
    assert small.requirements[0].status == "fails"
    assert {item.status for item in small.evidence} == {"verified"}
    # A monitor who errs as often as not sees nothing: no tests help.
    blind = audited(PAIR + "error = 0.5")
    assert blind.results["test_rate"] is None
    erring = audited(PAIR + "error = 0.1")
    assert erring.results["test_rate"] > F(1, 39)


def test_a_player_of_the_game_as_monitor() -> None:
    report = audited(GAME, "test_rate = 0.03")
    assert report.results["test_rate"] == F(1, 39)
    assert report.results["secret_contract"].decision.probability("work", "look") == F(19, 39)
    assert "Eve watches Ann" in report.to_text()
    assert {item.status for item in report.evidence} == {"verified"}


def test_two_workers_and_one_monitor() -> None:
    table = GAME.replace('players = ["Ann", "Eve"]', 'players = ["Ann", "Bob", "Eve"]')
    table = table.replace('actions = {Ann = ["work", "shirk"], Eve', 'actions = {"*" = ["work", "shirk"], Eve')
    table = table.replace('\nAnn = "-1', '\n"*" = "-1').replace(
        'profile = ["work", "look"]', 'profile = ["work", "work", "look"]'
    )
    table = table.replace("plays(Ann, work)", "count(work) == 2").replace(
        "payment_cap =", "efficiency = 1\npayment_cap ="
    )
    report = audited(table)
    assert report.results["test_rate"] == F(1, 39)  # both are tested together
    assert report.results["withstood"]["shared"] is None
    assert report.results["withstood"]["separate"] == (1, 1)
    assert "that takes secret tests in" in said(report)
    assert {item.status for item in report.evidence} == {"verified"}


SLIPS = [
    (PAIR, "monitoring_cost = 0.1\n", "", "found work_cost without monitoring_cost"),
    (PAIR, "work_cost = 1\nmonitoring_cost = 0.1\n", "", "none of work_cost, monitor"),
    (PAIR, "payment_cap = 2\n", "", "payment_cap"),
    (PAIR, "payment_cap = 2", "payment_cap = 0", "payment_cap: found no payment > 0"),
    (PAIR, "payment_cap = 2", "payment_cap = {monitor = 1}", "payment_cap: nothing is said for worker"),
    (PAIR, "payment_cap = 2", "payment_cap = {boss = 1, '*' = 2}", "payment_cap: found 'boss'"),
    (PAIR, "payment_cap = 2", "payment_cap = 2\nmax_tests = 1", "max_tests: found the number 1"),
    (PAIR, "payment_cap = 2", "payment_cap = 2\nmax_tests = '3/2'", "max_tests: found 3/2"),
    (PAIR, "payment_cap = 2", "payment_cap = 2\nefficiency = 2", "efficiency: found the number 2"),
    (PAIR, "payment_cap = 2", "payment_cap = 2\nknowledge = 'none'", "knowledge"),
    (PAIR, "work_cost = 1\nmonitoring_cost = 0.1", "monitor = 'E'\nsignals = {a = 1, b = 0}", "the scenario has no [game]"),
    (GAME, 'monitor = "Eve"', 'monitor = "Eva"', "monitor: found 'Eva'"),
    (GAME, 'fine = "1 if', 'fine = "2 if', "signals.fine: the probability of 'fine' is 2"),
    (GAME, 'bad = "1 - nothing - fine"', "bad = 0", "signals: the sum of all probabilities is 0"),
    (GAME, '["look", "rest"]', '["look", "rest", "nap", "sleep"]', "secret_tests: found a game of 2×4 actions"),
]  # fmt: skip


@pytest.mark.parametrize(("table", "old", "new", "words"), SLIPS)
def test_a_slip_is_answered_with_its_place(table: str, old: str, new: str, words: str) -> None:
    assert old in table
    with pytest.raises(SpecificationError, match=re.escape(words)) as caught:
        scenario_from_text("schema_version = 1\n" + table.replace(old, new, 1), name="x.toml")
    assert str(caught.value).startswith("x.toml: secret_tests")


def test_demands_need_their_tables() -> None:
    with pytest.raises(SpecificationError, match=r"no secret_tests\.efficiency"):
        audited(PAIR, "withstood_efficiency = 0.1")
