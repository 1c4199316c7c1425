"""Dresher's inspection game: the recursion against its closed form, for all numbers of periods and inspections.

One violation in n periods, m inspections; caught +1, undetected −1, legal 0 for the inspector. The value solves

    v(n, m) = val [[v(n−1, m−1), 1], [v(n−1, m), −1]],     v(n, 0) = −1,  v(n, m) = 0 for m ≥ n,

rows inspect or not, columns legal or violate. The closed form is v(n, m) = −C(n−1, m)/S(n, m), S(n, m) = Σ_{i≤m} C(n, i).
Write A = C(n−2, m−1), B = C(n−2, m), U = S(n−1, m−1), W = S(n−1, m): by Pascal's rule W = U + A + B, C(n−1, m) = A + B
and S(n, m) = U + W, so that the step is about four numbers, whatever n and m are.
"""

from __future__ import annotations

import math
from fractions import Fraction

import sympy as sp
from theorems import proves

from gametheory.equilibria import zero_sum_equilibrium
from gametheory.games import NormalFormGame
from gametheory.oversight import InspectionGame, dresher_value, inspection_equilibrium
from gametheory.symbolic import Claim, Induction, Twin, reals, slack_sampler

A, B, U, W, v, x, y, a, b, e = reals("A B U W v x y a b e")
PASCAL = [A >= 0, B >= 0, U > 0, sp.Eq(W, U + A + B)]
CLOSED = -(A + B) / (U + W)
SOURCE = "Dresher, A sampling inspection problem, RAND RM-2972 (1962); von Stengel, Math. Operations Research 41 (2016)"


def counts(n, m):
    return {
        A: math.comb(n - 2, m - 1),
        B: math.comb(n - 2, m),
        U: sum(math.comb(n - 1, i) for i in range(m)),
        W: sum(math.comb(n - 1, i) for i in range(m + 1)),
    }


def stage_value(values):
    """The value that the library finds."""
    return zero_sum_equilibrium(NormalFormGame.zero_sum([[values[a], 1], [values[b], -1]])).exact_value


def guaranteed(value, inspecting, legal, after, before):
    """Both mixtures are probabilities and guarantee the value in [[after, 1], [before, −1]]."""
    return sp.And(
        inspecting >= 0,
        inspecting <= 1,
        legal >= 0,
        legal <= 1,
        inspecting * after + (1 - inspecting) * before >= value,
        inspecting - (1 - inspecting) >= value,
        legal * after + (1 - legal) <= value,
        legal * before - (1 - legal) <= value,
    )


SOLUTION = Claim(
    id="oversight.dresher.stage",
    title="The stage [[a, 1], [b, −1]] with −1 ≤ a ≤ b ≤ 0 has the value (a + b)/(2 + b − a), by mixing on both sides.",
    assumptions=[a >= -1, a <= b, b <= 0],
    statement=guaranteed((a + b) / (2 + b - a), (1 + b) / (2 + b - a), 2 / (2 + b - a), a, b),
    twins=[
        Twin("without an order", without=[a <= b], adding=[a <= 0, b >= -1]),
        Twin("inspecting always", statement=guaranteed((a + b) / (2 + b - a), sp.Integer(1), 2 / (2 + b - a), a, b)),
    ],
    source="von Neumann (1928), for 2×2 games",
    not_shown="nothing: each side guarantees the value",
    sampler=slack_sampler({a: -x, b: -x * y}, unit=[x, y]),
    numeric=lambda w: stage_value(w) == (w[a] + w[b]) / (2 + w[b] - w[a]),
)

ORDERED = Claim(
    id="oversight.dresher.order",
    title="An inspection more is worth no less: values −1 ≤ e ≤ a ≤ b ≤ 0 keep their order and bounds for one period more.",
    assumptions=[e >= -1, e <= a, a <= b, b <= 0],  # with m − 2, m − 1 and m inspections left
    statement=sp.And(
        (e + a) / (2 + a - e) <= (a + b) / (2 + b - a), (e + a) / (2 + a - e) >= -1, (a + b) / (2 + b - a) <= 0
    ),
    twins=[
        Twin("without the order before", without=[a <= b], adding=[a <= 0, b >= -1]),
        Twin("strictly", statement=(e + a) / (2 + a - e) < (a + b) / (2 + b - a)),
    ],
    source=SOURCE,
    not_shown="at m = 1 the smaller neighbour is −1, at m = n the larger is 0: both are within the bounds",
    sampler=slack_sampler({e: -x, a: -x * y, b: -x * y * v}, unit=[x, y, v]),
)

RECURSION = Claim(
    id="oversight.dresher.closed-form",
    title="For every n and m Dresher's game has the value −C(n−1, m)/S(n, m); the first period is inspected with U/(U + W).",
    assumptions=[],
    statement=Induction(
        # m = 0: nothing can be caught; m ≥ n: every period is inspected
        base=sp.Eq(v, -x / y),
        base_given=[sp.Or(sp.And(sp.Eq(x, 1), sp.Eq(y, 1), sp.Eq(v, -1)), sp.And(sp.Eq(x, 0), y > 0, sp.Eq(v, 0)))],
        step=guaranteed(CLOSED, U / (U + W), 2 / (2 + A / U - B / W), -A / U, -B / W),
        step_given=[*PASCAL, -A / U <= -B / W],
    ),
    twins=[
        Twin("without Pascal's rule", part="step", without=[sp.Eq(W, U + A + B)], adding=[W > 0]),
        Twin("without the order of the values", part="step", without=[-A / U <= -B / W]),
        Twin(
            "the share of inspections left as the probability of inspecting",
            part="step",
            statement=guaranteed(CLOSED, U / W, 2 / (2 + A / U - B / W), -A / U, -B / W),
        ),
    ],
    source=SOURCE,
    not_shown="Pascal's rule; the order of the values, which oversight.dresher.order carries from period to period",
)


@proves(SOLUTION, ORDERED, RECURSION)
def prove_dresher_closed_form(obligation):
    """Theorem: v(n, m) = −C(n−1, m)/Σ_{i≤m} C(n, i), by induction on n, with optimal play of both sides at every stage.

    Assumptions: Dresher's payoffs. Reference: Dresher (1962), von Stengel (2016). Not shown: Pascal's rule.
    """
    obligation.check()


def prove_counts_and_play_agree():
    """The four numbers of the step obey Pascal's rule and the order; the library plays that value and probability."""
    for n in range(2, 11):
        for m in range(1, n):
            left = {symbol: Fraction(count) for symbol, count in counts(n, m).items()}
            assert left[W] == left[U] + left[A] + left[B]
            assert -left[A] / left[U] <= -left[B] / left[W]
            assert dresher_value(n, m) == -(left[A] + left[B]) / (left[U] + left[W])
            play = inspection_equilibrium(InspectionGame(periods=n, inspections=m))
            assert play.value == dresher_value(n, m)
            assert play.inspection_probabilities[n, m, 1] == left[U] / (left[U] + left[W])
