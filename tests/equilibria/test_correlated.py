"""Correlated and coarse correlated equilibria: theorems, published numbers, and every vertex of small polytopes."""

from __future__ import annotations

import itertools
import random
from fractions import Fraction

import numpy as np
import pytest
from oracles.correlated import all_vertices, best_value, gains_of_plans, largest_smallest_payoff
from paper_games import PAPER_GAMES

from gametheory.arithmetic import DEFAULT_TOLERANCE
from gametheory.equilibria import (
    correlated_equilibrium,
    correlated_regret,
    is_correlated_equilibrium,
    nash_equilibria,
)
from gametheory.equilibria.correlated import correlated_equilibrium_programme
from gametheory.errors import SpecificationError, UndecidedError, UnsupportedError
from gametheory.games import NormalFormGame
from gametheory.games.profiles import product_distribution

CHICKEN = NormalFormGame.from_bimatrix([[6, 2], [7, 0]], [[6, 7], [2, 0]], actions=[["dove", "hawk"]] * 2)


def random_game(rng: random.Random, shape: tuple[int, ...], low: int, high: int) -> NormalFormGame:
    return NormalFormGame.from_function(lambda *_: [rng.randint(low, high) for _ in shape], shape)


def table(game: NormalFormGame) -> dict[tuple[int, ...], tuple[Fraction, ...]]:
    return {a: game.payoff(*a) for a in np.ndindex(*game.num_actions)}


def rebuilt(game: NormalFormGame, certificate: object) -> bool:
    programme = certificate.programme  # type: ignore[attr-defined]
    again = correlated_equilibrium_programme(game, **programme.arguments)
    return bool(certificate.verify_against(again))  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", [n for n, g in PAPER_GAMES.items() if g.best_correlated_welfare is not None])
def test_published_best_welfare(name: str) -> None:
    paper = PAPER_GAMES[name]
    found = correlated_equilibrium(paper.game)
    assert found.exact_value == paper.best_correlated_welfare
    assert sum(found.payoffs) == found.exact_value
    assert found.certificate.verify(paper.game)
    assert found.optimality.verify(paper.game)
    assert rebuilt(paper.game, found.optimality)


def test_chicken_of_aumann_1974() -> None:
    found = correlated_equilibrium(CHICKEN)
    assert found.value == Fraction(21, 2)
    assert found.profile.tolist() == [[Fraction(1, 2), Fraction(1, 4)], [Fraction(1, 4), 0]]
    assert correlated_equilibrium(CHICKEN, objective="fairness").value == Fraction(21, 4)
    assert (
        correlated_regret(CHICKEN, [["1/3", "1/3"], ["1/3", 0]]) == 0
    )  # the traffic light that also says "both yield"
    # Only the two rows "told to yield, plays hawk" bind; by symmetry at one price.
    assert set(found.shadow_prices) == {"Player 1 told dove plays hawk", "Player 2 told dove plays hawk"}
    assert all(price > 0 for price in found.shadow_prices.values())


def test_a_player_is_an_objective_by_index_and_by_name() -> None:
    """In chicken a player can be sure of no more than 7, as the only hawk (weights say the same)."""
    game = NormalFormGame.from_bimatrix([[6, 2], [7, 0]], [[6, 7], [2, 0]], players=["Ana", "Ben"])
    found = [correlated_equilibrium(game, objective=one) for one in (1, "Ben", [0, 1])]
    assert [one.value for one in found] == [7, 7, 7]
    assert [one.objective for one in found] == ["payoff of Ben", "payoff of Ben", "weighted objective"]
    assert all(one.optimality.verify() for one in found)


def test_fairness_in_battle_of_the_sexes() -> None:
    """A public coin between the two pure equilibria: each gets the mean of 2 and 1, and the sum is at most 3."""
    game = NormalFormGame.from_bimatrix([[2, 0], [0, 1]], [[1, 0], [0, 2]])
    assert correlated_equilibrium(game, objective="fairness").payoffs == (Fraction(3, 2), Fraction(3, 2))


