"""Zero-sum games of many actions: closed forms, planted equilibria, the exact linear programme, degenerate games."""

from __future__ import annotations

import itertools
import pickle
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from gametheory.arithmetic import RationalArray
from gametheory.equilibria import maximin, zero_sum_equilibrium, zero_sum_play
from gametheory.equilibria.zero_sum import maximin_programme
from gametheory.equilibria.zero_sum_results import ZeroSumEquilibrium
from gametheory.errors import SolverError, SpecificationError, UnsupportedError
from gametheory.games import NormalFormGame
from gametheory.optimize import solve_exact
from gametheory.optimize.matrix_game_path import float_vertex, interior_path
from gametheory.optimize.matrix_game_vertex import exact_vertex

Array = NDArray[Any]


def checked(found: ZeroSumEquilibrium) -> ZeroSumEquilibrium:
    """The bounds are those of the profile in fractions, the certificate verifies, and payoffs lie between the bounds."""
    game = found.game.exact()
    table, (x, y) = game.payoffs[0], found.exact_profile
    assert sum(x) == sum(y) == 1
    assert min(*x, *y) >= 0
    assert found.lower == min(x @ table)
    assert found.upper == max(table @ y)
    assert found.gap == found.upper - found.lower >= 0
    assert found.certificate.verify(found.game)
    assert found.payoffs[0] == (float(x @ table @ y) if found.game.arithmetic == "float" else x @ table @ y)
    if found.game.arithmetic == "float" and found.gap:
        for floats, vector in zip(found.profile, found.exact_profile, strict=True):
            assert [Fraction(p) for p in floats] == vector.tolist()  # nothing is rounded between the two
    return found


@pytest.fixture
def path_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """The interior-point path for small games too."""
    monkeypatch.setattr(zero_sum_play, "_FEW", 0)


def blotto(troops: int, fields: int) -> Array:
    plans = [p for p in itertools.product(range(troops + 1), repeat=fields) if sum(p) == troops]
    return np.array([[sum(np.sign(a - b) for a, b in zip(p, q, strict=True)) for q in plans] for p in plans])


def planted(size: int, value: int, seed: int) -> tuple[Array, list[Fraction], list[Fraction]]:
    """A game whose only equilibrium mixes over everything: (1 − 1xᵀ) R (1 − y1ᵀ) + v, as x and y even out both sides."""
    rng = np.random.default_rng(seed)
    x, y = (rng.integers(1, 9, size).astype(object) for _ in range(2))
    noise, one = rng.integers(-9, 10, (size, size)).astype(object), np.ones(size, dtype=object)
    left = np.diag(one * sum(x)) - np.outer(one, x)
    right = np.diag(one * sum(y)) - np.outer(y, one)
    return left @ noise @ right + value, [Fraction(w, sum(x)) for w in x], [Fraction(w, sum(y)) for w in y]


# -- closed forms --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [5, 40, 90])
def test_diagonal_games(size: int) -> None:
    """diag(d) with d > 0 is worth 1/Σ(1/d), each action played in proportion to 1/d."""
    d = list(range(3, 3 + size))
    found = checked(zero_sum_equilibrium(NormalFormGame.zero_sum(np.diag(d))))
    total = sum(Fraction(1, k) for k in d)
    assert found.value == found.lower == found.upper == 1 / total
    assert found.exact_profile[0].tolist() == found.exact_profile[1].tolist() == [Fraction(1, k) / total for k in d]


@pytest.mark.parametrize("size", [6, 41, 80])
def test_games_that_change_sign_with_the_roles(size: int) -> None:
    wins = np.random.default_rng(size).integers(-9, 10, (size, size))
    game = NormalFormGame.zero_sum(wins - wins.T)
    assert checked(zero_sum_equilibrium(game)).value == 0
    for method in ("interior point", "regret matching"):
        found = checked(zero_sum_equilibrium(game, method=method, tol=1e-5))  # type: ignore[arg-type]
        assert found.lower <= 0 <= found.upper


@pytest.mark.parametrize("seed", range(4))
def test_planted_equilibria_are_found(seed: int) -> None:
    A, x, y = planted(30, 17, seed)
    found = checked(zero_sum_equilibrium(NormalFormGame.zero_sum(A.tolist())))
    assert found.value == 17
    assert [v.tolist() for v in found.exact_profile] == [x, y]
    assert "interior" in found.method


