"""Leakage games against grids of defences, exhaustive strategies and the theorems about hidden and visible choice."""

from __future__ import annotations

import pickle
from fractions import Fraction as F
from typing import Any

import numpy as np
import pytest
from oracles.leakage import mixed, posterior

from gametheory.errors import SpecificationError
from gametheory.information.leakage_games import leakage_game, leakage_game_programme

HALF = [F(1, 2), F(1, 2)]
CONSTANT, BIT, FLIPPED = [[1, 0], [1, 0]], [[1, 0], [0, 1]], [[0, 1], [1, 0]]
TABLE = [[CONSTANT, BIT], [BIT, FLIPPED]]
GUESS = [[1, 0], [0, 1]]


def random_game(seed: int) -> tuple[list[F], list[list[Any]], list[list[F]]]:
    rng = np.random.default_rng(seed)
    n, m = int(rng.integers(2, 4)), int(rng.integers(2, 4))
    defences, attacks = int(rng.integers(2, 4)), int(rng.integers(1, 4))

    def vector(size: int) -> list[F]:
        weights = [int(w) for w in rng.integers(0, 5, size)]
        weights[int(rng.integers(size))] += 1
        return [F(w, sum(weights)) for w in weights]

    channels = [[[vector(m) for _ in range(n)] for _ in range(attacks)] for _ in range(defences)]
    gain = [[F(int(v), 2) for v in rng.integers(-2, 5, n)] for _ in range(int(rng.integers(1, 4)))]
    return vector(n), channels, gain


def grid(size: int, steps: int) -> list[list[F]]:
    if size == 1:
        return [[F(1)]]
    if size == 2:
        return [[F(k, steps), F(steps - k, steps)] for k in range(steps + 1)]
    return [[F(a, steps), F(b, steps), F(steps - a - b, steps)] for a in range(steps + 1) for b in range(steps + 1 - a)]


def worst(prior: list[F], channels: Any, gain: Any, defence: Any, attack: int) -> F:
    return posterior(prior, mixed([row[attack] for row in channels], defence), gain)


def test_a_hidden_choice_protects_a_bit_and_a_visible_one_does_not() -> None:
    hidden = leakage_game(HALF, TABLE, choice="hidden")
    assert (hidden.value, hidden.defence.tolist()) == (F(2, 3), [F(2, 3), F(1, 3)])
    assert leakage_game(HALF, TABLE, choice="visible").value == 1
    # Derived anew: V is (1 + δ₁)/2 after attack 0 and max(δ₀, δ₁) after attack 1, equal at δ = (2/3, 1/3).
    for k in range(61):
        d = F(k, 60)
        values = [worst(HALF, TABLE, GUESS, [d, 1 - d], a) for a in (0, 1)]
        assert values == [(2 - d) / 2, max(d, 1 - d)]
        assert max(values) >= F(2, 3)
    assert leakage_game(HALF, TABLE, choice="visible", order="adversary first").value == 1
    assert leakage_game(HALF, TABLE, choice="hidden", order="adversary first").value == F(1, 2)


@pytest.mark.parametrize("seed", range(8))
def test_hidden_choice_is_a_saddle_point(seed: int) -> None:
    prior, channels, gain = random_game(seed)
    found = leakage_game(prior, channels, choice="hidden", gain=gain)
    assert found.certificate is not None
    assert found.certificate.verify()
    assert found.certificate.verify_against(leakage_game_programme(prior, channels, choice="hidden", gain=gain))
    defences, attacks = len(channels), len(channels[0])
    # The defence secures the value …
    assert max(worst(prior, channels, gain, found.defence, a) for a in range(attacks)) == found.value
    # … and against the adversary's attack and guesses no defence does better (linear in the defence).
    against = [
        sum(
            found.attack[a] * found.guesses[a][y, w] * prior[x] * gain[w][x] * channels[d][a][x][y]
            for a in range(attacks)
            for y in range(len(channels[d][a][0]))
            for w in range(len(gain))
            for x in range(len(prior))
        )
        for d in range(defences)
    ]
    assert min(against) == found.value
    for defence in grid(defences, 12):
        assert max(worst(prior, channels, gain, defence, a) for a in range(attacks)) >= found.value
        assert sum(found.attack[a] * worst(prior, channels, gain, defence, a) for a in range(attacks)) >= found.value


