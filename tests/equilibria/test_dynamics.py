"""Learning rules and the replicator equation against their theorems, definitions written out, closed forms and nashpy."""

from __future__ import annotations

import itertools
import pickle
import random
from fractions import Fraction

import nashpy
import numpy as np
import pytest
import scipy.integrate

from gametheory.equilibria import evolutionarily_stable_strategies, maximin, nash_regret
from gametheory.equilibria.dynamics import (
    fictitious_play,
    multiplicative_weights,
    regret_matching,
)
from gametheory.equilibria.replicator import replicator_dynamics
from gametheory.errors import SolverError, SpecificationError, UndecidedError, UnsupportedError
from gametheory.games.normal_form import NormalFormGame

F = Fraction
ROUNDING = 1e-9
RULES = {"regret matching": regret_matching, "multiplicative weights": multiplicative_weights}
CYCLE = [[0, -1, 1], [1, 0, -1], [-1, 1, 0]]
CHICKEN = NormalFormGame.from_bimatrix([[6, 2], [7, 0]], [[6, 7], [2, 0]])


def random_game(seed: int, sizes: tuple[int, ...]) -> NormalFormGame:
    rng = random.Random(seed)
    return NormalFormGame.from_function(lambda *a: [rng.randint(-5, 5) for _ in sizes], sizes)


def regret_by_definition(game: NormalFormGame, weights, player: int) -> Fraction:
    gains = []
    for b in range(game.num_actions[player]):
        gain = F(0)
        for a in itertools.product(*map(range, game.num_actions)):
            changed = (*a[:player], b, *a[player + 1 :])
            gain += F(weights[a]) * (game.payoff(*changed)[player] - game.payoff(*a)[player])
        gains.append(gain)
    return max(F(0), *gains)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("sizes", [(2, 2), (3, 4), (1, 3), (2, 2, 3)])
@pytest.mark.parametrize("seed", range(3))
def test_regret_in_mixed_strategies_never_exceeds_the_bound(rule: str, sizes, seed: int) -> None:
    game = random_game(seed, sizes)
    for rounds in (1, 7, 200):
        learned = RULES[rule](game, iterations=rounds, rng=seed, play="expected")
        assert learned.bound_holds == "always"
        for found, bound in zip(learned.external_regrets(), learned.regret_bounds, strict=True):
            assert found <= bound + ROUNDING


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("seed", range(4))
def test_averages_approach_the_value_of_zero_sum_games(rule: str, seed: int) -> None:
    """Average strategies secure the value but for R_1 + R_2, which the bounds limit."""
    rng = random.Random(seed)
    A = [[rng.randint(-5, 5) for _ in range(4)] for _ in range(3)]
    game = NormalFormGame.zero_sum(A)
    learned = RULES[rule](game, iterations=400, rng=0, play="expected")
    slack = sum(learned.external_regrets()) + ROUNDING
    value = float(maximin(game, player=0).exact_value)
    x, y = learned.strategies
    assert (x @ np.array(A)).min() >= value - slack
    assert (np.array(A) @ y).max() <= value + slack
    assert learned.nash_regret() <= slack
    assert slack <= sum(learned.regret_bounds) + 2 * ROUNDING


@pytest.mark.parametrize("rule", RULES)
def test_sampled_play_keeps_the_bound_in_the_mean(rule: str) -> None:
    game = random_game(5, (3, 3))
    runs = [RULES[rule](game, iterations=100, rng=seed) for seed in range(25)]
    for i in range(2):
        assert np.mean([run.external_regrets()[i] for run in runs]) <= runs[0].regret_bounds[i]
    assert runs[0].bound_holds == "in expectation"


@pytest.mark.parametrize("sizes", [(2, 3), (2, 2, 2)])
def test_measured_regret_is_the_definition(sizes) -> None:
    game = random_game(9, sizes)
    learned = regret_matching(game, iterations=30, rng=2)
    assert learned.counts.sum() == 30
    expected = [regret_by_definition(game, learned.exact_distribution, i) for i in range(len(sizes))]
    assert learned.coarse_correlated_regret() == max(expected)
    assert np.allclose(learned.external_regrets(), [float(x) for x in expected])


