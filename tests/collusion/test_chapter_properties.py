"""What holds across the chapter: coalitions of every size and rule, stable sets, and every notion of a secret bit.

Each module is tested against definitions and published numbers beside it; here are the theorems that join them, on random games
with many ties, single actions and constant payoffs among them, and numbers that belong to more than one module.
"""

from __future__ import annotations

import itertools
import math
import random
from fractions import Fraction as F
from typing import Any

import numpy as np
import pytest
from oracles.secrecy import entropy, law_of, matching_wyner, total_correlation

from gametheory import collusion
from gametheory.collusion import covert_value, covert_value_bound, covert_value_curve, stealthy_team_value
from gametheory.equilibria import pure_nash_equilibria
from gametheory.equilibria.team_play import team_maxmin, team_maxmin_correlated
from gametheory.games import NormalFormGame

RULES: tuple[Any, ...] = ("all", "some", "any", "transfer")
WAYS: tuple[Any, ...] = ("pure", "independent", "correlated")
NOTIONS: tuple[Any, ...] = (
    *("seed", "min_entropy", "entropy", "rate", "mutual_information", "mutual_information_rate"),
)


def random_tensor(rng: random.Random, sizes: tuple[int, ...]) -> Any:
    """Few distinct payoffs, so that ties are common; now and then a player who does not care, or two equal actions."""
    high = rng.choice([1, 1, 2, 5])
    n = len(sizes)
    tensor = np.array([rng.randint(-high, high) for _ in range(n * math.prod(sizes))]).reshape(n, *sizes)
    if rng.random() < 0.3:
        tensor[rng.randrange(n)] = rng.randint(-1, 1)
    if rng.random() < 0.3 and sizes[0] > 1:
        tensor[:, -1] = tensor[:, 0]
    return tensor


def reordered(tensor: Any, order: list[int]) -> Any:
    """Player k of the new game is player ``order[k]`` of the old one."""
    return np.transpose(tensor[order], [0, *(1 + i for i in order)])


def stretched(tensor: Any, scales: list[F], shifts: list[int]) -> NormalFormGame:
    return NormalFormGame([(tensor[i] * scales[i] + shifts[i]).tolist() for i in range(len(tensor))])


# -- coalitions ----------------------------------------------------------------------------------------------------------


def check_gains(seed: int) -> None:
    """Larger coalitions, laxer rules and better coordination never gain less; units and names do not matter."""
    rng = random.Random(seed)
    sizes = rng.choice([(2, 2), (2, 2, 2), (2, 3, 1), (2, 2, 2, 1)])
    n, tensor = len(sizes), random_tensor(rng, sizes)
    game = NormalFormGame(tensor)
    profile: Any = tuple(rng.randrange(m) for m in sizes)
    if seed % 3 == 0:
        profile = tuple(tuple(F(1, m) for _ in range(m)) for m in sizes)
    order = rng.sample(range(n), n)
    scales, shifts = [F(rng.randint(1, 5), rng.randint(1, 3)) for _ in sizes], [rng.randint(-3, 3) for _ in sizes]
    others = {
        "relabelled": (NormalFormGame(reordered(tensor, order)), tuple(profile[i] for i in order)),
        "own units": (stretched(tensor, scales, shifts), profile),
        "common units": (stretched(tensor, [scales[0]] * n, shifts), profile),
    }

    def largest(rule: Any, how: Any, size: int, where: NormalFormGame = game, at: Any = profile) -> Any:
        return collusion.largest_coalition_gain(where, at, size=size, blocking=rule, coordination=how, max_cells=60)

    found = {(r, h, k): largest(r, h, k) for r in RULES for h in WAYS for k in range(1, n + 1)}
    for rule, how in itertools.product(RULES, WAYS):
        for k in range(1, n):
            assert found[rule, how, k].lower <= found[rule, how, k + 1].upper
        # Every rule but "transfer" knows no common unit: what is invariant is whether anybody blocks.
        size = n - 1 if n > 1 else n
        blocks = found[rule, how, size].lower > 0
        for name, (other, at) in others.items():
            again = largest(rule, how, size, other, at)
            if rule != "transfer" or name != "own units":
                assert (again.lower > 0) == blocks
        common = largest(rule, how, size, *others["common units"])
        assert common.lower <= scales[0] * found[rule, how, size].upper
        assert scales[0] * found[rule, how, size].lower <= common.upper
    for rule, k in itertools.product(RULES, range(1, n + 1)):
        pure, independent, correlated = (found[rule, how, k] for how in WAYS)
        assert pure.lower == pure.upper <= independent.upper
        assert independent.lower <= correlated.upper == correlated.lower
    for how, k in itertools.product(WAYS, range(1, n + 1)):
        assert found["all", how, k].lower <= found["any", how, k].upper
        assert found["all", how, k].lower <= found["transfer", how, k].upper
        assert (found["all", how, k].lower > 0) <= (found["some", how, k].upper > 0) <= (found["any", how, k].upper > 0)
        assert found["some", how, k].lower <= found["transfer", how, k].upper


