"""What a player can secure: the minimax theorem, published values, and every vertex of small programmes."""

from __future__ import annotations

import random
from fractions import Fraction
from math import comb

import numpy as np
import pytest
from oracles.polytopes import maximum, simplex
from paper_games import PAPER_GAMES

from gametheory.equilibria import maximin, nash_equilibria, nash_regret, zero_sum_equilibrium
from gametheory.equilibria.zero_sum import Maximin, maximin_programme
from gametheory.errors import SpecificationError, UnsupportedError
from gametheory.games import NormalFormGame, deviation_payoffs


def checked(found: Maximin) -> Maximin:
    """The certificate verifies, its programme is the one rebuilt from the game, and play does what it says."""
    game, i = found.game.exact(), found.player
    certificate = found.certificate
    assert certificate.verify(found.game)
    arguments = certificate.programme.arguments  # type: ignore[attr-defined]
    assert certificate.verify_against(maximin_programme(found.game, **arguments))  # type: ignore[attr-defined]
    table = np.moveaxis(game.payoffs[i], i, 0).reshape(game.num_actions[i], -1)
    assert sum(found.exact_strategy) == sum(found.exact_reply.flat) == 1
    assert min(found.exact_strategy) >= 0
    assert min(found.exact_reply.flat) >= 0
    assert min(found.exact_strategy @ table) == found.exact_value
    if found.strategies == "mixed":
        assert max(table @ found.exact_reply.reshape(-1)) == found.exact_value
    return found


def random_game(rng: random.Random, shape: tuple[int, ...], high: int) -> NormalFormGame:
    return NormalFormGame.from_function(lambda *_: [rng.randint(-high, high) for _ in shape], shape)


@pytest.mark.parametrize("name", [n for n, g in PAPER_GAMES.items() if g.value is not None])
def test_published_values(name: str) -> None:
    paper = PAPER_GAMES[name]
    assert checked(maximin(paper.game)).exact_value == paper.value


def test_two_by_two_without_a_saddle_point() -> None:
    """von Neumann and Morgenstern: (ad − bc) / (a + d − b − c) for [[a, b], [c, d]]."""
    found = checked(maximin(NormalFormGame.zero_sum([[3, -1], [-2, 1]])))
    assert found.value == Fraction(3 * 1 - (-1) * (-2), 3 + 1 + 1 + 2)
    assert found.strategy.tolist() == [Fraction(3, 7), Fraction(4, 7)]
    assert found.reply.tolist() == [Fraction(2, 7), Fraction(5, 7)]
    assert float(found) == pytest.approx(1 / 7)


@pytest.mark.parametrize(("periods", "inspections"), [(2, 1), (5, 2), (10, 3), (12, 6)])
def test_inspection_game_of_dresher(periods: int, inspections: int) -> None:
    """von Stengel (2016), Recursive inspection games: I(n, m) = −C(n−1, m) / Σ_{i ≤ m} C(n, i), by a recursion of values."""
    values: dict[tuple[int, int], Fraction] = {}
    for n in range(periods + 1):
        for m in range(inspections + 1):
            if m >= n:
                values[n, m] = Fraction(0)
            elif m == 0:
                values[n, m] = Fraction(-1)
            else:
                game = NormalFormGame.zero_sum([[values[n - 1, m - 1], 1], [values[n - 1, m], -1]])
                values[n, m] = maximin(game).exact_value
    n, m = periods, inspections
    assert values[n, m] == Fraction(-comb(n - 1, m), sum(comb(n, i) for i in range(m + 1)))


def test_a_team_that_must_match_away_from_its_adversary() -> None:
    """von Stengel and Koller (1997): a team of two that correlates holds the third player to −1/2, an independent one
    only to −1/4; by a pure strategy the third player secures −1."""
    game = NormalFormGame.from_function(
        lambda a, b, c: (u := int(a == b != c), u, -u), [2, 2, 2], players=["Row", "Column", "Adversary"]
    )
    found = checked(maximin(game, player="Adversary"))
    assert found.value == Fraction(-1, 2)
    assert found.reply.tolist() == [[Fraction(1, 2), 0], [0, Fraction(1, 2)]]
    grid = [Fraction(k, 12) for k in range(13)]
    independent = min(max(-x * y, -(1 - x) * (1 - y)) for x in grid for y in grid)
    assert independent == Fraction(-1, 4) > found.value
    assert checked(maximin(game, player=2, strategies="pure")).value == -1


