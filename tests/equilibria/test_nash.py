"""Regret, predicate, one equilibrium, one player."""

from __future__ import annotations

import random
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from oracles.nash import largest_regret
from paper_games import PAPER_GAMES

from gametheory.equilibria import (
    is_nash_equilibrium,
    iterate_nash_equilibria,
    nash_equilibria,
    nash_equilibrium,
    nash_regret,
)
from gametheory.errors import SolverError, SpecificationError, UndecidedError, UnsupportedError
from gametheory.games import NormalFormGame
from gametheory.games.memory import memory_limit

PRISONERS = NormalFormGame.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]], actions=[["C", "D"], ["C", "D"]])


def distribution(rng: random.Random, m: int) -> list[Fraction]:
    weights = [rng.randint(0, 3) for _ in range(m)]
    weights[rng.randrange(m)] += 1
    return [Fraction(w, sum(weights)) for w in weights]


def test_regret_agrees_with_plain_fractions() -> None:
    rng = random.Random(1)
    for _ in range(100):
        m, n = rng.randint(1, 4), rng.randint(1, 4)
        A, B = ([[Fraction(rng.randint(-9, 9), rng.randint(1, 4)) for _ in range(n)] for _ in range(m)] for _ in "AB")
        x, y = distribution(rng, m), distribution(rng, n)
        game = NormalFormGame.from_bimatrix(A, B)
        regret = largest_regret(A, B, x, y)
        assert nash_regret(game, (x, y)) == regret
        verdict = is_nash_equilibrium(game, (x, y))
        assert bool(verdict) == (regret == 0)
        if regret:
            assert verdict.witness.verify(game)
            assert verdict.gain == max(verdict.witness.gains)
        else:
            assert verdict.witness is None


def test_verdict_names_the_gain_relative_to_the_span() -> None:
    verdict = is_nash_equilibrium(PRISONERS, ("C", "C"))
    assert verdict.status == "no"
    assert (verdict.gain, verdict.witness.members, verdict.witness.deviation) == (2, (0,), (1,))
    assert is_nash_equilibrium(PRISONERS, ("C", "C"), tol=Fraction(2, 5))  # a gain of 2 in a span of 5
    assert not is_nash_equilibrium(PRISONERS, ("C", "C"), tol=Fraction(2, 5) - Fraction(1, 10**12))


def test_floats_are_within_tolerance_unless_told() -> None:
    game = NormalFormGame.zero_sum([[3.0, 0.0], [0.0, 1.0]])  # equilibrium (1/4, 3/4) for both
    assert is_nash_equilibrium(game, ([0.25, 0.75], [0.25, 0.75])).status == "yes"
    near = is_nash_equilibrium(game, ([0.25, 0.75], [0.25 + 1e-12, 0.75 - 1e-12]))
    assert near.status == "within tolerance"
    with pytest.raises(UndecidedError, match="tol="):
        bool(near)
    assert is_nash_equilibrium(game, ([0.25, 0.75], [0.25 + 1e-12, 0.75 - 1e-12]), tol=1e-9)
    assert is_nash_equilibrium(game, ([0.25, 0.75], [0.3, 0.7])).status == "no"
    with pytest.raises(SpecificationError, match="tol"):
        is_nash_equilibrium(game, (0, 0), tol=-1)


def test_float_profile_of_an_exact_game() -> None:
    game = NormalFormGame.zero_sum([[3, 0], [0, 2]])  # equilibrium (2/5, 3/5), which no floats are
    verdict = is_nash_equilibrium(game, ([0.4, 0.6], [0.4, 0.6]))
    assert verdict.status == "within tolerance"
    assert 0 < nash_regret(game, ([0.4, 0.6], [0.4, 0.6])) < Fraction(1, 10**15)
    exact = nash_equilibria(game)[0]
    assert is_nash_equilibrium(game, exact.exact_profile)


def test_one_equilibrium_of_every_two_player_game() -> None:
    rng = np.random.default_rng(2)
    for k in range(60):
        sizes = tuple(rng.integers(1, 6, size=2))
        payoffs = rng.integers(0, 3, size=(2, *sizes)) if k % 2 else rng.random((2, *sizes))
        game = NormalFormGame(payoffs)
        e = nash_equilibrium(game)
        assert nash_regret(game, e.exact_profile) == 0
        assert e.certificate.verify(game)
        assert e.kind == "mixed"
        assert e in tuple(nash_equilibria(game)) or nash_equilibria(game).degenerate


