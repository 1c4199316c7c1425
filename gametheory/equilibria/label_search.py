"""All Nash equilibria of a bimatrix game by search over best replies, in integers, with evidence that none is missing.

Every action of an equilibrium (x, y) is a best reply, or it is none and so is not played. Row i has label i: x_i = 0,
or i is a best reply to y. Column j has label m + j: y_j = 0, or j is a best reply to x. (x, y) is an equilibrium iff
it has all labels. The search branches on an action, a best reply or none: a binary tree whose nodes are pairs of
faces, of the polytope of pairs (x, v) with Bᵀx ≤ v and of the other player's. A branch ends

* when a face is empty, with a mixture of actions that dominates a mixture of supposed best replies as the proof, or
  shows an action to be a best reply that was to be none;
* when every label is had everywhere on the two faces: then their product consists of equilibria.

These products cover the set of all equilibria, and their vertices are the extreme equilibria, in degenerate games as
well. The next action is the one whose two branches look hardest to keep alive (:meth:`Dictionary.outlook`). The idea
of a search with two dictionaries is that of C. Audet, P. Hansen, B. Jaumard and G. Savard (2001), *Enumeration of all
extreme equilibria of bimatrix games*, SIAM J. Sci. Comput. 23, 323-338. Vertices of a face F by pulling: every vertex
of F other than v lies on some F ∩ {w_k = 0} with w_k(v) > 0.

Complexity: exponential in the worst case; a few hundred nodes at 8×8, about a thousand at 12×12.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import final

from gametheory.equilibria.dictionary import DEAD, IMPLIED, Dictionary, Weights

__all__ = ["FaceEvidence", "Found", "Limits", "SearchLimit", "label_search", "positive_integers"]

Step = tuple[str, int] | tuple[str, int, Weights] | tuple[str]
FaceEvidence = tuple[int, bool, tuple[tuple[int, Weights], ...]]


@final
@dataclass(slots=True)
class Found:
    """What a search has found: strategies (integers without common factor), products of faces, and the evidence.

    ``products`` are pairs of sets of strategy indices, ``pairs`` the equilibria in them. ``steps`` is the tree in
    preorder: ``("split", label)`` with first the branch where that action is a best reply, ``("empty", player,
    weights)`` or ``("product",)``. ``faces[player]`` maps a set of labels (bits) to a vertex of that face, whether it
    is the only one, and the weights that show which of its facets are empty.
    """

    strategies: tuple[dict[tuple[int, ...], int], dict[tuple[int, ...], int]] = field(default_factory=lambda: ({}, {}))
    products: set[tuple[frozenset[int], frozenset[int]]] = field(default_factory=set)
    pairs: set[tuple[int, int]] = field(default_factory=set)
    steps: list[Step] = field(default_factory=list)
    faces: tuple[dict[int, FaceEvidence], dict[int, FaceEvidence]] = field(default_factory=lambda: ({}, {}))


class SearchLimit(Exception):  # noqa: N818 - a signal inside this chapter: callers turn it into a SolverError
    """The search reached a limit, "equilibria", "branches" or "time"; ``found`` is what it had."""

    def __init__(self, what: str, found: Found) -> None:
        super().__init__(what)
        self.found = found


@final
class Limits:
    """How far a search may go: extreme equilibria, branches (and faces of either player), seconds from now."""

    def __init__(self, max_equilibria: int, max_branches: int, time_limit: float | None) -> None:
        self.max_equilibria, self.max_branches = max_equilibria, max_branches
        self.deadline = math.inf if time_limit is None else time.monotonic() + time_limit

    def check(self, found: Found, branches: int) -> None:
        if branches >= self.max_branches:
            raise SearchLimit("branches", found)
        if time.monotonic() > self.deadline:
            raise SearchLimit("time", found)


def positive_integers(matrix: Sequence[Sequence[int]]) -> list[list[int]]:
    """The matrix shifted and divided to the smallest positive integers: the same best replies."""
    low = min(map(min, matrix))
    common = math.gcd(*(x - low for row in matrix for x in row)) or 1
    return [[(x - low) // common + 1 for x in row] for row in matrix]


@final
@dataclass(frozen=True, slots=True)
class _Face:
    """A face of one player's polytope: a dictionary on it, its labels, and the actions that are to be no best reply."""

    dictionary: Dictionary
    labels: int = 0
    strict: int = 0


