"""The kernel is told lies: a thousand of each kind, judged by brute force."""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest
from lies import LIES, garbage, lies
from oracles.deviations import (
    coalition_of,
    deviation_claim_holds,
    deviation_evidence_holds,
    distribution_of,
    dominance_claim_holds,
    game_of,
    joint_gains,
    largest_gain,
    number,
    resealed,
    rule_gain,
    witness_claim_holds,
)

from gametheory.certificates import read_certificate
from gametheory.errors import CertificateError, SpecificationError
from gametheory.games import NormalFormGame

RULES = ("all", "some", "any", "transfer")


def accepted(data: dict[str, Any]) -> bool:
    """Whether the kernel believes the data, written to text and read back; anything but its own errors is a defect."""
    try:
        return read_certificate(json.dumps(data)).verify()
    except (SpecificationError, CertificateError):
        return False


# -- claims to start from ----------------------------------------------------------------------------------------------


def game_data(rng: random.Random, sizes: tuple[int, ...]) -> dict[str, Any]:
    """A small game with fractions and many ties, and its digest."""
    shape_size = len(sizes)
    for m in sizes:
        shape_size *= m
    numerators = [rng.randint(-4, 4) for _ in range(shape_size)]
    payoffs = {"denominator": str(rng.choice([1, 1, 2, 3])), "numerators": numerators}
    return resealed({"game": {"num_actions": list(sizes), "payoffs": payoffs}, "game_digest": ""})


def vector(rng: random.Random, m: int) -> list[str]:
    weights = [rng.randint(0, 3) for _ in range(m)]
    weights[rng.randrange(m)] += 1
    return [str(Fraction(w, sum(weights))) for w in weights]


def profile_data(rng: random.Random, sizes: tuple[int, ...], *, correlated: bool = False) -> dict[str, Any]:
    if correlated:
        profiles = list(itertools.product(*map(range, sizes)))
        pairs = zip(profiles, vector(rng, len(profiles)), strict=True)
        return {"correlated": [[list(a), p] for a, p in pairs if p != "0"]}
    if rng.random() < 0.4:
        return {"pure": [rng.randrange(m) for m in sizes]}
    return {"mixed": [vector(rng, m) for m in sizes]}


def with_epsilon(data: dict[str, Any], rng: random.Random, tight: Fraction) -> dict[str, Any]:
    """Mostly as small as it can truthfully be."""
    data["epsilon"] = str(tight + rng.choice([Fraction(0), Fraction(0), Fraction(0), Fraction(1, 7)]))
    return data


def alone_base(rng: random.Random, concept: str) -> dict[str, Any]:
    sizes = rng.choice([(2, 2), (3, 2), (2, 2, 2)])
    profile = profile_data(rng, sizes, correlated=concept != "nash")
    data = {"kind": "deviation", "concept": concept, **game_data(rng, sizes), "profile": profile, "epsilon": "0"}
    return with_epsilon(data, rng, largest_gain(data))


def coalition_base(rng: random.Random, coordination: str) -> dict[str, Any]:
    sizes = rng.choice([(2, 2), (2, 3), (2, 2, 2)])
    n = len(sizes)
    groups = [list(s) for k in range(1, n + 1) for s in itertools.combinations(range(n), k)]
    data = {
        "kind": "deviation",
        "concept": "coalition",
        **game_data(rng, sizes),
        "profile": profile_data(rng, sizes),
        "epsilon": "0",
        "coalitions": rng.sample(groups, rng.randint(1, min(3, len(groups)))),
        "blocking": rng.choice(RULES),
        "coordination": coordination,
        "weights": [],
    }
    if coordination == "pure" or data["blocking"] in ("any", "transfer"):
        return with_epsilon(data, rng, largest_gain(data))
    data["weights"] = [vector(rng, len(members)) for members in data["coalitions"]]
    return with_epsilon(data, rng, tight_for_weights(data))


def tight_for_weights(data: dict[str, Any]) -> Fraction:
    """The smallest epsilon that the weights establish."""
    game = game_of(data)
    play = distribution_of(data["profile"], game.sizes)
    tight = Fraction(0)
    for coalition, row in zip(data["coalitions"], data["weights"], strict=True):
        factors = [number(w) + (data["blocking"] == "some") for w in row]
        for gains in joint_gains(game, play, coalition_of(coalition, game)).values():
            tight = max(tight, sum((f * g for f, g in zip(factors, gains, strict=True)), Fraction(0)))
    return tight


