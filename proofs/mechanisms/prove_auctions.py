"""Sealed-bid auctions, for all values, bids and tie-breaking: who gains by lying, and the best reserve price.

A bidder with value v bids b against rivals' bids r. With m the bid to beat, b > m wins, b = m wins with probability t, b < m
loses; who wins pays a price p, and gains v − p. Second price: p = m. First price: p = b. Third price: p is the second
highest bid of the rivals. With K units m is the rivals' K-th highest bid.
"""

from __future__ import annotations

import itertools
from fractions import Fraction

import sympy as sp
from drawn import fractions, grid_sampler, number
from theorems import proves

from gametheory.mechanisms import Auction, Environment, bidding_regret, optimal_revenue, reserve_price, truthful_bidding
from gametheory.symbolic import Claim, Twin, evaluate, reals, slack_sampler

VICKREY = "Vickrey, Counterspeculation, auctions, and competitive sealed tenders, J. Finance 16 (1961)"
MYERSON = "Myerson, Optimal auction design, Math. Oper. Res. 6 (1981)"
v, b, t = reals("v b t")
TIES = [t >= 0, t <= 1]


def gain(bid, price, to_beat):
    """What a bid earns in expectation, where a tie is won with probability t."""
    return sp.Piecewise((v - price, bid > to_beat), (t * (v - price), sp.Eq(bid, to_beat)), (0, True))


def ranked(bids, place):
    """The ``place``-th highest bid, as a maximum of minima."""
    return sp.Max(*(sp.Min(*chosen) for chosen in itertools.combinations(bids, place)))


def auction_at(values, rivals, **options):
    """The library's auction in which all values are known, on the grid of all numbers drawn."""
    own, offered, *others = fractions(values, (v, b, *rivals))
    environment = Environment.single_item([[own], *([x] for x in others)], priors=[[1]] * (1 + len(others)))
    return Auction(environment, bids=sorted({own, offered, *others}), ties="even", **options)


def truthful_in(values, rivals, units):
    auction = auction_at(values, rivals, payment="second price", num_units=units)
    return bidding_regret(auction, truthful_bidding(auction)) == 0


def second_price(rivals):
    r = reals(" ".join(f"r{i}" for i in range(rivals)))
    best = ranked(r, 1)
    others = [Twin("first price", statement=gain(v, v, best) >= gain(b, b, best))]
    if rivals >= 2:
        third = ranked(r, 2)
        others.append(Twin("third price", statement=gain(v, third, best) >= gain(b, third, best)))
    return Claim(
        id=f"mechanisms.second-price.truthful.{rivals}-rivals",
        title="In a second-price auction no bid earns more than the value, whatever the rivals bid and however ties fall.",
        assumptions=TIES,
        statement=gain(v, best, best) >= gain(b, best, best),
        twins=[
            *others,
            Twin(
                "every other bid earns less", adding=[sp.Ne(b, v)], statement=gain(v, best, best) > gain(b, best, best)
            ),
        ],
        source=VICKREY,
        not_shown="other numbers of rivals, of whose bids only the highest matters",
        sampler=_with_ties((v, b, *r)),
        numeric=lambda values: truthful_in(values, r, 1),
        method="auto" if rivals <= 2 else "provers",
    )


def _with_ties(symbols):
    draw = grid_sampler(symbols, 0, 4)
    return lambda rng: {**draw(rng), t: sp.Rational(rng.randint(0, 3), 3)}


SECOND_PRICE = [second_price(rivals) for rivals in (1, 2, 3)]

RIVALS = reals("r0 r1 r2")
MARGIN, HIGHEST = ranked(RIVALS, 2), ranked(RIVALS, 1)
TWO_UNITS = Claim(
    id="mechanisms.uniform-price.truthful.2-units",
    title="Two units sold at the highest losing bid: no bid for one unit earns more than its value (three rivals).",
    assumptions=TIES,
    statement=gain(v, MARGIN, MARGIN) >= gain(b, MARGIN, MARGIN),
    twins=[
        Twin(
            "at the lowest winning bid",
            statement=gain(v, sp.Min(v, HIGHEST), MARGIN) >= gain(b, sp.Min(b, HIGHEST), MARGIN),
        ),
        Twin("each pays the own bid", statement=gain(v, v, MARGIN) >= gain(b, b, MARGIN)),
    ],
    source=VICKREY,
    not_shown="bidders who want several units (there truth is not dominant); other numbers",
    sampler=_with_ties((v, b, *RIVALS)),
    numeric=lambda values: truthful_in(values, RIVALS, 2),
    method="provers",
)

