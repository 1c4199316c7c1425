"""Allocation problems in scenarios: what the best mechanism, rings and auctions come to, numbers derived twice."""

from __future__ import annotations

import itertools
import json
from fractions import Fraction
from typing import Any

import pytest

from gametheory.audit import audit_scenario, read_scenario, scenario_from_text
from gametheory.audit.report import AuditReport
from gametheory.audit.writing import json_report
from gametheory.errors import SpecificationError


def audited(**mechanism: Any) -> AuditReport:
    return audit_scenario(scenario_from_text(json.dumps({"schema_version": 1, "mechanism": mechanism}), format="json"))


def uniform(m: int, count: int = 2) -> list[dict[str, Any]]:
    values = [f"{k}/{m}" for k in range(1, m + 1)]
    return [{"name": "bidder", "count": count, "values": values, "prior": [f"1/{m}"] * m}]


def said(report: AuditReport, key: str) -> str:
    return " ".join(finding.text for finding in report[key].findings)


# -- the packaged scenario -------------------------------------------------------------------------------------------------


def test_collusive_auction() -> None:
    """Myerson 1981: 2/3; Che and Kim 2006: rings that report cost nothing; a posted price against those that stay away."""
    report = audit_scenario(read_scenario("collusive-auction"))
    assert not report.open_questions
    assert {item.status for item in report.evidence} == {"verified"}
    assert len(report.evidence) == 4
    # Virtual values (2k - m)/m sold to the highest that is not negative, over the nine pairs of types.
    virtual = [Fraction(2 * k - 3, 3) for k in (1, 2, 3)]
    by_virtual_values = sum(max(0, a, b) for a, b in itertools.product(virtual, repeat=2)) / 9
    posted_price = max(Fraction(k, 3) * (1 - Fraction(k - 1, 3) ** 2) for k in (1, 2, 3))
    assert report.results["mechanism_value"] == by_virtual_values == Fraction(2, 3)
    values = report.results["collusion_ladder"].values
    assert values == (by_virtual_values, by_virtual_values, posted_price, posted_price)
    assert values[-1] == Fraction(16, 27)
    assert report.results["price_of_rings"] == Fraction(2, 27)
    # The second-price auction at the reserve 2/3: honest 17/27; the ring pays 2/3 if it has a type above, or at, the reserve.
    honest = sum(max(sorted(pair)[0], Fraction(2, 3)) for pair in _pairs() if max(pair) >= Fraction(2, 3)) / 9
    assert report.results["auction_revenue"] == honest == Fraction(17, 27)
    assert report.results["ring_revenue"] == Fraction(2, 3) * Fraction(5, 9)
    assert report["auction"].data["revenue_at_best_against_ring"] == "16/27"
    assert [judgement.status for judgement in report.requirements] == ["holds", "holds", "fails"]
    text = said(report, "rings")
    assert "Rings that control their members' reports cost nothing: 2/3" in text
    assert "cost 0.074074 (2/27), 11% of 2/3" in text
    assert "“coalition {agent 1, agent 2} takes part at" in text
    assert "not below 2/3 (Myerson 1981)" in said(report, "mechanism")


def _pairs() -> list[tuple[Fraction, Fraction]]:
    values = [Fraction(k, 3) for k in (1, 2, 3)]
    return list(itertools.product(values, repeat=2))


@pytest.mark.parametrize(("m", "best", "left"), [(2, "3/4", "3/4"), (5, "71/125", "64/125")])
def test_other_numbers_of_values(m: int, best: str, left: str) -> None:
    report = audited(bidders=uniform(m), ring={})
    assert report.results["mechanism_value"] == Fraction(best)
    assert report.results["collusion_ladder"].values[-1] == Fraction(left)


# -- other problems ------------------------------------------------------------------------------------------------------------


def test_trade_is_impossible() -> None:
    """Myerson and Satterthwaite 1983: no efficient, balanced, voluntary bilateral trade; here with two types each."""
    trade = {
        "outcomes": ["keep", "trade"],
        "efficient": True,
        "budget": "weak",
        "objective": "welfare",
        "bidders": [
            {"name": "seller", "values": {"trade": [0, -3]}, "prior": [0.5, 0.5]},
            {"name": "buyer", "values": {"trade": [2, 5]}, "prior": [0.5, 0.5]},
        ],
    }
    assert "Impossible" not in said(audited(**trade), "mechanism")  # far apart: a price of 2 to 5 will do
    close = dict(trade)
    close["bidders"] = [
        {"name": "seller", "values": {"trade": [0, -4]}, "prior": [0.5, 0.5]},
        {"name": "buyer", "values": {"trade": [1, 5]}, "prior": [0.5, 0.5]},
    ]
    report = audited(**close, ring={"controls": "reports"})
    assert said(report, "mechanism").startswith("Impossible: no mechanism meets all constraints")
    assert "cannot live together" in said(report, "mechanism")
    assert {item.status for item in report.evidence} == {"verified"}
    assert not report.open_questions


