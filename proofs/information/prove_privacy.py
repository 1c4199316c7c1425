"""What differential privacy costs any monitor, for all privacy parameters; E stands for e^ε ≥ 1.

A channel is (ε, δ)-private if P(S) ≤ E Q(S) + δ and Q(S) ≤ E P(S) + δ for every set S of outputs, P the law under an attack and
Q that of honest behaviour. A test that alarms on output y with probability φ(y) has the false alarm rate α = Σ Q(y)φ(y) and
misses attacks at the rate β = 1 − Σ P(y)φ(y). Exponentials never occur: all is polynomial in E.
"""

from __future__ import annotations

import itertools
from fractions import Fraction

import sympy as sp
from theorems import proves

from gametheory.information import (
    advantage_limit,
    detection_limit,
    is_differentially_private,
    privacy_loss,
    randomised_response,
)
from gametheory.symbolic import Claim, Induction, Twin, indifference, reals, slack_sampler

E, F, delta, alpha, beta, x, y, r, R = reals("E F delta alpha beta x y r R")
PRIVATE = [E >= 1, delta >= 0, delta <= 1]
RATES = [alpha >= 0, alpha <= 1, beta >= 0, beta <= 1]
ALARM = 1 - beta <= E * alpha + delta  # the set of alarms
SILENCE = 1 - alpha <= E * beta + delta  # its complement
WASSERMAN = "Wasserman and Zhou, J. Amer. Stat. Assoc. 105 (2010), theorem 2.4; Kairouz, Oh and Viswanath, ICML 2015"
DWORK = "Dwork, McSherry, Nissim and Smith, Calibrating noise to sensitivity, TCC 2006"

ratio_draw = slack_sampler({E: 1 + x}, positive=[x], unit=[delta, alpha])


def symbols(letter, size):
    return reals(" ".join(f"{letter}{i}" for i in range(size)))


POWER = Claim(
    id="information.privacy.power",
    title="Detections exceed false alarms by at most (E − 1 + 2δ)/(E + 1), whatever test is computed from the output.",
    assumptions=[*PRIVATE, *RATES, ALARM, SILENCE],
    statement=1 - alpha - beta <= (E - 1 + 2 * delta) / (E + 1),
    twins=[
        Twin("counting δ once", statement=1 - alpha - beta <= (E - 1 + delta) / (E + 1)),
        Twin("privacy of alarms alone", without=[SILENCE]),
        Twin("strictly", statement=1 - alpha - beta < (E - 1 + 2 * delta) / (E + 1)),
    ],
    source=WASSERMAN,
    not_shown="that a randomised test obeys the two inequalities (information.privacy.every-test)",
    sampler=slack_sampler(
        {E: 1 + x, alpha: (1 - delta) / (2 + x), beta: (1 - delta) / (2 + x)}, positive=[x], unit=[delta]
    ),
    numeric=lambda v: advantage_limit(ratio=v[E], delta=v[delta]).exact_upper == (v[E] - 1 + 2 * v[delta]) / (v[E] + 1),
)

TRADE_OFF = Claim(
    id="information.privacy.detection-rate",
    title="At the false alarm rate α no test detects more than min{Eα + δ, 1 − (1 − δ − α)/E}.",
    assumptions=[*PRIVATE, *RATES, ALARM, SILENCE],
    statement=1 - beta <= sp.Min(E * alpha + delta, 1 - (1 - delta - alpha) / E),
    twins=[
        Twin("no more than false alarms", statement=1 - beta <= alpha),
        Twin(
            "for every loss below 1, too",
            without=[E >= 1],
            adding=[E > 0],
            statement=1 - beta <= 1 - (1 - delta - alpha),
        ),
    ],
    source=WASSERMAN,
    not_shown="as information.privacy.power",
    sampler=slack_sampler(
        {E: 1 + x, alpha: (1 - delta) / (2 + x), beta: (1 - delta) / (2 + x)}, positive=[x], unit=[delta]
    ),
    numeric=lambda v: (
        detection_limit(v[alpha], ratio=v[E], delta=v[delta]).exact_upper
        == min(v[E] * v[alpha] + v[delta], 1 - (1 - v[delta] - v[alpha]) / v[E])
    ),
)


