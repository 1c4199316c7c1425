"""The linear programme over distributions of recommendations: its rows, its objectives, and the row builder.

    maximise Σ_a p(a) c(a)   subject to   p ≥ 0,  Σ_a p(a) = 1,  and for every player i and actions a ≠ b

        Σ_{a_−i} p(a, a_−i) · (u_i(a, a_−i) − u_i(b, a_−i)) ≥ 0      row (i, a, b), "told a plays b"

    coarse, for every player i and action b:  Σ_a p(a) · (u_i(a) − u_i(b, a_−i)) ≥ 0      row (i, b), "always plays b"

with N = m_1 ⋯ m_n columns and Σ m_i (m_i − 1) (coarse: Σ m_i) obedience rows; row (i, a, b) has N / m_i entries, (i, b)
has N. With some of the rows only, the programme is a *relaxation*: its maximum bounds that of the whole, and equals it
where the optimal distribution obeys the other rows too.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import RationalArray, exact_text
from gametheory.certificates.programme import LinearProgramme
from gametheory.equilibria.rows import (
    RowBlock,
    block,
    payoff_programme,
    refuse_large_programme,
    sum_to_one,
    summed,
    with_minus_one,
)
from gametheory.errors import SpecificationError
from gametheory.games.normal_form import NormalFormGame

__all__ = [
    "ObedienceRow",
    "Objective",
    "all_obedience_rows",
    "correlated_equilibrium_programme",
    "linear_objective",
    "obedience_table",
    "row_name",
]

Array = NDArray[Any]
Objective = Literal["welfare", "fairness"]
ObedienceRow = tuple[int, ...]
"""``(player, told, plays)``; coarse: ``(player, plays)``. Indices."""


def all_obedience_rows(game: NormalFormGame, players: Sequence[int], *, coarse: bool) -> list[ObedienceRow]:
    """Every obedience row of ``players``, in order."""
    if coarse:
        return [(i, b) for i in players for b in range(game.num_actions[i])]
    return [
        (i, a, b) for i in players for a in range(game.num_actions[i]) for b in range(game.num_actions[i]) if a != b
    ]


def obedience_table(game: NormalFormGame, rows: Sequence[ObedienceRow], *, coarse: bool) -> tuple[Array, Array]:
    """Coefficients and columns of obedience rows of one player, in payoff numerators; columns are profiles in C order.

    Shapes (rows, N / m_i); coarse: (rows, N), the columns broadcast from (1, N).
    """
    i = rows[0][0]
    m = game.num_actions[i]
    payoffs = np.moveaxis(game.numerators[i], i, 0).reshape(m, -1)
    columns = np.moveaxis(np.arange(game.num_profiles, dtype=np.int64).reshape(game.num_actions), i, 0).reshape(m, -1)
    plays = [row[-1] for row in rows]
    if coarse:
        return (payoffs[None, :, :] - payoffs[plays][:, None, :]).reshape(len(rows), -1), columns.reshape(1, -1)
    told = [row[1] for row in rows]
    return payoffs[told] - payoffs[plays], columns[told]


def correlated_equilibrium_programme(
    game: NormalFormGame,
    *,
    objective: Objective | Sequence[Any] | Array | RationalArray = "welfare",
    coarse: bool = False,
    obedient: Sequence[int | str] | None = None,
    rows: Sequence[Sequence[int]] | None = None,
) -> LinearProgramme:
    """The linear programme over distributions of recommendations; the row builder ``"correlated_equilibrium"``.

    Maximise Σ_a p(a) c(a) subject to p ≥ 0, Σ p = 1 and the obedience rows "Player 1 told C plays D" (coarse: "Player 1
    always plays D"). For ``"fairness"`` maximise a further column t subject to t ≤ Σ_a p(a) u_i(a) for every player.

    Parameters
    ----------
    objective : "welfare", "fairness", n weights on players, or an array of shape ``game.num_actions``
        As in :func:`gametheory.equilibria.correlated_equilibrium`.
    coarse : bool
        Whether players commit to follow or to ignore their recommendations before they hear them.
    obedient : sequence of players, optional
        Who must be willing to obey; by default everybody. A leader who commits is not among them.
    rows : sequence of (player, told, plays), coarse (player, plays), optional
        Indices of the obedience rows to keep, in increasing order: a relaxation. By default all.

    Raises
    ------
    SpecificationError
        An objective of another shape, rows that do not exist, or a programme too large for the memory at hand.
    """
    game = game.exact()
    players = range(game.num_players) if obedient is None else sorted({game.player_index(i) for i in obedient})
    kept = all_obedience_rows(game, players, coarse=coarse) if rows is None else _checked(game, players, rows, coarse)
    size = game.num_profiles
    refuse_large_programme(
        size + sum(size if coarse else size // game.num_actions[row[0]] for row in kept), "correlated equilibrium"
    )
    columns = np.arange(size, dtype=np.int64)
    names = ["(" + ", ".join(labels) + ")" for labels in itertools.product(*game.actions)]
    blocks = [sum_to_one(columns, game.denominator)]
    for i in players:
        own = [row for row in kept if row[0] == i]
        if own:
            table, where = obedience_table(game, own, coarse=coarse)
            blocks.append(block(table, where, [row_name(game, row) for row in own]))
    arguments: dict[str, Any] = {"objective": objective, "coarse": bool(coarse)}
    free: tuple[int, ...] = ()
    if isinstance(objective, str) and objective == "fairness":
        blocks.append(fairness_rows(game))
        coefficients = RationalArray.of_integers(np.append(np.zeros(size, dtype=np.int64), 1))
        names.append("smallest payoff")
        free = (size,)
    else:
        coefficients, arguments["objective"] = linear_objective(game, objective)
    if obedient is not None:
        arguments["obedient"] = list(players)
    if rows is not None:
        arguments["rows"] = [list(row) for row in kept]
    return payoff_programme(
        game,
        blocks,
        name="correlated_equilibrium",
        arguments=arguments,
        objective=coefficients,
        column_names=names,
        free=free,
    )


def fairness_rows(game: NormalFormGame) -> RowBlock:
    """Σ_a p(a) u_i(a) − t ≥ 0 for every player, t the column after the profiles."""
    table = with_minus_one(game.numerators.reshape(game.num_players, -1), game.denominator)
    names = [f"{name} gets the smallest payoff" for name in game.players]
    return block(table, np.arange(game.num_profiles + 1), names)


def row_name(game: NormalFormGame, row: ObedienceRow) -> str:
    """ "Player 1 told C plays D", "Player 1 always plays D"."""
    name, actions = game.players[row[0]], game.actions[row[0]]
    if len(row) == 2:
        return f"{name} always plays {actions[row[1]]}"
    return f"{name} told {actions[row[1]]} plays {actions[row[2]]}"


def _checked(game: NormalFormGame, players: Sequence[int], rows: Any, coarse: bool) -> list[ObedienceRow]:
    """The rows as tuples; refused unless they exist, each once, in order: they may come from a file."""
    kept = [tuple(row) for row in rows]
    form = "(player, plays)" if coarse else "(player, told, plays)"
    for k, row in enumerate(kept):
        sizes = game.num_actions[row[0]] if row and type(row[0]) is int and row[0] in players else 0
        if (
            len(row) != (2 if coarse else 3)
            or any(type(x) is not int or not 0 <= x < sizes for x in row[1:])
            or (not coarse and row[1] == row[2])
        ):
            raise SpecificationError(f"rows[{k}]: found {list(row)}; write indices {form}, told and plays different")
    if sorted(set(kept)) != kept:
        raise SpecificationError("rows: found one twice, or not in increasing order; sort them")
    return kept


def linear_objective(game: NormalFormGame, objective: Any) -> tuple[RationalArray, Any]:
    """Coefficient of each profile in C order, and the objective as JSON data."""
    if isinstance(objective, str):
        if objective != "welfare":
            raise SpecificationError(
                f"objective: found {objective!r}; write 'welfare', 'fairness', a player, {game.num_players} weights on "
                f"players, or an array of shape {game.num_actions}"
            )
        return RationalArray.of_integers(summed(game.numerators).reshape(-1), game.denominator), objective
    array = RationalArray.from_values(objective, where="objective")
    if array.shape == game.num_actions and (game.num_players > 1 or array.shape != (1,)):
        as_data = np.vectorize(exact_text, otypes=[object])(array.fractions()).tolist()
        return RationalArray.of_integers(array.numerators.reshape(-1), array.denominator), as_data
    if array.shape == (game.num_players,):
        terms = np.stack([game.numerators[i].astype(object) * int(w) for i, w in enumerate(array.numerators)])
        weighted = RationalArray.of_integers(terms.sum(axis=0).reshape(-1), game.denominator * array.denominator)
        return weighted, [exact_text(w) for w in array.fractions()]
    raise SpecificationError(
        f"objective: found shape {array.shape}; write {game.num_players} weights on players or an array of shape "
        f"{game.num_actions}, one number for each profile"
    )
