"""Pure, mixed and correlated play, and the one contraction that gives payoffs.

* A **pure** profile is a tuple of action indices (labels are accepted wherever a person names an action).
* A **mixed** profile σ = (σ_0, …, σ_{n−1}) is a tuple of probability vectors; players randomise independently.
* A **correlated** profile μ is a distribution over action profiles, a numpy array of shape (m_0, …, m_{n−1}).

Expected payoffs are u_i(σ) = Σ_a u_i(a) ∏_j σ_j(a_j). The *deviation payoffs* of player i are the vector
u_i(a_i, σ_{−i}) over a_i; the *regret* of player i is max_{a_i} u_i(a_i, σ_{−i}) − u_i(σ) ≥ 0, and σ is a Nash
equilibrium iff every regret is zero. All of them are one contraction of the payoff tensor with vectors, the same for
floats, rationals and expressions.

Floats are taken as the rationals that they are: a vector of floats whose sum is within 1e-9 of one is divided by its
sum, any other is refused.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import Arithmetic, RationalArray, read_array
from gametheory.errors import SpecificationError, UnsupportedError
from gametheory.games.labels import action_index
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.protocol import Game

__all__ = [
    "CorrelatedProfile",
    "MixedProfile",
    "PureProfile",
    "contract",
    "correlated_profile",
    "deviation_payoffs",
    "exact_contract",
    "exact_mixed_profile",
    "expected_payoffs",
    "is_pure_profile",
    "mixed_profile",
    "product_distribution",
    "pure_profile",
    "read_distribution",
    "regrets",
]

Array = NDArray[Any]
PureProfile = tuple[int, ...]
MixedProfile = tuple[Array, ...]
CorrelatedProfile = Array

SUM_TOLERANCE = 1e-9
_MACHINE = 2**62


def is_pure_profile(profile: Any) -> bool:
    """Whether ``profile`` names one action for each player (by index or label), not probabilities."""
    return isinstance(profile, (tuple, list)) and all(
        isinstance(x, (str, int, np.integer)) and not isinstance(x, bool) for x in profile
    )


def pure_profile(game: NormalFormGame, profile: Sequence[int | str]) -> PureProfile:
    """A pure profile as a tuple of indices; actions may be given by indices or labels."""
    return game.action_indices(profile)


def mixed_profile(game: Game, profile: Any) -> MixedProfile:
    """A mixed profile as a tuple of read-only vectors, floats or fractions (or expressions) as given.

    Parameters
    ----------
    profile : sequence of n entries
        For each player an action (index or label, played with certainty) or a probability vector of length m_i.

    Raises
    ------
    SpecificationError
        Wrong lengths, negative probabilities, or a sum that is not one (floats: off by more than 1e-9).

    Examples
    --------
    >>> game = NormalFormGame.zero_sum([[1, -1], [-1, 1]])
    >>> mixed_profile(game, [["1/2", "1/2"], 0])
    (array([Fraction(1, 2), Fraction(1, 2)], dtype=object), array([Fraction(1, 1), Fraction(0, 1)], dtype=object))
    """
    if isinstance(profile, str) or not hasattr(profile, "__len__") or len(profile) != game.num_players:
        raise SpecificationError(
            f"profile: found {profile!r}; write {game.num_players} entries, an action or a vector of probabilities for each "
            "player"
        )
    return tuple(_strategy(game, i, entry) for i, entry in enumerate(profile))


def _strategy(game: Game, player: int, entry: Any) -> Array:
    m = game.num_actions[player]
    if isinstance(entry, (str, int, np.integer)):
        vector = np.full(m, Fraction(0), dtype=object)
        vector[action_index(entry, game.actions[player], f"profile[{player}]")] = Fraction(1)
        vector.setflags(write=False)
        return vector
    where = f"profile[{player}]"
    return read_distribution(entry, (m,), where, f"probability of {game.players[player]}'s actions")


def read_distribution(values: Any, shape: tuple[int, ...], where: str, what: str) -> Array:
    """Probabilities of a given shape that sum to one: floats, fractions or expressions, read-only.

    Parameters
    ----------
    values : array_like
        Exact entries must sum to one exactly; floats within 1e-9, and are then divided by their sum.
    shape : tuple of int
    where, what : str
        How error messages name the place, and what one entry is.
    """
    kind, array = read_array(values, where=where)
    if tuple(array.shape) != shape:
        raise SpecificationError(f"{where}: found shape {tuple(array.shape)}, expected {shape}, one {what}")
    if kind == "symbolic":
        return array  # type: ignore[no-any-return]  # read_array names its arrays by kind
    numbers = array.fractions() if isinstance(array, RationalArray) else array
    negative = np.argwhere(numbers < 0)
    if len(negative):
        index = tuple(int(k) for k in negative[0])
        if kind == "exact" or numbers[index] < -SUM_TOLERANCE:
            raise SpecificationError(f"{where}{list(index)}: found {numbers[index]}; probabilities are not negative")
        numbers = np.maximum(numbers, 0.0)
    total = sum(numbers.flat, Fraction(0)) if kind == "exact" else math.fsum(numbers.flat)
    if total != 1:
        if kind == "exact" or abs(total - 1) > SUM_TOLERANCE:
            raise SpecificationError(f"{where}: found probabilities that sum to {total}; they must sum to 1")
        numbers = numbers / total
    result = np.array(numbers, copy=True)
    result.setflags(write=False)
    return result


def exact_mixed_profile(game: Game, profile: Any) -> MixedProfile:
    """The mixed profile in exact fractions: floats become the rationals they are, divided by their exact sum."""
    vectors = []
    for vector in mixed_profile(game, profile):
        if vector.dtype != object:
            values = np.empty(len(vector), dtype=object)
            values[:] = [Fraction(x) for x in vector.tolist()]
            total = sum(values, Fraction(0))
            vector = values / total
        elif any(not isinstance(x, Fraction) for x in vector):
            raise UnsupportedError("the profile has free symbols; substitute numbers, or use the symbolic chapter")
        vector.setflags(write=False)
        vectors.append(vector)
    return tuple(vectors)


def correlated_profile(game: NormalFormGame, distribution: Any) -> CorrelatedProfile:
    """A distribution over action profiles as a read-only array of shape ``game.num_actions``.

    A mixed profile is not accepted here (for two players the two would look alike): see :func:`product_distribution`.

    Raises
    ------
    SpecificationError
        Wrong shape, negative entries, or a sum that is not one.
    """
    if isinstance(distribution, RationalArray):
        distribution = distribution.fractions()
    return read_distribution(distribution, game.num_actions, "distribution", "probability of each action profile")


def product_distribution(profile: MixedProfile) -> CorrelatedProfile:
    """The correlated profile in which players mix independently: the outer product of their vectors."""
    result: Array = profile[0]
    for vector in profile[1:]:
        result = np.multiply.outer(result, vector)
    result.setflags(write=False)
    return result


def contract(tensor: Array, vectors: Sequence[Array], keep: int | None = None) -> Array:
    """Contract the last n axes of ``tensor`` with n vectors, all but axis ``keep`` of them.

    ``tensor`` has shape (…, m_0, …, m_{n−1}); the result has shape (…) or (…, m_keep). Any scalar type.
    """
    n = len(vectors)
    lead = tensor.ndim - n
    result = tensor
    for axis in range(n - 1, -1, -1):
        if axis != keep:
            result = np.tensordot(result, vectors[axis], axes=([lead + axis], [0]))
    return np.asarray(result)


def exact_contract(tensor: RationalArray, vectors: Sequence[Array], keep: int | None = None) -> Array:
    """:func:`contract` for rationals: vectors of fractions, an array of fractions; integers all the way.

    Machine integers are used when no partial sum can leave them: the largest numerator times the sizes of the vectors.
    """
    scaled = [RationalArray.from_fractions(vector) for vector in vectors]
    # Along the kept axis the vector is not applied, so its denominator does not enter.
    applied = [v for axis, v in enumerate(scaled) if axis != keep]
    scale = math.prod(v.denominator for v in applied)
    table, factors = tensor.numerators, [v.numerators for v in scaled]
    bound = max(abs(int(table.max())), abs(int(table.min()))) if table.size else 0
    bound *= math.prod(sum(abs(int(x)) for x in v.numerators) for v in applied)
    if table.dtype == object or any(v.numerators.dtype == object for v in applied) or bound >= _MACHINE:
        table, factors = table.astype(object), [f.astype(object) for f in factors]
    return RationalArray.of_integers(contract(table, factors, keep), scale * tensor.denominator).fractions()


def _kinds(game: NormalFormGame, profile: MixedProfile) -> Arithmetic:
    symbolic = any(v.dtype == object and any(not isinstance(x, Fraction) for x in v) for v in profile)
    if game.arithmetic == "symbolic" or symbolic:
        return "symbolic"
    return "float" if game.arithmetic == "float" or any(v.dtype != object for v in profile) else "exact"


def _contraction(game: NormalFormGame, tensor: Array, profile: MixedProfile, keep: int | None) -> Array:
    kind = _kinds(game, profile)
    if kind == "exact":
        return exact_contract(RationalArray(tensor, game.denominator), profile, keep)
    if kind == "float":
        floats = RationalArray(tensor, game.denominator).floats() if game.arithmetic == "exact" else tensor
        return contract(floats, [v.astype(np.float64) for v in profile], keep)
    whole = RationalArray(tensor, game.denominator).fractions() if game.arithmetic == "exact" else tensor.astype(object)
    return contract(whole, [v.astype(object) for v in profile], keep)


def expected_payoffs(game: NormalFormGame, profile: Any) -> Array:
    """Expected payoff of each player under a pure, mixed or correlated profile: u_i(σ) = Σ_a u_i(a) ∏_j σ_j(a_j).

    Parameters
    ----------
    game : NormalFormGame
    profile : pure, mixed or correlated profile
        A numpy array is a correlated profile, of shape ``game.num_actions``; a tuple or list is a pure or mixed one,
        with an action or a probability vector for each player.

    Returns
    -------
    array, shape (n,)
        Fractions if game and profile are exact, floats if either has floats, expressions if either has symbols.

    Raises
    ------
    SpecificationError
        If the profile is malformed, see :func:`mixed_profile` and :func:`correlated_profile`.

    Examples
    --------
    >>> game = NormalFormGame.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]])
    >>> [str(x) for x in expected_payoffs(game, [["1/2", "1/2"], ["1/2", "1/2"]])]
    ['9/4', '9/4']
    """
    if isinstance(profile, np.ndarray):
        # A correlated profile is one vector over all action profiles.
        flat = game.numerators.reshape(game.num_players, -1)
        return _contraction(game, flat, (correlated_profile(game, profile).reshape(-1),), None)
    return _contraction(game, game.numerators, mixed_profile(game, profile), None)


def deviation_payoffs(game: NormalFormGame, profile: Any, player: int | str) -> Array:
    """Payoff of each own action of one player while the others play a profile: u_i(a_i, σ_{−i}) for every a_i.

    Parameters
    ----------
    game : NormalFormGame
    profile : pure or mixed profile
        The player's own entry is read, but does not matter.
    player : int or str

    Returns
    -------
    array, shape (m_i,)
        Fractions, floats or expressions, as for :func:`expected_payoffs`.

    Raises
    ------
    SpecificationError
        If the profile is malformed or there is no such player.

    Examples
    --------
    >>> game = NormalFormGame.zero_sum([[1, -1], [-1, 1]])
    >>> [str(x) for x in deviation_payoffs(game, [0, ["3/4", "1/4"]], 0)]
    ['1/2', '-1/2']
    """
    i = game.player_index(player)
    return _contraction(game, game.numerators[i], mixed_profile(game, profile), i)


def regrets(game: NormalFormGame, profile: Any) -> Array:
    """Regret of each player: best deviation payoff minus expected payoff, max_{a_i} u_i(a_i, σ_{−i}) − u_i(σ) ≥ 0.

    Floats are taken as the rationals that they are, so that the answer is exact; the profile is a Nash equilibrium
    iff all regrets are zero.

    Parameters
    ----------
    game : NormalFormGame
    profile : pure or mixed profile

    Returns
    -------
    array of Fraction, shape (n,)
        In units of payoff.

    Raises
    ------
    SpecificationError
        If the profile is malformed.
    UnsupportedError
        If game or profile has free symbols.

    Examples
    --------
    >>> game = NormalFormGame.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]])
    >>> [str(x) for x in regrets(game, (0, 0))]
    ['2', '2']
    """
    exact_game, exact_profile = game.exact(), exact_mixed_profile(game, profile)
    result = np.empty(game.num_players, dtype=object)
    for i in range(game.num_players):
        options = deviation_payoffs(exact_game, exact_profile, i)
        result[i] = max(options) - options @ exact_profile[i]
    return result
