"""Capacities, rate–distortion and sanitisers: closed forms, the iterations of 1972, cones, theorems, and lies."""

from __future__ import annotations

import json
import math
import pickle
from dataclasses import replace
from fractions import Fraction as F
from typing import Any

import numpy as np
import pytest
from oracles.information import (
    binary_entropy,
    blahut_arimoto,
    capacity_by_cones,
    distortion_at_slope,
    divergences,
    least_capacity_by_cones,
)

from gametheory.arithmetic import RationalArray
from gametheory.certificates import read_certificate, verify_certificate
from gametheory.errors import CertificateError, InfeasibleError, SolverError, SpecificationError
from gametheory.games import NormalFormGame
from gametheory.information import (
    Channel,
    channel_capacity,
    compound_capacity,
    least_capacity_sanitiser,
    least_vulnerability_sanitiser,
    min_capacity,
    multiplicative_bayes_capacity,
    mutual_information,
    posterior_vulnerability,
    rate_distortion_function,
    sanitiser_programme,
)

ERASED = [["7/10", 0, "3/10"], [0, "7/10", "3/10"]]


def symmetric(p: Any) -> list[list[F]]:
    p = F(p)
    return [[1 - p, p], [p, 1 - p]]


def hamming(size: int) -> list[list[int]]:
    return [[int(x != y) for y in range(size)] for x in range(size)]


def brackets(found: Any, value: float) -> bool:
    return found.lower - 1e-12 <= value <= found.upper + 1e-12 and found.upper - found.lower < 1e-9


# -- capacity ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("channel", "value"),
    [
        (symmetric("11/100"), 1 - binary_entropy(0.11)),
        ([[1, 0], ["1/2", "1/2"]], math.log2(5 / 4)),
        (ERASED, 0.7),
        ([[1, 0, 0], [0, 1, 0], [0, 0, 1]], math.log2(3)),
        ([["1/3", "2/3"]] * 3, 0.0),
        ([[1]], 0.0),
        ([[1, 0], [1, 0], [0, 1]], 1.0),  # any split between the first two inputs is best
        ([[1, 0, 0], [0, 1, 0], ["1/2", "1/2", 0]], 1.0),  # an input at the edge of use, and an output never seen
    ],
)
def test_capacities_in_closed_form(channel: Any, value: float) -> None:
    found = channel_capacity(channel, unit="bits")
    assert brackets(found, value)
    assert found.certificate.verify()
    assert math.isclose(float(channel_capacity(channel, unit="nats")), value * math.log(2), abs_tol=1e-12)


@pytest.mark.parametrize(("epsilon", "bits"), [(0.5, 0.0437), (1.0, 0.1601), (2.0, 0.4729)])
def test_randomised_response_passes_few_bits(epsilon: float, bits: float) -> None:
    truth = math.exp(epsilon) / (1 + math.exp(epsilon))
    found = channel_capacity([[truth, 1 - truth], [1 - truth, truth]], unit="bits")
    assert abs(float(found) - bits) < 5e-5
    assert brackets(found, 1 - binary_entropy(truth))


