"""Attribution equilibrium: recomputed cutoffs, independent fixed points, changes that backfire, and commitment."""

from __future__ import annotations

import json
import pickle
import random
from fractions import Fraction as F
from typing import Any

import numpy as np
import pytest
from oracles.inspection import attribution_fixed_point, attribution_floats, attribution_map
from scipy.optimize import brentq

from gametheory.certificates import read_certificate
from gametheory.certificates.attribution import cumulative_probability
from gametheory.errors import SolverError, SpecificationError
from gametheory.oversight import (
    AttributionGame,
    attribution_change,
    attribution_equilibrium,
    committed_retaliation,
)
from gametheory.oversight.attribution_changes import top_mean

# The cutoff equation of S. Baliga, E. Bueno de Mesquita and A. Wolitzky 2020 with uniform types: by number of attackers,
# right attribution, misattribution in all, and false alarm for each; the fixed point in one unknown is solved again below.
CUTOFFS = {
    (2, "0.7", "0.1", "0.05"): 0.5090305090,
    (2, "0.7", "0.2", "0.05"): 0.4873967083,
    (2, "0.7", "0.1", "0"): 0.625,
    (2, "0.8", "0.1", "0.05"): 0.5821206198,
    (3, "0.7", "0.1", "0.05"): 0.4837546167,
}


def symmetric(n: int, detection: Any, misattribution: Any, false_alarm: Any) -> AttributionGame:
    return AttributionGame.symmetric(n, detection=detection, misattribution=misattribution, false_alarm=false_alarm)


def random_game(rng: random.Random, *, complements: bool) -> AttributionGame:
    n, count = rng.randint(1, 3), rng.randint(2, 4)
    quiet = [F(rng.randint(0, 2)) for _ in range(count)]
    quiet[0] += 12
    quiet = [x / sum(quiet) for x in quiet]
    laws = []
    for _ in range(n):
        law = [F(rng.randint(0, 6)) for _ in range(count)]
        law[0] += 1
        law = [x / sum(law) for x in law]
        if complements:
            law = [max(x, y) for x, y in zip(law, quiet, strict=True)]
            law[0] = 1 - sum(law[1:])
            if law[0] < 0:
                law = [x / 4 for x in law]
                law = [max(x, y) for x, y in zip(law, quiet, strict=True)]
                law[0] = 1 - sum(law[1:])
        laws.append(law)
    benefits = [[(0, 0), (F(rng.randint(1, 3), 4), F(rng.randint(1, 3), 4)), (rng.randint(1, 2), 1)] for _ in range(n)]
    chances = [F(rng.randint(1, 3), 3 * n) for _ in range(n)]
    return AttributionGame(
        laws, quiet, opportunities=chances, benefits=benefits, resolve=[(0, 0), (F(1, 3), F(1, 2)), (1, 1)]
    )


@pytest.mark.parametrize(("case", "cutoff"), list(CUTOFFS.items()))
def test_symmetric_cutoffs(case: tuple[Any, ...], cutoff: float) -> None:
    found = attribution_equilibrium(symmetric(*case))
    assert found.is_one_box
    assert found.game.are_complements
    for bracket in found.cutoffs:
        assert bracket.lower - 6e-11 <= cutoff <= bracket.upper + 6e-11
        assert bracket.width <= 1e-10
    n, alpha, mu, phi = case[0], *map(float, case[1:])

    def excess(x: float) -> float:
        q = (1 - x) / n
        signal = alpha * q + mu * q + phi * (1 - n * q)
        own, other = alpha * q / signal, mu / (n - 1) * q / signal
        return x - (alpha - phi) * own - (n - 1) * (mu / (n - 1) - phi) * other

    assert brentq(excess, 0, 0.999, xtol=1e-14) == pytest.approx(float(found.cutoffs[0]), abs=1e-9)
    assert read_certificate(json.dumps(found.certificate.to_dict())).verify()


def test_a_rational_cutoff_is_found_exactly() -> None:
    found = attribution_equilibrium(symmetric(2, "0.7", "0.1", 0))
    assert found.exact_cutoffs == (F(5, 8), F(5, 8))
    assert found.attack_probability.exact_lower == F(3, 8)
    assert found.attack_probability.is_exact


