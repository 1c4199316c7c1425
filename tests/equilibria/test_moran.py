"""The Moran process against its closed formulas, published thresholds, and chains over whole populations."""

from __future__ import annotations

import itertools
import json
import math
import pickle
import random
from collections import Counter
from fractions import Fraction

import nashpy
import networkx
import numpy as np
import pytest
from oracles import moran as oracle

from gametheory.equilibria import (
    MoranProcess,
    absorption,
    fixation_probability,
    is_finite_population_stable,
    simulate_moran,
    small_mutation_limit,
    stationary_distribution,
    third_share_advantage,
    weak_selection_slope,
)
from gametheory.errors import SolverError, SpecificationError, UndecidedError, UnsupportedError
from gametheory.games import NormalFormGame

F = Fraction
RECIPROCITY = [[30, 9], [14, 10]]  # tit for tat and defection over ten rounds of 5 > 3 > 1 > 0


def symmetric(table, **labels) -> NormalFormGame:
    return NormalFormGame.symmetric(table, **labels)


def random_table(seed: int, m: int, low: int = 0, high: int = 6) -> list[list[int]]:
    rng = random.Random(seed)
    return [[rng.randint(low, high) for _ in range(m)] for _ in range(m)]


def product_formula(table, size: int, w, *, itself: bool = False, initial: int = 1):
    """ρ = Σ_{k<i} ∏γ / Σ_{k<N} ∏γ, as in Taylor et al. (2004)."""
    (a, b), (c, d) = table
    products = [F(1)]
    for k in range(1, size):
        mutants = F(a * (k - (not itself)) + b * (size - k), size - (not itself))
        residents = F(c * k + d * (size - k - (not itself)), size - (not itself))
        products.append(products[-1] * (1 - w + w * residents) / (1 - w + w * mutants))
    return sum(products[:initial]) / sum(products)


# -- two strategies ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("itself", [False, True])
def test_product_formula_exactly(seed: int, itself: bool) -> None:
    table, w = random_table(seed, 2, 1), F(seed + 1, 9)
    for size, initial in ((2, 1), (7, 1), (7, 4), (20, 19)):
        process = MoranProcess(symmetric(table), size, selection=w, self_interaction=itself)
        found = fixation_probability(process, 0, resident=1, initial=initial)
        assert found.probability == product_formula(table, size, w, itself=itself, initial=initial)
        floats = MoranProcess(symmetric(table), size, selection=float(w), self_interaction=itself)
        assert float(fixation_probability(floats, 0, resident=1, initial=initial)) == pytest.approx(
            float(found), rel=1e-12
        )


