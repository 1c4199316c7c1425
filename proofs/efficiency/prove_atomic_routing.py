"""Price of anarchy of whole players on affine links: 5/2, through a lemma that is true of integers alone.

With numbers x, y of players on a link, y(x + 1) ≤ (5/3) y² + (1/3) x² for integers x, y ≥ 0. A player who leaves for a
link pays its cost with one more player, so that C(x) ≤ (5/3) C(y) + (1/3) C(x) in every pure Nash equilibrium x: the price of
anarchy is at most (5/3) / (1 − 1/3) = 5/2.
"""

from __future__ import annotations

import itertools
from fractions import Fraction

import sympy as sp
from drawn import number
from theorems import proves

from gametheory.equilibria import price_of_anarchy
from gametheory.games import NormalFormGame
from gametheory.symbolic import Claim, Induction, Lemma, Twin, reals, slack_sampler

CHRISTODOULOU = "Christodoulou and Koutsoupias, The price of anarchy of finite congestion games, STOC 2005"
x, y = reals("x y")
a, b = reals("a b")
X, V, Y = reals("X V Y")  # C(x); Σ y c(x + 1), what deviations to y cost; C(y)


smooth, rest = reals("smooth rest")
SMOOTH = Claim(
    id="efficiency.smooth-games",
    title="If C(x) ≤ V ≤ λ C(y) + μ C(x) with μ < 1, then C(x) ≤ λ/(1 − μ) C(y).",
    assumptions=[rest < 1, rest >= 0, smooth >= 0, X >= 0, Y >= 0, X <= V, V <= smooth * Y + rest * X],
    statement=X <= smooth / (1 - rest) * Y,
    twins=[
        Twin("also with μ > 1", without=[rest < 1], adding=[rest > 1]),
        Twin("C(x) ≤ λ C(y)", statement=X <= smooth * Y),
    ],
    source="Roughgarden, Intrinsic robustness of the price of anarchy, J. ACM 62 (2015)",
    not_shown="that V is the cost of the players' deviations to y, summed",
    sampler=slack_sampler(
        {X: V, Y: ((1 - rest) * V + reals("gap")[0]) / smooth}, positive=[V, smooth, reals("gap")[0]], unit=[rest]
    ),
)

INTEGERS = [sp.Or(sp.Eq(y, 0), sp.Eq(y, 1), y >= 2), sp.Or(x <= 1, x >= 2), x >= 0]
WHOLE = Claim(
    id="efficiency.atomic.lemma",
    title="y(x + 1) ≤ (5/3) y² + (1/3) x² for all integers x, y ≥ 0.",
    assumptions=INTEGERS,
    statement=y * (x + 1) <= sp.Rational(5, 3) * y**2 + x**2 / 3,
    twins=[
        Twin("for all reals x, y ≥ 0", without=INTEGERS[:2], adding=[y >= 0]),
        Twin("x may lie between 1 and 2", without=[INTEGERS[1]]),
        Twin("with 8/5 in place of 5/3", statement=y * (x + 1) <= sp.Rational(8, 5) * y**2 + x**2 / 3),
    ],
    source=CHRISTODOULOU,
    not_shown="that an integer y ≥ 0 is 0, 1 or at least 2, and that no integer x lies strictly between 1 and 2",
)

ATOMIC_LINK = Claim(
    id="efficiency.atomic.link",
    title="On one affine link with whole players: y c(x + 1) ≤ (5/3) y c(y) + (1/3) x c(x).",
    assumptions=[a >= 0, b >= 0, *INTEGERS],
    statement=y * (a * (x + 1) + b) <= sp.Rational(5, 3) * y * (a * y + b) + x * (a * x + b) / 3,
    twins=[
        Twin("a cost that falls with traffic", without=[a >= 0]),
        Twin(
            "with 8/5 in place of 5/3",
            statement=y * (a * (x + 1) + b) <= sp.Rational(8, 5) * y * (a * y + b) + x * (a * x + b) / 3,
        ),
    ],
    source=CHRISTODOULOU,
    not_shown="nothing",
    lemmas=[Lemma(WHOLE)],
)

