"""Interdependent security: Kunreuther and Heal's numbers, brute force, theorems of supermodular games, and lies."""

from __future__ import annotations

import itertools
import json
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from lies import lies

from gametheory.certificates import read_certificate
from gametheory.equilibria import pure_nash_equilibria
from gametheory.errors import CertificateError, GameTheoryError, SolverError, SpecificationError, UnsupportedError
from gametheory.networks import (
    InterdependentSecurityGame,
    cheapest_subsidies,
    extreme_security_equilibria,
    is_security_equilibrium,
    security_equilibria,
    security_regret,
    tipping_cascade,
    tipping_set,
)


def equal(n: int, cost: Any, *, q: Any = "1/10") -> InterdependentSecurityGame:
    return InterdependentSecurityGame.symmetric(n, direct="1/5", contagion=q, loss=1000, cost=cost)


def random_game(seed: int, n: int) -> InterdependentSecurityGame:
    rng = np.random.default_rng(seed)
    q = [[Fraction(int(rng.integers(0, 9)), 16) if i != j else Fraction(0) for i in range(n)] for j in range(n)]
    p = [Fraction(int(rng.integers(1, 9)), 10) for _ in range(n)]
    losses = [Fraction(int(rng.integers(5, 20))) for _ in range(n)]
    costs = [p[i] * losses[i] * Fraction(int(rng.integers(1, 17)), 15) for i in range(n)]
    return InterdependentSecurityGame.of(direct=p, contagion=q, losses=losses, costs=costs)


def subsets(n: int) -> Any:
    return itertools.chain.from_iterable(itertools.combinations(range(n), k) for k in range(n + 1))


def brute_costs(game: InterdependentSecurityGame, investors: frozenset[int]) -> list[Fraction]:
    """Expected costs by summing over every outcome of direct and indirect attacks on each agent."""
    n, data = game.num_agents, game.data
    costs = []
    for i in range(n):
        threats = [data.direct[i]] if i not in investors else []
        threats += [data.contagion[j * n + i] for j in range(n) if j != i and j not in investors]
        hit = Fraction(0)
        for outcome in itertools.product((0, 1), repeat=len(threats)):
            chance = Fraction(1)
            for x, t in zip(outcome, threats, strict=True):
                chance *= t if x else 1 - t
            hit += chance if any(outcome) else 0
        costs.append(data.losses[i] * hit + (data.costs[i] if i in investors else 0))
    return costs


def brute_equilibria(game: InterdependentSecurityGame) -> set[frozenset[int]]:
    n = game.num_agents
    costs = {frozenset(s): brute_costs(game, frozenset(s)) for s in subsets(n)}
    return {s for s in costs if all(costs[s][i] <= costs[s ^ {i}][i] for i in range(n))}


# -- published numbers -------------------------------------------------------------------------------------------------


def test_thresholds_of_kunreuther_and_heal() -> None:
    # p = 0.2, q = 0.1, L = 1000: everybody invests iff c ≤ p L = 200, nobody iff c ≥ p L (1 − q)^{n−1}.
    for n, nobody in ((2, Fraction(180)), (10, Fraction(200 * 9**9, 10**9))):
        everyone = range(n)
        assert is_security_equilibrium(equal(n, 200), everyone)
        assert not is_security_equilibrium(equal(n, "200.01"), everyone)
        assert is_security_equilibrium(equal(n, nobody), [])
        assert not is_security_equilibrium(equal(n, nobody - Fraction(1, 10**6)), [])
    assert round(float(Fraction(200 * 9**9, 10**9)), 2) == 77.48
    for cost in ("77.5", 120, "199.9"):
        few, many = extreme_security_equilibria(equal(10, cost))
        assert (len(few.investors), len(many.investors)) == (0, 10)
        assert [len(e.investors) for e in security_equilibria(equal(10, cost))] == [0, 10]
    assert [len(e.investors) for e in security_equilibria(equal(10, 77))] == [10]
    assert [len(e.investors) for e in security_equilibria(equal(10, 201))] == [0]


