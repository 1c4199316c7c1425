"""Coalitions of players on a network, by local tables.

In a :class:`.PolymatrixGame` what the members of a coalition gain is a sum over their own actions and over the edges between
them; everybody else's play is a field that they stand in (:mod:`.local_moves`). A coalition that is not connected blocks
only if one of its connected components does, under every rule and however its members draw what they play: so resilience
against all coalitions up to a size is resilience against the connected ones. What the members of a coalition gain together
is found by eliminating one after the other, so that large coalitions of low treewidth are no obstacle, and under "any"
coalitions of every size are decided at once.

A player's payoff is a sum over its neighbours, and so is what they can take from it: a profile is immune to n − 1 faulty
players if it is immune to one.

References: R. Aumann 1959, "Acceptable points in general cooperative n-person games"; M. Kearns, M. Littman and S. Singh
2001, "Graphical models for game theory", UAI; U. Bertelè and F. Brioschi 1972, "Nonserial Dynamic Programming" (elimination).
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

import numpy as np

from gametheory.certificates.coalition_bounds import CoalitionBoundCertificate
from gametheory.certificates.encoding import ExactProfile
from gametheory.certificates.gains import Blocking
from gametheory.certificates.local_moves import LocalGains, best_for_set, harmful_neighbour
from gametheory.certificates.witnesses import WitnessCertificate
from gametheory.collusion.coalition_gains import CoalitionGain, Coordination
from gametheory.collusion.immunity import Immunity
from gametheory.collusion.joint_deviations import correlated_gain, plain_weights
from gametheory.errors import UnsupportedError
from gametheory.games.coalitions import read_coalition
from gametheory.games.polymatrix import PolymatrixGame
from gametheory.games.profiles import exact_mixed_profile
from gametheory.games.protocol import refuse_floats

__all__ = ["network_coalition_gain", "network_immunity", "network_profile"]


def network_coalition_gain(
    game: PolymatrixGame,
    profile: Any,
    coalition: Iterable[int | str],
    *,
    blocking: Blocking,
    coordination: Coordination = "pure",
) -> CoalitionGain:
    """The most that a coalition gains by deviating together; positive iff it blocks the profile.

    What :func:`~gametheory.collusion.coalition_gain` does for such games. Under "any" and "transfer" any coalition of low
    treewidth will do; under "all" and "some", and with shared randomness, all joint actions of a component are looked at.

    Parameters
    ----------
    profile : sequence of n entries
        For each player an action (index or name) or a probability vector.
    coalition : iterable of int or str
        Members by index or name.
    coordination : "pure" or "correlated"

    Raises
    ------
    SpecificationError
        Unknown player or action, or a component too large to look at all its joint actions.
    UnsupportedError
        ``coordination="independent"``, or a game of floats.

    Examples
    --------
    Forty players in a row who hunt hares: together they gain 1 each by hunting stags, and nobody else would join.

    >>> from gametheory.games import stag_hunt
    >>> row = {(i, i + 1): tuple(stag_hunt().payoffs) for i in range(39)}
    >>> game = PolymatrixGame(row, actions=[["stag", "hare"]] * 40)
    >>> network_coalition_gain(game, ["hare"] * 40, range(40), blocking="transfer").value
    Fraction(78, 1)
    """
    refuse_floats(game)
    if coordination == "independent":
        raise UnsupportedError(
            "coordination='independent': independent mixing on networks is not offered; 'pure' bounds what a coalition gains "
            "from below and 'correlated' from above"
        )
    given = network_profile(game, profile)
    members = tuple(sorted(read_coalition(game, coalition)))
    local = LocalGains(game, given)
    weights: tuple[Fraction, ...] = ()
    deviation: Any = None
    gains: tuple[Fraction, ...] = (Fraction(0),) * len(members)
    value = Fraction(0)
    witness = None
    if coordination == "correlated" and blocking in ("all", "some"):
        table = local.table(members)
        plain = plain_weights(table, blocking)
        if plain is None:
            value, deviation, gains, plain = correlated_gain(table, local.denominator, blocking)
        weights = plain if blocking == "all" else tuple(1 + w for w in plain)
    else:
        best, found = best_for_set(local, members, blocking)
        value = Fraction(best, local.denominator)
        deviation = None if found is None else found.actions
    if deviation is not None:
        witness = WitnessCertificate.of(game, given, members, deviation, blocking=blocking)
        gains = witness.gains
    return CoalitionGain(
        game=game,
        coalition=frozenset(members),
        lower=value,
        upper=value,
        deviation=deviation,
        gains=gains,
        blocking=blocking,
        coordination=coordination,
        witness=witness,
        certificate=CoalitionBoundCertificate(
            given,
            members,
            blocking,
            "correlated" if coordination == "correlated" else "pure",
            value,
            weights,
            game,
        ),
    )


def network_immunity(game: PolymatrixGame, profile: Any) -> Immunity:
    """Largest t ≤ n − 1 such that no t players, whatever they play, lower the expected payoff of another: 0 or n − 1.

    What :func:`~gametheory.collusion.immunity` does for such games; the damage is the worst by one player.

    Examples
    --------
    >>> game = PolymatrixGame({(0, 1): ([[2, 0], [1, 1]], [[2, 1], [0, 1]])}, actions=[["stay", "leave"]] * 2)
    >>> network_immunity(game, ("stay", "stay"))
    Immunity(0, exact: {Player 2} playing leave lowers Player 1's payoff by 2)
    """
    exact_game = game.exact()
    given = network_profile(exact_game, profile)
    local = LocalGains(exact_game, given)
    _, weights, scale = exact_game.field(given)
    found = harmful_neighbour(local, weights.astype(local.inside.dtype))
    if found is None:
        return Immunity(game=game, value=game.num_players - 1, faulty=None, play=None, victim=None, damage=Fraction(0))
    loss, who, action, victim = found
    damage = Fraction(loss, local.denominator * scale)
    return Immunity(game=game, value=0, faulty=frozenset([who]), play=(action,), victim=victim, damage=damage)


def network_profile(game: PolymatrixGame, profile: Any) -> ExactProfile:
    """A pure or mixed profile as a tuple of indices or of tuples of fractions."""
    parts = list(profile) if hasattr(profile, "__len__") and not isinstance(profile, str) else profile
    if isinstance(parts, list) and all(isinstance(part, (str, int, np.integer)) for part in parts):
        return game.action_indices(parts)
    return tuple(tuple(vector) for vector in exact_mixed_profile(game, parts))
