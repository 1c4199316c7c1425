"""The cheapest deposits against closed forms, published games and brute force under every rule."""

from __future__ import annotations

import random
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from oracles import deterrence as oracle
from oracles.coalitions import table

from gametheory.certificates import certificate_to_json, read_certificate, verify_certificate
from gametheory.errors import CertificateError, InfeasibleError, SolverError, SpecificationError, UnsupportedError
from gametheory.games import NormalFormGame
from gametheory.games.coalitions import coalitions
from gametheory.oversight import (
    Policy,
    cheapest_deterrence,
    deterrence_certificate,
    deterrence_programme,
    is_deterred,
)

F = Fraction
RULES = ("all", "some", "any", "transfer")
BUILDERS = {"deterrence": lambda game, arguments: deterrence_programme(game, **arguments)}


def threshold_game(n: int, m: int, gain: Any = 12) -> NormalFormGame:
    """Leakers share ``gain`` if at least m of the n agents leak."""

    def payoff(*a: int) -> list[Any]:
        return [F(gain, sum(a)) * x if sum(a) >= m else 0 for x in a]

    return NormalFormGame.from_function(payoff, [2] * n, actions=[["honest", "leak"]] * n)


FINES = np.array(
    [
        [[[[2, 2], [15, 9]], [[11, 12], [14, 0]]], [[[9, 2], [8, 18]], [[10, 1], [10, 2]]]],
        [[[[15, 18], [19, 12]], [[17, 7], [2, 10]]], [[[8, 13], [19, 5]], [[17, 2], [6, 15]]]],
        [[[[4, 13], [9, 10]], [[18, 16], [16, 10]]], [[[19, 19], [2, 4]], [[6, 11], [16, 9]]]],
        [[[[19, 7], [18, 11]], [[14, 4], [11, 16]]], [[[17, 17], [19, 2]], [[15, 9], [13, 5]]]],
    ]
)


@pytest.mark.parametrize(
    ("n", "m", "q"), [(5, 3, F(2, 5)), (4, 2, F(1, 2)), (5, 2, F(1, 2)), (6, 4, F(1, 2)), (3, 3, F(1))]
)
def test_threshold_game_by_closed_form(n: int, m: int, q: Fraction) -> None:
    """Sums: the m-coalitions ask q Σ d ≥ G, on average d ≥ G/(mq). All: any m agents have one at G/(mq), so n − m + 1 do."""
    game, share = threshold_game(n, m), F(12) / (m * q)
    expected = {"transfer": n * share, "any": n * share, "all": (n - m + 1) * share, "some": (n - m + 1) * share}
    for rule, value in expected.items():
        design = cheapest_deterrence(game, (0,) * n, detection_rate=q, blocking=rule)
        assert design.value == value
        assert design.attained == (rule != "some")
        assert design.certificate.verify(game)
        assert is_deterred(game, design.decision, (0,) * n, blocking=rule)
    least = cheapest_deterrence(game, (0,) * n, detection_rate=q, blocking="all").decision
    assert sorted(least.deposits) == [0] * (m - 1) + [share] * (n - m + 1)


@pytest.mark.parametrize("rule", RULES)
def test_threshold_game_by_size_of_coalitions(rule: str) -> None:
    """Two agents of five gain nothing, three or more 12: 50 where sums or anybody's gain count, 30 where consent is needed."""
    found = [
        cheapest_deterrence(
            threshold_game(5, 3),
            ["honest"] * 5,
            detection_rate="2/5",
            blocking=rule,
            coalitions=coalitions(5, max_size=k),
        ).value
        for k in range(1, 6)
    ]
    assert found == [0, 0] + [30 if rule in ("all", "some") else 50] * 3


@pytest.mark.parametrize(("n", "m", "value"), [(4, 2, 36), (5, 2, 48), (6, 4, 18)])
def test_published_deposits_with_consent(n: int, m: int, value: int) -> None:
    assert cheapest_deterrence(threshold_game(n, m), (0,) * n, detection_rate="1/2", blocking="all").value == value


