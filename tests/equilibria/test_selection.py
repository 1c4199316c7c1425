"""Best and worst equilibria against brute force in rationals, published games, and theorems."""

from __future__ import annotations

import dataclasses
import itertools
import pickle
import random
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from oracles.nash import extreme_equilibria, largest_regret, maximal_nash_subsets

from gametheory.certificates import EquilibriumBoundCertificate, read_certificate
from gametheory.equilibria import correlated_equilibrium, nash_equilibria, optimal_nash_equilibrium
from gametheory.errors import CertificateError, SpecificationError, UnsupportedError
from gametheory.games import NormalFormGame

F = Fraction
Table = list[list[int]]


def table(rng: random.Random, m: int, n: int, low: int, high: int) -> Table:
    return [[rng.randint(low, high) for _ in range(n)] for _ in range(m)]


def expectation(C: Any, x: Any, y: Any) -> Fraction:
    return sum((p * q * F(C[i][j]) for i, p in enumerate(x) for j, q in enumerate(y)), F(0))


def objective_of(name: Any, A: Table, B: Table, C: Table) -> Any:
    """The objective as a function of a pair of strategies, written out."""
    return {
        "welfare": lambda x, y: expectation(A, x, y) + expectation(B, x, y),
        "fairness": lambda x, y: min(expectation(A, x, y), expectation(B, x, y)),
        0: lambda x, y: expectation(A, x, y),
        "Player 2": lambda x, y: expectation(B, x, y),
        "weights": lambda x, y: 2 * expectation(A, x, y) - expectation(B, x, y) / 3,
        "profiles": lambda x, y: expectation(C, x, y),
        "support_size": lambda x, y: F(sum(p > 0 for p in (*x, *y))),
    }[name]


OBJECTIVES = ("welfare", "fairness", 0, "Player 2", "weights", "profiles", "support_size")


def passed(name: Any, C: Table) -> Any:
    return {"weights": [2, F(-1, 3)], "profiles": C}.get(name, name)


def truth(name: Any, sense: str, A: Table, B: Table, C: Table) -> Fraction:
    """By brute force over extreme equilibria; for the largest support over the unions in maximal Nash subsets."""
    extreme = extreme_equilibria(A, B)
    if name == "support_size" and sense == "max":
        return F(
            max(
                sum(any(v[k] for v in face) for face in pair for k in range(len(next(iter(face)))))
                for pair in maximal_nash_subsets(extreme)
            )
        )
    values = [objective_of(name, A, B, C)(x, y) for x, y in extreme]
    return max(values) if sense == "max" else min(values)


def check(game: NormalFormGame, A: Table, B: Table, C: Table, name: Any, sense: Any, **options: Any) -> None:
    found = optimal_nash_equilibrium(game, objective=passed(name, C), sense=sense, **options)
    x, y = found.equilibrium.probabilities()
    assert largest_regret(A, B, x, y) == 0
    assert objective_of(name, A, B, C)(x, y) == found.exact_value == found.exact_lower == found.exact_upper
    assert found.exact_value == truth(name, sense, A, B, C)
    assert found.status == "certified"
    assert found.verify()


@pytest.mark.parametrize("seed", range(24))
def test_both_methods_agree_with_brute_force(seed: int) -> None:
    """Integers 0..2 make degenerate games more often than not; every third game has payoffs up to 99."""
    rng = random.Random(seed)
    high = 99 if seed % 3 == 0 else 2
    m, n = rng.randint(1, 4), rng.randint(1, 4)
    A, B, C = (table(rng, m, n, -1, high) for _ in range(3))
    game = NormalFormGame.from_bimatrix(A, B)
    for name, sense in itertools.product(OBJECTIVES, ("max", "min")):
        check(game, A, B, C, name, sense, method="complete")
        if name not in ("profiles", "support_size"):
            check(game, A, B, C, name, sense, method="branching")


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(150))
def test_larger_games_agree_with_brute_force(seed: int) -> None:
    rng = random.Random(1000 + seed)
    high = rng.choice((1, 2, 3, 9, 1000))
    m, n = rng.randint(3, 6), rng.randint(3, 6)
    A, B, C = (table(rng, m, n, 0, high) for _ in range(3))
    game = NormalFormGame.from_bimatrix(A, B)
    for name, sense in itertools.product(OBJECTIVES[:5], ("max", "min")):
        check(game, A, B, C, name, sense, method="branching")