@pytest.mark.parametrize("complements", [True, False])
def test_random_games_by_damped_iteration(complements: bool) -> None:
    rng = random.Random(f"{complements}")
    for _ in range(8):
        game = random_game(rng, complements=complements)
        found = attribution_equilibrium(game, width="1e-7")
        data = attribution_floats(game.terms.to_dict())
        assert found.certificate.verify()
        if complements:
            assert game.are_complements
            assert found.is_one_box  # the paper's theorem 1
        for start in (0.0, 1.0):
            x = attribution_fixed_point(data, start, rounds=150)
            if max(abs(a - b) for a, b in zip(x, attribution_map(data, x), strict=True)) < 1e-10:
                inside = [
                    all(float(low) - 1e-8 <= a <= float(high) + 1e-8 for a, (low, high) in zip(x, box, strict=True))
                    for box in found.boxes
                ]
                assert any(inside)


def test_better_attribution_deters_in_the_symmetric_case_and_false_alarms_do_not() -> None:
    def cutoff(alpha: F, mu: F, phi: F) -> float:
        return float(attribution_equilibrium(symmetric(2, alpha, mu, phi), width="1e-6").cutoffs[0])

    alphas = [cutoff(F(k, 10), F(1, 20), F(1, 40)) for k in range(1, 10, 2)]
    phis = [cutoff(F(7, 10), F(1, 10), F(k, 100)) for k in range(0, 10, 3)]
    assert alphas == sorted(alphas)
    assert phis == sorted(phis, reverse=True)


def test_relabelling_attackers_changes_nothing() -> None:
    rng = random.Random(5)
    game = random_game(rng, complements=True)
    while game.terms.num_attackers < 2:
        game = random_game(rng, complements=True)
    order = list(range(game.terms.num_attackers))[::-1]
    terms = game.terms
    turned = AttributionGame(
        [list(terms.attack_signals[i]) for i in order],
        list(terms.quiet_signals),
        opportunities=[terms.opportunities[i] for i in order],
        benefits=[[tuple(k) for k in terms.benefits[i]] for i in order],
        resolve=[tuple(k) for k in terms.resolve],
    )
    one, two = attribution_equilibrium(game), attribution_equilibrium(turned)
    for i, j in enumerate(order):
        assert float(two.cutoffs[i]) == pytest.approx(float(one.cutoffs[j]), abs=1e-9)


# -- changes -----------------------------------------------------------------------------------------------------------


def test_more_attacks_noticed_but_misattributed_backfire() -> None:
    change = attribution_change(symmetric(2, "0.7", "0.1", "0.05"), symmetric(2, "0.7", "0.2", "0.05"))
    assert change.notices_no_less
    assert change.backfires
    assert float(change.attack_probability) == pytest.approx(0.5090305090 - 0.4873967083, abs=1e-9)
    assert list(change.parts) == ["misattribution"]
    assert "backfires" in change.diagnosis
    assert "somebody else" in change.diagnosis


def test_better_detection_helps_and_parts_are_told_apart() -> None:
    change = attribution_change(symmetric(2, "0.7", "0.1", "0.05"), symmetric(2, "0.8", "0.15", "0.02"))
    assert change.direction == "falls"
    assert not change.backfires
    effects = change.part_effects
    assert set(effects) == {"detection", "misattribution", "false alarms"}
    assert float(effects["detection"]) < 0 < float(effects["misattribution"])
    assert float(effects["false alarms"]) < 0
    assert float(effects["detection"]) == pytest.approx(0.5090305090 - 0.5821206198, abs=1e-9)
    same = attribution_change(symmetric(2, "0.7", "0.1", 0), symmetric(2, "0.7", "0.1", 0))
    assert same.direction == "does not change"
    assert not same.parts


def test_games_that_differ_otherwise_are_refused() -> None:
    other = AttributionGame.symmetric(2, detection="0.7", misattribution="0.1", false_alarm=0, opportunity="1/4")
    with pytest.raises(SpecificationError, match="opportunities"):
        attribution_change(symmetric(2, "0.7", "0.1", 0), other)
    with pytest.raises(SpecificationError, match="attackers"):
        attribution_change(symmetric(2, "0.7", "0.1", 0), symmetric(3, "0.7", "0.1", 0))


# -- commitment --------------------------------------------------------------------------------------------------------


