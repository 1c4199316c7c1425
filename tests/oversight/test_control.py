"""Control games in one shot: the published instance, enumeration, duals, monotonicity, collusion."""

from __future__ import annotations

import json
import random
from fractions import Fraction
from typing import Any

import pytest
from oracles.control import best_mixture, deterministic_measures, hull_of_one_attack
from seeds import seeds

from gametheory.audit.evidence import row_builders
from gametheory.certificates import read_certificate, verify_certificate
from gametheory.errors import CertificateError, InfeasibleError, SpecificationError, UnsupportedError
from gametheory.information import neyman_pearson_test, roc_curve
from gametheory.oversight import (
    ControlAction,
    ControlGame,
    ControlPolicy,
    MonitorCollusion,
    accept_audit_defer,
    audit_budget_path,
    colluding_game,
    control_frontier,
    control_shortfall,
    cost_of_monitor_collusion,
    optimal_control_policy,
)

F = Fraction
HONEST = ["0.5", "0.25", "0.15", "0.07", "0.03"]
ATTACKS = [["0.05", "0.1", "0.2", "0.3", "0.35"], ["0.3", "0.3", "0.2", "0.15", "0.05"]]
ACTIONS = accept_audit_defer(auditor_accuracy="0.9", audit_usefulness="0.8", defer_usefulness="0.6")
GAME = ControlGame(HONEST, ATTACKS, harms=[1, "1/2"], actions=ACTIONS)
VERTICES = [
    (0, 0.6),
    (0.015, 0.7),
    (0.03, 0.75),
    (0.04, 0.78),
    (0.040385, 0.780923),
    (0.041667, 0.783111),
    (0.07375, 0.813444),
    (0.125, 0.855556),
    (0.185, 0.9),
    (0.32, 0.95),
    (0.405, 0.978333),
    (0.415, 0.98),
    (0.685, 0.994),
    (1, 1),
]


def random_law(rng: random.Random, size: int) -> list[Fraction]:
    while True:
        weights = [rng.choice([0, 1, 1, 2, 3, 5]) for _ in range(size)]
        if sum(weights):
            return [F(w, sum(weights)) for w in weights]


def random_game(seed: int, *, types: int | None = None, whole: bool = False) -> ControlGame:
    """Small, with ties and zeros on purpose."""
    rng = random.Random(seed)
    scores, count = rng.randint(1, 4), types or rng.randint(1, 3)
    honest = random_law(rng, scores)
    attacks = [random_law(rng, scores) if rng.random() < 0.9 else honest for _ in range(count)]
    actions = [ControlAction("accept", usefulness=1, detection_rate=0)]
    for name in ("audit", "second")[: rng.randint(1, 2)]:
        rates: Any = [F(rng.randint(0, 4), 4) for _ in range(count)] if rng.random() < 0.3 else F(rng.randint(1, 4), 4)
        audits = rng.randint(0, 2) if whole else F(rng.randint(0, 2), 2)
        actions.append(ControlAction(name, usefulness=F(rng.randint(0, 4), 4), detection_rate=rates, audits=audits))
    return ControlGame(honest, attacks, harms=[F(rng.randint(1, 4), 2) for _ in range(count)], actions=actions)


def measures(game: ControlGame) -> list[Any]:
    return deterministic_measures(
        game.honest.fractions().tolist(),
        game.attacks.fractions().tolist(),
        game.missed_harms(),
        [action.usefulness for action in game.actions],
        [action.audits for action in game.actions],
    )


# -- the published instance --------------------------------------------------------------------------------------------


def test_the_frontier_of_five_scores_has_fourteen_vertices() -> None:
    frontier = control_frontier(GAME)
    assert [tuple(round(float(x), 6) for x in point.measures) for point in frontier] == VERTICES
    assert frontier.verify()
    assert all(isinstance(x, Fraction) for point in frontier for x in point.measures)
    for point in frontier:
        assert (point.decision.harm, point.decision.usefulness) == point.measures
        assert point.decision.safety == 1 - point.measures[0]
    rates = frontier.exchange_rates()
    assert list(rates) == sorted(rates, reverse=True)


