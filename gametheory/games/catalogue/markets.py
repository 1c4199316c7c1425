"""Firms that set prices or quantities from a grid: what a cartel is measured against.

The grids make finite games; the equilibria of the continuous games, where they have closed forms, are in the
docstrings.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from gametheory.arithmetic import exact
from gametheory.errors import SpecificationError
from gametheory.games.catalogue.parameters import count, decreasing, labels, not_increasing, numeric, positive
from gametheory.games.memory import refuse_if_too_large
from gametheory.games.normal_form import NormalFormGame

__all__ = ["bertrand_differentiated", "bertrand_linear", "bertrand_logit", "cournot", "logit_prices"]


def cournot(
    *,
    num_firms: int = 2,
    intercept: Any = 12,
    slope: Any = 1,
    cost: Any = 0,
    quantities: Sequence[Any] = (0, 1, 2, 3, 4, 5, 6),
) -> NormalFormGame:
    """Cournot competition: firms choose quantities, the price is max(intercept − slope · Q, 0).

    u_i = (price − cost) · q_i. On a continuum the interior equilibrium has q_i = (intercept − cost) / ((n + 1)
    slope); a cartel shares (intercept − cost) / (2 slope).

    Parameters
    ----------
    num_firms : int, ≥ 1
    intercept, slope, cost : number, intercept > cost ≥ 0, slope > 0
    quantities : sequence of different numbers ≥ 0

    References
    ----------
    A. Cournot 1838, *Recherches sur les principes mathématiques de la théorie des richesses*, chapter 7.

    Examples
    --------
    The equilibrium quantities are 4 and 4, with profits of 16; a cartel makes 18 each.

    >>> cournot().payoff("4", "4")[0], cournot().payoff("3", "3")[0]
    (Fraction(16, 1), Fraction(18, 1))
    """
    a, b, c, *grid = _market(num_firms, intercept, cost, "quantities", quantities, slope=slope)

    def payoff(*chosen: int) -> list[Any]:
        margin = max(a - b * sum(grid[k] for k in chosen), 0) - c
        return [margin * grid[k] for k in chosen]

    return _firms(payoff, num_firms, grid, "Cournot competition")


def bertrand_linear(
    *,
    num_firms: int = 2,
    intercept: Any = 10,
    slope: Any = 1,
    cost: Any = 2,
    prices: Sequence[Any] = (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10),
) -> NormalFormGame:
    """Bertrand competition in one good: the cheapest firms share the demand max(intercept − slope · price, 0).

    On a continuum the price falls to the cost; on a grid the next price above it can be an equilibrium too.

    Parameters
    ----------
    num_firms : int, ≥ 1
    intercept, slope, cost : number, intercept > cost ≥ 0, slope > 0
    prices : sequence of different numbers ≥ 0

    References
    ----------
    J. Bertrand 1883, review of Walras and Cournot, *Journal des Savants*.

    Examples
    --------
    >>> [str(x) for x in bertrand_linear().payoff("3", "3")]
    ['7/2', '7/2']
    """
    a, b, c, *grid = _market(num_firms, intercept, cost, "prices", prices, slope=slope)

    def payoff(*chosen: int) -> list[Any]:
        lowest = min(grid[k] for k in chosen)
        cheapest = [grid[k] == lowest for k in chosen]
        profit = (lowest - c) * max(a - b * lowest, 0) / sum(cheapest)
        return [profit if is_cheapest else 0 for is_cheapest in cheapest]

    return _firms(payoff, num_firms, grid, "Bertrand competition")


def bertrand_differentiated(
    *,
    num_firms: int = 2,
    intercept: Any = 12,
    slope: Any = 2,
    substitution: Any = 1,
    cost: Any = 3,
    prices: Sequence[Any] = (3, 4, 5, 6, 7, 8, 9),
) -> NormalFormGame:
    """Bertrand competition in differentiated goods with linear demand.

    q_i = max(intercept − slope · p_i + substitution · (mean price of the others), 0) and u_i = (p_i − cost) · q_i. On a
    continuum the equilibrium price is (intercept + slope · cost) / (2 slope − substitution), that of a cartel
    (intercept + (slope − substitution) cost) / (2 (slope − substitution)).

    Parameters
    ----------
    num_firms : int, ≥ 2
    intercept, slope, substitution, cost : number, intercept > cost ≥ 0, slope > substitution > 0
    prices : sequence of different numbers ≥ 0

    References
    ----------
    N. Singh and X. Vives 1984, "Price and quantity competition in a differentiated duopoly", *RAND Journal of
    Economics* 15.

    Examples
    --------
    The equilibrium price is 6, the price of a cartel 15/2.

    >>> bertrand_differentiated().payoff("6", "6")
    (Fraction(18, 1), Fraction(18, 1))
    """
    n = count("num_firms", num_firms, least=2)
    a, b, d, c, *grid = _market(n, intercept, cost, "prices", prices, slope=slope, substitution=substitution)
    decreasing("differentiated Bertrand competition", slope=b, substitution=d)

    def payoff(*chosen: int) -> list[Any]:
        total = sum(grid[k] for k in chosen)
        own = [grid[k] for k in chosen]
        return [(p - c) * max(a - b * p + d * (total - p) / (n - 1), 0) for p in own]

    return _firms(payoff, n, grid, "Differentiated Bertrand competition")


def bertrand_logit(
    *,
    num_firms: int = 2,
    quality: float = 2.0,
    outside_quality: float = 0.0,
    differentiation: float = 0.25,
    cost: float = 1.0,
    num_prices: int = 15,
    margin: float = 0.1,
) -> NormalFormGame:
    """Bertrand competition with logit demand, the stage game of the algorithmic-collusion literature; in floats.

    q_i = exp((quality − p_i)/μ) / (Σ_j exp((quality − p_j)/μ) + exp(outside_quality/μ)) with μ = differentiation, and
    u_i = (p_i − cost) q_i. The grid has ``num_prices`` equal steps from p^N − ξ (p^M − p^N) to p^M + ξ (p^M − p^N),
    where p^N and p^M are the continuous equilibrium and cartel prices of :func:`logit_prices` and ξ = margin.

    Parameters
    ----------
    num_firms : int, ≥ 1
    quality, outside_quality, cost : float
    differentiation : float, > 0
    num_prices : int, ≥ 2
    margin : float, ≥ 0

    References
    ----------
    E. Calvano, G. Calzolari, V. Denicolò and S. Pastorello 2020, "Artificial intelligence, algorithmic pricing, and
    collusion", *American Economic Review* 110 (the default numbers are their baseline).

    Examples
    --------
    >>> bertrand_logit().actions[0][0], bertrand_logit().actions[0][-1]
    ('1.4277212', '1.9701863')
    """
    n, m = count("num_firms", num_firms, least=1), count("num_prices", num_prices, least=2)
    demand = _floats(quality=quality, outside_quality=outside_quality, differentiation=differentiation, cost=cost)
    (xi,) = _floats(margin=margin)
    not_increasing("a price grid", margin=xi, **{"0": 0})
    nash, cartel = logit_prices(
        num_firms=n, quality=demand[0], outside_quality=demand[1], differentiation=demand[2], cost=demand[3]
    )
    a, a0, mu, c = demand
    prices = np.linspace(nash - xi * (cartel - nash), cartel + xi * (cartel - nash), m)
    refuse_if_too_large(4 * n * m**n, 8, "the payoff table")
    axes = [[-1 if axis == i else 1 for axis in range(n)] for i in range(n)]
    utilities = [((a - prices) / mu).reshape(axis) for axis in axes]
    payoffs = np.empty((n, *(m,) * n))
    with np.errstate(over="ignore"):  # a good that is infinitely better leaves this one a share of 1/∞ = 0
        for i in range(n):
            rivals = sum(np.exp(utilities[j] - utilities[i]) for j in range(n))
            payoffs[i] = (prices - c).reshape(axes[i]) / (rivals + np.exp(a0 / mu - utilities[i]))
    names = [f"{p:.8g}" for p in prices.tolist()]
    return NormalFormGame(payoffs, _names(n), [names] * n, title="Logit Bertrand competition")


def logit_prices(
    *,
    num_firms: int = 2,
    quality: float = 2.0,
    outside_quality: float = 0.0,
    differentiation: float = 0.25,
    cost: float = 1.0,
) -> tuple[float, float]:
    """Equilibrium and cartel price of logit demand on a continuum, to the last float.

    With s(p) the market share of a firm when all charge p, the first-order conditions 1 = (p − cost)(1 − s(p))/μ of the
    symmetric equilibrium and 1 = (p − cost)(1 − n s(p))/μ of the joint optimum have one root each (the right-hand sides
    increase in p), found by bisection.

    Examples
    --------
    >>> nash, cartel = logit_prices()
    >>> round(nash, 12), round(cartel, 12)
    (1.472926660031, 1.924980919018)
    """
    n = count("num_firms", num_firms, least=1)
    a, a0, mu, c = _floats(quality=quality, outside_quality=outside_quality, differentiation=differentiation, cost=cost)
    positive("logit demand", differentiation=mu)

    def share(p: float) -> float:
        top = max((a - p) / mu, a0 / mu)
        inside = math.exp((a - p) / mu - top)
        return inside / (n * inside + math.exp(a0 / mu - top))

    return (
        _root(lambda p: (p - c) * (1 - share(p)) / mu - 1, c),
        _root(lambda p: (p - c) * (1 - n * share(p)) / mu - 1, c),
    )


def _root(increasing: Callable[[float], float], low: float) -> float:
    """Where an increasing function that is negative at ``low`` crosses zero."""
    high = low + 1.0
    while increasing(high) < 0:
        high = low + 2 * (high - low)
    while low < (middle := (low + high) / 2) < high:
        low, high = (middle, high) if increasing(middle) < 0 else (low, middle)
    return high


def _floats(**values: Any) -> tuple[float, ...]:
    return tuple(float(exact(value, where=name)) for name, value in values.items())


def _market(
    num_firms: int, intercept: Any, cost: Any, grid_name: str, grid: Sequence[Any], **slopes: Any
) -> tuple[Any, ...]:
    """Intercept, slopes, cost and grid in one arithmetic, checked."""
    count("num_firms", num_firms, least=1)
    given = {f"{grid_name}[{k}]": value for k, value in enumerate(grid)}
    if not given:
        raise SpecificationError(f"{grid_name}: found none; write at least one number")
    a, c, *rest = numeric("this market", intercept=intercept, cost=cost, **slopes, **given)
    steepness, values = rest[: len(slopes)], rest[len(slopes) :]
    decreasing("this market", intercept=a, cost=c)
    not_increasing("this market", cost=c, **{"0": 0})
    positive("this market", **dict(zip(slopes, steepness, strict=True)))
    for name, value in zip(given, values, strict=True):
        not_increasing("this market", **{name: value, "0": 0})
    return a, *steepness, c, *values


def _firms(payoff: Callable[..., list[Any]], num_firms: int, grid: Sequence[Any], title: str) -> NormalFormGame:
    sizes, actions = [len(grid)] * num_firms, [labels(grid)] * num_firms
    return NormalFormGame.from_function(payoff, sizes, _names(num_firms), actions, title=title)


def _names(num_firms: int) -> list[str]:
    return [f"Firm {i + 1}" for i in range(num_firms)]
