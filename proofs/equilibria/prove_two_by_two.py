"""2×2 games, for all payoffs: how many equilibria, who can be sure of a pure one, and what dominance decides.

Row's payoffs a_jk, Column's b_jk (row's action first); Row plays her first action with probability x, Column his with y.
(x, y) is a Nash equilibrium iff each player's expected payoff is at least that of both pure actions.
"""

from __future__ import annotations

import sympy as sp
from drawn import fractions, grid_sampler, table
from theorems import proves

from gametheory.equilibria import iterated_elimination, nash_equilibria, pure_nash_equilibria
from gametheory.games import NormalFormGame
from gametheory.symbolic import Claim, Twin, reals, slack_sampler

ROW = a11, a12, a21, a22 = reals("a11 a12 a21 a22")
COLUMN = b11, b12, b21, b22 = reals("b11 b12 b21 b22")
x, y = reals("x y")
NASH = "Nash, Non-cooperative games, Annals of Mathematics 54 (1951)"


def expected(payoffs, x, y):
    p11, p12, p21, p22 = payoffs
    return x * y * p11 + x * (1 - y) * p12 + (1 - x) * y * p21 + (1 - x) * (1 - y) * p22


def nash_rows(x, y, row=ROW, column=COLUMN):
    """Probabilities, and no pure action pays more."""
    mine, his = expected(row, x, y), expected(column, x, y)
    return [
        *(bound for p in (x, y) for bound in (p >= 0, p <= 1)),
        *(mine >= expected(row, action, y) for action in (1, 0)),
        *(his >= expected(column, x, action) for action in (1, 0)),
    ]


def pure_nash(row=ROW, column=COLUMN):
    """Some pure profile is an equilibrium."""
    (r11, r12, r21, r22), (c11, c12, c21, c22) = row, column
    return sp.Or(
        sp.And(r11 >= r21, c11 >= c12),
        sp.And(r12 >= r22, c12 >= c11),
        sp.And(r21 >= r11, c21 >= c22),
        sp.And(r22 >= r12, c22 >= c21),
    )


def game_of(values, row=ROW, column=COLUMN):
    return NormalFormGame.from_bimatrix(table(values, [row[:2], row[2:]]), table(values, [column[:2], column[2:]]))


def has_pure(values):
    return len(pure_nash_equilibria(game_of(values))) > 0


# -- how many ---------------------------------------------------------------------------------------------------------

s1, s2, s3, s4 = SLACKS = reals("s1 s2 s3 s4")
MIXED_X = (b22 - b21) / (b11 - b12 - b21 + b22)
MIXED_Y = (a22 - a12) / (a11 - a12 - a21 + a22)
CYCLE = [a11 > a21, a22 > a12, b12 > b11, b21 > b22]
COORDINATE = [a11 > a21, a22 > a12, b11 > b12, b22 > b21]

CYCLIC = Claim(
    id="equilibria.two-by-two.cycle-has-one",
    title="Where best replies go round in a circle each makes the other indifferent in the only equilibrium.",
    assumptions=[*CYCLE, *nash_rows(x, y)],
    statement=sp.And(sp.Eq(x, MIXED_X), sp.Eq(y, MIXED_Y)),
    twins=[
        Twin("also where one player likes to coordinate and the other, too", without=CYCLE, adding=COORDINATE),
        Twin("where a reply is a tie", without=CYCLE[:1], adding=[a11 >= a21]),
        Twin("each mixes evenly", statement=sp.Eq(x, sp.Rational(1, 2))),
    ],
    source=NASH,
    not_shown="existence (equilibria.nash.2x2-witness)",
    sampler=slack_sampler(
        {
            a11: a21 + s1,
            a22: a12 + s2,
            b12: b11 + s3,
            b21: b22 + s4,
            x: s4 / (s3 + s4),
            y: s2 / (s1 + s2),
        },
        positive=SLACKS,
        free=[a21, a12, b11, b22],
    ),
    numeric=lambda values: _only(values, [(x, y)]),
)

