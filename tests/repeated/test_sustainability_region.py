"""Regions of repeated play against critical discount factors at exact points, and Friedman's threshold."""

from __future__ import annotations

import random
from fractions import Fraction as F

import pytest
import sympy as sp

from gametheory.equilibria import pure_nash_equilibria
from gametheory.errors import SpecificationError, UnsupportedError
from gametheory.games import NormalFormGame
from gametheory.repeated import Cycle, critical_discount, sustainability_region
from gametheory.symbolic import prove, reals

T, R, P, S, delta, x = reals("T R P S delta x")
DILEMMA = NormalFormGame.symmetric([[R, S], [T, P]], actions=["C", "D"])
ORDER = [T > R, R > P, P > S]


def test_friedman() -> None:
    region = sustainability_region(DILEMMA, ("C", "C"), discount=delta, punishment=("D", "D"), assumptions=ORDER)
    given = [*region.assumptions]
    assert prove(given, sp.Equivalent(region.statement, delta >= (T - R) / (T - P))).status == "proved"
    taking_turns = sustainability_region(
        DILEMMA, Cycle([("C", "D"), ("D", "C")]), discount=delta, punishment=("D", "D"), assumptions=ORDER
    )
    assert prove(given, sp.Equivalent(taking_turns.statement, delta * (T - P) >= P - S)).status == "proved"
    bounded = sustainability_region(
        DILEMMA, ("C", "C"), discount=delta, punishment={"payoffs": [S, S]}, assumptions=ORDER
    )
    assert prove(given, sp.Equivalent(bounded.statement, delta >= (T - R) / (T - S))).status == "proved"


def test_each_player_has_a_patience_of_its_own() -> None:
    game = NormalFormGame.from_bimatrix([[4, 0], [5, 1]], [[4, 7], [0, 1]])
    region = sustainability_region(game, (0, 0), discount=reals("d1 d2"), punishment=(1, 1))
    assert region.holds({"d1": F(1, 4), "d2": F(1, 2)})
    assert not region.holds({"d1": F(1, 4), "d2": F(49, 100)})
    assert not region.holds({"d1": F(24, 100), "d2": F(1, 2)})


def test_a_punishment_must_be_an_equilibrium() -> None:
    region = sustainability_region(DILEMMA, ("C", "C"), discount=delta, punishment=("D", "D"))
    assert not region.holds({"T": 5, "R": 3, "P": 0, "S": 1, "delta": F(9, 10)})  # leaving (D, D) would pay
    assert any("leaves the punishment" in name for name in region.names)


@pytest.mark.parametrize("seed", range(6))
def test_random_games_agree_with_the_critical_discount(seed) -> None:
    rng = random.Random(seed)
    found = 0
    while found < 4:
        a, b = ([[rng.randint(-4, 6) for _ in "12"] for _ in "12"] for _ in "ab")
        numbers = NormalFormGame.from_bimatrix(a, b)
        stage = [tuple(map(int, e.profile)) for e in pure_nash_equilibria(numbers)]
        target = (rng.randrange(2), rng.randrange(2))
        if not stage or target in stage:
            continue
        found += 1
        game = NormalFormGame.from_bimatrix([[v + x for v in row] for row in a], b)  # a shift changes nothing
        region = sustainability_region(game, target, discount=delta, punishment=stage[0])
        exact = critical_discount(numbers, target, punishment="nash", punishment_profiles=[stage[0]])
        for d in (F(0), F(1, 3), F(1, 2), F(3, 4), F(9, 10), F(99, 100)):
            expected = any(low <= d <= high for low, high in _intervals(numbers, target, stage[0]))
            values = {"delta": d} | ({"x": rng.randint(-5, 5)} if "x" in map(str, region.parameters) else {})
            assert region.holds(values) == expected
        if exact.sustainable:
            values = {str(symbol): 0 for symbol in region.parameters} | {"delta": exact.discount}
            assert region.holds(values)


def _intervals(game, target, punishment):
    """By the definition: each player's one-shot condition is linear in δ."""
    low, high = F(0), F(1)
    for i in range(2):
        for b in range(2):
            if b == target[i]:
                continue
            moved = (*target[:i], b, *target[i + 1 :])
            gain = game.payoff(*moved)[i] - game.payoff(*target)[i]
            slope = game.payoff(*moved)[i] - game.payoff(*punishment)[i]
            if slope > 0:
                low = max(low, F(gain) / slope)
            elif slope < 0:
                high = min(high, F(gain) / slope)
            elif gain > 0:
                return []
    return [(low, high)]


def test_refusals() -> None:
    game = NormalFormGame.from_bimatrix([[4, 0], [5, 1]], [[4, 7], [0, 1]])
    with pytest.raises(SpecificationError, match="critical_discount"):
        sustainability_region(game, (0, 0), discount=F(1, 2), punishment=(1, 1))
    with pytest.raises(SpecificationError, match="one for each"):
        sustainability_region(DILEMMA, (0, 0), discount=[delta], punishment=(1, 1))
    with pytest.raises(SpecificationError, match="punishment"):
        sustainability_region(DILEMMA, (0, 0), discount=delta, punishment={"worth": [0, 0]})
    with pytest.raises(UnsupportedError, match="pure"):
        sustainability_region(DILEMMA, [["1/2", "1/2"], [1, 0]], discount=delta, punishment=(1, 1))


def test_a_punishment_that_is_not_defined_sustains_nothing() -> None:
    x, r = reals("x r")
    game = NormalFormGame.symmetric([[3, 0], [x, 1]], actions=["C", "D"])
    region = sustainability_region(game, ("C", "C"), discount=r, punishment={"payoffs": [1 / r, 1 / r]})
    assert region.holds({x: 2, r: "1/2"})
    assert not region.holds({x: 2, r: 0})
