"""The audit against numbers derived by hand, published ones, and brute force."""

from __future__ import annotations

import dataclasses
import itertools
import json
import math
import random
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest

from gametheory.audit import AuditReport, Scenario, audit_scenario, read_scenario, scenario_from_text
from gametheory.audit.size import MAX_WORK, coalition_work, predicted_work
from gametheory.certificates import DeviationCertificate
from gametheory.games import read_game, write_game

F = Fraction


def audited(text: str, **options: object) -> AuditReport:
    return audit_scenario(scenario_from_text(text, **options))  # type: ignore[arg-type]


def keys(report: AuditReport) -> list[str]:
    return [section.key for section in report.sections]


@pytest.fixture(scope="module")
def leak() -> AuditReport:
    return audit_scenario(read_scenario("secret-collusion"))


@pytest.fixture(scope="module")
def cartel() -> AuditReport:
    return audit_scenario(read_scenario("price-cartel"))


# -- secret-collusion: every figure by hand ----------------------------------------------------------------------------------


def test_a_pair_gains_one_and_nobody_gains_alone(leak: AuditReport) -> None:
    """All 0 pays 1; exactly two 1s pay those two 2 (Abraham et al. 2006, Halpern 2008): 2 - 1 = 1 each."""
    assert leak.results["nash"].status == "yes"
    assert int(leak.results["resilience"]) == 1
    assert leak.results["resilience"].witness.gains == (1, 1)
    assert leak.results["largest_gain"] == 1
    assert int(leak.results["immunity"]) == 0  # one 1 alone spoils everybody's work
    blocking = leak["coalitions"].data["blocking_coalitions"]
    line = ["Ada", "Ben", "Cyd", "Dov", "Eve"]
    assert [entry["coalition"] for entry in blocking] == [list(pair) for pair in itertools.pairwise(line)]


def test_stable_outcomes_of_the_leak_are_counted(leak: AuditReport) -> None:
    """Of the numbers of 1s, 1 alone is left by its owner and 4 ... 5 by nobody: C(5,0) + C(5,2) + C(5,3) + C(5,4) + C(5,5).

    With one 1 its owner gets 0 and gains 1 by playing 0. With three, no single change makes two unless a 1 turns 0, who then
    gets 0 as before; with two, a 1 who turns 0 loses 2 and a 0 who turns 1 gains nothing.
    """
    expected = sum(math.comb(5, k) for k in (0, 2, 3, 4, 5))
    assert expected == 27
    assert leak["stability"].data["num_pure_equilibria"] == expected


def test_deposits_of_the_leak_cover_the_edges_of_the_line(leak: AuditReport) -> None:
    """Each linked pair needs a member whose net detection (0.8 - 0.02) times deposit is at least its gain 1.

    So the deposits are 1/0.78 on a least set of players that meets every link of the line of five: {Ben, Dov}.
    """
    design = leak.results["deterrence"]
    assert design.value == 2 / (F("0.8") - F("0.02")) == F(100, 39)
    assert design.decision.deposits == (0, F(50, 39), 0, F(50, 39), 0)
    running = F("0.8") * 2 + F(100, 39) * (F("0.05") + F("0.02"))
    assert F(leak["deterrence"].data["cost_per_round"]) == running == F(347, 195)