@pytest.mark.parametrize("r", [F(11, 10), F(2), F(1, 3)])
@pytest.mark.parametrize("size", [2, 10, 60])
def test_constant_fitness(r: Fraction, size: int) -> None:
    """Moran (1958): (1 − 1/r)/(1 − 1/r^N), and from i mutants (1 − 1/r^i)/(1 − 1/r^N)."""
    process = MoranProcess(symmetric([[str(r), str(r)], [1, 1]]), size)
    for i in {1, size // 2, size - 1}:
        assert fixation_probability(process, 0, resident=1, initial=i).probability == (1 - r**-i) / (1 - r**-size)


@pytest.mark.parametrize("size", [2, 3, 10, 40])
def test_neutral_drift(size: int) -> None:
    """1/N; N (N − 1) steps if fixed (Traulsen and Hauert 2009), whose mean with the others is Σ N/k."""
    process = MoranProcess(symmetric(random_table(1, 2)), size, selection=0)
    found = fixation_probability(process, 0, resident=1)
    assert found.probability == F(1, size) == found.neutral
    assert found.selection == "neutral"
    assert found.steps_to_fixation == size * (size - 1)
    assert found.steps == size * sum(F(1, k) for k in range(1, size))
    # A float just off the truth is still neutral; a real difference is not.
    floats = MoranProcess(symmetric([[1.0, 1.0], [1.0, 1.0]]), size)
    assert fixation_probability(floats, 0, resident=1).selection == "neutral"


@pytest.mark.parametrize("seed", range(6))
def test_times_against_whole_populations(seed: int) -> None:
    table, size = random_table(seed, 2, 1), 5
    w = F(1, 1 + seed % 3)
    chain = oracle.transitions(table, size, w=w)
    truth = oracle.fixation(chain, 2)
    process = MoranProcess(symmetric(table), size, selection=w)
    for i in range(1, size):
        won, lost, steps = truth[(0,) * i + (1,) * (size - i)]
        found = fixation_probability(process, 0, resident=1, initial=i)
        assert (found.probability, found.steps) == (won, steps)
        assert won * found.steps_to_fixation + lost * found.steps_to_extinction == steps
        # Given fixation, the chain moves as P(s, t) φ(t)/φ(s) (Doob): its expected steps solve another system.
        phi = {s: truth[s][0] for s in truth} | {(0,) * size: F(1), (1,) * size: F(0)}
        conditioned = {s: {t: p * phi[t] / phi[s] for t, p in chain[s].items() if phi[t]} for s in truth}
        conditioned |= {(k,) * size: {} for k in (0, 1)}
        assert found.steps_to_fixation == oracle.fixation(conditioned, 2)[(0,) * i + (1,) * (size - i)][2]


@pytest.mark.parametrize("seed", range(5))
def test_exponential_fitness(seed: int) -> None:
    table, size, w = random_table(seed, 2, -5, 5), 12, 0.3
    process = MoranProcess(symmetric(table), size, selection=w, fitness="exponential")
    gaps = [p[1] - p[0] for p in (process.payoffs((k, size - k)) for k in range(1, size))]
    expected = 1 / (1 + sum(math.exp(w * float(sum(gaps[:k], F(0)))) for k in range(1, size)))
    found = fixation_probability(process, 0, resident=1)
    assert float(found) == pytest.approx(expected, rel=1e-12)
    assert found.status == "numerical"


def test_strong_selection_neither_overflows_nor_cancels() -> None:
    """Two kinds that live well together: φ_k + φ_{N−k} = 1 by symmetry, and an end takes some e^(wN) steps."""
    for w, finite in ((2.0, True), (10.0, False), (400.0, False)):
        together = MoranProcess(symmetric([[0, 5], [5, 0]]), 100, selection=w, fitness="exponential")
        found = fixation_probability(together, 0, resident=1, initial=50)
        assert float(found) == pytest.approx(0.5, abs=1e-9)
        assert (found.steps < math.inf) == finite
        assert found.steps > 1e50
        json.dumps(found.to_dict(), allow_nan=False)
    hopeless = fixation_probability(
        MoranProcess(symmetric([[0, 0], [1, 1]]), 200, selection=2.0, fitness="exponential"), 0, resident=1
    )
    assert float(hopeless) == pytest.approx(math.exp(-2 * 199) * (1 - math.exp(-2)), rel=1e-9)
    three = MoranProcess(symmetric([[0, 5, 5], [5, 0, 5], [5, 5, 0]]), 60, selection=20.0, fitness="exponential")
    with pytest.raises(SolverError, match="mixed for so long"):
        absorption(three, [20, 20, 20])


@pytest.mark.parametrize("seed", range(6))
def test_weak_selection(seed: int) -> None:
    """The formula of Nowak et al. (2004), the difference quotient, and the one-third law as its limit."""
    table = random_table(seed, 2, 1, 9)
    (a, b), (c, d) = table
    game = symmetric(table)
    for size in (3, 10):
        slope = weak_selection_slope(MoranProcess(game, size), 0, resident=1)
        assert slope == F(a * (size - 2) + b * (2 * size - 1) - c * (size + 1) - d * (2 * size - 4), 6 * size)
        w = F(1, 10**9)
        near = fixation_probability(MoranProcess(game, size, selection=w), 0, resident=1).probability
        assert float((near - F(1, size)) / w) == pytest.approx(float(slope), abs=1e-6)
    large = weak_selection_slope(MoranProcess(game, 3_000), 0, resident=1)
    advantage = third_share_advantage(game, 0, resident=1)
    assert advantage == F(a + 2 * b - c - 2 * d, 3)
    assert float(large) == pytest.approx(float(advantage) / 2, abs=0.02)


def test_reciprocity_takes_over_from_four_individuals_on() -> None:
    """Nowak et al. (2004): a (N − 2) + b (2N − 1) > c (N + 1) + d (2N − 4), under weak selection, for tit for tat."""
    game = symmetric(RECIPROCITY, actions=["tit for tat", "defect"])
    answers = []
    for size in range(2, 9):
        process = MoranProcess(game, size, selection="1/10000")
        answers.append(fixation_probability(process, "tit for tat", resident="defect").selection)
    assert answers == ["opposes"] * 2 + ["favours"] * 5
    assert third_share_advantage(game, "tit for tat", resident="defect") > 0


@pytest.mark.parametrize("seed", range(12))
def test_finite_population_stability_is_its_definition(seed: int) -> None:
    table, size = random_table(seed, 3, 1), 6
    process = MoranProcess(symmetric(table), size, selection="1/3")
    for own in range(3):
        stable = True
        for other in {0, 1, 2} - {own}:
            mutant, resident = F(table[other][own]), F(table[own][other] + (size - 2) * table[own][own], size - 1)
            pair = [[table[i][j] for j in (other, own)] for i in (other, own)]
            stable &= mutant < resident and product_formula(pair, size, F(1, 3)) < F(1, size)
        verdict = is_finite_population_stable(process, own)
        assert bool(verdict) == stable
        assert stable == (verdict.witness is None)
    neutral = is_finite_population_stable(MoranProcess(symmetric(table), size, selection=0), 0)
    assert not neutral
    rounding = MoranProcess(symmetric([[1.0, 1.0], [1.0, 1.0 + 1e-15]]), size)
    with pytest.raises(UndecidedError):
        bool(is_finite_population_stable(rounding, 1))


# -- several strategies ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("seed", "itself"), [(0, False), (1, True), (2, False)])
def test_three_strategies_against_whole_populations(seed: int, itself: bool) -> None:
    table, size, w = random_table(seed, 3, 1), 4, F(2, 3)
    truth = oracle.fixation(oracle.transitions(table, size, w=w, itself=itself), 3)
    process = MoranProcess(symmetric(table), size, selection=w, self_interaction=itself)
    floats = MoranProcess(symmetric(table), size, selection=float(w), self_interaction=itself)
    for initial in ([2, 1, 1], [1, 1, 2], [0, 3, 1], [1, 0, 3]):
        population = tuple(a for a, count in enumerate(initial) for _ in range(count))
        found = absorption(process, initial)
        assert [*found.probabilities, found.steps] == truth[population]
        numbers = absorption(floats, initial)
        assert np.allclose([*numbers.probabilities, numbers.steps], [float(x) for x in truth[population]], rtol=1e-11)
        assert numbers.residual < 1e-12
    assert absorption(process, [0, 4, 0]).probabilities == (0, 1, 0)
    assert absorption(process, [0, 4, 0]).steps == 0


@pytest.mark.parametrize("seed", range(3))
def test_stationary_distribution_against_whole_populations(seed: int) -> None:
    m = 2 + seed % 2
    table, size, w, rate = random_table(seed, m, 1), {2: 4, 3: 3}[m], F(1, 2), F(1, 5)
    truth: Counter = Counter()
    for population, share in oracle.stationary(oracle.transitions(table, size, w=w, rate=rate)).items():
        truth[tuple(population.count(a) for a in range(m))] += share
    found = stationary_distribution(MoranProcess(symmetric(table), size, selection=w, mutation=rate))
    assert dict(zip(found.states, found.probabilities, strict=True)) == dict(truth)
    assert sum(found.abundances) == 1
    rows = [[1 - rate if a == b else rate / (m - 1) for b in range(m)] for a in range(m)]
    assert stationary_distribution(MoranProcess(symmetric(table), size, selection=w, mutation=rows)).probabilities == (
        found.probabilities
    )
    floats = stationary_distribution(MoranProcess(symmetric(table), size, selection=0.5, mutation=0.2))
    assert np.allclose(floats.probabilities, [float(p) for p in found.probabilities], atol=1e-13)
    peaked = MoranProcess(symmetric(table), size, selection=1.5, fitness="exponential", mutation=0.2)
    chain = oracle.transitions(table, size, w=1.5, exponential=True, rate=0.2)
    other: Counter = Counter()
    for population, share in oracle.stationary(chain).items():
        other[tuple(population.count(a) for a in range(m))] += share
    found = stationary_distribution(peaked)
    assert np.allclose(found.probabilities, [float(other[state]) for state in found.states], atol=1e-12)


@pytest.mark.parametrize("seed", range(4))
def test_rare_mutations(seed: int) -> None:
    """Fudenberg and Imhof (2006, Theorem 2): stationary distributions tend to the limit as mutation vanishes."""
    m, size = 3, 6
    game = symmetric(random_table(seed, m, 1))
    limit = small_mutation_limit(MoranProcess(game, size, selection="1/2"))
    far = None
    for rate in ("1/1000", "1/100000"):
        found = stationary_distribution(MoranProcess(game, size, selection="1/2", mutation=rate))
        distance = max(abs(x - y) for x, y in zip(found.abundances, limit.shares, strict=True))
        assert far is None or distance < far / 50
        far = distance
    assert far < F(1, 10_000)
    # The chain between monomorphic populations, balanced by hand.
    for j in range(m):
        out = sum(limit.shares[j] * limit.fixation[j][k] for k in range(m))
        assert out == sum(limit.shares[i] * limit.fixation[i][j] for i in range(m))


def test_rare_mutations_between_two_strategies() -> None:
    """ρ_AB/ρ_BA = ∏ f_k/g_k (Nowak et al. 2004), here with mutants of one kind twice as common."""
    game, size, w = symmetric(RECIPROCITY), 9, F(1, 10)
    process = MoranProcess(game, size, selection=w)
    ratio = F(1)
    for k in range(1, size):
        mutants, residents = process.payoffs((k, size - k))
        ratio *= (1 - w + w * mutants) / (1 - w + w * residents)
    first, second = small_mutation_limit(process).shares
    assert first / second == ratio
    table = MoranProcess(game, size, selection=w, mutation=[["99/100", "1/100"], ["2/100", "98/100"]])
    first, second = small_mutation_limit(table).shares
    assert first / second == 2 * ratio
    apart = MoranProcess(game, size, mutation=[[1, 0], [0, 1]])
    assert not apart.mutates
    with pytest.raises(UnsupportedError, match="falls apart"):
        small_mutation_limit(apart)


def test_neutral_drift_with_mutation_is_uniform_in_the_mean() -> None:
    """Without selection every strategy has the same share, and the limit of rare mutations is uniform."""
    process = MoranProcess(symmetric(random_table(3, 3)), 5, selection=0, mutation="1/7")
    assert stationary_distribution(process).abundances == (F(1, 3),) * 3
    assert small_mutation_limit(process).shares == (F(1, 3),) * 3


# -- simulation --------------------------------------------------------------------------------------------------------


def test_runs_agree_with_the_chain() -> None:
    table, initial = random_table(5, 3, 1), [3, 3, 2]
    process = MoranProcess(symmetric(table), 8, selection="2/3")
    exact = absorption(process, initial)
    found = simulate_moran(process, initial, num_runs=10_000, rng=1)
    for (low, high), p in zip(found.fixation_intervals(0.999), exact.probabilities, strict=True):
        assert low < p < high
        assert high - low < 0.04
    low, high = found.steps_interval(0.999)
    assert low < exact.steps < high
    assert found.unfinished == 0
    assert sum(found.fixed) == 10_000


@pytest.mark.parametrize("fitness", ["linear", "exponential"])
def test_runs_with_mutation_agree_with_the_stationary_distribution(fitness) -> None:
    process = MoranProcess(symmetric(random_table(6, 3, 1)), 8, selection=0.4, fitness=fitness, mutation=0.05)
    exact = stationary_distribution(process).abundances
    found = simulate_moran(process, [8, 0, 0], num_runs=200, rng=2, max_steps=20_000, burn_in=2_000)
    for (low, high), share in zip(found.abundance_intervals(0.999), exact, strict=True):
        assert low < share < high
    assert (found.steps == 20_000).all()


@pytest.mark.parametrize("update", ["birth-death", "death-birth"])
@pytest.mark.parametrize(
    ("name", "graph"),
    [
        ("path", networkx.path_graph(5)),
        ("star", networkx.star_graph(4)),
        ("paw", networkx.Graph([(0, 1), (1, 2), (2, 0), (2, 3)])),
    ],
)
@pytest.mark.parametrize("payoffs", ["mean", "sum"])
def test_runs_on_graphs_agree_with_whole_populations(update, name, graph, payoffs) -> None:
    table, size, w = [[3, 1], [4, 2]], graph.number_of_nodes(), 0.5
    neighbours = [list(graph.adj[v]) for v in range(size)]
    chain = oracle.transitions(
        table, size, w=w, neighbours=neighbours, sums=payoffs == "sum", death_first=update == "death-birth"
    )
    truth = oracle.fixation(chain, 2)
    starts = [population for population in truth if population.count(0) == 2]
    won, steps = (sum(truth[s][k] for s in starts) / len(starts) for k in (0, 2))
    process = MoranProcess(symmetric(table), size, selection=w)
    found = simulate_moran(process, [2, size - 2], num_runs=20_000, rng=3, graph=graph, update=update, payoffs=payoffs)
    low, high = found.fixation_intervals(0.999)[0]
    assert low < won < high
    low, high = found.steps_interval(0.999)
    assert low < steps < high


def test_mutation_on_a_graph_and_against_itself() -> None:
    graph, size = networkx.cycle_graph(4), 4
    chain = oracle.transitions(
        RECIPROCITY, size, w=0.1, rate=0.1, itself=True, neighbours=[list(graph.adj[v]) for v in range(size)]
    )
    share = sum(p * population.count(0) for population, p in oracle.stationary(chain).items()) / size
    process = MoranProcess(symmetric(RECIPROCITY), size, selection=0.1, mutation=0.1, self_interaction=True)
    found = simulate_moran(process, [2, 2], num_runs=300, rng=4, max_steps=5_000, burn_in=500, graph=graph)
    low, high = found.abundance_intervals(0.999)[0]
    assert low < share < high


def test_isothermal_theorem_and_a_star() -> None:
    """Lieberman et al. (2005): regular graphs do not change constant selection; large stars nearly square r."""
    process = MoranProcess(symmetric([["3/2", "3/2"], [1, 1]]), 20)
    plain = float(fixation_probability(process, 0, resident=1))
    for graph in (networkx.cycle_graph(20), networkx.random_regular_graph(3, 20, seed=1)):
        low, high = simulate_moran(process, [1, 19], num_runs=4_000, rng=5, graph=graph).fixation_intervals(0.999)[0]
        assert low < plain < high
    low, _ = simulate_moran(
        process, [1, 19], num_runs=4_000, rng=5, graph=networkx.star_graph(19)
    ).fixation_intervals()[0]
    assert low > plain + 0.03


def test_same_seed_same_runs_and_values() -> None:
    process = MoranProcess(symmetric(RECIPROCITY), 10, selection="1/10")
    first, again, other = (simulate_moran(process, [5, 5], num_runs=200, rng=seed) for seed in (1, 1, 2))
    assert first == again == pickle.loads(pickle.dumps(first))  # noqa: S301  # our own bytes
    assert hash(first) == hash(again)
    assert first != other
    assert first != "another thing"
    cut = simulate_moran(process, [5, 5], num_runs=50, rng=1, max_steps=3)
    assert cut.unfinished == 50
    assert (cut.steps == 3).all()
    with pytest.raises(UnsupportedError, match="max_steps"):
        cut.fixation_intervals()


def test_intervals_are_those_of_clopper_and_pearson() -> None:
    """The ends are where the observed count, or a rarer one, has probability 2.5 %."""
    process = MoranProcess(symmetric(RECIPROCITY), 4, selection="1/10")
    found = simulate_moran(process, [2, 2], num_runs=40, rng=0)
    k, n = found.fixed[0], 40
    low, high = found.fixation_intervals(0.95)[0]
    assert sum(math.comb(n, j) * low**j * (1 - low) ** (n - j) for j in range(k, n + 1)) == pytest.approx(0.025)
    assert sum(math.comb(n, j) * high**j * (1 - high) ** (n - j) for j in range(k + 1)) == pytest.approx(0.025)
    sure = simulate_moran(process, [4, 0], num_runs=40, rng=0)
    assert sure.fixation_intervals()[0][1] == 1.0
    assert sure.fixation_intervals()[1][0] == 0.0
    assert sure.shares[:, 0].tolist() == [1.0] * 40


def test_beside_nashpy() -> None:
    """Without mutation nashpy simulates the same process (its scores are sums, which at w = 1 is the same)."""
    table = [[3, 1], [4, 2]]
    exact = fixation_probability(MoranProcess(symmetric(table), 5), 0, resident=1, initial=2).probability
    np.random.seed(0)  # noqa: NPY002  # nashpy draws from the global state
    runs = nashpy.Game(np.array(table), np.array(table).T).fixation_probabilities(
        initial_population=np.array([0, 0, 1, 1, 1]), repetitions=400
    )
    share = sum(p for population, p in runs.items() if set(population) == {0})
    assert abs(share - exact) < 4 * math.sqrt(exact * (1 - exact) / 400)


# -- forms and refusals ------------------------------------------------------------------------------------------------


def test_results_are_shown_without_harm() -> None:
    pytest.importorskip("pandas")
    labels = ["<script>", "<b>x", "y"]
    game = symmetric(random_table(1, 3, 1), actions=labels)
    still, moving = MoranProcess(game, 5), MoranProcess(game, 5, mutation="1/9")
    results = [
        fixation_probability(still, 0, resident=1),
        absorption(still, [2, 2, 1]),
        stationary_distribution(moving),
        small_mutation_limit(still),
        simulate_moran(still, [2, 2, 1], num_runs=20, rng=0),
        simulate_moran(moving, [2, 2, 1], num_runs=20, rng=0, max_steps=50),
    ]
    for result in results:
        json.dumps(result.to_dict(), allow_nan=False)
        assert "<script>" not in result._repr_html_()
        assert "\n" not in repr(result)
        assert len(result.to_frame()) >= 2
        assert pickle.loads(pickle.dumps(result)) == result  # noqa: S301  # our own bytes
        hash(result)
        assert "exact" in repr(result) or "numerical" in repr(result)
    assert MoranProcess(game, 5) == still != moving


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"population_size": 1}, "population_size"),
        ({"population_size": True}, "population_size"),
        ({"selection": "3/2"}, "selection"),
        ({"selection": -1, "fitness": "exponential"}, "selection"),
        ({"selection": float("nan")}, "selection"),
        ({"fitness": "log"}, "fitness"),
        ({"self_interaction": 1}, "self_interaction"),
        ({"mutation": 1.5}, "mutation"),
        ({"mutation": [[1, 0]]}, "mutation"),
        ({"mutation": [["1/2", "1/3"], [0, 1]]}, "mutation"),
        ({"game": symmetric([[-1, 2], [0, 1]])}, "negative"),
        ({"game": NormalFormGame.zero_sum([[1, 2], [3, 4]])}, "symmetric"),
    ],
)
def test_refusals_of_processes(options, message: str) -> None:
    good = {"game": symmetric(RECIPROCITY), "population_size": 5}
    given = {**good, **options}
    with pytest.raises(SpecificationError, match=message):
        MoranProcess(given.pop("game"), given.pop("population_size"), **given)


