"""Perfect public equilibria, scores, limits and rank conditions: published numbers, other formulations, random games."""

from __future__ import annotations

import itertools
import math
import random
from fractions import Fraction

import numpy as np
import pytest
from scipy.optimize import linprog

from gametheory.certificates import certificate_to_json, read_certificate
from gametheory.errors import CertificateError, SolverError, SpecificationError
from gametheory.games import Monitoring, NormalFormGame
from gametheory.games.profiles import expected_payoffs
from gametheory.repeated import (
    limit_payoffs,
    minmax,
    payoff_set_sandwich,
    public_perfect_payoffs,
    public_score,
    rank_conditions,
    trigger_equilibrium,
)

F = Fraction
DILEMMA = NormalFormGame.from_bimatrix([[2, -1], [3, 0]], [[2, 3], [-1, 0]])
"""Mailath and Samuelson 2006, section 7.2: effort (E) is action 0, shirking (S) action 1."""
ALARM = Monitoring.alarm(DILEMMA, (0, 0), detection_rate=["1/2", "7/10"], false_alarm_rate="1/10")


def random_game(rng: random.Random, shape: tuple[int, ...], signals: int) -> tuple[NormalFormGame, Monitoring]:
    game = NormalFormGame.from_function(lambda *_: [rng.randint(-4, 4) for _ in shape], shape)
    table = np.empty((*shape, signals), dtype=object)
    for a in itertools.product(*map(range, shape)):
        weights = [rng.randint(0, 4) + int(k == 0) for k in range(signals)]
        table[a] = [F(w, sum(weights)) for w in weights]
    return game, Monitoring(table.tolist())


# -- scores and limits -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("direction", "scores"),
    [
        ((1, 1), ("7/2", "2", "2", "0")),
        ((2, 1), ("21/4", "1", "5", "0")),
        ((1, 0), ("7/4", "-7/2", "3", "0")),
        ((4, 1), ("35/4", "-1", "11", "0")),
        ((3, -1), ("4", "-49/4", "10", "0")),
        ((1, -1), ("0", "-21/4", "11/4", "0")),
        ((-1, 0), ("-17/4", "-3/2", "-3", "0")),
    ],
)
def test_scores_of_the_noisy_dilemma(direction: tuple[int, int], scores: tuple[str, ...]) -> None:
    """Scores of EE, ES, SE, SS, against a programme in floats written in continuations relative to v."""
    for profile, expected in zip(((0, 0), (0, 1), (1, 0), (1, 1)), scores, strict=True):
        found = public_score(DILEMMA, ALARM, profile, direction)
        assert found.value == F(expected)
        assert found.value == pytest.approx(other_score(DILEMMA, ALARM, profile, direction), abs=1e-9)


def other_score(
    game: NormalFormGame, monitoring: Monitoring, profile: tuple[int, ...], direction: tuple[float, ...]
) -> float:
    """max λ·(u + Σ π x) over x with λ·x(y) ≤ 0 and Σ (π − π') x_i ≥ gain; −∞ if impossible. By SciPy."""
    n, count = game.num_players, monitoring.num_signals
    table, stage = monitoring.float_probabilities(), game
    rows, sides = [], []
    for i in range(n):
        for b in range(game.num_actions[i]):
            other = (*profile[:i], b, *profile[i + 1 :])
            if other != profile:
                row = np.zeros((count, n))
                row[:, i] = table[other] - table[profile]
                rows.append(row.reshape(-1))
                sides.append(float(stage.payoff(*profile)[i]) - float(stage.payoff(*other)[i]))
    for y in range(count):
        row = np.zeros((count, n))
        row[y] = direction
        rows.append(row.reshape(-1))
        sides.append(0.0)
    cost = -np.outer(table[profile], direction).reshape(-1)
    solved = linprog(cost, A_ub=np.array(rows), b_ub=sides, bounds=(None, None))
    if solved.status == 2:
        return -math.inf
    assert solved.status == 0
    return float(np.dot(direction, [float(x) for x in stage.payoff(*profile)]) - solved.fun)


