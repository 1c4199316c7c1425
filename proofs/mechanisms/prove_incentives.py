"""What incentive constraints imply, for all values: allocations, votes, contracts, promises, and trade.

Types report; x is what a type gets (a probability, or a quantity), t what it pays, v x − t its utility. A peak p is a voter's
favourite point on a line; preferences are single-peaked if, of two points on one side of the peak, the nearer is better.
"""

from __future__ import annotations

import random
from fractions import Fraction

import sympy as sp
from drawn import fractions, grid_sampler, number, table
from theorems import proves

from gametheory.errors import InfeasibleError
from gametheory.games import Monitoring, NormalFormGame
from gametheory.mechanisms import (
    BayesianIC,
    BudgetBalance,
    Efficiency,
    Environment,
    InterimParticipation,
    cheapest_contract,
    k_implementation,
    optimal_mechanism,
)
from gametheory.symbolic import Claim, Twin, reals, slack_sampler

# -- allocations ------------------------------------------------------------------------------------------------------

v, w, xv, xw, tv, tw, u, gap = reals("v w xv xw tv tw u gap")
V_STAYS, W_STAYS = v * xv - tv >= v * xw - tw, w * xw - tw >= w * xv - tv
MONOTONE = Claim(
    id="mechanisms.incentives.monotone-allocation",
    title="Under incentive compatibility a higher value never gets less.",
    assumptions=[V_STAYS, W_STAYS, w > v],
    statement=xw >= xv,
    twins=[
        Twin("it gets strictly more", statement=xw > xv),
        Twin("the low type may envy", without=[V_STAYS]),
        Twin("the high type may envy", without=[W_STAYS]),
        Twin("it pays strictly more", statement=tw > tv),
    ],
    source="Myerson, Optimal auction design, Math. Oper. Res. 6 (1981), Lemma 2",
    not_shown="nothing: it is a statement about every pair of types",
    sampler=slack_sampler(
        {w: v + gap, xw: xv + u, tw: tv + v * u + reals("z")[0] * gap * u},
        free=[v, xv, tv],
        positive=[gap, u],
        unit=reals("z"),
    ),
)

IMPLEMENTABLE = Claim(
    id="mechanisms.incentives.monotone-is-implementable",
    title="Two types: charging the low value of the increase makes a monotone allocation incentive compatible.",
    assumptions=[w > v, xw >= xv],
    statement=sp.And(v * xv - tv >= v * xw - (tv + v * (xw - xv)), w * xw - (tv + v * (xw - xv)) >= w * xv - tv),
    twins=[
        Twin("of any allocation", without=[xw >= xv]),
        Twin("or the high value plus one", statement=w * xw - (tv + (w + 1) * (xw - xv)) >= w * xv - tv),
    ],
    source="Rochet, A necessary and sufficient condition for rationalizability, J. Math. Econ. 16 (1987)",
    not_shown="more than two types, where payments add up over neighbours",
    sampler=slack_sampler({w: v + gap, xw: xv + u}, free=[v, xv, tv], positive=[gap, u]),
)

# -- votes on a line --------------------------------------------------------------------------------------------------

peak, report, left, right = reals("peak report left right")


def median(a, b, c):
    return sp.Max(sp.Min(a, b), sp.Min(b, c), sp.Min(a, c))


def mean(a, b, c):
    return (a + b + c) / 3


def no_lie_helps(rule):
    """A lie moves the outcome only away from the peak, on the same side: no single-peaked voter gains."""
    honest, lying = rule(peak, left, right), rule(report, left, right)
    return sp.And(
        sp.Implies(honest > peak, lying >= honest),
        sp.Implies(honest < peak, lying <= honest),
    )


