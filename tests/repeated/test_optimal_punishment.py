"""Optimal penal codes: published thresholds, set iteration on polygons, and codes simulated state by state."""

from __future__ import annotations

import itertools
import random
from fractions import Fraction as F
from typing import Any

import mpmath
import numpy as np
import pytest
from oracles.repeated_payoffs import code_holds, is_sustained, payoff_polygon, threshold

from gametheory.arithmetic.algebraic import AlgebraicNumber
from gametheory.certificates import PenalCodeCertificate, read_certificate
from gametheory.certificates.reading import certificate_to_json
from gametheory.errors import InfeasibleError, SolverError, SpecificationError, UndecidedError
from gametheory.games import NormalFormGame
from gametheory.repeated import (
    CriticalDiscount,
    Cycle,
    RepeatedGame,
    critical_discount,
    is_sustainable,
    optimal_stick_and_carrot,
)
from gametheory.repeated.punishment_floors import StageTable, punishment_floors


def seeds(few: int, many: int) -> list[Any]:
    """A few seeds by default, the others among the slow tests."""
    return [pytest.param(k, marks=() if k < few else pytest.mark.slow) for k in range(many)]


def dilemma(c: int, s: int, d: int, p: int) -> NormalFormGame:
    return NormalFormGame.from_bimatrix([[c, s], [d, p]], [[c, d], [s, p]])


def cournot(n: int, output: list[F], *, floor: bool = False) -> NormalFormGame:
    def payoff(*a: int) -> list[F]:
        price = 1 - sum(output[k] for k in a)
        return [output[k] * (max(price, F(0)) if floor else price) for k in a]

    return NormalFormGame.from_function(payoff, [len(output)] * n)


def payoffs_of(game: NormalFormGame) -> Any:
    exact = game.exact()
    table = {a: exact.payoff(*a) for a in itertools.product(*map(range, game.num_actions))}
    return table.__getitem__


def check(found: CriticalDiscount) -> None:
    """The result re-checks, its code is an equilibrium by simulation, and survives being written down."""
    assert found.verify()
    assert found.lower <= found.upper
    if isinstance(found.code, PenalCodeCertificate):
        data, delta = found.code.to_dict(), found.code.discount
        if isinstance(delta, F):
            assert code_holds(data, payoffs_of(found.stage), list(found.stage.num_actions), delta)
        else:
            with mpmath.workdps(60):
                low, high = delta.refined(F(1, 10**58))
                middle = mpmath.mpf(low.numerator + 0) / low.denominator
                assert float(high - low) < 1e-57
                pays = payoffs_of(found.stage)
                assert code_holds(
                    data,
                    lambda a: [mpmath.mpf(x.numerator) / x.denominator for x in pays(a)],
                    list(found.stage.num_actions),
                    middle,
                    mpmath.mpf(10) ** -45,
                )
    for certificate in found.certificates:
        assert read_certificate(certificate_to_json(certificate)).verify(found.stage)


@pytest.mark.parametrize(
    ("payoffs", "expected"), [((9, 1, 10, 3), F(1, 7)), ((4, 0, 6, 2), F(1, 2)), ((3, 0, 5, 1), F(1, 2))]
)
def test_in_a_prisoners_dilemma_defection_is_the_worst_equilibrium(payoffs: Any, expected: F) -> None:
    """Judd, Yeltekin and Conklin's games: reverting to defection is already optimal, and the pure minmax proves it."""
    found = critical_discount(dilemma(*payoffs), (0, 0), punishment="optimal")
    assert found.discount == found.lower == found.upper == expected
    assert found.bound == "optimal"
    check(found)


def test_public_goods_of_three() -> None:
    game = NormalFormGame.from_function(lambda *a: [1 - k + F(3, 5) * sum(a) for k in a], [2, 2, 2])
    found = critical_discount(game, (1, 1, 1), punishment="optimal")
    assert found.discount == F(1, 3)
    check(found)


@pytest.mark.parametrize("n", [2, 3, 4])
def test_bertrand(n: int) -> None:
    """Price 0 holds everybody to nothing: optimal, reversion and minmax agree; 1 − 1/n as the steps become small."""
    steps = 6
    h = F(1, steps)

    def payoff(*a: int) -> list[F]:
        return [min(a) * h / a.count(min(a)) if k == min(a) else F(0) for k in a]

    game = NormalFormGame.from_function(payoff, [steps + 1] * n)
    found = critical_discount(game, (steps,) * n, punishment="optimal")
    assert found.discount == 1 - 1 / (n * (1 - h))


