"""Secret keys in the long run: closed forms, sampled stages, and overseers who see part of play."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from oracles.secrecy import (
    guaranteed,
    hull,
    key_cost,
    law_of,
    matching_wyner,
    sampled_rates,
    small_branch,
)

from gametheory.arithmetic import RationalArray
from gametheory.certificates import SecrecyCertificate, read_certificate
from gametheory.collusion import covert_value, observation_channel
from gametheory.collusion.covert_results import CovertValue
from gametheory.collusion.secrecy_rounding import SecrecyQuestion
from gametheory.collusion.secrecy_values import secrecy_value
from gametheory.equilibria.team_play import team_maxmin, team_maxmin_correlated
from gametheory.errors import GameTheoryWarning, SpecificationError
from gametheory.games.monitoring import Monitoring
from gametheory.games.normal_form import NormalFormGame


def team_game(table: Any) -> NormalFormGame:
    """The team's payoff with the adversary's axis first, as a game with the adversary last."""
    u = np.moveaxis(np.asarray(table), 0, -1)
    return NormalFormGame([u.tolist()] * (u.ndim - 1) + [(-u).tolist()])


MATCH = [[[int(i == j == b) for j in range(2)] for i in range(2)] for b in range(2)]
CAUTION = [[[int(i == b) if i == j else -10 for j in range(2)] for i in range(2)] for b in range(2)]


def asked(table: Any, bits: Any, **options: Any) -> CovertValue:
    team = range(np.ndim(table) - 1)
    return covert_value(team_game(table), team=list(team), adversary=len(team), bits=bits, notion="rate", **options)


def check(found: CovertValue, table: Any) -> None:
    """The plays keep the budget and secure the lower bound, recomputed in floats; the certificate survives JSON."""
    channel = observation_channel(found.game, team=found.team, observes=found.observes).floats()
    cost = sum(float(p.share) * key_cost(p.weights, p.strategies, channel) for p in found.plays)
    value = sum(float(p.share) * guaranteed(table, law_of(p.weights, p.strategies)) for p in found.plays)
    assert cost <= float(found.bits or 0) + 1e-9
    assert value == pytest.approx(float(found.lower), abs=1e-9)
    assert sum(p.share for p in found.plays) == 1
    assert found.tme.lower <= found.lower <= found.upper <= found.tmecor.exact_value
    assert read_certificate(found.certificate.to_dict()).verify(found.game) is True


def test_matching_is_linear_in_the_rate() -> None:
    """(1 + r)/4: time sharing between independent play and a shared coin. No stage does better, to the stated gap."""
    found = asked(MATCH, "1/2", gap="1/50")
    assert found.lower == Fraction(3, 8)
    assert found.gap <= Fraction(1, 50)
    assert found.marginal_price is not None
    low, high = found.marginal_price
    assert low <= Fraction(1, 4) <= high
    assert high - low < Fraction(1, 10)
    check(found, MATCH)


@pytest.mark.slow
@pytest.mark.parametrize("bits", ["1/10", "1/4", "1/2", "3/4", "9/10"])
def test_matching_is_linear_in_the_rate_to_a_ten_thousandth(bits: str) -> None:
    found = asked(MATCH, bits, gap="1/10000")
    assert found.lower == (1 + Fraction(bits)) / 4
    assert found.gap <= Fraction(1, 10_000)
    check(found, MATCH)


def test_both_ends_of_the_ladder_are_exact() -> None:
    none, coin = asked(MATCH, 0), asked(MATCH, 1)
    assert (none.lower, none.upper) == (Fraction(1, 4), Fraction(1, 4))
    assert (coin.lower, coin.upper) == (Fraction(1, 2), Fraction(1, 2))


def test_an_overseer_who_sees_one_member() -> None:
    """Gossner and Tomala 2007: the first member's unseen coins are a key; h(x) = 1/2, value (x² + (1 − x)²)/2."""
    x = small_branch(0.5)
    found = asked(MATCH, 0, observes=1, gap="1/10000")
    assert float(found.lower) == pytest.approx((x * x + (1 - x) ** 2) / 2, abs=1e-8)
    assert found.gap <= Fraction(1, 10_000)
    # The price of a bit at 0, from v(x) = (x² + (1 − x)²)/2 and cost 1 − 2 h(x): v'/c' = (1 − 2x)/(2 log₂((1 − x)/x)).
    slope = (1 - 2 * x) / (2 * math.log2((1 - x) / x))
    assert slope == pytest.approx(0.1293, abs=5e-5)
    assert found.marginal_price is not None
    assert float(found.marginal_price[0]) <= slope <= float(found.marginal_price[1])
    check(found, MATCH)
    other = asked(MATCH, 0, observes=0)
    assert abs(other.lower - found.lower) <= Fraction(1, 10**6)


