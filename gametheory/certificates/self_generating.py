"""What certificates of self-generation have in common: points that promise lotteries over points of the same set.

Seen actions (:mod:`.self_generation`) and public signals (:mod:`.public_self_generation`) differ in what a lottery follows, and
in what deters; that a lottery is one, what it is worth on average, and how it is read is the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from gametheory.certificates.encoding import brief, fail, list_from_json
from gametheory.certificates.rationals import rational_from_json, rational_to_json
from gametheory.errors import SpecificationError

__all__ = [
    "Lottery",
    "Vector",
    "check_discount",
    "hull_claim",
    "lottery_from_json",
    "lottery_mean",
    "lottery_to_json",
    "numbered_from_json",
]

Vector = tuple[Fraction, ...]
Lottery = tuple[tuple[int, Fraction], ...]
"""Numbers of points of a set, each with its probability."""

_SHOWN = 4


def check_discount(discount: Any) -> None:
    """Refuse what is no exact discount factor."""
    if not isinstance(discount, Fraction) or not 0 <= discount < 1:
        raise SpecificationError(f"discount: found {discount!r}; write a Fraction δ with 0 ≤ δ < 1")


def hull_claim(payoffs: Sequence[Vector], kind: str, discount: Fraction) -> str:
    """The claim that every payoff in the hull of some is that of an equilibrium of a kind."""
    corners = ", ".join("(" + ", ".join(map(brief, payoff)) + ")" for payoff in payoffs[:_SHOWN])
    more = f" and {len(payoffs) - _SHOWN} more" if len(payoffs) > _SHOWN else ""
    return (
        f"every payoff in the convex hull of {corners}{more} is that of a {kind} equilibrium of the repeated game "
        f"with discount factor {brief(discount)}, pure actions and a public coin"
    )


def lottery_mean(claim: str, number: int, lottery: Lottery, payoffs: Sequence[Vector]) -> list[Fraction]:
    """The mean of a lottery that is promised at a point.

    Raises
    ------
    CertificateError
        If it leads to no point, or its probabilities are none.
    """
    if not all(0 <= k < len(payoffs) and p >= 0 for k, p in lottery):
        fail(claim, f"a lottery of point {number} leads to no point, or has a negative probability")
    if sum(p for _, p in lottery) != 1:
        fail(claim, f"the probabilities of a lottery of point {number} do not sum to 1")
    return [sum((p * payoffs[k][i] for k, p in lottery), Fraction(0)) for i in range(len(payoffs[number]))]


def lottery_to_json(lottery: Lottery) -> list[Any]:
    """A lottery as JSON data."""
    return [[k, rational_to_json(p)] for k, p in lottery]


def lottery_from_json(data: Any, where: str) -> Lottery:
    """Read what :func:`lottery_to_json` wrote."""
    return tuple((k, rational_from_json(p, where=where)) for k, p in numbered_from_json(data, where))


def numbered_from_json(data: Any, where: str) -> list[Any]:
    """A list of pairs that begin with a number."""
    if not all(isinstance(e, list) and len(e) == 2 and type(e[0]) is int for e in list_from_json(data, where)):
        raise SpecificationError(
            f"{where}: write pairs, the number of a point with a probability, of a signal with a lottery"
        )
    return list(data)