def drawn_test(p, q, phi):
    """Laws within the loss, and falling alarm probabilities."""
    closer = symbols("t", len(p))
    steps = symbols("s", len(p))
    expressions = {E: 1 + x} | {chance: (1 + x) * other * t for chance, other, t in zip(p, q, closer, strict=True)}
    for k, chance in enumerate(phi):
        expressions[chance] = sp.prod(steps[: k + 1])
    return slack_sampler(expressions, positive=[x, *q], unit=[delta, *closer, *steps])


def tests(size):
    """A randomised test mixes the sets of its most suspicious outputs, which come first."""
    p, q, phi = symbols("p", size), symbols("q", size), symbols("f", size)
    detects = sum(chance * f for chance, f in zip(p, phi, strict=True))
    alarms = sum(chance * f for chance, f in zip(q, phi, strict=True))
    rows = [sum(p[:k]) <= E * sum(q[:k]) + delta for k in range(1, size + 1)]
    falling = [phi[0] <= 1, *(f >= g for f, g in itertools.pairwise(phi)), phi[-1] >= 0]
    return Claim(
        id=f"information.privacy.tests.{size}",
        title=f"Every randomised test of {size} outputs that are (ε, δ)-private has detections ≤ E · false alarms + δ.",
        assumptions=[*PRIVATE, *(x >= 0 for x in (*p, *q)), *falling, *rows],
        statement=detects <= E * alarms + delta,
        twins=[
            Twin("where one set of outputs gives the input away", without=rows[:1]),
            Twin("weights that are no probabilities", without=falling[:1]),
            Twin("purely private", statement=detects <= E * alarms),
        ],
        sampler=drawn_test(p, q, phi),
        source=DWORK,
        not_shown="larger alphabets; outputs are numbered by falling alarm probability, which is no loss",
    )


TESTS = [tests(size) for size in (2, 3, 4)]

# After some outputs, by falling alarm probability f: S = Σ f_i (P_i − E Q_i) over them, D = Σ (P_i − E Q_i).
S, D, f, g, gap = reals("S D f g gap")
EVERY_TEST = Claim(
    id="information.privacy.every-test",
    title="For every number of outputs a randomised test has detections ≤ E · false alarms + δ: S ≤ δ after all of them.",
    assumptions=[delta >= 0, f >= 0, f <= 1, D <= delta],
    statement=Induction(
        base=sp.And(S <= delta * (1 - f) + f * D, S <= delta),
        base_given=[sp.Eq(S, f * D)],
        step=sp.And(S + g * gap <= delta * (1 - g) + g * (D + gap), S + g * gap <= delta),
        step_given=[S <= delta * (1 - f) + f * D, g >= 0, g <= f, D + gap <= delta],
    ),
    twins=[
        Twin(
            "without the induction hypothesis", part="step", without=[S <= delta * (1 - f) + f * D], adding=[S <= delta]
        ),
        Twin("in any order of the outputs", part="step", without=[g <= f], adding=[g <= 1]),
        Twin("where a set of outputs gives the input away", part="step", without=[D + gap <= delta]),
    ],
    source=DWORK,
    not_shown="nothing beyond the principle of induction; outputs are numbered by falling alarm probability",
)


def post_processing(size):
    p, q, weights = symbols("p", size), symbols("q", size), symbols("f", size)
    return Claim(
        id=f"information.privacy.post-processing.{size}",
        title=f"The probability of anything computed from {size} purely private outputs differs by a factor of at most E.",
        assumptions=[E >= 1, *(x >= 0 for x in (*p, *q, *weights)), *(x <= E * y for x, y in zip(p, q, strict=True))],
        statement=sum(x * f for x, f in zip(p, weights, strict=True))
        <= E * sum(x * f for x, f in zip(q, weights, strict=True)),
        twins=[Twin("a computation with a negative weight", without=[weights[-1] >= 0])],
        source=DWORK,
        not_shown="other sizes (the same sum of inequalities)",
    )


POST = [post_processing(size) for size in (2, 3, 5)]

