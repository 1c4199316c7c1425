"""Equilibria one at a time: the same as the set, none twice, also where the set is too large to list."""

from __future__ import annotations

import functools
import itertools
import random

import numpy as np
import pytest

from gametheory.equilibria import iterate_nash_equilibria, nash_equilibria, nash_regret
from gametheory.equilibria.label_search import Limits, leaves, whole_polytopes
from gametheory.equilibria.vertices import extreme_pairs
from gametheory.errors import SolverError, SpecificationError, UnsupportedError
from gametheory.games import NormalFormGame

FREELY = Limits(10**6, 10**6, None)


def key(equilibrium) -> tuple[tuple[object, ...], ...]:
    return tuple(tuple(vector) for vector in equilibrium.exact_profile)


def integers(rng: random.Random, m: int, n: int, high: int) -> list[list[int]]:
    return [[rng.randint(0, high) for _ in range(n)] for _ in range(m)]


def streams_agree(game: NormalFormGame) -> int:
    truth = {key(e) for e in nash_equilibria(game, completeness="certified")}
    for search in ("integers", "floats", "auto"):
        stream = [key(e) for e in iterate_nash_equilibria(game, search=search)]
        assert len(stream) == len(set(stream))
        assert set(stream) == truth
    return len(truth)


@pytest.mark.parametrize("high", [0, 1, 2, 3, 20, 10**6])
def test_streams_of_random_games_are_the_sets(high: int) -> None:
    rng = random.Random(high)
    for _ in range(40):
        m, n = rng.randint(1, 6), rng.randint(1, 6)
        streams_agree(NormalFormGame.from_bimatrix(integers(rng, m, n, high), integers(rng, m, n, high)))


def test_streams_of_zero_sum_games_and_duplicates_are_the_sets() -> None:
    rng = random.Random(5)
    for _ in range(40):
        A = integers(rng, 4, rng.randint(2, 5), rng.choice((1, 3, 50)))
        streams_agree(NormalFormGame.zero_sum(A))
        B = integers(rng, 4, len(A[0]), 5)
        twice = [*range(4), rng.randrange(4)]
        streams_agree(NormalFormGame.from_bimatrix([A[i] for i in twice], [B[i] for i in twice]))


@pytest.mark.slow
def test_streams_of_larger_games_are_the_sets() -> None:
    rng = random.Random(6)
    count = 0
    for high in (1, 3, 9, 30, 100):
        for _ in range(6):
            m, n = rng.randint(7, 10), rng.randint(7, 10)
            count += streams_agree(NormalFormGame.from_bimatrix(integers(rng, m, n, high), integers(rng, m, n, high)))
    assert count > 300


def test_the_first_of_very_many() -> None:
    """Random games of 40 × 40 and the identity game with its 2⁴⁰ − 1 equilibria: the first twenty, all different."""
    rng = np.random.default_rng(1)
    identity = np.eye(40, dtype=int)
    for A, B in ((rng.random((40, 40)), rng.random((40, 40))), (identity, identity)):
        game = NormalFormGame.from_bimatrix(A, B)
        first = list(itertools.islice(iterate_nash_equilibria(game), 20))
        assert len({key(e) for e in first}) == 20
        assert all(nash_regret(game, e.exact_profile) == 0 for e in first[:5])
        assert all(e.certificate.verify() for e in first[:5])


def test_the_zero_game_has_as_many_as_pairs_of_actions() -> None:
    zero = [[0] * 60 for _ in range(60)]
    first = list(itertools.islice(iterate_nash_equilibria(NormalFormGame.zero_sum(zero), search="integers"), 100))
    assert len({key(e) for e in first}) == 100


def test_one_player_and_three_players() -> None:
    game = NormalFormGame(np.array([[3, 1, 3]]))
    assert [e.profile[0].tolist() for e in iterate_nash_equilibria(game)] == [[1, 0, 0], [0, 0, 1]]
    payoffs = {a: (1, 1, 1) if len(set(a)) == 1 else (0, 0, 0) for a in itertools.product((0, 1), repeat=3)}
    game = NormalFormGame.from_profiles(payoffs)
    equilibria = nash_equilibria(game)
    assert equilibria.completeness == "certified"
    assert sorted(map(key, iterate_nash_equilibria(game))) == sorted(map(key, equilibria))


def test_the_end_of_a_stream_of_three_players_says_if_there_may_be_more() -> None:
    payoffs = dict.fromkeys(itertools.product((0, 1), repeat=3), (0, 0, 0))  # everything is an equilibrium
    stream = iterate_nash_equilibria(NormalFormGame.from_profiles(payoffs))
    given = []
    with pytest.raises(SolverError, match="may be more") as end:
        given.extend(stream)
    assert end.value.status == "undecided"
    assert len(given) == 0 or all(e.certificate.verify() for e in given)


def test_limits_and_refusals() -> None:
    rng = random.Random(7)
    game = NormalFormGame.from_bimatrix(integers(rng, 8, 8, 3), integers(rng, 8, 8, 3))
    for search in ("integers", "floats"):
        with pytest.raises(SolverError, match="limit of branches") as stopped:
            list(iterate_nash_equilibria(game, search=search, max_branches=3))
        assert stopped.value.status == "limit"
        with pytest.raises(SolverError, match="limit of time"):
            list(iterate_nash_equilibria(game, search=search, time_limit=0.0))
    with pytest.raises(SpecificationError, match="search: found 'fast'"):
        iterate_nash_equilibria(game, search="fast")  # type: ignore[arg-type]
    large = NormalFormGame(np.zeros((4, *[5] * 4), dtype=int))
    with pytest.raises(UnsupportedError, match="supports"):
        list(iterate_nash_equilibria(large))


def test_branches_can_be_left_out() -> None:
    """Only branches in which player 1 can still play the first action: the equilibria in which it does."""
    rng = random.Random(8)
    left_out = 0
    possible = functools.partial(leaves, keep=lambda faces: not faces[0].labels & 1)
    for _ in range(30):
        A, B = integers(rng, 5, 5, 3), integers(rng, 5, 5, 3)
        root = whole_polytopes(A, B)
        everything = {(x, y) for x, y in extreme_pairs(root, FREELY) if x[0]}
        kept = {(x, y) for x, y in extreme_pairs(root, FREELY, walk=possible)}
        assert {pair for pair in kept if pair[0][0]} == everything
        left_out += len(kept) < sum(1 for _ in extreme_pairs(root, FREELY))
    assert left_out > 0
