"""The index of components: perturbed games solved by brute force, theorems, published and constructed examples."""

from __future__ import annotations

import pickle
import random
from collections import Counter
from fractions import Fraction

import pytest
from oracles.indices import component_indices as perturbed_indices
from oracles.indices import index_at
from oracles.nash import extreme_equilibria, is_generic_at

from gametheory.equilibria import EquilibriumSet, nash_equilibria, pure_nash_equilibria
from gametheory.equilibria.indices import component_indices
from gametheory.errors import SolverError, UnsupportedError
from gametheory.games import NormalFormGame

Matrix = list[list[object]]


def integers(rng: random.Random, m: int, n: int, high: int) -> Matrix:
    return [[rng.randint(0, high) for _ in range(n)] for _ in range(m)]


def solved(A: Matrix, B: Matrix) -> EquilibriumSet:
    return nash_equilibria(NormalFormGame.from_bimatrix(A, B))


def by_members(equilibria: EquilibriumSet) -> dict[frozenset, int]:
    """The index of each component, written as the set of its extreme equilibria."""
    pairs = [tuple(tuple(v) for v in e.exact_profile) for e in equilibria]
    return {
        frozenset(pairs[k] for k in members): index
        for members, index in zip(equilibria.components, equilibria.indices, strict=True)
    }


# -- brute force -------------------------------------------------------------------------------------------------------


def agree(rng: random.Random, sizes: range, high: int, count: int) -> Counter[int]:
    seen: Counter[int] = Counter()
    for _ in range(count):
        m, n = rng.choice(sizes), rng.choice(sizes)
        A, B = integers(rng, m, n, high), integers(rng, m, n, high)
        truth = perturbed_indices(A, B, rng)
        if truth is None:
            seen["unclear"] += 1  # type: ignore[index]
            continue
        found = by_members(solved(A, B))
        assert found == truth
        if len(found) > 1:
            seen.update(found.values())
    return seen


@pytest.mark.parametrize("high", [1, 2, 3])
def test_perturbed_games_have_these_indices(high: int) -> None:
    seen = agree(random.Random(high), range(1, 5), high, 60)
    assert seen[0] > 0
    assert seen[1] > 0
    assert seen["unclear"] < 10  # type: ignore[index]


@pytest.mark.slow
@pytest.mark.parametrize("high", [1, 2, 3])
def test_many_perturbed_games_have_these_indices(high: int) -> None:
    seen = agree(random.Random(100 + high), range(2, 6), high, 250)
    print(high, seen)
    assert min(seen[0], seen[1]) > 5
    assert seen[-1] > 0 or high == 1


def test_games_without_ties_have_the_indices_of_determinants() -> None:
    rng = random.Random(5)
    seen: Counter[int] = Counter()
    for _ in range(60):
        m, n = rng.randint(2, 5), rng.randint(2, 5)
        A, B = integers(rng, m, n, 1000), integers(rng, m, n, 1000)
        truth = extreme_equilibria(A, B)
        if all(is_generic_at(A, B, *pair) for pair in truth):
            indices = {frozenset([pair]): index_at(A, B, *pair) for pair in truth}
            assert by_members(solved(A, B)) == indices
            seen.update(indices.values())
    assert set(seen) == {1, -1}


# -- theorems ----------------------------------------------------------------------------------------------------------


def degenerate_games(seed: int, count: int) -> list[tuple[Matrix, Matrix]]:
    rng = random.Random(seed)
    sizes = [(rng.randint(2, 5), rng.randint(2, 5), rng.choice((1, 2, 3))) for _ in range(count)]
    return [(integers(rng, m, n, h), integers(rng, m, n, h)) for m, n, h in sizes]


def test_indices_sum_to_one() -> None:
    """Shapley (1974), for each of several sizes, also where branches were searched in floats."""
    for A, B in degenerate_games(6, 100):
        assert sum(solved(A, B).indices) == 1
    for A, B in [(integers(random.Random(k), 9, 9, 6), integers(random.Random(k + 50), 9, 9, 6)) for k in range(6)]:
        equilibria = nash_equilibria(NormalFormGame.from_bimatrix(A, B), completeness="numerical")
        assert sum(equilibria.indices) == 1