VOTERS = (peak, report, left, right)
MEDIAN = Claim(
    id="mechanisms.voting.median-is-strategy-proof",
    title="Three voters, the median of their peaks: no single-peaked voter gains by a lie, whatever the others say.",
    assumptions=[],
    statement=no_lie_helps(median),
    twins=[
        Twin("the mean", statement=no_lie_helps(mean)),
        Twin(
            "half way between the extremes",
            statement=no_lie_helps(lambda a, b, c: (sp.Min(a, b, c) + sp.Max(a, b, c)) / 2),
        ),
    ],
    source="Black, On the rationale of group decision-making, J. Political Economy 56 (1948); Moulin, Public Choice 35 (1980)",
    not_shown="other numbers of voters (where the others' reports enter through two order statistics, as here)",
    sampler=grid_sampler(VOTERS, -4, 4),
    numeric=lambda values: _median_agrees(*fractions(values, VOTERS)),
)


def _median_agrees(peak, report, left, right):
    honest, lying = (sorted((x, left, right))[1] for x in (peak, report))
    return abs(lying - peak) >= abs(honest - peak)


peaks, lies = reals("p0 p1"), reals("l0 l1")
(third,) = reals("third")


def pair_distance(rule, reports, weights=(1, 1)):
    """How far the outcome is from the peaks of two voters, in sum, when they report so."""
    outcome = rule(*reports, third)
    return sum(w * sp.Abs(outcome - p) for w, p in zip(weights, peaks, strict=True))


GROUP = Claim(
    id="mechanisms.voting.median-is-group-strategy-proof",
    title="Three voters, the median: no two who lie together come nearer to their peaks, not even in sum.",
    assumptions=[],
    statement=pair_distance(median, lies) >= pair_distance(median, peaks),
    twins=[
        Twin("the mean", statement=pair_distance(mean, lies) >= pair_distance(mean, peaks)),
        Twin(
            "one of them cares three times as much, and pays the other",
            statement=pair_distance(median, lies, (3, 1)) >= pair_distance(median, peaks, (3, 1)),
        ),
    ],
    source="Moulin, On strategy-proofness and single peakedness, Public Choice 35 (1980); the sum is derived here",
    not_shown="other numbers of voters; pairs of unequal intensity who pay each other, against whom it fails (a twin)",
    sampler=grid_sampler((*peaks, *lies, third), -4, 4),
    method="provers",
    numeric=lambda values: _pairs_agree(*(fractions(values, part) for part in (peaks, lies, [third]))),
)


def _pairs_agree(wanted, said, others):
    honest, lying = (sorted([*reports, *others])[1] for reports in (wanted, said))
    return sum(abs(lying - p) for p in wanted) >= sum(abs(honest - p) for p in wanted)


# -- contracts --------------------------------------------------------------------------------------------------------

effort, good, bad, ws, wf = reals("effort good bad ws wf")
CHANCES = [effort > 0, bad >= 0, good > bad, good <= 1]
LIMITED = [ws >= 0, wf >= 0]
WORKS = good * ws + (1 - good) * wf - effort >= bad * ws + (1 - bad) * wf
WAGE = good * ws + (1 - good) * wf
BONUS = effort / (good - bad)
CONTRACT = Claim(
    id="mechanisms.contracts.minimal-bonus",
    title="Hidden effort, wages not negative: success needs a bonus of c/(good − bad), and working costs good times that.",
    assumptions=[*CHANCES, *LIMITED, WORKS],
    statement=sp.And(good * BONUS <= WAGE, ws - wf >= BONUS),
    twins=[
        Twin("the cost of effort suffices", statement=sp.Eq(WAGE, effort)),
        Twin("without limited liability", without=LIMITED),
        Twin("effort need not pay", without=[WORKS]),
        Twin("strictly more is needed", statement=good * BONUS < WAGE),
    ],
    source="Innes, J. Economic Theory 52 (1990); Laffont and Martimort, The Theory of Incentives (2002), chapter 4",
    not_shown="more than two outcomes or efforts",
    sampler=slack_sampler(
        {
            good: bad + (1 - bad) * u,
            wf: reals("spare")[0],
            ws: reals("spare")[0] + effort / ((1 - bad) * u) + reals("more")[0],
        },
        positive=[effort, *reals("spare more")],
        unit=[bad, u],
    ),
    numeric=lambda values: _contract_agrees(values),
)


