"""Stealth: published closed forms, an independent conic formulation, theorems, infeasibility, frontiers, lies."""

from __future__ import annotations

import json
import math
from fractions import Fraction as F
from typing import Any

import cvxpy
import numpy as np
import pytest
from lies import COSTLY_LIES, lies
from scipy.optimize import brentq

from gametheory.audit.evidence import row_builders
from gametheory.certificates import LinearProgramme, StealthCertificate, read_certificate, verify_certificate
from gametheory.collusion import (
    StealthValue,
    square_root_law,
    stealth_frontier,
    stealthy_harm,
    stealthy_team_value,
)
from gametheory.equilibria import correlated_equilibrium, team_maxmin_correlated
from gametheory.errors import CertificateError, InfeasibleError, SolverError, SpecificationError, UnsupportedError
from gametheory.games import NormalFormGame
from gametheory.information import largest_expectation

DIVERGENCES: list[tuple[Any, Any]] = [
    ("kullback-leibler", "nats"),
    ("bhattacharyya", "nats"),
    ("squared hellinger", None),
    ("chi-squared", None),
    ("total variation", None),
]
QUARTERS = [["1/4", "1/4"], ["1/4", "1/4"]]


def matching(actions: int = 2) -> NormalFormGame:
    """Two agents earn 1 if both name the number that the adversary names."""
    m = range(actions)
    win = [[[int(i == j == b) for b in m] for j in m] for i in m]
    return NormalFormGame([win, win, [[[-x for x in row] for row in table] for table in win]])


def team_value(
    game: NormalFormGame, honest: Any, divergence: Any, budget: Any, unit: Any, **options: Any
) -> StealthValue:
    return stealthy_team_value(
        game, team=[0, 1], adversary=2, honest=honest, divergence=divergence, budget=budget, unit=unit, **options
    )


def conic(programme: LinearProgramme, p: np.ndarray, divergence: str, budget: float, unit: str | None) -> float | None:
    """The same programme written down for cvxpy from the definitions; ``None`` if it is infeasible."""
    n = len(p)
    x = cvxpy.Variable(programme.num_columns)
    q = x[:n]
    nats = budget * (math.log(2) if unit == "bits" else 1)
    constraints: list[Any] = [q >= 0, cvxpy.sum(q) == 1]
    if divergence == "kullback-leibler":
        constraints += [cvxpy.sum(cvxpy.rel_entr(q[p > 0], p[p > 0])) <= nats, q[p == 0] == 0]
    elif divergence == "chi-squared":
        constraints += [
            cvxpy.sum(cvxpy.multiply(1 / p[p > 0], cvxpy.square(q[p > 0] - p[p > 0]))) <= budget,
            q[p == 0] == 0,
        ]
    elif divergence == "total variation":
        constraints.append(cvxpy.sum(cvxpy.abs(q - p)) <= 2 * budget)
    else:
        least = math.exp(-nats) if divergence == "bhattacharyya" else 1 - budget
        constraints.append(cvxpy.sum(cvxpy.multiply(np.sqrt(p), cvxpy.sqrt(q))) >= least)
    for r, sense in enumerate(programme.row_sense):
        row = np.zeros(programme.num_columns)
        for j, a in programme.row(r).items():
            row[j] = float(a)
        left, right = row @ x, float(programme.right_hand_side[r])
        constraints.append(left <= right if sense == "<=" else left >= right if sense == ">=" else left == right)
    for j, (low, high) in enumerate(zip(programme.lower, programme.upper, strict=True)):
        constraints += [x[j] >= float(low)] if low is not None else []
        constraints += [x[j] <= float(high)] if high is not None else []
    problem = cvxpy.Problem(cvxpy.Maximize(programme.objective.floats() @ x + float(programme.constant)), constraints)
    problem.solve(solver="CLARABEL")
    return float(problem.value) if problem.status in ("optimal", "optimal_inaccurate") else None


