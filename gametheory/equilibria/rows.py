"""Rows of the chapter's linear programmes, from tables of integer payoff numerators.

A game's payoffs are integers over one denominator d. Every row here is written with the same denominator: its
numerators are differences of payoff numerators (zeros dropped), or d itself where the coefficient is one. Nothing here
solves anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import RationalArray
from gametheory.certificates.programme import LinearProgramme, Sense
from gametheory.games.memory import refuse_if_too_large
from gametheory.games.normal_form import NormalFormGame

__all__ = ["RowBlock", "block", "payoff_programme", "refuse_large_programme", "sum_to_one", "summed", "with_minus_one"]

Array = NDArray[Any]
_MACHINE = 2**62


@final
@dataclass(frozen=True, slots=True, eq=False)
class RowBlock:
    """Consecutive rows of one sense and right-hand side; ``counts`` is the number of entries of each."""

    counts: NDArray[np.int64]
    columns: NDArray[np.int64]
    numerators: Array
    sense: Sense
    right: int
    names: Sequence[str]


def block(table: Array, columns: Array, names: Sequence[str], *, sense: Sense = ">=", right: int = 0) -> RowBlock:
    """Rows from a dense ``table`` (rows, entries); ``columns``, broadcast to its shape, are its entries' columns."""
    where = np.broadcast_to(np.asarray(columns, dtype=np.int64), table.shape)
    kept = np.asarray(table != 0, dtype=bool)
    return RowBlock(kept.sum(axis=1, dtype=np.int64), where[kept], table[kept], sense, right, names)


def sum_to_one(columns: Array, denominator: int, name: str = "probabilities sum to one") -> RowBlock:
    """Σ of the columns = 1, written over the denominator."""
    ones = np.full((1, len(columns)), denominator, dtype=np.int64 if denominator < _MACHINE else object)
    return block(ones, columns, [name], sense="==", right=denominator)


def with_minus_one(table: Array, denominator: int) -> Array:
    """The table with a further column of −1, written over the denominator."""
    minus = np.empty((len(table), 1), dtype=object)
    minus[:] = -denominator
    result = np.concatenate([table, minus], axis=1)
    return result.astype(np.int64) if table.dtype != object and denominator < _MACHINE else result


def summed(tensor: Array) -> Array:
    """Sum over the first axis without overflow."""
    if tensor.dtype != object and tensor.size:
        largest = max(abs(int(tensor.max())), abs(int(tensor.min())))
        if largest * len(tensor) >= _MACHINE:
            tensor = tensor.astype(object)
    return np.asarray(tensor.sum(axis=0))


def payoff_programme(
    game: NormalFormGame,
    blocks: Iterable[RowBlock],
    *,
    name: str,
    arguments: dict[str, Any],
    objective: RationalArray,
    column_names: Sequence[str],
    sense: Literal["max", "min"] = "max",
    free: Sequence[int] = (),
    upper: Sequence[Fraction | None] | None = None,
    digest: str | None = None,
    denominator: int | None = None,
) -> LinearProgramme:
    """The programme with these rows (numerators over one denominator) and columns ≥ 0, ``free`` ones unbounded.

    ``upper`` has the upper bound of each column; by default none.
    ``denominator`` is the game's by default.
    ``digest`` is the game's by default; a programme that is only a step on the way passes ``""`` and saves the work.
    """
    listed = list(blocks)
    unit = game.denominator if denominator is None else denominator
    none = np.zeros(0, dtype=np.int64)  # a game without choices has no rows
    counts = np.concatenate([none, *(b.counts for b in listed)])
    start = np.zeros(len(counts) + 1, dtype=np.int64)
    start[1:] = np.cumsum(counts)
    right = [b.right for b in listed for _ in b.names]
    unbounded = frozenset(free)
    return LinearProgramme(
        sense=sense,
        objective=objective,
        row_start=start,
        column_index=np.concatenate([none, *(b.columns for b in listed)]),
        coefficients=RationalArray.of_integers(np.concatenate([none, *(b.numerators for b in listed)]), unit),
        row_sense=tuple(b.sense for b in listed for _ in b.names),
        right_hand_side=RationalArray.of_integers(np.array(right, dtype=object), unit),
        lower=tuple(None if j in unbounded else Fraction(0) for j in range(len(column_names))),
        upper=(None,) * len(column_names) if upper is None else tuple(upper),
        row_names=_distinct([n for b in listed for n in b.names]),
        column_names=tuple(column_names),
        name=name,
        arguments=arguments,
        game_digest=game.digest() if digest is None else digest,
    )


def _distinct(names: list[str]) -> tuple[str, ...]:
    """The names; where labels make two of them equal ("a plays b" may be an action), all with their row's number."""
    if len(set(names)) == len(names):
        return tuple(names)
    return tuple(f"{name} (row {r})" for r, name in enumerate(names))


def refuse_large_programme(entries: int, what: str) -> None:
    """Refuse before work a programme whose matrix would have this many entries (about 200 bytes each while solved)."""
    refuse_if_too_large(entries, 200, f"the linear programme of {what}")
