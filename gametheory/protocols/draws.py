"""Below a chance node: what a strategy lets a coalition reach, in expectation.

Where utilities are expectations over chance, "the coalition does not gain" is no longer a condition on each leaf by itself.
For a choice σ at every branch of a subtree and a coalition S let R_S(σ) be the set of (condition, expected utility vector)
that some deviation of S reaches while the others follow σ:

    leaf:            R_S = {(true, u)},
    branch of j:     R_S = R_S(chosen child) if j ∉ S,   the union over all children if j ∈ S,
    chance:          R_S = {Σ_k p_k u_k : u_k ∈ R_S(child k)}  (every combination),
    cases:           R_S = {(c_k and g, u) : (g, u) ∈ R_S(child k)},  over all cases k.

An *option* is the family (R_S)_S of a σ. The options of a subtree are enumerated; one whose sets contain another's
is dropped, as it only lets coalitions reach more.

Cost: the number of options is exponential in the number of branches below a chance node in the worst case; at most 20,000
are kept, and the error says so. Trees without chance nodes never come here.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import final

from gametheory.errors import UnsupportedError
from gametheory.protocols.formulas import FALSE, TRUE
from gametheory.protocols.questions import Question
from gametheory.protocols.tree import CASES, CHANCE, LEAF

__all__ = ["Draws", "Option"]

MAX_OPTIONS = 20_000
MAX_REACHED = 200_000
COMPARED = 400
"""So many options are compared with each other to drop what is reachable in vain."""

Reached = frozenset[tuple[int, int]]
State = tuple[Reached, ...]
Chosen = tuple[tuple[int, int], ...]
Option = tuple[State, Chosen]
"""For each coalition the pairs (formula, vector) that it reaches; and the choices (node, child) that leave it so."""


@final
class Draws:
    """The options at chance nodes.

    Parameters
    ----------
    question : Question
    coalitions : sequence of int
        As bit masks.
    forced : sequence of int, one per node
    deciders : collection of int
        The players whose choices are options; those of others are always deviations.
    """

    def __init__(
        self, question: Question, coalitions: Sequence[int], forced: Sequence[int], deciders: Collection[int]
    ) -> None:
        self.question, self.coalitions, self.forced = question, tuple(coalitions), forced
        self.deciders = frozenset(deciders)
        self._at: dict[int, list[Option]] = {}

    def at(self, top: int) -> list[Option]:
        """The options of the subtree at a chance node."""
        if top not in self._at:
            below = [top]
            for node in below:  # grows while it is read
                below += self.question.tree.children(node)
            found: dict[int, list[Option]] = {}
            for node in reversed(below):
                children = [found.pop(child) for child in self.question.tree.children(node)]
                found[node] = self._kept(self._options(node, children), node)
            self._at[top] = found[top]
        return self._at[top]

    def satisfied(self, option: Option, condition: Callable[[int, int], int], *, containing: int = 0) -> int:
        """Formula: ``condition(coalition, vector)`` for all that coalitions with these members reach."""
        formulas = self.question.formulas
        found = []
        for coalition, reached in zip(self.coalitions, option[0], strict=True):
            if coalition & containing == containing:
                for guard, vector in reached:
                    demanded = condition(coalition, vector)
                    found.append(demanded if guard == TRUE else formulas.any_of([formulas.opposite(guard), demanded]))
        return formulas.all_of(found)

    def choose(self, option: Option, choices: list[int]) -> None:
        """Write an option's choices into a strategy."""
        for node, child in option[1]:
            choices[node] = child

    def _options(self, node: int, children: Sequence[list[Option]]) -> Iterator[Option]:
        question = self.question
        owner = question.owners[node]
        if owner == LEAF:
            alone = frozenset([(TRUE, question.vector_of[node])])
            yield (alone,) * len(self.coalitions), ()
        elif owner == CHANCE:
            for combination in itertools.product(*children):
                reached = (
                    frozenset(question.drawn(node, [sorted(state[k]) for state, _ in combination]))
                    for k in range(len(self.coalitions))
                )
                yield tuple(reached), _joined(combination)
        elif owner == CASES:
            guards = [question.case_formulas[question.weights[child]] for child in question.tree.children(node)]
            for combination in itertools.product(*children):
                yield (
                    tuple(
                        frozenset(
                            (both, vector)
                            for guard, (state, _) in zip(guards, combination, strict=True)
                            for other, vector in state[k]
                            if (both := question.formulas.all_of([guard, other])) != FALSE
                        )
                        for k in range(len(self.coalitions))
                    ),
                    _joined(combination),
                )
        else:
            own = range(len(children)) if self.forced[node] < 0 else [self.forced[node]]
            for combination in itertools.product(*children):
                for chosen in own if owner in self.deciders else [0]:
                    state = tuple(
                        frozenset().union(*(s[k] for s, _ in combination))
                        if coalition >> owner & 1
                        else combination[chosen][0][k]
                        for k, coalition in enumerate(self.coalitions)
                    )
                    here = ((node, chosen),) if owner in self.deciders else ()
                    yield state, (*_joined(combination), *here)

    def _kept(self, options: Iterable[Option], node: int) -> list[Option]:
        found: dict[State, Chosen] = {}
        entries = 0
        for tried, (state, chosen) in enumerate(options):
            if state not in found:
                found[state] = chosen
                entries += sum(map(len, state))
            if tried > 10 * MAX_OPTIONS or len(found) > MAX_OPTIONS or entries > MAX_REACHED:
                place = "/".join(("tree", *(step[:40] for step in self.question.tree.path(node))))
                raise UnsupportedError(
                    f"{place}: below a chance node there are too many ways to play (over {MAX_OPTIONS:,} that differ in what "
                    "coalitions can reach); draw later in the tree, or ask about smaller coalitions (max_size=)"
                )
        states = list(found)
        if 1 < len(states) <= COMPARED:
            states = [
                state
                for state in states
                if not any(
                    other is not state and all(small <= large for small, large in zip(other, state, strict=True))
                    for other in states
                )
            ]
        return [(state, found[state]) for state in states]


def _joined(combination: Sequence[Option]) -> Chosen:
    return tuple(itertools.chain.from_iterable(chosen for _, chosen in combination))
