"""Pure equilibria against a definition-level brute force."""

from __future__ import annotations

import itertools
import random
from fractions import Fraction

import numpy as np
import pytest
from paper_games import PAPER_GAMES

from gametheory.certificates import DeviationCertificate, PureCompletenessCertificate, read_certificate
from gametheory.equilibria import is_nash_equilibrium, pure_nash_equilibria
from gametheory.errors import CertificateError, SolverError, SpecificationError, UnsupportedError
from gametheory.games import NormalFormGame
from gametheory.games.memory import memory_limit


def brute_force(game: NormalFormGame) -> list[tuple[int, ...]]:
    """Every profile, every deviation, payoff by payoff."""
    found = []
    for a in itertools.product(*map(range, game.num_actions)):
        stable = True
        for i, m in enumerate(game.num_actions):
            for b in range(m):
                deviation = (*a[:i], b, *a[i + 1 :])
                stable = stable and Fraction(game.payoff(*deviation)[i]) <= Fraction(game.payoff(*a)[i])
        if stable:
            found.append(a)
    return found


@pytest.mark.parametrize("sizes", [(4,), (2, 2), (3, 4), (2, 3, 2), (2, 2, 2, 2)])
def test_random_games_with_ties_agree_with_brute_force(sizes: tuple[int, ...]) -> None:
    rng = np.random.default_rng(len(sizes))
    for k in range(25):
        payoffs = rng.integers(0, 3, size=(len(sizes), *sizes))
        game = NormalFormGame(payoffs if k % 2 else payoffs / 7)
        equilibria = pure_nash_equilibria(game)
        assert [e.profile for e in equilibria] == brute_force(game)
        assert all(e.certificate.verify() for e in equilibria)
        assert equilibria.certificate.verify(game)


@pytest.mark.parametrize("name", PAPER_GAMES)
def test_published_games(name: str) -> None:
    paper = PAPER_GAMES[name]
    assert sorted(e.profile for e in pure_nash_equilibria(paper.game)) == sorted(paper.pure_nash)


def test_floats_are_compared_to_the_last_bit() -> None:
    above = float(np.nextafter(1.0, 2.0))
    game = NormalFormGame.from_bimatrix([[1.0], [above]], [[0.0], [0.0]])
    assert [e.profile for e in pure_nash_equilibria(game)] == [(1, 0)]
    tie = NormalFormGame.from_bimatrix([[0.1 + 0.2], [0.30000000000000004]], [[0.0], [0.0]])
    assert len(pure_nash_equilibria(tie)) == 2


def test_a_game_of_floats_is_made_exact_only_where_its_certificates_are_written() -> None:
    rng = np.random.default_rng(8)
    for _ in range(20):
        game = NormalFormGame(rng.normal(size=(3, 3, 3, 3)) * 10.0 ** rng.integers(-40, 40, size=(3, 3, 3, 3)))
        equilibria = pure_nash_equilibria(game)
        for certificate in [equilibria.certificate, *(e.certificate for e in equilibria)]:
            assert certificate.game.arithmetic == "float"
            assert certificate.verify(game.exact())
            read = read_certificate(certificate.to_dict())
            assert read.game == game.exact()
            assert read.verify()
            assert read.verify(game)


def test_a_pure_profile_that_is_none_is_refused_in_floats_too() -> None:
    above = float(np.nextafter(1.0, 2.0))
    game = NormalFormGame.from_bimatrix([[1.0], [above]], [[0.0], [0.0]])
    lie = DeviationCertificate("nash", (0, 0), game=game)
    with pytest.raises(CertificateError, match="Player 1 gains"):
        lie.verify()
    with pytest.raises(CertificateError, match="Player 1 gains"):
        read_certificate(lie.to_dict()).verify(game)
    assert DeviationCertificate("nash", (0, 0), Fraction(above) - 1, game).verify()
    with pytest.raises(CertificateError, match="indices run from"):
        DeviationCertificate("nash", (2, 0), game=game).verify()
    with pytest.raises(CertificateError, match="not about this one"):
        DeviationCertificate("nash", (1, 0), game=game).verify(
            NormalFormGame.from_bimatrix([[1.0], [3.0]], [[0.0], [0.0]])
        )
    symbolic = NormalFormGame([[pytest.importorskip("sympy").Symbol("a"), 1]])
    with pytest.raises(SpecificationError, match="symbolic"):
        DeviationCertificate("nash", (0,), game=symbolic)


