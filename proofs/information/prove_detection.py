"""What alarms mean and what many detectors see: base rates, union bounds, votes, capture and shared secrets.

A monitor alarms with probability α on honest behaviour and β on an attack; a share q of all behaviour are attacks. By Bayes an
alarm is true with probability qβ/(qβ + (1 − q)α). Detectors i = 1, …, n alarm independently with probabilities q_i; a system
that needs k alarms, or a secret that k shares restore, is a vote.
"""

from __future__ import annotations

import itertools

import sympy as sp
from theorems import proves

from gametheory.information import base_rates, secret_sharing_risk, vote_rate
from gametheory.symbolic import Claim, Induction, Lemma, Twin, indifference, reals, slack_sampler

q, Q, alpha, beta, r, c, w, x, y, n = reals("q Q alpha beta r c w x y n")
HALF = sp.Rational(1, 2)
RATES = [alpha > 0, alpha <= 1, beta > 0, beta <= 1]
PRECISION = q * beta / (q * beta + (1 - q) * alpha)
AXELSSON = "Axelsson, The base-rate fallacy and the difficulty of intrusion detection, ACM TISSEC 3 (2000)"
FUSION = "Condorcet (1785); Shamir, How to share a secret, Comm. ACM 22 (1979), for thresholds"

BASE_RATE = Claim(
    id="information.detection.base-rate",
    title="Most alarms are false iff the rate q of attacks is below α/(α + β).",
    assumptions=[*RATES, q >= 0, q <= 1],
    statement=sp.Equivalent(PRECISION < HALF, q < alpha / (alpha + beta)),
    threshold=alpha / (alpha + beta),
    derivation=lambda: indifference(PRECISION, HALF, q),
    twins=[
        Twin("iff attacks are rarer than false alarms", statement=sp.Equivalent(PRECISION < HALF, q < alpha)),
        Twin("a detector that is nine times as often right", adding=[beta >= 9 * alpha], statement=PRECISION >= HALF),
    ],
    source=AXELSSON,
    not_shown="nothing",
    sampler=slack_sampler({}, unit=[alpha, beta, q]),
    numeric=lambda v: (
        base_rates(prevalence=v[q], false_alarm_rate=v[alpha], detection_rate=v[beta]).precision
        == v[q] * v[beta] / (v[q] * v[beta] + (1 - v[q]) * v[alpha])
    ),
)

PRECISE = Claim(
    id="information.detection.precision",
    title="Alarms are true with probability w or more iff the false alarm rate is at most qβ(1 − w)/(w(1 − q)).",
    assumptions=[q > 0, q < 1, beta > 0, beta <= 1, alpha >= 0, w > 0, w < 1],
    statement=sp.Equivalent(PRECISION >= w, alpha <= q * beta * (1 - w) / (w * (1 - q))),
    threshold=q * beta * (1 - w) / (w * (1 - q)),
    derivation=lambda: indifference(PRECISION, w, alpha),
    twins=[Twin("1 − w itself suffices", statement=sp.Implies(alpha <= 1 - w, PRECISION >= w))],
    source=AXELSSON,
    not_shown="nothing",
    sampler=slack_sampler({}, unit=[alpha, beta, q, w]),
)

PRECISION_RISES = Claim(
    id="information.detection.precision-monotone",
    title="Alarms become more believable with prevalence and detections, less with false alarms.",
    assumptions=[*RATES, q > 0, Q >= q, Q < 1, x >= beta, x <= 1, y > 0, y <= alpha],
    statement=Q * x / (Q * x + (1 - Q) * y) >= PRECISION,
    twins=[
        Twin("also with more false alarms", without=[y <= alpha], adding=[y <= 1]),
        Twin("also where attacks are rarer", without=[Q >= q], adding=[Q > 0]),
    ],
    source=AXELSSON,
    not_shown="strictness",
    sampler=slack_sampler({x: beta + (1 - beta) * r, y: alpha * c, Q: q + (1 - q) * w}, unit=[alpha, beta, q, r, c, w]),
)


def some_alarm(rates):
    return 1 - sp.prod([1 - rate for rate in rates])


def union(size, lemmas=()):
    """No more alarms than all detectors raise together."""
    rates = reals(" ".join(f"q{i}" for i in range(1, size + 1)))
    some = some_alarm(rates)
    return Claim(
        id=f"information.detection.union-bound.{size}",
        title=f"Of {size} independent detectors one alarms with at most the sum of their rates, and at least the largest.",
        assumptions=[*(rate >= 0 for rate in rates), *(rate <= 1 for rate in rates)],
        statement=sp.And(some <= sum(rates), *(some >= rate for rate in rates)),
        lemmas=lemmas,
        twins=[
            Twin("with the average of their rates", statement=some <= sum(rates) / size),
            Twin("strictly", statement=some < sum(rates)),
        ],
        source="Boole's inequality",
        not_shown="dependent detectors, for which it holds, too",
        sampler=slack_sampler({}, unit=rates),
        numeric=lambda v: (
            vote_rate([v[rate] for rate in rates], votes=1, capture="none")
            == 1 - sp.prod([1 - v[rate] for rate in rates])
        ),
    )


