"""Central against voting monitors: the published rates, enumeration of captures, where each is best."""

from __future__ import annotations

import itertools
import json
import random
from fractions import Fraction
from statistics import NormalDist
from typing import Any

import pytest

from gametheory.errors import SpecificationError
from gametheory.information import neyman_pearson_test
from gametheory.oversight import compare_gaussian_monitors, compare_monitors, optimal_fusion

F = Fraction
SHIFTS = ["1.2"] * 3
SENSOR = (["0.9", "0.1"], ["0.3", "0.7"])


def rates(placement: Any) -> list[float]:
    return [round(float(system.under_capture), 6) for system in placement.systems]


def product(laws: list[list[Fraction]]) -> list[Fraction]:
    joint = []
    for combination in itertools.product(*laws):
        p = F(1)
        for x in combination:
            p *= x
        joint.append(p)
    return joint


# -- normal signals: the published rates -------------------------------------------------------------------------------


def test_published_rates_of_three_sensors() -> None:
    calm = compare_gaussian_monitors(SHIFTS, false_alarm_rate="0.05", capture="none")
    assert rates(calm)[:3] == [0.667713, 0.445545, 0.558757]
    assert all(system.detection_rate.width < 1e-20 for system in calm.systems)
    random_capture = compare_gaussian_monitors(SHIFTS, false_alarm_rate="0.05", capture="random", captured="0.2")
    assert [round(x, 5) for x in rates(random_capture)] == [0.53417, 0.37009, 0.39775, 0.26827]
    one, two = (
        compare_gaussian_monitors(SHIFTS, false_alarm_rate="0.05", capture="adversarial", captured=t) for t in (1, 2)
    )
    assert rates(one) == [0, 0.325093, 0.290793, 0]
    assert rates(two) == [0, 0.178473, 0, 0]
    assert (calm.best, random_capture.best, one.best, two.best) == (
        ("central",), ("central",), ("1 of 3",), ("1 of 3",))  # fmt: skip


def test_the_central_rate_in_closed_form() -> None:
    found = compare_gaussian_monitors(["0.5", "1", "2"], false_alarm_rate="0.01", capture="none")["central"]
    normal = NormalDist()
    assert abs(float(found.detection_rate) - normal.cdf(normal.inv_cdf(0.01) + 5.25**0.5)) < 1e-14


def test_weak_sensors_centrally_for_every_probability_of_capture() -> None:
    for k in (1, 4, 10, 16, 19):
        found = compare_gaussian_monitors(SHIFTS, false_alarm_rate="0.05", capture="random", captured=F(k, 20))
        assert found.best == ("central",)


def test_strong_sensors_may_vote_under_random_capture_too() -> None:
    """With perfect sensors one alarm of n keeps 1 − c^n, the central monitor 1 − c; so it is for large shifts."""
    perfect = ([1, 0], [0, 1])
    found = compare_monitors([perfect] * 3, false_alarm_rate=0, capture="random", captured="1/2")
    assert found["central"].under_capture.exact_lower == F(1, 2)
    assert found.systems[0].detection_rate.exact_lower == 1
    strong = compare_gaussian_monitors([4] * 3, false_alarm_rate="0.05", capture="random", captured="1/2")
    assert strong.best == ("1 of 3",)


# -- finite signals ----------------------------------------------------------------------------------------------------


def random_law(rng: random.Random, size: int) -> list[Fraction]:
    weights = [rng.choice([0, 1, 2, 3]) for _ in range(size)]
    weights[rng.randrange(size)] += 1
    return [F(w, sum(weights)) for w in weights]


@pytest.mark.parametrize("seed", range(40))
def test_the_central_test_is_that_of_the_joint_law(seed: int) -> None:
    rng = random.Random(seed)
    sizes = [rng.randint(1, 3) for _ in range(rng.randint(1, 3))]
    sensors = [(random_law(rng, m), random_law(rng, m)) for m in sizes]
    rate = F(rng.randint(0, 10), 10)
    placement = compare_monitors(sensors, false_alarm_rate=rate, capture="none")
    joint = [product([sensor[side] for sensor in sensors]) for side in (0, 1)]
    best = neyman_pearson_test(joint[0], joint[1], false_alarm_rate=rate).exact_power
    assert placement["central"].detection_rate.exact_lower == best
    for system in placement.systems:  # whatever a vote does, the central test may do
        assert system.detection_rate.exact_lower <= best
    assert optimal_fusion(sensors, false_alarm_rate=rate, capture="none").exact_power == best


