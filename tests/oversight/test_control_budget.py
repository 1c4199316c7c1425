"""Hard audit budgets over several steps: the published table, a blind monitor, other routes, monotonicity."""

from __future__ import annotations

import itertools
import json
import random
from fractions import Fraction
from typing import Any

import pytest
from oracles.control import hidden_detection, hidden_harm, observed_detection, observed_harm
from seeds import seeds

from gametheory.audit.evidence import row_builders
from gametheory.certificates import read_certificate, verify_certificate
from gametheory.errors import SolverError, SpecificationError
from gametheory.oversight import (
    ControlAction,
    ControlGame,
    accept_audit_defer,
    audit_budgets,
    budgeted_control,
    control_frontier,
    hidden_budget_frontier,
    optimal_control_policy,
)

F = Fraction
HONEST, ATTACK = ["0.5", "0.25", "0.15", "0.07", "0.03"], ["0.05", "0.1", "0.2", "0.3", "0.35"]
H, A = [float(x) for x in HONEST], [float(x) for x in ATTACK]
GAME = ControlGame(HONEST, ATTACK, actions=accept_audit_defer())
OBSERVED = [0, 0.423579, 0.647310, 0.771298, 0.851719, 0.900626]
HIDDEN = [0, 0.423579, 0.652150, 0.775349, 0.855263, 0.903134]


def random_game(seed: int, *, scores: int = 3) -> ControlGame:
    """Actions that take 0, 1 or 2 audits; zeros and ties in the laws."""
    rng = random.Random(seed)

    def law(size: int) -> list[Fraction]:
        weights = [rng.choice([0, 1, 1, 2, 3]) for _ in range(size)]
        weights[rng.randrange(size)] += 1
        return [F(w, sum(weights)) for w in weights]

    size, types = rng.randint(1, scores), rng.randint(1, 2)
    actions = [ControlAction("accept", usefulness=1, detection_rate=F(rng.choice([0, 0, 1]), 4))]
    for k in range(rng.randint(1, 2)):
        rates: Any = [F(rng.randint(1, 4), 4) for _ in range(types)]
        actions.append(
            ControlAction(f"audit {k}", usefulness=F(1, 2), detection_rate=rates, audits=rng.choice([1, 1, 2]))
        )
    harms = [F(rng.randint(1, 3)) for _ in range(types)]
    return ControlGame(law(size), [law(size) for _ in range(types)], harms=harms, actions=actions)


def parts(game: ControlGame) -> tuple[Any, ...]:
    """Laws, missed harms and audits, in floats."""
    attacks = [[float(x) for x in law] for law in game.attacks.fractions().tolist()]
    missed = [[float(x) for x in row] for row in game.missed_harms()]
    return game.honest.floats().tolist(), attacks, missed, [int(action.audits) for action in game.actions]


# -- the published table -----------------------------------------------------------------------------------------------


def test_the_table_of_ten_steps_in_exact_rationals() -> None:
    budgets = audit_budgets(GAME, steps=10, most_audits=5)
    assert [round(float(x), 6) for x in budgets.safety("observed")] == OBSERVED
    assert [round(float(x), 6) for x in budgets.safety("hidden")] == HIDDEN
    assert all(x.is_exact for counter in ("observed", "hidden") for x in budgets.safety(counter))  # type: ignore[arg-type]
    assert all(found.certificate.verify() for found in (budgets.observed, *budgets.hidden))
    prices = [float(x) for x in budgets.prices("observed")]
    assert prices == sorted(prices, reverse=True)
    assert round(prices[-1], 3) == 0.049
    assert all(0 <= x.exact_lower <= F(1, 200) for x in budgets.value_of_hiding())
    assert json.dumps(budgets.to_dict())
    assert "BudgetedControl(certified" in repr(budgets.observed)


@pytest.mark.parametrize(("budget", "accuracy"), [(1, 1), (3, 1), (5, 1), (3, 0.75)])
def test_the_observed_counter_by_bisection_on_the_rate_of_audits(budget: int, accuracy: float) -> None:
    game = ControlGame(HONEST, ATTACK, actions=accept_audit_defer(auditor_accuracy=F(accuracy)))
    found = budgeted_control(game, steps=10, audits=budget, counter="observed")
    assert abs(float(found.safety) - observed_detection(H, A, 10, budget, accuracy)) < 1e-9


