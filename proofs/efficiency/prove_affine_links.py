"""Price of anarchy of selfish routing with affine costs: 4/3, for all costs and flows.

Traffic splits over links. Link e with flow x_e costs each user c_e(x_e) = a_e x_e + b_e, a_e, b_e ≥ 0; the social cost of a
flow is C(x) = Σ_e x_e c_e(x_e). In an equilibrium x nobody prefers another link, so that against every other flow y

    Σ_e c_e(x_e) (x_e − y_e) ≤ 0                                    (variational inequality).

The lemma xy ≤ x²/4 + y² bounds what y would cost at the prices of x by C(x)/4 + C(y), whatever the number of links.
"""

from __future__ import annotations

import random
from fractions import Fraction

import sympy as sp
from drawn import fractions
from theorems import proves

from gametheory.symbolic import Claim, Induction, Lemma, Twin, evaluate, reals, slack_sampler

ROUGHGARDEN = "Roughgarden and Tardos, How bad is selfish routing?, J. ACM 49 (2002)"
x, y = reals("x y")
X, V, Y = reals("X V Y")  # C(x); Σ y_e c_e(x_e), what y costs at the prices of x; C(y)

LEMMA = Claim(
    id="efficiency.affine.lemma",
    title="xy ≤ x²/4 + y² for all real x and y.",
    assumptions=[],
    statement=x * y <= x**2 / 4 + y**2,
    twins=[
        Twin("with 1/5 in place of 1/4", statement=x * y <= x**2 / 5 + y**2),
        Twin("strictly", statement=x * y < x**2 / 4 + y**2),
    ],
    source=ROUGHGARDEN + ", Lemma 4.4; Correa, Schulz and Stier-Moses, Math. Oper. Res. 29 (2004)",
    not_shown="nothing",
)


def links(count):
    """Slopes, intercepts, equilibrium flow, another flow."""
    return [reals(" ".join(f"{name}{e}" for e in range(count))) for name in "abxy"]


def cost(slopes, intercepts, flow):
    return sum(f * (a * f + b) for a, b, f in zip(slopes, intercepts, flow, strict=True))


def prices(slopes, intercepts, flow):
    return [a * f + b for a, b, f in zip(slopes, intercepts, flow, strict=True)]


def two_links():
    a, b, flow, other = links(2)
    price = prices(a, b, flow)
    signs = [*(v >= 0 for v in (*a, *b, *flow, *other))]
    used_links_are_cheapest = [
        sp.Implies(flow[0] > 0, price[0] <= price[1]),
        sp.Implies(flow[1] > 0, price[1] <= price[0]),
    ]
    bound = 3 * cost(a, b, flow) <= 4 * cost(a, b, other)
    return Claim(
        id="efficiency.affine.two-links",
        title="Two links with affine costs: equilibrium costs at most 4/3 of any other flow of the same traffic.",
        assumptions=[*signs, sp.Eq(sum(flow), sum(other)), *used_links_are_cheapest],
        statement=bound,
        twins=[
            Twin("5/4 in place of 4/3", statement=4 * cost(a, b, flow) <= 5 * cost(a, b, other)),
            Twin("flows need not be in equilibrium", without=used_links_are_cheapest),
            Twin("costs may fall with traffic", without=signs[:2]),
        ],
        source=ROUGHGARDEN + ", Theorem 4.5",
        not_shown="that an equilibrium exists; more links (see efficiency.affine.three-links and .any-number)",
        sampler=slack_sampler(
            {  # the first price is at most the second: either both are equal, or all traffic uses the first link
                flow[0]: sum(other),
                flow[1]: sp.Integer(0),
                b[1]: a[0] * sum(other) + b[0] + reals("gap")[0],
            },
            positive=[*a, b[0], *other, reals("gap")[0]],
        ),
        numeric=lambda values: _costs_agree(values, a, b, flow, other),
    )


def _costs_agree(values, a, b, flow, other):
    slopes, intercepts, f, g = (fractions(values, part) for part in (a, b, flow, other))
    best = _cheapest_split(slopes, intercepts, sum(f))
    return cost(slopes, intercepts, f) * 3 <= 4 * best <= 4 * cost(slopes, intercepts, g)


def _cheapest_split(a, b, traffic):
    """The smallest social cost over two links, from the quadratic's vertex."""
    bottom = 2 * (a[0] + a[1])
    vertex = (b[1] - b[0] + 2 * a[1] * traffic) / bottom if bottom else Fraction(0)
    splits = {Fraction(0), traffic, min(max(vertex, Fraction(0)), traffic)}
    return min(cost(a, b, (first, traffic - first)) for first in splits)