def test_the_limit_polygon_of_the_noisy_dilemma() -> None:
    found = limit_payoffs(DILEMMA, ALARM)
    assert found.vertices == ((0, 0), (F(68, 31), F(24, 31)), (F(7, 4), F(7, 4)), (F(24, 31), F(68, 31)))
    assert set(found.halfspaces) == {((11, 5), 28), ((5, 11), 28), ((6, -17), 0), ((-17, 6), 0)}
    assert found.complete
    assert found.full_dimensional
    assert found.verify()
    assert "exact limit" in repr(found)
    for certificate in found.certificates:
        assert read_certificate(certificate_to_json(certificate)).verify(DILEMMA)


@pytest.mark.parametrize("steps", [6, pytest.param(80, marks=pytest.mark.slow)])
def test_mixed_profiles_do_not_raise_the_critical_scores(steps: int) -> None:
    """A grid over mixed profiles, in the directions of the facets."""
    for direction, bound in limit_payoffs(DILEMMA, ALARM).halfspaces[:: 1 if steps > 6 else 3]:
        for p, q in itertools.product(range(0, steps + 1, 1 if steps == 6 else 4), repeat=2):
            mixed = [[F(p, steps), 1 - F(p, steps)], [F(q, steps), 1 - F(q, steps)]]
            value = public_score(DILEMMA, ALARM, mixed, direction).value
            assert value is None or value <= bound


def test_partnership_is_bounded_for_every_discount_factor() -> None:
    """Effort costs 4, success gives each 10, with probability 9/10, 6/10, 3/10: at most 14/3 each."""
    game = NormalFormGame.from_bimatrix([[5, 2], [6, 3]], [[5, 6], [2, 3]])
    success = Monitoring([[["9/10", "1/10"], ["6/10", "4/10"]], [["6/10", "4/10"], ["3/10", "7/10"]]])
    score = public_score(game, success, (0, 0), (1, 1))
    assert score.value == F(28, 3)
    assert score.loss == F(2, 3)
    assert limit_payoffs(game, success).support([1, 1]) == F(28, 3)
    assert trigger_equilibrium(game, (0, 0), success, reversion=(1, 1)).payoffs == (F(14, 3), F(14, 3))


def test_a_signal_that_names_the_deviator_restores_efficiency() -> None:
    """Three signals: (8, 1, 1)/10 after EE, (5, 4, 1)/10 if player 1 shirks, (5, 1, 4)/10 if player 2 does."""
    named = Monitoring(
        [
            [["8/10", "1/10", "1/10"], ["5/10", "1/10", "4/10"]],
            [["5/10", "4/10", "1/10"], ["2/10", "4/10", "4/10"]],
        ]
    )
    assert public_score(DILEMMA, named, (0, 0), (1, 1)).value == 4
    assert limit_payoffs(DILEMMA, named).support([1, 1]) == 4
    full, pooled = rank_conditions(DILEMMA, named, (0, 0)), rank_conditions(DILEMMA, ALARM, (0, 0))
    assert (full.pair_ranks[0, 1], pooled.pair_ranks[0, 1]) == (3, 2)
    assert full.pairwise_full_rank(0, 1)
    assert full.diagnosis[0].startswith("every deviation can be detected")
    assert not pooled.pairwise_identifiable(0, 1)
    assert pooled.individual_full_rank(0)
    assert pooled.missing_signals == 1
    joined = " ".join(pooled.diagnosis)
    assert "cannot be told apart" in joined
    assert "add a signal" in joined
    assert "needs 1 more" in joined


@pytest.mark.parametrize("seed", range(6))
def test_limits_against_scores_in_many_directions(seed: int) -> None:
    """Of two players no direction bounds more than the polygon; each facet is a score; games from SciPy's other form."""
    rng = random.Random(seed)
    game, signals = random_game(rng, rng.choice(((2, 2), (2, 3))), rng.choice((2, 3)))
    found = limit_payoffs(game, signals)
    assert found.verify()
    profiles = list(itertools.product(*map(range, game.num_actions)))
    for _ in range(20):
        direction = (rng.randint(-20, 20), rng.randint(-20, 20))
        if direction != (0, 0):
            best = max(other_score(game, signals, a, direction) for a in profiles)
            if found.vertices:
                assert found.support(direction) <= best + 1e-7
            for normal, bound in found.halfspaces:
                if normal == direction:
                    assert best == pytest.approx(float(bound), abs=1e-7)