def test_correlated_types_are_protected_from_losses() -> None:
    """Crémer and McLean 1988: with unlimited losses the whole surplus 7/4·… is taken; the limit costs the designer."""
    bidders = [{"name": "bidder", "count": 2, "values": [1, 2]}]
    prior = [["3/8", "1/8"], ["1/8", "3/8"]]
    surplus = Fraction(3, 8) * 1 + Fraction(5, 8) * 2
    limited = audited(bidders=bidders, joint_prior=prior)
    unlimited = audited(bidders=bidders, joint_prior=prior, limited_liability="none")
    assert unlimited.results["mechanism_value"] == surplus
    assert limited.results["mechanism_value"] < surplus
    assert "losses unlimited" in said(unlimited, "mechanism")
    assert "what a truthful bidder can lose is limited" in said(limited, "mechanism")


def test_units_outside_options_and_side_payments() -> None:
    report = audited(bidders=uniform(2, 3), units=2, ring={"list": [["bidder 1", "bidder 2"]]})
    from gametheory.mechanisms import Environment, optimal_revenue

    three = Environment.single_item([["1/2", 1]] * 3, priors=[["1/2", "1/2"]] * 3)
    assert report.results["mechanism_value"] == optimal_revenue(three, num_units=2)
    assert report["rings"].findings[0].text.startswith("A ring that controls")
    free = audited(bidders=uniform(2), ring={"blocking": "any"})
    paid = audited(bidders=uniform(2), ring={"blocking": "transfer", "controls": "participation"})
    assert len(free.results["collusion_ladder"].values) == 3
    assert free.results["mechanism_value"] == paid.results["mechanism_value"]
    outside = audited(bidders=[{"values": [2, 3], "prior": [0.5, 0.5], "outside": [0, 1]}])
    assert outside.results["mechanism_value"] == 2  # a price of 2 keeps both types, as 3 - 2 = 1


def test_first_price_auctions() -> None:
    """Two bidders with values 1/2 and 1 and bids 0, 1/4, 1/2, 1: three equilibria in pure, symmetric bids."""
    auction = {"payment": "first price", "bids": [0, 0.25, 0.5, 1]}
    report = audited(bidders=uniform(2), auction=auction, ring={"controls": "participation"})
    assert report["auction"].data["equilibria"] == [["0", "1/2"], ["1/4", "1/2"], ["1/2", "1/2"]]
    assert report.results["auction_revenue"] == Fraction(1, 2)
    assert report.results["ring_revenue"] == 0  # all bid 0, or stay away
    assert "the best of its 3 symmetric equilibria" in said(report, "auction")
    none = audited(bidders=[*uniform(2, 1), {"values": [2], "prior": [1]}], auction=auction)
    assert len(none.open_questions) == 1
    assert "auction_revenue" not in none.results


def test_what_is_too_large_stays_open() -> None:
    report = audited(bidders=uniform(12), ring={}, auction={"payment": "second price"})
    assert any("more than 120,000" in text for text in report.open_questions)
    assert "mechanism_value" in report.results


def test_reports_are_complete() -> None:
    report = audit_scenario(read_scenario("collusive-auction"))
    assert "<svg" in report.to_html()
    assert json.loads(json_report(report))["sections"]
    assert "rings control" in report.to_text()
    scenario = read_scenario("collusive-auction")
    assert hash(scenario) == hash(read_scenario("collusive-auction"))
    assert "2 bidders" in repr(scenario)


