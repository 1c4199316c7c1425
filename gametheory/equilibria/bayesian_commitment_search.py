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

import numpy as np
from numpy.typing import NDArray

from gametheory.certificates.bayesian_commitment import FollowerTypes, Leaf, Multiplier, Ties
from gametheory.certificates.programme import LinearProgramme
from gametheory.equilibria.bayesian_commitment_programmes import NodeProgramme
from gametheory.errors import SolverError
from gametheory.games.memory import refuse_if_too_large

if TYPE_CHECKING:
    from gametheory.optimize.linear_model import Basis

__all__ = ["ReplySearch"]

Floats = NDArray[np.float64]
Vector = tuple[Fraction, ...]
Left = tuple[tuple[int, ...], ...]
_BITS = 40
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


@dataclass(eq=False, slots=True)
class _Relaxed:
    """x, its copies by type, reply and action, multipliers, and the basis to start the next node from."""

    x: Floats
    copies: Floats
    rows: tuple[Multiplier, ...]
    shares: tuple[Multiplier, ...]
    basis: Basis


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
        self._relaxation = _Relaxation(types, ties, self.floor, self.span)
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


@final
class _Relaxation:
    """The relaxation of the cones in floats: one model, whose columns are opened and closed."""

    def __init__(self, types: FollowerTypes, ties: Ties, floor: int, span: int) -> None:
        from gametheory.optimize.linear_model import LinearModel

        kinds, m, n = types.leader.shape
        refuse_if_too_large(kinds * n * n * m, 40, "the linear programme of all types and replies")
        self.types, self.shape, self.floor, self.span = types, (kinds, m, n), floor, span
        self.weak = ties == "weak"
        ratio = np.frompyfunc(lambda u: (u - floor) / span, 1, 1)
        self.leader = ratio(types.leader).astype(np.float64)  # from 1 to 2
        spans = [max(int(own.max()) - int(own.min()), 1) for own in types.follower]
        self.follower = np.array(
            [[[int(u) / s for u in row] for row in own] for own, s in zip(types.follower, spans, strict=True)]
        )
        self.exponents = [_BITS + max(0, s.bit_length() - span.bit_length()) for s in spans]
        self.units = [Fraction(span << e, s) for e, s in zip(self.exponents, spans, strict=True)]
        shared = [
            (kind, group)
            for kind, groups in enumerate(types.classes)
            for group in groups
            if ties == "weak" and len(group) > 1
        ]
        columns = m + kinds * m * n + len(shared)
        cost = np.zeros(columns)
        for kind, p in enumerate(types.prior):
            cost[m + kind * m * n : m + (kind + 1) * m * n] = float(p) * self.leader[kind].T.reshape(-1)
        entries: list[tuple[NDArray[np.int64], Floats]] = [(np.arange(m), np.ones(m))]
        lower, upper = [-np.inf], [1.0]
        for kind in range(kinds):
            for i in range(m):
                entries.append((np.append(self._z(kind, range(n), i), i), np.append(np.ones(n), -1.0)))
                lower.append(0.0)
                upper.append(0.0)
        self.about: list[tuple[int, int, int]] = []
        for kind in range(kinds):
            for j in range(n):
                for k in range(n):
                    if k not in types.group(kind, j):
                        row = self.follower[kind][:, j] - self.follower[kind][:, k]
                        entries.append((self._z(kind, j, range(m)), row))
                        self.about.append((kind, j, k))
                        lower.append(0.0)
                        upper.append(np.inf)
        self.shared: list[tuple[int, int, int]] = []
        for place, (kind, group) in enumerate(shared):
            j, column = group[0], m + kinds * m * n + place
            cost[self._z(kind, j, range(m))] = 0.0
            cost[column] = float(types.prior[kind])
            for s in group:
                row = np.append(-self.leader[kind][:, s], 1.0)
                entries.append((np.append(self._z(kind, j, range(m)), column), row))
                self.shared.append((kind, j, s))
                lower.append(-np.inf)
                upper.append(0.0)
        kept = [row != 0 for _, row in entries]
        start = np.concatenate([[0], np.cumsum([k.sum() for k in kept])])
        index = np.concatenate([c[k] for (c, _), k in zip(entries, kept, strict=True)])
        values = np.concatenate([row[k] for (_, row), k in zip(entries, kept, strict=True)])
        self.lower = np.where(np.arange(columns) < m + kinds * m * n, 0.0, -np.inf)
        self.upper = np.full(columns, np.inf)
        self.model = LinearModel("max", cost, start, index, values, lower, upper, self.lower, self.upper)

    def _z(self, kind: int, j: Any, i: Any) -> NDArray[np.int64]:
        _, m, n = self.shape
        return np.asarray(m + (kind * n + np.asarray(j)) * m + np.asarray(i), dtype=np.int64)

    def _run(self, left: Left, deadline: float | None) -> bool:
        kinds, m, n = self.shape
        upper = self.upper.copy()
        closed = np.ones((kinds, n), dtype=bool)
        for kind, replies in enumerate(left):
            closed[kind, list(replies)] = False
        upper[m : m + kinds * m * n] = np.where(np.repeat(closed.reshape(-1), m), 0.0, np.inf)
        self.model.change_column_bounds(self.lower, upper)
        remaining = None if deadline is None else max(0.0, deadline - time.perf_counter())
        return self.model.run(time_limit=remaining) == "optimal"

    def level(self, value: Fraction) -> float:
        """A payoff of the leader in the units of the model."""
        return float((value * self.types.denominator - self.floor) / self.span)

    def promise(self, replies: tuple[int, ...]) -> float:
        """What the best commitment for these replies is worth in floats, at most."""
        from gametheory.optimize.linear_model import LinearModel

        _, m, n = self.shape
        cost = np.zeros(m)
        rows = [np.ones(m)]
        for kind, j in enumerate(replies):
            own, group = self.follower[kind], list(self.types.group(kind, j)) if self.weak else [j]
            cost += float(self.types.prior[kind]) * self.leader[kind][:, group].max(axis=1)
            rows += [own[:, j] - own[:, k] for k in range(n) if k != j]
        table = np.array(rows)
        start, index = np.arange(len(table) + 1) * m, np.tile(np.arange(m), len(table))
        lower, upper = np.zeros(len(table)), np.full(len(table), np.inf)
        lower[0], upper[0] = -np.inf, 1.0
        model = LinearModel("max", cost, start, index, table.reshape(-1), lower, upper)
        return model.value() if model.run() == "optimal" else np.inf

    def solve(self, left: Left, basis: Basis | None, deadline: float | None) -> _Relaxed | None:
        """The relaxation with rounded multipliers; ``None`` if the solver did not finish."""
        if basis is not None:
            self.model.set_basis(basis)
        if not self._run(left, deadline):
            return None
        kinds, m, n = self.shape
        solution = self.model.solution()
        copies = solution.primal[m : m + kinds * m * n].reshape(kinds, n, m)
        duals = solution.row_duals[1 + kinds * m :]
        if not np.isfinite(duals).all():
            return None
        rows, shares = [], []
        for (kind, j, k), y in zip(self.about, duals[: len(self.about)].tolist(), strict=True):
            if y < 0 and j in left[kind]:
                whole = round(Fraction(-y) * self.units[kind])
                if whole:
                    rows.append((kind, j, k, Fraction(whole, 1 << self.exponents[kind])))
        found: dict[tuple[int, int], list[tuple[int, float]]] = {}
        for (kind, j, s), y in zip(self.shared, duals[len(self.about) :].tolist(), strict=True):
            if j in left[kind]:
                found.setdefault((kind, j), []).append((s, max(y, 0.0)))
        for (kind, j), parts in found.items():
            p = self.types.prior[kind]
            total = sum(y for _, y in parts)
            if total <= 0:
                continue
            halves = [Fraction(int(y / total * 2**_BITS), 2**_BITS) * p for _, y in parts]
            largest = max(range(len(parts)), key=lambda e: halves[e])
            halves[largest] += p - sum(halves)
            shares += [(kind, j, s, h) for (s, _), h in zip(parts, halves, strict=True) if h]
        return _Relaxed(solution.primal[:m], copies, tuple(rows), tuple(shares), solution.basis)

    def suggestion(self, relaxed: _Relaxed) -> tuple[tuple[int, ...], list[float]]:
        """Every type's best reply at x among all, the leader's favourite in ties, and by how much the relaxation flatters."""
        chosen, gaps = [], []
        for kind, p in enumerate(self.types.prior):
            own, worth = relaxed.x @ self.follower[kind], relaxed.x @ self.leader[kind]
            best = np.flatnonzero(own >= own.max() - 1e-9)
            reply = int(best[np.argmax(worth[best])])
            gaps.append(float(p) * float((relaxed.copies[kind].T * self.leader[kind]).sum() - worth[reply]))
            chosen.append(self.types.group(kind, reply)[0] if self.weak else reply)
        return tuple(chosen), gaps
