"""Pure equilibria of identical agents against those of the tensor and against closed forms."""

from __future__ import annotations

import numpy as np
import pytest

from gametheory.collusion import resilience
from gametheory.equilibria import pure_nash_counts, pure_nash_equilibria
from gametheory.games import SymmetricGame
from gametheory.games.counts import num_count_vectors


@pytest.mark.parametrize("seed", range(20))
def test_counts_of_all_equilibria(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n, m = int(rng.integers(1, 6)), int(rng.integers(1, 4))
    payoffs = rng.integers(0, 3, size=(m, num_count_vectors(n - 1, m)))
    game = SymmetricGame(payoffs / 2 if seed % 2 else payoffs, n)
    profiles = [e.profile for e in pure_nash_equilibria(game.normal_form())]
    expected = sorted({tuple(p.count(a) for a in range(m)) for p in profiles})
    found = [tuple(c) for c in pure_nash_counts(game).tolist()]
    assert found == expected
    for counts in found:
        assert game.regret(counts) == 0
        assert int(resilience(game.exact(), counts)) >= 1


@pytest.mark.parametrize(("n", "roads"), [(1000, 2), (999, 3)])
def test_parallel_roads_fill_evenly(n: int, roads: int) -> None:
    """Rosenthal 1973: with equal roads whose delay is the number of users, equilibria are the splits as even as can be."""
    game = SymmetricGame.from_function(lambda a, c: -c[a], n, roads)
    assert pure_nash_counts(game).tolist() == [[n // roads] * roads]
