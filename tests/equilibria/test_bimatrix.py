"""All equilibria of two players against brute force in rationals, theorems, published games and another library."""

from __future__ import annotations

import itertools
import random
from fractions import Fraction

import numpy as np
import pytest
from oracles.nash import (
    components,
    extreme_equilibria,
    is_generic_at,
    largest_regret,
    maximal_nash_subsets,
)
from paper_games import PAPER_GAMES

from gametheory.equilibria import EquilibriumSet, nash_equilibria, nash_equilibrium, nash_regret
from gametheory.equilibria.lemke_howson import lemke_howson
from gametheory.errors import SolverError, UnsupportedError
from gametheory.games import NormalFormGame

Matrix = list[list[object]]


def as_pairs(equilibria: EquilibriumSet) -> list[tuple[tuple[Fraction, ...], ...]]:
    return [tuple(tuple(v) for v in e.exact_profile) for e in equilibria]


def agrees_with_brute_force(A: Matrix, B: Matrix) -> EquilibriumSet:
    """Solve, compare members, components, subsets and degeneracy with the oracle, and check all evidence."""
    equilibria = nash_equilibria(NormalFormGame.from_bimatrix(A, B))
    found, truth = as_pairs(equilibria), extreme_equilibria(A, B)
    assert sorted(found) == truth
    assert len(found) == len(set(found))
    assert {frozenset(found[k] for k in members) for members in equilibria.components} == components(truth)
    xs, ys = equilibria.extreme_strategies
    subsets = {
        (frozenset(tuple(xs[i]) for i in a), frozenset(tuple(ys[j]) for j in b))
        for a, b in equilibria.maximal_nash_subsets
    }
    assert subsets == maximal_nash_subsets(truth)
    generic = all(is_generic_at(A, B, *pair) for pair in truth)
    assert equilibria.degenerate == (not generic) == bool(equilibria.degeneracy)
    assert len(found) % 2 == 1 or not generic
    assert equilibria.completeness == "certified"
    assert equilibria.certificate is not None
    assert equilibria.certificate.verify()
    assert all(e.certificate is not None and e.certificate.verify() for e in equilibria)
    return equilibria


def random_game(rng: random.Random, sizes: range, low: int, high: int) -> tuple[Matrix, Matrix]:
    m, n = rng.choice(sizes), rng.choice(sizes)
    return tuple([[rng.randint(low, high) for _ in range(n)] for _ in range(m)] for _ in "AB")  # type: ignore[return-value]


# -- brute force -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("low", "high", "seed"), [(-100, 100, 1), (0, 3, 2), (0, 1, 3)])
def test_random_small_games_agree_with_brute_force(low: int, high: int, seed: int) -> None:
    rng = random.Random(seed)
    generic = 0
    for _ in range(150):
        generic += not agrees_with_brute_force(*random_game(rng, range(1, 5), low, high)).degenerate
    assert 0 < generic < 150  # both kinds occur


@pytest.mark.slow
def test_ten_thousand_games_agree_with_brute_force() -> None:
    """2×2 to 5×5, half with integers in [−100, 100], half in [0, 3]."""
    rng = random.Random(10_000)
    counts = {"generic": 0, "degenerate": 0, "equilibria": 0, "most": 0}
    for k in range(10_000):
        low, high = ((-100, 100), (0, 3))[k % 2]
        equilibria = agrees_with_brute_force(*random_game(rng, range(2, 6), low, high))
        counts["degenerate" if equilibria.degenerate else "generic"] += 1
        counts["equilibria"] += len(equilibria)
        counts["most"] = max(counts["most"], len(equilibria))
    assert counts["generic"] > 5000
    assert counts["degenerate"] > 2000
    print(counts)


def test_one_row_or_one_column() -> None:
    rng = random.Random(4)
    for _ in range(30):
        n = rng.randint(1, 6)
        agrees_with_brute_force([[rng.randint(0, 2) for _ in range(n)]], [[rng.randint(0, 2) for _ in range(n)]])
    assert len(nash_equilibria(NormalFormGame.from_bimatrix([[5]], [[7]]))) == 1


def test_fractions_and_long_integers() -> None:
    rng = random.Random(5)
    for _ in range(20):
        A, B = ([[Fraction(rng.randint(-9, 9), rng.randint(1, 9)) for _ in range(3)] for _ in range(3)] for _ in "AB")
        agrees_with_brute_force(A, B)
        agrees_with_brute_force([[x * 10**40 for x in row] for row in A], B)