(rival,) = reals("r")
SHADING = Claim(
    id="mechanisms.first-price.shading",
    title="In a first-price auction the value as bid earns nothing, and no bid below it earns less.",
    assumptions=[*TIES, b <= v],
    statement=sp.And(sp.Eq(gain(v, v, rival), 0), gain(b, b, rival) >= gain(v, v, rival)),
    twins=[
        Twin("every lower bid earns more", adding=[b < v], statement=gain(b, b, rival) > gain(v, v, rival)),
        Twin("so does a higher bid", without=[b <= v]),
        Twin("lower is better", adding=[b < v], statement=gain(b, b, rival) >= gain((b + v) / 2, (b + v) / 2, rival)),
    ],
    source=VICKREY,
    not_shown="how much to shade, which depends on beliefs about the rival",
    sampler=lambda rng: {
        **(drawn := _with_ties((v, rival))(rng)),
        b: sp.Integer(rng.randint(0, int(drawn[v]))),
    },
    numeric=lambda values: _first_price_gain_agrees(values),
)


def _first_price_gain_agrees(values):
    """The library's winning share and payment give the same gain, where a tie is won with probability 1/2."""
    auction = auction_at(values, [rival], payment="first price")
    own, offered, other = fractions(values, (v, b, rival))
    bids = [auction.bids.index(offered), auction.bids.index(other)]
    shares, paid = auction.shares_and_payments(bids)
    expected = evaluate(gain(b, b, rival), {**values, t: sp.Rational(1, 2)})
    return own * shares[0] - paid[0] == Fraction(int(expected.p), int(expected.q))


# -- reserve prices --------------------------------------------------------------------------------------------------

(reserve,) = reals("reserve")
HALF = sp.Rational(1, 2)


def virtual_surplus(bidders, price):
    """∫ from the reserve to 1 of (2z − 1) d(z^n): what is sold to, uniform values on [0, 1]."""
    n = sp.Integer(bidders)
    return 2 * n / (n + 1) * (1 - price ** (n + 1)) - (1 - price**n)


def payments(bidders, price):
    """Expected payments of n bidders in a second-price auction: the reserve, or the second highest value above it."""
    (z,) = reals("z")
    n = sp.Integer(bidders)
    second = 0 if bidders == 1 else sp.integrate(sp.expand(z * n * (n - 1) * z ** (n - 2) * (1 - z)), (z, price, 1))
    return sp.expand(price * n * price ** (n - 1) * (1 - price) + second)


def best_reserve(bidders):
    inside = sp.roots(sp.Poly(sp.diff(payments(bidders, reserve), reserve), reserve))
    (found,) = [root for root in inside if 0 < root < 1]
    return found


def uniform_reserve(bidders):
    revenue, best = virtual_surplus(bidders, reserve), virtual_surplus(bidders, HALF)
    return Claim(
        id=f"mechanisms.reserve.uniform.{bidders}-bidders",
        title="Values uniform on [0, 1]: the reserve price of highest revenue is 1/2, however many bid, and no other is.",
        assumptions=[reserve >= 0, reserve <= 1],
        statement=sp.And(revenue <= best, sp.Equivalent(sp.Eq(revenue, best), sp.Eq(reserve, HALF))),
        threshold=HALF,
        derivation=lambda: best_reserve(bidders),
        twins=[
            Twin("no reserve at all is as good", statement=revenue <= virtual_surplus(bidders, sp.Integer(0))),
            Twin("the reserve 2/3 is as good", statement=revenue <= virtual_surplus(bidders, sp.Rational(2, 3))),
        ],
        source=MYERSON,
        not_shown="that a second-price auction with a reserve is optimal among all mechanisms; other numbers of bidders",
        sampler=slack_sampler({}, unit=[reserve]),
    )


RESERVES = [uniform_reserve(bidders) for bidders in (1, 2, 3, 4)]

# -- two types: no mechanism earns more -------------------------------------------------------------------------------

low, high, q = reals("low high q")
xl, xh, tl, th, u, gap = reals("xl xh tl th u gap")
TYPES = [low > 0, high > low, q > 0, q < 1]
PROBABILITIES = [xl >= 0, xl <= 1, xh >= 0, xh <= 1]
LOW_TAKES_PART = low * xl - tl >= 0
HIGH_REPORTS = high * xh - th >= high * xl - tl
REVENUE = (1 - q) * tl + q * th


def single_item(values, buyers):
    *worth, chance = fractions(values, (low, high, q))
    return Environment.single_item([worth] * buyers, priors=[[1 - chance, chance]] * buyers)


