"""All eighteen games of the Gambit project's collection at hand, each with the truth from elsewhere.

Two players: brute force in rationals finds the same extreme equilibria and components, and the numbers are those of
pygambit 17.0.0b2 (``enummixed_solve(rational=True)``) and of lrsnash 7.1. Three and four players: the points below are
pygambit's (``enumpoly_solve``), or follow from a few lines of algebra.
"""

from __future__ import annotations

import itertools
import json
from fractions import Fraction
from pathlib import Path

import pytest
from oracles.multiplayer import DegenerateError, two_by_two_by_two
from oracles.nash import components, extreme_equilibria, is_generic_at

from gametheory.certificates import read_certificate
from gametheory.equilibria import EquilibriumSet, nash_equilibria
from gametheory.games import NormalFormGame, read_game

F = Fraction

TWO_PLAYERS = {  # extreme equilibria (pygambit, lrsnash) and components (brute force)
    "6x6_game_with_75_eq": (75, 75),
    "8x8": (5, 5),
    "coordination_4x4_outcome": (15, 15),
    "coordination_4x4_payoff": (15, 15),
    "deg1": (6, 1),
    "e04": (3, 2),
    "fig2": (3, 3),
    "oneill": (1, 1),
    "perfect1": (9, 2),
    "todd1": (5, 5),
    "winkels": (12, 1),
    "zero": (4, 1),
}

# Probabilities of all actions but the last, player after player, from pygambit's enumpoly_solve.
MORE_PLAYERS: dict[str, tuple[int, list[tuple[float, ...]]]] = {
    "2x2x2": (
        9,
        [
            *((1, 1, 1), (1, 0, 0), (0, 1, 0), (0, 0, 1)),
            *((1 / 2, 1 / 2, 1), (1 / 3, 1, 1 / 4), (0, 1 / 4, 1 / 3)),
            *((1 / 2, 2 / 5, 1 / 4), (2 / 5, 1 / 2, 1 / 3)),
        ],
    ),
    "2x2x2x2": (3, [(1, 1, 1, 0), (0, 1, 0, 1), (0.10038188761593017, 0, 0, 0.2699319727891157)]),
    # pygambit finds four of the five that the file's title counts.
    "3x3x3": (
        5,
        [
            *((1, 0, 0, 1, 1, 0), (0, 1, 0, 0, 0, 0)),
            (0.3481152993348115, 0.6518847006651884, 0, 0.5422077922077922, 0, 0),
            (0.49303820064262766, 0.5069617993573723, 0, 1, 0, 0.05307735742518351),
        ],
    ),
    "sec4": (1, [(0.6192325794725538, 0.47980422267760525, 0.3788253360656313)]),
    # All agree, all differ, or all mix evenly over the same two or three actions.
    "coord333": (
        13,
        [
            *(tuple(float(a == k) for a in profile for k in (0, 1)) for profile in [(0, 0, 0), (1, 1, 1), (2, 2, 2)]),
            *(tuple(float(a == k) for a in profile for k in (0, 1)) for profile in itertools.permutations(range(3))),
            *((1 / 2, 1 / 2) * 3, (1 / 2, 0) * 3, (0, 1 / 2) * 3, (1 / 3, 1 / 3) * 3),
        ],
    ),
}


def load(folder: Path, name: str) -> NormalFormGame:
    return read_game(folder / "gambit-games" / f"{name}.nfg")


def coordinates(equilibria: EquilibriumSet) -> list[tuple[float, ...]]:
    return [tuple(float(p) for v in e.exact_profile for p in v[:-1]) for e in equilibria]


def evidence_holds(equilibria: EquilibriumSet) -> bool:
    """Read back from text: the evidence of each member, and that nothing is missing."""
    written = [e.certificate for e in equilibria]
    if equilibria.certificate is not None:
        written.append(equilibria.certificate)
    return all(read_certificate(json.dumps(c.to_dict())).verify(equilibria.game) for c in written)


def test_every_file_has_its_truth(data_folder: Path) -> None:
    files = {path.stem for path in (data_folder / "gambit-games").glob("*.nfg")}
    assert files == {*TWO_PLAYERS, *MORE_PLAYERS, "sec5"}
    assert len(files) == 18


@pytest.mark.parametrize("name", TWO_PLAYERS)
def test_two_players(data_folder: Path, name: str) -> None:
    game = load(data_folder, name)
    found = nash_equilibria(game)
    A, B = game.exact().payoffs.tolist()
    truth = extreme_equilibria(A, B)
    mine = [tuple(tuple(v) for v in e.exact_profile) for e in found]
    assert sorted(mine) == truth
    assert {frozenset(mine[k] for k in members) for members in found.components} == components(truth)
    assert (len(found), len(found.components)) == TWO_PLAYERS[name]
    assert found.completeness == "certified"
    assert found.degenerate == (not all(is_generic_at(A, B, *pair) for pair in truth)) == (name in DEGENERATE)
    assert evidence_holds(found)


DEGENERATE = ("deg1", "e04", "perfect1", "winkels", "zero")


@pytest.mark.parametrize("name", MORE_PLAYERS)
def test_three_and_four_players(data_folder: Path, name: str) -> None:
    game = load(data_folder, name)
    count, points = MORE_PLAYERS[name]
    found = nash_equilibria(game)
    assert len(found) == count == len(found.components)
    assert found.completeness == "certified"
    assert evidence_holds(found)
    mine = coordinates(found)
    for point in points:
        near = [row for row in mine if max(abs(a - b) for a, b in zip(row, point, strict=True)) < 1e-9]
        assert len(near) == 1, point
    assert len(points) == count - (name == "3x3x3")


