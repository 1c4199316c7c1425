"""One Nash equilibrium of n×n games against QuantEcon's Lemke-Howson: CPU time of the same games in one run.

    python benchmarks/one_equilibrium.py [--sizes 10 50 100 200 500 1000] [--seeds 30] [--patience 20]

Uniform random payoffs, and normal ones with a correlation between the players' payoffs; seeds 0, 1, …. From arrays to
an equilibrium: building the game is included on both sides, ours includes certifying, compiling is not. QuantEcon runs
with ``capping=10``, the faster of its two ways, for at most ``--max-iter`` pivots. The last column is the ratio of the
medians over games without a pure equilibrium, which ours would find first.
"""

from __future__ import annotations

import argparse

import numpy as np
import quantecon.game_theory as quantecon
from timing import cpu_seconds, duration, environment, median_of

from gametheory.equilibria import Equilibrium, nash_equilibrium
from gametheory.errors import SolverError
from gametheory.games import NormalFormGame


def ours(A: np.ndarray, B: np.ndarray, patience: float) -> Equilibrium | None:
    try:
        return nash_equilibrium(NormalFormGame.from_bimatrix(A, B), time_limit=patience)
    except SolverError:
        return None


def theirs(A: np.ndarray, B: np.ndarray, max_iter: int) -> bool:
    players = quantecon.Player(A), quantecon.Player(np.ascontiguousarray(B.T))
    _, outcome = quantecon.lemke_howson(
        quantecon.NormalFormGame(players), capping=10, max_iter=max_iter, full_output=True
    )
    return bool(outcome.converged)


def game(n: int, seed: int, correlation: float | None) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    if correlation is None:
        A, B = rng.random((2, n, n))
        return A, B
    A, other = rng.standard_normal((2, n, n))
    return A, correlation * A + np.sqrt(1 - correlation**2) * other


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[10, 20, 50, 100, 200, 500, 1000])
    parser.add_argument("--seeds", type=int, default=30)
    parser.add_argument("--correlation", type=float, help="between both players' payoffs; without it they are uniform")
    parser.add_argument("--max-iter", type=int, default=10**6)
    parser.add_argument("--patience", type=float, default=60.0, help="seconds that ours may take for a game")
    options = parser.parse_args()
    ours(*game(10, 1, None), 60), theirs(*game(10, 1, None), 100)  # compiled now
    print(environment("numpy", "numba", "quantecon", "python-flint"))
    print("\n| size | games | QuantEcon | slowest | failed | ours | slowest | failed | ratio | no pure one |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for n in options.sizes:
        rows = []
        for seed in range(options.seeds):
            A, B = game(n, seed, options.correlation)
            once = 0.0 if n >= 100 else 0.02
            peer, converged = cpu_seconds(lambda A=A, B=B: theirs(A, B, options.max_iter), at_least=once)
            own, found = cpu_seconds(lambda A=A, B=B: ours(A, B, options.patience), at_least=once)
            rows.append((peer, not converged, own, found is None, found is None or max(map(len, found.support)) > 1))
        peers, peer_failed, own_times, own_failed, mixed = (list(column) for column in zip(*rows, strict=True))
        no_pure = [(p, o) for p, o, m in zip(peers, own_times, mixed, strict=True) if m] or [(float("nan"), 1.0)]
        ratio = median_of([p for p, _ in no_pure]) / median_of([o for _, o in no_pure])
        print(
            f"| {n}×{n} | {len(rows)} | {duration(median_of(peers))} | {duration(max(peers))} | {sum(peer_failed)} | "
            f"{duration(median_of(own_times))} | {duration(max(own_times))} | {sum(own_failed)} | "
            f"{median_of(peers) / median_of(own_times):.1f} | {ratio:.1f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
