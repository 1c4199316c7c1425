"""Cutting planes for one case: deviations are added until the optimum meets all that can be written as inequalities.

What then still blocks the optimum are groups whose cell allows it: they have to be split.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, final

from numpy.typing import NDArray

from gametheory.certificates.blocking_plans import Violation, violations
from gametheory.certificates.joint_plans import Group
from gametheory.certificates.robust_cases import unit_cell
from gametheory.collusion.robust_blocking import WeightsOracle
from gametheory.collusion.robust_programme import CaseOptimum, CaseProgramme, Cells, Row

__all__ = ["CuttingPlanes", "Relaxed"]

Array = NDArray[Any]


@final
@dataclass(frozen=True, slots=True, eq=False)
class Relaxed:
    """The optimum of a case with the deviations that were kept.

    ``open_groups`` still block it and can be split, those with the largest gain first; ``is_blocked`` if anything blocks it.
    """

    optimum: CaseOptimum
    rows: tuple[Row, ...]
    open_groups: tuple[Group, ...] = ()
    is_blocked: bool = False


@final
@dataclass(frozen=True, slots=True, eq=False)
class CuttingPlanes:
    """Solves cases of one programme until ``deadline`` (seconds of :func:`time.perf_counter`, or ``None``)."""

    programme: CaseProgramme
    deadline: float | None
    oracle: WeightsOracle = field(init=False)

    def __post_init__(self) -> None:
        blocking = self.programme.robustness.blocking
        object.__setattr__(self, "oracle", WeightsOracle(self.programme.game, blocking))

    def relaxed(
        self, cells: Cells, rows: tuple[Row, ...], strict: tuple[Row, ...] = (), at_least: Fraction | None = None
    ) -> Relaxed:
        """Cut until no deviation is left to add; ``strict`` and ``at_least`` as for :meth:`CaseProgramme.solve`.

        Raises
        ------
        SolverError
            The time is up; its status is "time limit".
        """
        while True:
            left = None if self.deadline is None else max(0.0, self.deadline - time.perf_counter())
            optimum = self.programme.solve(cells, rows, time_limit=left, strict=strict, at_least=at_least)
            if optimum.weights is None:
                return Relaxed(optimum, rows)
            found = self.violations(optimum.weights)
            kept = set(rows)
            new = [row for row in self._cuts(cells, found, optimum.weights) if row not in kept]
            if new:
                rows += tuple(dict.fromkeys(new))
                continue
            sizes = {
                v.group: v.size for v in found if v.group is not None and not (v.group.is_single and v.group in cells)
            }
            by_size = sorted(sizes, key=lambda group: sizes[group], reverse=True)
            return Relaxed(optimum, rows, tuple(by_size), bool(found))

    def violations(self, weights: Array) -> list[Violation]:
        """What a profile (in integers) does not withstand."""
        self.oracle.blocked.clear()
        return list(violations(self.programme.game, weights, self.programme.robustness, self.oracle.answer))

    def _cuts(self, cells: Cells, found: list[Violation], weights: Array) -> list[Row]:
        rows: list[Row] = []
        for violation in found:
            group = violation.group
            if group is None:
                rows.append((violation.deviation, violation.who))
            elif group.is_single:
                if cells.get(group) != ():
                    # Kept even before its group is split: it says what the member who gains least gains.
                    rows.append((violation.deviation, None))
            else:
                cell = cells.get(group, unit_cell(len(group.members)))
                for deviation in sorted(self.oracle.deviations(group, cell)):
                    if self.programme.excess(cells, (deviation, None), weights) > 0:
                        rows.append((deviation, None))
        return rows