@pytest.mark.parametrize(
    ("n", "stick", "floor", "expected"),
    [
        (2, F(5, 12), False, F(9, 32)),
        (3, F(1, 3), False, F(1, 3)),
        (4, None, False, F(25, 64)),
        (2, F(3, 4), True, F(1, 8)),
        (3, F(1, 3), True, F(1, 3)),
        (4, F(1, 3), True, F(9, 16)),
    ],
)
def test_stick_and_carrot_in_linear_cournot(n: int, stick: F | None, floor: bool, expected: F) -> None:
    """Abreu (1986): (n + 1)²/(16 n) without a price floor; with one at 0, 1/8, 1/3 and 9/16 for one period.

    The best symmetric stick q for P = 1 − Q solves g(q) = g(m) (both constraints bind): with s the others' outputs the best
    reply earns ((1 − (n−1) q)/2)², so that 1 − (n + 1) q = −(1 − (n + 1) m), q = 2/(n + 1) − 1/(2n).
    """
    monopoly, nash = F(1, 2 * n), F(1, n + 1)
    q = 2 * nash - monopoly if stick is None else stick
    if not floor:
        assert q == 2 * nash - monopoly
    replies = [max((1 - (n - 1) * x) / 2, F(0)) for x in (monopoly, q)]
    output = list(dict.fromkeys([monopoly, nash, q, *replies]))
    game = cournot(n, output, floor=floor)
    sticks = [(k,) * n for k in range(len(output))]
    found = optimal_stick_and_carrot(game, (0,) * n, sticks=sticks)
    assert found.discount == expected
    assert output[found.stick[0]] == q
    assert found.certificate.verify(game)
    assert code_holds(found.certificate.to_dict(), payoffs_of(game), list(game.num_actions), expected)
    assert not code_holds(found.certificate.to_dict(), payoffs_of(game), list(game.num_actions), expected - F(1, 10**9))
    reversion = critical_discount(game, (0,) * n, punishment="nash", punishment_profiles=[(1,) * n])
    assert reversion.discount == F((n + 1) ** 2, (n + 1) ** 2 + 4 * n)
    if floor and n == 4:
        longer = optimal_stick_and_carrot(game, (0,) * n, sticks=sticks, max_periods=6)
        assert longer.periods > 1
        assert F((n - 1) ** 2, (n + 1) ** 2) <= longer.discount < expected
        assert isinstance(longer.discount, AlgebraicNumber)
        assert longer.certificate.verify()


def test_asymmetric_punishments_need_less_patience_than_one_stick_for_all() -> None:
    game = cournot(2, [F(1, 4), F(1, 3), F(3, 8), F(5, 12)])
    assert optimal_stick_and_carrot(game, (0, 0)).discount == F(9, 32)
    found = critical_discount(game, (0, 0), punishment="optimal")
    assert found.discount == F(3, 11)
    check(found)


def test_lotteries_after_the_stick_bring_the_threshold_down_exactly() -> None:
    """Ten outputs: the floor 5/96 is attained by a lottery, and 3/17 follows from it; set iteration on polygons agrees."""
    output = [F(k, 24) for k in range(4, 14)]
    game = cournot(2, output)
    found = critical_discount(game, (2, 2), punishment="optimal")
    assert found.discount == F(3, 17)
    assert isinstance(found.code, PenalCodeCertificate)
    assert found.code.sticks
    check(found)
    A = game.float_payoffs()
    assert is_sustained(*A, (2, 2), 3 / 17 + 1e-6)
    assert not is_sustained(*A, (2, 2), 3 / 17 - 1e-2)


@pytest.mark.slow
def test_without_lotteries_the_bounds_may_stay_apart() -> None:
    game = cournot(2, [F(k, 24) for k in range(4, 14)])
    found = critical_discount(game, (2, 2), punishment="optimal", public_randomisation=False)
    assert F(3, 17) <= found.lower < found.upper < F(9, 32)
    check(found)
    with pytest.raises(UndecidedError, match="between"):
        _ = found.discount
    assert found.to_dict()["discount"] is None
    assert "between" in repr(found)
    assert not is_sustained(*game.float_payoffs(), (2, 2), 3 / 17 - 1e-4)


