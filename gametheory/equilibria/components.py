"""Maximal Nash subsets and connected components of the equilibria of a bimatrix game.

The set of all equilibria is a union of products X_k × Y_k of faces, here pairs of sets of vertices. The
inclusion-maximal ones are the maximal Nash subsets (the maximal sets of interchangeable equilibria). Two faces of a
polytope meet iff they share a vertex, so two products meet iff they share a vertex of each player: the connected
components of that relation are the connected components of the set of equilibria.

References: H.-M. Winkels (1979); M. J. M. Jansen (1981), *Maximal Nash subsets for bimatrix games*.
Complexity: for K products O(K · overlap) set operations.
"""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["connected_components", "maximal_products"]

Product = tuple[frozenset[int], frozenset[int]]


def maximal_products(products: Iterable[Product]) -> list[Product]:
    """The products that lie in no other one, in no particular order."""
    kept: list[Product] = []
    holding: dict[int, list[Product]] = {}  # kept products by each of player 1's vertices
    for xs, ys in sorted(set(products), key=lambda product: -len(product[0]) * len(product[1])):
        if any(xs <= a and ys <= b for a, b in holding.get(min(xs), ())):
            continue
        kept.append((xs, ys))
        for x in xs:
            holding.setdefault(x, []).append((xs, ys))
    return kept


def connected_components(products: Iterable[Product]) -> list[set[tuple[int, int]]]:
    """The pairs of vertices in each connected component of a union of products of faces."""
    groups: dict[int, set[tuple[int, int]]] = {}  # by a number of their own
    owner: dict[tuple[int, int], int] = {}
    for number, (xs, ys) in enumerate(products):
        pairs = {(x, y) for x in xs for y in ys}
        touched = {owner[pair] for pair in pairs if pair in owner}
        largest = max(touched, key=lambda g: len(groups[g]), default=number)
        group = groups.setdefault(largest, set())
        for other in touched - {largest}:
            pairs |= groups.pop(other)
        group |= pairs
        owner |= dict.fromkeys(pairs, largest)
    return list(groups.values())
