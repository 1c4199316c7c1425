"""Divergences against decimal arithmetic, the inequalities between them, and stealth within a budget from both sides."""

from __future__ import annotations

import dataclasses
import itertools
import math
from decimal import Decimal, localcontext
from fractions import Fraction as F

import numpy as np
import pytest
from scipy.optimize import linprog, minimize_scalar

from gametheory.certificates.elementary import Bracket
from gametheory.errors import CertificateError, SpecificationError
from gametheory.information import (
    Channel,
    bhattacharyya_coefficient,
    chi_squared_divergence,
    entropy,
    hellinger_distance,
    jensen_shannon_divergence,
    kullback_leibler_divergence,
    largest_expectation,
    mutual_information,
    renyi_divergence,
    total_variation,
)

P = ["0.5", "0.25", "0.15", "0.07", "0.03"]
R = [0, 1, 2, 4, 10]


def some_laws(count: int, size: int, seed: int, *, zeros: bool = False) -> list[list[F]]:
    rng = np.random.default_rng(seed)
    laws = []
    while len(laws) < count:
        weights = rng.integers(0 if zeros else 1, 12, size=size)
        if weights.sum():
            laws.append([F(int(w), int(weights.sum())) for w in weights])
    return laws


def decimal(x: F) -> Decimal:
    return Decimal(x.numerator) / Decimal(x.denominator)


def holds(bracket: Bracket, value: Decimal) -> bool:
    return bracket.exact_lower <= F(value) <= bracket.exact_upper and bracket.width < 1e-33


def test_brackets_hold_the_value_at_sixty_digits() -> None:
    laws = some_laws(20, 4, 3)
    with localcontext() as context:
        context.prec = 60
        slack = Decimal(10) ** -50
        for q, p in itertools.pairwise(laws):
            terms = [(decimal(x), decimal(y)) for x, y in zip(q, p, strict=True)]
            if q == p:
                continue
            kl = sum(x * (x / y).ln() for x, y in terms)
            assert holds(kullback_leibler_divergence(q, p, unit="nats"), kl)
            assert holds(kullback_leibler_divergence(q, p, unit="bits"), kl / Decimal(2).ln())
            assert holds(entropy(q, unit="nats"), -sum(x * x.ln() for x, _ in terms) + slack * 0)
            for order in (F(1, 3), F(1, 2), F(2), F(7, 2)):
                a = decimal(order)
                value = sum((a * x.ln() + (1 - a) * y.ln()).exp() for x, y in terms).ln() / (a - 1)
                assert holds(renyi_divergence(q, p, order=order, unit="nats"), value)
            assert float(hellinger_distance(q, p)) == pytest.approx(
                math.sqrt(1 - float(bhattacharyya_coefficient(q, p))), rel=1e-9
            )


def test_known_values() -> None:
    assert float(entropy(["1/2", "1/4", "1/8", "1/8"], unit="bits")) == 1.75
    assert total_variation([1, 0], [0, 1]) == 1
    assert chi_squared_divergence([0, 1], [1, 0]) == math.inf
    assert kullback_leibler_divergence([1, 0], [0, 1], unit="bits").exact_lower == math.inf
    assert renyi_divergence([1, 0], ["1/4", "3/4"], order=0, unit="bits").upper == pytest.approx(2)
    assert float(jensen_shannon_divergence([1, 0], [0, 1], unit="bits")) == 1
    assert total_variation([0.5, 0.5], ["1/4", "3/4"]) == 0.25
    assert isinstance(total_variation([0.5, 0.5], ["1/4", "3/4"]), float)
    # 1 − h(e^ε/(1 + e^ε)) at ε = ½, 1, 2: the capacities of randomised response
    for epsilon, bits in ((0.5, 0.0437), (1, 0.1601), (2, 0.4729)):
        x = 1 / (1 + math.exp(epsilon))
        value = mutual_information(["1/2", "1/2"], [[1 - x, x], [x, 1 - x]], unit="bits")
        assert float(value) == pytest.approx(bits, abs=5e-5)


