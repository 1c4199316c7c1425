"""Batches of games against brute force in rationals, one game at a time, and another library."""

from __future__ import annotations

import pickle
from fractions import Fraction

import numpy as np
import pytest
from oracles.nash import extreme_equilibria, is_generic_at, largest_regret

from gametheory.equilibria import nash_equilibria
from gametheory.equilibria.batch import (
    BatchEquilibria,
    BatchEquilibrium,
    batch_nash_equilibria,
    batch_nash_equilibrium,
)
from gametheory.errors import SpecificationError
from gametheory.games import NormalFormGame

SHAPES = [(1, 1), (1, 4), (2, 2), (3, 2), (3, 3), (2, 6), (3, 7), (4, 4), (4, 5)]
KINDS = ("uniform", "integers", "shifted", "scaled", "near ties", "ties")


def batch(kind: str, count: int, m: int, n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng([seed, m, n, KINDS.index(kind)])
    shape = (2, count, m, n)
    A, B = {
        "uniform": lambda: rng.random(shape),
        "integers": lambda: rng.integers(-(10**6), 10**6, shape).astype(float),
        "shifted": lambda: 1e9 + rng.random(shape),
        "scaled": lambda: 1e-9 * rng.random(shape),
        "near ties": lambda: rng.integers(0, 4, shape) + 1e-10 * rng.random(shape),
        "ties": lambda: rng.integers(0, 4, shape).astype(float),
    }[kind]()
    return A, B


def exact_regret(A, B, x, y) -> float:
    """The largest share of a player's span that deviating gains, in rationals, at the profile divided by its sums."""
    A, B = ([[Fraction(float(u)) for u in row] for row in M] for M in (A, B))
    x, y = ([Fraction(float(p)) for p in v] for v in (x, y))
    x, y = [p / sum(x) for p in x], [q / sum(y) for q in y]
    rows = [sum(a * q for a, q in zip(row, y, strict=True)) for row in A]
    columns = [sum(row[j] * p for row, p in zip(B, x, strict=True)) for j in range(len(y))]
    gains = (
        (max(rows) - sum(p * u for p, u in zip(x, rows, strict=True)), A),
        (max(columns) - sum(q * u for q, u in zip(y, columns, strict=True)), B),
    )
    spans = [max(map(max, M)) - min(map(min, M)) for _, M in gains]
    return max((float(g / s) for (g, _), s in zip(gains, spans, strict=True) if s), default=0.0)


def lists_all(A, B, x, y, *, tolerance: float) -> list:
    """Brute force finds what is listed: as many, and each within ``tolerance`` of one of its own."""
    truth = extreme_equilibria(A.tolist(), B.tolist())
    rows = [tuple(map(float, (*first, *second))) for first, second in truth]
    found = [(*first, *second) for first, second in zip(x.tolist(), y.tolist(), strict=True)]
    assert len(found) == len(rows)
    for row in rows:
        assert min(max(abs(a - b) for a, b in zip(row, other, strict=True)) for other in found) <= tolerance
    return truth


# -- one equilibrium ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_one_equilibrium_has_the_regret_stated(kind: str) -> None:
    for m, n in [*SHAPES, (12, 9)]:
        A, B = batch(kind, 25, m, n)
        answer = batch_nash_equilibrium(A, B)
        assert answer.x.shape == (25, m)
        assert answer.y.shape == (25, n)
        for k in range(25):
            x, y = answer[k]
            assert min(x.min(), y.min()) >= 0
            assert abs(x.sum() - 1) + abs(y.sum() - 1) < 1e-14
            assert exact_regret(A[k], B[k], x, y) == pytest.approx(answer.regret[k], abs=1e-13)
            assert (answer.regret[k] <= 1e-9) == (not answer.doubtful[k])
        assert not answer.doubtful.any()


def test_the_first_pure_equilibrium_comes_first() -> None:
    A, B = batch("ties", 200, 3, 4)
    answer = batch_nash_equilibrium(A, B)
    pure = 0
    for k in range(200):
        profiles = [
            (i, j) for i in range(3) for j in range(4) if A[k, i, j] == A[k, :, j].max() and B[k, i, j] == B[k, i].max()
        ]
        if profiles:
            pure += 1
            assert (int(answer.x[k].argmax()), int(answer.y[k].argmax())) == profiles[0]
            assert answer.x[k].max() == answer.y[k].max() == 1
    assert 100 < pure < 200


def test_two_actions_each_come_before_larger_supports() -> None:
    """Where there is no pure equilibrium, one in which both mix over two actions is found iff there is one."""
    A, B = np.random.default_rng(3).integers(0, 10**4, size=(2, 300, 4, 5))
    answer = batch_nash_equilibrium(A, B)
    some = none = 0
    for k in range(300):
        sizes = {tuple(map(len, e.support)) for e in nash_equilibria(NormalFormGame.from_bimatrix(A[k], B[k]))}
        found = int((answer.x[k] > 0).sum()), int((answer.y[k] > 0).sum())
        assert found == min(sizes)
        some, none = some + (found == (2, 2)), none + (found > (2, 2))
    assert min(some, none) >= 5


def test_long_paths_are_left_for_those_of_other_labels() -> None:
    """Games of 30×30 without pure equilibria: the limit on pivots is met, and an equilibrium is found all the same."""
    rng = np.random.default_rng(5)
    A = rng.random((40, 30, 30))
    answer = batch_nash_equilibrium(A, -A + 0.2 * rng.random(A.shape))
    assert not answer.doubtful.any()
    assert answer.regret.max() < 1e-12


# -- all equilibria ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_all_equilibria_agree_with_brute_force(kind: str) -> None:
    decided = doubtful = 0
    for m, n in SHAPES:
        A, B = batch(kind, 25, m, n)
        answer = batch_nash_equilibria(A, B)
        assert answer.counts.shape == (25,)
        assert len(answer.x) == len(answer.y) == len(answer.regret) == answer.offsets[-1]
        for k in range(25):
            x, y = answer[k]
            if answer.doubtful[k]:
                doubtful += 1
                assert len(x) == 0
                continue
            decided += 1
            truth = lists_all(A[k], B[k], x, y, tolerance=1e-6 if kind == "near ties" else 1e-8)
            assert all(is_generic_at(A[k].tolist(), B[k].tolist(), *pair) for pair in truth)
            for p, q in zip(x, y, strict=True):
                assert exact_regret(A[k], B[k], p, q) < 1e-9
    assert decided > 25
    if kind in ("uniform", "integers", "scaled"):
        assert doubtful == 0
    if kind in ("ties", "near ties"):
        assert doubtful > 25


@pytest.mark.parametrize("kind", ["ties", "near ties"])
def test_doubtful_games_are_solved_in_rationals_on_request(kind: str) -> None:
    for m, n in [(2, 2), (3, 3), (4, 4)]:
        A, B = batch(kind, 20, m, n, seed=3)
        flagged = batch_nash_equilibria(A, B)
        answer = batch_nash_equilibria(A, B, doubtful="solve")
        assert flagged.doubtful.any()
        assert not answer.doubtful.any()
        assert (answer.solved_exactly == flagged.doubtful).all()
        for k in range(20):
            x, y = answer[k]
            truth = extreme_equilibria(A[k].tolist(), B[k].tolist())
            assert len(x) == len(truth)
            if answer.solved_exactly[k]:
                assert sorted((*map(tuple, (p, q)),) for p, q in zip(x.tolist(), y.tolist(), strict=True)) == sorted(
                    (tuple(map(float, p)), tuple(map(float, q))) for p, q in truth
                )
            else:
                assert (x == flagged[k][0]).all()
        assert answer.regret.max() < 1e-9


def test_all_equilibria_agree_with_the_search_of_one_game() -> None:
    """6×6 takes the tree, 3×3 the closed forms."""
    for m, n in [(6, 6), (3, 3), (3, 6), (2, 7)]:
        A, B = batch("uniform", 30, m, n, seed=1)
        answer = batch_nash_equilibria(A, B)
        for k in range(30):
            truth = nash_equilibria(NormalFormGame.from_bimatrix(A[k], B[k]))
            listed = sorted((*p, *q) for p, q in zip(answer[k][0].tolist(), answer[k][1].tolist(), strict=True))
            assert np.allclose(listed, sorted([*e.profile[0], *e.profile[1]] for e in truth), atol=1e-9)


def test_coordination_games_have_all_their_equilibria() -> None:
    """n actions: 2^n − 1 equilibria, one for each set of actions to coordinate on; with more than 1024 a game is doubtful."""
    rng = np.random.default_rng(2)
    for n in (2, 3, 5, 8):
        A = np.eye(n) + 0.01 * rng.random((3, n, n))
        assert batch_nash_equilibria(A, A).counts.tolist() == [2**n - 1] * 3
    A = np.eye(11) + 0.001 * rng.random((1, 11, 11))
    assert batch_nash_equilibria(A, A).doubtful.all()


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_thousands_of_games_agree_with_brute_force(kind: str) -> None:
    listed = 0
    for m, n, count in [(2, 2, 400), (2, 3, 400), (3, 3, 600), (3, 4, 300), (4, 4, 250), (5, 5, 40)]:
        A, B = batch(kind, count, m, n, seed=9)
        one, every = batch_nash_equilibrium(A, B), batch_nash_equilibria(A, B)
        assert not one.doubtful.any()
        for k in range(count):
            assert exact_regret(A[k], B[k], *one[k]) < 1e-9
            if not every.doubtful[k]:
                listed += 1
                lists_all(A[k], B[k], *every[k], tolerance=1e-6)
    print(kind, listed)
    assert listed > (1980 if kind in ("uniform", "integers", "scaled", "shifted") else 100)


@pytest.mark.slow
def test_agrees_with_quantecon() -> None:
    quantecon = pytest.importorskip("quantecon.game_theory")
    A, B = batch("uniform", 300, 4, 4, seed=4)
    answer = batch_nash_equilibria(A, B)
    for k in range(300):
        game = quantecon.NormalFormGame([quantecon.Player(A[k]), quantecon.Player(B[k].T.copy())])
        other = sorted((*p, *q) for p, q in quantecon.support_enumeration(game))
        listed = sorted((*p, *q) for p, q in zip(answer[k][0].tolist(), answer[k][1].tolist(), strict=True))
        assert np.allclose(listed, other, atol=1e-9)


# -- arguments and results ---------------------------------------------------------------------------------------------


def test_the_answer_does_not_depend_on_the_number_of_workers() -> None:
    A, B = batch("ties", 9000, 2, 3)
    shares: list[float] = []
    one = batch_nash_equilibrium(A, B, num_workers=1, progress=shares.append)
    assert shares == sorted(shares)
    assert len(shares) == 3
    assert shares[-1] == 1
    for solve in (batch_nash_equilibrium, batch_nash_equilibria):
        first, second = solve(A, B, num_workers=1), solve(A, B, num_workers=3)
        assert first == second
    assert isinstance(one, BatchEquilibrium)


def test_extreme_ranges() -> None:
    A = np.array([[[5.0, 5.0], [5.0, 5.0]], [[0.0, 5e-324], [5e-324, 0.0]], [[1e308, -1e308], [-1e308, 1e308]]])
    answer = batch_nash_equilibrium(A, A)
    assert not answer.doubtful.any()  # a pure one each
    assert batch_nash_equilibrium(A[2:], -A[2:]).doubtful.all()  # the span is no finite float
    solved = batch_nash_equilibrium(A[2:], -A[2:], doubtful="solve")
    assert solved.x.tolist() == [[0.5, 0.5]]
    assert solved.solved_exactly.all()
    every = batch_nash_equilibria(A, A, doubtful="solve")
    assert every.counts.tolist() == [4, 3, 3]
    assert every.solved_exactly.tolist() == [True, True, True]
    for k in (1, 2):
        assert all(
            largest_regret(A[k].tolist(), A[k].tolist(), *map(tuple, map(np.ndarray.tolist, pair))) == 0
            for pair in zip(*every[k], strict=True)
        )


def test_no_games() -> None:
    none = np.empty((0, 3, 2))
    assert len(batch_nash_equilibrium(none, none)) == 0
    assert len(batch_nash_equilibria(none, none)) == 0
    assert batch_nash_equilibria(none, none).x.shape == (0, 3)


@pytest.mark.parametrize(
    ("A", "B", "message"),
    [
        ([[1.0, 2.0]], [[1.0, 2.0]], "A: found shape"),
        (np.zeros((2, 0, 3)), np.zeros((2, 0, 3)), "A: found shape"),
        (np.zeros((2, 3, 3)), np.zeros((2, 3, 4)), "B: found shape"),
        ([[[1.0, 2.0], [1.0]]], [[[1.0, 2.0]]], "A: found"),
        ([[[True, False]]], [[[1.0, 2.0]]], "bool"),
        ([[["1", "2"]]], [[[1.0, 2.0]]], "A: found entries"),
        ([[[1.0, 2.0]]], [[[1.0, float("nan")]]], r"B\[0, 0, 1\]: found nan"),
        ([[[float("inf"), 2.0]]], [[[1.0, 2.0]]], r"A\[0, 0, 0\]: found inf"),
        ([[[2**53 + 1, 0]]], [[[1.0, 2.0]]], "integers beyond"),
    ],
)
def test_malformed_payoffs_are_refused(A, B, message: str) -> None:
    for solve in (batch_nash_equilibrium, batch_nash_equilibria):
        with pytest.raises(SpecificationError, match=message):
            solve(A, B)


def test_malformed_options_are_refused() -> None:
    A = np.zeros((1, 2, 2))
    with pytest.raises(SpecificationError, match="doubtful"):
        batch_nash_equilibria(A, A, doubtful="hide")  # type: ignore[arg-type]
    for workers in (0, True, 1.5):
        with pytest.raises(SpecificationError, match="num_workers"):
            batch_nash_equilibrium(A, A, num_workers=workers)  # type: ignore[arg-type]


def test_results_are_frozen_and_say_what_they_are() -> None:
    A, B = batch("uniform", 5, 2, 3)
    readonly = A.copy()
    readonly.setflags(write=False)
    one, every = batch_nash_equilibrium(readonly, B), batch_nash_equilibria(np.asfortranarray(A), B)
    assert (one.x == batch_nash_equilibrium(A, B).x).all()
    for result in (one, every):
        assert not result.x.flags.writeable
        assert "numerical" in repr(result)
        assert "5 games of 2×3" in repr(result)
        assert "0 doubtful" in result._repr_html_()
        copy = pickle.loads(pickle.dumps(result))  # noqa: S301 - our own bytes
        assert copy == result
        assert hash(copy) == hash(result)
        assert not copy.y.flags.writeable
        assert result.to_dict()["y"] == result.y.tolist()
        frame = result.to_frame()
        assert len(frame) == len(result.x)
        assert list(frame.columns)[:6] == ["game", "x1", "x2", "y1", "y2", "y3"]
    assert isinstance(every, BatchEquilibria)
    assert one != every
    assert every != batch_nash_equilibria(A, B + np.arange(3))
    assert (every[-1][0] == every[4][0]).all()
    with pytest.raises(IndexError):
        every[5]
    A[0], B[0] = 0, 0
    text = repr(batch_nash_equilibria(A, B, doubtful="solve"))
    assert "1 solved exactly" in text
