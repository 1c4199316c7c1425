"""Cartels under an authority: what detection, fines and leniency do to the patience that collusion needs.

Per period a member earns c while all collude, d when it alone deviates, p in competition, p < c < d. The authority convicts
with probability q per period, a conviction costs the fine F ≥ 0 and ends the cartel. A deviator who reports pays r instead,
r ≤ qF under leniency, and r < 0 is a reward. Colluding is worth V = (c − qF) + δ((1 − q)V + q p/(1 − δ)), so that

    V ≥ (d − r) + δ p/(1 − δ)     iff     c − qF − p ≥ (d − r − p)(1 − δ(1 − q)),

without leniency (r = qF) iff δ ≥ δ*(q) = (d − c)/((1 − q)(d − p − qF)) wherever d − qF > p.
"""

from __future__ import annotations

import sympy as sp
from theorems import proves

from gametheory.collusion import Cartel
from gametheory.oversight import Authority, cartel_discount_under
from gametheory.symbolic import Claim, Lemma, Twin, indifference, reals, slack_sampler

c, d, p, q, Q, F, f, r, R, delta, V, x, y, z = reals("c d p q Q F f r R delta V x y z")
DILEMMA = [p < c, c < d]
AUTHORITY = [q >= 0, q < 1, F >= 0]
DISCOUNT = [delta >= 0, delta < 1]
SOURCE = "Motta and Polo, Leniency programs and cartel prosecution, Int. J. Industrial Organization 21 (2003)"

draw = slack_sampler(
    {c: p + x, d: p + x + y, F: z, Q: q + (1 - q) * f}, free=[p], positive=[x, y, z], unit=[q, f, delta]
)


def sustained(rate, fine, reporter):
    """Collusion is worth at least deviating and competing for ever, the reporter paying this."""
    return c - rate * fine - p >= (d - reporter - p) * (1 - delta * (1 - rate))


# Values at which collusion is sustained, r the least that a reporter pays: d − c is a share of what δ leaves to be lost.
LEFT = x * (1 / (1 - delta * (1 - q)) - 1)
sustained_draw = slack_sampler(
    {r: q * F - LEFT * f, c: p + q * F + x, d: p + q * F + x + LEFT * (1 - f) * z},
    free=[p],
    positive=[x, F],
    unit=[q, delta, f, z],
)


def at_higher_rate(rng):
    """The same for the rate Q, and a lower rate q."""
    values = dict(sustained_draw(rng))
    high = values[q]
    return values | {Q: high, q: high * values[z]}


def library(values, *, rate=q, leniency="none", ends=True):
    """Where the library finds the cartel to sustain itself."""
    authority = Authority(conviction_rate=values[rate], fine=values[F], leniency=leniency, conviction_ends_cartel=ends)
    return cartel_discount_under(Cartel(values[c], values[d], values[p], size=2), authority)


def same_verdict(found, values, formula):
    """Whether the library's discount is the formula's, or both say that no δ < 1 works."""
    return found.discount == formula if found.sustainable else formula >= 1


THRESHOLD = (d - c) / ((1 - q) * (d - p - q * F))
VALUE = ((c - q * F) + delta * q * p / (1 - delta)) / (1 - delta * (1 - q))
DEVIATION = d - q * F + delta * p / (1 - delta)

DETECTED = Claim(
    id="cartels.detection.threshold",
    title="Under conviction at rate q with fine F the cartel sustains itself iff δ ≥ (d − c)/((1 − q)(d − p − qF)).",
    assumptions=[*DILEMMA, *AUTHORITY, *DISCOUNT, d - q * F > p],
    statement=sp.Equivalent(VALUE >= DEVIATION, delta >= THRESHOLD),
    threshold=THRESHOLD,
    derivation=lambda: indifference(VALUE, DEVIATION, delta),
    twins=[
        Twin(
            "a fine that does not count",
            statement=sp.Equivalent(VALUE >= DEVIATION, delta >= (d - c) / ((1 - q) * (d - p))),
        ),
        Twin(
            "a conviction that does not end the cartel",
            statement=sp.Equivalent(VALUE >= DEVIATION, delta >= (d - c) / (d - p - q * F)),
        ),
    ],
    source=SOURCE,
    not_shown="the one-shot deviation principle",
    sampler=slack_sampler({c: p + x, d: p + x + y, F: (x + y) * f}, free=[p], positive=[x, y], unit=[q, f, delta]),
    numeric=lambda v: same_verdict(library(v), v, (v[d] - v[c]) / ((1 - v[q]) * (v[d] - v[p] - v[q] * v[F]))),
)