def test_frontier_of_the_leak_by_hand(leak: AuditReport) -> None:
    """Harm of a linked pair is 1+2, 2+3, 3+2, 2+1; a deposit d at net detection y = q - 0.02 deters who gains 1 iff y d >= 1.

    Harm 3 or less: stop both pairs with Cyd, by one deposit; its cost 2 q + 0.07 d would be least at d = 5.35, above the cap 5,
    so that d = 5 and q = 0.22. Harm 0: deposits of Ben and Dov, least cost 0.04 + 2 sqrt(2 * 0.14) at y = sqrt(0.07).
    """
    frontier = leak.results["frontiers"]["leaked"]
    none, some, all_of_it = frontier.points[2], frontier.points[1], frontier.points[0]
    assert none.measures == (5, 5)
    assert some.measures == (3, 5 - (2 * F("0.22") + F("0.07") * 5)) == (3, F("4.21"))
    assert some.decision.deposits == (0, 0, 5, 0, 0)
    least = 0.04 + 2 * math.sqrt(2 * 0.14)
    assert all_of_it.measures[0] == 0
    assert 0 <= 5 - float(all_of_it.measures[1]) - least < 0.0011
    bound = next(e.corner[1] for e in frontier.exclusions if e.corner[0] == 3)
    assert all_of_it.measures[1] <= bound
    assert float(bound) == pytest.approx(5 - least, abs=1e-9)
    assert 0 < frontier.epsilon < F(1, 1000)


@pytest.mark.parametrize("name", ["secret-collusion", "price-cartel"])
def test_no_policy_on_a_grid_lies_beyond_the_frontier(name: str, request: pytest.FixtureRequest) -> None:
    """Policies drawn at random, their harm by brute force: none is better than the certified outer side."""
    report: AuditReport = request.getfixturevalue({"secret-collusion": "leak", "price-cartel": "cartel"}[name])
    scenario, rng = report.scenario, random.Random(5)
    game, target, levers, harm = scenario.game.exact(), scenario.target, scenario.levers, scenario.harm[0]
    assert levers is not None
    (frontier,) = report.results["frontiers"].values()
    base = game.payoff(*target)
    top = F(0) if scenario.utility is None else F(scenario.utility.table[target])
    for _ in range(40):
        low, high = levers.detection_rate
        rate = low + (high - low) * F(rng.randint(0, 50), 50)
        deposits = [
            F(rng.choice([0, 0, *range(51)]), 10) if cap is None or cap >= 5 else F(0) for cap in levers.deposit_caps
        ]
        if name == "price-cartel":
            deposits = [d / 6 for d in deposits]
        cost = rate * levers.detection_cost + sum(deposits) * (levers.deposit_cost + levers.false_alarm_rate)
        if levers.budget is not None and cost > levers.budget:
            continue
        worst = F(harm.table[target])
        for members in scenario.coalitions:
            for play in itertools.product(*(range(game.num_actions[i]) for i in members)):
                moved = [i for i, k in zip(members, play, strict=True) if k != target[i]]
                profile = list(target)
                for i, k in zip(members, play, strict=True):
                    profile[i] = k
                if not moved or harm.table[tuple(profile)] <= worst:
                    continue
                after = game.payoff(*profile)
                costs = {i: (rate - levers.false_alarm_rate) * deposits[i] if i in moved else F(0) for i in members}
                if all(after[i] - base[i] - costs[i] > 0 for i in members):
                    worst = F(harm.table[tuple(profile)])
        assert not frontier.is_beyond((worst, top - cost))
        inner = [u for h, u in (p.measures for p in frontier.points) if h <= worst]
        assert top - cost <= max(inner) + F(frontier.epsilon)


LEAK = """
schema_version = 1
[parameters]
gain = {gain}
need = {need}
[game]
players = [{players}]
actions = ["honest", "leak"]
payoffs = "gain / need if count(leak) == need and plays(me, leak) else 0"
[target]
profile = "honest"
[coalitions]
blocking = "{blocking}"
[levers]
detection_rate = "{rate}"
"""


def threshold(n: int, need: int, gain: int, rate: str, blocking: str) -> AuditReport:
    players = ", ".join(f'"{k}"' for k in range(n))
    return audited(LEAK.format(players=players, need=need, gain=gain, rate=rate, blocking=blocking))


