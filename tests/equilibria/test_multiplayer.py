"""Three and more players: one equilibrium, all isolated ones, the evidence for them, and what stays undecided."""

from __future__ import annotations

import itertools
import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from oracles.multiplayer import DegenerateError, two_by_two_by_two

from gametheory.certificates import DeviationCertificate, EnclosureCertificate, read_certificate
from gametheory.equilibria import (
    Equilibrium,
    EquilibriumSet,
    logit_path_equilibrium,
    multiplayer_equilibria,
    multiplayer_equilibrium,
    nash_equilibria,
    nash_equilibrium,
    nash_regret,
    pure_nash_equilibria,
    support_search_equilibrium,
)
from gametheory.equilibria.multiplayer import supports
from gametheory.equilibria.support_systems import epsilon_equilibrium
from gametheory.errors import CertificateError, SolverError, SpecificationError, UnsupportedError
from gametheory.games import NormalFormGame, read_game, regrets

F = Fraction


def checked(e: Equilibrium) -> Equilibrium:
    """The evidence holds, after a trip through JSON too, and the exact profile is an equilibrium or very nearly one."""
    assert e.concept == "Nash"
    assert read_certificate(json.dumps(e.certificate.to_dict())).verify(e.game)
    regret = nash_regret(e.game, e.exact_profile)
    spans = [e.game.payoff_span(i) for i in range(e.game.num_players)]
    if isinstance(e.certificate, EnclosureCertificate):
        assert 0 < regret <= max(spans) * F(1, 10**20)
        assert all(vector.dtype == float for vector in e.profile)
        for own, center, vector in zip(e.certificate.support, e.certificate.center, e.exact_profile, strict=True):
            assert [vector[k] for k in own] == list(center)
    else:
        assert isinstance(e.certificate, DeviationCertificate)
        assert e.certificate.epsilon == 0 == regret
    for vector in e.exact_profile:
        assert sum(vector) == 1
        assert min(vector) >= 0
    assert [float(x) for x in e.payoffs] == pytest.approx(
        [float(np.sum(u)) for u in expected(e.game, e.exact_profile)], rel=1e-9, abs=1e-12
    )
    return e


def expected(game: NormalFormGame, profile: tuple[np.ndarray, ...]) -> list[list[float]]:
    weights = [
        float(np.prod([float(v[k]) for v, k in zip(profile, a, strict=True)])) for a in np.ndindex(*game.num_actions)
    ]
    return [
        [w * float(game.payoff(*a)[i]) for w, a in zip(weights, np.ndindex(*game.num_actions), strict=True)]
        for i in range(game.num_players)
    ]


def complete(found: EquilibriumSet) -> EquilibriumSet:
    assert found.completeness == "certified"
    assert read_certificate(json.dumps(found.certificate.to_dict())).verify(found.game)
    assert found.undecided == ()
    assert found.components == tuple((k,) for k in range(len(found)))
    for e in found:
        checked(e)
    return found


def published(folder: Path, name: str) -> NormalFormGame:
    return read_game(folder / "gambit-games" / f"{name}.nfg")


def random_game(seed: int, sizes: tuple[int, ...], least: int = -30, most: int = 30) -> NormalFormGame:
    return NormalFormGame(np.random.default_rng(seed).integers(least, most + 1, size=(len(sizes), *sizes)))


# -- published games ---------------------------------------------------------------------------------------------------


def test_mckelvey_and_mclennan_have_nine(data_folder: Path) -> None:
    """R. D. McKelvey and A. McLennan (1997): nine equilibria, two of them totally mixed."""
    found = complete(nash_equilibria(published(data_folder, "2x2x2")))
    assert len(found) == 9
    mixed = [e for e in found if all(len(own) == 2 for own in e.support)]
    assert sorted(tuple(v[0] for v in e.exact_profile) for e in mixed) == [
        (F(2, 5), F(1, 2), F(1, 3)),
        (F(1, 2), F(2, 5), F(1, 4)),
    ]


@pytest.mark.parametrize(("name", "count", "pure"), [("2x2x2x2", 3, 2), ("3x3x3", 5, 2), ("coord333", 13, 9)])
def test_published_counts(data_folder: Path, name: str, count: int, pure: int) -> None:
    """The files say three, and five of which two are pure.

    Three players who are paid 1 when all agree: 3 agree; 6 all differ, and no one alone can make them agree; mixing
    uniformly over two or all three actions makes everybody indifferent: 3 + 1.
    """
    game = published(data_folder, name)
    found = complete(nash_equilibria(game))
    assert len(found) == count
    assert len(pure_nash_equilibria(game)) == pure
    assert sum(e.support == tuple((own[0],) for own in e.support) for e in found) == pure


