"""Lies about repeated games: bounds by multipliers and self-generating sets, against evidence re-evaluated from the JSON."""

from __future__ import annotations

import itertools
import json
import random
from fractions import Fraction
from typing import Any

import pytest
from lies import LIES, garbage, lies

from gametheory.certificates import PayoffCutsCertificate, certificate_to_json, read_certificate
from gametheory.certificates.encoding import game_from_json
from gametheory.errors import CertificateError, SolverError, SpecificationError
from gametheory.games import Monitoring, NormalFormGame
from gametheory.repeated import payoff_set_sandwich, public_perfect_payoffs

F = Fraction


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
        return certificate.game is not None and certificate.game.digest() == data["game_digest"]  # type: ignore[attr-defined]
    except (SpecificationError, CertificateError):
        return False


class Stage:
    """Payoffs and signal chances from a certificate's JSON."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.sizes = data["game"]["num_actions"]
        stored = data["game"]["payoffs"]
        numbers = [F(int(x), int(stored["denominator"])) for x in stored["numerators"]]
        self.profiles = list(itertools.product(*map(range, self.sizes)))
        count = len(self.profiles)
        self.u = {a: [numbers[i * count + k] for i in range(len(self.sizes))] for k, a in enumerate(self.profiles)}
        self.delta = F(data["discount"])
        self.chances: dict[Any, list[Fraction]] | None = None
        if data["monitoring"] is not None:
            flat = data["monitoring"]["probabilities"]
            chances = [F(int(x), int(flat["denominator"])) for x in flat["numerators"]]
            self.width = len(chances) // count
            self.chances = {a: chances[k * self.width : (k + 1) * self.width] for k, a in enumerate(self.profiles)}
            self.valid = data["monitoring"]["num_actions"] == self.sizes
        else:
            self.valid = True

    def others(self, a: tuple[int, ...]) -> list[tuple[int, int, tuple[int, ...]]]:
        return [(i, b, (*a[:i], b, *a[i + 1 :])) for i, m in enumerate(self.sizes) for b in range(m) if b != a[i]]

    def signals(self, a: tuple[int, ...]) -> dict[int, Fraction]:
        if self.chances is None:
            return {0: F(1)}
        possible = [self.chances[a], *(self.chances[c] for _, _, c in self.others(a))]
        return {y: self.chances[a][y] for y in range(self.width) if any(row[y] for row in possible)}


def cuts_hold(data: dict[str, Any]) -> bool:
    """The oracle: every bound and exclusion, the sums written out player by player and signal by signal."""
    stage = Stage(data)
    if not stage.valid or not 0 <= stage.delta < 1:
        return False
    n, delta = len(stage.sizes), stage.delta
    left = set(range(len(stage.profiles)))
    cuts: list[tuple[list[Fraction], Fraction, Fraction]] = []

    def total(a: tuple[int, ...], target: list[Fraction], reason: list[Any], first: int) -> Any:
        signals = stage.signals(a)
        have = {(y, i): F(0) for y in signals for i in range(n)}
        bound = weight = F(0)
        for k, y, z in reason[1]:
            if F(z) < 0 or not 0 <= k < len(cuts) or y not in signals:
                return None
            for i in range(n):
                have[y, i] += F(z) * cuts[k][0][i]
            bound += F(z) * cuts[k][1]
            weight += F(z) * cuts[k][2] * (k >= first)
        moves = {(i, b): c for i, b, c in stage.others(a)}
        for i, b, q in reason[2]:
            if F(q) < 0 or (i, b) not in moves:
                return None
            c = moves[i, b]
            bound -= F(q) * (1 - delta) * (stage.u[c][i] - stage.u[a][i])
            if stage.chances is None:
                have[0, i] -= F(q) * delta
                worst = [k for k, cut in enumerate(cuts) if cut[0] == [F(-int(j == i)) for j in range(n)]]
                if not worst:
                    return None
                bound += F(q) * delta * cuts[worst[-1]][1]
                weight += F(q) * delta * cuts[worst[-1]][2] * (worst[-1] >= first)
            else:
                for y in signals:
                    have[y, i] -= F(q) * delta * (stage.chances[a][y] - stage.chances[c][y])
        if any(have[y, i] != p * target[i] for y, p in signals.items() for i in range(n)):
            return None
        return bound, weight

    for part in data["rounds"]:
        first = len(cuts)
        cuts += [([F(x) for x in normal], F(bound), F(weight)) for normal, bound, weight in part["cuts"]]
        if any(len(c[0]) != n or c[2] <= 0 for c in cuts[first:]) or len(part["reasons"]) != len(cuts) - first:
            return False
        for (normal, bound, weight), reasons in zip(cuts[first:], part["reasons"], strict=True):
            given = {reason[0]: reason for reason in reasons}
            for k in left:
                a = stage.profiles[k]
                now = sum(x * y for x, y in zip(normal, stage.u[a], strict=True))
                if k not in given:
                    if now > bound:
                        return False
                    continue
                found = total(a, [delta * x for x in normal], given[k], first)
                if found is None or (1 - delta) * now + found[0] > bound or found[1] >= weight:
                    return False
        for reason in part["excluded"]:
            if reason[0] not in left:
                return False
            found = total(stage.profiles[reason[0]], [F(0)] * n, reason, first)
            if found is None or found[0] >= 0:
                return False
        left -= {reason[0] for reason in part["excluded"]}
    return True


def points_hold(data: dict[str, Any]) -> bool:
    """The oracle: each point is what is played and promised, and no deviation pays."""
    stage = Stage(data)
    if not stage.valid or not 0 <= stage.delta < 1 or stage.chances is None or not data["points"]:
        return False
    n, delta, points = len(stage.sizes), stage.delta, data["points"]
    if any(len(point["payoff"]) != n for point in points):
        return False
    values = [[F(x) for x in point["payoff"]] for point in points]
    for point, value in zip(points, values, strict=True):
        a = tuple(point["profile"])
        if a not in stage.u:
            return False
        signals = stage.signals(a)
        later = {}
        for y, lottery in point["lotteries"]:
            if y in later or any(not 0 <= k < len(points) or F(p) < 0 for k, p in lottery):
                return False
            if sum(F(p) for _, p in lottery) != 1:
                return False
            later[y] = [sum((F(p) * values[k][i] for k, p in lottery), F(0)) for i in range(n)]
        if set(later) != set(signals):
            return False

        def worth(c: tuple[int, ...], i: int, later: dict[int, list[Fraction]] = later) -> Fraction:
            assert stage.chances is not None
            after = sum((p * later[y][i] for y, p in enumerate(stage.chances[c]) if p), F(0))
            return (1 - delta) * stage.u[c][i] + delta * after

        if any(worth(a, i) != value[i] for i in range(n)):
            return False
        if any(worth(c, i) > value[i] for i, _, c in stage.others(a)):
            return False
    return True


def found_set(rng: random.Random, *, public: bool) -> Any:
    shape = rng.choice(((2, 2), (2, 2), (2, 1, 2)))
    game = NormalFormGame.from_function(lambda *_: [rng.randint(-3, 3) for _ in shape], shape)
    delta = F(rng.randint(0, 8), 10)
    try:
        if not public:
            return payoff_set_sandwich(game, delta, max_directions=8, gap="1/2")
        rows = [[F(p, 10), 1 - F(p, 10)] for p in (rng.randint(0, 10) for _ in range(game.num_profiles))]
        table = [rows[k] for k in range(game.num_profiles)]
        shaped: Any = table
        for m in reversed(shape[1:]):
            shaped = [shaped[k : k + m] for k in range(0, len(shaped), m)]
        return public_perfect_payoffs(game, Monitoring(shaped), delta, max_directions=8, gap="1/2")
    except SolverError as error:
        return error.best


@LIES
def test_lies_about_bounds(count: int) -> None:
    rng = random.Random("cuts")
    bases = [json.loads(certificate_to_json(found_set(rng, public=bool(k % 2)).outer_certificate)) for k in range(16)]
    assert all(accepted(data) and cuts_hold(data) for data in bases)
    check(bases, count, cuts_hold)


@LIES
def test_lies_about_points(count: int) -> None:
    rng = random.Random("points")
    sets = [found_set(rng, public=True) for _ in range(24)]
    bases = [json.loads(certificate_to_json(s.inner_certificate)) for s in sets if s.inner_certificate is not None]
    assert all(accepted(data) and points_hold(data) for data in bases)
    check(bases, count, points_hold)


def check(bases: list[dict[str, Any]], count: int, holds: Any) -> None:
    true = false = 0
    for what, data in lies(bases, count, 3, reseal=resealed):
        if not well_formed(data):
            assert not accepted(data), what
            continue
        believed = accepted(data)
        assert believed == holds(data), (what, data)
        true, false = true + believed, false + (not believed)
    assert true >= count // 50 <= false, (true, false)


def test_garbage_ends_in_one_clear_error() -> None:
    rng = random.Random("garbage")
    refused = 0
    for number in range(6):
        found = found_set(rng, public=True)
        for certificate in (found.outer_certificate, found.inner_certificate):
            if certificate is not None:
                data = json.loads(certificate_to_json(certificate))
                refused += sum(not accepted(changed) for changed in garbage(data, 20, number))
    assert refused > 120


def test_a_bound_a_hair_too_low_is_refused() -> None:
    game = NormalFormGame.from_bimatrix([[9, 1], [10, 3]], [[9, 10], [1, 3]])
    certificate = payoff_set_sandwich(game, "3/4").outer_certificate
    assert isinstance(certificate, PayoffCutsCertificate)
    data = json.loads(certificate_to_json(certificate))
    assert accepted(data)
    for part in data["rounds"]:
        for cut in part["cuts"]:
            kept, cut[1] = cut[1], str(F(cut[1]) - F(1, 10**30))
            assert not accepted(data) or part is not data["rounds"][-1]
            cut[1] = kept
    with pytest.raises(CertificateError, match="digest"):
        certificate.verify(NormalFormGame.from_bimatrix([[9, 1], [10, 4]], [[9, 10], [1, 3]]))