def test_floors_at_a_discount_factor_against_polygons() -> None:
    """15 outputs of the published Cournot duopoly (p = 6 − Q, cost 3/5): the worst payoff at δ = 1/4, and 0 at 4/5."""
    output = [F(6 * k, 14) for k in range(15)]
    game = NormalFormGame.from_function(
        lambda *a: [output[k] * (max(6 - output[a[0]] - output[a[1]], F(0)) - F(3, 5)) for k in a], [15, 15]
    )
    stage = StageTable(game)
    floors = punishment_floors(stage, F(1, 4))
    worst = payoff_polygon(*game.float_payoffs(), 0.25).min(axis=0)
    assert [float(f) for f in floors.floors] == pytest.approx(worst.tolist(), abs=1e-7)
    assert floors.certificate().verify(game)
    assert punishment_floors(stage, F(4, 5)).floors == (0, 0)  # as published


def random_game(rng: random.Random, sizes: tuple[int, ...]) -> NormalFormGame:
    high = rng.choice([1, 2, 9, 99])
    tensor = [rng.randint(0, high) for _ in range(len(sizes) * int(np.prod(sizes)))]
    return NormalFormGame(np.array(tensor).reshape(len(sizes), *sizes))


@pytest.mark.parametrize("seed", seeds(5, 30))
def test_random_games_of_two_against_polygons(seed: int) -> None:
    rng = random.Random(seed)
    sizes = rng.choice([(2, 2), (2, 3), (3, 3)])
    game = random_game(rng, sizes)
    A, B = game.float_payoffs()
    for target in itertools.islice(itertools.product(*map(range, sizes)), 0, 9, 2):
        try:
            found = critical_discount(game, target, punishment="optimal")
        except SolverError as stopped:
            low, _ = stopped.best
            assert not is_sustained(A, B, target, float(low) - 1e-3)
            assert not is_sustained(A, B, target, 0.9)
            continue
        check(found)
        if not found.sustainable:
            assert not is_sustained(A, B, target, 0.97)
        elif found.upper > 0:
            assert float(found.upper) - float(found.lower) < 0.01
            assert is_sustained(A, B, target, float(found.upper) + 1e-6)
            assert not is_sustained(A, B, target, float(found.lower) - 1e-4)


@pytest.mark.parametrize("seed", seeds(6, 40))
def test_minmax_optimal_and_nash_in_this_order(seed: int) -> None:
    """Necessary ≤ optimal ≤ sufficient, for reversion to pure equilibria; units change nothing."""
    rng = random.Random(500 + seed)
    sizes = rng.choice([(2, 2), (3, 2), (2, 2, 2), (3, 2, 2)])
    game = random_game(rng, sizes)
    from gametheory.equilibria import pure_nash_equilibria

    equilibria = [e.profile for e in pure_nash_equilibria(game)]
    target = tuple(rng.randrange(m) for m in sizes)
    needed = critical_discount(game, target, punishment="minmax")
    try:
        found = critical_discount(game, target, punishment="optimal")
    except SolverError:
        assert needed.sustainable
        return
    check(found)
    assert found.sustainable <= needed.sustainable
    if not found.sustainable:
        return
    assert needed.discount <= found.lower
    if equilibria:
        reversion = critical_discount(game, target, punishment="nash", punishment_profiles=equilibria)
        if reversion.sustainable:
            assert found.upper <= reversion.discount
    scales, shifts = [rng.choice([F(1, 10**6), F(3), F(10**6)]) for _ in sizes], [rng.choice([0, 10**9]) for _ in sizes]
    moved = NormalFormGame(
        np.array([s * p + t for s, p, t in zip(scales, game.payoffs, shifts, strict=True)], dtype=object)
    )
    other = critical_discount(moved, target, punishment="optimal")
    assert other.sustainable == found.sustainable
    assert other.lower == pytest.approx(float(found.lower), abs=2e-3)
    assert other.upper == pytest.approx(float(found.upper), abs=2e-3)