def test_tipping_among_equal_agents() -> None:
    # k forced: each of the rest sees 9 − k others careless and follows iff 200 · 0.9^{9 − k} > c.
    for cost in (80, 100, 150, 190):
        k = next(k for k in range(10) if 200 * 9 ** (9 - k) > cost * 10 ** (9 - k))
        assert tipping_set(equal(10, cost)).upper == k


# -- brute force -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(10))
def test_costs_and_equilibria_against_brute_force(seed: int) -> None:
    n = 2 + seed % 4
    game = random_game(seed, n)
    known = brute_equilibria(game)
    for s in subsets(n):
        assert list(game.expected_costs(s)) == brute_costs(game, frozenset(s))
        assert bool(is_security_equilibrium(game, s)) == (frozenset(s) in known)
        assert (security_regret(game, s) == 0) == (frozenset(s) in known)
    found = security_equilibria(game)
    assert {frozenset(e.investors) for e in found} == known
    few, many = (frozenset(e.investors) for e in extreme_security_equilibria(game))
    assert all(few <= s <= many for s in known)  # Milgrom and Roberts: a lattice with these ends
    assert {few, many} <= known


def test_pure_equilibria_are_those_of_the_normal_form() -> None:
    game = random_game(3, 4)
    pure = {tuple(e.exact_profile) for e in pure_nash_equilibria(game.normal_form())}
    ours = {tuple(0 if i in e.investors else 1 for i in range(4)) for e in security_equilibria(game)}
    assert pure == ours


@pytest.mark.parametrize("ties", ["stay", "invest"])
@pytest.mark.parametrize("seed", range(8))
def test_tipping_sets_against_all_sets(seed: int, ties: Any) -> None:
    n = 6
    game = random_game(100 + seed, n)
    weights = np.random.default_rng(seed).integers(1, 5, n).tolist()
    found = tipping_set(game, weights=weights, ties=ties)
    tipping = [s for s in subsets(n) if len(tipping_cascade(game, s, ties=ties)) == n]
    assert found.is_optimal
    assert found.upper == min(sum(weights[i] for i in s) for s in tipping)
    assert found.chosen in tipping
    assert found.certificate.verify()


@pytest.mark.parametrize("seed", range(6))
def test_subsidies_against_all_orders(seed: int) -> None:
    n = 5
    game = random_game(200 + seed, n)
    plan = cheapest_subsidies(game)
    totals = []
    for order in itertools.permutations(range(n)):
        careless, total = set(range(n)), Fraction(0)
        for i in order:
            total += max(Fraction(0), game.data.costs[i] - game.data.benefit(i, careless))
            careless.remove(i)
        totals.append(total)
    assert plan.total == min(totals)
    careless = set(range(n))
    for i in plan.order:  # each gains or is indifferent in its turn, with what it is paid
        assert game.data.benefit(i, careless) + plan.payments[i] >= game.data.costs[i]
        careless.remove(i)
    assert not careless


# -- theorems ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(5))
def test_more_contagion_means_fewer_investors(seed: int) -> None:
    game = random_game(seed, 6)
    data = game.data
    half = InterdependentSecurityGame.of(
        direct=data.direct,
        contagion=[[data.contagion[j * 6 + i] / 2 for i in range(6)] for j in range(6)],
        losses=data.losses,
        costs=data.costs,
    )
    for more, less in zip(extreme_security_equilibria(half), extreme_security_equilibria(game), strict=True):
        assert set(less.investors) <= set(more.investors)


def test_the_cascade_grows_with_who_is_forced_and_units_do_not_matter() -> None:
    game = random_game(7, 6)
    for s in subsets(6):
        for i in range(6):
            assert set(tipping_cascade(game, s)) <= set(tipping_cascade(game, {*s, i}))
    data = game.data
    scaled = InterdependentSecurityGame.of(
        direct=data.direct,
        contagion=[[data.contagion[j * 6 + i] for i in range(6)] for j in range(6)],
        losses=[7 * data.losses[i] for i in range(6)],
        costs=[7 * data.costs[i] for i in range(6)],
    )
    assert [e.investors for e in security_equilibria(scaled)] == [e.investors for e in security_equilibria(game)]
    assert cheapest_subsidies(scaled).total == 7 * cheapest_subsidies(game).total


