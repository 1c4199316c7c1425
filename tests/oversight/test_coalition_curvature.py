"""Curvatures that deter joint deviations: a published matrix inequality, closed forms, eigenvalues, sampling."""

from __future__ import annotations

import json
import math
import random
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from gametheory.certificates import certificate_to_json, read_certificate
from gametheory.certificates.curvature import coalition_matrix, is_positive_semidefinite
from gametheory.errors import CertificateError, SpecificationError
from gametheory.games.coalitions import coalitions
from gametheory.oversight import cheapest_curvature, is_curvature_deterrent, least_common_curvature

F = Fraction

# Five agents, entries to six decimals.
FIVE = json.loads(
    """
    [[[0.391367, 1.113347, 0.456101, -1.779506, -1.373208],
    [1.113347, 0.18486, 0.076421, 0.989604, -1.21732],
    [0.456101, 0.076421, -0.764823, -1.151678, 0.540951],
    [-1.779506, 0.989604, -1.151678, 0.807579, -0.899397],
    [-1.373208, -1.21732, 0.540951, -0.899397, -0.275964]],
    [[-0.396154, -0.229904, -0.618884, 0.929416, -0.340649],
    [-0.229904, 1.386079, 0.48626, 0.07912, -0.392992],
    [-0.618884, 0.48626, -0.312034, 0.75017, 1.402754],
    [0.929416, 0.07912, 0.75017, 0.841568, 0.650445],
    [-0.340649, -0.392992, 1.402754, 0.650445, -0.185853]],
    [[2.049692, -0.243895, -0.845339, 0.060408, -0.223406],
    [-0.243895, 0.326325, 0.51971, 0.362966, 0.060859],
    [-0.845339, 0.51971, -0.721, 0.371757, 1.503079],
    [0.060408, 0.362966, 0.371757, -0.152752, -0.673749],
    [-0.223406, 0.060859, 1.503079, -0.673749, 1.204557]],
    [[1.390359, -0.686505, 0.644819, -0.382574, -0.090985],
    [-0.686505, 1.877572, 0.404221, -1.079544, -0.295352],
    [0.644819, 0.404221, -0.513155, -1.029343, -0.041583],
    [-0.382574, -1.079544, -1.029343, -0.727824, 0.136911],
    [-0.090985, -0.295352, -0.041583, 0.136911, 0.967024]],
    [[0.125921, -0.805171, -0.052865, 0.46869, 0.361218],
    [-0.805171, 1.612058, -0.37278, -0.733985, 0.669281],
    [-0.052865, -0.37278, -0.583319, -0.099207, 0.437917],
    [0.46869, -0.733985, -0.099207, -1.127142, -0.737875],
    [0.361218, 0.669281, 0.437917, -0.737875, -1.031762]]]
    """,
    parse_float=lambda text: text,
)


def largest_eigenvalue(matrices: Any, family: Any) -> float:
    floats = np.array([[[float(F(x)) for x in row] for row in matrix] for matrix in matrices])
    found = -math.inf
    for members in map(sorted, family):
        block = floats[members].sum(axis=0)[np.ix_(members, members)]
        found = max(found, float(np.linalg.eigvalsh(block)[-1]))
    return found


def test_published_curvature() -> None:
    """Five agents, coalitions of at most three: 5.348724, the largest eigenvalue; both sides certified to 1e-8."""
    found = least_common_curvature(FIVE, max_size=3)
    truth = largest_eigenvalue(FIVE, coalitions(5, max_size=3))
    assert truth == pytest.approx(5.348723931522601)
    assert float(found.lower) == pytest.approx(truth, abs=1e-9)
    assert float(found.upper) == pytest.approx(truth, abs=1e-8)
    assert round(float(found), 6) == 5.348724
    assert read_certificate(certificate_to_json(found.certificate)).verify()
    assert is_curvature_deterrent(FIVE, found.upper, max_size=3).status == "yes"
    assert is_curvature_deterrent(FIVE, found.lower - F(1, 10**6), max_size=3).status == "no"