def test_conditional_regret_matching_approaches_correlated_equilibrium() -> None:
    """Hart and Mas-Colell (2000): in Shapley's game, too, where fictitious play cycles for ever."""
    shapley = NormalFormGame.from_bimatrix([[1, 0, 0], [0, 1, 0], [0, 0, 1]], [[0, 1, 0], [0, 0, 1], [1, 0, 0]])
    for game in (NormalFormGame.zero_sum(CYCLE), shapley, random_game(8, (3, 3, 2))):
        early, late = (regret_matching(game, iterations=t, rng=3, regret="conditional") for t in (100, 8_000))
        assert late.correlated_regret() < early.correlated_regret() / 2
    cycling = fictitious_play(shapley, iterations=8_000, rng=1)
    assert cycling.nash_regret() > F(1, 20)


@pytest.mark.parametrize("sizes", [(2, 2), (3, 2), (2, 2, 2)])
@pytest.mark.parametrize("seed", range(4))
def test_fictitious_play_is_exact(seed: int, sizes) -> None:
    """Against best replies computed in fractions from the whole history; payoffs beyond machine integers too."""
    small = random_game(seed, sizes)
    scale = F(10**18, 7) if seed % 2 else F(1, 3)
    game = NormalFormGame((small.payoffs * scale).tolist())
    rounds = 40
    start = tuple(int(np.argmax(v)) for v in fictitious_play(game, iterations=1, rng=seed).strategies)
    history = [start]
    while len(history) < rounds:
        profile = []
        for i, m in enumerate(sizes):
            worth = [sum(small.payoff(*a[:i], b, *a[i + 1 :])[i] for a in history) for b in range(m)]
            profile.append(worth.index(max(worth)))
        history.append(tuple(profile))
    learned = fictitious_play(game, iterations=rounds, rng=seed)
    for a in np.ndindex(*sizes):
        assert learned.counts[a] == history.count(a)


def test_fictitious_play_in_zero_sum_games_beside_nashpy() -> None:
    """Robinson (1951): both are near equilibrium by exact regret; random ties as well."""
    game = NormalFormGame.zero_sum([[3, -1, 0], [-2, 2, 1], [0, 1, -1]])
    learned = fictitious_play(game, iterations=4_000, rng=1)
    broken = fictitious_play(game, iterations=4_000, rng=1, ties="random")
    np.random.seed(0)  # noqa: NPY002  # nashpy draws from the global state
    peer = nashpy.Game(np.array([[3, -1, 0], [-2, 2, 1], [0, 1, -1]]))
    *_, (row, column) = peer.fictitious_play(iterations=4_000)
    theirs = nash_regret(game, [(row / row.sum()).tolist(), (column / column.sum()).tolist()])
    for regret in (learned.nash_regret(), broken.nash_regret(), theirs):
        assert regret < F(1, 4)


def test_same_seed_same_play_and_pickles() -> None:
    for learn in (regret_matching, multiplicative_weights, fictitious_play):
        first, again, other = (learn(CHICKEN, iterations=50, rng=seed) for seed in (1, 1, 2))
        assert np.array_equal(first.counts, again.counts)
        assert learn is fictitious_play or not np.array_equal(first.counts, other.counts)
        copy = pickle.loads(pickle.dumps(first))  # noqa: S301  # our own bytes
        assert np.array_equal(copy.counts, first.counts)
        assert not copy.counts.flags.writeable
    assert "numerical" in repr(first)
    assert first.to_dict()["counts"] == first.counts.tolist()
    assert list(first.to_frame()["average"]) == [p for vector in first.strategies for p in vector]


def test_conserved_quantities() -> None:
    """Zero-sum: ∏ x_a^{p_a} is constant along interior paths (Hofbauer and Sigmund 1998), in one population and in two."""
    one = replicator_dynamics(
        NormalFormGame.symmetric(CYCLE), initial=[0.5, 0.3, 0.2], duration=40, populations="one", num_points=41
    )
    product = one.shares[0].prod(axis=1)
    assert np.abs(product / product[0] - 1).max() < 1e-6
    assert np.abs(one.shares[0] - one.shares[0][0]).max() > 0.1  # it does move
    two = replicator_dynamics(
        NormalFormGame.zero_sum([[2, -1], [-1, 1]]),  # equilibrium 2/5, 3/5 for both
        initial=[[0.7, 0.3], [0.4, 0.6]],
        duration=30,
        populations="one for each player",
    )
    energy = sum(np.log(share) @ np.array([0.4, 0.6]) for share in two.shares)
    assert np.abs(energy - energy[0]).max() < 1e-6
    assert np.allclose(two.shares[0].sum(axis=1), 1, atol=1e-14)


