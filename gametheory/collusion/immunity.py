"""How many faulty players a profile withstands.

**Immunity** is the largest t ≤ n − 1 such that no t players, whatever they play, lower the expected payoff of another.
(With t = n nobody is left to be hurt.) A mixture of plays does no more damage than its worst part, so that pure plays decide.
At a correlated profile the faulty pool what they are told and answer each recommendation with what is worst for the victim;
a recommendation at which they can do harm is enough, so that it does not matter when they agree on it.

Reference: I. Abraham, D. Dolev, R. Gonen and J. Halpern 2006, "Distributed computing meets game theory", PODC, definition of
t-immunity. Complexity: all joint plays of all sets of t players, Σ_{j≤t} C(n, j) m^j, each with the payoffs of all players.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import total_ordering
from html import escape
from itertools import combinations
from typing import Any, final, overload

import numpy as np

from gametheory.arithmetic import exact_text
from gametheory.certificates.compact_games import AnyGame
from gametheory.certificates.gains import StatusQuo
from gametheory.certificates.recommendations import RecommendedPlay, status_quo_of
from gametheory.collusion.symmetric_coalitions import CountImmunity, symmetric_immunity
from gametheory.collusion.tested_profiles import exact_tested_profile
from gametheory.games.coalitions import Coalition, coalition_label
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.polymatrix import PolymatrixGame
from gametheory.games.symmetric import SymmetricGame
from gametheory.games.tables import data_frame

__all__ = ["Immunity", "immunity"]

JointAction = tuple[int, ...]


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
        If ``value < n − 1``: the players who can, what they play (an action for each, in increasing order of index; at a
        correlated profile a mapping from what they are told to that), whom it hurts and by how much in expectation.
    """

    game: NormalFormGame | PolymatrixGame
    value: int
    faulty: Coalition | None
    play: JointAction | Mapping[JointAction, JointAction] | None
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
        actions = self._plan_text()
        label = coalition_label(self.game, self.faulty)
        return (
            f"{label} playing {actions} lowers {self.game.players[self.victim]}'s payoff by {exact_text(self.damage)}"
        )

    def _plan_text(self) -> str:
        assert self.play is not None
        if isinstance(self.play, Mapping):
            return "; ".join(
                f"{self._labels(joint)} when told {self._labels(told)}" for told, joint in self.play.items()
            )
        return self._labels(self.play)

    def _labels(self, joint: JointAction) -> str:
        return ", ".join(self.game.actions[i][k] for i, k in zip(sorted(self.faulty or ()), joint, strict=True))

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data."""
        play = self.play
        if isinstance(play, Mapping):
            play = [[list(told), list(joint)] for told, joint in play.items()]  # type: ignore[assignment]
        return {
            "immunity": self.value,
            "faulty": None if self.faulty is None else [self.game.players[i] for i in sorted(self.faulty)],
            "play": None if play is None else list(play),
            "victim": None if self.victim is None else self.game.players[self.victim],
            "damage": exact_text(self.damage),
        }

    def to_frame(self) -> Any:
        """A pandas table of who can do harm, by which action; empty if nobody can."""
        plan = self.play if isinstance(self.play, Mapping) else {(): self.play or ()}
        rows = [
            [
                *([] if not isinstance(self.play, Mapping) else [self._labels(told)]),
                self.game.players[i],
                self.game.actions[i][k],
            ]
            for told, joint in plan.items()
            for i, k in zip(sorted(self.faulty or ()), joint, strict=True)
        ]
        told_column = ["told"] if isinstance(self.play, Mapping) else []
        return data_frame(rows, [*told_column, "player", "action"])

    def __repr__(self) -> str:
        return f"Immunity({self.value}, exact: {self.describe()})"

    def _repr_html_(self) -> str:
        return f"<code>{escape(repr(self))}</code>"


@overload
def immunity(game: NormalFormGame | PolymatrixGame, profile: Any) -> Immunity: ...
@overload
def immunity(game: SymmetricGame, profile: Any) -> CountImmunity: ...
def immunity(game: AnyGame, profile: Any) -> Immunity | CountImmunity:
    """Largest t ≤ n − 1 such that no t players, whatever they play, lower the expected payoff of another.

    (t = n is left out: there is nobody else to hurt.) Exact, also on floats.

    Parameters
    ----------
    game : NormalFormGame, SymmetricGame or PolymatrixGame
    profile : sequence of n entries, or array of shape num_actions
        For each player an action (index or label) or a probability vector; or a correlated profile. Of identical agents:
        how many play each action.

    Returns
    -------
    Immunity or CountImmunity
        With the set of players who can do harm, where there is one.

    Raises
    ------
    SpecificationError
        A profile that is none of this game.
    UnsupportedError
        A symbolic game.

    Examples
    --------
    Halpern's bargaining game: all stay and get 2 each; a leaver gets 1, and who then stays gets nothing.

    >>> def payoff(*a):
    ...     return (2, 2, 2) if sum(a) == 0 else tuple(1 if x else 0 for x in a)
    >>> game = NormalFormGame.from_function(payoff, [2, 2, 2], actions=[["stay", "leave"]] * 3)
    >>> immunity(game, ("stay", "stay", "stay"))
    Immunity(0, exact: {Player 1} playing leave lowers Player 2's payoff by 2)
    """
    if isinstance(game, SymmetricGame):
        return symmetric_immunity(game, profile)
    if isinstance(game, PolymatrixGame):
        from gametheory.collusion.network_coalitions import network_immunity  # which makes an Immunity

        return network_immunity(game, profile)
    exact_game = game.exact()
    status_quo = status_quo_of(exact_game, exact_tested_profile(exact_game, profile))
    for size in range(1, game.num_players):
        worst = _worst_damage(exact_game, status_quo, size)
        if worst is not None:
            faulty, play, victim, damage = worst
            return Immunity(game=game, value=size - 1, faulty=faulty, play=play, victim=victim, damage=damage)
    return Immunity(game=game, value=game.num_players - 1, faulty=None, play=None, victim=None, damage=Fraction(0))


def _worst_damage(
    game: NormalFormGame, status_quo: StatusQuo | RecommendedPlay, size: int
) -> tuple[Coalition, JointAction | dict[JointAction, JointAction], int, Fraction] | None:
    """The most that ``size`` players can lower another's payoff, with the lowest indices among the worst."""
    worst: tuple[Coalition, JointAction | dict[JointAction, JointAction], int, Fraction] | None = None
    for faulty in combinations(range(game.num_players), size):
        told: tuple[JointAction, ...] = ()
        if isinstance(status_quo, StatusQuo):
            table, denominator = status_quo.changes(faulty)
            tensor = table[:, None]
        else:
            payoffs = [game.numerators[i] for i in range(game.num_players)]
            told, _, tensor, denominator = status_quo.changes(faulty, payoffs, game.denominator)
        for victim in range(game.num_players):
            if victim in faulty:
                continue
            flat = tensor[victim].reshape(tensor.shape[1], -1)
            change = Fraction(sum(int(x) for x in flat.min(axis=1)), denominator)
            if change < 0 and (worst is None or -change > worst[3]):
                plays = [
                    tuple(int(j) for j in np.unravel_index(k, tensor.shape[2:])) for k in flat.argmin(axis=1).tolist()
                ]
                plan = {a: joint for a, joint, row in zip(told, plays, flat, strict=False) if int(row.min()) < 0}
                worst = (frozenset(faulty), plan if told else plays[0], victim, -change)
    return worst
