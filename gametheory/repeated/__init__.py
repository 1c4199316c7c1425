"""How it plays out over time: repetition, patience, punishment."""

from gametheory.repeated.critical_discount import (
    CriticalDiscount,
    PlayerThreshold,
    critical_discount,
    is_sustainable,
)
from gametheory.repeated.minmax import Minmax, minmax
from gametheory.repeated.price_triggers import PriceTrigger, best_price_trigger, price_trigger
from gametheory.repeated.q_learning import ProfitGain, QLearning, q_learning
from gametheory.repeated.repeated_game import RepeatedGame
from gametheory.repeated.trigger_strategies import TriggerEquilibrium, green_porter, trigger_equilibrium

__all__ = [
    "CriticalDiscount",
    "Minmax",
    "PlayerThreshold",
    "PriceTrigger",
    "ProfitGain",
    "QLearning",
    "RepeatedGame",
    "TriggerEquilibrium",
    "best_price_trigger",
    "critical_discount",
    "green_porter",
    "is_sustainable",
    "minmax",
    "price_trigger",
    "q_learning",
    "trigger_equilibrium",
]
