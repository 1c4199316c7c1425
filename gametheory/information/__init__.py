"""What can be known: detection, leakage, channels, persuasion; each part is loaded when it is first used.

======================= ==============================================================================================
``distributions``       probability vectors and channels, read with suspicion: ``Channel``
``divergences``         entropy, Kullback–Leibler, total variation, Rényi, …, mutual information
``divergence_balls``    the most that stealth gains within a divergence budget: ``largest_expectation``
``persuasion``          what a sender should disclose, certified over all disclosures: ``optimal_persuasion``
``leakage``             vulnerability of a secret before and after an observation: ``channel_leakage``
``leakage_coalitions``  what observers learn together: ``leakage_by_size``
``leakage_games``       a defender against an adversary who probes: ``leakage_game``
``refinement``          when one channel never says more than another: ``is_refined_by``
======================= ==============================================================================================
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

_HOMES = {
    "BallDivergence": "divergence_balls",
    "Channel": "distributions",
    "LargestExpectation": "divergence_balls",
    "Leakage": "leakage",
    "LeakageBySize": "leakage_coalitions",
    "LeakageGame": "leakage_games",
    "Persuasion": "persuasion",
    "bhattacharyya_coefficient": "divergences",
    "channel_leakage": "leakage",
    "chi_squared_divergence": "divergences",
    "coalition_vulnerability": "leakage_coalitions",
    "deficiency": "refinement",
    "entropy": "divergences",
    "hellinger_distance": "divergences",
    "is_obedient": "persuasion",
    "is_refined_by": "refinement",
    "jensen_shannon_divergence": "divergences",
    "kullback_leibler_divergence": "divergences",
    "largest_expectation": "divergence_balls",
    "leakage_by_size": "leakage_coalitions",
    "leakage_game": "leakage_games",
    "leakage_game_programme": "leakage_games",
    "min_capacity": "leakage",
    "multiplicative_bayes_capacity": "leakage",
    "mutual_information": "divergences",
    "obedience_regret": "persuasion",
    "optimal_persuasion": "persuasion",
    "persuasion_game": "persuasion",
    "persuasion_programme": "persuasion",
    "post_processing": "refinement",
    "posterior_vulnerability": "leakage",
    "prior_vulnerability": "leakage",
    "read_channel": "distributions",
    "read_distribution": "distributions",
    "read_probability": "distributions",
    "refinement_programme": "refinement",
    "renyi_divergence": "divergences",
    "smallest_leaking_coalition": "leakage_coalitions",
    "total_variation": "divergences",
}

__all__ = [
    "BallDivergence",
    "Channel",
    "LargestExpectation",
    "Leakage",
    "LeakageBySize",
    "LeakageGame",
    "Persuasion",
    "bhattacharyya_coefficient",
    "channel_leakage",
    "chi_squared_divergence",
    "coalition_vulnerability",
    "deficiency",
    "entropy",
    "hellinger_distance",
    "is_obedient",
    "is_refined_by",
    "jensen_shannon_divergence",
    "kullback_leibler_divergence",
    "largest_expectation",
    "leakage_by_size",
    "leakage_game",
    "leakage_game_programme",
    "min_capacity",
    "multiplicative_bayes_capacity",
    "mutual_information",
    "obedience_regret",
    "optimal_persuasion",
    "persuasion_game",
    "persuasion_programme",
    "post_processing",
    "posterior_vulnerability",
    "prior_vulnerability",
    "read_channel",
    "read_distribution",
    "read_probability",
    "refinement_programme",
    "renyi_divergence",
    "smallest_leaking_coalition",
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
    from gametheory.information.leakage import (
        Leakage,
        channel_leakage,
        min_capacity,
        multiplicative_bayes_capacity,
        posterior_vulnerability,
        prior_vulnerability,
    )
    from gametheory.information.leakage_coalitions import (
        LeakageBySize,
        coalition_vulnerability,
        leakage_by_size,
        smallest_leaking_coalition,
    )
    from gametheory.information.leakage_games import LeakageGame, leakage_game, leakage_game_programme
    from gametheory.information.persuasion import (
        Persuasion,
        is_obedient,
        obedience_regret,
        optimal_persuasion,
        persuasion_game,
        persuasion_programme,
    )
    from gametheory.information.refinement import deficiency, is_refined_by, post_processing, refinement_programme


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(f"gametheory.information.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'gametheory.information' has no attribute {name!r}; it offers {', '.join(__all__)}")


def __dir__() -> list[str]:
    return sorted(__all__)
