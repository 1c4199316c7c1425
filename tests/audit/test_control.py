"""Audits of control: the packaged scenario's numbers derived again, all kinds of collusion, limits, errors with their place."""

from __future__ import annotations

import json
import tomllib
from fractions import Fraction as F
from statistics import NormalDist
from typing import Any

import pytest
from audit.mutations import CONTROL
from oracles.control import best_mixture, deterministic_measures, hidden_detection, observed_detection

from gametheory.audit import AuditReport, audit_scenario, read_scenario, scenario_from_text
from gametheory.cli import main
from gametheory.errors import SpecificationError

SMALL = "[control]\nhonest = [0.7, 0.2, 0.1]\nattacks = [{law = [0.1, 0.3, 0.6]}]\n"
COSTLY = "actions = [{name = 'accept'}, {name = 'audit', usefulness = '1/2', detection_rate = 1, audits = 1}]\n"


def audited(text: str, *, require: str = "") -> AuditReport:
    demands = f"\n[require]\n{require}" if require else ""
    return audit_scenario(scenario_from_text(f"schema_version = 1\n{text}{demands}", name="x.toml"))


def said(report: AuditReport, key: str) -> str:
    return " ".join(finding.text for finding in report[key].findings)


def verified(report: AuditReport) -> bool:
    return bool(report.evidence) and {item.status for item in report.evidence} == {"verified"}


def statuses(report: AuditReport) -> list[str]:
    return [judgement.status for judgement in report.requirements]


# -- the packaged scenario ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def packaged() -> AuditReport:
    return audit_scenario(read_scenario("ai-control"))


def mixtures(report: AuditReport, rate: float, most_harm: float) -> float:
    """The most usefulness within a harm, over mixtures of all 3⁵ policies that choose one action at each score."""
    asked = report.scenario.control
    assert asked is not None
    honest = [float(h) for h in asked.honest]
    laws = [
        [(1 - rate) * float(f) + rate * h for f, h in zip(attack.law, honest, strict=True)] for attack in asked.attacks
    ]
    missed = [[float(attack.harm * (1 - a.detection_rate)) for a in asked.actions] for attack in asked.attacks]  # type: ignore[operator]
    measures = deterministic_measures(
        honest, laws, missed, [float(a.usefulness) for a in asked.actions], [float(a.audits) for a in asked.actions]
    )
    found = best_mixture(measures, most_harm=most_harm, budget=None)
    assert found is not None
    return found


def test_usefulness_with_and_without_collusion_by_enumeration(packaged: AuditReport) -> None:
    rows = packaged["monitor-collusion"].tables[0].rows
    assert [row[0] for row in rows] == ["never", "0.1", "0.3", "0.1 to 0.3, any"]
    assert [round(float(row[3]), 5) for row in rows] == [0.79099, 0.78809, 0.77757, 0.77757]
    policies = [entry["policy"] for entry in packaged["monitor-collusion"].data["cases"]]
    found = [packaged.results["control"].value, *(F(policy["usefulness"]) for policy in policies[:2])]
    for value, rate, published in zip(found, (0, 0.1, 0.3), (0.790990, 0.788088, 0.777568), strict=True):
        assert round(float(value), 6) == published
        assert abs(float(value) - mixtures(packaged, rate, 0.05)) < 1e-9
    assert "Not to know the rate costs no more" in said(packaged, "monitor-collusion")


def test_the_frontier_touches_every_mixture(packaged: AuditReport) -> None:
    frontier = packaged.results["control_frontier"]
    assert len(frontier) == 14
    for point in frontier:
        harm, usefulness = point.measures
        assert abs(float(usefulness) - mixtures(packaged, 0, float(harm))) < 1e-9


def test_budgets_by_bisection_and_by_another_programme(packaged: AuditReport) -> None:
    budgets = packaged.results["audit_budgets"]
    honest, attack = [0.5, 0.25, 0.15, 0.07, 0.03], [0.05, 0.1, 0.2, 0.3, 0.35]
    observed, hidden = ([float(x) for x in budgets.safety(how)] for how in ("observed", "hidden"))
    assert (round(observed[3], 6), round(hidden[3], 6)) == (0.771298, 0.775349)
    for audits in (1, 3, 5):
        assert abs(observed[audits] - observed_detection(honest, attack, 10, audits, 1)) < 1e-9
        assert abs(hidden[audits] - hidden_detection(honest, attack, 10, audits)) < 1e-9
    # The two ends of the interval are attacks of their own; as scores then tell less, the worse end decides.
    colluding = [0.7 * f + 0.3 * h for f, h in zip(attack, honest, strict=True)]
    assert abs(float(packaged.results["control_safety"]) - observed_detection(honest, colluding, 10, 5, 1)) < 1e-9
    assert "less than one audit more" in said(packaged, "audit-budget")


