"""Differential privacy: limits on power against linear programmes and enumeration, composition against joint channels."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction as F

import numpy as np
import pytest
from scipy.optimize import linprog

from gametheory.errors import SpecificationError, UndecidedError
from gametheory.information import (
    Channel,
    advanced_composition,
    advantage_limit,
    composed_delta,
    composed_epsilon,
    detection_limit,
    dominating_pair,
    is_differentially_private,
    least_delta,
    mutual_information,
    optimal_composition,
    privacy_loss,
    randomised_response,
    randomised_response_capacity,
    renyi_divergence,
    roc_curve,
    total_variation,
)


def random_channel(rng: np.random.Generator, inputs: int, outputs: int) -> Channel:
    table = rng.integers(1, 9, size=(inputs, outputs))
    return Channel([[F(int(x), int(row.sum())) for x in row] for row in table])


def delta_by_enumeration(channel: Channel, ratio: F) -> F:
    """The definition: all pairs of inputs, all sets of outputs."""
    rows = channel.rows.fractions().tolist()
    return max(
        sum((rows[a][y] - ratio * rows[b][y] for y in chosen), F(0))
        for a, b in itertools.permutations(range(channel.num_inputs), 2)
        for size in range(channel.num_outputs + 1)
        for chosen in itertools.combinations(range(channel.num_outputs), size)
    )


@pytest.mark.parametrize(("epsilon", "rate", "power"), [(0.5, 0.1, 0.164872), (1, 0.3, 0.742484), (2, 0.05, 0.369453)])
def test_published_limits_and_the_programme_over_all_binary_tests(epsilon: float, rate: float, power: float) -> None:
    found = detection_limit(rate, epsilon=epsilon)
    assert float(found) == pytest.approx(power, abs=5e-7)
    assert found.width < 1e-28
    # max y over alarm probabilities (x when honest, y under attack) with both alarms and silence ε-private, x ≤ rate
    e = math.exp(epsilon)
    rows = [[-e, 1], [1, -e], [e, -1], [-1, e], [1, 0]]
    solved = linprog([0, -1], rows, [0, 0, e - 1, e - 1, rate], bounds=[(0, 1)] * 2)
    assert float(found) == pytest.approx(-solved.fun, abs=1e-9)


def test_advantage_is_half_the_hyperbolic_tangent() -> None:
    assert float(advantage_limit(epsilon=1)) == pytest.approx(0.4621172, abs=5e-8)
    for epsilon in (0.1, 0.7, 3.0):
        assert float(advantage_limit(epsilon=epsilon)) == pytest.approx(math.tanh(epsilon / 2), abs=1e-14)
    for ratio, delta in ((F(3), F(1, 10)), (F(1), F(1, 5)), (F(7, 2), F(0))):
        limit = advantage_limit(ratio=ratio, delta=delta)
        grid = [detection_limit(F(k, 200), ratio=ratio, delta=delta).exact_lower - F(k, 200) for k in range(201)]
        assert max(grid) <= limit.exact_lower <= max(grid) + F(1, 50)
        assert total_variation(*randomised_response(ratio=ratio, delta=delta).rows.fractions()) == limit.exact_lower


def test_randomised_response_attains_the_limit_at_every_rate() -> None:
    for ratio, delta in itertools.product((F(1), F(3, 2), F(5)), (F(0), F(1, 10), F(1))):
        mechanism = randomised_response(ratio=ratio, delta=delta)
        assert is_differentially_private(mechanism, "all", ratio=ratio, delta=delta)
        curve = roc_curve(mechanism.row(0), mechanism.row(1))
        for k in range(21):
            limit = detection_limit(F(k, 20), ratio=ratio, delta=delta)
            assert limit.is_exact
            assert curve.exact_power(F(k, 20)) == limit.exact_lower
    for m in (2, 3, 5):
        assert privacy_loss(randomised_response(m, ratio="5/2"), "all").exact_ratio == F(5, 2)
        assert least_delta(randomised_response(m, ratio="5/2", delta="1/9"), "all", ratio="5/2").exact_lower == F(1, 9)


def test_no_private_channel_passes_the_limit() -> None:
    """Whatever its outputs: the limit at a channel's own privacy loss holds for the best test of it."""
    rng = np.random.default_rng(12)
    for _ in range(20):
        channel = random_channel(rng, 2, 4)
        for delta in (F(0), F(1, 20)):
            loss = privacy_loss(channel, "all", delta=delta)
            curve = roc_curve(channel.row(0), channel.row(1))
            for k in range(11):
                limit = detection_limit(F(k, 10), ratio=loss.exact_ratio, delta=delta)
                assert curve.exact_power(F(k, 10)) <= limit.exact_lower
            assert is_differentially_private(channel, "all", ratio=loss.exact_ratio, delta=delta)
            if loss.exact_ratio > 1:
                nearly = 1 + (F(loss.exact_ratio) - 1) * F(999, 1000)
                assert not is_differentially_private(channel, "all", ratio=nearly, delta=delta)


