"""What is to be sustained for ever: a pure profile, a rotation of profiles, or a public lottery drawn in every period."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, final

from gametheory.arithmetic import exact
from gametheory.certificates.encoding import exact_distribution
from gametheory.certificates.play_paths import PlayPath
from gametheory.errors import SpecificationError, UnsupportedError
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.profiles import is_pure_profile, pure_profile

__all__ = ["Cycle", "Target", "read_target", "target_labels", "target_of"]


@final
@dataclass(frozen=True, slots=True)
class Cycle:
    """Pure profiles played in rotation for ever, from the first one on.

    Attributes
    ----------
    profiles : tuple of pure profiles
        Indices or labels, one action for each player.

    Examples
    --------
    Two bidders who take turns in winning.

    >>> Cycle([("bid", "pass"), ("pass", "bid")]).profiles
    (('bid', 'pass'), ('pass', 'bid'))
    """

    profiles: tuple[tuple[int | str, ...], ...]

    def __init__(self, profiles: Sequence[Sequence[int | str]]) -> None:
        if not isinstance(profiles, (list, tuple)) or not profiles or not all(is_pure_profile(p) for p in profiles):
            raise SpecificationError(
                f"profiles: found {profiles!r}; write at least one pure profile, one action for each player"
            )
        object.__setattr__(self, "profiles", tuple(map(tuple, profiles)))


Target = Sequence[int | str] | Cycle | Mapping[Any, Any]
"""A pure profile, a :class:`Cycle`, or a mapping from pure profiles to their probabilities (drawn anew in each period)."""


def read_target(game: NormalFormGame, target: Target) -> PlayPath:
    """The path that a target stands for."""
    if isinstance(target, Cycle):
        return PlayPath.of([], [pure_profile(game, p) for p in target.profiles])
    if isinstance(target, Mapping):
        drawn = {key: exact(p, where=f"target[{key!r}]") for key, p in target.items()}
        path = PlayPath((), (exact_distribution(game, drawn),))
        flaw = path.flaw(game)
        if flaw:
            raise SpecificationError(f"target: {flaw}; write pure profiles and probabilities with sum 1")
        return path
    if not is_pure_profile(target):
        raise UnsupportedError(
            "target: only pure profiles, a Cycle of them and public lotteries (a mapping from profiles to probabilities) are "
            "answered: mixed actions that nobody sees need other incentives; give one action for each player"
        )
    return PlayPath.of([], [pure_profile(game, target)])


def target_of(path: PlayPath) -> Any:
    """The target in plain values: a profile, a tuple of them, or a distribution."""
    if any(len(lottery) > 1 for lottery in path.cycle):
        return path.cycle[0]
    profiles = tuple(lottery[0][0] for lottery in path.cycle)
    return profiles[0] if len(profiles) == 1 else profiles


def target_labels(game: NormalFormGame, path: PlayPath) -> Any:
    """The target by labels, as JSON data."""
    if any(len(lottery) > 1 for lottery in path.cycle):
        return [[list(game.action_labels(a)), str(p)] for a, p in path.cycle[0]]
    named = [list(game.action_labels(lottery[0][0])) for lottery in path.cycle]
    return named[0] if len(named) == 1 else named