def test_monitors_by_the_normal_law(packaged: AuditReport) -> None:
    normal = NormalDist()
    found = packaged.results["placements"]
    central = normal.cdf(normal.inv_cdf(0.05) + 1.2 * 3**0.5)
    assert float(found["none"]["central"].detection_rate) == pytest.approx(central, abs=1e-12)
    assert float(found["random"]["central"].under_capture) == pytest.approx(0.8 * central, abs=1e-12)
    assert float(found["adversarial"]["central"].under_capture) == 0
    each = normal.cdf(normal.inv_cdf(1 - 0.95 ** (1 / 3)) + 1.2)
    assert float(found["adversarial"]["1 of 3"].under_capture) == pytest.approx(1 - (1 - each) ** 2, abs=1e-12)
    assert "ask who captures" in said(packaged, "monitors")
    low, high = packaged.results["captured_detection"]
    assert low <= F(found["adversarial"]["1 of 3"].under_capture.exact_lower) <= high


def test_the_packaged_scenario_as_a_whole(packaged: AuditReport, capsys: pytest.CaptureFixture[str]) -> None:
    assert verified(packaged)
    assert statuses(packaged) == ["holds", "fails", "fails"]
    assert packaged.exit_code() == 0
    assert packaged.exit_code(strict=True) == 1
    for number in ("0.790990", "0.788088", "0.777568", "0.771298", "0.775349"):
        assert number in packaged.scenario.source
    json.dumps(packaged.to_dict(), allow_nan=False)
    assert all(len(line) <= 60 for line in packaged.to_text(width=60).splitlines())
    assert packaged.to_html().count("<svg") == sum(len(section.figures) for section in packaged.sections) == 4
    hash(packaged.scenario)
    assert "control of untrusted work" in repr(packaged.scenario)
    assert main(["check", "ai-control"]) == 0
    assert "a valid scenario" in capsys.readouterr().out


# -- limits and prices ----------------------------------------------------------------------------------------------------


def test_the_least_harm_at_a_usefulness() -> None:
    """From usefulness 1 the first audits go to the worst score: 0.6 of the attacks for 0.1 of the work at half price."""
    report = audited(SMALL + COSTLY + "least_usefulness = 0.95", require="control_harm = 0.4")
    assert report.results["control"].value == F(2, 5)
    assert statuses(report) == ["holds"]
    assert verified(report)
    text = said(report, "control")
    assert "at a usefulness of 0.95 the worst attack does a harm of 0.4" in text.replace("At", "at")
    assert "0.8" in report["control"].tables[0].columns or "audit" in report["control"].tables[0].columns
    tight = audited(SMALL + COSTLY + "least_usefulness = 0.95\naudit_budget = 0.05", require="control_harm = 0.4")
    assert tight.results["control"].value == F(7, 10)
    assert "a unit more of audits per piece takes 6 off the harm" in said(tight, "control")
    assert statuses(tight) == ["fails"]


def test_audits_have_a_price() -> None:
    report = audited(SMALL + COSTLY + "most_harm = 0.4\naudit_budget = 0.1", require="control_usefulness = 0.95")
    assert report.results["control"].value == F(19, 20)
    assert statuses(report) == ["holds"]
    assert "0.1 audits per piece" in said(report, "control")


def test_limits_that_no_policy_keeps() -> None:
    text = SMALL + "most_harm = 0.3\naudit_budget = 0.05\ncollusion = {rate = 0.5}"
    report = audited(text, require="control_usefulness = 0")
    assert report.results["control"] is None
    assert "'audit budget' and 'most harm'" in said(report, "control")
    assert "see above" in said(report, "monitor-collusion")
    assert statuses(report) == ["fails"]
    assert verified(report)  # the Farkas certificate too
    assert "control-limits" in {item.name for item in report.evidence}
    later = audited(
        SMALL + "most_harm = 0.4\naudit_budget = 0.1\ncollusion = {rate = 0.5}", require="control_usefulness = 0"
    )
    assert "leaves no policy that keeps to a harm of 0.4" in said(later, "monitor-collusion")
    assert statuses(later) == ["fails"]
    assert verified(later)


