"""Logit quantal responses: closed forms, theorems, recovery of the precision, recorded play."""

from __future__ import annotations

import csv
import math
from collections import Counter
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from gametheory.equilibria import fit_quantal_response, quantal_response_branch, quantal_response_equilibrium
from gametheory.equilibria.logit_path import payoff_slopes, payoff_tables
from gametheory.errors import SolverError, SpecificationError, UnsupportedError
from gametheory.games import NormalFormGame, regrets

PRISONERS = NormalFormGame.symmetric([[2, 0], [3, 1]], actions=["C", "D"])  # cooperating always costs 1
STAG_HUNT = NormalFormGame.symmetric([[4, 0], [3, 3]], actions=["stag", "hare"])


def response_error(game: NormalFormGame, profile: tuple[np.ndarray, ...], precision: float) -> float:
    """Largest |σ_i(a) − logit response|, from the definition and the whole table of payoffs."""
    worst = 0.0
    for i in range(game.num_players):
        scores = np.zeros(game.num_actions[i])
        for a in np.ndindex(*game.num_actions):
            weight = math.prod(profile[j][k] for j, k in enumerate(a) if j != i)
            scores[a[i]] += weight * float(game.payoff(*a)[i])
        odds = np.exp(precision * (scores - scores.max()))
        worst = max(worst, float(np.abs(odds / odds.sum() - profile[i]).max()))
    return worst


@pytest.mark.parametrize("precision", [0.0, 0.3, 1.0, math.log(4), 5.0, 20.0])
def test_dominance_has_a_closed_form(precision: float) -> None:
    q = quantal_response_equilibrium(PRISONERS, precision)
    for vector in q.profile:
        assert vector[0] == pytest.approx(1 / (1 + math.exp(precision)), rel=1e-11)
    assert q.residual < 1e-12
    assert q.status == "numerical"
    assert q.precision == precision


def test_one_player_is_a_softmax() -> None:
    q = quantal_response_equilibrium(NormalFormGame([["0", "1/2", "2"]]), 1.5)
    odds = np.exp(1.5 * np.array([0, 0.5, 2]))
    assert q.profile[0] == pytest.approx(odds / odds.sum(), rel=1e-12)
    assert q.payoffs[0] == pytest.approx(float(odds @ [0, 0.5, 2] / odds.sum()), rel=1e-12)


@pytest.mark.parametrize(
    ("game", "x"),
    [
        # With payoffs a, b / c, d the first action is x times better at p: Δ(p) = p (a − c) + (1 − p)(b − d).
        (STAG_HUNT, 0.3),
        (STAG_HUNT, 0.05),
        (NormalFormGame.symmetric([[0, 7], [2, 6]]), 0.4),  # chicken: to the symmetric equilibrium p = 1/3
    ],
)
def test_symmetric_games_have_a_closed_inverse(game: NormalFormGame, x: float) -> None:
    """On the symmetric branch λ = log(p / (1 − p)) / Δ(p), and Δ keeps its sign between uniform play and p = x."""
    a, b, c, d = (float(game.payoff(i, j)[0]) for i in (0, 1) for j in (0, 1))
    precision = math.log(x / (1 - x)) / (x * (a - c) + (1 - x) * (b - d))
    q = quantal_response_equilibrium(game, precision)
    assert q.profile[0][0] == pytest.approx(x, abs=1e-10)
    assert q.profile[1][0] == pytest.approx(x, abs=1e-10)


@pytest.mark.parametrize("sizes", [(2, 2), (3, 4), (2, 2, 2), (3, 3, 3), (2, 3, 2, 2)])
def test_definition_and_regret(sizes: tuple[int, ...]) -> None:
    """σ is the logit response to itself, and no regret exceeds log(m_i) / λ (entropy is at most log m)."""
    rng = np.random.default_rng(len(sizes))
    for _ in range(3):
        game = NormalFormGame(rng.integers(-9, 10, size=(len(sizes), *sizes)))
        for precision in (0.05, 0.5, 5.0):
            q = quantal_response_equilibrium(game, precision)
            assert response_error(game, q.profile, precision) < 1e-11
            assert q.residual < 1e-10
            for r, m in zip(regrets(game, q.profile), sizes, strict=True):
                assert float(r) <= math.log(m) / precision + 1e-9


