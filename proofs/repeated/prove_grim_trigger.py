"""Grim trigger: how patient players must be, for all payoffs.

Stage payoffs of a player: c on the agreed path, d from the best one-period deviation, p in the stage equilibrium that is
played for ever after a deviation. With discount factor δ the path is worth c/(1 − δ), deviating once d + δp/(1 − δ).
"""

from __future__ import annotations

import itertools
from fractions import Fraction

import sympy as sp
from theorems import proves

from gametheory.symbolic import Claim, Induction, Twin, indifference, reals

d, c, p, s, delta = reals("d c p s delta")
PATH = c / (1 - delta)
DEVIATION = d + delta * p / (1 - delta)
THRESHOLD = (d - c) / (d - p)
DISCOUNT = [delta >= 0, delta < 1]

GRIM = Claim(
    id="repeated.grim.threshold",
    title="The agreed path is worth at least a deviation followed by punishment for ever iff δ ≥ (d − c)/(d − p).",
    assumptions=[*DISCOUNT, d > p],
    statement=sp.Equivalent(PATH >= DEVIATION, delta >= THRESHOLD),
    threshold=THRESHOLD,
    derivation=lambda: indifference(PATH, DEVIATION, delta),
    twins=[
        Twin("punishment may pay more than deviating", without=[d > p], adding=[sp.Ne(d, p)]),
        Twin(
            "the punishment is the sucker's payoff s, the formula keeps p",
            adding=[c > p, d > c, p > s],
            statement=sp.Equivalent(PATH >= d + delta * s / (1 - delta), delta >= THRESHOLD),
        ),
        Twin(
            "a threshold that forgets the punishment", statement=sp.Equivalent(PATH >= DEVIATION, delta >= (d - c) / d)
        ),
        Twin("strictly above", statement=sp.Equivalent(PATH >= DEVIATION, delta > THRESHOLD)),
    ],
    source="Friedman, A non-cooperative equilibrium for supergames, Rev. Econ. Stud. 38 (1971), Theorem 1",
    not_shown="the one-shot deviation principle, and that a constant payoff c is worth c/(1 − δ)",
)

INTERIOR = Claim(
    id="repeated.grim.interior",
    title="The threshold is strictly between 0 and 1 iff deviating tempts and punishment hurts: p < c < d.",
    assumptions=[d > p],
    statement=sp.Equivalent(sp.And(THRESHOLD > 0, THRESHOLD < 1), sp.And(p < c, c < d)),
    twins=[Twin("iff deviating tempts", statement=sp.Equivalent(sp.And(THRESHOLD > 0, THRESHOLD < 1), c < d))],
    source="Friedman, Rev. Econ. Stud. 38 (1971)",
    not_shown="nothing beyond the formula of repeated.grim.threshold",
)

D, C, P = reals("D C P")
MONOTONE = Claim(
    id="repeated.grim.monotone",
    title="More temptation or a milder punishment raises the threshold; a better agreement lowers it.",
    assumptions=[p < c, c < d, P < C, C < D, D >= d, P >= p, C <= c],
    statement=(D - C) / (D - P) >= THRESHOLD,
    twins=[
        Twin("also where the temptation is smaller", without=[D >= d]),
        Twin("also where the punishment is harsher", without=[P >= p]),
        Twin("also where the agreement is better", without=[C <= c]),
        Twin(
            "in magnitude: the threshold rises at least as much as the temptation",
            adding=[sp.Eq(P, p), sp.Eq(C, c)],
            statement=(D - C) / (D - P) - THRESHOLD >= D - d,
        ),
    ],
    source="Friedman, Rev. Econ. Stud. 38 (1971)",
    not_shown="strictness, which repeated.grim.strictly-monotone shows",
)

STRICT = Claim(
    id="repeated.grim.strictly-monotone",
    title="If temptation, punishment or agreement changes strictly, so does the threshold.",
    assumptions=[p < c, c < d, P < C, C < D, D >= d, P >= p, C <= c, sp.Or(D > d, P > p, C < c)],
    statement=(D - C) / (D - P) > THRESHOLD,
    twins=[Twin("also if nothing changes", without=[sp.Or(D > d, P > p, C < c)])],
    source="Friedman, Rev. Econ. Stud. 38 (1971)",
    not_shown="nothing beyond the formula of repeated.grim.threshold",
)

PUNISHING = Claim(
    id="repeated.grim.punishment-phase",
    title="Once punishment has started nobody gains by leaving it, whatever δ, iff the punishment is a stage equilibrium.",
    assumptions=[*DISCOUNT],
    statement=sp.Equivalent(p / (1 - delta) >= s + delta * p / (1 - delta), p >= s),
    twins=[
        Twin(
            "it suffices that the path is better than the punishment",
            adding=[c > p],
            statement=p / (1 - delta) >= s + delta * p / (1 - delta),
        )
    ],
    source="Friedman, Rev. Econ. Stud. 38 (1971)",
    not_shown="the one-shot deviation principle; s is the best payoff against the others' punishment actions",
)

