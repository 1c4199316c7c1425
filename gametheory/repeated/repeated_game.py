"""A stage game played for ever, payoffs discounted.

In every period t = 0, 1, 2, … the players play the stage game and player i receives (1 − δ) Σ_t δᵗ u_i(aᵗ), the discounted
average, with a common discount factor δ ∈ [0, 1). After each period everybody sees the actions (perfect monitoring), or a
public signal drawn from π(y | aᵗ).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, final

from gametheory.arithmetic import exact
from gametheory.errors import SpecificationError, UnsupportedError
from gametheory.games.monitoring import Monitoring
from gametheory.games.normal_form import NormalFormGame

__all__ = ["RepeatedGame", "check_signals", "discount_factor", "read_discount", "seen_stage", "stage_game"]


@final
@dataclass(frozen=True, slots=True)
class RepeatedGame:
    """An infinitely repeated game.

    Attributes
    ----------
    stage : NormalFormGame
    discount : Fraction
        Common discount factor δ, 0 ≤ δ < 1; a float is the rational that it is.
    monitoring : Monitoring or None
        Public signals given actions; ``None`` means that actions are seen.

    Examples
    --------
    >>> stage = NormalFormGame.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]])
    >>> RepeatedGame(stage, "9/10").discount
    Fraction(9, 10)
    """

    stage: NormalFormGame
    discount: Fraction
    monitoring: Monitoring | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.stage, NormalFormGame):
            raise SpecificationError(f"stage: found {type(self.stage).__name__}; give a NormalFormGame")
        object.__setattr__(self, "discount", discount_factor(self.discount))
        if self.monitoring is not None:
            check_signals(self.stage, self.monitoring)


def check_signals(game: NormalFormGame, monitoring: Monitoring) -> None:
    """Refuse what is no stage game or no signals, and signals of a game with other numbers of actions."""
    if not isinstance(game, NormalFormGame):
        raise SpecificationError(f"game: found {type(game).__name__}; give the stage game, a NormalFormGame")
    if not isinstance(monitoring, Monitoring):
        raise SpecificationError(f"monitoring: found {type(monitoring).__name__}; give a Monitoring")
    if monitoring.num_actions != game.num_actions:
        raise SpecificationError(
            f"monitoring: found {monitoring.num_actions} actions, the game has {game.num_actions}; give one signal "
            "distribution for each action profile of this game"
        )


def discount_factor(value: Any) -> Fraction:
    """A discount factor as the rational that it is; refused outside 0 ≤ δ < 1."""
    delta = exact(value, where="discount")
    if not 0 <= delta < 1:
        raise SpecificationError(f"discount: found {value}; write a number δ with 0 ≤ δ < 1")
    return delta


def read_discount(game: NormalFormGame | RepeatedGame, discount: Any) -> Fraction:
    """The discount factor given, or that of the repeated game."""
    if discount is None and isinstance(game, RepeatedGame):
        return game.discount
    if discount is None:
        raise SpecificationError("discount: missing; pass a number δ with 0 ≤ δ < 1, or a RepeatedGame, which has one")
    return discount_factor(discount)


def stage_game(game: NormalFormGame | RepeatedGame) -> NormalFormGame:
    """The stage game given, or that of the repeated game."""
    stage = game.stage if isinstance(game, RepeatedGame) else game
    if not isinstance(stage, NormalFormGame):
        raise SpecificationError(f"game: found {type(stage).__name__}; give a NormalFormGame or a RepeatedGame")
    return stage


def seen_stage(game: NormalFormGame | RepeatedGame) -> NormalFormGame:
    """The same where everybody sees the actions; refused where signals are all that is seen.

    Raises
    ------
    UnsupportedError
        If the repeated game has a monitoring: what holds where deviations are seen is no answer there.
    """
    if isinstance(game, RepeatedGame) and game.monitoring is not None:
        raise UnsupportedError(
            "game: actions are not seen, and this answers for play in which they are; pass its stage for that, or use "
            "public_perfect_payoffs, limit_payoffs or trigger_equilibrium for public signals"
        )
    return stage_game(game)