@pytest.mark.parametrize(("k", "total"), [(1, 14), (2, 22), (4, 30)])
def test_fines_that_keep_every_member_of_a_coalition(k: int, total: int) -> None:
    """Four players: the fine of each is its largest gain from moving in any coalition of at most k."""
    game, family = NormalFormGame(FINES), coalitions(4, max_size=k)
    design = cheapest_deterrence(game, (0,) * 4, detection_rate=1, blocking="any", coalitions=family)
    assert design.value == total
    found = list(oracle.deviations(table(FINES, (2,) * 4), (2,) * 4, (0,) * 4, family))
    largest = [max([g[i] for _, movers, g in found if i in movers] + [F(0)]) for i in range(4)]
    assert list(design.decision.deposits) == largest


@pytest.mark.parametrize("rule", RULES)
def test_cost_of_implementing_cooperation(rule: str) -> None:
    """k-implementation of cooperation among two prisoners costs 4 (Monderer and Tennenholtz 2004)."""
    prisoners = NormalFormGame.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]], actions=[["C", "D"]] * 2)
    singles = coalitions(2, max_size=1)
    assert cheapest_deterrence(prisoners, ("C", "C"), detection_rate=1, blocking=rule, coalitions=singles).value == 4


# -- brute force ---------------------------------------------------------------------------------------------------------


def instance(rng: random.Random, players: int | None = None) -> dict[str, Any]:
    """A small random game with rates, caps, costs and a family of coalitions; ties are common."""
    n = players or rng.choice([1, 2, 2, 3, 3])
    sizes = [rng.choice([1, 2, 2, 3]) if n < 3 else 2 for _ in range(n)]
    high = rng.choice([1, 2, 5])
    tensor = np.array([rng.randint(-high, high) for _ in range(n * int(np.prod(sizes)))]).reshape(n, *sizes)
    everyone = coalitions(n)
    family = everyone if rng.random() < 0.6 else tuple(s for s in everyone if rng.random() < 0.6) or everyone[:1]
    return {
        "game": NormalFormGame(tensor),
        "table": table(tensor, sizes),
        "target": tuple(rng.randrange(m) for m in sizes),
        "coalitions": family,
        "detection_rate": [F(rng.randint(1, 4), 4) for _ in range(n)],
        "false_alarm_rate": [F(rng.choice([0, 0, 1, 2]), 4) for _ in range(n)],
        "deposit_caps": [rng.choice([None, None, F(rng.randint(0, 8), rng.choice([1, 3]))]) for _ in range(n)],
        "deposit_costs": [F(rng.choice([1, 1, 2, 3]), rng.choice([1, 2])) for _ in range(n)],
        "outcomes": np.array([rng.random() < 0.7 for _ in range(int(np.prod(sizes)))]).reshape(sizes)
        if rng.random() < 0.3
        else None,
    }


def answer(found: dict[str, Any], rule: str, **changes: Any) -> Any:
    given = {**found, **changes}
    given.pop("table")
    return cheapest_deterrence(given.pop("game"), given.pop("target"), blocking=rule, **given)  # type: ignore[arg-type]


def expected(found: dict[str, Any], rule: str) -> tuple[Fraction, bool] | None:
    game = found["game"]
    listed = list(
        oracle.deviations(found["table"], game.num_actions, found["target"], found["coalitions"], found["outcomes"])
    )
    rates = [q - f for q, f in zip(found["detection_rate"], found["false_alarm_rate"], strict=True)]
    # A deposit of whoever is accused as often as found out can only tempt, so that 0 is best.
    caps = [cap if rate > 0 else F(0) for cap, rate in zip(found["deposit_caps"], rates, strict=True)]
    return oracle.cheapest(listed, rule, rates, caps, found["deposit_costs"])


