"""Exact frontiers of two linear objectives against an ε-constraint grid in floats of stated accuracy.

A grid of N levels "min f₁ subject to f₂ ≤ t", solved by HiGHS through ``scipy.optimize.linprog`` and through a model that is
kept and warm-started (``LinearModel``), interpolates between its points. N is doubled until no vertex of the frontier is
further from the interpolation than the accuracy, both ranges scaled to 1; the time is that of the last grid alone (scipy's
from 128 of its levels at most, in proportion). Ours are exact: every vertex with a certificate.
"""

from __future__ import annotations

import argparse
import random
from fractions import Fraction

import numpy as np
from timing import cpu_seconds, duration, environment, median_of

from gametheory.certificates import LinearProgramme
from gametheory.optimize import LinearModel, bi_objective_frontier, epsilon_constraint_path, multi_objective_frontier


def covering(columns: int, rows: int, seed: int) -> tuple[LinearProgramme, list[list[int]]]:
    """A x ≥ b, 0 ≤ x ≤ 20 with entries 1, …, 9 and costs 1, …, 99."""
    rng = random.Random(seed)
    table = [
        (f"row {r}", {j: rng.randint(1, 9) for j in range(columns)}, ">=", rng.randint(10, 99)) for r in range(rows)
    ]
    programme = LinearProgramme.from_rows("min", [0] * columns, table, upper=[20] * columns)
    return programme, [[rng.randint(1, 99) for _ in range(columns)] for _ in range(2)]


def dense(programme: LinearProgramme) -> tuple[np.ndarray, np.ndarray]:
    matrix = np.zeros((programme.num_rows, programme.num_columns))
    for r in range(programme.num_rows):
        for j, a in programme.row(r).items():
            matrix[r, j] = float(a)
    return matrix, programme.right_hand_side.floats()


def scipy_grid(matrix: np.ndarray, sides: np.ndarray, costs: np.ndarray, levels: np.ndarray) -> list[float]:
    from scipy.optimize import linprog

    rows = np.vstack([-matrix, costs[1]])
    return [
        float(linprog(costs[0], A_ub=rows, b_ub=np.append(-sides, t), bounds=(0, 20), method="highs").fun)
        for t in levels
    ]


def warm_grid(matrix: np.ndarray, sides: np.ndarray, costs: np.ndarray, levels: np.ndarray) -> list[float]:
    rows, columns = matrix.shape
    table = np.vstack([matrix, costs[1]])
    start = np.arange(rows + 2) * columns
    low, high = np.append(sides, -np.inf), np.append(np.full(rows, np.inf), levels[0])
    model = LinearModel(
        "min",
        costs[0],
        start,
        np.tile(np.arange(columns), rows + 1),
        table.ravel(),
        low,
        high,
        0.0,
        np.full(columns, 20.0),
    )
    values = []
    for t in levels:
        high[-1] = t
        model.change_row_bounds(low, high)
        values.append(model.solve().value)
    return values


def error(levels: np.ndarray, values: list[float], vertices: np.ndarray) -> float:
    """Largest distance of a vertex from the interpolated grid, both ranges scaled to 1."""
    low, size = vertices.min(axis=0), np.ptp(vertices, axis=0)
    grid, corners = (np.column_stack([levels, values]) - low) / size, (vertices - low) / size
    start, step = grid[:-1], np.diff(grid, axis=0)
    away = corners[:, None, :] - start[None]
    share = np.clip((away * step).sum(axis=2) / (step**2).sum(axis=1), 0, 1)
    return float(np.linalg.norm(away - share[:, :, None] * step, axis=2).min(axis=1).max())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", nargs="+", default=["6x8", "20x20", "50x50"], help="columns x rows")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--accuracies", nargs="+", type=float, default=[1e-2, 1e-3])
    options = parser.parse_args()
    print(environment("scipy", "highspy"))
    print(
        "| programme | vertices | exact vertices | exact path | Benson | accuracy | levels | scipy | ratio | warm | ratio |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    for size in options.sizes:
        columns, rows = map(int, size.split("x"))
        found: dict[str, list[float]] = {}
        counts: list[int] = []
        for seed in range(options.seeds):
            programme, costs = covering(columns, rows, seed)
            taken, frontier = cpu_seconds(lambda p=programme, c=costs: bi_objective_frontier(p, c))
            found.setdefault("vertices", []).append(taken)
            taken, path = cpu_seconds(lambda p=programme, c=costs: epsilon_constraint_path(p, c))
            found.setdefault("path", []).append(taken)
            taken, benson = cpu_seconds(lambda p=programme, c=costs: multi_objective_frontier(p, c))
            found.setdefault("benson", []).append(taken)
            assert [p.measures for p in frontier] == [p.measures for p in benson]
            vertices = np.array(sorted((float(p.measures[1]), float(p.measures[0])) for p in frontier))
            assert [Fraction(t) for t in path.breakpoints] == sorted(p.measures[1] for p in frontier)
            counts.append(len(frontier))
            arrays = (*dense(programme), np.array(costs, dtype=float))
            count = 8
            for accuracy in sorted(options.accuracies, reverse=True):
                while True:
                    levels = np.linspace(vertices[0][0] * (1 + 1e-9), vertices[-1][0], count)
                    values = warm_grid(*arrays, levels)
                    if error(levels, values, vertices) <= accuracy:
                        break
                    count *= 2
                found.setdefault(f"levels {accuracy}", []).append(count)
                taken, _ = cpu_seconds(lambda a=arrays, t=levels: warm_grid(*a, t))
                found.setdefault(f"warm {accuracy}", []).append(taken)
                some = levels[:: max(1, count // 128)]
                taken, _ = cpu_seconds(lambda a=arrays, t=some: scipy_grid(*a, t), at_least=0)
                found.setdefault(f"scipy {accuracy}", []).append(taken * count / len(some))
        own = median_of(found["vertices"])
        for accuracy in sorted(options.accuracies, reverse=True):
            peer, warm = median_of(found[f"scipy {accuracy}"]), median_of(found[f"warm {accuracy}"])
            print(
                f"| {size} | {min(counts)}–{max(counts)} | {duration(own)} | {duration(median_of(found['path']))} | "
                f"{duration(median_of(found['benson']))} | {accuracy:g} | {median_of(found[f'levels {accuracy}']):.0f} | "
                f"{duration(peer)} | {peer / own:.2g} | {duration(warm)} | {warm / own:.2g} |"
            )


if __name__ == "__main__":
    main()
