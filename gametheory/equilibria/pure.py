"""Pure Nash equilibria of games with any number of players.

A pure profile a is a Nash equilibrium iff u_i(a) = max_b u_i(b, a_{−i}) for every player i: one maximum along each
player's own axis of the payoff tensor and one comparison. Both are exact, also for floats, which are compared as the
rationals that they are: a tie is a tie to the last bit, and two numbers that differ in the last bit are no tie.

Complexity: n passes over the payoff tensor, O(n · ∏ m_i); beside the tensor up to 12 bytes for each profile, so that 20
players with two actions need 13 MB. Certificates of games of floats carry the game as it is: comparing floats needs no
rationals.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic.limits import check_count
from gametheory.certificates.deviations import DeviationCertificate
from gametheory.certificates.pure_completeness import PureCompletenessCertificate, pure_equilibrium_mask
from gametheory.equilibria.equilibrium import Equilibrium, EquilibriumSet
from gametheory.errors import SolverError, UnsupportedError
from gametheory.games.memory import refuse_if_too_large
from gametheory.games.normal_form import NormalFormGame

__all__ = ["MAX_EQUILIBRIA", "first_pure_profile", "pure_nash_equilibria"]

MAX_EQUILIBRIA = 100_000
"""Default of ``max_equilibria``: beyond it a list of equilibria is a mistake more often than an answer."""


def pure_nash_equilibria(game: NormalFormGame, *, max_equilibria: int = MAX_EQUILIBRIA) -> EquilibriumSet:
    """All pure Nash equilibria, in lexicographic order, each certified, and the set certified complete.

    Parameters
    ----------
    game : NormalFormGame
        Exact or of floats, any number of players.
    max_equilibria : int
        Refuse to list more than this many.

    Returns
    -------
    EquilibriumSet
        Members with pure profiles (tuples of action indices); empty if there is none. The certificate of completeness
        re-reads the payoff table.

    Raises
    ------
    SolverError
        If there are more than ``max_equilibria``; ``best`` holds the first of them as an array of indices.
    UnsupportedError
        If the game is symbolic.

    Examples
    --------
    Stag hunt (Rousseau): two pure equilibria.

    >>> game = NormalFormGame.symmetric([[4, 0], [3, 3]], actions=["stag", "hare"])
    >>> pure_nash_equilibria(game)
    EquilibriumSet(2 pure Nash equilibria, certified, certified complete)
    >>> [e.profile for e in pure_nash_equilibria(game)]
    [(0, 0), (1, 1)]
    """
    check_count("max_equilibria", max_equilibria, least=0)
    profiles = np.argwhere(_mask(game))
    if len(profiles) > max_equilibria:
        raise SolverError(
            f"the game has {len(profiles):,} pure Nash equilibria, more than max_equilibria={max_equilibria:,}; "
            "pass a larger max_equilibria to list them all",
            status="limit",
            solver="pure Nash equilibria",
            best=profiles[:max_equilibria],
        )
    members = tuple(pure_equilibrium(game, tuple(row)) for row in profiles.tolist())
    return EquilibriumSet(
        game=game,
        concept="pure Nash",
        equilibria=members,
        components=(),
        completeness="certified",
        certificate=PureCompletenessCertificate.of(game, profiles.tolist()),
        method="maxima along each player's axis",
    )


def pure_equilibrium(game: NormalFormGame, profile: tuple[int, ...]) -> Equilibrium:
    """A pure profile as a certified equilibrium of ``game``."""
    return Equilibrium(
        concept="pure Nash",
        game=game,
        profile=profile,
        exact_profile=profile,
        payoffs=game.payoff(*profile),
        certificate=DeviationCertificate("nash", profile, game=game),
        method="maxima along each player's axis",
    )


def first_pure_profile(game: NormalFormGame) -> tuple[int, ...] | None:
    """The lexicographically first pure Nash equilibrium as action indices, or ``None`` if there is none."""
    mask = _mask(game)
    first = int(mask.argmax())
    return tuple(int(k) for k in np.unravel_index(first, mask.shape)) if mask.flat[first] else None


def _mask(game: NormalFormGame) -> NDArray[np.bool_]:
    if game.arithmetic == "symbolic":
        raise UnsupportedError(
            "the payoffs have free symbols, so which profiles are equilibria depends on them; substitute values"
        )
    if game.num_profiles > 10**5:
        refuse_if_too_large(game.num_profiles, 12, "the comparison of each profile's payoffs with the best ones")
    return pure_equilibrium_mask(game.numerators)
