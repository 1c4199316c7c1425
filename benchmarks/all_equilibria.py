"""All equilibria of random n×n games against QuantEcon's vertex enumeration and lrsnash: CPU time of the same games.

    python benchmarks/all_equilibria.py [--sizes 12 15 18] [--seeds 5] [--lrsnash 12 15]

Integers 0, …, 9999, seeds 0, 1, …; building the game from arrays is included, compiling is not. Ours returns exact
equilibria, each with a certificate; QuantEcon's are floats, those of lrsnash exact. All lists are compared. A ratio is the
median of those of single games. QuantEcon needs 20 s and 0.8 GB for one game of 18×18. lrsnash (Debian package lrslib) runs
as a process of its own: its CPU time is that of the process, less that of one for a 1×1 game.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import subprocess
import tempfile
from fractions import Fraction
from pathlib import Path

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


def lrsnash(A: np.ndarray, B: np.ndarray) -> tuple[float, list[list[Fraction]]]:
    """CPU seconds of the process, and the equilibria that it prints, sorted: lines "2 y payoff" go before "1 x payoff"."""
    blocks = ["\n".join(" ".join(map(str, row)) for row in M.tolist()) for M in (A, B)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "game"
        path.write_text(f"{A.shape[0]} {A.shape[1]}\n\n" + "\n\n".join(blocks) + "\n")
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        printed = subprocess.run(["lrsnash", str(path)], capture_output=True, text=True, check=True).stdout
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    found, waiting = [], []
    for player, *numbers in (line.split() for line in printed.splitlines() if line[:2] in ("1 ", "2 ")):
        vector = [Fraction(p) for p in numbers[:-1]]
        waiting = [*waiting, vector] if player == "2" else waiting
        if player == "1":
            found += [[*vector, *y] for y in waiting]
            waiting = []
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, sorted(found)


def lrsnash_start() -> float:
    """CPU seconds of starting the program, which solves a game of one action each."""
    one = np.ones((1, 1), dtype=int)
    return min(lrsnash(one, one)[0] for _ in range(20))


def game(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.integers(0, 10_000, (n, n)), rng.integers(0, 10_000, (n, n))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[6, 8, 10, 12, 15])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--lrsnash", type=int, nargs="*", default=[12, 15], help="sizes at which it is run too")
    options = parser.parse_args()
    if options.lrsnash and shutil.which("lrsnash") is None:
        raise SystemExit(
            "lrsnash is not on the path: install the Debian package lrslib, or pass --lrsnash without sizes"
        )
    ours(*game(6, 0)), theirs(*game(6, 0))  # compiled now
    print(environment("numpy", "numba", "quantecon", "python-flint"))
    start = lrsnash_start() if options.lrsnash else 0.0
    if options.lrsnash:
        print(f"lrsnash starts in {duration(start)}, taken off its times")
    print("\n| size | equilibria | QuantEcon | ours | ratio | lrsnash | ratio | with completeness certified |")
    print("|---|---|---|---|---|---|---|---|")
    for n in options.sizes:
        times: list[tuple[float, float, float, float]] = []
        counts = []
        for seed in range(options.seeds):
            A, B = game(n, seed)
            peer, other = cpu_seconds(lambda A=A, B=B: theirs(A, B))
            own, found = cpu_seconds(lambda A=A, B=B: ours(A, B))
            certified = exact = float("nan")
            if n <= 12:
                certified, _ = cpu_seconds(lambda A=A, B=B: ours(A, B, "certified"))
            rows = sorted([p for v in e.exact_profile for p in v] for e in found)
            assert np.allclose(np.array(rows, float), sorted([*x, *y] for x, y in other), atol=1e-7), (
                f"{n}×{n}, seed {seed}: they differ"
            )
            if n in options.lrsnash:
                exact, listed = lrsnash(A, B)
                exact -= start
                assert listed == rows, f"{n}×{n}, seed {seed}: lrsnash differs"
            counts.append(len(found))
            times.append((peer, own, exact, certified))
        peer, own, exact, certified = (median_of([t[k] for t in times]) for k in range(4))
        slower, much_slower = (median_of([t[k] / t[1] for t in times]) for k in (0, 2))
        print(
            f"| {n}×{n} | {min(counts)}–{max(counts)} | {duration(peer)} | {duration(own)} | "
            f"{slower:.1f} ({peer / own:.1f}) | "
            + (
                f"{duration(exact)} | {much_slower:.0f} ({exact / own:.0f}) | "
                if n in options.lrsnash
                else "not run | | "
            )
            + (f"{duration(certified)} |" if n <= 12 else "not run |"),
            flush=True,
        )


if __name__ == "__main__":
    main()
