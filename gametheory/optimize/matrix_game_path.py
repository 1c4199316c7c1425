"""Matrix games in floats by an interior-point method that proposes bases on its way.

For payoffs B ∈ [1, 2]^{m×n} to the row player, who maximises, the value is 1/Σw = 1/Σu at the optima of

    max Σ w   s.t.  B w + s = 1,  w, s ≥ 0          min Σ u   s.t.  Bᵀu − t = 1,  u, t ≥ 0,

and y = w/Σw, x = u/Σu are optimal strategies. Mehrotra's predictor and corrector, with up to two of Gondzio's further
correctors, follow the points with w∘t = u∘s = μ. Each step solves

    (diag(s/u) + B diag(w/t) Bᵀ) Δu = r,

one Cholesky factorisation of the smaller side: in single precision while μ is large, and always with a few steps of
conjugate gradients behind it, which make up for the rounding. About 14 steps at any size.

The pair of strategies tends to the relative interior of the optimal ones, where u_i > 0 = s_i or u_i = 0 < s_i, and
likewise for columns. Which it will be shows long before the end in how u_i and s_i change (Tapia's indicators). If as many
rows as columns are played, the vertex solves one square system: :meth:`Iterate.bases` lists such guesses,
:func:`float_vertex` solves them. Where optimal strategies are many, no guess fits, and only the path itself is of use.

Nothing here is relied upon: the caller evaluates strategies exactly. Complexity: O(m n min(m, n)) for a step.

References: S. Mehrotra (1992), "On the implementation of a primal-dual interior point method", SIAM J. Optimization 2;
J. Gondzio (1996), "Multiple centrality corrections in a primal-dual method for linear programming", Computational
Optimization and Applications 6; A. El-Bakry, R. Tapia and Y. Zhang (1994), "A study of indicators for identifying zero
variables in interior-point methods", SIAM Review 36.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.blas import dsyrk, ssyrk
from scipy.linalg.lapack import dgetrf, dgetrs, dpotrf, dpotrs, spotrf, spotrs

__all__ = ["Iterate", "float_vertex", "interior_path"]

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

_STEPS = 60
_CORRECTORS = 2
_COARSE = 1e-3  # complementarity above which single precision will do
_READABLE = 1e-3  # complementarity below which the indicators are worth a guess
_SPREAD = 3  # largest difference of the two numbers of played actions for which guesses are made
_DONE = 1e-13
_LIFTS = ((False, 0.0), (False, 1e-14), (False, 1e-12))  # of the diagonal, where rounding leaves no Cholesky factor


@final
@dataclass(frozen=True, slots=True, eq=False)
class Iterate:
    """A point on the path: strategies, the gap that they leave, and how likely each action is to be played.

    Attributes
    ----------
    row, column : array
        Strategies, strictly positive.
    gap : float
        What the column strategy concedes at most minus what the row strategy secures, as evaluated in floats.
    row_order, column_order : array of int
        Actions, the most likely to be played first.
    row_size, column_size : int
        How many seem to be played.
    complementarity : float
        (w·t + u·s), which tends to 0.
    """

    row: Floats
    column: Floats
    gap: float
    row_order: Indices
    column_order: Indices
    row_size: int
    column_size: int
    complementarity: float

    def bases(self) -> Iterator[tuple[Indices, Indices]]:
        """Guesses of the rows and columns that a vertex plays, as many of each."""
        small, large = sorted((self.row_size, self.column_size))
        if small and large - small <= _SPREAD and self.complementarity < _READABLE:
            for size in range(small, large + 1):
                if size <= min(len(self.row), len(self.column)):
                    yield np.sort(self.row_order[:size]), np.sort(self.column_order[:size])


def interior_path(payoffs: Floats) -> Iterator[Iterate]:
    """Follow the central path of a matrix game to its optimal strategies.

    Parameters
    ----------
    payoffs : array, shape (m, n)
        To the row player; numbers in [0, 1], with both 0 and 1 among them.

    Yields
    ------
    Iterate
        After each step. The path ends when it can get no closer, or when rounding stops it: judge by ``gap``.
    """
    turned = payoffs.shape[0] > payoffs.shape[1]
    B = np.ascontiguousarray(2.0 - payoffs.T if turned else payoffs + 1.0)
    m, n = B.shape
    single = B.astype(np.float32)
    w = np.full(n, 1.0 / (3.0 * n))
    s = 1.0 - B @ w
    u = np.full(m, 4.0 / (3.0 * m))
    u *= max(1.0, 1.5 / float((u @ B).min()))
    t = u @ B - 1.0
    for _ in range(_STEPS):
        # Rounding moves the point off the equations; what is missing enters the next step.
        lack_rows, lack_columns = 1.0 - B @ w - s, 1.0 + t - u @ B
        total = float(w @ t + u @ s)
        solve = _solver(B, single, w / t, s / u, coarse=total > _COARSE)
        if solve is None:
            return
        step = _step(B, (w, t, u, s), lack_rows, lack_columns, solve)
        if step is None:
            return
        forward, backward, (dw, dt, du, ds) = step
        before = w, t, u, s
        w, s, u, t = w + forward * dw, s + forward * ds, u + backward * du, t + backward * dt
        if not all(bool(np.isfinite(v).all()) and float(v.min()) > 0 for v in (w, s, u, t)):
            return
        iterate = _iterate(B, (w, t, u, s), before, turned)
        yield iterate
        if iterate.complementarity < _DONE or max(forward, backward) < 1e-4:
            return


Solve = Callable[[Floats], Floats]
Point = tuple[Floats, Floats, Floats, Floats]  # w, t, u, s or their changes


def _solver(B: Floats, single: NDArray[np.float32], D: Floats, E: Floats, *, coarse: bool) -> Solve | None:
    """v ↦ (diag E + B diag D Bᵀ)⁻¹ v by conjugate gradients, preconditioned with a Cholesky factor; None if there is none."""
    for rounded, lift in ((True, 0.0), *_LIFTS) if coarse else _LIFTS:
        kind: Any = np.float32 if rounded else np.float64
        scaled = (single if rounded else B) * np.sqrt(D).astype(kind)
        matrix = (ssyrk if rounded else dsyrk)(1.0, scaled.T, trans=1)
        diagonal = np.diag_indices(len(E))
        matrix[diagonal] += (E + lift * float(matrix[diagonal].max())).astype(kind)
        factor, failed = (spotrf if rounded else dpotrf)(matrix, clean=0, overwrite_a=1)
        if not failed:
            break
    else:
        return None
    backsolve = spotrs if rounded else dpotrs
    precision, limit = (1e-9, 12) if rounded else (1e-13, 40 if lift else 6)

    def solve(right: Floats) -> Floats:
        found, residual = np.zeros(len(right)), right
        wanted = precision * float(np.linalg.norm(right))
        direction = np.zeros(len(right))
        last = 1.0
        for _ in range(limit):
            ahead = backsolve(factor, residual.astype(kind))[0].astype(np.float64)
            slope = float(residual @ ahead)
            direction = ahead + (slope / last) * direction
            image = B @ (D * (direction @ B)) + E * direction
            curvature = float(direction @ image)
            if not slope > 0 or not curvature > 0:
                break
            found = found + (slope / curvature) * direction
            residual = residual - (slope / curvature) * image
            if float(np.linalg.norm(residual)) <= wanted:
                break
            last = slope
        return found

    return solve


def _step(
    B: Floats, point: Point, lack_rows: Floats, lack_columns: Floats, solve: Solve
) -> tuple[float, float, Point] | None:
    """How far to go in (w, s) and in (u, t), and where."""
    w, t, u, s = point
    size = len(w) + len(u)
    total = float(w @ t + u @ s)

    def direction(first: Floats, second: Floats, rows: Floats | float, columns: Floats | float) -> Point:
        # B Δw + Δs = rows, BᵀΔu − Δt = columns, w Δt + t Δw = first, u Δs + s Δu = second
        du = solve(second / u - rows + B @ ((first + w * columns) / t))
        dt = du @ B - columns
        dw = (first - w * dt) / t
        return dw, dt, du, rows - B @ dw

    def lengths(change: Point) -> tuple[float, float]:
        dw, dt, du, ds = change
        return min(_room(w, dw), _room(s, ds)), min(_room(u, du), _room(t, dt))

    plain = direction(-w * t, -u * s, lack_rows, lack_columns)
    forward, backward = lengths(plain)
    dw, dt, du, ds = plain
    ahead = float((w + forward * dw) @ (t + backward * dt) + (u + backward * du) @ (s + forward * ds))
    target = (ahead / total) ** 3 * total / size
    change = direction(target - w * t - dw * dt, target - u * s - du * ds, lack_rows, lack_columns)
    forward, backward = lengths(change)
    for _ in range(_CORRECTORS):
        far, near = min(1.0, 1.08 * forward + 0.08), min(1.0, 1.08 * backward + 0.08)
        dw, dt, du, ds = change
        products = (w + far * dw) * (t + near * dt), (u + near * du) * (s + far * ds)
        first, second = (np.maximum(np.clip(v, 0.1 * target, 10 * target) - v, -10 * target) for v in products)
        correction = direction(first, second, 0.0, 0.0)
        candidate = tuple(a + b for a, b in zip(change, correction, strict=True))
        reached = lengths(candidate)  # type: ignore[arg-type]  # four arrays, as both parts have
        if sum(reached) < forward + backward + 0.02:
            break
        change, (forward, backward) = candidate, reached  # type: ignore[assignment]
    # Close to the boundary, but not on it: the closer, the nearer the end.
    share = min(max(0.9, 1.0 - 10.0 * total / size), 0.99995)
    return (share * forward, share * backward, change) if np.isfinite(forward + backward) else None


def _room(values: Floats, change: Floats) -> float:
    """The largest step ≤ 1 that keeps all values ≥ 0."""
    shrinking = change < 0
    if not bool(shrinking.any()):
        return 1.0
    return min(1.0, float((-values[shrinking] / change[shrinking]).min()))


def _iterate(B: Floats, point: Point, before: Point, turned: bool) -> Iterate:
    w, t, u, s = point
    columns, rows = (np.log(v / old) for v, old in ((t / w, before[1] / before[0]), (s / u, before[3] / before[2])))
    x, y = u / u.sum(), w / w.sum()
    gap = float((B @ y).max() - (x @ B).min())
    row = x, np.argsort(rows, kind="stable"), int((rows < 0).sum())
    column = y, np.argsort(columns, kind="stable"), int((columns < 0).sum())
    if turned:
        row, column = column, row
    return Iterate(row[0], column[0], gap, row[1], column[1], row[2], column[2], float(w @ t + u @ s))


def float_vertex(payoffs: Floats, rows: Indices, columns: Indices) -> tuple[Floats, Floats, float] | None:
    """Strategies on the given rows and columns that make the other player indifferent among the opposite ones.

    Parameters
    ----------
    payoffs : array, shape (m, n)
        Numbers in [0, 1].
    rows, columns : arrays of int of one length

    Returns
    -------
    (row, column, gap) or None
        Probability vectors and what they leave open, in floats; ``None`` where the system is singular or asks for a
        probability below zero.
    """
    block = payoffs[np.ix_(rows, columns)] + 1.0
    factor, pivots, failed = dgetrf(block)
    if failed:
        return None
    played = []
    for matrix, turn in ((block, 0), (block.T, 1)):
        weights = dgetrs(factor, pivots, np.ones(len(rows)), trans=turn)[0]
        weights += dgetrs(factor, pivots, 1.0 - matrix @ weights, trans=turn)[0]
        if not bool(np.isfinite(weights).all()) or float(weights.min()) < -1e-9 * float(np.abs(weights).max()):
            return None
        weights = np.maximum(weights, 0.0)
        played.append(weights / weights.sum())
    column, row = np.zeros(payoffs.shape[1]), np.zeros(payoffs.shape[0])
    column[columns], row[rows] = played
    return row, column, float((payoffs @ column).max() - (row @ payoffs).min())
