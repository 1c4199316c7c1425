"""The least noise that ends an agreement: closed forms, and the threshold checked on both of its sides."""

from __future__ import annotations

import random
from fractions import Fraction as F
from typing import Any

import numpy as np
import pytest

from gametheory.errors import InfeasibleError, SpecificationError
from gametheory.games import Monitoring, NormalFormGame
from gametheory.oversight import Convention, obfuscated, obfuscation_design
from gametheory.repeated import trigger_equilibrium

DILEMMA = NormalFormGame.from_bimatrix([[2, -1], [3, 0]], [[2, 3], [-1, 0]])
ALARM = Monitoring.alarm(DILEMMA, (0, 0), detection_rate=["1/2", "7/10"], false_alarm_rate="1/10")
CARTEL = Convention(DILEMMA, (0, 0), (1, 1))


def sustained(convention: Convention, monitoring: Monitoring, discount: Any) -> bool:
    try:
        trigger_equilibrium(
            convention.stage, convention.target, monitoring, reversion=convention.reversion, discount=discount
        )
    except InfeasibleError:
        return False
    return True


@pytest.mark.parametrize("discount", [None, "3/5", "7/10", "9/10", "99/100"])
def test_closed_form_of_a_binary_alarm(discount: str | None) -> None:
    """(1 − η)(TP − FP) c − g ((1 − η) FP + η/2) = g κ, linear in η: the likelihood ratio that collusion needs."""
    c, g, tp, fp = F(2), F(1), F(1, 2), F(1, 10)
    kappa = F(0) if discount is None else (1 - F(discount)) / F(discount)
    expected = ((tp - fp) * c - g * fp - g * kappa) / ((tp - fp) * c - g * fp + g / 2)
    found = obfuscation_design(CARTEL, ALARM, discount=discount)
    assert found.noise == expected
    assert not found.attained
    assert found.certificate is not None
    assert found.certificate.verify()
    more = obfuscated(ALARM, expected + F(1, 10**6))
    assert not sustained(CARTEL, more, discount)
    if discount is None:  # at the threshold the value has just fallen to that of reversion
        less = trigger_equilibrium(DILEMMA, (0, 0), obfuscated(ALARM, expected - F(1, 10**6)), reversion=(1, 1))
        assert 0 < less.payoffs[0] < F(1, 10**4)
    else:
        assert sustained(CARTEL, obfuscated(ALARM, expected), discount)


def test_the_price_in_honest_cooperation() -> None:
    """The same noise blinds reciprocity that is worth more than the agreement: it survives, but pays for more false alarms."""
    honest = Convention(NormalFormGame.from_bimatrix([[9, -1], [10, 0]], [[9, 10], [-1, 0]]), (0, 0), (1, 1))
    found = obfuscation_design(CARTEL, ALARM, honest=honest)
    assert found.noise == F(7, 12)
    # At η = 7/12: FP = 1/3, TP = 1/2, value 9 − (1/3)/(1/6) = 7, against 9 − (1/10)/(4/10) = 35/4 without noise.
    assert found.honest_before is not None
    assert found.honest_before.payoffs[0] == F(35, 4)
    assert found.honest_after is not None
    assert found.honest_after.payoffs[0] == 7
    assert found.cooperation_lost == (F(7, 4), F(7, 4))
    assert "lose (7/4, 7/4)" in repr(found)
    assert list(found.to_frame()["lost"]) == [F(7, 4)] * 2
    fragile = obfuscation_design(CARTEL, ALARM, honest=CARTEL)
    assert fragile.cooperation_lost[0] == F(7, 4)  # all of it: the two conventions are one
    assert fragile.honest_after is None
    assert "ends with it" in repr(fragile)


def test_thresholds_of_random_games_on_both_sides() -> None:
    rng, found_some = random.Random(4), 0
    for _ in range(60):
        n, m, signals = rng.choice([2, 3]), rng.choice([2, 3]), rng.choice([2, 3])
        shape = (m,) * n
        payoffs = [[rng.randint(0, 6) for _ in range(m**n)] for _ in range(n)]
        game = NormalFormGame(np.array(payoffs).reshape(n, *shape))
        rows = []
        for _ in range(m**n):
            weights = [rng.randint(1, 9) for _ in range(signals)]
            rows.append([F(w, sum(weights)) for w in weights])
        monitoring = Monitoring(np.array(rows, dtype=object).reshape(*shape, signals))
        floor = tuple(F(min(row)) - 2 for row in payoffs)
        convention = Convention(game, (0,) * n, floor)
        discount = rng.choice([None, F(4, 5), F(19, 20)])
        try:
            found = obfuscation_design(convention, monitoring, discount=discount)
        except InfeasibleError as error:
            why = str(error)
            assert "nobody is tempted" in why
            continue
        if found.attained:
            assert not sustained(convention, monitoring, discount)
            continue
        found_some += 1
        step = F(1, 10**7)
        assert not sustained(convention, obfuscated(monitoring, found.noise + step), discount)
        if found.noise > step:
            assert sustained(convention, obfuscated(monitoring, found.noise - step), discount)
    assert found_some > 10


def test_noise_that_never_shows_the_alarm() -> None:
    with pytest.raises(InfeasibleError, match="never shows alarm"):
        obfuscation_design(
            CARTEL, Monitoring.alarm(DILEMMA, (0, 0), detection_rate="1/2", false_alarm_rate=0), background=[1, 0]
        )
    # With a discount factor it still ends the agreement: alarms grow too rare.
    rare = Monitoring.alarm(DILEMMA, (0, 0), detection_rate="1/2", false_alarm_rate=0)
    found = obfuscation_design(CARTEL, rare, discount="9/10", background=[1, 0])
    assert found.noise == F(8, 9)  # (1 − η) TP c = g κ with κ = 1/9


def test_agreements_that_do_not_hold_need_no_noise() -> None:
    found = obfuscation_design(CARTEL, ALARM, discount="1/2")
    assert found.attained
    assert found.noise == 0
    assert found.collusion is None
    assert found.certificate is not None
    assert found.certificate.verify()
    assert "even without noise" in repr(found)


def test_refusals() -> None:
    with pytest.raises(SpecificationError, match="found 0"):
        obfuscation_design(CARTEL, ALARM, discount=0)
    with pytest.raises(SpecificationError, match="0 to 1"):
        obfuscated(ALARM, 2)
    with pytest.raises(SpecificationError, match="expected 2"):
        obfuscated(ALARM, 0, background=[1])
    with pytest.raises(SpecificationError, match="no honest convention"):
        _ = obfuscation_design(CARTEL, ALARM).cooperation_lost
