"""Trigger strategies under noisy monitoring against published closed forms, self-generation by floats, and random games."""

from __future__ import annotations

import pickle
from fractions import Fraction as F
from itertools import product
from typing import Any

import numpy as np
import pytest

from gametheory.errors import InfeasibleError, SpecificationError
from gametheory.games import Monitoring, NormalFormGame
from gametheory.repeated import green_porter, trigger_equilibrium

DILEMMA = NormalFormGame.from_bimatrix([[2, -1], [3, 0]], [[2, 3], [-1, 0]])


def noisy(both: str, one: str, none: str) -> Monitoring:
    """A good signal with these probabilities: both comply, one does, none does."""
    return Monitoring.alarm(DILEMMA, (0, 0), detection_rate=[1 - F(one), 1 - F(none)], false_alarm_rate=1 - F(both))


@pytest.mark.parametrize(
    ("rates", "value", "threshold"),
    [
        (("9/10", "1/2", "3/10"), "7/4", "10/17"),
        (("9/10", "4/5", "1/2"), "1", "10/11"),
        (("19/20", "3/5", "2/5"), "13/7", "20/33"),
    ],
)
def test_the_noisy_dilemma(rates: tuple[str, str, str], value: str, threshold: str) -> None:
    """Mailath and Samuelson (2006, section 7.2): v = 2 − (1 − p)/(p − q) from δ = 1/(3p − 2q) on, whatever δ is."""
    p, q = F(rates[0]), F(rates[1])
    assert F(value) == 2 - (1 - p) / (p - q)
    assert F(threshold) == 1 / (3 * p - 2 * q)
    for discount in (None, F(threshold), F(99, 100)):
        found = trigger_equilibrium(DILEMMA, (0, 0), noisy(*rates), reversion=(1, 1), discount=discount)
        assert found.payoffs == (F(value),) * 2
        assert found.threshold == F(threshold)
        assert found.verify()
        assert found.loss == (2 - F(value),) * 2
    below = F(threshold) - F(1, 10**9)
    with pytest.raises(InfeasibleError, match="only from") as info:
        trigger_equilibrium(DILEMMA, (0, 0), noisy(*rates), reversion=(1, 1), discount=below)
    assert info.value.certificate is not None
    assert info.value.certificate.verify()


@pytest.mark.parametrize(
    ("good", "bad", "value", "threshold"), [(1, 9, "7/8", "10/17"), (2, 8, "2/3", "5/7"), (3, 7, "1/4", "10/11")]
)
def test_information_and_timing(good: int, bad: int, value: str, threshold: str) -> None:
    """Abreu, Milgrom and Pearce's form π − g/(L − 1) with π = g = 1."""
    game = NormalFormGame.from_bimatrix([[1, -1], [2, 0]], [[1, 2], [-1, 0]])
    signal = Monitoring.alarm(game, (0, 0), detection_rate=F(bad, 10), false_alarm_rate=F(good, 10))
    found = trigger_equilibrium(game, (0, 0), signal, reversion=(1, 1))
    assert (found.payoffs[0], found.threshold) == (F(value), F(threshold))


def test_uninformative_signals_end_cooperation() -> None:
    game = NormalFormGame.from_bimatrix([[1, -1], [2, 0]], [[1, 2], [-1, 0]])
    signal = Monitoring.alarm(game, (0, 0), detection_rate="1/2", false_alarm_rate="1/4")
    with pytest.raises(InfeasibleError, match="any discount"):
        trigger_equilibrium(game, (0, 0), signal, reversion=(1, 1))


@pytest.mark.parametrize(("count", "value"), [(1, F(7, 4)), (2, 2 - F(1, 24)), (3, 2 - F(1, 124)), (5, 2 - F(1, 3124))])
def test_more_independent_alarms_help_colluders(count: int, value: F) -> None:
    """K alarms with false-alarm rate 1/10 and detection 1/2: the unanimous test has ℓ = 5^K."""
    one = Monitoring.alarm(DILEMMA, (0, 0), detection_rate=["1/2", "7/10"], false_alarm_rate="1/10")
    every = one
    for _ in range(count - 1):
        every = every.joint(one)
    assert trigger_equilibrium(DILEMMA, (0, 0), every, reversion=(1, 1)).payoffs[0] == value
    if count > 1:  # pooled into "any alarm at all" the same alarms say far less
        quiet = every.signals[0]
        pooled = every.garbled([[quiet], list(every.signals[1:])])
        some = 1 - F(9, 10) ** count
        ratio = (1 - F(1, 2) ** count) / some
        assert trigger_equilibrium(DILEMMA, (0, 0), pooled, reversion=(1, 1)).payoffs[0] == 2 - 1 / (ratio - 1)


def test_partnership_bound() -> None:
    """A partnership in the manner of Radner, Myerson and Maskin: 14/3 for every δ."""
    game = NormalFormGame.from_bimatrix([[5, 2], [6, 3]], [[5, 6], [2, 3]])
    success = Monitoring.alarm(game, (0, 0), detection_rate=["2/5", "7/10"], false_alarm_rate="1/10")
    assert trigger_equilibrium(game, (0, 0), success, reversion=(1, 1)).payoffs == (F(14, 3),) * 2


