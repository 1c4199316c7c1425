"""Efficient decisions in dominant strategies: the pivotal mechanism, Groves mechanisms, and what they leave in the budget.

Agents value outcomes privately. The outcome chosen has the highest reported total, the first of equals; agent i pays
h_i(reports of the others) less what the others get. The pivotal mechanism takes for h_i the largest total of the others, so
that an agent pays what its presence costs them.
"""

from __future__ import annotations

from fractions import Fraction

import sympy as sp
from drawn import fractions, grid_sampler, number
from theorems import proves

from gametheory.mechanisms import (
    Environment,
    expected_externality_mechanism,
    groves_mechanism,
    incentive_regret,
    pivotal_mechanism,
)
from gametheory.symbolic import Claim, Twin, evaluate, reals, slack_sampler

GROVES = "Groves, Incentives in teams, Econometrica 41 (1973)"
CLARKE = "Clarke, Multipart pricing of public goods, Public Choice 11 (1971)"

# -- one agent, three outcomes, any charge ----------------------------------------------------------------------------

VALUES, REPORTS, OTHERS = reals("v0 v1 v2"), reals("r0 r1 r2"), reals("s0 s1 s2")
(charge,) = reals("charge")


def chosen(totals, worth):
    """``worth`` at the outcome of highest total, the first of equals."""
    cases = [
        (worth[o], sp.And(*(totals[o] >= other for k, other in enumerate(totals) if k != o))) for o in range(len(worth))
    ]
    return sp.Piecewise(*cases[:-1], (worth[-1], True))


def utility(reports, *, others=OTHERS, fee=charge):
    totals = [r + s for r, s in zip(reports, OTHERS, strict=True)]
    return chosen(totals, VALUES) + chosen(totals, others) - fee


FAMILY = Claim(
    id="mechanisms.groves.truthful",
    title="In every Groves mechanism truth is a best report, whatever the others report and whatever the charge on them.",
    assumptions=[],
    statement=utility(VALUES) >= utility(REPORTS),
    twins=[
        Twin(
            "the charge depends on the own report",
            statement=utility(VALUES, fee=VALUES[0]) >= utility(REPORTS, fee=REPORTS[0]),
        ),
        Twin(
            "without the payment for what the others get",
            statement=utility(VALUES, others=(0, 0, 0)) >= utility(REPORTS, others=(0, 0, 0)),
        ),
        Twin("every lie costs", adding=[sp.Ne(VALUES[0], REPORTS[0])], statement=utility(VALUES) > utility(REPORTS)),
    ],
    source=GROVES,
    not_shown="other numbers of outcomes; of the other agents only the sum of their reports matters",
    sampler=grid_sampler((*VALUES, *REPORTS, *OTHERS, charge), -2, 3),
    numeric=lambda values: _groves_agrees(values),
)


def _groves_agrees(values):
    own = Environment.private_values(
        [
            list(zip(fractions(values, VALUES), fractions(values, REPORTS), strict=True)),
            [[total] for total in fractions(values, OTHERS)],
        ],
        priors=[[Fraction(1, 2)] * 2, [1]],
    )
    fee = number(values, charge)
    return incentive_regret(groves_mechanism(own, charges=[[fee], [0, 0]]), incentives="dominant") == 0


# -- a project that is built or not -----------------------------------------------------------------------------------

value, report, rest = reals("value report rest")


def pivotal_utility(reported):
    """Built iff the reported total is at least 0; the agent pays what its presence costs the others, of total ``rest``."""
    built = reported + rest >= 0
    return sp.Piecewise((value + rest, built), (0, True)) - sp.Max(0, rest)


