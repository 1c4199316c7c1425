"""Zero-sum games, correlated equilibria and commitment, for all payoffs: minimax, convexity, and what a leader gains.

Row plays x, Column y. x *secures* v if it earns at least v against every column; y *holds to* w if every row earns at most w
against it. A distribution p over profiles is a correlated equilibrium if nobody gains by disobeying a recommendation.
A leader commits to x, the follower plays a best reply; ties are broken for the leader (strong) or against her (weak).
"""

from __future__ import annotations

import sympy as sp
from drawn import fractions, grid_sampler, number, table
from theorems import proves

from gametheory.equilibria import (
    correlated_regret,
    maximin,
    stackelberg_equilibrium,
    zero_sum_equilibrium,
)
from gametheory.games import NormalFormGame
from gametheory.symbolic import Claim, Lemma, Twin, evaluate, reals, slack_sampler

NEUMANN = "von Neumann, Zur Theorie der Gesellschaftsspiele, Mathematische Annalen 100 (1928)"
ZAMIR = "von Stengel and Zamir, Leadership games with convex strategy sets, Games and Economic Behavior 69 (2010)"
A = [reals("a11 a12"), reals("a21 a22")]
B = [reals("b11 b12"), reals("b21 b22")]
(a11, a12), (a21, a22) = A
x, y, v, w = reals("x y v w")


def columns(payoffs, x):
    """What Row's mixture earns against each column."""
    return [x * top + (1 - x) * bottom for top, bottom in zip(*payoffs, strict=True)]


def rows(payoffs, y):
    return [left * y + right * (1 - y) for left, right in payoffs]


def unit(*probabilities):
    return [bound for p in probabilities for bound in (p >= 0, p <= 1)]


# -- minimax ----------------------------------------------------------------------------------------------------------

SECURES = [value >= v for value in columns(A, x)]
HOLDS = [value <= w for value in rows(A, y)]
WEAK_DUALITY = Claim(
    id="equilibria.zero-sum.weak-duality.2x2",
    title="What Row secures is at most what Column can hold her to.",
    assumptions=[*unit(x, y), *SECURES, *HOLDS],
    statement=v <= w,
    twins=[
        Twin("one column need not be covered", without=SECURES[:1]),
        Twin("strictly", statement=v < w),
        Twin("weights that are no probabilities", without=[x <= 1]),
    ],
    source=NEUMANN,
    not_shown="other sizes",
)


def ratio(top, bottom):
    return sp.Piecewise((top / bottom, sp.Ne(bottom, 0)), (0, True))


SPREAD = a11 - a12 - a21 + a22
EVEN_X, EVEN_Y = ratio(a22 - a21, SPREAD), ratio(a22 - a12, SPREAD)


def is_saddle(x, y):
    """Row's guarantee with x is what Column holds her to with y."""
    return sp.And(*unit(x, y), sp.Min(*columns(A, x)) >= sp.Max(*rows(A, y)))


CANDIDATES = [*((sp.Integer(i), sp.Integer(j)) for i in (1, 0) for j in (1, 0)), (EVEN_X, EVEN_Y)]
MINIMAX = Claim(
    id="equilibria.zero-sum.minimax.2x2",
    title="Every 2×2 matrix has a value: a pure saddle point, or the mixtures that make the other indifferent.",
    assumptions=[],
    statement=sp.Or(*(is_saddle(*point) for point in CANDIDATES)),
    twins=[
        Twin("a pure saddle point", statement=sp.Or(*(is_saddle(*point) for point in CANDIDATES[:4]))),
        Twin("always the mixtures", statement=is_saddle(EVEN_X, EVEN_Y)),
    ],
    source=NEUMANN,
    not_shown="other sizes (linear duality); no 2×2 game needs more than these five candidates",
    sampler=grid_sampler([*A[0], *A[1]], -3, 3),
    numeric=lambda values: _value_agrees(values),
    method="provers",
)


def _value_agrees(values):
    """The saddle point among the candidates has the library's value."""
    (point,) = [c for c in CANDIDATES if evaluate(is_saddle(*c), values)][:1]
    guarantee = evaluate(sp.Min(*columns(A, point[0])), values)
    return zero_sum_equilibrium(NormalFormGame.zero_sum(table(values, A))).value == number({}, guarantee)


