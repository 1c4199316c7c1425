"""Limited randomness of one's own: matching pennies in closed form, three actions by grids."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from oracles.secrecy import entropy, hull, small_branch

from gametheory.certificates import read_certificate
from gametheory.collusion import bounded_randomness_value
from gametheory.collusion.covert_randomness import RandomnessValue
from gametheory.errors import GameTheoryWarning, SpecificationError
from gametheory.games.normal_form import NormalFormGame

PENNIES = NormalFormGame.zero_sum([[1, 0], [0, 1]])


def check(found: RandomnessValue) -> None:
    spent = sum(float(share) * entropy([float(p) for p in mix]) for share, mix in found.mixes)
    assert spent <= float(found.bits) + 1e-9
    assert found.pure <= found.lower <= found.upper <= found.mixed
    assert read_certificate(found.certificate.to_dict()).verify(found.game) is True


@pytest.mark.parametrize("bits", ["1/2", *(pytest.param(b, marks=pytest.mark.slow) for b in ("1/10", "9/10"))])
def test_matching_pennies(bits: str) -> None:
    """Neyman and Okada 2000, Gossner and Vieille 2002: h⁻¹(bits) at once, bits/2 in the long run."""
    once = bounded_randomness_value(PENNIES, player=0, bits=bits, horizon="one_shot")
    often = bounded_randomness_value(PENNIES, player="Player 1", bits=bits, horizon="long_run")
    assert float(once.lower) == pytest.approx(small_branch(float(Fraction(bits))), abs=1e-8)
    assert often.lower == Fraction(bits) / 2
    for found in (once, often):
        assert found.gap <= Fraction(1, 1000)
        check(found)
    assert often.marginal_price is not None
    assert often.marginal_price[0] <= Fraction(1, 2) <= often.marginal_price[1]
    assert once.marginal_price is None


def test_no_randomness_and_enough() -> None:
    for horizon in ("one_shot", "long_run"):
        none = bounded_randomness_value(PENNIES, player=1, bits=0, horizon=horizon)
        assert none.lower == none.pure
        assert none.gap <= Fraction(1, 1000)
        enough = bounded_randomness_value(PENNIES, player=1, bits=1, horizon=horizon)
        assert enough.lower == enough.upper == enough.mixed == Fraction(-1, 2)


@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.slow), pytest.param(2, marks=pytest.mark.slow)])
def test_three_actions_against_a_grid(seed: int) -> None:
    """The best mix on a grid is a lower bound, and within a Lipschitz constant times the mesh of what any mix secures."""
    rng = np.random.default_rng(seed)
    payoffs = rng.integers(-4, 5, (3, 3))
    game = NormalFormGame.zero_sum(payoffs.tolist())
    points = 80
    grid = [np.array([a, b, points - a - b]) / points for a in range(points + 1) for b in range(points + 1 - a)]
    plane = [(entropy(x), float((x @ payoffs).min())) for x in grid]
    front: list[tuple[float, float]] = []
    for cost, value in sorted(plane):
        if not front or value > front[-1][1]:
            front.append((cost, value))
    for bits in ("2/5", "6/5"):
        budget = float(Fraction(bits))
        once = bounded_randomness_value(game, player=0, bits=bits, horizon="one_shot", gap="1/100")
        often = bounded_randomness_value(game, player=0, bits=bits, horizon="long_run", gap="1/100")
        assert max(v for c, v in plane if c <= budget) <= float(once.upper) + 1e-9
        assert hull(front, budget) <= float(often.upper) + 1e-9
        assert once.lower <= often.upper
        check(once)
        check(often)


def test_payoff_given_and_limits() -> None:
    game = NormalFormGame.from_bimatrix([[1, 0], [0, 1]], [[5, 5], [5, 5]])
    plain = bounded_randomness_value(game, player=0, bits="1/2", horizon="one_shot")
    given = bounded_randomness_value(game, player=0, bits="1/2", horizon="one_shot", payoff=[[3, 0], [0, 3]])
    assert abs(given.lower - 3 * plain.lower) < Fraction(1, 10**6)
    check(given)
    told: list[tuple[int, float, float]] = []
    rough = NormalFormGame.zero_sum([[1, 0, 0], [0, 1, 0], [0, 0, 1]])
    with pytest.warns(GameTheoryWarning, match="max_cells"):
        found = bounded_randomness_value(
            rough,
            player=0,
            bits="1/2",
            horizon="one_shot",
            gap="1/1000000",
            max_cells=30,
            progress=lambda *x: told.append(x),
        )
    assert found.stopped == "cells"
    assert told
    check(found)
    assert "limit on cells" in repr(found)
    assert "certified" in found._repr_html_()
    assert found.to_dict()["horizon"] == "one_shot"
    assert found.to_frame().columns[0] == "share of rounds"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"bits": -1}, "bits"),
        ({"bits": float("nan")}, "bits"),
        ({"horizon": "weekly"}, "horizon"),
        ({"gap": 0}, "gap"),
        ({"max_cells": 0}, "max_cells"),
        ({"player": 2}, "player"),
    ],
)
def test_bad_questions(changes: dict[str, object], words: str) -> None:
    question: dict[str, object] = {"player": 0, "bits": 1, "horizon": "one_shot", **changes}
    with pytest.raises(SpecificationError, match=words):
        bounded_randomness_value(PENNIES, **question)  # type: ignore[arg-type]
    with pytest.raises(SpecificationError, match="two are needed"):
        bounded_randomness_value(NormalFormGame([[[[0]]]] * 3), player=0, bits=1, horizon="one_shot")
