"""The best correlated profile that no coalition of up to k players blocks: against the same programmes written for SciPy.

    python benchmarks/robust_design.py [--shapes 3,3,3 4,4,4 5,5,5] [--size 2] [--seeds 3]

Coordination games with noise: payoffs common but for a fifth, the objective random. Ours is exact and certified, and the
certificate is verified in its time. SciPy gets every row (coalition, told, plays) as one sparse matrix: "any" and
"transfer" for ``linprog``; "all", pure plans interim, for ``milp`` with a binary for each row and member. Time to write the
rows (vectorised) is part of it, as is ours. Values are compared.
"""

from __future__ import annotations

import argparse
import itertools
from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import block_diag, csr_matrix, hstack, vstack
from timing import cpu_seconds, duration, environment, median_of

from gametheory.collusion import robust_correlated_equilibrium
from gametheory.errors import InfeasibleError, SolverError
from gametheory.games import NormalFormGame


def example(shape: tuple[int, ...], seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Payoffs of shape (n, *shape) and a number for each profile, integers."""
    rng = np.random.default_rng(seed)
    common = rng.integers(0, 100, size=shape)
    for k in range(min(shape)):
        common[(k,) * len(shape)] = 100 + 10 * k
    return common[None] + rng.integers(0, 40, size=(len(shape), *shape)), rng.integers(0, 100, size=shape)


def gains_by_row(payoffs: np.ndarray, members: tuple[int, ...]) -> list[csr_matrix]:
    """For each member a sparse matrix with a row for each pair of joint actions, told and played."""
    n, shape = len(payoffs), payoffs.shape[1:]
    others = [i for i in range(n) if i not in members]
    joint = int(np.prod([shape[i] for i in members]))
    places = np.arange(int(np.prod(shape))).reshape(shape).transpose(*members, *others).reshape(joint, -1)
    pairs = np.array([(a, b) for a in range(joint) for b in range(joint) if a != b])
    columns = places[pairs[:, 0]]
    start = np.arange(len(pairs) + 1) * columns.shape[1]
    result = []
    for i in members:
        table = payoffs[i].reshape(-1)[places]
        values = (table[pairs[:, 1]] - table[pairs[:, 0]]).astype(float)
        result.append(csr_matrix((values.reshape(-1), columns.reshape(-1), start), shape=(len(pairs), places.size)))
    return result


def theirs(payoffs: np.ndarray, objective: np.ndarray, size: int, blocking: str) -> float | None:
    n, count = len(payoffs), payoffs[0].size
    families = [s for k in range(1, size + 1) for s in itertools.combinations(range(n), k)]
    linear, choices = [], []
    for members in families:
        gains = gains_by_row(payoffs, members)
        if len(members) == 1 or blocking == "any":
            linear += gains
        elif blocking == "transfer":
            linear.append(sum(gains[1:], gains[0]))
        else:
            choices.append(gains)
    rows = vstack(linear).tocsr()
    if not choices:
        found = linprog(
            -objective.reshape(-1).astype(float),
            A_ub=rows,
            b_ub=np.zeros(rows.shape[0]),
            A_eq=np.ones((1, count)),
            b_eq=[1],
            method="highs",
        )
        return -found.fun if found.status == 0 else None
    big = float(np.abs(payoffs).max()) * 2
    tall = vstack([row for gains in choices for row in gains]).tocsr()
    binaries = tall.shape[0]
    one_of = block_diag([hstack([csr_matrix(np.eye(gains[0].shape[0]))] * len(gains)) for gains in choices]).tocsr()
    empty = csr_matrix((rows.shape[0], binaries))
    matrix = vstack(
        [
            hstack([rows, empty]),
            hstack([tall, csr_matrix(big * np.eye(binaries))]),
            hstack([csr_matrix((one_of.shape[0], count)), one_of]),
            hstack([csr_matrix(np.ones((1, count))), csr_matrix((1, binaries))]),
        ]
    )
    lower = np.concatenate([np.full(rows.shape[0] + binaries, -np.inf), np.ones(one_of.shape[0]), [1]])
    upper = np.concatenate([np.zeros(rows.shape[0]), np.full(binaries, big), np.full(one_of.shape[0], np.inf), [1]])
    found = milp(
        np.append(-objective.reshape(-1).astype(float), np.zeros(binaries)),
        constraints=LinearConstraint(matrix, lower, upper),
        integrality=np.append(np.zeros(count), np.ones(binaries)),
        bounds=Bounds(0, 1),
        options={"time_limit": 60},
    )
    if found.status == 1:
        return float("nan")
    return -found.fun if found.status == 0 else None


def ours(payoffs: np.ndarray, objective: np.ndarray, size: int, blocking: Any) -> Any:
    game = NormalFormGame(payoffs)
    try:
        return robust_correlated_equilibrium(
            game, size=size, blocking=blocking, timing="interim", objective=objective, time_limit=60
        )
    except InfeasibleError:
        return None
    except SolverError:
        return "stopped"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shapes", nargs="+", default=["3,3,3", "4,4,4", "6,6,6", "3,3,3,3"])
    parser.add_argument("--size", type=int, default=2)
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    ours(*example((2, 2), 0), 2, "all")  # everything is imported
    print(environment("numpy", "scipy", "highspy", "python-flint"))
    heads = ["game", "rule", "SciPy, floats", "ours, certified", "ratio", "none exists"]
    print(f"\n| {' | '.join(heads)} |\n|{'---|' * len(heads)}")
    for text in options.shapes:
        shape = tuple(map(int, text.split(",")))
        for blocking in ("any", "transfer", "all"):
            own, peer, absent = [], [], 0
            for seed in range(options.seeds):
                payoffs, objective = example(shape, seed)
                taken, found = cpu_seconds(lambda: ours(payoffs, objective, options.size, blocking))  # noqa: B023 - called at once
                own.append(taken)
                taken, value = cpu_seconds(lambda: theirs(payoffs, objective, options.size, blocking))  # noqa: B023
                peer.append(taken)
                absent += found is None
                if found == "stopped" or value != value:
                    print(f"{text} {blocking} seed {seed}: ours {found}, SciPy {value}")
                elif (found is None) != (value is None) or (
                    found is not None and abs(float(found.upper) - value) > 1e-5
                ):
                    raise SystemExit(f"{text} {blocking} seed {seed}: ours {found}, SciPy {value}")
            ratio = median_of(peer) / median_of(own)
            cells = [text, f'"{blocking}"', duration(median_of(peer)), duration(median_of(own)), f"{ratio:.2g}"]
            print(f"| {' | '.join([*cells, f'{absent} of {options.seeds}'])} |", flush=True)


if __name__ == "__main__":
    main()
