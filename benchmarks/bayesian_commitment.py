"""The best commitment against a follower of several types, CPU time of the same games in one run.

    python benchmarks/bayesian_commitment.py [--sizes 5x5x5 10x5x5 5x10x10 10x10x10] [--seeds 3] [--peer-limit 60]

types × leader's actions × replies; payoffs 0, …, 100, types equally likely. Ours is branching, exact and certified; the peer is
DOBSS with the range of payoffs as its large number, in floats by HiGHS with presolve and cuts, stopped after ``--peer-limit``
seconds.
Values are compared.
"""

from __future__ import annotations

import argparse
from fractions import Fraction

import numpy as np
from timing import cpu_seconds, duration, environment, median_of

from gametheory.equilibria import bayesian_commitment
from gametheory.equilibria.bayesian_commitment_programmes import dobss_programme, follower_types
from gametheory.errors import SolverError
from gametheory.games import BayesianGame
from gametheory.optimize import solve_milp


def dobss(game: BayesianGame, limit: float) -> tuple[float, bool]:
    """What DOBSS finds in floats, and whether it finished."""
    programme = dobss_programme(follower_types(game, 0)[0])
    try:
        return solve_milp(programme, time_limit=limit).value, True
    except SolverError as error:
        return (-np.inf if error.best is None else error.best.value), False


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", nargs="+", default=["5x5x5", "10x5x5", "5x10x10", "10x10x10"])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--peer-limit", type=float, default=60.0)
    options = parser.parse_args()
    bayesian_commitment(BayesianGame([[[[[1, 3], [0, 2]]]], [[[[1, 0], [0, 1]]]]], [[1]]))  # everything is imported
    print(environment("numpy", "highspy", "python-flint"))
    print(
        "\n| types × actions × replies | ours, certified | nodes | DOBSS | finished | ratio |\n|---|---|---|---|---|---|"
    )
    for size in options.sizes:
        types, m, n = map(int, size.split("x"))
        own, theirs, nodes, finished = [], [], [], 0
        for seed in range(options.seeds):
            rng = np.random.default_rng(seed)
            payoffs = rng.integers(0, 101, (2, 1, types, m, n)).tolist()
            game = BayesianGame(payoffs, [[Fraction(1, types)] * types])
            taken, found = cpu_seconds(lambda game=game: bayesian_commitment(game), at_least=0)
            own.append(taken)
            nodes.append(len(found.certificate.tree))
            taken, (value, done) = cpu_seconds(lambda game=game: dobss(game, options.peer_limit), at_least=0)
            theirs.append(taken)
            finished += done
            assert value <= float(found.value) + 1e-5, f"{size}, {seed}: {value} and {found.value}"
            assert not done or value >= float(found.value) - 1e-5, f"{size}, {seed}: {value} and {found.value}"
        ours, other = median_of(own), median_of(theirs)
        ratio = f"{'' if finished == options.seeds else '> '}{other / ours:.1f}"
        name = " × ".join(size.split("x"))
        print(
            f"| {name} | {duration(ours)} | {min(nodes)}–{max(nodes)} | {duration(other)} | "
            f"{finished} of {options.seeds} | {ratio} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
