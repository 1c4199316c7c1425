"""Limited secrecy: the kernel against evidence written out in fractions and floats, lies, and garbage."""

from __future__ import annotations

import functools
import json
import random
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from lies import COSTLY_LIES, garbage, lies, on_intact_data
from oracles.secrecy import evidence_is_false

from gametheory.arithmetic import RationalArray
from gametheory.certificates import SecrecyCertificate, certificate_to_json, read_certificate
from gametheory.certificates.encoding import game_from_json
from gametheory.certificates.forecast import ForecastCertificate, forecast_bound
from gametheory.certificates.secrecy_stages import logarithm_sum
from gametheory.collusion import bounded_randomness_value, covert_value, forecaster_value
from gametheory.errors import CertificateError, SpecificationError
from gametheory.games.normal_form import NormalFormGame


def accepted(data: dict[str, Any]) -> bool:
    """Whether the kernel believes the data; anything but its own errors is a defect."""
    try:
        return read_certificate(json.dumps(data)).verify()
    except (SpecificationError, CertificateError):
        return False


def team_game(table: Any) -> NormalFormGame:
    u = np.moveaxis(np.asarray(table), 0, -1)
    return NormalFormGame([u.tolist()] * (u.ndim - 1) + [(-u).tolist()])


MATCH = [[[int(i == j == b) for j in range(2)] for i in range(2)] for b in range(2)]
WIDE = [[[int(i == j == b) for j in range(3)] for i in range(2)] for b in range(2)]


@functools.cache
def bases() -> list[dict[str, Any]]:
    """One certificate of each kind, small enough to be looked through a thousand times."""
    found: list[Any] = []
    for notion, bits, observes, gap in (
        ("rate", 0, 1, "1/10"),
        ("rate", 0, "count", "1/8"),
        ("mutual_information", "1/2", "all", "1/6"),
        ("mutual_information_rate", "1/3", "all", "1/6"),
        ("mutual_information", 1, "all", "1/10"),
    ):
        found.append(
            covert_value(
                team_game(MATCH), team=[0, 1], adversary=2, bits=bits, notion=notion, observes=observes, gap=gap
            )  # type: ignore[arg-type]
        )
    found.append(
        covert_value(
            NormalFormGame(np.zeros((3, 2, 2, 2), dtype=int).tolist()),
            team=[0, 1],
            adversary=2,
            bits="1/2",
            notion="mutual_information",
            payoff=np.moveaxis(np.array(MATCH), 0, -1).tolist(),
            gap="1/5",
        )
    )
    found.append(covert_value(team_game(WIDE), team=[0, 1], adversary=2, bits="1/2", notion="rate", gap="1/8"))
    pennies = NormalFormGame.zero_sum([[1, 0], [0, 1]])
    for horizon in ("one_shot", "long_run"):
        found.append(bounded_randomness_value(pennies, player=0, bits="1/2", horizon=horizon, gap="1/20"))  # type: ignore[arg-type]
    return [json.loads(certificate_to_json(value.certificate)) for value in found]


def resealed(data: dict[str, Any]) -> dict[str, Any]:
    try:
        return {**data, "game_digest": game_from_json(data["game"]).digest()}
    except SpecificationError:
        return data


@on_intact_data
def tighter(data: dict[str, Any], rng: random.Random) -> bool:
    """A closer bound, by a hair or by a lot."""
    step = rng.choice([Fraction(1, 10**6), Fraction(1, 100), Fraction(1, 5)])
    key, sign = rng.choice([("lower", 1), ("upper", -1)])
    data[key] = str(Fraction(data[key]) + sign * step)
    return True


@on_intact_data
def other_budget(data: dict[str, Any], rng: random.Random) -> bool:
    data["bits"] = str(
        max(Fraction(0), Fraction(data["bits"]) + Fraction(rng.choice((-1, 1)), rng.choice((2, 10, 10**5))))
    )
    return True


@on_intact_data
def other_leaf(data: dict[str, Any], rng: random.Random) -> bool:
    data["leaves"][rng.randrange(len(data["leaves"]))] = rng.randrange(len(data["prices"]))
    return True


@on_intact_data
def prune(data: dict[str, Any], rng: random.Random) -> bool:
    """A branch and its two leaves become one leaf."""
    k = rng.choice(
        [k for k, s in enumerate(data["splits"][:-2]) if s and data["splits"][k + 1 : k + 3] == [None, None]]
    )
    del data["leaves"][sum(s is None for s in data["splits"][:k])]
    data["splits"][k : k + 3] = [None]
    return True


@on_intact_data
def other_signal_price(data: dict[str, Any], rng: random.Random) -> bool:
    """A higher price of signals, which lowers scores; with the scores that go with it."""
    price = rng.choice(data["prices"])
    step = Fraction(1, rng.choice((3, 50, 10**7)))
    for row in price["signals"]:
        row[:] = [str(Fraction(x) + step) for x in row]
    price["score"] = str(Fraction(price["score"]) - len(price["signals"]) * step)
    return True


