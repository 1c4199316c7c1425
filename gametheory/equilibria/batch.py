"""Nash equilibria of many bimatrix games of one shape at once: arrays in, arrays out, no Python for each game.

Game k has payoffs A_k and B_k, m × n, of players 1 and 2. (x, y) is an equilibrium iff neither player has a *regret*,
max_i (A_k y)_i − xᵀA_k y or max_j (B_kᵀx)_j − xᵀB_k y. Regrets are measured here as shares of the player's payoff span
max A_k − min A_k, in floats, at what is returned.

* One equilibrium: the first pure one, else one in which both mix over two actions, in closed form, else the end of a path
  of Lemke and Howson (1964); a path that is long is left for that of the next label.
* All of them: pairs of supports in closed form up to 3×6, else the tree of
  :mod:`gametheory.equilibria.float_search`, whose discarded branches hold against all rounding errors.

A game that floats cannot decide is *doubtful*: one with ties or close to it (a *degenerate* game, which may have
infinitely many equilibria), or with more than 1024 equilibria or a million branches. It is marked, and solved in
rationals on request. The rest is as good as floats are (numerical): regrets of some 1e-15.

Complexity: for random games about 0.15 µs (3×3) and 0.4 µs (5×5) for one equilibrium, 1 µs and 25 µs for all of them, a
game and core.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Literal, TypeVar, final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gametheory.errors import SpecificationError
from gametheory.games.memory import refuse_if_too_large
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.tables import data_frame

__all__ = ["BatchEquilibria", "BatchEquilibrium", "batch_nash_equilibria", "batch_nash_equilibrium"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Doubtful = Literal["flag", "solve"]
Result = TypeVar("Result")

TOLERANCE = 1e-9
"""Largest regret, as a share of the payoff span, at which a pair found in floats is taken for an equilibrium."""

MAX_EQUILIBRIA = 1024
"""A game with more equilibria than this is doubtful."""

MAX_NODES = 1_000_000
"""A game with more branches than this is doubtful."""

_BLOCK = 4096  # games done by one call of a kernel


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False)
class BatchEquilibrium:
    """One Nash equilibrium of each of N games, m × n.

    Attributes
    ----------
    x, y : float arrays, shapes (N, m) and (N, n)
        Mixed strategies of players 1 and 2.
    regret : float array, shape (N,)
        The larger of both players' regrets, each as a share of that player's payoff span.
    doubtful : bool array, shape (N,)
        The games for which no equilibrium was found in floats; then ``x`` and ``y`` are no equilibrium, but have the
        regret stated.
    solved_exactly : bool array, shape (N,)
        The games that were doubtful and solved in rationals, on request.
    """

    x: Floats
    y: Floats
    regret: Floats
    doubtful: Flags
    solved_exactly: Flags

    def __post_init__(self) -> None:
        _freeze(self)

    def __len__(self) -> int:
        return len(self.x)

    def __getitem__(self, k: int) -> tuple[Floats, Floats]:
        """The strategies of both players in game k."""
        return self.x[k], self.y[k]

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data."""
        return {name: getattr(self, name).tolist() for name in ("x", "y", "regret", "doubtful", "solved_exactly")}

    def to_frame(self) -> Any:
        """A pandas table with a row for each game.

        Raises
        ------
        SpecificationError
            If pandas is not installed.
        """
        return _frame(self, np.arange(len(self)), {"doubtful": self.doubtful, "solved exactly": self.solved_exactly})

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), tuple(getattr(self, name) for name in self.__dataclass_fields__)

    def __eq__(self, other: object) -> bool:
        return _same(self, other)

    def __hash__(self) -> int:
        return hash((self.x.tobytes(), self.y.tobytes()))

    def __repr__(self) -> str:
        return f"BatchEquilibrium({_summary(self, len(self), '')})"

    def _repr_html_(self) -> str:
        return f"<p>One equilibrium of each of {_summary(self, len(self), '')}</p>"


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False)
class BatchEquilibria:
    """All Nash equilibria of each of N games, m × n, one list after the other.

    Attributes
    ----------
    offsets : int array, shape (N + 1,)
        The equilibria of game k have the numbers offsets[k], …, offsets[k + 1] − 1.
    x, y : float arrays, shapes (K, m) and (K, n)
        Mixed strategies of players 1 and 2 in all K equilibria.
    regret : float array, shape (K,)
        The larger of both players' regrets, each as a share of that player's payoff span.
    doubtful : bool array, shape (N,)
        The games that floats do not decide: no equilibrium of theirs is listed.
    solved_exactly : bool array, shape (N,)
        The games that were doubtful and solved in rationals, on request: all their extreme equilibria are listed.
    """

    offsets: NDArray[np.int64]
    x: Floats
    y: Floats
    regret: Floats
    doubtful: Flags
    solved_exactly: Flags

    def __post_init__(self) -> None:
        _freeze(self)

    @property
    def counts(self) -> NDArray[np.int64]:
        """How many equilibria are listed for each game, shape (N,)."""
        return np.diff(self.offsets)

    def __len__(self) -> int:
        return len(self.doubtful)

    def __getitem__(self, k: int) -> tuple[Floats, Floats]:
        """The strategies of both players in the equilibria of game k, shapes (count, m) and (count, n)."""
        k = range(len(self))[k]
        part = slice(self.offsets[k], self.offsets[k + 1])
        return self.x[part], self.y[part]

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data."""
        names = ("offsets", "x", "y", "regret", "doubtful", "solved_exactly")
        return {name: getattr(self, name).tolist() for name in names}

    def to_frame(self) -> Any:
        """A pandas table with a row for each equilibrium.

        Raises
        ------
        SpecificationError
            If pandas is not installed.
        """
        games = np.repeat(np.arange(len(self)), self.counts)
        return _frame(self, games, {"solved exactly": self.solved_exactly[games]})

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), tuple(getattr(self, name) for name in self.__dataclass_fields__)

    def __eq__(self, other: object) -> bool:
        return _same(self, other)

    def __hash__(self) -> int:
        return hash((self.x.tobytes(), self.y.tobytes()))

    def __repr__(self) -> str:
        return f"BatchEquilibria({_summary(self, len(self), f'{len(self.x):,} equilibria, ')})"

    def _repr_html_(self) -> str:
        return f"<p>All equilibria of {_summary(self, len(self), f'{len(self.x):,} equilibria, ')}</p>"


def batch_nash_equilibrium(
    A: ArrayLike,
    B: ArrayLike,
    *,
    doubtful: Doubtful = "flag",
    num_workers: int | None = None,
    progress: Callable[[float], None] | None = None,
) -> BatchEquilibrium:
    """One Nash equilibrium of each of N bimatrix games.

    Parameters
    ----------
    A, B : arrays of numbers, shape (N, m, n)
        Payoffs of players 1 and 2, taken as float64.
    doubtful : {"flag", "solve"}
        What to do about games that floats do not decide: mark them, or solve them in rationals one by one.
    num_workers : int, optional
        Threads; as many as there are processors by default. The answer does not depend on it.
    progress : callable, optional
        Called with the share of games done, between 0 and 1.

    Returns
    -------
    BatchEquilibrium

    Raises
    ------
    SpecificationError
        If the arrays are of different or wrong shape, or hold what is no finite number.

    Examples
    --------
    Matching pennies, and a game of coordination:

    >>> A = [[[1, -1], [-1, 1]], [[2, 0], [0, 1]]]
    >>> B = [[[-1, 1], [1, -1]], [[1, 0], [0, 2]]]
    >>> answer = batch_nash_equilibrium(A, B)
    >>> answer.x.round(12).tolist()
    [[0.5, 0.5], [1.0, 0.0]]
    >>> answer
    BatchEquilibrium(2 games of 2×2, numerical: largest regret ..., 0 doubtful)

    References
    ----------
    C. E. Lemke and J. T. Howson (1964), *Equilibrium points of bimatrix games*, J. SIAM 12, 413-423.
    """
    from gametheory.equilibria.batch_blocks import one_of_each

    U, V, workers = _checked(A, B, doubtful, num_workers)
    x, y, regret, flags = one_of_each(U, V, TOLERANCE, lambda task: _in_blocks(task, len(U), workers, progress))
    exactly = np.zeros(len(U), dtype=bool)
    if doubtful == "solve":
        for k in np.flatnonzero(flags).tolist():
            ((x[k], y[k]),) = _solved(U[k], V[k], all_of_them=False)
            regret[k] = _regret(U[k], V[k], x[k], y[k])
            flags[k], exactly[k] = False, True
    return BatchEquilibrium(*_handed_over(x, y, regret, flags, exactly))


def batch_nash_equilibria(
    A: ArrayLike,
    B: ArrayLike,
    *,
    doubtful: Doubtful = "flag",
    num_workers: int | None = None,
    progress: Callable[[float], None] | None = None,
) -> BatchEquilibria:
    """All Nash equilibria of each of N bimatrix games.

    Parameters
    ----------
    A, B : arrays of numbers, shape (N, m, n)
        Payoffs of players 1 and 2, taken as float64.
    doubtful : {"flag", "solve"}
        What to do about games that floats do not decide, degenerate ones above all: mark them, or solve them in
        rationals one by one; then their extreme equilibria are listed, and
        :func:`~gametheory.equilibria.nash_equilibria` says how the others arise from them.
    num_workers : int, optional
        Threads; as many as there are processors by default. The answer does not depend on it.
    progress : callable, optional
        Called with the share of games done, between 0 and 1.

    Returns
    -------
    BatchEquilibria
        In each game in no particular order, but always in the same one.

    Raises
    ------
    SpecificationError
        If the arrays are of different or wrong shape, or hold what is no finite number.
    SolverError
        If a doubtful game has too many extreme equilibria to list.

    Examples
    --------
    A game with three equilibria, and one in which player 2 is indifferent:

    >>> A = [[[2, 0], [0, 1]], [[1, 0], [0, 1]]]
    >>> B = [[[1, 0], [0, 2]], [[1, 1], [1, 1]]]
    >>> answer = batch_nash_equilibria(A, B)
    >>> answer
    BatchEquilibria(2 games of 2×2, 3 equilibria, numerical: largest regret 0, 1 doubtful)
    >>> answer.counts.tolist(), answer.doubtful.tolist()
    ([3, 0], [False, True])
    >>> batch_nash_equilibria(A, B, doubtful="solve").counts.tolist()
    [3, 4]
    """
    from gametheory.equilibria.batch_blocks import all_of_each

    U, V, workers = _checked(A, B, doubtful, num_workers)
    counts, x, y, regret, flags = all_of_each(
        *(U, V, TOLERANCE, MAX_EQUILIBRIA, MAX_NODES),
        lambda task: _in_blocks(task, len(U), workers, progress),
    )
    exactly = np.zeros(len(U), dtype=bool)
    if doubtful == "solve" and flags.any():
        offsets = np.concatenate(([0], np.cumsum(counts)))  # of what floats have listed
        parts, done = [], 0
        for k in np.flatnonzero(flags).tolist():
            pairs = _solved(U[k], V[k], all_of_them=True)
            xs, ys = (np.array([pair[i] for pair in pairs]) for i in (0, 1))
            before = slice(offsets[done], offsets[k])
            parts += [
                (x[before], y[before], regret[before]),
                (xs, ys, np.array([_regret(U[k], V[k], *pair) for pair in pairs])),
            ]
            counts[k], flags[k], exactly[k], done = len(pairs), False, True, k
        parts.append((x[offsets[done] :], y[offsets[done] :], regret[offsets[done] :]))
        x, y, regret = (np.concatenate([part[i] for part in parts]) for i in range(3))
    offsets = np.concatenate(([0], np.cumsum(counts)))
    return BatchEquilibria(*_handed_over(offsets, x, y, regret, flags, exactly))


# -- arguments ---------------------------------------------------------------------------------------------------------


def _checked(A: ArrayLike, B: ArrayLike, doubtful: str, num_workers: int | None) -> tuple[Floats, Floats, int]:
    if doubtful not in ("flag", "solve"):
        raise SpecificationError(f"doubtful: found {doubtful!r}; write 'flag' or 'solve'")
    if num_workers is None:
        affinity: Callable[[int], Any] | None = getattr(os, "sched_getaffinity", None)
        num_workers = len(affinity(0)) if affinity else os.cpu_count() or 1
    elif isinstance(num_workers, bool) or not isinstance(num_workers, int) or num_workers < 1:
        raise SpecificationError(f"num_workers: found {num_workers!r}; write a number of threads ≥ 1, or None")
    first, second = _payoffs(A, "A"), _payoffs(B, "B")
    if first.shape != second.shape:
        raise SpecificationError(f"B: found shape {second.shape}, A has {first.shape}; both are (games, rows, columns)")
    N, m, n = first.shape
    refuse_if_too_large(N * (m + n + 3), 8, "one equilibrium of each game")
    refuse_if_too_large(num_workers * (m + n + 1) * 2 * (m + 1) * (n + 1), 8, "the stacks of simplex dictionaries")
    return first, second, num_workers


def _payoffs(values: ArrayLike, name: str) -> Floats:
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise SpecificationError(f"{name}: found rows of different lengths; write (games, rows, columns)") from error
    if array.dtype.kind not in "iuf":
        raise SpecificationError(
            f"{name}: found entries of type {array.dtype}; write floats or integers (nash_equilibria takes fractions)"
        )
    if array.ndim != 3 or 0 in array.shape[1:]:
        raise SpecificationError(f"{name}: found shape {array.shape}; write (games, rows, columns)")
    floats = np.require(array, dtype=np.float64, requirements=["C", "A", "W"])  # other layouts would compile anew
    if not np.isfinite(floats).all():
        k, i, j = np.argwhere(~np.isfinite(floats))[0].tolist()
        raise SpecificationError(f"{name}[{k}, {i}, {j}]: found {floats[k, i, j]}; payoffs are finite numbers")
    if array.dtype.kind in "iu" and array.size and max(int(array.max()), -int(array.min())) > 2**53:
        raise SpecificationError(f"{name}: found integers beyond 2^53, which floats do not hold; use nash_equilibria")
    return floats


# -- blocks and doubtful games -----------------------------------------------------------------------------------------


def _in_blocks(
    task: Callable[[int, int], Result], N: int, workers: int, progress: Callable[[float], None] | None
) -> list[Result]:
    """``task(start, stop)`` for all blocks of games, in order."""
    blocks = [(k, min(k + _BLOCK, N)) for k in range(0, N, _BLOCK)]
    results: list[Result] = []
    workers = min(workers, len(blocks))
    pool = ThreadPoolExecutor(workers) if workers > 1 else None
    try:
        for result in pool.map(lambda block: task(*block), blocks) if pool else (task(*block) for block in blocks):
            results.append(result)
            if progress is not None:
                progress(min(len(results) * _BLOCK / N, 1.0))
    finally:
        if pool:
            pool.shutdown(cancel_futures=True)
    return results


def _solved(A: Floats, B: Floats, *, all_of_them: bool) -> Sequence[tuple[Floats, Floats]]:
    """Equilibria of one game by the methods in rationals."""
    from gametheory.equilibria.nash import nash_equilibria, nash_equilibrium

    game = NormalFormGame.from_bimatrix(A, B)
    found = nash_equilibria(game, completeness="certified") if all_of_them else (nash_equilibrium(game),)
    return [tuple(np.array(vector, dtype=float) for vector in e.profile) for e in found]  # type: ignore[misc]


def _regret(A: Floats, B: Floats, x: Floats, y: Floats) -> float:
    """The larger regret as a share of that player's payoff span."""
    result = 0.0
    for own, other, payoffs in ((x, y, A), (y, x, B.T)):
        half_span = payoffs.max() / 2 - payoffs.min() / 2  # halves: the span of finite numbers may be infinite
        if half_span > 0:
            gains = (payoffs / 2 - payoffs.min() / 2) / half_span @ other
            result = max(result, float(gains.max() - own @ gains))
    return result


