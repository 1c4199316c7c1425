"""Trigger prices against an independent evaluation in floats.

A published-style grid (60 outputs, 401 deviations, tolerance 1e-9) reports average payoffs of .11514739 (δ = .9, σ = .2;
output .30226, trigger .3073, 40 periods) and .11661121 (δ = .95; .2952, .2837, for ever). These are no equilibria: between
two points of the grid of deviations, at .3026, a firm gains, because the marginal gain at the agreed output is not 0. The
largest payoffs that trigger prices sustain are .115099 and .116513.
"""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction as F

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from gametheory.errors import CertificateError, InfeasibleError, SpecificationError
from gametheory.repeated import best_price_trigger, price_trigger

GRID = {0.9: (0.30226, 0.3073, 40, 0.11514739), 0.95: (0.2952, 0.2837, 10**6, 0.11661121)}


def chance(q: float, r: float, price: float, sigma: float) -> float:
    return float(norm.cdf((math.log(price) - np.log(1 - q - r) + sigma**2 / 2) / sigma))


def gain(q: float, r: float, price: float, periods: float, delta: float, sigma: float) -> float:
    """What a firm gains by producing r once, per period, two firms, from the present values."""
    lost = delta ** (periods + 1)
    nash = 1 / 9
    value = nash / (1 - delta) + (q * (1 - 2 * q) - nash) / (1 - delta + (delta - lost) * chance(q, q, price, sigma))
    war = nash * (1 - delta**periods) / (1 - delta) + delta**periods * value
    odds = chance(q, r, price, sigma)
    return (1 - delta) * (r * (1 - q - r) + delta * ((1 - odds) * value + odds * war) - value)


def test_the_trigger_probability_is_that_of_the_price() -> None:
    q, r, price, sigma = 0.3, 0.32, 0.3, 0.2
    density = quad(lambda x: norm.pdf(x, -(sigma**2) / 2, sigma), -np.inf, math.log(price / (1 - q - r)))[0]
    assert chance(q, r, price, sigma) == pytest.approx(density, abs=1e-9)


@pytest.mark.parametrize("delta", [0.9, 0.95])
def test_a_grid_of_deviations_misses_one_that_pays(delta: float) -> None:
    q, price, periods, _ = GRID[delta]
    deviations = np.linspace(q, q + 0.002, 2001)
    assert max(gain(q, r, price, periods, delta, 0.2) for r in deviations) > 1e-8


@pytest.mark.parametrize(("delta", "best"), [("9/10", 0.115096585), ("19/20", 0.116512270)])
def test_the_best_trigger_prices(delta: str, best: float) -> None:
    triggers = [str(round(math.exp(-2.5 + 2.2 * k / 110), 6)) for k in range(111)]
    found = best_price_trigger(volatility="1/5", discount=delta, triggers=triggers, lengths=(20, 40, None))
    assert found.periods is None
    assert float(found) == pytest.approx(best, abs=1e-8)
    assert found.verify()
    assert F(1, 9) < found.lower <= found.upper < F(1, 8)  # between competition and monopoly
    assert float(found) < GRID[float(F(delta))][3]
    q = float(found.output[0])
    periods = math.inf if found.periods is None else found.periods
    worst = max(
        gain(q, r, float(found.trigger), periods, float(F(delta)), 0.2) for r in np.linspace(0, 1 - q - 1e-9, 5001)
    )
    assert worst < 1e-12


def test_much_noise_ends_collusion() -> None:
    with pytest.raises(InfeasibleError, match="one-shot"):
        best_price_trigger(
            volatility="2/5",
            discount="9/10",
            triggers=[str(round(math.exp(-2.5 + 2.2 * k / 55), 6)) for k in range(56)],
        )


def test_more_firms_and_monotonicity_in_patience() -> None:
    payoffs = [
        float(price_trigger(volatility="1/5", discount=d, trigger="0.29", periods=None))
        for d in ("17/20", "9/10", "19/20")
    ]
    assert payoffs == sorted(payoffs)
    three = price_trigger(volatility="1/10", discount="19/20", trigger="1/5", periods=None, firms=3)
    assert three.verify()
    assert F(1, 16) < three.lower < F(1, 12)


def test_lies_are_refused() -> None:
    found = price_trigger(volatility="1/5", discount="9/10", trigger="0.3", periods=None)
    for lie in (
        replace(found, lower=found.upper + F(1, 10**9), upper=found.upper + F(1, 10**8)),
        replace(found, output=(found.output[0] - F(1, 100), found.output[1] - F(1, 100))),
        replace(found, discount=F(4, 5)),
        replace(found, trigger=F(2, 5)),
        replace(found, periods=3),
    ):
        with pytest.raises(CertificateError):
            lie.verify()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"volatility": 0}, "above 0"),
        ({"discount": 0}, "found 0"),
        ({"periods": 0}, "at least 1"),
        ({"firms": 1}, "at least 2"),
    ],
)
def test_refusals(change: dict[str, int], message: str) -> None:
    given = {"volatility": "1/5", "discount": "9/10", "trigger": "3/10", "periods": None} | change
    with pytest.raises(SpecificationError, match=message):
        price_trigger(**given)  # type: ignore[arg-type]
