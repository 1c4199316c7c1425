"""Linear programmes in rational numbers, as data.

    maximise (or minimise)  c·x + c₀   subject to   A x  ≤, ≥ or =  b  (row by row),   l ≤ x ≤ u

with rational A, b, c, l, u; bounds may be infinite. Rows and columns have names. A programme is built by a pure
function of the chapter that needs it (the *row builder*), named by ``name`` and ``arguments``: a stranger rebuilds it
from the game and compares entry by entry (:meth:`LinearProgramme.difference`). Nothing here solves anything.

The products A x and yᵀA are exact: in machine integers while they provably fit, else in Python integers. Both take one
pass over the stored entries; memory is proportional to their number.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import RationalArray, exact
from gametheory.certificates.encoding import brief
from gametheory.certificates.rationals import (
    expect_keys,
    rational_array_from_json,
    rational_array_to_json,
    rational_from_json,
    rational_to_json,
)
from gametheory.errors import SpecificationError

__all__ = ["LinearProgramme", "Sense", "sparse_rows"]

Sense = Literal["<=", ">=", "=="]
Array = NDArray[Any]
_MACHINE = 2**62
_KEYS = (
    *("name", "arguments", "game_digest", "sense", "objective", "constant", "row_start", "column_index"),
    *("coefficients", "row_sense", "right_hand_side", "lower", "upper", "row_names", "column_names", "integer"),
)


@final
@dataclass(frozen=True, slots=True, eq=False)
class LinearProgramme:
    """A linear (or, with ``integer``, mixed-integer) programme with rational data and named rows.

    Attributes
    ----------
    sense : "max" or "min"
    objective : RationalArray, shape (num_columns,)
    row_start, column_index, coefficients : int arrays and RationalArray
        The matrix by rows (compressed sparse rows): row r has the entries ``row_start[r]:row_start[r + 1]``. A column
        given twice in a row counts with the sum.
    row_sense : tuple of "<=", ">=", "=="
    right_hand_side : RationalArray, shape (num_rows,)
    lower, upper : tuple of Fraction or None
        Bounds of each column; ``None`` is infinite.
    row_names, column_names : sequence of str
        Names of rows are distinct: shadow prices are reported by them.
    integer : frozenset of int
        Columns that must be integral.
    constant : Fraction
        Added to the objective.
    name, arguments : str, mapping
        The row builder that makes this programme, and what it was given, as JSON data.
    game_digest : str
        Digest of the game it was built from, or ``""``.

    Raises
    ------
    SpecificationError
        Lengths that disagree, an unknown sense, row starts that decrease, column indices out of range, a row name given
        twice.

    Examples
    --------
    >>> wyndor = LinearProgramme.from_rows(
    ...     "max",
    ...     [3, 5],
    ...     [("plant 1", {0: 1}, "<=", 4), ("plant 2", {1: 2}, "<=", 12), ("plant 3", {0: 3, 1: 2}, "<=", 18)],
    ... )
    >>> wyndor
    LinearProgramme(unnamed: max over 2 columns, 3 rows)
    >>> wyndor.objective_at(RationalArray.of_integers([2, 6]))
    Fraction(36, 1)
    """

    sense: Literal["max", "min"]
    objective: RationalArray
    row_start: NDArray[np.int64]
    column_index: NDArray[np.int64]
    coefficients: RationalArray
    row_sense: tuple[Sense, ...]
    right_hand_side: RationalArray
    lower: tuple[Fraction | None, ...]
    upper: tuple[Fraction | None, ...]
    row_names: Sequence[str]
    column_names: Sequence[str]
    integer: frozenset[int] = frozenset()
    constant: Fraction = Fraction(0)
    name: str = ""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    game_digest: str = ""

    def __post_init__(self) -> None:
        where = f"linear programme {self.name!r}"
        rows, columns = len(self.row_sense), len(self.objective)
        sizes = {
            "row_start": (len(self.row_start), rows + 1),
            "right_hand_side": (len(self.right_hand_side), rows),
            "row_names": (len(self.row_names), rows),
            "column_names": (len(self.column_names), columns),
            "lower": (len(self.lower), columns),
            "upper": (len(self.upper), columns),
            "coefficients": (len(self.coefficients), len(self.column_index)),
        }
        for key, (found, expected) in sizes.items():
            if found != expected:
                raise SpecificationError(f"{where}: {key} has {found} entries; write {expected}")
        if self.sense not in ("max", "min"):
            raise SpecificationError(f"{where}: sense is {self.sense!r}; write 'max' or 'min'")
        for r, sense in enumerate(self.row_sense):
            if sense not in ("<=", ">=", "=="):
                raise SpecificationError(f"{where}: row_sense[{r}] is {sense!r}; write '<=', '>=' or '=='")
        for key in ("row_start", "column_index"):
            indices = np.array(getattr(self, key), dtype=np.int64, copy=True)
            indices.setflags(write=False)
            object.__setattr__(self, key, indices)
        start = self.row_start
        if int(start[0]) != 0 or int(start[-1]) != len(self.column_index) or bool(np.any(np.diff(start) < 0)):
            raise SpecificationError(
                f"{where}: row_start must rise from 0 to the number of entries, {len(self.column_index)}; sort the rows"
            )
        if len(self.column_index) and not 0 <= int(self.column_index.min()) <= int(self.column_index.max()) < columns:
            raise SpecificationError(f"{where}: a column index lies outside 0 … {columns - 1}; take existing ones")
        if any(not 0 <= j < columns for j in self.integer):
            raise SpecificationError(f"{where}: an integer column lies outside 0 … {columns - 1}; take existing ones")
        if len(set(self.row_names)) != rows:
            raise SpecificationError(f"{where}: a row name occurs twice; give each row its own name")

    @classmethod
    def from_rows(
        cls,
        sense: Literal["max", "min"],
        objective: Sequence[Any],
        rows: Sequence[tuple[str, Mapping[int, Any], Sense, Any]],
        *,
        lower: Sequence[Any] | None = None,
        upper: Sequence[Any] | None = None,
        column_names: Sequence[str] | None = None,
        integer: frozenset[int] = frozenset(),
        constant: Any = 0,
        name: str = "",
        arguments: Mapping[str, Any] | None = None,
        game_digest: str = "",
    ) -> LinearProgramme:
        """Write a small programme down row by row.

        Parameters
        ----------
        sense : "max" or "min"
        objective : sequence of numbers
        rows : sequence of (name, {column: coefficient}, "<=", ">=" or "==", right-hand side)
        lower, upper : sequence of numbers or None, optional
            Bounds by column, ``None`` for infinite; by default 0 and infinite.
        column_names : sequence of str, optional
            By default ``"x0"``, ``"x1"``, ….

        Numbers are whatever :func:`gametheory.arithmetic.exact` reads; floats count as the rationals that they are.
        """
        columns = len(objective)
        start, index, values = sparse_rows([{j: exact(a) for j, a in row.items()} for _, row, _, _ in rows])

        def bounds(given: Sequence[Any] | None, default: Fraction | None) -> tuple[Fraction | None, ...]:
            return (default,) * columns if given is None else tuple(None if x is None else exact(x) for x in given)

        return cls(
            sense=sense,
            objective=RationalArray.from_fractions([exact(c) for c in objective]),
            row_start=start,
            column_index=index,
            coefficients=values,
            row_sense=tuple(row[2] for row in rows),
            right_hand_side=RationalArray.from_fractions([exact(row[3]) for row in rows]),
            lower=bounds(lower, Fraction(0)),
            upper=bounds(upper, None),
            row_names=tuple(row[0] for row in rows),
            column_names=tuple(f"x{j}" for j in range(columns)) if column_names is None else tuple(column_names),
            integer=integer,
            constant=exact(constant),
            name=name,
            arguments={} if arguments is None else arguments,
            game_digest=game_digest,
        )

    @property
    def num_rows(self) -> int:
        return len(self.row_sense)

    @property
    def num_columns(self) -> int:
        return len(self.objective)

    def row(self, index: int) -> dict[int, Fraction]:
        """One row as a mapping from column to coefficient; entries of a column given twice are added."""
        result: dict[int, Fraction] = {}
        for k in range(int(self.row_start[index]), int(self.row_start[index + 1])):
            column = int(self.column_index[k])
            result[column] = result.get(column, Fraction(0)) + self.coefficients[k]
        return result

    def entry_rows(self) -> NDArray[np.int64]:
        """The row of each stored entry, shape (num_entries,)."""
        return np.repeat(np.arange(self.num_rows, dtype=np.int64), np.diff(self.row_start))

    # -- exact products --------------------------------------------------------------------------------------------

    def row_activities(self, point: RationalArray) -> RationalArray:
        """A x, exactly: the value of each row at ``point``, shape (num_columns,)."""
        sums = _scattered_products(
            self.coefficients.numerators, point.numerators, self.column_index, self.entry_rows(), self.num_rows
        )
        return RationalArray.of_integers(sums, self.coefficients.denominator * point.denominator)

    def combined_rows(self, multipliers: RationalArray) -> RationalArray:
        """yᵀA, exactly: the rows added up with ``multipliers``, shape (num_rows,)."""
        sums = _scattered_products(
            self.coefficients.numerators, multipliers.numerators, self.entry_rows(), self.column_index, self.num_columns
        )
        return RationalArray.of_integers(sums, self.coefficients.denominator * multipliers.denominator)

    def objective_at(self, point: RationalArray) -> Fraction:
        """c·x + c₀, exactly."""
        total = sum(
            int(c) * int(x) for c, x in zip(self.objective.numerators, point.numerators, strict=True) if c and x
        )
        return Fraction(total, self.objective.denominator * point.denominator) + self.constant

    def infeasibility(self, point: RationalArray) -> str | None:
        """The first row, bound or integrality that ``point`` violates, in words; ``None`` if it is feasible."""
        for j in range(self.num_columns):
            value, low, high = int(point.numerators[j]), self.lower[j], self.upper[j]
            if low is not None and value * low.denominator < low.numerator * point.denominator:
                return f"column {self.column_names[j]!r} is {brief(point[j])}, below its lower bound {brief(low)}"
            if high is not None and value * high.denominator > high.numerator * point.denominator:
                return f"column {self.column_names[j]!r} is {brief(point[j])}, above its upper bound {brief(high)}"
        for j in sorted(self.integer):
            if point[j].denominator != 1:
                return f"column {self.column_names[j]!r} is {brief(point[j])}, which is no integer"
        activities = self.row_activities(point)
        sides = self.right_hand_side
        for r, sense in enumerate(self.row_sense):
            slack = (
                int(activities.numerators[r]) * sides.denominator - int(sides.numerators[r]) * activities.denominator
            )
            if (slack > 0 and sense != ">=") or (slack < 0 and sense != "<="):
                return f"row {self.row_names[r]!r} is {brief(activities[r])}, but must be {sense} {brief(sides[r])}"
        return None

    # -- comparison and files --------------------------------------------------------------------------------------

    def difference(self, other: LinearProgramme) -> str | None:
        """Where ``other`` first differs from this programme, in words; ``None`` if both are the same programme.

        Compared entry by entry: senses, objective, rows (order counts, zero entries do not), bounds, integrality, names
        of rows and columns, the row builder with its arguments, and the digest of the game.
        """
        for key in ("name", "game_digest", "sense", "num_columns", "num_rows"):
            mine, theirs = getattr(self, key), getattr(other, key)
            if mine != theirs:
                return f"{key}: {mine!r} against {theirs!r}"
        if _plain(self.arguments) != _plain(other.arguments):
            return f"arguments: {_plain(self.arguments)} against {_plain(other.arguments)}"
        if self.constant != other.constant:
            return f"constant of the objective: {brief(self.constant)} against {brief(other.constant)}"
        for j in range(self.num_columns):
            if self.column_names[j] != other.column_names[j]:
                return f"column {j}: named {self.column_names[j]!r} against {other.column_names[j]!r}"
            for key in ("lower", "upper"):
                mine, theirs = getattr(self, key)[j], getattr(other, key)[j]
                if mine != theirs:
                    return f"column {self.column_names[j]!r}: {key} bound {_bound(mine)} against {_bound(theirs)}"
            if (j in self.integer) != (j in other.integer):
                return f"column {self.column_names[j]!r}: integral on one side only"
        if self.objective != other.objective:
            j = next(j for j in range(self.num_columns) if self.objective[j] != other.objective[j])
            mine, theirs = brief(self.objective[j]), brief(other.objective[j])
            return f"objective, column {self.column_names[j]!r}: {mine} against {theirs}"
        same_entries = (
            np.array_equal(self.row_start, other.row_start)
            and np.array_equal(self.column_index, other.column_index)
            and self.coefficients == other.coefficients
        )
        for r in range(self.num_rows):
            if self.row_names[r] != other.row_names[r]:
                return f"row {r}: named {self.row_names[r]!r} against {other.row_names[r]!r}"
            if self.row_sense[r] != other.row_sense[r]:
                return f"row {self.row_names[r]!r}: {self.row_sense[r]} against {other.row_sense[r]}"
            mine, theirs = self.right_hand_side[r], other.right_hand_side[r]
            if mine != theirs:
                return f"row {self.row_names[r]!r}: right-hand side {brief(mine)} against {brief(theirs)}"
            if not same_entries:
                row, row_other = self.row(r), other.row(r)
                for j in sorted(row.keys() | row_other.keys()):
                    one, two = row.get(j, Fraction(0)), row_other.get(j, Fraction(0))
                    if one != two:
                        place = f"row {self.row_names[r]!r}, column {self.column_names[j]!r}"
                        return f"{place}: {brief(one)} against {brief(two)}"
        return None

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data, rationals as ``"p/q"``."""
        return {
            "name": self.name,
            "arguments": _plain(self.arguments),
            "game_digest": self.game_digest,
            "sense": self.sense,
            "objective": rational_array_to_json(self.objective),
            "constant": rational_to_json(self.constant),
            "row_start": self.row_start.tolist(),
            "column_index": self.column_index.tolist(),
            "coefficients": rational_array_to_json(self.coefficients),
            "row_sense": list(self.row_sense),
            "right_hand_side": rational_array_to_json(self.right_hand_side),
            "lower": [None if x is None else rational_to_json(x) for x in self.lower],
            "upper": [None if x is None else rational_to_json(x) for x in self.upper],
            "row_names": [str(x) for x in self.row_names],
            "column_names": [str(x) for x in self.column_names],
            "integer": sorted(self.integer),
        }

    @classmethod
    def from_dict(cls, data: Any) -> LinearProgramme:
        """Read what :meth:`to_dict` wrote; refuse anything else with the key that is wrong."""
        expect_keys(data, _KEYS, where="programme")
        for key in ("name", "game_digest", "sense"):
            if not isinstance(data[key], str):
                raise SpecificationError(f"programme.{key}: found {data[key]!r}; write a string")
        if not isinstance(data["arguments"], dict):
            raise SpecificationError(f"programme.arguments: found {data['arguments']!r}; write an object")
        return cls(
            sense=data["sense"],
            objective=rational_array_from_json(data["objective"], where="programme.objective"),
            row_start=_indices(data["row_start"], "programme.row_start", minimum_length=1),
            column_index=_indices(data["column_index"], "programme.column_index"),
            coefficients=rational_array_from_json(data["coefficients"], where="programme.coefficients"),
            row_sense=_texts(data["row_sense"], "programme.row_sense"),  # type: ignore[arg-type]  # checked on construction
            right_hand_side=rational_array_from_json(data["right_hand_side"], where="programme.right_hand_side"),
            lower=_bounds(data["lower"], "programme.lower"),
            upper=_bounds(data["upper"], "programme.upper"),
            row_names=_texts(data["row_names"], "programme.row_names"),
            column_names=_texts(data["column_names"], "programme.column_names"),
            integer=frozenset(_indices(data["integer"], "programme.integer").tolist()),
            constant=rational_from_json(data["constant"], where="programme.constant"),
            name=data["name"],
            arguments=data["arguments"],
            game_digest=data["game_digest"],
        )

    def __repr__(self) -> str:
        integral = f", {len(self.integer)} integral" if self.integer else ""
        name = self.name or "unnamed"
        return f"LinearProgramme({name}: {self.sense} over {self.num_columns} columns{integral}, {self.num_rows} rows)"


