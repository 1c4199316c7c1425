"""How low the others can hold a player: three different numbers.

The minmax value of player i is the least, over what the others may play, of i's best payoff against it:

* ``"pure"``: min over pure profiles a_−i of max_{a_i} u_i(a_i, a_−i);
* ``"mixed"``: the others mix independently, min over α_−i ∈ ∏_{j≠i} Δ(A_j);
* ``"correlated"``: they draw their joint action together, min over μ ∈ Δ(∏_{j≠i} A_j); a linear programme.

Always correlated ≤ mixed ≤ pure. With two players the last two of the three notions agree (there is one punisher) and the
value is the player's maximin value. With three or more, mixed is not convex (finding it is NP-hard: Borgs et al. 2010, "The
myth of the folk theorem", Games and Economic Behavior 70): it is minus what the others secure as a team of independent players
with the payoff −u_i, enclosed by subdivision (:func:`~gametheory.equilibria.team_maxmin`), and exact where pure and correlated
meet.

In a repeated game no equilibrium gives a player less than the minmax that goes with what punishers can do: pure strategies
that everybody sees, the pure one; private randomisation, the mixed one; a secret shared device, the correlated one.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from gametheory.arithmetic import RationalArray, exact_text
from gametheory.certificates.certificate import Certificate
from gametheory.equilibria.team_play import team_maxmin
from gametheory.equilibria.zero_sum import maximin
from gametheory.errors import SpecificationError, UndecidedError
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.tables import data_frame
from gametheory.games.values import compared_by
from gametheory.repeated.repeated_game import stage_game

__all__ = ["Minmax", "Punishers", "minmax"]

Punishers = Literal["pure", "mixed", "correlated"]


@final
@compared_by("game", "player", "strategies", "lower", "upper", "punishment")
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class Minmax:
    """How low the others can hold a player; ``float()`` works where it is known exactly.

    Attributes
    ----------
    game : NormalFormGame
    player : int
    strategies : "pure", "mixed" or "correlated"
        What the punishers may do.
    lower, upper : Fraction
        Equal unless three or more players mix independently.
    punishment : array, shape (actions of the others, in player order)
        Distribution over the others' joint actions that holds the player to ``upper`` (to ``lower`` if correlated).
    certificate : Certificate or None
        Duality certificate of ``lower``, or of both bounds where independent punishers are enclosed; ``None`` for ``"pure"``,
        which the payoff table shows.
    """

    game: NormalFormGame
    player: int
    strategies: Punishers
    lower: Fraction
    upper: Fraction
    punishment: NDArray[Any]
    certificate: Certificate | None

    @property
    def value(self) -> Fraction:
        """The minmax value.

        Raises
        ------
        UndecidedError
            If it is only known to lie between ``lower`` and ``upper``.
        """
        if self.lower != self.upper:
            raise UndecidedError(
                f"minmax: independent punishers hold {self.game.players[self.player]} to between {self.lower} and "
                f"{self.upper}; use .lower or .upper, or ask for 'pure' or 'correlated'"
            )
        return self.lower

    def __float__(self) -> float:
        return float(self.value)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data; rationals are written ``"p/q"``."""
        return {
            "player": self.game.players[self.player],
            "strategies": self.strategies,
            "lower": exact_text(self.lower),
            "upper": exact_text(self.upper),
            "certificate": None if self.certificate is None else self.certificate.to_dict(),
        }

    def to_frame(self) -> Any:
        """A pandas table of the punishment: the joint actions of the others that occur, and how likely."""
        others = [i for i in range(self.game.num_players) if i != self.player]
        rows = [
            [*(self.game.actions[i][k] for i, k in zip(others, index, strict=True)), self.punishment[tuple(index)]]
            for index in np.argwhere(self.punishment != 0).tolist()
        ]
        return data_frame(rows, [*(self.game.players[i] for i in others), "probability"])

    def __repr__(self) -> str:
        number = str(self.lower) if self.lower == self.upper else f"between {self.lower} and {self.upper}"
        return f"Minmax({self.game.players[self.player]}, {self.strategies}, certified: {number})"

    def _repr_html_(self) -> str:
        return f"<code>{escape(repr(self))}</code>"


