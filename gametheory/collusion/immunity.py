"""How many faulty players a profile withstands.

**Immunity** is the largest t ≤ n − 1 such that no t players, whatever they play, lower the expected payoff of another.
(With t = n nobody is left to be hurt.) A mixture of plays does no more damage than its worst part, so that pure plays decide.

Reference: I. Abraham, D. Dolev, R. Gonen and J. Halpern 2006, "Distributed computing meets game theory", PODC, definition of
t-immunity. Complexity: all joint plays of all sets of t players, Σ_{j≤t} C(n, j) m^j, each with the payoffs of all players.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import total_ordering
from html import escape
from itertools import combinations
from typing import Any, final

import numpy as np

from gametheory.arithmetic import exact_text
from gametheory.certificates.encoding import exact_profile
from gametheory.certificates.gains import StatusQuo
from gametheory.games.coalitions import Coalition, coalition_label
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.tables import data_frame

__all__ = ["Immunity", "immunity"]


@final
@total_ordering
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class Immunity:
    """The number of faulty players that a profile withstands; ``int()`` of it works.

    Attributes
    ----------
    value : int
        Largest t ≤ n − 1 such that no t players lower another's payoff.
    faulty, play, victim, damage
        If ``value < n − 1``: the players who can, what they play (an action for each, in increasing order of index),
        whom it hurts and by how much.
    """

    game: NormalFormGame
    value: int
    faulty: Coalition | None
    play: tuple[int, ...] | None
    victim: int | None
    damage: Fraction

    @property
    def lower(self) -> int:
        return self.value

    @property
    def upper(self) -> int:
        return self.value

    def __int__(self) -> int:
        return self.value

    __index__ = __int__

    def __float__(self) -> float:
        return float(self.value)

    def __eq__(self, other: object) -> bool:
        return self.value == (other.value if isinstance(other, Immunity) else other)

    def __hash__(self) -> int:
        return hash(self.value)

    def __lt__(self, other: Any) -> bool:
        return self.value < int(other)

    def describe(self) -> str:
        """The damage in words."""
        if self.faulty is None or self.play is None or self.victim is None:
            return "no set of players short of all can lower another's payoff"
        actions = ", ".join(self.game.actions[i][k] for i, k in zip(sorted(self.faulty), self.play, strict=True))
        label = coalition_label(self.game, self.faulty)
        return (
            f"{label} playing {actions} lowers {self.game.players[self.victim]}'s payoff by {exact_text(self.damage)}"
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data."""
        return {
            "immunity": self.value,
            "faulty": None if self.faulty is None else [self.game.players[i] for i in sorted(self.faulty)],
            "play": None if self.play is None else list(self.play),
            "victim": None if self.victim is None else self.game.players[self.victim],
            "damage": exact_text(self.damage),
        }

    def to_frame(self) -> Any:
        """A pandas table of who can do harm, by which action; empty if nobody can."""
        rows = zip(sorted(self.faulty or ()), self.play or (), strict=True)
        return data_frame([[self.game.players[i], self.game.actions[i][k]] for i, k in rows], ["player", "action"])

    def __repr__(self) -> str:
        return f"Immunity({self.value}, exact: {self.describe()})"

    def _repr_html_(self) -> str:
        return f"<code>{escape(repr(self))}</code>"


def immunity(game: NormalFormGame, profile: Any) -> Immunity:
    """Largest t ≤ n − 1 such that no t players, whatever they play, lower the expected payoff of another.

    (t = n is left out: there is nobody else to hurt.) Exact, also on floats.

    Examples
    --------
    Halpern's bargaining game: all stay and get 2 each; a leaver gets 1, and who then stays gets nothing.

    >>> def payoff(*a):
    ...     return (2, 2, 2) if sum(a) == 0 else tuple(1 if x else 0 for x in a)
    >>> game = NormalFormGame.from_function(payoff, [2, 2, 2], actions=[["stay", "leave"]] * 3)
    >>> immunity(game, ("stay", "stay", "stay"))
    Immunity(0, exact: {Player 1} playing leave lowers Player 2's payoff by 2)
    """
    exact_game = game.exact()
    status_quo = StatusQuo(exact_game, exact_profile(exact_game, profile))
    for size in range(1, game.num_players):
        worst = _worst_damage(exact_game, status_quo, size)
        if worst is not None:
            faulty, play, victim, damage = worst
            return Immunity(game=game, value=size - 1, faulty=faulty, play=play, victim=victim, damage=damage)
    return Immunity(game=game, value=game.num_players - 1, faulty=None, play=None, victim=None, damage=Fraction(0))


def _worst_damage(
    game: NormalFormGame, status_quo: StatusQuo, size: int
) -> tuple[Coalition, tuple[int, ...], int, Fraction] | None:
    """The most that ``size`` players can lower another's payoff, with the lowest indices among the worst."""
    worst: tuple[Coalition, tuple[int, ...], int, Fraction] | None = None
    for faulty in combinations(range(game.num_players), size):
        tensor, denominator = status_quo.changes(faulty)
        for victim in range(game.num_players):
            if victim in faulty:
                continue
            change = Fraction(int(tensor[victim].min()), denominator)
            if change < 0 and (worst is None or -change > worst[3]):
                play = np.unravel_index(int(tensor[victim].argmin()), tensor.shape[1:])
                worst = (frozenset(faulty), tuple(int(k) for k in play), victim, -change)
    return worst
