"""Games on which other libraries return nothing, too little or what is no equilibrium: the truth, and our answer.

Each game is written out, or drawn with a fixed seed, and carries what was seen elsewhere: nashpy 0.0.43, QuantEcon 0.11.4,
pygambit 17.0.0b2 and lrsnash 7.1. The peers are not run here. The truth is brute force in rationals (``oracles/nash.py``),
and the recorded numbers of extreme equilibria and components were counted by lrsnash before that.

Support and vertex enumeration promise completeness for games without degeneracies alone; what is recorded here is that they
say nothing, or something false, when the promise does not hold, and that floats lose equilibria of generic games too.
"""

from __future__ import annotations

import json
from fractions import Fraction

import numpy as np
import pytest
from oracles.lrsnash import PROGRAM, game_text, is_read, lrsnash_equilibria
from oracles.nash import components, extreme_equilibria, is_generic_at, largest_regret

from gametheory.certificates import EnclosureCertificate, read_certificate
from gametheory.equilibria import EquilibriumSet, nash_equilibria, nash_equilibrium, nash_regret
from gametheory.games import NormalFormGame, catalogue

F = Fraction
Matrix = list[list[object]]


def solved(A: Matrix, B: Matrix, *, extreme: int, pieces: int) -> EquilibriumSet:
    """Our answer: the equilibria and components of brute force, as many as recorded, with all evidence re-read."""
    found = nash_equilibria(NormalFormGame.from_bimatrix(A, B))
    truth = extreme_equilibria(A, B)
    mine = [tuple(tuple(v) for v in e.exact_profile) for e in found]
    assert sorted(mine) == truth
    assert {frozenset(mine[k] for k in members) for members in found.components} == components(truth)
    assert (len(truth), len(found.components)) == (extreme, pieces)
    assert all(largest_regret(A, B, *pair) == 0 for pair in mine)
    assert found.degenerate == (not all(is_generic_at(A, B, *pair) for pair in truth)) == bool(found.degeneracy)
    assert found.completeness == "certified"
    for certificate in (found.certificate, *(e.certificate for e in found)):
        assert read_certificate(json.dumps(certificate.to_dict())).verify(found.game)
    one = nash_equilibrium(found.game)
    assert one.certificate.verify()
    assert largest_regret(A, B, *one.exact_profile) == 0
    return found


# -- named games -------------------------------------------------------------------------------------------------------

COURNOT = [[q * (9 - q - other) for other in range(6)] for q in range(6)]

