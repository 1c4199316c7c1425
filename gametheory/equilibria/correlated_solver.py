"""Optimal correlated equilibria by cutting planes: obedience rows are added when a distribution violates them.

Few of the Σ m_i (m_i − 1) obedience rows bind at an optimum, so that the programme starts with Σ p = 1 alone. In floats,
with HiGHS warm: solve, add the rows that the distribution violates, solve again, until none gains more than 10⁻¹³ of the
player's payoff span. Then the rows that bind, a relaxation of the whole, are
solved in rationals (:func:`gametheory.optimize.exact.solve_exact`), and every other row is checked in integers at the
solution; rows that it violates are added and the relaxation is solved again, which ends as there are finitely many. The
last relaxation bounds the whole programme and its solution is feasible there: it is the optimum, certified.

Complexity: a round costs Σ_i m_i N products and some pivots of HiGHS; about as many rounds and rows as rows bind, 10 to
30 for three players with 20 actions (of 1,140 rows). The exact part solves a system of that size.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import RationalArray
from gametheory.equilibria.correlated_programme import (
    ObedienceRow,
    all_obedience_rows,
    correlated_equilibrium_programme,
    linear_objective,
    obedience_table,
)
from gametheory.equilibria.rows import refuse_large_programme
from gametheory.games.normal_form import NormalFormGame
from gametheory.optimize.exact import ExactSolution, solve_exact
from gametheory.optimize.linear_model import AT_LOWER, BASIC, Basis, LinearModel

__all__ = ["disobedience_gains", "optimal_distribution"]

Array = NDArray[Any]
Floats = NDArray[np.float64]
_WHOLE = 4_000  # a programme of at most so many entries is solved as it is
_TOTAL = 2.0**17  # what probabilities sum to in floats: HiGHS forgives 1e-9, and probabilities of 1e-10 do matter
_GAIN = 1e-13  # share of the payoff span above which a row counts as violated in floats
_MACHINE = 2**62


def optimal_distribution(
    game: NormalFormGame, *, objective: Any, coarse: bool, rows: Sequence[ObedienceRow] = ()
) -> ExactSolution:
    """The exact optimum of the programme, with a certificate about a relaxation that has the same optimum.

    Parameters
    ----------
    game : NormalFormGame
        Exact.
    rows : sequence of obedience rows
        Those to begin with: of an optimum for another objective, say.
    """
    everything = all_obedience_rows(game, range(game.num_players), coarse=coarse)
    entries = [game.num_profiles if coarse else game.num_profiles // game.num_actions[row[0]] for row in everything]
    if game.num_profiles + sum(entries) <= _WHOLE:
        return solve_exact(correlated_equilibrium_programme(game, objective=objective, coarse=coarse))
    refuse_large_programme(game.num_profiles * (1 + game.num_players), "correlated equilibrium")
    statuses, columns = _binding_rows(game, objective, coarse, rows)
    working = {row for row in statuses if len(row) > 1}
    while True:
        kept = sorted(working)
        programme = correlated_equilibrium_programme(game, objective=objective, coarse=coarse, rows=kept)
        basis = None
        if columns is not None:
            last = programme.num_rows - 1 - len(kept)  # rows of the smallest payoff
            held = [AT_LOWER, *(statuses.get(row, BASIC) for row in kept), *(statuses[(k,)] for k in range(last))]
            basis = Basis(columns, np.array(held, dtype=np.int8))
        solution = solve_exact(programme, warm_start=basis)
        violated = _gaining(disobedience_gains(game, solution.primal), coarse, 0) - working
        if not violated:
            return solution
        working |= violated


def disobedience_gains(game: NormalFormGame, distribution: RationalArray) -> list[Array]:
    """For each player the integers told[a, b], the gain of playing b when told a, times both denominators.

    ``distribution`` has a probability for each profile in C order (entries beyond these do not matter).
    """
    weights = distribution.numerators[: game.num_profiles]
    support = np.flatnonzero(weights != 0)
    mass, result = weights[support], []
    for i, m in enumerate(game.num_actions):
        payoffs, stride = game.numerators[i].reshape(-1), int(np.prod(game.num_actions[i + 1 :], dtype=np.int64))
        told = support // stride % m
        unilateral = payoffs[support + (np.arange(m)[:, None] - told) * stride]
        gains = unilateral - payoffs[support]
        machine = gains.dtype != object and mass.dtype != object
        if machine and int(np.abs(gains).max()) * int(np.abs(mass).max()) * len(mass) < _MACHINE:
            products = gains * mass
        else:
            products = gains.astype(object) * mass.astype(object)
        order = np.argsort(told, kind="stable")
        names, starts = np.unique(told[order], return_index=True)
        table = np.zeros((m, m), dtype=products.dtype)
        table[names] = np.add.reduceat(products[:, order], starts, axis=1).T
        result.append(table)
    return result


def _gaining(gains: Sequence[Array], coarse: bool, least: float) -> set[ObedienceRow]:
    """The rows whose disobedience gains more than ``least``."""
    rows: set[ObedienceRow] = set()
    for i, table in enumerate(gains):
        if coarse:
            rows.update((i, b) for b, gain in enumerate(table.sum(axis=0).tolist()) if gain > least)
        else:
            rows.update((i, int(a), int(b)) for a, b in np.argwhere(table > least))
    return rows


def _binding_rows(
    game: NormalFormGame, objective: Any, coarse: bool, rows: Sequence[ObedienceRow]
) -> tuple[dict[ObedienceRow, int], NDArray[np.int8] | None]:
    """The rows that bind at an optimum in floats, with their places in the basis, and those of the columns.

    For fairness the row of the smallest payoff of player i is named ``(i,)`` among the statuses. The columns are
    ``None`` where HiGHS did not reach an optimum.
    """
    size, players = game.num_profiles, range(game.num_players)
    fair = isinstance(objective, str) and objective == "fairness"
    payoffs = [np.moveaxis(_unit(game.numerators[i]), i, 0).reshape(game.num_actions[i], -1) for i in players]
    if fair:
        cost, entries = np.append(np.zeros(size), 1.0), _unit(game.numerators).reshape(game.num_players, -1)
        fair_rows = np.concatenate([entries, np.full((game.num_players, 1), -1.0)], axis=1)
    else:
        cost, fair_rows = _unit(linear_objective(game, objective)[0].numerators), np.zeros((0, size))
    table = np.concatenate([np.ones((1, size)) if not fair else np.append(np.ones(size), 0.0)[None, :], fair_rows])
    count = table.shape[1]
    lower, upper = np.zeros(len(table)), np.full(len(table), np.inf)
    lower[0] = upper[0] = _TOTAL
    model = LinearModel(
        "max",
        cost,
        np.arange(len(table) + 1) * count,
        np.tile(np.arange(count), len(table)),
        table.reshape(-1),
        lower,
        upper,
        np.where(np.arange(count) < size, 0.0, -np.inf),
    )
    added: list[ObedienceRow] = [(i,) for i in range(len(fair_rows))]
    new = list(rows)
    while True:
        for i in players:
            own = [row for row in new if row[0] == i]
            if own:
                coefficients, columns = obedience_table(game, own, coarse=coarse)
                coefficients = _row_units(coefficients)
                width = coefficients.shape[1]
                model.add_rows(
                    np.arange(len(own) + 1) * width,
                    np.broadcast_to(columns, coefficients.shape).reshape(-1),
                    coefficients.reshape(-1),
                    0.0,
                    np.inf,
                )
                added += own
        if model.run() != "optimal":
            return dict.fromkeys(added, BASIC), None
        play = model.primal()[:size] / _TOTAL
        gains = []
        for i, own_payoffs in enumerate(payoffs):
            mass = np.moveaxis(play.reshape(game.num_actions), i, 0).reshape(game.num_actions[i], -1)
            told = mass @ own_payoffs.T
            gains.append(told - np.diag(told)[:, None])
        refuse_large_programme(
            size * (1 + len(added)) // (1 if coarse else min(game.num_actions)), "correlated equilibrium"
        )
        new = sorted(_gaining(gains, coarse, _GAIN) - set(added))
        if not new:
            break
    basis = model.basis()
    if basis is None:
        return dict.fromkeys(added, BASIC), None
    statuses = dict(zip(added, basis.rows[1:].tolist(), strict=True))
    return {row: k for row, k in statuses.items() if k != BASIC or len(row) == 1}, basis.columns


def _unit(numerators: Array) -> Floats:
    """Integers moved and scaled to [0, 1]; a constant becomes 0. Differences are taken exactly."""
    low, high = int(numerators.min()), int(numerators.max())
    if numerators.dtype == object or high - low >= _MACHINE:
        span = max(high - low, 1)
        result = np.empty(numerators.shape)
        result.reshape(-1)[:] = [(int(x) - low) / span for x in numerators.flat]
        return result
    return np.asarray((numerators - low) / float(max(high - low, 1)))


def _row_units(table: Array) -> Floats:
    """Each row of integers over its largest absolute value."""
    if table.dtype == object:
        result = np.zeros(table.shape)
        for r, row in enumerate(table.tolist()):
            largest = max(map(abs, row)) or 1
            result[r] = [x / largest for x in row]
        return result
    largest = np.maximum(np.abs(table).max(axis=1, keepdims=True), 1)
    return np.asarray(table / largest)
