"""Lies about completeness: what the kernel believes of a list of equilibria is what brute force finds."""

from __future__ import annotations

import copy
import json
import random
from fractions import Fraction
from typing import Any

import pytest
from lies import LIES, garbage, lies, on_intact_data
from oracles.deviations import game_of, resealed
from oracles.nash import extreme_equilibria, maximal_nash_subsets

from gametheory.certificates import BimatrixCompletenessCertificate, read_certificate
from gametheory.equilibria import nash_equilibria
from gametheory.errors import CertificateError, SpecificationError
from gametheory.games import NormalFormGame


def certificate_of(A: Any, B: Any) -> BimatrixCompletenessCertificate:
    certificate = nash_equilibria(NormalFormGame.from_bimatrix(A, B)).certificate
    assert isinstance(certificate, BimatrixCompletenessCertificate)
    return certificate


def random_certificates(count: int, seed: int, high: int = 2) -> list[BimatrixCompletenessCertificate]:
    rng = random.Random(seed)
    result = []
    for _ in range(count):
        m, n = rng.randint(1, 3), rng.randint(1, 3)
        result.append(certificate_of(*([[rng.randint(0, high) for _ in range(n)] for _ in range(m)] for _ in "AB")))
    return result


def accepted(data: dict[str, Any]) -> bool:
    """Whether the kernel believes the data; anything but its own errors is a defect."""
    try:
        return read_certificate(json.dumps(data)).verify()
    except (SpecificationError, CertificateError):
        return False


def matrices(data: dict[str, Any]) -> tuple[list[list[Fraction]], list[list[Fraction]]]:
    game = game_of(data)
    m, n = game.sizes
    A, B = ([[game.u[player][i, j] for j in range(n)] for i in range(m)] for player in (0, 1))
    return A, B


def claim_holds(data: dict[str, Any]) -> bool:
    """By brute force: the listed pairs are the extreme equilibria, and the products are equilibria and cover all."""
    try:
        A, B = matrices(data)
        strategies = [[tuple(Fraction(p) for p in x) for x in own] for own in data["strategies"]]
        products = [
            (frozenset(strategies[0][i] for i in xs), frozenset(strategies[1][j] for j in ys))
            for xs, ys in data["products"]
        ]
    except (ValueError, IndexError, KeyError, TypeError, ZeroDivisionError):
        return False
    truth = extreme_equilibria(A, B)
    pairs = {(x, y) for xs, ys in products for x in xs for y in ys}
    covered = all(any(a <= xs and b <= ys for xs, ys in products) for a, b in maximal_nash_subsets(truth))
    return pairs == set(truth) and covered


@on_intact_data
def drop_product(data: Any, rng: random.Random) -> bool:
    """Keep an equilibrium to oneself."""
    if not data["products"]:
        return False
    del data["products"][rng.randrange(len(data["products"]))]
    return True


@on_intact_data
def shrink_product(data: Any, rng: random.Random) -> bool:
    long = [part for product in data["products"] for part in product if len(part) > 1]
    if not long:
        return False
    part = rng.choice(long)
    del part[rng.randrange(len(part))]
    return True


@on_intact_data
def cut_branch(data: Any, rng: random.Random) -> bool:
    """Replace a step by a claim that the branch is empty."""
    k = rng.randrange(len(data["steps"]))
    data["steps"][k] = ["empty", rng.randrange(2), []]
    return True


@on_intact_data
def call_face_a_point(data: Any, rng: random.Random) -> bool:
    wide = [face for own in data["faces"] for face in own if not face[2]]
    if not wide:
        return False
    rng.choice(wide)[2] = True
    return True


@on_intact_data
def change_weight(data: Any, rng: random.Random) -> bool:
    empty = [step for step in data["steps"] if step[0] == "empty" and step[2]]
    if not empty:
        return False
    entry = rng.choice(rng.choice(empty)[2])
    entry[1] = str(int(entry[1]) + rng.choice((-1, 1)))
    return True