# -- published and derived numbers ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bits", "value"),
    [
        ("0.01", 0.2794011944),
        ("0.05", 0.3154361255),
        ("0.1", 0.3419903268),
        ("0.25", 0.3927491276),
        ("0.5", 0.4449860678),
        ("1", 0.5),
    ],
)
def test_matching_pennies_in_a_team(bits: str, value: float) -> None:
    """Honest play uniform, ε bits: (1 − h⁻¹(1 − ε))/2, since the best law puts (1 − x)/2 on each match with 1 − h(x) = ε."""
    found = team_value(matching(), QUARTERS, "kullback-leibler", bits, "bits", gap=F(1, 10**10))

    def h(x: float) -> float:
        return -x * math.log2(x) - (1 - x) * math.log2(1 - x) if 0 < x < 1 else 0.0

    left = 1 - float(bits)
    root = brentq(lambda x: h(x) - left, 1e-300, 0.5, xtol=1e-15) if left > 0 else 0.0
    assert (1 - root) / 2 == pytest.approx(value, abs=1e-9)
    assert found.lower <= (1 - root) / 2 + 1e-9
    assert found.upper >= (1 - root) / 2 - 1e-9
    assert found.upper - found.lower <= 1e-10
    assert found.verify()
    assert verify_certificate(found.certificate, matching(), row_builders=row_builders()).status == "verified"
    assert found.exact_adversary_strategy is not None
    assert [float(x) for x in found.exact_adversary_strategy.fractions()] == pytest.approx([0.5, 0.5], abs=1e-3)


def test_the_square_root_law_of_covert_collusion() -> None:
    """Small budgets: √(ε/2)/2 a round; a total of δ nats over n rounds: √(n δ/2)/2 in all."""
    constant = float(square_root_law([[1, 0, 0, 0], [0, 0, 0, 1]], ["1/4"] * 4))
    assert constant == pytest.approx(math.sqrt(1 / 2) / 2)
    for rounds in (1, 100, 10_000):
        found = team_value(matching(), QUARTERS, "kullback-leibler", "1/100", "nats", rounds=rounds, gap="1e-12")
        assert found.exact_honest_value == F(1, 4)
        close = 0.1 / math.sqrt(rounds) + 1e-4
        assert found.total_gain / math.sqrt(rounds / 100) == pytest.approx(constant, rel=close)
        assert found.total_gain == pytest.approx(rounds * found.gain)


def test_pinsker_bounds_every_gain() -> None:
    """Total variation ½ is the most that δ nats give by Pinsker: gain ≤ span √(δ/2); and TV itself gains at most span · δ."""
    rng = np.random.default_rng(2)
    for _ in range(10):
        p = rng.integers(1, 6, size=5)
        law = [F(int(x), int(p.sum())) for x in p]
        harm = rng.integers(-5, 6, size=5).tolist()
        game = NormalFormGame.from_function(lambda a: [0], (5,))
        span = max(harm) - min(harm)
        for budget in (F(1, 1000), F(1, 10), F(1, 2)):
            nats = stealthy_harm(game, harm, honest=law, divergence="kullback-leibler", budget=budget, unit="nats")
            assert nats.upper - float(nats.exact_honest_value) <= span * math.sqrt(float(budget) / 2) + 1e-6 * span
            moved = stealthy_harm(game, harm, honest=law, divergence="total variation", budget=budget)
            assert moved.exact_lower == moved.exact_upper
            assert moved.exact_lower - moved.exact_honest_value <= span * budget
            assert nats.lower <= float(moved.exact_honest_value) + span * math.sqrt(float(budget) / 2)


def test_a_linear_harm_is_the_largest_expectation() -> None:
    game = NormalFormGame.from_function(lambda *a: [0, 0], (2, 3))
    harm, honest = [[0, 1, 2], [4, 0, 10]], [["0.4", "0.2", "0.1"], ["0.1", "0.15", "0.05"]]
    for divergence, unit in DIVERGENCES:
        found = stealthy_harm(game, harm, honest=honest, divergence=divergence, budget="0.07", unit=unit)
        known = largest_expectation(
            [0, 1, 2, 4, 0, 10],
            ["0.4", "0.2", "0.1", "0.1", "0.15", "0.05"],
            divergence=divergence,
            budget="0.07",
            unit=unit,
        )
        assert found.lower == pytest.approx(known.lower, abs=1e-5)
        assert found.upper >= known.lower
        assert found.lower <= known.upper
        assert found.shadow_price == pytest.approx(known.shadow_price, rel=1e-3)