def test_refusals_of_questions() -> None:
    process, moving = MoranProcess(symmetric(RECIPROCITY), 5), MoranProcess(symmetric(RECIPROCITY), 5, mutation=0.1)
    for call, error, message in (
        (lambda: fixation_probability(process, 0, resident=0), SpecificationError, "two different"),
        (lambda: fixation_probability(process, 0, resident=1, initial=5), SpecificationError, "initial"),
        (lambda: fixation_probability(moving, 0, resident=1), UnsupportedError, "mutation"),
        (lambda: absorption(moving, [2, 3]), UnsupportedError, "mutation"),
        (lambda: absorption(process, [2, 2]), SpecificationError, "sum to 5"),
        (lambda: stationary_distribution(process), UnsupportedError, "mutation"),
        (lambda: simulate_moran(process, [2, 3], num_runs=1, rng=0), SpecificationError, "num_runs"),
        (
            lambda: simulate_moran(process, [2, 3], num_runs=9, rng=0, burn_in=9, max_steps=9),
            SpecificationError,
            "burn",
        ),
        (lambda: simulate_moran(process, [2, 3], num_runs=9, rng=0, update="death-birth"), SpecificationError, "graph"),
        (lambda: simulate_moran(process, [2, 3], num_runs=9, rng=None), SpecificationError, "rng"),
    ):
        with pytest.raises(error, match=message):
            call()
    wide = MoranProcess(symmetric(random_table(0, 3, 1)), 60)
    with pytest.raises(UnsupportedError, match="1,891 states"):
        absorption(wide, [20, 20, 20])
    weighted = networkx.cycle_graph(5)
    weighted.edges[0, 1]["weight"] = 2
    for graph in (networkx.DiGraph([(0, 1)]), networkx.cycle_graph(4), networkx.empty_graph(5), weighted, [[0]]):
        with pytest.raises(SpecificationError, match="graph"):
            simulate_moran(process, [2, 3], num_runs=9, rng=0, graph=graph)
    steep = MoranProcess(symmetric([[1, "-1/2"], [1, 1]]), 5, selection="1/2")
    with pytest.raises(SpecificationError, match="negative"):
        simulate_moran(steep, [2, 3], num_runs=9, rng=0, graph=networkx.star_graph(4), payoffs="sum")


def test_nobody_reproduces() -> None:
    """Fitness zero: of one strategy it never wins, of both where they meet nothing is defined."""
    barren = MoranProcess(symmetric([[0, 0], [1, 1]]), 4)
    found = fixation_probability(barren, 0, resident=1)
    assert (found.probability, found.steps_to_fixation) == (0, None)
    assert fixation_probability(barren, 1, resident=0).probability == 1
    dead = MoranProcess(symmetric([[0, 0], [0, 0]]), 4)
    for call in (
        lambda: fixation_probability(dead, 0, resident=1),
        lambda: simulate_moran(dead, [2, 2], num_runs=5, rng=0),
        lambda: simulate_moran(dead, [2, 2], num_runs=5, rng=0, graph=networkx.cycle_graph(4)),
    ):
        with pytest.raises(SpecificationError, match="fitness"):
            call()


def test_counts_are_all_there() -> None:
    process = MoranProcess(symmetric(random_table(2, 4, 1)), 5, mutation="1/3")
    states = stationary_distribution(process).states
    assert sorted(states) == sorted(s for s in itertools.product(range(6), repeat=4) if sum(s) == 5)
