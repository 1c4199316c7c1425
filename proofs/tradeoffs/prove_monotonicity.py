"""What a trade-off curve must look like: more budget, more privacy, more powerful coalitions, for all parameters.

A linear programme max {c·x : a_j·x ≤ b_j, x ≥ 0} has the value v(b). Three statements about two points of it carry all:
feasible points mix (v is concave in b), stay feasible when b rises (v never falls), and multipliers y ≥ 0 with yᵀA ≥ c bound
every feasible x by y·b (the shadow price y is a supergradient). Here with two columns and two rows, entries of any sign.

Detection is measured by total variation Σ_i |p_i − q_i|/2, the most by which detections can exceed false alarms.
"""

from __future__ import annotations

from fractions import Fraction

import sympy as sp
from theorems import proves

from gametheory.collusion import Cartel, cartel_discount
from gametheory.equilibria import team_maxmin, team_maxmin_correlated
from gametheory.games import NormalFormGame
from gametheory.information import total_variation
from gametheory.symbolic import Claim, Lemma, Twin, reals, slack_sampler

A = [reals("a00 a01"), reals("a10 a11")]
X, Y = reals("x0 x1"), reals("y0 y1")
B, C, N = reals("b0 b1"), reals("c0 c1"), reals("n0 n1")
PRICES = reals("u0 u1")
weight, G, q, r, s, t, u = reals("weight G q r s t u")
MIX = [weight >= 0, weight <= 1]


def feasible(point, budget):
    return [*(x >= 0 for x in point), *(_dot(row, point) <= b for row, b in zip(A, budget, strict=True))]


def _dot(left, right):
    return sum(x * y for x, y in zip(left, right, strict=True))


def mixed(first, second):
    return [weight * x + (1 - weight) * y for x, y in zip(first, second, strict=True)]


LP = "Boyd and Vandenberghe, Convex Optimization (2004), sections 5.6 and 3.2"

CONCAVE = Claim(
    id="tradeoffs.budget.concave",
    title="A mixture of plans is feasible for the mixed budget and worth the mixed value: the value is concave in budgets.",
    assumptions=[*MIX, *feasible(X, B), *feasible(Y, N)],
    statement=sp.And(
        *feasible(mixed(X, Y), mixed(B, N)),
        sp.Eq(_dot(C, mixed(X, Y)), weight * _dot(C, X) + (1 - weight) * _dot(C, Y)),
    ),
    twins=[
        Twin("a mixture of whole plans is feasible for either budget", statement=sp.And(*feasible(mixed(X, Y), B))),
        Twin("weights above 1", without=[weight <= 1]),
    ],
    source=LP,
    not_shown="other numbers of rows and columns (the same sums); that an optimum is attained",
)

MORE = Claim(
    id="tradeoffs.budget.monotone",
    title="A larger budget never hurts: what is feasible stays feasible.",
    assumptions=[*feasible(X, B), *(n >= b for n, b in zip(N, B, strict=True))],
    statement=sp.And(*feasible(X, N)),
    twins=[Twin("also if one of the budgets falls", without=[N[1] >= B[1]])],
    source=LP,
    not_shown="other numbers of rows and columns",
)

SHADOW = Claim(
    id="tradeoffs.budget.shadow-price",
    title="Multipliers that are optimal at one budget bound the value at every other: v(n) ≤ v(b) + u·(n − b).",
    assumptions=[
        *feasible(X, B),
        *(price >= 0 for price in PRICES),
        *(PRICES[0] * A[0][k] + PRICES[1] * A[1][k] >= C[k] for k in (0, 1)),
        sp.Eq(_dot(C, X), _dot(PRICES, B)),
        *feasible(Y, N),
    ],
    statement=_dot(C, Y) <= _dot(C, X) + _dot(PRICES, [n - b for n, b in zip(N, B, strict=True)]),
    twins=[
        Twin("prices below the marginal value", without=[PRICES[0] * A[0][0] + PRICES[1] * A[1][0] >= C[0]]),
        Twin(
            "a plan that is not optimal",
            without=[sp.Eq(_dot(C, X), _dot(PRICES, B))],
            statement=_dot(C, Y) <= _dot(C, X) + _dot(PRICES, [n - b for n, b in zip(N, B, strict=True)]),
        ),
    ],
    source=LP,
    not_shown="that such multipliers exist (strong duality)",
)