def test_a_unique_irrational_equilibrium(data_folder: Path) -> None:
    """R. F. Nau, S. Gomez Canovas and P. Hansen (2004), section 4; the probabilities from a quadratic by elimination."""
    game = published(data_folder, "sec4")
    (e,) = complete(nash_equilibria(game))
    assert isinstance(e.certificate, EnclosureCertificate)
    (truth,) = two_by_two_by_two(tables(game))
    assert [float(v[0]) for v in e.profile] == pytest.approx(truth, abs=1e-14)
    assert checked(nash_equilibrium(game)).support == e.support


def test_a_continuum_is_reported(data_folder: Path) -> None:
    """The same, section 5: a continuum of completely mixed equilibria; two more are seen by hand.

    At (Top, Right) players 1 and 3 get 0 whatever they do, and player 2 gets 3 r against 1 − r from Left, where r is the
    probability of player 3's first action: an equilibrium for every r ≥ 1/4.
    """
    game = published(data_folder, "sec5")
    found = nash_equilibria(game)
    assert found.completeness == "numerical"
    assert found.degenerate
    assert "not isolated" in found.degeneracy
    for e in found:
        checked(e)
    for r, regret in ((F(1, 4), 0), (F(1, 2), 0), (F(1, 5), F(1, 5))):
        profile = (0, 1, [r, 1 - r])
        assert nash_regret(game, profile) == regret
    assert covered(found, (np.array([F(1), F(0)]), np.array([F(0), F(1)]), np.array([F(1, 2), F(1, 2)])))
    assert ((0, 1), (0, 1), (0, 1)) in [support for support, _ in found.undecided]
    assert json.dumps(found.to_dict())


@pytest.mark.parametrize("name", ["2x2x2", "2x2x2x2", "3x3x3", "coord333", "sec4", "sec5"])
def test_both_methods_find_one(data_folder: Path, name: str) -> None:
    game = published(data_folder, name)
    for solver in (logit_path_equilibrium, support_search_equilibrium, multiplayer_equilibrium, nash_equilibrium):
        checked(solver(game))


# -- against elimination in closed form --------------------------------------------------------------------------------


def tables(game: NormalFormGame) -> list[dict[tuple[int, int, int], Fraction]]:
    return [{a: F(game.exact().payoff(*a)[i]) for a in np.ndindex(2, 2, 2)} for i in range(3)]


def test_two_by_two_by_two_agrees_with_elimination() -> None:
    """The number is odd (R. Wilson 1971) in generic games, and every equilibrium is found."""
    counts = {1: 0, 3: 0, 5: 0, 7: 0, 9: 0}
    for seed in range(40):
        game = random_game(seed, (2, 2, 2))
        try:
            truth = two_by_two_by_two(tables(game))
        except DegenerateError:
            continue
        found = complete(multiplayer_equilibria(game))
        mine = sorted(tuple(float(v[0]) for v in e.exact_profile) for e in found)
        assert np.array(mine) == pytest.approx(np.array(truth), abs=1e-12)
        counts[len(truth)] += 1
        for solver in (logit_path_equilibrium, support_search_equilibrium):
            e = checked(solver(game))
            assert min(np.abs(np.array([float(v[0]) for v in e.exact_profile]) - t).max() for t in truth) < 1e-12
    assert sum(counts.values()) > 25
    assert counts[3] > 5


@pytest.mark.parametrize("sizes", [(2, 2, 2, 2), (2, 3, 2), (2, 3, 3), (2, 1, 3, 2)])
def test_generic_games_have_an_odd_number(sizes: tuple[int, ...]) -> None:
    for seed in range(4):
        game = NormalFormGame(np.random.default_rng(seed).random((len(sizes), *sizes)))
        found = complete(multiplayer_equilibria(game))
        assert len(found) % 2 == 1
        assert {e.support for e in pure_nash_equilibria(game)} <= {e.support for e in found}
        one = checked(multiplayer_equilibrium(game))
        assert one.support in [e.support for e in found]


@pytest.mark.slow
@pytest.mark.parametrize("sizes", [(3, 3, 3), (2, 3, 4), (2, 2, 2, 2, 2)])
def test_larger_generic_games_have_an_odd_number(sizes: tuple[int, ...]) -> None:
    for seed in range(10):
        found = complete(multiplayer_equilibria(random_game(seed, sizes, -1000, 1000)))
        assert len(found) % 2 == 1


