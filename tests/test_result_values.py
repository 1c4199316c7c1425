"""Results of all chapters as values: equal iff their answers are, hashable, pickled, and shown in every form."""

from __future__ import annotations

import copy
import json
import pickle
from fractions import Fraction
from typing import Any

import cvxpy
import numpy as np
import pytest

from gametheory import collusion, equilibria, mechanisms, oversight, repeated, tradeoffs
from gametheory.certificates import LinearProgramme
from gametheory.games import BayesianGame, CoalitionalGame, NormalFormGame
from gametheory.games.monitoring import Monitoring
from gametheory.games.values import compared_by
from gametheory.optimize import (
    Cut,
    Design,
    Frontier,
    FrontierPoint,
    solve_convex,
    solve_exact,
    solve_exact_milp,
    solve_linear,
)
from gametheory.oversight.deterrence_programme import Deposits

LABELS: dict[str, Any] = {"players": ["<b>Ann</b>", "Bob"], "actions": [["<script>", "d"], ["<img>", "d"]]}


def dilemma(temptation: Any) -> NormalFormGame:
    return NormalFormGame.from_bimatrix([[3, 0], [temptation, 1]], [[3, temptation], [0, 1]], **LABELS)


def programme(most: int, *, integer: bool = False) -> LinearProgramme:
    rows = [("<b>", {0: 1}, "<=", 4), ("two", {1: 2}, "<=", most), ("three", {0: 3, 1: 2}, "<=", 18)]
    return LinearProgramme.from_rows("max", [3, 5], rows, integer=[0, 1] if integer else ())


def convex(level: int) -> Any:
    x = cvxpy.Variable(2)
    return solve_convex(cvxpy.Problem(cvxpy.Minimize(cvxpy.norm(x)), [x[0] + x[1] == level]))


def frontier(cost: int) -> Frontier:
    points = tuple(FrontierPoint(measures=m, decision={"d": np.array([m[0]])}) for m in [(0, 2), (cost, 0)])
    cut = Cut(normal=(-1, -1), bound=Fraction(0))
    return Frontier(measures=("<b>cost", "risk"), senses=("min", "min"), mixing=True, points=points, outer=(cut,))


def contracts(surplus: int) -> CoalitionalGame:
    return CoalitionalGame([0, 0, 1, 1 + surplus], LABELS["players"])


def item(value: int) -> mechanisms.Environment:
    priors = [["1/2", "1/2"]] * 2
    types = [["<script>", "high"]] * 2
    return mechanisms.Environment.single_item([[1, value]] * 2, priors=priors, agents=LABELS["players"], types=types)


def control_game(k: int) -> oversight.ControlGame:
    actions = oversight.accept_audit_defer(audit_usefulness="1/2")
    names = {"scores": ["<b>", "<script>"], "attack_types": ["<img>"]}
    return oversight.ControlGame(["3/4", "1/4"], [["1/4", "3/4"]], harms=[k], actions=actions, **names)


def guarded(most: int) -> oversight.SecurityGame:
    return oversight.SecurityGame([0, 0], [-1, -2], [0, 0], [1, most], num_resources=1, targets=["<b>", "<script>"])


def audited(most: int) -> oversight.AuditGame:
    return oversight.AuditGame(
        [0, 0], [-3, -1], [0, 0], [most, 1], punishment_cost="1/9", max_punishment=2, targets=["<b>", "<script>"]
    )


def shared_targets(most: int) -> oversight.CollusiveSecurityGame:
    return oversight.CollusiveSecurityGame.zero_sum(
        [most, 1, 1], owned=[[0], [1, 2]], num_resources=1, bonus=4, targets=["<b>", "<script>", "<img>"]
    )


WATCH = Monitoring([[[0, 1, 0], [0, 0, 1]], [[1, 0, 0], [1, 0, 0]]], ["nothing", "work", "shirking"])
TOGETHER: dict[str, Any] = {"coalitions": [[0, 1]], "receivers": [0], "knowledge": "separate"}


def agency(worth: int) -> oversight.SupervisedAgency:
    return oversight.SupervisedAgency.of(
        costs=[0, 1], prior=["1/2", "1/2"], evidence=["1/2", 0], surplus=worth, capacity=1
    )


def secret_tests(cost: int) -> NormalFormGame:
    return NormalFormGame.from_bimatrix([["-1/10", "-1/10"], [0, 0]], [[-cost, 0], [-cost, 0]], **LABELS)


def watched(cap: int) -> dict[str, Any]:
    return {"reports": [3, 1], "target": {1: 0}, "caps": cap}


def alarm_game(gain: int) -> oversight.AlarmGame:
    return oversight.AlarmGame(
        falsely_accused=1, caught=9, undetected=gain, false_alarm_cost=1, caught_cost=2, undetected_cost=10
    )


