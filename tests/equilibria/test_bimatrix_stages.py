"""The stages of the search for one equilibrium, each forced alone: paths from priors, small supports, programmes."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest

from gametheory.equilibria import bimatrix_equilibrium as search
from gametheory.equilibria import nash_equilibria, nash_equilibrium, nash_regret, zero_sum_equilibrium
from gametheory.equilibria.bimatrix import mixed_equilibrium
from gametheory.equilibria.lemke_howson_floats import unit_payoffs
from gametheory.equilibria.nearby_equilibrium import nearby_supports
from gametheory.equilibria.prior_paths import prior_supports, regret_of, smoothed_equilibria
from gametheory.equilibria.small_supports import two_by_two_supports
from gametheory.equilibria.support_programme import programme_supports, strategies_within
from gametheory.errors import SolverError
from gametheory.games import NormalFormGame
from gametheory.games.memory import memory_limit

STAGES = ["_float_paths", "_prior_paths", "_programme", "_integer_paths"]


def task_of(game: NormalFormGame, seconds: float = 60.0) -> search._Task:
    exact_game = game.exact()
    return search._Task(game, exact_game, unit_payoffs(*exact_game.numerators), time.monotonic() + seconds, [], set())


def stage_of(name: str, task: search._Task) -> Iterator[search._Found | None]:
    if name == "_integer_paths":
        return search._integer_paths(task.game, task.exact_game, task.deadline)
    stage: Iterator[search._Found | None] = getattr(search, name)(task)
    return stage


def found_by(name: str, task: search._Task) -> search._Found | None:
    """What a stage finds by itself, checked; ``None`` where it gives up."""
    for found in stage_of(name, task):
        if found is not None:
            e = mixed_equilibrium(task.game, task.exact_game, *found.strategies, found.method)
            assert nash_regret(task.game, e.exact_profile) == 0
            assert e.certificate.verify(task.game)
            return found
    return None


def opposed(n: int, seed: int, correlation: float) -> NormalFormGame:
    """Normal payoffs with this correlation between the players: the covariant games of the test suite GAMUT."""
    A, other = np.random.default_rng(seed).standard_normal((2, n, n))
    return NormalFormGame.from_bimatrix(A, correlation * A + math.sqrt(1 - correlation**2) * other)


# -- every stage finds equilibria by itself ------------------------------------------------------------------------


@pytest.mark.parametrize("stage", STAGES)
def test_each_stage_finds_one_of_all_equilibria(stage: str) -> None:
    for shape in ((2, 2), (3, 4), (5, 3), (6, 6)):
        for seed in range(6):
            game = NormalFormGame(np.random.default_rng(seed).integers(0, 10**4, size=(2, *shape)))
            found = found_by(stage, task_of(game))
            assert found is not None
            supports = [e.support for e in nash_equilibria(game)]
            assert tuple(tuple(sorted(s.support)) for s in found.strategies) in supports


@pytest.mark.parametrize("stage", STAGES)
def test_each_stage_in_degenerate_games(stage: str) -> None:
    """Paths in floats may give up on a degenerate game; what they find is an equilibrium. The exact stages find one."""
    gave_up = 0
    for shape in ((3, 3), (4, 6), (6, 6)):
        for seed in range(8):
            for largest in (1, 2, 3):
                payoffs = np.random.default_rng(seed).integers(0, largest, size=(2, *shape))
                gave_up += found_by(stage, task_of(NormalFormGame(payoffs), seconds=2)) is None
    if stage in ("_integer_paths", "_programme"):
        assert gave_up == 0
    else:
        assert gave_up <= 7


def test_opposed_interests_are_solved_by_paths_from_priors_alone() -> None:
    for n, correlation in ((40, -0.9), (60, -0.7), (60, -0.5), (100, -0.7)):
        assert found_by("_prior_paths", task_of(opposed(n, 0, correlation))) is not None


# -- paths from priors ---------------------------------------------------------------------------------------------


def test_paths_from_priors_end_at_equilibria_of_index_one() -> None:
    """Their endpoints are joined to the one starting point, so that the index is that of a game with one equilibrium."""
    for seed in range(10):
        game = NormalFormGame(np.random.default_rng(seed).integers(0, 10**4, size=(2, 6, 6)))
        everything = nash_equilibria(game)
        index = {e.support: everything.indices[k] for k, e in enumerate(everything)}
        assert sum(index.values()) == 1
        ends = [end for end, _ in zip(prior_supports(task_of(game).tables, math.inf), range(10), strict=False) if end]
        supports = {tuple(map(tuple, end.supports)) for end in ends if end.supports is not None}
        assert supports
        assert {index[pair] for pair in supports} == {1}


def test_the_nearest_profile_has_the_regret_stated() -> None:
    for seed in range(3):
        tables = task_of(opposed(30, seed, -0.7)).tables
        for end in (end for end, _ in zip(prior_supports(tables, math.inf), range(4), strict=False) if end):
            x, y = end.profile
            assert math.isclose(x.sum(), 1)
            assert math.isclose(y.sum(), 1)
            assert min(x.min(), y.min()) >= 0
            gains = max(y @ tables[1]) - x @ (y @ tables[1]), max(x @ tables[0]) - y @ (x @ tables[0])
            assert math.isclose(end.regret, max(gains), abs_tol=1e-12)


def test_smoothed_replies_come_near_the_equilibrium_of_zero_sum_games() -> None:
    for seed in range(4):
        A = np.random.default_rng(seed).normal(size=(40, 30))
        tables = task_of(NormalFormGame.zero_sum(A)).tables
        uniform = tuple(np.full(k, 1 / k) for k in A.shape)
        assert regret_of(tables, smoothed_equilibria(tables)[0]) < regret_of(tables, uniform) / 2


def test_a_deadline_ends_paths_from_priors() -> None:
    assert [*prior_supports(task_of(opposed(20, 0, -0.7)).tables, time.monotonic())] == []


# -- small supports ------------------------------------------------------------------------------------------------


def two_by_two(A: np.ndarray, B: np.ndarray) -> set[tuple[tuple[int, ...], tuple[int, ...]]]:
    """All equilibria in which both mix over two actions, by trying all pairs in rationals; for generic games."""
    found = set()
    m, n = A.shape

    def share(a: int, b: int, c: int, d: int) -> Fraction | None:
        """t with t a + (1 − t) b = t c + (1 − t) d."""
        return None if a - b - c + d == 0 else Fraction(d - b, a - b - c + d)

    for i, k in combinations(range(m), 2):
        for j, q in combinations(range(n), 2):
            y = share(A[i, j], A[i, q], A[k, j], A[k, q])
            x = share(B[i, j], B[k, j], B[i, q], B[k, q])
            if x is None or y is None or not (0 < x < 1 and 0 < y < 1):
                continue
            rows, columns = y * A[:, j] + (1 - y) * A[:, q], x * B[i] + (1 - x) * B[k]
            if rows[i] == max(rows) and columns[j] == max(columns):
                found.add(((i, k), (j, q)))
    return found


def test_small_supports_are_found_where_there_are_any() -> None:
    some = none = 0
    for shape in ((2, 2), (3, 5), (7, 4), (8, 8)):
        for seed in range(15):
            A, B = np.random.default_rng(seed).integers(0, 10**4, size=(2, *shape)).astype(object)
            expected = two_by_two(A, B)
            found = two_by_two_supports(unit_payoffs(A, B))
            assert (found is None) == (not expected)
            if found is not None:
                assert tuple(map(tuple, found)) in expected
            some, none = some + bool(expected), none + (not expected)
    assert min(some, none) > 10


def test_small_supports_of_degenerate_and_thin_games() -> None:
    assert two_by_two_supports(unit_payoffs(np.array([[1, 2, 3]]), np.array([[3, 1, 2]]))) is None
    for seed in range(60):
        game = NormalFormGame(np.random.default_rng(seed).integers(0, 3, size=(2, 4, 5)))
        found_by("_small_supports", task_of(game))
    assert two_by_two_supports(unit_payoffs(np.array([[1, -1], [-1, 1]]), np.array([[-1, 1], [1, -1]]))) == (
        [0, 1],
        [0, 1],
    )


# -- programmes ----------------------------------------------------------------------------------------------------


def test_constant_sums_are_a_linear_programme() -> None:
    for seed in range(5):
        A = np.random.default_rng(seed).integers(-50, 50, size=(7, 9))
        game = NormalFormGame.from_bimatrix(A, 7 - A)
        found = found_by("_constant_sum", task_of(game))
        assert found is not None
        assert found.strategies[1].best_payoff == zero_sum_equilibrium(game).value
    assert found_by("_constant_sum", task_of(opposed(6, 0, -0.9))) is None


def test_supports_of_the_mixed_integer_programme_bound_an_equilibrium() -> None:
    for seed in range(6):
        game = NormalFormGame(np.random.default_rng(seed).integers(0, 3, size=(2, 7, 6)))
        supports = programme_supports(task_of(game).tables, 60.0)
        assert supports is not None
        weights = strategies_within(game.exact(), supports)
        assert weights is not None
        for own, played in zip(weights, supports, strict=True):
            assert {k for k, w in enumerate(own) if w} <= set(played)
        profile = [np.array([Fraction(w, sum(own)) for w in own]) for own in weights]
        assert nash_regret(game, profile) == 0


def test_supports_without_equilibrium_have_no_strategies() -> None:
    game = NormalFormGame.from_bimatrix([[1, 0], [0, 1]], [[0, 1], [1, 0]])
    assert strategies_within(game.exact(), ([0], [0])) is None
    assert strategies_within(game.exact(), ([0, 1], [0, 1])) == ((1, 1), (1, 1))


# -- all stages together -------------------------------------------------------------------------------------------


def test_every_stage_has_its_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where floats find nothing, small supports, programme and integers are asked; integers always have an answer."""
    game = NormalFormGame(np.random.default_rng(9).integers(0, 1000, size=(2, 6, 6)))
    asked = []

    def nothing(name: str) -> None:
        def stage(*_: object) -> Iterator[None]:
            asked.append(name)
            yield None

        monkeypatch.setattr(search, name, stage)

    for name in ("_float_paths", "_prior_paths", "_small_supports", "_constant_sum", "_programme"):
        nothing(name)
    e = search.bimatrix_equilibrium(game, time_limit=None)
    assert e.method.startswith("Lemke–Howson in integers")
    assert nash_regret(game, e.exact_profile) == 0
    assert asked == ["_float_paths", "_small_supports", "_constant_sum", "_prior_paths"]


