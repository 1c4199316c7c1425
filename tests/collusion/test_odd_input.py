"""What a careless or hostile caller writes: read as meant, or refused by an error of the library that names the place."""

from __future__ import annotations

import math
from fractions import Fraction as F
from typing import Any

import networkx as nx
import numpy as np
import pytest

from gametheory.collusion import (
    CapabilityModel,
    characteristic_function,
    coalition_gain,
    coalition_worth,
    covert_value,
    deviation_welfare,
    harm_by_size,
    immunity,
    is_robust,
    minimal_coalitions,
    noncompositionality_gap,
    resilience,
    robust_correlated_equilibrium,
    stealthy_harm,
)
from gametheory.collusion.covert_one_shot import _largest_power
from gametheory.errors import InfeasibleError, SpecificationError, UnsupportedError
from gametheory.games import NormalFormGame

PRISONERS = NormalFormGame.from_bimatrix(
    [[3, 0], [5, 1]], [[3, 5], [0, 1]], players=["A", "B"], actions=[["C", "D"]] * 2
)
HARM = [[0, 1], [1, 5]]


@pytest.mark.parametrize(
    "profile",
    [
        ([math.nan, 1], 0),
        ([-1, 2], 0),
        ([0.3, 0.3], 0),
        (True, False),
        (1.0, 0),
        "CD",
        None,
        (0,),
        (2, 0),
        (-1, 0),
        {0, 1},
        5,
        {(0, 5): 1},
        {},
        np.array([[math.nan, 0], [0, 1]]),
    ],
    ids=repr,
)
def test_profiles_that_are_none(profile: Any) -> None:
    for ask in (
        lambda: coalition_gain(PRISONERS, profile, [0], blocking="all"),
        lambda: resilience(PRISONERS, profile),
        lambda: is_robust(PRISONERS, profile, 1, 1),
        lambda: immunity(PRISONERS, profile),
        lambda: noncompositionality_gap(PRISONERS, profile, harm=HARM),
        lambda: characteristic_function(PRISONERS, profile),
        lambda: deviation_welfare(PRISONERS, profile if profile is not None else "none"),
    ):
        with pytest.raises(SpecificationError):
            ask()


def test_floats_are_the_status_quo_of_contracts_too() -> None:
    by_floats = characteristic_function(PRISONERS, ("C", [0.5, 0.5]))
    assert by_floats == characteristic_function(PRISONERS, ("C", ["1/2", "1/2"]))
    assert coalition_worth(PRISONERS, ["A"], ("C", [0.5, 0.5])).value == by_floats.worth({0}) == F(3, 2)
    with pytest.raises(UnsupportedError, match="correlated"):
        characteristic_function(PRISONERS, {(0, 0): 1})


@pytest.mark.parametrize("coalition", [3, None, [], [0, 0], [0, "A"], [2], [-1], [0.0], [True], [[0]]], ids=repr)
def test_coalitions_that_are_none(coalition: Any) -> None:
    with pytest.raises(SpecificationError):
        coalition_gain(PRISONERS, (0, 0), coalition, blocking="all")


def designed(family: Any) -> Any:
    """The welfare of the best design against pairs in the family; no design withstands the pair."""
    try:
        return robust_correlated_equilibrium(PRISONERS, size=2, blocking="all", coalitions=family).value
    except InfeasibleError:
        return "none"


QUESTIONS = {
    "resilience": lambda family: int(resilience(PRISONERS, (1, 1), coalitions=family)),
    "robustness": lambda family: is_robust(PRISONERS, (1, 1), 2, 0, coalitions=family).status,
    "gap": lambda family: noncompositionality_gap(PRISONERS, (1, 1), harm=[[9, 1], [1, 5]], coalitions=family).value,
    "contracts": lambda family: (
        characteristic_function(PRISONERS, (1, 1), coalitions=family).superadditive_cover().worth({0, 1})
    ),
    "welfare": lambda family: deviation_welfare(PRISONERS, (1, 1), coalitions=family).best.value,
    "design": designed,
}