SPECIAL = {
    "all payoffs equal": ([[1, 1], [1, 1]], [[1, 1], [1, 1]]),
    "two copies of matching pennies": ([[1, -1, 1], [-1, 1, -1]], [[-1, 1, -1], [1, -1, 1]]),
    "weakly dominated equilibrium": ([[1, 0], [0, 0]], [[1, 0], [0, 0]]),
    "payoffs shifted by 1e9": ([[10**9 + 3, 10**9], [10**9 + 5, 10**9 + 1]], [[3, 5], [0, 1]]),
    "near tie of 1e-10": ([[1, F(1, 10**10)], [1 + F(1, 10**10), 0]], [[1, 0], [1, F(1, 10**10)]]),
    "one row": ([[1, 2, 2]], [[1, 1, 0]]),
}


@pytest.mark.parametrize("name", SPECIAL)
def test_special_games(name: str) -> None:
    A, B = SPECIAL[name]
    C = [[(3 * i - 2 * j) % 5 for j in range(len(A[0]))] for i in range(len(A))]
    game = NormalFormGame.from_bimatrix(A, B)
    for objective, sense in itertools.product(OBJECTIVES, ("max", "min")):
        check(game, A, B, C, objective, sense, method="complete")
        if objective not in ("profiles", "support_size"):
            check(game, A, B, C, objective, sense, method="branching")


def test_payoffs_scaled_by_1e_minus_9_as_floats() -> None:
    A, B = np.array([[3, 3], [2, 5], [0, 6]]) * 1e-9, np.array([[3, 2], [2, 6], [3, 1]]) * 1e-9
    game = NormalFormGame.from_bimatrix(A, B)
    exact = [[[F(float(u)) for u in row] for row in U] for U in (A, B)]
    best = optimal_nash_equilibrium(game, method="branching")
    assert best.exact_value == best.exact_bound == truth("welfare", "max", *exact, [])
    assert isinstance(best.value, float)


def test_battle_of_the_sexes() -> None:
    """R. D. Luce and H. Raiffa (1957), section 5.3: the mixed equilibrium is worst for both, and has the largest support."""
    game = NormalFormGame.from_bimatrix([[2, 0], [0, 1]], [[1, 0], [0, 2]])
    assert optimal_nash_equilibrium(game).value == 3
    assert optimal_nash_equilibrium(game, sense="min").value == F(4, 3)
    assert optimal_nash_equilibrium(game, objective="fairness").value == 1
    assert optimal_nash_equilibrium(game, objective="fairness", sense="min").value == F(2, 3)
    assert optimal_nash_equilibrium(game, objective="support_size").value == 4
    assert optimal_nash_equilibrium(game, objective="support_size", sense="min").value == 2


def test_largest_support_is_between_extreme_equilibria() -> None:
    """Player 1 is indifferent whatever player 2 does: every extreme equilibrium is pure, their mixtures are not."""
    game = NormalFormGame.from_bimatrix([[1, 0], [1, 0], [1, 0]], [[1, 0], [1, 0], [1, 0]])
    best = optimal_nash_equilibrium(game, objective="support_size")
    assert best.value == 4
    assert best.equilibrium.support == ((0, 1, 2), (0,))
    assert best.verify()


def random_game(n: int, seed: int, correlation: float = 0.0) -> NormalFormGame:
    rng = np.random.default_rng(seed)
    A, E = rng.integers(0, 1000, (n, n)), rng.integers(0, 1000, (n, n))
    return NormalFormGame.from_bimatrix(A, np.rint(correlation * A + (1 - abs(correlation)) * E).astype(int))


@pytest.mark.parametrize("correlation", [0.0, 0.5, -0.5])
def test_bounds_of_correlated_equilibria(correlation: float) -> None:
    """Every Nash equilibrium is a correlated one: the best is at most the best of these, the worst at least the worst."""
    game = random_game(7, 3, correlation)
    best, worst = (optimal_nash_equilibrium(game, sense=sense) for sense in ("max", "min"))
    assert worst.exact_value <= best.exact_value <= correlated_equilibrium(game).exact_value
    assert worst.exact_value >= -correlated_equilibrium(game, objective=[-1, -1]).exact_value
    for found in (best, worst):
        assert found.status == "certified"
        assert found.verify()