def _contract_agrees(values):
    cost, high, low = fractions(values, (effort, good, bad))
    agent = NormalFormGame([[-cost, 0]], actions=[["work", "shirk"]])
    seen = Monitoring([[high, 1 - high], [low, 1 - low]], ["success", "failure"])
    return cheapest_contract(agent, seen, ["work"]).value == high * cost / (high - low)


# -- promises ---------------------------------------------------------------------------------------------------------

A, B = [reals("a00 a01"), reals("a10 a11")], [reals("b00 b01"), reals("b10 b11")]
PA, PB = [reals("p00 p01"), reals("p10 p11")], [reals("q00 q01"), reals("q10 q11")]
ENTRIES = [entry for m in (A, B) for row in m for entry in row]
PROMISED = [entry for m in (PA, PB) for row in m for entry in row]
TEMPTATION = sp.Max(0, A[1][0] - A[0][0]) + sp.Max(0, B[0][1] - B[0][0])


def first_action_is_dominant(promises_a, promises_b):
    """With the promises each player's first action is never worse, and better once."""
    row = [A[0][k] + promises_a[0][k] - A[1][k] - promises_a[1][k] for k in (0, 1)]
    column = [B[k][0] + promises_b[k][0] - B[k][1] - promises_b[k][1] for k in (0, 1)]
    return [sp.And(*(g >= 0 for g in gains), sp.Or(*(g > 0 for g in gains))) for gains in (row, column)]


PROMISES = Claim(
    id="mechanisms.promises.lower-bound.2x2",
    title="2×2: promises that leave each player only the first action cost at least the sum of the temptations to leave it.",
    assumptions=[*(x >= 0 for x in PROMISED), *first_action_is_dominant(PA, PB)],
    statement=PA[0][0] + PB[0][0] >= TEMPTATION,
    twins=[
        Twin("strictly more", statement=PA[0][0] + PB[0][0] > TEMPTATION),
        Twin("fines are allowed", without=[x >= 0 for x in PROMISED]),
        Twin(
            "one player need not be convinced",
            without=first_action_is_dominant(PA, PB)[:1],
        ),
    ],
    source="Monderer and Tennenholtz, k-implementation, J. AI Research 21 (2004), Theorem 1",
    not_shown="other sizes; sets of profiles",
    sampler=lambda rng: _cheapest_promises(grid_sampler(ENTRIES, -4, 4)(rng)),
    numeric=lambda values: (
        k_implementation(NormalFormGame.from_bimatrix(table(values, A), table(values, B)), (0, 0)).value
        == max(Fraction(0), number(values, A[1][0]) - number(values, A[0][0]))
        + max(Fraction(0), number(values, B[0][1]) - number(values, B[0][0]))
    ),
)


def _cheapest_promises(drawn):
    """The temptation in the wanted profile; off it one more than what the other action pays, which costs nothing."""
    promised = dict.fromkeys(PROMISED, sp.Integer(0))
    promised[PA[0][0]] = sp.Max(0, drawn[A[1][0]] - drawn[A[0][0]])
    promised[PB[0][0]] = sp.Max(0, drawn[B[0][1]] - drawn[B[0][0]])
    promised[PA[0][1]] = sp.Max(0, drawn[A[1][1]] - drawn[A[0][1]]) + 1
    promised[PB[1][0]] = sp.Max(0, drawn[B[1][1]] - drawn[B[1][0]]) + 1
    return {**drawn, **promised}


