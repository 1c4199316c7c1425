"""Correlated team play against a plain SciPy formulation, and how long brackets of secret channels take.

The first table: max over laws D of joint actions of the least payoff over the adversary's actions, random integer payoffs;
``scipy.optimize.linprog`` in floats (rows written with numpy) beside ``team_maxmin_correlated``, which is exact and certified,
game object included. The second: ``covert_value`` on matching games to a gap of the payoff span, and what closes it.
"""

from __future__ import annotations

import argparse
import warnings
from typing import Any

import numpy as np
from timing import cpu_seconds, duration, environment, median_of

from gametheory.collusion import covert_value
from gametheory.equilibria import team_maxmin_correlated
from gametheory.games import NormalFormGame


def scipy_value(table: Any) -> float:
    """max v subject to Σ_a D(a) u_b(a) ≥ v for all b; the adversary's axis comes first."""
    from scipy.optimize import linprog

    payoffs = table.reshape(len(table), -1)
    rows = np.hstack([-payoffs, np.ones((len(table), 1))])
    columns = payoffs.shape[1]
    found = linprog(
        np.append(np.zeros(columns), -1.0),
        A_ub=rows,
        b_ub=np.zeros(len(table)),
        A_eq=np.append(np.ones(columns), 0.0)[None],
        b_eq=[1.0],
        bounds=[(0, None)] * columns + [(None, None)],
        method="highs",
    )
    return -float(found.fun)


def correlated(sizes: list[tuple[int, int]], seeds: int) -> None:
    print("| members × actions | SciPy, floats | ours, certified | ratio |")
    print("|---|---|---|---|")
    for members, actions in sizes:
        theirs, ours = [], []
        for seed in range(seeds):
            table = np.random.default_rng(seed).integers(0, 100, (actions,) * (members + 1))

            def certified(table: Any = table, members: int = members) -> float:
                u = np.moveaxis(table, 0, -1)
                game = NormalFormGame(np.stack([*[u] * members, -u]))
                return float(team_maxmin_correlated(game, team=range(members), adversary=members))

            time, expected = cpu_seconds(lambda table=table: scipy_value(table.astype(float)))
            theirs.append(time)
            time, value = cpu_seconds(certified)
            ours.append(time)
            assert abs(value - expected) < 1e-6
        ratio = median_of([b / a for a, b in zip(theirs, ours, strict=True)])
        print(f"| {members} × {actions} | {duration(median_of(theirs))} | {duration(median_of(ours))} | {ratio:.2g} |")


def matching(actions: int, members: int) -> NormalFormGame:
    u = np.zeros((actions,) * (members + 1), dtype=np.int64)
    for k in range(actions):
        u[(k,) * (members + 1)] = 1
    return NormalFormGame(np.stack([*[u] * members, -u]))


def brackets(gaps: list[str], seconds: float) -> None:
    print("| actions | members | secret | gap asked for | lower | upper | cells | search | check |")
    print("|---|---|---|---|---|---|---|---|---|")
    cases: list[tuple[int, int, dict[str, Any], str]] = []
    for actions, members in ((3, 2), (4, 2), (3, 3)):
        for values in range(1, actions + 1):
            cases.append((actions, members, {"notion": "seed", "values": values}, f"{values} values"))
    for notion in ("min_entropy", "entropy"):
        for bits in ("1/2", "1", "3/2"):
            cases.append((3, 2, {"notion": notion, "bits": bits}, f"{bits} bits of {notion.replace('_', '-')}"))
    for actions, members, options, words in cases:
        game = matching(actions, members)
        for gap in gaps:

            def solve(game: Any = game, members: int = members, options: Any = options, gap: str = gap) -> Any:
                return covert_value(
                    *(game,),
                    team=range(members),
                    adversary=members,
                    gap=float(gap),
                    time_limit=seconds,
                    max_cells=100_000,
                    **options,
                )

            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                time, found = cpu_seconds(solve, at_least=0.0)
            check, _ = cpu_seconds(found.certificate.verify, at_least=0.0)
            stopped = "" if found.stopped == "gap" else f" ({found.stopped})"
            print(
                f"| {actions} | {members} | {words} | {gap} | {float(found.lower):.6f} | {float(found.upper):.6f}{stopped} "
                f"| {found.cells} | {duration(time)} | {duration(check)} |"
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", nargs="*", default=["2x5", "2x10", "2x20", "3x5", "3x8", "4x5"])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--gaps", nargs="*", default=["0.01", "0.001"])
    parser.add_argument("--seconds", type=float, default=60.0, help="limit on each bracket")
    arguments = parser.parse_args()
    sizes = [(int(m), int(k)) for m, k in (size.split("x") for size in arguments.sizes)]
    correlated(sizes, arguments.seeds)
    print()
    brackets(arguments.gaps, arguments.seconds)
    print()
    print(environment("numpy", "scipy", "highspy"))


if __name__ == "__main__":
    main()
