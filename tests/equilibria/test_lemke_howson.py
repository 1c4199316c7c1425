"""Lemke-Howson paths in integers and floats, and one equilibrium of bimatrix games of any size."""

from __future__ import annotations

import math
import subprocess
import sys
import time
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from flint import fmpq_mat, fmpz_mat

from gametheory.arithmetic import RationalArray
from gametheory.equilibria import nash_equilibria, nash_equilibrium, nash_regret
from gametheory.equilibria.bimatrix_equilibrium import bimatrix_equilibrium
from gametheory.equilibria.lemke_howson import lemke_howson
from gametheory.equilibria.lemke_howson_floats import float_supports, path_supports, unit_payoffs
from gametheory.errors import SolverError
from gametheory.games import NormalFormGame


def check(game: NormalFormGame) -> None:
    """The chain for mixed equilibria alone, which is asked for where there are pure ones as well."""
    e = bimatrix_equilibrium(game, time_limit=60)
    assert nash_regret(game, e.exact_profile) == 0
    assert e.certificate.verify(game)
    assert e.status == "certified"
    assert e.certificate.epsilon == 0


def support(weights: tuple[int, ...]) -> list[int]:
    return [k for k, w in enumerate(weights) if w]


def index(A: np.ndarray, B: np.ndarray, rows: list[int], columns: list[int]) -> int:
    """(−1)^(k+1) sign det A_IJ det B_IJ for positive payoffs (L. S. Shapley 1974, A note on the Lemke-Howson algorithm)."""
    k = len(rows)
    signs = [int(fmpz_mat((U - U.min() + 1)[np.ix_(rows, columns)].tolist()).det()) for U in (A, B)]
    return (-1) ** (k + 1) * int(np.sign(signs[0])) * int(np.sign(signs[1]))


