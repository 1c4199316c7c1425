"""Stage equilibria to revert to for ever after a deviation: the ones given, each checked exactly."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from gametheory.certificates.deviations import DeviationCertificate
from gametheory.equilibria.equilibrium import Equilibrium
from gametheory.equilibria.nash import is_nash_equilibrium
from gametheory.errors import SpecificationError, UnsupportedError
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.profiles import exact_mixed_profile, expected_payoffs

__all__ = ["given_equilibria", "needed"]


def given_equilibria(game: NormalFormGame, profiles: Sequence[Any]) -> list[Equilibrium]:
    """The profiles as equilibria of an exact stage game.

    Raises
    ------
    SpecificationError
        If one of them is none, or they are not a list of profiles.
    """
    if isinstance(profiles, str) or not isinstance(profiles, Iterable):
        raise SpecificationError(f"punishment_profiles: found {profiles!r}; write a list of profiles")
    found = []
    for k, profile in enumerate(profiles):
        played = exact_mixed_profile(game, profile)
        verdict = is_nash_equilibrium(game, played, tol=0)
        if not verdict:
            raise SpecificationError(
                f"punishment_profiles[{k}]: this is no stage equilibrium, a player gains {verdict.gain} by deviating; give "
                "exact equilibria (equilibrium.exact_profile of a solver's answer)"
            )
        found.append(
            Equilibrium(
                concept="Nash",
                game=game,
                profile=played,
                exact_profile=played,
                payoffs=tuple(expected_payoffs(game, played)),
                certificate=DeviationCertificate.nash(game, played),
                method="given",
            )
        )
    return found


def needed(equilibria: list[Equilibrium]) -> list[Equilibrium]:
    """The equilibria, refused if there are none."""
    if not equilibria:
        raise UnsupportedError(
            "punishment='nash': no pure stage equilibrium exists to punish with; pass punishment_profiles with mixed ones, or "
            "use punishment='minmax' for a necessary bound"
        )
    return equilibria
