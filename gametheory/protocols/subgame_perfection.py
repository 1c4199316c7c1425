"""Practicality: playing the protocol is in everybody's own interest at every moment, if played by players who look ahead.

A joint strategy is practical if it is a subgame perfect equilibrium: at every branch, reached or not, the owner of the branch
has no choice that, followed by σ, brings more. A history is practical if some subgame perfect σ plays it. In a tree with
perfect information the equilibrium outcomes fold from the leaves to the root (backward induction, with all ties): with the
condition E(node)[v] that the utility vector v is an outcome of the subtree's equilibria,

    E(leaf)[u] = true,      E(node of j)[v] = "any of" a:   E(a)[v]  and, for each b ≠ a,  "any of" w:  E(b)[w] and w_j ≤ v_j,

where on the history the honest choice is the only a. At a chance node outcomes are the expectations of outcomes of the
children; so practicality means subgame perfection in expected utility, with expectations (real, infinitesimal) in lexicographic
order.

As every tree with perfect information has such an equilibrium, "any of" all outcomes w of a subtree is true.

Cost: linear in the tree times the square of how many equilibrium outcomes the constraints leave open below a node.

References
----------
R. Selten (1965), "Spieltheoretische Behandlung eines Oligopolmodells mit Nachfrageträgheit". H. W. Kuhn (1953), "Extensive
games and the problem of information". S. Rain, G. Avarikioti, L. Kovács, M. Maffei, CSF 2023, definition of practicality.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import final

from gametheory.errors import UnsupportedError
from gametheory.protocols.formulas import FALSE, TRUE, Truth
from gametheory.protocols.questions import Question
from gametheory.protocols.tree import CASES, CHANCE, LEAF

__all__ = ["PracticalityFold"]

MAX_OUTCOMES = 20_000

Outcomes = dict[int, int]
"""The formula under which a vector is an equilibrium outcome."""


@final
@dataclass(slots=True, eq=False)
class PracticalityFold:
    """The condition for practicality, and a strategy where it holds.

    Parameters
    ----------
    question : Question
    forced : sequence of int, one per node
        The child that must be chosen, or −1.
    """

    question: Question
    forced: Sequence[int]
    formula: int = field(init=False)
    outcomes: list[Outcomes] = field(init=False)
    _drawn: dict[int, dict[int, list[tuple[int, tuple[int, ...]]]]] = field(init=False)

    def __post_init__(self) -> None:
        question = self.question
        at_leaf: dict[int, Outcomes] = {}
        self._drawn = {}
        parents = question.tree.parents.tolist()
        free = [choice < 0 for choice in self.forced]  # no choice is forced from here on
        for node in range(len(parents) - 1, 0, -1):
            if not free[node]:
                free[parents[node]] = False
        self.outcomes = [{}] * len(question.owners)  # every entry is written below
        for node in range(len(question.owners) - 1, -1, -1):
            owner = question.owners[node]
            if owner == LEAF:
                vector = question.vector_of[node]
                self.outcomes[node] = at_leaf.setdefault(vector, {vector: TRUE})
                continue
            children = self.outcomes[question.first[node] : question.first[node] + question.counts[node]]
            if owner == CHANCE:
                found = self._expected(node, children)
            elif owner == CASES:
                found = self._cases(node, children)
            else:
                start = question.first[node]
                found = self._chosen(owner, children, self.forced[node], free[start : start + question.counts[node]])
            if len(found) > MAX_OUTCOMES:
                raise UnsupportedError(
                    f"over {MAX_OUTCOMES:,} outcomes of equilibria are left open below "
                    f"{'/'.join(question.tree.path(node))[:200] or 'the root'}; constrain the constants further"
                )
            self.outcomes[node] = found
        self.formula = question.formulas.any_of(self.outcomes[0].values())

    def _chosen(self, owner: int, children: Sequence[Outcomes], forced: int, free: Sequence[bool]) -> Outcomes:
        formulas, vectors = self.question.formulas, self.question.utilities.vectors
        values: list[dict[int, int]] = []  # for each child: under which formula the owner gets a value
        for outcomes in children:
            guards: dict[int, list[int]] = {}
            for vector, guard in outcomes.items():
                guards.setdefault(vectors[vector][owner], []).append(guard)
            values.append({value: formulas.any_of(found) for value, found in guards.items()})
        accepted: dict[tuple[int, int], int] = {}
        found: dict[int, list[int]] = {}
        for a in range(len(children)) if forced < 0 else [forced]:
            for vector, guard in children[a].items():
                own = vectors[vector][owner]
                parts = [guard]
                for b in range(len(children)):
                    if b != a:
                        part = accepted.get((b, own))
                        if part is None:
                            part = accepted[b, own] = self._no_better(values[b], own, exists=free[b])
                        parts.append(part)
                        if part == FALSE:
                            break
                condition = formulas.all_of(parts)
                if condition != FALSE:
                    found.setdefault(vector, []).append(condition)
        return {vector: formulas.any_of(guards) for vector, guards in found.items()}

    def _no_better(self, values: dict[int, int], own: int, *, exists: bool) -> int:
        """Some equilibrium after the other choice brings the owner no more than ``own``."""
        formulas, at_least = self.question.formulas, self.question.utilities.at_least
        compared = [(guard, at_least(formulas, own, value)) for value, guard in values.items()]
        if exists and all(condition == TRUE for _, condition in compared):
            return TRUE  # every subtree in which nothing is forced has an equilibrium (Kuhn 1953)
        return formulas.any_of(formulas.all_of(pair) for pair in compared)

    def _expected(self, node: int, children: Sequence[Outcomes]) -> Outcomes:
        formulas = self.question.formulas
        utilities = self.question.utilities
        probabilities = [
            self.question.probabilities[self.question.weights[c]] for c in self.question.tree.children(node)
        ]
        partial: list[tuple[int, tuple[int, ...]]] = [(TRUE, ())]
        for outcomes in children:
            partial = [
                (both, (*combination, vector))
                for guard, combination in partial
                for vector, other in outcomes.items()
                if (both := formulas.all_of([guard, other])) != FALSE
            ]
            if len(partial) > MAX_OUTCOMES:
                raise UnsupportedError(
                    f"over {MAX_OUTCOMES:,} combinations of equilibrium outcomes meet at the chance node "
                    f"{'/'.join(self.question.tree.path(node))[:200]}; constrain the constants further"
                )
        drawn: dict[int, list[tuple[int, tuple[int, ...]]]] = {}
        for guard, combination in partial:
            vector = utilities.expected(list(zip(probabilities, combination, strict=True)))
            drawn.setdefault(vector, []).append((guard, combination))
        self._drawn[node] = drawn
        return {vector: formulas.any_of(guard for guard, _ in found) for vector, found in drawn.items()}

    def _cases(self, node: int, children: Sequence[Outcomes]) -> Outcomes:
        question, formulas = self.question, self.question.formulas
        found: dict[int, list[int]] = {}
        for child, outcomes in zip(question.tree.children(node), children, strict=True):
            here = question.case_formulas[question.weights[child]]
            for vector, guard in outcomes.items():
                condition = formulas.all_of([here, guard])
                if condition != FALSE:
                    found.setdefault(vector, []).append(condition)
        return {vector: formulas.any_of(guards) for vector, guards in found.items()}

    def strategy(self, truth: Truth) -> list[int]:
        """A choice at each branch that is good where these formulas hold."""
        question = self.question
        choices = [0 if owner >= 0 else -1 for owner in question.owners]
        target = [-1] * len(question.owners)
        target[0] = self._preferred(self.outcomes[0], truth)
        for node, owner in enumerate(question.owners):
            children = question.tree.children(node)
            if owner == CHANCE:
                combinations = self._drawn[node][target[node]] if target[node] >= 0 else []
                for guard, combination in sorted(combinations, key=lambda found: found[0] != TRUE):
                    if truth[guard]:
                        for child, vector in zip(children, combination, strict=True):
                            target[child] = vector
                        break
            elif owner == CASES:
                for child in children:
                    here = truth[question.case_formulas[question.weights[child]]]
                    wanted = target[node]
                    possible = wanted in self.outcomes[child] and truth[self.outcomes[child][wanted]]
                    target[child] = wanted if here and possible else self._preferred(self.outcomes[child], truth)
            elif owner >= 0:
                choice = self._choice(node, owner, target[node], truth)
                choices[node] = choice
                for k, child in enumerate(children):
                    if k == choice:
                        target[child] = target[node]
                    else:
                        target[child] = self._worst(self.outcomes[child], owner, truth)
        return choices

    def _choice(self, node: int, owner: int, wanted: int, truth: Truth) -> int:
        """A choice that leads to the wanted outcome and that no other one beats."""
        if self.forced[node] >= 0:
            return self.forced[node]
        question = self.question
        children = [self.outcomes[child] for child in question.tree.children(node)]
        own = question.utilities.vectors[wanted][owner] if wanted >= 0 else -1
        found = 0
        for rank in (TRUE, None):  # first what holds for all values
            for a, outcomes in enumerate(children):
                guard = outcomes.get(wanted, FALSE)
                if guard == FALSE or (rank == TRUE and guard != TRUE) or not truth[guard]:
                    continue
                others = [o for b, o in enumerate(children) if b != a]
                if all(self._beats_one(own, o, owner, truth, certain=rank == TRUE) for o in others):
                    return a
        return found

    def _beats_one(self, own: int, outcomes: Outcomes, owner: int, truth: Truth, *, certain: bool) -> bool:
        formulas, utilities = self.question.formulas, self.question.utilities
        for vector, guard in outcomes.items():
            condition = formulas.all_of([guard, utilities.at_least(formulas, own, utilities.vectors[vector][owner])])
            if condition == TRUE if certain else truth[condition]:
                return True
        return False

    def _preferred(self, outcomes: Outcomes, truth: Truth) -> int:
        ranked = sorted(outcomes.items(), key=lambda found: found[1] != TRUE)
        return next((vector for vector, guard in ranked if truth[guard]), -1)

    def _worst(self, outcomes: Outcomes, owner: int, truth: Truth) -> int:
        """The equilibrium outcome that is worst for a player who should not have come here."""
        formulas, utilities = self.question.formulas, self.question.utilities
        worst = -1
        for vector, guard in outcomes.items():
            if truth[guard] and (
                worst < 0
                or not truth[
                    utilities.at_least(formulas, utilities.vectors[vector][owner], utilities.vectors[worst][owner])
                ]
            ):
                worst = vector
        return worst
