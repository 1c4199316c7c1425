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
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import final

from gametheory.arithmetic.limits import check_count, check_seconds
from gametheory.equilibria.dictionary import DEAD, IMPLIED, Dictionary, Weights

__all__ = [
    "Face",
    "FaceEvidence",
    "Faces",
    "Found",
    "Limits",
    "SearchLimit",
    "Step",
    "Walk",
    "branch",
    "label_search",
    "leaves",
    "positive_integers",
    "whole_polytopes",
]

Rows = Sequence[Sequence[int]]
Step = tuple[str, int] | tuple[str, int, int] | tuple[str, int, Weights] | tuple[str]
FaceEvidence = tuple[int, bool, tuple[tuple[int, Weights], ...]]


@final
@dataclass(slots=True)
class Found:
    """What a search has found: strategies (integers without common factor), products of faces, and the evidence.

    ``products`` are pairs of sets of strategy indices, ``pairs`` the equilibria in them. ``steps`` is the tree in
    preorder: ``("split", label)`` with first the branch where that action is a best reply, ``("empty", player,
    weights)`` or ``("product",)``; or ``("interchangeable", i, j)`` alone, for a constant-sum game. ``faces[player]``
    maps a set of labels (bits) to a vertex of that face, whether it is the only one, and the weights that show which of
    its facets are empty; ``vertices`` to all its vertices.
    """

    strategies: tuple[dict[tuple[int, ...], int], dict[tuple[int, ...], int]] = field(default_factory=lambda: ({}, {}))
    products: set[tuple[frozenset[int], frozenset[int]]] = field(default_factory=set)
    pairs: set[tuple[int, int]] = field(default_factory=set)
    steps: list[Step] = field(default_factory=list)
    faces: tuple[dict[int, FaceEvidence], dict[int, FaceEvidence]] = field(default_factory=lambda: ({}, {}))
    vertices: tuple[dict[int, frozenset[int]], dict[int, frozenset[int]]] = field(default_factory=lambda: ({}, {}))


class SearchLimit(Exception):  # noqa: N818 - a signal inside this chapter: callers turn it into a SolverError
    """The search reached a limit, "equilibria", "branches" or "time"; ``found`` is what it had."""

    def __init__(self, what: str, found: Found | None = None) -> None:
        super().__init__(what)
        self.found = Found() if found is None else found


@final
class Limits:
    """How far a search may go: extreme equilibria, branches (and faces of either player), seconds from now."""

    def __init__(self, max_equilibria: int, max_branches: int, time_limit: float | None) -> None:
        check_count("max_equilibria", max_equilibria, least=0)
        check_count("max_branches", max_branches, least=0)
        check_seconds("time_limit", time_limit)
        self.max_equilibria, self.max_branches = max_equilibria, max_branches
        self.deadline = math.inf if time_limit is None else time.monotonic() + time_limit

    def check(self, branches: int) -> None:
        if branches >= self.max_branches:
            raise SearchLimit("branches")
        if time.monotonic() > self.deadline:
            raise SearchLimit("time")