@pytest.mark.parametrize("seed", range(6))
def test_orders_and_choices_are_ranked(seed: int) -> None:
    """Hiding never hurts the defender, seeing the other side never hurts whoever sees (Alvim et al. 2022)."""
    prior, channels, gain = random_game(200 + seed)
    options: list[tuple[Any, Any]] = [
        ("hidden", "simultaneous"),
        ("hidden", "adversary first"),
        *(("visible", order) for order in ("simultaneous", "defender first", "adversary first")),
    ]
    value = {o: leakage_game(prior, channels, choice=o[0], order=o[1], gain=gain).value for o in options}
    assert value["hidden", "simultaneous"] <= value["visible", "simultaneous"]
    assert value["hidden", "adversary first"] <= value["hidden", "simultaneous"]
    assert value["hidden", "adversary first"] <= value["visible", "adversary first"]
    assert value["visible", "adversary first"] <= value["visible", "simultaneous"] <= value["visible", "defender first"]
    defences, attacks = range(len(channels)), range(len(channels[0]))
    pure = [[posterior(prior, channels[d][a], gain) for a in attacks] for d in defences]
    assert value["visible", "defender first"] == min(max(row) for row in pure)
    assert value["visible", "adversary first"] == max(min(pure[d][a] for d in defences) for a in attacks)
    responses = leakage_game(prior, channels, choice="hidden", order="adversary first", gain=gain)
    attained = [worst(prior, channels, gain, responses.defence[a], a) for a in attacks]
    assert max(attained) == responses.value == sum(p * v for p, v in zip(responses.attack, attained, strict=True))
    assert sum(responses.attack) == 1
    for a in attacks:
        if responses.attack[a]:
            assert all(worst(prior, channels, gain, d, a) >= responses.value for d in grid(len(channels), 12))


@pytest.mark.parametrize("seed", range(5))
def test_visible_choice_is_a_matrix_game(seed: int) -> None:
    from gametheory.equilibria import zero_sum_equilibrium
    from gametheory.games import NormalFormGame

    prior, channels, gain = random_game(300 + seed)
    found = leakage_game(prior, channels, choice="visible", gain=gain)
    matrix = [[posterior(prior, c, gain) for c in row] for row in channels]
    game = NormalFormGame.zero_sum([[-v for v in row] for row in matrix])
    assert found.value == -zero_sum_equilibrium(game).payoffs[0]
    mixture = [sum(p * v for p, v in zip(found.attack, row, strict=True)) for row in matrix]
    assert min(mixture) == found.value


def test_more_adversaries_learn_more() -> None:
    noisy = [["7/10", "3/10"], ["3/10", "7/10"]]
    table = [[noisy, CONSTANT], [CONSTANT, noisy]]
    values = [leakage_game(HALF, table, choice="hidden", num_adversaries=k).value for k in (1, 2, 3)]
    assert values == sorted(values)
    single = [[noisy]]
    assert leakage_game(HALF, single, choice="hidden", num_adversaries=3).value == F(98, 125)
    assert leakage_game(HALF, table, choice="hidden", num_adversaries=2).attacks == ((0, 0), (0, 1), (1, 1))


def test_malformed_games_are_refused() -> None:
    questions: list[tuple[dict[str, Any], Any]] = [
        ({"choice": "hidden", "order": "defender first"}, TABLE),
        ({"choice": "secret"}, TABLE),
        ({"choice": "visible", "order": "last"}, TABLE),
        ({"choice": "visible", "num_adversaries": 0}, TABLE),
        ({"choice": "visible", "num_adversaries": True}, TABLE),
        ({"choice": "visible"}, [[BIT, BIT], [BIT]]),
        ({"choice": "visible"}, []),
        ({"choice": "hidden"}, [[BIT], [[[1, 0, 0], [0, 1, 0]]]]),
    ]
    for options, table in questions:
        with pytest.raises(SpecificationError):
            leakage_game(HALF, table, **options)
    with pytest.raises(SpecificationError, match="needs no programme"):
        leakage_game_programme(HALF, TABLE, choice="visible", order="defender first")


@pytest.mark.parametrize("choice", ["hidden", "visible"])
def test_results_of_games_are_values(choice: Any) -> None:
    for order in ("simultaneous", "adversary first"):
        found = leakage_game(HALF, TABLE, choice=choice, order=order)
        assert pickle.loads(pickle.dumps(found)) == found  # noqa: S301  # our own bytes
        assert float(found) == float(found.value)
        assert len(found.to_frame())
        assert found.to_dict()["choice"] == choice
        assert "<table>" in found._repr_html_()
        assert "\n" not in repr(found)
