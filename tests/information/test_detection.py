"""Detection: tests against all deterministic ones and another linear programme, curves, n samples by enumeration, bounds."""

from __future__ import annotations

import dataclasses
import itertools
import math
from fractions import Fraction as F
from statistics import NormalDist

import numpy as np
import pytest
from scipy.optimize import linprog

from gametheory.errors import CertificateError, SpecificationError
from gametheory.games.monitoring import Monitoring
from gametheory.information import (
    Channel,
    alarm_rate,
    base_rates,
    bayes_error,
    chernoff_information,
    false_alarm_rate_for_precision,
    gaussian_area,
    gaussian_power,
    hoeffding_bound,
    is_most_powerful,
    kullback_leibler_divergence,
    neyman_pearson_test,
    power_shortfall,
    power_within_budget,
    repeated_counts,
    roc_curve,
    samples_needed,
    stein_exponent,
    total_error,
    total_variation,
)

HONEST = ["0.4", "0.3", "0.15", "0.1", "0.05"]
ATTACK = HONEST[::-1]


def random_law(rng: np.random.Generator, size: int) -> list[F]:
    weights = rng.integers(0, 7, size=size)
    weights[rng.integers(0, size)] += 1
    return [F(int(w), int(weights.sum())) for w in weights]


def best_by_enumeration(p: list[F], q: list[F], rate: F) -> F:
    """The optimum is a test that randomises at one signal at most: all of them."""
    best = F(0)
    for alarms in itertools.product((0, 1), repeat=len(p)):
        size = sum((x for x, a in zip(p, alarms, strict=True) if a), F(0))
        power = sum((y for y, a in zip(q, alarms, strict=True) if a), F(0))
        if size > rate:
            continue
        best = max(best, power)
        for s, a in enumerate(alarms):
            if not a and p[s]:
                best = max(best, power + q[s] * min((rate - size) / p[s], F(1)))
    return best


def test_the_published_power() -> None:
    test = neyman_pearson_test(HONEST, ATTACK, false_alarm_rate="0.1")
    assert test.power == F(11, 20)
    assert test.false_alarm_rates == (F(1, 10),)
    assert test.price_of_false_alarms == 3  # the likelihood ratio at the signal where the test randomises
    assert test.verify()


def test_simple_tests_by_enumeration_of_all_deterministic_ones() -> None:
    rng = np.random.default_rng(2)
    for _ in range(40):
        p, q = random_law(rng, 4), random_law(rng, 4)
        rate = F(int(rng.integers(0, 11)), 10)
        test = neyman_pearson_test(p, q, false_alarm_rate=rate)
        assert test.exact_power == best_by_enumeration(p, q, rate)
        assert test.exact_power == roc_curve(p, q).power(rate)
        assert test.verify()


def test_several_laws_on_both_sides_and_the_least_favourable_mixture() -> None:
    rng = np.random.default_rng(3)
    for _ in range(25):
        honest = [random_law(rng, 5) for _ in range(int(rng.integers(1, 3)))]
        attacks = [random_law(rng, 5) for _ in range(int(rng.integers(1, 4)))]
        rate = F(int(rng.integers(0, 6)), 10)
        test = neyman_pearson_test(honest, attacks, false_alarm_rate=rate)
        assert max(test.false_alarm_rates) <= rate
        assert min(test.detection_rates) == test.exact_power
        rows = np.vstack(
            [
                np.c_[np.array(honest, dtype=float), np.zeros(len(honest))],
                np.c_[-np.array(attacks, dtype=float), np.ones(len(attacks))],
            ]
        )
        sides = [float(rate)] * len(honest) + [0.0] * len(attacks)
        solved = linprog([0] * 5 + [-1], rows, sides, bounds=[(0, 1)] * 5 + [(None, None)])
        assert float(test.power) == pytest.approx(-solved.fun, abs=1e-9)
        weights = test.least_favourable_attack
        assert min(weights) >= 0
        assert sum(weights) == 1
        mixture = [sum(w * q[s] for w, q in zip(weights, attacks, strict=True)) for s in range(5)]
        assert neyman_pearson_test(honest, mixture, false_alarm_rate=rate).exact_power == test.exact_power


