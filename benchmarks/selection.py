"""The Nash equilibrium of largest (smallest) welfare: ours against the mixed-integer programme, in one run.

    python benchmarks/selection.py [--sizes 10 15 20] [--seeds 3] [--correlation 0] [--sense max] [--limit 60]

Payoffs are normal with the given correlation between the players, or uniform where it is 0. Ours is certified: the
equilibrium is exact, and a tree of cases shows that no other has more. The peer is formulation 1 of T. Sandholm, A. Gilpin
and V. Conitzer (2005), solved by HiGHS in floats through SciPy, no certificate: binary b_a says that action a is not
played,

    max Σ_i u_i   s.t.   Σ_a x_a = 1,  r_a = u_i − payoff_a ≥ 0,  x_a ≤ 1 − b_a,  r_a ≤ U_i b_a.

Values are compared where both end within the limit (seconds, each).
"""

from __future__ import annotations

import argparse

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from timing import cpu_seconds, duration, environment, median_of

from gametheory.equilibria import optimal_nash_equilibrium
from gametheory.games import NormalFormGame


def theirs(A: np.ndarray, B: np.ndarray, sense: str, limit: float) -> float | None:
    m, n = A.shape
    size = m + n
    columns = 2 * size + 2  # probabilities, binaries, u_1, u_2
    rows, low, high = [], [], []

    def add(entries: dict[int, float], least: float, most: float) -> None:
        row = np.zeros(columns)
        for k, value in entries.items():
            row[k] = value
        rows.append(row)
        low.append(least)
        high.append(most)

    add(dict.fromkeys(range(m), 1.0), 1, 1)
    add(dict.fromkeys(range(m, size), 1.0), 1, 1)
    for a in range(size):
        player = int(a >= m)
        span = np.ptp((A, B)[player])
        payoffs = {m + j: -A[a, j] for j in range(n)} if player == 0 else {i: -B[i, a - m] for i in range(m)}
        add({**payoffs, 2 * size + player: 1.0}, 0, np.inf)
        add({**payoffs, 2 * size + player: 1.0, size + a: -span}, -np.inf, 0)
        add({a: 1.0, size + a: 1.0}, -np.inf, 1)
    cost = np.zeros(columns)
    cost[-2:] = -1.0 if sense == "max" else 1.0
    integer = np.zeros(columns)
    integer[size : 2 * size] = 1
    lower, upper = np.zeros(columns), np.ones(columns)
    lower[-2:], upper[-2:] = (A.min(), B.min()), (A.max(), B.max())
    found = milp(
        cost,
        constraints=LinearConstraint(np.array(rows), low, high),
        integrality=integer,
        bounds=Bounds(lower, upper),
        options={"time_limit": limit, "mip_rel_gap": 1e-9},
    )
    return None if found.status != 0 else float(found.x[-2:].sum())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[10, 15, 20])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--correlation", type=float, default=0.0)
    parser.add_argument("--sense", choices=("max", "min"), default="max")
    parser.add_argument("--limit", type=float, default=60.0)
    parser.add_argument("--peer-up-to", type=int, default=20, help="largest size at which the peer is run")
    arguments = parser.parse_args()
    print(environment("numpy", "scipy", "highspy", "python-flint"))
    print("| size | MILP, float | ended | ours, certified | ended | ratio | cases | verifying |")
    for n in arguments.sizes:
        times: dict[str, list[float]] = {"peer": [], "ours": [], "verify": []}
        cases, ended, ours_ended = [], 0, 0
        for seed in range(arguments.seeds):
            rng = np.random.default_rng(seed)
            rho = arguments.correlation
            A = rng.normal(size=(n, n)) if rho else rng.random((n, n))
            B = rho * A + np.sqrt(1 - rho**2) * rng.normal(size=(n, n)) if rho else rng.random((n, n))
            game = NormalFormGame.from_bimatrix(A, B)
            taken, best = cpu_seconds(
                lambda game=game: optimal_nash_equilibrium(game, sense=arguments.sense, time_limit=arguments.limit)
            )
            times["ours"].append(taken)
            ours_ended += best.gap == 0
            cases.append(len(best.evidence[0].steps))
            times["verify"].append(cpu_seconds(best.verify, at_least=0.0)[0])
            if n <= arguments.peer_up_to:
                taken, value = cpu_seconds(lambda A=A, B=B: theirs(A, B, arguments.sense, arguments.limit))
                times["peer"].append(taken)
                if value is not None:
                    ended += 1
                    tolerance = 1e-4 * (np.ptp(A) + np.ptp(B))
                    inside = float(best.exact_lower) - tolerance <= value <= float(best.exact_upper) + tolerance
                    assert inside, f"seed {seed}: {value} against {best!r}"
        peer = median_of(times["peer"]) if times["peer"] else None
        ours = median_of(times["ours"])
        print(
            f"| {n}×{n} | {duration(peer) if peer else 'not run'} | {ended if peer else '–'} of {arguments.seeds} "
            f"| {duration(ours)} | {ours_ended} of {arguments.seeds} | {f'{peer / ours:.1f}' if peer else '–'} "
            f"| {int(median_of(cases)):,} | {duration(median_of(times['verify']))} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