def test_measures_follow_the_definition() -> None:
    rng = np.random.default_rng(13)
    for _ in range(15):
        channel = random_channel(rng, 3, 4)
        for ratio in (F(1), F(3, 2), F(4)):
            assert least_delta(channel, "all", ratio=ratio).exact_lower == delta_by_enumeration(channel, ratio)
        pure = privacy_loss(channel, "all")
        largest = max(
            renyi_divergence(channel.row(a), channel.row(b), order=math.inf, unit="nats").exact_upper
            for a, b in itertools.permutations(range(3), 2)
        )
        assert abs(largest - pure.epsilon.exact_upper) < F(1, 10**30)
        loss = privacy_loss(channel, "all", delta="1/10")
        if loss.exact_ratio > 1:
            assert delta_by_enumeration(channel, F(loss.exact_ratio)) == F(1, 10)
            rows = {name: channel.row(name) for name in loss.inputs}
            chosen = [channel.output_index(y) for y in loss.outputs]
            first, second = (sum((rows[name][y] for y in chosen), F(0)) for name in loss.inputs)
            assert first == loss.exact_ratio * second + F(1, 10)


def test_neighbours_are_who_is_named() -> None:
    """A third of the time noise hides the neighbours from each other; the outer two are told apart for sure."""
    rows = [[F(2, 3), F(1, 3), 0], ["1/3", "1/3", "1/3"], [0, "1/3", "2/3"]]
    channel = Channel(rows, ["none", "one", "two"], ["low", "middle", "high"])
    adjacent = [("none", "one"), (1, 2)]
    assert privacy_loss(channel, adjacent).exact_ratio == math.inf
    assert privacy_loss(channel, adjacent, delta="1/3").exact_ratio == 1
    assert privacy_loss(channel, "all", delta="1/3").exact_ratio == math.inf
    verdict = is_differentially_private(channel, adjacent, ratio=2, delta="1/4")
    assert verdict.status == "no"
    assert verdict.gain == F(1, 12)
    assert verdict.witness == (("one", "none"), ("high",))
    assert float(privacy_loss(channel, adjacent)) == math.inf


def test_floats_next_to_the_promise_are_within_tolerance() -> None:
    channel = Channel([[0.75, 0.25], [0.25, 0.75]])
    assert is_differentially_private(channel, "all", ratio=3)
    above = Channel([[0.75 + 1e-12, 0.25 - 1e-12], [0.25, 0.75]])
    assert is_differentially_private(above, "all", ratio=3).status == "within tolerance"
    assert is_differentially_private(above, "all", ratio=3, tol=1e-9)
    assert is_differentially_private(above.exact(), "all", ratio=3).status == "no"


def test_an_irrational_promise_is_decided_or_refused() -> None:
    made = randomised_response(epsilon=1)
    with pytest.raises(UndecidedError, match="ratio="):
        is_differentially_private(randomised_response(ratio=_between()), "all", epsilon=1)
    assert is_differentially_private(made, "all", epsilon=1)
    assert is_differentially_private(made, "all", epsilon="0.999").status == "no"


def _between() -> F:
    from gametheory.information.privacy import read_loss

    low, high = read_loss(1, None)
    return (low + high) / 2


# -- composition --------------------------------------------------------------------------------------------------------


def test_composition_is_that_of_joint_randomised_responses() -> None:
    for ratio, delta in ((F(3), F(0)), (F(3, 2), F(1, 10))):
        single = randomised_response(ratio=ratio, delta=delta)
        joint = single
        for k in (1, 2, 3):
            pair = dominating_pair(k, ratio=ratio, delta=delta)
            for total in (F(1), F(2), ratio**k):
                expected = least_delta(joint, "all", ratio=total).exact_lower
                assert composed_delta(k, ratio=ratio, delta=delta, total_ratio=total).exact_lower == expected
                assert least_delta(pair, "all", ratio=total).exact_lower == expected
            for total_delta in ("1/8", "1/3", "1/2"):
                by_loss = privacy_loss(joint, "all", delta=total_delta).epsilon
                assert float(composed_epsilon(k, ratio=ratio, delta=delta, total_delta=total_delta)) == float(by_loss)
            curve = roc_curve(joint.row(0), joint.row(1))
            for rate in ("0", "1/20", "1/2"):
                limit = detection_limit(rate, ratio=ratio, delta=delta, observers=k)
                assert limit.exact_lower == curve.exact_power(rate)
            assert advantage_limit(ratio=ratio, delta=delta, observers=k).exact_lower == curve.exact_advantage
            joint = joint.together(single)


