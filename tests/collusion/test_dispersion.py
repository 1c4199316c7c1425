"""Dispersion: square-root laws against exact computations, sequential tests, splitting against all splits."""

from __future__ import annotations

import itertools
import json
import math
from fractions import Fraction as F

import numpy as np
import pytest
from scipy.stats import binom, norm

from gametheory.collusion import (
    Thresholds,
    covert_throughput,
    dispersed_volume,
    gaussian_evasion,
    largest_unnoticed_volume,
    split_below_thresholds,
    square_root_law,
    stealthy_harm,
    time_to_detection,
)
from gametheory.errors import SpecificationError, UnsupportedError
from gametheory.games import NormalFormGame
from gametheory.information import largest_expectation, sequential_test


def bsc(error: float) -> list[list[float]]:
    return [[1 - error, error], [error, 1 - error]]


@pytest.mark.parametrize(
    ("receiver", "warden", "constant"),
    [(0.1, 0.1, 1.3448852786), (0.1, 0.2, 2.3909071620), (0.2, 0.1, 0.6363961031), (0.05, 0.3, 6.1941862621)],
)
def test_covert_throughput_of_symmetric_channels(receiver: float, warden: float, constant: float) -> None:
    """The constant, and a second derivation: the largest share of ones that keeps n D ≤ δ, times n and what a one tells."""
    found = covert_throughput(bsc(receiver), bsc(warden), budget=1)
    assert float(found) == pytest.approx(constant, abs=1e-9)
    assert found.exact_lower <= found.exact_upper
    n = 10**9
    q0, q1 = np.array(bsc(warden))
    low, high = 0.0, 1.0
    for _ in range(200):
        share = (low + high) / 2
        gap = share * (q1 - q0) / q0
        spent = n * float(q0 @ ((1 + gap) * np.log1p(gap) - gap))
        low, high = (share, high) if spent < 1 else (low, share)
    p0, p1 = np.array(bsc(receiver))
    told = n * low * float(p1 @ np.log2(p1 / p0))
    assert told / math.sqrt(n) == pytest.approx(constant, rel=1e-3)
    assert float(covert_throughput(bsc(receiver), bsc(warden), budget=4, num_uses=9)) == pytest.approx(6 * constant)


def test_channels_without_a_square_root_law() -> None:
    with pytest.raises(SpecificationError, match="linear"):
        covert_throughput(bsc(0.1), bsc(0.5), budget=1)
    with pytest.raises(SpecificationError, match="support"):
        covert_throughput(bsc(0.1), [[1, 0], [0, 1]], budget=1)
    with pytest.raises(SpecificationError, match="support"):
        covert_throughput([[1, 0], [0, 1]], bsc(0.1), budget=1)
    with pytest.raises(SpecificationError, match="two laws"):
        covert_throughput([[0.5, 0.5]], bsc(0.1), budget=1)


def test_square_root_law_is_what_small_budgets_buy() -> None:
    """√(2 Var) for one reward, for several the worst mix of those that bind; against certified values at small budgets."""
    p = ["1/2", "1/4", "1/8", "1/8"]
    rewards = [0, 1, 5, -2]
    variance = 2 * (np.array([0.5, 0.25, 0.125, 0.125]) @ np.array([0, 1, 5, -2]) ** 2 - (5 / 8) ** 2)
    constant = float(square_root_law(rewards, p))
    assert constant == pytest.approx(math.sqrt(variance))
    for budget, close in ((1e-4, 2e-2), (1e-6, 2e-3), (1e-8, 2e-4)):
        found = largest_expectation(rewards, p, divergence="kullback-leibler", budget=F(budget), unit="nats")
        assert (float(found.exact_lower) - 5 / 8) / math.sqrt(budget) == pytest.approx(constant, rel=close)


def test_square_root_law_against_a_grid_of_mixes() -> None:
    rng = np.random.default_rng(3)
    for _ in range(30):
        size, rows = int(rng.integers(2, 5)), int(rng.integers(1, 4))
        p = rng.integers(1, 6, size=size)
        law = [F(int(x), int(p.sum())) for x in p]
        table = rng.integers(-4, 5, size=(rows, size))
        means = table @ np.array(law)
        shifted = [[int(x) - m for x in row] for row, m in zip(table.tolist(), means, strict=True)]  # all bind at 0
        found = float(square_root_law(shifted, law))
        grid = [w for w in itertools.product(range(21), repeat=rows) if sum(w) == 20]
        floats, weights = np.array(shifted, dtype=float), np.array(law, dtype=float)
        best = min(math.sqrt(2 * weights @ (np.array(w) / 20 @ floats) ** 2) for w in grid)
        assert found <= best + 1e-9
        assert found >= best - 0.6  # a step of the grid
    slack = square_root_law([[0, 4], [9, 9]], ["1/2", "1/2"])  # the second action is no best reply
    assert slack.exact_lower == slack.exact_upper or float(slack) == pytest.approx(math.sqrt(8))


