"""Inspection of one act: equilibrium, commitment, and the paradox of fines, for all payoffs.

An inspector inspects (probability x) or not, an inspectee violates (probability y) or not, at the same time. Payoffs:

    inspector:  −k for inspecting, −h if a violation goes unnoticed;        inspectee:  g for violating unnoticed, −F if caught.

With 0 < k < h, g > 0 and F > 0 the only equilibrium mixes, x* = g/(g + F) and y* = k/h: each makes the *other* indifferent.
Detection has probability a ≤ 1 where it is not certain. An inspector who announces x* deters, at a cost of k x*.
"""

from __future__ import annotations

import sympy as sp
from theorems import proves

from gametheory.equilibria import nash_equilibria
from gametheory.games import NormalFormGame
from gametheory.symbolic import Claim, Lemma, Twin, indifference, reals, slack_sampler

k, h, g, F, f, q, x, y, X, Y, s, t = reals("k h g F f q x y X Y s t")
MODEL = [k > 0, h > k, g > 0, F > 0]
SHARES = [x >= 0, x <= 1, y >= 0, y <= 1]
INSPECT, VIOLATE = g / (g + F), k / h
SOURCE = "Avenhaus, von Stengel and Zamir, Inspection games, Handbook of Game Theory 3 (2002), section 2"

draw = slack_sampler({h: k + s, f: F + t}, positive=[k, g, F, s, t], unit=[x, y])


def inspector(inspection, violation):
    return -k * inspection - h * violation * (1 - inspection)


def inspectee(inspection, violation, fine=F):
    return violation * (g * (1 - inspection) - fine * inspection)


def equilibrium(inspection, violation):
    """Nobody gains by either pure deviation, hence by any."""
    return sp.And(
        *(inspector(inspection, violation) >= inspector(other, violation) for other in (0, 1)),
        *(inspectee(inspection, violation) >= inspectee(inspection, other) for other in (0, 1)),
    )


def library_equilibria(values):
    """Probabilities of inspecting and violating in every equilibrium that the library finds."""
    own = [[-values[k], -values[k]], [0, -values[h]]]  # rows: inspect or not; columns: legal, violate
    other = [[0, -values[F]], [0, values[g]]]
    found = nash_equilibria(NormalFormGame.from_bimatrix(own, other), completeness="certified")
    return [(e.exact_profile[0][0], e.exact_profile[1][1]) for e in found]


WITNESS = Claim(
    id="oversight.inspection.equilibrium",
    title="Inspecting with probability g/(g + F) and violating with k/h is an equilibrium.",
    assumptions=MODEL,
    statement=sp.And(INSPECT > 0, INSPECT < 1, VIOLATE > 0, VIOLATE < 1, equilibrium(INSPECT, VIOLATE)),
    twins=[
        Twin("inspections that cost more than the harm", without=[h > k], adding=[h > 0]),
        Twin("violating with the inspector's probability", statement=equilibrium(INSPECT, INSPECT)),
    ],
    source=SOURCE,
    not_shown="nothing",
    sampler=draw,
    numeric=lambda v: library_equilibria(v) == [(v[g] / (v[g] + v[F]), v[k] / v[h])],
)

UNIQUE = Claim(
    id="oversight.inspection.unique",
    title="The inspection game has no equilibrium but inspecting at g/(g + F) and violating at k/h.",
    assumptions=[*MODEL, *SHARES, equilibrium(x, y)],
    statement=sp.And(sp.Eq(x, INSPECT), sp.Eq(y, VIOLATE)),
    twins=[
        Twin("where inspections may cost as much as the harm", without=[h > k], adding=[h >= k]),
        Twin("without a fine", without=[F > 0], adding=[F >= 0]),
    ],
    source=SOURCE,
    not_shown="nothing",
    sampler=slack_sampler({h: k + s, x: g / (g + F), y: k / (k + s)}, positive=[k, g, F, s]),
)