COMPOSITION = Claim(
    id="information.privacy.composition",
    title="Two independent outputs with likelihood ratios at most E and F have one of at most EF together.",
    assumptions=[E >= 1, F >= 1, x >= 0, y >= 0, r >= 0, R >= 0, x <= E * y, r <= F * R],
    statement=x * r <= E * F * y * R,
    twins=[
        Twin("the larger of the two", statement=x * r <= sp.Max(E, F) * y * R),
        Twin("the losses added", statement=x * r <= (E + F) * y * R),
    ],
    source="Dwork et al. (2006); Dwork and Roth, The Algorithmic Foundations of Differential Privacy (2014), theorem 3.14",
    not_shown="adaptive choice of the second channel (the same product, conditional on the first output)",
    sampler=slack_sampler(
        {E: 1 + beta, F: 1 + alpha, x: (1 + beta) * y * delta, r: (1 + alpha) * R * delta},
        positive=[y, R, alpha, beta],
        unit=[delta],
    ),
)

power = reals("power")[0]  # Eⁿ
N_FOLD = Claim(
    id="information.privacy.n-fold",
    title="n independent outputs that are ε-private are nε-private together: likelihood ratios at most Eⁿ, for every n.",
    assumptions=[E >= 1, x >= 0, y >= 0],
    statement=Induction(
        base=x <= power * y,
        base_given=[sp.Eq(power, 1), sp.Eq(x, 1), sp.Eq(y, 1)],
        step=x * r <= power * E * (y * R),
        step_given=[x <= power * y, power >= 1, r >= 0, R >= 0, r <= E * R],
    ),
    twins=[
        Twin("without the induction hypothesis", part="step", without=[x <= power * y]),
        Twin("the next output counts nothing", part="step", statement=x * r <= power * (y * R)),
    ],
    source="Dwork and Roth (2014), theorem 3.14",
    not_shown="δ > 0, and the better bounds of advanced composition; power stands for Eⁿ",
)

TRUE, LIE = E / (E + 1), 1 / (E + 1)
RESPONSE = Claim(
    id="information.privacy.randomised-response",
    title="Randomised response, the truth with probability E/(E + 1), is private and attains the bound with equality.",
    assumptions=[E >= 1],
    statement=sp.And(TRUE <= E * LIE, LIE <= E * TRUE, sp.Eq(TRUE + LIE, 1), sp.Eq(TRUE - LIE, (E - 1) / (E + 1))),
    threshold=TRUE,
    derivation=lambda: indifference(x, E * (1 - x), x),
    twins=[
        Twin("a little more truth", adding=[x > 0, x < LIE], statement=TRUE + x <= E * (LIE - x)),
        Twin("for losses below 1", without=[E >= 1], adding=[E > 0]),
    ],
    source="Kairouz, Oh and Viswanath (2015); Warner, J. Amer. Stat. Assoc. 60 (1965)",
    not_shown="δ > 0",
    sampler=slack_sampler({E: 1 + x}, positive=[x]),
    numeric=lambda v: (
        privacy_loss(randomised_response(ratio=v[E]), "all").exact_ratio == Fraction(int(v[E].p), int(v[E].q))
    ),
)

OPTIMAL = Claim(
    id="information.privacy.randomised-response-is-optimal",
    title="No private bit tells its input apart better: with P(1|1) = x and P(1|0) = y, x − y ≤ (E − 1)/(E + 1).",
    assumptions=[
        E >= 1,
        x >= 0,
        x <= 1,
        y >= 0,
        y <= 1,
        x <= E * y,
        y <= E * x,
        1 - x <= E * (1 - y),
        1 - y <= E * (1 - x),
    ],
    statement=x - y <= (E - 1) / (E + 1),
    twins=[
        Twin("privacy of the answer 1 alone", without=[1 - y <= E * (1 - x)]),
        Twin("strictly", statement=x - y < (E - 1) / (E + 1)),
    ],
    source="Kairouz, Oh and Viswanath (2015)",
    not_shown="larger alphabets",
    sampler=slack_sampler({E: 1 + r, x: (1 + r) / (2 + r), y: 1 / (2 + r)}, positive=[r]),
    numeric=lambda v: bool(is_differentially_private([[1 - v[y], v[y]], [1 - v[x], v[x]]], "all", ratio=v[E])),
)


