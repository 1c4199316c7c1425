"""Inspection games: published values, both players' optimal behaviour, commitment, and independent programmes."""

from __future__ import annotations

import json
import math
import pickle
import random
from fractions import Fraction as F
from typing import Any

import pytest
from oracles.inspection import commitment_value, inspection_play_holds, is_stage_equilibrium, zero_sum_value

from gametheory.certificates import read_certificate
from gametheory.errors import SpecificationError, UnsupportedError
from gametheory.oversight import InspectionGame, dresher_value, inspection_commitment, inspection_equilibrium

# B. von Stengel 2016 (the recursion of M. Dresher 1962); I(5,2), I(10,3), I(12,6) by recursion and closed form alike.
VALUES = {
    (2, 1): F(-1, 3),
    (3, 1): F(-1, 2),
    (3, 2): F(-1, 7),
    (4, 2): F(-3, 11),
    (5, 2): F(-3, 8),
    (6, 3): F(-5, 21),
    (10, 3): F(-21, 44),
    (12, 6): F(-231, 1255),
}


@pytest.mark.parametrize(("size", "value"), VALUES.items())
def test_published_values(size: tuple[int, int], value: F) -> None:
    n, m = size
    play = inspection_equilibrium(InspectionGame(periods=n, inspections=m))
    assert play.value == value == dresher_value(n, m)
    assert play.payoffs[1] == -value
    assert play.certificate.verify()
    assert not play.several_payoffs


def test_first_period_of_the_smallest_game() -> None:
    play = inspection_equilibrium(InspectionGame(periods=2, inspections=1))
    assert play.inspection_probabilities[2, 1, 1] == F(1, 3)
    assert play.violation_probabilities[2, 1, 1] == F(1, 3)


def test_closed_form_everywhere() -> None:
    for n in range(1, 8):
        for m in range(n + 2):
            assert inspection_equilibrium(InspectionGame(periods=n, inspections=m)).value == dresher_value(n, m)
            if 0 < m < n:
                # The optimal first inspection probability is s(n−1, m−1)/s(n, m), s(n, m) = Σ_{i≤m} C(n, i).
                first = inspection_equilibrium(InspectionGame(periods=n, inspections=m)).inspection_probabilities[
                    n, m, 1
                ]
                small, large = (sum(math.comb(a, i) for i in range(b + 1)) for a, b in ((n - 1, m - 1), (n, m)))
                assert first == F(small, large)


def test_values_equal_a_programme_over_schedules() -> None:
    rng = random.Random(8)
    for _ in range(40):
        n = rng.randint(1, 5)
        m, loss, gain = rng.randint(0, n), rng.randint(0, 4), rng.randint(0, 4)
        game = InspectionGame(periods=n, inspections=m, caught=(loss, -loss), undetected=(-gain, gain))
        assert float(inspection_equilibrium(game).payoffs[1]) == pytest.approx(
            zero_sum_value(n, m, -loss, gain), abs=1e-8
        )


def test_more_inspections_never_hurt_and_more_periods_never_help() -> None:
    rng = random.Random(5)
    for _ in range(6):
        loss, gain, k = F(rng.randint(0, 6), 2), F(rng.randint(1, 6), 2), rng.randint(1, 3)
        pays: dict[str, Any] = {"violations": k, "caught": (loss, -loss), "undetected": (-gain, gain)}
        values = {
            (n, m): inspection_equilibrium(InspectionGame(periods=n, inspections=m, **pays)).value
            for n in range(1, 6)
            for m in range(6)
        }
        assert all(values[n, m] <= values[n, m + 1] for n in range(1, 6) for m in range(5))
        assert all(values[n, m] >= values[n + 1, m] for n in range(1, 5) for m in range(6))


def test_schedule_does_not_depend_on_the_violations_left() -> None:
    """B. von Stengel 2016: what is caught costs the same multiple of what succeeds, for every number of violations left."""
    rng = random.Random(6)
    for _ in range(10):
        b, rewards = F(rng.randint(0, 8), rng.randint(1, 4)), [F(rng.randint(1, 6), 2) for _ in range(3)]
        game = InspectionGame(
            periods=6,
            inspections=rng.randint(1, 4),
            violations=3,
            caught=[(b * r, -b * r) for r in rewards],
            undetected=[(-r, r) for r in rewards],
        )
        assert inspection_equilibrium(game).needs_no_count
    uneven = InspectionGame(
        periods=4, inspections=1, violations=2, caught=[(9, -9), (0, 0)], undetected=[(-1, 1), (-1, 1)]
    )
    assert not inspection_equilibrium(uneven).needs_no_count


def test_random_play_is_an_equilibrium_of_every_stage() -> None:
    rng = random.Random(7)
    several = 0
    for _ in range(80):
        k = rng.randint(1, 2)
        pays = {
            name: [(rng.randint(-3, 3), rng.randint(-3, 3)) for _ in range(k)]
            if k > 1
            else (rng.randint(-3, 3), rng.randint(-3, 3))
            for name in ("caught", "undetected")
        }
        game = InspectionGame(periods=rng.randint(1, 4), inspections=rng.randint(0, 4), violations=k, **pays)
        worst, best = (inspection_equilibrium(game, selection=s) for s in ("worst", "best"))  # type: ignore[arg-type]
        assert inspection_play_holds(worst.certificate.to_dict())
        assert inspection_play_holds(best.certificate.to_dict())
        several += bool(worst.several_payoffs)
        if not worst.several_payoffs:
            assert worst.payoffs == best.payoffs
    assert 0 < several < 80