def test_corners_of_the_composition_theorem() -> None:
    ratio, delta = F(2), F(1, 50)
    for k in (1, 4, 5):
        corners = optimal_composition(k, ratio=ratio, delta=delta)
        assert len(corners) == k // 2 + 1
        for i, corner in enumerate(corners):
            exact = composed_delta(k, ratio=ratio, delta=delta, total_ratio=ratio ** (k - 2 * i))
            assert corner.delta == exact
            assert float(corner.epsilon) == pytest.approx((k - 2 * i) * math.log(2))
        # With all corners, the power at every rate is the least of the limits that they give.
        for rate in (F(1, 100), F(1, 5), F(3, 5)):
            by_corners = min(
                detection_limit(rate, ratio=ratio ** (k - 2 * i), delta=corner.delta.exact_upper).exact_upper
                for i, corner in enumerate(corners)
            )
            assert by_corners == detection_limit(rate, ratio=ratio, delta=delta, observers=k).exact_lower
    brackets = optimal_composition(3, epsilon="1/2")
    assert brackets[0].epsilon.exact_lower == F(3, 2)
    assert brackets[1].delta.width < 1e-28


def test_no_pair_of_private_channels_gives_away_more() -> None:
    rng = np.random.default_rng(17)
    for _ in range(10):
        channel = random_channel(rng, 2, 3)
        ratio = F(privacy_loss(channel, "all").exact_ratio)
        twice = channel.together(channel)
        for total in (F(1), F(3, 2), ratio):
            limit = composed_delta(2, ratio=ratio, total_ratio=total)
            assert least_delta(twice, "all", ratio=total).exact_lower <= limit.exact_lower
        assert privacy_loss(twice, "all").exact_ratio == ratio**2


def test_closed_forms_are_upper_bounds() -> None:
    for k, epsilon, slack in ((10, "0.1", "1/100"), (100, "0.1", "1e-6"), (50, "0.02", "1/1000")):
        exact = composed_epsilon(k, epsilon=epsilon, total_delta=slack)
        assert float(composed_delta(k, epsilon=epsilon, total_epsilon=F(float(exact)))) == pytest.approx(
            float(F(slack)), rel=1e-6
        )
        old = advanced_composition(k, epsilon=epsilon, slack=slack, theorem="dwork rothblum vadhan")
        new = advanced_composition(k, epsilon=epsilon, slack=slack, theorem="kairouz oh viswanath")
        assert exact.exact_lower <= new.epsilon.exact_upper <= old.epsilon.exact_upper
        assert new.epsilon.exact_upper <= k * F(epsilon)
        size = float(F(epsilon))
        written = size * math.sqrt(2 * k * math.log(1 / float(F(slack)))) + k * size * math.expm1(size)
        assert float(old.epsilon) == pytest.approx(written)
    with_delta = advanced_composition(5, epsilon=1, delta="1/100", slack="1/100", theorem="kairouz oh viswanath")
    assert with_delta.delta.exact_upper == 1 - F(99, 100) ** 6
    assert composed_epsilon(3, ratio=2, delta="1/10", total_delta="1/10").exact_lower == math.inf


def test_capacity_of_a_private_bit() -> None:
    for epsilon, bits in (("0.5", 0.0437), (1, 0.1601), (2, 0.4729)):
        assert float(randomised_response_capacity(epsilon=epsilon, unit="bits")) == pytest.approx(bits, abs=5e-5)
    rng = np.random.default_rng(19)
    for _ in range(10):
        channel = random_channel(rng, 2, 4)
        limit = randomised_response_capacity(ratio=privacy_loss(channel, "all").exact_ratio, unit="bits")
        for w in ("1/4", "1/2", "3/4"):
            assert mutual_information([w, 1 - F(w)], channel, unit="bits").exact_lower <= limit.exact_upper


def test_refusals() -> None:
    for call, message in (
        (lambda: detection_limit("0.1"), "one of the two"),
        (lambda: detection_limit("0.1", epsilon=1, ratio=2), "one of the two"),
        (lambda: detection_limit("0.1", ratio="1/2"), "≥ 1"),
        (lambda: detection_limit("0.1", epsilon=-1), "≥ 0"),
        (lambda: detection_limit("0.1", epsilon=1, observers=0), "observers"),
        (lambda: advantage_limit(epsilon=1, observers=True), "observers"),
        (lambda: randomised_response(1, ratio=2), "≥ 2"),
        (lambda: privacy_loss([[1]], "all"), "no pair"),
        (lambda: privacy_loss([[1], [1]], "both"), "'all'"),
        (lambda: privacy_loss([[1], [1]], [(0, 5)]), "indices"),
        (lambda: composed_delta(0, ratio=2, total_ratio=2), "≥ 1"),
        (lambda: advanced_composition(2, ratio=2, slack=0, theorem="dwork rothblum vadhan"), "slack"),
    ):
        with pytest.raises(SpecificationError, match=message):
            call()