def test_local_oversight_costs_a_square_root() -> None:
    for n in (1, 4, 9, 100):
        local, pooled = (
            dispersed_volume(n, noise="3/2", budget="1/8", unit="nats", oversight=how)  # type: ignore[arg-type]
            for how in ("local", "pooled")
        )
        assert float(local) / float(pooled) == pytest.approx(math.sqrt(n))
        each, total = float(local) / n, float(pooled)
        assert each**2 / (2 * 1.5**2) == pytest.approx(1 / 8)  # divergence of N(v, s²) from N(0, s²)
        assert total**2 / (2 * n * 1.5**2) == pytest.approx(1 / 8)
    bits = dispersed_volume(4, noise=1, budget=1, unit="bits", oversight="pooled")
    assert float(bits) == pytest.approx(math.sqrt(8 * math.log(2)))
    with pytest.raises(SpecificationError, match="'local' or 'pooled'"):
        dispersed_volume(4, noise=1, budget=1, unit="bits", oversight="both")  # type: ignore[arg-type]


def test_gaussian_evasion_against_scipy() -> None:
    for volume, n, noise, alpha in ((0, 5, 1, 0.05), (3, 7, 2, 0.01), (40, 100, 1, 0.1), (9, 1, 3, 0.2)):
        cut = norm.isf(1 - (1 - alpha) ** (1 / n), scale=noise)
        local = norm.cdf(cut, loc=volume / n, scale=noise) ** n
        pooled = norm.cdf(norm.isf(alpha), loc=volume / (noise * math.sqrt(n)))
        options = {"num_agents": n, "noise": noise, "false_alarm_rate": alpha}
        assert gaussian_evasion(volume, **options, oversight="local") == pytest.approx(local, rel=1e-9)
        assert gaussian_evasion(volume, **options, oversight="pooled") == pytest.approx(pooled, rel=1e-9)
    with pytest.raises(SpecificationError):
        gaussian_evasion(float("nan"), num_agents=3, noise=1, false_alarm_rate=0.1, oversight="local")


def test_time_to_detection() -> None:
    """Bernoulli .5 against .6 at error rates of 1 %: Wald's numbers, bounds on every test, so on the exact sequential one."""
    found = time_to_detection([0.5, 0.5], [0.4, 0.6], false_alarm_rate=0.01, miss_rate=0.01)
    assert float(found) == float(found.attack) == pytest.approx(223.6455, abs=1e-4)
    assert float(found.honest) == pytest.approx(220.6270, abs=1e-4)
    assert float(found.chernoff) == pytest.approx(0.00507677, abs=1e-8)
    assert found.necessary <= found.sufficient
    exact = sequential_test([0.5, 0.5], [0.4, 0.6], lower="1/99", upper=99, gap=1e-6)
    rates = {"false_alarm_rate": exact.false_alarm_rate.exact_upper, "miss_rate": exact.miss_rate.exact_upper}
    again = time_to_detection([0.5, 0.5], [0.4, 0.6], **rates)
    assert again.attack.exact_lower <= exact.attack_samples.exact_upper
    joint = time_to_detection(
        [["1/4", "1/4"], ["1/4", "1/4"]], [["1/2", 0], [0, "1/2"]], false_alarm_rate=0.01, miss_rate=0.01
    )
    assert float(joint.divergence) == pytest.approx(math.log(2))
    with pytest.raises(SpecificationError, match="as many"):
        time_to_detection([1], ["1/2", "1/2"], false_alarm_rate=0.01, miss_rate=0.01)
    json.dumps(found.to_dict(), allow_nan=False)
    assert "certified" in repr(found)
    assert len(found.to_frame()) == 5


def test_stealth_takes_long_to_detect() -> None:
    """A stealthy law keeps its promise: by Wald, at least d(1 − β, α)/δ observations."""
    game = NormalFormGame.from_function(lambda a: [0], (4,))
    value = stealthy_harm(
        game,
        [0, 1, 2, 9],
        honest=["0.7", "0.2", "0.07", "0.03"],
        divergence="kullback-leibler",
        budget="0.01",
        unit="nats",
    )
    found = time_to_detection(value.exact_honest, value.exact_distribution, false_alarm_rate=0.01, miss_rate=0.01)
    promise = (0.99 * math.log(99) - 0.01 * math.log(99)) / 0.01
    assert float(found) >= promise * (1 - 1e-9)
    assert float(found) == pytest.approx(promise, rel=1e-4)  # the budget is spent