def test_units_of_precision() -> None:
    """Payoffs times c and precision over c is the same play; adding constants changes nothing."""
    rng = np.random.default_rng(8)
    table = rng.random((3, 2, 3, 2))
    plain = quantal_response_equilibrium(NormalFormGame(table), 4.0)
    scaled = quantal_response_equilibrium(NormalFormGame(table * 1e-9), 4e9)
    shifted = quantal_response_equilibrium(NormalFormGame(table + 2.0**20), 4.0)
    for p, q, r in zip(plain.profile, scaled.profile, shifted.profile, strict=True):
        assert q == pytest.approx(p, abs=1e-10)
        assert r == pytest.approx(p, abs=1e-8)


def test_uniform_play_at_zero_and_nash_at_infinity() -> None:
    game = NormalFormGame.zero_sum([[0, -1, 2], [1, 0, -1], [-1, 1, 0]])
    start = quantal_response_equilibrium(game, 0)
    assert all(vector == pytest.approx(1 / 3) for vector in start.profile)
    end = quantal_response_equilibrium(game, 5000.0)
    assert end.profile[0] == pytest.approx([1 / 4, 5 / 12, 1 / 3], abs=1e-3)
    assert end.profile[1] == pytest.approx([1 / 3, 5 / 12, 1 / 4], abs=1e-3)
    # The stag hunt's branch selects the risk-dominant equilibrium: hare is better against uniform play.
    assert quantal_response_equilibrium(STAG_HUNT, 50.0).profile[0][1] > 0.999


def test_the_branch_can_turn_back() -> None:
    """A coordination game whose selected equilibrium changes abruptly: λ rises, falls and rises along the branch."""
    # Player 1 prefers the first action by little until player 2 has moved far towards it.
    found = [
        quantal_response_branch(NormalFormGame(np.random.default_rng(seed).integers(-5, 6, size=(3, 3, 3, 3))))
        for seed in range(12)
    ]
    assert any(branch.turns >= 2 for branch in found)
    for branch in found:
        assert branch.turns % 2 == 0  # it starts and ends rising
        assert branch.residual < 1e-9
        assert branch.precisions[0] == 0
        for vectors in branch.profiles:
            assert np.abs(np.diff(vectors, axis=0)).max() < 0.15
            assert vectors.sum(axis=1) == pytest.approx(1)
    turning = next(branch for branch in found if branch.turns >= 2)
    k = int(np.argmax(np.diff(turning.precisions) < 0))  # the first point after which λ falls
    precision = 0.99 * float(turning.precisions[k])
    first = quantal_response_equilibrium(turning.game, precision)
    assert response_error(turning.game, first.profile, precision) < 1e-11
    before = [tuple(v[j] for v in turning.profiles) for j in range(k + 1)]
    assert min(max(np.abs(p - q).max() for p, q in zip(first.profile, point, strict=True)) for point in before) < 0.05


def test_derivatives_of_payoffs() -> None:
    """The contraction's derivatives against central differences."""
    rng = np.random.default_rng(0)
    for sizes in [(3,), (2, 3), (2, 3, 4), (2, 2, 3, 2)]:
        payoffs = rng.normal(size=(len(sizes), *sizes))
        tables = payoff_tables(payoffs)
        p = rng.random(tables.starts[-1])
        u, slopes = payoff_slopes(tables, p)
        for k in range(len(p)):
            step = np.zeros(len(p))
            step[k] = 1e-6
            change = (payoff_slopes(tables, p + step)[0] - payoff_slopes(tables, p - step)[0]) / 2e-6
            assert slopes[:, k] == pytest.approx(change, abs=1e-8)
        assert len(u) == sum(sizes)


# -- fits --------------------------------------------------------------------------------------------------------------