CONDITION = Claim(
    id="cartels.detection.condition",
    title="Colluding is worth at least deviating and reporting at a price r iff c − qF − p ≥ (d − r − p)(1 − δ(1 − q)).",
    assumptions=[*AUTHORITY, *DISCOUNT],
    statement=sp.Equivalent(VALUE >= d - r + delta * p / (1 - delta), sustained(q, F, r)),
    twins=[
        Twin(
            "the reporter's payment is left out",
            adding=DILEMMA,
            statement=sp.Equivalent(VALUE >= d - r + delta * p / (1 - delta), sustained(q, F, 0)),
        )
    ],
    source=SOURCE,
    not_shown="the one-shot deviation principle",
    sampler=slack_sampler({F: z}, free=[c, d, p, r], positive=[z], unit=[q, delta]),
)

BELLMAN = Claim(
    id="cartels.detection.value",
    title="The value of colluding under conviction is the one solution of its recursion.",
    assumptions=[*AUTHORITY, *DISCOUNT],
    statement=sp.Equivalent(sp.Eq(V, c - q * F + delta * ((1 - q) * V + q * p / (1 - delta))), sp.Eq(V, VALUE)),
    twins=[Twin("the value without conviction", statement=sp.Implies(sp.Eq(V, VALUE), sp.Eq(V, c / (1 - delta))))],
    source=SOURCE,
    not_shown="nothing",
)

BEATS = Claim(
    id="cartels.detection.deviation-beats-competition",
    title="Where a cartel sustains itself under detection, a fined deviation is worth at least competing: d − qF ≥ p.",
    assumptions=[*DILEMMA, *AUTHORITY, *DISCOUNT, sustained(q, F, q * F)],
    statement=d - q * F >= p,
    twins=[Twin("whether it sustains itself or not", without=[sustained(q, F, q * F)])],
    source="derived here",
    not_shown="nothing",
    sampler=sustained_draw,
)

SHRINKS = Claim(
    id="cartels.detection.shrinks",
    title="What a cartel sustains under a higher rate of detection it sustains under a lower one.",
    assumptions=[*DILEMMA, q >= 0, Q > q, Q < 1, F >= 0, *DISCOUNT, sustained(Q, F, Q * F)],
    statement=sustained(q, F, q * F),
    lemmas=[Lemma(BEATS, {q: Q})],
    twins=[
        Twin(
            "under a higher one",
            without=[sustained(Q, F, Q * F)],
            adding=[sustained(q, F, q * F)],
            statement=sustained(Q, F, Q * F),
        ),
    ],
    source=SOURCE,
    not_shown="the one-shot deviation principle",
    sampler=at_higher_rate,
    numeric=lambda v: library(v).sustainable and library(v).discount <= v[delta],
)

LOWER = Claim(
    id="cartels.detection.what-deterrence-loses",
    title="The denominator (1 − q)(d − p − qF) of δ*(q) falls strictly with the rate of detection, and stays positive.",
    assumptions=[q >= 0, Q > q, Q < 1, F >= 0, d - Q * F > p],
    statement=sp.And((1 - q) * (d - p - q * F) > (1 - Q) * (d - p - Q * F), (1 - Q) * (d - p - Q * F) > 0),
    twins=[Twin("where the fine exceeds the deviation", without=[d - Q * F > p])],
    source="derived here",
    not_shown="nothing",
    sampler=slack_sampler(
        {Q: q + (1 - q) * f, d: p + (q + (1 - q) * f) * F + x}, free=[p], positive=[x, F], unit=[q, f]
    ),
)

