"""Boxes that hold one equilibrium: by hand, by lies, by brute force."""

from __future__ import annotations

import itertools
import json
import random
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from lies import LIES, garbage, lies, on_intact_data
from oracles.deviations import resealed
from oracles.multiplayer import enclosure_claim_holds, enclosure_evidence_holds

from gametheory.certificates import EnclosureCertificate, read_certificate
from gametheory.equilibria.multiplayer import multiplayer_equilibrium
from gametheory.errors import CertificateError, SpecificationError
from gametheory.games import NormalFormGame

F = Fraction

PENNIES = NormalFormGame.zero_sum([[1, -1], [-1, 1]])
HALF = ["1/2", "1/2"]
INVERSE = [["1/2", 0, 0, "1/8"], ["1/2", 0, 0, "-1/8"], [0, "-1/8", "1/2", 0], [0, "1/8", "1/2", 0]]


def accepted(data: dict[str, Any]) -> bool:
    try:
        return read_certificate(json.dumps(data)).verify()
    except (SpecificationError, CertificateError):
        return False


def pennies(center: Any = (HALF, HALF), radius: Any = "1/1000", matrix: Any = INVERSE) -> EnclosureCertificate:
    return EnclosureCertificate.of(PENNIES, [[0, 1]] * 2, center, [[radius] * 2] * 2, matrix)


def test_matching_pennies_by_hand() -> None:
    """F is linear and Y = J⁻¹: every box around (1/2, 1/2) short of the boundary works, no box beside it does."""
    assert pennies().verify()
    assert pennies(radius="499/1000").verify()
    with pytest.raises(CertificateError, match="probability zero"):
        pennies(radius="1/2").verify()
    beside = [["502/1000", "498/1000"], HALF]
    assert pennies(beside, "3/1000").verify()
    with pytest.raises(CertificateError, match="times as wide"):  # 1/2 lies on the boundary: 2/1000 = 2/1000
        pennies(beside, "2/1000").verify()
    with pytest.raises(CertificateError, match="times as wide"):
        pennies(matrix=[[0] * 4] * 4).verify()
    with pytest.raises(CertificateError, match="times as wide"):
        pennies(radius=0).verify()


def test_shapes_are_checked() -> None:
    good = pennies()
    for support, center, radius, matrix, words in [
        ([[0, 1]], [HALF] * 2, [HALF] * 2, INVERSE, "2 supports"),
        ([[1, 0], [0, 1]], [HALF] * 2, [HALF] * 2, INVERSE, "increasing order"),
        ([[0, 2], [0, 1]], [HALF] * 2, [HALF] * 2, INVERSE, "increasing order"),
        ([[], [0, 1]], [[], HALF], [[], HALF], INVERSE, "increasing order"),
        ([[0, 1]] * 2, [HALF], [HALF] * 2, INVERSE, "a number for each action"),
        ([[0], [0, 1]], [HALF[:1], HALF], [[0], HALF], INVERSE, "center 1"),
        ([[0, 1]] * 2, [HALF] * 2, [HALF] * 2, INVERSE[:3], "4 rows"),
    ]:
        with pytest.raises(CertificateError, match=words):
            EnclosureCertificate.of(PENNIES, support, center, radius, matrix).verify()
    with pytest.raises(CertificateError, match="digest"):
        good.verify(NormalFormGame.zero_sum([[1, -1], [-1, 2]]))


def test_one_player_who_mixes_alone_is_not_determined() -> None:
    game = NormalFormGame.from_bimatrix([[1, 1], [1, 1]], [[1, 0], [1, 0]])
    certificate = EnclosureCertificate.of(game, [[0, 1], [0]], [HALF, [1]], [["1/9"] * 2, [0]], [[1, 0], [0, 1]])
    with pytest.raises(CertificateError, match="alone"):
        certificate.verify()
    pure = EnclosureCertificate.of(game, [[0], [0]], [[1], [1]], [[0], [0]], [])
    assert pure.verify()
    with pytest.raises(CertificateError, match="better reply"):
        EnclosureCertificate.of(game, [[0], [1]], [[1], [1]], [[0], [0]], []).verify()


def random_base(rng: random.Random, sizes: tuple[int, ...]) -> dict[str, Any]:
    """The mixed equilibrium of a random game with an irrational one, its box widened by some powers of two."""
    while True:
        payoffs = np.array([rng.randint(-9, 9) for _ in range(len(sizes) * int(np.prod(sizes)))])
        game = NormalFormGame(payoffs.reshape(len(sizes), *sizes))
        certificate = multiplayer_equilibrium(game).certificate
        if not isinstance(certificate, EnclosureCertificate):
            continue
        data = certificate.to_dict()
        places = rng.choice([12, 30, 50])  # a coarse centre and matrix are shorter to read and change
        box = F(1, 2 ** (places - 6))
        data["center"] = [rounded(own, 2**places) for own in certificate.center]
        data["radius"] = [[str(box) if len(own) > 1 else "0"] * len(own) for own in certificate.center]
        data["preconditioner"] = [rounded(row, 2**20) for row in certificate.preconditioner]
        if enclosure_evidence_holds(data):
            return data


