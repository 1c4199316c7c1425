"""Q-learning periods per second: ours, the same rule compiled plainly, and a bare loop.

    python benchmarks/q_learning.py [--prices 15] [--periods 2000000]

One run of the duopoly of Calvano et al. (2020) on one core, learning rate 0.15, exploration e^{−4e-6 t}. *Plain* is numba on
the rule as it is written: an argmax over the row of each player in every period, numba's own random numbers. The *bare loop*
only draws two random numbers and updates two Q-values a period. Compiling is not counted.
"""

# ruff: noqa: NPY002  numba compiles these names to its own generator

from __future__ import annotations

import argparse
import math
from typing import Any

import numba
import numpy as np
from timing import cpu_seconds, environment

from gametheory.games.catalogue import bertrand_logit
from gametheory.repeated import q_learning


@numba.njit
def plain(payoffs: Any, m: int, rate: float, discount: float, decay: float, periods: int) -> float:
    values = np.empty((2, m * m, m))
    for i in range(2):
        for s in range(m * m):
            for a in range(m):
                total = 0.0
                for b in range(m):
                    total += payoffs[i, a * m + b] if i == 0 else payoffs[i, b * m + a]
                values[i, s, a] = total / m / (1 - discount)
    state, explore = 0, 1.0
    for _ in range(periods):
        own = np.random.randint(m) if np.random.random() < explore else np.argmax(values[0, state])
        other = np.random.randint(m) if np.random.random() < explore else np.argmax(values[1, state])
        following = own * m + other
        for i in range(2):
            action = own if i == 0 else other
            later = values[i, following].max()
            values[i, state, action] = (1 - rate) * values[i, state, action] + rate * (
                payoffs[i, following] + discount * later
            )
        state = following
        explore *= decay
    return float(values[0, state, 0])


@numba.njit
def bare_loop(payoffs: Any, m: int, rate: float, discount: float, periods: int) -> float:
    values = np.zeros((2, m * m, m))
    state = 0
    for _ in range(periods):
        first, second = np.random.random(), np.random.random()
        following = int(first * m) * m + int(second * m)
        for i in range(2):
            action = int((first if i == 0 else second) * m)
            old = values[i, state, action]
            values[i, state, action] = (1 - rate) * old + rate * (payoffs[i, following] + discount * old)
        state = following
    return float(values[0, state, 0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--prices", type=int, default=15)
    parser.add_argument("--periods", type=int, default=2_000_000)
    options = parser.parse_args()
    game = bertrand_logit(num_prices=options.prices)
    payoffs = np.ascontiguousarray(game.float_payoffs().reshape(2, -1))
    m, periods = options.prices, options.periods

    def ours(count: int = periods) -> Any:
        return q_learning(game, discount=0.95, runs=1, rng=1, stable_for=count, max_periods=count, threads=1)

    ours(1000)
    plain(payoffs, m, 0.15, 0.95, math.exp(-4e-6), 1000)
    bare_loop(payoffs, m, 0.15, 0.95, 1000)
    print(environment("numpy", "numba"))
    print("| prices | bare loop | plain | ours | ours / plain | ours / bare loop |")
    print("|---|---|---|---|---|---|")
    seconds = [
        cpu_seconds(work)[0]
        for work in (
            lambda: bare_loop(payoffs, m, 0.15, 0.95, periods),
            lambda: plain(payoffs, m, 0.15, 0.95, math.exp(-4e-6), periods),
            ours,
        )
    ]
    rates = [periods / x for x in seconds]
    shown = " | ".join(f"{rate / 1e6:.1f} M/s" for rate in rates)
    print(f"| {m} | {shown} | {rates[2] / rates[1]:.2f} | {rates[2] / rates[0]:.2f} |")


if __name__ == "__main__":
    main()