def test_one_equilibrium_of_three_players() -> None:
    with_pure = NormalFormGame(np.ones((3, 2, 2, 2), dtype=int))
    assert nash_equilibrium(with_pure).support == ((0,), (0,), (0,))
    table = np.zeros((3, 2, 2, 2), dtype=int)
    for a in np.ndindex(2, 2, 2):  # player 1 matches 2, player 2 mismatches 1
        table[0][a], table[1][a] = int(a[0] == a[1]), int(a[0] != a[1])
    e = nash_equilibrium(NormalFormGame(table))
    assert [e.exact_profile[i].tolist() for i in (0, 1)] == [[Fraction(1, 2), Fraction(1, 2)]] * 2
    assert nash_regret(e.game, e.exact_profile) == 0
    assert e.certificate.verify(e.game)


def test_a_decision_of_one_player() -> None:
    game = NormalFormGame([[1, 5, 5, 2]], actions=[["a", "b", "c", "d"]])
    equilibria = nash_equilibria(game)
    assert [e.support for e in equilibria] == [((1,),), ((2,),)]
    assert equilibria.components == ((0, 1),)
    assert equilibria.degenerate
    assert "2 optimal actions (b, c)" in equilibria.degeneracy
    assert equilibria.certificate.verify()
    with pytest.raises(SolverError, match="max_equilibria=1"):
        nash_equilibria(game, max_equilibria=1)


def test_symbols_are_refused() -> None:
    sympy = pytest.importorskip("sympy")
    game = NormalFormGame.from_bimatrix([[sympy.Symbol("a"), 1]], [[0, 1]])
    for solver in (nash_equilibria, nash_equilibrium):
        with pytest.raises(UnsupportedError, match="free symbols"):
            solver(game)


def test_memory_is_foreseen() -> None:
    game = NormalFormGame(np.random.default_rng(3).integers(0, 1000, size=(2, 60, 60)))
    with memory_limit(100_000), pytest.raises(SpecificationError, match="simplex dictionaries"):
        nash_equilibria(game)
    pennies = np.eye(500, dtype=int)
    large = NormalFormGame.from_bimatrix(pennies, np.roll(pennies, 1, axis=1))
    with memory_limit(5 * 10**6), pytest.raises(SpecificationError, match="inverses of six bases"):
        nash_equilibrium(large)


@pytest.mark.parametrize("name", PAPER_GAMES)
def test_published_equilibria_have_no_regret(name: str) -> None:
    paper = PAPER_GAMES[name]
    for profile in (*paper.pure_nash, *(paper.nash or ())):
        assert nash_regret(paper.game, profile) == 0


@pytest.mark.parametrize("limit", [float("nan"), -1, "5", True])
def test_time_limits_are_read_before_work_starts(limit: Any) -> None:
    pennies = NormalFormGame.zero_sum([[1, -1], [-1, 1]])
    for ask in (nash_equilibrium, nash_equilibria, iterate_nash_equilibria):
        with pytest.raises(SpecificationError, match="time_limit: found"):
            ask(pennies, time_limit=limit)


@pytest.mark.parametrize("limit", [-1, 2.5, "5", True])
def test_limits_are_whole_numbers(limit: Any) -> None:
    pennies = NormalFormGame.zero_sum([[1, -1], [-1, 1]])
    with pytest.raises(SpecificationError, match="max_branches: found"):
        iterate_nash_equilibria(pennies, max_branches=limit)
    for name in ("max_equilibria", "max_branches"):
        with pytest.raises(SpecificationError, match=f"{name}: found"):
            nash_equilibria(pennies, **{name: limit})


def test_tables_are_not_games() -> None:
    for ask in (nash_equilibrium, nash_equilibria, iterate_nash_equilibria):
        with pytest.raises(SpecificationError, match=r"game: found list; build one with NormalFormGame\.from_bimatrix"):
            ask([[1, 0], [0, 1]])  # type: ignore[operator]
