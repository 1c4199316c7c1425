"""The sequential probability ratio test against gambler's ruin, full enumeration, and Wald's inequalities."""

from __future__ import annotations

import math
from fractions import Fraction as F

import numpy as np
import pytest

from gametheory.errors import SolverError, SpecificationError
from gametheory.information import (
    SequentialTest,
    least_expected_samples,
    sequential_test,
    wald_approximation,
    wald_thresholds,
)


def by_enumeration(p: list[F], q: list[F], low: F, high: F, steps: int) -> list[tuple[float, float, float]]:
    """For both laws (alarms, expected steps, still open) after ``steps`` signals, in floats, states by exact Λ."""
    result = []
    for law in (p, q):
        mass, alarms, lived = {F(1): 1.0}, 0.0, 0.0
        for _ in range(steps):
            lived += sum(mass.values())
            following: dict[F, float] = {}
            for value, weight in mass.items():
                for s, x in enumerate(law):
                    if x:
                        reached = value * q[s] / p[s] if p[s] else high
                        if reached >= high:
                            alarms += weight * float(x)
                        elif reached > low:
                            following[reached] = following.get(reached, 0.0) + weight * float(x)
            mass = following
        result.append((alarms, lived, sum(mass.values())))
    return result


def test_published_approximation() -> None:
    found = wald_approximation(["1/2", "1/2"], ["3/5", "2/5"], false_alarm_rate="0.01", miss_rate="0.01")
    assert found.attack_samples == pytest.approx(223.6455, abs=5e-5)
    assert found.honest_samples == pytest.approx(220.6270, abs=5e-5)


def test_gamblers_ruin() -> None:
    """Λ on the powers of r = 3/2 between r^−a and r^b: with ratio of odds (q/p) Feller's formulas, exactly."""
    up, ratio = F(3, 5), F(3, 2)
    for a, b in ((1, 1), (2, 3), (5, 4)):
        found = sequential_test(["2/5", "3/5"], ["3/5", "2/5"], lower=ratio**-a, upper=ratio**b)
        odds = (1 - up) / up
        alarm = (1 - odds**a) / (1 - odds ** (a + b))
        assert found.miss_rate.exact_lower == found.miss_rate.exact_upper == 1 - alarm
        assert found.attack_samples.exact_lower == (b * alarm - a * (1 - alarm)) / (2 * up - 1)
        assert found.num_states == a + b - 1


@pytest.mark.parametrize(
    ("p", "q"),
    [
        (["1/2", "3/10", "1/5"], ["1/5", "3/10", "1/2"]),
        (["1/2", "1/2"], ["3/5", "2/5"]),
        (["1/2", "3/10", "1/5"], ["1/4", "1/4", "1/2"]),
        (["1/2", "1/2", 0], ["1/4", "1/2", "1/4"]),
        (["1/4", "1/2", "1/4"], ["1/2", "1/2", 0]),
        ([1, 0], ["1/2", "1/2"]),
    ],
)
def test_brackets_hold_what_enumeration_finds(p: list[object], q: list[object]) -> None:
    low, high = F(1, 4), F(5)
    found = sequential_test(p, q, lower=low, upper=high)
    (alarms, time, open_p), (hits, attack_time, open_q) = by_enumeration(
        [F(x) for x in p], [F(x) for x in q], low, high, 1500 if len(p) == 2 else 120
    )
    assert max(open_p, open_q) < 1e-10
    assert found.false_alarm_rate.lower - 1e-9 <= alarms <= found.false_alarm_rate.upper + 1e-9
    assert found.miss_rate.lower - 1e-9 <= 1 - hits <= found.miss_rate.upper + 1e-9
    assert float(found.honest_samples) == pytest.approx(time, rel=1e-7)
    assert float(found.attack_samples) == pytest.approx(attack_time, rel=1e-7)


