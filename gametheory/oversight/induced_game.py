"""The game that watched agents actually play.

Under a policy with detection rates q, false-alarm rates f and deposits d (see :mod:`.policy`), and a pure target profile
a*, player i's payoff at the profile a is

    ũ_i(a)  =  u_i(a) − q_i d_i   if a_i ≠ a*_i,        u_i(a) − f_i d_i   if a_i = a*_i.

Everything that is known about games holds for it: its equilibria, its resilience, how patient a cartel must be in it.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gametheory.arithmetic import RationalArray
from gametheory.games.memory import refuse_if_too_large
from gametheory.games.normal_form import NormalFormGame
from gametheory.oversight.policy import Policy, per_player

__all__ = ["induced_game"]


def induced_game(game: NormalFormGame, policy: Policy, target: Any) -> NormalFormGame:
    """The game with expected forfeits taken off the payoffs.

    Parameters
    ----------
    target : sequence of n actions (index or label)
        The profile from which moving away counts.

    Returns
    -------
    NormalFormGame
        Exact if game and policy are; otherwise of floats, each payoff computed exactly and rounded once. (A gain that a
        policy just cancels may then be rounding: :func:`~gametheory.oversight.is_deterred` decides it in fractions.)

    Raises
    ------
    SpecificationError
        A target that is no pure profile of the game, or a policy for another number of players.

    Examples
    --------
    A deposit of 4, forfeited in half of the cases, makes cooperation stable among prisoners.

    >>> game = NormalFormGame.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]], actions=[["C", "D"]] * 2)
    >>> print(induced_game(game, Policy(detection_rate="1/2", deposits=4), ("C", "C")))
    Player 1 \\ Player 2      C       D
    C                     3, 3   0, 3
    D                     3, 0  -1, -1
    """
    source = game.exact()
    profile = source.action_indices(target)
    n = source.num_players
    refuse_if_too_large(n * source.num_profiles, 100, "the payoff table of the induced game")
    deposits = per_player(policy.deposits, n, "deposits")
    caught = [q * d for q, d in zip(per_player(policy.detection_rate, n, "detection_rate"), deposits, strict=True)]
    accused = policy.complying_costs(n)
    denominator = math.lcm(source.denominator, *(x.denominator for x in (*caught, *accused)))
    payoffs = source.numerators.astype(object) * (denominator // source.denominator)
    for i, k in enumerate(profile):
        forfeits = np.full(source.num_actions[i], int(caught[i] * denominator), dtype=object)
        forfeits[k] = int(accused[i] * denominator)
        payoffs[i] = payoffs[i] - forfeits.reshape([-1 if j == i else 1 for j in range(n)])
    result = NormalFormGame(
        RationalArray.of_integers(payoffs, denominator), game.players, game.actions, title=game.title
    )
    return result if game.arithmetic == policy.arithmetic == "exact" else result.to_float()