FALLING_PRICES = Claim(
    id="tradeoffs.budget.falling-prices",
    title="The price of budget falls as budget rises: supergradients u at b and t at n satisfy (t − u)(n − b) ≤ 0.",
    assumptions=[s <= r + u * (q - G), r <= s + t * (G - q)],  # v(b) = r at b = G, v(n) = s at n = q
    statement=(t - u) * (q - G) <= 0,
    twins=[
        Twin("strictly where budgets differ", adding=[q > G], statement=t < u),
        Twin("by the bound at one budget alone", without=[r <= s + t * (G - q)]),
    ],
    source="Rockafellar, Convex Analysis (1970), section 24",
    not_shown="nothing",
)


def kernel(rows, columns):
    """A stochastic matrix: what each output is turned into."""
    return [reals(" ".join(f"k{i}{j}" for j in range(columns))) for i in range(rows)]


def variation(p, q):
    return sum(sp.Abs(x - y) for x, y in zip(p, q, strict=True)) / 2


def garbling(rows, columns):
    """Less is told apart after any computation on the output."""
    P, Q = (reals(" ".join(f"{letter}{i}" for i in range(rows))) for letter in ("p", "q"))
    table = kernel(rows, columns)
    after = [[_dot([table[i][j] for i in range(rows)], law) for j in range(columns)] for law in (P, Q)]
    weights = [entry >= 0 for row in table for entry in row]
    return Claim(
        id=f"tradeoffs.privacy.garbling.{rows}-{columns}",
        title=f"Turning {rows} outputs at random into {columns} never helps detection: total variation does not rise.",
        assumptions=[*weights, *(sp.Eq(sum(row), 1) for row in table)],
        statement=variation(*after) <= variation(P, Q),
        twins=[
            Twin("a computation that is none: rows above 1", without=[sp.Eq(sum(table[0]), 1)]),
            Twin(
                "every computation loses something", adding=[P[0] > Q[0]], statement=variation(*after) < variation(P, Q)
            ),
        ],
        source="Blackwell, Equivalent comparisons of experiments, Ann. Math. Statist. 24 (1953)",
        not_shown="other sizes",
        sampler=garbling_draw(P, Q, table),
        numeric=lambda v: (
            total_variation(
                *(
                    [_dot([v[table[i][j]] for i in range(rows)], [v[x] for x in law]) for j in range(columns)]
                    for law in (P, Q)
                )
            )
            <= total_variation([v[x] for x in P], [v[x] for x in Q])
        ),
    )


def garbling_draw(P, Q, table):
    def draw(rng):
        values = {}
        for row in (P, Q, *table):
            parts = [rng.randint(0, 6) for _ in row[1:]]
            whole = sum(parts) + rng.randint(1, 6)
            values |= dict(zip(row[1:], (sp.Rational(part, whole) for part in parts), strict=True))
            values[row[0]] = 1 - sum(values[x] for x in row[1:])
        return values

    return draw


GARBLING = [garbling(2, 2), garbling(3, 2)]

gains = reals("g0 g1 g2")
deposits = reals("d0 d1 d2")
pair_gains = reals("g01 g02 g12")
SINGLES = [q * d >= g for d, g in zip(deposits, gains, strict=True)]
PAIRS = [
    q * (deposits[0] + deposits[1]) >= pair_gains[0],
    q * (deposits[0] + deposits[2]) >= pair_gains[1],
    q * (deposits[1] + deposits[2]) >= pair_gains[2],
]
CHEAPEST_ALONE = sum(sp.Max(0, g) for g in gains) / q
CHEAPEST_PAIRS = sum(pair_gains) / (2 * q)
FAMILY = Claim(
    id="tradeoffs.coalitions.larger-family",
    title="Deterring pairs besides single agents never costs less: any deposits that do total at least what singles need.",
    assumptions=[q > 0, q <= 1, *(d >= 0 for d in deposits), *SINGLES, *PAIRS],
    statement=sum(deposits) >= sp.Max(CHEAPEST_ALONE, CHEAPEST_PAIRS),
    twins=[
        Twin("pairs alone", without=SINGLES),
        Twin("singles alone", without=PAIRS),
        Twin(
            "what both need, added",
            adding=[*(g >= 0 for g in (*gains, *pair_gains))],
            statement=sum(deposits) >= CHEAPEST_ALONE + CHEAPEST_PAIRS,
        ),
    ],
    source="derived here; coalitions with side payments",
    not_shown="other numbers of agents",
)