@pytest.mark.parametrize("objective", ["welfare", "fairness", 1])
def test_the_two_methods_agree_on_ten_actions(objective: Any) -> None:
    game = random_game(10, 11)
    for sense in ("max", "min"):
        one, two = (
            optimal_nash_equilibrium(game, objective=objective, sense=sense, method=method)  # type: ignore[arg-type]
            for method in ("branching", "complete")
        )
        assert one.exact_value == two.exact_value
        assert one.gap == two.gap == 0


def test_relabelling_and_affine_changes() -> None:
    game = random_game(6, 5)
    order = [3, 1, 0, 5, 2, 4]
    A, B = game.numerators
    moved = NormalFormGame.from_bimatrix(3 * A[order][:, order] - 7, 3 * B[order][:, order] + 5)
    assert optimal_nash_equilibrium(moved).exact_value == 3 * optimal_nash_equilibrium(game).exact_value - 2


def test_a_stopped_search_bounds_from_both_sides() -> None:
    game = random_game(9, 2, -0.5)
    full = optimal_nash_equilibrium(game)
    for limits in ({"max_branches": 1}, {"max_branches": 10}, {"time_limit": 0.0}):
        found = optimal_nash_equilibrium(game, method="branching", **limits)  # type: ignore[arg-type]
        assert found.exact_lower <= full.exact_value <= found.exact_upper
        assert found.exact_value == found.exact_lower
        assert (found.status == "certified") == (found.gap == 0)
        assert found.verify()
        worst = optimal_nash_equilibrium(game, sense="min", method="branching", **limits)  # type: ignore[arg-type]
        assert worst.exact_lower <= optimal_nash_equilibrium(game, sense="min").exact_value <= worst.exact_upper
        assert worst.verify()
    listed = optimal_nash_equilibrium(game, objective=np.arange(81).reshape(9, 9), max_branches=3)
    exact = optimal_nash_equilibrium(game, objective=np.arange(81).reshape(9, 9))
    assert exact.gap == 0
    assert listed.exact_lower <= exact.exact_value <= listed.exact_upper
    assert (listed.status == "certified") == (listed.gap == 0)


def test_enough_stops_at_the_first_equilibrium_that_reaches_it() -> None:
    game = random_game(10, 1)
    best = optimal_nash_equilibrium(game)
    found = optimal_nash_equilibrium(game, enough=best.exact_value - 300)
    assert found.exact_value >= best.exact_value - 300
    assert found.exact_lower <= best.exact_value <= found.exact_upper
    beyond = optimal_nash_equilibrium(game, enough=best.exact_value + 1)  # nothing reaches it: the bound says so
    assert beyond.exact_bound == best.exact_value


def test_three_players_with_irrational_equilibria() -> None:
    """R. F. Nau, S. Gomez Canovas and P. Hansen (2004): one equilibrium, irrational, so that the bounds differ by rounding."""
    payoffs = {(0, 0, 0): (3, 0, 2), (1, 0, 0): (0, 1, 0), (0, 1, 0): (0, 2, 0), (1, 1, 0): (1, 0, 0)}
    payoffs |= {(0, 0, 1): (1, 0, 0), (1, 0, 1): (0, 3, 0), (0, 1, 1): (0, 1, 0), (1, 1, 1): (2, 0, 3)}
    game = NormalFormGame.from_profiles(payoffs)
    best, worst = (optimal_nash_equilibrium(game, sense=sense) for sense in ("max", "min"))
    for found in (best, worst):
        assert found.status == "certified"
        assert found.exact_lower <= found.exact_value <= found.exact_upper
        assert 0 < found.gap < F(1, 10**15)
        assert found.verify()
    assert abs(best.exact_value - worst.exact_value) < F(1, 10**15)


def test_three_players_choose_a_majority() -> None:
    """Everybody wants to be with the others: two strict equilibria and mixed ones; brute force over pure ones bounds."""
    game = NormalFormGame.from_function(lambda *a: [2 * sum(a) if len(set(a)) == 1 else -1] * 3, (2, 2, 2))
    best, worst = (optimal_nash_equilibrium(game, sense=sense) for sense in ("max", "min"))
    assert best.exact_value == 18
    assert worst.exact_value < 0
    assert best.exact_upper <= correlated_equilibrium(game).exact_value + F(1, 10**9)
    size = optimal_nash_equilibrium(game, objective="support_size")
    assert (size.value, size.gap) == (6, 0)
    fair = optimal_nash_equilibrium(game, objective="fairness")
    assert fair.exact_value == 6


