"""Audits of observers, private logs and monitors: published numbers and independent computations."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction as F

import pytest

from gametheory.audit import AuditReport, audit_scenario, read_scenario, scenario_from_text
from gametheory.errors import SpecificationError


def audited(table: str, *, require: str = "") -> AuditReport:
    text = f"schema_version = 1\n[information]\n{table}\n[require]\n{require}"
    return audit_scenario(scenario_from_text(text, name="x.toml"))


def said(report: AuditReport, key: str) -> str:
    return " ".join(finding.text for finding in report[key].findings)


def majority(k: int, error: F) -> F:
    """The probability that a majority of k (odd) is right."""
    return sum(
        (math.comb(k, right) * (1 - error) ** right * error ** (k - right) for right in range(k // 2 + 1, k + 1)), F(0)
    )


def test_the_packaged_observers() -> None:
    """Majorities of observers who err with probability 0.3 (Condorcet; Grofman, Owen and Feld 1983)."""
    report = audit_scenario(read_scenario("leaking-observers"))
    found = report.results["leakage"]
    assert [found[k] for k in (1, 3, 5, 7, 9)] == [majority(k, F(3, 10)) for k in (1, 3, 5, 7, 9)]
    assert [round(float(found[k]), 6) for k in (1, 3, 5, 7, 9)] == [0.7, 0.784, 0.83692, 0.873964, 0.901191]
    assert report.results["smallest_leaking"] == 7
    assert {item.status for item in report.evidence} == {"verified"}
    assert [j.status for j in report.requirements] == ["holds", "holds"]
    assert report.exit_code(strict=True) == 0


def test_what_privacy_leaves() -> None:
    """min {e^ε α, 1 − e^−ε (1 − α)} for one copy; nine copies leave no more than one of 9 ε."""
    report = audit_scenario(read_scenario("leaking-observers"))
    limits = report.results["detection_limits"]
    assert float(limits[1]) == pytest.approx(math.exp(0.5) * 0.05)
    assert limits[1].upper < limits[3].upper < limits[9].upper
    assert limits[9].upper <= 1 - math.exp(-4.5) * 0.95
    assert [row[0] for row in report["privacy"].tables[0].rows] == ["1", "2", "3", "5", "9"]
    certain = audited("privacy = {epsilon = 0, false_alarm_rate = 0.2}")
    assert float(certain.results["detection_limits"][1]) == 0.2
    breach = audited("privacy = {epsilon = 0, delta = 0.1, false_alarm_rate = 0.2}")
    assert float(breach.results["detection_limits"][1]) == pytest.approx(0.3)
    assert "(0, 0.1)-differential" in said(breach, "privacy")


def test_the_best_monitor_and_its_alarms() -> None:
    """Neyman and Pearson by looking at every order of signals; Bayes by hand; the base rates of Axelsson 2000."""
    report = audit_scenario(read_scenario("leaking-observers"))
    assert report.results["detection"].exact_power == F(2, 5)
    assert report.results["precision"] == F(8, 107)
    rare = audited(
        "detection = {honest = [0.99, 0.01], attack = [0.01, 0.99], false_alarm_rate = 0.01, prevalence = 0.001}",
        require="precision = 0.5\ndetection_power = 0.99",
    )
    assert rare.results["precision"] == F(11, 122)
    assert "10.09 false alarms for every true one" in said(rare, "detection")
    assert "at most 0.00099099" in said(rare, "detection")
    assert [j.status for j in rare.requirements] == ["holds", "fails"]


def test_a_monitor_against_several_attacks() -> None:
    report = audited(
        "detection = {honest = [0.8, 0.1, 0.1], attack = [[0.2, 0.8, 0], [0.2, 0, 0.8]], false_alarm_rate = 0.1}"
    )
    assert report.results["detection"].exact_power == F(2, 5)
    assert "the worst of the attacks" in said(report, "detection")
    assert report["detection"].tables[0].columns == ("signal", "when all is well", "attack 1", "attack 2", "alarm with")
    blind = audited("detection = {honest = [0.5, 0.5], attack = [0.5, 0.5], false_alarm_rate = 0.1}")
    assert "drawn by lot" in said(blind, "detection")


def test_observers_of_several_kinds_against_enumeration() -> None:
    """Every coalition, every joint observation, every guess."""
    table = """
