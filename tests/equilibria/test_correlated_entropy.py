"""Maximum entropy: closed forms, optimality against every vertex, degenerate sets, exactness."""

from __future__ import annotations

import math
import random
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from oracles.correlated import all_vertices, gains_of_plans

from gametheory.equilibria import correlated_regret, maximum_entropy_correlated_equilibrium, nash_equilibria
from gametheory.errors import SolverError, SpecificationError
from gametheory.games import NormalFormGame


def random_game(rng: random.Random, shape: tuple[int, ...], high: int) -> NormalFormGame:
    return NormalFormGame.from_function(lambda *_: [rng.randint(0, high) for _ in shape], shape)


def first_order_gain(play: Any, vertices: set[tuple[Fraction, ...]]) -> float:
    """max_v Σ_a (v_a − p_a) · (−ln p_a): H is concave, so no entropy in the hull is larger than H(p) by more."""
    p = np.array([float(x) for x in play])
    gain = -math.inf
    for vertex in vertices:
        v = np.array([float(x) for x in vertex])
        if np.any((p == 0) & (v > 0)):
            return math.inf
        used = p > 0
        gain = max(gain, float(((v - p)[used] * -np.log(p[used])).sum()))
    return gain


@pytest.mark.parametrize("coarse", [False, True])
@pytest.mark.parametrize("high", [1, 3, 1000])
def test_no_vertex_improves_to_first_order(high: int, coarse: bool) -> None:
    rng = random.Random(f"{high}{coarse}")
    for shape, count in (((2, 2), 10), ((2, 3), 1)):
        for _ in range(count):
            game = random_game(rng, shape, high)
            table = {a: game.payoff(*a) for a in np.ndindex(*shape)}
            found = maximum_entropy_correlated_equilibrium(game, coarse=coarse)
            assert gains_of_plans(table, dict(np.ndenumerate(found.exact_profile)), coarse=coarse) == [0, 0]
            vertices = all_vertices(table, coarse=coarse)
            p = found.exact_profile.reshape(-1)
            assert {k for k, x in enumerate(p) if x} == {k for v in vertices for k, x in enumerate(v) if x}
            assert first_order_gain(p, vertices) < 1e-3  # gradients are steep where probabilities are small
            for vertex in vertices:
                mean = [(x + y) / 2 for x, y in zip(p, vertex, strict=True)]
                assert -sum(float(x) * math.log(x) for x in mean if x) <= found.upper + 1e-12
            assert found.lower <= -sum(float(x) * math.log(x) for x in p if x) + 1e-12
            assert found.exact_upper - found.exact_lower <= Fraction(1, 10**8)
            assert found.certificate.verify(game)


def test_closed_forms() -> None:
    """Uniform where nothing is asked; the only equilibrium where there is one; independent coins of two players."""
    free = maximum_entropy_correlated_equilibrium(NormalFormGame(np.zeros((3, 2, 3, 2), dtype=int)))
    assert set(free.exact_profile.flat) == {Fraction(1, 12)}
    assert free.lower == pytest.approx(math.log(12), abs=1e-10)
    dilemma = NormalFormGame.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]])
    only = maximum_entropy_correlated_equilibrium(dilemma)
    assert only.equilibrium.support == ((1, 1),)
    assert only.upper == pytest.approx(0, abs=1e-8)
    game = NormalFormGame.zero_sum([[0, -1, 2], [1, 0, -1], [-1, 1, 0]])
    mixed = maximum_entropy_correlated_equilibrium(game)
    x, y = nash_equilibria(game)[0].probabilities()
    assert np.array_equal(mixed.exact_profile, np.multiply.outer(x, y))
    one = maximum_entropy_correlated_equilibrium(NormalFormGame([[4, 7, 7, 1]]))
    assert one.exact_profile.tolist() == [0, Fraction(1, 2), Fraction(1, 2), 0]


