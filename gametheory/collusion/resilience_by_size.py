"""Resilience against all coalitions up to a size, without a list of them.

Where every coalition of at most k players may form and members fix a joint action (or nothing is gained by drawing one, as
under "any" and "transfer"), a pass over what can be *reached* answers for all coalitions at once: over the profiles with at
most k movers in a game in normal form (:mod:`.movers`), over the vectors of counts of identical agents
(:mod:`.count_moves`), over the connected sets of players on a network (:mod:`.local_moves`). Twenty players with two actions
each have 10⁶ coalitions with 3.5 · 10⁹ joint actions, and 10⁶ profiles.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from gametheory.arithmetic.limits import check_count
from gametheory.certificates.compact_games import AnyGame
from gametheory.certificates.count_witnesses import CountWitnessCertificate
from gametheory.certificates.gains import Blocking
from gametheory.certificates.local_moves import least_blocking_set
from gametheory.certificates.movers import least_blocking_coalition
from gametheory.certificates.resilience import ResilienceCertificate
from gametheory.certificates.witnesses import WitnessCertificate
from gametheory.collusion.coalition_gains import Coordination
from gametheory.collusion.network_coalitions import network_profile
from gametheory.collusion.symmetric_coalitions import least_flow
from gametheory.errors import SpecificationError, UnsupportedError
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.polymatrix import PolymatrixGame
from gametheory.games.protocol import refuse_floats
from gametheory.games.symmetric import SymmetricGame

__all__ = ["BySize", "is_by_size", "resilience_by_size"]

FEW = 20
"""Players on a network of whom all connected coalitions are looked at without being asked for a largest size."""


class BySize(NamedTuple):
    """The size of coalition withstood among those that may form, who breaks it, and the evidence."""

    value: int
    witness: WitnessCertificate | CountWitnessCertificate | None
    certificate: ResilienceCertificate


def is_by_size(
    game: AnyGame, given: Any, blocking: Blocking, coordination: Coordination, coalitions: Any, tol: Any
) -> bool:
    """Whether the question is about all coalitions up to a size, by pure joint deviations from a pure profile, exactly."""
    return (
        (coordination == "pure" or blocking in ("any", "transfer"))
        and (coalitions is None or isinstance(coalitions, (int, np.integer)))
        and isinstance(given, tuple)
        and all(type(part) is int for part in given)
        and ((game.arithmetic == "exact" and tol is None) or (tol is not None and tol == 0))
    )


def resilience_by_size(
    game: AnyGame, profile: Any, blocking: Blocking, coordination: Coordination, coalitions: Any, tol: Any = None
) -> BySize:
    """The largest k such that no coalition of at most k players blocks, among those of at most ``coalitions`` players.

    Parameters
    ----------
    profile : pure profile, counts of identical agents, or a profile on a network
    coalitions : int, optional
        The largest size of coalition that may form; by default there is none.

    Returns
    -------
    BySize
        With ``value`` n where none blocks.

    Raises
    ------
    SpecificationError
        If the profile does not fit, or on a network of more than 20 players no largest size is given (but under "any").
    UnsupportedError
        If a game by counts or on a network has floats, or the question is not decided in this way.
    """
    n = game.num_players
    if coalitions is not None and (isinstance(coalitions, bool) or not isinstance(coalitions, (int, np.integer))):
        raise SpecificationError(
            "coalitions: in a game by action counts or on a network write the largest size of a coalition, or leave it out"
        )
    most = n if coalitions is None else check_count("coalitions", coalitions, most=n)
    if not isinstance(game, NormalFormGame):
        refuse_floats(game)
        if tol is not None and tol != 0:
            raise UnsupportedError(
                "tol: gains in an exact game by action counts or on a network are exact; leave it out"
            )
    if isinstance(game, SymmetricGame):
        counts = game.counts(profile)
        rule, witness = least_flow(game, counts, blocking, coordination, most)
        value = n if witness is None else len(witness.members) - 1
        return BySize(value, witness, ResilienceCertificate(counts, min(value, most), rule, game))
    if isinstance(game, PolymatrixGame):
        return _on_network(game, profile, blocking, coordination, most, coalitions is None)
    exact_game = game.exact()
    found = least_blocking_coalition(exact_game, profile, blocking, most)
    value = n if found is None else len(found.members) - 1
    evidence = ResilienceCertificate(profile, min(value, most), blocking, exact_game)
    if found is None:
        return BySize(value, None, evidence)
    return BySize(
        value, WitnessCertificate.of(exact_game, profile, found.members, found.actions, blocking=blocking), evidence
    )


def _on_network(
    game: PolymatrixGame, profile: Any, blocking: Blocking, coordination: Coordination, most: int, unlimited: bool
) -> BySize:
    if coordination != "pure" and blocking in ("all", "some"):
        raise UnsupportedError(
            f"coordination={coordination!r}: resilience on a network is decided for pure joint deviations, and under 'any' and "
            "'transfer', where drawing one gains nothing; ask coalition_gain for one coalition"
        )
    n = game.num_players
    if unlimited and n > FEW and blocking != "any":
        raise SpecificationError(
            f"coalitions: among {n:,} players there are too many connected coalitions of all sizes; write the largest size "
            "that may form, such as coalitions=4"
        )
    given = network_profile(game, profile)
    found = least_blocking_set(game, given, blocking, most)
    value = n if found is None else len(found[0].members) - 1
    evidence = ResilienceCertificate(given, min(value, most), blocking, game)
    if found is None:
        return BySize(value, None, evidence)
    return BySize(
        value, WitnessCertificate.of(game, given, found[0].members, found[0].actions, blocking=blocking), evidence
    )