DEVIATED = V <= sp.Rational(5, 3) * Y + X / 3
NEXT = V + y * (a * (x + 1) + b) <= sp.Rational(5, 3) * (Y + y * (a * y + b)) + (X + x * (a * x + b)) / 3
ATOMIC = Claim(
    id="efficiency.atomic.any-number",
    title="For any number of affine links and whole players Σ y c(x + 1) ≤ (5/3) C(y) + (1/3) C(x).",
    assumptions=[a >= 0, b >= 0, *INTEGERS],
    statement=Induction(
        base=DEVIATED, base_given=[sp.Eq(X, 0), sp.Eq(V, 0), sp.Eq(Y, 0)], step=NEXT, step_given=[DEVIATED]
    ),
    twins=[Twin("without the induction hypothesis", part="step", without=[DEVIATED])],
    source=CHRISTODOULOU,
    not_shown="the principle of induction over the set of links",
    lemmas=[Lemma(ATOMIC_LINK)],
)

slopes, intercepts = reals("a0 a1"), reals("b0 b1")
GAME_SIGNS = [v >= 0 for v in (*slopes, *intercepts)]


def congestion(link, users):
    return slopes[link] * users + intercepts[link]


def social_cost(first, second):
    users = [(first, second).count(link) for link in (0, 1)]
    return sum(n * congestion(link, n) for link, n in enumerate(users) if n)


def player_cost(own, other):
    return congestion(own, 1 + (own == other))


def is_equilibrium(first, second):
    return sp.And(
        player_cost(first, second) <= player_cost(1 - first, second),
        player_cost(second, first) <= player_cost(1 - second, first),
    )


def two_players():
    profiles = list(itertools.product((0, 1), repeat=2))

    def bounded(ratio):
        return sp.And(
            *(
                sp.Implies(is_equilibrium(*profile), social_cost(*profile) <= ratio * social_cost(*other))
                for profile in profiles
                for other in profiles
                if other != profile
            )
        )

    return Claim(
        id="efficiency.atomic.two-players-two-links",
        title="Two players on two affine links: pure equilibria cost at most 4/3 of the optimum, well below 5/2.",
        assumptions=GAME_SIGNS,
        statement=bounded(sp.Rational(4, 3)),
        twins=[
            Twin("at most 5/4", statement=bounded(sp.Rational(5, 4))),
            Twin("costs may fall with traffic", without=GAME_SIGNS[:2]),
        ],
        source=CHRISTODOULOU + " (the bound 5/2); the constant for this case is derived here",
        not_shown="mixed equilibria, more players or links",
        sampler=slack_sampler({}, positive=[*slopes, *intercepts]),
        numeric=_library_agrees,
    )


def _library_agrees(values):
    """The library's price of anarchy over pure equilibria is at most 4/3."""

    def costs(player):
        return [
            [-number(values, player_cost(*((i, j) if player == 0 else (j, i))).xreplace(dict(values))) for j in (0, 1)]
            for i in (0, 1)
        ]

    game = NormalFormGame.from_bimatrix(costs(0), costs(1))
    return price_of_anarchy(game, objective="cost", equilibria="pure").exact_value <= Fraction(4, 3)


TWO_PLAYERS = two_players()


@proves(SMOOTH)
def prove_smooth_games_have_bounded_prices_of_anarchy(obligation):
    """Theorem: (λ, μ)-smoothness bounds the price of anarchy by λ/(1 − μ). Source: Roughgarden (2015)."""
    obligation.check()


@proves(WHOLE, ATOMIC_LINK)
def prove_atomic_lemma(obligation):
    """Theorem: y(x + 1) ≤ (5/3) y² + (1/3) x² for integers x, y ≥ 0; over the reals it is false (a twin).

    Source: Christodoulou and Koutsoupias (2005). Not shown: how integers lie among the reals, which is assumed.
    """
    obligation.check()


@proves(ATOMIC)
def prove_atomic_smoothness(obligation):
    """Theorem: whole players on any number of affine links are (5/3, 1/3)-smooth; with efficiency.smooth-games, 5/2.

    Source: Christodoulou and Koutsoupias (2005). Not shown: the principle of induction.
    """
    obligation.check()


@proves(TWO_PLAYERS)
def prove_two_players_on_two_links(obligation):
    """Theorem: two players on two affine links lose at most a third of the optimum; the library's price agrees.

    Not shown: mixed equilibria; more players, where 5/2 is attained in the limit.
    """
    obligation.check()
