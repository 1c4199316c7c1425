"""Rational optima against elimination and enumeration; programmes on which floats go wrong."""

from __future__ import annotations

import itertools
import random
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from oracles.linear import best_vertex, outcome, plain

from gametheory.arithmetic import RationalArray
from gametheory.certificates import LinearProgramme
from gametheory.errors import InfeasibleError, SolverError, SpecificationError, UnboundedError
from gametheory.optimize.common_parts import without_common_parts
from gametheory.optimize.exact import solve_exact
from gametheory.optimize.exact_simplex import ExactSimplex
from gametheory.optimize.linear_model import Basis

COVERING_A = [
    [7, 8, 1, 8, 5, 5],
    [6, 3, 9, 1, 3, 4],
    [6, 4, 2, 1, 1, 1],
    [2, 9, 2, 6, 7, 3],
    [3, 4, 3, 9, 2, 9],
    [8, 8, 2, 4, 6, 5],
    [6, 7, 6, 1, 9, 6],
    [9, 3, 4, 8, 2, 1],
]


def covering(t) -> LinearProgramme:
    sides = [27, 33, 22, 37, 26, 24, 30, 37]
    rows = [
        (f"row {i}", dict(enumerate(a)), ">=", b + t) for i, (a, b) in enumerate(zip(COVERING_A, sides, strict=True))
    ]
    return LinearProgramme.from_rows("min", [8, 7, 3, 1, 7, 6], rows, upper=[20] * 6, name="covering")


def random_programme(rng: random.Random, columns: int, rows: int, *, size: int = 3) -> LinearProgramme:
    """Small integers: ties, redundant, empty and contradicting rows, free and fixed columns are common."""
    table = []
    for r in range(rows):
        entries = {j: rng.randint(-size, size) for j in range(columns) if rng.random() < 0.7}
        table.append((f"row {r}", entries, rng.choice(["<=", "<=", ">=", "=="]), rng.randint(-size, size)))
        if rng.random() < 0.15:
            table[-1] = (f"row {r}", table[rng.randrange(len(table))][1], *table[-1][2:])
    lower = [rng.choice([0, 0, 0, None, -2, 1]) for _ in range(columns)]
    upper = [rng.choice([None, None, 3, 1]) for _ in range(columns)]
    objective = [rng.randint(-size, size) for _ in range(columns)]
    return LinearProgramme.from_rows(
        rng.choice(["max", "min"]), objective, table, lower=lower, upper=upper, constant=rng.randint(-3, 3)
    )


def check_outcome(programme: LinearProgramme) -> str:
    expected, value = outcome(plain(programme))
    if expected == "infeasible":
        with pytest.raises(InfeasibleError) as caught:
            solve_exact(programme)
        assert caught.value.certificate.verify()
    elif expected == "unbounded":
        with pytest.raises(UnboundedError) as caught:
            solve_exact(programme)
        assert caught.value.ray.verify()
    else:
        solution = solve_exact(programme)
        assert solution.value == value + programme.constant
        assert solution.certificate.verify()
    return expected


def test_small_programmes_agree_with_elimination() -> None:
    rng = random.Random(2)
    seen = {"optimal": 0, "infeasible": 0, "unbounded": 0}
    for _ in range(300):
        seen[check_outcome(random_programme(rng, rng.randint(1, 3), rng.randint(0, 4)))] += 1
    assert min(seen.values()) > 30


def test_optima_are_vertices_where_there_are_vertices() -> None:
    rng = random.Random(4)
    found = 0
    while found < 40:
        programme = random_programme(rng, 3, 4)
        vertices = best_vertex(plain(programme))
        try:
            solution = solve_exact(programme)
        except (InfeasibleError, UnboundedError):
            continue
        if vertices is not None:
            found += 1
            assert solution.value - programme.constant == vertices[0]
            assert list(solution.primal.fractions()) in vertices[1]


