"""How overseers respond: policies, the game that they induce, and what deters coalitions."""

from gametheory.oversight.deterrence import cheapest_deterrence
from gametheory.oversight.deterrence_programme import deterrence_programme
from gametheory.oversight.induced_game import induced_game
from gametheory.oversight.policy import Policy

__all__ = [
    "Policy",
    "cheapest_deterrence",
    "deterrence_programme",
    "induced_game",
]