def test_inequalities_between_divergences() -> None:
    """Pinsker, Bretagnolle–Huber, Le Cam, KL ≤ ln(1 + χ²), and Rényi divergences rise with the order."""
    for q, p in itertools.pairwise(some_laws(40, 4, 5, zeros=True)):
        tv = total_variation(q, p)
        kl = kullback_leibler_divergence(q, p, unit="nats")
        hellinger = F(1) - F(bhattacharyya_coefficient(q, p).exact_upper)
        assert hellinger <= tv
        assert tv**2 <= 1 - F(bhattacharyya_coefficient(q, p).exact_lower) ** 2
        if kl.exact_upper != math.inf:
            assert tv**2 <= F(kl.exact_upper) / 2
            assert float(tv) <= math.sqrt(1 - math.exp(-kl.upper)) + 1e-12
            assert kl.lower <= math.log1p(float(chi_squared_divergence(q, p))) + 1e-12
        orders = [0, F(1, 4), F(1, 2), 1, F(3, 2), 4, math.inf]
        values = [renyi_divergence(q, p, order=a, unit="nats") for a in orders]
        assert all(a.exact_lower <= b.exact_upper for a, b in itertools.pairwise(values))


def test_data_processing() -> None:
    """No divergence grows when both laws are seen through a channel."""
    rng = np.random.default_rng(11)
    for q, p in itertools.pairwise(some_laws(15, 4, 6)):
        table = rng.integers(1, 9, size=(4, 3))
        channel = Channel([[F(int(x), int(row.sum())) for x in row] for row in table])
        seen_q, seen_p = channel.output_distribution(q), channel.output_distribution(p)
        assert total_variation(seen_q, seen_p) <= total_variation(q, p)
        assert chi_squared_divergence(seen_q, seen_p) <= chi_squared_divergence(q, p)
        after = kullback_leibler_divergence(seen_q, seen_p, unit="nats")
        assert after.exact_lower <= kullback_leibler_divergence(q, p, unit="nats").exact_upper
        assert bhattacharyya_coefficient(seen_q, seen_p).exact_upper >= bhattacharyya_coefficient(q, p).exact_lower
        prior = ["1/4"] * 4
        once = mutual_information(prior, channel, unit="bits")
        twice = mutual_information(prior, channel.cascade(Channel([[1, 0], [0, 1], ["1/2", "1/2"]])), unit="bits")
        assert twice.exact_lower <= once.exact_upper


def test_refusals() -> None:
    with pytest.raises(SpecificationError, match=r"p: found 3 probabilities; write 2"):
        total_variation([1, 0], [1, 0, 0])
    with pytest.raises(SpecificationError, match="order"):
        renyi_divergence([1, 0], ["1/2", "1/2"], order=-1, unit="bits")
    with pytest.raises(TypeError, match="unit"):
        entropy([1])  # type: ignore[call-arg]


# -- the most within a budget ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("divergence", "unit", "budget", "value", "price"),
    [
        ("kullback-leibler", "nats", "0.1", 2.17343936, 6.0636796),
        ("bhattacharyya", "nats", "0.025", 2.2994495, None),
    ],
)
def test_published_stealth(divergence: str, unit: str, budget: str, value: float, price: float | None) -> None:
    found = largest_expectation(R, P, divergence=divergence, budget=budget, unit=unit)  # type: ignore[arg-type]
    assert found.lower == pytest.approx(value, abs=5e-8)
    assert found.upper - found.lower < 1e-12
    assert found.verify()
    if price is not None:
        assert found.shadow_price == pytest.approx(price, abs=5e-7)


def test_a_binary_budget_by_bisection() -> None:
    """Two outcomes: the largest x with D(x‖½) ≤ ε bits solves 1 − h(x) = ε, so v = (1 − h⁻¹(1 − ε))/2 with r = (0, ½)."""
    for bits, value in ((0.01, 0.2794011944), (0.1, 0.3419903268), (0.5, 0.4449860678)):
        found = largest_expectation([0, 0.5], ["1/2", "1/2"], divergence="kullback-leibler", budget=bits, unit="bits")
        assert found.lower == pytest.approx(value, abs=1e-9)
        assert found.upper == pytest.approx(value, abs=1e-9)


