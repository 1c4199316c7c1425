"""Small results in notebooks and tables: labels are escaped, every result has a table."""

from __future__ import annotations

from fractions import Fraction as F
from typing import Any

import pytest

from gametheory.mechanisms import (
    CombinatorialAgency,
    PeerSetting,
    linear_sharing,
    minimal_peer_prediction,
    optimal_contracted_set,
    price_of_unaccountability,
    reporting_equilibria,
)

LABEL = "<script>x&"


def agency() -> CombinatorialAgency:
    made = CombinatorialAgency.of_tasks(
        lambda *done: all(done), num_agents=2, with_effort=F(3, 4), without_effort=F(1, 4), costs=1
    )
    return CombinatorialAgency(made.success, made.costs, [LABEL + "A", LABEL + "B"])


def reporting() -> Any:
    raters = PeerSetting(["0.6", "0.4"], [["0.15", "0.85"], ["0.7", "0.3"]], 3, [LABEL + "bad", LABEL + "good"])
    return reporting_equilibria(raters, minimal_peer_prediction(raters, margin=1).decision)[0]


@pytest.mark.parametrize(
    ("make", "rows"),
    [
        (lambda: optimal_contracted_set(agency(), 100).decision, 2),
        (lambda: price_of_unaccountability(agency()), 1),
        (reporting, 1),
        (lambda: linear_sharing(["1/2", "1/2"]), 2),
    ],
    ids=["contracted set", "unaccountability", "reporting", "sharing"],
)
def test_html_and_tables(make: Any, rows: int) -> None:
    result = make()
    assert "<script" not in result._repr_html_()
    assert len(result.to_frame()) == rows
