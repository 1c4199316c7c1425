"""Is a protocol secure for all utilities that its constraints allow?

For a protocol tree, a property (:mod:`~gametheory.protocols.immunity`, :mod:`~gametheory.protocols.resilience`,
:mod:`~gametheory.protocols.subgame_perfection`) and an honest history h the question is

    for all values of the constants and infinitesimals that satisfy the constraints
    there is a joint strategy σ that plays h and has the property.

No quantifier reaches the prover. The tree has perfect information, so that "there is σ" folds from the leaves to the root into
a formula F without quantifiers over comparisons of utilities; comparisons that the constraints decide are replaced by their
truth on the way. The history has the property iff no values satisfy the constraints and ¬F: one question. Values that do are an
attack: they are exact, and re-checked from the definitions (:mod:`gametheory.protocols.judging`). F itself is the weakest
precondition; it is shortened by unsatisfiable cores.

Cost: the fold is linear in the tree (times the number of sets of deviators); the prover's worst case is doubly exponential in
the number of constants for nonlinear utilities.

References
----------
L. S. Brugger, L. Kovács, A. Petković Komel, S. Rain, M. Rawson, CCS 2023 (quantified formulas and case splits). S. Rain,
L. S. Brugger, A. Petković Komel, L. Kovács, M. Rawson, LPAR 2024.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from types import MappingProxyType
from typing import Any, final

import numpy as np

from gametheory.arithmetic.limits import check_count, check_seconds
from gametheory.errors import CertificateError, SolverError, SpecificationError, UnsupportedError
from gametheory.protocols.answers import Attack, Deviation, ProtocolAnswer, ProtocolReport, Strategy
from gametheory.protocols.formulas import FALSE, TRUE, Point, Truth
from gametheory.protocols.immunity import ImmunityFold
from gametheory.protocols.judging import ZERO, AtValues
from gametheory.protocols.questions import Question
from gametheory.protocols.resilience import BLOCKING, Blocking, ResilienceFold, members
from gametheory.protocols.subgame_perfection import PracticalityFold
from gametheory.protocols.tree import CHANCE, PROPERTIES, Property, ProtocolTree

__all__ = ["collusion_resilience", "practicality", "verify_protocol", "weak_immunity", "weaker_immunity"]

TIMEOUT = 60.0
MAX_STRATEGIES = 16
MAX_CLAUSES = 100
SIMPLIFIED = 5_000
"""The values of an attack are made shorter if the formula has at most so many parts."""


def weak_immunity(
    tree: ProtocolTree, history: int = 0, *, precondition: bool = False, timeout: float = TIMEOUT
) -> ProtocolAnswer:
    """Whether nobody who follows the protocol can lose, whatever the others do.

    Parameters
    ----------
    tree : ProtocolTree
    history : int
        Index of the honest history.
    precondition : bool
        Whether to find the weakest condition under which the property holds.
    timeout : float
        Seconds for each question to the prover.

    Returns
    -------
    ProtocolAnswer

    Examples
    --------
    The firm that enters a market loses in a price war:

    >>> from gametheory.protocols import branch, leaf, protocol_tree
    >>> market = protocol_tree(
    ...     branch("N", {
    ...         "o": leaf({"N": 0, "E": "p*p"}),
    ...         "e": branch("E", {"i": leaf({"N": "p", "E": "p"}), "s": leaf({"N": "-a", "E": "-a"})}),
    ...     }),
    ...     players=["N", "E"], constants=["a", "p"], constraints=["a > 0", "p > 0"],
    ...     honest=[["o"], ["e", "i"]],
    ... )
    >>> weak_immunity(market).verdict
    'yes'
    >>> weak_immunity(market, 1)
    ProtocolAnswer(refuted: weak immunity of e, i, at a = 1, p = 1: N loses: {E} by e, s, with utilities N: -1, E: -1)
    """
    return _answer(tree, "weak immunity", history, precondition=precondition, timeout=timeout)


def weaker_immunity(
    tree: ProtocolTree, history: int = 0, *, precondition: bool = False, timeout: float = TIMEOUT
) -> ProtocolAnswer:
    """Whether nobody who follows the protocol can lose more than an infinitesimal, whatever the others do.

    Parameters, Returns
    -------------------
    As :func:`weak_immunity`.
    """
    return _answer(tree, "weaker immunity", history, precondition=precondition, timeout=timeout)


def collusion_resilience(
    tree: ProtocolTree,
    history: int = 0,
    *,
    max_size: int | None = None,
    blocking: Blocking = "transfer",
    precondition: bool = False,
    timeout: float = TIMEOUT,
) -> ProtocolAnswer:
    """Whether no coalition gains by deviating together.

    Parameters
    ----------
    tree, history, precondition, timeout
        As :func:`weak_immunity`.
    max_size : int from 1 to the number of players, or None
        The largest coalition; ``None``: all but the coalition of all players.
    blocking : "transfer", "all", "some" or "any"
        What gaining means (:mod:`gametheory.protocols.resilience`).

    Examples
    --------
    >>> from gametheory.protocols import branch, leaf, protocol_tree
    >>> bribe = protocol_tree(
    ...     branch("A", {"h": leaf({"A": 1, "B": 1, "C": 1}), "d": leaf({"A": 0, "B": "b", "C": 0})}),
    ...     players=["A", "B", "C"], constants=["b"], constraints=["b > 0"], honest=[["h"]],
    ... )
    >>> collusion_resilience(bribe, precondition=True).preconditions
    ('2 >= b',)
    >>> collusion_resilience(bribe, blocking="all").verdict, collusion_resilience(bribe, max_size=1).verdict
    ('yes', 'yes')
    """
    return _answer(
        tree,
        "collusion resilience",
        history,
        max_size=max_size,
        blocking=blocking,
        precondition=precondition,
        timeout=timeout,
    )


def practicality(
    tree: ProtocolTree, history: int = 0, *, precondition: bool = False, timeout: float = TIMEOUT
) -> ProtocolAnswer:
    """Whether some subgame perfect equilibrium plays the honest history.

    Parameters, Returns
    -------------------
    As :func:`weak_immunity`. With chance nodes equilibria are in expected utility.

    Examples
    --------
    >>> from gametheory.protocols import branch, leaf, protocol_tree
    >>> market = protocol_tree(
    ...     branch("N", {
    ...         "o": leaf({"N": 0, "E": "p*p"}),
    ...         "e": branch("E", {"i": leaf({"N": "p", "E": "p"}), "s": leaf({"N": "-a", "E": "-a"})}),
    ...     }),
    ...     players=["N", "E"], constants=["a", "p"], constraints=["a > 0", "p > 0"],
    ...     honest=[["o"], ["e", "i"]],
    ... )
    >>> practicality(market, 1).strategies[0].action("e")
    'i'
    >>> practicality(market, 0).verdict
    'no'
    """
    return _answer(tree, "practicality", history, precondition=precondition, timeout=timeout)


def verify_protocol(
    tree: ProtocolTree,
    *,
    properties: Sequence[Property] = PROPERTIES,
    max_size: int | None = None,
    blocking: Blocking = "transfer",
    preconditions: bool = False,
    strategies: bool = True,
    timeout: float = TIMEOUT,
    progress: Callable[[str], Any] | None = None,
) -> ProtocolReport:
    """Every property of every honest history.

    Parameters
    ----------
    tree : ProtocolTree
    properties : sequence of Property
    max_size, blocking
        As :func:`collusion_resilience`.
    preconditions, strategies : bool
        Whether to find the weakest preconditions; whether to find strategies where a property holds.
    timeout : float
        Seconds for each question to the prover; what it does not decide is "undecided" in the report.
    progress : callable, optional
        Called with a text before each question.

    Returns
    -------
    ProtocolReport

    Raises
    ------
    SpecificationError
        The constraints contradict each other, or allow a denominator 0, probabilities that do not sum to 1, or cases of
        which not exactly one holds.

    Examples
    --------
    >>> from gametheory.protocols import branch, leaf, protocol_tree
    >>> split = protocol_tree(
    ...     branch("A", {"fair": leaf({"A": "c/2", "B": "c/2"}), "all": leaf({"A": "c", "B": 0})}),
    ...     players=["A", "B"], constants=["c"], constraints=["c > 0"], honest=[["fair"]],
    ... )
    >>> print(verify_protocol(split, properties=["weak immunity", "practicality"]))
    ProtocolReport(1 proved, 1 refuted, 0 undecided)
      ProtocolAnswer(proved: weak immunity of fair)
      ProtocolAnswer(refuted: practicality of fair, at c = 1: A does better: {A} by all, with utilities A: 1, B: 0)
    """
    unknown = [name for name in properties if name not in PROPERTIES]
    if unknown or isinstance(properties, str):
        raise SpecificationError(
            f"properties: found {str(unknown[0] if unknown else properties)[:40]!r}; list some of {', '.join(PROPERTIES)}"
        )
    found = []
    for kind in properties:
        question = None
        for history in range(len(tree.honest)):
            if progress is not None:
                progress(f"{kind} of {tree.history_texts[history][:60]}")
            asked = _Asked(tree, kind, history, max_size, blocking, timeout, question)
            question = asked.question  # what was decided about utilities for one history helps with the next
            found.append(asked.answer(precondition=preconditions, strategies=strategies))
    return ProtocolReport(tuple(found))


def _answer(
    tree: ProtocolTree,
    kind: Property,
    history: int,
    *,
    max_size: int | None = None,
    blocking: Blocking = "transfer",
    precondition: bool,
    timeout: float,
) -> ProtocolAnswer:
    return _Asked(tree, kind, history, max_size, blocking, timeout, None).answer(
        precondition=precondition, strategies=True
    )


@final
class _Asked:
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

    def answer(self, *, precondition: bool, strategies: bool) -> ProtocolAnswer:
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
            found, complete = self.strategies(folds) if strategies else ((), False)
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

    def strategies(self, folds: Sequence[tuple[int, Any]]) -> tuple[tuple[Strategy, ...], bool]:
        """Strategies, each with the condition under which it has the property, until one of them always has."""
        formulas = self.formulas
        found: list[Strategy] = []
        covered = FALSE
        while len(found) < MAX_STRATEGIES:
            point = formulas.find_failing(covered)
            if point is None:
                return tuple(found), True
            truth = formulas.at(point)
            fold = next(fold for guard, fold in folds if truth[guard] and truth[fold.formula])
            choices = fold.strategy(truth)
            condition = self.formula(self.folds(choices))
            self._recheck_strategy(choices, point, truth, condition)
            clauses = () if condition == TRUE else self.weakest(condition)
            array = np.array(choices, dtype=np.int32)
            array.setflags(write=False)
            found.append(Strategy(self.tree, array, tuple(" | ".join(clause) for clause in clauses)))
            covered = formulas.any_of([covered, condition])
        return tuple(found), formulas.find_failing(covered) is None

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
