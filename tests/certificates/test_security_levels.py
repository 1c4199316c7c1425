"""Bounds on what a player can secure: the kernel against fractions written out, and lies."""

from __future__ import annotations

import itertools
import json
import random
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from lies import LIES, garbage, lies

from gametheory.arithmetic import RationalArray
from gametheory.certificates import SecurityLevelCertificate, certificate_to_json, read_certificate
from gametheory.certificates.encoding import game_from_json
from gametheory.equilibria import zero_sum_equilibrium
from gametheory.errors import CertificateError, SpecificationError
from gametheory.games import NormalFormGame


def accepted(data: dict[str, Any]) -> bool:
    """Whether the kernel believes the data; anything but its own errors is a defect."""
    try:
        return read_certificate(json.dumps(data)).verify()
    except (SpecificationError, CertificateError):
        return False


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


def holds(data: dict[str, Any]) -> bool:
    """The oracle: whether the evidence establishes the claim, payoff by payoff in fractions."""
    sizes = data["game"]["num_actions"]
    stored = data["game"]["payoffs"]
    numbers = [Fraction(int(x), int(stored["denominator"])) for x in stored["numerators"]]
    profiles = list(itertools.product(*map(range, sizes)))
    payoff = {(i, a): numbers[i * len(profiles) + k] for i in range(len(sizes)) for k, a in enumerate(profiles)}
    i = data["player"]
    if not 0 <= i < len(sizes):
        return False
    if data["concept"] == "value" and (len(sizes) != 2 or len({payoff[0, a] + payoff[1, a] for a in profiles}) > 1):
        return False
    others = list(itertools.product(*(range(m) for j, m in enumerate(sizes) if j != i)))
    x, y = [Fraction(p) for p in data["strategy"]], [Fraction(p) for p in data["reply"]]
    if (len(x), len(y)) != (sizes[i], len(others)) or min(*x, *y) < 0 or sum(x) != 1 or sum(y) != 1:
        return False

    def own(k: int, b: tuple[int, ...]) -> Fraction:
        return payoff[i, (*b[:i], k, *b[i:])]

    secured = min(sum(p * own(k, b) for k, p in enumerate(x)) for b in others)
    conceded = max(sum(q * own(k, b) for b, q in zip(others, y, strict=True)) for k in range(sizes[i]))
    return secured >= Fraction(data["lower"]) and conceded <= Fraction(data["upper"])


def base(rng: random.Random, number: int) -> dict[str, Any]:
    """A certificate of a small game: the value of a zero-sum game, or a level in any game, tight or with a gap."""
    if number % 2:
        sizes = (rng.randint(1, 3), rng.randint(1, 3))
        game = NormalFormGame.zero_sum([[rng.randint(-4, 4) for _ in range(sizes[1])] for _ in range(sizes[0])])
        certificate = zero_sum_equilibrium(game).certificate
    else:
        sizes = rng.choice(((2, 3), (2, 2, 2), (3,)))
        game = NormalFormGame.from_function(lambda *_: [rng.randint(-4, 4) for _ in sizes], sizes)
        i = rng.randrange(len(sizes))
        table = np.moveaxis(game.payoffs[i], i, 0).reshape(sizes[i], -1)
        x, y = ([Fraction(w, sum(v)) for w in v] for v in (weights(rng, size) for size in table.shape))
        certificate = SecurityLevelCertificate(
            concept="security level",
            player=i,
            strategy=tuple(x),
            reply=tuple(y),
            lower=min(np.array(x, dtype=object) @ table),
            upper=max(table @ np.array(y, dtype=object)),
            game=game,
        )
    return json.loads(certificate_to_json(certificate))


def weights(rng: random.Random, size: int) -> list[int]:
    return [rng.randint(0, 3) + (k == 0) for k in range(size)]


@LIES
def test_lies(count: int) -> None:
    rng = random.Random("security levels")
    bases = [base(rng, number) for number in range(40)]
    assert all(accepted(data) and holds(data) for data in bases)
    true = false = 0
    words = {"concept": ("value", "security level")}
    for what, data in lies(bases, count, 7, words=words, reseal=resealed):
        if not well_formed(data):
            assert not accepted(data), what
            continue
        believed = accepted(data)
        assert believed == holds(data), (what, data)
        true, false = true + believed, false + (not believed)
    assert true >= count // 40 <= false, (true, false)


def test_garbage_ends_in_one_clear_error() -> None:
    rng = random.Random("garbage")
    refused = 0
    for number in range(20):
        refused += sum(not accepted(changed) for changed in garbage(base(rng, number), 20, number))
    assert refused > 250


def test_a_hair_is_refused_and_named() -> None:
    kept = zero_sum_equilibrium(NormalFormGame.zero_sum([[3, -1], [-2, 1]])).certificate
    hair = Fraction(1, 10**30)
    for change, message in (
        ({"lower": kept.lower + hair}, "gets 1/7 only"),
        ({"upper": kept.upper - hair}, "gets 1/7"),
    ):
        fields = {name: getattr(kept, name) for name in kept.__slots__} | change
        with pytest.raises(CertificateError, match=message):
            SecurityLevelCertificate(**fields).verify()


def test_a_certificate_is_bound_to_its_game() -> None:
    game = NormalFormGame.zero_sum([[3, -1], [-2, 1]])
    certificate = zero_sum_equilibrium(game).certificate
    assert certificate.verify(game)
    with pytest.raises(CertificateError, match="not about this one"):
        certificate.verify(NormalFormGame.zero_sum([[3, -1], [-2, 2]]))
    alone = SecurityLevelCertificate(
        **{name: getattr(certificate, name) for name in certificate.__slots__}
        | {"game": None, "stated_digest": game.digest()}
    )
    assert alone.verify(game)
    assert "not carried" in repr(alone)
    with pytest.raises(CertificateError, match="no game"):
        alone.verify()


def test_numbers_beyond_machine_integers_are_exact() -> None:
    """Payoffs near 2⁶², sums near 2⁶³: a constant sum is seen, and one off by one is too."""
    big = 2**62 - 1
    tensor = np.array([[[big, -big], [-big, big]], [[big, big], [big, big]]], dtype=object)
    tensor[1] = (big - 1) - tensor[0]
    half = (Fraction(1, 2),) * 2
    fields = {
        "concept": "value",
        "player": 0,
        "strategy": half,
        "reply": half,
        "lower": Fraction(0),
        "upper": Fraction(0),
    }
    game = NormalFormGame(RationalArray.of_integers(tensor))
    assert SecurityLevelCertificate(**fields, game=game).verify()
    tensor[1, 0, 0] += 1
    with pytest.raises(CertificateError, match="constant"):
        SecurityLevelCertificate(**fields, game=NormalFormGame(RationalArray.of_integers(tensor))).verify()
    with pytest.raises(SpecificationError, match="concept"):
        SecurityLevelCertificate(**{**fields, "concept": "worth"}, game=game)
