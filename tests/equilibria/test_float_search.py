"""The search in floats against brute force, the search in integers, and dictionaries that were tampered with."""

from __future__ import annotations

import random
import subprocess
import sys
from fractions import Fraction

import numpy as np
import pytest
from oracles.nash import extreme_equilibria, is_generic_at, largest_regret

from gametheory.equilibria import nash_equilibria
from gametheory.equilibria.dictionary import Dictionary
from gametheory.equilibria.label_search import Limits, label_search, positive_integers, whole_polytopes
from gametheory.errors import SolverError, SpecificationError
from gametheory.games import NormalFormGame

Matrix = list[list[object]]
FREELY = Limits(10**6, 10**6, None)


def uniform(rng: random.Random, m: int, n: int) -> Matrix:
    return [[rng.random() for _ in range(n)] for _ in range(m)]


def integers(rng: random.Random, m: int, n: int) -> Matrix:
    return [[rng.randint(-(10**6), 10**6) for _ in range(n)] for _ in range(m)]


def shifted(rng: random.Random, m: int, n: int) -> Matrix:
    return [[1e9 + rng.random() for _ in range(n)] for _ in range(m)]


def scaled(rng: random.Random, m: int, n: int) -> Matrix:
    return [[1e-9 * rng.random() for _ in range(n)] for _ in range(m)]


def near_ties(rng: random.Random, m: int, n: int) -> Matrix:
    return [[rng.randint(0, 3) + 1e-10 * rng.random() for _ in range(n)] for _ in range(m)]


def ties(rng: random.Random, m: int, n: int) -> Matrix:
    return [[rng.randint(0, 3) for _ in range(n)] for _ in range(m)]


def with_duplicates(rng: random.Random, m: int, n: int) -> Matrix:
    rows = uniform(rng, m, n)
    rows[rng.randrange(m)] = rows[0][:]
    return rows


KINDS = {f.__name__: f for f in (uniform, integers, shifted, scaled, near_ties, ties, with_duplicates)}


def numerators(game: NormalFormGame) -> tuple[list[list[int]], list[list[int]]]:
    A, B = game.exact().numerators.tolist()
    return A, B


def found_pairs(found) -> set[tuple[tuple[int, ...], tuple[int, ...]]]:
    xs, ys = list(found.strategies[0]), list(found.strategies[1])
    return {(xs[i], ys[j]) for i, j in found.pairs}


def in_floats(A: list[list[int]], B: list[list[int]]):
    from gametheory.equilibria.float_search import float_label_search

    return float_label_search(A, B, FREELY)


def branches_in_doubt(A: list[list[int]], B: list[list[int]]) -> int:
    from gametheory.equilibria.float_search import Doubtful, float_pairs

    return sum(isinstance(item, Doubtful) for item in float_pairs(A, B, FREELY))


def compare(rng: random.Random, kind: str, sizes: range, count: int) -> tuple[int, int]:
    """Games decided in floats and games with branches in doubt; all agree with the search in integers."""
    decided = doubtful = 0
    for _ in range(count):
        m, n = rng.choice(sizes), rng.choice(sizes)
        game = NormalFormGame.from_bimatrix(KINDS[kind](rng, m, n), KINDS[kind](rng, m, n))
        A, B = numerators(game)
        found, truth = in_floats(A, B), label_search(whole_polytopes(A, B), FREELY)
        assert found is not None
        assert found_pairs(found) == found_pairs(truth)
        if branches_in_doubt(A, B):
            doubtful += 1
        else:
            decided += 1
            assert len(found.pairs) % 2 == 1
    return decided, doubtful


# -- brute force and the search in integers ----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", list(KINDS))
def test_small_games_agree_with_brute_force(kind: str) -> None:
    rng = random.Random(f"brute force, {kind}")
    decided = 0
    for _ in range(60):
        m, n = rng.randint(1, 4), rng.randint(1, 4)
        game = NormalFormGame.from_bimatrix(KINDS[kind](rng, m, n), KINDS[kind](rng, m, n))
        A, B = numerators(game)
        truth = extreme_equilibria(A, B)
        found = in_floats(A, B)
        generic = all(is_generic_at(A, B, *pair) for pair in truth)
        assert found is not None
        if branches_in_doubt(A, B):
            assert kind in ("ties", "near_ties", "with_duplicates")
        else:
            decided += 1
            assert generic
        normalised = sorted(tuple(tuple(Fraction(w, sum(v)) for w in v) for v in pair) for pair in found_pairs(found))
        assert normalised == truth
        assert all(largest_regret(A, B, *pair) == 0 for pair in normalised)
    assert decided > 0