INCREASING = Claim(
    id="cartels.detection.increasing",
    title="δ*(q) rises strictly with the rate of detection, as long as a deviation, fined, beats competition.",
    assumptions=[*DILEMMA, q >= 0, Q > q, Q < 1, F >= 0, d - Q * F > p],
    statement=(d - c) / ((1 - Q) * (d - p - Q * F)) > THRESHOLD,
    lemmas=[Lemma(LOWER)],
    twins=[
        Twin(
            "twice the rate, twice the threshold",
            adding=[sp.Eq(Q, 2 * q)],
            statement=(d - c) / ((1 - Q) * (d - p - Q * F)) >= 2 * THRESHOLD,
        ),
    ],
    source=SOURCE,
    not_shown="nothing beyond the formula",
    sampler=slack_sampler(
        {c: p + x, d: p + x + y, F: (x + y) * z / (1 + z), Q: q + (1 - q) * f},
        free=[p],
        positive=[x, y, z],
        unit=[q, f],
    ),
    numeric=lambda v: not (high := library(v, rate=Q)).sustainable or library(v).discount < high.discount,
)

FINES = Claim(
    id="cartels.detection.fines",
    title="Higher fines at the same rate need more patience.",
    assumptions=[*DILEMMA, q > 0, q < 1, F >= 0, f > F, d - q * f > p],
    statement=(d - c) / ((1 - q) * (d - p - q * f)) > THRESHOLD,
    twins=[Twin("even if nobody is detected", without=[q > 0], adding=[q >= 0])],
    source=SOURCE,
    not_shown="nothing beyond the formula",
    sampler=slack_sampler(
        {c: p + x, d: p + x + y, f: x + y, F: (x + y) * z / (1 + z)}, free=[p], positive=[x, y, z], unit=[q]
    ),
)

PATIENT_ENOUGH = (1 - q) * (d - p - q * F) > d - c
BREAKDOWN = Claim(
    id="cartels.detection.breakdown",
    title="No δ < 1 sustains the cartel iff (1 − q)(d − p − qF) ≤ d − c.",
    assumptions=[*DILEMMA, *AUTHORITY, *DISCOUNT],
    statement=sp.And(
        sp.Implies(PATIENT_ENOUGH, THRESHOLD < 1),  # which sustains it: cartels.detection.threshold
        sp.Implies(sp.Not(PATIENT_ENOUGH), sp.Not(sustained(q, F, q * F))),
    ),
    method="provers",
    twins=[
        Twin(
            "iff the expected fine exceeds the cartel's gain",
            statement=sp.Implies(q * F < c - p, THRESHOLD < 1),
            adding=[d - q * F > p],
        )
    ],
    source=SOURCE,
    not_shown="the one-shot deviation principle",
    sampler=draw,
    numeric=lambda v: library(v).sustainable == bool((1 - v[q]) * (v[d] - v[p] - v[q] * v[F]) > v[d] - v[c]),
)

LENIENCY = Claim(
    id="cartels.leniency.weakly-shrinks",
    title="If a reporter pays no more than its expected fine, what is sustained under leniency is sustained without.",
    assumptions=[*DILEMMA, *AUTHORITY, *DISCOUNT, r <= q * F, sustained(q, F, r)],
    statement=sustained(q, F, q * F),
    twins=[
        Twin("also if reporting costs more", without=[r <= q * F]),
        Twin(
            "leniency below the expected fine always deters strictly more",
            without=[sustained(q, F, r)],
            adding=[r < q * F, sustained(q, F, q * F)],
            statement=sp.Not(sustained(q, F, r)),
        ),
        Twin(
            "the other way round",
            without=[sustained(q, F, r)],
            adding=[sustained(q, F, q * F)],
            statement=sustained(q, F, r),
        ),
    ],
    source="Motta and Polo (2003); Spagnolo, Divide et impera, CEPR 4840 (2004)",
    not_shown="the one-shot deviation principle",
    sampler=sustained_draw,
    numeric=lambda v: library(v).discount <= library(v, leniency=v[r] / v[F]).discount <= v[delta],
)