def test_three_players_with_a_continuum_are_bounded() -> None:
    """Payoffs that do not depend on anything: no complete list exists, correlated equilibria bound both sides."""
    rng = np.random.default_rng(0)
    tensor = rng.integers(0, 3, (3, 2, 2, 2))
    tensor[2] = 1  # player 3 is indifferent, so that equilibria are not isolated
    game = NormalFormGame(tensor)
    for objective, sense in itertools.product(("welfare", "fairness", 0, "support_size"), ("max", "min")):
        found = optimal_nash_equilibrium(game, objective=objective, sense=sense)  # type: ignore[arg-type]
        assert found.exact_lower <= found.exact_value <= found.exact_upper
        assert found.status in ("bounded", "certified")
        assert (found.status == "certified") == (found.gap == 0)
        assert found.verify()


def test_one_player() -> None:
    game = NormalFormGame([[1, 3, 3]])
    assert optimal_nash_equilibrium(game).value == 3
    assert optimal_nash_equilibrium(game, objective="support_size").value == 2
    assert optimal_nash_equilibrium(game, objective="support_size").equilibrium.support == ((1, 2),)
    assert optimal_nash_equilibrium(game, objective=[5, 0, 1], sense="min").value == 0


def test_results_show_save_and_verify() -> None:
    game = NormalFormGame.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]], actions=[["a", "<b>"], ["c", "d"]])
    found = optimal_nash_equilibrium(game, method="branching")
    assert repr(found) == "OptimalEquilibrium(largest welfare, certified: 2; <b> | d)"
    assert "&lt;b&gt;" in found._repr_html_()
    assert found.to_dict()["value"] == "2"
    assert found.to_frame().shape == (1, 6)
    assert float(found) == 2.0
    assert pickle.loads(pickle.dumps(found)).verify()  # noqa: S301 - our own data
    for certificate in found.certificates:
        assert read_certificate(certificate.to_dict()).verify(game)
    for change in ({"exact_value": F(4)}, {"exact_upper": F(3)}, {"evidence": ()}):
        with pytest.raises(CertificateError):
            dataclasses.replace(found, **change).verify()


def test_evidence_for_another_objective_is_refused() -> None:
    game = random_game(6, 5)
    welfare, worst = optimal_nash_equilibrium(game), optimal_nash_equilibrium(game, sense="min")
    assert isinstance(welfare.evidence[0], EquilibriumBoundCertificate)
    with pytest.raises(CertificateError, match="another objective"):
        dataclasses.replace(welfare, evidence=worst.evidence).verify()


@pytest.mark.parametrize(
    "objective", ["happiness", True, None, 0.5, [1, 2, 3], [[1, 2, 3], [4, 5, 6]], 2, [float("nan"), 1]]
)
def test_malformed_objectives_are_refused(objective: Any) -> None:
    with pytest.raises(SpecificationError):
        optimal_nash_equilibrium(NormalFormGame.zero_sum([[1, -1], [-1, 1]]), objective=objective)


def test_malformed_options_are_refused() -> None:
    game = NormalFormGame.zero_sum([[1, -1], [-1, 1]])
    for options in ({"sense": "best"}, {"method": "milp"}, {"time_limit": -1}, {"enough": float("nan")}):
        with pytest.raises(SpecificationError):
            optimal_nash_equilibrium(game, **options)  # type: ignore[arg-type]
    with pytest.raises(UnsupportedError, match="complete"):
        optimal_nash_equilibrium(game, objective="support_size", method="branching")


@pytest.mark.slow
@pytest.mark.parametrize("n", [15, 20])
def test_random_games_of_fifteen_and_twenty_actions(n: int) -> None:
    """Certified exactly; and as good as the complete list in floats says."""
    for seed in range(3):
        rng = np.random.default_rng(seed)
        game = NormalFormGame(rng.integers(0, 10**6, (2, n, n)))
        welfare = [sum(member.payoffs) for member in nash_equilibria(game, completeness="numerical")]
        for sense in ("max", "min"):
            found = optimal_nash_equilibrium(game, sense=sense)  # type: ignore[arg-type]
            assert found.gap == 0
            assert found.verify()
            assert found.value == (max(welfare) if sense == "max" else min(welfare))
