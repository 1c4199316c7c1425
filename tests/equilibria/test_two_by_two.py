"""Two players over two actions each: against every such support solved in fractions, one by one."""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
import pytest

from gametheory.equilibria import multiplayer_equilibrium, nash_regret, two_by_two
from gametheory.equilibria.support_systems import normalised_payoffs
from gametheory.equilibria.two_by_two import two_by_two_solutions
from gametheory.games import NormalFormGame

Support = tuple[tuple[int, ...], ...]


def share(payoff: np.ndarray) -> Fraction | None:
    """The probability of the opponent's second action that makes rows 0 and 1 of a 2×2 table equal, if inside (0, 1)."""
    left, right = payoff[0, 0] - payoff[1, 0], payoff[0, 1] - payoff[1, 1]
    if left == right:
        return None
    q = left / (left - right)
    return q if 0 < q < 1 else None


def brute_force(game: NormalFormGame) -> dict[Support, tuple[Fraction, Fraction]]:
    """Every pair of players, every pair of their actions, every profile of the others."""
    payoffs, sizes, found = game.exact().payoffs, game.num_actions, {}
    for i, j in itertools.combinations(range(len(sizes)), 2):
        choices = [itertools.combinations(range(m), 2 if k in (i, j) else 1) for k, m in enumerate(sizes)]
        for support in itertools.product(*map(list, choices)):
            tables = [payoffs[k][np.ix_(*support)] for k in (i, j)]
            first, second = (np.moveaxis(t, (i, j), (0, 1)).reshape(2, 2) for t in tables)
            q, p = share(first), share(second.T)
            if p is None or q is None:
                continue
            profile = [[Fraction(int(k in own)) for k in range(m)] for own, m in zip(support, sizes, strict=True)]
            for player, x in ((i, p), (j, q)):
                profile[player][support[player][0]], profile[player][support[player][1]] = 1 - x, x
            if nash_regret(game, [np.array(v, dtype=object) for v in profile]) == 0:
                found[support] = (p, q)
    return found


@pytest.mark.parametrize("sizes", [(3, 4), (3, 3, 3), (4, 2, 3), (2, 2, 2, 2), (1, 3, 3), (2, 3, 1, 2), (5, 2, 1)])
def test_generic_games_agree_with_brute_force(sizes: tuple[int, ...]) -> None:
    rng = np.random.default_rng(sum(sizes))
    total = 0
    for trial in range(6):
        game = NormalFormGame(rng.random((len(sizes), *sizes)) * 10.0 ** (trial - 3))
        truth = brute_force(game)
        found = list(two_by_two_solutions(normalised_payoffs(game.exact())))
        assert sorted(s.support for s in found) == sorted(truth)
        for solution in found:
            mixing = [part[1] for part in solution.parts if len(part) == 2]
            assert mixing == pytest.approx([float(x) for x in truth[solution.support]], abs=1e-9)
        total += len(truth)
    assert total > 0


def test_tables_in_parts_find_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    payoffs = np.random.default_rng(5).random((4, 3, 4, 2, 3))
    whole = [s.support for s in two_by_two_solutions(payoffs)]
    monkeypatch.setattr(two_by_two, "MAX_TABLE", 1)
    assert [s.support for s in two_by_two_solutions(payoffs)] == whole
    assert len(whole) > 1
    monkeypatch.setattr(two_by_two, "MAX_ENTRIES", 1)
    assert list(two_by_two_solutions(payoffs)) == []


def test_degenerate_games_end_and_what_is_certified_is_right() -> None:
    rng = np.random.default_rng(11)
    methods = set()
    for trial in range(40):
        sizes = ((3, 3, 3), (2, 2, 2), (2, 3, 4), (2, 2, 2, 2))[trial % 4]
        game = NormalFormGame(rng.integers(0, 2 + trial % 2, size=(len(sizes), *sizes)))
        for solution in two_by_two_solutions(normalised_payoffs(game)):
            assert all(np.all((part > 0) & (part <= 1)) for part in solution.parts)
        equilibrium = multiplayer_equilibrium(game)
        assert equilibrium.certificate is not None
        assert equilibrium.certificate.verify(game)
        methods.add(equilibrium.method)
    assert len(methods) > 1  # where ties leave none of this kind, the path or the supports find one


def test_large_random_games() -> None:
    """With 20 actions for each of three players; the answer is rational and exact."""
    for seed in range(3):
        payoffs = np.random.default_rng(seed).random((3, 20, 20, 20))
        game = NormalFormGame(payoffs)
        equilibrium = multiplayer_equilibrium(game)
        assert equilibrium.method == "two players mix over two actions"
        assert sorted(map(len, equilibrium.support)) == [1, 2, 2]
        assert nash_regret(game.exact(), equilibrium.exact_profile) == 0
