"""Brute force for claims about coalitions in games without a tensor, from their JSON, in plain fractions.

Every game is written out as payoffs by profile; a coalition of identical agents is one of agents in order of what they
play. Imports nothing of the package. What is malformed counts as false.
"""

from __future__ import annotations

import hashlib
import itertools
import math
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from oracles.deviations import Game, MalformedError, number, rule_gain

Profile = tuple[int, ...]


class Written:
    """A game written out: ``u[profile]`` is the vector of payoffs."""

    def __init__(self, data: Any) -> None:
        self.symmetric = set(data) == {"symmetric"}
        if self.symmetric:
            self._symmetric(data["symmetric"])
        elif set(data) == {"polymatrix"}:
            self._polymatrix(data["polymatrix"])
        else:
            game = Game(data)
            self.sizes, self.digest = game.sizes, game.digest()
            profiles = itertools.product(*map(range, game.sizes))
            self.u = {a: tuple(game.u[i][a] for i in range(game.n)) for a in profiles}

    def _numbers(self, data: Any) -> list[Fraction]:
        bottom = number(data["payoffs"]["denominator"])
        tops = [number(x) for x in data["payoffs"]["numerators"]]
        if bottom <= 0 or any(x.denominator > 1 for x in (bottom, *tops)):
            raise MalformedError("payoffs")
        return [x / bottom for x in tops]

    def _digest(self, head: str, values: list[Fraction]) -> str:
        bottom = math.lcm(1, *(x.denominator for x in values))
        return hashlib.sha256(
            (f"{head}{bottom}:" + "".join(f"{int(x * bottom)}," for x in values)).encode()
        ).hexdigest()

    def _symmetric(self, data: Any) -> None:
        n, m = data["num_players"], data["num_actions"]
        if type(n) is not int or type(m) is not int or not 1 <= n <= 9 or not 1 <= m <= 9:
            raise MalformedError("sizes")
        values = self._numbers(data)
        others = [c for c in itertools.product(range(n), repeat=m) if sum(c) == n - 1]
        if len(values) != m * len(others):
            raise MalformedError("payoffs")
        table = {(a, c): values[a * len(others) + k] for a in range(m) for k, c in enumerate(others)}
        self.sizes = (m,) * n
        self.u = {}
        for profile in itertools.product(range(m), repeat=n):
            row = []
            for i in range(n):
                rest = profile[:i] + profile[i + 1 :]
                row.append(table[profile[i], tuple(rest.count(b) for b in range(m))])
            self.u[profile] = tuple(row)
        self.digest = self._digest(f"symmetric:{n}:{(m, len(others))}:", values)

    def _polymatrix(self, data: Any) -> None:
        sizes = tuple(data["num_actions"])
        if not 1 <= len(sizes) <= 9 or not all(type(m) is int and 1 <= m <= 9 for m in sizes):
            raise MalformedError("sizes")
        values = self._numbers(data)
        edges = [tuple(e) for e in data["edges"]]
        if len(set(edges)) < len(edges) or any(len(e) != 2 or not 0 <= e[0] < e[1] < len(sizes) for e in edges):
            raise MalformedError("edges")
        expected = sum(sizes) + sum(2 * sizes[i] * sizes[j] for i, j in edges)
        if len(values) != expected:
            raise MalformedError("payoffs")
        at = 0
        blocks = {}
        for i, j in edges:
            for own, other in ((i, j), (j, i)):
                count = sizes[own] * sizes[other]
                blocks[own, other] = values[at : at + count]
                at += count
        alone = {}
        for i, m in enumerate(sizes):
            alone[i] = values[at : at + m]
            at += m
        self.sizes = sizes
        self.u = {}
        for a in itertools.product(*map(range, sizes)):
            row = []
            for i in range(len(sizes)):
                total = alone[i][a[i]]
                for (own, other), block in blocks.items():
                    if own == i:
                        total += block[a[i] * sizes[other] + a[other]]
                row.append(total)
            self.u[a] = tuple(row)
        ordered = sorted(edges)
        flat = [x for i, j in ordered for x in blocks[i, j] + blocks[j, i]] + [x for i in alone for x in alone[i]]
        self.digest = self._digest(f"polymatrix:{sizes}:{[list(e) for e in ordered]}:", flat)