@pytest.mark.parametrize("shape", [(3, 2), (2, 13), (14, 1, 3), (2,) * 7, (1, 12, 13)])
def test_short_and_long_axes(shape: tuple[int, ...]) -> None:
    """The table is compared in slices up to a dozen actions and reduced along an axis beyond."""
    rng = np.random.default_rng(len(shape))
    for payoffs in (rng.integers(0, 3, size=(len(shape), *shape)), rng.random((len(shape), *shape))):
        game = NormalFormGame(payoffs)
        big = NormalFormGame(
            (payoffs * 10**6).astype(int).astype(object) * 10**20 + (payoffs * 10).astype(int).astype(object)
        )
        for each in (game, big):
            assert [e.profile for e in pure_nash_equilibria(each)] == brute_force(each)


def test_integers_beyond_machine_size() -> None:
    game = NormalFormGame.from_bimatrix([[10**30, 0], [10**30 + 1, 0]], [[1, 0], [1, 0]])
    assert [e.profile for e in pure_nash_equilibria(game)] == [(1, 0)]


def test_a_million_profiles() -> None:
    """Player i wants action i: one equilibrium, in a game of three players with a hundred actions each."""
    grid = np.indices((100, 100, 100))
    game = NormalFormGame(-np.abs(grid - np.array([1, 50, 99]).reshape(3, 1, 1, 1)))
    (only,) = pure_nash_equilibria(game)
    assert only.profile == (1, 50, 99)
    assert is_nash_equilibrium(game, only.profile)


def test_many_players_and_memory_that_is_too_small() -> None:
    """Sixteen in a ring: two equilibria if all want to match the next, none if one wants to differ."""
    players = 16
    own = np.indices((2,) * players)
    payoffs = np.stack([own[i] == own[(i + 1) % players] for i in range(players)]).astype(float)
    game = NormalFormGame(payoffs)
    assert [e.profile for e in pure_nash_equilibria(game)] == [(0,) * players, (1,) * players]
    payoffs[-1] = 1 - payoffs[-1]
    assert len(pure_nash_equilibria(NormalFormGame(payoffs))) == 0
    million = NormalFormGame(np.zeros((3, 100, 100, 100)))
    with memory_limit(10**6):
        with pytest.raises(SpecificationError, match="best ones would need"):
            pure_nash_equilibria(million)
        with pytest.raises(SpecificationError, match="copy of the payoff table"):
            NormalFormGame(million.payoffs)
        with pytest.raises(SpecificationError, match="in integers"):
            million.exact()


def test_no_pure_equilibrium_is_an_empty_certified_set() -> None:
    equilibria = pure_nash_equilibria(NormalFormGame.zero_sum([[1, -1], [-1, 1]]))
    assert len(equilibria) == 0
    assert equilibria.completeness == "certified"
    assert equilibria.certificate.verify()
    assert "0 pure Nash equilibria" in repr(equilibria)


def test_too_many_are_refused_with_the_first() -> None:
    game = NormalFormGame(np.zeros((3, 10, 10, 10), dtype=int))
    with pytest.raises(SolverError, match="1,000 pure Nash equilibria") as caught:
        pure_nash_equilibria(game, max_equilibria=7)
    assert caught.value.best.shape == (7, 3)


def test_a_certificate_with_a_profile_added_or_removed_is_refused() -> None:
    rng = random.Random(3)
    for _ in range(40):
        game = NormalFormGame.from_bimatrix(*([[rng.randint(0, 2) for _ in range(3)] for _ in range(3)] for _ in "AB"))
        truth = {e.profile for e in pure_nash_equilibria(game)}
        for profile in itertools.product(range(3), repeat=2):
            lie = PureCompletenessCertificate.of(game, sorted(truth ^ {profile}))
            with pytest.raises(CertificateError, match="Nash equilibrium"):
                read_certificate(lie.to_dict()).verify()
        if truth:
            with pytest.raises(CertificateError, match="twice"):
                PureCompletenessCertificate.of(game, [*truth, *truth]).verify()


def test_symbols_are_refused() -> None:
    sympy = pytest.importorskip("sympy")
    game = NormalFormGame([[sympy.Symbol("a"), 1]])
    with pytest.raises(UnsupportedError, match="free symbols"):
        pure_nash_equilibria(game)