@pytest.mark.parametrize(
    ("n", "m", "gain", "rate"), [(5, 3, 12, "2/5"), (4, 2, 12, "1/2"), (5, 2, 12, "1/2"), (6, 4, 12, "1/2")]
)
def test_threshold_deposits_have_their_closed_forms(n: int, m: int, gain: int, rate: str) -> None:
    """Strong: all but m - 1 agents pay G/(mq), (n - m + 1) G / (mq). Side payments: any m share G, all pay: n G / (mq)."""
    q = F(rate)
    strong, paying = threshold(n, m, gain, rate, "all"), threshold(n, m, gain, rate, "transfer")
    assert strong.results["deterrence"].value == (n - m + 1) * gain / (m * q)
    assert paying.results["deterrence"].value == n * gain / (m * q)
    assert int(strong.results["resilience"]) == m - 1
    assert not strong.open_questions
    assert not paying.open_questions


def test_published_threshold_deposits() -> None:
    """n = 5, m = 3, G = 12, q = 2/5: 30, 50, 50; with every agent needed less is gained by leaving some out."""
    assert [threshold(5, 3, 12, "2/5", rule).results["deterrence"].value for rule in ("all", "transfer", "any")] == [
        30,
        50,
        50,
    ]


def test_the_leak_agreement_needs_no_patience_and_survives_the_deterrent(leak: AuditReport) -> None:
    """Who breaks the leak by playing 0 gets 0 instead of 2; under the deterrent Ben gets 2 - 0.8 * 50/39 > -0.02 * 50/39."""
    assert leak.results["critical_discount"].discount == 0
    assert leak.results["critical_discount_overseen"].discount == 0


# -- price-cartel: published figures -----------------------------------------------------------------------------------------


def logit_profits() -> Iterator[tuple[tuple[int, int], tuple[float, float]]]:
    """Profits of Calvano et al. (2020), baseline, on their grid: written out from the formulas of the paper."""
    nash, monopoly, xi = 1.47292666, 1.92498092, 0.1
    low, high = nash - xi * (monopoly - nash), monopoly + xi * (monopoly - nash)
    prices = [low + (high - low) * k / 14 for k in range(15)]
    for i, j in itertools.product(range(15), repeat=2):
        p = prices[i], prices[j]
        weights = [math.exp((2 - x) / 0.25) for x in p]
        shares = [w / (1 + sum(weights)) for w in weights]
        yield (i, j), ((p[0] - 1) * shares[0], (p[1] - 1) * shares[1])


def test_the_cartel_is_the_published_one(cartel: AuditReport) -> None:
    game = cartel.scenario.game
    for profile, profits in logit_profits():
        assert [float(x) for x in game.payoff(*profile)] == pytest.approx(profits, abs=1e-7)
    assert [e.profile for e in cartel.results["pure_equilibria"]] == [(1, 1), (2, 2)]
    assert len(cartel.results["equilibria"]) == 3  # and a mixed one between them
    assert {f.trust for f in cartel["stability"].findings} == {"certified"}
    assert cartel.scenario.agreement == (13, 13)


def test_critical_discounts_of_the_cartel(cartel: AuditReport) -> None:
    """From the formula of grim trigger with the profits above: .394873 against the lower equilibrium, .430603 the upper."""
    profit = dict(logit_profits())
    collude, deviate = profit[13, 13][0], max(profit[k, 13][0] for k in range(15))
    thresholds = [(deviate - collude) / (deviate - profit[k, k][0]) for k in (1, 2)]
    assert thresholds == pytest.approx([0.394873, 0.430603], abs=1e-6)
    found = cartel.results["critical_discount"]
    assert float(found.discount) == pytest.approx(thresholds[0], abs=1e-6)
    rows = {row[1]: row[2] for row in cartel["patience"].tables[0].rows}
    assert rows["reverting to the target"] == "0.39487"
    assert rows["reverting to (1.5052162, 1.5052162)"] == "0.4306"
    assert found.bound == "sufficient"
    assert 0 < cartel.results["necessary_discount"].discount < found.discount