# -- against an independent formulation ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("divergence", "unit"), DIVERGENCES)
def test_random_teams_against_cvxpy(divergence: Any, unit: Any) -> None:
    rng = np.random.default_rng(11)
    for _ in range(6):
        sizes = (2, int(rng.integers(2, 4)), int(rng.integers(1, 4)))
        table = rng.integers(-4, 5, size=sizes)
        game = NormalFormGame([table, table, -table])
        weights = rng.integers(0, 4, size=sizes[:2]) + np.eye(*sizes[:2], dtype=int)
        honest = [[F(int(x), int(weights.sum())) for x in row] for row in weights]
        budget = F(int(rng.integers(1, 40)), 100)
        found = team_value(game, honest, divergence, budget, unit)
        p = np.array(honest, dtype=float).reshape(-1)
        value = conic(found.certificate.programme, p, divergence, float(budget), unit)
        assert value is not None
        assert found.lower <= value + 1e-5
        assert found.upper >= value - 1e-5
        assert found.upper - found.lower <= 1e-6 * 8
        assert verify_certificate(found.certificate, game, row_builders=row_builders()).status == "verified"


def test_obedience_against_cvxpy_and_the_limits_of_the_budget() -> None:
    """Harm of correlated equilibria near an honest one: from the honest harm at 0 to the most of all at large budgets."""
    rng = np.random.default_rng(4)
    for _ in range(4):
        game = NormalFormGame(rng.integers(-4, 5, size=(2, 3, 3)))
        harm = rng.integers(0, 9, size=(3, 3))
        fair = correlated_equilibrium(game, objective="fairness").exact_profile
        top = correlated_equilibrium(game, objective=harm)
        most = sum((int(h) * x for h, x in zip(harm.reshape(-1), top.exact_profile.reshape(-1), strict=True)), F(0))
        last = F(-1)
        for budget in (0, F(1, 50), F(1, 5), 1):
            found = stealthy_harm(game, harm, honest=fair, divergence="total variation", budget=budget, obedient=[0, 1])
            assert found.exact_lower == found.exact_upper >= last
            last = found.exact_lower
            value = conic(
                found.certificate.programme,
                np.array(fair, dtype=float).reshape(-1),
                "total variation",
                float(budget),
                None,
            )
            assert value is not None
            assert float(found) == pytest.approx(value, abs=1e-5)
            assert verify_certificate(found.certificate, game, row_builders=row_builders()).status == "verified"
        assert last == most
        near = stealthy_harm(
            game,
            harm,
            honest=fair,
            divergence="kullback-leibler",
            budget="0.02",
            unit="nats",
            obedient=[0, 1],
            gap="1e-4",
        )
        p = np.array(fair, dtype=float).reshape(-1)
        value = conic(near.certificate.programme, p, "kullback-leibler", 0.02, "nats")
        assert value is not None
        assert near.lower - 1e-4 <= value <= near.upper + 1e-4


def test_a_team_whose_members_must_obey() -> None:
    """Members who play chicken among themselves will not both swerve to a plan that the other could exploit."""
    chicken = NormalFormGame.from_bimatrix([[6, 2], [7, 0]], [[6, 7], [2, 0]])
    honest = [["4/9", "2/9"], ["2/9", "1/9"]]
    free = team_value(matching(), honest, "chi-squared", "1/4", None)
    bound = team_value(matching(), honest, "chi-squared", "1/4", None, obedience=chicken)
    assert free.lower > bound.upper
    value = conic(bound.certificate.programme, np.array([4, 2, 2, 1]) / 9, "chi-squared", 0.25, None)
    assert value == pytest.approx(bound.lower, abs=1e-5)
    written = read_certificate(json.dumps(bound.certificate.to_dict()))
    assert verify_certificate(written, matching(), row_builders=row_builders()).status == "verified"
    with pytest.raises(SpecificationError, match="among the members"):
        team_value(matching(), honest, "chi-squared", "1/4", None, obedience=matching())


