"""Learning and evolution against nashpy and QuantEcon: CPU time of the same work in one run.

    python benchmarks/dynamics.py [--size 10]

Random payoffs in [0, 1]. Steps a second of learning rules in a two-player game, of ours over a million rounds; replicator
equations at 101 times, at the tolerance that each has by default (ours 1e-9 a step; nashpy 1.5e-8, that of SciPy's odeint);
runs a second of the Moran process until one of two strategies is left, half of the population each at first. Compiling is
not counted. nashpy's regret minimisation is another rule, which has no bound on regret. Each answer is checked, by exact
regret, the distance of the paths, or the confidence interval of a probability.
"""

from __future__ import annotations

import argparse
import math

import nashpy
import numpy as np
import quantecon.game_theory as quantecon
from timing import cpu_seconds, environment

from gametheory.equilibria import (
    MoranProcess,
    fictitious_play,
    fixation_probability,
    multiplicative_weights,
    regret_matching,
    replicator_dynamics,
    simulate_moran,
)
from gametheory.games import NormalFormGame

ROUNDS, THEIR_ROUNDS = 1_000_000, 10_000


def rate(number: float, seconds: float) -> float:
    return number / seconds


def shown(per_second: float) -> str:
    for unit, size in (("M", 1e6), ("k", 1e3)):
        if per_second >= size:
            return f"{per_second / size:.3g}{unit}"
    return f"{per_second:.3g}"


def row(task: str, peer: str, theirs: float | None, ours: float) -> None:
    beside = "—" if theirs is None else shown(theirs)
    ratio = "" if theirs is None else f"{ours / theirs:.3g}"
    print(f"| {task} | {peer} | {beside} | {shown(ours)} | {ratio} |", flush=True)


def learning(size: int) -> None:
    rng = np.random.default_rng(0)
    A = rng.random((size, size))
    game, peer = NormalFormGame.zero_sum(A), nashpy.Game(A, -A)
    integers = NormalFormGame.zero_sum(np.round(A * 100).astype(int).tolist())

    def ours(rule, game=game, **options):
        rule(game, iterations=10, rng=0, **options)  # compiled now
        seconds, learned = cpu_seconds(lambda: rule(game, iterations=ROUNDS, rng=0, **options))
        assert learned.coarse_correlated_regret() < 0.1 * game.payoff_span(0)
        return rate(ROUNDS, seconds)

    def play() -> object:
        np.random.seed(0)  # noqa: NPY002  # nashpy draws from the global state
        *_, last = peer.fictitious_play(iterations=THEIR_ROUNDS)
        return last

    seconds, _ = cpu_seconds(play, at_least=0)
    row(f"fictitious play {size}×{size}", "nashpy", rate(THEIR_ROUNDS, seconds), ours(fictitious_play))
    learner = quantecon.FictitiousPlay(quantecon.NormalFormGame([quantecon.Player(A), quantecon.Player(-A.T)]))
    seconds, _ = cpu_seconds(lambda: learner.play(num_reps=THEIR_ROUNDS), at_least=0)
    row("the same", "QuantEcon", rate(THEIR_ROUNDS, seconds), ours(fictitious_play))
    row("the same, exact integers", "—", None, ours(fictitious_play, integers))

    seconds, _ = cpu_seconds(lambda: list(peer.regret_minimization(iterations=THEIR_ROUNDS)), at_least=0)
    row(
        f"regret matching {size}×{size}, mixed play",
        "nashpy, another rule",
        rate(THEIR_ROUNDS, seconds),
        ours(regret_matching, play="expected"),
    )
    row("the same, sampled", "—", None, ours(regret_matching))
    row("conditional regret matching", "—", None, ours(regret_matching, regret="conditional"))
    row("multiplicative weights, sampled", "—", None, ours(multiplicative_weights))


def evolution(size: int) -> None:
    rng = np.random.default_rng(1)
    A, start = rng.random((size, size)), rng.dirichlet(np.ones(size))
    cycle = np.array([[0.0, -1, 1], [1, 0, -1], [-1, 1, 0]])
    for name, table, x, duration in (
        (f"replicator {size}×{size}", A, start, 100),
        ("replicator, rock-paper-scissors", cycle, np.array([0.5, 0.3, 0.2]), 100),
    ):
        game, peer, times = NormalFormGame.symmetric(table), nashpy.Game(table, table.T), np.linspace(0, duration, 101)
        theirs, path = cpu_seconds(lambda peer=peer, x=x, times=times: peer.replicator_dynamics(y0=x, timepoints=times))

        def own(game=game, x=x, duration=duration):
            return replicator_dynamics(game, initial=x, duration=duration, populations="one")

        own()
        seconds, found = cpu_seconds(own)
        assert np.abs(found.shares[0] - path).max() < 1e-3
        row(f"{name}, paths", "nashpy", rate(1, theirs), rate(1, seconds))
    B = rng.random((size, size))
    game, peer, times = NormalFormGame.from_bimatrix(A, B), nashpy.Game(A, B), np.linspace(0, 20, 101)
    theirs, (first, _) = cpu_seconds(lambda: peer.asymmetric_replicator_dynamics(x0=start, y0=start, timepoints=times))
    seconds, found = cpu_seconds(
        lambda: replicator_dynamics(game, initial=[start] * 2, duration=20, populations="one for each player")
    )
    assert np.abs(found.shares[0] - first).max() < 1e-3
    row(f"replicator, two populations {size}×{size}, paths", "nashpy", rate(1, theirs), rate(1, seconds))


def finite_populations() -> None:
    table = np.array([[3, 1], [4, 2]])
    for size in (10, 50):
        half = size // 2
        process = MoranProcess(NormalFormGame.symmetric(table.tolist()), size)
        exact = float(fixation_probability(process, 0, resident=1, initial=half))
        runs = 400 // size

        def theirs(runs=runs, size=size, half=half):
            np.random.seed(0)  # noqa: NPY002  # nashpy draws from the global state
            start = np.array([0] * half + [1] * (size - half))
            return nashpy.Game(table, table.T).fixation_probabilities(initial_population=start, repetitions=runs)

        seconds, _ = cpu_seconds(theirs, at_least=0)
        simulate_moran(process, [half, size - half], num_runs=2, rng=0)
        own, found = cpu_seconds(
            lambda process=process, half=half, size=size: simulate_moran(
                process, [half, size - half], num_runs=20_000, rng=0
            )
        )
        low, high = found.fixation_intervals(1 - 1e-6)[0]
        assert low <= exact <= high
        assert math.isclose(
            float(found.steps.mean()),
            float(fixation_probability(process, 0, resident=1, initial=half).steps),
            rel_tol=0.1,
        )
        row(f"Moran process of {size}, runs", "nashpy", rate(runs, seconds), rate(20_000, own))
    process = MoranProcess(NormalFormGame.symmetric(table.tolist()), 100)
    seconds, _ = cpu_seconds(lambda: fixation_probability(process, 0, resident=1))
    row("exact fixation and times among 100", "—", None, rate(1, seconds))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=10, help="actions of each player")
    options = parser.parse_args()
    print(environment("numpy", "numba", "nashpy", "quantecon"))
    print("\n| task | against | peer, a second | ours, a second | ratio |\n|---|---|---|---|---|")
    learning(options.size)
    evolution(options.size)
    finite_populations()


if __name__ == "__main__":
    main()