def test_the_cartel_fails_what_its_scenario_requires(cartel: AuditReport) -> None:
    assert {j.key: j.status for j in cartel.requirements} == {"nash": "holds", "critical_discount": "fails"}
    assert cartel.exit_code() == 0
    assert cartel.exit_code(strict=True) == 1


def test_no_smaller_deposit_stops_the_cartel(cartel: AuditReport) -> None:
    """One seller must be held back in every joint rise that both gain by: the largest gain that must be covered, over 0.3."""
    game, target = cartel.scenario.game.exact(), (1, 1)
    base = game.payoff(*target)
    moves = [
        tuple(x - y for x, y in zip(game.payoff(i, j), base, strict=True))
        for i, j in itertools.product(range(15), repeat=2)
    ]
    both = [gains for gains in moves if min(gains) > 0]
    candidates = {F(0)} | {gains[0] for gains in both}
    least = min(x + max((b for a, b in both if a > x), default=F(0)) for x in candidates)
    assert cartel.results["deterrence"].value == least / F("0.3")


# -- every certificate -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["secret-collusion", "price-cartel"])
def test_all_evidence_is_verified(name: str, request: pytest.FixtureRequest) -> None:
    report: AuditReport = request.getfixturevalue({"secret-collusion": "leak", "price-cartel": "cartel"}[name])
    assert len(report.evidence) >= 15
    assert {item.status for item in report.evidence} == {"verified"}
    assert len({item.name for item in report.evidence}) == len(report.evidence)
    assert report["evidence"].data == {"verified": len(report.evidence)}


def test_a_false_certificate_is_refuted_and_opens_a_question(leak: AuditReport) -> None:
    game = leak.scenario.game
    item = leak.evidence[0]
    lie = DeviationCertificate.nash(game, (1, 0, 0, 0, 0))
    false = dataclasses.replace(
        item, certificate=dataclasses.replace(lie, game=None, stated_digest=game.digest())
    ).rechecked()
    assert false.status == "refuted"
    assert "gains 1" in false.remark
    spoiled = dataclasses.replace(leak, evidence=(false, *leak.evidence[1:]))
    assert spoiled.exit_code() == 3
    assert any(false.name in question for question in spoiled.open_questions)


# -- what applies, what does not, what cannot be answered --------------------------------------------------------------------

DILEMMA = """
schema_version = 1
[game]
players = ["Ann", "Bob"]
actions = ["share", "hoard"]
table = [[[3, 3], [0, 5]], [[5, 0], [1, 1]]]
[target]
profile = "{target}"
"""


def test_sections_that_do_not_apply_are_left_out() -> None:
    report = audited(DILEMMA.format(target="hoard"))
    assert keys(report) == ["stability", "coalitions", "surplus", "evidence"]
    assert report.requirements == ()
    assert report.exit_code(strict=True) == 0


def test_where_nothing_needs_deterring_no_cost_of_running_is_claimed() -> None:
    alone = "[coalitions]\nmax_size = 1\n[levers]\ndetection_rate = { from = 0.1, to = 0.5, cost = 3 }\n"
    found = [finding.text for finding in audited(DILEMMA.format(target="hoard") + alone)["deterrence"].findings]
    assert found[0] == "No deposits are needed: no allowed coalition blocks the target."
    assert found[1].startswith("Detection at a rate of 0.5 would cost 1.5 a round")


def test_a_target_that_is_no_equilibrium_names_who_leaves() -> None:
    report = audited(DILEMMA.format(target="share") + "[require]\nnash = true\nresilience = 1\n")
    assert report["stability"].findings[0].text == (
        "The target is no Nash equilibrium: Ann alone gains 2 by playing hoard."
    )
    assert [j.status for j in report.requirements] == ["fails", "fails"]
    assert int(report.results["resilience"]) == 0


