"""Stick and carrot: one bad phase for everybody, then back to the agreed path; how patient players must be.

Payoffs of a player: a on the agreed path, w in each of T periods of the stick, A and W from the best deviations from either;
g = A − a and h = W − w are the temptations, L = a − w is what a period of the stick costs. Whoever deviates, from the path
or from the stick, starts the stick anew. With v = a/(1 − δ) the path's value and σ that of the stick's beginning,

    σ = w (1 + δ + … + δ^{T−1}) + δ^T v,      a player stays iff  v ≥ A + δσ  on the path and  σ ≥ W + δσ  at its beginning.

Within the stick the beginning tempts most where staying is worth more later: its last periods are closer to the carrot.
"""

from __future__ import annotations

import sympy as sp
from theorems import proves

from gametheory.games import NormalFormGame
from gametheory.repeated import optimal_stick_and_carrot
from gametheory.symbolic import Claim, Twin, reals, slack_sampler

a, w, A, W, p, delta, x, y, z = reals("a w A W p delta x y z")
DISCOUNT = [delta >= 0, delta < 1]
PATH = a / (1 - delta)
TEMPTED = [A >= a, W >= w, a > w]
LOST = a - w
SOURCE = "Abreu, Extremal equilibria of oligopolistic supergames, J. Econ. Theory 39 (1986)"

draw = slack_sampler({a: w + x, A: w + x + y, W: w + z}, free=[w], positive=[x, y, z], unit=[delta])


def stick(periods):
    """The value of the stick's beginning."""
    return w * sum(delta**t for t in range(periods)) + delta**periods * PATH


def sustained(periods):
    value = stick(periods)
    return sp.And(PATH >= A + delta * value, value >= W + delta * value)


def weighed(periods):
    """g ≤ (δ + … + δ^T) L and h ≤ δ^T L."""
    return sp.And(A - a <= LOST * sum(delta**t for t in range(1, periods + 1)), W - w <= LOST * delta**periods)


def library_threshold(values):
    """The least patience that the library finds for one period of the stick, in a symmetric 3×3 game."""
    low = min(values.values()) - 100
    row = [[values[a], low, low], [values[A], low, values[W]], [low, low, values[w]]]  # agreed, deviating, stick
    game = NormalFormGame.from_bimatrix(row, [list(column) for column in zip(*row, strict=True)])
    return optimal_stick_and_carrot(game, (0, 0), sticks=[(2, 2)])


def condition(periods):
    return Claim(
        id=f"repeated.stick-and-carrot.condition.{periods}",
        title=f"A stick of T = {periods} periods sustains itself and the path iff g ≤ (δ + … + δ^T)L and h ≤ δ^T L.",
        assumptions=DISCOUNT,
        statement=sp.Equivalent(sustained(periods), weighed(periods)),
        twins=[
            Twin(
                "the path's temptation alone",
                adding=TEMPTED,
                statement=sp.Equivalent(
                    sustained(periods), A - a <= LOST * sum(delta**t for t in range(1, periods + 1))
                ),
            ),
            Twin(
                "the stick is weighed like the path",
                adding=TEMPTED,
                statement=sp.Equivalent(
                    sustained(periods),
                    sp.Max(A - a, W - w) <= LOST * delta ** (periods + 1),
                ),
            ),
        ],
        source=SOURCE,
        not_shown="the one-shot deviation principle",
        sampler=draw,
    )


CONDITIONS = [condition(periods) for periods in (1, 2, 3)]

THRESHOLD = sp.Max(A - a, W - w) / LOST
ONE_PERIOD = Claim(
    id="repeated.stick-and-carrot.threshold",
    title="A stick of one period sustains itself and the path iff δ ≥ max(g, h)/L.",
    assumptions=[*DISCOUNT, a > w],
    statement=sp.Equivalent(sustained(1), delta >= THRESHOLD),
    twins=[
        Twin(
            "the smaller temptation decides",
            statement=sp.Equivalent(sustained(1), delta >= sp.Min(A - a, W - w) / LOST),
        ),
        Twin("a stick that is no worse than the path", without=[a > w], adding=[sp.Ne(a, w)]),
    ],
    source=SOURCE,
    not_shown="the one-shot deviation principle",
    sampler=draw,
    numeric=lambda v: (
        (found := (max(v[A] - v[a], v[W] - v[w])) / (v[a] - v[w])) >= 1 or library_threshold(v).discount == found
    ),
)

HARSHER = Claim(
    id="repeated.stick-and-carrot.beats-reversion",
    title="If L ≥ A − p and h(A − p) ≤ gL, a stick of one period needs no more patience than reversion to p for ever.",
    assumptions=[A > a, a > p, LOST >= A - p, (W - w) * (A - p) <= (A - a) * LOST],
    statement=THRESHOLD <= (A - a) / (A - p),
    twins=[
        Twin("however mild the stick", without=[LOST >= A - p], adding=[a > w, W >= w]),
        Twin("however tempting to leave the stick", without=[(W - w) * (A - p) <= (A - a) * LOST]),
    ],
    source=SOURCE,
    not_shown="that some stage game has such a stick",
    sampler=slack_sampler(
        {a: p + x, A: p + x + y, w: p - y - z, W: p - y - z + y * delta}, free=[p], positive=[x, y, z], unit=[delta]
    ),
)

NECESSARY = Claim(
    id="repeated.stick-and-carrot.threshold-below-one",
    title="Some patience makes a stick of one period work iff max(g, h) < a − w: the stick costs more than either temptation.",
    assumptions=TEMPTED,
    statement=sp.Equivalent(THRESHOLD < 1, sp.And(A + w < 2 * a, W < a)),
    twins=[Twin("if the stick is worse than the path", statement=THRESHOLD < 1)],
    source=SOURCE,
    not_shown="nothing beyond the formula",
    sampler=draw,
)

LONGER = Claim(
    id="repeated.stick-and-carrot.longer-stick",
    title="A longer stick deters more on the path and is harder to sustain itself.",
    assumptions=[*DISCOUNT, *TEMPTED, delta > 0],
    statement=sp.And(
        sp.Implies(PATH >= A + delta * stick(1), PATH >= A + delta * stick(2)),
        sp.Implies(stick(2) >= W + delta * stick(2), stick(1) >= W + delta * stick(1)),
    ),
    twins=[Twin("a longer stick sustains itself, too", statement=sp.Implies(sustained(1), sustained(2)))],
    source=SOURCE,
    not_shown="other lengths",
    sampler=draw,
)


@proves(*CONDITIONS, ONE_PERIOD, NECESSARY)
def prove_stick_and_carrot_condition(obligation):
    """Theorem: the stick of T = 1, 2, 3 periods works iff g ≤ (δ + … + δ^T)L and h ≤ δ^T L; for T = 1 iff δ ≥ max(g, h)/L.

    Assumptions: 0 ≤ δ < 1. Reference: Abreu (1986). Not shown: the one-shot deviation principle. Cross-checked against
    the library's search for the best stick.
    """
    obligation.check()


@proves(HARSHER, LONGER)
def prove_what_a_stick_is_good_for(obligation):
    """Theorem: a harsh enough stick beats reversion to a stage equilibrium; lengthening it trades one temptation for the other.

    Assumptions: as listed in the claims. Reference: Abreu (1986). Not shown: existence of such a stick in a given game.
    """
    obligation.check()
