"""The cheapest deposits that deter a threshold coalition, for all gains and detection rates.

The model. n agents; any coalition of at least m of them gains G > 0 by a joint act, shared equally among those who act;
fewer gain nothing. Each who acts is detected with probability q and then loses her deposit d_i ≥ 0. A coalition of s acting
agents blocks honesty under the rule

    "transfer"  iff  Σ_{i ∈ S} q d_i < G
    "any"       iff  q d_i < G/s for some i ∈ S
    "all"       iff  q d_i < G/s for every i ∈ S

The cheapest total for which no coalition of m ≤ s ≤ k agents blocks, the same for every k from m to n, is

    nG/(mq)  under "transfer" and "any" (each deposits G/(mq)),
    (n − m + 1)G/(mq)  under "all" (all but m − 1 agents deposit G/(mq)).

For n ≤ 6 both halves are decided with symbolic deposits: any deposits that meet the rows of size m total at least the
formula, and the formula's deposits meet the rows of every size. For any n the lower bound is proved by induction.
"""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import pytest
import sympy as sp
from theorems import proves

from gametheory.symbolic import Claim, Induction, Twin, reals

G, q, n, m = reals("G q n m")
MODEL = [G > 0, q > 0, q <= 1]
RULES = ("transfer", "any", "all")
SOURCE = "derived here; blocking rules of Abraham, Dolev, Gonen and Halpern, PODC 2006"


def rows(deposits, size, rule):
    """For each coalition of this size: it does not block."""
    found = []
    for members in itertools.combinations(deposits, size):
        if rule == "transfer":
            found.append(q * sum(members) >= G)
        else:
            kept = [q * d >= G / size for d in members]
            found.append(sp.And(*kept) if rule == "any" else sp.Or(*kept))
    return found


def bonded(agents, threshold, rule):
    """How many agents deposit G/(mq) in the formula."""
    return agents - threshold + 1 if rule == "all" else agents


def lower_bound(agents, threshold, rule):
    d = reals(" ".join(f"d{i}" for i in range(agents)))
    total = bonded(agents, threshold, rule) * G / (threshold * q)
    binding = rows(d, threshold, rule)
    larger = rows(d, threshold + 1, rule) if threshold < agents else []
    return Claim(
        id=f"oversight.deposits.lower-bound.{rule}.{agents}-{threshold}",
        title=f"{agents} agents, threshold {threshold}, rule {rule!r}: deposits that deter total at least {total}.",
        assumptions=[*MODEL, *(x >= 0 for x in d), *binding],
        statement=sum(d) >= total,
        twins=[
            Twin("strictly more is needed", statement=sum(d) > total),
            Twin("only larger coalitions are deterred", without=binding, adding=larger),
        ],
        source=SOURCE,
        not_shown="other numbers of agents (see the induction)",
    )


def formula_deters(agents, threshold, rule):
    d = reals(" ".join(f"d{i}" for i in range(agents)))
    count = bonded(agents, threshold, rule)
    values = [sp.Eq(x, G / (threshold * q) if i < count else 0) for i, x in enumerate(d)]
    every = [row for size in range(threshold, agents + 1) for row in rows(d, size, rule)]
    return Claim(
        id=f"oversight.deposits.formula-deters.{rule}.{agents}-{threshold}",
        title=f"{agents} agents, threshold {threshold}, rule {rule!r}: with the formula's deposits no coalition blocks.",
        assumptions=[*MODEL, *values],
        statement=sp.And(*every),
        twins=[
            Twin("one deposit a little smaller", without=values[:1], adding=[d[0] >= 0, d[0] < G / (threshold * q)])
        ],
        source=SOURCE,
        not_shown="other numbers of agents (the rows are the same by symmetry)",
    )


D, x = reals("D x")  # the total of n deposits; the largest deposit once an agent is added
UNIT = G / (m * q)
SIZES = [*MODEL, m >= 1, n >= m]

TRANSFER_FOR_ALL_N = Claim(
    id="oversight.deposits.lower-bound.transfer.induction",
    title="Under 'transfer' n ≥ m deposits that deter total at least nG/(mq).",
    assumptions=SIZES,
    statement=Induction(
        base=D >= n * UNIT,
        base_given=[sp.Eq(n, m), q * D >= G],
        step=D + x >= (n + 1) * UNIT,
        step_given=[D >= n * UNIT, n * x >= D],  # of n + 1 agents take out the largest deposit, x
    ),
    twins=[
        Twin("an agent who need not have the largest deposit", part="step", without=[n * x >= D], adding=[x >= 0]),
        Twin("without the induction hypothesis", part="step", without=[D >= n * UNIT], adding=[D >= 0]),
        Twin("the row gives only half", part="base", without=[q * D >= G], adding=[2 * q * D >= G]),
    ],
    source=SOURCE,
    not_shown="that the rows among the others remain, and that the largest is at least the average of the others",
)

ANY_FOR_ALL_N = Claim(
    id="oversight.deposits.lower-bound.any.induction",
    title="Under 'any' n ≥ m deposits that deter total at least nG/(mq).",
    assumptions=SIZES,
    statement=Induction(
        base=D >= n * UNIT,
        base_given=[sp.Eq(n, m), D >= m * x, q * x >= G / m],  # x: the smallest of m deposits
        step=D + x >= (n + 1) * UNIT,
        step_given=[D >= n * UNIT, q * x >= G / m],
    ),
    twins=[Twin("the new agent is left out", part="step", without=[q * x >= G / m], adding=[x >= 0])],
    source=SOURCE,
    not_shown="that each agent belongs to a coalition of m, which holds as n ≥ m",
)