# -- theorems ----------------------------------------------------------------------------------------------------------


def test_relabelling_permutes_the_answer() -> None:
    rng = random.Random(6)
    for _ in range(40):
        A, B = random_game(rng, range(2, 5), 0, 3)
        m, n = len(A), len(A[0])
        p, q = rng.sample(range(m), m), rng.sample(range(n), n)
        found = as_pairs(nash_equilibria(NormalFormGame.from_bimatrix(A, B)))
        moved = as_pairs(
            nash_equilibria(
                NormalFormGame.from_bimatrix([[A[i][j] for j in q] for i in p], [[B[i][j] for j in q] for i in p])
            )
        )
        assert sorted((tuple(x[i] for i in p), tuple(y[j] for j in q)) for x, y in found) == sorted(moved)
        swapped = nash_equilibria(
            NormalFormGame.from_bimatrix(
                [list(c) for c in zip(*B, strict=True)], [list(c) for c in zip(*A, strict=True)]
            )
        )
        assert sorted((y, x) for x, y in found) == sorted(as_pairs(swapped))


def test_affine_changes_of_one_players_payoffs_leave_the_answer() -> None:
    rng = random.Random(7)
    for _ in range(40):
        A, B = random_game(rng, range(2, 5), 0, 3)
        scale, shift = Fraction(rng.randint(1, 9), rng.randint(1, 9)), rng.randint(-(10**9), 10**9)
        changed = nash_equilibria(NormalFormGame.from_bimatrix([[scale * x + shift for x in row] for row in A], B))
        original = nash_equilibria(NormalFormGame.from_bimatrix(A, B))
        assert as_pairs(changed) == as_pairs(original)
        assert changed.components == original.components


@pytest.mark.parametrize("n", [2, 3, 6])
def test_coordination_game_has_all_supports(n: int) -> None:
    """The identity game has 2ⁿ − 1 equilibria: uniform play on each set of actions."""
    identity = [[int(i == j) for j in range(n)] for i in range(n)]
    equilibria = nash_equilibria(NormalFormGame.from_bimatrix(identity, identity))
    assert len(equilibria) == 2**n - 1
    assert {e.support for e in equilibria} == {
        (s, s) for k in range(1, n + 1) for s in itertools.combinations(range(n), k)
    }


def test_the_zero_game_is_one_product_of_simplices() -> None:
    zero = [[0] * 12 for _ in range(12)]
    equilibria = nash_equilibria(NormalFormGame.from_bimatrix(zero, zero))
    assert len(equilibria) == 144
    assert equilibria.maximal_nash_subsets == ((tuple(range(12)), tuple(range(12))),)
    assert equilibria.components == (tuple(range(144)),)


def test_zero_sum_equilibria_are_interchangeable() -> None:
    """All equilibria of a zero-sum game form one product of convex sets (von Neumann), here one maximal subset."""
    rng = random.Random(8)
    for _ in range(40):
        A, _ = random_game(rng, range(2, 6), 0, 2)
        equilibria = nash_equilibria(NormalFormGame.zero_sum(A))
        assert len(equilibria.maximal_nash_subsets) == 1
        assert len({e.payoffs for e in equilibria}) == 1


def test_duplicated_actions_do_not_multiply_the_work() -> None:
    """Each strategy of matching pennies three times: one product of 9 × 9 vertices (a pair of copies each)."""
    A = [row * 3 for row in [[1, -1], [-1, 1]]] * 3
    equilibria = nash_equilibria(NormalFormGame.zero_sum(A), max_branches=100)
    assert len(equilibria) == 81
    assert len(equilibria.maximal_nash_subsets) == 1


# -- published games ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "paper", [p for p in PAPER_GAMES.values() if p.nash is not None and p.game.num_players == 2], ids=lambda p: p.name
)
def test_published_equilibria(paper: object) -> None:
    found = as_pairs(nash_equilibria(paper.game))  # type: ignore[attr-defined]
    assert sorted(found) == sorted(paper.nash)  # type: ignore[attr-defined]


def half(text: str) -> tuple[Fraction, ...]:
    return tuple(Fraction(p) for p in text.split())


