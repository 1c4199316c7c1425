"""Deterrence with imperfect attribution: a closed form without false alarms, and when a better signal backfires.

n attackers, one of whom has the opportunity (each as often); benefits and resolve are uniform on [0, 1]. After an attack by i
the signal names i with probability a and each other attacker with probability m/(n − 1), else it is silent, as it always is
without an attack. If all attack above the cutoff x, a signal names the right one with probability β = a/(a + m), each of the
others with (1 − β)/(n − 1); a named attacker suffers what the suspicion of it is, so that

    x = a β + m (1 − β)/(n − 1) = (a² + m²/(n − 1))/(a + m).
"""

from __future__ import annotations

import sympy as sp
from theorems import proves

from gametheory.oversight import AttributionGame, attribution_equilibrium
from gametheory.symbolic import Claim, Twin, reals, slack_sampler

n, a, m, A, M, x, s, t = reals("n a m A M x s t")
RATES = [a > 0, m >= 0, a + m <= 1]
SOURCE = "Baliga, Bueno de Mesquita and Wolitzky, Deterrence with imperfect attribution, Am. Political Science Rev. 114 (2020)"


def cutoff(right, wrong, attackers=2):
    return (right**2 + wrong**2 / (attackers - 1)) / (right + wrong)


def library_cutoff(values, *, right=a, wrong=m):
    game = AttributionGame.symmetric(
        int(values.get(n, 2)), detection=values[right], misattribution=values[wrong], false_alarm=0
    )
    return attribution_equilibrium(game).exact_cutoffs[0]


def whole_draw(rng):
    right = sp.Rational(rng.randint(1, 12), 20)
    return {
        n: sp.Integer(rng.randint(2, 3)),
        a: right,
        m: (1 - right) * sp.Rational(rng.randint(0, 5), 5),
        x: sp.Rational(1, 2),
    }


def wrong_draw(rng):
    right, few, more = rng.randint(1, 10), rng.randint(0, 4), rng.randint(5, 10)
    return {a: sp.Rational(right, 20), m: sp.Rational(few, 20), M: sp.Rational(more, 20)}


ATTACK = (1 - x) / n  # the probability that i has the opportunity and takes it
GUILT = ATTACK * a / (ATTACK * a + (n - 1) * ATTACK * m / (n - 1))
INNOCENT = ATTACK * m / (n - 1) / (ATTACK * a + (n - 1) * ATTACK * m / (n - 1))

FIXED_POINT = Claim(
    id="oversight.attribution.cutoff",
    title="Without false alarms the symmetric cutoff is (a² + m²/(n − 1))/(a + m), for every real n ≥ 2.",
    assumptions=[*RATES, n >= 2, x >= 0, x < 1],
    statement=sp.Equivalent(sp.Eq(x, a * GUILT + (n - 1) * (m / (n - 1)) * INNOCENT), sp.Eq(x, cutoff(a, m, n))),
    twins=[
        Twin(
            "all signals believed",
            statement=sp.Equivalent(sp.Eq(x, a * GUILT + (n - 1) * (m / (n - 1)) * INNOCENT), sp.Eq(x, a)),
        )
    ],
    source=SOURCE,
    not_shown="that the equilibrium is symmetric (theirs is unique, attackers being strategic complements)",
    sampler=whole_draw,
    numeric=lambda v: library_cutoff(v) == (v[a] ** 2 + v[m] ** 2 / (v[n] - 1)) / (v[a] + v[m]),
)

INTERIOR = Claim(
    id="oversight.attribution.between",
    title="The cutoff lies between half of what is noticed and the rate of correct attribution, if more is right than wrong.",
    assumptions=[*RATES, m <= a],
    statement=sp.And(cutoff(a, m) >= (a + m) / 2, cutoff(a, m) <= a),
    twins=[
        Twin("wrong more often than right", without=[m <= a]),
        Twin("noticing is deterring", statement=cutoff(a, m) >= a + m),
    ],
    source=SOURCE,
    not_shown="nothing beyond the formula, n = 2",
    sampler=slack_sampler({a: s / (1 + 2 * s), m: t * s / (1 + 2 * s)}, positive=[s], unit=[t]),
)

BACKFIRE = Claim(
    id="oversight.attribution.backfires",
    title="Noticing more attacks by naming the wrong attacker more often deters less iff a(m + M) + mM < a².",
    assumptions=[a > 0, m >= 0, M > m, a + M <= 1],
    statement=sp.Equivalent(cutoff(a, M) < cutoff(a, m), a * (m + M) + m * M < a**2),
    twins=[
        Twin("more attacks noticed always deter more", statement=cutoff(a, M) >= cutoff(a, m)),
        Twin("wrong signals always deter less", statement=cutoff(a, M) < cutoff(a, m)),
    ],
    source=SOURCE,
    not_shown="false alarms; n = 2",
    sampler=wrong_draw,
    numeric=lambda v: (
        (library_cutoff(v, wrong=M) < library_cutoff(v)) == bool(v[a] * (v[m] + v[M]) + v[m] * v[M] < v[a] ** 2)
    ),
)

RIGHT = Claim(
    id="oversight.attribution.correct-signals",
    title="Naming the right attacker more often deters more iff m(a + A) + aA > m²; it does where more is right than wrong.",
    assumptions=[a > 0, m >= 0, A > a, A + m <= 1],
    statement=sp.And(
        sp.Equivalent(cutoff(A, m) > cutoff(a, m), m * (a + A) + a * A > m**2),
        sp.Implies(m <= a, cutoff(A, m) > cutoff(a, m)),
    ),
    twins=[Twin("always", statement=cutoff(A, m) > cutoff(a, m))],
    source=SOURCE,
    not_shown="false alarms; n = 2",
)

CORRECTING = Claim(
    id="oversight.attribution.correcting",
    title="At the same rate of signals, moving them from the wrong to the right attacker deters more, once half are right.",
    assumptions=[a > 0, m >= 0, a + m <= 1, t > 0, t <= m, a >= m],
    statement=cutoff(a + t, m - t) > cutoff(a, m),
    twins=[Twin("also if most are wrong", without=[a >= m])],
    source=SOURCE,
    not_shown="false alarms; n = 2",
)


@proves(FIXED_POINT, INTERIOR)
def prove_cutoff_without_false_alarms(obligation):
    """Theorem: the symmetric cutoff is (a² + m²/(n − 1))/(a + m); for a = .7, m = .1, n = 2 it is 5/8.

    Assumptions: uniform benefits and resolve, equal opportunities, no false alarms. Reference: Baliga et al. (2020).
    Not shown: uniqueness. The library's certified equilibrium is this number, exactly.
    """
    obligation.check()


@proves(BACKFIRE, RIGHT, CORRECTING)
def prove_when_better_signals_deter(obligation):
    """Theorem: more but wrong signals deter less iff a(m + M) + mM < a²; more right ones deter more if m ≤ a.

    Assumptions: as above, n = 2. Reference: Baliga et al. (2020). Not shown: false alarms.
    """
    obligation.check()
