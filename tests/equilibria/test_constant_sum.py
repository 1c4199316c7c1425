"""All equilibria of constant-sum games: optimal strategies of one player with those of the other, and their evidence."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import islice, product

import numpy as np
import pytest

from gametheory.certificates.completeness import BimatrixCompletenessCertificate
from gametheory.equilibria import iterate_nash_equilibria, nash_equilibria, nash_regret, zero_sum_equilibrium
from gametheory.equilibria.constant_sum import optimal_faces, optimal_products
from gametheory.equilibria.label_search import Found, Limits, label_search, whole_polytopes
from gametheory.errors import CertificateError, SolverError, SpecificationError
from gametheory.games import NormalFormGame

NO_LIMITS = Limits(10**6, 10**6, None)


def answer(found: Found) -> set[tuple[tuple[int, ...], tuple[int, ...]]]:
    xs, ys = (list(own) for own in found.strategies)
    return {(xs[i], ys[j]) for i, j in found.pairs}


def blotto(troops: int, fields: int = 3) -> NormalFormGame:
    """Each field goes to who sends more troops there."""
    plans = [plan for plan in product(range(troops + 1), repeat=fields) if sum(plan) == troops]
    return NormalFormGame.zero_sum([[sum(np.sign(np.subtract(p, q)).tolist()) for q in plans] for p in plans])


def small_games() -> list[NormalFormGame]:
    games = []
    for seed in range(12):
        rng = np.random.default_rng(seed)
        for shape in ((1, 1), (1, 4), (3, 3), (2, 5), (4, 6), (6, 5)):
            for largest in (1, 2, 3, 1000):
                A = rng.integers(0, largest, size=shape)
                games.append(NormalFormGame.from_bimatrix(A, seed % 3 - A))
    return games


def test_optimal_strategies_are_what_the_search_over_labels_finds() -> None:
    several = 0
    for game in small_games():
        A, B = game.numerators.tolist()
        expected = answer(label_search(whole_polytopes(A, B), NO_LIMITS))
        found = optimal_products(game, NO_LIMITS)
        assert answer(found) == expected
        assert len(found.products) == 1
        several += len(expected) > 1
    assert several > 100


def test_all_equilibria_of_a_constant_sum_game_are_certified_complete() -> None:
    for seed in range(8):
        rng = np.random.default_rng(seed)
        A = rng.integers(0, 2, size=(7, 8))
        for game in (
            NormalFormGame.from_bimatrix(A, 5 - A),
            NormalFormGame.zero_sum(A * 0.1),
            NormalFormGame.zero_sum(A - A),
        ):
            equilibria = nash_equilibria(game, completeness="numerical")
            certificate = equilibria.certificate
            assert isinstance(certificate, BimatrixCompletenessCertificate)
            assert [step[0] for step in certificate.steps] == ["interchangeable"]
            assert equilibria.completeness == "certified"
            assert certificate.verify(game.exact())
            assert BimatrixCompletenessCertificate.from_dict(certificate.to_dict()).verify(game.exact())
            assert len(equilibria.components) == len(equilibria.maximal_nash_subsets) == 1
            assert {e.payoffs for e in equilibria} == {equilibria[0].payoffs}
            assert set(iterate_nash_equilibria(game)) == set(equilibria)


def test_blotto_with_five_battalions() -> None:
    """21×21: a hundred extreme equilibria; the search over labels does not end within a minute."""
    game = blotto(5)
    equilibria = nash_equilibria(game)
    assert len(equilibria) == 100
    assert [len(own) for own in equilibria.extreme_strategies] == [10, 10]
    assert equilibria.certificate.verify(game)
    assert all(nash_regret(game, e.exact_profile) == 0 for e in equilibria[::7])
    assert equilibria[0].payoffs[0] == zero_sum_equilibrium(game).value == 0


def test_large_constant_sum_games_stream() -> None:
    for e in islice(iterate_nash_equilibria(blotto(8)), 3):  # 45×45
        assert e.certificate.verify()
        assert e.payoffs == (0, 0)


def test_a_limit_is_an_error() -> None:
    with pytest.raises(SolverError, match="max_equilibria=50"):
        nash_equilibria(blotto(5), max_equilibria=50)


def test_faces_have_the_solution_of_the_programme() -> None:
    game = NormalFormGame.zero_sum([[0, -1, 1], [1, 0, -1], [-1, 1, 0]])
    for face in optimal_faces(game):
        assert face.dictionary.point(face.own) == (1, 1, 1)


# -- lies ----------------------------------------------------------------------------------------------------------


def certified(seed: int) -> tuple[NormalFormGame, BimatrixCompletenessCertificate]:
    A = np.random.default_rng(seed).integers(0, 2, size=(6, 6))
    game = NormalFormGame.zero_sum(A)
    certificate = nash_equilibria(game).certificate
    assert isinstance(certificate, BimatrixCompletenessCertificate)
    return game, certificate


def test_equilibria_left_out_are_noticed() -> None:
    left_out = 0
    for seed in range(12):
        game, certificate = certified(seed)
        ((xs, ys),) = certificate.products
        (_, i, _), *_ = certificate.steps
        for k in xs:
            if k == i:
                continue
            lie = replace(certificate, products=((tuple(x for x in xs if x != k), ys),))
            with pytest.raises(CertificateError, match="is not listed"):
                lie.verify(game)
            left_out += 1
    assert left_out > 10


def test_interchangeable_strategies_need_a_constant_sum() -> None:
    """The battle of the sexes with idle actions has three equilibria, of which no pair describes the others."""
    A, B = np.full((2, 6, 6), -9)
    A[:2, :2], B[:2, :2] = [[2, 0], [0, 1]], [[1, 0], [0, 2]]
    game = NormalFormGame.from_bimatrix(A, B)
    certificate = nash_equilibria(game, completeness="certified").certificate
    assert isinstance(certificate, BimatrixCompletenessCertificate)
    for xs, ys in certificate.products:
        with pytest.raises(CertificateError, match="do not sum to one constant"):
            replace(certificate, steps=(("interchangeable", xs[0], ys[0]),)).verify(game)


def test_the_pair_must_be_an_equilibrium_and_the_only_step() -> None:
    game, certificate = certified(0)
    (_, i, j), *_ = certificate.steps
    for steps in (
        (("interchangeable", 99, j),),
        (("interchangeable", i, -1),),
        (("split", 0), ("interchangeable", i, j), ("interchangeable", i, j)),
        (("interchangeable", i, j), ("interchangeable", i, j)),
    ):
        with pytest.raises(CertificateError):
            replace(certificate, steps=steps).verify(game)


def test_other_steps_are_refused() -> None:
    _, certificate = certified(0)
    data = certificate.to_dict()
    for step in (["interchangeable"], ["interchangeable", 0], ["interchangeable", 0, "x"], ["interchangeable", 0, -1]):
        with pytest.raises(SpecificationError):
            BimatrixCompletenessCertificate.from_dict({**data, "steps": [step]})


def test_no_limit_of_branches_is_needed() -> None:
    A = np.random.default_rng(3).integers(-50, 50, size=(14, 14))
    assert len(nash_equilibria(NormalFormGame.zero_sum(A), max_branches=60)) == 1
    assert math.isclose(float(zero_sum_equilibrium(NormalFormGame.zero_sum(A)).gap), 0)
