"""Strong and coalition-proof equilibria: all mixed ones of two players, all pure ones, and theorems that tie them together."""

from __future__ import annotations

import copy
import json
import random
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from oracles import coalitions as oracle
from oracles import nash as nash_oracle  # noqa: F401  (the tests' own list of equilibria)
from paper_games import PAPER_GAMES
from scipy.optimize import linprog
from seeds import seeds

from gametheory import collusion
from gametheory.certificates import read_certificate
from gametheory.certificates.product_payoffs import independent_improvement, independent_limit
from gametheory.equilibria import correlated_equilibrium, nash_equilibria
from gametheory.errors import SolverError, SpecificationError, UndecidedError, UnsupportedError
from gametheory.games import NormalFormGame, expected_payoffs

RULES = ("all", "some", "any", "transfer")
PLAYS = ("pure", "independent", "correlated")


def random_game(rng: random.Random, *, high: int | None = None) -> NormalFormGame:
    """Two players; small ranges, repeated rows and constant columns make continua of equilibria."""
    m, n = rng.choice([(1, 2), (2, 2), (2, 2), (2, 3), (3, 2), (3, 3)])
    high = high or rng.choice([1, 2, 4])
    table = np.array([rng.randint(-high, high) for _ in range(2 * m * n)]).reshape(2, m, n)
    kind = rng.randrange(5)
    if kind == 0 and m > 1:
        table[0, 1] = table[0, 0]  # player 1 does not care which of two actions it takes
    if kind == 1:
        table[1] = -table[0]
    if kind == 2:
        table[1] = table[0]
    if kind == 3 and n > 1:
        table[1, :, 1] = table[1, :, 0]
    return NormalFormGame(table)


def sampled_equilibria(game: NormalFormGame, rng: random.Random, count: int) -> list[tuple[int, list[list[Fraction]]]]:
    """Exact mixtures within maximal Nash subsets, extreme ones too."""
    found = nash_equilibria(game)
    result = []
    for k, subset in enumerate(found.maximal_nash_subsets):
        for _ in range(count):
            play = []
            for player in (0, 1):
                vertices = [found.extreme_strategies[player][i] for i in subset[player]]
                weights = [rng.choice([0, 0, 1, 1, 2, 5]) for _ in vertices]
                weights[rng.randrange(len(vertices))] += 1
                mixed = sum(Fraction(w, sum(weights)) * v for w, v in zip(weights, vertices, strict=True))
                play.append(list(mixed))
            result.append((k, play))
    return result


def matrices(game: NormalFormGame) -> tuple[np.ndarray, np.ndarray]:
    return np.array(game.payoffs[0], dtype=float), np.array(game.payoffs[1], dtype=float)


def broken_by_oracle(game: NormalFormGame, u: tuple[Fraction, Fraction], rule: str, play: str) -> bool | None:
    """Whether the two players improve on payoffs u together, in floats; ``None`` if too close to call."""
    A, B = matrices(game)
    points = np.stack([A.reshape(-1), B.reshape(-1)], axis=1) - np.array([float(x) for x in u])
    if rule == "any":
        return bool((points > 1e-9).any())
    if rule == "transfer":
        return bool((points.sum(axis=1) > 1e-9).any())
    if rule == "all" and (points > 1e-9).all(axis=1).any():
        return True
    if rule == "some" and ((points > -1e-9).all(axis=1) & (points.max(axis=1) > 1e-9)).any():
        return True
    if play == "pure":
        return False
    if play == "correlated":
        k = len(points)
        if rule == "all":
            found = linprog(
                [0.0] * k + [-1.0],
                A_ub=np.hstack([-points.T, np.ones((2, 1))]),
                b_ub=[0, 0],
                A_eq=[[1.0] * k + [0]],
                b_eq=[1],
                bounds=[(0, None)] * k + [(None, None)],
            )
        else:
            found = linprog(-points.sum(axis=1), A_ub=-points.T, b_ub=[0, 0], A_eq=[[1.0] * k], b_eq=[1])
        value = -float(found.fun)
        return value > 1e-9
    noise = np.random.default_rng(0)  # independent: samples show that something improves, never that nothing does
    x = noise.dirichlet([0.4] * len(A), 4000)
    y = noise.dirichlet([0.4] * len(A[0]), 4000)
    first = np.einsum("ki,ij,kj->k", x, A, y) - float(u[0])
    second = np.einsum("ki,ij,kj->k", x, B, y) - float(u[1])
    return True if bool(((first > 1e-9) & (second > 1e-9)).any()) else None