def witness_base(rng: random.Random) -> dict[str, Any]:
    while True:
        sizes = rng.choice([(2, 2), (3, 2), (2, 2, 2)])
        members = sorted(rng.sample(range(len(sizes)), rng.randint(1, len(sizes))))
        own = tuple(sizes[i] for i in members)
        pure = {"pure": [rng.randrange(m) for m in own]}
        data = {
            "kind": "witness",
            **game_data(rng, sizes),
            "profile": profile_data(rng, sizes),
            "coalition": members,
            "deviation": pure if rng.random() < 0.5 else profile_data(rng, own, correlated=True),
            "blocking": rng.choice(RULES),
        }
        game = game_of(data)
        table = joint_gains(game, distribution_of(data["profile"], sizes), members)
        joint = distribution_of(data["deviation"], own)
        gains = [sum((p * table[tau][k] for tau, p in joint.items()), Fraction(0)) for k in range(len(members))]
        value = rule_gain(gains, data["blocking"])
        if value is not None:
            data["gains"] = [str(g) for g in gains]
            data["gain"] = str(value - rng.choice([0, 0, Fraction(1, 2)]))
            return data


def dominance_base(rng: random.Random) -> dict[str, Any]:
    while True:
        sizes = rng.choice([(2, 2), (3, 2), (3, 3), (2, 2, 2)])
        i = rng.randrange(len(sizes))
        data = {
            "kind": "dominance",
            **game_data(rng, sizes),
            "player": i,
            "action": rng.randrange(sizes[i]),
            "mixture": vector(rng, sizes[i]),
            "margin": "0",
            "remaining": [],
        }
        if rng.random() < 0.5:
            data["remaining"] = [sorted(rng.sample(range(m), rng.randint(1, m))) for m in sizes]
        if dominance_claim_holds(data):
            low, high = Fraction(0), Fraction(100)
            for _ in range(12):  # a margin close to the largest
                middle = (low + high) / 2
                low, high = (middle, high) if dominance_claim_holds({**data, "margin": str(middle)}) else (low, middle)
            data["margin"] = rng.choice([str(low), "0"])
            return data


# -- changes that know the claim ---------------------------------------------------------------------------------------


def to_the_limit(data: dict[str, Any], rng: random.Random) -> bool:
    """Epsilon at, or a hair below, the largest gain there is."""
    try:
        limit = largest_gain(data)
    except Exception:  # an earlier change broke the data: nothing to aim at
        return False
    data["epsilon"] = str(limit - rng.choice([0, Fraction(1, 10**15)]))
    return True


def other_coalition(data: dict[str, Any], rng: random.Random) -> bool:
    n = len(data["game"]["num_actions"])
    members = [i for i in range(n) if rng.random() < 0.6]
    data["coalitions"].append(members)
    if rng.random() < 0.5 and data["weights"]:
        data["weights"].append(vector(rng, max(1, len(members))))
    return True


def other_deviation(data: dict[str, Any], rng: random.Random) -> bool:
    """Another joint deviation, with probabilities below zero at times, and the gains that would follow from it."""
    try:
        game = game_of(data)
        members = coalition_of(data["coalition"], game)
        table = joint_gains(game, distribution_of(data["profile"], game.sizes), members)
    except Exception:  # an earlier change broke the data
        return False
    first, second = rng.choices(list(table), k=2)
    weight = rng.choice([Fraction(1, 2), Fraction(4, 3), Fraction(-1, 3)])
    joint = {first: weight, second: 1 - weight}  # one action with weight 1 - weight where both are the same
    gains = [sum((p * table[tau][k] for tau, p in joint.items()), Fraction(0)) for k in range(len(members))]
    value = rule_gain(gains, data["blocking"])
    if value is None:
        return False
    data["deviation"] = {"correlated": [[list(tau), str(p)] for tau, p in joint.items()]}
    data["gains"], data["gain"] = [str(g) for g in gains], str(value)
    return True


DEVIATION_WORDS = {
    "concept": ("nash", "correlated", "coarse correlated", "coalition"),
    "blocking": RULES,
    "coordination": ("pure", "correlated", "independent"),
}


def campaign(
    count: int,
    bases: list[dict[str, Any]],
    seed: int,
    judge: Callable[[dict[str, Any]], bool],
    claim: Callable[[dict[str, Any]], bool] | None = None,
    **options: Any,
) -> None:
    """Acceptance equals what ``judge`` says; nothing is accepted whose ``claim`` is false."""
    for base in bases:
        assert accepted(base), base
    true = false = 0
    for what, data in lies(bases, count, seed, reseal=resealed, **options):
        holds = judge(data)
        assert accepted(data) == holds, (what, data)
        if holds:
            true += 1
            assert claim is None or claim(data), (what, data)
        else:
            false += 1
    # The campaign must be able to fail in both directions.
    assert true >= count // 20, (true, false)
    assert false >= count // 20, (true, false)


