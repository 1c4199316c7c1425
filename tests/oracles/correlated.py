"""Correlated and coarse correlated equilibria of tiny games, from the definition. Imports nothing of the package.

Payoffs are a mapping from action profiles (tuples of indices) to tuples of payoffs.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from fractions import Fraction

from oracles.polytopes import Row, maximum, simplex, vertices

Payoffs = Mapping[tuple[int, ...], tuple[int | Fraction, ...]]


def _changed(profile: tuple[int, ...], player: int, action: int) -> tuple[int, ...]:
    return (*profile[:player], action, *profile[player + 1 :])


def _sizes(payoffs: Payoffs) -> list[int]:
    return [max(a[i] for a in payoffs) + 1 for i in range(len(next(iter(payoffs))))]


def gains_of_plans(
    payoffs: Payoffs, distribution: Mapping[tuple[int, ...], Fraction], *, coarse: bool
) -> list[Fraction]:
    """Largest gain of each player over all its plans (maps from recommendation to action; constant ones if coarse)."""
    result = []
    for player, size in enumerate(_sizes(payoffs)):
        plans = [(b,) * size for b in range(size)] if coarse else itertools.product(range(size), repeat=size)
        gains = [
            sum(
                (
                    Fraction(p) * (payoffs[_changed(a, player, plan[a[player]])][player] - payoffs[a][player])
                    for a, p in distribution.items()
                ),
                Fraction(0),
            )
            for plan in plans
        ]
        result.append(max(Fraction(0), *gains))
    return result


def constraints(payoffs: Payoffs, *, coarse: bool, players: set[int] | None = None) -> tuple[list[Row], list[Row]]:
    """Equations and inequalities of the polytope, one column per profile in lexicographic order."""
    profiles = sorted(payoffs)
    equations, inequalities = simplex(len(profiles))
    for player, size in enumerate(_sizes(payoffs)):
        if players is not None and player not in players:
            continue
        for told, plays in itertools.product(range(size), repeat=2):
            if coarse and told:
                continue
            row = [
                payoffs[a][player] - payoffs[_changed(a, player, plays)][player] if coarse or a[player] == told else 0
                for a in profiles
            ]
            if any(row):
                inequalities.append((row, 0))
    return equations, inequalities


def best_value(
    payoffs: Payoffs, objective: Mapping[tuple[int, ...], int | Fraction], *, coarse: bool = False
) -> Fraction:
    """Largest expected objective over the correlated equilibria."""
    value = maximum([objective[a] for a in sorted(payoffs)], *constraints(payoffs, coarse=coarse))
    assert value is not None, "every finite game has a correlated equilibrium"
    return value


def largest_smallest_payoff(payoffs: Payoffs, *, coarse: bool = False) -> Fraction:
    """Largest over the correlated equilibria of the smallest expected payoff, at a vertex of the epigraph."""
    profiles = sorted(payoffs)
    equations, inequalities = constraints(payoffs, coarse=coarse)
    lowest = min(min(u) for u in payoffs.values()) - 1
    epigraph: list[Row] = [([*row, 0], right) for row, right in inequalities]
    epigraph += [([*(payoffs[a][i] for a in profiles), -1], 0) for i in range(len(profiles[0]))]
    epigraph.append(([0] * len(profiles) + [1], lowest))
    value = maximum([0] * len(profiles) + [1], [([*row, 0], right) for row, right in equations], epigraph)
    assert value is not None, "every finite game has a correlated equilibrium"
    return value


def all_vertices(payoffs: Payoffs, *, coarse: bool = False) -> set[tuple[Fraction, ...]]:
    """Every vertex of the polytope, as probabilities of the profiles in lexicographic order."""
    return set(vertices(*constraints(payoffs, coarse=coarse)))
