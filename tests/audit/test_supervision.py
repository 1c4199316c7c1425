"""Audits of supervisors who can be bribed: Tirole's numbers, a second derivation, demands, and errors that name the place."""

from __future__ import annotations

import json
import re
from fractions import Fraction as F

import pytest

from gametheory.audit import AuditReport, audit_scenario, read_scenario, scenario_from_text
from gametheory.errors import SpecificationError

TABLE = """
[supervision]
surplus = {surplus}
efficiency = {efficiency}
types = [{{cost = {low}, probability = '1/2', evidence = '3/5'}}, {{cost = {high}, probability = '1/2'}}]
"""


def audited(table: str, require: str = "") -> AuditReport:
    return audit_scenario(scenario_from_text(f"schema_version = 1\n{table}\n[require]\n{require}", name="x.toml"))


def said(report: AuditReport, key: str) -> str:
    section = report[key]
    return " ".join([*(finding.text for finding in section.findings), *section.open])


def test_tirole_by_hand() -> None:
    """Both costs trade the one unit at the price 5; supervised, the rent 3 of the low cost is paid to an agent of whom there is
    no evidence, and k times it to the supervisor who has some: 10 − 5 + p ζ (1 − k) 3 with p = 1/2, ζ = 3/5."""
    report = audit_scenario(read_scenario("monitor-capture"))
    path = report.results["supervision"]
    for k in (F(0), F(1, 2), F(9, 10), F(1)):
        assert path.value(k) == 5 + F(1, 2) * F(3, 5) * (1 - k) * 3
    assert [path.value(k) for k in (0, F(1, 2), 1)] == [F(59, 10), F(109, 20), 5]
    assert path.without_supervisor.value == 5
    assert report.results["supervisor_worth"][-1] == (1, 0)
    text = said(report, "supervision")
    assert "worth exactly nothing" in text
    assert "up to k = 2/3, and not beyond" in text
    assert "3 for evidence of cost 2" in text
    assert {item.status for item in report.evidence} == {"verified"}
    assert [j.status for j in report.requirements] == ["fails"]
    assert report.exit_code() == 0
    assert report.exit_code(strict=True) == 1
    assert report["supervision"].data["contracts"][1]["value"] == "109/20"
    json.dumps(report.to_dict())
    for shown in (report.to_text(), report.to_html()):
        assert "What is a supervisor worth" in shown


def test_quadratic_surplus_and_an_interval_of_efficiencies() -> None:
    """q_H = 1 − θ_H − (1 − ζ + k ζ) Δθ, from the first-order condition: 0.52, 0.46, 0.40."""
    table = TABLE.format(surplus="{linear = 1, curvature = 1}", efficiency="{from = 0, to = 1}", low="0.2", high="0.4")
    report = audited(table + "wage = 0.0129", require="supervisor_worth = 0\n")
    contracts = report["supervision"].data["contracts"]
    assert [each["contract"]["quantities"][1] for each in contracts] == ["13/25", "23/50", "2/5"]
    assert [F(each["value"]) for each in contracts] == [F("0.2276"), F("0.2129"), F("0.2")]
    # The value is a parabola in k: what is left of it at the wage 0.0129 is 0.5, found by bisection.
    assert "up to k = about 0.5, and not beyond" in said(report, "supervision")
    assert report.requirements[0].status == "holds"
    assert {item.status for item in report.evidence} == {"verified"}
    assert len(report["supervision"].figures[0].data["points"]) > 20


