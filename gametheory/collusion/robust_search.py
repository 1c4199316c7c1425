"""The best robust correlated profile: cutting planes inside branch and bound over who holds a coalition back.

A node fixes, for some groups of deviations, a cell of weights (:mod:`gametheory.certificates.robust_cases`); its programme
(:mod:`.robust_programme`) keeps the deviations that were found to matter, and its optimum bounds the case. The optimum is
looked at exactly: deviations that it does not withstand are added; where none is left to add but a coalition still blocks,
the group that gains most is split, by member for a pure plan, by halving the longest edge of its cell for weights. Under
"any" and "transfer" nothing is ever split: the root is the answer.

Robust profiles come from nodes whose optimum nobody blocks, from *dives* (each group that blocks is given one choice at
once), and at the start from the best profile that withstands transfers, which withstands "all" and "some" too.

Under "some" the cases of a pure plan are strict inequalities. A node whose optimum meets them only as equations is
settled by a second programme, which maximises by how much they hold: if that is 0 the case is empty; else the optimum is a
supremum, approached on the segment to its solution, and attained iff the same can be had at the optimal value.

Ends when the bound meets the value (with weights: within ``gap``), or at a limit; what is left open stays in the bound.
"""

from __future__ import annotations

import heapq
import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from gametheory.certificates.blocking_plans import Violation
from gametheory.certificates.joint_plans import Group, RobustnessNotion, group_of
from gametheory.certificates.robust_bounds import Objective
from gametheory.certificates.robust_cases import Cell, Leaf, Split, child_cells, unit_cell
from gametheory.collusion.robust_cuts import CuttingPlanes
from gametheory.collusion.robust_programme import CaseOptimum, CaseProgramme, Cells, Row, strict_terms
from gametheory.errors import SolverError
from gametheory.games.normal_form import NormalFormGame

__all__ = ["Progress", "RobustSearch"]

Array = NDArray[Any]
Progress = Callable[[int, float, float], None]
"""Called after each node with the number of nodes and the best value and bound."""

_DIVE = 40  # groups that a dive fixes at most
_SHARES = (20, 40, 80, 160)


@final
@dataclass(frozen=True, slots=True, eq=False)
class _Node:
    place: int
    cells: Cells
    rows: tuple[Row, ...]
    optimum: CaseOptimum
    branch: Group | None


@final
@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """A robust profile in integers, what it is worth, and the supremum that it approaches."""

    weights: Array
    total: int
    value: Fraction
    supremum: Fraction
    attained: bool