def test_without_limits_there_is_the_frontier() -> None:
    report = audited(SMALL + COSTLY)
    assert [tuple(map(str, p.measures)) for p in report.results["control_frontier"]] == [
        ("0", "1/2"), ("1/10", "17/20"), ("2/5", "19/20"), ("1", "1")]  # fmt: skip
    assert "it costs 3.5 of usefulness to avoid, the first one 0.083333 (1/12)" in said(report, "control")
    assert verified(report)
    free = audited("[control]\nhonest = [1]\nattacks = [{law = [1]}]")
    assert "One policy is best in both: harm 0 at a usefulness of 1." in said(free, "control")
    assert not free["control"].figures


# -- collusion ------------------------------------------------------------------------------------------------------------


def test_collusion_by_hand() -> None:
    """A monitor that colludes in a fifth of attacks scores 0.5 of them as worst: 0.5 is missed where 0.4 was."""
    report = audited(SMALL + COSTLY + "most_harm = 0.4\ncollusion = {rate = 0.2}")
    found = report.results["control_under_collusion"]
    assert F(19, 20) - found.value == F(1, 28)
    assert "suffers a harm of 0.5 in place of 0.4" in said(report, "monitor-collusion")
    worst = audited(SMALL + COSTLY + "most_harm = 0.4\ncollusion = {rate = 0.2, scoring = 'worst'}")
    assert worst.results["control_under_collusion"].value <= found.value
    harm = audited(SMALL + COSTLY + "least_usefulness = 0.95\ncollusion = {rate = 0.2}", require="control_harm = 0.45")
    assert harm.results["control_under_collusion"].value == F(1, 2)
    assert "costs 0.1 of harm at a usefulness of 0.95: 0.5 in place of 0.4" in said(harm, "monitor-collusion")
    assert statuses(harm) == ["fails"]
    given_away = audited(SMALL + COSTLY + "most_harm = 0.4\ncollusion = {rate = 0.5, scoring = [0, 0, 1]}")
    assert given_away.results["control_under_collusion"].value > F(19, 20)
    assert "gives itself away" in said(given_away, "monitor-collusion")
    for each in (report, worst, harm, given_away):
        assert verified(each)


def test_not_to_know_the_rate_can_cost_more_than_either_end() -> None:
    """Scored as 'middle' by a colluding monitor: at rate 0 audits belong to 'high', at rate 1 to 'middle'."""
    text = (
        "[control]\nhonest = [0.8, 0.1, 0.1]\nattacks = [{law = [0, 0, 1]}]\nmost_harm = 0.25\naudit_budget = 1\n"
        "actions = [{name = 'accept'}, {name = 'audit', usefulness = 0, detection_rate = 1, audits = 1}]\n"
        "collusion = {rate = {from = 0, to = 1}, scoring = [0, 1, 0]}"
    )
    report = audited(text)
    usefulness = [F(entry["policy"]["usefulness"]) for entry in report["monitor-collusion"].data["cases"]]
    assert usefulness == [F(37, 40), F(37, 40), F(34, 40)]
    assert "costs 0.075 more than the worse of its two ends" in said(report, "monitor-collusion")


def test_switches_combine() -> None:
    switches = (
        "collusion = {switches = [{kind = 'causal signal', rate = 0.8, survival_rate = 0.5}, {kind = 'focal point', "
        "rate = 0.25}, {kind = 'self-recognition', rate = 0}], dependence = '%s'}"
    )
    for dependence, rate in (("independent", 0.55), ("nested", 0.4), ("exclusive", 0.65)):
        one = audited(SMALL + COSTLY + "most_harm = 0.4\n" + switches % dependence)
        two = audited(SMALL + COSTLY + f"most_harm = 0.4\ncollusion = {{rate = {rate}}}")
        values = [report.results["control_under_collusion"].value for report in (one, two)]
        assert values[0] == values[1]
        assert "causal signal, focal point or self-recognition" in said(one, "monitor-collusion")


def test_false_recognition_costs_usefulness_too() -> None:
    report = audited(SMALL + COSTLY + "most_harm = 0.4\ncollusion = {rate = 0, false_rate = 0.5, scoring = [0, 0, 1]}")
    assert report.results["control_under_collusion"].value < F(19, 20)


