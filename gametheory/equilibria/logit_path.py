"""The path of logit quantal responses, followed from uniform play.

For λ ≥ 0 and weights b a logit quantal response equilibrium is a mixed profile p with

    log p_i(a) = λ u_i(a, p_{−i}) + b_i(a) − log Σ_c exp(λ u_i(c, p_{−i}) + b_i(c))      for all i, a.

At λ = 0 there is one; for almost all b (and for b = 0 in almost all games) it starts a smooth path of solutions that
leads to λ = ∞, where its limit points are Nash equilibria (R. D. McKelvey and T. R. Palfrey 1995). In y = log p the
equations stay well scaled however small a probability becomes (T. L. Turocy 2005). The path may turn back in λ, so
that it is followed by arc length: a step along the tangent, then Newton steps in the plane across it.

:func:`payoff_slopes` is the array work: u_i(a, p_{−i}) for all i, a and their derivatives by all p_j(b) from one
contraction for each pair of players. Complexity: O(n² · ∏ m_i) and one linear system of size Σ m_i for a Newton step.

References
----------
R. D. McKelvey and T. R. Palfrey (1995), *Quantal response equilibria for normal form games*, Games and Economic
Behavior 10, 6-38. T. L. Turocy (2005), *A dynamic homotopy interpretation of the logistic quantal response equilibrium
correspondence*, Games and Economic Behavior 51, 243-263. E. L. Allgower and K. Georg (1990), *Numerical Continuation
Methods*.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from gametheory.games.memory import refuse_if_too_large

__all__ = [
    "PathPoint",
    "PayoffTables",
    "corrected",
    "follow",
    "logit_residual",
    "payoff_slopes",
    "payoff_tables",
    "step_along",
]

Array = NDArray[Any]

FIRST_STEP = 0.05
SHORTEST_STEP = 1e-9
MAX_PROBABILITY_CHANGE = 0.25
"""Default of ``max_change``."""

CORRECTED, LOOSE = 1e-6, 1e-3
"""On the way to a Nash equilibrium a point counts as on the path when Newton's last step moves no probability by more
than the first, or not its first step by more than the second."""


@final
@dataclass(frozen=True, slots=True, eq=False)
class PayoffTables:
    """The payoff tensor once more for each pair of players, its axes in the order in which it is contracted.

    Attributes
    ----------
    sizes : tuple of int
        Number of actions of each player.
    starts : tuple of int
        Where each player's actions begin in a vector over all actions of all players, and its length at the end.
    pairs : tuple of (i, j, other players, array of shape (2, m_i, m_j, …))
        Payoffs of i and of j.
    alone : array or None
        The payoffs of the only player.
    owner, indicator : arrays of shape (N,) and (n, N)
        Whose action each of all N actions is, as indices and as ones among zeros.
    diagonal : pair of arrays
        Where the diagonal of an N×N matrix is.
    """

    sizes: tuple[int, ...]
    starts: tuple[int, ...]
    pairs: tuple[tuple[int, int, tuple[int, ...], Array], ...]
    alone: Array | None
    owner: Array
    indicator: Array
    diagonal: tuple[Array, ...]


@final
@dataclass(frozen=True, slots=True, eq=False)
class PathPoint:
    """A point on the path: λ, y = log p over all actions of all players, and the unit tangent of (y, λ)."""

    precision: float
    logs: Array
    tangent: Array

    @property
    def slope(self) -> Array:
        """dy/dλ, as far as λ moves here."""
        speed = self.tangent[-1]
        return self.tangent[:-1] / (speed if abs(speed) > 1e-12 else 1e-12)


def payoff_tables(payoffs: Array) -> PayoffTables:
    """Tables for :func:`payoff_slopes` from payoffs of shape (n, m_0, …, m_{n−1}), floats.

    Raises
    ------
    SpecificationError
        If the n(n − 1) copies of a player's payoffs do not fit into memory.
    """
    n, sizes = len(payoffs), tuple(int(m) for m in payoffs.shape[1:])
    if payoffs.size > 10**5:
        refuse_if_too_large(max(n - 1, 1) * payoffs.size, 8, "the payoff table for each pair of players")
    starts = tuple(int(x) for x in np.concatenate([[0], np.cumsum(sizes)]))
    pairs = []
    for i in range(n):
        for j in range(i + 1, n):
            others = tuple(k for k in range(n) if k not in (i, j))
            order = (0, 1 + i, 1 + j, *(1 + k for k in others))
            pairs.append((i, j, others, np.ascontiguousarray(payoffs[[i, j]].transpose(order))))
    owner = np.repeat(np.arange(n), sizes)
    indicator = (owner == np.arange(n)[:, None]).astype(float)
    diagonal = np.diag_indices(starts[-1])
    return PayoffTables(sizes, starts, tuple(pairs), payoffs[0] if n == 1 else None, owner, indicator, diagonal)


def payoff_slopes(tables: PayoffTables, p: Array) -> tuple[Array, Array]:
    """Payoff of every action and its derivatives by every probability, at a vector p over all actions.

    Returns
    -------
    (u, slopes) : arrays of shape (N,) and (N, N)
        ``slopes[(i, a), (j, b)]`` is u_i(a, b, p_{−ij}), and 0 for i = j; its product with player j's part of p is u_i.
    """
    starts, sizes = tables.starts, tables.sizes
    total = starts[-1]
    slopes, u = np.zeros((total, total)), np.empty(total)
    if tables.alone is not None:
        u[:] = tables.alone
        return u, slopes
    parts = [p[a:b] for a, b in itertools.pairwise(starts)]
    for i, j, others, table in tables.pairs:
        result = table
        for k in reversed(others):
            result = result.reshape(-1, sizes[k]) @ parts[k]
        result = result.reshape(2, sizes[i], sizes[j])
        here, there = slice(starts[i], starts[i + 1]), slice(starts[j], starts[j + 1])
        slopes[here, there] = result[0]
        slopes[there, here] = result[1].T
        if j == i + 1:
            u[here] = result[0] @ parts[j]
            if j == len(sizes) - 1:
                u[there] = parts[i] @ result[1]
    return u, slopes


def _linearised(tables: PayoffTables, y: Array, precision: float, bias: Array | None) -> tuple[Array, Array, Array]:
    """The residual y − response, its derivative by y and by λ."""
    p = np.exp(y)
    u, slopes = payoff_slopes(tables, p)
    score = precision * u
    if bias is not None:
        score += bias
    first, owner = tables.starts[:-1], tables.owner
    score -= np.maximum.reduceat(score, first)[owner]
    response = np.exp(score)
    totals = np.add.reduceat(response, first)
    response /= totals[owner]
    residual = y - score
    residual += np.log(totals)[owner]
    # A row of the derivative is −λ times the slopes of an action's payoff less their mean under the player's response.
    weights = tables.indicator * response
    slopes -= (weights @ slopes)[owner]
    slopes *= p * -precision
    slopes[tables.diagonal] += 1.0
    return residual, slopes, (weights @ u)[owner] - u


def logit_residual(tables: PayoffTables, y: Array, precision: float) -> float:
    """The largest difference, over all actions, of log p and the log of the response to p."""
    return float(np.abs(_linearised(tables, y, precision, None)[0]).max())


def corrected(tables: PayoffTables, y: Array, precision: float, *, rounds: int = 30) -> Array | None:
    """Newton's method at a fixed λ from ``y``; ``None`` if it does not settle."""
    last = np.inf
    for _ in range(rounds):
        residual, by_y, _ = _linearised(tables, y, precision, None)
        try:
            step = np.linalg.solve(by_y, residual)
        except np.linalg.LinAlgError:
            return None
        y = y - step
        size = float(np.abs(step).max())
        if not np.isfinite(size) or float(y.max()) > 1.0:
            return None
        if size <= 1e-13 or (size <= 1e-9 and size >= last / 2):
            return y
        last = size
    return None


