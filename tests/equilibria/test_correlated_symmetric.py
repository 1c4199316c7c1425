"""Symmetric games by orbit against the programme over all profiles."""

from __future__ import annotations

import itertools
import json
import random
from typing import Any

import numpy as np
import pytest
from oracles.correlated import best_value, gains_of_plans

from gametheory.certificates import DualityCertificate
from gametheory.equilibria import correlated_equilibrium, correlated_regret
from gametheory.equilibria.correlated_symmetric import symmetric_correlated_equilibrium_programme
from gametheory.errors import SpecificationError
from gametheory.games import NormalFormGame


def symmetric_game(rng: random.Random, num_players: int, num_actions: int, high: int) -> NormalFormGame:
    payoffs: dict[tuple[int, tuple[int, ...]], int] = {}
    table = np.zeros((num_actions,) * num_players, dtype=int)
    for a in np.ndindex(*table.shape):
        table[a] = payoffs.setdefault((a[0], tuple(sorted(a[1:]))), rng.randint(0, high))
    return NormalFormGame.symmetric(table)


@pytest.mark.parametrize("coarse", [False, True])
@pytest.mark.parametrize("high", [1, 3, 1000])
@pytest.mark.parametrize("size", [(2, 2), (2, 3), (3, 2), (3, 3), (4, 2), (5, 2)])
def test_the_optimum_over_orbits_is_that_over_all_profiles(size: tuple[int, int], high: int, coarse: bool) -> None:
    rng = random.Random(f"{size}{high}{coarse}")
    for _ in range(3):
        game = symmetric_game(rng, *size, high)
        weights = {k: rng.randint(-3, 3) for k in itertools.combinations_with_replacement(range(size[1]), size[0])}
        numbers = np.array([weights[tuple(sorted(a))] for a in np.ndindex(*game.num_actions)])
        for objective in ("welfare", "fairness", [2] * size[0], numbers.reshape(game.num_actions)):
            orbits = correlated_equilibrium(game, objective=objective, coarse=coarse, symmetric=True)
            assert orbits.exact_value == correlated_equilibrium(game, objective=objective, coarse=coarse).exact_value
            assert correlated_regret(game, orbits.exact_profile, coarse=coarse) == 0
            assert sum(orbits.exact_profile.flat) == 1
            for axis in range(size[0] - 1):
                assert np.array_equal(orbits.exact_profile, np.swapaxes(orbits.exact_profile, axis, axis + 1))
            if isinstance(objective, str) and objective == "fairness":
                assert min(orbits.payoffs) == orbits.value


def test_against_every_vertex() -> None:
    rng = random.Random(8)
    for _ in range(3):
        game = symmetric_game(rng, 2, 2, 3)
        table = {a: game.payoff(*a) for a in np.ndindex(2, 2)}
        found = correlated_equilibrium(game, symmetric=True)
        assert found.exact_value == best_value(table, {a: sum(u) for a, u in table.items()})
        assert gains_of_plans(table, dict(np.ndenumerate(found.exact_profile)), coarse=False) == [0, 0]


def test_multipliers_of_orbits_prove_the_bound_for_all_profiles() -> None:
    """The proof in the module: given to every player's row, they meet every dual constraint of the whole programme."""
    rng = random.Random(9)
    for _ in range(10):
        game = symmetric_game(rng, 3, 3, 4)
        found = correlated_equilibrium(game, symmetric=True)
        programme: Any = found.optimality.programme  # type: ignore[attr-defined]
        names = [(a, b) for a in range(3) for b in range(3) if a != b]
        multipliers: Any = found.optimality.multipliers  # type: ignore[attr-defined]
        y = {pair: -multipliers[1 + k] for k, pair in enumerate(names)}
        assert programme.row_names[1] == "each player told 1 plays 2"
        assert min(y.values()) >= 0
        for s in np.ndindex(3, 3, 3):
            total = sum(game.payoff(*s))
            for i, b in itertools.product(range(3), range(3)):
                if b != s[i]:
                    loss = game.payoff(*s)[i] - game.payoff(*(*s[:i], b, *s[i + 1 :]))[i]
                    total += y[s[i], b] * loss
            assert total <= found.exact_value


def test_the_certificate_is_about_this_game() -> None:
    rng = random.Random(10)
    game, other = symmetric_game(rng, 4, 3, 9), symmetric_game(rng, 4, 3, 9)
    found = correlated_equilibrium(game, symmetric=True)
    assert found.certificate is not None
    assert found.certificate.verify(game)
    read = DualityCertificate.from_dict(json.loads(json.dumps(found.optimality.to_dict())))
    assert read.verify(game)
    assert read.verify_against(symmetric_correlated_equilibrium_programme(game, **read.programme.arguments))
    with pytest.raises(Exception, match="symmetric_correlated_equilibrium"):
        read.verify_against(symmetric_correlated_equilibrium_programme(other, **read.programme.arguments))


def test_ten_players_with_a_common_resource() -> None:
    """Each of ten players earns 11 − k where k of them work and 0 where idle: k (11 − k) is largest at 5 and 6.

    A mediator may name five who work: workers get 6 and would get 0; the idle would get 5. Idle players must then be
    told to idle with payoff 0 < 5, so that everybody works: the welfare of every correlated equilibrium is 10.
    """
    table = np.zeros((2,) * 10, dtype=int)
    for a in np.ndindex(*table.shape):
        table[a] = (11 - sum(a)) * a[0]
    found = correlated_equilibrium(NormalFormGame.symmetric(table), symmetric=True)
    assert found.value == 10
    assert found.equilibrium.support == ((1,) * 10,)


def test_what_is_not_symmetric_is_refused() -> None:
    game = NormalFormGame.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]])
    with pytest.raises(SpecificationError, match="objective: it changes when Player 1 and Player 2"):
        correlated_equilibrium(game, objective=[1, 0], symmetric=True)
    with pytest.raises(SpecificationError, match="different payoffs"):
        correlated_equilibrium(NormalFormGame.zero_sum([[1, 0], [0, 2]]), symmetric=True)
    with pytest.raises(SpecificationError, match="not equally many"):
        correlated_equilibrium(NormalFormGame.zero_sum([[1, 0, 1], [0, 2, 2]]), symmetric=True)
    rng = np.random.default_rng(0)
    with pytest.raises(SpecificationError, match="swap actions"):
        correlated_equilibrium(NormalFormGame(rng.integers(0, 9, (3, 2, 2, 2))), symmetric=True)