def rounded(vector: tuple[Fraction, ...], scale: int) -> list[str]:
    return [str(F(round(x * scale), scale)) for x in vector]


@on_intact_data
def stretched(data: dict[str, Any], rng: random.Random) -> bool:
    """A box some times as wide or as narrow."""
    factor = rng.choice([F(1, 64), F(1, 8), F(1, 2), F(2), F(8), F(64), F(4096)])
    data["radius"] = [[str(F(x) * factor) for x in own] for own in data["radius"]]
    return True


@on_intact_data
def moved(data: dict[str, Any], rng: random.Random) -> bool:
    """The centre moved by a part of the radius, or by a few radii."""
    i = rng.randrange(len(data["center"]))
    k = rng.randrange(len(data["center"][i]))
    step = F(data["radius"][i][k]) * rng.choice([F(1, 16), F(1, 2), F(9, 10), F(3)]) * rng.choice([1, -1])
    data["center"][i][k] = str(F(data["center"][i][k]) + step)
    return True


@LIES
def test_lies_about_enclosures(count: int) -> None:
    rng = random.Random("enclosures")
    bases = [random_base(rng, sizes) for sizes in [(2, 2, 2)] * 26 + [(2, 3, 2)] * 3 + [(2, 2, 2, 2)]]
    for base in bases:
        assert accepted(base)
        assert enclosure_claim_holds(base)
    true = false = 0
    for what, data in lies(bases, count, 21, special=[stretched, moved], reseal=resealed):
        holds = enclosure_evidence_holds(data)
        assert accepted(data) == holds, (what, data)
        true, false = true + holds, false + (not holds)
        assert not holds or enclosure_claim_holds(data), (what, data)
    assert true >= count // 20, (true, false)
    assert false >= count // 20, (true, false)


def test_garbage_ends_in_one_clear_error() -> None:
    rng = random.Random("garbage")
    refused = 0
    for k in range(20):
        base = random_base(rng, (2, 2, 2))
        refused += sum(not accepted(data) for data in garbage(base, 25, k))
    assert refused > 350


def test_a_box_without_an_equilibrium_is_never_accepted() -> None:
    """Boxes and matrices drawn at random around points that are no equilibria, with the best matrix there is."""
    rng = random.Random(5)
    bases = [random_base(rng, (2, 2, 2)) for _ in range(10)]
    for base in bases * 20:
        data = json.loads(json.dumps(base))
        full = [i for i, own in enumerate(data["support"]) if len(own) > 1]
        shift = F(rng.randint(2, 200), 1000)
        i = rng.choice(full)
        data["center"][i][0] = str(F(data["center"][i][0]) + shift)
        data["center"][i][1] = str(F(data["center"][i][1]) - shift)
        data["radius"] = [[str(shift / 2) if j in full else "0"] * len(own) for j, own in enumerate(data["support"])]
        assert not accepted(data)


def test_labels_and_texts() -> None:
    game = NormalFormGame.zero_sum([[1, -1], [-1, 1]], actions=[["heads", "tails"]] * 2)
    certificate = EnclosureCertificate.of(game, [[0, 1]] * 2, [HALF] * 2, [["1/1000"] * 2] * 2, INVERSE)
    assert certificate.claim == (
        "within 0.001 of (0.5 heads + 0.5 tails, 0.5 heads + 0.5 tails) there is exactly one Nash equilibrium with that "
        "support"
    )
    assert certificate.width == F(1, 1000)
    again = read_certificate(certificate.to_dict())
    assert again == certificate
    assert again.verify(game)
    huge = EnclosureCertificate.of(game, [[0, 1]] * 2, [["1", str(10**400)]] * 2, [["1", "2"]] * 2, INVERSE)
    assert "2^" in huge.claim


def test_scaled_and_shifted_payoffs_keep_their_evidence() -> None:
    """Multiples and additions by player scale the equations, and so the matrix; the box stays."""
    rng = np.random.default_rng(3)
    for shift, scale in itertools.product((0, 10**9), (F(1), F(1, 10**9))):
        table = rng.integers(-9, 10, size=(3, 2, 2, 2))
        payoffs = np.vectorize(lambda x, s=scale, t=shift: F(int(x)) * s + t, otypes=[object])(table)
        plain, changed = (multiplayer_equilibrium(NormalFormGame(p.tolist())) for p in (table, payoffs))
        assert changed.certificate.verify()
        assert plain.support == changed.support
