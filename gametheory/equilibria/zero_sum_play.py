"""Optimal and nearly optimal play of a matrix game, with what it secures and concedes evaluated in integers.

A matrix of payoffs A (m×n) to the row player, who maximises. Strategies x, y are worth what they guarantee,

    lower = min_j (xᵀA)_j  ≤  value  ≤  max_i (A y)_i = upper,

both exact rationals here. Four ways to find them:

* a saddle point in pure strategies;
* the **vertex** that an interior-point path points at (:mod:`gametheory.optimize.matrix_game_path`), solved and checked in
  integers (:mod:`gametheory.optimize.matrix_game_vertex`): lower = upper. Copies of rows and columns are left out first.
  Where optimal strategies are many, no guess may fit, and the exact linear programme decides;
* a point of the path, or its vertex in floats: lower and upper a few roundings apart;
* **predictive regret matching⁺**: players in turn, with the regrets R ≥ 0 of a player and its last payoffs u against
  its last strategy z,

      g = u − ⟨u, z⟩,   R ← [R + g]⁺,   z ∝ [R + g]⁺

  (regret matching as if u came again), and the averages of z weighted by t². The gap falls like 1/t or faster; each round
  costs two products of a matrix and a vector, so that it is for large games and few digits.

Strategies found in floats are rounded to multiples of 2⁻⁴⁸ with sum 1: rationals that are floats too.

References: G. Farina, C. Kroer and T. Sandholm (2021), "Faster game solving via predictive Blackwell approachability",
AAAI 35 (PRM⁺); N. Brown and T. Sandholm (2019), "Solving imperfect-information games via discounted regret minimization",
AAAI 33, on weighted averages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import RationalArray, exact
from gametheory.arithmetic.limits import check_count
from gametheory.equilibria.zero_sum_programme import maximin_programme
from gametheory.errors import SolverError, SpecificationError
from gametheory.games.memory import refuse_if_too_large
from gametheory.games.normal_form import NormalFormGame

__all__ = ["MatrixPlay", "Method", "matrix_play"]

Array = NDArray[Any]
Floats = NDArray[np.float64]
Method = Literal["auto", "exact", "interior point", "regret matching"]

ROUNDS = 20_000
"""Rounds of regret matching before it is given up."""

_METHODS = ("auto", "exact", "interior point", "regret matching")
_FEW = 256  # payoffs up to which the exact linear programme is asked at once
_SMALL = 64  # actions of a player up to which an exact answer takes no longer than another
_COARSE = Fraction(1, 100_000)  # tolerances from here up are for regret matching
_BITS = 48  # of probabilities found in floats
_LIMB = 24
_MACHINE = 2**62


@final
@dataclass(frozen=True, slots=True, eq=False)
class MatrixPlay:
    """Strategies of both players as vectors of rationals, what they guarantee to the row player, and what they pay."""

    row: RationalArray
    column: RationalArray
    lower: Fraction
    upper: Fraction
    payoff: Fraction
    method: str


def matrix_play(
    table: RationalArray, *, method: Method = "auto", tol: float | Fraction | None = None, max_rounds: int | None = None
) -> MatrixPlay:
    """Play a matrix game well enough: upper − lower ≤ tol · (largest − smallest payoff), or 0 where ``tol`` is ``None``.

    Raises
    ------
    SpecificationError
        A method or tolerance that is none, or that contradict each other; a table too large for the memory at hand.
    SolverError
        The method asked for does not reach the tolerance; ``best`` is its :class:`MatrixPlay`.
    """
    if method not in _METHODS:
        raise SpecificationError(f"method: found {method!r}; write one of {', '.join(map(repr, _METHODS))}")
    limit = Fraction(0) if tol is None else exact(tol, where="tol")
    if limit < 0:
        raise SpecificationError(f"tol: found {tol}; write a share of the payoff span ≥ 0, or None for an exact answer")
    if method == "exact" and limit:
        raise SpecificationError(f"tol: found {tol} with method='exact', which leaves no gap; leave one of them out")
    if method in ("interior point", "regret matching") and not limit:
        raise SpecificationError(
            f"tol: found {tol} with method={method!r}, which is for floats; write a share of the payoff span such as 1e-9, "
            "or method='exact'"
        )
    rounds = ROUNDS if max_rounds is None else max_rounds
    check_count("max_rounds", rounds)
    if max_rounds is not None and method not in ("auto", "regret matching"):
        raise SpecificationError(f"max_rounds: counts rounds of regret matching; leave it out with method={method!r}")
    refuse_if_too_large(table.numerators.size, 80, "the matrix game")
    payoffs = table.numerators
    saddle = _saddle_point(payoffs)
    if saddle is not None:
        value = Fraction(int(payoffs[saddle]), table.denominator)
        row, column = (_unit(k, size) for k, size in zip(saddle, payoffs.shape, strict=True))
        return MatrixPlay(row, column, value, value, value, "saddle point in pure strategies")
    if not limit or (method == "auto" and min(payoffs.shape) <= _SMALL):
        return _exact_play(table)
    return _approximate_play(table, method, limit, int(rounds))


def _saddle_point(payoffs: Array) -> tuple[int, int] | None:
    """A row and a column whose entry is least in its row and largest in its column."""
    least, largest = payoffs.min(axis=1), payoffs.max(axis=0)
    i, j = int(np.argmax(least)), int(np.argmin(largest))
    return (i, j) if least[i] == largest[j] else None


def _unit(place: int, size: int) -> RationalArray:
    vector = np.zeros(size, dtype=np.int64)
    vector[place] = 1
    return RationalArray.of_integers(vector)


# -- exact play ----------------------------------------------------------------------------------------------------


def _exact_play(table: RationalArray) -> MatrixPlay:
    payoffs = table.numerators
    rows, columns = _distinct(payoffs), _distinct(payoffs.T)
    reduced = payoffs[np.ix_(rows, columns)]
    if reduced.size > _FEW:
        found = _vertex_of_path(reduced)
        if found is not None:
            row, column, value = found
            method = "vertex of an interior-point path, solved in integers"
            return _spread(row, rows, column, columns, table, value / table.denominator, method)
    from gametheory.optimize.exact import solve_exact

    programme = maximin_programme(NormalFormGame.zero_sum(RationalArray.of_integers(reduced, table.denominator)))
    solution = solve_exact(programme)
    size = len(rows)
    row, column = solution.primal.numerators[:size], -solution.row_duals.numerators[1:]
    return _spread(row, rows, column, columns, table, solution.value, "linear programme")


def _distinct(rows: Array) -> NDArray[np.int64]:
    """The first of every set of equal rows."""
    first: dict[Any, int] = {}
    for k, row in enumerate(np.ascontiguousarray(rows)):
        first.setdefault(tuple(row) if row.dtype == object else row.tobytes(), k)
    return np.array(list(first.values()), dtype=np.int64)


def _vertex_of_path(payoffs: Array) -> tuple[Array, Array, Fraction] | None:
    """Weights of an optimal vertex and the value, if the path points at one."""
    from gametheory.optimize.matrix_game_vertex import exact_vertex

    tried = set()
    for _, bases in _landings(_unit_payoffs(payoffs)):
        for rows, columns, _, _, gap in bases:
            basis = rows.tobytes(), columns.tobytes()
            if gap < 1e-9 and basis not in tried:
                tried.add(basis)
                vertex = exact_vertex(payoffs, rows, columns)
                if vertex is not None:
                    return vertex.row, vertex.column, vertex.value
    return None


def _spread(
    row: Array, rows: Array, column: Array, columns: Array, table: RationalArray, value: Fraction, method: str
) -> MatrixPlay:
    """Weights on some of the actions as strategies of the whole game."""
    vectors = []
    for weights, places, size in zip((row, column), (rows, columns), table.shape, strict=True):
        vector = np.zeros(size, dtype=object)
        vector[places] = weights
        vectors.append(RationalArray.of_integers(vector, sum(int(x) for x in weights)))
    return MatrixPlay(vectors[0], vectors[1], value, value, value, method)


# -- play in floats ------------------------------------------------------------------------------------------------

Landing = tuple[Array, Array, Floats, Floats, float]  # rows and columns played, both strategies, their gap


def _landings(unit: Floats) -> Iterator[tuple[Any, Iterator[Landing]]]:
    """Each point of the path, and the vertices that it points at."""
    from gametheory.optimize.matrix_game_path import float_vertex, interior_path

    def vertices(point: Any) -> Iterator[Landing]:
        for rows, columns in point.bases():
            found = float_vertex(unit, rows, columns)
            if found is not None:
                yield (rows, columns, *found)

    for point in interior_path(unit):
        yield point, vertices(point)


def _unit_payoffs(payoffs: Array) -> Floats:
    """Payoffs moved and scaled to [0, 1], as floats."""
    low, high = int(payoffs.min()), int(payoffs.max())
    if payoffs.dtype != object:
        return np.asarray((payoffs - low) / float(high - low))
    result = np.empty(payoffs.shape)
    result.reshape(-1)[:] = [(x - low) / (high - low) for x in payoffs.reshape(-1).tolist()]
    return result


def _approximate_play(table: RationalArray, method: Method, limit: Fraction, rounds: int) -> MatrixPlay:
    payoffs = table.numerators
    unit = _unit_payoffs(payoffs)
    span = Fraction(int(payoffs.max()) - int(payoffs.min()), table.denominator)
    guarantees = _Guarantees(table)
    searches: dict[str, Callable[[], Iterator[MatrixPlay]]] = {
        "regret matching": lambda: _by_regrets(unit, guarantees, limit, rounds),
        "interior point": lambda: _by_path(unit, guarantees, limit),
    }
    chosen = [method] if method != "auto" else ["regret matching"] * (limit >= _COARSE) + ["interior point"]
    best: MatrixPlay | None = None
    for name in chosen:
        for play in searches[name]():
            if play.upper - play.lower <= limit * span:
                return play
            if best is None or play.upper - play.lower < best.upper - best.lower:
                best = play
    if method == "auto":
        return _exact_play(table)
    reached = "no strategies" if best is None else f"a gap of {float((best.upper - best.lower) / span):.3g} of the span"
    raise SolverError(
        f"{method} reached {reached}, not tol = {float(limit):.3g}; use method='auto', which goes on to an exact answer, "
        "or a larger tol",
        status="stopped early",
        solver=method,
        best=best,
    )


def _by_path(unit: Floats, guarantees: _Guarantees, limit: Fraction) -> Iterator[MatrixPlay]:
    aim = float(limit) / 2
    last = None
    for point, vertices in _landings(unit):
        for _, _, row, column, gap in vertices:
            if gap <= max(aim, 1e-12):
                yield guarantees.of(row, column, "interior point, vertex")
        last = point
        if point.gap <= aim:
            yield guarantees.of(point.row, point.column, "interior point")
    if last is not None:
        yield guarantees.of(last.row, last.column, "interior point")


def _by_regrets(unit: Floats, guarantees: _Guarantees, limit: Fraction, rounds: int) -> Iterator[MatrixPlay]:
    from gametheory.equilibria.compilation import announced_if_slow
    from gametheory.equilibria.zero_sum_kernels import predictive_regret_matching

    # Single precision errs by 1e-7 at most and moves half the memory.
    by_row = unit.astype(np.float32 if limit >= _COARSE else np.float64)
    with announced_if_slow(predictive_regret_matching):
        row, column, _, _ = predictive_regret_matching(
            by_row, np.ascontiguousarray(by_row.T), rounds, 0.95 * float(limit)
        )
    yield guarantees.of(row / row.sum(), column / column.sum(), "predictive regret matching")


@final
class _Guarantees:
    """What strategies in floats secure and concede, once rounded to multiples of 2⁻⁴⁸; in integers."""

    def __init__(self, table: RationalArray) -> None:
        self.table = table
        payoffs = table.numerators
        self.low = int(payoffs.min())
        self.pieces: list[Array] = []
        if payoffs.dtype != object:
            # Products of 24 and `width` bits, added up over the longer side, stay within 62 bits.
            self.width = 62 - (_LIMB + 1) - max(payoffs.shape).bit_length()
            lifted = payoffs - self.low
            for shift in range(0, (int(payoffs.max()) - self.low).bit_length(), self.width):
                self.pieces.append((lifted >> shift) & ((1 << self.width) - 1))

    def of(self, row: Floats, column: Floats, method: str) -> MatrixPlay:
        x, y = _rounded(row), _rounded(column)
        scale = self.table.denominator << _BITS
        secured, conceded = self._combined(x, turned=False), self._combined(y, turned=True)
        paid = sum(a * b for a, b in zip(secured, y.tolist(), strict=True))
        return MatrixPlay(
            row=RationalArray.of_integers(x, 1 << _BITS),
            column=RationalArray.of_integers(y, 1 << _BITS),
            lower=Fraction(min(secured), scale),
            upper=Fraction(max(conceded), scale),
            payoff=Fraction(paid, scale << _BITS),
            method=method,
        )

    def _combined(self, weights: NDArray[np.int64], *, turned: bool) -> list[int]:
        """weights @ payoffs (``turned``: payoffs @ weights), times 2⁴⁸."""
        payoffs = self.table.numerators
        if payoffs.dtype == object:
            return list(weights.astype(object) @ (payoffs.T if turned else payoffs))
        total: Any = np.zeros(payoffs.shape[0 if turned else 1], dtype=object) + (self.low << _BITS)
        for k, piece in enumerate(self.pieces):
            for part, shift in ((weights >> _LIMB, _LIMB), (weights & ((1 << _LIMB) - 1), 0)):
                product = piece @ part if turned else part @ piece
                total = total + product.astype(object) * (1 << (shift + k * self.width))
        return [int(x) for x in total]


def _rounded(strategy: Floats) -> NDArray[np.int64]:
    """Weights with sum 2⁴⁸; what rounding leaves over goes to the most likely action."""
    weights = np.rint(strategy * 2.0**_BITS).astype(np.int64)
    weights[np.argmax(weights)] += (1 << _BITS) - int(weights.sum())
    return weights