ALL_FOR_ALL_N = Claim(
    id="oversight.deposits.lower-bound.all.induction",
    title="Under 'all' n ≥ m deposits that deter total at least (n − m + 1)G/(mq).",
    assumptions=SIZES,
    statement=Induction(
        base=D >= (n - m + 1) * UNIT,
        base_given=[sp.Eq(n, m), D >= x, q * x >= G / m],  # x: the deposit that holds its owner back
        step=D + x >= (n + 1 - m + 1) * UNIT,
        step_given=[D >= (n - m + 1) * UNIT, q * x >= G / m],  # x: the largest deposit, taken out
    ),
    twins=[
        Twin("everybody must deposit", part="step", statement=D + x >= (n + 1) * UNIT, adding=[m >= 2]),
        Twin("an agent who is not held back", part="step", without=[q * x >= G / m], adding=[x >= 0]),
    ],
    source=SOURCE,
    not_shown="that the rows among the others remain, and that some agent in each coalition of m is held back",
)

SIDE_PAYMENTS = Claim(
    id="oversight.deposits.price-of-side-payments",
    title="Side payments raise the cheapest total by exactly (m − 1)G/(mq): by nothing iff a single agent suffices.",
    assumptions=SIZES,
    statement=sp.And(
        sp.Eq(n * UNIT - (n - m + 1) * UNIT, (m - 1) * UNIT), sp.Equivalent(n * UNIT > (n - m + 1) * UNIT, m > 1)
    ),
    twins=[Twin("always strictly", statement=n * UNIT > (n - m + 1) * UNIT)],
    source=SOURCE,
    not_shown="nothing beyond the formulas",
)


FORMULA = [
    claim(agents, threshold, rule)
    for rule in RULES
    for agents in range(1, 7)
    for threshold in range(1, agents + 1)
    for claim in (lower_bound, formula_deters)
]


@proves(*FORMULA)
def prove_deposit_formula(obligation):
    """Theorem: the cheapest deposits total nG/(mq) ("transfer", "any") or (n − m + 1)G/(mq) ("all"), for every m ≤ n ≤ 6.

    Assumptions: G > 0, 0 < q ≤ 1, d_i ≥ 0, no false alarms, pure deviations. Reference: derived here.
    Not shown: n > 6 (see the induction). Twins: strictly more; larger coalitions alone; one deposit smaller.
    """
    obligation.check()


@proves(TRANSFER_FOR_ALL_N, ANY_FOR_ALL_N, ALL_FOR_ALL_N)
def prove_lower_bounds_for_every_number_of_agents(obligation):
    """Theorem: the lower bounds hold for every n ≥ m, by induction on n: take out the agent with the largest deposit.

    Assumptions: as above. Reference: derived here. Not shown: the two facts about sets that each claim names.
    """
    obligation.check()


@proves(SIDE_PAYMENTS)
def prove_price_of_side_payments(obligation):
    """Theorem: deterring coalitions that can pay each other costs (m − 1)G/(mq) more.

    Assumptions: G > 0, 0 < q ≤ 1, n ≥ m ≥ 1. Reference: derived here. Not shown: nothing beyond the formulas.
    """
    obligation.check()


@pytest.mark.parametrize(
    ("agents", "threshold", "gain", "rate", "shared", "strict"),
    [(5, 3, 12, "2/5", 50, 30), (4, 2, 12, "1/2", 48, 36), (5, 2, 12, "1/2", 60, 48), (6, 4, 12, "1/2", 36, 18)],
)
def prove_formula_by_exhaustion(agents, threshold, gain, rate, shared, strict):
    """Plain fractions: under "any" and "all" search all deposits that matter, under "transfer" the dual solution.

    Whether a row holds depends on which of the levels G/(sq) a deposit reaches, so cheapest deposits are among 0 and these.
    For "transfer", weights 1/C(n − 1, m − 1) on the coalitions of size m load each agent with exactly 1: their sum bounds
    the total from below. Not shown: nothing new is proved; this ties the formulas to the model.
    """
    rate = Fraction(rate)
    levels = [Fraction(0), *(gain / (size * rate) for size in range(threshold, agents + 1))]
    cheapest = {"any": None, "all": None}
    for deposits in itertools.combinations_with_replacement(levels, agents):
        blocked = dict.fromkeys(cheapest, False)
        for size in range(threshold, agents + 1):
            for members in itertools.combinations(deposits, size):
                gains = [Fraction(gain, size) - rate * d for d in members]
                blocked["any"] |= max(gains) > 0
                blocked["all"] |= min(gains) > 0
        for rule, best in cheapest.items():
            if not blocked[rule] and (best is None or sum(deposits) < best):
                cheapest[rule] = sum(deposits)
    assert cheapest == {"any": shared, "all": strict}
    weight = Fraction(1, math.comb(agents - 1, threshold - 1))
    coalitions = list(itertools.combinations(range(agents), threshold))
    assert all(sum(weight for s in coalitions if i in s) == 1 for i in range(agents))
    assert sum(weight * gain / rate for _ in coalitions) == shared
    assert min(sum([shared / Fraction(agents)] * size) * rate - gain for size in range(threshold, agents + 1)) == 0