def audited_agents(penalty: int) -> oversight.AuditedAgents:
    return oversight.AuditedAgents.of_penalties(
        dilemma(5), violations=[1, 1], penalty=penalty, principal=[[0, -1], [-1, -2]], budget=1
    )


def attribution_game(alarms: int) -> oversight.AttributionGame:
    return oversight.AttributionGame(
        [["1/5", "7/10", "1/10"], ["1/5", "1/10", "7/10"]],
        [1 - Fraction(alarms, 20), Fraction(alarms, 40), Fraction(alarms, 40)],
        attackers=LABELS["players"],
        signals=["none", "<b>", "<img>"],
    )


def unknown_follower(most: int) -> BayesianGame:
    own = [[2, most + 2], [1, 3]]
    tables = [[[own, own]], [[[[1, 0], [0, 2]], [[1, 0], [0, 1]]]]]
    return BayesianGame(tables, [["1/2", "1/2"]], types=[["the"], ["<b>", "<script>"]], **LABELS)


MAKERS: dict[str, Any] = {
    "linear": lambda k: solve_linear(programme(10 + k)),
    "convex": convex,
    "exact": lambda k: solve_exact(programme(10 + k)),
    "integer": lambda k: solve_exact_milp(programme(10 + 2 * k, integer=True)),
    "design": lambda k: Design.of(solve_exact(programme(10 + k))),
    "frontier": frontier,
    "policy": lambda k: oversight.Policy(detection_rate="2/5", deposits=[10, k]),
    "margin": lambda k: oversight.deterrence_margin(
        dilemma(5 + k), oversight.Policy("1/2", 0, 4), (0, 0), blocking="all"
    ),
    "critical discount": lambda k: repeated.critical_discount(dilemma(5 + k), (0, 0), punishment="nash"),
    "minmax": lambda k: repeated.minmax(dilemma(5 + k), 0, strategies="mixed"),
    "price": lambda k: equilibria.price_of_anarchy(dilemma(Fraction(7, 2) + Fraction(k, 2))),
    "response": lambda k: equilibria.quantal_response_equilibrium(dilemma(5 + k), precision=0.5),
    "branch": lambda k: equilibria.quantal_response_branch(dilemma(5 + k), max_precision=1.0),
    "fit": lambda k: equilibria.fit_quantal_response(dilemma(5), [[10, 20 + k], [11, 20]]),
    "learned": lambda k: equilibria.regret_matching(dilemma(5 + k), iterations=20, rng=0),
    "path": lambda k: equilibria.replicator_dynamics(
        dilemma(5 + k), initial=[[0.5, 0.5]] * 2, duration=1, populations="one for each player"
    ),
    "gain": lambda k: collusion.coalition_gain(dilemma(5 + k), (1, 1), [0, 1], blocking="all"),
    "resilience": lambda k: collusion.resilience(dilemma(5), (1 - k % 2, 1 - k % 2)),
    "immunity": lambda k: collusion.immunity(dilemma(5), (0, 0)),
    "stable profiles": lambda k: collusion.strong_nash_equilibria(dilemma(5), blocking="any" if k % 2 else "all"),
    "stable set": lambda k: collusion.coalition_proof_nash_equilibria(dilemma(5 + k), play="mixed"),
    "allocation": lambda k: collusion.nucleolus(contracts(k)),
    "structure": lambda k: collusion.coalition_structure(contracts(k)),
    "worth": lambda k: collusion.coalition_worth(dilemma(Fraction(7, 2) + k), [0, 1], outsiders="alpha"),
    "collusion": lambda k: collusion.price_of_collusion(dilemma(Fraction(7, 2) + k), [{0, 1}]),
    "deviations": lambda k: collusion.deviation_welfare(dilemma(5), (1, 1), welfare=[1, k]),
    "optimal": lambda k: equilibria.optimal_nash_equilibrium(dilemma(Fraction(7, 2) + k), objective="fairness"),
    "zero-sum": lambda k: equilibria.zero_sum_equilibrium(NormalFormGame.zero_sum([[1, -1], [-1, k]], **LABELS)),
    "mechanism": lambda k: mechanisms.Mechanism.deterministic(item(k), [[1, 2], [1, 1]]),
    "optimal mechanism": lambda k: mechanisms.optimal_mechanism(
        item(k), "revenue", [mechanisms.BayesianIC(), mechanisms.InterimParticipation()], form="ex post"
    ),
    "reduced form": lambda k: (
        mechanisms.optimal_reduced_form(
            item(k), "welfare", [mechanisms.BayesianIC(), mechanisms.InterimParticipation()]
        ).decision
    ),
    "budget": lambda k: mechanisms.mechanism_budget(mechanisms.pivotal_mechanism(item(k))),
    "bundles": lambda k: mechanisms.vickrey_clarke_groves([{"<b>": k}, {"<b>": k + 1}], bidders=LABELS["players"]),
    "misreport": lambda k: mechanisms.best_coalition_misreport(
        mechanisms.pivotal_mechanism(item(k)), blocking="transfer"
    ),
    "group": lambda k: mechanisms.group_strategy_proofness(mechanisms.pivotal_mechanism(item(k)), blocking="transfer"),
    "ring": lambda k: collusion.ring_gain(
        mechanisms.pivotal_mechanism(item(k)), collusion.RingProof(controls="reports")
    ),
    "ladder": lambda k: collusion.price_of_collusion_in_mechanism(item(k)),
    "bidding ring": lambda k: collusion.ring_bidding(
        mechanisms.Auction(item(k), bids=[0, k], payment="second price", ties="even")
    ),
    "contract": lambda k: mechanisms.Contract([[k, 1]], ("<b>Ann</b>",), ("<script>", "d")),
    "promises": lambda k: mechanisms.k_implementation(dilemma(5 + k), (0, 0)).decision,
    "payments": lambda k: mechanisms.Payments([[k, 0]], ("<b>",), ("<script>", "d")),
    "contract envelope": lambda k: mechanisms.contract_envelope(
        mechanisms.CombinatorialAgency([["1/9", f"{k}/9"], ["3/9", "5/9"]], 1, ["<b>Ann</b>", "Bob"])
    ),
    "harm": lambda k: tradeoffs.policy_harm(
        dilemma(5), oversight.Policy("1/2", 0, 1), (0, 0), harm=[[0, k], [k, 1]], blocking="all"
    ),
    "control game": control_game,
    "control policy": lambda k: oversight.ControlPolicy(control_game(k), [[1, 0], [0, 1]]),
    "control frontier": lambda k: oversight.control_frontier(control_game(k)),
    "budgeted control": lambda k: oversight.budgeted_control(control_game(k), steps=2, audits=1, counter="hidden"),
    "audit budgets": lambda k: oversight.audit_budgets(control_game(2), steps=3, most_audits=k - 1),
    "monitor collusion": lambda k: oversight.cost_of_monitor_collusion(
        control_game(k), "1/2", scoring="honest", objective="harm"
    ),
    "supervision": lambda k: oversight.supervision_path(agency(k)),
    "supervision contract": lambda k: oversight.supervision_contract(agency(9), efficiency=f"1/{k}").decision,
    "monitor contract": lambda k: oversight.monitor_contract(secret_tests(1), WATCH, **watched(k)).decision,
    "threshold": lambda k: oversight.collusion_threshold(
        secret_tests(1), WATCH, **watched(9), **TOGETHER, max_tests="1/2" if k == 2 else "1/20"
    ),
    "undetected": lambda k: oversight.undetected_deviation(
        secret_tests(k), WATCH.garbled([["nothing", "work", "shirking"]]), (1, 0), 1, reports=[1, 1]
    ),
    "interdiction": lambda k: (
        oversight.optimal_interdiction(
            collusion.CapabilityModel.of({"<b>Ann</b>": ["<i>"], "Bob": ["d"]}, {"<script>": ["<i>", "d"]}),
            affordances={"d": k},
        ).decision
    ),
    "monitor placement": lambda k: oversight.compare_monitors(
        [(["9/10", "1/10"], ["1/10", "9/10"])] * k, false_alarm_rate="1/10", capture="none"
    ),
    "security game": guarded,
    "coverage": lambda k: oversight.optimal_coverage(guarded(k)).decision,
    "audit game": audited,
    "audit": lambda k: oversight.optimal_audit(audited(k)).decision,
    "collusive game": shared_targets,
    "collusive play": lambda k: oversight.optimal_collusive_coverage(shared_targets(k)).decision,
    "collusion cost": lambda k: oversight.collusion_cost(shared_targets(k)),
    "inspection game": lambda k: oversight.inspection_equilibrium(oversight.InspectionGame(periods=4, inspections=k)),
    "inspection schedule": lambda k: (
        oversight.inspection_commitment(oversight.InspectionGame(periods=4, inspections=k)).decision
    ),
    "alarms": lambda k: oversight.alarm_equilibrium(alarm_game(k), ["2/3", "1/3"], ["1/6", "5/6"]),
    "normal alarms": lambda k: oversight.gaussian_alarms(alarm_game(k), shift=1, bits=16),
    "takeover": lambda k: oversight.flipit_equilibrium([1, k]),
    "audited agents": lambda k: oversight.audit_outcomes(audited_agents(k), ["1/2", "1/2"]),
    "attribution": lambda k: oversight.attribution_equilibrium(attribution_game(k), width="1/1000"),
    "attribution change": lambda k: oversight.attribution_change(
        attribution_game(2), attribution_game(k + 1), width="1/1000"
    ),
    "follower commitment": lambda k: oversight.commitment_against_followers(dilemma(5 + k), followers="independent"),
    "loss from collusion": lambda k: oversight.loss_from_collusion(dilemma(5 + k), blocking="all"),
    "value of commitment": lambda k: equilibria.value_of_commitment(dilemma(5 + k)),
    "bayesian commitment": lambda k: equilibria.bayesian_commitment(unknown_follower(k)),
    "value of information": lambda k: equilibria.value_of_information(unknown_follower(k)),
    "committed retaliation": lambda k: oversight.committed_retaliation(attribution_game(2), attack_cost=k),
    "sanctions": lambda k: (
        oversight.cheapest_sanctions(
            dilemma(5 + k), (0, 0), detection_rate=1, instruments=oversight.Fines(), blocking="any"
        ).decision
    ),
    "design bounds": lambda k: oversight.robust_deterrence(
        dilemma(5 + k), (0, 0), rates=oversight.RateIntervals(["1/2"] * 2, [1, 1]), blocking="any"
    ),
    "curvature": lambda k: oversight.least_common_curvature([[[k]]]),
}
NEVER_DIFFERENT = {"gain", "immunity"}  # numbers, and these are the same