def test_new_paths_in_floats_where_integers_do_not_fit_into_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """All other stages give up, and the first three of the further ones: nothing is raised, and the fourth finds one."""
    game = opposed(20, 0, -0.7)
    followed, seeds = search._prior_paths, []

    def at_first_nothing(task: search._Task, seed: int = 0) -> Iterator[search._Found | None]:
        seeds.append(seed)
        return followed(task, seed) if seed > 3 else iter(())

    for name in ("_float_paths", "_small_supports", "_constant_sum", "_programme"):
        monkeypatch.setattr(search, name, lambda _: iter(()))
    monkeypatch.setattr(search, "_prior_paths", at_first_nothing)
    monkeypatch.setattr(search, "_integer_paths", None)  # not called
    limit = 199 * game.num_profiles
    with memory_limit(limit):
        e = search.bimatrix_equilibrium(game, time_limit=None)
    assert seeds == [0, 1, 2, 3, 4]
    assert e.method == "path from a prior in floats"
    assert nash_regret(game, e.exact_profile) == 0


def test_without_memory_for_integers_the_time_limit_still_ends_the_search(monkeypatch: pytest.MonkeyPatch) -> None:
    game = opposed(20, 0, -0.7)
    for name in ("_float_paths", "_small_supports", "_constant_sum", "_programme", "_prior_paths"):
        monkeypatch.setattr(search, name, lambda *_: iter(()))
    with memory_limit(199 * game.num_profiles), pytest.raises(SolverError, match="within the time limit"):
        search.bimatrix_equilibrium(game, time_limit=0.2)