@pytest.mark.parametrize("seed", range(6))
def test_gains(seed: int) -> None:
    check_gains(seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6, 36))
def test_gains_of_many_games(seed: int) -> None:
    check_gains(seed)


def check_stable_sets(seed: int) -> None:
    """Strong against shared randomness ⊆ strong ⊆ coalition-proof ⊆ Nash; what withstands all coalitions is resilient to n."""
    rng = random.Random(100 + seed)
    sizes = rng.choice([(2, 2, 2), (3, 2, 2), (2, 2, 2, 2), (3, 3), (2, 1, 3)])
    n, tensor = len(sizes), random_tensor(rng, sizes)

    def chain(table: Any) -> list[set[tuple[int, ...]]]:
        game = NormalFormGame(table)
        sets = [
            collusion.strong_nash_equilibria(game, coordination="correlated"),
            collusion.strong_nash_equilibria(game),
            collusion.coalition_proof_nash_equilibria(game),
            pure_nash_equilibria(game),
        ]
        return [{tuple(map(int, e.profile)) for e in found} for found in sets]

    found = chain(tensor)
    for small, large in itertools.pairwise(found):
        assert small <= large
    game = NormalFormGame(tensor)
    for profile in itertools.product(*map(range, sizes)):
        assert (profile in found[1]) == (int(collusion.resilience(game, profile)) == n)
        assert (profile in found[3]) == (int(collusion.resilience(game, profile)) >= 1)
    order = rng.sample(range(n), n)
    moved = chain(reordered(tensor, order))
    assert moved == [{tuple(a[i] for i in order) for a in profiles} for profiles in found]
    scales = [F(rng.randint(1, 5), 2) for _ in sizes]
    assert chain([(tensor[i] * scales[i] - i).tolist() for i in range(n)]) == found


@pytest.mark.parametrize("seed", range(8))
def test_stable_sets(seed: int) -> None:
    check_stable_sets(seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(8, 68))
def test_stable_sets_of_many_games(seed: int) -> None:
    check_stable_sets(seed)


@pytest.mark.parametrize("seed", range(4))
def test_what_single_agents_do_not_show(seed: int) -> None:
    """The gap between alone and together: never negative, more for more coalitions, and blind to names and units."""
    rng = random.Random(200 + seed)
    sizes = rng.choice([(2, 2, 2), (2, 3), (2, 1, 2)])
    n, tensor = len(sizes), random_tensor(rng, sizes)
    harm = np.array([rng.randint(0, 6) for _ in range(math.prod(sizes))]).reshape(sizes)
    profile = tuple(rng.randrange(m) for m in sizes)
    order = rng.sample(range(n), n)
    units = stretched(tensor, [F(rng.randint(1, 4)) for _ in sizes], [0] * n)
    names = NormalFormGame(reordered(tensor, order))
    moved = tuple(profile[i] for i in order)
    for rule, how in itertools.product(RULES, ("pure", "correlated")):
        options: Any = {"blocking": rule, "coordination": how}
        gaps = [
            collusion.noncompositionality_gap(NormalFormGame(tensor), profile, harm=harm, coalitions=k, **options).value
            for k in range(1, n + 1)
        ]
        assert gaps[0] == 0
        assert gaps == sorted(gaps)
        again = collusion.noncompositionality_gap(names, moved, harm=np.transpose(harm, order), **options)
        assert again == gaps[-1]
        if rule != "transfer":
            assert collusion.noncompositionality_gap(units, profile, harm=harm, **options) == gaps[-1]


# -- secrets ---------------------------------------------------------------------------------------------------------------

SLACK = {"gap": F(1, 20), "max_cells": 400}
BUDGETS = (F(0), F(1, 3), F(1), F(3))


def team_game(table: Any) -> NormalFormGame:
    """The members' common payoff against a last player who loses it; the members' axes first."""
    u = np.asarray(table)
    return NormalFormGame(np.stack([*[u] * (u.ndim - 1), -u]))


