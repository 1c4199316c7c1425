"""What a one-shot secret buys: closed forms, theorems, brute force, and the ladder between both ends."""

from __future__ import annotations

import copy
import itertools
import json
import math
import pickle
import random
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from oracles.covert import (
    balanced_matching,
    larger_branch,
    largest_branch_mixture,
    two_values,
    two_values_within,
)
from seeds import seeds

from gametheory.collusion import CovertValue, covert_value, covert_value_bound, covert_value_curve
from gametheory.errors import GameTheoryWarning, SpecificationError, UnsupportedError
from gametheory.games import NormalFormGame


def team_game(table: Any) -> NormalFormGame:
    """The members' common payoff against a last player who loses it; ``table`` has the members' axes first."""
    u = np.asarray(table)
    return NormalFormGame(np.stack([*[u] * (u.ndim - 1), -u]))


def matching(m: int, t: int, weights: Any = None, mismatch: int = 0) -> NormalFormGame:
    """t members earn a weight if they and the adversary all name the same of m numbers."""
    u = np.full((m,) * (t + 1), mismatch, dtype=object)
    for k in range(m):
        u[(k,) * (t + 1)] = 1 if weights is None else weights[k]
    return team_game(u)


def value(game: NormalFormGame, **options: Any) -> CovertValue:
    """Of all players but the last, with the evidence checked."""
    last = game.num_players - 1
    found = covert_value(game, team=range(last), adversary=last, **{"gap": 1e-2, **options})
    assert found.certificate.verify(game)
    assert found.tme.lower <= found.lower <= found.upper <= found.tmecor.exact_value
    return found


# -- closed forms ------------------------------------------------------------------------------------------------------

TABLE = {"0.1": 0.25328943, "0.25": 0.26087665, "0.5": 0.28090767, "0.75": 0.31826933, "0.9": 0.36550741}


SLOW = {"0.1", "0.25", "0.75"}


@pytest.mark.parametrize(
    ("bits", "expected"), [pytest.param(*row, marks=[pytest.mark.slow] * (row[0] in SLOW)) for row in TABLE.items()]
)
def test_two_actions_by_entropy(bits: str, expected: float) -> None:
    """V = 1/(4ℓ) with ℓ ≥ 1/2 of binary entropy C: z² ≤ z bounds what small signals add to both sides."""
    closed = 1 / (4 * larger_branch(float(bits)))
    assert math.isclose(closed, expected, abs_tol=5e-9)
    found = value(matching(2, 2), notion="entropy", bits=bits, gap=1e-3)
    assert found.lower - 1e-12 <= closed <= found.upper
    assert float(found.lower) == pytest.approx(closed, abs=1e-7)
    assert found.gap <= Fraction(1, 1000)


@pytest.mark.parametrize("bits", ["1/10", "1/2", "9/10"])
def test_two_actions_by_min_entropy(bits: str) -> None:
    found = value(matching(2, 2), notion="min_entropy", bits=bits, gap=1e-3)
    closed = 2.0 ** float(Fraction(bits)) / 4
    assert found.lower - 1e-12 <= closed <= found.upper
    assert float(found.lower) == pytest.approx(closed, abs=1e-8)
    assert found.gap <= Fraction(1, 1000)


def test_one_bit_of_min_entropy_among_three_actions() -> None:
    """2 − √3. Half of the weight is a product, z_b the geometric means: Σ_b max(0, v − z_b²/2) ≤ 1/2 is what the rest fills.

    With z = (√(2v), 1 − √(2v), 0) that is v + √(2v) = 1; on a grid no z does better.
    """
    found = value(matching(3, 2), notion="min_entropy", bits=1, gap=1e-3)
    closed = 2 - math.sqrt(3)
    assert found.lower - 1e-12 <= closed <= found.upper
    assert float(found.lower) == pytest.approx(closed, abs=1e-8)
    steps = np.linspace(0, 1, 101)
    best = 0.0
    for x, y in itertools.product(steps, steps):
        if x + y <= 1:
            filled = np.sort([x * x / 2, y * y / 2, (1 - x - y) ** 2 / 2])
            levels = [(0.5 + filled[:k].sum()) / k for k in (1, 2, 3)]  # water over the lowest k
            best = max(best, min(levels))
    assert closed - 0.02 <= best <= closed + 1e-12


