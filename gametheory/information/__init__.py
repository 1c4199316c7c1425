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
``detection``           the most powerful test of one attack or several: ``neyman_pearson_test``
``detection_curves``    receiver operating characteristics, exactly: ``roc_curve``
``detection_samples``   n observations: exact errors, bounds, exponents: ``total_error``, ``samples_needed``
``detection_alarms``    what an alarm means where attacks are rare: ``base_rates``
``sequential``          Wald's sequential probability ratio test: ``sequential_test``
``privacy``             differential privacy: is it kept, and what it costs any monitor: ``detection_limit``
``privacy_composition`` colluding observers, repeated outputs: ``composed_delta``, ``optimal_composition``
``monitor_fusion``      several monitors, a vote, and captures of some: ``vote_rate``
``redundancy``          shared secrets: unavailable or leaked: ``secret_sharing_risk``
``channels``            Shannon capacity between certified bounds: ``channel_capacity``
``rate_distortion``     the fewest bits that describe a source well enough: ``rate_distortion_function``
``sanitiser``           the channel that passes on least: ``least_capacity_sanitiser``, ``least_vulnerability_sanitiser``
``common_information``  what two variables share: ``gacs_korner_information``, ``wyner_common_information``
======================= ==============================================================================================
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

_HOMES = {
    "BallDivergence": "divergence_balls",
    "BaseRates": "detection_alarms",
    "Capture": "monitor_fusion",
    "CertifiedRate": "rates",
    "Channel": "distributions",
    "ComposedPrivacy": "privacy_composition",
    "LargestExpectation": "divergence_balls",
    "Leakage": "leakage",
    "LeakageBySize": "leakage_coalitions",
    "LeakageGame": "leakage_games",
    "Neighbours": "privacy",
    "NeymanPearsonTest": "detection",
    "Persuasion": "persuasion",
    "PrivacyLoss": "privacy",
    "RocCurve": "detection_curves",
    "SequentialTest": "sequential",
    "SharingRisk": "redundancy",
    "WaldApproximation": "sequential",
    "WynerCommonInformation": "common_information",
    "advanced_composition": "privacy_composition",
    "advantage_limit": "privacy",
    "alarm_rate": "detection",
    "base_rates": "detection_alarms",
    "bayes_error": "detection_samples",
    "bhattacharyya_coefficient": "divergences",
    "channel_capacity": "channels",
    "channel_leakage": "leakage",
    "chernoff_information": "detection_samples",
    "chi_squared_divergence": "divergences",
    "coalition_vulnerability": "leakage_coalitions",
    "common_part": "common_information",
    "composed_delta": "privacy_composition",
    "composed_epsilon": "privacy_composition",
    "compound_capacity": "channels",
    "deficiency": "refinement",
    "detection_limit": "privacy",
    "dominating_pair": "privacy_composition",
    "entropy": "divergences",
    "false_alarm_rate_for_precision": "detection_alarms",
    "gacs_korner_information": "common_information",
    "gaussian_area": "detection_curves",
    "gaussian_power": "detection_curves",
    "gaussian_vote_power": "monitor_fusion",
    "hellinger_distance": "divergences",
    "hoeffding_bound": "detection_samples",
    "is_differentially_private": "privacy",
    "is_most_powerful": "detection",
    "is_obedient": "persuasion",
    "is_refined_by": "refinement",
    "jensen_shannon_divergence": "divergences",
    "kullback_leibler_divergence": "divergences",
    "largest_expectation": "divergence_balls",
    "leakage_by_size": "leakage_coalitions",
    "leakage_game": "leakage_games",
    "leakage_game_programme": "leakage_games",
    "least_capacity_sanitiser": "sanitiser",
    "least_delta": "privacy",
    "least_expected_samples": "sequential",
    "least_vulnerability_sanitiser": "sanitiser",
    "min_capacity": "leakage",
    "multiplicative_bayes_capacity": "leakage",
    "mutual_information": "divergences",
    "neyman_pearson_programme": "detection",
    "neyman_pearson_test": "detection",
    "obedience_regret": "persuasion",
    "optimal_composition": "privacy_composition",
    "optimal_persuasion": "persuasion",
    "persuasion_game": "persuasion",
    "persuasion_programme": "persuasion",
    "post_processing": "refinement",
    "posterior_vulnerability": "leakage",
    "power_shortfall": "detection",
    "power_within_budget": "detection_samples",
    "prior_vulnerability": "leakage",
    "privacy_loss": "privacy",
    "randomised_response": "privacy",
    "randomised_response_capacity": "privacy",
    "rate_distortion_function": "rate_distortion",
    "read_channel": "distributions",
    "read_distribution": "distributions",
    "read_probability": "distributions",
    "refinement_programme": "refinement",
    "renyi_divergence": "divergences",
    "repeated_counts": "detection_samples",
    "roc_curve": "detection_curves",
    "samples_needed": "detection_samples",
    "sanitiser_programme": "sanitiser",
    "secret_sharing_risk": "redundancy",
    "secret_sharing_risks": "redundancy",
    "sequential_test": "sequential",
    "smallest_leaking_coalition": "leakage_coalitions",
    "stein_exponent": "detection_samples",
    "total_error": "detection_samples",
    "total_variation": "divergences",
    "vote_rate": "monitor_fusion",
    "wald_approximation": "sequential",
    "wald_thresholds": "sequential",
    "wyner_common_information": "common_information",
}