def test_closed_forms() -> None:
    """Constant payoffs: shares x_a e^{f_a t}; with mutation the limit is the Perron vector of births."""
    f = np.array([1.0, 2.0, 3.5])
    game = NormalFormGame.symmetric(np.repeat(f[:, None], 3, axis=1))
    start = np.array([0.6, 0.3, 0.1])
    path = replicator_dynamics(game, initial=start, duration=4, populations="one", num_points=9)
    grown = start * np.exp(np.outer(path.times, f))
    assert np.abs(path.shares[0] - grown / grown.sum(axis=1, keepdims=True)).max() < 1e-7
    Q = np.array([[0.8, 0.1, 0.1], [0.05, 0.9, 0.05], [0.2, 0.1, 0.7]])
    limit = replicator_dynamics(game, initial=[1, 0, 0], duration=60, populations="one", mutation=Q).final[0]
    values, vectors = np.linalg.eig(Q.T * f)
    perron = np.abs(vectors[:, values.real.argmax()].real)
    assert np.abs(limit - perron / perron.sum()).max() < 1e-7
    equal = replicator_dynamics(game, initial=[1, 0, 0], duration=5, populations="one", mutation=0.1).final[0]
    same = np.full((3, 3), 0.05) + np.eye(3) * 0.85
    assert np.allclose(
        equal, replicator_dynamics(game, initial=[1, 0, 0], duration=5, populations="one", mutation=same).final[0]
    )
    absent = replicator_dynamics(game, initial=[0.5, 0.5, 0], duration=5, populations="one")
    assert not absent.shares[0][:, 2].any()


def test_agrees_with_nashpy() -> None:
    A, B = np.array([[3.0, 1.0], [2.0, 2.0]]), np.array([[1.0, 2.0], [4.0, 1.0]])
    times = np.linspace(0, 10, 101)
    theirs = nashpy.Game(A, A.T).replicator_dynamics(y0=[0.3, 0.7], timepoints=times)
    game = NormalFormGame.symmetric(A)
    ours = replicator_dynamics(game, initial=[0.3, 0.7], duration=10, populations="one")
    assert np.abs(ours.shares[0] - theirs).max() < 1e-5
    Q = np.array([[0.9, 0.1], [0.2, 0.8]])
    theirs = nashpy.Game(A, A.T).replicator_dynamics(y0=[0.3, 0.7], timepoints=times, mutation_matrix=Q)
    ours = replicator_dynamics(game, initial=[0.3, 0.7], duration=10, populations="one", mutation=Q)
    assert np.abs(ours.shares[0] - theirs).max() < 1e-5
    rows, columns = nashpy.Game(A, B).asymmetric_replicator_dynamics(x0=[0.6, 0.4], y0=[0.2, 0.8], timepoints=times)
    both = replicator_dynamics(
        NormalFormGame.from_bimatrix(A, B),
        initial=[[0.6, 0.4], [0.2, 0.8]],
        duration=10,
        populations="one for each player",
    )
    assert max(np.abs(both.shares[0] - rows).max(), np.abs(both.shares[1] - columns).max()) < 1e-5
    assert list(both.to_frame().columns[1:3]) == ["Player 1: 1", "Player 1: 2"]


