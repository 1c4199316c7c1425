"""From the table ``[mechanism]`` to the library's objects: environment, objective, constraints, the best mechanism."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np

from gametheory.audit.mechanism import MechanismTerms
from gametheory.errors import UnsupportedError

__all__ = [
    "Levels",
    "best_mechanism",
    "bidding_environment",
    "constraints_of",
    "liability_of",
    "objective_of",
    "objective_text",
    "own_entries",
    "refuse_entries",
    "virtual_levels",
]

MAX_ENTRIES = 120_000
SECONDS = 20.0

Levels = list[dict[str, tuple[Fraction, Fraction]]]
"""For each bidder the value and the ironed virtual value of each type, by rising value."""


def bidding_environment(terms: MechanismTerms, *, units: bool = True) -> Any:
    """The environment that the table describes; for several units that of who gets them, unless ``units`` is false."""
    from gametheory.mechanisms import Environment, units_environment

    bidders = terms.bidders
    shared: dict[str, Any] = {
        "agents": terms.names,
        "types": [bidder.types for bidder in bidders],
        "outside": [list(bidder.outside) for bidder in bidders],
    }
    if terms.joint_prior is None:
        shared["priors"] = [list(bidder.prior or ()) for bidder in bidders]
    else:
        shared["prior"] = np.array(terms.joint_prior, dtype=object).reshape(terms.num_types).tolist()
    if terms.outcomes:
        tables = [[list(row) for row in bidder.values] for bidder in bidders]
        return Environment.private_values(tables, outcomes=terms.outcomes, **shared)
    item = Environment.single_item([list(bidder.values[0]) for bidder in bidders], **shared)
    return units_environment(item, terms.units) if units else item


def objective_of(terms: MechanismTerms) -> Any:
    """As the ``objective`` of the solvers."""
    from gametheory.mechanisms import Objective

    if isinstance(terms.objective, str):
        return terms.objective
    worth, weight = terms.objective
    return Objective(list(worth), payments=weight, name="the designer's utility")


def constraints_of(terms: MechanismTerms) -> list[Any]:
    """What the mechanism must obey, rings apart."""
    from gametheory import mechanisms as m

    incentives = {"Bayesian": m.BayesianIC, "dominant strategies": m.DominantStrategyIC, "ex post": m.ExPostIC}
    found: list[Any] = [incentives[terms.incentives]()]
    if terms.participation != "none":
        found.append({"interim": m.InterimParticipation, "ex post": m.ExPostParticipation}[terms.participation]())
    if terms.budget != "none":
        found.append(m.BudgetBalance(terms.budget))  # type: ignore[arg-type]
    if terms.efficient:
        found.append(m.Efficiency())
    return found


def liability_of(terms: MechanismTerms) -> Any:
    """As ``limited_liability=`` of the solvers."""
    return None if terms.liability == "none" else terms.liability


def best_mechanism(terms: MechanismTerms, environment: Any) -> Any:
    """The best mechanism: in closed form where there is one, else as a programme."""
    from gametheory.mechanisms import optimal_auction, optimal_mechanism

    if virtual_levels(terms, environment) is not None and not terms.deterministic:
        return optimal_auction(bidding_environment(terms, units=False), num_units=terms.units)
    return optimal_mechanism(
        environment,
        objective_of(terms),
        constraints_of(terms),
        transfers=terms.payments,
        randomised=not terms.deterministic,
        limited_liability=liability_of(terms),
        time_limit=SECONDS,
    )


def virtual_levels(terms: MechanismTerms, environment: Any) -> Levels | None:
    """Value and ironed virtual value of each bidder's types, where Myerson's closed form answers the question."""
    from gametheory.mechanisms import virtual_values

    closed = not terms.outcomes and terms.objective == "revenue" and environment.independent and terms.payments
    closed = closed and not terms.efficient and terms.budget == "none" and terms.participation != "none"
    closed = closed and terms.liability in ("none", "if correlated")
    for i, bidder in enumerate(terms.bidders):
        chances = environment.type_probabilities(i).fractions().tolist()
        closed = closed and not any(bidder.outside) and min(chances) > 0
        closed = closed and len(set(bidder.values[0])) == len(bidder.values[0])
    if not closed:
        return None
    result = []
    for i, bidder in enumerate(terms.bidders):
        chances = environment.type_probabilities(i).fractions().tolist()
        order = sorted(range(len(chances)), key=bidder.values[0].__getitem__)
        worth = [bidder.values[0][k] for k in order]
        levels = virtual_values(worth, [chances[k] for k in order])
        result.append({bidder.types[k]: (x, y) for k, x, y in zip(order, worth, levels, strict=True)})
    return result


def own_entries(terms: MechanismTerms) -> int:
    """Entries of the rows of incentives and participation, about."""
    sizes = terms.num_types
    return math.prod(sizes) * (terms.num_outcomes + 1) * sum(2 * k for k in sizes)


def refuse_entries(entries: int, what: str) -> None:
    """Raise if a programme would have too many entries."""
    if entries > MAX_ENTRIES:
        raise UnsupportedError(
            f"{what}: they have {entries:,} entries, more than {MAX_ENTRIES:,}; describe fewer bidders or types, or list rings"
        )


def objective_text(terms: MechanismTerms) -> str:
    """What is maximised, with its article."""
    if isinstance(terms.objective, str):
        return {"revenue": "an expected revenue", "welfare": "an expected welfare"}[terms.objective]
    return "an expected utility of the designer"