def test_a_constant_sum_game_too_large_for_the_programme_is_left_to_paths() -> None:
    game = NormalFormGame.zero_sum(np.random.default_rng(0).integers(-50, 50, size=(12, 12)))
    with memory_limit(79 * game.num_profiles):
        assert found_by("_constant_sum", task_of(game)) is None
        assert nash_regret(game, nash_equilibrium(game).exact_profile) == 0


def test_seeds_give_other_priors() -> None:
    tables = task_of(opposed(20, 0, -0.7)).tables
    paths = [next(end for end in prior_supports(tables, math.inf, seed=seed) if end) for seed in (0, 1, 2)]
    assert len({end.profile[0].tobytes() for end in paths}) > 1
    assert [end.supports for end in paths] == [
        next(end for end in prior_supports(tables, math.inf, seed=seed) if end).supports for seed in (0, 1, 2)
    ]


# -- near ties -----------------------------------------------------------------------------------------------------


def copies(n: int, times: int, noise: float, seed: int = 0, correlation: float = -0.7) -> NormalFormGame:
    """A hard game with copies of every action, nearly the same."""
    game = opposed(n, seed, correlation).payoffs
    whole = np.repeat(np.repeat(game, times, axis=1), times, axis=2)
    return NormalFormGame(whole + noise * np.random.default_rng(seed).normal(size=whole.shape))