def hard_game(d: int) -> tuple[list[list[Fraction]], list[list[Fraction]]]:
    """The d×d game of R. Savani and B. von Stengel (2006), *Hard-to-solve bimatrix games*, Econometrica 74, 397-429.

    Both best-response polytopes are the dual of the cyclic polytope of 2d points on the trigonometric moment curve
    (cos t, sin t, cos 2t, …), d even, taken about the points' mean; the second one's facets are relabelled by the
    paper's permutation.
    """
    n = 2 * d
    angles = [2 * math.pi * (i + 0.5) / n for i in range(n)]
    points = [
        [Fraction(round(2**30 * f(k * t)), 2**30) for k in range(1, d // 2 + 1) for f in (math.cos, math.sin)]
        for t in angles
    ]
    mean = [sum(column) / n for column in zip(*points, strict=True)]
    C = [[p - c for p, c in zip(point, mean, strict=True)] for point in points]
    label = {i: i if i in (1, d) else i + (-1) ** i if i < d else i - (-1) ** i for i in range(1, n + 1)}
    facet = {v: i - 1 for i, v in label.items()}
    permuted = [C[facet[v]] for v in [*range(d + 1, n + 1), *range(1, d + 1)]]

    def matrix(facets: list[list[Fraction]]) -> list[list[Fraction]]:
        """M with P = {x ≥ 0 : M x ≤ 1} where x are the slacks of the first d facets."""
        first, rest = (fmpq_mat([[_fmpq(v) for v in row] for row in part]) for part in (facets[:d], facets[d:]))
        W = rest * first.inv()
        rows = [
            [-W[r, c] / (1 - sum((W[r, q] for q in range(d)), _fmpq(Fraction(0)))) for c in range(d)] for r in range(d)
        ]
        return [[Fraction(int(v.p), int(v.q)) for v in row] for row in rows]

    B = [list(column) for column in zip(*matrix(C), strict=True)]
    return matrix(permuted), B


def _fmpq(value: Fraction):  # type: ignore[no-untyped-def]
    from flint import fmpq

    return fmpq(value.numerator, value.denominator)


def numerators(rows: list[list[Fraction]]) -> np.ndarray:
    return RationalArray.from_fractions(rows).numerators


# -- paths ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(2, 2), (3, 5), (6, 4), (9, 9), (12, 7)])
def test_paths_in_floats_end_where_paths_in_integers_do(shape: tuple[int, int]) -> None:
    m, n = shape
    for seed in range(6):
        A, B = np.random.default_rng(seed).integers(0, 10**6, size=(2, m, n))
        for label in range(m + n):
            x, y = lemke_howson(A.tolist(), B.tolist(), dropped=label)
            (rows, columns), pivots = path_supports(A, B, label, 10**4)
            assert (rows, columns) == (support(x), support(y))
            assert pivots >= 2
            assert path_supports(A, B, label, pivots - 1) is None
            assert lemke_howson(A.tolist(), B.tolist(), dropped=label, max_pivots=pivots) == (x, y)
            assert lemke_howson(A.tolist(), B.tolist(), dropped=label, max_pivots=pivots - 1) is None


def test_ends_of_paths_have_index_one() -> None:
    """They begin at the artificial equilibrium, of index −1, and ends of a path have opposite indices; the sum is 1."""
    for seed in range(12):
        A, B = np.random.default_rng(seed).integers(0, 10**4, size=(2, 6, 6))
        ends = {tuple(map(tuple, path_supports(A, B, label, 10**4)[0])) for label in range(12)}
        all_of_them = [e.support for e in nash_equilibria(NormalFormGame.from_bimatrix(A, B))]
        indices = [index(A, B, list(rows), list(columns)) for rows, columns in all_of_them]
        assert sum(indices) == 1
        assert ends <= {pair for pair, i in zip(all_of_them, indices, strict=True) if i == 1}
        assert len(ends) <= (len(all_of_them) + 1) // 2


def test_a_deadline_stops_a_path() -> None:
    A, B = np.random.default_rng(0).integers(0, 9, size=(2, 4, 4)).tolist()
    assert lemke_howson(A, B, deadline=time.monotonic()) is None
    assert list(float_supports(unit_payoffs(np.array(A), np.array(B)), time.monotonic())) == []


def test_paths_of_hard_games_grow_by_the_cube_of_the_golden_ratio() -> None:
    """The published lengths for label 1: 4, 20, 88, 376, …, a(d) = 4 a(d − 2) + a(d − 4) + 4."""
    lengths = []
    for d in (2, 4, 6, 8):
        A, B = map(numerators, hard_game(d))
        (rows, columns), pivots = path_supports(A, B, 0, 10**4)
        assert rows == columns == list(range(d))
        if d <= 6:
            assert lemke_howson(A.tolist(), B.tolist(), max_pivots=pivots - 1) is None
            assert lemke_howson(A.tolist(), B.tolist(), max_pivots=pivots) is not None
        lengths.append(pivots)
    assert lengths == [4, 20, 88, 376]


def test_scales_and_offsets_do_not_change_a_path() -> None:
    rng = np.random.default_rng(1)
    A, B = rng.integers(0, 10**6, size=(2, 7, 9))
    by_column, by_row = 10 ** rng.integers(0, 6, size=9), 10 ** rng.integers(0, 6, size=7)
    C, D = A * by_column + 10**12 * by_column, (B.T * by_row - 10**9 * by_row).T
    for label in range(16):
        assert path_supports(A, B, label, 10**4) == path_supports(C, D, label, 10**4)


# -- one equilibrium -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "shape", [(1, 1), (5, 5), (1, 40), (40, 1), (2, 30), (30, 3), (6, 6), (11, 8), (20, 20), (35, 50)]
)
def test_random_games_of_many_shapes(shape: tuple[int, int]) -> None:
    for seed in range(8):
        rng = np.random.default_rng(seed)
        check(NormalFormGame(rng.random((2, *shape))))
        check(NormalFormGame(rng.normal(size=(2, *shape))))
        for largest in (1, 2, 4, 50):
            check(NormalFormGame(rng.integers(0, largest, size=(2, *shape))))


def blotto(troops: int, fields: int) -> np.ndarray:
    """Fields won minus fields lost, for every two ways to spread the troops."""
    ways = np.array([way for way in product(range(troops + 1), repeat=fields) if sum(way) == troops])
    return np.sign(ways[:, None] - ways).sum(axis=2)


def test_degenerate_games() -> None:
    rng = np.random.default_rng(5)
    A, B = rng.integers(0, 30, size=(2, 8, 9))
    near = rng.integers(0, 2, size=(2, 8, 9)) * 1e-10
    cycle = np.roll(np.eye(24, dtype=int), 1, axis=1)
    games = [
        (np.zeros((9, 7), int), np.zeros((9, 7), int)),
        (np.ones((6, 9)), rng.random((6, 9))),
        (np.repeat(np.repeat(A, 2, 0), 3, 1), np.repeat(np.repeat(B, 2, 0), 3, 1)),
        (np.eye(24, dtype=int), -np.eye(24, dtype=int)),
        (np.eye(24, dtype=int), cycle),
        (cycle - cycle.T, cycle.T - cycle),
        (A + 1e9, B + 1e9),
        (A * 1e-9, B * 1e-9),
        (A + near[0], B + near[1]),
        (A * 10.0 ** rng.integers(-12, 12, size=9), B * 10.0 ** rng.integers(-12, 12, size=(8, 1))),
        (A * 10.0 ** rng.integers(-12, 12, size=(8, 9)), B * 10.0 ** rng.integers(-12, 12, size=(8, 9))),
        (A.astype(object) * 10**30, B.astype(object) * 10**25 + 1),
    ]
    for troops, fields in ((5, 3), (8, 3), (5, 4)):
        W = blotto(troops, fields)
        games += [(W, -W), (np.sign(W), -np.sign(W)), (W, -W - (W > 0)), (np.sign(W), -W)]
    for U, V in games:
        check(NormalFormGame.from_bimatrix(U, V))


def test_near_ties_without_pure_equilibria() -> None:
    """Rock, paper, scissors with duplicates, whose payoffs differ by 1e-10: floats must look more closely."""
    rng = np.random.default_rng(6)
    wheel = np.array([[0, -1, 1], [1, 0, -1], [-1, 1, 0]])
    for _ in range(10):
        W = np.tile(wheel, (4, 4))
        A, B = (s * W + rng.integers(0, 3, size=W.shape) * 1e-10 for s in (1, -1))
        check(NormalFormGame.from_bimatrix(A, B))


def test_wide_ranges_of_payoffs_within_a_matrix() -> None:
    rng = np.random.default_rng(7)
    for _ in range(5):
        check(NormalFormGame(rng.normal(size=(2, 7, 7)) * 10.0 ** rng.integers(-150, 150, size=(2, 7, 7))))


@pytest.mark.parametrize("d", [4, 6, 8, 12, 16])
def test_hard_games_have_one_equilibrium_in_which_all_is_played(d: int) -> None:
    A, B = hard_game(d)
    e = nash_equilibrium(NormalFormGame.from_bimatrix(A, B))
    assert e.support == (tuple(range(d)), tuple(range(d)))
    assert e.certificate.verify()


def test_zero_sum_games_of_full_supports() -> None:
    A = np.random.default_rng(8).random((60, 60))
    check(NormalFormGame.from_bimatrix(A, -A))


def test_floats_that_are_wrong_are_left_for_integers(monkeypatch: pytest.MonkeyPatch) -> None:
    game = NormalFormGame(np.random.default_rng(9).integers(0, 1000, size=(2, 6, 6)))
    wrong = [(([], []), 0), (([0, 1], [2, 3]), 1)] * 20
    monkeypatch.setattr("gametheory.equilibria.lemke_howson_floats.float_supports", lambda tables, _: iter(wrong))
    monkeypatch.setattr("gametheory.equilibria.prior_paths.prior_supports", lambda tables, _, *, seed: iter([]))
    monkeypatch.setattr("gametheory.equilibria.small_supports.two_by_two_supports", lambda tables: None)
    e = bimatrix_equilibrium(game, time_limit=60)
    assert e.method == "Lemke–Howson in integers, label 0 dropped"
    assert nash_regret(game, e.exact_profile) == 0


def test_the_time_limit_is_an_error_that_has_a_profile_with_its_exact_regret() -> None:
    game = NormalFormGame.from_bimatrix(*hard_game(6))
    with pytest.raises(SolverError, match="nobody gains more than") as caught:
        nash_equilibrium(game, time_limit=0)
    best = caught.value.best
    assert best.concept == "epsilon-Nash"
    assert best.certificate.verify(game)
    assert best.certificate.epsilon == nash_regret(game, best.exact_profile) > 0


def test_small_games_compile_nothing() -> None:
    code = (
        "import sys; from gametheory.equilibria import nash_equilibrium; from gametheory.games import NormalFormGame;"
        "nash_equilibrium(NormalFormGame.zero_sum([[0, -1, 2], [1, 0, -1], [-1, 1, 0]])); print('numba' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


def test_the_same_game_has_the_same_answer() -> None:
    payoffs = np.random.default_rng(10).random((2, 40, 40))
    first, second = (bimatrix_equilibrium(NormalFormGame(payoffs), time_limit=t) for t in (60, None))
    assert first == second


def test_quantecon_agrees_that_there_is_nothing_to_gain() -> None:
    quantecon = pytest.importorskip("quantecon.game_theory")
    for seed in range(10):
        A, B = np.random.default_rng(seed).random((2, 15, 12))
        peer = quantecon.NormalFormGame((quantecon.Player(A), quantecon.Player(np.ascontiguousarray(B.T))))
        e = bimatrix_equilibrium(NormalFormGame.from_bimatrix(A, B), time_limit=60)
        assert peer.is_nash(e.profile, tol=1e-9)
        theirs = NormalFormGame.from_bimatrix(A, B)
        assert nash_regret(theirs, quantecon.lemke_howson(peer)) < Fraction(1, 10**12)


@pytest.mark.slow
def test_large_random_games_never_fail() -> None:
    for n, seeds in ((200, 60), (500, 30), (1000, 30)):
        for seed in range(seeds):
            game = NormalFormGame(np.random.default_rng(seed).random((2, n, n)))
            e = bimatrix_equilibrium(game, time_limit=60)
            assert e.certificate.verify()


@pytest.mark.slow
def test_large_degenerate_games() -> None:
    for troops, fields in ((8, 4), (10, 4)):
        W = blotto(troops, fields)
        for A, B in ((W, -W), (np.sign(W), -np.sign(W)), (W, -W - (W > 0))):
            check(NormalFormGame.from_bimatrix(A, B))
    for n in (100, 300):
        for largest in (2, 4):
            A = np.random.default_rng(n).integers(0, largest, size=(n, n))
            check(NormalFormGame.from_bimatrix(A, -A))