@pytest.mark.parametrize("maker", MAKERS)
def test_results_are_values(maker: str) -> None:
    make = MAKERS[maker]
    result, again, other = make(2), make(2), make(3)
    assert result == again
    assert hash(result) == hash(again)
    assert (result == other) == (maker in NEVER_DIFFERENT)
    assert result != "another thing"
    assert {result, again} == {result}
    for copied in (pickle.loads(pickle.dumps(result)), copy.deepcopy(result)):  # noqa: S301  # our own bytes
        assert copied == result


@pytest.mark.parametrize("maker", MAKERS)
def test_results_are_shown_without_harm(maker: str) -> None:
    result = MAKERS[maker](2)
    shown = result._repr_html_()
    assert not [part for part in ("<script>", "<b>", "<img>") if part in shown]
    assert "\n" not in repr(result)
    json.dumps(result.to_dict(), allow_nan=False)
    pytest.importorskip("pandas")
    assert len(result.to_frame().columns) >= 2


def test_evidence_and_time_do_not_count() -> None:
    solution = solve_exact(programme(12))
    design = Design.of(solution)
    bare = Design(value=design.value, decision=design.decision, binding=dict(design.binding))
    assert bare == design
    first, second = solve_linear(programme(12)), solve_linear(programme(12))
    assert first == second  # whose seconds differ
    assert Design(value=1, decision=np.array([1, 2])) != Design(value=1, decision=np.array([[1, 2]]))


