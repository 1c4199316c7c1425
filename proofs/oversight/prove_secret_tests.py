"""Who monitors the monitor: the least rate of secret tests, its optimality, and the pair that no contract withstands.

A worker works at cost w, a monitor watches at cost m; payments are between 0 and B. A mediator recommends (watch, work) with
probability a, a secret test (watch, shirk) with probability b, and (rest, work) otherwise. Expected payments are e_W to a
worker who was seen at work, u to a monitor who reports work where it was recommended, t to one who reports shirking in a test:

    0 ≤ e_W, u ≤ aB,  0 ≤ t ≤ bB       limited liability and the cap
    e_W ≥ w(1 − b)                      the worker, told to work, works
    t ≥ m(a + b)                        the monitor, told to watch, does not rest and report work
    u ≥ m(a + b)                        … nor rest and report shirking

The least b is b* = wm/(B(B − m) + wm), with a* = w(1 − b*)/B, where B ≥ w and B ≥ 2m.
"""

from __future__ import annotations

import sympy as sp
from theorems import proves

from gametheory.errors import InfeasibleError
from gametheory.games import Monitoring, NormalFormGame
from gametheory.oversight import monitor_contract
from gametheory.symbolic import Claim, Twin, indifference, reals, slack_sampler

a, b, u, t, e, w, m, B, k, x = reals("a b u t e w m B k x")
COSTS = [w > 0, m > 0, B >= w, B >= 2 * m]
LIMITS = [a >= 0, b >= 0, a + b <= 1, e >= 0, e <= a * B, u >= 0, u <= a * B, t >= 0, t <= b * B]
WORKS, WATCHES, TRUTHFUL = e >= w * (1 - b), t >= m * (a + b), u >= m * (a + b)
RATE = w * m / (B * (B - m) + w * m)
SOURCE = "Rahman, But who will monitor the monitor?, American Economic Review 102 (2012), sections I and II"

CAP = w + 2 * m + x
LEAST = w * m / (CAP * (CAP - m) + w * m)
SHARE = w * (1 - LEAST) / CAP
draw = slack_sampler({B: CAP}, positive=[w, m, x])


def library_contract(values, **options):
    """The library's cheapest contract for these costs and this cap."""
    watching, working = -values[m], -values[w]
    game = NormalFormGame.from_bimatrix(
        [[watching, watching], [0, 0]],
        [[working, 0], [working, 0]],
        players=["monitor", "worker"],
        actions=[["watch", "rest"], ["work", "shirk"]],
    )
    sees = Monitoring([[[0, 1, 0], [0, 0, 1]], [[1, 0, 0], [1, 0, 0]]], ["nothing", "work", "shirking"])
    return monitor_contract(game, sees, reports=[3, 1], target={"worker": "work"}, caps=values[B], **options)


def captured(values):
    """Whether the library refuses the contract that a pair with shared recommendations must withstand."""
    try:
        library_contract(values, coalitions=[["monitor", "worker"]], receivers=["monitor"])
    except InfeasibleError as error:
        return error.certificate.verify()
    return False


LOWER = Claim(
    id="oversight.secret-tests.lower-bound",
    title="Whatever the payments, a contract under which worker and monitor obey tests with probability b* at least.",
    assumptions=[w > 0, m > 0, B > m, *LIMITS, WORKS, WATCHES],
    statement=b >= RATE,
    twins=[
        Twin("strictly more", statement=b > RATE),
        Twin("the monitor may rest and report work", without=[WATCHES]),
        Twin("the worker may shirk", without=[WORKS]),
        Twin("payments of any size", without=[t <= b * B]),
    ],
    source=SOURCE,
    not_shown="that these deviations are all there are (the library's programme lists every plan)",
    sampler=slack_sampler(
        {B: CAP, b: LEAST, a: SHARE, e: w * (1 - LEAST), t: CAP * LEAST, u: sp.Integer(0)}, positive=[w, m, x]
    ),
)

ATTAINED = Claim(
    id="oversight.secret-tests.attained",
    title="If B ≥ w and B ≥ 2m, b* and a* = w(1 − b*)/B with full payments meet every row.",
    assumptions=[*COSTS, sp.Eq(b * (B * (B - m) + w * m), w * m), sp.Eq(a * B, w * (1 - b))],
    statement=sp.And(
        *(
            row.subs({e: a * B, u: a * B, t: b * B})
            for row in [*LIMITS, WORKS, WATCHES, TRUTHFUL]
            if row.has(a) or row.has(b)
        )
    ),
    twins=[
        Twin("a cap below the worker's cost", without=[B >= w], adding=[B > m]),
        Twin("a cap below twice the monitor's cost", without=[B >= 2 * m], adding=[B > m]),
    ],
    source=SOURCE,
    not_shown="that these deviations are all there are",
    sampler=slack_sampler({B: CAP, b: LEAST, a: SHARE}, positive=[w, m, x]),
    numeric=lambda v: library_contract(v).value == v[b],
)

