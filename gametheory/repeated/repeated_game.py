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
from gametheory.errors import SpecificationError
from gametheory.games.monitoring import Monitoring
from gametheory.games.normal_form import NormalFormGame

__all__ = ["RepeatedGame", "discount_factor"]


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
        if self.monitoring is not None and self.monitoring.num_actions != self.stage.num_actions:
            raise SpecificationError(
                f"monitoring: found signals for action profiles of shape {self.monitoring.num_actions}, expected "
                f"{self.stage.num_actions}, those of the stage game"
            )


def discount_factor(value: Any) -> Fraction:
    """A discount factor as the rational that it is; refused outside 0 ≤ δ < 1."""
    delta = exact(value, where="discount")
    if not 0 <= delta < 1:
        raise SpecificationError(f"discount: found {value}; write a number δ with 0 ≤ δ < 1")
    return delta
