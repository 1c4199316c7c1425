"""Brute force for bimatrix games, in rationals: every vertex of both best-response polytopes, every labelled pair.

Shift the payoffs until all are positive. Then P = {x ≥ 0 : Bᵀx ≤ 1} and Q = {y ≥ 0 : A y ≤ 1} are polytopes, and
(x, y), normalised, is an extreme equilibrium iff x and y are vertices other than 0 and every label (row i: x_i = 0 or
(A y)_i = 1; column j: y_j = 0 or (Bᵀx)_j = 1) is present. A vertex of P solves M_SJᵀ x_S = 1 for some rows S and as
many columns J with a nonsingular minor, so that all minors, by Laplace expansion, give all vertices by Cramer's rule:
also in degenerate games, where several (S, J) give the same vertex.

Maximal Nash subsets are the maximal bicliques of the bipartite graph of vertices whose edges are the extreme equilibria
(Winkels 1979, Jansen 1981), components its connected components. Nothing here comes from the package under test.
"""

from __future__ import annotations

import itertools
from fractions import Fraction

Vector = tuple[Fraction, ...]
Pair = tuple[Vector, Vector]


def _integers(matrix) -> list[list[int]]:
    """The matrix scaled to integers and shifted to positive ones: the same best replies."""
    rows = [[Fraction(x) for x in row] for row in matrix]
    scale = 1
    for row in rows:
        for x in row:
            scale *= Fraction(scale * x).denominator
    whole = [[int(x * scale) for x in row] for row in rows]
    low = min(min(row) for row in whole)
    return [[x - low + 1 for x in row] for row in whole]


def polytope_vertices(rows: list[list[int]]) -> dict[Vector, int]:
    """Vertices other than 0 of {x ≥ 0 : xᵀM ≤ 1}, normalised to sum 1, each with its tight constraints as bits.

    Bit i for x_i = 0, bit m + j for a tight column j. All entries of M are positive.
    """
    m, n = len(rows), len(rows[0])
    minors: dict[tuple[int, int], int] = {(0, 0): 1}
    vertices: dict[Vector, int] = {}
    for k in range(1, min(m, n) + 1):
        new: dict[tuple[int, int], int] = {}
        column_sets = [(J, sum(1 << j for j in J)) for J in itertools.combinations(range(n), k)]
        for S in itertools.combinations(range(m), k):
            s_bits = sum(1 << i for i in S)
            last, rest = rows[S[-1]], s_bits & ~(1 << S[-1])
            for J, j_bits in column_sets:
                det, sign = 0, 1 if k % 2 else -1
                for j in J:  # expansion along the last row of S
                    det += sign * last[j] * minors[rest, j_bits & ~(1 << j)]
                    sign = -sign
                new[s_bits, j_bits] = det
                if det:
                    _record(vertices, rows, S, s_bits, J, j_bits, det, minors)
        minors = new
    return vertices


def _record(vertices, rows, S, s_bits, J, j_bits, det, minors) -> None:
    m, n = len(rows), len(rows[0])
    x = {}
    for a, i in enumerate(S):
        numerator, sign = 0, 1 if a % 2 == 0 else -1
        rest = s_bits & ~(1 << i)
        for j in J:
            numerator += sign * minors[rest, j_bits & ~(1 << j)]
            sign = -sign
        if numerator * det < 0:
            return
        x[i] = numerator
    bits = 0
    for j in range(n):
        slack = (det - sum(x[i] * rows[i][j] for i in S)) * (1 if det > 0 else -1)
        if slack < 0:
            return
        if slack == 0:
            bits |= 1 << (m + j)
    total = sum(x.values())
    vector = tuple(Fraction(x.get(i, 0), total) for i in range(m))
    bits |= sum(1 << i for i in range(m) if vector[i] == 0)
    assert vertices.setdefault(vector, bits) == bits


def extreme_equilibria(A, B) -> list[Pair]:
    """All extreme equilibria, sorted, from row payoffs A and column payoffs B (nested lists of rationals)."""
    m, n = len(A), len(A[0])
    first = polytope_vertices(_integers(B))
    second = polytope_vertices([list(column) for column in zip(*_integers(A), strict=True)])
    everything = (1 << (m + n)) - 1
    second_bits = [(y, (bits >> n) | ((bits & ((1 << n) - 1)) << m)) for y, bits in second.items()]
    return sorted((x, y) for x, p in first.items() for y, q in second_bits if p | q == everything)


def maximal_nash_subsets(equilibria: list[Pair]) -> set[tuple[frozenset[Vector], frozenset[Vector]]]:
    """Maximal bicliques of the graph whose edges are the extreme equilibria."""
    neighbours: dict[Vector, frozenset[Vector]] = {}
    for x, y in equilibria:
        neighbours[x] = neighbours.get(x, frozenset()) | {y}
    closed: set[frozenset[Vector]] = set()
    for own in neighbours.values():
        closed |= {own} | {own & other for other in closed if own & other}
    return {(frozenset(x for x, own in neighbours.items() if own >= face), face) for face in closed}


def components(equilibria: list[Pair]) -> set[frozenset[Pair]]:
    """The extreme equilibria of each connected component of the set of all equilibria."""
    groups: list[tuple[set[Vector], set[Vector], set[Pair]]] = []
    for x, y in equilibria:
        touching = [g for g in groups if x in g[0] or y in g[1]]
        merged = ({x}.union(*(g[0] for g in touching)), {y}.union(*(g[1] for g in touching)), {(x, y)})
        merged[2].update(*(g[2] for g in touching))
        groups = [g for g in groups if all(g is not t for t in touching)] + [merged]
    return {frozenset(g[2]) for g in groups}


def largest_regret(A, B, x, y) -> Fraction:
    """The larger of the two players' gains from the best unilateral deviation."""
    rows = [sum((Fraction(a) * q for a, q in zip(row, y, strict=True)), Fraction(0)) for row in A]
    columns = [sum((Fraction(row[j]) * p for row, p in zip(B, x, strict=True)), Fraction(0)) for j in range(len(y))]
    row_gain = max(rows) - sum(p * u for p, u in zip(x, rows, strict=True))
    return max(row_gain, max(columns) - sum(q * u for q, u in zip(y, columns, strict=True)))


def is_generic_at(A, B, x, y) -> bool:
    """Whether at (x, y) each player has as many pure best replies as the other has actions in use."""
    rows = [sum(Fraction(a) * q for a, q in zip(row, y, strict=True)) for row in A]
    columns = [sum(Fraction(row[j]) * p for row, p in zip(B, x, strict=True)) for j in range(len(y))]
    return rows.count(max(rows)) == sum(q > 0 for q in y) and columns.count(max(columns)) == sum(p > 0 for p in x)