NAMED: dict[str, tuple[Matrix, Matrix, int, int]] = {
    # Identical interests: QuantEcon's and nashpy's vertex enumerations return one of the two.
    "one outcome pays": ([[1, 0], [0, 0]], [[1, 0], [0, 0]], 2, 2),
    # q(9 − q − q') with q = 0, …, 5: QuantEcon's vertex enumeration returns one of three components.
    "Cournot duopoly": (COURNOT, [list(column) for column in zip(*COURNOT, strict=True)], 3, 3),
    # Both value the good at 4 and bid 0, …, 4, ties split, payoffs doubled: QuantEcon's vertex enumeration returns one of
    # the three components, nashpy's two.
    "first-price auction": (
        [[4, 0, 0, 0, 0], [6, 3, 0, 0, 0], [4, 4, 2, 0, 0], [2, 2, 2, 1, 0], [0, 0, 0, 0, 0]],
        [[4, 6, 4, 2, 0], [0, 3, 4, 2, 0], [0, 0, 2, 2, 0], [0, 0, 0, 1, 0], [0, 0, 0, 0, 0]],
        3,
        3,
    ),
    # nashpy's vertex enumeration raises TypeError.
    "nothing matters, 2×2": ([[0, 0], [0, 0]], [[0, 0], [0, 0]], 4, 1),
    "nothing matters, 3×3": ([[0] * 3] * 3, [[0] * 3] * 3, 9, 1),
    # The manual's example of a degenerate game: nashpy's support enumeration returns two of three extreme points.
    "a segment and a point": ([[3, 3], [2, 5], [0, 6]], [[3, 3], [2, 6], [3, 1]], 3, 2),
    # E. Kohlberg and J.-F. Mertens (1986), figure 3: all Lemke–Howson paths of nashpy miss one of three components.
    "Kohlberg and Mertens": ([[1, 0, -1], [0, 0, 0], [-1, 0, 1]], [[1, 0, -1], [0, 0, 0], [-1, 0, 1]], 6, 3),
    "rock paper scissors, rock twice": (
        [[0, -1, 1, 0], [1, 0, -1, 1], [-1, 1, 0, -1], [0, -1, 1, 0]],
        [[0, 1, -1, 0], [-1, 0, 1, -1], [1, -1, 0, 1], [0, 1, -1, 0]],
        4,
        1,
    ),
    "matching pennies, heads twice": ([[1, -1], [-1, 1], [1, -1]], [[-1, 1], [1, -1], [-1, 1]], 2, 1),
    # Payoffs of 1e9 and small integers: pygambit's float solver returns (1, 1), where deviating gains two thirds of the
    # span; nashpy returns nothing.
    "an offset of 1e9": (
        [[1e9, 1e9 + 3, 1e9 + 1], [1e9 + 2, 1e9, 1e9 + 2], [1e9 + 1, 1e9 + 1, 1e9]],
        [[1e9 + 1, 1e9, 1e9 + 3], [1e9, 1e9 + 2, 1e9 + 1], [1e9 + 2, 1e9 + 1, 1e9]],
        1,
        1,
    ),
    # The same game, small: what pygambit's float solver returns is no equilibrium either.
    "payoffs of 1e-9": (
        [[0, 3e-9, 1e-9], [2e-9, 0, 2e-9], [1e-9, 1e-9, 0]],
        [[1e-9, 0, 3e-9], [0, 2e-9, 1e-9], [2e-9, 1e-9, 0]],
        1,
        1,
    ),
    # Three equilibria, of which pygambit's float solver returns one.
    "near tie of 1e-10": ([[1.0, 0.0], [1.0000000001, -1.0]], [[0.0, 1.0], [1.0, 0.0]], 3, 3),
    # nashpy's vertex enumeration returns a pair that is no equilibrium.
    "near tie of 1e-7": ([[1.0, 0.0], [1.0000001, 0.0]], [[1.0, 0.0], [0.0, 1.0]], 2, 1),
}


@pytest.mark.parametrize("name", NAMED)
def test_named_game(name: str) -> None:
    A, B, extreme, pieces = NAMED[name]
    solved(A, B, extreme=extreme, pieces=pieces)


def test_the_profile_that_another_library_returns_at_1e9_is_refused() -> None:
    A, B, _, _ = NAMED["an offset of 1e9"]
    (only,) = solved(A, B, extreme=1, pieces=1)
    assert tuple(map(tuple, only.exact_profile)) == ((F(1, 4), F(3, 4), 0), (0, F(1, 4), F(3, 4)))
    assert nash_regret(only.game, (0, 0)) == 2 == largest_regret(A, B, [1, 0, 0], [1, 0, 0])
    shifted = [[u - 1e9 for u in row] for row in A], [[u - 1e9 for u in row] for row in B]
    assert extreme_equilibria(*shifted) == extreme_equilibria(A, B)


def test_near_tie_at_which_one_more_action_is_a_best_reply_only_almost() -> None:
    """Row 2 is better by 1e-10 against column 1: the mixed equilibrium plays column 2 with a probability of 1e-10."""
    A, B, _, _ = NAMED["near tie of 1e-10"]
    found = nash_equilibria(NormalFormGame.from_bimatrix(A, B))
    tie = F(1.0000000001) - 1
    mixed = [e for e in found if e.support == ((0, 1), (0, 1))]
    assert [tuple(e.exact_profile[1]) for e in mixed] == [(1 / (1 + tie), tie / (1 + tie))]


# -- games with ties ---------------------------------------------------------------------------------------------------

NOTHING = [  # payoffs of players 1 and 2, rows as digits; what is said to return nothing at all
    ("030 203 222", "312 130 022", "QuantEcon and nashpy, support enumeration"),
    ("002 221 123", "200 023 321", "QuantEcon and nashpy, support enumeration"),
    ("231 210 002", "103 121 132", "nashpy, support enumeration"),
    ("311 223 122", "000 321 002", "nashpy, vertex enumeration"),
    ("222 312 233", "302 122 000", "nashpy, vertex enumeration"),
    ("2202 1300 1203 2101", "2232 3030 1200 2031", "nashpy, vertex enumeration"),
]

