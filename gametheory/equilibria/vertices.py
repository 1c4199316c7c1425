"""Extreme equilibria and the vertices of a face one at a time, none twice, without a list of those seen.

Every vertex u of a face F other than its vertex v lies on some part F ∩ {w_k = 0} with w_k(v) > 0. It is given in the
first of them, in a fixed order: in the part of k no label before k may vanish, and a part on which one vanishes
everywhere is left out. So each vertex has one chain of parts that leads to it, and nothing but the chain is kept.

A pair of leaves of the label search is a product of faces, and products overlap. The same device makes each extreme
equilibrium belong to one of them: there no action that is to be no best reply is one.

Complexity: for each face visited, simplex pivots for each label; as many faces are visited as have a vertex with the
labels wanted, and some that have none. A simplex or a cube has no face of the latter kind.
"""

from __future__ import annotations

from collections.abc import Iterator

from gametheory.equilibria.dictionary import DEAD, IMPLIED, Dictionary
from gametheory.equilibria.label_search import Face, Faces, Limits, Walk, leaves

__all__ = ["extreme_pairs", "strategies_of"]


def extreme_pairs(
    root: Faces, limits: Limits, *, walk: Walk = leaves
) -> Iterator[tuple[tuple[int, ...], tuple[int, ...]]]:
    """The extreme equilibria in a branch of the label search, each once, as integers without common factor.

    An extreme equilibrium may lie in the products of several leaves. It is given at the one that is reached by going,
    for each label, to the branch where that action is a best reply if it is one in this equilibrium: at a leaf these
    are the pairs of vertices with no best reply among the actions that are to be none.

    Parameters
    ----------
    root, limits
        As for :func:`~gametheory.equilibria.label_search.leaves`.
    walk : callable
        That function, the same compiled, or the same with branches left out (``functools.partial(leaves, keep=…)``).

    Raises
    ------
    SearchLimit
        At one of the limits.
    """
    for x_face, y_face in walk(root, limits, None):
        for x in strategies_of(x_face, limits):
            for y in strategies_of(y_face, limits):
                yield x, y


def strategies_of(face: Face, limits: Limits) -> Iterator[tuple[int, ...]]:
    """The vertices of a bounded face, as integers without common factor, at which no excluded action is a best reply.

    Raises
    ------
    SearchLimit
        At the limit of time.
    """
    return _vertices(face.dictionary, face.strict, face.own, limits)


def _vertices(face: Dictionary, positive: int, own: range, limits: Limits) -> Iterator[tuple[int, ...]]:
    """The vertices of a face at which the variables ``positive`` (bits) do not vanish."""
    limits.check(0)
    outlook = face.outlook()
    if any(positive >> k & 1 and value == IMPLIED for k, value in outlook.items()):
        return
    if not any(positive >> k & 1 and outlook.get(k, 0.0) == 0.0 for k in (*face.basic, *face.nonbasic)):
        yield face.point(own)
    bases = [face]  # of this face; most empty parts show in one of those met on the way
    for k in face.positive() if face.free() else ():
        if positive >> k & 1 or any(basis.outlook().get(k) == DEAD for basis in bases):
            continue
        part = next((basis for basis in bases if k in basis.nonbasic), bases[-1]).copy()
        bases.append(part)
        if part.close(k) < 0:
            bases[-1] = part.copy()
            bases[-1].closed = face.closed
            yield from _vertices(part, positive, own, limits)
            positive |= 1 << k
