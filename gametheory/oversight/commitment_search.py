"""The search for the best commitment against followers: best first over the profiles that they may be at, exactly.

A node has the followers at a profile r, with rows that make r stable (see :mod:`gametheory.certificates.follower_commitment`).
Its bound is the leader's payoff over the closure of its rows, one linear programme. Let x be a point where the bound is
attained, and x̂ one at which strict rows hold with room to spare. On the way from x to x̂ the set of stable profiles soon
settles; if r is among them, and under ``"worst"`` none is worth less in the limit, the bound is reached. Otherwise the
condition that fails is what the next branch is about. The node with the largest bound goes first, so that the first one that
reaches its bound ends the search; every leaf keeps its multipliers.
"""

from __future__ import annotations

import heapq
import itertools
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import final

from gametheory.certificates.follower_commitment import Leaf
from gametheory.certificates.followers import Condition, Followers, Row
from gametheory.certificates.programme import LinearProgramme
from gametheory.errors import InfeasibleError, SolverError
from gametheory.optimize.exact import ExactSolution, solve_exact

__all__ = ["CommitmentSearch"]

Vector = tuple[Fraction, ...]


@dataclass(eq=False, slots=True)
class _Node:
    """A profile of the followers with rows that hold there; ``leaf`` closes it unless it has children."""

    reply: int
    rows: tuple[Row, ...]
    decided: frozenset[int] = frozenset()
    leaf: Leaf = ("infeasible", ())
    below: list[_Node] = field(default_factory=list)
    bound: Fraction | None = None
    point: Vector = ()
    inside: Vector | None = None
    prices: Mapping[str, Fraction] = field(default_factory=dict)

    @property
    def strict(self) -> bool:
        return any(row.strict for row in self.rows)


