"""Commitment in scenarios: published values, brute force over grids of policies, ties, types, several followers."""

from __future__ import annotations

import itertools
import json
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from gametheory.audit import audit_scenario, read_scenario, scenario_from_text
from gametheory.audit.report import AuditReport
from gametheory.audit.writing import json_report
from gametheory.errors import SpecificationError

OWN, EAGER, COOL = [[2, 4], [1, 3]], [[1, 0], [0, 2]], [[1, 0], [0, 1]]


def bimatrix(a: Any, b: Any) -> dict[str, Any]:
    table = [[[x, y] for x, y in zip(*rows, strict=True)] for rows in zip(a, b, strict=True)]
    sizes = {"Lea": [f"L{k}" for k in range(len(a))], "Fay": [f"F{k}" for k in range(len(a[0]))]}
    return {"players": ["Lea", "Fay"], "actions": sizes, "table": table}


def scenario(**commitment: Any) -> Any:
    data = {"schema_version": 1, "commitment": {"leader": "Lea", **commitment}}
    return scenario_from_text(json.dumps(data, indent=1), format="json", name="deal.json")


def audited(**commitment: Any) -> AuditReport:
    return audit_scenario(scenario(**commitment))


def said(report: AuditReport, key: str = "commitment") -> str:
    return " ".join(finding.text for finding in report[key].findings)


def on_a_grid(a: Any, followers: list[tuple[Fraction, Any]], steps: int, ties: str) -> Fraction:
    """The best of all policies on a grid, every follower answering by a best reply."""
    best = None
    for k in range(steps + 1):
        x = (Fraction(k, steps), 1 - Fraction(k, steps))
        total = Fraction(0)
        for p, b in followers:
            pays = [sum(w * row[j] for w, row in zip(x, b, strict=True)) for j in range(2)]
            worth = [sum(w * row[j] for w, row in zip(x, a, strict=True)) for j in range(2)]
            options = [w for w, pay in zip(worth, pays, strict=True) if pay == max(pays)]
            total += p * (max(options) if ties == "strong" else min(options))
        best = total if best is None else max(best, total)
    assert best is not None
    return best


# -- the packaged scenario -------------------------------------------------------------------------------------------------


def test_asymmetric_commitment() -> None:
    """Conitzer and Sandholm 2006, Paruchuri et al. 2008: 11/3 against the eager type, 7/2 against both, 2 without."""
    report = audit_scenario(read_scenario("asymmetric-commitment"))
    assert not report.open_questions
    assert {item.status for item in report.evidence} == {"verified"}
    half = Fraction(1, 2)
    both = [(half, EAGER), (half, COOL)]
    assert report.results["commitment"].value == on_a_grid(OWN, both, 120, "strong") == Fraction(7, 2)
    assert report["commitment"].data["weak"] == {
        "value": "7/2",
        "attained": False,
        "policy": report["commitment"].data["weak"]["policy"],
    }
    assert on_a_grid(OWN, both, 1200, "weak") == Fraction(7, 2) - Fraction(1, 1200)
    assert report["commitment"].data["without_commitment"] == [
        "2",
        "2",
    ]  # "accept" is dominant, and the reply cuts corners
    assert report["commitment"].data["single_action"] == {"value": "3", "action": "re-verify"}
    known = [Fraction(each["value_if_known"]) for each in report["follower-types"].data["types"]]
    assert known == [on_a_grid(OWN, [(Fraction(1), b)], 120, "strong") for b in (EAGER, COOL)]
    assert known == [Fraction(11, 3), Fraction(7, 2)]
    assert report.results["value_of_information"] == Fraction(1, 12)
    assert [judgement.status for judgement in report.requirements] == ["holds"]
    text = said(report)
    assert "accept with probability 0.5, re-verify with 0.5" in text
    assert "Without commitment orchestrator gets 2 in every Nash equilibrium: to commit is worth 1.5." in text
    assert "if it decides against the leader, that is worth 2.5. But even then 3.5 can be secured" in text
    assert "it gets, if it is eager for ratings, 1 instead of 2/3" in said(report, "follower-types")


def test_the_eager_worker_alone() -> None:
    report = audited(game=bimatrix(OWN, EAGER))
    assert report.results["commitment_value"] == Fraction(11, 3)
    assert report.results["value_of_commitment"] == Fraction(5, 3)
    assert report["commitment"].data["strong"]["policy"] == {"L0": "2/3", "L1": "1/3"}
    assert "follower-types" not in [section.key for section in report.sections]


# -- ties ---------------------------------------------------------------------------------------------------------------------


def test_a_value_that_is_a_favour() -> None:
    """A follower who is indifferent whatever the leader does: strong 4, weak 0."""
    game = bimatrix([[0, 4]], [[1, 1]])
    report = audited(game=game, ties="weak")
    assert (report.results["commitment"].value, report.results["commitment_value"]) == (4, 0)
    assert "Then no policy secures more than 0: the rest is a favour that Fay may refuse." in said(report)
    assert audited(game=game).results["commitment_value"] == 4


