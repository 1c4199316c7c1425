"""Swarms: Colonel Blotto against all allocations, General Lotto against Hart's theorem, hiding against all sets."""

from __future__ import annotations

import itertools
import json
import math
from fractions import Fraction as F
from typing import Any

import numpy as np
import pytest

from gametheory.audit.evidence import row_builders
from gametheory.certificates import certificate_to_json, read_certificate, verify_certificate
from gametheory.collusion import colonel_blotto, general_lotto, hiding_game
from gametheory.collusion.swarms import BlottoGame
from gametheory.equilibria import zero_sum_equilibrium
from gametheory.errors import CertificateError, SpecificationError
from gametheory.games import NormalFormGame

TIES = {"split": 0, "row": 1, "column": -1}


def allocations(troops: int, fields: int) -> list[tuple[int, ...]]:
    return [a for a in itertools.product(range(troops + 1), repeat=fields) if sum(a) == troops]


def pays(row: tuple[int, ...], column: tuple[int, ...], weights: list[F], ties: str) -> F:
    signs = [(x > y) - (x < y) if x != y else TIES[ties] for x, y in zip(row, column, strict=True)]
    return sum((w * s for w, s in zip(weights, signs, strict=True)), F(0)) / sum(weights)


def by_allocations(row: int, column: int, weights: list[F], ties: str) -> F:
    """The value of the matrix game between all allocations."""
    fields = len(weights)
    table = [[pays(a, b, weights, ties) for b in allocations(column, fields)] for a in allocations(row, fields)]
    return zero_sum_equilibrium(NormalFormGame.zero_sum(table)).exact_value


def check_strategies(game: BlottoGame) -> None:
    """Both mixtures guarantee the value against every allocation."""
    fields = len(game.weights)
    for mixture, troops in ((game.row_strategy, game.row_troops), (game.column_strategy, game.column_troops)):
        assert sum(p for _, p in mixture) == 1
        assert all(sum(a) == troops and p > 0 for a, p in mixture)
    for b in allocations(game.column_troops, fields):
        assert sum(p * game.payoff(a, b) for a, p in game.row_strategy) >= game.exact_value
    for a in allocations(game.row_troops, fields):
        assert sum(p * game.payoff(a, b) for b, p in game.column_strategy) <= game.exact_value


@pytest.mark.parametrize(
    ("row", "column", "fields", "value"),
    [
        (3, 2, 3, "1/3"),
        (4, 3, 3, "2/9"),
        (5, 4, 3, "1/6"),
        (6, 5, 3, "4/27"),
        (6, 4, 3, "1/3"),
        (5, 5, 3, "0"),
        (4, 2, 4, "1/2"),
    ],
)
def test_small_games(row: int, column: int, fields: int, value: str) -> None:
    """Each value from the flow programme and from the matrix of all allocations."""
    game = colonel_blotto(row, column, weights=fields)
    assert game.exact_value == F(value) == by_allocations(row, column, [F(1)] * fields, "split")
    check_strategies(game)
    assert verify_certificate(game.certificate, row_builders=row_builders()).status == "verified"


def test_unequal_fields_and_ties_against_all_allocations() -> None:
    rng = np.random.default_rng(5)
    for _ in range(25):
        fields = int(rng.integers(1, 4))
        row, column = (int(x) for x in rng.integers(0, 5, size=2))
        weights = [F(int(x)) for x in rng.integers(1, 5, size=fields)]
        ties: Any = ["split", "row", "column"][int(rng.integers(3))]
        game = colonel_blotto(row, column, weights=weights, ties=ties)
        assert game.exact_value == by_allocations(row, column, weights, ties)
        check_strategies(game)


def test_theorems_about_blotto() -> None:
    """Equal forces are worth 0; changing sides turns the sign; one troop more never hurts."""
    values = {(a, b): colonel_blotto(a, b, weights=[3, 2, 1]).exact_value for a in range(6) for b in range(6)}
    for (a, b), value in values.items():
        assert value == -values[b, a]
        assert a != b or value == 0
        assert a == 0 or value >= values[a - 1, b]
        assert abs(value) <= 1


def test_blotto_is_worth_what_lotto_says_where_its_strategies_can_be_carried_out() -> None:
    """Hart 2008: (A − B)/A where both sides can place troops with the marginals of Lotto; not always, as 6 against 3 shows."""
    assert colonel_blotto(6, 3, weights=3).exact_value == F(13, 27) == by_allocations(6, 3, [F(1)] * 3, "split")
    assert general_lotto(2, 1).exact_lower == F(1, 2)
    for fields, row, column in ((3, 6, 4), (3, 3, 2), (4, 4, 2), (2, 4, 2)):
        blotto = colonel_blotto(row, column, weights=fields).exact_value
        assert blotto == F(row - column, row) == general_lotto(F(row, fields), F(column, fields)).exact_lower


def test_larger_games_are_solved_exactly() -> None:
    game = colonel_blotto(12, 10, weights=[5, 4, 3, 2, 1])
    assert game.certificate.verify()
    assert 0 < game.exact_value < 1
    rng = np.random.default_rng(0)
    for _ in range(300):  # allocations at random: no best reply beats the value
        cut = np.sort(rng.integers(0, 11, size=4))
        b = tuple(int(x) for x in np.diff([0, *cut, 10]))
        assert sum(p * game.payoff(a, b) for a, p in game.row_strategy) >= game.exact_value


