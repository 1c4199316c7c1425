"""Regions of resilience against the solver at exact points, and a threshold that everybody can compute."""

from __future__ import annotations

import itertools
import random
from fractions import Fraction as F

import pytest
import sympy as sp

from gametheory.collusion import is_resilient, resilience_region
from gametheory.errors import SpecificationError, UnsupportedError
from gametheory.games import NormalFormGame
from gametheory.symbolic import evaluate, reals

x, y = reals("x y")
RULES = ("all", "some", "any", "transfer")


@pytest.mark.parametrize("blocking", RULES)
@pytest.mark.parametrize("seed", range(3))
def test_regions_agree_with_the_solver_at_every_point(seed, blocking) -> None:
    rng = random.Random(10 * seed + RULES.index(blocking))
    sizes = rng.choice([(2, 2), (2, 3), (2, 2, 2)])
    terms = [x, y, x - y, 2 * x - 1, sp.Integer(0), sp.Rational(1, 2), -x, 1 - y]
    profile = tuple(rng.randrange(m) for m in sizes)

    def payoffs(*a):
        """Deviating seldom pays, so that regions are neither empty nor everything."""
        return [rng.choice(terms) - (2 if a != profile and rng.random() < 0.7 else 0) for _ in sizes]

    game = NormalFormGame.from_function(payoffs, sizes)
    for size in range(1, len(sizes) + 1):
        region = resilience_region(game, profile, size=size, blocking=blocking)
        for a, b in itertools.product([F(-2), F(-1), F(-1, 2), F(0), F(1, 2), F(1)], repeat=2):
            point = {name: value for name, value in (("x", a), ("y", b)) if name in map(str, region.parameters)}
            expected = (
                is_resilient(region.game_at(point), profile, size, blocking=blocking, coordination="pure").status
                == "yes"
            )
            assert region.holds(point) == expected, (size, point)


def test_a_threshold_deposit_is_the_region() -> None:
    """Three agents, any two gain G together, each who acts loses qd: under "all" two deposits suffice, so d ≥ G/(2q)."""
    G, q, d = reals("G q d")

    def payoffs(*acts):
        return [(G / sum(acts) if sum(acts) >= 2 else 0) * a - q * d * a for a in acts]

    game = NormalFormGame.from_function(payoffs, (2, 2, 2))
    known = [G > 0, q > 0, d >= 0]
    for blocking in RULES:
        region = resilience_region(game, (0, 0, 0), size=3, blocking=blocking, assumptions=known)
        assert region.holds({"G": 1, "q": F(1, 2), "d": 1})
        assert not region.holds({"G": 1, "q": F(1, 2), "d": F(99, 100)})
        assert len(region.conditions) == 1
        assert evaluate(region.statement, region.interior)
        assert not evaluate(region.statement, region.outside)
    alone = resilience_region(game, (0, 0, 0), size=1, blocking="any", assumptions=known)
    assert alone.extent == "everywhere"


def test_families_and_refusals() -> None:
    game = NormalFormGame.from_bimatrix([[x, 0], [0, 1]], [[x, 0], [0, 1]])
    pair = resilience_region(game, (0, 0), blocking="all")
    assert "at most 2" in repr(pair)
    listed = resilience_region(game, (0, 0), blocking="all", coalitions=[{0}, {1}])
    assert listed.holds({"x": F(1, 2)})
    assert not pair.holds({"x": F(1, 2)})
    with pytest.raises(SpecificationError, match="size"):
        resilience_region(game, (0, 0), size=3, blocking="all")
    with pytest.raises(SpecificationError, match="size"):
        resilience_region(game, (0, 0), size=True, blocking="all")
    with pytest.raises(UnsupportedError, match="pure"):
        resilience_region(game, [["1/2", "1/2"], [1, 0]], blocking="all")
    with pytest.raises(SpecificationError, match="without parameters"):
        resilience_region(NormalFormGame.from_bimatrix([[1, 0], [0, 1]], [[1, 0], [0, 1]]), (0, 0), blocking="all")
    with pytest.raises(SpecificationError):
        resilience_region(game, (0, 0), blocking="strong")  # type: ignore[arg-type]