SUPERADDITIVE = Claim(
    id="tradeoffs.coalitions.additive-gains",
    title="If pairs gain no more than their members do alone, deterring single agents deters pairs, at no extra cost.",
    assumptions=[
        q > 0,
        q <= 1,
        *(d >= 0 for d in deposits),
        *SINGLES,
        pair_gains[0] <= gains[0] + gains[1],
        pair_gains[1] <= gains[0] + gains[2],
        pair_gains[2] <= gains[1] + gains[2],
    ],
    statement=sp.And(*PAIRS),
    twins=[Twin("where a pair gains more", without=[pair_gains[0] <= gains[0] + gains[1]])],
    source="derived here",
    not_shown="other numbers of agents",
)

# Two agents and an adversary: the team earns 1 if both choose what the adversary chooses, of two actions.
a, b, p11, p22 = reals("a b p11 p22")
TEAM = sp.Min(a * b, (1 - a) * (1 - b))
JOINT = sp.Min(p11, p22)
PLAY = [a >= 0, a <= 1, b >= 0, b <= 1]
CORRELATED = [p11 >= 0, p22 >= 0, p11 + p22 <= 1]

INDEPENDENT = Claim(
    id="tradeoffs.secrecy.independent",
    title="Two agents who draw independently match an adversary's choice of two with probability at most 1/4.",
    assumptions=PLAY,
    statement=TEAM <= sp.Rational(1, 4),
    twins=[
        Twin("strictly less", statement=TEAM < sp.Rational(1, 4)),
        Twin("against a known choice", statement=a * b <= sp.Rational(1, 4)),
    ],
    source="Basilico, Celli, De Nittis and Gatti, Team-maxmin equilibrium, AAAI 2017, for the gap",
    not_shown="other numbers of agents and actions",
    sampler=slack_sampler({}, unit=[a, b]),
)

TOGETHER = Claim(
    id="tradeoffs.secrecy.correlated",
    title="With a shared secret bit per round they match with probability at most 1/2.",
    assumptions=CORRELATED,
    statement=JOINT <= sp.Rational(1, 2),
    twins=[Twin("no better than apart", statement=JOINT <= sp.Rational(1, 4))],
    source="Basilico et al. (2017)",
    not_shown="other numbers of agents and actions",
    sampler=slack_sampler({p22: (1 - p11) * s}, unit=[p11, s]),
)

LINE = Claim(
    id="tradeoffs.secrecy.price-per-bit",
    title="Sharing a secret bit in a share r of the rounds guarantees at most (1 + r)/4: a constant 1/4 per bit.",
    assumptions=[*PLAY, *CORRELATED, r >= 0, r <= 1],
    statement=r * JOINT + (1 - r) * TEAM <= (1 + r) / 4,
    lemmas=[Lemma(INDEPENDENT), Lemma(TOGETHER)],
    twins=[
        Twin(
            "against an adversary who cannot tell the rounds apart",
            statement=sp.Min(r * p11 + (1 - r) * a * b, r * p22 + (1 - r) * (1 - a) * (1 - b)) <= (1 + r) / 4,
        ),
        Twin("at half the price", statement=r * JOINT + (1 - r) * TEAM <= (1 + r / 2) / 4),
    ],
    source="derived here; the question is that of Gossner and Tomala, Math. Oper. Res. 32 (2007)",
    not_shown="secrets of less than a bit in a round, for which entropies are needed",
    sampler=slack_sampler({p22: (1 - p11) * s}, unit=[p11, s, a, b, r]),
)

HALVES = [sp.Eq(share, sp.Rational(1, 2)) for share in (a, b, p11, p22)]
CONSTANT = Claim(
    id="tradeoffs.secrecy.attained",
    title="The line (1 + r)/4 is attained at every r, so that every bit is worth as much as the first.",
    assumptions=[r >= 0, r <= 1, *HALVES],
    statement=sp.Eq(r * JOINT + (1 - r) * TEAM, (1 + r) / 4),
    twins=[
        Twin(
            "by the same choice in every round",
            without=HALVES,
            adding=[sp.Eq(p11, 1), sp.Eq(p22, 0), sp.Eq(a, 1), sp.Eq(b, 1)],
        )
    ],
    source="derived here",
    not_shown="nothing",
    sampler=slack_sampler({share: sp.Rational(1, 2) for share in (a, b, p11, p22)}, unit=[r]),
)

c, d, p, f, delta = reals("c d p f delta")  # cooperating, deviating, being punished; a fine
PATIENCE = (d - c) / (d - p)


def sustained(agreed, deviating, punished):
    return agreed / (1 - delta) >= deviating + delta * punished / (1 - delta)


