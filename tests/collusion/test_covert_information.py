"""Mutual information of joint play: the closed form of matching, grids over all laws, envelopes, larger teams."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from oracles.secrecy import (
    guaranteed,
    law_of,
    matching_mutual_information,
    mutual_information_grid,
    small_branch,
    total_correlation,
)

from gametheory.certificates import read_certificate
from gametheory.collusion import covert_value, covert_value_curve
from gametheory.collusion.covert_results import CovertValue
from gametheory.errors import SpecificationError, UnsupportedError
from gametheory.games.normal_form import NormalFormGame


def team_game(table: Any) -> NormalFormGame:
    u = np.moveaxis(np.asarray(table), 0, -1)
    return NormalFormGame([u.tolist()] * (u.ndim - 1) + [(-u).tolist()])


def asked(table: Any, bits: Any, notion: Any = "mutual_information", **options: Any) -> CovertValue:
    team = range(np.ndim(table) - 1)
    return covert_value(team_game(table), team=list(team), adversary=len(team), bits=bits, notion=notion, **options)


def check(found: CovertValue, table: Any) -> None:
    laws = [law_of(p.weights, p.strategies) for p in found.plays]
    shares = [float(p.share) for p in found.plays]
    spent = sum(s * total_correlation(law) for s, law in zip(shares, laws, strict=True))
    assert spent <= float(found.bits or 0) + 1e-9
    assert sum(s * guaranteed(table, law) for s, law in zip(shares, laws, strict=True)) == pytest.approx(
        float(found.lower), abs=1e-9
    )
    assert found.tme.lower <= found.lower <= found.upper <= found.tmecor.exact_value
    assert read_certificate(found.certificate.to_dict()).verify(found.game) is True


MATCH = [[[int(i == j == b) for j in range(2)] for i in range(2)] for b in range(2)]
CAUTION = [[[int(i == b) if i == j else -10 for j in range(2)] for i in range(2)] for b in range(2)]


@pytest.mark.parametrize(
    ("bits", "value"),
    [
        ("1/2", 0.44498607),
        *(pytest.param(*row, marks=pytest.mark.slow) for row in (("1/10", 0.34199033), ("1/4", 0.39274913))),
        *(pytest.param(*row, marks=pytest.mark.slow) for row in (("3/4", 0.47915365), ("9/10", 0.49350657))),
    ],
)
def test_matching_by_a_doubly_symmetric_source(bits: str, value: float) -> None:
    """(1 − h⁻¹(1 − C))/2: what a device gives that tells each member a fair bit, equal with probability 1 − e."""
    found = asked(MATCH, bits)
    assert matching_mutual_information(float(Fraction(bits))) == pytest.approx(value, abs=1e-8)
    assert float(found.lower) == pytest.approx(value, abs=1e-7)
    assert value <= float(found.upper) <= value + 1e-3
    check(found, MATCH)


def test_both_ends() -> None:
    none, coin = asked(MATCH, 0), asked(MATCH, 1)
    assert none.lower == none.upper == Fraction(1, 4)
    assert coin.lower == coin.upper == Fraction(1, 2)


def test_matching_is_concave_so_that_the_long_run_adds_nothing() -> None:
    found = asked(MATCH, "1/2", "mutual_information_rate")
    assert float(found.lower) == pytest.approx(matching_mutual_information(0.5), abs=1e-6)
    assert found.gap <= Fraction(1, 1000)
    assert found.marginal_price is not None
    # V = (1 − e)/2, C = 1 − h(e): dV/dC = 1/(2 log₂((1 − e)/e)).
    e = small_branch(0.5)
    slope = 1 / (2 * np.log2((1 - e) / e))
    assert float(found.marginal_price[0]) <= slope <= float(found.marginal_price[1])
    check(found, MATCH)


def test_caution_one_shot_information_can_be_worth_less_than_a_long_run_rate() -> None:
    """1 for matching, −10 for a mismatch: half a bit at once lets one side play one action with probability h⁻¹(1/2)."""
    once = asked(CAUTION, "1/2")
    often = asked(CAUTION, "1/2", "mutual_information_rate")
    assert float(once.lower) == pytest.approx(small_branch(0.5), abs=1e-6)
    assert once.upper < Fraction(1, 8)
    assert often.lower >= Fraction(1, 4)
    check(once, CAUTION)
    check(often, CAUTION)


@pytest.mark.parametrize("seed", [3, *(pytest.param(k, marks=pytest.mark.slow) for k in (0, 1, 2, 4, 5))])
def test_random_games_against_a_grid_of_all_laws(seed: int) -> None:
    rng = np.random.default_rng(seed)
    table = rng.integers(0, 6, (int(rng.integers(2, 4)), 2, 2))
    table[rng.random(table.shape) < 0.4] = 0
    points = 36
    for bits in ("1/20", "3/10"):
        found = asked(table, bits, gap="1/200")
        check(found, table)
        best = mutual_information_grid(table, float(Fraction(bits)), points)
        assert best <= float(found.upper) + 1e-9
        # A law in the grid lies within 3/points of any other in each entry, but perhaps beyond the budget: no bound below.
        long_run = asked(table, bits, "mutual_information_rate", gap="1/200")
        assert found.lower <= long_run.upper
        check(long_run, table)


def test_a_rate_is_worth_no_more_than_the_envelope_of_mutual_information() -> None:
    rate = asked(CAUTION, "1/4", "rate", gap="1/20")
    information = asked(CAUTION, "1/4", "mutual_information_rate", gap="1/100")
    assert rate.lower <= information.upper


def test_curves_do_not_fall() -> None:
    bits = ["0", "1/4", "1"]
    curve = covert_value_curve(
        team_game(MATCH), team=[0, 1], adversary=2, bits=bits, notion="mutual_information", gap="1/100"
    )
    assert list(curve.lower) == sorted(curve.lower)
    assert list(curve.upper) == sorted(curve.upper)
    assert curve.upper[-1] == Fraction(1, 2)


def test_three_members_share_a_total_correlation() -> None:
    """Two bits make three actions equal; with one of them the team is between independent play and that."""
    three = [[[[int(i == j == k == b) for k in range(2)] for j in range(2)] for i in range(2)] for b in range(2)]
    whole = asked(three, 2)
    assert whole.lower == whole.upper == Fraction(1, 2)
    part = asked(three, "1/2", gap="1/20")
    assert part.gap <= Fraction(1, 20)
    assert Fraction(1, 8) < part.lower
    check(part, three)


def test_constant_payoffs_and_single_actions() -> None:
    flat = asked([[[3, 3], [3, 3]]] * 2, "1/2")
    assert flat.lower == flat.upper == 3
    narrow = asked([[[1, 2]], [[2, 1]]], "1/2")
    assert narrow.lower == narrow.upper == Fraction(3, 2)


@pytest.mark.slow
def test_scale_and_labels_do_not_matter() -> None:
    plain, changed = asked(MATCH, "1/3", gap="1/100"), asked(7 * np.array(MATCH)[::-1, :, ::-1] - 2, "1/3", gap="1/100")
    flipped = asked(np.array(MATCH)[:, :, ::-1], "1/3", gap="1/100")
    assert abs((changed.lower + 2) / 7 - flipped.lower) < Fraction(1, 10**6)
    assert abs(flipped.lower - plain.lower) < Fraction(1, 10**6)


def test_an_overseer_of_play_has_no_place_here() -> None:
    with pytest.raises((UnsupportedError, SpecificationError), match="observes"):
        asked(MATCH, "1/2", "mutual_information_rate", observes=1)