@pytest.mark.parametrize(("troops", "fields"), [(4, 3), (8, 3), (6, 4)])
def test_colonel_blotto_is_fair(troops: int, fields: int) -> None:
    """Highly degenerate: equal armies, so the value is 0, with optimal strategies without number."""
    game = NormalFormGame.zero_sum(blotto(troops, fields))
    assert checked(zero_sum_equilibrium(game)).value == 0
    found = checked(zero_sum_equilibrium(game, method="interior point", tol=1e-9))
    assert found.lower <= 0 <= found.upper
    assert found.gap <= Fraction(2 * fields, 10**9)


@pytest.mark.parametrize("size", [7, 30])
def test_cyclic_games(size: int) -> None:
    """Each action beats the next few (a circulant matrix): evenly mixed, worth the average of a row."""
    game = NormalFormGame.zero_sum((np.subtract.outer(np.arange(size), np.arange(size)) % size < size // 3).astype(int))
    found = checked(zero_sum_equilibrium(game))
    assert found.value == Fraction(size // 3, size)


def test_saddle_points_and_constants() -> None:
    for A in (np.ones((50, 70), dtype=int), np.zeros((1, 30)), np.add.outer(np.arange(40.0), -np.arange(60.0))):
        found = checked(zero_sum_equilibrium(NormalFormGame.zero_sum(A)))
        assert found.method == "saddle point in pure strategies"
        assert found.gap == 0
        assert found.value == A.min(axis=1).max() == A.max(axis=0).min()


# -- another implementation ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("high", [1, 3, 9999])
@pytest.mark.parametrize("shape", [(2, 2), (3, 5), (8, 8), (6, 20), (25, 7), (20, 20)])
@pytest.mark.usefixtures("path_only")
def test_the_value_is_that_of_the_linear_programme(shape: tuple[int, int], high: int) -> None:
    rng = np.random.default_rng(sum(shape) + high)
    for _ in range(4):
        game = NormalFormGame.zero_sum(rng.integers(0, high + 1, shape))
        value = solve_exact(maximin_programme(game)).value
        assert checked(zero_sum_equilibrium(game)).value == value
        for method, tol in (("interior point", 1e-9), ("regret matching", 1e-4)):
            found = checked(zero_sum_equilibrium(game, method=method, tol=tol))  # type: ignore[arg-type]
            assert found.lower <= value <= found.upper
            assert found.gap <= Fraction(tol) * high


@pytest.mark.parametrize("shape", [(1, 4), (2, 3), (3, 3)])
def test_vertices_against_all_bases(shape: tuple[int, int]) -> None:
    """Every choice of rows and columns: those accepted all have one value, and some is accepted."""
    rng = np.random.default_rng(sum(shape))
    for _ in range(15):
        A = rng.integers(-2, 3, shape)
        values = set()
        for size in range(1, min(shape) + 1):
            for rows in itertools.combinations(range(shape[0]), size):
                for columns in itertools.combinations(range(shape[1]), size):
                    found = exact_vertex(A, np.array(rows), np.array(columns))
                    if found is not None:
                        x, y = (v / Fraction(sum(v)) for v in (found.row, found.column))
                        assert min(x @ A) == max(A @ y) == found.value
                        values.add(found.value)
        assert values == {solve_exact(maximin_programme(NormalFormGame.zero_sum(A))).value}  # Shapley and Snow (1950)


def test_copies_of_actions_change_nothing() -> None:
    A = np.random.default_rng(5).random((20, 25))
    value = checked(zero_sum_equilibrium(NormalFormGame.zero_sum(A))).exact_value
    many = NormalFormGame.zero_sum(np.repeat(np.repeat(A, 3, axis=0), 2, axis=1))
    found = checked(zero_sum_equilibrium(many))
    assert found.exact_value == value
    assert "interior" in found.method


@pytest.mark.parametrize(("factor", "shift"), [(2.0**-30, 0), (2.0**300, 0), (1, 2.0**30), (-1, 0)])
def test_affine_changes(factor: float, shift: float) -> None:
    """Powers of two, so that the changed floats are the changed rationals; with −1 the players change places."""
    A = np.random.default_rng(2).integers(0, 2**20, (70, 80)) / 2.0**20
    value = checked(zero_sum_equilibrium(NormalFormGame.zero_sum(A))).exact_value
    changed = NormalFormGame.zero_sum(factor * (A if factor > 0 else A.T) + shift)
    expected = Fraction(factor) * value + Fraction(shift)
    assert checked(zero_sum_equilibrium(changed)).exact_value == expected
    found = checked(zero_sum_equilibrium(changed, tol=1e-8))
    assert found.lower <= expected <= found.upper


@pytest.mark.parametrize("kind", ["low rank", "wide range", "near copies"])
def test_games_that_floats_can_hardly_tell_apart(kind: str) -> None:
    rng = np.random.default_rng(3)
    if kind == "low rank":
        A = rng.normal(size=(120, 4)) @ rng.normal(size=(4, 100))
    elif kind == "wide range":
        A = np.exp(20 * rng.normal(size=(100, 100)))
    else:
        A = rng.random((90, 90))
        A[:, 5] = A[:, 9] + 1e-15
        A[3] = A[7] + 1e-13 * rng.random(90)
    game = NormalFormGame.zero_sum(A)
    found = checked(zero_sum_equilibrium(game, method="interior point", tol=1e-9))
    assert found.gap <= game.payoff_span(0) / 10**9


def test_guarantees_are_exact_for_numbers_of_any_size() -> None:
    rng = np.random.default_rng(9)
    x, y = rng.dirichlet(np.ones(7)), rng.dirichlet(np.ones(40))
    for bits in (1, 24, 40, 61, 62, 100):
        A = np.array([[int(v) for v in row] for row in rng.integers(-(2**30), 2**30, (7, 40))], dtype=object)
        A = A * 2**bits >> 30
        table = RationalArray.of_integers(A, 3)
        assert (table.numerators.dtype == object) == (bits > 62)
        play = zero_sum_play._Guarantees(table).of(x, y, "test")
        row, column = play.row.fractions(), play.column.fractions()
        assert play.lower == min(row @ table.fractions())
        assert play.upper == max(table.fractions() @ column)
        assert play.payoff == row @ table.fractions() @ column
        assert [float(p) for p in row] == pytest.approx(x, abs=2.0**-44)


# -- the path itself -----------------------------------------------------------------------------------------------


def test_the_path_closes_the_gap_and_points_at_the_vertex() -> None:
    A = np.random.default_rng(0).random((60, 45))
    A = (A - A.min()) / (A.max() - A.min())
    points = list(interior_path(A))
    assert points[-1].gap < 1e-9
    for point in points:
        assert point.gap >= float((A @ point.column).max() - (point.row @ A).min()) - 1e-12
    found = [float_vertex(A, *basis) for point in points for basis in point.bases()]
    assert min(v[2] for v in found if v is not None) < 1e-12
    assert float_vertex(np.eye(2), np.array([0, 1]), np.array([0, 0])) is None


# -- tolerances, constant sums, more players -----------------------------------------------------------------------


@pytest.mark.parametrize("tol", [1e-3, Fraction(1, 10**5), 1e-7, 1e-10])
def test_the_gap_is_at_most_the_tolerance(tol: Any) -> None:
    rng = np.random.default_rng(11)
    A = rng.integers(0, 2**40, (150, 130)) / 2.0**40
    game = NormalFormGame.from_bimatrix(A, 3 - A)
    found = checked(zero_sum_equilibrium(game, tol=tol))
    assert found.gap <= Fraction(tol) * game.payoff_span(0)
    assert sum(Fraction(p) for p in found.payoffs) == pytest.approx(3, abs=1e-15)
    value = zero_sum_equilibrium(game).exact_value
    assert found.lower <= value <= found.upper
    assert ("regret" in found.method) == (tol >= Fraction(1, 10**5))


def test_maximin_of_three_players_up_to_a_tolerance() -> None:
    rng = np.random.default_rng(4)
    game = NormalFormGame(rng.integers(0, 2**20, (3, 70, 9, 10)) / 2.0**20)
    exact = maximin(game, player=0)
    assert exact.gap == 0
    found = maximin(game, player=0, tol=1e-4, method="regret matching")
    assert found.reply.shape == (9, 10)
    assert 0 < found.gap <= game.payoff_span(0) / 10**4
    assert found.exact_value <= exact.exact_value <= found.upper
    assert found.certificate.verify(game)
    assert "can be secured" in repr(found)
    table = game.exact().payoffs[0].reshape(70, -1)
    assert min(found.exact_strategy @ table) == found.exact_value
    assert max(table @ found.exact_reply.reshape(-1)) == found.upper


def test_regret_matching_that_stops_early_says_how_far_it_came() -> None:
    game = NormalFormGame.zero_sum(np.random.default_rng(6).random((80, 80)))
    with pytest.raises(SolverError, match="method='auto'") as caught:
        zero_sum_equilibrium(game, method="regret matching", tol=1e-6, max_rounds=50)
    best = caught.value.best
    assert isinstance(best, ZeroSumEquilibrium)
    assert checked(best).gap > game.payoff_span(0) / 10**6
    with pytest.raises(SolverError) as caught:
        maximin(game, method="interior point", tol=1e-30)
    assert caught.value.best.gap < game.payoff_span(0) / 10**9
    # Asked for by nobody in particular, the exact answer is the last resort.
    assert zero_sum_equilibrium(game, tol=1e-30, max_rounds=1).gap == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"method": "simplex"}, "method"),
        ({"tol": -1e-3}, "tol"),
        ({"tol": float("nan")}, "tol"),
        ({"tol": True}, "tol"),
        ({"method": "exact", "tol": 1e-3}, "tol"),
        ({"method": "interior point"}, "tol"),
        ({"method": "regret matching", "tol": 0}, "tol"),
        ({"method": "regret matching", "tol": 1e-3, "max_rounds": 0}, "max_rounds"),
        ({"method": "regret matching", "tol": 1e-3, "max_rounds": True}, "max_rounds"),
        ({"method": "interior point", "tol": 1e-3, "max_rounds": 7}, "max_rounds"),
    ],
)
def test_options_that_are_refused(options: dict[str, Any], message: str) -> None:
    game = NormalFormGame.zero_sum([[3, -1], [-2, 1]])
    for solve in (zero_sum_equilibrium, maximin):
        with pytest.raises(SpecificationError, match=message):
            solve(game, **options)
    with pytest.raises(SpecificationError, match="mixed"):
        maximin(game, strategies="pure", tol=1e-3)