PIVOTAL = Claim(
    id="mechanisms.pivotal.truthful",
    title="In the pivotal mechanism for a project truth is best, and nobody loses to whom the project is good.",
    assumptions=[],
    statement=sp.And(
        pivotal_utility(value) >= pivotal_utility(report), sp.Implies(value >= 0, pivotal_utility(value) >= 0)
    ),
    twins=[
        Twin("nobody ever loses, harmed by the project or not", statement=pivotal_utility(value) >= 0),
        Twin(
            "each pays the own report",
            statement=sp.Piecewise((value - value, value + rest >= 0), (0, True))
            >= sp.Piecewise((value - report, report + rest >= 0), (0, True)),
        ),
    ],
    source=CLARKE,
    not_shown="more than two outcomes (mechanisms.groves.truthful)",
    sampler=grid_sampler((value, report, rest), -4, 4),
    numeric=lambda values: _pivotal_agrees(values),
)


def _pivotal_agrees(values):
    own, lie, others = fractions(values, (value, report, rest))
    project = Environment.private_values(
        [[[others], [0]], [[own, lie], [0, 0]]], priors=[[1], [Fraction(1, 2)] * 2], outcomes=["build", "not"]
    )
    mechanism = pivotal_mechanism(project)
    paid = mechanism.transfers.fractions()[1][0, 0]
    gain = (own if own + others >= 0 else 0) - paid
    expected = evaluate(pivotal_utility(value), values)
    return incentive_regret(mechanism, incentives="dominant") == 0 and gain == number({}, expected)


def taxes(worth, cost=0):
    """What each agent pays: the others' best total without it less their total with it."""
    total = sum(worth)
    built = total - cost >= 0
    return [sp.Max(0, total - w - cost) - sp.Piecewise((total - w - cost, built), (0, True)) for w in worth]


def no_deficit(agents):
    worth = reals(" ".join(f"w{i}" for i in range(agents)))
    return Claim(
        id=f"mechanisms.pivotal.no-deficit.{agents}",
        title="The pivotal mechanism for a project never pays out: every tax is at least 0.",
        assumptions=[],
        statement=sp.And(*(tax >= 0 for tax in taxes(worth))),
        twins=[
            Twin("nor does it ever collect: the budget balances", statement=sp.Eq(sum(taxes(worth)), 0)),
        ],
        source=CLARKE + "; Green and Laffont, Incentives in Public Decision-Making (1979)",
        not_shown="other numbers of agents and outcomes",
        sampler=grid_sampler(worth, -4, 4),
        numeric=lambda values: _taxes_agree(values, worth, 0),
    )


def _taxes_agree(values, worth, cost):
    project = Environment.private_values(
        [[[w], [0]] for w in fractions(values, worth)], priors=[[1]] * len(worth), outcomes=["build", "not"]
    )
    spent = number(values, cost) if cost in values else Fraction(0)
    mechanism = pivotal_mechanism(project, costs=[spent, 0])
    paid = [part.reshape(-1)[0] for part in mechanism.transfers.fractions()]
    return paid == [number({}, evaluate(tax, values)) for tax in taxes(worth, cost)]


NO_DEFICIT = [no_deficit(agents) for agents in (2, 3)]

(K,) = reals("K")


def public_good(agents):
    worth = reals(" ".join(f"w{i}" for i in range(agents)))
    signs = [K > 0, *(w >= 0 for w in worth)]
    paid = taxes(worth, K)
    return Claim(
        id=f"mechanisms.pivotal.public-good.{agents}",
        title="A public good of cost K, built where worth it, by the pivotal mechanism: taxes never exceed K.",
        assumptions=signs,
        statement=sp.And(sum(paid) <= K, *(tax >= 0 for tax in paid)),
        twins=[
            Twin("they cover the cost", statement=sp.Implies(sum(worth) >= K, sum(paid) >= K)),
            Twin("some agents may be harmed", without=signs[1:]),
        ],
        source=CLARKE + "; Green and Laffont (1979)",
        not_shown="other numbers of agents; that no other mechanism in dominant strategies balances the budget",
        sampler=slack_sampler({}, positive=[K, *worth]),
        numeric=lambda values: _taxes_agree(values, worth, K),
    )


PUBLIC_GOOD = [public_good(agents) for agents in (2, 3)]

# -- two agents, two types: budget balance by expected externalities ---------------------------------------------------