def test_committed_retaliation_deters_most_and_is_evaluated_by_sampling() -> None:
    game = symmetric(2, "0.7", "0.1", "0.05")
    most = committed_retaliation(game, attack_cost=2)
    equilibrium = attribution_equilibrium(game)
    assert all(x == F(7, 10) for x in most.cutoffs)
    assert all(float(x) >= c.upper for x, c in zip(most.cutoffs, equilibrium.cutoffs, strict=True))
    rng = np.random.default_rng(1)
    rates = [[0, "1/2", "1/4"], [0, "1/4", "1/2"]]
    mixed = committed_retaliation(game, rates, attack_cost=2)
    size = 400_000
    who = rng.integers(0, 2, size)
    attacks = rng.random(size) > np.array([float(x) for x in mixed.cutoffs])[who]
    laws = np.array([[float(p) for p in law] for law in (*game.terms.attack_signals, game.terms.quiet_signals)])
    seen = (rng.random(size)[:, None] > laws.cumsum(axis=1)[np.where(attacks, who, 2)]).sum(axis=1)
    resolve = rng.random(size)
    payoff = -2.0 * attacks
    for i in range(2):
        r = np.array([float(F(x)) for x in rates[i]])[seen]
        guilty = attacks & (who == i)
        payoff += np.where(resolve >= 1 - r, resolve - ~guilty, 0.0)
    assert payoff.mean() == pytest.approx(float(mixed.victim_payoff), abs=0.01)
    assert float(mixed.attack_probability) == pytest.approx(attacks.mean(), abs=0.005)


def test_top_mean_and_distributions() -> None:
    knots = ((F(0), F(0)), (F(1, 2), F(1, 4)), (F(1), F(1)))
    assert top_mean(knots, F(0)) == 0
    assert top_mean(knots, F(1)) == F(1, 4) * F(1, 4) + F(3, 4) * F(3, 4)
    assert cumulative_probability(knots, F(-1)) == 0
    assert cumulative_probability(knots, F(3, 4)) == F(5, 8)
    assert cumulative_probability(knots, F(2)) == 1


def test_results_are_shown_and_kept() -> None:
    found = attribution_equilibrium(symmetric(2, "0.7", "0.1", "0.05"))
    change = attribution_change(symmetric(2, "0.7", "0.1", 0), symmetric(2, "0.6", "0.1", 0))
    committed = committed_retaliation(symmetric(2, "0.7", "0.1", "0.05"))
    pytest.importorskip("pandas")
    for result in (found, change, committed):
        json.dumps(result.to_dict(), allow_nan=False)
        assert "<p>" in result._repr_html_()
        assert pickle.loads(pickle.dumps(result)) == result  # noqa: S301  # our own bytes
        assert len(result.to_frame()) >= 2


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: symmetric(2, "0.7", "0.4", 0), "detection"),
        (lambda: symmetric(1, "0.7", "0.1", 0), "misattribution"),
        (lambda: AttributionGame([[1, 0]], [1, 0], opportunities=[2]), "opportunities"),
        (lambda: AttributionGame([[1, 0]], [1]), "quiet_signals"),
        (lambda: AttributionGame([[1, 0]], [1, 0], silent=[7]), "silent"),
        (lambda: AttributionGame([[1, 0]], [1, 0], resolve=[(0, 0), (1, "1/2")]), "resolve"),
        (lambda: AttributionGame([[1, 0]], [1, 0], benefits=[(0, 0), (0, 1)]), "benefits"),
        (lambda: AttributionGame([[1, 0]], [1, 0], attackers=["a", "b"]), "attacker"),
        (lambda: attribution_equilibrium(symmetric(2, "0.7", "0.1", 0), width=0), "width"),
        (lambda: committed_retaliation(symmetric(2, "0.7", "0.1", 0), [[1, 1, 2]] * 2), "retaliation"),
        (lambda: committed_retaliation(symmetric(2, "0.7", "0.1", 0), "always"), "retaliation"),
        (lambda: committed_retaliation(symmetric(2, "0.7", "0.1", 0), attack_cost=-1), "attack_cost"),
    ],
)
def test_malformed_questions_are_refused(call: Any, words: str) -> None:
    with pytest.raises(SpecificationError, match=words):
        call()


def test_time_limit() -> None:
    with pytest.raises(SolverError, match="time limit"):
        attribution_equilibrium(symmetric(3, "0.7", "0.2", "0.05"), time_limit=0)
