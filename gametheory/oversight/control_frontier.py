"""The best control policies: every trade of safety for usefulness, exactly, with its price.

Policies π(a | s) of a control game (:mod:`.control`) and the harm z are the columns of a linear programme
(:mod:`.control_programme`): maximise the usefulness or minimise z, where z is at least the harm of every attack type, within
an audit budget (expected audits of honest work) and limits on harm or usefulness, as asked.

The multiplier of the harm limit is the *price of safety*: usefulness given up per unit of harm avoided. The multipliers
of the attack types, scaled to one, are the attacker's *equilibrium mix*: against it no policy does better. The whole
frontier of (harm, usefulness) has exact vertices (:func:`gametheory.optimize.bi_objective_frontier`), and for one attack
type they are Neyman and Pearson's: scores are treated more severely in the order of the likelihood ratio f(s)/h(s).

Size: scores × actions + 1 columns, scores + attack types + 3 rows.

References: C. Griffin, L. Thomson, B. Shlegeris and A. Abate, "Games for AI control", arXiv:2409.07985 (frontiers of a
protocol against a red team); R. Greenblatt et al., "AI control", arXiv:2312.06942; J. Neyman and E. S. Pearson (1933).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from gametheory.arithmetic import RationalArray, exact, exact_text
from gametheory.arithmetic.limits import check_seconds
from gametheory.certificates.programme import LinearProgramme
from gametheory.errors import InfeasibleError, SpecificationError
from gametheory.optimize.design import Design
from gametheory.optimize.frontier import Frontier
from gametheory.optimize.parametric_path import ParametricPath
from gametheory.oversight.control import ControlGame
from gametheory.oversight.control_policy import ControlPolicy
from gametheory.oversight.control_programme import BUDGET, Objective, control_objectives, control_programme

__all__ = [
    "attack_mix",
    "audit_budget_path",
    "control_frontier",
    "control_shortfall",
    "optimal_control_policy",
]

_EVERY_SCORE = "one action at"  # rows that only say what a policy is


def optimal_control_policy(
    game: ControlGame,
    *,
    objective: Objective,
    most_harm: Any = None,
    least_usefulness: Any = None,
    audit_budget: Any = None,
    time_limit: float | None = None,
) -> Design:
    """The most useful policy within a limit on harm, or the safest one that keeps a usefulness; within an audit budget.

    Parameters
    ----------
    game : ControlGame
    objective : "usefulness" or "harm"
        What is best: the most usefulness, or the least harm.
    most_harm : number, optional
        Expected harm of the worst attack, at most.
    least_usefulness : number, optional
        Of a piece of honest work, in expectation.
    audit_budget : number, optional
        Expected audits per piece of honest work, at most.
    time_limit : float, optional
        Seconds ≥ 0.

    Returns
    -------
    Design
        ``value``: the usefulness or the harm; ``decision``: the :class:`ControlPolicy`; ``profile``: the attacker's
        equilibrium mix, a mapping from attack type to probability; ``binding``: shadow prices, ``"most harm"`` the price of
        safety.

    Raises
    ------
    InfeasibleError
        The limits cannot all be kept; the message names those that contradict each other.
    SolverError
        The time limit was reached.

    Examples
    --------
    >>> from gametheory.oversight import accept_audit_defer
    >>> game = ControlGame(
    ...     ["0.5", "0.25", "0.15", "0.07", "0.03"],
    ...     [["0.05", "0.1", "0.2", "0.3", "0.35"], ["0.3", "0.3", "0.2", "0.15", "0.05"]],
    ...     harms=[1, "1/2"],
    ...     actions=accept_audit_defer(auditor_accuracy="0.9", audit_usefulness="0.8", defer_usefulness="0.6"))
    >>> design = optimal_control_policy(game, objective="usefulness", most_harm="1/10")
    >>> round(float(design), 6), design.binding["most harm"], design.certificate.verify()
    (0.835014, Fraction(1516, 1845), True)
    >>> {name: str(p) for name, p in design.profile.items()}
    {'attack type 1': '56/379', 'attack type 2': '323/379'}
    """
    from gametheory.optimize.exact import solve_exact

    check_seconds("time_limit", time_limit)
    programme = control_programme(game.to_dict(), **_limits(objective, most_harm, least_usefulness, audit_budget))
    try:
        solution = solve_exact(programme, time_limit=time_limit)
    except InfeasibleError as error:
        raise _infeasible(programme, error) from None
    policy = _policy(game, solution.primal)
    prices = {name: price for name, price in solution.binding.items() if not name.startswith(_EVERY_SCORE)}
    return Design(
        value=solution.value,
        decision=policy,
        profile=attack_mix(policy, prices),
        binding=prices,
        certificate=solution.certificate,
        name="most useful control policy" if objective == "usefulness" else "safest control policy",
    )


def control_frontier(
    game: ControlGame,
    *,
    audit_budget: Any = None,
    time_limit: float | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Frontier:
    """Every policy that no other betters in both harm and usefulness: exact vertices, each with its policy and prices.

    Parameters
    ----------
    game : ControlGame
    audit_budget : number, optional
        Expected audits per piece of honest work, at most.
    time_limit, progress : optional
        As for :func:`gametheory.optimize.bi_objective_frontier`.

    Returns
    -------
    Frontier
        Measures ``"harm"`` (min) and ``"usefulness"`` (max); ``point.decision`` is a :class:`ControlPolicy`, and
        ``exchange_rates()`` gives the price of safety along every edge.

    Raises
    ------
    InfeasibleError
        No policy keeps the audit budget.
    SolverError
        The time limit was reached.

    Examples
    --------
    >>> from gametheory.oversight import accept_audit_defer
    >>> game = ControlGame(["0.7", "0.2", "0.1"], ["0.1", "0.3", "0.6"], actions=accept_audit_defer(audit_usefulness="1/2"))
    >>> frontier = control_frontier(game)
    >>> [tuple(map(str, point.measures)) for point in frontier]
    [('0', '1/2'), ('1/10', '17/20'), ('2/5', '19/20'), ('1', '1')]
    >>> [str(rate) for rate in frontier.exchange_rates()]
    ['7/2', '1/3', '1/12']
    """
    from gametheory.optimize.bi_objective import bi_objective_frontier

    check_seconds("time_limit", time_limit)
    programme = control_programme(game.to_dict(), **_limits("usefulness", None, None, audit_budget))
    try:
        return bi_objective_frontier(
            programme,
            control_objectives(programme),
            senses=("min", "max"),
            measures=("harm", "usefulness"),
            decision=lambda point: _policy(game, point),
            time_limit=time_limit,
            progress=progress,
        )
    except InfeasibleError as error:
        raise _infeasible(programme, error) from None


def audit_budget_path(
    game: ControlGame,
    *,
    objective: Objective,
    most_harm: Any = None,
    least_usefulness: Any = None,
    largest_budget: Any = None,
    time_limit: float | None = None,
) -> ParametricPath:
    """The best usefulness or the least harm for every audit budget, exactly; slopes are the price of an audit.

    Parameters
    ----------
    game, objective, most_harm, least_usefulness :
        As for :func:`optimal_control_policy`.
    largest_budget : number, optional
        Where the path ends; by default the audits of auditing everything, beyond which nothing changes.

    Returns
    -------
    ParametricPath
        Of the parameter ``"audit budget"``, from the least with which the limits can be kept.

    Examples
    --------
    The largest risk of a missed attack falls fastest where the monitor is surest:

    >>> from gametheory.oversight import accept_audit_defer
    >>> game = ControlGame(["0.7", "0.2", "0.1"], ["0.1", "0.3", "0.6"], actions=accept_audit_defer())
    >>> path = audit_budget_path(game, objective="harm")
    >>> [(str(piece.start), str(piece.end), str(piece.slope)) for piece in path.pieces]
    [('0', '1/10', '-6'), ('1/10', '3/10', '-3/2'), ('3/10', '1', '-1/7')]
    """
    from gametheory.optimize.parametric import right_hand_side_path

    check_seconds("time_limit", time_limit)
    top = max(action.audits for action in game.actions) if largest_budget is None else largest_budget
    programme = control_programme(game.to_dict(), **_limits(objective, most_harm, least_usefulness, 0))
    try:
        return right_hand_side_path(
            programme, {BUDGET: 1}, interval=(None, top), parameter=BUDGET, time_limit=time_limit
        )
    except InfeasibleError as error:
        raise _infeasible(programme, error) from None


def control_shortfall(policy: ControlPolicy, *, audit_budget: Any = None) -> Fraction:
    """How much usefulness a policy gives away: the most that any has with no more harm, less its own.

    Parameters
    ----------
    policy : ControlPolicy
    audit_budget : number, optional
        Expected audits per piece of honest work; by default as many as the policy takes.

    Examples
    --------
    To audit what looks half suspicious instead of what looks worst wastes three quarters of the 1/10 that audits cost:

    >>> from gametheory.oversight import accept_audit_defer
    >>> game = ControlGame(["0.7", "0.2", "0.1"], ["0.1", "0.3", "0.6"], actions=accept_audit_defer(audit_usefulness="1/2"))
    >>> str(control_shortfall(ControlPolicy(game, [[1, 0], [0, 1], [1, 0]])))
    '3/40'
    """
    budget = policy.audits if audit_budget is None else audit_budget
    best = optimal_control_policy(policy.game, objective="usefulness", most_harm=policy.harm, audit_budget=budget)
    return Fraction(best.value) - policy.usefulness


def attack_mix(policy: ControlPolicy, prices: Mapping[str, Any]) -> dict[str, Fraction]:
    """The attacker's equilibrium mix of types from the shadow prices of a best policy.

    Where harm has no price every mix will do for the overseer, so that it is the attacker's own best reply.
    """
    weights = {name: abs(Fraction(prices.get(f"harm of {name}", 0))) for name in policy.game.attack_types}
    total = sum(weights.values())
    if not total:
        return {name: Fraction(int(name == policy.worst_attack)) for name in weights}
    return {name: weight / total for name, weight in weights.items()}


def _limits(objective: Objective, most_harm: Any, least_usefulness: Any, audit_budget: Any) -> dict[str, Any]:
    if objective not in ("usefulness", "harm"):
        raise SpecificationError(f"objective: found {objective!r}; write 'usefulness' or 'harm'")
    given = {"most_harm": most_harm, "least_usefulness": least_usefulness, "audit_budget": audit_budget}
    limits = {name: None if x is None else exact_text(exact(x, where=name)) for name, x in given.items()}
    return {"objective": objective, **limits}


def _policy(game: ControlGame, point: RationalArray) -> ControlPolicy:
    size = game.num_scores * len(game.actions)
    return ControlPolicy(game, point.fractions()[:size].reshape(game.num_scores, -1))


def _infeasible(programme: LinearProgramme, error: InfeasibleError) -> InfeasibleError:
    multipliers = error.certificate.multipliers.numerators.tolist()
    names = [name for name, y in zip(programme.row_names, multipliers, strict=False) if y]
    asked = [name for name in names if not name.startswith((_EVERY_SCORE, "harm of"))]
    return InfeasibleError(
        f"no control policy keeps {' and '.join(map(repr, asked))} together; raise the audit budget or the harm, lower the "
        "usefulness, or add an action that stops more attacks",
        certificate=error.certificate,
    )
