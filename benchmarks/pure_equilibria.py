"""All pure equilibria of random games against QuantEcon and pygambit: CPU time of the same games.

    python benchmarks/pure_equilibria.py [--shapes 20x3 100x3 2x16 2x20] [--peers 20x3 2x16 100x3] [--seed 0]

Uniform floats in [0, 1) and, as the hard case for exact arithmetic, normal ones; ours from arrays to certified
equilibria, with the certificate that none is missing, and then the time of verifying that. Peers are QuantEcon's
pure_nash_brute and pygambit's enumpure_solve, from the same arrays; those that are not installed are left out. At 100x3 a
peer takes minutes.
"""

from __future__ import annotations

import argparse
import importlib.util
import math
import tracemalloc

import numpy as np
from timing import cpu_seconds, duration, environment

from gametheory.equilibria import pure_nash_equilibria
from gametheory.games import NormalFormGame

Profiles = list[tuple[int, ...]]


def by_quantecon(payoffs: np.ndarray) -> Profiles:
    import quantecon.game_theory as quantecon

    n = len(payoffs)
    # A player's own action comes first, then those of the following players in turn.
    players = [quantecon.Player(payoffs[i].transpose([(i + k) % n for k in range(n)])) for i in range(n)]
    return [tuple(map(int, a)) for a in quantecon.pure_nash_brute(quantecon.NormalFormGame(players))]


def by_pygambit(payoffs: np.ndarray) -> Profiles:
    import pygambit

    game = pygambit.StrategicGame.from_arrays(*payoffs)
    profiles = pygambit.nash.enumpure_solve(game).equilibria
    return [tuple(int(np.argmax([float(p) for _, p in part])) for part in profile) for profile in profiles]


def shape_of(text: str) -> tuple[int, ...]:
    actions, players = map(int, text.split("x"))
    return (actions,) * players


def measured(name: str, payoffs: np.ndarray, peers: dict[str, object]) -> None:
    game = NormalFormGame(payoffs)
    whole, found = cpu_seconds(lambda: pure_nash_equilibria(NormalFormGame(payoffs)))
    alone, _ = cpu_seconds(lambda: pure_nash_equilibria(game))
    check, _ = cpu_seconds(lambda: found.certificate.verify())
    tracemalloc.start()
    pure_nash_equilibria(game)
    peak = tracemalloc.get_traced_memory()[1] / payoffs.nbytes
    tracemalloc.stop()
    cells = [
        name,
        f"{math.prod(payoffs.shape[1:]):,}",
        str(len(found)),
        duration(alone),
        duration(whole),
        duration(check),
    ]
    for peer in ("quantecon", "pygambit"):
        solve = peers.get(peer)
        if solve is None:
            cells += ["not run", ""]
            continue
        taken, theirs = cpu_seconds(lambda: solve(payoffs), at_least=0.0)  # type: ignore[operator] # noqa: B023
        assert sorted(theirs) == sorted(e.profile for e in found), peer
        cells += [duration(taken), f"{taken / whole:.0f}"]
    print("| " + " | ".join([*cells, f"{peak:.2f}"]) + " |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shapes", nargs="+", default=["20x3", "100x3", "2x16", "2x20"])
    parser.add_argument("--peers", nargs="*", default=["20x3", "2x16"], help="shapes at which peers are run")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    solvers = {"quantecon": by_quantecon, "pygambit": by_pygambit}
    installed = {name: solve for name, solve in solvers.items() if importlib.util.find_spec(name) is not None}
    for name in solvers.keys() - installed.keys():
        print(f"{name} is not installed and left out (pip install {name})")
    print(environment("numpy", *installed))
    print(
        "| game | profiles | equilibria | from the game | from arrays | verifying | QuantEcon | ratio | pygambit | ratio "
        "| memory beside the table |\n" + "|---" * 11 + "|"
    )
    for text in options.shapes:
        sizes = shape_of(text)
        rng = np.random.default_rng(options.seed)
        peers = installed if text in options.peers else {}
        measured(f"{text} uniform", rng.random((len(sizes), *sizes)), peers)
        measured(f"{text} normal", rng.normal(size=(len(sizes), *sizes)), {})


if __name__ == "__main__":
    main()