# -- all mixed equilibria of two players -------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", seeds(18, slow=36))
def test_every_nash_equilibrium_is_in_the_set_iff_nothing_improves_on_it(seed: int) -> None:
    rng = random.Random(seed)
    game = random_game(rng)
    rule, play = RULES[seed % 4], PLAYS[seed % 3]
    found = collusion.strong_nash_equilibria(game, play="mixed", blocking=rule, coordination=play)  # type: ignore[arg-type]
    proof_of_nash = collusion.coalition_proof_nash_equilibria(game, play="mixed")
    assert found.verify()
    assert proof_of_nash.verify()
    assert found.completeness == proof_of_nash.completeness == "certified"
    assert read_certificate(json.dumps(found.certificate.to_dict())).verify()  # type: ignore[union-attr]
    pieces = found.certificate.pieces  # type: ignore[union-attr]
    proof_pieces = proof_of_nash.certificate.pieces  # type: ignore[union-attr]
    corners = [e.payoffs for e in nash_equilibria(game)]
    for k, profile in sampled_equilibria(game, rng, 4):
        u = tuple(expected_payoffs(game, profile))
        inside = any(k == n and one.holds(u[0]) and two.holds(u[1]) for n, one, two in pieces)
        verdict = collusion.is_strong_nash_equilibrium(game, profile, blocking=rule, coordination=play)  # type: ignore[arg-type]
        assert bool(verdict) == inside
        if verdict.witness is not None:
            assert verdict.witness.verify()
        assert broken_by_oracle(game, u, rule, play) in (None, not inside)
        dominated = any(c[0] > u[0] and c[1] > u[1] for c in corners)
        assert bool(collusion.is_coalition_proof(game, profile)) == (not dominated)
        assert any(k == n and one.holds(u[0]) and two.holds(u[1]) for n, one, two in proof_pieces) == (not dominated)
    for members in (found, proof_of_nash):
        for member in members:
            assert member.certificate is not None
            assert member.certificate.verify()


@pytest.mark.parametrize("seed", range(20))
def test_vertices_of_pieces_span_them(seed: int) -> None:
    """Mixtures of a piece's vertices stay in the piece, and sampled equilibria of the set are mixtures of vertices."""
    rng = random.Random(1000 + seed)
    game = random_game(rng, high=2)
    rule, play = rng.choice([("all", "pure"), ("some", "pure"), ("all", "correlated"), ("all", "independent")])
    found = collusion.strong_nash_equilibria(game, play="mixed", blocking=rule, coordination=play)  # type: ignore[arg-type]
    assert len(found) > 0 or not found.pieces
    for piece in found.pieces:
        middle = [sum(own, start=0 * own[0]) * Fraction(1, len(own)) for own in piece.strategies]
        assert bool(collusion.is_strong_nash_equilibrium(game, middle, blocking=rule, coordination=play))  # type: ignore[arg-type]
    pieces = found.certificate.pieces  # type: ignore[union-attr]
    for k, profile in sampled_equilibria(game, rng, 3):
        u = tuple(expected_payoffs(game, profile))
        holding = [n for n, (j, one, two) in enumerate(pieces) if j == k and one.holds(u[0]) and two.holds(u[1])]
        for n in holding:
            for player in (0, 1):
                vertices = np.array(found.pieces[n].strategies[player], dtype=float)
                target = np.array(profile[player], dtype=float)
                fit = linprog(
                    np.zeros(len(vertices)),
                    A_eq=np.vstack([vertices.T, np.ones(len(vertices))]),
                    b_eq=[*target, 1.0],
                )
                assert fit.status == 0


