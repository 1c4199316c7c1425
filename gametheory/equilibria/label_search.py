"""All Nash equilibria of a bimatrix game by search over labels, in integers, with evidence that none is missing.

Row i has label i: x_i = 0, or i is a best reply to y. Column j has label m + j: y_j = 0, or j is a best reply to x. A
pair (x, y) is an equilibrium iff it has all labels. So label k is had by x (a face of the polytope of pairs (x, v₂),
Bᵀx ≤ v₂) or by y (a face of the other): a binary tree, whose nodes are pairs of faces. A branch ends when a face is
empty, with a mixture of actions that strictly dominates a mixture of supposed best replies as the proof; or when every
label is had everywhere on the two faces: then their product consists of equilibria. These products cover the set of
all equilibria and their vertices are the extreme equilibria, in degenerate games as well.

The next label is the one whose two branches look hardest to keep alive (:meth:`Dictionary.outlook`). The idea of a
search with two dictionaries is that of C. Audet, P. Hansen, B. Jaumard and G. Savard (2001), *Enumeration of all
extreme equilibria of bimatrix games*, SIAM J. Sci. Comput. 23, 323-338. Vertices of a face F by pulling: every vertex
of F other than v lies on some F ∩ {w_k = 0} with w_k(v) > 0.

Complexity: exponential in the worst case; a few hundred nodes at 8×8, some thousands at 12×12.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import final

from gametheory.equilibria.dictionary import DEAD, IMPLIED, Dictionary

__all__ = ["FaceEvidence", "Found", "SearchLimit", "label_search", "positive_integers"]

Weights = tuple[tuple[int, int], ...]
Step = tuple[str, int] | tuple[str, int, Weights] | tuple[str]
FaceEvidence = tuple[int, bool, tuple[tuple[int, Weights], ...]]


@final
@dataclass(slots=True)
class Found:
    """What a search has found: strategies (integers without common factor), products of faces, and the evidence.

    ``products`` are pairs of sets of strategy indices. ``steps`` is the tree in preorder: ``("split", label)``,
    ``("empty", player, weights)`` or ``("product",)``. ``faces[player]`` maps a set of labels (bits) to a vertex of
    that face, whether it is the only one, and the weights that show which of its facets are empty.
    """

    strategies: tuple[dict[tuple[int, ...], int], dict[tuple[int, ...], int]] = field(default_factory=lambda: ({}, {}))
    products: set[tuple[frozenset[int], frozenset[int]]] = field(default_factory=set)
    steps: list[Step] = field(default_factory=list)
    faces: tuple[dict[int, FaceEvidence], dict[int, FaceEvidence]] = field(default_factory=lambda: ({}, {}))


class SearchLimit(Exception):  # noqa: N818 - a signal inside this chapter: callers turn it into a SolverError
    """The search reached a limit; ``found`` is what it had."""

    def __init__(self, what: str, found: Found) -> None:
        super().__init__(what)
        self.found = found


def positive_integers(matrix: Sequence[Sequence[int]]) -> list[list[int]]:
    """The matrix shifted and divided to the smallest positive integers: the same best replies."""
    low = min(map(min, matrix))
    common = math.gcd(*(x - low for row in matrix for x in row)) or 1
    return [[(x - low) // common + 1 for x in row] for row in matrix]


@final
class _Side:
    """One player's polytope: labels, faces seen, and the vertices of faces."""

    def __init__(self, found: Found, player: int, own: range, other: range) -> None:
        self.own, self.other = own, other
        self.own_bits = sum(1 << k for k in own)
        self.strategies, self.faces = found.strategies[player], found.faces[player]
        self.vertices: dict[int, frozenset[int]] = {}

    def vertices_of(self, face: Dictionary, labels: int) -> frozenset[int]:
        """Indices of the vertices of a bounded nonempty face, the points of the polytope that have these labels."""
        known = self.vertices.get(labels)
        if known is not None:
            return known
        point = face.point(self.own)
        vertex = self.strategies.setdefault(point, len(self.strategies))
        result, empty = {vertex}, []
        alone = not face.free()
        if not alone:
            for k in face.positive():
                part = face.copy()
                row = part.close(k)
                if row < 0:
                    result |= self.vertices_of(part, labels | 1 << k)
                else:
                    empty.append((k, part.domination(row, self.other.start, len(self.other))))
        self.faces[labels] = (vertex, alone, tuple(empty))
        self.vertices[labels] = frozenset(result)
        return self.vertices[labels]

    def closing(self, face: Dictionary, labels: int, k: int) -> Dictionary | Weights:
        """The part of a face that has label k, or the weights that show that no strategy is in it."""
        if (labels | 1 << k) & self.own_bits == self.own_bits:
            return ()  # no action is left to play
        if face.outlook().get(k) == DEAD:
            return face.domination(face.basic.index(k), self.other.start, len(self.other))
        part = face.copy()
        row = part.close(k)
        return part if row < 0 else part.domination(row, self.other.start, len(self.other))


def label_search(
    A: Sequence[Sequence[int]],
    B: Sequence[Sequence[int]],
    *,
    max_equilibria: int,
    max_branches: int,
) -> Found:
    """Search the game with integer payoff matrices A and B, both m × n, exhaustively.

    Raises
    ------
    SearchLimit
        After ``max_branches`` nodes, or with more than ``max_equilibria`` extreme equilibria found.
    """
    m, n = len(A), len(A[0])
    rows, columns = range(m), range(m, m + n)
    found = Found()
    first, second = _Side(found, 0, rows, columns), _Side(found, 1, columns, rows)
    every = (1 << (m + n)) - 1
    start = (
        Dictionary.start(positive_integers(B), rows, columns),
        Dictionary.start(positive_integers([list(c) for c in zip(*A, strict=True)]), columns, rows),
    )
    stack: list[tuple[Dictionary, int, Dictionary, int] | Step] = [(start[0], 0, start[1], 0)]
    equilibria, nodes = 0, 0
    while stack:
        node = stack.pop()
        if not isinstance(node[0], Dictionary):
            found.steps.append(node)
            continue
        x_face, x_labels, y_face, y_labels = node
        nodes += 1
        if nodes > max_branches:
            raise SearchLimit("branches", found)
        label = _next_label(x_face, y_face, every & ~(x_labels | y_labels))
        if label < 0:
            found.steps.append(("product",))
            product = (first.vertices_of(x_face, x_labels), second.vertices_of(y_face, y_labels))
            if product not in found.products:
                found.products.add(product)
                equilibria += len(product[0]) * len(product[1])
                if equilibria > max_equilibria and _count(found) > max_equilibria:
                    raise SearchLimit("equilibria", found)
            continue
        found.steps.append(("split", label))
        bit = 1 << label
        y_part = second.closing(y_face, y_labels, label)
        if isinstance(y_part, Dictionary):
            stack.append((x_face, x_labels, y_part, y_labels | bit))
        else:
            stack.append(("empty", 1, y_part))
        x_part = first.closing(x_face, x_labels, label)
        if isinstance(x_part, Dictionary):
            stack.append((x_part, x_labels | bit, y_face, y_labels))
        else:
            stack.append(("empty", 0, x_part))
    return found


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


def _count(found: Found) -> int:
    return len({(x, y) for xs, ys in found.products for x in xs for y in ys})