@pytest.mark.parametrize("notion", ["seed", "entropy", "min_entropy"])
def test_two_actions_at_both_ends(notion: Any) -> None:
    none, one, two = (value(matching(2, 2), notion=notion, bits=bits) for bits in (0, 1, 2))
    assert none.lower == none.upper == Fraction(1, 4)
    assert one.lower == one.upper == Fraction(1, 2) == two.lower == two.upper
    assert one.price_per_bit.is_exact
    assert one.price_per_bit.lower == 0.25


@pytest.mark.parametrize(("t", "m"), [(2, 2), (2, 3), (3, 2), (4, 2)])
def test_matching_without_and_with_full_correlation(t: int, m: int) -> None:
    """m^-t and 1/m: the ratio m^(n-2) is the worst there is (Basilico et al. 2017)."""
    game = matching(m, t)
    alone, full = value(game, notion="seed", values=1, gap=1e-2), value(game, notion="seed", values=m)
    assert alone.lower == Fraction(1, m**t)
    assert alone.gap <= Fraction(1, 100)
    assert full.lower == full.upper == Fraction(1, m) == balanced_matching(m, t, m)


@pytest.mark.parametrize(
    ("weights", "alone", "full"), [((1, 2), 6 - 4 * math.sqrt(2), Fraction(2, 3)), ((1, 2, 4), None, Fraction(4, 7))]
)
def test_matching_with_weights(weights: tuple[int, ...], alone: float | None, full: Fraction) -> None:
    """TME = (Σ w_k^(-1/t))^-t and TMECor = (Σ 1/w_k)^-1, by the inequality of the means."""
    closed = sum(w ** (-1 / 2) for w in weights) ** -2
    assert alone is None or math.isclose(closed, alone)
    game = matching(len(weights), 2, weights)
    first = value(game, notion="seed", values=1, gap=1e-3)
    assert first.lower <= closed <= first.upper
    assert first.gap <= Fraction(1, 1000)
    last = value(game, notion="seed", values=len(weights))
    assert last.lower == last.upper == full == 1 / sum(Fraction(1, w) for w in weights)


def test_binary_actions_worth_one_or_minus_one() -> None:
    """−(1 − 2^(1−t)) alone, 0 with a bit: the largest cost of independence of binary actions (Schulman, Vazirani)."""
    for t in (2, 3):
        game = matching(2, t, mismatch=-1)
        alone = value(game, notion="seed", values=1, gap=1e-2)
        assert alone.lower == -(1 - Fraction(2, 2**t))
        together = value(game, notion="seed", bits=1)
        assert together.lower == together.upper == 0


def test_two_secret_values_among_three_actions_are_worth_a_fifth() -> None:
    """Global: 1/9 < 1/5 < 1/3, the subdivision alone proves that no secret of two values does better."""
    found = value(matching(3, 2), notion="seed", values=2, gap=1e-3)
    assert found.lower == found.upper == Fraction(1, 5) == balanced_matching(3, 2, 2)
    assert sorted(found.weights) == [Fraction(1, 5), Fraction(4, 5)]


@pytest.mark.parametrize(
    ("m", "t", "values"),
    [(4, 2, 2), pytest.param(4, 2, 3, marks=pytest.mark.slow), pytest.param(3, 3, 2, marks=pytest.mark.slow)],
)
def test_secret_values_split_the_actions_evenly(m: int, t: int, values: int) -> None:
    """1/Σ g_j^t for balanced parts g_j: a theorem, proved in the oracle."""
    found = value(matching(m, t), notion="seed", values=values, gap=2e-2)
    assert found.lower == balanced_matching(m, t, values)
    assert found.gap <= Fraction(1, 50)
    assert {(4, 2, 2): Fraction(1, 8), (4, 2, 3): Fraction(1, 6), (3, 3, 2): Fraction(1, 9)}[
        m, t, values
    ] == found.lower