def three_links():
    a, b, flow, other = links(3)
    price = prices(a, b, flow)
    signs = [v >= 0 for v in (*a, *b, *flow, *other)]
    equilibrium = sum(p * (f - g) for p, f, g in zip(price, flow, other, strict=True)) <= 0
    return Claim(
        id="efficiency.affine.three-links",
        title="Three links with affine costs: equilibrium costs at most 4/3 of any other flow.",
        assumptions=[*signs, equilibrium],
        statement=3 * cost(a, b, flow) <= 4 * cost(a, b, other),
        twins=[
            Twin("without the variational inequality", without=[equilibrium]),
            Twin("5/4 in place of 4/3", statement=4 * cost(a, b, flow) <= 5 * cost(a, b, other)),
        ],
        source=ROUGHGARDEN + ", Theorem 4.5",
        not_shown="that an equilibrium satisfies the variational inequality (efficiency.affine.equilibrium.3 shows it)",
        lemmas=[Lemma(LEMMA, {x: f, y: g}) for f, g in zip(flow, other, strict=True)],
    )


def variational_inequality(count):
    """Used links are cheapest ⇒ no flow of the same traffic is cheaper at these prices."""
    price = reals(" ".join(f"c{e}" for e in range(count)))
    _, _, flow, other = links(count)
    cheapest = [
        sp.Implies(flow[e] > 0, price[e] <= price[f]) for e in range(count) for f in range(count) if e != f
    ]
    same = sp.Eq(sum(flow), sum(other))
    return Claim(
        id=f"efficiency.affine.equilibrium.{count}",
        title=f"If used links are cheapest ({count} links), no flow of the same traffic is cheaper at these prices.",
        assumptions=[*(v >= 0 for v in (*flow, *other)), same, *cheapest],
        statement=sum(p * (f - g) for p, f, g in zip(price, flow, other, strict=True)) <= 0,
        twins=[
            Twin("a used link may be dearer", without=cheapest[:1]),
            Twin("another amount of traffic", without=[same]),
        ],
        source="Smith, Transportation Research B 13 (1979); Dafermos, Transportation Science 14 (1980)",
        not_shown="networks of paths, where a used path is cheapest; the argument is the same",
    )


slope, intercept = reals("a b")
ADDED = (x * (slope * x + intercept), y * (slope * x + intercept), y * (slope * y + intercept))
HYPOTHESIS = V <= X / 4 + Y

ANY_NUMBER = Claim(
    id="efficiency.affine.any-number",
    title="For any number of affine links Σ y c(x) ≤ C(x)/4 + C(y).",
    assumptions=[slope >= 0, intercept >= 0, x >= 0, y >= 0],
    statement=Induction(
        base=HYPOTHESIS,
        base_given=[sp.Eq(X, 0), sp.Eq(V, 0), sp.Eq(Y, 0)],  # no link yet
        step=V + ADDED[1] <= (X + ADDED[0]) / 4 + Y + ADDED[2],
        step_given=[HYPOTHESIS],
    ),
    twins=[
        Twin("the added link's cost falls with traffic", part="step", without=[slope >= 0]),
        Twin("without the induction hypothesis", part="step", without=[HYPOTHESIS]),
    ],
    source=ROUGHGARDEN + ", proof of Theorem 4.5",
    not_shown="the principle of induction over the set of links",
    lemmas=[Lemma(LEMMA)],
)

CONCLUSION = Claim(
    id="efficiency.affine.four-thirds",
    title="Σ y c(x) ≤ C(x)/4 + C(y) and the variational inequality give C(x) ≤ 4/3 C(y): affine price of anarchy.",
    assumptions=[X >= 0, Y >= 0, X <= V, HYPOTHESIS],
    statement=3 * X <= 4 * Y,
    twins=[
        Twin("without the variational inequality", without=[X <= V]),
        Twin("5/4 in place of 4/3", statement=4 * X <= 5 * Y),
    ],
    source=ROUGHGARDEN + ", Theorem 4.5",
    not_shown="X = C(x), V = Σ y c(x), Y = C(y), by efficiency.affine.any-number and .equilibrium",
)

share = reals("share")[0]
PIGOU = Claim(
    id="efficiency.affine.pigou-is-tight",
    title="Pigou's links with costs 1 and x: the equilibrium costs 1, the best split 3/4, so that 4/3 is attained.",
    assumptions=[share >= 0, share <= 1],
    statement=sp.And(
        share**2 + (1 - share) >= sp.Rational(3, 4),
        sp.Equivalent(sp.Eq(share**2 + (1 - share), sp.Rational(3, 4)), sp.Eq(share, sp.Rational(1, 2))),
    ),
    twins=[Twin("a split that costs less", statement=share**2 + (1 - share) >= sp.Rational(4, 5))],
    source="Pigou, The Economics of Welfare (1920); " + ROUGHGARDEN + ", Figure 1",
    not_shown="nothing: all traffic on the second link costs 1 each, no more than the first",
    sampler=slack_sampler({}, unit=[share]),
)