@pytest.mark.parametrize("shape", [(2, 2), (2, 3), (3, 2), (1, 3), (3, 1), (2, 2, 2)])
def test_against_every_vertex(shape: tuple[int, ...]) -> None:
    rng = random.Random(str(shape))
    for high in (1, 2, 9):
        game = random_game(rng, shape, high)
        for i, m in enumerate(shape):
            table = np.moveaxis(game.payoffs[i], i, 0).reshape(m, -1)
            equations, inequalities = simplex(m)
            # The value, lifted by high to be ≥ 0, is a further column.
            rows = [([*row, 0], right) for row, right in inequalities]
            rows += [([*(table[:, k] + high), -1], 0) for k in range(table.shape[1])]
            rows.append(([0] * m + [1], 0))
            value = maximum([0] * m + [1], [([*row, 0], right) for row, right in equations], rows)
            found = checked(maximin(game, player=i))
            assert found.exact_value + high == value
            pure = checked(maximin(game, player=i, strategies="pure"))
            assert pure.exact_value == max(min(row) for row in table)
            assert pure.exact_value <= found.exact_value


def test_maximin_is_minimax() -> None:
    rng = random.Random(3)
    for _ in range(25):
        m, n = rng.randint(1, 6), rng.randint(1, 6)
        game = NormalFormGame.zero_sum([[rng.randint(-3, 3) for _ in range(n)] for _ in range(m)])
        first, second = checked(maximin(game)), checked(maximin(game, player=1))
        assert first.exact_value == -second.exact_value
        found = zero_sum_equilibrium(game)
        assert found.certificate is not None
        assert found.certificate.verify(game)
        assert found.payoffs == (first.exact_value, second.exact_value)
        assert nash_regret(game, (first.exact_strategy, second.exact_strategy)) == 0
        assert {e.payoffs[0] for e in nash_equilibria(game)} == {first.exact_value}


def test_every_equilibrium_pays_at_least_the_security_level() -> None:
    rng = random.Random(5)
    for _ in range(20):
        game = random_game(rng, (3, 3), 4)
        levels = [maximin(game, player=i).exact_value for i in range(2)]
        for equilibrium in nash_equilibria(game):
            assert all(u >= v for u, v in zip(equilibrium.payoffs, levels, strict=True))


def test_affine_changes_move_the_value_and_nothing_else() -> None:
    rng = random.Random(7)
    for _ in range(10):
        game = random_game(rng, (3, 2, 2), 5)
        changed = NormalFormGame.from_function(
            lambda *a, g=game: [Fraction(5, 3) * u - 4 for u in g.payoff(*a)], (3, 2, 2)
        )
        for i in range(3):
            one, other = maximin(game, player=i), maximin(changed, player=i)
            assert other.exact_value == Fraction(5, 3) * one.exact_value - 4


def test_constant_sum_games_of_floats() -> None:
    rng = np.random.default_rng(1)
    A = rng.integers(0, 2**20, (5, 4)) / 2**20
    game = NormalFormGame.from_bimatrix(A, 1 - A)
    found = zero_sum_equilibrium(game)
    assert found.certificate is not None
    assert found.certificate.verify(game)
    assert isinstance(found.payoffs[0], float)
    assert found.payoffs[0] == pytest.approx(float(max(deviation_payoffs(game.exact(), found.exact_profile, 0))))
    secured = checked(maximin(game))
    assert isinstance(secured.value, float)
    assert secured.strategy.dtype == np.float64


def test_what_is_refused() -> None:
    dilemma = NormalFormGame.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]])
    with pytest.raises(UnsupportedError, match="maximin"):
        zero_sum_equilibrium(dilemma)
    with pytest.raises(UnsupportedError):
        zero_sum_equilibrium(NormalFormGame(np.zeros((3, 2, 2, 2), dtype=int)))
    with pytest.raises(SpecificationError, match="opponents"):
        maximin(dilemma, opponents="independent")  # type: ignore[arg-type]
    with pytest.raises(SpecificationError, match="strategies"):
        maximin(dilemma, strategies="behavioural")  # type: ignore[arg-type]
    with pytest.raises(SpecificationError, match="player"):
        maximin(dilemma, player="Nobody")


def test_one_player_secures_the_best_action() -> None:
    found = checked(maximin(NormalFormGame([[2, 9, 4]])))
    assert found.value == 9
    assert found.reply.shape == ()


def test_displays_speak_of_evidence_and_escape_labels() -> None:
    game = NormalFormGame.zero_sum([[0, 1], [1, 0]], actions=[["<b>", "x"], ["l", "r"]])
    found = maximin(game)
    assert "certified" in repr(found)
    assert "<b>" not in found._repr_html_()
    assert found.to_dict()["value"] == "1/2"
    assert found.to_frame().shape == (2, 2)
