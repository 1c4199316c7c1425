"""What is played: games, profiles, coalitions, monitoring, types, and named games.

==================  ================================================================================================
``normal_form``     :class:`NormalFormGame`: a payoff tensor with names, in floats, fractions or expressions
``profiles``        pure, mixed and correlated play; expected and deviation payoffs; regret
``symmetric``       :class:`SymmetricGame`: identical agents, payoffs by how many play what; no tensor
``polymatrix``      :class:`PolymatrixGame`: players on a network, a game of two on each edge; no tensor
``coalitions``      which players may act together
``coalitional``     :class:`CoalitionalGame`: what each coalition is worth
``monitoring``      :class:`Monitoring`: the public signal that play gives rise to
``bayesian``        :class:`BayesianGame`: types with a common prior; ``behavioural``: play by type, and what it pays
``catalogue``       the named games, each with its source
``formats``         JSON, Gambit .nfg and GAMUT .gam files; ``interop``: other libraries' games, if installed
==================  ================================================================================================

>>> game = chicken()
>>> [str(x) for x in expected_payoffs(game, ["yield", ["1/2", "1/2"]])]
['4', '13/2']
"""

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
    beauty_contest,
    bernheim_peleg_whinston,
    bertrand_differentiated,
    bertrand_linear,
    bertrand_logit,
    chicken,
    colonel_blotto,
    commitment_game,
    coordination_game,
    cournot,
    cyclic_partnership,
    deadlock,
    diagonal_matching,
    el_farol,
    entry_deterrence,
    game_by_name,
    halpern_bargaining,
    halpern_coordination,
    hawk_dove,
    inspection_game,
    logit_prices,
    matching_pennies,
    minimum_effort,
    minority_game,
    named_games,
    overseer_toy,
    prisoners_dilemma,
    public_goods,
    rock_paper_scissors,
    shapley_game,
    stag_hunt,
    threshold_attack,
    tragedy_of_the_commons,
    travelers_dilemma,
    volunteers_dilemma,
)
from gametheory.games.coalitional import CoalitionalGame
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
from gametheory.games.polymatrix import PolymatrixGame
from gametheory.games.profiles import (
    correlated_profile,
    deviation_payoffs,
    exact_mixed_profile,
    expected_payoffs,
    mixed_profile,
    pure_profile,
    regrets,
)
from gametheory.games.protocol import FiniteGame, Game
from gametheory.games.symmetric import SymmetricGame

__all__ = [
    "BayesianGame",
    "Coalition",
    "CoalitionalGame",
    "FiniteGame",
    "Game",
    "Monitoring",
    "NormalFormGame",
    "PolymatrixGame",
    "SymmetricGame",
    "battle_of_the_sexes",
    "bayes_regrets",
    "beauty_contest",
    "behavioural_from_agents",
    "behavioural_profile",
    "bernheim_peleg_whinston",
    "bertrand_differentiated",
    "bertrand_linear",
    "bertrand_logit",
    "chicken",
    "coalition_label",
    "coalitions",
    "colonel_blotto",
    "commitment_game",
    "coordination_game",
    "correlated_profile",
    "cournot",
    "cyclic_partnership",
    "deadlock",
    "deviation_payoffs",
    "diagonal_matching",
    "el_farol",
    "entry_deterrence",
    "ex_ante_payoffs",
    "exact_behavioural_profile",
    "exact_mixed_profile",
    "expected_payoffs",
    "game_by_name",
    "game_from_dict",
    "game_from_json",
    "game_from_text",
    "game_to_dict",
    "game_to_json",
    "game_to_text",
    "halpern_bargaining",
    "halpern_coordination",
    "hawk_dove",
    "inspection_game",
    "interim_payoffs",
    "interop",
    "logit_prices",
    "matching_pennies",
    "minimum_effort",
    "minority_game",
    "mixed_profile",
    "named_games",
    "overseer_toy",
    "prisoners_dilemma",
    "public_goods",
    "pure_profile",
    "read_coalition",
    "read_csv_game",
    "read_game",
    "regrets",
    "rock_paper_scissors",
    "shapley_game",
    "signal_distribution",
    "stag_hunt",
    "threshold_attack",
    "tragedy_of_the_commons",
    "travelers_dilemma",
    "volunteers_dilemma",
    "write_game",
]
