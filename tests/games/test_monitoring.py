"""Public signals against sums over action profiles written out."""

from __future__ import annotations

import itertools
import pickle
from fractions import Fraction
from math import prod
from typing import Any

import numpy as np
import pytest

from gametheory.errors import SpecificationError
from gametheory.games.monitoring import Monitoring, signal_distribution
from gametheory.games.normal_form import NormalFormGame


def _game(*num_actions: int) -> NormalFormGame:
    return NormalFormGame(np.zeros((len(num_actions), *num_actions), dtype=int))


def _random_rows(rng: np.random.Generator, shape: tuple[int, ...]) -> Any:
    weights = rng.integers(0, 6, shape)
    weights[..., 0] += 1
    totals = weights.sum(axis=-1, keepdims=True)
    result = np.empty(shape, dtype=object)
    for index in np.ndindex(*shape):
        result[index] = Fraction(int(weights[index]), int(totals[(*index[:-1], 0)]))
    return result


@pytest.mark.parametrize("num_actions", [(3,), (2, 3), (2, 2, 2), (2, 1, 3, 2)])
def test_signals_of_mixed_play_are_the_written_out_sums(num_actions: tuple[int, ...]) -> None:
    rng = np.random.default_rng(7)
    game = _game(*num_actions)
    table = _random_rows(rng, (*num_actions, 4))
    monitoring = Monitoring(table.tolist())
    profile = [list(_random_rows(rng, (m,))) for m in num_actions]
    expected = [Fraction(0)] * 4
    for a in itertools.product(*map(range, num_actions)):
        weight = prod((profile[i][k] for i, k in enumerate(a)), start=Fraction(1))
        for y in range(4):
            expected[y] += weight * table[(*a, y)]
    assert list(signal_distribution(game, monitoring, profile)) == expected
    assert sum(expected) == 1
    floats = [[float(p) for p in row] for row in profile]
    for given in (monitoring, Monitoring(table.astype(float))):
        found = signal_distribution(game, given, floats)
        assert found.dtype == np.float64
        assert found == pytest.approx([float(p) for p in expected])
    pure = (0,) * len(num_actions)
    assert list(signal_distribution(game, monitoring, pure)) == list(table[pure])
    joint = np.full(num_actions, Fraction(1, prod(num_actions)), dtype=object)
    uniform = [[Fraction(1, m)] * m for m in num_actions]
    assert list(signal_distribution(game, monitoring, joint)) == list(signal_distribution(game, monitoring, uniform))


def test_perfect_monitoring_reveals_the_profile() -> None:
    game = NormalFormGame(np.zeros((2, 2, 3), dtype=int), actions=[["C", "D"], ["a", "b", "c"]])
    monitoring = Monitoring.perfect(game)
    assert monitoring.signals[4] == "D, b"
    assert monitoring.probability("D, b", 1, 1) == 1
    assert monitoring.probabilities.sum() == 6
    assert Monitoring.perfect((2, 3)).num_signals == 6
    ambiguous = NormalFormGame(np.zeros((2, 2, 2), dtype=int), actions=[["a", "a, b"], ["b, c", "c"]])
    assert len(set(Monitoring.perfect(ambiguous).signals)) == 4


def test_alarm_counts_the_deviators_that_are_watched() -> None:
    alarm = Monitoring.alarm(
        (2, 2, 2), (0, 1, 0), detection_rate=["1/2", "3/4"], false_alarm_rate="1/10", watched=[0, 1]
    )
    for a in itertools.product((0, 1), repeat=3):
        deviators = (a[0] != 0) + (a[1] != 1)
        assert alarm.probability("alarm", *a) == [Fraction(1, 10), Fraction(1, 2), Fraction(3, 4)][deviators]
        assert alarm.probability("alarm", *a) + alarm.probability(0, *a) == 1
    floats = Monitoring.alarm((2, 2), (0, 0), detection_rate=0.5, false_alarm_rate=0.1)
    assert floats.arithmetic == "float"
    assert floats.exact().arithmetic == "exact"
    assert floats.exact().probabilities.sum() == 4


