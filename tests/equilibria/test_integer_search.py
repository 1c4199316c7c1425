"""The search in machine integers: the same tree, faces and evidence as in integers of any length, also at overflows."""

from __future__ import annotations

import random

import numpy as np
import pytest

from gametheory.equilibria import nash_equilibria
from gametheory.equilibria.dictionary import Dictionary
from gametheory.equilibria.label_search import (
    Limits,
    SearchLimit,
    label_search,
    leaves,
    positive_integers,
    whole_polytopes,
)
from gametheory.games import NormalFormGame

FREELY = Limits(10**6, 10**6, None)
BITS = 2**56


def integers(rng: random.Random, m: int, n: int, high: int) -> list[list[int]]:
    return [[rng.randint(0, high) for _ in range(n)] for _ in range(m)]


def same_tree(A: list[list[int]], B: list[list[int]]) -> int:
    from gametheory.equilibria.integer_search import machine_leaves

    root = whole_polytopes(A, B)
    long, short = [], []
    expected = [(x.labels, x.strict, y.labels, y.strict) for x, y in leaves(root, FREELY, long)]
    faces = list(machine_leaves(root, FREELY, short))
    assert [(x.labels, x.strict, y.labels, y.strict) for x, y in faces] == expected
    assert short == long
    for pair in faces:
        for face in pair:
            assert face.dictionary.closed == face.labels
            assert all(row[-1] >= 0 for row in face.dictionary.rows)
    return len(short)


@pytest.mark.parametrize("high", [0, 1, 3, 9, 100, 10**6, 10**9, 10**16, 10**30])
def test_the_same_tree(high: int) -> None:
    """Up to some 10⁹ within a few pivots of an overflow, 10¹⁶ at the first, 10³⁰ from the start."""
    rng = random.Random(high)
    steps = sum(same_tree(*(integers(rng, *size, high) for _ in "AB")) for size in ((3, 3), (4, 6), (6, 5), (7, 7)) * 3)
    assert steps > 12


@pytest.mark.slow
def test_the_same_tree_for_larger_games() -> None:
    rng = random.Random(20)
    for high in (1, 3, 9, 40, 1000):
        for _ in range(4):
            m, n = rng.randint(8, 11), rng.randint(8, 11)
            same_tree(integers(rng, m, n, high), integers(rng, m, n, high))


@pytest.mark.parametrize("high", [2, 50, 10**5, 10**7])
def test_pivots_are_exact_or_refused(high: int) -> None:
    """Random pivots, of either sign, beside those in integers of any length."""
    from gametheory.equilibria.integer_kernels import pivot

    rng = random.Random(high)
    refused = made = 0
    for _ in range(30):
        m, n = rng.randint(2, 9), rng.randint(2, 9)
        dictionary = Dictionary.start(positive_integers(integers(rng, m, n, high)), range(m), range(m, m + n))
        for _ in range(12):
            T = np.array(dictionary.rows, dtype=np.int64)
            I = np.zeros(3 * (m + n) + 2, np.int64)  # noqa: E741 - the kernels' name
            I[dictionary.basic], I[dictionary.nonbasic] = range(n), [-1 - q for q in range(m)]
            I[m + n : 2 * (m + n)] = dictionary.basic + dictionary.nonbasic
            I[-1] = dictionary.delta
            r, c = rng.randrange(n), rng.randrange(m)
            if not dictionary.rows[r][c]:
                continue
            dictionary.pivot(r, c)
            fits = max(abs(t) for row in dictionary.rows for t in row) < BITS
            assert pivot(T, I, r, c) == fits
            if not fits:
                refused += 1
                break
            made += 1
            assert T.tolist() == dictionary.rows
            assert I[-1] == dictionary.delta
            assert I[m + n : 2 * (m + n)].tolist() == dictionary.basic + dictionary.nonbasic
    assert made > 20
    assert refused > 0 or high <= 50


def test_signs_of_differences_of_products() -> None:
    from gametheory.equilibria.integer_kernels import sign_of_difference

    rng = random.Random(21)
    near = 0
    for _ in range(5000):
        a, b = rng.randrange(3, BITS - 3), rng.randrange(3, BITS - 3)
        c, d = (b, a) if rng.random() < 0.8 else (rng.randrange(3, BITS - 3), rng.randrange(3, BITS - 3))
        c, d = c + rng.randint(-2, 2), d + rng.randint(-1, 1)
        exact = a * b - c * d
        near += 0 < abs(exact) < 2**62
        assert sign_of_difference(a, b, c, d) == (exact > 0) - (exact < 0)
    assert near > 1000


def test_larger_games_are_certified_complete_by_it() -> None:
    rng = random.Random(22)
    for m, n, high in ((11, 11, 3), (9, 13, 1), (12, 10, 6)):
        A, B = integers(rng, m, n, high), integers(rng, m, n, high)
        equilibria = nash_equilibria(NormalFormGame.from_bimatrix(A, B), completeness="certified")
        assert equilibria.certificate is not None
        assert equilibria.certificate.verify()
        assert sum(equilibria.indices) == 1
        found, truth = equilibria.certificate, label_search(whole_polytopes(A, B), FREELY)
        assert len(found.strategies[0]) == len(truth.strategies[0])
        assert len(found.strategies[1]) == len(truth.strategies[1])
        assert len(equilibria) == len(truth.pairs)


def test_limits() -> None:
    from gametheory.equilibria.integer_search import machine_leaves

    rng = random.Random(23)
    root = whole_polytopes(integers(rng, 9, 9, 3), integers(rng, 9, 9, 3))
    for limits, what in ((Limits(10, 5, None), "branches"), (Limits(10, 10**6, 0.0), "time")):
        with pytest.raises(SearchLimit, match=what):
            list(machine_leaves(root, limits))