def check_against_brute_force(found: dict[str, Any], rule: str) -> str:
    game, truth = found["game"], expected(found, rule)
    if truth is None:
        with pytest.raises(InfeasibleError, match=r"deter \{") as caught:
            answer(found, rule)
        check_evidence(caught.value.certificate, game)
        return "infeasible"
    design = answer(found, rule)
    assert (design.value, design.attained) == truth
    check_evidence(design.certificate, game)
    deposits = design.decision.deposits
    cost = sum(w * d for w, d in zip(found["deposit_costs"], deposits, strict=True))
    assert design.value <= cost <= design.value + (0 if design.attained else F(1, 1000))
    assert min(deposits) >= 0
    assert all(cap is None or d <= cap for d, cap in zip(deposits, found["deposit_caps"], strict=True))
    listed = list(
        oracle.deviations(found["table"], game.num_actions, found["target"], found["coalitions"], found["outcomes"])
    )
    assert oracle.deters(listed, rule, design.decision.moving_costs(game.num_players))
    return "attained" if design.attained else "approached"


def check_evidence(certificate: Any, game: NormalFormGame) -> None:
    """A certificate verifies in a file, and its rows are rebuilt from the game."""
    read = read_certificate(certificate_to_json(certificate))
    assert verify_certificate(read, game, row_builders=BUILDERS).status == "verified"


@pytest.mark.parametrize("rule", RULES)
def test_small_games_against_brute_force(rule: str) -> None:
    rng = random.Random(f"deterrence {rule}")
    kinds = [check_against_brute_force(instance(rng), rule) for _ in range(80)]
    assert {"attained", "infeasible"} <= set(kinds)
    assert ("approached" in kinds) == (rule == "some")


@pytest.mark.slow
@pytest.mark.parametrize("rule", RULES)
def test_more_games_against_brute_force(rule: str) -> None:
    rng = random.Random(f"more deterrence {rule}")
    for _ in range(400):
        check_against_brute_force(instance(rng), rule)
    for _ in range(12):
        four = instance(rng, players=4)
        if rule == "some":  # twice as many candidates: fewer gains
            four["coalitions"] = coalitions(4, max_size=2)
        check_against_brute_force(four, rule)


@pytest.mark.parametrize("rule", RULES)
def test_single_players_pay_for_their_own_best_gain(rule: str) -> None:
    """With coalitions of one, d_i = max_b gain_i(b) / (q_i − f_i) under every rule."""
    rng = random.Random(3)
    for _ in range(25):
        found = {**instance(rng), "false_alarm_rate": 0, "deposit_caps": None, "outcomes": None}
        game, target = found["game"], found["target"]
        found["coalitions"] = coalitions(game.num_players, max_size=1)
        expected_deposits = []
        for i, m in enumerate(game.num_actions):
            gains = [
                found["table"][(*target[:i], b, *target[i + 1 :])][i] - found["table"][target][i] for b in range(m)
            ]
            expected_deposits.append(max(gains) / found["detection_rate"][i])
        design = answer(found, rule)
        assert design.attained
        assert list(design.decision.deposits) == expected_deposits


# -- theorems ------------------------------------------------------------------------------------------------------------


def cost(found: dict[str, Any], rule: str, **changes: Any) -> Any:
    try:
        return answer(found, rule, **changes).value
    except InfeasibleError:
        return float("inf")


def test_order_of_the_rules() -> None:
    """Whoever blocks under "all" does under "some" and "any", and under "some" under "transfer": costs are ordered so."""
    rng = random.Random(5)
    for _ in range(40):
        found = instance(rng)
        values = {rule: cost(found, rule) for rule in RULES}
        assert values["all"] <= values["some"] <= values["transfer"]
        assert values["all"] <= values["any"]


def test_where_bystanders_never_gain_any_costs_as_much_as_transfer() -> None:
    """If no mover nets a gain and nobody who stays gains, no sum is positive. With gaining bystanders it can be."""
    rng = random.Random(6)
    for _ in range(25):
        found = instance(rng, players=3)
        u, target = found["table"], found["target"]
        tensor = np.array(found["game"].numerators)
        for a in u:
            for i in range(3):
                if a[i] == target[i]:
                    tensor[(i, *a)] = min(tensor[(i, *a)], tensor[(i, *target)])
        found = {**found, "game": NormalFormGame(tensor)}
        assert cost(found, "any") >= cost(found, "transfer")
    fines = NormalFormGame(FINES)
    values = {r: cheapest_deterrence(fines, (0,) * 4, detection_rate=1, blocking=r).value for r in ("any", "transfer")}
    assert values["any"] < values["transfer"]