def written(data: dict[str, Any]) -> Written:
    """The game of a certificate, if the digest is its own."""
    game = Written(data["game"])
    if data["game_digest"] != game.digest:
        raise MalformedError("digest")
    return game


def resealed(data: dict[str, Any]) -> dict[str, Any]:
    """The data with the digest of the game that it now carries, if that can be read."""
    try:
        return {**data, "game_digest": Written(data["game"]).digest}
    except Exception:
        return data


def play(game: Written, profile: Any) -> list[list[Fraction]]:
    """A profile as a vector of probabilities for each player; counts of identical agents as agents in order."""
    ((kind, parts),) = profile.items()
    if kind == "pure":
        if not all(type(k) is int and k >= 0 for k in parts):
            raise MalformedError("profile")
        if game.symmetric:
            if len(parts) != game.sizes[0] or sum(parts) != len(game.sizes):
                raise MalformedError("counts")
            parts = [a for a, c in enumerate(parts) for _ in range(c)]
        if len(parts) != len(game.sizes) or any(k >= m for k, m in zip(parts, game.sizes, strict=True)):
            raise MalformedError("profile")
        return [[Fraction(int(x == k)) for x in range(m)] for k, m in zip(parts, game.sizes, strict=True)]
    if kind != "mixed" or game.symmetric or len(parts) != len(game.sizes):
        raise MalformedError("profile")
    vectors = [[number(p) for p in part] for part in parts]
    for v, m in zip(vectors, game.sizes, strict=True):
        if len(v) != m or min(v) < 0 or sum(v) != 1:
            raise MalformedError("profile")
    return vectors


def expected(game: Written, vectors: list[list[Fraction]]) -> list[Fraction]:
    totals = [Fraction(0)] * len(vectors)
    for a in itertools.product(*([k for k, p in enumerate(v) if p] for v in vectors)):
        weight = math.prod((v[k] for v, k in zip(vectors, a, strict=True)), start=Fraction(1))
        totals = [t + weight * x for t, x in zip(totals, game.u[a], strict=True)]
    return totals


def joint_gains(
    game: Written, vectors: list[list[Fraction]], members: tuple[int, ...]
) -> Iterator[tuple[Profile, list[Fraction]]]:
    before = expected(game, vectors)
    for joint in itertools.product(*(range(game.sizes[i]) for i in members)):
        changed = list(vectors)
        for i, k in zip(members, joint, strict=True):
            changed[i] = [Fraction(int(x == k)) for x in range(game.sizes[i])]
        after = expected(game, changed)
        yield joint, [after[i] - before[i] for i in members]


def blocks(gains: list[Fraction], rule: str) -> bool:
    value = rule_gain(gains, rule)
    return value is not None and value > 0


def least_blocking_size(game: Written, vectors: list[list[Fraction]], rule: str) -> int:
    """The least size of a coalition that blocks by a pure joint deviation; a size beyond all claims if none does."""
    n = len(game.sizes)
    for size in range(1, n + 1):
        for members in itertools.combinations(range(n), size):
            if any(blocks(gains, rule) for _, gains in joint_gains(game, vectors, members)):
                return size
    return 10**9


def resilience_claim_holds(data: dict[str, Any]) -> bool:
    try:
        game = written(data)
        vectors = play(game, data["profile"])
        if not isinstance(game, Written) or ("mixed" in data["profile"] and set(data["game"]) != {"polymatrix"}):
            return False
        size = data["size"]
        if type(size) is not int or size < 0 or data["blocking"] not in ("all", "some", "any", "transfer"):
            return False
        return least_blocking_size(game, vectors, data["blocking"]) > size
    except Exception:
        return False


