"""Games of identical agents: payoffs by counts against the tensor, against closed forms, and what is refused."""

from __future__ import annotations

import itertools
import math
import pickle
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from gametheory.errors import SpecificationError, UnsupportedError
from gametheory.games import NormalFormGame, SymmetricGame, deviation_payoffs, public_goods, regrets
from gametheory.games.counts import count_vectors, num_count_vectors, place_table, places
from gametheory.games.memory import memory_limit


@pytest.mark.parametrize(("total", "parts"), [(0, 1), (5, 1), (4, 2), (3, 4), (6, 3)])
def test_count_vectors_are_listed_in_order_and_placed(total: int, parts: int) -> None:
    expected = [c for c in itertools.product(range(total + 1), repeat=parts) if sum(c) == total]
    found = count_vectors(total, parts)
    assert [tuple(row) for row in found.tolist()] == expected
    assert len(expected) == num_count_vectors(total, parts)
    assert places(found, place_table(total, parts)).tolist() == list(range(len(expected)))


@pytest.mark.parametrize("seed", range(20))
def test_count_vectors_within_bounds(seed: int) -> None:
    rng = np.random.default_rng(seed)
    parts, total = int(rng.integers(1, 5)), int(rng.integers(0, 7))
    low, high = rng.integers(-1, 4, size=parts), rng.integers(-1, 7, size=parts)
    expected = [c for c in count_vectors(total, parts).tolist() if all(low <= c) and all(c <= high)]
    assert count_vectors(total, parts, low=low.tolist(), high=high.tolist()).tolist() == expected


@pytest.mark.parametrize("seed", range(15))
def test_payoffs_and_regrets_are_those_of_the_tensor(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n, m = int(rng.integers(1, 5)), int(rng.integers(1, 4))
    game = SymmetricGame(rng.integers(-5, 6, size=(m, num_count_vectors(n - 1, m))), n)
    tensor = game.normal_form()
    assert SymmetricGame.from_normal_form(tensor) == game
    for profile in itertools.product(range(m), repeat=n):
        counts = tuple(profile.count(a) for a in range(m))
        assert tensor.payoff(*profile) == tuple(game.payoff(a, counts) for a in profile)
        assert game.regret(counts) == max(regrets(tensor, profile))
    weights = rng.integers(0, 4, size=m)
    weights[0] += 1
    mixture = [Fraction(int(w), int(weights.sum())) for w in weights]
    assert list(game.deviation_payoffs(mixture)) == list(deviation_payoffs(tensor, [mixture] * n, 0))
    assert game.symmetric_regret(mixture) == max(regrets(tensor, [mixture] * n))
    assert game.payoff_span() == tensor.payoff_span(0)


def test_the_volunteers_dilemma_of_a_thousand() -> None:
    """Diekmann 1985: a good worth b to all if anyone pays c. In the symmetric equilibrium nobody volunteers with probability
    (c / b)^(1 / (n − 1)); take that as q, so that c / b = q^(n − 1) is rational and the regret exactly zero."""
    n, q = 1000, Fraction(99, 100)
    good = 100 ** (n - 1)
    cost = 99 ** (n - 1)
    game = SymmetricGame.from_function(lambda a, others: good - cost if a else good * (others[1] > 0), n, 2)
    assert game.symmetric_regret([q, 1 - q]) == 0
    assert game.symmetric_regret([Fraction(1, 2), Fraction(1, 2)]) > 0


def test_floats_are_the_rationals_that_they_are() -> None:
    game = SymmetricGame([[0.1, 0.25], [0.5, 1.0]], 2)
    assert game.arithmetic == "float"
    assert game.payoff(0, (1, 1)) == 0.1
    assert game.exact().payoff(0, (1, 1)) == Fraction(0.1)
    assert game.digest() == game.exact().digest()
    assert game.normal_form().arithmetic == "float"
    assert game.normal_form().exact() == game.exact().normal_form()
    assert game.symmetric_regret([0.5, 0.5]) == max(regrets(game.normal_form(), [[0.5, 0.5]] * 2))


def test_named_counts_and_values() -> None:
    game = SymmetricGame([[0, 1, 2], ["1/3", 3, 4]], 3, ["wait", "go"], title="Queue")
    assert game.counts({"go": 1, "wait": 2}) == game.counts((2, 1)) == (2, 1)
    assert game.payoff("go", (2, 1)) == 4
    assert pickle.loads(pickle.dumps(game)) == game  # noqa: S301  # our own bytes
    assert hash(game) == hash(SymmetricGame([[0, 1, 2], ["1/3", 3, 4]], 3, ["wait", "go"]))
    assert "3 identical agents, 2 actions, exact" in repr(game)
    with pytest.raises(ValueError, match="read-only"):
        game.numerators[0, 0] = 1
    goods = SymmetricGame.from_normal_form(public_goods(num_players=4))
    assert goods.num_players == 4


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: SymmetricGame([[1, 2]], 3), "one number for each vector"),
        (lambda: SymmetricGame([1, 2], 2), "a row for each action"),
        (lambda: SymmetricGame([[1], [2]], 0), "num_players"),
        (lambda: SymmetricGame([[1], [2]], True), "num_players"),
        (lambda: SymmetricGame([[1, float("nan")], [2, 3]], 2), "finite"),
        (lambda: SymmetricGame([[1, 2], [3]], 2), "payoffs"),
        (lambda: SymmetricGame([[1, 2], [3, 4]], 2, ["a", "a"]), "twice"),
        (lambda: SymmetricGame([[1, 2], [3, 4]], 2).counts((1, 2)), "sum to 3"),
        (lambda: SymmetricGame([[1, 2], [3, 4]], 2).counts((True, 1)), "whole number"),
        (lambda: SymmetricGame([[1, 2], [3, 4]], 2).counts((3, -1)), "whole number"),
        (lambda: SymmetricGame([[1, 2], [3, 4]], 2).counts((1,)), "2 counts"),
        (lambda: SymmetricGame([[1, 2], [3, 4]], 2).payoff(0, (0, 2)), "nobody plays"),
        (lambda: SymmetricGame([[1, 2], [3, 4]], 2).deviation_payoffs([1, 1]), "sum"),
        (lambda: SymmetricGame.from_function(lambda a, c: 0, 40, 2).normal_form(), "31"),
        (lambda: SymmetricGame.from_normal_form(NormalFormGame([[[1, 2]], [[3, 4]]])), "different actions"),
        (lambda: SymmetricGame.from_normal_form(NormalFormGame.zero_sum([[1, 0], [0, 2]])), "not symmetric"),
    ],
)
def test_what_is_refused(make: Any, message: str) -> None:
    with pytest.raises(SpecificationError, match=message):
        make()


def test_symbols_and_sizes_are_refused() -> None:
    import sympy

    with pytest.raises(UnsupportedError, match="symbols"):
        SymmetricGame([[sympy.Symbol("x"), 2], [3, 4]], 2)
    with memory_limit(10**6), pytest.raises(SpecificationError, match="payoff table"):
        SymmetricGame.from_function(lambda a, c: 0, 1000, 4)
    assert num_count_vectors(999, 4) == math.comb(1002, 3)