@pytest.mark.parametrize("harm", [0.02, 0.041, 0.05, 0.1, 0.35, 0.9])
def test_every_level_of_harm_by_mixtures_of_all_deterministic_policies(harm: float) -> None:
    design = optimal_control_policy(GAME, objective="usefulness", most_harm=harm)
    assert abs(float(design) - best_mixture(measures(GAME), most_harm=harm, budget=None)) < 1e-9


def test_usefulness_under_collusion_is_that_of_the_published_table() -> None:
    rows = {"1/20": (0.790990, 0.788088, 0.777568), "1/10": (0.835014, 0.830487, 0.809255)}
    for harm, expected in rows.items():
        for rho, value in zip((0, "1/10", "3/10"), expected, strict=True):
            changed = colluding_game(GAME, rho, scoring="honest")
            design = optimal_control_policy(changed, objective="usefulness", most_harm=harm)
            assert round(float(design), 6) == value
            mixtures = best_mixture(measures(changed), most_harm=float(F(harm)), budget=None)
            assert abs(float(design) - mixtures) < 1e-9


@pytest.mark.parametrize(
    ("attacks", "harms", "expected"),
    [
        ([["0.1", "0.3", "0.6"]], 1, {"0.05": "0.7", "0.1": "0.4", "0.2": "0.25", "0.3": "0.1"}),
        (
            [["0.1", "0.3", "0.6"], ["0.3", "0.3", "0.4"]],
            [1, "0.7"],
            {"0.05": "0.7", "0.1": "0.42", "0.2": "0.315", "0.3": "0.21"},
        ),
    ],
)
def test_audits_of_honest_traffic_buy_safety_in_the_order_of_suspicion(attacks: Any, harms: Any, expected: Any) -> None:
    game = ControlGame(["0.7", "0.2", "0.1"], attacks, harms=harms, actions=accept_audit_defer())
    path = audit_budget_path(game, objective="harm")
    for budget, harm in expected.items():
        design = optimal_control_policy(game, objective="harm", audit_budget=budget)
        assert design.value == F(harm) == path.value(budget)
        if len(attacks) == 1:
            test = neyman_pearson_test(["0.7", "0.2", "0.1"], attacks[0], false_alarm_rate=budget)
            assert design.value == 1 - test.exact_power


# -- theorems on random games ------------------------------------------------------------------------------------------


def dual_value(game: ControlGame, design: Any, most_harm: Fraction | None, budget: Fraction | None) -> Fraction:
    """The Lagrangian bound of the reported mix and prices: each score takes its best action."""
    price, cost = (design.binding.get(name, F(0)) for name in ("most harm", "audit budget"))
    missed, mix = game.missed_harms(), list(design.profile.values())
    total = price * (most_harm or 0) + cost * (budget or 0)
    for s, h in enumerate(game.honest.fractions().tolist()):
        f = [game.attacks[k, s] for k in range(game.num_types)]
        total += max(
            h * (action.usefulness - cost * action.audits)
            - price * sum((m * x * row[a] for m, x, row in zip(mix, f, missed, strict=True)), F(0))
            for a, action in enumerate(game.actions)
        )
    return total