@final
class _Side:
    """One player's polytope: labels, faces seen, and the vertices of faces."""

    def __init__(self, found: Found, player: int, own: range, other: range, limits: Limits) -> None:
        self.found, self.own, self.other, self.limits = found, own, other, limits
        self.own_bits = sum(1 << k for k in own)
        self.strategies, self.faces = found.strategies[player], found.faces[player]
        self.vertices: dict[int, frozenset[int]] = {}

    def vertices_of(self, face: Dictionary, labels: int) -> frozenset[int]:
        """Indices of the vertices of a bounded nonempty face, the points of the polytope that have these labels."""
        known = self.vertices.get(labels)
        if known is not None:
            return known
        self.limits.check(self.found, len(self.faces))
        vertex = self.strategies.setdefault(face.point(self.own), len(self.strategies))
        result, empty = {vertex}, []
        alone = not face.free()
        for k in () if alone else face.positive():
            below = self.vertices.get(labels | 1 << k)
            if below is None:
                part = face.copy()
                row = part.close(k)
                if row >= 0:
                    empty.append((k, part.domination(row, self.other)))
                    continue
                below = self.vertices_of(part, labels | 1 << k)
            result |= below
            if len(result) > self.limits.max_equilibria:
                raise SearchLimit("equilibria", self.found)
        self.faces[labels] = (vertex, alone, tuple(empty))
        self.vertices[labels] = frozenset(result)
        return self.vertices[labels]

    def closing(self, face: _Face, k: int) -> _Face | Weights:
        """The part of a face that has label k, or the weights that show that it has no strategy in this branch."""
        labels = face.labels | 1 << k
        if labels & self.own_bits == self.own_bits:
            return ()  # no action is left to play
        dictionary = face.dictionary
        if dictionary.outlook().get(k) == DEAD:
            return dictionary.domination(dictionary.basic.index(k), self.other)
        part = dictionary.copy()
        row = part.close(k)
        if row >= 0:
            return part.domination(row, self.other)
        return self.strict_part(_Face(part, labels, face.strict))

    def strict_part(self, face: _Face) -> _Face | Weights:
        """The face, or the weights that show that an action that is to be no best reply is one everywhere on it."""
        outlook, dictionary = face.dictionary.outlook(), face.dictionary
        for r, label in enumerate(dictionary.basic):
            if face.strict >> label & 1 and outlook[label] == IMPLIED:
                return dictionary.domination(r, self.other)
        return face


def label_search(A: Sequence[Sequence[int]], B: Sequence[Sequence[int]], limits: Limits) -> Found:
    """Search the game with integer payoff matrices A and B, both m × n, exhaustively.

    Raises
    ------
    SearchLimit
        At one of the limits.
    """
    m, n = len(A), len(A[0])
    rows, columns = range(m), range(m, m + n)
    found = Found()
    sides = (_Side(found, 0, rows, columns, limits), _Side(found, 1, columns, rows, limits))
    every = (1 << (m + n)) - 1
    start = (
        _Face(Dictionary.start(positive_integers(B), rows, columns)),
        _Face(Dictionary.start(positive_integers([list(c) for c in zip(*A, strict=True)]), columns, rows)),
    )
    stack: list[tuple[_Face, _Face] | Step] = [start]
    nodes = 0
    while stack:
        node = stack.pop()
        if not isinstance(node[0], _Face):
            found.steps.append(node)
            continue
        limits.check(found, nodes)
        nodes += 1
        label = _next_label(node[0].dictionary, node[1].dictionary, every & ~(node[0].labels | node[1].labels))
        if label < 0:
            found.steps.append(("product",))
            _record(found, sides, node, limits.max_equilibria)
            continue
        found.steps.append(("split", label))
        owner = 0 if label < m else 1  # whose action it is; a best reply is a matter of the other player's face
        unplayed = sides[owner].closing(node[owner], label)
        other = node[1 - owner]
        if isinstance(unplayed, _Face):
            excluding = sides[1 - owner].strict_part(_Face(other.dictionary, other.labels, other.strict | 1 << label))
            if isinstance(excluding, _Face):
                stack.append((unplayed, excluding) if owner == 0 else (excluding, unplayed))
            else:
                stack.append(("empty", 1 - owner, excluding))
        else:
            stack.append(("empty", owner, unplayed))
        best_reply = sides[1 - owner].closing(other, label)
        if isinstance(best_reply, _Face):
            stack.append((node[0], best_reply) if owner == 0 else (best_reply, node[1]))
        else:
            stack.append(("empty", 1 - owner, best_reply))
    return found


def _record(found: Found, sides: tuple[_Side, _Side], node: tuple[_Face, _Face], max_equilibria: int) -> None:
    try:
        product = (
            sides[0].vertices_of(node[0].dictionary, node[0].labels),
            sides[1].vertices_of(node[1].dictionary, node[1].labels),
        )
    except RecursionError:  # faces of many hundreds of dimensions
        raise SearchLimit("branches", found) from None
    if product in found.products:
        return
    found.products.add(product)
    if len(product[0]) * len(product[1]) <= 4 * max_equilibria:
        found.pairs |= {(i, j) for i in product[0] for j in product[1]}
    if len(found.pairs) > max_equilibria or len(product[0]) * len(product[1]) > max_equilibria:
        raise SearchLimit("equilibria", found)


def _next_label(x_face: Dictionary, y_face: Dictionary, rest: int) -> int:
    """The label to branch on: dead on one side if any is, else the hardest on both; −1 if none is left."""
    best, best_label = (False, False, -1.0), -1
    x_outlook, y_outlook = x_face.outlook(), y_face.outlook()
    while rest:
        bit = rest & -rest
        rest ^= bit
        label = bit.bit_length() - 1
        a, b = x_outlook.get(label, 0.0), y_outlook.get(label, 0.0)
        if a == IMPLIED or b == IMPLIED:
            continue  # one of the faces has this label everywhere
        score = (a == DEAD or b == DEAD, a > 0 and b > 0, a + b)
        if score > best:
            best, best_label = score, label
    return best_label
