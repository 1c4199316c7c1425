"""How it plays out over time: repetition, patience, punishment."""

from gametheory.repeated.automata import Automaton
from gametheory.repeated.automaton_best_responses import (
    BestResponse,
    automaton_best_response,
    is_nash_of_repeated_game,
)
from gametheory.repeated.automaton_catalogue import (
    always,
    always_cooperate,
    always_defect,
    bully,
    contrite_tit_for_tat,
    cycle,
    generous_tit_for_tat,
    grim_trigger,
    limited_punishment,
    suspicious_tit_for_tat,
    tit_for_tat,
    tit_for_two_tats,
    two_tits_for_tat,
    win_stay_lose_shift,
)
from gametheory.repeated.automaton_discounts import AutomatonDiscounts, critical_discount_of
from gametheory.repeated.automaton_equilibria import (
    AutomatonEquilibrium,
    OneShotDeviation,
    automaton_equilibrium,
    is_public_perfect,
    is_subgame_perfect,
    one_shot_deviations,
)
from gametheory.repeated.automaton_play import (
    AutomatonPayoffs,
    OutcomePath,
    automaton_payoffs,
    mean_payoffs,
    outcome_path,
    simulated_path,
)
from gametheory.repeated.critical_discount import (
    CriticalDiscount,
    PlayerThreshold,
    critical_discount,
    is_sustainable,
)
from gametheory.repeated.discount_region import DiscountRegion, discount_region
from gametheory.repeated.discount_sets import DiscountSet, Interval
from gametheory.repeated.limit_set import LimitPayoffs, PublicScore, limit_payoffs, public_score
from gametheory.repeated.memory_one_strategies import extortion, memory_one, zero_determinant
from gametheory.repeated.minmax import Minmax, minmax
from gametheory.repeated.payoff_set_paths import PathStep, equilibrium_path
from gametheory.repeated.payoff_set_result import PayoffSet
from gametheory.repeated.payoff_sets import abreu_sannikov, payoff_set
from gametheory.repeated.penal_codes import StickAndCarrot, optimal_stick_and_carrot
from gametheory.repeated.price_triggers import PriceTrigger, best_price_trigger, price_trigger
from gametheory.repeated.public_equilibria import public_perfect_payoffs
from gametheory.repeated.q_learning import ProfitGain, QLearning, q_learning
from gametheory.repeated.rank_conditions import Confusion, RankConditions, rank_conditions
from gametheory.repeated.repeated_game import RepeatedGame
from gametheory.repeated.self_generation import payoff_set_sandwich
from gametheory.repeated.strategy_profiles import simple_strategy_profile, stick_and_carrot, trigger
from gametheory.repeated.sustainability_region import sustainability_region
from gametheory.repeated.targets import Cycle
from gametheory.repeated.trigger_strategies import TriggerEquilibrium, green_porter, trigger_equilibrium

__all__ = [
    "Automaton",
    "AutomatonDiscounts",
    "AutomatonEquilibrium",
    "AutomatonPayoffs",
    "BestResponse",
    "Confusion",
    "CriticalDiscount",
    "Cycle",
    "DiscountRegion",
    "DiscountSet",
    "Interval",
    "LimitPayoffs",
    "Minmax",
    "OneShotDeviation",
    "OutcomePath",
    "PathStep",
    "PayoffSet",
    "PlayerThreshold",
    "PriceTrigger",
    "ProfitGain",
    "PublicScore",
    "QLearning",
    "RankConditions",
    "RepeatedGame",
    "StickAndCarrot",
    "TriggerEquilibrium",
    "abreu_sannikov",
    "always",
    "always_cooperate",
    "always_defect",
    "automaton_best_response",
    "automaton_equilibrium",
    "automaton_payoffs",
    "best_price_trigger",
    "bully",
    "contrite_tit_for_tat",
    "critical_discount",
    "critical_discount_of",
    "cycle",
    "discount_region",
    "equilibrium_path",
    "extortion",
    "generous_tit_for_tat",
    "green_porter",
    "grim_trigger",
    "is_nash_of_repeated_game",
    "is_public_perfect",
    "is_subgame_perfect",
    "is_sustainable",
    "limit_payoffs",
    "limited_punishment",
    "mean_payoffs",
    "memory_one",
    "minmax",
    "one_shot_deviations",
    "optimal_stick_and_carrot",
    "outcome_path",
    "payoff_set",
    "payoff_set_sandwich",
    "price_trigger",
    "public_perfect_payoffs",
    "public_score",
    "q_learning",
    "rank_conditions",
    "simple_strategy_profile",
    "simulated_path",
    "stick_and_carrot",
    "suspicious_tit_for_tat",
    "sustainability_region",
    "tit_for_tat",
    "tit_for_two_tats",
    "trigger",
    "trigger_equilibrium",
    "two_tits_for_tat",
    "win_stay_lose_shift",
    "zero_determinant",
]
