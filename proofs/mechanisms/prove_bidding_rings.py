"""Rings of bidders: the best price against a ring that passes the item on, and what rings do to correlated values.

A *strong* ring of all bidders knows their values, reports and takes part together, and passes the item on to its member of
highest value: to the seller it is one buyer whose value is the largest. With values uniform on [0, 1] a posted price r
earns r(1 − rⁿ). With two bidders worth low or high, alike with probability 2s (each of low-low and high-high has
probability s), correlation lets a seller without rings extract everything (s ≠ 1/4); against rings it extracts no more than

    max{low, (1 − s) high}                                      from a ring that passes the item on,
    max{(1 − s) high, (1/2 − s) high + (1/2 + s) low}           from one that cannot.
"""

from __future__ import annotations

from fractions import Fraction

import sympy as sp
from drawn import fractions
from theorems import proves

from gametheory.collusion import RingProof, collusion_proof_mechanism
from gametheory.collusion.reallocation import item_moves
from gametheory.mechanisms import BayesianIC, Environment, InterimParticipation, optimal_mechanism
from gametheory.symbolic import Claim, Twin, reals, slack_sampler

CREMER_MCLEAN = "Crémer and McLean, Full extraction of the surplus, Econometrica 56 (1988)"
CHE_KIM = "Che and Kim, Robustly collusion-proof implementation, Econometrica 74 (2006)"
r, best = reals("r best")
low, high, s, gap = reals("low high s gap")
HALF = sp.Rational(1, 2)
LAW = [low > 0, high > low, s > 0, s < HALF]
HONEST = [BayesianIC(), InterimParticipation()]


def ring_price(bidders):
    def earned(price):
        return price * (1 - price**bidders)

    return Claim(
        id=f"mechanisms.rings.posted-price.{bidders}-bidders",
        title=f"Against a ring of n = {bidders}, values uniform on [0, 1], the best price r alone has (n + 1) rⁿ = 1.",
        assumptions=[best > 0, sp.Eq((bidders + 1) * best**bidders, 1), r >= 0, r <= 1],
        statement=sp.And(earned(r) <= earned(best), sp.Equivalent(sp.Eq(earned(r), earned(best)), sp.Eq(r, best))),
        twins=[
            Twin("the reserve 1/2 of bidders without a ring is as good", statement=earned(r) <= earned(HALF)),
            Twin(
                "half of all values exceed the best price",
                without=[sp.Eq((bidders + 1) * best**bidders, 1)],
                adding=[sp.Eq(2 * best**bidders, 1)],
            ),
        ],
        source=CHE_KIM + "; derived here",
        not_shown="that no lottery does better than a posted price (one buyer: Riley and Zeckhauser 1983); other numbers",
    )


RING_PRICES = [ring_price(bidders) for bidders in (2, 3)]


def correlated(values):
    """Two bidders worth low or high, alike with probability 2s."""
    cheap, dear, alike = fractions(values, (low, high, s))
    apart = Fraction(1, 2) - alike
    return Environment.single_item([[cheap, dear]] * 2, prior=[[alike, apart], [apart, alike]])


# -- without rings: everything ----------------------------------------------------------------------------------------

# A second-price auction, in which a bidder also buys a bet on the other's report: the low type's bet is fair to it and
# costs the high type high − low; the high type's is a fee equal to what it expects to gain.
ALIKE, APART = 2 * s, 1 - 2 * s
BET_ON_LOW = -APART * (high - low) / (4 * s - 1)
BET_ON_HIGH = ALIKE * (high - low) / (4 * s - 1)
FEE = APART * (high - low)


def bidder_gain(value, report):
    """Expected gain of a type of ``value`` from a report, the other being truthful; ties are shared."""
    others = {low: ALIKE, high: APART} if value is low else {low: APART, high: ALIKE}
    total = 0
    for other, chance in others.items():
        won = HALF if report is other else int(report is high)
        bet = (BET_ON_LOW if other is low else BET_ON_HIGH) if report is low else FEE
        total += chance * (won * (value - other) - bet)
    return total


