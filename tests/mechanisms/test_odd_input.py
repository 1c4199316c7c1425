"""What a careless or hostile caller writes: refused by an error of the library that names the place, never counted as true."""

from __future__ import annotations

from typing import Any

import pytest

from gametheory.arithmetic import RationalArray
from gametheory.errors import SpecificationError
from gametheory.games import Monitoring, NormalFormGame
from gametheory.mechanisms import (
    Auction,
    BayesianIC,
    Environment,
    InterimParticipation,
    PeerSetting,
    bidding_regret,
    contract_gain,
    determinant_payment,
    efficient_outcomes,
    expected_determinant_payment,
    is_enforced,
    is_implementable,
    linear_sharing,
    mechanism_programme,
    minimal_scoring_rule,
    optimal_contract,
    optimal_mechanism,
    optimal_reduced_form,
    vickrey_clarke_groves,
    virtual_values,
)

TWO = Environment.single_item([["1/2", 1], ["1/2", 1]], priors=[["1/2", "1/2"]] * 2)
USUAL = [BayesianIC(), InterimParticipation()]
WORK = NormalFormGame([[-1, 0]], ["Agent"], [["work", "shirk"]])
SEEN = Monitoring([["3/4", "1/4"], ["1/4", "3/4"]], ["good", "bad"])
JOINT = [["2/5", "1/10"], ["1/10", "2/5"]]
NO_LISTS: list[Any] = [7, True, 1.5, object(), "zzz", b"x", {"zzz": 1}]


@pytest.mark.parametrize("flag", ["no", "False", None, 0, 1, []], ids=repr)
def test_words_are_no_flags(flag: Any) -> None:
    """A word such as "no" is true for Python; a deterministic mechanism would silently have become a lottery."""
    for ask in (
        lambda: optimal_mechanism(TWO, "revenue", USUAL, randomised=flag),
        lambda: optimal_mechanism(TWO, "welfare", USUAL, transfers=flag),
        lambda: virtual_values([1, 2], ["1/2", "1/2"], ironed=flag),
    ):
        with pytest.raises(SpecificationError, match="write True or False"):
            ask()


@pytest.mark.parametrize("constraints", [7, None, "zzz", [None], ["BayesianIC"], [BayesianIC], [7]], ids=repr)
def test_constraints_that_are_none(constraints: Any) -> None:
    for ask in (
        lambda: optimal_mechanism(TWO, "revenue", constraints),
        lambda: optimal_reduced_form(TWO, "revenue", constraints),
        lambda: mechanism_programme(TWO, constraints=constraints),
    ):
        with pytest.raises(SpecificationError, match="constraints"):
            ask()


@pytest.mark.parametrize("value", NO_LISTS, ids=lambda x: type(x).__name__)
def test_no_lists(value: Any) -> None:
    auction = Auction(TWO, bids=[0, 1], payment="first price", ties="even")
    for ask in (
        lambda: Auction(TWO, bids=value, payment="first price", ties="even"),
        lambda: bidding_regret(auction, value),
        lambda: Environment.private_values([[[1, 2]], [[0, 1]]], priors=[["1/2", "1/2"]] * 2, outcomes=value),
        lambda: Environment.from_function(lambda o, t: [0, 0], value, ["a"], priors=[[1], [1]]),
        lambda: PeerSetting(["0.6", "0.4"], [["0.15", "0.85"], ["0.7", "0.3"]], 3, value),
        lambda: determinant_payment(value, [0, 1], num_choices=2),
        lambda: expected_determinant_payment(JOINT, 4, strategy=value),
        lambda: efficient_outcomes(TWO, costs=value),
        lambda: is_implementable(TWO, value),
        lambda: linear_sharing(value),
        lambda: minimal_scoring_rule(JOINT, signals=value),
        lambda: optimal_contract(WORK, SEEN, [4, 0], targets=value),
        lambda: vickrey_clarke_groves(value),
    ):
        with pytest.raises(SpecificationError):
            ask()


def test_numbers_of_types_are_counts() -> None:
    for sizes in ([1.5, 2], [0, 2], [True, 2], ["2", 2]):
        with pytest.raises(SpecificationError, match="num_types"):
            Environment.from_function(lambda o, t: [0, 0], sizes, ["a"], priors=[["1/2", "1/2"]] * 2)


def test_ragged_tables() -> None:
    for ask in (
        lambda: PeerSetting(["0.6", "0.4"], [["0.15", "0.85"], ["1"]], 3),
        lambda: minimal_scoring_rule([["1/2", "1/4"], ["1/4"]]),
    ):
        with pytest.raises(SpecificationError):
            ask()
    table = RationalArray.from_values(JOINT, where="joint")
    assert minimal_scoring_rule(table, margin=1).value == minimal_scoring_rule(JOINT, margin=1).value


def test_coalitions_without_a_rule_are_not_ignored() -> None:
    for measure in (contract_gain, is_enforced):
        with pytest.raises(SpecificationError, match="blocking"):
            measure(WORK, SEEN, [[2, 0]], ["work"], coalitions=[[0]])
