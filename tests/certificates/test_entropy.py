"""Entropy certificates: bounds on the exponential, true claims, and ten thousand lies."""

from __future__ import annotations

import functools
import json
import random
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from lies import COSTLY_LIES, garbage, lies, on_intact_data
from oracles.deviations import resealed
from oracles.entropy import margins

from gametheory.certificates import EntropyCertificate, read_certificate
from gametheory.certificates.entropy import exponential_bounds
from gametheory.equilibria import maximum_entropy_correlated_equilibrium
from gametheory.errors import CertificateError, SpecificationError
from gametheory.games import NormalFormGame

PENNIES = NormalFormGame.zero_sum([[1, -1], [-1, 1]])
UNIFORM = tuple(((a, b), Fraction(1, 4)) for a in (0, 1) for b in (0, 1))


def accepted(data: dict[str, Any]) -> bool:
    """Whether the kernel believes the data, written to text and read back; anything but its own errors is a defect."""
    try:
        return read_certificate(json.dumps(data)).verify()
    except (SpecificationError, CertificateError):
        return False


def test_bounds_on_the_exponential() -> None:
    rng = random.Random(1)
    one = Decimal(2) ** 128
    for k in range(400):
        x = Fraction(rng.randint(-(10**9), 10**9), 10 ** rng.randint(8, 30))
        x = [x, Fraction(-rng.randint(0, 200)), Fraction(rng.randint(-20, 20), 3), Fraction(0)][k % 4]
        low, high = exponential_bounds(x)
        value = (Decimal(x.numerator) / Decimal(x.denominator)).exp() * one
        assert low <= value * (1 + Decimal(10) ** -25)
        assert high >= value * (1 - Decimal(10) ** -25)
        assert high - low <= 1 + int(value * Decimal(10) ** -30) + 2**17
    with pytest.raises(SpecificationError):
        exponential_bounds(Fraction(65))


def test_the_bounds_must_hold_to_the_last_digit() -> None:
    """Uniform play of matching pennies: ln 4 = 1.38629436111989…"""
    close = (Fraction("1.3862943611198"), Fraction("1.3862943611200"))
    assert EntropyCertificate(UNIFORM, *close, (), False, PENNIES).verify(PENNIES)
    for wrong in ((Fraction("1.3862943611199"), close[1]), (close[0], Fraction("1.3862943611198"))):
        with pytest.raises(CertificateError):
            EntropyCertificate(UNIFORM, *wrong, (), False, PENNIES).verify()
    with pytest.raises(CertificateError, match="digest"):
        EntropyCertificate(UNIFORM, *close, (), False, PENNIES).verify(NormalFormGame.zero_sum([[2, -1], [-1, 1]]))
    with pytest.raises(CertificateError):
        EntropyCertificate((((0, 0), Fraction(1)),), Fraction(0), close[1], (), False, PENNIES).verify()
    for rows in ((((0, 0, 1), Fraction(-1)),), (((0, 0, 2), Fraction(1)),), (((0, 0), Fraction(1)),)):
        with pytest.raises(CertificateError, match="multipliers"):
            EntropyCertificate(UNIFORM, *close, rows, False, PENNIES).verify()


@functools.cache
def bases() -> tuple[dict[str, Any], ...]:
    rng = random.Random("entropy")
    found = []
    for k in range(16):
        shape = [(2, 2), (2, 3), (2, 2, 2), (3, 3)][k % 4]
        game = NormalFormGame.from_function(lambda *_, s=shape: [rng.randint(0, 3) for _ in s], shape)
        result = maximum_entropy_correlated_equilibrium(game, coarse=k % 3 == 0, gap=1e-6)
        data = result.certificate.to_dict()
        spare = Fraction(rng.choice([0, 1]), 100)  # bounds that are not tight survive small changes
        data["lower"], data["upper"] = str(result.exact_lower - spare), str(result.exact_upper + spare)
        found.append(json.loads(json.dumps(data)))
    return tuple(found)


def to_the_limit(data: dict[str, Any], rng: random.Random) -> bool:
    """A bound moved to where it just holds or just fails."""
    kept = margins(data)
    if kept is None:
        return False
    key = rng.choice(["lower", "upper"])
    step = Fraction(rng.choice([1, -1]), 10**9)
    slack = Fraction(kept[0] if key == "lower" else -kept[1])
    data[key] = str((Fraction(data[key]) + slack + step).limit_denominator(10**15))
    return True


def other_multiplier(data: dict[str, Any], rng: random.Random) -> bool:
    """One multiplier larger or smaller."""
    if not data["multipliers"]:
        return False
    row = rng.choice(data["multipliers"])
    row[1] = str(Fraction(row[1]) * rng.choice([Fraction(1, 2), Fraction(999, 1000), 2]))
    return True


@COSTLY_LIES
def test_lies_about_entropies(count: int) -> None:
    for base in bases():
        assert accepted(base)
    true = false = 0
    for what, data in lies(
        bases(), count, 5, special=[on_intact_data(to_the_limit), on_intact_data(other_multiplier)], reseal=resealed
    ):
        kept = margins(data)
        if accepted(data):
            assert kept is not None, (what, data)
            assert min(kept) >= 0, (what, data)
            true += 1
        else:
            # What is refused is false, but for the last digits: the kernel rounds to the safe side.
            assert kept is None or min(kept) < Decimal("1e-12"), (what, data)
            false += 1
    assert true >= count // 20, (true, false)
    assert false >= count // 20, (true, false)


def test_garbage_ends_in_one_clear_error() -> None:
    refused = 0
    for k, base in enumerate(bases()[:8]):
        refused += sum(not accepted(data) for data in garbage(base, 25, k))
    assert refused > 150


def test_displays() -> None:
    certificate = EntropyCertificate(UNIFORM, Fraction(1), Fraction(2), (), True, PENNIES)
    assert "coarse correlated equilibrium of entropy at least 1 nats" in repr(certificate)
    assert certificate.verify()
    read = read_certificate(json.dumps(certificate.to_dict()))
    assert read.verify(PENNIES)
    assert read.claim == certificate.claim
    assert np.isfinite(float(certificate.upper))