@pytest.mark.parametrize("name", QUESTIONS)
def test_every_question_reads_families_alike(name: str) -> None:
    ask = QUESTIONS[name]
    together = [ask(family) for family in ([["A", "B"]], [{0, 1}], (range(2) for _ in range(1)))]
    assert together[0] == together[1] == together[2]
    assert ask(2) == ask(nx.path_graph(2)) == ask(None)
    for family in (0, 9, True, 1.5, "all", [0, 1], [[]], [[7]], ["AB"], nx.path_graph(5)):
        with pytest.raises(SpecificationError):
            ask(family)


def test_families_by_size_leave_pairs_out() -> None:
    assert [QUESTIONS[name](1) for name in QUESTIONS] == [2, "yes", 0, 0, 2, 2]
    assert [QUESTIONS[name](2) for name in QUESTIONS] == [1, "no", 4, 4, 6, "none"]


def test_one_player() -> None:
    alone = NormalFormGame([[1, 2, 3]])
    assert noncompositionality_gap(alone, (0,), harm=[7, 0, 9]).together.best.value == 9  # a number for each action
    assert noncompositionality_gap(alone, (0,), harm=[2]).together.best.value == 6  # a weight
    assert (
        stealthy_harm(alone, [0, 0, 9], honest=[1, 0, 0], divergence="total variation", budget="1/3").exact_lower == 3
    )
    with pytest.raises(UnsupportedError, match="single action"):
        stealthy_harm(NormalFormGame([[4]]), [5], honest=[1], divergence="total variation", budget=0)
    with pytest.raises(SpecificationError, match="harm"):
        noncompositionality_gap(alone, (0,), harm="sum")


def test_harm_by_size_ends_where_it_grows_no_more() -> None:
    agents = {"a": ["x"], "b": ["y"]}
    assert harm_by_size(CapabilityModel.of(agents, {"one": ["x"], "two": ["x", "y"]}, harm={"one": 5, "two": 1})) == (
        0,
        5,
    )
    assert harm_by_size(CapabilityModel.of(agents, {"one": ["x"]}, harm={"one": 0})) == (0,)


@pytest.mark.parametrize(
    ("agents", "recipes", "links"),
    [
        ({0: ["x"]}, {"r": ["x"]}, None),
        ({"a": 3}, {"r": ["x"]}, None),
        ({"a": ["x"]}, {"r": [1]}, None),
        ({"a": ["x"]}, {"r": 1}, None),
        ({"a": ["x"], "b": ["y"]}, {"r": ["x"]}, [("a",)]),
        ({"a": ["x"], "b": ["y"]}, {"r": ["x"]}, ["ab"]),
        ({"a": ["x"], "b": ["y"]}, {"r": ["x"]}, [("a", "z")]),
    ],
)
def test_capabilities_that_are_none(agents: Any, recipes: Any, links: Any) -> None:
    with pytest.raises(SpecificationError):
        CapabilityModel.of(agents, recipes, links=links)


def test_links_may_come_one_by_one() -> None:
    model = CapabilityModel.of({"a": ["x"], "b": ["y"]}, {"r": ["x", "y"]}, links=(pair for pair in [("a", "b")]))
    assert len(minimal_coalitions(model)) == 1


@pytest.mark.parametrize(
    ("bits", "values"),
    [
        (F(0), 1),
        (F(1, 10**300), 1),
        (F(math.log2(3)), 2),  # below log₂ 3
        (F("1.58496250072115618145373894394781650875981440769248"), 2),
        (F("1.58496250072115618145373894394781650875981440769249"), 3),
        (F(5) - F(1, 10**80), 31),
        (F(5), 32),
        (F(64), 2**64),
    ],
)
def test_values_of_a_seed(bits: F, values: int) -> None:
    assert _largest_power(bits) == values


@pytest.mark.parametrize("bits", [1e-300, math.nan, math.inf, -1, 65, "x", None, True])
def test_bits_that_are_none(bits: Any) -> None:
    match = [[[int(i == j == b) for b in range(2)] for j in range(2)] for i in range(2)]
    game = NormalFormGame([match, match, match])
    for notion in ("seed", "min_entropy", "rate"):
        with pytest.raises(SpecificationError, match="bits"):
            covert_value(game, team=[0, 1], adversary=2, bits=bits, notion=notion, payoff=match)  # type: ignore[arg-type]
