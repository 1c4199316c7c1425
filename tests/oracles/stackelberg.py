"""Commitment against one follower by looking at every face of the arrangement of indifferences, in fractions.

The lines on which the follower, or the leader, is indifferent between two replies cut the leader's simplex into faces;
on the relative interior of each face the set of best replies is constant and the leader's payoff under either tie rule
is linear. Three leader actions or fewer: every face is the hull of arrangement vertices, so that vertices, midpoints of
pairs and centroids of triples meet every face's relative interior. Imports nothing of the package.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from fractions import Fraction

from oracles.polytopes import Row, simplex, solve_square

Matrix = Sequence[Sequence[int | Fraction]]
Point = tuple[Fraction, ...]


def _payoff(x: Point, column: Sequence[int | Fraction]) -> Fraction:
    return sum((p * u for p, u in zip(x, column, strict=True)), Fraction(0))


def _columns(matrix: Matrix) -> list[list[int | Fraction]]:
    return [list(column) for column in zip(*matrix, strict=True)]


def arrangement_vertices(A: Matrix, B: Matrix) -> list[Point]:
    """Every point of the simplex cut out by indifference lines and facets."""
    size = len(A)
    lines: list[Row] = list(simplex(size)[1])
    for columns in (_columns(A), _columns(B)):
        for first, second in itertools.combinations(columns, 2):
            difference = [a - b for a, b in zip(first, second, strict=True)]
            if any(difference):
                lines.append((difference, 0))
    found = set()
    for tight in itertools.combinations(lines, size - 1):
        point = solve_square([([1] * size, 1), *tight])
        if point is not None and min(point) >= 0:
            found.add(tuple(point))
    return sorted(found)


def _centroid(points: Sequence[Point]) -> Point:
    return tuple(sum(x) / len(points) for x in zip(*points, strict=True))


def _faces(A: Matrix, B: Matrix) -> tuple[list[Point], list[Point]]:
    if len(A) > 3:
        raise ValueError("at most three leader actions")
    corners = arrangement_vertices(A, B)
    inner = {_centroid(c) for size in range(1, len(A) + 1) for c in itertools.combinations(corners, size)}
    return corners, sorted(inner)


def best_replies(x: Point, B: Matrix) -> list[int]:
    values = [_payoff(x, column) for column in _columns(B)]
    return [j for j, value in enumerate(values) if value == max(values)]


def leader_payoff(x: Point, A: Matrix, B: Matrix, *, weak: bool) -> Fraction:
    """The leader's payoff at a commitment, ties broken for the leader, or against it."""
    values = [_payoff(x, _columns(A)[j]) for j in best_replies(x, B)]
    return min(values) if weak else max(values)


def strong_value(A: Matrix, B: Matrix) -> Fraction:
    return max(leader_payoff(x, A, B, weak=False) for x in arrangement_vertices(A, B))


def weak_value(A: Matrix, B: Matrix) -> tuple[Fraction, bool]:
    """Supremum of the leader's payoff when ties are broken against it, and whether a commitment attains it.

    Close to a corner v, on the way to a face's interior point g, the best replies are those that are best at v and,
    among these, best at g; the payoff tends to the least of theirs at v.
    """
    corners, inner = _faces(A, B)
    columns_a, columns_b = _columns(A), _columns(B)
    best = max(leader_payoff(x, A, B, weak=True) for x in inner)
    attained = best
    for v, g in itertools.product(corners, inner):
        at_v = best_replies(v, B)
        top = max(_payoff(g, columns_b[j]) for j in at_v)
        replies = [j for j in at_v if _payoff(g, columns_b[j]) == top]
        best = max(best, min(_payoff(v, columns_a[j]) for j in replies))
    return best, attained == best