NAMED = {
    # Two pure equilibria joined by nothing, in one of which both are indifferent.
    "identical interests, zeros off the diagonal": ([[1, 0], [0, 0]], [[1, 0], [0, 0]], 2, 2),
    # E. Kohlberg and J.-F. Mertens (1986), figure 3: two strict equilibria and a square.
    "Kohlberg and Mertens": ([[1, 0, -1], [0, 0, 0], [-1, 0, 1]], [[1, 0, -1], [0, 0, 0], [-1, 0, 1]], 6, 3),
    # The continuum of the second player's replies to a pure strategy.
    "a segment and a point": ([[3, 3], [2, 5], [0, 6]], [[3, 3], [2, 6], [3, 1]], 3, 2),
    "rock paper scissors, rock twice": (
        [[0, -1, 1, 0], [1, 0, -1, 1], [-1, 1, 0, -1], [0, -1, 1, 0]],
        [[0, 1, -1, 0], [-1, 0, 1, -1], [1, -1, 0, 1], [0, 1, -1, 0]],
        4,
        1,
    ),
    # First-price auction: both value the good at 4 and bid 0, …, 4; ties are split; payoffs doubled.
    "first-price auction": (
        [[4, 0, 0, 0, 0], [6, 3, 0, 0, 0], [4, 4, 2, 0, 0], [2, 2, 2, 1, 0], [0, 0, 0, 0, 0]],
        [[4, 6, 4, 2, 0], [0, 3, 4, 2, 0], [0, 0, 2, 2, 0], [0, 0, 0, 1, 0], [0, 0, 0, 0, 0]],
        3,
        3,
    ),
    # Games that a support enumeration with float comparisons loses (both have one equilibrium).
    "lost to rounding, 3×3": (
        [[15, 3, 11], [31, 39, 31], [45, 72, 25]],
        [[45, 73, 5], [94, 100, 29], [89, 25, 92]],
        1,
        1,
    ),
    "vertices lost": ([[-3, 3], [-3, 5]], [[2, 7], [4, 2]], 2, 1),
}


@pytest.mark.parametrize("name", NAMED)
def test_named_games(name: str) -> None:
    A, B, extreme, pieces = NAMED[name]
    equilibria = agrees_with_brute_force(A, B)
    assert (len(equilibria), len(equilibria.components)) == (extreme, pieces)


def test_the_game_lost_to_rounding_has_this_equilibrium() -> None:
    A, B, _, _ = NAMED["lost to rounding, 3×3"]
    (only,) = nash_equilibria(NormalFormGame.from_bimatrix(A, B))
    assert tuple(map(tuple, only.exact_profile)) == (half("0 3/68 65/68"), half("3/10 0 7/10"))


def test_six_by_six_game_with_75_equilibria(data_folder) -> None:
    """B. von Stengel (1999): the most equilibria known for 6×6."""
    game = _read(data_folder, "6x6_game_with_75_eq.nfg")
    equilibria = nash_equilibria(game)
    assert len(equilibria) == 75
    assert not equilibria.degenerate
    assert equilibria.certificate is not None
    assert equilibria.certificate.verify()


def test_two_player_game_files_agree_with_brute_force(data_folder) -> None:
    checked = 0
    for path in sorted((data_folder / "gambit-games").glob("*.nfg")):
        game = _read(data_folder, path.name)
        if game.num_players == 2 and max(game.num_actions) <= 6:
            A, B = game.exact().payoffs.tolist()
            agrees_with_brute_force(A, B)
            checked += 1
    assert checked >= 8


def test_eight_by_eight_game_file(data_folder) -> None:
    equilibria = nash_equilibria(_read(data_folder, "8x8.nfg"))
    assert len(equilibria) % 2 == 1 or equilibria.degenerate
    assert all(nash_regret(equilibria.game, e.exact_profile) == 0 for e in equilibria)
    assert equilibria.certificate is not None
    assert equilibria.certificate.verify()


def _read(data_folder, name: str) -> NormalFormGame:
    from gametheory.games.formats import read_game

    return read_game(data_folder / "gambit-games" / name)


# -- floats ------------------------------------------------------------------------------------------------------------


FLOAT_CHANGES = {
    "uniform": lambda x: x,
    "shifted by 1e9": lambda x: x + 1e9,
    "scaled by 1e-9": lambda x: x * 1e-9,
    "near ties": lambda x: np.round(x * 3) + 1e-10 * x,
    "ties": lambda x: np.round(x * 3),
}