def test_the_exact_simplex_method_needs_no_proposal() -> None:
    """From all rows basic, from random (also singular) bases, the outcome is the same."""
    rng = random.Random(6)
    for _ in range(150):
        columns, rows = rng.randint(1, 4), rng.randint(1, 4)
        programme = random_programme(rng, columns, rows)
        if any(
            a is not None and b is not None and a > b for a, b in zip(programme.lower, programme.upper, strict=True)
        ):
            continue
        simplex = ExactSimplex(programme)
        plain_start = simplex.solve(None)
        start = Basis(
            np.array([rng.randint(0, 3) for _ in range(columns)], dtype=np.int8),
            np.array([rng.randint(0, 3) for _ in range(rows)], dtype=np.int8),
        )
        other = simplex.solve(start)
        assert plain_start.status == other.status
        if plain_start.status == "optimal":
            assert programme.objective_at(plain_start.primal) == programme.objective_at(other.primal)


def test_two_hundred_larger_programmes_have_equal_primal_and_dual_values() -> None:
    rng = random.Random(8)
    solved = 0
    while solved < 200:
        columns, rows = rng.randint(3, 12), rng.randint(3, 12)
        table = [
            (f"row {r}", {j: rng.randint(1, 30) for j in range(columns)}, "<=", rng.randint(1, 99)) for r in range(rows)
        ]
        programme = LinearProgramme.from_rows("max", [rng.randint(1, 30) for _ in range(columns)], table)
        solution = solve_exact(programme)
        duals = solution.row_duals.fractions()
        assert solution.value == sum(y * b for y, b in zip(duals, programme.right_hand_side.fractions(), strict=True))
        assert all(y >= 0 for y in duals)
        assert all(d <= 0 for d in solution.reduced_costs.fractions())
        solved += 1


@pytest.mark.parametrize(
    ("t", "left", "right"),
    [
        (-20, Fraction(19, 34), Fraction(19, 34)),
        (-15, Fraction(19, 34), 1),
        (0, 1, 1),
        (2, 1, Fraction(4, 3)),
        (5, Fraction(4, 3), Fraction(4, 3)),
    ],
)
def test_slopes_of_the_value_of_a_covering_programme(t, left, right) -> None:
    """The value is convex and piecewise linear in the right-hand side; its slopes are known in closed form."""
    step = Fraction(1, 1000)
    value = {s: solve_exact(covering(t + s * step)).value for s in (-1, 0, 1)}
    assert (value[0] - value[-1]) / step == left
    assert (value[1] - value[0]) / step == right
    assert left <= sum(solve_exact(covering(t)).row_duals.fractions()) <= right


def matrix_game(payoffs) -> LinearProgramme:
    """The row player's guarantee: max v, Σ x = 1, Σ_i x_i A_ij ≥ v."""
    m, n = len(payoffs), len(payoffs[0])
    rows = [(f"against {j}", {**{i: payoffs[i][j] for i in range(m)}, m: -1}, ">=", 0) for j in range(n)]
    rows.append(("total", dict.fromkeys(range(m), 1), "==", 1))
    return LinearProgramme.from_rows("max", [0] * m + [1], rows, lower=[0] * m + [None])


@pytest.mark.parametrize("shift", [10**9, 10**15, 10**30])
@pytest.mark.parametrize("unit", [Fraction(1), Fraction(1, 10**9)])
def test_a_common_part_of_the_payoffs_moves_the_value_and_nothing_else(shift, unit) -> None:
    rng = random.Random(11)
    base = [[rng.randint(0, 99) for _ in range(7)] for _ in range(6)]
    expected = solve_exact(matrix_game(base)).value
    moved = solve_exact(matrix_game([[shift + unit * a for a in row] for row in base]))
    assert moved.value == shift + unit * expected