def test_predicate_and_measure() -> None:
    for rate in ("0", "0.1", "0.5", "1"):
        best = neyman_pearson_test(HONEST, ATTACK, false_alarm_rate=rate)
        assert is_most_powerful(best, HONEST, ATTACK, false_alarm_rate=rate)
        assert power_shortfall(best, HONEST, ATTACK, false_alarm_rate=rate) == 0
    weak = [0, 0, 0, 1, 0]
    verdict = is_most_powerful(weak, HONEST, ATTACK, false_alarm_rate="0.1")
    assert verdict.status == "no"
    assert verdict.gain == F(1, 4)
    assert alarm_rate(verdict.witness, ATTACK) == F(11, 20)
    assert is_most_powerful(weak, HONEST, ATTACK, false_alarm_rate="0.1", tol=0.25)
    loud = is_most_powerful([1] * 5, HONEST, ATTACK, false_alarm_rate="0.1")
    assert loud.gain == F(9, 10)
    near = is_most_powerful([0.0, 0, 0, 0.5 - 1e-12, 1], HONEST, ATTACK, false_alarm_rate="0.1")
    assert near.status == "within tolerance"


def test_a_monitored_game() -> None:
    """One honest profile, three ways to deviate, one of them hardly visible."""
    alarms = Monitoring([[["9/10", "1/10"], ["1/2", "1/2"]], [["4/5", "1/5"], ["1/10", "9/10"]]])
    channel = Channel.of_monitoring(alarms)
    test = neyman_pearson_test(channel.row(0), channel.rows[1:], false_alarm_rate="1/20")
    assert test.exact_power == F(1, 10)
    assert test.least_favourable_attack == (0, 1, 0)


def test_lies_about_a_test_are_found() -> None:
    test = neyman_pearson_test(HONEST, ATTACK, false_alarm_rate="0.1")
    other = neyman_pearson_test(HONEST, ATTACK, false_alarm_rate="0.2")
    for change in (
        {"exact_false_alarm_rate": F(1, 5)},
        {"certificate": other.certificate},
        {"honest": Channel([ATTACK])},
        {"certificate": dataclasses.replace(test.certificate, value=F(12, 20))},
    ):
        with pytest.raises(CertificateError):
            dataclasses.replace(test, **change).verify()


def test_refusals() -> None:
    with pytest.raises(SpecificationError, match="signals"):
        neyman_pearson_test(HONEST, ["1/2", "1/2"], false_alarm_rate="0.1")
    with pytest.raises(SpecificationError, match="between 0 and 1"):
        neyman_pearson_test(HONEST, ATTACK, false_alarm_rate=2)
    with pytest.raises(SpecificationError, match=r"test\[4\]"):
        alarm_rate([0, 0, 0, 0, 2], HONEST)
    with pytest.raises(SpecificationError, match="test"):
        power_shortfall([0, 1], HONEST, ATTACK, false_alarm_rate="0.1")


# -- curves -----------------------------------------------------------------------------------------------------------


def test_areas_are_probabilities_of_ranking() -> None:
    rng = np.random.default_rng(4)
    for _ in range(20):
        p, q = random_law(rng, 5), random_law(rng, 5)
        scores = [int(x) for x in rng.integers(0, 4, size=5)]
        curve = roc_curve(p, q, scores=scores)
        expected = sum(
            x * y * (F(1) if scores[b] > scores[a] else F(1, 2) if scores[b] == scores[a] else F(0))
            for a, x in enumerate(p)
            for b, y in enumerate(q)
        )
        assert curve.exact_area == expected
        best = roc_curve(p, q)
        assert best.exact_advantage == total_variation(p, q)
        assert best.concave_hull().exact_area == best.exact_area
        hull = curve.concave_hull()
        for rate in (F(0), F(1, 3), F(1, 2), F(1)):
            assert curve.power(rate) <= hull.power(rate) <= best.power(rate)
        assert hull.vertices[0] <= hull.vertices[-1] == (1, 1)