LENIENT_THRESHOLD = (d - c + q * F - r) / ((1 - q) * (d - r - p))
LENIENT = Claim(
    id="cartels.leniency.threshold",
    title="With leniency r the cartel sustains itself iff δ ≥ (d − c + qF − r)/((1 − q)(d − r − p)).",
    assumptions=[*DILEMMA, *AUTHORITY, *DISCOUNT, r <= q * F, d - r > p],
    statement=sp.Equivalent(VALUE >= d - r + delta * p / (1 - delta), delta >= LENIENT_THRESHOLD),
    threshold=LENIENT_THRESHOLD,
    derivation=lambda: indifference(VALUE, d - r + delta * p / (1 - delta), delta),
    twins=[
        Twin(
            "the threshold without leniency",
            adding=[d - q * F > p],
            statement=sp.Equivalent(VALUE >= d - r + delta * p / (1 - delta), delta >= THRESHOLD),
        )
    ],
    source=SOURCE,
    not_shown="the one-shot deviation principle",
    sampler=slack_sampler(
        {c: p + x, d: p + x + y, F: (x + y) * z / (1 + z), r: q * f * (x + y) * z / (1 + z)},
        free=[p],
        positive=[x, y, z],
        unit=[q, f, delta],
    ),
    numeric=lambda v: same_verdict(
        library(v, leniency=v[r] / v[F]),
        v,
        (v[d] - v[c] + v[q] * v[F] - v[r]) / ((1 - v[q]) * (v[d] - v[r] - v[p])),
    ),
)

REWARD = Claim(
    id="cartels.leniency.whistle-blower-reward",
    title="Without detection reporting for a reward R pays iff R > δ(c − p)/(1 − δ) − (d − c).",
    assumptions=[*DILEMMA, *DISCOUNT],
    statement=sp.Equivalent(
        d + R + delta * p / (1 - delta) > c / (1 - delta), R > delta * (c - p) / (1 - delta) - (d - c)
    ),
    threshold=delta * (c - p) / (1 - delta) - (d - c),
    derivation=lambda: indifference(d + R + delta * p / (1 - delta), c / (1 - delta), R),
    twins=[
        Twin(
            "a reward of what deviating costs later",
            statement=sp.Equivalent(
                d + R + delta * p / (1 - delta) > c / (1 - delta), R > delta * (c - p) / (1 - delta)
            ),
        ),
        Twin("any reward will do", adding=[R > 0], statement=d + R + delta * p / (1 - delta) > c / (1 - delta)),
    ],
    source="Spagnolo, Divide et impera: optimal leniency programs, CEPR 4840 (2004)",
    not_shown="the one-shot deviation principle; that the reward is paid to the first reporter alone",
    sampler=slack_sampler({c: p + x, d: p + x + y}, free=[p, R], positive=[x, y], unit=[delta]),
)

ENDING = (c - p - q * F) / q - (d - p)
PAYS_AT_ANY_PATIENCE = Claim(
    id="cartels.leniency.reward-that-ends-collusion",
    title="If q > 0 reporting pays at every δ < 1 iff −r ≥ (c − p − qF)/q − (d − p): a finite reward ends collusion.",
    assumptions=[*DILEMMA, *AUTHORITY, *DISCOUNT, q > 0, r <= q * F, d - r > p],
    statement=sp.And(
        sp.Implies(-r < ENDING, LENIENT_THRESHOLD < 1),  # which sustains it: cartels.leniency.threshold
        sp.Implies(-r >= ENDING, sp.Not(sustained(q, F, r))),
    ),
    threshold=ENDING,
    derivation=lambda: -indifference(LENIENT_THRESHOLD, sp.Integer(1), r),
    twins=[
        Twin("immunity is enough", statement=sp.Implies(r <= 0, sp.Not(sustained(q, F, r)))),
        Twin("the expected fine as a reward", statement=sp.Implies(-r >= q * F, sp.Not(sustained(q, F, r)))),
    ],
    source="Spagnolo, CEPR 4840 (2004)",
    not_shown="the one-shot deviation principle",
    sampler=slack_sampler({c: p + x, d: p + x + y, F: z, r: -R}, free=[p], positive=[x, y, z, R], unit=[q, delta]),
    numeric=lambda v: (
        library(v, leniency=v[r] / v[F]).sustainable == bool(-v[r] < (v[c] - v[p] - v[q] * v[F]) / v[q] - (v[d] - v[p]))
    ),
)

