"""Lies about resilience, single coalitions and witnesses in counts, told to the kernel and judged by brute force."""

from __future__ import annotations

import json
import random
from fractions import Fraction
from typing import Any

import pytest
from lies import COSTLY_LIES, LIES, Change, garbage, lies, on_intact_data
from oracles.compact_games import (
    bound_claim_holds,
    bound_evidence_holds,
    count_witness_claim_holds,
    joint_gains,
    least_blocking_size,
    play,
    resealed,
    resilience_claim_holds,
    written,
)
from oracles.deviations import rule_gain

from gametheory.certificates import read_certificate
from gametheory.errors import CertificateError, SpecificationError
from gametheory.games.counts import num_count_vectors

RULES = ("all", "some", "any", "transfer")
WORDS = {"blocking": RULES, "coordination": ("pure", "correlated", "independent")}


def accepted(data: dict[str, Any]) -> bool:
    try:
        return read_certificate(json.dumps(data)).verify()
    except (SpecificationError, CertificateError):
        return False


def payoffs(rng: random.Random, count: int) -> dict[str, Any]:
    return {"denominator": str(rng.choice([1, 1, 2])), "numerators": [rng.randint(-3, 3) for _ in range(count)]}


def symmetric(rng: random.Random) -> tuple[dict[str, Any], list[int]]:
    n, m = rng.choice([(2, 2), (3, 2), (4, 2), (2, 3), (3, 3)])
    game = {"num_players": n, "num_actions": m, "payoffs": payoffs(rng, m * num_count_vectors(n - 1, m))}
    played = [rng.randrange(m) for _ in range(n)]
    return {"game": {"symmetric": game}}, [played.count(a) for a in range(m)]


def polymatrix(rng: random.Random) -> tuple[dict[str, Any], Any]:
    sizes = rng.choice([[2, 2], [2, 2, 2], [3, 2, 2]])
    pairs = [[i, j] for j in range(len(sizes)) for i in range(j)]
    edges = sorted(rng.sample(pairs, rng.randint(1, len(pairs))))
    count = sum(sizes) + sum(2 * sizes[i] * sizes[j] for i, j in edges)
    game = {"num_actions": sizes, "edges": edges, "payoffs": payoffs(rng, count)}
    return {"game": {"polymatrix": game}}, [rng.randrange(m) for m in sizes]


def tensor(rng: random.Random) -> tuple[dict[str, Any], Any]:
    sizes = rng.choice([[2, 2], [2, 3], [2, 2, 2]])
    count = len(sizes)
    for m in sizes:
        count *= m
    return {"game": {"num_actions": sizes, "payoffs": payoffs(rng, count)}}, [rng.randrange(m) for m in sizes]


def resilience_base(rng: random.Random) -> dict[str, Any]:
    make = rng.choice([symmetric, polymatrix, tensor])
    game, profile = make(rng)
    data = resealed(
        {
            "kind": "resilience",
            **game,
            "game_digest": "",
            "profile": {"pure": profile},
            "size": 0,
            "blocking": rng.choice(RULES),
        }
    )
    if make is polymatrix and rng.random() < 0.3:
        sizes = game["game"]["polymatrix"]["num_actions"]
        data["profile"] = {"mixed": [[str(Fraction(1, m))] * m for m in sizes]}
    known = written(data)
    least = least_blocking_size(known, play(known, data["profile"]), data["blocking"])
    largest = min(least - 1, len(known.sizes))
    data["size"] = largest if rng.random() < 0.8 else rng.randint(0, largest)
    return data


def witness_base(rng: random.Random) -> dict[str, Any]:
    while True:
        game, counts = symmetric(rng)
        m = len(counts)
        played = [a for a, c in enumerate(counts) for _ in range(c)]
        members = rng.sample(played, rng.randint(1, len(played)))
        plays = []
        correlated = rng.random() < 0.4
        for p in ["1/3", "2/3"] if correlated and rng.random() < 0.7 else ["1"]:
            flow: dict[tuple[int, int], int] = {}
            for a in members:
                key = (a, rng.randrange(m))
                flow[key] = flow.get(key, 0) + 1
            plays.append([[[a, b, k] for (a, b), k in sorted(flow.items())], p])
        data = resealed(
            {
                "kind": "count witness",
                **game,
                "game_digest": "",
                "profile": counts,
                "plays": plays,
                "blocking": rng.choice(RULES),
                "coordination": "correlated" if correlated else "pure",
                "gain": "-100",
            }
        )
        if not count_witness_claim_holds(data):
            continue
        for twelfth in range(12 * 30, -12 * 30, -1):  # the largest multiple of 1/12 that it gains
            data["gain"] = str(Fraction(twelfth, 12))
            if count_witness_claim_holds(data):
                return data


