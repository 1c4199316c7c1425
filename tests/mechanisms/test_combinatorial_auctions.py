"""Vickrey–Clarke–Groves auctions of bundles against enumeration of all assignments."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest
from oracles.auctions import vcg

from gametheory.errors import SpecificationError
from gametheory.mechanisms.combinatorial_auctions import vickrey_clarke_groves

ITEMS = ("A", "B", "C")
BUNDLES = [s for k in (1, 2, 3) for s in combinations(ITEMS, k)]


def test_welfare_and_payments_are_those_of_enumeration() -> None:
    rng = np.random.default_rng(5)
    for _ in range(60):
        n = int(rng.integers(1, 5))
        bids = []
        for _ in range(n):
            chosen = rng.choice(len(BUNDLES), size=int(rng.integers(0, 5)), replace=False)
            bids.append({BUNDLES[k]: Fraction(int(rng.integers(0, 12)), 2) for k in chosen})
        found = vickrey_clarke_groves(bids)
        plain = [{frozenset(map(ITEMS.index, s)): x for s, x in own.items()} for own in bids]
        welfare, without = vcg(plain, len(ITEMS))
        assert (found.welfare, list(found.without)) == (welfare, without)
        own = [dict(given).get(won, Fraction(0)) for given, won in zip(found.bids, found.bundles, strict=True)]
        assert sum(own) == welfare
        assert not any(set(a) & set(b) for a, b in combinations(found.bundles, 2))
        for paid, alone, bid in zip(found.payments, without, own, strict=True):
            assert paid == alone - (welfare - bid)
            assert 0 <= paid <= bid  # individually rational, and nobody is paid
        assert found.certificate.verify()
        assert all(c.verify() for c in found.certificates_without)


def test_losers_who_overstate_together_gain_what_they_are_worth() -> None:
    honest = vickrey_clarke_groves([{("A", "B"): 2}, {"A": "1/2"}, {"B": "1/2"}])
    assert honest.bundles[1:] == ((), ())
    together = vickrey_clarke_groves([{("A", "B"): 2}, {"A": 2}, {"B": 2}])
    assert together.revenue == 0
    assert together.bundles == ((), ("A",), ("B",))
    alone = vickrey_clarke_groves([{("A", "B"): 2}, {"A": 2}, {"B": "1/2"}])
    assert alone.payments[1] == Fraction(3, 2)  # and no misreport of one pays


def test_more_bidders_may_mean_less_revenue() -> None:
    """Revenue is not monotone in bidders: the third bidder makes the others pay nothing."""
    assert vickrey_clarke_groves([{("A", "B"): 2}, {"A": 2}]).revenue == 2
    assert vickrey_clarke_groves([{("A", "B"): 2}, {"A": 2}, {"B": 2}]).revenue == 0


@pytest.mark.parametrize(
    ("bids", "place"),
    [
        ([], "bids"),
        ([{"A": -1}], r"bids\[0\]\[A\]"),
        ([{(): 1}], r"bids\[0\]"),
        ([{("A", "A"): 1}], "each once"),
        ([{("A", "B"): 1, ("B", "A"): 2}], "twice"),
        ([["A"]], r"bids\[0\]"),
        ([{"A": float("inf")}], r"bids\[0\]"),
    ],
)
def test_malformed_bids_are_refused(bids: list, place: str) -> None:
    with pytest.raises(SpecificationError, match=place):
        vickrey_clarke_groves(bids)