def test_a_threshold_inside_a_continuum() -> None:
    """Player 1 is indifferent between T and M, and (T, L) pays player 2 one, (M, L) nothing. (B, R) pays both more than
    what leaves player 2 with less than 1/2: of the equilibria (x T + (1 − x) M, L) those with x ≥ 1/2 stay."""
    game = NormalFormGame.from_bimatrix([[0, 0], [0, 0], [-1, 1]], [[1, 0], [0, 0], [0, "1/2"]])
    found = collusion.strong_nash_equilibria(game, play="mixed")
    assert not found.is_finite
    assert found.is_closed
    assert min(piece.payoffs[1].low for piece in found.pieces) == Fraction(1, 2)
    for share, stays in (("1/4", False), ("1/2", True), ("3/4", True)):
        profile = [[share, 1 - Fraction(share), 0], [1, 0]]
        assert bool(collusion.is_strong_nash_equilibrium(game, profile)) == stays
    # Independent mixtures help player 1 only where R is played more than L, so that player 2 gets 1/2 at most; with a
    # shared coin (T, L) and, rarely, (B, R) pay player 1 a little and player 2 nearly 1: only x = 1 withstands those.
    for play, least in (("independent", Fraction(1, 2)), ("correlated", 1)):
        mixed = collusion.strong_nash_equilibria(game, play="mixed", coordination=play)  # type: ignore[arg-type]
        assert min(piece.payoffs[1].low for piece in mixed.pieces if piece.payoffs[0].high == 0) == least


def test_a_set_with_an_open_end() -> None:
    """At x = (3/5, 2/5) player 2 gets −4/5 from every column; player 1 gets −1/2 at y = (0, 1/4, 3/4) and −1 at
    (1/2, 1/4, 1/4), where (row 1, column 3), which pays (−1, 0), is no worse for player 1 and better for player 2: "some"
    excludes this end alone."""
    game = NormalFormGame.from_bimatrix([[-2, 1, -1], [-1, -2, 0]], [[0, -2, 0], [-2, 1, -2]])
    found = collusion.strong_nash_equilibria(game, play="mixed", blocking="some")
    assert [e.payoffs for e in found] == [(Fraction(-1, 2), Fraction(-4, 5))]
    assert not found.is_closed
    assert "with open ends" in repr(found)
    assert "where Player 1 gets more than -1" in str(found)
    x, ends = (
        ["3/5", "2/5"],
        (np.array([0, Fraction(1, 4), Fraction(3, 4)]), np.array([Fraction(1, 2), *[Fraction(1, 4)] * 2])),
    )
    for weight, stays in ((0, True), (Fraction(1, 2), True), (Fraction(99, 100), True), (1, False)):
        y = list((1 - weight) * ends[0] + weight * ends[1])
        assert bool(collusion.is_strong_nash_equilibrium(game, [x, y], blocking="some")) == stays
        assert bool(collusion.is_strong_nash_equilibrium(game, [x, y]))


def test_chicken_prisoners_and_rock_paper_scissors() -> None:
    chicken = NormalFormGame.from_bimatrix([[6, 2], [7, 0]], [[6, 7], [2, 0]])
    mixed = collusion.strong_nash_equilibria(chicken, play="mixed")
    assert [e.payoffs for e in mixed] == [(2, 7), (7, 2)]  # the mixed one pays 14/3, both yield for 6 instead
    proof = collusion.coalition_proof_nash_equilibria(chicken, play="mixed")
    assert sorted(e.payoffs for e in proof) == [(2, 7), (Fraction(14, 3), Fraction(14, 3)), (7, 2)]
    prisoners = NormalFormGame.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]])
    assert len(collusion.strong_nash_equilibria(prisoners, play="mixed")) == 0
    assert "no strong Nash equilibrium" in collusion.strong_nash_equilibria(prisoners, play="mixed").certificate.claim  # type: ignore[union-attr]
    assert len(collusion.coalition_proof_nash_equilibria(prisoners, play="mixed")) == 1
    rps = NormalFormGame.zero_sum([[0, -1, 1], [1, 0, -1], [-1, 1, 0]])
    for play in PLAYS:
        for rule in ("all", "some", "transfer"):
            found = collusion.strong_nash_equilibria(rps, play="mixed", blocking=rule, coordination=play)  # type: ignore[arg-type]
            assert [e.payoffs for e in found] == [(0, 0)]
    assert len(collusion.strong_nash_equilibria(rps, play="mixed", blocking="any")) == 0


