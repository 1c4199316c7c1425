"""Simulated contagion on networks against EoN: CPU time of a run of the same process.

    python benchmarks/epidemics.py [--nodes 10000 100000] [--runs 3]

EoN (pip install EoN) is the package of Kiss, Miller and Simon, *Mathematics of Epidemics on Networks*. Random graphs of mean
degree 6 and graphs of Barabási and Albert with 3 edges for each new node; ten nodes infected at first, the same for both; SIR
until nobody is infected, with β = 1/2 and γ = 1, SIS to time 10, and rounds in which an edge transmits with probability 0.3
and the infected recover after one. Ours runs from the arrays of a network, EoN from the networkx graph; reading the graph is a
row of its own, and so is the certified spectral radius. Compiling is not counted. The mean attack rates must agree within 3 %
of each other where an outbreak is sure.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable
from typing import Any

import networkx
import numpy as np
from timing import cpu_seconds, duration, environment

from gametheory.networks import Epidemic, Network, simulate_epidemic, spectral_radius

try:
    import EoN
except ImportError:
    raise SystemExit("this benchmark compares with EoN; install it with: pip install EoN") from None

TRANSMISSION, RECOVERY, CHANCE, HORIZON = 0.5, 1.0, 0.3, 10.0
SLOW = 20_000  # nodes beyond which EoN's Gillespie_SIR is left out: minutes for a run


def measured(runs: int, work: Callable[[int], float]) -> tuple[float, float]:
    """Mean CPU seconds of a run, and the mean of what the runs say."""
    found, start = [], time.process_time()
    for seed in range(runs):
        found.append(work(seed))
    return (time.process_time() - start) / runs, float(np.mean(found))


def compare(name: str, graph: Any, network: Network, runs: int) -> None:
    n = network.num_nodes
    first = list(range(10))

    def seeded(function: Callable[..., Any], share: Callable[..., float], *arguments: Any, **options: Any) -> Any:
        def work(seed: int) -> float:
            random.seed(seed)
            np.random.seed(seed)  # noqa: NPY002  # the source that EoN draws from
            return share(function(graph, *arguments, initial_infecteds=first, **options))

        return work

    def of_ours(epidemic: Epidemic, **options: Any) -> Callable[[int], float]:
        simulate_epidemic(epidemic, num_runs=2, rng=0, initial=first, **options)  # compiled now

        def work(seed: int) -> float:
            found = simulate_epidemic(epidemic, num_runs=20, rng=seed, initial=first, **options)
            return float(found.levels.mean()) / n if options.get("times") else found.attack_rate

        return work

    def infected(path: Any) -> float:
        return path[2][-1] / n

    def attacked(path: Any) -> float:
        return path[3][-1] / n

    sir = Epidemic(network, TRANSMISSION, RECOVERY, model="SIR")
    sis = Epidemic(network, TRANSMISSION, RECOVERY)
    rounds = Epidemic(network, CHANCE, 1.0, model="SIR", time="discrete")
    fast, gillespie = (
        seeded(EoN.fast_SIR, attacked, TRANSMISSION, RECOVERY),
        seeded(EoN.Gillespie_SIR, attacked, TRANSMISSION, RECOVERY),
    )
    fast_sis = seeded(EoN.fast_SIS, infected, TRANSMISSION, RECOVERY, tmax=HORIZON)
    discrete = seeded(EoN.basic_discrete_SIR, attacked, CHANCE)
    ours_sir, ours_sis = of_ours(sir), of_ours(sis, max_time=HORIZON, times=[HORIZON])
    ours_rounds = of_ours(rounds)
    for task, peer, theirs, ours in (
        ("SIR", "fast_SIR", fast, ours_sir),
        ("SIR", "Gillespie_SIR", gillespie, ours_sir),
        ("SIS to time 10", "fast_SIS", fast_sis, ours_sis),
        ("SIR in rounds", "basic_discrete_SIR", discrete, ours_rounds),
    ):
        if peer == "Gillespie_SIR" and n > SLOW:
            continue
        seconds, value = measured(runs, theirs)
        own, other = measured(1, ours)
        own /= 20
        if abs(value - other) > 0.03 * max(value, other):
            raise SystemExit(f"{task}: EoN finds {value:.4f}, ours {other:.4f}")
        print(
            f"| {task} | {name}, {n:,} | {peer} | {duration(seconds)} | {duration(own)} | {seconds / own:.0f} |",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nodes", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--runs", type=int, default=3, help="runs of EoN for each row")
    options = parser.parse_args()
    print("| task | network | EoN | a run | ours | ratio |\n|---|---|---|---|---|---|")
    kept = []
    for n in options.nodes:
        for name, graph in (
            ("random", networkx.gnm_random_graph(n, 3 * n, seed=0)),
            ("preferential", networkx.barabasi_albert_graph(n, 3, seed=0)),
        ):
            reading, network = cpu_seconds(lambda graph=graph: Network.from_networkx(graph))
            compare(name, graph, network, options.runs)
            radius, found = cpu_seconds(lambda network=network: spectral_radius(network))
            width = float((found.upper - found.lower) / found.upper)
            checking, _ = cpu_seconds(found.certificate.verify)
            kept.append((name, n, reading, radius, width, checking))
    print("\n| network | reading | spectral radius, certified | relative width | verifying |\n|---|---|---|---|---|")
    for name, n, reading, radius, width, checking in kept:
        print(f"| {name}, {n:,} | {duration(reading)} | {duration(radius)} | {width:.0e} | {duration(checking)} |")
    print(
        f"\n{environment('numpy', 'numba', 'networkx', 'scipy')}, EoN {getattr(EoN, '__version__', 'of unknown version')}"
    )


if __name__ == "__main__":
    main()
