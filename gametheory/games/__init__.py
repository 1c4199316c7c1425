"""What is played."""

from gametheory.games import interop
from gametheory.games.bayesian import BayesianGame
from gametheory.games.behavioural import (
    bayes_regrets,
    behavioural_from_agents,
    behavioural_profile,
    ex_ante_payoffs,
    exact_behavioural_profile,
    interim_payoffs,
)
from gametheory.games.catalogue import (
    battle_of_the_sexes,
    chicken,
    commitment_game,
    deadlock,
    entry_deterrence,
    hawk_dove,
    inspection_game,
    matching_pennies,
    prisoners_dilemma,
    stag_hunt,
)
from gametheory.games.coalitions import Coalition, coalition_label, coalitions, read_coalition
from gametheory.games.formats import (
    game_from_dict,
    game_from_json,
    game_from_text,
    game_to_dict,
    game_to_json,
    game_to_text,
    read_csv_game,
    read_game,
    write_game,
)
from gametheory.games.monitoring import Monitoring, signal_distribution
from gametheory.games.normal_form import NormalFormGame
from gametheory.games.profiles import (
    correlated_profile,
    deviation_payoffs,
    exact_mixed_profile,
    expected_payoffs,
    mixed_profile,
    pure_profile,
    regrets,
)

__all__ = [
    "BayesianGame",
    "Coalition",
    "Monitoring",
    "NormalFormGame",
    "battle_of_the_sexes",
    "bayes_regrets",
    "behavioural_from_agents",
    "behavioural_profile",
    "chicken",
    "coalition_label",
    "coalitions",
    "commitment_game",
    "correlated_profile",
    "deadlock",
    "deviation_payoffs",
    "entry_deterrence",
    "ex_ante_payoffs",
    "exact_behavioural_profile",
    "exact_mixed_profile",
    "expected_payoffs",
    "game_from_dict",
    "game_from_json",
    "game_from_text",
    "game_to_dict",
    "game_to_json",
    "game_to_text",
    "hawk_dove",
    "inspection_game",
    "interim_payoffs",
    "interop",
    "matching_pennies",
    "mixed_profile",
    "prisoners_dilemma",
    "pure_profile",
    "read_coalition",
    "read_csv_game",
    "read_game",
    "regrets",
    "signal_distribution",
    "stag_hunt",
    "write_game",
]
