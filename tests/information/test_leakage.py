"""Vulnerability, capacity of guesses, and what coalitions of observers learn."""

from __future__ import annotations

import math
import pickle
from fractions import Fraction as F
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from oracles.leakage import pooled, posterior

from gametheory.errors import InfeasibleError, SpecificationError
from gametheory.games import Monitoring
from gametheory.information.distributions import Channel
from gametheory.information.leakage import (
    channel_leakage,
    min_capacity,
    multiplicative_bayes_capacity,
    posterior_vulnerability,
    prior_vulnerability,
)
from gametheory.information.leakage_coalitions import (
    coalition_vulnerability,
    leakage_by_size,
    smallest_leaking_coalition,
)
from gametheory.information.refinement import deficiency, is_refined_by, post_processing, refinement_programme

HALF = [F(1, 2), F(1, 2)]
NOISY = [[F(7, 10), F(3, 10)], [F(3, 10), F(7, 10)]]


def distribution(rng: np.random.Generator, size: int, *, zeros: float = 0.2) -> list[F]:
    weights = [int(w) * (rng.random() >= zeros) for w in rng.integers(1, 9, size)]
    if not sum(weights):
        weights[0] = 1
    return [F(int(w), int(sum(weights))) for w in weights]


def channel(rng: np.random.Generator, n: int, m: int) -> list[list[F]]:
    return [distribution(rng, m) for _ in range(n)]


def gains(rng: np.random.Generator, actions: int, n: int) -> list[list[F]]:
    return [[F(int(v), 3) for v in rng.integers(-4, 7, n)] for _ in range(actions)]