def test_strict_equilibria_have_index_one() -> None:
    strict = 0
    for A, B in degenerate_games(7, 60):
        equilibria = solved(A, B)
        for k, e in enumerate(equilibria):
            if all(len(own) == 1 for own in e.support):
                (i,), (j,) = e.support
                others = [A[a][j] for a in range(len(A)) if a != i], [B[i][b] for b in range(len(B[0])) if b != j]
                if max(others[0]) < A[i][j] and max(others[1]) < B[i][j]:
                    c = equilibria.component_of(k)
                    assert equilibria.components[c] == (k,)
                    assert equilibria.indices[c] == 1
                    strict += 1
    assert strict > 10


def test_relabelling_and_affine_changes_leave_the_indices() -> None:
    rng = random.Random(8)
    for A, B in degenerate_games(8, 40):
        m, n = len(A), len(A[0])
        truth = by_members(solved(A, B))
        p, q = rng.sample(range(m), m), rng.sample(range(n), n)
        moved = by_members(solved([[A[i][j] for j in q] for i in p], [[B[i][j] for j in q] for i in p]))
        assert moved == {
            frozenset((tuple(x[i] for i in p), tuple(y[j] for j in q)) for x, y in c): k for c, k in truth.items()
        }
        swapped = by_members(solved(*([list(column) for column in zip(*payoffs, strict=True)] for payoffs in (B, A))))
        assert swapped == {frozenset((y, x) for x, y in c): k for c, k in truth.items()}
        scales = [Fraction(rng.randint(1, 9), rng.randint(1, 9)) for _ in "AB"]
        shifts = [rng.randint(-(10**9), 10**9) for _ in "AB"]
        changed = [[[s * u + t for u in row] for row in T] for s, t, T in zip(scales, shifts, (A, B), strict=True)]
        assert by_members(solved(*changed)) == truth


def test_constants_on_columns_leave_the_indices() -> None:
    """Player 1's payoffs changed by what depends on player 2's action alone: the same best replies."""
    rng = random.Random(9)
    for A, B in degenerate_games(9, 40):
        constants = [rng.randint(-5, 5) for _ in A[0]]
        changed = [[u + c for u, c in zip(row, constants, strict=True)] for row in A]
        assert by_members(solved(changed, B)) == by_members(solved(A, B))


def test_a_duplicated_action_leaves_the_indices() -> None:
    """Invariance (von Stengel and von Schemde): mixtures of copies are one action; so are pure and mixed duplicates."""
    rng = random.Random(10)
    for A, B in degenerate_games(10, 40):
        i = rng.randrange(len(A))
        truth = by_members(solved(A, B))
        doubled = solved([*A, A[i]], [*B, B[i]])
        for members, index in zip(doubled.components, doubled.indices, strict=True):
            x, y = (list(v) for v in doubled[members[0]].exact_profile)
            x[i] += x.pop()
            merged = (tuple(x), tuple(y))
            (home,) = [c for c in truth if merged in c]
            assert truth[home] == index
        assert len(doubled.components) == len(truth)


def test_outside_options_have_one_minus_the_indices_of_what_is_better() -> None:
    """E. Hauk and S. Hurkens (2002), *On forward induction and evolutionary and strategic stability*, J. Econ. Theory.

    Player 1 may leave for the payoff a. What remains of the game are the equilibria that pay more than a; all others
    are replaced by the component in which player 1 leaves, so its index is 1 minus the sum of theirs.
    """
    rng = random.Random(11)
    seen: Counter[int] = Counter()
    for _ in range(60):
        m, n = rng.randint(2, 3), rng.randint(2, 4)
        A, B = integers(rng, m, n, 50), integers(rng, m, n, 50)
        inside = solved(A, B)
        a = Fraction(2 * rng.randint(0, 50) + 1, 2) + Fraction(1, 997)
        if inside.degenerate:
            continue
        better = sum(k for (e,), k in zip(inside.components, inside.indices, strict=True) if inside[e].payoffs[0] > a)
        outside = solved([*A, [a] * n], [*B, [7] * n])
        leaving = {outside.component_of(k) for k, e in enumerate(outside) if e.exact_profile[0][-1] == 1}
        assert len(leaving) <= 1
        if leaving:
            assert outside.indices[leaving.pop()] == 1 - better
            seen[1 - better] += 1
        else:
            assert better == 1
    assert len(seen) >= 2


