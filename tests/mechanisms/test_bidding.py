"""Auctions as games: regrets against a profile-by-profile oracle, truthful bidding, equilibria, revenue."""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
import pytest
from oracles.auctions import bidding_gain

from gametheory.equilibria.bayesian import pure_bayes_nash_equilibria
from gametheory.errors import SolverError, SpecificationError, UnsupportedError
from gametheory.mechanisms import Environment
from gametheory.mechanisms.bidding import (
    Auction,
    bidding_regret,
    expected_revenue,
    symmetric_bidding_equilibria,
    truthful_bidding,
)


def uniform(m: int, n: int = 2) -> Environment:
    return Environment.single_item([[f"{k}/{m}" for k in range(1, m + 1)]] * n, priors=[[f"1/{m}"] * m] * n)


@pytest.mark.parametrize("payment", ["first price", "second price"])
def test_regret_is_that_of_the_oracle(payment: str) -> None:
    rng = np.random.default_rng(3)
    positive = 0
    for _ in range(40):
        n, m = int(rng.integers(1, 4)), int(rng.integers(1, 4))
        values = [sorted(rng.choice(9, size=m, replace=False).tolist()) for _ in range(n)]
        weights = rng.integers(0, 5, size=(m,) * n) + (rng.random((m,) * n) < 0.2)
        weights[(0,) * n] += 1
        prior = np.array([Fraction(int(w), int(weights.sum())) for w in weights.flat], dtype=object).reshape(
            weights.shape
        )
        grid = [Fraction(b, 2) for b in sorted(rng.choice(18, size=4, replace=False).tolist())]
        reserve = Fraction(int(rng.integers(0, 8)), 2)
        plan = tuple(tuple(rng.integers(0, 4, size=m).tolist()) for _ in range(n))
        auction = Auction(
            Environment.single_item(values, prior=prior), bids=grid, payment=payment, ties="even", reserve=reserve
        )
        bids = [[grid[b] for b in own] for own in plan]
        expected = bidding_gain(values, prior, bids, grid, payment=payment, reserve=reserve)
        assert bidding_regret(auction, plan) == expected
        positive += expected > 0
    assert positive > 20


@pytest.mark.parametrize("ties", ["even", "lowest index"])
@pytest.mark.parametrize("units", [1, 2, 3])
def test_truth_is_dominant_where_the_price_is_the_highest_losing_bid(ties: str, units: int) -> None:
    """Vickrey 1961: with one unit each, no bid is ever better than one's value, whatever the others do."""
    environment = uniform(3, 3)
    auction = Auction(
        environment, bids=["0", "1/3", "2/3", "1"], payment="second price", ties=ties, reserve="1/3", num_units=units
    )
    game = auction.game()
    payoffs = game.payoffs
    truth = truthful_bidding(auction)
    for i in range(3):
        for types in environment.profiles():
            for others in itertools.product(range(4), repeat=2):

                def earned(b: int, i: int = i, types: tuple = types, others: tuple = others) -> Fraction:
                    return payoffs[(i, *types, *others[:i], b, *others[i:])]

                assert all(earned(b) <= earned(truth[i][types[i]]) for b in range(4))


def test_truth_is_regretted_where_winners_pay_their_bid() -> None:
    auction = Auction(uniform(3), bids=["0", "1/3", "2/3", "1"], payment="first price", ties="even")
    assert bidding_regret(auction, truthful_bidding(auction)) > 0


def test_symmetric_equilibria_are_those_among_all_pure_ones() -> None:
    for m, payment in itertools.product((1, 2), ("first price", "second price")):
        auction = Auction(uniform(m), bids=["0", "1/4", "1/2", "1"], payment=payment, ties="even")
        found = symmetric_bidding_equilibria(auction)
        every = [member.profile for member in pure_bayes_nash_equilibria(auction.game())]
        expected = {p[:m] for p in every if p[:m] == p[m:] and list(p[:m]) == sorted(p[:m])}
        assert found
        assert set(found) == expected


def test_revenue_equivalence_up_to_the_grid() -> None:
    """Uniform values on {1/3, 2/3, 1}: first-price equilibria bring about what truthful second-price bids bring."""
    grid = [Fraction(k, 12) for k in range(13)]
    first = Auction(uniform(3), bids=grid, payment="first price", ties="even")
    second = Auction(uniform(3), bids=grid, payment="second price", ties="even")
    vickrey = expected_revenue(second, truthful_bidding(second))
    assert vickrey == Fraction(14, 27)  # E min{v_1, v_2} = (1/3)(1 + (2/3)² + (1/3)²)
    revenues = [expected_revenue(first, (function,) * 2) for function in symmetric_bidding_equilibria(first)]
    assert len(revenues) == 6
    assert max(abs(revenue - vickrey) for revenue in revenues) < Fraction(1, 8)
    assert min(abs(revenue - vickrey) for revenue in revenues) == Fraction(1, 108)


def test_a_finite_first_price_auction_may_have_no_symmetric_pure_equilibrium() -> None:
    grid = [Fraction(k, 12) for k in range(13)]
    assert symmetric_bidding_equilibria(Auction(uniform(4), bids=grid, payment="first price", ties="even")) == ()


def test_mixed_bidding_has_the_average_revenue() -> None:
    auction = Auction(uniform(2), bids=["0", "1/2", "1"], payment="first price", ties="lowest index")
    half = [Fraction(1, 2), Fraction(0), Fraction(1, 2)]
    mixed = expected_revenue(auction, [[half, 1], [0, 0]])
    pure = [expected_revenue(auction, [[b, 1], [0, 0]]) for b in (0, 2)]
    assert mixed == sum(pure) / 2


def test_a_reserve_shuts_lower_bids_out() -> None:
    auction = Auction(uniform(2), bids=["0", "1/2", "1"], payment="second price", ties="even", reserve=1)
    assert auction.shares_and_payments((1, 0)) == ((0, 0), (0, 0))
    assert auction.shares_and_payments((2, 2)) == ((Fraction(1, 2),) * 2, (Fraction(1, 2),) * 2)


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"bids": []}, "bids"),
        ({"bids": [1, 0]}, "bids"),
        ({"bids": [-1, 0]}, "bids"),
        ({"payment": "third price"}, "payment"),
        ({"ties": "random"}, "ties"),
        ({"reserve": -1}, "reserve"),
        ({"num_units": 3}, "num_units"),
    ],
)
def test_malformed_auctions_are_refused(change: dict, place: str) -> None:
    with pytest.raises(SpecificationError, match=place):
        Auction(uniform(2), **({"bids": [0, 1], "payment": "first price", "ties": "even"} | change))


def test_only_items_are_auctioned() -> None:
    chosen = Environment.private_values([[[0, 0], [1, 3]]], priors=[["1/2", "1/2"]])
    with pytest.raises(UnsupportedError, match="single_item"):
        Auction(chosen, bids=[0], payment="first price", ties="even")


def test_values_below_the_grid_and_limits_are_told() -> None:
    auction = Auction(uniform(2), bids=["3/4", 1], payment="first price", ties="even")
    with pytest.raises(SpecificationError, match="lowest"):
        truthful_bidding(auction)
    with pytest.raises(SolverError, match="time limit"):
        symmetric_bidding_equilibria(auction, time_limit=0)