@pytest.mark.parametrize("seed", range(15))
def test_vulnerability_is_the_best_strategy(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n, m, k = rng.integers(1, 4, 3)
    prior, table, gain = distribution(rng, n), channel(rng, n, m), gains(rng, k, n)
    assert posterior_vulnerability(prior, table, gain=gain) == posterior(prior, table, gain)
    assert prior_vulnerability(prior, gain=gain) == posterior(prior, [[F(1)]] * n, gain)
    identity = [[F(int(x == w)) for x in range(n)] for w in range(n)]
    assert posterior_vulnerability(prior, table) == posterior(prior, table, identity)


@pytest.mark.parametrize("seed", range(15))
def test_theorems_about_leakage(seed: int) -> None:
    """Leakage is not negative; post-processing takes from it; no ratio exceeds the Bayes capacity (miracle theorem)."""
    rng = np.random.default_rng(100 + seed)
    n, m = int(rng.integers(2, 5)), int(rng.integers(1, 5))
    prior, table, gain = distribution(rng, n), Channel(channel(rng, n, m)), gains(rng, 3, n)
    after = table.cascade(Channel(channel(rng, m, 3)))
    found = channel_leakage(prior, table, gain=gain)
    assert found.additive >= 0
    assert posterior_vulnerability(prior, after, gain=gain) <= found.posterior_vulnerability
    positive = [[abs(g) for g in row] for row in gain] + [[F(1)] * n]
    ratio = channel_leakage(prior, table, gain=positive).multiplicative
    capacity = multiplicative_bayes_capacity(table)
    assert ratio <= capacity
    assert channel_leakage([F(1, n)] * n, table).multiplicative == capacity
    assert multiplicative_bayes_capacity(after) <= capacity


def test_smiths_programs() -> None:
    """G. Smith 2009: both programs leak Θ(1) and k bits of Shannon's kind, but their risks are far apart.

    With 6 bits: "if H mod 8 = 0 then O = H else O = 1" and "O = H & 0…011" with k = 2 bits kept.
    """
    secrets = 64
    first = [[int(o == (h if h % 8 == 0 else 1)) for o in range(secrets)] for h in range(secrets)]
    second = [[int(o == h % 4) for o in range(4)] for h in range(secrets)]
    uniform = [F(1, secrets)] * secrets
    assert posterior_vulnerability(uniform, first) == F(9, 64)
    assert posterior_vulnerability(uniform, second) == F(1, 16)
    assert min_capacity(second) == 2.0
    assert math.isclose(channel_leakage(uniform, first).bits, math.log2(9))


def test_ratio_needs_a_positive_prior_vulnerability() -> None:
    found = channel_leakage(HALF, NOISY, gain=[[-1, 1]])
    assert found.additive == 0
    with pytest.raises(SpecificationError, match="additive leakage"):
        _ = found.multiplicative


def test_results_of_leakage_are_values() -> None:
    found = channel_leakage(HALF, NOISY)
    assert pickle.loads(pickle.dumps(found)) == found == channel_leakage(HALF, Channel(NOISY))  # noqa: S301  # our own bytes
    assert found.to_dict()["posterior_vulnerability"] == "7/10"
    assert found.to_frame()["action"].tolist() == [0, 1]
    monitoring = Monitoring([["7/10", "3/10"], ["3/10", "7/10"]])
    assert channel_leakage(HALF, monitoring).posterior_vulnerability == F(7, 10)
    assert "7/10" in found._repr_html_()


@pytest.mark.parametrize(
    ("prior", "gain"),
    [
        ([F(1, 2)], None),
        ([F(1, 3)] * 3, None),
        (HALF, [[1, 2, 3]]),
        (HALF, [1, 2]),
        (HALF, [[math.nan, 1]]),
        ([1, 1], None),
    ],
)
def test_malformed_questions_are_refused(prior: Any, gain: Any) -> None:
    with pytest.raises(SpecificationError):
        channel_leakage(prior, NOISY, gain=gain)


# -- coalitions --------------------------------------------------------------------------------------------------------


def majority(k: int, p: F) -> F:
    return sum((math.comb(k, j) * p**j * (1 - p) ** (k - j) for j in range(k // 2 + 1, k + 1)), F(0))


def test_majorities_of_noisy_observers() -> None:
    """Independent looks at a bit: the majority is the best guess, an even observer adds nothing (Condorcet)."""
    found = leakage_by_size(HALF, [NOISY] * 50, outputs="independent")
    for k in range(1, 51, 2):
        assert found[k] == majority(k, F(7, 10))
        assert k == 1 or found[k - 1] == found[k - 2]
    published = {1: ".7", 3: ".784", 5: ".83692", 7: ".873964", 9: ".901191"}
    assert all(abs(found[k] - F(v)) < F(1, 10**6) for k, v in published.items())
    assert found[0] == F(1, 2)
    assert found.coalitions[2] == frozenset({0, 1, 2})
    members, value = smallest_leaking_coalition(HALF, [NOISY] * 50, "9/10", outputs="independent")
    assert (len(members), value) == (9, majority(9, F(7, 10)))


@pytest.mark.parametrize("seed", range(10))
def test_coalitions_of_unequal_observers(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n, k = int(rng.integers(2, 4)), 4
    kinds = [channel(rng, n, int(rng.integers(1, 4))) for _ in range(3)]
    observers = [kinds[int(i)] for i in rng.integers(0, 3, k)]
    prior, gain = distribution(rng, n), gains(rng, 2, n)
    values = {
        s: coalition_vulnerability(prior, observers, s, outputs="independent", gain=gain)
        for size in range(k + 1)
        for s in combinations(range(k), size)
    }
    for s, value in values.items():
        if len(s) <= 2:
            assert value == posterior(prior, pooled(observers, s), gain) or not s
        assert all(value <= values[tuple(sorted({*s, i}))] for i in range(k) if i not in s)
    found = leakage_by_size(prior, observers, outputs="independent", gain=gain)
    for size in range(1, k + 1):
        best = max(v for s, v in values.items() if len(s) == size)
        assert found[size] == best == values[tuple(sorted(found.coalitions[size - 1]))]
    threshold = values[()] + (values[tuple(range(k))] - values[()]) / 2
    if values[tuple(range(k))] > threshold:
        members, value = smallest_leaking_coalition(prior, observers, threshold, outputs="independent", gain=gain)
        least = min(len(s) for s, v in values.items() if v > threshold)
        assert (len(members), value) == (least, max(v for s, v in values.items() if len(s) == least))


@pytest.mark.parametrize("seed", range(6))
def test_a_joint_table_of_independent_outputs(seed: int) -> None:
    rng = np.random.default_rng(50 + seed)
    observers = [channel(rng, 2, m) for m in (2, 3, 2)]
    prior = distribution(rng, 2)
    table = [np.array(row, dtype=object).reshape(2, 3, 2).tolist() for row in pooled(observers, (0, 1, 2))]
    joint = leakage_by_size(prior, table, outputs="joint")
    independent = leakage_by_size(prior, observers, outputs="independent")
    assert joint.vulnerabilities == independent.vulnerabilities
    assert joint.coalitions == independent.coalitions


def test_correlation_between_observers_can_hide_or_reveal() -> None:
    shares = [[[F(1, 2), 0], [0, F(1, 2)]], [[0, F(1, 2)], [F(1, 2), 0]]]
    assert leakage_by_size(HALF, shares, outputs="joint").vulnerabilities == (F(1, 2), F(1))
    copies = [[[F(7, 10), 0], [0, F(3, 10)]], [[F(3, 10), 0], [0, F(7, 10)]]]
    assert leakage_by_size(HALF, copies, outputs="joint").vulnerabilities == (F(7, 10), F(7, 10))


def test_three_outputs_are_counted_not_listed() -> None:
    """3^30 outputs; the counts (a, b, c) of each matter only."""
    erasure = [[F(1, 2), 0, F(1, 2)], [0, F(1, 2), F(1, 2)]]
    found = leakage_by_size(HALF, [erasure] * 30, outputs="independent")
    assert found[30] == 1 - F(1, 2) ** 31


def test_floats_are_the_rationals_that_they_are() -> None:
    found = leakage_by_size([0.5, 0.5], [[[0.7, 0.3], [0.3, 0.7]]] * 9, outputs="independent")
    exact_rows = [[F(0.7), 1 - F(0.7)], [1 - F(0.7), F(0.7)]]
    assert abs(found[9] - majority(9, F(0.7))) < F(1, 10**14)
    assert abs(found[1] - exact_rows[0][0]) < F(1, 10**15)


def test_wrong_coalitions_and_thresholds() -> None:
    for wrong in ([0, 0], [2], [-1], [True], ["0"]):
        with pytest.raises(SpecificationError):
            coalition_vulnerability(HALF, [NOISY] * 2, wrong, outputs="independent")
    with pytest.raises(InfeasibleError, match="all 2 observers"):
        smallest_leaking_coalition(HALF, [NOISY] * 2, "3/4", outputs="independent")
    assert smallest_leaking_coalition(HALF, [NOISY] * 2, "1/4", outputs="independent") == (frozenset(), F(1, 2))
    with pytest.raises(SpecificationError, match="independent"):
        coalition_vulnerability(HALF, [NOISY], [0], outputs="together")  # type: ignore[arg-type]  # on purpose
    with pytest.raises(SpecificationError):
        leakage_by_size(HALF, [], outputs="independent")
    with pytest.raises(SpecificationError, match="max_size"):
        leakage_by_size(HALF, [NOISY], outputs="independent", max_size=2)
    with pytest.raises(SpecificationError):
        coalition_vulnerability(HALF, [[0.5, "1/2"], [0.5, 0.5]], [0], outputs="joint")
    distinct = [[[F(k, 97), 1 - F(k, 97)], [F(1, 2), F(1, 2)]] for k in range(1, 50)]
    with pytest.raises(SpecificationError, match="coalitions"):
        leakage_by_size(HALF, distinct, outputs="independent")


def test_results_by_size_are_values() -> None:
    found = leakage_by_size(HALF, [NOISY] * 3, outputs="independent")
    assert pickle.loads(pickle.dumps(found)) == found  # noqa: S301  # our own bytes
    assert len(found) == 4
    assert found.to_frame()["size"].tolist() == [1, 2, 3]
    assert found.to_dict()["vulnerabilities"] == ["7/10", "7/10", "98/125"]
    assert "{0, 1, 2}" in found._repr_html_()


# -- refinement --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(8))
def test_post_processing_is_found_and_refuted(seed: int) -> None:
    """Blackwell: either there is a post-processing, or a gain function under which the second channel is worth more."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 4))
    first, after = Channel(channel(rng, n, 3)), Channel(channel(rng, 3, 3))
    second = first.cascade(after)
    assert is_refined_by(first, second).status == "yes"
    assert first.cascade(post_processing(first, second)).rows == second.rows
    assert deficiency(first, second).value == 0
    verdict = is_refined_by(second, first)
    distance = deficiency(second, first)
    distance.certificate.verify()
    assert (verdict.status == "yes") == (distance.value == 0)
    if verdict.status == "no":
        uniform = [F(1, n)] * n
        gap = posterior(uniform, first.probabilities, verdict.witness) - posterior(
            uniform, second.probabilities, verdict.witness
        )
        assert verdict.gain == gap > 0
        with pytest.raises(InfeasibleError) as refused:
            post_processing(second, first)
        certificate: Any = refused.value.certificate
        assert certificate.verify()
        assert certificate.verify_against(refinement_programme(second, first))
        made = second.cascade(distance.decision).probabilities
        worst = max(
            sum(abs(a - b) for a, b in zip(p, q, strict=True)) / 2
            for p, q in zip(made, first.probabilities, strict=True)
        )
        assert worst == distance.value


def test_more_noise_is_a_refinement_and_a_known_deficiency() -> None:
    """BSC(q) is a garbling of BSC(p) iff p ≤ q ≤ 1 − p; from the noisy one the bit is p away."""

    def symmetric(p: F) -> list[list[F]]:
        return [[1 - p, p], [p, 1 - p]]

    assert is_refined_by(symmetric(F(1, 10)), symmetric(F(3, 10))).status == "yes"
    assert is_refined_by(symmetric(F(1, 10)), symmetric(F(95, 100))).status == "no"
    assert deficiency(symmetric(F(1, 10)), symmetric(F(0))).value == F(1, 10)
    with pytest.raises(SpecificationError, match="inputs"):
        is_refined_by(symmetric(F(0)), [[1]])