def test_stage_oracle_knows_matching_pennies() -> None:
    pennies = [[(F(1), F(-1)), (F(-1), F(1))], [(F(-1), F(1)), (F(1), F(-1))]]
    assert is_stage_equilibrium(pennies, F(1, 2), F(1, 2))
    assert not is_stage_equilibrium(pennies, F(1, 2), F(1))


# -- commitment --------------------------------------------------------------------------------------------------------


def test_commitment_changes_nothing_in_a_zero_sum_game() -> None:
    rng = random.Random(9)
    for _ in range(30):
        loss, gain = F(rng.randint(0, 6), 2), F(rng.randint(0, 6), 2)
        game = InspectionGame(
            periods=rng.randint(1, 6), inspections=rng.randint(0, 4), caught=(loss, -loss), undetected=(-gain, gain)
        )
        assert inspection_commitment(game).value == inspection_equilibrium(game).value


def test_commitment_equals_a_programme_for_each_plan() -> None:
    rng = random.Random(10)
    plain = 0
    for k in range(70):
        n = 3 if k % 14 == 0 else rng.randint(1, 2)
        caught, undetected = ((rng.randint(-4, 3), rng.randint(-4, 3)) for _ in range(2))
        m = rng.randint(0, n)
        design = inspection_commitment(InspectionGame(periods=n, inspections=m, caught=caught, undetected=undetected))
        expected = commitment_value(n, m, caught, undetected)
        if design.decision.draws_lots:
            assert float(design.value) >= expected - 1e-8
        else:
            plain += 1
            assert float(design.value) == pytest.approx(expected, abs=1e-8)
    assert plain >= 60


def test_commitment_deters_while_inspections_remain() -> None:
    """M. Maschler 1966, B. von Stengel 2016: the same schedule as in simultaneous play, but legal conduct; worth more."""
    rng = random.Random(11)
    for _ in range(30):
        n = rng.randint(2, 6)
        m = rng.randint(1, n - 1)
        a, b, c, d = rng.randint(0, 3), rng.randint(1, 4), rng.randint(4, 8), rng.randint(1, 4)
        game = InspectionGame(periods=n, inspections=m, caught=(-a, -b), undetected=(-c, d))
        play, design = inspection_equilibrium(game), inspection_commitment(game)
        schedule = design.decision
        assert schedule.payoffs[1] == play.payoffs[1]  # the inspectee is as well off
        assert design.value >= play.value
        assert a == 0 or design.value > play.value
        assert schedule.stages[0].inspection_probability == play.inspection_probabilities[n, m, 1]
        assert all(stage.reply == "legal" for stage in schedule.stages if stage.inspections)
        assert not schedule.draws_lots
        assert design.certificate is not None
        assert read_certificate(json.dumps(design.certificate.to_dict())).verify()
        assert design.value == -c * schedule.violation_probability()


def test_results_are_shown_and_kept() -> None:
    game = InspectionGame(periods=3, inspections=1, caught=(-1, -2), undetected=(-3, 1))
    play, design = inspection_equilibrium(game), inspection_commitment(game)
    for result in (play, design, design.decision):
        json.dumps(result.to_dict(), allow_nan=False)
        assert "<" in result._repr_html_()
        assert pickle.loads(pickle.dumps(result)) == result  # noqa: S301  # our own bytes
    pytest.importorskip("pandas")
    assert len(play.to_frame()) == game.terms.num_states
    assert len(design.decision.to_frame()) == len(design.decision.stages)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"periods": 0, "inspections": 1}, "periods"),
        ({"periods": 2, "inspections": -1}, "inspections"),
        ({"periods": 2, "inspections": True}, "inspections"),
        ({"periods": 2, "inspections": 1, "caught": 3}, "caught"),
        ({"periods": 2, "inspections": 1, "undetected": (1, float("nan"))}, "undetected"),
        ({"periods": 2, "inspections": 1, "violations": 2, "caught": [(1, -1)]}, "caught"),
        ({"periods": 2, "inspections": 1, "violations": 2, "caught": [(1, -1), (1,)]}, "caught"),
    ],
)
def test_malformed_games_are_refused(arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(SpecificationError, match=words):
        InspectionGame(**arguments)


def test_questions_that_are_refused() -> None:
    with pytest.raises(UnsupportedError, match="one"):
        inspection_commitment(InspectionGame(periods=3, inspections=1, violations=2))
    with pytest.raises(SpecificationError, match="worst"):
        inspection_equilibrium(InspectionGame(periods=3, inspections=1), selection="any")  # type: ignore[arg-type]
    with pytest.raises(SpecificationError, match="GiB"):
        inspection_equilibrium(InspectionGame(periods=10**6, inspections=10**6))