@pytest.mark.parametrize(
    ("discount", "words"),
    [("0.6", "at the scenario's δ = 0.6 it holds."), ("0.4", "at the scenario's δ = 0.4 it does not hold")],
)
def test_the_default_agreement_and_its_patience(discount: str, words: str) -> None:
    """From mutual hoarding the largest sum of gains is sharing: (5 - 3) / (5 - 1) = 1/2."""
    report = audited(DILEMMA.format(target="hoard") + f"[repetition]\ndiscount = {discount}\n")
    assert report.results["agreement"] == (0, 0)
    assert report.results["critical_discount"].discount == F(1, 2)
    assert any(words in finding.text for finding in report["patience"].findings)


def test_without_a_gain_there_is_no_agreement() -> None:
    report = audited(
        "schema_version = 1\n[game]\nplayers = ['A', 'B']\nactions = ['x', 'y']\npayoffs = 'count(x)'\n"
        "[target]\nprofile = 'x'\n[repetition]\ndiscount = 0.5\n[require]\ncritical_discount = 0.9\n"
    )
    assert "agreement" not in report.results
    assert "no agreement to sustain" in report["patience"].findings[0].text
    assert report.requirements[0].status == "holds"


def test_a_question_that_cannot_be_answered_stays_and_the_others_are_answered() -> None:
    report = audited(
        DILEMMA.format(target="hoard")
        + "[coalitions]\ncoordination = 'independent'\n[levers]\ndetection_rate = 0.5\n[require]\nresilience = 1\n"
    )
    assert keys(report) == ["stability", "coalitions", "surplus", "deterrence", "evidence"]
    assert "independent" in report["coalitions"].open[0]
    assert report["stability"].findings
    assert report.requirements[0].status == "open"
    assert report.exit_code(strict=True) == 3


def test_a_mixed_equilibrium_of_three_players_to_revert_to() -> None:
    """Matching pennies with a third player who prefers t: A and B mix evenly, C plays t, which pays 1/2, 1 and 2.

    At the target (h, h, h) B gets 0, less than after a deviation, and is never held to it.
    """
    report = audited(
        "schema_version = 1\n[game]\nplayers = ['A', 'B', 'C']\nactions = ['h', 't']\n[game.payoffs]\n"
        "A = '1 if count(h, A) == count(h, B) else 0'\nB = '0 if count(h, A) == count(h, B) else 2'\nC = 'count(t)'\n"
        "[target]\nprofile = 'h'\n[repetition]\ndiscount = 0.5\n"
    )
    assert report["stability"].findings[1].text == "None of the 8 pure outcomes is a Nash equilibrium."
    (member,) = report.results["equilibria"]
    assert member.payoffs == (F(1, 2), 1, 2)
    assert not report.open_questions
    assert not report.results["critical_discount"].sustainable


def test_public_signals_that_tell_nothing_about_the_agreement_hold_nothing() -> None:
    """The alarm tells departures from the target apart, and sounds as often when both share as when one hoards."""
    report = audited(DILEMMA.format(target="hoard") + "[repetition]\nalarm = {detection_rate = 0.5}\n")
    assert report.results["noisy_threshold"] is None
    assert "at no discount factor" in report["noise"].findings[0].text
    assert report.exit_code() == 0
    assert {item.status for item in report.evidence} == {"verified"}


def test_caps_that_are_too_low_are_proved_so() -> None:
    levers = "[levers]\ndetection_rate = 0.5\ndeposit = {cap = 3}\n[require]\ndeterrence_cost = 100\n"
    report = audited(DILEMMA.format(target="share") + levers + "[repetition]\ndiscount = 0.5\n")
    assert report.requirements[0].status == "fails"
    assert [item.name for item in report.evidence if item.section == "deterrence"] == ["deterrence-impossible"]
    assert {item.status for item in report.evidence} == {"verified"}
    assert report.exit_code() == 0
    report = audited(DILEMMA.format(target="share") + levers.replace("cap = 3", "cap = 4"))
    assert report.results["deterrence"].value == 8  # both are tempted by 2, caught half of the time
    assert report.requirements[0].status == "holds"