# -- campaigns ---------------------------------------------------------------------------------------------------------


@LIES
@pytest.mark.parametrize("concept", ["nash", "correlated", "coarse correlated"])
def test_lies_about_single_players(concept: str, count: int) -> None:
    rng = random.Random(f"bases of {concept}")
    bases = [alone_base(rng, concept) for _ in range(30)]
    words = {"concept": tuple(c for c in DEVIATION_WORDS["concept"] if c != "coalition")}
    campaign(count, bases, 11, deviation_claim_holds, words=words, special=[to_the_limit])


@LIES
def test_lies_about_coalitions_with_pure_deviations(count: int) -> None:
    rng = random.Random("pure")
    bases = [coalition_base(rng, "pure") for _ in range(40)]
    campaign(
        count,
        bases,
        12,
        deviation_evidence_holds,
        deviation_claim_holds,
        words=DEVIATION_WORDS,
        special=[to_the_limit, other_coalition],
    )


@LIES
def test_lies_about_coalitions_with_shared_randomness(count: int) -> None:
    rng = random.Random("correlated")
    bases = [coalition_base(rng, "correlated") for _ in range(40)]
    campaign(
        count,
        bases,
        13,
        deviation_evidence_holds,
        deviation_claim_holds,
        words=DEVIATION_WORDS,
        special=[to_the_limit, other_coalition],
    )


@LIES
def test_lies_about_witnesses(count: int) -> None:
    rng = random.Random("witness")
    bases = [witness_base(rng) for _ in range(30)]
    campaign(count, bases, 14, witness_claim_holds, words={"blocking": RULES}, special=[other_deviation])


@LIES
def test_lies_about_dominance(count: int) -> None:
    rng = random.Random("dominance")
    bases = [dominance_base(rng) for _ in range(30)]
    campaign(count, bases, 15, dominance_claim_holds)


@pytest.mark.parametrize(
    "make", [lambda r: alone_base(r, "nash"), lambda r: alone_base(r, "correlated"), witness_base, dominance_base]
)
def test_a_changed_game_is_not_the_game_of_the_claim(make: Callable[[random.Random], dict[str, Any]]) -> None:
    rng = random.Random("games")
    refused = 0
    for _ in range(50):
        data = make(rng)
        original = read_certificate(data).game
        numerators = data["game"]["payoffs"]["numerators"]
        numerators[rng.randrange(len(numerators))] += rng.choice([-1, 1, 10])
        assert not accepted(data)  # the digest is no longer that of the game
        data = resealed(data)  # an honest claim about another game, true or not …
        try:
            read_certificate(data).verify(original)
        except (CertificateError, SpecificationError) as error:  # … is no claim about the original one
            refused += isinstance(error, CertificateError) and error.violation == "another game"
    assert refused == 50


@pytest.mark.parametrize(
    "make",
    [
        lambda r: alone_base(r, "nash"),
        lambda r: alone_base(r, "correlated"),
        lambda r: coalition_base(r, "correlated"),
        witness_base,
        dominance_base,
    ],
)
def test_garbage_ends_in_one_clear_error(make: Callable[[random.Random], dict[str, Any]]) -> None:
    rng = random.Random("garbage")
    refused = 0
    for number_ in range(40):
        base = make(rng)
        base["game"]["players"] = [f"p{i}" for i in range(len(base["game"]["num_actions"]))]
        assert accepted(base)
        refused += sum(not accepted(data) for data in garbage(base, 25, number_))
    assert refused > 700


def test_the_oracle_knows_matching_pennies() -> None:
    """The judge is judged on a claim that everybody can check by hand."""
    numerators = [1, -1, -1, 1, -1, 1, 1, -1]
    game = {"num_actions": [2, 2], "payoffs": {"denominator": "1", "numerators": numerators}}
    data = resealed({"kind": "deviation", "concept": "nash", "game": game, "game_digest": "", "epsilon": "0"})
    assert data["game_digest"] == NormalFormGame.zero_sum([[1, -1], [-1, 1]]).digest()
    half = ["1/2", "1/2"]
    assert deviation_claim_holds({**data, "profile": {"mixed": [half, half]}})
    assert not deviation_claim_holds({**data, "profile": {"mixed": [half, ["1/3", "2/3"]]}})
    assert largest_gain({**data, "profile": {"mixed": [half, ["1/3", "2/3"]]}}) == Fraction(1, 3)
    assert largest_gain({**data, "profile": {"pure": [0, 0]}}) == 2