def test_near_ties_are_told_apart() -> None:
    """Two columns whose costs differ by 1e-10, 1e-30: the better one is chosen."""
    for gap in (Fraction(1, 10**10), Fraction(1, 10**30)):
        programme = LinearProgramme.from_rows("max", [1, 1 + gap], [("budget", {0: 1, 1: 1}, "<=", 1)])
        assert solve_exact(programme).value == 1 + gap
        tight = LinearProgramme.from_rows(
            "max", [1], [("low", {0: 1}, ">=", 1 + gap), ("high", {0: 1}, "<=", 1)], lower=[None]
        )
        with pytest.raises(InfeasibleError) as caught:
            solve_exact(tight)
        assert caught.value.certificate.verify()


def test_rows_and_columns_of_very_different_size() -> None:
    rng = random.Random(13)
    for _ in range(20):
        base = random_programme(rng, 3, 3)
        if outcome(plain(base))[0] != "optimal":
            continue
        row_unit = [Fraction(10) ** rng.choice([-12, -6, 0, 6, 12, 200]) for _ in range(3)]
        values = base.coefficients.fractions() * np.array([row_unit[r] for r in base.entry_rows()], dtype=object)
        moved = replace(
            base,
            coefficients=RationalArray.from_fractions(values),
            right_hand_side=RationalArray.from_fractions(base.right_hand_side.fractions() * np.array(row_unit)),
        )
        assert solve_exact(moved).value == solve_exact(base).value


def test_the_order_of_rows_and_columns_does_not_matter() -> None:
    rng = random.Random(17)
    for _ in range(30):
        base = random_programme(rng, 4, 4)
        if outcome(plain(base))[0] != "optimal":
            continue
        columns, rows = rng.sample(range(4), 4), rng.sample(range(4), 4)
        back = {j: k for k, j in enumerate(columns)}
        moved = LinearProgramme.from_rows(
            base.sense,
            [base.objective[j] for j in columns],
            [
                (f"r{k}", {back[j]: a for j, a in base.row(r).items()}, base.row_sense[r], base.right_hand_side[r])
                for k, r in enumerate(rows)
            ],
            lower=[base.lower[j] for j in columns],
            upper=[base.upper[j] for j in columns],
            constant=base.constant,
        )
        assert solve_exact(moved).value == solve_exact(base).value


def test_a_degenerate_cube_that_makes_the_textbook_rule_cycle() -> None:
    """E. M. L. Beale (1955): the largest-coefficient rule cycles; the optimum is −1/20 (minimum)."""
    programme = LinearProgramme.from_rows(
        "min",
        ["-3/4", 150, "-1/50", 6],
        [
            ("first", {0: "1/4", 1: -60, 2: "-1/25", 3: 9}, "<=", 0),
            ("second", {0: "1/2", 1: -90, 2: "-1/50", 3: 3}, "<=", 0),
            ("third", {2: 1}, "<=", 1),
        ],
    )
    assert solve_exact(programme).value == Fraction(-1, 20)
    found = ExactSimplex(programme).solve(None)
    assert programme.objective_at(found.primal) == Fraction(-1, 20)
    assert found.pivots > 0


def test_programmes_without_rows_or_columns() -> None:
    free = LinearProgramme.from_rows("max", [1, -2], [], upper=[5, None], constant=1)
    assert solve_exact(free).value == 6
    with pytest.raises(UnboundedError):
        solve_exact(replace(free, upper=(None, None)))
    nothing = LinearProgramme.from_rows("min", [], [("true", {}, "<=", 1)], constant="1/3")
    assert solve_exact(nothing).value == Fraction(1, 3)
    with pytest.raises(InfeasibleError) as caught:
        solve_exact(LinearProgramme.from_rows("min", [], [("false", {}, ">=", 1)]))
    assert caught.value.certificate.verify()


def test_crossed_bounds_are_infeasible() -> None:
    with pytest.raises(InfeasibleError) as caught:
        solve_exact(LinearProgramme.from_rows("max", [1], [("row", {0: 1}, "<=", 1)], lower=[2], upper=[1]))
    assert caught.value.certificate.verify()