@pytest.mark.parametrize("budget", [1, 3, 5])
def test_the_hidden_counter_by_the_flow_programme_in_another_form(budget: int) -> None:
    found = budgeted_control(GAME, steps=10, audits=budget, counter="hidden")
    assert abs(float(found.safety) - hidden_detection(H, A, 10, budget)) < 1e-9


@pytest.mark.parametrize(("steps", "audits"), [(4, 1), (10, 3), (3, 3), (5, 0), (2, 4)])
@pytest.mark.parametrize("counter", ["observed", "hidden"])
def test_a_monitor_that_sees_nothing_audits_at_random(steps: int, audits: int, counter: Any) -> None:
    for law in ([1], ["1/3", "2/3"]):
        game = ControlGame(law, law, actions=accept_audit_defer())
        found = budgeted_control(game, steps=steps, audits=audits, counter=counter)
        assert found.safety.is_exact
        assert found.safety.exact_lower == min(F(audits, steps), 1)


# -- theorems and other routes on random games -------------------------------------------------------------------------


@pytest.mark.parametrize("block", seeds(1, slow=13))
def test_random_games_with_an_observed_counter(block: int) -> None:
    """Both plans meet exactly (primal = dual), stage by stage as SciPy finds them; every budget more helps."""
    for seed in range(16 * block, 16 * block + 16):
        game = random_game(seed)
        found = budgeted_control(game, steps=3, audits=2, counter="observed")
        certificate = found.certificate
        assert certificate.lower == certificate.upper
        assert list(certificate.upper) == sorted(certificate.upper, reverse=True)
        assert [float(x) for x in certificate.upper] == pytest.approx(observed_harm(*parts(game), 3, 2), abs=1e-9)


@pytest.mark.parametrize("block", seeds(1, slow=13))
def test_random_games_with_a_hidden_counter(block: int) -> None:
    """Exact, and no worse for the overseer than an observed counter; more audits never hurt."""
    for seed in range(16 * block, 16 * block + 16):
        game = random_game(seed)
        harms = []
        for audits in (0, 1, 2):
            hidden = budgeted_control(game, steps=3, audits=audits, counter="hidden").harm
            observed = budgeted_control(game, steps=3, audits=audits, counter="observed").harm
            assert hidden.is_exact
            assert hidden.exact_upper <= observed.exact_lower
            harms.append(hidden.exact_upper)
        assert harms == sorted(harms, reverse=True)


@pytest.mark.parametrize("seed", range(12))
def test_hidden_counters_by_mixtures_of_all_plans(seed: int) -> None:
    game = random_game(seed, scores=2)
    found = budgeted_control(game, steps=2, audits=1, counter="hidden")
    assert abs(float(found.harm) - hidden_harm(*parts(game), 2, 1)) < 1e-9


@pytest.mark.parametrize("seed", range(12))
def test_one_step_with_one_audit_is_the_one_shot_game(seed: int) -> None:
    game = random_game(seed)
    for counter in ("observed", "hidden"):
        found = budgeted_control(game, steps=1, audits=2, counter=counter)  # type: ignore[arg-type]
        assert found.harm.exact_upper == optimal_control_policy(game, objective="harm").value


def test_rounded_values_bracket_the_exact_ones() -> None:
    for counter in ("observed", "hidden"):
        exact = budgeted_control(GAME, steps=5, audits=2, counter=counter).harm  # type: ignore[arg-type]
        for bits in (24, 60, 192):
            rounded = budgeted_control(GAME, steps=5, audits=2, counter=counter, precision=bits)  # type: ignore[arg-type]
            assert rounded.certificate.verify()
            assert rounded.harm.exact_lower <= exact.exact_lower <= rounded.harm.exact_upper
            assert 0 < rounded.harm.width < 1e-5 if bits == 24 else rounded.harm.width < 1e-11