TOO_LITTLE = [  # QuantEcon's support enumeration, without a warning, returns points of fewer components
    ("203 121 032", "033 000 112", 2),  # 1
    ("003 122 201", "013 202 033", 2),  # 1
    ("3333 0331 0033 2230", "3303 3113 3021 1321", 2),  # 1
    ("1012 1312 1320 3131", "1002 0212 1020 3102", 3),  # 2
    ("0222 3312 3123 2231", "3022 2302 0322 2023", 2),  # 1
]

# Random integers 0, …, 3, sizes 3 to 6: extreme equilibria and components. The comment says which peers miss how many
# components: nashpy's support and vertex enumeration and its Lemke–Howson paths, QuantEcon's vertex enumeration. On all of
# them some peer misses extreme equilibria.
TIES = [
    ("030 110 223", "111 012 121", 3, 1),
    ("022 031 003", "333 312 323", 6, 1),
    ("122 031 100", "332 133 222", 5, 2),  # QuantEcon vertex 1
    ("023 312 331", "022 113 330", 6, 2),  # nashpy paths 1
    ("010 010 300", "203 333 120", 6, 1),
    ("301 032 100", "311 323 313", 3, 2),  # nashpy paths 1, QuantEcon vertex 1
    ("230 203 013", "313 222 330", 4, 1),
    ("130 221 120", "221 023 133", 4, 3),  # nashpy paths 1
    ("313 033 013", "012 302 103", 4, 1),
    ("322 110 323", "213 130 300", 2, 1),
    ("100 303 011", "322 333 321", 4, 1),
    ("3231 3210 0210 3232", "1221 3332 0031 3001", 8, 1),
    ("0221 0200 3222 3133", "3233 2123 1330 1321", 3, 1),
    ("0233 1121 2130 0021", "0111 2003 2022 2320", 6, 1),
    ("3212 3300 2301 1221", "2021 2330 0331 1013", 8, 2),  # QuantEcon vertex 1
    ("2220 3321 2331 1300", "2122 2123 0000 3102", 5, 1),
    ("2222 3210 1210 1132", "3002 2110 2322 2331", 9, 3),  # nashpy paths 2, QuantEcon vertex 2
    ("2332 0113 0033 3232", "1221 1323 2213 1122", 7, 2),  # nashpy paths 1
    ("2121 1313 2233 2020", "0232 0302 0002 3320", 5, 3),  # nashpy paths 2, QuantEcon vertex 2
    ("0233 0121 3320 0102", "3031 2101 3322 0101", 4, 2),  # nashpy paths 1, QuantEcon vertex 1
    ("2302 0201 0223 3000", "2032 3300 1022 2120", 4, 2),
    ("3210 3331 2221 2302", "3032 1102 0210 0002", 3, 2),  # QuantEcon vertex 1
    ("0003 2200 0220 1010", "1313 2330 0031 3221", 8, 5),  # nashpy paths 3, QuantEcon vertex 2
    ("3011 0011 0102 0112", "2320 0321 3322 1031", 6, 2),  # QuantEcon vertex 1
    ("2112 0130 2111 1020", "3310 0332 1213 1210", 6, 1),
    ("3332 2103 1221 1231", "2230 2001 2022 0012", 2, 1),
    ("0130 2230 0333 2202", "3112 2123 3301 0212", 3, 1),
    ("3013 3100 2313 3332", "3130 3313 0333 2313", 7, 2),
    ("3302 3101 1002 2211", "2200 2311 1333 2101", 4, 2),  # nashpy paths 1, QuantEcon vertex 1
    ("3102 0001 2031 1131", "3223 2201 2033 3100", 6, 2),  # QuantEcon vertex 1
    ("20003 01133 02322 31120 22203", "10003 32331 11120 31000 21333", 18, 3),  # nashpy paths 1, QuantEcon vertex 1
    ("22200 11022 02021 33130 33020", "31300 10001 01101 13012 20101", 12, 2),  # nashpy paths 1
    ("13001 23013 10132 32113 33223", "22310 12320 11232 03012 13222", 5, 3),  # nashpy support 1, nashpy paths 1
    ("30030 20230 21323 33130 20013", "22203 10211 10132 21200 32133", 13, 2),  # QuantEcon vertex 1
    ("11030 22233 00221 22302 10002", "21223 10202 02321 12223 11333", 2, 1),
    ("33130 13200 00212 10221 13321", "20013 11112 03332 31212 01023", 4, 1),  # nashpy support 1
    ("13303 33121 13012 12212 11212", "02032 01301 22131 22012 13323", 5, 1),
    ("120111 223113 222010 323212 021103 111021", "130213 030101 203110 221312 010113 230203", 16, 2),
    (
        "223111 232313 333303 302101 012223 030002",
        "300103 031211 100320 211002 300301 033133",
        8,
        2,
    ),  # nashpy paths 1, QuantEcon vertex 1
    (
        "223132 313003 011302 121102 310313 331201",
        "331133 201323 011111 321033 131203 312033",
        18,
        3,
    ),  # nashpy paths 2, QuantEcon vertex 2
    ("000 012 032", "232 330 221", 3, 1),
    ("012 132 233", "031 331 320", 2, 2),  # nashpy paths 1, QuantEcon vertex 1
    ("220 112 232", "311 311 222", 4, 1),
    ("130 032 122", "313 211 330", 2, 1),
    ("201 230 202", "101 323 110", 3, 1),
    ("310 132 123", "022 023 001", 1, 1),
    ("011 031 111", "220 312 130", 1, 1),
    ("133 113 302", "022 131 003", 2, 1),
    ("202 202 312", "112 022 013", 3, 1),
    ("333 210 332", "111 201 231", 4, 1),
    ("230 130 033", "200 321 302", 1, 1),
    ("0022 2112 3210 2121", "1302 3010 1210 2320", 1, 1),
]


