"""The game theory of multi-agent security, each answer with evidence that can be re-checked exactly.

The chapters, lower floors first; each is imported when it is first used:

==================  ================================================================================================
``games``           what is played: games, profiles, coalitions, monitoring, named games, file formats
``certificates``    why a reader should believe an answer: evidence checked with integers and fractions alone
``optimize``        the one door to numerical optimisation: linear, exact, convex, frontiers
``symbolic``        closed forms and machine proof
``equilibria``      what is stable: Nash, correlated, Stackelberg, Bayes-Nash, dominance
``repeated``        how it plays out over time: patience, punishment
``networks``        how it spreads: cascades, containment, inoculation
``information``     what can be known: detection, leakage, channels, persuasion
``mechanisms``      how rules are chosen: environments, mechanisms, optimal design, auctions, contracts
``collusion``       how agents conspire: joint deviations, resilience, coalition-proofness
``oversight``       how overseers respond: policies, the game they induce, the cheapest deterrence
``protocols``       protocols as game trees with symbolic utilities: secure for all of them, or attacked
``tradeoffs``       what security costs: frontiers of harm against utility
``empirical``       games from logs of runs, with the uncertainty of what was measured
``plotting``        figures of frontiers
``audit``           the main job: one file describes a deployment, one command answers
``sweeps``          many runs of anything: a function over a grid, crash-safe, on any executor
==================  ================================================================================================

>>> import gametheory as gt
>>> game = gt.games.prisoners_dilemma()
>>> gt.equilibria.nash_equilibria(game)[0].certificate.verify()
True
"""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import TYPE_CHECKING

__version__ = "0.1.0"

__all__ = [
    "__version__",
    "arithmetic",
    "audit",
    "certificates",
    "collusion",
    "empirical",
    "equilibria",
    "errors",
    "games",
    "information",
    "mechanisms",
    "networks",
    "optimize",
    "oversight",
    "plotting",
    "protocols",
    "repeated",
    "sweeps",
    "symbolic",
    "tradeoffs",
]

if TYPE_CHECKING:  # without sweeps: audit, which is blind to them, reads the version here
    from gametheory import (
        arithmetic,
        audit,
        certificates,
        collusion,
        empirical,
        equilibria,
        errors,
        games,
        information,
        mechanisms,
        networks,
        optimize,
        oversight,
        plotting,
        protocols,
        repeated,
        symbolic,
        tradeoffs,
    )


def __getattr__(name: str) -> ModuleType:
    if name in __all__:
        return importlib.import_module(f"gametheory.{name}")
    raise AttributeError(f"module 'gametheory' has no attribute {name!r}; its chapters are {', '.join(__all__[1:])}")


def __dir__() -> list[str]:
    return list(__all__)
