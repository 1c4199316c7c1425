"""All equilibria of random n×n games against QuantEcon's vertex enumeration: CPU time of the same games in one run.

    python benchmarks/all_equilibria.py [--sizes 12 15 18] [--seeds 5]

Integers 0, …, 9999, seeds 0, 1, …; building the game from arrays is included, compiling is not. Ours returns exact
equilibria, each with a certificate; QuantEcon's are floats. Both lists are compared. QuantEcon needs 20 s and 0.8 GB for
one game of 18×18.
"""

from __future__ import annotations

import argparse

import numpy as np
import quantecon.game_theory as quantecon
from timing import cpu_seconds, duration, environment, median_of

from gametheory.equilibria import EquilibriumSet, nash_equilibria
from gametheory.games import NormalFormGame


def ours(A: np.ndarray, B: np.ndarray, completeness: str = "numerical") -> EquilibriumSet:
    return nash_equilibria(NormalFormGame.from_bimatrix(A, B), completeness=completeness)


def theirs(A: np.ndarray, B: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    players = quantecon.Player(A.astype(float)), quantecon.Player(B.T.astype(float))
    return quantecon.vertex_enumeration(quantecon.NormalFormGame(players))


def game(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.integers(0, 10_000, (n, n)), rng.integers(0, 10_000, (n, n))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[6, 8, 10, 12, 15])
    parser.add_argument("--seeds", type=int, default=5)
    options = parser.parse_args()
    ours(*game(6, 0)), theirs(*game(6, 0))  # compiled now
    print(environment("numpy", "numba", "quantecon", "python-flint"))
    print("\n| size | equilibria | QuantEcon | ours | ratio | with completeness certified |\n|---|---|---|---|---|---|")
    for n in options.sizes:
        times: list[tuple[float, float, float]] = []
        counts = []
        for seed in range(options.seeds):
            A, B = game(n, seed)
            peer, other = cpu_seconds(lambda A=A, B=B: theirs(A, B))
            own, found = cpu_seconds(lambda A=A, B=B: ours(A, B))
            certified = float("nan")
            if n <= 12:
                certified, _ = cpu_seconds(lambda A=A, B=B: ours(A, B, "certified"))
            rows = sorted(np.concatenate(e.profile).astype(float).tolist() for e in found)
            assert np.allclose(rows, sorted([*x, *y] for x, y in other), atol=1e-7), (
                f"{n}×{n}, seed {seed}: they differ"
            )
            counts.append(len(found))
            times.append((peer, own, certified))
        peer, own, certified = (median_of([t[k] for t in times]) for k in range(3))
        print(
            f"| {n}×{n} | {min(counts)}–{max(counts)} | {duration(peer)} | {duration(own)} | {peer / own:.1f} | "
            f"{duration(certified) if n <= 12 else 'not run'} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
