"""What can be known: detection, leakage, channels, persuasion; each part is loaded when it is first used.

======================= ==============================================================================================
``distributions``       probability vectors and channels, read with suspicion: ``Channel``
``divergences``         entropy, Kullback–Leibler, total variation, Rényi, …, mutual information
``divergence_balls``    the most that stealth gains within a divergence budget: ``largest_expectation``
``persuasion``          what a sender should disclose, certified over all disclosures: ``optimal_persuasion``
======================= ==============================================================================================
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

_HOMES = {
    "BallDivergence": "divergence_balls",
    "Channel": "distributions",
    "LargestExpectation": "divergence_balls",
    "Persuasion": "persuasion",
    "bhattacharyya_coefficient": "divergences",
    "chi_squared_divergence": "divergences",
    "entropy": "divergences",
    "hellinger_distance": "divergences",
    "is_obedient": "persuasion",
    "jensen_shannon_divergence": "divergences",
    "kullback_leibler_divergence": "divergences",
    "largest_expectation": "divergence_balls",
    "mutual_information": "divergences",
    "obedience_regret": "persuasion",
    "optimal_persuasion": "persuasion",
    "persuasion_game": "persuasion",
    "persuasion_programme": "persuasion",
    "read_channel": "distributions",
    "read_distribution": "distributions",
    "read_probability": "distributions",
    "renyi_divergence": "divergences",
    "total_variation": "divergences",
}

__all__ = [
    "BallDivergence",
    "Channel",
    "LargestExpectation",
    "Persuasion",
    "bhattacharyya_coefficient",
    "chi_squared_divergence",
    "entropy",
    "hellinger_distance",
    "is_obedient",
    "jensen_shannon_divergence",
    "kullback_leibler_divergence",
    "largest_expectation",
    "mutual_information",
    "obedience_regret",
    "optimal_persuasion",
    "persuasion_game",
    "persuasion_programme",
    "read_channel",
    "read_distribution",
    "read_probability",
    "renyi_divergence",
    "total_variation",
]

if TYPE_CHECKING:
    from gametheory.information.distributions import Channel, read_channel, read_distribution, read_probability
    from gametheory.information.divergence_balls import BallDivergence, LargestExpectation, largest_expectation
    from gametheory.information.divergences import (
        bhattacharyya_coefficient,
        chi_squared_divergence,
        entropy,
        hellinger_distance,
        jensen_shannon_divergence,
        kullback_leibler_divergence,
        mutual_information,
        renyi_divergence,
        total_variation,
    )
    from gametheory.information.persuasion import (
        Persuasion,
        is_obedient,
        obedience_regret,
        optimal_persuasion,
        persuasion_game,
        persuasion_programme,
    )


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(f"gametheory.information.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'gametheory.information' has no attribute {name!r}; it offers {', '.join(__all__)}")


def __dir__() -> list[str]:
    return sorted(__all__)
