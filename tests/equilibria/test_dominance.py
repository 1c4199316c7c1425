"""Dominance: beliefs decide (Pearce 1984), every vertex of the beliefs is looked at, orders of elimination agree."""

from __future__ import annotations

import random
from fractions import Fraction
from typing import Literal

import numpy as np
import pytest
from oracles.polytopes import simplex, vertices

from gametheory.equilibria import dominated_actions, iterated_elimination, nash_equilibria
from gametheory.equilibria.dominance import DominatedAction, dominance_programme
from gametheory.errors import SpecificationError
from gametheory.games import NormalFormGame
from gametheory.optimize.exact import solve_exact

Found = set[tuple[int, int]]


def random_game(rng: random.Random, shape: tuple[int, ...], high: int) -> NormalFormGame:
    return NormalFormGame.from_function(lambda *_: [rng.randint(0, high) for _ in shape], shape)


def named(found: tuple[DominatedAction, ...]) -> Found:
    for item in found:
        assert item.certificate.verify()
    return {(item.player, item.action) for item in found}


def own_table(game: NormalFormGame, player: int) -> np.ndarray:
    return np.moveaxis(game.payoffs[player], player, 0).reshape(game.num_actions[player], -1)


def by_beliefs(game: NormalFormGame, *, strict: bool) -> Found:
    """Undominated iff a best reply to some belief about the others (weakly: to one that excludes nothing)."""
    result = set()
    for i, m in enumerate(game.num_actions):
        table = own_table(game, i)
        for a in range(m):
            equations, inequalities = simplex(table.shape[1])
            rows = [(list(table[a] - table[b]), 0) for b in range(m) if b != a and any(table[a] != table[b])]
            corners = list(vertices(equations, [*inequalities, *rows]))
            # The mean of the vertices excludes as little as any belief does.
            if not corners or (not strict and any(sum(c[k] for c in corners) == 0 for k in range(table.shape[1]))):
                result.add((i, a))
    return result


def by_pairs(game: NormalFormGame, *, strict: bool) -> Found:
    result = set()
    for i, m in enumerate(game.num_actions):
        table = own_table(game, i)
        for a in range(m):
            for b in range(m):
                gains = list(table[b] - table[a])
                if min(gains) > 0 if strict else min(gains) >= 0 and max(gains) > 0:
                    result.add((i, a))
    return result


@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize("shape", [(3, 2), (3, 3), (4, 2), (2, 2, 2), (3, 2, 1)])
def test_against_beliefs(shape: tuple[int, ...], strict: bool) -> None:
    rng = random.Random(f"{shape}{strict}")
    for trial in range(12):
        game = random_game(rng, shape, (1, 3, 9)[trial % 3])
        mixed = named(dominated_actions(game, strict=strict))
        assert mixed == by_beliefs(game, strict=strict)
        pure = named(dominated_actions(game, by="pure", strict=strict))
        assert pure == by_pairs(game, strict=strict)
        assert pure <= mixed


def test_only_a_mixture_dominates() -> None:
    """Osborne and Rubinstein (1994), section 4.2: M is worse than half T, half B."""
    game = NormalFormGame.from_bimatrix([[3, 0], [1, 1], [0, 3]], [[0] * 2] * 3, actions=[["T", "M", "B"], ["L", "R"]])
    (found,) = dominated_actions(game)
    assert (found.player_name, found.action_name, found.strict) == ("Player 1", "M", True)
    assert found.mixture == (Fraction(1, 2), 0, Fraction(1, 2))
    assert found.margin == Fraction(1, 2)
    assert dominated_actions(game, by="pure") == ()


def test_weak_dominance_needs_a_place_where_it_is_better() -> None:
    twins = NormalFormGame.from_bimatrix([[1, 2], [1, 2]], [[0, 0], [0, 0]])
    assert dominated_actions(twins, strict=False) == ()
    second_price = NormalFormGame.from_function(
        lambda a, b: [max(0, 2 - b) if a > b else 0, max(0, 1 - a) if b > a else 0], [4, 4]
    )
    weak = named(dominated_actions(second_price, strict=False))
    assert (0, 2) not in weak  # Vickrey (1961): bidding one's value is not dominated
    assert weak == by_beliefs(second_price, strict=False)
    assert dominated_actions(second_price) == ()