# -- mistakes ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"units": 3}, r"mechanism\.units: found 3; there are 2 bidders"),
        ({"joint_prior": [[1]]}, r"mechanism\.bidders\[0\]: found a prior beside mechanism\.joint_prior"),
        ({"bidders": [{"values": [1]}]}, r"mechanism\.bidders\[0\]: found no prior"),
        ({"bidders": [{"values": [1, 2], "prior": [1]}]}, r"bidders\[0\]\.prior: found 1 probabilities for 2 types"),
        ({"bidders": [{"values": [1, 2], "prior": [0.5, 0.4]}]}, r"prior: found probabilities that sum to 9/10"),
        ({"bidders": [{"values": {"a": [1]}, "prior": [1]}]}, r"values: found a table, but there are no outcomes"),
        ({"outcomes": ["a", "b"]}, r"values: found a list; write a table with a list of values for outcomes"),
        ({"bidders": [{"values": [1], "prior": [1], "types": ["a", "b"]}]}, r"types: found 2 names for 1 values"),
        ({"bidders": [{"values": [1], "prior": [1], "outside": [0, 0]}]}, r"outside: found 2 numbers"),
        ({"bidders": [{"name": "a", "values": [1], "prior": [1]}] * 2}, r"two bidders are called 'a'"),
        ({"bidders": [{"values": [1], "prior": [1], "count": 12}] * 2}, r"found 24 bidders; at most 12"),
        ({"bidders": [*uniform(12, 4)]}, r"20,736 profiles; at most 2,000"),
        ({"bidders": uniform(2, 8), "units": 4}, r"in 163 ways; at most 30"),
        ({"payments": False, "objective": "revenue"}, r"objective: it counts payments"),
        ({"payments": False, "ring": {}}, r"ring: there are no payments"),
        ({"payments": False, "budget": "weak"}, r"budget: there are no payments"),
        ({"ring": {"list": [["bidder 1", "bob"]]}}, r"ring\.list\[0\]\[1\]: found 'bob'; the bidders are"),
        ({"ring": {"list": [["bidder 1", "bidder 2"]] * 2}}, r"ring\.list\[1\]: this ring is given twice"),
        ({"ring": {"blocking": "all"}}, r"ring: rings that lie only where every member gains need a bound"),
        ({"ring": {"blocking": "any", "controls": "reallocation"}}, r"what is passed on is paid for"),
        ({"ring": {"moves": [{"members": ["bidder 1"], "from": "a", "to": "b"}]}}, r"items and units are passed on"),
        ({"bidders": uniform(2, 1), "ring": {}}, r"ring: found one bidder"),
        ({"auction": {"payment": "first price"}}, r"auction: bids in first-price auctions come from a grid"),
        ({"auction": {"payment": "second price", "bids": [1, 1]}}, r"bids: found bids that do not rise"),
        ({"auction": {"payment": "second price", "bids": [1]}}, r"the lowest bid is above a bidder's value"),
        ({"auction": {"payment": "second price", "reserve": "-1/2"}}, r"reserve: found -1/2; write a number ≥ 0"),
        (
            {"bidders": [{"values": [f"1/{2**300}"], "prior": [1]}]},
            r"values\[0\]: found a number of more than 256 bits",
        ),
        (
            {"bidders": [{"values": [1] * 10, "prior": [f"1/{10**70 + k * k + 1}" for k in range(10)]}]},
            r"prior: found probabilities that sum to about 1e-69",
        ),
        (
            {"bidders": [{"values": [1] * 30, "prior": [f"1/{10**75 + k * k + 1}" for k in range(30)]}]},
            r"prior: the probabilities have no common denominator of at most 4,096 bits",
        ),
        ({"objective": {"payments": 1}}, r"objective: found a table, but there are no outcomes"),
        ({"objective": "revnue"}, r"write 'revenue' or 'welfare'"),
    ],
)
def test_mistakes_name_their_place(change: dict[str, Any], message: str) -> None:
    table = {"bidders": uniform(2)} | change
    with pytest.raises(SpecificationError, match=message):
        scenario_from_text(json.dumps({"schema_version": 1, "mechanism": table}), format="json", name="deal.json")


@pytest.mark.parametrize(
    ("prior", "message"),
    [
        ([[1, 0]], r"joint_prior: found a list of 1; write a list with an entry for each of the 2 types of a"),
        ([[1, 0], [0]], r"joint_prior\[1\]: found a list of 1"),
        ([[1, 0], 0], r"joint_prior\[1\]: found a number"),
        ([[[1], 0], [0, 0]], r"joint_prior\[0\]\[0\]: found a list; there are 2 bidders"),
        ([[1, 1], [0, 0]], r"joint_prior: found probabilities that sum to 2"),
    ],
)
def test_joint_priors_are_checked(prior: Any, message: str) -> None:
    bidders = [{"name": name, "values": [1, 2]} for name in "ab"]
    table = {"bidders": bidders, "joint_prior": prior}
    with pytest.raises(SpecificationError, match=message):
        scenario_from_text(json.dumps({"schema_version": 1, "mechanism": table}), format="json")


def test_demands_need_their_tables() -> None:
    data = {"schema_version": 1, "mechanism": {"bidders": uniform(2)}, "require": {"ring_revenue": 1}}
    with pytest.raises(SpecificationError, match=r"ring_revenue: the scenario has no mechanism\.auction"):
        scenario_from_text(json.dumps(data), format="json")
    data = {"schema_version": 1, "mechanism": {"bidders": uniform(2)}, "require": {"price_of_rings": 1}}
    with pytest.raises(SpecificationError, match="price_of_rings"):
        scenario_from_text(json.dumps(data), format="json")