@pytest.mark.slow
@pytest.mark.parametrize("values", [2, 3])
def test_four_actions_are_closed(values: int) -> None:
    """The search alone closes 1/8 and 1/6 to within 10⁻⁹ of the span."""
    found = value(matching(4, 2), notion="seed", values=values, gap=1e-3)
    assert found.lower == balanced_matching(4, 2, values)
    assert found.gap < Fraction(1, 10**9)


def test_three_by_three_by_three() -> None:
    """An integer game whose TMECor is 22/3 and whose TME is 36/5, and one shared bit makes up the difference."""
    by_adversary = [
        [[9, 6, 6], [8, 5, 7], [8, 2, 0]],
        [[3, 2, 8], [9, 0, 4], [8, 1, 7]],
        [[1, 4, 8], [3, 3, 2], [7, 2, 9]],
    ]
    game = team_game(np.moveaxis(np.array(by_adversary), 0, 2))
    alone, bit = (value(game, notion="seed", bits=bits, gap=1e-3) for bits in (0, 1))
    assert alone.lower == alone.upper == Fraction(36, 5)
    assert bit.lower == bit.upper == Fraction(22, 3)


# -- brute force -------------------------------------------------------------------------------------------------------


def random_table(rng: random.Random, sizes: tuple[int, ...]) -> Any:
    """The adversary's axis last; few distinct payoffs, so that ties are common."""
    kind = rng.random()
    flat = [rng.choice((0, 0, 0, 1, 3)) if kind < 0.6 else rng.randint(-9, 9) for _ in range(math.prod(sizes))]
    return np.array(flat).reshape(sizes)


def test_min_entropy_against_a_grid() -> None:
    rng = random.Random(11)
    for _ in range(12):
        table = random_table(rng, (2, 2, 2))
        bits = Fraction(rng.randint(1, 7), 4)
        found = value(team_game(table), notion="min_entropy", bits=bits, gap=1e-3)
        low, high = largest_branch_mixture(np.moveaxis(table, 2, 0), 2.0 ** -float(bits))
        assert float(found.lower) <= high + 1e-9
        assert float(found.upper) >= low - 1e-9
        assert found.stopped == "gap"


def test_two_values_are_enough_where_everybody_has_two_actions() -> None:
    """A law on 2 × m joint actions is a mixture of two products: one for each action of the first member."""
    rng = random.Random(13)
    for sizes in ((2, 2, 3), (2, 2, 4), (2, 3, 4)):
        found = value(team_game(random_table(rng, sizes)), notion="seed", values=2, gap=1e-3)
        assert found.tmecor.exact_value - found.lower <= found.gap * 20 <= Fraction(1, 50)


@pytest.mark.slow
@pytest.mark.parametrize("number", range(3))
def test_two_values_against_a_grid(number: int) -> None:
    """Three actions each: two values do not reach the correlated optimum."""
    rng = random.Random(number)
    table = np.array([rng.choice((0, 0, 0, 1)) for _ in range(27)]).reshape(3, 3, 3)
    for k in range(3):
        table[k, k] = [4 * (b == k) for b in range(3)]
    found = value(team_game(table), notion="seed", values=2, gap=2e-2)
    low, high = two_values(np.moveaxis(table, 2, 0), 10)
    assert float(found.lower) <= high + 1e-9
    assert float(found.upper) >= low - 1e-9
    assert found.tme.upper < found.lower
    assert found.upper < found.tmecor.exact_value