def test_an_overseer_who_sees_the_match_sees_nothing_that_helps() -> None:
    found = asked(MATCH, 0, observes="match")
    assert (found.lower, found.upper) == (Fraction(1, 2), Fraction(1, 2))
    check(found, MATCH)


def test_an_overseer_who_counts_needs_the_envelope() -> None:
    """Independent play in 2/3 of the rounds earns half a bit each, a shared coin spends it in the rest: 1/3.

    A single stationary mixture stays below 0.32: the step from stages to their envelope must not be left out.
    """
    found = asked(MATCH, 0, observes="count", gap="1/200")
    assert found.lower == Fraction(1, 3)
    assert found.gap <= Fraction(1, 200)
    assert sorted(play.share for play in found.plays) == [Fraction(1, 3), Fraction(2, 3)]
    assert found.marginal_price is not None
    assert found.marginal_price[0] <= Fraction(1, 6) <= found.marginal_price[1]
    check(found, MATCH)
    stationary = one_stage(MATCH, "count", 0)
    assert float(stationary[0]) == pytest.approx(0.3188206, abs=1e-6)
    assert stationary[1] < Fraction(32, 100)


def one_stage(table: Any, observes: Any, bits: Any) -> tuple[Fraction, Fraction]:
    """Bounds with the same stage in every round."""
    game = team_game(table)
    tme, both = (f(game, team=[0, 1], adversary=2) for f in (team_maxmin, team_maxmin_correlated))
    found = secrecy_value(
        SecrecyQuestion(
            game=game,
            team=(0, 1),
            adversary=2,
            payoff=None,
            table=RationalArray.from_values(table),
            plays="independent",
            channels=(observation_channel(game, team=[0, 1], observes=observes),),
            horizon="one stage",
            bits=Fraction(bits),
            tmecor=both,
            starts=(tuple(tuple(x.tolist()) for x in tme.exact_profile),),
            gap=Fraction(1, 1000),
            max_cells=3000,
            deadline=math.inf,
            tell=lambda *_: None,
        )
    )
    return found.lower, found.upper


@pytest.mark.slow
@pytest.mark.parametrize("bits", ["1/10", "1/4", "1/2", "3/4", "9/10"])
def test_a_stationary_rate_follows_wyners_curve(bits: str) -> None:
    """The symmetric law of Wyner's common information is optimal among all stages, not only among symmetric ones."""
    low, high = one_stage(MATCH, "all", bits)
    assert float(low) == pytest.approx(matching_wyner(float(Fraction(bits))), abs=1e-6)
    assert high - low <= Fraction(1, 1000)


def test_caution_where_mismatches_hurt() -> None:
    found = asked(CAUTION, "1/2")
    assert found.lower >= Fraction(1, 4)
    assert found.gap <= Fraction(1, 1000)
    check(found, CAUTION)


@pytest.mark.parametrize("seed", [2, *(pytest.param(k, marks=pytest.mark.slow) for k in (0, 1, 3, 4, 5))])
def test_random_games_against_sampled_stages(seed: int) -> None:
    rng = np.random.default_rng(seed)
    table = rng.integers(0, 8, (int(rng.integers(2, 4)), 2, 2))
    table[rng.random(table.shape) < 0.4] = 0
    for observes, bits in ((0, "1/8"), ("count", 0), ("match", "1/10")):
        found = asked(table, bits, observes=observes, gap="1/100", max_cells=400)
        check(found, table)
        channel = observation_channel(found.game, team=[0, 1], observes=observes).floats()
        points = sampled_rates(table, channel, 250, seed)
        assert hull(points, float(Fraction(bits))) <= float(found.upper) + 1e-9