def test_closed_form_of_chicken() -> None:
    """Only "told hawk" binds: p = (1 − 5t/2, t, t, t/2), and −dH/dt = 0 gives 1 − 5t/2 = 2^(−1/5) t."""
    game = NormalFormGame.from_bimatrix([[6, 2], [7, 0]], [[6, 7], [2, 0]])
    t = 1 / (2.5 + 2**-0.2)
    expected = [1 - 2.5 * t, t, t, t / 2]
    found = maximum_entropy_correlated_equilibrium(game, gap=1e-11)
    assert found.profile.astype(float).reshape(-1) == pytest.approx(expected, abs=1e-6)
    entropy = -sum(x * math.log(x) for x in expected)
    assert found.lower - 1e-12 <= entropy <= found.upper + 1e-12


@pytest.mark.parametrize("coarse", [False, True])
@pytest.mark.parametrize("shape", [(3, 3), (2, 2, 2), (2, 5), (4, 4), (2, 2, 2, 2)])
def test_degenerate_games_keep_the_gap(shape: tuple[int, ...], coarse: bool) -> None:
    rng = random.Random(f"{shape}{coarse}")
    for high in (1, 2, 3):
        game = random_game(rng, shape, high)
        found = maximum_entropy_correlated_equilibrium(game, coarse=coarse)
        assert 0 <= found.exact_upper - found.exact_lower <= Fraction(1, 10**8)
        assert correlated_regret(game, found.exact_profile, coarse=coarse) == 0


def test_floats_and_scales() -> None:
    """The distribution does not depend on the unit of payoffs."""
    payoffs = np.random.default_rng(1).random((2, 3, 4))
    plain = maximum_entropy_correlated_equilibrium(NormalFormGame(payoffs))
    assert plain.profile.dtype == np.float64
    for scaled in (payoffs * 1e-9, payoffs * 2.0**20, payoffs + 1024):
        other = maximum_entropy_correlated_equilibrium(NormalFormGame(scaled))
        assert np.allclose(other.profile, plain.profile, atol=2e-4)
        assert other.lower == pytest.approx(plain.lower, abs=1e-7)


def test_gaps() -> None:
    game = NormalFormGame.from_bimatrix([[6, 2], [7, 0]], [[6, 7], [2, 0]])
    for gap in (1e-3, 1e-11):
        found = maximum_entropy_correlated_equilibrium(game, gap=gap)
        assert found.upper - found.lower <= gap
    for bad in (0, -1, 1e-13, float("nan"), float("inf"), True, "1e-6"):
        with pytest.raises(SpecificationError, match="gap"):
            maximum_entropy_correlated_equilibrium(game, gap=bad)  # type: ignore[arg-type]


def test_a_gap_that_is_not_reached_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stopped at the start of the path: the point is no equilibrium or far from the best, and the bounds say so."""
    from gametheory.equilibria import correlated_entropy

    path = correlated_entropy._central_path
    monkeypatch.setattr(correlated_entropy, "_central_path", lambda rows, equations, gap: path(rows, equations, 1.0))
    game = NormalFormGame.from_bimatrix([[6, 2], [7, 0]], [[6, 7], [2, 0]])
    with pytest.raises(SolverError, match="differ by more than the gap") as caught:
        maximum_entropy_correlated_equilibrium(game, gap=1e-6)
    best = caught.value.best
    assert best.certificate.verify(game)
    assert best.lower <= 1.3537060 <= best.upper


def test_displays() -> None:
    game = NormalFormGame.from_bimatrix([[1, 0], [0, 1]], [[1, 0], [0, 1]], actions=[["<b>", "c"]] * 2)
    found = maximum_entropy_correlated_equilibrium(game)
    assert "certified" in repr(found)
    assert "<b>" not in found._repr_html_()
    assert found.to_dict()["certificate"]["kind"] == "entropy"
    assert found.to_frame().shape[0] == len(found.equilibrium.support) == 4
    assert float(found) == found.lower
    assert found.payoffs[0] >= Fraction(1, 2)
