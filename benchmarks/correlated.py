"""Correlated equilibria of largest welfare against OpenSpiel's jpsro: CPU time of the same games in one run.

    python benchmarks/correlated.py [--shapes 10,10,10 20,20,20] [--seeds 5] [--peer-seeds 1]

Uniform payoffs, seeds 0, 1, …. Ours is exact, with both certificates; "float" is the search for the rows that bind,
which ends with an optimum in floats, and "modelling" the time outside HiGHS in that search. OpenSpiel builds a row for
every player and pair of actions and hands it to cvxpy (ECOS by default). It needs ``pip install open_spiel cvxpy ecos
matplotlib networkx``; without it ours is timed alone. Values are compared.
"""

from __future__ import annotations

import argparse
import time
from typing import Any

import numpy as np
from timing import cpu_seconds, duration, environment, median_of

from gametheory.equilibria import correlated_equilibrium
from gametheory.equilibria.correlated_solver import _binding_rows
from gametheory.games import NormalFormGame
from gametheory.optimize.linear_model import LinearModel

try:
    from open_spiel.python.algorithms import jpsro
except ImportError as error:
    jpsro = None
    MISSING = str(error)


def theirs(payoffs: np.ndarray) -> float:
    repeats = [np.ones(m, dtype=np.int32) for m in payoffs.shape[1:]]
    play, _ = jpsro._mwce(payoffs, repeats)
    return float((payoffs.sum(axis=0) * play).sum())


def float_search(game: NormalFormGame) -> tuple[float, float]:
    """CPU seconds of the search in floats, and those of them inside HiGHS."""
    inside, run = [0.0], LinearModel.run

    def timed(self: LinearModel, **options: Any) -> str:
        start = time.process_time()
        status = run(self, **options)
        inside[0] += time.process_time() - start
        return status

    LinearModel.run = timed  # type: ignore[method-assign]
    try:
        start = time.process_time()
        _binding_rows(game.exact(), "welfare", False, ())
        return time.process_time() - start, inside[0]
    finally:
        LinearModel.run = run  # type: ignore[method-assign]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shapes", nargs="+", default=["10,10", "10,10,10", "20,20,20", "3,3,3,3,3,3,3,3"])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--peer-seeds", type=int, default=1)
    options = parser.parse_args()
    correlated_equilibrium(NormalFormGame(np.random.default_rng(0).random((3, 8, 8, 8))))  # everything is imported
    packages = ["numpy", "highspy", "python-flint", *([] if jpsro is None else ["open_spiel", "cvxpy", "ecos"])]
    print(environment(*packages))
    if jpsro is None:
        print(f"OpenSpiel is left out: {MISSING}")
    heads = ["game", "OpenSpiel", "ours, certified", "ratio", "float", "of it modelling", "ratio, float"]
    print(f"\n| {' | '.join(heads)} |\n|{'---|' * len(heads)}")
    for text in options.shapes:
        shape = tuple(map(int, text.split(",")))
        own, floats, modelling, peer = [], [], [], []
        for seed in range(options.seeds):
            payoffs = np.random.default_rng(seed).random((len(shape), *shape))
            game = NormalFormGame(payoffs)
            taken, found = cpu_seconds(lambda game=game: correlated_equilibrium(game))
            own.append(taken)
            taken, inside = min(float_search(game) for _ in range(3))
            floats.append(taken)
            modelling.append((taken - inside) / taken)
            if jpsro is not None and seed < options.peer_seeds:
                taken, value = cpu_seconds(lambda payoffs=payoffs: theirs(payoffs), at_least=0.0)
                peer.append(taken)
                assert abs(value - found.value) < 1e-5, f"{text}, seed {seed}: {value} and {found.value} differ"
        ours, quick = median_of(own), median_of(floats)
        name = "×".join(map(str, shape))
        if peer:
            other = median_of(peer)
            columns = [duration(other), duration(ours), f"{other / ours:.0f}"]
            ratio = f"{other / quick:.0f}"
        else:
            columns, ratio = ["not run", duration(ours), ""], ""
        print(
            f"| {name} | {' | '.join(columns)} | {duration(quick)} | {median_of(modelling):.0%} | {ratio} |", flush=True
        )


if __name__ == "__main__":
    main()