@pytest.mark.parametrize("change", FLOAT_CHANGES)
def test_games_of_floats_are_solved_as_the_rationals_that_they_are(change: str) -> None:
    rng = np.random.default_rng(9)
    for _ in range(15):
        m, n = rng.integers(2, 5, size=2)
        A, B = (FLOAT_CHANGES[change](rng.random((m, n))) for _ in "AB")
        equilibria = agrees_with_brute_force(A.tolist(), B.tolist())
        for e in equilibria:
            assert all(v.dtype == np.float64 for v in e.profile)
            assert nash_regret(equilibria.game.exact(), e.exact_profile) == 0
            assert e.payoffs == pytest.approx([float(u) for u in _payoffs(A, B, e.exact_profile)], rel=1e-12)


def _payoffs(A, B, profile) -> list[Fraction]:
    x, y = profile
    return [sum((Fraction(float(M[i, j])) * x[i] * y[j] for i, j in np.ndindex(M.shape)), Fraction(0)) for M in (A, B)]


def test_payoffs_are_expected_payoffs() -> None:
    game = NormalFormGame.from_bimatrix([["1/2", 3], [2, "5/3"]], [[4, 1], [0, 2]])
    for e in nash_equilibria(game):
        x, y = e.exact_profile
        assert e.payoffs == tuple(x @ M @ y for M in game.payoffs)


@pytest.mark.slow  # the other library compiles for ten seconds
def test_against_quantecon_on_generic_games() -> None:
    """An independent library in floats: as many equilibria, each of ours within 1e-9 of one of theirs."""
    gt = pytest.importorskip("quantecon.game_theory")
    rng = np.random.default_rng(10)
    for n in (2, 3, 4, 6):
        A, B = rng.integers(0, 10_000, size=(2, n, n)).astype(float)
        theirs = gt.vertex_enumeration(gt.NormalFormGame((gt.Player(A), gt.Player(B.T))))
        ours = nash_equilibria(NormalFormGame.from_bimatrix(A, B))
        assert len(ours) == len(theirs)
        for e in ours:
            flat = np.concatenate(e.profile)
            assert min(np.abs(flat - np.concatenate(t)).max() for t in theirs) < 1e-9


# -- limits ------------------------------------------------------------------------------------------------------------


def test_too_many_equilibria_stop_with_those_found() -> None:
    identity = [[int(i == j) for j in range(10)] for i in range(10)]
    game = NormalFormGame.from_bimatrix(identity, identity)
    with pytest.raises(SolverError, match="max_equilibria=100") as caught:
        nash_equilibria(game, max_equilibria=100)
    assert len(caught.value.best) == 100
    assert all(e.certificate.verify() for e in caught.value.best)
    zero = [[0] * 20 for _ in range(20)]
    with pytest.raises(SolverError, match="max_equilibria=50"):
        nash_equilibria(NormalFormGame.from_bimatrix(zero, zero), max_equilibria=50)


def test_too_many_branches_and_too_little_time() -> None:
    rng = np.random.default_rng(11)
    game = NormalFormGame(rng.integers(0, 1000, size=(2, 8, 8)))
    with pytest.raises(SolverError, match="limit of branches") as caught:
        nash_equilibria(game, max_branches=20)
    assert isinstance(caught.value.best, tuple)
    with pytest.raises(SolverError, match="limit of time"):
        nash_equilibria(game, time_limit=0.0)


def test_other_games_are_refused_with_a_way_on() -> None:
    three = NormalFormGame(np.zeros((3, 8, 8, 8), dtype=int))  # 255³ supports
    with pytest.raises(UnsupportedError, match="pure_nash_equilibria"):
        nash_equilibria(three)


# -- Lemke–Howson ------------------------------------------------------------------------------------------------------


def test_every_lemke_howson_path_ends_in_an_equilibrium() -> None:
    rng = random.Random(12)
    for k in range(120):
        A, B = random_game(rng, range(1, 6), *((-100, 100), (0, 1))[k % 2])
        for dropped in range(len(A) + len(A[0])):
            x, y = lemke_howson(A, B, dropped=dropped)
            assert largest_regret(A, B, [Fraction(w, sum(x)) for w in x], [Fraction(w, sum(y)) for w in y]) == 0


def test_one_equilibrium_of_a_large_game_without_pure_ones() -> None:
    rng = np.random.default_rng(13)
    A = rng.integers(-100, 100, size=(25, 25))
    e = nash_equilibrium(NormalFormGame.zero_sum(A))
    assert e.certificate is not None
    assert e.certificate.verify()