def check_ladder(table: Any) -> None:
    """TME ≤ every notion ≤ TMECor, in the order that information theory gives, nondecreasing in bits, below Pinsker's bound."""
    game, last = team_game(table), np.ndim(table) - 1
    sides: Any = {"team": range(last), "adversary": last}
    curves = {n: covert_value_curve(game, bits=BUDGETS, notion=n, **sides, **SLACK) for n in NOTIONS}
    alone, together = team_maxmin(game, **sides, **SLACK), team_maxmin_correlated(game, **sides)
    for curve in curves.values():
        for bounds in (curve.lower, curve.upper):
            assert list(bounds) == sorted(bounds)
        for bits, low, high, point in zip(BUDGETS, curve.lower, curve.upper, curve.points, strict=True):
            assert alone.lower <= point.lower <= low <= high <= point.upper <= together.exact_value
            assert low <= covert_value_bound(game, bits=bits, **sides, **SLACK)
            assert point.certificate.verify(game)
    order = [("seed", "entropy"), ("entropy", "min_entropy"), ("entropy", "rate")]
    order += [("mutual_information", "mutual_information_rate")]
    if last == 2:  # for two members a device's correlation is what its draw has at most
        order += [("entropy", "mutual_information"), ("rate", "mutual_information_rate")]
    for small, large in order:
        for low, high in zip(curves[small].lower, curves[large].upper, strict=True):
            assert low <= high, (small, large)


LADDER = [
    [[[0, 3], [1, 0]], [[2, 0], [0, 1]]],
    [[[1, 1], [1, 1]], [[1, 1], [1, 1]]],
    [[[1, 0, 0]], [[0, 0, 2]]],
    pytest.param([[[0, 1], [0, 0]], [[0, 0], [1, 0]]], marks=pytest.mark.slow),
]


@pytest.mark.parametrize("table", LADDER)
def test_the_whole_ladder(table: Any) -> None:
    check_ladder(table)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::gametheory.errors.GameTheoryWarning")
@pytest.mark.parametrize("seed", range(12))
def test_the_whole_ladder_of_many_games(seed: int) -> None:
    rng = random.Random(300 + seed)
    sizes = rng.choice([(2, 2, 2), (2, 2, 3), (2, 2, 2), (3, 2, 2), (2, 2, 2, 2)])
    check_ladder(np.array([rng.choice((0, 0, 1, 3)) for _ in range(math.prod(sizes))]).reshape(sizes))


def check_units_and_names(seed: int, notions: tuple[Any, ...]) -> None:
    rng = random.Random(400 + seed)
    table = np.array([rng.choice((0, 1, 2, 5)) for _ in range(8)]).reshape(2, 2, 2)
    table[0, 0], table[1, 1] = (4, 0), (0, 4)
    for notion in notions:
        first, scaled, renamed = (
            covert_value(team_game(t), team=[0, 1], adversary=2, bits="1/2", notion=notion, gap=F(1, 50))
            for t in (table, table * F(3, 7) - 2, table.transpose(1, 0, 2)[::-1, :, ::-1])
        )
        assert scaled.lower <= first.upper * F(3, 7) - 2
        assert first.lower * F(3, 7) - 2 <= scaled.upper
        assert renamed.lower <= first.upper
        assert first.lower <= renamed.upper


def test_units_and_names_of_secrets() -> None:
    check_units_and_names(0, ("seed", "min_entropy", "entropy", "mutual_information"))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
def test_units_and_names_of_every_notion(seed: int) -> None:
    check_units_and_names(seed, NOTIONS)


@pytest.mark.parametrize("seed", range(4))
def test_stealth_from_independent_play_is_worth_no_more_than_its_bits_of_correlation(seed: int) -> None:
    """D(P‖Q) ≥ total correlation of P for every product Q: a law that is hard to tell from honest play is little correlated."""
    rng = random.Random(500 + seed)
    table = np.array([rng.choice((0, 0, 1, 3)) for _ in range(8)]).reshape(2, 2, 2)
    x, y = (F(rng.randint(1, 4), 5) for _ in range(2))
    honest = [[a * b for b in (y, 1 - y)] for a in (x, 1 - x)]
    game = team_game(table)
    sides: Any = {"team": [0, 1], "adversary": 2}
    for bits in (F(1, 10), F(1, 2)):
        hidden = stealthy_team_value(
            game, honest=honest, divergence="kullback-leibler", budget=bits, unit="bits", **sides
        )
        shared = covert_value(game, bits=bits, notion="mutual_information", gap=F(1, 20), **sides)
        assert F(hidden.exact_lower) <= shared.upper


# -- numbers that belong to several modules --------------------------------------------------------------------------------


MATCHING = np.array([[[int(i == j == b) for b in range(2)] for j in range(2)] for i in range(2)])

WYNER = {"0.1": 0.26774275, "0.25": 0.29605871, "0.5": 0.34890701, "0.75": 0.41223935, "0.9": 0.45938741}