@final
class RobustSearch:
    """One search; :meth:`run` fills ``found``, ``nodes`` and ``closed``."""

    def __init__(
        self,
        game: NormalFormGame,
        robustness: RobustnessNotion,
        objective: Objective,
        sense: str,
        *,
        gap: Fraction,
        max_nodes: int,
        time_limit: float | None,
        progress: Progress | None,
    ) -> None:
        self.game, self.robustness = game, robustness
        self.programme = CaseProgramme.of(game, robustness, objective, sense)
        table = self.programme.numbers[0]
        self.gap = gap * max(int(table.max()) - int(table.min()), 1)
        self.max_nodes, self.progress = max_nodes, progress
        self.deadline = None if time_limit is None else time.perf_counter() + time_limit
        self.cuts = CuttingPlanes(self.programme, self.deadline)
        self.nodes: list[Split | Leaf] = []
        self.bounds: list[Fraction | None] = []
        self.found: Found | None = None
        self.stopped = ""
        somebody = (0,) * min(robustness.faulty, 1)
        self._pure = not any(robustness.needs_weights(tuple(s), somebody) for s in robustness.coalitions)

    # -- answers ---------------------------------------------------------------------------------------------------

    @property
    def bound(self) -> Fraction | None:
        """The largest bound of a leaf, in the objective's integers; ``None`` if all are empty."""
        return max(
            (b for b, node in zip(self.bounds, self.nodes, strict=True) if isinstance(node, Leaf) and b is not None),
            default=None,
        )

    # -- the search ------------------------------------------------------------------------------------------------

    def run(self) -> None:
        try:
            self._run()
        except SolverError as error:
            if error.status != "time limit":
                raise
            self.stopped = "time limit"

    def _run(self) -> None:
        linear = all(self.robustness.is_linear(tuple(s)) for s in self.robustness.coalitions)
        order = itertools.count()
        waiting: list[tuple[Fraction, int, _Node]] = []

        def push(node: _Node | None) -> None:
            if node is not None and self._is_open(node.optimum.value):
                assert node.optimum.value is not None
                heapq.heappush(waiting, (-node.optimum.value, next(order), node))

        root = self._evaluate(0, {}, ())
        if root is not None and not linear:
            self._start()
            self._dive({}, root.rows)
        push(root)
        steps = 0
        while waiting:
            node = heapq.heappop(waiting)[2]
            if not self._is_open(node.optimum.value):
                continue
            if len(self.nodes) >= self.max_nodes:
                self.stopped = "node limit"
                return
            if self.progress is not None:
                known = float("-inf") if self.found is None else float(self.found.value)
                self.progress(len(self.nodes), known, float(node.optimum.value or 0))
            steps += 1
            if steps <= 16 or steps % 8 == 0:
                self._dive(node.cells, node.rows)
            for child in self._split(node):
                push(child)

    def _is_open(self, value: Fraction | None) -> bool:
        """Whether a case with this bound may hold something better."""
        if value is None or self.found is None:
            return value is not None
        if self._pure:
            best = self.found
            return value > best.supremum or (value == best.supremum and not best.attained)
        return value > self.found.value + self.gap

    def _split(self, node: _Node) -> list[_Node | None]:
        assert node.branch is not None
        group = node.branch
        cell = node.cells.get(group)
        edge = None if group.is_single else _longest_edge(cell or unit_cell(len(group.members)))
        places = []
        split = Split(group, edge, ())
        cells = child_cells(self.robustness, split, cell)
        for _ in cells:
            places.append(len(self.nodes))
            # Until a child is evaluated, its parent's leaf bounds it.
            self.nodes.append(self.nodes[node.place])
            self.bounds.append(self.bounds[node.place])
        self.nodes[node.place] = Split(group, edge, tuple(places))
        children = []
        for place, child in zip(places, cells, strict=True):
            rows = node.rows
            if group.is_single:
                rows = tuple(row for row in rows if group_of(self.robustness, row[0]) != group)
                deviation = next(r[0] for r in node.rows if group_of(self.robustness, r[0]) == group)
                rows += tuple((deviation, i) for i in group.members) if not child else ((deviation, None),)
            children.append(self._evaluate(place, {**node.cells, group: child}, rows))
        return children

    def _evaluate(self, place: int, cells: Cells, rows: tuple[Row, ...]) -> _Node | None:
        """Bound a case and write its leaf; the node, if it has to be split."""
        if place == len(self.nodes):
            leaf, bound = self.programme.trivial()
            self.nodes.append(leaf)
            self.bounds.append(bound)
        found = self.cuts.relaxed(cells, rows)
        optimum, rows = found.optimum, found.rows
        branch = found.open_groups[0] if found.open_groups else None
        if optimum.value is not None and branch is None:
            if found.is_blocked:
                empty, branch, rows = self._approach(cells, rows, optimum)
                if empty is not None:
                    optimum = CaseOptimum(empty)
            else:
                assert optimum.value is not None
                self._keep(optimum.weights, optimum.total, optimum.value)
        self.nodes[place], self.bounds[place] = optimum.leaf, optimum.value
        return None if branch is None or optimum.value is None else _Node(place, cells, rows, optimum, branch)

    # -- robust profiles -------------------------------------------------------------------------------------------

    def _keep(self, weights: Any, total: int, value: Fraction, supremum: Fraction | None = None) -> None:
        supremum = value if supremum is None else supremum
        best = self.found
        new = Found(weights, total, value, supremum, value == supremum)
        if best is None or (new.supremum, new.attained, new.value) > (best.supremum, best.attained, best.value):
            self.found = new

    def _start(self) -> None:
        """The best profile that withstands transfers: where members gain, or gain without loss, so does their sum."""
        careful = replace(self.robustness, blocking="transfer")
        programme = CaseProgramme(self.game, careful, self.programme.numbers)
        optimum = CuttingPlanes(programme, self.deadline).relaxed({}, ()).optimum
        if optimum.value is not None:
            self._keep(optimum.weights, optimum.total, optimum.value)

    def _dive(self, cells: Cells, rows: tuple[Row, ...]) -> None:
        """Give every group that blocks one choice at once, and see whether something robust comes of it."""
        chosen = {group: cell if group.is_single else (_centre(cell),) for group, cell in cells.items()}
        for _ in range(_DIVE):
            found = self.cuts.relaxed(chosen, rows)
            optimum, rows = found.optimum, found.rows
            if not self._is_open(optimum.value):
                return
            assert optimum.value is not None
            assert optimum.weights is not None
            if not found.is_blocked:
                self._keep(optimum.weights, optimum.total, optimum.value)
                return
            if not found.open_groups:
                return
            group = found.open_groups[0]
            if group.is_single:
                deviation = next(row[0] for row in rows if group_of(self.robustness, row[0]) == group)
                gains = [
                    self.programme.excess({group: (vertex,)}, (deviation, None), optimum.weights)
                    for vertex in unit_cell(len(group.members))
                ]
                chosen[group] = (unit_cell(len(group.members))[int(np.argmin(gains))],)
            else:
                chosen[group] = (self.cuts.oracle.blocked[group][1],)

    # -- strict inequalities ---------------------------------------------------------------------------------------

    def _approach(
        self, cells: Cells, rows: tuple[Row, ...], optimum: CaseOptimum
    ) -> tuple[Leaf | None, Group | None, tuple[Row, ...]]:
        """Settle a case whose optimum meets strict inequalities as equations: empty, to be split, or approached."""
        strict = tuple(row for row in rows if self.programme.line(cells, row)[2] == "strict")
        interior = self.cuts.relaxed(cells, rows, strict)
        inside, kept = interior.optimum, interior.rows
        if inside.value is None or inside.value <= 0:
            return strict_terms(inside.leaf), None, kept
        if interior.open_groups:
            return None, interior.open_groups[0], kept
        assert inside.weights is not None
        assert optimum.weights is not None
        assert optimum.value is not None
        on_face = self.cuts.relaxed(cells, kept, strict, optimum.value)
        best, kept = on_face.optimum, on_face.rows
        if on_face.open_groups:
            return None, on_face.open_groups[0], kept
        if best.value is not None and best.value > 0:
            self._keep(best.weights, best.total, optimum.value)
            return None, None, kept
        near, far = optimum.weights.astype(object) * inside.total, inside.weights.astype(object) * optimum.total
        found: list[Violation] = []
        for k in _SHARES:
            # A share 2^-k of the way inside.
            weights = near * (2**k - 1) + far
            total = optimum.total * inside.total * 2**k
            value = self.programme.value_at(weights, total)
            found = self.cuts.violations(weights)
            if not found and optimum.value - value <= self.gap:
                self._keep(weights, total, value, optimum.value)
                return None, None, kept
        # Beside the optimum a plan blocks that at the optimum itself was hidden by one that is settled.
        hidden = found[0]
        return None, hidden.group, (*kept, (hidden.deviation, None))


def _centre(cell: Cell) -> tuple[Fraction, ...]:
    return tuple(sum(entries, Fraction(0)) / len(cell) for entries in zip(*cell, strict=True))


def _longest_edge(cell: Cell) -> tuple[int, int]:
    def length(pair: tuple[int, int]) -> Fraction:
        return sum(((x - y) ** 2 for x, y in zip(cell[pair[0]], cell[pair[1]], strict=True)), Fraction(0))

    return max(itertools.combinations(range(len(cell)), 2), key=length)