@pytest.mark.parametrize("seed", seeds(3, 30))
def test_below_the_floors_no_simple_code_of_three_players_holds(seed: int) -> None:
    """Brute force: for each player all paths of a profile and then another for ever; the largest family that holds together."""
    rng = random.Random(900 + seed)
    game = random_game(rng, (2, 2, 2))
    pays = payoffs_of(game)
    profiles = list(itertools.product(range(2), repeat=3))
    gains = {
        a: [max(pays((*a[:i], b, *a[i + 1 :]))[i] for b in range(2)) - pays(a)[i] for i in range(3)] for a in profiles
    }

    def exists(target: tuple[int, ...], delta: F) -> bool:
        family = list(itertools.product(profiles, profiles))
        while True:
            worth = {
                (s, c): [(1 - delta) * x + delta * y for x, y in zip(pays(s), pays(c), strict=True)] for s, c in family
            }
            if not worth:
                return False
            worst = [min(v[i] for v in worth.values()) for i in range(3)]

            def holds(a: Any, follows: Any, worst: Any = worst) -> bool:
                return all(
                    g <= 0 or (1 - delta) * g <= delta * (w - p)
                    for g, w, p in zip(gains[a], follows, worst, strict=True)
                )

            kept = [(s, c) for s, c in family if holds(s, pays(c)) and holds(c, pays(c))]
            if len(kept) == len(family):
                return holds(target, pays(target))
            family = kept

    for target in profiles[::3]:
        try:
            found = critical_discount(game, target, punishment="optimal")
        except SolverError:
            continue
        below = float(found.lower) if found.sustainable else 1.0
        for part in (F(1, 4), F(1, 2), F(9, 10), F(999, 1000)):
            delta = F(below).limit_denominator(10**6) * part
            if 0 < delta < found.lower:
                assert not exists(target, delta)


def test_cycles_and_lotteries() -> None:
    """Taking turns in a dilemma: the one who cooperates alone gets 1 and then 10; 3 for ever after defecting.

    (1 − δ) 2 ≤ δ ((10 + δ)/(1 + δ) − 3): at δ = 2/7 both sides are 10/7. Drawn at random, 11/2 per period on average.
    """
    game = dilemma(9, 1, 10, 3)
    turns = Cycle([(0, 1), (1, 0)])
    for punishment in ("nash", "minmax", "optimal"):
        found = critical_discount(game, turns, punishment=punishment)  # type: ignore[arg-type]
        assert found.discount == F(2, 7)
        check(found)
        lottery = critical_discount(game, {(0, 1): "1/2", (1, 0): "1/2"}, punishment=punishment)  # type: ignore[arg-type]
        assert lottery.discount == F(2) / (2 + F(11, 2) - 3)
        check(lottery)
    assert is_sustainable(game, turns, discount="2/7", punishment="nash")
    assert not is_sustainable(game, turns, discount="1/4", punishment="nash")


def value_by_iteration(
    game: NormalFormGame, cycle: list[tuple[int, ...]], player: int, delta: float, punished: float
) -> float:
    """The most that a player gains by a deviation that gains at once, by a long sum of discounted payoffs."""
    pays = payoffs_of(game)
    worst = 0.0
    for t, a in enumerate(cycle):
        path = sum(float(pays(cycle[(t + k) % len(cycle)])[player]) * (1 - delta) * delta**k for k in range(400))
        for b in range(game.num_actions[player]):
            now = pays((*a[:player], b, *a[player + 1 :]))[player]
            if now > pays(a)[player]:
                worst = max(worst, (1 - delta) * float(now) + delta * punished - path)
    return worst


@pytest.mark.parametrize("seed", seeds(8, 60))
def test_cycles_against_long_sums(seed: int) -> None:
    rng = random.Random(700 + seed)
    sizes = rng.choice([(2, 2), (3, 3), (2, 2, 2)])
    game = random_game(rng, sizes)
    cycle = [tuple(rng.randrange(m) for m in sizes) for _ in range(rng.choice([2, 3, 4]))]
    punished = [F(rng.randint(-4, 8)) for _ in sizes]
    found = critical_discount(game, Cycle(cycle), punishment=punished)
    assert found.verify()
    for k in range(1, 19):
        delta = F(k, 20)
        worst = max(value_by_iteration(game, cycle, i, float(delta), float(p)) for i, p in enumerate(punished))
        assert (delta in found.sustaining) == (worst <= 1e-9)
        verdict = is_sustainable(game, Cycle(cycle), discount=delta, punishment=punished)
        assert (verdict.status == "yes") == (worst <= 1e-9)
        assert float(verdict.gain) == pytest.approx(max(worst, 0.0), abs=1e-9)
    if found.sustainable:
        assert found.discount == found.sustaining.infimum
        assert found.sustaining.attained