@pytest.mark.parametrize("seed", range(12))
def test_capacity_against_the_iteration_and_the_cone(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n, m = (int(k) for k in rng.integers(1, 7, 2))
    table = rng.dirichlet(np.full(m, 0.5), n)
    if seed % 3 == 0:
        table = np.round(table * 4) + np.eye(n, m)  # zeros, equal rows
        table[table.sum(axis=1) == 0] = 1
        table /= table.sum(axis=1, keepdims=True)
    found = channel_capacity(table, unit="bits")
    low, high = blahut_arimoto(table, gap=1e-7)
    assert low - 1e-9 <= found.upper
    assert found.lower <= high + 1e-9
    assert abs(float(found) - capacity_by_cones(table)) < 1e-6
    assert found.upper - found.lower < 1e-12
    assert mutual_information(found.inputs, table, unit="bits").upper >= found.lower - 1e-12


@pytest.mark.parametrize("seed", range(6))
def test_theorems_about_capacity(seed: int) -> None:
    """Post-processing loses; capacity is convex in the channel and at most its logarithm of guesses and of outputs."""
    rng = np.random.default_rng(50 + seed)
    first, second = (Channel(rng.dirichlet(np.ones(4), 3)) for _ in range(2))
    value = float(channel_capacity(first, unit="bits"))
    after = first.cascade(Channel(rng.dirichlet(np.ones(3), 4)))
    assert float(channel_capacity(after, unit="bits")) <= value + 1e-11
    middle = Channel((first.probabilities + second.probabilities) / 2)
    other = float(channel_capacity(second, unit="bits"))
    assert float(channel_capacity(middle, unit="bits")) <= (value + other) / 2 + 1e-11
    assert value <= min(min_capacity(first), math.log2(3)) + 1e-11
    pair = Channel(np.kron(first.probabilities, second.probabilities))
    assert math.isclose(float(channel_capacity(pair, unit="bits")), value + other, abs_tol=1e-10)


def test_costs_of_inputs() -> None:
    """Input 1 of a symmetric channel costs 1: I(p) = h(p ⋆ 0.11) − h(0.11) at the budget while it is below 1/2."""
    for budget in ("1/10", "1/5", "2/5"):
        found = channel_capacity(symmetric("11/100"), unit="bits", costs=[0, 1], budgets=budget)
        share = float(F(budget))
        mixed = share * 0.89 + (1 - share) * 0.11
        assert brackets(found, binary_entropy(mixed) - binary_entropy(0.11))
        slope = 0.78 * math.log2((1 - mixed) / mixed)
        assert math.isclose(found.prices["budget 0"], slope, abs_tol=1e-7)
        assert found.inputs[1] <= share + 1e-15
    free = channel_capacity(symmetric("11/100"), unit="bits", costs=[0, 1], budgets="3/5")
    assert not free.prices
    assert brackets(free, 1 - binary_entropy(0.11))
    with pytest.raises(InfeasibleError) as refused:
        channel_capacity(symmetric("11/100"), unit="bits", costs=[1, 2], budgets="1/2")
    certificate: Any = refused.value.certificate
    assert certificate.verify()
    only_cheap = channel_capacity([["3/4", "1/4"], ["1/4", "3/4"]], unit="bits", costs=[0, 1], budgets=0)
    assert only_cheap.upper < 1e-9


@pytest.mark.parametrize("seed", range(5))
def test_several_budgets_against_the_cone(seed: int) -> None:
    rng = np.random.default_rng(seed)
    table, costs = rng.dirichlet(np.ones(5), 4), rng.random((2, 4))
    budgets = costs.min(axis=1) + 0.4 * (costs.mean(axis=1) - costs.min(axis=1)) + 0.05
    budgets = np.maximum(budgets, (costs @ rng.dirichlet(np.ones(4))) + 0.01)  # some input distribution meets both
    found = channel_capacity(table, unit="bits", costs=costs, budgets=budgets)
    assert abs(float(found) - capacity_by_cones(table, costs, budgets)) < 1e-6
    assert bool(np.all(costs @ found.inputs <= budgets + 1e-12))


@pytest.mark.parametrize("seed", range(6))
def test_compound_capacity_is_a_minimum_over_mixtures(seed: int) -> None:
    """max_p min_k I(p, W_k): at most every capacity, and that of every λ-mixture of channels side by side."""
    rng = np.random.default_rng(seed)
    channels = [rng.dirichlet(np.ones(3), 3) for _ in range(int(rng.integers(1, 4)))]
    found = compound_capacity(channels, unit="bits")
    assert found.upper - found.lower < 1e-11
    rates = [float(mutual_information(found.inputs, w, unit="bits")) for w in channels]
    assert abs(min(rates) - float(found)) < 1e-9
    for weights in [*rng.dirichlet(np.ones(len(channels)), 4), found.weights if len(channels) > 1 else [1.0]]:
        side_by_side = np.concatenate([w * c for w, c in zip(weights, channels, strict=True)], axis=1)
        assert blahut_arimoto(side_by_side, gap=1e-8)[1] >= found.lower - 1e-12
    best = np.concatenate(
        [w * c for w, c in zip(found.weights if len(channels) > 1 else [1.0], channels, strict=True)], axis=1
    )
    assert abs(blahut_arimoto(best, gap=1e-8)[0] - float(found)) < 1e-7


def test_gap_is_an_error_with_what_was_found() -> None:
    with pytest.raises(SolverError, match="further apart than") as stopped:
        channel_capacity(symmetric("1/3"), unit="bits", tol="1e-40")
    assert stopped.value.best.width < 1e-10
    # Only the second input reaches the second output, and the budget excludes it.
    with pytest.raises(SolverError, match="leave these inputs out"):
        channel_capacity([[1, 0], ["1/2", "1/2"]], unit="bits", costs=[0, 1], budgets=0)


@pytest.mark.parametrize(
    "options",
    [
        {"unit": "bit"},
        {"unit": "bits", "costs": [0, 1]},
        {"unit": "bits", "budgets": 1},
        {"unit": "bits", "costs": [0, 1, 2], "budgets": 1},
        {"unit": "bits", "costs": [[0, 1]], "budgets": [1, 2]},
        {"unit": "bits", "tol": 0},
        {"unit": "bits", "tol": math.nan},
    ],
)
def test_malformed_capacities(options: Any) -> None:
    with pytest.raises(SpecificationError):
        channel_capacity(symmetric("1/3"), **options)
    with pytest.raises(SpecificationError):
        compound_capacity([], unit="bits")
    with pytest.raises(SpecificationError, match=r"channels\[1\]"):
        compound_capacity([symmetric("1/3"), [[1]]], unit="bits")


# -- rate–distortion ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("share", ["1/2", "1/5", "2/5"])
@pytest.mark.parametrize("budget", ["0", "1/100", "1/10", "1/6", "1/2"])
def test_rate_of_a_binary_source(share: str, budget: str) -> None:
    """R(D) = h(p) − h(D) for D < min(p, 1 − p), else 0 (Shannon 1959)."""
    p, d = float(F(share)), float(F(budget))
    found = rate_distortion_function([1 - F(share), F(share)], hamming(2), budget, unit="bits")
    assert brackets(found, max(0.0, binary_entropy(p) - binary_entropy(d)) if d < min(p, 1 - p) else 0.0)
    assert found.certificate.verify()
    table: Any = found.channel
    wrong = (1 - F(share)) * table.rows[0, 1] + F(share) * table.rows[1, 0]
    assert wrong <= F(budget)
    if 0 < d < min(p, 1 - p):
        assert math.isclose(found.prices["average distortion"], -math.log2((1 - d) / d), rel_tol=1e-6)


def test_published_rate() -> None:
    found = rate_distortion_function(["4/5", "1/5"], hamming(2), "1/10", unit="bits")
    assert abs(float(found) - 0.2529325) < 1e-7


@pytest.mark.parametrize("seed", range(8))
def test_rates_against_blahuts_iteration(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n, m = (int(k) for k in rng.integers(2, 6, 2))
    source, distortion = rng.dirichlet(np.ones(n)), rng.random((n, m))
    budget, rate = distortion_at_slope(source, distortion, float(rng.uniform(1, 6)))
    found = rate_distortion_function(source, distortion, budget, unit="bits")
    assert abs(float(found) - rate) < 1e-6
    assert found.upper - found.lower < 1e-11


def test_rates_at_the_ends() -> None:
    source, distortion = ["1/2", "1/4", "1/4", 0], [[0, 1, 3], [1, 0, 2], [2, 2, 1], [5, 5, 5]]
    least = F(1, 4)
    with pytest.raises(InfeasibleError, match="most faithful"):
        rate_distortion_function(source, distortion, least - F(1, 1000), unit="bits")
    lossless = rate_distortion_function(source, distortion, least, unit="bits")
    assert brackets(lossless, 1.5)
    nearly = rate_distortion_function(source, distortion, least + F(1, 10**6), unit="bits")
    assert 1.499 < nearly.lower < nearly.upper < 1.5
    assert rate_distortion_function(source, distortion, 10, unit="bits").upper < 1e-9
    ties = rate_distortion_function(["1/2", "1/2"], [[0, 0, 1], [1, 0, 0]], 0, unit="bits")
    assert ties.upper < 1e-9  # the second reproduction is right for both


# -- sanitisers --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("size", "budget", "bits"), [(2, "11/100", 0.500084), (4, "1/4", 0.792481), (8, "1/10", None)])
def test_symmetric_sanitisers(size: int, budget: str, bits: float | None) -> None:
    d = float(F(budget))
    value = math.log2(size) - binary_entropy(d) - d * math.log2(size - 1)
    found = least_capacity_sanitiser(hamming(size), budget, per="symbol", unit="bits")
    assert brackets(found, value)
    assert bits is None or abs(float(found) - bits) < 1e-6
    assert found.certificate.verify()
    table: Any = found.channel
    assert all(table.rows[x, x] >= 1 - F(budget) for x in range(size))
    assert brackets(channel_capacity(table, unit="bits"), value)
    slope = -math.log2((1 - d) / d * (size - 1)) / size
    assert all(math.isclose(price, slope, rel_tol=1e-6) for price in found.prices.values())
    average = least_capacity_sanitiser(hamming(size), budget, per="average", unit="bits", prior=[F(1, size)] * size)
    assert brackets(average, value)  # by symmetry and convexity


@pytest.mark.parametrize("seed", range(8))
def test_sanitisers_against_the_cone(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n, m = (int(k) for k in rng.integers(2, 5, 2))
    distortion = rng.random((n, m))
    least, mean = distortion.min(axis=1), distortion.mean(axis=1)
    if seed % 2:
        prior = rng.dirichlet(np.ones(n))
        budgets: Any = float(prior @ (least + 0.3 * (mean - least)))
        found = least_capacity_sanitiser(distortion, budgets, per="average", unit="bits", prior=prior)
        value = least_capacity_by_cones(distortion, [prior], [budgets])
    else:
        budgets = least + rng.uniform(0.05, 0.9, n) * (mean - least)
        found = least_capacity_sanitiser(distortion, budgets, per="symbol", unit="bits")
        value = least_capacity_by_cones(distortion, np.eye(n), budgets)
    assert abs(float(found) - value) < 2e-6
    assert found.upper - found.lower < 1e-10
    assert abs(float(channel_capacity(found.channel, unit="bits")) - float(found)) < 1e-9


def test_theorems_about_sanitisers() -> None:
    """Looser limits pass less; a limit for each symbol passes at least what one on the average does; no slack, no choice."""
    distortion = [[0, 1, 4], [1, 0, 1], [4, 1, 0]]
    values = [
        float(least_capacity_sanitiser(distortion, d, per="symbol", unit="bits"))
        for d in ("0", "1/10", "1/2", "1", "2")
    ]
    assert values == sorted(values, reverse=True)
    assert math.isclose(values[0], math.log2(3), abs_tol=1e-9)
    assert values[-1] < 1e-9  # always answer the middle symbol
    uniform = ["1/3"] * 3
    for budget in ("1/10", "1/2"):
        symbol = least_capacity_sanitiser(distortion, budget, per="symbol", unit="bits")
        average = least_capacity_sanitiser(distortion, budget, per="average", unit="bits", prior=uniform)
        source = rate_distortion_function(uniform, distortion, budget, unit="bits")
        assert source.lower <= average.upper + 1e-12
        assert average.lower <= symbol.upper + 1e-12
    mixed = least_capacity_sanitiser(distortion, [0, "1/2", "1/2"], per="symbol", unit="bits")
    table: Any = mixed.channel
    assert table.rows[0, 0] == 1
    assert mixed.upper - mixed.lower < 1e-9
    assert abs(float(channel_capacity(table, unit="bits")) - float(mixed)) < 1e-8
    assert abs(float(mixed) - least_capacity_by_cones(distortion, np.eye(3), [1e-9, 0.5, 0.5])) < 1e-5


def test_least_leakage_to_guesses() -> None:
    uniform = [F(1, 8)] * 8
    found = least_vulnerability_sanitiser(hamming(8), "1/4", per="average", prior=uniform)
    assert found.value == F(3, 4)
    assert abs(math.log2(found.value / F(1, 8)) - 2.584963) < 1e-6
    assert found.certificate is not None
    assert found.certificate.verify()
    assert found.certificate.verify_against(sanitiser_programme(hamming(8), "1/4", per="average", prior=uniform))
    assert posterior_vulnerability(uniform, found.decision) == found.value
    capacity = least_vulnerability_sanitiser(hamming(8), "1/4", per="symbol")
    assert multiplicative_bayes_capacity(capacity.decision) == capacity.value == 6
    bits = least_capacity_sanitiser(hamming(8), "1/4", per="symbol", unit="bits")
    assert bits.upper <= math.log2(6)


@pytest.mark.parametrize("seed", range(6))
def test_no_channel_within_the_limit_leaks_less(seed: int) -> None:
    rng = np.random.default_rng(seed)
    prior = [F(int(k), 20) for k in rng.multinomial(20, np.ones(3) / 3)]
    gain = [[F(int(v)) for v in row] for row in rng.integers(0, 4, (2, 3))]
    distortion = [[F(int(v)) for v in row] for row in rng.integers(0, 4, (3, 3))]
    least = sum((p * min(row) for p, row in zip(prior, distortion, strict=True)), F(0))
    found = least_vulnerability_sanitiser(distortion, least + F(1, 2), per="average", prior=prior, gain=gain)
    assert posterior_vulnerability(prior, found.decision, gain=gain) == found.value
    for _ in range(200):
        table = [[F(int(k), 6) for k in rng.multinomial(6, rng.dirichlet(np.full(3, 0.4)))] for _ in range(3)]
        used = sum(
            (
                p * w * d
                for p, row, ds in zip(prior, table, distortion, strict=True)
                for w, d in zip(row, ds, strict=True)
            ),
            F(0),
        )
        if used <= least + F(1, 2):
            assert posterior_vulnerability(prior, table, gain=gain) >= found.value


def test_malformed_sanitisers() -> None:
    questions: list[tuple[Any, Any, dict[str, Any]]] = [
        (hamming(2), "1/4", {"per": "average"}),
        (hamming(2), "1/4", {"per": "row"}),
        (hamming(2), ["1/4"] * 3, {"per": "symbol"}),
        (hamming(2), "1/4", {"per": "average", "prior": ["1/2", "1/3"]}),
        ([0, 1], "1/4", {"per": "symbol"}),
        ([[0, math.nan]], 0.25, {"per": "symbol"}),
    ]
    for distortion, budget, options in questions:
        with pytest.raises(SpecificationError):
            least_capacity_sanitiser(distortion, budget, unit="bits", **options)
        with pytest.raises(SpecificationError):
            least_vulnerability_sanitiser(distortion, budget, **options)
    with pytest.raises(SpecificationError, match="prior of the secret"):
        least_vulnerability_sanitiser(hamming(2), "1/4", per="symbol", gain=[[1, 0]])
    with pytest.raises(InfeasibleError):
        least_vulnerability_sanitiser([[1, 2]], "1/2", per="symbol")
    with pytest.raises(InfeasibleError):
        least_capacity_sanitiser([[1, 2]], "1/2", per="symbol", unit="bits")
    with pytest.raises(SpecificationError, match="unit"):
        least_capacity_sanitiser(hamming(2), "1/4", per="symbol", unit="bit")  # type: ignore[arg-type]  # on purpose


# -- results and certificates ------------------------------------------------------------------------------------------


def results() -> list[Any]:
    return [
        channel_capacity(ERASED, unit="bits", costs=[0, 1], budgets="1/3"),
        compound_capacity([symmetric("1/10"), [[1, 0], ["1/2", "1/2"]]], unit="nats"),
        rate_distortion_function(["4/5", "1/5"], hamming(2), "1/10", unit="bits"),
        rate_distortion_function(["4/5", "1/5"], hamming(2), 0, unit="bits"),
        least_capacity_sanitiser(hamming(3), ["1/4", "1/4", "1/2"], per="symbol", unit="bits"),
    ]


def test_results_are_values_and_certificates_travel() -> None:
    for found, again in zip(results(), results(), strict=True):
        assert pickle.loads(pickle.dumps(found)) == found == again  # noqa: S301  # our own bytes
        assert hash(found) == hash(again)
        text = json.dumps(found.to_dict()["certificate"], allow_nan=False)
        read = read_certificate(text)
        assert read.claim == found.certificate.claim
        assert verify_certificate(read).status == "verified"
        with pytest.raises(CertificateError, match="no game"):
            read.verify(NormalFormGame.zero_sum([[0]]))
        assert "<p>" in found._repr_html_()
        assert "\n" not in repr(found)
        assert list(found.to_frame().columns) == ["limit", "shadow_price"]
        json.dumps(found.to_dict(), allow_nan=False)
    assert len(set(results())) == 5


def changed(table: RationalArray, index: int, amount: F) -> RationalArray:
    """One entry of an array moved; of a distribution, its neighbour takes up the difference."""
    values = table.fractions().reshape(-1)
    values[index] += amount
    return RationalArray.from_fractions(values.reshape(table.shape))


def test_lies_about_capacity_are_refused() -> None:
    """Every claim that is too narrow, every piece of evidence that is no distribution, within budget or of the right sign."""
    for found in results():
        certificate = found.certificate
        step = F(1, 1000)
        for lie in (
            replace(certificate, lower=certificate.upper + step),
            replace(certificate, upper=certificate.lower - step),
            replace(certificate, lower=certificate.lower + F(1, 10**9)),
            replace(certificate, upper=certificate.upper - F(1, 10**9)),
        ):
            with pytest.raises(CertificateError):
                lie.verify()
        weaker = replace(certificate, lower=certificate.lower - step, upper=certificate.upper + step)
        assert weaker.verify()
        vectors = [name for name in ("inputs", "weights", "channel", "output", "source") if hasattr(certificate, name)]
        for name in vectors:
            table = getattr(certificate, name)
            if table is not None:
                for amount in (step, -2 * F(1)):
                    with pytest.raises(CertificateError):
                        replace(certificate, **{name: changed(table, 0, amount)}).verify()
        if len(certificate.prices):
            with pytest.raises(CertificateError):
                replace(certificate, prices=changed(certificate.prices, 0, -certificate.prices[0] - 1)).verify()
        tight = replace(certificate, budgets=RationalArray.from_fractions(certificate.budgets.fractions() - 1))
        if len(certificate.budgets):
            with pytest.raises(CertificateError):
                tight.verify()


def test_accepted_evidence_proves_true_bounds() -> None:
    """Evidence changed at random: whatever is accepted is true, by an evaluation in floats."""
    rng = np.random.default_rng(0)
    found = channel_capacity(symmetric("11/100"), unit="nats")
    truth = (1 - binary_entropy(0.11)) * math.log(2)
    accepted = 0
    for _ in range(100):
        p = F(int(rng.integers(0, 101)), 100)
        low, high = (F(round((truth + d) * 10**4), 10**4) for d in (-rng.random() * 0.05, rng.random() * 0.05))
        certificate = replace(found.certificate, inputs=RationalArray.from_fractions([p, 1 - p]), lower=low, upper=high)
        share = np.array([float(p), 1 - float(p)])
        each = divergences(symmetric("11/100"), share @ np.array(symmetric("11/100"), dtype=float)) * math.log(2)
        expected = float(low) <= share @ each and each.max() <= float(high)
        try:
            assert certificate.verify()
            accepted += 1
            assert expected
            assert float(low) <= truth <= float(high)
        except CertificateError:
            assert not expected
    assert accepted


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("kind", "distorted"),
        ("channels", {}),
        ("inputs", {"shape": [3], "entries": {"denominator": "2", "numerators": [1, 1]}}),
        ("inputs", {"shape": "2", "entries": {"denominator": "2", "numerators": [1, 1]}}),
        ("lower", 0.5),
    ],
)
def test_malformed_certificates(key: str, value: Any) -> None:
    data = results()[0].certificate.to_dict()
    with pytest.raises(SpecificationError):
        read_certificate({**data, key: value})
    with pytest.raises(SpecificationError):
        read_certificate({k: v for k, v in data.items() if k != key})


@pytest.mark.slow
def test_larger_programmes_stay_tight() -> None:
    rng = np.random.default_rng(1)
    capacity = channel_capacity(rng.dirichlet(np.full(60, 0.3), 60), unit="bits")
    source, distortion = rng.dirichlet(np.ones(24)), rng.random((24, 24)) * (1 - np.eye(24))
    rate = rate_distortion_function(source, distortion, 0.15, unit="bits")
    filtered = least_capacity_sanitiser(distortion, 0.3, per="symbol", unit="bits")
    for found in (capacity, rate, filtered):
        assert found.upper - found.lower < 1e-9
        assert found.certificate.verify()


@pytest.mark.parametrize("seed", range(12))
def test_degenerate_programmes(seed: int) -> None:
    """Zeros, ties, symbols that never occur, outputs out of reach, limits without slack: bounds meet, evidence holds."""
    rng = np.random.default_rng(seed)
    n, m = (int(k) for k in rng.integers(1, 6, 2))
    distortion = rng.integers(0, 4, (n, m))
    weights = rng.integers(0, 4, n)
    weights[0] += 1
    source = [F(int(w), int(weights.sum())) for w in weights]
    least = sum((p * int(d) for p, d in zip(source, distortion.min(axis=1), strict=True)), F(0))
    limits = [int(d) + F(int(rng.integers(0, 4)), 5) for d in distortion.min(axis=1)]
    found = [
        rate_distortion_function(source, distortion, least + F(int(rng.integers(0, 5)), 7), unit="bits"),
        least_capacity_sanitiser(distortion, limits, per="symbol", unit="bits"),
        least_capacity_sanitiser(distortion, least + F(1, 3), per="average", unit="bits", prior=source),
    ]
    for rate in found:
        assert rate.upper - rate.lower < 1e-9
        assert rate.certificate.verify()
        table: Any = rate.channel
        assert float(channel_capacity(table, unit="bits")) >= rate.lower - 1e-9


def test_programmes_at_which_steps_jam() -> None:
    """Complementarity ran ahead of feasibility on these two."""
    table = [[1, 3, 0, 3, 1], [1, 0, 3, 0, 3], [0, 0, 0, 2, 2], [0, 0, 1, 0, 2], [3, 1, 1, 2, 1], [0, 0, 2, 3, 2]]
    limits = ["3/5", "1/5", 0, "2/5", "7/5", "3/5"]
    found = least_capacity_sanitiser(table, limits, per="symbol", unit="nats")
    assert found.upper - found.lower < 1e-9
    prior = ["3/8", "1/4", "3/8"]
    other = least_capacity_sanitiser([[2, 1], [2, 2], [0, 3]], "65/56", per="average", unit="nats", prior=prior)
    assert other.upper - other.lower < 1e-9
