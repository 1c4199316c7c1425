"""1-resilience is Nash equilibrium, and which resilience contains which, for all payoffs.

At a pure profile a, coalition S moves to τ_S; gain_i = u_i(τ_S, a_−S) − u_i(a) for its members, who may also stay put.
S *blocks* a iff for some τ_S

    "all"       every member gains strictly           (Aumann 1959; k-resilience of Abraham et al. 2006)
    "some"      no member loses and one gains strictly
    "any"       some member gains strictly            (strong k-resilience of Abraham et al. 2006)
    "transfer"  the members' gains sum to more than 0

a is k-resilient iff no coalition of at most k players blocks, and *exactly* k-resilient here iff none of exactly k does.
"""

from __future__ import annotations

import itertools
import random
from fractions import Fraction

import numpy as np
import sympy as sp
from theorems import proves

from gametheory.symbolic import Claim, Twin, evaluate, reals

RULES = ("all", "some", "any", "transfer")
SOURCE = "Abraham, Dolev, Gonen and Halpern, Distributed computing meets game theory, PODC 2006"


def symbolic_game(*num_actions):
    """Payoff tensor u[i][a], one real symbol for each entry."""
    tensor = np.empty((len(num_actions), *num_actions), dtype=object)
    for index in np.ndindex(*tensor.shape):
        tensor[index] = reals("u" + "".join(map(str, index)))[0]
    return tensor


def joint_deviations(tensor, profile, coalition):
    """All profiles that the coalition can bring about, staying put included."""
    choices = [range(m) if i in coalition else (profile[i],) for i, m in enumerate(tensor.shape[1:])]
    return itertools.product(*choices)


def gains_block(gains, rule):
    if rule == "all":
        return sp.And(*(g > 0 for g in gains))
    if rule == "some":
        return sp.And(*(g >= 0 for g in gains), sp.Or(*(g > 0 for g in gains)))
    if rule == "any":
        return sp.Or(*(g > 0 for g in gains))
    return sum(gains) > 0


def blocks(tensor, profile, coalition, rule):
    return sp.Or(
        *(
            gains_block([tensor[i][moved] - tensor[i][profile] for i in coalition], rule)
            for moved in joint_deviations(tensor, profile, coalition)
            if moved != profile
        )
    )


def resilient(tensor, profile, size, rule):
    """No coalition of exactly ``size`` players blocks."""
    players = range(len(tensor))
    return sp.Not(sp.Or(*(blocks(tensor, profile, s, rule) for s in itertools.combinations(players, size))))


def nash(tensor, profile):
    """Every player's action is worth the maximum over her actions."""
    best = []
    for i, m in enumerate(tensor.shape[1:]):
        options = [tensor[i][(*profile[:i], action, *profile[i + 1 :])] for action in range(m)]
        best.append(tensor[i][profile] >= sp.Max(*options))
    return sp.And(*best)


def singletons(num_actions, rule):
    game = symbolic_game(*num_actions)
    profile = (0,) * len(num_actions)
    statement = sp.Equivalent(resilient(game, profile, 1, rule), nash(game, profile))
    shape = "x".join(map(str, num_actions))
    return Claim(
        id=f"collusion.resilience.singletons-are-nash.{shape}.{rule}",
        title=f"In {shape} games a pure profile is 1-resilient under the rule {rule!r} iff it is a Nash equilibrium.",
        assumptions=[],
        statement=statement,
        twins=[
            Twin(
                "Nash equilibria are 2-resilient",
                statement=sp.Implies(nash(game, profile), resilient(game, profile, 2, rule)),
            ),
            Twin(
                "iff strictly best",
                statement=sp.Equivalent(
                    resilient(game, profile, 1, rule),
                    sp.And(*(gain < 0 for gain in unilateral_gains(game, profile))),
                ),
            ),
        ],
        source=SOURCE,
        not_shown="mixed target profiles; other shapes",
    )


def unilateral_gains(tensor, profile):
    for i in range(len(tensor)):
        for moved in joint_deviations(tensor, profile, (i,)):
            if moved != profile:
                yield tensor[i][moved] - tensor[i][profile]


def mixed_singletons(actions):
    gains = reals(" ".join(f"g{k}" for k in range(actions)))
    weights = reals(" ".join(f"t{k}" for k in range(actions)))
    mixed = sum(w * g for w, g in zip(weights, gains, strict=True))
    probability = [*(w >= 0 for w in weights), sp.Eq(sum(weights), 1)]
    return Claim(
        id=f"collusion.resilience.mixing-alone-gains-nothing.{actions}",
        title="If a mixture of a player's own deviations gains, one of them does: coordination is idle for singletons.",
        assumptions=[*probability, mixed > 0],
        statement=sp.Or(*(g > 0 for g in gains)),
        twins=[
            Twin("weights that are not probabilities", without=probability[:1]),
            Twin("no gain needed", without=[mixed > 0]),
            Twin("all of them gain", statement=sp.And(*(g > 0 for g in gains))),
        ],
        source="linearity of expected payoffs",
        not_shown="other numbers of actions",
    )


def nesting(larger, smaller, rule):
    """Three players with two actions: exactly ``larger``-resilient implies exactly ``smaller``-resilient."""
    game = symbolic_game(2, 2, 2)
    profile = (0, 0, 0)
    return [resilient(game, profile, larger, rule)], resilient(game, profile, smaller, rule)


