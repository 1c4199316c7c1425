"""What functions ask of a game that they need no payoff tensor of.

:class:`FiniteGame` is any game with an exact form and a digest: in normal form, by action counts, on a network. In a
:class:`Game` the players have names and actions of their own, so that a profile is a tuple with an entry for each:
:class:`.NormalFormGame` and :class:`.PolymatrixGame`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from gametheory.arithmetic import Arithmetic
from gametheory.errors import UnsupportedError

__all__ = ["FiniteGame", "Game", "refuse_floats"]


class FiniteGame(Protocol):
    """A game with finitely many players and actions, which certificates can be bound to."""

    @property
    def arithmetic(self) -> Arithmetic: ...

    @property
    def num_players(self) -> int: ...

    def exact(self) -> Any:
        """The same game in exact arithmetic."""
        ...

    def digest(self) -> str:
        """What certificates are bound to."""
        ...


class Game(FiniteGame, Protocol):
    """A game whose players have names and actions of their own."""

    @property
    def players(self) -> tuple[str, ...]: ...

    @property
    def actions(self) -> tuple[tuple[str, ...], ...]: ...

    @property
    def num_actions(self) -> tuple[int, ...]: ...

    def player_index(self, player: int | str) -> int:
        """Index of a player given by index or name."""
        ...

    def action_index(self, player: int | str, action: int | str) -> int:
        """Index of an action given by index or name."""
        ...

    def action_indices(self, profile: Sequence[int | str]) -> tuple[int, ...]:
        """A pure action profile as indices."""
        ...

    def payoff(self, *profile: int | str) -> tuple[Any, ...]:
        """Payoffs of all players at one pure action profile."""
        ...


def refuse_floats(game: FiniteGame) -> None:
    """Where every gain is to count: among floats a gain may be rounding, in the exact game they are what they are.

    Raises
    ------
    UnsupportedError
        If the game is not exact.
    """
    if game.arithmetic != "exact":
        raise UnsupportedError(
            f"the game has {game.arithmetic} payoffs, among which a gain may be rounding; pass game.exact(), in which every "
            "float is the rational that it is and every gain counts"
        )
