"""Linear programmes solved by brute force in fractions; imports nothing of the package's solvers.

A programme here is plain data: ``(sense, c, rows, lower, upper)`` with rows ``(coefficients, "<=" | ">=" | "==", b)``
and ``None`` for an infinite bound. Two routes: :func:`best_vertex` visits every basic point (as many tight, independent
constraints as columns), :func:`outcome` eliminates the columns one by one (Fourier–Motzkin), which also decides
programmes that are infeasible, unbounded or without vertices. Keep to a handful of columns.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from fractions import Fraction

Row = tuple[Sequence[Fraction], str, Fraction]
Plain = tuple[str, Sequence[Fraction], Sequence[Row], Sequence[Fraction | None], Sequence[Fraction | None]]


def plain(programme) -> Plain:
    """A LinearProgramme as plain data, read from its attributes alone."""
    rows = []
    for r in range(len(programme.row_sense)):
        dense = [Fraction(0)] * len(programme.lower)
        for k in range(int(programme.row_start[r]), int(programme.row_start[r + 1])):
            entry = Fraction(int(programme.coefficients.numerators[k]), programme.coefficients.denominator)
            dense[int(programme.column_index[k])] += entry
        sides = programme.right_hand_side
        rows.append((dense, programme.row_sense[r], Fraction(int(sides.numerators[r]), sides.denominator)))
    c = [Fraction(int(x), programme.objective.denominator) for x in programme.objective.numerators]
    return programme.sense, c, rows, list(programme.lower), list(programme.upper)


def inequalities(problem: Plain) -> list[tuple[list[Fraction], Fraction]]:
    """Rows and bounds as a·x ≤ b."""
    _, c, rows, lower, upper = problem
    result = []
    for a, sense, b in rows:
        if sense in ("<=", "=="):
            result.append((list(a), b))
        if sense in (">=", "=="):
            result.append(([-x for x in a], -b))
    for j in range(len(c)):
        unit = [Fraction(int(k == j)) for k in range(len(c))]
        if upper[j] is not None:
            result.append((unit, upper[j]))
        if lower[j] is not None:
            result.append(([-x for x in unit], -lower[j]))
    return result


def is_feasible(system: list[tuple[list[Fraction], Fraction]], columns: int) -> bool:
    """Fourier–Motzkin elimination."""
    for j in range(columns):
        positive = [(a, b) for a, b in system if a[j] > 0]
        negative = [(a, b) for a, b in system if a[j] < 0]
        kept = {}
        for a, b in (
            *((a, b) for a, b in system if a[j] == 0),
            *(
                ([x / p[0][j] - y / n[0][j] for x, y in zip(p[0], n[0], strict=True)], p[1] / p[0][j] - n[1] / n[0][j])
                for p in positive
                for n in negative
            ),
        ):
            size = sum(abs(x) for x in a) or Fraction(1)
            key = tuple(x / size for x in a)
            kept[key] = min(kept.get(key, b / size), b / size)
        system = [(list(a), b) for a, b in kept.items()]
    return all(b >= 0 for _, b in system)


def solve_square(matrix: list[list[Fraction]], side: list[Fraction]) -> list[Fraction] | None:
    """Gauss–Jordan; ``None`` for a singular matrix."""
    n = len(matrix)
    work = [[*row, b] for row, b in zip(matrix, side, strict=True)]
    for j in range(n):
        pivot = next((i for i in range(j, n) if work[i][j] != 0), None)
        if pivot is None:
            return None
        work[j], work[pivot] = work[pivot], work[j]
        work[j] = [x / work[j][j] for x in work[j]]
        for i in range(n):
            if i != j and work[i][j] != 0:
                factor = work[i][j]
                work[i] = [x - factor * y for x, y in zip(work[i], work[j], strict=True)]
    return [row[n] for row in work]


def best_vertex(problem: Plain) -> tuple[Fraction, list[list[Fraction]]] | None:
    """The best value at a vertex and all vertices that attain it; ``None`` if there is no vertex."""
    sense, c, _, _, _ = problem
    system = inequalities(problem)
    best: Fraction | None = None
    vertices: list[list[Fraction]] = []
    for chosen in itertools.combinations(system, len(c)):
        x = solve_square([list(a) for a, _ in chosen], [b for _, b in chosen])
        if x is None or any(sum(p * q for p, q in zip(a, x, strict=True)) > b for a, b in system):
            continue
        value = sum((p * q for p, q in zip(c, x, strict=True)), Fraction(0))
        if best is None or (value > best if sense == "max" else value < best):
            best, vertices = value, []
        if value == best and x not in vertices:
            vertices.append(x)
    return None if best is None else (best, vertices)


def outcome(problem: Plain) -> tuple[str, Fraction | None]:
    """``("infeasible" | "unbounded" | "optimal", value)``, by elimination alone (no vertices needed).

    The value v is found by eliminating x from {a·x ≤ b, v = c·x}: what remains bounds v.
    """
    sense, c, _, _, _ = problem
    system = inequalities(problem)
    n = len(c)
    if not is_feasible(system, n):
        return "infeasible", None
    sign = Fraction(1 if sense == "max" else -1)
    extended = [([*a, Fraction(0)], b) for a, b in system]
    extended.append(([-sign * x for x in c] + [Fraction(1)], Fraction(0)))  # v ≤ ± c·x
    for j in range(n):
        extended = _eliminated(extended, j)
    bounds = [b / a[n] for a, b in extended if a[n] > 0]
    return ("optimal", sign * min(bounds)) if bounds else ("unbounded", None)


def _eliminated(system: list[tuple[list[Fraction], Fraction]], j: int) -> list[tuple[list[Fraction], Fraction]]:
    kept: dict[tuple[Fraction, ...], Fraction] = {}

    def keep(a: list[Fraction], b: Fraction) -> None:
        size = sum(abs(x) for x in a)
        if size == 0:
            if b >= 0:
                return
            size = Fraction(1)
        key = tuple(x / size for x in a)
        kept[key] = min(kept.get(key, b / size), b / size)

    for a, b in system:
        if a[j] == 0:
            keep(a, b)
    for a, b in system:
        if a[j] <= 0:
            continue
        for d, e in system:
            if d[j] < 0:
                keep([x / a[j] - y / d[j] for x, y in zip(a, d, strict=True)], b / a[j] - e / d[j])
    return [(list(a), b) for a, b in kept.items()]