def test_correlated_equilibria_of_chicken() -> None:
    """The largest welfare of a correlated equilibrium is 10.5, with weights 1/2, 1/4, 1/4, 0; the least is 7.2."""
    chicken = NormalFormGame.from_bimatrix([[6, 2], [7, 0]], [[6, 7], [2, 0]])
    best = correlated_equilibrium(chicken)
    assert sum(best.payoffs) == Fraction(21, 2)
    assert best.exact_profile.tolist() == [[Fraction(1, 2), Fraction(1, 4)], [Fraction(1, 4), 0]]
    least = correlated_equilibrium(chicken, objective=-chicken.payoffs.sum(axis=0))
    assert sum(least.payoffs) == Fraction(36, 5)
    # Derived by hand: with a, b, c, d the weights of (6,6), (2,7), (7,2), (0,0) obedience reads 2b ≥ a, 2c ≥ a, b ≥ 2d, c ≥ 2d;
    # 12a + 9(b + c) is largest at a = 1/2, b = c = 1/4, and least at a = 0, b = c = 2/5, d = 1/5.
    assert Fraction(12, 2) + Fraction(9, 2) == Fraction(21, 2)
    assert 9 * Fraction(4, 5) == Fraction(36, 5)
    # (6,6) for sure would pay both more than 21/4: the mediator's plan is no target that two who talk keep to
    assert bool(collusion.is_strong_nash_equilibrium(chicken, (0, 1)))


# -- theorems ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(20))
def test_strong_within_coalition_proof_within_nash(seed: int) -> None:
    rng = random.Random(2000 + seed)
    game = random_game(rng)
    chain = [
        collusion.strong_nash_equilibria(game, play="mixed", coordination=play)  # type: ignore[arg-type]
        for play in ("correlated", "independent")
    ]
    proof = collusion.coalition_proof_nash_equilibria(game, play="mixed")
    nash = nash_equilibria(game)
    for member in (*chain[0], *chain[1]):
        assert bool(collusion.is_coalition_proof(game, member.exact_profile))
        assert member.certificate.verify()  # type: ignore[union-attr]
    assert {e.payoffs for e in chain[0]} <= {e.payoffs for e in chain[1]} | {e.payoffs for e in chain[0]}
    for member in chain[0]:  # whoever withstands shared randomness withstands independent mixing
        assert bool(collusion.is_strong_nash_equilibrium(game, member.exact_profile, coordination="independent"))
    for rule in ("some", "any", "transfer"):  # each of these lets a coalition block more often than "all"
        for member in collusion.strong_nash_equilibria(game, play="mixed", blocking=rule):  # type: ignore[arg-type]
            assert bool(collusion.is_strong_nash_equilibrium(game, member.exact_profile))
    assert len(proof) > 0  # existence: of finitely many best corners one is not dominated
    assert len(nash) > 0


def test_payoffs_on_mixed_supports_of_strong_equilibria_lie_on_a_line() -> None:
    """N. Gatti, M. Rocco and T. Sandholm (2013): with independent mixing, "all", two players. Seen in random games."""
    rng = random.Random(7)
    seen = 0
    for _ in range(150):
        game = random_game(rng, high=2)
        for member in collusion.strong_nash_equilibria(game, play="mixed", coordination="independent"):
            rows, columns = member.support
            if len(rows) < 2 or len(columns) < 2:
                continue
            seen += 1
            points = [game.payoff(i, j) for i in rows for j in columns]
            (a, b), others = points[0], points[1:]
            c, d = next((p for p in others if p != points[0]), points[0])
            assert all((p[0] - a) * (d - b) == (p[1] - b) * (c - a) for p in others)
    assert seen >= 5


@pytest.mark.parametrize("seed", range(16))
def test_relabelling_and_affine_changes(seed: int) -> None:
    rng = random.Random(3000 + seed)
    game = random_game(rng)
    rule, play = rng.choice(["all", "some", "any"]), rng.choice(PLAYS)
    found = collusion.strong_nash_equilibria(game, play="mixed", blocking=rule, coordination=play)  # type: ignore[arg-type]
    swapped = NormalFormGame.from_bimatrix(game.payoffs[1].T, game.payoffs[0].T)
    other = collusion.strong_nash_equilibria(swapped, play="mixed", blocking=rule, coordination=play)  # type: ignore[arg-type]
    assert sorted(e.payoffs for e in found) == sorted(e.payoffs[::-1] for e in other)
    moved = NormalFormGame.from_bimatrix(3 * game.payoffs[0] - 2, game.payoffs[1] / 2 + 1)
    scaled = collusion.strong_nash_equilibria(moved, play="mixed", blocking=rule, coordination=play)  # type: ignore[arg-type]
    assert [(3 * a - 2, b / 2 + 1) for a, b in (e.payoffs for e in found)] == [e.payoffs for e in scaled]


