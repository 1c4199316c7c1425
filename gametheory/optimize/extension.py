"""A linear programme with further rows and columns, for engines that constrain objectives or add a slack."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from gametheory.arithmetic import RationalArray
from gametheory.certificates.programme import LinearProgramme, Sense, sparse_rows

__all__ = ["Column", "Row", "extended_programme"]

Row = tuple[str, Mapping[int, Fraction], Sense, Fraction]
Column = tuple[str, Fraction | None, Fraction | None]


def extended_programme(
    programme: LinearProgramme, rows: Sequence[Row], *, columns: Sequence[Column] = (), name: str
) -> LinearProgramme:
    """``programme`` with rows (name, {column: coefficient}, sense, side) and columns (name, lower, upper) added at the end.

    New columns have no part in the objective.

    Examples
    --------
    >>> programme = LinearProgramme.from_rows("min", [1, 1], [("demand", {0: 1, 1: 2}, ">=", 2)])
    >>> extended_programme(programme, [("second", {1: Fraction(1)}, "<=", Fraction(1, 2))], name="capped")
    LinearProgramme(capped: min over 2 columns, 2 rows)
    """
    start, index, values = sparse_rows([row for _, row, _, _ in rows])
    objective = programme.objective
    if columns:
        objective = RationalArray.from_fractions([*objective.fractions(), *([Fraction(0)] * len(columns))])
    return replace(
        programme,
        objective=objective,
        row_start=[*programme.row_start.tolist(), *(start[1:] + len(programme.column_index)).tolist()],  # type: ignore[arg-type]  # copied into an array
        column_index=[*programme.column_index.tolist(), *index.tolist()],  # type: ignore[arg-type]  # copied into an array
        coefficients=RationalArray.from_fractions([*programme.coefficients.fractions(), *values.fractions()]),
        row_sense=(*programme.row_sense, *(sense for _, _, sense, _ in rows)),
        right_hand_side=RationalArray.from_fractions(
            [*programme.right_hand_side.fractions(), *(side for _, _, _, side in rows)]
        ),
        lower=(*programme.lower, *(low for _, low, _ in columns)),
        upper=(*programme.upper, *(high for _, _, high in columns)),
        row_names=(*programme.row_names, *(row[0] for row in rows)),
        column_names=(*programme.column_names, *(column[0] for column in columns)),
        name=name,
    )