def test_gaussian_closed_forms() -> None:
    assert gaussian_area(1.5) == pytest.approx(0.855578, abs=5e-7)
    rates = np.linspace(0, 1, 4001)
    powers = [gaussian_power(float(x), shift=1.5) for x in rates]
    assert np.trapezoid(powers, rates) == pytest.approx(gaussian_area(1.5), abs=1e-4)
    assert gaussian_power(0.05, shift=0) == pytest.approx(0.05)
    # A normal signal cut into 400 intervals loses almost nothing.
    edges = [NormalDist().inv_cdf(k / 400) for k in range(1, 400)]
    attack = np.diff([0.0, *(NormalDist(1.5).cdf(x) for x in edges), 1.0])
    assert roc_curve([1 / 400] * 400, attack).area == pytest.approx(gaussian_area(1.5), abs=1e-4)


# -- n observations ---------------------------------------------------------------------------------------------------


def test_types_lose_nothing() -> None:
    """Errors from counts equal those from all K^n sequences."""
    p, q = ["1/2", "1/3", "1/6"], ["1/5", "2/5", "2/5"]
    single = Channel([p, q])
    sequences = single
    for n in (1, 2, 3, 4):
        counts = repeated_counts(single, n)
        assert counts.num_outputs == math.comb(n + 2, 2)
        assert set(counts.rows.fractions().sum(axis=1).tolist()) == {F(1)}
        for prior in (["1/2", "1/2"], ["9/10", "1/10"]):
            assert bayes_error(prior, counts) == bayes_error(prior, sequences)
        for rate in ("0", "1/20", "3/10"):
            exact = neyman_pearson_test(counts.row(0), counts.row(1), false_alarm_rate=rate)
            assert exact.exact_power == roc_curve(sequences.row(0), sequences.row(1)).power(rate)
        sequences = sequences.together(single)


def test_bounds_hold_the_exact_error_and_the_exponent() -> None:
    rng = np.random.default_rng(6)
    cases = [(["1/2", "1/2"], ["9/10", "1/10"]), ([1, 0], ["1/2", "1/2"]), ([1, 0, 0], [0, "1/2", "1/2"])]
    cases += [(random_law(rng, 3), random_law(rng, 3)) for _ in range(8)]
    for p, q in cases:
        for n in (1, 2, 5, 12):
            exact = total_error(p, q, num_samples=n, method="exact")
            bounds = total_error(p, q, num_samples=n, method="bounds")
            assert bounds.exact_lower <= exact.exact_lower <= bounds.exact_upper
        information = chernoff_information(p, q, unit="nats")
        assert information.width < 1e-12
        if information.exact_lower != math.inf:
            assert float(exact) <= math.exp(-12 * information.lower) + 1e-12


def test_exponents() -> None:
    found = chernoff_information(["1/2", "1/2"], ["9/10", "1/10"], unit="nats")
    assert float(found) == pytest.approx(0.11237745, abs=5e-9)
    assert float(chernoff_information(["1/2", "1/2"], ["3/5", "2/5"], unit="nats")) == pytest.approx(
        0.00507677, abs=5e-9
    )
    grid = [-math.log(sum(a ** (1 - s) * b**s for a, b in ((0.5, 0.9), (0.5, 0.1)))) for s in np.linspace(0, 1, 10001)]
    assert float(found) == pytest.approx(max(grid), abs=1e-8)
    # Chernoff's information lies at an end of [0, 1] where one support contains the other.
    assert float(chernoff_information(["1/2", "1/2"], [1, 0], unit="bits")) == pytest.approx(1)
    assert chernoff_information([1, 0], [0, 1], unit="bits").exact_lower == math.inf
    stein = stein_exponent(HONEST, ATTACK, unit="bits")
    assert stein == kullback_leibler_divergence(HONEST, ATTACK, unit="bits")
    # Misses at the fixed false alarm rate 1/10 decay at Stein's rate: the slope over 100 more observations is near it.
    p, q = ["1/2", "1/2"], ["9/10", "1/10"]
    misses = []
    for n in (100, 200):
        counts = repeated_counts([p, q], n)
        misses.append(math.log(1 - roc_curve(counts.row(0), counts.row(1)).power("1/10")))
    assert (misses[0] - misses[1]) / 100 == pytest.approx(float(stein_exponent(p, q, unit="nats")), rel=0.2)


