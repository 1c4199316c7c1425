"""A supervisor who can be bribed: what he is worth falls linearly with how well bribes work, to nothing.

A principal buys up to one unit, worth V to her, from an agent whose cost is L (probability p) or H > l. Asked for a schedule
q_L ≥ q_H the cheap agent earns the rent r ≥ (H − L) q_H unless the supervisor proves the cost, which he can with probability z.
The agent would pay up to that rent for his silence, of which a share k arrives: reports are honest iff the reward
s ≥ k (H − L) q_H.

    principal:   p[(V − L) q_L − (1 − z) r − z s] + (1 − p)(V − H) q_H.
"""

from __future__ import annotations

import sympy as sp
from theorems import proves

from gametheory.oversight import SupervisedAgency, contract_without_supervisor, supervision_contract
from gametheory.symbolic import Claim, Twin, reals, slack_sampler

V, L, H, p, z, k, K, ql, qh, r, s, x, y = reals("V L H p z k K ql qh r s x y")
MODEL = [L >= 0, H > L, V >= H, p > 0, p < 1, z >= 0, z <= 1, k >= 0, k <= 1]
FEASIBLE = [qh >= 0, ql >= qh, ql <= 1, r >= (H - L) * qh, s >= k * (H - L) * qh]
PRINCIPAL = p * ((V - L) * ql - (1 - z) * r - z * s) + (1 - p) * (V - H) * qh


def marginal(efficiency):
    """What the dear type's unit is worth, less the rents that it costs."""
    return (1 - p) * (V - H) - p * (H - L) * (1 - z + efficiency * z)


def value(efficiency):
    return p * (V - L) + sp.Max(0, marginal(efficiency))


WITHOUT = p * (V - L) + sp.Max(0, (1 - p) * (V - H) - p * (H - L))  # rents are paid whatever z is
SOURCE = "Tirole, Hierarchies and bureaucracies, J. Law, Economics, and Organization 2 (1986)"

draw = slack_sampler({H: L + x, V: L + x + y}, positive=[L, x, y], unit=[p, z, k])


def agency(values):
    return SupervisedAgency.of(
        costs=[values[L], values[H]],
        prior=[values[p], 1 - values[p]],
        evidence=[values[z], 0],
        surplus=values[V],
        capacity=1,
    )


def library_value(values):
    return supervision_contract(agency(values), efficiency=values[k]).value


UPPER = Claim(
    id="oversight.supervision.value-bound",
    title="No collusion-proof contract is worth more than p(V − L) + max{0, (1 − p)(V − H) − p(H − L)(1 − z + kz)}.",
    assumptions=[*MODEL, *FEASIBLE],
    statement=PRINCIPAL <= value(k),
    twins=[
        Twin("a reward below the bribe", without=[FEASIBLE[4]], adding=[s >= 0, k > 0]),
        Twin("without rents", without=[FEASIBLE[3]], adding=[r >= 0]),
        Twin("trade with the cheap type alone", statement=PRINCIPAL <= p * (V - L)),
    ],
    source=SOURCE,
    not_shown="that rents and rewards bind these two rows alone (the library's programme has all of them)",
    sampler=slack_sampler(
        {H: L + x, V: L + x + y, qh: ql * K, r: x * ql * K, s: k * x * ql * K},
        positive=[L, x, y],
        unit=[p, z, k, ql, K],
    ),
    numeric=lambda v: (
        library_value(v)
        == v[p] * (v[V] - v[L]) + max(0, (1 - v[p]) * (v[V] - v[H]) - v[p] * (v[H] - v[L]) * (1 - v[z] + v[k] * v[z]))
    ),
)

ATTAINED = Claim(
    id="oversight.supervision.value-attained",
    title="The bound is attained: by selling to both types, or to the cheap one alone.",
    assumptions=MODEL,
    statement=sp.Or(
        *(
            sp.Eq(PRINCIPAL.subs({ql: 1, qh: both, r: (H - L) * both, s: k * (H - L) * both}), value(k))
            for both in (sp.Integer(0), sp.Integer(1))
        )
    ),
    twins=[
        Twin(
            "always by selling to both",
            statement=sp.Eq(PRINCIPAL.subs({ql: 1, qh: 1, r: H - L, s: k * (H - L)}), value(k)),
        )
    ],
    source=SOURCE,
    not_shown="nothing",
    sampler=draw,
)