COORDINATION = Claim(
    id="equilibria.two-by-two.coordination-has-three",
    title="Where each player wants to do what the other does there are three equilibria: both agreements, and one mixture.",
    assumptions=[*COORDINATE, *nash_rows(x, y)],
    statement=sp.Or(
        sp.And(sp.Eq(x, 1), sp.Eq(y, 1)),
        sp.And(sp.Eq(x, 0), sp.Eq(y, 0)),
        sp.And(sp.Eq(x, MIXED_X), sp.Eq(y, MIXED_Y)),
    ),
    twins=[
        Twin(
            "only the agreements", statement=sp.Or(sp.And(sp.Eq(x, 1), sp.Eq(y, 1)), sp.And(sp.Eq(x, 0), sp.Eq(y, 0)))
        ),
        Twin("where a reply is a tie", without=COORDINATE[:1], adding=[a11 >= a21]),
    ],
    method="provers",
    source="Wilson, Computing equilibria of N-person games, SIAM J. Applied Math. 21 (1971): generically an odd number",
    not_shown="that all three are equilibria, which is immediate for the agreements",
    sampler=slack_sampler(
        {
            a11: a21 + s1,
            a22: a12 + s2,
            b11: b12 + s3,
            b22: b21 + s4,
            x: s4 / (s3 + s4),
            y: s2 / (s1 + s2),
        },
        positive=SLACKS,
        free=[a21, a12, b12, b21],
    ),
    numeric=lambda values: len(nash_equilibria(game_of(values))) == 3,
)

DOMINANT = [a11 > a21, a12 > a22, b11 > b12]
DOMINANCE = Claim(
    id="equilibria.two-by-two.dominance-is-unique",
    title="If an action of Row is strictly dominant and Column has a strict best reply to it, that is the only equilibrium.",
    assumptions=[*DOMINANT, *nash_rows(x, y)],
    statement=sp.And(sp.Eq(x, 1), sp.Eq(y, 1)),
    twins=[
        Twin("dominance may be weak", without=DOMINANT[:1], adding=[a11 >= a21]),
        Twin("Column may be indifferent", without=DOMINANT[2:], adding=[b11 >= b12]),
        Twin("it pays Row most of all profiles", statement=sp.And(a11 >= a12, a11 >= a22)),
    ],
    source="iterated strict dominance: Luce and Raiffa, Games and Decisions (1957)",
    not_shown="other sizes",
    sampler=slack_sampler(
        {a11: a21 + s1, a12: a22 + s2, b11: b12 + s3, x: sp.Integer(1), y: sp.Integer(1)},
        positive=[s1, s2, s3],
        free=[a21, a22, b12, b21, b22],
    ),
    numeric=lambda values: _only(values, [(x, y)]),
)


def _only(values, points):
    found = nash_equilibria(game_of(values))
    expected_ = [fractions(values, point) for point in points]
    return sorted([e.exact_profile[0][0], e.exact_profile[1][0]] for e in found) == sorted(expected_)


# -- pure equilibria --------------------------------------------------------------------------------------------------

POTENTIAL = f11, f12, f21, f22 = reals("f11 f12 f21 f22")
EXACT = [
    sp.Eq(a11 - a21, f11 - f21),
    sp.Eq(a12 - a22, f12 - f22),
    sp.Eq(b11 - b12, f11 - f12),
    sp.Eq(b21 - b22, f21 - f22),
]
POTENTIAL_GAME = Claim(
    id="equilibria.two-by-two.potential-has-pure",
    title="A 2×2 game with an exact potential has a pure equilibrium: any maximum of the potential is one.",
    assumptions=EXACT,
    statement=pure_nash(),
    twins=[Twin("of any game", without=EXACT), Twin("Column need not follow the potential", without=EXACT[2:])],
    source="Monderer and Shapley, Potential games, Games and Economic Behavior 14 (1996), Corollary 2.2",
    not_shown="other sizes",
    sampler=slack_sampler(
        {a11: a21 + f11 - f21, a12: a22 + f12 - f22, b11: b12 + f11 - f12, b21: b22 + f21 - f22},
        free=[*POTENTIAL, a21, a22, b12, b22],
    ),
    numeric=has_pure,
)

