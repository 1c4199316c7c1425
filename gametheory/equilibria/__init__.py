"""What is stable, one shot, no coalitions."""

from gametheory.equilibria.equilibrium import Equilibrium, EquilibriumSet
from gametheory.equilibria.nash import is_nash_equilibrium, nash_equilibria, nash_equilibrium, nash_regret
from gametheory.equilibria.pure import pure_nash_equilibria

__all__ = [
    "Equilibrium",
    "EquilibriumSet",
    "is_nash_equilibrium",
    "nash_equilibria",
    "nash_equilibrium",
    "nash_regret",
    "pure_nash_equilibria",
]