def test_the_programme_decides_what_the_screens_decide() -> None:
    rng = random.Random(9)
    for trial in range(10):
        game = random_game(rng, (3, 3), (1, 5)[trial % 2])
        for strict in (True, False):
            found = named(dominated_actions(game, strict=strict))
            for i in range(2):
                for a in range(3):
                    solution = solve_exact(dominance_programme(game, player=i, action=a, strict=strict))
                    assert (solution.value > 0) == ((i, a) in found)


def eliminated_one_by_one(
    rng: random.Random, game: NormalFormGame, by: Literal["mixed", "pure"]
) -> tuple[tuple[str, ...], ...]:
    while True:
        found = dominated_actions(game, by=by)
        if not found:
            return game.actions
        item = rng.choice(found)
        kept = [k for k in range(game.num_actions[item.player]) if k != item.action]
        actions = [[labels[k] for k in kept] if i == item.player else labels for i, labels in enumerate(game.actions)]
        payoffs = np.take(game.payoffs, kept, axis=1 + item.player)
        game = NormalFormGame(payoffs.tolist(), game.players, actions)


@pytest.mark.parametrize("by", ["mixed", "pure"])
def test_the_order_of_strict_elimination_does_not_matter(by: Literal["mixed", "pure"]) -> None:
    """Gilboa, Kalai and Zemel (1990)."""
    rng = random.Random(by)
    depth = 0
    for trial in range(25):
        game = random_game(rng, ((3, 3), (4, 3), (2, 3, 2))[trial % 3], 9)
        found = iterated_elimination(game, by=by)
        depth = max(depth, len(found.rounds))
        assert found.reduced.actions == eliminated_one_by_one(rng, game, by)
        for items in found.rounds:
            named(items)
    assert depth >= 2  # rounds that rest on earlier ones were tried, and their certificates speak of what remained


def test_equilibria_survive() -> None:
    rng = random.Random(21)
    for _ in range(20):
        game = random_game(rng, (4, 4), 9)
        found = iterated_elimination(game)
        for equilibrium in nash_equilibria(game):
            for own, support in zip(found.remaining, equilibrium.support, strict=True):
                assert set(support) <= set(own)


def test_guessing_two_thirds_of_the_mean() -> None:
    """Moulin (1986): with guesses 1 … 4 by two players whose target is two thirds of the mean, elimination leaves (1, 1)."""

    def payoff(*guess: int) -> list[Fraction]:
        target = Fraction(2, 3) * Fraction(sum(g + 1 for g in guess), 2)
        return [-abs(g + 1 - target) for g in guess]

    found = iterated_elimination(NormalFormGame.from_function(payoff, [4, 4]))
    assert found.solvable
    assert found.remaining == ((0,), (0,))


def test_weak_elimination_goes_in_rounds() -> None:
    game = NormalFormGame.from_bimatrix([[1, 0], [0, 0]], [[1, 0], [0, 0]])
    assert iterated_elimination(game).rounds == ()
    found = iterated_elimination(game, strict=False)
    assert found.remaining == ((0,), (0,))
    assert all(not item.strict for items in found.rounds for item in items)


def test_games_of_floats_are_rational_games() -> None:
    rng = np.random.default_rng(6)
    for _ in range(5):
        game = NormalFormGame(rng.random((2, 5, 2)))
        assert named(dominated_actions(game)) == by_beliefs(game.exact(), strict=True)
        assert iterated_elimination(game).reduced.arithmetic == "float"


def test_a_bad_question_is_refused() -> None:
    with pytest.raises(SpecificationError, match="by"):
        dominated_actions(NormalFormGame([[1, 2]]), by="belief")  # type: ignore[arg-type]


def test_displays() -> None:
    game = NormalFormGame.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]], actions=[["<C>", "D"]] * 2)
    found = iterated_elimination(game)
    assert "certified" in repr(found)
    assert "certified" in repr(found.rounds[0][0])
    assert "<C>" not in found._repr_html_()
    assert found.to_dict()["remaining"] == [["D"], ["D"]]
    assert found.to_frame().shape == (2, 4)