def test_two_players_agree_with_the_bimatrix_search() -> None:
    for seed in range(12):
        game = NormalFormGame(np.random.default_rng(seed).integers(0, 100, size=(2, 3, 3)))
        truth = nash_equilibria(game)
        if truth.degenerate:
            continue
        found = complete(multiplayer_equilibria(game))
        assert set(found) == set(truth)


# -- degenerate games --------------------------------------------------------------------------------------------------


def covered(found: EquilibriumSet, profile: tuple[np.ndarray, ...]) -> bool:
    """Whether an equilibrium is a member, or lies in a box reported as undecided."""
    support = tuple(tuple(int(k) for k in np.flatnonzero(v != 0)) for v in profile)
    for e in found:
        if all(np.array_equal(v, w) for v, w in zip(e.exact_profile, profile, strict=True)):
            return True
    return any(
        s == support
        and all(
            low <= v[k] <= high
            for own, ranges, v in zip(s, box, profile, strict=True)
            for k, (low, high) in zip(own, ranges, strict=True)
        )
        for s, box in found.undecided
    )


def test_no_equilibrium_of_a_degenerate_game_is_missing() -> None:
    """Every profile of simple fractions without regret is a member or lies in an undecided box."""
    simple = [F(0), F(1, 3), F(1, 2), F(1)]
    seen = 0
    for seed in range(12):
        game = random_game(seed, (2, 2, 2), 0, 1 + seed % 2)
        found = nash_equilibria(game)
        for e in found:
            checked(e)
        for point in itertools.product(simple, repeat=3):
            profile = tuple(np.array([p, 1 - p], dtype=object) for p in point)
            if not any(regrets(game, profile)):
                seen += 1
                assert covered(found, profile), (seed, point)
        assert (found.completeness == "certified") == (found.undecided == ())
    assert seen > 60


def test_games_without_any_isolated_equilibrium() -> None:
    for sizes in ((2, 2, 2), (1, 2, 3)):
        found = nash_equilibria(NormalFormGame(np.zeros((3, *sizes), dtype=int)))
        assert found.completeness == "numerical"
        assert len(found) >= 1
        assert covered(found, tuple(np.array([F(1, m)] * m, dtype=object) for m in sizes))


def test_pennies_with_idle_players() -> None:
    """Matching pennies between two, and others who do not matter: a continuum without a pure equilibrium."""
    for idle in (1, 2):
        table = np.zeros((2 + idle, 2, 2, *[2] * idle), dtype=int)
        for a in np.ndindex(*table.shape[1:]):
            table[0][a], table[1][a] = int(a[0] == a[1]), int(a[0] != a[1])
        for solver in (nash_equilibrium, logit_path_equilibrium, support_search_equilibrium):
            e = checked(solver(NormalFormGame(table)))
            assert [list(v) for v in e.exact_profile[:2]] == [[F(1, 2)] * 2] * 2


def test_degenerate_games_have_one_certified() -> None:
    for seed in range(40):
        sizes = ((2, 2, 2), (3, 3, 3), (2, 2, 2, 2), (2, 3, 4))[seed % 4]
        checked(multiplayer_equilibrium(random_game(seed, sizes, 0, 1)))


# -- invariance, floats, sizes -----------------------------------------------------------------------------------------


def test_scales_shifts_and_order_of_players() -> None:
    rng = np.random.default_rng(6)
    for seed in range(4):
        table = rng.integers(-1000, 1001, size=(3, 2, 3, 2))
        plain = complete(multiplayer_equilibria(NormalFormGame(table)))
        for factor, shift in ((F(1), 10**9), (F(1, 10**9), 0), (F(10**12), 7)):
            moved = np.vectorize(lambda x, f=factor, s=shift: F(int(x)) * f + s, otypes=[object])(table)
            other = complete(multiplayer_equilibria(NormalFormGame(moved.tolist())))
            assert [e.support for e in other] == [e.support for e in plain]
            assert same(other, plain)
        order = [(0, 1, 2), (2, 0, 1)][seed % 2]
        turned = NormalFormGame(np.stack([np.transpose(table[i], order) for i in order]))
        assert len(complete(multiplayer_equilibria(turned))) == len(plain)


def same(one: EquilibriumSet, two: EquilibriumSet) -> bool:
    return all(
        np.abs(np.concatenate(e.exact_profile).astype(float) - np.concatenate(f.exact_profile).astype(float)).max()
        < 1e-9
        for e, f in zip(one, two, strict=True)
    )