@COSTLY_LIES
def test_lies_about_limited_secrecy(count: int) -> None:
    honest = bases()
    assert {data["plays"] for data in honest} == {"independent", "joint", "pure"}
    assert any(data["cut"] is not None for data in honest)
    for data in honest:
        assert accepted(data)
        assert not evidence_is_false(data)
    words = {"plays": ["independent", "joint", "pure"], "horizon": ["one stage", "long run"]}
    changes = [tighter, other_budget, other_leaf, prune, other_signal_price]
    believed = refused = 0
    for what, data in lies(honest, count, 61, special=changes, words=words, reseal=resealed):
        if accepted(data):
            believed += 1
            assert not evidence_is_false(data), (what, data)
        else:
            refused += 1
    assert believed >= count // 50
    assert refused >= count // 4


def test_garbage_ends_in_one_clear_error() -> None:
    honest = [*bases()[:3], json.loads(certificate_to_json(forecast()))]
    refused = sum(not accepted(data) for k, one in enumerate(honest) for data in garbage(one, 40, k))
    assert refused > 120


def forecast() -> ForecastCertificate:
    return forecaster_value(
        [[[int(i == j == k) for k in range(2)] for j in range(2)] for i in range(2)], ["1/2"] * 2
    ).certificate


@COSTLY_LIES
def test_lies_about_forecasters(count: int) -> None:
    """Whatever is believed holds of the value 0.8107103751 of online matching, or of another problem's own evidence."""
    honest = json.loads(certificate_to_json(forecast()))
    true_value = 0.8107103750847682
    believed = 0
    for what, data in lies([honest], count, 7, special=[tighter]):
        if not accepted(data):
            continue
        believed += 1
        if (data["payoff"], data["prior"]) == (honest["payoff"], honest["prior"]):
            assert float(Fraction(data["lower"])) <= true_value + 1e-9, (what, data)
            assert float(Fraction(data["upper"])) >= true_value - 1e-9, (what, data)
        assert Fraction(data["lower"]) <= Fraction(data["upper"]) + Fraction(1, 10**9), (what, data)
    assert believed < count // 2


def test_a_certificate_is_bound_to_its_game() -> None:
    found = covert_value(
        team_game(MATCH), team=[0, 1], adversary=2, bits="1/2", notion="mutual_information", gap="1/10"
    )
    assert found.certificate.verify(team_game(MATCH))
    with pytest.raises(CertificateError, match="game"):
        found.certificate.verify(team_game([[[2 * x for x in row] for row in part] for part in MATCH]))


def test_where_both_bounds_meet_neither_gives_way() -> None:
    kept = covert_value(team_game(MATCH), team=[0, 1], adversary=2, bits=1, notion="rate").certificate
    assert isinstance(kept, SecrecyCertificate)
    hair = Fraction(1, 10**30)
    for change in ({"lower": kept.lower + hair}, {"upper": kept.upper - hair}, {"bits": 1 - hair}):
        with pytest.raises(CertificateError):
            replace(kept, **change).verify()


def test_sums_of_logarithms() -> None:
    rng = np.random.default_rng(3)
    for _ in range(50):
        numbers = [Fraction(int(a), int(b)) for a, b in rng.integers(1, 400, (4, 2))]
        weights = [Fraction(int(w), 7) for w in rng.integers(-9, 10, 4)]
        terms: dict[Fraction, Fraction] = {}
        for x, w in zip(numbers, weights, strict=True):
            terms[x] = terms.get(x, Fraction(0)) + w
        low, high = logarithm_sum(terms)
        value = sum(float(w) * np.log(float(x)) for x, w in terms.items())
        assert low <= high <= low + Fraction(1, 2**100)
        assert float(low) == pytest.approx(value, abs=1e-12)
    # ln 12 + ln 18 − 3 ln 6 = 0, and a large prime against itself.
    one, prime = Fraction(1), Fraction(1_000_003)
    assert logarithm_sum({Fraction(12): one, Fraction(18): one, Fraction(6): -3 * one}) == (0, 0)
    assert logarithm_sum({prime: one, 1 / prime: one}) == (0, 0)


def test_the_bound_of_a_forecast_is_a_bound_for_all_multipliers() -> None:
    payoff = RationalArray.from_values([[[int(i == j == k) for k in range(2)] for j in range(2)] for i in range(2)])
    prior = RationalArray.from_values(["1/2", "1/2"])
    rng = np.random.default_rng(5)
    for _ in range(40):
        shifts = RationalArray.from_values([int(x) for x in rng.integers(-2, 3, 2)])
        assert (
            float(forecast_bound(payoff, prior, Fraction(int(rng.integers(0, 9)), 8), shifts))
            >= 0.8107103750847682 - 1e-12
        )
