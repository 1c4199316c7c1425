"""One property of one honest history: the answer with its strategies, its attack, its weakest precondition.

The fold of the property gives a formula F (:mod:`gametheory.protocols.security`). No values with ¬F: the property holds. A
strategy is then read off the fold at values θ, and the fold over that strategy alone gives the condition φ under which it has
the property; values outside all φ found so far lead to the next strategy, until there are none. Values with ¬F: an attack,
which is made of short numbers, and played in fractions. The weakest precondition is F as a conjunction of disjunctions: values
with ¬F fail some atoms of F; an unsatisfiable core of these failures with F is a clause that F implies and that excludes the
values.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from types import MappingProxyType
from typing import Any, final

import numpy as np

from gametheory.arithmetic.limits import check_count, check_seconds
from gametheory.errors import CertificateError, SolverError, SpecificationError, UnsupportedError
from gametheory.protocols.answers import Attack, Deviation, ProtocolAnswer, Strategy
from gametheory.protocols.formulas import FALSE, TRUE, Point, Truth
from gametheory.protocols.immunity import ImmunityFold
from gametheory.protocols.judging import ZERO, AtValues
from gametheory.protocols.questions import Question
from gametheory.protocols.resilience import BLOCKING, Blocking, ResilienceFold, members
from gametheory.protocols.subgame_perfection import PracticalityFold
from gametheory.protocols.tree import CHANCE, Property, ProtocolTree

__all__ = ["Inquiry"]

MAX_CLAUSES = 100
MAX_COMPARED = 40
"""With more conditions than that, those that follow from others are kept."""
SIMPLIFIED = 5_000
"""The values of an attack are made shorter if the formula has at most so many parts."""


@final
class Inquiry:
    """One property of one history."""

    def __init__(
        self,
        tree: ProtocolTree,
        kind: Property,
        history: int,
        max_size: int | None,
        blocking: Blocking,
        timeout: float,
        question: Question | None,
    ) -> None:
        check_seconds("timeout", timeout)
        check_count("history", history, least=0, most=len(tree.honest) - 1)
        largest = tree.num_players - 1 if max_size is None else max_size
        if max_size is not None:
            check_count("max_size", max_size, most=tree.num_players)
        if blocking not in BLOCKING:
            raise SpecificationError(f"blocking: found {blocking!r}; write one of {', '.join(BLOCKING)}")
        self.tree, self.kind, self.history = tree, kind, history
        self.max_size, self.blocking = largest, blocking
        self.question = Question(tree, kind, timeout=timeout) if question is None else question
        self.formulas = self.question.formulas
        self.honest = self.question.honest_outcomes(history) if kind == "collusion resilience" else [(TRUE, -1)]

    # -- folds -------------------------------------------------------------------------------------------------------

    def folds(self, forced: Sequence[int]) -> list[tuple[int, Any]]:
        """Pairs (formula, fold): for each case of the honest outcome, what is to be shown."""
        question = self.question
        if self.kind == "practicality":
            return [(TRUE, PracticalityFold(question, forced))]
        if self.kind != "collusion resilience":
            return [(TRUE, ImmunityFold(question, forced))]
        return [
            (guard, ResilienceFold(question, forced, vector, self.max_size, self.blocking))
            for guard, vector in self.honest
        ]

    def formula(self, folds: Sequence[tuple[int, Any]]) -> int:
        return self.formulas.any_of(self.formulas.all_of([guard, fold.formula]) for guard, fold in folds)

    # -- the answer --------------------------------------------------------------------------------------------------

    def answer(self, *, precondition: bool, max_strategies: int) -> ProtocolAnswer:
        forced = self.question.forced(self.history)
        common: dict[str, Any] = {
            "tree": self.tree,
            "kind": self.kind,
            "history": self.tree.history_texts[self.history],
        }
        if self.kind == "collusion resilience":
            common |= {"max_size": self.max_size, "blocking": self.blocking}
        try:
            folds = self.folds(forced)
            formula = self.formula(folds)
            common["num_comparisons"] = len([f for f in self.formulas.below([formula]) if f in self.formulas.atoms])
            wrong = None if formula == TRUE else self.formulas.find_failing(formula)
            if wrong is not None:
                missing = self.weakest(formula) if precondition else None
                return ProtocolAnswer(**common, verdict="no", attack=self.attack(wrong, formula), precondition=missing)
            found, complete = self.strategies(folds, max_strategies) if max_strategies else ((), False)
        except (SolverError, UnsupportedError) as error:
            return ProtocolAnswer(**common, verdict="undecided", reason=str(error))
        return ProtocolAnswer(
            **common,
            verdict="yes",
            strategies=found,
            strategies_complete=complete,
            precondition=() if precondition else None,
        )

    # -- yes: strategies ---------------------------------------------------------------------------------------------

    def strategies(self, folds: Sequence[tuple[int, Any]], most: int) -> tuple[tuple[Strategy, ...], bool]:
        """Strategies, each with the condition under which it has the property, until one of them always has."""
        formulas = self.formulas
        found: list[Strategy] = []
        covered = FALSE
        compared = {f for f in formulas.below([self.formula(folds)]) if f in formulas.atoms}
        while len(found) < most:
            point = formulas.find_generic(covered, compared)
            if point is None:
                return tuple(found), True
            truth = formulas.at(point)
            fold = next(fold for guard, fold in folds if truth[guard] and truth[fold.formula])
            choices = fold.strategy(truth)
            condition = self.formula(self.folds(choices))
            self._recheck_strategy(choices, point, truth, condition)
            compared.update(f for f in formulas.below([condition]) if f in formulas.atoms)
            array = np.array(choices, dtype=np.int32)
            array.setflags(write=False)
            found.append(Strategy(self.tree, array, self._conditions(condition)))
            covered = formulas.any_of([covered, condition])
        return tuple(found), formulas.find_failing(covered) is None

    def _conditions(self, condition: int) -> tuple[str, ...]:
        """A formula as constraints, those that follow from others left out."""
        formulas = self.formulas
        if condition == TRUE:
            return ()
        clauses = formulas.clauses(condition)
        if clauses is None:
            return tuple(" | ".join(clause) for clause in self.weakest(condition))
        if len(clauses) <= MAX_COMPARED:
            for clause in list(clauses):
                rest = [formulas.any_of(other) for other in clauses if other is not clause]
                if formulas.excluded(*rest, *(formulas.opposite(atom) for atom in clause)) is True:
                    clauses.remove(clause)
        return tuple(" | ".join(formulas.text(atom) for atom in sorted(clause)) for clause in clauses)

    def _recheck_strategy(self, choices: Sequence[int], point: Point, truth: Truth, condition: int) -> None:
        """At the values for which it was made, a strategy must have the property by definition."""
        forced = {node: choice for node, choice in enumerate(choices) if choice >= 0}
        plain = AtValues(self.tree, self.values(point))
        honest = self.tree.honest[self.history]
        if (
            not truth[condition]
            or any(forced[node] != choice for node, choice in honest.items())
            or not plain.holds(self.kind, forced, max_size=self.max_size, blocking=self.blocking)
        ):
            raise CertificateError(
                f"{self.kind}: the strategy that was found does not have the property at {self.question.point_text(point)}; "
                "the fold is wrong: report it",
                claim=self.kind,
                violation=self.question.point_text(point),
            )

    # -- no: attacks -------------------------------------------------------------------------------------------------

    def values(self, point: Point) -> dict[str, Fraction]:
        names = (*self.tree.names.constants, *self.tree.names.infinitesimals)
        return dict(zip(names, point, strict=False))

    def attack(self, point: Point, formula: int) -> Attack:
        values = self.values(self._simplified(point, formula))
        plain = AtValues(self.tree, values)
        forced = dict(self.tree.honest[self.history])
        if plain.holds(self.kind, forced, max_size=self.max_size, blocking=self.blocking):
            raise CertificateError(
                f"{self.kind}: the attack at {values} fails when it is played; the fold is wrong: report it",
                claim=self.kind,
                violation=str(values),
            )
        players = self.tree.players
        honest = dict(zip(players, plain.outcome(forced), strict=True))
        harmed, plays, replies = {
            "collusion resilience": self._collusion,
            "practicality": self._temptation,
        }.get(self.kind, self._loss)(plain, forced)
        return Attack(
            self.kind, MappingProxyType(values), MappingProxyType(honest), harmed, plays, MappingProxyType(replies)
        )

    def _deviation(self, coalition: Sequence[int], node: int, outcome: Sequence[Any], *, expected: bool) -> Deviation:
        players = self.tree.players
        paid = MappingProxyType(dict(zip(players, outcome, strict=True)))
        return Deviation(tuple(players[i] for i in coalition), self.tree.path(node), paid, expected)

    def _loss(self, plain: AtValues, forced: Mapping[int, int]) -> tuple[str, tuple[Deviation, ...], dict[Any, str]]:
        real_only = self.kind == "weaker immunity"
        for player in range(self.tree.num_players):
            secured, replies = plain.guaranteed(player, forced, real_only=real_only)
            if secured < ZERO:
                break
        choices = {
            node: forced.get(node, 0) for node in range(self.tree.num_nodes) if plain.owners[node] >= 0
        } | replies
        node, reached = 0, [0]
        while plain.owners[node] != CHANCE and plain.counts[node]:
            node = plain.children(node)[choices.get(node, 0)]
        for place in reached:  # grows while it is read: where the others move, whatever the harmed player does
            below = plain.children(place)
            reached += (
                [below[replies[place]]]
                if place in replies
                else [below[forced[place]]]
                if (plain.owners[place] == player and place in forced)
                else below
            )
        told = {
            self.tree.path(at): self.tree.label_texts[self.tree.labels[plain.children(at)[replies[at]]]]
            for at in reached
            if at in replies
        }
        others = [i for i in range(self.tree.num_players) if i != player]
        chance_below = plain.owners[node] == CHANCE
        outcome = plain.outcome(choices)
        play = self._deviation(others, node, outcome, expected=chance_below)
        return self.tree.players[player], (play,), told

    def _collusion(
        self, plain: AtValues, forced: Mapping[int, int]
    ) -> tuple[str, tuple[Deviation, ...], dict[Any, str]]:
        plays = plain.refutation(forced, max_size=self.max_size, blocking=self.blocking) or []
        return (
            "",
            tuple(
                self._deviation(members(coalition), node, outcome, expected=plain.owners[node] == CHANCE)
                for node, coalition, outcome in plays
            ),
            {},
        )

    def _temptation(
        self, plain: AtValues, forced: Mapping[int, int]
    ) -> tuple[str, tuple[Deviation, ...], dict[Any, str]]:
        outcomes = plain.equilibrium_outcomes(forced)
        for node in reversed([node for node in plain.reachable() if node in forced]):
            if outcomes[node] or not all(outcomes[child] for child in plain.children(node)):
                continue
            owner = plain.owners[node]
            honest = plain.children(node)[forced[node]]
            best = max(u[owner] for u in outcomes[honest])
            for child in plain.children(node):
                worst = min(outcomes[child], key=lambda u: u[owner])
                if child != honest and worst[owner] > best:
                    at, expected = child, False
                    while plain.counts[at] and not expected:
                        expected = plain.owners[at] == CHANCE
                        if not expected:
                            at = plain.children(at)[max(outcomes[at][worst], 0)]
                    return self.tree.players[owner], (self._deviation([owner], at, worst, expected=expected),), {}
        raise AssertionError("some honest choice is not optimal where practicality fails")

    def _simplified(self, point: Point, formula: int) -> Point:
        """Values with short numbers at which the constraints hold and the formula fails."""
        question, formulas = self.question, self.formulas
        if len(formulas.below([formula, *question.assumed])) > SIMPLIFIED or formulas.polynomials.denominators:
            return point
        values = list(point)
        for k, value in enumerate(point):
            for candidate in (*map(Fraction, (0, 1, 2, -1)), *(value.limit_denominator(d) for d in (1, 2, 10, 1000))):
                tried = (*values[:k], candidate, *values[k + 1 :])
                truth = formulas.at(tried)
                if all(truth[f] for f in question.assumed) and not truth[formula]:
                    values[k] = candidate
                    break
        return tuple(values)

    # -- preconditions -----------------------------------------------------------------------------------------------

    def weakest(self, formula: int) -> tuple[tuple[str, ...], ...]:
        """A conjunction of disjunctions of comparisons that is equivalent to the formula wherever the constraints hold."""
        formulas = self.formulas
        atoms = [f for f in formulas.below([formula]) if f in formulas.atoms]
        clauses: list[list[int]] = []
        while True:
            point = self._failing_but(formula, clauses)
            if point is None:
                break
            truth = formulas.at(point)
            # No "not" stands in a formula: that these atoms fail suffices for it to fail.
            failing = [atom for atom in atoms if not truth[atom]]
            core = formulas.core([formulas.opposite(atom) for atom in failing], formula)
            clause = failing if core is None else [failing[k] for k in core]
            clauses.append(clause)
            if not clause:
                return ((),)
            if len(clauses) > MAX_CLAUSES:
                raise SolverError(
                    f"the weakest precondition has more than {MAX_CLAUSES} parts; constrain the constants further first",
                    status="limit",
                )
        for clause in list(clauses):
            rest = [formulas.any_of(other) for other in clauses if other is not clause]
            if formulas.excluded(*rest, *(formulas.opposite(atom) for atom in clause)) is True:
                clauses.remove(clause)
        return tuple(tuple(formulas.text(atom) for atom in clause) for clause in clauses)

    def _failing_but(self, formula: int, clauses: Sequence[Sequence[int]]) -> Point | None:
        """A point at which constraints and clauses hold, and the formula fails."""
        formulas = self.formulas
        return formulas.find_failing(
            formulas.any_of([formula, *(formulas.all_of(formulas.opposite(atom) for atom in c) for c in clauses)])
        )