TWO, THREE = union(2), union(3)
q1, q2, q3, q4, q5 = reals("q1 q2 q3 q4 q5")
FIVE = union(  # as three and two, which are two
    5,
    lemmas=[
        Lemma(THREE),
        Lemma(TWO, {q1: q4, q2: q5}),
        Lemma(TWO, {q1: some_alarm([q1, q2, q3]), q2: some_alarm([q4, q5])}),
    ],
)
UNION = [TWO, THREE, FIVE]

silent, total = reals("silent total")  # ∏ (1 − q_i) and Σ q_i
UNION_FOR_ALL = Claim(
    id="information.detection.union-bound.every-number",
    title="For every number of independent detectors 1 − ∏(1 − q_i) ≤ Σ q_i.",
    assumptions=[],
    statement=Induction(
        base=1 - silent <= total,
        base_given=[sp.Eq(silent, 1), sp.Eq(total, 0)],
        step=sp.And(1 - silent * (1 - q) <= total + q, silent * (1 - q) >= 0, silent * (1 - q) <= 1),
        step_given=[1 - silent <= total, silent >= 0, silent <= 1, q >= 0, q <= 1],
    ),
    twins=[
        Twin("without the induction hypothesis", part="step", without=[1 - silent <= total], adding=[total >= 0]),
        Twin("rates above 1", part="step", without=[q <= 1]),
        Twin("below by the sum", part="step", statement=1 - silent * (1 - q) >= total + q),
    ],
    source="Boole's inequality",
    not_shown="nothing beyond the principle of induction",
)

power = reals("power")[0]  # (1 − q)ⁿ
BERNOULLI = Claim(
    id="information.detection.bernoulli",
    title="For every n, n attempts at a detection rate q stay unseen with probability (1 − q)ⁿ, from 1 − nq to 1/(1 + nq).",
    assumptions=[q >= 0, q <= 1],
    statement=Induction(
        base=sp.And(power >= 1 - n * q, power * (1 + n * q) <= 1),
        base_given=[sp.Eq(n, 0), sp.Eq(power, 1)],
        step=sp.And(power * (1 - q) >= 1 - (n + 1) * q, power * (1 - q) * (1 + (n + 1) * q) <= 1, power * (1 - q) >= 0),
        step_given=[n >= 0, power >= 0, power >= 1 - n * q, power * (1 + n * q) <= 1],
    ),
    twins=[
        Twin("without the induction hypothesis", part="step", without=[power >= 1 - n * q]),
        Twin("for a rate above 1", part="step", without=[q <= 1]),
        Twin(
            "a bound of 1/(1 + 2nq)",
            part="step",
            statement=power * (1 - q) * (1 + 2 * (n + 1) * q) <= 1,
        ),
    ],
    source="Bernoulli's inequality",
    not_shown="nothing beyond the principle of induction",
)


def bernoulli(size):
    return Claim(
        id=f"information.detection.unseen.{size}",
        title=f"{size} attempts at a detection rate q stay unseen with probability at least 1 − {size}q.",
        assumptions=[q >= 0, q <= 1],
        statement=(1 - q) ** size >= 1 - size * q,
        method="provers" if size > 4 else "auto",
        twins=[
            Twin("one attempt fewer counted", statement=(1 - q) ** size >= 1 - (size - 1) * q),
            Twin("unseen more often than a single attempt", adding=[q > 0], statement=(1 - q) ** size > 1 - q),
        ],
        source="Bernoulli's inequality",
        not_shown="other numbers (see the induction)",
        sampler=slack_sampler({}, unit=[q]),
        numeric=lambda v: vote_rate([v[q]] * size, votes=1, capture="none") == 1 - (1 - v[q]) ** size,
    )


UNSEEN = [bernoulli(size) for size in (4, 8)]

MAJORITY = 3 * r**2 - 2 * r**3
CONDORCET = Claim(
    id="information.votes.majority-of-three",
    title="A majority of three independent monitors is right more often than one iff each is right more often than not.",
    assumptions=[r > 0, r < 1],
    statement=sp.Equivalent(MAJORITY > r, r > HALF),
    twins=[
        Twin("whatever their rate", statement=MAJORITY > r),
        Twin("from 2/5 on", statement=sp.Implies(r >= sp.Rational(2, 5), MAJORITY > r)),
    ],
    source="Condorcet, Essai sur l'application de l'analyse (1785)",
    not_shown="other sizes; dependent monitors",
    sampler=slack_sampler({}, unit=[r]),
    numeric=lambda v: vote_rate([v[r]] * 3, votes=2, capture="none") == 3 * v[r] ** 2 - 2 * v[r] ** 3,
)

