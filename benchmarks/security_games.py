"""Security games: the best coverage, exact and certified, against ERASER in floats, CPU time of the same games in one run.

    python benchmarks/security_games.py [--targets 20 100 1000 10000] [--seeds 3] [--peer-limit 100]

Integer payoffs (attacker 1 … 99 uncovered, −9 … 0 covered), resources for a tenth of the targets. "ours" is water filling in
rationals with its certificate; "programmes" one exact linear programme for each target (up to 100 targets). The peer is ERASER
written plainly: a mixed-integer programme with one large number, in cvxpy, solved by HiGHS (``pip install cvxpy``). Values
are compared. Memory is the peak of Python's allocations while ours solves.
"""

from __future__ import annotations

import argparse
import tracemalloc

import numpy as np
from timing import cpu_seconds, duration, environment, median_of

from gametheory.oversight import SecurityGame, optimal_coverage

try:
    import cvxpy
except ImportError as error:
    cvxpy = None
    MISSING = str(error)

LARGE = 1e4


def eraser(tables: list[np.ndarray], resources: int) -> float:
    covered, uncovered, caught, free = (table.astype(float) for table in tables)
    count = len(free)
    c, q = cvxpy.Variable(count), cvxpy.Variable(count, boolean=True)
    defender, attacker = cvxpy.Variable(), cvxpy.Variable()
    gain = free + cvxpy.multiply(caught - free, c)
    rows = [
        *(c >= 0, c <= 1, cvxpy.sum(c) <= resources, cvxpy.sum(q) == 1),
        *(attacker - gain >= 0, attacker - gain <= LARGE * (1 - q)),
        defender - (uncovered + cvxpy.multiply(covered - uncovered, c)) <= LARGE * (1 - q),
    ]
    problem = cvxpy.Problem(cvxpy.Maximize(defender), rows)
    problem.solve(solver="HIGHS")
    return float(problem.value)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--targets", type=int, nargs="+", default=[20, 100, 1000, 10_000])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--peer-limit", type=int, default=100)
    options = parser.parse_args()
    optimal_coverage(SecurityGame([0, 0], [-1, -1], [0, 0], [1, 1], num_resources=1))  # everything is imported
    print(environment("numpy", "highspy", "python-flint", *(["cvxpy"] if cvxpy else [])))
    if cvxpy is None:
        print(f"ERASER is left out: {MISSING}")
    print("\n| targets | resources | ours | memory | programmes | ERASER | ratio |\n|---|---|---|---|---|---|---|")
    for count in options.targets:
        own, programmes, theirs, memory = [], [], [], []
        resources = max(1, count // 10)
        for seed in range(options.seeds):
            rng = np.random.default_rng(seed)
            tables = [rng.integers(low, high, count) for low, high in ((0, 10), (-99, 0), (-9, 1), (1, 100))]
            game = SecurityGame(*(table.tolist() for table in tables), num_resources=resources)
            taken, found = cpu_seconds(lambda game=game: optimal_coverage(game))
            own.append(taken)
            tracemalloc.start()
            optimal_coverage(game)
            memory.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
            if count <= 100 and seed == 0:
                taken, other = cpu_seconds(lambda game=game: optimal_coverage(game, method="linear_programmes"))
                assert other.value == found.value
                programmes.append(taken)
            if cvxpy is not None and count <= options.peer_limit and seed == 0:
                taken, value = cpu_seconds(lambda tables=tables, m=resources: eraser(tables, m), at_least=0)
                theirs.append(taken)
                assert abs(value - float(found.value)) < 1e-3, f"{count} targets: {value} and {float(found.value)}"
        ours = median_of(own)
        slow = duration(median_of(programmes)) if programmes else "not run"
        peer = [duration(median_of(theirs)), f"{median_of(theirs) / ours:.0f}"] if theirs else ["not run", ""]
        size = f"{median_of(memory) / 2**20:.3g} MiB"
        print(f"| {count:,} | {resources:,} | {duration(ours)} | {size} | {slow} | {' | '.join(peer)} |", flush=True)


if __name__ == "__main__":
    main()
