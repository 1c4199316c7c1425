"""The best mixed commitment against one follower: OpenSpiel's and a plain cvxpy version, CPU time of the same games in one run.

    python benchmarks/stackelberg.py [--sizes 10 30 100] [--seeds 3] [--peer-seeds 1] [--floats]

Integers −99, …, 99, seeds 0, 1, … (``--floats``: uniform payoffs). All three solve one linear programme for each reply of the
follower. Ours is exact and carries a certificate over all replies, the others are floats. "plain cvxpy" writes the follower's
rows as one matrix inequality and asks for HiGHS; OpenSpiel's writes them one by one and takes cvxpy's default solver. It needs
``pip install open_spiel cvxpy``; what is missing is left out. Values are compared.
"""

from __future__ import annotations

import argparse

import numpy as np
from timing import cpu_seconds, duration, environment, median_of

from gametheory.equilibria import stackelberg_equilibrium
from gametheory.games import NormalFormGame

try:
    import cvxpy
except ImportError as error:
    cvxpy = None
    NO_CVXPY = str(error)

try:
    import pyspiel
    from open_spiel.python.algorithms.stackelberg_lp import solve_stackelberg
except ImportError as error:
    solve_stackelberg = None
    NO_OPENSPIEL = str(error)


def openspiel(a: np.ndarray, b: np.ndarray) -> float:
    return float(solve_stackelberg(pyspiel.create_matrix_game(a, b))[2])


def plain(a: np.ndarray, b: np.ndarray) -> float:
    best = -np.inf
    for reply in range(a.shape[1]):
        x = cvxpy.Variable(len(a), nonneg=True)
        rows = [cvxpy.sum(x) == 1, (b[:, [reply]] - b).T @ x >= 0]
        problem = cvxpy.Problem(cvxpy.Maximize(a[:, reply] @ x), rows)
        problem.solve(solver="HIGHS")
        if problem.status == "optimal":
            best = max(best, problem.value)
    return float(best)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[10, 30, 100])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--peer-seeds", type=int, default=1)
    parser.add_argument("--floats", action="store_true")
    options = parser.parse_args()
    stackelberg_equilibrium(NormalFormGame.from_bimatrix([[1, 3], [0, 2]], [[1, 0], [0, 1]]))  # everything is imported
    peers = {}
    if solve_stackelberg is None:
        print(f"OpenSpiel is left out: {NO_OPENSPIEL}")
    else:
        peers["OpenSpiel"] = openspiel
    if cvxpy is None:
        print(f"plain cvxpy is left out: {NO_CVXPY}")
    else:
        peers["plain cvxpy"] = plain
    packages = ["numpy", "highspy", "python-flint", *(["open_spiel"] if solve_stackelberg else [])]
    print(environment(*packages, *(["cvxpy"] if cvxpy else [])))
    heads = ["game", "ours, certified", *(text for name in peers for text in (name, "ratio"))]
    print(f"\n| {' | '.join(heads)} |\n|{'---|' * len(heads)}")
    for size in options.sizes:
        own: list[float] = []
        theirs: dict[str, list[float]] = {name: [] for name in peers}
        for seed in range(options.seeds):
            rng = np.random.default_rng(seed)
            shape = (2, size, size)
            a, b = rng.random(shape) if options.floats else rng.integers(-99, 100, shape)
            game = NormalFormGame.from_bimatrix(a.tolist(), b.tolist())
            taken, found = cpu_seconds(lambda game=game: stackelberg_equilibrium(game))
            own.append(taken)
            for name, solve in peers.items():
                if seed < options.peer_seeds:
                    taken, value = cpu_seconds(
                        lambda solve=solve, a=a, b=b: solve(a.astype(float), b.astype(float)), at_least=0
                    )
                    theirs[name].append(taken)
                    assert abs(value - float(found.value)) < 1e-4, f"{name}, {size}, {seed}: {value} and {found.value}"
        ours = median_of(own)
        columns = []
        for times in theirs.values():
            other = median_of(times)
            columns += [duration(other), f"{other / ours:.1f}"]
        print(f"| {size}×{size} | {duration(ours)} | {' | '.join(columns)} |", flush=True)


if __name__ == "__main__":
    main()