def best_on_a_grid(stage: Any, table: Any, target: tuple[int, ...], floor: list[float], delta: float) -> float:
    """The largest scale (v − P)/(c − P) over a grid of reversion probabilities, from the definition; 0 if none fits."""
    x = np.array(list(product(np.linspace(0, 1, 61), repeat=2)))
    kept = 1 / (1 + delta / (1 - delta) * x @ table[target])
    fits = np.ones(len(x), dtype=bool)
    for i in range(len(target)):
        worth = (stage[(i, *target)] - floor[i]) * kept
        for a in range(stage.shape[1 + i]):
            there = (*target[:i], a, *target[i + 1 :])
            gain = stage[(i, *there)] - stage[(i, *target)]
            fits &= (1 - delta) * gain <= delta * worth * (x @ (table[there] - table[target])) + 1e-12
    return float(kept[fits].max(initial=0.0))


def test_random_games_against_a_grid() -> None:
    rng, held = np.random.default_rng(2), 0
    for _ in range(150):
        size = (2, 2, 2) if rng.random() < 0.3 else (2, 3)
        payoffs = rng.integers(0, 7, size=(len(size), *size))
        table = rng.integers(1, 9, size=(*size, 2))
        game = NormalFormGame(payoffs.tolist())
        probabilities = [[F(int(x), int(row.sum())) for x in row] for row in table.reshape(-1, 2)]
        signal = Monitoring(np.array(probabilities, dtype=object).reshape(*size, 2))
        target, floor = (0,) * len(size), tuple(F(int(payoffs[i].min())) - 1 for i in range(len(size)))
        delta = F(int(rng.integers(5, 10)), 10)
        floats = signal.float_probabilities()
        grid = best_on_a_grid(payoffs.astype(float), floats, target, [float(x) for x in floor], float(delta))
        try:
            found = trigger_equilibrium(game, target, signal, reversion=floor, discount=delta)
        except InfeasibleError:
            assert grid == 0
            continue
        scale = float((found.payoffs[0] - floor[0]) / (F(int(payoffs[(0, *target)])) - floor[0]))
        assert grid <= scale + 1e-9
        assert grid >= scale - 0.1 or grid == 0  # a grid may miss a thin set
        held += 1
    assert held > 30


@pytest.mark.parametrize(
    ("delta", "periods", "value"),
    [("3/5", 6, 1.749779), ("7/10", 3, 1.734154), ("4/5", 2, 1.748252), ("9/10", 2, 1.707942), ("99/100", 2, 1.670830)],
)
def test_green_porter(delta: str, periods: int, value: float) -> None:
    signal = noisy("9/10", "1/2", "3/10")
    found = green_porter(DILEMMA, (0, 0), signal, alarms=["alarm"], reversion=(1, 1), discount=delta)
    assert found.periods == periods
    assert float(found.payoffs[0]) == pytest.approx(value, abs=1e-6)
    # Not better than the public coin, and no shorter reversion deters: both from the definition, in floats.
    coin = trigger_equilibrium(DILEMMA, (0, 0), signal, reversion=(1, 1), discount=delta)
    assert found.payoffs[0] <= coin.payoffs[0]
    d, p, q = float(F(delta)), 0.9, 0.5
    for length in range(1, periods + 1):
        v = (1 - d) * 2 / (1 - d * p - (1 - p) * d ** (length + 1))
        assert (d * (p - q) * (1 - d**length) * v >= (1 - d)) == (length == periods)


def test_green_porter_needs_patience() -> None:
    signal = noisy("9/10", "1/2", "3/10")
    with pytest.raises(InfeasibleError, match="10/17"):
        green_porter(DILEMMA, (0, 0), signal, alarms=["alarm"], reversion=(1, 1), discount="1/2")
    with pytest.raises(InfeasibleError, match="do not deter"):
        green_porter(DILEMMA, (0, 0), signal, alarms=["quiet"], reversion=(1, 1), discount="9/10")
    edge = green_porter(DILEMMA, (0, 0), signal, alarms=["alarm"], reversion=(1, 1), discount="10/17")
    assert edge.periods is None
    assert edge.payoffs == (F(7, 4),) * 2


def test_nothing_tempts_in_an_equilibrium() -> None:
    found = trigger_equilibrium(DILEMMA, (1, 1), noisy("9/10", "1/2", "3/10"), reversion=(1, 1), discount=0)
    assert found.payoffs == (0, 0)
    assert found.threshold == 0
    assert set(found.reversion_probabilities.values()) == {F(0)}


def test_refusals_and_values() -> None:
    signal = noisy("9/10", "1/2", "3/10")
    with pytest.raises(SpecificationError, match="no stage equilibrium"):
        trigger_equilibrium(DILEMMA, (0, 0), signal, reversion=(0, 0))
    with pytest.raises(SpecificationError, match="found \\(2, 2\\) actions"):
        trigger_equilibrium(NormalFormGame([[[0] * 3] * 2] * 2), (0, 0), signal, reversion=(0, 0))
    found = trigger_equilibrium(DILEMMA, (0, 0), signal, reversion=(1, 1), discount="4/5")
    assert pickle.loads(pickle.dumps(found)) == found  # noqa: S301  (own data)
    assert found.to_dict()["payoffs"] == ["7/4", "7/4"]
    assert "certified" in found._repr_html_()
    assert list(found.to_frame()["loss to errors"]) == [F(1, 4)] * 2


def test_floats_are_the_rationals_that_they_are() -> None:
    game = NormalFormGame.from_bimatrix([[2.0, -1.0], [3.0, 0.0]], [[2.0, 3.0], [-1.0, 0.0]])
    signal = Monitoring.alarm(game, (0, 0), detection_rate=[0.5, 0.7], false_alarm_rate=0.1)
    found = trigger_equilibrium(game, (0, 0), signal, reversion=(1, 1))
    assert abs(float(found.payoffs[0]) - 1.75) < 1e-12