CROSSED = [a11 > a21, a22 > a12, a11 > a12, a22 > a21]
VALUE = (a11 * a22 - a12 * a21) / SPREAD
FORMULA = Claim(
    id="equilibria.zero-sum.value-without-saddle.2x2",
    title="Without a saddle point (a₁₁, a₂₂ above a₁₂, a₂₁) the value is (a₁₁a₂₂ − a₁₂a₂₁)/(a₁₁ + a₂₂ − a₁₂ − a₂₁).",
    assumptions=[*CROSSED, *unit(x, y), *SECURES, *HOLDS, v >= w],
    statement=sp.Eq(v, VALUE),
    twins=[
        Twin("with a saddle point", without=CROSSED, adding=[SPREAD > 0]),
        Twin("the mean of all entries", statement=sp.Eq(v, sum((*A[0], *A[1])) / 4)),
    ],
    source=NEUMANN + "; Luce and Raiffa, Games and Decisions (1957), Appendix 3",
    not_shown="nothing: secured and held together is what the value is",
    method="provers",
)

a, b, c = reals("a b c")
ROCK = [[0, a, -b], [-a, 0, c], [b, -c, 0]]
PLAY = reals("x1 x2 x3")
SUM = a + b + c
PROPORTIONAL = [sp.Eq(p * SUM, part) for p, part in zip(PLAY, (c, b, a), strict=True)]


def against(play):
    return [sum(p * row[k] for p, row in zip(play, ROCK, strict=True)) for k in range(3)]


PAPER = Claim(
    id="equilibria.zero-sum.rock-paper-scissors",
    title="Weighted rock–paper–scissors (wins a, b, c > 0) has value 0, and only play in proportion c : b : a secures it.",
    assumptions=[a > 0, b > 0, c > 0, *(p >= 0 for p in PLAY), sp.Eq(sum(PLAY), 1)],
    statement=sp.Equivalent(sp.And(*(value >= 0 for value in against(PLAY))), sp.And(*PROPORTIONAL)),
    twins=[
        Twin("wins may be losses", without=[a > 0]),
        Twin(
            "even play secures it",
            statement=sp.Implies(
                sp.And(*(sp.Eq(p, sp.Rational(1, 3)) for p in PLAY)), sp.And(*(value >= 0 for value in against(PLAY)))
            ),
        ),
    ],
    source="Kaplansky, A contribution to von Neumann's theory of games, Annals of Mathematics 46 (1945)",
    not_shown="more actions",
    sampler=slack_sampler(dict(zip(PLAY, (c / SUM, b / SUM, a / SUM), strict=True)), positive=[a, b, c]),
    numeric=lambda values: _rock_agrees(values),
)


def _rock_agrees(values):
    la, lb, lc = fractions(values, (a, b, c))
    found = maximin(NormalFormGame.zero_sum([[0, la, -lb], [-la, 0, lc], [lb, -lc, 0]]))
    return found.value == 0 and list(found.strategy) == fractions(values, PLAY)


SKEW = Claim(
    id="equilibria.zero-sum.symmetric-value-is-zero.3x3",
    title="Nobody secures more than 0 in a symmetric zero-sum game: a mixture earns 0 against itself.",
    assumptions=[*(p >= 0 for p in PLAY), sp.Eq(sum(PLAY), 1), *(value >= v for value in against(PLAY))],
    statement=v <= 0,
    twins=[
        Twin("strictly less", statement=v < 0),
        Twin("one column need not be covered", without=[against(PLAY)[0] >= v]),
    ],
    source=NEUMANN,
    not_shown="other sizes; that 0 can be secured (minimax)",
)

# -- correlated equilibria --------------------------------------------------------------------------------------------

P = [reals("p11 p12"), reals("p21 p22")]
Q = [reals("q11 q12"), reals("q21 q22")]
(t,) = reals("t")


def distribution(p):
    return [*(entry >= 0 for row in p for entry in row), sp.Eq(sum(entry for row in p for entry in row), 1)]


def obedience(p):
    """Neither player gains by disobeying, Row's two rows and Column's."""
    return [
        p[0][0] * (a11 - a21) + p[0][1] * (a12 - a22) >= 0,
        p[1][0] * (a21 - a11) + p[1][1] * (a22 - a12) >= 0,
        p[0][0] * (b11 - b12) + p[1][0] * (b21 - b22) >= 0,
        p[0][1] * (b12 - b11) + p[1][1] * (b22 - b21) >= 0,
    ]


LOSSES, FIRST, SECOND = reals("d1 d2"), reals("m1 m2"), reals("n1 n2")


def loses(weights, losses=LOSSES):
    return sum(weight * loss for weight, loss in zip(weights, losses, strict=True)) >= 0


