"""Bounds on independent team play: the kernel against fractions written out, and lies."""

from __future__ import annotations

import json
import random
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from lies import LIES, garbage, lies
from oracles.team_play import bounds_hold, payoff_table, two_by_two

from gametheory.arithmetic import RationalArray
from gametheory.certificates import TeamBoundsCertificate, certificate_to_json, read_certificate
from gametheory.certificates.encoding import game_from_json
from gametheory.certificates.team_bounds import leaf_bounds
from gametheory.equilibria import team_maxmin
from gametheory.errors import CertificateError, SpecificationError
from gametheory.games import NormalFormGame


def accepted(data: dict[str, Any]) -> bool:
    """Whether the kernel believes the data; anything but its own errors is a defect."""
    try:
        return read_certificate(json.dumps(data)).verify()
    except (SpecificationError, CertificateError):
        return False


def base(rng: random.Random, sizes: tuple[int, ...]) -> dict[str, Any]:
    """A certificate of a small game; of the members' common payoff, or of one passed beside the game."""
    count = int(np.prod(sizes))
    own = [rng.randint(0, 4) for _ in range(count)]
    adversary = rng.randrange(len(sizes))
    tensor = np.array([own if i != adversary else [rng.randint(0, 4) for _ in range(count)] for i in range(len(sizes))])
    game = NormalFormGame(tensor.reshape(len(sizes), *sizes))
    payoff = None
    if rng.random() < 0.5:
        payoff = [Fraction(rng.randint(-6, 6), rng.choice((1, 2, 3))) for _ in range(count)]
        payoff = np.array([*payoff, None], dtype=object)[:-1].reshape(sizes)
    team = [i for i in range(len(sizes)) if i != adversary]
    found = team_maxmin(game, team=team, adversary=adversary, payoff=payoff, gap=rng.choice((0.01, 0.05)))
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


def to_the_limit(data: dict[str, Any], rng: random.Random) -> bool:
    """The closest claim that the evidence bears, or one a little closer."""
    try:
        certificate = read_certificate(json.dumps(data))
        payoffs = payoff_table(data)
        if payoffs is None:
            return False
        shape = [max(key[axis] for key in payoffs) + 1 for axis in range(len(next(iter(payoffs))))]
        table = RationalArray.from_fractions(np.array([payoffs[key] for key in np.ndindex(*shape)]).reshape(shape))
        most = max(leaf_bounds(table, certificate.splits, certificate.weights))
    except (SpecificationError, CertificateError, IndexError, ValueError, TypeError):
        return False
    data["upper"] = str(most - rng.choice((0, 0, Fraction(1, 10**9))))
    return True


def prune(data: dict[str, Any], rng: random.Random) -> bool:
    """A branch becomes a leaf, or a leaf a branch without children."""
    if not isinstance(data["splits"], list) or not data["splits"]:
        return False
    k = rng.randrange(len(data["splits"]))
    data["splits"][k] = None if data["splits"][k] is not None else [0, 0, 1]
    return True


def other_edge(data: dict[str, Any], rng: random.Random) -> bool:
    found = [split for split in data["splits"] if isinstance(split, list) and len(split) == 3]
    if not found:
        return False
    split = rng.choice(found)
    if rng.random() < 0.5:
        split[1], split[2] = split[2], split[1]
    else:
        split[0] = 1 - split[0] if split[0] in (0, 1) else split[0]
    return True


@LIES
def test_lies_about_teams(count: int) -> None:
    rng = random.Random("teams")
    bases = [base(rng, rng.choice([(2, 2, 2), (2, 2, 2), (2, 3, 2), (3, 2), (2, 2, 2, 2)])) for _ in range(40)]
    for data in bases:
        assert accepted(data)
    true = false = checked = 0
    for what, data in lies(bases, count, 41, special=[to_the_limit, prune, other_edge], reseal=resealed):
        holds = well_formed(data) and bounds_hold(data)
        assert accepted(data) == holds, (what, data)
        true, false = true + holds, false + (not holds)
        if holds and data["game"]["num_actions"] == [2, 2, 2]:
            payoffs = payoff_table(data)
            assert payoffs is not None
            table = [[[payoffs[b, i, j] for j in (0, 1)] for i in (0, 1)] for b in (0, 1)]
            low, high = two_by_two(np.array(table, dtype=float), 2001)
            assert float(Fraction(data["upper"])) >= low - 1e-9, (what, data)
            assert float(Fraction(data["lower"])) <= high + 1e-9, (what, data)
            checked += 1
    assert true >= count // 20 <= false, (true, false)
    assert checked > count // 50


def test_garbage_ends_in_one_clear_error() -> None:
    rng = random.Random("garbage")
    refused = 0
    for number in range(20):
        data = base(rng, (2, 2, 2))
        refused += sum(not accepted(changed) for changed in garbage(data, 20, number))
    assert refused > 250


def test_a_certificate_is_bound_to_its_game() -> None:
    common = [[[0, 1], [0, 0]], [[0, 0], [1, 0]]]
    game = NormalFormGame([common, common, common])
    certificate = team_maxmin(game, team=[0, 1], adversary=2).certificate
    assert certificate.verify(game)
    other = NormalFormGame([common, common, [[[1, 1], [0, 0]], [[0, 0], [1, 0]]]])
    with pytest.raises(CertificateError, match="not about this one"):
        certificate.verify(other)


def test_a_hair_is_refused() -> None:
    """Half of the evidence for 1/4 is no evidence: neither bound gives way by 10⁻³⁰."""
    common = [[[1, 0], [0, 0]], [[0, 0], [0, 1]]]
    game = NormalFormGame([common, common, common])
    kept = team_maxmin(game, team=[0, 1], adversary=2).certificate
    assert kept.lower == Fraction(1, 4) == kept.upper
    hair = Fraction(1, 10**30)
    for change in ({"lower": kept.lower + hair}, {"upper": kept.upper - hair}):
        fields = {name: getattr(kept, name) for name in kept.__slots__} | change
        with pytest.raises(CertificateError):
            TeamBoundsCertificate(**fields).verify()


def test_a_deep_tree_is_refused_before_its_numbers_grow() -> None:
    splits: list[Any] = [(0, 0, 1)] * 3000 + [None] * 3001
    table = RationalArray.of_integers(np.ones((2, 2, 2), dtype=np.int64))
    with pytest.raises(SpecificationError, match="deeper than 2000"):
        next(leaf_bounds(table, splits, [(1, 1)] * 3001))


def test_numbers_beyond_machine_integers_are_exact() -> None:
    """Payoffs near 2⁶¹ and a tree of 80 levels: the same bounds as in fractions."""
    big = 2**61 - 1
    table = RationalArray.of_integers(np.array([[[big, 0], [-big, 5]], [[3, big], [1, -big]]]))
    splits: list[Any] = []
    for _ in range(80):
        splits += [(0, 0, 1), None]  # the first child keeps vertex 1 and is a leaf; the other is split again
    splits.append(None)
    weights = [(1, 2)] * 81
    found = list(leaf_bounds(table, splits, weights))
    numbers = [[[Fraction(int(x)) for x in row] for row in part] for part in table.numerators]
    against = [[(numbers[0][i][j] + 2 * numbers[1][i][j]) / 3 for j in (0, 1)] for i in (0, 1)]
    near, expected = against[1], []
    for _ in range(80):
        middle = [(x + y) / 2 for x, y in zip(against[0], near, strict=True)]
        expected.append(max(*middle, *near))
        near = middle
    expected.append(max(*against[0], *near))
    assert found == expected