def follow(
    tables: PayoffTables,
    bias: Array | None = None,
    *,
    max_steps: int = 5000,
    max_change: float = MAX_PROBABILITY_CHANGE,
    accuracy: float = LOOSE,
) -> Iterator[PathPoint]:
    """Points along the path from λ = 0, until the caller stops, ``max_steps`` or the steps become too short.

    Parameters
    ----------
    bias : array, shape (N,), optional
        The weights b; 0 by default. Payoffs should have spans of about one.
    max_change : float
        Largest change of a probability that a step may predict: longer ones could jump to another path.
    accuracy : float
        Newton's last step moves no probability by more than this.
    """
    total = tables.starts[-1]
    y = np.zeros(total) if bias is None else bias.astype(float)
    for a, b in itertools.pairwise(tables.starts):
        y[a:b] -= y[a:b].max()
        y[a:b] -= np.log(np.exp(y[a:b]).sum())
    matrix, side = np.zeros((total + 1, total + 1)), np.zeros(total + 1)
    matrix[-1, -1] = side[-1] = 1.0
    _, matrix[:-1, :-1], matrix[:-1, -1] = _linearised(tables, y, 0.0, bias)
    point, length = PathPoint(0.0, y, _unit(np.linalg.solve(matrix, side))), FIRST_STEP
    yield point
    for _ in range(max_steps):
        moved = np.exp(point.logs) * np.abs(point.tangent[:-1])
        length = min(length, max_change / max(float(moved.max()), 1e-300))
        ahead = step_along(tables, point, length, bias, accuracy=accuracy)
        if ahead is None:
            length /= 4
            if length < SHORTEST_STEP * (1 + point.precision):
                return
            continue
        point, effort = ahead
        length *= (2.0, 1.4, 1.0, 0.6)[min(effort, 4) - 1]
        yield point


