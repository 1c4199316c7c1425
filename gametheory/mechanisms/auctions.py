"""The auction of highest revenue in closed form: sell to the highest ironed virtual values (Myerson 1981).

One item, or K units of which each bidder wants one; values are private and independent. With the ironed virtual values φ̄_i of
:mod:`.ironing`, the best revenue among all Bayesian incentive compatible rules in which nobody is worse off than
outside is

    E [ sum of the K highest of  max{φ̄_i(θ_i), 0} ]  =  Σ_x (x − x') E min{K, #{i : φ̄_i(θ_i) ≥ x}},

the second sum over the positive levels x of φ̄, x' the level below. It is reached by giving the units to the highest φ̄_i ≥ 0,
each bidder paying by the least values that would have won as often,

    t_i(θ)  =  v_i(θ_i) q_i(θ)  −  Σ_{l < θ_i} (v_i(l + 1) − v_i(l)) q_i(l, θ_−i),

for which truth is even a dominant strategy and participation ex post. The proof is one of linear programming duality: the
price of "type k + 1 reports k" is 1 − F_k plus what ironing adds, the price of participation at the lowest value 1, and the
price of the item at θ the highest virtual value there; no programme is solved.

References: R. Myerson 1981, "Optimal auction design", Mathematics of Operations Research 6; R. Vohra 2011, *Mechanism Design: A
Linear Programming Approach*, chapter 6. Complexity: one pass over all type profiles; the revenue alone needs the levels only.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations
from typing import Any, Literal

import numpy as np

from gametheory.arithmetic import RationalArray
from gametheory.arithmetic.limits import check_count
from gametheory.certificates.duality import DualityCertificate
from gametheory.errors import SpecificationError, UnsupportedError
from gametheory.mechanisms.constraints import BayesianIC, InterimParticipation
from gametheory.mechanisms.environment import Environment
from gametheory.mechanisms.ironing import virtual_values
from gametheory.mechanisms.mechanism import Mechanism
from gametheory.mechanisms.programme import mechanism_programme
from gametheory.mechanisms.variables import MechanismVariables
from gametheory.optimize.design import Design

__all__ = ["optimal_auction", "optimal_revenue", "units_environment", "winner_sets"]

TieRule = Literal["even", "lowest index"]
Vector = tuple[Fraction, ...]


def optimal_auction(environment: Environment, *, num_units: int = 1, ties: TieRule = "even") -> Design:
    """The auction of highest revenue, in closed form, with the prices of incentives and a proof.

    Parameters
    ----------
    environment : Environment
        Of a single item: independent types of positive probability, outside options of 0.
    num_units : int, from 1 to n
        Units for sale, of which each bidder wants one at the value given.
    ties : "even" or "lowest index"
        Between equal virtual values. A virtual value of 0 is sold to.

    Returns
    -------
    Design
        ``decision`` is a :class:`~.mechanism.Mechanism` (of :func:`units_environment` for several units), truthful in dominant
        strategies; ``certificate`` proves that no Bayesian incentive compatible mechanism earns more.

    Raises
    ------
    UnsupportedError
        No single item, correlated types, or outside options other than 0: use :func:`~.optimal.optimal_mechanism`.
    SpecificationError
        Types of equal value or of probability 0.

    Examples
    --------
    >>> two = Environment.single_item([["1/3", "2/3", 1]] * 2, priors=[["1/3"] * 3] * 2)
    >>> design = optimal_auction(two)
    >>> design.decision, str(design.value), design.certificate.verify()
    (Mechanism(2 agents, types 3×3, 3 outcomes, randomised: revenue 2/3, welfare 7/9), '2/3', True)
    >>> {name: str(price) for name, price in list(design.binding.items())[:3]}
    {'agent 1 takes part at 1/3': '-3', 'agent 2 takes part at 1/3': '-3', 'agent 1 reports 1/3 at 2/3': '-2'}
    >>> str(optimal_auction(two, num_units=2).value)
    '8/9'
    """
    if ties not in ("even", "lowest index"):
        raise SpecificationError(f"ties: found {ties!r}; write 'even' or 'lowest index'")
    virtual = _virtual(environment)
    sold = units_environment(environment, num_units)
    winners = winner_sets(environment.num_agents, num_units)
    place = {s: o for o, s in enumerate(winners)}
    sizes, n = environment.num_types, environment.num_agents
    lotteries = np.full((*sizes, len(winners)), Fraction(0), dtype=object)
    wins = np.full((n, *sizes), Fraction(0), dtype=object)
    surplus = np.full(sizes, Fraction(0), dtype=object)
    for theta in environment.profiles():
        levels = [virtual[i][k] for i, k in enumerate(theta)]
        surplus[theta] = sum(sorted((max(x, Fraction(0)) for x in levels), reverse=True)[:num_units], Fraction(0))
        drawn = _winning_sets(levels, num_units, ties)
        for s in drawn:
            lotteries[(*theta, place[s])] += Fraction(1, len(drawn))
            for i in s:
                wins[(i, *theta)] += Fraction(1, len(drawn))
    mechanism = Mechanism(
        sold,
        RationalArray.from_fractions(lotteries),
        RationalArray.from_fractions(np.stack([_payments(environment, i, wins[i]) for i in range(n)])),
    )
    programme = mechanism_programme(
        sold, objective="revenue", constraints=[BayesianIC(), InterimParticipation()], transfers=True
    )
    prices = _prices(environment, virtual)
    prior = environment.prior.fractions()
    items = {f"one outcome at {environment.profile_text(t)}": prior[t] * surplus[t] for t in environment.profiles()}
    multipliers = [prices.get(name) or items.get(name) or Fraction(0) for name in programme.row_names]
    value = sum(items.values(), Fraction(0))
    point = RationalArray.from_fractions(
        np.concatenate([lotteries.reshape(-1), mechanism.transfers.fractions().reshape(-1)])
    )
    if MechanismVariables(sold, True).num_columns != len(point):
        raise AssertionError("the mechanism has another number of columns than its programme")
    certificate = DualityCertificate(programme, value, RationalArray.from_fractions(multipliers), point)
    certificate.verify()
    return Design(
        value=environment.shown(value),
        decision=mechanism,
        profile="every bidder reports its value",
        binding={name: price for name, price in prices.items() if price},
        certificate=certificate,
        name="optimal auction" if num_units == 1 else f"optimal auction of {num_units} units",
    )


def optimal_revenue(environment: Environment, *, num_units: int = 1) -> Fraction | float:
    """The expected sum of the K highest positive ironed virtual values, without going through type profiles.

    Parameters
    ----------
    environment, num_units
        As in :func:`optimal_auction`.

    Raises
    ------
    UnsupportedError, SpecificationError
        As :func:`optimal_auction`.

    Examples
    --------
    For m values uniform on {1/m, …, 1} and two bidders the revenue falls to 5/12:

    >>> def uniform(m):
    ...     return Environment.single_item([[f"{k}/{m}" for k in range(1, m + 1)]] * 2, priors=[[f"1/{m}"] * m] * 2)
    >>> [str(optimal_revenue(uniform(m))) for m in (2, 3, 5, 10)]
    ['3/4', '2/3', '71/125', '49/100']
    """
    units = check_count("num_units", num_units, most=environment.num_agents)
    virtual = _virtual(environment)
    chances = [environment.type_probabilities(i).fractions().tolist() for i in range(environment.num_agents)]
    levels = sorted({x for own in virtual for x in own if x > 0})
    total, below = Fraction(0), Fraction(0)
    for x in levels:
        # The distribution of the number of bidders at x or above, those beyond K counted as K.
        counts = [Fraction(1)] + [Fraction(0)] * units
        for own, weights in zip(virtual, chances, strict=True):
            p = sum((w for y, w in zip(own, weights, strict=True) if y >= x), Fraction(0))
            counts = [
                counts[k] * (1 - p if k < units else 1) + (counts[k - 1] * p if k else 0) for k in range(units + 1)
            ]
        total += (x - below) * sum((k * c for k, c in enumerate(counts)), Fraction(0))
        below = x
    return environment.shown(total)


def units_environment(environment: Environment, num_units: int) -> Environment:
    """The environment of several units: outcomes are the sets of up to ``num_units`` bidders who get one.

    Parameters
    ----------
    environment : Environment
        Of a single item; returned as it is for one unit.
    num_units : int, from 1 to n

    Examples
    --------
    >>> three = Environment.single_item([[1], [1], [1]], priors=[[1]] * 3)
    >>> units_environment(three, 2).outcomes
    ('nobody', 'agent 1', 'agent 2', 'agent 3', 'agent 1 and agent 2', 'agent 1 and agent 3', 'agent 2 and agent 3')
    """
    units = check_count("num_units", num_units, most=environment.num_agents)
    if not environment.item:
        raise UnsupportedError(
            f"{environment!r}: outcomes are not who gets an item; make it with Environment.single_item"
        )
    if units == 1:
        return environment
    winners = winner_sets(environment.num_agents, units)
    tables = []
    for i in range(environment.num_agents):
        own = environment.item_values(i).fractions()
        tables.append(np.array([[x if i in s else Fraction(0) for x in own] for s in winners], dtype=object))
    return Environment.private_values(
        tables,
        prior=environment.prior.fractions(),
        agents=environment.agents,
        types=environment.types,
        outcomes=[environment.outcomes[0], *(" and ".join(environment.agents[i] for i in s) for s in winners[1:])],
        outside=[own.fractions() for own in environment.outside],
    )


def _virtual(environment: Environment) -> list[Vector]:
    """Ironed virtual values of each bidder's types, in the environment's order."""
    if not environment.item or not environment.independent or any(own.numerators.any() for own in environment.outside):
        raise UnsupportedError(
            f"{environment!r}: the closed form is for a single item, independent types and outside options of 0; use "
            "optimal_mechanism"
        )
    result = []
    for i in range(environment.num_agents):
        order, values, chances = _in_order(environment, i)
        rising = virtual_values(values, chances)
        result.append(tuple(rising[order.index(k)] for k in range(len(order))))
    return result


def _in_order(environment: Environment, i: int) -> tuple[list[int], list[Fraction], list[Fraction]]:
    """Types by rising value, their values and their probabilities."""
    values = environment.item_values(i).fractions().tolist()
    chances = environment.type_probabilities(i).fractions().tolist()
    order = sorted(range(len(values)), key=values.__getitem__)
    return order, [values[k] for k in order], [chances[k] for k in order]


def winner_sets(n: int, units: int) -> list[tuple[int, ...]]:
    """The sets of up to so many of n bidders, in the order of the outcomes of :func:`units_environment`."""
    return [s for size in range(units + 1) for s in combinations(range(n), size)]


def _winning_sets(levels: Sequence[Fraction], units: int, ties: TieRule) -> list[tuple[int, ...]]:
    """The sets of winners between which is drawn evenly."""
    order = sorted((i for i, x in enumerate(levels) if x >= 0), key=lambda i: (-levels[i], i))
    if len(order) <= units or ties == "lowest index" or levels[order[units - 1]] > levels[order[units]]:
        return [tuple(sorted(order[:units]))]
    margin = levels[order[units]]
    sure = [i for i in order if levels[i] > margin]
    tied = [i for i in order if levels[i] == margin]
    return [tuple(sorted([*sure, *more])) for more in combinations(tied, units - len(sure))]


def _payments(environment: Environment, i: int, wins: Any) -> Any:
    """v q − Σ_{l below} (v_{l+1} − v_l) q(l) at every profile."""
    order, values, _ = _in_order(environment, i)
    by_type = np.moveaxis(wins, i, 0)
    result = np.empty_like(by_type)
    rent = np.full(by_type.shape[1:], Fraction(0), dtype=object)
    for position, k in enumerate(order):
        if position:
            rent = rent + (values[position] - values[position - 1]) * by_type[order[position - 1]]
        result[k] = values[position] * by_type[k] - rent
    return np.moveaxis(result, 0, i)


def _prices(environment: Environment, virtual: list[Vector]) -> dict[str, Fraction]:
    """Multipliers of the incentive and participation rows, which are weighted by the probability of the true type."""
    prices = {}
    for i, agent in enumerate(environment.agents):
        order, values, chances = _in_order(environment, i)
        names = [environment.types[i][k] for k in order]
        plain = virtual_values(values, chances, ironed=False)
        prices[f"{agent} takes part at {names[0]}"] = -1 / chances[0]
        above, ironed = Fraction(1), Fraction(0)
        for k in range(len(order) - 1):
            above -= chances[k]
            # How far the revenue curve lies below its concave majorant, per unit of value: the price of overstating.
            ironed += chances[k] * (plain[k] - virtual[i][order[k]])
            up = ironed / (values[k + 1] - values[k])
            prices[f"{agent} reports {names[k]} at {names[k + 1]}"] = -(above + up) / chances[k + 1]
            prices[f"{agent} reports {names[k + 1]} at {names[k]}"] = -up / chances[k]
    return prices