def count_witness_claim_holds(data: dict[str, Any]) -> bool:
    try:
        game = written(data)
        if not game.symmetric or data["blocking"] not in ("all", "some", "any", "transfer"):
            return False
        vectors = play(game, {"pure": data["profile"]})
        played = [v.index(1) for v in vectors]
        before = expected(game, vectors)
        plays = [([tuple(move) for move in moves], number(p)) for moves, p in data["plays"]]
        if sum(p for _, p in plays) != 1 or min(p for _, p in plays) < 0:
            return False
        pure = data["coordination"] == "pure"
        if data["coordination"] not in ("pure", "correlated") or (pure and len(plays) > 1):
            return False
        members: list[int] | None = None
        totals: dict[int, Fraction] = {}
        each: list[Fraction] = []
        for moves, p in plays:
            if not moves or moves != sorted({(a, b): (a, b, k) for a, b, k in moves}.values()) or min(moves)[0] < 0:
                return False
            after, who, gone = list(played), [], []
            for a, b, k in moves:
                if type(k) is not int or k < 1 or not 0 <= b < game.sizes[0]:
                    return False
                free = [i for i, x in enumerate(played) if x == a and i not in gone][:k]
                if len(free) < k:
                    return False
                gone += free
                who += [(i, a) for i in free]
                for i in free:
                    after[i] = b
            now = game.u[tuple(after)]
            counted = sorted(a for _, a in who)
            if members is not None and counted != members:
                return False
            members = counted
            for i, a in who:
                totals[a] = totals.get(a, Fraction(0)) + p * (now[i] - before[i])
            each = [now[i] - before[i] for i, _ in who]
        if not pure:
            assert members is not None
            each = [totals[a] / members.count(a) for a in members]
        value = rule_gain(each, data["blocking"])
        return value is not None and value >= number(data["gain"])
    except Exception:
        return False


def bound_evidence_holds(data: dict[str, Any]) -> bool:
    """Whether the weights, or the deviations themselves, show that the coalition gains at most epsilon."""
    try:
        game, vectors, members, kinds = _bounded(data)
        rule, shared = data["blocking"], data["coordination"] == "correlated" and data["blocking"] in ("all", "some")
        epsilon = number(data["epsilon"])
        weights = [number(w) for w in data["weights"]]
        if rule not in ("all", "some", "any", "transfer") or data["coordination"] not in ("pure", "correlated"):
            return False
        if epsilon < 0 or bool(weights) != shared:
            return False
        if shared:
            if len(weights) != (game.sizes[0] if game.symmetric else len(members)) or min(weights) < 0:
                return False
            own = [weights[k] for k in kinds]
            if (rule == "all" and sum(own) != 1) or (rule == "some" and min(own) < 1):
                return False
            return all(
                sum((w * g for w, g in zip(own, gains, strict=True)), Fraction(0)) <= epsilon
                for _, gains in joint_gains(game, vectors, members)
            )
        values = [rule_gain(gains, rule) for _, gains in joint_gains(game, vectors, members)]
        return all(value is None or value <= epsilon for value in values)
    except Exception:
        return False


def _bounded(data: dict[str, Any]) -> tuple[Written, list[list[Fraction]], tuple[int, ...], list[int]]:
    game = written(data)
    if "num_actions" in data["game"]:
        raise MalformedError("tensor")
    vectors = play(game, data["profile"])
    coalition = data["coalition"]
    if game.symmetric:
        counts = data["profile"]["pure"]
        if (
            len(coalition) != len(counts)
            or not sum(coalition)
            or any(not 0 <= s <= c for s, c in zip(coalition, counts, strict=True))
        ):
            raise MalformedError("coalition")
        members, kinds, start = [], [], 0
        for a, (s, c) in enumerate(zip(coalition, counts, strict=True)):
            members += range(start, start + s)
            kinds += [a] * s
            start += c
        return game, vectors, tuple(members), kinds
    if not coalition or coalition != sorted(set(coalition)) or coalition[-1] >= len(game.sizes) or coalition[0] < 0:
        raise MalformedError("coalition")
    return game, vectors, tuple(coalition), list(range(len(coalition)))


def bound_claim_holds(data: dict[str, Any]) -> bool:
    """Whether no pure joint deviation gains more than epsilon (with shared randomness a necessary condition)."""
    try:
        game, vectors, members, _ = _bounded(data)
        values = [rule_gain(gains, data["blocking"]) for _, gains in joint_gains(game, vectors, members)]
        return all(value is None or value <= number(data["epsilon"]) for value in values)
    except Exception:
        return False
