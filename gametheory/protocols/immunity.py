"""Weak immunity: whoever follows the protocol loses nothing, whatever all the others do together.

A joint strategy σ is weak immune if for every player i and all strategies τ of the others

    u_i(σ_i, τ_{−i}) ≥ 0,

*weaker immune* if the real part of that utility is ≥ 0. An honest history is weak immune if some σ that plays it is. The
condition on σ is one for each player by itself, and a strategy chooses at every node anew, so that "there is σ_i" folds from
the leaves to the root:

    W(leaf) = [u_i ≥ 0],    W(node of i) = W(honest child) on the history, else "any of" its children,    W(other) = "all of".

At a chance node the utility is the expected one. Linear in the size of the tree without chance nodes; with them see
:mod:`gametheory.protocols.draws`.

Reference: S. Rain, G. Avarikioti, L. Kovács, M. Maffei, CSF 2023, definitions of weak and weaker immunity.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import final

from gametheory.protocols.draws import Draws, Option
from gametheory.protocols.formulas import FALSE, TRUE, Truth
from gametheory.protocols.questions import Question
from gametheory.protocols.tree import CASES, CHANCE, LEAF

__all__ = ["ImmunityFold", "preferred"]


@final
@dataclass(slots=True, eq=False)
class ImmunityFold:
    """The condition for (weak or weaker) immunity, and a strategy where it holds.

    Parameters
    ----------
    question : Question
    forced : sequence of int, one per node
        The child that must be chosen, or −1.
    """

    question: Question
    forced: Sequence[int]
    formula: int = field(init=False)
    conditions: list[list[int]] = field(init=False)
    draws: list[Draws | None] = field(init=False)

    def __post_init__(self) -> None:
        self.conditions, self.draws = [], []
        for player in range(self.question.tree.num_players):
            conditions, draws = self._of(player)
            self.conditions.append(conditions)
            self.draws.append(draws)
        self.formula = self.question.formulas.all_of(conditions[0] for conditions in self.conditions)

    def _safe(self, player: int, vector: int) -> int:
        question = self.question
        real, small = question.utilities.pairs[question.utilities.vectors[vector][player]]
        if question.kind == "weaker immunity":
            return question.formulas.sign(real, strict=False)
        return question.formulas.above_zero((real, small), strict=False)

    def _at_draw(self, player: int, draws: Draws, option: Option) -> int:
        return draws.satisfied(option, lambda _, vector: self._safe(player, vector))

    def _of(self, player: int) -> tuple[list[int], Draws | None]:
        question = self.question
        formulas, owners, first, counts = question.formulas, question.owners, question.first, question.counts
        safe: dict[int, int] = {}
        found = [FALSE] * len(owners)
        everyone = (1 << question.tree.num_players) - 1
        draws = Draws(question, [everyone & ~(1 << player)], self.forced, {player}) if question.chances else None
        for node in range(len(owners) - 1, -1, -1):
            owner = owners[node]
            if question.hidden and question.hidden[node]:
                continue
            if owner == LEAF:
                vector = question.vector_of[node]
                condition = safe.get(vector)
                if condition is None:
                    condition = safe[vector] = self._safe(player, vector)
                found[node] = condition
                continue
            children = found[first[node] : first[node] + counts[node]]
            if owner == player:
                found[node] = children[self.forced[node]] if self.forced[node] >= 0 else formulas.any_of(children)
            elif owner == CHANCE and draws is not None:
                found[node] = formulas.any_of(self._at_draw(player, draws, option) for option in draws.at(node))
            elif owner == CASES:
                weights = question.weights[first[node] : first[node] + counts[node]]
                found[node] = formulas.any_of(
                    formulas.all_of([question.case_formulas[w], child])
                    for w, child in zip(weights, children, strict=True)
                )
            else:
                found[node] = formulas.all_of(children)
        return found, draws

    def strategy(self, truth: Truth) -> list[int]:
        """A choice at each branch that is good where these formulas hold."""
        question = self.question
        choices = [0 if owner >= 0 else -1 for owner in question.owners]
        for node, owner in enumerate(question.owners):
            if owner >= 0 and self.forced[node] >= 0:
                choices[node] = self.forced[node]
            elif owner >= 0 and not (question.hidden and question.hidden[node]):
                start = question.first[node]
                choices[node] = preferred(self.conditions[owner][start : start + question.counts[node]], truth)
            elif owner == CHANCE and not question.hidden[node]:
                for player, draws in enumerate(self.draws):
                    assert draws is not None
                    options = draws.at(node)
                    conditions = [self._at_draw(player, draws, option) for option in options]
                    draws.choose(options[preferred(conditions, truth)], choices)
        return choices


def preferred(conditions: Sequence[int], truth: Truth) -> int:
    """Index of a condition that always holds, else of one that holds here, else 0."""
    for k, condition in enumerate(conditions):
        if condition == TRUE:
            return k
    return next((k for k, condition in enumerate(conditions) if truth[condition]), 0)
