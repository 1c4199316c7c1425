"""All equilibria of n×n games of small integers, full of ties, against lrsnash: CPU time of the same games in one run.

    python benchmarks/degenerate_equilibria.py [--sizes 8 10 12 15] [--highest 3] [--seeds 3] [--troops 3 4 5 6]

Integers 0, …, highest; seeds 0, 1, … With ``--troops`` also Colonel Blotto games, in which each of both players sends so many
troops to three fields and a field goes to who sends more: constant-sum games with many equilibria. Both are exact; ours
comes with a certificate for each equilibrium, the components and, in the column *certified*, the evidence that nothing is
missing. lrsnash (D. Avis, package lrslib) is run as a process, with its start; numbers of extreme equilibria are compared.
Compiling is not counted.
"""

from __future__ import annotations

import argparse
import itertools
import resource
import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np
from timing import cpu_seconds, duration, environment, median_of

from gametheory.equilibria import EquilibriumSet, nash_equilibria
from gametheory.games import NormalFormGame


def ours(A: np.ndarray, B: np.ndarray, completeness: str) -> EquilibriumSet:
    return nash_equilibria(NormalFormGame.from_bimatrix(A, B), completeness=completeness, max_branches=10_000_000)


def blotto(troops: int) -> np.ndarray:
    """Fields won less fields lost, over three fields."""
    plans = [plan for plan in itertools.product(range(troops + 1), repeat=3) if sum(plan) == troops]
    return np.array([[sum(np.sign(np.subtract(p, q)).tolist()) for q in plans] for p in plans])


def lrsnash(A: np.ndarray, B: np.ndarray, folder: Path, patience: float) -> tuple[float, int | None]:
    """CPU seconds of the process, and how many extreme equilibria it found; ``None`` if it was stopped."""
    path = folder / "game.txt"
    tables = "\n\n".join("\n".join(" ".join(map(str, row)) for row in table.tolist()) for table in (A, B))
    path.write_text(f"{len(A)} {len(A[0])}\n\n{tables}\n")
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    try:
        done = subprocess.run(["lrsnash", str(path)], capture_output=True, text=True, timeout=patience, check=True)
        line = next(text for text in done.stdout.splitlines() if "Number of equilibria found" in text)
        count = int(line.split(":")[1].split()[0])
    except subprocess.TimeoutExpired:
        count = None
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, count


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="*", default=[8, 10, 12, 15])
    parser.add_argument("--highest", type=int, default=3)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--troops", type=int, nargs="*", default=[])
    parser.add_argument(
        "--patience",
        type=float,
        default=300.0,
        help="seconds after which lrsnash is stopped; the CPU seconds it had are a lower bound then",
    )
    options = parser.parse_args()
    if shutil.which("lrsnash") is None:
        parser.error("lrsnash is not on the path; install lrslib (Debian: apt-get install lrslib)")
    warm = np.random.default_rng(0).integers(0, 4, (2, 11, 11))
    for completeness in ("numerical", "certified"):
        ours(*warm, completeness)  # compiled now
    print(environment("numpy", "numba", "python-flint"))
    print("\n| size | extreme equilibria | components | lrsnash | certified | ratio | with indices |")
    print("|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        games = [
            (
                f"{n}×{n}",
                [
                    np.random.default_rng(seed).integers(0, options.highest + 1, (2, n, n))
                    for seed in range(options.seeds)
                ],
            )
            for n in options.sizes
        ]
        for troops in options.troops:
            A = blotto(troops)
            games.append((f"Blotto, {troops} troops, {len(A)}×{len(A)}", [np.array([A, -A])]))
        for name, payoffs in games:
            times, counts, groups, stopped = [], [], [], False
            for A, B in payoffs:
                peer, count = lrsnash(A, B, Path(folder), options.patience)
                own, found = cpu_seconds(lambda A=A, B=B: ours(A, B, "certified"))
                whole, _ = cpu_seconds(lambda A=A, B=B: ours(A, B, "certified").indices)
                assert count in (None, len(found)), f"{name}: lrsnash {count}, ours {len(found)}"
                stopped = stopped or count is None
                times.append((peer, own, whole))
                counts.append(len(found))
                groups.append(len(found.components))
            peer, own, whole = (median_of([t[k] for t in times]) for k in range(3))
            more = ">" if stopped else ""
            print(
                f"| {name} | {min(counts)}–{max(counts)} | {min(groups)}–{max(groups)} | {more}{duration(peer)} | "
                f"{duration(own)} | {more}{peer / own:.1f} | {duration(whole)} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
