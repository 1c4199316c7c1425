"""The one door to numerical optimisation; each part is loaded when it is first used.

======================= ==============================================================================================
``linear``              linear and mixed-integer programmes in floats: ``solve_linear``, ``solve_milp``
``linear_model``        arrays held by HiGHS, for sweeps: ``LinearModel``
``exact``               linear programmes in rationals, with certificates: ``solve_exact``
``exact_milp``          small mixed-integer programmes in rationals, with certificates: ``solve_exact_milp``
``convex``              convex programmes through cvxpy: ``solve_convex``
``divergence_budgets``  Kullback–Leibler, Bhattacharyya, … budgets as convex constraints: ``divergence_budget``
``disjunction``         the best point of a union of polytopes, with a certificate: ``solve_disjunctive``
``covering``            covers whose rows are found along the way, with certificates: ``cheapest_cover``
``design``              ``Design``: value, decision, binding constraints with shadow prices, certificate
``frontier``            ``Frontier``: achievable points, certified outer set, hypervolume
``bi_objective``        the exact frontier of two linear objectives: ``bi_objective_frontier``
``outer_approximation`` that of three and more: ``multi_objective_frontier``
``parametric``          values along a right-hand side or an ε-constraint, every breakpoint: ``right_hand_side_path``
``integer_objectives``  complete nondominated sets of integer programmes: ``integer_frontier``
``cells``               the frontier of a union of polyhedra, jumps kept: ``union_frontier``
``convex_sandwich``     that of two convex measures, from an oracle, to a guaranteed distance: ``sandwich_frontier``
``convex_measures``     that of convex and geometric programmes in cvxpy: ``convex_frontier``
``global_bounds``       bounds on a max-min of multilinear functions: ``bound_multilinear_maximin``
``geometric``           geometric programmes in logarithms, as sparse arrays: ``solve_geometric``
``matrix_game_path``    matrix games in floats, by interior points: ``interior_path``, ``float_vertex``
``matrix_game_vertex``  their vertices in integers: ``exact_vertex``
``semidefinite``        linear programmes with a matrix inequality: ``solve_semidefinite``
======================= ==============================================================================================
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

_HOMES = {
    "Basis": "linear_model",
    "BestCase": "disjunction",
    "Case": "disjunction",
    "Cell": "cells",
    "ConvexSolution": "convex",
    "Cover": "covering",
    "Cut": "frontier",
    "Design": "design",
    "DesignBounds": "design_bounds",
    "Edge": "frontier",
    "ExactMixedIntegerSolution": "exact_milp",
    "ExactSolution": "exact",
    "ExactVertex": "matrix_game_vertex",
    "Exclusion": "frontier",
    "Frontier": "frontier",
    "FrontierPoint": "frontier",
    "GeometricSolution": "geometric",
    "LinearModel": "linear_model",
    "LinearSolution": "linear_model",
    "MixedIntegerSolution": "linear_model",
    "MultilinearBounds": "global_bounds",
    "ParametricPath": "parametric_path",
    "PathPiece": "parametric_path",
    "Posynomials": "geometric",
    "SemidefiniteSolution": "semidefinite",
    "Support": "convex_sandwich",
    "bi_objective_frontier": "bi_objective",
    "bound_multilinear_maximin": "global_bounds",
    "cheapest_cover": "covering",
    "convex_frontier": "convex_measures",
    "disjunctive_programme": "disjunction",
    "divergence_budget": "divergence_budgets",
    "epsilon_constraint_path": "parametric",
    "exact_vertex": "matrix_game_vertex",
    "float_vertex": "matrix_game_path",
    "integer_frontier": "integer_objectives",
    "interior_path": "matrix_game_path",
    "multi_objective_frontier": "outer_approximation",
    "nondominated": "frontier",
    "right_hand_side_path": "parametric",
    "sandwich_frontier": "convex_sandwich",
    "solve_convex": "convex",
    "solve_disjunctive": "disjunction",
    "solve_exact": "exact",
    "solve_exact_milp": "exact_milp",
    "solve_geometric": "geometric",
    "solve_linear": "linear",
    "solve_milp": "linear",
    "solve_second_order": "second_order",
    "solve_semidefinite": "semidefinite",
    "union_frontier": "cells",
    "weighted_programme": "objectives",
}

__all__ = [
    "Basis",
    "BestCase",
    "Case",
    "Cell",
    "ConvexSolution",
    "Cover",
    "Cut",
    "Design",
    "DesignBounds",
    "Edge",
    "ExactMixedIntegerSolution",
    "ExactSolution",
    "ExactVertex",
    "Exclusion",
    "Frontier",
    "FrontierPoint",
    "GeometricSolution",
    "LinearModel",
    "LinearSolution",
    "MixedIntegerSolution",
    "MultilinearBounds",
    "ParametricPath",
    "PathPiece",
    "Posynomials",
    "SemidefiniteSolution",
    "Support",
    "bi_objective_frontier",
    "bound_multilinear_maximin",
    "cheapest_cover",
    "convex_frontier",
    "disjunctive_programme",
    "divergence_budget",
    "epsilon_constraint_path",
    "exact_vertex",
    "float_vertex",
    "integer_frontier",
    "interior_path",
    "multi_objective_frontier",
    "nondominated",
    "right_hand_side_path",
    "sandwich_frontier",
    "solve_convex",
    "solve_disjunctive",
    "solve_exact",
    "solve_exact_milp",
    "solve_geometric",
    "solve_linear",
    "solve_milp",
    "solve_second_order",
    "solve_semidefinite",
    "union_frontier",
    "weighted_programme",
]

if TYPE_CHECKING:
    from gametheory.optimize.bi_objective import bi_objective_frontier
    from gametheory.optimize.cells import Cell, union_frontier
    from gametheory.optimize.convex import ConvexSolution, solve_convex
    from gametheory.optimize.convex_measures import convex_frontier
    from gametheory.optimize.convex_sandwich import Support, sandwich_frontier
    from gametheory.optimize.covering import Cover, cheapest_cover
    from gametheory.optimize.design import Design
    from gametheory.optimize.design_bounds import DesignBounds
    from gametheory.optimize.disjunction import BestCase, Case, disjunctive_programme, solve_disjunctive
    from gametheory.optimize.divergence_budgets import divergence_budget
    from gametheory.optimize.exact import ExactSolution, solve_exact
    from gametheory.optimize.exact_milp import ExactMixedIntegerSolution, solve_exact_milp
    from gametheory.optimize.frontier import Cut, Edge, Exclusion, Frontier, FrontierPoint, nondominated
    from gametheory.optimize.geometric import GeometricSolution, Posynomials, solve_geometric
    from gametheory.optimize.global_bounds import MultilinearBounds, bound_multilinear_maximin
    from gametheory.optimize.integer_objectives import integer_frontier
    from gametheory.optimize.linear import solve_linear, solve_milp
    from gametheory.optimize.linear_model import Basis, LinearModel, LinearSolution, MixedIntegerSolution
    from gametheory.optimize.matrix_game_path import float_vertex, interior_path
    from gametheory.optimize.matrix_game_vertex import ExactVertex, exact_vertex
    from gametheory.optimize.objectives import weighted_programme
    from gametheory.optimize.outer_approximation import multi_objective_frontier
    from gametheory.optimize.parametric import epsilon_constraint_path, right_hand_side_path
    from gametheory.optimize.parametric_path import ParametricPath, PathPiece
    from gametheory.optimize.second_order import solve_second_order
    from gametheory.optimize.semidefinite import SemidefiniteSolution, solve_semidefinite


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(f"gametheory.optimize.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'gametheory.optimize' has no attribute {name!r}; it offers {', '.join(__all__)}")


def __dir__() -> list[str]:
    return sorted(__all__)
