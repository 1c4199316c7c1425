"""Vertices and facets of everything that is at least some image of a polytope, by trying every subset, in fractions.

For bounded programmes as plain data (:mod:`oracles.linear`) and objectives that are minimised. Imports no solver of ours.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from fractions import Fraction

from oracles.linear import Plain, inequalities, solve_square

Point = tuple[Fraction, ...]


def images(problem: Plain, costs: Sequence[Sequence[int]]) -> set[Point]:
    """The objectives at every vertex of the feasible polytope."""
    system = inequalities(problem)
    found = set()
    for chosen in itertools.combinations(system, len(problem[1])):
        x = solve_square([list(a) for a, _ in chosen], [b for _, b in chosen])
        if x is not None and all(sum(p * q for p, q in zip(a, x, strict=True)) <= b for a, b in system):
            found.add(tuple(sum((Fraction(p) * q for p, q in zip(c, x, strict=True)), Fraction(0)) for c in costs))
    return found


def facets(points: set[Point]) -> set[tuple[Point, Fraction]]:
    """Supporting (w, β) with w ≥ 0, Σ w = 1, through p independent points and directions."""
    size = len(next(iter(points)))
    units = [tuple(Fraction(int(j == k)) for j in range(size)) for k in range(size)]
    generators = [(1, p) for p in points] + [(0, u) for u in units]
    found = set()
    for chosen in itertools.combinations(generators, size):
        if not any(t for t, _ in chosen):
            continue
        rows = [[*y, Fraction(-t)] for t, y in chosen] + [[Fraction(1)] * size + [Fraction(0)]]
        solution = solve_square(rows, [Fraction(0)] * size + [Fraction(1)])
        if solution is None or min(solution[:size]) < 0:
            continue
        w, beta = tuple(solution[:size]), solution[size]
        if all(sum(a * b for a, b in zip(w, p, strict=True)) >= beta for p in points):
            found.add((w, beta))
    return found


def vertices(points: set[Point]) -> list[Point]:
    """The points at which p facets with independent normals meet."""
    size = len(next(iter(points)))
    cuts = facets(points)
    found = []
    for p in sorted(points):
        normals = [w for w, beta in cuts if sum(a * b for a, b in zip(w, p, strict=True)) == beta]
        if any(
            solve_square([list(w) for w in chosen], [Fraction(0)] * size) is not None
            for chosen in itertools.combinations(normals, size)
        ):
            found.append(p)
    return found