def test_entropy_against_a_grid_and_the_largest_branch() -> None:
    """From below two values on a grid; from above: entropy C < 1 leaves a branch of at least ℓ(C), the rest free."""
    rng = random.Random(17)
    for _ in range(5):
        table = random_table(rng, (2, 2, 2))
        bits = rng.choice((0.2, 0.5, 0.8))
        found = value(team_game(table), notion="entropy", bits=bits, gap=2e-3)
        moved = np.moveaxis(table, 2, 0)
        assert float(found.upper) >= two_values_within(moved, bits) - 1e-9
        assert float(found.lower) <= largest_branch_mixture(moved, larger_branch(bits))[1] + 1e-9


# -- the ladder --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", seeds(3, slow=6))
def test_the_ladder(seed: int) -> None:
    """TME ≤ seed ≤ entropy ≤ min-entropy ≤ TMECor, nondecreasing in bits, below Pinsker's bound; degenerate games too."""
    rng = random.Random(seed)
    sizes = [(2, 2, 2), (3, 2, 2), (2, 2, 3), (2, 2, 2, 2), (2, 1, 3), (3, 3)][seed]
    game = team_game(random_table(rng, sizes))
    last = len(sizes) - 1
    for bits in (Fraction(1, 2), Fraction(1)):
        rungs = [value(game, notion=notion, bits=bits, gap=1e-2) for notion in ("seed", "entropy", "min_entropy")]
        for first, second in itertools.pairwise(rungs):
            assert first.lower <= second.upper
        bound = covert_value_bound(game, team=range(last), adversary=last, bits=bits)
        assert max(rung.lower for rung in rungs) <= bound
    for notion in ("seed", "entropy", "min_entropy"):
        points = [value(game, notion=notion, bits=bits, gap=1e-2) for bits in (0, Fraction(3, 4), Fraction(3, 2), 8)]
        for first, second in itertools.pairwise(points):
            assert first.lower <= second.upper
        # Eight bits are more than a secret of as many values as the adversary has actions.
        assert points[-1].lower == points[-1].upper == points[-1].tmecor.exact_value
        assert points[0].lower == points[0].tme.lower
        assert points[0].upper == points[0].tme.upper


def test_signals_by_number_bits_and_entropy_agree_where_they_must() -> None:
    """K values are log2 K bits of a seed; the float log2(3) lies below log₂ 3 and buys two values."""
    game = matching(3, 2)
    assert value(game, notion="seed", bits="3/2").lower == Fraction(1, 5)
    assert value(game, notion="seed", bits=math.log2(3)).lower == Fraction(1, 5)
    assert value(game, notion="seed", values=3).lower == Fraction(1, 3)
    assert value(game, notion="seed", bits=2).lower == Fraction(1, 3)


def test_units_and_names_do_not_matter() -> None:
    """Another scale, other orders of players and actions: the same bracket in the new unit."""
    rng = np.random.default_rng(3)
    table = rng.integers(0, 4, (2, 3, 2))
    table[0, 0, 0], table[1, 1, 1] = 5, 5
    plain = value(team_game(table), notion="entropy", bits="1/2", gap=1e-3)
    scaled = value(team_game(table * Fraction(3, 7) - 2), notion="entropy", bits="1/2", gap=1e-3)
    moved = value(team_game(table.transpose(1, 0, 2)[::-1, :, ::-1]), notion="entropy", bits="1/2", gap=1e-3)
    assert scaled.lower <= plain.upper * Fraction(3, 7) - 2
    assert plain.lower * Fraction(3, 7) - 2 <= scaled.upper
    assert moved.lower <= plain.upper
    assert plain.lower <= moved.upper
    assert plain.gap <= Fraction(1, 1000) >= moved.gap


