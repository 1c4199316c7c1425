"""Payoffs far from 0, tiny ones and near ties: equilibria are those of the rational game, whatever the scale.

A float is a rational number, so that the truth is that of the rational game; a solver that works in floats loses it where
payoffs differ in their last digits. Every answer here is measured by its exact regret, and compared with brute force.
"""

from __future__ import annotations

import itertools
import random
from fractions import Fraction

import pytest
from oracles.nash import extreme_equilibria, largest_regret

from gametheory.equilibria import iterate_nash_equilibria, nash_equilibria, nash_regret
from gametheory.games import NormalFormGame

Matrix = list[list[object]]
COMPLETENESS = ("certified", "numerical")


def integers(rng: random.Random, m: int, n: int, high: int) -> Matrix:
    return [[rng.randint(0, high) for _ in range(n)] for _ in range(m)]


def near(rng: random.Random, size: float):
    """What moves each payoff of integers by up to ``size``, in floats."""
    return lambda u: u + size * rng.randint(-4, 4)


CHANGES = {
    "shifted by 1e9": lambda rng: lambda u: u + 1e9,
    "scaled by 1e-9": lambda rng: lambda u: u * 1e-9,
    "shifted and scaled": lambda rng: lambda u: 1e9 + u * 2.0**-20,
    "near ties of 1e-10": lambda rng: near(rng, 1e-10),
    "near ties of one unit in the last place": lambda rng: near(rng, 2.0**-50),
    "very large": lambda rng: lambda u: (u - 1) * 1e300,
    "very small": lambda rng: lambda u: u * 1e-300,
    "large beside small": lambda rng: lambda u: u * rng.choice((1e-12, 1.0, 1e12)),
}


def pairs(equilibria) -> list[tuple[tuple[Fraction, ...], ...]]:
    return [tuple(tuple(v) for v in e.exact_profile) for e in equilibria]


def rationals(payoffs: Matrix) -> list[list[Fraction]]:
    return [[Fraction(u) for u in row] for row in payoffs]


def check(A: Matrix, B: Matrix) -> int:
    """Members, stream and indices against brute force on the rational game; how many equilibria there are."""
    game = NormalFormGame.from_bimatrix(A, B)
    exact_A, exact_B = rationals(A), rationals(B)
    truth = extreme_equilibria(exact_A, exact_B)
    for completeness in COMPLETENESS:
        equilibria = nash_equilibria(game, completeness=completeness)
        assert sorted(pairs(equilibria)) == truth
        assert sum(equilibria.indices) == 1
    assert sorted(pairs(iterate_nash_equilibria(game, search="floats"))) == truth
    for pair in truth:
        assert largest_regret(exact_A, exact_B, *pair) == 0
    assert all(nash_regret(game, e.exact_profile) == 0 for e in equilibria)
    assert all(e.certificate.verify() for e in equilibria)
    return len(truth)


@pytest.mark.parametrize("change", CHANGES)
def test_scales_against_brute_force(change: str) -> None:
    rng = random.Random(change)
    count = 0
    for _ in range(12):
        m, n, high = rng.randint(2, 4), rng.randint(2, 4), rng.choice((1, 3, 1000))
        games = (integers(rng, m, n, high), integers(rng, m, n, high))
        move = CHANGES[change](rng)
        A, B = ([[move(float(u)) for u in row] for row in payoffs] for payoffs in games)
        count += check(A, B)
    assert count >= 12


@pytest.mark.slow
@pytest.mark.parametrize("change", CHANGES)
def test_many_games_of_each_scale_against_brute_force(change: str) -> None:
    rng = random.Random(f"many, {change}")
    for _ in range(150):
        m, n, high = rng.randint(2, 5), rng.randint(2, 5), rng.choice((1, 3, 9, 1000))
        games = (integers(rng, m, n, high), integers(rng, m, n, high))
        move = CHANGES[change](rng)
        check(*([[move(float(u)) for u in row] for row in payoffs] for payoffs in games))


@pytest.mark.parametrize("completeness", COMPLETENESS)
def test_exact_affine_changes_leave_members_components_and_indices(completeness: str) -> None:
    """Each player's payoffs times a positive rational plus a constant: the same equilibria, to the last digit."""
    rng = random.Random(4)
    scales = (Fraction(1), Fraction(1, 10**9), Fraction(10**9), Fraction(7, 3), Fraction(1, 10**40))
    shifts = (Fraction(0), Fraction(10**9), Fraction(-(10**30)), Fraction(1, 3))
    for k, (s, t) in enumerate(itertools.product(scales, shifts)):
        m, n = rng.randint(3, 6), rng.randint(3, 6)
        A, B = integers(rng, m, n, (2, 1000)[k % 2]), integers(rng, m, n, (2, 1000)[k % 2])
        original = nash_equilibria(NormalFormGame.from_bimatrix(A, B), completeness=completeness)
        changed = nash_equilibria(
            NormalFormGame.from_bimatrix(
                [[s * u + t for u in row] for row in A], [[u / s - t for u in row] for row in B]
            ),
            completeness=completeness,
        )
        assert changed.ne_lines() == original.ne_lines()
        assert changed.components == original.components
        assert changed.indices == original.indices


def test_floats_that_are_affine_images_have_the_same_members() -> None:
    """Integers plus 1e9 are floats without rounding, as is a power of two times them: the same rational equilibria."""
    rng = random.Random(5)
    for _ in range(12):
        m, n = rng.randint(3, 7), rng.randint(3, 7)
        A, B = integers(rng, m, n, 3), integers(rng, m, n, 50)
        original = nash_equilibria(NormalFormGame.from_bimatrix(A, B))
        for move in (lambda u: u + 1e9, lambda u: u * 2.0**-30, lambda u: 1e9 - 2.0**-20 + u * 2.0**-20):
            floats = [[[move(float(u)) for u in row] for row in payoffs] for payoffs in (A, B)]
            for completeness in COMPLETENESS:
                changed = nash_equilibria(NormalFormGame.from_bimatrix(*floats), completeness=completeness)
                assert changed.ne_lines(12) == original.ne_lines(12)
                assert pairs(changed) == pairs(original)


def test_a_near_tie_is_no_tie() -> None:
    """With 1e-10 in place of 0 the second action is weakly better or worse, and the equilibria change as they must."""
    for gap, count in ((0.0, 2), (1e-10, 3), (-1e-10, 1)):
        A = [[1.0, 0.0], [0.0, gap]]
        game = NormalFormGame.from_bimatrix(A, A)
        for completeness in COMPLETENESS:
            equilibria = nash_equilibria(game, completeness=completeness)
            assert len(equilibria) == count
            assert equilibria.degenerate == (gap == 0.0)
        check(A, A)
