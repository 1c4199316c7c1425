"""No equilibrium is missing: by hand, by lies, against elimination in closed form."""

from __future__ import annotations

import copy
import json
import random
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from lies import LIES, garbage, lies, on_intact_data
from oracles.deviations import game_of, resealed
from oracles.multiplayer import DegenerateError, two_by_two_by_two

from gametheory.certificates import MultiplayerCompletenessCertificate, read_certificate
from gametheory.certificates.multiplayer_completeness import all_supports
from gametheory.equilibria import multiplayer_equilibria
from gametheory.errors import CertificateError, SpecificationError
from gametheory.games import NormalFormGame

F = Fraction


def accepted(data: dict[str, Any]) -> bool:
    try:
        return read_certificate(json.dumps(data)).verify()
    except (SpecificationError, CertificateError):
        return False


def claim_holds(data: dict[str, Any]) -> bool:
    """Whether the listed boxes hold the equilibria of the game, one each, by elimination.

    Raises DegenerateError where elimination does not decide.
    """
    game = game_of(data)
    assert game.sizes == (2, 2, 2)
    truth = two_by_two_by_two(game.u)
    if len(truth) != len(data["equilibria"]):
        return False
    for point in truth:
        full = [(F(p), 1 - F(p)) for p in point]
        inside = [
            box
            for box in data["equilibria"]
            if all(
                abs(full[i][k] - F(c)) <= F(r) + F(1, 10**12)
                for i, own in enumerate(box["support"])
                for k, c, r in zip(own, box["center"][i], box["radius"][i], strict=True)
            )
            and all(full[i][k] < F(1, 10**9) for i in range(3) for k in (0, 1) if k not in box["support"][i])
        ]
        if len(inside) != 1:
            return False
    return True


def random_base(rng: random.Random, least: int = 1) -> dict[str, Any]:
    while True:
        game = NormalFormGame(np.array([rng.randint(-9, 9) for _ in range(24)]).reshape(3, 2, 2, 2))
        found = multiplayer_equilibria(game)
        if found.certificate is not None and len(found) >= least:
            data = found.certificate.to_dict()
            try:
                assert claim_holds(data)
            except DegenerateError:
                continue
            return data


def test_matching_pennies_by_hand() -> None:
    """One equilibrium; every support but the full one falls to one better action, the full one lies in its box."""
    game = NormalFormGame.zero_sum([[1, -1], [-1, 1]])
    certificate = multiplayer_equilibria(game).certificate
    assert isinstance(certificate, MultiplayerCompletenessCertificate)
    assert certificate.verify(game)
    assert certificate.claim == "the game has exactly one Nash equilibrium, in the listed box"
    assert len(certificate.trees) == 9 == len(list(all_supports((2, 2))))
    for support, tree in zip(all_supports((2, 2)), certificate.trees, strict=True):
        full = all(len(own) == 2 for own in support)
        assert [step[0] for step in tree] == (["root"] if full else ["empty"])
    with pytest.raises(CertificateError, match="digest"):
        certificate.verify(NormalFormGame.zero_sum([[1, -1], [-1, 2]]))


def changed(certificate: MultiplayerCompletenessCertificate, **fields: Any) -> MultiplayerCompletenessCertificate:
    names = ("equilibria", "reach", "trees", "game", "stated_digest")
    return MultiplayerCompletenessCertificate(**{n: fields.get(n, getattr(certificate, n)) for n in names})


def test_what_is_left_out_is_missed() -> None:
    game = NormalFormGame.from_profiles(
        {
            **dict.fromkeys(np.ndindex(2, 2, 2), (0, 0, 0)),
            (0, 0, 0): (9, 8, 12),
            (1, 1, 0): (9, 8, 2),
            (1, 0, 1): (3, 4, 6),
            (0, 1, 1): (3, 4, 6),
        }
    )
    whole = multiplayer_equilibria(game).certificate
    assert whole.verify()
    assert len(whole.equilibria) == 9
    for k in range(9):
        keep = [j for j in range(9) if j != k]
        number = {j: n for n, j in enumerate(keep)}
        trees = tuple(
            tuple(("root", number.get(step[1], 99)) if step[0] == "root" else step for step in tree)
            for tree in whole.trees
        )
        boxes = tuple(whole.equilibria[j] for j in keep)
        with pytest.raises(CertificateError, match="within reach"):
            changed(whole, equilibria=boxes, reach=tuple(whole.reach[j] for j in keep), trees=trees).verify()
    with pytest.raises(CertificateError, match="trees"):
        changed(whole, trees=whole.trees[:-1]).verify()
    with pytest.raises(CertificateError, match="may be the same"):
        changed(
            whole, equilibria=(*whole.equilibria, whole.equilibria[0]), reach=(*whole.reach, whole.reach[0])
        ).verify()
    with pytest.raises(CertificateError, match="9 radii"):
        changed(whole, reach=whole.reach[:-1]).verify()
    with pytest.raises(CertificateError, match="another solution"):  # the other totally mixed one is that near
        changed(whole, reach=tuple(F(10) for _ in whole.reach)).verify()
    last = whole.trees[-1]
    for tree, words in (
        (last[:-1], "ends before"),
        ((*last, last[-1]), "goes on"),
        ((("split", 0, 0, 0),), "no edge"),
        ((("split", 3, 0, 1),), "no edge"),
        ((("empty", ()),), "rule an equilibrium out"),
        ((("empty", ((0, 5, 1),)),), "no action"),
    ):
        with pytest.raises(CertificateError, match=words):
            changed(whole, trees=(*whole.trees[:-1], tree)).verify()
    deep = (("split", 0, 0, 1),) * 3000
    with pytest.raises(CertificateError, match="halved more than 2,048"):
        changed(whole, trees=(*whole.trees[:-1], deep)).verify()
    negative = (("empty", ((1, 1, -1),)),)
    with pytest.raises(CertificateError, match="negative"):
        changed(whole, trees=(negative, *whole.trees[1:])).verify()