FALSE_ALARMS = Claim(
    id="tradeoffs.suspicion.cooperation",
    title="Fines that hit cooperators, deviators and the punished alike leave the patience of reciprocity as it was.",
    assumptions=[d > p, delta >= 0, delta < 1],
    statement=sp.Equivalent(sustained(c - f, d - f, p - f), delta >= PATIENCE),
    twins=[
        Twin(
            "fines on cooperators alone",
            adding=[c > p, d > c, f > 0],
            statement=sp.Equivalent(sustained(c - f, d, p), delta >= PATIENCE),
        )
    ],
    source="derived here from Friedman (1971)",
    not_shown="the one-shot deviation principle",
    sampler=slack_sampler({c: p + s, d: p + s + t}, free=[p], positive=[s, t, f], unit=[delta]),
    numeric=lambda v: (
        cartel_discount(Cartel(v[c] - v[f], v[d] - v[f], v[p] - v[f], size=2)).discount == (v[d] - v[c]) / (v[d] - v[p])
    ),
)

SUSPICION = Claim(
    id="tradeoffs.suspicion.punishing-cooperators",
    title="A fine f on cooperation alone raises the patience that it needs by exactly f/(d − p), to 1 or more iff f ≥ c − p.",
    assumptions=[d > c, c > p, f >= 0, delta >= 0, delta < 1],
    statement=sp.And(
        sp.Equivalent(sustained(c - f, d, p), delta >= PATIENCE + f / (d - p)),
        sp.Equivalent(PATIENCE + f / (d - p) >= 1, f >= c - p),
    ),
    twins=[Twin("at no cost", statement=sp.Equivalent(sustained(c - f, d, p), delta >= PATIENCE))],
    source="derived here from Friedman (1971)",
    not_shown="the one-shot deviation principle",
    sampler=slack_sampler({c: p + s, d: p + s + t}, free=[p], positive=[s, t, f], unit=[delta]),
    numeric=lambda v: (
        (found := cartel_discount(Cartel(v[c] - v[f], v[d], v[p], size=2))).sustainable == bool(v[f] < v[c] - v[p])
        and (not found.sustainable or found.discount == (v[d] - v[c] + v[f]) / (v[d] - v[p]))
    ),
)


@proves(CONCAVE, MORE, SHADOW, FALLING_PRICES)
def prove_budgets(obligation):
    """Theorem: the value of a budget is concave, never falls, has the shadow price as supergradient; prices fall.

    Assumptions: a linear programme with two rows and columns. Reference: Boyd and Vandenberghe (2004). Not shown: strong
    duality.
    """
    obligation.check()


@proves(*GARBLING)
def prove_privacy_never_helps_detection(obligation):
    """Theorem: post-processing does not raise total variation. Reference: Blackwell (1953). Not shown: other sizes."""
    obligation.check()


@proves(FAMILY, SUPERADDITIVE)
def prove_larger_families_cost_no_less(obligation):
    """Theorem: deterring a larger family of coalitions never costs less, and no more where joint gains are additive.

    Assumptions: three agents, side payments. Reference: derived here. Not shown: other numbers.
    """
    obligation.check()


@proves(INDEPENDENT, TOGETHER, LINE, CONSTANT)
def prove_price_of_a_covert_bit(obligation):
    """Theorem: 1/4 without secrets, 1/2 with a bit per round, and (1 + r)/4 with r bits by sharing rounds.

    Assumptions: two agents, two actions, an adversary who knows the schedule. Reference: derived here. Not shown: secrets of
    less than a bit in a round.
    """
    obligation.check()


@proves(FALSE_ALARMS, SUSPICION)
def prove_suspicion_against_cooperation(obligation):
    """Theorem: fines that hit all alike leave the needed patience; on cooperators alone they raise it by f/(d − p).

    Assumptions: p < c < d. Reference: Friedman (1971). Not shown: nothing beyond the formulas.
    """
    obligation.check()


def prove_the_ends_of_the_line_by_solving():
    """The library's certified bounds of the team without and with a shared draw are 1/4 and 1/2."""
    match = [[[int(i == j == k) for k in range(2)] for j in range(2)] for i in range(2)]
    game = NormalFormGame([match, match, [[[-x for x in row] for row in table] for table in match]])
    apart, together = (
        team_maxmin(game, team=[0, 1], adversary=2),
        team_maxmin_correlated(game, team=[0, 1], adversary=2),
    )
    assert apart.lower == Fraction(1, 4)
    assert apart.gap <= Fraction(1, 10**4)
    assert together.exact_value == Fraction(1, 2)
