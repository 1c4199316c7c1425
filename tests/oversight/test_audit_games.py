"""Audit games: the jump worked out by hand, sweeps by another method, certified brackets, lies."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from oracles.security_games import audit_value
from seeds import seeds

from gametheory.arithmetic.algebraic import AlgebraicNumber
from gametheory.certificates import AuditGameCertificate, read_certificate, verify_certificate
from gametheory.errors import CertificateError, SolverError, SpecificationError
from gametheory.oversight import AuditGame, coverage_payoff, optimal_audit, optimal_coverage

FOUR: dict[str, Any] = {
    "defender_audited": [-1, "-0.8", "-0.5", "-0.2"],
    "defender_unaudited": [-4, -3, -2, -1],
    "adversary_audited": ["0.2", "0.15", "0.1", "0.05"],
    "adversary_unaudited": [1, "0.8", "0.6", "0.4"],
    "punishment_cost": "0.3",
    "max_punishment": 3,
}


def swept(game: AuditGame, x: float) -> float:
    terms = game.terms
    rows = (terms.defender_audited, terms.defender_unaudited, terms.adversary_audited, terms.adversary_unaudited)
    floats = [list(map(float, row)) for row in rows]
    return audit_value(*floats, terms.num_resources, float(terms.punishment_cost), x)


def random_game(rng: random.Random) -> AuditGame:
    count = rng.randint(1, 5)
    unaudited = [rng.randint(1, 6) for _ in range(count)]
    losses = [rng.randint(-9, 0) for _ in range(count)]
    return AuditGame(
        [d + rng.randint(0, 4) for d in losses],
        losses,
        [u - rng.randint(1, 5) for u in unaudited],
        unaudited,
        punishment_cost=rng.choice([0, "0.1", "0.5", 1]),
        max_punishment=rng.choice([1, 3]),
        num_resources=rng.randint(1, 2),
    )


def test_four_targets() -> None:
    """The optimum is on the jump at the root of .6/(.8+x) + .4/(.65+x) + .2/(.5+x) = 1, where it is −1 − .3x."""
    game = AuditGame(**FOUR)
    design = optimal_audit(game, gap="1e-10")
    jump = design.decision.jump
    assert isinstance(jump, AlgebraicNumber)
    assert sum(a / (b + float(jump)) for a, b in ((0.6, 0.8), (0.4, 0.65), (0.2, 0.5))) == pytest.approx(1, abs=1e-12)
    assert float(jump) == pytest.approx(0.5110242633050489, abs=1e-15)
    assert design.value <= -1 - Fraction(3, 10) * jump.refined(Fraction(1, 10**20))[0] <= design.certificate.bound
    assert float(design.value) == pytest.approx(-1.1533072789915146, abs=1e-9)
    assert design.certificate.bound - design.value <= Fraction(1, 10**10)
    assert (design.attained, design.profile) == (True, {"adversary": "target 4"})
    left = optimal_coverage(game.security_game(Fraction(5110242, 10**7)))
    assert float(left.value) == pytest.approx(-1.856578, abs=1e-6)
    grid = {k: optimal_coverage(game.security_game(Fraction(k, 200))).value for k in range(601)}
    best = max(grid, key=grid.__getitem__)
    assert (best, float(grid[best])) == (103, pytest.approx(-1.1536798897912028, abs=1e-13))
    assert float(grid[0]) == pytest.approx(-1.879518072289157, abs=1e-13)
    assert max(grid.values()) <= design.value
    assert game.entry_points() == {"target 1": 0, "target 2": 0, "target 3": 0, "target 4": jump}


def test_weak_ties_approach_the_same_supremum() -> None:
    game = AuditGame(**FOUR)
    weak = optimal_audit(game, ties="weak", epsilon="1e-4")
    strong = optimal_audit(game)
    assert not weak.attained
    assert weak.certificate.bound >= strong.value - Fraction(1, 10**6)
    assert weak.value <= strong.certificate.bound
    commitment = weak.decision
    kept = coverage_payoff(game.security_game(commitment.punishment), commitment.coverage.probabilities, ties="weak")
    assert weak.value - Fraction(1, 10**4) <= kept <= weak.value


def test_a_target_that_enters_at_the_last_level() -> None:
    """Two targets worth 2 and 1; one resource holds the first at 1 from x = 1 on only if 1 / (v gap + x) ≤ 1: x = 1/2 here."""
    game = AuditGame([-9, -1], [-9, -1], ["3/2", 0], [2, 1], punishment_cost=0, max_punishment="1/2")
    assert game.entry_points() == {"target 1": 0, "target 2": Fraction(1, 2)}
    strong, weak = optimal_audit(game), optimal_audit(game, ties="weak")
    assert (strong.value, strong.decision.punishment, strong.decision.jump) == (-1, Fraction(1, 2), Fraction(1, 2))
    assert weak.value == -9


@pytest.mark.parametrize("seed", seeds(15, slow=210))
def test_brackets_hold_over_a_sweep(seed: int) -> None:
    """By bisection on the audits of each target, in floats, on a grid and around the jumps."""
    rng = random.Random(seed)
    game = random_game(rng)
    design = optimal_audit(game, gap="1e-3")
    certificate = design.certificate
    assert design.value <= certificate.bound <= design.value + Fraction(1, 10**3)
    assert swept(game, float(design.decision.punishment) + 1e-12) == pytest.approx(float(design.value), abs=1e-6)
    top = float(game.terms.max_punishment)
    entries = [float(x) for x in game.entry_points().values() if x is not None]
    points = [top * k / 50 for k in range(51)] + [min(top, x + d) for x in entries for d in (0.0, 1e-7)]
    assert max(swept(game, x) for x in points) <= float(certificate.bound) + 1e-7
    written = json.loads(json.dumps(certificate.to_dict()))
    assert verify_certificate(read_certificate(written)).status == "verified"
    weak = optimal_audit(game, ties="weak", gap="1e-3", epsilon="1e-3")
    assert weak.value <= certificate.bound
    left = game.security_game(weak.decision.punishment)
    kept = coverage_payoff(left, weak.decision.coverage.probabilities, ties="weak")
    assert 0 <= weak.value - kept <= (0 if weak.attained else Fraction(1, 1000))


@pytest.mark.parametrize("seed", range(30))
def test_entry_points_are_where_targets_become_best_replies(seed: int) -> None:
    rng = random.Random(100 + seed)
    game = random_game(rng)
    top = game.terms.max_punishment
    for t, (name, entry) in enumerate(game.entry_points().items()):
        for k in range(11):
            x = top * k / 10
            security = game.security_game(x)
            level = optimal_coverage(security).certificate.level
            can = security.attacker_uncovered[0][t] >= level
            assert can == (entry is not None and entry <= x), (name, entry, x)


@pytest.mark.parametrize("seed", seeds(5, slow=30))
def test_more_resources_and_a_wider_range_never_hurt(seed: int) -> None:
    game = random_game(random.Random(200 + seed))
    gap = Fraction(1, 1000)
    base = optimal_audit(game, gap=gap).value
    data = game.to_dict()
    assert AuditGame(**data) == game
    more = optimal_audit(AuditGame(**{**data, "num_resources": game.terms.num_resources + 1}), gap=gap)
    wider = optimal_audit(AuditGame(**{**data, "max_punishment": game.terms.max_punishment + 1}), gap=gap)
    free = optimal_audit(AuditGame(**{**data, "punishment_cost": 0}), gap=gap)
    for other in (more, wider, free):
        assert other.certificate.bound >= base


def test_a_free_punishment_may_hurt() -> None:
    """Two targets worth 1, audits take 1 and 9: the first is audited with (9 + x) / (10 + 2x), the less the more x there is."""
    game = AuditGame([0, -5], [-1, -5], [0, -8], [1, 1], punishment_cost=0, max_punishment=10)
    assert optimal_coverage(game.security_game(10)).value == Fraction(19, 30) - 1
    design = optimal_audit(game)
    assert (design.value, design.decision.punishment) == (Fraction(-1, 10), 0)
    assert design.certificate.bound <= design.value + Fraction(1, 10**6)


def test_limits_are_reported() -> None:
    game = AuditGame(**FOUR)
    for options in ({"max_intervals": 5}, {"time_limit": 0}):
        with pytest.raises(SolverError) as caught:
            optimal_audit(game, gap="1e-9", **options)  # type: ignore[arg-type]
        value, punishment = caught.value.best
        assert swept(game, float(punishment)) == pytest.approx(float(value), abs=1e-9)
    seen: list[bool] = []
    with pytest.raises(SolverError):
        optimal_audit(
            AuditGame(**FOUR), gap="1e-300", max_intervals=201, progress=lambda n, low, high: seen.append(low <= high)
        )
    assert seen
    assert all(seen)
    count = 30
    worth = [100 - k for k in range(count)]
    wide = AuditGame(
        [0] * count, [-1] * count, [-k * k for k in range(count)], worth, punishment_cost=0, max_punishment=9999
    )
    with pytest.raises(SpecificationError, match="degree"):
        wide.entry_points()
    assert optimal_audit(wide, gap="1/10").value <= 0


def test_lies_about_brackets() -> None:
    certificate = optimal_audit(AuditGame(**FOUR)).certificate
    assert isinstance(certificate, AuditGameCertificate)
    points = certificate.points
    jump = next(k for k, x in enumerate(points) if x > certificate.punishment)
    tiny = Fraction(1, 10**15)
    for change in (
        {"value": certificate.value + tiny},
        {"punishment": certificate.punishment - Fraction(1, 10**5)},
        {"punishment": Fraction(-1)},
        {"bound": certificate.value - tiny},
        {"points": points[:-1]},
        {"points": points[1:]},
        {"points": (points[0], points[-1])},
        {"points": (*points[:jump], points[jump], points[jump], *points[jump + 1 :])},
        {"ties": "none"},
        {"terms": replace(certificate.terms, punishment_cost=Fraction(-1))},
        {"terms": replace(certificate.terms, punishment_cost=Fraction(1, 4))},
        {"terms": replace(certificate.terms, num_resources=2)},
        {"terms": replace(certificate.terms, adversary_audited=certificate.terms.adversary_unaudited)},
    ):
        with pytest.raises(CertificateError):
            replace(certificate, **change).verify()
    data = certificate.to_dict()
    assert read_certificate(json.loads(json.dumps(data))) == certificate
    for key, value in (("points", "0"), ("ties", 1), ("num_resources", 1.5), ("bound", 0)):
        with pytest.raises(SpecificationError):
            read_certificate({**data, key: value})


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"punishment_cost": -1}, "negative cost"),
        ({"max_punishment": 0}, "no punishment"),
        ({"num_resources": 0}, "num_resources"),
        ({"adversary_audited": [1, 1, 1, 1]}, "target 0"),
        ({"defender_audited": [-5, -1, -1, -1]}, "target 0"),
        ({"defender_audited": [-1]}, "same targets"),
        ({"defender_audited": [[-1] * 4] * 2}, "2 rows"),
        ({"targets": ["a"]}, "targets"),
        ({"punishment_cost": float("inf")}, "finite"),
    ],
)
def test_malformed_games(change: dict[str, Any], match: str) -> None:
    with pytest.raises(SpecificationError, match=match):
        AuditGame(**{**FOUR, **change})


def test_malformed_questions() -> None:
    game = AuditGame(**FOUR)
    for options in ({"gap": 0}, {"epsilon": -1}, {"ties": "some"}, {"max_intervals": 0}, {"time_limit": -1}):
        with pytest.raises(SpecificationError):
            optimal_audit(game, **options)  # type: ignore[arg-type]
    with pytest.raises(SpecificationError, match="from 0 to 3"):
        game.security_game(4)
