"""Branch and bound over the replies of a follower's types: floats propose, rationals decide.

A node has some replies left for every type. HiGHS solves the relaxation of the cones there; its multipliers, rounded to
multiples of a power of two, are an exact bound (:mod:`gametheory.certificates.bayesian_commitment`), whatever the float solver
did. Its x gives every type's best reply, and the best commitment for these replies is an exact linear programme. The node with
the largest bound is split next, at the type that the relaxation flatters most. Where the bound is within rounding of the best
value, the relaxation is solved exactly.
"""

from __future__ import annotations

import contextlib
import heapq
import itertools
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any, final

from gametheory.certificates.bayesian_commitment import FollowerTypes, Leaf, Ties
from gametheory.certificates.programme import LinearProgramme
from gametheory.equilibria.bayesian_commitment_programmes import NodeProgramme
from gametheory.equilibria.bayesian_commitment_relaxation import Relaxation
from gametheory.errors import SolverError

if TYPE_CHECKING:
    from gametheory.optimize.linear_model import Basis

__all__ = ["ReplySearch"]

Vector = tuple[Fraction, ...]
Left = tuple[tuple[int, ...], ...]
_NEAR = 1e-7
"""Of the span of the leader's payoffs: a bound this close to the best value is computed exactly."""


@dataclass(eq=False, slots=True)
class _Node:
    left: Left
    leaf: Leaf = Leaf("bound")  # noqa: RUF009  # frozen
    below: list[_Node] = field(default_factory=list)
    bound: Fraction = Fraction(0)
    split: tuple[int, int] = (-1, -1)
    basis: Basis | None = None