@pytest.mark.parametrize(("low", "high"), [(0, 1), (0, 3), (-20, 20)])
@pytest.mark.parametrize("shape", [(2, 2), (2, 3)])
def test_against_every_vertex(shape: tuple[int, ...], low: int, high: int) -> None:
    rng = random.Random(f"{shape}{low}{high}")
    for _ in range(6 if shape == (2, 2) else 1):
        game = random_game(rng, shape, low, high)
        payoffs = table(game)
        numbers = {a: Fraction(rng.randint(-5, 5)) for a in payoffs}
        array = np.array([numbers[a] for a in sorted(numbers)], dtype=object).reshape(shape)
        for coarse in (False, True):
            corners = all_vertices(payoffs, coarse=coarse)

            def best(
                objective: dict[tuple[int, ...], Fraction], corners: set[tuple[Fraction, ...]] = corners
            ) -> Fraction:
                values = [objective[a] for a in sorted(objective)]
                return max(sum(p * u for p, u in zip(corner, values, strict=True)) for corner in corners)

            welfare = correlated_equilibrium(game, coarse=coarse)
            assert welfare.exact_value == best({a: sum(u) for a, u in payoffs.items()})
            weighted = correlated_equilibrium(game, objective=[2, "-1/3"], coarse=coarse)
            assert weighted.exact_value == best({a: 2 * u[0] - u[1] / 3 for a, u in payoffs.items()})
            chosen = correlated_equilibrium(game, objective=array, coarse=coarse)
            assert chosen.exact_value == best(numbers)
            for found in (welfare, weighted, chosen):
                play = dict(np.ndenumerate(found.exact_profile))
                assert gains_of_plans(payoffs, play, coarse=coarse) == [0, 0]
                assert found.certificate.verify(game)
                assert found.optimality.verify(game)
                assert rebuilt(game, found.optimality)


def test_fairness_against_every_vertex() -> None:
    rng = random.Random(5)
    for _ in range(2):
        game = random_game(rng, (2, 2), 0, 4)
        for coarse in (False, True):
            found = correlated_equilibrium(game, objective="fairness", coarse=coarse)
            assert found.exact_value == largest_smallest_payoff(table(game), coarse=coarse)
            assert found.exact_value == min(found.payoffs)
            assert rebuilt(game, found.optimality)


@pytest.mark.slow
def test_three_players_against_every_vertex() -> None:
    rng = random.Random(3)
    for low, high in ((0, 1), (-9, 9)):
        game = random_game(rng, (2, 2, 2), low, high)
        payoffs = table(game)
        welfare = best_value(payoffs, {a: sum(u) for a, u in payoffs.items()})
        assert correlated_equilibrium(game).exact_value == welfare


@pytest.mark.parametrize("shape", [(2, 2), (3, 2), (2, 2, 2), (3, 4, 2)])
def test_regret_is_the_best_plan(shape: tuple[int, ...]) -> None:
    rng = random.Random(str(shape))
    for _ in range(6):
        game = random_game(rng, shape, -3, 3)
        weights = [rng.randint(0, 3) for _ in range(game.num_profiles)]
        weights[rng.randrange(len(weights))] += 1
        distribution = np.array([Fraction(w, sum(weights)) for w in weights], dtype=object).reshape(shape)
        for coarse in (False, True):
            gains = gains_of_plans(table(game), dict(np.ndenumerate(distribution)), coarse=coarse)
            assert correlated_regret(game, distribution, coarse=coarse) == max(gains)
            verdict = is_correlated_equilibrium(game, distribution, coarse=coarse)
            assert verdict.status == ("yes" if max(gains) == 0 else "no")
            assert (verdict.witness is None) == (max(gains) == 0)


def test_the_witness_gains_what_the_verdict_says() -> None:
    rng = random.Random(11)
    for _ in range(30):
        game = random_game(rng, (3, 3), -5, 5)
        distribution = np.full((3, 3), Fraction(1, 9), dtype=object)
        for coarse in (False, True):
            verdict = is_correlated_equilibrium(game, distribution, coarse=coarse)
            if verdict.status == "yes":
                continue
            player, plan = verdict.witness
            i = game.player_index(player)
            gain = Fraction(0)
            for a in np.ndindex(3, 3):
                label = game.actions[i][a[i]]
                played = list(a)
                played[i] = game.action_index(i, plan.get(label, label))
                gain += distribution[a] * (game.payoff(*played)[i] - game.payoff(*a)[i])
            assert gain / game.payoff_span(i) == verdict.gain / game.payoff_span(i)