PARADOX = Claim(
    id="oversight.inspection.fines-lower-inspection",
    title="A higher fine lowers the probability of inspection strictly and leaves that of violation as it is.",
    assumptions=[
        *MODEL,
        f > F,
        *SHARES,
        X >= 0,
        X <= 1,
        Y >= 0,
        Y <= 1,
        equilibrium(x, y),
        equilibrium(X, Y).subs(F, f),
    ],
    statement=sp.And(X < x, sp.Eq(Y, y)),
    lemmas=[Lemma(UNIQUE), Lemma(UNIQUE, {F: f, x: X, y: Y})],
    twins=[
        Twin("a higher fine lowers violation", statement=Y < y),
        Twin("the same fine", without=[f > F], adding=[f >= F]),
    ],
    source=SOURCE,
    not_shown="nothing",
    sampler=slack_sampler(
        {h: k + s, f: F + t, x: g / (g + F), y: k / (k + s), X: g / (g + F + t), Y: k / (k + s)},
        positive=[k, g, F, s, t],
    ),
    numeric=lambda v: library_equilibria(v) == [(v[x], v[y])] and library_equilibria({**v, F: v[f]}) == [(v[X], v[Y])],
)

COSTS = Claim(
    id="oversight.inspection.costs-raise-violation",
    title="What lowers violation in equilibrium is cheaper inspection or more harm to the inspector: k/h, not the fine.",
    assumptions=[*MODEL, t > 0, t < k],
    statement=sp.And((k - t) / h < VIOLATE, k / (h + t) < VIOLATE),
    twins=[Twin("whatever t is", without=[t > 0])],
    source=SOURCE,
    not_shown="nothing beyond the formula of oversight.inspection.equilibrium",
    sampler=slack_sampler({h: k + s, t: k * x}, positive=[k, g, F, s], unit=[x]),
)

COMMITMENT = Claim(
    id="oversight.inspection.commitment",
    title="Announcing x ≥ g/(g + F) deters, at a cost of kx: less than the equilibrium costs, and no announcement is better.",
    assumptions=[*MODEL, *SHARES],
    statement=sp.And(
        sp.Implies(x >= INSPECT, inspectee(x, 1) <= inspectee(x, 0)),
        inspector(INSPECT, 0) > inspector(INSPECT, VIOLATE),
        sp.Implies(inspectee(x, 1) > 0, inspector(x, 1) < inspector(INSPECT, 0)),
        sp.Implies(x >= INSPECT, inspector(x, 0) <= inspector(INSPECT, 0)),
    ),
    threshold=INSPECT,
    derivation=lambda: indifference(inspectee(x, 1), inspectee(x, 0), x),
    twins=[
        Twin("announcing less deters, too", statement=sp.Implies(x >= INSPECT / 2, inspectee(x, 1) <= inspectee(x, 0))),
        Twin(
            "in equilibrium the inspector does as well", statement=inspector(INSPECT, 0) <= inspector(INSPECT, VIOLATE)
        ),
    ],
    source="Avenhaus, von Stengel and Zamir (2002), section 5; Maschler, Naval Research Logistics 13 (1966)",
    not_shown="that an indifferent inspectee is legal (announce a little more)",
    sampler=draw,
)

IMPERFECT = Claim(
    id="oversight.inspection.imperfect-detection",
    title="If an inspection detects with probability q ≥ g/(g + F) only, x = g/(q(g + F)) deters; if less, none does.",
    assumptions=[g > 0, F > 0, q > 0, q <= 1, x >= 0, x <= 1],
    statement=sp.Equivalent(g * (1 - q * x) - F * q * x <= 0, x >= INSPECT / q),
    threshold=INSPECT / q,
    derivation=lambda: indifference(g * (1 - q * x), F * q * x, x),
    twins=[
        Twin("certain inspection always deters", statement=sp.Implies(sp.Eq(x, 1), g * (1 - q * x) - F * q * x <= 0)),
        Twin("as if detection were certain", statement=sp.Equivalent(g * (1 - q * x) - F * q * x <= 0, x >= INSPECT)),
    ],
    source="Becker, Crime and punishment, J. Political Economy 76 (1968)",
    not_shown="nothing",
    sampler=slack_sampler({}, positive=[g, F], unit=[q, x]),
)