def averages(n: int, seed: int = 0, correlation: float = -0.7) -> NormalFormGame:
    """Half of the columns are the means of two others, up to rounding."""
    payoffs = np.array(opposed(n, seed, correlation).payoffs)
    half = n // 2
    payoffs[:, :, half:] = payoffs[:, :, : n - half] * 0.5 + payoffs[:, :, 1 : n - half + 1] * 0.5
    return NormalFormGame(payoffs)


def test_near_ties_are_settled_in_integers() -> None:
    """Where floats end at a pair of supports that is nearly right, none is found without the paths in integers from there."""
    settled = 0
    for game in (*(copies(12, 2, 1e-10, seed) for seed in range(4)), *(averages(24, seed) for seed in range(4))):
        found = found_by("_float_paths", task_of(game))
        if found is not None and found.method.endswith("ties settled in integers"):
            settled += 1
    assert settled >= 4


def test_paths_in_integers_start_at_nearly_right_supports_only() -> None:
    game = opposed(8, 0, -0.7)
    task = task_of(game)
    assert nearby_supports(task.exact_game, task.tables, ([], []), math.inf) is None
    assert nearby_supports(task.exact_game, task.tables, ([0, 1], [0, 1]), math.inf) is None
    e = nash_equilibrium(game)
    supports = list(e.support[0]), list(e.support[1])
    assert nearby_supports(task.exact_game, task.tables, supports, math.inf) == supports  # an equilibrium stays
    assert nearby_supports(task.exact_game, task.tables, supports, 0.0) is None  # no time


def test_the_profile_at_the_time_limit_is_near_an_equilibrium() -> None:
    """Payoffs have the standard deviation 1; fictitious play ends at a quarter of it."""
    game = opposed(120, 0, -0.7)
    with pytest.raises(SolverError, match="nobody gains more than") as caught:
        nash_equilibrium(game, time_limit=0)
    best = caught.value.best
    assert best.certificate.verify(game)
    assert best.certificate.epsilon == nash_regret(game, best.exact_profile)
    assert 0 < best.certificate.epsilon < 0.15


@pytest.mark.slow
@pytest.mark.parametrize(("n", "correlation"), [(100, -0.7), (150, -0.7), (200, -0.9), (200, -0.5), (200, -0.7)])
def test_hard_games_have_an_answer(n: int, correlation: float) -> None:
    game = opposed(n, 0, correlation)
    e = nash_equilibrium(game, time_limit=None)
    assert e.certificate.verify(game)
    assert nash_regret(game, e.exact_profile) == 0