def test_nash_equilibria_are_correlated_equilibria_and_worth_no_more() -> None:
    rng = random.Random(7)
    for _ in range(25):
        game = random_game(rng, (rng.randint(2, 4), rng.randint(2, 4)), 0, rng.choice([2, 50]))
        best, coarse = correlated_equilibrium(game), correlated_equilibrium(game, coarse=True)
        assert coarse.exact_value >= best.exact_value
        for equilibrium in nash_equilibria(game):
            distribution = product_distribution(equilibrium.probabilities())
            assert correlated_regret(game, distribution) == 0
            assert correlated_regret(game, distribution, coarse=True) == 0
            assert sum(equilibrium.payoffs) <= best.exact_value


def test_positive_affine_changes_of_each_player_leave_the_set_alone() -> None:
    rng = random.Random(13)
    for _ in range(10):
        game = random_game(rng, (2, 3, 2), -4, 4)
        scale, shift = [Fraction(rng.randint(1, 5), 3) for _ in range(3)], [rng.randint(-9, 9) for _ in range(3)]
        changed = NormalFormGame.from_function(
            lambda *a, g=game, s=scale, c=shift: [s[i] * u + c[i] for i, u in enumerate(g.payoff(*a))], (2, 3, 2)
        )
        numbers = np.array([rng.randint(0, 9) for _ in range(12)]).reshape(2, 3, 2)
        one, other = correlated_equilibrium(game, objective=numbers), correlated_equilibrium(changed, objective=numbers)
        assert one.exact_value == other.exact_value
        assert correlated_regret(changed, one.exact_profile) == 0


def test_the_polytope_of_chicken_has_five_vertices() -> None:
    """Calvó-Armengol (2006): a 2×2 game with two pure and a completely mixed equilibrium has five extreme ones."""
    vertices = all_vertices(table(CHICKEN))
    assert len(vertices) == 5
    for vertex in vertices:
        assert correlated_regret(CHICKEN, np.array(vertex, dtype=object).reshape(2, 2)) == 0


def test_games_of_floats_are_rational_games() -> None:
    rng = np.random.default_rng(2)
    for _ in range(5):
        game = NormalFormGame(rng.random((2, 3, 3)))
        found = correlated_equilibrium(game)
        assert isinstance(found.value, float)
        assert found.profile.dtype == np.float64
        assert correlated_regret(game.exact(), found.exact_profile) == 0
        assert found.certificate.verify(game)
        assert found.optimality.verify(game)
        assert rebuilt(game, found.optimality)
        assert found.value == pytest.approx(float(found.exact_profile.reshape(-1) @ game.payoffs.sum(0).reshape(-1)))


def test_rounded_distributions_are_within_tolerance_until_tol_decides() -> None:
    game = NormalFormGame.zero_sum([[0, -1, 2], [1, 0, -1], [-1, 1, 0]])
    x, y = nash_equilibria(game)[0].probabilities()
    rounded = np.multiply.outer(x.astype(float), y.astype(float))
    verdict = is_correlated_equilibrium(game, rounded)
    assert verdict.status == "within tolerance"
    with pytest.raises(UndecidedError):
        bool(verdict)
    assert is_correlated_equilibrium(game, rounded, tol=DEFAULT_TOLERANCE)
    assert not is_correlated_equilibrium(game, rounded, tol=0)


def test_rows_are_those_of_the_definition() -> None:
    rng = random.Random(17)
    game = random_game(rng, (3, 2, 4), -6, 6)
    profiles = list(np.ndindex(3, 2, 4))
    for coarse in (False, True):
        programme = correlated_equilibrium_programme(game, coarse=coarse)
        rows = dict(zip(programme.row_names, map(programme.row, range(programme.num_rows)), strict=True))
        assert rows.pop("probabilities sum to one") == dict.fromkeys(range(24), 1)
        expected = {}
        for i, m in enumerate(game.num_actions):
            for told, plays in itertools.product(range(m), repeat=2):
                if coarse and told == 0:
                    name = f"Player {i + 1} always plays {plays + 1}"
                elif not coarse and told != plays:
                    name = f"Player {i + 1} told {told + 1} plays {plays + 1}"
                else:
                    continue
                row = {}
                for k, a in enumerate(profiles):
                    if coarse or a[i] == told:
                        loss = game.payoff(*a)[i] - game.payoff(*(*a[:i], plays, *a[i + 1 :]))[i]
                        if loss:
                            row[k] = loss
                expected[name] = row
        assert rows == expected


