"""The kernel is told lies about penal codes, floors of punishment and threatened paths."""

from __future__ import annotations

import functools
import itertools
import json
import random
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import pytest
from lies import COSTLY_LIES, Change, garbage, lies, on_intact_data
from oracles.deviations import MalformedError, game_of, resealed
from oracles.repeated_payoffs import code_holds, is_sustained, payoff_polygon, playable

from gametheory.certificates import (
    PlayPath,
    SelfGenerationCertificate,
    SustainedPoint,
    ThreatenedPathCertificate,
    read_certificate,
)
from gametheory.errors import CertificateError, SolverError, SpecificationError
from gametheory.games import NormalFormGame
from gametheory.repeated import Cycle, critical_discount, optimal_stick_and_carrot
from gametheory.repeated.punishment_floors import StageTable, punishment_floors


def accepted(data: dict[str, Any]) -> bool:
    """Whether the kernel believes the data, written to text and read back; anything but its own errors is a defect."""
    try:
        return read_certificate(json.dumps(data)).verify()
    except (SpecificationError, CertificateError):
        return False


def random_game(rng: random.Random, sizes: tuple[int, ...]) -> NormalFormGame:
    return NormalFormGame(
        np.array([rng.randint(0, 4) for _ in range(len(sizes) * int(np.prod(sizes)))]).reshape(-1, *sizes)
    )


def cournot(steps: range) -> NormalFormGame:
    output = [Fraction(k, 24) for k in steps]
    return NormalFormGame.from_function(
        lambda a, b: [output[k] * (1 - output[a] - output[b]) for k in (a, b)], [len(output)] * 2
    )


@functools.cache
def codes() -> tuple[dict[str, Any], ...]:
    rng = random.Random("codes")
    found = [critical_discount(cournot(range(5, 12)), (1, 1), punishment="optimal", gap="1/50").code]
    dilemma = NormalFormGame.from_bimatrix([[9, 1], [10, 3]], [[9, 10], [1, 3]])
    found.append(critical_discount(dilemma, Cycle([(0, 1), (1, 0)]), punishment="optimal").code)
    found.append(critical_discount(dilemma, {(0, 0): "1/2", (1, 1): "1/2"}, punishment="optimal").code)
    found.append(optimal_stick_and_carrot(cournot(range(6, 15)), (0, 0), max_periods=1).certificate)
    found.append(optimal_stick_and_carrot(cournot(range(6, 10)), (0, 0), max_periods=5).certificate)
    while len(found) < 14:
        game = random_game(rng, rng.choice([(2, 2), (2, 2, 2)]))
        try:
            result = critical_discount(game, tuple(rng.randrange(2) for _ in game.num_actions), punishment="optimal")
        except SolverError:
            continue
        if result.sustainable and result.upper > 0:
            found.append(result.code)
    data = [c.to_dict() for c in found if c is not None and c.to_dict()["kind"] == "penal code"]
    assert any(d["sticks"] for d in data)
    assert any(isinstance(d["discount"], dict) for d in data)
    return tuple(json.loads(json.dumps(d)) for d in data)


def number(data: Any) -> tuple[Any, Any]:
    """A discount factor and what counts as nothing beside it: exact, or 60 digits of a root."""
    if isinstance(data, str):
        return Fraction(data), 0
    p = [int(c) for c in data["polynomial"]]
    low, high = Fraction(data["lower"]), Fraction(data["upper"])

    def value(x: Fraction) -> Fraction:
        return sum((c * x**k for k, c in enumerate(p)), Fraction(0))

    if len(p) < 3 or p[-1] == 0 or value(low) * value(high) >= 0:
        raise ValueError("no root")
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (low, middle) if value(low) * value(middle) <= 0 else (middle, high)
    return mpmath.mpf(low.numerator) / low.denominator, mpmath.mpf(10) ** -40