def test_shared_randomness_changes_nothing_where_a_member_is_always_held_back() -> None:
    """Two of three share 4: a and b, held back at net 0, cannot gain on average whoever leaks with them."""
    text = LEAK.format(players="'a', 'b', 'c'", need=2, gain=4, rate="1/2", blocking="all")
    report = audited(text.replace('blocking = "all"', 'blocking = "all"\ncoordination = "correlated"'))
    assert report.results["deterrence"].value == (3 - 2 + 1) * 4 / (2 * F(1, 2)) == 8
    assert "deterrence-deters-randomness" in {item.name for item in report.evidence}
    assert {item.status for item in report.evidence} == {"verified"}


TURNS = """
schema_version = 1
[game]
players = ["Ann", "Bob"]
actions = ["0", "x", "y"]
table = [[[0, 0], [0, 0], [0, 0]], [[0, 0], [1, 3], [0, 0]], [[0, 0], [0, 0], [3, 1]]]
[target]
profile = "0"
[coalitions]
coordination = "{coordination}"
[levers]
detection_rate = 0.5
deposit = {{cap = {cap}}}
[require]
deterrence_cost = {wanted}
"""


def test_shared_randomness_brackets_the_deterrent_where_members_take_turns() -> None:
    """Ann is held back in (x, x) by 1, Bob in (y, y) by 1: 2 / 0.5 = 4. But a coin between the two nets (0 + 2) / 2 each.

    Side payments demand the sum of gains, 4 / 0.5 = 8; more than 4 is needed and 8 suffices.
    """

    def judged(**values: object) -> tuple[AuditReport, str]:
        report = audited(TURNS.format(**values))
        assert {item.status for item in report.evidence} == {"verified"}
        return report, report.requirements[0].status

    report, status = judged(coordination="pure", cap=9, wanted=4)
    assert (report.results["deterrence"].value, status) == (4, "holds")
    report, status = judged(coordination="correlated", cap=9, wanted=8)
    assert (report.results["deterrence_lower"], report.results["deterrence"].value, status) == (4, 8, "holds")
    assert "and less than 4 does not" in report["deterrence"].findings[0].text
    assert judged(coordination="correlated", cap=9, wanted=5)[1] == "open"
    assert judged(coordination="correlated", cap=9, wanted=3)[1] == "fails"
    report, status = judged(coordination="correlated", cap=2, wanted=100)  # too little for side payments
    assert status == "open"
    assert "No deposits within the caps are known to suffice" in report["deterrence"].open[0]
    assert report.exit_code() == 3
    assert judged(coordination="correlated", cap=2, wanted=3)[1] == "fails"


def test_what_is_too_large_is_refused_before_work(monkeypatch: pytest.MonkeyPatch) -> None:
    from gametheory.audit import size

    whole = read_scenario("secret-collusion")
    assert predicted_work(whole) < size.MAX_WORK
    monkeypatch.setattr(size, "MAX_WORK", 10_000)
    report = audit_scenario(whole)
    assert "immunity: there are" in report["coalitions"].open[0]
    assert "cheapest deterrent: there are" in report["deterrence"].open[0]
    assert report["coalitions"].findings  # resilience is still answered
    assert report.exit_code() == 3


def test_a_large_scenario_is_predicted_large() -> None:
    players = ", ".join(f'"{k}"' for k in range(15))
    text = f"""
schema_version = 1
game = {{players = [{players}], actions = ["0", "1"], payoffs = "count(1)"}}
target = {{profile = "0"}}
"""
    scenario = scenario_from_text(text)
    assert coalition_work(scenario) == sum(math.comb(15, k) * (500 + k * 2**k) for k in range(1, 16))
    assert predicted_work(scenario) > MAX_WORK