def test_curvatures_of_ones_own_cost_no_more_than_a_common_one() -> None:
    common = least_common_curvature(FIVE, max_size=3)
    found = cheapest_curvature(FIVE, max_size=3)
    assert found.upper <= 5 * common.upper
    assert found.gap <= found.upper / 10**6
    assert is_curvature_deterrent(FIVE, list(found.weights), max_size=3).status == "yes"
    assert read_certificate(certificate_to_json(found.certificate)).verify()
    assert sum(found.binding.values()) == found.lower


def random_matrices(rng: random.Random, n: int, high: int = 5) -> list[list[list[int]]]:
    found = []
    for _ in range(n):
        upper = [[rng.randint(-high, high) for _ in range(n)] for _ in range(n)]
        found.append([[upper[min(a, b)][max(a, b)] for b in range(n)] for a in range(n)])
    return found


def check_common(rng: random.Random) -> None:
    n = rng.choice([1, 2, 3, 4])
    matrices = random_matrices(rng, n)
    everyone = coalitions(n)
    family = tuple(s for s in everyone if rng.random() < 0.6) or everyone[:1]
    found = least_common_curvature(matrices, coalitions=family)
    truth = largest_eigenvalue(matrices, family)
    assert float(found.lower) <= truth + 1e-9
    assert float(found.upper) >= truth - 1e-9
    assert float(found.gap) < 1e-7
    assert found.certificate.verify()
    assert least_common_curvature(matrices).upper >= found.lower  # more coalitions ask for no less


def test_common_curvature_is_the_largest_eigenvalue() -> None:
    rng = random.Random(1)
    for _ in range(30):
        check_common(rng)


@pytest.mark.slow
def test_common_curvature_is_the_largest_eigenvalue_of_many() -> None:
    rng = random.Random(2)
    for _ in range(400):
        check_common(rng)


def pair_optimum(matrices: Any, costs: list[F]) -> float:
    """min c·w with w_i ≥ max(0, q_ii) and (w_1 − A)(w_2 − B) ≥ C², by search over w_1."""
    one, two = np.array(matrices, dtype=float)
    A, B, C = (one + two)[0, 0], (one + two)[1, 1], (one + two)[0, 1]
    least = [max(0.0, one[0, 0], A), max(0.0, two[1, 1], B)]

    def total(w: float) -> float:
        if C == 0:
            other = least[1]
        elif w <= A:
            return math.inf
        else:
            other = max(least[1], B + C * C / (w - A))
        return float(costs[0]) * w + float(costs[1]) * other

    low, high = least[0], least[0] + 100.0
    if total(low) <= total(low + 1e-9):
        return total(low)
    for _ in range(300):
        first, second = low + (high - low) / 3, high - (high - low) / 3
        low, high = (first, high) if total(first) > total(second) else (low, second)
    return total((low + high) / 2)


def check_pair(rng: random.Random) -> None:
    matrices = random_matrices(rng, 2)
    costs = [F(rng.randint(1, 4)), F(rng.randint(1, 4))]
    found = cheapest_curvature(matrices, costs=costs)
    truth = pair_optimum(matrices, costs)
    assert float(found.lower) <= truth + 1e-6
    assert float(found.upper) == pytest.approx(truth, abs=1e-4)
    assert found.certificate.verify()


def test_curvatures_of_two_by_search_on_a_line() -> None:
    rng = random.Random(3)
    for _ in range(10):
        check_pair(rng)


@pytest.mark.slow
def test_curvatures_of_two_by_search_on_a_line_more() -> None:
    rng = random.Random(4)
    for _ in range(200):
        check_pair(rng)


