"""Bidding rings against brute force, closed forms, and the game of bidding."""

from __future__ import annotations

import itertools
import json
import random
from fractions import Fraction
from typing import Any

import pytest

from gametheory.collusion import ring_bidding
from gametheory.collusion.bidding_rings import AWAY
from gametheory.errors import SpecificationError
from gametheory.mechanisms import Auction, Environment, expected_revenue, truthful_bidding


def uniform(m: int, n: int = 2) -> Environment:
    return Environment.single_item([[f"{k}/{m}" for k in range(1, m + 1)]] * n, priors=[[f"1/{m}"] * m] * n)


def second_price(environment: Environment, reserve: Any) -> Auction:
    bids = sorted(
        {Fraction(0), Fraction(reserve), *(x for i in range(2) for x in environment.item_values(i).fractions())}
    )
    return Auction(environment, bids=bids, payment="second price", ties="even", reserve=reserve)


# -- an oracle that shares no code: one sale after the other -----------------------------------------------------------------


def sale(bids: dict[int, Fraction], payment: str, ties: str, reserve: Fraction, units: int) -> list[tuple[Any, Any]]:
    """Equally likely (winners, what each bidder pays) of one auction, by orders of arrival of equal bids."""
    serious = {i: b for i, b in bids.items() if b >= reserve}
    orders = itertools.permutations(sorted(serious)) if ties == "even" else [tuple(sorted(serious))]
    results = []
    for order in orders:
        ranked = sorted(order, key=lambda i: -serious[i])  # stable: earlier in the order wins a tie
        winners, losers = ranked[:units], ranked[units:]
        price = max([reserve, *(serious[i] for i in losers)])
        results.append((set(winners), {i: serious[i] if payment == "first price" else price for i in winners}))
    return results


def by_hand(auction: Auction, honest: Any, ring: list[int], ties: str) -> tuple[Fraction, Fraction]:
    """Revenue and surplus against a ring."""
    environment, n = auction.environment, auction.num_bidders
    rest = [i for i in range(n) if i not in ring]
    prior, values = environment.prior.fractions(), auction.values
    total, gained = Fraction(0), Fraction(0)
    sizes = environment.num_types
    for true in itertools.product(*(range(sizes[i]) for i in ring)):
        scored = []
        for plan in itertools.product([None, *auction.bids], repeat=len(ring)):
            surplus, revenue = Fraction(0), Fraction(0)
            for others in itertools.product(*(range(sizes[i]) for i in rest)):
                types = dict(zip(ring, true, strict=True)) | dict(zip(rest, others, strict=True))
                chance = prior[tuple(types[i] for i in range(n))]
                bids = {i: b for i, b in zip(ring, plan, strict=True) if b is not None}
                bids |= {i: auction.bids[honest[i][k]] for i, k in zip(rest, others, strict=True)}
                results = sale(bids, auction.payment, auction.ties, auction.reserve, auction.num_units)
                for winners, paid in results:
                    share = chance / len(results)
                    revenue += share * sum(paid.values())
                    surplus += share * sum(values[i][types[i]] - paid[i] for i in ring if i in winners)
            scored.append((surplus, revenue))
        most = max(surplus for surplus, _ in scored)
        gained += most
        total += (min if ties == "ring" else max)(revenue for surplus, revenue in scored if surplus == most)
    return total, gained


@pytest.mark.parametrize("seed", range(40))
def test_against_every_sale_by_hand(seed: int) -> None:
    rng = random.Random(seed)
    n = rng.choice([2, 2, 3])
    sizes = [rng.randint(1, 2 if n == 3 else 3) for _ in range(n)]
    values = [sorted(rng.sample([Fraction(k, 2) for k in range(7)], m)) for m in sizes]
    weights = [rng.randint(0, 3) for _ in range(1000)]
    profiles = list(itertools.product(*map(range, sizes)))
    weights = weights[: len(profiles)]
    weights[0] += 1
    prior = [Fraction(w, sum(weights)) for w in weights]
    table: Any = prior
    for m in reversed(sizes[1:]):
        table = [table[k : k + m] for k in range(0, len(table), m)]
    environment = Environment.single_item(values, prior=table)
    bids = sorted({Fraction(0), *(Fraction(rng.randint(0, 6), 2) for _ in range(3))})
    auction = Auction(
        environment,
        bids=bids,
        payment=rng.choice(["first price", "second price"]),
        ties=rng.choice(["even", "lowest index"]),
        reserve=rng.choice([Fraction(0), Fraction(1, 2), Fraction(1)]),
        num_units=rng.randint(1, n),
    )
    honest = [[rng.randrange(len(bids)) for _ in range(m)] for m in sizes]
    ring = sorted(rng.sample(range(n), rng.randint(1, n)))
    for ties in ("ring", "seller"):
        found = ring_bidding(auction, honest, ring, ties=ties)
        assert (found.revenue, found.surplus) == by_hand(auction, honest, ring, ties)
        assert found.honest_revenue == expected_revenue(auction, honest)
        assert found.gain >= 0


