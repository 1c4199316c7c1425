"""Bounds on an objective over all equilibria: the kernel against fractions written out, brute force, and lies."""

from __future__ import annotations

import json
import random
from fractions import Fraction
from typing import Any

import pytest
from lies import garbage, lies
from oracles.nash import extreme_equilibria

from gametheory.certificates import EquilibriumBoundCertificate, certificate_to_json, read_certificate
from gametheory.certificates.encoding import game_from_json
from gametheory.equilibria.selection_search import best_equilibrium
from gametheory.errors import CertificateError, SpecificationError
from gametheory.games import NormalFormGame

LIES = 2500
Matrix = list[list[Fraction]]


def accepted(data: dict[str, Any]) -> bool:
    """Whether the kernel believes the data; anything but its own errors is a defect."""
    try:
        return read_certificate(json.dumps(data)).verify()
    except (SpecificationError, CertificateError):
        return False


def base(rng: random.Random) -> dict[str, Any]:
    m, n = rng.randint(1, 4), rng.randint(1, 4)
    high = rng.choice((2, 3, 20))
    A, B = ([[rng.randint(0, high) for _ in range(n)] for _ in range(m)] for _ in "AB")
    fairness = rng.random() < 0.3
    found = best_equilibrium(
        NormalFormGame.from_bimatrix(A, B),
        coefficients=(Fraction(1), Fraction(1))
        if fairness or rng.random() < 0.4
        else (Fraction(rng.randint(-2, 2)), Fraction(rng.randint(-2, 2), 3)),
        combination="smallest" if fairness else "sum",
        sense=rng.choice(("max", "min")),  # type: ignore[arg-type]
        max_branches=rng.choice((1, 3, 10**6)),
        time_limit=None,
    )
    return json.loads(certificate_to_json(found.certificate))


def matrices(data: dict[str, Any]) -> tuple[Matrix, Matrix]:
    m, n = data["game"]["num_actions"]
    payoffs = data["game"]["payoffs"]
    numbers = [Fraction(int(p), int(payoffs["denominator"])) for p in payoffs["numerators"]]
    assert len(numbers) == 2 * m * n
    A, B = ([numbers[k + i * n : k + (i + 1) * n] for i in range(m)] for k in (0, m * n))
    return A, B


def claim_holds(data: dict[str, Any]) -> bool:
    """By brute force over extreme equilibria, where the objectives attain their extremes."""
    A, B = matrices(data)
    c, d = map(Fraction, data["coefficients"])
    values = []
    for x, y in extreme_equilibria(A, B):
        u, v = (sum(p * q * U[i][j] for i, p in enumerate(x) for j, q in enumerate(y)) for U in (A, B))
        values.append(c * u + d * v if data["combination"] == "sum" else min(c * u, d * v))
    bound = Fraction(data["bound"])
    return max(values) <= bound if data["sense"] == "max" else min(values) >= bound


def evidence_holds(data: dict[str, Any]) -> bool:
    """The evidence judged anew, in fractions and sets: cases are (rows unplayed, columns best, columns unplayed, rows best)."""
    A, B = matrices(data)
    m, n = len(A), len(A[0])
    turn = 1 if data["sense"] == "max" else -1
    c = [turn * Fraction(x) for x in data["coefficients"]]
    steps = iter(data["steps"])

    def shows(weights: list[Any], best: set[int], size: int) -> dict[int, int] | None:
        found = {j: int(w) for j, w in weights}
        fits = len(found) == len(weights) and all(j < size and (w <= 0 or j in best) for j, w in found.items())
        return found if fits else None

    def case(out0: set[int], best1: set[int], out1: set[int], best0: set[int]) -> bool:
        step = next(steps, None)
        if step is None:
            return False
        rows, columns = [i for i in range(m) if i not in out0], [j for j in range(n) if j not in out1]
        if step[0] == "split":
            k = step[1]
            if k < m:
                return case(out0, best1, out1, best0 | {k}) and case(out0 | {k}, best1, out1, best0)
            if k >= m + n:
                return False
            return case(out0, best1 | {k - m}, out1, best0) and case(out0, best1, out1 | {k - m}, best0)
        if step[0] == "empty":
            if step[1] == 0:
                weights = shows(step[2], best1, n)
                advantages = [sum(B[i][j] * w for j, w in (weights or {}).items()) for i in rows]
            else:
                weights = shows(step[2], best0, m)
                advantages = [sum(A[i][j] * w for i, w in (weights or {}).items()) for j in columns]
            return weights is not None and sum(weights.values()) == 0 and all(a < 0 for a in advantages)
        on_columns, on_rows = shows(step[1], best1, n), shows(step[2], best0, m)
        if on_columns is None or on_rows is None:
            return False
        if not rows or not columns:
            return True
        second = [c[1] * B[i][j] for i in rows for j in columns]
        first = [c[0] * A[i][j] for i in rows for j in columns]
        limits = [max(first), max(second)]
        total = sum(on_columns.values())
        if total * c[1] > 0:
            most = max(sum(B[i][j] * w for j, w in on_columns.items()) for i in rows)
            limits[1] = min(limits[1], abs(c[1]) * most / abs(total))
        total = sum(on_rows.values())
        if total * c[0] > 0:
            most = max(sum(A[i][j] * w for i, w in on_rows.items()) for j in columns)
            limits[0] = min(limits[0], abs(c[0]) * most / abs(total))
        if data["combination"] == "sum":
            limit = min(sum(limits), max(a + b for a, b in zip(first, second, strict=True)))
        else:
            limit = min(limits) if turn > 0 else max(limits)
        return limit <= turn * Fraction(data["bound"])

    return case(set(), set(), set(), set()) and next(steps, None) is None