# -- pure equilibria of any number of players --------------------------------------------------------------------------


@pytest.mark.parametrize("paper", PAPER_GAMES.values(), ids=PAPER_GAMES)
def test_published_pure_answers(paper: object) -> None:
    game = paper.game  # type: ignore[attr-defined]
    strong, proof = collusion.strong_nash_equilibria(game), collusion.coalition_proof_nash_equilibria(game)
    for found, published in ((strong, paper.strong_nash), (proof, paper.coalition_proof)):  # type: ignore[attr-defined]
        if published is not None:
            assert tuple(e.profile for e in found) == published
        assert found.verify()
        if game.arithmetic == "exact":
            assert found.completeness == "certified"
            assert read_certificate(json.dumps(found.certificate.to_dict())).verify(game)


@pytest.mark.parametrize("seed", seeds(18, slow=36))
def test_pure_sets_by_brute_force(seed: int) -> None:
    rng = random.Random(4000 + seed)
    n = rng.choice([1, 2, 3, 3, 4])
    sizes = [rng.choice([1, 2, 2, 3]) if n < 4 else 2 for _ in range(n)]
    high = rng.choice([1, 1, 2, 5])
    tensor = np.array([rng.randint(-high, high) for _ in range(n * int(np.prod(sizes)))]).reshape(n, *sizes)
    rule, play = rng.choice(RULES), rng.choice(["pure", "correlated"])
    u = {a: tuple(Fraction(int(tensor[(i, *a)])) for i in range(n)) for a in product(*map(range, sizes))}
    game = NormalFormGame(tensor)
    expected = [a for a in u if oracle.resilience(u, sizes, a, rule, play) == n]
    found = collusion.strong_nash_equilibria(game, blocking=rule, coordination=play)  # type: ignore[arg-type]
    assert [e.profile for e in found] == expected
    assert found.verify()
    assert found.completeness == "certified"
    assert read_certificate(json.dumps(found.certificate.to_dict())).verify(game)  # type: ignore[union-attr, call-arg]
    proof = collusion.coalition_proof_nash_equilibria(game)
    assert [e.profile for e in proof] == sorted(oracle.coalition_proof(u, sizes))
    if rule == "all" and play == "pure":
        assert {e.profile for e in found} <= {e.profile for e in proof} <= set(oracle.nash(u, sizes))
    floats = NormalFormGame(tensor / 4.0)
    assert [e.profile for e in collusion.strong_nash_equilibria(floats, blocking=rule, coordination=play)] == expected  # type: ignore[arg-type]
    assert [e.profile for e in collusion.coalition_proof_nash_equilibria(floats)] == [e.profile for e in proof]


def test_rounding_is_asked_about() -> None:
    nearly = NormalFormGame.from_bimatrix([[1.0, 0.0], [0.0, 1.0 + 1e-13]], [[1.0, 0.0], [0.0, 1.0 + 1e-13]])
    with pytest.raises(UndecidedError, match="tol="):
        collusion.strong_nash_equilibria(nearly)
    loose = collusion.strong_nash_equilibria(nearly, tol=1e-9)
    assert [e.profile for e in loose] == [(0, 0), (1, 1)]
    assert loose.completeness == "numerical"
    assert collusion.is_coalition_proof(nearly, [[1.0, 0.0], [1.0, 0.0]]).status == "within tolerance"
    assert bool(collusion.is_coalition_proof(nearly, [[1.0, 0.0], [1.0, 0.0]], tol=1e-9))
    assert not bool(collusion.is_coalition_proof(nearly.exact(), [[1, 0], [1, 0]]))