KEPT = (1 - c) * r
CENTRAL = Claim(
    id="information.votes.random-capture",
    title="Under random capture a majority of three beats one central monitor of the same rate iff (1 − c)r > 1/2.",
    assumptions=[r > 0, r < 1, c >= 0, c < 1],
    statement=sp.Equivalent(MAJORITY.subs(r, KEPT) > KEPT, KEPT > HALF),
    twins=[
        Twin("iff each was good before capture", statement=sp.Equivalent(MAJORITY.subs(r, KEPT) > KEPT, r > HALF)),
        Twin("redundancy always helps", statement=MAJORITY.subs(r, KEPT) > KEPT),
    ],
    source="derived here from Condorcet (1785)",
    not_shown="other sizes; captures that are not independent",
    sampler=slack_sampler({}, unit=[r, c]),
    numeric=lambda v: (
        vote_rate([v[r]] * 3, votes=2, capture="random", captured=v[c])
        == 3 * ((1 - v[c]) * v[r]) ** 2 - 2 * ((1 - v[c]) * v[r]) ** 3
    ),
)

CHOSEN = Claim(
    id="information.votes.chosen-capture",
    title="With one of three monitors captured on purpose one alarm is still raised with r(2 − r), two of both with r².",
    assumptions=[r > 0, r <= 1],
    statement=sp.And(r * (2 - r) > 0, r * (2 - r) >= r, r**2 <= MAJORITY, MAJORITY <= r * (2 - r)),
    twins=[Twin("as much as all three", statement=r * (2 - r) >= 1 - (1 - r) ** 3)],
    source="derived here",
    not_shown="other sizes",
    sampler=slack_sampler({}, unit=[r]),
    numeric=lambda v: vote_rate([v[r]] * 3, votes=1, capture="adversarial", captured=1) == v[r] * (2 - v[r]),
)


def symbols_of(letter, size):
    return reals(" ".join(f"{letter}{i}" for i in range(size)))


def tail(rates, least):
    """The probability of at least so many successes."""
    found = sp.Integer(0)
    for count in range(least, len(rates) + 1):
        for chosen in itertools.combinations(range(len(rates)), count):
            found += sp.prod([p if i in chosen else 1 - p for i, p in enumerate(rates)])
    return found


def sharing(size):
    """A threshold trades leakage for availability."""
    capture, loss = symbols_of("c", size), symbols_of("f", size)
    statement = [tail(capture, k) >= tail(capture, k + 1) for k in range(1, size)]
    statement += [1 - tail([1 - f for f in loss], k) <= 1 - tail([1 - f for f in loss], k + 1) for k in range(1, size)]
    return Claim(
        id=f"information.sharing.threshold.{size}",
        title=f"A secret shared among {size} leaks less and is lost more often the more shares are needed.",
        assumptions=[*(p >= 0 for p in (*capture, *loss)), *(p <= 1 for p in (*capture, *loss))],
        statement=sp.And(*statement),
        twins=[
            Twin("strictly", statement=tail(capture, 1) > tail(capture, 2)),
            Twin(
                "a larger threshold is safer in both",
                statement=tail([1 - f for f in loss], size) >= tail([1 - f for f in loss], 1),
            ),
        ],
        source=FUSION,
        not_shown="other sizes; dependent losses and captures",
        sampler=slack_sampler({}, unit=[*capture, *loss]),
        numeric=lambda v: (
            secret_sharing_risk(size, 2, loss=[v[f] for f in loss], capture=[v[p] for p in capture]).leaked
            == tail([v[p] for p in capture], 2)
        ),
    )


SHARING = [sharing(size) for size in (2, 3)]


@proves(BASE_RATE, PRECISE, PRECISION_RISES)
def prove_base_rates(obligation):
    """Theorem: an alarm is more likely false than true iff q < α/(α + β); precision w needs α ≤ qβ(1 − w)/(w(1 − q)).

    Assumptions: 0 < α, β ≤ 1. Reference: Axelsson (2000). Not shown: nothing. Equal to the library's precision.
    """
    obligation.check()


@proves(*UNION, UNION_FOR_ALL)
def prove_union_bound(obligation):
    """Theorem: 1 − ∏(1 − q_i) ≤ Σ q_i for 2, 3 and 5 detectors, and by induction for every number.

    Assumptions: independent detectors. Reference: Boole. Not shown: dependent ones.
    """
    obligation.check()


@proves(BERNOULLI, *UNSEEN)
def prove_bernoulli(obligation):
    """Theorem: 1 − nq ≤ (1 − q)ⁿ ≤ 1/(1 + nq), by induction; the lower bound for n = 4 and 8 directly.

    Assumptions: 0 ≤ q ≤ 1. Reference: Bernoulli. Not shown: nothing beyond induction.
    """
    obligation.check()


@proves(CONDORCET, CENTRAL, CHOSEN)
def prove_votes_and_capture(obligation):
    """Theorem: three monitors beat one iff each is better than a coin, after capture if captures are random.

    Assumptions: independent monitors. Reference: Condorcet (1785). Not shown: other sizes.
    """
    obligation.check()


@proves(*SHARING)
def prove_redundancy_against_leakage(obligation):
    """Theorem: a larger threshold never leaks more and is never available more often (2 and 3 shares).

    Assumptions: independent losses and captures. Reference: Shamir (1979). Not shown: other sizes.
    """
    obligation.check()