def digits(text: str) -> Matrix:
    return [[int(u) for u in row] for row in text.split()]


@pytest.mark.parametrize(
    ("A", "B", "extreme", "pieces"), TIES, ids=[f"{len(A.split())}-{k}" for k, (A, *_) in enumerate(TIES)]
)
def test_game_with_ties(A: str, B: str, extreme: int, pieces: int) -> None:
    solved(digits(A), digits(B), extreme=extreme, pieces=pieces)


@pytest.mark.parametrize(("A", "B", "peer"), NOTHING)
def test_game_of_which_a_peer_returns_nothing(A: str, B: str, peer: str) -> None:
    truth = extreme_equilibria(digits(A), digits(B))
    found = solved(digits(A), digits(B), extreme=len(truth), pieces=len(components(truth)))
    assert len(found) > 0  # J. Nash (1951)


@pytest.mark.parametrize(("A", "B", "pieces"), TOO_LITTLE)
def test_game_of_which_a_peer_misses_a_component(A: str, B: str, pieces: int) -> None:
    truth = extreme_equilibria(digits(A), digits(B))
    solved(digits(A), digits(B), extreme=len(truth), pieces=pieces)


# -- generic games -----------------------------------------------------------------------------------------------------

LOST = [  # n, seed of default_rng(seed).random((2, n, n)), found by nashpy's support enumeration, all there are
    *((3, 35, 2, 3), (4, 13, 4, 5), (4, 16, 2, 3), (4, 18, 0, 1), (4, 25, 2, 3), (4, 26, 5, 7), (4, 28, 2, 3)),
    *((4, 34, 0, 1), (4, 43, 0, 1), (4, 50, 2, 3), (4, 56, 2, 3), (5, 5, 2, 3), (5, 9, 2, 3), (5, 10, 4, 5)),
    *((5, 13, 1, 3), (5, 14, 3, 5), (5, 17, 0, 1), (5, 21, 4, 5), (5, 22, 2, 3), (5, 23, 4, 5)),
    *((4, 12, 2, 3), (4, 54, 2, 3)),  # found by pygambit's enumpoly_solve
]


@pytest.mark.parametrize(("n", "seed", "peer", "count"), LOST)
def test_generic_game_of_which_a_peer_loses_equilibria(n: int, seed: int, peer: int, count: int) -> None:
    """Floats compared with ==: it then warns of degeneracy, which there is none of, because the number is even."""
    A, B = np.random.default_rng(seed).random((2, n, n)).tolist()
    found = solved(A, B, extreme=count, pieces=count)
    assert not found.degenerate
    assert len(found) % 2 == 1
    assert len(found) > peer