def test_a_value_without_ties_and_demands_at_a_supremum() -> None:
    plain = audited(game=bimatrix([[3, 0], [0, 1]], [[1, 0], [0, 1]]))
    assert "does not rest on ties" in said(plain)
    assert "A single action is worth as much: L0." in said(plain)
    data = {
        "schema_version": 1,
        "commitment": {"leader": "Lea", "game": bimatrix([[1, 3], [0, 2]], [[1, 0], [0, 1]]), "ties": "weak"},
        "require": {"commitment_value": "5/2"},  # von Stengel and Zamir 2010: 5/2, approached only
    }
    report = audit_scenario(scenario_from_text(json.dumps(data), format="json"))
    assert report.results["commitment_value"] == Fraction(5, 2)
    assert [(each.status, each.reason) for each in report.requirements] == [
        ("fails", "2.5 is approached, not attained")
    ]


@pytest.mark.parametrize("seed", range(8))
def test_values_bound_every_policy_on_a_grid(seed: int) -> None:
    rng = np.random.default_rng(seed)
    a, *kinds = (rng.integers(0, 5, (2, 2)).tolist() for _ in range(3))
    entries = [{"name": f"t{k}", "probability": "1/2", "table": bimatrix(a, b)["table"]} for k, b in enumerate(kinds)]
    report = audited(game=bimatrix(a, kinds[0]), types=entries)
    half = Fraction(1, 2)
    strong, weak = report.results["commitment"].value, report.results["weak_commitment"].value
    assert on_a_grid(a, [(half, b) for b in kinds], 60, "strong") <= strong
    assert on_a_grid(a, [(half, b) for b in kinds], 60, "weak") <= weak <= strong
    assert report.results["value_of_information"] >= 0
    assert {item.status for item in report.evidence} == {"verified"}


def test_the_leader_may_be_the_second_player_of_the_game() -> None:
    transposed = bimatrix(np.transpose(EAGER).tolist(), np.transpose(OWN).tolist())
    transposed["players"] = ["Fay", "Lea"]
    transposed["actions"] = {"Fay": ["F0", "F1"], "Lea": ["L0", "L1"]}
    types = [
        {"name": "eager", "probability": 0.5},
        {"name": "cool", "probability": 0.5, "payoffs": {"Fay": "count(L0) if plays(me, F0) else count(L1)"}},
    ]
    report = audited(game=transposed, types=types)
    assert report.results["commitment_value"] == Fraction(7, 2)


# -- several followers ---------------------------------------------------------------------------------------------------------

GUARDS = {
    "players": ["Lea", "Ann", "Bob"],
    "actions": {"Lea": ["trust", "check"], "*": ["sleep", "work"]},
    "payoffs": {
        "Lea": "2 * count(work) - count(check)",
        "*": "0 if plays(me, work) else count(sleep) - 4 * count(check)",
    },
}


def stable_by_hand(x: Fraction, colluding: bool) -> list[int]:
    """Numbers of guards who work at the stable profiles when checks have probability x: gains written out."""
    one, two = 1 - 4 * x, 2 - 4 * x  # what a guard gets who sleeps alone, or beside a sleeper
    found = []
    for working in itertools.product((0, 1), repeat=2):
        pay = [0 if w else (one if working[1 - i] else two) for i, w in enumerate(working)]
        if colluding:
            sums = [0, one, 2 * two]  # of the pair, by how many sleep
            stable = sum(pay) == max(sums)
        else:
            stable = all(pay[i] >= (0 if not w else (one if working[1 - i] else two)) for i, w in enumerate(working))
        if stable:
            found.append(sum(working))
    return found


def test_guards_alone_and_together() -> None:
    """Two guards: each alone works from checks with probability 1/4 on, both together, paid in sum, from 1/2 on."""
    report = audited(game=GUARDS, followers="coalition")
    alone = max(
        2 * max(stable_by_hand(x, False)) - x for k in range(101) if stable_by_hand(x := Fraction(k, 100), False)
    )
    together = max(2 * max(stable_by_hand(x := Fraction(k, 100), True)) - x for k in range(101))
    assert (alone, together) == (Fraction(15, 4), Fraction(7, 2))
    values = {(w["followers"], w["blocking"], w["selection"]): w["upper"] for w in report["commitment"].data["ways"]}
    assert values["independent", None, "best"] == "15/4"
    assert values["coalition", "transfer", "best"] == "7/2"
    assert report.results["commitment_value"] == Fraction(7, 2)
    assert report.results["collusion_loss"] == Fraction(1, 4)
    assert "That followers collude with side payments costs the leader 0.25." in said(report)
    assert "“Ann and Bob keep to (work, work), not (sleep, sleep)”" in said(report)
    assert {item.status for item in report.evidence} == {"verified"}
    lone = audited(game=GUARDS, followers="independent", ties="weak")
    assert lone.results["commitment_value"] == Fraction(7, 2)  # at worst both sleep up to 1/2
    assert not lone.results["commitment_attained"]