@on_intact_data
def move_weight(data: Any, rng: random.Random) -> bool:
    empty = [step for step in data["steps"] if step[0] == "empty" and len(step[2]) > 1]
    if not empty:
        return False
    weights = rng.choice(empty)[2]
    i, j = rng.sample(range(len(weights)), 2)
    weights[i][0], weights[j][0] = weights[j][0], weights[i][0]
    return True


@on_intact_data
def change_payoff(data: Any, rng: random.Random) -> bool:
    """Another game with the evidence of this one, and its own digest."""
    numerators = data["game"]["payoffs"]["numerators"]
    numerators[rng.randrange(len(numerators))] += rng.choice((-1, 1))
    data.update(resealed(data))
    return True


SPECIAL = (drop_product, shrink_product, cut_branch, call_face_a_point, change_weight, move_weight, change_payoff)


@LIES
def test_no_lie_about_completeness_is_believed(count: int) -> None:
    bases = [json.loads(json.dumps(c.to_dict())) for c in random_certificates(60, 1)]
    assert all(accepted(data) and claim_holds(data) for data in bases)
    believed = refused = 0
    for what, data in lies(bases, count, 2, special=SPECIAL):
        verdict = accepted(data)
        believed, refused = believed + verdict, refused + (not verdict)
        if verdict:
            assert claim_holds(data), what
    assert believed > count // 50  # another vertex order, a true claim about another game, …
    assert refused > count // 2


@pytest.mark.parametrize("lie", SPECIAL, ids=lambda lie: lie.__name__)
def test_each_kind_of_lie(lie: Any) -> None:
    rng = random.Random(lie.__name__)
    bases = [c.to_dict() for c in random_certificates(40, 3)]
    refused = 0
    for base in bases * 5:
        data = json.loads(json.dumps(base))
        if lie(data, rng):
            verdict = accepted(data)
            refused += not verdict
            assert not verdict or claim_holds(data)
    assert refused > 20


def test_leaving_out_an_equilibrium_is_always_noticed() -> None:
    """Every maximal product matters: without any one of them some product of the tree is not listed."""
    for certificate in random_certificates(40, 4, high=3):
        for k in range(len(certificate.products)):
            data = copy.deepcopy(certificate.to_dict())
            del data["products"][k]
            assert not accepted(data)


def test_garbage_is_refused_politely() -> None:
    base = json.loads(json.dumps(certificate_of([[1, 0], [0, 1]], [[1, 1], [0, 1]]).to_dict()))
    for data in garbage(base, 400, 5):
        if accepted(data):
            assert claim_holds(data)


def test_the_claim_is_about_this_game_alone() -> None:
    certificate = certificate_of([[2, 0], [0, 1]], [[1, 0], [0, 2]])
    game = NormalFormGame.from_bimatrix([[2, 0], [0, 1]], [[1, 0], [0, 2]])
    assert certificate.verify(game)
    with pytest.raises(CertificateError, match="not about this one"):
        certificate.verify(NormalFormGame.from_bimatrix([[2, 0], [0, 3]], [[1, 0], [0, 2]]))
    data = {**certificate.to_dict(), "game": None}
    assert read_certificate(data).verify(game)
    with pytest.raises(CertificateError, match="carries no game"):
        read_certificate(data).verify()


def test_round_trip() -> None:
    for certificate in random_certificates(20, 6):
        again = read_certificate(json.dumps(certificate.to_dict()))
        assert again == certificate
        assert hash(again) == hash(certificate)
        assert again.verify()


def test_an_open_branch_and_a_step_too_many_are_named() -> None:
    certificate = certificate_of([[1, 0], [0, 1]], [[1, 0], [0, 1]])
    data = certificate.to_dict()
    with pytest.raises(CertificateError, match="left open"):
        read_certificate({**data, "steps": data["steps"][:-1]}).verify()
    with pytest.raises(CertificateError, match="belongs to no branch"):
        read_certificate({**data, "steps": [*data["steps"], ["product"]]}).verify()
