"""Cutting planes against the whole programme, and what the certificate of a relaxation does and does not say."""

from __future__ import annotations

import random
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from gametheory.arithmetic import RationalArray
from gametheory.equilibria import correlated_equilibrium, correlated_regret
from gametheory.equilibria import correlated_solver as solver
from gametheory.equilibria.correlated import correlated_equilibrium_programme
from gametheory.errors import CertificateError, SpecificationError
from gametheory.games import NormalFormGame
from gametheory.optimize.exact import solve_exact


@pytest.fixture(autouse=True)
def by_cutting_planes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solver, "_WHOLE", 0)


def random_game(rng: random.Random, shape: tuple[int, ...], high: int, shift: int = 0) -> NormalFormGame:
    return NormalFormGame.from_function(lambda *_: [shift + rng.randint(0, high) for _ in shape], shape)


def agrees_with_the_whole(game: NormalFormGame, objective: Any, coarse: bool) -> None:
    found = correlated_equilibrium(game, objective=objective, coarse=coarse)
    whole = correlated_equilibrium_programme(game, objective=objective, coarse=coarse)
    assert found.exact_value == solve_exact(whole).value
    assert correlated_regret(game, found.exact_profile, coarse=coarse) == 0
    assert found.certificate is not None
    assert found.certificate.verify(game)
    assert found.optimality.verify(game)
    certificate: Any = found.optimality
    assert certificate.verify_against(correlated_equilibrium_programme(game, **certificate.programme.arguments))
    # A point of the relaxation that the missing rows allow too: the claim is about both programmes.
    assert whole.infeasibility(certificate.primal) is None


@pytest.mark.parametrize("coarse", [False, True])
@pytest.mark.parametrize("high", [1, 3, 10**6])
@pytest.mark.parametrize("shape", [(3, 3), (2, 4), (2, 3, 2), (2, 2, 2, 2)])
def test_cutting_planes_reach_the_optimum_of_all_rows(shape: tuple[int, ...], high: int, coarse: bool) -> None:
    rng = random.Random(f"{shape}{high}{coarse}")
    for _ in range(3):
        game = random_game(rng, shape, high)
        numbers = np.array([rng.randint(-5, 5) for _ in range(game.num_profiles)]).reshape(shape)
        weights = [rng.randint(-2, 2) for _ in shape]
        for objective in ("welfare", "fairness", weights, numbers):
            agrees_with_the_whole(game, objective, coarse)


@pytest.mark.parametrize("shift", [10**9, 10**15, 3**60])
def test_a_common_part_of_payoffs_changes_nothing(shift: int) -> None:
    rng = random.Random(shift)
    game = random_game(rng, (3, 4), 3, shift)
    for objective in ("welfare", "fairness", [1, -1]):
        agrees_with_the_whole(game, objective, False)


def test_floats_and_near_ties() -> None:
    rng = np.random.default_rng(4)
    for scale in (1.0, 1e-9):
        ties = rng.integers(0, 2, (3, 3, 3, 3)) + 1e-10 * rng.integers(0, 2, (3, 3, 3, 3))
        agrees_with_the_whole(NormalFormGame(scale * rng.random((3, 3, 3, 3))), "welfare", False)
        agrees_with_the_whole(NormalFormGame(scale * ties), "welfare", False)


def test_few_rows_are_enough() -> None:
    game = NormalFormGame(np.random.default_rng(2).random((3, 8, 8, 8)))
    found = correlated_equilibrium(game)
    rows: Any = found.optimality.programme.arguments["rows"]  # type: ignore[attr-defined]
    assert len(rows) < 3 * 8 * 7 // 3
    assert correlated_regret(game, found.exact_profile) == 0
    assert found.value == pytest.approx(solve_exact(correlated_equilibrium_programme(game)).value, abs=1e-12)


def test_a_relaxation_bounds_and_does_not_pretend_to_be_the_whole() -> None:
    """Without rows the bound is the largest welfare: true, not tight, and no certificate of the other programme."""
    game = NormalFormGame.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]])
    whole = correlated_equilibrium_programme(game)
    relaxed = solve_exact(correlated_equilibrium_programme(game, rows=[]))
    assert relaxed.value == 6
    assert solve_exact(whole).value == 2
    with pytest.raises(CertificateError):
        relaxed.certificate.verify_against(whole)


@pytest.mark.parametrize(
    "rows",
    [
        [[0, 0]],
        [[0, 0, 0]],
        [[2, 0, 1]],
        [[0, 0, 2]],
        [[0, 0, True]],
        [[0, 1, 0], [0, 0, 1]],
        [[0, 0, 1], [0, 0, 1]],
        [[0.0, 0, 1]],
        [[]],
        [["0", 0, 1]],
    ],
)
def test_rows_that_do_not_exist_are_refused(rows: Any) -> None:
    game = NormalFormGame.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]])
    with pytest.raises(SpecificationError, match="rows"):
        correlated_equilibrium_programme(game, rows=rows)


def test_gains_of_disobedience_by_the_definition() -> None:
    rng = random.Random(3)
    for size in (1, 2**40):
        game = NormalFormGame.from_function(lambda *_, s=size: [rng.randint(-9, 9) * s for _ in range(3)], (2, 3, 2))
        weights = [rng.choice([0, 0, 1, 5, size]) for _ in range(12)]
        weights[3] += 1
        play = RationalArray.of_integers(weights, sum(weights))
        table = np.array(weights, dtype=object).reshape(2, 3, 2)
        unit = play.denominator * game.denominator
        for i, gains in enumerate(solver.disobedience_gains(game, play)):
            for told in range(game.num_actions[i]):
                for plays in range(game.num_actions[i]):
                    expected = Fraction(0)
                    for a in np.ndindex(2, 3, 2):
                        if a[i] == told:
                            other = game.payoff(*(*a[:i], plays, *a[i + 1 :]))[i]
                            expected += Fraction(table[a], sum(weights)) * (other - game.payoff(*a)[i])
                    assert Fraction(int(gains[told, plays]), unit) == expected