# Several observers of randomised responses: the number of answers 1 has the laws of a binomial pair.
def observers(count):
    """Total variation between the laws of ``count`` randomised responses."""
    weights = [sp.binomial(count, j) * E ** (count - j) for j in range(count + 1)]
    gaps = [first - second for first, second in zip(weights, reversed(weights), strict=True)]
    return sum(gaps[: (count + 1) // 2]) / (E + 1) ** count  # those where the first law is larger


TWO_OBSERVERS = Claim(
    id="information.privacy.two-observers",
    title="Two colluding observers of randomised responses have one's advantage; a third adds 2E(E − 1)/(E + 1)³.",
    assumptions=[E >= 1],
    statement=sp.And(
        sp.Eq(observers(2), (E - 1) / (E + 1)),
        sp.Eq(observers(3) - observers(1), 2 * E * (E - 1) / (E + 1) ** 3),
    ),
    twins=[
        Twin("two observers gain", adding=[E > 1], statement=observers(2) > observers(1)),
        Twin("three gain nothing", statement=sp.Eq(observers(3), observers(1))),
    ],
    source="derived here; the dominating pair of Kairouz, Oh and Viswanath (2015), theorem 3.3",
    not_shown="that the binomial pair dominates all private outputs; other numbers of observers",
    sampler=slack_sampler({E: 1 + x}, positive=[x]),
    numeric=lambda v: (
        advantage_limit(ratio=v[E], observers=2).exact_upper == (v[E] - 1) / (v[E] + 1)
        and advantage_limit(ratio=v[E], observers=3).exact_upper
        == (v[E] - 1) / (v[E] + 1) + 2 * v[E] * (v[E] - 1) / (v[E] + 1) ** 3
    ),
)

COST = Claim(
    id="information.privacy.monotone",
    title="More privacy never helps detection: the bound on the advantage rises with E and with δ.",
    assumptions=[E >= 1, F >= E, delta >= 0, delta <= alpha, alpha <= 1],
    statement=(E - 1 + 2 * delta) / (E + 1) <= (F - 1 + 2 * alpha) / (F + 1),
    twins=[
        Twin("also at different shifts", without=[delta <= alpha], adding=[alpha >= 0, delta <= 1]),
        Twin("strictly", statement=(E - 1 + 2 * delta) / (E + 1) < (F - 1 + 2 * alpha) / (F + 1)),
    ],
    source=WASSERMAN,
    not_shown="nothing beyond the formula",
    sampler=slack_sampler({E: 1 + x, F: 1 + x + y, delta: alpha * r}, positive=[x, y], unit=[alpha, r]),
)


@proves(POWER, TRADE_OFF, COST)
def prove_power_against_private_outputs(obligation):
    """Theorem: 1 − α − β ≤ (e^ε − 1 + 2δ)/(e^ε + 1), and at each α the detection rate is bounded; both rise with ε and δ.

    Assumptions: the two inequalities of privacy for the set of alarms. Reference: Wasserman and Zhou (2010).
    Not shown: that tests obey them (next theorem). Equal to the library's limits.
    """
    obligation.check()


@proves(*TESTS, EVERY_TEST, *POST)
def prove_post_processing(obligation):
    """Theorem: randomised tests and other computations on a private output are as private.

    Assumptions: privacy on every set of outputs. Reference: Dwork et al. (2006). Sizes 2 to 4 directly, all by
    induction. Not shown: nothing more.
    """
    obligation.check()


@proves(COMPOSITION, N_FOLD)
def prove_composition(obligation):
    """Theorem: likelihood ratios multiply: E·F for two outputs, Eⁿ for n, by induction.

    Assumptions: independent outputs, δ = 0. Reference: Dwork and Roth (2014). Not shown: advanced composition.
    """
    obligation.check()


@proves(RESPONSE, OPTIMAL, TWO_OBSERVERS)
def prove_randomised_response_is_optimal(obligation):
    """Theorem: randomised response attains the bound; no private bit tells more; a second observer adds no advantage.

    Assumptions: δ = 0. Reference: Kairouz, Oh and Viswanath (2015). Not shown: larger alphabets.
    """
    obligation.check()