def test_positive_inside_but_zero_at_an_edge() -> None:
    """Weak dominance rules out supports with the weakly dominated action where the others mix fully."""
    game = NormalFormGame.from_bimatrix([[1, 1], [1, 0]], [[1, 0], [0, 1]])
    found = multiplayer_equilibria(game)
    assert (
        found.completeness == "numerical"
    )  # player 1 is indifferent when player 2 plays the first action: a continuum
    supports = [support for support, _ in found.undecided]
    assert ((0, 1), (0, 1)) not in supports
    assert ((0, 1), (0,)) in supports


# -- lies --------------------------------------------------------------------------------------------------------------


@on_intact_data
def drop_equilibrium(data: dict[str, Any], rng: random.Random) -> bool:
    """Leave an equilibrium out, with numbers shifted, and say by weights that its cells are empty."""
    boxes = data["equilibria"]
    if not isinstance(boxes, list) or not boxes:
        return False
    gone = rng.randrange(len(boxes))
    del boxes[gone]
    for tree in data["trees"]:
        for step in tree if isinstance(tree, list) else ():
            if isinstance(step, list) and len(step) == 2 and step[0] == "root" and type(step[1]) is int:
                if step[1] == gone:
                    step[:] = ["empty", [[rng.randrange(3), rng.randrange(2), rng.choice((1, -1))] for _ in range(2)]]
                elif step[1] > gone:
                    step[1] -= 1
    return True


@on_intact_data
def add_equilibrium(data: dict[str, Any], rng: random.Random) -> bool:
    """An equilibrium listed once more, perhaps with another box."""
    boxes = data["equilibria"]
    if not isinstance(boxes, list) or not boxes:
        return False
    boxes.append(copy.deepcopy(rng.choice(boxes)))
    return True


@on_intact_data
def other_leaf(data: dict[str, Any], rng: random.Random) -> bool:
    """A leaf replaced by another one of the same tree or of another."""
    trees = [tree for tree in data["trees"] if isinstance(tree, list) and tree]
    if not trees:
        return False
    tree, source = rng.choice(trees), rng.choice(trees)
    tree[rng.randrange(len(tree))] = copy.deepcopy(rng.choice(source))
    return True


@on_intact_data
def other_reach(data: dict[str, Any], rng: random.Random) -> bool:
    box = rng.choice(data["equilibria"])
    box["reach"] = str(F(box["reach"]) * rng.choice([F(1, 4), F(1, 2), F(2), F(4), F(16)]))
    return True


@LIES
def test_lies_about_completeness(count: int) -> None:
    rng = random.Random("completeness")
    bases = [random_base(rng) for _ in range(10)] + [random_base(rng, 3) for _ in range(10)]
    for base in bases:
        assert accepted(base)
    true = false = unknown = 0
    special = [drop_equilibrium, add_equilibrium, other_leaf, other_reach]
    for what, data in lies(bases, count, 31, special=special, reseal=resealed):
        if accepted(data):
            true += 1
            try:
                assert claim_holds(data), (what, data)
            except DegenerateError:  # a changed game with a tie that elimination does not decide
                unknown += 1
        else:
            false += 1
    assert true >= count // 20, (true, false)
    assert false >= count // 2, (true, false)
    assert unknown <= true // 20, (true, unknown)


def test_garbage_ends_in_one_clear_error() -> None:
    rng = random.Random("garbage")
    refused = 0
    for k in range(16):
        base = random_base(rng)
        refused += sum(not accepted(data) for data in garbage(base, 25, k))
    assert refused > 280


def test_files_are_read_as_written() -> None:
    rng = random.Random(1)
    data = random_base(rng, 3)
    while not any(sum(len(own) > 1 for own in box["support"]) == 3 for box in data["equilibria"]):
        data = random_base(rng, 3)
    certificate = read_certificate(data)
    assert certificate.to_dict() == data
    assert certificate.claim.startswith("the game has exactly ")
    bare = changed(certificate, game=None, stated_digest=data["game_digest"])
    with pytest.raises(CertificateError, match="carries no game"):
        bare.verify()
    assert bare.verify(certificate.game)
    huge = copy.deepcopy(data)
    mixed = next(box for box in huge["equilibria"] if sum(len(own) > 1 for own in box["support"]) == 3)
    mixed["reach"] = "0x1" + "0" * 400
    assert not accepted(huge)
