"""Q-learning against a plain implementation of the rule, and the duopoly of Calvano et al. (2020)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from gametheory.equilibria import pure_nash_equilibria
from gametheory.errors import SolverError, SpecificationError, UnsupportedError
from gametheory.games import NormalFormGame
from gametheory.games.catalogue import bertrand_logit, logit_prices, prisoners_dilemma
from gametheory.repeated import q_learning
from gametheory.repeated.q_learning_kernels import uniform

NASH, CARTEL = 0.222926660030623, 0.337490459508881
MASK = 2**64 - 1


def xoshiro(words: list[int]) -> float:
    """xoshiro256++ in Python's integers."""

    def rotated(x: int, k: int) -> int:
        return ((x << k) | (x >> (64 - k))) & MASK

    result = (rotated((words[0] + words[3]) & MASK, 23) + words[0]) & MASK
    shifted = (words[1] << 17) & MASK
    words[2] ^= words[0]
    words[3] ^= words[1]
    words[1] ^= words[2]
    words[0] ^= words[3]
    words[2] ^= shifted
    words[3] = rotated(words[3], 45)
    return (result >> 11) / 2**53


def plain_run(
    game: NormalFormGame, seed: Any, delta: float, alpha: float, beta: float, memory: int, periods: int
) -> Any:
    """The rule as it is written, with dictionaries and an argmax over every row in every period."""
    payoffs, counts, n = game.float_payoffs(), game.num_actions, game.num_players
    words = [int(x) for x in seed]
    size = math.prod(counts)
    total = size**memory
    start = int(seed[0]) % total
    history = []
    for _ in range(memory):  # the latest profile last
        start, profile = divmod(start, size)
        history.insert(0, profile)
    first = [[float(np.take(payoffs[i], a, axis=i).mean()) / (1 - delta) for a in range(counts[i])] for i in range(n)]
    values: list[dict[tuple[int, ...], list[float]]] = [{} for _ in range(n)]
    explore = 1.0
    for _ in range(periods):
        state = tuple(history)
        actions = []
        for i in range(n):
            row = values[i].setdefault(state, list(first[i]))
            if xoshiro(words) < explore:
                actions.append(min(int(xoshiro(words) * counts[i]), counts[i] - 1))
            else:
                actions.append(row.index(max(row)))
        history = [*history, int(np.ravel_multi_index(actions, counts))][1:] if memory else []
        for i in range(n):
            later = max(values[i].setdefault(tuple(history), list(first[i])))
            row = values[i][state]
            row[actions[i]] = (1 - alpha) * row[actions[i]] + alpha * (payoffs[(i, *actions)] + delta * later)
        explore *= math.exp(-beta)
    return values, history, first


@pytest.mark.parametrize(("shape", "memory"), [((2, 2), 1), ((3, 2), 1), ((2, 3), 2), ((2, 2, 2), 1), ((3, 3), 0)])
def test_the_kernel_follows_the_rule(shape: tuple[int, ...], memory: int) -> None:
    """Greedy actions in every state, and the state itself, are those of a plain implementation, period for period."""
    rng = np.random.default_rng(sum(shape) + memory)
    game = NormalFormGame(rng.integers(0, 5, size=(len(shape), *shape)).tolist())  # ties on purpose
    found = q_learning(
        game,
        discount=0.8,
        runs=2,
        rng=7,
        learning_rate=0.3,
        exploration_decay=2e-3,
        memory=memory,
        stable_for=10**6,
        max_periods=3000,
        threads=1,
    )
    seeds = np.random.default_rng(7).integers(0, 2**63, size=(2, 4), dtype=np.int64).astype(np.uint64)
    size = math.prod(shape)
    for run in range(2):
        values, history, first = plain_run(game, seeds[run], 0.8, 0.3, 2e-3, memory, 3000)
        state = 0
        for profile in history:
            state = state * size + profile
        assert int(found.states[run]) == state
        for i in range(len(shape)):
            for flat in range(size**memory):
                key, rest = [], flat
                for _ in range(memory):
                    rest, profile = divmod(rest, size)
                    key.insert(0, profile)
                row = values[i].get(tuple(key), first[i])
                assert int(found.greedy[run, i, flat]) == row.index(max(row))
    assert not found.settled.any()
    assert (found.periods == 3000).all()


def test_random_numbers_are_those_of_the_reference_generator() -> None:
    words = [2**64 - 1, 1, 2**63, 12345]
    state = np.array(words, dtype=np.uint64)
    for _ in range(1000):
        assert uniform(state) == xoshiro(words)


def test_same_seed_same_runs_for_any_number_of_threads() -> None:
    common: dict[str, Any] = {
        "discount": 0.9,
        "runs": 6,
        "exploration_decay": 1e-3,
        "stable_for": 3000,
        "max_periods": 50_000,
    }
    one = q_learning(prisoners_dilemma(), rng=3, threads=1, **common)
    many = q_learning(prisoners_dilemma(), rng=3, threads=4, **common)
    assert one == many
    assert one != q_learning(prisoners_dilemma(), rng=4, **common)
    assert one.to_dict() == many.to_dict()


