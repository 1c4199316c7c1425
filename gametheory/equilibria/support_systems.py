"""Equilibria with a given support: Newton's method in floats, and from floats to theorems.

With support S_0 × … × S_{n−1}, S_i = {a_i, …}, the probabilities of an equilibrium solve as many polynomial equations
as there are unknowns (the head of :mod:`gametheory.certificates.enclosures` writes them out):

    u_i(a, σ_{−i}) = u_i(a_i, σ_{−i})  for a ∈ S_i \\ {a_i},       Σ_{a ∈ S_i} σ_i(a) = 1.

:func:`solved_support` solves them in floats, :func:`certified` turns the solution into an equilibrium with evidence:

* exact rationals and no gain from deviating, where at most two players mix (linear equations) or the solution is seen
  to be rational;
* a box that provably holds one equilibrium, and none other with that support, where the equations are regular;
* else the largest gain from deviating, exact: an epsilon-Nash equilibrium.

Complexity: a linear system of size Σ |S_i| for a Newton step; certifying costs as much in integers of some 200 bits.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from gametheory.certificates.deviations import DeviationCertificate
from gametheory.certificates.enclosures import EnclosureCertificate, indifference_equations
from gametheory.certificates.gains import StatusQuo
from gametheory.certificates.multiplayer_completeness import payoff_exponents
from gametheory.equilibria.equilibrium import Equilibrium
from gametheory.equilibria.logit_path import payoff_slopes, payoff_tables
from gametheory.errors import CertificateError
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.profiles import contract, regrets

__all__ = [
    "SupportSolution",
    "certified",
    "enclosure_of",
    "epsilon_equilibrium",
    "full_vectors",
    "is_float_equilibrium",
    "linearised_support",
    "normalised_payoffs",
    "solved_support",
]

Array = NDArray[Any]
Support = tuple[tuple[int, ...], ...]

ADVANTAGE = 1e-9
"""In floats an action outside the support may look better by this share of the span: the certificate decides."""

PRECISIONS = (96, 192, 384)
"""Binary places of the centre of a box, tried in turn."""

LARGEST_DENOMINATOR = 2**36
"""A probability that agrees to 90 binary places with a fraction of a denominator up to this is tried as that fraction."""


@final
@dataclass(frozen=True, slots=True, eq=False)
class SupportSolution:
    """A solution in floats of the equations of a support: a vector for each player, over the actions of its support."""

    support: Support
    parts: tuple[Array, ...]
    inverse: Array | None
    """Inverse of the Jacobian, in the units of :func:`normalised_payoffs`; ``None`` where that is nearly singular."""


def normalised_payoffs(exact_game: NormalFormGame) -> Array:
    """Payoffs as floats from 0, over the least power of two above the player's span (1 at most, above 1/2 unless 0).

    Differences of exact payoffs are rounded once, so that a large constant in all payoffs costs no digits.
    """
    result = np.empty(exact_game.numerators.shape)
    for own, target, exponent in zip(exact_game.numerators, result, payoff_exponents(exact_game), strict=True):
        shifted = own - own.min()
        if shifted.dtype == object:
            target.reshape(-1)[:] = [int(x) / 2**exponent for x in shifted.flat]
        else:
            target[:] = np.ldexp(shifted.astype(float), -exponent)
    return result


def linearised_support(payoffs: Array, sizes: Sequence[int], x: Array, tables: Any) -> tuple[Array, Array]:
    """F and its Jacobian at x for a game in which every action is in the support; the sum comes first for each player."""
    u, slopes = payoff_slopes(tables, x)
    values, jacobian = np.empty(len(x)), np.empty((len(x), len(x)))
    start = 0
    for m in sizes:
        end = start + m
        values[start + 1 : end] = u[start + 1 : end] - u[start]
        jacobian[start + 1 : end] = slopes[start + 1 : end] - slopes[start]
        values[start] = x[start:end].sum() - 1.0
        jacobian[start] = 0.0
        jacobian[start, start:end] = 1.0
        start = end
    return values, jacobian


def solved_support(
    payoffs: Array, support: Support, start: Sequence[Array], *, rounds: int = 40, longest: float = 1e6
) -> SupportSolution | None:
    """Newton's method from ``start`` (a vector for each player over its support); ``None`` if it does not settle.

    Given up after ``rounds`` steps or one that changes a probability by more than ``longest``.

    Where the Jacobian is singular the step is the shortest least-squares one, so that Newton's method also finds points
    of solution sets of higher dimension. The solution may have negative entries.
    """
    restricted = payoffs[np.ix_(range(len(payoffs)), *support)]
    sizes = [len(own) for own in support]
    tables = payoff_tables(restricted)
    x = np.concatenate([np.asarray(part, dtype=float) for part in start])
    last = np.inf
    for _ in range(rounds):
        values, jacobian = linearised_support(restricted, sizes, x, tables)
        step = _newton_step(jacobian, values)
        size = float(np.abs(step).max())
        if not np.isfinite(size) or size > longest:
            return None
        x = x - step
        if size < 1e-14 or (size < 1e-9 and size >= last / 2):
            break
        last = size
    else:
        return None
    values, jacobian = linearised_support(restricted, sizes, x, tables)
    if float(np.abs(values).max()) > 1e-9:
        return None
    bounds = np.concatenate([[0], np.cumsum(sizes)])
    parts = tuple(x[a:b] for a, b in itertools.pairwise(bounds))
    mixes = np.repeat([m > 1 for m in sizes], sizes)
    try:
        inverse = np.linalg.inv(jacobian[np.ix_(mixes, mixes)])
    except np.linalg.LinAlgError:
        inverse = None
    if inverse is not None and not (np.isfinite(inverse).all() and np.abs(inverse).max(initial=0.0) < 1e14):
        inverse = None
    return SupportSolution(support, parts, inverse)


def _newton_step(jacobian: Array, values: Array) -> Array:
    try:
        step = np.linalg.solve(jacobian, values)
        if np.isfinite(step).all() and np.abs(step).max() < 1e3:
            return np.asarray(step)
    except np.linalg.LinAlgError:
        pass  # a singular Jacobian has a least-squares step
    return np.asarray(np.linalg.lstsq(jacobian, values, rcond=1e-10)[0])


def full_vectors(support: Support, parts: Sequence[Any], num_actions: Sequence[int]) -> tuple[Array, ...]:
    """Vectors over all actions of each player from vectors over the supports: floats, or objects with exact zeros."""
    result = []
    for own, part, m in zip(support, parts, num_actions, strict=True):
        values = np.asarray(part)
        vector = np.zeros(m) if values.dtype != object else np.full(m, Fraction(0), dtype=object)
        vector[list(own)] = values
        result.append(vector)
    return tuple(result)


def is_float_equilibrium(payoffs: Array, solution: SupportSolution) -> bool:
    """Whether in floats every probability is positive and no action outside the support is better."""
    if min(float(part.min()) for part in solution.parts) <= 0.0:
        return False
    vectors = full_vectors(solution.support, solution.parts, payoffs.shape[1:])
    for i, own in enumerate(solution.support):
        u = contract(payoffs[i], vectors, i)
        if float(u.max()) > float(u[own[0]]) + ADVANTAGE:
            return False
    return True


# -- from floats to evidence -------------------------------------------------------------------------------------------


def certified(
    game: NormalFormGame, exact_game: NormalFormGame, solution: SupportSolution, method: str
) -> Equilibrium | None:
    """The solution as a Nash equilibrium with evidence; ``None`` if it is none, or none can be given.

    Parameters
    ----------
    game, exact_game : NormalFormGame
        The game and its exact form.
    """
    support = solution.support
    if all(len(own) == 1 for own in support):
        parts: tuple[tuple[Fraction, ...], ...] | None = tuple((Fraction(1),) for _ in support)
    else:
        parts = _linear_solution(exact_game, support)
    if parts is None:
        parts = _as_fractions(
            [[Fraction(x) for x in part.tolist()] for part in solution.parts], 2**20, Fraction(1, 2**40)
        )
    found = None if parts is None else _exact_equilibrium(game, exact_game, support, parts, method)
    if found is not None or solution.inverse is None or sum(len(own) > 1 for own in support) < 2:
        return found
    return _enclosed(game, exact_game, solution, method)


def epsilon_equilibrium(game: NormalFormGame, vectors: Sequence[Array], method: str) -> Equilibrium:
    """A profile of floats as an epsilon-Nash equilibrium: its certificate states the largest gain, exact."""
    exact_game = game.exact()
    rational = tuple(_rational_distribution(vector) for vector in vectors)
    epsilon = max(Fraction(r) for r in regrets(exact_game, rational))
    return Equilibrium(
        concept="Nash" if epsilon == 0 else "epsilon-Nash",
        game=game,
        profile=tuple(vector.astype(float) for vector in rational),
        exact_profile=rational,
        payoffs=_payoffs(exact_game, rational),
        certificate=DeviationCertificate.nash(exact_game, rational, epsilon),
        method=method,
    )


def _rational_distribution(vector: Array) -> Array:
    values = np.array([Fraction(max(float(x), 0.0)) for x in vector], dtype=object)
    return np.asarray(values / values.sum())


def _payoffs(exact_game: NormalFormGame, vectors: Sequence[Any]) -> tuple[float, ...]:
    return tuple(map(float, StatusQuo(exact_game, vectors).expected_payoffs()))


def _exact_equilibrium(
    game: NormalFormGame,
    exact_game: NormalFormGame,
    support: Support,
    parts: Sequence[Sequence[Fraction]],
    method: str,
) -> Equilibrium | None:
    """The equilibrium in rationals, if these are probabilities and no deviation gains."""
    if any(x < 0 for part in parts for x in part):
        return None
    arrays = [np.array(part, dtype=object) for part in parts]
    vectors: tuple[Any, ...] = full_vectors(support, arrays, game.num_actions)
    certificate = DeviationCertificate.nash(exact_game, vectors)
    try:
        certificate.verify()
    except CertificateError:  # it is no equilibrium
        return None
    payoffs = StatusQuo(exact_game, vectors).expected_payoffs()
    floats = game.arithmetic == "float"
    return Equilibrium(
        concept="Nash",
        game=game,
        profile=tuple(v.astype(float) for v in vectors) if floats else vectors,
        exact_profile=vectors,
        payoffs=tuple(map(float, payoffs)) if floats else payoffs,
        certificate=certificate,
        method=method,
    )


def _linear_solution(exact_game: NormalFormGame, support: Support) -> tuple[tuple[Fraction, ...], ...] | None:
    """Where exactly two players mix, over as many actions each: the one solution of their linear equations."""
    mixing = [i for i, own in enumerate(support) if len(own) > 1]
    if len(mixing) != 2 or len(support[mixing[0]]) != len(support[mixing[1]]):
        return None
    from flint import fmpq, fmpq_mat

    one = Fraction(1)
    parts: list[tuple[Fraction, ...]] = [(one,)] * len(support)
    for i, j in (mixing, mixing[::-1]):  # player j's probabilities make player i indifferent
        index = np.ix_(*support)
        table = exact_game.numerators[i][index].astype(object)
        table = np.moveaxis(table, (i, j), (0, 1)).reshape(len(support[i]), len(support[j]))
        rows = [*(table[1:] - table[0]).tolist(), [1] * len(support[j])]
        matrix = fmpq_mat([[fmpq(int(x)) for x in row] for row in rows])
        side = fmpq_mat([[fmpq(int(k == len(rows) - 1))] for k in range(len(rows))])
        try:
            solved = matrix.solve(side)
        except ZeroDivisionError:  # singular: no solution, or more than one
            return None
        parts[j] = tuple(Fraction(int(solved[k, 0].p), int(solved[k, 0].q)) for k in range(len(rows)))
    return tuple(parts)


def _as_fractions(
    parts: Sequence[Sequence[Fraction]], largest: int, error: Fraction
) -> tuple[tuple[Fraction, ...], ...] | None:
    """Simple fractions within ``error`` that sum to one, if there are any for every probability."""
    result = []
    for part in parts:
        simple = [x.limit_denominator(largest) for x in part]
        if sum(simple) != 1 or any(abs(s - x) > error for s, x in zip(simple, part, strict=True)):
            return None
        result.append(tuple(simple))
    return tuple(result)


def _enclosed(
    game: NormalFormGame, exact_game: NormalFormGame, solution: SupportSolution, method: str
) -> Equilibrium | None:
    """The equilibrium in a box, by the test of Krawczyk; exact instead, if it turns out to be rational."""
    support = solution.support
    matrix = _preconditioner(exact_game, solution)
    divisor = max(y.denominator for row in matrix for y in row)  # powers of two
    integers = np.array([[int(y * divisor) for y in row] for row in matrix], dtype=object)
    parts: Sequence[Sequence[Any]] = [[Fraction(x) for x in part.tolist()] for part in solution.parts]
    for places in PRECISIONS:
        scale = 2**places
        center = refined(exact_game, support, parts, integers, divisor, scale)
        if center is None:
            return None
        parts = [[Fraction(x, scale) for x in own] for own in center]
        simple = _as_fractions(parts, LARGEST_DENOMINATOR, Fraction(1, 2**90))
        found = None if simple is None else _exact_equilibrium(game, exact_game, support, simple, method)
        if found is not None:
            return found
        zero, tiny = Fraction(0), Fraction(2**12, scale)
        radius = [[tiny if len(own) > 1 else zero] * len(own) for own in support]
        certificate = EnclosureCertificate(
            support, tuple(map(tuple, parts)), tuple(map(tuple, radius)), tuple(map(tuple, matrix)), exact_game
        )
        try:
            certificate.verify()
        except CertificateError:
            continue
        vectors = full_vectors(support, [np.array(part, dtype=object) for part in parts], game.num_actions)
        return Equilibrium(
            concept="Nash",
            game=game,
            profile=tuple(v.astype(float) for v in vectors),
            exact_profile=vectors,
            payoffs=_payoffs(exact_game, vectors),
            certificate=certificate,
            method=method,
        )
    return None


def _preconditioner(exact_game: NormalFormGame, solution: SupportSolution) -> list[list[Fraction]]:
    """The inverse Jacobian for equations in payoff numerators, each column rounded to 45 binary digits."""
    assert solution.inverse is not None
    columns = []
    bits = payoff_exponents(exact_game)
    mixing = [i for i, own in enumerate(solution.support) if len(own) > 1]
    equations = [(i, k) for i in mixing for k in range(len(solution.support[i]))]
    for column, (i, k) in zip(solution.inverse.T, equations, strict=True):
        exponent = int(np.frexp(np.abs(column).max())[1]) - 45
        mantissas = [round(float(x) * 2.0**-exponent) for x in column]
        unit = Fraction(2) ** (exponent - (bits[i] if k else 0))
        columns.append([m * unit for m in mantissas])
    return [list(row) for row in zip(*columns, strict=True)]


def refined(
    exact_game: NormalFormGame,
    support: Support,
    parts: Sequence[Sequence[Fraction]],
    matrix: Array,
    divisor: int,
    scale: int,
) -> list[list[int]] | None:
    """x ← x − Y F(x) in integers over ``scale`` until it stands still, sums exact; ``None`` if it wanders off."""
    mixing = [i for i, own in enumerate(support) if len(own) > 1]
    center = [[round(x * scale) for x in part] for part in parts]
    unit = divisor * scale ** (len(mixing) - 2)
    last = None
    for _ in range(60):
        values = indifference_equations(exact_game, support, center, scale, points_only=True)[0]
        steps = iter([int(x) // unit for x in matrix.dot(values).tolist()])
        largest = 0
        for i in mixing:
            for k in range(len(center[i])):
                step = next(steps)
                center[i][k] -= step
                largest = max(largest, abs(step))
        if largest <= 4 or (last is not None and largest < 2**10 and largest >= last):
            break
        if last is not None and largest > last:
            return None
        last = largest
    else:
        return None
    for i in mixing:
        big = max(range(len(center[i])), key=center[i].__getitem__)
        center[i][big] += scale - sum(center[i])
    return center


def enclosure_of(
    exact_game: NormalFormGame, equilibrium: Equilibrium, solution: SupportSolution
) -> EnclosureCertificate | None:
    """A box around an equilibrium that was certified from ``solution``; ``None`` where its equations are singular."""
    if isinstance(equilibrium.certificate, EnclosureCertificate):
        return equilibrium.certificate
    support = solution.support
    center = tuple(
        tuple(Fraction(vector[k]) for k in own) for own, vector in zip(support, equilibrium.exact_profile, strict=True)
    )
    mixing = sum(len(own) > 1 for own in support)
    if any(x <= 0 for own in center for x in own) or mixing == 1 or (mixing and solution.inverse is None):
        return None
    matrix = _preconditioner(exact_game, solution) if mixing else []
    tiny = min(Fraction(1, 2**60), min(x for own in center for x in own) / 2)
    radius = tuple((tiny if len(own) > 1 else Fraction(0),) * len(own) for own in support)
    certificate = EnclosureCertificate(support, center, radius, tuple(map(tuple, matrix)), exact_game)
    try:
        certificate.verify()
    except CertificateError:
        return None
    return certificate