NOTHING = sp.Integer(0)
WITNESS_A = [[sp.Max(0, A[1][0] - A[0][0]), sp.Max(0, A[1][1] - A[0][1]) + 1], [NOTHING, NOTHING]]
WITNESS_B = [[sp.Max(0, B[0][1] - B[0][0]), NOTHING], [sp.Max(0, B[1][1] - B[1][0]) + 1, NOTHING]]
ATTAINED = Claim(
    id="mechanisms.promises.attained.2x2",
    title="2×2: the temptations paid, and more promised off the path, leave each player the first action only.",
    assumptions=[],
    statement=sp.And(*first_action_is_dominant(WITNESS_A, WITNESS_B)),
    twins=[
        Twin(
            "without the promises off the path",
            statement=sp.And(
                *first_action_is_dominant(
                    [[WITNESS_A[0][0], NOTHING], [NOTHING, NOTHING]], [[WITNESS_B[0][0], NOTHING], [NOTHING, NOTHING]]
                )
            ),
        )
    ],
    source="Monderer and Tennenholtz, k-implementation, J. AI Research 21 (2004), Theorem 1",
    not_shown="other sizes",
)

# -- trade ------------------------------------------------------------------------------------------------------------

# The seller's cost is c0 with probability q, else c1; the buyer's value b1 with probability p, else b0; c0 < b0 < c1 < b1.
c0, c1, b0, b1, p, q = reals("c0 c1 b0 b1 p q")
ORDER = [c0 < b0, b0 < c1, c1 < b1, p > 0, p < 1, q > 0, q < 1]
RENTS = p * q * (c1 - b0)
GAINS = (1 - p) * q * (b0 - c0) + p * (1 - q) * (b1 - c1)


def trade_rows(buyer, seller):
    """Interim constraints of efficient trade: all pairs but the low value with the high cost trade."""
    (low, high), (cheap, dear) = buyer, seller  # what types of the buyer pay, and of the seller receive, in expectation
    incentives = [
        b0 * q - low >= b0 - high,
        b1 - high >= b1 * q - low,
        cheap - c0 >= dear - c0 * p,
        dear - c1 * p >= cheap - c1,
    ]
    participation = [b0 * q - low >= 0, b1 - high >= 0, cheap - c0 >= 0, dear - c1 * p >= 0]
    budget = (1 - p) * low + p * high >= q * cheap + (1 - q) * dear
    return incentives, participation, budget


PAYS, GETS = reals("m0 m1"), reals("n0 n1")
INCENTIVES, PARTICIPATION, BUDGET = trade_rows(PAYS, GETS)


def trade_environment(values):
    costs, worths = fractions(values, (c0, c1)), fractions(values, (b0, b1))
    chance_high, chance_cheap = fractions(values, (p, q))
    return Environment.private_values(
        [[[0, 0], [-cost for cost in costs]], [[0, 0], worths]],
        priors=[[chance_cheap, 1 - chance_cheap], [1 - chance_high, chance_high]],
        outcomes=["none", "trade"],
    )


def trade_is_possible(values):
    rows = [Efficiency(), BayesianIC(), InterimParticipation(), BudgetBalance("strong")]
    try:
        optimal_mechanism(trade_environment(values), "welfare", rows)
    except InfeasibleError:
        return False
    return True


TRADE_IMPOSSIBLE = Claim(
    id="mechanisms.trade.necessary.2x2",
    title="Two types each: efficient trade without subsidies needs p q (c₁ − b₀) ≤ (1 − p) q (b₀ − c₀) + p (1 − q) (b₁ − c₁).",
    assumptions=[*ORDER, *INCENTIVES, *PARTICIPATION, BUDGET],
    statement=RENTS <= GAINS,
    twins=[
        Twin("traders may be forced", without=PARTICIPATION),
        Twin("with a subsidy", without=[BUDGET]),
        Twin("values and costs are known", without=INCENTIVES),
    ],
    source="Myerson and Satterthwaite, J. Economic Theory 29 (1983); Matsuo, J. Economic Theory 49 (1989)",
    not_shown="continuous types, where the condition always fails; c₁ ≤ b₀, where one price does",
)