def test_independent_alarms_multiply() -> None:
    """The likelihood ratio of K unanimous alarms is the K-th power of one alarm's."""
    one = Monitoring.alarm((2, 2), (0, 0), detection_rate="1/2", false_alarm_rate="1/10")
    two = one.joint(one)
    three = two.joint(one)
    for count, monitoring in ((1, one), (2, two), (3, three)):
        last = monitoring.num_signals - 1
        assert monitoring.probability(last, 1, 0) / monitoring.probability(last, 0, 0) == 5**count
    assert two.signals == ("quiet, quiet", "quiet, alarm", "alarm, quiet", "alarm, alarm")
    floats = one.joint(Monitoring.alarm((2, 2), (0, 0), detection_rate=0.5, false_alarm_rate=0.1))
    assert floats.probabilities == pytest.approx(two.probabilities.astype(float))
    with pytest.raises(SpecificationError, match="same game"):
        one.joint(Monitoring.perfect((2, 3)))


def test_symbolic_play() -> None:
    sympy = pytest.importorskip("sympy")
    x = sympy.Symbol("x")
    alarm = Monitoring.alarm((2, 2), (0, 0), detection_rate="1/2", false_alarm_rate="1/10")
    found = signal_distribution(_game(2, 2), alarm, [[1 - x, x], [1, 0]])
    assert sympy.expand(found[1] - (sympy.Rational(1, 10) + x * sympy.Rational(2, 5))) == 0


def test_value_semantics() -> None:
    monitoring = Monitoring([[0.25, 0.75], [0.5, 0.5]], ["a", "b"])
    twin = pickle.loads(pickle.dumps(monitoring))  # noqa: S301
    assert twin == monitoring
    assert hash(twin) == hash(monitoring)
    assert not twin.numerators.flags.writeable
    assert monitoring != monitoring.exact()
    assert repr(monitoring) == "Monitoring(2 profiles, 2 signals, float)"
    assert Monitoring([["1/4", "3/4"], ["1/2", "1/2"]], ["a", "b"]) == monitoring.exact()
    assert (monitoring == 1) is False


@pytest.mark.parametrize(
    ("table", "signals", "message"),
    [
        ([[0.5, 0.6]], None, r"probabilities\[0\]: found probabilities that sum to 1.1"),
        ([["1/2", "1/3"]], None, "sum to 5/6"),
        ([[1, 0], ["-1/2", "3/2"]], None, r"probabilities\[1, 0\]: found -1/2"),
        ([1, 0], None, "write an axis of actions"),
        ([[float("nan"), 1.0]], None, "finite"),
        ([[1, 0], [1]], None, "ragged"),
        ([[1, 0]], ["a"], "write 2 names"),
        ([[1, 0]], ["a", "a"], "twice"),
    ],
)
def test_malformed_tables_are_refused(table: Any, signals: Any, message: str) -> None:
    with pytest.raises(SpecificationError, match=message):
        Monitoring(table, signals)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"detection_rate": 1.5}, "detection_rate: found 1.5"),
        ({"detection_rate": ["1/2"] * 3}, "found 3 rates"),
        ({"detection_rate": ["1/2", "-1/2"]}, r"detection_rate\[1\]"),
        ({"detection_rate": "1/3", "false_alarm_rate": 0.1}, "beside floats"),
        ({"detection_rate": 1, "watched": [2]}, "watched: found 2"),
        ({"detection_rate": 1, "target": (0,)}, "target: found"),
        ({"detection_rate": 1, "target": (0, 2)}, r"target\[1\]: found 2"),
    ],
)
def test_malformed_alarms_are_refused(options: dict[str, Any], message: str) -> None:
    arguments: dict[str, Any] = {"false_alarm_rate": 0, "target": (0, 0)} | options
    with pytest.raises(SpecificationError, match=message):
        Monitoring.alarm((2, 2), arguments.pop("target"), **arguments)


def test_other_games_are_refused() -> None:
    with pytest.raises(SpecificationError, match="the game has"):
        signal_distribution(_game(2, 2), Monitoring.perfect((2, 3)), (0, 0))
    with pytest.raises(SpecificationError, match="perfect monitoring would need"):
        Monitoring.perfect((1000, 1000, 1000))
    with pytest.raises(SpecificationError, match="num_actions: found"):
        Monitoring.perfect((2, 0))
    with pytest.raises(SpecificationError, match="write 2 action indices"):
        Monitoring.perfect((2, 2)).probability(0, 1)