@pytest.mark.parametrize("kind", list(KINDS))
def test_games_agree_with_the_search_in_integers(kind: str) -> None:
    decided, doubtful = compare(random.Random(kind), kind, range(2, 7), 40)
    assert decided > 0
    if kind in ("uniform", "integers", "scaled"):
        assert doubtful == 0


@pytest.mark.slow
@pytest.mark.parametrize("kind", list(KINDS))
def test_thousands_of_games_agree_with_the_search_in_integers(kind: str) -> None:
    rng = random.Random(f"thousands, {kind}")
    decided, doubtful = (
        sum(t) for t in zip(compare(rng, kind, range(2, 6), 1000), compare(rng, kind, range(6, 10), 60), strict=True)
    )
    print(kind, decided, doubtful)
    assert decided > 50
    if kind in ("uniform", "integers", "scaled", "shifted"):
        assert doubtful == 0


@pytest.mark.slow
def test_larger_games_agree_with_the_search_in_integers() -> None:
    rng = random.Random(12)
    for m, n in ((12, 12), (12, 12), (13, 10), (5, 25), (2, 60), (14, 14)):
        game = NormalFormGame.from_bimatrix(integers(rng, m, n), integers(rng, m, n))
        certified = nash_equilibria(game, completeness="certified")
        numerical = nash_equilibria(game, completeness="numerical")
        assert (certified.completeness, numerical.completeness) == ("certified", "numerical")
        assert certified.ne_lines() == numerical.ne_lines()


# -- what an answer claims ---------------------------------------------------------------------------------------------


def test_an_answer_claims_no_more_than_it_has() -> None:
    rng = random.Random(7)
    game = NormalFormGame.from_bimatrix(uniform(rng, 6, 6), uniform(rng, 6, 6))
    exact, floats = nash_equilibria(game), nash_equilibria(game, completeness="numerical")
    assert exact.completeness == "certified"
    assert exact.certificate is not None
    assert floats.completeness == "numerical"
    assert floats.certificate is None
    assert "completeness numerical" in repr(floats)
    assert "floats" in floats.method
    assert not floats.degenerate
    assert all(e.certificate.verify() and e.status == "certified" for e in floats)
    assert [e.ne_line() for e in exact] == [e.ne_line() for e in floats]
    assert exact.components == floats.components
    assert exact.maximal_nash_subsets == floats.maximal_nash_subsets
    with pytest.raises(SpecificationError, match="'certified'"):
        nash_equilibria(game, completeness="surely")  # type: ignore[arg-type]


def test_auto_certifies_up_to_a_size_and_ties_are_looked_at_in_integers() -> None:
    rng = random.Random(8)
    small = NormalFormGame.from_bimatrix(uniform(rng, 4, 25), uniform(rng, 4, 25))
    large = NormalFormGame.from_bimatrix(uniform(rng, 4, 26), uniform(rng, 4, 26))
    assert nash_equilibria(small).completeness == "certified"
    assert nash_equilibria(large).completeness == "numerical"
    assert nash_equilibria(large, completeness="certified").completeness == "certified"
    doubled = NormalFormGame.from_bimatrix(*([row * 2 for row in uniform(rng, 6, 3)] for _ in "AB"))
    answer, certified = (nash_equilibria(doubled, completeness=c) for c in ("numerical", "certified"))
    assert answer.completeness == "numerical"
    assert answer.degenerate
    assert answer.ne_lines() == certified.ne_lines()
    assert answer.components == certified.components
    assert answer.maximal_nash_subsets == certified.maximal_nash_subsets