def marginal_cost_tolls():
    a, b, flow, other = links(2)
    tolled = [2 * s * f + i for s, i, f in zip(a, b, flow, strict=True)]
    signs = [v >= 0 for v in (*a, *b, *flow, *other)]
    cheapest = [
        sp.Implies(flow[0] > 0, tolled[0] <= tolled[1]),
        sp.Implies(flow[1] > 0, tolled[1] <= tolled[0]),
    ]
    untolled = prices(a, b, flow)
    return Claim(
        id="efficiency.affine.marginal-cost-tolls",
        title="Two affine links with tolls a_e x_e: the equilibrium under tolls has the least social cost.",
        assumptions=[*signs, sp.Eq(sum(flow), sum(other)), *cheapest],
        statement=cost(a, b, flow) <= cost(a, b, other),
        twins=[
            Twin(
                "without tolls",
                without=cheapest,
                adding=[
                    sp.Implies(flow[0] > 0, untolled[0] <= untolled[1]),
                    sp.Implies(flow[1] > 0, untolled[1] <= untolled[0]),
                ],
            )
        ],
        source="Pigou (1920); Beckmann, McGuire and Winsten, Studies in the Economics of Transportation (1956)",
        not_shown="more links; tolls are refunded, or not counted as a cost",
    )


TWO_LINKS = two_links()
THREE_LINKS = three_links()
EQUILIBRIUM = [variational_inequality(count) for count in (2, 3)]
MARGINAL = marginal_cost_tolls()


@proves(LEMMA)
def prove_affine_lemma(obligation):
    """Theorem: xy ≤ x²/4 + y², because (x/2 − y)² ≥ 0. Source: Roughgarden and Tardos (2002). Not shown: nothing."""
    obligation.check()


@proves(TWO_LINKS)
def prove_price_of_anarchy_of_two_links(obligation):
    """Theorem: on two links with affine costs the equilibrium costs at most 4/3 of the optimum, straight from its definition.

    Assumptions: a, b ≥ 0; used links are cheapest. Source: Roughgarden and Tardos (2002), Theorem 4.5.
    Not shown: existence of equilibrium; networks.
    """
    obligation.check()


@proves(THREE_LINKS)
def prove_price_of_anarchy_of_three_links(obligation):
    """Theorem: the same on three links, by the lemma cited at each of them. Not shown: more links (the induction)."""
    obligation.check()


@proves(*EQUILIBRIUM)
def prove_equilibrium_is_variational(obligation):
    """Theorem: where used links are cheapest, the variational inequality holds against every flow of the same traffic.

    Source: Smith (1979). Not shown: other numbers of links.
    """
    obligation.check()


@proves(ANY_NUMBER)
def prove_smoothness_of_any_number_of_links(obligation):
    """Theorem: Σ y_e c_e(x_e) ≤ C(x)/4 + C(y) for any number of links (or edges), by adding them one by one.

    Assumptions: a, b, x, y ≥ 0 on the added link. Not shown: the principle of induction.
    """
    obligation.check()


@proves(CONCLUSION)
def prove_price_of_anarchy_is_four_thirds(obligation):
    """Theorem: hence C(x) ≤ 4/3 C(y) for every equilibrium x and flow y, on any number of links or edges."""
    obligation.check()


@proves(PIGOU)
def prove_pigou_is_tight(obligation):
    """Theorem: the bound 4/3 is attained: costs 1 and x, equilibrium 1, optimum 3/4 at an even split only."""
    obligation.check()


@proves(MARGINAL)
def prove_marginal_cost_tolls_restore_the_optimum(obligation):
    """Theorem: on two affine links tolls equal to what a user costs the others make the equilibrium optimal.

    Source: Pigou (1920). Not shown: more links. Twin: without tolls it is not.
    """
    obligation.check()


def prove_two_link_equilibria_in_fractions():
    """In plain fractions: equilibria of 300 pairs of links, found from their definition, satisfy the bound and the symbols.

    Not shown: nothing new is proved; this ties the symbols to the definition of equilibrium, interior splits included.
    """
    rng = random.Random(4)
    a, b, flow, other = links(2)
    claim, interior = TWO_LINKS, 0
    for _ in range(300):
        s, i = ([Fraction(rng.randint(0, 4)) for _ in "12"] for _ in "ab")
        traffic = Fraction(rng.randint(1, 4), rng.randint(1, 3))
        if sum(s):
            first = min(max((i[1] - i[0] + s[1] * traffic) / sum(s), Fraction(0)), traffic)
        else:
            first = traffic if i[0] <= i[1] else Fraction(0)
        interior += 0 < first < traffic
        split = Fraction(rng.randint(0, 6), 6) * traffic
        values = {
            symbol: sp.Rational(v.numerator, v.denominator)
            for symbol, v in zip(
                (*a, *b, *flow, *other), (*s, *i, first, traffic - first, split, traffic - split), strict=True
            )
        }
        assert all(evaluate(assumption, values) for assumption in claim.assumptions)
        assert evaluate(claim.statement, values)
        assert cost(s, i, (first, traffic - first)) * 3 <= 4 * _cheapest_split(s, i, traffic)
    assert interior > 50