FOUR_CYCLE = sp.Eq((a21 - a11) + (b22 - b21) + (a12 - a22) + (b11 - b12), 0)
FOUR_CYCLES = Claim(
    id="equilibria.two-by-two.potential-iff-closed-cycles",
    title="A 2×2 game has an exact potential iff gains sum to zero around the cycle of its profiles (witness).",
    assumptions=[
        sp.Eq(f11, 0),
        sp.Eq(f21, a21 - a11),
        sp.Eq(f12, b12 - b11),
        sp.Eq(f22, a21 - a11 + b22 - b21),
    ],
    statement=sp.Equivalent(sp.And(*EXACT), FOUR_CYCLE),
    twins=[
        Twin(
            "whenever Row's gains do not depend on Column",
            statement=sp.Equivalent(sp.And(*EXACT), sp.Eq(a11 - a21, a12 - a22)),
        )
    ],
    source="Monderer and Shapley, Games and Economic Behavior 14 (1996), Theorem 2.8",
    not_shown="that every potential is the witness plus a constant; other sizes",
)

ORDINAL_ROWS = [
    sp.Equivalent(gain > 0, rise > 0)
    for gain, rise in ((a11 - a21, f11 - f21), (a12 - a22, f12 - f22), (b11 - b12, f11 - f12), (b21 - b22, f21 - f22))
] + [
    sp.Equivalent(gain < 0, rise < 0)
    for gain, rise in ((a11 - a21, f11 - f21), (a12 - a22, f12 - f22), (b11 - b12, f11 - f12), (b21 - b22, f21 - f22))
]
ORDINAL = Claim(
    id="equilibria.two-by-two.ordinal-potential-has-pure",
    title="So does one with an ordinal potential, whose changes have the sign of the gains.",
    assumptions=ORDINAL_ROWS,
    statement=pure_nash(),
    twins=[Twin("of any game", without=ORDINAL_ROWS)],
    source="Monderer and Shapley, Games and Economic Behavior 14 (1996), Corollary 2.2",
    not_shown="other sizes",
    method="provers",
)

COMPLEMENTS = [a11 - a21 >= a12 - a22, b11 - b12 >= b21 - b22]
SUPERMODULAR = Claim(
    id="equilibria.two-by-two.complements-have-pure",
    title="A 2×2 game of strategic complements (each gains by doing as the other does) has a pure equilibrium.",
    assumptions=COMPLEMENTS,
    statement=pure_nash(),
    twins=[
        Twin("of any game", without=COMPLEMENTS),
        Twin(
            "complements for one, substitutes for the other", without=COMPLEMENTS[1:], adding=[b11 - b12 <= b21 - b22]
        ),
    ],
    source="Topkis, Supermodularity and Complementarity (1998)",
    not_shown="other sizes; largest and smallest equilibria",
    sampler=slack_sampler(
        {a11: a21 + a12 - a22 + s1, b11: b12 + b21 - b22 + s2}, positive=[s1, s2], free=[a21, a12, a22, b12, b21, b22]
    ),
    numeric=has_pure,
)

p, q, r, s = SYMMETRIC = reals("p q r s")
TRANSPOSED = (p, r, q, s)
EVEN = sp.Piecewise(((s - q) / (p - q - r + s), sp.Ne(p - q - r + s, 0)), (0, True))
SYMMETRIC_GAME = Claim(
    id="equilibria.two-by-two.symmetric-has-symmetric",
    title="A symmetric 2×2 game has an equilibrium in which both play alike.",
    assumptions=[],
    statement=sp.Or(*(sp.And(*nash_rows(z, z, SYMMETRIC, TRANSPOSED)) for z in (sp.Integer(1), sp.Integer(0), EVEN))),
    twins=[
        Twin(
            "in which both play alike and pure",
            statement=sp.Or(*(sp.And(*nash_rows(z, z, SYMMETRIC, TRANSPOSED)) for z in (sp.Integer(1), sp.Integer(0)))),
        ),
    ],
    source=NASH + ", Theorem 2",
    not_shown="other sizes",
    sampler=grid_sampler(SYMMETRIC, -3, 3),
    numeric=lambda values: any(
        e.exact_profile[0][0] == e.exact_profile[1][0] for e in nash_equilibria(game_of(values, SYMMETRIC, TRANSPOSED))
    ),
    method="provers",
)