def test_exact_and_followed_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    from gametheory.information import sequential

    arguments = (["1/2", "3/10", "1/5"], ["1/5", "3/10", "1/2"])
    solved = sequential_test(*arguments, lower="1/30", upper=20)
    monkeypatch.setattr(sequential, "_EXACT_STATES", 0)
    followed = sequential_test(*arguments, lower="1/30", upper=20)
    assert solved.num_states > 0 == followed.num_states
    for name in ("false_alarm_rate", "miss_rate", "honest_samples", "attack_samples"):
        inner, outer = getattr(solved, name), getattr(followed, name)
        assert inner.is_exact
        assert outer.exact_lower <= inner.exact_lower <= outer.exact_upper


def test_walds_theorems_hold() -> None:
    """α' ≤ α/(1 − β), β' ≤ β/(1 − α), α' + β' ≤ α + β, and no test beats the least expected numbers."""
    rng = np.random.default_rng(9)
    for _ in range(6):
        weights = rng.integers(1, 6, size=(2, 2))
        p, q = ([F(int(w), int(row.sum())) for w in row] for row in weights)
        if p == q:
            continue
        alpha, beta = F(int(rng.integers(1, 20)), 100), F(int(rng.integers(1, 20)), 100)
        lower, upper = wald_thresholds(false_alarm_rate=alpha, miss_rate=beta)
        found = sequential_test(p, q, lower=lower, upper=upper)
        alarms, misses = found.false_alarm_rate, found.miss_rate
        assert alarms.exact_lower <= alpha / (1 - beta)
        assert misses.exact_lower <= beta / (1 - alpha)
        assert alarms.exact_lower + misses.exact_lower <= alpha + beta
        if min(alarms.exact_lower, misses.exact_lower) > 0:
            honest, attacked = least_expected_samples(
                p, q, false_alarm_rate=alarms.exact_upper, miss_rate=misses.exact_upper
            )
            assert honest.exact_lower <= found.honest_samples.exact_upper
            assert attacked.exact_lower <= found.attack_samples.exact_upper


def test_a_sequential_test_needs_fewer_signals_than_one_of_fixed_length() -> None:
    from gametheory.information import total_error

    p, q = ["1/2", "1/2"], ["4/5", "1/5"]
    lower, upper = wald_thresholds(false_alarm_rate="0.05", miss_rate="0.05")
    found = sequential_test(p, q, lower=lower, upper=upper)
    errors = found.false_alarm_rate.exact_upper + found.miss_rate.exact_upper
    length = math.floor(max(found.honest_samples.upper, found.attack_samples.upper))
    assert total_error(p, q, num_samples=length, method="exact").exact_lower > errors


def test_refusals() -> None:
    for arguments, message in (
        ({"lower": 2, "upper": 3}, "0 < lower < 1 < upper"),
        ({"lower": 0, "upper": 3}, "0 < lower < 1 < upper"),
    ):
        with pytest.raises(SpecificationError, match=message):
            sequential_test(["1/2", "1/2"], ["3/5", "2/5"], **arguments)
    with pytest.raises(SpecificationError, match="honest law"):
        sequential_test(["1/2", "1/2"], ["1/2", "1/2"], lower="1/2", upper=2)
    with pytest.raises(SpecificationError, match="sum to less than 1"):
        wald_thresholds(false_alarm_rate="1/2", miss_rate="1/2")


def test_a_gap_out_of_reach_is_an_error_with_the_best_so_far(monkeypatch: pytest.MonkeyPatch) -> None:
    from gametheory.information import sequential

    monkeypatch.setattr(sequential, "_MOST_VISITS", 2000)
    monkeypatch.setattr(sequential, "_EXACT_STATES", 0)
    with pytest.raises(SolverError, match="gap") as caught:
        sequential_test(["1/2", "1/2"], ["3/5", "2/5"], lower="1/99", upper=99)
    best = caught.value.best
    assert isinstance(best, SequentialTest)
    assert best.false_alarm_rate.exact_lower <= F("0.009226016684") <= best.false_alarm_rate.exact_upper
    assert best.attack_samples.lower <= 228.088343 <= best.attack_samples.upper