# -- how results look --------------------------------------------------------------------------------------------------


def _freeze(result: Any) -> None:
    for name in result.__dataclass_fields__:
        array = getattr(result, name)
        if array.flags.writeable or not array.flags.owndata:  # what is read-only and our own need not be copied
            array = array.copy()
            array.setflags(write=False)
        object.__setattr__(result, name, array)


def _handed_over(*arrays: NDArray[Any]) -> tuple[NDArray[Any], ...]:
    """The arrays, read-only from now on."""
    for array in arrays:
        array.setflags(write=False)
    return arrays


def _same(result: Any, other: object) -> bool:
    names = result.__dataclass_fields__
    return type(result) is type(other) and all(np.array_equal(getattr(result, k), getattr(other, k)) for k in names)


def _frame(result: Any, games: NDArray[Any], flags: dict[str, Flags]) -> Any:
    columns = [f"{name}{k + 1}" for name in "xy" for k in range(getattr(result, name).shape[1])]
    rows = [
        [*numbers]
        for numbers in zip(games.tolist(), *result.x.T, *result.y.T, result.regret, *flags.values(), strict=True)
    ]
    return data_frame(rows, ["game", *columns, "regret", *flags])


def _summary(result: Any, games: int, equilibria: str) -> str:
    regret = result.regret if equilibria else result.regret[~result.doubtful]
    largest = float(regret.max()) if len(regret) else 0.0
    exactly = int(result.solved_exactly.sum())
    return (
        f"{games:,} games of {result.x.shape[1]}×{result.y.shape[1]}, {equilibria}numerical: largest regret {largest:.2g}, "
        f"{int(result.doubtful.sum()):,} doubtful" + (f", {exactly:,} solved exactly" if exactly else "")
    )