ONE_ROW = Claim(
    id="equilibria.correlated.convex.one-row",
    title="If disobeying loses under two distributions, it loses under a lottery between them.",
    assumptions=[*unit(t), loses(FIRST), loses(SECOND)],
    statement=loses([t * m + (1 - t) * n for m, n in zip(FIRST, SECOND, strict=True)]),
    twins=[
        Twin("a weight that is no probability", without=[t <= 1]),
        Twin("under one of the two", without=[loses(SECOND)]),
    ],
    source="Aumann, J. Math. Econ. 1 (1974)",
    not_shown="other numbers of actions",
)


def blended(places, losses):
    """The lemma at one row of the game: the entries of P and Q at these places, and what disobeying loses there."""
    at = dict(zip(LOSSES, losses, strict=True))
    at |= dict(zip(FIRST, (P[j][k] for j, k in places), strict=True))
    return Lemma(ONE_ROW, at | dict(zip(SECOND, (Q[j][k] for j, k in places), strict=True)))


(b11, b12), (b21, b22) = B
BLEND = [[t * p + (1 - t) * q for p, q in zip(*pair, strict=True)] for pair in zip(P, Q, strict=True)]
CONVEX = Claim(
    id="equilibria.correlated.convex.2x2",
    title="A lottery between two correlated equilibria of a 2×2 game is one, too.",
    assumptions=[*distribution(P)[:-1], *distribution(Q)[:-1], *unit(t), *obedience(P), *obedience(Q)],
    statement=sp.And(*distribution(BLEND)[:-1], *obedience(BLEND)),
    twins=[
        Twin("a weight that is no probability", without=[t <= 1]),
        Twin("the other is one as well, whatever it is", without=obedience(Q), statement=sp.And(*obedience(Q))),
    ],
    source="Aumann, J. Math. Econ. 1 (1974)",
    not_shown="other sizes; that probabilities of the lottery sum to one, as those of both do",
    lemmas=[
        blended([(0, 0), (0, 1)], (a11 - a21, a12 - a22)),
        blended([(1, 0), (1, 1)], (a21 - a11, a22 - a12)),
        blended([(0, 0), (1, 0)], (b11 - b12, b21 - b22)),
        blended([(0, 1), (1, 1)], (b12 - b11, b22 - b21)),
    ],
    sampler=lambda rng: _two_pure_equilibria(rng),
    numeric=lambda values: (
        correlated_regret(
            NormalFormGame.from_bimatrix(table(values, A), table(values, B)),
            [[number({}, evaluate(entry, values)) for entry in row] for row in BLEND],
        )
        == 0
    ),
)


def _two_pure_equilibria(rng):
    """A game of coordination; p is one agreement, q the lottery of both with other weights."""
    one, two, three, four, u = reals("s1 s2 s3 s4 u")
    zero, whole = sp.Integer(0), sp.Integer(1)
    return slack_sampler(
        {
            a11: a21 + one, a22: a12 + two, B[0][0]: B[0][1] + three, B[1][1]: B[1][0] + four,
            P[0][0]: whole, P[0][1]: zero, P[1][0]: zero, P[1][1]: zero,
            Q[0][0]: u, Q[0][1]: zero, Q[1][0]: zero, Q[1][1]: 1 - u,
        },
        positive=[one, two, three, four],
        unit=[t, u],
        free=[a21, a12, B[0][1], B[1][0]],
    )(rng)  # fmt: skip


z = reals("z")[0]
SAME_ROW = Claim(
    id="equilibria.best-reply.convex",
    title="If y and z both earn Column the most against x, so does every mixture of y and z: best replies are convex.",
    assumptions=[
        *unit(x, y, z, t),
        *(columns(B, x)[0] * p + columns(B, x)[1] * (1 - p) >= value for p in (y, z) for value in columns(B, x)),
    ],
    statement=sp.And(
        *(
            columns(B, x)[0] * (t * y + (1 - t) * z) + columns(B, x)[1] * (1 - t * y - (1 - t) * z) >= value
            for value in columns(B, x)
        )
    ),
    twins=[
        Twin(
            "z need not be a best reply",
            without=[columns(B, x)[0] * z + columns(B, x)[1] * (1 - z) >= value for value in columns(B, x)],
        )
    ],
    source="Nash, Non-cooperative games, Annals of Mathematics 54 (1951)",
    not_shown="other sizes",
)

# -- commitment -------------------------------------------------------------------------------------------------------

