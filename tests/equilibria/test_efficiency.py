"""Prices of anarchy, stability and correlation against brute force and published numbers; Pareto dominance."""

from __future__ import annotations

import dataclasses
import itertools
import math
import random
from fractions import Fraction

import numpy as np
import pytest
from oracles.nash import extreme_equilibria

from gametheory.equilibria import multiplayer_equilibria, nash_equilibria
from gametheory.equilibria.efficiency import (
    is_pareto_optimal,
    pareto_dominates,
    pareto_optimal_profiles,
    price_of_anarchy,
    price_of_correlation,
    price_of_stability,
)
from gametheory.errors import CertificateError, InfeasibleError, SpecificationError, UnsupportedError
from gametheory.games.normal_form import NormalFormGame

F = Fraction


def table(rng: random.Random, m: int, n: int, low: int, high: int) -> list[list[int]]:
    return [[rng.randint(low, high) for _ in range(n)] for _ in range(m)]


def welfare(A, B, x, y) -> Fraction:
    return sum(
        (p * q * (A[i][j] + B[i][j]) for i, p in enumerate(x) for j, q in enumerate(y)),
        F(0),
    )


@pytest.mark.parametrize("seed", range(25))
def test_prices_agree_with_brute_force_over_extreme_equilibria(seed: int) -> None:
    """Integers 1..4 make many degenerate games, whose equilibria are continua."""
    rng = random.Random(seed)
    m, n = rng.randint(1, 4), rng.randint(1, 4)
    A, B = table(rng, m, n, 1, 4), table(rng, m, n, 1, 4)
    game = NormalFormGame.from_bimatrix(A, B)
    best = max(a + b for row, other in zip(A, B, strict=True) for a, b in zip(row, other, strict=True))
    reached = [welfare(A, B, x, y) for x, y in extreme_equilibria(A, B)]
    found = nash_equilibria(game)
    anarchy, stability = (price(game, equilibria=found) for price in (price_of_anarchy, price_of_stability))
    assert anarchy.exact_value == F(best) / min(reached)
    assert stability.exact_value == F(best) / max(reached)
    assert anarchy.verify()
    assert anarchy.status == "certified"
    # The same game as one of costs: payoffs are minus costs.
    costs = NormalFormGame.from_bimatrix([[-a for a in row] for row in A], [[-b for b in row] for row in B])
    least = min(a + b for row, other in zip(A, B, strict=True) for a, b in zip(row, other, strict=True))
    spent = [-welfare(costs_a(A), costs_a(B), x, y) for x, y in extreme_equilibria(costs_a(A), costs_a(B))]
    assert price_of_anarchy(costs, objective="cost").exact_value == max(spent) / least
    assert price_of_stability(costs, objective="cost").exact_value == min(spent) / least


def costs_a(A):
    return [[-a for a in row] for row in A]


@pytest.mark.parametrize("seed", range(20))
def test_extremes_over_a_continuum_lie_at_extreme_equilibria(seed: int) -> None:
    """Random points of the maximal Nash subsets never do better or worse than the ratios say."""
    rng = random.Random(seed)
    A, B = table(rng, 3, 3, 1, 2), table(rng, 3, 3, 1, 2)
    game = NormalFormGame.from_bimatrix(A, B)
    found = nash_equilibria(game)
    low = price_of_anarchy(game, equilibria=found).reached
    high = price_of_stability(game, equilibria=found).reached
    for subset in found.maximal_nash_subsets:
        for _ in range(10):
            pair = []
            for i, face in enumerate(subset):
                weights = [rng.randint(0, 5) + F(1, 7) for _ in face]
                pair.append(
                    sum(w * found.extreme_strategies[i][k] for w, k in zip(weights, face, strict=True)) / sum(weights)
                )
            assert low <= welfare(A, B, *pair) <= high


def test_published_numbers() -> None:
    """Aumann 1974 (mediator 20/3 against 6), and his chicken (21/2 against 9)."""
    aumann = NormalFormGame.from_bimatrix([[5, 0], [4, 1]], [[1, 0], [4, 5]])
    price = price_of_correlation(aumann)
    assert (price.benchmark, price.reached, price.exact_value) == (F(20, 3), 6, F(10, 9))
    assert price.verify()
    chicken = NormalFormGame.from_bimatrix([[6, 2], [7, 0]], [[6, 7], [2, 0]])
    assert price_of_correlation(chicken).exact_value == F(21, 2) / F(28, 3)  # the mixed one: each 14/3


