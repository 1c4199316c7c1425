"""Rationalisable actions: what the kernel believes is true by brute force, and lies."""

from __future__ import annotations

import functools
import json
import random
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from lies import LIES, garbage, lies, on_intact_data
from oracles.deviations import resealed
from oracles.rationalisability import rationalisable, to_a_distribution, to_a_product, to_a_profile

from gametheory.certificates import RationalisabilityCertificate, certificate_to_json, read_certificate
from gametheory.certificates.encoding import game_from_json
from gametheory.certificates.rationalisability import Belief, Removal
from gametheory.equilibria import rationalisable_actions
from gametheory.errors import CertificateError, SpecificationError
from gametheory.games import NormalFormGame

DECIDE: Any = {"correlated": to_a_distribution, "independent": to_a_product, "pure": to_a_profile}
COORDINATION = [[[8, 0], [0, 0]], [[4, 0], [0, 4]], [[0, 0], [0, 8]], [[3, 3], [3, 3]]]


def accepted(data: dict[str, Any]) -> bool:
    """Whether the kernel believes the data; anything but its own errors is a defect."""
    try:
        return read_certificate(json.dumps(data)).verify()
    except (SpecificationError, CertificateError):
        return False


def base(rng: random.Random) -> dict[str, Any]:
    """A certificate of a small game; half of them have removals, some of these by subdivision."""
    beliefs = rng.choice(("correlated", "independent", "pure"))
    if beliefs == "independent":
        table = np.moveaxis(np.array(COORDINATION), 0, 2) * rng.choice((1, 3)) + rng.randint(-2, 2)
        game = NormalFormGame(np.stack([table] * 3))
    else:
        sizes = rng.choice([(2, 2), (3, 2), (3, 3), (2, 2, 2)])
        game = NormalFormGame.from_function(lambda *_: [rng.randint(0, 4) for _ in sizes], sizes)
    return json.loads(certificate_to_json(rationalisable_actions(game, beliefs=beliefs).certificate))


@functools.cache
def truth(game: str, beliefs: str) -> list[list[int]]:
    return rationalisable(game_from_json(json.loads(game)).payoffs, DECIDE[beliefs])


def is_true(data: dict[str, Any]) -> bool:
    """Whether the actions kept are rationalisable and those removed are not, whatever the evidence."""
    sets = truth(json.dumps(data["game"], sort_keys=True), data["beliefs"])
    kept = all(set(own) <= set(true) for own, true in zip(data["kept"], sets, strict=True))
    return kept and all(item["action"] not in sets[item["player"]] for items in data["rounds"] for item in items)


@on_intact_data
def keep_another(data: dict[str, Any], rng: random.Random) -> bool:
    """An action that was removed is kept, with the belief of another."""
    removed = [item for items in data["rounds"] for item in items]
    if not removed or not data["witnesses"]:
        return False
    item = rng.choice(removed)
    data["kept"][item["player"]].append(item["action"])
    for items in data["rounds"]:
        if item in items:
            items.remove(item)
    belief = json.loads(json.dumps(rng.choice([w for w in data["witnesses"] if w["player"] == item["player"]])))
    data["witnesses"].append({**belief, "action": item["action"]})
    return True


@on_intact_data
def remove_another(data: dict[str, Any], rng: random.Random) -> bool:
    """An action that was kept is removed, with a mixture of the others."""
    i = rng.randrange(len(data["kept"]))
    if len(data["kept"][i]) < 2:
        return False
    action = rng.choice(data["kept"][i])
    size = data["game"]["num_actions"][i]
    others = [str(Fraction(int(b != action), size - 1)) for b in range(size)]
    pure = data["beliefs"] == "pure"
    removal = {"player": i, "action": action, "splits": [] if pure else [None], "mixtures": [] if pure else [others]}
    data["rounds"].append([removal])
    data["kept"][i].remove(action)
    data["witnesses"] = [w for w in data["witnesses"] if (w["player"], w["action"]) != (i, action)]
    return True


@on_intact_data
def merge_rounds(data: dict[str, Any], rng: random.Random) -> bool:
    if len(data["rounds"]) < 2:
        return False
    data["rounds"] = [[item for items in data["rounds"] for item in items]]
    return True


@LIES
def test_lies(count: int) -> None:
    rng = random.Random("beliefs")
    bases = [base(rng) for _ in range(60)]
    for data in bases:
        assert accepted(data)
        assert is_true(data)
    words = {"beliefs": ("correlated", "independent", "pure")}
    special = [keep_another, remove_another, merge_rounds]
    believed = refused = 0
    for what, data in lies(bases, count, 17, words=words, special=special, reseal=resealed):
        if accepted(data):
            assert is_true(data), (what, data)
            believed += 1
        else:
            refused += 1
    assert refused > count // 2
    assert believed > count // 50  # a belief a little different is often a belief all the same


def test_garbage_ends_in_one_clear_error() -> None:
    rng = random.Random("garbage")
    refused = 0
    for number in range(15):
        refused += sum(not accepted(changed) for changed in garbage(base(rng), 20, number))
    assert refused > 200


def test_each_part_of_the_evidence_is_needed() -> None:
    game = NormalFormGame.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]])
    one = Fraction(1)
    better = ((Fraction(0), one),)
    rounds = (tuple(Removal(i, 0, (None,), better) for i in (0, 1)),)
    beliefs = tuple(Belief(i, 1, (((1,), one),)) for i in (0, 1))

    def fails(
        match: str, kind: Any = "correlated", rounds: Any = rounds, kept: Any = ((1,), (1,)), known: Any = beliefs
    ) -> None:
        with pytest.raises(CertificateError, match=match):
            RationalisabilityCertificate(kind, rounds, kept, known, game).verify()

    fails("neither removed nor kept", kept=((1,), ()), known=beliefs[:1])
    fails("one belief for each", known=beliefs[:1])
    fails("one belief for each", known=(*beliefs, beliefs[0]))
    fails("not kept", known=(Belief(0, 1, (((0,), one),)), beliefs[1]))
    fails("no distribution", known=(Belief(0, 1, (((1,), one / 2),)), beliefs[1]))
    fails("not removed", kept=((0, 1), (1,)))
    fails("no evidence", rounds=(tuple(Removal(i, 1, (None,), ((one, Fraction(0)),)) for i in (0, 1)),))
    fails("are no products", rounds=((Removal(0, 0, ((0, 0, 1), None, None), better * 2), rounds[0][1]),))
    fails("must be a vector", kind="independent")
    fails("to remove", rounds=(*rounds, rounds[0]))
    assert RationalisabilityCertificate("pure", rounds, ((1,), (1,)), beliefs, game.to_float()).verify(game)
    with pytest.raises(SpecificationError, match="float"):
        RationalisabilityCertificate("correlated", rounds, ((1,), (1,)), beliefs, game.to_float())
    with pytest.raises(SpecificationError, match="beliefs"):
        RationalisabilityCertificate("mixed", rounds, ((1,), (1,)), beliefs, game)  # type: ignore[arg-type]


def test_a_subdivision_is_no_evidence_against_correlated_beliefs() -> None:
    table = np.moveaxis(np.array(COORDINATION), 0, 2)
    game = NormalFormGame(np.stack([table] * 3))
    found = rationalisable_actions(game, beliefs="independent").certificate
    data = json.loads(certificate_to_json(found))
    assert accepted(data)
    for beliefs in ("correlated", "pure"):
        assert not accepted({**data, "beliefs": beliefs})
    other = NormalFormGame(np.stack([table + 1] * 3))
    with pytest.raises(CertificateError, match="not about this one"):
        found.verify(other)