@pytest.mark.parametrize(("bits", "value"), WYNER.items())
def test_the_same_stage_in_every_round_is_worth_less_than_time_sharing(bits: str, value: float) -> None:
    """Wyner's curve for matching, from its closed form and from the law: a fair bit, each member off it with probability a."""
    found = matching_wyner(float(bits))
    assert found == pytest.approx(value, abs=5e-9)
    a = (1 - math.sqrt(4 * found - 1)) / 2
    plays = [[[1 - a, a]] * 2, [[a, 1 - a]] * 2]
    law = law_of([0.5, 0.5], plays)
    assert law[0, 0] == pytest.approx(found) == pytest.approx(law[1, 1])
    assert entropy(law) - 2 * entropy([a, 1 - a]) == pytest.approx(float(bits), abs=1e-9)
    assert found < (1 + float(bits)) / 4


@pytest.mark.parametrize(("e", "value", "bits"), [(0.1, 0.45, 0.531004), (0.25, 0.375, 0.188722), (0.4, 0.3, 0.029049)])
def test_a_device_that_tells_both_the_same_bit_most_of_the_time(e: float, value: float, bits: float) -> None:
    """(1 − e)/2 at 1 − h(e) bits of mutual information, and no device of as many bits does better."""
    law = np.array([[1 - e, e], [e, 1 - e]]) / 2
    assert (1 - e) / 2 == pytest.approx(value)
    assert total_correlation(law) == pytest.approx(bits, abs=1e-6)
    budget = F(bits).limit_denominator(10**6)
    found = covert_value(
        team_game(MATCHING), team=[0, 1], adversary=2, bits=budget, notion="mutual_information", gap="1/200"
    )
    assert float(found.lower) == pytest.approx(value, abs=1e-5)
    assert float(found.upper) <= value + 1 / 200


def test_half_a_bit_of_secret_and_half_a_bit_of_divergence() -> None:
    """0.375 and 0.445 in one game: secret bits per round; divergence from uniform play, here the mutual information."""
    game = team_game(MATCHING)
    sides: Any = {"team": [0, 1], "adversary": 2}
    rate = covert_value(game, bits="1/2", notion="rate", gap=F(1, 20), **sides)
    assert rate.lower == F(3, 8)
    hidden = stealthy_team_value(
        game, honest=[["1/4"] * 2] * 2, divergence="kullback-leibler", budget="1/2", unit="bits", **sides
    )
    correlated = covert_value(game, bits="1/2", notion="mutual_information", **sides)
    assert float(hidden.exact_lower) == pytest.approx(0.4449860678, abs=1e-7)
    assert float(correlated.lower) == pytest.approx(0.4449860678, abs=1e-7)
    assert rate.upper < correlated.lower


@pytest.mark.parametrize("k", [2, 3, 4])
def test_two_teams_that_cannot_coordinate_leave_a_gap(k: int) -> None:
    """Schulman and Vazirani (2019): 1 to speak alone or to agree, −1 to be spoken over or contradicted, 0 if both are silent.

    A team speaks its bit if its k members are unanimous. Against the other's answer, which may as well be pure (speak either
    bit, or be silent), independent play secures 2 min(p₀, p₁) − 1 ≤ −(1 − 2^(1−k)), since p₀ p₁ ≤ 4^−k for the probabilities of
    all zeros and all ones. The other team suffers the same: the gap is twice that.
    """
    table = np.zeros((*(2,) * k, 3), dtype=int)
    for a in itertools.product(range(2), repeat=k):
        spoken = a[0] if len(set(a)) == 1 else None
        for b, answer in enumerate((0, 1, None)):
            if answer is None:
                table[(*a, b)] = int(spoken is not None)
            else:
                table[(*a, b)] = 1 if spoken == answer else -1
    game = team_game(table)
    sides: Any = {"team": range(k), "adversary": k}
    alone, together = team_maxmin(game, gap=F(1, 50), **sides), team_maxmin_correlated(game, **sides)
    most = -(1 - F(2, 2**k))
    assert alone.lower == most
    assert alone.upper <= most + 2 * F(1, 50)
    assert together.exact_value == 0
    assert -2 * alone.lower == {2: 1, 3: F(3, 2), 4: F(7, 4)}[k]


def test_unequal_targets() -> None:
    """Weights 1, 2 and 1, 2, 4 for two members: TME, TMECor and their ratio, by the inequality of the means."""
    for weights, alone, full, ratio in (
        ((1, 2), 0.343145751, F(2, 3), 1.942809),
        ((1, 2, 4), 0.205283153, F(4, 7), 2.78361),
    ):
        assert sum(w**-0.5 for w in weights) ** -2 == pytest.approx(alone, abs=1e-9)
        assert 1 / sum(F(1, w) for w in weights) == full
        assert float(full) / alone == pytest.approx(ratio, abs=1e-5)