__all__ = [
    "BallDivergence",
    "BaseRates",
    "Capture",
    "CertifiedRate",
    "Channel",
    "ComposedPrivacy",
    "LargestExpectation",
    "Leakage",
    "LeakageBySize",
    "LeakageGame",
    "Neighbours",
    "NeymanPearsonTest",
    "Persuasion",
    "PrivacyLoss",
    "RocCurve",
    "SequentialTest",
    "SharingRisk",
    "WaldApproximation",
    "WynerCommonInformation",
    "advanced_composition",
    "advantage_limit",
    "alarm_rate",
    "base_rates",
    "bayes_error",
    "bhattacharyya_coefficient",
    "channel_capacity",
    "channel_leakage",
    "chernoff_information",
    "chi_squared_divergence",
    "coalition_vulnerability",
    "common_part",
    "composed_delta",
    "composed_epsilon",
    "compound_capacity",
    "deficiency",
    "detection_limit",
    "dominating_pair",
    "entropy",
    "false_alarm_rate_for_precision",
    "gacs_korner_information",
    "gaussian_area",
    "gaussian_power",
    "gaussian_vote_power",
    "hellinger_distance",
    "hoeffding_bound",
    "is_differentially_private",
    "is_most_powerful",
    "is_obedient",
    "is_refined_by",
    "jensen_shannon_divergence",
    "kullback_leibler_divergence",
    "largest_expectation",
    "leakage_by_size",
    "leakage_game",
    "leakage_game_programme",
    "least_capacity_sanitiser",
    "least_delta",
    "least_expected_samples",
    "least_vulnerability_sanitiser",
    "min_capacity",
    "multiplicative_bayes_capacity",
    "mutual_information",
    "neyman_pearson_programme",
    "neyman_pearson_test",
    "obedience_regret",
    "optimal_composition",
    "optimal_persuasion",
    "persuasion_game",
    "persuasion_programme",
    "post_processing",
    "posterior_vulnerability",
    "power_shortfall",
    "power_within_budget",
    "prior_vulnerability",
    "privacy_loss",
    "randomised_response",
    "randomised_response_capacity",
    "rate_distortion_function",
    "read_channel",
    "read_distribution",
    "read_probability",
    "refinement_programme",
    "renyi_divergence",
    "repeated_counts",
    "roc_curve",
    "samples_needed",
    "sanitiser_programme",
    "secret_sharing_risk",
    "secret_sharing_risks",
    "sequential_test",
    "smallest_leaking_coalition",
    "stein_exponent",
    "total_error",
    "total_variation",
    "vote_rate",
    "wald_approximation",
    "wald_thresholds",
    "wyner_common_information",
]

if TYPE_CHECKING:
    from gametheory.information.channels import channel_capacity, compound_capacity
    from gametheory.information.common_information import (
        WynerCommonInformation,
        common_part,
        gacs_korner_information,
        wyner_common_information,
    )
    from gametheory.information.detection import (
        NeymanPearsonTest,
        alarm_rate,
        is_most_powerful,
        neyman_pearson_programme,
        neyman_pearson_test,
        power_shortfall,
    )
    from gametheory.information.detection_alarms import BaseRates, base_rates, false_alarm_rate_for_precision
    from gametheory.information.detection_curves import RocCurve, gaussian_area, gaussian_power, roc_curve
    from gametheory.information.detection_samples import (
        bayes_error,
        chernoff_information,
        hoeffding_bound,
        power_within_budget,
        repeated_counts,
        samples_needed,
        stein_exponent,
        total_error,
    )
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
    from gametheory.information.monitor_fusion import Capture, gaussian_vote_power, vote_rate
    from gametheory.information.persuasion import (
        Persuasion,
        is_obedient,
        obedience_regret,
        optimal_persuasion,
        persuasion_game,
        persuasion_programme,
    )
    from gametheory.information.privacy import (
        Neighbours,
        PrivacyLoss,
        advantage_limit,
        detection_limit,
        is_differentially_private,
        least_delta,
        privacy_loss,
        randomised_response,
        randomised_response_capacity,
    )
    from gametheory.information.privacy_composition import (
        ComposedPrivacy,
        advanced_composition,
        composed_delta,
        composed_epsilon,
        dominating_pair,
        optimal_composition,
    )
    from gametheory.information.rate_distortion import rate_distortion_function
    from gametheory.information.rates import CertifiedRate
    from gametheory.information.redundancy import SharingRisk, secret_sharing_risk, secret_sharing_risks
    from gametheory.information.refinement import deficiency, is_refined_by, post_processing, refinement_programme
    from gametheory.information.sanitiser import (
        least_capacity_sanitiser,
        least_vulnerability_sanitiser,
        sanitiser_programme,
    )
    from gametheory.information.sequential import (
        SequentialTest,
        WaldApproximation,
        least_expected_samples,
        sequential_test,
        wald_approximation,
        wald_thresholds,
    )


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(f"gametheory.information.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'gametheory.information' has no attribute {name!r}; it offers {', '.join(__all__)}")


def __dir__() -> list[str]:
    return sorted(__all__)