@pytest.mark.parametrize("seed", range(20))
def test_captures_by_enumeration_of_captured_sets(seed: int) -> None:
    """Votes of sensors of known rates: at a false alarm rate where all is dyadic, by summing over captured sets."""
    rng = random.Random(seed)
    count, votes = 3, rng.randint(1, 3)
    eighths = rng.randint(1, 7)
    a, attack = F(eighths, 8), F(rng.randint(eighths, 8), 8)
    sensors = [([1 - a, a], [1 - attack, attack])] * count

    def vote(local: list[Fraction]) -> Fraction:
        return sum(
            (product([[1 - x, x] for x in local])[k] for k, alarms in enumerate(itertools.product((0, 1), repeat=count))
             if sum(alarms) >= votes), F(0))  # fmt: skip

    rate = vote([a] * count)
    c = F(rng.randint(0, 4), 4)
    mixed = sum(
        (
            c ** len(taken)
            * (1 - c) ** (count - len(taken))
            * vote([F(0) if i in taken else attack for i in range(count)])
            for size in range(count + 1)
            for taken in itertools.combinations(range(count), size)
        ),
        F(0),
    )
    name = f"{votes} of {count}"
    random_capture = compare_monitors(sensors, false_alarm_rate=rate, capture="random", captured=c)
    assert random_capture[name].under_capture.exact_lower == mixed
    for t in range(count + 1):
        worst = min(
            vote([F(0) if i in taken else attack for i in range(count)])
            for taken in itertools.combinations(range(count), t)
        )
        chosen = compare_monitors(sensors, false_alarm_rate=rate, capture="adversarial", captured=t)
        assert chosen[name].under_capture.exact_lower == worst
        fused = optimal_fusion(sensors, false_alarm_rate=rate, capture="adversarial", captured=t)
        assert fused.exact_power >= worst
        assert fused.verify()
    assert optimal_fusion(sensors, false_alarm_rate=rate, capture="random", captured=c).exact_power >= mixed


def test_more_captures_never_help() -> None:
    for capture, numbers in (("random", ["0", "1/4", "1/2", "1"]), ("adversarial", [0, 1, 2, 3])):
        found = [
            compare_monitors([SENSOR] * 3, false_alarm_rate="0.1", capture=capture, captured=x)  # type: ignore[arg-type]
            for x in numbers
        ]
        for name in ("central", "1 of 3", "2 of 3", "3 of 3"):
            levels = [placement[name].under_capture.exact_lower for placement in found]
            assert levels == sorted(levels, reverse=True)
            assert levels[-1] == 0


def test_rates_that_are_irrational_are_bracketed() -> None:
    found = compare_monitors([SENSOR] * 3, false_alarm_rate="0.1", capture="none")
    assert not found["1 of 3"].detection_rate.is_exact
    assert found["1 of 3"].detection_rate.width < 1e-25
    local = 1 - 0.9 ** (1 / 3)  # P(at least one of three) = 0.1
    assert abs(float(found["1 of 3"].detection_rate) - (1 - (1 - 7 * local) ** 3)) < 1e-12


# -- results and refusals ----------------------------------------------------------------------------------------------


def test_forms_of_the_result() -> None:
    found = compare_monitors([SENSOR] * 2, false_alarm_rate="0.1", capture="adversarial", captured=1)
    assert json.dumps(found.to_dict())
    assert "<table>" in found._repr_html_()
    assert found == compare_monitors([SENSOR] * 2, false_alarm_rate="0.1", capture="adversarial", captured=1)
    with pytest.raises(SpecificationError, match="central, 1 of 2"):
        found["3 of 2"]


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"sensors": []}, "sensors"),
        ({"sensors": [[1, 2, 3]]}, "pair"),
        ({"sensors": [([1, 0], [1])]}, "attack"),
        ({"false_alarm_rate": 2}, "false_alarm_rate"),
        ({"capture": "some"}, "capture"),
        ({"captured": 4}, "captured"),
        ({"captured": None}, "captured"),
        ({"capture": "random", "captured": 2}, "captured"),
        ({"capture": "none"}, "captured"),
    ],
)
def test_malformed_questions_are_refused(change: dict[str, Any], match: str) -> None:
    given: dict[str, Any] = {
        "sensors": [SENSOR] * 3,
        "false_alarm_rate": "0.1",
        "capture": "adversarial",
        "captured": 1,
    }
    given |= change
    sensors = given.pop("sensors")
    for function in (compare_monitors, optimal_fusion):
        with pytest.raises(SpecificationError, match=match):
            function(sensors, **given)  # type: ignore[operator]
    with pytest.raises(SpecificationError, match="shifts"):
        compare_gaussian_monitors([-1], false_alarm_rate="0.1", capture="none")
    with pytest.raises(SpecificationError, match="quiet_signals"):
        optimal_fusion([SENSOR], false_alarm_rate="0.1", capture="none", quiet_signals=[2])