# -- elimination ------------------------------------------------------------------------------------------------------

THREE = [reals("a11 a12"), reals("a21 a22"), reals("a31 a32")]
THREE_COLUMN = [reals("b11 b12"), reals("b21 b22"), reals("b31 b32")]
mix = x1, x2, x3 = reals("x1 x2 x3")
LAW = [*(v >= 0 for v in (*mix, y)), y <= 1, sp.Eq(sum(mix), 1)]


def against(row, y):
    return row[0] * y + row[1] * (1 - y)


def best_reply_of(rows, weights):
    """Row gains by none of these pure actions; Column's rows are the same before and after, where x3 = 0."""
    mine = sum(w * against(row, y) for w, row in zip(weights, rows, strict=True))
    return [against(row, y) <= mine for row in rows]


WEAKLY = [THREE[0][k] >= THREE[2][k] for k in (0, 1)]
WORTH = u1, u2, u3 = reals("u1 u2 u3")  # what each action earns against what the others play
BEST_ROWS = [u <= sum(w * v for w, v in zip(mix, WORTH, strict=True)) for u in WORTH]
UNPLAYED = Claim(
    id="equilibria.elimination.dominated-is-unplayed",
    title="Of three actions one that another strictly dominates is unplayed in every equilibrium, whatever the others have.",
    assumptions=[*LAW[:3], LAW[-1], *BEST_ROWS, u1 > u3],
    statement=sp.Eq(x3, 0),
    twins=[
        Twin("weakly dominated", without=[u1 > u3], adding=[u1 >= u3]),
        Twin("not in equilibrium", without=BEST_ROWS[:1]),
    ],
    source="Gale, Kuhn and Tucker (1950); Luce and Raiffa (1957)",
    not_shown="that a strictly dominated action earns less against every mixture (linearity); other numbers of actions",
)

KEPT = Claim(
    id="equilibria.elimination.keeps-equilibria.3x2",
    title="Row's best reply in the game without a dominated action is one in the whole game (3×2), even if dominance is weak.",
    assumptions=[*LAW, *WEAKLY, sp.Eq(x3, 0), *best_reply_of(THREE[:2], (x1, x2))],
    statement=sp.And(*best_reply_of(THREE, mix)),
    twins=[
        Twin("without any action", without=WEAKLY),
        Twin(
            "and the other way round under weak dominance",
            without=[sp.Eq(x3, 0), *best_reply_of(THREE[:2], (x1, x2))],
            adding=best_reply_of(THREE, mix),
            statement=sp.Eq(x3, 0),
        ),
    ],
    source="Luce and Raiffa, Games and Decisions (1957)",
    not_shown="Column's part, whose payoffs the unplayed action does not enter; other sizes; several rounds",
    sampler=slack_sampler(
        {
            THREE[0][0]: THREE[1][0] + s1,
            THREE[0][1]: THREE[1][1] + s2,
            THREE[2][0]: THREE[1][0] + s1 - s3,
            THREE[2][1]: THREE[1][1] + s2 - s4,
            THREE_COLUMN[0][0]: THREE_COLUMN[0][1] + s1,
            x1: sp.Integer(1),
            x2: sp.Integer(0),
            x3: sp.Integer(0),
            y: sp.Integer(1),
        },
        positive=SLACKS,
        free=[*THREE[1], THREE_COLUMN[0][1], *THREE_COLUMN[1], *THREE_COLUMN[2]],
    ),
    numeric=lambda values: _elimination_agrees(values),
)


def _elimination_agrees(values):
    """The library eliminates the third row, and what is left has the equilibria of the whole game."""
    game = NormalFormGame.from_bimatrix(table(values, THREE), table(values, THREE_COLUMN))
    left = iterated_elimination(game)
    gone = 2 not in left.remaining[0]
    found = nash_equilibria(game)
    return gone and all(e.exact_profile[0][2] == 0 for e in found)