def test_three_populations_and_boundary_of_the_simplex() -> None:
    """Prisoner's dilemma of three: cooperation dies out, and the shares stay probabilities on the way."""
    game = NormalFormGame.from_function(lambda *a: [2 * (3 - sum(a)) + 3 * x for x in a], (2, 2, 2))
    path = replicator_dynamics(
        game, initial=[[0.99, 0.01]] * 3, duration=200, populations="one for each player", tol=1e-6
    )
    for share in path.shares:
        assert share.min() >= 0
        assert share[-1, 1] > 1 - 1e-6


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"iterations": 0, "rng": 0}, "iterations"),
        ({"iterations": True, "rng": 0}, "iterations"),
        ({"iterations": 5, "rng": None}, "rng"),
        ({"iterations": 5, "rng": -1}, "rng"),
        ({"iterations": 5, "rng": 0, "play": "mixed"}, "play"),
        ({"iterations": 5, "rng": 0, "regret": "swap"}, "regret"),
        ({"iterations": 5, "rng": 0, "regret": "conditional", "play": "expected"}, "sampled"),
    ],
)
def test_refusals_of_learning(options, message: str) -> None:
    with pytest.raises(SpecificationError, match=message):
        regret_matching(CHICKEN, **options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"duration": -1}, "duration"),
        ({"duration": float("nan")}, "duration"),
        ({"tol": 0}, "tol"),
        ({"num_points": 1}, "num_points"),
        ({"populations": "two"}, "populations"),
        ({"mutation": 0.1}, "offspring"),
        ({"initial": [0.5, 0.4]}, "sum to"),
    ],
)
def test_refusals_of_replicator_dynamics(options, message: str) -> None:
    game = NormalFormGame.symmetric([[-1, 2], [0, 1]])
    good = {"initial": [0.5, 0.5], "duration": 1, "populations": "one"}
    with pytest.raises(SpecificationError, match=message):
        replicator_dynamics(game, **{**good, **options})
    with pytest.raises(SpecificationError, match="symmetric"):
        replicator_dynamics(NormalFormGame.zero_sum([[1, 2], [3, 4]]), **good)
    with pytest.raises(SpecificationError, match="rows are probabilities"):
        replicator_dynamics(NormalFormGame.symmetric([[1, 2], [0, 1]]), **good, mutation=[[0.5, 0.6], [0, 1]])


def test_a_path_that_takes_too_many_steps_is_an_error(monkeypatch) -> None:
    monkeypatch.setattr("gametheory.equilibria.replicator._MAX_STEPS", 20)
    with pytest.raises(SolverError, match="steps reached time") as caught:
        replicator_dynamics(
            NormalFormGame.symmetric(CYCLE), initial=[0.5, 0.3, 0.2], duration=1000, populations="one", num_points=2
        )
    assert caught.value.best.sum() == pytest.approx(1)


def drawn(weights: list[float], generator: np.random.Generator) -> int:
    point = generator.random() * sum(weights)
    for k, reached in enumerate(itertools.accumulate(weights)):
        if point < reached:
            return k
    return max(k for k, weight in enumerate(weights) if weight > 0)


@pytest.mark.parametrize("rule", [*RULES, "conditional"])
@pytest.mark.parametrize("sizes", [(3, 3), (2, 4, 3), (5,), (2, 1, 2, 2)])
def test_compiled_rounds_are_the_definition(rule: str, sizes) -> None:
    """The same draws, rounds written out as the rules are defined, payoffs looked up one at a time."""
    game, rounds, seed = random_game(3, sizes), 60, 5
    rng = np.random.default_rng(seed)
    spans = [float(game.payoff_span(i)) for i in range(len(sizes))]
    gains = [[[0.0] * m for _ in range(m)] for m in sizes]  # of k in place of j, whenever j was played
    counts = np.zeros(sizes, dtype=int)
    profile = [int(rng.integers(m)) for m in sizes] if rule == "conditional" else []
    for t in range(rounds):
        if rule != "conditional":
            profile = []
            for i, m in enumerate(sizes):
                sums = [sum(gains[i][j][k] for j in range(m)) for k in range(m)]
                if rule == "regret matching":
                    weights = [max(x, 0.0) for x in sums] if max(sums) > 0 else [1.0] * m
                else:
                    rate = np.sqrt(8 * np.log(m) / rounds) / spans[i] if spans[i] else 0.0
                    weights = [float(np.exp(rate * (x - max(sums)))) for x in sums]
                profile.append(drawn(weights, rng))
        counts[tuple(profile)] += 1
        following = []
        for i, m in enumerate(sizes):
            own = profile[i]
            for k in range(m):
                changed = [*profile[:i], k, *profile[i + 1 :]]
                gains[i][own][k] += float(game.payoff(*changed)[i] - game.payoff(*profile)[i])
            scale = 2 * spans[i] * max(m - 1, 1) or 1.0
            moves = [max(x, 0.0) / ((t + 1) * scale) for x in gains[i][own]]
            moves[own] = 1.0 - sum(moves)
            if rule == "conditional":
                following.append(drawn(moves, rng))
        profile = following or profile
    if rule == "conditional":
        learned = regret_matching(game, iterations=rounds, rng=seed, regret="conditional")
    else:
        learned = RULES[rule](game, iterations=rounds, rng=seed)
    assert np.array_equal(learned.counts, counts)