@pytest.mark.parametrize("seed", range(30))
def test_mediation_value_of_two_by_two_games_is_at_most_four_thirds(seed: int) -> None:
    """Ashlagi, Monderer and Tennenholtz (2008); never below one, as Nash equilibria are correlated ones."""
    rng = random.Random(seed)
    game = NormalFormGame.from_bimatrix(
        table(rng, 2, 2, 0, 9), [[a + 1 for a in row] for row in table(rng, 2, 2, 0, 9)]
    )
    assert 1 <= price_of_correlation(game).exact_value <= F(4, 3)


def test_three_players_over_pure_equilibria() -> None:
    def payoff(*a: int) -> tuple[int, ...]:
        return (4, 4, 4) if sum(a) == 0 else tuple(2 if sum(a) == 3 else 1 for _ in a)

    game = NormalFormGame.from_function(payoff, [2, 2, 2])
    pure = [a for a in itertools.product(range(2), repeat=3) if _is_nash(game, a)]
    reached = [sum(game.payoff(*a)) for a in pure]
    assert price_of_anarchy(game, equilibria="pure").exact_value == F(12, min(reached)) == 2
    assert price_of_stability(game, equilibria="pure").exact_value == F(12, max(reached)) == 1
    assert price_of_correlation(game, equilibria="pure").exact_value == 1
    # Between the two all mix: with q of action 0 in the others, 1 + 3 q² = 1 + (1 − q)², so that q = 1/(1 + √3).
    with pytest.raises(UnsupportedError, match="equilibria='pure'"):
        price_of_anarchy(game)
    with pytest.raises(UnsupportedError, match="irrational"):
        price_of_anarchy(game, equilibria=multiplayer_equilibria(game))


def test_three_players_over_all_equilibria() -> None:
    """McKelvey and McLennan (1997): nine equilibria, all rational, of which two are totally mixed."""
    payoffs = dict.fromkeys(itertools.product(range(2), repeat=3), (0, 0, 0))
    payoffs |= {(0, 0, 0): (9, 8, 12), (1, 1, 0): (9, 8, 2), (1, 0, 1): (3, 4, 6), (0, 1, 1): (3, 4, 6)}
    game = NormalFormGame.from_profiles(payoffs)
    half, third, quarter, fifths = F(1, 2), F(1, 3), F(1, 4), F(2, 5)
    first = [
        (1, 1, 1),
        (1, 0, 0),
        (0, 1, 0),
        (0, 0, 1),
        (half, half, 1),
        (half, fifths, quarter),
        (fifths, half, third),
    ]
    first += [(third, 1, quarter), (0, quarter, third)]  # probabilities of the first actions
    welfare = []
    for x in first:
        chance = {a: math.prod(p if k == 0 else 1 - p for p, k in zip(x, a, strict=True)) for a in payoffs}
        welfare.append(sum(chance[a] * sum(payoffs[a]) for a in payoffs))
    price = price_of_anarchy(game)
    assert price.exact_value == F(29) / min(welfare)
    assert price.status == "certified"
    assert price.verify()
    assert price_of_stability(game).exact_value == F(29) / max(welfare) == 1
    continuum = NormalFormGame.from_function(lambda a, b, c: [1 + (a == b), 1 + (a == b), 5], (2, 2, 2))
    with pytest.raises(UnsupportedError, match="there may be more"):
        price_of_anarchy(continuum)
    assert price_of_anarchy(continuum, completeness="numerical").status == "numerical"


def _is_nash(game: NormalFormGame, a: tuple[int, ...]) -> bool:
    return all(game.payoff(*a)[i] >= game.payoff(*a[:i], b, *a[i + 1 :])[i] for i in range(3) for b in range(2))