LINEAR = Claim(
    id="oversight.supervision.linear",
    title="Where both types are served at k and K the value is linear between them, with slope −p(H − L)z.",
    assumptions=[*MODEL, K >= 0, K <= 1, marginal(k) >= 0, marginal(K) >= 0],
    statement=sp.Eq(value(K) - value(k), -p * (H - L) * z * (K - k)),
    twins=[Twin("also where the dear type is dropped", without=[marginal(K) >= 0])],
    source=SOURCE,
    not_shown="nothing beyond the formula",
)

DECREASING = Claim(
    id="oversight.supervision.more-efficient-bribes",
    title="The value never rises with the efficiency of bribes, and is convex in it.",
    assumptions=[*MODEL, K >= k, K <= 1, x >= 0, x <= 1],
    statement=sp.And(value(K) <= value(k), value(x * k + (1 - x) * K) <= x * value(k) + (1 - x) * value(K)),
    twins=[
        Twin("strictly", adding=[K > k], statement=value(K) < value(k)),
        Twin("concave", statement=value(x * k + (1 - x) * K) >= x * value(k) + (1 - x) * value(K)),
    ],
    source=SOURCE,
    not_shown="nothing beyond the formula",
)

CAPTURED = Claim(
    id="oversight.supervision.captured",
    title="Where bribes lose nothing (k = 1) the supervisor is worth exactly what nobody is; else he is worth no less.",
    assumptions=MODEL,
    statement=sp.And(sp.Eq(value(1), WITHOUT), value(k) >= WITHOUT),
    twins=[
        Twin("worth something whenever bribes lose", adding=[k < 1, z > 0], statement=value(k) > WITHOUT),
        Twin(
            "worth nothing if bribes lose a little",
            adding=[k > sp.Rational(99, 100)],
            statement=sp.Eq(value(k), WITHOUT),
        ),
    ],
    source=SOURCE,
    not_shown="quantities that depend on his evidence, for which he can be worth something even at k = 1",
    sampler=draw,
    numeric=lambda v: (
        supervision_contract(agency(v), efficiency=1).value == contract_without_supervisor(agency(v)).value
    ),
)

STRICT = Claim(
    id="oversight.supervision.worth",
    title="If both types are served at k and z > 0, he is worth something iff bribes lose something.",
    assumptions=[*MODEL, z > 0, marginal(k) > 0],
    statement=sp.Equivalent(value(k) > WITHOUT, k < 1),
    twins=[
        Twin("without evidence", without=[z > 0]),
        Twin("where the dear type is not served", without=[marginal(k) > 0]),
    ],
    source=SOURCE,
    not_shown="nothing beyond the formula",
)


@proves(UPPER, ATTAINED)
def prove_value_of_a_supervisor(obligation):
    """Theorem: the principal's value is p(V − L) + max{0, (1 − p)(V − H) − p(H − L)(1 − z + kz)}.

    Assumptions: 0 ≤ L < H ≤ V, 0 < p < 1, quantities by type. Reference: Tirole (1986). Not shown: rows that do not bind.
    An upper bound for every feasible contract, attained, and equal to the library's exact optimum.
    """
    obligation.check()


@proves(LINEAR, DECREASING)
def prove_value_falls_linearly_with_the_efficiency_of_bribes(obligation):
    """Theorem: the value is linear in k while both types are served, convex and never rising overall.

    Assumptions: as above. Reference: Tirole (1986). Not shown: nothing beyond the formula.
    """
    obligation.check()


@proves(CAPTURED, STRICT)
def prove_a_captured_supervisor_is_worth_nothing(obligation):
    """Theorem: at k = 1 the supervisor is worth exactly nothing; below, something where both types are served.

    Assumptions: as above. Reference: Tirole (1986). Not shown: quantities that depend on evidence.
    """
    obligation.check()
