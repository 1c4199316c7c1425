"""Distributions and channels: what is refused, and that every row sums to one exactly."""

from __future__ import annotations

import copy
from fractions import Fraction as F

import numpy as np
import pytest

from gametheory.errors import SpecificationError
from gametheory.games.monitoring import Monitoring
from gametheory.information import Channel, read_channel, read_distribution, read_probability


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([], "shape"),
        ([[1]], "shape"),
        (["1/2", "1/3"], "sum to 5/6"),
        ([0.5, 0.4], "sum to 0.9"),
        ([0.5, float("nan"), 0.5], "nan"),
        ([1.5, -0.5], "not negative"),
        (["3/2", "-1/2"], "not negative"),
        ([True, False], "truth value"),
        (["1/2", 0.5], "floats"),
        ("1", "shape"),
    ],
)
def test_what_is_no_distribution_is_refused(values: object, message: str) -> None:
    with pytest.raises(SpecificationError, match=message):
        read_distribution(values)


def test_rows_of_floats_sum_to_one_exactly_and_move_by_rounding_only() -> None:
    rng = np.random.default_rng(1)
    table = rng.dirichlet(np.ones(7) * 0.1, size=40)
    channel = Channel(table)
    assert set(channel.rows.fractions().sum(axis=1).tolist()) == {F(1)}
    assert np.abs(channel.probabilities - table).max() < 1e-15
    assert channel.rows.denominator & (channel.rows.denominator - 1) == 0  # a power of two: numbers stay small
    assert channel.exact().arithmetic == "exact"
    assert channel.exact().rows == channel.rows
    assert copy.deepcopy(channel) == channel
    assert channel != channel.exact()


def test_floats_that_sum_to_one_are_taken_as_they_are() -> None:
    _, p = read_distribution([0.1, 0.2, 0.7])
    assert p[1] == F(0.2)
    assert sum(p.fractions()) == 1


def test_the_row_that_fails_is_named() -> None:
    with pytest.raises(SpecificationError, match=r"probabilities\[1\].*sum to 3/4"):
        Channel([["1/2", "1/2"], ["1/2", "1/4"]])
    with pytest.raises(SpecificationError, match=r"the leak: found 2 inputs; write 3"):
        read_channel([[1, 0], [0, 1]], where="the leak", num_inputs=3)
    with pytest.raises(SpecificationError, match="between 0 and 1"):
        read_probability("9/8")


def test_cascades_and_joint_observation() -> None:
    def symmetric(p: F) -> Channel:
        return Channel([[1 - p, p], [p, 1 - p]])

    a, b = F(1, 10), F(1, 5)
    assert symmetric(a).cascade(symmetric(b)).rows == symmetric(a * (1 - b) + b * (1 - a)).rows
    three = symmetric(a).together(symmetric(a)).together(symmetric(a))
    assert three.num_outputs == 8
    assert three.row(0)[0] == (1 - a) ** 3
    assert set(three.rows.fractions().sum(axis=1).tolist()) == {F(1)}
    mixed = symmetric(a).together(read_channel([[0.5, 0.5], [0.5, 0.5]]))
    assert mixed.arithmetic == "float"
    with pytest.raises(SpecificationError, match="inputs"):
        symmetric(a).cascade(Channel.identity(3))


def test_a_game_is_monitored_through_a_channel() -> None:
    monitoring = Monitoring.alarm((2, 2), (0, 0), detection_rate="7/10", false_alarm_rate="1/10")
    channel = read_channel(monitoring)
    assert channel.outputs == ("quiet", "alarm")
    assert [str(p) for p in channel.rows.fractions()[:, 1]] == ["1/10", "7/10", "7/10", "7/10"]
    assert str(channel.output_distribution(["1/2", "1/2", 0, 0])[1]) == "2/5"
    assert channel.row("0, 1") == channel.row(1)


def test_channels_are_shown_with_their_labels_escaped() -> None:
    shown = Channel([["1/3", "2/3"], [1, 0]], inputs=["<a>", "b"], outputs=["c", "d&e"])._repr_html_()
    assert "<th>&lt;a&gt;</th><td>1/3</td><td>2/3</td>" in shown
    assert "<th>d&amp;e</th>" in shown
    assert Channel(np.full((20, 20), 0.05))._repr_html_() == "<p>Channel(20 inputs, 20 outputs, float)</p>"