def test_near_ties_are_told_apart() -> None:
    """Degenerate games whose ties are broken by 1e-10: finitely many equilibria, some 1e-10 from a boundary.

    Each is a member, or its support is reported as undecided.
    """
    rng = np.random.default_rng(1)
    certified = 0
    for seed in range(10):
        base = random_game(seed, (2, 2, 2), 0, 1).float_payoffs()
        game = NormalFormGame(base + 1e-10 * rng.random(base.shape))
        found = nash_equilibria(game)
        certified += found.completeness == "certified"
        mine = [tuple(float(v[0]) for v in checked(e).exact_profile) for e in found]
        for point in two_by_two_by_two(tables(game), close=1e-13):
            support = tuple((0, 1) if 0 < p < 1 else (int(p == 0),) for p in point)
            near = any(np.abs(np.array(point) - own).max() < 1e-9 for own in mine)
            assert near or support in [s for s, _ in found.undecided]
    assert certified >= 5


@pytest.mark.parametrize("sizes", [(10, 10, 10), (3,) * 5, (2,) * 8, (4, 9, 6)])
def test_one_equilibrium_of_larger_games(sizes: tuple[int, ...]) -> None:
    rng = np.random.default_rng(sum(sizes))
    for _ in range(2):
        e = checked(logit_path_equilibrium(NormalFormGame(rng.random((len(sizes), *sizes)))))
        assert e.game.arithmetic == "float"


@pytest.mark.slow
@pytest.mark.parametrize("sizes", [(3, 3, 3), (5, 5, 5), (20, 20, 20), (3,) * 6, (2, 3, 4, 5)])
def test_one_equilibrium_of_many_games(sizes: tuple[int, ...]) -> None:
    for seed in range(30):
        rng = np.random.default_rng(seed)
        table = rng.random((len(sizes), *sizes)) if seed % 2 else rng.integers(0, 10, size=(len(sizes), *sizes))
        checked(multiplayer_equilibrium(NormalFormGame(table)))
        if seed % 2:
            checked(logit_path_equilibrium(NormalFormGame(table)))


# -- limits and refusals -----------------------------------------------------------------------------------------------


def test_limits() -> None:
    game = random_game(1, (3, 3, 3))
    with pytest.raises(SolverError, match="max_branches=50") as stopped:
        nash_equilibria(game, max_branches=50)
    assert isinstance(stopped.value.best, EquilibriumSet)
    assert stopped.value.best.completeness == "numerical"
    with pytest.raises(SolverError, match="time limit"):
        nash_equilibria(game, time_limit=0.0)
    many = NormalFormGame(np.stack([np.eye(2)[:, :, None] * np.eye(2)[None]] * 3).astype(int))
    with pytest.raises(SolverError, match="max_equilibria=1"):
        nash_equilibria(many, max_equilibria=1)
    with pytest.raises(UnsupportedError, match="200,000"):
        nash_equilibria(NormalFormGame(np.zeros((3, 7, 7, 7))))


def test_failure_carries_the_best_profile() -> None:
    game = random_game(4, (3, 3, 3))
    first = next(iter(supports((3, 3, 3))))
    assert first == ((0,), (0,), (0,))
    with pytest.raises(SolverError, match="support search"):
        support_search_equilibrium(NormalFormGame(1 - PENNIES), max_supports=4)
    for solver, name in ((logit_path_equilibrium, "max_starts"), (support_search_equilibrium, "max_supports")):
        with pytest.raises(SpecificationError, match=name):
            solver(game, **{name: 0})


PENNIES = np.array([[[1, 0], [0, 1]], [[0, 1], [1, 0]]])


def test_an_epsilon_is_stated_exactly() -> None:
    game = NormalFormGame(PENNIES)
    e = epsilon_equilibrium(game, [np.array([0.75, 0.25]), np.array([0.5, 0.5])], "by hand")
    assert e.concept == "epsilon-Nash"
    assert e.certificate.epsilon == F(1, 4) == nash_regret(game, e.exact_profile)
    assert e.certificate.verify()
    with pytest.raises(CertificateError):
        DeviationCertificate.nash(game, e.exact_profile, F(1, 4) - F(1, 10**9)).verify()


def test_all_supports_are_passed_balanced_ones_first() -> None:
    listed = list(supports((2, 3, 2)))
    assert len(listed) == len(set(listed)) == 3 * 7 * 3
    imbalance = [max(map(len, s)) - min(map(len, s)) for s in listed]
    assert imbalance == sorted(imbalance)


def test_symbols_are_refused() -> None:
    sympy = pytest.importorskip("sympy")
    game = NormalFormGame(np.array([[[[sympy.Symbol("a"), 1]]]] * 3, dtype=object))
    for solver in (multiplayer_equilibrium, multiplayer_equilibria, logit_path_equilibrium):
        with pytest.raises(UnsupportedError, match="free symbols"):
            solver(game)
