"""The linear programme of a case: the best profile under the inequalities that are known to matter, in rationals.

    maximise Σ_a μ(a) c(a)   (or the smallest of several such sums)
    subject to  μ ≥ 0,  Σ μ = 1,  and  Σ_a μ(a) c_r(a) ≤ 0  for the deviations r that are kept

with c_r as in :mod:`gametheory.certificates.robust_bounds`. Its multipliers are the terms of a leaf there. Deviations are
kept as they are found (cutting planes): few of them bind.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import RationalArray
from gametheory.certificates.joint_plans import Deviation, Group, RobustnessNotion, group_of
from gametheory.certificates.programme import LinearProgramme
from gametheory.certificates.robust_bounds import Objective, objective_numbers, term_coefficients
from gametheory.certificates.robust_cases import Cell, Leaf, Term
from gametheory.errors import InfeasibleError
from gametheory.games.memory import refuse_if_too_large
from gametheory.games.normal_form import NormalFormGame
from gametheory.optimize.exact import solve_exact

__all__ = ["CaseOptimum", "CaseProgramme", "Cells", "Row", "strict_terms"]

Array = NDArray[Any]
Cells = Mapping[Group, Cell]
Row = tuple[Deviation, int | None]
"""A deviation, and who gains by it (or is hurt) where the inequality is about one player."""
Line = tuple[Array, int, str]


@final
@dataclass(frozen=True, slots=True, eq=False)
class CaseOptimum:
    """The optimum of a case: its leaf, its value in the objective's integers, and the profile; only a leaf if empty."""

    leaf: Leaf
    value: Fraction | None = None
    weights: Array | None = None
    total: int = 1