def test_games_that_are_refused() -> None:
    A = np.random.default_rng(0).random((3, 3))
    with pytest.raises(UnsupportedError, match="constant"):
        zero_sum_equilibrium(NormalFormGame.from_bimatrix(A, 0.1 - A), tol=1e-3)  # 0.1 − A is rounded
    with pytest.raises(UnsupportedError, match="two-player"):
        zero_sum_equilibrium(NormalFormGame(np.zeros((3, 2, 2, 2))), tol=1e-3)


def test_results_are_values() -> None:
    game = NormalFormGame.zero_sum(
        np.random.default_rng(0).random((70, 70)), actions=[["<b>", *map(str, range(69))]] * 2
    )
    found = zero_sum_equilibrium(game, tol=1e-6)
    again = pickle.loads(pickle.dumps(found))  # noqa: S301
    assert again == found
    assert hash(again) == hash(found)
    assert not again.profile[0].flags.writeable
    assert "certified: value 0." in repr(found)
    assert " within " in repr(zero_sum_equilibrium(game, method="regret matching", tol=1e-3))
    assert "<b>" not in found._repr_html_()
    assert found.to_dict()["gap"] != ""
    assert len(found.to_frame()) == sum(map(len, found.support))
    assert float(found) == pytest.approx(found.value)
    assert found.status == "certified"
    assert found != 3