def test_labels_cannot_make_two_rows_one() -> None:
    game = NormalFormGame(
        np.arange(18).reshape(2, 3, 3) % 5, actions=[["x", "x plays y", "y"], ["x", "y plays y", "z"]]
    )
    tricky = NormalFormGame(game.numerators, ["A", "A told x plays y"], [["x", "y", "z"], ["y", "z", "told"]])
    for named in (game, tricky):
        assert correlated_equilibrium(named).optimality.verify(named)


def test_huge_payoffs_stay_exact() -> None:
    scale = 3**50
    game = NormalFormGame.from_bimatrix(
        [[6 * scale, 2 * scale], [7 * scale, 0]], [[6 * scale, 7 * scale], [2 * scale, 0]]
    )
    found = correlated_equilibrium(game)
    assert found.value == Fraction(21, 2) * scale
    assert correlated_equilibrium(game, objective="fairness").value == Fraction(21, 4) * scale
    edge = NormalFormGame.from_bimatrix([[2**62 - 1, -(2**62) + 1]], [[2**62 - 1, -(2**62) + 1]])
    assert correlated_equilibrium(edge).value == 2 * (2**62 - 1)


def test_one_player_plays_a_best_action() -> None:
    game = NormalFormGame([[3, 7, 5]])
    assert correlated_equilibrium(game).profile.tolist() == [0, 1, 0]
    assert correlated_equilibrium(game, objective=[0, 1, 5]).value == 1
    assert correlated_equilibrium(game, objective="fairness").value == 7


@pytest.mark.parametrize(
    "objective", ["wellfare", [1, 2, 3], [[1, 2, 3], [4, 5, 6]], 3, [float("nan"), 1.0], [[True, False], [0, 1]]]
)
def test_bad_objectives_are_refused(objective: object) -> None:
    with pytest.raises(SpecificationError):
        correlated_equilibrium(CHICKEN, objective=objective)  # type: ignore[arg-type]


@pytest.mark.parametrize("distribution", [[[1, 0], [0, 1]], [["3/2", 0], ["-1/2", 0]], [1, 0, 0, 0]])
def test_what_is_no_distribution_is_refused(distribution: object) -> None:
    with pytest.raises(SpecificationError):
        correlated_regret(CHICKEN, distribution)


def test_symbols_and_sizes_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    import sympy

    g = sympy.Symbol("g")
    with pytest.raises(UnsupportedError):
        correlated_equilibrium(NormalFormGame.from_bimatrix([[g, 0], [1, 1]], [[0, 1], [1, 0]]))
    monkeypatch.setattr("gametheory.games.memory.available_memory", lambda: 2**16)
    with pytest.raises(SpecificationError, match="linear programme of correlated equilibrium"):
        correlated_equilibrium(NormalFormGame(np.zeros((2, 20, 20), dtype=int)))


def test_displays_speak_of_evidence_and_escape_labels() -> None:
    game = NormalFormGame.from_bimatrix([[1, 0], [0, 1]], [[1, 0], [0, 1]], actions=[["<script>", "b"]] * 2)
    found = correlated_equilibrium(game)
    assert "certified" in repr(found)
    assert "<script>" not in found._repr_html_()
    data = found.to_dict()
    assert data["value"] == "2"
    assert data["optimality"]["kind"] == "duality"
    assert found.to_frame().shape[0] == len(found.equilibrium.support)


def test_an_optimum_beyond_the_floats_is_said() -> None:
    game = NormalFormGame.from_bimatrix([[1.5e308]], [[1.5e308]])
    with pytest.raises(SpecificationError, match=r"about 1e308, is too large.*game\.exact"):
        correlated_equilibrium(game)
    assert correlated_equilibrium(game.exact()).value == 2 * Fraction(1.5e308)
