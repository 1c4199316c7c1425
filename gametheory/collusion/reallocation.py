"""What a ring passes on among its members: moves from outcome to outcome, and what outcomes are then worth to it.

A *move* ({i, j}, o, o') says that rings with these members can turn outcome o into o', such as handing an item from i to j.
A ring makes as many moves as it likes, so that o is worth max Σ_{i∈S} v_i(o', θ) to it, over all o' that it reaches from o.

Limits: private values, so that a ring knows what each outcome is worth to it. Complexity: a search over the moves for each
outcome.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import product

import numpy as np

from gametheory.arithmetic import RationalArray
from gametheory.arithmetic.limits import check_count
from gametheory.errors import SpecificationError, UnsupportedError
from gametheory.games.memory import refuse_if_too_large
from gametheory.mechanisms.auctions import winner_sets
from gametheory.mechanisms.environment import Environment
from gametheory.mechanisms.variables import exact_products

__all__ = ["Move", "item_moves", "ring_worth"]

Move = tuple[tuple[int, ...], int, int]
"""Rings that hold these members can turn the first outcome into the second: (members, outcome, outcome), indices."""


def item_moves(environment: Environment, *, num_units: int = 1) -> tuple[Move, ...]:
    """The moves of rings that pass a single item on among their members.

    Parameters
    ----------
    environment : Environment
        Of a single item.
    num_units : int, from 1 to n
        More than one: the moves between the outcomes of :func:`~gametheory.mechanisms.units_environment`, a unit passed on to a
        member that has none.

    Raises
    ------
    UnsupportedError
        The environment is not one of a single item.

    Examples
    --------
    >>> item_moves(Environment.single_item([[1], [1]], priors=[[1], [1]]))
    (((0, 1), 1, 2), ((0, 1), 2, 1))
    """
    if not environment.item:
        raise UnsupportedError(
            f"{environment!r}: outcomes are not who gets an item; write the moves as (members, from, to)"
        )
    owners = winner_sets(environment.num_agents, check_count("num_units", num_units, most=environment.num_agents))
    place = {owner: o for o, owner in enumerate(owners)}
    moves = []
    for owner in owners:
        for i, j in product(owner, (j for j in range(environment.num_agents) if j not in owner)):
            handed = tuple(sorted({*owner, j} - {i}))
            moves.append((tuple(sorted((i, j))), place[owner], place[handed]))
    return tuple(sorted(moves))


def ring_worth(environment: Environment, members: Iterable[int], moves: Sequence[Move] = ()) -> RationalArray:
    """w_S: what each outcome is worth to a ring at each type profile, shape (k_1, …, k_n, |O|).

    Parameters
    ----------
    members : iterable of int
    moves : sequence of moves, optional
        What the ring can turn outcomes into, one move after another.

    Raises
    ------
    UnsupportedError
        Moves where values are interdependent: what the ring passes on would depend on types that it does not know.
    SpecificationError
        A move of agents or outcomes that do not exist.

    Examples
    --------
    >>> two = Environment.single_item([[1, 2], [3]], priors=[["1/2", "1/2"], [1]])
    >>> [ring_worth(two, {0, 1}, moves).fractions()[0, 0].tolist()[1:] for moves in ((), item_moves(two))]
    [[Fraction(1, 1), Fraction(3, 1)], [Fraction(3, 1), Fraction(3, 1)]]
    """
    ring = sorted(set(members))
    tables = [environment.values(i) for i in ring]
    common = math.lcm(*(table.denominator for table in tables))
    sizes = environment.num_types
    refuse_if_too_large(math.prod(sizes) * environment.num_outcomes, 64, "what outcomes are worth to a ring")
    total = sum(
        (exact_products(table.numerators.astype(object), np.array(common // table.denominator)) for table in tables),
        np.zeros((environment.num_outcomes, *sizes), dtype=object),
    )
    if moves:
        if not environment.private:
            raise UnsupportedError(
                "reallocation: values are interdependent, so that a ring does not know what it passes on"
            )
        best = total.copy()
        for source, reached in _reachable(environment, set(ring), moves).items():
            for target in reached:
                best[source] = np.maximum(best[source], total[target])
        total = best
    return RationalArray.of_integers(np.moveaxis(total, 0, -1), common)


def _reachable(environment: Environment, ring: set[int], moves: Sequence[Move]) -> dict[int, set[int]]:
    """The outcomes that a ring can turn each outcome into, in any number of moves."""
    direct: dict[int, set[int]] = {}
    for k, (members, a, b) in enumerate(moves):
        good = all(0 <= i < environment.num_agents for i in members)
        if not good or not 0 <= min(a, b) <= max(a, b) < environment.num_outcomes:
            raise SpecificationError(
                f"reallocation[{k}]: found {(members, a, b)}; write (members, outcome, outcome), indices of "
                f"{environment.num_agents} agents and {environment.num_outcomes} outcomes"
            )
        if ring.issuperset(members):
            direct.setdefault(a, set()).add(b)
    result = {}
    for source in direct:
        reached, front = {source}, {source}
        while front:
            front = set().union(*(direct.get(o, set()) for o in front)) - reached
            reached |= front
        result[source] = reached
    return result
