"""Audits of the agents of a game: published budgets, a grid of policies, demands, and errors that name the place."""

from __future__ import annotations

import itertools
import re
from fractions import Fraction as F

import pytest

from gametheory.audit import AuditReport, audit_scenario, scenario_from_text
from gametheory.errors import SpecificationError

GAME = """schema_version = 1
[game]
players = ["Ann", "Bob"]
actions = ["honest", "misreport"]
payoffs = "0 if plays(me, honest) else 1 if count(misreport) == 1 else 2"
[target]
profile = "honest"
"""


def audited(table: str, game: str = GAME) -> AuditReport:
    return audit_scenario(scenario_from_text(game + table, name="x.toml"))


def said(report: AuditReport) -> str:
    return " ".join([*(finding.text for finding in report["audits"].findings), *report["audits"].open])


def loss_by_hand(ann: F, bob: F, penalty: F, *, worst: bool) -> F:
    """The most (least) departures in a pure equilibrium under these audits, from the definition."""
    found = []
    for profile in itertools.product((0, 1), repeat=2):

        def payoff(i: int, a: tuple[int, ...]) -> F:
            return F(0) if not a[i] else (F(1) if sum(a) == 1 else F(2)) - penalty * (ann, bob)[i]

        def moved(i: int, a: tuple[int, ...] = profile) -> tuple[int, ...]:
            return tuple(1 - x if j == i else x for j, x in enumerate(a))

        if all(payoff(i, moved(i)) <= payoff(i, profile) for i in range(2)):
            found.append(F(sum(profile)))
    return (max if worst else min)(found)


@pytest.mark.parametrize(("budget", "worst", "best"), [("2/3", 2, 0), (1, 1, 0), ("6/5", 0, 0), ("1/2", 2, 2)])
def test_against_a_grid_of_policies(budget: str | int, worst: int, best: int) -> None:
    """Honesty is an equilibrium from 1/3 each on; the only one if one agent is audited at more than 2/3, the other at 1/3."""
    report = audited(f"[audits]\nbudget = '{budget}'\npenalty = 3\n[require]\naudited_loss = 1")
    assert (report.results["audited_loss"], report.results["hoped_loss"]) == (worst, best)
    grid = [F(k, 30) for k in range(31)]
    policies = [(x, y) for x in grid for y in grid if x + y <= F(budget)]
    assert min(loss_by_hand(x, y, F(3), worst=True) for x, y in policies) == worst
    assert min(loss_by_hand(x, y, F(3), worst=False) for x, y in policies) == best
    assert {item.status for item in report.evidence} == {"verified"}
    assert report.requirements[0].status == ("holds" if worst <= 1 else "fails")
    if worst > best:
        assert f"that they settle on the worst costs {worst - best}" in said(report)


def test_losses_costs_and_accuracy() -> None:
    table = """
[measures.harm]
fraud = "3 * count(misreport) ** 2"
[audits]
budget = 3
penalty = {Ann = 3, "*" = 6}
cost = {Ann = 1, Bob = 2}
accuracy = 0.5
loss = "fraud"
"""
    report = audited(table)
    # Half of the audits find something: Ann risks 3/2, Bob 3; both are audited always for 3, and then Bob is honest.
    assert report.results["audited_loss"] == 0
    assert "(fraud)" in said(report)
    less = audited(table.replace("budget = 3", "budget = 0"))
    assert less.results["audited_loss"] == less.results["hoped_loss"] == 12
    assert "no more than what is guaranteed" in said(less)
    adaptive = audited("[audits]\nbudget = 1\npenalty = 3\nadaptive = true")
    assert adaptive.results["audited_loss"] <= 1
    for found in (report, less, adaptive):
        assert {item.status for item in found.evidence} == {"verified"}


def test_players_who_are_no_agents_are_not_audited() -> None:
    game = GAME.replace('players = ["Ann", "Bob"]', 'players = ["Ann", "Bob", "Olga"]')
    game = game.replace(
        'actions = ["honest", "misreport"]', 'actions = {"*" = ["honest", "misreport"], Olga = ["idle", "busy"]}'
    )
    game = game.replace('payoffs = "', 'payoffs = {Olga = "count(busy)", "*" = "').replace(' else 2"', ' else 2"}')
    game = game.replace('profile = "honest"', 'profile = {"*" = "honest", Olga = "busy"}\n[roles]\noverseer = "Olga"')
    report = audited("[audits]\nbudget = '6/5'\npenalty = 3", game)
    assert report.results["audited_loss"] == 0
    with pytest.raises(SpecificationError, match=r"audits\.penalty: found 'Olga', who is no agent"):
        audited("[audits]\nbudget = 1\npenalty = {Olga = 1}", game)


def test_no_pure_equilibrium() -> None:
    pennies = GAME.replace('payoffs = "0 if plays(me, honest) else 1 if count(misreport) == 1 else 2"', "payoffs = {}")
    pennies = pennies.replace(
        "payoffs = {}", 'payoffs = {Ann = "1 if count(honest) != 1 else 0", Bob = "1 if count(honest) == 1 else 0"}'
    )
    report = audited("[audits]\nbudget = 0\npenalty = 1", pennies)
    assert "No audits within the budget leave a pure equilibrium." in said(report)
    assert report.results["audited_loss"] == 2  # such a policy is worth its worst outcome


def test_a_search_that_does_not_end_is_an_open_question(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gametheory.audit.sections.auditing.MAX_NODES", 1)
    report = audited("[audits]\nbudget = 1\npenalty = 3\n[require]\naudited_loss = 1")
    assert "more than 1 nodes" in said(report)
    assert report.results["hoped_loss"] == 0
    assert report.requirements[0].status == "open"
    assert report.exit_code() == 3


SLIPS = [
    ("budget = 1", "budget = -1", "audits.budget: found the number -1"),
    ("budget = 1", "", "audits: the key 'budget' is missing"),
    ("penalty = 3", "penalty = {Ann = 3}", "audits.penalty: nothing is said for Bob"),
    ("penalty = 3", "penalty = 3\naccuracy = 2", "audits.accuracy: found the number 2"),
    ("penalty = 3", "penalty = 3\nadaptive = 1", "audits.adaptive"),
    ("penalty = 3", "penalty = 3\nloss = 'harmm'", "audits.loss"),
    ("penalty = 3", "penalty = 3\ncost = {Eve = 1}", "audits.cost: found 'Eve'"),
]


@pytest.mark.parametrize(("old", "new", "words"), SLIPS)
def test_a_slip_is_answered_with_its_place(old: str, new: str, words: str) -> None:
    good = GAME + "[audits]\nbudget = 1\npenalty = 3\n"
    with pytest.raises(SpecificationError, match=re.escape(words)):
        scenario_from_text(good.replace(old, new, 1), name="x.toml")


def test_large_games_and_missing_games_are_refused() -> None:
    large = GAME.replace('["Ann", "Bob"]', '["a", "b", "c", "d", "e", "f", "g"]')
    with pytest.raises(SpecificationError, match="audits: found a game of 128 outcomes"):
        audited("[audits]\nbudget = 1\npenalty = 3", large)
    with pytest.raises(SpecificationError, match="audits without game"):
        scenario_from_text("schema_version = 1\n[network]\npopulation = 9\n[audits]\nbudget = 1\npenalty = 1")