def nesting_claim(larger, smaller):
    assumptions, statement = nesting(larger, smaller, "any")
    failing = [
        Twin(f"under the rule {rule!r}", *swapped(larger, smaller, rule)) for rule in ("all", "some", "transfer")
    ]
    return Claim(
        id=f"collusion.resilience.exactly-{larger}-implies-exactly-{smaller}",
        title=f"Three players, two actions: if no coalition of {larger} blocks under 'any', none of {smaller} does.",
        assumptions=assumptions,
        statement=statement,
        twins=failing,
        source=SOURCE + ", Section 2",
        not_shown="other numbers of players and actions (members who stay put turn S into any superset)",
    )


def swapped(larger, smaller, rule):
    before, _ = nesting(larger, smaller, "any")
    after, statement = nesting(larger, smaller, rule)
    return before, after, statement


def rule_order():
    """Blocking under one rule implies blocking under another, for a coalition of three with given gains."""
    gains = reals("g0 g1 g2")
    every, some, anyone, transfer = (gains_block(gains, rule) for rule in RULES)
    return Claim(
        id="collusion.blocking.order",
        title="For given gains: 'all' ⇒ 'some' ⇒ 'transfer' ⇒ 'any', so resilience is nested the other way round.",
        assumptions=[],
        statement=sp.And(sp.Implies(every, some), sp.Implies(some, transfer), sp.Implies(transfer, anyone)),
        twins=[
            Twin("'some' implies 'all'", statement=sp.Implies(some, every)),
            Twin("'transfer' implies 'some'", statement=sp.Implies(transfer, some)),
            Twin("'any' implies 'transfer'", statement=sp.Implies(anyone, transfer)),
        ],
        source="definitions",
        not_shown="other sizes of coalitions",
    )


SINGLETONS = [singletons(shape, rule) for shape in [(2, 2), (2, 3), (3, 3), (2, 2, 2)] for rule in RULES]
MIXED_SINGLETONS = [mixed_singletons(actions) for actions in (2, 3, 4)]
NESTING = [nesting_claim(*sizes) for sizes in [(2, 1), (3, 2), (3, 1)]]
RULE_ORDER = rule_order()


@proves(*SINGLETONS)
def prove_singleton_resilience_is_nash(obligation):
    """Theorem: a pure profile is 1-resilient iff it is a Nash equilibrium, whatever the blocking rule.

    Assumptions: none on the payoffs; deviations are pure. Reference: Abraham et al. (2006).
    Not shown: mixed targets, other shapes. Twins: Nash does not give 2-resilience; nor is strictness needed.
    """
    obligation.check()


@proves(*MIXED_SINGLETONS)
def prove_mixing_alone_gains_nothing(obligation):
    """Theorem: for a single player pure, independent and correlated deviations are equally strong.

    Assumptions: none on the gains. Reference: linearity of expectation. Not shown: other numbers of actions.
    """
    obligation.check()


@proves(*NESTING)
def prove_exact_resilience_is_nested_under_any_alone(obligation):
    """Theorem: under "any", resilience to coalitions of exactly k implies it for fewer; under the other rules it does not.

    Assumptions: three players, two actions. Reference: definitions of Abraham et al. (2006).
    Not shown: other sizes. Why it matters: "k-resilient" must mean *at most* k under "all", "some" and "transfer".
    """
    obligation.check()


@proves(RULE_ORDER)
def prove_blocking_rules_are_ordered(obligation):
    """Theorem: a coalition that blocks under "all" blocks under "some", then under "transfer", then under "any".

    Reference: definitions. Not shown: coalitions other than three. Twins: no converse holds.
    """
    obligation.check()


def prove_definitions_in_fractions():
    """Plain fractions: 60 integer games 2×2×2, blocking by exhaustive search against the symbolic statements.

    Not shown: nothing new is proved; this ties the symbols to the definitions.
    """
    rng = random.Random(2)
    game, profile = symbolic_game(2, 2, 2), (0, 0, 0)
    statements = {(k, rule): resilient(game, profile, k, rule) for k in (1, 2, 3) for rule in RULES}
    is_nash = nash(game, profile)
    decide = {
        "all": lambda gains: min(gains) > 0,
        "some": lambda gains: min(gains) >= 0 and max(gains) > 0,
        "any": lambda gains: max(gains) > 0,
        "transfer": lambda gains: sum(gains) > 0,
    }
    for _ in range(60):
        payoffs = {
            (i, a): Fraction(rng.randint(-1, 1)) - (a != profile) * rng.randint(0, 1)
            for i in range(3)
            for a in itertools.product((0, 1), repeat=3)
        }
        values = {game[i][a]: sp.Rational(v) for (i, a), v in payoffs.items()}
        found = {}
        for k, rule in statements:
            found[k, rule] = not any(
                decide[rule]([payoffs[i, a] - payoffs[i, profile] for i in coalition])
                for coalition in itertools.combinations(range(3), k)
                for a in itertools.product((0, 1), repeat=3)
                if all(a[i] == 0 for i in range(3) if i not in coalition)
            )
        assert {key: evaluate(s, values) for key, s in statements.items()} == found
        assert all(found[1, rule] == evaluate(is_nash, values) for rule in RULES)