def test_followers_without_a_stable_profile() -> None:
    """Matching pennies between the followers: no pure equilibrium, a proof instead, recommendations all the same."""
    pennies = {
        "players": ["Lea", "Ann", "Bob"],
        "actions": {"Lea": ["on", "off"], "*": ["0", "1"]},
        "payoffs": {
            "Lea": "count(on)",
            "Ann": "1 if count('0', Ann, Bob) != 1 else 0",
            "Bob": "1 if count('0', Ann, Bob) == 1 else 0",
        },
    }
    report = audited(game=pennies, followers="independent")
    assert "no policy of Lea leaves them a stable way to play" in said(report)
    assert {item.status for item in report.evidence} == {"verified"}
    assert audited(game=pennies, followers="correlated").results["commitment_value"] == 1


def test_a_player_of_the_scenarios_game_leads() -> None:
    data = {
        "schema_version": 1,
        "game": bimatrix(OWN, EAGER),
        "target": {"profile": ["L0", "F0"]},
        "commitment": {"leader": "Lea"},
    }
    report = audit_scenario(scenario_from_text(json.dumps(data), format="json"))
    assert report.results["commitment_value"] == Fraction(11, 3)
    assert report["stability"].data["target_is_nash"] == "yes"


def test_reports_are_complete() -> None:
    for report in (
        audit_scenario(read_scenario("asymmetric-commitment")),
        audited(game=GUARDS, followers="correlated"),
    ):
        assert "report" in report.to_html().lower()
        assert json.loads(json_report(report))["sections"]
    assert "<svg" in report.to_html()
    assert "a leader who commits" in repr(report.scenario)
    assert hash(scenario(game=bimatrix(OWN, EAGER))) == hash(scenario(game=bimatrix(OWN, EAGER)))


# -- mistakes ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"game": None}, r"commitment: the scenario has no \[game\]; add it, or commitment\.game"),
        ({"leader": "Lee"}, r"commitment\.leader: found 'Lee'; the players are Lea, Fay; did you mean 'Lea'"),
        ({"followers": "independent"}, r"commitment\.followers: there is one follower"),
        ({"game": GUARDS}, r"there are several followers; say how they play"),
        ({"game": GUARDS, "followers": "correlated", "ties": "weak"}, r"ties: for followers who hear recommendations"),
        ({"game": GUARDS, "followers": "independent", "blocking": "all"}, r"blocking: followers who do not collude"),
        (
            {"game": GUARDS, "followers": "coalition", "coalitions": [["Lea"]]},
            r"coalitions\[0\]: found the leader 'Lea'",
        ),
        (
            {"game": GUARDS, "followers": "coalition", "coalitions": [["Ann"], ["Ann"]]},
            r"\[1\]: this coalition is given twice",
        ),
        (
            {"game": GUARDS, "followers": "coalition", "types": [{"name": "t", "probability": 1}]},
            r"types: there are 2 followers",
        ),
        ({"types": [{"name": "t", "probability": 0.5}]}, r"types: found probabilities that sum to 1/2"),
        ({"types": [{"name": "t", "probability": 0.5}] * 2}, r"types\[1\]\.name: found 't' again"),
        (
            {"types": [{"name": "t", "probability": 1}, {"name": "u", "probability": 0}]},
            r"types\[1\]\.probability: found 0; leave out",
        ),
        ({"types": [{"name": "t", "probability": 1, "payoffs": {"Fay": "cuont(F0)"}}]}, r"types\[0\]\.payoffs\.Fay"),
        ({"types": [{"name": "t", "probability": 1, "table": [[[1, 2]]]}]}, r"types\[0\]\.table"),
        (
            {"types": [{"name": "t", "probability": 1, "payoffs": {"Fay": 1}, "table": [1]}]},
            r"found both payoffs and table",
        ),
        ({"game": bimatrix([[0] * 60] * 60, [[0] * 60] * 60)}, r"found 3,600 outcomes.*at most 2,500"),
    ],
)
def test_mistakes_name_their_place(change: dict[str, Any], message: str) -> None:
    table = {"game": bimatrix(OWN, EAGER)} | change
    with pytest.raises(SpecificationError, match=message):
        scenario(**{key: value for key, value in table.items() if value is not None})


def test_demands_need_several_followers() -> None:
    data = {
        "schema_version": 1,
        "commitment": {"leader": "Lea", "game": bimatrix(OWN, EAGER)},
        "require": {"collusion_loss": 1},
    }
    with pytest.raises(SpecificationError, match=r"collusion_loss: the scenario has no commitment\.followers"):
        scenario_from_text(json.dumps(data), format="json")