# -- limits and theorems ---------------------------------------------------------------------------------------------------


def test_from_honest_play_to_a_shared_secret() -> None:
    """At a budget of 0 nothing is gained; at a large one what correlated team play secures, exactly."""
    rng = np.random.default_rng(9)
    for _ in range(4):
        table = rng.integers(-4, 5, size=(2, 3, 2))
        game = NormalFormGame([table, table, -table])
        honest = np.full((2, 3), F(1, 6))
        secured = team_maxmin_correlated(game, team=[0, 1], adversary=2).exact_value
        for divergence, unit in DIVERGENCES:
            nothing = team_value(game, honest, divergence, 0, unit)
            assert nothing.exact_lower == nothing.exact_upper == nothing.exact_honest_value
            budget = 1 if divergence == "total variation" or divergence == "squared hellinger" else 6
            everything = team_value(game, honest, divergence, budget, unit)
            assert everything.exact_lower <= secured <= everything.exact_upper
            assert everything.lower == pytest.approx(float(secured), abs=1e-5)


def test_values_rise_with_the_budget_and_are_concave() -> None:
    honest = [["1/2", "1/4"], ["1/8", "1/8"]]
    for divergence, unit in DIVERGENCES:
        found = [team_value(matching(), honest, divergence, F(k, 20), unit, gap="1e-9") for k in range(5)]
        for left, middle, right in zip(found, found[1:], found[2:], strict=False):
            assert middle.upper >= left.lower
            assert 2 * middle.upper >= left.lower + right.lower - 1e-12


def test_relabelling_and_scaling() -> None:
    table = np.array([[[3, -1], [0, 2]], [[1, 1], [-2, 4]]])
    honest = np.array([[F(1, 2), F(1, 4)], [F(1, 8), F(1, 8)]])
    game = NormalFormGame([table, table, -table])
    base = team_value(game, honest, "kullback-leibler", "0.1", "nats", gap="1e-9")
    scaled = NormalFormGame([5 * table - 2, 5 * table - 2, -table])
    assert team_value(scaled, honest, "kullback-leibler", "0.1", "nats", gap="1e-9").lower == pytest.approx(
        5 * base.lower - 2, abs=1e-7
    )
    turned = np.ascontiguousarray(table[::-1, :, ::-1])
    mirrored = team_value(
        NormalFormGame([turned, turned, -turned]), honest[::-1], "kullback-leibler", "0.1", "nats", gap="1e-9"
    )
    assert mirrored.lower == pytest.approx(base.lower, abs=1e-8)


def test_floats_are_rationals() -> None:
    """The same numbers as floats: the same answer up to the gap, floats in the result, rationals in the certificate."""
    game = NormalFormGame(matching().payoffs.astype(float))
    found = team_value(game, np.full((2, 2), 0.25), "kullback-leibler", 0.25, "bits")
    assert found.distribution.dtype == np.float64
    assert found.arithmetic == "float"
    assert float(found) == pytest.approx(0.3927491276, abs=1e-6)
    assert verify_certificate(found.certificate, game.exact(), row_builders=row_builders()).status == "verified"


# -- what cannot be had ----------------------------------------------------------------------------------------------------


def test_play_that_nobody_obeys() -> None:
    """Near uniform play of the prisoner's dilemma nothing is obeyed: proved by multipliers, and read back."""
    game = NormalFormGame.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]])
    for divergence, unit in DIVERGENCES:
        with pytest.raises(InfeasibleError) as caught:
            stealthy_harm(
                game,
                [[0, 0], [0, 1]],
                honest=QUARTERS,
                divergence=divergence,
                budget="0.05",
                unit=unit,
                obedient=[0, 1],
            )
        certificate = caught.value.certificate
        assert isinstance(certificate, StealthCertificate)
        again = read_certificate(json.dumps(certificate.to_dict()))
        assert again.verify()
        assert "has no point" in again.claim
        assert conic(certificate.programme, np.full(4, 0.25), divergence, 0.05, unit) is None
    whole = stealthy_harm(
        game, [[0, 0], [0, 1]], honest=QUARTERS, divergence="total variation", budget="3/4", obedient=[0, 1]
    )
    assert whole.exact_lower == whole.exact_upper == 1


