"""The auction of highest revenue in closed form against linear programmes: the package's and one written by hand."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from oracles.auctions import ring_revenue

from gametheory.audit.evidence import row_builders
from gametheory.certificates import verify_certificate
from gametheory.errors import SpecificationError, UnsupportedError
from gametheory.mechanisms import (
    BayesianIC,
    Environment,
    InterimParticipation,
    is_incentive_compatible,
    is_individually_rational,
    optimal_mechanism,
)
from gametheory.mechanisms.auctions import optimal_auction, optimal_revenue, units_environment
from gametheory.mechanisms.ironing import virtual_values

ALONE = [BayesianIC(), InterimParticipation()]


def random_bidders(rng: np.random.Generator, most_agents: int = 3, most_types: int = 4) -> Environment:
    n = int(rng.integers(1, most_agents + 1))
    values, priors = [], []
    for _ in range(n):
        m = int(rng.integers(1, most_types + 1 if n < 3 else 3))
        values.append(rng.choice(20, size=m, replace=False).tolist())  # in no order
        weights = rng.integers(1, 9, size=m).tolist()
        priors.append([Fraction(w, sum(weights)) for w in weights])
    return Environment.single_item(values, priors=priors)


def uniform(m: int, n: int = 2) -> Environment:
    return Environment.single_item([[f"{k}/{m}" for k in range(1, m + 1)]] * n, priors=[[f"1/{m}"] * m] * n)


def is_ironed(environment: Environment) -> bool:
    for i in range(environment.num_agents):
        pairs = sorted(
            zip(
                environment.item_values(i).fractions().tolist(),
                environment.type_probabilities(i).fractions().tolist(),
                strict=True,
            )
        )
        values, chances = [v for v, _ in pairs], [p for _, p in pairs]
        if virtual_values(values, chances) != virtual_values(values, chances, ironed=False):
            return True
    return False


@pytest.mark.parametrize(("m", "value"), [(2, "3/4"), (3, "2/3"), (5, "71/125"), (7, "180/343"), (10, "49/100")])
def test_two_uniform_bidders(m: int, value: str) -> None:
    environment = uniform(m)
    design = optimal_auction(environment)
    assert design.value == optimal_revenue(environment) == Fraction(value)
    if m <= 5:
        values = [[k / m for k in range(1, m + 1)]] * 2
        prior = np.full((m, m), 1 / m**2)
        by_hand = ring_revenue(values, prior, individual=True, ring="none", participation=False, reallocation=False)
        assert by_hand == pytest.approx(float(design.value), abs=1e-9)


def test_the_revenue_falls_to_five_twelfths() -> None:
    assert float(optimal_revenue(uniform(400))) == pytest.approx(0.418540625, abs=1e-12)
    assert 0 < float(optimal_revenue(uniform(400))) - 5 / 12 < 0.002


def test_the_closed_form_is_the_optimum_of_the_programme() -> None:
    """200 random auctions, some of them with ironing: one certificate by hand, one from a solver, one number."""
    rng = np.random.default_rng(31)
    ironed = 0
    for k in range(200):
        environment = random_bidders(rng)
        design = optimal_auction(environment, ties=("even", "lowest index")[k % 2])
        solved = optimal_mechanism(environment, "revenue", ALONE)
        assert design.value == solved.value == optimal_revenue(environment)
        assert design.certificate.value == design.decision.revenue == design.value
        ironed += is_ironed(environment)
    assert ironed > 25


def test_truth_is_dominant_and_nobody_regrets_taking_part() -> None:
    rng = np.random.default_rng(32)
    for k in range(40):
        environment = random_bidders(rng)
        units = int(rng.integers(1, environment.num_agents + 1))
        mechanism = optimal_auction(environment, num_units=units, ties=("even", "lowest index")[k % 2]).decision
        assert is_incentive_compatible(mechanism, incentives="dominant")
        assert is_individually_rational(mechanism, stage="ex post")


def test_several_units_against_the_programme() -> None:
    rng = np.random.default_rng(33)
    for _ in range(25):
        environment = random_bidders(rng, most_types=3)
        units = int(rng.integers(1, environment.num_agents + 1))
        design = optimal_auction(environment, num_units=units)
        sold = units_environment(environment, units)
        solved = optimal_mechanism(sold, "revenue", ALONE, form="ex post")
        assert design.value == solved.value == optimal_revenue(environment, num_units=units)


def test_enough_units_are_sold_one_by_one_at_the_reserve() -> None:
    environment = uniform(4, 3)
    alone = Environment.single_item([["1/4", "1/2", "3/4", 1]], priors=[["1/4"] * 4])
    assert optimal_revenue(environment, num_units=3) == 3 * optimal_revenue(alone) == 3 * Fraction(3, 8)


def test_prices_are_derivatives_of_the_revenue() -> None:
    """With an outside option of ε for the lowest type the revenue falls by the price of its participation."""
    rng = np.random.default_rng(34)
    for _ in range(10):
        environment = random_bidders(rng, most_agents=2, most_types=3)
        design = optimal_auction(environment)
        values = environment.item_values(0).fractions().tolist()
        low = values.index(min(values))
        share = environment.type_probabilities(0)[low]
        step = Fraction(1, 1000)
        outside = [[step if (i, k) == (0, low) else 0 for k in range(m)] for i, m in enumerate(environment.num_types)]
        moved = Environment.private_values(
            [table.fractions() for table in environment.valuations],
            prior=environment.prior.fractions(),
            outside=outside,
        )
        price = design.binding[f"agent 1 takes part at {environment.types[0][low]}"]
        fell = optimal_mechanism(moved, "revenue", ALONE).value - design.value
        assert fell <= price * share * step  # weak duality; an equality while the dual stays optimal
        assert price == -1 / share


def test_the_certificate_is_rebuilt_by_a_stranger() -> None:
    for units in (1, 2):
        design = optimal_auction(uniform(3), num_units=units)
        assert verify_certificate(design.certificate, row_builders=row_builders()).status == "verified"


def test_what_the_theorem_needs_is_asked_for() -> None:
    correlated = Environment.single_item([[1, 2]] * 2, prior=[["3/8", "1/8"], ["1/8", "3/8"]])
    with pytest.raises(UnsupportedError, match="optimal_mechanism"):
        optimal_auction(correlated)
    never = Environment.single_item([[1, 2]], priors=[[1, 0]])
    with pytest.raises(SpecificationError, match="do not occur"):
        optimal_auction(never)
    chosen = Environment.private_values([[[0, 0], [1, 3]]], priors=[["1/2", "1/2"]])
    with pytest.raises(UnsupportedError, match="item"):
        units_environment(chosen, 1)
    with pytest.raises(SpecificationError, match="num_units"):
        optimal_auction(uniform(2), num_units=3)
    with pytest.raises(SpecificationError, match="ties"):
        optimal_auction(uniform(2), ties="random")