@pytest.mark.parametrize("sizes", [(3, 2), (2, 3, 2), (4,)])
def test_rounds_in_mixed_strategies_are_the_definition(sizes) -> None:
    game, rounds = random_game(4, sizes), 25
    gains = [np.zeros(m) for m in sizes]
    total = np.zeros(sizes)
    for _ in range(rounds):
        play = [
            np.maximum(g, 0) / np.maximum(g, 0).sum() if g.max() > 0 else np.full(len(g), 1 / len(g)) for g in gains
        ]
        for a in itertools.product(*map(range, sizes)):
            chance = float(np.prod([x[k] for x, k in zip(play, a, strict=True)]))
            total[a] += chance
            for i, m in enumerate(sizes):
                for b in range(m):
                    gains[i][b] += chance * float(game.payoff(*a[:i], b, *a[i + 1 :])[i] - game.payoff(*a)[i])
    learned = regret_matching(game, iterations=rounds, rng=0, play="expected")
    assert np.allclose(learned.distribution, total / rounds, atol=1e-12)


def test_limit_sets_and_their_distance() -> None:
    zero_sum = NormalFormGame.from_bimatrix([[3, 1], [0, 2]], [[1, 3], [4, 2]])  # sums are 4
    assert fictitious_play(zero_sum, iterations=10, rng=0).limit_set == "Nash equilibria"
    open_ended = fictitious_play(CHICKEN, iterations=10, rng=0)
    assert open_ended.limit_set == ""
    with pytest.raises(UnsupportedError, match="no theorem"):
        open_ended.limit_regret()
    external = regret_matching(CHICKEN, iterations=500, rng=0)
    conditional = regret_matching(CHICKEN, iterations=500, rng=0, regret="conditional")
    assert external.limit_regret() == external.coarse_correlated_regret()
    assert conditional.limit_regret() == conditional.correlated_regret()
    assert multiplicative_weights(CHICKEN, iterations=9, rng=0).limit_set == external.limit_set
    assert conditional.limit_set == "correlated equilibria" == conditional.to_dict()["limit_set"]
    played = fictitious_play(zero_sum, iterations=4_000, rng=0)
    assert played.limit_regret() == played.nash_regret() < F(1, 10)


def test_learned_play_is_a_value_and_the_generator_moves_on() -> None:
    generator = np.random.default_rng(7)
    first, second = (regret_matching(CHICKEN, iterations=40, rng=generator) for _ in range(2))
    again = regret_matching(CHICKEN, iterations=40, rng=7)
    assert first == again
    assert hash(first) == hash(again)
    assert first != second
    assert first != "another thing"


def test_long_runs_are_cut_into_pieces_without_a_trace(monkeypatch) -> None:
    game = random_game(2, (3, 3))
    runs = [
        lambda: regret_matching(game, iterations=50, rng=1),
        lambda: regret_matching(game, iterations=50, rng=1, regret="conditional"),
        lambda: regret_matching(game, iterations=50, rng=1, play="expected"),
        lambda: fictitious_play(game, iterations=50, rng=1, ties="random"),
    ]
    whole = [run() for run in runs]
    monkeypatch.setattr("gametheory.equilibria.dynamics._PIECE", 40)
    assert [run() for run in runs] == whole