@pytest.mark.parametrize("notion", ["seed", "entropy", "min_entropy"])
def test_nothing_to_gain(notion: Any) -> None:
    """Constant payoffs, an adversary without a choice, a team of one: exact at once, and a secret is worth nothing."""
    for game in (
        team_game(np.full((2, 2, 2), 3)),
        team_game(np.arange(4).reshape(2, 2, 1)),
        team_game(np.array([[1, 0], [0, 2]])),
    ):
        found = value(game, notion=notion, bits=1)
        assert found.lower == found.upper == found.tmecor.exact_value


# -- results, limits, mistakes -----------------------------------------------------------------------------------------


def test_the_play_secures_the_value_within_the_budget() -> None:
    found = value(matching(3, 2), notion="entropy", bits=1, gap=3e-2)
    (play,) = found.plays
    assert sum(play.weights) == 1
    law = play.distribution()
    assert law.sum() == 1
    assert min(law[k, k] for k in range(3)) == found.lower
    entropy = -sum(float(p) * math.log2(p) for p in play.weights if p)
    assert entropy <= 1 + 1e-12


def test_curve() -> None:
    curve = covert_value_curve(
        matching(2, 2), team=[1, 0], adversary=2, bits=[1, 0, "1/2", 0.5], notion="min_entropy", gap=1e-2
    )
    assert curve.bits == (0, Fraction(1, 2), 1)
    assert list(curve.lower) == sorted(curve.lower)
    assert list(curve.upper) == sorted(curve.upper)
    slopes = [(math.sqrt(2) - 1) / 2, (2 - math.sqrt(2)) / 2]  # of 2^C / 4
    for price, slope in zip(curve.prices, slopes, strict=True):
        assert price.lower <= slope <= price.upper
        assert price.width < 0.05
    frame = curve.to_frame()
    assert list(frame["bits"]) == [0.0, 0.5, 1.0]
    assert json.loads(json.dumps(curve.to_dict()))["notion"] == "min_entropy"
    assert "certified" in repr(curve)
    assert "certified" in curve._repr_html_()
    assert pickle.loads(pickle.dumps(curve)) == curve  # noqa: S301  # our own bytes
    for notion in ("seed", "entropy"):
        other = covert_value_curve(matching(2, 2), team=[0, 1], adversary=2, bits=[1], notion=notion)
        assert other.points[0].lower == Fraction(1, 2)


def test_curve_is_drawn() -> None:
    plt = pytest.importorskip("matplotlib.pyplot")
    from gametheory.plotting import plot_covert_curve

    curves = [
        covert_value_curve(matching(2, 2), team=[0, 1], adversary=2, bits=[0, 1], notion=notion)
        for notion in ("seed", "entropy")
    ]
    ax = plot_covert_curve(curves)
    assert len(ax.get_legend().get_texts()) == 2
    other = covert_value_curve(matching(3, 2), team=[0, 1], adversary=2, bits=[0], notion="seed", gap=1e-1)
    with pytest.raises(SpecificationError, match="different games"):
        plot_covert_curve([curves[0], other])
    with pytest.raises(SpecificationError, match="found none"):
        plot_covert_curve([])
    plt.close("all")


def test_result_as_a_value() -> None:
    tensor = matching(2, 2).payoffs
    game = NormalFormGame(tensor, players=["<a>", "b", "c"])
    found = covert_value(game, team=["<a>", "b"], adversary="c", notion="entropy", bits="1/2")
    assert float(found) == float(found.lower)
    assert "certified" in repr(found)
    assert "&lt;a&gt;" in found._repr_html_()
    assert "<a>" not in found._repr_html_()
    assert found == pickle.loads(pickle.dumps(found)) == copy.deepcopy(found)  # noqa: S301  # our own bytes
    assert hash(found) == hash(copy.deepcopy(found))
    frame = found.to_frame()
    assert frame.groupby(["signal", "player"])["probability"].sum().round(12).eq(1).all()
    data = json.loads(json.dumps(found.to_dict()))
    assert Fraction(data["lower"]) == found.lower
    low, high = found.price_per_bit.lower, found.price_per_bit.upper
    assert low <= (0.2809076712 - 0.25) / 0.5 <= high