p = reals("p0 p1")  # probability of the first type of each agent
WORTH = [reals("a0 a1"), reals("b0 b1")]
BELIEFS = [row for chance in p for row in (chance > 0, chance < 1)]


def likelihood(agent, kind):
    return p[agent] if kind == 0 else 1 - p[agent]


def externality(agent, kind):
    """What the other expects from the decision when this agent reports ``kind``."""
    other = 1 - agent
    return sum(
        likelihood(other, k) * sp.Piecewise((WORTH[other][k], WORTH[agent][kind] + WORTH[other][k] >= 0), (0, True))
        for k in (0, 1)
    )


def expected_gain(agent, kind, reported):
    """Interim gain: the own value of the decision, plus the externality that the report is paid."""
    other = 1 - agent
    own = sum(
        likelihood(other, k)
        * sp.Piecewise((WORTH[agent][kind], WORTH[agent][reported] + WORTH[other][k] >= 0), (0, True))
        for k in (0, 1)
    )
    return own + externality(agent, reported)


EXTERNALITY = Claim(
    id="mechanisms.expected-externality.truthful",
    title="Two agents paid the externality they expect to cause report the truth; what one is paid the other pays.",
    assumptions=BELIEFS,
    statement=sp.And(*(expected_gain(0, kind, kind) >= expected_gain(0, kind, 1 - kind) for kind in (0, 1))),
    twins=[
        Twin(
            "without the payment",
            statement=sp.And(
                *(
                    expected_gain(0, kind, kind) - externality(0, kind)
                    >= expected_gain(0, kind, 1 - kind) - externality(0, 1 - kind)
                    for kind in (0, 1)
                )
            ),
        ),
        Twin(
            "everybody takes part",
            statement=expected_gain(0, 0, 0) - sum(likelihood(1, k) * externality(1, k) for k in (0, 1)) >= 0,
        ),
    ],
    source="d'Aspremont and Gérard-Varet, Incentives and incomplete information, J. Public Economics 11 (1979)",
    not_shown="more agents or types; that payments between two sum to zero needs no proof",
    sampler=slack_sampler({}, unit=p, free=[*WORTH[0], *WORTH[1]]),
    numeric=lambda values: _externality_agrees(values),
    method="provers",
)


def _externality_agrees(values):

    chances = fractions(values, p)
    project = Environment.private_values(
        [[fractions(values, row), [0, 0]] for row in WORTH],
        priors=[[chance, 1 - chance] for chance in chances],
        outcomes=["build", "not"],
    )
    mechanism = expected_externality_mechanism(project)
    balanced = not mechanism.transfers.fractions().sum(axis=0).any()
    return balanced and incentive_regret(mechanism, incentives="Bayesian") == 0


@proves(FAMILY)
def prove_groves_mechanisms_are_truthful(obligation):
    """Theorem: in every Groves mechanism with three outcomes truth is dominant, whatever the charges on the others.

    Source: Groves (1973). Not shown: more outcomes. The library's mechanism has regret 0 at drawn values.
    """
    obligation.check()


@proves(PIVOTAL)
def prove_pivotal_mechanism_is_truthful(obligation):
    """Theorem: in the pivotal mechanism truth is dominant, and no agent who likes the project loses. Source: Clarke (1971)."""
    obligation.check()


@proves(*NO_DEFICIT)
def prove_pivotal_taxes_are_not_negative(obligation):
    """Theorem: pivotal taxes are never negative, and (twin) do not balance. Not shown: more than three agents."""
    obligation.check()


@proves(*PUBLIC_GOOD)
def prove_pivotal_taxes_do_not_cover_a_public_good(obligation):
    """Theorem: for a public good of cost K nobody of whom is harmed, taxes are at most K, and (twin) need not cover it."""
    obligation.check()


@proves(EXTERNALITY)
def prove_expected_externalities_are_truthful(obligation):
    """Theorem: two agents with two types each, paid expected externalities, report the truth in expectation.

    Source: d'Aspremont and Gérard-Varet (1979). Twins: not without the payment; and somebody may lose by taking part.
    """
    obligation.check()
