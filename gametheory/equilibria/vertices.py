"""The vertices of a face of a best-response polytope one at a time, none twice, without a list of those seen.

A face is given by a :class:`~gametheory.equilibria.dictionary.Dictionary` on it: with β ≥ 0 and free columns q,

    δ · w_basic = β − T w_free,    w ≥ 0.

*Reverse search.* A simplex rule that minimises Σ w_q over the columns q of one fixed basis leads from every basis to
that one, so that its steps form a tree, and the tree is walked from the root by asking of each neighbour whether its
step leads back. Degenerate vertices have many bases: the walk is on the *lexicographically feasible* ones, those of the
simple polytope w_k ≥ −ε_k with ε_0 ≫ ε_1 ≫ … ≫ 0 (labels in increasing order), and a vertex is given at its least
basis, the one in which no basic variable that is 0 can be exchanged for a free one with a smaller label. That one is
lexicographically feasible: in each row with β = 0 the smallest label is the basic one, with coefficient δ > 0.

Reference: D. Avis and K. Fukuda (1992), *A pivoting algorithm for convex hulls and vertex enumeration of arrangements
and polyhedra*, Discrete and Computational Geometry 8, 295-313; D. Avis (2000), *A revised implementation of the reverse
search vertex enumeration algorithm*. Complexity: O(d e) integer operations for each of d neighbours of a basis; memory
for the bases on a path from the root.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from gametheory.equilibria.dictionary import Dictionary
from gametheory.equilibria.label_search import Face, Faces, Limits, leaves

__all__ = ["extreme_pairs", "leaving_row", "strategies_of"]


def extreme_pairs(
    root: Faces, limits: Limits, *, keep: Callable[[Faces], bool] | None = None
) -> Iterator[tuple[tuple[int, ...], tuple[int, ...]]]:
    """The extreme equilibria in a branch of the label search, each once, as integers without common factor.

    An extreme equilibrium may lie in the products of several leaves. It is given at the one that is reached by going,
    for each label, to the branch where that action is a best reply if it is one in this equilibrium: at a leaf these
    are the pairs of vertices with no best reply among the actions that are to be none.

    Parameters
    ----------
    root, limits, keep
        As for :func:`~gametheory.equilibria.label_search.leaves`.

    Raises
    ------
    SearchLimit
        At one of the limits.
    """
    for x_face, y_face in leaves(root, limits, keep=keep):
        for x in strategies_of(x_face, limits):
            for y in strategies_of(y_face, limits):
                yield x, y


def strategies_of(face: Face, limits: Limits) -> Iterator[tuple[int, ...]]:
    """The vertices of a bounded face, as integers without common factor, at which no excluded action is a best reply.

    Raises
    ------
    SearchLimit
        At the limit of time, or of branches, which are bases here.
    """
    root = _on_free_columns(face.dictionary)
    _to_least_basis(root)
    target = frozenset(root.nonbasic)
    waiting = [root]
    seen = 0
    while waiting:
        basis = waiting.pop()
        limits.check(seen)
        seen += 1
        if _is_least(basis) and not _has_excluded(basis, face.strict):
            yield basis.point(face.own)
        waiting.extend(_children(basis, target))


def _on_free_columns(dictionary: Dictionary) -> Dictionary:
    free = dictionary.free()
    new = dictionary.copy()
    new.rows = [[*(row[q] for q in free), row[-1]] for row in dictionary.rows]
    new.nonbasic = [dictionary.nonbasic[q] for q in free]
    return new


def _to_least_basis(basis: Dictionary) -> None:
    """Exchange variables that are 0 at the vertex until its least basis is reached."""
    while (exchange := _smaller(basis)) is not None:
        basis.pivot(*exchange)


def _smaller(basis: Dictionary) -> tuple[int, int] | None:
    """A row with β = 0 and a column with a smaller label and a nonzero entry in it."""
    for r, (label, row) in enumerate(zip(basis.basic, basis.rows, strict=True)):
        if not row[-1]:
            for c, other in enumerate(basis.nonbasic):
                if other < label and row[c]:
                    return r, c
    return None


def _is_least(basis: Dictionary) -> bool:
    return _smaller(basis) is None


def _has_excluded(basis: Dictionary, excluded: int) -> bool:
    """Whether one of the excluded variables vanishes at the vertex."""
    return any(excluded >> k & 1 for k in basis.nonbasic) or any(
        excluded >> k & 1 and not row[-1] for k, row in zip(basis.basic, basis.rows, strict=True)
    )


def _children(basis: Dictionary, target: frozenset[int]) -> Iterator[Dictionary]:
    """The bases from which the simplex rule leads here: enter the smallest label that lowers the sum over ``target``."""
    inside = [row for label, row in zip(basis.basic, basis.rows, strict=True) if label in target]
    costs = [
        (basis.delta if label in target else 0) - sum(row[q] for row in inside)
        for q, label in enumerate(basis.nonbasic)
    ]
    for c, cost in enumerate(costs):
        if cost <= 0:
            continue  # the step back would not lower the sum
        r = leaving_row(basis, c)
        row, back = basis.rows[r], basis.basic[r]
        if all(row[c] * costs[q] >= cost * row[q] for q, label in enumerate(basis.nonbasic) if label < back and q != c):
            child = basis.copy()
            child.pivot(r, c)
            yield child


def leaving_row(basis: Dictionary, c: int) -> int:
    """The row of the smallest ratio in column c, lexicographically: β, then the coefficients of ε_0, ε_1, …

    The row of δ w_r = β + δ ε_r + Σ_q T_q ε_q − …; there is exactly one, as no two rows are proportional.
    """
    best, best_row = -1, None
    order = None
    for r, row in enumerate(basis.rows):
        t = row[c]
        if t <= 0:
            continue
        if best_row is None:
            best, best_row = r, row
            continue
        gap = row[-1] * best_row[c] - best_row[-1] * t
        if not gap:
            if order is None:
                order = sorted(range(len(basis.nonbasic)), key=basis.nonbasic.__getitem__)
            gap = _perturbed_gap(basis, r, best, c, order)
        if gap < 0:
            best, best_row = r, row
    return best


def _perturbed_gap(basis: Dictionary, r: int, s: int, c: int, order: list[int]) -> int:
    """The sign of ratio r minus ratio s in column c, for equal β/T: that of the smallest label that tells them apart."""
    one, two = basis.rows[r], basis.rows[s]
    mine, theirs = basis.basic[r], basis.basic[s]
    for q in order:
        first = min(mine, theirs)
        if first < basis.nonbasic[q]:
            return 1 if first == mine else -1
        gap = one[q] * two[c] - two[q] * one[c]
        if gap:
            return gap
    return 1 if mine < theirs else -1