def test_subclasses_of_nothing_and_other_types() -> None:
    @compared_by("x")
    class Left:
        x = 1

    @compared_by("x")
    class Right:
        x = 1

    assert Left() != Right()
    assert Left() == Left()
    assert len({Left(), Left(), Right()}) == 2


def test_tables_say_what_they_should() -> None:
    pytest.importorskip("pandas")
    frame = oversight.Policy(detection_rate="2/5", deposits=[10, 0]).to_frame()
    assert frame["detection_rate"].tolist() == [Fraction(2, 5)] * 2
    assert oversight.Policy("1/2").to_frame()["player"].tolist() == ["all"]
    blocked = collusion.resilience(dilemma(5), (1, 1)).to_frame()
    assert blocked["gain"].tolist() == [2, 2]
    assert len(collusion.resilience(dilemma(1), (0, 0)).to_frame()) == 0
    punished = repeated.minmax(dilemma(5), 0, strategies="pure").to_frame()
    assert punished.iloc[0].tolist() == ["d", 1]
    patience = repeated.critical_discount(dilemma(5), (0, 0), punishment="nash").to_frame()
    assert patience["discount"].tolist() == [Fraction(1, 2)] * 2
    harm = collusion.immunity(dilemma(5), (0, 0)).to_frame()
    assert harm["action"].tolist() == ["d"]


def test_questions_are_values() -> None:
    def asked(detection_rate: str) -> Deposits:
        return Deposits.read(
            dilemma(5),
            (0, 0),
            detection_rate=detection_rate,
            false_alarm_rate=0,
            blocking="all",
            coalitions=None,
            deposit_caps=None,
            deposit_costs=None,
            outcomes=None,
        )

    assert asked("1/2") == asked("1/2")
    assert hash(asked("1/2")) == hash(asked("1/2"))
    assert asked("1/2") != asked("1/3")
