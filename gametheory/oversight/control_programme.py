"""The linear programme of control policies, as data that a certificate can rebuild.

In a control game (:mod:`.control`) over policies π(a | s) ≥ 0, with the harm z:

    maximise  Σ_s h(s) Σ_a u_a π(a|s)     (or minimise z)
    subject to   Σ_a π(a|s) = 1                                       for every score s
                 z ≥ w_k Σ_s f_k(s) Σ_a (1 − q_ak) π(a|s)             for every attack type k
                 Σ_s h(s) Σ_a c_a π(a|s) ≤ audit budget               expected audits of honest work
                 z ≤ most harm,   usefulness ≥ least usefulness       as asked

Size: scores × actions + 1 columns, scores + attack types + 3 rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, Literal

from gametheory.arithmetic import RationalArray, exact
from gametheory.certificates.programme import LinearProgramme
from gametheory.games.memory import refuse_if_too_large
from gametheory.optimize.objectives import weighted_programme
from gametheory.oversight.control import ControlGame

__all__ = ["BUDGET", "Objective", "control_objectives", "control_programme", "weighted_control_programme"]

Objective = Literal["usefulness", "harm"]
BUDGET = "audit budget"


def control_programme(
    game: Mapping[str, Any],
    *,
    objective: Objective,
    most_harm: str | None,
    least_usefulness: str | None,
    audit_budget: str | None,
    t: str | None = None,
) -> LinearProgramme:
    """The programme at the head of the module; everything as JSON data, so that a certificate can rebuild it.

    Parameters
    ----------
    game : mapping
        As :meth:`ControlGame.to_dict` writes it.
    objective : "usefulness" or "harm"
        Maximise the usefulness, or minimise the harm.
    most_harm, least_usefulness, audit_budget : str or None
        Rationals; ``None`` for no limit.
    t : str, optional
        What is added to the audit budget along a path.
    """
    read = ControlGame.from_dict(dict(game))
    count, size = len(read.actions), read.num_scores * len(read.actions)
    refuse_if_too_large(size * (read.num_types + 4), 200, "the rows of the control programme")
    honest, missed = read.honest.fractions().tolist(), read.missed_harms()
    worth = {
        s * count + a: h * action.usefulness for s, h in enumerate(honest) for a, action in enumerate(read.actions)
    }
    audits = {s * count + a: h * action.audits for s, h in enumerate(honest) for a, action in enumerate(read.actions)}
    rows: list[Any] = [
        (f"one action at {name}", {s * count + a: 1 for a in range(count)}, "==", 1)
        for s, name in enumerate(read.scores)
    ]
    for k, (name, law) in enumerate(zip(read.attack_types, read.attacks.fractions().tolist(), strict=True)):
        done = {s * count + a: -f * missed[k][a] for s, f in enumerate(law) for a in range(count) if f * missed[k][a]}
        rows.append((f"harm of {name}", {**done, size: 1}, ">=", 0))
    if audit_budget is not None:
        rows.append((BUDGET, audits, "<=", exact(audit_budget) + (0 if t is None else exact(t))))
    if most_harm is not None:
        rows.append(("most harm", {size: 1}, "<=", exact(most_harm)))
    if least_usefulness is not None:
        rows.append(("least usefulness", worth, ">=", exact(least_usefulness)))
    useful = objective == "usefulness"
    return LinearProgramme.from_rows(
        "max" if useful else "min",
        [*(worth[j] for j in range(size)), 0] if useful else [*([0] * size), 1],
        rows,
        column_names=[*(f"{action.name} at {name}" for name in read.scores for action in read.actions), "harm"],
        name="control",
        arguments={
            "game": read.to_dict(),
            "objective": objective,
            "most_harm": most_harm,
            "least_usefulness": least_usefulness,
            "audit_budget": audit_budget,
            **({} if t is None else {"t": t}),
        },
    )


def weighted_control_programme(*, weights: list[str], **arguments: Any) -> LinearProgramme:
    """The weighted sum of harm and usefulness over the policies of :func:`control_programme`; every vertex optimises one."""
    programme = control_programme(**arguments)
    costs = [RationalArray.from_fractions(cost) for cost in control_objectives(programme)]
    harm, usefulness = (exact(weight, where="weights") for weight in weights)
    return weighted_programme(programme, costs, ("min", "max"), (harm, -usefulness))


def control_objectives(programme: LinearProgramme) -> list[list[Fraction]]:
    """Costs of the harm and of the usefulness by the columns of a programme that maximises the usefulness."""
    count = programme.num_columns
    return [[Fraction(int(j == count - 1)) for j in range(count)], programme.objective.fractions().tolist()]
