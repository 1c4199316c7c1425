"""One property of one protocol as a question: constraints assumed, utilities as polynomials, what has to be well defined.

Before anything is asked, the constraints must be consistent, and wherever they hold every denominator must differ from 0, the
probabilities of a chance node must be ≥ 0 with sum 1, and exactly one condition of a cases node must hold; what fails is
refused with values at which it does. A node's children have larger numbers than the node, so that the folds of this
chapter are single passes over arrays, without recursion.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import final

from gametheory.certificates.polynomials import added, scaled
from gametheory.errors import SpecificationError
from gametheory.protocols.expressions import Operation
from gametheory.protocols.formulas import FALSE, TRUE, Formulas, Point
from gametheory.protocols.polynomials import Polynomial, PolynomialPair, Polynomials, product
from gametheory.protocols.tree import CASES, CHANCE, Property, ProtocolTree

__all__ = ["Question", "Utilities"]


@final
class Utilities:
    """The distinct utilities and utility vectors of a question, and comparisons between them."""

    def __init__(self, tree: ProtocolTree, polynomials: Polynomials) -> None:
        self.pairs: list[PolynomialPair] = []
        self.vectors: list[tuple[int, ...]] = []
        self._value_of: dict[object, int] = {}
        self._vector_of: dict[tuple[int, ...], int] = {}
        self._at_least: dict[tuple[int, int, bool], int] = {}
        self.of_term: dict[int, int] = {}
        self.of_vector: list[int] = []
        for vector in tree.vectors:
            for term in vector:
                if term not in self.of_term:
                    self.of_term[term] = self.value(polynomials.pair(tree.terms[term]))
            self.of_vector.append(self.vector(tuple(self.of_term[term] for term in vector)))

    def value(self, pair: PolynomialPair) -> int:
        key = tuple(tuple(sorted(part.items())) for part in pair)
        found = self._value_of.get(key)
        if found is None:
            found = self._value_of[key] = len(self.pairs)
            self.pairs.append(pair)
        return found

    def vector(self, values: tuple[int, ...]) -> int:
        found = self._vector_of.get(values)
        if found is None:
            found = self._vector_of[values] = len(self.vectors)
            self.vectors.append(values)
        return found

    def at_least(self, formulas: Formulas, x: int, y: int, *, strict: bool = False) -> int:
        """x ≥ y, or x > y, of values."""
        if x == y:
            return FALSE if strict else TRUE
        key = (x, y, strict)
        found = self._at_least.get(key)
        if found is None:
            found = self._at_least[key] = formulas.above_zero(self.sum_of([x], [y]), strict=strict)
        return found

    def sum_of(self, plus: Iterable[int], minus: Iterable[int]) -> PolynomialPair:
        real: Polynomial = {}
        small: Polynomial = {}
        for sign, values in ((Fraction(1), plus), (Fraction(-1), minus)):
            for value in values:
                real = added(real, scaled(self.pairs[value][0], sign))
                small = added(small, scaled(self.pairs[value][1], sign))
        return real, small

    def expected(self, draws: Sequence[tuple[Polynomial, int]]) -> int:
        """The vector Σ p·u of pairs of a probability and a vector."""
        values = []
        for player in range(len(self.vectors[draws[0][1]])):
            real: Polynomial = {}
            small: Polynomial = {}
            for probability, vector in draws:
                pair = self.pairs[self.vectors[vector][player]]
                real = added(real, product(probability, pair[0], where="expected utility"))
                small = added(small, product(probability, pair[1], where="expected utility"))
            values.append(self.value((real, small)))
        return self.vector(tuple(values))


@final
class Question:
    """What the folds work on.

    Attributes
    ----------
    tree, kind : ProtocolTree, Property
    formulas, utilities : Formulas, Utilities
    owners, first, counts, vector_of : lists, one entry per node
        As in the tree; ``vector_of`` counts vectors of ``utilities``.
    case_formulas : list of formulas
        For each condition of the tree.
    probabilities : dict from index of a term to polynomial
    hidden : list of bool, or empty
        Whether a node lies strictly below a chance node; empty if there is no chance.
    assumed : list of formulas
        The constraints.
    """

    def __init__(self, tree: ProtocolTree, kind: Property, *, timeout: float) -> None:
        self.tree, self.kind = tree, kind
        polynomials = Polynomials(tree.names)
        self.utilities = Utilities(tree, polynomials)
        self.owners: list[int] = tree.owners.tolist()
        self.first: list[int] = tree.first.tolist()
        self.counts: list[int] = tree.counts.tolist()
        self.weights: list[int] = tree.weights.tolist()
        of_vector = self.utilities.of_vector
        self.vector_of: list[int] = [of_vector[v] if v >= 0 else -1 for v in tree.vector_of.tolist()]
        self.chances = [node for node, owner in enumerate(self.owners) if owner == CHANCE]
        self.forks = [node for node, owner in enumerate(self.owners) if owner == CASES]
        self.probabilities: dict[int, Polynomial] = {}
        for node in self.chances:
            for child in tree.children(node):
                self._read_probability(self.weights[child], polynomials, child)
        self.given = [*tree.constraints, *tree.property_constraints[kind]]
        for operation in (*self.given, *tree.conditions):
            _read_denominators(operation, polynomials)
        self.formulas = Formulas(polynomials, timeout=timeout)
        self.assumed = [self.formulas.constraint(operation) for operation in self.given]
        self._assume()
        self.case_formulas = [self.formulas.constraint(condition) for condition in tree.conditions]
        self.hidden: list[bool] = []
        if self.chances:
            self.hidden = [False] * len(self.owners)
            for node, owner in enumerate(self.owners):
                if owner == CHANCE or self.hidden[node]:
                    for child in tree.children(node):
                        self.hidden[child] = True
        self._check_probabilities()
        self._check_cases()

    def _read_probability(self, term: int, polynomials: Polynomials, child: int) -> None:
        if term in self.probabilities:
            return
        real, small = polynomials.pair(self.tree.terms[term], where="probability")
        if small:
            raise SpecificationError(
                f"{self._place(child)}: found the probability {polynomials.text(real)} + {polynomials.text(small)}; write one "
                "without infinitesimals"
            )
        self.probabilities[term] = real

    def _assume(self) -> None:
        """Assume the constraints, those without denominators first: they show the denominators not to vanish."""
        formulas, polynomials = self.formulas, self.formulas.polynomials
        plain = [formula for formula in self.assumed if not self._divides(formula)]
        formulas.assume(plain)
        for k, (denominator, place) in enumerate(polynomials.denominators):
            zero = formulas.find(formulas.zero(denominator))
            if zero is not None:
                raise SpecificationError(
                    f"{place}: the denominator {polynomials.text(denominator)} is 0 at {self.point_text(zero)}, which the "
                    "constraints allow; add a constraint that excludes it"
                )
            formulas.define(k)  # what comes later may divide by it
        formulas.assume([formula for formula in self.assumed if self._divides(formula)])
        formulas.settle(where=f"constraints for {self.kind}")

    def _divides(self, formula: int) -> bool:
        names = self.formulas.num_names
        below = self.formulas.below([formula])
        atoms = (self.formulas.atoms[f][0] for f in below if f in self.formulas.atoms)
        return any(number >= names for terms in atoms for monomial, _ in terms for number in monomial)

    def _check_probabilities(self) -> None:
        formulas, done = self.formulas, set()
        for node in self.chances:
            key = tuple(self.weights[child] for child in self.tree.children(node))
            if key in done:
                continue
            done.add(key)
            total: Polynomial = {(): Fraction(-1)}
            for term in key:
                total = added(total, self.probabilities[term])
            conditions = [formulas.sign(self.probabilities[term], strict=False) for term in key] + [
                formulas.zero(total)
            ]
            wrong = formulas.find_failing(formulas.all_of(conditions))
            if wrong is not None:
                raise SpecificationError(
                    f"{self._place(node)}: the probabilities are not all ≥ 0 with sum 1 at {self.point_text(wrong)}, which the "
                    "constraints allow; correct them, or add a constraint"
                )

    def _check_cases(self) -> None:
        """Exactly one condition must hold wherever the node can be reached."""
        formulas = self.formulas
        reached: dict[int, int] = {0: TRUE}
        done: set[tuple[int, tuple[int, ...]]] = set()
        for node in self.forks:
            path, at = [], node
            while at != 0:
                parent = int(self.tree.parents[at])
                if self.owners[parent] == CASES:
                    path.append(self.case_formulas[self.weights[at]])
                at = parent
            reached[node] = formulas.all_of(path)
            parts = tuple(self.case_formulas[self.weights[child]] for child in self.tree.children(node))
            if (reached[node], parts) in done:
                continue
            done.add((reached[node], parts))
            opposites = [formulas.opposite(part) for part in parts]
            one = formulas.any_of(
                formulas.all_of([part, *opposites[:k], *opposites[k + 1 :]]) for k, part in enumerate(parts)
            )
            wrong = formulas.find(reached[node], formulas.opposite(one))
            if wrong is not None:
                raise SpecificationError(
                    f"{self._place(node)}: not exactly one of its conditions holds at {self.point_text(wrong)}, which the "
                    "constraints allow; make the conditions exclude and exhaust each other"
                )

    def _place(self, node: int) -> str:
        return "/".join(("tree", *(step[:40] for step in self.tree.path(node))))

    # -- for the folds -----------------------------------------------------------------------------------------------

    def forced(self, history: int) -> list[int]:
        """For each node the index of the honest child, −1 where the history does not come by."""
        forced = [-1] * len(self.owners)
        for node, child in self.tree.honest[history].items():
            forced[node] = child
        return forced

    def honest_outcomes(self, history: int) -> list[tuple[int, int]]:
        """Pairs (formula, vector): which utilities honest play brings, and when."""
        choices = self.tree.honest[history]
        found: dict[int, list[tuple[int, int]]] = {}
        visited = [0]
        for node in visited:  # grows while it is read
            if self.counts[node]:
                start = self.first[node]
                chosen = [start + choices[node]] if node in choices else list(range(start, start + self.counts[node]))
                visited += chosen
        for node in reversed(visited):
            owner = self.owners[node]
            if self.vector_of[node] >= 0:
                found[node] = [(TRUE, self.vector_of[node])]
            elif owner == CHANCE:
                found[node] = self.drawn(node, [found[child] for child in self.tree.children(node)])
            elif owner == CASES:
                found[node] = [
                    (self.formulas.all_of([self.case_formulas[self.weights[child]], guard]), vector)
                    for child in self.tree.children(node)
                    for guard, vector in found[child]
                ]
            else:
                found[node] = found[self.first[node] + choices[node]]
        return [(guard, vector) for guard, vector in found[0] if guard != FALSE]

    def drawn(self, node: int, outcomes: Sequence[Sequence[tuple[int, int]]]) -> list[tuple[int, int]]:
        """Expected vectors at a chance node from guarded vectors of its children, one of each child."""
        probabilities = [self.probabilities[self.weights[child]] for child in self.tree.children(node)]
        partial: list[tuple[int, tuple[int, ...]]] = [(TRUE, ())]
        for options in outcomes:
            partial = [
                (both, (*vectors, vector))
                for guard, vectors in partial
                for other, vector in options
                if (both := self.formulas.all_of([guard, other])) != FALSE
            ]
        expected = self.utilities.expected
        return [(guard, expected(list(zip(probabilities, vectors, strict=True)))) for guard, vectors in partial]

    def point_text(self, point: Point) -> str:
        names = self.formulas.polynomials.variables
        return (
            ", ".join(f"{name} = {value}" for name, value in zip(names, point, strict=False) if "(" not in name)
            or "any"
        )


def _read_denominators(operation: Operation, polynomials: Polynomials) -> None:
    if operation.sign == "or":
        for part in operation.operands:
            _read_denominators(part, polynomials)
    elif operation.sign != "true":
        for part in operation.operands:
            polynomials.pair(part, where="constraint")