ONE_BUYER = Claim(
    id="mechanisms.optimal.one-buyer-two-types",
    title="Selling to one buyer worth low or high: no mechanism, lotteries included, earns more than the better posted price.",
    assumptions=[*TYPES, *PROBABILITIES, LOW_TAKES_PART, HIGH_REPORTS],
    statement=REVENUE <= sp.Max(low, q * high),
    twins=[
        Twin("the high type may be told apart", without=[HIGH_REPORTS], adding=[high * xh - th >= 0]),
        Twin("the low type must take part at a loss", without=[LOW_TAKES_PART]),
        Twin("the price low is always best", statement=REVENUE <= low),
        Twin("the price high is always best", statement=REVENUE <= q * high),
    ],
    source=MYERSON + "; Riley and Zeckhauser, Quarterly J. Economics 98 (1983)",
    not_shown="more than two types",
    sampler=slack_sampler(
        {high: low + gap, xh: xl + u * (1 - xl), tl: low * xl, th: high * xh - (high - low) * xl},
        positive=[low, gap],
        unit=[q, xl, u],
    ),
    numeric=lambda values: _one_buyer_agrees(values),
)


def _one_buyer_agrees(values):
    return optimal_revenue(single_item(values, 1)) == max(number(values, low), number(values, q) * number(values, high))


BORDER_HIGH = q * xh <= (1 - (1 - q) ** 2) / 2
BORDER_BOTH = (1 - q) * xl + q * xh <= HALF
VIRTUAL = low - (high - low) * q / (1 - q)
TWO_BUYERS_REVENUE = q * (2 - q) * high + (1 - q) ** 2 * sp.Max(0, VIRTUAL)
TWO_BUYERS = Claim(
    id="mechanisms.optimal.two-buyers-two-types",
    title="Two buyers with two types: revenue is at most the expected highest positive virtual value.",
    assumptions=[*TYPES, xl >= 0, xh >= 0, BORDER_HIGH, BORDER_BOTH, LOW_TAKES_PART, HIGH_REPORTS],
    statement=2 * REVENUE <= TWO_BUYERS_REVENUE,
    twins=[
        Twin("without Border's condition for the high type", without=[BORDER_HIGH]),
        Twin("the low type is never worth selling to", statement=2 * REVENUE <= q * (2 - q) * high),
        Twin("the low type may be forced", without=[LOW_TAKES_PART]),
    ],
    source=MYERSON,
    not_shown="asymmetric rules (by averaging over the buyers' names nothing is lost); more types or buyers",
    sampler=slack_sampler(
        {
            high: low + gap,
            xh: u * (1 - q / 2),
            xl: reals("w")[0] * (1 - q) / 2,
            tl: low * xl,
            th: high * xh - (high - low) * xl,
        },
        positive=[low, gap],
        unit=[q, u, reals("w")[0]],
    ),
    numeric=lambda values: (
        optimal_revenue(single_item(values, 2)) == number(values, evaluate(TWO_BUYERS_REVENUE, values))
    ),
)


@proves(*SECOND_PRICE)
def prove_second_price_is_truthful(obligation):
    """Theorem: bidding one's value is dominant in a second-price auction, ties broken with any probability.

    Source: Vickrey (1961). Not shown: more rivals. Twins: first and third price, with models; no strictness.
    """
    found = obligation.check()
    if found.name.endswith("first price"):
        model = found.model
        assert model[b] != model[v]  # a lie that pays


@proves(TWO_UNITS)
def prove_highest_losing_bid_is_truthful(obligation):
    """Theorem: with two units at the highest losing bid truth is dominant; at the lowest winning bid it is not (twin)."""
    obligation.check()


@proves(SHADING)
def prove_first_price_bids_are_shaded(obligation):
    """Theorem: in a first-price auction the value as bid is weakly dominated by every lower bid."""
    obligation.check()


@proves(*RESERVES)
def prove_optimal_reserve_is_a_half(obligation):
    """Theorem: with n ≤ 4 values uniform on [0, 1] the reserve 1/2 alone maximises the revenue of a second-price auction.

    Source: Myerson (1981). Not shown: optimality among all mechanisms. Derived by sympy from the expected payments.
    """
    obligation.check()


@proves(ONE_BUYER)
def prove_posted_prices_are_optimal_for_two_types(obligation):
    """Theorem: revenue from one buyer with two types is at most max(low, q · high), by any mechanism with lotteries."""
    obligation.check()


@proves(TWO_BUYERS)
def prove_optimal_revenue_from_two_buyers(obligation):
    """Theorem: revenue from two alike buyers with two types is at most the expected highest positive virtual value.

    Assumptions: interim incentive and participation constraints, Border's inequalities. Not shown: asymmetric rules.
    """
    obligation.check()


def prove_revenue_is_virtual_surplus():
    """Payments integrated by sympy equal the virtual surplus, n ≤ 4; on the grid k/m, m even, the library's reserve is 1/2.

    Not shown: nothing new is proved; this ties the polynomials to payments, and to the library's discrete virtual values.
    """
    for bidders in (1, 2, 3, 4):
        assert sp.expand(virtual_surplus(bidders, reserve) - payments(bidders, reserve)) == 0
    for m in (2, 4, 10):
        assert reserve_price([Fraction(k, m) for k in range(1, m + 1)], [Fraction(1, m)] * m) == Fraction(1, 2)
