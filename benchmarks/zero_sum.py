"""Zero-sum games of n×n against HiGHS and QuantEcon: CPU time of the same games in one run, one thread.

    OMP_NUM_THREADS=1 python benchmarks/zero_sum.py [--sizes 50 200 500 1000] [--seeds 3] [--slow]

Uniform floats in [0, 1]. Ours, from the game to the result with its exact bounds: exact, to a gap of 1e-9 and of 1e-4 of
the span of payoffs. HiGHS, from arrays, has a column for each action and one for the value: its own simplex, and its
interior-point method with crossover; the better of the two is the peer. Its gap is of the order of 1e-9. QuantEcon's
`minmax` (floats) is run up to 500 actions. Values are compared. Past 500 actions HiGHS's simplex takes minutes and is
run only with --slow.
"""

from __future__ import annotations

import argparse
import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import highspy
import numpy as np
from timing import cpu_seconds, duration, environment, median_of

from gametheory.equilibria import zero_sum_equilibrium
from gametheory.games import NormalFormGame

try:
    from quantecon.optimize import minmax
except ImportError:
    minmax = None
    print("QuantEcon is not installed: pip install quantecon for its column")


def highs(A: np.ndarray, solver: str) -> float:
    """max v s.t. Aᵀx − v ≥ 0, Σx = 1, x ≥ 0."""
    m, n = A.shape
    rows = np.block([[A.T, -np.ones((n, 1))], [np.ones((1, m)), np.zeros((1, 1))]])
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = m + 1, n + 1
    model.sense_ = highspy.ObjSense.kMaximize
    model.col_cost_ = np.append(np.zeros(m), 1.0)
    model.col_lower_, model.col_upper_ = np.append(np.zeros(m), -highspy.kHighsInf), np.full(m + 1, highspy.kHighsInf)
    model.row_lower_, model.row_upper_ = np.append(np.zeros(n), 1.0), np.append(np.full(n, highspy.kHighsInf), 1.0)
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    kept = rows != 0
    model.a_matrix_.start_ = np.append(0, np.cumsum(kept.sum(axis=1)))
    model.a_matrix_.index_, model.a_matrix_.value_ = np.nonzero(kept)[1], rows[kept]
    instance = highspy.Highs()
    instance.setOptionValue("output_flag", False)
    instance.setOptionValue("threads", 1)
    instance.setOptionValue("solver", solver)
    instance.passModel(model)
    instance.run()
    if instance.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        raise SystemExit(f"HiGHS ({solver}) did not solve {m}×{n}")
    return instance.getInfo().objective_function_value


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[50, 200, 500, 1000])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--slow", action="store_true", help="HiGHS's simplex past 500 actions too")
    options = parser.parse_args()
    modes = {"exact": None, "gap 1e-9": 1e-9, "gap 1e-4": 1e-4}
    small = NormalFormGame.zero_sum(np.random.default_rng(0).random((80, 80)))
    for tol in modes.values():  # compiled and loaded now
        zero_sum_equilibrium(small, tol=tol)
    if minmax is not None:
        minmax(small.numerators[0].copy())
    print(environment("numpy", "scipy", "numba", "highspy", "python-flint"))
    print(
        "\n| size | QuantEcon | HiGHS | ours, exact | ratio | gap 1e-9 | ratio | gap 1e-4 | ratio |\n"
        "|---|---|---|---|---|---|---|---|---|"
    )
    for n in options.sizes:
        times: dict[str, list[float]] = {}
        for seed in range(options.seeds):
            A = np.random.default_rng(seed).random((n, n))
            solvers = ["ipm", "simplex"] if n <= 500 or options.slow else ["ipm"]
            peers = [cpu_seconds(lambda A=A, s=s: highs(A, s)) for s in solvers]
            times.setdefault("HiGHS", []).append(min(t for t, _ in peers))
            if minmax is not None and n <= 500:
                taken, (value, _, _) = cpu_seconds(lambda A=A: minmax(A.copy()))
                times.setdefault("QuantEcon", []).append(taken)
                assert abs(value - peers[0][1]) < 1e-7, "the peers differ"
            game = NormalFormGame.zero_sum(A)
            for mode, tol in modes.items():
                taken, found = cpu_seconds(lambda game=game, tol=tol: zero_sum_equilibrium(game, tol=tol))
                times.setdefault(mode, []).append(taken)
                assert float(found.lower) - 1e-7 <= peers[0][1] <= float(found.upper) + 1e-7, "they differ"
                assert found.gap <= (tol or 0), "the gap is too large"
        medians = {name: median_of(values) for name, values in times.items()}
        cells = [duration(medians["QuantEcon"]) if "QuantEcon" in medians else "not run", duration(medians["HiGHS"])]
        for mode in modes:
            cells += [duration(medians[mode]), f"{medians['HiGHS'] / medians[mode]:.1f}"]
        print(f"| {n}×{n} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