LEADER, FOLLOWER = columns(A, x), columns(B, x)
REPLIES = [FOLLOWER[k] >= FOLLOWER[1 - k] for k in (0, 1)]
SECURITY = Claim(
    id="equilibria.stackelberg.at-least-maximin.2x2",
    title="A leader who commits to a strategy that secures v gets at least v, however the follower breaks ties.",
    assumptions=[*unit(x), *SECURES],
    statement=sp.And(*(sp.Implies(REPLIES[k], LEADER[k] >= v) for k in (0, 1))),
    twins=[
        Twin("one column need not be covered", without=SECURES[:1]),
        Twin("strictly more", statement=sp.And(*(sp.Implies(REPLIES[k], LEADER[k] > v) for k in (0, 1)))),
    ],
    source=ZAMIR,
    not_shown="other sizes",
    sampler=slack_sampler({v: sp.Min(*columns(A, x))}, unit=[x], free=[*A[0], *A[1], *B[0], *B[1]]),
    numeric=lambda values: _commitment_agrees(values),
)


def _commitment_agrees(values):
    """The library's weak value is at least its maximin value, and its strong value at least the weak one."""
    game = NormalFormGame.from_bimatrix(table(values, A), table(values, B))
    strong, weak = (stackelberg_equilibrium(game, ties=ties).value for ties in ("strong", "weak"))
    return strong >= weak >= maximin(game).value >= number(values, v)


OPPOSED = [sp.Eq(left + right, 0) for rows_ in zip(A, B, strict=True) for left, right in zip(*rows_, strict=True)]
NOTHING_TO_GAIN = Claim(
    id="equilibria.stackelberg.zero-sum.2x2",
    title="In a zero-sum game commitment earns exactly what the strategy secures: best replies are the worst ones.",
    assumptions=[*unit(x), *OPPOSED],
    statement=sp.And(*(sp.Implies(REPLIES[k], sp.Eq(LEADER[k], sp.Min(*LEADER))) for k in (0, 1))),
    twins=[Twin("in every game", without=OPPOSED)],
    source=NEUMANN,
    not_shown="other sizes",
)

PRESENT = [P[0][k] + P[1][k] > 0 for k in (0, 1)]
RECOMMENDED = [P[0][k] / (P[0][k] + P[1][k]) for k in (0, 1)]
CE_VALUE = sum(p * entry for prow, arow in zip(P, A, strict=True) for p, entry in zip(prow, arow, strict=True))


def commits_as_recommended(k, *, strict=False):
    """Commit to what Row is told where Column is told k: k is a best reply, and pays at least the equilibrium."""
    mixture = RECOMMENDED[k]
    replies, pays = columns(B, mixture), columns(A, mixture)
    value = pays[k] > CE_VALUE if strict else pays[k] >= CE_VALUE
    return sp.And(replies[k] >= replies[1 - k], value)


MEDIATED = Claim(
    id="equilibria.stackelberg.at-least-correlated.2x2",
    title="Some commitment is worth at least every correlated equilibrium: the leader's part of some recommendation.",
    assumptions=[*distribution(P), *PRESENT, *obedience(P)[2:]],
    statement=sp.Or(*(commits_as_recommended(k) for k in (0, 1))),
    twins=[
        Twin("strictly more", statement=sp.Or(*(commits_as_recommended(k, strict=True) for k in (0, 1)))),
        Twin("the first recommendation is one", statement=commits_as_recommended(0)),
        Twin("the follower need not obey", without=obedience(P)[2:]),
    ],
    source=ZAMIR,
    not_shown="other sizes; recommendations of one column only, where the claim is about that column alone",
)


@proves(WEAK_DUALITY, MINIMAX, FORMULA)
def prove_minimax(obligation):
    """Theorem: every 2×2 matrix has a value, in pure strategies or by the mixtures that make the other indifferent.

    Source: von Neumann (1928). Not shown: other sizes. The library's certified value is the same at drawn matrices.
    """
    obligation.check()


@proves(PAPER, SKEW)
def prove_symmetric_zero_sum_games_are_worth_nothing(obligation):
    """Theorem: a symmetric zero-sum game with three actions is worth 0; weighted rock–paper–scissors is solved.

    Source: von Neumann (1928), Kaplansky (1945). Not shown: more actions.
    """
    obligation.check()


@proves(ONE_ROW, CONVEX, SAME_ROW)
def prove_correlated_equilibria_are_convex(obligation):
    """Theorem: correlated equilibria of 2×2 games, and best replies, form convex sets. Not shown: other sizes."""
    obligation.check()


@proves(SECURITY, NOTHING_TO_GAIN, MEDIATED)
def prove_what_commitment_is_worth(obligation):
    """Theorem: a leader's strong value is at least maximin (also with weak ties) and every correlated equilibrium, 2×2.

    Source: von Stengel and Zamir (2010). Not shown: other sizes. The library's values are in the same order.
    """
    obligation.check()
