"""What a player can get: the range of a payoff over all (coarse) correlated equilibria.

    [ min Σ_a p(a) u_i(a),  max Σ_a p(a) u_i(a) ]   over the distributions p that nobody gains by disobeying

Both ends are attained, each proved by a certificate. Every Nash payoff of the player, and every long-run average under
no-internal-regret (coarse: no-regret) learning, lies within.

References: R. J. Aumann (1987), *Correlated equilibrium as an expression of Bayesian rationality*, Econometrica 55;
S. Hart and A. Mas-Colell (2000), *A simple adaptive procedure leading to correlated equilibrium*, Econometrica 68.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Any, final

from gametheory.arithmetic import exact_text
from gametheory.equilibria.correlated import CorrelatedEquilibrium, correlated_equilibrium
from gametheory.equilibria.presentation import number_text
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.tables import data_frame

__all__ = ["CorrelatedPayoffRange", "correlated_payoff_range"]


@final
@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class CorrelatedPayoffRange:
    """The smallest and the largest payoff of one player over the (coarse) correlated equilibria.

    Attributes
    ----------
    player : int
    worst, best : CorrelatedEquilibrium
        Where the ends are attained, and the certificates that no other goes further; the objective of ``worst`` is the
        player's loss, minus its payoff.
    """

    player: int
    worst: CorrelatedEquilibrium
    best: CorrelatedEquilibrium

    @property
    def game(self) -> NormalFormGame:
        return self.best.game

    @property
    def exact_lower(self) -> Fraction:
        return -self.worst.exact_value

    @property
    def exact_upper(self) -> Fraction:
        return self.best.exact_value

    @property
    def lower(self) -> Fraction | float:
        """The smallest payoff; a float for a game of floats."""
        return -self.worst.value

    @property
    def upper(self) -> Fraction | float:
        """The largest payoff; a float for a game of floats."""
        return self.best.value

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data; rationals are written ``"p/q"``."""
        return {
            "player": self.game.players[self.player],
            "concept": self.best.concept,
            "lower": exact_text(self.exact_lower),
            "upper": exact_text(self.exact_upper),
            "worst": self.worst.to_dict(),
            "best": self.best.to_dict(),
        }

    def to_frame(self) -> Any:
        """A pandas table: every player's payoff at the two ends."""
        rows = [["worst", *self.worst.payoffs], ["best", *self.best.payoffs]]
        return data_frame(rows, [f"for {self.game.players[self.player]}", *self.game.players])

    def __repr__(self) -> str:
        ends = f"{number_text(self.lower)} to {number_text(self.upper)}"
        return f"CorrelatedPayoffRange({self.game.players[self.player]}, {self.best.concept}, certified: {ends})"

    def _repr_html_(self) -> str:
        return f"<p>{escape(repr(self))}</p>"


def correlated_payoff_range(game: NormalFormGame, player: int | str, *, coarse: bool = False) -> CorrelatedPayoffRange:
    """The range of one player's payoff over all (coarse) correlated equilibria, certified at both ends.

    Parameters
    ----------
    player : int or str
    coarse : bool
        Whether players commit to follow or to ignore their recommendations before they hear them.

    Returns
    -------
    CorrelatedPayoffRange

    Raises
    ------
    SpecificationError, UnsupportedError
        As :func:`gametheory.equilibria.correlated_equilibrium`.

    Examples
    --------
    Chicken (Aumann 1974): nobody gets less than at the other's pure equilibrium, and nobody more than at the own one.

    >>> game = NormalFormGame.from_bimatrix([[6, 2], [7, 0]], [[6, 7], [2, 0]])
    >>> correlated_payoff_range(game, 0)
    CorrelatedPayoffRange(Player 1, correlated, certified: 2 to 7)
    """
    i = game.player_index(player)
    less = [-int(j == i) for j in range(game.num_players)]
    return CorrelatedPayoffRange(
        player=i,
        worst=correlated_equilibrium(game, objective=less, coarse=coarse),
        best=correlated_equilibrium(game, objective=i, coarse=coarse),
    )
