"""Results of zero-sum play: what a player secures, and a pair of strategies with the bounds that they give."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import exact_text
from gametheory.certificates.certificate import Certificate
from gametheory.certificates.security_levels import SecurityLevelCertificate
from gametheory.equilibria.presentation import mix_text, number_text, plain_number, plain_profile
from gametheory.equilibria.zero_sum_programme import Strategies
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.tables import data_frame

__all__ = ["Maximin", "ZeroSumEquilibrium"]

Array = NDArray[Any]


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class Maximin:
    """What a player can secure, how, and the others' play that holds the player down to it.

    Attributes
    ----------
    game : NormalFormGame
    player : int
    strategies : "mixed" or "pure"
    strategy : array, shape (m_player,)
        Secures ``value`` whatever the others do; floats for a game of floats, ``exact_strategy`` in fractions.
    reply : array, shape (actions of the others, in player order)
        Distribution over the others' joint actions: against it no action of the player gets more than ``upper``
        (``"pure"``: the joint action that is worst for the player after ``strategy``). ``exact_reply`` in fractions.
    value : Fraction or float
        What ``strategy`` secures: the security level where ``gap`` is 0; ``exact_value`` is the rational.
    upper : Fraction
        What ``reply`` holds the player down to: no strategy secures more.
    certificate : Certificate
        That ``exact_value`` is the optimum; with a gap, that the security level lies between ``exact_value`` and
        ``upper``.
    """

    game: NormalFormGame
    player: int
    strategies: Strategies
    strategy: Array
    exact_strategy: Array
    reply: Array
    exact_reply: Array
    value: Fraction | float
    exact_value: Fraction
    upper: Fraction
    certificate: Certificate

    def __post_init__(self) -> None:
        for name in ("strategy", "exact_strategy", "reply", "exact_reply"):
            array = np.array(getattr(self, name), copy=True)
            array.setflags(write=False)
            object.__setattr__(self, name, array)

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuilt, tuple(getattr(self, field) for field in self.__slots__)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Maximin):
            return NotImplemented
        return self.game == other.game and self.to_dict() == other.to_dict()

    def __hash__(self) -> int:
        return hash((self.player, self.strategies, self.exact_value))

    @property
    def gap(self) -> Fraction:
        """``upper − exact_value``: how much more another strategy may secure; 0 for an exact answer."""
        return self.upper - self.exact_value

    def __float__(self) -> float:
        return float(self.exact_value)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data; rationals are written ``"p/q"``."""
        return {
            "concept": "maximin",
            "status": "certified",
            "player": self.game.players[self.player],
            "strategies": self.strategies,
            "value": exact_text(self.exact_value),
            "upper": exact_text(self.upper),
            "strategy": [exact_text(p) for p in self.exact_strategy],
            "reply": np.vectorize(exact_text, otypes=[object])(self.exact_reply).tolist(),
            "certificate": self.certificate.to_dict(),
        }

    def to_frame(self) -> Any:
        """A pandas table of the actions that the strategy plays."""
        labels = self.game.actions[self.player]
        rows = [[label, p] for label, p in zip(labels, self.strategy, strict=True) if p > 0]
        return data_frame(rows, columns=["action", "probability"])

    def _described(self) -> str:
        shown = mix_text(self.strategy, self.game.actions[self.player])
        most = f" (at most {number_text(float(self.upper))} can be secured)" if self.gap else ""
        return f"{self.game.players[self.player]} secures {number_text(self.value)}{most} by {shown}"

    def __repr__(self) -> str:
        return f"Maximin({self.strategies}, certified: {self._described()})"

    def _repr_html_(self) -> str:
        return f"<p>Maximin ({self.strategies}, certified): {escape(self._described())}</p>"


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class ZeroSumEquilibrium:
    """Strategies of a two-player constant-sum game and what they guarantee; a Nash equilibrium up to :attr:`gap`.

    Attributes
    ----------
    game : NormalFormGame
    exact_profile : tuple of two arrays of Fraction
        The strategies that the bounds are about.
    profile : tuple of two arrays
        The same as floats for a game of floats.
    lower, upper : Fraction
        What player 1's strategy secures whatever player 2 does, and the most that player 1 gets against player 2's
        strategy, exact: the value lies between them.
    value : Fraction or float
        The value of the game to player 1, exactly where ``gap`` is 0, else the middle of the bounds; a float for a game
        of floats.
    payoffs : tuple of two Fraction or float
        What the profile pays: (``value``, constant − ``value``) where ``gap`` is 0.
    method : str
        How it was found.
    """

    game: NormalFormGame
    profile: tuple[Array, Array]
    exact_profile: tuple[Array, Array]
    payoffs: tuple[Any, Any]
    lower: Fraction
    upper: Fraction
    method: str

    def __post_init__(self) -> None:
        for name in ("profile", "exact_profile"):
            vectors = tuple(np.array(vector, copy=True) for vector in getattr(self, name))
            for vector in vectors:
                vector.setflags(write=False)
            object.__setattr__(self, name, vectors)

    @property
    def concept(self) -> str:
        return "Nash"

    @property
    def gap(self) -> Fraction:
        """``upper − lower``: no player gains more by deviating; 0 for an exact equilibrium."""
        return self.upper - self.lower

    @property
    def exact_value(self) -> Fraction:
        """The middle of the bounds: the value of the game where ``gap`` is 0."""
        return (self.lower + self.upper) / 2

    @property
    def value(self) -> Fraction | float:
        return float(self.exact_value) if self.game.arithmetic == "float" else self.exact_value

    @property
    def status(self) -> Literal["certified"]:
        """Always ``"certified"``: the bounds are exact, whichever method found the strategies."""
        return "certified"

    @property
    def certificate(self) -> SecurityLevelCertificate:
        """That the value lies between the bounds, by these strategies; made on demand, with the exact game in it."""
        row, column = (tuple(vector) for vector in self.exact_profile)
        return SecurityLevelCertificate(
            concept="value",
            player=0,
            strategy=row,
            reply=column,
            lower=self.lower,
            upper=self.upper,
            game=self.game.exact(),
        )

    @property
    def support(self) -> tuple[tuple[int, ...], ...]:
        """Indices of the actions that each player plays with positive probability."""
        return tuple(tuple(int(k) for k in np.flatnonzero(vector != 0)) for vector in self.exact_profile)

    def __float__(self) -> float:
        return float(self.exact_value)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ZeroSumEquilibrium):
            return NotImplemented
        return self.game == other.game and all(
            np.array_equal(a, b) for a, b in zip(self.exact_profile, other.exact_profile, strict=True)
        )

    def __hash__(self) -> int:
        return hash(("zero-sum", self.lower, self.upper, self.support))

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuilt_equilibrium, tuple(getattr(self, field) for field in self.__slots__)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data; rationals are written ``"p/q"``."""
        return {
            "concept": self.concept,
            "status": self.status,
            "method": self.method,
            "value": plain_number(self.value),
            "lower": exact_text(self.lower),
            "upper": exact_text(self.upper),
            "gap": exact_text(self.gap),
            "players": list(self.game.players),
            "profile": plain_profile(self.profile),
            "exact_profile": plain_profile(self.exact_profile),
            "payoffs": [plain_number(x) for x in self.payoffs],
            "certificate": self.certificate.to_dict(),
        }

    def to_frame(self) -> Any:
        """A pandas table of what is played: a row for each action in a support.

        Raises
        ------
        SpecificationError
            If pandas is not installed.
        """
        rows = [
            [self.game.players[i], self.game.actions[i][k], self.profile[i][k]]
            for i, played in enumerate(self.support)
            for k in played
        ]
        return data_frame(rows, ["player", "action", "probability"])

    def describe(self) -> str:
        """What is played, in labels: ``"1/3 Rock + 2/3 Paper | Rock"``."""
        return " | ".join(self._parts())

    def _parts(self) -> list[str]:
        return [mix_text(vector, labels) for vector, labels in zip(self.profile, self.game.actions, strict=True)]

    def _bounds(self) -> str:
        if not self.gap:
            return f"value {number_text(self.value)}"
        return f"value {float(self):.6g} within {float(self.gap / 2):.2g}"

    def __repr__(self) -> str:
        return f"ZeroSumEquilibrium(certified: {self._bounds()}; {self.describe()})"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th>{escape(player)}</th><td>{escape(text)}</td><td>{escape(number_text(payoff))}</td></tr>"
            for player, text, payoff in zip(self.game.players, self._parts(), self.payoffs, strict=True)
        )
        return (
            f"<table><caption>Zero-sum equilibrium, certified: {escape(self._bounds())}</caption>"
            f"<tr><th>player</th><th>plays</th><th>payoff</th></tr>{rows}</table>"
        )


def _rebuilt(*fields: Any) -> Maximin:
    return Maximin(**dict(zip(Maximin.__slots__, fields, strict=True)))


def _rebuilt_equilibrium(*fields: Any) -> ZeroSumEquilibrium:
    return ZeroSumEquilibrium(**dict(zip(ZeroSumEquilibrium.__slots__, fields, strict=True)))
