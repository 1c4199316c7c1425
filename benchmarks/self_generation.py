"""Payoff sets of repeated games with three and more players, and under noisy signals, against one SciPy programme at a time.

The peer is the outer approximation of Judd, Yeltekin and Conklin as it is usually written: in every step, for each direction
and each action profile, a linear programme over {w : λ_j·w ≤ c_j} and the incentives, solved by scipy.optimize.linprog; a
profile is dropped for good once it is infeasible; steps end when no bound moves by 1e-9. Its numbers are bounds in floats, and
bounds only: an upper one of player 1's payoff, without play that gives it.

    PYTHONPATH=. python benchmarks/self_generation.py
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from scipy.optimize import linprog
from timing import cpu_seconds, duration, environment

from gametheory.errors import SolverError
from gametheory.games import Monitoring, NormalFormGame
from gametheory.repeated import PayoffSet, limit_payoffs, payoff_set_sandwich, public_perfect_payoffs

F = Fraction


def public_good(n: int) -> NormalFormGame:
    return NormalFormGame.from_function(lambda *a: [1 - x + F(3, 5) * sum(a) for x in a], (2,) * n)


def hyperplanes(game: NormalFormGame, discount: float, directions: Sequence[tuple[float, ...]]) -> float:
    """The largest payoff of player 1 that the peer's bounds allow."""
    n, normals = game.num_players, np.array(directions, dtype=float)
    profiles = list(itertools.product(*map(range, game.num_actions)))
    u = np.array([[float(x) for x in game.payoff(*a)] for a in profiles])
    best = np.array(
        [
            [
                max(
                    u[k][i]
                    for k, b in enumerate(profiles)
                    if all(x == y for j, (x, y) in enumerate(zip(a, b, strict=True)) if j != i)
                )
                for i in range(n)
            ]
            for a in profiles
        ]
    )
    worst = np.array([best[:, i].min() for i in range(n)])
    bounds, left = (u @ normals.T).max(axis=0), list(range(len(profiles)))
    for _ in range(1000):
        fresh = np.full(len(normals), -np.inf)
        for k in list(left):
            least = worst + (1 - discount) / discount * (best[k] - u[k])
            for j, normal in enumerate(normals):
                found = linprog(-normal, A_ub=normals, b_ub=bounds, bounds=[(low, None) for low in least])
                if found.status != 0:
                    left.remove(k)
                    break
                fresh[j] = max(fresh[j], (1 - discount) * float(normal @ u[k]) - discount * found.fun)
        change, bounds = float(np.abs(bounds - fresh).max()), np.minimum(bounds, fresh)
        if change < 1e-9:
            break
    first = linprog([-1.0] + [0.0] * (n - 1), A_ub=normals, b_ub=bounds, bounds=[(low, None) for low in worst])
    return -float(first.fun)


def sandwich_of(game: NormalFormGame, discount: str, **limits: object) -> PayoffSet:
    try:
        return payoff_set_sandwich(game, discount, **limits)  # type: ignore[arg-type]
    except SolverError as error:
        found: PayoffSet = error.best
        return found


def contributors() -> None:
    print("\nThree contributors to a public good, δ = 1/2: the most that player 1 can have is 32/15 = 2.13333")
    print("| method | directions | CPU | player 1's most | evidence |")
    print("|---|---|---|---|---|")
    game = public_good(3)
    seconds, found = cpu_seconds(lambda: payoff_set_sandwich(game, "1/2"), at_least=1)
    low, high = found.support([1, 0, 0])
    print(
        f"| gametheory | found | {duration(seconds)} | {low} = {high} | certified, exact, {len(found.inner)} corners |"
    )
    signs = [d for d in itertools.product((-1.0, 0.0, 1.0), repeat=3) if any(d)]
    for directions in (signs, [*np.eye(3).tolist(), *(-np.eye(3)).tolist(), *spread(58)]):
        peer, value = cpu_seconds(lambda directions=directions: hyperplanes(game, 0.5, directions), at_least=0)
        label = f"{duration(peer)} ({peer / seconds:.3g} ×)"
        print(f"| SciPy, one programme each | {len(directions)} | {label} | ≤ {value:.5f} | floats, from above only |")


def spread(count: int) -> list[list[float]]:
    """Directions spread evenly over the sphere, along a golden spiral."""
    golden = np.pi * (3 - np.sqrt(5))
    heights = 1 - (2 * np.arange(count) + 1) / count
    around = np.sqrt(1 - heights**2)
    angles = golden * np.arange(count)
    return np.column_stack([around * np.cos(angles), around * np.sin(angles), heights]).tolist()


def players() -> None:
    print("\nContributors to a public good, δ = 7/20")
    print("| players | CPU | corners | most of player 1 |")
    print("|---|---|---|---|")
    for n, directions in ((2, 100), (3, 100), (4, 60)):
        seconds, found = cpu_seconds(
            lambda n=n, directions=directions: sandwich_of(
                public_good(n), "7/20", gap="1/20", max_directions=directions
            ),
            at_least=0,
        )
        low, high = found.support([1] + [0] * (n - 1))
        known = str(high) if low == high else f"{float(low):.6g} to {float(high):.6g}"
        print(f"| {n} | {duration(seconds)} | {len(found.inner)}{'' if found.exact else ' inner'} | {known} |")


def signals() -> None:
    print("\nThe noisy prisoner's dilemma (Mailath and Samuelson 2006, section 7.2)")
    print("| question | CPU | answer |")
    print("|---|---|---|")
    game = NormalFormGame.from_bimatrix([[2, -1], [3, 0]], [[2, 3], [-1, 0]])
    noisy = Monitoring.alarm(game, (0, 0), detection_rate=["1/2", "7/10"], false_alarm_rate="1/10")
    seconds, limit = cpu_seconds(lambda: limit_payoffs(game, noisy))
    corners = ", ".join("(" + ", ".join(map(str, v)) + ")" for v in limit.vertices)
    print(f"| for every δ | {duration(seconds)} | {corners} |")
    for delta in ("1/2", "13/20", "7/10"):
        seconds, found = cpu_seconds(lambda delta=delta: public_perfect_payoffs(game, noisy, delta))
        corners = ", ".join("(" + ", ".join(map(str, v)) + ")" for v in found.vertices)
        print(f"| δ = {delta} | {duration(seconds)} | {corners} |")


if __name__ == "__main__":
    print(environment("numpy", "scipy", "highspy"))
    contributors()
    players()
    signals()
