"""Rationalisable actions with their evidence, as a value; found by :mod:`.rationalisability`."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from gametheory.certificates.rationalisability import RationalisabilityCertificate
from gametheory.errors import SpecificationError
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.tables import data_frame

__all__ = ["Rationalisability"]

Array = NDArray[Any]
Beliefs = Literal["correlated", "independent", "pure"]
Sets = tuple[tuple[int, ...], ...]
Key = tuple[int, int]


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class Rationalisability:
    """The rationalisable actions of a game, and the evidence.

    Attributes
    ----------
    game : NormalFormGame
    beliefs : "correlated", "independent" or "pure"
    actions : tuple of tuples of int
        The actions of each player that are rationalisable, each with a belief in ``certificate``.
    undecided : tuple of tuples of int
        Actions that are neither shown to be rationalisable nor removed; only with independent beliefs of three or more
        players.
    rounds : tuple of tuples of (player, action)
        What was removed in each round.
    certificate : RationalisabilityCertificate
    """

    game: NormalFormGame
    beliefs: Beliefs
    actions: Sets
    undecided: Sets
    rounds: tuple[tuple[Key, ...], ...]
    certificate: RationalisabilityCertificate

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Rationalisability):
            return NotImplemented
        return self.game == other.game and self.certificate == other.certificate

    def __hash__(self) -> int:
        return hash((self.beliefs, self.actions, self.rounds))

    @property
    def decided(self) -> bool:
        """Whether every action is known to be rationalisable or not to be."""
        return not any(self.undecided)

    def belief(self, player: int | str, action: int | str) -> Array:
        """A belief to which a rationalisable action is a best reply: exact probabilities of the others' profiles.

        An array with an axis for each other player, in player order; for independent beliefs it is a product.

        Raises
        ------
        SpecificationError
            If the action is not among :attr:`actions`.
        """
        i = self.game.player_index(player)
        a = self.game.action_index(i, action)
        shape = [m for j, m in enumerate(self.game.num_actions) if j != i]
        for belief in self.certificate.witnesses:
            if (belief.player, belief.action) == (i, a):
                result = np.full(shape, Fraction(0), dtype=object)
                for profile, p in belief.support:
                    result[profile] += p
                if belief.vectors or not belief.support:
                    for profile in np.ndindex(*shape):
                        chances = (v[k] for v, k in zip(belief.vectors, profile, strict=True))
                        result[profile] = math.prod(chances, start=Fraction(1))
                return result
        raise SpecificationError(f"action: {self.game.actions[i][a]} of {self.game.players[i]} has no belief here")

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data; rationals are written ``"p/q"``."""
        return {
            "beliefs": self.beliefs,
            "actions": self._named(self.actions),
            "undecided": self._named(self.undecided),
            "rounds": [[[self.game.players[i], self.game.actions[i][a]] for i, a in gone] for gone in self.rounds],
            "certificate": self.certificate.to_dict(),
        }

    def to_frame(self) -> Any:
        """A pandas table: every action, whether it is rationalisable, and the round in which it was removed."""
        rounds = {key: number + 1 for number, gone in enumerate(self.rounds) for key in gone}
        rows = [
            [player, label, self._status(i, a), rounds.get((i, a))]
            for i, player in enumerate(self.game.players)
            for a, label in enumerate(self.game.actions[i])
        ]
        return data_frame(rows, columns=["player", "action", "rationalisable", "removed in round"])

    def _status(self, i: int, a: int) -> str:
        return "yes" if a in self.actions[i] else "undecided" if a in self.undecided[i] else "no"

    def _named(self, sets: Sets) -> list[list[str]]:
        return [[self.game.actions[i][a] for a in own] for i, own in enumerate(sets)]

    def __repr__(self) -> str:
        sets = " × ".join("{" + ", ".join(own) + "}" for own in self._named(self.actions))
        names = [
            f"{self.game.actions[i][a]} of {self.game.players[i]}" for i, own in enumerate(self.undecided) for a in own
        ]
        open_ones = f"; undecided: {', '.join(names)}" if names else ""
        return f"Rationalisability({self.beliefs} beliefs, certified: {sets}{open_ones})"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th>{escape(player)}</th>"
            + "".join(f"<td>{escape(', '.join(self._named(sets)[i]))}</td>" for sets in (self.actions, self.undecided))
            + "</tr>"
            for i, player in enumerate(self.game.players)
        )
        caption = f"{self.beliefs} beliefs, certified"
        return (
            f"<table><caption>{caption}</caption>"
            f"<tr><th>player</th><th>rationalisable</th><th>undecided</th></tr>{rows}</table>"
        )
