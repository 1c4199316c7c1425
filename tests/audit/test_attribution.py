"""Audits of attribution: the packaged scenario's numbers by another route, changes part by part, errors with their place."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Sequence
from fractions import Fraction as F
from typing import Any

import pytest
from audit.mutations import ATTRIBUTION
from scipy.optimize import brentq

from gametheory.audit import AuditReport, audit_scenario, read_scenario, scenario_from_text
from gametheory.cli import main
from gametheory.errors import SpecificationError

ALIKE = "[attribution]\nattackers = {}\ndetection = {}\nmisattribution = {}\nfalse_alarm = {}\n"


def audited(text: str, *, require: str = "") -> AuditReport:
    demands = f"\n[require]\n{require}" if require else ""
    return audit_scenario(scenario_from_text(f"schema_version = 1\n{text}{demands}", name="x.toml"))


def said(report: AuditReport, key: str) -> str:
    return " ".join(finding.text for finding in report[key].findings)


def verified(report: AuditReport) -> bool:
    return bool(report.evidence) and {item.status for item in report.evidence} == {"verified"}


def statuses(report: AuditReport) -> list[str]:
    return [judgement.status for judgement in report.requirements]


def symmetric_cutoff(n: int, right: float, wrong: float, false: float) -> float:
    """The root of x − (α − φ) β_own − (n − 1)(μ/(n − 1) − φ) β_other, all uniform."""

    def gap(x: float) -> float:
        q = (1 - x) / n
        total = right * q + wrong * q + false * (1 - n * q)
        own, other = right * q / total, wrong / max(n - 1, 1) * q / total
        return x - (right - false) * own - (wrong - (n - 1) * false) * other

    return float(brentq(gap, 0, 1 - 1e-9, xtol=1e-14))


def iterated(
    attack: Sequence[Sequence[float]],
    quiet: Sequence[float],
    chances: Sequence[float],
    benefits: Sequence[Callable[[float], float]],
    resolve: Callable[[float], float],
) -> list[float]:
    """Cutoffs by damped iteration of the best replies; the first signal is silent."""
    n, x = len(attack), [0.3] * len(attack)
    for _ in range(5000):
        q = [chances[i] * (1 - benefits[i](x[i])) for i in range(n)]
        new = []
        for i in range(n):
            value = 0.0
            for s in range(1, len(quiet)):
                total = quiet[s] + sum(q[j] * (attack[j][s] - quiet[s]) for j in range(n))
                value += (attack[i][s] - quiet[s]) * (1 - resolve(1 - q[i] * attack[i][s] / total))
            new.append(value)
        x = [0.8 * a + 0.2 * b for a, b in zip(x, new, strict=True)]
    return x


# -- the packaged scenario -----------------------------------------------------------------------------------------------------


def test_the_packaged_detector_backfires(capsys: pytest.CaptureFixture[str]) -> None:
    report = audit_scenario(read_scenario("misattributed-attack"))
    change = report.results["attribution_change"]
    before, after = (float(each.cutoffs[0]) for each in (change.before, change.after))
    assert (round(before, 10), round(after, 10)) == (0.5090305090, 0.4873967083)
    assert before == pytest.approx(symmetric_cutoff(2, 0.7, 0.1, 0.05), abs=1e-9)
    assert after == pytest.approx(symmetric_cutoff(2, 0.7, 0.2, 0.05), abs=1e-9)
    assert all(f"{x:.10f}" in report.scenario.source for x in (before, after))
    assert change.backfires
    assert "the change backfires" in said(report, "attribution-change")
    assert "suspects hide behind each other" in said(report, "attribution-change")
    assert statuses(report) == ["holds", "fails"]
    assert verified(report)
    assert report.exit_code() == 0
    assert report.exit_code(strict=True) == 1
    json.dumps(report.to_dict(), allow_nan=False)
    assert all(len(line) <= 60 for line in report.to_text(width=60).splitlines())
    assert report.to_html().count("<svg") == 1
    hash(report.scenario)
    assert "2 suspects" in repr(report.scenario)
    assert main(["check", "misattributed-attack"]) == 0
    assert "a valid scenario" in capsys.readouterr().out


# -- equilibria by other routes ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("n", "right", "wrong", "false"), [(2, 0.8, 0.1, 0.05), (3, 0.7, 0.1, 0.05), (5, 0.6, 0.3, 0.01), (1, 0.7, 0, 0.05)]
)
def test_attackers_who_are_alike(n: int, right: float, wrong: float, false: float) -> None:
    report = audited(ALIKE.format(n, right, wrong, false))
    for cutoff in report.results["attribution"].cutoffs:
        assert float(cutoff) == pytest.approx(symmetric_cutoff(n, right, wrong, false), abs=1e-9)
    assert verified(report)
    assert [section.key for section in report.sections] == ["attribution", "evidence"]


def test_no_false_alarms_is_a_rational_answer() -> None:
    report = audited(ALIKE.format(2, 0.7, 0.1, 0), require="attack_probability = 0.375")
    assert report.results["attribution"].exact_cutoffs == (F(5, 8), F(5, 8))
    assert "0.625" in said(report, "attribution")
    assert statuses(report) == ["holds"]


def test_laws_benefits_and_resolve_of_their_own() -> None:
    report = audited(ATTRIBUTION.replace("schema_version = 1", ""))
    found = report.results["attribution"]

    def red(x: float) -> float:
        return 0.0 if x < 0 else 1.6 * x if x < 0.5 else 0.8 + (x - 0.5) / 7.5 if x < 2 else 1.0

    def clipped(x: float) -> float:
        return min(1.0, max(0.0, x))

    expected = iterated(
        [[0.2, 0.5, 0.1, 0.2], [0.2, 0.1, 0.5, 0.2]],
        [0.9, 0.02, 0.03, 0.05],
        [0.5, 0.25],
        [red, clipped],
        lambda y: clipped((y + 0.5) / 1.5),
    )
    assert [float(x) for x in found.cutoffs] == pytest.approx(expected, abs=1e-8)
    assert "attacks if the benefit exceeds" in said(report, "attribution")
    assert "it then expects" in said(report, "attribution")
    assert verified(report)
    assert report.exit_code() == 0


# -- changes -------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "direction", "status"),
    [
        ("detection = 0.8", "falls", "holds"),
        ("false_alarm = 0.1", "rises", "fails"),
        ("misattribution = 0.1", "does not change", "holds"),
        ("detection = 0.75\nmisattribution = 0.15\nfalse_alarm = 0.02", "falls", "holds"),
    ],
)
def test_changes_of_every_part(change: str, direction: str, status: str) -> None:
    text = ALIKE.format(2, 0.7, 0.1, 0.05) + f"[attribution.change]\n{change}"
    report = audited(text, require="change_deters = true")
    found = report.results["attribution_change"]
    rates = {"detection": 0.7, "misattribution": 0.1, "false_alarm": 0.05} | tomllib.loads(change)
    expected = symmetric_cutoff(2, *rates.values())
    assert float(found.after.cutoffs[0]) == pytest.approx(expected, abs=1e-9)
    if direction != "does not change":  # enclosures of two equal irrational numbers cannot tell them apart
        assert found.direction == direction
        assert statuses(report) == [status]
        assert not found.backfires
    assert verified(report)


def test_the_same_signals_again_are_undecided_and_said_to_be_so() -> None:
    text = ALIKE.format(2, 0.7, 0.1, 0.05) + "[attribution.change]\nmisattribution = 0.1"
    report = audited(text, require="change_deters = true")
    if report.results["attribution_change"].direction == "undecided":
        assert statuses(report) == ["open"]
        assert report.exit_code() == 3
    else:
        assert statuses(report) == ["holds"]


# -- errors that name the place ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("attackers",), 3, "attribution.attack_signals: found 2 lists; write one for each of 3 attackers"),
        (("attackers",), 0, "attribution.attackers: found the number 0"),
        (("attackers",), ["Red", "Red"], "found the text 'Red' again"),
        (("attack_signals", 1), [1], "attribution.attack_signals[1]: found 1 probabilities; quiet_signals has 4"),
        (("attack_signals", 0, 0), 0.3, "attribution.attack_signals[0]: found probabilities that sum to 11/10"),
        (("quiet_signals",), None, "found attack_signals without quiet_signals"),
        (("signals",), ["a", "b"], "attribution.signals: found 2 names for 4 probabilities"),
        (("silent",), ["quite"], "attribution.silent[0]: found 'quite'; the signals are quiet"),
        (("opportunities",), 0.6, "attribution.opportunities: found opportunities that sum to 1.2"),
        (("opportunities",), {"Red": 0.5}, "nothing is said for Blue"),
        (("benefits", "Red"), [[0, 0], [1, 0.5]], "attribution.benefits.Red: values must rise"),
        (("benefits", "Red"), [[1, 0], [0, 1]], "attribution.benefits.Red: values must rise"),
        (("benefits", "Red"), [[0, 0], [1]], "attribution.benefits.Red[1]: found a list of 1 entry"),
        (("resolve",), [[0, 0]], "attribution.resolve: found a list of 1 entry"),
        (("attack_cost",), -1, "attribution.attack_cost: found the number -1"),
        (("attack_cost",), "9" * 200, "attribution.attack_cost: found a number of more than 256 bits"),
        (("change",), {}, "attribution.change: found 0 keys"),
        (("change",), {"detection": 0.5}, "attribution.change.detection: the table has other keys"),
        (("change",), {"attack_signals": [[1, 0, 0], [1, 0, 0]]}, "attribution.change.attack_signals[0]: found 3"),
        (
            ("change",),
            {"quiet_signals": [1], "attack_signals": [[1], [1]]},
            "attribution.change: found 1 probabilities",
        ),
        (("detection",), 0.5, "found both detection and attack_signals"),
    ],
)
def test_mistakes_name_their_place(path: tuple[Any, ...], value: Any, message: str) -> None:
    data = tomllib.loads(ATTRIBUTION)
    level: Any = data["attribution"]
    for key in path[:-1]:
        level = level[key]
    if value is None:
        del level[path[-1]]
    else:
        level[path[-1]] = value
    with pytest.raises(SpecificationError) as caught:
        scenario_from_text(json.dumps(data), format="json", name="x.json")
    assert str(caught.value).startswith("x.json: attribution")
    assert message in str(caught.value)


def test_rates_that_do_not_fit() -> None:
    cases = [
        (
            ALIKE.format(2, 0.7, 0.4, 0.05),
            "attribution.misattribution: found 2/5; with detection = 7/10 it is at most 3/10",
        ),
        (ALIKE.format(1, 0.7, 0.1, 0.05), "attribution.misattribution: found 1/10; with one attacker"),
        (ALIKE.format(4, 0.7, 0.1, 0.3), "attribution.false_alarm: found 3/10 for each of 4 attackers"),
        (ALIKE.format(2, 0.7, 0.1, 0.1) + "silent = ['a']", "found silent without attack_signals"),
        (ALIKE.format(2, 0.7, 0.1, 0.1) + "change = {detection = 0.95}", "attribution.change.misattribution"),
        (ALIKE.format(2, 0.7, 0.1, 0.1) + "[require]\nchange_deters = true", "the scenario has no attribution.change"),
        ("[attribution]\nattackers = 2", "found none of detection, attack_signals"),
    ]
    for text, message in cases:
        with pytest.raises(SpecificationError) as caught:
            scenario_from_text(f"schema_version = 1\n{text}", name="x.toml")
        assert message in str(caught.value)


def test_names_cannot_steer_a_report() -> None:
    text = ALIKE.format("['<b>', '<script>']", 0.7, 0.1, 0.05) + "change = {misattribution = 0.2}"
    page = audited(text).to_html()
    assert not any(tag in page for tag in ("<script>", "<b>"))
