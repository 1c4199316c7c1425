"""Groves mechanisms: efficiency, dominant strategies, budgets; expected externalities; public goods."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from gametheory.errors import SpecificationError, UnsupportedError
from gametheory.mechanisms import Environment
from gametheory.mechanisms.groves import (
    efficient_outcomes,
    expected_externality_mechanism,
    groves_mechanism,
    mechanism_budget,
    pivotal_mechanism,
)
from gametheory.mechanisms.incentives import is_budget_balanced, is_incentive_compatible, is_individually_rational


def random_environment(rng: np.random.Generator, least: int = -4) -> Environment:
    n, outcomes = int(rng.integers(2, 4)), int(rng.integers(2, 4))
    sizes = rng.integers(1, 4, size=n).tolist()
    priors = []
    for m in sizes:
        weights = rng.integers(1, 5, size=m).tolist()
        priors.append([Fraction(w, sum(weights)) for w in weights])
    return Environment.private_values([rng.integers(least, 6, size=(outcomes, m)) for m in sizes], priors=priors)


def test_groves_mechanisms_are_efficient_and_truth_is_dominant() -> None:
    rng = np.random.default_rng(11)
    for _ in range(60):
        environment = random_environment(rng)
        costs = rng.integers(0, 4, size=environment.num_outcomes).tolist()
        sizes = environment.num_types
        charges = [rng.integers(-3, 4, size=sizes[:i] + sizes[i + 1 :]) for i in range(len(sizes))]
        values = [environment.values(i).fractions() for i in range(len(sizes))]
        for mechanism in (
            groves_mechanism(environment, charges, costs=costs),
            pivotal_mechanism(environment, costs=costs),
        ):
            assert is_incentive_compatible(mechanism, incentives="dominant")
            for theta in environment.profiles():
                totals = [sum(v[(o, *theta)] for v in values) - costs[o] for o in range(environment.num_outcomes)]
                chosen = int(np.argmax(mechanism.allocation.fractions()[theta]))
                assert totals[chosen] == max(totals)
                assert chosen == efficient_outcomes(environment, costs=costs)[theta]


def test_pivotal_payments_are_what_presence_costs_the_others() -> None:
    rng = np.random.default_rng(12)
    for _ in range(40):
        environment = random_environment(rng, least=0)
        mechanism = pivotal_mechanism(environment)
        values = [environment.values(i).fractions() for i in range(environment.num_agents)]
        for theta in environment.profiles():
            chosen = int(efficient_outcomes(environment)[theta])
            for i in range(environment.num_agents):
                others = [
                    sum(v[(o, *theta)] for j, v in enumerate(values) if j != i) for o in range(environment.num_outcomes)
                ]
                assert mechanism.transfers[(i, *theta)] == max(others) - others[chosen] >= 0
        assert is_individually_rational(mechanism, stage="ex post")
        assert is_budget_balanced(mechanism, balance="weak")


def test_expected_externalities_balance_the_budget_exactly() -> None:
    """d'Aspremont and Gérard-Varet 1979: efficient, Bayesian incentive compatible, what is paid covers the costs everywhere."""
    rng = np.random.default_rng(13)
    not_dominant = 0
    for _ in range(60):
        environment = random_environment(rng)
        costs = rng.integers(0, 4, size=environment.num_outcomes).tolist()
        mechanism = expected_externality_mechanism(environment, costs=costs)
        assert is_incentive_compatible(mechanism, incentives="Bayesian")
        assert mechanism_budget(mechanism, costs=costs).balanced
        assert mechanism.exact_welfare() == pivotal_mechanism(environment, costs=costs).exact_welfare()
        not_dominant += is_incentive_compatible(mechanism, incentives="dominant").status == "no"
    assert not_dominant > 20


def test_a_public_good_of_two_runs_a_deficit() -> None:
    """Values 0 or 1, cost 1/2 … 1: where both are pivotal or neither, the pivotal mechanism collects less than the cost."""
    bridge = Environment.private_values([[[0, 0], [0, 1]]] * 2, priors=[["1/2", "1/2"]] * 2)
    cost = [0, Fraction(3, 2)]
    found = mechanism_budget(pivotal_mechanism(bridge, costs=cost), costs=cost)
    # Only (1, 1) builds; each pays 3/2 − 1 = 1/2, together 1 of 3/2.
    assert (found.expected, found.least, found.most, found.worst) == (
        Fraction(-1, 8),
        Fraction(-1, 2),
        0,
        ("type 2", "type 2"),
    )
    assert not found.balanced
    balanced = expected_externality_mechanism(bridge, costs=cost)
    assert mechanism_budget(balanced, costs=cost).balanced
    assert (
        is_individually_rational(balanced, stage="interim").status == "no"
    )  # and the lower type would rather stay out


def test_trade_between_two_needs_a_subsidy() -> None:
    """Costs 1 or 3, values 2 or 4: where all are kept in, efficient trade costs the designer (Myerson–Satterthwaite 1983)."""
    priors = [["1/2", "1/2"]] * 2
    trade = Environment.private_values(
        [[[0, 0], [-1, -3]], [[0, 0], [2, 4]]], priors=priors, outcomes=["keep", "trade"]
    )
    # The seller gets the value, the buyer pays the cost: the gain from trade is paid twice.
    groves = groves_mechanism(trade)
    assert is_individually_rational(groves, stage="ex post")
    gains = [max(value - cost, 0) for cost in (1, 3) for value in (2, 4)]
    assert mechanism_budget(groves).expected == -Fraction(sum(gains), 4)
    # The pivotal charge counts the other's value alone, so that the seller is charged for the buyer's loss and would leave.
    assert is_individually_rational(pivotal_mechanism(trade), stage="ex post").status == "no"


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"charges": [[0, 0]]}, "charges"),
        ({"charges": [[0, 0, 0], [0, 0]]}, r"charges\[0\]"),
        ({"charges": [[0, float("nan")], [0, 0]]}, r"charges\[0\]"),
        ({"costs": [1]}, "costs"),
        ({"costs": [0, True]}, r"costs\[1\]"),
    ],
)
def test_malformed_numbers_are_refused(change: dict, place: str) -> None:
    bridge = Environment.private_values([[[0, 0], [0, 1]]] * 2, priors=[["1/2", "1/2"]] * 2)
    with pytest.raises(SpecificationError, match=place):
        groves_mechanism(bridge, **change)


def test_what_the_theorems_need_is_asked_for() -> None:
    correlated = Environment.single_item([[1, 2]] * 2, prior=[["3/8", "1/8"], ["1/8", "3/8"]])
    with pytest.raises(UnsupportedError, match="independent"):
        expected_externality_mechanism(correlated)
    common = Environment.interdependent([np.ones((2, 2, 2), dtype=int)] * 2, priors=[["1/2", "1/2"]] * 2)
    with pytest.raises(UnsupportedError, match="private"):
        pivotal_mechanism(common)