@pytest.mark.parametrize("block", seeds(2, slow=5))
def test_primal_equals_dual_exactly(block: int) -> None:
    for seed in range(100 * block, 100 * block + 100):
        game, rng = random_game(seed), random.Random(seed + 7)
        top = max(game.harms)
        harm, budget = F(rng.randint(0, 8), 8) * top, rng.choice([None, F(rng.randint(0, 4), 4)])
        limits = {"most_harm": harm, "audit_budget": budget}
        spent = None if budget is None else float(budget)
        least = optimal_control_policy(game, objective="harm", audit_budget=budget).value
        if least > harm:
            with pytest.raises(InfeasibleError, match="'most harm'") as caught:
                optimal_control_policy(game, objective="usefulness", **limits)
            assert caught.value.certificate.verify()
            assert best_mixture(measures(game), most_harm=float(least) - 1e-6, budget=spent) is None
            continue
        design = optimal_control_policy(game, objective="usefulness", **limits)
        assert design.certificate is not None
        assert design.certificate.verify()
        assert design.value == dual_value(game, design, harm, budget) == design.decision.usefulness
        assert design.decision.harm <= harm
        assert budget is None or design.decision.audits <= budget
        assert sum(design.profile.values()) == 1
        mixture = best_mixture(measures(game), most_harm=float(harm), budget=spent)
        assert mixture is not None
        assert abs(float(design) - mixture) < 1e-7
        if design.binding.get("most harm"):  # the attacker's mix is a best reply
            replies = [
                p
                for p, x in zip(design.profile.values(), design.decision.harms, strict=True)
                if x < design.decision.harm
            ]
            assert not any(replies)


@pytest.mark.parametrize("seed", range(60))
def test_one_attack_type_is_the_hull_of_all_deterministic_policies(seed: int) -> None:
    game = random_game(seed, types=1)
    frontier = control_frontier(game)
    assert [point.measures for point in frontier] == hull_of_one_attack(measures(game))


