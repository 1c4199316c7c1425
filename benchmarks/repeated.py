"""Payoff sets of repeated games of two players against QuantEcon: CPU time of the same games in one run.

    python benchmarks/repeated.py [--sizes 15 20 30]

Cournot duopoly with quantities from 0 to 6, price max(6 − Q, 0), unit cost 0.6, and random payoffs in [0, 1]. QuantEcon's
``equilibrium_payoffs`` starts by default from the least payoffs, and here also from the pure minmax values. Ours is
``abreu_sannikov`` (floats, from arrays to vertices, ready to be drawn) and ``payoff_set`` (rationals, the inner set and the
outer bound certified; of Cournot the exact game). Compiling is not counted. The supports of the sets are compared.
"""

from __future__ import annotations

import argparse
from fractions import Fraction

import numpy as np
import quantecon.game_theory as quantecon
from scipy.spatial import QhullError
from timing import cpu_seconds, duration, environment

from gametheory.errors import SolverError
from gametheory.games import NormalFormGame
from gametheory.repeated import abreu_sannikov, payoff_set


def cournot(count: int, number: type = float) -> NormalFormGame:
    q = [Fraction(6 * k, count - 1) for k in range(count)]
    return NormalFormGame.from_function(
        lambda i, j: [number((max(6 - q[i] - q[j], Fraction(0)) - Fraction(3, 5)) * q[k]) for k in (i, j)],
        [count, count],
    )


def random_game(count: int) -> NormalFormGame:
    rng = np.random.default_rng(count)
    return NormalFormGame(rng.random((2, count, count)))


def row(name: str, floats: NormalFormGame, certified: NormalFormGame, discount: str) -> None:
    A, B = floats.payoffs
    delta = float(Fraction(discount))
    peer = quantecon.RepeatedGame(
        quantecon.NormalFormGame((quantecon.Player(A), quantecon.Player(np.ascontiguousarray(B.T)))), delta
    )
    start = np.array([A.max(axis=0).min(), B.max(axis=1).min()])
    try:
        theirs, hull = cpu_seconds(peer.equilibrium_payoffs)
        warm, _ = cpu_seconds(lambda: peer.equilibrium_payoffs(options={"u_init": start}))
        beside = duration(theirs), duration(warm)
    except (ValueError, QhullError):  # it has no answer for points, segments and the empty set
        hull, beside = None, ("fails", "fails")
    ours, vertices = cpu_seconds(lambda: abreu_sannikov(floats, delta))

    def prove() -> object:
        try:
            return payoff_set(certified, discount)
        except SolverError as error:
            return error.best

    proved, result = cpu_seconds(prove)
    ratios = ""
    if hull is not None:
        angles = np.linspace(0, 2 * np.pi, 64)
        w = np.array([np.cos(angles), np.sin(angles)])
        apart = np.abs((hull.points[hull.vertices] @ w).max(axis=0) - (vertices @ w).max(axis=0)).max()
        assert apart < 1e-8, f"{name}: supports differ by {apart}"
        ratios = f"{theirs / ours:.3g} / {warm / ours:.3g}"
    known = "exact" if result.exact else f"gap {float(result.gap):.0e}"
    print(
        f"| {name} | {discount} | {len(vertices)} | {beside[0]} | {beside[1]} | {duration(ours)} | {ratios} | "
        f"{duration(proved)} | {known} |",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[15, 20, 30])
    options = parser.parse_args()
    small = cournot(3)
    A, B = small.payoffs
    quantecon.RepeatedGame(
        quantecon.NormalFormGame((quantecon.Player(A), quantecon.Player(B.T.copy()))), 0.9
    ).equilibrium_payoffs()
    abreu_sannikov(small, 0.9)
    payoff_set(NormalFormGame.from_bimatrix([[9, 1], [10, 3]], [[9, 10], [1, 3]]), "0.249")
    print(environment("numpy", "numba", "quantecon"))
    print("| game | δ | vertices | QuantEcon | … from the minmax | ours, float | ratios | ours, certified | set |")
    print("|---|---|---|---|---|---|---|---|---|")
    for size in options.sizes:
        for discount in ("3/10", "4/5", "9/10"):
            row(f"Cournot {size}×{size}", cournot(size), cournot(size, Fraction), discount)
        row(f"random {size}×{size}", random_game(size), random_game(size), "1/2")


if __name__ == "__main__":
    main()