prior = [0.5, "1/4", 0.25]
observers = [
    {name = "reader", kind = "symmetric", error = 0.3, count = 2},
    {kind = "erasure", error = "1/2"},
    {rows = [[1, 0], [0.5, 0.5], [0, 1]]},
]
gain = [[1, 0, 0], [0, 2, "1/2"]]
tolerated = 0.9
"""
    report = audited(table, require="vulnerability = 1\nleaking_coalition = 2")
    prior, gain = [F(1, 2), F(1, 4), F(1, 4)], [[F(1), F(0), F(0)], [F(0), F(2), F(1, 2)]]
    noisy = [[F(7, 10) if x == y else F(3, 20) for y in range(3)] for x in range(3)]
    erased = [[*(F(1, 2) if x == y else F(0) for y in range(3)), F(1, 2)] for x in range(3)]
    channels = [noisy, noisy, erased, [[F(1), F(0)], [F(1, 2), F(1, 2)], [F(0), F(1)]]]

    def worth(members: tuple[int, ...]) -> F:
        total = F(0)
        for seen in itertools.product(*(range(len(channels[i][0])) for i in members)):
            joint = [
                p * math.prod((channels[i][x][y] for i, y in zip(members, seen, strict=True)), start=F(1))
                for x, p in enumerate(prior)
            ]
            total += max(sum((g * p for g, p in zip(row, joint, strict=True)), F(0)) for row in gain)
        return total

    best = [max(worth(s) for s in itertools.combinations(range(4), k)) for k in range(5)]
    found = report.results["leakage"]
    assert [found[k] for k in range(5)] == best
    smallest = next(k for k, value in enumerate(best) if value > F(9, 10))
    assert report.results["smallest_leaking"] == smallest
    assert report.requirements[0].status == ("holds" if best[4] <= 1 else "fails")
    assert report.requirements[1].status == ("holds" if smallest >= 2 else "fails")
    assert {item.status for item in report.evidence} == {"verified"}
    assert report["leakage"].data["coalitions"][-1] == ["reader 1", "reader 2", "observer 2", "observer 3"]


def test_coalitions_of_limited_size() -> None:
    observers = "observers = [{{kind = 'binary symmetric', error = 0.3, count = 9}}]"
    table = f"prior = [0.5, 0.5]\n{observers}\ncoalition_size = {{}}\ntolerated = {{}}"
    report = audited(table.format(5, "0.85"), require="leaking_coalition = 5")
    assert "No coalition of at most 5 observers learns more than 0.85" in said(report, "leakage")
    assert report.requirements[0].status == "holds"
    assert audited(table.format(5, "0.85"), require="leaking_coalition = 7").requirements[0].status == "open"
    assert audited(table.format(5, "0.8"), require="leaking_coalition = 6").requirements[0].status == "fails"
    known = audited(table.format(5, "0.4"), require="leaking_coalition = 1")
    assert "before anybody observes anything" in said(known, "leakage")
    assert known.requirements[0].status == "fails"


def test_too_many_kinds_of_observers_are_an_open_question() -> None:
    rows = ", ".join(f"{{kind = 'symmetric', error = '1/{k + 3}', count = 2}}" for k in range(20))
    report = audited(f"prior = [0.5, 0.5]\nobservers = [{rows}]", require="vulnerability = 1")
    assert report.exit_code() == 3
    assert "set coalition_size" in report["leakage"].open[0]
    assert report.requirements[0].status == "open"


SLIPS = [
    (
        "prior = [0.5, 0.4]\nobservers = [{kind = 'symmetric', error = 0.1}]",
        "prior: found probabilities that sum to 9/10",
    ),
    ("prior = [0.5, '3/2']\nobservers = [{kind = 'symmetric', error = 0.1}]", "prior[1]: found 3/2"),
    ("secrets = ['a', 'b', 'c']\nprior = [0.5, 0.5]\nobservers = [{kind = 'symmetric', error = 0.1}]", "for 3 secrets"),
    ("prior = ['1/3', '1/3', '1/3']\nobservers = [{kind = 'binary symmetric', error = 0.1}]", "with 3 secrets"),
    ("prior = [0.5, 0.5]\nobservers = [{rows = [[1], [1], [1]]}]", "found 3 lists"),
    ("prior = [0.5, 0.5]\nobservers = [{rows = [[1, 0], [1]]}]", "the first list has 2"),
    ("prior = [0.5, 0.5]\nobservers = [{rows = [[1, 0], [0.5, 0.4]]}]", "rows[1]: found probabilities that sum to"),
    (
        "prior = [0.5, 0.5]\nobservers = [{rows = [[1], [1]], count = 600}, {rows = [[1], [1]], count = 600}]",
        "1,200 observers",
    ),
    (
        "prior = [0.5, 0.5]\nobservers = [{kind = 'symmetric', error = 0.1}]\ncoalition_size = 2",
        "there are 1 observers",
    ),
    (
        "prior = [0.5, 0.5]\nobservers = [{kind = 'symmetric', error = 0.1}]\ngain = [[1, 2, 3]]",
        "gain[0]: found 3 numbers",
    ),
    ("privacy = {epsilon = 1000, false_alarm_rate = 0.1}", "privacy.epsilon: found 1000"),
    (
        "detection = {honest = [0.5, 0.5], attack = [0.1, 0.2, 0.7], false_alarm_rate = 0.1}",
        "attack: found 3 probabilities",
    ),
    ("detection = {honest = [0.5, 0.5], attack = [[0.1, 0.9], [1, 0.5]], false_alarm_rate = 0.1}", "attack[1]: found"),
    (
        "detection = {signals = ['a', 'b', 'c'], honest = [0.5, 0.5], attack = [1, 0], false_alarm_rate = 0.1}",
        "for 3 signals",
    ),
]


@pytest.mark.parametrize(("table", "words"), SLIPS)
def test_a_slip_is_answered_with_its_place(table: str, words: str) -> None:
    with pytest.raises(SpecificationError) as caught:
        scenario_from_text(f"schema_version = 1\n[information]\n{table}", name="x.toml")
    message = str(caught.value)
    assert message.startswith("x.toml: information.")
    assert words in message, message


def test_many_observers_are_exact_without_a_certificate() -> None:
    """Majorities of hundreds of observers: the programme of a certificate would be long, the number is not."""
    table = "prior = [0.5, 0.5]\nobservers = [{{kind = 'symmetric', error = 0.3, count = {}}}]"
    few, many = audited(table.format(41)), audited(table.format(301))
    assert few.results["leakage"][41] == majority(41, F(3, 10))
    assert many.results["leakage"][301] == majority(301, F(3, 10))
    assert ([item.status for item in few.evidence], many.evidence) == (["verified"], ())
    assert many["leakage"].findings[1].trust == "exact"
    assert "No finding of this report rests on a certificate" in said(many, "evidence")