PLAYERS = [reals(f"d{i} c{i} p{i}") for i in range(3)]
LARGEST = sp.Max(*((di - ci) / (di - pi) for di, ci, pi in PLAYERS))
EVERYONE = Claim(
    id="repeated.grim.three-players",
    title="Nobody among three players deviates iff δ is at least the largest of their thresholds.",
    assumptions=[*DISCOUNT, *(di > pi for di, _, pi in PLAYERS)],
    statement=sp.Equivalent(
        sp.And(*(ci / (1 - delta) >= di + delta * pi / (1 - delta) for di, ci, pi in PLAYERS)), delta >= LARGEST
    ),
    twins=[
        Twin(
            "the smallest threshold suffices",
            statement=sp.Equivalent(
                sp.And(*(ci / (1 - delta) >= di + delta * pi / (1 - delta) for di, ci, pi in PLAYERS)),
                delta >= sp.Min(*((di - ci) / (di - pi) for di, ci, pi in PLAYERS)),
            ),
        )
    ],
    source="Friedman, Rev. Econ. Stud. 38 (1971), Theorem 1",
    not_shown="other numbers of players",
)

total, power = reals("total power")  # Σ_{t<n} δ^t and δ^n
SUM = Claim(
    id="repeated.discounted-sum",
    title="For every n the discounted sum of n ones is (1 − δⁿ)/(1 − δ).",
    assumptions=[*DISCOUNT],
    statement=Induction(
        base=sp.Eq(total, (1 - power) / (1 - delta)),
        base_given=[sp.Eq(total, 0), sp.Eq(power, 1)],
        step=sp.Eq(total + power, (1 - power * delta) / (1 - delta)),
        step_given=[sp.Eq(total, (1 - power) / (1 - delta))],
    ),
    twins=[Twin("without the induction hypothesis", part="step", without=[sp.Eq(total, (1 - power) / (1 - delta))])],
    source="geometric series",
    not_shown="δⁿ → 0, so that the infinite sum is 1/(1 − δ)",
)


@proves(GRIM)
def prove_grim_trigger_threshold(obligation):
    """Theorem: cooperation is worth at least a deviation iff δ ≥ (d − c)/(d − p), for all payoffs with d > p.

    Assumptions: 0 ≤ δ < 1, d > p; not even c > p is needed (then the threshold exceeds 1). Reference: Friedman (1971).
    Not shown: the one-shot deviation principle. Derived by sympy from indifference; four false twins.
    """
    obligation.check()


@proves(INTERIOR)
def prove_threshold_is_interior_iff_a_dilemma(obligation):
    """Theorem: the threshold lies strictly between 0 and 1 iff p < c < d.

    Assumptions: d > p. Reference: Friedman (1971). Not shown: nothing.
    """
    obligation.check()


@proves(MONOTONE, STRICT)
def prove_threshold_is_monotone(obligation):
    """Theorem: the threshold rises in d and p and falls in c, strictly so. Assumptions: p < c < d before and after.

    Reference: Friedman (1971). Not shown: nothing beyond the formula.
    """
    obligation.check()


@proves(PUNISHING)
def prove_punishment_is_credible(obligation):
    """Theorem: the punishment phase is immune to one-shot deviations at every δ iff it repeats a stage equilibrium.

    Reference: Friedman (1971). Not shown: the one-shot deviation principle.
    """
    obligation.check()


@proves(EVERYONE)
def prove_the_least_patient_player_decides(obligation):
    """Theorem: with three players the critical discount is the largest of the players' thresholds.

    Reference: Friedman (1971). Not shown: other numbers of players (the same conjunction).
    """
    obligation.check()


@proves(SUM)
def prove_discounted_sums(obligation):
    """Theorem: Σ_{t<n} δ^t = (1 − δⁿ)/(1 − δ) for every n, by induction; ``power`` stands for δⁿ.

    Not shown: the limit n → ∞.
    """
    obligation.check()


def prove_threshold_by_playing():
    """Plain fractions: play both streams for 400 periods and bound the tail; the better one changes at the threshold.

    The prisoner's dilemma with payoffs 9, 10, 3 has threshold 1/7, and integer payoffs up to 6 have theirs.
    """
    assert Fraction(10 - 9, 10 - 3) == Fraction(1, 7)
    for dd, cc, pp in itertools.product(range(7), repeat=3):
        if not pp < cc < dd:
            continue
        threshold = Fraction(dd - cc, dd - pp)
        for step in (Fraction(-1, 50), Fraction(1, 50)):
            discount = threshold + step
            if not 0 < discount < Fraction(9, 10):
                continue
            gap, weight = Fraction(0), Fraction(1)
            for t in range(400):
                gap += weight * (cc - (dd if t == 0 else pp))
                weight *= discount
            tail = weight * (cc - pp) / (1 - discount)  # what all later periods add
            assert tail < abs(gap)
            assert (gap > 0) == (step > 0)