SPARED_THRESHOLD = (d - c + q * F - r) / (d - r - p)
SPARED = Claim(
    id="cartels.leniency.threshold-where-conviction-spares",
    title="If a conviction does not end the cartel it sustains itself iff δ ≥ (d − c + qF − r)/(d − r − p).",
    assumptions=[*DISCOUNT, d - r > p],
    statement=sp.Equivalent((c - q * F) / (1 - delta) >= d - r + delta * p / (1 - delta), delta >= SPARED_THRESHOLD),
    threshold=SPARED_THRESHOLD,
    derivation=lambda: indifference((c - q * F) / (1 - delta), d - r + delta * p / (1 - delta), delta),
    twins=[
        Twin(
            "the threshold of a conviction that ends it",
            adding=[*DILEMMA, *AUTHORITY],
            statement=sp.Equivalent(
                (c - q * F) / (1 - delta) >= d - r + delta * p / (1 - delta), delta >= LENIENT_THRESHOLD
            ),
        )
    ],
    source="Friedman (1971) with payoffs net of fines",
    not_shown="the one-shot deviation principle",
    sampler=slack_sampler(
        {c: p + x, d: p + x + y, F: x * f, r: q * x * f - z}, free=[p], positive=[x, y, z], unit=[q, f, delta]
    ),
    numeric=lambda v: (
        library(v, leniency=v[r] / v[F], ends=False).discount
        == (v[d] - v[c] + v[q] * v[F] - v[r]) / (v[d] - v[r] - v[p])
    ),
)

NO_REWARD_IS_ENOUGH = Claim(
    id="cartels.leniency.no-reward-where-conviction-spares",
    title="If a conviction does not end the cartel, no reward deters all: the threshold stays below 1 iff c − qF > p.",
    assumptions=[d - r > p],
    statement=sp.Equivalent(SPARED_THRESHOLD < 1, c - q * F > p),
    twins=[
        Twin("rewards add to the fine", statement=sp.Equivalent(SPARED_THRESHOLD < 1, c - q * F + r > p)),
    ],
    source="derived here",
    not_shown="nothing beyond the formula of cartels.leniency.threshold-where-conviction-spares",
    sampler=slack_sampler({d: r + p + x}, free=[c, p, r, F], positive=[x], unit=[q]),
)

FALSE_CONVICTIONS = Claim(
    id="cartels.detection.false-convictions",
    title="False convictions of competitors help the cartel: the threshold falls as competition is fined more often.",
    assumptions=[*DILEMMA, *AUTHORITY, x >= 0, y > x, F > 0, d - q * F > p - x * F, q < 1],
    statement=(d - c) / ((1 - q) * (d - q * F - p + y * F)) < (d - c) / ((1 - q) * (d - q * F - p + x * F)),
    twins=[Twin("without a fine", without=[F > 0])],
    source=SOURCE,
    not_shown="the one-shot deviation principle",
    sampler=slack_sampler(
        {c: p + z, d: p + z + q * F + z, y: x + (1 - x) * f}, free=[p], positive=[z, F], unit=[q, x, f]
    ),
)


@proves(BELLMAN, CONDITION, DETECTED, BREAKDOWN)
def prove_what_a_cartel_under_detection_needs(obligation):
    """Theorem: conviction at rate q, fine F, end of the cartel: δ*(q) = (d − c)/((1 − q)(d − p − qF)).

    Assumptions: p < c < d, 0 ≤ q < 1, F ≥ 0, d − qF > p. Reference: Motta and Polo (2003). Not shown: the one-shot
    deviation principle. Derived by sympy, and equal to the library's discount of the cartel under that authority.
    """
    obligation.check()


@proves(BEATS, SHRINKS, LOWER, INCREASING, FINES, FALSE_CONVICTIONS)
def prove_detection_and_fines_deter(obligation):
    """Theorem: more detection or higher fines shrink what is sustained, δ*(q) rises strictly; false convictions do the reverse.

    Assumptions: a fined deviation still beats competition. Reference: Motta and Polo (2003). Not shown: nothing more.
    """
    obligation.check()


@proves(LENIENCY, LENIENT)
def prove_leniency_deters_weakly(obligation):
    """Theorem: leniency (r ≤ qF) weakly shrinks what is sustained; "always strictly" is refuted.

    Assumptions: p < c < d. Reference: Motta and Polo (2003); Spagnolo (2004). Not shown: the one-shot deviation principle.
    """
    obligation.check()


@proves(REWARD, PAYS_AT_ANY_PATIENCE, SPARED, NO_REWARD_IS_ENOUGH)
def prove_rewards_for_reporting(obligation):
    """Theorem: the reward from which reporting pays, the one that ends collusion at every δ, and when none does.

    Assumptions: p < c < d. Reference: Spagnolo (2004). Not shown: the one-shot deviation principle.
    """
    obligation.check()