def minmax(
    game: NormalFormGame,
    player: int | str,
    *,
    strategies: Punishers,
    gap: float | Fraction = 1e-4,
    time_limit: float | None = None,
) -> Minmax:
    """How low the others can hold a player, given what they may play.

    Parameters
    ----------
    player : int or str
    strategies : "pure", "mixed" or "correlated"
        See the head of this module; the three are different numbers.
    gap : float or Fraction, 1e-7 to 1
        For ``"mixed"`` with three or more players: how far the bounds may be apart, as a share of the player's payoff span.
    time_limit : float, optional
        Seconds for that; the bounds hold all the same, and a warning says that they are further apart.

    Returns
    -------
    Minmax
        Exact, but for ``"mixed"`` with three or more players: then a bracket.

    Raises
    ------
    SpecificationError
        Unknown player or way of punishing, a gap or limit out of range.

    Warns
    -----
    GameTheoryWarning
        If a limit ends the search for independent punishments before the gap is reached.

    Examples
    --------
    Matching pennies: a pure punishment fails, a mixed one holds the player to the value.

    >>> pennies = NormalFormGame.zero_sum([[1, -1], [-1, 1]])
    >>> minmax(pennies, 0, strategies="pure"), minmax(pennies, 0, strategies="mixed")
    (Minmax(Player 1, pure, certified: 1), Minmax(Player 1, mixed, certified: 0))
    """
    if strategies not in ("pure", "mixed", "correlated"):
        raise SpecificationError(f"strategies: found {strategies!r}; write 'pure', 'mixed' or 'correlated'")
    i = stage_game(game).player_index(player)
    pure, action = _pure_minmax(game, i)
    shape = tuple(m for j, m in enumerate(game.num_actions) if j != i)
    point = np.full(shape, Fraction(0), dtype=object)
    point.reshape(-1)[action] = Fraction(1)
    if strategies == "pure":
        lower, upper, punishment, certificate = pure, pure, point, None
    else:
        secured = maximin(game, player=i)
        lower, certificate = secured.exact_value, secured.certificate
        upper, punishment = lower, secured.exact_reply
        if strategies == "mixed" and game.num_players > 2:
            upper, punishment = pure, point
            if lower < pure:
                lower, upper, punishment, certificate = _independent(game, i, gap, time_limit)
    punishment.setflags(write=False)
    return Minmax(
        game=game,
        player=i,
        strategies=strategies,
        lower=lower,
        upper=upper,
        punishment=punishment,
        certificate=certificate,
    )


def _pure_minmax(game: NormalFormGame, player: int) -> tuple[Fraction, int]:
    """The pure minmax value and the flat index of the others' joint action that has it."""
    exact_game = game.exact()
    best = exact_game.numerators[player].max(axis=player).reshape(-1)
    action = int(np.argmin(best))
    return Fraction(int(best[action]), exact_game.denominator), action


def _independent(
    game: NormalFormGame, player: int, gap: float | Fraction, time_limit: float | None
) -> tuple[Fraction, Fraction, NDArray[Any], Certificate]:
    """Bounds on what independent punishers hold a player to, and the punishment that holds it to the upper one."""
    stage = game.exact()
    others = [j for j in range(game.num_players) if j != player]
    harm = RationalArray.of_integers(-stage.numerators[player].astype(object), stage.denominator)
    found = team_maxmin(stage, team=others, adversary=player, payoff=harm, gap=gap, time_limit=time_limit)
    punishment = np.ones((), dtype=object)
    for part in found.exact_profile:
        punishment = np.multiply.outer(punishment, part)
    return -found.upper, -found.lower, punishment, found.certificate