def test_what_else_is_said() -> None:
    # Only the low cost is worth buying at, and has no rent; or nothing can be proved.
    cheap = audited(TABLE.format(surplus="4", efficiency="1", low="2", high="5") + "capacity = 1")
    blind = audited(
        TABLE.format(surplus="10", efficiency="1", low="2", high="5").replace("'3/5'", "0") + "capacity = 1"
    )
    for report in (cheap, blind):
        assert "worth nothing even if he cannot be bribed" in said(report, "supervision")
    dear = audited(TABLE.format(surplus="10", efficiency="[0]", low="2", high="5") + "capacity = 1\nwage = 1")
    assert "not worth his wage of 1, even if" in said(dear, "supervision")
    free = audited(TABLE.format(surplus="10", efficiency="0.5", low="2", high="5") + "capacity = 1\nwage = 0")
    assert "however efficient bribes are" in said(free, "supervision")
    table = """[supervision]
    surplus = {linear = 6, curvature = 1}
    quantities = "by evidence"
    types = [{cost = 3, probability = "1/3"}, {cost = 1, probability = "1/3"}, {cost = 2, probability = "1/3", evidence = 1}]
    """
    proved = audited(table, require="supervisor_worth = 0.01")
    assert "Even fully bribable he is worth" in said(proved, "supervision")
    assert proved.requirements[0].status == "holds"
    assert audited(table.replace("by evidence", "by type"), "supervisor_worth = 0.01").requirements[0].status == "fails"


GOOD = TABLE.format(surplus="10", efficiency="[0, 1]", low="2", high="5") + "capacity = 1\n"
SLIPS = [
    ("cost = 5", "cost = 2", "supervision.types[1].cost: found the cost 2 again"),
    ("probability = '1/2'}", "probability = '1/3'}", "supervision.types: found probabilities that sum to 5/6"),
    ("evidence = '3/5'", "evidence = '8/5'", "supervision.types[0].evidence: found 8/5"),
    ("cost = 5", "cost = -5", "supervision.types[1].cost: found the number -5"),
    ("capacity = 1", "", "supervision: each unit is worth the same"),
    ("capacity = 1", "capacity = 0", "supervision.capacity: found 0"),
    ("surplus = 10", "surplus = {linear = 1, curvature = 0}", "supervision.surplus.curvature: found 0"),
    ("surplus = 10", "surplus = [[1, 1], [2, 2]]", "supervision.surplus: write pairs"),
    ("surplus = 10", "surplus = [[0, 0], [0.5, 2]]", "supervision.capacity: found 1; the surplus is given"),
    ("surplus = 10", "surplus = [[0, 0, 0], [1, 2]]", "supervision.surplus[0]"),
    ("efficiency = [0, 1]", "efficiency = [0, '3/2']", "supervision.efficiency[1]: found 3/2"),
    ("efficiency = [0, 1]", "efficiency = {from = 1, to = 0}", "supervision.efficiency: found from 1 to 0"),
    ("capacity = 1", "capacity = 1\nquantities = 'by luck'", "supervision.quantities"),
    ("capacity = 1", "capacity = 1\nbribes = 1", "supervision: found the unknown key 'bribes'"),
]


@pytest.mark.parametrize(("old", "new", "words"), SLIPS)
def test_a_slip_is_answered_with_its_place(old: str, new: str, words: str) -> None:
    assert old in GOOD
    with pytest.raises(SpecificationError, match=re.escape(words)) as caught:
        scenario_from_text("schema_version = 1\n" + GOOD.replace(old, new, 1), name="x.toml")
    assert str(caught.value).startswith("x.toml: supervision")


def test_a_demand_needs_its_table() -> None:
    text = "schema_version = 1\n[capabilities]\nagents = {a = ['x']}\nrecipes = [{name = 'r', needs = ['x']}]\n"
    with pytest.raises(SpecificationError, match=r"no \[supervision\]"):
        scenario_from_text(text + "[require]\nsupervisor_worth = 1")


def test_the_largest_tables() -> None:
    """Ten types: all questions answered in little time."""
    types = ", ".join(f"{{cost = {j + 1}, probability = 0.1, evidence = '{j % 4}/4'}}" for j in range(10))
    report = audited(f"[supervision]\nsurplus = 30\ncapacity = 1\nefficiency = [0, 0.3, 1]\ntypes = [{types}]")
    assert report.results["supervision"].verify()
    points = ", ".join(f"[{q}, {40 * q - q * q}]" for q in range(20))
    curved = audited(f"[supervision]\nsurplus = [{points}]\ntypes = [{types}]")
    assert curved["supervision"].findings
    assert {item.status for item in (*report.evidence, *curved.evidence)} == {"verified"}
