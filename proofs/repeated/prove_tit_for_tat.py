"""Tit for tat: when answering in kind holds a pair together, for all payoffs.

Stage payoffs of a player in a symmetric prisoner's dilemma: c if both cooperate, d for defecting on a cooperator, s for
cooperating with a defector, p if both defect. Against tit for tat the opponent's next action is one's own last one, so that a
player faces two states: the other is about to cooperate, worth c/(1 − δ) to one who always does, or about to defect.
Alternating from a defection on is worth (d + δs)/(1 − δ²), defecting for ever d + δp/(1 − δ).
"""

from __future__ import annotations

import sympy as sp
from theorems import proves

from gametheory.games import NormalFormGame
from gametheory.repeated import critical_discount_of, is_nash_of_repeated_game, tit_for_tat
from gametheory.symbolic import Claim, Twin, indifference, reals, slack_sampler

d, c, p, s, delta, x, y, z = reals("d c p s delta x y z")
DILEMMA = [d > c, c > p, p > s]
DISCOUNT = [delta >= 0, delta < 1]
COOPERATE = c / (1 - delta)
ALTERNATE = (d + delta * s) / (1 - delta**2)
DEFECT = d + delta * p / (1 - delta)
ONE_WORSE = s + delta * c / (1 - delta)  # make up for a defection by one period of exploitation
ANSWERED = delta * (c - s) >= d - c
GRIM = delta * (d - p) >= d - c
THRESHOLD = (d - c) / (c - s)
SOURCE = "Axelrod, The emergence of cooperation among egoists, APSR 75 (1981), Theorem 2"

draw = slack_sampler({p: s + x, c: s + x + y, d: s + x + y + z}, free=[s], positive=[x, y, z], unit=[delta])


def dilemma(values):
    """The prisoner's dilemma with these payoffs."""
    row = [[values[c], values[s]], [values[d], values[p]]]
    return NormalFormGame.from_bimatrix(row, [list(column) for column in zip(*row, strict=True)])


def pair(game):
    return [tit_for_tat(game, player) for player in (0, 1)]


ALTERNATION = Claim(
    id="repeated.tit-for-tat.alternation",
    title="Against tit for tat cooperating is worth at least alternating from a defection on iff δ(c − s) ≥ d − c.",
    assumptions=DISCOUNT,
    statement=sp.Equivalent(COOPERATE >= ALTERNATE, ANSWERED),
    twins=[
        Twin("the test against defecting for ever", statement=sp.Equivalent(COOPERATE >= ALTERNATE, GRIM)),
        Twin("at any payoffs of a dilemma", adding=DILEMMA, statement=COOPERATE >= ALTERNATE),
    ],
    source=SOURCE,
    not_shown="that an alternating stream d, s, d, s, … is worth (d + δs)/(1 − δ²)",
    sampler=draw,
)

BELOW_ONE = Claim(
    id="repeated.tit-for-tat.threshold-below-one",
    title="The threshold (d − c)/(c − s) of alternation is below 1 iff taking turns in defecting is no better: 2c > d + s.",
    assumptions=[c > s],
    statement=sp.Equivalent(THRESHOLD < 1, 2 * c > d + s),
    threshold=THRESHOLD,
    derivation=lambda: indifference(COOPERATE * (1 - delta**2), ALTERNATE * (1 - delta**2), delta),
    twins=[
        Twin("whatever the turns pay", adding=DILEMMA, statement=THRESHOLD < 1),
        Twin("without c > s", without=[c > s], adding=[sp.Ne(c, s)]),
    ],
    source="Rapoport and Chammah, Prisoner's Dilemma (1965), chapter 1; Axelrod (1981)",
    not_shown="nothing beyond the formula",
    sampler=draw,
)

NASH = Claim(
    id="repeated.tit-for-tat.nash",
    title="Two tits for tat are a Nash equilibrium iff δ(c − s) ≥ d − c and δ(d − p) ≥ d − c.",
    assumptions=[*DISCOUNT, *DILEMMA],
    # once it has defected, a player either makes up for it or defects for ever: the Bellman equation of two states
    statement=sp.Equivalent(COOPERATE >= d + delta * sp.Max(ONE_WORSE, p / (1 - delta)), sp.And(ANSWERED, GRIM)),
    twins=[
        Twin(
            "alternation alone decides",
            statement=sp.Equivalent(COOPERATE >= d + delta * sp.Max(ONE_WORSE, p / (1 - delta)), ANSWERED),
        ),
        Twin(
            "defecting for ever alone decides",
            statement=sp.Equivalent(COOPERATE >= d + delta * sp.Max(ONE_WORSE, p / (1 - delta)), GRIM),
        ),
    ],
    source=SOURCE,
    not_shown="that a best reply to an automaton of two states is stationary in them (Bellman)",
    sampler=draw,
    numeric=lambda v: (
        bool(is_nash_of_repeated_game(g := dilemma(v), pair(g), v[delta]))
        == bool(v[delta] >= max((v[d] - v[c]) / (v[c] - v[s]), (v[d] - v[c]) / (v[d] - v[p])))
    ),
)