def well_formed(data: dict[str, Any]) -> bool:
    """The oracle judges evidence; whether the data can be read, and the digest, are asked of the package."""
    try:
        certificate = read_certificate(json.dumps(data))
        return certificate.game is not None and certificate.game.digest() == data["game_digest"]  # type: ignore[attr-defined]
    except (SpecificationError, CertificateError):
        return False


def resealed(data: dict[str, Any]) -> dict[str, Any]:
    try:
        return {**data, "game_digest": game_from_json(data["game"]).digest()}
    except SpecificationError:
        return data


def to_the_limit(data: dict[str, Any], rng: random.Random) -> bool:
    """A bound a little tighter, or looser."""
    try:
        data["bound"] = str(Fraction(data["bound"]) + rng.choice((-1, 1)) * Fraction(1, rng.choice((1, 3, 10**9))))
    except (ValueError, TypeError, ZeroDivisionError, KeyError):
        return False
    return True


def cut_branch(data: dict[str, Any], rng: random.Random) -> bool:
    """Leave a case and what follows from it out, or say that it is empty."""
    if not data.get("steps"):
        return False
    k = rng.randrange(len(data["steps"]))
    data["steps"][k] = rng.choice((["empty", rng.randrange(2), []], ["bounded", [], []]))
    return True


def test_every_lie_is_judged_as_its_evidence_deserves() -> None:
    rng = random.Random(5)
    bases = [base(rng) for _ in range(40)]
    assert all(accepted(data) and evidence_holds(data) and claim_holds(data) for data in bases)
    believed = 0
    words = {"sense": ("max", "min"), "combination": ("sum", "smallest")}
    for what, data in lies(bases, LIES, 7, words=words, special=[to_the_limit, cut_branch], reseal=resealed):
        verdict = accepted(data)
        expected = well_formed(data) and data["game"]["num_actions"].__len__() == 2 and evidence_holds(data)
        assert verdict == expected, what
        if verdict:
            believed += 1
            assert claim_holds(data), what
    assert 0.02 * LIES < believed < 0.7 * LIES


@pytest.mark.slow
def test_ten_thousand_lies() -> None:
    rng = random.Random(50)
    bases = [base(rng) for _ in range(150)]
    words = {"sense": ("max", "min"), "combination": ("sum", "smallest")}
    for what, data in lies(bases, 10_000, 70, words=words, special=[to_the_limit, cut_branch], reseal=resealed):
        verdict = accepted(data)
        assert verdict == (well_formed(data) and len(data["game"]["num_actions"]) == 2 and evidence_holds(data)), what
        assert not verdict or claim_holds(data), what


def test_garbage_is_refused_by_name() -> None:
    data = base(random.Random(3))
    for bad in garbage(data, 300, 9):
        assert not accepted(bad) or evidence_holds(bad)


def test_another_game_is_refused() -> None:
    game = NormalFormGame.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]])
    certificate = best_equilibrium(
        game, coefficients=(Fraction(1),) * 2, combination="sum", sense="max", max_branches=99, time_limit=None
    ).certificate
    assert certificate.verify(game)
    with pytest.raises(CertificateError, match="about the game with digest"):
        certificate.verify(NormalFormGame.from_bimatrix([[3, 0], [5, 2]], [[3, 5], [0, 1]]))
    three = NormalFormGame([[[[1]]], [[[1]]], [[[1]]]])
    bare = EquilibriumBoundCertificate(
        coefficients=(Fraction(1),) * 2, combination="sum", sense="max", bound=Fraction(2), steps=(), game=three
    )
    with pytest.raises(CertificateError, match="3 players"):
        bare.verify()
