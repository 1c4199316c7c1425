"""The index of each component of Nash equilibria of a bimatrix game, exactly.

The index of an equilibrium (x, y) with supports I, J of size k, in a game in which no strategy has more pure best
replies than actions in its support, is (−1)^{k+1} sign det A_IJ sign det B_IJ, for payoffs shifted to be positive:
+1 or −1, +1 if it is strict. The index of a component C of any game is the sum of the indices of those equilibria of a
nearby game without such ties that lie near C; it does not depend on the nearby game, and the indices of all components
sum to +1. A component of index 0 can vanish when payoffs change a little; one of another index cannot.

*Method.* With P = {x ≥ 0 : Bᵀx ≤ 1}, the perturbed polytope w_k ≥ −ε_k for all m + n labels k, with infinitesimals ε_0 ≫
ε_1 ≫ …, is {x' ≥ 0 : Bᵀx' ≤ 1 + η} for x' = x + ε and small η: the polytope of the game in which column j of B is
divided by 1 + η_j > 0. It is simple, since the value of a basic variable, δ ε_r + Σ_q T_q ε_q where it is 0, is never 0;
so the perturbed game has no ties. Its equilibria are the pairs of bases that are feasible (lexicographically) and have
each label once, and such a pair lies near the extreme equilibrium (x, y) to which it belongs; rows and columns divided by
positive numbers do not change the sign of a determinant. At each extreme equilibrium the pairs are found by deciding, for
each label that x and y both have, which of them keeps it; only constraints with equality at x, or y, matter, and a
choice that is infeasible for one of them ends there.

References: L. S. Shapley (1974), *A note on the Lemke-Howson algorithm*, Mathematical Programming Study 1, 175-189;
A. V. Balthasar (2009), *Geometry and equilibria in bimatrix games*, PhD thesis, London School of Economics; B. von
Stengel (2002), *Computing equilibria for two-person games*, Handbook of Game Theory 3, section 2.
Complexity: for each extreme equilibrium exponential in the number of labels had twice in the worst case.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, final

from flint import fmpz_mat

from gametheory.equilibria.bimatrix import Strategy, strategy_of
from gametheory.equilibria.dictionary import Dictionary
from gametheory.equilibria.label_search import positive_integers
from gametheory.errors import SolverError
from gametheory.games.normal_form import NormalFormGame

__all__ = ["component_indices"]

Rows = Sequence[Sequence[int]]


def component_indices(
    game: NormalFormGame, profiles: Sequence[Sequence[Any]], components: Sequence[Sequence[int]]
) -> tuple[int, ...]:
    """The index of each component of the set of all equilibria of a two-player game.

    Parameters
    ----------
    game : NormalFormGame
        Exact, two players.
    profiles : sequence of (x, y)
        All extreme equilibria, in rationals.
    components : sequence of sequences of int
        The numbers of the extreme equilibria in each component.

    Raises
    ------
    SolverError
        If the indices do not sum to 1: then an equilibrium is missing.
    """
    if len(components) == 1:
        return (1,)
    A, B = (positive_integers(table.tolist()) for table in game.numerators)
    strategies = tuple(
        {
            vector: strategy_of(game, game, i, _integers(vector))
            for vector in {tuple(profile[i]) for profile in profiles}
        }
        for i in (0, 1)
    )
    indices = tuple(
        sum(_index(A, B, strategies[0][tuple(profiles[k][0])], strategies[1][tuple(profiles[k][1])]) for k in members)
        for members in components
    )
    if sum(indices) != 1:
        raise SolverError(
            f"the indices {indices} of the components sum to {sum(indices)} and not to 1, so an equilibrium is missing; this "
            "is a fault in the solver, please report the game",
            status="wrong",
            solver="indices of components",
            best=indices,
        )
    return indices


def _integers(vector: Sequence[Any]) -> tuple[int, ...]:
    scale = math.lcm(*(p.denominator for p in vector))
    return tuple(int(p * scale) for p in vector)


def _index(A: Rows, B: Rows, x: Strategy, y: Strategy) -> int:
    """The sum of the indices of the equilibria of the perturbed game near the extreme equilibrium (x, y)."""
    m, n = len(A), len(A[0])
    x_labels = {*range(m)} - x.support | {m + j for j in x.best_replies}
    y_labels = {m + j for j in range(n)} - {m + j for j in y.support} | y.best_replies
    twice = sorted(x_labels & y_labels)
    if not twice:
        return _sign(A, B, x.support, y.support)
    x_cone = _Cone.at(B, range(m), x, m)
    y_cone = _Cone.at([list(column) for column in zip(*A, strict=True)], range(m, m + n), y, 0)
    if not (x_cone.close(x_labels.difference(twice)) and y_cone.close(y_labels.difference(twice))):
        return 0
    total = 0
    waiting = [(x_cone, y_cone, 0)]
    while waiting:
        x_cone, y_cone, decided = waiting.pop()
        if decided == len(twice):
            played = set(range(m)) - x_cone.closed
            total += _sign(A, B, played, {k - m for k in x_cone.closed if k >= m})
            continue
        for mine, other, swapped in ((x_cone, y_cone, False), (y_cone, x_cone, True)):
            part = mine.copy()
            if part.close({twice[decided]}):
                waiting.append((other, part, decided + 1) if swapped else (part, other, decided + 1))
    return total


def _sign(A: Rows, B: Rows, rows: set[int] | frozenset[int], columns: set[int] | frozenset[int]) -> int:
    """(−1)^{k+1} sign det A_IJ sign det B_IJ."""
    own, other = sorted(rows), sorted(columns)
    result = 1 if len(own) % 2 else -1
    for payoffs in (A, B):
        determinant = fmpz_mat([[payoffs[i][j] for j in other] for i in own]).det()
        result *= (determinant > 0) - (determinant < 0)
    return result


@final
class _Cone:
    """The perturbed constraints that hold with equality at a strategy, and which of them are closed: kept equal.

    The dictionary has no column β: all variables are 0, but for the perturbation. Those of actions played are left out.
    """

    __slots__ = ("closed", "dictionary")

    def __init__(self, dictionary: Dictionary, closed: set[int]) -> None:
        self.dictionary, self.closed = dictionary, closed

    @classmethod
    def at(cls, positive: Rows, own: range, strategy: Strategy, offset: int) -> _Cone:
        """The cone at a strategy: ``positive`` is what the other player earns, (own × other), labelled from ``offset``."""
        replies = sorted(strategy.best_replies)
        dictionary = Dictionary.start(
            [[row[j] for j in replies] for row in positive], own, [offset + j for j in replies]
        )
        played = {own.start + i for i in strategy.support}
        for label in sorted(played):
            c = dictionary.nonbasic.index(label)
            rows = zip(dictionary.basic, dictionary.rows, strict=True)
            dictionary.pivot(next(r for r, (k, row) in enumerate(rows) if k not in own and row[c]), c)
        kept = [r for r, k in enumerate(dictionary.basic) if k not in played]
        dictionary.rows = [dictionary.rows[r][:-1] for r in kept]
        dictionary.basic = [dictionary.basic[r] for r in kept]
        return cls(dictionary, set())

    def copy(self) -> _Cone:
        return _Cone(self.dictionary.copy(), set(self.closed))

    def close(self, labels: set[int]) -> bool:
        """Close these constraints; whether points are left: then the basis is feasible."""
        dictionary = self.dictionary
        self.closed |= labels
        for label in labels.intersection(dictionary.basic):
            r = dictionary.basic.index(label)
            c = next((q for q in self._free() if dictionary.rows[r][q]), -1)
            if c < 0:
                return False  # its value is fixed, and not 0
            dictionary.pivot(r, c)
        while (violated := self._violated()) >= 0:  # Bland's rule for the dual simplex method with the objective 0
            row = dictionary.rows[violated]
            c = min((q for q in self._free() if row[q] < 0), key=dictionary.nonbasic.__getitem__, default=-1)
            if c < 0:
                return False
            dictionary.pivot(violated, c)
        return True

    def _free(self) -> list[int]:
        return [q for q, label in enumerate(self.dictionary.nonbasic) if label not in self.closed]

    def _violated(self) -> int:
        """The row of the smallest label whose variable is negative, −1 if there is none."""
        dictionary = self.dictionary
        order = sorted(range(len(dictionary.nonbasic)), key=dictionary.nonbasic.__getitem__)
        negative = []
        for r, (label, row) in enumerate(zip(dictionary.basic, dictionary.rows, strict=True)):
            first = next((q for q in order if row[q]), None)  # of δ ε_label + Σ_q T_q ε_q the first term decides
            if first is not None and dictionary.nonbasic[first] < label and row[first] < 0:
                negative.append((label, r))
        return min(negative)[1] if negative else -1