# -- budgets and monitors -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("steps", "audits"), [(4, 1), (10, 3), (3, 3), (5, 0)])
def test_a_monitor_that_sees_nothing_audits_at_random(steps: int, audits: int) -> None:
    text = (
        "[control]\nhonest = [1]\nattacks = [{law = [1]}]\n"
        f"horizon = {{steps = {steps}, audits = {audits}, counter = 'hidden'}}"
    )
    report = audited(text, require=f"control_safety = '{audits}/{steps}'")
    assert report.results["control_safety"].exact_lower == F(audits, steps)
    assert statuses(report) == ["holds"]
    assert verified(report)
    assert audits == 0 or "To hide the counter is worth nothing here." in said(report, "audit-budget")


def test_the_horizon_keeps_rates_of_its_attacks() -> None:
    text = (
        "[control]\nhonest = [1]\nattacks = [{name = 'a', law = [1]}, {name = 'b', law = [1]}]\n"
        "actions = [{name = 'accept'}, {name = 'audit', detection_rate = [0.5, 1], audits = 1}]\n"
        "horizon = {steps = 1, audits = 1%s}"
    )
    for which, safety in (("", F(1, 2)), (", attacks = ['a']", F(1, 2)), (", attacks = ['b']", F(1))):
        assert audited(text % which).results["control_safety"].exact_lower == safety


def test_finite_sensors() -> None:
    sensors = "sensors = [{honest = [0.9, 0.1], attack = [0.3, 0.7], count = 3}]"
    table = f"[control.monitors]\n{sensors}\nfalse_alarm_rate = 0.028\nchosen_captures = 1"
    report = audited(table, require="captured_detection = 0.49")
    assert report.results["placements"]["adversarial"].best == ("2 of 3",)
    assert report.results["captured_detection"] == (F(49, 100), F(49, 100))
    assert statuses(report) == ["holds"]
    assert "control" not in [section.key for section in report.sections]
    calm = audited(f"[control.monitors]\n{sensors}\nfalse_alarm_rate = 0.028")
    assert len(calm["monitors"].findings) == 1
    assert calm.to_text()


# -- errors that name the place -------------------------------------------------------------------------------------------


def mistaken(path: tuple[Any, ...], value: Any) -> str:
    data = tomllib.loads(CONTROL)
    level: Any = data
    for key in path[:-1]:
        level = level[key]
    if value is None:
        del level[path[-1]]
    else:
        level[path[-1]] = value
    with pytest.raises(SpecificationError) as caught:
        scenario_from_text(json.dumps(data), format="json", name="x.json")
    return str(caught.value)


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("honest",), [0.7, 0.2, 0.2], "control.honest: found probabilities that sum to 11/10"),
        (("honest",), [1], "control.scores: found 3 names for 1 probabilities"),
        (("honest",), None, "found attacks without honest; write honest too"),
        (("attacks", 1, "law"), [1], "control.attacks[1].law: found 1 probabilities; write 3"),
        (("attacks", 1, "name"), "loud", "control.attacks[1].name: found 'loud' again"),
        (("attacks",), [{"law": [1, 0, 0], "harm": 0}], "control.attacks: no attack does any harm"),
        (("attacks", 0, "harm"), -1, "control.attacks[0].harm: found the number -1"),
        (("attacks", 0, "harm"), "1/" + "9" * 100, "control.attacks[0].harm: found a number of more than 256 bits"),
        (("actions", 1, "detection_rate"), [1], "control.actions[1].detection_rate: found 1 rates; write one, or 2"),
        (("actions", 1, "detection_rate"), [1, "3/2"], "control.actions[1].detection_rate[1]: found 3/2"),
        (("actions", 1, "name"), "accept", "control.actions[1].name: found 'accept' again"),
        (("actions", 0, "usefulnes"), 1, "did you mean 'usefulness'"),
        (("most_harm",), 1, "found both most_harm and least_usefulness"),
        (("least_usefulness",), None, "control.collusion: what it costs is told at a limit"),
        (("collusion", "rate"), 0.5, "found both rate and switches"),
        (("collusion", "scoring"), [1, 0], "control.collusion.scoring: found 2 probabilities; write 3"),
        (("collusion", "scoring"), "worst", "control.collusion.scoring: found 'worst' with a false_rate"),
        (("collusion", "scoring"), "best", "control.collusion.scoring: found the text 'best'"),
        (("collusion", "switches", 1, "survival_rate"), 1, "only a causal signal has to survive"),
        (("collusion", "switches", 1, "kind"), "telepathy", "found the text 'telepathy'"),
        (("horizon", "attacks"), ["lout"], "control.horizon.attacks[0]: found 'lout'; the attacks are loud, attack 2"),
        (("horizon", "actions"), None, ""),
        (("horizon", "actions", 0, "audits"), 1, "a hard budget counts whole audits"),
        (("horizon", "actions", 1, "audits"), 0.5, "a hard budget counts whole audits"),
        (("horizon", "steps"), 0, "control.horizon.steps: found the number 0"),
        (("horizon", "audits"), 100, "make plans of"),
        (("monitors", "chosen_captures"), 4, "control.monitors.chosen_captures: found 4; there are 3 sensors"),
        (("monitors", "sensors", 0, "attack"), [1], "control.monitors.sensors[0].attack: found 1 probabilities"),
        (("monitors", "sensors", 0, "count"), 12, "found more than 12 sensors"),
        (("monitors", "shifts"), [1], "found both shifts and sensors"),
    ],
)
def test_mistakes_name_their_place(path: tuple[Any, ...], value: Any, message: str) -> None:
    if not message:  # not a mistake: the actions of the table count whole audits too
        data = tomllib.loads(CONTROL)
        del data["control"]["horizon"]["actions"]
        scenario_from_text(json.dumps(data), format="json")
        return
    text = mistaken(("control", *path), value)
    assert text.startswith("x.json: control")
    assert message in text