DIVERGENCES = (
    ("kullback-leibler", "nats"),
    ("bhattacharyya", "nats"),
    ("squared hellinger", None),
    ("chi-squared", None),
    ("total variation", None),
)


def value_of(divergence: str, q: list[F], p: list[F]) -> F | float:
    if divergence == "kullback-leibler":
        return kullback_leibler_divergence(q, p, unit="nats").exact_upper
    if divergence == "chi-squared":
        return chi_squared_divergence(q, p)  # type: ignore[no-any-return]
    if divergence == "total variation":
        return total_variation(q, p)  # type: ignore[no-any-return]
    affinity = bhattacharyya_coefficient(q, p).exact_lower
    return 1 - affinity if divergence == "squared hellinger" else -math.log(affinity) if affinity else math.inf


@pytest.mark.parametrize(("divergence", "unit"), DIVERGENCES)
@pytest.mark.parametrize("budget", ["0", "1/1000", "1/20", "1/2", "1", "3"])
def test_bounds_meet_and_no_law_on_a_grid_passes_them(divergence: str, unit: str | None, budget: str) -> None:
    """Brute force over all laws with denominator 12 on three outcomes, baselines with zeros and ties in the rewards."""
    grid = [(F(i, 12), F(j, 12), F(12 - i - j, 12)) for i in range(13) for j in range(13 - i)]
    for p, r in (
        (["1/2", "3/10", "1/5"], [0, 1, 5]),
        (["1/2", "1/2", 0], [0, 1, 5]),
        (["9/10", "1/20", "1/20"], [-3, 2, 2]),
        ([1, 0, 0], [0, 0, 1]),
        (["1/3", "1/3", "1/3"], [4, 4, 4]),
        ([0, 1, 0], ["1/3", "-1/7", 2]),
    ):
        found = largest_expectation(r, p, divergence=divergence, budget=budget, unit=unit)  # type: ignore[arg-type]
        assert found.verify()
        assert found.exact_upper - found.exact_lower <= F(1, 10**9)
        baseline = [F(x) for x in p]
        rewards = [F(x) for x in r]
        for q in grid:
            if value_of(divergence, list(q), baseline) <= F(budget):
                assert sum(a * b for a, b in zip(rewards, q, strict=True)) <= found.exact_upper


def test_bounds_meet_on_random_instances() -> None:
    """Budgets from 1e-12 to hundreds, rewards of any size, baselines down to probabilities of 1e-30."""
    rng = np.random.default_rng(5)
    for trial in range(60):
        size = int(rng.integers(1, 7))
        p = rng.dirichlet(np.ones(size) * float(rng.choice([0.05, 1, 10])))
        r = rng.integers(-5, 6, size=size) if trial % 3 else rng.normal(size=size) * 10.0 ** int(rng.integers(-8, 8))
        budget = F(10) ** int(rng.integers(-12, 3)) * int(rng.integers(1, 9))
        for divergence, unit in DIVERGENCES:
            found = largest_expectation(r, p, divergence=divergence, budget=budget, unit=unit)  # type: ignore[arg-type]
            assert found.verify()
            assert float(found.exact_upper - found.exact_lower) <= 1e-9 * float(np.ptp(r))


def test_total_variation_is_the_linear_programme() -> None:
    rng = np.random.default_rng(4)
    for law in some_laws(20, 5, 8, zeros=True):
        rewards = [int(x) for x in rng.integers(-3, 4, size=5)]
        budget = F(int(rng.integers(0, 12)), 10)
        found = largest_expectation(rewards, law, divergence="total variation", budget=budget)
        p = np.array(law, dtype=float)
        above = np.hstack([np.eye(5), -np.eye(5)])
        rows = np.vstack([above, np.hstack([-np.eye(5), -np.eye(5)]), np.r_[np.zeros(5), np.full(5, 0.5)]])
        solved = linprog(
            np.r_[-np.array(rewards, dtype=float), np.zeros(5)],
            rows,
            np.r_[p, -p, float(budget)],
            [np.r_[np.ones(5), np.zeros(5)]],
            [1],
        )
        assert float(found.exact_lower) == pytest.approx(-solved.fun, abs=1e-9)
        assert found.exact_lower == found.exact_upper
        assert found.verify()