@pytest.mark.parametrize("rule", RULES)
def test_monotone_in_what_the_overseer_has(rule: str) -> None:
    rng = random.Random(7)
    for _ in range(15):
        found = instance(rng)
        n, least = found["game"].num_players, cost(found, rule)
        assert cost(found, rule, coalitions=found["coalitions"][:1]) <= least
        assert cost(found, rule, coalitions=coalitions(n)) >= least
        assert cost(found, rule, detection_rate=[min(q + F(1, 8), F(1)) for q in found["detection_rate"]]) <= least
        assert cost(found, rule, false_alarm_rate=[min(f + F(1, 8), F(1)) for f in found["false_alarm_rate"]]) >= least
        assert cost(found, rule, deposit_caps=None) <= least
        assert cost(found, rule, outcomes=[]) == 0
        assert cost(found, rule, outcomes=None) >= least


@pytest.mark.parametrize("rule", RULES)
def test_scaling_all_payoffs_scales_the_deposits(rule: str) -> None:
    rng = random.Random(8)
    for _ in range(10):
        found = {**instance(rng), "deposit_caps": None}
        tripled = NormalFormGame(np.array(found["game"].numerators) * 3 + 7)
        assert cost({**found, "game": tripled}, rule) == 3 * cost(found, rule)


@pytest.mark.parametrize("rule", RULES)
def test_shadow_prices_are_what_a_larger_gain_costs(rule: str) -> None:
    """In the threshold game each of the priced deviations gains more with G, and Σ price · gain is the value."""
    design = cheapest_deterrence(threshold_game(5, 3), (0,) * 5, detection_rate="2/5", blocking=rule)
    per_row = 12 if rule == "transfer" else 4
    assert sum(price * per_row for price in design.binding.values()) == design.value
    assert all(name.startswith("{Player") and "plays leak" in name for name in design.binding)


def test_free_deposits_and_free_players() -> None:
    """A deposit that costs nothing attains what otherwise is only approached."""
    game = NormalFormGame.from_bimatrix([[0, 0], [0, 1]], [[0, 0], [0, 1]])
    approached = cheapest_deterrence(game, (0, 0), detection_rate=1, blocking="some")
    assert (approached.value, approached.attained) == (1, False)
    for caps, attained in ((None, True), ([1, 1], True), ([1, 2], True)):
        design = cheapest_deterrence(
            game, (0, 0), detection_rate=1, blocking="some", deposit_costs=[1, 0], deposit_caps=caps
        )
        assert design.attained == attained
        assert is_deterred(game, design.decision, (0, 0), blocking="some")
        assert design.value == (1 if caps == [1, 1] else 0)


def test_an_infimum_of_zero_that_nobody_attains() -> None:
    """One mover gains nothing, the other 5: the least deposit of the first makes it lose, so that no deposit is least."""
    game = NormalFormGame.from_bimatrix([[0, 0], [0, 0]], [[0, -1], [0, 5]])
    design = cheapest_deterrence(game, (0, 0), detection_rate=1, blocking="some", epsilon="1/10")
    assert (design.value, design.attained) == (0, False)
    assert 0 < sum(design.decision.deposits) <= F(1, 10)
    assert is_deterred(game, design.decision, (0, 0), blocking="some")
    assert not is_deterred(game, Policy(1), (0, 0), blocking="some")
    assert cheapest_deterrence(game, (0, 0), detection_rate=1, blocking="all").value == 0


# -- errors and limits ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("changes", [{"false_alarm_rate": 1}, {"deposit_caps": "3/2"}, {"detection_rate": 0}])
def test_what_cannot_be_deterred_is_named(rule: Any, changes: dict[str, Any]) -> None:
    game = NormalFormGame.from_bimatrix(
        [[3, 0], [5, 1]], [[3, 5], [0, 1]], players=["Ana", "Ben"], actions=[["share", "hoard"]] * 2
    )
    with pytest.raises(InfeasibleError, match="Ana plays hoard") as caught:
        cheapest_deterrence(game, ("share", "share"), **{"detection_rate": 1, "blocking": rule, **changes})
    certificate = caught.value.certificate
    assert certificate.verify(game)
    with pytest.raises(CertificateError):
        certificate.verify(NormalFormGame.from_bimatrix([[3, 0], [5, 2]], [[3, 5], [0, 2]]))


