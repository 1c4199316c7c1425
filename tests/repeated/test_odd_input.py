"""What a careless or hostile caller writes about repeated play: read as meant, or refused by an error that names the place."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable
from fractions import Fraction as F
from typing import Any

import numpy as np
import pytest

from gametheory.collusion import Cartel, coalition_critical_discount
from gametheory.errors import GameTheoryError, UndecidedError, UnsupportedError
from gametheory.games import Monitoring, NormalFormGame
from gametheory.oversight import Authority, Convention, leniency_design, obfuscated, obfuscation_design
from gametheory.repeated import (
    Cycle,
    RepeatedGame,
    abreu_sannikov,
    critical_discount,
    discount_region,
    green_porter,
    is_sustainable,
    limit_payoffs,
    minmax,
    optimal_stick_and_carrot,
    payoff_set,
    payoff_set_sandwich,
    public_perfect_payoffs,
    public_score,
    rank_conditions,
    trigger_equilibrium,
)

DILEMMA = NormalFormGame.from_bimatrix([[9, 1], [10, 3]], [[9, 10], [1, 3]])
NOISY = Monitoring.alarm(DILEMMA, (0, 0), detection_rate=["1/2", "7/10"], false_alarm_rate="1/10")
CONVENTION = Convention(DILEMMA, (0, 0), (1, 1))

ODD: list[Any] = [None, True, "x", "", math.nan, math.inf, -1, 10**400, 0.5, [], {}, (0, 0, 0), object(), b"1/2", 1j]
ODD += [np.array([0.5]), np.float64(0.5), (math.nan, 0), {(0, 0): 2}, Cycle([(0, 0)]), DILEMMA, NOISY, len, {0}]

ASKED: dict[str, Callable[[Any], Any]] = {
    "game of critical_discount": lambda x: critical_discount(x, (0, 0), punishment="nash"),
    "target": lambda x: critical_discount(DILEMMA, x, punishment="nash"),
    "punishment": lambda x: critical_discount(DILEMMA, (0, 0), punishment=x),
    "punishment_profiles": lambda x: critical_discount(DILEMMA, (0, 0), punishment="nash", punishment_profiles=x),
    "gap": lambda x: critical_discount(DILEMMA, (0, 0), punishment="optimal", gap=x),
    "time_limit": lambda x: critical_discount(DILEMMA, (0, 0), punishment="optimal", time_limit=x),
    "discount": lambda x: is_sustainable(DILEMMA, (0, 0), discount=x, punishment="nash"),
    "game of discount_region": lambda x: discount_region(x, (0, 0), punishment="nash"),
    "game of optimal_stick_and_carrot": lambda x: optimal_stick_and_carrot(x, (0, 0)),
    "game of payoff_set": lambda x: payoff_set(x, "1/8"),
    "discount of payoff_set": lambda x: payoff_set(DILEMMA, x),
    "max_iterations": lambda x: payoff_set(DILEMMA, "1/8", max_iterations=x),
    "game of payoff_set_sandwich": lambda x: payoff_set_sandwich(x, "1/8"),
    "directions": lambda x: payoff_set_sandwich(DILEMMA, "1/8", directions=x),
    "direction": lambda x: payoff_set_sandwich(DILEMMA, "1/8", directions=[x]),
    "game of public_perfect_payoffs": lambda x: public_perfect_payoffs(x, NOISY, "1/8"),
    "monitoring of public_perfect_payoffs": lambda x: public_perfect_payoffs(DILEMMA, x, "1/8"),
    "game of limit_payoffs": lambda x: limit_payoffs(x, NOISY),
    "direction of public_score": lambda x: public_score(DILEMMA, NOISY, (0, 0), x),
    "game of rank_conditions": lambda x: rank_conditions(x, NOISY, (0, 0)),
    "game of minmax": lambda x: minmax(x, 0, strategies="pure"),
    "monitoring of trigger_equilibrium": lambda x: trigger_equilibrium(DILEMMA, (0, 0), x, reversion=(1, 1)),
    "monitoring of RepeatedGame": lambda x: RepeatedGame(DILEMMA, F(1, 2), x),
    "profiles of Cycle": lambda x: Cycle(x),
    "size of Cartel": lambda x: Cartel(2, 3, 0, size=x),
    "members of Cartel": lambda x: Cartel(2, 3, 0, members=x, size=2),
    "size of Bertrand": Cartel.bertrand,
    "fine": lambda x: Authority(conviction_rate="1/10", fine=x),
    "caps": lambda x: leniency_design(Cartel.bertrand(2), "9/10", costs={}, caps={"conviction_rate": x, "fine": 1}),
    "background": lambda x: obfuscation_design(CONVENTION, NOISY, background=x),
    "noise": lambda x: obfuscated(NOISY, x),
    "alarms": lambda x: green_porter(DILEMMA, (0, 0), NOISY, alarms=x, reversion=(1, 1), discount="9/10"),
    "game of coalition_critical_discount": lambda x: coalition_critical_discount(
        x, (0, 0), blocking="all", punishment="nash"
    ),
    "coalitions": lambda x: repr(
        coalition_critical_discount(DILEMMA, (0, 0), coalitions=x, blocking="all", punishment="nash")
    ),
    "punishment of coalitions": lambda x: coalition_critical_discount(DILEMMA, (0, 0), blocking="all", punishment=x),
}


@pytest.mark.parametrize("place", ASKED)
@pytest.mark.parametrize("value", ODD, ids=lambda x: f"{x!r}"[:12])
def test_odd_values_are_read_or_refused(place: str, value: Any) -> None:
    """Nothing but an answer or an error of the library."""
    with contextlib.suppress(GameTheoryError):
        ASKED[place](value)


def test_nothing_is_answered_for_seen_actions_where_only_signals_are_seen() -> None:
    hidden = RepeatedGame(DILEMMA, F(1, 2), NOISY)
    for call in (
        lambda: critical_discount(hidden, (0, 0), punishment="nash"),
        lambda: is_sustainable(hidden, (0, 0), punishment="nash"),
        lambda: discount_region(hidden, (0, 0), punishment="nash"),
        lambda: optimal_stick_and_carrot(hidden, (0, 0)),
        lambda: coalition_critical_discount(hidden, (0, 0), blocking="all", punishment="nash"),
        lambda: payoff_set(hidden),
        lambda: abreu_sannikov(hidden),
    ):
        with pytest.raises(UnsupportedError, match="actions are not seen"):
            call()


@pytest.mark.parametrize("discount", ["1e-320", F(1, 10**400), F(0)])
def test_discount_factors_near_nothing(discount: Any) -> None:
    assert payoff_set(DILEMMA, discount).vertices == ((F(3), F(3)),)
    assert abreu_sannikov(DILEMMA, discount).round(9).tolist() == [[3.0, 3.0]]


def test_where_no_coalition_may_form_none_binds() -> None:
    found = coalition_critical_discount(DILEMMA, (0, 0), coalitions=[], blocking="all", punishment="nash")
    assert found.discount == 0
    assert found.witness is None
    assert "no coalition may form" in repr(found)
    with pytest.raises(UndecidedError, match="no coalition"):
        _ = found.binding_coalition