BINDING = Claim(
    id="oversight.secret-tests.rate",
    title="Both incentives bind, Bb = m(a + b) and Ba = w(1 − b), only at b*.",
    assumptions=[w > 0, m > 0, B > m, sp.Eq(b * B, m * (a + b)), sp.Eq(a * B, w * (1 - b))],
    statement=sp.Eq(b, RATE),
    threshold=RATE,
    derivation=lambda: indifference(b * (B - m), m * w * (1 - b) / B, b),
    twins=[
        Twin("the monitor's incentive alone", without=[sp.Eq(a * B, w * (1 - b))]),
        Twin("a test rate proportional to 1/B", statement=sp.Eq(b, m / B)),
    ],
    source=SOURCE,
    not_shown="nothing",
)

QUADRATIC = Claim(
    id="oversight.secret-tests.falls-with-the-square",
    title="The least test rate falls with the square of the cap: wm/B² ≤ b* ≤ 2wm/B² for B ≥ w, 2m.",
    assumptions=COSTS,
    statement=sp.And(RATE >= w * m / B**2, RATE <= 2 * w * m / B**2),
    twins=[
        Twin("a cap below the worker's cost", without=[B >= w], adding=[B > 0]),
        Twin("without the factor 2", statement=RATE <= w * m / B**2),
    ],
    source="derived here",
    not_shown="nothing beyond the formula",
    sampler=draw,
)

# Sharing their recommendations they know a test; otherwise both rest, report work, and save the monitor m and the worker w.
WITHSTANDS = (m + k * w) * a <= 0
CAPTURED = Claim(
    id="oversight.secret-tests.captured-monitor",
    title="No contract under which work is ever recommended withstands the pair, whatever efficiency k ≥ 0 its bribes have.",
    assumptions=[w > 0, m > 0, B > 0, k >= 0, *LIMITS, WORKS, WITHSTANDS],
    statement=b >= 1,
    twins=[
        Twin("a lone monitor", without=[WITHSTANDS]),
        Twin("a worker without costs", without=[w > 0], adding=[w >= 0]),
    ],
    source=SOURCE,
    not_shown="that the pair can carry out its plan: its members must trust each other",
)

CAPTURED_LIBRARY = Claim(
    id="oversight.secret-tests.captured-infeasible",
    title="With a chance of work, b < 1, the rows of worker, monitor and pair contradict each other, at all costs and caps.",
    assumptions=[w > 0, m > 0, B >= w, B >= 2 * m, k >= 0],
    statement=sp.Not(sp.And(*LIMITS, b < 1, WORKS, WATCHES, WITHSTANDS)),
    twins=[
        Twin("without the pair", statement=sp.Not(sp.And(*LIMITS, b < 1, WORKS, WATCHES))),
        Twin("tests alone may be recommended", statement=sp.Not(sp.And(*LIMITS, WORKS, WATCHES, WITHSTANDS))),
    ],
    source=SOURCE,
    not_shown="that the pair can carry out its plan: its members must trust each other",
    sampler=slack_sampler({B: CAP}, positive=[w, m, x, a, u, t, e, k], unit=[b]),
    numeric=captured,
)


@proves(LOWER, ATTAINED, BINDING)
def prove_least_rate_of_secret_tests(obligation):
    """Theorem: b* = wm/(B(B − m) + wm) is the least rate of secret tests: a lower bound by duality, and attained.

    Assumptions: w, m > 0, B ≥ w, B ≥ 2m. Reference: Rahman (2012). Not shown: that the listed deviations are all; the
    library's programme over all plans has the same optimum.
    """
    obligation.check()


@proves(QUADRATIC)
def prove_test_rate_falls_with_the_square_of_the_cap(obligation):
    """Theorem: wm/B² ≤ b* ≤ 2wm/B². Assumptions: B ≥ w, B ≥ 2m. Reference: derived here. Not shown: nothing."""
    obligation.check()


@proves(CAPTURED, CAPTURED_LIBRARY)
def prove_tests_do_not_catch_captured_monitors(obligation):
    """Theorem: with a monitor and worker who share recommendations the programme is infeasible for all parameters.

    Assumptions: w, m > 0, work is recommended at all. Reference: Rahman (2012). Not shown: that the pair trusts itself.
    """
    obligation.check()