@pytest.mark.parametrize("rule", ["all", "some"])
def test_shared_randomness_with_consent_is_not_offered(rule: Any) -> None:
    with pytest.raises(UnsupportedError, match="coordination='pure'"):
        cheapest_deterrence(threshold_game(3, 2), (0, 0, 0), detection_rate=1, blocking=rule, coordination="correlated")


@pytest.mark.parametrize("rule", ["any", "transfer"])
def test_shared_randomness_changes_nothing_where_gains_are_linear(rule: Any) -> None:
    game = threshold_game(4, 3)
    values = {
        cheapest_deterrence(game, (0,) * 4, detection_rate="1/3", blocking=rule, coordination=how).value
        for how in ("pure", "correlated")
    }
    assert len(values) == 1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"detection_rate": 1.5}, "detection_rate"),
        ({"detection_rate": float("nan")}, "detection_rate"),
        ({"detection_rate": True}, "detection_rate"),
        ({"detection_rate": [1, 1, 1]}, "3 entries"),
        ({"false_alarm_rate": "-1/2"}, "false_alarm_rate"),
        ({"deposit_caps": -1}, r"deposit_caps\[0\]"),
        ({"deposit_caps": [1]}, "1 entries"),
        ({"deposit_costs": [1, -1]}, r"deposit_costs\[1\]"),
        ({"blocking": "most"}, "blocking"),
        ({"coalitions": [[0, 2]]}, "players are indices"),
        ({"target": (0, 5)}, "action"),
        ({"outcomes": [[True]]}, "outcomes"),
        ({"outcomes": [9]}, "outcomes"),
        ({"epsilon": 0}, "epsilon"),
    ],
)
def test_bad_input_is_refused(changes: dict[str, Any], message: str) -> None:
    prisoners = NormalFormGame.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]])
    arguments = {"target": (0, 0), "detection_rate": 1, "blocking": "some", **changes}
    with pytest.raises(SpecificationError, match=message):
        cheapest_deterrence(prisoners, **arguments)


def test_a_search_that_runs_out_of_time_says_so() -> None:
    with pytest.raises(SolverError, match="time"):
        cheapest_deterrence(threshold_game(8, 4), (0,) * 8, detection_rate=1, blocking="all", time_limit=0)


def test_floats_are_the_rationals_that_they_are() -> None:
    design = cheapest_deterrence(threshold_game(5, 3), (0,) * 5, detection_rate=0.4, blocking="transfer")
    assert design.value == 5 * F(4) / F(0.4)
    assert float(design) == pytest.approx(50)
    assert design.decision.arithmetic == "exact"  # the rationals that the certificate speaks of


def test_programme_and_certificate_are_bound_to_the_game() -> None:
    game, other = threshold_game(4, 2), threshold_game(4, 2, gain=13)
    for rule in RULES:
        design = cheapest_deterrence(game, (0,) * 4, detection_rate="1/2", blocking=rule)
        with pytest.raises(CertificateError):
            verify_certificate(design.certificate, other, row_builders=BUILDERS)
        with pytest.raises(CertificateError):
            design.certificate.verify_against(
                deterrence_programme(game, (0,) * 4, detection_rate="1/3", blocking=rule, coalitions=None)
            )
        stable = deterrence_certificate(game, design.decision, (0,) * 4, blocking=rule)
        assert read_certificate(certificate_to_json(stable)).verify(game)
        with pytest.raises(CertificateError):
            stable.verify(other)


def test_many_rows() -> None:
    """Ten agents, 1,023 coalitions: the closed forms hold."""
    game = threshold_game(10, 5)
    for rule, value in (("transfer", 48), ("any", 48), ("all", F(144, 5))):
        assert cheapest_deterrence(game, (0,) * 10, detection_rate="1/2", blocking=rule).value == value