def bound_base(rng: random.Random) -> dict[str, Any]:
    make = rng.choice([symmetric, polymatrix])
    game, profile = make(rng)
    if make is symmetric:
        coalition = [rng.randint(0, c) for c in profile]
        coalition = coalition if any(coalition) else list(profile)
    else:
        coalition = sorted(rng.sample(range(len(profile)), rng.randint(1, len(profile))))
    rule = rng.choice(RULES)
    coordination = rng.choice(["pure", "correlated"])
    data = resealed(
        {
            "kind": "coalition bound",
            **game,
            "game_digest": "",
            "profile": {"pure": profile},
            "coalition": coalition,
            "blocking": rule,
            "coordination": coordination,
            "epsilon": "0",
            "weights": [],
        }
    )
    known = written(data)
    vectors = play(known, data["profile"])
    members, kinds = tuple(coalition), list(range(len(coalition)))
    if make is symmetric:
        starts = [sum(profile[:a]) for a in range(len(profile))]
        members = tuple(starts[a] + k for a, s in enumerate(coalition) for k in range(s))
        kinds = [a for a, s in enumerate(coalition) for _ in range(s)]
    gains = [g for _, g in joint_gains(known, vectors, members)]
    if coordination == "correlated" and rule in ("all", "some"):
        raw = [rng.randint(0, 3) for _ in range(max(kinds) + 1 if make is polymatrix else len(coalition))]
        raw[kinds[0]] += 1
        total = sum(raw[k] for k in kinds)
        weights = [Fraction(w, total) if rule == "all" else 1 + Fraction(w, 2) for w in raw]
        data["weights"] = [str(w) for w in weights]
        values = [sum((weights[k] * x for k, x in zip(kinds, g, strict=True)), Fraction(0)) for g in gains]
    else:
        values = [value for g in gains if (value := rule_gain(g, rule)) is not None]
    data["epsilon"] = str(max([Fraction(0), *values]))
    return data


@on_intact_data
def resized(data: dict[str, Any], rng: random.Random) -> bool:
    """Claim one more or fewer, or another gain by a little."""
    if "size" in data:
        data["size"] = max(data["size"] + rng.choice((-1, 1)), 0)
    else:
        key = "gain" if "gain" in data else "epsilon"
        data[key] = str(Fraction(data[key]) + rng.choice((-1, 1)) * rng.choice([Fraction(1, 7), Fraction(2)]))
    return True


@on_intact_data
def other_players(data: dict[str, Any], rng: random.Random) -> bool:
    """Other agents, or another profile, of the same number."""
    target = data["profile"] if isinstance(data["profile"], list) else data["profile"]["pure"]
    i, j = rng.sample(range(len(target)), 2)
    target[i], target[j] = target[j], target[i]
    return True


def campaign(count: int, bases: list[dict[str, Any]], seed: int, judge: Any, claim: Any = None) -> None:
    for base in bases:
        assert accepted(base), base
    special: list[Change] = [resized, other_players]
    true = false = 0
    for what, data in lies(bases, count, seed, words=WORDS, special=special, reseal=resealed):
        holds = judge(data)
        assert accepted(data) == holds, (what, data)
        assert not holds or claim is None or claim(data), (what, data)
        true, false = true + holds, false + (not holds)
    assert min(true, false) >= count // 20, (true, false)


@LIES
def test_lies_about_resilience(count: int) -> None:
    rng = random.Random("resilience")
    campaign(count, [resilience_base(rng) for _ in range(30)], 41, resilience_claim_holds)


@COSTLY_LIES
def test_lies_about_witnesses_in_counts(count: int) -> None:
    rng = random.Random("count witness")
    campaign(count, [witness_base(rng) for _ in range(30)], 42, count_witness_claim_holds)


@LIES
def test_lies_about_single_coalitions(count: int) -> None:
    rng = random.Random("coalition bound")
    campaign(count, [bound_base(rng) for _ in range(40)], 43, bound_evidence_holds, bound_claim_holds)


@pytest.mark.parametrize("make", [resilience_base, witness_base, bound_base])
def test_garbage_is_refused_with_the_package_s_own_errors(make: Any) -> None:
    rng = random.Random("garbage")
    for base in (make(rng) for _ in range(6)):
        for data in garbage(base, 60, 7):
            accepted(data)