def test_limits_are_said() -> None:
    game = NormalFormGame([[[0, 1, 2], [3, 1, 0]], [[1, 0, 2], [2, 2, 1]]])
    seen: list[tuple[int, float, float]] = []
    found = stealthy_harm(
        game,
        [[0, 1, 2], [4, 0, 10]],
        honest=np.full((2, 3), F(1, 6)),
        divergence="kullback-leibler",
        budget="0.1",
        unit="nats",
        gap=0,
        max_rounds=3,
        progress=lambda *told: seen.append(told),
    )
    assert found.stopped == "rounds"
    assert len(seen) == 3
    assert found.exact_lower < found.exact_upper
    assert "search ended early" in repr(found)
    assert found.verify()
    hurried = stealthy_harm(
        game, [[0, 1, 2], [4, 0, 10]], honest=np.full((2, 3), F(1, 6)), divergence="kullback-leibler", budget="0.1",
        unit="nats", gap=0, time_limit=0,
    )  # fmt: skip
    assert hurried.stopped == "time"
    edge = NormalFormGame.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]])
    with pytest.raises(SolverError, match="raise max_rounds"):
        stealthy_harm(
            edge,
            [[0, 0], [0, 1]],
            honest=QUARTERS,
            divergence="total variation",
            budget="3/4",
            obedient=[0, 1],
            max_rounds=1,
        )


def test_refusals() -> None:
    for options, said in (
        ({"honest": ["1/4"] * 4}, "honest"),
        ({"honest": [["1/2", "1/4"], ["1/4", "1/4"]]}, "sum to"),
        ({"budget": -1}, "≥ 0"),
        ({"budget": float("nan")}, "budget"),
        ({"unit": None}, "unit"),
        ({"unit": "nats", "divergence": "chi-squared"}, "no unit"),
        ({"divergence": "wasserstein"}, "divergence"),
        ({"gap": -1}, "gap"),
        ({"budget": "1e-40"}, "not told from 0"),
        ({"rounds": 0}, "rounds"),
        ({"max_rounds": True}, "max_rounds"),
        ({"time_limit": -1}, "time_limit"),
    ):
        arguments: dict[str, Any] = {
            "honest": QUARTERS,
            "divergence": "kullback-leibler",
            "budget": "0.1",
            "unit": "bits",
        }
        with pytest.raises(SpecificationError, match=said):
            stealthy_team_value(matching(), team=[0, 1], adversary=2, **{**arguments, **options})
    with pytest.raises(UnsupportedError, match="add up"):
        team_value(matching(), QUARTERS, "chi-squared", 1, None, rounds=2)
    with pytest.raises(SpecificationError, match="harm"):
        stealthy_harm(matching(), [1, 2], honest=QUARTERS, divergence="chi-squared", budget=1)


def test_results_speak() -> None:
    found = team_value(matching(), QUARTERS, "kullback-leibler", "0.1", "bits")
    json.dumps(found.to_dict(), allow_nan=False)
    json.dumps(team_value(matching(), QUARTERS, "kullback-leibler", 0, "bits").to_dict(), allow_nan=False)
    assert repr(found).startswith("StealthValue(certified: team value 0.34199")
    assert found._repr_html_().startswith("<code>")
    assert found.to_frame().shape == (4, 3)
    assert found == team_value(matching(), QUARTERS, "kullback-leibler", "0.1", "bits")
    assert found.distribution.shape == (2, 2)


# -- frontier --------------------------------------------------------------------------------------------------------------