def test_long_horizons_are_bracketed() -> None:
    found = budgeted_control(GAME, steps=20, audits=5, counter="observed")
    assert found.certificate.bits == 192
    assert 0 < found.safety.width < 1e-50
    assert abs(float(found.safety) - observed_detection(H, A, 20, 5, 1)) < 1e-9
    hidden = budgeted_control(GAME, steps=20, audits=5, counter="hidden")
    assert hidden.safety.width < 1e-9
    assert hidden.safety.exact_upper >= found.safety.exact_lower


# -- usefulness over several steps -------------------------------------------------------------------------------------


def test_one_step_of_the_frontier_is_the_one_shot_frontier() -> None:
    actions = accept_audit_defer(auditor_accuracy="0.9", audit_usefulness="0.8", defer_usefulness="0.6")
    game = ControlGame(["0.7", "0.2", "0.1"], ["0.1", "0.3", "0.6"], actions=actions)
    one, direct = hidden_budget_frontier(game, steps=1, audits=1), control_frontier(game)
    assert [p.measures for p in one] == [p.measures for p in direct]
    assert one.verify()
    for part in (one[1].certificate, one.outer[0].certificate):
        text = json.dumps(part.to_dict())  # type: ignore[union-attr]
        assert verify_certificate(read_certificate(text), row_builders=row_builders()).status == "verified"


def test_deferring_trades_usefulness_over_steps() -> None:
    actions = accept_audit_defer(audit_usefulness="0.9", defer_usefulness="0.5")
    game = ControlGame(["0.8", "0.2"], ["0.3", "0.7"], actions=actions)
    frontiers = [hidden_budget_frontier(game, steps=3, audits=b) for b in (0, 1, 3)]
    for frontier in frontiers:
        assert frontier.verify()
        assert frontier[0].measures[0] == 0
        assert frontier[-1].measures[1] == 1
    for less, more in itertools.pairwise(frontiers):
        assert all(not more.is_beyond(point.measures) for point in less)
        assert any(less.is_beyond(point.measures) for point in more)


# -- results and refusals ----------------------------------------------------------------------------------------------


def test_plans_say_what_to_do() -> None:
    found = budgeted_control(GAME, steps=3, audits=1, counter="hidden")
    plan = found.action_probabilities(step=1, audits_left=1)
    assert plan["score 5"]["audit"] >= plan["score 1"]["audit"]
    assert sum(found.attack_times()["attack type 1"]) == 1
    assert found.action_probabilities(step=2, audits_left=0)["score 5"] == {"accept": 1, "audit": 0}
    observed = budgeted_control(GAME, steps=3, audits=1, counter="observed")
    with pytest.raises(SpecificationError, match="observed"):
        observed.attack_times()
    with pytest.raises(SpecificationError, match="step 4"):
        found.action_probabilities(step=4, audits_left=0)


def test_malformed_questions_are_refused() -> None:
    good: dict[str, Any] = {"steps": 2, "audits": 1, "counter": "hidden"}
    for change, match in [({"steps": 0}, "steps"), ({"audits": -1}, "audits"), ({"audits": True}, "audits"),
                          ({"counter": "seen"}, "counter"), ({"precision": 0}, "precision"),
                          ({"time_limit": -1}, "time_limit")]:  # fmt: skip
        with pytest.raises(SpecificationError, match=match):
            budgeted_control(GAME, **{**good, **change})
    half = ControlGame([1], [1], actions=[ControlAction("x", usefulness=1, detection_rate=0, audits="1/2")])
    always = ControlGame([1], [1], actions=[ControlAction("x", usefulness=1, detection_rate=0, audits=1)])
    for game in (half, always):
        with pytest.raises(SpecificationError, match="whole audits"):
            budgeted_control(game, **good)
    with pytest.raises(SpecificationError, match="plan"):
        budgeted_control(GAME, steps=10**6, audits=10**6, counter="hidden")
    with pytest.raises(SolverError, match="time"):
        budgeted_control(GAME, steps=50, audits=9, counter="observed", time_limit=0)