@pytest.mark.parametrize("sizes", [(3, 3), (2, 3, 2), (4,)])
@pytest.mark.parametrize("mutation", [None, 0.07])
def test_paths_against_scipy(sizes, mutation) -> None:
    """Another integrator, the equation written out profile by profile."""
    rng = np.random.default_rng(len(sizes))
    payoffs = rng.random((len(sizes), *sizes))
    start = [rng.dirichlet(np.ones(m)) for m in sizes]
    cuts = np.cumsum(sizes)[:-1]

    def slope(_, joint):
        parts, result = np.split(joint, cuts), []
        for i, m in enumerate(sizes):
            fitness = np.zeros(m)
            for a in np.ndindex(*sizes):
                fitness[a[i]] += payoffs[(i, *a)] * np.prod([parts[j][k] for j, k in enumerate(a) if j != i])
            born = parts[i] * fitness
            moved = (
                born if mutation is None or m == 1 else born * (1 - mutation) + (born.sum() - born) * mutation / (m - 1)
            )
            result.append(moved - parts[i] * born.sum())
        return np.concatenate(result)

    theirs = scipy.integrate.solve_ivp(slope, (0, 6), np.concatenate(start), method="DOP853", rtol=1e-11, atol=1e-12)
    ours = replicator_dynamics(
        NormalFormGame(payoffs), initial=start, duration=6, populations="one for each player", mutation=mutation
    )
    assert np.abs(np.concatenate(ours.final) - theirs.y[:, -1]).max() < 1e-7
    assert ours.speed == pytest.approx(np.abs(slope(0, np.concatenate(ours.final))).max(), abs=1e-7)


def test_one_population_in_symmetric_games_of_three() -> None:
    """From the same shares, three populations in a symmetric game move as one (Hofbauer and Sigmund 1998)."""
    game = NormalFormGame.from_function(lambda *a: [[3, 1, 4, 0][sum(a)] + 2 * x for x in a], (2, 2, 2))
    one = replicator_dynamics(game, initial=[0.4, 0.6], duration=2, populations="one")
    three = replicator_dynamics(game, initial=[[0.4, 0.6]] * 3, duration=2, populations="one for each player")
    for share in three.shares:
        assert np.abs(share - one.shares[0]).max() < 1e-8
    for u in (lambda a, b, c: [a, b, a * c], lambda a, b, c: [a + 2 * b, b + 2 * c, c + 2 * a]):
        with pytest.raises(SpecificationError, match="symmetric"):
            replicator_dynamics(
                NormalFormGame.from_function(u, (2, 2, 2)), initial=[0.4, 0.6], duration=2, populations="one"
            )


@pytest.mark.parametrize("seed", range(6))
def test_evolutionarily_stable_strategies_attract(seed: int) -> None:
    """Taylor and Jonker (1978): a path that starts near one ends there; the end is named exactly."""
    rng = random.Random(seed)
    game = NormalFormGame.symmetric([[rng.randint(-4, 4) for _ in range(3)] for _ in range(3)])
    for stable in evolutionarily_stable_strategies(game):
        near = np.array([float(x) for x in stable]) * 0.97 + 0.01
        path = replicator_dynamics(game, initial=near, duration=400, populations="one")
        assert path.rest_point() == stable
        assert path.speed < 1e-2


def test_paths_that_do_not_rest() -> None:
    cycle = replicator_dynamics(
        NormalFormGame.symmetric(CYCLE), initial=[0.5, 0.3, 0.2], duration=40, populations="one"
    )
    with pytest.raises(UndecidedError, match="cycle"):
        cycle.rest_point()
    two = replicator_dynamics(CHICKEN, initial=[[0.5, 0.5]] * 2, duration=4, populations="one for each player")
    with pytest.raises(UnsupportedError, match="one population"):
        two.rest_point()
    again = replicator_dynamics(CHICKEN, initial=[[0.5, 0.5]] * 2, duration=4, populations="one for each player")
    assert two == again
    assert hash(two) == hash(again)
    assert two != cycle


def test_where_nashpy_minimises_no_regret() -> None:
    """nashpy's regret_minimization subtracts the strategy, and not what it earns, from payoffs, and answers the mode."""
    table = [[3, -1], [-1, 1]]  # the equilibrium is (1/3, 2/3) for both
    game = NormalFormGame.zero_sum(table)
    peer = nashpy.Game(np.array(table), -np.array(table))
    (answer,) = peer.regret_minimization(iterations=2_000)
    assert nash_regret(game, [list(map(float, part)) for part in answer]) > F(1, 2)
    learned = regret_matching(game, iterations=2_000, rng=0, play="expected")
    assert learned.nash_regret() < F(1, 10)
    assert np.abs(learned.strategies[0] - [1 / 3, 2 / 3]).max() < 0.05