def sparse_rows(
    rows: Sequence[Mapping[int, Fraction | int]],
) -> tuple[NDArray[np.int64], NDArray[np.int64], RationalArray]:
    """``(row_start, column_index, coefficients)`` from rows given as mappings; for small programmes."""
    start = np.zeros(len(rows) + 1, dtype=np.int64)
    start[1:] = np.cumsum([len(row) for row in rows])
    columns = np.array([j for row in rows for j in row], dtype=np.int64)
    values = RationalArray.from_fractions([Fraction(x) for row in rows for x in row.values()])
    return start, columns, values


def _scattered_products(
    entries: Array, factors: Array, factor_index: NDArray[np.int64], sum_index: NDArray[np.int64], count: int
) -> Array:
    """Σ entries[k] · factors[factor_index[k]] over all k with sum_index[k] = s, for s < count, in exact integers."""
    if entries.dtype != object and factors.dtype != object and len(entries):
        largest = int(np.abs(entries).max()) * int(np.abs(factors).max(initial=0))
        if largest * int(np.bincount(sum_index, minlength=1).max()) < _MACHINE:
            sums = np.zeros(count, dtype=np.int64)
            np.add.at(sums, sum_index, entries * factors[factor_index])
            return sums
    used = np.array([bool(x) for x in factors.tolist()], dtype=bool)
    chosen = np.flatnonzero(used[factor_index]) if len(entries) else np.zeros(0, dtype=np.int64)
    totals = [0] * count
    places, numbers = factor_index[chosen].tolist(), entries[chosen].tolist()
    values = factors.tolist()
    for s, j, a in zip(sum_index[chosen].tolist(), places, numbers, strict=True):
        totals[s] += a * values[j]
    result = np.empty(count, dtype=object)
    result[:] = totals
    return result