PERFECT = Claim(
    id="repeated.tit-for-tat.subgame-perfect",
    title="Two tits for tat are subgame perfect only on a knife's edge: δ(c − s) = d − c and δ(d − p) = p − s.",
    assumptions=DISCOUNT,
    # after CC; after (C, D), by who was let down; after (D, C), by who defected; after DD: obey against one deviation
    statement=sp.Equivalent(
        sp.And(
            COOPERATE >= ALTERNATE,
            ALTERNATE >= COOPERATE,
            (s + delta * d) / (1 - delta**2) >= p / (1 - delta),
            p / (1 - delta) >= (s + delta * d) / (1 - delta**2),
        ),
        sp.And(sp.Eq(delta * (c - s), d - c), sp.Eq(delta * (d - p), p - s)),
    ),
    twins=[
        Twin(
            "patience suffices",
            adding=DILEMMA,
            statement=sp.Implies(delta * (c - s) >= d - c, ALTERNATE >= COOPERATE),
        ),
        Twin(
            "one equation suffices",
            adding=[*DILEMMA, sp.Eq(delta * (c - s), d - c)],
            statement=sp.Eq((s + delta * d) / (1 - delta**2), p / (1 - delta)),
        ),
    ],
    source="Kalai, Samet and Stanford, A note on reactive equilibria, Int. J. Game Theory 17 (1988)",
    not_shown="the one-shot deviation principle",
    sampler=draw,
    numeric=lambda v: (
        (v[delta] in critical_discount_of(g := dilemma(v), pair(g)).discounts)
        == bool(v[delta] * (v[c] - v[s]) == v[d] - v[c] and v[delta] * (v[d] - v[p]) == v[p] - v[s])
    ),
)

HARSHER = Claim(
    id="repeated.tit-for-tat.needs-grim",
    title="If alternation does not pay and c − s ≤ d − p, defecting for ever does not pay either.",
    assumptions=[*DISCOUNT, *DILEMMA, ANSWERED, c - s <= d - p],
    statement=COOPERATE >= DEFECT,
    twins=[
        Twin("also where a period of contrition costs more than the punishment", without=[c - s <= d - p]),
        Twin(
            "grim trigger suffices for tit for tat",
            without=[ANSWERED, c - s <= d - p],
            adding=[GRIM],
            statement=COOPERATE >= ALTERNATE,
        ),
    ],
    source="derived here",
    not_shown="nothing beyond the conditions",
)


@proves(ALTERNATION, BELOW_ONE)
def prove_alternation(obligation):
    """Theorem: alternating against tit for tat does not pay iff δ ≥ (d − c)/(c − s), a threshold below 1 iff 2c > d + s.

    Assumptions: 0 ≤ δ < 1 (and c > s for the threshold). Reference: Axelrod (1981), Theorem 2.
    Not shown: the values of the streams. Twins: the grim test instead; at any payoffs.
    """
    obligation.check()


@proves(NASH)
def prove_tit_for_tat_is_nash(obligation):
    """Theorem: two tits for tat are a Nash equilibrium iff neither alternating nor defecting for ever pays.

    Assumptions: d > c > p > s, 0 ≤ δ < 1. Reference: Axelrod (1981). Not shown: stationarity of best replies.
    """
    obligation.check()


@proves(PERFECT)
def prove_tit_for_tat_is_hardly_ever_subgame_perfect(obligation):
    """Theorem: two tits for tat are subgame perfect iff δ = (d − c)/(c − s) = (p − s)/(d − p).

    Assumptions: 0 ≤ δ < 1. Reference: Kalai, Samet and Stanford (1988). Not shown: the one-shot deviation principle.
    """
    obligation.check()


@proves(HARSHER)
def prove_grim_and_tit_for_tat_are_not_nested(obligation):
    """Theorem: the test of alternation implies the grim test where c − s ≤ d − p; in general neither implies the other.

    Assumptions: d > c > p > s. Reference: derived here. The two twins are the two refuted implications.
    """
    obligation.check()


def prove_the_knife_edge_exists():
    """Payoffs 3, 2, 0, −1 at δ = 1/3 lie on the edge, and the library's automata are subgame perfect there alone."""
    game = dilemma({d: 3, c: 2, p: 0, s: -1})
    found = critical_discount_of(game, pair(game)).discounts
    assert sp.Rational(1, 3) in found
    assert sp.Rational(1, 3) + sp.Rational(1, 100) not in found