def positive_integers(matrix: Sequence[Sequence[int]]) -> list[list[int]]:
    """The matrix shifted and divided to the smallest positive integers: the same best replies."""
    low = min(map(min, matrix))
    common = math.gcd(*(x - low for row in matrix for x in row)) or 1
    return [[(x - low) // common + 1 for x in row] for row in matrix]


@final
@dataclass(frozen=True, slots=True)
class Face:
    """A face of one player's polytope: a dictionary on it, its labels, and the actions that are to be no best reply.

    ``own`` and ``other`` are the labels of this player's actions and of the other player's; sets are bits.
    """

    dictionary: Dictionary
    own: range
    other: range
    labels: int = 0
    strict: int = 0

    def facet(self, k: int) -> Face | Weights:
        """The part that has label k, or the weights that show that it has no strategy in this branch."""
        labels = self.labels | 1 << k
        own_bits = (1 << self.own.stop) - (1 << self.own.start)
        if labels & own_bits == own_bits:
            return ()  # no action is left to play
        dictionary = self.dictionary
        if dictionary.outlook().get(k) == DEAD:
            return dictionary.domination(dictionary.basic.index(k), self.other)
        part = dictionary.copy()
        row = part.close(k)
        if row >= 0:
            return part.domination(row, self.other)
        return Face(part, self.own, self.other, labels, self.strict)._unless_a_best_reply()

    def excluding(self, k: int) -> Face | Weights:
        """The face where k is to be no best reply, or the weights that show that it is one everywhere."""
        return Face(self.dictionary, self.own, self.other, self.labels, self.strict | 1 << k)._unless_a_best_reply()

    def _unless_a_best_reply(self) -> Face | Weights:
        """The face, or the weights that show that an action that is to be no best reply is one everywhere on it."""
        outlook, dictionary = self.dictionary.outlook(), self.dictionary
        for r, label in enumerate(dictionary.basic):
            if self.strict >> label & 1 and outlook[label] == IMPLIED:
                return dictionary.domination(r, self.other)
        return self


Faces = tuple[Face, Face]


def whole_polytopes(A: Rows, B: Rows) -> Faces:
    """The root of the tree, for integer payoff matrices A and B, both m × n."""
    m, n = len(A), len(A[0])
    rows, columns = range(m), range(m, m + n)
    columns_of_A = [list(column) for column in zip(*A, strict=True)]
    return (
        Face(Dictionary.start(positive_integers(B), rows, columns), rows, columns),
        Face(Dictionary.start(positive_integers(columns_of_A), columns, rows), columns, rows),
    )


def branch(faces: Faces, label: int, best_reply: bool) -> Faces | Step:
    """The branch in which an action is a best reply, or unplayed and none; or the step that shows it to be empty."""
    owner = 0 if label in faces[0].own else 1  # whose action it is; a best reply is a matter of the other one's face
    other = faces[1 - owner].facet(label) if best_reply else faces[1 - owner].excluding(label)
    if not isinstance(other, Face):
        return ("empty", 1 - owner, other)
    own = faces[owner] if best_reply else faces[owner].facet(label)
    if not isinstance(own, Face):
        return ("empty", owner, own)
    return (own, other) if owner == 0 else (other, own)


def leaves(
    root: Faces, limits: Limits, steps: list[Step] | None = None, *, keep: Callable[[Faces], bool] | None = None
) -> Iterator[Faces]:
    """Pairs of faces whose products consist of equilibria and cover all of them, one after the other.

    Parameters
    ----------
    root : pair of Face
        Where to start: :func:`whole_polytopes`, or a branch of it.
    limits : Limits
        Of branches and time.
    steps : list, optional
        Where to write the tree down.
    keep : callable, optional
        A branch for which it is false is left out, unexamined: all its equilibria lie in the product of the two faces
        it is called with, so whatever holds on that product (no welfare above the best so far) holds for them. A tree
        pruned so has no ``steps``.

    Raises
    ------
    SearchLimit
        At one of the limits.
    """
    waiting: list[tuple[Faces, int, bool]] = []
    node: Faces | Step = root
    nodes = 0
    while True:
        if not isinstance(node[0], Face):
            if steps is not None:
                steps.append(node)
        elif keep is None or keep(node):
            limits.check(nodes)
            nodes += 1
            x_face, y_face = node
            every = (1 << y_face.own.stop) - 1
            label = _next_label(x_face.dictionary, y_face.dictionary, every & ~(x_face.labels | y_face.labels))
            if steps is not None:
                steps.append(("product",) if label < 0 else ("split", label))
            if label < 0:
                yield x_face, y_face
            else:
                waiting += [((x_face, y_face), label, False), ((x_face, y_face), label, True)]
        if not waiting:
            return
        node = branch(*waiting.pop())


Walk = Callable[[Faces, Limits, list[Step] | None], Iterator[Faces]]


def label_search(root: Faces, limits: Limits, found: Found | None = None, *, walk: Walk = leaves) -> Found:
    """All that lies below ``root``, added to ``found``, with the evidence that it is all.

    ``walk`` is :func:`leaves`, or the same compiled, :func:`~gametheory.equilibria.integer_search.machine_leaves`.

    Raises
    ------
    SearchLimit
        At one of the limits.
    """
    found = Found() if found is None else found
    sides = (_Vertices(found, 0, limits), _Vertices(found, 1, limits))
    try:
        for faces in walk(root, limits, found.steps):
            _record(found, sides, faces, limits.max_equilibria)
    except SearchLimit as limit:
        raise SearchLimit(str(limit), found) from None
    return found


@final
class _Vertices:
    """The vertices of faces of one player's polytope, with the evidence that they are all."""

    def __init__(self, found: Found, player: int, limits: Limits) -> None:
        self.limits = limits
        self.strategies, self.faces = found.strategies[player], found.faces[player]
        self.known = found.vertices[player]

    def of(self, face: Dictionary, labels: int, own: range, other: range) -> frozenset[int]:
        """Indices of the vertices of a bounded nonempty face, the points of the polytope that have these labels."""
        known = self.known.get(labels)
        if known is not None:
            return known
        self.limits.check(len(self.faces))
        vertex = self.strategies.setdefault(face.point(own), len(self.strategies))
        result, empty = {vertex}, []
        alone = not face.free()
        bases = [face]  # of this face; most empty facets show in one of those met on the way
        for k in () if alone else face.positive():
            below = self.known.get(labels | 1 << k)
            if below is None:
                shown = next((basis for basis in bases if basis.outlook().get(k) == DEAD), None)
                if shown is not None:
                    empty.append((k, shown.domination(shown.basic.index(k), other)))
                    continue
                part = next((basis for basis in bases if k in basis.nonbasic), bases[-1]).copy()
                row = part.close(k)
                bases.append(part.copy())
                if row >= 0:
                    empty.append((k, part.domination(row, other)))
                    continue
                bases[-1].closed = face.closed
                below = self.of(part, labels | 1 << k, own, other)
            result |= below
            if len(result) > self.limits.max_equilibria:
                raise SearchLimit("equilibria")
        self.faces[labels] = (vertex, alone, tuple(empty))
        self.known[labels] = frozenset(result)
        return self.known[labels]


def _record(found: Found, sides: tuple[_Vertices, _Vertices], faces: Faces, max_equilibria: int) -> None:
    try:
        parts = [side.of(f.dictionary, f.labels, f.own, f.other) for side, f in zip(sides, faces, strict=True)]
    except RecursionError:  # faces of many hundreds of dimensions
        raise SearchLimit("branches") from None
    product = (parts[0], parts[1])
    if product in found.products:
        return
    found.products.add(product)
    if len(product[0]) * len(product[1]) <= 4 * max_equilibria:
        found.pairs |= {(i, j) for i in product[0] for j in product[1]}
    if len(found.pairs) > max_equilibria or len(product[0]) * len(product[1]) > max_equilibria:
        raise SearchLimit("equilibria")


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