SURPLUS = GAINS - RENTS
WITNESS_PAYS = (b0 * q, b1 * (1 - q) + b0 * q)
WITNESS_GETS = (c0 + p * (c1 - c0) + SURPLUS, c1 * p + SURPLUS)
W_INCENTIVES, W_PARTICIPATION, W_BUDGET = trade_rows(WITNESS_PAYS, WITNESS_GETS)
TRADE_POSSIBLE = Claim(
    id="mechanisms.trade.sufficient.2x2",
    title="Where that holds, efficient trade is possible: low types get no rent, and the surplus goes to the seller.",
    assumptions=[*ORDER, RENTS <= GAINS],
    statement=sp.And(*W_INCENTIVES, *W_PARTICIPATION, W_BUDGET),
    twins=[Twin("always", without=[RENTS <= GAINS])],
    source="Matsuo, J. Economic Theory 49 (1989)",
    not_shown="that interim payments m, n with equal means are those of balanced payments m + n − mean at each pair of types",
    sampler=slack_sampler(
        {b0: c0 + u, c1: c0 + u + gap, b1: c0 + u + gap + reals("k")[0] + p * q * gap / (p * (1 - q))},
        positive=[gap, u, *reals("k")],
        free=[c0],
        unit=[p, q],
    ),
    numeric=trade_is_possible,
)


@proves(MONOTONE, IMPLEMENTABLE)
def prove_incentives_are_monotone_allocations(obligation):
    """Theorem: incentive compatible allocations are monotone, and monotone ones of two types can be made so by payments.

    Source: Myerson (1981), Lemma 2; Rochet (1987). Not shown: more types (payments add up over neighbours).
    """
    obligation.check()


@proves(MEDIAN, GROUP)
def prove_median_is_strategy_proof(obligation):
    """Theorem: of three voters on a line none, and no two together, gain by lying to the median rule; to the mean they do.

    Source: Black (1948), Moulin (1980). Not shown: other numbers of voters. Twin: pairs of unequal intensity who pay each
    other gain.
    """
    obligation.check()


@proves(CONTRACT)
def prove_minimal_bonus(obligation):
    """Theorem: hidden effort under limited liability needs a bonus of c/Δ for success; the library's contract costs as much."""
    obligation.check()


@proves(PROMISES, ATTAINED)
def prove_cost_of_promises(obligation):
    """Theorem: the price of making (1, 1) the only undominated profile of a 2×2 game is the sum of temptations; attained.

    Source: Monderer and Tennenholtz (2004), Theorem 1. Not shown: other sizes. The library finds the same cost.
    """
    obligation.check()


@proves(TRADE_IMPOSSIBLE, TRADE_POSSIBLE)
def prove_when_efficient_trade_is_possible(obligation):
    """Theorem: two types each: efficient trade, incentive compatible, voluntary, unsubsidised, iff the displayed inequality.

    Source: Myerson and Satterthwaite (1983), Matsuo (1989). Not shown: continuous types. Twins: each constraint is needed.
    """
    obligation.check()


def prove_trade_is_impossible_where_the_library_says_so():
    """At 40 drawn pairs of types the library finds an efficient, balanced, voluntary mechanism iff the inequality holds.

    Not shown: nothing new is proved; this ties both claims to the library's linear programmes and their certificates.
    """

    rng = random.Random(8)
    seen = []
    for _ in range(40):
        cost, first, second, third = rng.randint(0, 3), rng.randint(1, 3), rng.randint(1, 6), rng.randint(1, 3)
        drawn = [cost, cost + first + second, cost + first, cost + first + second + third]
        values = dict(zip((c0, c1, b0, b1), map(sp.Integer, drawn), strict=True))
        values |= {p: sp.Rational(rng.randint(1, 4), 5), q: sp.Rational(rng.randint(1, 4), 5)}
        seen.append(bool((RENTS <= GAINS).xreplace(values)))
        assert trade_is_possible(values) == seen[-1]
    assert any(seen)
    assert not all(seen)
