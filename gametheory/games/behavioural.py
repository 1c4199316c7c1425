"""Behavioural play of a Bayesian game: interim and ex-ante payoffs, and what a type regrets.

A behavioural strategy σ_i gives every type t_i of player i a distribution σ_i(· | t_i) over its actions: an array of
shape (k_i, m_i) whose rows sum to one. The interim payoff of an action, with beliefs from the common prior, is

    U_i(a_i | t_i, σ) = Σ_{t_{−i}} p(t_{−i} | t_i) Σ_{a_{−i}} ∏_{j≠i} σ_j(a_j | t_j) u_i(t, a),

one contraction of the payoff tensor over the type and the action axis of each other player together. The interim regret
of a type is max_{a_i} U_i(a_i | t_i, σ) − Σ_{a_i} σ_i(a_i | t_i) U_i(a_i | t_i, σ) ≥ 0; σ is a Bayes–Nash equilibrium
iff it is zero for every type of positive probability. Cost: one pass over the tensor for each player.

Reference: J. Harsanyi 1967–68, "Games with incomplete information played by 'Bayesian' players", *Management Science*
14.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import RationalArray
from gametheory.errors import SpecificationError, UnsupportedError
from gametheory.games.bayesian import BayesianGame
from gametheory.games.labels import action_index
from gametheory.games.profiles import read_distribution

__all__ = [
    "BehaviouralProfile",
    "bayes_regrets",
    "behavioural_from_agents",
    "behavioural_profile",
    "ex_ante_payoffs",
    "exact_behavioural_profile",
    "interim_payoffs",
]

Array = NDArray[Any]
BehaviouralProfile = tuple[Array, ...]
_MACHINE = 2**62


def behavioural_profile(game: BayesianGame, strategies: Any) -> BehaviouralProfile:
    """A behavioural strategy profile as read-only arrays, one of shape (k_i, m_i) for each player.

    Parameters
    ----------
    strategies : sequence of n entries
        For each player one entry for each type: an action (index or label) or a vector of m_i probabilities.

    Raises
    ------
    SpecificationError
        Wrong lengths, or probabilities that are negative or do not sum to one.
    """
    count = len(strategies) if hasattr(strategies, "__len__") and not isinstance(strategies, str) else "no"
    if count != game.num_players:
        raise SpecificationError(f"strategies: found {count} entries, expected {game.num_players}, one for each player")
    profile = []
    for i, strategy in enumerate(strategies):
        if isinstance(strategy, str) or not hasattr(strategy, "__len__") or len(strategy) != game.num_types[i]:
            raise SpecificationError(
                f"strategies[{i}]: found {strategy!r}; write {game.num_types[i]} entries, one for each type of "
                f"{game.players[i]}, each an action or a vector of probabilities"
            )
        rows = [_row(game, i, k, entry) for k, entry in enumerate(strategy)]
        # A pure row is exact; beside rows of floats it is the same numbers as floats.
        floats = any(row.dtype != object for row in rows)
        array = np.empty((len(rows), game.num_actions[i]), dtype=np.float64 if floats else object)
        for k, row in enumerate(rows):
            array[k] = row
        profile.append(_read_only(array))
    return tuple(profile)


def behavioural_from_agents(game: BayesianGame, agent_profile: Sequence[Any]) -> BehaviouralProfile:
    """The behavioural profile that a mixed profile of ``game.agent_form()`` is.

    Parameters
    ----------
    agent_profile : sequence
        For each of ``game.agents()``, in order, an action or a vector of probabilities. Types of probability zero,
        which are no agents, are given their first action.
    """
    agents = game.agents()
    if len(agent_profile) != len(agents):
        raise SpecificationError(
            f"agent_profile: found {len(agent_profile)} entries, expected {len(agents)}, one for each of game.agents()"
        )
    given = dict(zip(agents, agent_profile, strict=True))
    return behavioural_profile(
        game, [[given.get((i, k), 0) for k in range(count)] for i, count in enumerate(game.num_types)]
    )


def interim_payoffs(game: BayesianGame, strategies: Any, player: int | str, type: int | str) -> Array:  # noqa: A002
    """U_i(a_i | t_i, σ): what each own action pays to a type while the others play ``strategies``, shape (m_i,).

    Exact if game and strategies are, floats if either has floats.

    Raises
    ------
    SpecificationError
        If the type has probability zero.
    """
    profile = behavioural_profile(game, strategies)
    i = game.player_index(player)
    k = game.type_index(i, type)
    total = game.type_probabilities(i)[k]
    if not total > 0:
        game.belief(i, k)  # refuses, with the reason
    return np.asarray(_weighted_payoffs(game, profile, i)[k] / total)


def ex_ante_payoffs(game: BayesianGame, strategies: Any) -> Array:
    """Expected payoff of each player before types are drawn, shape (n,)."""
    profile = behavioural_profile(game, strategies)
    rows = [(_weighted_payoffs(game, profile, i) * profile[i]).sum() for i in range(game.num_players)]
    result = np.empty(len(rows), dtype=np.float64 if all(isinstance(x, float) for x in rows) else object)
    result[:] = rows
    return result


def bayes_regrets(game: BayesianGame, strategies: Any) -> tuple[Array, ...]:
    """Interim regret of every type: for each player an array of shape (k_i,), exact.

    max_{a_i} U_i(a_i | t_i, σ) − Σ_{a_i} σ_i(a_i | t_i) U_i(a_i | t_i, σ); 0 for a type of probability zero. Floats
    are taken as the rationals that they are. σ is a Bayes–Nash equilibrium iff all are zero.
    """
    exact_game = game.exact()
    profile = exact_behavioural_profile(game, strategies)
    result = []
    for i in range(game.num_players):
        weighted = _weighted_payoffs(exact_game, profile, i)
        gains = np.empty(game.num_types[i], dtype=object)
        for k, total in enumerate(exact_game.type_probabilities(i)):
            gains[k] = (max(weighted[k]) - weighted[k] @ profile[i][k]) / total if total else Fraction(0)
        result.append(_read_only(gains))
    return tuple(result)


def exact_behavioural_profile(game: BayesianGame, strategies: Any) -> BehaviouralProfile:
    """The behavioural profile in fractions: floats become the rationals they are, each row divided by its exact sum."""
    arrays = []
    for array in behavioural_profile(game, strategies):
        if array.dtype != object:
            fractions = RationalArray.from_floats(array).fractions()
            array = _read_only(fractions / fractions.sum(axis=1, keepdims=True))
        elif not all(isinstance(x, Fraction) for x in array.flat):
            raise UnsupportedError("the strategies have free symbols; substitute numbers first")
        arrays.append(array)
    return tuple(arrays)


def _weighted_payoffs(game: BayesianGame, profile: BehaviouralProfile, player: int) -> Array:
    """p_i(t_i) U_i(a_i | t_i, σ), shape (k_i, m_i)."""
    others = [j for j in range(game.num_players) if j != player]
    numbers = [game.prior, *(profile[j] for j in others)]
    if game.arithmetic == "symbolic" or any(a.dtype == object and not _is_rational(a) for a in numbers):
        payoffs = game.payoffs[player].astype(object)
        return _contracted(payoffs, game.prior.astype(object), {j: profile[j].astype(object) for j in others}, player)
    if game.arithmetic == "float" or any(a.dtype != object for a in numbers):
        payoffs = game.numerators[player]
        if game.arithmetic == "exact":
            payoffs = RationalArray(payoffs, game.denominator).floats()
        strategies = {j: profile[j].astype(np.float64) for j in others}
        return _contracted(payoffs, game.prior.astype(np.float64), strategies, player)
    tensor = game.numerators[player]
    prior, *scaled = [RationalArray.from_fractions(a) for a in numbers]
    # Rows of a strategy sum to its denominator, so no partial sum exceeds the largest payoff times this scale.
    scale = prior.denominator
    for part in scaled:
        scale *= part.denominator
    largest = max(abs(int(tensor.max())), abs(int(tensor.min())), 1)
    arrays = [tensor, prior.numerators, *(part.numerators for part in scaled)]
    if largest * scale >= _MACHINE or any(array.dtype == object for array in arrays):
        arrays = [array.astype(object) for array in arrays]
    result = _contracted(arrays[0], arrays[1], dict(zip(others, arrays[2:], strict=True)), player)
    return RationalArray.of_integers(result, scale * game.denominator).fractions()


def _contracted(tensor: Array, prior: Array, strategies: dict[int, Array], player: int) -> Array:
    n = prior.ndim
    result = tensor * prior.reshape(*prior.shape, *(1,) * n)
    for j in range(n - 1, -1, -1):  # from the last player on, so that the axes before keep their places
        if j != player:
            result = np.tensordot(result, strategies[j], axes=([j, result.ndim // 2 + j], [0, 1]))
    return np.asarray(result)


def _is_rational(array: Array) -> bool:
    return all(isinstance(x, Fraction) for x in array.flat)


def _row(game: BayesianGame, player: int, index: int, entry: Any) -> Array:
    m = game.num_actions[player]
    where = f"strategies[{player}][{index}]"
    if isinstance(entry, (str, int, np.integer)):
        vector = np.full(m, Fraction(0), dtype=object)
        vector[action_index(entry, game.actions[player], where)] = Fraction(1)
        return vector
    return read_distribution(entry, (m,), where, f"probability of {game.players[player]}'s actions")


def _read_only(array: Array) -> Array:
    copy = np.array(array, copy=True, order="C")
    copy.setflags(write=False)
    return copy