@pytest.mark.parametrize(("a", "b"), [(1, 1), (2, 2), (2, 1), (3, 1), (3, 2), (4, 3), (5, 3), (6, 5), (7, 2)])
def test_lotto_with_whole_means(a: int, b: int) -> None:
    """Hart 2008, theorem for integers a ≥ b: the value is (a − b)/a; from both sides, with the certificates checked."""
    game = general_lotto(a, b)
    assert game.exact_lower == game.exact_upper == F(a - b, a)
    assert general_lotto(b, a).exact_lower == F(b - a, a)
    for strategy, mean in ((game.row_strategy, a), (game.column_strategy, b)):
        assert sum(strategy) == 1
        assert sum(i * p for i, p in enumerate(strategy)) == mean
    for certificate in game.certificates:
        assert verify_certificate(
            read_certificate(certificate_to_json(certificate)), row_builders=row_builders()
        ).status == ("verified")


def test_lotto_strategies_against_strategies_with_two_values() -> None:
    """With a given mean, mixtures of two values are the extreme strategies: none of them beats the guarantee."""
    for a, b in ((F(3), F(2)), (F(5, 2), F(3, 2)), (F(1), F(1, 2)), (F(7, 3), F(7, 3)), (F(1, 3), F(5, 4))):
        game = general_lotto(a, b)
        assert game.exact_lower <= game.exact_upper
        for y, z in itertools.product(range(15), repeat=2):
            if y <= b < z:
                share = (b - y) / (z - y)
                got = sum(
                    p * ((1 - share) * ((i > y) - (i < y)) + share * ((i > z) - (i < z)))
                    for i, p in enumerate(game.row_strategy)
                )
                assert got >= game.exact_lower


def test_hiding_against_all_sets() -> None:
    rng = np.random.default_rng(2)
    for _ in range(40):
        count = int(rng.integers(1, 6))
        weights = [F(int(x), int(y)) for x, y in rng.integers(1, 8, size=(count, 2))]
        hidden = int(rng.integers(1, count + 1))
        table = [
            [weights[i] if i in s else F(0) for s in itertools.combinations(range(count), hidden)] for i in range(count)
        ]
        found = hiding_game(weights, hidden=hidden)
        assert found.exact_value == zero_sum_equilibrium(NormalFormGame.zero_sum(table)).exact_value
        assert found.verify()


def test_the_simple_formula_for_hiding_is_wrong_where_a_place_would_be_used_too_often() -> None:
    """k/Σ(1/d): right for weights 2, 3, 4 and one hidden, but not for 1, 10, 10 and two, where it asks for p = 5/3."""

    def simple(weights: list[int], hidden: int) -> F:
        return hidden / sum((F(1, d) for d in weights), F(0))

    assert hiding_game([2, 3, 4], hidden=1).exact_value == simple([2, 3, 4], 1) == F(12, 13)
    assert simple([1, 10, 10], 2) == F(5, 3)
    sets = list(itertools.combinations(range(3), 2))
    table = [[d if i in s else 0 for s in sets] for i, d in enumerate([1, 10, 10])]
    assert (
        hiding_game([1, 10, 10], hidden=2).exact_value
        == 5
        == zero_sum_equilibrium(NormalFormGame.zero_sum(table)).exact_value
    )


def test_refusals_and_results() -> None:
    for wrong in (
        lambda: colonel_blotto(-1, 2, weights=3),
        lambda: colonel_blotto(3, 2, weights=0),
        lambda: colonel_blotto(3, 2, weights=[1, 0]),
        lambda: colonel_blotto(3, 2, weights=[1, float("nan")]),
        lambda: colonel_blotto(3, True, weights=3),
        lambda: colonel_blotto(3, 2, weights=3, ties="mine"),  # type: ignore[arg-type]
        lambda: colonel_blotto(10**6, 10**6, weights=9),
        lambda: general_lotto(0, 1),
        lambda: general_lotto(3, 1, largest=2),
        lambda: hiding_game([1, 2], hidden=3),
        lambda: hiding_game([1, -2], hidden=1),
    ):
        with pytest.raises(SpecificationError):
            wrong()
    blotto, lotto, hiding = colonel_blotto(4, 3, weights=3), general_lotto(3, 2), hiding_game([1, 2, 3], hidden=2)
    for value in (blotto, lotto, hiding):
        json.dumps(value.to_dict(), allow_nan=False)
        assert "certified" in repr(value)
        assert value._repr_html_().startswith("<code>")
        assert len(value.to_frame())
        assert value == type(value)(**{name: getattr(value, name) for name in value.__slots__})
    assert math.isclose(float(blotto), 2 / 9)
    assert "between" in repr(general_lotto(3, 2, largest=3)) or general_lotto(3, 2, largest=3).exact_lower == F(1, 3)
    with pytest.raises(CertificateError, match="worth more"):
        type(hiding)(
            **{n: getattr(hiding, n) for n in hiding.__slots__ if n != "exact_value"}, exact_value=F(1)
        ).verify()
