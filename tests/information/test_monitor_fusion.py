"""Votes of monitors and shared secrets against enumeration of all outcomes, and the published numbers."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction as F

import numpy as np
import pytest

from gametheory.errors import SpecificationError
from gametheory.information import (
    Channel,
    gaussian_power,
    gaussian_vote_power,
    roc_curve,
    secret_sharing_risk,
    secret_sharing_risks,
    vote_rate,
)


def by_enumeration(rates: list[F], votes: int) -> F:
    total = F(0)
    for alarms in itertools.product((0, 1), repeat=len(rates)):
        if sum(alarms) >= votes:
            total += math.prod((x if a else 1 - x for x, a in zip(rates, alarms, strict=True)), start=F(1))
    return total


def test_votes_and_captures_by_enumeration() -> None:
    rng = np.random.default_rng(23)
    for _ in range(20):
        rates = [F(int(x), 7) for x in rng.integers(0, 8, size=4)]
        for votes in range(1, 5):
            assert vote_rate(rates, votes=votes, capture="none") == by_enumeration(rates, votes)
            thinned = [F(4, 5) * x for x in rates]
            assert vote_rate(rates, votes=votes, capture="random", captured="1/5") == by_enumeration(thinned, votes)
            for t in range(5):
                worst = min(
                    by_enumeration([x if i not in taken else F(0) for i, x in enumerate(rates)], votes)
                    for taken in itertools.combinations(range(4), t)
                )
                assert vote_rate(rates, votes=votes, capture="adversarial", captured=t) == worst


def test_three_normal_monitors() -> None:
    """Shift 1.2, false alarm rate 1/20: one central monitor, votes of three, chosen and random captures."""
    central = gaussian_power(0.05, shift=1.2 * math.sqrt(3))
    assert central == pytest.approx(0.667713, abs=5e-7)
    shifts = [1.2] * 3

    def power(votes: int, capture: str, captured: object = None) -> float:
        return gaussian_vote_power(
            shifts,
            votes=votes,
            false_alarm_rate=0.05,
            capture=capture,
            captured=captured,  # type: ignore[arg-type]
        )

    for votes, expected in ((1, [0.445545, 0.325093, 0.178473]), (2, [0.558757, 0.290793, 0.0])):
        found = [power(votes, "adversarial", t) for t in (0, 1, 2)]
        assert found == pytest.approx(expected, abs=5e-7)
        assert power(votes, "none") == found[0]
    for votes, expected_rate in ((1, 0.370088), (2, 0.397748), (3, 0.268269)):
        assert power(votes, "random", 0.2) == pytest.approx(expected_rate, abs=5e-7)
    assert 0.8 * central == pytest.approx(0.534171, abs=5e-7)
    for k in range(1, 20):  # random capture never justifies decentral monitors
        assert all((1 - k / 20) * central > power(votes, "random", k / 20) for votes in (1, 2, 3))


def test_a_vote_is_a_test_of_the_joint_signal() -> None:
    """No vote has more power than the best test of all signals together, and a lone monitor's vote is its own."""
    single = Channel([["9/10", "1/10"], ["1/3", "2/3"]])
    joint = single.together(single).together(single)
    best = roc_curve(joint.row(0), joint.row(1))
    for votes in (1, 2, 3):
        alarms = vote_rate(["1/10"] * 3, votes=votes, capture="none")
        power = vote_rate(["2/3"] * 3, votes=votes, capture="none")
        assert best.exact_power(alarms) == power  # equal monitors: votes are the likelihood ratio tests
    assert vote_rate(["2/3"], votes=1, capture="none") == F(2, 3)


def test_shared_secrets() -> None:
    risks = secret_sharing_risks(5, loss="0.1", capture="0.1")
    assert (risks[0].unavailable, risks[0].leaked) == (F(1, 10**5), F("0.40951"))
    assert risks[2].unavailable == risks[2].leaked == F(107, 12500)
    assert (risks[4].unavailable, risks[4].leaked) == (risks[0].leaked, risks[0].unavailable)
    losses, captures = [F(1, 10), F(1, 5), F(0)], [F(1, 3), F(1, 10), F(1)]
    for k in (1, 2, 3):
        risk = secret_sharing_risk(3, k, loss=losses, capture=captures)
        assert risk.unavailable == 1 - by_enumeration([1 - f for f in losses], k)
        assert risk.leaked == by_enumeration(captures, k)


def test_refusals() -> None:
    for call, message in (
        (lambda: vote_rate([0.5], votes=2, capture="none"), "votes"),
        (lambda: vote_rate([1.5], votes=1, capture="none"), r"rates\[0\]"),
        (lambda: vote_rate([0.5], votes=1, capture="none", captured=1), "capture="),
        (lambda: vote_rate([0.5], votes=1, capture="random", captured=2), "between 0 and 1"),
        (lambda: vote_rate([0.5], votes=1, capture="adversarial", captured=0.5), "how many"),
        (lambda: vote_rate([0.5], votes=1, capture="bribed", captured=1), "'adversarial'"),  # type: ignore[arg-type]
        (lambda: gaussian_vote_power([1.0], votes=1, false_alarm_rate=0, capture="none"), "between 0 and 1"),
        (lambda: secret_sharing_risk(3, 4, loss=0, capture=0), "3 shares"),
        (lambda: secret_sharing_risk(3, 2, loss=[0, 0], capture=0), "one for every share"),
    ):
        with pytest.raises(SpecificationError, match=message):
            call()
