"""Rings and auctions of a scenario: the parts ``ring`` and ``auction`` of the table ``[mechanism]``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any, Literal, final

from gametheory.audit.places import Place, number_at, short
from gametheory.audit.wording import listed, quoted, suggestion

__all__ = ["AuctionTerms", "RingTerms", "check_known", "read_auction", "read_ring"]

Data = Mapping[str, Any]


@final
@dataclass(frozen=True, slots=True)
class RingTerms:
    """Which rings may form, and what they do.

    Attributes
    ----------
    members : tuple of tuples of int, or None
        The rings; ``None``: all of two or more bidders.
    controls : "reports", "participation" or "reallocation"
    blocking : "transfer", "any" or "all"
        Whether members pay each other, and else when they lie together.
    moves : tuple of (tuple of int, int, int)
        What rings turn outcomes into; empty for items and units, which are passed on.
    incentives : "Bayesian" or "ex post"
        What rings know of outsiders.
    payment_bound : Fraction or None
    """

    members: tuple[tuple[int, ...], ...] | None
    controls: Literal["reports", "participation", "reallocation"]
    blocking: Literal["transfer", "any", "all"]
    moves: tuple[tuple[tuple[int, ...], int, int], ...]
    incentives: Literal["Bayesian", "ex post"]
    payment_bound: Fraction | None


@final
@dataclass(frozen=True, slots=True)
class AuctionTerms:
    """An auction that is in place; ``bids`` are those that can be made."""

    payment: Literal["first price", "second price"]
    reserve: Fraction
    bids: tuple[Fraction, ...]
    ties: Literal["even", "lowest index"]


def read_ring(table: Data, names: Sequence[str], outcomes: Sequence[str], place: Place) -> RingTerms:
    """The rings that the checked data of ``mechanism.ring`` describe; ``names`` are the bidders'."""
    members: tuple[tuple[int, ...], ...] | None = None
    if "list" in table:
        rings = []
        for k, group in enumerate(table["list"]):
            for j, name in enumerate(group):
                check_known(name, names, place / "list" / k / j, "bidders")
            rings.append(tuple(sorted(names.index(name) for name in group)))
            if rings[-1] in rings[:-1]:
                raise (place / "list" / k).error("this ring is given twice; write it once")
        members = tuple(rings)
    if len(names) < 2:
        raise place.error("found one bidder; a ring has at least two")
    blocking = table.get("blocking", "transfer")
    moves = tuple(_move(entry, names, outcomes, place / "moves" / k) for k, entry in enumerate(table.get("moves", ())))
    passes_on = blocking == "transfer" and (bool(moves) or not outcomes)
    controls = table.get("controls", "reallocation" if passes_on else "participation")
    if controls == "reallocation" and not passes_on:
        reason = "add moves" if blocking == "transfer" else "what is passed on is paid for: write blocking = 'transfer'"
        raise (place / "controls").error(f"found 'reallocation'; {reason}, or write 'participation'")
    if moves and controls != "reallocation":
        raise (place / "moves").error(f"rings that control {controls} make no moves; write controls = 'reallocation'")
    bound = _nonnegative(place / "payment_bound", table["payment_bound"]) if "payment_bound" in table else None
    return RingTerms(members, controls, blocking, moves, table.get("incentives", "Bayesian"), bound)


def _move(entry: Data, names: Sequence[str], outcomes: Sequence[str], place: Place) -> tuple[tuple[int, ...], int, int]:
    if not outcomes:
        raise place.error("items and units are passed on in all ways; leave moves out")
    for j, name in enumerate(entry["members"]):
        check_known(name, names, place / "members" / j, "bidders")
    for key in ("from", "to"):
        check_known(entry[key], outcomes, place / key, "outcomes")
    members = tuple(sorted(names.index(name) for name in entry["members"]))
    return members, outcomes.index(entry["from"]), outcomes.index(entry["to"])


def read_auction(table: Data, values: Sequence[Fraction], outcomes: Sequence[str], place: Place) -> AuctionTerms:
    """The auction of ``mechanism.auction``; ``values`` are what the item is worth to somebody."""
    if outcomes:
        raise place.error("auctions are for an item or units; leave mechanism.outcomes out")
    reserve = _nonnegative(place / "reserve", table.get("reserve", 0))
    least = min(values)
    if least < 0:
        raise place.error("a bidder's value is negative, below every bid; write values of at least 0")
    if "bids" in table:
        bids = tuple(_nonnegative(place / "bids" / k, value) for k, value in enumerate(table["bids"]))
        if any(b <= a for a, b in pairwise(bids)):
            raise (place / "bids").error("found bids that do not rise; write each once, the lowest first")
        if bids[0] > least:
            raise (place / "bids").error("the lowest bid is above a bidder's value; add 0")
    elif table["payment"] == "first price":
        raise place.error("bids in first-price auctions come from a grid; add bids, such as [0, 0.25, 0.5]")
    else:
        bids = tuple(sorted({Fraction(0), reserve, *values}))
    return AuctionTerms(table["payment"], reserve, bids, table.get("ties", "even"))


def check_known(name: str, known: Sequence[str], place: Place, what: str) -> None:
    """Raise unless a name is known; ``what`` is how messages call those that are."""
    if name not in known:
        raise place.error(f"found {quoted(name)}; the {what} are {listed(known)}{suggestion(name, known)}")


def _nonnegative(place: Place, value: Any) -> Fraction:
    return short(place, number_at(place, value, least=0))
