"""Writing a protocol tree: nodes into arrays, texts into terms, honest histories into choices.

The nodes are numbered breadth first, without recursion, so that depth costs nothing; equal leaves, labels, terms and conditions
are stored once. An honest history is followed through the tree: one action at every branch that it reaches, through every
outcome of a chance node and every case. What is wrong is refused with the path of the node.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from types import MappingProxyType
from typing import Any, final

import numpy as np

from gametheory.errors import SpecificationError
from gametheory.protocols.expressions import Names, Operation, parse_constraint, parse_term
from gametheory.protocols.tree import (
    CASES,
    CHANCE,
    LEAF,
    PROPERTIES,
    Branch,
    Cases,
    Chance,
    Leaf,
    Node,
    Number,
    Property,
    ProtocolTree,
    path_to,
)

__all__ = ["protocol_tree"]

MAX_NODES = 2_000_000
MAX_PLAYERS = 30

History = Sequence[Any]
"""Actions in order; the last item may be a mapping from actions, outcomes or conditions to how it goes on after them."""


def protocol_tree(
    root: Node,
    *,
    players: Sequence[str],
    honest: Sequence[History],
    constants: Sequence[str] = (),
    infinitesimals: Sequence[str] = (),
    constraints: Sequence[str] = (),
    property_constraints: Mapping[Property, Sequence[str]] | None = None,
) -> ProtocolTree:
    """A protocol from its root (:func:`branch`, :func:`leaf`, :func:`chance`, :func:`cases`), names and constraints.

    Parameters
    ----------
    root : Node
        At most 2,000,000 nodes.
    players : sequence of 1 to 30 distinct str
    honest : sequence of histories
        Each a sequence of actions from the root to an end. Where the play forks by chance or by cases, the same actions are
        meant in each fork, unless the last item is a mapping: from outcomes (or conditions, or the actions that are possible in
        the different cases) to how it goes on.
    constants, infinitesimals : sequences of str
        The names that terms may use. Nothing is known of their signs but what the constraints say.
    constraints : sequence of str
        What is known, such as ``"a > 0"``; all of them hold.
    property_constraints : mapping from a property to a sequence of str
        What is known in addition when that property is asked for.

    Raises
    ------
    SpecificationError
        The message names the path of the node at fault.

    Examples
    --------
    A firm N may stay out of a market (o) or enter (e); E, who is there, ignores it (i) or starts a price war (s).

    >>> from gametheory.protocols import branch, leaf
    >>> market = protocol_tree(
    ...     branch("N", {
    ...         "o": leaf({"N": 0, "E": "p*p"}),
    ...         "e": branch("E", {"i": leaf({"N": "p", "E": "p"}), "s": leaf({"N": "-a", "E": "-a"})}),
    ...     }),
    ...     players=["N", "E"], constants=["a", "p"], constraints=["a > 0", "p > 0"],
    ...     honest=[["o"], ["e", "i"], ["e", "s"]],
    ... )
    >>> market
    ProtocolTree(2 players, 5 nodes, 2 constants, 0 infinitesimals, honest: o; e, i; e, s)
    """
    return _Builder(players, Names(tuple(constants), tuple(infinitesimals))).built(
        root, honest, constraints, property_constraints or {}
    )


@final
class _Builder:
    """Writes nodes into arrays, parsing each text once."""

    def __init__(self, players: Sequence[str], names: Names) -> None:
        self.players = _players(players)
        self.names = names
        self.terms: list[Operation] = []
        self.conditions: list[Operation] = []
        self.vectors: list[tuple[int, ...]] = []
        self.label_texts: list[str] = []
        self._term_of: dict[Number, int] = {}
        self._condition_of: dict[str, int] = {}
        self._vector_of: dict[tuple[tuple[str, Number], ...], int] = {}
        self._label_of: dict[str, int] = {}
        self.parents: list[int] = []
        self.labels: list[int] = []

    def built(
        self,
        root: Node,
        honest: Sequence[History],
        constraints: Sequence[str],
        property_constraints: Mapping[Property, Sequence[str]],
    ) -> ProtocolTree:
        nodes: list[Any] = [root]
        owners, first, counts, vector_of, weights = [], [], [], [], [-1]
        self.parents, self.labels = [-1], [0]
        self._label("")
        index = {player: k for k, player in enumerate(self.players)}
        at = 0
        while at < len(nodes):
            node, nodes[at] = nodes[at], None  # what is written is not needed again
            place = at
            at += 1
            vector_of.append(-1)
            first.append(len(nodes))
            if isinstance(node, Leaf):
                owners.append(LEAF)
                counts.append(0)
                vector_of[place] = self._vector(node, place)
                continue
            if isinstance(node, Branch):
                if node.player not in index:
                    raise SpecificationError(
                        f"{self._where(place)}: found the player {str(node.player)[:40]!r}; the players are "
                        f"{', '.join(self.players)}"
                    )
                owners.append(index[node.player])
                following: Any = ((label, -1, child) for label, child in node.actions)
                count = len(node.actions)
            elif isinstance(node, Chance):
                owners.append(CHANCE)
                where = f"{self._where(place)}: probability"
                following = [(label, self._term(p, where), child) for label, p, child in node.outcomes]
                count = len(following)
            elif isinstance(node, Cases):
                owners.append(CASES)
                following = [(text, self._condition(text, self._where(place)), child) for text, child in node.cases]
                count = len(following)
            else:
                raise SpecificationError(
                    f"{self._where(place)}: found {type(node).__name__}; build nodes by leaf, branch, chance and cases"
                )
            if count == 0:
                raise SpecificationError(f"{self._where(place)}: found no children; an end of the protocol is a leaf")
            if len(nodes) + count > MAX_NODES:
                raise SpecificationError(
                    f"tree: found more than {MAX_NODES:,} nodes; ask about its subtrees one by one"
                )
            counts.append(count)
            seen = set()
            for label, weight, child in following:
                if not isinstance(label, str) or not label or len(label) > 4_000:
                    raise SpecificationError(
                        f"{self._where(place)}: found the label {str(label)[:40]!r}; write a short text"
                    )
                if label in seen:
                    raise SpecificationError(
                        f"{self._where(place)}: {label[:60]!r} leads to two children; name each once"
                    )
                seen.add(label)
                nodes.append(child)
                self.parents.append(place)
                self.labels.append(self._label(label))
                weights.append(weight)

        def array(values: list[int], dtype: Any) -> Any:
            result = np.array(values, dtype=dtype)
            result.setflags(write=False)
            return result

        given = tuple(
            parse_constraint(text, self.names, where=f"constraints[{k}]") for k, text in enumerate(_texts(constraints))
        )
        tree = ProtocolTree(
            players=self.players,
            names=self.names,
            constraints=given,
            property_constraints=self._property_constraints(property_constraints),
            owners=array(owners, np.int16),
            parents=array(self.parents, np.int32),
            first=array(first, np.int32),
            counts=array(counts, np.int32),
            labels=array(self.labels, np.int32),
            weights=array(weights, np.int32),
            vector_of=array(vector_of, np.int32),
            label_texts=tuple(self.label_texts),
            vectors=tuple(self.vectors),
            terms=tuple(self.terms),
            conditions=tuple(self.conditions),
            honest=(),
            history_texts=(),
        )
        if isinstance(honest, str) or not honest:
            raise SpecificationError("honest: found no history; list at least one, each a list of actions")
        choices = tuple(
            MappingProxyType(_honest_choices(tree, h, f"honest histories[{k}]")) for k, h in enumerate(honest)
        )
        texts = tuple(_history_text(h) for h in honest)
        return replace(tree, honest=choices, history_texts=texts)

    def _property_constraints(
        self, given: Mapping[Property, Sequence[str]]
    ) -> Mapping[Property, tuple[Operation, ...]]:
        unknown = [name for name in given if name not in PROPERTIES]
        if unknown:
            raise SpecificationError(
                f"property_constraints: found {str(unknown[0])[:40]!r}; the properties are {', '.join(PROPERTIES)}"
            )
        return MappingProxyType(
            {
                name: tuple(
                    parse_constraint(text, self.names, where=f"property_constraints[{name!r}][{k}]")
                    for k, text in enumerate(_texts(given.get(name, ())))
                )
                for name in PROPERTIES
            }
        )

    def _where(self, node: int) -> str:
        steps = path_to(node, self.parents, self.labels, self.label_texts)
        shown = [step[:40] for step in steps]
        return "tree" + "".join(f"/{step}" for step in (shown if len(shown) <= 12 else [*shown[:4], "…", *shown[-7:]]))

    def _label(self, text: str) -> int:
        if text not in self._label_of:
            self._label_of[text] = len(self.label_texts)
            self.label_texts.append(text)
        return self._label_of[text]

    def _term(self, number: Number, where: str) -> int:
        if isinstance(number, bool) or not isinstance(number, (int, Fraction, str)):
            hint = "; write a fraction or a text such as '1/10'" if isinstance(number, float) else ""
            raise SpecificationError(f"{where}: found {number!r}; write an integer, a fraction or a term{hint}")
        if number not in self._term_of:
            exact = isinstance(number, (int, Fraction))
            term = Operation("number", (), Fraction(number)) if exact else None
            self._term_of[number] = len(self.terms)
            self.terms.append(term if term is not None else parse_term(str(number), self.names, where=where))
        return self._term_of[number]

    def _condition(self, text: str, where: str) -> int:
        if text not in self._condition_of:
            condition = parse_constraint(text, self.names, where=f"{where}: condition")
            self._condition_of[text] = len(self.conditions)
            self.conditions.append(condition)
        return self._condition_of[text]

    def _vector(self, node: Leaf, place: int) -> int:
        try:
            found = self._vector_of.get(node.utilities)
        except TypeError:
            found = None
        if found is not None and not any(isinstance(value, (bool, float)) for _, value in node.utilities):
            return found  # True and 1.0 equal 1, and are refused below
        where = self._where(place)
        utilities = dict(node.utilities)
        if len(utilities) != len(node.utilities) or set(utilities) != set(self.players):
            raise SpecificationError(
                f"{where}: found utilities of {', '.join(str(p)[:40] for p, _ in node.utilities) or 'nobody'}; give each of "
                f"{', '.join(self.players)} one"
            )
        vector = tuple(self._term(utilities[p], f"{where}: utility of {p}") for p in self.players)
        self._vector_of[node.utilities] = len(self.vectors)
        self.vectors.append(vector)
        return self._vector_of[node.utilities]


def _texts(texts: Sequence[str]) -> Sequence[str]:
    if isinstance(texts, str):
        raise SpecificationError(f"constraints: found the text {texts[:60]!r}; write a list of constraints")
    return texts


def _players(players: Sequence[str]) -> tuple[str, ...]:
    if isinstance(players, str):
        raise SpecificationError(f"players: found the text {players!r}; write a list of names")
    named = tuple(players)
    wrong = [p for p in named if not isinstance(p, str) or not 0 < len(p) <= 200]
    if wrong or len(set(named)) < len(named) or not 1 <= len(named) <= MAX_PLAYERS:
        raise SpecificationError(
            f"players: found {str(wrong[0] if wrong else named)[:80]}; write 1 to {MAX_PLAYERS} distinct names, none empty"
        )
    return named


# -- honest histories ----------------------------------------------------------------------------------------------------


def _continuations(history: History, place: int, where: str) -> dict[str, tuple[History, int]]:
    """What a history says next: each label with how it goes on, as a history and the place reached in it."""
    if place == len(history):
        return {}
    item = history[place]
    if isinstance(item, str):
        return {item: (history, place + 1)}
    if isinstance(item, Mapping) and place == len(history) - 1:
        for label, rest in item.items():
            if not isinstance(label, str) or isinstance(rest, str) or not isinstance(rest, Sequence):
                raise SpecificationError(
                    f"{where}: found {str(label)[:40]!r}: {str(rest)[:40]!r}; map labels to histories"
                )
        return {label: (rest, 0) for label, rest in item.items()}
    raise SpecificationError(
        f"{where}: found {str(item)[:60]!r}; write actions, and last, where the play forks, a mapping from labels to histories"
    )


def _honest_choices(tree: ProtocolTree, history: History, where: str) -> dict[int, int]:
    """The index of the honest child at each branch that a history reaches."""
    if isinstance(history, str) or not isinstance(history, Sequence):
        raise SpecificationError(f"{where}: found {str(history)[:60]!r}; write a list of actions")
    choices: dict[int, int] = {}
    waiting: list[tuple[int, History, int, bool]] = [(0, history, 0, False)]
    while waiting:
        node, rest, place, in_case = waiting.pop()
        following = _continuations(rest, place, where)
        owner = int(tree.owners[node])
        here = {tree.label_texts[tree.labels[child]]: child for child in tree.children(node)}
        at = "/".join(("tree", *tree.path(node)))
        if owner == LEAF:
            if following:
                raise SpecificationError(
                    f"{where}: goes on with {next(iter(following))[:40]!r} after the protocol's end ({at})"
                )
        elif owner in (CHANCE, CASES):
            if any(label in here for label in following):
                missing = [label for label in here if label not in following] + [x for x in following if x not in here]
                if missing:
                    raise SpecificationError(
                        f"{where}: {missing[0][:60]!r} stands in one of the history and the tree at {at}; map each of "
                        f"{', '.join(here)} to how the play goes on"
                    )
                waiting += [(child, *following[label], False) for label, child in here.items()]
                continue
            reachable = {tree.label_texts[tree.labels[c]] for child in here.values() for c in tree.children(child)}
            stray = [label for label in following if label not in reachable]
            if owner == CASES and stray and not any(tree.owners[c] in (CHANCE, CASES) for c in here.values()):
                raise SpecificationError(f"{where}: {stray[0][:60]!r} is an action in none of the cases at {at}")
            waiting += [(child, rest, place, owner == CASES or in_case) for child in here.values()]
        else:
            possible = [label for label in following if label in here]
            if len(possible) != 1 or (len(following) > 1 and not in_case):
                found = f"found {', '.join(label[:40] for label in following)}" if following else "ends"
                raise SpecificationError(f"{where}: {found} at {at}; exactly one of {', '.join(here)} is honest there")
            child = here[possible[0]]
            choices[node] = child - int(tree.first[node])
            waiting.append((child, *following[possible[0]], False))
    return choices


def _history_text(history: History) -> str:
    def parts(items: History) -> Iterator[str]:
        for item in items:
            if isinstance(item, Mapping):
                inner = "; ".join(f"{label}: {_history_text(rest)}" if rest else label for label, rest in item.items())
                yield "{" + inner + "}"
            else:
                yield str(item)

    return ", ".join(parts(history)) or "(nothing to choose)"