def test_refusals() -> None:
    three = NormalFormGame(np.zeros((3, 2, 2, 2), dtype=int))
    with pytest.raises(UnsupportedError, match="3 players"):
        collusion.strong_nash_equilibria(three, play="mixed")
    with pytest.raises(UnsupportedError, match="independent"):
        collusion.strong_nash_equilibria(three, coordination="independent")
    with pytest.raises(UnsupportedError, match="3 players"):
        collusion.is_coalition_proof(three, [["1/2", "1/2"]] * 3)
    two = NormalFormGame(np.zeros((2, 2, 2), dtype=int))
    for wrong in ({"play": "some"}, {"blocking": "most"}, {"coordination": "public"}, {"play": "mixed", "tol": 1e-9}):
        with pytest.raises(SpecificationError, match=next(iter(wrong)) if len(wrong) == 1 else "tol"):
            collusion.strong_nash_equilibria(two, **wrong)  # type: ignore[arg-type]


def test_a_search_that_is_stopped_says_so() -> None:
    game = NormalFormGame(np.random.default_rng(1).integers(-99, 99, size=(2, 8, 8)))
    with pytest.raises(SolverError, match="limit"):
        collusion.strong_nash_equilibria(game, play="mixed", time_limit=0)


def test_sets_compare_and_show() -> None:
    labels = [["<b>", "d"], ["c", "d"]]
    game = NormalFormGame.from_bimatrix([[1, 1], [1, 0]], [[1, 0], [1, 0]], actions=labels)
    found = collusion.strong_nash_equilibria(game, play="mixed")
    assert copy.deepcopy(found) == found
    assert hash(copy.deepcopy(found)) == hash(found)
    assert not found.is_finite
    assert found.is_closed
    assert "any mixture of" in str(found)
    assert "<b>" not in found._repr_html_()
    assert list(found.to_frame().columns) == ["plays", "Player 1", "Player 2"]
    assert json.dumps(found.to_dict())
    assert "a continuum" in repr(found)


# -- independent mixing ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(24))
def test_limits_of_independent_mixing_against_samples(seed: int) -> None:
    rng = random.Random(5000 + seed)
    m, n = rng.choice([(1, 2), (2, 2), (2, 3), (3, 3), (2, 1)])
    high = rng.choice([1, 2, 5, 9])
    A, B = ([[Fraction(rng.randint(-high, high)) for _ in range(n)] for _ in range(m)] for _ in range(2))
    level = Fraction(rng.randint(-2 * high, 2 * high), 2)
    limit = independent_limit(A, B, level)
    noise = np.random.default_rng(seed)
    x, y = noise.dirichlet([0.5] * m, 1000), noise.dirichlet([0.5] * n, 1000)
    first = np.einsum("ki,ij,kj->k", x, np.array(A, dtype=float), y)
    second = np.einsum("ki,ij,kj->k", x, np.array(B, dtype=float), y)
    over = second[first > float(level) + 1e-12]
    if limit is None:
        assert not len(over)
        return
    assert limit[1] - limit[0] < Fraction(1, 10**15)
    assert not len(over) or over.max() <= float(limit[1]) + 1e-9
    for strict, other in ((True, limit[0] - Fraction(1, 1000)), (False, limit[0] - Fraction(1, 1000))):
        found = independent_improvement(A, B, (level, other), strict=strict)
        assert found is not None
        play = dict(found)
        gains = [sum(p * M[i][j] for (i, j), p in play.items()) - c for M, c in ((A, level), (B, other))]
        assert min(gains) > 0 if strict else min(gains) >= 0 < max(gains)
        rows = {i for i, _ in play}
        columns = {j for _, j in play}
        for i, j in product(rows, columns):  # a product of its marginals
            row, column = (sum(p for a, p in play.items() if a[k] == v) for k, v in ((0, i), (1, j)))
            assert play.get((i, j), 0) == row * column
    assert independent_improvement(A, B, (level, limit[1]), strict=True) is None


def test_a_limit_that_is_irrational() -> None:
    """Player 1 gets pq, player 2 (1 − p)(1 − q): where pq > 1/2 the supremum is (1 − √(1/2))² = 3/2 − √2."""
    A = [[Fraction(0), Fraction(0)], [Fraction(0), Fraction(1)]]
    B = [[Fraction(1), Fraction(0)], [Fraction(0), Fraction(0)]]
    low, high = independent_limit(A, B, Fraction(1, 2))  # type: ignore[misc]
    value = 1.5 - 2**0.5
    assert low < high
    assert high - low < Fraction(1, 2**60)
    assert float(low) == pytest.approx(value, abs=1e-15)
    assert (low - Fraction(3, 2)) ** 2 >= 2 >= (high - Fraction(3, 2)) ** 2