@pytest.mark.parametrize(("divergence", "unit"), DIVERGENCES)
def test_prices_are_derivatives_and_gains_are_concave(divergence: str, unit: str | None) -> None:
    def gain(budget: F) -> float:
        return largest_expectation(R, P, divergence=divergence, budget=budget, unit=unit).lower  # type: ignore[arg-type]

    step = F(1, 10**5)
    for budget in (F(1, 50), F(1, 10), F(1, 5)):
        price = largest_expectation(R, P, divergence=divergence, budget=budget, unit=unit).shadow_price  # type: ignore[arg-type]
        assert (gain(budget + step) - gain(budget - step)) / float(2 * step) == pytest.approx(price, rel=1e-4)
    values = [gain(F(k, 50)) for k in range(8)]
    assert all(a < b for a, b in itertools.pairwise(values))
    assert all(b - a > c - b - 1e-9 for (a, b), (_, c) in itertools.pairwise(itertools.pairwise(values)))


def test_the_square_root_law_of_covert_gain() -> None:
    """For a small budget δ the gain over the baseline is √(2 δ Var r) (Duchi, Glynn and Namkoong 2021)."""
    p = np.array([float(x) for x in P])
    mean = float(p @ R)
    spread = math.sqrt(float(p @ (np.array(R) - mean) ** 2))
    found = largest_expectation(R, P, divergence="kullback-leibler", budget="1e-8", unit="nats")
    assert (found.lower - mean) / (spread * math.sqrt(2e-8)) == pytest.approx(1, abs=2e-4)


def test_the_dual_minimised_by_another_optimiser() -> None:
    rewards = np.array([0.3, -1.0, 2.5, 0.9])
    p = np.array([0.4, 0.3, 0.1, 0.2])
    found = largest_expectation(rewards, p, divergence="kullback-leibler", budget=0.2, unit="nats")
    dual = minimize_scalar(
        lambda t: math.exp(t) * (0.2 + math.log(float(p @ np.exp(rewards / math.exp(t))))), bounds=(-5, 5)
    )
    assert found.arithmetic == "float"
    assert found.distribution.dtype == np.float64
    assert found.upper == pytest.approx(float(dual.fun), abs=1e-9)


def test_lies_about_a_budget_are_found() -> None:
    found = largest_expectation(R, P, divergence="kullback-leibler", budget="0.1", unit="nats")
    tiny = F(1, 10**9)
    for change in (
        {"exact_lower": found.exact_lower + tiny},
        {"exact_upper": found.exact_upper - tiny},
        {"price": found.price * 2},
        {"exact_budget": found.exact_budget - tiny},
        {"exact_baseline": found.exact_distribution},
    ):
        with pytest.raises(CertificateError):
            dataclasses.replace(found, **change).verify()


def test_budgets_that_mean_nothing_are_refused() -> None:
    for arguments, message in (
        ({"divergence": "kullback-leibler", "budget": 1}, "unit"),
        ({"divergence": "chi-squared", "budget": 1, "unit": "bits"}, "no unit"),
        ({"divergence": "total variation", "budget": -1}, "≥ 0"),
        ({"divergence": "renyi", "budget": 1}, "divergence"),
    ):
        with pytest.raises(SpecificationError, match=message):
            largest_expectation(R, P, **arguments)
    with pytest.raises(SpecificationError, match="5"):
        largest_expectation(R, ["1/2", "1/2"], divergence="total variation", budget=1)


def test_rewards_so_low_that_their_weights_are_no_floats() -> None:
    """Exponential weights of e^−1000 and less are no floats; the bounds hold all the same."""
    laws = ["1/2", "1/4", "1/4"]
    found = largest_expectation([1, 0, -(10**4)], laws, divergence="kullback-leibler", budget="0.6", unit="nats")
    assert found.verify()
    assert found.exact_upper - found.exact_lower < F(1, 10**9)
    assert 0 < found.exact_distribution[2] < F(1, 10**400)