def test_ratios_that_say_nothing_are_refused() -> None:
    pennies = NormalFormGame.zero_sum([[1, -1], [-1, 1]])
    with pytest.raises(SpecificationError, match="positive numbers only"):
        price_of_anarchy(pennies)
    with pytest.raises(InfeasibleError, match="no pure Nash") as caught:
        price_of_anarchy(pennies, equilibria="pure")
    assert caught.value.certificate.verify()
    benefits = NormalFormGame.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]])
    with pytest.raises(SpecificationError, match="objective='welfare'"):
        price_of_anarchy(benefits, objective="cost")
    with pytest.raises(SpecificationError, match="pass a set of Nash equilibria of this game"):
        price_of_anarchy(benefits, equilibria=nash_equilibria(pennies))
    with pytest.raises(SpecificationError, match="objective: found"):
        price_of_anarchy(benefits, objective="profit")  # type: ignore[arg-type]


def test_a_false_ratio_does_not_verify() -> None:
    price = price_of_anarchy(NormalFormGame.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]]))
    assert price.verify()
    for change in (
        {"exact_value": F(2)},
        {"reached": F(3), "exact_value": F(2)},
        {"benchmark": F(4), "exact_value": F(2)},
    ):
        with pytest.raises(CertificateError):
            dataclasses.replace(price, **change).verify()


def test_games_of_floats_give_floats_with_the_exact_ratio_behind() -> None:
    game = NormalFormGame.from_bimatrix([[0.3, 0.0], [0.5, 0.1]], [[0.3, 0.5], [0.0, 0.1]])
    price = price_of_anarchy(game)
    assert isinstance(price.value, float)
    assert price.exact_value == F(0.3) / F(0.1) == F(price.benchmark) / price.reached
    assert "certified" in repr(price)
    assert price.to_dict()["value"] == f"{price.exact_value.numerator}/{price.exact_value.denominator}"
    assert list(price.to_frame()["welfare"]) == [price.benchmark, price.reached]


@pytest.mark.parametrize("seed", range(25))
@pytest.mark.parametrize("dominance", ["weak", "strict"])
def test_pareto_optimal_profiles_agree_with_the_definition(seed: int, dominance) -> None:
    rng = random.Random(seed)
    sizes = [rng.randint(1, 4) for _ in range(rng.randint(1, 3))]
    game = NormalFormGame.from_function(lambda *a: [rng.randint(0, 3) for _ in sizes], sizes)
    if seed % 3 == 0:
        game = game.to_float()
    profiles = list(itertools.product(*map(range, sizes)))
    payoffs = {a: game.payoff(*a) for a in profiles}

    def dominates(u, v) -> bool:
        if dominance == "strict":
            return all(p > q for p, q in zip(u, v, strict=True))
        return all(p >= q for p, q in zip(u, v, strict=True)) and u != v

    optimal = tuple(a for a in profiles if not any(dominates(payoffs[b], payoffs[a]) for b in profiles))
    assert pareto_optimal_profiles(game, dominance=dominance) == optimal
    for a in profiles:
        verdict = is_pareto_optimal(game, a, dominance=dominance)
        assert bool(verdict) == (a in optimal)
        if a not in optimal:
            assert pareto_dominates(game, verdict.witness, a, dominance=dominance)
            assert verdict.gain == sum(payoffs[verdict.witness]) - sum(payoffs[a])
        for b in profiles:
            assert pareto_dominates(game, b, a, dominance=dominance) == dominates(payoffs[b], payoffs[a])


def test_mixed_and_correlated_profiles_are_compared_exactly() -> None:
    game = NormalFormGame.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]])
    half = np.array([[F(1, 2), 0], [0, F(1, 2)]], dtype=object)  # payoffs 2, 2
    assert pareto_dominates(game, half, (1, 1), dominance="strict")
    assert pareto_dominates(game, (0, 0), half)
    assert not pareto_dominates(game, half, half)
    verdict = is_pareto_optimal(game, [["1/2", "1/2"], ["1/2", "1/2"]])  # payoffs 9/4, 9/4
    assert (verdict.gain, verdict.witness) == (F(3, 2), (0, 0))
    with pytest.raises(SpecificationError, match="dominance"):
        pareto_dominates(game, (0, 0), (1, 1), dominance="strong")  # type: ignore[arg-type]