def test_floats_are_rationals_and_payoffs_can_be_passed() -> None:
    u = np.zeros((2, 2, 2))
    u[0, 0, 0], u[1, 1, 1] = 0.1, 0.3
    game = NormalFormGame(np.zeros((3, 2, 2, 2)))
    found = covert_value(game, team=[0, 1], adversary=2, notion="seed", bits=1, payoff=u)
    weights = [Fraction(0.1), Fraction(0.3)]
    assert found.lower == found.upper == 1 / sum(1 / w for w in weights)
    assert found.certificate.verify(game)


def test_limits_leave_an_honest_bracket() -> None:
    game = matching(4, 2)
    with pytest.warns(GameTheoryWarning, match="max_cells=40"):
        found = covert_value(game, team=[0, 1], adversary=2, notion="seed", values=2, gap=1e-2, max_cells=40)
    assert found.stopped == "cells"
    assert found.lower <= Fraction(1, 8) <= found.upper
    assert "stopped" in repr(found)
    assert found.certificate.verify()
    with pytest.warns(GameTheoryWarning, match="time_limit=0"):
        found = covert_value(game, team=[0, 1], adversary=2, notion="entropy", bits=1, gap=1e-2, time_limit=0)
    assert found.stopped == "time"
    assert found.certificate.verify()
    told: list[tuple[int, float, float]] = []
    covert_value(
        *(matching(4, 2),),
        team=[0, 1],
        adversary=2,
        notion="seed",
        values=3,
        gap=2e-2,
        progress=lambda *x: told.append(x),
    )
    assert told
    assert all(low <= high for _, low, high in told)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"notion": "bits", "bits": 1}, "notion: found 'bits'"),
        ({"notion": "seed"}, "none is given"),
        ({"notion": "seed", "bits": -1}, "from 0 to 64"),
        ({"notion": "seed", "bits": float("nan")}, "finite"),
        ({"notion": "seed", "bits": True}, "truth value"),
        ({"notion": "seed", "bits": 1, "values": 2}, "bits= too"),
        ({"notion": "entropy", "values": 2}, "notion='entropy'"),
        ({"notion": "seed", "values": 0}, "≥ 1"),
        ({"notion": "seed", "bits": 1, "gap": 0}, "gap"),
        ({"notion": "seed", "bits": 1, "observes": "match"}, "no past play"),
        ({"notion": "seed", "bits": 1, "max_cells": 0}, "max_cells"),
        ({"notion": "seed", "bits": 1, "time_limit": -1}, "time_limit"),
        ({"notion": "seed", "bits": 1, "payoff": [[1]]}, "payoff"),
    ],
)
def test_mistakes_are_named(options: dict[str, Any], message: str) -> None:
    with pytest.raises(SpecificationError, match=message):
        covert_value(matching(2, 2), team=[0, 1], adversary=2, **options)


def test_more_mistakes() -> None:
    with pytest.raises(SpecificationError, match="no budget"):
        covert_value_curve(matching(2, 2), team=[0, 1], adversary=2, bits=[], notion="seed")
    with pytest.raises(SpecificationError, match=r"bits\[1\]"):
        covert_value_curve(matching(2, 2), team=[0, 1], adversary=2, bits=[0, 99], notion="seed")
    with pytest.raises(SpecificationError, match="neither side"):
        covert_value(matching(2, 2), team=[0], adversary=2, bits=1, notion="seed")
    found = value(matching(2, 2), notion="seed", values=1)
    with pytest.raises(SpecificationError, match="price_per_bit"):
        _ = found.price_per_bit
    sympy = pytest.importorskip("sympy")
    symbolic = NormalFormGame(matching(2, 2).payoffs * sympy.Symbol("w"))
    with pytest.raises(UnsupportedError):
        covert_value(symbolic, team=[0, 1], adversary=2, bits=1, notion="seed")