def test_shadow_prices_by_name_and_a_warm_start() -> None:
    first = solve_exact(covering(0))
    assert sum(first.binding.values()) == 1
    assert all(name.startswith("row ") for name in first.binding)
    again = solve_exact(covering(Fraction(1, 7)), warm_start=first.basis)
    assert again.value == 24 + Fraction(1, 7)
    assert again.pivots == 0


def test_limits_and_integer_columns_are_refused() -> None:
    with pytest.raises(SolverError, match="time limit"):
        solve_exact(covering(0), time_limit=0)
    with pytest.raises(SpecificationError, match="solve_exact_milp"):
        solve_exact(replace(covering(0), integer=frozenset({0})))


def test_displays() -> None:
    solution = solve_exact(covering(0))
    assert "certified" in repr(solution)
    assert "row " in solution._repr_html_()
    assert solution.to_dict()["value"] == "24"


def test_common_parts_are_taken_out_without_changing_points_or_bases() -> None:
    rng = random.Random(31)
    programme = matrix_game([[10**12 + rng.randint(0, 99) for _ in range(5)] for _ in range(5)])
    easier = without_common_parts(programme)
    assert max(abs(a) for a in easier.coefficients.fractions()) < 1000
    assert solve_exact(easier).value == solve_exact(programme).value
    one, two = ExactSimplex(programme).solve(None), ExactSimplex(easier).solve(None)
    assert ExactSimplex(programme).solve(two.basis).pivots == 0
    assert ExactSimplex(easier).solve(one.basis).pivots == 0
    small = matrix_game([[rng.randint(0, 99) for _ in range(5)] for _ in range(5)])
    assert without_common_parts(small) is small


def correlated_programme(payoffs) -> LinearProgramme:
    """The largest sum of payoffs of a correlated equilibrium; ``payoffs[i][a][b]``, two players."""
    A, B = payoffs
    m, n = len(A), len(A[0])
    rows = []
    for a, other in itertools.permutations(range(m), 2):
        gains = {a * n + b: A[other][b] - A[a][b] for b in range(n)}
        rows.append((f"row player {a} to {other}", gains, "<=", 0))
    for b, other in itertools.permutations(range(n), 2):
        gains = {a * n + b: B[a][other] - B[a][b] for a in range(m)}
        rows.append((f"column player {b} to {other}", gains, "<=", 0))
    rows.append(("total", dict.fromkeys(range(m * n), 1), "==", 1))
    return LinearProgramme.from_rows("max", [A[a][b] + B[a][b] for a in range(m) for b in range(n)], rows)


@pytest.mark.parametrize("size", [3, 8])
def test_correlated_play_does_not_depend_on_a_common_part(size) -> None:
    """Adding 10⁹ to every payoff hides the differences from floats; the value moves by 2·10⁹ and nothing else."""
    rng = random.Random(size)
    base = [[[Fraction(rng.randint(0, 999), 1000) for _ in range(size)] for _ in range(size)] for _ in range(2)]
    moved = [[[x + 10**9 for x in row] for row in table] for table in base]
    assert solve_exact(correlated_programme(moved)).value == solve_exact(correlated_programme(base)).value + 2 * 10**9


def test_correlated_play_with_near_ties_agrees_with_pivots_alone() -> None:
    """Payoffs 0, 1, 2 with parts of 1e-10: the proposal of floats is off, the method from all rows basic is not."""
    rng = random.Random(21)
    pivots = []
    for _ in range(4):
        tables = [
            [[rng.randint(0, 2) + Fraction(rng.randint(0, 99), 10**12) for _ in range(4)] for _ in range(4)]
            for _ in range(2)
        ]
        programme = correlated_programme(tables)
        solution = solve_exact(programme)
        alone = ExactSimplex(programme).solve(None)
        assert programme.objective_at(alone.primal) == solution.value
        assert solution.certificate.verify()
        pivots.append(solution.pivots)
    assert max(pivots) > 0
