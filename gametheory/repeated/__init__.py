"""How it plays out over time: repetition, patience, punishment."""

from gametheory.repeated.critical_discount import (
    CriticalDiscount,
    PlayerThreshold,
    critical_discount,
    is_sustainable,
)
from gametheory.repeated.minmax import Minmax, minmax
from gametheory.repeated.repeated_game import RepeatedGame

__all__ = [
    "CriticalDiscount",
    "Minmax",
    "PlayerThreshold",
    "RepeatedGame",
    "critical_discount",
    "is_sustainable",
    "minmax",
]
