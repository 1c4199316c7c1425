"""The linear programme of a player's security level, from the game; see :mod:`gametheory.equilibria.zero_sum`."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import RationalArray
from gametheory.certificates.programme import LinearProgramme
from gametheory.equilibria.rows import block, payoff_programme, refuse_large_programme, sum_to_one, with_minus_one
from gametheory.errors import SpecificationError
from gametheory.games.normal_form import NormalFormGame

__all__ = ["Strategies", "maximin_programme", "own_table"]

Array = NDArray[Any]
Strategies = Literal["mixed", "pure"]


def own_table(game: NormalFormGame, player: int) -> Array:
    """A player's payoffs as stored, shape (own actions, joint actions of the others)."""
    return np.asarray(np.moveaxis(game.numerators[player], player, 0).reshape(game.num_actions[player], -1))


def maximin_programme(
    game: NormalFormGame, *, player: int | str = 0, strategies: Strategies = "mixed"
) -> LinearProgramme:
    """The linear programme of a player's security level; the row builder ``"maximin"``.

    Mixed: maximise v subject to Σ_a x(a) u_i(a, a_−i) − v ≥ 0 for every a_−i, x ≥ 0, Σ x = 1. Pure: maximise
    Σ_a x(a) g(a) with g(a) = min_{a_−i} u_i(a, a_−i), subject to x ≥ 0, Σ x = 1 (a vertex is a pure strategy).
    """
    game, i = game.exact(), game.player_index(player)
    table, actions = own_table(game, i), game.actions[i]
    m = len(table)
    refuse_large_programme(table.size, "the maximin strategy")
    names = [f"{game.players[i]} plays {label}" for label in actions]
    arguments = {"player": i, "strategies": strategies}
    if strategies == "pure":
        objective = RationalArray.of_integers(table.min(axis=1), game.denominator)
        blocks = [sum_to_one(np.arange(m), game.denominator)]
        return payoff_programme(
            game, blocks, name="maximin", arguments=arguments, objective=objective, column_names=names
        )
    if strategies != "mixed":
        raise SpecificationError(f"strategies: found {strategies!r}; write 'mixed' or 'pure'")
    labels = [", ".join(label) for label in _others_labels(game, i)]
    blocks = [
        sum_to_one(np.arange(m), game.denominator),
        block(
            with_minus_one(table.T, game.denominator),
            np.arange(m + 1),
            [f"the others play ({label})" for label in labels],
        ),
    ]
    return payoff_programme(
        game,
        blocks,
        name="maximin",
        arguments=arguments,
        objective=RationalArray.of_integers(np.append(np.zeros(m, dtype=np.int64), 1)),
        column_names=[*names, "value"],
        free=(m,),
    )


def _others_labels(game: NormalFormGame, player: int) -> list[tuple[str, ...]]:
    others = [j for j in range(game.num_players) if j != player]
    shape = [game.num_actions[j] for j in others]
    return [tuple(game.actions[j][k] for j, k in zip(others, a, strict=True)) for a in np.ndindex(*shape)]