def code_truth(data: dict[str, Any]) -> bool:
    """Whether the data is a code and an equilibrium; for algebraic discounts up to 40 digits."""
    try:
        game = game_of(data)
        sizes = [int(m) for m in data["game"]["num_actions"]]
        count = len(data["paths"]) + len(data["sticks"])
        for path in data["paths"]:
            assert path["cycle"]
            for entry in path["prefix"] + path["cycle"]:
                drawn = [(entry["pure"], "1")] if "pure" in entry else entry["correlated"]
                assert drawn
                assert sum(Fraction(p) for _, p in drawn) == 1
                assert all(Fraction(p) > 0 for _, p in drawn)
                assert all(
                    len(a) == len(sizes) and all(0 <= k < m for k, m in zip(a, sizes, strict=True)) for a, _ in drawn
                )
        for k, stick in enumerate(data["sticks"]):
            assert all(0 <= e < len(data["paths"]) + k for e, _ in stick["lottery"])
            assert sum(Fraction(p) for _, p in stick["lottery"]) == 1
            assert all(Fraction(p) > 0 for _, p in stick["lottery"])
            assert len(stick["profile"]) == len(sizes)
            assert all(0 <= a < m for a, m in zip(stick["profile"], sizes, strict=True))
        assert len(data["punishments"]) == len(sizes)
        assert all(0 <= k < count for k in data["punishments"])
        with mpmath.workdps(70):
            delta, zero = number(data["discount"])
            assert 0 <= delta < 1
            assert isinstance(delta, Fraction) or not data["sticks"]

            def pays(a: tuple[int, ...]) -> list[Any]:
                exact = [table[a] for table in game.u]
                return (
                    exact if isinstance(delta, Fraction) else [mpmath.mpf(x.numerator) / x.denominator for x in exact]
                )

            return code_holds(data, pays, sizes, delta, zero)
    except (AssertionError, MalformedError, ValueError, ZeroDivisionError, KeyError, IndexError, TypeError):
        return False


@on_intact_data
def other_discount(data: dict[str, Any], rng: random.Random) -> bool:
    """A little more or less patience."""
    if not isinstance(data["discount"], str):
        return False
    data["discount"] = str(Fraction(data["discount"]) + Fraction(rng.choice([-1, 1]), 10 ** rng.randint(1, 9)))
    return True


@on_intact_data
def other_punishment(data: dict[str, Any], rng: random.Random) -> bool:
    """Another path punishes."""
    k = rng.randrange(len(data["punishments"]))
    data["punishments"][k] = rng.randrange(len(data["paths"]) + len(data["sticks"]))
    return True


@on_intact_data
def other_action(data: dict[str, Any], rng: random.Random) -> bool:
    """One action of a path is another one."""
    path = rng.choice(data["paths"])
    entry = rng.choice(path["prefix"] + path["cycle"])
    profile = entry["pure"] if "pure" in entry else entry["correlated"][0][0]
    profile[rng.randrange(len(profile))] = rng.randrange(3)
    return True


@on_intact_data
def other_payoff(data: dict[str, Any], rng: random.Random) -> bool:
    """One payoff of the stage game is another one."""
    entries = data["game"]["payoffs"]["numerators"]
    k = rng.randrange(len(entries))
    entries[k] = int(entries[k]) + rng.choice([-1, 1])
    return True


SPECIAL: list[Change] = [other_discount, other_punishment, other_action, other_payoff]


@COSTLY_LIES
def test_lies_about_penal_codes(count: int) -> None:
    """What is accepted is an equilibrium, and what is an equilibrium is accepted."""
    for base in codes():
        assert accepted(base)
        assert code_truth(base)
    true = false = 0
    for what, data in lies(codes(), count, 11, special=SPECIAL, reseal=resealed):
        believed = accepted(data)
        if data["game_digest"] != resealed(data)["game_digest"]:
            assert not believed, what
            continue
        if isinstance(data["discount"], str) or believed:
            assert believed == code_truth(data), (what, data)
        true, false = true + believed, false + (not believed)
    assert true >= count // 20, (true, false)
    assert false >= count // 20, (true, false)


@functools.cache
def floors() -> tuple[dict[str, Any], ...]:
    rng = random.Random("floors")
    found = [punishment_floors(StageTable(cournot(range(6, 10))), Fraction(1, 5))]
    while len(found) < 12:
        sizes = rng.choice([(2, 2), (2, 3)])
        result = punishment_floors(StageTable(random_game(rng, sizes)), Fraction(rng.randint(1, 6), 10))
        if any(r.kind != "floor" for r in result.records):
            found.append(result)
    return tuple(json.loads(json.dumps(f.certificate().to_dict())) for f in found)


def floors_truth(data: dict[str, Any]) -> bool:
    """Whether the floors and exclusions hold, up to what floats tell."""
    game = game_of(data)
    sizes = [int(m) for m in data["game"]["num_actions"]]
    A, B = (np.array([[float(game.u[i][(a, b)]) for b in range(sizes[1])] for a in range(sizes[0])]) for i in range(2))
    delta = float(Fraction(data["discount"]))
    worst = payoff_polygon(A, B, delta)
    played = playable(A, B, delta)
    if len(worst) and any(
        float(Fraction(f)) > w + 1e-5 for f, w in zip(data["floors"], worst.min(axis=0), strict=True)
    ):
        return False
    # A profile at the edge of what is playable is in doubt: it must not be so at a smaller discount factor either.
    clearly = playable(A, B, max(1e-6, delta * (1 - 1e-6)))
    return not any(played[k] and clearly[k] for k in data["excluded"])