def test_rates_and_demands_that_mean_nothing() -> None:
    limited = SMALL + "most_harm = 0.4\n"
    cases = [
        (limited + "collusion = {rate = {from = 0.5, to = 0.1}}", "control.collusion.rate: found from = 1/2"),
        ("[control.monitors]\nshifts = [1]\nfalse_alarm_rate = 0", "control.monitors.false_alarm_rate: found 0"),
        (limited + "[require]\ncontrol_harm = 1", "the scenario has no control.least_usefulness"),
        (limited + "[require]\ncontrol_safety = 1", "the scenario has no control.horizon"),
        ("[control]\nscores = ['a']", "found none of honest, monitors"),
    ]
    for text, message in cases:
        with pytest.raises(SpecificationError, match="control") as caught:
            scenario_from_text(f"schema_version = 1\n{text}", name="x.toml")
        assert message in str(caught.value)


def test_sizes_are_limited_before_work_starts() -> None:
    laws = ", ".join("{law = [" + ", ".join(["0.02"] * 50) + "]}" for _ in range(20))
    text = "[control]\nhonest = [" + ", ".join(["0.02"] * 50) + f"]\nattacks = [{laws}]\n"
    three = "actions = [{name = 'a'}, {name = 'b'}, {name = 'c'}, {name = 'd'}, {name = 'e'}]\n"
    with pytest.raises(SpecificationError, match="entries; at most 4,000 are allowed"):
        audited((text + three).replace("]}, ", "]},\n").replace("0.02, ", "0.02,\n"))
    with pytest.raises(SpecificationError, match="entries; at most 40,000 are allowed"):
        audited((text + "most_harm = 1\ncollusion = {rate = 0.5, scoring = 'worst'}").replace("0.02, ", "0.02,\n"))


def test_names_cannot_steer_a_report() -> None:
    report = audited(
        "[control]\nscores = ['<i>', 'x']\nhonest = [0.5, 0.5]\nattacks = [{name = '<b>', law = [0, 1]}, {law = [1, 0]}]\n"
        "actions = [{name = '<u>'}, {name = '<script>', detection_rate = 1, usefulness = 0}]\nmost_harm = 0.2\n"
        "collusion = {rate = 0.5}"
    )
    page = report.to_html()
    assert not any(tag in page for tag in ("<script>", "<i>", "<b>", "<u>"))


def test_the_scenario_that_mutants_descend_from() -> None:
    report = audited(CONTROL.replace("schema_version = 1", ""))
    assert verified(report)
    assert report.exit_code() == 0
    assert {s.key for s in report.sections} >= {"control", "monitor-collusion", "audit-budget", "monitors"}
