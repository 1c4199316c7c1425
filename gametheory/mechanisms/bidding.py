"""Sealed-bid auctions as games: what bidding functions earn, what they regret, and which are equilibria.

Bidder i has a value v_i(t_i) for one unit, types t are drawn from a prior, and all bid at once from a finite grid. Of the bids
that reach the reserve r the K highest win a unit each; tied bids at the margin share what is left evenly, or the bidder of
lowest index comes first. A winner pays

    its own bid (*first price*)   or   max{r, the highest losing bid} (*second price*; with K units, the uniform price).

That is a finite Bayesian game (:class:`~gametheory.games.BayesianGame`), in which every question about bidding is exact:
interim regrets, revenue, and equilibria, each checked against all bids of the grid.

References: W. Vickrey 1961, "Counterspeculation, auctions, and competitive sealed tenders", Journal of Finance 16; V. Krishna,
*Auction Theory*, chapters 2 and 3. Complexity: the payoff table has n · ∏ types · (number of bids)ⁿ entries. Limits: one
unit for each bidder, no budgets; bidders' values are their own.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations_with_replacement, pairwise, product
from typing import Any, Literal, final

import numpy as np

from gametheory.arithmetic import RationalArray, exact, exact_text
from gametheory.arithmetic.limits import check_count, check_seconds
from gametheory.arithmetic.reading import check_list
from gametheory.equilibria.bayesian import bayes_nash_regret
from gametheory.errors import SolverError, SpecificationError, UnsupportedError
from gametheory.games.bayesian import BayesianGame
from gametheory.games.behavioural import exact_behavioural_profile
from gametheory.games.memory import refuse_if_too_large
from gametheory.games.values import compared_by
from gametheory.mechanisms.environment import Environment

__all__ = [
    "Auction",
    "bidding_regret",
    "expected_revenue",
    "symmetric_bidding_equilibria",
    "truthful_bidding",
]

Payment = Literal["first price", "second price"]
TieRule = Literal["even", "lowest index"]
_MOST_FUNCTIONS = 100_000


@final
@compared_by("environment", "bids", "payment", "ties", "reserve", "num_units")
@dataclass(frozen=True, slots=True, eq=False, repr=False, init=False)
class Auction:
    """A sealed-bid auction on finitely many types and bids.

    Parameters
    ----------
    environment : Environment
        Of a single item: who bids, what one unit is worth to each type, and the prior.
    bids : sequence of rising numbers ≥ 0
        The grid, the same for all.
    payment : "first price" or "second price"
    ties : "even" or "lowest index"
        Tied bids at the margin share evenly, or the bidder of lowest index wins.
    reserve : number ≥ 0
        Bids below it never win.
    num_units : int, from 1 to n
        Units for sale, of which each bidder wants one.

    Raises
    ------
    SpecificationError
        Malformed input; the message names the place.
    UnsupportedError
        The environment is not one of a single item.

    Examples
    --------
    >>> from gametheory.mechanisms import Environment
    >>> two = Environment.single_item([["1/2", 1]] * 2, priors=[["1/2", "1/2"]] * 2)
    >>> auction = Auction(two, bids=["0", "1/4", "1/2", "1"], payment="second price", ties="even", reserve="1/2")
    >>> auction
    Auction(second price, 2 bidders, types 2×2, 4 bids, ties even, reserve 1/2)
    >>> bidding_regret(auction, truthful_bidding(auction)), str(expected_revenue(auction, truthful_bidding(auction)))
    (Fraction(0, 1), '5/8')
    """

    environment: Environment
    bids: tuple[Fraction, ...]
    payment: Payment
    ties: TieRule
    reserve: Fraction
    num_units: int

    def __init__(
        self,
        environment: Environment,
        *,
        bids: Sequence[Any],
        payment: Payment,
        ties: TieRule,
        reserve: Any = 0,
        num_units: int = 1,
    ) -> None:
        if not environment.item:
            raise UnsupportedError(f"{environment!r}: bids are for one item; make it with Environment.single_item")
        grid = tuple(exact(x, where=f"bids[{k}]") for k, x in enumerate(check_list("bids", bids)))
        if not grid or grid[0] < 0 or any(b <= a for a, b in pairwise(grid)):
            raise SpecificationError(f"bids: found {list(map(str, grid))}; write one or more rising numbers ≥ 0")
        if payment not in ("first price", "second price"):
            raise SpecificationError(f"payment: found {payment!r}; write 'first price' or 'second price'")
        if ties not in ("even", "lowest index"):
            raise SpecificationError(f"ties: found {ties!r}; write 'even' or 'lowest index'")
        least = exact(reserve, where="reserve")
        if least < 0:
            raise SpecificationError(f"reserve: found {least}; write a number ≥ 0")
        for name, value in (
            ("environment", environment),
            ("bids", grid),
            ("payment", payment),
            ("ties", ties),
            ("reserve", least),
            ("num_units", check_count("num_units", num_units, most=environment.num_agents)),
        ):
            object.__setattr__(self, name, value)

    @property
    def num_bidders(self) -> int:
        return self.environment.num_agents

    @property
    def num_types(self) -> tuple[int, ...]:
        return self.environment.num_types

    @property
    def values(self) -> tuple[tuple[Fraction, ...], ...]:
        """What a unit is worth to each type of each bidder."""
        return tuple(tuple(self.environment.item_values(i).fractions()) for i in range(self.num_bidders))

    def shares_and_payments(self, bids: Sequence[int]) -> tuple[tuple[Fraction, ...], tuple[Fraction, ...]]:
        """Expected units and expected payment of each bidder when they bid ``bids`` (indices into the grid)."""
        offered = [self.bids[b] for b in bids]
        order = sorted((i for i in range(len(bids)) if offered[i] >= self.reserve), key=lambda i: (-offered[i], i))
        won = dict.fromkeys(order[: self.num_units], Fraction(1))
        price = self.reserve
        if len(order) > self.num_units:
            margin = offered[order[self.num_units]]
            price = max(price, margin)
            if self.ties == "even":
                tied = [i for i in order if offered[i] == margin]
                inside = sum(1 for i in tied if i in won)
                won.update(dict.fromkeys(tied, Fraction(inside, len(tied))))
        shares = tuple(won.get(i, Fraction(0)) for i in range(len(bids)))
        paid = offered if self.payment == "first price" else [price] * len(bids)
        return shares, tuple(share * each for share, each in zip(shares, paid, strict=True))

    def game(self) -> BayesianGame:
        """The Bayesian game of bidding: a bidder's actions are the bids of the grid.

        Raises
        ------
        SpecificationError
            The payoff table would not fit in memory.
        """
        n, count = self.num_bidders, len(self.bids)
        refuse_if_too_large(n * math.prod(self.num_types) * count**n, 24, "the payoff table of the auction")
        values = self.values
        scale = math.lcm(
            *(x.denominator for v in values for x in v),
            *(b.denominator for b in self.bids),
            self.reserve.denominator,
        )
        sharing = math.lcm(*range(1, n + 1))  # expected units are multiples of 1 / (number of tied bidders)
        shares = np.zeros((n, *(count,) * n), dtype=object)
        payments = np.zeros_like(shares)
        for index in product(range(count), repeat=n):
            for i, (share, paid) in enumerate(zip(*self.shares_and_payments(index), strict=True)):
                shares[(i, *index)] = int(share * sharing)
                payments[(i, *index)] = int(paid * sharing * scale)
        payoffs = np.zeros((n, *self.num_types, *(count,) * n), dtype=object)
        for i in range(n):
            own = np.array([int(x * scale) for x in values[i]], dtype=object)
            place = [1] * (2 * n)
            place[i] = len(own)
            payoffs[i] = own.reshape(place) * shares[i] - payments[i]
        return BayesianGame(
            RationalArray.of_integers(payoffs, scale * sharing),
            self.environment.prior,
            self.environment.agents,
            self.environment.types,
            [[exact_text(b) for b in self.bids]] * n,
            title=repr(self),
        )

    def __repr__(self) -> str:
        types = "×".join(map(str, self.num_types))
        units = f", {self.num_units} units" if self.num_units > 1 else ""
        return (
            f"Auction({self.payment}, {self.num_bidders} bidders, types {types}{units}, {len(self.bids)} bids, "
            f"ties {self.ties}, reserve {exact_text(self.reserve)})"
        )


def truthful_bidding(auction: Auction) -> tuple[tuple[int, ...], ...]:
    """For each type of each bidder the highest bid of the grid that is no more than its value, as indices.

    Raises
    ------
    SpecificationError
        A value lies below every bid: give the grid a lower one, such as 0.

    Examples
    --------
    >>> from gametheory.mechanisms import Environment
    >>> environment = Environment.single_item([[1, 2], [3]], priors=[["1/2", "1/2"], [1]])
    >>> auction = Auction(environment, bids=[0, 1, 2], payment="first price", ties="even")
    >>> truthful_bidding(auction)
    ((1, 2), (2,))
    """
    values = auction.values
    if any(x < auction.bids[0] for v in values for x in v):
        raise SpecificationError(
            f"bids: the lowest is {auction.bids[0]}, above a value; give the grid a lower one, such as 0"
        )
    return tuple(tuple(sum(b <= x for b in auction.bids) - 1 for x in v) for v in values)


def bidding_regret(auction: Auction, bidding: Sequence[Sequence[Any]]) -> Fraction:
    """The largest interim gain of any type by another bid of the grid, exactly.

    Parameters
    ----------
    bidding : sequence of n entries
        For each bidder one entry for each type: a bid (index into the grid, or its text such as ``"1/4"``) or probabilities of
        all bids.

    Returns
    -------
    Fraction
        0 iff the bidding is a Bayes–Nash equilibrium.

    Examples
    --------
    Two bidders with values 1/2 and 1: in a first-price auction a bid of the value itself earns nothing.

    >>> from gametheory.mechanisms import Environment
    >>> two = Environment.single_item([["1/2", 1]] * 2, priors=[["1/2", "1/2"]] * 2)
    >>> first = Auction(two, bids=["0", "1/4", "1/2", "1"], payment="first price", ties="even")
    >>> str(bidding_regret(first, truthful_bidding(first)))
    '1/8'
    """
    return bayes_nash_regret(auction.game(), bidding)


def expected_revenue(auction: Auction, bidding: Sequence[Sequence[Any]]) -> Fraction:
    """What the seller expects from a bidding, exactly.

    Parameters
    ----------
    bidding : sequence of n entries
        As in :func:`bidding_regret`.
    """
    plans = exact_behavioural_profile(auction.game(), bidding)
    total = Fraction(0)
    paid: dict[tuple[int, ...], Fraction] = {}
    prior = auction.environment.prior.fractions()
    for types in auction.environment.profiles():
        if prior[types] == 0:
            continue
        supports = [np.flatnonzero(plans[i][k]).tolist() for i, k in enumerate(types)]
        for bids in product(*supports):
            if bids not in paid:
                paid[bids] = sum(auction.shares_and_payments(bids)[1], Fraction(0))
            chance = math.prod((plans[i][types[i]][b] for i, b in enumerate(bids)), start=Fraction(1))
            total += prior[types] * chance * paid[bids]
    return total


def symmetric_bidding_equilibria(auction: Auction, *, time_limit: float | None = None) -> tuple[tuple[int, ...], ...]:
    """Every pure equilibrium in which all bid by the same function, and higher values bid no less.

    Each candidate is checked against every bid of the grid in exact arithmetic; all nondecreasing functions are looked at.
    (Asymmetric and mixed ones: ``bayes_nash_equilibria(auction.game())``, for small games.)

    Parameters
    ----------
    auction : Auction
        All bidders have the same values, in rising order.
    time_limit : float, optional
        Seconds ≥ 0.

    Returns
    -------
    tuple of tuples of int
        For each equilibrium the bid of each type, as an index into the grid; ``(f,) * auction.num_bidders`` is the bidding.

    Raises
    ------
    SpecificationError
        Bidders with different values, or more than 100,000 functions.
    SolverError
        The time limit was reached; ``best`` holds the equilibria found so far.

    Examples
    --------
    >>> from gametheory.mechanisms import Environment
    >>> two = Environment.single_item([["1/2", 1]] * 2, priors=[["1/2", "1/2"]] * 2)
    >>> first = Auction(two, bids=["0", "1/4", "1/2", "1"], payment="first price", ties="even")
    >>> symmetric_bidding_equilibria(first)
    ((0, 2), (1, 2), (2, 2))
    """
    check_seconds("time_limit", time_limit)
    own = auction.values[0]
    if any(v != own for v in auction.values[1:]) or any(b <= a for a, b in pairwise(own)):
        raise SpecificationError(
            "values: write the same rising values for every bidder; functions are compared by value"
        )
    count = math.comb(len(auction.bids) + len(own) - 1, len(own))
    if count > _MOST_FUNCTIONS:
        raise SpecificationError(
            f"bids: {count:,} nondecreasing functions; at most {_MOST_FUNCTIONS:,} are looked at. Take a coarser grid"
        )
    game = auction.game()
    deadline = math.inf if time_limit is None else time.perf_counter() + time_limit
    found: list[tuple[int, ...]] = []
    for function in combinations_with_replacement(range(len(auction.bids)), len(own)):
        if time.perf_counter() > deadline:
            raise SolverError(
                "the time limit was reached before all functions were looked at; raise it or take a coarser grid",
                status="time limit",
                solver="enumeration",
                best=tuple(found),
            )
        if bayes_nash_regret(game, (function,) * auction.num_bidders) == 0:
            found.append(function)
    return tuple(found)
