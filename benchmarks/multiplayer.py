"""One mixed equilibrium of random games of three players against pygambit: CPU time of the same games.

    python benchmarks/multiplayer.py [--actions 10 20] [--games 10]

Uniform floats in [0, 1), seeds 0, 1, …; games with pure equilibria are passed over, so that all methods have to mix, and
the seeds taken are printed. Ours is from arrays to a certified equilibrium: ``nash_equilibrium``, which tries small
supports first, and ``logit_path_equilibrium``, which has only the path to follow. Theirs is ipa_solve (J. Govindan and R.
Wilson 2004, the fastest of pygambit's methods for these games), building the game from the same arrays included; its
profile is in floats, and the largest gain from deviating, as pygambit states it, is the last column.
"""

from __future__ import annotations

import argparse

import numpy as np
from timing import cpu_seconds, duration, environment, median_of

from gametheory.equilibria import logit_path_equilibrium, nash_equilibrium
from gametheory.equilibria.pure import first_pure_profile
from gametheory.games import NormalFormGame

try:
    import pygambit
except ImportError as error:
    raise SystemExit("this benchmark compares with pygambit ≥ 17: pip install --pre pygambit") from error


def theirs(payoffs: np.ndarray) -> tuple[float, float, float]:
    """CPU seconds of building the game and of solving it, and the largest gain from deviating."""
    building, game = cpu_seconds(lambda: pygambit.StrategicGame.from_arrays(*payoffs), at_least=0.0)
    solving, result = cpu_seconds(lambda: pygambit.nash.ipa_solve(game), at_least=0.0)
    return building, solving, float(result.equilibrium.max_regret())


def mixed_games(actions: int, count: int) -> tuple[list[int], list[np.ndarray]]:
    """The first seeds whose games have no pure equilibrium, and these games."""
    seeds, games, seed = [], [], 0
    while len(games) < count:
        payoffs = np.random.default_rng(seed).random((3, actions, actions, actions))
        if first_pure_profile(NormalFormGame(payoffs)) is None:
            seeds.append(seed)
            games.append(payoffs)
        seed += 1
    return seeds, games


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--actions", type=int, nargs="+", default=[10, 20])
    parser.add_argument("--games", type=int, default=10)
    options = parser.parse_args()
    print(environment("numpy", "pygambit", "python-flint"))
    warm = NormalFormGame(np.random.default_rng(0).random((3, 4, 4, 4)))
    nash_equilibrium(warm), logit_path_equilibrium(warm)
    head = [
        "game",
        "ipa",
        "of it building",
        "ours",
        "ratio",
        "smallest",
        "ours, path only",
        "ratio",
        "smallest",
        "ipa's gain",
    ]
    print("| " + " | ".join(head) + " |\n" + "|---" * len(head) + "|")
    for actions in options.actions:
        seeds, games = mixed_games(actions, options.games)
        rows = [theirs(payoffs) for payoffs in games]
        totals = [building + solving for building, solving, _ in rows]
        cells = [
            f"3×{actions}",
            duration(median_of(totals)),
            duration(median_of([building for building, _, _ in rows])),
        ]
        for method in (nash_equilibrium, logit_path_equilibrium):
            times = []
            for payoffs in games:
                taken, found = cpu_seconds(lambda: method(NormalFormGame(payoffs)), at_least=0.05)  # noqa: B023
                assert found.concept == "Nash"
                assert found.certificate is not None
                assert found.certificate.verify()
                times.append(taken)
            ratios = [total / taken for total, taken in zip(totals, times, strict=True)]
            cells += [duration(median_of(times)), f"{median_of(ratios):.0f}", f"{min(ratios):.1f}"]
        print("| " + " | ".join([*cells, f"{max(gain for _, _, gain in rows):.1e}"]) + " |", flush=True)
        print(f"seeds without a pure equilibrium: {seeds}")


if __name__ == "__main__":
    main()
