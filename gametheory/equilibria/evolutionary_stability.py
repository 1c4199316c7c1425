"""Evolutionary stability in symmetric two-player games, decided exactly.

In a symmetric game with own payoffs A, u(x, y) = xᵀA y, a strategy x is evolutionarily stable iff for every other strategy y

    u(x, x) > u(y, x),   or   u(x, x) = u(y, x) and u(x, y) > u(y, y):

a small share of mutants who play y does worse than the residents (J. Maynard Smith and G. R. Price 1973). Hence (x, x) is a
Nash equilibrium, and with S the support of x and B ⊇ S its pure best replies,

    zᵀA z < 0   for every z ≠ 0 with Σ z = 0, z = 0 outside B and z ≥ 0 on B \\ S.

Eliminating one coordinate of S leaves a quadratic form that must be positive definite in the others of S, and whose Schur
complement must be strictly copositive on B \\ S (J. Haigh 1975; A. Abakuks 1980). Both are decided in rationals: by pivots, and
by one linear system for each subset of B \\ S. Each failure gives a mutant y.

References: J. Maynard Smith and G. R. Price (1973), *The logic of animal conflict*, Nature 246; J. Haigh (1975), *Game
theory and evolution*, Advances in Applied Probability 7; A. Abakuks (1980), *Conditions for evolutionarily stable
strategies*, J. Applied Probability 17; K. P. Hadeler (1983), *On copositive matrices*, Linear Algebra and its
Applications 49.
Complexity: 2^k systems for the k actions of B \\ S, and 2^m supports for all strategies; beyond 14 it is refused.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from gametheory.arithmetic import DEFAULT_TOLERANCE, Verdict
from gametheory.errors import SpecificationError, UnsupportedError
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.profiles import exact_mixed_profile, mixed_profile

__all__ = [
    "MAX_ACTIONS",
    "equalising",
    "evolutionarily_stable_strategies",
    "is_evolutionarily_stable",
    "symmetric_payoffs",
]

Matrix = list[list[Fraction]]
Vector = list[Fraction]
Strategy = tuple[Fraction, ...]

MAX_ACTIONS = 14
"""Largest number of actions whose subsets (16,384) are gone through, each with one exact linear system."""


def is_evolutionarily_stable(game: NormalFormGame, strategy: Any) -> Verdict:
    """Whether a strategy of a symmetric two-player game is evolutionarily stable, decided exactly.

    Parameters
    ----------
    game : NormalFormGame
        Two players, payoffs symmetric: u_2(a, b) = u_1(b, a).
    strategy : int, str or vector of m probabilities
        An action, or a mixed strategy; floats count as the rationals that they are, divided by their sum.

    Returns
    -------
    Verdict
        If no, ``.witness`` is a mutant y as a tuple of fractions, and ``.gain`` what it gains: u(y, x) − u(x, x) if that is
        positive (x is no best reply to itself), else u(y, y) − u(x, y) ≥ 0 among mutants. In a game of floats, or for a
        strategy of floats, a positive gain below 1e-9 of the payoff span is "within tolerance"; strict is strict in the
        rationals that the floats are.

    Raises
    ------
    SpecificationError
        If the game is not symmetric.
    UnsupportedError
        If it has not two players, or more than 14 unused best replies.

    Examples
    --------
    Hawk and dove with prize 2 and injury 4 (Maynard Smith and Price 1973): half of each.

    >>> game = NormalFormGame.symmetric([[-1, 2], [0, 1]], actions=["hawk", "dove"])
    >>> is_evolutionarily_stable(game, ["1/2", "1/2"])
    Verdict(yes, gain=0)
    >>> is_evolutionarily_stable(game, "dove")
    Verdict(no, gain=1, witness=(Fraction(1, 1), Fraction(0, 1)))
    """
    payoffs = symmetric_payoffs(game)
    (x, _) = exact_mixed_profile(game, (strategy, strategy))
    gain, mutant = _invader(payoffs, list(x))
    floats = game.arithmetic == "float" or mixed_profile(game, (strategy, strategy))[0].dtype != object
    question = "is it evolutionarily stable?"
    if mutant is None:
        return Verdict("yes", Fraction(0), None, question)
    doubtful = floats and 0 < gain <= DEFAULT_TOLERANCE * game.payoff_span(0)
    return Verdict("within tolerance" if doubtful else "no", gain, mutant, question)


def evolutionarily_stable_strategies(game: NormalFormGame) -> tuple[Strategy, ...]:
    """All evolutionarily stable strategies of a symmetric two-player game, exact, the first action first.

    Each is the only symmetric equilibrium with its support, so that one linear system for each support finds all of them;
    there may be none. For a game of floats the strategies are those of ``game.exact()``.

    Parameters
    ----------
    game : NormalFormGame
        Symmetric, with two players and at most 14 actions.

    Returns
    -------
    tuple of tuples of Fraction
        The probabilities of each, in decreasing lexicographic order; empty if there is none.

    Raises
    ------
    SpecificationError
        If the game is not symmetric.
    UnsupportedError
        If it has not two players, or more than 14 actions.

    Examples
    --------
    >>> game = NormalFormGame.symmetric([[-1, 2], [0, 1]], actions=["hawk", "dove"])
    >>> evolutionarily_stable_strategies(game)
    ((Fraction(1, 2), Fraction(1, 2)),)

    Rock, paper, scissors has none: its equilibrium drifts.

    >>> evolutionarily_stable_strategies(NormalFormGame.symmetric([[0, -1, 1], [1, 0, -1], [-1, 1, 0]]))
    ()
    """
    payoffs = symmetric_payoffs(game)
    m = len(payoffs)
    if m > MAX_ACTIONS:
        raise UnsupportedError(
            f"game: found {m} actions, so 2^{m} supports; up to {MAX_ACTIONS} are gone through: test one strategy with "
            "is_evolutionarily_stable instead"
        )
    found = []
    for size in range(1, m + 1):
        for support in itertools.combinations(range(m), size):
            x = equalising(payoffs, support)
            if x is not None and _invader(payoffs, x)[1] is None:
                found.append(tuple(x))
    return tuple(sorted(found, reverse=True))


def symmetric_payoffs(game: NormalFormGame) -> Matrix:
    """The own payoffs A of a symmetric two-player game, in fractions; anything else is refused."""
    if game.arithmetic == "symbolic":
        raise UnsupportedError("the payoffs have free symbols, so the answer depends on them; substitute values first")
    if game.num_players != 2:
        raise UnsupportedError(f"game: found {game.num_players} players, where a symmetric game of 2 players is needed")
    first, second = game.numerators
    if first.shape != second.T.shape or not bool(np.all(first == second.T)):
        where = ""
        if first.shape == second.T.shape:
            a, b = (int(k) for k in np.argwhere(first != second.T)[0])
            where = f" at actions ({a}, {b})"
        raise SpecificationError(
            f"payoffs: the game is not symmetric{where}; u_2(a, b) must be u_1(b, a), as in NormalFormGame.symmetric(A)"
        )
    return [list(row) for row in game.exact().payoffs[0]]


def _against(payoffs: Matrix, y: Vector) -> Vector:
    return [sum((a * q for a, q in zip(row, y, strict=True) if q), Fraction(0)) for row in payoffs]


def _dot(x: Sequence[Fraction], y: Sequence[Fraction]) -> Fraction:
    return sum((a * b for a, b in zip(x, y, strict=True)), Fraction(0))


def _invader(payoffs: Matrix, x: Vector) -> tuple[Fraction, Strategy | None]:
    """A mutant that residents x do not drive out, with its gain; ``(0, None)`` if x is evolutionarily stable."""
    m = len(x)
    options = _against(payoffs, x)
    best = max(range(m), key=options.__getitem__)
    regret = options[best] - _dot(x, options)
    if regret > 0:
        return regret, tuple(Fraction(int(k == best)) for k in range(m))
    support = [k for k in range(m) if x[k] > 0]
    unused = [k for k in range(m) if x[k] == 0 and options[k] == options[best]]
    if len(unused) > MAX_ACTIONS:
        raise UnsupportedError(
            f"strategy: found {len(unused)} best replies that it does not use; subsets of up to {MAX_ACTIONS} are gone through"
        )
    pivot, *free = support
    order = [*free, *unused]

    def form(j: int, k: int) -> Fraction:  # −zᵀAz for z = Σ_j z_j (e_j − e_pivot), made symmetric
        value = payoffs[j][pivot] + payoffs[pivot][k] - payoffs[j][k] - payoffs[pivot][pivot]
        other = payoffs[k][pivot] + payoffs[pivot][j] - payoffs[k][j] - payoffs[pivot][pivot]
        return (value + other) / 2

    direction = _nonpositive_direction([[form(j, k) for k in order] for j in order], len(free))
    if direction is None:
        return Fraction(0), None
    z = [Fraction(0)] * m
    for k, value in zip(order, direction, strict=True):
        z[k] = value
    z[pivot] = -sum(direction, Fraction(0))
    step = min((x[k] / -z[k] for k in range(m) if z[k] < 0), default=Fraction(1))
    mutant = [a + step * b for a, b in zip(x, z, strict=True)]
    replies = _against(payoffs, mutant)
    gain = _dot(mutant, replies) - _dot(x, replies)
    assert gain >= 0
    assert _dot(mutant, options) == options[best]
    return gain, tuple(mutant)


def _nonpositive_direction(form: Matrix, num_free: int) -> Vector | None:
    """z ≠ 0 with zᵀQz ≤ 0 and z ≥ 0 beyond the first ``num_free`` coordinates, or ``None`` if there is none."""
    size = len(form)
    rest = [row[:] for row in form]  # after elimination of the coordinates before: the least value given the later ones
    for r in range(num_free):
        if rest[r][r] <= 0:
            head = _solve([row[:r] for row in form[:r]], [-form[k][r] for k in range(r)]) if r else []
            assert head is not None
            return [*head, Fraction(1), *[Fraction(0)] * (size - r - 1)]
        for j in range(r + 1, size):
            factor = rest[j][r] / rest[r][r]
            rest[j] = [a - factor * b for a, b in zip(rest[j], rest[r], strict=True)]
    tail = _nonnegative_direction([row[num_free:] for row in rest[num_free:]])
    if tail is None:
        return None
    if not num_free:
        return tail
    right = [-sum((q * t for q, t in zip(form[k][num_free:], tail, strict=True)), Fraction(0)) for k in range(num_free)]
    head = _solve([row[:num_free] for row in form[:num_free]], right)
    assert head is not None
    return [*head, *tail]


def _nonnegative_direction(form: Matrix) -> Vector | None:
    """z ≥ 0, z ≠ 0, with zᵀMz ≤ 0, or ``None`` if M is strictly copositive.

    Subsets T in order of size: if every smaller face is strictly positive and the face of T is not, the least value on the
    simplex of T is at an interior point z with M_TT z = λ 1 and λ ≤ 0; M_TT is then nonsingular (λ < 0) or has a kernel of
    dimension one (λ = 0), for along any other kernel vector one would reach a smaller face at the same value.
    """
    size = len(form)
    for count in range(1, size + 1):
        for face in itertools.combinations(range(size), count):
            block = [[form[j][k] for k in face] for j in face]
            z = _solve(block, [Fraction(-1)] * count)
            if z is None:
                z = _kernel_vector(block)
                if z is not None and z[0] < 0:
                    z = [-value for value in z]
            if z is not None and min(z) > 0:
                total = sum(z, Fraction(0))
                result = [Fraction(0)] * size
                for k, value in zip(face, z, strict=True):
                    result[k] = value / total
                return result
    return None


def equalising(payoffs: Matrix, support: tuple[int, ...]) -> Vector | None:
    """The strategy of full ``support`` against which all actions in it earn the same, if there is exactly one."""
    size = len(support)
    rows = [[*[payoffs[j][k] for k in support], Fraction(-1)] for j in support]
    rows.append([*[Fraction(1)] * size, Fraction(0)])
    solution = _solve(rows, [*[Fraction(0)] * size, Fraction(1)])
    if solution is None or min(solution[:size]) <= 0:
        return None
    x = [Fraction(0)] * len(payoffs)
    for k, value in zip(support, solution, strict=False):
        x[k] = value
    return x


def _reduced(rows: Matrix, columns: int) -> tuple[Matrix, list[int]]:
    """Reduced row echelon form over the first ``columns`` columns, and its pivot columns."""
    rows = [row[:] for row in rows]
    pivots: list[int] = []
    for column in range(columns):
        r = len(pivots)
        pivot = next((j for j in range(r, len(rows)) if rows[j][column] != 0), None)
        if pivot is None:
            continue
        rows[r], rows[pivot] = rows[pivot], rows[r]
        lead = rows[r][column]
        rows[r] = [value / lead for value in rows[r]]
        for j, row in enumerate(rows):
            if j != r and row[column] != 0:
                rows[j] = [a - row[column] * b for a, b in zip(row, rows[r], strict=True)]
        pivots.append(column)
    return rows, pivots


def _solve(matrix: Matrix, right: Vector) -> Vector | None:
    """The solution of a square system, or ``None`` if the matrix is singular."""
    size = len(matrix)
    rows, pivots = _reduced([[*row, value] for row, value in zip(matrix, right, strict=True)], size)
    return [row[size] for row in rows] if len(pivots) == size else None


def _kernel_vector(matrix: Matrix) -> Vector | None:
    """A vector that spans the kernel, or ``None`` if its dimension is not one."""
    size = len(matrix)
    rows, pivots = _reduced(matrix, size)
    if len(pivots) != size - 1:
        return None
    (free,) = set(range(size)) - set(pivots)
    vector = [Fraction(0)] * size
    vector[free] = Fraction(1)
    for row, pivot in zip(rows, pivots, strict=False):
        vector[pivot] = -row[free]
    return vector