# -- scale ---------------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["floats", "integers"])
def test_five_hundred_actions_exactly(kind: str) -> None:
    rng = np.random.default_rng(500)
    A = rng.random((500, 500)) if kind == "floats" else rng.integers(0, 10_000, (500, 500))
    found = zero_sum_equilibrium(NormalFormGame.zero_sum(A))
    assert found.gap == 0
    assert found.certificate.verify()
    assert min(map(len, found.support)) > 100
    secured = maximin(found.game)
    assert secured.exact_value == found.exact_value
    assert secured.certificate.verify(found.game)


@pytest.mark.slow
@pytest.mark.parametrize(("size", "tol"), [(1000, 1e-9), (1000, 1e-4), (2000, 1e-4), (3000, 1e-3)])
def test_thousands_of_actions_up_to_a_gap(size: int, tol: float) -> None:
    game = NormalFormGame.zero_sum(np.random.default_rng(size).random((size, size)))
    found = zero_sum_equilibrium(game, tol=tol)
    assert found.gap <= Fraction(tol) * game.payoff_span(0)
    x, y = found.profile
    A = game.numerators[0]
    assert float(found.lower) == pytest.approx((x @ A).min(), abs=1e-12)
    assert float(found.upper) == pytest.approx((A @ y).max(), abs=1e-12)
    if size == 1000:
        assert found.certificate.verify()
