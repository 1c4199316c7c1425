"""Bounds on secrets of limited size: the kernel against fractions and decimals written out, and lies."""

from __future__ import annotations

import json
import math
import random
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from lies import COSTLY_LIES, garbage, lies, on_intact_data
from oracles.covert import evidence_holds
from oracles.team_play import payoff_table

from gametheory.arithmetic import RationalArray
from gametheory.certificates import CovertBoundsCertificate, SecretBudget, certificate_to_json, read_certificate
from gametheory.certificates.covert_bounds import covert_leaf_bounds
from gametheory.certificates.encoding import game_from_json
from gametheory.certificates.secret_budgets import entropy_bits, power_of_two
from gametheory.collusion import covert_value
from gametheory.errors import CertificateError, SpecificationError
from gametheory.games import NormalFormGame

NOTIONS = ["seed", "min_entropy", "entropy"]


def accepted(data: dict[str, Any]) -> bool:
    """Whether the kernel believes the data; anything but its own errors is a defect."""
    try:
        return read_certificate(json.dumps(data)).verify()
    except (SpecificationError, CertificateError):
        return False


def base(rng: random.Random, sizes: tuple[int, ...], notion: Any) -> dict[str, Any]:
    """A certificate of a small game; of the members' common payoff, or of one passed beside the game."""
    count = int(np.prod(sizes))
    own = [rng.randint(0, 4) for _ in range(count)]
    if rng.random() < 0.7 and min(sizes) == max(sizes):  # only matches pay: secrets are worth something
        own = [rng.randint(1, 3) * (len(set(index)) == 1) for index in np.ndindex(*sizes)]
    tensor = np.array([own if i < len(sizes) - 1 else [rng.randint(0, 4) for _ in own] for i in range(len(sizes))])
    game = NormalFormGame(tensor.reshape(len(sizes), *sizes))
    payoff = None
    if rng.random() < 0.2:
        payoff = [Fraction(rng.randint(-6, 6), rng.choice((1, 2, 3))) for _ in range(count)]
        payoff = np.array([*payoff, None], dtype=object)[:-1].reshape(sizes)
    size: dict[str, Any] = (
        {"values": rng.randint(1, 3)} if notion == "seed" else {"bits": Fraction(rng.randint(0, 5), 4)}
    )
    found = covert_value(
        *(game,), team=range(len(sizes) - 1), adversary=len(sizes) - 1, notion=notion, payoff=payoff, gap=0.03, **size
    )
    return json.loads(certificate_to_json(found.certificate))


def resealed(data: dict[str, Any]) -> dict[str, Any]:
    try:
        return {**data, "game_digest": game_from_json(data["game"]).digest()}
    except SpecificationError:
        return data


def well_formed(data: dict[str, Any]) -> bool:
    """The oracle judges evidence; whether the data can be read, and the digest, are asked of the package."""
    try:
        certificate = read_certificate(json.dumps(data))
        return certificate.game is not None and certificate.game.digest() == data["game_digest"]
    except (SpecificationError, CertificateError):
        return False


@on_intact_data
def to_the_limit(data: dict[str, Any], rng: random.Random) -> bool:
    """The closest claim that the evidence bears, or one a little closer."""
    try:
        certificate = read_certificate(json.dumps(data))
        payoffs = payoff_table(data)
        if payoffs is None:
            return False
        shape = [max(key[axis] for key in payoffs) + 1 for axis in range(len(next(iter(payoffs))))]
        table = RationalArray.from_fractions(np.array([payoffs[key] for key in np.ndindex(*shape)]).reshape(shape))
        assert isinstance(certificate, CovertBoundsCertificate)
        bounds = covert_leaf_bounds(
            table, certificate.budget, certificate.splits, certificate.weights, certificate.prices
        )
        most = max(bound for bound in bounds if bound is not None)
    except (SpecificationError, CertificateError):
        return False
    data["upper"] = str(most - rng.choice((0, 0, Fraction(1, 10**9))))
    return True


@on_intact_data
def prune(data: dict[str, Any], rng: random.Random) -> bool:
    """A branch becomes a leaf, or a leaf a branch without children."""
    k = rng.randrange(len(data["splits"]))
    data["splits"][k] = None if data["splits"][k] is not None else [0, 0, 0, 1]
    return True


@on_intact_data
def other_split(data: dict[str, Any], rng: random.Random) -> bool:
    split = rng.choice([split for split in data["splits"] if split is not None])
    if len(split) == 2:
        split[1] = str(Fraction(split[1]) * Fraction(rng.randint(1, 5), 3))
    else:
        k = rng.randrange(4)
        split[k] = 1 - split[k] if split[k] in (0, 1) else split[k]
    return True


@on_intact_data
def other_budget(data: dict[str, Any], rng: random.Random) -> bool:
    data["amount"] = str(Fraction(data["amount"]) + Fraction(rng.choice((-1, 1)), rng.choice((1, 4, 10**6))))
    return True