@final
class CommitmentSearch:
    """The tree over all replies; after :meth:`run` the best commitment and the bound on all.

    Attributes
    ----------
    value : Fraction or None
        What is reached, perhaps in the limit only; ``None`` as long as nothing is.
    upper : Fraction or None
        No commitment is worth more; ``None``: none is allowed.
    complete : bool
        Whether the search ended before its limits.
    """

    def __init__(
        self,
        who: Followers,
        *,
        deadline: float | None,
        max_nodes: int,
        progress: Callable[[int, int], None] | None,
    ) -> None:
        self.who, self.deadline, self.max_nodes, self.progress = who, deadline, max_nodes, progress
        self.choices: dict[int, tuple[Condition, ...]] = {}
        self.roots: list[_Node] = []
        for reply in range(who.num_replies):
            always, self.choices[reply] = who.conditions(reply)
            self.roots.append(_Node(reply, always))
        self.value: Fraction | None = None
        self.best: _Node | None = None
        self.upper: Fraction | None = None
        self.complete = True
        self.count = 0
        self._waiting: list[tuple[Fraction, int, _Node]] = []
        self._order = itertools.count()

    def run(self) -> None:
        """Raise the value and lower the bound until they meet, or a limit is reached."""
        for node in self.roots:
            self._add(node)
        while self._waiting:
            if self.progress is not None:
                self.progress(self.count, len(self._waiting))
            node = self._waiting[0][2]
            assert node.bound is not None, "only nodes with a bound wait"
            self.upper = node.bound
            if self.value is not None and node.bound <= self.value:
                any(
                    self._examine(other) is None for _, _, other in self._waiting if other.bound == self.value
                )  # prices
                break
            if self.count > self.max_nodes or (self.deadline is not None and time.perf_counter() > self.deadline):
                self.complete = False
                return
            heapq.heappop(self._waiting)
            condition = self._examine(node)
            if condition is None:
                heapq.heappush(
                    self._waiting, (-node.bound, next(self._order), node)
                )  # it may be asked where it is attained
                break
            for child in self._branch(node, condition):
                self._add(child)
        self.upper = self.value

    def attaining(self) -> Vector | None:
        """A commitment that is worth ``value``, if there is one: a search over the nodes with that bound."""
        waiting = [node for _, _, node in self._waiting if node.bound == self.value]
        if self.best is not None:
            waiting = [self.best, *(node for node in waiting if node is not self.best)]
        while waiting:
            node = waiting.pop(0)
            point = node.point
            if node.strict:
                point = self._inside(node, at_least=self.value)[0] or ()
            if not point:
                continue
            for x in (node.point, point):
                found = self.who.worth(x)
                if found is not None and found[0] == self.value:
                    return x
            failing = self._failing(node, point, None)
            assert failing is not None, "all conditions hold, so that the worth is no less"
            twin = _Node(node.reply, node.rows, node.decided)
            for child in self._branch(twin, failing):
                self._solve(child)
                if child.bound == self.value:
                    waiting.append(child)
        return None

    def approaching(self, epsilon: Fraction) -> Vector:
        """A commitment that is worth no less than ``value`` − ε, on the way from the best point to the inside."""
        node = self.best
        assert node is not None, "something is reached"
        assert self.value is not None, "something is reached"
        if node.inside is None:
            return node.point
        share = Fraction(1)
        while True:
            x = tuple((1 - share) * p + share * q for p, q in zip(node.point, node.inside, strict=True))
            found = self.who.worth(x)
            if found is not None and found[0] >= self.value - epsilon:
                return x
            share /= 2

    def prices(self) -> dict[str, Fraction]:
        """Shadow prices of the rows where the bound is reached, in units of the leader's payoff; empty if none reaches it."""
        node = self.best
        if node is None or node.bound != self.upper:
            return {}
        # A row in numerators u·x ≤ 0 has 1/d of the payoff units on its side, as the bound has: its price is the same in both.
        left_out = {"probabilities", *(row.name for row in node.rows if row.bounding)}
        return {name: y for name, y in node.prices.items() if name not in left_out}

    def tree(self) -> tuple[Leaf, ...]:
        """All leaves in preorder."""
        found: list[Leaf] = []
        waiting = list(reversed(self.roots))
        while waiting:
            node = waiting.pop()
            found.append(node.leaf)
            waiting += reversed(node.below)
        return tuple(found)

    def _branch(self, node: _Node, condition: int) -> list[_Node]:
        decided = node.decided | {condition}
        node.leaf = ("branch", (Fraction(condition),))
        node.below = [_Node(node.reply, (*node.rows, *o), decided) for o in self.choices[node.reply][condition]]
        return node.below

    def _add(self, node: _Node) -> None:
        self._solve(node)
        if node.bound is not None:
            heapq.heappush(self._waiting, (-node.bound, next(self._order), node))

    def _solve(self, node: _Node) -> None:
        """Bound the node, or prove it empty."""
        self.count += 1
        hopeless = [k for k, c in enumerate(self.choices[node.reply]) if not c]
        if hopeless:
            node.leaf = ("branch", (Fraction(hopeless[0]),))
            return
        try:
            solution = self._solved(self.who.programme(node.rows, "value"))
        except InfeasibleError as error:
            node.leaf = ("infeasible", tuple(error.certificate.multipliers.fractions().tolist()))
            return
        node.leaf = ("value", tuple(solution.row_duals.fractions().tolist()))
        bound = solution.value / self.who.game.denominator
        node.point = tuple(solution.primal[i] for i in range(self.who.num_columns))
        node.prices = solution.binding
        if node.strict and (self.value is None or bound >= self.value):
            node.inside, duals = self._inside(node)
            if node.inside is None:
                node.leaf = ("margin", duals)
                return
        node.bound = bound

    def _inside(self, node: _Node, *, at_least: Fraction | None = None) -> tuple[Vector | None, Vector]:
        """A point where all strict rows hold, or multipliers that prove that there is none."""
        try:
            solution = self._solved(self.who.programme(node.rows, "margin", at_least=at_least))
        except InfeasibleError:
            assert at_least is not None, "the rows can be met"
            return None, ()
        if solution.value > 0:
            return tuple(solution.primal[i] for i in range(self.who.num_columns)), ()
        return None, tuple(solution.row_duals.fractions().tolist())

    def _examine(self, node: _Node) -> int | None:
        """Improve what is reached; the condition to branch at, ``None`` if the node's bound is reached."""
        towards = node.inside if node.strict else None
        stable = self.who.stable(node.point, towards)
        payoffs = [self.who.payoff(self.who.leader, r, node.point) for r in stable]
        if payoffs:
            reached = max(payoffs) if self.who.selection == "best" else min(payoffs)
            if self.value is None or reached > self.value:
                self.value, self.best = reached, node
            if reached == node.bound:
                self.best = node
                return None
        failing = self._failing(node, node.point, towards)
        assert failing is not None, "all conditions hold, so that the bound is reached"
        return failing

    def _failing(self, node: _Node, x: Vector, towards: Vector | None) -> int | None:
        """The first condition that does not hold near x; under "worst" the one whose profile is worth least."""
        worst, least = None, None
        for k, condition in enumerate(self.choices[node.reply]):
            if k in node.decided or any(self.who.holds(o, x, towards, node.bound) for o in condition):
                continue
            first = condition[0][0]
            if not first.bounding:
                return k
            worth = self.who.bounded(first, x)
            if least is None or worth < least:
                worst, least = k, worth
        return worst

    def _solved(self, programme: LinearProgramme) -> ExactSolution:
        remaining = None if self.deadline is None else max(1.0, self.deadline - time.perf_counter())
        try:
            return solve_exact(programme, time_limit=remaining)
        except SolverError as error:
            known = (
                "nothing is known below" if self.value is None else f"some commitment is worth {float(self.value):.6g}"
            )
            raise SolverError(
                f"the search for a commitment stopped in a linear programme ({error.status}); {known}; raise time_limit",
                status=error.status,
                solver=error.solver,
            ) from None
