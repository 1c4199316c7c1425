"""Protocols as game trees with perfect information, whose utilities are expressions in unknown numbers.

A protocol is a finite tree. At a *branch* a player chooses an action; at a *chance* node an outcome is drawn with given
probabilities (terms in the constants); at a *cases* node the one outcome is taken whose condition holds for the actual values
of the constants (so actions can depend on them); a *leaf* gives each player a utility, a pair (real, infinitesimal) that is
compared lexicographically (:mod:`gametheory.protocols.expressions`). What is known of the unknown numbers are constraints;
some are assumed for one property only. An *honest history* says how the protocol is meant to be played: an action at
every branch that it reaches, whatever chance and cases bring.

The nodes stand in breadth-first order in arrays, the children of a node side by side: 24 bytes per node, beside the
distinct utilities. Each text is parsed once.

Names: protocol tree, extensive-form game with perfect information, closing or routing "game" of payment channels.

References
----------
S. Rain, G. Avarikioti, L. Kovács, M. Maffei, "Towards a game-theoretic security analysis of off-chain protocols", CSF 2023.
L. S. Brugger, L. Kovács, A. Petković Komel, S. Rain, M. Rawson, "CheckMate: automated game-theoretic security reasoning",
CCS 2023.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from gametheory.errors import SpecificationError
from gametheory.games.values import compared_by
from gametheory.protocols.expressions import Names, Operation

__all__ = [
    "CASES",
    "CHANCE",
    "LEAF",
    "PROPERTIES",
    "Branch",
    "Cases",
    "Chance",
    "Leaf",
    "Node",
    "Number",
    "Property",
    "ProtocolTree",
    "branch",
    "cases",
    "chance",
    "leaf",
    "path_to",
]

Property = Literal["weak immunity", "weaker immunity", "collusion resilience", "practicality"]
PROPERTIES: tuple[Property, ...] = ("weak immunity", "weaker immunity", "collusion resilience", "practicality")

LEAF, CHANCE, CASES = -1, -2, -3
"""What stands in ``owners`` where no player moves."""

Number = int | Fraction | str


@final
@dataclass(frozen=True, slots=True, eq=False)
class Leaf:
    """An end of the protocol: pairs of a player and the utility, a number or a term."""

    utilities: tuple[tuple[str, Number], ...]


@final
@dataclass(frozen=True, slots=True, eq=False)
class Branch:
    """A choice of a player: pairs of an action and what follows."""

    player: str
    actions: tuple[tuple[str, Node], ...]


@final
@dataclass(frozen=True, slots=True, eq=False)
class Chance:
    """A draw: outcome, probability and what follows, for each outcome."""

    outcomes: tuple[tuple[str, Number, Node], ...]


@final
@dataclass(frozen=True, slots=True, eq=False)
class Cases:
    """A fork that nobody chooses: pairs of a condition, exactly one of which always holds, and what follows."""

    cases: tuple[tuple[str, Node], ...]


Node = Leaf | Branch | Chance | Cases


def leaf(utilities: Mapping[str, Number]) -> Leaf:
    """An end of the protocol with these utilities by player: integers, fractions, or terms such as ``"p - f + alpha"``."""
    return Leaf(tuple(utilities.items()))


def branch(player: str, actions: Mapping[str, Node]) -> Branch:
    """A choice of ``player`` among named actions."""
    return Branch(player, tuple(actions.items()))


def chance(outcomes: Mapping[str, tuple[Number, Node]]) -> Chance:
    """A draw among named outcomes, each with its probability (a term in the constants) and what follows."""
    return Chance(tuple((label, probability, node) for label, (probability, node) in outcomes.items()))


def cases(conditions: Mapping[str, Node]) -> Cases:
    """A fork on the values of the constants: conditions, exactly one of which holds wherever the constraints do."""
    return Cases(tuple(conditions.items()))


@final
@compared_by(
    "players", "names", "constraints", "property_constraints", "owners", "first", "counts", "labels", "vector_of", "weights",
    "label_texts", "vectors", "terms", "conditions", "honest",
)  # fmt: skip
@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class ProtocolTree:
    """A protocol with its constraints and honest histories; made by ``protocol_tree`` or by reading a file.

    Attributes
    ----------
    players : tuple of n str
    names : Names
        The constants and infinitesimals.
    constraints : tuple of Operation
        Hold always.
    property_constraints : mapping from property to tuple of Operation
        Assumed in addition when that property is asked for.
    owners, parents, first, counts : int arrays, one entry per node
        Who moves (or ``LEAF``, ``CHANCE``, ``CASES``); the parent; the first child; the number of children.
    labels, weights, vector_of : int arrays, one entry per node
        The action, outcome or condition that leads here (an index of ``label_texts``); its probability (an index of ``terms``)
        or condition (of ``conditions``), or −1; the utilities of a leaf (an index of ``vectors``), or −1.
    label_texts : tuple of str
    vectors : tuple of tuples of n int
        Utilities by player, as indices of ``terms``.
    terms, conditions : tuples of Operation
    honest : tuple of mappings from node to the index of the honest child
        For each honest history, the choice at each branch on it.
    history_texts : tuple of str
    """

    players: tuple[str, ...]
    names: Names
    constraints: tuple[Operation, ...]
    property_constraints: Mapping[Property, tuple[Operation, ...]]
    owners: NDArray[np.int16]
    parents: NDArray[np.int32]
    first: NDArray[np.int32]
    counts: NDArray[np.int32]
    labels: NDArray[np.int32]
    weights: NDArray[np.int32]
    vector_of: NDArray[np.int32]
    label_texts: tuple[str, ...]
    vectors: tuple[tuple[int, ...], ...]
    terms: tuple[Operation, ...]
    conditions: tuple[Operation, ...]
    honest: tuple[Mapping[int, int], ...]
    history_texts: tuple[str, ...]

    @property
    def num_nodes(self) -> int:
        return len(self.owners)

    @property
    def num_players(self) -> int:
        return len(self.players)

    def path(self, node: int) -> tuple[str, ...]:
        """The actions, outcomes and conditions that lead to a node."""
        return path_to(node, self.parents, self.labels, self.label_texts)

    def children(self, node: int) -> range:
        start = int(self.first[node])
        return range(start, start + int(self.counts[node]))

    def node_at(self, path: Sequence[str]) -> int:
        """The node that a path leads to.

        Raises
        ------
        SpecificationError
            If the tree has no such path.
        """
        node = 0
        for place, label in enumerate(path):
            found = [c for c in self.children(node) if self.label_texts[self.labels[c]] == label]
            if not found:
                here = [self.label_texts[self.labels[c]] for c in self.children(node)]
                raise SpecificationError(
                    f"path[{place}]: found {label!r}; from here lead {', '.join(here) or 'no actions'}"
                )
            node = found[0]
        return node

    def __repr__(self) -> str:
        return (
            f"ProtocolTree({len(self.players)} players, {self.num_nodes:,} nodes, {len(self.names.constants)} constants, "
            f"{len(self.names.infinitesimals)} infinitesimals, honest: {'; '.join(self.history_texts)})"
        )


def path_to(
    node: int, parents: Sequence[int] | NDArray[Any], labels: Sequence[int] | NDArray[Any], texts: Sequence[str]
) -> tuple[str, ...]:
    found = []
    while parents[node] >= 0:
        found.append(texts[labels[node]])
        node = int(parents[node])
    return tuple(reversed(found))
