"""The cheapest transmission rates that contain a cascade: one geometric programme, modelled in three ways.

    minimise Σ 1/β_i  subject to  ρ(diag(β) A) ≤ 1,  0.02 ≤ β_i ≤ 0.9

* cvxpy, a constraint for each node written in a loop over its neighbours, in the language of geometric programmes;
* cvxpy, the same rows as products of vectors with a matrix, whose zeros must be small positive numbers there;
* ours: terms as sparse arrays in logarithms, with the answer certified in rationals from both sides.

Run: ``python benchmarks/containment.py``. Peer: cvxpy's disciplined geometric programming with Clarabel, the same solver.
"""

from __future__ import annotations

import argparse
import time
import warnings
from typing import Any

import cvxpy as cp
import networkx as nx
import numpy as np
from timing import duration, environment

from gametheory.networks import cheapest_rates

LOWER, UPPER = 0.02, 0.9


def by_loops(graph: nx.Graph) -> cp.Problem:
    """A constraint for each node, its sum written term by term."""
    n = len(graph)
    beta, v = cp.Variable(n, pos=True), cp.Variable(n, pos=True)
    rows = [sum(beta[i] * v[j] / v[i] for j in graph[i]) <= 1 for i in range(n)]
    bounds = [bound for i in range(n) for bound in (beta[i] >= LOWER, beta[i] <= UPPER)]
    return cp.Problem(cp.Minimize(sum(1 / beta[i] for i in range(n))), rows + bounds)


def by_matrices(graph: nx.Graph) -> cp.Problem:
    """The same with vectors and the adjacency matrix as a constant."""
    n = len(graph)
    A = np.maximum(nx.to_numpy_array(graph, nodelist=range(n)), 1e-12)
    beta, v = cp.Variable(n, pos=True), cp.Variable(n, pos=True)
    rows = [cp.multiply(beta, A @ v) <= v, beta >= LOWER, beta <= UPPER]
    return cp.Problem(cp.Minimize(cp.sum(cp.power(beta, -1))), rows)


def measured(build: Any, graph: nx.Graph) -> tuple[float, float, float]:
    """CPU seconds to model (writing and compiling) and to solve, and the value."""
    start = time.process_time()
    problem = build(graph)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that the loops have many parts is what is measured
        problem.solve(gp=True, solver=cp.CLARABEL)
    total = time.process_time() - start
    solving = float(problem.solver_stats.solve_time)
    return total - solving, solving, float(problem.value)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nodes", type=int, nargs="*", default=[50, 200, 1000])
    parser.add_argument("--loops-up-to", type=int, default=200)
    arguments = parser.parse_args()
    print(environment("cvxpy", "clarabel", "networkx", "numpy"))
    print(
        "| nodes | edges | cvxpy, loops: modelling | solving | cvxpy, matrices | ours, certified | ratio | verifying | gap |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    cheapest_rates(nx.path_graph(3), transmission_bounds=(LOWER, UPPER), recovery_bounds=(1, 1))  # imports
    for n in arguments.nodes:
        graph = nx.connected_watts_strogatz_graph(n, 6, 0.3, seed=1)
        start = time.process_time()
        rates = cheapest_rates(graph, transmission_bounds=(LOWER, UPPER), recovery_bounds=(1, 1))
        ours = time.process_time() - start
        start = time.process_time()
        rates.certificate.verify()
        verifying = time.process_time() - start
        cells = ["not run"] * 3
        total = None
        if n <= arguments.loops_up_to:
            modelling, solving, value = measured(by_loops, graph)
            total = modelling + solving
            if abs(value - float(rates)) > 1e-5 * value:
                raise SystemExit(f"the answers differ: {value} against {float(rates)}")
            modelling_m, solving_m, _ = measured(by_matrices, graph)
            cells = [duration(modelling), duration(solving), duration(modelling_m + solving_m)]
        ratio = "" if total is None else f"{total / ours:.0f}"
        row = [n, graph.number_of_edges(), *cells, duration(ours), ratio, duration(verifying), f"{rates.gap:.0e}"]
        print("| " + " | ".join(map(str, row)) + " |", flush=True)


if __name__ == "__main__":
    main()
