"""A blind monitor with B audits for T steps, one of which is attacked: the attack is caught with probability B/T, never more.

The overseer audits a step with probability π; the attacker sees how many audits are left and picks the step. With V(t, b) the
probability of catching it with b audits left for t steps,

    V(t, b) = max_π min {π, π V(t−1, b−1) + (1 − π) V(t−1, b)},     V(t, 0) = 0,  V(b, b) = 1,

attack now, or wait. The closed form is V(t, b) = b/t. An attacker who picks the step beforehand does no better: T rates that
sum to at most B have a smallest one of at most B/T.
"""

from __future__ import annotations

from fractions import Fraction

import sympy as sp
from theorems import proves

from gametheory.oversight import ControlGame, accept_audit_defer, budgeted_control
from gametheory.symbolic import Claim, Induction, Twin, reals

t, b, V, x, y, rate, B = reals("t b V x y rate B")
SOURCE = "Griffin, Thomson, Shlegeris and Abate, Games for AI control, arXiv:2409.07985; von Neumann's hide-and-seek"
LATER = [sp.Eq(x, (b - 1) / (t - 1)), sp.Eq(y, b / (t - 1))]  # V(t−1, b−1) and V(t−1, b)
COUNTS = [b >= 1, t >= b + 1]


def stopped(audited):
    """The overseer's guarantee when it audits this step so often."""
    return sp.Min(audited, audited * x + (1 - audited) * y)


OBSERVED = Claim(
    id="oversight.audit-budget.observed",
    title="A blind monitor with b audits for t steps catches one attack with probability b/t, for all t ≥ b.",
    assumptions=[],
    statement=Induction(
        base=sp.Eq(V, b / t),
        base_given=[t >= 1, sp.Or(sp.And(sp.Eq(b, 0), sp.Eq(V, 0)), sp.And(sp.Eq(b, t), sp.Eq(V, 1)))],
        step=sp.And(sp.Eq(stopped(b / t), b / t), stopped(rate) <= b / t),
        step_given=[*COUNTS, *LATER, rate >= 0, rate <= 1],
    ),
    twins=[
        Twin("auditing b of t + 1", part="step", statement=sp.Eq(stopped(b / (t + 1)), b / t)),
        Twin("any rate catches as much", part="step", statement=stopped(rate) >= b / t),
        Twin(
            "if waiting saves an audit",
            part="step",
            without=[LATER[0]],
            adding=[sp.Eq(x, b / (t - 1))],
        ),
    ],
    source=SOURCE,
    not_shown="that one monitor sees nothing of the work: its audits do not depend on it",
)

MARGINAL = Claim(
    id="oversight.audit-budget.price",
    title="An audit more is worth exactly 1/T to a blind monitor, and a step more costs b/(T(T + 1)).",
    assumptions=[t >= 1, b >= 0, b <= t],
    statement=sp.And(sp.Eq((b + 1) / t - b / t, 1 / t), sp.Eq(b / t - b / (t + 1), b / (t * (t + 1)))),
    twins=[Twin("the same in the share of audits", statement=sp.Eq((b + 1) / t - b / t, 1 / b), adding=[b >= 1])],
    source="derived here",
    not_shown="nothing beyond the formula of oversight.audit-budget.observed",
)


def hidden(steps):
    """The attacker does not see the counter, and picks the step beforehand."""
    rates = reals(" ".join(f"r{i}" for i in range(steps)))
    return Claim(
        id=f"oversight.audit-budget.hidden.{steps}",
        title=f"In {steps} steps with B audits expected at most some step is audited with probability at most B/{steps}.",
        assumptions=[*(r >= 0 for r in rates), sum(rates) <= B],
        statement=sp.Or(*(r <= B / steps for r in rates)),
        twins=[
            Twin("every step", statement=sp.And(*(r <= B / steps for r in rates))),
            Twin("strictly", statement=sp.Or(*(r < B / steps for r in rates))),
        ],
        source=SOURCE,
        not_shown="other numbers of steps (the average is no less than the least)",
    )


HIDDEN = [hidden(steps) for steps in (2, 3, 5, 8)]


@proves(OBSERVED, MARGINAL)
def prove_blind_audits(obligation):
    """Theorem: V(t, b) = b/t, by induction on t, with the overseer's optimal rate b/t; an audit more is worth 1/T.

    Assumptions: the monitor sees nothing; audits always catch. Reference: Griffin et al. (2024). Not shown: nothing more.
    """
    obligation.check()


@proves(*HIDDEN)
def prove_hiding_the_counter_does_not_help_the_blind(obligation):
    """Theorem: an attacker who does not see the counter is caught with probability B/T at most, too.

    Assumptions: expected audits at most B. Reference: hide-and-seek. Not shown: other T.
    """
    obligation.check()


def prove_the_programme_finds_the_same():
    """The library's plans for a monitor that sees nothing stop the attack with probability B/T, counter seen or not."""
    blind = ControlGame([1], [1], actions=accept_audit_defer())
    for steps, audits in ((2, 1), (4, 1), (5, 3)):
        for counter in ("observed", "hidden"):
            found = budgeted_control(blind, steps=steps, audits=audits, counter=counter)
            assert found.safety.exact_lower == found.safety.exact_upper == Fraction(audits, steps)