def test_numbers_of_samples() -> None:
    p, q = ["1/2", "1/2"], ["4/5", "1/5"]
    for level in (F(1, 2), F(1, 10), F(1, 50)):
        necessary, sufficient = samples_needed(p, q, total_error=level)
        smallest = next(
            n for n in itertools.count(1) if total_error(p, q, num_samples=n, method="exact").exact_lower <= level
        )
        assert necessary <= smallest <= sufficient
        assert sufficient <= 3 * smallest + 5
    assert samples_needed([1, 0], [0, 1], total_error="1/100") == (1, 1)
    with pytest.raises(SpecificationError, match="honest law"):
        samples_needed(p, p, total_error="1/10")


def test_hoeffding_holds_for_the_binomial_errors() -> None:
    p, q, scores = ["9/10", "1/10"], ["1/2", "1/2"], [0, 1]
    for n in (5, 20, 50):
        bound = hoeffding_bound(p, q, scores, num_samples=n)
        counts = repeated_counts([p, q], n)
        alarms = [1 if int(name.split(", ")[1]) > F(3, 10) * n else 0 for name in counts.outputs]
        assert alarm_rate(alarms, counts.row(0)) <= bound.exact_upper
        assert 1 - alarm_rate(alarms, counts.row(1)) <= bound.exact_upper
    with pytest.raises(SpecificationError, match="turn the sign"):
        hoeffding_bound(q, p, scores, num_samples=3)


def test_no_test_of_a_stealthy_attack_passes_the_budget() -> None:
    from gametheory.information import largest_expectation

    stealthy = largest_expectation(
        [0, 1, 2, 4, 10], HONEST, divergence="kullback-leibler", budget="0.05", unit="nats"
    ).exact_distribution
    for rate in ("0.01", "0.1", "0.4"):
        for n in (1, 3):
            counts = repeated_counts(Channel([HONEST, stealthy.fractions().tolist()]), n)
            power = roc_curve(counts.row(0), counts.row(1)).exact_power(rate)
            limit = power_within_budget(rate, budget="0.05", unit="nats", num_samples=n)
            assert power <= limit.exact_upper
            pinsker = float(F(rate)) + math.sqrt(n * 0.05 / 2)
            assert limit.upper <= pinsker + 1e-12


# -- base rates -------------------------------------------------------------------------------------------------------


def test_the_base_rate_fallacy() -> None:
    """Axelsson 2000: 2 attacks in 10⁵ records; even with full detection 10⁻³ false alarms leave 2 % true alarms."""
    rates = base_rates(prevalence="0.00002", false_alarm_rate="0.001", detection_rate=1)
    assert float(rates.precision) == pytest.approx(0.0196, abs=5e-5)
    assert rates.false_alarms_per_detection == F(99998, 2000)
    assert rates.missed_share == 0
    limit = false_alarm_rate_for_precision(prevalence="0.00002", detection_rate="0.7", precision="0.66")
    again = base_rates(prevalence="0.00002", false_alarm_rate=limit, detection_rate="0.7")
    assert again.precision == F("0.66")
    silent = base_rates(prevalence="1/2", false_alarm_rate=0, detection_rate=0)
    with pytest.raises(SpecificationError, match="never"):
        _ = silent.precision
    assert "precision" not in silent.to_dict()
    assert false_alarm_rate_for_precision(prevalence=1, detection_rate=1, precision="1/2") == 1
