"""Collusion resilience: no coalition gains by deviating together from what the protocol prescribes.

A joint strategy σ with honest outcome h is resilient if no allowed coalition S (non-empty, of at most ``max_size`` players;
by default every one but that of all players) has a joint deviation τ_S with which it *blocks*. With the gains
g_i = u_i(τ_S, σ_{−S}) − u_i(h)

    "transfer"  Σ_{i∈S} g_i > 0 (members can pay each other; the definition in the literature on protocols)
    "all"       g_i > 0 for all i ∈ S
    "some"      g_i ≥ 0 for all i ∈ S, and > 0 for one
    "any"       g_i > 0 for some i ∈ S

A history is resilient if some σ that plays it is. Along a path let D be the players who have left σ on it. Only coalitions that
contain D can be responsible for what follows, and σ chooses at every node anew, so that with C(leaf, D) = "no allowed S ⊇ D
blocks with this leaf"

    C(node of j, D) = "any of" over choices a:  C(a, D) and C(b, D ∪ {j}) for all b ≠ a,

where the honest choice is the only one on the history. The passes are as many as there are sets D, each linear in the size
of the tree; for three players six.

Reference: S. Rain, G. Avarikioti, L. Kovács, M. Maffei, CSF 2023, definition of collusion resilience.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, final

from gametheory.errors import UnsupportedError
from gametheory.protocols.draws import Draws, Option
from gametheory.protocols.formulas import FALSE, Truth
from gametheory.protocols.immunity import preferred
from gametheory.protocols.questions import Question
from gametheory.protocols.tree import CASES, CHANCE, LEAF

__all__ = ["BLOCKING", "Blocking", "ResilienceFold", "allowed_coalitions", "members"]

Blocking = Literal["transfer", "all", "some", "any"]
BLOCKING: tuple[Blocking, ...] = ("transfer", "all", "some", "any")
MAX_COALITIONS = 4_096
MAX_ENTRIES = 200_000_000


def allowed_coalitions(num_players: int, max_size: int) -> list[int]:
    """The non-empty coalitions of at most ``max_size`` players as bit masks, small ones first.

    Examples
    --------
    >>> allowed_coalitions(3, 2)
    [1, 2, 4, 3, 5, 6]
    """
    found: list[int] = []
    for size in range(1, max_size + 1):
        for players in itertools.combinations(range(num_players), size):
            found.append(sum(1 << player for player in players))
            if len(found) > MAX_COALITIONS:
                raise UnsupportedError(
                    f"max_size: {num_players} players form over {MAX_COALITIONS:,} coalitions of at most {max_size}; "
                    "allow smaller ones only"
                )
    return found


def members(coalition: int) -> list[int]:
    """The players of a bit mask."""
    return [player for player in range(coalition.bit_length()) if coalition >> player & 1]


@final
@dataclass(slots=True, eq=False)
class ResilienceFold:
    """The condition for collusion resilience against one honest outcome, and a strategy where it holds.

    Parameters
    ----------
    question : Question
    forced : sequence of int, one per node
        The child that must be chosen, or −1.
    honest : int
        The vector of honest play.
    max_size : int
    blocking : "transfer", "all", "some" or "any"
    """

    question: Question
    forced: Sequence[int]
    honest: int
    max_size: int
    blocking: Blocking
    formula: int = field(init=False)
    coalitions: list[int] = field(init=False)
    tables: dict[int, list[int]] = field(init=False)
    draws: Draws | None = field(init=False)
    _harmless: dict[tuple[int, int], int] = field(init=False)

    def __post_init__(self) -> None:
        question = self.question
        num_players = question.tree.num_players
        self.coalitions = allowed_coalitions(num_players, self.max_size)
        self._harmless = {}
        entries = (len(self.coalitions) + 1) * question.tree.num_nodes
        if entries > MAX_ENTRIES:
            raise UnsupportedError(
                f"{len(self.coalitions):,} coalitions in a tree of {question.tree.num_nodes:,} nodes are {entries:,} "
                f"conditions; at most {MAX_ENTRIES:,} are kept: allow smaller coalitions only (max_size=)"
            )
        everyone = range(num_players)
        self.draws = Draws(question, self.coalitions, self.forced, everyone) if question.chances else None
        self.tables = {}
        for left in [*reversed(self.coalitions), 0]:  # those who have left σ; larger sets first
            self.tables[left] = self._table(left)
        self.formula = self.tables[0][0]

    def harmless(self, coalition: int, vector: int) -> int:
        """The coalition does not block with this outcome."""
        key = (coalition, vector)
        found = self._harmless.get(key)
        if found is None:
            found = self._harmless[key] = self._unblocked(coalition, vector)
        return found

    def _unblocked(self, coalition: int, vector: int) -> int:
        utilities, formulas = self.question.utilities, self.question.formulas
        players = members(coalition)
        before = [utilities.vectors[self.honest][player] for player in players]
        after = [utilities.vectors[vector][player] for player in players]
        if self.blocking == "transfer":
            if len(players) == 1:
                return utilities.at_least(formulas, before[0], after[0])
            return formulas.above_zero(utilities.sum_of(before, after), strict=False)
        no_gain = [utilities.at_least(formulas, b, a) for b, a in zip(before, after, strict=True)]
        if self.blocking == "any":
            return formulas.all_of(no_gain)
        if self.blocking == "all":
            return formulas.any_of(no_gain)
        losses = [utilities.at_least(formulas, b, a, strict=True) for b, a in zip(before, after, strict=True)]
        return formulas.any_of([*losses, formulas.all_of(no_gain)])

    def _at_draw(self, option: Option, left: int) -> int:
        assert self.draws is not None
        return self.draws.satisfied(option, self.harmless, containing=left)

    def _table(self, left: int) -> list[int]:
        """C(node, D) for all nodes, where D = ``left``."""
        question = self.question
        formulas, owners, first, counts = question.formulas, question.owners, question.first, question.counts
        responsible = [coalition for coalition in self.coalitions if coalition & left == left]
        at_leaf: dict[int, int] = {}
        found = [FALSE] * len(owners)
        # D is empty on the honest history alone, and what leads off it is in other tables.
        on_history = self._on_history() if left == 0 else None
        for node in range(len(owners) - 1, -1, -1):
            if (question.hidden and question.hidden[node]) or (on_history is not None and node not in on_history):
                continue
            owner = owners[node]
            if owner == LEAF:
                vector = question.vector_of[node]
                condition = at_leaf.get(vector)
                if condition is None:
                    condition = at_leaf[vector] = formulas.all_of(self.harmless(c, vector) for c in responsible)
                found[node] = condition
                continue
            start, stop = first[node], first[node] + counts[node]
            if owner == CHANCE:
                assert self.draws is not None
                found[node] = formulas.any_of(self._at_draw(option, left) for option in self.draws.at(node))
                continue
            staying = found[start:stop]
            if owner == CASES:
                found[node] = formulas.any_of(
                    formulas.all_of([question.case_formulas[w], child])
                    for w, child in zip(question.weights[start:stop], staying, strict=True)
                )
                continue
            if left >> owner & 1:
                found[node] = formulas.all_of(staying)
                continue
            table = self.tables.get(left | 1 << owner)
            choice = self.forced[node]
            if table is None:  # more have left than any coalition has members
                found[node] = staying[choice] if choice >= 0 else formulas.any_of(staying)
                continue
            leaving = table[start:stop]
            if choice >= 0:
                found[node] = formulas.all_of([staying[choice], *leaving[:choice], *leaving[choice + 1 :]])
            else:  # C(a, D) implies C(a, D ∪ {j}): what fewer deviators cannot use, more of them cannot
                found[node] = formulas.all_of([formulas.any_of(staying), *leaving])
        return found

    def _on_history(self) -> set[int]:
        """The nodes that are reached if everybody follows the choices that are forced from the root on."""
        question = self.question
        found = [0]
        for node in found:  # grows while it is read
            children = question.tree.children(node)
            found += [children[self.forced[node]]] if self.forced[node] >= 0 else children
        return set(found)

    def strategy(self, truth: Truth) -> list[int]:
        """A choice at each branch that is good where these formulas hold."""
        question = self.question
        owners, first, counts = question.owners, question.first, question.counts
        choices = [0 if owner >= 0 else -1 for owner in owners]
        left = [0] * len(owners)
        for node, owner in enumerate(owners):
            if question.hidden and question.hidden[node]:
                continue
            start, stop = first[node], first[node] + counts[node]
            table = self.tables.get(left[node])
            if owner == CHANCE and table is not None:
                assert self.draws is not None
                options = self.draws.at(node)
                conditions = [self._at_draw(option, left[node]) for option in options]
                self.draws.choose(options[preferred(conditions, truth)], choices)
            elif owner == CASES:
                left[start:stop] = [left[node]] * (stop - start)
            elif owner >= 0:
                choice = self.forced[node]
                if choice < 0:
                    choice = 0 if table is None else preferred(table[start:stop], truth)
                choices[node] = choice
                left[start:stop] = [left[node] | 1 << owner] * (stop - start)
                left[start + choice] = left[node]
        return choices