def test_the_same_scenario_gives_the_same_report(leak: AuditReport) -> None:
    again = audit_scenario(read_scenario("secret-collusion"))
    assert json.dumps(again.to_dict()) == json.dumps(leak.to_dict())
    assert again.to_html() == leak.to_html()
    assert again.to_text() == leak.to_text()


def test_progress_names_the_questions() -> None:
    seen: list[str] = []
    audit_scenario(scenario_from_text(DILEMMA.format(target="hoard")), progress=seen.append)
    assert len(seen) >= 4
    assert seen[0].startswith("Which outcomes are stable")


# -- brute force -------------------------------------------------------------------------------------------------------------


def random_scenario(rng: random.Random, blocking: str) -> Scenario:
    sizes = [rng.randint(2, 3) for _ in range(rng.randint(2, 3))]
    players = [f"P{i}" for i in range(len(sizes))]
    actions = {name: [f"a{k}" for k in range(m)] for name, m in zip(players, sizes, strict=True)}
    table = [
        {"profile": [f"a{k}" for k in profile], "payoffs": [rng.randint(-2, 3) for _ in players]}
        for profile in itertools.product(*map(range, sizes))
    ]
    data = {
        "schema_version": 1,
        "game": {"players": players, "actions": actions, "table": table},
        "target": {"profile": ["a0"] * len(players)},
        "coalitions": {"blocking": blocking},
        "levers": {"detection_rate": "1/2"},
    }
    return scenario_from_text(json.dumps(data), format="json")


def brute_gain(scenario: Scenario, members: tuple[int, ...], blocking: str) -> Fraction:
    game, target = scenario.game, scenario.target
    best = F(0)
    for play in itertools.product(*(range(game.num_actions[i]) for i in members)):
        profile = list(target)
        for i, k in zip(members, play, strict=True):
            profile[i] = k
        gains = [game.payoff(*profile)[i] - game.payoff(*target)[i] for i in members]
        value = {"all": min(gains), "any": max(gains)}.get(blocking, sum(gains))
        if blocking == "some" and min(gains) < 0:
            continue
        best = max(best, value)
    return best


@pytest.mark.parametrize("blocking", ["all", "some", "any", "transfer"])
def test_gains_and_resilience_agree_with_brute_force(blocking: str) -> None:
    rng = random.Random(7)
    for _ in range(12):
        scenario = random_scenario(rng, blocking)
        report = audit_scenario(scenario)
        n = scenario.game.num_players
        groups = [s for k in range(1, n + 1) for s in itertools.combinations(range(n), k)]
        gains = {s: brute_gain(scenario, s, blocking) for s in groups}
        assert report.results["largest_gain"] == max(gains.values())
        assert report["coalitions"].data["num_blocking"] == sum(g > 0 for g in gains.values())
        assert int(report.results["resilience"]) == min((len(s) - 1 for s, g in gains.items() if g > 0), default=n)
        alone = [brute_gain(scenario, (i,), "all") for i in range(n)]
        assert list(report.results["alone"]) == alone
        sums = {frozenset(s): brute_gain(scenario, s, "transfer") for s in groups if len(s) > 1}
        assert {d.coalition: d.value for d in report.results["sums"]} == sums
        assert not report.open_questions
        assert {item.status for item in report.evidence} <= {"verified"}


# -- games of others ---------------------------------------------------------------------------------------------------------


