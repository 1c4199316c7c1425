"""The best auction in reduced form: interim winning probabilities and payments, with Border's inequalities.

For one item and independent private values, Bayesian incentive compatibility, interim participation, revenue and welfare
depend on Q_i(θ_i) and T_i(θ_i) alone, the interim winning probabilities and payments:

    maximise    Σ_i Σ_k μ_i(k) T_i(k)                                  (or welfare: v_i(k) Q_i(k))
    subject to  μ_i(k) (v_i(k) Q_i(k) − T_i(k)) ≥ μ_i(k) ū_i(k)        interim participation
                μ_i(k) (v_i(k) (Q_i(k) − Q_i(l)) − (T_i(k) − T_i(l))) ≥ 0     for neighbouring values v_i(k), v_i(l)
                Σ_{(i, k) ∈ S} μ_i(k) Q_i(k) ≤ μ{some (i, θ_i) ∈ S}    for sets S of types (:mod:`.border`)

Values that differ make neighbours enough: their rows force Q_i to rise with the value, and then imply all others (single
crossing; Myerson 1981, lemma 2). Border's rows are added as they are violated, or all upper sets at once for identical agents,
who share one rule. Rows left out only make the bound weaker, and the solution obeys them: what is certified is the optimum.

References: R. Myerson 1981, *Mathematics of Operations Research* 6; K. Border 1991, *Econometrica* 59; S. Matthews 1984, "On
the implementability of reduced form auctions", *Econometrica* 52. Size: 2 Σ k_i columns (2 k for identical agents).
"""

from __future__ import annotations

import html
import itertools
import time
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, final

from gametheory.arithmetic import RationalArray
from gametheory.arithmetic.limits import check_seconds
from gametheory.certificates.encoding import brief
from gametheory.certificates.programme import LinearProgramme, Sense
from gametheory.certificates.rationals import rational_array_to_json
from gametheory.errors import InfeasibleError, SolverError, UnboundedError, UnsupportedError
from gametheory.games.tables import data_frame
from gametheory.games.values import compared_by
from gametheory.mechanisms.border import TypeSet, border_excess, border_side, violated_sets
from gametheory.mechanisms.constraints import BayesianIC, BudgetBalance, InterimParticipation, read_constraint
from gametheory.mechanisms.environment import Environment
from gametheory.mechanisms.variables import Constraint, check_constraints
from gametheory.optimize.design import Design

__all__ = ["ReducedForm", "interim_reason", "optimal_reduced_form", "reduced_form_programme"]

_CUTS = 20  # violated inequalities that are added in one round