@pytest.mark.parametrize("seed", range(25))
def test_frontiers_hold_the_best_of_each_objective(seed: int) -> None:
    game = random_game(seed)
    frontier = control_frontier(game)
    safest = optimal_control_policy(game, objective="harm")
    useful = optimal_control_policy(game, objective="usefulness")
    assert frontier[0].measures[0] == safest.value
    assert frontier[-1].measures[1] == useful.value
    middle = frontier[len(frontier) // 2]
    assert (
        optimal_control_policy(game, objective="usefulness", most_harm=middle.measures[0]).value == middle.measures[1]
    )
    assert (
        optimal_control_policy(game, objective="harm", least_usefulness=middle.measures[1]).value == middle.measures[0]
    )
    assert control_shortfall(middle.decision) == 0


@pytest.mark.parametrize("seed", range(25))
def test_more_audits_never_hurt_and_binding_budgets_matter(seed: int) -> None:
    game = random_game(seed)
    harm = optimal_control_policy(game, objective="harm").value
    level = (harm + max(game.harms)) / 2
    path = audit_budget_path(game, objective="usefulness", most_harm=level)
    slopes = [piece.slope for piece in path.pieces]
    assert min(slopes) >= 0
    assert slopes == sorted(slopes, reverse=True)
    free = optimal_control_policy(game, objective="usefulness", most_harm=level).value
    for piece in path.pieces:
        at_start = optimal_control_policy(game, objective="usefulness", most_harm=level, audit_budget=piece.start)
        assert at_start.value == piece.start_value
        assert (piece.slope > 0) <= (free > piece.start_value)  # a price in every optimal dual: without the row, more


@pytest.mark.parametrize("seed", range(25))
def test_more_collusion_never_helps(seed: int) -> None:
    game = random_game(seed)
    for scoring in ("honest", "worst"):
        values = []
        for rho in (F(0), F(1, 4), F(1, 2), F(1)):
            changed = colluding_game(game, rho, scoring=scoring)
            values.append(optimal_control_policy(changed, objective="harm", least_usefulness=F(1, 2)).value)
        assert values == sorted(values)
        both = colluding_game(game, [F(0), F(1, 2)], scoring=scoring)
        robust = optimal_control_policy(both, objective="harm", least_usefulness=F(1, 2)).value
        assert robust >= values[2]
        assert scoring == "honest" or robust == values[2]  # at its worst a larger rate harms under every policy
    honest, worst = (
        optimal_control_policy(colluding_game(game, "1/3", scoring=s), objective="harm").value
        for s in ("honest", "worst")
    )
    assert honest <= worst


# -- collusion ---------------------------------------------------------------------------------------------------------


def test_an_interval_of_rates_can_cost_more_than_its_worst_end() -> None:
    """Against each rate another policy is best, and one must serve for both."""
    game = random_game(20)
    values = [
        optimal_control_policy(
            colluding_game(game, rho, scoring="honest"), objective="harm", least_usefulness="1/2"
        ).value
        for rho in (0, "1/2", [0, "1/2"])
    ]
    assert values[0] <= values[1] == F(2, 5) < values[2] == F(3, 7)


def test_a_law_that_gives_collusion_away_helps_the_overseer() -> None:
    """The colluding monitor announces a score that honest work never has."""
    game = ControlGame(["1/2", "1/2", 0], ["1/2", "1/2", 0], actions=accept_audit_defer(audit_usefulness="1/2"))
    before = optimal_control_policy(game, objective="harm", least_usefulness=1).value
    after = optimal_control_policy(
        colluding_game(game, "1/2", scoring=[0, 0, 1]), objective="harm", least_usefulness=1
    ).value
    assert (before, after) == (1, F(1, 2))


def test_the_worst_scoring_depends_on_the_policy() -> None:
    changed = colluding_game(GAME, "1/5", scoring="worst")
    assert changed.num_types == 10
    policy = ControlPolicy(GAME, [[1, 0, 0], [1, 0, 0], [0, 1, 0], [0, 1, 0], [0, 0, 1]])
    most = [max(w * (1 - a.detection_rates(1)[0]) for a in (GAME.actions[0],)) for w in GAME.harms]
    expected = max(F(4, 5) * x + F(1, 5) * y for x, y in zip(policy.harms, most, strict=True))
    assert policy.on(changed).harm == expected


def test_false_recognition_changes_honest_scores() -> None:
    recognised = MonitorCollusion.self_recognition("1/2", false_recognition_rate="1/10")
    changed = colluding_game(GAME, recognised, scoring=[1, 0, 0, 0, 0])
    assert changed.honest.fractions().tolist() == [F(x) * F(9, 10) + F(k == 0, 10) for k, x in enumerate(HONEST)]
    with pytest.raises(UnsupportedError, match="one law"):
        colluding_game(GAME, recognised, scoring="worst")
    with pytest.raises(UnsupportedError, match="honest_rate"):
        colluding_game(GAME, [recognised, "1/4"], scoring="honest")


def test_switches_together() -> None:
    one, two = MonitorCollusion.causal_signal("1/2", survival_rate="1/2"), MonitorCollusion.focal_point("1/2")
    rates = [one.combined(two, dependence=d).attack_rate for d in ("nested", "independent", "exclusive")]
    assert rates == [F(1, 2), F(5, 8), F(3, 4)]
    with pytest.raises(SpecificationError, match="dependence"):
        one.combined(two, dependence="alike")  # type: ignore[arg-type]


def test_what_collusion_costs() -> None:
    cost = cost_of_monitor_collusion(GAME, "3/10", scoring="honest", objective="usefulness", most_harm="1/20")
    assert round(float(cost.cost), 6) == round(0.790990 - 0.777568, 6) == 0.013422
    assert cost.harm_if_unaware > F(1, 20)
    assert cost.to_dict()["cost"] == str(cost.cost)
    assert "<table>" in cost._repr_html_()
    blind = cost_of_monitor_collusion(GAME, 1, scoring="honest", objective="usefulness", most_harm="1/20")
    assert cost.cost < blind.cost


# -- evidence, laws from elsewhere, refusals ---------------------------------------------------------------------------


def test_certificates_are_rebuilt_from_their_arguments() -> None:
    design = optimal_control_policy(GAME, objective="usefulness", most_harm="1/10", audit_budget="1/3")
    path = audit_budget_path(GAME, objective="usefulness", most_harm="1/5")
    frontier = control_frontier(GAME, audit_budget="1/2")
    parts = [design.certificate, frontier[1].certificate, frontier.outer[0].certificate, path.pieces[0].certificates[1]]
    for part in parts:
        data = part.to_dict()  # type: ignore[union-attr]
        assert verify_certificate(read_certificate(json.dumps(data)), row_builders=row_builders()).status == "verified"
        data["programme"]["arguments"]["game"]["honest"] = ["1/5"] * 5
        with pytest.raises(CertificateError):
            verify_certificate(read_certificate(json.dumps(data)), row_builders=row_builders())


def test_limits_that_contradict_each_other_are_named() -> None:
    with pytest.raises(InfeasibleError, match="'most harm' and 'least usefulness'") as caught:
        optimal_control_policy(GAME, objective="harm", most_harm="1/100", least_usefulness="9/10")
    assert caught.value.certificate.verify()


def test_laws_from_a_curve_and_from_normal_scores() -> None:
    curve = roc_curve(HONEST, ATTACKS[0])
    game = ControlGame.from_roc(curve, actions=ACTIONS)
    direct = ControlGame(HONEST, ATTACKS[0], actions=ACTIONS)
    assert [p.measures for p in control_frontier(game)] == [p.measures for p in control_frontier(direct)]
    normal = ControlGame.from_gaussian([1.0, 2.0], cuts=[0.0, 1.0], actions=ACTIONS)
    assert normal.arithmetic == "float"
    assert normal.exact().arithmetic == "exact"
    assert [sum(law) for law in normal.attacks.fractions().tolist()] == [1, 1]
    assert control_frontier(normal).verify()


def test_measures_of_a_policy() -> None:
    policy = ControlPolicy(GAME, [[1, 0, 0]] * 3 + [[0, 1, 0], ["1/2", 0, "1/2"]])
    assert policy.usefulness == F(9, 10) + F(7, 100) * F(4, 5) + F(3, 100) * F(4, 5)
    assert policy.audits == F(7, 100)
    assert policy.harms[0] == F(35, 100) + F(3, 100) + F(35, 200)
    assert policy.scaled_usefulness == (policy.usefulness - F(3, 5)) / F(2, 5)
    assert policy.worst_attack == "attack type 1"
    assert control_shortfall(policy) >= 0


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"honest": ["0.5", "0.4"]}, "honest"),
        ({"attacks": [[1, 0, 0]]}, r"attacks\[0\]"),
        ({"attacks": [float("nan"), 1.0]}, "finite"),
        ({"harms": [-1]}, "harms"),
        ({"harms": 0}, "harms"),
        ({"harms": [1, 2]}, "harms"),
        ({"actions": []}, "actions"),
        ({"actions": (*ACTIONS, ACTIONS[0])}, "twice"),
        ({"actions": [ControlAction("x", usefulness=1, detection_rate=[0, 1])]}, "detection rates"),
        ({"scores": ["a"]}, "scores"),
        ({"attack_types": ["a", "b"]}, "attack types"),
    ],
)
def test_malformed_games_are_refused(change: dict[str, Any], match: str) -> None:
    given: dict[str, Any] = {"honest": ["1/2", "1/2"], "attacks": [[0, 1]], "actions": ACTIONS}
    given |= change
    with pytest.raises(SpecificationError, match=match):
        ControlGame(given.pop("honest"), given.pop("attacks"), **given)


def test_malformed_questions_are_refused() -> None:
    with pytest.raises(SpecificationError, match="objective"):
        optimal_control_policy(GAME, objective="safety")  # type: ignore[arg-type]
    with pytest.raises(SpecificationError, match="usefulness"):
        ControlAction("x", usefulness=True, detection_rate=0)
    with pytest.raises(SpecificationError, match="audits"):
        ControlAction("x", usefulness=1, detection_rate=0, audits=-1)
    with pytest.raises(SpecificationError, match="shape"):
        ControlPolicy(GAME, [[1, 0, 0]])
    with pytest.raises(SpecificationError, match="scoring"):
        colluding_game(GAME, 0, scoring="best")
    with pytest.raises(SpecificationError, match="control game"):
        ControlGame.from_dict({"honest": [1]})
