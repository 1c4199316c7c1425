"""Mechanism design: what writing a programme costs beside solving it, reduced forms, and sweeps against cvxpy.

    python benchmarks/mechanisms.py [--types 20] [--sizes 10 20 40] [--points 1000] [--slow-points 100]

1. One item, three bidders of ``--types`` values each, Bayesian incentive compatibility and interim participation: seconds to
   write the exact programme with all names, to hand it to HiGHS (scaled to floats), and to solve it there.
2. Two alike bidders: the same optimum from the programme of all type profiles, from its orbits, and in reduced form, exact
   and certified.
3. A right-hand side sweep of one random linear programme, 200 columns and 100 rows: ``LinearModel`` from the last basis,
   against cvxpy with a parameter (DPP) and HiGHS, with its default solver, and with the problem built anew each time. The
   slower ones do ``--slow-points`` points, evenly spread, and count in proportion. Values are compared.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from fractions import Fraction

import cvxpy
import numpy as np
from timing import cpu_seconds, duration, environment

from gametheory.mechanisms import (
    BayesianIC,
    Environment,
    InterimParticipation,
    mechanism_programme,
    optimal_mechanism,
    optimal_reduced_form,
)
from gametheory.optimize import LinearModel
from gametheory.optimize.linear import model_of
from gametheory.optimize.scaling import scaled_programme

RULES = [BayesianIC(), InterimParticipation()]


def modelling(types: int) -> None:
    rng = np.random.default_rng(0)
    values = [np.sort(rng.choice(1000, types, replace=False)) for _ in range(3)]
    place = Environment.single_item(values, priors=[[Fraction(1, types)] * types] * 3)
    writing, programme = cpu_seconds(lambda: mechanism_programme(place, objective="revenue", constraints=RULES))
    start = time.process_time()
    model = model_of(programme, scaled_programme(programme), presolve="on")
    handed = time.process_time()
    status = model.run()
    solved = time.process_time()
    share = (writing + handed - start) / (solved - handed)
    print(
        f"{programme.num_columns:,} columns, {programme.num_rows:,} rows, {len(programme.column_index):,} entries: "
        f"written {duration(writing)}, handed over {duration(handed - start)}, {status} after "
        f"{duration(solved - handed)}; modelling is {share:.1%} of solving"
    )


def forms(sizes: list[int]) -> None:
    print("| values | all profiles | orbits | reduced form | columns |")
    print("|---|---|---|---|---|")
    for m in sizes:
        values, prior = [Fraction(k, m) for k in range(1, m + 1)], [Fraction(1, m)] * m
        plain = Environment.single_item([values] * 2, priors=[prior] * 2)
        alike = Environment.single_item([values] * 2, priors=[prior] * 2, identical=True)
        runs: list[Callable[[], object]] = [
            lambda e=plain: optimal_mechanism(e, "revenue", RULES, form="ex post"),  # type: ignore[misc]
            lambda e=alike: optimal_mechanism(e, "revenue", RULES, form="ex post"),  # type: ignore[misc]
            lambda e=alike: optimal_reduced_form(e, "revenue", RULES),  # type: ignore[misc]
        ]
        found = [cpu_seconds(run) for run in runs]
        designs = [design for _, design in found]
        assert len({design.value for design in designs}) == 1
        columns = " / ".join(f"{design.certificate.programme.num_columns:,}" for design in designs)
        print(f"| {m} | {' | '.join(duration(seconds) for seconds, _ in found)} | {columns} |", flush=True)


def sweep(points: int, slow_points: int) -> None:
    rng = np.random.default_rng(1)
    columns, rows = 200, 100
    matrix = rng.uniform(0, 1, size=(rows, columns)) * (rng.random((rows, columns)) < 0.3)
    side, direction, cost = rng.uniform(5, 10, rows), rng.uniform(-3, 3, rows), rng.uniform(1, 2, columns)
    grid = np.linspace(0, 1, points)
    few = grid[:: max(1, points // slow_points)]
    start = np.concatenate([[0], np.cumsum((matrix != 0).sum(axis=1))])

    def ours() -> list[float]:
        above = np.full(rows, np.inf)
        model = LinearModel("min", cost, start, np.nonzero(matrix)[1], matrix[matrix != 0], side, above)
        values = []
        for t in grid:
            model.change_row_bounds(side + t * direction, above)
            values.append(model.solve().value)
        return values

    def with_parameter(solver: str | None) -> Callable[[np.ndarray], list[float]]:
        x, b = cvxpy.Variable(columns, nonneg=True), cvxpy.Parameter(rows)
        problem = cvxpy.Problem(cvxpy.Minimize(cost @ x), [matrix @ x >= b])

        def run(at: np.ndarray) -> list[float]:
            values = []
            for t in at:
                b.value = side + t * direction
                values.append(float(problem.solve(solver=solver)))
            return values

        return run

    def anew(at: np.ndarray) -> list[float]:
        values = []
        for t in at:
            x = cvxpy.Variable(columns, nonneg=True)
            problem = cvxpy.Problem(cvxpy.Minimize(cost @ x), [matrix @ x >= side + t * direction])
            values.append(float(problem.solve(solver="HIGHS")))
        return values

    seconds, values = cpu_seconds(ours)
    print(f"| sweep of {points} points | CPU time | ratio |")
    print("|---|---|---|")
    print(f"| LinearModel, from the last basis | {duration(seconds)} | 1 |", flush=True)
    expected = dict(zip(grid.tolist(), values, strict=True))
    peers = [
        ("cvxpy, parameter, HIGHS", with_parameter("HIGHS"), grid),
        ("cvxpy, parameter, default solver", with_parameter(None), few),
        ("cvxpy, built anew, HIGHS", anew, few),
    ]
    for name, run, at in peers:
        run(at[:1])  # compiled before the clock starts
        begun = time.process_time()
        found = run(at)
        taken = (time.process_time() - begun) * points / len(at)
        assert np.allclose(found, [expected[t] for t in at.tolist()], rtol=1e-6)
        print(f"| {name} | {duration(taken)} | {taken / seconds:.3g} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--types", type=int, default=20)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10, 20, 40])
    parser.add_argument("--points", type=int, default=1000)
    parser.add_argument("--slow-points", type=int, default=100)
    arguments = parser.parse_args()
    print(environment("highspy", "cvxpy", "numpy"))
    modelling(arguments.types)
    forms(arguments.sizes)
    sweep(arguments.points, arguments.slow_points)


if __name__ == "__main__":
    main()