# -- named games -------------------------------------------------------------------------------------------------------

LEAVE = Fraction(13, 2)

NAMED = {
    "identical interests, zeros off the diagonal": ([[1, 0], [0, 0]], [[1, 0], [0, 0]], {0: 1, 1: 0}),
    # E. Kohlberg and J.-F. Mertens (1986), figure 3, by symmetry: what is left for the square is 1 − 1 − 1.
    "two strict equilibria and a square": (
        [[1, 0, -1], [0, 0, 0], [-1, 0, 1]],
        [[1, 0, -1], [0, 0, 0], [-1, 0, 1]],
        {1: 2, -1: 1},
    ),
    # Three coordinating equilibria pay 1, the rest at most 1/2: leaving has index 1 − 3.
    "coordination of three with an outside option": (
        [[1, 0, 0], [0, 1, 0], [0, 0, 1], [Fraction(3, 4)] * 3],
        [[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 0]],
        {1: 3, -2: 1},
    ),
    # Inside, (1/2, 1/2, 0) against (1/2, 1/2, 0) has index −1 and pays 7; (3, 1) pays 6 and (2, 3) pays 1.
    "an outside option of index 2": (
        [[4, 10, 0], [0, 14, 1], [6, 6, 0], [LEAVE] * 3],
        [[4, 0, -4], [0, 4, 6], [1, 0, 0], [0, 0, 0]],
        {-1: 1, 2: 1},
    ),
    "matching pennies": ([[1, -1], [-1, 1]], [[-1, 1], [1, -1]], {1: 1}),
    "nothing at stake": ([[0] * 5] * 5, [[0] * 5] * 5, {1: 1}),
}


@pytest.mark.parametrize("name", NAMED)
def test_named_games(name: str) -> None:
    A, B, expected = NAMED[name]
    equilibria = solved(A, B)
    indices = Counter(equilibria.indices)
    if name.startswith("identical"):
        assert equilibria.indices == (1, 0)
        assert equilibria[0].support == ((0,), (0,))
    else:
        assert indices == expected
    assert by_members(equilibria) == perturbed_indices(A, B, random.Random(12))


# -- what is shown, and refusals ---------------------------------------------------------------------------------------


def test_indices_are_shown() -> None:
    equilibria = solved([[1, 0], [0, 0]], [[1, 0], [0, 0]])
    assert equilibria.to_dict()["indices"] == [1, 0]
    assert "component 1 of 2, index +1\n" in str(equilibria)
    assert "component 2 of 2, index 0\n" in str(equilibria)
    assert "<th>index</th>" in equilibria._repr_html_()
    assert "<td>+1</td>" in equilibria._repr_html_()
    again = pickle.loads(pickle.dumps(equilibria))  # noqa: S301 - our own bytes
    assert again == equilibria
    assert again.indices == (1, 0)


def test_one_player_has_one_component_of_index_one() -> None:
    assert nash_equilibria(NormalFormGame([[3, 1, 3]])).indices == (1,)


def test_other_concepts_and_more_players_are_refused() -> None:
    pure = pure_nash_equilibria(NormalFormGame.from_bimatrix([[1, 0], [0, 0]], [[1, 0], [0, 0]]))
    with pytest.raises(UnsupportedError, match="pure Nash equilibria of 2 players"):
        _ = pure.indices
    assert pure.to_dict()["indices"] == []
    three = nash_equilibria(NormalFormGame.from_profiles({(0, 0, 0): (1, 2, 3)}))
    with pytest.raises(UnsupportedError, match="3 players"):
        _ = three.indices


def test_a_missing_equilibrium_is_noticed() -> None:
    game = NormalFormGame.from_bimatrix([[2, 0], [0, 1]], [[1, 0], [0, 2]])
    profiles = [e.exact_profile for e in nash_equilibria(game)]
    assert component_indices(game, profiles, [(0,), (1,), (2,)]) == (1, -1, 1)
    with pytest.raises(SolverError, match="sum to 2 and not to 1"):
        component_indices(game, [profiles[0], profiles[2]], [(0,), (1,)])
