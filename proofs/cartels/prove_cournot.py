"""Cournot competition and its cartel: best replies, and how patient n firms must be, for all real n.

Demand a − bQ at a price never below 0, unit cost c with 0 ≤ c < a. Competing, each of n firms sells q* = (a − c)/((n + 1)b);
as a cartel they share the monopoly quantity, q_m = (a − c)/(2nb) each. In units of K = (a − c)²/b a firm earns

    colluding 1/(4n),   deviating (n + 1)²/(16n²),   competing 1/(n + 1)²,

so that grim reversion sustains the cartel iff δ ≥ δ* = (n + 1)²/((n + 1)² + 4n).
"""

from __future__ import annotations

import sympy as sp
from theorems import proves

from gametheory.collusion import Cartel, cartel_discount
from gametheory.symbolic import Claim, Twin, indifference, reals, slack_sampler

a, b, c, n, N, q, delta, K, x, y = reals("a b c n N q delta K x y")
MARKET = [b > 0, c >= 0, a > c, n >= 1]
COMPETE, SHARE = (a - c) / ((n + 1) * b), (a - c) / (2 * n * b)
BEST = (n + 1) * (a - c) / (4 * n * b)
SOURCE = "Tirole, The Theory of Industrial Organization (1988), sections 5.4 and 6.3"

COLLUDE, DEVIATE, PUNISHED = K / (4 * n), (n + 1) ** 2 * K / (16 * n**2), K / (n + 1) ** 2
PATH = COLLUDE / (1 - delta)
DEVIATION = DEVIATE + delta * PUNISHED / (1 - delta)
THRESHOLD = (n + 1) ** 2 / ((n + 1) ** 2 + 4 * n)
BERTRAND = 1 - 1 / n

draw = slack_sampler({a: c + x, n: 1 + y}, positive=[b, c, q, x, y], unit=[delta])


def profit(own, others):
    """Of a firm that sells ``own`` units while the others sell ``others`` together."""
    return own * (sp.Max(a - b * (own + others), 0) - c)


def whole_draw(rng):
    """A whole number of firms, which the library needs."""
    margin = sp.Rational(rng.randint(1, 9), rng.randint(1, 5))
    return {n: sp.Integer(rng.randint(2, 40)), K: margin**2, delta: sp.Rational(rng.randint(1, 19), 20)}


BEST_REPLY = Claim(
    id="cartels.cournot.best-reply",
    title="If all others sell (a − c)/((n + 1)b), no quantity earns more than selling as much, for all real n ≥ 1.",
    assumptions=[*MARKET, q >= 0],
    statement=profit(q, (n - 1) * COMPETE) <= COMPETE * (a - b * n * COMPETE - c),
    method="provers",
    twins=[
        Twin("against the cartel's quantity", statement=profit(q, (n - 1) * SHARE) <= SHARE * (a - b * n * SHARE - c)),
        Twin("strictly", statement=profit(q, (n - 1) * COMPETE) < COMPETE * (a - b * n * COMPETE - c)),
    ],
    source=SOURCE,
    not_shown="uniqueness of the equilibrium (see cartels.cournot.unique)",
    sampler=draw,
)

UNIQUE = Claim(
    id="cartels.cournot.unique",
    title="In a symmetric equilibrium with sales at a positive price every firm sells (a − c)/((n + 1)b).",
    assumptions=[*MARKET, x > 0, sp.Eq(a - b * n * x - c - b * x, 0)],  # the first-order condition at x
    statement=sp.Eq(x, COMPETE),
    threshold=COMPETE,
    derivation=lambda: indifference(a - b * (n + 1) * x, c, x),
    twins=[Twin("the cartel's quantity", statement=sp.Eq(x, SHARE))],
    source=SOURCE,
    not_shown="asymmetric equilibria; that the first-order condition is necessary",
)

BEST_DEVIATION = Claim(
    id="cartels.cournot.best-deviation",
    title="While the others keep to the cartel no quantity earns more than (n + 1)²(a − c)²/(16n²b).",
    assumptions=[*MARKET, q >= 0],
    statement=profit(q, (n - 1) * SHARE) <= (n + 1) ** 2 * (a - c) ** 2 / (16 * n**2 * b),
    method="provers",
    twins=[
        Twin(
            "staying is best",
            statement=profit(q, (n - 1) * SHARE) <= (a - c) ** 2 / (4 * n * b),
        )
    ],
    source=SOURCE,
    not_shown="nothing",
    sampler=draw,
)

