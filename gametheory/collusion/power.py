"""What a player contributes to coalitions: Shapley value, Myerson value, Banzhaf value.

With the marginal contributions v(S ∪ i) − v(S), S ⊆ N ∖ i, of a coalitional game,

* the **Shapley value** is the average over all orders in which the players may come together,
  φ_i = Σ_S |S|! (n − |S| − 1)! / n! · [v(S ∪ i) − v(S)]: the only efficient, symmetric, linear rule that gives nothing to
  players who contribute nothing (L. Shapley 1953);
* the **Myerson value** is the Shapley value of the game in which only sets connected in a network act together (R. Myerson
  1977): cutting a link changes what its two ends get by the same amount;
* the **Banzhaf value** is the average over all coalitions of the others, β_i = 2^{1−n} Σ_S [v(S ∪ i) − v(S)] (J. Banzhaf
  1965): the chance to be decisive where worths are 0 and 1; it need not share v(N).

Exact. Complexity: n passes over 2ⁿ worths; 20 players take some seconds.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from gametheory.collusion.allocations import Allocation
from gametheory.errors import SpecificationError
from gametheory.games.coalitional import CoalitionalGame

__all__ = ["banzhaf_value", "shapley_value"]


def shapley_value(game: CoalitionalGame, *, network: Any = None) -> Allocation:
    """The Shapley value; with a network of who talks to whom, the Myerson value.

    Parameters
    ----------
    game : CoalitionalGame
        Every coalition (with a network, every connected one) must be able to form.
    network : iterable of pairs of int, or a graph with ``.edges``, optional

    Returns
    -------
    Allocation

    Raises
    ------
    SpecificationError
        If some coalition has no worth because it may not form.

    Examples
    --------
    L. Shapley and M. Shubik (1954): a permanent member of the UN Security Council of 1945 (11 members, 7 votes, 5 vetoes)
    has 76/385 of the power.

    >>> council = CoalitionalGame.from_function(lambda s: int(len(s) >= 7 and s >= {0, 1, 2, 3, 4}), 11)
    >>> str(shapley_value(council)[0])
    '76/385'
    """
    restricted = game if network is None else game.restricted_to_network(network)
    n = game.num_players
    weights = [math.factorial(k) * math.factorial(n - k - 1) for k in range(n)]
    return _averaged(
        "Shapley value" if network is None else "Myerson value", restricted, weights, math.factorial(n), shown=game
    )


def banzhaf_value(game: CoalitionalGame, *, normalised: bool = False) -> Allocation:
    """The average contribution of each player to the coalitions of the others.

    Parameters
    ----------
    normalised : bool
        Whether to scale the values so that they share v(N) (the Banzhaf index of a voting game).

    Raises
    ------
    SpecificationError
        If some coalition may not form; or ``normalised`` and the values sum to 0.

    Examples
    --------
    >>> votes, quota = (4, 3, 2, 1), 6
    >>> body = CoalitionalGame.from_function(lambda s: int(sum(votes[i] for i in s) >= quota), 4)
    >>> banzhaf_value(body, normalised=True)
    Allocation(Banzhaf index, exact: 5/12, 1/4, 1/4, 1/12)
    """
    n = game.num_players
    raw = _averaged("Banzhaf value", game, [1] * n, 2 ** (n - 1), shown=game)
    if not normalised:
        return raw
    total = sum(raw.payoffs, Fraction(0))
    if total == 0:
        raise SpecificationError(
            "normalised: the values sum to 0, so that none can be scaled to share the worth of all"
        )
    scale = game.worths[game.everyone] / total
    return Allocation(concept="Banzhaf index", game=game, payoffs=tuple(scale * x for x in raw.payoffs))


def _averaged(
    concept: Literal["Shapley value", "Myerson value", "Banzhaf value"],
    game: CoalitionalGame,
    weights: list[int],
    total: int,
    *,
    shown: CoalitionalGame,
) -> Allocation:
    """Marginal contributions to coalitions of k others, with weight ``weights[k] / total``."""
    if not game.is_unrestricted:
        raise SpecificationError(
            "game: some coalitions may not form and have no worth; take game.superadditive_cover(), or pass network="
        )
    n, worths = game.num_players, game.worths.numerators
    if worths.dtype != object and 2 ** (n + 1) * max(int(worths.max()), -int(worths.min()), 1) >= 2**62:
        worths = worths.astype(object)
    payoffs = []
    for i in range(n):
        pairs = worths.reshape(-1, 2, 2**i)  # without and with player i, the others alike
        marginal = (pairs[:, 1] - pairs[:, 0]).reshape(-1)
        sums = [marginal[_sizes(n - 1) == k].sum() for k in range(n)]
        weighted = sum(w * int(s) for w, s in zip(weights, sums, strict=True))
        payoffs.append(Fraction(weighted, total * game.worths.denominator))
    return Allocation(concept=concept, game=shown, payoffs=tuple(payoffs))


def _sizes(num_players: int) -> NDArray[np.int64]:
    """Number of members of each coalition by number."""
    sizes = np.zeros(1, dtype=np.int64)
    for _ in range(num_players):
        sizes = np.concatenate([sizes, sizes + 1])
    return sizes