@final
@dataclass(frozen=True, slots=True, eq=False)
class CaseProgramme:
    """Builds and solves the programmes of cases of one question.

    Attributes
    ----------
    game : NormalFormGame
        Exact.
    robustness : RobustnessNotion
    objective, sense
        As in :class:`~gametheory.certificates.robust_bounds.RobustBoundCertificate`.
    numbers : (array, int)
        The objective as rows of integers over a denominator, to be maximised.
    """

    game: NormalFormGame
    robustness: RobustnessNotion
    numbers: tuple[Array, int]
    _lines: dict[Any, Line] = field(default_factory=dict)

    @classmethod
    def of(cls, game: NormalFormGame, robustness: RobustnessNotion, objective: Objective, sense: str) -> CaseProgramme:
        return cls(game, robustness, objective_numbers(game, objective, sense))

    def line(self, cells: Cells, row: Row) -> Line:
        """Coefficients, their unit and kind; see :func:`~gametheory.certificates.robust_bounds.term_coefficients`."""
        deviation, who = row
        key = (row, cells.get(self._group(deviation))) if cells else (row, None)
        if key not in self._lines:
            refuse_if_too_large(len(self._lines) * self.game.num_profiles, 8, "the deviations kept")
            self._lines[key] = term_coefficients(self.game, self.robustness, cells, Term(deviation, who, Fraction(1)))
        return self._lines[key]

    def _group(self, deviation: Deviation) -> Any:
        return group_of(self.robustness, deviation)

    def solve(
        self,
        cells: Cells,
        rows: Sequence[Row],
        *,
        time_limit: float | None = None,
        strict: Sequence[Row] = (),
        at_least: Fraction | None = None,
    ) -> CaseOptimum:
        """The optimum over profiles that meet the rows.

        With ``strict`` rows the objective is by how much (up to 1) all of those hold instead, and the leaf may say that they
        cannot; ``at_least`` then bounds the objective itself from below.
        """
        table, _ = self.numbers
        count, parts = self.game.num_profiles, len(table)
        lines = [self.line(cells, row) for row in rows]
        extra = bool(strict) or parts > 1
        width = count + extra
        refuse_if_too_large((len(lines) + parts + 1) * width, 200, "the linear programme of robust profiles")
        entries: list[tuple[Array, Array]] = [(np.arange(count), np.ones(count, dtype=np.int64))]
        senses, right = ["=="], [1]
        marked = set(strict)
        for (coefficients, _, kind), row in zip(lines, rows, strict=True):
            columns = np.flatnonzero(coefficients != 0)
            values = coefficients[columns]
            if row in marked:
                columns, values = np.append(columns, count), np.append(values.astype(object), 1)
            entries.append((columns, values))
            senses.append("==" if kind == "equation" else "<=")
            right.append(0)
        if not strict and parts > 1:
            for numbers in table:
                entries.append((np.arange(width), np.append(-numbers.astype(object), 1)))
                senses.append("<=")
                right.append(0)
        scale = 1
        if at_least is not None:
            scale = at_least.denominator
            for numbers in table:
                entries.append((np.arange(count), numbers.astype(object) * scale))
                senses.append(">=")
                right.append(int(at_least * scale))
        objective = np.zeros(width, dtype=object)
        if extra:
            objective[count] = 1
        else:
            objective[:count] = table[0].astype(object)
        programme = LinearProgramme(
            sense="max",
            objective=RationalArray.of_integers(objective),
            row_start=np.concatenate([[0], np.cumsum([len(columns) for columns, _ in entries])]),
            column_index=np.concatenate([columns for columns, _ in entries]),
            coefficients=RationalArray.of_integers(np.concatenate([values.astype(object) for _, values in entries])),
            row_sense=tuple(senses),  # type: ignore[arg-type]  # written above
            right_hand_side=RationalArray.of_integers(np.array(right, dtype=object)),
            lower=(Fraction(0),) * count + (None,) * extra,
            upper=(None,) * count + ((Fraction(1) if strict else None),) * extra,
            row_names=tuple(map(str, range(len(entries)))),
            column_names=tuple(map(str, range(width))),
        )
        try:
            solution = solve_exact(programme, time_limit=time_limit)
        except InfeasibleError as error:
            return CaseOptimum(
                self._leaf(rows, lines, error.certificate.multipliers, Fraction(self.game.denominator), None)
            )
        weights = solution.primal.numerators[:count]
        ratio = Fraction(self.game.denominator, 1 if strict else self.numbers[1])
        shares: tuple[Fraction, ...] | None = ()
        if not strict and parts > 1:
            shares = tuple(solution.row_duals[len(rows) + 1 + k] for k in range(parts))
        leaf = self._leaf(rows, lines, solution.row_duals, ratio, shares)
        return CaseOptimum(leaf, solution.value, weights, solution.primal.denominator)

    def _leaf(
        self,
        rows: Sequence[Row],
        lines: Sequence[Line],
        multipliers: RationalArray,
        ratio: Fraction,
        shares: tuple[Fraction, ...] | None,
    ) -> Leaf:
        """Multipliers in units of payoff; ``shares`` is ``None`` for an empty case."""
        terms = [
            Term(deviation, who, multipliers[k + 1] * unit * ratio)
            for k, ((deviation, who), (_, unit, _)) in enumerate(zip(rows, lines, strict=True))
            if multipliers.numerators[k + 1]
        ]
        return Leaf(tuple(terms), shares or (), shares is None)

    def trivial(self) -> tuple[Leaf, Fraction]:
        """A bound that needs no deviation: the best action profile (for the smallest payoff, of the mean)."""
        table, _ = self.numbers
        share = Fraction(1, len(table))
        shares = (share,) * len(table) if len(table) > 1 else ()
        return Leaf((), shares, False), share * int(table.astype(object).sum(axis=0).max())

    def value_at(self, weights: Array, total: int) -> Fraction:
        """The objective, in its integers, at a profile."""
        support = np.flatnonzero(weights != 0)
        return Fraction(min(sum(int(row[k]) * int(weights[k]) for k in support) for row in self.numbers[0]), total)

    def excess(self, cells: Cells, row: Row, weights: Array) -> int:
        """Σ_a μ(a) c_r(a) in integers; the profile violates the row where it is positive."""
        coefficients = self.line(cells, row)[0]
        support = np.flatnonzero((weights != 0) & (coefficients != 0))
        return sum(int(coefficients[k]) * int(weights[k]) for k in support)


def strict_terms(leaf: Leaf) -> Leaf:
    """The leaf of a case whose strict inequalities cannot all hold."""
    return Leaf(leaf.terms, (), True)
