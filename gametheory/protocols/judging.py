"""What holds at given numbers: the properties evaluated from their definitions, in fractions, without any formula.

This is what answers are re-checked by. At values of the constants and infinitesimals every utility is a pair of fractions, and
a protocol a plain game tree:

* (weak) immunity of i: the value of the zero-sum game of i against all others, max at i's branches, min at others', expectation
  at chance, must be ≥ 0 when i plays honestly on the history;
* resilience: refuting it takes, for every way in which the honest players may go on, a coalition and a deviation; the search
  collects these *plays*;
* practicality: backward induction with all ties.

Terms are evaluated as they were written (:func:`gametheory.protocols.expressions.value_at`), not as the polynomials that the
prover saw. What is not checked here, that *no* values remain at which a proved property fails, rests on the prover.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import final

from gametheory.errors import SpecificationError, UnsupportedError
from gametheory.protocols.expressions import constraint_at, value_at
from gametheory.protocols.resilience import Blocking, allowed_coalitions, members
from gametheory.protocols.tree import CASES, CHANCE, LEAF, Property, ProtocolTree

__all__ = ["AtValues", "Pair", "Play"]

Pair = tuple[Fraction, Fraction]
Vector = tuple[Pair, ...]
Play = tuple[int, int, Vector]
"""A node where a play ends (a leaf, or a chance node below which it varies), the coalition as a bit mask, the utilities."""

ZERO: Pair = (Fraction(0), Fraction(0))
MAX_OPTIONS = 20_000


@final
class AtValues:
    """A protocol at given values of its names.

    Parameters
    ----------
    tree : ProtocolTree
    values : mapping from every constant and infinitesimal to Fraction
    """

    def __init__(self, tree: ProtocolTree, values: Mapping[str, Fraction]) -> None:
        self.tree, self.values = tree, values
        self.small = frozenset(tree.names.infinitesimals)
        terms = [value_at(term, values, self.small) for term in tree.terms]
        self.terms = terms
        self.vectors: list[Vector] = [tuple(terms[t] for t in vector) for vector in tree.vectors]
        self.owners: list[int] = tree.owners.tolist()
        self.first: list[int] = tree.first.tolist()
        self.counts: list[int] = tree.counts.tolist()
        holds = [constraint_at(condition, values, self.small) for condition in tree.conditions]
        self.taken: dict[int, int] = {}
        for node, owner in enumerate(self.owners):
            if owner == CASES:
                here = [k for k, child in enumerate(tree.children(node)) if holds[tree.weights[child]]]
                if len(here) == 1:
                    self.taken[node] = here[0]  # elsewhere the node is not reached, as was checked

    def satisfies(self, kind: Property) -> bool:
        """Whether the constraints of a property hold."""
        given = (*self.tree.constraints, *self.tree.property_constraints[kind])
        return all(constraint_at(constraint, self.values, self.small) for constraint in given)

    def children(self, node: int) -> list[int]:
        """The children that matter: at a cases node the one whose condition holds."""
        start = self.first[node]
        if self.owners[node] == CASES:
            return [start + self.taken[node]] if node in self.taken else []
        return list(range(start, start + self.counts[node]))

    def reachable(self, top: int = 0) -> list[int]:
        """The nodes below one, itself first, parents before children, without cases that do not apply."""
        found = [top]
        for node in found:  # grows while it is read
            found += self.children(node)
        return found

    def probability(self, child: int) -> Fraction:
        real: Fraction = self.terms[self.tree.weights[child]][0]
        return real

    def outcome(self, choices: Mapping[int, int]) -> Vector:
        """Expected utilities where everybody makes these choices."""
        return self._expected_below(0, choices)

    def _expected_below(self, top: int, choices: Mapping[int, int]) -> Vector:
        order = [top]
        for node in order:  # grows while it is read
            here = self.children(node)
            order += [here[choices[node]]] if self.owners[node] >= 0 else here
        found: dict[int, Vector] = {}
        for node in reversed(order):
            owner = self.owners[node]
            if owner == LEAF:
                found[node] = self.vectors[self.tree.vector_of[node]]
            elif owner == CHANCE:
                found[node] = self._drawn([(self.probability(c), found[c]) for c in self.children(node)])
            else:
                found[node] = found[self.children(node)[choices[node] if owner >= 0 else 0]]
        return found[top]

    @staticmethod
    def _drawn(draws: Sequence[tuple[Fraction, Vector]]) -> Vector:
        players = range(len(draws[0][1]))
        return tuple(
            (sum((p * u[i][0] for p, u in draws), Fraction(0)), sum((p * u[i][1] for p, u in draws), Fraction(0)))
            for i in players
        )

    # -- immunity ----------------------------------------------------------------------------------------------------

    def guaranteed(self, player: int, forced: Mapping[int, int], *, real_only: bool) -> tuple[Pair, dict[int, int]]:
        """What a player can secure against all others together, and how the others hold it to that."""
        values: dict[int, Pair] = {}
        replies: dict[int, int] = {}
        for node in reversed(self.reachable()):
            owner = self.owners[node]
            if owner == LEAF:
                real, small = self.vectors[self.tree.vector_of[node]][player]
                values[node] = (real, Fraction(0)) if real_only else (real, small)
                continue
            children = self.children(node)
            found = [values[child] for child in children]
            if owner == CHANCE:
                draws = [(self.probability(child), (values[child],)) for child in children]
                values[node] = self._drawn(draws)[0]
            elif owner == player:
                values[node] = found[forced[node]] if node in forced else max(found)
            else:
                values[node] = min(found)
                if owner >= 0:
                    replies[node] = found.index(values[node])
        return values[0], replies

    # -- resilience --------------------------------------------------------------------------------------------------

    def blocks(self, coalition: int, honest: Vector, outcome: Vector, blocking: Blocking) -> bool:
        """Whether a coalition blocks with an outcome."""
        gains = [(outcome[i][0] - honest[i][0], outcome[i][1] - honest[i][1]) for i in members(coalition)]
        if blocking == "transfer":
            return (sum((g[0] for g in gains), Fraction(0)), sum((g[1] for g in gains), Fraction(0))) > ZERO
        if blocking == "all":
            return all(gain > ZERO for gain in gains)
        if blocking == "any":
            return any(gain > ZERO for gain in gains)
        return all(gain >= ZERO for gain in gains) and any(gain > ZERO for gain in gains)

    def refutation(self, forced: Mapping[int, int], *, max_size: int, blocking: Blocking) -> list[Play] | None:
        """Plays such that every joint strategy with the forced choices is open to one of them; ``None`` if some σ is not."""
        coalitions = allowed_coalitions(self.tree.num_players, max_size)
        order = self.reachable()
        honest = self._expected_below(0, forced)
        hidden: set[int] = set()
        for node in order:
            if self.owners[node] == CHANCE or node in hidden:
                hidden.update(self.children(node))
        left: dict[int, set[int]] = {0: {0}}
        for node in order:
            if node in hidden:
                continue
            for k, child in enumerate(self.children(node)):
                owner = self.owners[node]
                if owner < 0:
                    left.setdefault(child, set()).update(left[node])
                elif node in forced:
                    away = left[node] if k == forced[node] else {d | 1 << owner for d in left[node]}
                    left.setdefault(child, set()).update(away)
                else:
                    left.setdefault(child, set()).update(left[node] | {d | 1 << owner for d in left[node]})
        blocking_with: dict[Vector, list[int]] = {}
        open_to: dict[tuple[int, int], list[Play] | None] = {}
        for node in reversed(order):
            if node in hidden:
                continue
            owner = self.owners[node]
            children = self.children(node)
            for gone in left[node]:
                key = (node, gone)
                if owner == LEAF:
                    outcome = self.vectors[self.tree.vector_of[node]]
                    if outcome not in blocking_with:
                        blocking_with[outcome] = [s for s in coalitions if self.blocks(s, honest, outcome, blocking)]
                    who = [s for s in blocking_with[outcome] if s & gone == gone]
                    open_to[key] = [(node, who[0], outcome)] if who else None
                elif owner == CHANCE:
                    responsible = [s for s in coalitions if s & gone == gone]
                    open_to[key] = self._refuted_draw(node, responsible, forced, honest, blocking)
                elif owner == CASES:
                    open_to[key] = open_to[children[0], gone] if children else None
                else:
                    more = gone | 1 << owner
                    found: list[Play] | None = None
                    for k, child in enumerate(children):
                        if forced.get(node) != k and (child, more) in open_to and open_to[child, more] is not None:
                            found = open_to[child, more]
                            break
                    if found is None and node in forced:
                        found = open_to[children[forced[node]], gone]
                    elif found is None:
                        plays = [open_to[child, gone] for child in children]
                        if all(play is not None for play in plays):
                            found = list(dict.fromkeys(itertools.chain.from_iterable(play or [] for play in plays)))
                    open_to[key] = found
        return open_to[0, 0]

    def _refuted_draw(
        self, node: int, coalitions: Sequence[int], forced: Mapping[int, int], honest: Vector, blocking: Blocking
    ) -> list[Play] | None:
        """The same below a chance node, for every way to play there."""
        plays: dict[Play, None] = {}
        for option in self._options(node, coalitions, forced):
            found = next(
                (
                    (node, coalition, outcome)
                    for coalition, reached in zip(coalitions, option, strict=True)
                    for outcome in sorted(reached)
                    if self.blocks(coalition, honest, outcome, blocking)
                ),
                None,
            )
            if found is None:
                return None
            plays[found] = None
        return list(plays)

    def _options(
        self, top: int, coalitions: Sequence[int], forced: Mapping[int, int]
    ) -> set[tuple[frozenset[Vector], ...]]:
        """For each way to play below a node what each coalition can reach."""
        found: dict[int, set[tuple[frozenset[Vector], ...]]] = {}
        for node in reversed(self.reachable(top)):
            owner = self.owners[node]
            children = self.children(node)
            here: set[tuple[frozenset[Vector], ...]] = set()
            if owner == LEAF:
                here.add((frozenset([self.vectors[self.tree.vector_of[node]]]),) * len(coalitions))
            elif not children:  # a case that cannot occur
                here.add((frozenset[Vector](),) * len(coalitions))
            for tried, combination in enumerate(itertools.product(*(found[c] for c in children)) if children else ()):
                here.update(self._combined(node, owner, children, combination, coalitions, forced))
                if tried > 10 * MAX_OPTIONS or len(here) > MAX_OPTIONS:
                    raise UnsupportedError(
                        f"over {MAX_OPTIONS:,} ways to play below a chance node; draw later in the tree"
                    )
            found[node] = here
        return found[top]

    def _combined(
        self,
        node: int,
        owner: int,
        children: Sequence[int],
        combination: Sequence[tuple[frozenset[Vector], ...]],
        coalitions: Sequence[int],
        forced: Mapping[int, int],
    ) -> Iterator[tuple[frozenset[Vector], ...]]:
        if owner == CASES:
            yield combination[0]
        elif owner == CHANCE:
            weights = [self.probability(child) for child in children]
            yield tuple(
                frozenset(
                    self._drawn(list(zip(weights, drawn, strict=True)))
                    for drawn in itertools.product(*(option[k] for option in combination))
                )
                for k in range(len(coalitions))
            )
        else:
            for chosen in [forced[node]] if node in forced else range(len(children)):
                yield tuple(
                    frozenset().union(*(option[k] for option in combination))
                    if coalition >> owner & 1
                    else combination[chosen][k]
                    for k, coalition in enumerate(coalitions)
                )

    # -- practicality ------------------------------------------------------------------------------------------------

    def equilibrium_outcomes(self, forced: Mapping[int, int]) -> dict[int, dict[Vector, int]]:
        """For each reachable node the outcomes of subgame perfect play with the forced choices, each with a choice (or −1)."""
        found: dict[int, dict[Vector, int]] = {}
        for node in reversed(self.reachable()):
            owner = self.owners[node]
            if owner == LEAF:
                found[node] = {self.vectors[self.tree.vector_of[node]]: -1}
                continue
            children = self.children(node)
            if owner == CHANCE:
                weights = [self.probability(child) for child in children]
                combinations = itertools.product(*(found[child] for child in children))
                found[node] = {self._drawn(list(zip(weights, drawn, strict=True))): -1 for drawn in combinations}
            elif owner == CASES:
                found[node] = dict(found[children[0]]) if children else {}
            else:
                least = [min((u[owner] for u in found[child]), default=ZERO) for child in children]
                here: dict[Vector, int] = {}
                playable = all(found[child] for child in children)
                for k in ([forced[node]] if node in forced else range(len(children))) if playable else ():
                    bound = max((value for j, value in enumerate(least) if j != k), default=None)
                    for u in found[children[k]]:
                        if bound is None or u[owner] >= bound:
                            here.setdefault(u, k)
                found[node] = here
        return found

    # -- all of them -------------------------------------------------------------------------------------------------

    def holds(
        self, kind: Property, forced: Mapping[int, int], *, max_size: int, blocking: Blocking = "transfer"
    ) -> bool:
        """Whether some joint strategy with the forced choices has the property at these values.

        Raises
        ------
        SpecificationError
            If a constraint of the property fails at these values.
        """
        if not self.satisfies(kind):
            raise SpecificationError("values: a constraint fails there; give values that satisfy all of them")
        if kind == "collusion resilience":
            return self.refutation(forced, max_size=max_size, blocking=blocking) is None
        if kind == "practicality":
            return bool(self.equilibrium_outcomes(forced)[0])
        real_only = kind == "weaker immunity"
        players = range(self.tree.num_players)
        return all(self.guaranteed(i, forced, real_only=real_only)[0] >= ZERO for i in players)