def _correlation(rng):
    """Positive or negative, not zero."""
    (u,) = reals("u")
    law = {high: low + gap, s: (u if rng.random() < 1 / 2 else 1 + u) / 4}
    return slack_sampler(law, positive=[low, gap], unit=[u])(rng)


TRUTH = [sp.Eq(bidder_gain(kind, kind), 0) for kind in (low, high)]
NO_LIE = [bidder_gain(low, high) <= 0, bidder_gain(high, low) <= 0]
WELFARE = s * low + (1 - s) * high
EXTRACTION = Claim(
    id="mechanisms.correlated.full-extraction",
    title="Two bidders, two types, any correlation: bets on the other's report leave no rent and pay for no lie.",
    assumptions=[*LAW, sp.Ne(s, sp.Rational(1, 4))],
    statement=sp.And(*TRUTH, *NO_LIE),
    twins=[
        Twin("without the high type's fee", statement=sp.Eq(bidder_gain(high, high) + FEE, 0)),
        Twin(
            "with bets no larger than the high value",
            statement=sp.And(*TRUTH, *NO_LIE, BET_ON_HIGH <= high, BET_ON_LOW <= high),
        ),
    ],
    source=CREMER_MCLEAN,
    not_shown="more types or bidders; bounds on payments, under which it fails (a twin)",
    sampler=_correlation,
    numeric=lambda values: _everything_is_extracted(values),
)


def _everything_is_extracted(values):
    cheap, dear, alike = fractions(values, (low, high, s))
    design = optimal_mechanism(correlated(values), "revenue", HONEST, limited_liability=None)
    return design.value == alike * cheap + (1 - alike) * dear


# -- with rings --------------------------------------------------------------------------------------------------------

KINDS = ("ll", "lh", "hl", "hh")
WON = {kind: reals(f"x{kind} y{kind}") for kind in KINDS}  # winning probabilities of the two bidders
PAID = dict(zip(KINDS, reals("tll tlh thl thh"), strict=True))  # of both together
CHANCE = dict(zip(KINDS, (s, HALF - s, HALF - s, s), strict=True))
WORTH = {"l": low, "h": high}
REVENUE = sum(CHANCE[kind] * PAID[kind] for kind in KINDS)
FEASIBLE = [row for x, y in WON.values() for row in (x >= 0, y >= 0, x + y <= 1)]


def ring_gain(truth, report, *, passes_on):
    x, y = WON[report]
    if passes_on:
        return (high if "h" in truth else low) * (x + y) - PAID[report]
    return WORTH[truth[0]] * x + WORTH[truth[1]] * y - PAID[report]


def ring_rows(*, passes_on):
    """The ring of two low types takes part; no other ring gains by posing as it."""
    poses = [ring_gain(k, k, passes_on=passes_on) >= ring_gain(k, "ll", passes_on=passes_on) for k in KINDS[1:]]
    return [ring_gain("ll", "ll", passes_on=passes_on) >= 0, *poses]


def ring_claim(name, title, bound, library_bound, *, passes_on, twin):
    rows = ring_rows(passes_on=passes_on)
    return Claim(
        id=f"mechanisms.correlated.rings.{name}",
        title=title,
        assumptions=[*LAW, *FEASIBLE, *rows],
        statement=bound >= REVENUE,
        twins=[
            Twin("without rings it is less than all the welfare", without=rows[1:], statement=WELFARE > REVENUE),
            Twin("the ring of low types may be forced", without=rows[:1]),
            twin,
        ],
        source=CHE_KIM
        + "; Laffont and Martimort, Mechanism design with collusion and correlation, Econometrica 68 (2000)",
        not_shown="that the bound is attained, which the library's optimum confirms at drawn values",
        sampler=_posted_price_high,
        numeric=lambda values: (
            _ring_optimum(values, passes_on=passes_on) == library_bound(*fractions(values, (low, high, s)))
        ),
    )


