"""Every result of detection and privacy is a value: copied, written as JSON, shown escaped, as a table where it is one."""

from __future__ import annotations

import copy
import json
import math
from typing import Any

import pytest

from gametheory.information import (
    Channel,
    base_rates,
    entropy,
    largest_expectation,
    neyman_pearson_test,
    optimal_composition,
    privacy_loss,
    randomised_response,
    roc_curve,
    secret_sharing_risk,
    sequential_test,
    wald_approximation,
)

HONEST, ATTACK = ["3/4", "1/4"], ["1/4", "3/4"]
LABELLED = Channel([HONEST], outputs=["<b>quiet</b>", "alarm"])

RESULTS: list[Any] = [
    LABELLED,
    entropy(HONEST, unit="bits"),
    largest_expectation([0, 1], HONEST, divergence="kullback-leibler", budget="0.1", unit="nats"),
    largest_expectation([0, 1], HONEST, divergence="chi-squared", budget=0),
    neyman_pearson_test(LABELLED, Channel([ATTACK], outputs=LABELLED.outputs), false_alarm_rate="0.1"),
    roc_curve(HONEST, ATTACK),
    base_rates(prevalence="0.1", false_alarm_rate="0.1", detection_rate="0.5"),
    base_rates(prevalence="0.1", false_alarm_rate=0, detection_rate=0),
    sequential_test(HONEST, ATTACK, lower="1/9", upper=9),
    privacy_loss(randomised_response(ratio=3), "all"),
    privacy_loss([[1, 0], [0, 1]], "all"),
    optimal_composition(2, epsilon=1)[0],
    secret_sharing_risk(3, 2, loss="0.1", capture="0.1"),
    wald_approximation(HONEST, ATTACK, false_alarm_rate="0.1", miss_rate="0.1"),
]


@pytest.mark.parametrize("result", RESULTS, ids=lambda result: type(result).__name__)
def test_results_are_values(result: Any) -> None:
    assert copy.deepcopy(result) == result
    assert hash(copy.deepcopy(result)) == hash(result)
    assert json.loads(json.dumps(result.to_dict(), allow_nan=False)) == result.to_dict()
    assert "\n" not in repr(result)
    if not isinstance(result, Channel):
        assert any(word in repr(result) for word in ("certified", "exact", "numerical"))
    if hasattr(result, "_repr_html_"):
        assert "<b>" not in result._repr_html_()
    if hasattr(result, "to_frame"):
        assert len(result.to_frame()) >= 1


def test_numbers_of_results() -> None:
    assert float(RESULTS[2]) == RESULTS[2].lower
    assert float(RESULTS[4]) == pytest.approx(0.3)
    assert float(RESULTS[10]) == math.inf
