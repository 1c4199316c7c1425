"""The supports of an equilibrium by mixed-integer programming, and the equilibrium of given supports by linear programming.

With payoffs brought to [1, 2] for every action of the other player (:mod:`.lemke_howson_floats`), binary b_a = 1 says that
the action a is not played, b_a = 0 that it is a best reply:

    Σ_i x_i = 1,   Σ_j y_j = 1,     x ≤ 1 − b,   0 ≤ u − A y ≤ b      for player 1, and so for player 2

(formulation 1 of T. Sandholm, A. Gilpin and V. Conitzer 2005, *Mixed-integer programming methods for finding Nash
equilibria*, AAAI). Branch and cut ends with an equilibrium, as every game has one, but its tree grows exponentially: it is
the last resort of :mod:`.bimatrix_equilibrium`, where floats keep being wrong or paths long. HiGHS took about a second of
CPU time for normal payoffs at 15×15 and up to ten or more at 20×20; three games of 25×25 with the correlation −0.7 were not
done in half a minute, and at 200×200 it is hopeless.

Supports I of x and J of y found there need not be equally large. An equilibrium with supports in I and J is a feasible point
of two linear programmes, solved in rationals: (xB)_j is the same for all j ∈ J and no less than any other, and so for y.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gametheory.certificates.programme import LinearProgramme
from gametheory.equilibria.lemke_howson_floats import Floats, Supports
from gametheory.errors import InfeasibleError, SolverError
from gametheory.games.normal_form import NormalFormGame
from gametheory.optimize.exact import solve_exact
from gametheory.optimize.linear_model import LinearModel

__all__ = ["programme_supports", "strategies_within"]

PLAYED = 1e-7


def programme_supports(tables: tuple[Floats, Floats], time_limit: float) -> Supports | None:
    """The supports of an equilibrium of the tables of ``unit_payoffs``; ``None`` if the time was too short."""
    to_second, to_first = tables
    m, n = to_second.shape
    size = m + n
    played = np.eye(size)
    payoffs = np.zeros((size, size))
    payoffs[:m, m:] = -to_first.T
    payoffs[m:, :m] = -to_second.T
    owner = np.zeros((size, 2))
    owner[:m, 0] = owner[m:, 1] = 1.0
    none = np.zeros((size, size))
    matrix = np.vstack(
        [
            np.hstack([owner.T, np.zeros((2, size + 2))]),
            np.hstack([played, played, np.zeros((size, 2))]),
            np.hstack([payoffs, none, owner]),
            np.hstack([payoffs, -played, owner]),
        ]
    )
    nonzero = matrix != 0
    infinite = np.full(size, np.inf)
    model = LinearModel(
        "min",
        np.zeros(2 * size + 2),
        np.concatenate([[0], np.cumsum(nonzero.sum(axis=1))]),
        np.nonzero(nonzero)[1],
        matrix[nonzero],
        np.concatenate([[1.0, 1.0], -infinite, np.zeros(size), -infinite]),
        np.concatenate([[1.0, 1.0], np.ones(size), infinite, np.zeros(size)]),
        None,
        np.concatenate([np.ones(2 * size), [2.0, 2.0]]),
        integer=np.repeat([False, True, False], [size, size, 2]),
        presolve="on",
    )
    status = model.run(time_limit=time_limit)
    if status != "optimal":
        return None
    found = model.solution().primal
    return np.flatnonzero(found[:m] > PLAYED).tolist(), np.flatnonzero(found[m:size] > PLAYED).tolist()


def strategies_within(exact_game: NormalFormGame, supports: Supports) -> tuple[tuple[int, ...], tuple[int, ...]] | None:
    """Integer weights of both players, zero outside the supports, at which everything in them is a best reply.

    ``None`` if there are none: then no equilibrium has these supports.
    """
    A, B = exact_game.numerators
    weights = []
    for table, own, best in ((B, supports[0], supports[1]), (A.T, supports[1], supports[0])):
        size, replies = table.shape
        rows: list[Any] = [("sum", dict.fromkeys(range(size), 1), "==", 1)]
        for j in range(replies):
            earned = {i: -u for i, u in enumerate(table[:, j].tolist())}
            rows.append((f"reply {j}", {**earned, size: 1}, "==" if j in best else ">=", 0))
        upper = [None if i in own else 0 for i in range(size)] + [None]
        try:
            solution = solve_exact(
                LinearProgramme.from_rows("max", [0] * (size + 1), rows, lower=[0] * size + [None], upper=upper)
            )
        except (InfeasibleError, SolverError):
            return None
        weights.append(tuple(int(w) for w in solution.primal.numerators[:size]))
    return weights[0], weights[1]