@on_intact_data
def higher_floor(data: dict[str, Any], rng: random.Random) -> bool:
    """A floor that is higher, or a little lower."""
    k = rng.randrange(len(data["floors"]))
    data["floors"][k] = str(
        Fraction(data["floors"][k]) + Fraction(rng.choice([-1, 1, 3]), rng.choice([1, 3, 100, 10**6]))
    )
    return True


@on_intact_data
def bolder_step(data: dict[str, Any], rng: random.Random) -> bool:
    """A step that claims more, or another profile's plan."""
    step = rng.choice(data["steps"])
    if rng.random() < 0.5:
        step["value"] = str(Fraction(step["value"]) + Fraction(rng.choice([-1, 1]), rng.choice([1, 3, 100])))
    else:
        step["plans"][rng.randrange(len(step["plans"]))] = rng.randrange(-1, len(data["plans"]))
    return True


@on_intact_data
def exclude_more(data: dict[str, Any], rng: random.Random) -> bool:
    """One profile more, or fewer, is said to be excluded."""
    if data["excluded"] and rng.random() < 0.6:
        data["excluded"].remove(rng.choice(data["excluded"]))
    else:
        data["excluded"].append(rng.randrange(9))
    return True


@COSTLY_LIES
def test_lies_about_floors(count: int) -> None:
    for base in floors():
        assert accepted(base)
        assert floors_truth(base)
    true = false = 0
    special = [higher_floor, bolder_step, exclude_more, other_discount, other_payoff]
    for what, data in lies(
        floors(), count, 12, special=special, reseal=resealed, words={"kind": ["floor", "ceiling", "drop"]}
    ):
        if accepted(data):
            assert floors_truth(data), (what, data)
            true += 1
        else:
            false += 1
    assert true >= count // 20, (true, false)
    assert false >= count // 20, (true, false)


@functools.cache
def threats() -> tuple[dict[str, Any], ...]:
    one = Fraction(1)
    stage = NormalFormGame.from_bimatrix([[9, 1], [10, 3]], [[9, 10], [1, 3]])
    found = []
    for delta, target in itertools.product(
        (Fraction(1, 7), Fraction(1, 2)), (PlayPath.of([], [(0, 0)]), PlayPath.of([], [(0, 0), (1, 1)]))
    ):
        points = [
            SustainedPoint((Fraction(3),) * 2, (1, 1), ((0, one),)),
            SustainedPoint((Fraction(9),) * 2, (0, 0), ((1, one),)),
        ]
        threat = SelfGenerationCertificate(game=stage, discount=delta, points=tuple(points))
        certificate = ThreatenedPathCertificate(target=target, threats=threat)
        try:
            certificate.verify()
        except CertificateError:
            continue
        found.append(json.loads(json.dumps(certificate.to_dict())))
    assert len(found) >= 3
    return tuple(found)


@COSTLY_LIES
def test_lies_about_threatened_paths(count: int) -> None:
    true = false = 0

    @on_intact_data
    def of_the_threats(data: dict[str, Any], rng: random.Random) -> bool:
        return rng.choice([other_payoff, other_discount])(data["threats"], rng)

    def sealed(data: dict[str, Any]) -> dict[str, Any]:
        return {**data, "threats": resealed(data["threats"])} if isinstance(data.get("threats"), dict) else data

    for what, data in lies(threats(), count, 13, special=[of_the_threats], reseal=sealed):
        if not accepted(data):
            false += 1
            continue
        true += 1
        threat = data["threats"]
        game = game_of(threat)
        A, B = (np.array([[float(game.u[i][(a, b)]) for b in range(2)] for a in range(2)]) for i in range(2))
        if len(data["target"]["cycle"]) == 1 and not data["target"]["prefix"] and "pure" in data["target"]["cycle"][0]:
            profile = tuple(data["target"]["cycle"][0]["pure"])
            assert is_sustained(A, B, profile, float(Fraction(threat["discount"])) + 1e-9), (what, data)
        # the path and its threats as a penal code in which defection punishes
        least = [min(Fraction(p["payoff"][i]) for p in threat["points"]) for i in range(2)]
        worst = payoff_polygon(A, B, min(float(Fraction(threat["discount"])) + 1e-9, 1 - 1e-9)).min(axis=0)
        assert all(float(x) >= w - 1e-6 for x, w in zip(least, worst, strict=True))
    assert true >= count // 20, (true, false)
    assert false >= count // 20, (true, false)


@pytest.mark.parametrize("bases", [codes, floors, threats])
def test_garbage_ends_in_one_clear_error(bases: Any) -> None:
    refused = 0
    for k, base in enumerate(bases()[:4]):
        refused += sum(not accepted(data) for data in garbage(base, 25, k))
    assert refused > 60