def test_the_estimate_has_a_closed_form_under_dominance() -> None:
    fit = fit_quantal_response(PRISONERS, [[20, 80], [20, 80]])
    assert fit.precision == pytest.approx(math.log(4), rel=1e-9)
    assert fit.boundary == "none"
    assert fit.log_likelihood == pytest.approx(40 * math.log(0.2) + 160 * math.log(0.8))
    assert fit.log_likelihood == pytest.approx(fit.log_likelihood_frequencies)
    assert fit.log_likelihood_uniform == pytest.approx(200 * math.log(0.5))
    # The ends lose 3.841459 / 2 (χ² with one degree of freedom at 95 %).
    for end in fit.interval:
        loss = fit.log_likelihood - 40 * math.log(1 / (1 + math.exp(end))) - 160 * math.log(1 / (1 + math.exp(-end)))
        assert loss == pytest.approx(3.841458820694124 / 2, rel=1e-6)
    assert fit.interval[0] < fit.precision < fit.interval[1]
    wider = fit_quantal_response(PRISONERS, [[20, 80], [20, 80]], confidence=0.99)
    assert wider.interval[0] < fit.interval[0] < fit.interval[1] < wider.interval[1]


def test_estimates_at_the_ends() -> None:
    against = fit_quantal_response(PRISONERS, [[80, 20], [70, 30]])
    assert (against.precision, against.boundary, against.interval[0]) == (0.0, "zero", 0.0)
    assert against.log_likelihood == against.log_likelihood_uniform
    perfect = fit_quantal_response(PRISONERS, [[0, 100], [0, 100]])
    assert perfect.boundary == "end"
    assert math.isinf(perfect.interval[1])
    # 200 choices without an error: 200 log(1 + e^−λ) = 3.84 / 2.
    assert perfect.interval[0] == pytest.approx(-math.log(math.expm1(3.841458820694124 / 400)), rel=1e-6)
    assert perfect.to_dict()["interval"][1] is None


@pytest.mark.parametrize("seed", [0, 1])
def test_the_precision_is_recovered_from_simulated_play(seed: int) -> None:
    """The interval at 95 % holds the truth in most of 30 samples, and the estimate is near it with many choices."""
    rng = np.random.default_rng(seed)
    table = rng.integers(0, 10, size=(3, 2, 2, 2)) if seed else rng.integers(0, 10, size=(2, 3, 3))
    game = NormalFormGame(table)
    truth = 0.4
    q = quantal_response_equilibrium(game, truth)
    hits = 0
    for _ in range(30):
        counts = [rng.multinomial(200, vector) for vector in q.profile]
        fit = fit_quantal_response(game, counts, max_precision=10.0)
        hits += fit.interval[0] <= truth <= fit.interval[1]
        assert fit.log_likelihood >= sum(float(c @ np.log(v)) for c, v in zip(counts, q.profile, strict=True)) - 1e-9
        assert fit.log_likelihood <= fit.log_likelihood_frequencies + 1e-9
    assert hits >= 24  # 28.5 expected; fewer than 24 has a chance below one in a thousand
    many = fit_quantal_response(game, [rng.multinomial(10**6, vector) for vector in q.profile], max_precision=10.0)
    assert many.precision == pytest.approx(truth, rel=0.02)


def test_a_fit_is_the_best_point_of_a_fine_grid() -> None:
    rng = np.random.default_rng(5)
    for _ in range(5):
        game = NormalFormGame(rng.integers(0, 8, size=(2, 2, 3)))
        counts = [rng.integers(0, 40, size=2) + 1, rng.integers(0, 40, size=3) + 1]
        fit = fit_quantal_response(game, counts, max_precision=20.0)
        branch = quantal_response_branch(game, max_precision=20.0, max_change=0.002)
        grid = sum(np.log(table) @ own for table, own in zip(branch.profiles, counts, strict=True))
        assert fit.log_likelihood >= grid.max() - 1e-9
        assert fit.log_likelihood == pytest.approx(grid.max(), abs=1e-3)
        likely = branch.precisions[grid >= grid.max() - 3.841458820694124 / 2]
        step = np.diff(branch.precisions).max()
        assert fit.interval[0] == pytest.approx(likely.min(), abs=step)
        assert math.isinf(fit.interval[1]) or fit.interval[1] == pytest.approx(likely.max(), abs=step)


