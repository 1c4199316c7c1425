"""Forecasters and partners: the equation of online matching, random plays, degenerate problems."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from oracles.secrecy import entropy, matching_forecast

from gametheory.certificates import read_certificate
from gametheory.collusion import forecaster_value
from gametheory.errors import SpecificationError


def matching(m: int) -> Any:
    return [[[int(i == j == k) for k in range(m)] for j in range(m)] for i in range(m)]


@pytest.mark.parametrize(("m", "value"), [(2, 0.8107103750847682), (3, 0.7448118531768033)])
def test_online_matching(m: int, value: float) -> None:
    """Gossner, Hernández and Neyman 2006: h(v) + (1 − v) log₂(m² − 1) = log₂ m, about 0.81 for coins."""
    found = forecaster_value(matching(m), [Fraction(1, m)] * m)
    assert matching_forecast(m) == pytest.approx(value, abs=1e-12)
    assert float(found.lower) - 1e-12 <= value <= float(found.upper) + 1e-12
    assert found.upper - found.lower < Fraction(1, 10**7)
    assert found.silent == Fraction(1, m)
    assert found.informed == 1
    assert read_certificate(found.certificate.to_dict()).verify() is True


def information_left(q: Any) -> float:
    """H(j | i, k) − I(i; k)."""
    return entropy(q) - entropy(q.sum(axis=(1, 2))) - entropy(q.sum(axis=(0, 1)))


@pytest.mark.parametrize("seed", range(4))
def test_random_problems_against_random_plays(seed: int) -> None:
    rng = np.random.default_rng(seed)
    shape = tuple(int(n) for n in rng.integers(1, 4, 3))
    payoff = rng.integers(-3, 4, shape)
    prior = [Fraction(int(w), 12) for w in rng.multinomial(12, np.full(shape[0], 1 / shape[0]))]
    found = forecaster_value(payoff.tolist(), prior)
    assert found.silent <= found.lower <= found.upper <= found.informed + Fraction(1, 10**6)
    assert found.upper - found.lower <= Fraction(1, 10**5)
    q = found.play.floats()
    assert information_left(q) >= -1e-9
    assert float((q * payoff).sum()) == pytest.approx(float(found.lower), abs=1e-9)
    for _ in range(300):
        trial = np.stack(
            [float(p) * rng.dirichlet(np.full(shape[1] * shape[2], 0.3)).reshape(shape[1:]) for p in prior]
        )
        if information_left(trial) >= 0:
            assert float((trial * payoff).sum()) <= float(found.upper) + 1e-9


def test_degenerate_problems() -> None:
    sure = forecaster_value(matching(2), [1, 0])
    assert sure.lower == sure.upper == 1
    alone = forecaster_value([[[1], [0]], [[0], [1]]], ["1/2", "1/2"])
    assert alone.lower == alone.upper == 1
    flat = forecaster_value([[[2, 2]]], [1])
    assert flat.lower == flat.upper == 2


def test_an_action_to_talk_with_is_worth_something() -> None:
    """Actions that only serve as a signal: with enough of them the partner is told everything."""
    talk = [[[int(i == k)] * 2 for k in range(2)] for i in range(2)]  # i, k, j
    found = forecaster_value(np.moveaxis(np.array(talk), 2, 1).tolist(), ["1/2", "1/2"])
    assert found.lower > 1 - Fraction(1, 10**6)
    assert float(found.information) == pytest.approx(1, abs=1e-3)


def test_the_result_shows_itself() -> None:
    found = forecaster_value(matching(2), ["1/2", "1/2"])
    assert repr(found).startswith("ForecasterValue(certified: between 0.81071")
    assert "certified" in found._repr_html_()
    assert found.to_dict()["silent"] == "1/2"
    assert found.to_frame()["frequency"].sum() == pytest.approx(1)
    assert found == forecaster_value(matching(2), ["1/2", "1/2"])


@pytest.mark.parametrize(
    ("payoff", "prior", "words"),
    [
        ([[1, 2]], [1], "payoff"),
        (matching(2), [1], "prior"),
        (matching(2), ["1/2", "1/3"], "prior"),
        (matching(2), ["3/2", "-1/2"], "prior"),
        ([[[float("nan")]]], [1], "payoff"),
    ],
)
def test_bad_problems(payoff: Any, prior: Any, words: str) -> None:
    with pytest.raises(SpecificationError, match=words):
        forecaster_value(payoff, prior)