def test_a_cycle_that_holds_at_middling_patience_only() -> None:
    """Now 0 with a gain of 1, next 8, then −6 twice: near δ = 1 the average is below the punishment, near 0 nothing deters."""
    game = NormalFormGame.from_bimatrix([[0, 8, -6], [1, 8, -6]], [[0, 0, 0], [0, 0, 0]])
    found = critical_discount(game, Cycle([(0, 0), (0, 1), (0, 2), (0, 2)]), punishment=[0, 0])
    assert found.sustainable
    assert found.sustaining.lasting is None
    assert isinstance(found.discount, AlgebraicNumber)
    low, high = found.sustaining.intervals[0].lower, found.sustaining.intervals[0].upper
    # (1 − δ)(1 − δ⁴) = δ (8 − 6δ − 6δ²)(1 − δ)  where it binds
    for end in (low, high):
        x = float(end)
        assert 1 - x**4 == pytest.approx(x * (1 - x) * (8 - 6 * x - 6 * x * x) / (1 - x), abs=1e-9)
    assert "at δ in" in found.describe()
    assert found.to_dict()["discount"]["polynomial"]


def test_one_discount_factor_at_a_time() -> None:
    game = dilemma(9, 1, 10, 3)
    assert is_sustainable(RepeatedGame(game, F(1, 7)), (0, 0), punishment="optimal").status == "yes"
    assert is_sustainable(game, (0, 0), discount="1/8", punishment="optimal").status == "no"
    duopoly = cournot(2, [F(k, 24) for k in range(4, 14)])
    below = is_sustainable(duopoly, (2, 2), discount="17/100", punishment="optimal")
    assert (below.status, below.witness.player) == ("no", 0)  # the pure minmax excludes it
    above = is_sustainable(duopoly, (2, 2), discount="1/5", punishment="optimal")
    assert above.status == "yes"
    assert above.witness.verify(duopoly)
    pennies = NormalFormGame.from_bimatrix([[1, -1], [-2, 1]], [[-1, 2], [2, 0]])
    nothing = is_sustainable(pennies, (0, 0), discount="1/20", punishment="optimal")
    assert nothing.status == "no"


def test_no_equilibrium_in_pure_actions() -> None:
    """QuantEcon's example without one at δ = 1/20: every profile is dropped."""
    game = NormalFormGame.from_bimatrix([[1, -1], [-2, 1]], [[-1, 2], [2, 0]])
    floors = punishment_floors(StageTable(game), F(1, 20))
    assert not floors.left
    certificate = floors.certificate()
    assert certificate.verify(game)
    assert certificate.excluded == (0, 1, 2, 3)


def test_questions_that_make_no_sense_are_refused() -> None:
    game = dilemma(9, 1, 10, 3)
    for gap in (0, 1, -1):
        with pytest.raises(SpecificationError, match="gap"):
            critical_discount(game, (0, 0), punishment="optimal", gap=gap)
    with pytest.raises(SpecificationError, match="time_limit"):
        critical_discount(game, (0, 0), punishment="optimal", time_limit=-1)
    with pytest.raises(SpecificationError, match="profiles"):
        Cycle([])
    with pytest.raises(SpecificationError, match="probabilities"):
        critical_discount(game, {(0, 0): "1/2"}, punishment="nash")
    with pytest.raises(InfeasibleError, match="stick"):
        optimal_stick_and_carrot(game, (1, 0))
    with pytest.raises(SolverError, match="time limit") as stopped:
        critical_discount(cournot(2, [F(k, 24) for k in range(4, 14)]), (2, 2), punishment="optimal", time_limit=0)
    assert stopped.value.best[0] <= stopped.value.best[1]
    hopeless = critical_discount(game, (0, 1), punishment="optimal")
    assert not hopeless.sustainable
    with pytest.raises(UndecidedError):
        _ = hopeless.discount


def test_thresholds_of_the_oracle_itself() -> None:
    low, high = threshold(*dilemma(9, 1, 10, 3).float_payoffs(), (0, 0), 0.0, 1.0, 12)
    assert low <= 1 / 7 + 1e-9
    assert high >= 1 / 7 - 1e-9