def test_a_scenario_on_a_published_game(data_folder: Path, tmp_path: Path) -> None:
    """The three-player game of R. McKelvey and A. McLennan among the Gambit project's examples."""
    (tmp_path / "2x2x2.nfg").write_bytes((data_folder / "gambit-games" / "2x2x2.nfg").read_bytes())
    (tmp_path / "deal.toml").write_text(
        "schema_version = 1\n[game]\nfile = '2x2x2.nfg'\n[target]\nprofile = ['1', '1', '1']\n[levers]\ndetection_rate = 0.5\n"
        "[repetition]\ndiscount = 0.9\n[require]\nnash = true\n"
    )
    report = audit_scenario(read_scenario(tmp_path / "deal.toml"))
    game = read_game(data_folder / "gambit-games" / "2x2x2.nfg")
    stable = [
        a
        for a in itertools.product(range(2), repeat=3)
        if all(game.payoff(*a)[i] >= game.payoff(*a[:i], 1 - a[i], *a[i + 1 :])[i] for i in range(3))
    ]
    assert [e.profile for e in report.results["pure_equilibria"]] == stable
    assert (report.requirements[0].status == "holds") == ((0, 0, 0) in stable)
    assert {item.status for item in report.evidence} == {"verified"}
    assert not report.open_questions


def test_a_scenario_on_a_game_that_language_models_played(data_folder: Path, tmp_path: Path) -> None:
    """The prisoner's dilemma among the 144 games of Akata et al. (2025): from mutual defection both gain by cooperating."""
    lines = (data_folder / "llm-2x2-games" / "games.csv").read_text(encoding="utf-8").splitlines()
    names = lines[0].split(";")
    rows = [dict(zip(names, line.split(";"), strict=True)) for line in lines[1:]]
    row = next(r for r in rows if "prisoner" in r["game_name"].lower())
    cells = {(i, j): [int(row[f"r{i + 1}_c{j + 1}_p{k}"]) for k in (1, 2)] for i in (0, 1) for j in (0, 1)}
    table = [[cells[i, j] for j in (0, 1)] for i in (0, 1)]
    game = scenario_from_text(
        json.dumps(
            {
                "schema_version": 1,
                "game": {"players": ["GPT", "Claude"], "actions": ["J", "F"], "table": table},
                "target": {"profile": "J"},
            }
        ),
        format="json",
    ).game
    write_game(game, tmp_path / "pd.csv")
    nash = next(
        (i, j) for i, j in cells if cells[i, j][0] >= cells[1 - i, j][0] and cells[i, j][1] >= cells[i, 1 - j][1]
    )
    (tmp_path / "pd.toml").write_text(
        f"schema_version = 1\n[game]\nfile = 'pd.csv'\n[target]\nprofile = {[game.actions[i][k] for i, k in enumerate(nash)]}\n"
        "[repetition]\ndiscount = 0.5\n"
    )
    report = audit_scenario(read_scenario(tmp_path / "pd.toml"))
    assert report.results["nash"].status == "yes"
    assert int(report.results["resilience"]) == 1  # ordinal payoffs 4 > 3 > 2 > 1: cooperation pays both 3 instead of 2
    assert report.results["largest_gain"] == 1
    assert report.results["critical_discount"].discount == F(1, 2)  # (4 - 3) / (4 - 2)


# -- what the mutation campaign supplies -------------------------------------------------------------------------------------


def audit_variants(seed: int, count: int, folder: Path) -> None:
    from audit.mutations import prepare_folder, variants

    prepare_folder(folder)
    done = 0
    for k, variant in enumerate(variants(seed)):
        path = folder / f"{k}.{variant.format}"
        path.write_bytes(variant.content)
        try:
            scenario = read_scenario(path)
        except ValueError:
            continue  # a mutant that is no longer valid: the reader's tests are about those
        assert predicted_work(scenario) < 10**8
        report = audit_scenario(scenario)
        assert "refuted" not in {item.status for item in report.evidence}
        assert report.exit_code() in (0, 3)
        json.dumps(report.to_dict(), allow_nan=False)
        assert report.to_text(width=60)
        assert report.to_html()
        done += 1
        if done == count:
            return


def test_ten_variants_are_audited(tmp_path: Path) -> None:
    audit_variants(3, 10, tmp_path)


@pytest.mark.slow
def test_two_hundred_variants_are_audited(tmp_path: Path) -> None:
    audit_variants(4, 200, tmp_path)
