"""Environments: what is read, what is refused, beliefs, symmetries, files."""

from __future__ import annotations

import json
import pickle
from fractions import Fraction as F

import numpy as np
import pytest

from gametheory.errors import SpecificationError, UnsupportedError
from gametheory.games.memory import memory_limit
from gametheory.mechanisms import Environment

ITEM = Environment.single_item([[1, 2], [1, 3]], priors=[["1/3", "2/3"], ["1/2", "1/2"]])


def test_values_prior_and_beliefs() -> None:
    assert [str(x) for x in ITEM.prior.fractions().flat] == ["1/6", "1/6", "1/3", "1/3"]
    assert ITEM.belief("agent 1", "2").tolist() == [F(1, 2), F(1, 2)]
    assert ITEM.item_values(1).fractions().tolist() == [1, 3]
    assert ITEM.values(0).shape == (3, 2, 2)
    assert ITEM.values(0)[1, 1, 0] == 2
    assert ITEM.values(0)[2, 1, 0] == 0
    assert ITEM.profile_text((1, 0)) == "(2, 1)"
    assert ITEM.independent
    correlated = Environment.single_item([[1, 2]] * 2, prior=[["3/10", "1/5"], ["1/5", "3/10"]])
    assert not correlated.independent
    assert correlated.belief(0, 0).tolist() == [F(3, 5), F(2, 5)]
    assert correlated.type_probabilities(1).fractions().tolist() == [F(1, 2), F(1, 2)]


def test_floats_are_rationals_and_products_stay_products() -> None:
    environment = Environment.single_item([[0.1, 0.2]] * 2, priors=[[0.1, 0.9]] * 2)
    assert environment.arithmetic == "float"
    assert environment.independent
    assert environment.item_values(0)[0] == F(0.1)
    assert environment.prior.fractions().sum() == 1
    assert environment.exact().arithmetic == "exact"
    assert environment.digest() == environment.exact().digest()
    with pytest.raises(SpecificationError, match="product of their marginals up to rounding"):
        Environment.single_item([[0.1, 0.2]] * 2, prior=np.outer([0.1, 0.9], [0.1, 0.9]))


@pytest.mark.parametrize("environment", [
    ITEM,
    Environment.single_item([[0.5, 1.0]] * 3, priors=[[0.25, 0.75]] * 3, identical=True),
    Environment.from_function(lambda o, t: (o * t[1], t[0]), (2, 3), ["no", "yes"], prior=[["1/6"] * 3] * 2),
])  # fmt: skip
def test_files_and_values(environment: Environment) -> None:
    again = Environment.from_dict(json.loads(json.dumps(environment.to_dict())))
    assert again == environment
    assert hash(again) == hash(environment)
    assert pickle.loads(pickle.dumps(environment)) == environment  # noqa: S301  # our own bytes
    assert again.digest() == environment.digest()
    assert environment != ITEM or environment is ITEM


@pytest.mark.parametrize(("make", "message"), [
    (lambda: Environment.single_item([[1, 2]] * 2), "give one of prior="),
    (lambda: Environment.single_item([[1, 2]] * 2, priors=[["1/2", "1/3"]] * 2), "sum to 1"),
    (lambda: Environment.single_item([[1, 2]] * 2, priors=[["1/2", "1/2"]]), "write 2, one for each agent"),
    (lambda: Environment.single_item([[1, 2]] * 2, priors=[["3/2", "-1/2"]] * 2), "negative"),
    (lambda: Environment.single_item([[1, float("nan")]] * 2, priors=[[0.5, 0.5]] * 2), "nan"),
    (lambda: Environment.single_item([[1, True]] * 2, priors=[[0.5, 0.5]] * 2), "truth value"),
    (lambda: Environment.single_item([["1/3", 1]] * 2, priors=[[0.5, 0.5]] * 2), "exact fractions beside floats"),
    (lambda: Environment.single_item([[1, 2], [1, 3]], priors=[["1/2", "1/2"]] * 2, identical=True), "not the same"),
    (lambda: Environment.single_item([[1, 2]] * 2, prior=[["1/2", "1/2"], [0, 0]], identical=True), "not the same"),
    (lambda: Environment.single_item([[1, [2]]], priors=[["1/2", "1/2"]]), "ragged"),
    (lambda: Environment.private_values([[[1, 2]], [[1, 2, 3]]], priors=[["1/2", "1/2"]] * 2), "shape"),
    (lambda: Environment.private_values([[[1, 2]]], priors=[["1/2", "1/2"]], symmetries=[([1], [0])]), "permutation"),
    (lambda: Environment.private_values([[[1, 2]]], priors=[["1/2", "1/2"]], outcomes=["a", "b"]), "names"),
    (lambda: Environment.private_values([[[1, 2]]], priors=[["1/2", "1/2"]], types=[["a", "a"]]), "twice"),
    (lambda: Environment.from_function(lambda o, t: [0], (2, 2), ["x"], priors=[["1/2", "1/2"]] * 2), "return one each"),
    (lambda: Environment.from_dict({"agents": []}), "environment"),
    (lambda: Environment.from_dict({**ITEM.to_dict(), "symmetries": [[3]]}), "symmetries"),
    (lambda: Environment.from_dict({**ITEM.to_dict(), "prior": ["1"]}), "prior"),
    (lambda: Environment.from_dict({**ITEM.to_dict(), "arithmetic": "real"}), "arithmetic"),
])  # fmt: skip
def test_what_is_refused(make, message: str) -> None:
    with pytest.raises(SpecificationError, match=message):
        make()


def test_an_item_is_not_claimed_where_somebody_cares() -> None:
    data = Environment.private_values(
        [[[0, 0], [1, 2], [1, 0]], [[0], [0], [3]]], priors=[["1/2", "1/2"], [1]]
    ).to_dict()
    with pytest.raises(SpecificationError, match="single item"):
        Environment.from_dict({**data, "item": True})
    with pytest.raises(UnsupportedError, match="single item"):
        Environment.from_dict(data).item_values(0)


def test_memory_is_predicted() -> None:
    with memory_limit(2**20), pytest.raises(SpecificationError, match="the prior would need"):
        Environment.single_item([list(range(60))] * 4, priors=[[F(1, 60)] * 60] * 4)


def test_types_without_probability_have_no_belief() -> None:
    environment = Environment.single_item([[1, 2]], priors=[[1, 0]])
    with pytest.raises(SpecificationError, match="probability 0"):
        environment.belief(0, "2")