@final
class ReplySearch:
    """The tree; after :meth:`run` the best replies, their commitment and the bound on all.

    Attributes
    ----------
    value : Fraction
        What is reached; under weak ties perhaps only in the limit.
    point, inside : tuples of Fraction
        Where it is; under weak ties a point inside the common cell of the replies.
    upper : Fraction
    complete : bool
    count : int
        Nodes.
    """

    def __init__(
        self,
        types: FollowerTypes,
        ties: Ties,
        *,
        deadline: float | None,
        max_nodes: int,
        progress: Callable[[int, int], None] | None,
    ) -> None:
        self.types, self.ties, self.deadline, self.max_nodes, self.progress = types, ties, deadline, max_nodes, progress
        low, high = int(types.leader.min()), int(types.leader.max())
        self.span = max(high - low, 1)
        self.floor = low - self.span
        self.value: Fraction | None = None
        self.point: Vector = ()
        self.inside: Vector = ()
        self.replies: tuple[int, ...] = ()
        self.upper = Fraction(high, types.denominator)
        self.complete = True
        self.count = 0
        self._promises: dict[tuple[int, ...], float] = {}
        self._cells: dict[tuple[int, ...], tuple[Fraction, Leaf]] = {}
        self._relaxation = Relaxation(types, ties, self.floor, self.span)
        self.root = _Node(types.start(ties))

    def run(self) -> None:
        """Raise the value and lower the bound until they meet, or a limit is reached."""
        order = itertools.count()
        waiting: list[tuple[Fraction, int, _Node]] = []

        def add(node: _Node) -> None:
            self._solve(node)
            if node.leaf.kind == "bound" and (self.value is None or node.bound > self.value):
                heapq.heappush(waiting, (-node.bound, next(order), node))

        add(self.root)
        while waiting:
            if self.progress is not None:
                self.progress(self.count, len(waiting))
            node = waiting[0][2]
            if self.value is not None and node.bound <= self.value:
                break
            if self.count > self.max_nodes or self._late():
                self.complete = False
                break
            heapq.heappop(waiting)
            near = (
                self.value is not None
                and node.bound <= self.value + Fraction(_NEAR) * self.span / self.types.denominator
            )
            decided = all(len(replies) == 1 for replies in node.left)
            if decided or near:
                self._close(node)
                if node.leaf.kind == "flat" or (self.value is not None and node.bound <= self.value):
                    continue
                if decided:
                    heapq.heappush(waiting, (-node.bound, next(order), node))  # only a limit can leave it open
                    self.complete = False
                    break
            kind, reply = node.split
            rest = tuple(j for j in node.left[kind] if j != reply)
            lefts = [(*node.left[:kind], part, *node.left[kind + 1 :]) for part in ((reply,), rest)]
            node.below = [_Node(left, node.leaf, basis=node.basis) for left in lefts]
            node.basis = None
            node.leaf = Leaf("split", (kind, reply))
            for child in node.below:
                add(child)
        if self.value is None:
            raise SolverError(
                f"no commitment was found before the limit ({self.count:,} nodes); raise time_limit or max_nodes",
                status="stopped",
                solver="branch and bound",
            )
        self.upper = max([self.value, *(node.bound for _, _, node in waiting)])

    def tree(self) -> tuple[Leaf, ...]:
        """All nodes in preorder."""
        found: list[Leaf] = []
        waiting = [self.root]
        while waiting:
            node = waiting.pop()
            found.append(node.leaf)
            waiting += reversed(node.below)
        return tuple(found)

    def _late(self) -> bool:
        return self.deadline is not None and time.perf_counter() > self.deadline

    def _solve(self, node: _Node) -> None:
        """A float relaxation, its exact bound, the commitment that its x suggests, and where to split."""
        self.count += 1
        found = self._relaxation.solve(node.left, node.basis, self.deadline)
        if found is None:  # out of time or in trouble: the multipliers of the node above hold here too
            node.bound = self._inherited(node)
            node.split = next(((k, js[0]) for k, js in enumerate(node.left) if len(js) > 1), (-1, -1))
            if self.value is None:
                self._try(tuple(js[0] for js in node.left))
            return
        node.leaf = Leaf("bound", (), found.rows, found.shares)
        node.bound = self.types.bound(node.left, found.rows, found.shares, self.ties)
        node.basis = found.basis
        replies, gaps = self._relaxation.suggestion(found)
        self._try(replies)
        if self.value is None:
            self._try(tuple(js[0] for js in node.left))
        open_types = [k for k, js in enumerate(node.left) if len(js) > 1]
        if open_types:
            kind = max(open_types, key=lambda k: (gaps[k], -k))
            node.split = (kind, max(node.left[kind], key=lambda j: (found.copies[kind, j].sum(), -j)))

    def _inherited(self, node: _Node) -> Fraction:
        """The bound from the multipliers that came from above, those of replies that are gone left out."""
        kept = [
            tuple(row for row in rows if row[1] in node.left[row[0]]) for rows in (node.leaf.rows, node.leaf.shares)
        ]
        node.leaf = Leaf("bound", (), kept[0], kept[1])
        return self.types.bound(node.left, kept[0], kept[1], self.ties)

    def _try(self, replies: tuple[int, ...]) -> None:
        """The best commitment for these replies, if it may be better than what is known."""
        if replies in self._cells:
            return
        if self.value is not None:
            if replies not in self._promises:
                self._promises[replies] = self._relaxation.promise(replies)
            if self._promises[replies] < self._relaxation.level(self.value) - 1e-9:
                return
        with contextlib.suppress(SolverError):  # out of time: what is known stays
            self._cell(replies)

    def _cell(self, replies: tuple[int, ...]) -> tuple[Fraction, Leaf]:
        """The best commitment for these replies exactly; under weak ties nothing unless their cells have an interior."""
        if replies not in self._cells:
            left = tuple((j,) for j in replies)
            node = NodeProgramme.of(self.types, left, self.ties, self.floor)
            solution = self._solved(node.programme)
            leaf = Leaf("bound", (), *node.multipliers(solution.row_duals.fractions().tolist()))
            bound = self.types.bound(left, leaf.rows, leaf.shares, self.ties)
            if solution.value > 0 and (self.value is None or bound > self.value):
                point = tuple(solution.primal[i] for i in range(self.types.num_actions))
                inside: Vector = ()
                if self.ties == "weak":
                    inside, flat = self._interior(replies)
                    leaf = leaf if inside else flat
                if inside or self.ties == "strong":
                    reached = bound if self.ties == "weak" else self.types.worth(point, "strong")
                    self.value, self.point, self.inside, self.replies = reached, point, inside, replies
            self._cells[replies] = (bound, leaf)
        return self._cells[replies]

    def _close(self, node: _Node) -> None:
        """Bound the node exactly, if time allows."""
        try:
            if all(len(replies) == 1 for replies in node.left):
                node.bound, node.leaf = self._cell(tuple(js[0] for js in node.left))
                return
            programme = NodeProgramme.of(self.types, node.left, self.ties, self.floor)
            solution = self._solved(programme.programme)
        except SolverError:
            return
        rows, shares = programme.multipliers(solution.row_duals.fractions().tolist())
        node.leaf = Leaf("bound", (), rows, shares)
        node.bound = self.types.bound(node.left, rows, shares, self.ties)
        if solution.value > 0:
            x = tuple(solution.primal[i] for i in range(self.types.num_actions))
            self._try(self._representatives(self.types.selected(x, "strong")))

    def _representatives(self, replies: Sequence[int]) -> tuple[int, ...]:
        if self.ties == "strong":
            return tuple(replies)
        return tuple(self.types.group(kind, j)[0] for kind, j in enumerate(replies))

    def _interior(self, replies: tuple[int, ...]) -> tuple[Vector, Leaf]:
        """A point where these replies are better than all that are not their equals, or multipliers against it."""
        m = self.types.num_actions
        rows: list[Any] = [("probabilities", dict.fromkeys(range(m), 1), "==", 1)]
        about = []
        for kind, j in enumerate(replies):
            own, group = self.types.follower[kind], self.types.group(kind, j)
            for k in range(self.types.num_replies):
                if k not in group:
                    row = {i: int(own[i, j]) - int(own[i, k]) for i in range(m)}
                    rows.append((f"type {kind} replies {j}, not {k}", {**row, m: -1}, ">=", 0))
                    about.append((kind, j, k))
        programme = LinearProgramme.from_rows("max", [0] * m + [1], rows, lower=[0] * m + [None], upper=[1] * m + [1])
        solution = self._solved(programme)
        if solution.value > 0:
            return tuple(solution.primal[i] for i in range(m)), Leaf("bound")
        duals = solution.row_duals.fractions().tolist()[1:]
        return (), Leaf("flat", (), tuple((*place, -y) for place, y in zip(about, duals, strict=True) if y))

    def _solved(self, programme: LinearProgramme) -> Any:
        from gametheory.optimize.exact import solve_exact

        remaining = None if self.deadline is None else max(1.0, self.deadline - time.perf_counter())
        return solve_exact(programme, time_limit=remaining)