def test_the_fifth_equilibrium_of_3x3x3_leaves_no_gain(data_folder: Path) -> None:
    """The one that another library does not list: expected payoffs from the definition, in fractions."""
    game = load(data_folder, "3x3x3")
    listed = MORE_PLAYERS["3x3x3"][1]
    found = nash_equilibria(game)
    (fifth,) = (
        e
        for e, row in zip(found, coordinates(found), strict=True)
        if all(max(abs(a - b) for a, b in zip(row, point, strict=True)) > 1e-3 for point in listed)
    )
    exact = game.exact()
    profile = fifth.exact_profile
    for i in range(3):
        payoffs = [F(0)] * 3
        for a in itertools.product(range(3), repeat=3):
            weight = F(1)
            for j in range(3):
                weight *= F(1) if j == i else profile[j][a[j]]
            payoffs[a[i]] += weight * F(exact.payoff(*a)[i])
        played = [payoffs[k] for k in range(3) if profile[i][k] > 0]
        assert len(played) == 2
        assert max(payoffs) - min(played) < F(1, 10**20)
        assert min(payoffs) < min(played) - F(1, 10)


def test_elimination_in_closed_form_counts_as_many(data_folder: Path) -> None:
    checked = 0
    for name in ("2x2x2", "sec4"):
        game = load(data_folder, name).exact()
        tables = [{a: F(game.payoff(*a)[i]) for a in itertools.product((0, 1), repeat=3)} for i in range(3)]
        try:
            truth = two_by_two_by_two(tables)
        except DegenerateError:
            continue
        assert len(truth) == MORE_PLAYERS[name][0]
        checked += 1
    assert checked


# -- a continuum -------------------------------------------------------------------------------------------------------


def gains(p: Fraction, q: Fraction, r: Fraction) -> Fraction:
    """The largest gain in the game ``sec5``; p, q, r are the probabilities of Top, Left and 1, written out by hand.

    u₁(Top) = q(1 − r), u₁(Bottom) = 3qr, u₂(Left) = p(1 − r), u₂(Right) = 3pr, u₃(1) = 2pq, u₃(2) = 3(1 − p)(1 − q).
    """
    pairs = [(q * (1 - r), 3 * q * r, p), (p * (1 - r), 3 * p * r, q), (2 * p * q, 3 * (1 - p) * (1 - q), r)]
    return max(max(one, two) - own * one - (1 - own) * two for one, two, own in pairs)


def test_a_game_with_a_continuum_is_bracketed(data_folder: Path) -> None:
    """R. F. Nau, S. Gomez Canovas and P. Hansen (2004), section 5.

    With r strictly between 0 and 1 player 3 is indifferent: 2pq = 3(1 − p)(1 − q). If p and q lie between too, r = 1/4,
    which leaves the curve q = 3(1 − p)/(3 − p). Else (p, q) is (1, 0) or (0, 1), and r ≥ 1/4 keeps the others from
    moving. With r = 1 both ends remain, with r = 0 only p = q = 0. So there are two components: the curve with a segment
    at each end, and the point (Bottom, Right, 2). What is found is bracketed between members, which are equilibria, and
    members and undecided boxes, which hold all equilibria.
    """
    found = nash_equilibria(load(data_folder, "sec5"))
    assert found.completeness == "numerical"
    assert found.certificate is None
    assert found.degenerate
    assert evidence_holds(found)
    members = [tuple(v[0] for v in e.exact_profile) for e in found]
    for p, q, r in members:
        assert gains(p, q, r) == 0
        on_segment = (p, q) in {(1, 0), (0, 1)} and r >= F(1, 4)
        on_curve = r == F(1, 4) and q == 3 * (1 - p) / (3 - p)
        assert on_segment or on_curve or (p, q, r) == (0, 0, 0)
    assert {(1, 0, 1), (0, 1, 1), (0, 0, 0)} <= set(members)  # the pure ones
    assert {support for support, _ in found.undecided} == {
        ((0,), (1,), (0, 1)),
        ((1,), (0,), (0, 1)),
        ((0, 1), (0, 1), (0, 1)),
    }
    curve = [(p, 3 * (1 - p) / (3 - p), F(1, 4)) for p in (F(k, 40) for k in range(1, 40))]
    segments = [(F(end), F(1 - end), F(k, 40)) for end in (0, 1) for k in range(10, 40)]
    for point in curve + segments:
        assert gains(*point) == 0
        assert any(inside(point, support, box) for support, box in found.undecided), point
    for end in (0, 1):  # the boxes of the segments leave out most of what is no equilibrium
        assert gains(F(end), F(1 - end), F(1, 5)) > 0
        assert not any(inside((F(end), F(1 - end), F(1, 5)), *pair) for pair in found.undecided)


def inside(point: tuple[Fraction, ...], support: tuple[tuple[int, ...], ...], box: object) -> bool:
    """Whether the point has this support and lies in the box."""
    for first, own, bounds in zip(point, support, box, strict=True):
        full = {0: first, 1: 1 - first}
        if tuple(k for k in (0, 1) if full[k] > 0) != tuple(own):
            return False
        if not all(low <= full[k] <= high for k, (low, high) in zip(own, bounds, strict=True)):
            return False
    return True