def _posted_price_high(rng):
    """Random laws; the mechanism is the posted price high, split evenly where both pay it."""
    values = slack_sampler({high: low + gap, s: HALF * reals("u")[0]}, positive=[low, gap], unit=[reals("u")[0]])(rng)
    chosen = {"ll": (0, 0), "lh": (0, 1), "hl": (1, 0), "hh": (HALF, HALF)}
    drawn = dict(values)
    for kind, shares in chosen.items():
        drawn.update(zip(WON[kind], map(sp.sympify, shares), strict=True))
        drawn[PAID[kind]] = values[high] * sum(map(sp.sympify, shares))
    return drawn


def _ring_optimum(values, *, passes_on):
    environment = correlated(values)
    moves = {"reallocation": item_moves(environment), "truth": "reallocated"} if passes_on else {}
    ring = RingProof(controls="participation", **moves)
    return collusion_proof_mechanism(environment, "revenue", [*HONEST, ring], limited_liability=None).value


STRONG_BOUND = sp.Max(low, (1 - s) * high)
WEAK_BOUND = sp.Max((1 - s) * high, (HALF - s) * high + (HALF + s) * low)
STRONG_RINGS = ring_claim(
    "pass-the-item-on",
    "From two bidders who pass the item on a seller earns at most max{low, (1 − s) high}, the best posted price.",
    STRONG_BOUND,
    lambda cheap, dear, alike: max(cheap, (1 - alike) * dear),
    passes_on=True,
    twin=Twin("at most low", statement=low >= REVENUE),
)
WEAK_RINGS = ring_claim(
    "keep-the-item",
    "From two bidders who collude without passing the item on: at most max{(1 − s) high, (1/2 − s) high + (1/2 + s) low}.",
    WEAK_BOUND,
    lambda cheap, dear, alike: max(
        (1 - alike) * dear, (Fraction(1, 2) - alike) * dear + (Fraction(1, 2) + alike) * cheap
    ),
    passes_on=False,
    twin=Twin("no more than if they passed it on", statement=STRONG_BOUND >= REVENUE),
)


@proves(*RING_PRICES)
def prove_best_price_against_a_ring(obligation):
    """Theorem: r(1 − rⁿ) is largest where (n + 1) rⁿ = 1, n = 2, 3; two bidders: r = 1/√3, not the reserve 1/2."""
    obligation.check()


@proves(EXTRACTION)
def prove_correlation_is_extracted_without_rings(obligation):
    """Theorem: for any correlation (s ≠ 1/4) a second-price auction with bets leaves two types no rent.

    Source: Crémer and McLean (1988). Not shown: more types. Twin: bounded bets do not do; the library's optimum is
    the whole welfare at drawn values.
    """
    obligation.check()


@proves(STRONG_RINGS, WEAK_RINGS)
def prove_rings_undo_the_extraction_of_correlation(obligation):
    """Theorem: against a ring of both the seller earns no more than the bounds in the module, whatever the correlation.

    Assumptions: the rows of rings that pose as a ring of two low types. Not shown: attainment, except at drawn values,
    where the library's certified optimum equals the bound.
    """
    obligation.check()


def prove_ring_prices_on_grids():
    """Values k/m, m = 2 and 3: against a strong ring the library finds the best posted price max (k/m)(1 − ((k − 1)/m)²).

    Not shown: nothing new is proved; this ties r(1 − r²) to the library's collusion-proof mechanisms.
    """
    for m in (2, 3):
        environment = Environment.single_item(
            [[Fraction(k, m) for k in range(1, m + 1)]] * 2, priors=[[Fraction(1, m)] * m] * 2
        )
        ring = RingProof(controls="participation", reallocation=item_moves(environment))
        found = collusion_proof_mechanism(environment, "revenue", [*HONEST, ring]).value
        assert found == max(Fraction(k, m) * (1 - Fraction(k - 1, m) ** 2) for k in range(1, m + 1))