def test_three_players_are_bounded_in_the_directions_asked_for() -> None:
    game = NormalFormGame.from_function(lambda *a: [1 - x + F(3, 5) * sum(a) for x in a], (2, 2, 2))
    found = limit_payoffs(game, Monitoring.perfect(game), directions=[(3, 3, -1), (1, 1, 1)])
    assert not found.complete
    assert found.full_dimensional
    assert found.support([1, 1, 1]) == F(27, 5)  # what is seen perfectly destroys nothing
    assert {(3, 3, -1), (1, 1, 1)} <= {normal for normal, _ in found.halfspaces}


def test_undetectable_temptation_has_no_score() -> None:
    blind = Monitoring([[[1], [1]], [[1], [1]]])
    assert public_score(DILEMMA, blind, (0, 0), (1, 1)).value is None
    assert limit_payoffs(DILEMMA, blind).vertices == ((0, 0),)
    found = rank_conditions(DILEMMA, blind, (0, 0))
    assert not found.individual_full_rank(0)
    assert "does not change the signals" in " ".join(found.diagnosis)


# -- payoffs at a discount factor --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("discount", "corners"),
    [
        ("1/2", ((0, 0),)),
        ("29/50", ((0, 0),)),
        ("3/5", ((0, 0), (F(7, 4), F(7, 4)))),
        ("13/20", ((0, 0), (F(7, 4), F(7, 4)))),
        ("7/10", ((0, 0), (F(7, 4), F(7, 4)))),
    ],
)
def test_payoffs_of_the_noisy_dilemma(discount: str, corners: tuple[tuple[Fraction, ...], ...]) -> None:
    found = public_perfect_payoffs(DILEMMA, ALARM, discount, directions=[(11, 5), (5, 11), (6, -17), (-17, 6)])
    assert found.exact
    assert found.vertices == corners
    assert found.verify()


@pytest.mark.parametrize(("discount", "most"), [("4/5", 1.90124), ("9/10", 2.11832)])
def test_bounds_in_the_critical_directions(discount: str, most: float) -> None:
    """With the normals of the limit polygon, as steps of the operator in these and eight uniform directions bound them."""
    critical = [(11, 5), (5, 11), (6, -17), (-17, 6)]
    uniform = [(1, 1), (1, -1), (-1, 1), (-1, -1)]
    with pytest.raises(SolverError) as caught:
        public_perfect_payoffs(
            DILEMMA, ALARM, discount, directions=[*critical, *uniform], max_directions=12, gap="1/10000"
        )
    found = caught.value.best
    assert found.verify()
    assert float(found.support([1, 1])[1]) == pytest.approx(3.5)
    assert float(found.support([1, 0])[1]) <= most + 1e-4
    assert float(found.support([1, 0])[1]) <= 68 / 31
    assert all(v[0] <= F(68, 31) for v in found.inner)
    assert (F(7, 4), F(7, 4)) in found.inner


def test_the_threshold_is_that_of_trigger_strategies() -> None:
    threshold = trigger_equilibrium(DILEMMA, (0, 0), ALARM, reversion=(1, 1)).threshold
    assert threshold == F(10, 17)
    below, above = (
        public_perfect_payoffs(DILEMMA, ALARM, threshold + sign * F(1, 1000), gap="1/100") for sign in (-1, 1)
    )
    assert below.vertices == ((0, 0),)
    assert above.vertices == ((0, 0), (F(7, 4), F(7, 4)))


@pytest.mark.parametrize("discount", ["1/5", "1/2"])
def test_perfect_signals_are_seen_actions(discount: str) -> None:
    """The public operator with actions as signals against the one with threats."""
    game = NormalFormGame.from_bimatrix([[9, 1], [10, 3]], [[9, 10], [1, 3]])
    seen = payoff_set_sandwich(game, discount)
    public = public_perfect_payoffs(game, Monitoring.perfect(game), discount)
    assert seen.exact
    assert public.exact
    assert set(seen.vertices) == set(public.vertices)


