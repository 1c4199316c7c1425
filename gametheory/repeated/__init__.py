"""How it plays out over time: repetition, patience, punishment."""

from gametheory.repeated.critical_discount import (
    CriticalDiscount,
    PlayerThreshold,
    critical_discount,
    is_sustainable,
)
from gametheory.repeated.minmax import Minmax, minmax
from gametheory.repeated.repeated_game import RepeatedGame
from gametheory.repeated.trigger_strategies import TriggerEquilibrium, green_porter, trigger_equilibrium

__all__ = [
    "CriticalDiscount",
    "Minmax",
    "PlayerThreshold",
    "RepeatedGame",
    "TriggerEquilibrium",
    "critical_discount",
    "green_porter",
    "is_sustainable",
    "minmax",
    "trigger_equilibrium",
]