BECKER = Claim(
    id="oversight.becker.fine",
    title="A violation worth g, detected with probability q, is deterred iff the fine is at least g(1 − q)/q.",
    assumptions=[q > 0, q <= 1],
    statement=sp.Equivalent((1 - q) * g - q * F <= 0, F >= g * (1 - q) / q),
    threshold=g * (1 - q) / q,
    derivation=lambda: indifference((1 - q) * g, q * F, F),
    twins=[
        Twin("the gain itself", adding=[g > 0], statement=sp.Equivalent((1 - q) * g - q * F <= 0, F >= g)),
        Twin(
            "the gain is kept though detected",
            adding=[g > 0],
            statement=sp.Implies(F >= g * (1 - q) / q, g - q * F <= 0),
        ),
        Twin("strictly", statement=sp.Implies(F >= g * (1 - q) / q, (1 - q) * g - q * F < 0)),
    ],
    source="Becker, Crime and punishment, J. Political Economy 76 (1968)",
    not_shown="risk neutrality is assumed",
    sampler=slack_sampler({}, positive=[g, F], unit=[q]),
)

BECKER_KEPT = Claim(
    id="oversight.becker.fine-where-the-gain-is-kept",
    title="Where the gain is kept though detected the least fine is g/q, larger by exactly g.",
    assumptions=[q > 0, q <= 1],
    statement=sp.And(sp.Equivalent(g - q * F <= 0, F >= g / q), sp.Eq(g / q - g * (1 - q) / q, g)),
    threshold=g / q,
    derivation=lambda: indifference(g, q * F, F),
    twins=[Twin("the smaller fine", adding=[g > 0], statement=sp.Equivalent(g - q * F <= 0, F >= g * (1 - q) / q))],
    source="Becker (1968)",
    not_shown="risk neutrality is assumed",
    sampler=slack_sampler({}, positive=[g, F], unit=[q]),
)

MAXIMAL = Claim(
    id="oversight.becker.maximal-fine",
    title="Fine and detection are substitutes: a larger fine deters at a lower rate, so that the largest fine is the cheapest.",
    assumptions=[g > 0, F >= 0, f > F, k > 0],
    statement=sp.And(k * g / (g + f) < k * g / (g + F), sp.Equivalent((1 - q) * g - q * F <= 0, q >= g / (g + F))),
    threshold=g / (g + F),
    derivation=lambda: indifference((1 - q) * g, q * F, q),
    twins=[
        Twin(
            "half the rate at twice the fine",
            adding=[sp.Eq(f, 2 * F), F > 0],
            statement=g / (g + f) <= g / (2 * (g + F)),
        ),
        Twin("no gain, no rate", without=[g > 0], adding=[g >= 0, F > 0]),
    ],
    source="Becker (1968)",
    not_shown="limits to fines (wealth, error, marginal deterrence)",
    sampler=slack_sampler({f: F + t}, positive=[g, F, k, t], unit=[q]),
)


@proves(WITNESS, UNIQUE)
def prove_inspection_equilibrium(obligation):
    """Theorem: the inspection game has exactly one equilibrium, x* = g/(g + F), y* = k/h.

    Assumptions: 0 < k < h, g > 0, F > 0. Reference: Avenhaus, von Stengel and Zamir (2002). Not shown: nothing.
    The library's complete search for equilibria finds this one alone.
    """
    obligation.check()


@proves(PARADOX, COSTS)
def prove_fines_lower_inspection_not_violation(obligation):
    """Theorem: raising the fine lowers inspection and leaves violation; cheaper inspection lowers violation.

    Assumptions: as above. Reference: Avenhaus, von Stengel and Zamir (2002). Not shown: nothing.
    """
    obligation.check()


@proves(COMMITMENT, IMPERFECT)
def prove_commitment_deters(obligation):
    """Theorem: announced inspection deters from g/(g + F) on (over q, if detection is uncertain) and beats the equilibrium.

    Assumptions: as above. Reference: Maschler (1966). Not shown: what an indifferent inspectee does.
    """
    obligation.check()


@proves(BECKER, BECKER_KEPT, MAXIMAL)
def prove_becker(obligation):
    """Theorem: the least fine is g(1 − q)/q (g/q where the gain is kept), and the largest fine needs the least detection.

    Assumptions: risk neutrality. Reference: Becker (1968). Not shown: limits to fines.
    """
    obligation.check()