def check_random_public_game(rng: random.Random) -> None:
    game, signals = random_game(rng, rng.choice(((2, 2), (2, 3))), rng.choice((1, 2, 3)))
    try:
        found = public_perfect_payoffs(game, signals, F(rng.randint(0, 9), 10), max_directions=12, gap="1/10")
    except SolverError as error:
        found = error.best
    assert found.verify()
    limit = limit_payoffs(game, signals)
    for v in found.inner:
        for normal, bound in (*found.halfspaces, *limit.halfspaces):
            assert sum(x * y for x, y in zip(normal, v, strict=True)) <= bound
    for a in itertools.product(*map(range, game.num_actions)):  # a stage equilibrium is one of the repeated game
        payoff = expected_payoffs(game, a)
        gains = [
            game.payoff(*a[:i], b, *a[i + 1 :])[i] - payoff[i] for i in range(2) for b in range(game.num_actions[i])
        ]
        if max(gains) <= 0:
            assert all(sum(x * y for x, y in zip(w, payoff, strict=True)) <= bound for w, bound in found.halfspaces)


def test_random_public_games() -> None:
    rng = random.Random(2)
    for _ in range(3):
        check_random_public_game(rng)


@pytest.mark.slow
def test_many_random_public_games() -> None:
    rng = random.Random(4)
    for _ in range(60):
        check_random_public_game(rng)


def test_mistakes_are_refused() -> None:
    three = Monitoring([[[1], [1], [1]], [[1], [1], [1]]])
    for ask in (
        lambda: public_perfect_payoffs(DILEMMA, three, "1/2"),
        lambda: limit_payoffs(DILEMMA, three),
        lambda: rank_conditions(DILEMMA, three, (0, 0)),
        lambda: public_score(DILEMMA, ALARM, (0, 0), (0, 0)),
        lambda: public_score(DILEMMA, ALARM, (0, 0), (1, math.nan)),
    ):
        with pytest.raises(SpecificationError):
            ask()


# -- minmax ------------------------------------------------------------------------------------------------------------


def test_three_kinds_of_minmax() -> None:
    """Matching pennies (1, 0, 0), and two punishers who must both name what the third names: 0, −1/4, −1/2."""
    pennies = NormalFormGame.zero_sum([[1, -1], [-1, 1]])
    assert [minmax(pennies, 0, strategies=s).value for s in ("pure", "mixed", "correlated")] == [1, 0, 0]
    match = [[[int(i == j == b) for b in range(2)] for j in range(2)] for i in range(2)]
    game = NormalFormGame([match, match, [[[-x for x in row] for row in part] for part in match]])
    pure, mixed, correlated = (minmax(game, 2, strategies=s) for s in ("pure", "mixed", "correlated"))
    assert (pure.value, correlated.value) == (0, F(-1, 2))
    assert mixed.lower <= F(-1, 4) <= mixed.upper
    assert mixed.upper - mixed.lower <= F(1, 10_000)
    assert mixed.certificate is not None
    assert mixed.certificate.verify(game)


@pytest.mark.parametrize("seed", range(4))
def test_independent_minmax_against_a_grid(seed: int) -> None:
    rng = random.Random(seed)
    game = NormalFormGame.from_function(lambda *_: [rng.randint(-3, 3) for _ in range(3)], (2, 2, 2))
    found = minmax(game, 0, strategies="mixed", gap="1/1000")
    steps = 24
    grid = min(
        max(
            sum(
                (p if b == 0 else steps - p) * (q if c == 0 else steps - q) * game.payoff(a, b, c)[0]
                for b, c in itertools.product(range(2), repeat=2)
            )
            for a in range(2)
        )
        for p, q in itertools.product(range(steps + 1), repeat=2)
    ) / F(steps**2)
    assert found.lower <= grid
    assert found.upper <= grid + F(6, 1000)
    held = [sum(x * game.payoff(a, *bc)[0] for bc, x in np.ndenumerate(found.punishment)) for a in range(2)]
    assert max(held) == found.upper


def test_a_bound_below_a_score_is_refused() -> None:
    import dataclasses

    found = limit_payoffs(DILEMMA, ALARM)
    (normal, bound), *others = found.halfspaces
    with pytest.raises(CertificateError):
        dataclasses.replace(found, halfspaces=((normal, bound - 1), *others)).verify()
