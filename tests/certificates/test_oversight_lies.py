"""Lies about inspection, alarms, audited agents, attribution: no claim is believed that an independent oracle finds false."""

from __future__ import annotations

import functools
import itertools
import json
import random
from fractions import Fraction as F
from typing import Any

import pytest
from lies import COSTLY_LIES, LIES, Change, garbage, lies, on_intact_data
from oracles.inspection import (
    attribution_fixed_point,
    attribution_floats,
    attribution_map,
    commitment_value,
    inspection_play_holds,
    worst_equilibrium_value,
)
from scipy.stats import norm

from gametheory.certificates import read_certificate
from gametheory.errors import CertificateError, SpecificationError
from gametheory.games import NormalFormGame
from gametheory.oversight import (
    AlarmGame,
    AttributionGame,
    AuditedAgents,
    InspectionGame,
    attribution_equilibrium,
    gaussian_alarms,
    inspection_commitment,
    inspection_equilibrium,
    worst_case_audit,
)


def accepted(data: Any) -> bool:
    """Whether the kernel believes the data, written to text and read back; anything but its own errors is a defect."""
    try:
        return read_certificate(json.dumps(data)).verify()
    except (SpecificationError, CertificateError):
        return False


def shift_everything(name: str) -> Change:
    """Move a stated number, or all those of a list, by the same small amount."""

    @on_intact_data
    def change(data: Any, rng: random.Random) -> bool:
        step = F(rng.choice((-1, 1)), rng.choice((2, 10, 1000)))
        data[name] = (
            [str(F(x) + step) for x in data[name]] if isinstance(data[name], list) else str(F(data[name]) + step)
        )
        return True

    return change


# -- inspection --------------------------------------------------------------------------------------------------------


@functools.cache
def inspection_bases() -> list[dict[str, Any]]:
    games = [
        InspectionGame(periods=3, inspections=1),
        InspectionGame(periods=2, inspections=2, caught=(-1, -2), undetected=(-3, 1)),
        InspectionGame(
            periods=3, inspections=1, violations=2, caught=[(2, -2), (1, -1)], undetected=[(-2, 2), (-1, 1)]
        ),
    ]
    return [inspection_equilibrium(game).certificate.to_dict() for game in games]


@LIES
def test_inspection_equilibria(count: int) -> None:
    """Behaviour is needed as evidence: acceptance equals an independent evaluation of what is listed."""
    believed = 0
    for what, data in lies(inspection_bases(), count, 1, special=[shift_everything("payoffs")]):
        try:
            truth = inspection_play_holds(data)
        except (KeyError, TypeError, ValueError, ZeroDivisionError):
            truth = False
        assert not (accepted(data) and not truth), what
        believed += accepted(data)
    assert believed  # some changes leave the claim true


@functools.cache
def commitment_bases() -> list[dict[str, Any]]:
    games = [
        InspectionGame(periods=2, inspections=1, caught=(-1, -2), undetected=(-3, 1)),
        InspectionGame(periods=2, inspections=1, caught=(1, -1), undetected=(-1, 1)),
        InspectionGame(periods=1, inspections=1, caught=(0, 2), undetected=(-2, 1)),
    ]
    return [inspection_commitment(game).certificate.to_dict() for game in games]  # type: ignore[union-attr]


@COSTLY_LIES
def test_inspection_commitments(count: int) -> None:
    """The claim decides alone."""
    for what, data in lies(commitment_bases(), count, 2, special=[shift_everything("value")]):
        if not accepted(data):
            continue
        assert data["violations"] == 1, what
        pays = [
            float(F(data[f"{who}_{event}"][0]))
            for event in ("caught", "undetected")
            for who in ("inspector", "inspectee")
        ]
        if data["periods"] <= 2:
            best = commitment_value(data["periods"], data["inspections"], (pays[0], pays[1]), (pays[2], pays[3]))
            assert float(F(data["value"])) == pytest.approx(best, abs=1e-7), what


# -- alarms ------------------------------------------------------------------------------------------------------------


@functools.cache
def alarm_bases() -> list[dict[str, Any]]:
    game = AlarmGame(falsely_accused=1, caught=9, undetected=10, false_alarm_cost=1, caught_cost=2, undetected_cost=10)
    return [gaussian_alarms(game, shift=shift, bits=12).certificate.to_dict() for shift in ("1/2", 2)]


@COSTLY_LIES
def test_alarm_thresholds(count: int) -> None:
    specials = [shift_everything("low"), shift_everything("high")]
    kept = 0
    for what, data in lies(alarm_bases(), count, 3, special=specials):
        try:
            e1, b1, d1, e2, a2, c2, mu, low, high = (
                float(F(data[name]))
                for name in (
                    *("falsely_accused", "caught", "undetected", "false_alarm_cost", "caught_cost", "undetected_cost"),
                    *("shift", "low", "high"),
                )
            )
        except (KeyError, TypeError, ValueError, ZeroDivisionError):
            assert not accepted(data), what
            continue
        gains = [(b1 + d1) * norm.sf(t - mu) - e1 * norm.sf(t) - d1 for t in (low, high)]
        sound = 0 <= e1 < b1 and d1 > 0 and 0 < e2 <= a2 < c2 and mu > 0
        if accepted(data):
            kept += 1
            assert sound, what
            assert gains[0] >= -1e-9, what
            assert gains[1] < 1e-9, what
        elif sound and max(map(abs, (low, high, mu))) < 50:
            assert gains[0] < 1e-9 or gains[1] > -1e-9, what  # what is clearly true is believed
    assert kept