(t,) = reals("t")
MIXTURE = [t >= 0, t <= 1, *(t * THREE[0][k] + (1 - t) * THREE[1][k] > THREE[2][k] for k in (0, 1))]
NEVER_BEST = Claim(
    id="equilibria.elimination.dominated-by-mixture.3x2",
    title="An action strictly dominated by a mixture of two others is no best reply to any belief (3×2).",
    assumptions=[*MIXTURE, y >= 0, y <= 1],
    statement=sp.Or(*(against(row, y) > against(THREE[2], y) for row in THREE[:2])),
    twins=[
        Twin(
            "one of the two dominates it alone",
            statement=sp.Or(*(sp.And(*(row[k] > THREE[2][k] for k in (0, 1))) for row in THREE[:2])),
        ),
        Twin("dominated against one action of Column", without=MIXTURE[3:]),
        Twin("the first is better", statement=against(THREE[0], y) > against(THREE[2], y)),
    ],
    source="Pearce, Rationalizable strategic behavior, Econometrica 52 (1984), Lemma 3",
    not_shown="the converse, by linear duality; other sizes",
)

BEST = [against(THREE[0], y) >= against(row, y) for row in THREE[1:]]
PURE_REPLIES = Claim(
    id="equilibria.best-reply.pure",
    title="No mixture earns more against a belief than the best action, and it earns as much only if all it uses are best.",
    assumptions=[*LAW, *BEST],
    statement=sp.And(
        sum(w * against(row, y) for w, row in zip(mix, THREE, strict=True)) <= against(THREE[0], y),
        sp.Implies(
            sp.And(
                sp.Eq(sum(w * against(row, y) for w, row in zip(mix, THREE, strict=True)), against(THREE[0], y)), x3 > 0
            ),
            sp.Eq(against(THREE[2], y), against(THREE[0], y)),
        ),
    ),
    twins=[
        Twin(
            "strictly less",
            statement=sum(w * against(row, y) for w, row in zip(mix, THREE, strict=True)) < against(THREE[0], y),
        ),
        Twin("another action may be better", without=BEST[:1]),
    ],
    source=NASH,
    not_shown="other numbers of actions",
)


@proves(CYCLIC, COORDINATION)
def prove_generic_games_have_an_odd_number_of_equilibria(obligation):
    """Theorem: a 2×2 game with strict best replies has one equilibrium, or three: the mixture, with two agreements or none.

    With dominance below all strict cases are covered. Source: Nash (1951), Wilson (1971). Not shown: other sizes.
    """
    obligation.check()


@proves(DOMINANCE)
def prove_dominance_leaves_one_equilibrium(obligation):
    """Theorem: a strictly dominant action and a strict reply to it are the only equilibrium; weak dominance is not enough."""
    obligation.check()


@proves(POTENTIAL_GAME, FOUR_CYCLES, ORDINAL)
def prove_potential_games_have_pure_equilibria(obligation):
    """Theorem: 2×2 games with an exact or ordinal potential have a pure equilibrium; when there is a potential.

    Source: Monderer and Shapley (1996). Not shown: other sizes.
    """
    obligation.check()


@proves(SUPERMODULAR, SYMMETRIC_GAME)
def prove_complements_and_symmetry(obligation):
    """Theorem: strategic complements give a pure equilibrium, symmetry a symmetric one.

    Source: Topkis (1998), Nash (1951). Not shown: other sizes.
    """
    obligation.check()


@proves(UNPLAYED, KEPT, NEVER_BEST)
def prove_elimination_keeps_equilibria(obligation):
    """Theorem: eliminating a strictly dominated action neither adds nor loses equilibria; a weakly dominated, may lose some.

    Source: Luce and Raiffa (1957), Pearce (1984). Not shown: other sizes than 3×2; rounds, one after another.
    """
    obligation.check()


@proves(PURE_REPLIES)
def prove_best_replies_to_mixtures_are_pure(obligation):
    """Theorem: against every mixture some pure action is best, and a mixture is best iff all it uses are."""
    obligation.check()