def test_limits_stop_the_search_in_floats() -> None:
    n = 8  # a coordination game: 2^8 − 1 equilibria
    rng = random.Random(9)
    A = [[(100 if i == j else 0) + rng.random() for j in range(n)] for i in range(n)]
    game = NormalFormGame.from_bimatrix(A, A)
    assert len(nash_equilibria(game, completeness="numerical")) == 2**n - 1
    with pytest.raises(SolverError, match="max_equilibria") as stopped:
        nash_equilibria(game, completeness="numerical", max_equilibria=100)
    assert len(stopped.value.best) == 100
    with pytest.raises(SolverError, match="limit of branches") as stopped:
        nash_equilibria(game, completeness="numerical", max_branches=200)
    assert 0 < len(stopped.value.best) < 255
    assert all(e.certificate.verify() for e in stopped.value.best[:5])
    with pytest.raises(SolverError, match="limit of time"):
        nash_equilibria(game, completeness="numerical", time_limit=0.0)


# -- discarded branches ------------------------------------------------------------------------------------------------


def empty_facet(B: list[list[int]], closed: list[int], label: int) -> bool:
    """Whether no strategy of player 1 has these labels, by the dictionary in integers."""
    m, n = len(B), len(B[0])
    face = Dictionary.start(positive_integers(B), range(m), range(m, m + n))
    for k in (*closed, label):
        if face.close(k) >= 0:
            return True
    return {*closed, label} >= set(range(m))  # the point 0 is no strategy


@pytest.mark.parametrize("seed", range(4))
def test_no_dictionary_however_wrong_discards_a_facet_that_exists(seed: int) -> None:
    """A discard rests on the payoffs alone: noise of any size in a dictionary costs discards, never an equilibrium."""
    from gametheory.equilibria.bimatrix_kernels import close, outlook, proved_empty, start

    rng, noise = random.Random(seed), np.random.default_rng(seed)
    discarded = kept = 0
    for _ in range(150):
        m, n = rng.randint(2, 4), rng.randint(2, 4)
        B = [[rng.randint(0, 9) for _ in range(n)] for _ in range(m)]
        positive = positive_integers(B)
        span = max(map(max, positive)) - 1 or 1
        M = np.ascontiguousarray((1 + (np.array(positive) - 1) / span).T)
        labels = m + n
        T, score, reach, work = np.empty((m + 1, n)), np.empty(labels + n), np.empty(m), np.empty(n)
        I = np.empty(2 * labels + m + 1, np.int64)  # noqa: E741
        start(T, I, M, 0, m)
        closed: list[int] = []
        for k in rng.sample(range(labels), rng.randint(0, labels - 1)):
            if not outlook(T, I, score, reach, work) or empty_facet(B, closed, k):
                break
            if I[k] >= 0 and close(T, T, I, reach, work, m, k) != -1:
                break
            I[2 * labels - 1 - I[k]] = 1
            closed.append(k)
        for size in (0.0, 1e-12, 1e-3, 1.0):
            tampered = T + size * noise.standard_normal(T.shape)
            for r in range(n):
                if proved_empty(M, tampered, I, r, 0, m, np.empty(m)):
                    discarded += 1
                    assert empty_facet(B, closed, int(I[labels + r]))
                else:
                    kept += 1
    assert discarded > 50
    assert kept > 50


# -- compiling ---------------------------------------------------------------------------------------------------------


def test_a_small_game_is_solved_without_compiled_code() -> None:
    code = (
        "import sys, gametheory as gt\n"
        "game = gt.games.NormalFormGame.from_bimatrix([[3, 3], [2, 5], [0, 6]], [[3, 2], [2, 6], [3, 1]])\n"
        "assert len(gt.equilibria.nash_equilibria(game)) == 3\n"
        "assert len(gt.equilibria.nash_equilibria(game, completeness='numerical')) == 3\n"
        "print('numba' in sys.modules or 'flint' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "False"


def test_long_compiling_is_announced_once(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    import threading
    import time

    from gametheory.equilibria import compilation

    class Kernel:
        overloads: tuple[str, ...] = ()

    monkeypatch.setattr(compilation, "PATIENCE", 0.01)
    monkeypatch.setattr(compilation, "_announced", threading.Event())
    for _ in range(2):
        with compilation.announced_if_slow(Kernel()):
            time.sleep(0.2)
    assert capsys.readouterr().err.count("compiling") == 1
    monkeypatch.setattr(compilation, "_announced", threading.Event())
    with compilation.announced_if_slow(Kernel()):
        pass
    compiled_already = Kernel()
    compiled_already.overloads = ("known",)
    with compilation.announced_if_slow(compiled_already):
        time.sleep(0.1)
    assert capsys.readouterr().err == ""
