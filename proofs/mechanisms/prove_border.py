"""Border's theorem for two alike buyers with two types: which interim winning probabilities some auction has.

Each buyer is of the high type with probability q, independently. A symmetric auction gives a buyer of type i against type j the
item with probability w_ij, where w_ij + w_ji ≤ 1; so the types win with the interim probabilities

    H = q w_hh + (1 − q) w_hl,        L = q w_lh + (1 − q) w_ll.

Such an auction exists iff H ≤ 1 − q/2, L ≤ (1 + q)/2 and q H + (1 − q) L ≤ 1/2.
"""

from __future__ import annotations

import sympy as sp
from drawn import fractions
from theorems import proves

from gametheory.mechanisms import Environment, is_implementable
from gametheory.symbolic import Claim, Twin, reals, slack_sampler

SOURCE = "Border, Implementation of reduced form auctions, Econometrica 59 (1991)"
q, H, L = reals("q H L")
whh, whl, wlh, wll = WINS = reals("whh whl wlh wll")
BELIEF = [q > 0, q < 1]
HALF = sp.Rational(1, 2)
WEAKEST, STRONGEST, ANYONE = L <= (1 + q) / 2, H <= 1 - q / 2, q * H + (1 - q) * L <= HALF
FEASIBLE = [*(w >= 0 for w in WINS), 2 * whh <= 1, 2 * wll <= 1, whl + wlh <= 1]
u1, u2, u3 = reals("u1 u2 u3")

NECESSARY = Claim(
    id="mechanisms.border.necessary.two-types",
    title="The interim probabilities of every symmetric auction satisfy Border's three inequalities.",
    assumptions=[*BELIEF, *FEASIBLE, sp.Eq(H, q * whh + (1 - q) * whl), sp.Eq(L, q * wlh + (1 - q) * wll)],
    statement=sp.And(STRONGEST, WEAKEST, ANYONE),
    twins=[
        Twin("the item may be given twice", without=[whl + wlh <= 1], adding=[whl <= 1, wlh <= 1]),
        Twin("H ≤ 1/2", statement=H <= HALF),
        Twin("H + L ≤ 1 whatever q", statement=H + L <= 1),
    ],
    source=SOURCE,
    not_shown="more buyers or types; asymmetric rules",
    sampler=slack_sampler(
        {
            whh: u1 / 2,
            wll: u2 / 2,
            whl: u3,
            wlh: (1 - u3) * u1,
            H: q * u1 / 2 + (1 - q) * u3,
            L: q * (1 - u3) * u1 + (1 - q) * u2 / 2,
        },
        unit=[q, u1, u2, u3],
    ),
    numeric=lambda values: bool(implementable(values)),
)


def implementable(values):
    strong, weak, chance = fractions(values, (H, L, q))
    buyers = Environment.single_item([[1, 2]] * 2, priors=[[1 - chance, chance]] * 2)
    return is_implementable(buyers, [[weak, strong]] * 2)


# Each type first wins against its own kind, up to one half; the rest it takes from the other type.
WITNESS_HH = sp.Min(HALF, H / q)
WITNESS_LL = sp.Min(HALF, L / (1 - q))
WITNESS_HL = (H - q * WITNESS_HH) / (1 - q)
WITNESS_LH = (L - (1 - q) * WITNESS_LL) / q
AUCTION = sp.And(
    *(w >= 0 for w in (WITNESS_HH, WITNESS_LL, WITNESS_HL, WITNESS_LH)),
    WITNESS_HH <= HALF,
    WITNESS_LL <= HALF,
    WITNESS_HL + WITNESS_LH <= 1,
)

SUFFICIENT = Claim(
    id="mechanisms.border.sufficient.two-types",
    title="Interim probabilities that satisfy Border's inequalities have an auction: win against one's own kind first.",
    assumptions=[*BELIEF, H >= 0, L >= 0, STRONGEST, WEAKEST, ANYONE],
    statement=AUCTION,
    twins=[
        Twin("without the inequality of all types", without=[ANYONE]),
        Twin("without that of the high type", without=[STRONGEST]),
        Twin("without that of the low type", without=[WEAKEST]),
    ],
    source=SOURCE,
    not_shown="more buyers or types",
    sampler=slack_sampler(
        {H: u1 * (1 - q / 2), L: sp.Min(u2 * (1 + q) / 2, (HALF - q * u1 * (1 - q / 2)) / (1 - q))},
        unit=[q, u1, u2],
    ),
    numeric=lambda values: bool(implementable(values)),
)


@proves(NECESSARY)
def prove_border_is_necessary(obligation):
    """Theorem: every symmetric auction's interim probabilities satisfy Border's inequalities, two types each.

    Source: Border (1991). Not shown: more buyers or types. The library's test agrees at drawn auctions.
    """
    obligation.check()


@proves(SUFFICIENT)
def prove_border_is_sufficient(obligation):
    """Theorem: the inequalities suffice; the witness wins against its own kind first. None of the three can be dropped."""
    obligation.check()


def prove_border_refusals_agree_with_the_library():
    """On the grid of twentieths, q = 1/2 and 1/5, the library accepts a rule iff the three inequalities hold.

    Not shown: nothing new is proved; this ties the inequalities to the library on rules that have no auction, too.
    """
    for chance in (HALF, sp.Rational(1, 5)):
        for strong in range(0, 21, 2):
            for weak in range(0, 21, 2):
                values = {q: chance, H: sp.Rational(strong, 20), L: sp.Rational(weak, 20)}
                held = all(bool(row.subs(values)) for row in (STRONGEST, WEAKEST, ANYONE))
                assert bool(implementable(values)) == held
