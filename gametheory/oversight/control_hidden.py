"""A hidden audit counter: the overseer's plan as flows over audits left, one linear programme for all steps.

The attacker picks step t and type k beforehand, seeing nothing. A plan is a flow: x(t, b), the probability that b audits are
left before step t while all is honest, and y(t, b, s, a), that of then doing a at score s, as a share of x:

    Σ_a y(t, b, s, a) = x(t, b),     x(1, B) = 1,     x(t+1, b) = Σ_s h(s) Σ_a y(t, b + c_a, s, a)
    harm  z ≥ Σ_b Σ_s f_k(s) Σ_a w_k (1 − q_ak) y(t, b, s, a)     for every step t and type k
    usefulness  Σ_t Σ_b Σ_s h(s) Σ_a u_a y(t, b, s, a) / T        per step, of honest work throughout

Minimise z, or trade it for usefulness: the frontier over T steps has exact vertices. The multipliers of the harm rows are
the attacker's mix of steps and types. Large programmes are solved in floats; plan and mix are rounded to rationals and what
each guarantees is recomputed, which gives a bracket.

Size: about T (B + 1)(1 + scores × actions) columns. Reference: D. Koller, N. Megiddo and B. von Stengel, "Efficient
computation of equilibria for extensive two-person games", Games and Economic Behavior 14 (1996), for flows as strategies.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, final

from gametheory.arithmetic import RationalArray, exact
from gametheory.arithmetic.limits import check_count, check_seconds
from gametheory.certificates.audit_plans import AuditProblem
from gametheory.certificates.programme import LinearProgramme
from gametheory.optimize.frontier import Frontier
from gametheory.optimize.objectives import weighted_programme
from gametheory.oversight.control import ControlGame

__all__ = ["hidden_budget_frontier", "hidden_budget_programme", "hidden_plans", "weighted_hidden_programme"]

_EXACT = 700  # columns of a programme that is solved exactly
_BITS = 192
_GRID = 2**44

Rows = list[tuple[str, dict[int, Any], Any, Any]]


@final
@dataclass(frozen=True, slots=True)
class Flows:
    """The columns of the programme: a place for every state, and one for every action at every score of it."""

    problem: AuditProblem
    states: tuple[tuple[int, int], ...]
    place: Mapping[tuple[int, int], int]
    num_columns: int

    @classmethod
    def of(cls, problem: AuditProblem) -> Flows:
        states: list[tuple[int, int]] = []
        place, column = {}, 0
        reached = {problem.budget}
        for t in range(problem.steps):
            for left in sorted(reached):
                states.append((t, left))
                place[t, left] = column
                column += 1 + len(problem.honest) * len(problem.allowed(left))
            reached = {left - problem.audits[a] for left in reached for a in problem.allowed(left)}
        return cls(problem, tuple(states), place, column)

    def action(self, t: int, left: int, score: int, index: int) -> int:
        """The column of the ``index``-th allowed action."""
        return self.place[t, left] + 1 + score * len(self.problem.allowed(left)) + index

    def rows(self) -> Rows:
        """Conservation, and the harm (the last column) of every step and type."""
        problem, count = self.problem, len(self.problem.honest)
        rows: Rows = [("all audits are left at first", {self.place[0, problem.budget]: 1}, "==", 1)]
        into: dict[tuple[int, int], dict[int, Any]] = {
            state: {self.place[state]: Fraction(-1)} for state in self.states if state[0]
        }
        harm: list[list[dict[int, Any]]] = [
            [{self.num_columns: Fraction(1)} for _ in problem.attacks] for _ in range(problem.steps)
        ]
        for t, left in self.states:
            actions = problem.allowed(left)
            for s in range(count):
                columns = [self.action(t, left, s, j) for j in range(len(actions))]
                row: dict[int, Any] = dict.fromkeys(columns, 1) | {self.place[t, left]: -1}
                rows.append((f"step {t + 1}, {left} left, score {s + 1}", row, "==", 0))
                for a, column in zip(actions, columns, strict=True):
                    if t + 1 < problem.steps and problem.honest[s]:
                        into[t + 1, left - problem.audits[a]][column] = problem.honest[s]
                    for k, (law, missed) in enumerate(zip(problem.attacks, problem.missed, strict=True)):
                        if law[s] * missed[a]:
                            harm[t][k][column] = -law[s] * missed[a]
        rows += [(f"{left} left before step {t + 1}", row, "==", 0) for (t, left), row in into.items()]
        for t, types in enumerate(harm):
            rows += [(f"attack in step {t + 1} of type {k + 1}", row, ">=", 0) for k, row in enumerate(types)]
        return rows

    def usefulness(self, worths: Sequence[Fraction]) -> list[Fraction]:
        """Usefulness per step by columns, the harm's included."""
        cost = [Fraction(0)] * (self.num_columns + 1)
        for t, left in self.states:
            for s, h in enumerate(self.problem.honest):
                for j, a in enumerate(self.problem.allowed(left)):
                    cost[self.action(t, left, s, j)] = h * worths[a] / self.problem.steps
        return cost

    def programme(self) -> LinearProgramme:
        """Minimise the harm."""
        cost = [0] * self.num_columns + [1]
        return LinearProgramme.from_rows(
            "min", cost, self.rows(), lower=[0] * self.num_columns + [None], name="hidden counter"
        )

    def plan(self, point: Sequence[Any]) -> Any:
        """Probabilities of the actions by step, audits left and score; where nothing leads, the first that takes no audit."""
        problem = self.problem
        idle = tuple(Fraction(int(a == problem.audits.index(0))) for a in range(len(problem.audits)))
        steps = [[[idle] * len(problem.honest) for _ in range(problem.budget + 1)] for _ in range(problem.steps)]
        for t, left in self.states:
            actions = problem.allowed(left)
            for s in range(len(problem.honest)):
                weights = _distribution([point[self.action(t, left, s, j)] for j in range(len(actions))])
                if weights is not None:
                    chosen = dict(zip(actions, weights, strict=True))
                    steps[t][left][s] = tuple(chosen.get(a, Fraction(0)) for a in range(len(idle)))
        return tuple(tuple(tuple(table) for table in step) for step in steps)