ATTAINED = Claim(
    id="cartels.cournot.payoffs",
    title="Colluding, deviating by (n + 1)(a − c)/(4nb) and competing pay what the formulas say.",
    assumptions=MARKET,
    statement=sp.And(
        sp.Eq(SHARE * (a - b * n * SHARE - c), (a - c) ** 2 / (4 * n * b)),
        sp.Eq(BEST * (a - b * (BEST + (n - 1) * SHARE) - c), (n + 1) ** 2 * (a - c) ** 2 / (16 * n**2 * b)),
        sp.Eq(COMPETE * (a - b * n * COMPETE - c), (a - c) ** 2 / ((n + 1) ** 2 * b)),
    ),
    twins=[
        Twin(
            "the cartel earns the competitive profit",
            statement=sp.Eq(SHARE * (a - b * n * SHARE - c), (a - c) ** 2 / ((n + 1) ** 2 * b)),
        )
    ],
    source=SOURCE,
    not_shown="nothing",
    sampler=draw,
)

CARTEL = Claim(
    id="cartels.cournot.threshold",
    title="The cartel sustains itself iff δ ≥ (n + 1)²/((n + 1)² + 4n), for all real n > 1.",
    assumptions=[n > 1, K > 0, delta >= 0, delta < 1],
    statement=sp.Equivalent(PATH >= DEVIATION, delta >= THRESHOLD),
    threshold=THRESHOLD,
    derivation=lambda: indifference(PATH, DEVIATION, delta),
    twins=[
        Twin("Bertrand's threshold", statement=sp.Equivalent(PATH >= DEVIATION, delta >= BERTRAND)),
        Twin("a duopoly's patience for all", statement=sp.Implies(delta >= sp.Rational(9, 17), PATH >= DEVIATION)),
    ],
    source=SOURCE,
    not_shown="the one-shot deviation principle; integrality of n",
    sampler=whole_draw,
    numeric=lambda v: (
        cartel_discount(Cartel.cournot(int(v[n]))).discount == (v[n] + 1) ** 2 / ((v[n] + 1) ** 2 + 4 * v[n])
    ),
)

MONOTONE = Claim(
    id="cartels.cournot.monotone",
    title="Larger cartels need more patience, from 1/2 for n = 1, and always less than 1.",
    assumptions=[n >= 1, N > n],
    statement=sp.And(THRESHOLD >= sp.Rational(1, 2), THRESHOLD.subs(n, N) > THRESHOLD, THRESHOLD.subs(n, N) < 1),
    twins=[
        Twin(
            "also for fewer than one firm", without=[n >= 1], adding=[n > 0], statement=THRESHOLD.subs(n, N) > THRESHOLD
        ),
        Twin("bounded by 24/25", statement=THRESHOLD < sp.Rational(24, 25)),
    ],
    source=SOURCE,
    not_shown="nothing beyond the formula",
    sampler=slack_sampler({n: 1 + x, N: 1 + x + y}, positive=[x, y]),
)

AGAINST_BERTRAND = Claim(
    id="cartels.cournot.against-bertrand",
    title="From three firms on a cartel of quantities needs less patience than one of prices.",
    assumptions=[n >= 3],
    statement=THRESHOLD < BERTRAND,
    twins=[Twin("for two firms, too", without=[n >= 3], adding=[n >= 2])],
    source="derived here from both thresholds",
    not_shown="nothing beyond the formulas",
    sampler=lambda rng: {n: sp.Integer(rng.randint(3, 40))},
    numeric=lambda v: (
        cartel_discount(Cartel.cournot(int(v[n]))).discount < cartel_discount(Cartel.bertrand(int(v[n]))).discount
    ),
)


@proves(BEST_REPLY, UNIQUE)
def prove_cournot_equilibrium(obligation):
    """Theorem: q* = (a − c)/((n + 1)b) is a best reply to itself among all quantities, and the only symmetric solution.

    Assumptions: b > 0, 0 ≤ c < a, real n ≥ 1; the price is max(a − bQ, 0). Reference: Tirole (1988), 5.4.
    Not shown: asymmetric equilibria.
    """
    obligation.check()


@proves(BEST_DEVIATION, ATTAINED, CARTEL)
def prove_cournot_cartel(obligation):
    """Theorem: the Cournot cartel sustains itself iff δ ≥ (n + 1)²/((n + 1)² + 4n).

    Assumptions: as above, n > 1. Reference: Tirole (1988), 6.3. Not shown: the one-shot deviation principle.
    Derived by sympy; the library's cartels have this threshold.
    """
    obligation.check()


@proves(MONOTONE, AGAINST_BERTRAND)
def prove_larger_cartels_are_harder(obligation):
    """Theorem: δ* rises with n towards 1; from n = 3 on it is below Bertrand's 1 − 1/n (not for n = 2: 9/17 > 1/2).

    Assumptions: real n ≥ 1. Reference: Tirole (1988), 6.3. Not shown: nothing beyond the formulas.
    """
    obligation.check()