def test_no_joint_deviation_gains_at_the_cheapest_curvatures() -> None:
    """Random joint deviations of every coalition, payoffs written out; without the curvature of one player some gain."""
    rng = random.Random(5)
    for _ in range(3):
        n = 3
        matrices = random_matrices(rng, n)
        found = cheapest_curvature(matrices)
        for coalition in coalitions(n):
            for _ in range(20):
                s = [F(rng.randint(-9, 9), 10) if i in coalition else F(0) for i in range(n)]
                total = F(0)
                for i in coalition:
                    total += sum(matrices[i][a][b] * s[a] * s[b] for a in range(n) for b in range(n))
                    total -= found.weights[i] * s[i] * s[i]
                assert total <= 0
        assert cheapest_curvature(matrices, max_size=1).lower <= found.upper
        assert cheapest_curvature(matrices, max_size=1).upper == pytest.approx(
            sum(max(0, matrices[i][i][i]) for i in range(n)), abs=1e-4
        )


def test_definiteness_by_eigenvalues() -> None:
    rng = random.Random(6)
    answers = set()
    for _ in range(200):
        n = rng.choice([1, 2, 3, 4])
        root = np.array([[rng.randint(-2, 2) for _ in range(n)] for _ in range(n)])
        matrix = root @ root.T - rng.choice([0, 0, 1]) * np.eye(n, dtype=int)
        truth = bool(np.linalg.eigvalsh(matrix.astype(float))[0] >= -1e-9)
        assert is_positive_semidefinite([[F(int(x)) for x in row] for row in matrix]) == truth
        answers.add(truth)
    assert answers == {True, False}


def test_nothing_to_deter() -> None:
    """Whoever acts hurts itself: the common curvature may be negative, and the cheapest of one's own is 0."""
    matrices = [[[-2, 0], [0, 0]], [[0, 0], [0, -3]]]
    assert least_common_curvature(matrices, coalitions=[[0], [1]]).upper == -2
    found = cheapest_curvature(matrices)
    assert found.lower == 0
    assert float(found.upper) < 1e-5


@pytest.mark.parametrize(
    ("matrices", "message"),
    [
        ([], "matrices"),
        ([[[1, 2]]], "matrices"),
        ([[[0, 1], [2, 0]]] * 2, "symmetric"),
        ([[[float("nan")]]], "matrices"),
    ],
)
def test_bad_matrices_are_refused(matrices: Any, message: str) -> None:
    with pytest.raises(SpecificationError, match=message):
        least_common_curvature(matrices)


def test_bad_options_are_refused() -> None:
    together = [[[0, 1], [1, 0]]] * 2
    for call in (
        lambda: cheapest_curvature(together, costs=[1, 0]),
        lambda: cheapest_curvature(together, costs=[1]),
        lambda: least_common_curvature(together, gap=0),
        lambda: is_curvature_deterrent(together, [1]),
    ):
        with pytest.raises(SpecificationError):
            call()


def test_lies_about_curvature() -> None:
    """Bounds or weights moved: believed only where eigenvalues say that they may be."""
    rng = random.Random(7)
    believed = refused = 0
    for _ in range(60):
        n = rng.choice([2, 3])
        matrices = random_matrices(rng, n)
        data = least_common_curvature(matrices).certificate.to_dict()
        lower, upper = F(data["lower"]), F(data["upper"])
        kind = rng.choice(["lower", "upper", "none"])
        if kind == "lower":
            lower += F(rng.choice([-1, 1]), 100)
            data["lower"] = str(lower)
        elif kind == "upper":
            upper += F(rng.choice([-1, 1]), 100)
            data["upper"], data["weights"] = str(upper), [str(upper)]
        truth = largest_eigenvalue(matrices, coalitions(n))
        try:
            accepted = read_certificate(json.dumps(data)).verify()
        except CertificateError:
            accepted = False
        if accepted:
            assert float(lower) <= truth + 1e-7
            assert float(upper) >= truth - 1e-7
        believed, refused = believed + accepted, refused + (not accepted)
    assert min(believed, refused) > 5
    block = coalition_matrix(((((F(1), F(2)), (F(2), F(3)))),) * 2, [0, 1])
    assert block == ((2, 4), (4, 6))