@pytest.mark.parametrize(("seed", "peer", "count"), [(0, 2, 7), (1, 0, 1), (2, 1, 7)])
def test_generic_integers_of_which_a_peer_loses_equilibria(seed: int, peer: int, count: int) -> None:
    """6×6, integers to 9999; the peer is nashpy's support enumeration."""
    A, B = np.random.default_rng(seed).integers(0, 10_000, (2, 6, 6)).tolist()
    assert len(solved(A, B, extreme=count, pieces=count)) > peer


@pytest.mark.parametrize(("n", "seed"), [(10, 1), (10, 8), (15, 2), (15, 3), (15, 7), (15, 6)])
def test_game_at_which_a_path_of_lemke_and_howson_does_not_end(n: int, seed: int) -> None:
    """nashpy's ``lemke_howson(0)`` does not return, and at the last game returns vectors of 13 with NaN among them."""
    A, B = np.random.default_rng(seed).random((2, n, n)).tolist()
    game = NormalFormGame.from_bimatrix(A, B)
    one = nash_equilibrium(game)
    assert largest_regret(A, B, *one.exact_profile) == 0
    assert read_certificate(json.dumps(one.certificate.to_dict())).verify(game)
    found = nash_equilibria(game, completeness="numerical")
    assert len(found) % 2 == 1
    assert all(largest_regret(A, B, *e.exact_profile) == 0 for e in found)
    assert [tuple(v) for v in one.exact_profile] in [[tuple(v) for v in e.exact_profile] for e in found]


# -- long numbers ------------------------------------------------------------------------------------------------------


def test_numbers_beyond_a_machine_word() -> None:
    """lrsnash 7.1 reads 2^64 as 2^63 − 1, and so solves another game; the mixed strategy gives it away."""
    A, B = [[2**64, 0], [0, 1]], [[3, 0], [0, 4]]
    found = solved(A, B, extreme=3, pieces=3)
    (mixed,) = (e for e in found if e.support == ((0, 1), (0, 1)))
    assert mixed.exact_profile[1][0] == F(1, 2**64 + 1)
    assert not is_read(A, B)
    assert str(2**64) in game_text(A, B)


@pytest.mark.skipif(PROGRAM is None, reason="lrsnash is not installed (Debian package lrslib)")
def test_lrsnash_agrees_where_it_reads_the_numbers() -> None:
    for A, B, *_ in [*NAMED.values(), *((digits(a), digits(b), 0, 0) for a, b, *_ in [*TIES, *NOTHING])]:
        if is_read(A, B):
            assert lrsnash_equilibria(A, B) == extreme_equilibria(A, B)


def test_colonel_blotto_with_four_battalions_on_three_fields() -> None:
    """15×15, highly degenerate: 36 extreme equilibria in one component, as lrsnash counts; the value is 0 by symmetry."""
    game = catalogue.colonel_blotto(troops=4, enemy_troops=4, num_fields=3)
    assert game.num_actions == (15, 15)
    found = nash_equilibria(game, completeness="numerical")
    assert (len(found), len(found.components)) == (36, 1)
    assert found.degenerate
    A, B = game.exact().payoffs.tolist()
    for e in found:
        assert largest_regret(A, B, *e.exact_profile) == 0
        assert e.payoffs == (0, 0)


# -- many players ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sizes", "seed", "peer"),
    [
        ((3,) * 6, 0, "pygambit: global Newton finds none"),
        ((3,) * 6, 2, "pygambit: global Newton finds none; simplicial subdivision does not end"),
        ((5,) * 3, 0, "pygambit: simplicial subdivision does not end"),
        ((10,) * 3, 0, "pygambit: Lyapunov minimisation and simplicial subdivision do not end"),
        ((3,) * 3, 0, "pygambit: Lyapunov minimisation misses its target"),
    ],
)
def test_game_of_many_players_at_which_a_peer_finds_none(sizes: tuple[int, ...], seed: int, peer: str) -> None:
    """One equilibrium with evidence: exact, or the one in a box. 'Does not end': not within six seconds."""
    game = NormalFormGame(np.random.default_rng(seed).random((len(sizes), *sizes)))
    e = nash_equilibrium(game)
    assert e.concept == "Nash"
    assert read_certificate(json.dumps(e.certificate.to_dict())).verify(game)
    regret = nash_regret(game, e.exact_profile)
    assert regret < F(1, 10**20) if isinstance(e.certificate, EnclosureCertificate) else regret == 0