def test_nondecreasing_in_bits_and_in_what_is_hidden() -> None:
    seen = [asked(MATCH, bits, observes=1, gap="1/100") for bits in (0, "1/10", "1/4")]
    assert all(a.lower <= b.upper for a, b in itertools.pairwise(seen))
    blind = asked(MATCH, "1/10", observes=lambda a: 0)
    assert blind.lower == Fraction(1, 2)


@pytest.mark.slow
def test_noise_in_what_the_overseer_sees_is_a_source_of_secrets() -> None:
    """A signal that shows each action only with some probability lies between all and nothing; team and scale relabelled."""
    seen = np.zeros((2, 2, 5), dtype=object)
    for a in range(4):
        seen[a // 2, a % 2, a], seen[a // 2, a % 2, 4] = Fraction(1, 4), Fraction(3, 4)
    found = asked(MATCH, 0, observes=Monitoring(seen.tolist()), gap="1/100", max_cells=1500)
    check(found, MATCH)
    # Independent coins leave 3/2 of their 2 bits unseen, a shared coin costs 1 − 3/4 of its bit: full correlation pays.
    assert found.lower > Fraction(2, 5)
    shifted = asked(10 * np.array(MATCH)[::-1, ::-1, ::-1] - 3, 0, observes=1)
    plain = asked(MATCH, 0, observes=1)
    assert abs((shifted.lower + 3) / 10 - plain.lower) < Fraction(1, 10**5)


def test_limits_leave_a_bracket() -> None:
    with pytest.warns(GameTheoryWarning, match="max_cells"):
        found = asked(MATCH, "1/2", gap="1/10000", max_cells=20)
    assert found.stopped == "cells"
    assert Fraction(3, 8) == found.lower < found.upper <= Fraction(1, 2)
    assert "stopped by the limit on cells" in repr(found)
    check(found, MATCH)


@pytest.mark.slow
def test_larger_teams_get_an_honest_bracket() -> None:
    three = [[[[int(i == j == k == b) for k in range(2)] for j in range(2)] for i in range(2)] for b in range(2)]
    seen = asked(three, 0, observes=0, gap="1/200")
    assert seen.gap <= Fraction(1, 200)
    check(seen, three)
    wide = [[[int(i == j == b) for j in range(3)] for i in range(3)] for b in range(3)]
    for table in (three, wide):
        with pytest.warns(GameTheoryWarning):
            found = asked(table, "1/4", gap="1/20", max_cells=600)
        assert found.upper < found.tmecor.exact_value
        assert isinstance(found.certificate, SecrecyCertificate)
        assert found.certificate.cut is not None
        check(found, table)
        replaced = replace(found.certificate, cut=7)
        with pytest.raises(Exception, match="member"):
            replaced.verify()


@pytest.mark.parametrize(
    ("observes", "words"),
    [
        ("everything", "everything"),
        (2, "no member"),
        ([[1, 2, 3]], "shape"),
        (3.5, "float"),
        (lambda a: [a], "hashing"),
        (Monitoring.perfect((2, 3)), "Monitoring"),
        ([[math.nan, 0], [0, 1]], "NaN"),
    ],
)
def test_observations_that_fit_no_team(observes: Any, words: str) -> None:
    with pytest.raises(SpecificationError, match=words):
        asked(MATCH, 0, observes=observes)


def test_observations() -> None:
    game = NormalFormGame(np.zeros((3, 2, 2, 3)).astype(int).tolist())
    assert observation_channel(game, team=[0, 1], observes="all").numerators.tolist() == np.eye(4).tolist()
    assert observation_channel(game, team=[0, 1], observes="count").shape == (4, 3)
    by_array = observation_channel(game, team=[1, 0], observes=[["a", "b"], ["b", "a"]])
    assert by_array == observation_channel(game, team=[0, 1], observes="match")
    assert by_array == observation_channel(game, team=[0, 1], observes=lambda a: a[0] == a[1])
    assert observation_channel(game, team=[1], observes=1).shape == (2, 2)
    with pytest.raises(SpecificationError, match="equally many"):
        observation_channel(game, team=[1, 2], observes="count")
