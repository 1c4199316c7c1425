"""Pure Nash equilibria of identical agents, by how many play what.

In a :class:`.SymmetricGame` a vector C of all agents' counts stands for every profile in which C_a agents play a. It is a
Nash equilibrium iff nobody who plays an action has a better one against the others' counts:

    u(a, C − e_a) = max_b u(b, C − e_a)      for every action a with C_a > 0.

Payoffs are only compared, so that floats are decided as the rationals that they are.

References: A. Brandt, F. Fischer and M. Holzer 2009, "Symmetries and the complexity of pure Nash equilibrium", Journal of
Computer and System Sciences 75: with a constant number of actions the search is polynomial. Complexity: one look at the table
and m for each of the C(n + m − 1, m − 1) vectors.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gametheory.games.counts import count_vectors, num_count_vectors, place_table, places
from gametheory.games.memory import refuse_if_too_large
from gametheory.games.symmetric import SymmetricGame

__all__ = ["pure_nash_counts"]


def pure_nash_counts(game: SymmetricGame) -> NDArray[np.int64]:
    """All pure Nash equilibria of identical agents as vectors of counts, shape (R, m), in lexicographic order.

    Complete and exact, as every vector is looked at. ``resilience(game, counts)`` says what coalitions do at one of them,
    and certifies it.

    Parameters
    ----------
    game : SymmetricGame
        n identical agents with m actions.

    Returns
    -------
    int64 array, shape (R, m)
        Each row sums to n.

    Raises
    ------
    SpecificationError
        If the vectors do not fit into memory.

    Examples
    --------
    El Farol with 600 seats for 1,000 people: going pays 1 if at most 600 go and −1 otherwise, staying at home 0.

    >>> bar = SymmetricGame.from_function(lambda a, others: 0 if a == 0 else 1 if others[1] < 600 else -1, 1000, 2)
    >>> pure_nash_counts(bar).tolist()
    [[400, 600]]
    """
    n, m = game.num_players, game.num_actions
    refuse_if_too_large(num_count_vectors(n, m), 8 * (m + 4), "the vectors of counts")
    vectors = count_vectors(n, m)
    table = place_table(n - 1, m)
    best = game.numerators.max(axis=0)
    stable = np.ones(len(vectors), dtype=bool)
    for a in range(m):
        played = np.flatnonzero(vectors[:, a])
        others = vectors[played]
        others[:, a] -= 1
        place = places(others, table)
        stable[played] &= game.numerators[a, place] == best[place]
    return vectors[stable]
