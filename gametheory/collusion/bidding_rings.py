"""Bidding rings: what the members of a ring bid together in a sealed-bid auction, and what that leaves to the seller.

In the auction of :mod:`gametheory.mechanisms.bidding` the members of S know each other's types, pay each other, and bid
together; each of them may also stay away. Outsiders bid as the bidding β says. At the types θ_S the ring takes the joint bids

    b_S  ∈  argmax  E[ Σ_{i∈S} v_i(θ_i) q_i(b_S, β(θ_−S)) − t_i(b_S, β(θ_−S)) | θ_S ],

q and t the expected units and payments. Such a ring is efficient: since it pays side payments, its member of highest value bids
for all (McAfee and McMillan 1992, Graham and Marshall 1987), and passing a unit on afterwards adds nothing, bids being
exchanged beforehand instead (but for ties that go to the bidder of lowest index). A ring is often indifferent, as where its
highest value equals the reserve; ``ties`` says whether it then does what the seller likes least or best.

References: P. McAfee and J. McMillan 1992, "Bidding rings", American Economic Review 82; D. Graham and R. Marshall 1987,
"Collusive bidder behavior at single-object second-price and English auctions", Journal of Political Economy 95. Complexity:
∏_{i∈S} k_i (B + 1) plans, each at every profile of the outsiders' types; predicted. Limits: side payments, private values.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from itertools import product
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import exact_text
from gametheory.errors import SpecificationError
from gametheory.games.memory import refuse_if_too_large
from gametheory.games.tables import data_frame
from gametheory.mechanisms.bidding import Auction, truthful_bidding

__all__ = ["BiddingRing", "ring_bidding"]

Array = NDArray[Any]
AWAY = "stays away"


@final
@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class BiddingRing:
    """What a ring bids, gains, and leaves to the seller; ``float()`` is the seller's revenue.

    Attributes
    ----------
    members : tuple of str
    revenue, honest_revenue : Fraction
        What the seller expects with and without the ring.
    surplus, honest_surplus : Fraction
        What the members expect together.
    plans : tuple of (tuple of str, tuple of str)
        For each profile of the members' types that has positive probability what they bid: a bid, or ``"stays away"``.
    ties : "seller" or "ring"
        What the ring does where it is indifferent: what the seller likes best, or least.
    """

    members: tuple[str, ...]
    revenue: Fraction
    honest_revenue: Fraction
    surplus: Fraction
    honest_surplus: Fraction
    plans: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]
    ties: Literal["seller", "ring"]

    @property
    def gain(self) -> Fraction:
        """What the members gain together in expectation."""
        return self.surplus - self.honest_surplus

    @property
    def loss(self) -> Fraction:
        """What the seller loses in expectation."""
        return self.honest_revenue - self.revenue

    def __float__(self) -> float:
        return float(self.revenue)

    def __repr__(self) -> str:
        return (
            f"BiddingRing(exact: {', '.join(self.members)} leave {exact_text(self.revenue)} of "
            f"{exact_text(self.honest_revenue)} and gain {exact_text(self.gain)}, ties for the {self.ties})"
        )

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{escape(', '.join(types))}</td><td>{escape(', '.join(bids))}</td></tr>"
            for types, bids in self.plans[:200]
        )
        return f"<table><caption>{escape(repr(self))}</caption><tr><th>types</th><th>bids</th></tr>{rows}</table>"

    def to_frame(self) -> Any:
        """A pandas table with a row for each profile of the members' types: types and bids."""
        columns = [f"{name}'s {what}" for what in ("type", "bid") for name in self.members]
        return data_frame([[*types, *bids] for types, bids in self.plans], columns)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data; rationals are written ``"p/q"``."""
        return {
            "measure": "bidding ring",
            "status": "exact",
            "members": list(self.members),
            "revenue": exact_text(self.revenue),
            "honest_revenue": exact_text(self.honest_revenue),
            "surplus": exact_text(self.surplus),
            "honest_surplus": exact_text(self.honest_surplus),
            "plans": [[list(types), list(bids)] for types, bids in self.plans],
            "ties": self.ties,
        }


def ring_bidding(
    auction: Auction,
    bidding: Sequence[Sequence[int]] | None = None,
    members: Iterable[int | str] | None = None,
    *,
    ties: Literal["seller", "ring"] = "ring",
) -> BiddingRing:
    """What one ring with side payments bids against outsiders who bid as given, exactly.

    Parameters
    ----------
    auction : Auction
    bidding : sequence of n sequences of k_i indices into the bids, optional
        What each type bids, the members' honest play and the outsiders' throughout; by default
        :func:`~gametheory.mechanisms.truthful_bidding`, a dominant strategy in second-price auctions that can bid every value.
    members : iterable of bidders, optional
        Everybody by default.
    ties : "ring" or "seller"
        What the ring does where it is indifferent: the worst for the seller, or the best.

    Returns
    -------
    BiddingRing

    Raises
    ------
    SpecificationError
        A bidder or bid that does not exist, or more plans than fit in memory.

    Examples
    --------
    Values 1/3, 2/3 and 1: with its best reserve, 2/3, a second-price auction earns 17/27 from two honest bidders and 16/27
    from a ring that buys when it is indifferent; without a reserve the ring pays nothing at all.

    >>> from gametheory.mechanisms import Environment
    >>> two = Environment.single_item([["1/3", "2/3", 1]] * 2, priors=[["1/3"] * 3] * 2)
    >>> def second_price(reserve):
    ...     return Auction(two, bids=[0, "1/3", "2/3", 1], payment="second price", ties="even", reserve=reserve)
    >>> ring_bidding(second_price("2/3"), ties="seller")
    BiddingRing(exact: agent 1, agent 2 leave 16/27 of 17/27 and gain 1/27, ties for the seller)
    >>> ring_bidding(second_price(0)).revenue, ring_bidding(second_price("2/3")).plans[1]
    (Fraction(0, 1), (('1/3', '2/3'), ('stays away', 'stays away')))
    """
    environment = auction.environment
    everybody = range(auction.num_bidders)
    ring = sorted({environment.agent_index(i) for i in (everybody if members is None else members)})
    if ties not in ("seller", "ring"):
        raise SpecificationError(f"ties: found {ties!r}; write 'ring' (the seller's worst) or 'seller' (its best)")
    if not ring:
        raise SpecificationError("members: found none; write at least one bidder")
    rest = [i for i in everybody if i not in ring]
    honest = _checked(auction, truthful_bidding(auction) if bidding is None else bidding)
    plans: list[tuple[int | None, ...]] = list(product((None, *range(len(auction.bids))), repeat=len(ring)))
    against = sorted(set(product(*(honest[i] for i in rest))))
    own_types, their_types = (list(product(*(range(environment.num_types[i]) for i in who))) for who in (ring, rest))
    cells = len(plans) * (len(against) * (len(ring) + 2) + len(own_types))
    refuse_if_too_large(cells, 64, "the plans of the ring")
    won, own, paid, scale = _results(auction, ring, rest, plans, against)
    faced = [against.index(tuple(honest[i][k] for i, k in zip(rest, t, strict=True))) for t in their_types]
    prior = environment.prior.numerators.transpose([*ring, *rest]).reshape(len(own_types), -1).astype(object)
    totals, listed = np.zeros(4, dtype=object), []  # surplus and revenue of the ring's plans, the same of honest play
    for true, chances in zip(own_types, prior.tolist(), strict=True):
        weights = np.zeros(len(against), dtype=object)
        for s, chance in zip(faced, chances, strict=True):
            weights[s] += chance
        if not weights.any():
            continue
        values = [int(auction.values[i][k] * scale) for i, k in zip(ring, true, strict=True)]
        worth = (sum(v * units for v, units in zip(values, won, strict=True)) - own) @ weights
        revenue, most = paid @ weights, max(worth)
        best = [p for p, each in enumerate(worth) if each == most]
        chosen = (min if ties == "ring" else max)(best, key=revenue.__getitem__)
        truth = plans.index(tuple(honest[i][k] for i, k in zip(ring, true, strict=True)))
        totals += [worth[chosen], revenue[chosen], worth[truth], revenue[truth]]
        names = tuple(environment.types[i][k] for i, k in zip(ring, true, strict=True))
        listed.append((names, tuple(AWAY if b is None else exact_text(auction.bids[b]) for b in plans[chosen])))
    whole = environment.prior.denominator * scale * _sharing(auction)
    surplus, left, honest_surplus, honest_revenue = (Fraction(int(total), whole) for total in totals)
    return BiddingRing(
        members=tuple(environment.agents[i] for i in ring),
        revenue=left,
        honest_revenue=honest_revenue,
        surplus=surplus,
        honest_surplus=honest_surplus,
        plans=tuple(listed),
        ties=ties,
    )


def _checked(auction: Auction, bidding: Sequence[Sequence[int]]) -> list[tuple[int, ...]]:
    found = [tuple(int(b) for b in row) for row in bidding]
    if [len(row) for row in found] != list(auction.num_types):
        raise SpecificationError(
            f"bidding: found {[len(row) for row in found]} bids; write one for each of {list(auction.num_types)} types"
        )
    for i, row in enumerate(found):
        if any(not 0 <= b < len(auction.bids) for b in row):
            raise SpecificationError(
                f"bidding[{i}]: found {list(row)}; write indices from 0 to {len(auction.bids) - 1}"
            )
    return found


def _sharing(auction: Auction) -> int:
    """Expected units are multiples of one over this: of 1 / (number of tied bidders)."""
    return math.lcm(*range(1, auction.num_bidders + 1))


def _results(
    auction: Auction,
    ring: list[int],
    rest: list[int],
    plans: list[tuple[int | None, ...]],
    against: list[tuple[int, ...]],
) -> tuple[Array, Array, Array, int]:
    """For each plan and each of the outsiders' bids: units of each member, what members pay, what everybody pays.

    Integers: units times :func:`_sharing`, payments times that and the scale returned. Who stays away is no bidder at all.
    """
    numbers = [*auction.bids, auction.reserve, *(x for row in auction.values for x in row)]
    scale, sharing = math.lcm(*(x.denominator for x in numbers)), _sharing(auction)
    won = np.zeros((len(ring), len(plans), len(against)), dtype=object)
    own, paid = np.zeros_like(won[0]), np.zeros_like(won[0])
    for p, plan in enumerate(plans):
        for s, theirs in enumerate(against):
            bids = dict(zip(ring, plan, strict=True)) | dict(zip(rest, theirs, strict=True))
            present = {i: b for i, b in sorted(bids.items()) if b is not None}
            for i, units, cost in zip(present, *auction.shares_and_payments(list(present.values())), strict=True):
                paid[p, s] += int(cost * sharing * scale)
                if i in ring:
                    won[ring.index(i), p, s] = int(units * sharing)
                    own[p, s] += int(cost * sharing * scale)
    return won, own, paid, scale