@pytest.mark.parametrize("m", [2, 3, 5, 7])
def test_a_ring_of_all_pays_the_reserve(m: int) -> None:
    """The strong cartel of McAfee and McMillan (1992): it buys at the reserve where its highest value is above it."""
    environment = uniform(m)
    for k in range(1, m + 1):
        reserve = Fraction(k, m)
        auction = second_price(environment, reserve)
        assert ring_bidding(auction, ties="seller").revenue == reserve * (1 - Fraction(k - 1, m) ** 2)
        assert ring_bidding(auction, ties="ring").revenue == reserve * (1 - Fraction(k, m) ** 2)
    assert ring_bidding(second_price(environment, 0)).revenue == 0


def test_one_bidder_alone_gains_nothing_in_a_second_price_auction() -> None:
    auction = second_price(uniform(3), "2/3")
    for i in range(2):
        assert ring_bidding(auction, members=[i]).gain == 0
    assert ring_bidding(auction).honest_revenue == Fraction(17, 27)


def test_first_price_rings_shade_to_the_lowest_bid_that_wins() -> None:
    auction = Auction(uniform(2), bids=[0, "1/4", "1/2", 1], payment="first price", ties="even", reserve="1/4")
    found = ring_bidding(auction, [(1, 2), (1, 2)])
    assert found.revenue == Fraction(1, 4)
    assert all(sorted(bids) in (["1/4", AWAY], ["0", "1/4"], ["1/4", "1/4"]) for _, bids in found.plans)


def test_displays_and_mistakes() -> None:
    auction = second_price(uniform(2), "1/2")
    found = ring_bidding(auction)
    assert "exact" in repr(found)
    assert "<table>" in found._repr_html_()
    assert json.loads(json.dumps(found.to_dict()))["revenue"] == "3/8"
    assert next(iter(found.to_frame().columns)) == "agent 1's type"
    assert (float(found), found.loss) == (0.375, Fraction(5, 8) - Fraction(3, 8))
    for wrong in ({"members": []}, {"members": ["nobody"]}, {"ties": "even"}):
        with pytest.raises(SpecificationError):
            ring_bidding(auction, **wrong)
    for bidding in ([(0,), (0, 1)], [(0, 9), (0, 1)]):
        with pytest.raises(SpecificationError, match="bidding"):
            ring_bidding(auction, bidding)
    assert ring_bidding(auction, truthful_bidding(auction)) == found


def test_units_are_passed_on_between_sets_of_winners() -> None:
    from gametheory.collusion import item_moves
    from gametheory.mechanisms import units_environment

    three = uniform(2, 3)
    outcomes = units_environment(three, 2).outcomes
    moves = {(members, outcomes[a], outcomes[b]) for members, a, b in item_moves(three, num_units=2)}
    assert ((0, 2), "agent 1 and agent 2", "agent 2 and agent 3") in moves
    assert ((0, 1), "agent 1", "agent 2") in moves
    assert len(moves) == 12


def test_ladders_without_side_payments() -> None:
    """A ring that lies only where every member gains costs no more than one that lies where one gains."""
    from gametheory.collusion import price_of_collusion_in_mechanism
    from gametheory.mechanisms import DominantStrategyIC, ExPostParticipation

    correlated = Environment.single_item([[1, 2]] * 2, prior=[["3/8", "1/8"], ["1/8", "3/8"]])
    for environment in (uniform(2), correlated):
        strict = [DominantStrategyIC(), ExPostParticipation()]
        values = [
            price_of_collusion_in_mechanism(environment, constraints=strict, blocking=rule, payment_bound=4).values
            for rule in ("transfer", "any", "all")
        ]
        assert values[0][0] == values[1][0] == values[2][0]
        assert all(a >= b for a, b in zip(values[2], values[1], strict=True))
        assert all(ladder[0] >= ladder[1] >= ladder[2] for ladder in values)
    interim = price_of_collusion_in_mechanism(correlated, blocking="all", payment_bound=4)
    named = [rung.design.name for rung in interim.rungs]
    assert all("limited liability" in name for name in named)
    no_money = price_of_collusion_in_mechanism(uniform(2), "welfare", transfers=False, blocking="all")
    assert no_money.rungs[0].design.value >= no_money.rungs[-1].design.value