def test_recorded_play_of_language_models(data_folder: Path) -> None:
    """E. Akata et al. (2025), ten rounds of each of 144 games for each of 25 pairs of models: first rounds pooled."""
    folder = data_folder / "llm-2x2-games"
    with (folder / "games.csv").open(encoding="utf-8-sig") as file:
        games = {row["game_number"]: row for row in csv.DictReader(file, delimiter=";")}
    counts: Counter[tuple[str, int, int]] = Counter()
    with (folder / "rounds.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["game_number"] not in ("1", "40", "56", "100"):
                continue
            for player in (0, 1):
                first = row[f"answer{player + 1}"] == row["choice_option1"]
                counts[row["game_number"], player, 0 if first else 1] += 1
    for number in ("1", "40", "56", "100"):
        row = games[number]
        table = [[[int(row[f"r{r}_c{c}_p{p}"]) for c in (1, 2)] for r in (1, 2)] for p in (1, 2)]
        game = NormalFormGame(table)
        observed = [[counts[number, player, k] for k in (0, 1)] for player in (0, 1)]
        assert sum(map(sum, observed)) == 500
        fit = fit_quantal_response(game, observed)
        assert fit.num_observations == 500
        assert fit.log_likelihood_uniform <= fit.log_likelihood <= fit.log_likelihood_frequencies
        assert fit.interval[0] <= fit.precision <= fit.interval[1]
        assert response_error(game, fit.response.profile, fit.precision) < 1e-9


# -- displays and refusals ---------------------------------------------------------------------------------------------


def test_displays() -> None:
    game = NormalFormGame.symmetric([[2, 0], [3, 1]], actions=["<C>", "D"])
    q = quantal_response_equilibrium(game, math.log(4))
    assert "numerical" in repr(q)
    assert "&lt;C&gt;" in q._repr_html_()
    assert q.to_frame()["probability"].tolist() == pytest.approx([0.2, 0.8, 0.2, 0.8])
    assert q.to_dict()["precision"] == math.log(4)
    branch = quantal_response_branch(game, max_precision=2.0)
    assert "numerical" in repr(branch)
    assert "&lt;C&gt;" in branch._repr_html_()
    assert len(branch.to_frame()) == len(branch) == len(branch.to_dict()["precisions"])
    assert branch.precisions[-1] == pytest.approx(2.0)
    fit = fit_quantal_response(game, [[2, 8], [2, 8]])
    assert "numerical" in repr(fit)
    assert "&lt;C&gt;" in fit._repr_html_()
    assert fit.to_frame()["observed"].tolist() == [0.2, 0.8, 0.2, 0.8]
    with pytest.raises(ValueError, match="read-only"):
        q.profile[0][0] = 1.0


def test_refusals() -> None:
    for bad in (-1, math.nan, math.inf, True, "1", None):
        with pytest.raises(SpecificationError, match="precision"):
            quantal_response_equilibrium(PRISONERS, bad)  # type: ignore[arg-type]
    for counts, words in [
        ([[1, 2]], "2 lists"),
        ([[1, 2], [1, 2, 3]], r"counts\[1\]"),
        ([[1, 2], [1, -2]], r"counts\[1\]\[1\]"),
        ([[1, 2], [1, 0.5]], r"counts\[1\]\[1\]"),
        ([[0, 0], [0, 0]], "all are zero"),
        ([[True, 1], [1, 1]], r"counts\[0\]\[0\]"),
    ]:
        with pytest.raises(SpecificationError, match=words):
            fit_quantal_response(PRISONERS, counts)  # type: ignore[arg-type]
    with pytest.raises(SpecificationError, match="confidence"):
        fit_quantal_response(PRISONERS, [[1, 2], [1, 2]], confidence=1.0)
    with pytest.raises(SpecificationError, match="max_change"):
        quantal_response_branch(PRISONERS, max_change=0.5)
    with pytest.raises(SolverError, match="max_points") as stopped:
        quantal_response_branch(STAG_HUNT, max_points=5)
    assert len(stopped.value.best) == 5
    sympy = pytest.importorskip("sympy")
    with pytest.raises(UnsupportedError, match="free symbols"):
        quantal_response_equilibrium(NormalFormGame([[sympy.Symbol("a"), 1]]), 1.0)


def test_constant_payoffs_stay_uniform() -> None:
    game = NormalFormGame([[[1, 1], [1, 1]], [[Fraction(2), 2], [2, 2]]])
    q = quantal_response_equilibrium(game, 7.0)
    assert all(v == pytest.approx(0.5) for v in q.profile)