def test_impatient_learners_find_a_dominant_action() -> None:
    found = q_learning(
        prisoners_dilemma(), discount=0, runs=5, rng=2, exploration_decay=1e-3, stable_for=3000, max_periods=10**5
    )
    assert found.settled.all()
    assert (found.greedy == 1).all()
    defect = [float(x) for x in prisoners_dilemma().payoffs[:, 1, 1]]
    assert np.allclose(found.payoffs, defect)


def test_cycles_and_responses_follow_greedy_play() -> None:
    game = bertrand_logit(num_prices=4)
    found = q_learning(game, discount=0.95, runs=4, rng=5, exploration_decay=1e-4, stable_for=5000, max_periods=400_000)
    size = 16
    for run in range(4):
        cycle = found.cycle(run)
        numbers = [int(np.ravel_multi_index(tuple(p), (4, 4))) for p in cycle]
        for now, later in zip(numbers, [*numbers[1:], numbers[0]], strict=True):
            assert tuple(found.greedy[run, :, now]) == np.unravel_index(later, (4, 4))
    response = found.impulse_response("Firm 1", action=0, before=2, after=6)
    assert response.shape == (4, 9, 2)
    assert (response[:, 2, 0] == 0).all()
    for path in response:
        for t in range(2, 8):
            state = int(np.ravel_multi_index(tuple(path[t]), (4, 4))) % size
            run = next(r for r in range(4) if (response[r] == path).all())
            assert tuple(path[t + 1]) == tuple(found.greedy[run, :, state])
    table = game.float_payoffs()
    best = found.impulse_response(0)
    for path in best:
        other = path[2, 1]
        assert path[2, 0] == np.argmax(table[0][:, other])


def test_the_duopoly_of_calvano() -> None:
    """Prices, profits and the grid of the baseline; its two pure equilibria; the best symmetric price."""
    nash, cartel = logit_prices()
    assert (nash, cartel) == (pytest.approx(1.47292666003062), pytest.approx(1.92498091901776))
    assert nash - 1 - 0.25 == pytest.approx(NASH)  # from the first-order condition
    assert (cartel - 1 - 0.25) / 2 == pytest.approx(CARTEL)
    game = bertrand_logit()
    prices = [float(name) for name in game.actions[0]]
    assert prices[0] == pytest.approx(1.427721234132, abs=1e-7)
    assert prices[1] - prices[0] == pytest.approx(0.038747507913, abs=1e-6)
    equilibria = sorted(tuple(e.profile) for e in pure_nash_equilibria(game))
    gains = [(float(game.float_payoffs()[(0, *map(int, e))]) - NASH) / (CARTEL - NASH) for e in equilibria]
    assert gains == [pytest.approx(-0.023765, abs=1e-6), pytest.approx(0.116579, abs=1e-6)]
    symmetric = [(float(game.float_payoffs()[0, k, k]) - NASH) / (CARTEL - NASH) for k in range(15)]
    assert int(np.argmax(symmetric)) == 13
    assert max(symmetric) == pytest.approx(0.999734, abs=1e-6)


@pytest.mark.slow
def test_learned_collusion_of_the_baseline() -> None:
    """Δ between .80 and .90 over 100 runs, and a forced price cut is punished: the rival cuts its price too, then forgives."""
    game = bertrand_logit()
    found = q_learning(game, discount=0.95, runs=100, rng=2020)
    assert found.settled.all()
    gain = found.profit_gain(competition=NASH, collusion=CARTEL)
    assert 0.80 < gain.mean < 0.90
    assert gain.standard_error < 0.02
    response = found.impulse_response(0, before=1, after=25)
    rival = response[:, :, 1].mean(axis=0)
    assert rival[2] < rival[0] - 1
    assert abs(response[:, -1, :].mean() - response[:, 0, :].mean()) < 1


def test_refusals() -> None:
    game = prisoners_dilemma()
    for change, message in (
        ({"discount": 1}, "discount"),
        ({"runs": 0}, "runs"),
        ({"learning_rate": 0}, "learning_rate"),
        ({"exploration_decay": float("nan")}, "exploration_decay"),
        ({"memory": 40}, "Q-values"),
        ({"max_periods": 2.5}, "max_periods"),
    ):
        with pytest.raises(SpecificationError, match=message):
            q_learning(game, **({"discount": 0.9, "runs": 1, "rng": 1} | change))  # type: ignore[arg-type]
    import sympy

    with pytest.raises(UnsupportedError, match="free symbols"):
        q_learning(NormalFormGame([[[sympy.Symbol("x")]], [[0]]]), discount=0.5, runs=1, rng=1)
    short = q_learning(game, discount=0.9, runs=2, rng=1, max_periods=10)
    with pytest.raises(SolverError, match="no run settled"):
        short.profit_gain(competition=0, collusion=1)
    with pytest.raises(SpecificationError, match="must pay everybody more"):
        short.profit_gain(competition=1, collusion=1)
    assert "0 of 2 runs" in repr(short)
    assert list(short.to_frame()["settled"]) == [False, False]