def hidden_plans(problem: AuditProblem, precision: int | None, deadline: float | None) -> tuple[Any, Any, int | None]:
    """The overseer's plan, the attacker's mix of steps and types, and how finely their bounds are rounded."""
    from gametheory.optimize.exact import solve_exact
    from gametheory.optimize.linear import solve_linear

    flows = Flows.of(problem)
    programme = flows.programme()
    left = None if deadline is None else max(0.0, deadline - time.perf_counter())
    exactly = precision is None and programme.num_columns <= _EXACT
    types, point, duals = len(problem.attacks), [], []
    if exactly:
        solution = solve_exact(programme, time_limit=left)
        point, duals = solution.primal.fractions().tolist(), solution.row_duals.fractions().tolist()
    else:
        found = solve_linear(programme, time_limit=left)
        point, duals = found.primal.tolist(), found.row_duals.tolist()
    mix = _distribution(duals[-problem.steps * types :])
    assert mix is not None, "the multipliers of the harm rows sum to 1, the harm's cost"
    attack = tuple(tuple(mix[t * types : (t + 1) * types]) for t in range(problem.steps))
    return flows.plan(point), attack, None if exactly else precision or _BITS


def hidden_budget_programme(game: Mapping[str, Any], *, steps: int, audits: int) -> LinearProgramme:
    """The programme at the head of the module, maximising usefulness; everything as JSON data.

    Parameters
    ----------
    game : mapping
        As :meth:`ControlGame.to_dict` writes it.
    steps, audits : int
    """
    from gametheory.oversight.control_budget import audit_problem

    read = ControlGame.from_dict(dict(game))
    flows = Flows.of(audit_problem(read, steps=steps, audits=audits, counter="hidden"))
    return LinearProgramme.from_rows(
        "max",
        flows.usefulness([action.usefulness for action in read.actions]),
        flows.rows(),
        name="hidden counter frontier",
        arguments={"game": read.to_dict(), "steps": steps, "audits": audits},
    )


def weighted_hidden_programme(*, weights: list[str], **arguments: Any) -> LinearProgramme:
    """The weighted sum of harm and usefulness over the plans of :func:`hidden_budget_programme`."""
    programme = hidden_budget_programme(**arguments)
    harm, usefulness = (exact(weight, where="weights") for weight in weights)
    costs = [RationalArray.from_fractions(cost) for cost in _objectives(programme)]
    return weighted_programme(programme, costs, ("min", "max"), (harm, -usefulness))


def hidden_budget_frontier(
    game: ControlGame,
    *,
    steps: int,
    audits: int,
    time_limit: float | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Frontier:
    """Safety against usefulness over T steps with a hard audit budget whose counter the attacker does not see: exact vertices.

    Parameters
    ----------
    game : ControlGame
    steps : int ≥ 1
    audits : int ≥ 0
        At most, in all steps together.
    time_limit, progress : optional
        As for :func:`gametheory.optimize.bi_objective_frontier`.

    Returns
    -------
    Frontier
        Measures ``"harm"`` (min) and ``"usefulness"`` (max, per step); ``point.decision`` holds the probabilities of the
        actions by step, audits left and score.

    Examples
    --------
    Two steps, a monitor that sees nothing, one audit: what is not audited is either accepted or deferred.

    >>> from gametheory.oversight import accept_audit_defer
    >>> game = ControlGame([1], [1], actions=accept_audit_defer(defer_usefulness="1/2"))
    >>> [tuple(map(str, point.measures)) for point in hidden_budget_frontier(game, steps=2, audits=1)]
    [('0', '3/4'), ('1/2', '1')]
    """
    from gametheory.optimize.bi_objective import bi_objective_frontier
    from gametheory.oversight.control_budget import audit_problem

    check_seconds("time_limit", time_limit)
    flows = Flows.of(audit_problem(game, steps=steps, audits=audits, counter="hidden"))
    programme = hidden_budget_programme(game.to_dict(), steps=check_count("steps", steps), audits=audits)
    return bi_objective_frontier(
        programme,
        _objectives(programme),
        senses=("min", "max"),
        measures=("harm", "usefulness"),
        decision=lambda point: flows.plan(point.fractions().tolist()),
        time_limit=time_limit,
        progress=progress,
    )


def _objectives(programme: LinearProgramme) -> list[list[Fraction]]:
    count = programme.num_columns
    return [[Fraction(int(j == count - 1)) for j in range(count)], programme.objective.fractions().tolist()]


def _distribution(weights: Sequence[Any]) -> list[Fraction] | None:
    """Weights scaled to one; floats on a grid, so that rationals stay short. ``None`` if all are 0."""
    kept = [x if isinstance(x, Fraction) else Fraction(max(0, round(x * _GRID))) for x in weights]
    total = sum(kept, Fraction(0))
    return [x / total for x in kept] if total else None