@COSTLY_LIES
def test_lies_about_secrets(count: int) -> None:
    rng = random.Random("secrets")
    shapes = [(2, 2, 2), (2, 2, 2), (2, 2, 3), (3, 2), (2, 2, 2, 2)]
    bases = [base(rng, rng.choice(shapes), notion) for notion in NOTIONS * 10]
    bases = [data for data in bases if len(data["splits"]) < 24]
    assert len(bases) > 12
    assert {data["notion"] for data in bases if len(data["splits"]) > 1} == set(NOTIONS)
    for data in bases:
        assert accepted(data)
        assert evidence_holds(data)
    true = false = 0
    changes = [to_the_limit, prune, other_split, other_budget]
    for what, data in lies(bases, count, 43, special=changes, words={"notion": NOTIONS}, reseal=resealed):
        holds = well_formed(data) and evidence_holds(data)
        assert accepted(data) == holds, (what, data)
        true, false = true + holds, false + (not holds)
    assert true >= count // 20 <= false, (true, false)


def test_garbage_ends_in_one_clear_error() -> None:
    rng = random.Random("garbage")
    refused = 0
    for number in range(12):
        data = base(rng, (2, 2, 2), NOTIONS[number % 3])
        refused += sum(not accepted(changed) for changed in garbage(data, 20, number))
    assert refused > 150


def match(size: int = 2) -> NormalFormGame:
    u = np.zeros((size,) * 3, dtype=np.int64)
    for k in range(size):
        u[k, k, k] = 1
    return NormalFormGame(np.stack([u, u, -u]))


def test_a_certificate_is_bound_to_its_game() -> None:
    found = covert_value(match(), team=[0, 1], adversary=2, notion="entropy", bits="1/2")
    assert found.certificate.verify(match())
    with pytest.raises(CertificateError, match="not about this one"):
        found.certificate.verify(match(3))


def test_a_hair_is_refused() -> None:
    """Neither bound gives way by 10⁻³⁰ where both meet, nor the secret by 10⁻¹² of a bit where it is spent."""
    kept = covert_value(match(3), team=[0, 1], adversary=2, notion="seed", values=2).certificate
    assert isinstance(kept, CovertBoundsCertificate)
    assert kept.lower == Fraction(1, 5) == kept.upper
    hair = Fraction(1, 10**30)
    for change in ({"lower": kept.lower + hair}, {"upper": kept.upper - hair}):
        fields = {name: getattr(kept, name) for name in kept.__slots__} | change
        with pytest.raises(CertificateError):
            CovertBoundsCertificate(**fields).verify()
    for notion in ("entropy", "min_entropy"):
        kept = covert_value(match(), team=[0, 1], adversary=2, notion=notion, bits=1).certificate  # type: ignore[arg-type]
        assert isinstance(kept, CovertBoundsCertificate)
        tighter = SecretBudget(notion, 1 - Fraction(1, 10**12))  # type: ignore[arg-type]
        fields = {name: getattr(kept, name) for name in kept.__slots__} | {"budget": tighter}
        with pytest.raises(CertificateError, match="outside the budget"):
            CovertBoundsCertificate(**fields).verify()


def test_brackets_of_powers_and_entropies() -> None:
    rng = random.Random(5)
    for _ in range(200):
        p = Fraction(rng.randint(1, 999), 1000)
        low, high = entropy_bits(p)
        assert low <= high <= low + Fraction(1, 2**70)
        assert math.isclose(float(low), -float(p) * math.log2(p), rel_tol=1e-12, abs_tol=1e-15)
        x = Fraction(rng.randint(-6400, 6400), 100)
        low, high = power_of_two(x)
        assert low <= high <= low * (1 + Fraction(1, 2**70))
        assert math.isclose(float(low), 2.0 ** float(x), rel_tol=1e-12)
        # The bracket is on the right side: 2^x to the power of x's denominator is a power of two.
        if x.denominator <= 20:
            assert low**x.denominator <= Fraction(2) ** x.numerator <= high**x.denominator
    assert entropy_bits(Fraction(0)) == (0, 0) == entropy_bits(Fraction(1))


@pytest.mark.parametrize("bits", [Fraction(1, 3), Fraction(1), Fraction(5, 4)])
def test_no_law_within_the_entropy_lies_in_an_excluded_box(bits: Fraction) -> None:
    """Boxes around random laws within the budget are never excluded, and bounds hold at those laws."""
    rng = np.random.default_rng(3)
    budget = SecretBudget("entropy", bits)
    tested = 0
    for _ in range(400):
        raw = np.sort(rng.dirichlet(np.full(4, float(bits) / 5)))[::-1]
        law = [Fraction(int(x * 4096), 4096) for x in raw]
        law[0] += 1 - sum(law)
        if budget.violation(law):
            continue
        tested += 1
        box = tuple(
            (
                max(p - Fraction(int(rng.integers(0, 900)), 4096), Fraction(0)),
                min(p + Fraction(int(rng.integers(0, 900)), 4096), Fraction(1)),
            )
            for p in law
        )
        highs = [max(high for _, high in box[k:]) for k in range(4)]  # nonincreasing, as the kernel keeps them
        box = tuple((low, high) for (low, _), high in zip(box, highs, strict=True))
        assert not budget.excludes(box)
        opened = int(rng.integers(0, 5))
        tops = [Fraction(int(x), 8) for x in rng.integers(0, 9, opened)]
        price = Fraction(int(rng.integers(0, 9)), 4)
        bound = budget.bound(tops, Fraction(1), price, box)
        assert bound is not None
        assert bound >= sum(p * top for p, top in zip(law, [*tops, *[Fraction(1)] * 4], strict=False))
    assert tested > 60
