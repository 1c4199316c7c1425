"""Discount factors that differ by player: products, unions of products, and what is left open."""

from __future__ import annotations

import itertools
import random
from fractions import Fraction as F
from typing import Any

import numpy as np
import pytest

from gametheory.errors import SpecificationError
from gametheory.games import NormalFormGame
from gametheory.repeated import Cycle, critical_discount, discount_region


def holds(pays: Any, cycle: list[tuple[int, ...]], sizes: Any, punished: list[F], discounts: list[F]) -> bool:
    """No deviation that gains at once pays for anybody, each at its own discount factor."""
    length = len(cycle)
    for i, delta in enumerate(discounts):
        for t, a in enumerate(cycle):
            follows = sum(delta**k * pays(cycle[(t + 1 + k) % length])[i] for k in range(length))
            follows = (1 - delta) * follows / (1 - delta**length)
            best = max(pays((*a[:i], b, *a[i + 1 :]))[i] for b in range(sizes[i]))
            gain = best - pays(a)[i]
            if gain > 0 and (1 - delta) * gain > delta * (follows - punished[i]):
                return False
    return True


@pytest.mark.parametrize("seed", range(12))
def test_regions_for_given_punishments_are_products(seed: int) -> None:
    rng = random.Random(seed)
    sizes = rng.choice([(2, 2), (3, 2), (2, 2, 2)])
    tensor = np.array([rng.randint(0, 9) for _ in range(len(sizes) * int(np.prod(sizes)))]).reshape(len(sizes), *sizes)
    game = NormalFormGame(tensor)

    def pays(a: tuple[int, ...]) -> list[F]:
        return [F(int(tensor[(i, *a)])) for i in range(len(sizes))]

    cycle = [tuple(rng.randrange(m) for m in sizes) for _ in range(rng.choice([1, 2]))]
    punished = [F(rng.randint(0, 5)) for _ in sizes]
    target: Any = cycle[0] if len(cycle) == 1 else Cycle(cycle)
    region = discount_region(game, target, punishment=punished)
    assert region.exact
    for _ in range(30):
        discounts = [F(rng.randint(0, 19), 20) for _ in sizes]
        assert bool(region.contains(discounts)) == holds(pays, cycle, sizes, punished, discounts)
    for vector in region.minimal:
        assert region.contains(vector).status == "yes"
    common = critical_discount(game, target, punishment=punished)
    if common.sustainable:
        assert region.contains([common.discount] * len(sizes)).status == "yes"


def test_a_player_tempted_more_must_be_more_patient() -> None:
    game = NormalFormGame.from_bimatrix([[4, 0], [5, 1]], [[4, 7], [0, 1]])
    region = discount_region(game, (0, 0), punishment="nash")
    assert region.minimal == ((F(1, 4), F(1, 2)),)
    assert region.contains(["1/4", "1/2"]).status == "yes"
    short = region.contains(["9/10", "49/100"])
    assert (short.status, short.witness) == ("no", "Player 2")
    assert region.to_dict()["minimal"] == [["1/4", "1/2"]]
    assert len(region.to_frame()) == 1
    with pytest.raises(SpecificationError, match="discounts"):
        region.contains(["1/2"])


def test_optimal_codes_cover_part_of_what_minmax_allows() -> None:
    """Asymmetric punishments trade one's patience for the other's; each code is a product of its own."""
    output = [F(1, 4), F(1, 3), F(3, 8), F(5, 12)]
    game = NormalFormGame.from_function(lambda a, b: [output[k] * (1 - output[a] - output[b]) for k in (a, b)], [4, 4])
    region = discount_region(game, (0, 0), punishment="optimal")
    common = critical_discount(game, (0, 0), punishment="optimal")
    assert region.contains([common.discount] * 2).status == "yes"
    statuses = {region.contains([F(x, 20), F(y, 20)]).status for x, y in itertools.product(range(20), repeat=2)}
    assert {"yes", "no"} <= statuses
    for box in region.inner:
        for inner, outer in zip(box, region.outer, strict=True):
            assert inner.intersection(outer) == inner


def test_targets_that_nothing_sustains() -> None:
    game = NormalFormGame.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]])
    for punishment in ("nash", "minmax", "optimal"):
        region = discount_region(game, (0, 1), punishment=punishment)  # type: ignore[arg-type]
        assert region.minimal == ()
        assert region.contains(["9/10", "9/10"]).status == "no"
        assert region.exact