def test_certain_contagion_and_large_games() -> None:
    game = equal(20, 150, q=1)  # one careless neighbour makes all investment useless
    few, many = extreme_security_equilibria(game)
    assert (len(few.investors), len(many.investors)) == (0, 20)
    assert tipping_set(game).upper == 19
    assert many.social_cost == 20 * 150


def test_stopped_early_the_weight_is_bracketed() -> None:
    game = random_game(103, 8)
    whole, stopped = tipping_set(game), tipping_set(game, time_limit=0)
    assert stopped.lower <= whole.upper <= stopped.upper
    assert stopped.certificate.verify()


# -- refusals and lies -------------------------------------------------------------------------------------------------


def test_what_is_refused() -> None:
    good: dict[str, Any] = {"direct": [0.5, 0.5], "contagion": [[0, 0.1], [0.2, 0]], "losses": [1, 1], "costs": [1, 1]}
    for change in (
        {"direct": [0.5, 1.5]},
        {"direct": [0.5]},
        {"contagion": [[0.1, 0.1], [0.2, 0]]},
        {"contagion": [0.1, 0.2]},
        {"losses": [-1, 1]},
        {"costs": [float("nan"), 1]},
        {"agents": ["a", "a"]},
    ):
        with pytest.raises(SpecificationError):
            InterdependentSecurityGame.of(**{**good, **change})
    game = InterdependentSecurityGame.of(**good)
    with pytest.raises(CertificateError, match="decide otherwise"):
        equal(2, 100).equilibrium([0])
    with pytest.raises(SpecificationError, match="ties"):
        tipping_set(game, ties="maybe")  # type: ignore[arg-type]
    with pytest.raises(SpecificationError, match="weights"):
        tipping_set(game, weights=[1])
    with pytest.raises(UnsupportedError, match="max_equilibria"):
        security_equilibria(equal(2, 190), max_equilibria=1)
    with pytest.raises(SolverError, match="max_sets"):
        cheapest_subsidies(equal(10, 190), max_sets=5)
    with pytest.raises(SpecificationError):
        is_security_equilibrium(game, ["nobody"])


def test_results_can_be_written_and_read_back() -> None:
    game = equal(4, 170)
    equilibrium, tipping = security_equilibria(game)[0], tipping_set(game)
    for result in (game, equilibrium, tipping, cheapest_subsidies(game)):
        json.dumps(result.to_dict())
        assert len(result.to_frame()) == 4
        assert repr(result)
    for certificate in (equilibrium.certificate, tipping.certificate):
        assert read_certificate(json.dumps(certificate.to_dict())).verify()


def test_lies_about_investment_and_tipping_are_not_believed() -> None:
    game = random_game(103, 4)
    bases = [
        tipping_set(game).certificate.to_dict(),
        tipping_set(random_game(105, 4), weights=[1, 2, 1, 3]).certificate.to_dict(),
        security_equilibria(game)[0].certificate.to_dict(),
    ]
    believed = 0
    for what, data in lies(bases, 600, 17, words={"ties": ("invest", "stay")}):
        try:
            certificate: Any = read_certificate(data)
            certificate.verify()
        except GameTheoryError:
            continue
        believed += 1
        n = certificate.data.num_agents
        changed = InterdependentSecurityGame(tuple(map(str, range(n))), certificate.data)
        if data["kind"] == "security equilibrium":
            assert frozenset(certificate.investors) in brute_equilibria(changed), what
            continue
        tips = [s for s in subsets(n) if len(tipping_cascade(changed, s, ties=certificate.ties)) == n]
        weigh = {s: sum(certificate.weights[i] for i in s) for s in tips}
        assert weigh[certificate.chosen] == certificate.upper, what
        assert min(weigh.values()) >= certificate.lower, what
    assert believed