@final
@compared_by("environment", "allocation", "payments")
@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ReducedForm:
    """Interim winning probabilities and payments of every type.

    Attributes
    ----------
    environment : Environment
    allocation, payments : tuple of RationalArray, shapes (k_i,)
        :func:`~.border.interim_implementation` makes a mechanism of them.
    """

    environment: Environment
    allocation: tuple[RationalArray, ...]
    payments: tuple[RationalArray, ...]

    def __repr__(self) -> str:
        types = "×".join(map(str, self.environment.num_types))
        return f"ReducedForm({self.environment.num_agents} agents, types {types})"

    def _rows(self) -> list[list[Any]]:
        environment = self.environment
        return [
            [agent, name, environment.shown(self.allocation[i][k]), environment.shown(self.payments[i][k])]
            for i, agent in enumerate(environment.agents)
            for k, name in enumerate(environment.types[i])
        ]

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{html.escape(agent)}</td><td>{html.escape(name)}</td><td>{_text(q)}</td><td>{_text(t)}</td></tr>"
            for agent, name, q, t in self._rows()[:200]
        )
        head = "<tr><th>agent</th><th>type</th><th>wins with</th><th>pays</th></tr>"
        return f"<table><caption>{html.escape(repr(self))}</caption>{head}{rows}</table>"

    def to_frame(self) -> Any:
        """A pandas table of the types: winning probability and expected payment."""
        return data_frame(self._rows(), ["agent", "type", "wins", "pays"])

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data."""
        return {
            "environment": self.environment.to_dict(),
            "allocation": [rational_array_to_json(row) for row in self.allocation],
            "payments": [rational_array_to_json(row) for row in self.payments],
        }


def interim_reason(environment: Environment, objective: Any, constraints: Sequence[Constraint]) -> str:
    """Why the reduced form does not apply; ``""`` where it does."""
    if not environment.item:
        return "outcomes are not who gets a single item"
    if not environment.independent:
        return "types are correlated"
    if objective not in ("revenue", "welfare"):
        return "the objective is neither 'revenue' nor 'welfare'"
    for constraint in constraints:
        if not isinstance(constraint, (BayesianIC, InterimParticipation)) and constraint != BudgetBalance("ex ante"):
            return f"{constraint.title} is not about interim quantities"
    if not any(isinstance(constraint, BayesianIC) for constraint in constraints):
        return "there is no Bayesian incentive compatibility"
    for i, names in enumerate(environment.types):
        values = environment.item_values(i).numerators.tolist()
        if len(set(values)) < len(names) or not environment.type_probabilities(i).numerators.all():
            return f"{environment.agents[i]} has types of one value, or of probability 0"
    return ""


def reduced_form_programme(
    environment: Any, *, objective: str, constraints: Sequence[Any], sets: Sequence[Any]
) -> LinearProgramme:
    """Write the programme of the module down for given sets of types; a pure function.

    Parameters
    ----------
    environment : Environment
        Or its JSON form. Symmetries that take every agent to every other merge the agents' columns.
    objective : "revenue" or "welfare"
    constraints : sequence
        BayesianIC, InterimParticipation and BudgetBalance("ex ante"), or their JSON forms.
    sets : sequence of sequences of (agent, type) indices
        The sets whose Border inequality is written down.
    """
    if isinstance(environment, dict):
        environment = Environment.from_dict(environment)
    asked = [read_constraint(item) if isinstance(item, dict) else item for item in check_constraints(constraints)]
    reason = interim_reason(environment, objective, asked)
    if reason:
        raise UnsupportedError(f"the reduced form does not apply: {reason}; use mechanism_programme")
    agents, weight = _shared(environment)
    places = {(i, k): j for j, (i, k) in enumerate((i, k) for i in agents for k in range(environment.num_types[i]))}
    count = len(places)
    shares = {i: environment.type_probabilities(i).fractions() for i in agents}
    worth = {i: environment.item_values(i).fractions() for i in agents}
    rows: list[tuple[str, dict[int, Fraction], Sense, Fraction]] = []
    objective_row = [Fraction(0)] * (2 * count)
    for (i, k), j in places.items():
        share, value = shares[i][k], worth[i][k]
        objective_row[j if objective == "welfare" else count + j] = (
            weight * share * (value if objective == "welfare" else 1)
        )
    for constraint in asked:
        if isinstance(constraint, BayesianIC):
            for i in agents:
                order = sorted(range(len(worth[i])), key=worth[i].__getitem__)
                neighbours = list(itertools.pairwise(order))
                pairs = [*neighbours, *((high, low) for low, high in neighbours)]
                for a, b in pairs:
                    f, v, names = shares[i][a], worth[i][a], environment.types[i]
                    one, two = places[i, a], places[i, b]
                    row = {one: f * v, two: -f * v, count + one: -f, count + two: f}
                    rows.append((f"{environment.agents[i]} reports {names[b]} at {names[a]}", row, ">=", Fraction(0)))
        elif isinstance(constraint, InterimParticipation):
            for (i, k), j in places.items():
                f, v = shares[i][k], worth[i][k]
                name = f"{environment.agents[i]} takes part at {environment.types[i][k]}"
                rows.append((name, {j: f * v, count + j: -f}, ">=", f * environment.outside[i][k]))
        else:
            row = {count + j: weight * shares[i][k] for (i, k), j in places.items()}
            rows.append(("budget on average", row, ">=", Fraction(0)))
    given = [tuple((int(i), int(k)) for i, k in types) for types in sets]
    for number, types in enumerate(given):
        row = {}
        for i, k in types:
            j = places[i if i in shares else agents[0], k]
            row[j] = row.get(j, Fraction(0)) + shares[i if i in shares else agents[0]][k]
        rows.append((_set_text(environment, types, number), row, "<=", border_side(environment, types)))
    texts = [f"{environment.types[i][k]} of {environment.agents[i]}" for i, k in places]
    return LinearProgramme.from_rows(
        "max",
        objective_row,
        [(text, {j: a for j, a in row.items() if a}, sense, side) for text, row, sense, side in rows],
        lower=[Fraction(0)] * count + [None] * count,
        column_names=[f"{text} wins" for text in texts] + [f"{text} pays" for text in texts],
        name="reduced_form",
        arguments={
            "environment": environment.to_dict(),
            "objective": objective,
            "constraints": [constraint.to_dict() for constraint in asked],
            "sets": [[list(pair) for pair in types] for types in given],
        },
    )


def optimal_reduced_form(
    environment: Environment, objective: str, constraints: Sequence[Constraint], *, time_limit: float | None = None
) -> Design:
    """Find the best interim winning probabilities and payments of a single-item environment, exactly.

    Parameters
    ----------
    environment : Environment
        Of a single item, types independent and of different values.
    objective : "revenue" or "welfare"
    constraints : sequence
        BayesianIC, and InterimParticipation or BudgetBalance("ex ante").
    time_limit : float, optional
        Seconds ≥ 0.

    Returns
    -------
    Design
        ``decision`` is a :class:`ReducedForm`; :func:`~.border.interim_implementation` constructs a mechanism from it.

    Raises
    ------
    InfeasibleError, UnboundedError, SolverError
        As for :func:`~.optimal.optimal_mechanism`.
    UnsupportedError
        The reduced form does not apply; the message says why.

    Examples
    --------
    Ten values 1/10, …, 1, two bidders: a revenue of 49/100 (Myerson 1981; 5/12 in the continuum):

    >>> values = [f"{k}/10" for k in range(1, 11)]
    >>> environment = Environment.single_item([values] * 2, priors=[["1/10"] * 10] * 2, identical=True)
    >>> design = optimal_reduced_form(environment, "revenue", [BayesianIC(), InterimParticipation()])
    >>> str(design.value), str(design.decision.allocation[0][9])
    ('49/100', '19/20')
    """
    from gametheory.optimize.exact import solve_exact

    check_seconds("time_limit", time_limit)
    constraints = check_constraints(constraints)
    deadline = None if time_limit is None else time.perf_counter() + time_limit
    sets = _first_sets(environment) if not interim_reason(environment, objective, constraints) else []
    while True:
        programme = reduced_form_programme(environment, objective=objective, constraints=constraints, sets=sets)
        left = None if deadline is None else deadline - time.perf_counter()
        if left is not None and left <= 0:
            raise SolverError("time limit; raise time_limit", status="time limit", solver="exact simplex")
        try:
            solution = solve_exact(programme, time_limit=left)
        except UnboundedError as problem:
            raise UnboundedError(
                "objective: it grows without limit, because nothing limits what some agents can be made to pay; add "
                "InterimParticipation()",
                ray=problem.ray,
            ) from None
        except InfeasibleError as problem:
            used = [
                row
                for row, y in zip(programme.row_names, problem.certificate.multipliers.numerators.tolist(), strict=True)
                if y
            ]
            raise InfeasibleError(
                f"no mechanism meets all constraints: these cannot live together: {'; '.join(used[:6])}"
                f"{f' and {len(used) - 6} more' if len(used) > 6 else ''}. Drop or weaken one of them",
                certificate=problem.certificate,
            ) from None
        rule = _reduced_form(environment, solution.primal)
        cuts = [types for _, types in violated_sets(environment, rule.allocation, limit=_CUTS)]
        if not cuts:
            break
        sets += cuts
    assert border_excess(environment, rule.allocation) == 0
    return Design(
        value=environment.shown(solution.value),
        decision=rule,
        profile="every agent reports its type",
        binding=solution.binding,
        certificate=solution.certificate,
        name=f"{objective} in reduced form under {', '.join(constraint.title for constraint in constraints)}",
    )


def _first_sets(environment: Environment) -> list[TypeSet]:
    """All types; for identical agents, all sets of the types of at least some value."""
    n = environment.num_agents
    everybody = tuple((i, k) for i in range(n) for k in range(environment.num_types[i]))
    agents, _ = _shared(environment)
    if len(agents) == n:
        return [everybody]
    values = environment.item_values(0).numerators.tolist()
    order = sorted(range(len(values)), key=lambda k: values[k])
    return [tuple(sorted((i, k) for i in range(n) for k in order[start:])) for start in range(len(order))]


def _shared(environment: Environment) -> tuple[list[int], int]:
    """The agents whose rules are the variables, and how many agents each stands for: one, if all can change places."""
    reached, waiting = {0}, [0]
    while waiting:
        i = waiting.pop()
        for agents, _ in environment.symmetries:
            if agents[i] not in reached:
                reached.add(agents[i])
                waiting.append(agents[i])
    n = environment.num_agents
    return ([0], n) if len(reached) == n else (list(range(n)), 1)


def _reduced_form(environment: Environment, point: RationalArray) -> ReducedForm:
    agents, _ = _shared(environment)
    count, place, allocation, payments = len(point) // 2, 0, [], []
    for i in agents:
        m = environment.num_types[i]
        allocation.append(point[place : place + m])
        payments.append(point[count + place : count + place + m])
        place += m
    copies = environment.num_agents // len(agents)
    return ReducedForm(environment, tuple(allocation * copies), tuple(payments * copies))


def _set_text(environment: Environment, types: TypeSet, number: int) -> str:
    """``"Border 3: types 2, 3 of agent 1; 3 of agent 2"``, cut short where it is long."""
    parts = []
    for i, agent in enumerate(environment.agents):
        own = [environment.types[i][k] for j, k in types if j == i]
        if len(own) == environment.num_types[i] and own:
            parts.append(f"all of {agent}")
        elif own:
            parts.append(f"{', '.join(own[:3])}{f' and {len(own) - 3} more' if len(own) > 3 else ''} of {agent}")
    return f"Border {number + 1}: types {'; '.join(parts[:3])}{'; …' if len(parts) > 3 else ''}"


def _text(value: Any) -> str:
    return brief(value) if isinstance(value, Fraction) else f"{value:.6g}"
