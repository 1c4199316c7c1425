"""Evolutionary stability against published games, the definition on many mutants, and theorems."""

from __future__ import annotations

import itertools
import random
from fractions import Fraction

import pytest

from gametheory.equilibria import nash_equilibria
from gametheory.equilibria.evolutionary_stability import evolutionarily_stable_strategies, is_evolutionarily_stable
from gametheory.errors import SpecificationError, UndecidedError, UnsupportedError
from gametheory.games.normal_form import NormalFormGame

F = Fraction


def u(A, x, y) -> Fraction:
    return sum((p * q * F(A[i][j]) for i, p in enumerate(x) for j, q in enumerate(y)), F(0))


def invades(A, x, y) -> bool:
    """The definition: y is not driven out by residents x."""
    if tuple(x) == tuple(y):
        return False
    first = u(A, x, x) - u(A, y, x)
    return first < 0 or (first == 0 and u(A, x, y) <= u(A, y, y))


def grid(m: int, steps: int):
    for cuts in itertools.combinations_with_replacement(range(m), steps):
        yield tuple(F(cuts.count(k), steps) for k in range(m))


def test_published_answers() -> None:
    # Hawk and dove, prize V = 2, injury C = 6 (Maynard Smith and Price 1973): hawk with probability V/C.
    assert evolutionarily_stable_strategies(NormalFormGame.symmetric([[-2, 2], [0, 1]])) == ((F(1, 3), F(2, 3)),)
    # Coordination: every pure strategy, never the mixture.
    assert evolutionarily_stable_strategies(NormalFormGame.symmetric([[2, 0], [0, 1]])) == ((F(1), F(0)), (F(0), F(1)))
    # Rock, paper, scissors: stable iff the winner gains more than the loser loses (Zeeman 1980).
    third = (F(1, 3),) * 3
    for win, expected in ((2, (third,)), (1, ()), (F(1, 2), ())):
        game = NormalFormGame.symmetric([[0, -1, win], [win, 0, -1], [-1, win, 0]])
        assert evolutionarily_stable_strategies(game) == expected
    # Repeated prisoner's dilemma, tit for tat and always cooperate earn the same: neither is stable.
    game = NormalFormGame.symmetric([[3, 3, 1], [3, 3, 0], [2, 5, 1]], actions=["tit for tat", "cooperate", "defect"])
    verdict = is_evolutionarily_stable(game, "tit for tat")
    assert (verdict.status, verdict.gain) == ("no", 0)


@pytest.mark.parametrize("seed", range(35))
def test_verdicts_agree_with_the_definition(seed: int) -> None:
    """Small integers: ties between best replies are common. "Yes" survives a grid of mutants; "no" has a true witness."""
    rng = random.Random(seed)
    m = rng.randint(2, 4)
    A = [[rng.randint(-2, 2) for _ in range(m)] for _ in range(m)]
    game = NormalFormGame.symmetric(A)
    stable = evolutionarily_stable_strategies(game)
    mutants = list(grid(m, 6))
    candidates = {x for member in nash_equilibria(game) for x in map(tuple, member.probabilities())} | set(grid(m, 2))
    for x in sorted(candidates | set(stable)):
        verdict = is_evolutionarily_stable(game, x)
        assert bool(verdict) == (x in stable)
        if verdict:
            near = [tuple((19 * p + q) / 20 for p, q in zip(x, y, strict=True)) for y in mutants]
            assert not any(invades(A, x, y) for y in (*mutants, *near))
        else:
            y = verdict.witness
            assert sum(y) == 1
            assert min(y) >= 0
            assert invades(A, x, y)
            first = u(A, y, x) - u(A, x, x)
            assert verdict.gain == (first if first > 0 else u(A, y, y) - u(A, x, y))


@pytest.mark.parametrize("seed", range(25))
def test_no_stable_support_lies_among_the_best_replies_of_another(seed: int) -> None:
    """Bishop and Cannings (1976); and a stable strategy is a symmetric equilibrium."""
    rng = random.Random(seed)
    A = [[rng.randint(-3, 3) for _ in range(5)] for _ in range(5)]
    stable = evolutionarily_stable_strategies(NormalFormGame.symmetric(A))
    for x in stable:
        replies = [u(A, [F(int(j == k)) for j in range(5)], x) for k in range(5)]
        assert all(replies[k] == max(replies) for k in range(5) if x[k])
        best = {k for k in range(5) if replies[k] == max(replies)}
        assert not any({k for k in range(5) if y[k]} <= best for y in stable if y != x)


def test_strict_copositivity_is_needed_not_positive_definiteness() -> None:
    """x = e_1 with M = [[1, 2], [2, 1]] on its two other best replies: indefinite, but strictly copositive."""
    A = [[0, 0, 0], [0, -1, -2], [0, -2, -1]]
    assert is_evolutionarily_stable(NormalFormGame.symmetric(A), 0)
    # M = [[1, −1], [−1, 1]] vanishes at (1, 1): a mutant that mixes both drifts in.
    A = [[0, 0, 0], [0, -1, 1], [0, 1, -1]]
    verdict = is_evolutionarily_stable(NormalFormGame.symmetric(A), 0)
    assert (verdict.status, verdict.gain, verdict.witness) == ("no", 0, (F(0), F(1, 2), F(1, 2)))
    # Horn's matrix is copositive and zero at (1, 1, 0, 0, 0); a little more everywhere makes it strictly copositive.
    horn = [[1, -1, 1, 1, -1], [-1, 1, -1, 1, 1], [1, -1, 1, -1, 1], [1, 1, -1, 1, -1], [-1, 1, 1, -1, 1]]
    for shift, stable in ((F(0), False), (F(1, 100), True), (F(-1, 100), False)):
        A = [[F(0)] * 6, *([F(0), *[-(entry + shift) for entry in row]] for row in horn)]
        assert bool(is_evolutionarily_stable(NormalFormGame.symmetric(A), 0)) == stable


def test_floats_are_answered_within_tolerance_or_exactly() -> None:
    game = NormalFormGame.symmetric([[-1.0, 2.0], [0.0, 1.25]])
    x = evolutionarily_stable_strategies(game)
    assert x == ((F(3, 7), F(4, 7)),)
    verdict = is_evolutionarily_stable(game, [3 / 7 + 1e-13, 4 / 7 - 1e-13])
    assert verdict.status == "within tolerance"
    with pytest.raises(UndecidedError):
        bool(verdict)
    assert is_evolutionarily_stable(NormalFormGame.symmetric([[0.3, 0.1], [0.1, 0.2]]), 0)


def test_refusals() -> None:
    with pytest.raises(SpecificationError, match="not symmetric at actions"):
        is_evolutionarily_stable(NormalFormGame.from_bimatrix([[1, 0], [0, 1]], [[1, 1], [0, 1]]), 0)
    with pytest.raises(SpecificationError, match="not symmetric"):
        is_evolutionarily_stable(NormalFormGame.zero_sum([[1, 0]]), 0)
    with pytest.raises(UnsupportedError, match="players"):
        evolutionarily_stable_strategies(NormalFormGame([[[[0]]], [[[0]]], [[[0]]]]))
    with pytest.raises(UnsupportedError, match="supports"):
        evolutionarily_stable_strategies(NormalFormGame.symmetric([[0] * 15] * 15))
