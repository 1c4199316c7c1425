"""From supports that are nearly right to those of an equilibrium, in integers: near ties that floats cannot tell apart.

A path in floats ends at a vertex x of {x ≥ 0, s = 1 − Nᵀx ≥ 0} and one of the other player's polytope that have all labels
between them, as far as floats can tell: with near ties, of copies of actions that differ by 10⁻¹⁰ say, some basic variables
are slightly negative when computed exactly. Let the right-hand sides depend on a number z,

    Nᵀx + s = 1 + z d,        so that the basic variables are        w = β + z γ,

with integers d for which they are all positive at a small z₀ > 0, and follow the equilibria of the perturbed games as z
falls to 0 (a path of C. E. Lemke 1965, *Bimatrix equilibrium points and mathematical programming*, Management Science 11,
681-689, that starts near its end): where a variable reaches 0 its complement enters on the other side, and what leaves
there enters here; z goes on down or turns. The path is short, as ties alone are settled on it; only the actions take part
that are played, or nearly best replies. It may lead back to z₀: then there is no answer. The caller checks what comes out.

Complexity: three linear systems in integers (python-flint) a turn, of the size of the supports: some 10 ms for 50 actions.
"""

from __future__ import annotations

import time
from fractions import Fraction
from typing import NamedTuple

import numpy as np
from flint import fmpz_mat

from gametheory.equilibria.label_search import positive_integers
from gametheory.equilibria.lemke_howson_floats import Floats, Supports
from gametheory.games.normal_form import NormalFormGame

__all__ = ["nearby_supports"]

NEAR = 1e-6
"""Slack up to which an action may be a best reply after all, and by which one may be better; payoffs are in [1, 2]."""

MAX_CONDITION = 1e8
"""Of the indifference conditions; floats say nothing about the solutions of worse ones."""

MAX_PLAYED = 120
"""Actions in a support; the systems take a tenth of a second then."""

SPARE, FACTOR = 10, 3
"""At most 10 actions more than 3 for each one played take part: in games of low rank all do, and the path is long."""

TURNS = 2
"""On the path for each action that takes part, at most."""

LEAST, FINE = 10**4, 10**12
"""Perturbations are 10⁻⁸ of what is usual, or what a basic variable lacks."""


class _Basis(NamedTuple):
    """Of one player's polytope: weights of ``own`` are basic, and the slacks of all replies but ``tight``."""

    own: list[int]
    tight: list[int]


class _Polytope(NamedTuple):
    """Positive integers N, a row for each action, and d."""

    table: list[list[int]]
    change: list[int]


class _Values(NamedTuple):
    """Numerators over one positive denominator, by action: of basic weights, then of basic slacks, under right-hand sides."""

    weights: dict[int, list[int]]
    slacks: dict[int, list[int]]
    denominator: int

    def items(self) -> list[tuple[tuple[bool, int], list[int]]]:
        """Each variable, own or a slack, with its numbers."""
        return [((True, i), v) for i, v in self.weights.items()] + [((False, j), v) for j, v in self.slacks.items()]


def nearby_supports(
    exact_game: NormalFormGame, tables: tuple[Floats, Floats], supports: Supports, deadline: float
) -> Supports | None:
    """The supports at the end of the path in integers that starts near these, for the tables of ``unit_payoffs``.

    ``None`` if these are not near an equilibrium, too many actions take part, or the path comes back.
    """
    takes_part = _contenders(tables, supports)
    if takes_part is None:
        return None
    rows, columns = takes_part
    A, B = exact_game.numerators[:, rows][:, :, columns].tolist()
    payoffs = positive_integers(B), positive_integers([list(column) for column in zip(*A, strict=True)])
    played = [rows.index(i) for i in supports[0]], [columns.index(j) for j in supports[1]]
    bases = [_Basis(played[0], played[1]), _Basis(played[1], played[0])]
    largest = max(max(map(max, N)) for N in payoffs)
    rng = np.random.default_rng(0)
    polytopes = []
    for N, basis in zip(payoffs, bases, strict=True):
        change = _change(N, basis, largest, rng)
        if change is None:
            return None
        polytopes.append(_Polytope(N, change))
    if not _followed(polytopes, bases, Fraction(1, FINE * largest), TURNS * (len(rows) + len(columns)), deadline):
        return None
    return sorted(rows[i] for i in bases[0].own), sorted(columns[j] for j in bases[1].own)


def _contenders(tables: tuple[Floats, Floats], supports: Supports) -> tuple[list[int], list[int]] | None:
    """The actions of both players that are played or nearly best replies; ``None`` if the supports are not nearly right."""
    size = len(supports[0])
    if not 0 < size <= MAX_PLAYED:
        return None
    result: list[list[int]] = [[], []]
    for side, N in enumerate(tables):
        own, replies = supports[side], supports[1 - side]
        system = N[np.ix_(own, replies)].T
        if np.linalg.cond(system) > MAX_CONDITION:
            return None
        weights = np.linalg.solve(system, np.ones(size))
        slacks = 1.0 - weights @ N[own]
        if min(weights.min(), slacks.min()) < -NEAR:
            return None
        result[1 - side] = sorted({*np.flatnonzero(slacks < NEAR).tolist(), *replies})
    return None if max(map(len, result)) > FACTOR * size + SPARE else (result[0], result[1])