def test_the_frontier_holds_between_its_points() -> None:
    def at(budget: F) -> StealthValue:
        return team_value(matching(), QUARTERS, "kullback-leibler", budget, "bits", gap="1e-8")

    frontier = stealth_frontier(at, largest_budget=1, epsilon="1/200")
    assert frontier.epsilon <= F(1, 200)
    assert frontier.points[0].measures == (0, F(1, 4))
    for k in range(1, 12):
        budget = F(k, 11)
        exact = at(budget)
        for cut in frontier.outer:
            slope = -cut.normal[0]
            assert exact.exact_lower <= F(cut.bound) + F(slope) * budget
        below = max(
            F(p.measures[1])
            + (F(q.measures[1]) - F(p.measures[1])) * (budget - p.measures[0]) / (q.measures[0] - p.measures[0])
            for p, q in zip(frontier.points, frontier.points[1:], strict=False)
            if p.measures[0] <= budget <= q.measures[0]
        )
        assert exact.exact_upper - below <= F(1, 200) + F(1, 10**6)
    with pytest.raises(SolverError, match="max_calls") as caught:
        stealth_frontier(at, largest_budget=1, epsilon="1/10000", max_calls=3)
    assert len(caught.value.best.points) == 3
    with pytest.raises(UnsupportedError, match="lines"):
        stealth_frontier(
            lambda b: team_value(matching(), QUARTERS, "squared hellinger", b, None),
            largest_budget="1/10",
            epsilon="1/100",
        )
    with pytest.raises(SpecificationError, match="numbers > 0"):
        stealth_frontier(at, largest_budget=0, epsilon=1)
    with pytest.raises(SpecificationError, match="one round"):
        stealth_frontier(
            lambda b: team_value(matching(), QUARTERS, "kullback-leibler", b, "nats", rounds=3),
            largest_budget=1,
            epsilon=1,
        )


def test_the_frontier_under_total_variation_is_exact() -> None:
    rng = np.random.default_rng(1)
    table = rng.integers(-4, 5, size=(2, 2, 2))
    game = NormalFormGame([table, table, -table])
    frontier = stealth_frontier(
        lambda b: team_value(game, QUARTERS, "total variation", b, None), largest_budget=1, epsilon="1/100"
    )
    for point in frontier.points:
        assert point.measures[1] == team_value(game, QUARTERS, "total variation", point.measures[0], None).exact_upper


# -- lies -------------------------------------------------------------------------------------------------------------------


def bases() -> list[dict[str, Any]]:
    found = []
    dilemma = NormalFormGame.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]])
    for divergence, unit in DIVERGENCES:
        found.append(team_value(matching(), QUARTERS, divergence, "0.1", unit).certificate)
        found.append(
            stealthy_harm(
                dilemma,
                [[5, 1], [1, 0]],
                honest=[[0, "1/4"], ["1/4", "1/2"]],
                divergence=divergence,
                budget="1/8",
                unit=unit,
            ).certificate
        )
        with pytest.raises(InfeasibleError) as caught:
            stealthy_harm(
                dilemma,
                [[0, 0], [0, 1]],
                honest=QUARTERS,
                divergence=divergence,
                budget="0.05",
                unit=unit,
                obedient=[0, 1],
            )
        found.append(caught.value.certificate)
    return [json.loads(json.dumps(certificate.to_dict())) for certificate in found]


def is_true(data: dict[str, Any]) -> bool:
    """Whether the claim holds, by the conic formulation; its accuracy decides nothing that is further off than 1e-5."""
    programme = LinearProgramme.from_dict(data["programme"])
    numerators, denominator = data["baseline"]["numerators"], int(data["baseline"]["denominator"])
    p = np.array([int(x) / denominator for x in numerators])
    value = conic(programme, p, data["divergence"], float(F(data["budget"])), data["unit"])
    if data["lower"] is None:
        return value is None
    return value is not None and float(F(data["lower"])) <= value + 1e-5 and float(F(data["upper"])) >= value - 1e-5


@COSTLY_LIES
def test_lies(count: int) -> None:
    believed = 0
    words = {"divergence": [d for d, _ in DIVERGENCES], "unit": ["bits", "nats"]}
    for what, data in lies(bases(), count, 19, words=words):
        try:
            accepted: bool = read_certificate(json.dumps(data)).verify()
        except (SpecificationError, CertificateError):
            accepted = False
        if accepted:
            believed += 1
            if count > 1000 or believed % 5 == 0:  # the oracle takes its time
                assert is_true(data), what
    assert believed > 20