def step_along(
    tables: PayoffTables, point: PathPoint, length: float, bias: Array | None = None, *, accuracy: float = LOOSE
) -> tuple[PathPoint, int] | None:
    """The point of the path in the plane across the tangent at a distance, and the Newton steps taken to get there.

    ``None`` if Newton's method does not contract from the start or the path bends too much for a step of this length.
    """
    y, tangent = point.logs, point.tangent
    here, at = y + length * tangent[:-1], point.precision + length * float(tangent[-1])
    size = len(y) + 1
    matrix, sides = np.empty((size, size)), np.zeros((size, 2))
    matrix[-1], sides[-1, 1] = tangent, 1.0
    last, enough = np.inf, 0
    for effort in range(1, 12):
        if at < 0 or float(here.max()) > 0.5:
            return None
        sides[:-1, 0], matrix[:-1, :-1], matrix[:-1, -1] = _linearised(tables, here, at, bias)
        try:
            solved = np.linalg.solve(matrix, sides)
        except np.linalg.LinAlgError:
            return None
        step = solved[:, 0]
        weights = np.exp(np.minimum(here, 0.0))
        moved = max(float((weights * np.abs(step[:-1])).max()), abs(float(step[-1])) / (1.0 + at))
        stalled = enough and moved > 0.5 * last and moved < 1e-8  # as accurate as floats get here
        if not np.isfinite(moved) or (effort == 1 and moved > 0.3) or (moved > 0.5 * last and not stalled):
            return None
        here, at, last = here - step[:-1], at - float(step[-1]), moved
        if not enough and (moved <= CORRECTED or (effort > 1 and moved <= LOOSE)):
            enough = effort
        if enough and (moved <= accuracy or stalled):
            forward = _unit(solved[:, 1])
            if float(forward @ tangent) < 0.5 and length > 1e-6:  # the bend is too sharp for this step
                return None
            return PathPoint(at, here, forward), enough
    return None


def _unit(vector: Array) -> Array:
    return np.asarray(vector / np.linalg.norm(vector))