def _values(N: list[list[int]], basis: _Basis, sides: list[list[int]]) -> _Values | None:
    """The basic variables for several right-hand sides, a number for each reply in every one; ``None`` without a solution."""
    own, tight = basis
    others = sorted(set(range(len(N[0]))).difference(tight))
    if not own:
        return _Values({}, {j: [side[j] for side in sides] for j in others}, 1)
    try:
        solution = fmpz_mat([[N[i][j] for i in own] for j in tight]).solve(
            fmpz_mat([[s[j] for s in sides] for j in tight])
        )
    except ZeroDivisionError:
        return None
    numerators, denominator = solution.numer_denom()
    slacks: dict[int, list[int]] = {}
    if others:
        right = fmpz_mat([[s[j] for s in sides] for j in others])
        rest = right * denominator - fmpz_mat([[N[i][j] for i in own] for j in others]) * numerators
        slacks = dict(zip(others, _integers(rest), strict=True))
    return _Values(dict(zip(own, _integers(numerators), strict=True)), slacks, int(denominator))


def _integers(matrix: fmpz_mat) -> list[list[int]]:
    return [[int(entry) for entry in row] for row in matrix.tolist()]


def _change(N: list[list[int]], basis: _Basis, largest: int, rng: np.random.Generator) -> list[int] | None:
    """Integers d for which all basic variables are positive at z = 1/(FINE · largest), generic ones."""
    values = _values(N, basis, [[1] * len(N[0])])
    if values is None:
        return None
    d = [0] * len(N[0])
    for (is_own, action), (beta,) in values.items():
        lacking = -beta * FINE * largest // values.denominator + 1
        gamma = max(lacking, LEAST if is_own else LEAST * largest) * int(rng.integers(10**6, 2 * 10**6)) // 10**6 + 1
        if is_own:
            d = [total + gamma * u for total, u in zip(d, N[action], strict=True)]
        else:
            d[action] += gamma
    return d


def _followed(
    polytopes: list[_Polytope], bases: list[_Basis], start: Fraction, max_turns: int, deadline: float
) -> bool:
    """Change the bases along the path from z = start to 0; False if it leads up to the start again, or is too long."""
    down, z = True, start
    for _ in range(max_turns):
        if time.monotonic() >= deadline:
            return False
        first = None
        for side, (polytope, basis) in enumerate(zip(polytopes, bases, strict=True)):
            values = _values(polytope.table, basis, [[1] * len(polytope.change), polytope.change])
            if values is None:
                return False
            for variable, (beta, gamma) in values.items():
                if beta < 0 < gamma if down else gamma < 0:  # where β + z γ = 0
                    top, bottom = abs(beta), abs(gamma)
                    if first is None or (top * first[1] - first[0] * bottom) * (1 if down else -1) > 0:
                        first = top, bottom, side, variable
        if first is None:
            return down
        z = Fraction(first[0], first[1])
        if z > start:
            return False
        side, leaving = first[2:]
        entered = _entered(polytopes[1 - side], bases[1 - side], (not leaving[0], leaving[1]), z)
        if entered is None:
            return False
        bases[1 - side], out = entered
        returning = not out[0], out[1]
        bases[side] = _exchanged(bases[side], returning, leaving)
        values = _values(polytopes[side].table, bases[side], [polytopes[side].change])
        if values is None:
            return False
        down = dict(values.items())[returning][0] < 0  # the variable that returned grows as z falls
    return False


def _entered(
    polytope: _Polytope, basis: _Basis, entering: tuple[bool, int], z: Fraction
) -> tuple[_Basis, tuple[bool, int]] | None:
    """The basis after a variable has entered, z being fixed, and the variable that has left."""
    is_own, action = entering
    N, change = polytope
    column = N[action] if is_own else [int(j == action) for j in range(len(change))]
    right = [z.denominator + z.numerator * d for d in change]
    values = _values(N, basis, [right, column])
    if values is None:
        return None
    out, top, bottom = None, 0, 1
    for variable, (value, fall) in values.items():
        if fall > 0 and (out is None or value * bottom < top * fall):
            out, top, bottom = variable, value, fall
    return None if out is None else (_exchanged(basis, entering, out), out)


def _exchanged(basis: _Basis, entering: tuple[bool, int], leaving: tuple[bool, int]) -> _Basis:
    own, tight = set(basis.own), set(basis.tight)
    for (is_own, action), enters in ((entering, True), (leaving, False)):
        changed = own if is_own else tight
        if is_own == enters:
            changed.add(action)
        else:
            changed.remove(action)
    return _Basis(sorted(own), sorted(tight))