# -- audited agents ----------------------------------------------------------------------------------------------------


@functools.cache
def audit_bases() -> list[dict[str, Any]]:
    reports = NormalFormGame([[[0, 0], [1, 2]], [[0, 1], [0, 2]]])
    models = [
        AuditedAgents.of_penalties(
            reports, violations=[1, 1], penalty=3, principal=[[0, -1], [-1, -2]], budget=budget, recovery=recovery
        )
        for budget, recovery in ((1, "1/2"), ("7/10", 0), ("6/5", 0))
    ]
    single = AuditedAgents(NormalFormGame([[0, 1]]), [[[0, -2]]], [1, 0], principal_effects=[[-1, 0]], budget=1)
    return [worst_case_audit(model).certificate.to_dict() for model in (*models, single)]  # type: ignore[union-attr]


@COSTLY_LIES
def test_audited_agents(count: int) -> None:
    """No policy of a grid is worth more than a bound that is believed, and the policy is worth what is stated."""
    specials = [shift_everything("bound"), shift_everything("value"), shift_everything("policy")]
    kept = 0
    for what, data in lies(audit_bases(), count, 4, words={"without": ("worst", "excluded")}, special=specials):
        if not accepted(data):
            continue
        kept += 1
        if data["bound"] is None:
            continue
        assert worst_equilibrium_value(data, [F(x) for x in data["policy"]]) == F(data["value"]), what
        levers = len(data["costs"])
        for x in itertools.product([F(k, 8) for k in range(9)], repeat=len(data["policy"])):
            parts = [x[k : k + levers] for k in range(0, len(x), levers)] if data["adaptive"] else [x]
            if all(
                sum((F(c) * y for c, y in zip(data["costs"], own, strict=True)), F(0)) <= F(data["budget"])
                for own in parts
            ):
                found = worst_equilibrium_value(data, x)
                assert found is None or found <= F(data["bound"]), what
    assert kept


# -- attribution -------------------------------------------------------------------------------------------------------


@functools.cache
def attribution_bases() -> list[dict[str, Any]]:
    games = [
        AttributionGame.symmetric(2, detection="0.7", misattribution="0.1", false_alarm="0.05"),
        AttributionGame.symmetric(1, detection="0.6", misattribution=0, false_alarm="0.1"),
        AttributionGame(
            [["1/4", "3/4", 0], ["1/4", "1/4", "1/2"]], ["4/5", "1/10", "1/10"], opportunities=["1/2", "1/4"]
        ),
    ]
    return [attribution_equilibrium(game, width="1/1000").certificate.to_dict() for game in games]


@on_intact_data
def move_a_box(data: Any, rng: random.Random) -> bool:
    side = rng.choice(rng.choice(data["boxes"]))
    step = F(rng.choice((-1, 1)), rng.choice((10, 1000, 100_000)))
    side[:] = [str(F(x) + step) for x in side]
    return True


@on_intact_data
def cut_deeper(data: Any, rng: random.Random) -> bool:
    step = rng.choice([s for s in data["steps"] if s[0] in ("above", "below")])
    step[2] = str(F(step[2]) + F(rng.choice((-1, 1)), rng.choice((10, 1000, 100_000))))
    return True


@COSTLY_LIES
def test_attribution_boxes(count: int) -> None:
    """Every fixed point that iteration finds is in a box of a certificate that is believed."""
    kept = 0
    for what, data in lies(attribution_bases(), count, 5, special=[move_a_box, cut_deeper]):
        if not accepted(data):
            continue
        kept += 1
        model = attribution_floats(data)
        for start in (0.0, 1.0):
            x = attribution_fixed_point(model, start, rounds=120)
            if max(abs(a - b) for a, b in zip(x, attribution_map(model, x), strict=True)) > 1e-9:
                continue
            assert any(
                all(float(F(low)) - 1e-7 <= a <= float(F(high)) + 1e-7 for a, (low, high) in zip(x, box, strict=True))
                for box in data["boxes"]
            ), what
    assert kept


@pytest.mark.parametrize("bases", [inspection_bases, commitment_bases, alarm_bases, audit_bases, attribution_bases])
def test_garbage_is_refused(bases: Any) -> None:
    for base in bases():
        assert accepted(base)
        for data in garbage(base, 60, 6):
            try:
                read_certificate(json.dumps(data)).verify()
            except (SpecificationError, CertificateError):
                continue