def _bound(value: Fraction | None) -> str:
    return "none" if value is None else brief(value)


def _plain(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments as they are after a trip through JSON, so that a tuple equals the list that it was saved as."""
    result: dict[str, Any] = json.loads(json.dumps(dict(arguments)))
    return result


def _indices(data: Any, where: str, *, minimum_length: int = 0) -> NDArray[np.int64]:
    if not isinstance(data, list) or len(data) < minimum_length:
        raise SpecificationError(f"{where}: found {type(data).__name__}; write a list of whole numbers")
    for k, x in enumerate(data):
        if type(x) is not int or not 0 <= x < _MACHINE:
            raise SpecificationError(f"{where}[{k}]: found {x!r}; write a whole number ≥ 0")
    return np.array(data, dtype=np.int64)


def _texts(data: Any, where: str) -> tuple[str, ...]:
    if not isinstance(data, list):
        raise SpecificationError(f"{where}: found {type(data).__name__}; write a list of strings")
    for k, x in enumerate(data):
        if not isinstance(x, str):
            raise SpecificationError(f"{where}[{k}]: found {x!r}; write a string")
    return tuple(data)


def _bounds(data: Any, where: str) -> tuple[Fraction | None, ...]:
    if not isinstance(data, list):
        raise SpecificationError(f"{where}: found {type(data).__name__}; write a list of numbers or nulls")
    return tuple(None if x is None else rational_from_json(x, where=f"{where}[{k}]") for k, x in enumerate(data))
