"""Many small games against QuantEcon, one at a time: CPU time of the same games in one run, on one core.

    python benchmarks/batch.py [--games 2000]

Uniform payoffs in [0, 1], from arrays of payoffs to arrays of equilibria, in one thread; compiling is not counted. The
second ratio leaves out the building of QuantEcon's game objects, which is more than half of its time for one equilibrium.
All equilibria are compared, and the regret of each is that of a Nash equilibrium.
"""

from __future__ import annotations

import argparse

import numpy as np
import quantecon.game_theory as quantecon
from timing import cpu_seconds, duration, environment

from gametheory.equilibria import batch_nash_equilibria, batch_nash_equilibrium


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--games", type=int, default=2000, help="how many of each size QuantEcon solves")
    options = parser.parse_args()
    print(environment("numpy", "numba", "quantecon"))
    print(
        "\n| task | size | QuantEcon, a game | ours, a game | ratio | without building | doubtful |"
        "\n|---|---|---|---|---|---|---|"
    )
    for n in (2, 3, 4, 5):
        rng = np.random.default_rng(n)
        A, B = rng.random((2, 20 * options.games, n, n))

        def build(A: np.ndarray = A, B: np.ndarray = B) -> list[quantecon.NormalFormGame]:
            return [
                quantecon.NormalFormGame([quantecon.Player(U), quantecon.Player(V.T)])
                for U, V in zip(A[: options.games], B, strict=False)
            ]

        building, games = cpu_seconds(build)
        for task, peer, own in (
            ("one", quantecon.lemke_howson, batch_nash_equilibrium),
            ("all", quantecon.support_enumeration, batch_nash_equilibria),
        ):
            peer(games[0]), own(A[:1], B[:1])  # compiled now
            theirs, lists = cpu_seconds(lambda peer=peer, games=games: [peer(game) for game in games])
            ours, answer = cpu_seconds(lambda own=own, A=A, B=B: own(A, B, num_workers=1))
            regret = answer.regret[~answer.doubtful] if task == "one" else answer.regret
            assert regret.max() < 1e-9
            for k, found in enumerate(lists if task == "all" else ()):
                rows = sorted([*x, *y] for x, y in found)
                assert np.allclose(rows, sorted(np.hstack(answer[k]).tolist()), atol=1e-7), (
                    f"game {k}: the lists differ"
                )
            per_game = (theirs + building) / len(games), ours / len(A)
            print(
                f"| {task} | {n}×{n} | {duration(per_game[0])} | {duration(per_game[1])} | {per_game[0] / per_game[1]:.0f} | "
                f"{theirs / len(games) / per_game[1]:.0f} | {int(answer.doubtful.sum())} of {len(A):,} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