# -- splitting ------------------------------------------------------------------------------------------------------------


def silence(volume: int, watch: Thresholds, *, agents: int, threshold: int) -> float:
    acts = watch.harmless_acts * agents
    q, r = float(watch.trace_rate), float(watch.harmless_rate)
    return sum(
        binom.pmf(k, volume, q) * binom.cdf(threshold - 1 - k, acts, r) for k in range(min(volume, threshold - 1) + 1)
    )


def test_splits_against_all_splits() -> None:
    rng = np.random.default_rng(7)
    for _ in range(25):
        n, volume = int(rng.integers(1, 4)), int(rng.integers(0, 8))
        watch = Thresholds.of(
            num_agents=n,
            trace_rate=F(int(rng.integers(0, 11)), 10),
            local_threshold=int(rng.integers(1, 4)),
            harmless_acts=int(rng.integers(0, 5)),
            harmless_rate=F(int(rng.integers(0, 5)), 10),
        )
        found = split_below_thresholds(volume, watch)
        best = max(
            math.prod(watch.local_silence(k) for k in split)
            for split in itertools.product(range(volume + 1), repeat=n)
            if sum(split) == volume
        )
        assert found.local_evasion == best == math.prod(watch.local_silence(k) for k in found.split)
        assert sum(found.split) == volume
        assert float(watch.local_silence(volume)) == pytest.approx(
            silence(volume, watch, agents=1, threshold=watch.local)
        )
        assert float(found.pooled_evasion) == pytest.approx(silence(volume, watch, agents=n, threshold=watch.pooled))
        assert found.pooled_false_alarms <= found.local_false_alarms
        if watch.pooled > watch.local:  # the threshold is the least with no more false alarms
            lower = Thresholds.of(
                num_agents=n,
                trace_rate=watch.trace_rate,
                local_threshold=watch.local,
                pooled_threshold=watch.pooled - 1,
                harmless_acts=watch.harmless_acts,
                harmless_rate=watch.harmless_rate,
            )
            assert 1 - lower.pooled_silence(0) > found.local_false_alarms


def test_volumes_by_looking_at_each() -> None:
    watch = Thresholds.of(num_agents=6, trace_rate="0.4", local_threshold=3, harmless_acts=4, harmless_rate="0.05")
    for level in ("1/2", "9/10", "1/10"):
        local = max(v for v in range(60) if split_below_thresholds(v, watch).local_evasion >= F(level))
        pooled = max(v for v in range(60) if watch.pooled_silence(v) >= F(level))
        assert largest_unnoticed_volume(watch, evasion=level) == (local, pooled)
    noisy = Thresholds.of(num_agents=50, trace_rate="0.4", local_threshold=1, harmless_acts=9, harmless_rate="0.5")
    assert largest_unnoticed_volume(noisy, evasion="1/2") == (-1, -1)
    blind = Thresholds.of(num_agents=2, trace_rate=0, local_threshold=1)
    assert largest_unnoticed_volume(blind, evasion=1, most=77) == (77, 77)


def test_agents_without_noise_fill_up_to_the_threshold() -> None:
    """Every act leaves a trace: n (t − 1) acts pass local monitors for sure, T − 1 the pooled one."""
    watch = Thresholds.of(num_agents=10, trace_rate=1, local_threshold=4, pooled_threshold=4)
    assert largest_unnoticed_volume(watch, evasion=1) == (30, 3)
    assert split_below_thresholds(30, watch).split == (3,) * 10
    assert split_below_thresholds(31, watch).local_evasion == 0
    assert Thresholds.of(num_agents=10, trace_rate=1, local_threshold=4).pooled == 4


def test_refusals_of_splitting() -> None:
    with pytest.raises(SpecificationError):
        Thresholds.of(num_agents=0, trace_rate=1, local_threshold=4)
    with pytest.raises(SpecificationError):
        Thresholds.of(num_agents=1, trace_rate=2, local_threshold=4)
    with pytest.raises(UnsupportedError, match="smaller numbers"):
        Thresholds.of(num_agents=10**6, trace_rate="1/3", local_threshold=10**3, harmless_acts=10**6)
    with pytest.raises(UnsupportedError, match="smaller numbers"):
        split_below_thresholds(10**6, Thresholds.of(num_agents=3, trace_rate="1/3", local_threshold=10))
    found = split_below_thresholds(4, Thresholds.of(num_agents=3, trace_rate="1/3", local_threshold=2))
    json.dumps(found.to_dict(), allow_nan=False)
    assert len(found.to_frame()) == 2
    assert "exact" in repr(found)
    assert float(found) == float(found.local_evasion)
